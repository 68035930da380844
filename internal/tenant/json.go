package tenant

import (
	"strconv"
	"time"
)

// A doc writes JSON into a buffer: k writes a key, the others a value, and commas fall where
// they belong. Keys are literals of this package and need no escapes; texts are escaped.
type doc struct {
	b []byte
}

// sep writes the comma that the value or key about to come needs.
func (d *doc) sep() {
	if n := len(d.b); n > 0 {
		switch d.b[n-1] {
		case '{', '[', ':', '\n':
		default:
			d.b = append(d.b, ',')
		}
	}
}

func (d *doc) obj() *doc { d.sep(); d.b = append(d.b, '{'); return d }
func (d *doc) end() *doc { d.b = append(d.b, '}'); return d }
func (d *doc) arr() *doc { d.sep(); d.b = append(d.b, '['); return d }
func (d *doc) fin() *doc { d.b = append(d.b, ']'); return d }

func (d *doc) k(key string) *doc {
	d.sep()
	d.b = append(d.b, '"')
	d.b = append(d.b, key...)
	d.b = append(d.b, '"', ':')
	return d
}

func (d *doc) s(text string) *doc {
	d.sep()
	d.b = append(d.b, '"')
	from := 0
	for i := 0; i < len(text); i++ {
		if c := text[i]; c == '"' || c == '\\' || c < ' ' {
			d.b = append(d.b, text[from:i]...)
			if c < ' ' {
				const hex = "0123456789abcdef"
				d.b = append(d.b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			} else {
				d.b = append(d.b, '\\', c)
			}
			from = i + 1
		}
	}
	d.b = append(d.b, text[from:]...)
	d.b = append(d.b, '"')
	return d
}

func (d *doc) i(n int64) *doc      { d.sep(); d.b = strconv.AppendInt(d.b, n, 10); return d }
func (d *doc) t(v bool) *doc       { d.sep(); d.b = strconv.AppendBool(d.b, v); return d }
func (d *doc) null() *doc          { d.sep(); d.b = append(d.b, "null"...); return d }
func (d *doc) f(x float64) *doc    { d.sep(); d.b = strconv.AppendFloat(d.b, x, 'f', -1, 64); return d }
func (d *doc) raw(j string) *doc   { d.sep(); d.b = append(d.b, j...); return d }
func (d *doc) ks(k, v string) *doc { return d.k(k).s(v) }

// Azure writes instants with seven digits, either with Z or with a zero offset.
const ticksLayout = "2006-01-02T15:04:05.0000000"

func (d *doc) z(at time.Time) *doc      { return d.instant(at, 'Z') }
func (d *doc) offset(at time.Time) *doc { return d.instant(at, '+') }

func (d *doc) instant(at time.Time, zone byte) *doc {
	d.sep()
	d.b = append(d.b, '"')
	d.b = at.AppendFormat(d.b, ticksLayout)
	if zone == 'Z' {
		d.b = append(d.b, 'Z', '"')
	} else {
		d.b = append(d.b, "+00:00\""...)
	}
	return d
}

// inner is the value that Entra puts into modifiedProperties: JSON text inside JSON.
func inner(text string) string { return string((&doc{}).s(text).b) }

func (d *doc) textOrNull(key, text string) *doc {
	if text == "" {
		return d.k(key).null()
	}
	return d.ks(key, text)
}
