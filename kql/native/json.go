package native

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// The values of dynamic are JSON text. What is here walks it without building a
// tree: text from outside may be anything, so every step says whether it could.

// maxDepth is how deep arrays and objects may be nested in text that counts as
// JSON. Kusto's own limit is lower; ours only has to be finite.
const maxDepth = 1 << 12

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// Eight bytes are looked at together: a byte that is zero after the exclusive or
// with what is searched for shows in its top bit.
const (
	lowBits     = 0x0101010101010101
	highBits    = 0x8080808080808080
	quotes      = lowBits * '"'
	backslashes = lowBits * '\\'
)

// skipString returns the index behind the string that starts at b[i], and
// whether it has escapes; -1 when it does not end.
func skipString(b []byte, i int) (end int, escaped bool) {
	for i++; i < len(b); {
		if i+8 <= len(b) {
			w := binary.LittleEndian.Uint64(b[i:])
			q, s := w^quotes, w^backslashes
			hits := ((q-lowBits)&^q | (s-lowBits)&^s) & highBits
			if hits == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(hits) >> 3
		}
		switch b[i] {
		case '"':
			return i + 1, escaped
		case '\\':
			escaped = true
			i++
		}
		i++
	}
	return -1, escaped
}

// skipValue returns the index behind the value that starts at b[i], -1 when it
// does not end. It does not check what lies inside arrays and objects.
func skipValue(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		end, _ := skipString(b, i)
		return end
	case '{', '[':
		depth := 0
		for i < len(b) {
			switch b[i] {
			case '"':
				end, _ := skipString(b, i)
				if end < 0 {
					return -1
				}
				i = end
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
		return -1
	}
	from := i
	for i < len(b) && b[i] != ',' && b[i] != '}' && b[i] != ']' && b[i] > ' ' {
		i++
	}
	if i == from {
		return -1
	}
	return i
}

// trim returns b without the white space around it.
func trim(b []byte) []byte {
	b = b[skipSpace(b, 0):]
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	return b
}

// isNull reports whether b is no value or JSON's null.
func isNull(b []byte) bool { return len(b) == 0 || string(b) == "null" }

// member returns the value of a key of the object that starts at b[i].
func member(b []byte, key []byte) []byte {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return nil
	}
	for i++; ; i++ {
		i = skipSpace(b, i)
		if i >= len(b) || b[i] != '"' {
			return nil
		}
		end, escaped := skipString(b, i)
		if end < 0 {
			return nil
		}
		var hit bool
		if escaped {
			hit = string(unquote(nil, b[i:end])) == string(key)
		} else {
			hit = string(b[i+1:end-1]) == string(key)
		}
		i = skipSpace(b, end)
		if i >= len(b) || b[i] != ':' {
			return nil
		}
		i = skipSpace(b, i+1)
		stop := skipValue(b, i)
		if stop < 0 {
			return nil
		}
		if hit {
			return b[i:stop]
		}
		i = skipSpace(b, stop)
		if i >= len(b) || b[i] != ',' {
			return nil
		}
	}
}

// element returns the element at an index of an array, counted from the end when
// it is negative.
func element(b []byte, at int64) []byte {
	if at < 0 {
		n := int64(0)
		if !eachElement(b, func([]byte) { n++ }) {
			return nil
		}
		if at += n; at < 0 {
			return nil
		}
	}
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '[' {
		return nil
	}
	for i++; ; i++ {
		i = skipSpace(b, i)
		stop := skipValue(b, i)
		if stop < 0 {
			return nil
		}
		if at == 0 {
			return b[i:stop]
		}
		at--
		i = skipSpace(b, stop)
		if i >= len(b) || b[i] != ',' {
			return nil
		}
	}
}

// eachElement calls do for every element of an array. It reports whether b is a
// whole one; do may have been called when it is not.
func eachElement(b []byte, do func([]byte)) bool {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '[' {
		return false
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == ']' {
		return true
	}
	for {
		stop := skipValue(b, i)
		if stop < 0 {
			return false
		}
		do(b[i:stop])
		i = skipSpace(b, stop)
		if i >= len(b) {
			return false
		}
		switch b[i] {
		case ']':
			return true
		case ',':
			i = skipSpace(b, i+1)
		default:
			return false
		}
	}
}

// eachMember calls do for every key (with its quotes) and value of an object. It
// reports whether b is a whole one.
func eachMember(b []byte, do func(key, value []byte)) bool {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return false
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return true
	}
	for {
		if i >= len(b) || b[i] != '"' {
			return false
		}
		end, _ := skipString(b, i)
		if end < 0 {
			return false
		}
		key := b[i:end]
		i = skipSpace(b, end)
		if i >= len(b) || b[i] != ':' {
			return false
		}
		i = skipSpace(b, i+1)
		stop := skipValue(b, i)
		if stop < 0 {
			return false
		}
		do(key, b[i:stop])
		i = skipSpace(b, stop)
		if i >= len(b) {
			return false
		}
		switch b[i] {
		case '}':
			return true
		case ',':
			i = skipSpace(b, i+1)
		default:
			return false
		}
	}
}

// unquote appends the text of a JSON string, which starts and ends with quotes.
func unquote(dst, s []byte) []byte {
	s = s[1 : len(s)-1]
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 >= len(s) {
			dst = append(dst, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'r':
			dst = append(dst, '\r')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'u':
			r, ok := hex4(s[i+1:])
			if !ok {
				dst = append(dst, '\\', 'u')
				continue
			}
			i += 4
			if utf16.IsSurrogate(r) {
				low, ok := rune(0), false
				if i+2 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
					low, ok = hex4(s[i+3:])
				}
				if pair := utf16.DecodeRune(r, low); ok && pair != utf8.RuneError {
					r = pair
					i += 6
				} else {
					r = utf8.RuneError
				}
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, s[i])
		}
	}
	return dst
}

