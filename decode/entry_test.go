package decode

import (
	"slices"
	"strings"
	"testing"

	"lazuli.dev/lazuli/schema"
)

// Every entry compiles, says what it is, and is complete: it has a line for
// each column of its table that the machinery does not fill.
func TestEntries(t *testing.T) {
	if _, err := compiled(); err != nil {
		t.Fatal(err)
	}
	// What stands for nothing on the wire: the service, an agent or a collector makes it.
	absent := map[string][]string{
		"Windows": {"ManagementGroupName", "SourceComputerId", "EventOriginId"},
		"Syslog":  {"CollectorHostName", "_ResourceId", "_SubscriptionId"},
		"CEF": {"CollectorHostName", "_ResourceId", "_SubscriptionId", "RemoteIP", "RemotePort", "MaliciousIP", "ThreatSeverity", "IndicatorThreatType",
			"ThreatDescription", "ThreatConfidence", "ReportReferenceLink", "MaliciousIPLongitude", "MaliciousIPLatitude", "MaliciousIPCountry"},
		"Application Insights": {"ClientCity", "ClientStateOrProvince", "ClientCountryOrRegion", "ClientBrowser", "ResourceGUID", "ReferencedItemId",
			"ReferencedType", "_ResourceId", "_SubscriptionId"},
	}
	standard := []string{"TenantId", "Type", "SourceSystem", "_IsBillable", "_BilledSize"}
	for _, e := range Entries() {
		if e.Service == "" || !strings.HasSuffix(e.Doc, ".") || folders[e.Service] == "" {
			t.Errorf("%s: no service or no documentation", e.Table)
		}
		for _, c := range e.Columns {
			if !strings.HasSuffix(c.Doc, ".") {
				t.Errorf("%s.%s: the documentation is a sentence", e.Table, c.Name)
			}
			if e.Type(c.Name).String() == "" {
				t.Errorf("%s.%s has no type", e.Table, c.Name)
			}
			if c.How != "" && Steps()[c.How] == "" {
				t.Errorf("%s.%s: step %q is not documented", e.Table, c.Name, c.How)
			}
		}
		if e.Explode != "" && Steps()[e.Explode] == "" {
			t.Errorf("%s: step %q is not documented", e.Table, e.Explode)
		}
		if e.Reshape != "" && Steps()[e.Reshape] == "" {
			t.Errorf("%s: step %q is not documented", e.Table, e.Reshape)
		}
		// Tables with columns of the service's own enrichment, or of run time, are never complete.
		if e.Explode != "" || e.Match.Shape == shapeResource || e.Match.Shape == shapeMetric {
			continue
		}
		table, _ := schema.Lookup(e.Table)
		for _, c := range table.Columns {
			given := slices.ContainsFunc(e.Columns, func(x Column) bool { return x.Name == c.Name })
			if !given && !slices.Contains(standard, c.Name) && !slices.Contains(absent[e.Service], c.Name) && (e.Table != "SigninLogs" || c.Name != "AppliedConditionalAccessPolicies") {
				t.Errorf("%s.%s: no line", e.Table, c.Name)
			}
		}
	}
}

// An entry that is wrong is refused with a reason.
func TestCompileErrors(t *testing.T) {
	f := func(e Entry, want string) {
		t.Helper()
		c := &compiler{layouts: map[string]*tableLayout{}}
		if _, err := c.compile(&e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	f(Entry{Table: "Nonsense"}, "no table")
	f(Entry{Table: "AuditLogs", Columns: []Column{{Name: "Nonsense", From: "x"}}}, "no column")
	f(Entry{Table: "AuditLogs", Columns: []Column{{Name: "Id", From: "x"}, {Name: "Id", From: "y"}}}, "twice")
	f(Entry{Table: "AuditLogs", Columns: []Column{{Name: "Id", From: "x", How: "nonsense"}}}, "no step")
	f(Entry{Table: "AuditLogs", Columns: []Column{{Name: "Id", From: "@src"}}}, "nothing makes")
	f(Entry{Table: "AuditLogs", Columns: []Column{{Name: "DurationMs", From: "=5"}}}, "constants")
	f(Entry{Table: "AuditLogs", Explode: "nonsense"}, "no step")
	f(Entry{Table: "AuditLogs", Reshape: "nonsense"}, "no step")
	f(Entry{Table: "AuditLogs", Same: []string{"a", "b", "c", "d", "e"}}, "identify")
}

// All tables can have a layout, so that any of them can get an entry.
func TestLayouts(t *testing.T) {
	for _, table := range schema.All() {
		l := newLayout(table)
		if l.seq < 0 || l.ordinal < 0 || l.origin < 0 || l.position < 0 || l.version < 0 || l.received < 0 || l.unmapped < 0 || l.notes < 0 {
			t.Errorf("%s: a system column is missing", table.Name)
		}
	}
}
