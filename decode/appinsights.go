package decode

import (
	"math"
	"strconv"
	"strings"
)

// telemetry is what Application Insights' SDKs send to its track endpoint. The
// type of an item is data.baseType, whose spelling differs by SDK; there is no
// category. What only the service knows is empty: the place of the client's
// address, the browser's name.
var telemetry = []Entry{
	telemetryEntry("AppRequests", "Requests that an application answered.", []string{"RequestData"},
		Column{"Id", "data.baseData.id", "", Documented, "Id of the request."},
		Column{"Source", "data.baseData.source", "", Documented, "Where the request came from."},
		Column{"Name", "data.baseData.name", "", Documented, "Name of the request."},
		Column{"Url", "data.baseData.url", "", Documented, "What was asked for."},
		Column{"Success", "data.baseData.success", "", Documented, "Whether it succeeded."},
		Column{"ResultCode", "data.baseData.responseCode", "", Documented, "Code of the answer."},
		Column{"DurationMs", "data.baseData.duration", "milliseconds", Documented, "Time taken, milliseconds."},
	),
	telemetryEntry("AppDependencies", "Calls that an application made.", []string{"RemoteDependencyData"},
		Column{"Id", "data.baseData.id", "", Documented, "Id of the call."},
		Column{"Target", "data.baseData.target", "", Documented, "Whom it called."},
		Column{"DependencyType", "data.baseData.type", "", Documented, "Kind of call: SQL, Http ..."},
		Column{"Name", "data.baseData.name", "", Documented, "Name of the call."},
		Column{"Data", "data.baseData.data", "", Documented, "The command: a statement, a URL."},
		Column{"Success", "data.baseData.success", "", Documented, "Whether it succeeded."},
		Column{"ResultCode", "data.baseData.resultCode", "", Documented, "Code of the answer."},
		Column{"DurationMs", "data.baseData.duration", "milliseconds", Documented, "Time taken, milliseconds."},
	),
	telemetryEntry("AppExceptions", "Exceptions.", []string{"ExceptionData"},
		Column{"ProblemId", "data.baseData.problemId", "", Documented, "What exceptions of the same kind share."},
		Column{"HandledAt", "data.baseData.handledAt", "", Documented, "Where it was handled."},
		Column{"SeverityLevel", "data.baseData.severityLevel", "severity", Documented, "0 Verbose, 1 Information, 2 Warning, 3 Error, 4 Critical."},
		Column{"Details", "data.baseData.exceptions", "", Documented, "The exceptions with their stacks."},
		Column{"ExceptionType", "data.baseData.exceptions", "first typeName", Derived, "Type of the outermost exception."},
		Column{"Message", "data.baseData.message", "", Derived, "The text that was logged with it."},
		Column{"Assembly", "data.baseData.exceptions", "first assembly", Derived, "Assembly of the outermost exception."},
		Column{"Method", "data.baseData.exceptions", "first method", Derived, "Method of the outermost exception."},
		Column{"OuterType", "data.baseData.exceptions", "first typeName", Documented, "Type of the outermost exception."},
		Column{"OuterMessage", "data.baseData.exceptions", "first message", Documented, "Its message."},
		Column{"OuterAssembly", "data.baseData.exceptions", "first assembly", Documented, "Its assembly."},
		Column{"OuterMethod", "data.baseData.exceptions", "first method", Documented, "Its method."},
		Column{"InnermostType", "data.baseData.exceptions", "last typeName", Documented, "Type of the innermost exception."},
		Column{"InnermostMessage", "data.baseData.exceptions", "last message", Documented, "Its message."},
		Column{"InnermostAssembly", "data.baseData.exceptions", "last assembly", Documented, "Its assembly."},
		Column{"InnermostMethod", "data.baseData.exceptions", "last method", Documented, "Its method."},
	),
	telemetryEntry("AppTraces", "What an application logged.", []string{"MessageData"},
		Column{"Message", "data.baseData.message", "", Documented, "The text."},
		Column{"SeverityLevel", "data.baseData.severityLevel", "severity", Documented, "0 Verbose, 1 Information, 2 Warning, 3 Error, 4 Critical."},
	),
	telemetryEntry("AppEvents", "Events that an application names itself.", []string{"EventData"},
		Column{"Name", "data.baseData.name", "", Documented, "Name of the event."},
	),
	telemetryEntry("AppPageViews", "Pages that browsers showed.", []string{"PageViewData"},
		Column{"Id", "data.baseData.id", "", Documented, "Id of the view."},
		Column{"Name", "data.baseData.name", "", Documented, "Title of the page."},
		Column{"Url", "data.baseData.url", "", Documented, "The page."},
		Column{"DurationMs", "data.baseData.duration", "milliseconds", Documented, "Time until it was there, milliseconds."},
	),
	telemetryEntry("AppBrowserTimings", "How long browsers took to show pages.", []string{"PageViewPerformanceData", "PageViewPerfData"},
		Column{"Name", "data.baseData.name", "", Documented, "Title of the page."},
		Column{"Url", "data.baseData.url", "", Documented, "The page."},
		Column{"NetworkDurationMs", "data.baseData.networkConnect", "milliseconds", Documented, "Time to connect, milliseconds."},
		Column{"SendDurationMs", "data.baseData.sentRequest", "milliseconds", Documented, "Time to send the request, milliseconds."},
		Column{"ReceiveDurationMs", "data.baseData.receivedResponse", "milliseconds", Documented, "Time to receive the answer, milliseconds."},
		Column{"ProcessingDurationMs", "data.baseData.domProcessing", "milliseconds", Documented, "Time to build the page, milliseconds."},
		Column{"TotalDurationMs", "data.baseData.perfTotal", "milliseconds", Documented, "All of it, milliseconds."},
	),
	telemetryEntry("AppAvailabilityResults", "Results of tests whether an application is there.", []string{"AvailabilityData"},
		Column{"Id", "data.baseData.id", "", Documented, "Id of the test's run."},
		Column{"Name", "data.baseData.name", "", Documented, "Name of the test."},
		Column{"Location", "data.baseData.runLocation", "", Documented, "Where it ran."},
		Column{"Success", "data.baseData.success", "", Documented, "Whether it succeeded."},
		Column{"Message", "data.baseData.message", "", Documented, "What it said."},
		Column{"DurationMs", "data.baseData.duration", "milliseconds", Documented, "Time taken, milliseconds."},
	),
	telemetryEntry("AppMetrics", "Metrics of an application, a row for each metric of an item.", []string{"MetricData"},
		Column{"Name", "data.baseData.metrics.name", "", Documented, "Name of the metric."},
		Column{"ItemCount", "data.baseData.metrics.count", "1 unless given", Documented, "Number of measurements."},
		Column{"Sum", "data.baseData.metrics.value", "", Documented, "Sum of the measurements."},
		Column{"Min", "data.baseData.metrics.min", "", Documented, "Smallest measurement."},
		Column{"Max", "data.baseData.metrics.max", "", Documented, "Largest measurement."},
	),
	telemetryEntry("AppPerformanceCounters", "Performance counters, as old SDKs send them.", []string{"PerformanceCounterData"},
		Column{"Name", "data.baseData.counterName", "", Documented, "Name of the counter."},
		Column{"Category", "data.baseData.categoryName", "", Documented, "Its category."},
		Column{"Counter", "data.baseData.counterName", "", Documented, "Name of the counter."},
		Column{"Instance", "data.baseData.instanceName", "", Documented, "Its instance."},
		Column{"Value", "data.baseData.value", "", Documented, "Its value."},
	),
}

