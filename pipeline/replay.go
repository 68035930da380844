package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/internal/durable"
	"lazuli.dev/lazuli/store"
)

const (
	// mostReplays is how many unfinished replays an output may have: they share its receiver, one Send at a time.
	mostReplays = 8
	// keptReplays is how many finished ones are remembered.
	keptReplays = 20
)

// A ReplayState says whether a replay goes on.
type ReplayState string

// The states of a replay.
const (
	ReplayRunning   ReplayState = "running"
	ReplayPaused    ReplayState = "paused" // as its output is
	ReplayDone      ReplayState = "done"
	ReplayCancelled ReplayState = "cancelled"
	ReplayFailed    ReplayState = "failed" // it cannot go on; LastError says why
)

// A Replay is a window of rows that an output sends once more, beside what it sends anyway and without moving its
// cursor. The events have the ids that they had before. It has a place of its own, which survives a restart, and keeps
// retention from passing it.
type Replay struct {
	ID        string    // among those of the output
	From, To  time.Time // of TimeGenerated: from From up to but without To
	State     ReplayState
	Begun     time.Time
	Ended     time.Time // zero = it has not
	Progress  float64   // of the rows that there were at its start, from 0 to 1
	Delivered int64
	Rejected  int64
	Retried   int64
	Failures  int // in a row
	LastError string
	Note      string // what a person should know, such as that retention had removed rows of the window
}

// serial lets replays and the output itself share a forwarder, one Send at a time.
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

// Resend lets a Holder send again what the receiver may have lost, when nobody sends.
func (s *serial) Resend(ctx context.Context) error {
	holder, holds := s.Forwarder.(lazuli.Holder)
	if !holds {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return holder.Resend(ctx)
}

// A holder keeps retention from passing a reader.
type holder interface {
	Hold(name string, seq int64)
	Unhold(name string)
}

// a replaying is a replay that runs or has ended. To the output that runs for it, it is what the store is to others.
type replaying struct {
	id      string
	records records
	holder  holder
	now     func() time.Time
	log     *slog.Logger

	mu      sync.Mutex
	rec     record
	gone    bool    // forgotten: nothing may bring its record back
	problem string  // why it cannot run; "" = it can
	run     *output // nil until it runs
	stop    context.CancelFunc
}

// hold is the name under which retention waits.
func (r *replaying) hold() string { return "replay " + r.id + " of output " + r.rec.Output }

// Cursor implements cursors.
func (r *replaying) Cursor(string) (int64, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rec.At, true
}

// SetCursor implements cursors: it makes the place durable, with the counts, and the end where it is reached.
func (r *replaying) SetCursor(_ string, seq int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := r.rec
	next.At = seq
	next.Delivered, next.Rejected, next.Retried = r.run.delivered.Load(), r.run.rejected.Load(), r.run.retried.Load()
	if next.State == ReplayRunning && seq >= next.End {
		next.State, next.Ended = ReplayDone, r.now().UTC()
	}
	return r.keep(next)
}

// keep makes a state durable and takes it on. The caller holds mu.
func (r *replaying) keep(next record) error {
	if r.gone {
		return nil
	}
	if err := r.records.write(r.id, next); err != nil {
		return err
	}
	if r.rec = next; next.State == ReplayRunning {
		r.holder.Hold(r.hold(), next.At)
		return nil
	}
	r.holder.Unhold(r.hold())
	r.log.Info("replay ended", "output", next.Output, "replay", r.id, "state", string(next.State), "delivered", next.Delivered, "rejected", next.Rejected)
	return nil
}

// Stable implements cursors.
func (r *replaying) Stable() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rec.End
}

// Wait implements cursors: it ends the run where there is nothing left to wait for.
func (r *replaying) Wait(ctx context.Context, seq int64) error {
	if seq >= r.Stable() {
		r.stop()
	}
	return ctx.Err()
}

// unfinished reports whether the replay goes on, now or after a restart.
func (r *replaying) unfinished() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rec.State == ReplayRunning
}

// window reports whether the replay is of a window.
func (r *replaying) window(from, to time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rec.From.Equal(from) && r.rec.To.Equal(to)
}

// status is a snapshot; paused says whether its output is.
func (r *replaying) status(paused bool) Replay {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Replay{ID: r.id, From: r.rec.From, To: r.rec.To, State: r.rec.State, Begun: r.rec.Begun, Ended: r.rec.Ended, Progress: 1,
		Delivered: r.rec.Delivered, Rejected: r.rec.Rejected, Retried: r.rec.Retried, LastError: r.problem, Note: r.rec.Note}
	if s.State != ReplayDone && r.rec.End > r.rec.After {
		s.Progress = float64(min(r.rec.At, r.rec.End)-r.rec.After) / float64(r.rec.End-r.rec.After)
	}
	if r.run != nil {
		s.Delivered, s.Rejected, s.Retried = r.run.delivered.Load(), r.run.rejected.Load(), r.run.retried.Load()
	}
	if s.State != ReplayRunning {
		return s
	}
	switch {
	case r.problem != "":
		s.State = ReplayFailed
	case paused:
		s.State = ReplayPaused
	}
	if r.run != nil {
		s.Failures, s.LastError = r.run.trouble()
	}
	return s
}

