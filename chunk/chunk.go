// Package chunk holds rows in memory as columns, in the layout of DuckDB's own
// vectors, outside the Go heap: so a query can be handed pointers into a chunk
// and the garbage collector has nothing to walk.
//
// A [Builder] collects rows; [Builder.Finish] makes an immutable [Chunk] of
// them. A chunk is counted: whoever keeps one calls [Chunk.Retain], and the
// last [Chunk.Release] gives the memory back. There is no finalizer, because
// pointers into the memory live where the Go runtime cannot see them.
//
// What it protects: what went into a column comes out of it, byte for byte and
// null for null, for as long as somebody holds the chunk and not longer.
package chunk

import (
	"fmt"
	"math"
	"sync/atomic"
	"unsafe"
)

// A Kind is the physical type of a column: what its values look like in memory.
type Kind uint8

// The kinds, with the SQL type that each one is in DuckDB.
const (
	Bool    Kind = iota // BOOLEAN: one byte, 0 or 1
	Int32               // INTEGER
	Int64               // BIGINT
	Float64             // DOUBLE
	Decimal             // DECIMAL(38,18): 16 bytes, two's complement, low half first
	Text                // VARCHAR: 16 bytes, the length and 12 bytes of text or 4 and a pointer
	UUID                // UUID: 16 bytes, low half first, the topmost bit flipped
)

var kinds = [...]struct {
	sql   string
	width int
}{
	Bool: {"BOOLEAN", 1}, Int32: {"INTEGER", 4}, Int64: {"BIGINT", 8}, Float64: {"DOUBLE", 8},
	Decimal: {"DECIMAL(38,18)", 16}, Text: {"VARCHAR", 16}, UUID: {"UUID", 16},
}

// Width returns the bytes of one value.
func (k Kind) Width() int { return kinds[k].width }

// String returns the name of the SQL type.
func (k Kind) String() string { return kinds[k].sql }

// KindOf returns the kind that holds values of an SQL type, as named by
// [Kind.String].
func KindOf(sqlType string) (Kind, bool) {
	for k := range kinds {
		if kinds[k].sql == sqlType {
			return Kind(k), true
		}
	}
	return 0, false
}

// A Spec describes one column. In a column that is not Nullable a value that
// was not set is the zero value: an empty text, 0 or false.
type Spec struct {
	Name     string // physical name, as in the store
	Kind     Kind
	Nullable bool
}

// A layout is the shape of a table's chunks. It is shared by many chunks and
// never changed.
type layout struct {
	specs []Spec
	index map[string]int
}

func newLayout(specs []Spec) *layout {
	l := &layout{specs: specs, index: make(map[string]int, len(specs))}
	for i, s := range specs {
		l.index[s.Name] = i
	}
	return l
}

// inline is how many bytes of text fit into the 16 of a value.
const inline = 12

// A Chunk is an immutable run of rows of one table. It is safe for concurrent
// use. Columns in which no row has a value are not stored at all: [Chunk.Column]
// does not find them, and every value in them is null or zero as their [Spec]
// says.
type Chunk struct {
	Workspace string
	Table     string
	Rows      int

	MinSeq, MaxSeq   int64 // of the column _Seq; 0 where there is none
	MinTime, MaxTime int64 // of the column TimeGenerated, in ticks; 0 where there is none

	layout *layout
	cols   []column
	fixed  *region   // values and validity of every column
	text   []*region // what long texts point into
	bytes  int64
	refs   atomic.Int32
}

type column struct {
	data  unsafe.Pointer // nil: no row has a value
	valid unsafe.Pointer // nil: every row has a value
}

// Specs returns the columns that are stored, in the order of the builder.
func (c *Chunk) Specs() []Spec {
	specs := make([]Spec, 0, len(c.cols))
	for i, col := range c.cols {
		if col.data != nil {
			specs = append(specs, c.layout.specs[i])
		}
	}
	return specs
}

// Column returns the memory of a column: its values, of [Kind.Width] bytes
// each, and its validity as a bitmap of uint64 words with a bit set for each
// row that is not null (nil when none is null). Both stay until the chunk is
// released.
func (c *Chunk) Column(name string) (data, valid unsafe.Pointer, kind Kind, ok bool) {
	i, ok := c.layout.index[name]
	if !ok || i >= len(c.cols) || c.cols[i].data == nil {
		return nil, nil, 0, false
	}
	return c.cols[i].data, c.cols[i].valid, c.layout.specs[i].Kind, true
}

