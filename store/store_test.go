package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli/chunk"
)

// decodeLines is the decoder of the tests: a body is lines of "table value",
// each a row; "panic" and "fail" do so, and a value "col=x" goes into a column
// found at run time.
func decodeLines(f Frame) ([]*chunk.Chunk, error) {
	type table struct {
		b    *chunk.Builder
		name string
	}
	var tables []*table
	specs := []chunk.Spec{{Name: "TimeGenerated", Kind: chunk.Int64, Nullable: true}, {Name: "Raw", Kind: chunk.Text},
		{Name: "_Seq", Kind: chunk.Int64}, {Name: "_Origin", Kind: chunk.Text}, {Name: "_TimeReceived", Kind: chunk.Int64, Nullable: true}}
	ordinal := int64(0)
	for line := range bytes.Lines(f.Body) {
		name, value, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
		switch name {
		case "":
			continue
		case "fail":
			return nil, errors.New("told to fail")
		case "panic":
			panic("told to panic")
		}
		var t *table
		for _, x := range tables {
			if x.name == name {
				t = x
			}
		}
		if t == nil {
			t = &table{chunk.NewBuilder(append([]chunk.Spec(nil), specs...)), name}
			tables = append(tables, t)
		}
		t.b.SetInt64(0, f.Received+ordinal)
		column := "Raw"
		if c, v, ok := strings.Cut(value, "="); ok {
			column, value = c+"_s~c0", v
		}
		t.b.SetString(t.b.Add(chunk.Spec{Name: column, Kind: chunk.Text}), value)
		t.b.SetInt64(2, f.Seq+ordinal)
		t.b.SetString(3, f.Origin)
		t.b.SetInt64(4, f.Received)
		t.b.EndRow()
		ordinal++
	}
	var out []*chunk.Chunk
	for _, t := range tables {
		out = append(out, t.b.Finish(f.Workspace, t.name))
	}
	return out, nil
}

// Rows go into this table of the schema, whose column Raw has the value.
const testTable = quarantineTable + "Test_CL"

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// testOptions cut only when told to.
func testOptions() Options {
	return Options{Decode: decodeLines, Log: quiet(), CutAge: time.Hour, CutRows: 1 << 30, Threads: 2, MemoryLimit: 256 << 20}
}