// end cancels the replay where it runs, and forgets it where it has ended. It reports whether it is forgotten.
func (r *replaying) end() (forgotten bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rec.State == ReplayRunning {
		next := r.rec
		next.State, next.Ended = ReplayCancelled, r.now().UTC()
		if r.run != nil {
			next.Delivered, next.Rejected, next.Retried = r.run.delivered.Load(), r.run.rejected.Load(), r.run.retried.Load()
		}
		if err := r.keep(next); err != nil {
			return false, err
		}
		if r.stop != nil {
			r.stop()
		}
		return false, nil
	}
	return true, r.forget()
}

// forget removes the record of the replay. The caller holds mu.
func (r *replaying) forget() error {
	if err := r.records.remove(r.rec.Output, r.id); err != nil {
		return err
	}
	r.gone = true
	r.holder.Unhold(r.hold())
	if r.stop != nil {
		r.stop()
	}
	return nil
}

// loadReplays finds the replays that there were. Retention waits for the unfinished ones from now on, whether their
// output runs or not.
func (p *Pipeline) loadReplays() error {
	p.replays = map[string][]*replaying{}
	ids, err := p.records.list()
	if err != nil {
		return err
	}
	for output, ids := range ids {
		for _, id := range ids {
			r := p.replaying(id)
			if r.rec, err = p.records.read(output, id); err != nil {
				p.log.Error("the record of a replay is damaged; it cannot go on", "output", output, "replay", id, "error", err)
				r.rec = record{Output: output, State: ReplayFailed}
				r.problem = "the record of this replay is damaged (" + err.Error() + "); begin another"
			}
			r.rec.Output = output
			if r.rec.State == ReplayRunning {
				p.store.Hold(r.hold(), r.rec.At)
			}
			p.replays[output] = append(p.replays[output], r)
		}
		slices.SortStableFunc(p.replays[output], func(a, b *replaying) int { return a.rec.Begun.Compare(b.rec.Begun) }) // ids of one second have no order
	}
	return nil
}

func (p *Pipeline) replaying(id string) *replaying {
	return &replaying{id: id, records: p.records, holder: p.store, now: p.now, log: p.log}
}

// ErrNoOutput says that there is no output of a name, ErrUnconfigured that there was one and it left something behind,
// and ErrNoReplay that an output has no replay of an id.
var (
	ErrNoOutput     = errors.New("there is no output of that name")
	ErrUnconfigured = errors.New("this output is not configured any more")
	ErrNoReplay     = errors.New("the output has no replay of that id")
)

// Replay makes an output send again the rows of its query whose TimeGenerated lies in [from,to), of those that are
// there now. It returns the replay's id when that is durable; Outputs tells how far it is. While the output is paused
// the replay waits. A window that begins in the future or is empty is refused with an error of kind Invalid, and with
// one of kind Conflict a window that is being replayed, or one more than an output may have at once. A window without
// rows is done at once.
func (p *Pipeline) Replay(ctx context.Context, name string, from, to time.Time) (id string, err error) {
	from, to = from.UTC(), to.UTC()
	now := p.now().UTC()
	switch {
	case from.Year() < 1:
		return "", lazuli.Errorf(lazuli.Invalid, "the window begins before the year 1")
	case !from.Before(to):
		return "", lazuli.Errorf(lazuli.Invalid, "the window from %s to %s is empty", from.Format(time.RFC3339), to.Format(time.RFC3339))
	case from.After(now):
		return "", lazuli.Errorf(lazuli.Invalid, "the window begins at %s, which is in the future; a replay sends what is there already", from.Format(time.RFC3339))
	}
	p.beginning.Lock() // one at a time, so that neither the limit nor an id is taken twice
	defer p.beginning.Unlock()
	p.mu.Lock()
	o := p.output(name)
	missing := error(nil)
	if o == nil {
		missing = p.noOutput(name)
	}
	others := slices.Clone(p.replays[name])
	stopping := p.context == nil || p.context.Err() != nil
	p.mu.Unlock()
	switch {
	case missing != nil:
		return "", missing
	case stopping:
		return "", lazuli.Errorf(lazuli.Transient, "the server is stopping")
	}
	unfinished := 0
	for _, r := range others {
		if !r.unfinished() {
			continue
		}
		if unfinished++; r.window(from, to) {
			return "", lazuli.Errorf(lazuli.Conflict, "output %s is replaying this window already: %s", name, r.id)
		}
	}
	if unfinished >= mostReplays {
		return "", lazuli.Errorf(lazuli.Conflict, "output %s has %d replays that are not finished; wait for one, or cancel one", name, unfinished)
	}
	id = now.Format("20060102-150405")
	for n := 2; slices.ContainsFunc(others, func(r *replaying) bool { return r.id == id }); n++ {
		id = now.Format("20060102-150405") + "-" + strconv.Itoa(n)
	}
	r := p.replaying(id)
	r.rec = record{Output: name, Workspace: o.Workspace, Query: o.Query, Tables: o.Tables, From: from, To: to, Begun: now, State: ReplayRunning}
	if err := p.beginReplay(ctx, r); err != nil {
		p.store.Unhold(r.hold())
		return "", p.notKept("begin replay of output "+name, err)
	}
	p.log.Info("replay begun", "output", name, "replay", id, "from", from, "to", to)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replays[name] = append(p.replays[name], r)
	p.tidyReplays(name)
	p.launch(o, r)
	return id, nil
}

