package mapping

import (
	"bytes"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/row"
)

// Values are what a plan reads of one event. They hold parts of the event's row.
type Values struct {
	event   *lazuli.Event
	slots   [][]byte
	members []member
	used    []bool
	opened  []byte // texts that hold JSON, without their quotes and escapes

	// Rows of a table have their columns in the same order, some left out: what a name was in the row before is found
	// without looking it up.
	plan  *Plan
	known []hint
	next  int

	stamped []byte // the second, as stamp writes it
	second  int64
}

// A hint is which column a name was in the rows before; -1 is none of the plan's.
type hint struct {
	name   string
	column int
}

// hints bound what is remembered, lookAhead how many columns a row may leave out for a hint to be found.
const (
	maxHints  = 256
	lookAhead = 6
)

// column finds which column of the plan a name is.
func (v *Values) column(p *Plan, name []byte) (column int, mapped bool) {
	for i := v.next; i < len(v.known) && i < v.next+lookAhead; i++ {
		if h := &v.known[i]; h.name == string(name) {
			v.next = i + 1
			return h.column, h.column >= 0
		}
	}
	column, mapped = p.columns[string(name)]
	if !mapped {
		column = -1
	}
	if len(v.known) < maxHints {
		v.known = slices.Insert(v.known, v.next, hint{string(name), column})
		v.next++
	}
	return column, mapped
}

type member struct {
	name, value []byte
	column      int
}

// Read takes what the plan needs of an event.
func (p *Plan) Read(v *Values, e *lazuli.Event) {
	v.event = e
	if v.next = 0; v.plan != p {
		v.plan, v.known = p, v.known[:0]
	}
	if cap(v.slots) < p.slots {
		v.slots = make([][]byte, p.slots)
	}
	v.slots = v.slots[:p.slots]
	clear(v.slots)
	if cap(v.used) < len(p.paths) {
		v.used = make([]bool, len(p.paths))
	}
	v.used = v.used[:len(p.paths)]
	clear(v.used)
	v.members = v.members[:0]
	v.opened = v.opened[:0]
	s := row.Object(e.Row)
	for {
		name, value, ok := s.Next()
		if !ok {
			return
		}
		column, mapped := v.column(p, name)
		if !mapped {
			if string(name) == timeColumn && p.saysTime(value, e.Time) {
				continue
			}
			v.members = append(v.members, member{name, value, -1})
			continue
		}
		v.members = append(v.members, member{name, value, column})
		for i := range p.paths[column] {
			part := &p.paths[column][i]
			v.slots[part.slot] = v.follow(value, part.steps)
		}
		if string(name) == timeColumn && p.saysTime(value, e.Time) {
			v.used[column] = true
		}
	}
}

// follow goes into a value, also into a text that holds JSON, as some columns do.
func (v *Values) follow(value []byte, steps []step) []byte {
	for i := range steps {
		if value == nil {
			return nil
		}
		if HoldsJSON(value) {
			from := len(v.opened)
			v.opened = row.AppendText(v.opened, value)
			value = v.opened[from:]
		}
		if s := &steps[i]; s.index >= 0 {
			value = row.Element(value, s.index)
		} else {
			value = row.Member(value, s.name)
		}
	}
	return value
}

// HoldsJSON reports whether a value is a text that looks like an object or array.
func HoldsJSON(value []byte) bool {
	return len(value) > 3 && value[0] == '"' && (value[1] == '{' || value[1] == '[')
}

// Rest calls f for each column that no field has taken, in the order of the row.
func (v *Values) Rest(f func(name, value []byte)) {
	for i := range v.members {
		m := &v.members[i]
		if (m.column < 0 || !v.used[m.column]) && !row.Empty(m.value) {
			f(m.name, m.value)
		}
	}
}

// Append appends the first value of the field that is not empty and fits, and marks its column as taken. It is
// false when there is none. JSON is for ECS: texts get quotes and are escaped.
func (o *Out) Append(dst []byte, v *Values, json bool) ([]byte, bool) {
	if o.when != nil && !o.holds(v) {
		return dst, false
	}
	for i := range o.from {
		s := &o.from[i]
		var raw []byte
		if s.slot < 0 {
			var ok bool
			if dst, ok = o.appendWord(dst, v, s.text, json); ok {
				return dst, true
			}
			continue
		}
		if raw = v.slots[s.slot]; row.Empty(raw) {
			continue
		}
		if o.Key == "-" {
			if o.same == nil || !row.Empty(v.slots[o.same.slot]) && (!o.equal || string(unquoted(v.slots[o.same.slot])) == string(unquoted(raw))) {
				v.take(s)
			}
			continue
		}
		from := len(dst)
		if o.Words != nil {
			if word, known, others := o.word(raw); known {
				if word == "" {
					continue
				}
				if !others {
					v.take(s) // a word for all other values does not tell which it was
				}
				if json && o.As != Int {
					return appendQuoted(dst, []byte(word)), true
				}
				return append(dst, word...), true
			}
		}
		var ok bool
		if dst, ok = o.convert(dst, raw, json); !ok {
			continue
		}
		if o.Max > 0 && len(dst)-from > o.Max {
			if short, cut := o.cut(dst, from); cut {
				return short, true
			}
		}
		if o.tells(raw, len(dst)-from, json) {
			v.take(s)
		}
		return dst, true
	}
	return dst, false
}

