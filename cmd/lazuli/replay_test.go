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
	if text := ok(t, s.env, "forward", "replay", "disk", "--from", "0001-01-01", "--wait"); text != "delivered=100 rejected=0 retried=0\n" {
		t.Errorf("replay said %q", text)
	}
	if lines, ids := delivered(200); lines != 200 || ids != 100 {
		t.Errorf("after the replay %d lines with %d ids, want 200 and 100", lines, ids)
	}
	// A window without rows, and what is new after it.
	if text := ok(t, s.env, "forward", "replay", "--output", "disk", "--from", "1999-01-01", "--to", "1999-01-02T03:04:05Z", "--wait"); text != "delivered=0 rejected=0 retried=0\n" {
		t.Errorf("replay of nothing said %q", text)
	}
	if status, text := s.request("POST", "/v1/ingest", signInLines(100, 1)); status != 200 {
		t.Fatalf("ingest: %d %s", status, text)
	}
	if lines, ids := delivered(201); lines != 201 || ids != 101 {
		t.Errorf("after new rows %d lines with %d ids, want 201 and 101", lines, ids)
	}
	if text := ok(t, s.env, "forward", "status", "-o", "csv"); !strings.Contains(text, "disk,running,101,") || !strings.Contains(text, ",0,,0,0,0,file "+out) {
		t.Errorf("status: %s", text)
	}
	// Paused, it stays so over a restart, and a replay of it waits.
	if text := ok(t, s.env, "forward", "pause", "disk"); !strings.Contains(text, "disk is paused since ") {
		t.Errorf("pause said %q", text)
	}
	id := strings.TrimSpace(ok(t, s.env, "forward", "replay", "disk", "--from", "0001-01-01"))
	second := strings.TrimSpace(ok(t, s.env, "forward", "replay", "disk", "--from", "0001-01-02"))
	s.stop()
	s = startServer(t, filepath.Join(dir, "data"), "--config", conf)
	if status, text := s.request("POST", "/v1/ingest", signInLines(101, 2)); status != 200 {
		t.Fatalf("ingest: %d %s", status, text)
	}
	if text := ok(t, s.env, "forward", "status"); !strings.Contains(text, "disk is paused since ") || !strings.Contains(text, "disk: replay "+id+", paused, 0 %") {
		t.Errorf("status: %s", text)
	}
	ok(t, s.env, "forward", "cancel", "disk", second)
	if lines, ids := delivered(201); lines != 201 || ids != 101 {
		t.Errorf("while paused %d lines with %d ids, want 201 and 101", lines, ids)
	}
	if text := ok(t, s.env, "forward", "resume", "disk"); !strings.HasPrefix(text, "disk goes on") {
		t.Errorf("resume said %q", text)
	}
	if lines, ids := delivered(201 + 2 + 101); lines != 304 || ids != 103 {
		t.Errorf("after resuming %d lines with %d ids, want 304 and 103", lines, ids)
	}
	if text := ok(t, s.env, "forward", "status", "--replays", "-o", "csv"); !strings.Contains(text, "disk,"+second+",cancelled,0 %,0,") {
		t.Errorf("replays: %s", text)
	}
	ok(t, s.env, "forward", "cancel", "disk", second)
	if text := ok(t, s.env, "forward", "status", "--replays", "-o", "csv"); strings.Contains(text, second) {
		t.Errorf("the replay was not forgotten: %s", text)
	}
	if text := ok(t, s.env, "__complete", "forward", "cancel", "disk", ""); !strings.Contains(text, id) {
		t.Errorf("completion: %s", text)
	}
	f := func(code int, want string, args ...string) {
		t.Helper()
		if r := run(t, s.env, append([]string{"forward"}, args...)...); r.code != code || !strings.Contains(r.errors, want) {
			t.Errorf("%v: exit code %d, %s; want %d, %s", args, r.code, r.errors, code, want)
		}
	}
	f(exitFailed, "There is no output of that name", "replay", "tape", "--from", "2026-01-01")
	f(exitFailed, "There is no output of that name", "pause", "tape")
	f(exitFailed, "There is no output of that name", "forget", "tape")
	f(exitFailed, "is configured", "forget", "disk")
	f(exitFailed, "no replay of that id", "cancel", "disk", "0")
	f(exitUsage, "give OUTPUT and --from", "replay", "disk")
	f(exitUsage, "is no time", "replay", "disk", "--from", "yesterday")
	f(exitUsage, "is not before", "replay", "disk", "--from", "2026-01-02", "--to", "2026-01-01")
	f(exitFailed, "in the future", "replay", "disk", "--from", "2999-01-01", "--to", "2999-01-02")
	f(exitUsage, "accepts 1 arg", "pause")
	s.stop()
}
