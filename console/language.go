package console

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/decode"
	"lazuli.dev/lazuli/kql"
	"lazuli.dev/lazuli/kql/builtin"
	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/query"
	"lazuli.dev/lazuli/schema"
)

// clrTypes are how Kusto writes a column's type in the answer of `.show schema as json`.
var clrTypes = map[types.Type]string{
	types.Bool: "System.SByte", types.Int: "System.Int32", types.Long: "System.Int64", types.Real: "System.Double",
	types.Decimal: "System.Data.SqlTypes.SqlDecimal", types.DateTime: "System.DateTime", types.Timespan: "System.TimeSpan",
	types.String: "System.String", types.Guid: "System.Guid", types.Dynamic: "System.Object",
}

// The answer of `.show schema as json`, with what is known of rows beside it.
type (
	showSchema struct {
		Plugins   []struct{}          `json:"Plugins"`
		Databases map[string]database `json:"Databases"`
	}
	database struct {
		Name      string
		Tables    map[string]table
		Functions map[string]struct{}
	}
	table struct {
		Name           string
		DocString      string `json:",omitempty"`
		OrderedColumns []column
		HasRows        bool      `json:"hasRows"`
		Decoders       []decoder `json:"decoders,omitempty"`
	}
	// decoder says which records land in a table.
	decoder struct {
		Service    string   `json:"service"`
		Categories []string `json:"categories,omitempty"`
		Doc        string   `json:"doc"`
	}
	column struct {
		Name      string
		Type      string
		CslType   string
		DocString string `json:",omitempty"`
	}
)

// schema answers with the tables of the workspace in the form that Kusto's editor reads.
func (c *Console) schema(w http.ResponseWriter, r *http.Request) {
	ws, ok := c.workspace(w, r)
	if !ok {
		return
	}
	tables, err := c.o.Tables(r.Context(), ws, true)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	decoders, mappings := decodersByTable(), mappingsByColumn()
	db := database{Name: ws, Tables: make(map[string]table, len(tables)), Functions: map[string]struct{}{}}
	for _, t := range tables {
		shown := table{Name: t.Name, DocString: t.Doc, HasRows: t.Rows > 0, Decoders: decoders[t.Name]}
		facts, known := schema.Lookup(t.Name)
		for _, col := range t.Columns {
			out := column{Name: col.Name, Type: clrTypes[col.Type], CslType: col.Type.String()}
			mapping, mapped := mappings[t.Name+"."+col.Name]
			switch {
			case mapped:
				out.DocString = mapping
			case known:
				fact, _ := facts.Column(col.Name)
				out.DocString = fact.Doc
			}
			shown.OrderedColumns = append(shown.OrderedColumns, out)
		}
		db.Tables[t.Name] = shown
	}
	zipped(w, r, showSchema{Plugins: []struct{}{}, Databases: map[string]database{ws: db}})
}

func decodersByTable() map[string][]decoder {
	list := map[string][]decoder{}
	for _, e := range decode.Entries() {
		list[e.Table] = append(list[e.Table], decoder{e.Service, e.Match.Categories, e.Doc})
	}
	return list
}

// mappingsByColumn says what decoders put into a column and where in the wire record they find it, by "Table.Column".
// Where several entries fill it, the first one speaks: it is the form in which Azure itself sends the records.
func mappingsByColumn() map[string]string {
	docs, steps := map[string]string{}, decode.Steps()
	for _, e := range decode.Entries() {
		for _, c := range e.Columns {
			key := e.Table + "." + c.Name
			if docs[key] == "" {
				docs[key] = strings.TrimSpace(c.Doc + " " + origin(c.From, steps[c.How]))
			}
		}
	}
	return docs
}

// origin puts the place of a value in the wire record into words; how is what is done to it, "" if nothing.
func origin(from, how string) string {
	// A constant and what is made of the whole record have no place of their own.
	if from == "" || strings.HasPrefix(from, "=") || strings.HasPrefix(from, "@") {
		return ""
	}
	text := "From `" + strings.ReplaceAll(from, "|", "`, else `") + "`"
	if how == "" {
		return text + "."
	}
	return text + ": " + strings.ToLower(how[:1]) + how[1:]
}

// A function is what an editor shows of one.
type function struct {
	Name       string    `json:"name"`
	Aliases    []string  `json:"aliases,omitempty"`
	Kind       string    `json:"kind"`
	Signatures []string  `json:"signatures"`
	Doc        string    `json:"doc"`
	Examples   []example `json:"examples,omitempty"`
}

type example struct {
	KQL  string `json:"kql"`
	Want string `json:"want"`
}

