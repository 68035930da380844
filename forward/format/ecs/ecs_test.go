package ecs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/mapping"
)

// TestExamples runs the examples of all mappings. They leave out what every document has.
func TestExamples(t *testing.T) {
	all := mapping.All()
	for i := range all {
		for _, x := range all[i].Examples {
			e := lazuli.Event{Table: x.Table, Row: []byte(x.Row), Time: lazuli.TicksAtUnixEpoch}
			text, ok := New().Append(nil, &e)
			var got, want map[string]any
			if err := json.Unmarshal(text, &got); err != nil || !ok {
				t.Fatalf("%s: %v, %s", x.Table, err, text)
			}
			if err := json.Unmarshal([]byte(x.Core), &want); err != nil {
				t.Errorf("%s: %v: %s", x.Table, err, x.Core)
				continue
			}
			want["@timestamp"] = "1970-01-01T00:00:00Z"
			want["data_stream"] = map[string]any{"dataset": all[i].Dataset, "type": "logs"}
			want["ecs"] = map[string]any{"version": Version}
			want["lazuli"] = map[string]any{"table": x.Table}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s\n%s", x.Table, diff, text)
			}
		}
	}
}

func TestAppend(t *testing.T) {
	f := func(row, want string) {
		t.Helper()
		e := lazuli.Event{ID: "w-1", Workspace: "default", Table: "T", Row: []byte(row), Time: 638501544001234567}
		text, ok := New().Append([]byte("x"), &e)
		if !ok {
			text = append(text, "refused"...)
		}
		if got := string(text); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", row, got, want)
		}
	}
	const begin = `x{"@timestamp":"2024-05-01T10:00:00.1234567Z","data_stream":{"dataset":"azure.platformlogs","type":"logs"},"ecs":{"version":"8.11.0"},"cloud":{"provider":"azure"},"event":{"dataset":"azure.platformlogs","id":"w-1","kind":"event"},"lazuli":{"table":"T","workspace":"default"},"azure":{"platformlogs":{"category":"T"`
	f(`{}`, begin+`}}}`)
	f(`{"TimeGenerated":"2024-05-01T10:00:00.1234567Z","A":1}`, begin+`,"properties":{"a":1}}}}`)
	f(`{"a":1,"A":2,"a.b":"x\"","":3,"D":{"x":[1,
2]}}`, begin+`,"properties":{"a":1,"a_":2,"a_b":"x\"","_":3,"d":"{\"x\":[1,2]}"}}}}`)
	f(`[]`, "xrefused")
}

// unique reports a name that an object has twice, which a receiver refuses.
func unique(d *json.Decoder) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		names := map[string]bool{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return err
			}
			if names[name.(string)] {
				return fmt.Errorf("%s is there twice", name)
			}
			names[name.(string)] = true
			if err := unique(d); err != nil {
				return err
			}
		}
		_, err = d.Token()
	case json.Delim('['):
		for d.More() {
			if err := unique(d); err != nil {
				return err
			}
		}
		_, err = d.Token()
	}
	return err
}

// FuzzAppend: whatever the columns are called and hold, the document is one line of JSON with unique names.
func FuzzAppend(f *testing.F) {
	f.Add("SigninLogs", "RiskState", "riskState", "none")
	f.Add("AzureActivity", "Category", "category", "\n\u2028")
	f.Add("T", "a.b", "a_b", "")
	f.Add("AuditLogs", "properties", "TargetResources", "x")
	f.Fuzz(func(t *testing.T, table, a, b, value string) {
		if a == b {
			return // a row has no column twice
		}
		row, err := json.Marshal(map[string]any{a: value, b: map[string]any{"x": []string{value}}, "OperationName": value, "IPAddress": value, "DurationMs": len(value)})
		if err != nil {
			t.Fatal(err)
		}
		e := lazuli.Event{ID: "w-1", Workspace: "default", Table: table, Row: row, Time: lazuli.TicksAtUnixEpoch}
		text, ok := New().Append(nil, &e)
		if !ok || bytes.ContainsAny(text, "\n\r") {
			t.Fatalf("not a line: %s", text)
		}
		d := json.NewDecoder(bytes.NewReader(text))
		if err := unique(d); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if _, err := d.Token(); err != io.EOF {
			t.Errorf("more than one document: %s", text)
		}
	})
}
