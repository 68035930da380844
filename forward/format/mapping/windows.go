package mapping

// windows are the events of Windows.
var windows = []Mapping{securityEvent, windowsEvent, event}

// Events of the security log whose user is their target, all others, and those that are about another account.
const (
	logons   = "EventID=4624|4625|4634|4647|4648|4768|4769|4771|4776|4778|4779"
	accounts = "EventID=4720|4722|4723|4724|4725|4726|4727|4728|4729|4730|4731|4732|4733|4734|4735|4737|4738|4740|4741|4742|4743|4754|4755|4756|4757|4758|4767|4781"
	subjects = "EventID!=4624|4625|4634|4647|4648|4768|4769|4771|4776|4778|4779"
)

var (
	// severityOfSecurity says which events of the security log matter, where success or failure does not say so.
	severityOfSecurity = map[string]string{
		"1102": "9", "4719": "8", "4697": "7", "4698": "6", "4702": "6", "4720": "6", "4724": "6", "4726": "6", "4728": "7", "4732": "7", "4756": "7", "4740": "6",
		"4738": "5", "4722": "5", "4725": "5", "4704": "6", "4713": "7", "4739": "7", "4625": "5", "4771": "5", "4776": "4", "4648": "5", "4672": "4", "4688": "3", "*": "",
	}
	categoryOfSecurity = map[string]string{
		"4624": "authentication", "4625": "authentication", "4634": "authentication", "4647": "authentication", "4648": "authentication", "4768": "authentication", "4769": "authentication",
		"4771": "authentication", "4776": "authentication", "4688": "process", "4689": "process", "4656": "file", "4663": "file", "4657": "registry", "4697": "configuration", "4698": "configuration",
		"4702": "configuration", "4719": "configuration", "4720": "iam", "4722": "iam", "4723": "iam", "4724": "iam", "4725": "iam", "4726": "iam", "4728": "iam", "4732": "iam", "4738": "iam",
		"4740": "iam", "4756": "iam", "4672": "iam", "*": "",
	}
	typeOfSecurity = map[string]string{
		"4624": "start", "4625": "start", "4634": "end", "4647": "end", "4688": "start", "4689": "end", "4720": "creation", "4726": "deletion", "4722": "change", "4724": "change",
		"4728": "group", "4732": "group", "4756": "group", "4738": "change", "4740": "change", "4663": "access", "4657": "change", "4672": "admin", "*": "",
	}
	actionOfSecurity = map[string]string{
		"4624": "logged-in", "4625": "logon-failed", "4634": "logged-out", "4647": "logged-out", "4648": "logged-in-explicit", "4672": "logged-in-special", "4688": "created-process",
		"4689": "exited-process", "4697": "service-installed", "4698": "scheduled-task-created", "4702": "scheduled-task-updated", "4719": "changed-audit-config", "4720": "added-user-account",
		"4722": "enabled-user-account", "4723": "changed-password", "4724": "reset-password", "4725": "disabled-user-account", "4726": "deleted-user-account", "4728": "added-member-to-group",
		"4732": "added-member-to-group", "4756": "added-member-to-group", "4738": "modified-user-account", "4740": "locked-out-user-account", "4767": "unlocked-user-account",
		"4768": "kerberos-authentication-ticket-requested", "4769": "kerberos-service-ticket-requested", "4771": "kerberos-preauth-failed", "4776": "credential-validated",
		"1102": "audit-log-cleared", "*": "",
	}
	// Windows writes - where there is nothing.
	none           = map[string]string{"-": "", "::1": "::1"}
	auditOutcome   = map[string]string{"0x8020000000000000": "success", "0x8010000000000000": "failure", "*": ""}
	levelOfWindows = map[string]string{"1": "critical", "2": "error", "3": "warning", "4": "information", "0": "information", "5": "verbose", "*": ""}
)

