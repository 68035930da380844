package pipeline

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli"
)

// forgetful is a receiver that keeps nothing, behind a forwarder that holds what it sent for a minute.
type forgetful struct {
	receiver
	mu   sync.Mutex
	sent []struct {
		seq int64
		at  time.Time
	}
}

func (f *forgetful) Send(ctx context.Context, events []lazuli.Event) ([]lazuli.Outcome, error) {
	f.mu.Lock()
	for _, e := range events {
		f.sent = append(f.sent, struct {
			seq int64
			at  time.Time
		}{e.Seq, time.Now()})
	}
	f.mu.Unlock()
	return f.receiver.Send(ctx, events)
}

func (f *forgetful) Held() (seq int64, any bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.sent {
		if time.Since(s.at) < time.Minute && (!any || s.seq < seq) {
			seq, any = s.seq, true
		}
	}
	return seq, any
}

func (f *forgetful) Resend(context.Context) error { return nil }

// TestHeldIsSentAgain: what a forwarder may have to send again is sent again after a crash of both sides, and what it
// does not hold any more is not.
func TestHeldIsSentAgain(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		tb := newTable()
		run := func(f lazuli.Forwarder) (crash func()) {
			ctx, cancel := context.WithCancel(t.Context())
			out := &output{Output: Output{Name: "out", Forwarder: f, Beginning: true, Events: 10, Bytes: 1 << 20}, cursors: hold(tb, "out", &serial{Forwarder: f}), read: tb.read, data: dir, log: slog.New(slog.DiscardHandler), now: time.Now, gate: newGate(false, time.Time{})}
			var wg sync.WaitGroup
			wg.Go(func() { out.run(ctx) })
			return func() { cancel(); wg.Wait() }
		}
		tb.add(20, 2)
		old := tb.ids()
		crash := run(&forgetful{})
		synctest.Wait()
		if c, _ := tb.Cursor("out"); c >= tb.rows[0].Seq {
			t.Errorf("the durable cursor is at %d while all is held", c)
		}
		time.Sleep(time.Minute + 2*holdTick) // of the bubble's own clock: nothing is held any more
		if c, _ := tb.Cursor("out"); c != tb.Stable() {
			t.Errorf("the durable cursor is at %d, want %d", c, tb.Stable())
		}
		tb.add(15, 1)
		fresh := tb.ids()[len(old):]
		synctest.Wait()
		crash()
		second := &forgetful{}
		crash = run(second)
		synctest.Wait()
		if diff := cmp.Diff(fresh, second.ids()); diff != "" {
			t.Errorf("sent again after the crash (-want +got):\n%s", diff)
		}
		crash()
	})
}
