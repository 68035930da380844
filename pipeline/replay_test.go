package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/internal/durable"
)

// holds is a holder that remembers.
type holds struct {
	mu sync.Mutex
	at map[string]int64
}

func (h *holds) Hold(name string, seq int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.at == nil {
		h.at = map[string]int64{}
	}
	h.at[name] = seq
}

func (h *holds) Unhold(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.at, name)
}

// replayOn makes a replay of all rows of a table, as far as a record says, for a receiver.
func replayOn(fsys durable.FS, data string, tb *table, to *receiver, rec record) (*replaying, *holds) {
	h := &holds{}
	r := &replaying{id: "r", records: records{fsys, data}, holder: h, now: time.Now, log: slog.New(slog.DiscardHandler), rec: rec}
	r.run = &output{Output: Output{Name: "out", Events: 5, Bytes: 1 << 20, Forwarder: to}, cursors: r, read: tb.read,
		data: data, log: r.log, now: time.Now}
	r.run.delivered.Store(rec.Delivered)
	r.run.rejected.Store(rec.Rejected)
	return r, h
}

// TestReplaySurvivesEverything: whatever fails or loses its power at whatever step, a replay goes on behind events that
// were sent, leaves none out, and counts no fewer than arrived before its place.
func TestReplaySurvivesEverything(t *testing.T) {
	tb := newTable()
	tb.add(9, 3)
	fresh := record{Output: "out", State: ReplayRunning, After: 0, End: tb.Stable()}
	// life runs the replay on a file layer until it ends or the power goes.
	life := func(t *testing.T, fsys durable.FS, data string, rec record, to *receiver, onCrash func(func())) (*replaying, *holds) {
		r, h := replayOn(fsys, data, tb, to, rec)
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			r.stop, r.run.gate = stop, newGate(false, time.Time{}) // in the bubble of the test's clock
			if onCrash != nil {
				onCrash(stop) // nothing lives on without power
			}
			r.run.run(ctx)
		})
		return r, h
	}
	steps := 0
	for fault := 0; fault <= steps; fault++ {
		for _, crash := range []bool{false, true} {
			root := t.TempDir()
			data := filepath.Join(root, "data")
			if err := os.Mkdir(data, 0o700); err != nil {
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
			before := &receiver{}
			begun := false
			s := records{fsys, data}
			if err := s.prepare("out"); err == nil {
				begun = s.write("r", fresh) == nil
			}
			if begun {
				life(t, fsys, data, fresh, before, fsys.OnCrash)
			}
			if fault == 0 {
				steps = fsys.Steps()
			}
			for _, loss := range []durable.Loss{durable.LoseUnsynced, durable.KeepUnsynced, durable.TearUnsynced} {
				name := fmt.Sprintf("step %d, crash %v, loss %d", fault, crash, loss)
				left := t.TempDir()
				if err := fsys.Leave(left, loss, uint64(fault)); err != nil {
					t.Fatal(err)
				}
				data := filepath.Join(left, "data")
				s := records{durable.OS{}, data}
				ids, err := s.list()
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if !slices.Equal(ids["out"], []string{"r"}) {
					if begun {
						t.Errorf("%s: a replay that had begun is not there: %v", name, ids)
					}
					continue
				}
				rec, err := s.read("out", "r")
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				after := &receiver{}
				if rec.State == ReplayRunning {
					r, h := life(t, durable.OS{}, data, rec, after, nil)
					if rec = r.rec; len(h.at) > 0 {
						t.Errorf("%s: retention still waits: %v", name, h.at)
					}
				}
				if rec.State != ReplayDone || rec.At < rec.End || rec.Ended.IsZero() || rec.Delivered < int64(len(tb.ids())) {
					t.Errorf("%s: at the end %+v", name, rec)
				}
				got := append(before.ids(), after.ids()...)
				slices.Sort(got)
				if diff := cmp.Diff(tb.ids(), slices.Compact(got)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
				if repeats := len(before.ids()) + len(after.ids()) - len(tb.ids()); repeats > 6 {
					t.Errorf("%s: %d events were sent again", name, repeats)
				}
			}
		}
	}
	if steps < 25 {
		t.Errorf("only %d steps were failed", steps)
	}
}

// TestReplayWithTrouble: a window goes out through a receiver that fails and refuses, and the counts say so.
func TestReplayWithTrouble(t *testing.T) {
	data := t.TempDir()
	tb, to := newTable(), &receiver{script: []func([]lazuli.Event) ([]lazuli.Outcome, error){
		fails(lazuli.Errorf(lazuli.Transient, "busy")), verdicts(map[int]lazuli.Verdict{2: lazuli.Rejected, 4: lazuli.Retry}),
	}}
	tb.add(10, 1)
	s := records{durable.OS{}, data}
	if err := s.prepare("out"); err != nil {
		t.Fatal(err)
	}
	r, h := replayOn(durable.OS{}, data, tb, to, record{Output: "out", State: ReplayRunning, End: tb.Stable()})
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		r.stop, r.run.gate = stop, newGate(false, time.Time{}) // in the bubble of the test's clock
		r.run.run(ctx)
	})
	want := Replay{ID: "r", State: ReplayDone, Progress: 1, Delivered: 9, Rejected: 1, Retried: 6}
	got := r.status(false)
	got.Ended = time.Time{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(h.at) > 0 {
		t.Errorf("retention still waits: %v", h.at)
	}
	// Cancelling what has ended forgets it, and nothing brings it back.
	if forgotten, err := r.end(); !forgotten || err != nil {
		t.Errorf("end: %v %v", forgotten, err)
	}
	if err := r.SetCursor("", 1); err != nil {
		t.Error(err)
	}
	if ids, err := s.list(); err != nil || len(ids) > 0 {
		t.Errorf("still there: %v %v", ids, err)
	}
}
