// Package decode turns what Azure sends into rows of Log Analytics tables.
//
// A message is a piece of JSON text as a source received it: an envelope with
// records, an array, objects one per line or one after another. Or it is lines of
// syslog or CEF, or Windows events in XML, which its first bytes tell; each of
// these becomes a JSON object first (text.go). Each record is routed by its category and resource type to an entry of a declarative table
// (one file per service: entra.go, activity.go ...), and one scanner walks the
// record's bytes along the entry's plan straight into column builders.
//
// What it protects: every byte of a message is accounted for. A field that no
// column takes, or whose value does not fit its column, is in _Unmapped; a time
// that cannot be read is replaced by the time of receipt with a note; a record
// that cannot be read at all is in LazuliQuarantine with its bytes and the
// reason, and its neighbours are decoded. Bad data is never an error and never
// a panic.
package decode

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"lazuli.dev/lazuli/chunk"
	"lazuli.dev/lazuli/internal/sysframe"
	"lazuli.dev/lazuli/schema"
)

// Version numbers the decoder. It changes whenever the same bytes may give
// other rows.
const Version = 3

// maxRows is how many rows a message can have: the ordinal has 24 bits.
const maxRows = 1 << 24

// A Message is one frame of the journal.
type Message struct {
	Workspace string
	Origin    string
	Position  int64
	Seq       int64 // of its first row: the frame's sequence shifted left by 24
	Received  int64 // ticks
	// ContentType as declared. That of package sysframe says that the body is runs of syslog; for all others the
	// body is looked at.
	ContentType string
	Body        []byte // decompressed; Decode neither keeps nor changes it
}

// A Result is what came of a message. The caller holds the chunks and must
// release them.
type Result struct {
	Chunks      []*chunk.Chunk
	Rows        map[string]int // per table, the quarantine among them
	Quarantined int            // pieces; many small ones may share a row
	Reasons     map[string]int // of these pieces
	Repeats     int            // rows that say the same as an earlier one of the message, and are noted so
}

// Options of a decoder.
type Options struct {
	// Columns returns the columns that a table of a workspace has beside the
	// built-in ones, from earlier runs. It may be nil.
	Columns func(workspace, table string) []schema.Column
	// TenantID returns what the column TenantId has for a workspace: its id. nil
	// means the workspace's name. The same name must always give the same id.
	TenantID func(workspace string) string
}

// A Decoder decodes messages. It is safe for concurrent use.
type Decoder struct {
	plans   *plans
	workers sync.Pool
	found   found
	tenant  func(workspace string) string
}

// New returns a decoder. It panics when an entry of the package is wrong,
// which a test would have shown.
func New(o Options) *Decoder {
	p, err := compiled()
	if err != nil {
		panic(err)
	}
	d := &Decoder{plans: p, found: found{columns: o.Columns, tables: map[string]*foundTable{}}, tenant: o.TenantID}
	if d.tenant == nil {
		d.tenant = func(workspace string) string { return workspace }
	}
	d.workers.New = func() any { return newWorker(d) }
	return d
}

// plans are the compiled entries and how records find them.
type plans struct {
	sniff      *plan // knows only how to tell what a record is
	byCategory map[string]*plan
	byShape    map[string]*plan
	syslog     textFields
	cef        textFields
	fallback   *plan // for records of resources that no entry is for
	quarantine *tableLayout
	layouts    map[string]*tableLayout
	nodes      int
}

var compiled = sync.OnceValues(func() (*plans, error) {
	c := &compiler{layouts: map[string]*tableLayout{}}
	p := &plans{byCategory: map[string]*plan{}, byShape: map[string]*plan{}, layouts: c.layouts}
	p.sniff = c.base()
	p.sniff.root.covered = true
	for i := range entries {
		e := &entries[i]
		pl, err := c.compile(e)
		if err != nil {
			return nil, fmt.Errorf("entry for %s of %s: %w", e.Table, e.Service, err)
		}
		if err := p.register(pl); err != nil {
			return nil, fmt.Errorf("entry for %s of %s: %w", e.Table, e.Service, err)
		}
	}
	if p.fallback == nil {
		return nil, fmt.Errorf("no entry has the shape %s", shapeResource)
	}
	p.syslog, p.cef = newTextFields(p.byShape[shapeSyslog]), newTextFields(p.byShape[shapeCEF])
	var err error
	p.quarantine, err = c.layout(schema.Quarantine)
	p.nodes = c.nodes
	return p, err
})

