package decode

import (
	"bytes"
	"encoding/base64"
	"net/netip"
	"strings"
	"unicode/utf8"

	"lazuli.dev/lazuli/kql/types"
)

// Lines and events that are not JSON come as messages of their own: a message
// whose first bytes are those of a syslog line, a CEF line or a Windows event
// in XML is read as text to its end, any other as JSON. So no JSON is ever
// taken for text, whatever is in it.
//
// A line is read field by field, and each goes where the plan of its entry has the
// key of that name; an event becomes a JSON object in a buffer of the worker, which
// the plan walks as it walks any record. The names are documented with the entries.

// A textForm is what a piece of text is.
type textForm uint8

const (
	notText  textForm = iota
	syslog            // a line with a priority, a time, or both
	counted           // syslog after the number of its bytes
	cefLine           // CEF alone or behind the header of syslog
	eventXML          // <Event>…</Event>
	wrapping          // what stands around events: <?xml …?>, <Events>, </Events>
)

// maxPrefix is where in a line the CEF part must begin.
const maxPrefix = 512

// formOf tells what the text at i is by its first bytes.
func formOf(b []byte, i int) textForm {
	rest := b[i:]
	switch c := rest[0]; {
	case c == '<' && len(rest) > 2 && rest[1]-'0' < 10:
		if _, n := priority(rest); n > 0 {
			return orCEF(rest, syslog)
		}
	case c == '<':
		switch {
		case isTag(rest, "<Event"):
			return eventXML
		case isTag(rest, "<Events"), isTag(rest, "</Events"), bytes.HasPrefix(rest, []byte("<?xml ")):
			return wrapping
		}
	case c >= '1' && c <= '9':
		if n, _ := octets(rest); n > 0 {
			return counted
		}
	case c == 'C' && isCEF(rest):
		return cefLine
	case c >= 'A' && c <= 'S':
		if _, n := bsdTime(rest, 0); n > 0 {
			return orCEF(rest, syslog)
		}
	}
	return notText
}

func orCEF(line []byte, otherwise textForm) textForm {
	if cefIn(line) >= 0 {
		return cefLine
	}
	return otherwise
}

// isTag reports whether the text begins with a tag of that name, and not of a
// longer one.
func isTag(b []byte, tag string) bool {
	if len(b) <= len(tag) || string(b[:len(tag)]) != tag {
		return false
	}
	switch b[len(tag)] {
	case '>', ' ', '/', '\t', '\r', '\n':
		return true
	}
	return false
}

// octets reads the byte count before a syslog message; n is 0 when there is none.
func octets(b []byte) (n, at int) {
	for at < len(b) && at < 7 && b[at]-'0' < 10 {
		n = n*10 + int(b[at]-'0')
		at++
	}
	if at == 0 || at >= len(b) || b[at] != ' ' {
		return 0, 0
	}
	if _, end := priority(b[at+1:]); end == 0 {
		return 0, 0
	}
	return n, at + 1
}

// text decodes the piece of text at i and returns the index after it.
func (w *worker) textPiece(i int) int {
	b := w.b
	form := formOf(b, i)
	end := len(b)
	if j := bytes.IndexByte(b[i:], '\n'); j >= 0 {
		end = i + j
	}
	start := i
	switch form {
	case wrapping:
		if j := bytes.IndexByte(b[i:], '>'); j >= 0 {
			tag := b[i : i+j+1]
			if bytes.IndexByte(tag, '<') <= 0 && (len(tag) < 12 || bytes.HasPrefix(tag, []byte("<?xml "))) && len(tag) < 128 {
				return i + j + 1
			}
		}
		w.quarantine(i, end, "not a Windows event", "")
		return end
	case eventXML:
		return w.eventAt(i)
	case counted:
		n, at := octets(b[i:])
		start = i + at
		if start+n > len(b) {
			w.quarantine(i, end, "syslog message shorter than its count of bytes", "")
			return end
		}
		end = start + n
		form = orCEF(b[start:end], syslog)
	case notText:
		w.quarantine(i, end, "not a line of syslog, CEF or JSON", "")
		return end
	}
	line := bytes.TrimRight(b[start:end], trailer)
	if w.badUTF8 && !utf8.Valid(line) {
		w.quarantine(i, end, "not UTF-8", "")
		return end
	}
	w.textLine(form, line, i, end)
	return end
}

// textLine makes the row of a line, which is b[start:end] with its frame. Its fields go to their columns as the
// scanner would bring them there from an object.
func (w *worker) textLine(form textForm, line []byte, start, end int) {
	f := &w.d.plans.syslog
	if form == cefLine {
		f = &w.d.plans.cef
	}
	body := w.b
	w.from, w.to = start, end
	w.made, w.b = w.made[:0], nil
	w.begin(f.plan)
	w.remark()
	if form == cefLine {
		w.readCEF(f, line)
	} else {
		w.readSyslog(f, line)
	}
	w.last = f.plan
	w.b = w.made // where the slots point to
	ok := w.finish(0, len(w.b), end-start)
	w.b = body
	if !ok {
		w.quarantine(start, end, w.err, "")
	}
}

