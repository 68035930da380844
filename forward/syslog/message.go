package syslog

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/cef"
	"lazuli.dev/lazuli/forward/format/jsonline"
	"lazuli.dev/lazuli/forward/format/leef"
	"lazuli.dev/lazuli/forward/format/mapping"
)

// The most characters that RFC 5424 allows in fields of the header, and RFC 3164 in a tag.
const (
	maxHost    = 255
	maxApp     = 48
	maxProcess = 128
	maxID      = 32
	maxTag     = 32
)

// encoder writes messages.
type encoder struct {
	header string
	octets bool // a length before the message
	line   bool // a line break behind it
	bom    bool
	max    int
	body   shape
	// untagged messages have no tag before the body, where RFC 3164 has one
	untagged bool

	facility, severity int
	host, app          string
	relay              *mapping.Plans // of the rows that came with a header; nil when they get ours
	values             mapping.Values
	read               bool // values are those of the event under way
	text               []byte
	data               *structuredData // nil without

	begin  []byte // of our own header: priority and version
	middle []byte // between time and message id
	zone   *time.Location
	second int64  // the second that stamp is of
	stamp  []byte // the time up to seconds
}

// A shape writes what stands behind the header. Columns without a key of their own whose values have more than most bytes
// may be left out; shrinks tells whether that makes a difference. It is false when the row is no object.
type shape func(dst []byte, e *lazuli.Event, most int) (_ []byte, shrinks, ok bool)

func jsonBody(dst []byte, e *lazuli.Event, _ int) ([]byte, bool, bool) {
	dst, ok := jsonline.Append(dst, e)
	return dst, false, ok
}

func newEncoder(c Config) *encoder {
	e := &encoder{
		header: c.Header, octets: c.Transport != "udp" && c.Framing == "octets", line: c.Transport != "udp" && c.Framing == "lf", bom: c.BOM, max: c.MaxBytes,
		second: -1 << 62, zone: time.UTC, facility: indexOf(facilities, c.Facility), severity: indexOf(severities, c.Severity), host: c.Hostname, app: c.App,
	}
	cefs, leefs := cef.New(), leef.New()
	cefBody := func(dst []byte, ev *lazuli.Event, most int) ([]byte, bool, bool) {
		return cefs.Append(dst, ev, most), true, true
	}
	switch c.Format {
	case "cef":
		e.body = cefBody
	case "leef":
		e.body = func(dst []byte, ev *lazuli.Event, most int) ([]byte, bool, bool) {
			return leefs.Append(dst, ev, most), true, true
		}
	case "original":
		e.body = e.original(cefBody)
	default:
		e.body = jsonBody
	}
	if e.host == "" {
		e.host, _ = os.Hostname() // "" is written as unknown
	}
	if c.Relay == nil || *c.Relay {
		e.relay = mapping.NewPlans(mapping.Syslog)
	}
	priority := e.facility*8 + e.severity
	switch c.Header {
	case "rfc5424":
		e.begin = fmt.Appendf(nil, "<%d>1 ", priority)
		e.middle = printable([]byte{' '}, e.host, maxHost)
		e.middle = printable(append(e.middle, ' '), e.app, maxApp)
		e.middle = append(e.middle, " - "...)
		if c.StructuredData != "none" {
			e.data = &structuredData{columns: c.StructuredData == "columns", enterprise: c.Enterprise}
		}
	case "rfc3164":
		e.begin = fmt.Appendf(nil, "<%d>", priority)
		e.middle = printable([]byte{' '}, e.host, maxHost)
		e.middle = append(e.middle, ' ')
		// CEF and LEEF stand right behind the host, as their descriptions have it.
		e.untagged = c.Format == "cef" || c.Format == "leef"
		if !e.untagged {
			e.middle = tag(e.middle, e.app, "")
		}
		if c.TimeZone != "" {
			e.zone, _ = time.LoadLocation(c.TimeZone) // Validate has loaded it
		}
	}
	return e
}

