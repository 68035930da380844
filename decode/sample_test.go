package decode

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sampleFiles are the public records of the kinds that entries are for.
var sampleFiles = []string{"entra/*signin*", "entra/audit.ndjson", "entra/panther-*", "activity-log/*", "nsg-flow/*", "vnet-flow/*", "azure-metrics/*",
	"resource-logs/*.ndjson", "resource-logs/*.json", "constructed/resource-logs/storage-blob.json", "wad/eventhub-*", "table-rows/WindowsEvents.ndjson",
	"appinsights/track-*", "constructed/appinsights/track-envelopes.ndjson", "defender-for-cloud/SecurityAlert-export-example.json",
	"defender-for-cloud/alert-rest.json", "defender-xdr/*"}

// sampleRecords returns the records of the samples as raw JSON, by file.
func sampleRecords(t *testing.T) map[string][]json.RawMessage {
	t.Helper()
	dir := shared(t)
	out := map[string][]json.RawMessage{}
	for _, pattern := range sampleFiles {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no samples for %s", pattern)
		}
		for _, file := range files {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			rel, _ := filepath.Rel(dir, file)
			d := json.NewDecoder(strings.NewReader(strings.TrimPrefix(string(body), "\ufeff")))
			for d.More() {
				var raw json.RawMessage
				if err := d.Decode(&raw); err != nil {
					t.Fatalf("%s: %v", rel, err)
				}
				var envelope struct{ Records []json.RawMessage }
				if json.Unmarshal(raw, &envelope) == nil && envelope.Records != nil {
					out[rel] = append(out[rel], envelope.Records...)
				} else {
					out[rel] = append(out[rel], raw)
				}
			}
		}
	}
	return out
}

// sampleTexts returns the samples that are not JSON, each a message.
func sampleTexts(t *testing.T) []string {
	t.Helper()
	dir := shared(t)
	var out []string
	for _, pattern := range []string{"windows-event/eid-*.xml", "windows-event/*.txt", "constructed/windows-event/*", "syslog/*.log", "cef/*", "constructed/cef/*"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no samples for %s", pattern)
		}
		for _, file := range files {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case strings.Contains(file, "snare"):
			case strings.HasSuffix(file, ".xml"):
				out = append(out, string(body))
			default:
				for line := range strings.Lines(string(body)) {
					if strings.TrimSpace(line) != "" {
						out = append(out, line)
					}
				}
			}
		}
	}
	return out
}

var word = regexp.MustCompile(`[A-Za-z]{4,}`)