// remark writes what is to be said of a message of syslog beside what it says itself.
func (w *worker) remark() {
	for _, text := range w.remarks {
		w.note(text, "", nil)
	}
	if w.bytes != nil {
		w.unmapped("", []byte("bytes"), append(base64.StdEncoding.AppendEncode([]byte{'"'}, w.bytes), '"'))
	}
}

// A field is a part of a line of text that has a name of its own.
type field uint8

const (
	fieldFacility field = iota
	fieldSeverity
	fieldTimestamp
	fieldHost
	fieldApp
	fieldProcID
	fieldMsgID
	fieldData
	fieldMessage
	fieldPeer
	fieldCEFVersion
	fieldVendor
	fieldProduct
	fieldDeviceVersion
	fieldClass
	fieldName
	fieldDeviceSeverity
	fieldExtension
	fieldRest
	fieldTime
	fields
)

var fieldNames = [fields][]byte{
	[]byte("facility"), []byte("severity"), []byte("timestamp"), []byte("host"), []byte("app"), []byte("procid"), []byte("msgid"), []byte("structuredData"),
	[]byte("message"), []byte("peer"), []byte("cefVersion"), []byte("vendor"), []byte("product"), []byte("deviceVersion"), []byte("class"), []byte("name"),
	[]byte("deviceSeverity"), []byte("extension"), []byte("rest"), []byte("time"),
}

// textFields are the fields of a kind of lines where its plan knows them.
type textFields struct {
	plan           *plan
	nodes          [fields]*node
	rt, end, start *node // in the extension of CEF
}

func newTextFields(p *plan) textFields {
	f := textFields{plan: p}
	for i, name := range fieldNames {
		f.nodes[i] = p.root.kids[strings.ToLower(string(name))]
	}
	if x := f.nodes[fieldExtension]; x != nil {
		f.rt, f.end, f.start = x.kids["rt"], x.kids["end"], x.kids["start"]
	}
	return f
}

// give brings the text of a field to where the plan wants it, unless it is empty.
func (w *worker) give(f *textFields, i field, v []byte) {
	if len(v) > 0 {
		w.giveTo(f.plan.root, f.nodes[i], fieldNames[i], v)
	}
}

// giveTo does for a text what the scanner does for the value of a key of the node n; kid is nil where the plan does not know
// the key.
func (w *worker) giveTo(n, kid *node, key, v []byte) {
	switch {
	case kid == nil:
		w.unmapped(n.under, key, w.quoted(v))
		return
	case w.seen[kid.id] == w.stamp: // the first one keeps the column
		w.note("duplicate key", n.under, key)
		w.unmapped(n.under, key, w.quoted(v))
		return
	}
	w.seen[kid.id] = w.stamp
	if kid.slot >= 0 {
		at := len(w.made)
		w.made = appendJSON(w.made, v)
		w.slots[kid.slot] = span{int32(at), int32(len(w.made)), w.stamp}
	}
	text := -1
	var ticks int64
	read := never
	timed := false
	for _, t := range kid.targets {
		f := fits
		switch {
		case t.typ == types.String && !t.guid && text >= 0:
			w.bl.SameText(t.col, text)
		case t.typ == types.String && !t.guid:
			w.bl.SetText(t.col, v)
			text = t.col
		case t.typ == types.DateTime:
			if !timed {
				ticks, read = parseTime(v)
				timed = true
			}
			if f = read; f != never {
				w.bl.SetInt64(t.col, ticks)
			}
		default:
			f = w.putText(t, v)
		}
		if f != fits {
			w.misfit(t, n.under, key, w.quoted(v), f)
		}
	}
	if len(kid.targets) == 0 && !kid.covered && (kid.slot < 0 || kid.kids != nil) {
		w.unmapped(n.under, key, w.quoted(v))
	}
}

// quoted is a text as JSON has it, valid until it is called again.
func (w *worker) quoted(v []byte) []byte {
	w.lowered = appendJSON(w.lowered[:0], v)
	return w.lowered
}

// translated makes the row of b[start:end], which has become the JSON object
// w.made and counts for size bytes.
func (w *worker) translated(p *plan, start, end, size int) {
	body := w.b
	w.b = w.made
	w.from, w.to = start, end
	w.begin(p)
	ok := w.object(0, p.root) >= 0
	if ok {
		ok = w.finish(0, len(w.b), size)
	} else {
		w.drop()
	}
	w.b = body
	if !ok {
		w.quarantine(start, end, w.err, "")
	}
}

