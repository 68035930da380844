package decode

// flowDoc says how the rows differ from those of Traffic Analytics, whose
// tables they are in because published queries read these.
const flowDoc = "Traffic Analytics puts aggregates of many tuples into this table, with what it knows of the network; here it is different. " +
	"A row is one tuple: sums over rows are right, numbers of rows are not those of the service. " +
	"Flow counts are 1 in the tuple that begins a flow and 0 in those that continue or end it, so that sums count flows. " +
	"TimeGenerated is the time of the log record, the flow's start and end are the time of the tuple. " +
	"The addresses and the source port are always there. " +
	"What only the service knows is empty: the type of the flow, regions, subnets, names of machines, countries, services, whether an address is malicious."

// network are the flow logs of Network Watcher.
var network = []Entry{{
	Service: "Network Watcher",
	Table:   "AzureNetworkAnalytics_CL",
	Match:   Match{Categories: []string{"NetworkSecurityGroupFlowEvent"}},
	Doc:     "Flow logs of network security groups, versions 1 and 2, a row for each tuple. " + flowDoc,
	Explode: "nsg tuples",
	Columns: []Column{
		{"TimeGenerated", "time", "", Sample, "When the record was written, UTC."},
		{"SubType_s", "=FlowLog", "", Documented, "FlowLog."},
		{"FASchemaVersion_s", "=2", "", Documented, "Version of the table's columns."},
		{"SourceSystem", "=Azure", "", Derived, "Azure."},
		{"FlowStartTime_t", "@time", "", Sample, "Time of the tuple."},
		{"FlowEndTime_t", "@time", "", Derived, "Time of the tuple."},
		{"SrcIP_s", "@src", "", Sample, "Source address, public ones too."},
		{"DestIP_s", "@dst", "", Sample, "Destination address, public ones too."},
		{"VMIP_s", "@vm", "", Derived, "Address of the machine: the destination of inbound flows, the source of outbound ones."},
		{"SrcPort_d", "@srcPort", "", Sample, "Source port. Lazuli's own column."},
		{"DestPort_d", "@dstPort", "", Sample, "Destination port."},
		{"L4Protocol_s", "@protocol", "", Sample, "T for TCP, U for UDP."},
		{"FlowDirection_s", "@direction", "", Sample, "I or O."},
		{"FlowStatus_s", "@decision", "", Sample, "A for allowed, D for denied."},
		{"FlowState_s", "@state", "", Sample, "B begins, C continues, E ends a flow; empty in version 1. Lazuli's own column."},
		{"NSGList_s", "resourceId", "nsg", Sample, "subscription/group/name of the network security group."},
		{"NSGRule_s", "@rule", "", Sample, "The rule that decided."},
		{"NSGRuleType_s", "@ruleType", "", Derived, "User Defined or Default."},
		{"MACAddress_s", "@mac", "", Sample, "MAC address of the interface, as on the wire."},
		{"Subscription_g", "resourceId", "subscription", Sample, "Subscription of the network security group."},
		{"SrcPublicIPs_s", "@srcPublic", "", Derived, "address|begun|ended|packets out|packets in|bytes out|bytes in, when the source is public."},
		{"DestPublicIPs_s", "@dstPublic", "", Derived, "The same, when the destination is public."},
		{"AllowedInFlows_d", "@allowedIn", "", Derived, "1 when an allowed inbound flow begins."},
		{"DeniedInFlows_d", "@deniedIn", "", Derived, "1 when an inbound flow is denied."},
		{"AllowedOutFlows_d", "@allowedOut", "", Derived, "1 when an allowed outbound flow begins."},
		{"DeniedOutFlows_d", "@deniedOut", "", Derived, "1 when an outbound flow is denied."},
		{"FlowCount_d", "@begun", "", Derived, "1 when a flow begins."},
		{"CompletedFlows_d", "@ended", "", Derived, "1 when a flow ends."},
		{"OutboundPackets_d", "@packetsOut", "", Sample, "Packets from source to destination since the tuple before."},
		{"InboundPackets_d", "@packetsIn", "", Sample, "Packets from destination to source since the tuple before."},
		{"OutboundBytes_d", "@bytesOut", "", Sample, "Bytes from source to destination since the tuple before."},
		{"InboundBytes_d", "@bytesIn", "", Sample, "Bytes from destination to source since the tuple before."},
		{"_ResourceId", "resourceId", "lower", Sample, "Resource id of the network security group, in lower case."},
	},
}, {
	Service: "Network Watcher",
	Table:   "NTANetAnalytics",
	Match:   Match{Categories: []string{"FlowLogFlowEvent"}},
	Doc:     "Flow logs of virtual networks, version 4, a row for each tuple. " + flowDoc,
	Explode: "vnet tuples",
	Columns: append([]Column{
		{"TargetResourceId", "targetResourceID", "", Sample, "The network, subnet or interface that the log is of."},
		{"TargetResourceType", "targetResourceID", "resource type", Derived, "Kind of that resource."},
		{"FlowLogResourceId", "flowLogResourceID", "", Sample, "Resource id of the flow log."},
		{"MacAddress", "macAddress", "", Sample, "MAC address of the interface, as on the wire."},
		{"AclGroup", "@acl", "", Sample, "Resource id of the network security group, or unspecified."},
		{"AclRule", "@rule", "", Sample, "The rule that decided."},
		{"NsgRule", "@rule", "", Derived, "The rule that decided."},
	}, vnetTuple...),
}, {
	Service: "Network Watcher",
	Table:   "NTANetAnalytics",
	Match:   Match{Shape: shapeTuple},
	Doc:     "Records with one tuple of a flow log of a virtual network in flow.0, as pipelines write them that split flow logs.",
	Explode: "one vnet tuple",
	Columns: append([]Column{
		{"TargetResourceId", "targetResourceID", "", Derived, "The network, subnet or interface that the log is of."},
		{"FlowLogResourceId", "flowLogResourceID", "", Derived, "Resource id of the flow log."},
		{"MacAddress", "macAddress", "", Sample, "MAC address of the interface."},
		{"AclGroup", "aclID", "", Sample, "Resource id of the network security group."},
		{"AclRule", "rule", "", Sample, "The rule that decided."},
		{"NsgRule", "rule", "", Derived, "The rule that decided."},
	}, vnetTuple...),
}}

