// Package ecs writes events as documents of the Elastic Common Schema, with the field names that Elastic's
// integrations for Azure use.
//
// Invariant: a document is one line of JSON in which no name is there twice, so that it can be indexed, and
// which has every value of the row.
package ecs

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/mapping"
)

// Version of the schema that documents name.
const Version = "8.11.0"

// A Formatter writes events. It is used by one goroutine at a time.
type Formatter struct {
	plans  map[string]*layout // by table
	values mapping.Values
	keep   bool     // names of columns are written as they are
	names  [][2]int // places in dst of the names of columns without a field
}

// New makes a formatter.
func New() *Formatter { return &Formatter{plans: map[string]*layout{}} }

// A layout is a plan as a tree of objects.
type layout struct {
	plan *mapping.Plan
	root node
}

// A node is an object, or a field of one.
type node struct {
	name   string         // as it is written, with quotes and colon
	fields []node         // by name, and at last the one that leads to the rest
	outs   []*mapping.Out // of a field: one, two with opposite conditions, or those that a list gathers
	list   bool
	rest   bool            // the object takes the columns without a field
	taken  map[string]bool // then: the names it has already
}

var compiled = sync.OnceValue(func() map[*mapping.Mapping]*layout {
	layouts := map[*mapping.Mapping]*layout{}
	all := mapping.All()
	for i := range all {
		l, err := newLayout(&all[i])
		if err != nil {
			panic(fmt.Sprintf("ecs: mapping of %v: %v", all[i].Tables, err))
		}
		layouts[&all[i]] = l
	}
	return layouts
})

func newLayout(m *mapping.Mapping) (*layout, error) {
	with := *m
	with.Fields = append([]mapping.Field{{From: "=" + m.Dataset, ECS: "event.dataset"}}, m.Fields...)
	p, err := mapping.Compile(&with, mapping.ECS)
	if err != nil {
		return nil, err
	}
	l := &layout{plan: p}
	for i := range p.Outs {
		o := &p.Outs[i]
		if o.Key == "-" {
			l.root.outs = append(l.root.outs, o) // they take their columns and write nothing
			continue
		}
		key, list := strings.CutSuffix(o.Key, "[]")
		n := l.root.find(strings.Split(key, "."))
		if len(n.outs) > 0 && (!list || !n.list) && !o.Excludes(n.outs[0]) || len(n.fields) > 0 {
			return nil, fmt.Errorf("%s is a field twice, or a field and an object", key)
		}
		n.outs, n.list = append(n.outs, o), list
	}
	rest := l.root.find(strings.Split(m.Rest, "."))
	if len(rest.outs) > 0 {
		return nil, fmt.Errorf("%s is a field and takes the rest", m.Rest)
	}
	rest.rest, rest.taken = true, map[string]bool{}
	for _, f := range rest.fields {
		rest.taken[f.name[1:len(f.name)-2]] = true
	}
	if err := l.root.check(""); err != nil {
		return nil, err
	}
	// The rest is known when all fields are written: the objects on the way to it are the last of their objects.
	at := &l.root
	for _, name := range strings.Split(m.Rest, ".") {
		i := slices.IndexFunc(at.fields, func(f node) bool { return f.name == `"`+name+`":` })
		last := len(at.fields) - 1
		at.fields = append(slices.Delete(slices.Clone(at.fields), i, i+1), at.fields[i])
		at = &at.fields[last]
	}
	return l, nil
}

// find is the node of a path, made where there is none. Names are kept in order.
func (n *node) find(path []string) *node {
	for _, name := range path {
		name = `"` + name + `":`
		i, found := slices.BinarySearchFunc(n.fields, name, func(f node, name string) int { return strings.Compare(f.name, name) })
		if !found {
			n.fields = slices.Insert(n.fields, i, node{name: name})
		}
		n = &n.fields[i]
	}
	return n
}

// check reports a field that is an object, too.
func (n *node) check(at string) error {
	if at != "" && len(n.outs) > 0 && len(n.fields) > 0 {
		return fmt.Errorf("%s is a field and an object", at)
	}
	for i := range n.fields {
		if err := n.fields[i].check(at + "." + n.fields[i].name); err != nil {
			return err
		}
	}
	return nil
}

