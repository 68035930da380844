package pipeline

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/query"
	"lazuli.dev/lazuli/store"
)

// measureEvery is how often a paused output looks at what waits for it.
const measureEvery = 15 * time.Second

// An OutputState says whether an output delivers.
type OutputState string

// The states of an output.
const (
	OutputRunning OutputState = "running"
	OutputPaused  OutputState = "paused"  // by an operator
	OutputFailing OutputState = "failing" // the last attempt failed; it is tried again
)

// Status is what an output is doing. Counts are since the start of the process and without the replays'.
type Status struct {
	Name        string
	Kind        string // of the receiver
	To          string // where to, without secrets
	Workspace   string
	Query       string
	State       OutputState
	PausedSince time.Time // zero = it is not paused
	Busy        bool      // a delivery is under way, of the output or of a replay of it
	Cursor      int64     // every row up to this _Seq is delivered or kept as rejected
	Stable      int64     // highest visible _Seq
	Oldest      time.Time // receipt of the oldest event that waits; zero = none is known
	Waiting     *Waiting  // what waits while the output is paused; nil = it is not, or it has not been counted yet
	Delivered   int64
	Rejected    int64
	Retried     int64   // events sent again
	PerSecond   float64 // events delivered, over the last minute
	Failures    int     // in a row
	LastError   string
	Replays     []Replay // the oldest first
}

// Lag is the number of frames that the output has still to look at.
func (s Status) Lag() int64 { return max(0, s.Stable>>store.SeqShift-s.Cursor>>store.SeqShift) }

// Waiting is what a paused output holds back.
type Waiting struct {
	Events  int64     // rows of its query behind the cursor
	Oldest  time.Time // receipt of the first of them; zero = there is none
	Overdue int64     // rows of the workspace that retention would have removed
}

// A Leftover is what there is of an output that is not configured: it keeps rows from expiring until it is
// configured again, and then goes on where it was, or forgotten.
type Leftover struct {
	Name        string
	Cursor      int64 // -1 = it has none
	Stable      int64
	PausedSince time.Time // zero = it is not paused
	Replays     []Replay
}

// A gate stops an output and its replays while it is shut.
type gate struct {
	mu      sync.Mutex
	shut    bool
	since   time.Time
	changed chan struct{} // closed at the next change
}

func newGate(shut bool, since time.Time) *gate {
	return &gate{shut: shut, since: since, changed: make(chan struct{})}
}

// state says whether the gate is shut, since when, and what is closed when that changes.
func (g *gate) state() (shut bool, since time.Time, changed <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut, g.since, g.changed
}

func (g *gate) isShut() bool {
	shut, _, _ := g.state()
	return shut
}

func (g *gate) set(shut bool, since time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut == shut {
		return
	}
	g.shut, g.since = shut, since
	close(g.changed)
	g.changed = make(chan struct{})
}

