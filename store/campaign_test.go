package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"lazuli.dev/lazuli/internal/durable"
)

// errInjected is the failure of a step that is not one on files.
var errInjected = errors.New("told to fail")

// storeWorld drives a store on a file layer with faults.
type storeWorld struct {
	t      testing.TB
	root   string
	fs     *durable.FaultFS
	s      *Store
	step   func(name string) error
	now    int64
	acked  map[string]bool  // values of rows that were acknowledged
	gone   map[string]bool  // values that retention may have deleted
	cursor map[string]int64 // as SetCursor acknowledged it
	cut    int64            // that a rebuild reached
	sent   []sentFrame      // those that were acknowledged
	next   int
}

type sentFrame struct {
	table      string
	from, rows int
}

const campaignStart = 638000000000000000

func newStoreWorld(t testing.TB, root string) *storeWorld {
	t.Helper()
	w := &storeWorld{t: t, root: root, now: campaignStart, acked: map[string]bool{}, gone: map[string]bool{}, cursor: map[string]int64{}}
	w.layer()
	return w
}

// layer puts a fresh file layer over the root.
func (w *storeWorld) layer() {
	fs, err := durable.NewFaultFS(w.root)
	if err != nil {
		w.t.Fatal(err)
	}
	// The engine cares for its log's name itself: where it loses it, the file is that
	// of the last checkpoint.
	fs.AlwaysKept = func(path string) bool { return strings.HasSuffix(path, ".wal") }
	w.fs = fs
}

func (w *storeWorld) dir() string { return filepath.Join(w.root, "data") }

func (w *storeWorld) options() Options {
	o := testOptions()
	o.FS, o.Threads, o.MemoryLimit = w.fs, 1, 64<<20
	o.Clock = func() int64 { return w.now }
	o.SegmentBytes = 300
	o.JournalRetention = 50 * time.Second
	o.Retention = func(_, table string) time.Duration {
		if table == "Short_CL" {
			return 30 * time.Second
		}
		return 0
	}
	o.step = func(name string) error {
		if w.step != nil {
			return w.step(name)
		}
		return nil
	}
	return o
}

func (w *storeWorld) open() (err error) {
	w.s, err = Open(context.Background(), w.dir(), w.options())
	return err
}

// kill ends the process: nothing more is written.
func (w *storeWorld) kill() {
	if w.s != nil {
		_ = w.s.abandon()
		w.s = nil
	}
}

// ingest sends the next frame, by position or by key, and remembers it when it
// was acknowledged.
func (w *storeWorld) ingest(table string, rows int) {
	if w.s == nil {
		return
	}
	from := w.next
	w.next += rows
	w.send(table, from, rows)
}

func (w *storeWorld) send(table string, from, rows int) {
	f := Frame{Workspace: "default", Origin: "o", Body: lines(table, from, rows)}
	if from%2 == 0 {
		f.Incarnation, f.First, f.Last = "1", int64(from), int64(from+rows-1)
	} else {
		f.Key = fmt.Appendf(nil, "%d", from)
	}
	if _, err := w.s.Ingest(context.Background(), f); err != nil {
		return
	}
	w.sent = append(w.sent, sentFrame{table, from, rows})
	for i := range rows {
		w.acked[table+fmt.Sprint(from+i)] = true
	}
}

// check compares what a store has with what was acknowledged.
func (w *storeWorld) check() error {
	have := map[string]int{}
	for _, table := range []string{"Long_CL", "Short_CL"} {
		list, err := readValues(context.Background(), w.s, "default", table, "Raw")
		if err != nil {
			return err
		}
		for _, v := range list {
			have[table+v]++
		}
	}
	for v, n := range have {
		if n > 1 {
			return fmt.Errorf("row %s is there %d times", v, n)
		}
	}
	for v := range w.acked {
		if have[v] == 0 && !w.gone[v] {
			return fmt.Errorf("acknowledged row %s is missing", v)
		}
	}
	for name, seq := range w.cursor {
		if got, _ := w.s.Cursor(name); got < seq {
			return fmt.Errorf("cursor %s is at %d, was at %d", name, got, seq)
		}
	}
	return nil
}

