package pipeline

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// TestResumeWhileMeasuring: an output goes on as soon as it is resumed, also while what waits is being counted.
func TestResumeWhileMeasuring(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &output{
			cursors: &replaying{}, gate: newGate(true, time.Now()), log: slog.New(slog.DiscardHandler),
			measure: func(ctx context.Context, _ int64) (Waiting, error) {
				<-ctx.Done()
				return Waiting{}, ctx.Err()
			},
		}
		passed := false
		go func() { passed = o.pass(t.Context()) }()
		synctest.Wait()
		if passed {
			t.Fatal("the output goes on while it is paused")
		}
		o.gate.set(false, time.Time{})
		synctest.Wait()
		if !passed {
			t.Error("the output waits for the count after it was resumed")
		}
	})
}
