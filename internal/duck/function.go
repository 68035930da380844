package duck

/*
#include <stdint.h>
void *lazuli_native_id(uint64_t id);
void *lazuli_scalar_callback(void);
void lazuli_assign(void *vector, uint64_t n, const uint64_t *rows, const uint64_t *ends, const char *text);
uint64_t *lazuli_validity(void *vector);
*/
import "C"

import (
	"database/sql"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"

	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/types"
)

// A function is a native.Func as the callback finds it.
type function struct {
	native.Func
	pool sync.Pool // of *instance
	once sync.Once // the first panic is logged
}

// An instance is what one thread at a time computes with.
type instance struct {
	f    native.Eval
	args []native.Value
	cols []column
	out  native.Value

	// Texts of more than 12 bytes, gathered for one call into the engine.
	text       []byte
	rows, ends []uint64
}

type column struct {
	data, valid unsafe.Pointer
	load        loader
}

type loader uint8

const (
	loadBool loader = iota
	load32
	load64
	loadReal
	loadText
	loadGuid
	loadDecimal
)

// stringT is DuckDB's string: up to 12 bytes lie in it, longer ones behind ptr.
type stringT struct {
	len    uint32
	prefix [4]byte
	ptr    unsafe.Pointer
}

const inlineText = 12

var registry struct {
	sync.RWMutex
	list []*function
	ids  map[string]int
}

// RegisterNatives makes natives callable in SQL, on every connection of the
// database that conn belongs to. Registering one again, there or on another
// database, is allowed.
//
// The engine takes them for functions that cannot fail and that depend on their
// arguments alone, so it runs them once for each entry of a dictionary.
func RegisterNatives(conn *sql.Conn, natives []native.Func) error {
	return conn.Raw(func(dc any) error {
		c, ok := dc.(*duckdb.Conn)
		if !ok {
			return fmt.Errorf("register functions: the connection is a %T, not one of DuckDB", dc)
		}
		m := nativeConnection(c)
		for _, n := range natives {
			if err := register(m, n); err != nil {
				return err
			}
		}
		return nil
	})
}

// nativeConnection is the C connection of c: the first field of duckdb.Conn,
// which is private. A test guards it.
func nativeConnection(c *duckdb.Conn) mapping.Connection {
	return *(*mapping.Connection)(unsafe.Pointer(c))
}

func register(conn mapping.Connection, n native.Func) error {
	id, err := enroll(n)
	if err != nil {
		return err
	}
	f := mapping.CreateScalarFunction()
	defer mapping.DestroyScalarFunction(&f)
	mapping.ScalarFunctionSetName(f, n.Name)
	for _, t := range n.Args {
		withType(t, func(l mapping.LogicalType) { mapping.ScalarFunctionAddParameter(f, l) })
	}
	if n.Variadic != types.None {
		withType(n.Variadic, func(l mapping.LogicalType) { mapping.ScalarFunctionSetVarargs(f, l) })
	}
	withType(n.Result, func(l mapping.LogicalType) { mapping.ScalarFunctionSetReturnType(f, l) })
	mapping.ScalarFunctionSetSpecialHandling(f)
	mapping.ScalarFunctionSetExtraInfo(f, C.lazuli_native_id(C.uint64_t(id)), nil)
	mapping.ScalarFunctionSetFunction(f, C.lazuli_scalar_callback())
	if mapping.RegisterScalarFunction(conn, f) == mapping.StateError {
		return fmt.Errorf("register function %s: DuckDB refused it; another function may have the name", n.Name)
	}
	return nil
}

// enroll gives a native its number, the same for the same name.
func enroll(n native.Func) (int, error) {
	registry.Lock()
	defer registry.Unlock()
	if registry.ids == nil {
		registry.ids = map[string]int{}
	}
	if id, ok := registry.ids[n.Name]; ok {
		return id, nil
	}
	id := len(registry.list)
	if C.lazuli_native_id(C.uint64_t(id)) == nil {
		return 0, fmt.Errorf("register function %s: there are already %d", n.Name, id)
	}
	e := &function{Func: n}
	e.pool.New = func() any { return &instance{f: n.New()} }
	registry.list = append(registry.list, e)
	registry.ids[n.Name] = id
	return id, nil
}

