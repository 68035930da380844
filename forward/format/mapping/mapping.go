// Package mapping says, in one table, how the columns of Log Analytics tables are called in the formats that
// receivers read: CEF, LEEF 2.0 and the Elastic Common Schema.
//
// Invariant: a mapping renames and reshapes, it never loses. A column that it does not name, or whose value
// does not fit the field it names, goes out under the column's own name; only a column whose value another
// column repeats is left out, and then the mapping says so with "-".
package mapping

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/row"
)

// A Mapping is how rows of some tables are called.
type Mapping struct {
	Tables []string // none: all tables that no other mapping names
	Doc    string   // one sentence

	// The header of CEF and LEEF. Class tells kinds of events apart; it is written behind the table's name.
	// Name is for people. Severity is from 0 to 10; where nothing gives one it is 3.
	Bare                     bool     // Class stands alone, and values are as long as they are: the rows came in the format
	Revision                 []Choice // of the format CEF; 0 where nothing gives one
	Vendor, Product, Version []Choice
	Class, Name, Severity    []Choice

	// Dataset is the second part of the data stream's name in Elasticsearch, Rest the object that takes
	// the columns which have no field of their own, their names in snake_case.
	Dataset, Rest string
	KeepNames     bool // the rest's names are those of the columns, as the object's other names are not in snake_case

	Fields   []Field
	Examples []Example

	// Relay is what rows that came as syslog say about the header they came with; nil for all others.
	Relay *Relay
}

// A Relay says which columns hold the header that a message of syslog came with, and its text.
type Relay struct {
	Facility, Severity     []Choice // names, as in RFC 5424's tables
	Host, App, Process, ID []Choice // HOSTNAME, APP-NAME, PROCID, MSGID
	Data                   []Choice // STRUCTURED-DATA as it is written
	Text                   []Choice // what stood behind the header; none: the row as CEF
}

// A Choice is one way to come by a text; the first that gives one counts.
type Choice struct {
	From  string            // as in Field
	Words map[string]string // as in Field
	Then  string            // as From: what follows behind a colon, where there is one
}

// A Field is one column, or a part of one, and its names.
type Field struct {
	// From is where the value comes from: a column, a path into a dynamic one (A.b, A[0].b, A[member with dots]),
	// =text, or @table, @workspace, @id, @time; several with | between them, of which the first that
	// is not empty counts.
	From string
	CEF  string // key; "" leaves the column to the rest, "-" leaves it out
	// Label of a CEF key that means nothing by itself, as cs1 and cn1.
	Label string
	LEEF  string // key, as CEF
	// ECS are the fields of the Elastic Common Schema, with blanks between; one that ends in [] is a list, to
	// which several fields may add.
	ECS string
	As  As
	// Words replaces values; "*" stands for all others, which without it are left as they are. A word that is
	// empty makes the value one that does not fit.
	Words map[string]string
	// When is a condition, Column=value|value: the field counts for rows in which the column has one of the values; with
	// != for all others. Fields with opposite conditions may have the same name.
	When string
	// Repeats is the column that says the same as one that is left out: while it is empty, the other stays. With a =
	// before it the other stays unless both have the same value.
	Repeats string
}

// As says how a value is written.
type As uint8

const (
	Text        As = iota // as it is
	Int                   // a whole number, without a fraction of zero
	Port                  // the same, from 0 to 65535
	Float                 // a number
	Address               // an IP address, without port
	AddressPort           // the port behind an address
	MAC                   // six bytes with : between
	Time                  // milliseconds since 1970 in CEF and LEEF
	Nanos                 // milliseconds as nanoseconds
	Lower                 // in lower case
	User                  // what stands before the @
	Domain                // what stands behind the @
	File                  // what stands behind the last / or \
	List                  // a list of texts or numbers, also when it is written as a text
	JSON                  // an object or a list of objects, also when it is written as a text
	Snake                 // the same, the names of its members in snake_case
	Indexed               // the same, and arrays are objects whose members are called 0, 1, 2
	Data                  // the elements of structured data, RFC 5424, as an object
	Pairs                 // key=value;key=value, each a key of its own in CEF and LEEF
	Members               // members of an object whose name begins with "extension.", each a key of its own in CEF
)

