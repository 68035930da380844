package decode

// diagnostics is where resource logs go that no other entry is for: the one
// table of Azure-diagnostics mode. Fields that no column below takes become
// columns as Azure makes them: the names of the levels joined by _, other
// characters replaced by _, and a suffix for the type (_s text, _d number, _b
// bool, _t time, _g GUID). Fields below properties lose that word. Arrays are
// JSON text. After 500 columns of the table further fields are in
// AdditionalFields.
var diagnostics = []Entry{{
	Service: "Resource logs",
	Table:   "AzureDiagnostics",
	Match:   Match{Shape: shapeResource},
	Doc:     "Resource logs of any service, with columns found in the records.",
	Columns: []Column{
		{"TimeGenerated", "time|timeStamp|EventTimeString|EventTimestamp|startTime", "", Sample, "When the event happened, UTC."},
		{"ResourceId", "resourceId", "", Sample, "Resource id as the wire has it."},
		{"Category", "category", "", Sample, "Category of the log."},
		{"ResourceGroup", "resourceId", "GROUP", Sample, "Resource group, from the resource id, in capitals."},
		{"SubscriptionId", "resourceId", "subscription", Sample, "Subscription, from the resource id."},
		{"ResourceProvider", "resourceId", "PROVIDER", Sample, "Provider, in capitals: MICROSOFT.SQL."},
		{"ResourceType", "resourceId", "TYPE", Sample, "Kind of resource, in capitals: SERVERS/DATABASES."},
		{"Resource", "resourceId", "NAME", Sample, "Name of the resource, in capitals."},
		{"OperationName", "operationName", "", Sample, "The operation."},
		{"OperationVersion", "operationVersion", "", Sample, "Version of the operation's schema."},
		{"ResultType", "resultType", "", Sample, "Status in a word."},
		{"ResultSignature", "resultSignature", "", Sample, "Substatus."},
		{"ResultDescription", "resultDescription", "", Sample, "Result in words."},
		{"DurationMs", "durationMs", "", Sample, "Duration in milliseconds."},
		{"CallerIPAddress", "callerIpAddress", "", Sample, "Address of the caller."},
		{"CorrelationId", "correlationId", "", Sample, "Ties records of one action together."},
		{"Level", "level", "", Sample, "Severity."},
		{"_ResourceId", "resourceId", "lower", Sample, "Resource id in lower case."},
		{"_SubscriptionId", "resourceId", "subscription", Sample, "Subscription, from the resource id."},
	},
}, {
	Service: "Resource logs",
	Table:   "AzureMetrics",
	Match:   Match{Shape: shapeMetric},
	Doc:     "Platform metrics as diagnostic settings send them: no category, a name, a grain and aggregates. The wire has no unit.",
	Columns: []Column{
		{"TimeGenerated", "time", "", Sample, "Begin of the interval, UTC."},
		{"MetricName", "metricName", "", Sample, "Name of the metric."},
		{"TimeGrain", "timeGrain", "", Sample, "Length of the interval: PT1M."},
		{"Count", "count", "", Sample, "Number of measurements."},
		{"Total", "total", "", Sample, "Sum."},
		{"Minimum", "minimum", "", Sample, "Smallest."},
		{"Maximum", "maximum", "", Sample, "Largest."},
		{"Average", "average", "", Sample, "Mean."},
		{"ResourceId", "resourceId", "", Sample, "Resource id as the wire has it."},
		{"SubscriptionId", "resourceId", "subscription", Sample, "Subscription, from the resource id."},
		{"ResourceGroup", "resourceId", "resource group", Sample, "Resource group, from the resource id."},
		{"ResourceProvider", "resourceId", "resource provider", Sample, "Provider, from the resource id."},
		{"Resource", "resourceId", "resource name", Sample, "Name of the resource, from its id."},
		{"_ResourceId", "resourceId", "lower", Sample, "Resource id in lower case."},
		{"_SubscriptionId", "resourceId", "subscription", Sample, "Subscription, from the resource id."},
	},
}}
