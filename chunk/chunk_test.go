package chunk

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"unsafe"
)

var testSpecs = []Spec{
	{"_Seq", Int64, false},
	{"TimeGenerated", Int64, true},
	{"b", Bool, true},
	{"i", Int32, true},
	{"f", Float64, true},
	{"d", Decimal, true},
	{"t", Text, false},
	{"dyn", Text, true},
	{"u", UUID, true},
	{"empty", Text, true},
}

// checkLeaks fails the test when memory is held at its end that was not at its start.
func checkLeaks(t testing.TB) {
	t.Helper()
	r0, b0 := InUse()
	t.Cleanup(func() {
		if r, b := InUse(); r != r0 || b != b0 {
			t.Errorf("leak: %d regions of %d bytes, before %d of %d", r, b, r0, b0)
		}
	})
}

// model is a row as plain Go values; nil is null.
type model []any

func (m model) write(b *Builder) {
	for i, v := range m {
		switch v := v.(type) {
		case nil:
		case int64:
			b.SetInt64(i, v)
		case int32:
			b.SetInt32(i, v)
		case float64:
			b.SetFloat64(i, v)
		case bool:
			b.SetBool(i, v)
		case string:
			b.SetString(i, v)
		case [2]uint64:
			if testSpecs[i].Kind == Decimal {
				b.SetDecimal(i, int64(v[0]), v[1])
			} else {
				b.SetUUID(i, v[0], v[1])
			}
		}
	}
}

// check compares the rows of a chunk with the model.
func check(t *testing.T, c *Chunk, rows []model) {
	t.Helper()
	if c.Rows != len(rows) {
		t.Fatalf("rows %d, want %d", c.Rows, len(rows))
	}
	for r, m := range rows {
		for i, s := range testSpecs {
			var got any
			switch {
			case c.Null(s.Name, r):
			case s.Kind == Bool:
				got = c.Bool(s.Name, r)
			case s.Kind == Int32:
				got = int32(c.Int64(s.Name, r))
			case s.Kind == Int64:
				got = c.Int64(s.Name, r)
			case s.Kind == Float64:
				got = c.Float64(s.Name, r)
			case s.Kind == Decimal:
				hi, lo := c.Decimal(s.Name, r)
				got = [2]uint64{uint64(hi), lo}
			case s.Kind == Text:
				got = c.Text(s.Name, r)
			case s.Kind == UUID:
				hi, lo := c.UUID(s.Name, r)
				got = [2]uint64{hi, lo}
			}
			want := m[i]
			if want == nil && !s.Nullable {
				want = map[Kind]any{Text: "", Int64: int64(0)}[s.Kind]
			}
			if f, ok := want.(float64); ok && math.IsNaN(f) {
				if g, ok := got.(float64); !ok || !math.IsNaN(g) {
					t.Fatalf("row %d %s: %v, want NaN", r, s.Name, got)
				}
				continue
			}
			if got != want {
				t.Fatalf("row %d %s: %v, want %v", r, s.Name, got, want)
			}
		}
	}
}

func randomRows(r *rand.Rand, n int) []model {
	maybe := func(v any) any {
		if r.IntN(4) == 0 {
			return nil
		}
		return v
	}
	texts := []string{"", "a", "exactly12byt", "thirteen byte", strings.Repeat("long and longer ", 8)}
	rows := make([]model, n)
	for i := range rows {
		text := texts[r.IntN(len(texts))]
		if r.IntN(3) == 0 {
			text = fmt.Sprintf("unlike any other %d %d", i, r.Uint64())
		}
		rows[i] = model{int64(i + 100), maybe(int64(r.Uint64())), maybe(r.IntN(2) == 0), maybe(int32(r.Uint32())),
			maybe(math.Float64frombits(r.Uint64())), maybe([2]uint64{r.Uint64(), r.Uint64()}), maybe(text),
			maybe(`{"k":` + fmt.Sprint(r.IntN(5)) + `,"longer":true}`), maybe([2]uint64{r.Uint64(), r.Uint64()}), nil}
	}
	return rows
}

func build(b *Builder, rows []model) *Chunk {
	for _, m := range rows {
		m.write(b)
		b.EndRow()
	}
	return b.Finish("w", "T")
}