var asNames = [...]string{"", "whole number", "port", "number", "address", "port behind the address", "MAC address", "time", "milliseconds to nanoseconds", "lower case", "part before @", "part behind @", "file's name", "list", "JSON", "snake_case", "snake_case, arrays by index", "structured data as an object", "each pair a key of its own", "each extension a key of its own"}

// String names it for the manual.
func (a As) String() string { return asNames[a] }

// An Example is a row and what becomes of it; each runs as a test.
type Example struct {
	Table, Row      string
	CEF, LEEF, Core string // without what every event has: its time and id. Core is that of ECS
}

// For is the mapping of a table.
func For(table string) *Mapping {
	for i := range all {
		if slices.Contains(all[i].Tables, table) {
			return &all[i]
		}
	}
	return &all[len(all)-1]
}

// HasHeader reports whether rows of a table came with a header of syslog, of which the hidden column _Unmapped has a part.
func HasHeader(table string) bool { return For(table).Relay != nil }

// All are the mappings, the one for all other tables last.
func All() []Mapping { return all }

// A Format is what names are taken of.
type Format uint8

const (
	CEF Format = iota
	LEEF
	ECS
	Syslog // the header of a message
)

// name is the field's name in a format.
func (f *Field) name(format Format) string {
	switch format {
	case CEF:
		return f.CEF
	case LEEF:
		return f.LEEF
	case ECS:
		return f.ECS
	}
	return ""
}

// A Plan is a mapping made ready for one format.
type Plan struct {
	Mapping *Mapping
	Outs    []Out
	Vendor  Pick
	Product Pick
	Version Pick
	Class   Pick
	Name    Pick
	Level   Pick

	Revision Pick
	Relay    Header // empty but for the format Syslog

	taken   map[string]bool // keys and their labels, in CEF all that mean something
	millis  bool            // the format's own time has milliseconds
	columns map[string]int
	paths   [][]path // of each column: what is read of it
	slots   int
}

// An Out is one field of the output.
type Out struct {
	Key   string // the field's name in the format; "-" for a column that is left out
	Label string
	As    As
	Words map[string]string
	Max   int // characters; 0 is no bound. A longer value is cut, and its column goes out whole, too
	from  []source
	same  *source // for a column that is left out: what must not be empty
	equal bool    // and must be the same
	then  *Out    // of a Pick: what follows behind a colon
	when  *source // what must have one of the values in is
	is    []string
	not   bool // or none of them
}

// A Header is a Relay, made ready.
type Header struct{ Facility, Severity, Host, App, Process, ID, Data, Text Pick }

// A Pick is a Choice of several, made ready.
type Pick []Out

// A source is one place where a value comes from.
type source struct {
	slot   int    // -1: literal or about the event
	column int    // -1, or the column that is used up with it
	text   string // =text or @word
}

// A path is a part of a column that a slot takes.
type path struct {
	steps []step // none: the column
	slot  int
}

type step struct {
	name  string
	index int // -1: by name
}