// Null reports whether a value is null. A column that is not stored is null
// throughout, unless it is not nullable.
func (c *Chunk) Null(name string, row int) bool {
	i, ok := c.layout.index[name]
	if !ok || i >= len(c.cols) || c.cols[i].data == nil {
		return !ok || c.layout.specs[i].Nullable
	}
	v := c.cols[i].valid
	return v != nil && *(*uint64)(unsafe.Add(v, row/64*8))>>(row%64)&1 == 0
}

// at returns the address of a value, nil when it is null or not stored.
func (c *Chunk) at(name string, row int, kind Kind) unsafe.Pointer {
	data, _, k, ok := c.Column(name)
	if !ok || c.Null(name, row) {
		return nil
	}
	if k != kind {
		panic(fmt.Sprintf("chunk: column %s is %s, not %s", name, k, kind))
	}
	return unsafe.Add(data, row*kind.Width())
}

// Text returns a copy of a text, empty when it is null.
func (c *Chunk) Text(name string, row int) string {
	p := c.at(name, row, Text)
	if p == nil {
		return ""
	}
	return string(textAt(p))
}

// Int64 returns a value of kind Int64 or Int32, 0 when it is null.
func (c *Chunk) Int64(name string, row int) int64 {
	if _, _, k, ok := c.Column(name); ok && k == Int32 {
		return int64(*(*int32)(c.at0(name, row, Int32)))
	}
	return *(*int64)(c.at0(name, row, Int64))
}

// Float64 returns a value of kind Float64, 0 when it is null.
func (c *Chunk) Float64(name string, row int) float64 {
	return math.Float64frombits(*(*uint64)(c.at0(name, row, Float64)))
}

// Bool returns a value of kind Bool, false when it is null.
func (c *Chunk) Bool(name string, row int) bool { return *(*byte)(c.at0(name, row, Bool)) != 0 }

// UUID returns the two halves of a value of kind UUID, zero when it is null.
func (c *Chunk) UUID(name string, row int) (hi, lo uint64) {
	p := c.at(name, row, UUID)
	if p == nil {
		return 0, 0
	}
	return *(*uint64)(unsafe.Add(p, 8)) ^ 1<<63, *(*uint64)(p)
}

// Decimal returns the two halves of a value of kind Decimal scaled by 10^18,
// zero when it is null.
func (c *Chunk) Decimal(name string, row int) (hi int64, lo uint64) {
	p := c.at0(name, row, Decimal)
	return *(*int64)(unsafe.Add(p, 8)), *(*uint64)(p)
}

var zero [16]byte

func (c *Chunk) at0(name string, row int, kind Kind) unsafe.Pointer {
	if p := c.at(name, row, kind); p != nil {
		return p
	}
	return unsafe.Pointer(&zero)
}

// Bytes returns the memory that the chunk holds, in bytes. Text that two
// chunks share counts in both.
func (c *Chunk) Bytes() int64 { return c.bytes }

// Retain adds a holder. The caller must hold the chunk already.
func (c *Chunk) Retain() { c.refs.Add(1) }

// Release takes a holder away. After the last one the chunk must not be used.
// Releasing more often than holding is a bug and panics.
func (c *Chunk) Release() {
	switch n := c.refs.Add(-1); {
	case n > 0:
		return
	case n < 0:
		panic("chunk: released more often than retained")
	}
	c.fixed.release()
	for _, r := range c.text {
		r.release()
	}
	c.cols, c.fixed, c.text = nil, nil, nil
}

// textAt returns the bytes of the text value at p; they belong to the chunk.
func textAt(p unsafe.Pointer) []byte {
	n := *(*uint32)(p)
	if n <= inline {
		return unsafe.Slice((*byte)(unsafe.Add(p, 4)), n)
	}
	return unsafe.Slice(*(**byte)(unsafe.Add(p, 8)), n)
}

// bounds sets the ranges of sequence and time from the columns that hold them.
func (c *Chunk) bounds() {
	c.MinSeq, c.MaxSeq = c.span("_Seq")
	c.MinTime, c.MaxTime = c.span("TimeGenerated")
}

func (c *Chunk) span(name string) (lo, hi int64) {
	data, valid, kind, ok := c.Column(name)
	if !ok || kind != Int64 {
		return 0, 0
	}
	first := true
	for row, v := range unsafe.Slice((*int64)(data), c.Rows) {
		if valid != nil && *(*uint64)(unsafe.Add(valid, row/64*8))>>(row%64)&1 == 0 {
			continue
		}
		if first {
			lo, hi, first = v, v, false
			continue
		}
		lo, hi = min(lo, v), max(hi, v)
	}
	return lo, hi
}
