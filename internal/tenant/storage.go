package tenant

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// The storage accounts: measurements of lenses, the people's documents, and what orders need.
const (
	lensAccount  = "sttidewelllens"
	filesAccount = "sttidewellfiles"
	orderAccount = "sttidewellorders"
)

// A request is one call to a storage account.
type request struct {
	at        time.Time
	account   string
	service   string // blob, file, queue or table
	category  string // StorageRead, StorageWrite, StorageDelete
	operation string
	object    string // below the account
	by        *person
	bot       *robot
	key       bool // with the account's key instead of a token
	from      string
	agent     string
	status    int
	size      int // bytes of the object
	random    uint64
}

var folders = []string{"contracts", "drawings", "price-lists", "personnel", "patents", "tenders"}

// fileName is the n-th document of the company.
func fileName(n int) string {
	return "/documents/" + folders[n%len(folders)] + "/" + strconv.Itoa(2019+n%8) + "/doc-" + strconv.Itoa(10000+n*7) + [...]string{".pdf", ".docx", ".xlsx", ".dwg"}[n%4]
}

// blobs draws the requests to blobs in one hour: telemetry at all hours, people by day, the
// backup at night.
func (w *world) blobs(r *rand.Rand, hour int) []event {
	var list []event
	telemetry := &robots[2]
	for n := 150 + r.IntN(20); n > 0; n-- {
		list = append(list, w.requestEvent(request{at: w.at(r, hour), account: lensAccount, service: "blob", category: "StorageWrite", operation: "PutBlob",
			object: "/measurements/line-" + strconv.Itoa(1+r.IntN(6)) + "/" + strconv.Itoa(r.IntN(1<<30)) + ".json", bot: telemetry, from: telemetry.address, agent: telemetry.agent,
			status: 201, size: 2000 + r.IntN(30000), random: r.Uint64()}))
	}
	documents := zipf(4000, 0.9)
	for n := int(70*w.load(hour) + r.Float64()); n > 0; n-- {
		o := r.IntN(len(w.staff))
		p := w.staff[o][w.pick[o].draw(r)]
		x := request{at: w.at(r, hour), account: filesAccount, service: "blob", category: "StorageRead", operation: "GetBlob", object: fileName(documents.draw(r)), by: p,
			from: officeIP[p.office], agent: computers[p.device].agent, status: 200, size: 20_000 + r.IntN(3_000_000), random: r.Uint64()}
		switch k := r.IntN(100); {
		case k < 2:
			x.status = [...]int{403, 404}[k]
		case k < 20:
			x.category, x.operation, x.status = "StorageWrite", "PutBlob", 201
		}
		list = append(list, w.requestEvent(x))
	}
	if hour == 1 { // the backup reads every document and keeps it elsewhere
		bot := &robots[4]
		at := w.day.Add(time.Hour)
		for n := range 1500 {
			at = at.Add(time.Duration(1500+r.IntN(800)) * time.Millisecond)
			list = append(list, w.requestEvent(request{at: at, account: filesAccount, service: "blob", category: "StorageRead", operation: "GetBlob", object: fileName(n), bot: bot,
				from: bot.address, agent: bot.agent, status: 200, size: 20_000 + r.IntN(3_000_000), random: r.Uint64()}))
		}
	}
	return list
}

// files draws the requests to the file shares in one hour.
func (w *world) files(r *rand.Rand, hour int) []event {
	var list []event
	for n := int(30*w.load(hour) + r.Float64()); n > 0; n-- {
		o := r.IntN(2)
		p := w.staff[o][w.pick[o].draw(r)]
		x := request{at: w.at(r, hour), account: filesAccount, service: "file", category: "StorageRead", operation: [...]string{"Read", "Create", "QueryDirectory", "Close"}[r.IntN(4)],
			object: "/workshop/jobs/job-" + strconv.Itoa(r.IntN(900)), by: p, from: "10.40." + strconv.Itoa(20+o) + "." + strconv.Itoa(1+r.IntN(250)), status: 0, random: r.Uint64()}
		list = append(list, w.requestEvent(x))
	}
	return list
}

// queues and tables are what orders pass through, at all hours.
func (w *world) queues(r *rand.Rand, hour int) []event {
	return w.orders(r, hour, 50, "queue", [][2]string{{"StorageWrite", "PutMessage"}, {"StorageRead", "GetMessages"}, {"StorageDelete", "DeleteMessage"}}, "/orders")
}

