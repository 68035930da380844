package query

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

func TestWatch(t *testing.T) {
	var size atomic.Int64
	w := newWatch(100)
	w.size = func() (int64, bool) { return size.Load(), true }
	start := func() (context.Context, func()) {
		ctx, end := context.WithCancelCause(context.Background())
		return ctx, w.add(end)
	}
	first, remove := start()
	second, removeSecond := start()
	remove()
	size.Store(101)
	select {
	case <-second.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("a query goes on although the process is too large")
	}
	if !errors.Is(context.Cause(second), errMemory) || first.Err() != nil {
		t.Errorf("the second ended by %v, the first, which had finished, by %v", context.Cause(second), context.Cause(first))
	}
	removeSecond()
	// The look ends without queries and begins again with the next one.
	for {
		w.mu.Lock()
		looking := w.looking
		w.mu.Unlock()
		if !looking {
			break
		}
		runtime.Gosched()
	}
	third, removeThird := start()
	<-third.Done()
	removeThird()
}

func TestWatchKnowsTheMachine(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Log("only Linux tells; elsewhere nothing is watched")
		return
	}
	size, ok := residentMemory()
	if all := machineMemory(); !ok || size <= 0 || size >= all {
		t.Errorf("the process has %d bytes of %d (%v)", size, all, ok)
	}
}
