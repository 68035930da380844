package tenant

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// The Windows machines: domain controllers, servers, and the one that is attacked.
const (
	ntDomain     = "TIDEWELL"
	targetServer = "vm-workshop-1.tidewell.example"
)

var (
	controllers = []string{"dc-bergen-1.tidewell.example", "dc-leeds-1.tidewell.example"}
	servers     = []string{"vm-erp-1.tidewell.example", "vm-files-1.tidewell.example", targetServer, "vm-print-1.tidewell.example"}
)

// A record of Windows is what one event is made from.
type winEvent struct {
	at       time.Time
	computer string
	channel  string
	provider string
	id       int
	level    int
	task     int
	failed   bool
	data     [][2]string
	random   uint64
}

const auditing = "Microsoft-Windows-Security-Auditing"

// xml writes the event as Windows renders it.
func (e *winEvent) xml() string {
	r := rand.New(rand.NewPCG(e.random, 9))
	keywords := "0x8020000000000000"
	switch {
	case e.provider != auditing:
		keywords = "0x8000000000000000"
	case e.failed:
		keywords = "0x8010000000000000"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='%s' Guid='{%s}'/><EventID>%d</EventID><Version>1</Version><Level>%d</Level>"+
		"<Task>%d</Task><Opcode>0</Opcode><Keywords>%s</Keywords><TimeCreated SystemTime='%s'/><EventRecordID>%d</EventRecordID><Correlation ActivityID='{%s}'/>"+
		"<Execution ProcessID='%d' ThreadID='%d'/><Channel>%s</Channel><Computer>%s</Computer><Security/></System><EventData>",
		e.provider, strings.ToUpper(fixed(40, uint64(len(e.provider)))), e.id, e.level, e.task, keywords, e.at.Format("2006-01-02T15:04:05.0000000")+"00Z",
		e.at.Unix()*10+int64(r.IntN(10)), strings.ToUpper(guid(r)), 600+r.IntN(200), 1000+r.IntN(9000), e.channel, e.computer)
	for _, kv := range e.data {
		b.WriteString("<Data Name='" + kv[0] + "'>")
		_, _ = xmlText.WriteString(&b, kv[1])
		b.WriteString("</Data>")
	}
	b.WriteString("</EventData></Event>")
	return b.String()
}

var xmlText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// securityEvent is an event of the security log as Azure Diagnostics puts it into Event Hubs.
func (w *world) securityEvent(e winEvent) event {
	e.channel, e.provider = "Security", auditing
	return event{e.at, 1, func(d *doc) {
		host, _, _ := strings.Cut(e.computer, ".")
		d.obj().k("time").z(e.at).ks("category", string(Security)).ks("level", "Informational").k("properties").obj()
		d.ks("DeploymentId", fixed(41, uint64(len(host)))).ks("Role", "IaaS").ks("RoleInstance", "_"+host).ks("ProviderName", auditing)
		d.k("EventId").i(int64(e.id)).k("Level").i(int64(e.level)).k("Opcode").i(0).k("Task").i(int64(e.task)).ks("Channel", "Security").ks("RawXml", e.xml())
		d.end().end()
	}}
}

func xmlEvent(e winEvent) event {
	return event{e.at, 1, func(d *doc) { d.b = append(d.b, e.xml()...) }}
}

// short is the name of an account in the old domain.
func (p *person) short() string { name, _, _ := strings.Cut(p.upn, "@"); return name }

func sid(n int) string { return "S-1-5-21-3107921522-2185401913-891411500-" + strconv.Itoa(1100+n) }

// logon is a logon, or one that fails, as a Windows machine writes it.
func (w *world) logon(at time.Time, computer, user, domain, from string, kind int, failed bool, random uint64) event {
	r := rand.New(rand.NewPCG(random, 10))
	e := winEvent{at: at, computer: computer, id: 4624, task: 12544, failed: failed, random: random}
	e.data = [][2]string{{"SubjectUserSid", "S-1-0-0"}, {"SubjectUserName", "-"}, {"SubjectDomainName", "-"}, {"SubjectLogonId", "0x0"}}
	if failed {
		e.id = 4625
		e.data = append(e.data, [2]string{"TargetUserSid", "S-1-0-0"}, [2]string{"TargetUserName", user}, [2]string{"TargetDomainName", domain},
			[2]string{"Status", "0xc000006d"}, [2]string{"FailureReason", "%%2313"}, [2]string{"SubStatus", "0xc000006a"})
	} else {
		e.data = append(e.data, [2]string{"TargetUserSid", sid(len(user))}, [2]string{"TargetUserName", user}, [2]string{"TargetDomainName", domain},
			[2]string{"TargetLogonId", "0x" + strconv.FormatUint(r.Uint64()>>36, 16)})
	}
	pack := [...]string{"NTLM", "Kerberos"}[r.IntN(2)]
	e.data = append(e.data, [2]string{"LogonType", strconv.Itoa(kind)}, [2]string{"LogonProcessName", pack}, [2]string{"AuthenticationPackageName", pack},
		[2]string{"WorkstationName", "-"}, [2]string{"KeyLength", "0"}, [2]string{"ProcessId", "0x0"}, [2]string{"ProcessName", "-"},
		[2]string{"IpAddress", from}, [2]string{"IpPort", strconv.Itoa(1024 + r.IntN(64000))})
	return w.securityEvent(e)
}

