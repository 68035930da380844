package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli/internal/durable"
)

var testID = storeID{1, 2, 3}

// journalWorld drives a journal on a file layer with faults.
type journalWorld struct {
	fs    *durable.FaultFS
	dir   string
	j     *journal
	acked map[int64]string // by number
	tried map[string]int64 // number of a body that was acknowledged
	next  int
}

func newJournalWorld(t testing.TB, dir string) *journalWorld {
	t.Helper()
	fs, err := durable.NewFaultFS(dir)
	if err != nil {
		t.Fatal(err)
	}
	return &journalWorld{fs: fs, dir: dir, acked: map[int64]string{}, tried: map[string]int64{}}
}

// open opens the journal and checks that every acknowledged frame is there.
func (w *journalWorld) open() error {
	err := w.openOnce()
	if errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ENOSPC) {
		err = w.openOnce() // the fault was told; the operator starts again
	}
	return err
}

func (w *journalWorld) openOnce() error {
	w.j = &journal{fs: w.fs, dir: w.dir, id: testID, limit: 600, now: func() int64 { return 1 }, log: quiet()}
	have := map[int64]string{}
	bodies := map[string]bool{}
	var order []int64
	rec, err := w.j.open(0, func(s *stored) error {
		f, err := s.decodeFrame(true)
		if err != nil {
			return err
		}
		have[s.n] = string(f.Body)
		if bodies[string(f.Body)] {
			return fmt.Errorf("frame %d is there twice", s.n)
		}
		bodies[string(f.Body)] = true
		order = append(order, s.n)
		return nil
	})
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	for n, body := range w.acked {
		if n >= w.j.oldest.Load() && have[n] != body {
			return fmt.Errorf("acknowledged frame %d is %q, was %q", n, have[n], body)
		}
	}
	for i := 1; i < len(order); i++ {
		if order[i] != order[i-1]+1 {
			return fmt.Errorf("frame %d follows %d", order[i], order[i-1])
		}
	}
	for _, p := range rec.problems {
		if p.what != "frames before the first segment are missing" {
			return fmt.Errorf("problem after a crash: %+v", p)
		}
	}
	// What is there may be answered for from now on.
	for n, body := range have {
		w.acked[n] = body
	}
	return nil
}

// batch appends n frames that share a sync.
func (w *journalWorld) batch(n, size int) {
	if w.j == nil {
		return
	}
	var reqs []*appendRequest
	var bodies []string
	for range n {
		w.next++
		body := fmt.Sprintf("frame %d %s", w.next, strings.Repeat("x", size))
		bodies = append(bodies, body)
		reqs = append(reqs, &appendRequest{frame: encodeFrame(&Frame{Workspace: "w", Origin: "o", Body: []byte(body)}, testID)})
	}
	if err := w.j.writeBatch(reqs); err != nil {
		return
	}
	for i, b := range bodies {
		w.acked[w.j.next-int64(n)+int64(i)] = b
	}
}

// script is what every campaign runs: small and large batches, several
// segments, a release, and a restart of the process in between.
func (w *journalWorld) script() error {
	if err := w.open(); err != nil {
		return err
	}
	w.batch(1, 10)
	w.batch(3, 100)
	w.batch(1, 400)
	w.batch(1, 10)
	w.batch(2, 200)
	w.batch(4, 60)
	w.batch(1, 700)
	w.batch(1, 700)
	if err := w.restart(); err != nil {
		return err
	}
	w.batch(2, 30)
	if w.j != nil {
		_, _ = w.j.release(8, func(segmentPath) bool { return false })
	}
	w.batch(1, 10)
	return nil
}

// restart kills the process and starts it again on the same machine.
func (w *journalWorld) restart() error {
	if w.fs.Crashed() {
		return nil
	}
	w.j.drop()
	return w.open()
}

// drop forgets the open file, as a killed process does.
func (j *journal) drop() {
	if j.seg != nil {
		_ = j.seg.file.Close()
		j.seg = nil
	}
}

// scanSealed checks what only fsck looks at.
func (w *journalWorld) scanSealed() error {
	segs, err := listSegments(durable.OS{}, w.dir)
	if err != nil {
		return err
	}
	for i := range segs[:max(0, len(segs)-1)] {
		r, err := readSegment(durable.OS{}, segs[i], testID, segs[i+1].first, nil)
		if err != nil {
			return err
		}
		next, err := readHead(durable.OS{}, segs[i+1], testID)
		if err == nil && !r.sealed && next&unsealedBefore == 0 {
			return fmt.Errorf("segment %d has no footer", segs[i].first)
		}
		if r.footer != nil {
			return r.footer
		}
	}
	return nil
}