var securityEvent = Mapping{
	Tables: []string{"SecurityEvent"},
	Doc:    "The security log of Windows. The source user is the subject of an event, the destination user its target; in LEEF and ECS the user is the target of logons and the subject of all others.",
	Vendor: microsoft, Product: always("Windows"), Version: []Choice{{From: "Version"}, {From: "=1"}},
	Class:    []Choice{{From: "EventID"}},
	Name:     []Choice{{From: "Activity"}, {From: "EventID"}},
	Severity: []Choice{{From: "EventID", Words: severityOfSecurity}, {From: "Keywords", Words: map[string]string{"0x8010000000000000": "5", "*": ""}}},
	Dataset:  "system.security", Rest: "winlog.event_data", KeepNames: true,
	Fields: every([]Field{
		{From: "Channel|@table", CEF: "cat", LEEF: "cat"},
		{From: "Channel", ECS: "winlog.channel"},
		{From: "EventID", CEF: "-", LEEF: "eventId", ECS: "event.code winlog.event_id"},
		{From: "EventID", ECS: "event.category[]", Words: categoryOfSecurity},
		{From: "EventID", ECS: "event.type[]", Words: typeOfSecurity},
		{From: "EventID", CEF: "act", ECS: "event.action", Words: actionOfSecurity},
		{From: "EventID", LEEF: "isLoginEvent", Words: map[string]string{"4624": "true", "*": ""}},
		{From: "EventID", LEEF: "isLogoutEvent", Words: map[string]string{"4634": "true", "4647": "true", "*": ""}},
		{From: "Keywords", CEF: "outcome", LEEF: "outcome", ECS: "event.outcome", Words: auditOutcome},
		{From: "FailureReason|Status|SubStatus", CEF: "reason", LEEF: "reason", ECS: "event.reason", Words: none},
		{From: "Activity", CEF: "-", ECS: "message"},
		{From: "EventSourceName", CEF: "sourceServiceName", LEEF: "provider", ECS: "event.provider winlog.provider_name"},
		{From: "Computer", CEF: "dvchost", LEEF: "identHostName", ECS: "host.name winlog.computer_name"},
		{From: "IpAddress", CEF: "src", LEEF: "src", ECS: "source.ip source.address related.ip[]", As: Address},
		{From: "IpPort", CEF: "spt", LEEF: "srcPort", ECS: "source.port", As: Port},
		{From: "WorkstationName|Workstation", CEF: "shost", LEEF: "workstation", ECS: "source.domain", Words: none},
		{From: "SubjectUserName", CEF: "suser", Words: none},
		{From: "SubjectDomainName", CEF: "sntdom", Words: none},
		{From: "SubjectUserSid", CEF: "suid", Words: none},
		{From: "TargetUserName|MemberName", CEF: "duser", Words: none},
		{From: "TargetDomainName", CEF: "dntdom", Words: none},
		{From: "TargetUserSid|TargetSid", CEF: "duid", Words: none},
		{From: "TargetUserName|SubjectUserName", LEEF: "usrName", ECS: "user.name related.user[]", When: logons, Words: none},
		{From: "TargetDomainName|SubjectDomainName", LEEF: "domain", ECS: "user.domain", When: logons, Words: none},
		{From: "TargetUserSid|SubjectUserSid", LEEF: "userId", ECS: "user.id", When: logons, Words: none},
		{From: "SubjectUserName|TargetUserName", LEEF: "usrName", ECS: "user.name related.user[]", When: subjects, Words: none},
		{From: "SubjectDomainName|TargetDomainName", LEEF: "domain", ECS: "user.domain", When: subjects, Words: none},
		{From: "SubjectUserSid|TargetUserSid", LEEF: "userId", ECS: "user.id", When: subjects, Words: none},
		{From: "TargetUserName", LEEF: "accountName", ECS: "user.target.name related.user[]", When: accounts, Words: none},
		{From: "TargetDomainName", ECS: "user.target.domain", When: accounts, Words: none},
		{From: "TargetSid|TargetUserSid", ECS: "user.target.id", When: accounts, Words: none},
		{From: "NewProcessName", CEF: "dproc", LEEF: "process", ECS: "process.executable"},
		{From: "NewProcessName", ECS: "process.name", As: File},
		{From: "ParentProcessName|ProcessName", CEF: "sproc", LEEF: "parentProcess", Words: none},
		{From: "ParentProcessName", ECS: "process.parent.executable"},
		{From: "ParentProcessName", ECS: "process.parent.name", As: File},
		{From: "CommandLine", CEF: "cs2", Label: "Command line", LEEF: "commandLine", ECS: "process.command_line"},
		{From: "ObjectName", CEF: "filePath", LEEF: "resource", Words: none},
		{From: "ObjectType", CEF: "fileType", LEEF: "objectType", Words: none},
		{From: "FileHash", CEF: "fileHash"},
		{From: "ServiceName", CEF: "destinationServiceName", LEEF: "service", ECS: "service.name", Words: none},
		{From: "LogonTypeName", CEF: "cs1", Label: "Logon type"},
		{From: "LogonType", CEF: "cn1", Label: "Logon type number", LEEF: "logonType", As: Int},
		{From: "LogonTypeName", ECS: "winlog.logon.type"},
		{From: "TargetLogonId|SubjectLogonId", CEF: "cs3", Label: "Logon id", LEEF: "logonId", ECS: "winlog.logon.id"},
		{From: "AuthenticationPackageName", CEF: "cs4", Label: "Authentication package", LEEF: "authenticationPackage", Words: none},
		{From: "TargetServerName", CEF: "dhost", ECS: "destination.domain", Words: none},
		{From: "PrivilegeList", CEF: "spriv", LEEF: "role", Words: none},
		{From: "EventRecordId", CEF: "flexString1", Label: "Record id", LEEF: "recordId", ECS: "winlog.record_id"},
		{From: "SystemProcessId", CEF: "dvcpid", ECS: "winlog.process.pid", As: Int},
		{From: "SystemThreadId", ECS: "winlog.process.thread.id", As: Int},
		{From: "Correlation", ECS: "winlog.activity_id"},
		{From: "SystemUserId", ECS: "winlog.user.identifier"},
		{From: "Level", ECS: "log.level", Words: levelOfWindows},
		{From: "Opcode", ECS: "winlog.opcode"},
		{From: "Version", ECS: "winlog.version", As: Int},
		{From: "_ResourceId", ECS: "cloud.instance.id"},
	}...),
	Examples: []Example{{
		Table: "SecurityEvent",
		Row:   `{"Account":"CORP\\ada","Computer":"host.example.org","EventSourceName":"Microsoft-Windows-Security-Auditing","Channel":"Security","EventID":4624,"Activity":"4624 - An account was successfully logged on.","IpAddress":"198.51.100.7","IpPort":"50022","LogonType":10,"LogonTypeName":"10 - RemoteInteractive","SubjectDomainName":"CORP","SubjectUserName":"HOST$","TargetDomainName":"CORP","TargetUserName":"ada","WorkstationName":"-","Keywords":"0x8020000000000000","SystemProcessId":740}`,
		CEF:   `CEF:0|Microsoft|Windows|1|SecurityEvent:4624|4624 - An account was successfully logged on.|3|cat=Security act=logged-in outcome=success sourceServiceName=Microsoft-Windows-Security-Auditing dvchost=host.example.org src=198.51.100.7 spt=50022 suser=HOST$ sntdom=CORP duser=ada dntdom=CORP cs1Label=Logon type cs1=10 - RemoteInteractive cn1Label=Logon type number cn1=10 dvcpid=740 Account=CORP\\ada WorkstationName=-`,
		LEEF:  `LEEF:2.0|Microsoft|Windows|1|SecurityEvent:4624|x09|sev=3	cat=Security	eventId=4624	isLoginEvent=true	outcome=success	provider=Microsoft-Windows-Security-Auditing	identHostName=host.example.org	src=198.51.100.7	srcPort=50022	usrName=ada	domain=CORP	logonType=10	Account=CORP\ada	Activity=4624 - An account was successfully logged on.	LogonTypeName=10 - RemoteInteractive	SubjectDomainName=CORP	SubjectUserName=HOST$	WorkstationName=-	SystemProcessId=740`,
		Core:  `{"event":{"action":"logged-in","category":["authentication"],"code":"4624","dataset":"system.security","kind":"event","outcome":"success","provider":"Microsoft-Windows-Security-Auditing","type":["start"]},"host":{"name":"host.example.org"},"message":"4624 - An account was successfully logged on.","related":{"ip":["198.51.100.7"],"user":["ada"]},"source":{"address":"198.51.100.7","ip":"198.51.100.7","port":50022},"user":{"domain":"CORP","name":"ada"},"winlog":{"channel":"Security","computer_name":"host.example.org","event_data":{"Account":"CORP\\ada","LogonType":10,"SubjectDomainName":"CORP","SubjectUserName":"HOST$","WorkstationName":"-"},"event_id":"4624","logon":{"type":"10 - RemoteInteractive"},"process":{"pid":740},"provider_name":"Microsoft-Windows-Security-Auditing"}}`,
	}, {
		Table: "SecurityEvent",
		Row:   `{"Computer":"host","Channel":"Security","EventID":4688,"Activity":"4688 - A new process has been created.","CommandLine":"cmd.exe /c \"a=b|c\"","NewProcessName":"C:\\Windows\\System32\\cmd.exe","ParentProcessName":"C:\\a\\b.exe","SubjectUserName":"ada","SubjectDomainName":"CORP","TargetUserName":"-"}`,
		CEF:   `CEF:0|Microsoft|Windows|1|SecurityEvent:4688|4688 - A new process has been created.|3|cat=Security act=created-process dvchost=host suser=ada sntdom=CORP dproc=C:\\Windows\\System32\\cmd.exe sproc=C:\\a\\b.exe cs2Label=Command line cs2=cmd.exe /c "a\=b|c" TargetUserName=-`,
		LEEF:  `LEEF:2.0|Microsoft|Windows|1|SecurityEvent:4688|x09|sev=3	cat=Security	eventId=4688	identHostName=host	usrName=ada	domain=CORP	process=C:\Windows\System32\cmd.exe	parentProcess=C:\a\b.exe	commandLine=cmd.exe /c "a=b|c"	Activity=4688 - A new process has been created.	TargetUserName=-`,
		Core:  `{"event":{"action":"created-process","category":["process"],"code":"4688","dataset":"system.security","kind":"event","type":["start"]},"host":{"name":"host"},"message":"4688 - A new process has been created.","process":{"command_line":"cmd.exe /c \"a=b|c\"","executable":"C:\\Windows\\System32\\cmd.exe","name":"cmd.exe","parent":{"executable":"C:\\a\\b.exe","name":"b.exe"}},"related":{"user":["ada"]},"user":{"domain":"CORP","name":"ada"},"winlog":{"channel":"Security","computer_name":"host","event_data":{"TargetUserName":"-"},"event_id":"4688"}}`,
	}},
}