// original is the body as the row came: the text of a message of syslog, a line of CEF, and JSON of anything else.
func (e *encoder) original(cefBody shape) shape {
	plans := mapping.NewPlans(mapping.Syslog)
	var values mapping.Values
	return func(dst []byte, ev *lazuli.Event, most int) ([]byte, bool, bool) {
		p := plans.Of(ev.Table)
		switch {
		case p.Mapping.Relay == nil:
			return jsonBody(dst, ev, most)
		case p.Mapping.Relay.Text == nil:
			return cefBody(dst, ev, most)
		}
		from, read := len(dst), &e.values
		if !e.read {
			read = &values
			p.Read(read, ev)
		}
		dst, _ = p.Relay.Text.Append(dst, read) // a message may be empty
		if e.line {
			dst = oneLine(dst, from)
		}
		return dst, false, true
	}
}

// oneLine replaces what would end a line, or a message, by # and three octal digits, as rsyslog does. It goes from the
// end to the beginning, so that a message of nothing but line breaks, which anybody can send, costs no more than another.
func oneLine(dst []byte, from int) []byte {
	ends := func(c byte) bool { return c == '\n' || c == '\r' || c == 0 }
	read, n := len(dst), 0
	for _, c := range dst[from:] {
		if ends(c) {
			n++
		}
	}
	dst = append(dst, make([]byte, 3*n)...)
	for write := len(dst); write > read; {
		read--
		if c := dst[read]; ends(c) {
			write -= 4
			copy(dst[write:], []byte{'#', '0', '0' + c/8, '0' + c%8})
		} else {
			write--
			dst[write] = c
		}
	}
	return dst
}

// lengthRoom is room for the digits of a length and the blank behind them.
const lengthRoom = 8

// append writes a message with its frame. Where it cannot be, dst is as before and the reason is told.
func (e *encoder) append(dst []byte, ev *lazuli.Event) (_ []byte, reason string) {
	from := len(dst)
	if e.octets {
		dst = append(dst, "        "...)
	}
	begin := len(dst)
	e.read = false
	dst = e.appendHeader(dst, ev)
	head := len(dst)
	dst, shrinks, ok := e.body(dst, ev, cef.All)
	if !ok {
		return dst[:from], "the row is no JSON object"
	}
	if len(dst)-begin > e.max && e.data != nil && e.data.columns {
		// What the text has need not be in the header, too.
		e.data.omit = true
		dst = e.appendHeader(dst[:begin], ev)
		e.data.omit = false
		head = len(dst)
		dst, shrinks, _ = e.body(dst, ev, cef.All)
	}
	if len(dst)-begin > e.max && shrinks {
		// The longest columns go first.
		for most := e.max / 2; len(dst)-begin > e.max; most /= 2 {
			dst, _, _ = e.body(dst[:head], ev, most)
			if most == 0 {
				break
			}
		}
	}
	size := len(dst) - begin
	if size > e.max {
		return dst[:from], fmt.Sprintf("the message has %d bytes, more than the %d of max_bytes; raise that, or leave columns out with project-away in the output's query", size, e.max)
	}
	if e.line {
		return append(dst, '\n'), ""
	}
	if e.octets {
		var digits [lengthRoom]byte
		text := append(strconv.AppendInt(digits[:0], int64(size), 10), ' ')
		// The length has fewer digits than there is room for: the message moves up to it.
		copy(dst[from+copy(dst[from:], text):], dst[begin:])
		dst = dst[:len(dst)-(lengthRoom-len(text))]
	}
	return dst, ""
}

func (e *encoder) appendHeader(dst []byte, ev *lazuli.Event) []byte {
	if e.header == "none" {
		return dst
	}
	if e.relay != nil {
		if p := e.relay.Of(ev.Table); p.Mapping.Relay != nil {
			p.Read(&e.values, ev)
			e.read = true
			return e.relayed(dst, ev, p)
		}
	}
	dst = append(dst, e.begin...)
	dst = e.appendTime(dst, ev.Time)
	dst = append(dst, e.middle...)
	if e.header == "rfc3164" {
		return dst
	}
	dst = printable(dst, ev.Table, maxID)
	return e.appendData(append(dst, ' '), ev, nil)
}

