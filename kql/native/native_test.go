package native

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"lazuli.dev/lazuli/kql/types"
)

func native(t testing.TB, name string) (Func, Eval) {
	t.Helper()
	for _, n := range All() {
		if n.Name == name {
			return n, n.New()
		}
	}
	t.Fatalf("no native %s", name)
	return Func{}, nil
}

// printed writes any value as tostring() does.
func printed(dst []byte, v *Value, t types.Type) []byte {
	if v.Null {
		return dst
	}
	switch t {
	case types.Bool:
		return strconv.AppendBool(dst, v.Int != 0)
	case types.Int, types.Long:
		return strconv.AppendInt(dst, v.Int, 10)
	case types.Real:
		return appendReal(dst, v.Float)
	case types.Decimal:
		return appendDecimal(dst, v)
	case types.DateTime:
		return AppendDateTime(dst, v.Int)
	case types.Timespan:
		return AppendTimespan(dst, v.Int)
	case types.Guid:
		return appendGuid(dst, v)
	case types.Dynamic:
		return text(dst, v.Bytes)
	}
	return append(dst, v.Bytes...)
}

// callText calls a native of texts, null for "NULL", and prints its result.
func callText(t testing.TB, name string, args ...string) string {
	t.Helper()
	n, f := native(t, name)
	in := make([]Value, len(args))
	for i, a := range args {
		ty := n.Variadic
		if i < len(n.Args) {
			ty = n.Args[i]
		}
		switch {
		case a == "NULL":
			in[i].Null = true
		case ty == types.String || ty == types.Dynamic:
			in[i].Bytes = []byte(a)
		default:
			in[i].Int, _ = parseLong([]byte(a))
		}
	}
	var out Value
	f(in, &out)
	if out.Null && n.Result != types.String {
		return "NULL"
	}
	if n.Result == types.Dynamic {
		return string(out.Bytes)
	}
	return string(printed(nil, &out, n.Result))
}

func TestSearch(t *testing.T) {
	f := func(op, text, term string, want bool) {
		t.Helper()
		if got := callText(t, op, text, term); got != map[bool]string{true: "true", false: "false"}[want] {
			t.Errorf("%q %s %q: %s", text, op, term, got)
		}
	}
	f("kql_has", "The quick Brown fox", "brown", true)
	f("kql_has", "The quick Brown fox", "bro", false)
	f("kql_has", "The quick Brown fox", "own", false)
	f("kql_has", "brownfox brown", "brown", true)
	f("kql_has", "C:\\Windows\\cmd.exe", "cmd.exe", true)
	f("kql_has", "C:\\Windows\\xcmd.exe", "cmd.exe", false)
	f("kql_has", "a_b", "a", true)
	f("kql_has", "http://x", "://", true)
	f("kql_has", "anything", "", true)
	f("kql_has", "", "a", false)
	f("kql_has", "ÄRGER im Büro", "ärger", true)
	f("kql_has", "Büroarbeit", "büro", false)
	f("kql_has", "xÄ", "x", false)
	f("kql_has_cs", "The Brown fox", "brown", false)
	f("kql_has_cs", "The Brown fox", "Brown", true)
	f("kql_hasprefix", "The Brown fox", "bro", true)
	f("kql_hasprefix", "The Brown fox", "row", false)
	f("kql_hassuffix", "The Brown fox", "OWN", true)
	f("kql_hassuffix", "The Brown fox", "row", false)
	f("kql_contains", "The Brown fox", "OWN F", true)
	f("kql_contains", "Straße", "ASSE", false)
	f("kql_contains", "STRAßE", "straß", true)
	f("kql_startswith", "PowerShell -enc", "powershell", true)
	f("kql_endswith", "a.EXE", ".exe", true)
	f("kql_equal_fold", "Ärger", "ÄRGER", true)
	f("kql_has_any", "run powershell now", `["cmd","powershell"]`, true)
	f("kql_has_any", "run powershells now", `["cmd","powershell"]`, false)
	f("kql_has_any", "one two", `["a","b","c","d","TWO"]`, true)
	f("kql_has_any", "x cmd.exe y", `["a","b","c","d","cmd.exe"]`, true)
	f("kql_has_any", "one two", `["a","b","c","d","tw"]`, false)
	f("kql_has_any", "über", `["a","b","c","d","ÜBER"]`, true)
	f("kql_has_any", "port 22 open", `[22]`, true)
	f("kql_has_any", "x", `[]`, false)
	f("kql_has_any", "x", `not json`, false)
	f("kql_has_all", "run powershell now", `["now","RUN"]`, true)
	f("kql_has_all", "run powershell now", `["now","ran"]`, false)
}

