package tenant

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// An operation is one call to Azure's control plane. It is written as several records that
// share a correlation id: when it starts, when it is accepted, how it ends.
type operation struct {
	at           time.Time
	action       string // Microsoft.Compute/virtualMachines/start/action
	subscription string
	resource     string // below the subscription: resourceGroups/...
	by           *person
	bot          *robot
	from         string
	role         string
	body         string // the request, as JSON text
	accepted     bool   // it runs on after the answer
	failed       bool
	random       uint64
}

type errand struct {
	action, resource string
	accepted         bool
	body             string
}

var errands = []errand{
	{"Microsoft.Compute/virtualMachines/start/action", "resourceGroups/rg-workshop/providers/Microsoft.Compute/virtualMachines/vm-cad-1", true, ""},
	{"Microsoft.Compute/virtualMachines/deallocate/action", "resourceGroups/rg-workshop/providers/Microsoft.Compute/virtualMachines/vm-cad-1", true, ""},
	{"Microsoft.Compute/virtualMachines/restart/action", "resourceGroups/rg-lens/providers/Microsoft.Compute/virtualMachines/vm-lens-api-1", true, ""},
	{"Microsoft.Storage/storageAccounts/listKeys/action", "resourceGroups/rg-lens/providers/Microsoft.Storage/storageAccounts/sttidewelllens", false, ""},
	{"Microsoft.Web/sites/restart/Action", "resourceGroups/rg-shop/providers/Microsoft.Web/sites/tidewell-shop", false, ""},
	{"Microsoft.Network/networkSecurityGroups/securityRules/write", "resourceGroups/rg-shop/providers/Microsoft.Network/networkSecurityGroups/nsg-shop/securityRules/allow-https", true,
		`{"properties":{"protocol":"Tcp","sourceAddressPrefix":"198.51.100.0/24","destinationPortRange":"443","access":"Allow","direction":"Inbound","priority":210}}`},
	{"Microsoft.Resources/deployments/write", "resourceGroups/rg-lens/providers/Microsoft.Resources/deployments/lens-api", true, ""},
	{"Microsoft.Resources/deployments/validate/action", "resourceGroups/rg-lens/providers/Microsoft.Resources/deployments/lens-api", false, ""},
	{"Microsoft.KeyVault/vaults/read", "resourceGroups/rg-keys/providers/Microsoft.KeyVault/vaults/kv-tidewell-shop", false, ""},
	{"Microsoft.Insights/metricAlerts/write", "resourceGroups/rg-shop/providers/Microsoft.Insights/metricAlerts/slow-checkout", false, ""},
}

// operations draws the control plane's work of one hour: administrators by day, the
// deployment account and the monitoring at all hours.
func (w *world) operations(r *rand.Rand, hour int) []event {
	var events []event
	add := func(op operation) {
		op.random = r.Uint64()
		op.failed = r.IntN(50) == 0
		events = append(events, w.operationEvents(op)...)
	}
	for n := int(38*w.load(hour) + r.Float64()); n > 0; n-- {
		admin := &w.people[r.IntN(admins)]
		if admin == w.victim {
			continue // the attack is all that this account did in Azure on that day
		}
		e := errands[r.IntN(len(errands))]
		add(operation{at: w.at(r, hour), action: e.action, subscription: [2]string{prodSubscription, devSubscription}[r.IntN(2)], resource: e.resource,
			by: admin, from: officeIP[admin.office], role: "Contributor", accepted: e.accepted, body: e.body})
	}
	for n := 45 + r.IntN(10); n > 0; n-- {
		bot := &robots[[3]int{0, 0, 4}[r.IntN(3)]]
		e := errands[6+r.IntN(4)]
		add(operation{at: w.at(r, hour), action: e.action, subscription: prodSubscription, resource: e.resource,
			bot: bot, from: bot.address, role: "Contributor", accepted: e.accepted, body: e.body})
	}
	return events
}