// telemetryCommon is what items of all types have.
var telemetryCommon = []Column{
	{"TimeGenerated", "time", "", Documented, "When it happened, UTC."},
	{"IKey", "iKey", "", Documented, "Instrumentation key."},
	{"Properties", "data.baseData.properties", "", Documented, "What the application added, texts."},
	{"Measurements", "data.baseData.measurements", "", Documented, "What the application added, numbers."},
	{"OperationName", "tags[ai.operation.name]", "", Documented, "Name of the operation that it is part of."},
	{"OperationId", "tags[ai.operation.id]", "", Documented, "Id of that operation."},
	{"ParentId", "tags[ai.operation.parentId]", "", Documented, "Id of what caused it."},
	{"SyntheticSource", "tags[ai.operation.syntheticSource]", "", Documented, "The robot or test that caused it."},
	{"SessionId", "tags[ai.session.id]", "", Documented, "Session of the user."},
	{"UserId", "tags[ai.user.id]", "", Documented, "The user, anonymous."},
	{"UserAuthenticatedId", "tags[ai.user.authUserId]", "", Documented, "The user who signed in."},
	{"UserAccountId", "tags[ai.user.accountId]", "", Documented, "The user's account."},
	{"AppVersion", "tags[ai.application.ver]", "", Documented, "Version of the application."},
	{"AppRoleName", "tags[ai.cloud.role]", "", Documented, "Role of the application."},
	{"AppRoleInstance", "tags[ai.cloud.roleInstance]", "", Documented, "Instance of the role."},
	{"ClientType", "tags[ai.device.type]", "", Documented, "Kind of device."},
	{"ClientModel", "tags[ai.device.model]", "", Documented, "Model of the device."},
	{"ClientOS", "tags[ai.device.osVersion]", "", Documented, "Operating system."},
	{"ClientIP", "tags[ai.location.ip]", "", Documented, "Address of the client."},
	{"SDKVersion", "tags[ai.internal.sdkVersion]", "", Documented, "Version of the SDK."},
	{"ItemCount", "sampleRate", "items", Documented, "How many items the row stands for."},
}

func telemetryEntry(table, doc string, types []string, own ...Column) Entry {
	e := Entry{Service: "Application Insights", Table: table, Doc: doc}
	for _, t := range types {
		shape := telemetryShape(strings.ToLower(t))
		if e.Match.Shape != "" {
			e.Match.Shape += "|"
		}
		e.Match.Shape += shape
	}
	e.Columns = append(e.Columns, own...)
	for _, c := range telemetryCommon {
		switch {
		case table == "AppMetrics" && (c.Name == "Measurements" || c.Name == "ItemCount"):
		case table == "AppPerformanceCounters" && (c.Name == "Measurements" || c.Name == "ItemCount"):
		default:
			e.Columns = append(e.Columns, c)
		}
	}
	if table == "AppMetrics" {
		e.Reshape = "each metric"
	}
	e.Columns = proven(e.Columns, telemetryProven[table])
	return e
}

