package syslog

import (
	"bytes"
	"strconv"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/mapping"
	"lazuli.dev/lazuli/forward/format/row"
)

// structuredData writes the STRUCTURED-DATA of RFC 5424. A nil one writes only what the message came with.
type structuredData struct {
	columns    bool // each column is a parameter
	omit       bool // but not in this message
	enterprise int
	names      [][]byte // of the element that is being written
	text       []byte
}

// append writes what the message came with, then an element of ours, lazuli@ENTERPRISE, with the event's id, table and
// workspace, and where wanted its columns.
func (s *structuredData) append(dst []byte, ev *lazuli.Event, came []byte) []byte {
	begin := len(dst)
	id := []byte("lazuli")
	proper := len(came) > 0 && mapping.Structured(came, func(other []byte) {
		if s != nil && bytes.Equal(other, s.id(id)) {
			id = []byte("relay") // no id may be there twice: this message passed through a Lazuli before
		}
	}, func(_, _ []byte) {})
	if proper {
		dst = appendLine(dst, came)
	}
	if s == nil {
		if len(dst) == begin {
			dst = append(dst, '-') // what came is none by the RFC
		}
		return dst
	}
	dst = append(append(dst, '['), s.id(id)...)
	dst = appendParam(dst, "id", []byte(ev.ID))
	dst = appendParam(dst, "table", []byte(ev.Table))
	dst = appendParam(dst, "workspace", []byte(ev.Workspace))
	if len(came) > 0 && !proper {
		dst = appendParam(dst, "data", came)
	}
	if s.omit {
		dst = appendParam(dst, "omitted", []byte("columns"))
	} else if s.columns {
		s.names = append(s.names[:0], []byte("id"), []byte("table"), []byte("workspace"), []byte("data"), []byte("omitted"))
		members := row.Object(ev.Row)
		for {
			name, value, ok := members.Next()
			if !ok {
				break
			}
			if row.Empty(value) {
				continue
			}
			s.text = row.AppendPlain(s.text[:0], value)
			dst = appendParam(dst, string(s.name(name)), s.text)
		}
	}
	return append(dst, ']')
}

func (s *structuredData) id(name []byte) []byte {
	return strconv.AppendInt(append(append([]byte(nil), name...), '@'), int64(s.enterprise), 10)
}

// maxName is how long the name of a parameter may be.
const maxName = 32

// name makes a column's name one of a parameter: printable ASCII without = ] " and blanks, at most 32 characters, and
// no other column's.
func (s *structuredData) name(column []byte) []byte {
	name := make([]byte, 0, maxName)
	for _, c := range column {
		if len(name) == maxName {
			break
		}
		if c <= ' ' || c > 126 || c == '=' || c == ']' || c == '"' {
			c = '_'
		}
		name = append(name, c)
	}
	if len(name) == 0 {
		name = append(name, '_')
	}
	for n := 2; s.given(name); n++ {
		suffix := strconv.AppendInt([]byte{'~'}, int64(n), 10)
		if at := bytes.LastIndexByte(name, '~'); n > 2 && at >= 0 {
			name = name[:at]
		}
		name = append(name[:min(len(name), maxName-len(suffix))], suffix...)
	}
	s.names = append(s.names, name)
	return name
}

func (s *structuredData) given(name []byte) bool {
	for _, n := range s.names {
		if bytes.Equal(n, name) {
			return true
		}
	}
	return false
}

// appendParam appends a parameter with a blank before it. In values ", \ and ] are escaped. A line break would end the
// message where lines are frames: it becomes \n, which by the RFC is no escape but these two characters.
func appendParam(dst []byte, name string, value []byte) []byte {
	dst = append(append(append(dst, ' '), name...), '=', '"')
	for _, c := range value {
		switch c {
		case '"', '\\', ']':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case 0:
			dst = append(dst, "\ufffd"...)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// appendLine appends structured data, its line breaks as in appendParam.
func appendLine(dst, data []byte) []byte {
	for _, c := range data {
		switch c {
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case 0:
			dst = append(dst, "\ufffd"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
