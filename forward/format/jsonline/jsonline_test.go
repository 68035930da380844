package jsonline

import (
	"encoding/json"
	"strings"
	"testing"

	"lazuli.dev/lazuli"
)

func TestAppend(t *testing.T) {
	f := func(table, row, want string) {
		t.Helper()
		e := lazuli.Event{ID: "w-1", Table: table, Workspace: "default", Row: []byte(row)}
		got, ok := Append([]byte("x"), &e)
		if !ok {
			got = append(got, "refused"...)
		}
		if string(got) != "x"+want {
			t.Errorf("%s: %s, want x%s", row, got, want)
		}
	}
	f("T", `{}`, `{"_Id":"w-1","_Table":"T","_Workspace":"default"}`)
	f("T", `{"A":1}`, `{"_Id":"w-1","_Table":"T","_Workspace":"default","A":1}`)
	f("T", "{\"A\":[1,\r\n2]}", `{"_Id":"w-1","_Table":"T","_Workspace":"default","A":[1,  2]}`)
	f("T\"\\\n", `{}`, `{"_Id":"w-1","_Table":"T\"\\ ","_Workspace":"default"}`)
	f("T", `""`, "refused")
	f("T", ``, "refused")
	f("T", `[1]`, "refused")
}

// FuzzAppend: a row that is an object makes one line that is an object with the row's members.
func FuzzAppend(f *testing.F) {
	f.Add("T", `{"A":"\n","B":{}}`)
	f.Add("é", "{\n}")
	f.Fuzz(func(t *testing.T, table, row string) {
		if !json.Valid([]byte(row)) {
			return
		}
		e := lazuli.Event{ID: "w-1", Table: table, Workspace: "w", Row: []byte(row)}
		line, ok := Append(nil, &e)
		if !ok {
			return
		}
		var sent, got map[string]json.RawMessage
		if err := json.Unmarshal([]byte(row), &sent); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(line, &got); err != nil || strings.ContainsAny(string(line), "\n\r") {
			t.Fatalf("%v: %q", err, line)
		}
		for name := range sent {
			if _, there := got[name]; !there {
				t.Errorf("%q is lost: %s", name, line)
			}
		}
	})
}
