package duck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"
	"github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"

	"lazuli.dev/lazuli/kql/types"
)

// interruptEvery is how often a cancelled statement is told so: an interrupt that comes between two
// steps of the engine is forgotten, so one is not enough. Measured: a statement ends 0 to 4 ms
// after its context, where the driver's own way takes 500.
const interruptEvery = 10 * time.Millisecond

// A FailureKind says what an engine's failure means to the one who asked.
type FailureKind uint8

const (
	// Failed: the statement is wrong for this data or this engine.
	Failed FailureKind = iota
	// OutOfMemory: the engine's memory or its space for spilling is used up.
	OutOfMemory
	// Refused: the statement is not one that Collect runs; the engine did not see it run.
	Refused
)

// A Failure is what the engine said. Its text may quote SQL, paths and values: it is for the
// operator's log and never for an answer.
type Failure struct {
	Kind FailureKind
	Text string
}

// Error returns the engine's words.
func (f *Failure) Error() string { return f.Text }

// Limits bound what Collect keeps. Zero means no bound, but for MaxBytes.
type Limits struct {
	Rows  int64
	Bytes int64 // of values as a Result holds them
}

// MaxBytes is the most that a Result holds.
const MaxBytes = 2 << 30

// A Result is the rows of one statement, copied out of the engine's vectors into compact columns: the
// engine gives each column of each chunk room for 2048 values, and a selective query fills few of them. It
// depends on no connection and no transaction.
type Result struct {
	Columns []ResultColumn
	Batches []*Batch
	Rows    int64
	Bytes   int64 // of values, strings counted by their length
	// Cut says that a limit ended the result before the statement did.
	Cut bool
}

// A ResultColumn is the engine's name and type of a column.
type ResultColumn struct {
	Name string
	Type mapping.Type
}

// held are the engine's types in which the values of each KQL type may come.
var held = map[types.Type][]mapping.Type{
	types.Bool:     {mapping.TypeBoolean},
	types.Int:      wholeTypes,
	types.Long:     wholeTypes,
	types.DateTime: wholeTypes,
	types.Timespan: wholeTypes,
	types.Real:     append([]mapping.Type{mapping.TypeDouble, mapping.TypeFloat}, wholeTypes...),
	types.Decimal:  append([]mapping.Type{mapping.TypeDecimal}, wholeTypes...),
	types.String:   {mapping.TypeVarchar, mapping.TypeUUID},
	types.Guid:     {mapping.TypeVarchar, mapping.TypeUUID},
	types.Dynamic:  {mapping.TypeVarchar},
}

// wholeTypes hold whole numbers. Of 128 bits the lower 64 count: a long that overflows wraps.
var wholeTypes = []mapping.Type{mapping.TypeTinyInt, mapping.TypeSmallInt, mapping.TypeInteger, mapping.TypeBigInt, mapping.TypeHugeInt}

// Check reports an error unless the columns hold values of the KQL types: reading them as what they are not
// would give nonsense.
func (r *Result) Check(columns []types.Column) error {
	if len(columns) > len(r.Columns) {
		return fmt.Errorf("read result: it has %d columns, not %d", len(r.Columns), len(columns))
	}
	for i, c := range columns {
		// A column of nulls only may have any type: the engine gives a bare NULL that of an integer.
		if got := r.Columns[i].Type; !slices.Contains(held[c.Type], got) && r.hasValues(i) {
			return fmt.Errorf("read result: column %s of type %s has the engine's type %d", c.Name, c.Type, got)
		}
	}
	return nil
}

func (r *Result) hasValues(column int) bool {
	for _, b := range r.Batches {
		for row := range b.Rows {
			if b.Valid(column, row) {
				return true
			}
		}
	}
	return false
}

// Collect runs one SELECT and keeps its rows up to the limits. It refuses any other statement, more than
// one, and one that reaches outside of what the dialect writes (see guard).
//
// When ctx ends, the statement is interrupted and the error is ctx's. Errors of the engine are *Failure.
// The connection must not be used by others meanwhile, and may be used again afterwards.
func Collect(ctx context.Context, conn *sql.Conn, text string, limits Limits) (*Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if err := guard(text); err != nil {
		return nil, err
	}
	if limits.Bytes <= 0 || limits.Bytes > MaxBytes {
		limits.Bytes = MaxBytes
	}
	var result *Result
	err := conn.Raw(func(driverConn any) error {
		c, ok := driverConn.(*duckdb.Conn)
		if !ok {
			return fmt.Errorf("run statement: the connection is a %T, not one of DuckDB", driverConn)
		}
		m := nativeConnection(c)
		defer interruptWhenDone(ctx, m)()
		return untilTold(ctx, func() (err error) {
			result, err = collect(ctx, m, text, limits)
			return err
		})
	})
	if err != nil && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return result, err
}

