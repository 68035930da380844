package decode

import (
	"bytes"
	"slices"
	"strconv"
	"time"
)

// The shape of a line of syslog.
const shapeSyslog = "syslog line"

// syslogLines are messages of syslog, in the form of RFC 5424 or of RFC 3164 as
// senders really write it, one on a line or after the count of its bytes. A line
// is read as an object with the fields facility, severity, timestamp,
// host, app, procid, msgid, structuredData, message, and peer where the address is known that it came from.
var syslogLines = []Entry{{
	Service: "Syslog",
	Table:   "Syslog",
	Match:   Match{Shape: shapeSyslog},
	Doc:     "Lines of syslog: RFC 5424, and RFC 3164 with its dialects. A time without a year is of the year that brings it nearest to the receipt, a time without a zone is UTC.",
	Columns: []Column{
		{"SourceSystem", "=Linux", "", Derived, "Linux."},
		{"TimeGenerated", "timestamp", "", Sample, "Time in the message, UTC."},
		{"EventTime", "timestamp", "", Sample, "Time in the message, UTC."},
		{"Facility", "facility", "", Sample, "Facility by its name: auth, cron, local0 ..."},
		{"SeverityLevel", "severity", "", Sample, "Severity by its name: emerg, alert, crit, err, warning, notice, info or debug."},
		{"HostName", "host", "", Sample, "Machine that wrote the message, as the message has it; else the address that it came from, where that is known."},
		{"HostIP", "host|peer", "sender", Sample, "Its address: the message's host when that is one, else the address that the message came from, where that is known."},
		{"Computer", "host", "", Sample, "The same as HostName: no collector stands between."},
		{"ProcessName", "app", "", Sample, "Program that wrote the message."},
		{"ProcessID", "procid", "", Sample, "Id of its process."},
		{"SyslogMessage", "message", "", Sample, "The text."},
	},
}}

var (
	facilities = bytes.Fields([]byte("kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock local0 local1 local2 local3 local4 local5 local6 local7"))
	severities = bytes.Fields([]byte("emerg alert crit err warning notice info debug"))
	months     = [...]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
)

// priority reads <n> and returns n and the index after it, 0 when there is none.
func priority(b []byte) (n, end int) {
	if len(b) < 3 || b[0] != '<' {
		return 0, 0
	}
	end = digits(b, 1)
	if end == 1 || end > 4 || end >= len(b) || b[end] != '>' {
		return 0, 0
	}
	n, _ = strconv.Atoi(string(b[1:end]))
	if n >= 8*len(facilities) {
		return 0, 0
	}
	return n, end + 1
}

// A header is what stands before the text of a syslog message.
type header struct {
	facility, severity, timestamp, host, app, procid, msgid, data []byte
}

// readSyslog gives the fields of a line.
func (w *worker) readSyslog(f *textFields, line []byte) {
	h, message := readHeader(line, w.msg.Received)
	if w.peer != nil && h.facility == nil {
		// RFC 3164 gives such a message the priority 13.
		h.facility, h.severity = facilities[1], severities[5]
		w.note("no priority", "", nil)
	}
	w.giveHeader(f, &h)
	w.give(f, fieldPeer, w.peer)
	w.give(f, fieldMessage, message)
}

// giveHeader gives the fields of a header. A message that names no host is of the one that sent it.
func (w *worker) giveHeader(f *textFields, h *header) {
	if h.host == nil {
		h.host = w.peer
	}
	w.give(f, fieldFacility, h.facility)
	w.give(f, fieldSeverity, h.severity)
	w.give(f, fieldTimestamp, h.timestamp)
	w.give(f, fieldHost, h.host)
	w.give(f, fieldApp, h.app)
	w.give(f, fieldProcID, h.procid)
	w.give(f, fieldMsgID, h.msgid)
	w.give(f, fieldData, h.data)
}

// readHeader reads what stands before the text. What does not look as the RFCs
// have it is part of the text.
func readHeader(line []byte, received int64) (h header, rest []byte) {
	rest = line
	if n, end := priority(rest); end > 0 {
		h.facility, h.severity = facilities[n/8], severities[n%8]
		rest = rest[end:]
	}
	if len(rest) > 2 && rest[0] == '1' && rest[1] == ' ' {
		if modern, text, ok := rfc5424(rest[2:]); ok {
			modern.facility, modern.severity = h.facility, h.severity
			return modern, text
		}
	}
	rest = bytes.TrimLeft(rest, " ")
	if iso, _, ok := cutWord(rest); ok && len(iso) >= 19 && iso[4] == '-' {
		if _, f := parseTime(iso); f != never {
			h.timestamp, rest = iso, rest[len(iso):]
		}
	}
	if h.timestamp == nil {
		ticks, n := bsdTime(rest, received)
		if n == 0 {
			return h, rest
		}
		h.timestamp, rest = isoText(ticks), rest[n:]
	}
	if len(rest) > 0 && rest[0] == ':' { // as some routers write it, without a host
		h.app, h.procid, rest = tag(bytes.TrimLeft(rest[1:], " "))
		return h, rest
	}
	rest = bytes.TrimLeft(rest, " ")
	word, _, ok := cutWord(rest)
	if ok && !bytes.HasSuffix(word, []byte{':'}) {
		h.host, rest = word, bytes.TrimLeft(rest[len(word):], " ")
	}
	h.app, h.procid, rest = tag(rest)
	return h, rest
}

