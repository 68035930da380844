package main

import (
	"strings"
	"testing"

	"lazuli.dev/lazuli/decode"
	"lazuli.dev/lazuli/forward/format/mapping"
	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/schema"
)

// TestMappings: every table that records fill has names of its own in CEF, LEEF and ECS, and mappings name columns that
// their tables have.
func TestMappings(t *testing.T) {
	rest := mapping.For("NoTable")
	filled := map[string]bool{}
	for _, e := range decode.Entries() {
		filled[e.Table] = true
	}
	for name := range filled {
		if mapping.For(name) == rest {
			t.Errorf("%s is filled and has no mapping of its own", name)
		}
	}
	all := mapping.All()
	family := map[string][]string{}
	for i := range all {
		key := all[i].Dataset + all[i].Product[0].From
		family[key] = append(family[key], all[i].Tables...)
	}
	for i := range all {
		m := &all[i]
		for _, f := range m.Fields {
			froms := strings.Split(f.From, "|")
			if f.Repeats != "" {
				froms = append(froms, strings.TrimPrefix(f.Repeats, "="))
			}
			if f.When != "" {
				column, _, _ := strings.Cut(f.When, "=")
				froms = append(froms, strings.TrimSuffix(column, "!"))
			}
			for _, from := range froms {
				if from[0] == '=' || from[0] == '@' || len(m.Tables) == 0 || m.Tables[0] == "AzureDiagnostics" {
					continue // no column, or one of many that records bring
				}
				column := from
				if end := strings.IndexAny(from, ".["); end > 0 {
					column = from[:end]
				}
				// Families of tables share fields, so that any of the family may have the column.
				known := column == "_IsBillable" || column == "_BilledSize" || column == "_ResourceId"
				for _, name := range family[m.Dataset+m.Product[0].From] {
					table, _ := schema.Lookup(name)
					if table == nil {
						t.Fatalf("no table %s", name)
					}
					c, has := table.Column(column)
					if has && column != from && c.Type != types.Dynamic && c.Type != types.String {
						t.Errorf("%s: %s is a path into a %s", name, from, c.Type)
					}
					known = known || has
				}
				for _, c := range schema.System {
					known = known || c.Name == column
				}
				if !known {
					t.Errorf("mapping of %v: no table has the column %s", m.Tables, column)
				}
			}
		}
	}
}
