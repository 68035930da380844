package mapping

import "slices"

// mail are the tables of Defender for Office 365.
var mail = []Mapping{
	message("Mails that were delivered or blocked, and what became of them.", "email", Mapping{
		Tables:   []string{"EmailEvents", "EmailPostDeliveryEvents"},
		Class:    []Choice{{From: "DeliveryAction"}, {From: "ActionType"}},
		Name:     []Choice{{From: "DeliveryAction"}, {From: "ActionType"}, {From: "@table"}},
		Severity: []Choice{{From: "DeliveryAction", Words: map[string]string{"Blocked": "4", "Junked": "4", "*": ""}}, {From: "ThreatTypes", Words: map[string]string{"Malware": "7", "Phish": "7", "Phish, Malware": "8", "Malware, Phish": "8", "Spam": "4", "*": ""}}},
		Fields: []Field{
			{From: "DeliveryAction|Action|ActionType", CEF: "act", LEEF: "action", ECS: "event.action"},
			{From: "DeliveryLocation", CEF: "cs1", Label: "Delivery location", LEEF: "deliveryLocation"},
			{From: "ThreatTypes", CEF: "cs2", Label: "Threat types", LEEF: "threatTypes"},
			{From: "DetectionMethods", CEF: "reason", LEEF: "reason", ECS: "event.reason"},
			{From: "Subject", CEF: "msg", LEEF: "msg", ECS: "email.subject"},
			{From: "SenderIPv4|SenderIPv6", CEF: "src", LEEF: "src", ECS: "source.ip source.address related.ip[]", As: Address},
			{From: "SenderFromDomain|SenderMailFromDomain", CEF: "sourceDnsDomain", LEEF: "domain", ECS: "source.domain"},
			{From: "InternetMessageId", CEF: "fileId", ECS: "email.message_id"},
			{From: "EmailDirection", CEF: "deviceDirection", Words: map[string]string{"Inbound": "0", "Outbound": "1", "*": ""}},
			{From: "EmailDirection", ECS: "email.direction", As: Lower},
			{From: "EmailSize", CEF: "fsize", ECS: "email.size", As: Int},
			{From: "AttachmentCount", CEF: "cn1", Label: "Attachments", LEEF: "attachments", As: Int},
			{From: "UrlCount", CEF: "cn2", Label: "URLs", LEEF: "urls", As: Int},
		},
		Examples: []Example{{
			Table: "EmailEvents",
			Row:   `{"DeliveryAction":"Delivered","DeliveryLocation":"Inbox/folder","EmailDirection":"Inbound","InternetMessageId":"<a=b@example.net>","NetworkMessageId":"n1","RecipientEmailAddress":"ada@tidewell.example","SenderFromAddress":"eve@example.net","SenderFromDomain":"example.net","SenderIPv4":"203.0.113.25","Subject":"Invoice | 2026","AttachmentCount":1,"UrlCount":2,"AuthenticationDetails":"{\"SPF\":\"pass\"}"}`,
			CEF:   `CEF:0|Microsoft|Microsoft Defender for Office 365|1|EmailEvents:Delivered|Delivered|3|act=Delivered cs1Label=Delivery location cs1=Inbox/folder msg=Invoice | 2026 src=203.0.113.25 sourceDnsDomain=example.net fileId=<a\=b@example.net> deviceDirection=0 cn1Label=Attachments cn1=1 cn2Label=URLs cn2=2 suser=eve@example.net cat=EmailEvents duser=ada@tidewell.example flexString1Label=Mail id flexString1=n1 AuthenticationDetails={"SPF":"pass"}`,
			LEEF:  `LEEF:2.0|Microsoft|Microsoft Defender for Office 365|1|EmailEvents:Delivered|x09|sev=3	action=Delivered	deliveryLocation=Inbox/folder	msg=Invoice | 2026	src=203.0.113.25	domain=example.net	attachments=1	urls=2	usrName=eve@example.net	cat=EmailEvents	accountName=ada@tidewell.example	mailId=n1	EmailDirection=Inbound	InternetMessageId=<a=b@example.net>	AuthenticationDetails={"SPF":"pass"}`,
			Core:  `{"email":{"direction":"inbound","from":{"address":["eve@example.net"]},"local_id":"n1","message_id":"<a=b@example.net>","subject":"Invoice | 2026","to":{"address":["ada@tidewell.example"]}},"event":{"action":"Delivered","category":["email"],"dataset":"m365_defender.event","kind":"event","type":["info"]},"m365_defender":{"event":{"attachment_count":1,"authentication_details":"{\"SPF\":\"pass\"}","category":"EmailEvents","delivery_location":"Inbox/folder","url_count":2}},"related":{"ip":["203.0.113.25"],"user":["eve@example.net","ada@tidewell.example"]},"source":{"address":"203.0.113.25","domain":"example.net","ip":"203.0.113.25"}}`,
		}},
	}),
	message("Links in mails and clicks on them.", "web", Mapping{
		Tables:   []string{"UrlClickEvents", "EmailUrlInfo", "MessageUrlInfo"},
		Class:    []Choice{{From: "ActionType"}},
		Name:     []Choice{{From: "ActionType"}, {From: "@table"}},
		Severity: []Choice{{From: "ActionType", Words: map[string]string{"ClickBlocked": "6", "UrlScanInProgress": "4", "*": ""}}},
		Fields: []Field{
			{From: "ActionType", CEF: "act", LEEF: "action", ECS: "event.action"},
			{From: "Url", CEF: "request", LEEF: "url", ECS: "url.original"},
			{From: "UrlDomain", CEF: "destinationDnsDomain", ECS: "url.domain"},
			{From: "IPAddress", CEF: "src", LEEF: "src", ECS: "source.ip source.address related.ip[]", As: Address},
			{From: "AccountUpn", CEF: "suser", LEEF: "usrName"},
			{From: "AccountUpn", ECS: "user.name related.user[]", As: User},
			{From: "AccountUpn", ECS: "user.domain", As: Domain},
			{From: "Workload", CEF: "sourceServiceName", LEEF: "service"},
			{From: "IsClickedThrough", CEF: "cs1", Label: "Clicked through", LEEF: "clickedThrough"},
			{From: "ThreatTypes", CEF: "cs2", Label: "Threat types", LEEF: "threatTypes"},
		},
		Examples: []Example{{
			Table: "UrlClickEvents",
			Row:   `{"Url":"https://a.example/?q=1|2","ActionType":"ClickBlocked","AccountUpn":"ada@tidewell.example","Workload":"Email","NetworkMessageId":"n1","IPAddress":"198.51.100.7","IsClickedThrough":false}`,
			CEF:   `CEF:0|Microsoft|Microsoft Defender for Office 365|1|UrlClickEvents:ClickBlocked|ClickBlocked|6|act=ClickBlocked request=https://a.example/?q\=1|2 src=198.51.100.7 suser=ada@tidewell.example sourceServiceName=Email cs1Label=Clicked through cs1=false cat=UrlClickEvents flexString1Label=Mail id flexString1=n1`,
			LEEF:  `LEEF:2.0|Microsoft|Microsoft Defender for Office 365|1|UrlClickEvents:ClickBlocked|x09|sev=6	action=ClickBlocked	url=https://a.example/?q=1|2	src=198.51.100.7	usrName=ada@tidewell.example	service=Email	clickedThrough=false	cat=UrlClickEvents	mailId=n1`,
			Core:  `{"email":{"local_id":"n1"},"event":{"action":"ClickBlocked","category":["web"],"dataset":"m365_defender.event","kind":"event","type":["info"]},"m365_defender":{"event":{"account_upn":"ada@tidewell.example","category":"UrlClickEvents","is_clicked_through":false,"workload":"Email"}},"related":{"ip":["198.51.100.7"],"user":["ada"]},"source":{"address":"198.51.100.7","ip":"198.51.100.7"},"url":{"original":"https://a.example/?q=1|2"},"user":{"domain":"tidewell.example","name":"ada"}}`,
		}},
	}),
	message("Files in mails, and messages of Teams.", "email", Mapping{
		Tables:   []string{"EmailAttachmentInfo", "MessageEvents", "MessagePostDeliveryEvents"},
		Class:    []Choice{{From: "ActionType"}, {From: "DeliveryAction"}},
		Name:     []Choice{{From: "ActionType"}, {From: "DeliveryAction"}, {From: "@table"}},
		Severity: []Choice{{From: "ThreatTypes", Words: map[string]string{"Malware": "7", "Phish": "7", "*": ""}}},
		Fields: []Field{
			{From: "DeliveryAction|Action|ActionType", CEF: "act", LEEF: "action", ECS: "event.action"},
			{From: "FileName", CEF: "fname", LEEF: "resource", ECS: "file.name"},
			{From: "FileType", CEF: "fileType", ECS: "file.type"},
			{From: "FileSize", CEF: "fsize", ECS: "file.size", As: Int},
			{From: "SHA256", CEF: "fileHash", LEEF: "fileHash", ECS: "file.hash.sha256 related.hash[]"},
			{From: "ThreatTypes", CEF: "cs2", Label: "Threat types", LEEF: "threatTypes"},
			{From: "DetectionMethods", CEF: "reason", LEEF: "reason"},
			{From: "Subject", CEF: "msg", LEEF: "msg", ECS: "email.subject"},
			{From: "TeamsMessageId", CEF: "fileId", LEEF: "teamsMessageId"},
		},
		Examples: []Example{{
			Table: "EmailAttachmentInfo",
			Row:   `{"FileName":"invoice.zip","FileType":"zip","SHA256":"0b","FileSize":4096,"NetworkMessageId":"n1","RecipientEmailAddress":"ada@tidewell.example","SenderFromAddress":"eve@example.net"}`,
			CEF:   `CEF:0|Microsoft|Microsoft Defender for Office 365|1|EmailAttachmentInfo|EmailAttachmentInfo|3|fname=invoice.zip fileType=zip fsize=4096 fileHash=0b suser=eve@example.net cat=EmailAttachmentInfo duser=ada@tidewell.example flexString1Label=Mail id flexString1=n1`,
			LEEF:  `LEEF:2.0|Microsoft|Microsoft Defender for Office 365|1|EmailAttachmentInfo|x09|sev=3	resource=invoice.zip	fileHash=0b	usrName=eve@example.net	cat=EmailAttachmentInfo	accountName=ada@tidewell.example	mailId=n1	FileType=zip	FileSize=4096`,
			Core:  `{"email":{"from":{"address":["eve@example.net"]},"local_id":"n1","to":{"address":["ada@tidewell.example"]}},"event":{"category":["email"],"dataset":"m365_defender.event","kind":"event","type":["info"]},"file":{"hash":{"sha256":"0b"},"name":"invoice.zip","size":4096,"type":"zip"},"m365_defender":{"event":{"category":"EmailAttachmentInfo"}},"related":{"hash":["0b"],"user":["eve@example.net","ada@tidewell.example"]}}`,
		}},
	}),
}