func TestRoundTrip(t *testing.T) {
	checkLeaks(t)
	b := NewBuilder(testSpecs)
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 63, 64, 65, 1000, 5000} { // the builder is reused
		rows := randomRows(r, n)
		c := build(b, rows)
		check(t, c, rows)
		if c.MinSeq != 100 || c.MaxSeq != int64(99+n) {
			t.Errorf("sequence %d to %d", c.MinSeq, c.MaxSeq)
		}
		if _, _, _, ok := c.Column("empty"); ok {
			t.Error("a column without values is stored")
		}
		c.Release()
	}
}

func TestFinishWithoutRows(t *testing.T) {
	checkLeaks(t)
	b := NewBuilder(testSpecs)
	b.SetString(6, "a text in a row that never ends")
	if c := b.Finish("w", "T"); c != nil {
		t.Errorf("got %d rows", c.Rows)
	}
}

func TestDropRowAndOverwrite(t *testing.T) {
	checkLeaks(t)
	b := NewBuilder(testSpecs)
	b.SetInt64(0, 1)
	b.SetString(7, "first value of the row")
	b.SetString(7, "second value of the row")
	if got := string(b.GetText(7)); got != "second value of the row" {
		t.Errorf("GetText %q", got)
	}
	b.SetInt64(1, 5)
	b.SetNull(1)
	if b.IsSet(1) {
		t.Error("set after SetNull")
	}
	b.EndRow()
	b.SetInt64(0, 2)
	b.SetInt64(1, 5)
	b.SetNull(1)
	b.SetString(7, "dropped, dropped, dropped")
	b.DropRow()
	b.SetInt64(0, 3)
	b.SetInt64(1, 7)
	b.EndRow()
	b.SetInt64(0, 4)
	b.SetInt64(1, 8)
	b.SetNull(1)
	b.SetInt64(1, 9)
	b.EndRow()
	c := b.Finish("w", "T")
	defer c.Release()
	check(t, c, []model{
		{int64(1), nil, nil, nil, nil, nil, nil, "second value of the row", nil, nil},
		{int64(3), int64(7), nil, nil, nil, nil, nil, nil, nil, nil},
		{int64(4), int64(9), nil, nil, nil, nil, nil, nil, nil, nil},
	})
}

func TestSpreadAndFill(t *testing.T) {
	checkLeaks(t)
	b := NewBuilder(testSpecs)
	b.EndRow()
	b.SetString(7, "the same in every row")
	b.SetInt64(1, 5)
	b.SetInt32(3, 1)
	b.SetNull(3)
	same := b.Given(nil)
	if len(same) != 2 || same[0] != 1 || same[1] != 7 {
		t.Errorf("given: %v", same)
	}
	for i := range 70 {
		if i != 5 {
			b.SetInt32(3, int32(i))
		}
		b.EndRow()
	}
	b.Spread(same, 1)
	b.FillInt64(0, 3, 9)
	b.FillText(6, 60, []byte("filled, filled, filled"))
	b.EndRow()
	b.FillInt64(0, 71, 10)
	c := b.Finish("w", "T")
	defer c.Release()
	want := make([]model, 72)
	for i := range want {
		m := model{int64(9), int64(5), nil, int32(i - 1), nil, nil, nil, "the same in every row", nil, nil}
		if i < 3 {
			m[0] = nil
		}
		if i == 6 {
			m[3] = nil
		}
		if i >= 60 {
			m[6] = "filled, filled, filled"
		}
		want[i] = m
	}
	want[0] = make(model, len(testSpecs))
	want[71] = model{int64(10), nil, nil, nil, nil, nil, nil, nil, nil, nil}
	check(t, c, want)
}

func TestShortTexts(t *testing.T) {
	checkLeaks(t)
	b := NewBuilder([]Spec{{"t", Text, false}})
	long := "abcdefghijklmnop"
	for n := range len(long) {
		b.SetString(0, long[:n])
		b.EndRow()
	}
	c := b.Finish("w", "T")
	defer c.Release()
	data, _, _, _ := c.Column("t")
	for n := range len(long) {
		if got := c.Text("t", n); got != long[:n] {
			t.Errorf("%q, want %q", got, long[:n])
		}
		if n <= 12 {
			raw := unsafe.Slice((*byte)(unsafe.Add(data, n*16)), 16)
			if want := string(rune(n)) + "\x00\x00\x00" + long[:n] + strings.Repeat("\x00", 12-n); string(raw) != want {
				t.Errorf("%d bytes are %q", n, raw)
			}
		}
	}
}

