package mapping

import "slices"

// telemetry are the tables of Application Insights.
var telemetry = []Mapping{
	app("Requests that applications answered.", Mapping{
		Tables: []string{"AppRequests"},
		Class:  []Choice{{From: "ResultCode"}}, Name: []Choice{{From: "Name"}, {From: "OperationName"}},
		Severity: []Choice{{From: "Success", Words: severityOfBool}},
		Fields: []Field{
			{From: "=web", ECS: "event.category[]"},
			{From: "Name", CEF: "act", LEEF: "action", ECS: "event.action transaction.name"},
			{From: "Id", CEF: "flexString1", Label: "Request id", LEEF: "requestId", ECS: "transaction.id"},
			{From: "Url", CEF: "request", LEEF: "url", ECS: "url.original"},
			{From: "ResultCode", CEF: "reason", LEEF: "reason", ECS: "app_insights.result_code"},
			{From: "ResultCode", CEF: "cn1", Label: "Result code", LEEF: "httpStatus", ECS: "http.response.status_code", As: Int},
			{From: "Source", CEF: "sourceServiceName", LEEF: "source"},
		},
		Examples: []Example{{
			Table: "AppRequests",
			Row:   `{"Id":"1f","Name":"GET /cart","Url":"https://shop.example/cart?id=7","Success":false,"ResultCode":"500","DurationMs":123.75,"OperationName":"GET /cart","OperationId":"0af7651916cd43dd8448eb211c80319c","AppRoleName":"shop","AppRoleInstance":"web-0","ClientIP":"198.51.100.0","UserAuthenticatedId":"ada","Properties":{"tenant": "a=b"},"ItemCount":1}`,
			CEF:   `CEF:0|Microsoft|Application Insights|1|AppRequests:500|GET /cart|5|act=GET /cart flexString1Label=Request id flexString1=1f request=https://shop.example/cart?id\=7 reason=500 cn1Label=Result code cn1=500 cfp1Label=Duration in ms cfp1=123.75 cat=AppRequests outcome=failure src=198.51.100.0 suser=ada destinationServiceName=shop dvchost=web-0 cs4Label=Operation id cs4=0af7651916cd43dd8448eb211c80319c OperationName=GET /cart Properties={"tenant":"a\=b"} ItemCount=1`,
			LEEF:  `LEEF:2.0|Microsoft|Application Insights|1|AppRequests:500|x09|sev=5	action=GET /cart	requestId=1f	url=https://shop.example/cart?id=7	reason=500	httpStatus=500	durationMs=123.75	cat=AppRequests	outcome=failure	src=198.51.100.0	usrName=ada	service=shop	identHostName=web-0	operationId=0af7651916cd43dd8448eb211c80319c	OperationName=GET /cart	Properties={"tenant":"a=b"}	ItemCount=1`,
			Core:  `{"app_insights":{"duration_ms":123.75,"item_count":1,"operation_name":"GET /cart","properties":"{\"tenant\":\"a=b\"}","result_code":"500","type":"AppRequests"},"client":{"ip":"198.51.100.0"},"cloud":{"provider":"azure"},"event":{"action":"GET /cart","category":["web"],"dataset":"azure.app_insights","duration":123000000,"kind":"event","outcome":"failure"},"host":{"name":"web-0"},"http":{"response":{"status_code":500}},"related":{"ip":["198.51.100.0"]},"service":{"name":"shop","node":{"name":"web-0"}},"source":{"address":"198.51.100.0","ip":"198.51.100.0"},"trace":{"id":"0af7651916cd43dd8448eb211c80319c"},"transaction":{"id":"1f","name":"GET /cart"},"url":{"original":"https://shop.example/cart?id=7"},"user":{"name":"ada"}}`,
		}},
	}),
	app("Calls that applications made.", Mapping{
		Tables: []string{"AppDependencies"},
		Class:  []Choice{{From: "DependencyType"}}, Name: []Choice{{From: "Name"}, {From: "DependencyType"}},
		Severity: []Choice{{From: "Success", Words: severityOfBool}},
		Fields: []Field{
			{From: "Name", CEF: "act", LEEF: "action", ECS: "event.action span.name"},
			{From: "Id", CEF: "flexString1", Label: "Call id", LEEF: "callId", ECS: "span.id"},
			{From: "DependencyType", CEF: "app", LEEF: "application", ECS: "app_insights.dependency_type"},
			{From: "Target", CEF: "dhost", LEEF: "resource", ECS: "destination.address"},
			{From: "Data", CEF: "cs2", Label: "Data", LEEF: "data", ECS: "app_insights.data"},
			{From: "ResultCode", CEF: "reason", LEEF: "reason", ECS: "app_insights.result_code"},
		},
		Examples: []Example{{
			Table: "AppDependencies",
			Row:   `{"Id":"2f","Target":"sql.example | orders","DependencyType":"SQL","Name":"orders","Data":"select * from o where a='x|y'","Success":true,"ResultCode":"0","DurationMs":4,"OperationId":"0af7","AppRoleName":"shop"}`,
			CEF:   `CEF:0|Microsoft|Application Insights|1|AppDependencies:SQL|orders|3|act=orders flexString1Label=Call id flexString1=2f app=SQL dhost=sql.example | orders cs2Label=Data cs2=select * from o where a\='x|y' reason=0 cfp1Label=Duration in ms cfp1=4 cat=AppDependencies outcome=success destinationServiceName=shop cs4Label=Operation id cs4=0af7`,
			LEEF:  `LEEF:2.0|Microsoft|Application Insights|1|AppDependencies:SQL|x09|sev=3	action=orders	callId=2f	application=SQL	resource=sql.example | orders	data=select * from o where a='x|y'	reason=0	durationMs=4	cat=AppDependencies	outcome=success	service=shop	operationId=0af7`,
			Core:  `{"app_insights":{"data":"select * from o where a='x|y'","dependency_type":"SQL","result_code":"0","type":"AppDependencies"},"cloud":{"provider":"azure"},"destination":{"address":"sql.example | orders"},"event":{"action":"orders","dataset":"azure.app_insights","duration":4000000,"kind":"event","outcome":"success"},"service":{"name":"shop"},"span":{"id":"2f","name":"orders"},"trace":{"id":"0af7"}}`,
		}},
	}),
	app("Exceptions of applications.", Mapping{
		Tables: []string{"AppExceptions"},
		Class:  []Choice{{From: "ExceptionType"}, {From: "OuterType"}}, Name: []Choice{{From: "ProblemId"}, {From: "ExceptionType"}},
		Severity: []Choice{{From: "SeverityLevel", Words: severityOfTrace}, {From: "=7"}},
		Fields: []Field{
			{From: "SeverityLevel", CEF: "cn1", Label: "Severity level", LEEF: "severityLevel", As: Int},
			{From: "SeverityLevel", ECS: "log.level", Words: levelOfTrace},
			{From: "ProblemId", CEF: "reason", LEEF: "reason", ECS: "error.id"},
			{From: "ExceptionType|OuterType", CEF: "cs2", Label: "Exception", LEEF: "exception", ECS: "error.type"},
			{From: "OuterType", CEF: "-", LEEF: "-", ECS: "-", Repeats: "=ExceptionType"},
			{From: "InnermostMessage|OuterMessage|Message", CEF: "msg", LEEF: "msg", ECS: "error.message message"},
			{From: "Method|OuterMethod", CEF: "dproc", LEEF: "method"},
			{From: "Details", ECS: "error.stack_trace"},
		},
		Examples: []Example{{
			Table: "AppExceptions",
			Row:   `{"ProblemId":"System.InvalidOperationException at Shop.Cart.Add","SeverityLevel":3,"ExceptionType":"System.InvalidOperationException","OuterType":"System.InvalidOperationException","OuterMessage":"no stock","InnermostMessage":"no stock\nof 7","Method":"Shop.Cart.Add","Details":[{"id": "1"}],"AppRoleName":"shop","OperationId":"0af7"}`,
			CEF:   `CEF:0|Microsoft|Application Insights|1|AppExceptions:System.InvalidOperationException|System.InvalidOperationException at Shop.Cart.Add|7|cn1Label=Severity level cn1=3 reason=System.InvalidOperationException at Shop.Cart.Add cs2Label=Exception cs2=System.InvalidOperationException msg=no stock\nof 7 dproc=Shop.Cart.Add cat=AppExceptions destinationServiceName=shop cs4Label=Operation id cs4=0af7 OuterMessage=no stock Details=[{"id":"1"}]`,
			LEEF:  `LEEF:2.0|Microsoft|Application Insights|1|AppExceptions:System.InvalidOperationException|x09|sev=7	severityLevel=3	reason=System.InvalidOperationException at Shop.Cart.Add	exception=System.InvalidOperationException	msg=no stock\nof 7	method=Shop.Cart.Add	cat=AppExceptions	service=shop	operationId=0af7	OuterMessage=no stock	Details=[{"id":"1"}]`,
			Core:  `{"app_insights":{"method":"Shop.Cart.Add","outer_message":"no stock","type":"AppExceptions"},"cloud":{"provider":"azure"},"error":{"id":"System.InvalidOperationException at Shop.Cart.Add","message":"no stock\nof 7","stack_trace":"[{\"id\":\"1\"}]","type":"System.InvalidOperationException"},"event":{"dataset":"azure.app_insights","kind":"event"},"log":{"level":"error"},"message":"no stock\nof 7","service":{"name":"shop"},"trace":{"id":"0af7"}}`,
		}},
	}),
	app("What applications logged.", Mapping{
		Tables: []string{"AppTraces"},
		Class:  []Choice{{From: "SeverityLevel", Words: levelOfTrace}}, Name: always("Trace"),
		Severity: []Choice{{From: "SeverityLevel", Words: severityOfTrace}},
		Fields: []Field{
			{From: "SeverityLevel", CEF: "cn1", Label: "Severity level", LEEF: "severityLevel", As: Int},
			{From: "SeverityLevel", ECS: "log.level", Words: levelOfTrace},
			{From: "Message", CEF: "msg", LEEF: "msg", ECS: "message"},
		},
		Examples: []Example{{
			Table: "AppTraces",
			Row:   `{"Message":"cart is \\ empty","SeverityLevel":2,"AppRoleName":"shop","AppRoleInstance":"web-0","Properties":{"Category": "Shop"}}`,
			CEF:   `CEF:0|Microsoft|Application Insights|1|AppTraces:warning|Trace|5|cn1Label=Severity level cn1=2 msg=cart is \\ empty cat=AppTraces destinationServiceName=shop dvchost=web-0 Properties={"Category":"Shop"}`,
			LEEF:  `LEEF:2.0|Microsoft|Application Insights|1|AppTraces:warning|x09|sev=5	severityLevel=2	msg=cart is \ empty	cat=AppTraces	service=shop	identHostName=web-0	Properties={"Category":"Shop"}`,
			Core:  `{"app_insights":{"properties":"{\"Category\":\"Shop\"}","type":"AppTraces"},"cloud":{"provider":"azure"},"event":{"dataset":"azure.app_insights","kind":"event"},"host":{"name":"web-0"},"log":{"level":"warning"},"message":"cart is \\ empty","service":{"name":"shop","node":{"name":"web-0"}}}`,
		}},
	}),
	app("Events that applications name, and pages that browsers showed.", Mapping{
		Tables: []string{"AppEvents", "AppPageViews", "AppBrowserTimings"},
		Class:  []Choice{{From: "Name"}}, Name: []Choice{{From: "Name"}, {From: "@table"}},
		Severity: always("2"),
		Fields: []Field{
			{From: "Name", CEF: "act", LEEF: "action", ECS: "event.action"},
			{From: "Id", CEF: "flexString1", Label: "Page view id", LEEF: "pageViewId", ECS: "transaction.id"},
			{From: "Url", CEF: "request", LEEF: "url", ECS: "url.original"},
			{From: "TotalDurationMs", CEF: "cfp2", Label: "Total duration in ms", As: Float},
			{From: "NetworkDurationMs", CEF: "cfp3", Label: "Network duration in ms", As: Float},
		},
		Examples: []Example{{
			Table: "AppEvents",
			Row:   `{"Name":"checkout","OperationId":"0af7","UserId":"u","SessionId":"s","Properties":{"sum": "12"},"ClientOS":"Windows 11","ClientCountryOrRegion":"Portugal"}`,
			CEF:   `CEF:0|Microsoft|Application Insights|1|AppEvents:checkout|checkout|2|act=checkout cat=AppEvents suser=u suid=u cs4Label=Operation id cs4=0af7 cs6Label=Session cs6=s Properties={"sum":"12"} ClientOS=Windows 11 ClientCountryOrRegion=Portugal`,
			LEEF:  `LEEF:2.0|Microsoft|Application Insights|1|AppEvents:checkout|x09|sev=2	action=checkout	cat=AppEvents	usrName=u	userId=u	operationId=0af7	session=s	Properties={"sum":"12"}	ClientOS=Windows 11	ClientCountryOrRegion=Portugal`,
			Core:  `{"app_insights":{"properties":"{\"sum\":\"12\"}","session_id":"s","type":"AppEvents"},"client":{"geo":{"country_name":"Portugal"}},"cloud":{"provider":"azure"},"event":{"action":"checkout","dataset":"azure.app_insights","kind":"event"},"trace":{"id":"0af7"},"user":{"id":"u","name":"u"},"user_agent":{"os":{"full":"Windows 11"}}}`,
		}, {
			Table: "AppPageViews",
			Row:   `{"Id":"v1","Name":"Cart","Url":"https://shop.example/cart","DurationMs":812.5}`,
			CEF:   `CEF:0|Microsoft|Application Insights|1|AppPageViews:Cart|Cart|2|act=Cart flexString1Label=Page view id flexString1=v1 request=https://shop.example/cart cfp1Label=Duration in ms cfp1=812.5 cat=AppPageViews`,
			LEEF:  `LEEF:2.0|Microsoft|Application Insights|1|AppPageViews:Cart|x09|sev=2	action=Cart	pageViewId=v1	url=https://shop.example/cart	durationMs=812.5	cat=AppPageViews`,
			Core:  `{"app_insights":{"duration_ms":812.5,"type":"AppPageViews"},"cloud":{"provider":"azure"},"event":{"action":"Cart","dataset":"azure.app_insights","duration":812000000,"kind":"event"},"transaction":{"id":"v1"},"url":{"original":"https://shop.example/cart"}}`,
		}},
	}),
	app("Tests whether applications are there.", Mapping{
		Tables: []string{"AppAvailabilityResults"},
		Class:  []Choice{{From: "Success", Words: outcomeOfBool}}, Name: []Choice{{From: "Name"}},
		Severity: []Choice{{From: "Success", Words: map[string]string{"false": "6", "False": "6", "*": ""}}},
		Fields: []Field{
			{From: "Name", CEF: "act", LEEF: "action", ECS: "event.action"},
			{From: "Id", CEF: "flexString1", Label: "Test run", LEEF: "testRun", ECS: "transaction.id"},
			{From: "Location", CEF: "cs2", Label: "Location", LEEF: "location", ECS: "observer.geo.name"},
			{From: "Message", CEF: "msg", LEEF: "msg", ECS: "message"},
		},
		Examples: []Example{{
			Table: "AppAvailabilityResults",
			Row:   `{"Id":"t1","Name":"home page","Location":"West Europe","Success":false,"Message":"time-out after 30 s","DurationMs":30000}`,
			CEF:   `CEF:0|Microsoft|Application Insights|1|AppAvailabilityResults:failure|home page|6|act=home page flexString1Label=Test run flexString1=t1 cs2Label=Location cs2=West Europe msg=time-out after 30 s cfp1Label=Duration in ms cfp1=30000 cat=AppAvailabilityResults outcome=failure`,
			LEEF:  `LEEF:2.0|Microsoft|Application Insights|1|AppAvailabilityResults:failure|x09|sev=6	action=home page	testRun=t1	location=West Europe	msg=time-out after 30 s	durationMs=30000	cat=AppAvailabilityResults	outcome=failure`,
			Core:  `{"app_insights":{"type":"AppAvailabilityResults"},"cloud":{"provider":"azure"},"event":{"action":"home page","dataset":"azure.app_insights","duration":30000000000,"kind":"event","outcome":"failure"},"message":"time-out after 30 s","observer":{"geo":{"name":"West Europe"}},"transaction":{"id":"t1"}}`,
		}},
	}),
	app("Metrics and performance counters of applications.", Mapping{
		Tables: []string{"AppMetrics", "AppPerformanceCounters"},
		Class:  []Choice{{From: "Name"}}, Name: []Choice{{From: "Name"}, {From: "Counter"}},
		Severity: always("1"),
		Fields: []Field{
			{From: "Name", CEF: "cs2", Label: "Metric", LEEF: "metric", ECS: "app_insights.metric"},
			{From: "Sum", CEF: "cfp2", Label: "Sum", LEEF: "sum", ECS: "app_insights.sum", As: Float},
			{From: "Min", CEF: "cfp3", Label: "Minimum", LEEF: "minimum", ECS: "app_insights.min", As: Float},
			{From: "Max", CEF: "cfp4", Label: "Maximum", LEEF: "maximum", ECS: "app_insights.max", As: Float},
			{From: "Value", CEF: "cfp1", Label: "Value", LEEF: "value", ECS: "app_insights.value", As: Float},
			{From: "Instance", CEF: "cs3", Label: "Instance", LEEF: "instance"},
		},
		Examples: []Example{{
			Table: "AppMetrics",
			Row:   `{"Name":"queue length","Sum":12.5,"Min":1,"Max":7,"ItemCount":3,"AppRoleName":"shop"}`,
			CEF:   `CEF:0|Microsoft|Application Insights|1|AppMetrics:queue length|queue length|1|cs2Label=Metric cs2=queue length cfp2Label=Sum cfp2=12.5 cfp3Label=Minimum cfp3=1 cfp4Label=Maximum cfp4=7 cat=AppMetrics destinationServiceName=shop ItemCount=3`,
			LEEF:  `LEEF:2.0|Microsoft|Application Insights|1|AppMetrics:queue length|x09|sev=1	metric=queue length	sum=12.5	minimum=1	maximum=7	cat=AppMetrics	service=shop	ItemCount=3`,
			Core:  `{"app_insights":{"item_count":3,"max":7,"metric":"queue length","min":1,"sum":12.5,"type":"AppMetrics"},"cloud":{"provider":"azure"},"event":{"dataset":"azure.app_insights","kind":"metric"},"service":{"name":"shop"}}`,
		}},
	}),
}