func (w *world) operationEvents(op operation) []event {
	steps := []struct{ result, signature string }{{"Start", "Started."}}
	if op.accepted {
		steps = append(steps, struct{ result, signature string }{"Accept", "Accepted.Accepted"})
	}
	if op.failed {
		steps = append(steps, struct{ result, signature string }{"Failure", "Failed.Conflict"})
	} else {
		steps = append(steps, struct{ result, signature string }{"Success", "Succeeded."})
	}
	events := make([]event, len(steps))
	for i, s := range steps {
		at := op.at.Add(time.Duration(i) * 1_700_300 * time.Microsecond)
		events[i] = event{at, 1, func(d *doc) { w.writeOperation(d, op, at, i, s.result, s.signature) }}
	}
	return events
}

func (w *world) writeOperation(d *doc, op operation, at time.Time, step int, result, signature string) {
	r := rand.New(rand.NewPCG(op.random, 6))
	correlation, uti := guid(r), token(r)
	scope := "/subscriptions/" + op.subscription + "/" + op.resource
	d.obj().ks("RoleLocation", "Norway East").ks("Stamp", "FDWeb").ks("ReleaseVersion", "6.2026.40.2+7c1d0fe.release_2026w40")
	d.k("time").z(at).ks("resourceId", strings.ToUpper(scope)).ks("operationName", strings.ToUpper(op.action)).ks("category", "Administrative")
	d.ks("resultType", result).ks("resultSignature", signature).ks("durationMs", strconv.Itoa(step*1700)).ks("callerIpAddress", op.from)
	d.ks("correlationId", correlation)
	d.k("identity").obj().k("authorization").obj().ks("scope", scope).ks("action", op.action)
	principal, kind, id := "", "User", ""
	if op.by != nil {
		principal, id = op.by.id, op.by.id
	} else {
		principal, kind, id = op.bot.id, "ServicePrincipal", op.bot.appID
	}
	d.k("evidence").obj().ks("role", op.role).ks("roleAssignmentScope", "/subscriptions/"+op.subscription)
	d.ks("roleAssignmentId", strings.ReplaceAll(fixed(17, uint64(len(id))), "-", "")).ks("roleDefinitionId", "b24988ac618042a0ab8820f7382dd24c")
	d.ks("principalId", strings.ReplaceAll(principal, "-", "")).ks("principalType", kind).end().end()
	d.k("claims").obj().ks("aud", "https://management.core.windows.net/").ks("iss", "https://sts.windows.net/"+w.tenant+"/")
	begin := op.at.Unix() - 600
	d.ks("iat", strconv.FormatInt(begin, 10)).ks("nbf", strconv.FormatInt(begin, 10)).ks("exp", strconv.FormatInt(begin+4800, 10))
	if op.by != nil {
		first, last, _ := strings.Cut(op.by.name, " ")
		d.ks("http://schemas.microsoft.com/claims/authnclassreference", "1").ks("http://schemas.microsoft.com/claims/authnmethodsreferences", "pwd,mfa")
		d.ks("appid", portalAppID).ks("appidacr", "0")
		d.ks("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", last).ks("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", first)
		d.ks("idtyp", "user").ks("ipaddr", op.from).ks("name", op.by.name)
		d.ks("http://schemas.microsoft.com/identity/claims/objectidentifier", op.by.id).ks("http://schemas.microsoft.com/identity/claims/scope", "user_impersonation")
		d.ks("http://schemas.microsoft.com/identity/claims/tenantid", w.tenant)
		d.ks("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", op.by.upn).ks("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", op.by.upn)
	} else {
		d.ks("appid", op.bot.appID).ks("appidacr", "1").ks("idtyp", "app")
		d.ks("http://schemas.microsoft.com/identity/claims/identityprovider", "https://sts.windows.net/"+w.tenant+"/")
		d.ks("http://schemas.microsoft.com/identity/claims/objectidentifier", op.bot.id).ks("http://schemas.microsoft.com/identity/claims/tenantid", w.tenant)
	}
	d.ks("uti", uti).ks("ver", "1.0").end().end()
	level := "Informational"
	if result == "Failure" {
		level = "Error"
	}
	d.ks("level", level).k("properties").obj()
	if op.body != "" && step == 0 {
		d.ks("requestbody", op.body)
	}
	if step == 1 && op.accepted {
		d.ks("statusCode", "Accepted")
	}
	d.ks("eventCategory", "Administrative").ks("entity", scope).ks("message", op.action).ks("hierarchy", w.tenant+"/"+op.subscription)
	d.end().ks("tenantId", w.tenant).end()
}

