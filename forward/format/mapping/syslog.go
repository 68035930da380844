package mapping

var (
	severityOfSyslog = map[string]string{"emerg": "10", "alert": "9", "crit": "8", "err": "7", "warning": "5", "notice": "4", "info": "3", "debug": "1", "*": ""}
	codeOfSeverity   = map[string]string{"emerg": "0", "alert": "1", "crit": "2", "err": "3", "warning": "4", "notice": "5", "info": "6", "debug": "7", "*": ""}
	codeOfFacility   = map[string]string{
		"kern": "0", "user": "1", "mail": "2", "daemon": "3", "auth": "4", "syslog": "5", "lpr": "6", "news": "7", "uucp": "8", "cron": "9", "authpriv": "10", "ftp": "11", "ntp": "12",
		"audit": "13", "alert": "14", "clock": "15", "local0": "16", "local1": "17", "local2": "18", "local3": "19", "local4": "20", "local5": "21", "local6": "22", "local7": "23", "*": "",
	}
)

// syslogRows are messages of syslog.
var syslogRows = Mapping{
	Tables: []string{"Syslog"},
	Doc:    "Messages of syslog. What is only in the header of RFC 5424, the message id and structured data, comes from what the decoder keeps beside the columns.",
	Vendor: always("Unix"), Product: always("Unix"), Version: always("1"),
	Class:    []Choice{{From: "ProcessName"}, {From: "Facility"}},
	Name:     []Choice{{From: "ProcessName"}, {From: "Facility"}, {From: "@table"}},
	Severity: []Choice{{From: "SeverityLevel", Words: severityOfSyslog}},
	Relay: &Relay{
		Facility: []Choice{{From: "Facility"}}, Severity: []Choice{{From: "SeverityLevel"}}, Host: []Choice{{From: "HostName"}, {From: "Computer"}}, App: []Choice{{From: "ProcessName"}},
		Process: []Choice{{From: "ProcessID"}, {From: "_Unmapped.procid"}}, ID: []Choice{{From: "_Unmapped.msgid"}}, Data: []Choice{{From: "_Unmapped.structuredData"}},
		Text: []Choice{{From: "SyslogMessage"}},
	},
	Dataset: "system.syslog", Rest: "syslog",
	Fields: every([]Field{
		{From: "Facility|@table", CEF: "cat", LEEF: "cat"},
		{From: "Facility", CEF: "deviceFacility", LEEF: "facility", ECS: "log.syslog.facility.name"},
		{From: "Facility", ECS: "log.syslog.facility.code", As: Int, Words: codeOfFacility},
		{From: "SeverityLevel", CEF: "cs3", Label: "Syslog severity", LEEF: "severity", ECS: "log.syslog.severity.name log.level"},
		{From: "SeverityLevel", ECS: "log.syslog.severity.code", As: Int, Words: codeOfSeverity},
		{From: "HostName|Computer", CEF: "dvchost", LEEF: "identHostName", ECS: "host.name host.hostname log.syslog.hostname"},
		{From: "Computer", CEF: "-", LEEF: "-", ECS: "-", Repeats: "=HostName"},
		{From: "HostIP", CEF: "dvc", LEEF: "identSrc", ECS: "host.ip", As: Address},
		{From: "ProcessName", CEF: "deviceProcessName", LEEF: "application", ECS: "process.name log.syslog.appname"},
		{From: "ProcessID", CEF: "dvcpid", LEEF: "processId", ECS: "process.pid", As: Int},
		{From: "ProcessID|_Unmapped.procid", ECS: "log.syslog.procid"},
		{From: "SyslogMessage", CEF: "msg", LEEF: "msg", ECS: "message"},
		{From: "_Unmapped.msgid", CEF: "cs1", Label: "Message id", LEEF: "messageId", ECS: "log.syslog.msgid"},
		{From: "_Unmapped.structuredData", CEF: "cs2", Label: "Structured data", LEEF: "structuredData", ECS: "log.syslog.structured_data", As: Data},
		{From: "EventTime", CEF: "-", LEEF: "-", ECS: "event.created", As: Time, Repeats: "=TimeGenerated"},
		{From: "CollectorHostName", CEF: "shost", LEEF: "collector", ECS: "observer.hostname"},
		{From: "SourceSystem", ECS: "syslog.source_system"},
	}...),
	Examples: []Example{{
		Table: "Syslog",
		Row:   `{"Computer":"web-01.example.org","Facility":"authpriv","HostName":"web-01.example.org","SeverityLevel":"warning","SyslogMessage":"Failed password for root from 198.51.100.4 port 50022 ssh2","ProcessID":4242,"ProcessName":"sshd","_Unmapped":{"msgid":"ID47","structuredData":"[auth@32473 method=\"password\" from=\"a \\\"b\\\" \\]\"]"}}`,
		CEF:   `CEF:0|Unix|Unix|1|Syslog:sshd|sshd|5|cat=authpriv deviceFacility=authpriv cs3Label=Syslog severity cs3=warning dvchost=web-01.example.org deviceProcessName=sshd dvcpid=4242 msg=Failed password for root from 198.51.100.4 port 50022 ssh2 cs1Label=Message id cs1=ID47 cs2Label=Structured data cs2=[auth@32473 method\="password" from\="a \\"b\\" \\]"] _Unmapped={"msgid":"ID47","structuredData":"[auth@32473 method\=\\"password\\" from\=\\"a \\\\\\"b\\\\\\" \\\\]\\"]"}`,
		LEEF:  `LEEF:2.0|Unix|Unix|1|Syslog:sshd|x09|sev=5	cat=authpriv	facility=authpriv	severity=warning	identHostName=web-01.example.org	application=sshd	processId=4242	msg=Failed password for root from 198.51.100.4 port 50022 ssh2	messageId=ID47	structuredData=[auth@32473 method="password" from="a \"b\" \]"]	_Unmapped={"msgid":"ID47","structuredData":"[auth@32473 method=\"password\" from=\"a \\\"b\\\" \\]\"]"}`,
		Core:  `{"event":{"dataset":"system.syslog","kind":"event"},"host":{"hostname":"web-01.example.org","name":"web-01.example.org"},"log":{"level":"warning","syslog":{"appname":"sshd","facility":{"code":10,"name":"authpriv"},"hostname":"web-01.example.org","msgid":"ID47","procid":"4242","severity":{"code":4,"name":"warning"},"structured_data":{"auth@32473":{"from":"a \"b\" ]","method":"password"}}}},"message":"Failed password for root from 198.51.100.4 port 50022 ssh2","process":{"name":"sshd","pid":4242},"syslog":{"_unmapped":"{\"msgid\":\"ID47\",\"structuredData\":\"[auth@32473 method=\\\"password\\\" from=\\\"a \\\\\\\"b\\\\\\\" \\\\]\\\"]\"}"}}`,
	}},
}
