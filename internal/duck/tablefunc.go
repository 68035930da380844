package duck

/*
#include <stdint.h>
void lazuli_hot_bound(void *info, uint64_t id);
void *lazuli_hot_bind(void);
void *lazuli_hot_init(void);
void *lazuli_hot_local(void);
void *lazuli_hot_fill(void);
uint64_t *lazuli_validity(void *vector);
*/
import "C"

import (
	"database/sql"
	"fmt"
	"runtime"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"

	"lazuli.dev/lazuli/chunk"
)

// vectorSize is how many rows the engine takes at a time. A test compares it
// with the library's.
const vectorSize = 2048

// Rows are the chunks of one table that a query may read with the table
// function hot.
type Rows struct {
	Specs  []chunk.Spec // the columns that hot has, whether or not a chunk has them
	Chunks []*chunk.Chunk
	// After and Upto, unless they are 0, leave out rows: those whose _Seq is not above
	// After, and those whose _Seq is above Upto. Within a chunk _Seq must ascend.
	After, Upto int64
	// Run is how many rows one thread takes at a time, 0 for a choice that suits
	// queries. An insert that is to write whole row groups gives their size.
	Run int
}

// A Snapshot is a set of tables under a number. The chunks must be held by the
// caller until [Snapshot.Drop]; a statement that was bound before that holds
// them itself.
type Snapshot struct {
	id     uint64
	tables map[string]*Rows
}

// states has everything that the engine knows by number: snapshots, what was
// bound, scans and their threads.
var states struct {
	sync.RWMutex
	last uint64
	m    map[uint64]any
}

func addState(v any) uint64 {
	states.Lock()
	defer states.Unlock()
	if states.m == nil {
		states.m = map[uint64]any{}
	}
	states.last++
	states.m[states.last] = v
	return states.last
}

func state[T any](id uint64) (T, bool) {
	states.RLock()
	defer states.RUnlock()
	v, ok := states.m[id].(T)
	return v, ok
}

func dropState(id uint64) any {
	states.Lock()
	defer states.Unlock()
	v := states.m[id]
	delete(states.m, id)
	return v
}

// NewSnapshot makes tables readable under the names of the map.
func NewSnapshot(tables map[string]*Rows) *Snapshot {
	s := &Snapshot{tables: tables}
	s.id = addState(s)
	return s
}

// Drop makes the snapshot unknown to new statements.
func (s *Snapshot) Drop() { dropState(s.id) }

// Bounds limit a scan to chunks that may have such rows. They are hints: rows
// outside them may still come. The zero value means no bounds.
type Bounds struct {
	After, Upto int64 // of _Seq: After exclusive, Upto inclusive; 0 is none
	From, To    int64 // of TimeGenerated, ticks: From inclusive, To exclusive; 0 is none
}

// From returns the SQL that reads a table of the snapshot, for a FROM clause.
func (s *Snapshot) From(table string, b Bounds) string {
	var sb strings.Builder
	fmt.Fprintf(&sb, "hot(%d,%s", s.id, Literal(table))
	for _, a := range []struct {
		name  string
		value int64
	}{{"seq_after", b.After}, {"seq_upto", b.Upto}, {"time_from", b.From}, {"time_to", b.To}} {
		if a.value != 0 {
			fmt.Fprintf(&sb, ",%s:=%d", a.name, a.value)
		}
	}
	sb.WriteByte(')')
	return sb.String()
}

// bound is a reference to hot in a statement.
type bound struct {
	specs  []chunk.Spec
	chunks []*chunk.Chunk // held
	firsts []int          // the first row of each chunk that counts
	ends   []int          // rows up to and including each chunk
	run    int
}

// scan is one execution of it, shared by its threads.
type scan struct {
	*bound
	cols []int // by output vector: index in specs, -1 for the engine's own row id
	next atomic.Int64
}

// thread is the place of one thread in a scan.
type thread struct {
	from, until int // rows left of its run
	at          int // chunk of row from
	cols        []colMem
	colsOf      int // which chunk cols are of, -1 none
}

