package pipeline

import (
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
