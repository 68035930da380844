package tenant

// A Query is a question that an analyst would put to the day.
type Query struct {
	Title string // the question
	Why   string // one line: what its answer tells
	KQL   string
}

// Queries find the attack of the day step by step, each beside things that resemble it.
var Queries = []Query{
	{
		Title: "Why do sign-ins fail?",
		Why:   "Wrong passwords lead on any day; that few addresses account for so many users is what is odd.",
		KQL: `SigninLogs
| where ResultType != "0"
| summarize Attempts = count(), Users = dcount(UserPrincipalName), Addresses = dcount(IPAddress) by ResultType, ResultDescription
| top 6 by Attempts`,
	},
	{
		Title: "Which address tried many accounts, and then got into one?",
		Why:   "An office after a change of passwords fails as often, but dozens of its people get in; the spray gets into one account.",
		KQL: `let Sprays = SigninLogs
| where ResultType == "50126"
| summarize Tried = dcount(UserPrincipalName), Failures = count(), From = min(TimeGenerated) by IPAddress
| where Tried >= 20;
SigninLogs
| where ResultType == "0"
| join kind=inner Sprays on IPAddress
| where TimeGenerated between (From .. From + 2h)
| summarize SignedIn = dcount(UserPrincipalName), Account = min(UserPrincipalName), First = min(TimeGenerated) by IPAddress, Tried, Failures
| order by SignedIn asc`,
	},
	{
		Title: "From which countries do only one or two people sign in?",
		Why:   "A traveller comes with a managed device and a second factor; the lost account had no second factor until a new one was registered for it.",
		KQL: `SigninLogs
| where ResultType == "0"
| summarize SignIns = count(), People = dcount(UserPrincipalName), Who = make_set(UserPrincipalName, 3),
    ManagedDevice = countif(tobool(DeviceDetail.isManaged)), SecondFactor = countif(AuthenticationRequirement == "multiFactorAuthentication")
    by Country = Location
| where People <= 2
| order by SignIns asc`,
	},
	{
		Title: "Who was given a role and read secrets within the hour?",
		Why:   "Administrators assign roles and service accounts read secrets every day; one account did both.",
		KQL: `let Grants = AzureActivity
| where OperationNameValue =~ "Microsoft.Authorization/roleAssignments/write" and ActivityStatusValue == "Success"
| project GrantedAt = TimeGenerated, Caller, From = CallerIpAddress;
AZKVAuditLogs
| where OperationName == "SecretGet" and HttpStatusCode == 200
| extend Caller = tostring(Identity.claim.upn)
| where isnotempty(Caller)
| join kind=inner Grants on Caller
| where TimeGenerated between (GrantedAt .. GrantedAt + 1h)
| summarize Secrets = dcount(Id), First = min(TimeGenerated), Last = max(TimeGenerated) by Caller, From, Vault = tostring(split(_ResourceId, "/")[-1])`,
	},
	{
		Title: "Whose traffic was turned away, and whose was let in afterwards?",
		Why:   "The internet and the company's own scanner are denied all day; one address is denied, and allowed once a rule had been added.",
		KQL: `union
    (AzureNetworkAnalytics_CL
    | where FlowDirection_s == "I"
    | project SrcIp = SrcIP_s, Port = toint(DestPort_d), Status = iff(FlowStatus_s == "D", "Denied", "Allowed"), Rule = NSGRule_s),
    (NTANetAnalytics
    | where FlowDirection == "Inbound"
    | project SrcIp, Port = DestPort, Status = FlowStatus, Rule = AclRule)
| summarize Denied = countif(Status == "Denied"), Allowed = countif(Status == "Allowed"), Ports = dcount(Port), Rules = make_set(Rule, 3) by SrcIp
| where Denied > 0
| order by Allowed desc, Denied desc
| take 6`,
	},
}
