package kqltest_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lazuli.dev/lazuli/kql"
	"lazuli.dev/lazuli/kql/dialect"
	"lazuli.dev/lazuli/kql/kqltest"
	"lazuli.dev/lazuli/kql/types"
)

// fuzzTable has a column of every type, and T of every kind.
type fuzzTable struct{ source dialect.Source }

var fuzzColumns = []types.Column{
	{Name: "a", Type: types.Long}, {Name: "s", Type: types.String}, {Name: "t", Type: types.DateTime}, {Name: "x", Type: types.Real},
	{Name: "k", Type: types.String}, {Name: "v", Type: types.Int}, {Name: "d", Type: types.Dynamic}, {Name: "b", Type: types.Bool},
	{Name: "g", Type: types.Guid}, {Name: "p", Type: types.Timespan}, {Name: "m", Type: types.Decimal},
}

func (f *fuzzTable) Table(name string) (*types.Table, bool) {
	return &types.Table{Name: name, Columns: fuzzColumns}, len(name) == 1
}
func (f *fuzzTable) Names() []string                           { return []string{"A", "T"} }
func (f *fuzzTable) Source(name string) (dialect.Source, bool) { return f.source, name != "N" }

// FuzzCompile: no text makes the compiler panic, and what compiles is a statement
// that the engine understands.
func FuzzCompile(f *testing.F) {
	files, err := filepath.Glob("testdata/*.kqltest")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for block := range strings.SplitSeq(string(text), "\n"+separator) {
			if q, ok := kqltest.Parse(block).Part(kqltest.Query); ok {
				f.Add(strings.TrimSpace(q))
			}
		}
	}
	m := open(f)
	var columns []kqltest.Column
	for _, c := range fuzzColumns {
		columns = append(columns, kqltest.Column{Column: c, GUID: c.Name == "k"})
	}
	source, err := m.Load("fuzz", columns, [][][]string{{}, {}})
	if err != nil {
		f.Fatal(err)
	}
	cat := &fuzzTable{source}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := kql.Compile(text, kql.Options{Catalog: cat, Tables: cat, Now: 638501616000000000, MaxRows: 10})
		if err != nil {
			if strings.Contains(err.Error(), "internal error") {
				t.Fatal(err)
			}
			return
		}
		for _, r := range p.Results {
			s, err := m.conn.PrepareContext(context.Background(), r.SQL)
			if err != nil {
				t.Fatalf("%v\n%s", err, r.SQL)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