// One instance serves rows with different terms.
func TestSearchTermChanges(t *testing.T) {
	_, f := native(t, "kql_has")
	for _, term := range []string{"fox", "cat", "fox", "dog", "DOG"} {
		var out Value
		f([]Value{{Bytes: []byte("a fox and a dog")}, {Bytes: []byte(term)}}, &out)
		if want := strings.Contains("a fox and a dog", strings.ToLower(term)); (out.Int != 0) != want {
			t.Errorf("%s: %v", term, out.Int)
		}
	}
}

// The search agrees with the plain definition on every small text.
func FuzzHas(f *testing.F) {
	f.Add("a fox", "fox")
	f.Add("aab ab", "ab")
	f.Add("Ümlaut ü", "Ü")
	f.Fuzz(func(t *testing.T, text, term string) {
		if !utf8.ValidString(text) || !utf8.ValidString(term) {
			return
		}
		got := callText(t, "kql_has", text, term)
		s, w := lowered(nil, []byte(text)), lowered(nil, []byte(term))
		want := len(w) == 0
		for i := 0; i+len(w) <= len(s) && !want; i++ {
			if string(s[i:i+len(w)]) == string(w) && (!inTermAt(w, 0) || !inTermBefore(s, i)) && (!inTermBefore(w, len(w)) || !inTermAt(s, i+len(w))) {
				want = true
			}
		}
		if ascii := strings.IndexFunc(term, func(r rune) bool { return r >= utf8.RuneSelf }) < 0; ascii && strings.ContainsAny(text, "\u212a\u0130") {
			return // the Kelvin sign and the dotted I become ASCII in lower case
		}
		if got != map[bool]string{true: "true", false: "false"}[want] {
			t.Errorf("%q has %q: %s, want %v", text, term, got, want)
		}
	})
}

func TestPath(t *testing.T) {
	f := func(json string, want, wantText string, steps ...any) {
		t.Helper()
		p := Path(steps...)
		if got := callText(t, "kql_path", json, p); got != want {
			t.Errorf("%s at %s: %s, want %s", json, p, got, want)
		}
		if got := callText(t, "kql_path_text", json, p); got != wantText {
			t.Errorf("%s at %s: text %q, want %q", json, p, got, wantText)
		}
	}
	f(`{"a":{"b":"x"}}`, `"x"`, `x`, "a", "b")
	f(` { "a" : [ 1 , {"b" : 2 } ] } `, `2`, `2`, "a", 1, "b")
	f(`{"a":[1,2,3]}`, `3`, `3`, "a", -1)
	f(`{"a":[1,2,3]}`, `NULL`, ``, "a", 3)
	f(`{"a":[1,2,3]}`, `NULL`, ``, "a", -4)
	f(`{"a":null}`, `NULL`, ``, "a")
	f(`{"a":{"c": [ 1 ]}}`, `{"c": [ 1 ]}`, `{"c":[1]}`, "a")
	f(`{"a\"b":"q\u00e9\n"}`, `"q\u00e9\n"`, "q\u00e9\n", `a"b`)
	f(`{"a":"x"}`, `NULL`, ``, "A")
	f(`{"a":"}{\"","b":1}`, `1`, `1`, "b")
	f(`{"a":`, `NULL`, ``, "a")
	f(`{"a":"x`, `NULL`, ``, "a")
	f(`not json`, `NULL`, ``, "a")
	f(``, `NULL`, ``, "a")
	f(`[1]`, `NULL`, ``, "a")
	f(`{"x y":true}`, `true`, `true`, "x y")
}

func TestDeepJSON(t *testing.T) {
	deep := strings.Repeat("[", 100000)
	if got := callText(t, "kql_parse_json", deep); got[0] != '"' {
		t.Error("unclosed arrays are taken for JSON")
	}
	nested := strings.Repeat("[", 1000) + strings.Repeat("]", 1000)
	if got := callText(t, "kql_parse_json", nested); got != nested {
		t.Error("a thousand arrays are not taken for JSON")
	}
}