type colMem struct{ data, valid unsafe.Pointer }

// registerHot makes the table function hot known to the database of conn.
func registerHot(conn *sql.Conn) error {
	return conn.Raw(func(dc any) error {
		c, ok := dc.(*duckdb.Conn)
		if !ok {
			return fmt.Errorf("register hot: the connection is a %T, not one of DuckDB", dc)
		}
		f := mapping.CreateTableFunction()
		defer mapping.DestroyTableFunction(&f)
		mapping.TableFunctionSetName(f, "hot")
		big := mapping.CreateLogicalType(mapping.TypeBigInt)
		defer mapping.DestroyLogicalType(&big)
		text := mapping.CreateLogicalType(mapping.TypeVarchar)
		defer mapping.DestroyLogicalType(&text)
		mapping.TableFunctionAddParameter(f, big)
		mapping.TableFunctionAddParameter(f, text)
		for _, name := range []string{"seq_after", "seq_upto", "time_from", "time_to"} {
			mapping.TableFunctionAddNamedParameter(f, name, big)
		}
		mapping.TableFunctionSupportsProjectionPushdown(f, true)
		mapping.TableFunctionSetBind(f, C.lazuli_hot_bind())
		mapping.TableFunctionSetInit(f, C.lazuli_hot_init())
		mapping.TableFunctionSetLocalInit(f, C.lazuli_hot_local())
		mapping.TableFunctionSetFunction(f, C.lazuli_hot_fill())
		if mapping.RegisterTableFunction(nativeConnection(c), f) == mapping.StateError {
			return fmt.Errorf("register hot: DuckDB refused the table function")
		}
		return nil
	})
}

//export lazuliHotBind
func lazuliHotBind(p unsafe.Pointer) {
	info := mapping.BindInfo{Ptr: p}
	integer := func(v mapping.Value) int64 {
		if v.Ptr == nil {
			return 0
		}
		defer mapping.DestroyValue(&v)
		if mapping.IsNullValue(v) {
			return 0
		}
		return mapping.GetInt64(v)
	}
	id := integer(mapping.BindGetParameter(info, 0))
	nv := mapping.BindGetParameter(info, 1)
	name := mapping.GetVarchar(nv)
	mapping.DestroyValue(&nv)
	s, ok := state[*Snapshot](uint64(id))
	if !ok {
		mapping.BindSetError(info, "hot: the snapshot is closed")
		return
	}
	rows, ok := s.tables[name]
	if !ok {
		mapping.BindSetError(info, "hot: no table "+name+" in the snapshot")
		return
	}
	named := func(name string) int64 { return integer(mapping.BindGetNamedParameter(info, name)) }
	b := rows.bind(Bounds{After: named("seq_after"), Upto: named("seq_upto"), From: named("time_from"), To: named("time_to")})
	for _, c := range b.specs {
		addColumn(info, c)
	}
	total := 0
	if n := len(b.ends); n > 0 {
		total = b.ends[n-1]
	}
	mapping.BindSetCardinality(info, mapping.IdxT(total), true)
	C.lazuli_hot_bound(p, C.uint64_t(addState(b)))
}

func addColumn(info mapping.BindInfo, c chunk.Spec) {
	var l mapping.LogicalType
	switch c.Kind {
	case chunk.Bool:
		l = mapping.CreateLogicalType(mapping.TypeBoolean)
	case chunk.Int32:
		l = mapping.CreateLogicalType(mapping.TypeInteger)
	case chunk.Int64:
		l = mapping.CreateLogicalType(mapping.TypeBigInt)
	case chunk.Float64:
		l = mapping.CreateLogicalType(mapping.TypeDouble)
	case chunk.Decimal:
		l = mapping.CreateDecimalType(38, 18)
	case chunk.Text:
		l = mapping.CreateLogicalType(mapping.TypeVarchar)
	case chunk.UUID:
		l = mapping.CreateLogicalType(mapping.TypeUUID)
	}
	mapping.BindAddResultColumn(info, c.Name, l)
	mapping.DestroyLogicalType(&l)
}

