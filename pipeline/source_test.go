package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/internal/durable"
	"lazuli.dev/lazuli/pipeline"
	"lazuli.dev/lazuli/query"
	syslogsource "lazuli.dev/lazuli/source/syslog"
	"lazuli.dev/lazuli/store"
)

// A receiving is a pipeline with a source of syslog.
type receiving struct {
	*pipeline.Pipeline
	address string
}

// receive opens a data directory and a source named in; fsys may be nil.
func receive(t *testing.T, dir, address string, fsys durable.FS) *receiving {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	p, err := pipeline.Open(t.Context(), dir, pipeline.Options{Store: store.Options{FS: fsys, Init: query.Init, Log: log}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	s, err := syslogsource.New(syslogsource.Config{ListenTCP: address}, syslogsource.Options{Name: "in", Workspace: "default", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Receive([]pipeline.Source{{Name: "in", Kind: "syslog", Workspace: "default", Receiver: s}}); err != nil {
		t.Fatal(err)
	}
	return &receiving{p, strings.TrimPrefix(s.State().Listens[0], "tcp://")}
}

// status is what the source in is doing.
func (r *receiving) status() pipeline.SourceStatus { return r.Sources()[1] }

func (r *receiving) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (r *receiving) close(t *testing.T) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// ids are the rows of Syslog by the text of their message, with how often each is there.
func (r *receiving) ids(t *testing.T) map[string]int {
	t.Helper()
	engine := query.New(r.Store(), query.Options{Log: slog.New(slog.DiscardHandler)})
	result, err := engine.Run(t.Context(), query.Request{Workspace: "default", Text: "Syslog | project SyslogMessage", Limits: query.Limits{Rows: 1 << 20, Bytes: 256 << 20}})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	ids := map[string]int{}
	for row := range result.Tables[0].Rows() {
		ids[string(row.Append(nil, 0, query.Inline))]++
	}
	return ids
}

// send writes numbered messages.
func send(t *testing.T, c io.Writer, from, n int) {
	t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<13>1 2026-03-04T05:06:07Z h a - - - m%d\n", from+i)
	}
	if _, err := io.WriteString(c, b.String()); err != nil {
		t.Fatal(err)
	}
}

func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); !is(); <-tick.C {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

// TestSourceRestart: what was read before a stop in order is held after it, once, and the source goes on.
func TestSourceRestart(t *testing.T) {
	dir := t.TempDir()
	const part = 3000
	for i := range 3 {
		r := receive(t, dir, "127.0.0.1:0", nil)
		c := r.dial(t)
		send(t, c, i*part, part)
		await(t, "nothing comes", func() bool { return r.status().Messages > 0 })
		// The sender leaves when it is told to.
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			_, _ = io.Copy(io.Discard, c)
			_ = c.Close()
		}()
		r.close(t)
		<-gone
	}
	r := receive(t, dir, "127.0.0.1:0", nil)
	defer r.close(t)
	ids := r.ids(t)
	for i := range 3 * part {
		if n := ids[fmt.Sprintf(`"m%d"`, i)]; n != 1 {
			t.Fatalf("m%d is there %d times", i, n)
		}
	}
	if len(ids) != 3*part {
		t.Errorf("%d messages, want %d", len(ids), 3*part)
	}
}

// TestSourceDiskFull: while the journal cannot be written the source fails, takes in no more than fits, and lets its
// senders wait; then it goes on, and everything is there once.
func TestSourceDiskFull(t *testing.T) {
	dir := t.TempDir()
	fsys, err := durable.NewFaultFS(dir)
	if err != nil {
		t.Fatal(err)
	}
	var full atomic.Bool
	fsys.Inject = func(s durable.Step) durable.Fault {
		if full.Load() && s.Kind == "write" && strings.HasSuffix(s.Path, ".lzj") {
			return durable.Fault{Err: syscall.ENOSPC, Half: s.N%2 == 0}
		}
		return durable.Pass
	}
	r := receive(t, filepath.Join(dir, "data"), "127.0.0.1:0", fsys)
	c := r.dial(t)
	send(t, c, 0, 100)
	await(t, "nothing comes", func() bool { return r.status().Messages == 100 })
	full.Store(true)
	const blocks, block = 40, 10_000
	sent := make(chan struct{})
	var written atomic.Int64
	go func() {
		defer close(sent)
		for i := range blocks {
			send(t, c, 100+i*block, block)
			written.Add(block)
		}
	}()
	await(t, "it does not fail", func() bool { s := r.status(); return s.State == pipeline.SourceFailing && s.LastError != "" })
	if s := r.status(); s.Messages != 100 || !strings.Contains(s.LastError, "keep messages: ") {
		t.Errorf("%+v", s)
	}
	select {
	case <-sent:
		t.Error("the sender was not made to wait")
	case <-time.After(300 * time.Millisecond):
	}
	full.Store(false)
	<-sent
	await(t, "it does not go on", func() bool { return r.status().Messages == 100+blocks*block })
	if s := r.status(); s.State != pipeline.SourceRunning || s.LastError != "" || s.PerSecond == 0 || s.Latest.IsZero() {
		t.Errorf("%+v", s)
	}
	if ids := r.ids(t); len(ids) != 100+blocks*block {
		t.Errorf("%d messages, want %d", len(ids), 100+blocks*block)
	}
	_ = c.Close() // so that nobody waits for it
	r.close(t)
}

// TestPauseSource: a pause holds over a restart, and of http refuses uploads with the time to come again.
func TestPauseSource(t *testing.T) {
	dir := t.TempDir()
	r := receive(t, dir, "127.0.0.1:0", nil)
	upload := lazuli.Upload{Workspace: "default", Principal: "p", Route: "/v1/ingest", Body: []byte(record(1))}
	if _, err := r.PauseSource("nobody"); !errors.Is(err, pipeline.ErrNoSource) {
		t.Errorf("%v", err)
	}
	for _, name := range []string{"in", pipeline.HTTPSource} {
		if s, err := r.PauseSource(name); err != nil || s.State != pipeline.SourcePaused || s.Name != name {
			t.Fatalf("%+v %v", s, err)
		}
	}
	address := r.address
	r.close(t)
	r = receive(t, dir, address, nil)
	c := r.dial(t)
	defer func() { _ = c.Close() }() // the test is over
	send(t, c, 0, 10)
	_, err := r.Ingest(t.Context(), upload)
	if wait, ok := lazuli.RetryAfter(err); !errors.Is(err, pipeline.ErrPaused) || lazuli.KindOf(err) != lazuli.Transient || !ok || wait <= 0 || !strings.Contains(lazuli.Public(err), "paused") {
		t.Errorf("%v", err)
	}
	for _, s := range r.Sources() {
		if s.State != pipeline.SourcePaused || s.Messages != 0 {
			t.Errorf("%+v", s)
		}
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(r.Collector())
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	paused := 0.0
	for _, f := range families {
		if f.GetName() == "lazuli_source_paused" {
			for _, m := range f.GetMetric() {
				paused += m.GetGauge().GetValue()
			}
		}
	}
	if paused != 2 {
		t.Errorf("the metrics say that %v sources are paused", paused)
	}
	for _, name := range []string{"in", pipeline.HTTPSource} {
		if s, err := r.ResumeSource(name); err != nil || s.State != pipeline.SourceRunning {
			t.Fatalf("%+v %v", s, err)
		}
	}
	await(t, "nothing comes", func() bool { return r.status().Messages == 10 })
	if _, err := r.Ingest(t.Context(), upload); err != nil {
		t.Error(err)
	}
	if s := r.Sources()[0]; s.Messages != 1 || s.Bytes != int64(len(upload.Body)) || s.Connections != 0 {
		t.Errorf("%+v", s)
	}
	_ = c.Close() // so that nobody waits for it
	r.close(t)
}

// A script is a receiver that gives prepared batches.
type script struct {
	mu      sync.Mutex
	steps   []func() (*lazuli.Batch, error)
	drained chan struct{}
}

func (s *script) Read(ctx context.Context) (*lazuli.Batch, error) {
	s.mu.Lock()
	if len(s.steps) > 0 {
		next := s.steps[0]
		s.steps = s.steps[1:]
		s.mu.Unlock()
		return next()
	}
	s.mu.Unlock()
	select {
	case <-s.drained:
		return nil, io.EOF
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
func (s *script) Close() error                { return nil }
func (s *script) Pause()                      {}
func (s *script) Resume() error               { return nil }
func (s *script) Drain()                      { close(s.drained) }
func (s *script) State() lazuli.ReceiverState { return lazuli.ReceiverState{Dropped: -1} }

// TestSourceContract: a batch is acknowledged once and after its frame is in the journal; the same positions again are
// acknowledged and not kept twice; an error that may pass is met again, another ends the source.
func TestSourceContract(t *testing.T) {
	p := open(t, t.TempDir())
	acks := make(chan error, 10)
	batch := func(first int64, text string) func() (*lazuli.Batch, error) {
		return func() (*lazuli.Batch, error) {
			o := lazuli.Origin{Workspace: "default", System: "test/in", Partition: "0", Incarnation: "1", First: first, Last: first, Received: 1 << 59}
			return &lazuli.Batch{Origin: o, Body: []byte(text), Records: 1, Ack: func(err error) {
				if err == nil && p.Store().Stats().Frames == 0 {
					err = errors.New("acknowledged before the journal has it")
				}
				acks <- err
			}}, nil
		}
	}
	fails := func(err error) func() (*lazuli.Batch, error) {
		return func() (*lazuli.Batch, error) { return nil, err }
	}
	s := &script{drained: make(chan struct{}), steps: []func() (*lazuli.Batch, error){
		batch(1, record(1)), fails(lazuli.Errorf(lazuli.Transient, "not now")), batch(1, record(1)), batch(2, record(2)), fails(lazuli.Errorf(lazuli.Denied, "no entry")),
	}}
	if err := p.Receive([]pipeline.Source{{Name: "in", Kind: "test", Workspace: "default", Receiver: s}}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := <-acks; err != nil {
			t.Error(err)
		}
	}
	await(t, "the source goes on", func() bool { return p.Sources()[1].State == pipeline.SourceFailing })
	if e := p.Sources()[1].LastError; e != "no entry" {
		t.Errorf("last error %q", e)
	}
	if n := p.Store().Stats().Frames; n != 2 {
		t.Errorf("%d frames, want 2", n)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	q := open(t, t.TempDir())
	twice := []pipeline.Source{{Name: "in", Receiver: &script{drained: make(chan struct{})}}, {Name: "in", Receiver: &script{drained: make(chan struct{})}}}
	if err := q.Receive(twice); err == nil || !strings.Contains(err.Error(), "there is one of that name") {
		t.Errorf("%v", err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}
