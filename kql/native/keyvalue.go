package native

import (
	"bytes"
	"encoding/json"
	"regexp"
	"unicode"
	"unicode/utf8"

	"lazuli.dev/lazuli/kql/types"
)

// A KeyValues says how parse-kv reads a text. Without delimiters any character
// that is neither letter nor digit ends a key or a value.
type KeyValues struct {
	Pair   string `json:",omitempty"` // between pairs
	KV     string `json:",omitempty"` // between a key and its value
	Quote  string `json:",omitempty"` // one character, or an opening and a closing one
	Escape string `json:",omitempty"` // takes the meaning of the character behind it
	Greedy bool   `json:",omitempty"` // a value goes on to the last delimiter before the next key
	Regex  string `json:",omitempty"` // instead of all that: group 1 is the key, group 2 the value
	// Keys are those that are looked for: without delimiters only they tell where a
	// pair begins.
	Keys []string
}

// Text writes k as the argument that kql_parse_kv takes.
func (k KeyValues) Text() string {
	b, err := json.Marshal(k)
	if err != nil {
		return "{}" // cannot be: there are only texts in it
	}
	return string(b)
}

// kvReader reads texts by one KeyValues.
type kvReader struct {
	KeyValues
	open, shut rune
	escape     rune
	re         *regexp.Regexp
	wanted     map[string]bool
}

func newKVReader(text []byte) *kvReader {
	r := &kvReader{wanted: map[string]bool{}}
	if json.Unmarshal(text, &r.KeyValues) != nil {
		return r
	}
	for _, k := range r.Keys {
		r.wanted[k] = true
	}
	if quotes := []rune(r.Quote); len(quotes) > 0 {
		r.open, r.shut = quotes[0], quotes[len(quotes)-1]
	}
	if e := []rune(r.Escape); len(e) > 0 {
		r.escape = e[0]
	}
	if r.Regex != "" {
		r.re, _ = regexp.Compile(r.Regex)
	}
	return r
}

// bag appends the pairs of s as a bag. Of a key that comes twice the first counts.
func (r *kvReader) bag(dst, s []byte) []byte {
	var list []pair
	seen := map[string]bool{}
	add := func(key, value []byte) {
		if r.wanted[string(key)] {
			list = merged(list, seen, []pair{{Quote(nil, key), Quote(nil, value)}})
		}
	}
	switch {
	case r.Regex != "":
		if r.re != nil {
			for _, m := range r.re.FindAllSubmatch(s, -1) {
				add(bytes.TrimSpace(m[1]), m[2])
			}
		}
	case r.Pair == "" && r.KV == "":
		r.words(s, add)
	default:
		r.pairs(s, add)
	}
	return appendBag(dst, list)
}

// pairs reads delimited pairs.
func (r *kvReader) pairs(s []byte, add func(key, value []byte)) {
	for len(s) > 0 {
		s = bytes.TrimLeftFunc(s, unicode.IsSpace)
		key, rest, found := r.key(s)
		if !found {
			return
		}
		if key == nil { // a piece without a value
			s = rest
			continue
		}
		value, rest := r.value(bytes.TrimLeftFunc(rest, r.pad))
		add(key, value)
		s = rest
	}
}

// pad reports whether c may stand between a delimiter and a value: white space
// that is no delimiter itself.
func (r *kvReader) pad(c rune) bool {
	return unicode.IsSpace(c) && !bytes.ContainsRune([]byte(r.Pair), c) && !bytes.ContainsRune([]byte(r.KV), c)
}

// key reads up to the delimiter behind a key. A nil key says that a pair
// delimiter came first; found is false when there is no key any more.
func (r *kvReader) key(s []byte) (key, rest []byte, found bool) {
	if quoted, behind, ok := r.quoted(s); ok {
		behind = bytes.TrimLeftFunc(behind, r.pad)
		if after, ok := bytes.CutPrefix(behind, []byte(r.KV)); ok {
			return quoted, after, true
		}
	}
	at := bytes.Index(s, []byte(r.KV))
	if at < 0 || r.KV == "" {
		return nil, nil, false
	}
	if r.Pair != "" {
		if p := bytes.Index(s[:at], []byte(r.Pair)); p >= 0 {
			return nil, s[p+len(r.Pair):], true
		}
	}
	return bytes.TrimSpace(s[:at]), s[at+len(r.KV):], true
}

// value reads a value and the delimiter behind it.
func (r *kvReader) value(s []byte) (value, rest []byte) {
	if quoted, behind, ok := r.quoted(s); ok {
		if r.Pair == "" {
			return quoted, behind
		}
		_, rest, _ = bytes.Cut(behind, []byte(r.Pair))
		return quoted, rest
	}
	if r.Pair == "" {
		return bytes.TrimSpace(s), nil
	}
	end := bytes.Index(s, []byte(r.Pair))
	if end < 0 {
		return bytes.TrimSpace(s), nil
	}
	if r.Greedy {
		// The last pair delimiter before the next key's delimiter ends the value.
		next := bytes.Index(s[end:], []byte(r.KV))
		if next < 0 {
			return bytes.TrimSpace(s), nil
		}
		end = bytes.LastIndex(s[:end+next], []byte(r.Pair))
	}
	return bytes.TrimSpace(s[:end]), s[end+len(r.Pair):]
}

// quoted reads a quoted text at the start of s.
func (r *kvReader) quoted(s []byte) (text, rest []byte, ok bool) {
	c, n := utf8.DecodeRune(s)
	if r.open == 0 || c != r.open {
		return nil, nil, false
	}
	text = []byte{}
	for i := n; i < len(s); {
		c, n := utf8.DecodeRune(s[i:])
		switch {
		case r.escape != 0 && c == r.escape && i+n < len(s):
			i += n
			_, n = utf8.DecodeRune(s[i:])
		case c == r.shut:
			return text, s[i+n:], true
		}
		text = append(text, s[i:i+n]...)
		i += n
	}
	return nil, nil, false
}

// words reads pairs of words with one character between them that belongs to no
// word, and white space if need be.
func (r *kvReader) words(s []byte, add func(key, value []byte)) {
	word := func(s []byte) int {
		for i := 0; i < len(s); {
			c, n := utf8.DecodeRune(s[i:])
			if !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '_' {
				return i
			}
			i += n
		}
		return len(s)
	}
	for len(s) > 0 {
		end := word(s)
		if end == 0 {
			_, n := utf8.DecodeRune(s)
			s = s[n:]
			continue
		}
		key, rest := s[:end], s[end:]
		s = rest
		c, n := utf8.DecodeRune(rest)
		if n == 0 || unicode.IsSpace(c) || !r.wanted[string(key)] {
			continue
		}
		rest = bytes.TrimLeftFunc(rest[n:], unicode.IsSpace)
		if quoted, behind, ok := r.quoted(rest); ok {
			add(key, quoted)
			s = behind
			continue
		}
		if end := word(rest); end > 0 {
			add(key, rest[:end])
			s = rest[end:]
		}
	}
}

var keyValueFuncs = []Func{
	{Name: "kql_parse_kv", Args: []types.Type{types.String, types.String}, Result: types.Dynamic, New: func() Eval {
		var r *kvReader
		var known, buf []byte
		return func(args []Value, out *Value) {
			if r == nil || !bytes.Equal(known, args[1].Bytes) {
				known = append(known[:0], args[1].Bytes...)
				r = newKVReader(known)
			}
			buf = r.bag(buf[:0], args[0].Bytes)
			out.Bytes = buf
		}
	}},
}
