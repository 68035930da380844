package cef

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

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
			got := strings.ReplaceAll(string(New().Append(nil, &e, All)), "|rt=0 ", "|")
			if diff := cmp.Diff(x.CEF, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", x.Table, diff)
			}
		}
	}
}

func TestAppend(t *testing.T) {
	f := func(e lazuli.Event, most int, want string) {
		t.Helper()
		if got := string(New().Append([]byte("before "), &e, most)); got != "before "+want {
			t.Errorf("got  %s\nwant before %s", got, want)
		}
	}
	e := lazuli.Event{ID: "ws-1", Table: "T|\\", Time: lazuli.TicksAtUnixEpoch + 12_345_678, Row: []byte(`{"TimeGenerated":"1970-01-01T00:00:01.2345678Z","msg":"x","Type":"T"}`)}
	// The time of the row is more exact than rt: it stays. A column called like a key gets a prefix.
	f(e, All, `CEF:0|Microsoft|Azure|1|T\|\\|T\|\\|3|rt=1234 externalId=ws-1 lazuliId=ws-1 cat=T|\\ TimeGenerated=1970-01-01T00:00:01.2345678Z ad.msg=x`)
	f(e, 3, `CEF:0|Microsoft|Azure|1|T\|\\|T\|\\|3|rt=1234 externalId=ws-1 lazuliId=ws-1 cat=T|\\ ad.msg=x lazuliOmitted=TimeGenerated`)
	e.Time, e.Row = lazuli.TicksAtUnixEpoch-1, []byte(`no JSON`)
	f(e, All, `CEF:0|Microsoft|Azure|1|T\|\\|T\|\\|3|rt=-1 externalId=ws-1 lazuliId=ws-1 cat=T|\\`)
}

// event is what parse makes of a line.
type event struct {
	header [7]string
	keys   []string
	values map[string]string
}

// parse reads CEF as its description has it, and knows nothing of how it is written here: seven header fields,
// ended by | without \ before it; then pairs, a key being what stands between a blank and an = without \ before
// it, a value what reaches to the blank before the next key.
func parse(line string) (event, error) {
	e := event{values: map[string]string{}}
	rest, found := strings.CutPrefix(line, "CEF:")
	if !found {
		return e, fmt.Errorf("no CEF: in %q", line)
	}
	for i := range e.header {
		var b strings.Builder
		at := 0
		for ; ; at++ {
			if at == len(rest) {
				return e, fmt.Errorf("header ends in field %d", i)
			}
			if rest[at] == '|' {
				break
			}
			if rest[at] == '\\' {
				at++
				if at == len(rest) || rest[at] != '\\' && rest[at] != '|' {
					return e, fmt.Errorf("escape in header field %d", i)
				}
			}
			b.WriteByte(rest[at])
		}
		e.header[i], rest = b.String(), rest[at+1:]
	}
	// The places of the = that end keys.
	var ends []int
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '=':
			ends = append(ends, i)
		}
	}
	for n, end := range ends {
		begin := strings.LastIndexByte(rest[:end], ' ') + 1
		key, to := rest[begin:end], len(rest)
		if n+1 < len(ends) {
			to = strings.LastIndexByte(rest[:ends[n+1]], ' ')
			if to < end {
				return e, fmt.Errorf("no blank before the key at %d", ends[n+1])
			}
		}
		var b strings.Builder
		raw := rest[end+1 : to]
		for i := 0; i < len(raw); i++ {
			if raw[i] != '\\' {
				b.WriteByte(raw[i])
				continue
			}
			if i++; i == len(raw) {
				return e, fmt.Errorf("escape at the end of %s", key)
			}
			switch raw[i] {
			case 'n':
				b.WriteByte('\n')
			case 'r':
				b.WriteByte('\r')
			case '\\', '=':
				b.WriteByte(raw[i])
			default:
				return e, fmt.Errorf("unknown escape \\%c in %s", raw[i], key)
			}
		}
		if _, twice := e.values[key]; twice || key == "" {
			return e, fmt.Errorf("key %q is there twice or empty", key)
		}
		e.keys = append(e.keys, key)
		e.values[key] = b.String()
	}
	return e, nil
}

