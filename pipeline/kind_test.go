package pipeline

import (
	"fmt"
	"strings"
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