// pass waits while the output is paused, and looks from time to time at what waits. It is false when the context has
// ended.
func (o *output) pass(ctx context.Context) bool {
	for ctx.Err() == nil {
		shut, _, changed := o.gate.state()
		if !shut {
			o.waiting.Store(nil)
			return true
		}
		if h, holds := o.cursors.(*holding); holds {
			if err := h.follow(); err != nil { // met again by the next batch
				o.log.Debug("the durable cursor of a paused output cannot follow", "output", o.Name, "error", err)
			}
		}
		if o.measure != nil {
			// Counting may take long, and whoever resumes the output does not wait for it.
			measuring, stop := context.WithCancel(ctx)
			go func() {
				select {
				case <-changed:
					stop()
				case <-measuring.Done():
				}
			}()
			after, _ := o.cursors.Cursor(o.Name)
			w, err := o.measure(measuring, after)
			given := measuring.Err() != nil
			stop()
			if err == nil {
				o.waiting.Store(&w)
			} else if !given {
				o.log.Debug("what waits for a paused output could not be counted", "output", o.Name, "error", err)
			}
		}
		timer := time.NewTimer(measureEvery)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return false
}

// waits makes what measures a paused output. It remembers how far it has looked for the first event, since rows do not
// change and the cursor stands still.
func (p *Pipeline) waits(engine *query.Engine, o Output, workspaceID string) func(ctx context.Context, after int64) (Waiting, error) {
	read := asks(engine, o, workspaceID, "")
	var cursor, looked int64
	var oldest time.Time
	return func(ctx context.Context, after int64) (Waiting, error) {
		var w Waiting
		stable := p.store.Stable()
		if stable <= after {
			return w, nil
		}
		if after != cursor {
			cursor, looked, oldest = after, after, time.Time{}
		}
		if oldest.IsZero() {
			received, err := first(ctx, read, &looked, stable, o.Events*readAhead, o.Bytes*readAhead)
			if err != nil {
				return w, err
			}
			if received != 0 {
				oldest = lazuli.FromTicks(received)
			}
		}
		var err, errOverdue error
		w.Oldest = oldest
		w.Events, err = count(ctx, engine, o, after, stable)
		w.Overdue, errOverdue = p.store.Overdue(ctx, o.Workspace, after)
		return w, errors.Join(err, errOverdue)
	}
}

// first finds when the first event behind looked was received, 0 when there is none up to a _Seq, and moves looked
// over what has none.
func first(ctx context.Context, read reader, looked *int64, stable int64, events, bytes int) (received int64, err error) {
	reach := reach{frames: firstFrames}
	for *looked < stable {
		upto := reach.next(*looked, stable)
		got, err := read(ctx, *looked, upto, events, bytes)
		switch {
		case errors.Is(err, errTooMany) && reach.tooMany(*looked, upto, int64(events)):
		case err != nil:
			return 0, err
		case len(got.events) > 0:
			return got.received[0], nil
		default:
			reach.found(*looked, upto, 0, *looked, events)
			*looked = upto
		}
	}
	return 0, nil
}

// output finds a running output, nil when there is none of the name. The caller holds mu.
func (p *Pipeline) output(name string) *output {
	for _, o := range p.outputs {
		if o.Name == name {
			return o
		}
	}
	return nil
}

// noOutput is the error of something that only a running output can do: one of kind Conflict where something is left of
// an output of that name. The caller holds mu.
func (p *Pipeline) noOutput(name string) error {
	if slices.ContainsFunc(p.unconfigured(), func(l Leftover) bool { return l.Name == name }) {
		return lazuli.Errorf(lazuli.Conflict, "%w: %q; configure it again under its name, and it goes on where it was, or forget it", ErrUnconfigured, name)
	}
	return lazuli.Errorf(lazuli.Invalid, "%w: %q", ErrNoOutput, name)
}

// Outputs says what the outputs are doing, in the order of the configuration.
func (p *Pipeline) Outputs() []Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]Status, 0, len(p.outputs))
	for _, o := range p.outputs {
		all = append(all, p.status(o))
	}
	return all
}

// status is a snapshot. The caller holds mu.
func (p *Pipeline) status(o *output) Status {
	s := Status{Name: o.Name, Kind: o.Kind, To: o.To, Workspace: o.Workspace, Query: o.Query, State: OutputRunning, Busy: o.sending.Load(),
		Stable: o.cursors.Stable(), Delivered: o.delivered.Load(), Rejected: o.rejected.Load(), Retried: o.retried.Load(), PerSecond: o.sent.perSecond(o.now())}
	s.Cursor, _ = o.cursors.Cursor(o.Name)
	if t := o.oldest.Load(); t != 0 {
		s.Oldest = lazuli.FromTicks(t)
	}
	if s.Failures, s.LastError = o.trouble(); s.Failures > 0 {
		s.State = OutputFailing
	}
	shut, since, _ := o.gate.state()
	if shut {
		s.State, s.PausedSince = OutputPaused, since
		if s.Waiting = o.waiting.Load(); s.Waiting == nil && s.Lag() == 0 {
			s.Waiting = &Waiting{}
		}
		if s.Waiting != nil {
			s.Oldest = s.Waiting.Oldest
		}
	}
	for _, r := range p.replays[o.Name] {
		s.Replays = append(s.Replays, r.status(shut))
		s.Busy = s.Busy || r.run != nil && r.run.sending.Load()
	}
	return s
}

