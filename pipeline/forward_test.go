package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/store"
)

// table is a store of rows without an engine: what delivery sees of it, under a clock of its own.
type table struct {
	mu     sync.Mutex
	rows   []lazuli.Event
	cursor map[string]int64
	grown  chan struct{}
	broken bool // SetCursor fails
	sets   int
}

func newTable() *table { return &table{cursor: map[string]int64{}, grown: make(chan struct{})} }

// add appends n frames with the given rows each.
func (t *table) add(n, rows int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	frame := t.stable() >> store.SeqShift
	for range n {
		frame++
		for r := range rows {
			seq := frame<<store.SeqShift | int64(r)
			t.rows = append(t.rows, lazuli.Event{ID: string(appendID(nil, "ws", seq, 0)), Seq: seq, Table: "T", Row: fmt.Appendf(nil, `{"Seq":%d}`, seq)})
		}
	}
	close(t.grown)
	t.grown = make(chan struct{})
}

// expand replaces the last row by many with the same _Seq.
func (t *table) expand(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := t.rows[len(t.rows)-1]
	for i := 1; i < n; i++ {
		last.ID = string(appendID(nil, "ws", last.Seq, i))
		t.rows = append(t.rows, last)
	}
}

func (t *table) stable() int64 {
	if len(t.rows) == 0 {
		return 0
	}
	return t.rows[len(t.rows)-1].Seq
}

func (t *table) Stable() int64 { t.mu.Lock(); defer t.mu.Unlock(); return t.stable() }

func (t *table) Cursor(name string) (int64, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, ok := t.cursor[name]
	return c, ok
}

func (t *table) SetCursor(name string, seq int64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sets++
	if t.broken {
		return errors.New("disk broken")
	}
	t.cursor[name] = seq
	return nil
}

