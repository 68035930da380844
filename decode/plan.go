package decode

import (
	"fmt"
	"slices"
	"strings"

	"lazuli.dev/lazuli/chunk"
	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/schema"
)

// A tableLayout is what the builder of a table looks like: the parts of the
// table's columns in order, then those of the system columns. Columns found at
// run time come after.
type tableLayout struct {
	table *schema.Table
	specs []chunk.Spec
	cols  map[string]*target

	seq, ordinal, origin, position, version, received, unmapped, notes int
	workspace, typ, billable, size, time                               int // -1: the table lacks it
}

// A target is a column as the scanner sees it.
type target struct {
	name string
	typ  types.Type
	guid bool // text that is a GUID goes to col as UUID, any other text to col+1
	col  int
}

func newLayout(t *schema.Table) *tableLayout {
	l := &tableLayout{table: t, cols: map[string]*target{}}
	for _, c := range slices.Concat(t.Columns, schema.System) {
		l.cols[c.Name] = &target{name: c.Name, typ: c.Type, guid: c.Type == types.String && c.Encoding == schema.GUID, col: len(l.specs)}
		l.specs = append(l.specs, specsOf(c)...)
	}
	at := func(name string) int {
		if t, ok := l.cols[name]; ok {
			return t.col
		}
		return -1
	}
	l.seq, l.ordinal, l.origin, l.position = at("_Seq"), at("_Ordinal"), at("_Origin"), at("_Position")
	l.version, l.received, l.unmapped, l.notes = at("_DecoderVersion"), at("_TimeReceived"), at("_Unmapped"), at("_DecodeNotes")
	l.workspace, l.typ, l.billable = at("TenantId"), at("Type"), at("_IsBillable")
	l.size, l.time = at("_BilledSize"), at("TimeGenerated")
	return l
}

// specsOf returns the columns of a chunk that hold a column of a table.
func specsOf(c schema.Column) []chunk.Spec {
	var specs []chunk.Spec
	for _, p := range c.Parts() {
		k, ok := chunk.KindOf(p.SQLType)
		if !ok {
			panic(fmt.Sprintf("decode: column %s: no chunk holds %s", c.Name, p.SQLType))
		}
		specs = append(specs, chunk.Spec{Name: p.Name, Kind: k, Nullable: p.Nullable})
	}
	return specs
}

// The slots that every plan has: fields that tell what a record is.
const (
	slotCategory = iota
	slotResource
	slotOperation
	slotRecords
	slotValue
	slotEventTime
	slotMetric
	slotFlow
	slotTime
	slotData
	slotAlert
	slotType
	routeSlots
)

var routeKeys = [routeSlots]string{"category", "resourceId", "operationName", "records", "value", "eventTimestamp", "metricName", "[flow.0]", "time",
	"data", "SystemAlertId", "Type"}

// maxSlots bounds the fields that a plan keeps until the record's end.
const maxSlots = 64

// A plan is a compiled entry: a tree of keys that the scanner walks with the
// record, and what is to be done at the record's end.
type plan struct {
	entry  *Entry
	layout *tableLayout
	root   *node
	names  []string       // of the slots
	held   [maxSlots]bool // slots whose value a column has as it is, whatever a step does with it
	consts []constant
	steps  []stepCall
	keep   []kept // slots that no column takes
	same   []int  // slots that identify the event
	re     *reshape
	reSlot int
	ex     *explosion
	exCols [tupleFields][]*target
	exLost [tupleFields]bool // values of a tuple that no column takes
	exSlot int
}

type constant struct {
	col  int
	text []byte
}

type stepCall struct {
	run   func(w *worker, t *target, slots []int) fit
	to    *target
	slots []int
}

type kept struct {
	slot int
	name string // path
}

// A node is a key of the record that the plan knows.
type node struct {
	id      int // numbers nodes of all plans
	name    string
	under   string // what stands before a key below it in _Unmapped
	targets []*target
	slot    int // -1: none
	kids    map[string]*node
	covered bool // a column holds the whole value, so nothing below it is unmapped
	flatten bool // keys below it that no entry names become columns of their own
}

type compiler struct {
	nodes   int
	layouts map[string]*tableLayout
}

func (c *compiler) node(name string) *node {
	c.nodes++
	n := &node{id: c.nodes - 1, name: name, slot: -1}
	if name != "" {
		n.under = name + "."
	}
	return n
}

// split cuts a path into its keys. A key that holds a dot stands in brackets:
// identity.claims[http://schemas.example.org/upn].
func split(path string) []string {
	var keys []string
	for path != "" {
		if path[0] == '[' {
			end := strings.IndexByte(path, ']')
			keys = append(keys, path[1:end])
			path = strings.TrimPrefix(path[end+1:], ".")
			continue
		}
		end := strings.IndexAny(path, ".[")
		if end < 0 {
			return append(keys, path)
		}
		keys = append(keys, path[:end])
		path = strings.TrimPrefix(path[end:], ".")
	}
	return keys
}

// at returns the node of a path below root, making it when there is none.
func (c *compiler) at(root *node, path string) *node {
	n := root
	keys := split(path)
	for i, k := range keys {
		l := strings.ToLower(k)
		kid := n.kids[l]
		if kid == nil {
			kid = c.node(strings.Join(keys[:i+1], "."))
			if n.kids == nil {
				n.kids = map[string]*node{}
			}
			n.kids[l] = kid
		}
		n = kid
	}
	return n
}

