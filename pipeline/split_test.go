package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func splitAll(t *testing.T, s Splitter, r io.Reader) (bodies []string, offsets []int64) {
	t.Helper()
	err := s.Split(r, func(offset int64, body []byte) error {
		bodies, offsets = append(bodies, string(body)), append(offsets, offset)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return bodies, offsets
}

func TestSplit(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		for name, r := range map[string]io.Reader{"at once": strings.NewReader(text), "byte by byte": iotest.OneByteReader(strings.NewReader(text))} {
			got, offsets := splitAll(t, Splitter{Target: 20, Max: 100}, r)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q %s (-want +got):\n%s", text, name, diff)
			}
			for i, o := range offsets {
				if i > 0 && o <= offsets[i-1] || o < 0 || o >= int64(len(text)) {
					t.Errorf("%q: offsets %v", text, offsets)
				}
			}
		}
	}
	f("")
	f(" \n\r\n")
	f(`{"a":1}`, `{"a":1}`)
	f("{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n", "{\"a\":1}\n{\"a\":2}\n", "{\"a\":3}\n")
	f("{\"a\":1}\n\n{\"a\":2}", "{\"a\":1}\n\n{\"a\":2}")
	// A record longer than a body goes alone.
	f("{\"a\":1}\n{\"a\":\"0123456789012345678901234\"}\n{\"a\":2}\n", "{\"a\":1}\n", "{\"a\":\"0123456789012345678901234\"}\n", "{\"a\":2}\n")
	f("{\"a\":\"0123456789012345678901234\"}\n{\"a\":2}", "{\"a\":\"0123456789012345678901234\"}\n", "{\"a\":2}")
	// A broken line takes no neighbour with it.
	f("{\"a\":1}\n{\"a\":\n{\"a\":3}\n{\"a\":4}\n", "{\"a\":1}\n{\"a\":\n", "{\"a\":3}\n{\"a\":4}\n")
	f("not json\nat all\nreally not json\n", "not json\nat all\n", "really not json\n")
	// Arrays and envelopes.
	f(`[{"a":1},{"a":2},{"a":3}]`, `[{"a":1},{"a":2}]`, `[{"a":3}]`)
	f(`[ 1, "x]\"", [2,{"b":"}"}], null ]`, `[1,"x]\""]`, `[[2,{"b":"}"}],null]`)
	f(`[]`)
	f(`[{"a":1},{"a":`, `[{"a":1}]`, `{"a":`)
	f(`{"records":[{"a":1}]}`, `{"records":[{"a":1}]}`)
	f(`{"records":[{"a":1},{"a":2},{"a":3}]}`, `{"records":[{"a":1}]}`, `{"records":[{"a":2}]}`, `{"records":[{"a":3}]}`)
	f(`{ "v":"[", "records" : [ {"a":1} , {"a":2} ], "n": 1}`, `{ "v":"[", "records" : [ {"a":1} , {"a":2} ], "n": 1}`)
	f("{\"records\":[{\"a\":1},{\"a\":2}]}\n{\"records\":[{\"a\":3}]}\n", `{"records":[{"a":1}]}`, `{"records":[{"a":2}]}`, `{"records":[{"a":3}]}`)
	// Values that span lines.
	f("{\n\"a\":1}\n{\n\"a\":2}\n{\n\"a\":3}\n", "{\n\"a\":1}\n{\n\"a\":2}", "{\n\"a\":3}")
	f("\xEF\xBB\xBF{\"a\":1}\n", "{\"a\":1}\n")
}

func TestSplitLimits(t *testing.T) {
	f := func(text string) {
		t.Helper()
		err := Splitter{Target: 20, Max: 100}.Split(strings.NewReader(text), func(int64, []byte) error { return nil })
		if !errors.Is(err, ErrRecordTooLong) {
			t.Errorf("%.40q…: %v, want %v", text, err, ErrRecordTooLong)
		}
	}
	long := strings.Repeat("x", 300_000)
	f(`[{"a":"` + long + `"}]`)
	f("{\"a\":1}\n" + long + "\n")
	f("{\n\"a\":1}\n{\"a\":\"" + long + `"}`)
	stop := errors.New("stop")
	if err := (Splitter{Target: 20, Max: 100}).Split(strings.NewReader("{}\n"), func(int64, []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the error of put is lost: %v", err)
	}
}

// TestSplitLosesNothing: whatever form records stand in and whatever the size of bodies, the values that
// come out are those that went in, in their order.
func TestSplitLosesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		var records [][]byte
		for i := range rng.IntN(40) {
			rec, err := json.Marshal(map[string]any{"n": i, "text": strings.Repeat(`\"}]{[,`, rng.IntN(8)), "deep": []any{map[string]any{"records": []int{1}}}})
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, rec)
		}
		joined := bytes.Join(records, []byte(","))
		var pretty bytes.Buffer
		for _, r := range records {
			if err := json.Indent(&pretty, r, "", " "); err != nil {
				t.Fatal(err)
			}
			pretty.WriteString("\r\n")
		}
		forms := map[string]string{
			"lines":    string(bytes.Join(records, []byte("\n"))),
			"array":    "[" + string(joined) + "]",
			"envelope": `{"records":[` + string(joined) + "]}\n",
			"pretty":   pretty.String(),
		}
		s := Splitter{Target: 60 + rng.IntN(500), Max: 10_000}
		for name, text := range forms {
			bodies, _ := splitAll(t, s, strings.NewReader(text))
			var got [][]byte
			for _, b := range bodies {
				got = append(got, unpack(t, b)...)
			}
			if diff := cmp.Diff(texts(records), texts(got)); diff != "" {
				t.Fatalf("round %d, %s, target %d (-want +got):\n%s", round, name, s.Target, diff)
			}
		}
	}
}

func texts(records [][]byte) []string {
	var all []string
	for _, r := range records {
		all = append(all, string(r))
	}
	return all
}

// unpack reads the records of one body.
func unpack(t *testing.T, body string) [][]byte {
	t.Helper()
	var records [][]byte
	d := json.NewDecoder(strings.NewReader(body))
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			t.Fatalf("body %q: %v", body, err)
		}
		var list []json.RawMessage
		var env struct{ Records []json.RawMessage }
		if json.Unmarshal(raw, &list) != nil {
			list = []json.RawMessage{raw}
			if json.Unmarshal(raw, &env) == nil && env.Records != nil {
				list = env.Records
			}
		}
		for _, r := range list {
			var c bytes.Buffer
			if err := json.Compact(&c, r); err != nil {
				t.Fatal(err)
			}
			records = append(records, c.Bytes())
		}
	}
	return records
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"{}\n{}", `[{},{}]`, `{"records":[{},{}]}`, "x\ny", "{\n}\n{", `["a`, `{"records":[{"a":"\`} {
		f.Add([]byte(s), 10)
	}
	f.Fuzz(func(t *testing.T, text []byte, target int) {
		target = 5 + max(0, target%100)
		last := int64(-1)
		err := Splitter{Target: target, Max: 1000}.Split(bytes.NewReader(text), func(offset int64, body []byte) error {
			if offset <= last || offset >= int64(len(text)) {
				return fmt.Errorf("offset %d after %d of %d", offset, last, len(text))
			}
			last = offset
			if len(body) > 1000+2*target+20 {
				return fmt.Errorf("body of %d bytes", len(body))
			}
			return nil
		})
		if err != nil && !errors.Is(err, ErrRecordTooLong) {
			t.Fatal(err)
		}
	})
}
