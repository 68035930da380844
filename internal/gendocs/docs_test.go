package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lazuli.dev/lazuli/internal/tenant"
	"lazuli.dev/lazuli/kql"
	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/schema"
)

// builtIn is a catalogue of the built-in tables, none of which has rows.
type builtIn struct{}

func (builtIn) Table(name string) (*types.Table, bool) {
	t, ok := schema.Lookup(name)
	if !ok {
		return nil, false
	}
	out := &types.Table{Name: t.Name}
	for _, c := range t.Columns {
		out.Columns = append(out.Columns, types.Column{Name: c.Name, Type: c.Type})
	}
	return out, true
}

func (builtIn) Names() []string {
	var names []string
	for _, t := range schema.All() {
		names = append(names, t.Name)
	}
	return names
}

func plan(query string) error {
	_, err := kql.Plan(query, kql.Options{Catalog: builtIn{}})
	return err
}

var (
	example = regexp.MustCompile("(?ms)^```kusto\n(.*?)^```")
	refused = regexp.MustCompile(`(?m)^Refused for now: (.*)$`)
	word    = regexp.MustCompile("`([^`]+)`")
)

// What the manual shows is answered, and what it says is refused is refused.
func TestManualOfTheLanguage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "query.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples := example.FindAllStringSubmatch(string(text), -1)
	if len(examples) < 5 {
		t.Errorf("%d examples in docs/query.md", len(examples))
	}
	for _, m := range examples {
		if err := plan(m[1]); err != nil {
			t.Errorf("the manual shows a query that is refused: %v\n%s", err, m[1])
		}
	}
	for _, m := range strings.Split(operators(string(text)), "\n") {
		query, ok := samples[m]
		if !ok {
			t.Errorf("the manual names %s; give it a sample here", m)
		} else if err := plan(query); err != nil {
			t.Errorf("the manual says that %s is answered: %v", m, err)
		}
	}
	line := refused.FindStringSubmatch(string(text))
	if line == nil {
		t.Fatal("docs/query.md does not say what is refused")
	}
	for _, m := range word.FindAllStringSubmatch(line[1], -1) {
		query, ok := unsupported[m[1]]
		if !ok {
			t.Errorf("the manual says that %s is refused; give it a sample here", m[1])
		} else if err := plan(query); err == nil || !strings.Contains(err.Error(), "LAZ0001") {
			t.Errorf("the manual says that %s is refused, and it is not by name: %v", m[1], err)
		}
	}
}

// The questions of the demonstration compile as well.
func TestQuestionsOfTheDay(t *testing.T) {
	for _, q := range tenant.Queries {
		if err := plan(q.KQL); err != nil {
			t.Errorf("%s: %v", q.Title, err)
		}
	}
}

// operators are the names in the paragraphs that list what is answered.
func operators(text string) string {
	var names []string
	for _, line := range strings.Split(text, "\n") {
		for _, head := range []string{"Rows and columns:", "Aggregates:", "Several tables:", "Arrays, objects and text:", "Rows in order:", "Statements and sources:"} {
			if strings.HasPrefix(line, head) {
				for _, m := range word.FindAllStringSubmatch(line, -1) {
					names = append(names, m[1])
				}
			}
		}
	}
	return strings.Join(names, "\n")
}

var samples = map[string]string{
	"where":                    `SigninLogs | where ResultType == "0"`,
	"extend":                   `SigninLogs | extend a = 1`,
	"project":                  `SigninLogs | project TimeGenerated, b = ResultType`,
	"project-away":             `SigninLogs | project-away Res*`,
	"project-keep":             `SigninLogs | project-keep Res*`,
	"project-rename":           `SigninLogs | project-rename a = ResultType`,
	"project-reorder":          `SigninLogs | project-reorder ResultType`,
	"project-by-names":         `SigninLogs | project-by-names "ResultType"`,
	"take":                     `SigninLogs | take 1`,
	"sort":                     `SigninLogs | sort by TimeGenerated`,
	"top":                      `SigninLogs | top 3 by TimeGenerated`,
	"distinct":                 `SigninLogs | distinct ResultType`,
	"sample":                   `SigninLogs | sample 3`,
	"sample-distinct":          `SigninLogs | sample-distinct 3 of ResultType`,
	"getschema":                `SigninLogs | getschema`,
	"as":                       `SigninLogs | as a | count`,
	"consume":                  `SigninLogs | consume`,
	"assert-schema":            `print a = "x" | assert-schema (a: string)`,
	"summarize":                `SigninLogs | summarize count() by ResultType`,
	"count":                    `SigninLogs | count`,
	"make-series":              `SigninLogs | make-series count() on TimeGenerated step 1h`,
	"top-hitters":              `SigninLogs | top-hitters 3 of ResultType`,
	"top-nested":               `SigninLogs | top-nested 1 of ResultType by count()`,
	"join":                     `SigninLogs | join kind=leftanti (AuditLogs | project Id) on Id`,
	"lookup":                   `SigninLogs | lookup (AuditLogs | project Id, Result) on Id`,
	"union":                    `SigninLogs | union AuditLogs`,
	"withsource":               `union withsource = T SigninLogs, AuditLogs`,
	"isfuzzy":                  `union isfuzzy = true SigninLogs, Nowhere`,
	"search":                   `search in (SigninLogs) "word"`,
	"in":                       `SigninLogs | where Id in (AuditLogs | project Id)`,
	"mv-expand":                `print a = dynamic([1, 2]) | mv-expand a to typeof(long)`,
	"mv-apply":                 `print a = dynamic([1, 2]) | mv-apply a to typeof(long) on (top 1 by a)`,
	"parse":                    `print a = "x=1" | parse a with * "=" b: long`,
	"parse-where":              `print a = "x=1" | parse-where a with * "=" b: long`,
	"parse-kv":                 `print a = "x=1" | parse-kv a as (x: long) with (pair_delimiter = ";", kv_delimiter = "=")`,
	"serialize":                `SigninLogs | serialize n = row_number()`,
	"prev":                     `SigninLogs | serialize | extend p = prev(ResultType)`,
	"next":                     `SigninLogs | serialize | extend p = next(ResultType)`,
	"row_number":               `SigninLogs | sort by TimeGenerated | extend n = row_number()`,
	"partition by":             `SigninLogs | partition by ResultType (top 1 by TimeGenerated)`,
	"let":                      `let a = 1; print a`,
	"declare query_parameters": `declare query_parameters (a: long = 1); print a`,
	"print":                    `print 1`,
	"datatable":                `datatable (a: long) [1, 2]`,
	"range":                    `range a from 1 to 3 step 1`,
	"toscalar":                 `print toscalar(SigninLogs | count)`,
	"materialize":              `let m = materialize(SigninLogs | take 1); m`,
	"invoke":                   `let f = (T: (ResultType: string)) { T | count }; SigninLogs | invoke f()`,
	"render":                   `SigninLogs | summarize count() by ResultType | render piechart`,
}

var unsupported = map[string]string{
	"evaluate":     `SigninLogs | evaluate autocluster()`,
	"scan":         `SigninLogs | sort by TimeGenerated asc | scan with (step s: true;)`,
	"find":         `find "word"`,
	"fork":         `SigninLogs | fork (take 1) (count)`,
	"facet":        `SigninLogs | facet by ResultType`,
	"reduce":       `SigninLogs | reduce by ResultType`,
	"externaldata": `externaldata (a: string) ["https://example.com/a.csv"]`,
	"make-graph":   `SigninLogs | make-graph Id --> CorrelationId`,
}
