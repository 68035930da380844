package decode

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"strings"
)

// The shapes by which records without a category are recognised.
const (
	shapeActivity = "activity event"          // eventTimestamp, and operationName is an object
	shapeTuple    = "flow tuple"              // flow.0 has a flow tuple
	shapeMetric   = "metric"                  // metricName and time
	shapeAlert    = "security alert"          // SystemAlertId
	shapeAlertAPI = "security alert resource" // type is that of an alert of Microsoft.Security
	shapeResource = "resource log"            // a category, or a resource with a time or an operation
)

// alertType is how the type of an alert begins; a location may follow.
const alertType = "microsoft.security/"

// register makes a plan findable.
func (p *plans) register(pl *plan) error {
	m := pl.entry.Match
	for shape := range strings.SplitSeq(m.Shape, "|") {
		if shape == "" {
			break
		}
		if p.byShape[shape] != nil {
			return fmt.Errorf("shape %q is taken", shape)
		}
		p.byShape[shape] = pl
		if shape == shapeResource {
			p.fallback = pl
		}
	}
	resources := m.Resources
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	for _, c := range m.Categories {
		c = strings.ToLower(c)
		for _, r := range resources {
			key := c + "|" + strings.ToLower(r)
			if p.byCategory[key] != nil {
				return fmt.Errorf("category %s of %q is taken", c, r)
			}
			p.byCategory[key] = pl
		}
		for _, r := range m.Except {
			key := c + "|" + strings.ToLower(r)
			if _, ok := p.byCategory[key]; !ok {
				p.byCategory[key] = nil // there is an answer: no entry
			}
		}
	}
	return nil
}

// routed returns the plan for the record that has just been walked, nil when
// it is nothing we know.
func (w *worker) routed() *plan {
	category, resource := w.slot(slotCategory), w.slot(slotResource)
	if w.lastRoute != nil && category != nil && bytes.Equal(category, w.lastCategory) && bytes.Equal(resource, w.lastResource) {
		return w.lastRoute
	}
	if len(category) > 2 && category[0] == '"' {
		p := w.byCategory(w.plain(category), w.slotText(slotResource))
		w.lastCategory, w.lastResource, w.lastRoute = category, resource, p
		return p
	}
	return w.d.plans.byShape[w.shape()]
}

// byCategory finds the plan for a category of a resource: first by the type of
// the resource, then by its provider, then the entry for any resource.
func (w *worker) byCategory(category, resource []byte) *plan {
	key := append(w.route[:0], category...)
	key = append(key, '|')
	n := len(key)
	space, rest := providerOf(resource)
	key = append(key, space...)
	m := len(key)
	if len(rest) > 0 {
		key = append(key, '/')
		key = kindsOf(key, rest)
	}
	for i, c := range key {
		if c >= 'A' && c <= 'Z' {
			key[i] = c + 32
		}
	}
	w.route = key
	if len(rest) > 0 {
		if p, ok := w.d.plans.byCategory[string(key)]; ok {
			return w.orFallback(p)
		}
	}
	if p, ok := w.d.plans.byCategory[string(key[:m])]; ok {
		return w.orFallback(p)
	}
	return w.orFallback(w.d.plans.byCategory[string(append(key[:n], '*'))])
}

func (w *worker) orFallback(p *plan) *plan {
	if p == nil {
		return w.d.plans.fallback
	}
	return p
}

// telemetryShape is the shape of telemetry of a base type.
func telemetryShape(base string) string { return "telemetry of type " + base }

// exportedShape is the shape of a row of a table, as Log Analytics exports it.
func exportedShape(table string) string { return "row of " + table }

// baseType finds the base type of telemetry in the value of its field data.
func (w *worker) baseType(data []byte) []byte {
	const key = `"basetype"`
	for i := 1; i < len(data); { // it stands before or after baseData
		i = blank(data, i)
		in := scanner{b: data}
		value := in.member(i)
		if value < 0 {
			return nil
		}
		end := in.value(value)
		if end < 0 {
			return nil
		}
		if len(data)-i > len(key) && equalFold(data[i:i+len(key)], key) {
			return w.plain(data[value:end])
		}
		if i = blank(data, end); i >= len(data) || data[i] != ',' {
			return nil
		}
		i++
	}
	return nil
}

