package tenant

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// shopKey is the instrumentation key of the shop.
const shopKey = "7d1f6c1a-0c4e-4f9a-9f0e-7a4c2b1d8e77"

type page struct {
	method, path string
	weight       float64
	ms           float64 // usual duration
	failing      int     // one in so many fails
}

var pages = []page{
	{"GET", "/", 30, 45, 900}, {"GET", "/lenses", 22, 80, 600}, {"GET", "/lenses/{id}", 26, 60, 500}, {"GET", "/api/stock", 18, 25, 400},
	{"POST", "/api/cart", 9, 95, 120}, {"POST", "/api/checkout", 3, 420, 40}, {"GET", "/api/orders/{id}", 5, 70, 300}, {"POST", "/api/login", 4, 140, 25},
}

var pagePicker = func() *picker {
	weights := make([]float64, len(pages))
	for i, p := range pages {
		weights[i] = p.weight
	}
	return newPicker(weights)
}()

// A visit is one request to the shop; what it calls and what goes wrong is drawn from it too,
// so that telemetry of one operation fits together.
type visit struct {
	at        time.Time
	page      *page
	ms        float64
	failed    bool
	client    string
	agent     string
	operation string
	id        string
	instance  string
	path      string
	robot     bool
}

// visits draws the requests of one hour: the same for every stream that tells of them.
// Customers come from everywhere, so nights are only half as busy.
func (w *world) visits(hour int) []visit {
	r := w.random(60_000 + hour)
	curve := 0.75 + 0.5*math.Sin(float64(hour-9)/24*2*math.Pi)
	n := int(260 * curve * (0.8 + 0.2*w.weekly) * (0.9 + 0.2*r.Float64()))
	list := make([]visit, 0, n+60)
	for range n {
		p := &pages[pagePicker.draw(r)]
		v := visit{at: w.at(r, hour), page: p, ms: p.ms * math.Exp(r.NormFloat64()*0.5), failed: r.IntN(p.failing) == 0,
			client: homeNet + "." + strconv.Itoa(r.IntN(256)) + "." + strconv.Itoa(1+r.IntN(254)), agent: computers[r.IntN(len(computers))].agent,
			operation: strings.ReplaceAll(guid(r), "-", ""), id: strings.ReplaceAll(guid(r)[:18], "-", ""), instance: "tidewell-shop-" + strconv.Itoa(r.IntN(3))}
		v.path = strings.ReplaceAll(p.path, "{id}", strconv.Itoa(1000+r.IntN(400)))
		list = append(list, v)
	}
	if hour == 2 { // the company's scanner asks for what should not be there
		for i := range 60 {
			list = append(list, visit{at: w.day.Add(2*time.Hour + time.Duration(i*19)*time.Second), page: &page{"GET", "/{probe}", 0, 3, 1}, ms: 2 + r.Float64(), failed: true, robot: true,
				client: scanner, agent: "Tidewell scanner/2.1", operation: strings.ReplaceAll(guid(r), "-", ""), id: strings.ReplaceAll(guid(r)[:18], "-", ""),
				instance: "tidewell-shop-0", path: [...]string{"/.env", "/wp-login.php", "/admin", "/.git/config", "/phpinfo.php", "/actuator/env"}[i%6]})
		}
	}
	return list
}

// code is the HTTP status of the answer.
func (v *visit) code() string {
	switch {
	case v.robot:
		return "404"
	case !v.failed:
		return "200"
	case v.page.path == "/api/login":
		return "401"
	}
	return "500"
}

// item opens an item of telemetry up to its own fields.
func (v *visit) item(d *doc, at time.Time, kind, base string) {
	d.obj().ks("name", "Microsoft.ApplicationInsights."+strings.ReplaceAll(shopKey, "-", "")+"."+kind).k("time").z(at).ks("iKey", shopKey)
	d.k("tags").obj().ks("ai.cloud.role", "tidewell-shop").ks("ai.cloud.roleInstance", v.instance).ks("ai.operation.id", v.operation)
	d.ks("ai.operation.name", v.page.method+" "+v.page.path).ks("ai.operation.parentId", v.id).ks("ai.location.ip", v.client).ks("ai.internal.sdkVersion", "dotnet:2.22.0")
	if v.robot {
		d.ks("ai.operation.syntheticSource", "scanner")
	}
	d.end().k("data").obj().ks("baseType", base).k("baseData").obj().k("ver").i(2)
}

// span is a duration as .NET writes it.
func span(ms float64) string {
	t := int64(ms * 10_000)
	return fmt.Sprintf("%02d:%02d:%02d.%07d", t/36_000_000_000, t/600_000_000%60, t/10_000_000%60, t%10_000_000)
}

func (w *world) requests(_ *rand.Rand, hour int) []event {
	var list []event
	for _, v := range w.visits(hour) {
		list = append(list, event{v.at, 1, func(d *doc) {
			v.item(d, v.at, "Request", "RequestData")
			d.ks("id", v.id).ks("name", v.page.method+" "+v.page.path).ks("duration", span(v.ms)).ks("responseCode", v.code()).k("success").t(!v.failed)
			d.ks("url", "https://shop.tidewell.example"+v.path).k("properties").obj().ks("UserAgent", v.agent).end().end().end().end()
		}})
	}
	return list
}