// mostTries is how often a statement is run to learn what is wrong with it. When a thread of the engine
// fails, it first stops the others and then leaves its error; at times one of the others is quicker and
// leaves that it was stopped. A SELECT has changed nothing then and can be run again. On a busy machine one failure
// in a thousand is told in that way, so that a fifth try is never needed.
const mostTries = 5

// untilTold runs a statement until the engine says something else than that it was stopped, unless ctx did
// stop it.
func untilTold(ctx context.Context, run func() error) error {
	for try := 1; ; try++ {
		err := run()
		var f *Failure
		if !errors.As(err, &f) || !strings.HasPrefix(f.Text, "INTERRUPT Error") || ctx.Err() != nil || try == mostTries {
			return err
		}
	}
}

// interruptWhenDone interrupts the connection's statement once ctx is done, until the returned function
// is called. After that no interrupt is under way, so that the next statement is not hit.
func interruptWhenDone(ctx context.Context, m mapping.Connection) (stop func()) {
	finished, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		select {
		case <-ctx.Done():
		case <-finished:
			return
		}
		tick := time.NewTicker(interruptEvery)
		defer tick.Stop()
		for {
			mapping.Interrupt(m)
			select {
			case <-finished:
				return
			case <-tick.C:
			}
		}
	}()
	return func() { close(finished); <-gone }
}

func collect(ctx context.Context, m mapping.Connection, text string, limits Limits) (*Result, error) {
	var stmt mapping.PreparedStatement
	state := mapping.Prepare(m, text, &stmt)
	defer mapping.DestroyPrepare(&stmt)
	if state == mapping.StateError {
		return nil, failure(mapping.ErrorTypeInvalid, mapping.PrepareError(stmt))
	}
	if kind := mapping.PreparedStatementType(stmt); kind != mapping.StatementTypeSelect {
		return nil, &Failure{Refused, fmt.Sprintf("run statement: it is of kind %d, not a SELECT", kind)}
	}
	var res mapping.Result
	// Streaming: rows past a limit are never made, and nothing is held twice.
	state = bindings.ExecutePreparedStreaming(stmt, &res)
	defer mapping.DestroyResult(&res)
	if state == mapping.StateError {
		return nil, failure(mapping.ResultErrorType(&res), mapping.ResultError(&res))
	}
	r := &Result{}
	for i := range mapping.ColumnCount(&res) {
		r.Columns = append(r.Columns, ResultColumn{mapping.ColumnName(&res, i), mapping.ColumnType(&res, i)})
	}
	layout, err := layoutOf(&res, r.Columns)
	if err != nil {
		return nil, err
	}
	vectors := make([]vector, len(layout))
	for ctx.Err() == nil {
		chunk := mapping.FetchChunk(res)
		if chunk.Ptr == nil {
			if text := mapping.ResultError(&res); text != "" {
				return nil, failure(mapping.ResultErrorType(&res), text)
			}
			return r, nil
		}
		for i, l := range layout {
			v := mapping.DataChunkGetVector(chunk, mapping.IdxT(i))
			vectors[i] = vector{l, mapping.VectorGetData(v), mapping.VectorGetValidity(v)}
		}
		r.add(vectors, int(mapping.DataChunkGetSize(chunk)), limits)
		mapping.DestroyDataChunk(&chunk)
		if r.Cut {
			return r, nil
		}
	}
	return nil, context.Cause(ctx)
}

// add copies as many of the rows as the limits leave room for.
func (r *Result) add(vectors []vector, rows int, limits Limits) {
	if limits.Rows > 0 && r.Rows+int64(rows) > limits.Rows {
		rows = int(limits.Rows - r.Rows)
		r.Cut = true
	}
	size := sizeOf(vectors, 0, rows)
	if r.Bytes+size > limits.Bytes {
		r.Cut = true
		size = 0
		for row := range rows {
			one := sizeOf(vectors, row, row+1)
			if r.Bytes+size+one > limits.Bytes {
				rows = row
				break
			}
			size += one
		}
	}
	if rows == 0 {
		return
	}
	last := len(r.Batches) - 1
	if last < 0 || r.Batches[last].full() {
		r.Batches = append(r.Batches, newBatch(vectors))
		last++
	}
	r.Batches[last].add(vectors, rows)
	r.Rows += int64(rows)
	r.Bytes += size
}

// unsuccessful is what the engine puts before an error that came while the statement was being started.
const unsuccessful = "Invalid Input Error: Attempting to execute an unsuccessful or closed pending query result\nError: "