// language answers with the functions that queries may call, with those of Kusto's that they may not, and with the
// columns that every table has beside its own.
func (c *Console) language(w http.ResponseWriter, r *http.Request) {
	kind := map[builtin.Kind]string{builtin.Scalar: "scalar", builtin.Aggregate: "aggregate", builtin.Window: "window"}
	list := []function{}
	for _, f := range builtin.All() {
		out := function{Name: f.Name, Aliases: f.Aliases, Kind: kind[f.Kind], Signatures: f.Sigs, Doc: f.Doc}
		for _, e := range f.Examples[:min(2, len(f.Examples))] {
			out.Examples = append(out.Examples, example(e))
		}
		list = append(list, out)
	}
	refused := slices.DeleteFunc(builtin.KustoFunctions(), func(name string) bool {
		_, ok := builtin.Lookup(name)
		return ok
	})
	for _, name := range builtin.KustoPlugins() {
		if !plugin(name) {
			refused = append(refused, name)
		}
	}
	slices.Sort(refused)
	hidden := []column{}
	for _, col := range schema.System {
		hidden = append(hidden, column{col.Name, clrTypes[col.Type], col.Type.String(), col.Doc})
	}
	zipped(w, r, map[string]any{"functions": list, "refused": refused, "systemColumns": hidden})
}

// plugin reports whether evaluate takes the plug-in, by what the compiler says of a call.
func plugin(name string) bool {
	_, err := kql.Plan("print d = dynamic({}) | evaluate "+name+"(d)", kql.Options{Catalog: catalog{}})
	var wrong *kql.Error
	return !errors.As(err, &wrong) || wrong.Code != notSupported
}

// notSupported is the compiler's code for what Kusto has and Lazuli has not.
const notSupported = "LAZ0001"

// A fault of a query, as the offsets of its text in UTF-16 units: what an editor counts in.
type fault struct {
	Start   int    `json:"start"`
	End     int    `json:"end"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// check says what is wrong with a query that is being written, without running it.
func (c *Console) check(w http.ResponseWriter, r *http.Request) {
	ws, ok := c.workspace(w, r)
	if !ok {
		return
	}
	b, err := body(w, r, maxDocument)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	var q struct{ Query string }
	if err := json.Unmarshal(b, &q); err != nil {
		c.fail(w, r, refuse(http.StatusBadRequest, "The body must be {\"query\":\"…\"}."))
		return
	}
	known, err := c.names.of(r.Context(), ws, c.o.Tables)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	faults := []fault{}
	_, err = kql.Plan(q.Query, kql.Options{Catalog: known, Now: lazuli.Ticks(time.Now()), Database: ws})
	var wrong *kql.Error
	switch {
	case errors.As(err, &wrong) && wrong.Code == kql.NeedsRows: // no fault of the text
	case errors.As(err, &wrong):
		message := wrong.Message
		if wrong.Suggestion != "" {
			message += ". " + wrong.Suggestion
		}
		start := min(max(wrong.Span.Start, 0), len(q.Query))
		end := min(max(wrong.Span.End, start), len(q.Query))
		faults = append(faults, fault{utf16Len(q.Query[:start]), utf16Len(q.Query[:end]), wrong.Code, message})
	case err != nil:
		c.fail(w, r, err)
		return
	}
	answer(w, http.StatusOK, map[string]any{"faults": faults})
}

func utf16Len(text string) (n int) {
	for _, r := range text {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}

// catalogTime is how long a workspace's tables are taken as known, so that each pause in typing costs no listing.
const catalogTime = 10 * time.Second

type heldCatalog struct {
	tables catalog
	until  time.Time
}

// catalogs holds what the last check of each workspace saw.
type catalogs struct {
	mu   sync.Mutex
	held map[string]heldCatalog
}

func (cs *catalogs) of(ctx context.Context, workspace string, list func(context.Context, string, bool) ([]query.TableInfo, error)) (catalog, error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if h, ok := cs.held[workspace]; ok && time.Now().Before(h.until) {
		return h.tables, nil
	}
	tables, err := list(ctx, workspace, true)
	if err != nil {
		return catalog{}, err
	}
	c := catalog{byName: make(map[string]*types.Table, len(tables))}
	var hidden []types.Column
	for _, col := range schema.System {
		hidden = append(hidden, types.Column{Name: col.Name, Type: col.Type})
	}
	for _, t := range tables {
		c.byName[t.Name] = &types.Table{Name: t.Name, Columns: t.Columns, Hidden: hidden}
		c.names = append(c.names, t.Name)
	}
	slices.Sort(c.names)
	cs.held[workspace] = heldCatalog{c, time.Now().Add(catalogTime)}
	return c, nil
}

// A catalog is the tables of a workspace as the compiler asks for them.
type catalog struct {
	names  []string
	byName map[string]*types.Table
}

func (c catalog) Table(name string) (*types.Table, bool) {
	t, ok := c.byName[name]
	return t, ok
}

func (c catalog) Names() []string { return c.names }

// zipped answers with JSON, compressed where the client takes that: the schema has megabytes.
func zipped(w http.ResponseWriter, r *http.Request, v any) {
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		answer(w, http.StatusOK, v)
		return
	}
	body, err := json.Marshal(v)
	if err != nil { // only what this package makes comes here
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Encoding", "gzip")
	h.Add("Vary", "Accept-Encoding")
	w.WriteHeader(http.StatusOK)
	z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
	_, _ = z.Write(body) // a client that left needs none
	_ = z.Close()
}
