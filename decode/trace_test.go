package decode

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// tracedPieces traces a message to its end.
func tracedPieces(t testing.TB, d *Decoder, body string) (all []Piece) {
	t.Helper()
	err := d.Trace(Message{Workspace: "w", Origin: "test/0", Position: 7, Seq: 3 << 24, Received: received, Body: []byte(body)}, func(p Piece) bool {
		all = append(all, p)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// packaging is what may stand between records: brackets, the keys of envelopes, the links of pages, what wraps events.
var packaging = regexp.MustCompile(`^\x{feff}?([\s\[\]{},:\x00]|"(?i:records|value)"|"(?i:nextLink|@odata\.[^"]*)"\s*:\s*("[^"]*"|[0-9]+|null)|<\?xml [^>]*>|</?Events[^>]*>)*$`)

// wholly are the columns in which the same record may differ when it comes alone: where it stood, and whether it came
// before.
var wholly = []string{"_Seq", "_Ordinal", "_DecodeNotes", "TenantId"}

// checkTrace holds a message's pieces against its rows: each row has its own piece, the piece alone becomes the very
// same rows, and between the pieces there is nothing but packaging.
func checkTrace(t testing.TB, d *Decoder, body string) []Piece {
	t.Helper()
	rows, _ := decodeWith(t, d, body)
	list := tracedPieces(t, d, body)
	if len(list) != len(rows) {
		t.Fatalf("%d pieces of %d rows: %.300q", len(list), len(rows), body)
	}
	var between strings.Builder
	last := Piece{}
	for i := 0; i < len(list); {
		p := list[i]
		if p.Start < last.End || p.End < p.Start || p.End > len(body) {
			t.Fatalf("row %d: piece %+v after %+v of %d bytes: %.300q", i, p, last, len(body), body)
		}
		between.WriteString(body[last.End:p.Start])
		raw := body[p.Start:p.End]
		n := 1
		for i+n < len(list) && list[i+n].Start == p.Start && list[i+n].End == p.End {
			n++
		}
		for j := range n {
			if q := list[i+j]; q.Ordinal != i+j || q.Table != rows[i+j].table {
				t.Fatalf("row %d of %s has the piece %+v", i+j, rows[i+j].table, q)
			}
		}
		checkPiece(t, d, raw, rows[i:i+n])
		last, i = p, i+n
	}
	between.WriteString(body[last.End:])
	if !packaging.MatchString(between.String()) {
		t.Errorf("bytes in no piece: %q of %.300q", between.String(), body)
	}
	return list
}

// checkPiece holds a piece against the rows that were made of it.
func checkPiece(t testing.TB, d *Decoder, raw string, rows []row) {
	t.Helper()
	if rows[0].table == "LazuliQuarantine" {
		var all strings.Builder
		for _, r := range rows {
			plain, err := base64.StdEncoding.DecodeString(r.values["RawBase64"])
			if err != nil {
				t.Fatal(err)
			}
			all.WriteString(r.values["Raw"] + string(plain))
		}
		if all.String() != raw {
			t.Errorf("quarantined %.200q of the piece %.200q", all.String(), raw)
		}
		return
	}
	alone, _ := decodeWith(t, d, raw)
	values := func(rows []row) (list []map[string]string) {
		for _, r := range rows {
			v := map[string]string{"table": r.table}
			for name, text := range r.values {
				if !slices.Contains(wholly, name) {
					v[name] = text
				}
			}
			list = append(list, v)
		}
		return list
	}
	if diff := cmp.Diff(values(rows), values(alone)); diff != "" {
		t.Errorf("the piece %.200q alone becomes other rows (-in the message +alone):\n%s", raw, diff)
	}
}

// Every fixture and every way of wrapping and spoiling records.
func TestTrace(t *testing.T) {
	d := New(Options{})
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		checkTrace(t, d, string(a.Files[0].Data))
	}
	for _, s := range seeds {
		checkTrace(t, d, s)
	}
	a, b := record("a"), record("b")
	f := func(body string, want ...string) {
		t.Helper()
		var got []string
		for _, p := range checkTrace(t, d, body) {
			got = append(got, body[p.Start:p.End])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", body, diff)
		}
	}
	f(a, a)
	f("\xef\xbb\xbf \r\n"+a+"  \n\n"+b+" ", a, b)
	f(`{ "records" : [ `+a+" ,\n\t"+b+` ] }`, a, b)
	f(`[`+a+`,`+b+`]`, a, b)
	f(a+b, a, b)
	f(`{"value":[`+a+`],"nextLink":"https://x/?a=1"}`, a)
	f(`{"records":[`+a+`,`+b+`],"other":{"x":1}}`, a, b, `"other":{"x":1}`)
	f(`{"records":[`+a+`,{"bad":x},`+b+`]}`, a, `{"bad":x}`, b)
	f(`{"records":[`+a+`,`, a, "")
	f(a+"\nrubbish\n"+b, a, "rubbish\n", b)
	f(`[7,`+a+`]`, "7", a)
	long := strings.Repeat("z", 3*maxRaw)
	f(a+"\n"+long, a, long, long, long)
	f("<13>Mar  4 05:06:07 h p: one\r\n22 <1>Mar  4 05:06:07 h q<13>Mar  4 05:06:08 h p: two", "<13>Mar  4 05:06:07 h p: one\r",
		"22 <1>Mar  4 05:06:07 h q", "<13>Mar  4 05:06:08 h p: two")
}

// A trace stops where it is told to, and remembers nothing of the rows before.
func TestTraceStops(t *testing.T) {
	d := New(Options{})
	const n = 3*maxTraced + 7
	var body strings.Builder
	for i := range n {
		fmt.Fprintf(&body, "%s\n", record(fmt.Sprint("user", i)))
	}
	text := body.String()
	for _, wanted := range []int{0, 1, maxTraced, maxTraced + 1, 2*maxTraced + 3, n - 1} {
		calls, got := 0, Piece{}
		err := d.Trace(Message{Seq: 1 << 24, Body: []byte(text)}, func(p Piece) bool {
			calls++
			got = p
			return p.Ordinal != wanted
		})
		if err != nil || calls != wanted+1 || text[got.Start:got.End] != record(fmt.Sprint("user", wanted)) {
			t.Errorf("row %d: %v, %d calls, %+v %.80s", wanted, err, calls, got, text[got.Start:got.End])
		}
	}
	if rows, _ := decodeWith(t, d, record("after")); len(rows) != 1 || rows[0].values["UserId"] != "after" {
		t.Errorf("the next message has the rows %v", rows)
	}
}

// Every sample, and batches of them put together in every way that senders do.
func TestTraceSamples(t *testing.T) {
	d := New(Options{})
	dir := shared(t)
	for _, pattern := range append([]string{"windows-event/eid-*.xml", "windows-event/*.txt", "constructed/windows-event/*", "syslog/*.log", "cef/*",
		"constructed/cef/*"}, sampleFiles...) {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no samples for %s", pattern)
		}
		for _, file := range files {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(file, "snare") {
				checkTrace(t, d, string(body))
			}
		}
	}
	var records, lines []string
	byFile := sampleRecords(t)
	files := make([]string, 0, len(byFile))
	for file := range byFile {
		files = append(files, file)
	}
	slices.Sort(files)
	for _, file := range files {
		for _, r := range byFile[file] {
			records = append(records, string(r))
		}
	}
	for _, line := range sampleTexts(t) {
		if line = strings.TrimSpace(line); !strings.Contains(line, "\n") {
			lines = append(lines, line)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(from []string) (list []string) {
		for range 1 + random.IntN(40) {
			list = append(list, from[random.IntN(len(from))])
		}
		return list
	}
	space := func() string { return []string{"", " ", "\n", "\r\n\t", "  "}[random.IntN(5)] }
	join := func(list []string, by string) string {
		var b strings.Builder
		for i, s := range list {
			if i > 0 {
				b.WriteString(by)
			}
			b.WriteString(space() + s + space())
		}
		return b.String()
	}
	for i := range 300 {
		list := pick(records)
		var body string
		switch i % 6 {
		case 0:
			body = `{"records":[` + join(list, ",") + `]}`
		case 1:
			body = `[` + join(list, ",") + `]`
		case 2:
			for k := range list { // one per line, as they are written
				var b bytes.Buffer
				if err := json.Compact(&b, []byte(list[k])); err != nil {
					t.Fatal(err)
				}
				list[k] = b.String()
			}
			body = strings.Join(list, "\n")
		case 3:
			body = join(list, "\n")
		case 4:
			list = pick(lines)
			body = strings.Join(list, "\n")
		case 5:
			body = `{"value":[` + join(list, ",") + `],"nextLink":"https://next"}`
		}
		var found []string
		last := Piece{Start: -1}
		for _, p := range checkTrace(t, d, body) {
			if p.Start != last.Start {
				found = append(found, body[p.Start:p.End])
			}
			last = p
		}
		if i%6 == 4 {
			for k := range found {
				found[k] = strings.TrimSpace(found[k])
			}
		}
		if !slices.Equal(found, list) {
			t.Fatalf("batch %d: %d records in, %d pieces out\n%s", i, len(list), len(found), cmp.Diff(list, found))
		}
	}
	t.Logf("%d records, %d lines", len(records), len(lines))
}