// failure classifies the engine's error. Prepare gives text alone, so that counts too.
func failure(kind mapping.ErrorType, text string) error {
	f := &Failure{Failed, strings.TrimPrefix(text, unsuccessful)}
	if text == "" {
		f.Text = "the engine failed without a word"
	}
	if kind == mapping.ErrorTypeOutOfMemory || strings.Contains(text, "Out of Memory Error") || strings.Contains(text, "max_temp_directory_size") {
		f.Kind = OutOfMemory
	}
	return f
}

// A vectorKind is how the values of a column lie in memory.
type vectorKind uint8

const (
	kindBool vectorKind = iota
	kindInt8
	kindInt16
	kindInt32
	kindInt64
	kindHuge
	kindReal32
	kindReal64
	kindText
	kindUUID
)

// width is the size of one value in bytes.
func (k vectorKind) width() uintptr {
	return [...]uintptr{1, 1, 2, 4, 8, 16, 4, 8, 16, 16}[k]
}

type vectorLayout struct {
	kind  vectorKind
	scale uint8 // digits after the point of a decimal
}

var errNoColumns = errors.New("read result: the statement has no columns")

func layoutOf(res *mapping.Result, columns []ResultColumn) ([]vectorLayout, error) {
	if len(columns) == 0 {
		return nil, errNoColumns
	}
	layout := make([]vectorLayout, len(columns))
	for i, c := range columns {
		kind, scale := c.Type, uint8(0)
		if c.Type == mapping.TypeDecimal {
			logical := mapping.ColumnLogicalType(res, mapping.IdxT(i))
			kind, scale = mapping.DecimalInternalType(logical), mapping.DecimalScale(logical)
			mapping.DestroyLogicalType(&logical)
		}
		k, ok := map[mapping.Type]vectorKind{
			mapping.TypeBoolean: kindBool, mapping.TypeTinyInt: kindInt8, mapping.TypeSmallInt: kindInt16, mapping.TypeInteger: kindInt32,
			mapping.TypeSQLNull: kindInt32, mapping.TypeBigInt: kindInt64, mapping.TypeHugeInt: kindHuge, mapping.TypeFloat: kindReal32,
			mapping.TypeDouble: kindReal64, mapping.TypeVarchar: kindText, mapping.TypeUUID: kindUUID,
		}[kind]
		if !ok {
			return nil, fmt.Errorf("read result: column %s has the engine's type %d, which holds no KQL value", c.Name, c.Type)
		}
		layout[i] = vectorLayout{k, scale}
	}
	return layout, nil
}

// A vector is a column of the engine's chunk, while that exists.
type vector struct {
	vectorLayout
	data, valid unsafe.Pointer // valid is a bitmap, nil when every row has a value
}

func sizeOf(vectors []vector, from, to int) int64 {
	total := int64(0)
	for i := range vectors {
		v := &vectors[i]
		if v.kind != kindText {
			total += int64(to-from) * int64(v.kind.width())
			continue
		}
		total += int64(to-from) * textOverhead
		for row := from; row < to; row++ {
			if v.has(row) {
				total += int64(v.text(row).len)
			}
		}
	}
	return total
}

func (v *vector) has(row int) bool {
	return v.valid == nil || *(*uint64)(unsafe.Add(v.valid, row/64*8))&(1<<(row%64)) != 0
}

func (v *vector) text(row int) *stringT {
	return (*stringT)(unsafe.Add(v.data, uintptr(row)*unsafe.Sizeof(stringT{})))
}

// bytes are those of the text, in the engine's memory.
func (s *stringT) bytes() []byte {
	if s.len <= inlineText {
		return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(s), 4)), s.len)
	}
	return unsafe.Slice((*byte)(s.ptr), s.len)
}

// A Batch is some rows of a Result. Its methods do not check kinds: the reader must fit the column's type.
type Batch struct {
	Rows    int
	columns []packed
}

// packed is a column of a batch: values of fixed width, or texts one behind the other.
type packed struct {
	vectorLayout
	data  []byte
	ends  []uint32 // of texts: where each ends in data
	valid []uint64 // a bitmap, nil while every row has a value
}

// textOverhead is what a text takes beside its bytes.
const textOverhead = 4

// A batch is full when it is large enough that what is left unused at its end does not matter.
const (
	fullRows = 16 << 10
	fullText = 4 << 20
)

func newBatch(vectors []vector) *Batch {
	b := &Batch{columns: make([]packed, len(vectors))}
	for i := range vectors {
		b.columns[i].vectorLayout = vectors[i].vectorLayout
	}
	return b
}