// beginReplay finds the rows of a replay and makes it durable.
func (p *Pipeline) beginReplay(ctx context.Context, r *replaying) error {
	// Nothing of the window may expire between looking for it and keeping its place.
	p.store.Hold(r.hold(), 0)
	span, err := p.store.Span(ctx, r.rec.Workspace, lazuli.Ticks(r.rec.From), lazuli.Ticks(r.rec.To))
	if err != nil {
		return err
	}
	next := r.rec
	next.Note = noteOf(span, r.rec.From)
	if span.Rows == 0 {
		next.State, next.Ended = ReplayDone, next.Begun
	} else {
		next.After, next.End = span.First-1, span.Last
		next.At = next.After
	}
	if err := p.records.prepare(r.rec.Output); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keep(next)
}

// noteOf says what a window lacks.
func noteOf(span store.Span, from time.Time) string {
	switch {
	case span.Gone > lazuli.Ticks(from):
		return "retention has removed rows that were received before " + lazuli.FromTicks(span.Gone).UTC().Format(time.RFC3339) + "; the replay sends what is left of them"
	case span.Rows == 0:
		return "there are no rows of this time"
	}
	return ""
}

// tidyReplays forgets the oldest of the finished replays of an output. The caller holds mu.
func (p *Pipeline) tidyReplays(name string) {
	all := p.replays[name]
	ended := 0
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].unfinished() {
			continue
		}
		if ended++; ended <= keptReplays {
			continue
		}
		if _, err := all[i].end(); err != nil {
			p.log.Warn("an old replay could not be forgotten", "error", err)
			continue
		}
		all = slices.Delete(all, i, i+1)
	}
	p.replays[name] = all
}

// launch runs a replay that is not finished. The caller holds mu.
func (p *Pipeline) launch(o *output, r *replaying) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rec.State != ReplayRunning {
		return
	}
	read, err := o.within(r.rec)
	if err != nil {
		r.problem = err.Error()
		p.log.Error("a replay cannot go on", "output", o.Name, "replay", r.id, "error", err)
		return
	}
	ctx, stop := context.WithCancel(p.context)
	r.stop = stop
	own := o.Output
	own.Workspace, own.Query = r.rec.Workspace, r.rec.Query
	r.run = &output{Output: own, cursors: r, read: read, gate: o.gate, data: o.data, log: o.log.With("replay", r.id), now: o.now}
	r.run.delivered.Store(r.rec.Delivered)
	r.run.rejected.Store(r.rec.Rejected)
	r.run.retried.Store(r.rec.Retried)
	p.running.Go(func() {
		defer stop()
		r.run.run(ctx)
	})
}

// CancelReplay ends a replay after the delivery it is at; a replay that has ended is forgotten.
func (p *Pipeline) CancelReplay(name, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.replays[name]
	i := slices.IndexFunc(all, func(r *replaying) bool { return r.id == id })
	switch {
	case i < 0 && p.output(name) == nil && len(all) == 0:
		return lazuli.Errorf(lazuli.Invalid, "%w: %q", ErrNoOutput, name)
	case i < 0:
		return lazuli.Errorf(lazuli.Invalid, "%w: output %s, replay %q", ErrNoReplay, name, id)
	}
	forgotten, err := all[i].end()
	if err != nil {
		return p.notKept("end replay "+id+" of output "+name, err)
	}
	if forgotten {
		p.replays[name] = slices.Delete(all, i, i+1)
	}
	return nil
}

// notKept is the error of something that could not be done because it could not be made durable.
func (p *Pipeline) notKept(doing string, err error) error {
	p.log.Error("what an operator asked for could not be written down", "doing", doing, "error", err)
	kind, public := lazuli.Transient, "this could not be written down; the server's log says why"
	if durable.NoSpace(err) {
		kind, public = lazuli.NoSpace, "this could not be written down, because the disk with the data directory is full; make room there, and ask again"
	}
	return &lazuli.Error{Kind: kind, Public: public, Err: fmt.Errorf("%s: %w", doing, err)}
}