func (w *storeWorld) setCursor(name string, seq int64) {
	if w.s != nil && w.s.SetCursor(name, seq) == nil {
		w.cursor[name] = seq
	}
}

func (w *storeWorld) mayGo() {
	for v := range w.acked {
		if strings.HasPrefix(v, "Short_CL") {
			w.gone[v] = true
		}
	}
	// Of a frame that failed rows may be there, and go too.
	for i := range w.next {
		w.gone[fmt.Sprint("Short_CL", i)] = true
	}
}

// storeScript makes, fills, cuts, expires, releases, restarts and rebuilds a
// store. It ends early at the crash.
func (w *storeWorld) storeScript() error {
	if err := w.open(); err != nil {
		return err
	}
	ctx := context.Background()
	w.ingest("Long_CL", 3)
	w.ingest("Short_CL", 3)
	w.setCursor("splunk", 1<<SeqShift)
	_ = w.s.Cut(ctx)
	w.ingest("Long_CL", 3)
	w.ingest("Short_CL", 4)
	w.setCursor("splunk", 4<<SeqShift)
	_ = w.s.Cut(ctx)
	w.ingest("Long_CL", 3)
	w.now += 100 * ticksPerSecond
	w.mayGo()
	_ = w.s.Cut(ctx)
	w.setCursor("splunk", 100<<SeqShift)
	w.ingest("Long_CL", 8)
	w.ingest("Short_CL", 8)
	_ = w.s.Retain(ctx)
	w.ingest("Long_CL", 3)
	return nil
}

// storeRun runs the script with a fault and looks at what a crash leaves.
func storeRun(t testing.TB, disabled durable.Site, prepare func(w *storeWorld), loss durable.Loss, seed uint64, script func(*storeWorld) error) (*storeWorld, error) {
	t.Helper()
	dir, left, done := twoDirs(t)
	defer done()
	w := newStoreWorld(t, dir)
	if disabled != "" {
		w.fs.Disable(disabled)
	}
	if prepare != nil {
		prepare(w)
	}
	var leaveErr error
	w.fs.OnCrash(func() { leaveErr = w.fs.Leave(left, loss, seed) })
	err := script(w)
	if w.fs.Crashed() || errors.Is(err, syscall.EIO) || errors.Is(err, errInjected) {
		err = nil // the fault was told
	}
	w.fs.Crash()
	w.kill()
	if err = errors.Join(err, leaveErr); err != nil {
		return w, err
	}
	after := newStoreWorld(t, left)
	after.now, after.acked, after.gone, after.next, after.cursor, after.sent = w.now, w.acked, w.gone, w.next, w.cursor, w.sent
	return w, after.recovered(w.cut)
}

// recovered checks a store after a crash, uses it, and checks it again.
func (w *storeWorld) recovered(cut int64) error {
	fsck := func(when string) error {
		if _, err := w.fs.Stat(w.dir()); err != nil && len(w.acked) == 0 {
			return nil
		}
		r, err := Fsck(context.Background(), w.dir(), w.options())
		if err != nil {
			return err
		}
		if !r.Clean() {
			return fmt.Errorf("fsck %s: %s", when, strings.Join(r.Findings, "; "))
		}
		if r.CutFrame < cut {
			return fmt.Errorf("fsck %s: the tables have frames up to %d, a rebuild had reached %d", when, r.CutFrame, cut)
		}
		return nil
	}
	if err := fsck("after the crash"); err != nil {
		return err
	}
	if err := w.open(); err != nil {
		return err
	}
	defer w.kill()
	if err := w.check(); err != nil {
		return fmt.Errorf("after the crash: %w", err)
	}
	// A sender that heard nothing sends again; what is held is dropped.
	before := w.s.Stats().Frames
	for _, f := range slices.Clone(w.sent) {
		w.send(f.table, f.from, f.rows)
	}
	if got := w.s.Stats().Frames - before; got != 0 {
		return fmt.Errorf("%d of the frames that were acknowledged were taken again", got)
	}
	w.ingest("Long_CL", 2)
	if err := w.s.Cut(context.Background()); err != nil {
		return err
	}
	w.ingest("Long_CL", 1)
	if err := w.check(); err != nil {
		return fmt.Errorf("used after the crash: %w", err)
	}
	if err := w.s.Close(); err != nil {
		return err
	}
	w.s = nil
	if runs := campaignRuns.Add(1); runs%4 != 0 && !torture() { // it is a fourth of the time
		return nil
	}
	return fsck("at the end")
}

