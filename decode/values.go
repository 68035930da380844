package decode

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"

	"lazuli.dev/lazuli/kql/types"
)

// put sets a column to the value b[s:e], which is valid JSON. escaped may be
// true for a string without escapes.
func (w *worker) put(t *target, s, e int, escaped bool) fit {
	v := w.b[s:e]
	if t.typ == types.Dynamic {
		if v[0] != 'n' {
			w.bl.SetText(t.col, v)
		}
		return fits
	}
	if v[0] != '"' {
		return w.putScalar(t, v)
	}
	v = v[1 : len(v)-1]
	f := fits
	if escaped && bytes.IndexByte(v, '\\') >= 0 {
		w.replaced = false
		v = w.unescape(v)
		if w.replaced {
			f = lossy
		}
	}
	if g := w.putText(t, v); g != fits {
		return g
	}
	return f
}

// putText sets a column to a text, converted to the column's type. Empty texts
// are null in columns of other types.
func (w *worker) putText(t *target, v []byte) fit {
	if len(v) == 0 {
		return fits
	}
	switch t.typ {
	case types.String:
		if t.guid {
			if hi, lo, ok := parseGUID(v, false); ok {
				w.bl.SetUUID(t.col, hi, lo)
				return fits
			}
			w.bl.SetText(t.col+1, v)
			return fits
		}
		w.bl.SetText(t.col, v)
		return fits
	case types.Dynamic:
		w.scratch = appendJSON(w.scratch[:0], v)
		w.bl.SetText(t.col, w.scratch)
		return fits
	case types.DateTime:
		ticks, f := parseTime(v)
		if f != never {
			w.bl.SetInt64(t.col, ticks)
		}
		return f
	case types.Timespan:
		ticks, f := parseSpan(v)
		if f != never {
			w.bl.SetInt64(t.col, ticks)
		}
		return f
	case types.Guid:
		hi, lo, ok := parseGUID(v, true)
		if !ok {
			return never
		}
		w.bl.SetUUID(t.col, hi, lo)
		return fits
	case types.Bool:
		switch string(bytes.ToLower(v)) {
		case "true", "1":
			w.bl.SetBool(t.col, true)
		case "false", "0":
			w.bl.SetBool(t.col, false)
		default:
			return never
		}
		return fits
	case types.Int, types.Long, types.Real:
		v = bytes.TrimSpace(v)
		if len(v) == 0 {
			return fits
		}
		number := scanner{b: v}
		if number.number(0) != len(v) {
			return never
		}
		return w.putNumber(t, v)
	}
	return never
}

// putScalar sets a column to a number, a bool, an object or an array.
func (w *worker) putScalar(t *target, v []byte) fit {
	switch t.typ {
	case types.String:
		if v[0] == 'n' {
			return fits
		}
		return w.putText(t, v)
	case types.Bool:
		switch v[0] {
		case 't', 'f':
			w.bl.SetBool(t.col, v[0] == 't')
			return fits
		case '0', '1':
			if len(v) == 1 {
				w.bl.SetBool(t.col, v[0] == '1')
				return fits
			}
		case 'n':
			return fits
		}
		return never
	case types.Int, types.Long, types.Real:
		if v[0] == '-' || v[0]-'0' < 10 {
			return w.putNumber(t, v)
		}
	case types.DateTime:
		if v[0]-'0' < 10 {
			ticks, f := parseTime(v)
			if f != never {
				w.bl.SetInt64(t.col, ticks)
			}
			return f
		}
	}
	if v[0] == 'n' {
		return fits
	}
	return never
}

// putNumber sets a numeric column from a number in JSON's notation.
func (w *worker) putNumber(t *target, v []byte) fit {
	if t.typ == types.Real {
		if n, ok := smallInt(v); ok {
			w.bl.SetFloat64(t.col, float64(n))
			return fits
		}
		x, err := strconv.ParseFloat(string(v), 64)
		if err != nil {
			return never
		}
		w.bl.SetFloat64(t.col, x)
		if len(v) > 15 && digits(v, 1) == len(v) && !exact(v, x) {
			return lossy
		}
		return fits
	}
	n, ok := parseInt(v)
	if !ok || t.typ == types.Int && (n > math.MaxInt32 || n < math.MinInt32) {
		return never
	}
	if t.typ == types.Int {
		w.bl.SetInt32(t.col, int32(n))
	} else {
		w.bl.SetInt64(t.col, n)
	}
	return fits
}

