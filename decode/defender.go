package decode

import "lazuli.dev/lazuli/schema"

// defender are the alerts of Defender for Cloud. Continuous export sends a bare
// object for each; the REST API has the same fields in properties, with small
// first letters. Objects and arrays are JSON text in the table.
var defender = []Entry{
	alertEntry("Alerts as continuous export sends them.", shapeAlert, ""),
	alertEntry("Alerts as the REST API has them.", shapeAlertAPI, "properties."),
}

func alertEntry(doc, shape, at string) Entry {
	columns := []Column{
		{"SourceSystem", "=Detection", "", Derived, "Detection."},
		{"TimeGenerated", at + "TimeGenerated|" + at + "TimeGeneratedUtc", "", Documented, "When the alert was made, UTC."},
		{"DisplayName", at + "AlertDisplayName", "", Documented, "The alert in words."},
		{"AlertName", at + "AlertDisplayName", "", Derived, "The same."},
		{"AlertSeverity", at + "Severity|" + at + "ReportedSeverity", "", Documented, "High, Medium, Low or Informational."},
		{"Description", at + "Description", "", Documented, "What happened."},
		{"ProviderName", at + "ProviderName", "", Derived, "Provider of the alert."},
		{"VendorName", at + "VendorName", "", Documented, "Vendor of the product."},
		{"VendorOriginalId", at + "VendorOriginalId", "", Derived, "Id that the vendor gave it."},
		{"SystemAlertId", at + "SystemAlertId", "", Documented, "Id of the alert."},
		{"ResourceId", at + "AzureResourceId", "", Documented, "The resource that it is about."},
		{"SourceComputerId", at + "AgentId", "", Documented, "Agent on the machine that it is about."},
		{"AlertType", at + "AlertType", "", Documented, "Kind of alert."},
		{"ConfidenceLevel", at + "ConfidenceLevel", "", Documented, "How sure it is, a word."},
		{"ConfidenceScore", at + "ConfidenceScore", "", Documented, "How sure it is, from 0 to 1."},
		{"IsIncident", at + "IsIncident", "", Documented, "Whether it stands for several alerts."},
		{"StartTime", at + "StartTimeUtc", "", Documented, "When what it is about began."},
		{"EndTime", at + "EndTimeUtc", "", Documented, "When that ended."},
		{"ProcessingEndTime", at + "ProcessingEndTime|" + at + "ProcessingEndTimeUtc", "", Documented, "When the alert could be read."},
		{"RemediationSteps", at + "RemediationSteps", "", Documented, "What to do, JSON."},
		{"ExtendedProperties", at + "ExtendedProperties", "", Documented, "Further facts, JSON."},
		{"Entities", at + "Entities", "", Documented, "Accounts, machines, addresses and other things it is about, JSON."},
		{"WorkspaceSubscriptionId", at + "WorkspaceSubscriptionId", "", Documented, "Subscription of the workspace."},
		{"WorkspaceResourceGroup", at + "WorkspaceResourceGroup", "", Documented, "Resource group of the workspace."},
		{"ExtendedLinks", at + "ExtendedLinks", "", Documented, "Links, JSON."},
		{"ProductName", at + "ProductName", "", Documented, "The product that made it."},
		{"ProductComponentName", at + "ProductComponentName", "", Documented, "Part of the product."},
		{"AlertLink", at + "AlertUri", "", Documented, "Where the portal shows it."},
		{"Status", at + "Status", "", Documented, "New, InProgress, Resolved or Dismissed."},
		{"CompromisedEntity", at + "CompromisedEntity", "", Documented, "What was attacked."},
		{"Tactics", at + "Intent", "", Documented, "Tactics."},
		{"Techniques", at + "Techniques", "", Documented, "Techniques, JSON."},
		{"SubTechniques", at + "SubTechniques", "", Documented, "Subtechniques, JSON."},
	}
	return Entry{Service: "Defender for Cloud", Table: "SecurityAlert", Match: Match{Shape: shape}, Doc: doc, Columns: proven(columns, alertProven[shape])}
}

// hunting are the tables of advanced hunting as Defender XDR streams them: the
// category names the table, and properties has its columns. Columns with JSON
// come as text in some tables, as objects in others.
var hunting = func() (list []Entry) {
	for _, table := range []string{
		"AlertEvidence", "AlertInfo", "CloudAppEvents", "CloudAuditEvents", "CloudProcessEvents", "CloudStorageAggregatedEvents", "DeviceEvents",
		"DeviceFileCertificateInfo", "DeviceFileEvents", "DeviceImageLoadEvents", "DeviceInfo", "DeviceLogonEvents", "DeviceNetworkEvents",
		"DeviceNetworkInfo", "DeviceProcessEvents", "DeviceRegistryEvents", "EmailAttachmentInfo", "EmailEvents", "EmailPostDeliveryEvents",
		"EmailUrlInfo", "IdentityDirectoryEvents", "IdentityInfo", "IdentityLogonEvents", "IdentityQueryEvents", "MessageEvents",
		"MessagePostDeliveryEvents", "MessageUrlInfo", "UrlClickEvents",
	} {
		list = append(list, Entry{
			Service: "Defender XDR",
			Table:   table,
			Match:   Match{Categories: []string{"AdvancedHunting-" + table}},
			Doc:     "Rows of the table as the streaming API sends them.",
			Columns: proven(named(table, "properties.", "The property of that name.", Documented,
				append(systemOf(table), Column{"TimeGenerated", "properties.Timestamp|time", "", Documented, "When it happened, UTC."})...), huntingProven[table]),
		})
	}
	return list
}()

// systemOf are the columns of a table that are constants.
func systemOf(table string) []Column {
	if t, _ := schema.Lookup(table); t != nil {
		if _, ok := t.Column("SourceSystem"); ok {
			return []Column{{"SourceSystem", "=Microsoft", "", Derived, "Microsoft."}}
		}
	}
	return nil
}

// exported are rows of tables as Log Analytics exports them: Type names the table
// and every column is a field of its name. These tables are filled by agents, so
// a workspace's export is where others get them.
var exported = func() (list []Entry) {
	for _, table := range []string{"SecurityEvent", "WindowsEvent", "Event", "Syslog", "CommonSecurityLog", "SecurityAlert"} {
		list = append(list, Entry{
			Service: "Log Analytics",
			Table:   table,
			Match:   Match{Shape: exportedShape(table)},
			Doc:     "Rows of the table as Log Analytics exports them.",
			Columns: proven(named(table, "", "The field of that name.", Documented), exportedProven[table]),
		})
	}
	return list
}()