func (w *world) tables(r *rand.Rand, hour int) []event {
	return w.orders(r, hour, 25, "table", [][2]string{{"StorageWrite", "InsertEntity"}, {"StorageRead", "QueryEntities"}, {"StorageWrite", "MergeEntity"}}, "/orderstate")
}

func (w *world) orders(r *rand.Rand, hour, count int, service string, operations [][2]string, object string) []event {
	var list []event
	bot := &identities[2]
	for n := count + r.IntN(10); n > 0; n-- {
		op := operations[r.IntN(len(operations))]
		list = append(list, w.requestEvent(request{at: w.at(r, hour), account: orderAccount, service: service, category: op[0], operation: op[1], object: object,
			bot: bot, from: "10.40.1.12", agent: "azsdk-net-Storage/12.22.0", status: 200, size: 300 + r.IntN(900), random: r.Uint64()}))
	}
	return list
}

func (w *world) requestEvent(x request) event {
	return event{x.at, 1, func(d *doc) { w.writeRequest(d, x) }}
}

var requestStatus = map[int]string{0: "SuccessWithThrottling", 200: "Success", 201: "Success", 403: "AuthorizationPermissionMismatch", 404: "BlobNotFound"}

func (w *world) writeRequest(d *doc, x request) {
	r := rand.New(rand.NewPCG(x.random, 8))
	id := guid(r)
	status := requestStatus[x.status]
	if x.service == "file" {
		status = "Success"
	}
	d.obj().k("time").z(x.at)
	d.ks("resourceId", "/subscriptions/"+prodSubscription+"/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/"+x.account+"/"+x.service+"Services/default")
	d.ks("category", x.category).ks("operationName", x.operation).ks("operationVersion", "2024-11-04").ks("schemaVersion", "1.0")
	d.k("statusCode").i(int64(x.status)).ks("statusText", status).k("durationMs").i(int64(3 + r.IntN(60)))
	port := ":" + strconv.Itoa(1024+r.IntN(64000))
	d.ks("callerIpAddress", x.from+port).ks("correlationId", id)
	d.k("identity").obj()
	switch {
	case x.service == "file":
		d.ks("type", "Kerberos").ks("tokenHash", strings.ToUpper(fixed(30, uint64(len(x.by.upn)))))
	case x.key:
		d.ks("type", "AccountKey").ks("tokenHash", "key1("+strings.ToUpper(strings.ReplaceAll(fixed(31, uint64(len(x.account))), "-", ""))+")")
	default:
		d.ks("type", "OAuth")
		object, app, upn := "", "", ""
		if x.by != nil {
			object, app, upn = x.by.id, portalAppID, x.by.upn
		} else {
			object, app = x.bot.id, x.bot.appID
		}
		d.k("authorization").arr().obj().ks("action", "Microsoft.Storage/storageAccounts/"+x.service+"Services/read")
		d.ks("result", "Granted").ks("roleAssignmentId", fixed(32, uint64(len(object)+len(upn)))).k("principals").arr().obj().ks("id", object).ks("type", "User").end().fin().end().fin()
		d.k("requester").obj().ks("appId", app).ks("audience", "https://storage.azure.com/").ks("objectId", object).ks("tenantId", w.tenant)
		d.ks("tokenIssuer", "https://sts.windows.net/"+w.tenant+"/")
		if upn != "" {
			d.ks("upn", upn)
		}
		d.end()
	}
	d.end().ks("location", "norwayeast").k("properties").obj().ks("accountName", x.account)
	if x.agent != "" {
		d.ks("userAgentHeader", x.agent).ks("clientRequestId", guid(r))
	}
	d.ks("serviceType", x.service).ks("objectKey", "/"+x.account+x.object).ks("metricResponseType", "Success").k("serverLatencyMs").i(int64(2 + r.IntN(30)))
	d.k("requestHeaderSize").i(int64(400 + r.IntN(400))).k("responseHeaderSize").i(int64(250 + r.IntN(200)))
	switch {
	case x.status >= 400 || x.status == 0:
	case x.category == "StorageWrite":
		d.k("requestBodySize").i(int64(x.size)).k("contentLengthHeader").i(int64(x.size))
	default:
		d.k("responseBodySize").i(int64(x.size))
	}
	d.ks("tlsVersion", "TLS 1.3").end()
	d.ks("uri", "https://"+x.account+"."+x.service+".core.windows.net:443"+x.object)
	protocol := "HTTPS"
	if x.service == "file" {
		protocol = "SMB"
	}
	d.ks("protocol", protocol).ks("resourceType", "Microsoft.Storage/storageAccounts/"+x.service+"Services").end()
}