func TestAddWhileBuilding(t *testing.T) {
	checkLeaks(t)
	b := NewBuilder([]Spec{{"_Seq", Int64, false}})
	b.SetInt64(0, 1)
	b.EndRow()
	first := b.Finish("w", "T")
	b.SetInt64(0, 2)
	b.EndRow()
	i := b.Add(Spec{"x_s", Text, false})
	if again := b.Add(Spec{"x_s", Text, false}); again != i {
		t.Errorf("index %d and %d", i, again)
	}
	b.SetInt64(0, 3)
	b.SetString(i, "found at run time")
	b.EndRow()
	second := b.Finish("w", "T")
	if _, ok := first.layout.index["x_s"]; ok {
		t.Error("an older chunk got the column")
	}
	if got := second.Text("x_s", 0) + "|" + second.Text("x_s", 1); got != "|found at run time" {
		t.Errorf("got %q", got)
	}
	first.Release()
	second.Release()
}

// Builders made of the same specs, with room behind them, are independent.
func TestAddIsPrivate(t *testing.T) {
	specs := append(make([]Spec, 0, 8), Spec{"a", Int64, false})
	one, two := NewBuilder(specs), NewBuilder(specs)
	one.Add(Spec{"b", Text, false})
	two.Add(Spec{"c", Bool, false})
	if _, ok := one.Index("c"); ok || one.layout.specs[1].Name != "b" || two.layout.specs[1].Name != "c" {
		t.Errorf("%v %v", one.layout.specs, two.layout.specs)
	}
}

func TestEqualTextIsShared(t *testing.T) {
	checkLeaks(t)
	b := NewBuilder([]Spec{{"t", Text, false}})
	values := []string{strings.Repeat("a", 1000), strings.Repeat("b", 1000), strings.Repeat("c", 1000)}
	for i := range 9000 {
		b.SetString(0, values[i%3])
		b.EndRow()
	}
	c := b.Finish("w", "T")
	defer c.Release()
	if c.Bytes() > 9000*16*2 {
		t.Errorf("%d bytes for three texts", c.Bytes())
	}
}

func TestSameText(t *testing.T) {
	checkLeaks(t)
	b := NewBuilder([]Spec{{"a", Text, false}, {"b", Text, true}})
	for _, v := range []string{"short", strings.Repeat("long", 500)} {
		b.SetString(0, v)
		b.SameText(1, 0)
		b.EndRow()
	}
	c := b.Finish("w", "T")
	defer c.Release()
	for i := range 2 {
		if c.Text("a", i) != c.Text("b", i) || c.Text("a", i) == "" {
			t.Errorf("row %d: %q and %q", i, c.Text("a", i), c.Text("b", i))
		}
	}
	if c.Bytes() > 4096*2 {
		t.Errorf("%d bytes: the text is there twice", c.Bytes())
	}
}

func TestMerge(t *testing.T) {
	checkLeaks(t)
	r := rand.New(rand.NewPCG(3, 4))
	var chunks []*Chunk
	var all []model
	b := NewBuilder(testSpecs)
	for _, n := range []int{1, 1, 70, 3000, 1, 6000, 2} {
		rows := randomRows(r, n)
		if n == 70 {
			for _, m := range rows {
				m[7] = nil // a column that this chunk lacks
			}
		}
		all = append(all, rows...)
		chunks = append(chunks, build(b, rows))
	}
	m := Merge(chunks)
	for _, c := range chunks {
		c.Release()
	}
	check(t, m, all)
	m2 := Merge([]*Chunk{m, m})
	m.Release()
	check(t, m2, append(append([]model(nil), all...), all...))
	m2.Release()
	if Merge(nil) != nil {
		t.Error("merge of nothing")
	}
}

// The layout that DuckDB reads: string_t and hugeint.
func TestLayout(t *testing.T) {
	checkLeaks(t)
	b := NewBuilder([]Spec{{"t", Text, false}, {"u", UUID, true}, {"n", Int64, true}})
	b.SetString(0, "exactly12byt")
	b.SetUUID(1, 0x0011223344556677, 0x8899aabbccddeeff)
	b.SetInt64(2, 7)
	b.EndRow()
	b.SetString(0, "thirteen byte")
	b.EndRow()
	c := b.Finish("w", "T")
	defer c.Release()
	data, valid, _, _ := c.Column("t")
	if valid != nil {
		t.Error("text without nulls has a bitmap")
	}
	if got := unsafe.Slice((*byte)(data), 16); string(got) != "\x0c\x00\x00\x00exactly12byt" {
		t.Errorf("inline text %q", got)
	}
	p := unsafe.Add(data, 16)
	if got := unsafe.Slice((*byte)(p), 8); string(got) != "\x0d\x00\x00\x00thir" {
		t.Errorf("long text starts %q", got)
	}
	if got := unsafe.Slice(*(**byte)(unsafe.Add(p, 8)), 13); string(got) != "thirteen byte" {
		t.Errorf("long text %q", got)
	}
	u, valid, _, _ := c.Column("u")
	if lo, hi := *(*uint64)(u), *(*uint64)(unsafe.Add(u, 8)); lo != 0x8899aabbccddeeff || hi != 0x8011223344556677 {
		t.Errorf("uuid %x %x", hi, lo)
	}
	if *(*uint64)(valid)&3 != 1 {
		t.Errorf("validity %b", *(*uint64)(valid))
	}
}

