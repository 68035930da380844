// Package row reads the JSON object of an event without making anything of it that costs memory.
//
// Invariant: no input makes it fail or read past its end. What is no JSON object has no members, and a
// value that is cut off is taken up to where it ends.
package row

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// A Scanner gives the members of a JSON object, or the elements of an array, one after the other. Both name
// and value are parts of the text and as it writes them; they are valid as long as it is.
type Scanner struct {
	text  []byte
	at    int
	array bool
}

// Object is a scanner of the members of an object; of anything else there are none.
func Object(text []byte) Scanner {
	at := blank(text, 0)
	if at >= len(text) || text[at] != '{' {
		return Scanner{}
	}
	return Scanner{text: text, at: at + 1}
}

// Array is a scanner of the elements of an array; of anything else there are none.
func Array(text []byte) Scanner {
	at := blank(text, 0)
	if at >= len(text) || text[at] != '[' {
		return Scanner{}
	}
	return Scanner{text: text, at: at + 1, array: true}
}

// Next gives the next member: its name between the quotes, with its escapes, and its value. It is false when
// there is none.
func (s *Scanner) Next() (name, value []byte, ok bool) {
	text := s.text
	at := blank(text, s.at)
	if at < len(text) && text[at] == ',' {
		at = blank(text, at+1)
	}
	if !s.array {
		if at >= len(text) || text[at] != '"' {
			s.at = len(text)
			return nil, nil, false
		}
		end := quoted(text, at)
		if end-at < 2 || text[end-1] != '"' {
			s.at = len(text)
			return nil, nil, false
		}
		name = text[at+1 : end-1]
		if at = blank(text, end); at >= len(text) || text[at] != ':' {
			s.at = len(text)
			return nil, nil, false
		}
		at = blank(text, at+1)
	}
	end := skip(text, at)
	if end == at {
		s.at = len(text)
		return nil, nil, false
	}
	s.at = end
	return name, text[at:end], true
}

// Member is the value of a member of an object, nil when there is none.
func Member(text []byte, name string) []byte {
	s := Object(text)
	for {
		n, v, ok := s.Next()
		if !ok {
			return nil
		}
		if string(n) == name {
			return v
		}
	}
}

// Element is the element of an array at a place, nil when there is none.
func Element(text []byte, at int) []byte {
	s := Array(text)
	for i := 0; ; i++ {
		_, v, ok := s.Next()
		if !ok || i == at {
			return v
		}
	}
}

// Empty reports whether a value says nothing: it is missing, null, or an empty text, object or array.
func Empty(value []byte) bool {
	switch len(value) {
	case 0:
		return true
	case 2:
		return value[0] == '"' || value[0] == '{' || value[0] == '['
	case 4:
		return value[0] == 'n'
	}
	return false
}

// IsText reports whether a value is a text.
func IsText(value []byte) bool {
	return len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"'
}

// Plain gives the characters of a text that has no escapes, without a copy.
func Plain(value []byte) (text []byte, ok bool) {
	if !IsText(value) {
		return nil, false
	}
	text = value[1 : len(value)-1]
	return text, bytes.IndexByte(text, '\\') < 0
}

// AppendText appends a value as a person reads it: the characters of a text, the JSON of anything else, and
// nothing for null.
func AppendText(dst, value []byte) []byte {
	if !IsText(value) {
		if string(value) == "null" {
			return dst
		}
		return append(dst, value...)
	}
	text := value[1 : len(value)-1]
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 || i+1 >= len(text) {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		c := text[i+1]
		text = text[i+2:]
		switch c {
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'u':
			r, n := unit(text)
			text = text[n:]
			if utf16.IsSurrogate(r) {
				if low, n := lowHalf(text); n > 0 {
					if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
						r, text = both, text[n:]
					}
				}
			}
			dst = utf8.AppendRune(dst, r) // half of a pair alone becomes U+FFFD
		default:
			dst = append(dst, c)
		}
	}
}

// unit reads four hexadecimal digits; n is how many bytes they take.
func unit(text []byte) (r rune, n int) {
	if len(text) < 4 {
		return utf8.RuneError, len(text)
	}
	for _, c := range text[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return utf8.RuneError, 4
		}
		r = r<<4 | rune(c)
	}
	return r, 4
}

// lowHalf reads a second \uXXXX; n is 0 when there is none.
func lowHalf(text []byte) (r rune, n int) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, 0
	}
	r, _ = unit(text[2:])
	return r, 6
}

// AppendLine appends JSON as one line: line breaks between its tokens become blanks. Inside of texts there are
// none.
func AppendLine(dst, json []byte) []byte {
	from := len(dst)
	dst = append(dst, json...)
	for _, c := range []byte{'\n', '\r'} {
		rest := dst[from:]
		for {
			i := bytes.IndexByte(rest, c)
			if i < 0 {
				break
			}
			rest[i] = ' '
			rest = rest[i+1:]
		}
	}
	return dst
}

// AppendPlain is AppendText, and JSON that is no text is written without white space between its tokens.
func AppendPlain(dst, value []byte) []byte {
	if len(value) > 0 && (value[0] == '{' || value[0] == '[') {
		return AppendCompact(dst, value)
	}
	return AppendText(dst, value)
}

// AppendCompact appends JSON without white space between its tokens.
func AppendCompact(dst, json []byte) []byte {
	for at := 0; at < len(json); {
		switch json[at] {
		case '"':
			end := quoted(json, at)
			dst = append(dst, json[at:end]...)
			at = end
			continue
		case ' ', '\n', '\t', '\r':
		default:
			dst = append(dst, json[at])
		}
		at++
	}
	return dst
}

// blank is the first place from at on that is no white space.
func blank(text []byte, at int) int {
	for at < len(text) && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t' || text[at] == '\r') {
		at++
	}
	return at
}

// quoted is the place behind the text that begins at at.
func quoted(text []byte, at int) int {
	for i := at + 1; i < len(text); {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return len(text)
		}
		end := i + n
		slashes := 0
		for slashes < end-at-1 && text[end-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return end + 1
		}
		i = end + 1
	}
	return len(text)
}

// skip is the place behind the value that begins at at; at itself when there is none.
func skip(text []byte, at int) int {
	if at >= len(text) {
		return at
	}
	switch text[at] {
	case '"':
		return quoted(text, at)
	case '{', '[':
		depth := 0
		for i := at; i < len(text); {
			switch text[i] {
			case '"':
				i = quoted(text, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return len(text)
	}
	for i := at; i < len(text); i++ {
		switch text[i] {
		case ',', '}', ']', ' ', '\n', '\t', '\r', '"', '{', '[', ':':
			return i
		}
	}
	return len(text)
}
