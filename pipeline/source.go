package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/store"
)

const (
	// HTTPSource is the name and kind of the source that uploads over HTTP are: it always exists.
	HTTPSource = "http"
	// httpRoute is where it is reached.
	httpRoute = "/v1/ingest"
	// lastWords is how long a source may take at a stop to have what it has read made durable. Nobody can send that
	// again, so it is given up only when a stop would be taken for a hang.
	lastWords = time.Minute
	// slowFrom is how full the store's memory is when a source begins to take its time, up to slowMost for each batch:
	// senders that are slowed down bear it better than ones that are stopped until a cut has ended.
	slowFrom, slowMost = 0.7, 250 * time.Millisecond
	// pausedWait is when a sender may ask again whether uploads are taken.
	pausedWait = 30 * time.Second
)

var (
	// ErrNoSource is the error for a source that is not there.
	ErrNoSource = errors.New("there is no source of that name")
	// ErrPaused is in the chain of the error for an upload while the source http is paused.
	ErrPaused = errors.New("the source http is paused")
)

// A SourceState says whether a source takes in.
type SourceState string

// The states of a source.
const (
	SourceRunning SourceState = "running"
	SourcePaused  SourceState = "paused"
	SourceFailing SourceState = "failing" // nothing is taken in until it goes away by itself or somebody helps
)

// A Source is a receiver and what it feeds.
type Source struct {
	Name      string // of the source; no two have one, and none is HTTPSource
	Kind      string // for example "syslog"
	Workspace string
	Receiver  lazuli.Receiver
}

// SourceStatus is what a source is doing.
type SourceStatus struct {
	Name           string
	Kind           string
	Listens        []string // addresses with their transport, or the route
	Workspace      string   // "" where the sender chooses
	State          SourceState
	Connections    int   // open ones; of http, uploads under way
	Messages       int64 // taken since the start of the process; of http, records
	Bytes          int64
	PerSecond      float64   // messages, over the last minute
	BytesPerSecond float64   // over the last minute
	Latest         time.Time // receipt of the last message; zero = none since the start
	Dropped        int64     // datagrams that the kernel dropped, -1 where it does not tell
	LastError      string
}

// intake counts what one source brings.
type intake struct {
	messages, bytes atomic.Int64
	latest          atomic.Int64 // ticks; 0 = none
	rate, byteRate  rate
}

func (t *intake) add(now time.Time, messages, bytes int64) {
	t.messages.Add(messages)
	t.bytes.Add(bytes)
	t.latest.Store(lazuli.Ticks(now))
	t.rate.add(now, messages)
	t.byteRate.add(now, bytes)
}

func (t *intake) fill(s *SourceStatus, now time.Time) {
	s.Messages, s.Bytes = t.messages.Load(), t.bytes.Load()
	s.PerSecond, s.BytesPerSecond = t.rate.perSecond(now), t.byteRate.perSecond(now)
	if at := t.latest.Load(); at != 0 {
		s.Latest = lazuli.FromTicks(at)
	}
}

// ingester is what a source needs of the store.
type ingester interface {
	Ingest(ctx context.Context, f store.Frame) (store.Receipt, error)
	Fullness() float64
}

// A source is one running Source.
type source struct {
	Source
	store ingester
	log   *slog.Logger
	now   func() time.Time
	intake

	switching sync.Mutex // held while it is paused or resumed

	mu       sync.Mutex
	failures int
	last     string
	ended    bool // by an error that only a person can mend
}