// bind picks the chunks that may have rows within the bounds and holds them.
func (r *Rows) bind(w Bounds) *bound {
	b := &bound{specs: r.Specs, run: r.Run}
	total := 0
	for _, c := range r.Chunks {
		if c.MaxSeq <= w.After && w.After != 0 || c.MinSeq > w.Upto && w.Upto != 0 ||
			c.MaxTime < w.From && w.From != 0 || c.MinTime >= w.To && w.To != 0 {
			continue
		}
		first, end := 0, c.Rows
		if r.After != 0 && c.MinSeq <= r.After {
			first = RowsUpto(c, r.After)
		}
		if r.Upto != 0 && c.MaxSeq > r.Upto {
			end = RowsUpto(c, r.Upto)
		}
		if first >= end {
			continue
		}
		c.Retain()
		total += end - first
		b.chunks = append(b.chunks, c)
		b.firsts = append(b.firsts, first)
		b.ends = append(b.ends, total)
	}
	return b
}

// RowsUpto returns how many rows of a chunk, in which _Seq ascends, have a _Seq
// of at most seq. A chunk without the column has none.
func RowsUpto(c *chunk.Chunk, seq int64) int {
	data, _, kind, ok := c.Column("_Seq")
	if !ok || kind != chunk.Int64 {
		return 0
	}
	seqs := unsafe.Slice((*int64)(data), c.Rows)
	return sort.Search(len(seqs), func(i int) bool { return seqs[i] > seq })
}

// minRun keeps threads from fighting over small pieces: eight vectors take
// longer to use than a piece takes to fetch.
const minRun = 8 * vectorSize

//export lazuliHotInit
func lazuliHotInit(boundID, columns C.uint64_t, index, threads *C.uint64_t) C.uint64_t {
	b, ok := state[*bound](uint64(boundID))
	if !ok {
		b = &bound{}
	}
	total := 0
	if n := len(b.ends); n > 0 {
		total = b.ends[n-1]
	}
	s := &scan{bound: b}
	if b.run == 0 {
		pieces := 4 * runtime.GOMAXPROCS(0)
		run := (total/pieces + vectorSize) / vectorSize * vectorSize
		s.bound = &bound{specs: b.specs, chunks: b.chunks, firsts: b.firsts, ends: b.ends, run: max(run, minRun)}
	}
	for _, i := range unsafe.Slice(index, columns) {
		if uint64(i) < uint64(len(b.specs)) {
			s.cols = append(s.cols, int(i))
		} else {
			s.cols = append(s.cols, -1)
		}
	}
	*threads = C.uint64_t(max(1, (total+s.run-1)/s.run))
	return C.uint64_t(addState(s))
}

//export lazuliHotLocal
func lazuliHotLocal(C.uint64_t) C.uint64_t {
	return C.uint64_t(addState(&thread{colsOf: -1}))
}

//export lazuliHotDrop
func lazuliHotDrop(id C.uint64_t) {
	if b, ok := dropState(uint64(id)).(*bound); ok {
		for _, c := range b.chunks {
			c.Release()
		}
	}
}

//export lazuliHotFill
func lazuliHotFill(scanID, threadID, columns C.uint64_t, vectors, data *unsafe.Pointer) C.uint64_t {
	s, ok := state[*scan](uint64(scanID))
	t, ok2 := state[*thread](uint64(threadID))
	if !ok || !ok2 {
		return 0
	}
	out := output{vectors: unsafe.Slice(vectors, columns), data: unsafe.Slice(data, columns)}
	return C.uint64_t(s.fill(t, &out))
}

// output is the engine's chunk of vectors to be filled.
type output struct {
	vectors, data []unsafe.Pointer
	valid         []unsafe.Pointer // nil: no null in the vector so far
}

