package mapping

import "slices"

// devices are the tables that Defender for Endpoint fills: what devices did.
var devices = []Mapping{
	device("Processes that devices started.", "process", Mapping{
		Tables: []string{"DeviceProcessEvents", "DeviceImageLoadEvents"},
		Fields: []Field{
			{From: "FileName", CEF: "fname", LEEF: "resource", ECS: "process.name file.name"},
			{From: "FolderPath", CEF: "dproc", LEEF: "process", ECS: "process.executable file.path"},
			{From: "ProcessId", CEF: "dpid", LEEF: "processId", ECS: "process.pid", As: Int},
			{From: "ProcessCommandLine", CEF: "cs1", Label: "Command line", LEEF: "commandLine", ECS: "process.command_line"},
			{From: "ProcessCreationTime", CEF: "start", ECS: "process.start", As: Time},
			{From: "ProcessIntegrityLevel", CEF: "dpriv", LEEF: "integrityLevel"},
			{From: "AccountUpn|AccountName", CEF: "duser", LEEF: "accountName"},
			{From: "AccountName", ECS: "user.name related.user[]"},
			{From: "AccountDomain", CEF: "dntdom", ECS: "user.domain"},
			{From: "AccountSid", CEF: "duid", ECS: "user.id"},
		},
		Examples: []Example{{
			Table: "DeviceProcessEvents",
			Row:   `{"ActionType":"ProcessCreated","DeviceName":"ws-14.tidewell.example","DeviceId":"dd","FileName":"cmd.exe","FolderPath":"C:\\Windows\\System32\\cmd.exe","ProcessId":4711,"ProcessCommandLine":"cmd.exe /c \"a|b=c\"","AccountName":"ada","AccountDomain":"corp","SHA256":"00ff","InitiatingProcessFileName":"winword.exe","InitiatingProcessFolderPath":"c:\\office\\winword.exe","InitiatingProcessId":1200,"InitiatingProcessCommandLine":"winword.exe /n","InitiatingProcessAccountName":"ada","ReportId":7,"AdditionalFields":{"x": 1}}`,
			CEF:   `CEF:0|Microsoft|Microsoft Defender for Endpoint|1|DeviceProcessEvents:ProcessCreated|ProcessCreated|3|fname=cmd.exe dproc=C:\\Windows\\System32\\cmd.exe dpid=4711 cs1Label=Command line cs1=cmd.exe /c "a|b\=c" duser=ada dntdom=corp cat=DeviceProcessEvents act=ProcessCreated dvchost=ws-14.tidewell.example deviceExternalId=dd fileHash=00ff suser=ada sproc=c:\\office\\winword.exe spid=1200 cs2Label=Command line of the initiating process cs2=winword.exe /n cn1Label=Report id cn1=7 InitiatingProcessFileName=winword.exe AdditionalFields={"x":1}`,
			LEEF:  `LEEF:2.0|Microsoft|Microsoft Defender for Endpoint|1|DeviceProcessEvents:ProcessCreated|x09|sev=3	resource=cmd.exe	process=C:\Windows\System32\cmd.exe	processId=4711	commandLine=cmd.exe /c "a|b=c"	accountName=ada	cat=DeviceProcessEvents	action=ProcessCreated	identHostName=ws-14.tidewell.example	deviceId=dd	fileHash=00ff	usrName=ada	parentProcess=c:\office\winword.exe	parentProcessId=1200	parentCommandLine=winword.exe /n	AccountDomain=corp	InitiatingProcessFileName=winword.exe	ReportId=7	AdditionalFields={"x":1}`,
			Core:  `{"event":{"action":"ProcessCreated","category":["process"],"dataset":"m365_defender.event","kind":"event"},"file":{"hash":{"sha256":"00ff"},"name":"cmd.exe","path":"C:\\Windows\\System32\\cmd.exe"},"host":{"id":"dd","name":"ws-14.tidewell.example"},"m365_defender":{"event":{"additional_fields":"{\"x\":1}","category":"DeviceProcessEvents","initiating_process_account_name":"ada","report_id":7}},"process":{"command_line":"cmd.exe /c \"a|b=c\"","executable":"C:\\Windows\\System32\\cmd.exe","name":"cmd.exe","parent":{"command_line":"winword.exe /n","executable":"c:\\office\\winword.exe","name":"winword.exe","pid":1200},"pid":4711},"related":{"hash":["00ff"],"user":["ada"]},"user":{"domain":"corp","name":"ada"}}`,
		}},
	}),
	device("Connections of devices.", "network", Mapping{
		Tables: []string{"DeviceNetworkEvents"},
		Fields: []Field{
			{From: "=connection", ECS: "event.type[]"},
			{From: "LocalIP", CEF: "src", LEEF: "src", ECS: "source.ip source.address related.ip[]", As: Address},
			{From: "LocalPort", CEF: "spt", LEEF: "srcPort", ECS: "source.port", As: Port},
			{From: "RemoteIP", CEF: "dst", LEEF: "dst", ECS: "destination.ip destination.address related.ip[]", As: Address},
			{From: "RemotePort", CEF: "dpt", LEEF: "dstPort", ECS: "destination.port", As: Port},
			{From: "RemoteUrl", CEF: "request", LEEF: "url", ECS: "url.original"},
			{From: "Protocol", CEF: "proto", LEEF: "proto"},
			{From: "Protocol", ECS: "network.transport", As: Lower},
			{From: "ActionType", CEF: "outcome", LEEF: "outcome", ECS: "event.outcome", Words: map[string]string{"ConnectionSuccess": "success", "ConnectionFailed": "failure", "*": ""}},
		},
		Examples: []Example{{
			Table: "DeviceNetworkEvents",
			Row:   `{"ActionType":"ConnectionSuccess","DeviceName":"ws-14","LocalIP":"10.1.2.3","LocalPort":50022,"RemoteIP":"203.0.113.9","RemotePort":443,"RemoteUrl":"https://a.example/?b=c","Protocol":"Tcp","InitiatingProcessFileName":"x.exe","InitiatingProcessAccountUpn":"ada@tidewell.example"}`,
			CEF:   `CEF:0|Microsoft|Microsoft Defender for Endpoint|1|DeviceNetworkEvents:ConnectionSuccess|ConnectionSuccess|3|src=10.1.2.3 spt=50022 dst=203.0.113.9 dpt=443 request=https://a.example/?b\=c proto=Tcp outcome=success cat=DeviceNetworkEvents act=ConnectionSuccess dvchost=ws-14 suser=ada@tidewell.example sproc=x.exe`,
			LEEF:  `LEEF:2.0|Microsoft|Microsoft Defender for Endpoint|1|DeviceNetworkEvents:ConnectionSuccess|x09|sev=3	src=10.1.2.3	srcPort=50022	dst=203.0.113.9	dstPort=443	url=https://a.example/?b=c	proto=Tcp	outcome=success	cat=DeviceNetworkEvents	action=ConnectionSuccess	identHostName=ws-14	usrName=ada@tidewell.example	parentProcess=x.exe`,
			Core:  `{"destination":{"address":"203.0.113.9","ip":"203.0.113.9","port":443},"event":{"action":"ConnectionSuccess","category":["network"],"dataset":"m365_defender.event","kind":"event","outcome":"success","type":["connection"]},"host":{"name":"ws-14"},"m365_defender":{"event":{"category":"DeviceNetworkEvents","initiating_process_account_upn":"ada@tidewell.example"}},"network":{"transport":"tcp"},"process":{"name":"x.exe"},"related":{"ip":["10.1.2.3","203.0.113.9"],"user":["ada"]},"source":{"address":"10.1.2.3","ip":"10.1.2.3","port":50022},"url":{"original":"https://a.example/?b=c"},"user":{"name":"ada"}}`,
		}},
	}),
	device("Files that devices made, changed or removed.", "file", Mapping{
		Tables: []string{"DeviceFileEvents"},
		Fields: append([]Field{
			{From: "ActionType", ECS: "event.type[]", Words: map[string]string{"FileCreated": "creation", "FileModified": "change", "FileDeleted": "deletion", "FileRenamed": "change", "*": ""}},
			{From: "PreviousFileName", CEF: "oldFileName"},
			{From: "PreviousFolderPath", CEF: "oldFilePath"},
			{From: "FileOriginUrl", CEF: "request", LEEF: "url", ECS: "url.original"},
			{From: "FileOriginIP", CEF: "src", LEEF: "src", ECS: "source.ip related.ip[]", As: Address},
			{From: "RequestAccountName", CEF: "duser", LEEF: "accountName"},
			{From: "RequestAccountDomain", CEF: "dntdom"},
		}, fileFields...),
		Examples: []Example{{
			Table: "DeviceFileEvents",
			Row:   `{"ActionType":"FileCreated","DeviceName":"ws-14","FileName":"a.docx","FolderPath":"C:\\tmp\\a.docx","FileSize":1234,"SHA1":"0a","SHA256":"0b","FileOriginUrl":"https://a.example","InitiatingProcessFileName":"winword.exe"}`,
			CEF:   `CEF:0|Microsoft|Microsoft Defender for Endpoint|1|DeviceFileEvents:FileCreated|FileCreated|3|request=https://a.example fname=a.docx filePath=C:\\tmp\\a.docx cat=DeviceFileEvents act=FileCreated dvchost=ws-14 fsize=1234 fileHash=0b sproc=winword.exe SHA1=0a`,
			LEEF:  `LEEF:2.0|Microsoft|Microsoft Defender for Endpoint|1|DeviceFileEvents:FileCreated|x09|sev=3	url=https://a.example	resource=a.docx	filePath=C:\tmp\a.docx	cat=DeviceFileEvents	action=FileCreated	identHostName=ws-14	fileHash=0b	parentProcess=winword.exe	FileSize=1234	SHA1=0a`,
			Core:  `{"event":{"action":"FileCreated","category":["file"],"dataset":"m365_defender.event","kind":"event","type":["creation"]},"file":{"hash":{"sha1":"0a","sha256":"0b"},"name":"a.docx","path":"C:\\tmp\\a.docx","size":1234},"host":{"name":"ws-14"},"m365_defender":{"event":{"category":"DeviceFileEvents"}},"process":{"name":"winword.exe"},"related":{"hash":["0b","0a"]},"url":{"original":"https://a.example"}}`,
		}},
	}),
	device("Keys and values of registries that devices changed.", "registry", Mapping{
		Tables: []string{"DeviceRegistryEvents"},
		Fields: []Field{
			{From: "=change", ECS: "event.type[]"},
			{From: "RegistryKey", CEF: "filePath", LEEF: "resource", ECS: "registry.key"},
			{From: "RegistryValueName", CEF: "cs1", Label: "Value name", LEEF: "valueName", ECS: "registry.value"},
			{From: "RegistryValueData", CEF: "cs4", Label: "Value data", LEEF: "valueData", ECS: "registry.data.strings"},
			{From: "RegistryValueType", CEF: "fileType", ECS: "registry.data.type"},
			{From: "PreviousRegistryKey", CEF: "oldFilePath"},
			{From: "PreviousRegistryValueData", CEF: "cs6", Label: "Value data before"},
		},
		Examples: []Example{{
			Table: "DeviceRegistryEvents",
			Row:   `{"ActionType":"RegistryValueSet","DeviceName":"ws-14","RegistryKey":"HKEY_LOCAL_MACHINE\\SOFTWARE\\Run","RegistryValueName":"x","RegistryValueData":"C:\\x.exe","RegistryValueType":"String","InitiatingProcessFileName":"reg.exe"}`,
			CEF:   `CEF:0|Microsoft|Microsoft Defender for Endpoint|1|DeviceRegistryEvents:RegistryValueSet|RegistryValueSet|3|filePath=HKEY_LOCAL_MACHINE\\SOFTWARE\\Run cs1Label=Value name cs1=x cs4Label=Value data cs4=C:\\x.exe fileType=String cat=DeviceRegistryEvents act=RegistryValueSet dvchost=ws-14 sproc=reg.exe`,
			LEEF:  `LEEF:2.0|Microsoft|Microsoft Defender for Endpoint|1|DeviceRegistryEvents:RegistryValueSet|x09|sev=3	resource=HKEY_LOCAL_MACHINE\SOFTWARE\Run	valueName=x	valueData=C:\x.exe	cat=DeviceRegistryEvents	action=RegistryValueSet	identHostName=ws-14	parentProcess=reg.exe	RegistryValueType=String`,
			Core:  `{"event":{"action":"RegistryValueSet","category":["registry"],"dataset":"m365_defender.event","kind":"event","type":["change"]},"host":{"name":"ws-14"},"m365_defender":{"event":{"category":"DeviceRegistryEvents"}},"process":{"name":"reg.exe"},"registry":{"data":{"strings":"C:\\x.exe","type":"String"},"key":"HKEY_LOCAL_MACHINE\\SOFTWARE\\Run","value":"x"}}`,
		}},
	}),
	device("Logons to devices.", "authentication", Mapping{
		Tables: []string{"DeviceLogonEvents"},
		Fields: []Field{
			{From: "ActionType", CEF: "outcome", LEEF: "outcome", ECS: "event.outcome", Words: map[string]string{"LogonSuccess": "success", "LogonFailed": "failure", "*": ""}},
			{From: "ActionType", LEEF: "isLoginEvent", Words: map[string]string{"LogonSuccess": "true", "*": ""}},
			{From: "FailureReason", CEF: "reason", LEEF: "reason", ECS: "event.reason"},
			{From: "AccountName", CEF: "duser", LEEF: "accountName", ECS: "user.name related.user[]"},
			{From: "AccountDomain", CEF: "dntdom", ECS: "user.domain"},
			{From: "AccountSid", CEF: "duid", ECS: "user.id"},
			{From: "LogonType", CEF: "cs1", Label: "Logon type", LEEF: "logonType"},
			{From: "LogonId", CEF: "cs4", Label: "Logon id", LEEF: "logonId"},
			{From: "RemoteIP", CEF: "src", LEEF: "src", ECS: "source.ip source.address related.ip[]", As: Address},
			{From: "RemotePort", CEF: "spt", LEEF: "srcPort", ECS: "source.port", As: Port},
			{From: "RemoteDeviceName", CEF: "shost", LEEF: "workstation", ECS: "source.domain"},
			{From: "Protocol", CEF: "app", LEEF: "application", ECS: "network.protocol"},
		},
		Examples: []Example{{
			Table: "DeviceLogonEvents",
			Row:   `{"ActionType":"LogonFailed","DeviceName":"srv-2","AccountName":"root","AccountDomain":"corp","LogonType":"Network","FailureReason":"InvalidUserNameOrPassword","RemoteIP":"2001:db8::7","Protocol":"NTLM"}`,
			CEF:   `CEF:0|Microsoft|Microsoft Defender for Endpoint|1|DeviceLogonEvents:LogonFailed|LogonFailed|5|outcome=failure reason=InvalidUserNameOrPassword duser=root dntdom=corp cs1Label=Logon type cs1=Network c6a2Label=Source IPv6 Address c6a2=2001:db8::7 app=NTLM cat=DeviceLogonEvents act=LogonFailed dvchost=srv-2`,
			LEEF:  `LEEF:2.0|Microsoft|Microsoft Defender for Endpoint|1|DeviceLogonEvents:LogonFailed|x09|sev=5	outcome=failure	reason=InvalidUserNameOrPassword	accountName=root	logonType=Network	src=2001:db8::7	application=NTLM	cat=DeviceLogonEvents	action=LogonFailed	identHostName=srv-2	AccountDomain=corp`,
			Core:  `{"event":{"action":"LogonFailed","category":["authentication"],"dataset":"m365_defender.event","kind":"event","outcome":"failure","reason":"InvalidUserNameOrPassword"},"host":{"name":"srv-2"},"m365_defender":{"event":{"category":"DeviceLogonEvents","logon_type":"Network"}},"network":{"protocol":"NTLM"},"related":{"ip":["2001:db8::7"],"user":["root"]},"source":{"address":"2001:db8::7","ip":"2001:db8::7"},"user":{"domain":"corp","name":"root"}}`,
		}},
	}),
	device("Other events of devices, and what is known of them.", "host", Mapping{
		Tables: []string{"DeviceEvents", "DeviceInfo", "DeviceNetworkInfo", "DeviceFileCertificateInfo"},
		Fields: append([]Field{
			{From: "RemoteIP|PublicIP", CEF: "dst", LEEF: "dst", ECS: "destination.ip related.ip[]", As: Address},
			{From: "LocalIP", CEF: "src", LEEF: "src", ECS: "source.ip related.ip[]", As: Address},
			{From: "RemoteUrl", CEF: "request", LEEF: "url", ECS: "url.original"},
			{From: "ProcessCommandLine", CEF: "cs1", Label: "Command line", LEEF: "commandLine", ECS: "process.command_line"},
			{From: "AccountName", CEF: "duser", LEEF: "accountName", ECS: "user.name related.user[]"},
			{From: "AccountDomain", CEF: "dntdom", ECS: "user.domain"},
			{From: "AccountSid", CEF: "duid", ECS: "user.id"},
			{From: "OSPlatform", CEF: "cs4", Label: "Operating system", LEEF: "operatingSystem", ECS: "host.os.full"},
			{From: "MacAddress", CEF: "dvcmac", LEEF: "identMAC", As: MAC},
			{From: "Signer|Issuer", CEF: "cs6", Label: "Signer", LEEF: "signer", ECS: "file.code_signature.subject_name"},
			{From: "RegistryKey", CEF: "requestContext", ECS: "registry.key"},
		}, fileFields...),
		Examples: []Example{{
			Table: "DeviceEvents",
			Row:   `{"ActionType":"AntivirusDetection","DeviceName":"ws-14","FileName":"x.exe","FolderPath":"C:\\tmp","SHA1":"0a","InitiatingProcessFileName":"explorer.exe","AdditionalFields":{"ThreatName": "EICAR"}}`,
			CEF:   `CEF:0|Microsoft|Microsoft Defender for Endpoint|1|DeviceEvents:AntivirusDetection|AntivirusDetection|7|fname=x.exe filePath=C:\\tmp cat=DeviceEvents act=AntivirusDetection dvchost=ws-14 fileHash=0a sproc=explorer.exe AdditionalFields={"ThreatName":"EICAR"}`,
			LEEF:  `LEEF:2.0|Microsoft|Microsoft Defender for Endpoint|1|DeviceEvents:AntivirusDetection|x09|sev=7	resource=x.exe	filePath=C:\tmp	cat=DeviceEvents	action=AntivirusDetection	identHostName=ws-14	fileHash=0a	parentProcess=explorer.exe	AdditionalFields={"ThreatName":"EICAR"}`,
			Core:  `{"event":{"action":"AntivirusDetection","category":["host"],"dataset":"m365_defender.event","kind":"event"},"file":{"hash":{"sha1":"0a"},"name":"x.exe","path":"C:\\tmp"},"host":{"name":"ws-14"},"m365_defender":{"event":{"additional_fields":"{\"ThreatName\":\"EICAR\"}","category":"DeviceEvents"}},"process":{"name":"explorer.exe"},"related":{"hash":["0a"]}}`,
		}},
	}),
}