// severityLevels are the names of severities by their number.
var severityLevels = [...]string{"verbose", "information", "warning", "error", "critical"}

// telemetrySteps adds the steps that telemetry needs.
func telemetrySteps(steps map[string]step) {
	steps["milliseconds"] = step{
		doc:   "A timespan or a number of milliseconds, as milliseconds.",
		whole: true,
		run: func(w *worker, t *target, slots []int) fit {
			v := w.slot(slots[0])
			if empty(v) {
				return fits
			}
			if v[0] == '"' {
				if ticks, f := parseSpan(w.plain(v)); f == fits {
					w.bl.SetFloat64(t.col, float64(ticks)/10_000)
					return fits
				}
			}
			if f := w.put(t, int(w.slots[slots[0]].start), int(w.slots[slots[0]].end), true); f != fits {
				w.misfit(t, w.slotName(slots[0]), nil, v, f)
			}
			return fits
		},
	}
	steps["severity"] = step{
		doc:   "A severity by its number or its name, as the number.",
		whole: true,
		run: func(w *worker, t *target, slots []int) fit {
			v := w.slot(slots[0])
			for n, name := range severityLevels {
				if equalFold(w.plain(v), name) {
					w.bl.SetInt32(t.col, int32(n))
					return fits
				}
			}
			if empty(v) {
				return fits
			}
			if f := w.put(t, int(w.slots[slots[0]].start), int(w.slots[slots[0]].end), true); f != fits {
				w.misfit(t, w.slotName(slots[0]), nil, v, f)
			}
			return fits
		},
	}
	steps["items"] = step{
		doc: "How many items one stands for that was kept by sampling: 100 divided by the rate in per cent; 1 without a rate.",
		run: func(w *worker, t *target, slots []int) fit {
			n := 1.0
			if rate, err := strconv.ParseFloat(string(w.slotText(slots[0])), 64); err == nil && rate > 0 && rate < 100 {
				n = min(math.Round(100/rate), math.MaxInt32)
			}
			w.bl.SetInt32(t.col, int32(n))
			return fits
		},
	}
	steps["1 unless given"] = step{
		doc:   "The number, 1 where there is none.",
		whole: true,
		run: func(w *worker, t *target, slots []int) fit {
			v := w.slot(slots[0])
			if empty(v) {
				w.bl.SetInt32(t.col, 1)
				return fits
			}
			if f := w.put(t, int(w.slots[slots[0]].start), int(w.slots[slots[0]].end), true); f != fits {
				w.misfit(t, w.slotName(slots[0]), nil, v, f)
			}
			return fits
		},
	}
	for _, field := range []string{"typeName", "message", "assembly", "method"} {
		for _, last := range []bool{false, true} {
			name, which := "first "+field, "first, which is the outermost"
			if last {
				name, which = "last "+field, "last, which is the innermost"
			}
			steps[name] = step{
				doc: "The field " + field + " of an array's " + which + "; assembly and method are those of the top of its stack.",
				run: func(w *worker, t *target, slots []int) fit {
					v := w.slot(slots[0])
					if empty(v) || v[0] != '[' {
						return fits
					}
					e := elementOf(v, last)
					if field == "assembly" || field == "method" {
						e = elementOf(memberOf(e, "parsedStack"), false)
					}
					if m := memberOf(e, field); !empty(m) {
						return w.putText(t, w.plain(m))
					}
					return fits
				},
			}
		}
	}
}

// elementOf returns the first or last element of an array, nil when there is none.
func elementOf(v []byte, last bool) []byte {
	if len(v) == 0 || v[0] != '[' {
		return nil
	}
	in := scanner{b: v}
	var e []byte
	for i := blank(v, 1); i < len(v) && v[i] != ']'; {
		end := in.value(i)
		if end < 0 {
			return nil
		}
		if e = v[i:end]; !last {
			return e
		}
		if i = blank(v, end); v[i] == ',' {
			i = blank(v, i+1)
		}
	}
	return e
}

// memberOf returns the value of a key of an object, nil when there is none.
func memberOf(v []byte, key string) []byte {
	if len(v) == 0 || v[0] != '{' {
		return nil
	}
	in := scanner{b: v}
	for i := blank(v, 1); i < len(v) && v[i] != '}'; {
		value := in.member(i)
		if value < 0 {
			return nil
		}
		end := in.value(value)
		if end < 0 {
			return nil
		}
		if string(v[i+1:min(i+1+len(key), len(v))]) == key && v[i+1+len(key)] == '"' {
			return v[value:end]
		}
		if i = blank(v, end); v[i] == ',' {
			i = blank(v, i+1)
		}
	}
	return nil
}
