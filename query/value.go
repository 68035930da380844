package query

import (
	"bytes"
	"encoding/json"
	"iter"
	"math"
	"math/bits"
	"strconv"
	"unicode/utf8"

	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/types"
)

// A Table is one result of a query: its rows lie in Data, each column in the engine type that fits its
// KQL type.
type Table struct {
	Name    string
	Columns []types.Column
	Data    *duck.Result
	// RowIDs says that the last column is not one of the query's: it is the _Seq of the table row that each row was
	// made of, null where it was made of none.
	RowIDs bool
}

// Len is the number of rows.
func (t *Table) Len() int64 { return t.Data.Rows }

// Bytes is the size of the values, strings counted by their length.
func (t *Table) Bytes() int64 { return t.Data.Bytes }

// Rows runs over the rows in order.
func (t *Table) Rows() iter.Seq[Row] {
	return func(yield func(Row) bool) {
		for _, b := range t.Data.Batches {
			for i := range b.Rows {
				if !yield(Row{t.Columns, b, i}) {
					return
				}
			}
		}
	}
}

// A Row is one row of a Table.
type Row struct {
	columns []types.Column
	batch   *duck.Batch
	at      int
}

// Null reports whether the value is null. A string is never null; a datetime outside of the years 1 to
// 9999, which no client could read, is taken for null.
func (r Row) Null(column int) bool {
	kind := r.columns[column].Type
	if kind == types.String {
		return false
	}
	if !r.batch.Valid(column, r.at) {
		return true
	}
	if kind == types.DateTime {
		t := r.batch.Int(column, r.at)
		return t < 0 || t > maxTicks
	}
	return false
}

// Long returns an int, a long, or the ticks of a datetime or timespan; 0 when it is null.
func (r Row) Long(column int) int64 {
	if r.Null(column) {
		return 0
	}
	return r.batch.Int(column, r.at)
}

// Text returns the bytes of a string, or the JSON of a dynamic; nil when it is null. They are not to be
// changed.
func (r Row) Text(column int) []byte {
	if !r.batch.Valid(column, r.at) || !r.batch.IsText(column) {
		return nil
	}
	return r.batch.Text(column, r.at)
}

// EmptyText reports whether a string is empty.
func (r Row) EmptyText(column int) bool {
	return !r.batch.Valid(column, r.at) || r.batch.IsText(column) && len(r.batch.Text(column, r.at)) == 0
}

// A Form says how values are written.
type Form uint8

const (
	// API is JSON as the Log Analytics API writes it: a dynamic is a string of JSON, a decimal and the
	// reals that JSON has no number for are strings.
	API Form = iota
	// Inline is the same, but a dynamic is the JSON value itself.
	Inline
	// Plain is the bare text as a person reads it, "" for null.
	Plain
)

// Append appends the value in the form.
func (r Row) Append(dst []byte, column int, form Form) []byte {
	if r.Null(column) {
		if form == Plain {
			return dst
		}
		return append(dst, "null"...)
	}
	b, i := r.batch, r.at
	switch r.columns[column].Type {
	case types.Bool:
		return strconv.AppendBool(dst, b.Bool(column, i))
	case types.Int, types.Long:
		return strconv.AppendInt(dst, b.Int(column, i), 10)
	case types.Real:
		return appendReal(dst, b.Real(column, i), form)
	case types.Decimal:
		return quoted(dst, form, func(dst []byte) []byte { return r.appendDecimal(dst, column) })
	case types.DateTime:
		return quoted(dst, form, func(dst []byte) []byte { return AppendDateTime(dst, b.Int(column, i)) })
	case types.Timespan:
		return quoted(dst, form, func(dst []byte) []byte { return native.AppendTimespan(dst, b.Int(column, i)) })
	case types.Guid:
		return quoted(dst, form, func(dst []byte) []byte { return r.appendGuid(dst, column) })
	case types.Dynamic:
		return appendDynamic(dst, b.Text(column, i), form)
	}
	switch {
	case !b.Valid(column, i):
		return quoted(dst, form, func(dst []byte) []byte { return dst })
	case b.IsUUID(column):
		return quoted(dst, form, func(dst []byte) []byte { return r.appendGuid(dst, column) })
	case form == Plain:
		return append(dst, b.Text(column, i)...)
	}
	return appendString(dst, b.Text(column, i))
}

