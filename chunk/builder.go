package chunk

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"
)

const (
	cacheSlots = 64      // recent values of a text column that are compared with
	maxText    = 1 << 20 // regions of text grow up to this; a longer text has one of its own
)

// A Builder collects rows. Values are set in any order; EndRow completes the
// row. A value set twice in one row is the later one; a value not set is null,
// or zero in a column that is not nullable. A Builder is not safe for
// concurrent use and is meant to be reused: it keeps its buffers.
type Builder struct {
	layout *layout
	shared bool // the layout belongs to a finished chunk too
	cols   []building
	rows   int
	text   arena
	widest int // length of the longest text of the current row that is not inline
}

// building is a column under construction. Rows from n on have not been
// written; nulls has a bit for each written row that is null.
type building struct {
	width    int
	nullable bool
	kind     Kind
	n        int
	any      bool // some row has a value
	hasNull  bool
	data     []byte
	nulls    []uint64
	cache    *cache
}

// cache remembers recent texts of a column, so that equal ones share bytes.
// It switches itself off for a column whose values do not repeat.
type cache struct {
	epoch        uint64
	hits, misses int
	slots        [cacheSlots][16]byte
}

// arena hands out memory for text. It belongs to the builder until Finish
// gives it to a chunk.
type arena struct {
	regions []*region
	left    []byte // rest of the last region
	next    int    // size of the next region
	epoch   uint64 // counts arenas: what an older one held must not be shared
}

// NewBuilder returns a builder for rows of the given columns.
func NewBuilder(specs []Spec) *Builder {
	b := &Builder{layout: newLayout(append([]Spec(nil), specs...))} // Add must not write behind the caller's
	b.text.epoch = 1
	b.cols = make([]building, len(specs))
	for i, s := range specs {
		b.cols[i] = building{width: s.Kind.Width(), nullable: s.Nullable, kind: s.Kind}
	}
	return b
}

// Add adds a column and returns its index; rows so far have no value in it. A
// column of that name that exists already is returned instead.
func (b *Builder) Add(s Spec) int {
	if i, ok := b.layout.index[s.Name]; ok {
		return i
	}
	if b.shared {
		b.layout = newLayout(append([]Spec(nil), b.layout.specs...))
		b.shared = false
	}
	i := len(b.cols)
	b.layout.specs = append(b.layout.specs, s)
	b.layout.index[s.Name] = i
	b.cols = append(b.cols, building{width: s.Kind.Width(), nullable: s.Nullable, kind: s.Kind})
	return i
}

// Index returns the index of a column.
func (b *Builder) Index(name string) (int, bool) {
	i, ok := b.layout.index[name]
	return i, ok
}

// Rows returns how many rows are complete.
func (b *Builder) Rows() int { return b.rows }

// Bytes returns the memory that the rows take so far, about.
func (b *Builder) Bytes() int64 {
	n := int64(0)
	for i := range b.cols {
		if b.cols[i].any {
			n += int64(b.cols[i].n * b.cols[i].width)
		}
	}
	for _, r := range b.text.regions {
		n += int64(len(r.mem))
	}
	return n - int64(len(b.text.left))
}

// Reserved returns the heap memory that the builder keeps for reuse, in bytes.
func (b *Builder) Reserved() int64 {
	n := int64(0)
	for i := range b.cols {
		n += int64(len(b.cols[i].data))
	}
	return n
}

// slot makes room for the value of the current row and marks it not null.
func (b *Builder) slot(col int) (*building, []byte) {
	c := &b.cols[col]
	at := b.rows * c.width
	if c.n == b.rows && at+c.width <= len(c.data) {
		c.n++
		c.any = true
		return c, c.data[at : at+c.width]
	}
	c.reach(b.rows + 1)
	c.any = true
	if c.hasNull && b.rows/64 < len(c.nulls) {
		c.nulls[b.rows/64] &^= 1 << (b.rows % 64)
	}
	return c, c.data[at : at+c.width]
}

// reach extends the column to n rows; those that had no value are null or zero.
func (c *building) reach(n int) {
	if c.n >= n {
		return
	}
	need := n * c.width
	if need > len(c.data) {
		grown := make([]byte, max(need, 2*len(c.data), 8*c.width))
		copy(grown, c.data[:c.n*c.width])
		c.data = grown
	}
	clear(c.data[c.n*c.width : need])
	if c.nullable {
		for row := c.n; row < n-1; row++ {
			c.null(row)
		}
	}
	c.n = n
}

