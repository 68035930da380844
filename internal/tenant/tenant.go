// Package tenant makes up a day of a company that does not exist, in the formats in which
// Azure delivers its logs: Event Hubs messages, append blobs of one record a line, and the
// hourly documents of flow logs. It is what `lazuli demo` feeds through the same ingestion
// as production, and what benchmarks and tests read when they need input that looks alive.
//
// The company, Tidewell Optics, is as skewed as life is: few people make most sign-ins,
// most work falls into office hours, two sign-ins in a hundred fail, service accounts never
// sleep, and the internet knocks at every open door. Into the day is woven one attack whose
// every step is known ([Truth]), among things that look like it and are harmless: an office
// whose people all mistype their new passwords in the morning, a traveller, an
// administrator who changes roles, a deployment account that reads secrets all day, and the
// company's own scanner.
//
// The use is one loop:
//
//	for part := range tenant.Day(1, time.Now().AddDate(0, 0, -1)) {
//		// hand part.Body to ingestion
//	}
//	for _, q := range tenant.Queries {
//		// show q.Title, run q.KQL, show what comes back
//	}
//
// The invariant: the same seed and day give the same bytes, on every machine.
package tenant

import (
	"iter"
	"math/rand/v2"
	"sort"
	"time"
)

// A Kind is one log category as Azure names it.
type Kind string

// The kinds of a day.
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
)

// A Part is one document as it would come over the wire: an Event Hubs message of at most
// 1 MB, or the blob of an hour of at most 8 MB.
type Part struct {
	Kind        Kind
	ContentType string // application/json, or application/x-ndjson for one record a line
	Body        []byte
	Records     int // records in Body
	Rows        int // rows they are expected to become: one a record, or one a flow
}

const (
	messageLimit = 1 << 20
	blobLimit    = 8 << 20
	jsonType     = "application/json"
	linesType    = "application/x-ndjson"
)

// An event is a record that is written when its turn has come.
type event struct {
	at    time.Time
	write func(*doc)
}

// Day returns the documents of the day (UTC) that holds the instant, hour by hour.
func Day(seed uint64, day time.Time) iter.Seq[Part] {
	return func(yield func(Part) bool) {
		w := newWorld(seed, day)
		attack := w.attack(seed)
		for hour := range 24 {
			for n, k := range streams {
				r := rand.New(rand.NewPCG(seed, uint64(100+hour*len(streams)+n)))
				events := k.draw(w, r, hour)
				for _, e := range attack.events[k.kind] {
					if e.at.Hour() == hour {
						events = append(events, e)
					}
				}
				sort.SliceStable(events, func(i, j int) bool { return events[i].at.Before(events[j].at) })
				if !pack(k.kind, k.lines, events, yield) {
					return
				}
			}
			for n := range nsgCards {
				r := rand.New(rand.NewPCG(seed, uint64(1000+hour*20+n)))
				var woven []wovenFlow
				if &nsgCards[n] == targetCard {
					woven = attack.flows
				}
				if !yield(w.nsgHour(r, hour, &nsgCards[n], woven)) {
					return
				}
			}
			for n := range vnetCards {
				r := rand.New(rand.NewPCG(seed, uint64(2000+hour*20+n)))
				if !yield(w.vnetHour(r, hour, &vnetCards[n])) {
					return
				}
			}
		}
	}
}

// streams are the logs that come as single records: some over Event Hubs, some as blobs.
var streams = []struct {
	kind  Kind
	lines bool
	draw  func(w *world, r *rand.Rand, hour int) []event
}{
	{SignIns, false, func(w *world, r *rand.Rand, h int) []event { return w.logons(r, h, false) }},
	{SilentSignIns, true, func(w *world, r *rand.Rand, h int) []event { return w.logons(r, h, true) }},
	{RobotSignIns, true, func(w *world, r *rand.Rand, h int) []event { return w.robotSignins(r, h, false) }},
	{IdentitySignIns, true, func(w *world, r *rand.Rand, h int) []event { return w.robotSignins(r, h, true) }},
	{Audits, false, (*world).audits},
	{Activity, false, (*world).operations},
	{KeyVault, true, (*world).readings},
}

// pack writes events into as few documents as their limit allows.
func pack(kind Kind, lines bool, events []event, yield func(Part) bool) bool {
	head, tail, limit, contentType := `{"records":[`, `]}`, messageLimit, jsonType
	if lines {
		head, tail, limit, contentType = "", "", blobLimit, linesType
	}
	var d doc
	n := 0
	flush := func() bool {
		if n == 0 {
			return true
		}
		part := Part{kind, contentType, append(d.b, tail...), n, n}
		d, n = doc{}, 0
		return yield(part)
	}
	var one doc
	for _, e := range events {
		one.b = one.b[:0]
		e.write(&one)
		if n > 0 && len(d.b)+len(one.b)+len(tail)+1 > limit && !flush() {
			return false
		}
		switch {
		case n == 0:
			d.b = append(d.b, head...)
		case !lines:
			d.b = append(d.b, ',')
		}
		d.b = append(d.b, one.b...)
		if lines {
			d.b = append(d.b, '\n')
		}
		n++
	}
	return flush()
}