func (w *world) dependencies(r *rand.Rand, hour int) []event {
	var list []event
	for _, v := range w.visits(hour) {
		if v.robot || v.page.path == "/" {
			continue
		}
		share, id, random := 0.3+0.5*r.Float64(), r.Uint64(), r.IntN(3)
		list = append(list, event{v.at, 1, func(d *doc) {
			v.item(d, v.at, "RemoteDependency", "RemoteDependencyData")
			d.ks("id", strconv.FormatUint(id, 16)).ks("duration", span(v.ms*share)).k("success").t(!v.failed)
			if random > 0 {
				d.ks("name", "SQL: shop").ks("type", "SQL").ks("target", "sql-tidewell-shop | shop").ks("data", "SELECT * FROM lens WHERE id = @p0").ks("resultCode", "0")
			} else {
				d.ks("name", "GET /v1/stock").ks("type", "Http").ks("target", "lens-api.tidewell.example").ks("data", "https://lens-api.tidewell.example/v1/stock").ks("resultCode", v.code())
			}
			d.end().end().end()
		}})
	}
	return list
}

var faults = []struct{ kind, text, method string }{
	{"System.TimeoutException", "The operation has timed out.", "Shop.Payment.Charge"},
	{"System.InvalidOperationException", "Sequence contains no elements", "Shop.Cart.Get"},
	{"Microsoft.Data.SqlClient.SqlException", "Transaction was deadlocked on lock resources with another process.", "Shop.Orders.Save"},
}

func (w *world) exceptions(r *rand.Rand, hour int) []event {
	var list []event
	for _, v := range w.visits(hour) {
		if v.code() != "500" {
			continue
		}
		f := faults[int(3*r.Float64()*r.Float64())]
		list = append(list, event{v.at, 1, func(d *doc) {
			v.item(d, v.at, "Exception", "ExceptionData")
			d.k("exceptions").arr().obj().k("id").i(1).k("outerId").i(0).ks("typeName", f.kind).ks("message", f.text).k("hasFullStack").t(true).k("parsedStack").arr()
			d.obj().k("level").i(0).ks("method", f.method).ks("assembly", "Shop, Version=4.11.0.0").ks("fileName", "/src/Shop.cs").k("line").i(42).end().fin().end().fin()
			d.ks("severityLevel", "Error").ks("problemId", f.kind+" at "+f.method).end().end().end()
		}})
	}
	return list
}

func (w *world) traces(r *rand.Rand, hour int) []event {
	var list []event
	for _, v := range w.visits(hour) {
		if r.IntN(4) > 0 {
			continue
		}
		list = append(list, event{v.at, 1, func(d *doc) {
			v.item(d, v.at, "Message", "MessageData")
			severity := "Information"
			if v.failed {
				severity = "Warning"
			}
			d.ks("message", "answered "+v.path+" with "+v.code()).ks("severityLevel", severity).k("properties").obj().ks("CategoryName", "Shop.Pipeline").end().end().end().end()
		}})
	}
	return list
}

func (w *world) pageViews(_ *rand.Rand, hour int) []event {
	var list []event
	for _, v := range w.visits(hour) {
		if v.robot || v.page.method != "GET" || strings.HasPrefix(v.page.path, "/api") {
			continue
		}
		list = append(list, event{v.at, 1, func(d *doc) {
			v.item(d, v.at, "Pageview", "PageviewData")
			d.ks("id", v.id).ks("name", "Tidewell "+v.page.path).ks("url", "https://shop.tidewell.example"+v.path).ks("duration", span(v.ms*6)).end().end().end()
		}})
	}
	return list
}

// availability tells every five minutes whether the shop is there, seen from two places.
func (w *world) availability(r *rand.Rand, hour int) []event {
	var list []event
	for m := 0; m < 60; m += 5 {
		for i, from := range []string{"Norway East", "UK South"} {
			at, ms, failed := w.day.Add(time.Duration(hour)*time.Hour+time.Duration(m)*time.Minute+time.Duration(7+i)*time.Second), 90+40*r.Float64(), r.IntN(200) == 0
			v := visit{page: &pages[0], operation: strings.ReplaceAll(guid(r), "-", ""), id: "probe", instance: "tidewell-shop-0", client: "0.0.0.0"}
			list = append(list, event{at, 1, func(d *doc) {
				v.item(d, at, "Availability", "AvailabilityData")
				d.ks("id", v.operation).ks("name", "shop front").ks("duration", span(ms)).k("success").t(!failed).ks("runLocation", from)
				d.ks("message", map[bool]string{false: "Passed", true: "Timed out"}[failed]).end().end().end()
			}})
		}
	}
	return list
}

// metrics are two numbers of the shop for each minute.
func (w *world) metrics(r *rand.Rand, hour int) []event {
	var list []event
	for m := range 60 {
		at, queue, carts := w.day.Add(time.Duration(hour)*time.Hour+time.Duration(m)*time.Minute), r.IntN(40), 3+r.IntN(12)
		v := visit{page: &pages[0], operation: "", id: "", instance: "tidewell-shop-0", client: "0.0.0.0"}
		list = append(list, event{at, 2, func(d *doc) {
			v.item(d, at, "Metric", "MetricData")
			d.k("metrics").arr().obj().ks("name", "orders waiting").k("value").i(int64(queue)).k("count").i(1).end()
			d.obj().ks("name", "open carts").k("value").i(int64(6 * carts)).k("count").i(6).k("min").i(int64(carts - 3)).k("max").i(int64(carts + 3)).end().fin()
			d.end().end().end()
		}})
	}
	return list
}
