package duck

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"

	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/types"
)

// memory opens an empty database with natives registered.
func memory(t testing.TB, natives []native.Func) *sql.DB {
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
	if err := RegisterNatives(conn, natives); err != nil {
		t.Fatal(err)
	}
	return db
}

func ask(t testing.TB, db *sql.DB, query string) string {
	t.Helper()
	var got sql.NullString
	if err := db.QueryRow(query).Scan(&got); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if !got.Valid {
		return "NULL"
	}
	return got.String
}

// same returns its argument.
func same(name string, ty types.Type) native.Func {
	return native.Func{Name: name, Args: []types.Type{ty}, Result: ty, New: func() native.Eval {
		return func(args []native.Value, out *native.Value) { *out = args[0] }
	}}
}

func TestNativeTypes(t *testing.T) {
	db := memory(t, []native.Func{
		same("t_bool", types.Bool), same("t_int", types.Int), same("t_long", types.Long), same("t_real", types.Real),
		same("t_decimal", types.Decimal), same("t_string", types.String), same("t_dynamic", types.Dynamic), same("t_guid", types.Guid),
		{Name: "t_count", Variadic: types.String, Result: types.Long, New: func() native.Eval {
			return func(args []native.Value, out *native.Value) { out.Int = int64(len(args)) }
		}},
	})
	f := func(query, want string) {
		t.Helper()
		if got := ask(t, db, "SELECT ("+query+")::VARCHAR"); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	f("t_bool(true)", "true")
	f("t_bool(NULL)", "NULL")
	f("t_int(-5)", "-5")
	f("t_long(9223372036854775807)", "9223372036854775807")
	f("t_real('-Infinity')", "-inf")
	f("t_decimal(-1.5::DECIMAL(38,18))", "-1.500000000000000000")
	f("t_string('twelve bytes')", "twelve bytes")
	f("t_string('thirteen byte')", "thirteen byte")
	f("t_string('')", "")
	f("t_string(NULL)", "")
	f("t_dynamic(NULL)", "NULL")
	f("t_guid('82b8be2d-dfa7-4bd1-8f63-24ad26d31449'::UUID)", "82b8be2d-dfa7-4bd1-8f63-24ad26d31449")
	f("t_guid('02b8be2d-dfa7-4bd1-8f63-24ad26d31449'::UUID)", "02b8be2d-dfa7-4bd1-8f63-24ad26d31449")
	f("t_count()", "0")
	f("t_count('a','b',NULL)", "3")
	f("SELECT count(*) FROM range(100000) r(i) WHERE t_string(i || ' is the number') <> i || ' is the number'", "0")
	f("SELECT count(t_long(CASE WHEN i % 3 = 0 THEN NULL ELSE i END)) FROM range(99999) r(i)", "66666")
	f("SELECT max(len(t_string(repeat('x', (i * 1000)::BIGINT)))) FROM range(300) r(i)", "299000")
}

func TestNativePanicIsNull(t *testing.T) {
	var log bytes.Buffer
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	db := memory(t, []native.Func{{Name: "t_panic", Args: []types.Type{types.Long}, Result: types.Long, New: func() native.Eval {
		return func(args []native.Value, out *native.Value) {
			if args[0].Int%1000 == 7 {
				panic("seven")
			}
			out.Int = args[0].Int
		}
	}}})
	if got := ask(t, db, "SELECT count(*) || ' ' || count(t_panic(i)) || ' ' || count(*) FILTER (WHERE t_panic(i) = i) FROM range(10000) r(i)"); got != "10000 9990 9990" {
		t.Error(got)
	}
	if got := strings.Count(log.String(), "function=t_panic"); got != 1 || strings.Contains(log.String(), "panic=seven") {
		t.Errorf("%d lines in the log, want one without the value: %s", got, &log)
	}
}

// A function that counts its calls shows that a dictionary is walked once.
func TestNativeRunsOncePerDictionaryEntry(t *testing.T) {
	var calls int
	db := memory(t, []native.Func{{Name: "t_calls", Args: []types.Type{types.String, types.String}, Result: types.Bool, New: func() native.Eval {
		return func(args []native.Value, out *native.Value) {
			calls++
			if strings.Contains(string(args[0].Bytes), string(args[1].Bytes)) {
				out.Int = 1
			}
		}
	}}})
	file := t.TempDir() + "/d.duckdb"
	for _, q := range []string{"SET threads=1", "ATTACH '" + file + "' AS d (STORAGE_VERSION 'latest')",
		"CREATE TABLE d.t AS SELECT 'a rather long value ' || i % 7 AS x FROM range(200000) r(i)", "CHECKPOINT d"} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	calls = 0
	if got := ask(t, db, "SELECT count(*) FROM d.t WHERE t_calls(x, '3')"); got != "28571" {
		t.Error(got)
	}
	if calls > 10000 {
		t.Errorf("%d calls for 7 different values", calls)
	}
}

// nativeConnection reads the first field of duckdb.Conn.
func TestDriverConnField(t *testing.T) {
	f, ok := reflect.TypeOf(duckdb.Conn{}).FieldByName("conn")
	if !ok || f.Offset != 0 || f.Type != reflect.TypeOf(mapping.Connection{}) {
		t.Fatalf("the first field of duckdb.Conn is %+v; nativeConnection reads a mapping.Connection there", f)
	}
	if unsafe.Sizeof(stringT{}) != 16 {
		t.Fatal("stringT is not DuckDB's string_t")
	}
}
