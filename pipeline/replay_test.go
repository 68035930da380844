package pipeline

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli"
)

// TestReplay: a window goes out again through a receiver that fails at first, the cursor stays with the output, and that
// goes on.
func TestReplay(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		tb, r := newTable(), &receiver{}
		tb.add(30, 3)
		o, wg := start(ctx, dir, tb, r, Output{})
		o.running = wg
		var asked string
		o.within = func(span string) reader {
			asked = span
			return func(ctx context.Context, after, upto int64, max, bytes int) (rows, error) {
				all, err := tb.read(ctx, after, upto, max, bytes)
				var some rows
				for i, e := range all.events {
					if e.Seq>>frameShift <= 10 {
						some.events, some.received = append(some.events, e), append(some.received, all.received[i])
					}
				}
				return some, err
			}
		}
		synctest.Wait()
		first := r.ids()
		if diff := cmp.Diff(tb.ids(), first); diff != "" {
			t.Fatalf("before the replay (-want +got):\n%s", diff)
		}
		cursor, _ := tb.Cursor("out")
		r.mu.Lock()
		r.script = append(r.script, fails(lazuli.Errorf(lazuli.Transient, "busy")), verdicts(map[int]lazuli.Verdict{2: lazuli.Rejected}))
		r.mu.Unlock()
		from := time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC)
		if err := o.replay(ctx, from, from.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := o.replay(ctx, from, from.Add(time.Hour)); lazuli.KindOf(err) != lazuli.Conflict {
			t.Errorf("a second replay beside the first: %v", err)
		}
		<-o.replayed.ended
		tb.add(1, 1)
		for r.count() < len(first)+30 { // the clock of the test goes on while all wait
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if asked != "2026-11-19T00:00:00Z/2026-11-19T01:00:00Z" {
			t.Errorf("timespan %s", asked)
		}
		again := r.ids()[len(first):]
		want := append(slices.Clone(first[:30]), tb.ids()[90])
		want = slices.Delete(want, 2, 3) // the rejected one
		slices.Sort(again)
		slices.Sort(want)
		if diff := cmp.Diff(want, again); diff != "" {
			t.Errorf("after the replay (-want +got):\n%s", diff)
		}
		s := o.status()
		if p := s.Replay; p == nil || !p.Done || p.Delivered != 29 || p.Rejected != 1 || p.Progress != 1 {
			t.Errorf("state of the replay: %+v", p)
		}
		if s.Cursor <= cursor || s.Delivered != 91 {
			t.Errorf("the output itself: %+v", s)
		}
		if err := o.replay(ctx, from, from.Add(time.Hour)); err != nil {
			t.Errorf("another after the first: %v", err)
		}
		cancel()
		wg.Wait()
		if err := o.replay(ctx, from, from.Add(time.Hour)); err != nil {
			t.Errorf("after the end: %v", err)
		}
		wg.Wait()
		if p := o.status().Replay; p.Done {
			t.Error("a replay that was cut off says that it is done")
		}
	})
}

func (r *receiver) count() int { return len(r.ids()) }

func TestReplayRefused(t *testing.T) {
	p := &Pipeline{}
	now := time.Now()
	if err := p.Replay("x", now, now); lazuli.KindOf(err) != lazuli.Invalid {
		t.Errorf("an empty window: %v", err)
	}
	if err := p.Replay("x", now, now.Add(1)); !errors.Is(err, ErrNoOutput) || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("no such output: %v", err)
	}
}
