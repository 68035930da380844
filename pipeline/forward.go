package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"lazuli.dev/lazuli"
)

const (
	// DefaultBatchEvents and DefaultBatchBytes bound one Send where the configuration does not: large
	// enough that waiting for an acknowledgement of a second costs little.
	DefaultBatchEvents = 5000
	DefaultBatchBytes  = 8 << 20
	// readAhead is how many batches one query fetches: the price of a query is spread, and the rows in
	// memory stay bounded.
	readAhead = 4
	// mostMore bounds by how much more is asked for when a single row is too large.
	mostMore = 64
	// drainTime is how long a delivery under way may take at shutdown before it is given up; its events
	// are then sent again at the next start.
	drainTime = 10 * time.Second
)

// An Output is one receiver and what goes to it.
type Output struct {
	Name      string // of the output and its cursor
	Kind      string // of the receiver, as the configuration calls it
	To        string // where to, without secrets
	Workspace string
	Query     string   // row-wise KQL; "" = all rows
	Tables    []string // where Query is "": of these tables; none = of all
	Beginning bool     // a new output starts with the oldest row instead of the next one
	Events    int      // at most in one Send; 0 = DefaultBatchEvents
	Bytes     int      // of rows in one Send, the first event aside; 0 = DefaultBatchBytes
	Forwarder lazuli.Forwarder
}

// cursors is what delivery needs of the store.
type cursors interface {
	Cursor(name string) (int64, bool)
	SetCursor(name string, seq int64) error
	Stable() int64
	Wait(ctx context.Context, seq int64) error
}

// rows is the answer to one look at the rows of an output's query.
type rows struct {
	events   []lazuli.Event // in order of _Seq
	received []int64        // ticks, one for each event
}

// errTooMany says that there are more rows or bytes than were asked for.
var errTooMany = errors.New("more rows than asked for")

// reader gives all rows of an output's query with after < _Seq <= upto, or errTooMany when they are more than
// max or their values larger than bytes.
type reader func(ctx context.Context, after, upto int64, max, bytes int) (rows, error)

// An output is one running Output.
type output struct {
	Output
	cursors cursors
	read    reader
	gate    *gate                                                   // shared with its replays
	within  func(of record) (reader, error)                         // for the rows of a replay; nil in one
	measure func(ctx context.Context, after int64) (Waiting, error) // what waits while it is paused; nil in a replay
	data    string
	log     *slog.Logger
	now     func() time.Time

	delivered, rejected, retried, oldest atomic.Int64
	sending                              atomic.Bool
	waiting                              atomic.Pointer[Waiting]
	sent                                 rate

	mu       sync.Mutex
	failures int
	last     string
}

// trouble is how many failures there were in a row, and the last of them.
func (o *output) trouble() (int, string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.failures, o.last
}

// run delivers until ctx is done. An error of any kind is met with patience: nothing but the end of the
// context ends it, and no event is given up.
func (o *output) run(ctx context.Context) {
	// A delivery under way outlives ctx for drainTime.
	sending, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(drainTime)
		defer timer.Stop()
		select {
		case <-timer.C:
			giveUp()
		case <-sending.Done():
		}
	})
	defer stop()

	pause := newBackoff()
	if _, known := o.cursors.Cursor(o.Name); !known && !o.set(ctx, o.start(), pause) {
		return
	}
	// The reach follows the density of the rows that match, so that a query neither finds too much nor comes back
	// with nothing over and over. When a single row is too much (it may have been expanded), more is asked for.
	reach, more := reach{frames: firstFrames}, 1
	for o.pass(ctx) {
		after, _ := o.cursors.Cursor(o.Name)
		if err := o.cursors.Wait(ctx, after); err != nil {
			if ctx.Err() == nil {
				o.rest(ctx, pause, fmt.Errorf("wait for rows: %w", err))
			}
			continue
		}
		stable := o.cursors.Stable()
		upto := reach.next(after, stable)
		got, err := o.read(ctx, after, upto, o.Events*readAhead*more, o.Bytes*readAhead*more)
		switch {
		case errors.Is(err, errTooMany):
			if reach.tooMany(after, upto, int64(o.Events*readAhead)) {
				continue
			}
			if more < mostMore {
				more *= 2
			} else {
				o.rest(ctx, pause, lazuli.Errorf(lazuli.Permanent, "the row %d is larger than a query may return; raise limits.query.bytes", upto))
			}
			continue
		case err != nil:
			if ctx.Err() == nil {
				o.rest(ctx, pause, fmt.Errorf("read rows: %w", err))
			}
			continue
		}
		last := after
		if n := len(got.events); n > 0 {
			last = got.events[n-1].Seq
		}
		if upto < stable { // at the end few rows say nothing
			reach.found(after, upto, len(got.events), last, o.Events)
		}
		more = 1
		if !o.deliver(ctx, sending, got, upto, pause) {
			return
		}
	}
}

// start is the place of a new output.
func (o *output) start() int64 {
	if o.Beginning {
		return 0
	}
	return o.cursors.Stable()
}

// deliver sends what was read, batch by batch, and moves the cursor behind what is done. When the output is paused it
// stops after the batch that is under way. It is false when the context has ended first.
func (o *output) deliver(ctx, sending context.Context, got rows, upto int64, pause *backoff) bool {
	events, received := got.events, got.received
	for len(events) > 0 {
		n, bytes := 0, 0
		for n < len(events) && n < o.Events && (n == 0 || bytes+len(events[n].Row) <= o.Bytes) {
			bytes += len(events[n].Row)
			n++
		}
		if o.gate.isShut() || !o.batch(ctx, sending, events[:n], received[:n], pause) {
			return ctx.Err() == nil // what is left is read again when it goes on
		}
		events, received = events[n:], received[n:]
		// Rows that one row was expanded into share a _Seq: the cursor waits for the last of them.
		if len(events) > 0 && !o.move(ctx, events[0].Seq-1, pause) {
			return false
		}
	}
	o.oldest.Store(0)
	return o.move(ctx, upto, pause)
}

