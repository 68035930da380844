package decode

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxElements bounds the nesting of elements in an event.
const maxElements = 24

// eventSpace is the namespace of every Windows event, which need not be kept.
const eventSpace = "http://schemas.microsoft.com/win/2004/08/events/event"

// eventAt decodes the Windows event in XML at i and returns the index after it.
func (w *worker) eventAt(i int) int {
	b := w.b
	const last = "</Event>"
	if w.noEvent {
		w.quarantine(i, len(b), "a Windows event without its end", "")
		return len(b)
	}
	end := bytes.Index(b[i:], []byte(last))
	if end < 0 {
		w.noEvent = true // no later one ends either
		return i
	}
	end += i + len(last)
	if w.badUTF8 && !utf8.Valid(b[i:end]) {
		w.quarantine(i, end, "not UTF-8", "")
		return end
	}
	w.made = append(w.made[:0], '{')
	p, reason := w.readEvent(b[i:end])
	if reason != "" {
		w.quarantine(i, end, reason, "")
		return end
	}
	w.made = append(w.made, '}')
	w.last = p
	w.translated(p, i, end, end-i)
	return end
}

// readEvent adds the fields of a Windows event to the object that is being
// made and returns the plan for its channel. What an element has becomes a
// field of its name; an attribute is the field element@attribute beside it; a
// Data element is a field of the name that its attribute says. EventDataXml
// has EventData or UserData as it was written.
func (w *worker) readEvent(b []byte) (*plan, string) {
	x := xmlReader{b: b, out: w.made}
	if !isTag(b, "<Event") {
		return nil, "not a Windows event"
	}
	ok := x.event()
	w.made = x.out
	if !ok || x.i != len(b) {
		return nil, "not a Windows event"
	}
	if x.id == "" {
		return nil, "a Windows event without an id"
	}
	return w.d.plans.byShape[channelShape(x.channel)], ""
}

// channelShape says which table a channel goes to: the security log has its
// own, the logs of old, whose names have no slash, share one.
func channelShape(channel string) string {
	switch {
	case strings.EqualFold(channel, "Security"):
		return shapeSecurityEvent
	case !strings.Contains(channel, "/") && !strings.EqualFold(channel, "ForwardedEvents"):
		return shapeClassicEvent
	}
	return shapeWindowsEvent
}

// An xmlReader turns the XML of an event into members of a JSON object. It
// knows what Windows writes: elements, attributes, text, character references,
// CDATA; anything else is refused.
type xmlReader struct {
	b           []byte
	i           int
	out         []byte
	text        []byte // scratch
	channel, id string
}

func (x *xmlReader) space() {
	x.i = blank(x.b, x.i)
}

func (x *xmlReader) at(c byte) bool { return x.i < len(x.b) && x.b[x.i] == c }

// name reads a name and returns it.
func (x *xmlReader) name() []byte {
	start := x.i
	for x.i < len(x.b) {
		switch c := x.b[x.i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-', c == '.', c == ':', c >= 0x80:
			x.i++
		default:
			return x.b[start:x.i]
		}
	}
	return x.b[start:x.i]
}

// attributes reads the attributes of a start tag to its end. With data, the
// attribute Name is returned and not kept. open is false for <tag/>.
func (x *xmlReader) attributes(tag string, data bool) (named []byte, open, ok bool) {
	for {
		x.space()
		if x.at('>') {
			x.i++
			return named, true, true
		}
		if x.at('/') && x.i+1 < len(x.b) && x.b[x.i+1] == '>' {
			x.i += 2
			return named, false, true
		}
		key := x.name()
		x.space()
		if len(key) == 0 || !x.at('=') {
			return nil, false, false
		}
		x.i++
		x.space()
		if !x.at('"') && !x.at('\'') {
			return nil, false, false
		}
		quote := x.b[x.i]
		x.i++
		n := bytes.IndexByte(x.b[x.i:], quote)
		if n < 0 || bytes.IndexByte(x.b[x.i:x.i+n], '<') >= 0 {
			return nil, false, false
		}
		raw := x.b[x.i : x.i+n]
		x.i += n + 1
		value, ok := x.references(raw)
		if !ok {
			return nil, false, false
		}
		switch {
		case data && string(key) == "Name" && len(value) > 0:
			named = append([]byte(nil), value...)
		case string(key) == "xmlns" && string(value) == eventSpace:
		default:
			x.member(tag+"@"+string(key), value)
		}
	}
}

func (x *xmlReader) member(name string, value []byte) {
	x.out = appendJSON(appendKey(x.out, name), value)
}

