package mapping

import (
	"bytes"

	"lazuli.dev/lazuli/forward/format/row"
)

// Each calls f for each key and value that a field of the kind Pairs or Members holds, and marks its column as taken.
// A column in which not everything is a pair stays for the rest.
func (o *Out) Each(v *Values, f func(key, value []byte)) {
	for i := range o.from {
		s := &o.from[i]
		if s.slot < 0 || row.Empty(v.slots[s.slot]) {
			continue
		}
		raw := v.slots[s.slot]
		if o.As == Members {
			v.extensions(raw, f)
			v.take(s) // the other members say what the header of a message does
			continue
		}
		if text := row.AppendText(nil, raw); pairs(text, f) {
			v.take(s)
		}
	}
}

// extensionPrefix is what decoded extensions of CEF that fitted no column are called by.
const extensionPrefix = "extension."

func (v *Values) extensions(raw []byte, f func(key, value []byte)) {
	s := row.Object(raw)
	for {
		name, value, ok := s.Next()
		if !ok {
			return
		}
		if key, is := bytes.CutPrefix(name, []byte(extensionPrefix)); is && isKey(key) && !row.Empty(value) {
			f(key, row.AppendPlain(nil, value))
		}
	}
}

// pairs takes key=value;key=value apart. A ; behind which no key follows is part of the value. It is false, and f was
// not called, when the text does not begin with a key.
func pairs(text []byte, f func(key, value []byte)) bool {
	key, rest, found := bytes.Cut(text, []byte{'='})
	if !found || !isKey(key) {
		return false
	}
	for {
		end, next := len(rest), -1
		for at := 0; at < len(rest); at++ {
			if rest[at] != ';' {
				continue
			}
			equals := bytes.IndexByte(rest[at+1:], '=')
			if equals < 0 {
				break
			}
			if isKey(rest[at+1 : at+1+equals]) {
				end, next = at, at+1+equals
				break
			}
		}
		f(key, rest[:end])
		if next < 0 {
			return true
		}
		key, rest = rest[end+1:next], rest[next+1:]
	}
}

// isKey reports whether a text can be the key of an extension.
func isKey(text []byte) bool {
	for _, c := range text {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '.', c == '-', c == '[', c == ']':
		default:
			return false
		}
	}
	return len(text) > 0
}
