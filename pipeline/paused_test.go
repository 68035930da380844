package pipeline

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lazuli.dev/lazuli/internal/durable"
)

// TestPauses: what was paused is paused after a restart, what was resumed is not, and neither forgets the others.
func TestPauses(t *testing.T) {
	dir := t.TempDir()
	open := func() *pauses {
		t.Helper()
		p, err := openPauses(durable.OS{}, dir)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	set := func(kind, name string, paused bool) {
		t.Helper()
		if err := open().set(kind, name, paused, time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	want := func(kind, name string, paused bool) {
		t.Helper()
		if got := open().is(kind, name); got != paused {
			t.Errorf("%s %s paused: %v, want %v", kind, name, got, paused)
		}
	}
	want(pausedSource, "syslog", false)
	set(pausedSource, "syslog", true)
	set(pausedSource, "syslog", true)
	set(pausedOutput, "syslog", true)
	set(pausedOutput, "siem", false)
	want(pausedSource, "syslog", true)
	want(pausedOutput, "syslog", true)
	want(pausedOutput, "siem", false)
	set(pausedSource, "syslog", false)
	set(pausedSource, "syslog", false)
	want(pausedSource, "syslog", false)
	want(pausedOutput, "syslog", true)
}

// TestPausesSurviveEverything: whatever fails or loses its power at whatever step, what was told to be paused or
// resumed is so after the next start.
func TestPausesSurviveEverything(t *testing.T) {
	now := time.Date(2026, 11, 19, 8, 0, 0, 0, time.UTC)
	// script pauses and resumes on a file layer, and returns what was acknowledged for each: paused, resumed, or
	// unknown after an error.
	script := func(fsys durable.FS, data string) (acked map[string]string) {
		acked = map[string]string{}
		m, err := openPauses(fsys, data)
		if err != nil {
			return acked
		}
		for i, step := range []struct {
			name string
			set  bool
		}{{"a", true}, {"b", true}, {"a", false}, {"c", true}, {"a", true}, {"b", false}, {"c", false}, {"c", true}} {
			err := m.set(pausedOutput, step.name, step.set, now.Add(time.Duration(i)*time.Second))
			switch {
			case err != nil:
				acked[step.name] = "unknown"
			case step.set:
				acked[step.name] = "paused"
			default:
				acked[step.name] = "resumed"
			}
		}
		return acked
	}
	check := func(what, data string, acked map[string]string) {
		t.Helper()
		m, err := openPauses(durable.OS{}, data)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for name, state := range acked {
			paused := m.is(pausedOutput, name)
			if state == "paused" && !paused || state == "resumed" && paused {
				t.Errorf("%s: %s was acknowledged as %s, and is paused=%v", what, name, state, paused)
			}
		}
	}
	steps := 0
	for fault := 0; fault <= steps; fault++ {
		for _, crash := range []bool{false, true} {
			root := t.TempDir()
			if err := os.Mkdir(filepath.Join(root, "data"), 0o700); err != nil {
				t.Fatal(err)
			}
			fsys, err := durable.NewFaultFS(root)
			if err != nil {
				t.Fatal(err)
			}
			fsys.Inject = func(s durable.Step) durable.Fault {
				if s.N != fault {
					return durable.Pass
				}
				return durable.Fault{Err: os.ErrPermission, Crash: crash}
			}
			acked := script(fsys, filepath.Join(root, "data"))
			if fault == 0 {
				steps = fsys.Steps()
			}
			for _, loss := range []durable.Loss{durable.LoseUnsynced, durable.KeepUnsynced, durable.TearUnsynced} {
				left := t.TempDir()
				if err := fsys.Leave(left, loss, uint64(fault)); err != nil {
					t.Fatal(err)
				}
				check("fault at step", filepath.Join(left, "data"), acked)
			}
		}
	}
	if steps < 20 {
		t.Errorf("only %d steps were failed", steps)
	}
}

// TestPausedSince: the time counts from the first pause on, and what is garbled stays paused.
func TestPausedSince(t *testing.T) {
	data := t.TempDir()
	open := func() *pauses {
		t.Helper()
		p, err := openPauses(durable.OS{}, data)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	at := time.Date(2026, 11, 19, 8, 0, 0, 0, time.UTC)
	p := open()
	for i, name := range []string{"soc", "b", "soc"} {
		if err := p.set(pausedOutput, name, true, at.Add(time.Duration(i)*time.Hour+time.Millisecond)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(data, "paused", "output-odd"), []byte("\x00\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	p = open()
	if got := p.names(pausedOutput); !slices.Equal(got, []string{"b", "odd", "soc"}) {
		t.Errorf("paused: %q", got)
	}
	if got := p.names(pausedSource); len(got) > 0 {
		t.Errorf("paused sources: %q", got)
	}
	if since, paused := p.since(pausedOutput, "soc"); !paused || !since.Equal(at) {
		t.Errorf("since %v, %v", since, paused)
	}
	if since, paused := p.since(pausedOutput, "odd"); !paused || time.Since(since) > time.Hour {
		t.Errorf("the garbled one: since %v, %v", since, paused)
	}
}
