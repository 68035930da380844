package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"

	"lazuli.dev/lazuli/client"
)

func answer(columns string, rows ...string) *client.Answer {
	var t client.Table
	for _, c := range strings.Split(columns, " ") {
		name, kind, _ := strings.Cut(c, ":")
		t.Columns = append(t.Columns, client.Column{Name: name, Type: kind})
	}
	for _, r := range rows {
		var row []json.RawMessage
		if err := json.Unmarshal([]byte(r), &row); err != nil {
			panic(err)
		}
		t.Rows = append(t.Rows, row)
	}
	return &client.Answer{Tables: []client.Table{t}}
}

func TestTableFits(t *testing.T) {
	f := func(a *client.Answer, width int, want string) {
		t.Helper()
		var out bytes.Buffer
		if err := writeTables(&out, a, width); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), out.String()); diff != "" {
			t.Errorf("width %d (-want +got):\n%s", width, diff)
		}
		for _, line := range strings.Split(out.String(), "\n") {
			if width > 0 && uniseg.StringWidth(line) > width && !strings.HasPrefix(line, "not shown") {
				t.Errorf("line wider than %d: %q", width, line)
			}
		}
	}
	a := answer("Name:string Count:long Text:string", `["Ann",5,"a rather long text that will not fit"]`, `["Bo",12345,null]`)
	f(a, 0, `
Name  Count  Text
----  -----  ------------------------------------
Ann       5  a rather long text that will not fit
Bo    12345  
2 rows
`)
	f(a, 30, `
Name  Count  Text
----  -----  -----------------
Ann       5  a rather long te…
Bo    12345  
2 rows
`)
	f(a, 12, `
Name  Count
----  -----
Ann       5
Bo    12345
not shown: Text
2 rows
`)
	f(answer("A:string", `["漢字漢字漢字漢字漢字"]`), 11, `
A
-----------
漢字漢字漢…
1 row
`)
	// What a record holds must not move the cursor of the one who looks at it.
	f(answer("A:string", `["x\u001b[31mred\u202e\ny"]`), 0, "A\n------------\nx\ufffd[31mred\ufffd y\n1 row\n")
	f(answer("A:string"), 0, "A\n-\n0 rows\n")
}

func TestPointAt(t *testing.T) {
	f := func(query string, line, pos int, token, want string) {
		t.Helper()
		err := pointAt(&client.Error{Query: true, Message: "m", Line: line, Pos: pos, Token: token}, query)
		if got := strings.TrimPrefix(err.Error(), "m\n\n"); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if codeOf(err) != exitQuery {
			t.Errorf("exit code %d", codeOf(err))
		}
	}
	f("T | wher x", 1, 5, "wher", "  T | wher x\n      ^~~~")
	f("T\r\n| where\tfoo == 1\r\n| take 1", 2, 9, "foo", "  | where\tfoo == 1\n         \t^~~")
	f("print '漢' + x", 1, 13, "x", "  print '漢' + x\n               ^")
	f("T |", 1, 4, "", "  T |\n     ^")
	f("T", 9, 1, "", "m")
	if plain := pointAt(errors.New("other"), "T"); plain.Error() != "other" {
		t.Errorf("a foreign error became %v", plain)
	}
}