func quoted(dst []byte, form Form, value func([]byte) []byte) []byte {
	if form == Plain {
		return value(dst)
	}
	return append(value(append(dst, '"')), '"')
}

func (r Row) appendGuid(dst []byte, column int) []byte {
	if r.batch.IsText(column) {
		return append(dst, r.batch.Text(column, r.at)...)
	}
	const digits = "0123456789abcdef"
	for i, c := range r.batch.UUID(column, r.at) {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, digits[c>>4], digits[c&15])
	}
	return dst
}

// appendDecimal writes all digits and no zeros at the end.
func (r Row) appendDecimal(dst []byte, column int) []byte {
	high, low, scale := r.batch.Huge(column, r.at)
	if high < 0 {
		dst = append(dst, '-')
		var borrow uint64
		low, borrow = bits.Sub64(0, low, 0)
		high = -high - int64(borrow)
	}
	// 38 digits, the last first: the number divided by ten again and again.
	var digits [40]byte
	n := 0
	for h := uint64(high); h != 0 || low != 0 || n <= scale; n++ {
		var rest uint64
		h, rest = h/10, h%10
		low, rest = bits.Div64(rest, low, 10)
		digits[n] = '0' + byte(rest)
	}
	last := 0
	for last < scale && digits[last] == '0' {
		last++
	}
	for i := n - 1; i >= last; i-- {
		dst = append(dst, digits[i])
		if i == scale && i > last {
			dst = append(dst, '.')
		}
	}
	return dst
}

func appendReal(dst []byte, v float64, form Form) []byte {
	special := ""
	switch {
	case math.IsNaN(v):
		special = "NaN"
	case math.IsInf(v, 1):
		special = "Infinity"
	case math.IsInf(v, -1):
		special = "-Infinity"
	}
	if special != "" {
		return quoted(dst, form, func(dst []byte) []byte { return append(dst, special...) })
	}
	format := byte('f')
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	from := len(dst)
	dst = strconv.AppendFloat(dst, v, format, -1, 64)
	if form != Plain && format == 'f' && v == math.Trunc(v) {
		// A real stays one for readers that tell 1 from 1.0.
		for _, c := range dst[from:] {
			if c == '.' {
				return dst
			}
		}
		dst = append(dst, ".0"...)
	}
	return dst
}

func appendDynamic(dst, text []byte, form Form) []byte {
	switch {
	case form == Plain:
		return append(dst, text...)
	case form == Inline && json.Valid(text):
		return append(dst, text...)
	}
	return appendString(dst, text)
}

// AppendDateTime appends ticks as RFC 3339 in UTC, with as many digits of the second as there are.
func AppendDateTime(dst []byte, ticks int64) []byte {
	from := len(dst)
	dst = native.AppendDateTime(dst, ticks)
	if len(dst) == from {
		return dst
	}
	digits := bytes.TrimRight(dst[from:len(dst)-1], "0")
	return append(dst[:from+len(bytes.TrimRight(digits, "."))], 'Z')
}

// AppendString appends text as a JSON string. What is not UTF-8 becomes U+FFFD: JSON cannot hold it.
func AppendString(dst []byte, text string) []byte { return appendString(dst, []byte(text)) }

func appendString(dst, text []byte) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			if r, n := utf8.DecodeRune(text[i:]); r != utf8.RuneError || n != 1 {
				i += n
				continue
			}
			dst = append(append(dst, text[from:i]...), "\ufffd"...)
			i++
			from = i
			continue
		}
		dst = append(dst, text[from:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
		i++
		from = i
	}
	return append(append(dst, text[from:]...), '"')
}
