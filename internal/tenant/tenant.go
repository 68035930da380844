// Package tenant makes up a company that does not exist, in the formats in which Azure and
// the machines around it deliver their logs: Event Hubs messages, append blobs of one record
// a line, lines of syslog, Windows events in XML. It is what `lazuli demo` feeds through the
// same ingestion as production, and what benchmarks and tests read when they need input that
// looks alive.
//
// The company, Tidewell Optics, is as skewed as life is: few people make most sign-ins, each
// office works by its own clock and rests at weekends, two sign-ins in a hundred fail,
// service accounts never sleep, and the internet knocks at every open door. Into one day is
// woven one attack whose every step is known ([Truth]), among things that look like it and
// are harmless: a traveller, the company's own vulnerability scanner, a backup that reads
// every file at night, an office whose people all mistype their new passwords in the
// morning, an administrator who changes roles.
//
// The use is one loop, and another for what goes on:
//
//	t := tenant.New(tenant.Options{Seed: 1, Now: time.Now(), Days: 7})
//	for part := range t.Between(t.From(), t.Until()) {
//		// hand part.Body to ingestion
//	}
//	for _, q := range tenant.Queries {
//		// show q.Title, run q.KQL, show what comes back
//	}
//
// The invariant: the same seed and instants give the same bytes, on every machine.
package tenant

import (
	"iter"
	"math/rand/v2"
	"sort"
	"time"
)

// A Kind is one log category as Azure names it, or the name of what has no category.
type Kind string

// The kinds of records.
const (
	SignIns         Kind = "SignInLogs"
	SilentSignIns   Kind = "NonInteractiveUserSignInLogs"
	RobotSignIns    Kind = "ServicePrincipalSignInLogs"
	IdentitySignIns Kind = "ManagedIdentitySignInLogs"
	Audits          Kind = "AuditLogs"
	Activity        Kind = "Administrative"
	KeyVault        Kind = "AuditEvent"
	NSGFlows        Kind = "NetworkSecurityGroupFlowEvent"
	VNetFlows       Kind = "FlowLogFlowEvent"
	Blobs           Kind = "Storage blobServices"
	Files           Kind = "Storage fileServices"
	Queues          Kind = "Storage queueServices"
	Tables          Kind = "Storage tableServices"
	Security        Kind = "WindowsEventLogsTable"
	Sysmon          Kind = "Microsoft-Windows-Sysmon/Operational"
	Classic         Kind = "Windows System and Application"
	Syslog          Kind = "syslog"
	Firewall        Kind = "CEF"
	Requests        Kind = "RequestData"
	Dependencies    Kind = "RemoteDependencyData"
	Exceptions      Kind = "ExceptionData"
	Traces          Kind = "MessageData"
	PageViews       Kind = "PageViewData"
	Availability    Kind = "AvailabilityData"
	Metrics         Kind = "MetricData"
	Alerts          Kind = "SecurityAlert"
	Processes       Kind = "AdvancedHunting-DeviceProcessEvents"
	Logons          Kind = "AdvancedHunting-DeviceLogonEvents"
	Mail            Kind = "AdvancedHunting-EmailEvents"
	AlertInfo       Kind = "AdvancedHunting-AlertInfo"
)

// A Part is one document as it would come over the wire: an Event Hubs message of at most
// 1 MB, or a blob or batch of lines of at most 8 MB.
type Part struct {
	Kind        Kind
	ContentType string // application/json, application/x-ndjson for one record a line, or text/plain
	Body        []byte
	Records     int // records in Body
	Rows        int // rows they are expected to become: one a record, or one a flow
}

const (
	messageLimit = 1 << 20
	blobLimit    = 8 << 20
	jsonType     = "application/json"
	linesType    = "application/x-ndjson"
	textType     = "text/plain"
)

// An event is a record that is written when its turn has come.
type event struct {
	at    time.Time
	rows  int // that it is expected to become
	write func(*doc)
}

// Options of a company.
type Options struct {
	Seed uint64
	Now  time.Time // the attack is on the last whole day (UTC) before it
	Days int       // whole days before the one of Now that have a history
}