// twoDirs makes two directories, in memory where the system has that: the layer
// below the test decides what is durable, not the disk.
func twoDirs(t testing.TB) (a, b string, done func()) {
	t.Helper()
	parent := ""
	if st, err := os.Stat("/dev/shm"); err == nil && st.IsDir() {
		parent = "/dev/shm"
	}
	base, err := os.MkdirTemp(parent, "lazuli-test-")
	if err != nil {
		t.Fatal(err)
	}
	a, b = filepath.Join(base, "a"), filepath.Join(base, "b")
	for _, d := range []string{a, b} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return a, b, func() {
		if err := os.RemoveAll(base); err != nil {
			t.Error(err)
		}
	}
}

// crashRun runs the script with a fault and then looks at what a crash leaves.
func crashRun(t testing.TB, disabled durable.Site, inject func(durable.Step) durable.Fault, loss durable.Loss, seed uint64) (steps int, err error) {
	t.Helper()
	dir, left, done := twoDirs(t)
	defer done()
	w := newJournalWorld(t, dir)
	if disabled != "" {
		w.fs.Disable(disabled)
	}
	w.fs.Inject = inject
	var leaveErr error
	w.fs.OnCrash(func() { leaveErr = w.fs.Leave(left, loss, seed) })
	err = w.script()
	if w.fs.Crashed() && errors.Is(err, durable.ErrCrashed) {
		err = nil
	}
	steps = w.fs.Steps()
	w.fs.Crash()
	if err = errors.Join(err, leaveErr); err != nil {
		return steps, err
	}
	w.j.drop()
	after := newJournalWorld(t, left)
	after.acked, after.next = w.acked, w.next
	if err := after.open(); err != nil {
		return steps, err
	}
	if err := after.scanSealed(); err != nil {
		return steps, err
	}
	after.batch(2, 50)
	after.j.drop()
	return steps, after.open()
}

// The journal is crashed and failed at every step it takes on the disk, in every
// way, and never loses an acknowledged frame, never has one twice, and goes on.
func TestFaultsOfJournal(t *testing.T) {
	steps, err := crashRun(t, "", nil, durable.LoseUnsynced, 0)
	if err != nil {
		t.Fatal(err)
	}
	eio := syscall.EIO
	faults := map[string]durable.Fault{
		"crash":           {Crash: true},
		"crash after":     {Crash: true, After: true},
		"crash half":      {Crash: true, Half: true},
		"fail":            {Err: eio},
		"fail after":      {Err: eio, After: true},
		"fail half":       {Err: syscall.ENOSPC, Half: true},
		"full":            {Err: syscall.ENOSPC},
		"full, and crash": {Err: syscall.ENOSPC, Crash: true, After: true},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := 1; n <= steps; n++ {
				for loss := durable.LoseUnsynced; loss <= durable.TearUnsynced; loss++ {
					seeds := uint64(1)
					if loss == durable.TearUnsynced && torture() {
						seeds = 20
					}
					for seed := range seeds {
						_, err := crashRun(t, "", func(s durable.Step) durable.Fault {
							if s.N == n {
								return fault
							}
							return durable.Pass
						}, loss, seed+uint64(n))
						if err != nil {
							t.Fatalf("at step %d of %d, loss %d, seed %d: %v", n, steps, loss, seed, err)
						}
					}
				}
			}
		})
	}
}

// From a step on everything fails until the script is nearly over: the journal
// refuses frames meanwhile and takes them again afterwards.
func TestFaultsOfJournalForAWhile(t *testing.T) {
	t.Parallel()
	steps, err := crashRun(t, "", nil, durable.LoseUnsynced, 0)
	if err != nil {
		t.Fatal(err)
	}
	for n := 3; n <= steps; n++ {
		for length := 2; length < 8; length++ {
			for loss := durable.LoseUnsynced; loss <= durable.TearUnsynced; loss++ {
				if !torture() && int(loss) != (n+length)%3 { // they take turns
					continue
				}
				_, err := crashRun(t, "", func(s durable.Step) durable.Fault {
					if s.N >= n && s.N < n+length {
						return durable.Fault{Err: syscall.ENOSPC, Half: s.Kind == "write"}
					}
					return durable.Pass
				}, loss, uint64(n))
				if err != nil && !errors.Is(err, syscall.ENOSPC) { // else it could not be opened at the end, and said so
					t.Fatalf("steps %d to %d fail, loss %d: %v", n, n+length-1, loss, err)
				}
			}
		}
	}
}

