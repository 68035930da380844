package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"

	"lazuli.dev/lazuli/client"
	"lazuli.dev/lazuli/config"
	"lazuli.dev/lazuli/pipeline"
	"lazuli.dev/lazuli/query"
	"lazuli.dev/lazuli/store"
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
	f(answer("Name:string First:datetime Last:datetime", `["somebody@example.org","2026-11-19T03:22:41Z","2026-11-19T03:22:41.5Z"]`), 60, `
Name                  First              Last
--------------------  -----------------  -------------------
somebody@example.org  2026-11-19T03:22…  2026-11-19T03:22:4…
1 row
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

// TestExampleShowsDefaults: the limits in the example of a configuration are those that hold without one.
func TestExampleShowsDefaults(t *testing.T) {
	text, err := os.ReadFile("../../etc/lazuli.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`\$\{env:(\w+)\}`).FindAllSubmatch(text, -1) {
		t.Setenv(string(name[1]), "x")
	}
	file, err := config.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Limits{Memory: store.DefaultMemoryLimit, Hot: store.DefaultHotBytes, Upload: pipeline.DefaultMaxUpload, Query: config.QueryLimits{
		Time: query.DefaultTime, Rows: query.DefaultRows, Bytes: query.DefaultBytes}}
	if diff := cmp.Diff(want, file.Limits); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAddresses: the certificate is for the addresses at which the server can be reached.
func TestAddresses(t *testing.T) {
	f := func(listen string, want []string) {
		t.Helper()
		if diff := cmp.Diff(want, addresses(&net.TCPAddr{IP: net.ParseIP(listen), Port: 7575})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", listen, diff)
		}
	}
	f("127.0.0.1", nil)
	f("::1", nil)
	f("192.0.2.7", []string{"192.0.2.7"})
	var all []string
	own, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range own {
		if ip, _, err := net.ParseCIDR(a.String()); err == nil && ip.IsGlobalUnicast() {
			all = append(all, ip.String())
		}
	}
	f("0.0.0.0", all)
	f("::", all)
}

func TestWrap(t *testing.T) {
	f := func(line string, width int, want string) {
		t.Helper()
		if diff := cmp.Diff(want, wrap(line, "    ", width)); diff != "" {
			t.Errorf("%q at %d (-want +got):\n%s", line, width, diff)
		}
	}
	f("  a line", 0, "  a line")
	f("  a line", 8, "  a line")
	f("  a longer line of words", 12, "  a longer\n    line of\n    words")
	f(`| where A == "two words" and B`, 20, "| where A ==\n    \"two words\" and\n    B")
	f("  averyveryverylongword and", 10, "  averyveryverylongword\n    and")
	f("averyveryverylongword", 10, "averyveryverylongword")
	f(`"a long text in quotes" x`, 10, "\"a long text in quotes\"\n    x")
}