// fileFields are of tables whose file is no process.
var fileFields = []Field{
	{From: "FileName", CEF: "fname", LEEF: "resource", ECS: "file.name"},
	{From: "FolderPath", CEF: "filePath", LEEF: "filePath", ECS: "file.path"},
}

var severityOfDevice = map[string]string{"LogonFailed": "5", "ConnectionFailed": "4", "AntivirusDetection": "7", "AntivirusReport": "6", "TamperingAttempt": "8", "ExploitGuardNetworkProtectionBlocked": "6", "AsrLsassCredentialTheftBlocked": "8", "*": ""}

// device adds what all tables of devices have.
func device(doc, category string, m Mapping) Mapping {
	m.Doc = doc
	m.Vendor, m.Product, m.Version = microsoft, always("Microsoft Defender for Endpoint"), always("1")
	m.Class, m.Name, m.Severity = []Choice{{From: "ActionType"}}, []Choice{{From: "ActionType"}, {From: "@table"}}, []Choice{{From: "ActionType", Words: severityOfDevice}}
	m.Dataset, m.Rest = "m365_defender.event", "m365_defender.event"
	parent := "process"
	if category == "process" {
		parent = "process.parent"
	}
	subject := []Field{{From: "InitiatingProcessAccountName|InitiatingProcessAccountUpn", ECS: "user.name related.user[]", As: User}, {From: "InitiatingProcessAccountDomain", ECS: "user.domain"}, {From: "InitiatingProcessAccountSid", ECS: "user.id"}}
	for _, f := range m.Fields {
		if f.From == "AccountName" {
			subject = nil // the user is the one that the event is about
		}
	}
	var commandLine []Field
	if !slices.ContainsFunc(m.Fields, func(f Field) bool { return f.ECS == parent+".command_line" }) {
		commandLine = []Field{{From: "InitiatingProcessCommandLine", ECS: parent + ".command_line"}}
	}
	m.Fields = every(slices.Concat(m.Fields, subject, commandLine, []Field{
		{From: "=" + category, ECS: "event.category[]"},
		{From: "@table", CEF: "cat", LEEF: "cat", ECS: "m365_defender.event.category"},
		{From: "ActionType", CEF: "act", LEEF: "action", ECS: "event.action"},
		{From: "DeviceName", CEF: "dvchost", LEEF: "identHostName", ECS: "host.name"},
		{From: "DeviceId", CEF: "deviceExternalId", LEEF: "deviceId", ECS: "host.id"},
		{From: "FileSize", CEF: "fsize", ECS: "file.size", As: Int},
		{From: "SHA256|SHA1|MD5", CEF: "fileHash", LEEF: "fileHash"},
		{From: "SHA256", ECS: "file.hash.sha256 related.hash[]"},
		{From: "SHA1", ECS: "file.hash.sha1 related.hash[]"},
		{From: "MD5", ECS: "file.hash.md5 related.hash[]"},
		{From: "InitiatingProcessAccountUpn|InitiatingProcessAccountName", CEF: "suser", LEEF: "usrName"},
		{From: "InitiatingProcessAccountDomain", CEF: "sntdom", LEEF: "domain"},
		{From: "InitiatingProcessAccountSid", CEF: "suid", LEEF: "userId"},
		{From: "InitiatingProcessFolderPath|InitiatingProcessFileName", CEF: "sproc", LEEF: "parentProcess"},
		{From: "InitiatingProcessFolderPath", ECS: parent + ".executable"},
		{From: "InitiatingProcessFileName", ECS: parent + ".name"},
		{From: "InitiatingProcessId", CEF: "spid", LEEF: "parentProcessId", ECS: parent + ".pid", As: Int},
		{From: "InitiatingProcessIntegrityLevel", CEF: "spriv"},
		{From: "InitiatingProcessCommandLine", CEF: "cs2", Label: "Command line of the initiating process", LEEF: "parentCommandLine"},
		{From: "InitiatingProcessSHA256|InitiatingProcessSHA1", CEF: "cs3", Label: "Hash of the initiating process"},
		{From: "InitiatingProcessSHA256", ECS: parent + ".hash.sha256"},
		{From: "InitiatingProcessSHA1", ECS: parent + ".hash.sha1"},
		{From: "InitiatingProcessMD5", ECS: parent + ".hash.md5"},
		{From: "MachineGroup", CEF: "cs5", Label: "Machine group", LEEF: "identGrpName"},
		{From: "ReportId", CEF: "cn1", Label: "Report id", As: Int},
		{From: "Timestamp", CEF: "-", LEEF: "-", ECS: "-", Repeats: "=TimeGenerated"},
	})...)
	return m
}