func withType(t types.Type, do func(mapping.LogicalType)) {
	var l mapping.LogicalType
	switch t {
	case types.Bool:
		l = mapping.CreateLogicalType(mapping.TypeBoolean)
	case types.Int:
		l = mapping.CreateLogicalType(mapping.TypeInteger)
	case types.Long, types.DateTime, types.Timespan:
		l = mapping.CreateLogicalType(mapping.TypeBigInt)
	case types.Real:
		l = mapping.CreateLogicalType(mapping.TypeDouble)
	case types.Decimal:
		l = mapping.CreateDecimalType(38, 18)
	case types.Guid:
		l = mapping.CreateLogicalType(mapping.TypeUUID)
	default:
		l = mapping.CreateLogicalType(mapping.TypeVarchar)
	}
	defer mapping.DestroyLogicalType(&l)
	do(l)
}

func loaderOf(t types.Type) loader {
	switch t {
	case types.Bool:
		return loadBool
	case types.Int:
		return load32
	case types.Long, types.DateTime, types.Timespan:
		return load64
	case types.Real:
		return loadReal
	case types.Decimal:
		return loadDecimal
	case types.Guid:
		return loadGuid
	}
	return loadText
}

//export lazuliScalar
func lazuliScalar(id, rows, columns C.uint64_t, data *unsafe.Pointer, valid **C.uint64_t, out, outData unsafe.Pointer) C.int {
	registry.RLock()
	n := registry.list[id]
	registry.RUnlock()
	in := n.pool.Get().(*instance)
	in.bind(&n.Func, unsafe.Slice(data, columns), unsafe.Slice(valid, columns))
	w := writer{store: loaderOf(n.Result), string: n.Result == types.String, vector: out, data: outData}
	for row := 0; row < int(rows) && len(in.text) <= native.VectorText; {
		row = n.run(in, &w, row, int(rows))
	}
	tooMuch := len(in.text) > native.VectorText
	if len(in.rows) > 0 && !tooMuch {
		C.lazuli_assign(out, C.uint64_t(len(in.rows)), (*C.uint64_t)(&in.rows[0]), (*C.uint64_t)(&in.ends[0]), (*C.char)(unsafe.Pointer(&in.text[0])))
	}
	if cap(in.text) > maxKept {
		in.text = nil
	}
	n.pool.Put(in)
	if tooMuch {
		return 1
	}
	return 0
}

// maxKept is the largest text buffer that a pooled instance holds on to: a chunk
// of ordinary texts fits, one of huge ones does not stay in memory.
const maxKept = 1 << 20

// run computes the rows from from on. It returns the row to go on with, which is
// rows unless the native panicked: then its row is null, the others are computed;
// or unless there is too much text.
func (n *function) run(in *instance, w *writer, from, rows int) (next int) {
	row := from
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		n.once.Do(func() {
			what := fmt.Sprintf("%T", p)
			if e, ok := p.(runtime.Error); ok { // says no more than an index; other values might quote a row
				what = e.Error()
			}
			slog.Error("internal error in a KQL function; its rows are null", "function", n.Name, "panic", what, "stack", string(debug.Stack()))
		})
		in.f = n.New()
		in.out = native.Value{Null: true}
		w.put(in, row)
		next = row + 1
	}()
	args, cols := in.args, in.cols
	for ; row < rows && len(in.text) <= native.VectorText; row++ {
		for i := range cols {
			cols[i].get(&args[i], row)
		}
		in.out = native.Value{}
		in.f(args, &in.out)
		w.put(in, row)
	}
	return row
}