var campaignRuns atomic.Int64

// Cuts, retention, release, cursors and the making of a store are crashed and
// failed at every step on files and between the steps on the tables.
func TestFaultsOfStore(t *testing.T) {
	var names []string
	plain, err := storeRun(t, "", func(w *storeWorld) {
		w.step = func(name string) error { names = append(names, name); return nil }
	}, durable.LoseUnsynced, 0, (*storeWorld).storeScript)
	if err != nil {
		t.Fatal(err)
	}
	steps := plain.fs.Steps()
	for _, name := range []string{"cut.begin", "cut.rows", "cut.record", "commit", "cut.committed", "cut.checkpointed", "retain.rows", "retain.committed"} {
		if !slices.Contains(names, name) {
			t.Errorf("the script has no step %s", name)
		}
	}
	if n := plain.fs.Count(string(siteRelease)); n == 0 {
		t.Error("the script releases nothing")
	}
	t.Logf("%d steps on files, %d on tables", steps, len(names))
	losses := []durable.Loss{durable.LoseUnsynced, durable.KeepUnsynced, durable.TearUnsynced}

	t.Run("files", func(t *testing.T) {
		t.Parallel()
		faults := []durable.Fault{{Crash: true}, {Crash: true, After: true}, {Err: syscall.EIO}, {Err: syscall.EIO, After: true}}
		for n := 1; n <= steps; n++ {
			// The journal's own campaign has every combination; here they take turns, but
			// for the torture.
			for f, fault := range faults {
				for l, loss := range losses {
					if !torture() && (f != n%len(faults) || l != n%len(losses)) {
						continue
					}
					_, err := storeRun(t, "", func(w *storeWorld) {
						w.fs.Inject = func(s durable.Step) durable.Fault {
							if s.N == n {
								return fault
							}
							return durable.Pass
						}
					}, loss, uint64(n), (*storeWorld).storeScript)
					if err != nil {
						t.Errorf("%+v at step %d, loss %d: %v", fault, n, loss, err)
					}
				}
			}
		}
	})
	t.Run("tables", func(t *testing.T) {
		t.Parallel()
		for n := range names {
			for _, fail := range []bool{false, true} {
				_, err := storeRun(t, "", func(w *storeWorld) {
					at := 0
					w.step = func(string) error {
						at++
						if at-1 != n {
							return nil
						}
						if !fail {
							w.fs.Crash()
						}
						return errInjected
					}
				}, losses[n%len(losses)], uint64(n), (*storeWorld).storeScript)
				if err != nil {
					t.Errorf("step %d, %s, fails %v: %v", n, names[n], fail, err)
				}
			}
		}
	})
}