// batch sends some events until each is delivered or kept as rejected. It is false when the context has ended or the
// output was paused first.
func (o *output) batch(ctx, sending context.Context, events []lazuli.Event, received []int64, pause *backoff) bool {
	for {
		o.oldest.Store(received[0])
		o.sending.Store(true)
		out, err := o.Forwarder.Send(sending, events)
		o.sending.Store(false)
		if err == nil && len(out) != len(events) {
			err = lazuli.Errorf(lazuli.Permanent, "the forwarder gave %d outcomes for %d events", len(out), len(events))
		}
		var left []lazuli.Event
		var leftReceived []int64
		if err == nil {
			var refused []lazuli.Event
			var reasons []string
			for i, v := range out {
				switch v.Verdict {
				case lazuli.Delivered:
				case lazuli.Rejected:
					refused, reasons = append(refused, events[i]), append(reasons, v.Reason)
				default:
					left, leftReceived = append(left, events[i]), append(leftReceived, received[i])
					err = lazuli.Errorf(lazuli.Transient, "%d events were not taken: %s", len(left), v.Reason)
				}
			}
			if len(refused) > 0 {
				if kept := keepRejected(RejectedFile(o.data, o.Name), o.now(), refused, reasons); kept != nil {
					// They are sent again, refused again, and kept then: never passed over.
					left, leftReceived = merge(events, received, left, refused)
					err, refused = kept, nil
				} else {
					o.log.Warn("events rejected by the receiver", "output", o.Name, "events", len(refused), "reason", reasons[0], "kept", RejectedFile(o.data, o.Name))
				}
			}
			o.rejected.Add(int64(len(refused)))
			taken := int64(len(events) - len(left) - len(refused))
			o.delivered.Add(taken)
			o.sent.add(o.now(), taken)
		} else {
			left, leftReceived = events, received
		}
		if len(left) == 0 {
			if o.settle() {
				o.log.Info("output works again", "output", o.Name)
			}
			pause.succeeded()
			return true
		}
		if len(left) < len(events) {
			pause.succeeded() // part of it arrived: the receiver is alive
			// What stands before the first that is left is done.
			if !o.move(ctx, left[0].Seq-1, pause) {
				return false
			}
		}
		o.retried.Add(int64(len(left)))
		if !o.rest(ctx, pause, err) || o.gate.isShut() {
			return false
		}
		events, received = left, leftReceived
	}
}

// merge is left and refused together, in the order of events.
func merge(events []lazuli.Event, received []int64, left, refused []lazuli.Event) ([]lazuli.Event, []int64) {
	ids := map[string]bool{}
	for _, e := range left {
		ids[e.ID] = true
	}
	for _, e := range refused {
		ids[e.ID] = true
	}
	var all []lazuli.Event
	var at []int64
	for i, e := range events {
		if ids[e.ID] {
			all, at = append(all, e), append(at, received[i])
		}
	}
	return all, at
}

// move writes the cursor; it never goes back. It is false when the context ended before it could be written.
func (o *output) move(ctx context.Context, seq int64, pause *backoff) bool {
	if at, _ := o.cursors.Cursor(o.Name); seq <= at {
		return true
	}
	return o.set(ctx, seq, pause)
}

// set writes the cursor, however often it takes: going on without it would deliver the same rows again.
func (o *output) set(ctx context.Context, seq int64, pause *backoff) bool {
	for {
		err := o.cursors.SetCursor(o.Name, seq)
		if err == nil {
			return true
		}
		if !o.rest(ctx, pause, fmt.Errorf("write cursor: %w", err)) {
			return false
		}
	}
}

// settle notes that all is well, and reports whether it was not before.
func (o *output) settle() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	was := o.failures > 0
	o.failures, o.last = 0, ""
	return was
}

// rest notes an error and waits, until the output is paused at most. It is false when the context ended first.
func (o *output) rest(ctx context.Context, pause *backoff, err error) bool {
	wait := pause.failed(err)
	o.mu.Lock()
	o.failures++
	o.last = err.Error()
	first, n := o.failures == 1, o.failures
	o.mu.Unlock()
	level := slog.LevelDebug // the first failure and every sixteenth are enough in a log
	if first || n%16 == 0 {
		level = slog.LevelWarn
		switch lazuli.KindOf(err) {
		case lazuli.Permanent, lazuli.Denied, lazuli.Invalid:
			level = slog.LevelError
		}
	}
	o.log.Log(ctx, level, "output waits", "output", o.Name, "error", err, "kind", lazuli.KindOf(err).String(), "failures", n, "pause", wait.Round(time.Millisecond))
	timer := time.NewTimer(wait)
	defer timer.Stop()
	_, _, changed := o.gate.state()
	select {
	case <-timer.C:
		return true
	case <-changed:
		return true
	case <-ctx.Done():
		return false
	}
}

// appendID appends the stable id of a row: the workspace's GUID and the row's _Seq in sixteen hexadecimal digits,
// which no other row anywhere has; nth counts the rows that one row was expanded into, from 0.
func appendID(dst []byte, workspaceID string, seq int64, nth int) []byte {
	const digits = "0123456789abcdef"
	dst = append(append(dst, workspaceID...), '-')
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, digits[uint64(seq)>>shift&15])
	}
	if nth > 0 {
		dst = strconv.AppendInt(append(dst, '-'), int64(nth), 10)
	}
	return dst
}
