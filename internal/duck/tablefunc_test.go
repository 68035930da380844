package duck

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli/chunk"
)

var hotSpecs = []chunk.Spec{
	{Name: "_Seq", Kind: chunk.Int64}, {Name: "TimeGenerated", Kind: chunk.Int64, Nullable: true}, {Name: "t", Kind: chunk.Text},
	{Name: "d", Kind: chunk.Text, Nullable: true}, {Name: "f", Kind: chunk.Float64, Nullable: true}, {Name: "b", Kind: chunk.Bool, Nullable: true},
	{Name: "i", Kind: chunk.Int32, Nullable: true}, {Name: "u", Kind: chunk.UUID, Nullable: true}, {Name: "n", Kind: chunk.Decimal, Nullable: true},
}

// hotChunk makes a chunk of rows from one number on. In every third chunk the
// later columns are missing; nulls lie where a number is divisible.
func hotChunk(from, n int, wide bool) *chunk.Chunk {
	b := chunk.NewBuilder(hotSpecs)
	for i := from; i < from+n; i++ {
		b.SetInt64(0, int64(i))
		b.SetInt64(1, int64(i*10))
		if wide {
			b.SetString(2, fmt.Sprint("text number ", i))
			if i%3 != 0 {
				b.SetString(3, fmt.Sprint(i))
			}
			if i%5 != 0 {
				b.SetFloat64(4, float64(i)/2)
			}
			if i%7 != 0 {
				b.SetBool(5, i%2 == 0)
			}
			b.SetInt32(6, int32(i))
			b.SetUUID(7, uint64(i), uint64(i)<<60)
			b.SetDecimal(8, 0, uint64(i%18)*1e18)
		}
		b.EndRow()
	}
	return b.Finish("w", "T")
}

func TestHot(t *testing.T) {
	db := openDB(t, Options{Threads: 2})
	f := func(sizes ...int) {
		t.Helper()
		var chunks []*chunk.Chunk
		total := 0
		for i, n := range sizes {
			chunks = append(chunks, hotChunk(total, n, i%3 != 2))
			total += n
		}
		s := NewSnapshot(map[string]*Rows{"it's": {Specs: hotSpecs, Chunks: chunks}})
		defer func() {
			s.Drop()
			for _, c := range chunks {
				c.Release()
			}
		}()
		from := s.From("it's", Bounds{})
		scan := func(q string, dst ...any) {
			t.Helper()
			if err := db.QueryRow(strings.ReplaceAll(q, "HOT", from)).Scan(dst...); err != nil {
				t.Fatalf("%s: %v", q, err)
			}
		}
		var n, sum int64
		scan("SELECT count(*) FROM HOT", &n)
		if n != int64(total) {
			t.Errorf("%v: %d rows", sizes, n)
		}
		scan("SELECT count(*), coalesce(sum(_Seq), 0) FROM HOT", &n, &sum)
		if n != int64(total) || sum != int64(total*(total-1)/2) {
			t.Errorf("%v: %d rows, sum %d", sizes, n, sum)
		}
		var got, want []string
		rows, err := db.Query("SELECT _Seq, t, d, f::VARCHAR, b::VARCHAR, i, u::VARCHAR, n::VARCHAR FROM " + from + " ORDER BY 1")
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var seq int64
			var text string
			var rest [6]sql.NullString
			if err := rows.Scan(&seq, &text, &rest[0], &rest[1], &rest[2], &rest[3], &rest[4], &rest[5]); err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(seq, text, rest))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		at := 0
		for k, n := range sizes {
			for i := at; i < at+n; i++ {
				var rest [6]sql.NullString
				text := ""
				set := func(k int, ok bool, v string) {
					if ok {
						rest[k] = sql.NullString{String: v, Valid: true}
					}
				}
				if k%3 != 2 {
					text = fmt.Sprint("text number ", i)
					set(0, i%3 != 0, fmt.Sprint(i))
					set(1, i%5 != 0, fmt.Sprintf("%.1f", float64(i)/2))
					set(2, i%7 != 0, fmt.Sprint(i%2 == 0))
					set(3, true, fmt.Sprint(i))
					set(4, true, fmt.Sprintf("00000000-%04x-%04x-%x000-000000000000", i>>16, i&0xffff, i%16))
					set(5, true, fmt.Sprintf("%d.000000000000000000", i%18))
				}
				want = append(want, fmt.Sprint(i, text, rest))
			}
			at += n
		}
		for i := range want {
			if i >= len(got) || got[i] != want[i] {
				t.Fatalf("%v: row %d is %s, want %s", sizes, i, got[i:min(i+1, len(got))], want[i])
			}
		}
	}
	f()
	f(1)
	f(1, 1, 1, 1, 1, 1, 1)
	f(63, 1, 64, 65, 127, 3, 700)
	f(2047, 2, 2048, 5000, 1, 30000)
	f(100000, 7, 60000)
}