// relayed writes the header that the row came with. What the row does not say is ours, but for what only the program
// that wrote the message could know.
func (e *encoder) relayed(dst []byte, ev *lazuli.Event, p *mapping.Plan) []byte {
	r := &p.Relay
	facility, severity := indexOf(facilities, e.pick(r.Facility)), indexOf(severities, e.pick(r.Severity))
	if facility < 0 {
		facility = e.facility
	}
	if severity < 0 {
		severity = e.severity
	}
	dst = append(strconv.AppendInt(append(dst, '<'), int64(facility*8+severity), 10), '>')
	if e.header == "rfc5424" {
		dst = append(dst, '1', ' ')
	}
	dst = append(e.appendTime(dst, ev.Time), ' ')
	host := e.pick(r.Host)
	if host == "" {
		host = e.host
	}
	dst = append(printable(dst, host, maxHost), ' ')
	app, process := e.pick(r.App), e.pick(r.Process)
	if e.header == "rfc3164" {
		if app == "" || e.untagged {
			return dst
		}
		return tag(dst, app, process)
	}
	dst = append(printable(dst, app, maxApp), ' ')
	dst = append(printable(dst, process, maxProcess), ' ')
	dst = append(printable(dst, e.pick(r.ID), maxID), ' ')
	return e.appendData(dst, ev, []byte(e.pick(r.Data)))
}

func (e *encoder) pick(p mapping.Pick) string {
	text, _ := p.Append(e.text[:0], &e.values)
	e.text = text[:0]
	return string(text)
}

// appendData writes the structured data: what the message came with, then ours. Behind it comes the message's text.
func (e *encoder) appendData(dst []byte, ev *lazuli.Event, came []byte) []byte {
	if e.data == nil && len(came) == 0 {
		dst = append(dst, '-', ' ')
	} else {
		dst = append(e.data.append(dst, ev, came), ' ')
	}
	if e.bom {
		dst = append(dst, "\xef\xbb\xbf"...)
	}
	return dst
}

// tag appends the tag of RFC 3164 and what ends it.
func tag(dst []byte, app, process string) []byte {
	at := len(dst)
	dst = printable(dst, app, maxTag)
	for i, c := range dst[at:] {
		if c == ':' || c == '[' || c == ']' {
			dst[at+i] = '_' // they would end it
		}
	}
	if process != "" {
		dst = append(printable(append(dst, '['), process, maxProcess), ']')
	}
	return append(dst, ':', ' ')
}

// appendTime writes a time. Events of one second, which are most neighbours, share the text.
func (e *encoder) appendTime(dst []byte, ticks int64) []byte {
	second := ticks / 10_000_000
	if second != e.second {
		at := lazuli.FromTicks(second * 10_000_000)
		if e.header == "rfc3164" {
			e.stamp = at.In(e.zone).AppendFormat(e.stamp[:0], time.Stamp)
		} else {
			e.stamp = at.AppendFormat(e.stamp[:0], "2006-01-02T15:04:05")
		}
		e.second = second
	}
	dst = append(dst, e.stamp...)
	if e.header == "rfc3164" {
		return dst
	}
	// The RFC allows six digits; with none of them there is no point.
	micros := ticks % 10_000_000 / 10
	if micros == 0 {
		return append(dst, 'Z')
	}
	dst = append(dst, '.')
	for unit := int64(100_000); unit > 0; unit /= 10 {
		dst = append(dst, '0'+byte(micros/unit%10))
	}
	return append(dst, 'Z')
}

// printable appends a name of the header: ASCII without blanks, at most max bytes, - when there is nothing.
func printable(dst []byte, name string, max int) []byte {
	if name == "" {
		return append(dst, '-')
	}
	if len(name) > max {
		name = name[:max]
	}
	for i := range len(name) {
		c := name[i]
		if c < 33 || c > 126 {
			c = '_'
		}
		dst = append(dst, c)
	}
	return dst
}
