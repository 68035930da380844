package mapping

import "slices"

// Words that several tables share. Severities are those of CEF: 0 to 3 low, 4 to 6 medium, 7 and 8 high, 9 and 10 very
// high.
var (
	outcomeOfCode  = map[string]string{"0": "success", "*": "failure"}
	outcomeOfWord  = map[string]string{"Success": "success", "success": "success", "Succeeded": "success", "Accept": "success", "Accepted": "success", "Failure": "failure", "failure": "failure", "Failed": "failure", "*": "unknown"}
	outcomeKnown   = map[string]string{"success": "success", "Success": "success", "SUCCESS": "success", "failure": "failure", "Failure": "failure", "FAILURE": "failure", "unknown": "unknown", "*": ""}
	kindOfTable    = map[string]string{"SecurityAlert": "alert", "AlertInfo": "alert", "AlertEvidence": "alert", "AzureMetrics": "metric", "AppMetrics": "metric", "AppPerformanceCounters": "metric", "IdentityInfo": "asset", "*": "event"}
	outcomeOfBool  = map[string]string{"true": "success", "True": "success", "false": "failure", "False": "failure", "*": ""}
	transport      = map[string]string{"T": "TCP", "U": "UDP"}
	transportLower = map[string]string{"T": "tcp", "U": "udp", "*": ""}
	severityOfWord = map[string]string{"High": "8", "high": "8", "Medium": "6", "medium": "6", "Low": "4", "low": "4", "Informational": "2", "informational": "2", "Critical": "10", "critical": "10", "*": ""}
	// severityOfLevel is for the levels of Windows, .NET and Application Insights, by name and by number.
	severityOfLevel = map[string]string{"Critical": "9", "Error": "7", "Warning": "5", "Information": "3", "Informational": "3", "Verbose": "1", "*": ""}
	levelOfTrace    = map[string]string{"0": "verbose", "1": "information", "2": "warning", "3": "error", "4": "critical"}
	severityOfTrace = map[string]string{"0": "1", "1": "3", "2": "5", "3": "7", "4": "9", "*": ""}
	severityOfBool  = map[string]string{"true": "3", "True": "3", "false": "5", "False": "5", "*": ""}
)

// base is what each mapping has.
var base = []Field{
	{From: "@stamp", LEEF: "devTime"},
	{From: "=" + StampFormat, LEEF: "devTimeFormat"},
	{From: "@id", LEEF: "externalId", ECS: "event.id"},
	{From: "@workspace", ECS: "lazuli.workspace"},
	{From: "@table", ECS: "lazuli.table"},
	{From: "@table", ECS: "event.kind", Words: kindOfTable},
	{From: "Type", CEF: "-", LEEF: "-", ECS: "-"},
	{From: "_IsBillable", CEF: "-", LEEF: "-", ECS: "-"},
	{From: "_BilledSize", CEF: "-", LEEF: "-", ECS: "-"},
}

// every is what each mapping begins with but that of events which came as CEF.
func every(fields ...Field) []Field {
	return slices.Concat([]Field{
		{From: "@time", CEF: "rt"},
		{From: "@id", CEF: "externalId"}, // which takes the last 40 characters
		{From: "@id", CEF: "lazuliId"},
	}, base, fields)
}

// azureOnly is for records of Azure itself.
func azureOnly(fields ...Field) []Field {
	return every(append([]Field{{From: "=azure", ECS: "cloud.provider"}}, fields...)...)
}

// always is a choice of one text.
func always(text string) []Choice { return []Choice{{From: "=" + text}} }

var (
	microsoft = always("Microsoft")
	azure     = always("Azure")
	versionOf = []Choice{{From: "OperationVersion"}, {From: "=1"}}
)

// all are the mappings; the last is for every other table.
var all = slices.Concat(entra, resources, flows, windows, []Mapping{syslogRows, commonSecurityLog}, telemetry, alerts, devices, mail, identities, cloudApps, []Mapping{other})
