package decode

import (
	"encoding/binary"
	"math/bits"
)

// maxDepth bounds the nesting of a value that is passed over. Nothing that
// Azure writes comes near it, and every step through it needs only a bit.
const maxDepth = 2048

// A scanner reads JSON text. Its methods take the index of the first byte of
// what they read and return the index after it; on an error they return -1 and
// fail has said why and where. They accept exactly what RFC 8259 does.
type scanner struct {
	b   []byte
	err string // a reason, always the same words for the same fault
	at  int    // where the fault is
}

func (s *scanner) fail(at int, reason string) int {
	s.err, s.at = reason, at
	return -1
}

const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

// stops marks bytes of x that are a quote, a backslash or a control character.
// Above the lowest mark there may be false ones.
func stops(x uint64) uint64 {
	q := x ^ 0x2222222222222222
	e := x ^ 0x5c5c5c5c5c5c5c5c
	return ((q-ones)&^q | (e-ones)&^e | (x-0x2020202020202020)&^x) & tops
}

// text returns the index of the quote that closes the string whose first byte
// is at i, and whether it holds escapes.
func (s *scanner) text(i int) (end int, escaped bool) {
	b := s.b
	for {
		for i+8 <= len(b) {
			if m := stops(binary.LittleEndian.Uint64(b[i:])); m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				goto found
			}
			i += 8
		}
		for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= ' ' {
			i++
		}
		if i >= len(b) {
			return s.fail(i, "cut off inside a string"), escaped
		}
	found:
		switch b[i] {
		case '"':
			return i, escaped
		case '\\':
			escaped = true
			if i+1 >= len(b) {
				return s.fail(i, "cut off inside a string"), escaped
			}
			switch b[i+1] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				i += 2
			case 'u':
				if i+6 > len(b) {
					return s.fail(i, "cut off inside a string"), escaped
				}
				for _, c := range b[i+2 : i+6] {
					if hexValue[c] > 15 {
						return s.fail(i, "bad escape in a string"), escaped
					}
				}
				i += 6
			default:
				return s.fail(i, "bad escape in a string"), escaped
			}
		default:
			return s.fail(i, "control character in a string"), escaped
		}
	}
}

// hexValue is the value of a hexadecimal digit; above 15 for other bytes.
var hexValue = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i := range 10 {
		t['0'+i] = byte(i)
	}
	for i := range 6 {
		t['a'+i], t['A'+i] = byte(10+i), byte(10+i)
	}
	return t
}()

// blank returns the index of the first byte from i on that is not white space.
func blank(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

func digits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' < 10 {
		i++
	}
	return i
}

// number passes over a number.
func (s *scanner) number(i int) int {
	b := s.b
	start := i
	if b[i] == '-' {
		i++
	}
	j := digits(b, i)
	if j == i || b[i] == '0' && j > i+1 {
		return s.fail(start, "bad number")
	}
	i = j
	if i < len(b) && b[i] == '.' {
		if j = digits(b, i+1); j == i+1 {
			return s.fail(start, "bad number")
		}
		i = j
	}
	if i < len(b) && b[i]|32 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if j = digits(b, i); j == i {
			return s.fail(start, "bad number")
		}
		i = j
	}
	return i
}

func (s *scanner) word(i int, w string) int {
	if i+len(w) > len(s.b) || string(s.b[i:i+len(w)]) != w {
		return s.fail(i, "bad value")
	}
	return i + len(w)
}

// value passes over one value, which must begin at i.
func (s *scanner) value(i int) int {
	if i >= len(s.b) {
		return s.fail(i, "cut off before a value")
	}
	switch c := s.b[i]; {
	case c == '"':
		e, _ := s.text(i + 1)
		if e < 0 {
			return -1
		}
		return e + 1
	case c == '{' || c == '[':
		return s.container(i)
	case c == '-' || c-'0' < 10:
		return s.number(i)
	case c == 't':
		return s.word(i, "true")
	case c == 'f':
		return s.word(i, "false")
	case c == 'n':
		return s.word(i, "null")
	}
	return s.fail(i, "bad value")
}

// member passes over a key and the colon after it; i is after the blanks.
func (s *scanner) member(i int) int {
	if i >= len(s.b) {
		return s.fail(i, "cut off inside an object")
	}
	if s.b[i] != '"' {
		return s.fail(i, "key expected")
	}
	e, _ := s.text(i + 1)
	if e < 0 {
		return -1
	}
	return s.colon(e + 1)
}

func (s *scanner) colon(i int) int {
	if i = blank(s.b, i); i >= len(s.b) {
		return s.fail(i, "cut off inside an object")
	}
	if s.b[i] != ':' {
		return s.fail(i, "colon expected")
	}
	return blank(s.b, i+1)
}

// container passes over an object or array. It keeps one bit for each level,
// so that deep nesting costs no stack.
func (s *scanner) container(i int) int {
	b := s.b
	var object [maxDepth / 64]uint64
	depth := 0
	for {
		if i >= len(b) {
			return s.fail(i, "cut off before a value")
		}
		switch c := b[i]; c {
		case '{', '[':
			if depth == maxDepth {
				return s.fail(i, "nested too deeply")
			}
			object[depth>>6] &^= 1 << (depth & 63)
			if c == '{' {
				object[depth>>6] |= 1 << (depth & 63)
			}
			depth++
			i = blank(b, i+1)
			if i >= len(b) {
				return s.fail(i, "cut off inside "+article(c))
			}
			if b[i] == c+2 { // '}' and ']' are two after their partners
				break
			}
			if c == '{' {
				if i = s.member(i); i < 0 {
					return -1
				}
			}
			continue
		default:
			if i = s.value(i); i < 0 {
				return -1
			}
		}
		for {
			if i = blank(b, i); i >= len(b) {
				return s.fail(i, "cut off inside an object or array")
			}
			in := object[(depth-1)>>6]>>((depth-1)&63)&1 == 1
			if b[i] == ',' {
				i = blank(b, i+1)
				if in {
					if i = s.member(i); i < 0 {
						return -1
					}
				}
				break
			}
			if in && b[i] != '}' || !in && b[i] != ']' {
				return s.fail(i, "comma or end expected")
			}
			i++
			depth--
			if depth == 0 {
				return i
			}
		}
	}
}

func article(c byte) string {
	if c == '{' {
		return "an object"
	}
	return "an array"
}

// balanced finds the end of an object or array by its brackets alone, minding
// strings: the best guess about the extent of a value that is not valid. It
// looks no further than limit.
func balanced(b []byte, i, limit int) int {
	depth := 0
	for i < limit {
		switch b[i] {
		case '"':
			i++
			for i < limit && b[i] != '"' {
				if b[i] == '\\' {
					i++
				}
				i++
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}