// app adds what all tables of Application Insights have.
func app(doc string, m Mapping) Mapping {
	m.Doc = doc
	m.Vendor, m.Product, m.Version = microsoft, always("Application Insights"), []Choice{{From: "AppVersion"}, {From: "=1"}}
	m.Dataset, m.Rest = "azure.app_insights", "app_insights"
	named := map[string]bool{}
	for _, f := range m.Fields {
		named[f.CEF] = true
	}
	var duration []Field
	if !named["cfp1"] {
		duration = []Field{{From: "DurationMs", CEF: "cfp1", Label: "Duration in ms", LEEF: "durationMs", As: Float}}
	}
	m.Fields = azureOnly(slices.Concat(m.Fields, duration, []Field{
		{From: "@table", CEF: "cat", LEEF: "cat", ECS: "app_insights.type"},
		{From: "Success", CEF: "outcome", LEEF: "outcome", ECS: "event.outcome", Words: outcomeOfBool},
		{From: "DurationMs", ECS: "event.duration", As: Nanos},
		{From: "ClientIP", CEF: "src", LEEF: "src", ECS: "source.ip source.address client.ip related.ip[]", As: Address},
		{From: "UserAuthenticatedId|UserAccountId|UserId", CEF: "suser", LEEF: "usrName", ECS: "user.name"},
		{From: "UserId", CEF: "suid", LEEF: "userId", ECS: "user.id"},
		{From: "AppRoleName", CEF: "destinationServiceName", LEEF: "service", ECS: "service.name"},
		{From: "AppRoleInstance", CEF: "dvchost", LEEF: "identHostName", ECS: "service.node.name host.name"},
		{From: "AppVersion", ECS: "service.version"},
		{From: "OperationId", CEF: "cs4", Label: "Operation id", LEEF: "operationId", ECS: "trace.id"},
		{From: "ParentId", CEF: "cs5", Label: "Parent id", LEEF: "parentId", ECS: "parent.id"},
		{From: "_ResourceId", CEF: "cs1", Label: "Resource", LEEF: "resourceId", ECS: "azure.resource.id"},
		{From: "SessionId", CEF: "cs6", Label: "Session", LEEF: "session", ECS: "app_insights.session_id"},
		{From: "ClientBrowser", CEF: "requestClientApplication", LEEF: "userAgent", ECS: "user_agent.name"},
		{From: "ClientOS", ECS: "user_agent.os.full"},
		{From: "ClientCity", ECS: "client.geo.city_name"},
		{From: "ClientCountryOrRegion", ECS: "client.geo.country_name"},
		{From: "_SubscriptionId", ECS: "azure.subscription_id cloud.account.id"},
	})...)
	return m
}