// Compile makes a mapping ready.
func Compile(m *Mapping, format Format) (*Plan, error) {
	p := &Plan{Mapping: m, taken: map[string]bool{}, millis: format != ECS, columns: map[string]int{}}
	known := map[string]source{}
	out := func(from string, key, label string, as As, words map[string]string) (Out, error) {
		o := Out{Key: key, Label: label, As: as, Words: words}
		for _, text := range strings.Split(from, "|") {
			s, seen := known[text]
			if !seen {
				var err error
				if s, err = p.source(text); err != nil {
					return o, fmt.Errorf("%s: %w", from, err)
				}
				known[text] = s
			}
			o.from = append(o.from, s)
		}
		return o, nil
	}
	switch format {
	case CEF:
		for _, key := range []string{"c6a1", "c6a2", "c6a3", "c6a1Label", "c6a2Label", "c6a3Label", "lazuliOmitted"} {
			p.taken[key] = true // the formatter may write them
		}
		for key := range dictionary {
			p.taken[key] = true
		}
	case LEEF:
		p.taken["sev"], p.taken["lazuliOmitted"] = true, true
	}
	for _, f := range m.Fields {
		for _, key := range strings.Fields(f.name(format)) {
			o, err := out(f.From, key, f.Label, f.As, f.Words)
			if err != nil {
				return nil, err
			}
			if f.When != "" {
				column, values, _ := strings.Cut(f.When, "=")
				column, o.not = strings.CutSuffix(column, "!")
				when, err := out(column, "", "", Text, nil)
				if err != nil {
					return nil, err
				}
				o.when, o.is = &when.from[0], strings.Split(values, "|")
			}
			if key == "-" && f.Repeats != "" {
				column, equal := strings.CutPrefix(f.Repeats, "=")
				same, err := out(column, "", "", Text, nil)
				if err != nil {
					return nil, err
				}
				o.same, o.equal = &same.from[0], equal
			}
			if k, known := KeyOf(key); known && format == CEF && !m.Bare {
				o.Max = k.Max
			}
			p.Outs = append(p.Outs, o)
			p.taken[key] = true
			if f.Label != "" {
				p.taken[key+"Label"] = true
			}
		}
	}
	type pick struct {
		to *Pick
		of []Choice
	}
	picks := []pick{{&p.Vendor, m.Vendor}, {&p.Product, m.Product}, {&p.Version, m.Version}, {&p.Class, m.Class}, {&p.Name, m.Name}, {&p.Level, m.Severity}, {&p.Revision, m.Revision}}
	if r := m.Relay; format == Syslog {
		picks = nil
		if h := &p.Relay; r != nil {
			picks = []pick{{&h.Facility, r.Facility}, {&h.Severity, r.Severity}, {&h.Host, r.Host}, {&h.App, r.App}, {&h.Process, r.Process}, {&h.ID, r.ID}, {&h.Data, r.Data}, {&h.Text, r.Text}}
		}
	}
	for _, h := range picks {
		for _, c := range h.of {
			words := c.Words
			if h.to == &p.Level && m.Bare && format == CEF {
				words = nil // CEF has words for severities
			}
			o, err := out(c.From, "", "", Text, words)
			if err != nil {
				return nil, err
			}
			for i := range o.from {
				o.from[i].column = -1 // what the header says is said in full by the column
			}
			if c.Then != "" {
				then, err := out(c.Then, "", "", Text, nil)
				if err != nil {
					return nil, err
				}
				for i := range then.from {
					then.from[i].column = -1
				}
				o.then = &then
			}
			*h.to = append(*h.to, o)
		}
	}
	return p, nil
}

// Taken reports whether a name is the key of a field, or in CEF a key that means something, so that a column of that name
// needs another.
func (p *Plan) Taken(name []byte) bool {
	return p.taken[string(name)]
}

// source reads one alternative of a From.
func (p *Plan) source(text string) (source, error) {
	switch {
	case text == "":
		return source{}, fmt.Errorf("an empty path")
	case text[0] == '=':
		return source{-1, -1, text}, nil
	case text[0] == '@':
		switch text {
		case "@table", "@workspace", "@id", "@time", "@stamp":
			return source{-1, -1, text}, nil
		}
		return source{}, fmt.Errorf("nothing is called %s", text)
	}
	column, steps, err := parsePath(text)
	if err != nil {
		return source{}, err
	}
	c, known := p.columns[column]
	if !known {
		c = len(p.paths)
		p.columns[column] = c
		p.paths = append(p.paths, nil)
	}
	s := source{slot: p.slots, column: -1}
	if len(steps) == 0 {
		s.column = c
	}
	p.paths[c] = append(p.paths[c], path{steps, p.slots})
	p.slots++
	return s, nil
}

func parsePath(text string) (column string, steps []step, err error) {
	end := strings.IndexAny(text, ".[")
	if end < 0 {
		return text, nil, nil
	}
	column, text = text[:end], text[end:]
	for text != "" {
		switch text[0] {
		case '.':
			end := strings.IndexAny(text[1:], ".[") + 1
			if end == 0 {
				end = len(text)
			}
			steps, text = append(steps, step{text[1:end], -1}), text[end:]
		case '[':
			end := strings.IndexByte(text, ']')
			if end < 0 {
				return "", nil, fmt.Errorf("no ] in %s", text)
			}
			if n, err := strconv.Atoi(text[1:end]); err == nil {
				steps = append(steps, step{"", n})
			} else {
				steps = append(steps, step{text[1:end], -1})
			}
			text = text[end+1:]
		default:
			return "", nil, fmt.Errorf("no . or [ before %s", text)
		}
	}
	return column, steps, nil
}

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
