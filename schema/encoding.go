package schema

import "lazuli.dev/lazuli/kql/types"

// guids are columns that hold a different GUID in nearly every row, whatever
// the table. As UUID they take a third of the space and a tenth of the time to
// search. Columns whose GUIDs repeat (tenants, applications, users) are not
// among them: a dictionary serves those better.
var guids = map[string]bool{
	"CorrelationId": true, "correlationId": true, "RequestId": true, "ClientRequestId": true,
	"OriginalRequestId": true, "EventDataId": true, "NetworkMessageId": true, "OfficeId": true,
	"ActivityId": true,
}

// tableGUIDs are such columns of single tables, where the name alone says too little.
var tableGUIDs = map[string][]string{
	"SigninLogs":                      {"Id", "SessionId"},
	"AADNonInteractiveUserSignInLogs": {"Id", "SessionId"},
	"AADServicePrincipalSignInLogs":   {"Id", "SessionId"},
	"AADManagedIdentitySignInLogs":    {"Id", "SessionId"},
	"ADFSSignInLogs":                  {"Id"},
	"AADUserRiskEvents":               {"Id"},
	"AzureActivity":                   {"OperationId"},
	"MicrosoftGraphActivityLogs":      {"OperationId"},
	"SecurityAlert":                   {"SystemAlertId"},
}

// longs are columns with long texts that hardly repeat.
var longs = map[string]bool{
	"AuthenticationDetails": true, "UniqueTokenIdentifier": true, "RawEventData": true, "RawXml": true,
	"AdditionalExtensions": true,
}

// tableLongs are such columns of single tables.
var tableLongs = map[string][]string{
	"AuditLogs":     {"TargetResources"},
	"AzureActivity": {"Properties", "Properties_d", "Claims", "Claims_d"},
	"AZKVAuditLogs": {"Properties"},
	"SecurityEvent": {"EventData"},
	"WindowsEvent":  {"EventData"},
	"SecurityAlert": {"Entities", "ExtendedProperties"},
	"OfficeActivity": {"Parameters",
		"ModifiedProperties"},
}

func encoding(table, column string, t types.Type) Encoding {
	in := func(names []string) bool {
		for _, n := range names {
			if n == column {
				return true
			}
		}
		return false
	}
	switch {
	case t == types.String && (guids[column] || in(tableGUIDs[table])):
		return GUID
	case (t == types.String || t == types.Dynamic) && (longs[column] || in(tableLongs[table])):
		return Long
	}
	return Plain
}
