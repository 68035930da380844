package schema

import (
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli/kql/types"
)

func TestAllTables(t *testing.T) {
	all := All()
	if len(all) != 978+len(own) {
		t.Fatalf("%d tables", len(all))
	}
	if !sort.SliceIsSorted(all, func(i, j int) bool { return all[i].Name < all[j].Name }) {
		t.Error("not sorted")
	}
	lower := map[string]bool{}
	columns := 0
	for _, tb := range all {
		if l := strings.ToLower(tb.Name); lower[l] {
			t.Errorf("table %s differs from another only in case", tb.Name)
		} else {
			lower[l] = true
		}
		again, ok := Lookup(tb.Name)
		if !ok || again != tb {
			t.Errorf("lookup of %s", tb.Name)
		}
		physical := map[string]bool{}
		for _, s := range System {
			physical[strings.ToLower(s.Physical)] = true
		}
		columns += len(tb.Columns)
		for _, c := range tb.Columns {
			if c.Type == types.None || c.Name == "" {
				t.Errorf("%s.%s has no type", tb.Name, c.Name)
			}
			for _, p := range c.Parts() {
				if l := strings.ToLower(p.Name); physical[l] {
					t.Errorf("%s: physical name %s is taken twice", tb.Name, p.Name)
				} else {
					physical[l] = true
				}
				if p.SQLType == "" {
					t.Errorf("%s.%s has no SQL type", tb.Name, c.Name)
				}
			}
			if got, ok := tb.Column(c.Name); !ok || got != c {
				t.Errorf("%s.Column(%s)", tb.Name, c.Name)
			}
		}
	}
	if columns < 28346 {
		t.Errorf("%d columns", columns)
	}
	if _, ok := Lookup("signinlogs"); ok {
		t.Error("table names are case-sensitive")
	}
}

func TestPhysicalColumns(t *testing.T) {
	f := func(table, column string, want ...Part) {
		t.Helper()
		tb, ok := Lookup(table)
		if !ok {
			t.Fatalf("no table %s", table)
		}
		c, ok := tb.Column(column)
		if !ok {
			t.Fatalf("no column %s.%s", table, column)
		}
		if d := cmp.Diff(want, c.Parts()); d != "" {
			t.Errorf("%s.%s: %s", table, column, d)
		}
	}
	f("SigninLogs", "TimeGenerated", Part{"TimeGenerated", "BIGINT", "", true})
	f("SigninLogs", "ResultType", Part{"ResultType", "VARCHAR", "", false})
	f("SigninLogs", "Status", Part{"Status", "VARCHAR", "", true})
	f("SigninLogs", "Id", Part{"Id", "UUID", "", true}, Part{"Id__text", "VARCHAR", "", true})
	f("SigninLogs", "UserId", Part{"UserId", "VARCHAR", "", false})
	f("SigninLogs", "AuthenticationDetails", Part{"AuthenticationDetails", "VARCHAR", "zstd", false})
	f("AuditLogs", "Id", Part{"Id", "VARCHAR", "", false})
	f("AuditLogs", "TargetResources", Part{"TargetResources", "VARCHAR", "zstd", true})
	f("AzureDiagnostics", "clientIP_s", Part{"clientIP_s", "VARCHAR", "", false})
	f("AzureDiagnostics", "clientIp_s", Part{"clientIp_s~2", "VARCHAR", "", false})
	f("AzureDiagnostics", "ActivityId_g", Part{"ActivityId_g", "UUID", "", true})
	f("DeviceEtw", "Type", Part{"Type~2", "VARCHAR", "", false})
}

func TestFoundColumns(t *testing.T) {
	names := []string{"x_s", "X_s", "X_S", "x_S", "clientIP_s", "clientip_s", strings.Repeat("aB", 80), strings.Repeat("Ab", 80),
		strings.Repeat("a", 159) + "B"}
	seen := map[string]string{}
	for _, n := range names {
		c := Found(n, types.String)
		if other, ok := seen[strings.ToLower(c.Physical)]; ok {
			t.Errorf("%s and %s have the same physical name %s", n, other, c.Physical)
		}
		seen[strings.ToLower(c.Physical)] = n
		if got, ok := FoundName(c.Physical); !ok || got != n {
			t.Errorf("name of %s is %s", c.Physical, got)
		}
	}
	if _, ok := FoundName("clientIp_s~2"); ok {
		t.Error("a built-in column seems found")
	}
	base, _ := Lookup("AzureDiagnostics")
	before := len(base.Columns)
	w := base.With(Found("brandNew_s", types.String), Found("clientip_s", types.String), Column{Name: "Category", Type: types.Long})
	if len(w.Columns) != before+2 || len(base.Columns) != before {
		t.Errorf("%d columns, %d before", len(w.Columns), before)
	}
	if c, _ := w.Column("Category"); c.Type != types.String {
		t.Error("a built-in column was replaced")
	}
	if _, ok := w.Column("brandNew_s"); !ok {
		t.Error("the new column is not found")
	}
}

func FuzzFound(f *testing.F) {
	f.Add("clientIP_s", "clientIp_s")
	f.Fuzz(func(t *testing.T, a, b string) {
		if strings.Contains(a, "~") || strings.Contains(b, "~") || a == b {
			return
		}
		pa, pb := Found(a, types.String).Physical, Found(b, types.String).Physical
		if asciiLower(pa) == asciiLower(pb) {
			t.Errorf("%q and %q share %q", a, b, pa)
		}
	})
}

// asciiLower lowers as DuckDB compares names.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 32
		}
	}
	return string(b)
}

func BenchmarkAll(b *testing.B) {
	for b.Loop() {
		for line := range strings.Lines(facts) {
			parse(line)
		}
	}
}