// A reading is one request to a key vault.
type reading struct {
	at        time.Time
	vault     string
	operation string // SecretGet, SecretList, CertificateGet
	object    string // secrets/name
	by        *person
	bot       *robot
	from      string
	agent     string
	status    int // HTTP
	random    uint64
}

// readings draws the requests to the key vaults in one hour: what runs at all hours reads
// its secrets at all hours.
func (w *world) readings(r *rand.Rand, hour int) []event {
	var events []event
	add := func(x reading) { events = append(events, w.readingEvent(x)) }
	for _, list := range [][]robot{robots, identities} {
		for i := range list {
			bot := &list[i]
			if bot.secrets == 0 {
				continue
			}
			for n := bot.secrets + r.IntN(4); n > 0; n-- {
				x := reading{at: w.at(r, hour), vault: vaults[i%len(vaults)], operation: "SecretGet", object: "secrets/" + bot.name + "-" + strconv.Itoa(r.IntN(4)),
					bot: bot, from: bot.address, agent: bot.agent, status: 200, random: r.Uint64()}
				if x.from == "" {
					x.from, x.agent = "10.40.1."+strconv.Itoa(10+i), "azsdk-net-Security.KeyVault.Secrets/4.7.0"
				}
				switch r.IntN(60) {
				case 0:
					x.status = 401 // a client asks without a token first
				case 1:
					x.status, x.object = 404, "secrets/"+bot.name+"-old"
				}
				add(x)
			}
		}
	}
	for n := int(5*w.load(hour) + r.Float64()); n > 0; n-- {
		admin := &w.people[r.IntN(admins)]
		if admin == w.victim {
			continue
		}
		add(reading{at: w.at(r, hour), vault: vaults[2], operation: "SecretList", object: "secrets", by: admin,
			from: officeIP[admin.office], agent: computers[admin.device].agent, status: 200, random: r.Uint64()})
	}
	return events
}

func (w *world) readingEvent(x reading) event {
	return event{x.at, 1, func(d *doc) { w.writeReading(d, x) }}
}

var httpStatus = map[int]string{200: "OK", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}

func (w *world) writeReading(d *doc, x reading) {
	r := rand.New(rand.NewPCG(x.random, 7))
	url := "https://" + x.vault + ".vault.azure.net/" + x.object
	d.obj().k("time").z(x.at).ks("category", "AuditEvent").ks("operationName", x.operation).ks("resultType", "Success")
	if x.status == 404 {
		d.ks("resultDescription", "A secret with (name/id) "+strings.TrimPrefix(x.object, "secrets/")+" was not found in this key vault.")
	}
	d.ks("correlationId", guid(r)).ks("callerIpAddress", x.from).k("identity").obj()
	if x.status != 401 {
		d.k("claim").obj()
		if x.by != nil {
			d.ks("oid", x.by.id).ks("appid", "3686488a-04fc-4d8a-b967-61f98ec41efe").ks("scp", "user_impersonation").ks("appidacr", "0")
			d.k("xms_az_nwperimid").arr().fin().ks("upn", x.by.upn).ks("ipaddr", x.from).ks("unique_name", x.by.upn).ks("amr", "pwd")
		} else {
			d.ks("oid", x.bot.id).ks("appid", x.bot.appID).ks("appidacr", "1").k("xms_az_nwperimid").arr().fin()
		}
		d.end()
	}
	d.end().k("properties").obj().ks("id", url).ks("clientInfo", x.agent).k("httpStatusCode").i(int64(x.status))
	d.ks("requestUri", url+"?api-version=7.4")
	if x.status != 401 {
		d.k("isRbacAuthorized").t(x.status != 403)
	}
	d.ks("tlsVersion", "TLS1_3").end()
	d.ks("resourceId", "/SUBSCRIPTIONS/"+strings.ToUpper(prodSubscription)+"/RESOURCEGROUPS/RG-KEYS/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/"+strings.ToUpper(x.vault))
	d.ks("operationVersion", "7.4").ks("resultSignature", httpStatus[x.status]).ks("durationMs", strconv.Itoa(6+r.IntN(120))).end()
}
