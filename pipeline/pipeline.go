package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"lazuli.dev/lazuli/decode"
	"lazuli.dev/lazuli/internal/durable"
	"lazuli.dev/lazuli/query"
	"lazuli.dev/lazuli/schema"
	"lazuli.dev/lazuli/store"
)

// Options of a Pipeline.
type Options struct {
	// Store is handed to the store, but for Decode, which the pipeline sets.
	Store     store.Options
	TenantID  func(workspace string) string // the column TenantId of a workspace's rows; nil = the workspace's name
	MaxUpload int64                         // bytes of one upload after decompression; 0 = DefaultMaxUpload
	Now       func() time.Time              // nil = time.Now
	Log       *slog.Logger                  // nil = slog.Default
}

// A Pipeline is an open data directory and all that goes in and out.
type Pipeline struct {
	dir       string
	store     *store.Store
	decoder   *decode.Decoder
	maxUpload int64
	now       func() time.Time
	log       *slog.Logger
	flights   flights
	fs        durable.FS
	paused    *pauses
	http      intake
	uploads   atomic.Int64  // under way
	reading   chan struct{} // one in it for each frame that is being read back

	records records

	beginning sync.Mutex // held while a replay begins; taken before mu

	mu      sync.Mutex
	outputs []*output
	replays map[string][]*replaying // by output, those of outputs that are not configured among them; the oldest first
	stop    context.CancelFunc
	context context.Context // of the outputs; nil before Forward
	running sync.WaitGroup

	sources       []*source
	stopReceiving context.CancelFunc // nil before Receive
	receiving     sync.WaitGroup
}

// prepare makes a pipeline without a store, and the options with which to open one for it.
func prepare(dir string, o Options) (*Pipeline, store.Options) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.MaxUpload == 0 {
		o.MaxUpload = DefaultMaxUpload
	}
	if o.Store.FS == nil {
		o.Store.FS = durable.OS{}
	}
	p := &Pipeline{dir: dir, maxUpload: o.MaxUpload, now: o.Now, log: o.Log, fs: o.Store.FS, records: records{o.Store.FS, dir}, reading: make(chan struct{}, maxReading)}
	// The columns that a table got at run time count towards its limit over restarts. A check or a rebuild
	// begins at the first frame, as the store once did, and finds them again in the same order.
	var known func(workspace, table string) []schema.Column
	o.Store.Known = func(columns func(workspace, table string) []schema.Column) { known = columns }
	p.decoder = decode.New(decode.Options{TenantID: o.TenantID, Columns: func(workspace, table string) []schema.Column {
		if known == nil {
			return nil
		}
		return known(workspace, table)
	}})
	o.Store.Decode = p.Decode
	return p, o.Store
}

// Open opens the data directory, which no other process may hold.
func Open(ctx context.Context, dir string, o Options) (*Pipeline, error) {
	p, so := prepare(dir, o)
	s, err := store.Open(ctx, dir, so)
	if err != nil {
		return nil, held(dir, err)
	}
	p.store = s
	if p.paused, err = openPauses(p.fs, dir); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := p.loadReplays(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return p, nil
}

// held says what to do about a directory that another process has.
func held(dir string, err error) error {
	if errors.Is(err, durable.ErrLocked) {
		return fmt.Errorf("%s is held by another process, which may be a server; ask that one, or stop it first: %w", dir, err)
	}
	return err
}

// Fsck checks a data directory that no process holds, down to decoding every frame again. It changes nothing.
func Fsck(ctx context.Context, dir string, o Options) (*store.Report, error) {
	_, so := prepare(dir, o)
	r, err := store.Fsck(ctx, dir, so)
	return r, held(dir, err)
}

// Rebuild makes the tables of a data directory, which no process may hold, again from the journal.
func Rebuild(ctx context.Context, dir string, o Options) error {
	_, so := prepare(dir, o)
	return held(dir, store.Rebuild(ctx, dir, so))
}

// Store is the open store.
func (p *Pipeline) Store() *store.Store { return p.store }

// Forward starts the outputs until Close; it is called once. A query that no row-wise query can be is an error. ids are the GUIDs of the workspaces by name, from which the events'
// ids are made. The forwarders are closed by Close, also after an error.
func (p *Pipeline) Forward(ctx context.Context, engine *query.Engine, ids map[string]string, outputs []Output) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var err error
	for _, o := range outputs {
		id, known := ids[o.Workspace]
		if !known {
			err = fmt.Errorf("start output %s: no workspace %q", o.Name, o.Workspace)
		}
		if o.Events == 0 {
			o.Events = DefaultBatchEvents
		}
		if o.Bytes == 0 {
			o.Bytes = DefaultBatchBytes
		}
		unknown, wrong := checkQuery(ctx, engine, o)
		if wrong != nil {
			err = wrong
		}
		if unknown != nil {
			p.log.Warn("the output's query has a name that is not known yet; it waits until it is", "output", o.Name, "error", unknown)
		}
		one := &serial{Forwarder: o.Forwarder}
		at := hold(p.store, o.Name, one)
		o.Forwarder = one
		since, paused := p.paused.since(pausedOutput, o.Name)
		p.outputs = append(p.outputs, &output{
			Output: o, cursors: at, read: asks(engine, o, id, ""), data: p.dir, log: p.log, now: p.now, gate: newGate(paused, since),
			within:  func(of record) (reader, error) { return asksWithin(engine, o, ids, of) },
			measure: p.waits(engine, o, id),
		})
		if paused {
			p.log.Warn("the output is paused", "output", o.Name, "since", since)
		}
	}
	if err != nil {
		return err
	}
	for _, l := range p.unconfigured() {
		p.log.Warn("this output is not configured any more; its cursor and replays keep rows from expiring until `lazuli forward forget` removes them", "output", l.Name)
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.stop, p.context = stop, running
	for _, o := range p.outputs {
		p.running.Go(func() { o.run(running) })
		for _, r := range p.replays[o.Name] {
			p.launch(o, r)
		}
	}
	return nil
}

// Close ends the sources, each after what it has read is durable, then the outputs, each after the delivery it
// is at (or a limit of time for both), then the store, with a last cut. Nothing may be asked of the pipeline any more.
func (p *Pipeline) Close() error {
	p.drain()
	p.mu.Lock()
	stop, outputs := p.stop, p.outputs
	p.mu.Unlock()
	if stop != nil {
		stop()
		p.running.Wait()
	}
	for _, o := range outputs {
		if err := o.Forwarder.Close(); err != nil {
			p.log.Warn("close output", "output", o.Name, "error", err)
		}
		if h, holds := o.cursors.(*holding); holds {
			if err := h.follow(); err != nil { // what it still holds is sent again at the next start
				p.log.Warn("write cursor", "output", o.Name, "error", err)
			}
		}
	}
	return p.store.Close()
}

// Healthy is nil while the store answers.
func (p *Pipeline) Healthy(ctx context.Context) error {
	view, err := p.store.View(ctx)
	if err != nil {
		return fmt.Errorf("look at the store: %w", err)
	}
	return view.Close()
}