func hex4(s []byte) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range s[:4] {
		d, ok := hexDigit(c)
		if !ok {
			return 0, false
		}
		r = r<<4 | rune(d)
	}
	return r, true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// comma appends the comma that goes before an element or a member, unless dst ends
// where the first one goes.
func comma(dst []byte) []byte {
	if n := len(dst); n > 0 && dst[n-1] != '[' && dst[n-1] != '{' && dst[n-1] != ',' {
		dst = append(dst, ',')
	}
	return dst
}

// compactOrNull appends what compact makes of b, null when b is not JSON.
func compactOrNull(dst, b []byte) []byte {
	made, ok := compact(dst, b)
	if !ok {
		return append(dst, "null"...)
	}
	return made
}

const hexDigits = "0123456789abcdef"

// Quote appends text as a JSON string.
func Quote(dst, text []byte) []byte {
	dst = append(dst, '"')
	from := 0
	for i, c := range text {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	dst = append(dst, text[from:]...)
	return append(dst, '"')
}

// A level is an open array or object while text is checked.
type level byte

// compact appends the JSON text b without white space and with every string
// written in one way, so that equal values are equal texts. It reports whether b
// is one whole JSON value.
func compact(dst, b []byte) ([]byte, bool) {
	var stack []level
	var small [64]level
	stack = small[:0]
	i := skipSpace(b, 0)
	for {
		// b[i] starts a value.
		if i >= len(b) {
			return dst, false
		}
		switch c := b[i]; c {
		case '{', '[':
			if len(stack) >= maxDepth {
				return dst, false
			}
			dst = append(dst, c)
			i = skipSpace(b, i+1)
			if i < len(b) && b[i] == c+2 { // '}' and ']' follow two behind
				dst = append(dst, c+2)
				i++
				break
			}
			stack = append(stack, level(c))
			if c == '{' {
				var ok bool
				if dst, i, ok = compactKey(dst, b, i); !ok {
					return dst, false
				}
			}
			continue
		case '"':
			end, ok := checkString(b, i)
			if !ok {
				return dst, false
			}
			dst = appendString(dst, b[i:end])
			i = end
		default:
			end := skipValue(b, i)
			if end < 0 || !scalarJSON(b[i:end]) {
				return dst, false
			}
			dst = append(dst, b[i:end]...)
			i = end
		}
		// A value is complete.
		for {
			i = skipSpace(b, i)
			if len(stack) == 0 {
				return dst, i == len(b)
			}
			if i >= len(b) {
				return dst, false
			}
			open := stack[len(stack)-1]
			if b[i] == byte(open)+2 {
				dst = append(dst, b[i])
				stack = stack[:len(stack)-1]
				i++
				continue
			}
			if b[i] != ',' {
				return dst, false
			}
			dst = append(dst, ',')
			i = skipSpace(b, i+1)
			if open == '{' {
				var ok bool
				if dst, i, ok = compactKey(dst, b, i); !ok {
					return dst, false
				}
			}
			break
		}
	}
}

func compactKey(dst, b []byte, i int) ([]byte, int, bool) {
	if i >= len(b) || b[i] != '"' {
		return dst, i, false
	}
	end, ok := checkString(b, i)
	if !ok {
		return dst, i, false
	}
	dst = appendString(dst, b[i:end])
	i = skipSpace(b, end)
	if i >= len(b) || b[i] != ':' {
		return dst, i, false
	}
	return append(dst, ':'), skipSpace(b, i+1), true
}

// appendString appends a JSON string in the one way that Quote writes it.
func appendString(dst, s []byte) []byte {
	for _, c := range s[1 : len(s)-1] {
		if c == '\\' || c < ' ' {
			return Quote(dst, unquote(nil, s))
		}
	}
	return append(dst, s...)
}

// checkString returns the index behind a string and whether its escapes are JSON's.
func checkString(b []byte, i int) (int, bool) {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i + 1, true
		case '\\':
			i++
			if i >= len(b) {
				return i, false
			}
			switch b[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if _, ok := hex4(b[i+1:]); !ok {
					return i, false
				}
			default:
				return i, false
			}
		}
	}
	return i, false
}

func scalarJSON(b []byte) bool {
	switch string(b) {
	case "true", "false", "null":
		return true
	}
	return numberJSON(b)
}

// numberJSON reports whether b is a number as JSON writes it.
func numberJSON(b []byte) bool {
	i := 0
	digits := func() bool {
		from := i
		for i < len(b) && b[i] >= '0' && b[i] <= '9' {
			i++
		}
		return i > from
	}
	if i < len(b) && b[i] == '-' {
		i++
	}
	zero := i < len(b) && b[i] == '0'
	from := i
	if !digits() || zero && i > from+1 {
		return false
	}
	if i < len(b) && b[i] == '.' {
		i++
		if !digits() {
			return false
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	return i == len(b)
}

// isInteger reports whether a JSON number is written without fraction and exponent.
func isInteger(b []byte) bool {
	for _, c := range b {
		if c == '.' || c == 'e' || c == 'E' {
			return false
		}
	}
	return true
}

// text appends what tostring() says of a dynamic value: the text of a string,
// nothing for null, compact JSON for the others. Text that is no JSON is itself.
func text(dst, b []byte) []byte {
	b = trim(b)
	if isNull(b) {
		return dst
	}
	if b[0] == '"' {
		if end, ok := checkString(b, 0); ok && end == len(b) {
			return unquote(dst, b)
		}
		return append(dst, b...)
	}
	at := len(dst)
	dst, ok := compact(dst, b)
	if !ok {
		dst = append(dst[:at], b...)
	}
	return dst
}
