package row

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScan(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		var got []string
		s := Object([]byte(text))
		for {
			n, v, ok := s.Next()
			if !ok {
				break
			}
			got = append(got, string(n)+"="+string(v))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	f(`{}`)
	f(`""`)
	f(``)
	f(`[1,2]`)
	f(`{"a":1}`, `a=1`)
	f(` { "a" : 1 , "b" : "x\"}" , "c" : { "d" : [ "]" , 1 ] } , "e" : null } `, `a=1`, `b="x\"}"`, `c={ "d" : [ "]" , 1 ] }`, `e=null`)
	f(`{"a":"\\","b":"\\\"","c":true}`, `a="\\"`, `b="\\\""`, `c=true`)
	f(`{"a":`)
	f(`{"a":"cut`, `a="cut`)
	f(`{"a":{"b":[1`, `a={"b":[1`)
	f(`{"a`)
	f(`{"a" 1}`)
	if got := string(Element([]byte(`[1, {"x":2} ,[3]]`), 1)); got != `{"x":2}` {
		t.Errorf("element 1: %s", got)
	}
	if got := Element([]byte(`[1]`), 1); got != nil {
		t.Errorf("element that is not there: %s", got)
	}
	if got := string(Member([]byte(`{"a":1,"b":2}`), "b")); got != "2" {
		t.Errorf("member b: %s", got)
	}
}

func TestAppendText(t *testing.T) {
	f := func(value, want string) {
		t.Helper()
		if got := string(AppendText(nil, []byte(value))); got != want {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
	f(`null`, "")
	f(`12.5`, "12.5")
	f(`{"a":"\n"}`, `{"a":"\n"}`)
	f(`"a\"b\\c\/d\b\f\n\r\t"`, "a\"b\\c/d\b\f\n\r\t")
	f(`"é é 😀"`, "é é 😀")
	f(`"\ud83d x \ude00"`, "\ufffd x \ufffd")
	f(`"\u12"`, "\ufffd")
}

// FuzzScan compares with the standard library: what is valid there has the same members here, and nothing
// makes the scanner run past its end.
func FuzzScan(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":["x",{"c":"\u00e9\""}],"d":{}}`, `{"":"\\"}`, `{"a":1`, "{\"a\"\n:\t[ ]}", `"x"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := Object(text)
		type member struct{ name, value string }
		var got []member
		for {
			n, v, ok := s.Next()
			if !ok {
				break
			}
			if len(v) == 0 {
				t.Fatal("a value without a byte")
			}
			if string(v) != "null" && IsText(v) {
				var want string
				if json.Unmarshal(v, &want) == nil && json.Valid(text) && want != string(bytes.ToValidUTF8(AppendText(nil, v), []byte("\ufffd"))) && validText(v) {
					t.Errorf("text %s: %q, want %q", v, AppendText(nil, v), want)
				}
			}
			got = append(got, member{string(n), string(v)})
		}
		if !json.Valid(text) {
			return
		}
		d := json.NewDecoder(bytes.NewReader(text))
		if open, err := d.Token(); err != nil || open != json.Delim('{') {
			if len(got) > 0 {
				t.Fatalf("members of %s: %v", text, got)
			}
			return
		}
		for i := 0; d.More(); i++ {
			name, _ := d.Token()
			var value json.RawMessage
			if err := d.Decode(&value); err != nil {
				t.Fatal(err)
			}
			if i >= len(got) {
				t.Fatalf("%s has more members than %v", text, got)
			}
			var mine string
			_ = json.Unmarshal([]byte(`"`+got[i].name+`"`), &mine)
			if mine != name || got[i].value != string(value) {
				t.Fatalf("member %d of %s: %v, want %v=%s", i, text, got[i], name, value)
			}
		}
	})
}

// validText is false where the standard library replaces bytes that are no UTF-8 one by one.
func validText(v []byte) bool { return bytes.Equal(v, bytes.ToValidUTF8(v, nil)) }

func TestAppendLine(t *testing.T) {
	if got := string(AppendLine([]byte("x\n"), []byte("{\r\n\"a\":\n1}"))); got != "x\n{  \"a\": 1}" {
		t.Errorf("%q", got)
	}
}
