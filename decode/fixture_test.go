package decode

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the rows in testdata; read the difference before committing it")

// folders are where the fixtures of a service are.
var folders = map[string]string{
	"Entra ID": "entra", "Activity log": "activity", "Network Watcher": "network", "Key Vault": "keyvault", "Resource logs": "diagnostics",
	"Storage": "storage", "Windows": "windows", "Syslog": "syslog", "CEF": "cef", "Application Insights": "appinsights", "Defender for Cloud": "defender",
	"Defender XDR": "defender", "Log Analytics": "exported",
}

// Each fixture is a message and the rows that come of it. A file may begin
// with a comment that says what it is about.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	used := map[*Entry]bool{}
	d := New(Options{})
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(a.Files) == 0 || a.Files[0].Name != "in" {
				t.Fatal("the first file of a fixture is in")
			}
			var out strings.Builder
			rows, _ := decodeText(t, string(a.Files[0].Data))
			for _, r := range rows {
				out.WriteString(r.String())
			}
			w := newWorker(d)
			for _, in := range append(strings.Split(string(a.Files[0].Data), "\n"), string(a.Files[0].Data)) {
				for _, c := range w.decode(Message{Body: []byte(in)}).Chunks {
					c.Release()
				}
				if w.plan != nil {
					used[w.plan.entry] = true
				}
			}
			if *update {
				a.Files = []txtar.File{a.Files[0], {Name: "out", Data: []byte(out.String())}}
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(a.Files) != 2 || a.Files[1].Name != "out" || len(a.Files[1].Data) == 0 {
				t.Fatal("the second file of a fixture is out, with rows")
			}
			if diff := cmp.Diff(string(a.Files[1].Data), out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
	for i := range entries {
		if e := &entries[i]; !used[e] {
			t.Errorf("no fixture in testdata/%s for %s of %s, shape %q", folders[e.Service], e.Table, e.Service, e.Match.Shape)
		}
	}
}