func (c *building) null(row int) {
	for len(c.nulls) <= row/64 {
		c.nulls = append(c.nulls, 0)
	}
	c.nulls[row/64] |= 1 << (row % 64)
	c.hasNull = true
}

func (b *Builder) check(c *building, col int, k Kind) {
	if c.kind != k {
		panic(fmt.Sprintf("chunk: column %s is %s, not %s", b.layout.specs[col].Name, c.kind, k))
	}
}

// SetInt64 sets a value of a column of kind Int64.
func (b *Builder) SetInt64(col int, v int64) {
	c, p := b.slot(col)
	b.check(c, col, Int64)
	binary.LittleEndian.PutUint64(p, uint64(v))
}

// SetInt32 sets a value of a column of kind Int32.
func (b *Builder) SetInt32(col int, v int32) {
	c, p := b.slot(col)
	b.check(c, col, Int32)
	binary.LittleEndian.PutUint32(p, uint32(v))
}

// SetFloat64 sets a value of a column of kind Float64.
func (b *Builder) SetFloat64(col int, v float64) {
	c, p := b.slot(col)
	b.check(c, col, Float64)
	binary.LittleEndian.PutUint64(p, math.Float64bits(v))
}

// SetBool sets a value of a column of kind Bool.
func (b *Builder) SetBool(col int, v bool) {
	c, p := b.slot(col)
	b.check(c, col, Bool)
	p[0] = 0
	if v {
		p[0] = 1
	}
}

// SetUUID sets a value of a column of kind UUID from its two halves, the first
// digits in hi.
func (b *Builder) SetUUID(col int, hi, lo uint64) {
	c, p := b.slot(col)
	b.check(c, col, UUID)
	binary.LittleEndian.PutUint64(p, lo)
	binary.LittleEndian.PutUint64(p[8:], hi^1<<63)
}

// SetDecimal sets a value of a column of kind Decimal from the two halves of
// the number times 10^18.
func (b *Builder) SetDecimal(col int, hi int64, lo uint64) {
	c, p := b.slot(col)
	b.check(c, col, Decimal)
	binary.LittleEndian.PutUint64(p, lo)
	binary.LittleEndian.PutUint64(p[8:], uint64(hi))
}

// SetNull makes the value of the current row null, or zero in a column that is
// not nullable.
func (b *Builder) SetNull(col int) {
	c := &b.cols[col]
	if c.n <= b.rows {
		return // not set is null already
	}
	clear(c.data[b.rows*c.width : (b.rows+1)*c.width])
	if c.nullable {
		c.null(b.rows)
	}
}

// IsSet reports whether the current row has a value in the column.
func (b *Builder) IsSet(col int) bool {
	c := &b.cols[col]
	return c.n > b.rows && (!c.hasNull || b.rows/64 >= len(c.nulls) || c.nulls[b.rows/64]>>(b.rows%64)&1 == 0)
}

// SetText sets a value of a column of kind Text to a copy of v. Equal values
// that came shortly before share one copy.
func (b *Builder) SetText(col int, v []byte) {
	c := &b.cols[col]
	var p []byte
	if at := b.rows * 16; c.n == b.rows && c.kind == Text && at+16 <= len(c.data) {
		c.n++ // slot, without the call: most values are texts
		c.any = true
		p = c.data[at : at+16 : at+16]
	} else {
		c, p = b.slot(col)
		b.check(c, col, Text)
	}
	if len(v) <= inline {
		short(p, v)
		return
	}
	if uint64(len(v)) > math.MaxUint32 {
		panic(fmt.Sprintf("chunk: text of %d bytes in column %s", len(v), b.layout.specs[col].Name))
	}
	b.widest = max(b.widest, len(v))
	b.longText(c, p, v)
}

// Widest returns the length of the longest text that SetText gave the current row,
// 0 where none is longer than 12 bytes.
func (b *Builder) Widest() int { return b.widest }

// SameText sets a value of a column of kind Text to that which the current row
// has in the column from, and shares its bytes.
func (b *Builder) SameText(col, from int) {
	src := b.cols[from].data[b.rows*16 : b.rows*16+16]
	c, p := b.slot(col)
	b.check(c, col, Text)
	copy(p, src)
}