// fill writes the next rows of a thread, at most a vector of them, and returns
// how many; 0 ends the thread.
func (s *scan) fill(t *thread, out *output) int {
	if t.from == t.until && !s.more(t) {
		return 0
	}
	out.valid = make([]unsafe.Pointer, len(out.data))
	n := 0
	for n < vectorSize {
		if t.from == t.until { // a run is whole vectors, so this one is its last
			break
		}
		for t.from >= s.ends[t.at] {
			t.at++
		}
		s.resolve(t)
		begin := 0
		if t.at > 0 {
			begin = s.ends[t.at-1]
		}
		row := s.firsts[t.at] + t.from - begin
		take := min(vectorSize-n, t.until-t.from, s.ends[t.at]-t.from)
		for i, col := range s.cols {
			if col >= 0 {
				out.copy(i, n, s.specs[col], t.cols[i], row, take)
			}
		}
		n += take
		t.from += take
	}
	return n
}

// more gets the thread its next run of rows.
func (s *scan) more(t *thread) bool {
	if len(s.ends) == 0 {
		return false
	}
	total := s.ends[len(s.ends)-1]
	from := int(s.next.Add(int64(s.run))) - s.run
	if from >= total {
		return false
	}
	t.from, t.until = from, min(from+s.run, total)
	t.at = sort.SearchInts(s.ends, from+1)
	return true
}

// resolve looks up the columns of the thread's chunk.
func (s *scan) resolve(t *thread) {
	if t.colsOf == t.at {
		return
	}
	t.colsOf = t.at
	if t.cols == nil {
		t.cols = make([]colMem, len(s.cols))
	}
	c := s.chunks[t.at]
	for i, col := range s.cols {
		if col < 0 {
			continue
		}
		data, valid, kind, ok := c.Column(s.specs[col].Name)
		if !ok || kind != s.specs[col].Kind {
			data, valid = nil, nil
		}
		t.cols[i] = colMem{data, valid}
	}
}

// copy writes rows [row, row+n) of a chunk's column into a vector from row to on.
// Long texts stay where they are: the vector points at them.
func (o *output) copy(vector, to int, spec chunk.Spec, c colMem, row, n int) {
	width := spec.Kind.Width()
	dst := unsafe.Slice((*byte)(unsafe.Add(o.data[vector], to*width)), n*width)
	if c.data == nil {
		clear(dst)
		if spec.Nullable {
			o.mask(vector)
			setBits(o.valid[vector], to, n, false)
		}
		return
	}
	copy(dst, unsafe.Slice((*byte)(unsafe.Add(c.data, row*width)), n*width))
	switch {
	case c.valid != nil:
		o.mask(vector)
		copyBits(o.valid[vector], to, c.valid, row, n)
	case o.valid[vector] != nil:
		setBits(o.valid[vector], to, n, true)
	}
}

func (o *output) mask(vector int) {
	if o.valid[vector] == nil {
		o.valid[vector] = unsafe.Pointer(C.lazuli_validity(o.vectors[vector]))
	}
}

func word(p unsafe.Pointer, bit int) *uint64 { return (*uint64)(unsafe.Add(p, bit/64*8)) }

// setBits sets n bits from bit from on to one value.
func setBits(p unsafe.Pointer, from, n int, on bool) {
	for n > 0 {
		k := min(64-from%64, n)
		m := (^uint64(0) >> (64 - k)) << (from % 64)
		if w := word(p, from); on {
			*w |= m
		} else {
			*w &^= m
		}
		from, n = from+k, n-k
	}
}

// copyBits copies n bits from src, starting at bit at, to dst, starting at to.
func copyBits(dst unsafe.Pointer, to int, src unsafe.Pointer, at, n int) {
	for n > 0 {
		k := min(64-to%64, 64-at%64, n)
		m := ^uint64(0) >> (64 - k)
		v := *word(src, at) >> (at % 64) & m
		w := word(dst, to)
		*w = *w&^(m<<(to%64)) | v<<(to%64)
		to, at, n = to+k, at+k, n-k
	}
}
