// Package schema knows Azure's log tables: their columns, the types of these
// and how the store encodes them. 978 tables of Log Analytics, Sentinel and
// Defender XDR are built in, and the few that are Lazuli's own.
//
// It knows no storage and no wire format. What it protects: a table has the
// names and types that published queries expect, and every column has one
// physical name, which no other column of the table shares even where case is
// not told apart.
package schema

import (
	_ "embed"
	"math/big"
	"sort"
	"strconv"
	"strings"
	"sync"

	"lazuli.dev/lazuli/kql/types"
)

//go:generate go run ./facts $LAZULI_TABLES facts/tables.txt

// facts has a line for each table; see schema/facts for its form.
//
//go:embed facts/tables.txt
var facts string

// An Encoding is how the store holds the values of a string or dynamic column.
type Encoding uint8

const (
	// Plain is one VARCHAR column.
	Plain Encoding = iota
	// GUID is for texts that are mostly different GUIDs: two columns, x of type
	// UUID for a canonical lower-case GUID and x__text for any other text that is
	// not empty. The value is coalesce(x__text, x::VARCHAR, '').
	GUID
	// Long is one VARCHAR column with zstd compression, for long texts that are
	// mostly different.
	Long
)

// A Column of a table.
type Column struct {
	Name     string
	Type     types.Type
	Encoding Encoding
	Physical string // its name in the store; see [Column.Parts]
	Doc      string // one sentence, may be empty
}

// A Table with its columns in the order of the reference.
type Table struct {
	Name    string
	Doc     string
	Columns []Column

	byName map[string]int
}

// A Part is a column of the store that holds a column of a table, or half of it.
type Part struct {
	Name        string
	SQLType     string // as DuckDB names it
	Compression string // for USING COMPRESSION, "" for the engine's choice
	Nullable    bool   // a string is never null, but empty
}

// sqlTypes are the values of DESIGN's table: datetime and timespan are ticks,
// dynamic is JSON text.
var sqlTypes = map[types.Type]string{
	types.Bool: "BOOLEAN", types.Int: "INTEGER", types.Long: "BIGINT", types.Real: "DOUBLE",
	types.Decimal: "DECIMAL(38,18)", types.DateTime: "BIGINT", types.Timespan: "BIGINT",
	types.String: "VARCHAR", types.Guid: "UUID", types.Dynamic: "VARCHAR",
}

// TextSuffix is what the second physical name of a GUID column ends in.
const TextSuffix = "__text"

// Parts returns the physical columns of c: one, or two for [GUID].
func (c Column) Parts() []Part {
	switch {
	case c.Type == types.String && c.Encoding == GUID:
		return []Part{{c.Physical, "UUID", "", true}, {c.Physical + TextSuffix, "VARCHAR", "", true}}
	case c.Encoding == Long:
		return []Part{{c.Physical, sqlTypes[c.Type], "zstd", c.Type != types.String}}
	}
	return []Part{{c.Physical, sqlTypes[c.Type], "", c.Type != types.String && c.Name != "_Seq"}}
}

// System has the columns that every table has beside its own. They are hidden:
// a query finds them only by name.
var System = []Column{
	{Name: "_Seq", Type: types.Long, Doc: "Sequence of the row in the store: the frame's sequence, shifted left by 24, plus the row's ordinal in the frame."},
	{Name: "_Origin", Type: types.String, Doc: "Where the record came from: source, partition and incarnation."},
	{Name: "_Position", Type: types.Long, Doc: "Position of the message in its origin."},
	{Name: "_Ordinal", Type: types.Int, Doc: "Number of the row within its message, from 0."},
	{Name: "_DecoderVersion", Type: types.Int, Doc: "Version of the decoder that made the row."},
	{Name: "_TimeReceived", Type: types.DateTime, Doc: "When the message was received."},
	{Name: "_Unmapped", Type: types.Dynamic, Doc: "Fields of the record that no column took, by their path."},
	{Name: "_DecodeNotes", Type: types.Dynamic, Doc: "What the decoder had to say about the record, an array of texts; null when all was well."},
}

// Quarantine is the name of the table that takes records nobody can read.
const Quarantine = "LazuliQuarantine"

// own are the tables that are not Azure's.
var own = []*Table{{
	Name: Quarantine,
	Doc:  "Records, or pieces of messages, that could not be decoded, with their bytes and the reason; a long piece has a row for every 32 KiB.",
	Columns: []Column{
		{Name: "TenantId", Type: types.String, Doc: "Id of the workspace."},
		{Name: "TimeGenerated", Type: types.DateTime, Doc: "When the bytes were received."},
		{Name: "Reason", Type: types.String, Doc: "Why they were not decoded, the same words for the same reason."},
		{Name: "Detail", Type: types.String, Doc: "What is particular to this piece, for example where the error is."},
		{Name: "ContentKind", Type: types.String, Doc: "What the piece seems to be: json, text or binary."},
		{Name: "Raw", Type: types.String, Encoding: Long, Doc: "The bytes, when they are valid UTF-8."},
		{Name: "RawBase64", Type: types.String, Encoding: Long, Doc: "The bytes in base64, when they are not valid UTF-8."},
		{Name: "RawOffset", Type: types.Long, Doc: "Where the piece begins in the message, in bytes."},
		{Name: "RawLength", Type: types.Long, Doc: "Length of the piece in bytes."},
		{Name: "Origin", Type: types.String, Doc: "Where the message came from."},
		{Name: "SourceSystem", Type: types.String, Doc: "Lazuli."},
		{Name: "Type", Type: types.String, Doc: "Name of the table."},
		{Name: "_IsBillable", Type: types.String, Doc: "False."},
		{Name: "_BilledSize", Type: types.Real, Doc: "Length of the piece in bytes."},
	},
}}