func (t *table) Wait(ctx context.Context, seq int64) error {
	for {
		t.mu.Lock()
		stable, grown := t.stable(), t.grown
		t.mu.Unlock()
		if stable > seq {
			return nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (t *table) read(_ context.Context, after, upto int64, max, bytes int) (rows, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var got rows
	for _, e := range t.rows {
		if e.Seq <= after || e.Seq > upto {
			continue
		}
		if bytes -= len(e.Row); len(got.events) >= max || bytes < 0 {
			return rows{}, errTooMany
		}
		got.events, got.received = append(got.events, e), append(got.received, lazuli.Ticks(time.Now()))
	}
	return got, nil
}

// receiver keeps what it takes and answers by script.
type receiver struct {
	mu     sync.Mutex
	got    []string
	script []func([]lazuli.Event) ([]lazuli.Outcome, error)
	sends  []time.Time
	hold   chan struct{} // Send waits for it when set
}

func (r *receiver) Send(ctx context.Context, events []lazuli.Event) ([]lazuli.Outcome, error) {
	r.mu.Lock()
	r.sends = append(r.sends, time.Now())
	hold := r.hold
	var next func([]lazuli.Event) ([]lazuli.Outcome, error)
	if len(r.script) > 0 {
		next, r.script = r.script[0], r.script[1:]
	}
	r.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	out := make([]lazuli.Outcome, len(events))
	for i := range out {
		out[i].Verdict = lazuli.Delivered
	}
	var err error
	if next != nil {
		out, err = next(events)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, o := range out {
		if err == nil && o.Verdict == lazuli.Delivered {
			r.got = append(r.got, events[i].ID)
		}
	}
	return out, err
}

func (r *receiver) Close() error { return nil }

func (r *receiver) ids() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.got...)
}

func (t *table) ids() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var ids []string
	for _, e := range t.rows {
		ids = append(ids, e.ID)
	}
	return ids
}

func start(ctx context.Context, dir string, tb *table, r *receiver, o Output) (*output, *sync.WaitGroup) {
	o.Name, o.Forwarder, o.Beginning = "out", r, true
	if o.Events == 0 {
		o.Events = 10
	}
	o.Bytes = 1 << 20
	out := &output{Output: o, cursors: tb, read: tb.read, data: dir, log: slog.New(slog.DiscardHandler), now: time.Now, gate: newGate(false, time.Time{})}
	var wg sync.WaitGroup
	wg.Go(func() { out.run(ctx) })
	return out, &wg
}

func fails(err error) func([]lazuli.Event) ([]lazuli.Outcome, error) {
	return func([]lazuli.Event) ([]lazuli.Outcome, error) { return nil, err }
}

// verdicts answers by the index of the event.
func verdicts(v map[int]lazuli.Verdict) func([]lazuli.Event) ([]lazuli.Outcome, error) {
	return func(events []lazuli.Event) ([]lazuli.Outcome, error) {
		out := make([]lazuli.Outcome, len(events))
		for i := range out {
			out[i].Verdict = lazuli.Delivered
			if x, ok := v[i]; ok {
				out[i] = lazuli.Outcome{Verdict: x, Reason: "because"}
			}
		}
		return out, nil
	}
}

func TestDelivery(t *testing.T) {
	transient := lazuli.Errorf(lazuli.Transient, "busy")
	f := func(name string, want func(t *testing.T, tb *table, r *receiver, o *output), script ...func([]lazuli.Event) ([]lazuli.Outcome, error)) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				tb, r := newTable(), &receiver{script: script}
				tb.add(30, 3)
				tb.add(1, 200) // more than one query may return
				tb.expand(70)  // and a row that is more by itself
				o, wg := start(ctx, dir, tb, r, Output{})
				time.Sleep(time.Hour) // of the bubble's own clock
				tb.add(5, 1)
				synctest.Wait()
				time.Sleep(time.Hour)
				want(t, tb, r, o)
				if c, _ := tb.Cursor("out"); c != tb.Stable() {
					t.Errorf("cursor %d, want %d", c, tb.Stable())
				}
				cancel()
				wg.Wait()
			})
		})
	}
	whole := func(t *testing.T, tb *table, r *receiver, _ *output) {
		t.Helper()
		if diff := cmp.Diff(tb.ids(), r.ids()); diff != "" {
			t.Errorf("delivered (-want +got):\n%s", diff)
		}
	}
	f("no fault", whole)
	f("transient errors", whole, fails(transient), fails(transient), nil, fails(transient))
	f("denied for a while", whole, fails(lazuli.Errorf(lazuli.Denied, "no")), fails(lazuli.Errorf(lazuli.Denied, "no")))
	f("foreign errors", whole, fails(errors.New("what?")))
	f("wrong number of outcomes", whole, func([]lazuli.Event) ([]lazuli.Outcome, error) { return make([]lazuli.Outcome, 1), nil })
	f("part to retry", func(t *testing.T, tb *table, r *receiver, o *output) {
		got := map[string]int{}
		for _, id := range r.ids() {
			got[id]++
		}
		for _, id := range tb.ids() {
			if got[id] != 1 {
				t.Errorf("%s was delivered %d times", id, got[id])
			}
		}
		if failures, last := o.trouble(); o.retried.Load() != 2 || failures != 0 || last != "" {
			t.Errorf("%d sent again, %d failures: %s", o.retried.Load(), failures, last)
		}
	}, verdicts(map[int]lazuli.Verdict{2: lazuli.Retry, 5: lazuli.Retry}))
	f("rejected events", func(t *testing.T, tb *table, r *receiver, o *output) {
		ids := tb.ids()
		if diff := cmp.Diff(append([]string{ids[0]}, ids[2:]...), r.ids()); diff != "" {
			t.Errorf("delivered (-want +got):\n%s", diff)
		}
		text, err := os.ReadFile(RejectedFile(o.data, "out"))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); n != 1 || !strings.Contains(string(text), ids[1]) || !strings.Contains(string(text), `"reason":"because"`) {
			t.Errorf("kept: %s", text)
		}
		if o.rejected.Load() != 1 || o.delivered.Load() != int64(len(ids)-1) {
			t.Errorf("%d rejected, %d delivered", o.rejected.Load(), o.delivered.Load())
		}
	}, verdicts(map[int]lazuli.Verdict{1: lazuli.Rejected}))
}

