package kql_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli/kql"
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/types"
)

// A query needs neither tables nor a catalog.
func TestCompile(t *testing.T) {
	p, err := kql.Compile("let x = 5; print a = x | render timechart with (title='T'); print b = x + 1, 'c'", kql.Options{MaxRows: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Results) != 2 || p.Results[0].Name != "PrimaryResult" || p.Results[1].Name == p.Results[0].Name {
		t.Errorf("results: %+v", p.Results)
	}
	want := []types.Column{{Name: "b", Type: types.Long}, {Name: "print_1", Type: types.String}}
	if d := cmp.Diff(want, p.Results[1].Columns); d != "" {
		t.Error(d)
	}
	if p.Render != nil {
		t.Errorf("the last result has no render, got %+v", p.Render)
	}
	if !strings.HasSuffix(p.Results[0].SQL, "LIMIT 11") {
		t.Errorf("no bound: %s", p.Results[0].SQL)
	}
}

// An error knows its place and what stands there.
func TestError(t *testing.T) {
	f := func(text, code string, line, pos int, token string) {
		t.Helper()
		_, err := kql.Compile(text, kql.Options{})
		var e *kql.Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v is no *kql.Error", text, err)
			return
		}
		if e.Code != code || e.Line != line || e.Pos != pos || e.Token != token {
			t.Errorf("%q: got %s at %d:%d %q, want %s at %d:%d %q", text, e.Code, e.Line, e.Pos, e.Token, code, line, pos, token)
		}
	}
	f("print a = 1\n| where bb == 1", "SEM0100", 2, 9, "bb")
	f("print nosuch(1)", "SEM0260", 1, 7, "nosuch")
	f("print x = 'é' | extend y = zz", "SEM0100", 1, 28, "zz")
	f("print extract('(', 1, 'a')", "SEM0005", 1, 15, "'('")
	f("print 'a' matches regex '('", "SEM0005", 1, 25, "'('")
	f("print (", "SYN0002", 1, 8, "")
	f(strings.Repeat(" ", kql.MaxText+1), "LAZ0002", 1, 1, "")
	f("", "SYN0002", 1, 1, "")
	f("let x = 1;", "SEM0001", 1, 1, "let x = 1;")
	if _, err := kql.Compile("print "+strings.Repeat("(", 5000)+"1"+strings.Repeat(")", 5000), kql.Options{}); err == nil {
		t.Error("5000 parentheses are taken")
	}
}

// A list of constants may be long.
func TestLongList(t *testing.T) {
	text := "print x = 'a' | where x in ('0'" + strings.Repeat(",'0'", 100_000) + ")"
	if _, err := kql.Compile(text, kql.Options{}); err != nil {
		t.Error(err)
	}
}

// A render keeps the chart and its properties, as text.
func TestRender(t *testing.T) {
	f := func(render, chart string, want map[string]string) {
		t.Helper()
		p, err := kql.Compile("let name = 'N'; datatable(t:datetime, s:string, a:long, b:real)[] | render "+render, kql.Options{})
		if err != nil {
			t.Errorf("%s: %v", render, err)
			return
		}
		if diff := cmp.Diff(&plan.Render{Chart: chart, Props: want}, p.Render); diff != "" {
			t.Errorf("%s: %s", render, diff)
		}
	}
	f("timechart", "timechart", map[string]string{})
	f("timechart with (xcolumn=t, ycolumns=a, b, series=s, ysplit=panels)", "timechart", map[string]string{"xcolumn": "t", "ycolumns": "a,b", "series": "s", "ysplit": "panels"})
	f("columnchart with (ymin=-1, ymax=2.5, accumulate=true, legend=hidden)", "columnchart", map[string]string{"ymin": "-1", "ymax": "2.5", "accumulate": "true", "legend": "hidden"})
	f("timechart with (xmin=datetime(2026-01-02 03:04), xmax=datetime(2026-01-03))", "timechart", map[string]string{"xmin": "2026-01-02T03:04:00.0000000Z", "xmax": "2026-01-03T00:00:00.0000000Z"})
	f("barchart kind=stacked title='x' by s", "barchart", map[string]string{"kind": "stacked", "title": "x", "series": "s"})
	f("piechart with 'x'", "piechart", map[string]string{"title": "x"})
	f("card with (title=strcat(name, '!'), xtitle=name)", "card", map[string]string{"title": "N!", "xtitle": "N"})
	f("plotly", "plotly", map[string]string{})
}