// Each fsync of the journal is needed: without it the campaign finds a loss.
func TestFsyncsOfJournal(t *testing.T) {
	steps, err := crashRun(t, "", nil, durable.LoseUnsynced, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, site := range []durable.Site{siteAppend, siteDir, siteSeal, siteRecover, siteRecoverName, siteRelease} {
		found := error(nil)
		for n := 1; n <= steps && found == nil; n++ {
			for _, fault := range []durable.Fault{{Crash: true}, {Err: syscall.EIO}} {
				for loss := durable.LoseUnsynced; loss <= durable.TearUnsynced && found == nil; loss++ {
					for seed := uint64(0); seed < 6 && found == nil; seed++ {
						if site == siteRelease { // a restart syncs the directory
							_, found = crashRun(t, site, func(s durable.Step) durable.Fault {
								if s.N == n {
									return fault
								}
								return durable.Pass
							}, loss, seed)
							continue
						}
						found = killThenCrash(t, site, n, fault, loss, seed)
					}
				}
			}
		}
		if found == nil {
			t.Errorf("without the sync %s nothing is lost", site)
		} else {
			t.Logf("without the sync %s: %v", site, found)
		}
	}
	// And with all of them the same kills and crashes lose nothing.
	for n := 1; n <= steps; n++ {
		for loss := durable.LoseUnsynced; loss <= durable.TearUnsynced; loss++ {
			if err := killThenCrash(t, "", n, durable.Fault{Crash: true}, loss, uint64(n)); err != nil {
				t.Fatalf("killed at step %d, then a crash, loss %d: %v", n, loss, err)
			}
		}
	}
}

// killThenCrash kills the process at a step, or lets the step fail; starts it
// again on the same machine, so that nothing is lost; and then cuts the power.
func killThenCrash(t testing.TB, disabled durable.Site, n int, fault durable.Fault, loss durable.Loss, seed uint64) error {
	t.Helper()
	dir, left, done := twoDirs(t)
	defer done()
	w := newJournalWorld(t, dir)
	if disabled != "" {
		w.fs.Disable(disabled)
	}
	w.fs.Inject = func(s durable.Step) durable.Fault {
		if s.N == n {
			return fault
		}
		return durable.Pass
	}
	if err := w.script(); err != nil && !w.fs.Crashed() {
		return err
	}
	if w.j != nil {
		w.j.drop()
	}
	w.fs.Inject = nil
	w.fs.Revive()
	if err := w.open(); err != nil {
		return err
	}
	if seed%2 == 1 {
		w.batch(1, 20)
	}
	var leaveErr error
	w.fs.OnCrash(func() { leaveErr = w.fs.Leave(left, loss, seed) })
	w.fs.Crash()
	w.j.drop()
	if leaveErr != nil {
		t.Fatal(leaveErr)
	}
	after := newJournalWorld(t, left)
	after.acked, after.next = w.acked, w.next
	if err := after.open(); err != nil {
		return err
	}
	after.j.drop()
	return after.scanSealed()
}

func TestFrameRoundTrip(t *testing.T) {
	dir := t.TempDir()
	frames := []Frame{
		{Workspace: "w", Origin: "o", Body: nil},
		{Workspace: "w", Origin: "o", Incarnation: "i", First: -5, Last: 1 << 60, Received: 638000000000000000, Encoding: "gzip",
			ContentType: "application/json", Body: bytes.Repeat([]byte{0, 255}, 5000)},
		{Workspace: "Ω", Key: []byte{}, Body: bytes.Repeat([]byte("abc"), 100000)},
		{Workspace: "w", Key: []byte{0, 1}, KeyTTL: 5, Body: []byte("short")},
	}
	j := &journal{fs: durable.OS{}, dir: dir, id: testID, limit: 1 << 20, now: realTime, log: quiet()}
	if _, err := j.open(0, nil); err != nil {
		t.Fatal(err)
	}
	for i := range frames {
		if frames[i].Key != nil {
			frames[i].bodySum = sumBody(frames[i].Body)
		}
		if err := j.writeBatch([]*appendRequest{{frame: encodeFrame(&frames[i], testID)}}); err != nil {
			t.Fatal(err)
		}
		frames[i].Seq = int64(i+1) << SeqShift
	}
	j.drop()
	var got []Frame
	if _, err := j.open(0, func(s *stored) error {
		f, err := s.decodeFrame(true)
		if err == nil {
			got = append(got, *f)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	j.drop()
	if d := cmp.Diff(frames, got, cmp.AllowUnexported(Frame{})); d != "" {
		t.Error(d)
	}
}

// Damage in the middle is told and costs only what it hits; a body that holds
// the bytes of a frame is never taken for one.
func TestJournalDamage(t *testing.T) {
	build := func(t *testing.T) (dir string, segs []segmentPath) {
		dir = t.TempDir()
		j := &journal{fs: durable.OS{}, dir: dir, id: testID, limit: 500, now: realTime, log: quiet()}
		if _, err := j.open(0, nil); err != nil {
			t.Fatal(err)
		}
		forged := encodeFrame(&Frame{Workspace: "w", Body: []byte("forged")}, storeID{9})
		forged.number(7, 0, storeID{9})
		bad := bytes.Join([][]byte{forged.header[:], forged.meta, forged.body, forged.trailer[:]}, nil)
		for i := range 12 {
			body := append(fmt.Appendf(nil, "frame %d ", i+1), bad...)
			if err := j.writeBatch([]*appendRequest{{frame: encodeFrame(&Frame{Workspace: "w", Body: append(body, make([]byte, 200)...)}, testID)}}); err != nil {
				t.Fatal(err)
			}
		}
		j.drop()
		segs, err := listSegments(durable.OS{}, dir)
		if err != nil {
			t.Fatal(err)
		}
		return dir, segs
	}
	f := func(what string, damage func(t *testing.T, dir string, segs []segmentPath), lost ...int64) {
		t.Helper()
		t.Run(what, func(t *testing.T) {
			dir, segs := build(t)
			if len(segs) < 3 {
				t.Fatalf("%d segments", len(segs))
			}
			damage(t, dir, segs)
			want := map[int64]bool{}
			for n := int64(1); n <= 12; n++ {
				want[n] = true
			}
			for _, n := range lost {
				delete(want, n)
			}
			for range 2 { // the second time around it is the same
				got := map[int64]bool{}
				j := &journal{fs: durable.OS{}, dir: dir, id: testID, limit: 500, now: realTime, log: quiet()}
				rec, err := j.open(0, func(s *stored) error {
					got[s.n] = true
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Error(d)
				}
				told := map[int64]bool{}
				for _, p := range rec.problems {
					for n := p.from; n <= p.to; n++ {
						told[n] = true
					}
				}
				for _, n := range lost {
					if !told[n] {
						t.Errorf("loss of frame %d is not told: %v", n, rec.problems)
					}
				}
				if err := j.writeBatch([]*appendRequest{{frame: encodeFrame(&Frame{Workspace: "w", Body: []byte("more")}, testID)}}); err != nil {
					t.Fatal(err)
				}
				want[j.next-1] = true
				j.drop()
			}
		})
	}
	flip := func(segment int, offset int64) func(*testing.T, string, []segmentPath) {
		return func(t *testing.T, dir string, segs []segmentPath) {
			file, err := os.OpenFile(segs[segment].path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			if offset < 0 {
				offset += segs[segment].size
			}
			b := make([]byte, 1)
			if _, err := file.ReadAt(b, offset); err != nil {
				t.Fatal(err)
			}
			b[0] ^= 0x40
			if _, err := file.WriteAt(b, offset); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	f("nothing", func(*testing.T, string, []segmentPath) {})
	f("body of the first frame", flip(0, 200), 1)
	f("length of the first frame", flip(0, segmentHeader+5), 1)
	f("header of a segment", flip(1, 20))
	f("footer of a segment", flip(0, -10))
	f("a segment is gone", func(t *testing.T, dir string, segs []segmentPath) {
		if err := os.Remove(segs[0].path); err != nil {
			t.Fatal(err)
		}
	}, 1, 2, 3, 4)
}

func TestAppendAfterStop(t *testing.T) {
	dir := t.TempDir()
	j := &journal{fs: durable.OS{}, dir: dir, id: testID, limit: 1 << 20, now: realTime, log: quiet(),
		reqs: make(chan *appendRequest), stopped: make(chan struct{})}
	if _, err := j.open(0, nil); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	go j.write(stop)
	var ok, refused atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for refused.Load() == 0 {
			if _, err := j.append(t.Context(), encodeFrame(&Frame{Workspace: "w", Body: []byte("x")}, testID)); err != nil {
				refused.Add(1)
			} else if ok.Add(1) == 20 {
				close(stop)
			}
		}
	}()
	<-done
	j2 := &journal{fs: durable.OS{}, dir: dir, id: testID, limit: 1 << 20, now: realTime, log: quiet()}
	n := int64(0)
	if _, err := j2.open(0, func(*stored) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	j2.drop()
	if n != ok.Load() {
		t.Errorf("%d frames in the journal, %d acknowledged", n, ok.Load())
	}
}