// vnetTuple is what both forms of VNet flow records have of a tuple.
var vnetTuple = []Column{
	{"TimeGenerated", "time", "", Sample, "When the record was written, UTC."},
	{"SubType", "=FlowLog", "", Documented, "FlowLog."},
	{"FaSchemaVersion", "=3", "", Documented, "Version of the table's columns."},
	{"FlowStartTime", "@time", "", Sample, "Time of the tuple."},
	{"FlowEndTime", "@time", "", Derived, "Time of the tuple."},
	{"SrcIp", "@src", "", Sample, "Source address."},
	{"DestIp", "@dst", "", Sample, "Destination address."},
	{"SrcPorts", "@srcPort", "", Derived, "Source port."},
	{"SrcPort", "@srcPort", "", Sample, "Source port."},
	{"DestPort", "@dstPort", "", Sample, "Destination port."},
	{"L4Protocol", "@protocol", "", Sample, "T for TCP, U for UDP, else the number."},
	{"FlowDirection", "@way", "", Sample, "Inbound or Outbound."},
	{"FlowStatus", "@status", "", Sample, "Allowed or Denied."},
	{"FlowEncryption", "@secrecy", "", Sample, "Whether the flow was encrypted, or why not."},
	{"NsgList", "@nsg", "", Derived, "subscription/group/name of the network security group."},
	{"NsgRuleType", "@ruleType", "", Derived, "User Defined, Default or Platform."},
	{"SrcPublicIps", "@srcPublic", "", Derived, "address|begun|ended|packets out|packets in|bytes out|bytes in, when the source is public."},
	{"DestPublicIps", "@dstPublic", "", Derived, "The same, when the destination is public."},
	{"AllowedInFlows", "@allowedIn", "", Derived, "1 when an allowed inbound flow begins."},
	{"DeniedInFlows", "@deniedIn", "", Derived, "1 when an inbound flow is denied."},
	{"AllowedOutFlows", "@allowedOut", "", Derived, "1 when an allowed outbound flow begins."},
	{"DeniedOutFlows", "@deniedOut", "", Derived, "1 when an outbound flow is denied."},
	{"CompletedFlows", "@ended", "", Derived, "1 when a flow ends."},
	{"PacketsSrcToDest", "@packetsOut", "", Sample, "Packets from source to destination since the tuple before."},
	{"PacketsDestToSrc", "@packetsIn", "", Sample, "Packets from destination to source since the tuple before."},
	{"BytesSrcToDest", "@bytesOut", "", Sample, "Bytes from source to destination since the tuple before."},
	{"BytesDestToSrc", "@bytesIn", "", Sample, "Bytes from destination to source since the tuple before."},
}
