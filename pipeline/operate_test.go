package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/pipeline"
	"lazuli.dev/lazuli/query"
	"lazuli.dev/lazuli/store"
)

// taker is a receiver that counts what it takes, waits where it is told to, and fails where it is told to.
type taker struct {
	mu     sync.Mutex
	sends  int
	events map[string]int // by id, how often each came
	fail   error
	gate   chan struct{} // a Send waits for one value from it
	inside chan struct{} // and says before that it has come
}

func newTaker() *taker { return &taker{events: map[string]int{}} }

func (k *taker) Send(ctx context.Context, events []lazuli.Event) ([]lazuli.Outcome, error) {
	k.mu.Lock()
	gate, fail := k.gate, k.fail
	k.mu.Unlock()
	if gate != nil {
		select {
		case k.inside <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sends++
	if fail != nil {
		return nil, fail
	}
	out := make([]lazuli.Outcome, len(events))
	for i, e := range events {
		out[i].Verdict = lazuli.Delivered
		k.events[e.ID]++
	}
	return out, nil
}

func (k *taker) Close() error { return nil }

// count is how many events came, and how many of them are different.
func (k *taker) count() (all, ids int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, n := range k.events {
		all += n
	}
	return all, len(k.events)
}

func (k *taker) set(gate chan struct{}, fail error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.gate, k.fail, k.inside = gate, fail, make(chan struct{})
}

func (k *taker) entered() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.inside
}

// a forwarding is a data directory with outputs that is started again and again.
type forwarding struct {
	t     *testing.T
	dir   string
	clock atomic.Int64 // nanoseconds since testDay
	keep  time.Duration
	p     *pipeline.Pipeline
	takes map[string]*taker
	query string
	next  int
}

const workspaceOfTests = "6d0f2c1e-2b11-4a5f-9a2e-000000000001"

// start opens the directory with outputs of these names.
func (f *forwarding) start(names ...string) {
	f.t.Helper()
	log := slog.New(slog.DiscardHandler)
	p, err := pipeline.Open(f.t.Context(), f.dir, pipeline.Options{Log: log, Now: f.now, Store: store.Options{
		Init: query.Init, Log: log, Clock: func() int64 { return lazuli.Ticks(f.now()) }, Retention: func(_, _ string) time.Duration { return f.keep },
	}})
	if err != nil {
		f.t.Fatal(err)
	}
	f.p = p
	engine := query.New(p.Store(), query.Options{Log: log})
	var outputs []pipeline.Output
	for _, name := range names {
		outputs = append(outputs, pipeline.Output{Name: name, Kind: "test", To: "nowhere", Workspace: "default", Query: f.query, Beginning: true, Events: 10, Forwarder: f.takes[name]})
	}
	if err := p.Forward(context.WithoutCancel(f.t.Context()), engine, map[string]string{"default": workspaceOfTests}, outputs); err != nil {
		f.t.Fatal(err)
	}
}

func (f *forwarding) stop() {
	f.t.Helper()
	if err := f.p.Close(); err != nil {
		f.t.Fatal(err)
	}
}

// add takes in rows that happened in a minute of the day.
func (f *forwarding) add(n, minute int) {
	f.t.Helper()
	var text strings.Builder
	for range n {
		f.next++
		text.WriteString(strings.Replace(record(f.next), "T10:00:00Z", fmt.Sprintf("T10:%02d:00Z", minute), 1) + "\n")
	}
	if _, err := f.p.Ingest(f.t.Context(), lazuli.Upload{Workspace: "default", Principal: "t", Route: "/v1/ingest", Body: []byte(text.String())}); err != nil {
		f.t.Fatal(err)
	}
}

// until waits for something that the outputs reach by themselves.
func (f *forwarding) until(what string, reached func() bool) {
	f.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 4000 {
		if reached() {
			return
		}
		<-tick.C
	}
	f.t.Fatalf("%s: never reached; %+v", what, f.p.Outputs())
}

func (f *forwarding) took(name string, all, ids int) {
	f.t.Helper()
	f.until(fmt.Sprintf("%s takes %d events with %d ids", name, all, ids), func() bool {
		a, i := f.takes[name].count()
		return a == all && i == ids
	})
}

func (f *forwarding) status(name string) pipeline.Status {
	f.t.Helper()
	for _, s := range f.p.Outputs() {
		if s.Name == name {
			return s
		}
	}
	f.t.Fatalf("no output %s", name)
	return pipeline.Status{}
}

func (f *forwarding) replay(name, id string) pipeline.Replay {
	f.t.Helper()
	for _, r := range f.status(name).Replays {
		if r.ID == id {
			return r
		}
	}
	f.t.Fatalf("output %s has no replay %s", name, id)
	return pipeline.Replay{}
}

func (f *forwarding) retain() {
	f.t.Helper()
	if err := errors.Join(f.p.Store().Cut(f.t.Context()), f.p.Store().Retain(f.t.Context())); err != nil {
		f.t.Fatal(err)
	}
}

var testDay = time.Date(2026, 11, 19, 10, 0, 0, 0, time.UTC)

// now is the time of the test, and pass lets some go by.
func (f *forwarding) now() time.Time { return testDay.Add(time.Duration(f.clock.Load())) }

func (f *forwarding) pass(d time.Duration) { f.clock.Add(int64(d)) }

func newForwarding(t *testing.T) *forwarding {
	f := &forwarding{t: t, dir: filepath.Join(t.TempDir(), "data"), takes: map[string]*taker{"a": newTaker(), "b": newTaker()}}
	f.pass(2 * time.Hour)
	t.Cleanup(func() {
		if t.Failed() && f.p != nil {
			_ = f.p.Close()
		}
	})
	return f
}

// TestPause: a paused output delivers nothing, says what waits, holds retention back, stays paused over a restart, and
// goes on where it was; the output beside it does not notice.
func TestPause(t *testing.T) {
	f := newForwarding(t)
	f.keep = 24 * time.Hour
	f.start("a", "b")
	f.add(30, 0)
	f.took("a", 30, 30)
	f.took("b", 30, 30)
	since := f.now()
	s, err := f.p.PauseOutput("a")
	if err != nil || s.State != pipeline.OutputPaused || !s.PausedSince.Equal(since) {
		t.Fatalf("paused: %+v %v", s, err)
	}
	f.pass(time.Minute)
	first := f.now()
	f.add(25, 1)
	f.took("b", 55, 55)
	f.pass(time.Minute)
	f.until("what waits is counted", func() bool { w := f.status("a").Waiting; return w != nil && w.Events > 0 })
	if s := f.status("a"); s.Waiting.Events != 25 || !s.Oldest.Equal(first) || s.Waiting.Overdue != 0 || s.Lag() != 1 || s.Delivered != 30 {
		t.Errorf("while paused: %+v, waiting %+v", s, s.Waiting)
	}
	if s, err = f.p.PauseOutput("a"); err != nil || !s.PausedSince.Equal(since) {
		t.Errorf("paused again: since %v, %v", s.PausedSince, err)
	}
	f.stop()
	f.pass(48 * time.Hour)
	f.start("a", "b")
	f.until("what waits is counted again", func() bool { w := f.status("a").Waiting; return w != nil && w.Events == 25 })
	f.add(5, 2)
	f.took("b", 60, 60)
	f.retain() // what both have read is gone, what one has not read stays
	if s := f.status("a"); s.State != pipeline.OutputPaused || !s.PausedSince.Equal(since) || s.Waiting.Overdue != 25 || !s.Oldest.Equal(first) {
		t.Errorf("after the restart: %+v, waiting %+v", s, s.Waiting)
	}
	if n := f.p.Store().Stats().Expired; n != 30 {
		t.Errorf("%d rows expired, want the 30 that both outputs have", n)
	}
	if s, err = f.p.ResumeOutput("a"); err != nil || s.State != pipeline.OutputRunning || s.Waiting != nil || !s.PausedSince.IsZero() {
		t.Errorf("resumed: %+v %v", s, err)
	}
	f.took("a", 60, 60)
	f.retain()
	if n := f.p.Store().Stats().Expired; n != 55 {
		t.Errorf("%d rows expired after resuming, want 55", n)
	}
	f.stop()
	f.start("a", "b")
	if s := f.status("a"); s.State != pipeline.OutputRunning {
		t.Errorf("after the last restart: %+v", s)
	}
	if _, err := f.p.PauseOutput("nosuch"); !errors.Is(err, pipeline.ErrNoOutput) {
		t.Errorf("no such output: %v", err)
	}
	f.stop()
	if all, ids := f.takes["a"].count(); all != 60 || ids != 60 {
		t.Errorf("%d events, %d ids; want each once", all, ids)
	}
}

// TestPauseUnderWay: the delivery that is under way is finished and counts, the next does not begin; an output that
// waits after a failure is tried again as soon as it is resumed.
func TestPauseUnderWay(t *testing.T) {
	f := newForwarding(t)
	f.query = "SigninLogs | project TimeGenerated, OperationName"
	gate := make(chan struct{})
	f.takes["a"].set(gate, nil)
	f.start("a")
	f.add(30, 0) // three deliveries
	<-f.takes["a"].entered()
	if s, err := f.p.PauseOutput("a"); err != nil || !s.Busy {
		t.Fatalf("%+v %v", s, err)
	}
	gate <- struct{}{}
	f.until("the delivery ends", func() bool { return !f.status("a").Busy })
	f.took("a", 10, 10)
	f.until("what waits is counted", func() bool { w := f.status("a").Waiting; return w != nil && w.Events == 20 })
	f.takes["a"].set(nil, lazuli.Errorf(lazuli.Denied, "the token is wrong"))
	for range 8 { // by now it waits for minutes
		if _, err := f.p.ResumeOutput("a"); err != nil {
			t.Fatal(err)
		}
		f.until("it fails", func() bool { s := f.status("a"); return s.State == pipeline.OutputFailing && !s.Busy })
		failed := f.status("a").Failures
		if _, err := f.p.PauseOutput("a"); err != nil {
			t.Fatal(err)
		}
		if s := f.status("a"); s.State != pipeline.OutputPaused || s.LastError == "" {
			t.Errorf("paused while failing: %+v", s)
		}
		if _, err := f.p.ResumeOutput("a"); err != nil {
			t.Fatal(err)
		}
		f.until("it fails again, at once", func() bool { return f.status("a").Failures > failed })
		if _, err := f.p.PauseOutput("a"); err != nil {
			t.Fatal(err)
		}
	}
	f.takes["a"].set(nil, nil)
	if _, err := f.p.ResumeOutput("a"); err != nil {
		t.Fatal(err)
	}
	f.took("a", 30, 30)
	f.until("all is well", func() bool { return f.status("a").State == pipeline.OutputRunning })
	f.stop()
}

// TestReplayGoesOn: a replay stops with the server and goes on behind what it had sent, with its counts, and holds
// retention back until it ends.
func TestReplayGoesOn(t *testing.T) {
	f := newForwarding(t)
	f.keep = 24 * time.Hour
	f.start("a")
	for minute := range 10 {
		f.add(10, minute)
	}
	f.took("a", 100, 100)
	gate := make(chan struct{})
	f.takes["a"].set(gate, nil)
	id, err := f.p.Replay(t.Context(), "a", testDay.Add(2*time.Minute), testDay.Add(8*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		<-f.takes["a"].entered()
		gate <- struct{}{}
	}
	<-f.takes["a"].entered()
	f.took("a", 130, 100)
	if r := f.replay("a", id); r.State != pipeline.ReplayRunning || r.Delivered != 30 || r.Progress < 0.3 || r.Progress > 0.6 || r.Begun.IsZero() || !r.Ended.IsZero() {
		t.Errorf("half-way: %+v", r)
	}
	f.takes["a"].set(nil, errors.New("not while stopping"))
	stopped := make(chan struct{})
	go func() { f.stop(); close(stopped) }()
	gate <- struct{}{} // what is under way is finished
	<-stopped
	f.pass(48 * time.Hour)
	f.start("a")
	f.until("it is tried", func() bool { return f.replay("a", id).Failures > 0 })
	f.retain()
	f.takes["a"].set(nil, nil)
	// Resuming what is not paused does nothing; pausing and resuming tries again at once.
	for _, do := range []func(string) (pipeline.Status, error){f.p.ResumeOutput, f.p.PauseOutput, f.p.ResumeOutput} {
		if _, err := do("a"); err != nil {
			t.Fatal(err)
		}
	}
	f.until("the replay ends", func() bool { return f.replay("a", id).State == pipeline.ReplayDone })
	if all, ids := f.takes["a"].count(); all != 160 || ids != 100 {
		t.Errorf("%d events, %d ids; want 160 and 100: 60 twice and none left out", all, ids)
	}
	if r := f.replay("a", id); r.Delivered != 60 || r.Progress != 1 || r.Ended.IsZero() || r.LastError != "" {
		t.Errorf("at the end: %+v", r)
	}
	f.retain()
	if n := f.p.Store().Stats().Expired; n != 100 {
		t.Errorf("%d rows expired after the replay, want 100", n)
	}
	// What retention has removed is told.
	late, err := f.p.Replay(t.Context(), "a", testDay.Add(2*time.Minute), testDay.Add(8*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if r := f.replay("a", late); r.State != pipeline.ReplayDone || r.Delivered != 0 || !strings.Contains(r.Note, "retention has removed rows") {
		t.Errorf("of what is gone: %+v", r)
	}
	f.stop()
	f.start("a")
	if r := f.replay("a", id); r.Delivered != 60 || r.State != pipeline.ReplayDone {
		t.Errorf("after the last restart: %+v", r)
	}
	f.stop()
}

// TestReplays: several at once, what is refused, what waits while the output is paused, and how they end.
func TestReplays(t *testing.T) {
	f := newForwarding(t)
	f.start("a", "b")
	f.add(40, 0)
	f.took("a", 40, 40)
	f.took("b", 40, 40)
	if _, err := f.p.PauseOutput("a"); err != nil {
		t.Fatal(err)
	}
	refused := func(kind lazuli.Kind, want, name string, from, to time.Time) {
		t.Helper()
		if id, err := f.p.Replay(t.Context(), name, from, to); lazuli.KindOf(err) != kind || !strings.Contains(lazuli.Public(err), want) {
			t.Errorf("%s from %s to %s: %q, %v; want %v, %s", name, from, to, id, err, kind, want)
		}
	}
	refused(lazuli.Invalid, "is empty", "a", testDay, testDay)
	refused(lazuli.Invalid, "is empty", "a", testDay, testDay.Add(-time.Hour))
	refused(lazuli.Invalid, "in the future", "a", f.now().Add(time.Second), f.now().Add(time.Hour))
	refused(lazuli.Invalid, "before the year 1", "a", time.Time{}.Add(-time.Hour), f.now())
	refused(lazuli.Invalid, "no output", "nosuch", testDay, f.now())
	var ids []string
	for i := range 8 {
		id, err := f.p.Replay(t.Context(), "a", testDay, testDay.Add(time.Duration(i+1)*time.Hour)) // some of it in the future
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
		if i == 0 {
			refused(lazuli.Conflict, "already: "+id, "a", testDay, testDay.Add(time.Hour))
		}
	}
	if slices.Sort(ids); len(slices.Compact(ids)) != 8 {
		t.Errorf("ids are not different: %q", ids)
	}
	refused(lazuli.Conflict, "8 replays that are not finished", "a", testDay.Add(-time.Hour), f.now())
	if _, err := f.p.Replay(t.Context(), "b", testDay, f.now()); err != nil {
		t.Errorf("the other output: %v", err)
	}
	f.took("b", 80, 40)
	if r := f.replay("a", ids[0]); r.State != pipeline.ReplayPaused || r.Progress != 0 {
		t.Errorf("of a paused output: %+v", r)
	}
	if err := f.p.CancelReplay("a", ids[0]); err != nil {
		t.Fatal(err)
	}
	if r := f.replay("a", ids[0]); r.State != pipeline.ReplayCancelled || r.Ended.IsZero() {
		t.Errorf("cancelled: %+v", r)
	}
	f.stop()
	f.start("a", "b")
	if r := f.replay("a", ids[0]); r.State != pipeline.ReplayCancelled {
		t.Errorf("after a restart: %+v", r)
	}
	if err := f.p.CancelReplay("a", ids[0]); err != nil { // forgets it
		t.Fatal(err)
	}
	if err := f.p.CancelReplay("a", ids[0]); !errors.Is(err, pipeline.ErrNoReplay) {
		t.Errorf("forgotten twice: %v", err)
	}
	if err := f.p.CancelReplay("nosuch", ids[0]); !errors.Is(err, pipeline.ErrNoOutput) {
		t.Errorf("of no output: %v", err)
	}
	if _, err := f.p.ResumeOutput("a"); err != nil {
		t.Fatal(err)
	}
	f.took("a", 40+7*40, 40)
	// Of those that have ended only some are remembered.
	for i := range 25 {
		f.pass(time.Second)
		if _, err := f.p.Replay(t.Context(), "a", testDay.Add(-time.Hour), testDay.Add(-time.Minute-time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	f.until("all have ended", func() bool {
		return !slices.ContainsFunc(f.status("a").Replays, func(r pipeline.Replay) bool { return r.Ended.IsZero() })
	})
	if n := len(f.status("a").Replays); n < 20 || n > 21 {
		t.Errorf("%d replays are remembered, want 20", n)
	}
	f.stop()
}

// TestDroppedOutput: what the configuration drops stays, holds rows, and goes on when it comes back; what is forgotten
// begins anew.
func TestDroppedOutput(t *testing.T) {
	f := newForwarding(t)
	f.keep = time.Hour
	f.start("a", "b")
	f.add(20, 0)
	f.took("a", 20, 20)
	f.took("b", 20, 20)
	if _, err := f.p.PauseOutput("a"); err != nil {
		t.Fatal(err)
	}
	id, err := f.p.Replay(t.Context(), "a", testDay, f.now())
	if err != nil {
		t.Fatal(err)
	}
	if err := f.p.ForgetOutput("a"); lazuli.KindOf(err) != lazuli.Conflict {
		t.Errorf("forget what is configured: %v", err)
	}
	f.stop()
	f.start("b")
	f.add(10, 1)
	f.took("b", 30, 30)
	f.pass(2 * time.Hour)
	f.retain()
	if n := f.p.Store().Stats().Expired; n != 0 {
		t.Errorf("%d rows expired under a cursor and a replay", n)
	}
	left := f.p.Unconfigured()
	if len(left) != 1 || left[0].Name != "a" || left[0].Cursor <= 0 || left[0].PausedSince.IsZero() || len(left[0].Replays) != 1 || left[0].Replays[0].State != pipeline.ReplayPaused {
		t.Errorf("left over: %+v", left)
	}
	_, pause := f.p.PauseOutput("a")
	_, resume := f.p.ResumeOutput("a")
	_, replay := f.p.Replay(t.Context(), "a", time.Unix(0, 0), time.Unix(60, 0))
	for _, err := range []error{pause, resume, replay} {
		if !errors.Is(err, pipeline.ErrUnconfigured) || lazuli.KindOf(err) != lazuli.Conflict || !strings.Contains(lazuli.Public(err), "configure it again") {
			t.Errorf("asked of what is left over: %v", err)
		}
	}
	f.stop()
	f.start("a", "b")
	if s := f.status("a"); s.State != pipeline.OutputPaused || len(f.p.Unconfigured()) != 0 {
		t.Errorf("configured again: %+v, left over %+v", s, f.p.Unconfigured())
	}
	if _, err := f.p.ResumeOutput("a"); err != nil {
		t.Fatal(err)
	}
	f.took("a", 20+10+20, 30)
	f.until("the replay ends", func() bool { return f.replay("a", id).State == pipeline.ReplayDone })
	f.stop()
	f.start("b")
	if err := f.p.ForgetOutput("a"); err != nil {
		t.Fatal(err)
	}
	if err := f.p.ForgetOutput("a"); !errors.Is(err, pipeline.ErrNoOutput) || len(f.p.Unconfigured()) != 0 {
		t.Errorf("forgotten twice: %v, left over %+v", err, f.p.Unconfigured())
	}
	f.retain()
	if n := f.p.Store().Stats().Expired; n != 30 {
		t.Errorf("%d rows expired after it was forgotten, want 30", n)
	}
	f.stop()
	f.takes["a"] = newTaker()
	f.start("a", "b")
	f.add(3, 2)
	f.took("a", 3, 3) // from the beginning of what there is
	if s := f.status("a"); len(s.Replays) != 0 || s.State != pipeline.OutputRunning {
		t.Errorf("begun anew: %+v", s)
	}
	f.stop()
}

// TestReplaysInOrder: the list has replays as they were begun, after a restart too.
func TestReplaysInOrder(t *testing.T) {
	f := newForwarding(t)
	f.start("a")
	f.add(20, 0)
	f.took("a", 20, 20)
	if _, err := f.p.PauseOutput("a"); err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range 4 { // within one second
		id, err := f.p.Replay(t.Context(), "a", testDay.Add(-time.Duration(i)*time.Hour), testDay.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, id)
		f.pass(time.Millisecond)
	}
	ids := func() (all []string) {
		for _, r := range f.status("a").Replays {
			all = append(all, r.ID)
		}
		return all
	}
	if got := ids(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	f.stop()
	f.start("a")
	if got := ids(); !slices.Equal(got, want) {
		t.Errorf("after a restart: %v, want %v", got, want)
	}
	f.stop()
}

// TestDamagedReplay: a replay whose record is damaged says so, sends nothing, and can be taken off the list.
func TestDamagedReplay(t *testing.T) {
	f := newForwarding(t)
	f.start("a")
	f.add(20, 0)
	f.took("a", 20, 20)
	if _, err := f.p.PauseOutput("a"); err != nil {
		t.Fatal(err)
	}
	id, err := f.p.Replay(t.Context(), "a", testDay, f.now())
	if err != nil {
		t.Fatal(err)
	}
	f.stop()
	files, err := filepath.Glob(filepath.Join(f.dir, "forward", "a", "replays", "*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.Replace(string(text), `"at":`, `"at":9`, 1)) // further on than it was
	if err := os.WriteFile(files[0], text, 0o600); err != nil {
		t.Fatal(err)
	}
	f.start("a")
	if r := f.replay("a", id); r.State != pipeline.ReplayFailed || !strings.Contains(r.LastError, "damaged") {
		t.Errorf("with a damaged record: %+v", r)
	}
	if _, err := f.p.ResumeOutput("a"); err != nil {
		t.Fatal(err)
	}
	if err := f.p.CancelReplay("a", id); err != nil {
		t.Fatal(err)
	}
	if s := f.status("a"); len(s.Replays) != 0 {
		t.Errorf("still on the list: %+v", s.Replays)
	}
	f.stop()
	if all, _ := f.takes["a"].count(); all != 20 {
		t.Errorf("%d events were sent", all)
	}
}
