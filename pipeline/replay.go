package pipeline

import (
	"context"
	"errors"
	"sync"
	"time"

	"lazuli.dev/lazuli"
)

// A Replay is a window of rows that an output sends once more, beside what it sends anyway and without moving its
// cursor. The events have the ids that they had before.
type Replay struct {
	From, To  time.Time // of TimeGenerated: from From up to but without To
	Done      bool
	Progress  float64 // of the rows that there were at its start, from 0 to 1
	Delivered int64
	Rejected  int64
	Retried   int64
	Failures  int // in a row
	LastError string
}

// serial lets a replay and the output itself share a forwarder, one Send at a time.
type serial struct {
	lazuli.Forwarder
	mu sync.Mutex
}

// Send sends when nobody else does.
func (s *serial) Send(ctx context.Context, events []lazuli.Event) ([]lazuli.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Forwarder.Send(ctx, events)
}

// A window is the cursor of a replay: it begins before the oldest row, ends at the newest there was, and is
// forgotten.
type window struct {
	end  int64
	done context.CancelFunc

	mu sync.Mutex
	at int64
}

func (w *window) Cursor(string) (int64, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at, true
}

func (w *window) SetCursor(_ string, seq int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = seq
	return nil
}

func (w *window) Stable() int64 { return w.end }

// Wait ends the replay where there is nothing left to wait for.
func (w *window) Wait(ctx context.Context, seq int64) error {
	if seq >= w.end {
		w.done()
	}
	return ctx.Err()
}

// a replaying is a replay that runs or has ended.
type replaying struct {
	output
	window   *window
	from, to time.Time
	ended    chan struct{}
}

// status is a snapshot.
func (r *replaying) status() *Replay {
	s := r.output.status()
	at, _ := r.window.Cursor("")
	o := &Replay{From: r.from, To: r.to, Delivered: s.Delivered, Rejected: s.Rejected, Retried: s.Retried, Failures: s.Failures, LastError: s.LastError, Progress: 1}
	if r.window.end > 0 {
		o.Progress = float64(min(at, r.window.end)) / float64(r.window.end)
	}
	select {
	case <-r.ended:
		o.Done = at >= r.window.end
	default:
	}
	return o
}

// ErrNoOutput says that there is no output of a name.
var ErrNoOutput = errors.New("there is no output of that name")

// Replay makes an output send again the rows of its query whose TimeGenerated lies in [from,to), of those that are
// there now. It returns when that has begun; Outputs tells how far it is. An output replays one window at a
// time: while it does, another is refused with an error of kind Conflict. A replay ends with the process.
func (p *Pipeline) Replay(name string, from, to time.Time) error {
	if !from.Before(to) {
		return lazuli.Errorf(lazuli.Invalid, "the window from %s to %s is empty", from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.outputs {
		if o.Name != name {
			continue
		}
		if p.context == nil || p.context.Err() != nil {
			return lazuli.Errorf(lazuli.Transient, "the server is stopping")
		}
		return o.replay(p.context, from, to)
	}
	return lazuli.Errorf(lazuli.Invalid, "%w: %q", ErrNoOutput, name)
}

// replay begins one.
func (o *output) replay(ctx context.Context, from, to time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r := o.replayed; r != nil {
		select {
		case <-r.ended:
		default:
			return lazuli.Errorf(lazuli.Conflict, "output %s is replaying %s to %s; one window at a time", o.Name, r.from.Format(time.RFC3339), r.to.Format(time.RFC3339))
		}
	}
	span := from.UTC().Format(time.RFC3339Nano) + "/" + to.UTC().Format(time.RFC3339Nano)
	ctx, stop := context.WithCancel(ctx)
	w := &window{end: o.cursors.Stable(), done: stop}
	r := &replaying{
		output: output{Output: o.Output, cursors: w, read: o.within(span), data: o.data, log: o.log.With("replay", span), now: o.now},
		window: w, from: from, to: to, ended: make(chan struct{}),
	}
	o.replayed = r
	o.running.Go(func() {
		defer close(r.ended)
		defer stop()
		r.run(ctx)
	})
	return nil
}
