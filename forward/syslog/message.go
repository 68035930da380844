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
)

// encoder writes messages.
type encoder struct {
	header  string
	octets  bool // a length before the message
	line    bool // a line break behind it
	max     int
	body    func(dst []byte, e *lazuli.Event, whole bool) ([]byte, bool)
	shrinks bool // the body has a shorter form

	begin  []byte // of a header: priority and version
	middle []byte // between time and message id
	second int64  // the second that stamp is of
	stamp  []byte // the time up to seconds
}

func newEncoder(c Config) *encoder {
	e := &encoder{header: c.Header, octets: c.Transport != "udp" && c.Framing == "octets", line: c.Transport != "udp" && c.Framing == "lf", max: c.MaxBytes, second: -1 << 62}
	switch c.Format {
	case "cef":
		f := cef.New()
		e.body, e.shrinks = func(dst []byte, ev *lazuli.Event, whole bool) ([]byte, bool) { return f.Append(dst, ev, whole), true }, true
	case "leef":
		f := leef.New()
		e.body, e.shrinks = func(dst []byte, ev *lazuli.Event, whole bool) ([]byte, bool) { return f.Append(dst, ev, whole), true }, true
	default:
		e.body = func(dst []byte, ev *lazuli.Event, _ bool) ([]byte, bool) { return jsonline.Append(dst, ev) }
	}
	host := c.Hostname
	if host == "" {
		host, _ = os.Hostname() // "" is written as unknown
	}
	priority := indexOf(facilities, c.Facility)*8 + indexOf(severities, c.Severity)
	switch c.Header {
	case "rfc5424":
		e.begin = fmt.Appendf(nil, "<%d>1 ", priority)
		e.middle = printable([]byte{' '}, host, 255)
		e.middle = printable(append(e.middle, ' '), c.App, 48)
		e.middle = append(e.middle, " - "...)
	case "rfc3164":
		e.begin = fmt.Appendf(nil, "<%d>", priority)
		e.middle = printable([]byte{' '}, host, 255)
		e.middle = append(e.middle, ' ')
		if c.Format == "json" {
			// CEF and LEEF stand right behind the host, as their descriptions have it.
			e.middle = printable(e.middle, c.App, 32)
			e.middle = append(e.middle, ": "...)
		}
	}
	return e
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
	dst = e.appendHeader(dst, ev)
	head := len(dst)
	dst, ok := e.body(dst, ev, true)
	if !ok {
		return dst[:from], "the row is no JSON object"
	}
	if len(dst)-begin > e.max && e.shrinks {
		dst, _ = e.body(dst[:head], ev, false)
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
	switch e.header {
	case "rfc5424":
		dst = append(dst, e.begin...)
		dst = e.appendTime(dst, ev.Time)
		dst = append(dst, e.middle...)
		dst = printable(dst, ev.Table, 32)
		return append(dst, " - "...)
	case "rfc3164":
		dst = append(dst, e.begin...)
		dst = e.appendTime(dst, ev.Time)
		return append(dst, e.middle...)
	}
	return dst
}

// appendTime writes a time in UTC. Events of one second, which are most neighbours, share the text.
func (e *encoder) appendTime(dst []byte, ticks int64) []byte {
	second := ticks / 10_000_000
	if second != e.second {
		at := lazuli.FromTicks(second * 10_000_000)
		if e.header == "rfc3164" {
			e.stamp = at.AppendFormat(e.stamp[:0], time.Stamp)
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
