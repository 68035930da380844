package tenant

import (
	"math/rand/v2"
	"slices"
	"time"
)

// woven is what the attack and its harmless doubles add to the day.
type woven struct {
	truth  Truth
	events map[Kind][]event
	flows  []wovenFlow
}

// attack draws what happens on the day of the world beside what is usual.
func (w *world) attack() woven {
	r := rand.New(rand.NewPCG(w.seed, 2))
	out := woven{events: map[Kind][]event{}}
	add := func(k Kind, e ...event) { out.events[k] = append(out.events[k], e...) }
	v := w.victim
	t := &out.truth
	*t = Truth{Seed: w.seed, Day: w.day, Address: attacker, Country: sprayer.code, Account: v.upn, UserID: v.id, Vault: targetVault, Blobs: filesAccount,
		Rule: openedRule, Port: 3389, Server: targetServer}
	bad := func(p *person, at time.Time, f *failure) signin {
		return signin{at: at, who: p, app: &applications[6], from: attacker, where: sprayer, machine: strangeMachine, failed: f, risk: "none", random: r.Uint64()}
	}
	signsIn := func(step string, s signin) {
		add(SignIns, w.signinEvent(s))
		t.saw(step, "SigninLogs", s.at, correlationOf(s.random))
	}
	changes := func(step string, a audit) {
		random := r.Uint64()
		add(Audits, w.auditEvent(a, random))
		t.saw(step, "AuditLogs", a.at, idOf(random, 5))
	}
	does := func(step string, op operation) {
		op.random = r.Uint64()
		for _, e := range w.operationEvents(op) {
			add(Activity, e)
			t.saw(step, "AzureActivity", e.at, idOf(op.random, 6))
		}
	}

	// Two rounds through the people, slow enough to lock out few.
	const tried = 160
	at := w.clock("02:38:20")
	for round := range 2 {
		for i := range tried {
			p := &w.people[(i*7)%people]
			if i == tried/2 {
				p = v
			}
			if round == 1 && i%3 == 1 {
				continue
			}
			f := &failures[0]
			if round == 1 && i%40 == 0 {
				f = &lockedOut
			}
			signsIn(StepSpray, bad(p, at, f))
			at = at.Add(time.Duration(5+r.IntN(9)) * time.Second)
		}
	}
	t.Steps[0].Objects = tried

	in := bad(v, w.clock("03:22:41"), nil)
	in.risk = "medium"
	signsIn(StepSignIn, in)
	changes(StepMethod, newMethod(v, w.clock("03:31:05"), attacker))
	again := bad(v, w.clock("03:40:12"), nil)
	again.mfa = true
	signsIn(StepSignIn, again)
	changes(StepRole, newRole(v, v, "Application Administrator", w.clock("03:44:30"), attacker, ""))
	assign := func(by *person, from string, at time.Time) operation {
		return operation{at: at, action: "Microsoft.Authorization/roleAssignments/write", subscription: prodSubscription,
			resource: "resourceGroups/rg-keys/providers/Microsoft.KeyVault/vaults/" + targetVault + "/providers/Microsoft.Authorization/roleAssignments/" + guid(r),
			by:       by, from: from, role: "User Access Administrator", random: r.Uint64(),
			body: `{"Properties":{"PrincipalId":"` + by.id + `","PrincipalType":"User","RoleDefinitionId":"/providers/Microsoft.Authorization/roleDefinitions/b86a8fe4-44ce-4948-aee5-eccb2c155cd7"}}`}
	}
	does(StepGrant, assign(v, attacker, w.clock("03:52:18")))

	read := reading{at: w.clock("04:03:09"), vault: targetVault, operation: "SecretList", object: "secrets", by: v, from: attacker, agent: strangeMachine.agent, status: 200, random: r.Uint64()}
	add(KeyVault, w.readingEvent(read))
	for i, name := range []string{"erp-database", "shop-payment-key", "lens-api-signing", "backup-storage-key", "deploy-pat", "smtp-relay", "hr-export",
		"vpn-shared-key", "erp-admin", "telemetry-ingest", "shop-database", "ad-sync-account", "workshop-plc"} {
		read.at, read.operation, read.object, read.random = w.clock("04:03:15").Add(time.Duration(i*4)*time.Second), "SecretGet", "secrets/"+name, r.Uint64()
		add(KeyVault, w.readingEvent(read))
		t.saw(StepSecrets, "AZKVAuditLogs", read.at, idOf(read.random, 7)).Objects++
	}

	does(StepKeys, operation{at: w.clock("04:08:44"), action: "Microsoft.Storage/storageAccounts/listKeys/action", subscription: prodSubscription,
		resource: "resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/" + filesAccount, by: v, from: attacker, role: "Contributor"})
	at = w.clock("04:10:02")
	for n := range 320 {
		x := request{at: at, account: filesAccount, service: "blob", category: "StorageRead", operation: "GetBlob", object: fileName(n * len(folders)), key: true,
			from: attacker, agent: strangeMachine.agent, status: 200, size: 200_000 + r.IntN(4_000_000), random: r.Uint64()}
		add(Blobs, w.requestEvent(x))
		t.saw(StepBlobs, "StorageBlobLogs", at, idOf(x.random, 8)).Objects++
		at = at.Add(time.Duration(300+r.IntN(2200)) * time.Millisecond)
	}

	does(StepDiagnostic, operation{at: w.clock("04:19:31"), action: "Microsoft.Insights/diagnosticSettings/delete", subscription: prodSubscription,
		resource: "resourceGroups/rg-keys/providers/Microsoft.KeyVault/vaults/" + targetVault + "/providers/Microsoft.Insights/diagnosticSettings/to-siem",
		by:       v, from: attacker, role: "Contributor"})
	rule := w.clock("04:25:40")
	knock := func(step string, at time.Time, rule string, denied bool) {
		f := flow{at: at, src: attacker, dst: targetCard.address, srcPort: 1024 + r.IntN(64000), dstPort: t.Port, in: true, denied: denied, state: 'B'}
		if !denied {
			f.state, f.sentP, f.backP = 'E', 40+r.IntN(400), 60+r.IntN(700)
			f.sentB, f.backB = f.sentP*180, f.backP*900
		}
		out.flows = append(out.flows, wovenFlow{rule, f})
		t.saw(step, "AzureNetworkAnalytics_CL", at, "")
	}
	for at = w.clock("04:21:00"); at.Before(rule); at = at.Add(time.Duration(9+r.IntN(8)) * time.Second) {
		knock(StepKnocks, at, "DefaultRule_DenyAllInBound", true)
	}
	does(StepRule, operation{at: rule, action: "Microsoft.Network/networkSecurityGroups/securityRules/write", subscription: prodSubscription,
		resource: "resourceGroups/rg-workshop/providers/Microsoft.Network/networkSecurityGroups/" + targetNSG + "/securityRules/" + openedRule,
		by:       v, from: attacker, role: "Contributor", accepted: true,
		body: `{"properties":{"protocol":"Tcp","sourceAddressPrefix":"` + attacker + `","sourcePortRange":"*","destinationPortRange":"3389","access":"Allow","direction":"Inbound","priority":105}}`})
	for at = w.clock("04:27:30"); at.Before(w.clock("06:10:00")); at = at.Add(time.Duration(4+r.IntN(7)) * time.Minute) {
		knock(StepAdmissions, at, "UserRule_"+openedRule, false)
	}
	at = w.clock("04:28:10")
	add(Security, w.logon(at, targetServer, "workshop-admin", ntDomain, attacker, 10, false, r.Uint64()))
	t.saw(StepLogon, "SecurityEvent", at, "")
	add(Security, w.process(at.Add(95*time.Second), targetServer, "workshop-admin", `C:\Windows\System32\cmd.exe`, `cmd.exe /c whoami /all`, r.Uint64()))

	for _, a := range []alert{
		{at: w.clock("04:16:20"), kind: "Storage.Blob_DataExfiltration.AmountOfDataAnomaly", title: "Unusual amount of data taken from a storage account", severity: "Medium", intent: "Exfiltration",
			text: "Far more data than usual was read.", resource: "resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/" + filesAccount, entity: filesAccount},
		{at: w.clock("04:36:05"), kind: "VM_LoginFromUnusualPlace", title: "Log on from an unusual location", severity: "High", intent: "InitialAccess",
			text: "Somebody logged on by remote desktop from an address never seen before.", resource: virtualMachine("vm-workshop-1"), entity: "vm-workshop-1", account: "workshop-admin"},
	} {
		a.address, a.id = attacker, guid(r)
		add(Alerts, w.alertEvent(a))
		add(AlertInfo, w.infoEvent(a))
		t.saw(StepAlerts, "SecurityAlert", a.at, a.id)
	}
	slices.SortStableFunc(t.Steps, func(a, b Step) int { return a.From.Compare(b.From) })

	w.doubles(r, add, t)
	changer := &w.people[5]
	changed := w.clock("10:14:30")
	add(Audits, w.auditEvent(newRole(changer, &w.people[40], "Helpdesk Administrator", changed, officeIP[changer.office], "New colleague in support"), r.Uint64()))
	assigned := assign(changer, officeIP[changer.office], w.clock("10:20:11"))
	add(Activity, w.operationEvents(assigned)...)
	t.LookAlikes = append(t.LookAlikes, LookAlike{Name: "administrator", Account: changer.upn, Address: officeIP[changer.office], Tables: []string{"AuditLogs", "AzureActivity"},
		From: changed, To: assigned.at, Why: "Gives a role in the directory and one on the vault, from the office and in working hours, and reads no secret."})
	return out
}