// short writes a text of up to 12 bytes, with zeros after it.
func short(p, v []byte) {
	n := len(v)
	first, rest := uint64(n), uint64(0) // the length and four bytes, the other eight
	if n >= 4 {
		first |= uint64(binary.LittleEndian.Uint32(v)) << 32
		switch v = v[4:]; {
		case n >= 8: // the two halves overlap unless there are eight bytes
			rest = uint64(binary.LittleEndian.Uint32(v)) | uint64(binary.LittleEndian.Uint32(v[n-8:]))<<(8*(n-8))
		default:
			for i, c := range v {
				rest |= uint64(c) << (8 * i)
			}
		}
	} else {
		for i, c := range v {
			first |= uint64(c) << (32 + 8*i)
		}
	}
	binary.LittleEndian.PutUint64(p, first)
	binary.LittleEndian.PutUint64(p[8:], rest)
}

// SetString is SetText of a string.
func (b *Builder) SetString(col int, v string) {
	b.SetText(col, unsafe.Slice(unsafe.StringData(v), len(v)))
}

// GetText returns the text that the current row has in a column, which is
// valid until the row ends; nil when it has none.
func (b *Builder) GetText(col int) []byte {
	if !b.IsSet(col) {
		return nil
	}
	return textAt(unsafe.Pointer(&b.cols[col].data[b.rows*16]))
}

func (b *Builder) longText(c *building, p, v []byte) {
	var slot *[16]byte
	if b.rows > 0 { // a single row has nothing to share
		ca := c.cache
		if ca == nil {
			ca = &cache{}
			c.cache = ca
		}
		if ca.epoch != b.text.epoch {
			*ca = cache{epoch: b.text.epoch}
		}
		// A column whose values never repeat is asked only now and then.
		if ca.misses < 128 || ca.hits*8 > ca.misses || ca.misses&15 == 0 {
			slot = &ca.slots[hash(v)%cacheSlots]
			if n := binary.LittleEndian.Uint32(slot[:]); n == uint32(len(v)) &&
				string(textAt(unsafe.Pointer(slot))) == string(v) {
				copy(p, slot[:])
				ca.hits++
				return
			}
		}
		ca.misses++
	}
	mem := b.text.room(len(v))
	copy(mem, v)
	binary.LittleEndian.PutUint32(p, uint32(len(v)))
	copy(p[4:8], v)
	binary.LittleEndian.PutUint64(p[8:], uint64(uintptr(unsafe.Pointer(&mem[0]))))
	if slot != nil {
		copy(slot[:], p)
	}
}

// hash mixes the length and three places of a text of more than 12 bytes.
func hash(v []byte) uint64 {
	n := len(v)
	h := binary.LittleEndian.Uint64(v) ^ uint64(n)*0x9e3779b97f4a7c15
	h = (h ^ h>>29) * 0xbf58476d1ce4e5b9
	h ^= binary.LittleEndian.Uint64(v[n-8:])
	h = (h ^ h>>32) * 0x94d049bb133111eb
	h ^= uint64(binary.LittleEndian.Uint32(v[n/2-2:]))
	h *= 0x9e3779b97f4a7c15
	return h >> 48
}

// room returns n bytes of the arena.
func (a *arena) room(n int) []byte {
	if n <= len(a.left) {
		m := a.left[:n:n]
		a.left = a.left[n:]
		return m
	}
	size := max(a.next, minRegion)
	if n > size {
		size = n
	}
	r := allocate(size)
	a.regions = append(a.regions, r)
	a.next = min(2*size, maxText)
	m := r.mem[:n:n]
	if rest := r.mem[n:]; len(rest) > len(a.left) {
		a.left = rest
	}
	return m
}

// EndRow completes the current row.
func (b *Builder) EndRow() {
	b.rows++
	b.widest = 0
}

// Given appends to dst the columns in which the current row has a value.
func (b *Builder) Given(dst []int) []int {
	for i := range b.cols {
		if b.cols[i].n > b.rows && b.IsSet(i) {
			dst = append(dst, i)
		}
	}
	return dst
}

// Spread gives the rows after first the values that first has in the columns;
// none of them may have a value there yet, nor may the current row.
func (b *Builder) Spread(cols []int, first int) {
	for _, i := range cols {
		c := &b.cols[i]
		c.spread(c.data[first*c.width:(first+1)*c.width], first+1, b.rows)
	}
}

// spread writes value to the rows from up to but not including to.
func (c *building) spread(value []byte, from, to int) {
	if need := to * c.width; need > len(c.data) {
		grown := make([]byte, max(need, 2*len(c.data)))
		copy(grown, c.data[:c.n*c.width])
		c.data = grown
	}
	all := c.data[from*c.width : max(from, to)*c.width]
	for n := copy(all, value); n < len(all); n *= 2 {
		copy(all[n:], all[:n])
	}
	c.n = max(c.n, to)
}

