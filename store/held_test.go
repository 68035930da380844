package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestHeld: keys are known from the moment of the receipt until they expire, in memory, in the tables and after a
// restart.
func TestHeld(t *testing.T) {
	dir := t.TempDir()
	o := testOptions()
	now := realTime()
	o.Clock = func() int64 { return now }
	s := openTest(t, dir, o)
	put := func(workspace, key string, ttl time.Duration) {
		t.Helper()
		ingest(t, s, Frame{Workspace: workspace, Origin: "http/a", Key: []byte(key), KeyTTL: ttl, Body: lines(testTable, 1, 1)})
	}
	f := func(workspace, origin string, keys []string, want ...bool) {
		t.Helper()
		got, err := s.Held(t.Context(), workspace, origin, keys)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %s %v (-want +got):\n%s", workspace, origin, keys, diff)
		}
	}
	put("default", "k1", time.Hour)
	put("default", "k2", 48*time.Hour)
	check := func() {
		t.Helper()
		f("default", "http/a", []string{"k1", "none", "k2", "k1"}, true, false, true, true)
		f("other", "http/a", []string{"k1"}, false)
		f("default", "http/b", []string{"k1"}, false)
	}
	check()
	if err := s.Cut(t.Context()); err != nil {
		t.Fatal(err)
	}
	check()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, dir, o)
	check()
	now += ticksOf(2 * time.Hour)
	f("default", "http/a", []string{"k1", "k2"}, false, true)
	many := make([]string, 20_000)
	want := make([]bool, len(many))
	for i := range many {
		many[i] = fmt.Sprint("no", i)
	}
	many[17], want[17] = "k2", true
	began := time.Now()
	f("default", "http/a", many, want...)
	t.Logf("%d keys in %s", len(many), time.Since(began))
}