// doubles adds what resembles the attack: a traveller, and an office in which passwords had
// to be changed overnight; and tells of what is harmless on every night.
func (w *world) doubles(r *rand.Rand, add func(Kind, ...event), t *Truth) {
	traveller := &w.people[17]
	address := mobileNet + ".200.14"
	double := LookAlike{Name: "traveller", Account: traveller.upn, Address: address, Tables: []string{"SigninLogs"}, From: w.clock("01:10:00"),
		Why: "Signs in from a country where nobody else is, with a managed device and a second factor."}
	for at := double.From; at.Before(w.clock("10:00:00")); at = at.Add(time.Duration(50+r.IntN(60)) * time.Minute) {
		s := w.usual(r, traveller, at)
		s.from, s.where, s.machine, s.known, s.mfa = address, abroad, computers[traveller.device], true, true
		add(SignIns, w.signinEvent(s))
		double.To = at
	}
	t.LookAlikes = append(t.LookAlikes, double,
		LookAlike{Name: "vulnerability scanner", Address: scanner, Tables: []string{"AzureNetworkAnalytics_CL", "NTANetAnalytics", "SecurityEvent", "Syslog", "AppRequests"},
			From: w.clock("02:00:00"), To: w.clock("02:20:00"), Why: "The company's own scanner tries ports, names and pages every night, and gets in nowhere."},
		LookAlike{Name: "backup", Account: robots[4].name, Address: robots[4].address, Tables: []string{"StorageBlobLogs"},
			From: w.clock("01:00:00"), To: w.clock("02:00:00"), Why: "Reads more blobs than the attacker, with its own token, every night at the same hour."})

	const leeds = 3
	office := LookAlike{Name: "office after a change of passwords", Address: officeIP[leeds], Tables: []string{"SigninLogs"}, From: w.clock("08:00:00"), To: w.clock("09:30:00"),
		Why: "Many of its people mistype their new passwords, and then get in."}
	n := 0
	for _, p := range w.staff[leeds] {
		if p == w.victim || n == 45 {
			continue
		}
		n++
		at := office.From.Add(time.Duration(r.IntN(5400)) * time.Second)
		for tries := 1 + r.IntN(2); tries >= 0; tries-- {
			s := w.usual(r, p, at)
			s.from, s.where, s.machine, s.known = officeIP[leeds], offices[leeds], computers[p.device], p.managed
			if tries > 0 {
				s.failed, s.mfa = &failures[0], false
			}
			add(SignIns, w.signinEvent(s))
			at = at.Add(time.Duration(11+r.IntN(30)) * time.Second)
		}
	}
	t.LookAlikes = append(t.LookAlikes, office)
}