func (in *instance) bind(n *native.Func, data []unsafe.Pointer, valid []*C.uint64_t) {
	in.args, in.cols = in.args[:0], in.cols[:0]
	in.text, in.rows, in.ends = in.text[:0], in.rows[:0], in.ends[:0]
	for i := range data {
		t := n.Variadic
		if i < len(n.Args) {
			t = n.Args[i]
		}
		in.cols = append(in.cols, column{data: data[i], valid: unsafe.Pointer(valid[i]), load: loaderOf(t)})
		in.args = append(in.args, native.Value{})
	}
}

func (c *column) get(v *native.Value, row int) {
	if c.valid != nil && *(*uint64)(unsafe.Add(c.valid, row>>6<<3))>>(row&63)&1 == 0 {
		*v = native.Value{Null: true}
		return
	}
	v.Null = false
	switch c.load {
	case loadText:
		s := (*stringT)(unsafe.Add(c.data, row*16))
		if s.len <= inlineText {
			v.Bytes = unsafe.Slice((*byte)(unsafe.Pointer(&s.prefix)), s.len)
		} else {
			v.Bytes = unsafe.Slice((*byte)(s.ptr), s.len)
		}
	case load64:
		v.Int = *(*int64)(unsafe.Add(c.data, row*8))
	case load32:
		v.Int = int64(*(*int32)(unsafe.Add(c.data, row*4)))
	case loadReal:
		v.Float = *(*float64)(unsafe.Add(c.data, row*8))
	case loadBool:
		v.Int = int64(*(*uint8)(unsafe.Add(c.data, row)))
	case loadGuid:
		w := (*[2]uint64)(unsafe.Add(c.data, row*16))
		v.Lo, v.Hi = w[0], w[1]^1<<63 // UUIDs are stored so that they sort as signed numbers
	case loadDecimal:
		w := (*[2]uint64)(unsafe.Add(c.data, row*16))
		v.Lo, v.Hi = w[0], w[1]
	}
}

// A writer puts results into the output vector.
type writer struct {
	store        loader
	string       bool // of type string, which has no null: null is the empty text
	vector, data unsafe.Pointer
	valid        unsafe.Pointer // nil until the first null
}

func (w *writer) put(in *instance, row int) {
	v := &in.out
	if v.Null {
		if !w.string {
			w.null(row)
			return
		}
		v.Bytes = nil
	}
	switch w.store {
	case loadText:
		w.text(in, row)
	case load64:
		*(*int64)(unsafe.Add(w.data, row*8)) = v.Int
	case load32:
		*(*int32)(unsafe.Add(w.data, row*4)) = int32(v.Int)
	case loadReal:
		*(*float64)(unsafe.Add(w.data, row*8)) = v.Float
	case loadBool:
		*(*uint8)(unsafe.Add(w.data, row)) = uint8(v.Int)
	case loadGuid:
		*(*[2]uint64)(unsafe.Add(w.data, row*16)) = [2]uint64{v.Lo, v.Hi ^ 1<<63}
	case loadDecimal:
		*(*[2]uint64)(unsafe.Add(w.data, row*16)) = [2]uint64{v.Lo, v.Hi}
	}
}

func (w *writer) text(in *instance, row int) {
	b := in.out.Bytes
	if len(b) > inlineText {
		in.text = append(in.text, b...)
		in.rows = append(in.rows, uint64(row))
		in.ends = append(in.ends, uint64(len(in.text)))
		return
	}
	s := (*[16]byte)(unsafe.Add(w.data, row*16))
	*s = [16]byte{}
	*(*uint32)(unsafe.Pointer(s)) = uint32(len(b))
	copy(s[4:], b)
}

func (w *writer) null(row int) {
	if w.valid == nil {
		w.valid = unsafe.Pointer(C.lazuli_validity(w.vector))
	}
	*(*uint64)(unsafe.Add(w.valid, row>>6<<3)) &^= 1 << (row & 63)
}
