// Package cef writes events in the Common Event Format, version 0.
//
// Invariant: whatever an event holds, what is written is one line that a reader of the format takes apart
// into exactly the header fields and the extension that were meant: in the header \ and | are escaped, in the
// extension \, = and line breaks.
package cef

import (
	"bytes"
	"math"
	"unicode/utf8"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/mapping"
	"lazuli.dev/lazuli/forward/format/row"
)

// The most bytes of the header's fields, as the format's dictionary has them.
const (
	maxVendor  = 63 // and of the product
	maxVersion = 31
	maxClass   = 900 // of 1023, with the table's name before it
	maxTitle   = 512
)

// A Formatter writes events. It is used by one goroutine at a time.
type Formatter struct {
	plans  *mapping.Plans
	values mapping.Values
	text   []byte
	names  mapping.Names

	most    int    // bytes of a field of the header; 0 is no bound
	omitted []byte // names of the columns that are left out
}

// New makes a formatter.
func New() *Formatter { return &Formatter{plans: mapping.NewPlans(mapping.CEF)} }

// All is for Append: no column is left out.
const All = math.MaxInt

// Append appends the event, without a line break. Columns that have no key of their own and whose values have more than
// most bytes are left out, and the key lazuliOmitted names them.
func (f *Formatter) Append(dst []byte, e *lazuli.Event, most int) []byte {
	p := f.plans.Of(e.Table)
	v := &f.values
	p.Read(v, e)
	f.most = 0
	dst = f.header(append(dst, "CEF:"...), p.Revision, "0")
	if p.Mapping.Bare {
		for _, pick := range []mapping.Pick{p.Vendor, p.Product, p.Version, p.Class, p.Name} {
			dst = f.header(dst, pick, "")
		}
	} else {
		f.most = maxVendor
		dst = f.header(dst, p.Vendor, "Microsoft")
		dst = f.header(dst, p.Product, "Azure")
		f.most = maxVersion
		dst = f.header(dst, p.Version, "1")
		f.most = maxClass
		dst = AppendHeader(dst, []byte(e.Table))
		at := len(dst)
		dst = f.header(append(dst, ':'), p.Class, "")
		if len(dst) == at+2 {
			dst = append(dst[:at], '|')
		}
		f.most = maxTitle
		dst = f.header(dst, p.Name, e.Table)
		f.most = 0
	}
	dst = f.header(dst, p.Level, "3")
	begin := len(dst)
	for i := range p.Outs {
		if o := &p.Outs[i]; o.As == mapping.Pairs || o.As == mapping.Members {
			o.Each(v, func(key, value []byte) {
				dst = append(append(appendBlank(dst, begin), key...), '=')
				dst = AppendValue(dst, value)
			})
			continue
		}
		dst = f.field(dst, &p.Outs[i], p.Mapping.Bare, begin)
	}
	f.names.Reset(p, v)
	f.omitted = f.omitted[:0]
	v.Rest(func(name, value []byte) {
		if len(value) > most {
			if len(f.omitted) > 0 {
				f.omitted = append(f.omitted, ',')
			}
			f.omitted = append(f.omitted, name...)
			return
		}
		dst = appendBlank(dst, begin)
		dst = f.names.Append(dst, name, "ad.") // the prefix of the format's users for additional data
		dst = f.value(append(dst, '='), value)
	})
	if len(f.omitted) > 0 {
		dst = AppendValue(append(appendBlank(dst, begin), "lazuliOmitted="...), f.omitted)
	}
	return dst
}

func (f *Formatter) header(dst []byte, p mapping.Pick, otherwise string) []byte {
	text, ok := p.Append(f.text[:0], &f.values)
	f.text = text[:0]
	if !ok {
		text = append(text, otherwise...)
	}
	if f.most > 0 && len(text) > f.most {
		text = text[:f.most]
		// Not in the middle of a character.
		for end := len(text); end > len(text)-utf8.UTFMax && end > 0; end-- {
			if r, n := utf8.DecodeLastRune(text[:end]); r != utf8.RuneError || n > 1 {
				text = text[:end]
				break
			}
		}
	}
	return append(AppendHeader(dst, text), '|')
}

// field writes one mapped field when it has a value.
func (f *Formatter) field(dst []byte, o *mapping.Out, bare bool, begin int) []byte {
	text, ok := o.Append(f.text[:0], &f.values, false)
	f.text = text[:0]
	if !ok || len(text) == 0 {
		return dst
	}
	key, label := o.Key, o.Label
	if o.As == mapping.Address && !bare && !mapping.IsIPv4(text) {
		// The keys for addresses are for version 4; the format has others for version 6. What came as CEF goes out
		// as it came.
		switch key {
		case "src":
			key, label = "c6a2", "Source IPv6 Address"
		case "dst":
			key, label = "c6a3", "Destination IPv6 Address"
		case "dvc":
			key, label = "c6a1", "Device IPv6 Address"
		}
	}
	dst = appendBlank(dst, begin)
	if label != "" {
		dst = append(append(append(append(dst, key...), "Label="...), label...), ' ')
	}
	return AppendValue(append(append(dst, key...), '='), text)
}

// value writes a value as the row has it.
func (f *Formatter) value(dst, raw []byte) []byte {
	if text, ok := row.Plain(raw); ok {
		return AppendValue(dst, text)
	}
	f.text = row.AppendPlain(f.text[:0], raw)
	return AppendValue(dst, f.text)
}

func appendBlank(dst []byte, begin int) []byte {
	if len(dst) > begin {
		dst = append(dst, ' ')
	}
	return dst
}

// AppendHeader appends a field of the header. The format has no line breaks there: they become blanks, as other control
// characters do. What is no UTF-8 becomes U+FFFD.
func AppendHeader(dst, text []byte) []byte {
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\ufffd"))
	}
	for _, c := range text {
		switch {
		case c == '|' || c == '\\':
			dst = append(dst, '\\')
		case c < ' ':
			c = ' '
		}
		dst = append(dst, c)
	}
	return dst
}

// escaped are the bytes of a value that are not written as they are.
var escaped = func() (t [256]bool) {
	for _, c := range []byte{'\\', '=', '\n', '\r', 0} {
		t[c] = true
	}
	return t
}()

// AppendValue appends a value of the extension. A zero byte, with which receivers end a message, becomes
// U+FFFD.
func AppendValue(dst, text []byte) []byte {
	from := 0
	for i, c := range text {
		if !escaped[c] {
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
			dst = append(dst, '\\', c)
		}
	}
	return append(dst, text[from:]...)
}