func (c *compiler) layout(table string) (*tableLayout, error) {
	if l := c.layouts[table]; l != nil {
		return l, nil
	}
	t, ok := schema.Lookup(table)
	if !ok {
		return nil, fmt.Errorf("no table %s", table)
	}
	l := newLayout(t)
	c.layouts[table] = l
	return l, nil
}

// base returns a plan that knows only the keys that every plan knows.
func (c *compiler) base() *plan {
	p := &plan{root: c.node("")}
	for i, k := range routeKeys {
		n := c.at(p.root, k)
		n.slot = i
		p.names = append(p.names, n.name)
	}
	return p
}

func (c *compiler) slot(p *plan, path string) int {
	n := c.at(p.root, path)
	if n.slot < 0 {
		n.slot = len(p.names)
		p.names = append(p.names, n.name)
	}
	return n.slot
}

// compile turns an entry into a plan.
func (c *compiler) compile(e *Entry) (*plan, error) {
	l, err := c.layout(e.Table)
	if err != nil {
		return nil, err
	}
	p := c.base()
	p.entry, p.layout = e, l
	taken := map[int]bool{} // slots of which some step uses the whole value
	given := map[string]bool{}
	for _, col := range e.Columns {
		t := l.cols[col.Name]
		if t == nil {
			return nil, fmt.Errorf("table %s has no column %s", e.Table, col.Name)
		}
		if given[col.Name] {
			return nil, fmt.Errorf("column %s is filled twice", col.Name)
		}
		given[col.Name] = true
		switch {
		case strings.HasPrefix(col.From, "="):
			if t.typ != types.String {
				return nil, fmt.Errorf("column %s: constants are strings", col.Name)
			}
			p.consts = append(p.consts, constant{t.col, []byte(col.From[1:])})
		case strings.HasPrefix(col.From, "@"):
			f, ok := tupleField(col.From[1:])
			if !ok || e.Explode == "" {
				return nil, fmt.Errorf("column %s: nothing makes %s", col.Name, col.From)
			}
			p.exCols[f] = append(p.exCols[f], t)
		case col.How != "":
			s, ok := steps[col.How]
			if !ok {
				return nil, fmt.Errorf("column %s: no step %s", col.Name, col.How)
			}
			call := stepCall{run: s.run, to: t}
			for path := range strings.SplitSeq(col.From, "|") {
				call.slots = append(call.slots, c.slot(p, path))
				if s.whole {
					taken[call.slots[len(call.slots)-1]] = true
				}
			}
			p.steps = append(p.steps, call)
		case strings.Contains(col.From, "|"):
			call := stepCall{run: first, to: t}
			for path := range strings.SplitSeq(col.From, "|") {
				call.slots = append(call.slots, c.slot(p, path))
				taken[call.slots[len(call.slots)-1]] = true
			}
			p.steps = append(p.steps, call)
		default:
			n := c.at(p.root, col.From)
			n.targets = append(n.targets, t)
		}
	}
	for _, path := range e.Same {
		p.same = append(p.same, c.slot(p, path))
	}
	if e.Reshape != "" {
		r, ok := reshapes[e.Reshape]
		if !ok {
			return nil, fmt.Errorf("no step %s", e.Reshape)
		}
		p.re, p.reSlot = &r, c.slot(p, r.at)
	}
	if e.Explode != "" {
		x, ok := explosions[e.Explode]
		if !ok {
			return nil, fmt.Errorf("no step %s", e.Explode)
		}
		p.ex = &x
		p.exSlot = c.slot(p, x.at)
		taken[p.exSlot] = true
		for f := range tRuleType {
			other, ok := instead[f]
			p.exLost[f] = len(p.exCols[f]) == 0 && (!ok || len(p.exCols[other]) == 0)
		}
	}
	for _, std := range []constant{{l.typ, []byte(e.Table)}, {l.billable, []byte("True")}} {
		if std.col >= 0 {
			p.consts = append(p.consts, std)
		}
	}
	if t := l.cols["SourceSystem"]; t != nil && !given["SourceSystem"] {
		p.consts = append(p.consts, constant{t.col, []byte("Azure")})
	}
	if e.Match.Shape == shapeResource {
		p.root.flatten = true
		c.at(p.root, "properties").flatten = true
	}
	p.cover(p.root, false, taken)
	if len(p.same) > len(identity{}.spans) {
		return nil, fmt.Errorf("%d fields identify an event, %d at most", len(p.same), len(identity{}.spans))
	}
	if len(p.names) > maxSlots {
		return nil, fmt.Errorf("%d fields are kept until the end, %d at most", len(p.names), maxSlots)
	}
	return p, nil
}

// cover marks what a column holds as a whole and lists the slots that nobody
// else accounts for.
func (p *plan) cover(n *node, covered bool, taken map[int]bool) {
	n.covered = covered || len(n.targets) > 0
	if n.slot >= 0 && n.slot < maxSlots {
		p.held[n.slot] = n.covered
		n.covered = n.covered || taken[n.slot]
	}
	if n.slot >= 0 && !n.covered && n.kids == nil {
		p.keep = append(p.keep, kept{slot: n.slot, name: n.name})
	}
	for _, kid := range n.kids {
		p.cover(kid, n.covered, taken)
	}
	if n == p.root {
		slices.SortFunc(p.keep, func(a, b kept) int { return a.slot - b.slot })
	}
}