// cutWord returns what stands before the next blank; false at the end of the text.
func cutWord(b []byte) (word, rest []byte, ok bool) { return bytes.Cut(b, []byte{' '}) }

// tag reads program[id]: and returns the rest.
func tag(b []byte) (app, procid, rest []byte) {
	n := bytes.IndexAny(b, ": ")
	if n <= 0 || n > 128 || b[n] != ':' && !hasProcess(b[:n]) {
		return nil, nil, b
	}
	app, rest = b[:n], b[n+1:]
	if b[n] == ' ' {
		rest = b[n:] // what follows the colon that is not there
	}
	if len(rest) > 0 && rest[0] != ' ' {
		return nil, nil, b // a time, an address or a path
	}
	if len(rest) > 0 {
		rest = rest[1:]
	}
	if open := bytes.LastIndexByte(app, '['); open > 0 && app[len(app)-1] == ']' {
		app, procid = app[:open], app[open+1:len(app)-1]
	}
	return app, procid, rest
}

// hasProcess reports whether a word is program[123]: relays that turn RFC 5424 into the older form leave the
// colon out.
func hasProcess(word []byte) bool {
	open := bytes.LastIndexByte(word, '[')
	return open > 0 && word[len(word)-1] == ']' && open < len(word)-2 && digits(word, open+1) == len(word)-1
}

// rfc5424 reads what follows the version.
func rfc5424(b []byte) (h header, text []byte, ok bool) {
	for _, part := range []*[]byte{&h.timestamp, &h.host, &h.app, &h.procid, &h.msgid} {
		word, rest, ok := cutWord(b)
		if !ok || len(word) == 0 {
			return h, nil, false
		}
		if string(word) != "-" {
			*part = word
		}
		b = rest
	}
	if len(b) > 0 && b[0] == '-' {
		b = b[1:]
	} else if len(b) > 0 && b[0] == '[' {
		n := structured(b)
		if n == 0 {
			return h, nil, false
		}
		h.data, b = b[:n], b[n:]
	} else {
		return h, nil, false
	}
	if len(b) > 0 {
		if b[0] != ' ' {
			return h, nil, false
		}
		b = b[1:]
	}
	return h, bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), true
}

// structured returns the length of the structured data at the beginning of b,
// 0 when its brackets do not close.
func structured(b []byte) int {
	i := 0
	for i < len(b) && b[i] == '[' {
		quoted := false
		for i++; ; i++ {
			if i >= len(b) {
				return 0
			}
			if b[i] == '\\' && quoted {
				i++
			} else if b[i] == '"' {
				quoted = !quoted
			} else if b[i] == ']' && !quoted {
				break
			}
		}
		i++
	}
	return i
}

// bsdTime reads [yyyy ]Mmm dd[ yyyy] hh:mm:ss[.fff] and returns its ticks and the
// index after it, 0 when there is none. Without a year it is the one nearest to
// the receipt.
func bsdTime(b []byte, received int64) (ticks int64, end int) {
	i, year := 0, 0
	if y, ok := yearAt(b, 0); ok {
		year, i = y, 5
	}
	if len(b) < i+15 {
		return 0, 0
	}
	month := slices.Index(months[:], string(b[i:i+3])) + 1
	if month == 0 || b[i+3] != ' ' {
		return 0, 0
	}
	i = blank(b, i+4)
	j := digits(b, i)
	if j == i || j > i+2 || j >= len(b) || b[j] != ' ' {
		return 0, 0
	}
	day, _ := strconv.Atoi(string(b[i:j]))
	i = j + 1
	if y, ok := yearAt(b, i); ok && year == 0 {
		year, i = y, i+5
	}
	if len(b) < i+8 || b[i+2] != ':' || b[i+5] != ':' {
		return 0, 0
	}
	hour, minute, second := two(b, i), two(b, i+3), two(b, i+6)
	i += 8
	var part int64
	if i+1 < len(b) && b[i] == '.' && b[i+1]-'0' < 10 {
		part, i, _ = fraction(b, i+1)
	}
	if year == 0 {
		year = nearest(received, month, day)
	}
	t, ok := ticksOf(year, month, day, hour, minute, second)
	if !ok {
		return 0, 0
	}
	return t + part, i
}

func yearAt(b []byte, i int) (int, bool) {
	if len(b) < i+5 || b[i+4] != ' ' || digits(b[:i+4], i) != i+4 {
		return 0, false
	}
	return two(b, i)*100 + two(b, i+2), true
}

// nearest returns the year in which a day is nearest to an instant.
func nearest(at int64, month, day int) int {
	this := ticksTime(at).Year()
	best, least := this, int64(-1)
	for year := max(this-1, 1); year <= this+1; year++ {
		t, ok := ticksOf(year, month, day, 12, 0, 0)
		if !ok {
			continue // the 29th of February
		}
		if d := max(t-at, at-t); least < 0 || d < least {
			best, least = year, d
		}
	}
	return best
}

func ticksTime(ticks int64) time.Time {
	return time.Unix((ticks-unixTicks)/ticksPerSecond, (ticks-unixTicks)%ticksPerSecond*100).UTC()
}

func isoText(ticks int64) []byte {
	return ticksTime(ticks).AppendFormat(nil, "2006-01-02T15:04:05.0000000Z")
}
