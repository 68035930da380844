package kqltest_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lazuli.dev/lazuli/kql/kqltest"
)

var update = flag.Bool("update", false, "rewrite the derived parts of the cases")

// A file holds several cases, each behind a line of equals signs and its name.
const separator = "==== "

func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.kqltest")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	m := open(t)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		head, rest, _ := strings.Cut(string(text), separator)
		out := head
		for block := range strings.SplitSeq(rest, "\n"+separator) {
			name, body, _ := strings.Cut(block, "\n")
			if !strings.HasSuffix(body, "\n") {
				body += "\n"
			}
			c := kqltest.Parse(body)
			t.Run(strings.TrimSuffix(filepath.Base(file), ".kqltest")+"/"+name, func(t *testing.T) {
				wrong, err := kqltest.Run(c, m)
				if err != nil {
					t.Fatal(err)
				}
				if wrong != "" {
					t.Error(wrong)
				}
				if got := c.String(); got != body && !*update {
					t.Errorf("the derived parts changed; look at the difference and run with -update\ngot\n%s", got)
				}
			})
			out += separator + name + "\n" + c.String()
		}
		if *update && out != string(text) {
			if err := os.WriteFile(file, []byte(out), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Derived parts may be rewritten, oracle parts never.
func TestOracleStays(t *testing.T) {
	body := "# x\n-- T.csv --\na:long\n1\n-- query.kql --\nT | count\n-- rows (oracle) --\nCount:long\n7\n"
	c := kqltest.Parse(body)
	wrong, err := kqltest.Run(c, open(t))
	if err != nil {
		t.Fatal(err)
	}
	if wrong == "" {
		t.Error("a wrong oracle passes")
	}
	if rows, _ := c.Part(kqltest.Rows); rows != "Count:long\n7\n" {
		t.Errorf("the oracle became %q", rows)
	}
	if plan, ok := c.Part(kqltest.Plan); !ok || !strings.Contains(plan, "aggregate") {
		t.Errorf("no plan was derived: %q", plan)
	}
}
