package leef

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/mapping"
)

// TestExamples runs the examples of all mappings.
func TestExamples(t *testing.T) {
	all := mapping.All()
	for i := range all {
		for _, x := range all[i].Examples {
			e := lazuli.Event{Table: x.Table, Row: []byte(x.Row), Time: lazuli.TicksAtUnixEpoch}
			got := string(New().Append(nil, &e, All))
			for _, d := range Delimiters {
				got = strings.Replace(got, string(d)+"devTime=1970-01-01T00:00:00.000+0000"+string(d)+"devTimeFormat="+mapping.StampFormat, "", 1)
			}
			if diff := cmp.Diff(x.LEEF, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", x.Table, diff)
			}
		}
	}
}

func TestDelimiter(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		row, err := json.Marshal(map[string]string{"A": text})
		if err != nil {
			t.Fatal(err)
		}
		e := lazuli.Event{ID: "i", Table: "T", Row: row, Time: lazuli.TicksAtUnixEpoch}
		if got := string(New().Append(nil, &e, All)); got != "LEEF:2.0|Microsoft|Azure|1|T|"+want {
			t.Errorf("%q:\ngot  %q\nwant %q", text, got, want)
		}
	}
	f("a", "x09|sev=3\tdevTime=1970-01-01T00:00:00.000+0000\tdevTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ\texternalId=i\tcat=T\tA=a")
	f("a\tb", "^|sev=3^devTime=1970-01-01T00:00:00.000+0000^devTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ^externalId=i^cat=T^A=a\tb")
	f("\t^", "~|sev=3~devTime=1970-01-01T00:00:00.000+0000~devTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ~externalId=i~cat=T~A=\t^")
	f("\t^~", "x1F|sev=3\x1fdevTime=1970-01-01T00:00:00.000+0000\x1fdevTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ\x1fexternalId=i\x1fcat=T\x1fA=\t^~")
	f("\t^~\x1f\x1e", "x09|sev=3\tdevTime=1970-01-01T00:00:00.000+0000\tdevTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ\texternalId=i\tcat=T\tA= ^~\x1f\x1e")
	f("a\r\nb", "x09|sev=3\tdevTime=1970-01-01T00:00:00.000+0000\tdevTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ\texternalId=i\tcat=T\tA=a\\r\\nb")
}

// parse reads LEEF 2.0 as its description has it, and knows nothing of how it is written here.
func parse(line string) (header []string, values map[string]string, err error) {
	parts := strings.SplitN(line, "|", 7)
	if len(parts) != 7 || parts[0] != "LEEF:2.0" {
		return nil, nil, fmt.Errorf("no header in %q", line)
	}
	delimiter := parts[5]
	if hex, found := strings.CutPrefix(strings.TrimPrefix(delimiter, "0"), "x"); found && len(delimiter) > 1 {
		n, err := strconv.ParseUint(hex, 16, 16)
		if err != nil {
			return nil, nil, fmt.Errorf("delimiter %q: %w", delimiter, err)
		}
		delimiter = string(rune(n))
	}
	if delimiter == "" {
		delimiter = "\t"
	}
	values = map[string]string{}
	for _, pair := range strings.Split(parts[6], delimiter) {
		key, value, found := strings.Cut(pair, "=")
		if !found || key == "" {
			return nil, nil, fmt.Errorf("no key in %q", pair)
		}
		if _, twice := values[key]; twice {
			return nil, nil, fmt.Errorf("key %s twice", key)
		}
		values[key] = value
	}
	return parts[1:5], values, nil
}

// FuzzParse writes texts and reads them back with the parser above.
func FuzzParse(f *testing.F) {
	f.Add("SigninLogs", "a=b|c\\d\ne\rf", "x\ty")
	f.Add("T|", "^", "\t~")
	f.Add("", "\t^~\x1f\x1e", "x")
	f.Fuzz(func(t *testing.T, table, a, b string) {
		for _, s := range []*string{&table, &a, &b} {
			*s = strings.ReplaceAll(strings.ToValidUTF8(*s, "\ufffd"), "\x00", "\ufffd")
		}
		row, err := json.Marshal(map[string]any{"OperationName": a, "Message": b, "Own": a + b, "N": 7})
		if err != nil {
			t.Fatal(err)
		}
		e := lazuli.Event{ID: "ws-1", Table: table, Time: lazuli.TicksAtUnixEpoch, Row: row}
		line := string(New().Append(nil, &e, All))
		if strings.ContainsAny(line, "\n\r\x00") {
			t.Fatalf("not a line: %q", line)
		}
		header, got, err := parse(line)
		if err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		if header[0] != "Microsoft" && table != "CommonSecurityLog" {
			t.Errorf("vendor %q", header[0])
		}
		if mapping.For(table) != mapping.For("Anything_CL") {
			return // other mappings have other keys; that they parse is enough
		}
		written := strings.NewReplacer("\n", `\n`, "\r", `\r`).Replace
		all := true
		for _, d := range Delimiters {
			all = all && strings.ContainsRune(a+b+table, rune(d))
		}
		for key, value := range map[string]string{"OperationName": a, "msg": b, "Own": a + b, "N": "7", "cat": table} {
			want := written(value)
			if all {
				want = strings.ReplaceAll(want, "\t", " ")
			}
			if got[key] != want {
				t.Errorf("%s: %q, want %q in %q", key, got[key], want, line)
			}
		}
	})
}