// Receive starts the sources until Close; it is called once. Those that were paused stay so. The receivers are closed
// by Close, also after an error.
func (p *Pipeline) Receive(sources []Source) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	names := map[string]bool{HTTPSource: true}
	for _, src := range sources {
		p.sources = append(p.sources, &source{Source: src, store: p.store, log: p.log, now: p.now})
	}
	for _, src := range p.sources {
		if names[src.Name] {
			return fmt.Errorf("start source %s: there is one of that name", src.Name)
		}
		names[src.Name] = true
	}
	for _, name := range p.paused.names(pausedSource) {
		if !names[name] {
			p.log.Warn("a source is paused that is not configured", "source", name)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	p.stopReceiving = stop
	for _, src := range p.sources {
		if p.paused.is(pausedSource, src.Name) {
			src.Receiver.Pause()
			p.log.Warn("source is paused; `lazuli source resume` lets it go on", "source", src.Name)
		}
		p.receiving.Go(func() { src.run(ctx) })
	}
	return nil
}

// drain ends the sources: what they have read is made durable, for which there is a limit of time.
func (p *Pipeline) drain() {
	p.mu.Lock()
	sources, stop := p.sources, p.stopReceiving
	p.mu.Unlock()
	if stop != nil {
		timer := time.AfterFunc(lastWords, stop)
		for _, src := range sources {
			src.Receiver.Drain()
		}
		p.receiving.Wait()
		timer.Stop()
		stop()
	}
	for _, src := range sources {
		if err := src.Receiver.Close(); err != nil {
			p.log.Warn("close source", "source", src.Name, "error", err)
		}
	}
}

// run keeps batches until the receiver has no more or ctx is done.
func (src *source) run(ctx context.Context) {
	pause := newBackoff()
	for {
		b, err := src.Receiver.Read(ctx)
		switch {
		case err == nil:
			if !src.keep(ctx, b, pause) {
				return
			}
		case errors.Is(err, io.EOF), ctx.Err() != nil:
			return
		case lazuli.KindOf(err) == lazuli.Transient:
			if !src.rest(ctx, pause, err) {
				return
			}
		default:
			src.mu.Lock()
			src.ended, src.last = true, err.Error()
			src.mu.Unlock()
			src.log.Error("source ended", "source", src.Name, "error", err)
			return
		}
	}
}

// keep makes a batch durable, however long that takes: meanwhile the receiver fills up and stops reading. It is false
// when ctx ended first.
func (src *source) keep(ctx context.Context, b *lazuli.Batch, pause *backoff) bool {
	o := b.Origin
	system := o.System
	if o.Partition != "" {
		system += "/" + o.Partition
	}
	frame := store.Frame{
		Workspace: o.Workspace, Origin: system, Incarnation: o.Incarnation, First: o.First, Last: o.Last,
		Received: o.Received, ContentType: b.ContentType, Encoding: b.Encoding, Body: b.Body,
	}
	for {
		_, err := src.store.Ingest(ctx, frame)
		if err == nil {
			break
		}
		if !src.rest(ctx, pause, fmt.Errorf("keep messages: %w", err)) {
			b.Ack(err)
			return false
		}
	}
	// Before Ack, after which the bytes are the receiver's again.
	src.add(src.now(), b.Records, int64(len(b.Body)))
	b.Ack(nil)
	pause.succeeded()
	src.mu.Lock()
	again := src.failures > 0
	src.failures, src.last = 0, ""
	src.mu.Unlock()
	if again {
		src.log.Info("source works again", "source", src.Name)
	}
	src.slow(ctx)
	return true
}

// slow waits a little while the store's memory is filling up.
func (src *source) slow(ctx context.Context) {
	over := (src.store.Fullness() - slowFrom) / (1 - slowFrom)
	if over <= 0 {
		return
	}
	timer := time.NewTimer(time.Duration(over * float64(slowMost)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// rest notes an error and waits. It is false when ctx ended first.
func (src *source) rest(ctx context.Context, pause *backoff, err error) bool {
	// A sender waits meanwhile, so not for long.
	wait := min(pause.failed(err), 5*time.Second)
	src.mu.Lock()
	src.failures++
	src.last = err.Error()
	n := src.failures
	src.mu.Unlock()
	if n == 1 || n%16 == 0 {
		src.log.Warn("source waits; nothing is read meanwhile", "source", src.Name, "error", err, "failures", n, "pause", wait.Round(time.Millisecond))
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (src *source) status(paused bool) SourceStatus {
	at := src.Receiver.State()
	s := SourceStatus{Name: src.Name, Kind: src.Kind, Listens: at.Listens, Workspace: src.Workspace, Connections: at.Connections, Dropped: at.Dropped, State: SourceRunning}
	src.fill(&s, src.now())
	src.mu.Lock()
	defer src.mu.Unlock()
	s.LastError = src.last
	if s.LastError == "" {
		s.LastError = at.Problem
	}
	switch {
	case paused:
		s.State = SourcePaused
	case src.ended || src.failures > 0:
		s.State = SourceFailing
	}
	return s
}

// Sources says what the sources are doing, http first.
func (p *Pipeline) Sources() []SourceStatus {
	h := SourceStatus{Name: HTTPSource, Kind: HTTPSource, Listens: []string{httpRoute}, State: SourceRunning, Connections: int(p.uploads.Load()), Dropped: -1}
	p.http.fill(&h, p.now())
	if p.paused.is(pausedSource, HTTPSource) {
		h.State = SourcePaused
	}
	all := []SourceStatus{h}
	p.mu.Lock()
	sources := p.sources
	p.mu.Unlock()
	for _, src := range sources {
		all = append(all, src.status(p.paused.is(pausedSource, src.Name)))
	}
	return all
}

// PauseSource lets a source take in nothing until ResumeSource, over restarts too. What it has read is still kept. The
// error is ErrNoSource, or that the pause could not be written down; then the source goes on.
func (p *Pipeline) PauseSource(name string) (SourceStatus, error) { return p.switchSource(name, true) }

// ResumeSource lets a paused source go on. The error is ErrNoSource, or why the source cannot take in again; then it
// stays paused.
func (p *Pipeline) ResumeSource(name string) (SourceStatus, error) {
	return p.switchSource(name, false)
}

func (p *Pipeline) switchSource(name string, paused bool) (SourceStatus, error) {
	if err := p.setSource(name, paused); err != nil {
		return SourceStatus{}, err
	}
	p.log.Info("source switched by an operator", "source", name, "paused", paused)
	for _, s := range p.Sources() {
		if s.Name == name {
			return s, nil
		}
	}
	return SourceStatus{}, ErrNoSource
}

func (p *Pipeline) setSource(name string, paused bool) error {
	keep := func() error {
		if err := p.paused.set(pausedSource, name, paused, p.now()); err != nil {
			return p.notKept("pause or resume source "+name, err)
		}
		return nil
	}
	if name == HTTPSource {
		return keep()
	}
	p.mu.Lock()
	var src *source
	for _, one := range p.sources {
		if one.Name == name {
			src = one
		}
	}
	p.mu.Unlock()
	if src == nil {
		return lazuli.Errorf(lazuli.Invalid, "%w: %q", ErrNoSource, name)
	}
	src.switching.Lock()
	defer src.switching.Unlock()
	if !paused {
		if err := src.Receiver.Resume(); err != nil {
			return lazuli.Errorf(lazuli.Transient, "%w", err)
		}
	}
	if err := keep(); err != nil {
		if !paused {
			src.Receiver.Pause()
		}
		return err
	}
	if paused {
		src.Receiver.Pause()
	}
	return nil
}

// refused is the error for an upload while the source http is paused, nil while it is not.
func (p *Pipeline) refused() error {
	if !p.paused.is(pausedSource, HTTPSource) {
		return nil
	}
	return &lazuli.Error{Kind: lazuli.Transient, Public: "uploads are paused by an operator; nothing was taken, send it again later", Wait: pausedWait, Err: ErrPaused}
}
