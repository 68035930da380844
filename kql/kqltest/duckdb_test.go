package kqltest_test

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/kql"
	"lazuli.dev/lazuli/kql/builtin"
	"lazuli.dev/lazuli/kql/dialect"
	"lazuli.dev/lazuli/kql/kqltest"
	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/types"
)

// memory is a database in memory with the natives.
type memory struct {
	conn *sql.Conn
}

func open(t testing.TB) *memory {
	t.Helper()
	c, err := duckdb.NewConnector("", nil)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(c)
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := duck.RegisterNatives(conn, native.All()); err != nil {
		t.Fatal(err)
	}
	return &memory{conn}
}

// Load makes a table of each branch.
func (m *memory) Load(table string, columns []kqltest.Column, branches [][][]string) (dialect.Source, error) {
	guids := map[string]bool{}
	src := dialect.Source{Physical: func(c string) dialect.Physical {
		p := dialect.Physical{Name: c}
		if guids[c] {
			p.Encoding = dialect.GUID
		}
		return p
	}}
	for i, rows := range branches {
		name := duck.Ident(fmt.Sprintf("%s %d", table, i))
		var defs []string
		for _, c := range columns {
			def := duck.Ident(c.Name) + " " + sqlTypes[c.Type]
			if c.GUID {
				guids[c.Name] = true
				def = duck.Ident(c.Name) + " UUID, " + duck.Ident(c.Name+"__text") + " VARCHAR"
			}
			defs = append(defs, def)
		}
		statements := []string{"CREATE OR REPLACE TABLE " + name + " (" + strings.Join(defs, ", ") + ")"}
		for _, row := range rows {
			var cells []string
			for j, c := range columns {
				text := duck.Literal(row[j])
				switch {
				case c.GUID && row[j] == "":
					cells = append(cells, "NULL", "NULL")
				case c.GUID && guidForm.MatchString(row[j]):
					cells = append(cells, text, "NULL")
				case c.GUID:
					cells = append(cells, "NULL", text)
				case row[j] == "NULL" && c.Type != types.String:
					cells = append(cells, "NULL")
				case c.Type == types.String || c.Type == types.Dynamic:
					cells = append(cells, text)
				default:
					cells = append(cells, builtin.Convert(text, types.String, c.Type))
				}
			}
			statements = append(statements, "INSERT INTO "+name+" VALUES ("+strings.Join(cells, ", ")+")")
		}
		for _, s := range statements {
			if _, err := m.conn.ExecContext(context.Background(), s); err != nil {
				return src, fmt.Errorf("%s: %w", s, err)
			}
		}
		src.Branches = append(src.Branches, dialect.Branch{From: name})
	}
	return src, nil
}

var guidForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

var sqlTypes = map[types.Type]string{
	types.Bool: "BOOLEAN", types.Int: "INTEGER", types.Long: "BIGINT", types.Real: "DOUBLE", types.Decimal: "DECIMAL(38,18)",
	types.DateTime: "BIGINT", types.Timespan: "BIGINT", types.String: "VARCHAR", types.Guid: "UUID", types.Dynamic: "VARCHAR",
}

// Answer prints what rows returns.
func (m *memory) Answer(r kql.Result) ([][]string, error) {
	rows, err := m.rows(r)
	if err != nil {
		return nil, err
	}
	out := make([][]string, len(rows))
	for i, row := range rows {
		for _, v := range row {
			switch v := v.(type) {
			case nil:
				out[i] = append(out[i], "NULL")
			case float64:
				out[i] = append(out[i], strconv.FormatFloat(v, 'g', -1, 64))
			default:
				out[i] = append(out[i], fmt.Sprint(v))
			}
		}
	}
	return out, nil
}

// rows runs a statement and returns its values as the API would write them: nil
// for null, numbers as numbers, everything else as text.
func (m *memory) rows(r kql.Result) ([][]any, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	res, err := m.conn.QueryContext(ctx, r.SQL)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Close() }()
	var out [][]any
	for res.Next() {
		row := make([]any, len(r.Columns))
		ptrs := make([]any, len(row))
		for i := range row {
			ptrs[i] = &row[i]
		}
		if err := res.Scan(ptrs...); err != nil {
			return nil, err
		}
		for i, c := range r.Columns {
			if row[i], err = cell(row[i], c.Type); err != nil {
				return nil, fmt.Errorf("column %s: %w", c.Name, err)
			}
		}
		out = append(out, row)
	}
	return out, res.Err()
}

// cell checks that the engine's value is of the type that the contract asks for.
func cell(v any, t types.Type) (any, error) {
	if v == nil {
		if t == types.String {
			return nil, fmt.Errorf("a string is NULL")
		}
		return nil, nil
	}
	switch t {
	case types.Bool:
		if b, ok := v.(bool); ok {
			return b, nil
		}
	case types.Int:
		if n, ok := v.(int32); ok {
			return int64(n), nil
		}
	case types.Long:
		if n, ok := v.(int64); ok {
			return n, nil
		}
	case types.DateTime:
		if n, ok := v.(int64); ok {
			return datetime(n), nil
		}
	case types.Timespan:
		if n, ok := v.(int64); ok {
			return timespan(n), nil
		}
	case types.Real:
		if f, ok := v.(float64); ok {
			return f, nil
		}
	case types.Decimal:
		if d, ok := v.(duckdb.Decimal); ok {
			f := new(big.Float).SetInt(d.Value)
			f.Quo(f, big.NewFloat(math.Pow10(int(d.Scale))))
			return strings.TrimSuffix(strings.TrimRight(f.Text('f', int(d.Scale)), "0"), "."), nil
		}
	case types.String, types.Dynamic:
		if s, ok := v.(string); ok {
			return s, nil
		}
	case types.Guid:
		if u, ok := v.([]byte); ok && len(u) == 16 {
			return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:]), nil
		}
	}
	return nil, fmt.Errorf("the engine gave a %T for a %s", v, t)
}

const ticksPerSecond = 10_000_000

func datetime(n int64) string {
	return time.Unix(n/ticksPerSecond-62135596800, n%ticksPerSecond*100).UTC().Format("2006-01-02T15:04:05.0000000Z")
}

func timespan(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	days := ""
	if d := n / (86400 * ticksPerSecond); d > 0 {
		days = strconv.FormatInt(d, 10) + "."
	}
	s := n / ticksPerSecond
	text := fmt.Sprintf("%s%s%02d:%02d:%02d", sign, days, s/3600%24, s/60%60, s%60)
	if f := n % ticksPerSecond; f > 0 {
		text += fmt.Sprintf(".%07d", f)
	}
	return text
}
