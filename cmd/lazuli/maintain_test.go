package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLostVersion: a directory that has lost VERSION says how to get it back, a check finds it, and a rebuild makes it.
func TestLostVersion(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServer(t, data)
	if status, text := s.request("POST", "/v1/ingest", signInLines(0, 50)); status != 200 {
		t.Fatalf("ingest: %d %s", status, text)
	}
	s.stop()
	for _, text := range []string{"", "\x00garbled"} {
		if err := os.Remove(filepath.Join(data, "VERSION")); err != nil {
			t.Fatal(err)
		}
		if text != "" {
			write(t, filepath.Join(data, "VERSION"), text)
		}
		if r := run(t, nil, "query", "--data", data, "SigninLogs | count"); r.code != exitFailed || !strings.Contains(r.errors, "`lazuli rebuild` makes it again") {
			t.Errorf("query: exit code %d, %s", r.code, r.errors)
		}
		if r := run(t, nil, "fsck", "--data", data); r.code != exitDamage || !strings.Contains(r.out, "a rebuild makes it again from the journal") {
			t.Errorf("fsck: exit code %d, %s", r.code, r.out)
		}
		if r := run(t, nil, "rebuild", "--data", data); r.code != 0 || !strings.Contains(r.errors, "VERSION was made again from the journal") {
			t.Errorf("rebuild: exit code %d, %s", r.code, r.errors)
		}
		if out := ok(t, nil, "fsck", "--data", data); !strings.Contains(out, "rows=50 wrong=0 gaps=0") {
			t.Errorf("fsck: %s", out)
		}
	}
	if out := ok(t, nil, "query", "--data", data, "-o", "csv", "SigninLogs | count"); !strings.Contains(out, "50") {
		t.Errorf("query: %s", out)
	}
	// Others have folders called journal, too: /var/log is one.
	other := t.TempDir()
	if err := os.MkdirAll(filepath.Join(other, "journal", "8d2f"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{t.TempDir(), other} {
		for _, command := range [][]string{{"rebuild"}, {"fsck"}, {"query", "print 1"}} {
			if r := run(t, nil, append(command, "--data", dir)...); r.code != exitFailed || !strings.Contains(r.errors, "is not a data directory") {
				t.Errorf("%s elsewhere: exit code %d, %s", command[0], r.code, r.errors)
			}
		}
	}
	if made, err := os.ReadDir(other); err != nil || len(made) != 1 {
		t.Errorf("something was made in a directory of others: %v, %v", made, err)
	}
}
