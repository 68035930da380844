package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestReplay: a window goes out again by command, with the ids it had, and the output goes on from where it was.
func TestReplay(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	conf := write(t, filepath.Join(dir, "lazuli.yml"), "outputs:\n  - name: disk\n    from: beginning\n    file: {dir: "+out+"}\n")
	s := startServer(t, filepath.Join(dir, "data"), "--config", conf)
	if status, text := s.request("POST", "/v1/ingest", signInLines(0, 100)); status != 200 {
		t.Fatalf("ingest: %d %s", status, text)
	}
	// delivered counts lines and ids once there are as many lines as that.
	delivered := func(want int) (lines, ids int) {
		t.Helper()
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for range 200 {
			names, err := filepath.Glob(filepath.Join(out, "events-*.ndjson"))
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			lines = 0
			for _, name := range names {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				for line := range strings.Lines(string(text)) {
					var e struct {
						ID string `json:"_Id"`
					}
					if err := json.Unmarshal([]byte(line), &e); err == nil {
						seen[e.ID] = true
						lines++
					}
				}
			}
			if ids = len(seen); lines >= want {
				break
			}
			<-tick.C
		}
		return lines, ids
	}
	if lines, ids := delivered(100); lines != 100 || ids != 100 {
		t.Fatalf("%d lines with %d ids, want 100", lines, ids)
	}
	if text := ok(t, s.env, "forward", "replay", "--output", "disk", "--from", "0001-01-01"); text != "delivered=100 rejected=0 retried=0\n" {
		t.Errorf("replay said %q", text)
	}
	if lines, ids := delivered(200); lines != 200 || ids != 100 {
		t.Errorf("after the replay %d lines with %d ids, want 200 and 100", lines, ids)
	}
	// A window without rows, and what is new after it.
	if text := ok(t, s.env, "forward", "replay", "--output", "disk", "--from", "1999-01-01", "--to", "1999-01-02T03:04:05Z"); text != "delivered=0 rejected=0 retried=0\n" {
		t.Errorf("replay of nothing said %q", text)
	}
	if status, text := s.request("POST", "/v1/ingest", signInLines(100, 1)); status != 200 {
		t.Fatalf("ingest: %d %s", status, text)
	}
	if lines, ids := delivered(201); lines != 201 || ids != 101 {
		t.Errorf("after new rows %d lines with %d ids, want 201 and 101", lines, ids)
	}
	if text := ok(t, s.env, "forward", "status", "-o", "csv"); !strings.Contains(text, `disk,0,,101,0,0,0,"done, 0 delivered",`) {
		t.Errorf("status: %s", text)
	}
	ok(t, s.env, "forward", "replay", "--output", "disk", "--from", "1999-01-01", "--detach")
	f := func(code int, want string, args ...string) {
		t.Helper()
		if r := run(t, s.env, append([]string{"forward", "replay"}, args...)...); r.code != code || !strings.Contains(r.errors, want) {
			t.Errorf("%v: exit code %d, %s; want %d, %s", args, r.code, r.errors, code, want)
		}
	}
	f(exitFailed, "no output of that name", "--output", "tape", "--from", "2026-01-01")
	f(exitUsage, "give --output and --from", "--output", "disk")
	f(exitUsage, "is no time", "--output", "disk", "--from", "yesterday")
	f(exitUsage, "is not before", "--output", "disk", "--from", "2026-01-02", "--to", "2026-01-01")
	s.stop()
}
