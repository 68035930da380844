package native

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf8"

	"lazuli.dev/lazuli/kql/types"
)

// The operators has, contains, startswith and their kin. A term is a longest run
// of letters and digits; what is searched for is one or several terms with
// whatever lies between them, and is found where no term goes on at its ends.

// lowered appends s in lower case.
func lowered(dst, s []byte) []byte {
	for i, c := range s {
		if c >= utf8.RuneSelf {
			return appendLower(dst, s[i:])
		}
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

func appendLower(dst, s []byte) []byte {
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, s[0])
		} else {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		s = s[n:]
	}
	return dst
}

// alnum has the ASCII letters and digits.
var alnum = func() (set [256]bool) {
	for c := range 128 {
		set[c] = c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	return set
}()

// inTermBefore reports whether the character that ends before s[i] belongs to a term.
func inTermBefore(s []byte, i int) bool {
	if i == 0 {
		return false
	}
	if c := s[i-1]; c < utf8.RuneSelf {
		return alnum[c]
	}
	r, _ := utf8.DecodeLastRune(s[:i])
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// inTermAt reports whether the character at s[i] belongs to a term.
func inTermAt(s []byte, i int) bool {
	if i >= len(s) {
		return false
	}
	if c := s[i]; c < utf8.RuneSelf {
		return alnum[c]
	}
	r, _ := utf8.DecodeRune(s[i:])
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// A needle is a text to search for, prepared.
type needle struct {
	set        bool
	original   []byte // as it was given, to know it again
	text       []byte // in lower case unless exact
	exact      bool   // case-sensitive
	ascii      bool
	unbroken   bool // nothing in it that writing JSON may add, drop or change
	anchor     int  // index of the rarest byte of text
	a, b       byte // that byte in both cases
	head, tail bool // no term may go on before or after the match
}

// rarity orders letters by how often logs have them, the most frequent first:
// the search looks for the rarest byte of a needle.
var rarity = func() (rank [256]uint8) {
	for i, c := range []byte("e0taoinsr1cldu2mp34h5f6g897b-.wvyk/:x_jzq") {
		rank[c] = uint8(250 - 5*i)
	}
	for i := range rank {
		if rank[i] == 0 {
			rank[i] = 30
		}
	}
	rank[' '], rank['"'] = 240, 200
	return rank
}()

// prepare makes n ready for text, which it mostly already is.
func (n *needle) prepare(text []byte, exact, head, tail bool) {
	if n.set && bytes.Equal(n.original, text) {
		return
	}
	n.set, n.exact = true, exact
	n.original = append(n.original[:0], text...)
	n.text = n.text[:0]
	if exact {
		n.text = append(n.text, text...)
	} else {
		n.text = lowered(n.text, text)
	}
	n.ascii, n.unbroken = true, len(n.text) > 0
	n.anchor = 0
	for i, c := range n.text {
		if c <= ' ' || strings.IndexByte(`{}[]:,"\\`, c) >= 0 {
			n.unbroken = false
		}
		if c >= utf8.RuneSelf {
			n.ascii = false
		}
		if rarity[c] < rarity[n.text[n.anchor]] {
			n.anchor = i
		}
	}
	if len(n.text) > 0 {
		n.a = n.text[n.anchor]
		n.b = n.a
		if !exact && n.a >= 'a' && n.a <= 'z' {
			n.b = n.a &^ 0x20
		}
	}
	n.head = head && inTermAt(n.text, 0)
	n.tail = tail && inTermBefore(n.text, len(n.text))
}

// in reports whether s has the needle. buf is scratch.
func (n *needle) in(s []byte, buf *[]byte) bool { return n.find(s, buf) >= 0 }

// find returns where the needle is, in s or, when letters outside ASCII have to
// be compared without case, in s in lower case; -1 when it is not there.
func (n *needle) find(s []byte, buf *[]byte) int {
	if len(n.text) == 0 {
		return 0
	}
	if !n.exact && !n.ascii {
		*buf = lowered((*buf)[:0], s)
		s = *buf
	}
	t := n.text
	last := len(s) - len(t)
	if last < 0 {
		return -1
	}
	// Candidates are the places of the anchor, in either case.
	nextA, nextB := -1, -1
	limit := last + n.anchor + 1
	at := n.anchor
	for {
		if nextA < at {
			if nextA = bytes.IndexByte(s[at:limit], n.a); nextA < 0 {
				nextA = limit
			} else {
				nextA += at
			}
		}
		next := nextA
		if n.a != n.b {
			if nextB < at {
				if nextB = bytes.IndexByte(s[at:limit], n.b); nextB < 0 {
					nextB = limit
				} else {
					nextB += at
				}
			}
			next = min(nextA, nextB)
		}
		if next >= limit {
			return -1
		}
		from := next - n.anchor
		if n.matches(s[from:from+len(t)]) &&
			(!n.head || !inTermBefore(s, from)) && (!n.tail || !inTermAt(s, from+len(t))) {
			return from
		}
		if at = next + 1; at >= limit {
			return -1
		}
	}
}

func (n *needle) matches(s []byte) bool {
	if n.exact {
		return bytes.Equal(s, n.text)
	}
	for i, c := range n.text {
		d := s[i]
		if d >= 'A' && d <= 'Z' {
			d |= 0x20
		}
		if c != d {
			return false
		}
	}
	return true
}

// finds makes the native of an operator with a text on both sides.
func finds(name string, exact, head, tail bool) Func {
	return Func{Name: name, Args: []types.Type{types.String, types.String}, Result: types.Bool, New: func() Eval {
		var n needle
		var buf []byte
		return func(args []Value, out *Value) {
			n.prepare(args[1].Bytes, exact, head, tail)
			out.setBool(n.in(args[0].Bytes, &buf))
		}
	}}
}

// findsIn makes the native of the same operator for a dynamic on the left, which
// is searched as tostring() writes it. Most values have nothing to find, and
// mostly that shows without writing them.
func findsIn(name string, exact, head, tail bool) Func {
	return Func{Name: name, Args: []types.Type{types.Dynamic, types.String}, Result: types.Bool, New: func() Eval {
		var n needle
		var buf, written []byte
		return func(args []Value, out *Value) {
			n.prepare(args[1].Bytes, exact, head, tail)
			s := args[0].Bytes
			if n.unbroken && unescaped(s) && !n.in(s, &buf) {
				return
			}
			written = text(written[:0], s)
			out.setBool(n.in(written, &buf))
		}
	}}
}

// unescaped reports that s has neither backslashes nor control characters, so that
// the strings of a JSON text are written as they are. It may be wrong in saying no.
func unescaped(s []byte) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for ; len(s) >= 8; s = s[8:] {
		w := binary.LittleEndian.Uint64(s)
		slash := w ^ ones*'\\'
		if ((slash-ones)&^slash|(w-ones*' ')&^w)&high != 0 {
			return false
		}
	}
	for _, c := range s {
		if c < ' ' || c == '\\' {
			return false
		}
	}
	return true
}

// edges makes startswith and endswith without case.
func edges(name string, match func(s, t []byte) bool) Func {
	return Func{Name: name, Args: []types.Type{types.String, types.String}, Result: types.Bool, New: func() Eval {
		var a, b []byte
		return func(args []Value, out *Value) {
			a, b = lowered(a[:0], args[0].Bytes), lowered(b[:0], args[1].Bytes)
			out.setBool(match(a, b))
		}
	}}
}

// A needles is a list of texts to search for, from an array.
type needles struct {
	set      bool
	original []byte
	list     []*needle
	terms    map[string]bool // those of the list that are one ASCII term; nil when they are few
	lengths  uint64          // bit i: a term of length i; bit 63: of 63 or more
	first    [256]bool       // first bytes of terms
	rest     []*needle       // the others
}

// fewTerms is up to how many texts are searched for one by one.
const fewTerms = 3

func (n *needles) prepare(array []byte) {
	if n.set && bytes.Equal(n.original, array) {
		return
	}
	n.set, n.original = true, append(n.original[:0], array...)
	n.list, n.rest, n.terms, n.lengths, n.first = nil, nil, nil, 0, [256]bool{}
	n.add(array)
	if len(n.list) <= fewTerms {
		return
	}
	n.terms = map[string]bool{}
	for _, e := range n.list {
		single := len(e.text) > 0
		for _, c := range e.text {
			single = single && alnum[c]
		}
		if !single {
			n.rest = append(n.rest, e)
			continue
		}
		n.terms[string(e.text)] = true
		n.lengths |= 1 << min(len(e.text), 63)
		n.first[e.text[0]] = true
	}
}

// add takes the texts of an array, of arrays in it too, or a single text.
func (n *needles) add(value []byte) {
	value = trim(value)
	if len(value) > 0 && value[0] == '[' {
		eachElement(value, func(e []byte) { n.add(e) })
		return
	}
	if isNull(value) {
		return
	}
	e := &needle{}
	e.prepare(text(nil, value), false, true, true)
	n.list = append(n.list, e)
}

func (n *needles) any(s []byte, buf *[]byte) bool {
	if n.terms == nil {
		for _, e := range n.list {
			if e.in(s, buf) {
				return true
			}
		}
		return false
	}
	for i := 0; i < len(s); {
		if !inTermAt(s, i) {
			i++
			continue
		}
		from, ascii := i, true
		for i < len(s) {
			c := s[i]
			if c < utf8.RuneSelf {
				if !alnum[c] {
					break
				}
				i++
				continue
			}
			r, size := utf8.DecodeRune(s[i:])
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				break
			}
			ascii = false
			i += size
		}
		c := s[from]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if ascii && n.lengths>>min(i-from, 63)&1 == 1 && n.first[c] {
			*buf = lowered((*buf)[:0], s[from:i])
			if n.terms[string(*buf)] {
				return true
			}
		}
	}
	for _, e := range n.rest {
		if e.in(s, buf) {
			return true
		}
	}
	return false
}

func hasList(name string, result types.Type, f func(n *needles, s []byte, buf *[]byte, out *Value)) Func {
	return Func{Name: name, Args: []types.Type{types.String, types.Dynamic}, Result: result, New: func() Eval {
		var n needles
		var buf []byte
		return func(args []Value, out *Value) {
			n.prepare(args[1].Bytes)
			f(&n, args[0].Bytes, &buf, out)
		}
	}}
}

var searchFuncs = []Func{
	finds("kql_has", false, true, true),
	finds("kql_has_cs", true, true, true),
	finds("kql_hasprefix", false, true, false),
	finds("kql_hasprefix_cs", true, true, false),
	finds("kql_hassuffix", false, false, true),
	finds("kql_hassuffix_cs", true, false, true),
	finds("kql_contains", false, false, false),
	findsIn("kql_has_json", false, true, true),
	findsIn("kql_has_cs_json", true, true, true),
	findsIn("kql_hasprefix_json", false, true, false),
	findsIn("kql_hasprefix_cs_json", true, true, false),
	findsIn("kql_hassuffix_json", false, false, true),
	findsIn("kql_hassuffix_cs_json", true, false, true),
	findsIn("kql_contains_json", false, false, false),
	edges("kql_startswith", bytes.HasPrefix),
	edges("kql_endswith", bytes.HasSuffix),
	edges("kql_equal_fold", bytes.Equal),
	hasList("kql_has_any", types.Bool, func(n *needles, s []byte, buf *[]byte, out *Value) { out.setBool(n.any(s, buf)) }),
	hasList("kql_has_all", types.Bool, func(n *needles, s []byte, buf *[]byte, out *Value) {
		for _, e := range n.list {
			if !e.in(s, buf) {
				return
			}
		}
		out.setBool(true)
	}),
	hasList("kql_has_any_index", types.Long, func(n *needles, s []byte, buf *[]byte, out *Value) {
		for i, e := range n.list {
			if e.in(s, buf) {
				out.Int = int64(i)
				return
			}
		}
		out.Int = -1
	}),
}
