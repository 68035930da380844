package decode

import (
	"encoding/json"
	"strings"
	"testing"
)

// The scanner accepts what encoding/json does and nothing else.
func FuzzScanner(f *testing.F) {
	for _, s := range []string{`{"a":[1,-0.5e+3,true,null,"x\u00e9\n"],"b":{}}`, `[[[]]]`, `{"a":}`, `{"a" 1}`, `[1,]`, `{"a":1,}`, `01`, `-`, `1.`, `1e`, `"\x"`,
		"\"a\tb\"", `"abcdefgh\"ijklmnop"`, `"\ud800"`, `tru`, `{}x`, `{"a":1}}`, `[1 2]`, ``, ` `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		s := scanner{b: in}
		i := blank(in, 0)
		ok := false
		if i < len(in) {
			end := s.value(i)
			ok = end >= 0 && blank(in, end) == len(in)
		}
		if want := json.Valid(in); ok != want && strings.Count(string(in), "[")+strings.Count(string(in), "{") < maxDepth {
			t.Errorf("%q: %v, encoding/json says %v (%s at %d)", in, ok, want, s.err, s.at)
		}
	})
}

func TestDepth(t *testing.T) {
	f := func(n int, want bool) {
		t.Helper()
		s := scanner{b: []byte(strings.Repeat(`{"a":[`, n/2) + "1" + strings.Repeat("]}", n/2))}
		if end := s.value(0); (end == len(s.b)) != want {
			t.Errorf("depth %d: %d %s", n, end, s.err)
		}
	}
	f(1000, true)
	f(maxDepth, true)
	f(maxDepth+2, false)
}