// TestRejectedNotKept: as long as a rejected event cannot be written down, the cursor does not pass it.
func TestRejectedNotKept(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/forward", nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		always := verdicts(map[int]lazuli.Verdict{0: lazuli.Rejected})
		tb, r := newTable(), &receiver{script: []func([]lazuli.Event) ([]lazuli.Outcome, error){always, always, always, always, always, always}}
		tb.add(2, 1)
		_, wg := start(ctx, dir, tb, r, Output{})
		time.Sleep(3 * time.Second)
		if c, _ := tb.Cursor("out"); c >= tb.rows[0].Seq {
			t.Errorf("the cursor passed an event that is neither delivered nor kept: %d", c)
		}
		if err := os.Remove(dir + "/forward"); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Hour)
		if c, _ := tb.Cursor("out"); c != tb.Stable() {
			t.Errorf("cursor %d, want %d", c, tb.Stable())
		}
		cancel()
		wg.Wait()
	})
}

// TestCursorBroken: nothing is delivered over and over while the cursor cannot be written.
func TestCursorBroken(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		tb, r := newTable(), &receiver{}
		tb.add(1, 5)
		_, wg := start(ctx, dir, tb, r, Output{})
		synctest.Wait()
		tb.mu.Lock()
		tb.broken = true
		tb.mu.Unlock()
		tb.add(1, 5)
		time.Sleep(time.Hour)
		tb.mu.Lock()
		tb.broken = false
		tb.mu.Unlock()
		time.Sleep(time.Hour)
		if diff := cmp.Diff(tb.ids(), r.ids()); diff != "" {
			t.Errorf("delivered (-want +got):\n%s", diff)
		}
		cancel()
		wg.Wait()
	})
}

// TestDrain: a delivery under way at shutdown is finished and its cursor written; one that takes too long
// is given up and sent again at the next start.
func TestDrain(t *testing.T) {
	f := func(takes time.Duration, wantMoved bool) {
		t.Helper()
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			tb, r := newTable(), &receiver{hold: make(chan struct{})}
			tb.add(1, 3)
			_, wg := start(ctx, dir, tb, r, Output{})
			synctest.Wait()
			cancel()
			time.AfterFunc(takes, func() { close(r.hold) })
			wg.Wait()
			if c, _ := tb.Cursor("out"); (c == tb.Stable()) != wantMoved {
				t.Errorf("delivery took %s after the end: cursor %d of %d", takes, c, tb.Stable())
			}
			<-r.hold
			again := &receiver{}
			ctx, cancel = context.WithCancel(t.Context())
			_, wg = start(ctx, dir, tb, again, Output{})
			synctest.Wait()
			cancel()
			wg.Wait()
			if got := append(r.ids(), again.ids()...); cmp.Diff(tb.ids(), got) != "" {
				t.Errorf("delivered before and after the restart: %v", got)
			}
		})
	}
	f(time.Second, true)
	f(time.Minute, false)
}

func TestNewOutputStartsNow(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		tb, r := newTable(), &receiver{}
		tb.add(3, 1)
		out := &output{Output: Output{Name: "out", Forwarder: r, Events: 10, Bytes: 1 << 20}, cursors: tb, read: tb.read, data: dir, log: slog.New(slog.DiscardHandler), now: time.Now, gate: newGate(false, time.Time{})}
		var wg sync.WaitGroup
		wg.Go(func() { out.run(ctx) })
		synctest.Wait()
		tb.add(2, 1)
		synctest.Wait()
		if diff := cmp.Diff(tb.ids()[3:], r.ids()); diff != "" {
			t.Errorf("delivered (-want +got):\n%s", diff)
		}
		cancel()
		wg.Wait()
	})
}

func TestBackoff(t *testing.T) {
	b := &backoff{random: func() float64 { return 0.5 }}
	f := func(err error, want time.Duration) {
		t.Helper()
		if got := b.failed(err); got != want {
			t.Errorf("pause after failure %d: %v, want %v", b.failures, got, want)
		}
	}
	busy := lazuli.Errorf(lazuli.Transient, "busy")
	f(busy, 375*time.Millisecond)
	f(busy, 750*time.Millisecond)
	f(busy, 1500*time.Millisecond)
	f(&lazuli.Error{Kind: lazuli.Transient, Wait: 10 * time.Second}, 10500*time.Millisecond)
	f(lazuli.Errorf(lazuli.Denied, "no"), 225*time.Second)
	for range 100 {
		b.failed(busy)
	}
	f(busy, 45*time.Second)
	b.succeeded()
	f(busy, 375*time.Millisecond)
}