var windowsEvent = Mapping{
	Tables: []string{"WindowsEvent"},
	Doc:    "Events of any log of Windows, their data as an object.",
	Vendor: microsoft, Product: always("Windows"), Version: []Choice{{From: "Version"}, {From: "=1"}},
	Class:    []Choice{{From: "Provider", Then: "EventID"}, {From: "EventID"}},
	Name:     []Choice{{From: "Provider", Then: "EventID"}, {From: "@table"}},
	Severity: []Choice{{From: "EventLevelName", Words: severityOfLevel}, {From: "EventLevel", Words: map[string]string{"1": "9", "2": "7", "3": "5", "4": "3", "5": "1", "*": ""}}},
	Dataset:  "windows.forwarded", Rest: "winlog",
	Fields: every([]Field{
		{From: "Channel|@table", CEF: "cat", LEEF: "cat", ECS: "winlog.channel"},
		{From: "EventID", CEF: "-", LEEF: "eventId", ECS: "event.code winlog.event_id"},
		{From: "Provider", CEF: "sourceServiceName", LEEF: "provider", ECS: "event.provider winlog.provider_name"},
		{From: "Computer", CEF: "dvchost", LEEF: "identHostName", ECS: "host.name winlog.computer_name"},
		{From: "Keywords", CEF: "outcome", LEEF: "outcome", ECS: "event.outcome", Words: auditOutcome},
		{From: "EventData.IpAddress|EventData.SourceIp|EventData.SourceAddress|EventData.ClientAddress", CEF: "src", LEEF: "src", ECS: "source.ip source.address related.ip[]", As: Address},
		{From: "EventData.IpPort|EventData.SourcePort", CEF: "spt", LEEF: "srcPort", ECS: "source.port", As: Port},
		{From: "EventData.DestinationIp|EventData.DestAddress", CEF: "dst", LEEF: "dst", ECS: "destination.ip destination.address related.ip[]", As: Address},
		{From: "EventData.DestinationPort|EventData.DestPort", CEF: "dpt", LEEF: "dstPort", ECS: "destination.port", As: Port},
		{From: "EventData.DestinationHostname", CEF: "dhost", ECS: "destination.domain"},
		{From: "EventData.Protocol", CEF: "proto", LEEF: "proto"},
		{From: "EventData.Protocol", ECS: "network.transport", As: Lower},
		{From: "EventData.SubjectUserName|EventData.User|EventData.ParentUser", CEF: "suser", Words: none},
		{From: "EventData.SubjectDomainName", CEF: "sntdom", Words: none},
		{From: "EventData.SubjectUserSid", CEF: "suid", Words: none},
		{From: "EventData.TargetUserName", CEF: "duser", Words: none},
		{From: "EventData.TargetDomainName", CEF: "dntdom", Words: none},
		{From: "EventData.User|EventData.TargetUserName|EventData.SubjectUserName|EventData.param1", LEEF: "usrName", Words: none},
		{From: "EventData.User|EventData.TargetUserName|EventData.SubjectUserName", ECS: "user.name related.user[]", As: User, Words: none},
		{From: "EventData.User", ECS: "user.domain", As: Domain},
		{From: "EventData.Image|EventData.NewProcessName|EventData.ProcessName", CEF: "dproc", LEEF: "process", ECS: "process.executable"},
		{From: "EventData.Image|EventData.NewProcessName|EventData.ProcessName", ECS: "process.name", As: File},
		{From: "EventData.ParentImage|EventData.ParentProcessName", CEF: "sproc", LEEF: "parentProcess", ECS: "process.parent.executable"},
		{From: "EventData.ProcessId", CEF: "dpid", LEEF: "processId", ECS: "process.pid", As: Int},
		{From: "EventData.ParentProcessId", CEF: "spid", ECS: "process.parent.pid", As: Int},
		{From: "EventData.CommandLine", CEF: "cs2", Label: "Command line", LEEF: "commandLine", ECS: "process.command_line"},
		{From: "EventData.ParentCommandLine", CEF: "cs3", Label: "Parent command line", ECS: "process.parent.command_line"},
		{From: "EventData.TargetFilename|EventData.ObjectName|EventData.Path", CEF: "filePath", LEEF: "resource", ECS: "file.path"},
		{From: "EventData.Hashes", CEF: "fileHash", LEEF: "hashes"},
		{From: "EventData.TargetObject", CEF: "cs4", Label: "Registry key", ECS: "registry.path"},
		{From: "EventData.QueryName", CEF: "destinationDnsDomain", ECS: "dns.question.name"},
		{From: "EventData.RuleName", CEF: "cs5", Label: "Rule", ECS: "rule.name", Words: none},
		{From: "EventData.ScriptBlockText", CEF: "cs6", Label: "Script", ECS: "powershell.file.script_block_text"},
		{From: "EventData.ServiceName", CEF: "destinationServiceName", ECS: "service.name"},
		{From: "EventData.Workstation|EventData.WorkstationName", CEF: "shost", Words: none},
		{From: "EventData", ECS: "winlog.event_data", As: JSON},
		{From: "EventRecordId", CEF: "flexString1", Label: "Record id", LEEF: "recordId", ECS: "winlog.record_id"},
		{From: "SystemProcessId", CEF: "dvcpid", ECS: "winlog.process.pid", As: Int},
		{From: "SystemThreadId", ECS: "winlog.process.thread.id", As: Int},
		{From: "SystemUserId", ECS: "winlog.user.identifier"},
		{From: "Correlation", ECS: "winlog.activity_id"},
		{From: "EventLevelName", ECS: "log.level", As: Lower},
		{From: "_ResourceId", ECS: "cloud.instance.id"},
	}...),
	Examples: []Example{{
		Table: "WindowsEvent",
		Row:   `{"Provider":"Microsoft-Windows-Sysmon","Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws-14.example.org","EventLevelName":"Information","EventID":3,"Opcode":"0","EventData":{"Image": "C:\\Users\\ada\\x.exe","User": "CORP\\ada","Protocol": "tcp","ProcessId": "4711","SourceIp": "10.1.2.3","SourcePort": "50022","DestinationIp": "2001:db8::5","DestinationPort": "443"}}`,
		CEF:   `CEF:0|Microsoft|Windows|1|WindowsEvent:Microsoft-Windows-Sysmon:3|Microsoft-Windows-Sysmon:3|3|cat=Microsoft-Windows-Sysmon/Operational sourceServiceName=Microsoft-Windows-Sysmon dvchost=ws-14.example.org src=10.1.2.3 spt=50022 c6a3Label=Destination IPv6 Address c6a3=2001:db8::5 dpt=443 proto=tcp suser=CORP\\ada dproc=C:\\Users\\ada\\x.exe dpid=4711 EventLevelName=Information Opcode=0 EventData={"Image":"C:\\\\Users\\\\ada\\\\x.exe","User":"CORP\\\\ada","Protocol":"tcp","ProcessId":"4711","SourceIp":"10.1.2.3","SourcePort":"50022","DestinationIp":"2001:db8::5","DestinationPort":"443"}`,
		LEEF:  `LEEF:2.0|Microsoft|Windows|1|WindowsEvent:Microsoft-Windows-Sysmon:3|x09|sev=3	cat=Microsoft-Windows-Sysmon/Operational	eventId=3	provider=Microsoft-Windows-Sysmon	identHostName=ws-14.example.org	src=10.1.2.3	srcPort=50022	dst=2001:db8::5	dstPort=443	proto=tcp	usrName=CORP\ada	process=C:\Users\ada\x.exe	processId=4711	EventLevelName=Information	Opcode=0	EventData={"Image":"C:\\Users\\ada\\x.exe","User":"CORP\\ada","Protocol":"tcp","ProcessId":"4711","SourceIp":"10.1.2.3","SourcePort":"50022","DestinationIp":"2001:db8::5","DestinationPort":"443"}`,
		Core:  `{"destination":{"address":"2001:db8::5","ip":"2001:db8::5","port":443},"event":{"code":"3","dataset":"windows.forwarded","kind":"event","provider":"Microsoft-Windows-Sysmon"},"host":{"name":"ws-14.example.org"},"log":{"level":"information"},"network":{"transport":"tcp"},"process":{"executable":"C:\\Users\\ada\\x.exe","name":"x.exe","pid":4711},"related":{"ip":["10.1.2.3","2001:db8::5"],"user":["ada"]},"source":{"address":"10.1.2.3","ip":"10.1.2.3","port":50022},"user":{"domain":"CORP","name":"ada"},"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","computer_name":"ws-14.example.org","event_data":{"DestinationIp":"2001:db8::5","DestinationPort":"443","Image":"C:\\Users\\ada\\x.exe","ProcessId":"4711","Protocol":"tcp","SourceIp":"10.1.2.3","SourcePort":"50022","User":"CORP\\ada"},"event_id":"3","opcode":"0","provider_name":"Microsoft-Windows-Sysmon"}}`,
	}},
}