func TestParseTimes(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := callText(t, "kql_datetime", text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	f("2014-05-25T08:20:03.123456Z", "2014-05-25T08:20:03.1234560Z")
	f("2014-05-25T08:20", "2014-05-25T08:20:00.0000000Z")
	f("2014-11-08 15:55:55.123456789", "2014-11-08T15:55:55.1234567Z")
	f("2014-11-08 15:05:25 GMT", "2014-11-08T15:05:25.0000000Z")
	f("2014-11-08", "2014-11-08T00:00:00.0000000Z")
	f("2014-11", "2014-11-01T00:00:00.0000000Z")
	f("2014/11/08 1:02", "2014-11-08T01:02:00.0000000Z")
	f("2020-01-01T00:00:00+02:00", "2019-12-31T22:00:00.0000000Z")
	f("2020-01-01T00:00:00.5-0330", "2020-01-01T03:30:00.5000000Z")
	f("Sat, 8 Nov 14 15:05:02 GMT", "2014-11-08T15:05:02.0000000Z")
	f("8 Nov 14 15:05", "2014-11-08T15:05:00.0000000Z")
	f("Saturday, 08-Nov-14 15:05:02 GMT", "2014-11-08T15:05:02.0000000Z")
	f("Nov 8, 2014 3:05 PM", "2014-11-08T15:05:00.0000000Z")
	f("12/31/2019 11:59:59 PM", "2019-12-31T23:59:59.0000000Z")
	f("1/2/2020 12:00:00 AM", "2020-01-02T00:00:00.0000000Z")
	f("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z")
	f("0001-01-01", "0001-01-01T00:00:00.0000000Z")
	for _, bad := range []string{"", "x", "2020-13-01", "2020-02-30", "31/12/2019", "2020-01-01T25:00", "2020-01-01T10", "0000-01-01", "10000-01-01", "20200101", "2020-01-01Tx", "1", "2020-01-01T00:00:00ZZ", "0001-01-01T00:00+05:00", "--", "Mon"} {
		f(bad, "NULL")
	}
}

func TestCivilRoundTrip(t *testing.T) {
	for days := int64(0); days < 3652059; days += 13 {
		y, m, d := civil(days)
		if got := daysOf(y, m, d); got != days || d > monthLength(y, m) {
			t.Fatalf("day %d is %d-%d-%d, which is day %d", days, y, m, d, got)
		}
	}
	if y, m, d := civil(3652058); y != 9999 || m != 12 || d != 31 {
		t.Errorf("the last day is %d-%d-%d", y, m, d)
	}
}

func TestRealText(t *testing.T) {
	f := func(v float64, want string) {
		t.Helper()
		if got := string(appendReal(nil, v)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	f(1, "1.0")
	f(-0.5, "-0.5")
	f(123.45, "123.45")
	f(1e15, "1E+15")
	f(123456789012345, "123456789012345.0")
	f(0.00001, "1E-05")
	f(0.0001, "0.0001")
	f(math.NaN(), "NaN")
	f(math.Inf(-1), "-Infinity")
}

func TestRound(t *testing.T) {
	f := func(x float64, places int64, want float64) {
		t.Helper()
		if got := roundAt(x, places); got != want {
			t.Errorf("round(%v, %d): %v, want %v", x, places, got, want)
		}
	}
	f(2.15, 1, 2.2)
	f(-50.55, -2, -100)
	f(21.5, -1, 20)
	f(0.5, 0, 1)
	f(0.49999999999999994, 0, 0)
	f(1e300, 5, 1e300)
	f(1.5e-320, 2, 0)
	f(123, -400, 0)
}

// passesOn are natives that put their arguments into the result as they are.
var passesOn = map[string]bool{
	"kql_pack_array": true, "kql_bag_pack": true, "kql_bag_pack_filled": true, "kql_repeat": true, "kql_zip": true,
	"kql_array_shift": true, "kql_array_iff": true, "kql_series_spread": true, "kql_bag_set_key": true, "kql_extract_json": true,
}

// Every native answers anything, and strings are valid UTF-8 and JSON is JSON.
func FuzzNatives(f *testing.F) {
	f.Add(`{"a":[1,"x",null,{"b":2.5}]}`, `["a","$.a[0]"]`, int64(-3), 1.5)
	f.Add(`<a b="c">d<e/></a>`, `$.a.b[1]['c']`, int64(1<<62), math.Inf(1))
	f.Add(`2020-01-01T00:00:00Z`, `(\w)+`, int64(unixEpoch), 0.1)
	f.Add("192.168.1.1/24", "::ffff:1.2.3.4/96", int64(24), -1e300)
	f.Add("\"\\ud800\\u", "[[1,2],[3,", int64(math.MinInt64), math.NaN())
	f.Fuzz(func(t *testing.T, a, b string, i int64, r float64) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			return
		}
		texts := []string{a, b, ""}
		for _, n := range All() {
			call := n.New()
			args := make([]Value, len(n.Args))
			if n.Variadic != types.None {
				args = make([]Value, len(n.Args)+3)
			}
			for round := range 2 {
				for k := range args {
					ty := n.Variadic
					if k < len(n.Args) {
						ty = n.Args[k]
					}
					args[k] = Value{Int: i, Float: r, Hi: uint64(i), Lo: uint64(i) * 7}
					switch ty {
					case types.Bool:
						args[k].Int = i & 1
					case types.Int:
						args[k].Int = int64(int32(i))
					case types.String:
						args[k].Bytes = []byte(texts[(k+round)%3])
					case types.Dynamic:
						args[k].Bytes = []byte(texts[(k+round)%2])
						args[k].Null = len(args[k].Bytes) == 0
					}
				}
				if n.Name == "kql_unixtime" || n.Name == "kql_unixtime_real" {
					args[2].Int = 1 // a constant of the emitted SQL
				}
				if strings.HasPrefix(n.Name, "kql_range_") || n.Name == "kql_repeat" || n.Name == "kql_strrep" {
					args[len(args)-1].Int %= 1 << 40
					if i < 1<<40 {
						continue // a million elements a call make the fuzzer slow
					}
				}
				var out Value
				call(args, &out)
				if !out.Null && !utf8.Valid(out.Bytes) {
					t.Errorf("%s(%q, %q, %d): %q is not UTF-8", n.Name, a, b, i, out.Bytes)
				}
				if _, ok := compact(nil, args[0].Bytes); ok && n.Result == types.Dynamic && !out.Null && !passesOn[n.Name] {
					if _, ok := compact(nil, out.Bytes); !ok {
						t.Errorf("%s(%q, %q, %d): %q is not JSON", n.Name, a, b, i, out.Bytes)
					}
				}
			}
		}
	})
}

// Searching a dynamic is searching what tostring() says of it.
func TestSearchOfDynamics(t *testing.T) {
	f := func(value, term string) {
		t.Helper()
		written := callText(t, "kql_text", value)
		if value == "NULL" {
			written = ""
		}
		for _, op := range []string{"has", "has_cs", "hasprefix", "hasprefix_cs", "hassuffix", "hassuffix_cs", "contains"} {
			want := callText(t, "kql_"+op, written, term)
			if got := callText(t, "kql_"+op+"_json", value, term); got != want {
				t.Errorf("%s %s %q is %s, of its text %q it is %s", value, op, term, got, written, want)
			}
		}
	}
	values := []string{`NULL`, ``, `null`, `"null"`, ` null `, `"ab\ncd"`, `"ab\u0063d"`, "\"ab\tcd\"", `{"ab" : "cd"}`, `{"a":[1, 2.50, "x y"]}`, `[1 , 2]`,
		`no json`, `{"broken": ab`, `"Äb"`, `"\u00c4b"`, `{"longer key than eight": "OSPREY77", "k": "\\osprey"}`, `true`, `12345678`, `"ab`, `"a\"b"`}
	terms := []string{``, `null`, `ab`, `abcd`, `cd`, `ncd`, `tcd`, `n`, `AB`, `1`, `2.50`, `1,2`, `x y`, `äb`, `osprey77`, `osprey`, `"ab":"cd"`, `: "cd"`, `u0063`, `\osprey`, `345`, `true`, `TRUE`, `a"b`, `json`}
	for _, v := range values {
		for _, term := range terms {
			f(v, term)
		}
	}
}

// What would fill the memory is given up as soon as it is longer than the engine takes.
func TestOverlongTexts(t *testing.T) {
	f := func(name string, args ...Value) {
		t.Helper()
		_, call := native(t, name)
		var out Value
		call(args, &out)
		if n := len(out.Bytes); n <= 256<<20 || n > 300<<20 {
			t.Errorf("%s made %d bytes", name, n)
		}
	}
	long, some := Value{Bytes: []byte(strings.Repeat("x", 4<<20))}, Value{Bytes: []byte(strings.Repeat("a", 4096))}
	f("kql_replace_string", some, Value{Bytes: []byte("a")}, long)
	f("kql_strrep", long, Value{Int: 1024}, Value{})
	f("kql_strcat_array", Value{Bytes: []byte("[" + strings.Repeat("1,", 4096) + "1]")}, long)
}

func TestNativesAreUnique(t *testing.T) {
	all := All()
	for i := 1; i < len(all); i++ {
		if all[i].Name == all[i-1].Name {
			t.Errorf("%s twice", all[i].Name)
		}
	}
	for _, n := range all {
		if !strings.HasPrefix(n.Name, "kql_") || n.Name != strings.ToLower(n.Name) {
			t.Errorf("%s: want kql_ and lower case", n.Name)
		}
	}
}

func TestCheckRegex(t *testing.T) {
	f := func(text string, groups int, ok bool) {
		t.Helper()
		got, err := CheckRegex(text)
		if (err == nil) != ok || got != groups {
			t.Errorf("%s: %d groups, %v", text, got, err)
		}
	}
	f(`a(b)(?P<c>d)`, 2, true)
	f(`(`, 0, false)
	f(`(?<c>d)`, 0, false)
	f(`[(?<]`, 0, true)
	f(`\(?<a`, 0, true)
	f(`[]x](?<c>d)`, 0, false)
	f(`(?=x)`, 0, false)
	f(`(?<=x)y`, 0, false)
	f(`[(?=]\(?=`, 0, true)
}
