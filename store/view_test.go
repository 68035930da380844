package store

import (
	"context"
	"runtime"
	"testing"
)

// TestViewGivenUpWhileOpening: whoever asks may leave at any moment while a view is opened for it.
func TestViewGivenUpWhileOpening(t *testing.T) {
	s := openTest(t, t.TempDir(), testOptions())
	for range 200 {
		ctx, leave := context.WithCancel(t.Context())
		go func() { // at the moment at which it is open
			for s.stats.views.Load() == 0 && ctx.Err() == nil {
				runtime.Gosched()
			}
			leave()
		}()
		if v, err := s.View(ctx); err == nil {
			if err := v.Close(); err != nil {
				t.Fatal(err)
			}
		}
		leave()
	}
	if n := s.Stats().Views; n != 0 {
		t.Errorf("%d views are left open", n)
	}
}