// Every word of a sample that is a line or an event is in a column, but for
// what frames them and for times, which columns have in their own form.
func TestEveryWordIsKept(t *testing.T) {
	d := New(Options{})
	n := 0
	for _, text := range sampleTexts(t) {
		rows, res := decodeWith(t, d, text)
		if res.Quarantined > 0 || len(rows) != 1 {
			t.Errorf("%d rows, quarantined %v: %.200s", len(rows), res.Reasons, text)
			continue
		}
		var all strings.Builder
		for _, v := range rows[0].values {
			all.WriteString(v + "\n" + strings.ReplaceAll(v, `\`, "") + "\n")
		}
		kept := all.String()
		frame := strings.NewReplacer(`\n`, " ", `\r`, " ", `\`, "", "&#13;", " ", "&#10;", " ", "&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", "\"").Replace(text)
		frame = tags.ReplaceAllString(frame, "")
		for _, w := range word.FindAllString(frame, -1) {
			n++
			if !strings.Contains(kept, w) {
				t.Errorf("%s: %s is lost: %v", text, w, rows[0])
			}
		}
	}
	t.Logf("%d words", n)
}

// tags are the names of elements, of their attributes and of keys.
var tags = regexp.MustCompile(`</?[A-Za-z]+|xmlns=["'][^"']*|(Name|Guid|ActivityID|RelatedActivityID|ProcessID|ThreadID|UserID|SystemTime|Qualifiers|Culture|EventSourceName)=["']|[A-Za-z0-9]+=`)

// fields that decide where a record goes keep their values.
var routing = []string{"category", "operationname", "eventtimestamp", "metricname", "records", "value", "type", "data.basetype"}

// stamp gives every leaf of a value another value of the same kind, and
// returns the texts by which each can be found again. Flow tuples and routing
// fields stay as they are.
func stamp(v any, path string, n *int, marks map[string]string) any {
	*n++
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		out := map[string]any{}
		for _, k := range keys {
			p := strings.TrimPrefix(path+"."+k, ".")
			if slices.Contains(routing, strings.ToLower(p)) || k == "flowTuples" || k == "flow.0" || k == "RawXml" {
				out[k] = v[k]
				continue
			}
			out[k] = stamp(v[k], p, n, marks)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = stamp(v[i], fmt.Sprintf("%s[%d]", path, i), n, marks)
		}
		return out
	case string:
		if _, f := parseTime([]byte(v)); f != never && len(v) > 16 {
			s := fmt.Sprintf("2031-02-03T04:05:06.%07d", *n)
			marks[path] = s
			return s + "Z"
		}
		mark := fmt.Sprintf("leaf%06d", *n)
		marks[path] = mark
		if i := indexFold([]byte(v), "/providers/"); i > 0 {
			return v[:i] + mark + v[i:] // the type of the resource must stay
		}
		if strings.HasPrefix(v, "{") || strings.HasPrefix(v, "[") {
			return v + " " + mark
		}
		return mark
	case float64:
		marks[path] = fmt.Sprint(100000 + *n)
		return 100000 + *n
	}
	return v // bool and null have no other value to tell them by
}

// Every leaf of every sample lands in a column or in _Unmapped: each gets a
// value of its own, and that value must come out.
func TestEveryLeafIsKept(t *testing.T) {
	d := New(Options{})
	leaves := 0
	for file, records := range sampleRecords(t) {
		for i, raw := range records {
			var v any
			if err := json.Unmarshal(raw, &v); err != nil {
				t.Fatal(err)
			}
			marks, n := map[string]string{}, 0
			body, err := json.Marshal(stamp(v, "", &n, marks))
			if err != nil {
				t.Fatal(err)
			}
			rows, res := decodeWith(t, d, string(body))
			plain, _ := decodeWith(t, d, string(raw))
			if len(rows) == 0 || len(plain) == 0 || rows[0].table != plain[0].table {
				t.Errorf("%s record %d: %d rows, quarantined %v", file, i, len(rows), res.Reasons)
				continue
			}
			var all strings.Builder
			for _, r := range rows {
				for _, val := range r.values {
					all.WriteString(strings.ToLower(val) + "\n")
				}
			}
			text := all.String()
			for path, mark := range marks {
				leaves++
				if !strings.Contains(text, strings.ToLower(mark)) {
					t.Errorf("%s record %d (%s): %s is lost", file, i, rows[0].table, path)
				}
			}
		}
	}
	t.Logf("%d leaves", leaves)
}

// Each column that is marked as proven by a sample has a value from one.
func TestSamplesFillColumns(t *testing.T) {
	d := New(Options{})
	filled := map[*Entry]map[string]bool{}
	w := newWorker(d)
	for _, records := range sampleRecords(t) {
		for _, raw := range records {
			res := w.decode(Message{Workspace: "w", Body: raw})
			e := w.plan.entry
			if filled[e] == nil {
				filled[e] = map[string]bool{}
			}
			for _, r := range rowsOf(t, res) {
				if r.table == e.Table {
					for c := range r.values {
						filled[e][c] = true
					}
				}
			}
			for _, c := range res.Chunks {
				c.Release()
			}
		}
	}
	for _, text := range sampleTexts(t) {
		res := w.decode(Message{Workspace: "w", Received: received, Body: []byte(text)})
		e := w.plan.entry
		if filled[e] == nil {
			filled[e] = map[string]bool{}
		}
		for _, r := range rowsOf(t, res) {
			for c := range r.values {
				filled[e][c] = true
			}
		}
		for _, c := range res.Chunks {
			c.Release()
		}
	}
	for i := range entries {
		e := &entries[i]
		for _, c := range e.Columns {
			if c.Mark == Sample && !filled[e][c.Name] {
				t.Errorf("%s (%s%s): no sample fills %s", e.Table, e.Match.Shape, e.Service, c.Name)
			}
		}
	}
}

// Each tuple of the flow samples is a row with all of its fields.
func TestEveryTupleIsARow(t *testing.T) {
	d := New(Options{})
	for file, records := range sampleRecords(t) {
		if !strings.Contains(file, "flow") {
			continue
		}
		for i, raw := range records {
			var tuples []string
			for _, part := range strings.Split(string(raw), `"`) {
				if strings.Count(part, ",") >= 7 && !strings.ContainsAny(part, "{[ ") {
					tuples = append(tuples, part)
				}
			}
			rows, _ := decodeWith(t, d, string(raw))
			if len(rows) != len(tuples) {
				t.Errorf("%s record %d: %d rows of %d tuples", file, i, len(rows), len(tuples))
				continue
			}
			for k, tuple := range tuples {
				v := rows[k].values
				f := strings.Split(tuple, ",")
				src, dst, port := v["SrcIP_s"]+v["SrcIp"], v["DestIP_s"]+v["DestIp"], v["SrcPort_d"]+v["SrcPort"]
				to := v["DestPort_d"] + v["DestPort"]
				if src != f[1] || dst != f[2] || port != f[3] || to != f[4] {
					t.Errorf("%s record %d: %s is %v", file, i, tuple, rows[k])
				}
				if len(f) == 13 {
					got := []string{v["OutboundPackets_d"] + v["PacketsSrcToDest"], v["OutboundBytes_d"] + v["BytesSrcToDest"],
						v["InboundPackets_d"] + v["PacketsDestToSrc"], v["InboundBytes_d"] + v["BytesDestToSrc"]}
					if !slices.Equal(got, f[9:]) {
						t.Errorf("%s record %d: %s has counters %v", file, i, tuple, got)
					}
				}
			}
		}
	}
}
