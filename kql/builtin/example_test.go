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
