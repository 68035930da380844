package query

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/kql/dialect"
	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/schema"
	"lazuli.dev/lazuli/store"
)

// resourceColumn is where Azure writes which resource a row is about.
const resourceColumn = "_ResourceId"

// workspaces are all that the request reads.
func (r *Request) workspaces() []string { return append([]string{r.Workspace}, r.More...) }

// A catalog is the tables that one request can see: those with rows in its workspaces, and all built-in ones. It
// confines what is read to the request's bounds, below everything that the query's text can say.
type catalog struct {
	view    *store.View
	request *Request
	span    *TimeRange
	known   map[string]*known
	all     bool // Names returns every table that is known
}

// known is a table that was asked for; missing tables are nil.
type known struct {
	types.Table
	columns map[string]schema.Column // by name, the hidden ones too
	states  []store.TableState       // by workspace, without a name where that has none; nil where none has
}

func newCatalog(view *store.View, r *Request, span *TimeRange) *catalog {
	return &catalog{view: view, request: r, span: span, known: map[string]*known{}}
}

// Table returns a table that has rows or a built-in schema.
func (c *catalog) Table(name string) (*types.Table, bool) {
	if t := c.table(name); t != nil {
		return &t.Table, true
	}
	return nil, false
}

func (c *catalog) table(name string) *known {
	if t, ok := c.known[name]; ok {
		return t
	}
	var states []store.TableState
	held := false
	for _, w := range c.request.workspaces() {
		state, found := c.view.Table(w, name)
		states = append(states, state)
		held = held || found
	}
	var t *known
	if held {
		t = describe(name, states)
	} else {
		t = empty(name)
	}
	c.known[name] = t
	return t
}

// empties are the built-in tables as they are without rows, by name: a query to all tables looks at a thousand of
// them, and they never change.
var empties sync.Map

// empty returns a built-in table that has no rows, nil where there is no such table.
func empty(name string) *known {
	if t, ok := empties.Load(name); ok {
		return t.(*known)
	}
	if _, ok := schema.Lookup(name); !ok {
		return nil
	}
	t := describe(name, nil)
	empties.Store(name, t)
	return t
}

// describe puts a table together: its built-in columns, and those that were found in the workspaces.
func describe(name string, states []store.TableState) *known {
	t := &known{Table: types.Table{Name: name}, columns: map[string]schema.Column{}, states: states}
	add := func(list []schema.Column, to *[]types.Column) {
		for _, col := range list {
			if _, ok := t.columns[col.Name]; !ok {
				t.columns[col.Name] = col
				*to = append(*to, types.Column{Name: col.Name, Type: col.Type})
			}
		}
	}
	if builtin, ok := schema.Lookup(name); ok {
		add(builtin.Columns, &t.Columns)
	}
	for _, state := range states {
		add(state.Columns, &t.Columns)
	}
	add(schema.System, &t.Hidden)
	return t
}

// Names returns the names that wildcards and searches go through, sorted: the tables that have rows, or with all
// also those that are only known. The union of all that are known has ten thousand columns.
func (c *catalog) Names() []string {
	var names []string
	for _, w := range c.request.workspaces() {
		for _, t := range c.view.Tables(w) {
			names = append(names, t.Name)
		}
	}
	if c.all {
		for _, t := range schema.All() {
			names = append(names, t.Name)
		}
	} else if len(names) == 0 {
		names = append(names, schema.Quarantine) // "union *" of nothing has no rows, and is no error
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Source returns where the rows of a table are; ok is false where there are none within the request's bounds.
func (c *catalog) Source(name string) (s dialect.Source, ok bool) {
	t := c.table(name)
	if t == nil || t.states == nil {
		return s, false
	}
	s.Physical = func(column string) dialect.Physical {
		col := t.columns[column]
		p := dialect.Physical{Name: col.Physical}
		if col.Type == types.String && col.Encoding == schema.GUID {
			p.Encoding = dialect.GUID
		}
		return p
	}
	bounds := store.Bounds{After: c.request.AfterSeq, Upto: c.request.UptoSeq}
	if c.span != nil {
		// A range that is empty, or ends at the first instant, is not a missing bound.
		bounds.From, bounds.To = c.span.From, max(c.span.To, 1)
	}
	for i, w := range c.request.workspaces() {
		for _, b := range c.view.BranchesWithin(w, name, bounds) {
			has := func(physical string) bool { return b.Has(physical) && !t.differs(i, physical) }
			where, never := c.where(b.Where, has)
			if !never {
				s.Branches = append(s.Branches, dialect.Branch{From: b.From, Where: where, Has: has})
			}
		}
	}
	return s, len(s.Branches) > 0
}

// differs reports whether the column has another type in that workspace than in the table as the query sees
// it, which takes the first: such values are left out rather than taken for what they are not.
func (t *known) differs(workspace int, physical string) bool {
	for _, col := range t.states[workspace].Columns {
		if col.Physical == physical {
			return t.columns[col.Name].Type != col.Type
		}
	}
	return false
}

// where joins a branch's own condition with the request's bounds. never says that no row can meet them.
func (c *catalog) where(own string, has func(string) bool) (text string, never bool) {
	var all []string
	if own != "" {
		all = append(all, "("+own+")")
	}
	if c.request.AfterSeq != 0 {
		all = append(all, `"_Seq" > `+strconv.FormatInt(c.request.AfterSeq, 10))
	}
	if c.request.UptoSeq != 0 {
		all = append(all, `"_Seq" <= `+strconv.FormatInt(c.request.UptoSeq, 10))
	}
	if c.request.Resource != "" {
		if !has(resourceColumn) {
			return "", true
		}
		id := strings.ToLower(strings.TrimRight(c.request.Resource, "/"))
		column := `lower("` + resourceColumn + `")`
		all = append(all, "("+column+" = "+duck.Literal(id)+" OR starts_with("+column+", "+duck.Literal(id+"/")+"))")
	}
	return strings.Join(all, " AND "), false
}
