// Package leef writes events in the Log Event Extended Format, version 2.0.
//
// Invariant: whatever an event holds, what is written is one line that a reader of the format takes apart
// into the header fields and attributes that were meant. The format has no escape for the delimiter inside of
// values: the header of each event declares one that none of its values holds.
package leef

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/mapping"
	"lazuli.dev/lazuli/forward/format/row"
)

// Delimiters are those that are tried, the first first; where all occur in an event the first is taken and
// becomes a blank in the values.
var Delimiters = [...]byte{'\t', '^', '~', 0x1f, 0x1e}

// A Formatter writes events. It is used by one goroutine at a time.
type Formatter struct {
	plans  *mapping.Plans
	values mapping.Values
	text   []byte
	names  mapping.Names

	omitted []byte // names of the columns that are left out
}

// All is for Append: no column is left out.
const All = math.MaxInt

// New makes a formatter.
func New() *Formatter { return &Formatter{plans: mapping.NewPlans(mapping.LEEF)} }

// Append appends the event, without a line break. Columns that have no key of their own and whose values have more than
// most bytes are left out, and the attribute lazuliOmitted names them.
func (f *Formatter) Append(dst []byte, e *lazuli.Event, most int) []byte {
	p := f.plans.Of(e.Table)
	p.Read(&f.values, e)
	from := len(dst)
	for _, delimiter := range Delimiters {
		var clean bool
		if dst, clean = f.event(dst[:from], p, e, delimiter, most); clean {
			return dst
		}
	}
	// Each delimiter occurs: the first replaces nothing but itself.
	dst, _ = f.event(dst[:from], p, e, Delimiters[0], most)
	return dst
}

// event writes an event with a delimiter; clean is false when some value held it, as a blank now.
func (f *Formatter) event(dst []byte, p *mapping.Plan, e *lazuli.Event, delimiter byte, most int) (_ []byte, clean bool) {
	dst = append(dst, "LEEF:2.0|"...)
	dst = f.header(dst, p.Vendor, "Microsoft")
	dst = f.header(dst, p.Product, "Azure")
	dst = f.header(dst, p.Version, "1")
	if !p.Mapping.Bare {
		dst = appendHeader(dst, []byte(e.Table))
		at := len(dst)
		dst = f.header(append(dst, ':'), p.Class, "")
		if len(dst) == at+2 {
			dst = append(dst[:at], '|')
		}
	} else {
		dst = f.header(dst, p.Class, e.Table)
	}
	if delimiter > ' ' {
		dst = append(dst, delimiter, '|')
	} else {
		dst = fmt.Appendf(dst, "x%02X|", delimiter)
	}
	dst = append(append(dst, "sev="...), f.severity(p)...)
	clean = true
	for i := range p.Outs {
		o := &p.Outs[i]
		if o.As == mapping.Pairs || o.As == mapping.Members {
			o.Each(&f.values, func(key, value []byte) {
				var without bool
				dst = append(mapping.AppendKey(append(dst, delimiter), key), '=')
				if dst, without = appendValue(dst, value, delimiter); !without {
					clean = false
				}
			})
			continue
		}
		text, ok := o.Append(f.text[:0], &f.values, false)
		f.text = text[:0]
		if !ok || len(text) == 0 {
			continue
		}
		var without bool
		dst = append(append(append(dst, delimiter), o.Key...), '=')
		if dst, without = appendValue(dst, text, delimiter); !without {
			clean = false
		}
	}
	f.names.Reset(p, &f.values)
	f.omitted = f.omitted[:0]
	f.values.Rest(func(name, value []byte) {
		if len(value) > most {
			if len(f.omitted) > 0 {
				f.omitted = append(f.omitted, ',')
			}
			f.omitted = append(f.omitted, name...)
			return
		}
		dst = append(f.names.Append(append(dst, delimiter), name, "_"), '=')
		text, plain := row.Plain(value)
		if !plain {
			f.text = row.AppendPlain(f.text[:0], value)
			text = f.text
		}
		var without bool
		if dst, without = appendValue(dst, text, delimiter); !without {
			clean = false
		}
	})
	if len(f.omitted) > 0 {
		dst, _ = appendValue(append(append(dst, delimiter), "lazuliOmitted="...), f.omitted, delimiter)
	}
	return dst, clean
}

// severity is from 1 to 10; 3 where nothing gives one.
func (f *Formatter) severity(p *mapping.Plan) string {
	text, ok := p.Level.Append(f.text[:0], &f.values)
	f.text = text[:0]
	n, err := strconv.Atoi(string(text))
	switch {
	case !ok || err != nil:
		return "3"
	case n < 1:
		return "1"
	case n > 10:
		return "10"
	}
	return strconv.Itoa(n)
}

func (f *Formatter) header(dst []byte, p mapping.Pick, otherwise string) []byte {
	text, ok := p.Append(f.text[:0], &f.values)
	f.text = text[:0]
	if !ok {
		text = append(text, otherwise...)
	}
	return append(appendHeader(dst, text), '|')
}

// appendHeader writes a field of the header, which knows no escapes: a | becomes a /, a line break or other
// control character a blank.
func appendHeader(dst, text []byte) []byte {
	for _, c := range text {
		switch {
		case c == '|':
			c = '/'
		case c < ' ':
			c = ' '
		}
		dst = append(dst, c)
	}
	return dst
}

// appendValue writes a value. Line breaks become \n and \r in two characters each, a zero byte U+FFFD. without
// is false when the value holds the delimiter, which becomes a blank.
func appendValue(dst, text []byte, delimiter byte) (_ []byte, without bool) {
	without = bytes.IndexByte(text, delimiter) < 0
	from := 0
	for i, c := range text {
		if c >= ' ' && c != delimiter || c != '\n' && c != '\r' && c != 0 && c != delimiter {
			continue
		}
		dst = append(dst, text[from:i]...)
		from = i + 1
		switch c {
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case 0:
			dst = append(dst, "\ufffd"...)
		default:
			dst = append(dst, ' ')
		}
	}
	return append(dst, text[from:]...), without
}
