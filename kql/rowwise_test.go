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