// references replaces character references in a text. The result is valid
// until the next call.
func (x *xmlReader) references(raw []byte) ([]byte, bool) {
	if bytes.IndexByte(raw, '&') < 0 {
		return raw, true
	}
	t := x.text[:0]
	for len(raw) > 0 {
		k := bytes.IndexByte(raw, '&')
		if k < 0 {
			t = append(t, raw...)
			break
		}
		t = append(t, raw[:k]...)
		raw = raw[k+1:]
		end := bytes.IndexByte(raw[:min(len(raw), 10)], ';')
		if end < 1 {
			return nil, false
		}
		switch ref := string(raw[:end]); ref {
		case "lt":
			t = append(t, '<')
		case "gt":
			t = append(t, '>')
		case "amp":
			t = append(t, '&')
		case "quot":
			t = append(t, '"')
		case "apos":
			t = append(t, '\'')
		default:
			if ref[0] != '#' {
				return nil, false
			}
			digits, base := ref[1:], 10
			if strings.HasPrefix(digits, "x") {
				digits, base = digits[1:], 16
			}
			n, err := strconv.ParseUint(digits, base, 31)
			if err != nil || !utf8.ValidRune(rune(n)) {
				return nil, false
			}
			t = utf8.AppendRune(t, rune(n))
		}
		raw = raw[end+1:]
	}
	x.text = t
	return t, true
}

// event reads the whole event.
func (x *xmlReader) event() bool {
	x.i = len("<Event")
	_, open, ok := x.attributes("Event", false)
	if !ok || !open {
		return false
	}
	for {
		x.space()
		start := x.i
		if bytes.HasPrefix(x.b[x.i:], []byte("</Event>")) {
			x.i += len("</Event>")
			return true
		}
		name, ok := x.element(1)
		if !ok {
			return false
		}
		if name == "EventData" || name == "UserData" {
			x.member("EventDataXml", x.b[start:x.i])
		}
	}
}

// element reads an element and adds its members.
func (x *xmlReader) element(depth int) (string, bool) {
	if !x.at('<') || depth > maxElements {
		return "", false
	}
	x.i++
	name := string(x.name())
	if name == "" {
		return "", false
	}
	data := name == "Data"
	named, open, ok := x.attributes(name, data)
	if !ok {
		return "", false
	}
	field := name
	if data && named != nil {
		field = string(named)
	}
	if !open {
		if data && named != nil {
			x.member(field, nil)
		}
		return name, true
	}
	from := x.i
	x.space()
	children := x.at('<') && x.i+1 < len(x.b) && x.b[x.i+1] != '/' && x.b[x.i+1] != '!'
	if !children {
		x.i = from
		value, ok := x.content()
		if !ok || !x.close(name) {
			return "", false
		}
		if depth == 2 && field == "Channel" {
			x.channel = string(value)
		}
		if depth == 2 && field == "EventID" {
			x.id = string(value)
		}
		if len(value) > 0 || data {
			x.member(field, value)
		}
		return name, true
	}
	x.out = append(appendKey(x.out, field), '{')
	for {
		x.space()
		if x.i+1 < len(x.b) && x.b[x.i] == '<' && x.b[x.i+1] == '/' {
			x.out = append(x.out, '}')
			return name, x.close(name)
		}
		if _, ok := x.element(depth + 1); !ok {
			return "", false
		}
	}
}

// content reads text up to the next tag.
func (x *xmlReader) content() ([]byte, bool) {
	var all []byte
	for {
		n := bytes.IndexByte(x.b[x.i:], '<')
		if n < 0 {
			return nil, false
		}
		value, ok := x.references(x.b[x.i : x.i+n])
		if !ok {
			return nil, false
		}
		x.i += n
		const cdata = "<![CDATA["
		if !bytes.HasPrefix(x.b[x.i:], []byte(cdata)) {
			if all == nil {
				return value, true
			}
			return append(all, value...), true
		}
		all = append(all, value...)
		x.i += len(cdata)
		end := bytes.Index(x.b[x.i:], []byte("]]>"))
		if end < 0 {
			return nil, false
		}
		all = append(all, x.b[x.i:x.i+end]...)
		x.i += end + len("]]>")
	}
}

// close reads the end tag of an element.
func (x *xmlReader) close(name string) bool {
	tag := "</" + name
	if !bytes.HasPrefix(x.b[x.i:], []byte(tag)) {
		return false
	}
	x.i += len(tag)
	x.space()
	if !x.at('>') {
		return false
	}
	x.i++
	return true
}