func (v *Values) take(s *source) {
	if s.column >= 0 {
		v.used[s.column] = true
	}
}

// tells reports whether what was written of a value, n bytes, is all of it.
func (o *Out) tells(raw []byte, n int, json bool) bool {
	switch o.As {
	case User, File:
		return !bytes.ContainsAny(raw, `@\/`)
	case Domain:
		return false
	case Address:
		if !json {
			n += 2 // quotes
		}
		return n >= len(raw)
	case Nanos:
		return bytes.IndexByte(raw, '.') < 0
	}
	return true
}

// unquoted is what stands between the quotes of a text; anything else as it is.
func unquoted(raw []byte) []byte {
	if row.IsText(raw) {
		return raw[1 : len(raw)-1]
	}
	return raw
}

// holds reports whether the condition does.
func (o *Out) holds(v *Values) bool {
	raw := unquoted(v.slots[o.when.slot])
	for _, is := range o.is {
		if string(raw) == is {
			return !o.not
		}
	}
	return o.not
}

// Excludes reports whether two fields have opposite conditions, so that at most one of them counts for a row.
func (o *Out) Excludes(p *Out) bool {
	return o.when != nil && p.when != nil && o.when.slot == p.when.slot && o.not != p.not && slices.Equal(o.is, p.is)
}

// cut bounds a value to the characters that its key takes.
func (o *Out) cut(dst []byte, from int) (_ []byte, cut bool) {
	at := from
	for n := 0; n < o.Max && at < len(dst); n++ {
		_, size := utf8.DecodeRune(dst[at:])
		at += size
	}
	return dst[:at], at < len(dst)
}

// appendWord appends what is not of the row.
func (o *Out) appendWord(dst []byte, v *Values, text string, json bool) ([]byte, bool) {
	e := v.event
	switch text {
	case "@table":
		text = e.Table
	case "@workspace":
		text = e.Workspace
	case "@id":
		text = e.ID
		if o.Max > 0 && len(text) > o.Max {
			text = text[len(text)-o.Max:] // the end of an id counts, its beginning is the workspace's
		}
	case "@time":
		return strconv.AppendInt(dst, Millis(e.Time), 10), true
	case "@stamp":
		return v.stamp(dst), true
	default:
		text = text[1:]
	}
	if text == "" {
		return dst, false
	}
	if w, known := o.Words[text]; known {
		text = w
	} else if w, known = o.Words["*"]; known {
		text = w
	}
	if json {
		return appendQuoted(dst, []byte(text)), true
	}
	return append(dst, text...), true
}

// Append appends the text of the first choice that gives one.
func (p Pick) Append(dst []byte, v *Values) ([]byte, bool) {
	for i := range p {
		var ok bool
		if dst, ok = p[i].Append(dst, v, false); !ok {
			continue
		}
		if then := p[i].then; then != nil {
			at := len(dst)
			if dst, ok = then.Append(append(dst, ':'), v, false); !ok {
				dst = dst[:at]
			}
		}
		return dst, true
	}
	return dst, false
}

// Millis are milliseconds since 1970 of a time in ticks.
func Millis(ticks int64) int64 {
	since := ticks - lazuli.TicksAtUnixEpoch
	ms := since / 10_000
	if since%10_000 < 0 {
		ms--
	}
	return ms
}

// StampFormat is the form of @stamp as LEEF's devTimeFormat names it.
const StampFormat = "yyyy-MM-dd'T'HH:mm:ss.SSSZ"

// stamp appends the event's time in UTC with milliseconds and an offset without colon. Events of one second, which most
// neighbours are, share the text.
func (v *Values) stamp(dst []byte) []byte {
	ms := Millis(v.event.Time)
	second, part := ms/1000, ms%1000
	if part < 0 {
		second, part = second-1, part+1000
	}
	if len(v.stamped) == 0 || second != v.second {
		v.stamped = time.Unix(second, 0).UTC().AppendFormat(v.stamped[:0], "2006-01-02T15:04:05.")
		v.second = second
	}
	dst = append(dst, v.stamped...)
	return append(dst, '0'+byte(part/100), '0'+byte(part/10%10), '0'+byte(part%10), '+', '0', '0', '0', '0')
}

// timeColumn is where an event's time comes from as a rule.
const timeColumn = "TimeGenerated"

// saysTime reports whether a value is the event's time and no more exact than the format writes that.
func (p *Plan) saysTime(value []byte, ticks int64) bool {
	if p.millis && ticks%10_000 != 0 {
		return false
	}
	text, ok := row.Plain(value)
	if !ok {
		return false
	}
	var buf [40]byte
	return string(AppendTime(buf[:0], ticks)) == string(text)
}

// AppendTime appends ticks as RFC 3339 in UTC with as many digits of the second as there are.
func AppendTime(dst []byte, ticks int64) []byte {
	return lazuli.FromTicks(ticks).AppendFormat(dst, "2006-01-02T15:04:05.9999999Z")
}