// A Tenant is a company with its history. It is not safe for concurrent use.
type Tenant struct {
	o     Options
	world *world
	woven woven
	hour  time.Time // the hour that is drawn
	drawn [][]event // its events by stream, in order
}

// New draws a company.
func New(o Options) *Tenant {
	o.Now = o.Now.UTC()
	attacked := o.Now.Truncate(24*time.Hour).AddDate(0, 0, -1)
	t := &Tenant{o: o, world: newWorld(o.Seed, attacked)}
	t.woven = t.world.attack()
	return t
}

// From is when the history begins: a midnight.
func (t *Tenant) From() time.Time {
	return t.o.Now.Truncate(24*time.Hour).AddDate(0, 0, -t.o.Days)
}

// Until is when the history ends: now.
func (t *Tenant) Until() time.Time { return t.o.Now }

// Truth is what really happened.
func (t *Tenant) Truth() Truth { return t.woven.truth }

// Day returns the documents of the day (UTC) that holds the instant, with the attack in it.
func Day(seed uint64, day time.Time) iter.Seq[Part] {
	begin := day.UTC().Truncate(24 * time.Hour)
	return New(Options{Seed: seed, Now: begin.AddDate(0, 0, 1)}).Between(begin, begin.AddDate(0, 0, 1))
}

// Attack returns the truth of the day of a seed.
func Attack(seed uint64, day time.Time) Truth {
	return New(Options{Seed: seed, Now: day.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)}).Truth()
}

// Between returns the documents with what happened from one instant until before another,
// by stream and a few hours at a time. Instants after Now are as good as any: life goes on at the rate of the hour.
func (t *Tenant) Between(from, until time.Time) iter.Seq[Part] {
	return func(yield func(Part) bool) {
		for begin := from.UTC().Truncate(time.Hour); begin.Before(until); {
			end := begin.Truncate(block).Add(block)
			all := make([][]event, len(streams))
			for ; begin.Before(end) && begin.Before(until); begin = begin.Add(time.Hour) {
				for n, list := range t.draw(begin) {
					first := sort.Search(len(list), func(i int) bool { return !list[i].at.Before(from) })
					last := sort.Search(len(list), func(i int) bool { return !list[i].at.Before(until) })
					all[n] = append(all[n], list[first:last]...)
				}
			}
			for n, list := range all {
				if !pack(&streams[n], list, yield) {
					return
				}
			}
		}
	}
}

// draw returns the events of an hour by stream, in the order of time.
func (t *Tenant) draw(hour time.Time) [][]event {
	if t.drawn != nil && t.hour.Equal(hour) {
		return t.drawn
	}
	w := t.world.on(hour)
	t.hour, t.drawn = hour, make([][]event, len(streams))
	attacked := w.day.Equal(t.world.day)
	for n := range streams {
		s := &streams[n]
		var add woven
		if attacked {
			add = t.woven
		}
		events := s.draw(w, w.random(hour.Hour()*len(streams)+n), hour.Hour(), add.flows)
		for _, e := range add.events[s.kind] {
			if e.at.Truncate(time.Hour).Equal(hour) {
				events = append(events, e)
			}
		}
		for i := range events { // what takes a moment to end belongs to the hour it began in
			if end := hour.Add(time.Hour); !events[i].at.Before(end) {
				events[i].at = end.Add(-1)
			}
		}
		sort.SliceStable(events, func(i, j int) bool { return events[i].at.Before(events[j].at) })
		t.drawn[n] = events
	}
	return t.drawn
}

// block is how much of a log goes into one document, where the document's limit allows it.
const block = 3 * time.Hour

// A framing is how records are put into documents.
type framing struct {
	contentType, head, between, tail string
	limit                            int
}

var (
	envelope = framing{jsonType, `{"records":[`, ",", `]}`, messageLimit}
	document = framing{jsonType, `{"records":[`, ",", `]}`, blobLimit}
	lines    = framing{linesType, "", "\n", "\n", blobLimit}
	text     = framing{textType, "", "\n", "\n", blobLimit}
	events   = framing{textType, "<Events>\n", "\n", "\n</Events>\n", blobLimit}
)