// A worker decodes one message at a time. It keeps its buffers and what it has
// learnt of the order of keys.
type worker struct {
	scanner
	d   *Decoder
	msg Message

	// Of the message.
	order         []*output // tables in use
	ordinal       int       // of the next row
	events        identities
	badUTF8       bool
	asText        bool     // the message is lines and events of text
	noEvent       bool     // no further Windows event has an end
	peer          []byte   // address of the sender of a message of syslog, nil where it is not known
	remarks       []string // notes on that message
	bytes         []byte   // of that message, where the row cannot hold them
	quarantined   int
	quarantinedTo int     // end of what was quarantined last
	pending       stretch // bad pieces that wait for a row
	reasons       map[string]int
	repeats       int
	budget        int // bytes that may still be looked at to find the next record
	lastCategory  []byte
	lastResource  []byte // of the record that was routed last
	lastRoute     *plan
	here          *foundTable
	from, to      int      // where the piece that becomes rows is in the message
	trace         *tracing // nil but for Trace
	last          *plan    // of the record before, guessed first; from message to message

	// Of the record.
	plan     *plan
	bl       *chunk.Builder
	stamp    uint32 // numbers records
	slots    [maxSlots]span
	um       []byte // _Unmapped, without its last brace
	notes    []byte // _DecodeNotes, without its last bracket
	extra    []byte // AdditionalFields, without its last brace
	made     []byte // the JSON of a record that is none
	arena    []byte // texts without escapes, and others that are made
	replaced bool   // a lone surrogate was replaced

	// Scratch.
	lowered, scratch, route []byte
	others                  []byte // extensions of CEF without a column
	name, path              []byte // of a field that becomes a column at run time
	given                   []int  // columns that all rows of a flow record share

	// What is kept from message to message.
	out     map[*tableLayout]*output
	guesses []*guess // per node
	seen    []uint32 // per node: the record in which it last had a value
}

// An output is a table that rows of the current message go to.
type output struct {
	layout *tableLayout
	bl     *chunk.Builder
	plan   *plan // of the rows since from
	from   int
	used   bool
	added  int // columns found at run time
	flat   map[*foundTable]map[string]*target
}

const (
	maxAdded    = 4096     // columns found at run time, of all workspaces, before a builder is made anew
	maxReserved = 64 << 20 // bytes of heap that an idle builder may keep
)

func newWorker(d *Decoder) *worker {
	return &worker{
		d: d, out: map[*tableLayout]*output{},
		guesses: make([]*guess, d.plans.nodes), seen: make([]uint32, d.plans.nodes),
	}
}

// Decode decodes a message. Bad data never makes it fail; the error is for
// what the caller got wrong.
func (d *Decoder) Decode(m Message) (Result, error) {
	if err := m.check(); err != nil {
		return Result{}, err
	}
	w := d.workers.Get().(*worker)
	r := w.decode(m)
	d.release(w)
	return r, nil
}

// release lets the next message have a worker. One that broke down must not come here: it has rows of its message,
// which may be of another workspace than the next.
func (d *Decoder) release(w *worker) {
	w.trace = nil
	d.workers.Put(w)
}

func (m *Message) check() error {
	if m.Seq&(maxRows-1) != 0 {
		return fmt.Errorf("decode message at sequence %d: the low 24 bits belong to the rows", m.Seq)
	}
	if int64(len(m.Body)) > 1<<31-1 {
		return fmt.Errorf("decode message of %d bytes: at most 2 GiB", len(m.Body))
	}
	return nil
}

func (w *worker) decode(m Message) Result {
	w.msg, w.b = m, m.Body
	w.ordinal, w.quarantined, w.quarantinedTo, w.repeats = 0, 0, -1, 0
	w.reasons = nil
	w.budget = 16*len(m.Body) + 1<<16
	w.badUTF8 = !utf8.Valid(m.Body)
	w.events.reset()
	w.lastRoute, w.here = nil, nil
	w.noEvent = false
	w.peer, w.remarks, w.bytes = nil, w.remarks[:0], nil
	if m.ContentType == sysframe.ContentType {
		w.runs()
	} else {
		w.message()
	}
	w.flushQuarantine()
	r := Result{Rows: map[string]int{}, Quarantined: w.quarantined, Reasons: w.reasons, Repeats: w.repeats}
	for _, o := range w.order {
		w.fill(o)
		if n := o.bl.Rows(); n > 0 {
			r.Rows[o.layout.table.Name] = n
			r.Chunks = append(r.Chunks, o.bl.Finish(m.Workspace, o.layout.table.Name))
		} else {
			o.bl.Reset() // a record was taken for one of this table, wrongly
		}
		o.used, o.plan, o.from = false, nil, 0
		if o.added > maxAdded || o.bl.Reserved() > maxReserved {
			delete(w.out, o.layout)
		}
	}
	w.order = w.order[:0]
	w.b, w.msg = nil, Message{}
	if cap(w.arena) > 1<<20 || cap(w.um) > 1<<20 || cap(w.scratch) > 1<<20 || cap(w.made) > 1<<20 {
		w.arena, w.um, w.scratch, w.made = nil, nil, nil, nil // one odd message need not be remembered for ever
	}
	return r
}