// shape says what a record without a category is, by the fields it has.
func (w *worker) shape() string {
	operation := w.slot(slotOperation)
	object := len(operation) > 0 && operation[0] == '{'
	if data := w.slot(slotData); len(data) > 0 && data[0] == '{' {
		if base := w.baseType(data); len(base) > 0 {
			return telemetryShape(strings.ToLower(string(base)))
		}
	}
	if t := w.slotText(slotType); len(t) > 0 {
		if s := exportedShape(string(t)); w.d.plans.byShape[s] != nil {
			return s
		}
		if n := len(alertType); len(t) > n && equalFold(t[len(t)-7:], "/alerts") && equalFold(t[:n], alertType) {
			return shapeAlertAPI
		}
	}
	switch {
	case w.slot(slotEventTime) != nil && object:
		return shapeActivity
	case w.slot(slotFlow) != nil:
		return shapeTuple
	case !empty(w.slot(slotAlert)):
		return shapeAlert
	case w.slot(slotMetric) != nil && w.slot(slotTime) != nil:
		return shapeMetric
	case !empty(w.slot(slotResource)) && (!empty(operation) || w.slot(slotTime) != nil):
		return shapeResource
	}
	return ""
}

// An identity is what tells an event of the message from the others.
type identity struct {
	hash    uint64
	ordinal int
	plan    *plan
	spans   [4]span
}

// identities are the events of a message, in a hash table that keeps its memory.
type identities struct {
	list    []identity
	buckets []int32 // index into list plus one, 0 is free
}

var seed = maphash.MakeSeed()

func (t *identities) reset() {
	if len(t.list) > 1<<16 {
		*t = identities{}
		return
	}
	if len(t.list) > 0 {
		clear(t.buckets)
		t.list = t.list[:0]
	}
}

// add adds an identity, or returns an equal one that is there.
func (t *identities) add(id identity, b []byte) *identity {
	if 2*len(t.list) >= len(t.buckets) {
		t.buckets = make([]int32, max(64, 4*len(t.buckets)))
		for i := range t.list {
			at := t.list[i].hash
			for t.buckets[at%uint64(len(t.buckets))] != 0 {
				at++
			}
			t.buckets[at%uint64(len(t.buckets))] = int32(i + 1)
		}
	}
	at := id.hash
	for ; ; at++ {
		i := t.buckets[at%uint64(len(t.buckets))]
		if i == 0 {
			break
		}
		if old := &t.list[i-1]; old.hash == id.hash && old.plan == id.plan && old.same(&id, b) {
			return old
		}
	}
	t.list = append(t.list, id)
	t.buckets[at%uint64(len(t.buckets))] = int32(len(t.list))
	return nil
}

func (id *identity) same(other *identity, b []byte) bool {
	for i := range id.plan.same {
		x, y := id.spans[i], other.spans[i]
		if !bytes.Equal(b[x.start:x.end], b[y.start:y.end]) {
			return false
		}
	}
	return true
}

// markRepeat notes that an earlier record of the message has the same values
// in the fields that identify an event. Azure sends such repeats; they are kept.
func (w *worker) markRepeat(start, end int) {
	p := w.plan
	if len(p.same) == 0 || end-start == len(w.b) {
		return
	}
	id := identity{ordinal: w.ordinal, plan: p}
	for i, s := range p.same {
		v := w.slot(s)
		if empty(v) {
			return
		}
		id.hash = id.hash*31 + maphash.Bytes(seed, v)
		id.spans[i] = w.slots[s]
	}
	if old := w.events.add(id, w.b); old != nil {
		w.note(fmt.Sprintf("repeat of row %d of the message", old.ordinal), "", nil)
		w.repeats++
	}
}