// Unconfigured says what there is of outputs that are not configured, by name.
func (p *Pipeline) Unconfigured() []Leftover {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.unconfigured()
}

// unconfigured is Unconfigured. The caller holds mu.
func (p *Pipeline) unconfigured() []Leftover {
	cursors := p.store.Cursors()
	names := map[string]bool{}
	for name := range cursors {
		names[name] = true
	}
	for _, name := range p.paused.names(pausedOutput) {
		names[name] = true
	}
	for name, replays := range p.replays {
		if len(replays) > 0 {
			names[name] = true
		}
	}
	for _, o := range p.outputs {
		delete(names, o.Name)
	}
	var all []Leftover
	for _, name := range slices.Sorted(maps.Keys(names)) {
		l := Leftover{Name: name, Cursor: -1, Stable: p.store.Stable()}
		if at, known := cursors[name]; known {
			l.Cursor = at
		}
		l.PausedSince, _ = p.paused.since(pausedOutput, name)
		for _, r := range p.replays[name] {
			l.Replays = append(l.Replays, r.status(true)) // it waits until the output is configured
		}
		all = append(all, l)
	}
	return all
}

// PauseOutput stops an output and its replays after the delivery that is under way, and is durable: it stays paused
// over restarts, until ResumeOutput. Retention goes on to wait for its cursor.
func (p *Pipeline) PauseOutput(name string) (Status, error) { return p.pauseOutput(name, true) }

// ResumeOutput lets an output that was paused go on where it was.
func (p *Pipeline) ResumeOutput(name string) (Status, error) { return p.pauseOutput(name, false) }

func (p *Pipeline) pauseOutput(name string, paused bool) (Status, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.output(name)
	if o == nil {
		return Status{}, p.noOutput(name)
	}
	if err := p.paused.set(pausedOutput, name, paused, p.now()); err != nil {
		return Status{}, p.notKept("pause or resume output "+name, err)
	}
	since, _ := p.paused.since(pausedOutput, name)
	if o.gate.isShut() != paused {
		p.log.Info("output paused or resumed by an operator", "output", name, "paused", paused)
	}
	o.gate.set(paused, since)
	return p.status(o), nil
}

// ForgetOutput removes what there is of an output that is not configured any more: its cursor, its pause and its
// replays. Rows that only it kept can then expire. One that is configured is refused with an error of kind Conflict.
func (p *Pipeline) ForgetOutput(name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, hasCursor := p.store.Cursor(name)
	_, paused := p.paused.since(pausedOutput, name)
	switch {
	case p.output(name) != nil:
		return lazuli.Errorf(lazuli.Conflict, "output %s is configured; take it out of the configuration first", name)
	case !hasCursor && !paused && len(p.replays[name]) == 0:
		return lazuli.Errorf(lazuli.Invalid, "%w: %q", ErrNoOutput, name)
	}
	doing := "forget output " + name
	for len(p.replays[name]) > 0 {
		r := p.replays[name][0]
		r.mu.Lock()
		err := r.forget()
		r.mu.Unlock()
		if err != nil {
			return p.notKept(doing, err)
		}
		p.replays[name] = p.replays[name][1:]
	}
	delete(p.replays, name)
	if err := p.paused.set(pausedOutput, name, false, p.now()); err != nil {
		return p.notKept(doing, err)
	}
	// The cursor last: until it is gone the command can be given again.
	if err := p.store.RemoveCursor(name); err != nil {
		return p.notKept(doing, err)
	}
	p.log.Info("output forgotten", "output", name)
	return nil
}