// security draws the security logs of one hour.
func (w *world) security(r *rand.Rand, hour int) []event {
	var list []event
	for o, staff := range w.staff { // people
		for n := int(1600*w.weekly*w.work(o, hour)*float64(len(staff))/people + r.Float64()); n > 0; n-- {
			p := staff[w.pick[o].draw(r)]
			at, dc, from := w.at(r, hour), controllers[o%2], "10.40."+strconv.Itoa(20+o)+"."+strconv.Itoa(1+r.IntN(250))
			failed := r.IntN(50) == 0
			list = append(list, w.logon(at, dc, p.short(), ntDomain, from, 3, failed, r.Uint64()))
			if failed {
				continue
			}
			list = append(list, w.securityEvent(winEvent{at: at.Add(40 * time.Millisecond), computer: dc, id: 4769, task: 14337, random: r.Uint64(), data: [][2]string{
				{"TargetUserName", p.short() + "@TIDEWELL.EXAMPLE"}, {"TargetDomainName", "TIDEWELL.EXAMPLE"}, {"ServiceName", "FILES$"}, {"ServiceSid", sid(7)},
				{"TicketOptions", "0x40810000"}, {"TicketEncryptionType", "0x12"}, {"IpAddress", "::ffff:" + from}, {"IpPort", "50022"}, {"Status", "0x0"}}}))
		}
	}
	for range 60 { // machines and services
		host := servers[r.IntN(len(servers))]
		short, _, _ := strings.Cut(host, ".")
		switch at := w.at(r, hour); r.IntN(3) {
		case 0:
			list = append(list, w.logon(at, controllers[r.IntN(2)], strings.ToUpper(short)+"$", ntDomain, "10.40.2."+strconv.Itoa(10+r.IntN(4)), 3, false, r.Uint64()))
		case 1:
			list = append(list, w.logon(at, host, "svc-"+[...]string{"erp", "backup", "scan", "print"}[r.IntN(4)], ntDomain, "-", 5, false, r.Uint64()))
		default:
			program := [...]string{`C:\Windows\System32\svchost.exe`, `C:\Program Files\Tidewell\erp\erpjob.exe`, `C:\Windows\System32\conhost.exe`, `C:\Windows\System32\taskhostw.exe`}[r.IntN(4)]
			list = append(list, w.process(at, host, "SYSTEM", program, `"`+program+`" -k job`, r.Uint64()))
		}
	}
	if hour == 2 { // the company's own scanner tries the names it knows
		for n := range 40 {
			list = append(list, w.logon(w.day.Add(2*time.Hour+time.Duration(n*25+r.IntN(20))*time.Second), servers[n%len(servers)], [...]string{"Administrator", "guest", "admin", "test"}[n%4], "", scanner, 3, true, r.Uint64()))
		}
	}
	return list
}

// process is the start of a program.
func (w *world) process(at time.Time, computer, user, program, command string, random uint64) event {
	return w.securityEvent(winEvent{at: at, computer: computer, id: 4688, task: 13312, random: random, data: [][2]string{
		{"SubjectUserSid", sid(len(user))}, {"SubjectUserName", user}, {"SubjectDomainName", ntDomain}, {"SubjectLogonId", "0x3e7"}, {"NewProcessId", "0x1a2c"},
		{"NewProcessName", program}, {"TokenElevationType", "%%1936"}, {"ProcessId", "0x2f4"}, {"CommandLine", command}, {"TargetUserName", "-"},
		{"ParentProcessName", `C:\Windows\System32\services.exe`}, {"MandatoryLabel", "S-1-16-16384"}}})
}

// sysmon draws what Sysmon saw on the servers in one hour.
func (w *world) sysmon(r *rand.Rand, hour int) []event {
	var list []event
	for range 20 {
		at, host := w.at(r, hour), servers[r.IntN(len(servers))]
		list = append(list, xmlEvent(winEvent{at: at, computer: host, channel: string(Sysmon), provider: "Microsoft-Windows-Sysmon", id: 3, level: 4, task: 3, random: r.Uint64(), data: [][2]string{
			{"RuleName", "-"}, {"UtcTime", at.Format("2006-01-02 15:04:05.000")}, {"ProcessId", strconv.Itoa(500 + r.IntN(9000))},
			{"Image", `C:\Program Files\Tidewell\erp\erpjob.exe`}, {"User", `NT AUTHORITY\SYSTEM`}, {"Protocol", "tcp"},
			{"SourceIp", "10.40.2." + strconv.Itoa(10+r.IntN(4))}, {"DestinationIp", "10.40.4.10"}, {"DestinationPort", "1433"}}}))
	}
	return list
}

// classic draws the logs System and Application of one hour.
func (w *world) classic(r *rand.Rand, hour int) []event {
	var list []event
	for range 15 {
		at, host := w.at(r, hour), servers[r.IntN(len(servers))]
		e := winEvent{at: at, computer: host, channel: "System", provider: "Service Control Manager", id: 7036, level: 4, random: r.Uint64(),
			data: [][2]string{{"param1", [...]string{"Print Spooler", "Windows Update", "Tidewell ERP Jobs"}[r.IntN(3)]}, {"param2", [...]string{"running", "stopped"}[r.IntN(2)]}}}
		if r.IntN(8) == 0 {
			e = winEvent{at: at, computer: host, channel: "Application", provider: "Tidewell ERP", id: 1000 + r.IntN(5), level: 2 + r.IntN(2), random: r.Uint64(),
				data: [][2]string{{"Message", "Job " + strconv.Itoa(r.IntN(400)) + " took longer than planned"}}}
		}
		list = append(list, xmlEvent(e))
	}
	return list
}