// exact reports whether x is the integer that v is the text of.
func exact(v []byte, x float64) bool {
	return strconv.FormatFloat(x, 'f', 0, 64) == string(v)
}

// parseInt reads an integer, also one written with a fraction of zeros or an
// exponent.
func parseInt(v []byte) (int64, bool) {
	if n, ok := smallInt(v); ok {
		return n, true
	}
	if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
		return n, true
	}
	x, err := strconv.ParseFloat(string(v), 64)
	if err != nil || x != math.Trunc(x) || math.Abs(x) > 1<<53 {
		return 0, false
	}
	return int64(x), true
}

// smallInt reads an integer of at most 15 digits, which a float64 can be too.
func smallInt(v []byte) (int64, bool) {
	i := 0
	if len(v) > 0 && v[0] == '-' {
		i = 1
	}
	if len(v) == i || len(v) > i+15 || i == 1 && v[1] == '0' { // -0 is a float64 of its own
		return 0, false
	}
	n := int64(0)
	for _, c := range v[i:] {
		if c-'0' > 9 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if i == 1 {
		n = -n
	}
	return n, true
}

// parseGUID reads a GUID in its usual form; letters must be small unless
// anyCase is set.
func parseGUID(b []byte, anyCase bool) (hi, lo uint64, ok bool) {
	if len(b) != 36 || b[8] != '-' || b[13] != '-' || b[18] != '-' || b[23] != '-' {
		return 0, 0, false
	}
	bad := byte(0)
	part := func(b []byte) (x uint64) {
		for _, c := range b {
			v := hexValue[c]
			bad |= v
			if !anyCase && c >= 'A' && c <= 'F' {
				bad = 0xff
			}
			x = x<<4 | uint64(v)
		}
		return x
	}
	hi = part(b[:8])<<32 | part(b[9:13])<<16 | part(b[14:18])
	lo = part(b[19:23])<<48 | part(b[24:36])
	return hi, lo, bad < 16
}

// unescape returns the text of the inside of a JSON string that is valid. A
// lone surrogate cannot be text; it becomes U+FFFD and replaced is set. The
// result is valid until the record ends.
func (w *worker) unescape(v []byte) []byte {
	at := len(w.arena)
	a := w.arena
	for len(v) > 0 {
		k := bytes.IndexByte(v, '\\')
		if k < 0 || k+1 >= len(v) {
			a = append(a, v...)
			break
		}
		a = append(a, v[:k]...)
		c := v[k+1]
		v = v[k+2:]
		switch c {
		case 'n':
			a = append(a, '\n')
		case 't':
			a = append(a, '\t')
		case 'r':
			a = append(a, '\r')
		case 'b':
			a = append(a, '\b')
		case 'f':
			a = append(a, '\f')
		case 'u':
			r := hex4(v)
			v = v[4:]
			if r >= 0xd800 && r < 0xe000 {
				low := rune(0)
				if r < 0xdc00 && len(v) >= 6 && v[0] == '\\' && v[1] == 'u' {
					low = hex4(v[2:])
				}
				if low >= 0xdc00 && low < 0xe000 {
					r = (r-0xd800)<<10 + (low - 0xdc00) + 0x10000
					v = v[6:]
				} else {
					r = utf8.RuneError
					w.replaced = true
				}
			}
			a = utf8.AppendRune(a, r)
		default:
			a = append(a, c)
		}
	}
	w.arena = a
	return a[at:]
}

func hex4(v []byte) (r rune) {
	for _, c := range v[:4] {
		r = r<<4 | rune(hexValue[c])
	}
	return r
}

// appendJSON appends a text as a JSON string.
func appendJSON(dst, v []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i, c := range v {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, v[from:i]...)
		if from = i + 1; c < ' ' {
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		} else {
			dst = append(dst, '\\', c)
		}
	}
	dst = append(dst, v[from:]...)
	return append(dst, '"')
}
