package builtin_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/duckdb/duckdb-go/v2"

	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/kql"
	"lazuli.dev/lazuli/kql/builtin"
	"lazuli.dev/lazuli/kql/dialect"
	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/types"
)

// noTables is a catalog without a table, and their places.
type noTables struct{}

func (noTables) Table(string) (*types.Table, bool)    { return nil, false }
func (noTables) Names() []string                      { return nil }
func (noTables) Source(string) (dialect.Source, bool) { return dialect.Source{}, false }

// now is the instant of the examples: 2026-01-02T03:04:05.
const now = 639029054450000000

// compile turns a query into SQL and the names of its columns.
func compile(text string) (string, []string, error) {
	p, err := kql.Compile(text, kql.Options{Catalog: noTables{}, Tables: noTables{}, Now: now})
	if err != nil {
		return "", nil, err
	}
	r := p.Results[len(p.Results)-1]
	var names []string
	for _, c := range r.Columns {
		names = append(names, c.Name)
	}
	return r.SQL, names, nil
}

func engine(t testing.TB) *sql.DB {
	t.Helper()
	c, err := duckdb.NewConnector("", nil)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(c)
	t.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := duck.RegisterNatives(conn, native.All()); err != nil {
		t.Fatal(err)
	}
	return db
}

// rows over which the examples of aggregates and window functions run.
const (
	groupRows  = `datatable(x:long, s:string)[1, "a", 2, "a", 3, "b", long(null), "b"]`
	windowRows = `datatable(x:long, t:datetime)[1, datetime(2020-01-01), 2, datetime(2020-01-01 00:01), 3, datetime(2020-01-02)]`
)

// query is the query that prints the value of an example, and whether it is null.
func query(f *builtin.Func, text string) (string, error) {
	const show = " | project t = tostring(['%s']), n = isnull(['%[1]s'])"
	if strings.HasPrefix(text, "print ") {
		_, names, err := compile(text)
		if err != nil {
			return "", err
		}
		return text + fmt.Sprintf(show, names[len(names)-1]), nil
	}
	switch f.Kind {
	case builtin.Aggregate:
		_, names, err := compile(groupRows + " | summarize " + text)
		if err != nil {
			return "", err
		}
		return groupRows + " | summarize " + text + fmt.Sprintf(show, names[0]), nil
	case builtin.Window:
		return windowRows + " | serialize v = " + text + fmt.Sprintf(show, "v"), nil
	}
	return "print v = " + text + fmt.Sprintf(show, "v"), nil
}

func run(db *sql.DB, f *builtin.Func, text string) (string, error) {
	q, err := query(f, text)
	if err != nil {
		return "", err
	}
	s, _, err := compile(q)
	if err != nil {
		return "", err
	}
	var printed sql.NullString
	var null sql.NullBool
	if err := db.QueryRow(s).Scan(&printed, &null); err != nil {
		return "", fmt.Errorf("%w\n%s", err, s)
	}
	if null.Bool {
		return "null", nil
	}
	return printed.String, nil
}

// Go's regular expressions replace as the engine's do: which of them runs depends on the
// length of the text.
func TestReplaceRegexTwice(t *testing.T) {
	db := engine(t)
	f := func(text, regex, rewrite string) {
		t.Helper()
		var inEngine, inGo string
		if err := db.QueryRow("SELECT regexp_replace($1, $2, $3, 'g'), kql_replace_regex($1, $2, $3)", text, regex, rewrite).Scan(&inEngine, &inGo); err != nil {
			t.Error(err)
		} else if inEngine != inGo {
			t.Errorf("%q, %q, %q: %q in the engine, %q in Go", text, regex, rewrite, inEngine, inGo)
		}
	}
	for _, text := range []string{"", "baaac", "a.b-c_d", "grüße, 日本", "line one\nline two", "x$1y", `back\slash`, "AbaB"} {
		for _, regex := range []string{"a*", "", "(a)(b)?", `\b`, "^", "$", "(?i)ab", `(\w)(\w)`, ".", `[^\x00-\x7f]`, `(?m)^line`, `(a|ab)(c|bcd)*`, `\\`} {
			for _, rewrite := range []string{"", "-", `\0`, `<\0\0>`, `$1${1}`, `a\\b`, "日"} {
				f(text, regex, rewrite)
			}
		}
	}
	f("ab", "(a)(b)(x)?", `\2\1\3!`)
}

// Texts that double are given up before they fill the memory.
func TestTextsThatGrow(t *testing.T) {
	db := engine(t)
	f := func(text string, wantError bool) {
		t.Helper()
		s, _, err := compile(text)
		if err != nil {
			t.Fatal(err)
		}
		var n int64
		if err := db.QueryRow(s).Scan(&n); (err != nil) != wantError {
			t.Errorf("%s: %d %v", text, n, err)
		}
	}
	const letters = `print a = strrep("x", 1024) | extend b = strcat(a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a) | extend c = strcat_delim("", b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b)`
	f(letters+` | project strlen(strcat(c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c))`, false)
	f(letters+` | extend d = strcat(c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c) | extend e = strcat(d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d) | project strlen(strcat(e, e, e, e, e))`, true)
	f(letters+` | project strlen(replace_regex(c, "x", @"\0\0"))`, false)
	f(letters+` | project strlen(replace_regex(c, "x", "`+strings.Repeat("y", 1025)+`"))`, true)
}

// Every example of the table prints what it says.
func TestExamples(t *testing.T) {
	db := engine(t)
	for _, f := range builtin.All() {
		for _, x := range f.Examples {
			got, err := run(db, f, x.KQL)
			if err != nil {
				t.Errorf("%s: %v", x.KQL, err)
			} else if got != x.Want {
				t.Errorf("%s\n got %s\nwant %s", x.KQL, got, x.Want)
			}
		}
	}
}