// FuzzParse writes texts and reads them back with the parser above.
func FuzzParse(f *testing.F) {
	f.Add("SigninLogs", "a=b|c\\d\ne\rf", "x y=z", "198.51.100.7")
	f.Add("T|", "\\", "\\n", "::1")
	f.Add("", " leading", "trailing ", "key=")
	f.Add("T", strings.Repeat("é\ufffd", 300), strings.Repeat("x", 2000), "")
	f.Add("AuditLogs", "\x00\t\u2028", "=", "1.2.3")
	f.Fuzz(func(t *testing.T, table, a, b, address string) {
		for _, s := range []*string{&table, &a, &b, &address} {
			*s = strings.ReplaceAll(strings.ToValidUTF8(*s, "\ufffd"), "\x00", "\ufffd")
		}
		row, err := json.Marshal(map[string]any{"OperationName": a, "Message": b, "Own": a + b, "ClientIP": address, "N": 7})
		if err != nil {
			t.Fatal(err)
		}
		e := lazuli.Event{ID: "ws-1", Table: table, Time: lazuli.TicksAtUnixEpoch, Row: row}
		line := string(New().Append(nil, &e, All))
		if strings.ContainsAny(line, "\n\r\x00") || !utf8.ValidString(line) {
			t.Fatalf("not a line: %q", line)
		}
		got, err := parse(line)
		if err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if mapping.For(table) != mapping.For("Anything_CL") {
			return // other mappings have other keys; that they parse is enough
		}
		want := map[string]string{"act": a, "msg": b, "Own": a + b, "N": "7", "rt": "0", "externalId": "ws-1", "cat": table}
		for key, column := range map[string]string{"act": "OperationName", "msg": "Message"} {
			if k, _ := mapping.KeyOf(key); utf8.RuneCountInString(want[key]) > k.Max { // it is cut, and whole under its own name
				want[column] = want[key]
				want[key] = string([]rune(want[key])[:k.Max])
			}
		}
		for key, value := range want {
			if got.values[key] != value {
				t.Errorf("%s: %q, want %q in %s", key, got.values[key], value, line)
			}
		}
		// An address with something behind it is there twice: as the address, and whole.
		for _, key := range []string{"src", "c6a2", "ClientIP"} {
			if v := got.values[key]; !strings.Contains(address, v) {
				t.Errorf("address %q came as %q in %s", address, v, key)
			}
		}
		if address != "" && got.values["spt"] == "" && got.values["src"] != address && got.values["c6a2"] != address && got.values["ClientIP"] != address {
			t.Errorf("address %q is nowhere whole in %s", address, line)
		}
		name := strings.Map(func(r rune) rune {
			if r < 0x20 {
				return ' '
			}
			return r
		}, a)
		if len(name) > maxTitle {
			if !strings.HasPrefix(name, got.header[5]) || len(got.header[5]) < maxTitle-utf8.UTFMax {
				t.Errorf("name %q is no beginning of %q", got.header[5], name)
			}
		} else if a != "" && got.header[5] != name {
			t.Errorf("name %q, want %q", got.header[5], name)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	for _, table := range []string{"SigninLogs", "AZKVAuditLogs", "AzureNetworkAnalytics_CL", "Anything_CL"} {
		b.Run(table, func(b *testing.B) {
			x := mapping.For(table).Examples[0]
			e := lazuli.Event{ID: "6d0f2c1e-2b11-4a5f-9a2e-000000000001-0000000001000000", Table: x.Table, Row: []byte(x.Row), Time: lazuli.TicksAtUnixEpoch}
			f := New()
			var dst []byte
			b.SetBytes(int64(len(e.Row)))
			b.ReportAllocs()
			for b.Loop() {
				dst = f.Append(dst[:0], &e, All)
			}
		})
	}
}
