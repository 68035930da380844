package kql_test

import (
	"strings"
	"testing"

	"lazuli.dev/lazuli/kql"
	"lazuli.dev/lazuli/kql/types"
)

// one is a catalogue with one table.
type one struct{ table types.Table }

func (c one) Table(name string) (*types.Table, bool) { return &c.table, name == c.table.Name }
func (c one) Match(string) []string                  { return []string{c.table.Name} }
func (c one) Names() []string                        { return []string{c.table.Name} }

// TestRowWise: a row-wise query keeps what identifies its rows, whatever it projects, and refuses what is not.
func TestRowWise(t *testing.T) {
	catalog := one{types.Table{
		Name:    "T",
		Columns: []types.Column{{Name: "A", Type: types.String}, {Name: "B", Type: types.Long}},
		Hidden:  []types.Column{{Name: "_Seq", Type: types.Long}, {Name: "_Origin", Type: types.String}, {Name: "_TimeReceived", Type: types.DateTime}},
	}}
	f := func(text, want string) {
		t.Helper()
		q, err := kql.Plan(text, kql.Options{Catalog: catalog, RowWise: true})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			return
		}
		var names []string
		for _, field := range q.Results[0].Fields {
			names = append(names, field.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: columns %q, want %q", text, got, want)
		}
	}
	f("T", "A B _Seq _TimeReceived")
	f("T | where B > 1 | project A", "A _Seq _TimeReceived")
	f("T | extend C = 1 | project-away A | project-rename D = B", "D C _Seq _TimeReceived")
	f("T | project-keep B", "B _Seq _TimeReceived")
	f("T | project X = strcat(A, 'x') | project Y = X | parse Y with Z:string 'q'", "Y Z _Seq _TimeReceived")
	f("let U = T | project A; U | where A has 'x'", "A _Seq _TimeReceived")
	f("let F = (x:long) { T | where B == x | project B }; F(3)", "B _Seq _TimeReceived")
	for _, text := range []string{"T | summarize count()", "T | sort by A", "T | take 3", "union T", "T | join T on A", "T | distinct A", "T | mv-expand A"} {
		if _, err := kql.Plan(text, kql.Options{Catalog: catalog, RowWise: true}); err == nil {
			t.Errorf("%s is taken for row-wise", text)
		}
	}
}

// TestRowIDs: a result whose rows are each made of one row of a table carries the row's _Seq at its end; no other
// does, and nothing is refused.
func TestRowIDs(t *testing.T) {
	catalog := one{types.Table{
		Name:    "T",
		Columns: []types.Column{{Name: "A", Type: types.String}, {Name: "B", Type: types.Long}, {Name: "D", Type: types.Dynamic}},
		Hidden:  []types.Column{{Name: "_Seq", Type: types.Long}, {Name: "_TimeReceived", Type: types.DateTime}},
	}}
	f := func(text, want string) {
		t.Helper()
		for _, asked := range []bool{true, false} {
			p, err := kql.Compile(text, kql.Options{Catalog: catalog, RowIDs: asked})
			if err != nil {
				t.Errorf("%s: %v", text, err)
				return
			}
			last := p.Results[len(p.Results)-1]
			var names []string
			for _, c := range last.Columns {
				names = append(names, c.Name)
			}
			own, carries := strings.CutSuffix(want, " +")
			expected := own
			if asked && carries {
				expected += " _Seq"
			}
			if got := strings.Join(names, " "); got != expected || last.RowIDs != (asked && carries) {
				t.Errorf("%s, asked %v: columns %q, row ids %v; want %q", text, asked, got, last.RowIDs, expected)
			}
		}
	}
	f("T", "A B D +")
	f("T | where B > 1 | project A", "A +")
	f("T | project A | project X = strcat(A, 'x') | where X has 'y'", "X +")
	f("T | project A, _Seq", "A _Seq +")
	f("T | extend C = 1 | project-away A, D | project-rename E = B", "E C +")
	f("T | project-keep B | take 3", "B +")
	f("T | project A | top 3 by A", "A +")
	f("T | sort by B asc | extend N = row_number() | project N", "N +")
	f("T | serialize | project P = prev(A)", "P +")
	f("T | mv-expand D | project D", "D +")
	f("T | mv-expand X = D to typeof(string) limit 3 | project X", "X +")
	f("T | mv-apply X = D on (where tostring(X) != '' | project X) | project A, X", "A X +")
	f("T | mv-apply X = D on (summarize N = count()) | project A, N", "A N")
	f("T | parse A with P:string ' ' Q:long | project P, Q", "P Q +")
	f("T | as U | union U | project A", "A +")
	f("union T, (T | project A) | project A", "A +")
	f("union withsource = S T, (T | where B == 1) | project S | take 1", "S +")
	f("union kind = inner T, T | project A", "A +")
	f("search 'x' | project A", "A +")
	f("T | search 'x' | project A", "A +")
	f("T | sample 2 | project A", "A +")
	f("let U = T | project A; U | where A has 'x'", "A +")
	f("let U = materialize(T | project A); union U, U", "A +")
	f("let F = (x:long) { T | where B == x | project B }; F(3)", "B +")
	f("let F = (t:(A:string)) { t | project A }; T | invoke F()", "A +")
	f("T | where A in ((T | summarize by A)) | project B", "B +")
	f("T | where B > toscalar(T | summarize avg(B)) | project B", "B +")
	f("T | partition by A (top 1 by B) | project B", "B +")
	f("T | project A | render table", "A +")
	f("union (T | project A), (T | summarize by A)", "A +")
	f("union (T | summarize by A), (T | distinct A)", "A")
	for _, text := range []string{"T | summarize B = count()", "T | distinct B", "T | join (T) on A | project B", "T | lookup (T | project A, E = B) on A | project B",
		"T | count | project B = Count", "T | getschema | project B = ColumnName", "print B = 1", "range B from 1 to 3 step 1", "datatable (B:long) [1]", "T | sample-distinct 2 of B",
		"T | top-hitters 2 of A | project B = A", "T | consume | project B = 1", "T | summarize arg_max(B, *) by A | project B", "T | join kind=leftsemi T on A | project B"} {
		f(text, "B")
	}
}