func TestRetainRelease(t *testing.T) {
	checkLeaks(t)
	rows := randomRows(rand.New(rand.NewPCG(5, 6)), 100)
	c := build(NewBuilder(testSpecs), rows)
	var wg sync.WaitGroup
	for range 8 {
		c.Retain()
		wg.Go(func() {
			defer c.Release()
			for r := range rows {
				if want, _ := rows[r][6].(string); c.Text("t", r) != want {
					t.Errorf("row %d changed", r)
				}
			}
		})
	}
	c.Release()
	wg.Wait()
	defer func() {
		if recover() == nil {
			t.Error("one release too many passed")
		}
	}()
	c.Release()
}

func TestSizeClasses(t *testing.T) {
	for n := 1; n < 300<<20; n += 1 + n/7 {
		i, size := class(n)
		if size < n || n > minRegion && size > 2*n || n > smallMax && size > n+n/4+1 || size%minRegion != 0 || i >= classes {
			t.Fatalf("class of %d: %d %d", n, i, size)
		}
		if j, again := class(size); j != i || again != size {
			t.Fatalf("class of %d is %d/%d, of its size %d/%d", n, i, size, j, again)
		}
	}
}

// What goes in comes out, whatever the order of setting, dropping and merging.
func FuzzBuilder(f *testing.F) {
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz"))
	f.Add([]byte{0, 200, 13, 7, 255, 6, 6, 6, 10, 10, 10, 9, 9})
	f.Fuzz(func(t *testing.T, in []byte) {
		r0, b0 := InUse()
		b := NewBuilder(testSpecs)
		var chunks []*Chunk
		var all, rows []model
		row := make(model, len(testSpecs))
		set := func(i int, v any) {
			row[i] = v
			m := make(model, len(testSpecs))
			m[i] = v
			m.write(b)
		}
		for i, x := range in {
			switch x % 14 {
			case 0:
				set(0, int64(x)<<32|int64(i))
			case 1:
				set(1, -int64(x)*int64(i))
			case 2:
				set(2, x > 100)
			case 3:
				set(3, int32(x)<<20)
			case 4:
				set(4, float64(x)/3)
			case 5:
				set(5, [2]uint64{uint64(x) << 50, uint64(i)})
			case 6, 7:
				end := min(len(in), i+int(x)/4)
				set(int(x%14), string(in[i:end]))
			case 8:
				set(8, [2]uint64{uint64(x) << 56, uint64(i)})
			case 9, 10:
				b.EndRow()
				rows = append(rows, row)
				row = make(model, len(testSpecs))
			case 11:
				b.DropRow()
				row = make(model, len(testSpecs))
			case 12:
				b.SetNull(7)
				row[7] = nil
			case 13:
				if c := b.Finish("w", "T"); c != nil {
					check(t, c, rows)
					chunks = append(chunks, c)
				}
				all = append(all, rows...)
				rows, row = nil, make(model, len(testSpecs))
			}
		}
		b.Reset()
		if m := Merge(chunks); m != nil {
			check(t, m, all)
			m.Release()
		}
		for _, c := range chunks {
			c.Release()
		}
		if r, n := InUse(); r != r0 || n != b0 {
			t.Errorf("leak: %d regions of %d bytes", r-r0, n-b0)
		}
	})
}

func BenchmarkBuilder(b *testing.B) {
	rows := randomRows(rand.New(rand.NewPCG(7, 8)), 2048)
	bl := NewBuilder(testSpecs)
	b.ReportAllocs()
	for b.Loop() {
		for _, m := range rows {
			m.write(bl)
			bl.EndRow()
		}
		bl.Finish("w", "T").Release()
	}
	b.ReportMetric(float64(b.N)*2048/b.Elapsed().Seconds(), "rows/s")
}
