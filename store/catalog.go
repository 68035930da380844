package store

import (
	"fmt"
	"strings"
	"sync"

	"lazuli.dev/lazuli/chunk"
	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/schema"
)

// GapsTable is the name of the table, in each workspace, that lists what was
// lost or given up, and why.
const GapsTable = "LazuliGaps"

// gaps is the table of losses. Its rows are the store's own frames.
var gaps = (&schema.Table{Name: GapsTable, Doc: "What was lost or given up before it was read, and why."}).With(
	ownColumn("TimeGenerated", types.DateTime, "When the gap was recorded."),
	ownColumn("Reason", types.String, "Why there is a gap."),
	ownColumn("Detail", types.String, "What an operator should know: the file, the cursor."),
	ownColumn("Table", types.String, "The table that lost rows; empty when it is not one."),
	ownColumn("FirstSeq", types.Long, "The first sequence that may be missing."),
	ownColumn("LastSeq", types.Long, "The last sequence that may be missing."),
	ownColumn("ReceivedBefore", types.DateTime, "Rows received before this time are gone; null when the gap is not one of time."),
	ownColumn("Rows", types.Long, "How many rows; null when that is not known."),
)

func ownColumn(name string, t types.Type, doc string) schema.Column {
	return schema.Column{Name: name, Type: t, Physical: name, Doc: doc}
}

// A tableDef is what a table looks like: its columns in KQL and in the file. It
// is never changed.
type tableDef struct {
	key      tableKey
	columns  []schema.Column // without the system columns
	parts    []schema.Part   // with them
	specs    []chunk.Spec    // the same
	index    map[string]int  // by physical name
	physical string          // quoted SQL name, with the schema
}

// schemaName returns the schema of a workspace. The engine takes names that differ
// in case for the same, so one with capitals says which they are.
func schemaName(workspace string) string {
	if workspace != strings.ToLower(workspace) {
		workspace = schema.Found(workspace, types.None).Physical
	}
	return "ws:" + workspace
}

// newDef returns the definition of a table with its built-in columns.
func newDef(k tableKey) *tableDef {
	d := &tableDef{key: k}
	t, ok := schema.Lookup(k.table)
	name := k.table
	switch {
	case ok:
		d.columns = t.Columns
	case k.table == GapsTable:
		d.columns = gaps.Columns
	default:
		// Names of unknown tables may differ in case only.
		name = schema.Found(k.table, types.None).Physical
		d.columns = []schema.Column{{Name: "TimeGenerated", Type: types.DateTime, Physical: "TimeGenerated"}}
	}
	d.physical = duck.Ident(schemaName(k.workspace)) + "." + duck.Ident(name)
	d.fill()
	return d
}

// fill computes what follows from the columns.
func (d *tableDef) fill() {
	d.parts, d.specs, d.index = nil, nil, map[string]int{}
	for _, list := range [][]schema.Column{d.columns, schema.System} {
		for _, c := range list {
			for _, p := range c.Parts() {
				kind, _ := chunk.KindOf(p.SQLType)
				d.index[p.Name] = len(d.parts)
				d.parts = append(d.parts, p)
				d.specs = append(d.specs, chunk.Spec{Name: p.Name, Kind: kind, Nullable: p.Nullable})
			}
		}
	}
}

// with returns the definition with further columns.
func (d *tableDef) with(cols []schema.Column) *tableDef {
	n := &tableDef{key: d.key, physical: d.physical}
	n.columns = append(append([]schema.Column(nil), d.columns...), cols...)
	n.fill()
	return n
}

// columnSQL returns the SQL that declares a physical column.
func columnSQL(p schema.Part) string {
	s := duck.Ident(p.Name) + " " + p.SQLType
	if p.Compression != "" {
		s += " USING COMPRESSION " + p.Compression
	}
	if p.SQLType == "VARCHAR" && !p.Nullable {
		s += " DEFAULT ''"
	}
	return s
}

// foundColumn returns the column that a chunk has and nobody declared. Its type
// follows from the kind and, as Azure's own suffixes do, from the name.
func foundColumn(s chunk.Spec) schema.Column {
	name, _ := schema.FoundName(s.Name)
	c := schema.Column{Name: name, Physical: s.Name}
	switch s.Kind {
	case chunk.Bool:
		c.Type = types.Bool
	case chunk.Int32:
		c.Type = types.Int
	case chunk.Int64:
		c.Type = types.Long
		if strings.HasSuffix(name, "_t") {
			c.Type = types.DateTime
		}
	case chunk.Float64:
		c.Type = types.Real
	case chunk.Decimal:
		c.Type = types.Decimal
	case chunk.UUID:
		c.Type = types.Guid
	case chunk.Text:
		c.Type = types.String
		if s.Nullable {
			c.Type = types.Dynamic
		}
	}
	return c
}

// A catalog knows every table that has or had a row, and grows only.
type catalog struct {
	mu   sync.RWMutex
	defs map[tableKey]*tableDef
}

func newCatalog() *catalog { return &catalog{defs: map[tableKey]*tableDef{}} }

func (c *catalog) def(k tableKey) (*tableDef, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	d, ok := c.defs[k]
	return d, ok
}

// columns are those that a table has by now, without the system columns.
func (c *catalog) columns(workspace, table string) []schema.Column {
	d, ok := c.def(tableKey{workspace, table})
	if !ok {
		return nil
	}
	return d.columns
}

// admit checks that a chunk fits its table, and adds what is new to it.
func (c *catalog) admit(ch *chunk.Chunk) error {
	k := tableKey{ch.Workspace, ch.Table}
	if ch.Table == "" || strings.ContainsRune(ch.Table, 0) {
		return fmt.Errorf("%q is no name of a table", ch.Table)
	}
	specs := ch.Specs()
	d, ok := c.def(k)
	if ok {
		if fresh, err := d.fits(specs); err != nil || len(fresh) == 0 {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if d, ok = c.defs[k]; !ok {
		d = newDef(k)
	}
	fresh, err := d.fits(specs)
	if err != nil {
		return err
	}
	if len(fresh) > 0 {
		cols := make([]schema.Column, len(fresh))
		for i, s := range fresh {
			cols[i] = foundColumn(s)
		}
		d = d.with(cols)
	}
	c.defs[k] = d
	return nil
}

// set replaces a definition by one that the file has.
func (c *catalog) set(d *tableDef) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.defs[d.key] = d
}

// fits returns the columns that the table lacks.
func (d *tableDef) fits(specs []chunk.Spec) (fresh []chunk.Spec, err error) {
	seq := false
	for _, s := range specs {
		i, ok := d.index[s.Name]
		switch {
		case !ok:
			fresh = append(fresh, s)
		case d.specs[i].Kind != s.Kind:
			return nil, fmt.Errorf("column %s of %s is %s in the table and %s in the rows", s.Name, d.key.table, d.specs[i].Kind, s.Kind)
		case s.Nullable && !d.specs[i].Nullable && s.Kind == chunk.Text:
			return nil, fmt.Errorf("column %s of %s may be null in the rows and not in the table", s.Name, d.key.table)
		}
		seq = seq || s.Name == "_Seq"
	}
	if !seq {
		return nil, fmt.Errorf("rows of %s have no _Seq", d.key.table)
	}
	return fresh, nil
}