// extra are further columns of Azure's tables: what the wire has and the original, which
// aggregates, leaves out, and the standard columns where Azure's list of a table lacks them.
var extra = map[string][]Column{
	"AzureNetworkAnalytics_CL": {
		{Name: "SrcPort_d", Type: types.Real, Doc: "Source port of the flow. Not in the original, which aggregates source ports."},
		{Name: "FlowState_s", Type: types.String, Doc: "B begins, C continues, E ends a flow. Not in the original."},
		{Name: "_IsBillable", Type: types.String, Doc: "True."},
		{Name: "_BilledSize", Type: types.Real, Doc: "Size of the row in bytes."},
	},
}

func init() {
	for i := range System {
		System[i].Physical = System[i].Name
	}
	for _, t := range own {
		t.name()
	}
}

// index finds the line of a table; lines are split into columns when asked for.
var index = sync.OnceValue(func() map[string]func() *Table {
	m := make(map[string]func() *Table, 1024)
	for line := range strings.Lines(facts) {
		name, _, _ := strings.Cut(line, "|")
		m[name] = sync.OnceValue(func() *Table { return parse(line) })
	}
	for _, t := range own {
		m[t.Name] = func() *Table { return t }
	}
	return m
})

// Lookup returns a built-in table. The caller must not change it.
func Lookup(name string) (*Table, bool) {
	f, ok := index()[name]
	if !ok {
		return nil, false
	}
	return f(), true
}

// All returns the built-in tables, sorted by name. The caller must not change
// them.
var All = sync.OnceValue(func() []*Table {
	all := make([]*Table, 0, len(index()))
	for _, f := range index() {
		all = append(all, f())
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
})

var letters = map[byte]types.Type{
	's': types.String, 'd': types.DateTime, 'r': types.Real, 'i': types.Int, 'l': types.Long, 'b': types.Bool,
	'y': types.Dynamic, 'g': types.Guid, 't': types.Timespan, 'm': types.Decimal,
}

func parse(line string) *Table {
	f := strings.Split(strings.TrimSuffix(line, "\n"), "|")
	t := &Table{Name: f[0]}
	var doc []string
	for i, what := range []string{"Category: ", "Solution: ", "", "Resource types: ", "Old name of "} {
		if v := f[i+1]; v != "" {
			doc = append(doc, what+strings.ReplaceAll(v, ",", ", ")+".")
		}
	}
	t.Doc = strings.ReplaceAll(strings.Join(doc, " "), "..", ".")
	for _, c := range strings.Fields(f[6]) {
		t.Columns = append(t.Columns, Column{Name: c[2:], Type: letters[c[0]], Encoding: encoding(t.Name, c[2:], letters[c[0]])})
	}
	t.Columns = append(t.Columns, extra[t.Name]...)
	t.name()
	return t
}

// name gives columns without a physical name one.
func (t *Table) name() {
	t.byName = make(map[string]int, len(t.Columns))
	taken := make(map[string]bool, len(t.Columns))
	for i := range t.Columns {
		c := &t.Columns[i]
		t.byName[c.Name] = i
		if c.Physical == "" {
			c.Physical = c.Name
			for n := 2; taken[strings.ToLower(c.Physical)]; n++ {
				c.Physical = c.Name + "~" + strconv.Itoa(n)
			}
		}
		taken[strings.ToLower(c.Physical)] = true
	}
}

// Column returns a column by its name.
func (t *Table) Column(name string) (Column, bool) {
	i, ok := t.byName[name]
	if !ok {
		return Column{}, false
	}
	return t.Columns[i], true
}

// With returns a table that has further columns, those found at run time.
// Columns whose name the table has already are left out. t is not changed.
func (t *Table) With(cols ...Column) *Table {
	w := &Table{Name: t.Name, Doc: t.Doc, Columns: append([]Column(nil), t.Columns...)}
	for _, c := range cols {
		if _, ok := t.Column(c.Name); !ok {
			if c.Physical == "" {
				c.Physical = Found(c.Name, c.Type).Physical
			}
			w.Columns = append(w.Columns, c)
		}
	}
	w.name()
	return w
}

// Found returns a column found at run time. Its physical name must not depend
// on what was found before it, because that differs from run to run; and names
// may differ in case only. So it is the name, "~c" and the positions of the
// capital letters as a number in base 36.
func Found(name string, t types.Type) Column {
	var caps big.Int
	for i := range len(name) {
		if c := name[i]; c >= 'A' && c <= 'Z' {
			caps.SetBit(&caps, i, 1)
		}
	}
	return Column{Name: name, Type: t, Physical: name + "~c" + caps.Text(36)}
}

// FoundName returns the name of the column that [Found] gave a physical name,
// false when the physical name is that of a built-in column.
func FoundName(physical string) (string, bool) {
	name, _, ok := strings.Cut(physical, "~c")
	return name, ok
}
