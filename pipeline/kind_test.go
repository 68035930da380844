package pipeline

import (
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"syscall"
	"testing"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/store"
)

// TestFullSaysWhatIsFull: both are of one kind, and a person has to do something else about each.
func TestFullSaysWhatIsFull(t *testing.T) {
	f := func(err error, want, not string) {
		t.Helper()
		got := kindOfStore(fmt.Errorf("take frame: %w", err))
		if text := lazuli.Public(got); lazuli.KindOf(got) != lazuli.NoSpace || !strings.Contains(text, want) || strings.Contains(text, not) {
			t.Errorf("%v: %v, %q", err, lazuli.KindOf(got), text)
		}
	}
	f(store.ErrNoSpace, "disk", "memory")
	f(store.ErrMemoryFull, "memory", "disk")
}

// TestNotKept: who asked for something that a full disk prevents is told so.
func TestNotKept(t *testing.T) {
	p := &Pipeline{log: slog.New(slog.DiscardHandler)}
	f := func(err error, kind lazuli.Kind, want string) {
		t.Helper()
		got := p.notKept("pause", &fs.PathError{Op: "write", Path: "/data/x", Err: err})
		if text := lazuli.Public(got); lazuli.KindOf(got) != kind || !strings.Contains(text, want) || strings.Contains(text, "/data") {
			t.Errorf("%v: %v, %q", err, lazuli.KindOf(got), text)
		}
	}
	f(syscall.ENOSPC, lazuli.NoSpace, "disk with the data directory is full")
	f(syscall.EIO, lazuli.Transient, "log says why")
}
