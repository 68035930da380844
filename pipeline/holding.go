package pipeline

import (
	"context"
	"errors"
	"sync"
	"time"

	"lazuli.dev/lazuli"
)

// holdTick is how often an output with nothing to send looks whether what it holds has to be sent again, and whether its
// durable cursor can follow.
const holdTick = 5 * time.Second

// holding are the cursors of an output whose forwarder may have to send again what it has reported as delivered. The
// output goes on from where it is; the durable cursor, from which it goes on after a crash, stays behind what the
// forwarder holds. So nothing is passed over when this program and a receiver die together.
type holding struct {
	cursors
	name   string
	holder lazuli.Holder
	sender *serial

	mu    sync.Mutex
	at    int64 // where the output is
	known bool
}

// hold gives an output the cursors that its forwarder needs.
func hold(c cursors, name string, s *serial) cursors {
	if holder, holds := s.Forwarder.(lazuli.Holder); holds {
		return &holding{cursors: c, name: name, holder: holder, sender: s}
	}
	return c
}

// Cursor implements cursors.
func (h *holding) Cursor(name string) (int64, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known {
		return h.at, true
	}
	return h.cursors.Cursor(name)
}

// SetCursor implements cursors.
func (h *holding) SetCursor(name string, seq int64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	durable, known := h.cursors.Cursor(name)
	to := seq
	if held, any := h.holder.Held(); any {
		to = min(to, held-1)
	}
	// A replay may hold rows that were done long ago: the cursor never goes back.
	if !known || to > durable {
		if !known {
			to = seq // a new output begins here
		}
		if err := h.cursors.SetCursor(name, to); err != nil {
			return err
		}
	}
	h.at, h.known = seq, true
	return nil
}

// follow moves the durable cursor as far as it may go. An error is met again with the next batch.
func (h *holding) follow() error {
	h.mu.Lock()
	at, known := h.at, h.known
	h.mu.Unlock()
	if !known {
		return nil
	}
	return h.SetCursor(h.name, at)
}

// behind reports whether the durable cursor is not where the output is.
func (h *holding) behind() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	durable, _ := h.cursors.Cursor(h.name)
	return h.known && durable < h.at
}

// Wait implements cursors. What the receiver may have lost is sent again meanwhile, and the durable cursor follows.
func (h *holding) Wait(ctx context.Context, seq int64) error {
	for h.behind() {
		tick, cancel := context.WithTimeout(ctx, holdTick)
		err := h.cursors.Wait(tick, seq)
		cancel()
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		_ = h.sender.Resend(ctx) // a receiver that is away is asked again at the next tick, and told of with the next batch
		if err := h.follow(); err != nil {
			return err
		}
	}
	return h.cursors.Wait(ctx, seq)
}
