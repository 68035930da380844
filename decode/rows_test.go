package decode

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lazuli.dev/lazuli/chunk"
	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/schema"
)

// received is when the messages of tests were received.
const received = int64(639_000_000_000_000_000)

// A row is a row as KQL sees it: values as text, empty ones left out.
type row struct {
	table  string
	values map[string]string
	order  []string
}

// String returns the row as fixtures have it, without what is the same in all.
func (r row) String() string {
	var b strings.Builder
	fmt.Fprintln(&b, r.table)
	for _, c := range r.order {
		switch c {
		case "TenantId", "Type", "_IsBillable", "_Seq", "_Origin", "_Position", "_DecoderVersion", "_TimeReceived":
		default:
			fmt.Fprintf(&b, "  %s: %s\n", c, r.values[c])
		}
	}
	return b.String()
}

// text is how a fixture shows a time.
func showTime(ticks int64) string {
	return time.Unix(ticks/ticksPerSecond-unixTicks/ticksPerSecond, ticks%ticksPerSecond*100).UTC().Format("2006-01-02T15:04:05.0000000Z")
}

func showGUID(hi, lo uint64) string {
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xffff, lo>>48, lo&0xffffffffffff)
}

// rowsOf reads the rows of a result in the order of their records.
func rowsOf(t testing.TB, r Result) []row {
	t.Helper()
	var rows []row
	seqs := map[int]int64{}
	for _, c := range r.Chunks {
		table, ok := schema.Lookup(c.Table)
		if !ok {
			t.Fatalf("no table %s", c.Table)
		}
		var extra []schema.Column
		for _, s := range c.Specs() {
			if name, ok := schema.FoundName(s.Name); ok {
				extra = append(extra, schema.Column{Name: name, Physical: s.Name, Type: suffixes[name[len(name)-1]]})
			}
		}
		slices.SortFunc(extra, func(a, b schema.Column) int { return strings.Compare(a.Name, b.Name) })
		columns := slices.Concat(table.With(extra...).Columns, schema.System)
		for i := range c.Rows {
			w := row{table: c.Table, values: map[string]string{}}
			for _, col := range columns {
				if v := show(c, col, i); v != "" {
					w.values[col.Name] = v
					w.order = append(w.order, col.Name)
				}
			}
			seqs[len(rows)] = c.Int64("_Seq", i)
			rows = append(rows, w)
		}
	}
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return int(seqs[a] - seqs[b]) })
	sorted := make([]row, len(rows))
	for i, o := range order {
		sorted[i] = rows[o]
	}
	return sorted
}

func show(c *chunk.Chunk, col schema.Column, i int) string {
	p := col.Physical
	if col.Type == types.String && col.Encoding == schema.GUID {
		if !c.Null(p, i) {
			return showGUID(c.UUID(p, i))
		}
		return c.Text(p+schema.TextSuffix, i)
	}
	if c.Null(p, i) {
		return ""
	}
	switch col.Type {
	case types.String, types.Dynamic:
		return c.Text(p, i)
	case types.DateTime:
		return showTime(c.Int64(p, i))
	case types.Bool:
		return strconv.FormatBool(c.Bool(p, i))
	case types.Real:
		return strconv.FormatFloat(c.Float64(p, i), 'f', -1, 64)
	case types.Guid:
		return showGUID(c.UUID(p, i))
	}
	return strconv.FormatInt(c.Int64(p, i), 10)
}

// decodeText decodes a message and fails the test when memory stays behind.
func decodeText(t testing.TB, body string) ([]row, Result) {
	t.Helper()
	return decodeWith(t, New(Options{}), body)
}

func decodeWith(t testing.TB, d *Decoder, body string) ([]row, Result) {
	t.Helper()
	r, err := d.Decode(Message{Workspace: "00000000-0000-0000-0000-00000000000f", Origin: "test/0", Position: 7, Seq: 3 << 24, Received: received, Body: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(t, r)
	total := 0
	for _, c := range r.Chunks {
		c.Release()
	}
	for _, n := range r.Rows {
		total += n
	}
	if total != len(rows) {
		t.Errorf("%d rows counted, %d found", total, len(rows))
	}
	return rows, r
}

// shared returns the folder of public samples, which is not part of the
// project, and skips the test where there is none.
func shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("LAZULI_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	dir = filepath.Join(dir, "azure", "samples")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the folder of samples is not here: %v", err)
	}
	return dir
}