// fill writes one value to the complete rows from the row from on. It is for
// columns that are the same in every row of a batch: they cost nothing per row.
func (b *Builder) fill(col, from int, k Kind, write func(c *building, p []byte)) {
	if from >= b.rows {
		return
	}
	rows := b.rows
	b.rows = from
	c, p := b.slot(col)
	b.check(c, col, k)
	write(c, p)
	b.rows = rows
	c.spread(c.data[from*c.width:(from+1)*c.width], from+1, rows)
}

// FillText sets the text of the complete rows from the row from on. None of
// them may have a value in the column yet, nor may the current row.
func (b *Builder) FillText(col, from int, v []byte) {
	b.fill(col, from, Text, func(c *building, p []byte) {
		if len(v) <= inline {
			short(p, v)
		} else {
			b.longText(c, p, v)
		}
	})
}

// FillInt64 is FillText for a column of kind Int64.
func (b *Builder) FillInt64(col, from int, v int64) {
	b.fill(col, from, Int64, func(_ *building, p []byte) { binary.LittleEndian.PutUint64(p, uint64(v)) })
}

// FillInt32 is FillText for a column of kind Int32.
func (b *Builder) FillInt32(col, from int, v int32) {
	b.fill(col, from, Int32, func(_ *building, p []byte) { binary.LittleEndian.PutUint32(p, uint32(v)) })
}

// DropRow forgets what was set in the current row.
func (b *Builder) DropRow() {
	b.widest = 0
	for i := range b.cols {
		c := &b.cols[i]
		if c.n > b.rows {
			c.n = b.rows
			if c.hasNull && b.rows/64 < len(c.nulls) {
				c.nulls[b.rows/64] &^= 1 << (b.rows % 64)
			}
		}
	}
}

// Reset forgets all rows and returns the memory outside the heap. A builder
// that is dropped without Finish must be Reset.
func (b *Builder) Reset() {
	for _, r := range b.text.regions {
		r.release()
	}
	b.empty()
}

// empty prepares for new rows after the text has been given away.
func (b *Builder) empty() {
	b.text.regions, b.text.left, b.text.next = nil, nil, 0
	b.text.epoch++
	b.rows = 0
	for i := range b.cols {
		c := &b.cols[i]
		c.n, c.any, c.hasNull, c.nulls = 0, false, false, c.nulls[:0]
	}
}

// Finish makes a chunk of the complete rows and empties the builder. It
// returns nil when there are none. The caller holds the chunk once.
func (b *Builder) Finish(workspace, table string) *Chunk {
	b.DropRow()
	if b.rows == 0 {
		b.Reset()
		return nil
	}
	ch := &Chunk{Workspace: workspace, Table: table, Rows: b.rows, layout: b.layout}
	ch.refs.Store(1)
	b.shared = true
	words := (b.rows + 63) / 64
	size := 0
	for i := range b.cols {
		c := &b.cols[i]
		if !c.any {
			continue
		}
		from := c.n
		c.reach(b.rows)
		if c.nullable && from < b.rows {
			c.null(b.rows - 1) // reach leaves the last row to its caller
		}
		size += align(b.rows * c.width)
		if c.hasNull {
			size += align(words * 8)
		}
	}
	ch.fixed = allocate(max(size, 1))
	ch.cols = make([]column, len(b.cols))
	mem := ch.fixed.mem
	take := func(n int) []byte {
		m := mem[:n:n]
		mem = mem[align(n):]
		return m
	}
	for i := range b.cols {
		c := &b.cols[i]
		if !c.any {
			continue
		}
		data := take(b.rows * c.width)
		copy(data, c.data)
		ch.cols[i].data = unsafe.Pointer(&data[0])
		if c.hasNull {
			valid := take(words * 8)
			for w := range words {
				bits := ^uint64(0)
				if w < len(c.nulls) {
					bits = ^c.nulls[w]
				}
				binary.LittleEndian.PutUint64(valid[w*8:], bits)
			}
			ch.cols[i].valid = unsafe.Pointer(&valid[0])
		}
	}
	ch.text = b.text.regions
	ch.bytes = int64(len(ch.fixed.mem))
	for _, r := range ch.text {
		ch.bytes += int64(len(r.mem))
	}
	ch.bounds()
	b.empty()
	return ch
}

// align rounds up to 16 bytes, the widest value.
func align(n int) int { return (n + 15) &^ 15 }
