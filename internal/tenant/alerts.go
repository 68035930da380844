package tenant

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// An alert is what Defender for Cloud says, and Defender XDR repeats.
type alert struct {
	at               time.Time
	kind, title      string
	severity, intent string
	text             string
	resource         string // below the production subscription
	entity           string
	address          string
	account          string
	id               string
}

func virtualMachine(name string) string {
	return "resourceGroups/rg-workshop/providers/Microsoft.Compute/virtualMachines/" + name
}

// quiet are the alerts that come on any day and mean little.
var quiet = []alert{
	{kind: "VM_ThreatIntelSuspectLogon", title: "Traffic detected from IP addresses recommended for blocking", severity: "Low", intent: "PreAttack",
		text: "Inbound traffic from addresses that are known to scan was seen.", resource: virtualMachine("vm-shop-1"), entity: "vm-shop-1", address: "192.0.2.11"},
	{kind: "VM_SshBruteForceFailed", title: "Failed SSH brute force attack", severity: "Medium", intent: "Probing",
		text: "Many failed attempts to log in were made.", resource: virtualMachine("jump-1"), entity: "jump-1", address: "192.0.2.10"},
	{kind: "AppServices_AnomalousPageAccess", title: "Unusual access to pages that do not exist", severity: "Low", intent: "Discovery",
		text: "One address asked for many pages that do not exist.", resource: "resourceGroups/rg-shop/providers/Microsoft.Web/sites/tidewell-shop", entity: "tidewell-shop", address: scanner},
}

// alerts draws the alerts of one hour that mean little: about three a day.
func (w *world) alerts(_ *rand.Rand, hour int) []event {
	var list []event
	for _, a := range w.quietAlerts(hour) {
		list = append(list, w.alertEvent(a))
	}
	return list
}

func (w *world) quietAlerts(hour int) []alert {
	r := w.random(61_000 + hour)
	var list []alert
	if hour == 3 { // of what the scanner did
		a := quiet[2]
		a.at, a.id = w.at(r, hour), guid(r)
		list = append(list, a)
	}
	if r.IntN(12) == 0 {
		a := quiet[r.IntN(2)]
		a.at, a.id = w.at(r, hour), guid(r)
		list = append(list, a)
	}
	return list
}

func (w *world) alertEvent(a alert) event {
	return event{a.at, 1, func(d *doc) {
		d.obj().ks("VendorName", "Microsoft").ks("AlertType", a.kind).k("StartTimeUtc").z(a.at.Add(-8 * time.Minute)).k("EndTimeUtc").z(a.at.Add(-time.Minute))
		d.k("ProcessingEndTime").z(a.at.Add(2*time.Second)).k("TimeGenerated").z(a.at).k("IsIncident").t(false).ks("Severity", a.severity).ks("Status", "New")
		d.ks("ProductName", "Microsoft Defender for Cloud").ks("SystemAlertId", a.id).ks("AzureResourceId", "/subscriptions/"+prodSubscription+"/"+a.resource)
		d.ks("AzureResourceSubscriptionId", prodSubscription).ks("CompromisedEntity", a.entity).ks("Intent", a.intent).ks("AlertDisplayName", a.title).ks("Description", a.text)
		d.k("RemediationSteps").arr().s("Look at who was there, and close what need not be open.").fin()
		d.k("ExtendedProperties").obj().ks("Source address", a.address).end().k("Entities").arr()
		d.obj().ks("$id", "1").ks("Address", a.address).ks("Type", "ip").end()
		if a.account != "" {
			d.obj().ks("$id", "2").ks("Name", a.account).ks("Type", "account").end()
		}
		d.fin().end()
	}}
}

// alertInfo is how Defender XDR repeats the alerts of one hour.
func (w *world) alertInfo(_ *rand.Rand, hour int) []event {
	var list []event
	for _, a := range w.quietAlerts(hour) {
		list = append(list, w.infoEvent(a))
	}
	return list
}

func (w *world) infoEvent(a alert) event {
	at := a.at.Add(4 * time.Second)
	return event{at, 1, func(d *doc) {
		w.hunting(d, at, "AlertInfo")
		d.ks("AlertId", a.id).ks("Title", a.title).ks("Category", a.intent).ks("Severity", a.severity).ks("ServiceSource", "Microsoft Defender for Cloud")
		d.ks("DetectionSource", "Defender for Cloud").ks("AttackTechniques", `["Valid Accounts (T1078)"]`).end().end()
	}}
}

// hunting opens a row of a table of advanced hunting up to its own columns.
func (w *world) hunting(d *doc, at time.Time, table string) {
	d.obj().k("time").z(at.Add(40*time.Second)).ks("tenantId", w.tenant).ks("operationName", "Publish").ks("category", "AdvancedHunting-"+table)
	d.k("properties").obj().k("Timestamp").z(at)
}

