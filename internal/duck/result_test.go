package duck

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"

	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/types"
)

func bareConn(t testing.TB) *sql.Conn {
	t.Helper()
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil && !errors.Is(err, sql.ErrConnDone) {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return conn
}

// The driver keeps its connection in a private field; nativeConnection reads it by its place.
func TestDriverKeepsConnectionFirst(t *testing.T) {
	field := reflect.TypeFor[duckdb.Conn]().Field(0)
	if field.Name != "conn" || field.Type != reflect.TypeFor[mapping.Connection]() {
		t.Fatalf("the first field of the driver's Conn is %s %s", field.Name, field.Type)
	}
}

func TestCollectReadsEveryKind(t *testing.T) {
	conn := bareConn(t)
	r, err := Collect(context.Background(), conn, `SELECT i % 2 = 0 AS b, i::INTEGER AS n, (i * 1000000007)::BIGINT AS l, i / 7.0::DOUBLE AS d,
		CASE WHEN i % 3 > 0 THEN 'text number ' || i ELSE '' END AS s, CASE WHEN i % 5 > 0 THEN 's' || i END AS short,
		('00000000-0000-4000-8000-' || lpad(i::VARCHAR, 12, '0'))::UUID AS u, (i * -1.5)::DECIMAL(38,18) AS m, (i * 2)::DECIMAL(9,2) AS small,
		sum(1) OVER (ORDER BY i) AS huge, NULL AS nothing FROM range(10000) t(i) ORDER BY i`, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows != 10_000 || r.Cut || len(r.Columns) != 11 || r.Columns[1].Name != "n" {
		t.Fatalf("%d rows, cut %v, columns %v", r.Rows, r.Cut, r.Columns)
	}
	i := int64(0)
	for _, b := range r.Batches {
		for row := range b.Rows {
			f := func(what string, got, want any) {
				t.Helper()
				if got != want {
					t.Fatalf("row %d: %s is %v, want %v", i, what, got, want)
				}
			}
			f("bool", b.Bool(0, row), i%2 == 0)
			f("int", b.Int(1, row), i)
			f("long", b.Int(2, row), i*1000000007)
			f("real", b.Real(3, row), float64(i)/7.0)
			want := ""
			if i%3 > 0 {
				want = fmt.Sprintf("text number %d", i)
			}
			f("text", string(b.Text(4, row)), want)
			f("valid", b.Valid(5, row), i%5 > 0)
			if i%5 > 0 {
				f("short", string(b.Text(5, row)), fmt.Sprintf("s%d", i))
			}
			id := b.UUID(6, row)
			f("uuid", fmt.Sprintf("%x", id), fmt.Sprintf("0000000000004000"+"8000%012d", i))
			high, low, scale := b.Huge(7, row)
			f("decimal scale", scale, 18)
			if i < 6 { // fits 64 bits
				f("decimal low", int64(low), i*-1500000000000000000)
				f("decimal high", high, int64(low)>>63)
			}
			_, low, scale = b.Huge(8, row)
			f("small decimal", low, uint64(i*200))
			f("small scale", scale, 2)
			f("huge", b.Int(9, row), i+1)
			f("nothing", b.Valid(10, row), false)
			i++
		}
	}
	if _, err := Collect(context.Background(), conn, `SELECT [1, 2] AS list`, Limits{}); err == nil || !strings.Contains(err.Error(), "list") {
		t.Errorf("a list gives %v", err)
	}
}

func TestResultCheck(t *testing.T) {
	conn := bareConn(t)
	f := func(text string, kind types.Type, fits bool) {
		t.Helper()
		r, err := Collect(context.Background(), conn, "SELECT "+text, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Check([]types.Column{{Name: "c", Type: kind}}); (err == nil) != fits {
			t.Errorf("%s as %s: %v", text, kind, err)
		}
	}
	f("true", types.Bool, true)
	f("1", types.Bool, false)
	f("1", types.Long, true)
	f("sum(1)", types.Long, true)
	f("1.5::DECIMAL(9,2)", types.Long, false)
	f("1.5::DOUBLE", types.Long, false)
	f("1.5::DECIMAL(9,2)", types.Real, false)
	f("1.5::DECIMAL(9,2)", types.Decimal, true)
	f("1", types.Real, true)
	f("'a'", types.String, true)
	f("1", types.String, false)
	f("uuid()", types.String, true)
	f("uuid()", types.Dynamic, false)
	f("NULL", types.String, true)
	if err := (&Result{}).Check([]types.Column{{Name: "c", Type: types.Long}}); err == nil {
		t.Error("a missing column fits")
	}
}

func TestCollectLimits(t *testing.T) {
	conn := bareConn(t)
	f := func(limits Limits, wantRows int64, wantCut bool) {
		t.Helper()
		r, err := Collect(context.Background(), conn, `SELECT i, repeat('x', 100) AS s FROM range(10000) t(i)`, limits)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, b := range r.Batches {
			n += b.Rows
		}
		if r.Rows != wantRows || int64(n) != wantRows || r.Cut != wantCut || r.Bytes != wantRows*112 {
			t.Errorf("%+v: %d rows (%d in batches), %d bytes, cut %v", limits, r.Rows, n, r.Bytes, r.Cut)
		}
	}
	f(Limits{}, 10_000, false)
	f(Limits{Rows: 10_000, Bytes: 10_000 * 112}, 10_000, false)
	f(Limits{Rows: 9_999}, 9_999, true)
	f(Limits{Rows: 1}, 1, true)
	f(Limits{Bytes: 5_000*112 + 111}, 5_000, true)
	f(Limits{Bytes: 1}, 0, true)
	// A cut statement leaves a connection that works, and rows past the limit are never made.
	began := time.Now()
	_, err := Collect(context.Background(), conn, `SELECT repeat('x', 1000) AS s FROM range(100000000)`, Limits{Rows: 10})
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("ten rows of a hundred million took %v", d)
	}
}

// What functions in Go make is not counted by the engine's limit and has one of its own.
func TestCollectBoundsTextOfFunctions(t *testing.T) {
	conn := bareConn(t)
	long := native.Func{Name: "kql_test_long", Args: []types.Type{types.Long}, Result: types.String, New: func() native.Eval {
		text := bytes.Repeat([]byte("x"), 1<<20)
		return func(_ []native.Value, out *native.Value) { out.Bytes = text }
	}}
	if err := RegisterNatives(conn, []native.Func{long}); err != nil {
		t.Fatal(err)
	}
	if _, err := Collect(context.Background(), conn, `SELECT max(length(kql_test_long(i))) FROM range(200) t(i)`, Limits{}); err != nil {
		t.Error(err)
	}
	_, err := Collect(context.Background(), conn, `SELECT max(length(kql_test_long(i))) FROM range(2000) t(i)`, Limits{})
	var failed *Failure
	if !errors.As(err, &failed) || failed.Kind != OutOfMemory {
		t.Errorf("2 GB of text in one chunk give %v", err)
	}
}

// A selective query fills few rows of the engine's chunks; what is kept must be of the size of the values.
func TestCollectIsCompact(t *testing.T) {
	conn := bareConn(t)
	var columns strings.Builder
	for i := range 60 {
		fmt.Fprintf(&columns, ", i + %d AS c%d", i, i)
	}
	if _, err := conn.ExecContext(context.Background(), `CREATE TABLE wide AS SELECT i`+columns.String()+` FROM range(500000) t(i)`); err != nil {
		t.Fatal(err)
	}
	r, err := Collect(context.Background(), conn, `SELECT * FROM wide WHERE i % 31 = 0`, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	for _, b := range r.Batches {
		for i := range b.columns {
			held += cap(b.columns[i].data)
		}
	}
	if limit := 2 * int(r.Bytes); r.Rows != 16130 || held > limit {
		t.Errorf("%d rows of %d bytes are held in %d", r.Rows, r.Bytes, held)
	}
}

func TestCollectNulls(t *testing.T) {
	conn := bareConn(t)
	r, err := Collect(context.Background(), conn, `SELECT i, CASE WHEN i < 5000 OR i % 7 = 0 THEN i END AS late, CASE WHEN i % 3000 > 0 THEN 't' || i END AS s FROM range(40000) t(i) ORDER BY i`, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	i := int64(0)
	for _, b := range r.Batches {
		for row := range b.Rows {
			if b.Int(0, row) != i || b.Valid(1, row) != (i < 5000 || i%7 == 0) || b.Valid(1, row) && b.Int(1, row) != i || b.Valid(2, row) != (i%3000 > 0) ||
				b.Valid(2, row) && string(b.Text(2, row)) != fmt.Sprintf("t%d", i) {
				t.Fatalf("row %d: %d %v %v %q", i, b.Int(0, row), b.Valid(1, row), b.Valid(2, row), b.Text(2, row))
			}
			i++
		}
	}
	if i != 40_000 {
		t.Errorf("%d rows", i)
	}
}

func TestCollectOutlivesConnection(t *testing.T) {
	conn := bareConn(t)
	r, err := Collect(context.Background(), conn, `SELECT 'a text that is longer than twelve bytes ' || i AS s FROM range(5000) t(i) ORDER BY i`, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	i := 0
	for _, b := range r.Batches {
		for row := range b.Rows {
			if want := fmt.Sprintf("a text that is longer than twelve bytes %d", i); string(b.Text(0, row)) != want {
				t.Fatalf("row %d is %q", i, b.Text(0, row))
			}
			i++
		}
	}
}

func TestCollectErrors(t *testing.T) {
	conn := bareConn(t)
	if _, err := conn.ExecContext(context.Background(), `SET threads=4; CREATE TABLE million AS SELECT i FROM range(1000000) t(i)`); err != nil {
		t.Fatal(err)
	}
	f := func(text string, kind FailureKind, says string) {
		t.Helper()
		_, err := Collect(context.Background(), conn, text, Limits{})
		var failed *Failure
		if !errors.As(err, &failed) || failed.Kind != kind || !strings.Contains(failed.Text, says) || strings.Contains(failed.Text, "Attempting") {
			t.Errorf("%s gives %v", text, err)
		}
	}
	f(`SELECT`, Failed, "")
	f(`SELECT nosuch`, Failed, "nosuch")
	f(`SELECT CASE WHEN i = 900000 THEN error('late') ELSE i END FROM range(1000000) t(i)`, Failed, "late")
	// The engine's threads stop each other; what is told is the error that made them.
	for range 50 {
		f(`SELECT CASE WHEN i = 700000 THEN error('late') ELSE i END FROM million`, Failed, "late")
	}
	f(`SELECT 1; SELECT 2`, Refused, "more than one")
	if _, err := conn.ExecContext(context.Background(), `SET memory_limit='40MB'; SET max_temp_directory_size='1MB'`); err != nil {
		t.Fatal(err)
	}
	f(`SELECT max(length(s)) FROM (SELECT string_agg(i::VARCHAR || repeat('y', 100), '') AS s FROM range(10000000) t(i))`, OutOfMemory, "")
	_, err := Collect(context.Background(), conn, `SELECT 1`, Limits{})
	if err != nil {
		t.Fatalf("after errors: %v", err)
	}
}

func TestUntilTold(t *testing.T) {
	stopped, late := &Failure{Text: "INTERRUPT Error: Interrupted!"}, &Failure{Text: "Invalid Input Error: late"}
	f := func(ctx context.Context, says []error, want error, wantRuns int) {
		t.Helper()
		runs := 0
		got := untilTold(ctx, func() error {
			runs++
			return says[runs-1]
		})
		if got != want || runs != wantRuns {
			t.Errorf("%v give %v after %d runs", says, got, runs)
		}
	}
	live := context.Background()
	f(live, []error{nil}, nil, 1)
	f(live, []error{late}, late, 1)
	f(live, []error{stopped, late}, late, 2)
	f(live, []error{stopped, stopped, nil}, nil, 3)
	f(live, []error{stopped, stopped, stopped, stopped, stopped}, stopped, 5)
	left, leave := context.WithCancel(live)
	leave()
	f(left, []error{stopped}, stopped, 1)
}

func TestCollectCancels(t *testing.T) {
	conn := bareConn(t)
	f := func(text string) {
		t.Helper()
		reason := errors.New("the asker left")
		ctx, cancel := context.WithCancelCause(context.Background())
		var cancelled time.Time
		time.AfterFunc(100*time.Millisecond, func() { cancelled = time.Now(); cancel(reason) })
		_, err := Collect(ctx, conn, text, Limits{})
		if late := time.Since(cancelled); !errors.Is(err, reason) || late > 200*time.Millisecond {
			t.Errorf("%s ended with %v, %v after being cancelled", text, err, late)
		} else {
			t.Logf("%v late: %s", late, text)
		}
	}
	f(`SELECT count(*) FROM range(10000000) a(x), range(100000) b(y) WHERE x * y % 7 = 3`)
	f(`SELECT x, count(*) FROM (SELECT hash(i) % 100000000 AS x FROM range(1000000000) t(i)) GROUP BY x ORDER BY 2 DESC LIMIT 5`)
	f(`SELECT i FROM range(1000000000) t(i) WHERE i < 0`)
	f(`SELECT i, repeat('x', 100) FROM range(1000000000) t(i)`)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := Collect(ctx, conn, `SELECT count(*) FROM range(100000000) a(x), range(100000) b(y) WHERE x * y % 7 = 3`, Limits{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a time-out gives %v", err)
	}
	_, err := Collect(context.Background(), conn, `SELECT 1`, Limits{})
	if err != nil {
		t.Fatalf("after being cancelled: %v", err)
	}
}

func BenchmarkCollect(b *testing.B) {
	conn := bareConn(b)
	if _, err := conn.ExecContext(context.Background(), `CREATE TABLE t AS SELECT i AS a, i * 1.5::DOUBLE AS b, 'user' || (i % 1000) AS c FROM range(1000000) r(i)`); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r, err := Collect(context.Background(), conn, `SELECT a, b, c FROM t`, Limits{})
		if err != nil {
			b.Fatal(err)
		}
		sum := 0
		for _, batch := range r.Batches {
			for row := range batch.Rows {
				sum += int(batch.Int(0, row)) + int(batch.Real(1, row)) + len(batch.Text(2, row))
			}
		}
	}
}