// output returns the builder of a table, and has its rows taken at the end.
func (w *worker) output(l *tableLayout) *output {
	o := w.out[l]
	if o == nil {
		o = &output{layout: l, bl: chunk.NewBuilder(l.specs)}
		w.out[l] = o
	}
	if !o.used {
		o.used = true
		w.order = append(w.order, o)
	}
	return o
}

// fill completes the rows of one plan with what is the same in all of them.
func (w *worker) fill(o *output) {
	if o.plan == nil && o.layout != w.d.plans.quarantine {
		return
	}
	l, bl := o.layout, o.bl
	if o.plan != nil {
		for _, c := range o.plan.consts {
			bl.FillText(c.col, o.from, c.text)
		}
	}
	if l.workspace >= 0 {
		bl.FillText(l.workspace, o.from, []byte(w.d.tenant(w.msg.Workspace)))
	}
	bl.FillText(l.origin, o.from, []byte(w.msg.Origin))
	bl.FillInt64(l.position, o.from, w.msg.Position)
	bl.FillInt64(l.received, o.from, w.msg.Received)
	bl.FillInt32(l.version, o.from, Version)
	o.from = bl.Rows()
}

// begin prepares for a record with a plan.
func (w *worker) begin(p *plan) {
	w.plan = p
	w.stamp++
	if w.stamp == 0 { // after four thousand million records
		clear(w.seen)
		clear(w.slots[:])
		w.stamp = 1
	}
	w.um, w.notes, w.arena, w.extra = w.um[:0], w.notes[:0], w.arena[:0], w.extra[:0]
	if p.layout != nil {
		w.bl = w.output(p.layout).bl
	}
}

// drop forgets the record under way.
func (w *worker) drop() {
	if w.plan.layout != nil {
		w.bl.DropRow()
	}
}

// finish completes the record b[start:end], which has been walked with the
// current plan and came in size bytes. It returns false, and there is no row, when
// a value is too long; the caller quarantines the record.
func (w *worker) finish(start, end, size int) bool {
	p, l := w.plan, w.plan.layout
	o := w.out[l]
	if o.plan != p {
		w.fill(o)
		o.plan, o.from = p, o.bl.Rows()
	}
	for _, s := range p.steps {
		s.run(w, s.to, s.slots)
	}
	if l.time >= 0 && !w.bl.IsSet(l.time) {
		w.note("TimeGenerated is the time of receipt", "", nil)
		w.bl.SetInt64(l.time, w.msg.Received)
	}
	for _, k := range p.keep {
		if !empty(w.slot(k.slot)) {
			w.leftover(k.name, k.slot)
		}
	}
	if len(w.extra) > 0 {
		w.bl.SetText(l.cols["AdditionalFields"].col, append(w.extra, '}'))
	}
	if l.size >= 0 {
		w.bl.SetFloat64(l.size, float64(size))
	}
	if p.ex == nil && max(w.bl.Widest(), len(w.um)) > maxValue {
		w.drop()
		w.err = "a value is longer than 64 KiB"
		return false
	}
	w.markRepeat(start, end)
	if p.ex != nil {
		w.explode(p)
		return true
	}
	w.endRow()
	return true
}

// endRow completes a row.
func (w *worker) endRow() {
	l := w.plan.layout
	w.bl.SetInt64(l.seq, w.msg.Seq+int64(w.ordinal))
	w.bl.SetInt32(l.ordinal, int32(w.ordinal))
	if len(w.um) > 0 {
		w.um = append(w.um, '}')
		w.bl.SetText(l.unmapped, w.um)
		w.um = w.um[:len(w.um)-1]
	}
	if len(w.notes) > 0 {
		w.notes = append(w.notes, ']')
		w.bl.SetText(l.notes, w.notes)
		w.notes = w.notes[:len(w.notes)-1]
	}
	w.bl.EndRow()
	if w.trace != nil {
		w.tell(l)
	}
	w.ordinal++
}

// leftover keeps the value of a slot that no column took. The first category
// of an entry need not be kept: the table says it.
func (w *worker) leftover(name string, slot int) {
	if m := w.plan.entry.Match; slot == slotCategory && len(m.Categories) > 0 && strings.EqualFold(string(w.slotText(slot)), m.Categories[0]) {
		return
	}
	if w.plan.root.flatten {
		w.flatten(int(w.slots[slot].start), "", []byte(name), "")
		return
	}
	w.unmapped(name, nil, w.slot(slot))
}