var programs = [][2]string{{"OUTLOOK.EXE", `C:\Program Files\Microsoft Office\root\Office16`}, {"msedge.exe", `C:\Program Files (x86)\Microsoft\Edge\Application`},
	{"Teams.exe", `C:\Program Files\WindowsApps\MSTeams`}, {"EXCEL.EXE", `C:\Program Files\Microsoft Office\root\Office16`}, {"lensplan.exe", `C:\Program Files\Tidewell\Planner`},
	{"powershell.exe", `C:\Windows\System32\WindowsPowerShell\v1.0`}}

// processes draws the programs that people start in one hour.
func (w *world) processes(r *rand.Rand, hour int) []event {
	pick := zipf(len(programs), 1)
	return w.devices(r, hour, 1800, "DeviceProcessEvents", func(d *doc, p *person, random uint64) {
		q := rand.New(rand.NewPCG(random, 12))
		program := programs[pick.draw(q)]
		d.ks("ActionType", "ProcessCreated").ks("FileName", program[0]).ks("FolderPath", program[1]+`\`+program[0]).ks("ProcessCommandLine", `"`+program[0]+`"`)
		d.k("ProcessId").i(int64(1000+q.IntN(30000))).ks("AccountName", p.short()).ks("AccountDomain", "tidewell").ks("AccountUpn", p.upn)
		d.ks("InitiatingProcessFileName", "explorer.exe").k("ReportId").i(int64(random >> 40))
	})
}

// logons draws how people unlock their machines in one hour.
func (w *world) logons(r *rand.Rand, hour int) []event {
	return w.devices(r, hour, 700, "DeviceLogonEvents", func(d *doc, p *person, random uint64) {
		action := "LogonSuccess"
		if random%50 == 0 {
			action = "LogonFailed"
		}
		d.ks("ActionType", action).ks("LogonType", "Interactive").ks("AccountName", p.short()).ks("AccountDomain", "tidewell")
		d.ks("AccountSid", sid(len(p.upn))).k("IsLocalAdmin").t(false).ks("Protocol", "Negotiate").k("ReportId").i(int64(random >> 40))
	})
}

// devices draws rows of a table of devices, so many on a working day.
func (w *world) devices(r *rand.Rand, hour, perDay int, table string, write func(*doc, *person, uint64)) []event {
	var list []event
	for o, staff := range w.staff {
		for n := int(float64(perDay*len(staff))/people*w.weekly*w.work(o, hour) + r.Float64()); n > 0; n-- {
			p, at, random := staff[w.pick[o].draw(r)], w.at(r, hour), r.Uint64()
			list = append(list, event{at, 1, func(d *doc) {
				w.hunting(d, at, table)
				d.ks("DeviceId", p.deviceID).ks("DeviceName", p.deviceNm)
				write(d, p, random)
				d.end().end()
			}})
		}
	}
	return list
}

var subjects = []string{"Re: lens order", "Minutes of the meeting", "Your invoice", "Delivery on Thursday", "Drawing, second version", "Holiday list", "Password expires soon"}

// mail draws the mail that people get in one hour.
func (w *world) mail(r *rand.Rand, hour int) []event {
	var list []event
	senders := zipf(60, 1)
	for o, staff := range w.staff {
		for n := int(float64(1500*len(staff))/people*w.weekly*w.work(o, hour) + r.Float64()); n > 0; n-- {
			p, at, random := staff[w.pick[o].draw(r)], w.at(r, hour), r.Uint64()
			from := "partner" + strconv.Itoa(senders.draw(r)) + ".example"
			list = append(list, event{at, 1, func(d *doc) {
				q := rand.New(rand.NewPCG(random, 13))
				w.hunting(d, at, "EmailEvents")
				d.ks("NetworkMessageId", guid(q)).ks("InternetMessageId", "<"+token(q)+"@"+from+">").ks("SenderFromAddress", "office@"+from).ks("SenderFromDomain", from)
				d.ks("SenderMailFromAddress", "office@"+from).ks("SenderMailFromDomain", from).ks("SenderIPv4", mobileNet+".251."+strconv.Itoa(1+len(from)%200))
				d.ks("RecipientEmailAddress", p.upn).ks("RecipientObjectId", p.id).ks("Subject", subjects[q.IntN(len(subjects))]).ks("EmailDirection", "Inbound")
				if q.IntN(40) == 0 {
					d.ks("DeliveryAction", "Blocked").ks("DeliveryLocation", "Quarantine").ks("ThreatTypes", "Phish")
				} else {
					d.ks("DeliveryAction", "Delivered").ks("DeliveryLocation", "Inbox/folder")
				}
				d.k("AttachmentCount").i(int64(q.IntN(3))).k("UrlCount").i(int64(q.IntN(5))).ks("EmailLanguage", "en").ks("ReportId", guid(q)).end().end()
			}})
		}
	}
	return list
}