func (b *Batch) full() bool {
	if b.Rows >= fullRows {
		return true
	}
	for i := range b.columns {
		if len(b.columns[i].data) >= fullText {
			return true
		}
	}
	return false
}

func (b *Batch) add(vectors []vector, rows int) {
	for i := range vectors {
		v, c := &vectors[i], &b.columns[i]
		c.addValidity(v, b.Rows, rows)
		if v.kind != kindText {
			c.data = append(c.data, unsafe.Slice((*byte)(v.data), uintptr(rows)*v.kind.width())...)
			continue
		}
		for row := range rows {
			if v.has(row) {
				c.data = append(c.data, v.text(row).bytes()...)
			}
			c.ends = append(c.ends, uint32(len(c.data)))
		}
	}
	b.Rows += rows
}

// addValidity notes which of the rows have a value; before have been noted so far.
func (c *packed) addValidity(v *vector, before, rows int) {
	if c.valid == nil {
		first := 0
		for first < rows && v.has(first) {
			first++
		}
		if first == rows {
			return
		}
		for n := before; n > 0; n -= 64 {
			c.valid = append(c.valid, ^uint64(0))
		}
	}
	for n := len(c.valid) * 64; n < before+rows; n += 64 {
		c.valid = append(c.valid, ^uint64(0))
	}
	for row := range rows {
		if !v.has(row) {
			at := before + row
			c.valid[at/64] &^= 1 << (at % 64)
		}
	}
}

func (c *packed) at(row int) unsafe.Pointer {
	return unsafe.Pointer(&c.data[uintptr(row)*c.kind.width()])
}

// Valid reports whether there is a value, not NULL.
func (b *Batch) Valid(column, row int) bool {
	valid := b.columns[column].valid
	return valid == nil || valid[row/64]&(1<<(row%64)) != 0
}

// Bool returns the value of a BOOLEAN.
func (b *Batch) Bool(column, row int) bool { return *(*bool)(b.columns[column].at(row)) }

// Int returns the value of an integer, or the unscaled value of a decimal; of 128 bits the lower 64.
func (b *Batch) Int(column, row int) int64 {
	v := &b.columns[column]
	at := v.at(row)
	switch v.kind {
	case kindBool, kindInt8:
		return int64(*(*int8)(at))
	case kindInt16:
		return int64(*(*int16)(at))
	case kindInt32:
		return int64(*(*int32)(at))
	}
	return *(*int64)(at)
}

// Real returns the value of a DOUBLE or FLOAT, or of an integer as one.
func (b *Batch) Real(column, row int) float64 {
	v := &b.columns[column]
	switch v.kind {
	case kindReal64:
		return *(*float64)(v.at(row))
	case kindReal32:
		return float64(*(*float32)(v.at(row)))
	}
	return float64(b.Int(column, row))
}

// Huge returns a value of up to 128 bits, two's complement, and how many of its decimal digits stand
// after the point.
func (b *Batch) Huge(column, row int) (high int64, low uint64, scale int) {
	v := &b.columns[column]
	if v.kind != kindHuge {
		n := b.Int(column, row)
		return n >> 63, uint64(n), int(v.scale)
	}
	at := v.at(row)
	return *(*int64)(unsafe.Add(at, 8)), *(*uint64)(at), int(v.scale)
}

// UUID returns the sixteen bytes in the order in which they are written.
func (b *Batch) UUID(column, row int) [16]byte {
	at := b.columns[column].at(row)
	// The engine flips the top bit, so that comparing as signed numbers sorts as text does.
	high, low := *(*uint64)(unsafe.Add(at, 8))^1<<63, *(*uint64)(at)
	var id [16]byte
	for i := range 8 {
		id[i] = byte(high >> (56 - 8*i))
		id[8+i] = byte(low >> (56 - 8*i))
	}
	return id
}

// Text returns the bytes of a VARCHAR. They are not to be changed.
func (b *Batch) Text(column, row int) []byte {
	c := &b.columns[column]
	from := uint32(0)
	if row > 0 {
		from = c.ends[row-1]
	}
	return c.data[from:c.ends[row]:c.ends[row]]
}

// IsText reports whether the column holds VARCHAR.
func (b *Batch) IsText(column int) bool { return b.columns[column].kind == kindText }

// IsUUID reports whether the column holds UUID.
func (b *Batch) IsUUID(column int) bool { return b.columns[column].kind == kindUUID }

// IsReal reports whether the column holds DOUBLE or FLOAT.
func (b *Batch) IsReal(column int) bool {
	return b.columns[column].kind == kindReal64 || b.columns[column].kind == kindReal32
}
