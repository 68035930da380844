package tenant

import (
	"math/rand/v2"
	"time"
)

// Truth is what really happened: the steps of the attack, for a test to find again.
type Truth struct {
	Address string // from which everything was done
	Country string // where that address is; nobody else signs in from there
	Account string // user principal name of the account that was lost

	SprayFrom, SprayTo time.Time // first and last failed attempt
	Attempts           int       // failed sign-ins from the address
	Accounts           int       // different accounts that were tried

	SignIn time.Time // the one that succeeded
	Method time.Time // another authentication method is registered
	Role   time.Time // the account makes itself a member of a directory role
	Grant  time.Time // and gives itself a role on the vault
	Vault  string

	Secrets     int // different secrets read
	FirstSecret time.Time

	Rule       string    // the security rule that was added
	RuleAt     time.Time // when
	Port       int       // the port that it opens
	Knocks     int       // flows from the address that were denied before it
	Admissions int       // and that were allowed after it

	Traveller string // signs in from a new country as well, and is harmless
	Changer   string // changes roles as well, and reads no secret
	Scanner   string // internal address with many denied flows, the company's own
}

// Attack returns the truth of the day of a seed.
func Attack(seed uint64, day time.Time) Truth {
	return newWorld(seed, day).attack(seed).truth
}

// woven is what the attack and its harmless doubles add to the day.
type woven struct {
	truth  Truth
	events map[Kind][]event
	flows  []wovenFlow
}