// message adds what all tables of mail have.
func message(doc, category string, m Mapping) Mapping {
	m.Doc = doc
	m.Vendor, m.Product, m.Version = microsoft, always("Microsoft Defender for Office 365"), always("1")
	m.Dataset, m.Rest = "m365_defender.event", "m365_defender.event"
	sender := []Field{
		{From: "SenderFromAddress|SenderMailFromAddress|SenderEmailAddress", CEF: "suser", LEEF: "usrName", ECS: "email.from.address[] related.user[]"},
		{From: "SenderMailFromAddress", ECS: "email.sender.address"},
		{From: "SenderObjectId", CEF: "suid", LEEF: "userId"},
	}
	for _, f := range m.Fields {
		if f.CEF == "suser" {
			sender = nil
		}
	}
	m.Fields = every(slices.Concat(m.Fields, sender, []Field{
		{From: "=" + category, ECS: "event.category[]"},
		{From: "=info", ECS: "event.type[]"},
		{From: "@table", CEF: "cat", LEEF: "cat", ECS: "m365_defender.event.category"},
		{From: "RecipientEmailAddress", CEF: "duser", LEEF: "accountName", ECS: "email.to.address[] related.user[]"},
		{From: "RecipientObjectId", CEF: "duid", LEEF: "accountId"},
		{From: "NetworkMessageId", CEF: "flexString1", Label: "Mail id", LEEF: "mailId", ECS: "email.local_id"},
		{From: "ReportId", CEF: "flexString2", Label: "Report id"},
		{From: "Timestamp", CEF: "-", LEEF: "-", ECS: "-", Repeats: "=TimeGenerated"},
	})...)
	return m
}