func (f *Formatter) layout(table string) *layout {
	l := f.plans[table]
	if l == nil {
		l = compiled()[mapping.For(table)]
		f.plans[table] = l
	}
	return l
}

// Dataset is the dataset of a table's data stream.
func (f *Formatter) Dataset(table string) string { return f.layout(table).plan.Mapping.Dataset }

// Append appends the document, without a line break. It is false, and nothing is appended, when the event's row is
// no object.
func (f *Formatter) Append(dst []byte, e *lazuli.Event) ([]byte, bool) {
	if n := len(e.Row); n < 2 || e.Row[0] != '{' || e.Row[n-1] != '}' {
		return dst, false
	}
	l := f.layout(e.Table)
	l.plan.Read(&f.values, e)
	f.keep = l.plan.Mapping.KeepNames
	var none []byte
	for _, o := range l.root.outs {
		none, _ = o.Append(none[:0], &f.values, true)
	}
	dst = append(dst, `{"@timestamp":"`...)
	dst = mapping.AppendTime(dst, e.Time)
	dst = append(dst, `","data_stream":{"dataset":"`...)
	dst = append(dst, l.plan.Mapping.Dataset...)
	dst = append(dst, `","type":"logs"},"ecs":{"version":"`+Version+`"}`...)
	for i := range l.root.fields {
		dst = f.node(dst, &l.root.fields[i], true)
	}
	return append(dst, '}'), true
}

// node writes a field or an object, with the comma before it, or nothing where it would be empty.
func (f *Formatter) node(dst []byte, n *node, comma bool) []byte {
	from := len(dst)
	if comma {
		dst = append(dst, ',')
	}
	dst = append(dst, n.name...)
	switch {
	case len(n.outs) > 0 && !n.list:
		for _, o := range n.outs {
			var ok bool
			if dst, ok = o.Append(dst, &f.values, true); ok {
				return dst
			}
		}
		return dst[:from]
	case n.list:
		dst = append(dst, '[')
		begin := len(dst)
		for _, o := range n.outs {
			at := len(dst)
			if at > begin {
				dst = append(dst, ',')
			}
			var ok bool
			if dst, ok = o.Append(dst, &f.values, true); !ok {
				dst = dst[:at]
			}
		}
		if len(dst) == begin {
			return dst[:from]
		}
		return append(dst, ']')
	}
	dst = append(dst, '{')
	begin := len(dst)
	for i := range n.fields {
		dst = f.node(dst, &n.fields[i], len(dst) > begin)
	}
	if n.rest {
		dst = f.rest(dst, n, begin)
	}
	if len(dst) == begin {
		return dst[:from]
	}
	return append(dst, '}')
}

// rest writes the columns without a field of their own. A name that is taken gets a _ behind it.
func (f *Formatter) rest(dst []byte, n *node, begin int) []byte {
	f.names = f.names[:0]
	f.values.Rest(func(name, value []byte) {
		if len(dst) > begin {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		at := len(dst)
		dst = appendName(dst, name, f.keep)
		for n.taken[string(dst[at:])] || f.named(dst, at) {
			dst = append(dst, '_')
		}
		f.names = append(f.names, [2]int{at, len(dst)})
		dst = mapping.AppendField(append(dst, '"', ':'), value)
	})
	return dst
}

func (f *Formatter) named(dst []byte, at int) bool {
	for _, p := range f.names {
		if bytes.Equal(dst[p[0]:p[1]], dst[at:]) {
			return true
		}
	}
	return false
}

// appendName writes a column's name, in snake_case but where names are kept. A dot would make an object of it, so it becomes _.
func appendName(dst, name []byte, keep bool) []byte {
	at := len(dst)
	if keep {
		dst = append(dst, name...)
	} else {
		dst = mapping.AppendSnake(dst, name)
	}
	for i, c := range dst[at:] {
		if c == '.' {
			dst[at+i] = '_'
		}
	}
	if len(dst) == at {
		dst = append(dst, '_')
	}
	return dst
}