// A stream is a log.
type stream struct {
	kind Kind
	framing
	draw func(w *world, r *rand.Rand, hour int, woven []wovenFlow) []event
}

var streams = []stream{
	{SignIns, envelope, func(w *world, r *rand.Rand, h int, _ []wovenFlow) []event { return w.peopleSignins(r, h, false) }},
	{SilentSignIns, lines, func(w *world, r *rand.Rand, h int, _ []wovenFlow) []event { return w.peopleSignins(r, h, true) }},
	{RobotSignIns, lines, func(w *world, r *rand.Rand, h int, _ []wovenFlow) []event { return w.robotSignins(r, h, false) }},
	{IdentitySignIns, lines, func(w *world, r *rand.Rand, h int, _ []wovenFlow) []event { return w.robotSignins(r, h, true) }},
	{Audits, envelope, hourly((*world).audits)},
	{Activity, envelope, hourly((*world).operations)},
	{KeyVault, lines, hourly((*world).readings)},
	{NSGFlows, document, func(w *world, r *rand.Rand, h int, woven []wovenFlow) (all []event) {
		for i := range nsgCards {
			var of []wovenFlow
			if &nsgCards[i] == targetCard {
				of = woven
			}
			all = append(all, w.nsgFlows(r, h, &nsgCards[i], of)...)
		}
		return all
	}},
	{VNetFlows, document, func(w *world, r *rand.Rand, h int, _ []wovenFlow) (all []event) {
		for i := range vnetCards {
			all = append(all, w.vnetFlows(r, h, &vnetCards[i])...)
		}
		return all
	}},
	{Blobs, lines, hourly((*world).blobs)},
	{Files, lines, hourly((*world).files)},
	{Queues, lines, hourly((*world).queues)},
	{Tables, lines, hourly((*world).tables)},
	{Security, envelope, hourly((*world).security)},
	{Sysmon, events, hourly((*world).sysmon)},
	{Classic, events, hourly((*world).classic)},
	{Syslog, text, hourly((*world).syslog)},
	{Firewall, text, hourly((*world).firewall)},
	{Requests, lines, hourly((*world).requests)},
	{Dependencies, lines, hourly((*world).dependencies)},
	{Exceptions, lines, hourly((*world).exceptions)},
	{Traces, lines, hourly((*world).traces)},
	{PageViews, lines, hourly((*world).pageViews)},
	{Availability, lines, hourly((*world).availability)},
	{Metrics, lines, hourly((*world).metrics)},
	{Alerts, lines, hourly((*world).alerts)},
	{Processes, envelope, hourly((*world).processes)},
	{Logons, envelope, hourly((*world).logons)},
	{Mail, envelope, hourly((*world).mail)},
	{AlertInfo, envelope, hourly((*world).alertInfo)},
}

// hourly is a stream into which no flows are woven.
func hourly(draw func(w *world, r *rand.Rand, hour int) []event) func(*world, *rand.Rand, int, []wovenFlow) []event {
	return func(w *world, r *rand.Rand, hour int, _ []wovenFlow) []event { return draw(w, r, hour) }
}

// pack writes events into as few documents as their limit allows.
func pack(s *stream, list []event, yield func(Part) bool) bool {
	var body []byte
	records, rows := 0, 0
	flush := func() bool {
		if records == 0 {
			return true
		}
		part := Part{s.kind, s.contentType, append(body, s.tail...), records, rows}
		body, records, rows = nil, 0, 0
		return yield(part)
	}
	var one doc
	for i, e := range list {
		one.b = one.b[:0]
		e.write(&one)
		if records > 0 && len(body)+len(one.b)+len(s.tail)+1 > s.limit && !flush() {
			return false
		}
		if records == 0 {
			body = append(make([]byte, 0, min(s.limit, (len(one.b)+8)*(len(list)-i)*9/8+64)), s.head...)
		} else {
			body = append(body, s.between...)
		}
		body = append(body, one.b...)
		records++
		rows += e.rows
	}
	return flush()
}