func openTest(t *testing.T, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		select {
		case <-s.stop: // the test has ended it
		default:
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return s
}

func ingest(t *testing.T, s *Store, f Frame) Receipt {
	t.Helper()
	if f.Workspace == "" {
		f.Workspace = "default"
	}
	r, err := s.Ingest(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lines makes a body of n rows of a table with values from value on.
func lines(table string, value, n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "%s %d\n", table, value+i)
	}
	return b.Bytes()
}

// values returns the column of a table, in the order of the sequence, as text.
func values(t *testing.T, s *Store, workspace, table, column string) []string {
	t.Helper()
	out, err := readValues(t.Context(), s, workspace, table, column)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func readValues(ctx context.Context, s *Store, workspace, table, column string) ([]string, error) {
	v, err := s.View(ctx)
	if err != nil {
		return nil, err
	}
	defer v.Close() //nolint:errcheck // a reader
	var parts []string
	for _, b := range v.Branches(workspace, table) {
		c := "''"
		if b.Has(column) {
			c = `"` + column + `"::VARCHAR`
		}
		p := "SELECT _Seq, " + c + " AS v FROM " + b.From
		if b.Where != "" {
			p += " WHERE " + b.Where
		}
		parts = append(parts, p)
	}
	if len(parts) == 0 {
		return nil, nil
	}
	var out []string
	err = query(ctx, v.Conn(), strings.Join(parts, " UNION ALL ")+" ORDER BY 1", func(scan func(...any) error) error {
		var seq int64
		var value sql.NullString
		if err := scan(&seq, &value); err != nil {
			return err
		}
		out = append(out, value.String)
		return nil
	})
	return out, err
}

func numbers(from, n int) []string {
	var out []string
	for i := range n {
		out = append(out, strconv.Itoa(from+i))
	}
	return out
}

func TestIngestCutReopen(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir, testOptions())
	r := ingest(t, s, Frame{Body: lines(testTable, 0, 5)})
	if d := cmp.Diff(Receipt{Seq: 1 << SeqShift, Rows: map[string]int{testTable: 5}}, r); d != "" {
		t.Error(d)
	}
	check := func(column string, want []string) {
		t.Helper()
		if d := cmp.Diff(want, values(t, s, "default", testTable, column)); d != "" {
			t.Error(d)
		}
	}
	check("Raw", numbers(0, 5))
	if err := s.Cut(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("Raw", numbers(0, 5))
	ingest(t, s, Frame{Body: lines(testTable, 5, 3)})
	check("Raw", numbers(0, 8))
	ingest(t, s, Frame{Body: []byte(testTable + " extra=x\n")})
	check("extra_s~c0", []string{"", "", "", "", "", "", "", "", "x"})
	if err := s.Cut(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("extra_s~c0", []string{"", "", "", "", "", "", "", "", "x"})
	ingest(t, s, Frame{Body: lines(testTable, 9, 2)})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, dir, testOptions())
	check("Raw", append(append(numbers(0, 8), ""), numbers(9, 2)...))
	v, err := s.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close() //nolint:errcheck // a reader
	st, ok := v.Table("default", testTable)
	if !ok || st.Rows != 11 {
		t.Errorf("table state %v %v", st, ok)
	}
	var names []string
	for _, c := range st.Columns {
		names = append(names, c.Name)
	}
	if d := cmp.Diff([]string{"TimeGenerated", "Raw", "extra_s"}, names); d != "" {
		t.Error(d)
	}
}

// Readers count while rows come and cuts run: the count is always that of a
// prefix of the frames.
func TestReadersDuringCuts(t *testing.T) {
	s := openTest(t, t.TempDir(), testOptions())
	const frames, rows = 300, 7
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				v, err := s.View(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				want := v.Stable() >> SeqShift * rows
				got := int64(0)
				for _, b := range v.Branches("default", testTable) {
					var n int64
					q := "SELECT count(*) FROM " + b.From
					if b.Where != "" {
						q += " WHERE " + b.Where
					}
					if err := v.Conn().QueryRowContext(t.Context(), q).Scan(&n); err != nil {
						t.Error(err)
					}
					if n != b.Rows && b.Where == "" {
						t.Errorf("branch %s has %d rows, said %d", b.From, n, b.Rows)
					}
					got += n
				}
				if got != want {
					t.Errorf("count %d, want %d", got, want)
				}
				if err := v.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if err := s.Cut(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
	var writers sync.WaitGroup
	for w := range 3 {
		writers.Go(func() {
			for i := range frames / 3 {
				ingest(t, s, Frame{Body: lines(testTable, w*1000000+i*rows, rows)})
			}
		})
	}
	writers.Wait()
	close(done)
	wg.Wait()
	if n := len(values(t, s, "default", testTable, "Raw")); n != frames*rows {
		t.Errorf("%d rows at the end", n)
	}
}

// A cut may end within a frame, between any two rows: nothing is seen twice or
// missed, by readers, after a restart and by fsck.
func TestEvenCuts(t *testing.T) {
	dir := t.TempDir()
	o := testOptions()
	o.CutRows = 50
	s := openTest(t, dir, o)
	total, split := 0, 0
	check := func() {
		t.Helper()
		if d := cmp.Diff(numbers(0, total), values(t, s, "default", testTable, "Raw")); d != "" {
			t.Error(d)
		}
	}
	for i := range 30 {
		n := 7 + i*5%23
		ingest(t, s, Frame{Incarnation: "1", First: int64(i), Last: int64(i), Body: append(lines(testTable, total, n), "Other_CL x\n"...)})
		total += n
		if i%3 == 0 {
			rows := func() int {
				if f := s.state.Load().tables[tableKey{"default", testTable}]; f != nil {
					return int(f.rows)
				}
				return 0
			}
			if err := s.cut(t.Context(), true); err != nil {
				t.Fatal(err)
			}
			rest := total - rows()
			if rest >= 50 {
				t.Errorf("%d rows are left", rest)
			}
			if rest > 0 {
				split++
			}
		}
		check()
		if i%7 == 6 {
			if err := s.abandon(); err != nil {
				t.Fatal(err)
			}
			r, err := Fsck(t.Context(), dir, o)
			if err != nil || !r.Clean() {
				t.Fatalf("%+v %v", r, err)
			}
			s = openTest(t, dir, o)
			check()
		}
	}
	if split == 0 {
		t.Error("no cut ended within what was hot")
	}
	if err := s.Cut(t.Context()); err != nil {
		t.Fatal(err)
	}
	check()
}

// The time of the latest receipt is known of rows in memory as of those in the tables.
func TestLatestReceipt(t *testing.T) {
	s := openTest(t, t.TempDir(), testOptions())
	f := func(want int64) {
		t.Helper()
		v, err := s.View(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if state, _ := v.Table("default", testTable); state.Latest != want {
			t.Errorf("latest %d, want %d", state.Latest, want)
		}
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}
	f(0)
	for _, received := range []int64{campaignStart, campaignStart + 50} {
		ingest(t, s, Frame{Received: received, Body: lines(testTable, 1, 3)})
		f(received)
		if err := s.Cut(t.Context()); err != nil {
			t.Fatal(err)
		}
		f(received)
	}
}