// appendKey appends a key and its colon, after a comma where one is needed.
func appendKey(dst []byte, name string) []byte {
	if n := len(dst); n > 0 && dst[n-1] != '{' {
		dst = append(dst, ',')
	}
	return append(appendJSON(dst, []byte(name)), ':')
}

// A reshape makes of a record other objects, which are decoded in its place.
type reshape struct {
	doc string
	at  string // path of the field that says how
	// run drops the row under way and makes others, or returns false when the
	// record is to be decoded as it is.
	run func(w *worker, start, end int, field span) bool
}

// isAddress reports whether a text is an IP address.
func isAddress(b []byte) bool {
	if len(b) < 2 || bytes.IndexByte([]byte(":."), b[len(b)-1]) < 0 && !isHex(b[len(b)-1]) && bytes.IndexByte(b, '%') < 0 || !isHex(b[0]) && b[0] != ':' {
		return false // most names need no closer look
	}
	_, err := netip.ParseAddr(string(b))
	return err == nil
}

func isHex(c byte) bool { return c-'0' < 10 || c|32-'a' < 6 }

// textSteps adds the steps that lines of text need.
func textSteps(steps map[string]step) {
	steps["sender"] = step{
		doc: "The first field when it is an IP address, else the second; a second one that says something else stays beside.",
		run: func(w *worker, t *target, slots []int) fit {
			host, peer := w.slotText(slots[0]), w.slotText(slots[1])
			if !isAddress(host) {
				w.putText(t, peer)
				return fits
			}
			w.putText(t, host)
			if len(peer) > 0 && !bytes.Equal(host, peer) {
				w.leftover(w.slotName(slots[1]), slots[1])
			}
			return fits
		},
		whole: true,
	}
	steps["if a number"] = step{
		doc: "The value when it is a number that fits into the column.",
		run: func(w *worker, t *target, slots []int) fit {
			if v := w.slot(slots[0]); !empty(v) {
				w.putText(t, w.plain(v)) // what does not fit has another column
			}
			return fits
		},
	}
	steps["direction"] = step{
		doc:   "Inbound for 0, Outbound for 1, anything else as it is.",
		whole: true,
		run: func(w *worker, t *target, slots []int) fit {
			return w.derive(t, slots, func(v []byte) []byte {
				switch string(v) {
				case "0":
					return []byte("Inbound")
				case "1":
					return []byte("Outbound")
				}
				return v
			})
		},
	}
	steps["device time"] = step{
		doc:   "A time as devices write it: milliseconds since 1970, or a month's name with day and time, with or without a year.",
		whole: true,
		run: func(w *worker, t *target, slots []int) fit {
			v := w.slot(slots[0])
			if empty(v) {
				return fits
			}
			if ticks, ok := deviceTime(w.plain(v), w.msg.Received); ok {
				w.bl.SetInt64(t.col, ticks)
				return fits
			}
			w.misfit(t, w.slotName(slots[0]), nil, v, never)
			return fits
		},
	}
}

var reshapes map[string]reshape

func init() {
	reshapes = map[string]reshape{
		"windows event": {
			doc: "A record that has a Windows event as XML in RawXml: it is decoded as the event, with the record's other fields beside it.",
			at:  "properties.RawXml",
			run: (*worker).rawXML,
		},
		"each metric": {
			doc: "A row for each element of the array of metrics, with what is beside it.",
			at:  "data.baseData.metrics",
			run: (*worker).eachMetric,
		},
	}
}

// rawXML decodes a record as the Windows event in it.
func (w *worker) rawXML(start, end int, field span) bool {
	raw := w.b[field.start:field.end]
	if len(raw) < 2 || raw[0] != '"' {
		return false
	}
	w.made = append(w.made[:0], w.b[start:field.start]...)
	w.made = append(w.made, "null"...)
	w.made = append(w.made, w.b[field.end:end-1]...) // without the last brace
	p, reason := w.readEvent(bytes.TrimSpace(w.plain(raw)))
	if reason != "" {
		return false
	}
	w.made = append(w.made, '}')
	w.drop()
	w.translated(p, start, end, end-start)
	return true
}

// eachMetric decodes a record once for each of its metrics.
func (w *worker) eachMetric(start, end int, field span) bool {
	b := w.b
	if b[field.start] != '[' {
		return false
	}
	var elements []span
	for i := blank(b, int(field.start)+1); b[i] != ']'; {
		e := w.value(i)
		if b[i] != '{' {
			return false
		}
		elements = append(elements, span{start: int32(i), end: int32(e)})
		if i = blank(b, e); b[i] == ',' {
			i = blank(b, i+1)
		}
	}
	p := w.plan
	if len(elements) > 0 {
		w.drop()
	}
	for _, e := range elements {
		w.made = append(w.made[:0], b[start:field.start]...)
		w.made = append(append(w.made, b[e.start:e.end]...), b[field.end:end]...)
		w.translated(p, start, end, len(w.made))
	}
	return len(elements) > 0
}