// Each of the store's own syncs is needed: without it some crash loses
// something. (Those of the journal have their own test.)
func TestFsyncsOfStore(t *testing.T) {
	f := func(script func(*storeWorld) error, sites ...durable.Site) {
		for _, site := range append([]durable.Site{""}, sites...) {
			t.Run("without "+string(site), func(t *testing.T) {
				t.Parallel()
				for seed := range uint64(25) {
					if site == "" && seed > 0 {
						break
					}
					for _, loss := range []durable.Loss{durable.LoseUnsynced, durable.TearUnsynced} {
						_, err := storeRun(t, site, nil, loss, seed, script)
						switch {
						case err != nil && site == "":
							t.Fatal(err)
						case err != nil:
							t.Log(err)
							return
						}
					}
				}
				if site != "" {
					t.Error("nothing is lost without it")
				}
			})
		}
	}
	f((*storeWorld).storeScript, siteVersion+".file", siteVersion+".dir", siteParent, siteCursor+".file", siteCursor+".dir")
	f((*storeWorld).lostTablesScript, siteData)
	f((*storeWorld).tornScript, siteUndo)
	f((*storeWorld).rebuiltScript, siteRebuild)
	f((*storeWorld).rebuiltHalfScript, siteRebuildLog)
}

// lostTablesScript has the tables removed by somebody, and made again by the
// next start; then the journal lets go of its beginning.
func (w *storeWorld) lostTablesScript() error {
	if err := w.open(); err != nil {
		return err
	}
	for range 6 {
		w.ingest("Long_CL", 4)
	}
	w.kill()
	for _, name := range []string{tablesFile, tablesFile + ".wal"} {
		if err := w.fs.Remove(filepath.Join(w.dir(), name)); err != nil && !errors.Is(err, syscall.ENOENT) {
			return err
		}
	}
	if err := w.open(); err != nil {
		return err
	}
	if err := w.s.Cut(context.Background()); err != nil {
		return err
	}
	w.now += 100 * ticksPerSecond
	return w.s.Retain(context.Background())
}

// tornScript has the power cut while the engine writes over its metadata.
func (w *storeWorld) tornScript() error {
	if err := w.open(); err != nil {
		return err
	}
	for i := range 3 {
		w.ingest("Long_CL", 4)
		var before tableFiles
		w.step = func(name string) error {
			switch {
			case i < 2:
			case name == "cut.committed":
				before = readTables(w.dir())
			case name == "cut.checkpointed":
				n, err := before.tear(w.dir(), firstPage)
				if err != nil || n == 0 {
					return fmt.Errorf("%d blocks torn: %w", n, err)
				}
				w.fs.Crash()
			}
			return nil
		}
		if err := w.s.Cut(context.Background()); err != nil {
			return err
		}
	}
	return nil
}

// rebuiltScript makes the tables again and has the power cut right after.
func (w *storeWorld) rebuiltScript() error {
	if err := w.open(); err != nil {
		return err
	}
	for range 3 {
		w.ingest("Long_CL", 4)
	}
	w.kill()
	if err := Rebuild(context.Background(), w.dir(), w.options()); err != nil {
		return err
	}
	w.cut = 3
	return nil
}

// rebuiltHalfScript has the power cut between the new tables' getting the name
// of the old ones and that being durable. The old ones had a log, because the
// process was killed before a checkpoint.
func (w *storeWorld) rebuiltHalfScript() error {
	if err := w.open(); err != nil {
		return err
	}
	w.ingest("Long_CL", 4)
	if err := w.s.Cut(context.Background()); err != nil {
		return err
	}
	w.ingest("Long_CL", 4)
	files := map[string][]byte{}
	w.step = func(name string) error {
		if name != "cut.committed" {
			return nil
		}
		for _, n := range []string{tablesFile, tablesFile + ".wal"} {
			b, err := os.ReadFile(filepath.Join(w.dir(), n))
			if err != nil {
				return err
			}
			files[n] = b
		}
		return nil
	}
	if err := w.s.Cut(context.Background()); err != nil {
		return err
	}
	w.step = nil
	w.kill()
	for n, b := range files {
		if err := os.WriteFile(filepath.Join(w.dir(), n), b, 0o600); err != nil {
			return err
		}
	}
	w.fs.Inject = func(s durable.Step) durable.Fault {
		return durable.Fault{Crash: s.Site == siteRebuild}
	}
	return Rebuild(context.Background(), w.dir(), w.options())
}
