package tenant

import (
	"math/rand/v2"
	"time"
)

// An audit is what one record of the directory's audit log is made from.
type audit struct {
	at        time.Time
	operation string
	category  string // of the activity, not of the envelope
	kind      string // operationType
	service   string
	by        *person // nil when a robot did it
	bot       *robot
	from      string
	reason    string
	targets   []target
	details   [][2]string
}

type target struct {
	kind, id, name, upn string
	changes             [][3]string // property, old value, new value
}

// audits draws what people and robots did to the directory in one hour.
func (w *world) audits(r *rand.Rand, hour int) []event {
	n := int(38*w.load(hour) + r.Float64())
	var events []event
	add := func(a audit) {
		random := r.Uint64()
		events = append(events, event{a.at, 1, func(d *doc) { w.writeAudit(d, a, random) }})
	}
	for range n {
		p := &w.people[r.IntN(people)]
		admin := &w.people[r.IntN(admins)]
		group := [3]string{"Workshop", "Optics research", "All sales"}[r.IntN(3)]
		a := audit{at: w.at(r, hour), by: admin, from: officeIP[admin.office]}
		switch x := r.IntN(100); {
		case x < 40:
			a.operation, a.category, a.kind, a.service = "Add member to group", "GroupManagement", "Assign", "Core Directory"
			a.targets = []target{
				{kind: "User", id: p.id, upn: p.upn, changes: [][3]string{{"Group.ObjectID", "", inner(fixed(14, uint64(len(group))))}, {"Group.DisplayName", "", inner(group)}}},
				{kind: "Group", id: fixed(14, uint64(len(group)))},
			}
		case x < 55:
			a.operation, a.category, a.kind, a.service = "Remove member from group", "GroupManagement", "Unassign", "Core Directory"
			a.targets = []target{{kind: "User", id: p.id, upn: p.upn, changes: [][3]string{{"Group.DisplayName", inner(group), ""}}}}
		case x < 75:
			a.operation, a.category, a.kind, a.service = "Update user", "UserManagement", "Update", "Core Directory"
			a.by, a.bot, a.from = nil, &robots[3], robots[3].address
			a.targets = []target{{kind: "User", id: p.id, upn: p.upn, changes: [][3]string{{"Department", `["Sales"]`, `["Workshop"]`}, {"Included Updated Properties", "", inner("Department")}}}}
		case x < 88:
			a.operation, a.category, a.kind, a.service = "Change user password", "UserManagement", "Update", "Core Directory"
			a.by, a.from = p, officeIP[p.office]
			a.targets = []target{{kind: "User", id: p.id, upn: p.upn}}
		case x < 95:
			a.operation, a.category, a.kind, a.service = "Update device", "Device", "Update", "Core Directory"
			a.by, a.bot, a.from = nil, &robots[3], robots[3].address
			a.targets = []target{{kind: "Device", id: p.deviceID, name: p.deviceNm}}
		default:
			a.operation, a.category, a.kind, a.service = "Consent to application", "ApplicationManagement", "Assign", "Core Directory"
			a.by, a.from = p, p.home
			a.targets = []target{{kind: "ServicePrincipal", id: applications[4].id, name: applications[4].name}}
		}
		add(a)
	}
	if hour >= 8 && hour <= 15 && w.weekly == 1 { // people get new phones in working hours
		p := &w.people[20+hour]
		add(newMethod(p, w.at(r, hour), officeIP[p.office]))
	}
	return events
}

// newMethod is the record of a person who registers another way to prove who she is.
func newMethod(p *person, at time.Time, from string) audit {
	return audit{
		at: at, operation: "User registered security info", category: "UserManagement", kind: "Add", service: "Authentication Methods",
		by: p, from: from, reason: "User registered Authenticator App with Notification and Code",
		targets: []target{{kind: "User", id: p.id, upn: p.upn, name: p.name}},
	}
}

// newRole is the record of somebody who makes a person a member of a directory role.
func newRole(by, who *person, role string, at time.Time, from, reason string) audit {
	return audit{
		at: at, operation: "Add member to role", category: "RoleManagement", kind: "Assign", service: "Core Directory",
		by: by, from: from, reason: reason,
		targets: []target{
			{kind: "User", id: who.id, upn: who.upn, changes: [][3]string{
				{"Role.ObjectID", "", inner(fixed(15, uint64(len(role))))}, {"Role.DisplayName", "", inner(role)}, {"Role.TemplateId", "", inner(fixed(16, uint64(len(role))))},
			}},
			{kind: "Role", id: fixed(15, uint64(len(role))), name: role},
		},
	}
}

func (w *world) auditEvent(a audit, random uint64) event {
	return event{a.at, 1, func(d *doc) { w.writeAudit(d, a, random) }}
}

func (w *world) writeAudit(d *doc, a audit, random uint64) {
	r := rand.New(rand.NewPCG(random, 5))
	correlation := guid(r)
	d.obj().k("time").z(a.at).ks("resourceId", "/tenants/"+w.tenant+"/providers/Microsoft.aadiam")
	d.ks("operationName", a.operation).ks("operationVersion", "1.0").ks("category", "AuditLogs").ks("tenantId", w.tenant)
	d.ks("resultSignature", "None").k("durationMs").i(0).ks("callerIpAddress", a.from).ks("correlationId", correlation)
	if a.by != nil {
		d.ks("identity", a.by.name)
	} else {
		d.ks("identity", a.bot.name)
	}
	d.k("Level").i(4).k("properties").obj()
	d.ks("tenantId", w.tenant).ks("resultType", "").ks("resultDescription", "").ks("operationName", a.operation)
	d.ks("tenantGeo", "EU").ks("id", "Directory_"+correlation+"_"+token(r)[:6]).ks("category", a.category)
	d.ks("correlationId", correlation).ks("result", "success").ks("resultReason", a.reason).ks("activityDisplayName", a.operation)
	d.k("activityDateTime").offset(a.at).ks("loggedByService", a.service).ks("operationType", a.kind).k("userAgent").null()
	d.k("initiatedBy").obj()
	if a.by != nil {
		d.k("user").obj().ks("id", a.by.id).ks("displayName", a.by.name).ks("userPrincipalName", a.by.upn)
		d.ks("ipAddress", a.from).k("roles").arr().fin().end()
	} else {
		d.k("app").obj().ks("appId", a.bot.appID).ks("displayName", a.bot.name)
		d.ks("servicePrincipalId", a.bot.id).k("servicePrincipalName").null().end()
	}
	d.end().k("targetResources").arr()
	for _, t := range a.targets {
		d.obj().ks("id", t.id)
		if t.name != "" {
			d.ks("displayName", t.name)
		} else {
			d.k("displayName").null()
		}
		d.ks("type", t.kind)
		if t.upn != "" {
			d.ks("userPrincipalName", t.upn)
		}
		d.k("modifiedProperties").arr()
		for _, c := range t.changes {
			d.obj().ks("displayName", c[0])
			d.textOrNull("oldValue", c[1]).textOrNull("newValue", c[2]).end()
		}
		d.fin().k("administrativeUnits").arr().fin().end()
	}
	d.fin().k("additionalDetails").arr()
	for _, kv := range a.details {
		d.obj().ks("key", kv[0]).ks("value", kv[1]).end()
	}
	d.obj().ks("key", "User-Agent").ks("value", "Mozilla/5.0").end()
	d.fin().end().end()
}