func (w *world) attack(seed uint64) woven {
	r := rand.New(rand.NewPCG(seed, 2))
	out := woven{events: map[Kind][]event{}}
	add := func(k Kind, e ...event) { out.events[k] = append(out.events[k], e...) }
	bad := func(p *person, at time.Time, f *failure) signin {
		return signin{at: at, who: p, app: &applications[6], from: attacker, where: sprayer, machine: strangeMachine, failed: f, risk: "none", random: r.Uint64()}
	}
	t := &out.truth
	t.Address, t.Country, t.Account = attacker, sprayer.code, w.victim.upn

	// Two rounds through the people, slow enough to lock out few.
	const tried = 160
	at := w.clock("02:38:20")
	t.SprayFrom, t.Accounts = at, tried
	for round := range 2 {
		for i := range tried {
			p := &w.people[(i*7)%people]
			if i == tried/2 {
				p = w.victim
			}
			if round == 1 && i%3 == 1 {
				continue
			}
			f := &failures[0]
			if round == 1 && i%40 == 0 {
				f = &lockedOut
			}
			add(SignIns, w.signinEvent(bad(p, at, f)))
			t.SprayTo = at
			t.Attempts++
			at = at.Add(time.Duration(5+r.IntN(9)) * time.Second)
		}
	}

	v := w.victim
	t.SignIn = w.clock("03:22:41")
	in := bad(v, t.SignIn, nil)
	in.risk = "medium"
	add(SignIns, w.signinEvent(in))
	t.Method = w.clock("03:31:05")
	add(Audits, w.auditEvent(newMethod(v, t.Method, attacker), r.Uint64()))
	again := bad(v, w.clock("03:40:12"), nil)
	again.mfa = true
	add(SignIns, w.signinEvent(again))
	t.Role = w.clock("03:44:30")
	add(Audits, w.auditEvent(newRole(v, v, "Application Administrator", t.Role, attacker, ""), r.Uint64()))
	t.Grant, t.Vault = w.clock("03:52:18"), targetVault
	assign := func(by *person, from string, at time.Time) operation {
		return operation{at: at, action: "Microsoft.Authorization/roleAssignments/write", subscription: prodSubscription,
			resource: "resourceGroups/rg-keys/providers/Microsoft.KeyVault/vaults/" + targetVault + "/providers/Microsoft.Authorization/roleAssignments/" + guid(r),
			by:       by, from: from, role: "User Access Administrator", random: r.Uint64(),
			body: `{"Properties":{"PrincipalId":"` + by.id + `","PrincipalType":"User","RoleDefinitionId":"/providers/Microsoft.Authorization/roleDefinitions/b86a8fe4-44ce-4948-aee5-eccb2c155cd7"}}`}
	}
	add(Activity, w.operationEvents(assign(v, attacker, t.Grant))...)

	at = w.clock("04:03:09")
	t.FirstSecret = at.Add(6 * time.Second)
	read := reading{at: at, vault: targetVault, operation: "SecretList", object: "secrets", by: v, from: attacker, agent: strangeMachine.agent, status: 200, random: r.Uint64()}
	add(KeyVault, w.readingEvent(read))
	for i, name := range []string{"erp-database", "shop-payment-key", "lens-api-signing", "backup-storage-key", "deploy-pat", "smtp-relay", "hr-export",
		"vpn-shared-key", "erp-admin", "telemetry-ingest", "shop-database", "ad-sync-account", "workshop-plc"} {
		read.at, read.operation, read.object, read.random = t.FirstSecret.Add(time.Duration(i*4)*time.Second), "SecretGet", "secrets/"+name, r.Uint64()
		add(KeyVault, w.readingEvent(read))
		t.Secrets++
	}

	t.Rule, t.RuleAt, t.Port = openedRule, w.clock("04:25:40"), 3389
	add(Activity, w.operationEvents(operation{at: t.RuleAt, action: "Microsoft.Network/networkSecurityGroups/securityRules/write", subscription: prodSubscription,
		resource: "resourceGroups/rg-workshop/providers/Microsoft.Network/networkSecurityGroups/" + targetNSG + "/securityRules/" + openedRule,
		by:       v, from: attacker, role: "Contributor", accepted: true, random: r.Uint64(),
		body: `{"properties":{"protocol":"Tcp","sourceAddressPrefix":"` + attacker + `","sourcePortRange":"*","destinationPortRange":"3389","access":"Allow","direction":"Inbound","priority":105}}`})...)
	knock := func(at time.Time, rule string, denied bool) {
		f := flow{at: at, src: attacker, dst: targetCard.address, srcPort: 1024 + r.IntN(64000), dstPort: t.Port, in: true, denied: denied, state: 'B'}
		if !denied {
			f.state, f.sentP, f.backP = 'E', 40+r.IntN(400), 60+r.IntN(700)
			f.sentB, f.backB = f.sentP*180, f.backP*900
			t.Admissions++
		} else {
			t.Knocks++
		}
		out.flows = append(out.flows, wovenFlow{rule, f})
	}
	for at = w.clock("04:18:00"); at.Before(t.RuleAt); at = at.Add(time.Duration(9+r.IntN(8)) * time.Second) {
		knock(at, "DefaultRule_DenyAllInBound", true)
	}
	for at = w.clock("04:27:30"); at.Before(w.clock("06:10:00")); at = at.Add(time.Duration(4+r.IntN(7)) * time.Minute) {
		knock(at, "UserRule_"+openedRule, false)
	}

	w.doubles(r, add, t)
	changer := &w.people[5]
	t.Changer, t.Scanner = changer.upn, scanner
	add(Audits, w.auditEvent(newRole(changer, &w.people[40], "Helpdesk Administrator", w.clock("10:14:30"), officeIP[changer.office], "New colleague in support"), r.Uint64()))
	add(Activity, w.operationEvents(assign(changer, officeIP[changer.office], w.clock("10:20:11")))...)
	return out
}

// doubles adds sign-ins that resemble the attack: an office in which passwords had to be
// changed overnight, and a traveller.
func (w *world) doubles(r *rand.Rand, add func(Kind, ...event), t *Truth) {
	const leeds = 3
	n := 0
	for i := range w.people {
		p := &w.people[i]
		if p.office != leeds || p == w.victim || n == 45 {
			continue
		}
		n++
		at := w.clock("08:00:00").Add(time.Duration(r.IntN(5400)) * time.Second)
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
	traveller := &w.people[17]
	t.Traveller = traveller.upn
	for at := w.clock("01:10:00"); at.Before(w.clock("10:00:00")); at = at.Add(time.Duration(50+r.IntN(60)) * time.Minute) {
		s := w.usual(r, traveller, at)
		s.from, s.where, s.machine, s.known, s.mfa = mobileNet+".200.14", abroad, computers[traveller.device], true, true
		add(SignIns, w.signinEvent(s))
	}
}