func TestHotBounds(t *testing.T) {
	db := openDB(t, Options{})
	var chunks []*chunk.Chunk
	for i := range 10 {
		chunks = append(chunks, hotChunk(i*100+1, 100, true))
	}
	s := NewSnapshot(map[string]*Rows{"T": {Specs: hotSpecs, Chunks: chunks}})
	f := func(b Bounds, want int) {
		t.Helper()
		var n int
		if err := db.QueryRow("SELECT count(*) FROM " + s.From("T", b)).Scan(&n); err != nil || n != want {
			t.Errorf("%+v: %d rows, %v", b, n, err)
		}
	}
	f(Bounds{}, 1000)
	f(Bounds{After: 100}, 900)
	f(Bounds{After: 99}, 1000)
	f(Bounds{Upto: 100}, 100)
	f(Bounds{Upto: 101}, 200)
	f(Bounds{From: 1001, To: 2010}, 100)
	f(Bounds{From: 1001, To: 2011}, 200)
	f(Bounds{After: 500, Upto: 501}, 100)

	// A statement that was bound holds the chunks itself.
	rows, err := db.Query("SELECT sum(_Seq) FROM " + s.From("T", Bounds{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	s.Drop()
	for _, c := range chunks {
		c.Release()
	}
	if _, err := db.Query("SELECT * FROM " + s.From("T", Bounds{})); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("after drop: %v", err)
	}
	if regions, _ := chunk.InUse(); regions != 0 {
		t.Errorf("%d regions are still held", regions)
	}
	states.RLock()
	defer states.RUnlock()
	if len(states.m) != 0 {
		t.Errorf("%d states are left", len(states.m))
	}
}

// Rows outside After and Upto are left out, to the row.
func TestHotPart(t *testing.T) {
	db := openDB(t, Options{})
	chunks := []*chunk.Chunk{hotChunk(1, 100, true), hotChunk(101, 3000, true), hotChunk(3101, 50, false)}
	defer func() {
		for _, c := range chunks {
			c.Release()
		}
	}()
	f := func(after, upto int64) {
		t.Helper()
		s := NewSnapshot(map[string]*Rows{"T": {Specs: hotSpecs, Chunks: chunks, After: after, Upto: upto}})
		defer s.Drop()
		lo, hi := after+1, int64(3150)
		if upto != 0 {
			hi = min(hi, upto)
		}
		want := max(0, hi-lo+1)
		var n, sum, texts int64
		err := db.QueryRow("SELECT count(*), coalesce(sum(_Seq), 0), coalesce(sum((t = 'text number ' || _Seq OR t = '')::INT), 0) FROM "+s.From("T", Bounds{})).
			Scan(&n, &sum, &texts)
		if err != nil || n != want || sum != want*(lo+hi)/2 || texts != want {
			t.Errorf("above %d, up to %d: %d rows, sum %d, %d texts, %v", after, upto, n, sum, texts, err)
		}
	}
	for _, after := range []int64{0, 1, 50, 99, 100, 101, 2000, 3100, 3149, 3150} {
		for _, upto := range []int64{0, 1, 50, 100, 101, 2500, 3100, 3101, 3150, 4000} {
			f(after, upto)
		}
	}
}

// Bits are copied between any offsets.
func TestCopyBits(t *testing.T) {
	for to := 0; to < 130; to += 13 {
		for at := 0; at < 130; at += 7 {
			for n := 1; n < 150; n += 11 {
				src, dst := make([]uint64, 8), make([]uint64, 8)
				for i := range src {
					src[i] = 0x9e3779b97f4a7c15 * uint64(i+1)
					dst[i] = 0xaaaaaaaaaaaaaaaa
				}
				want := append([]uint64(nil), dst...)
				for i := range n {
					bit := src[(at+i)/64] >> ((at + i) % 64) & 1
					want[(to+i)/64] = want[(to+i)/64]&^(1<<((to+i)%64)) | bit<<((to+i)%64)
				}
				copyBits(ptr(dst), to, ptr(src), at, n)
				if d := cmp.Diff(want, dst); d != "" {
					t.Fatalf("to %d, at %d, %d bits: %s", to, at, n, d)
				}
			}
		}
	}
}

func ptr(w []uint64) unsafe.Pointer { return unsafe.Pointer(&w[0]) }