var event = Mapping{
	Tables: []string{"Event"},
	Doc:    "The classic logs of Windows: Application, System and those of products.",
	Vendor: microsoft, Product: always("Windows"), Version: always("1"),
	Class:    []Choice{{From: "Source", Then: "EventID"}, {From: "EventID"}},
	Name:     []Choice{{From: "Source", Then: "EventID"}, {From: "@table"}},
	Severity: []Choice{{From: "EventLevelName", Words: severityOfLevel}, {From: "EventLevel", Words: map[string]string{"1": "9", "2": "7", "3": "5", "4": "3", "5": "1", "*": ""}}},
	Dataset:  "windows.forwarded", Rest: "winlog",
	Fields: every([]Field{
		{From: "EventLog|@table", CEF: "cat", LEEF: "cat", ECS: "winlog.channel"},
		{From: "EventID", CEF: "-", LEEF: "eventId", ECS: "event.code winlog.event_id"},
		{From: "Source", CEF: "sourceServiceName", LEEF: "provider", ECS: "event.provider winlog.provider_name"},
		{From: "Computer", CEF: "dvchost", LEEF: "identHostName", ECS: "host.name winlog.computer_name"},
		{From: "UserName", CEF: "suser", LEEF: "usrName", ECS: "winlog.user.name"},
		{From: "UserName", ECS: "user.name", As: User},
		{From: "RenderedDescription|Message", CEF: "msg", LEEF: "msg", ECS: "message"},
		{From: "Message", CEF: "-", LEEF: "-", ECS: "-", Repeats: "=RenderedDescription"},
		{From: "EventData", CEF: "cs1", Label: "Event data", ECS: "event.original"},
		{From: "ParameterXml", CEF: "cs2", Label: "Parameters"},
		{From: "EventCategory", CEF: "cn1", Label: "Event category", ECS: "winlog.task", As: Int},
		{From: "EventLevelName", ECS: "log.level", As: Lower},
		{From: "_ResourceId", ECS: "cloud.instance.id"},
	}...),
	Examples: []Example{{
		Table: "Event",
		Row:   `{"Source":"Service Control Manager","EventLog":"System","Computer":"host.example.org","EventLevelName":"Information","ParameterXml":"<Param>PayloadSvc</Param>","EventID":7045,"RenderedDescription":"A service was installed in the system.\r\n\r\nService Name: PayloadSvc","Message":"A service was installed in the system.\r\n\r\nService Name: PayloadSvc","UserName":"S-1-5-18","EventCategory":0}`,
		CEF:   `CEF:0|Microsoft|Windows|1|Event:Service Control Manager:7045|Service Control Manager:7045|3|cat=System sourceServiceName=Service Control Manager dvchost=host.example.org suser=S-1-5-18 msg=A service was installed in the system.\r\n\r\nService Name: PayloadSvc cs2Label=Parameters cs2=<Param>PayloadSvc</Param> cn1Label=Event category cn1=0 EventLevelName=Information`,
		LEEF:  `LEEF:2.0|Microsoft|Windows|1|Event:Service Control Manager:7045|x09|sev=3	cat=System	eventId=7045	provider=Service Control Manager	identHostName=host.example.org	usrName=S-1-5-18	msg=A service was installed in the system.\r\n\r\nService Name: PayloadSvc	EventLevelName=Information	ParameterXml=<Param>PayloadSvc</Param>	EventCategory=0`,
		Core:  `{"event":{"code":"7045","dataset":"windows.forwarded","kind":"event","provider":"Service Control Manager"},"host":{"name":"host.example.org"},"log":{"level":"information"},"message":"A service was installed in the system.\r\n\r\nService Name: PayloadSvc","user":{"name":"S-1-5-18"},"winlog":{"channel":"System","computer_name":"host.example.org","event_id":"7045","parameter_xml":"<Param>PayloadSvc</Param>","provider_name":"Service Control Manager","task":0,"user":{"name":"S-1-5-18"}}}`,
	}},
}
