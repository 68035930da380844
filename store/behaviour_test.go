package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli/chunk"
)

func TestOnce(t *testing.T) {
	dir := t.TempDir()
	o := testOptions()
	now := atomic.Int64{}
	now.Store(campaignStart)
	o.Clock = now.Load
	s := openTest(t, dir, o)
	next := 0
	send := func(f Frame) (Receipt, error) {
		f.Workspace = "default"
		if f.Body == nil {
			f.Body = lines(testTable, next, 1)
		}
		r, err := s.Ingest(t.Context(), f)
		if err == nil && !r.Duplicate {
			next++
		}
		return r, err
	}
	taken := func(f Frame) {
		t.Helper()
		if r, err := send(f); err != nil || r.Duplicate {
			t.Errorf("%+v: %+v %v", f, r, err)
		}
	}
	dropped := func(f Frame) {
		t.Helper()
		if r, err := send(f); err != nil || !r.Duplicate {
			t.Errorf("%+v: %+v %v", f, r, err)
		}
	}
	overlaps := func(f Frame, first, last int64) {
		t.Helper()
		_, err := send(f)
		var o *OverlapError
		if !errors.As(err, &o) || o.First != first || o.Last != last {
			t.Errorf("%+v: %v", f, err)
		}
	}
	at := func(first, last int64) Frame {
		return Frame{Origin: "hub/0", Incarnation: "1", First: first, Last: last}
	}
	key := func(k, body string) Frame { return Frame{Origin: "p", Key: []byte(k), Body: []byte(body)} }

	check := func() {
		t.Helper()
		dropped(at(10, 19))
		dropped(at(12, 15))
		dropped(at(20, 29))
		dropped(at(15, 25))
		overlaps(at(5, 10), 10, 10)
		overlaps(at(25, 40), 25, 29)
		overlaps(at(0, 100), 10, 29)
		dropped(key("a", testTable+" 1"))
		if _, err := send(key("a", testTable+" 2")); !errors.Is(err, ErrKeyReuse) {
			t.Errorf("%v", err)
		}
	}
	taken(at(10, 19))
	taken(at(20, 29))
	taken(Frame{Origin: "hub/0", Incarnation: "2", First: 10, Last: 19})
	taken(Frame{Origin: "hub/1", Incarnation: "1", First: 10, Last: 19})
	taken(key("a", testTable+" 1"))
	taken(Frame{Origin: "other", Key: []byte("a"), Body: []byte(testTable + " 2")})
	taken(Frame{}) // without identity it is always new
	taken(Frame{})
	check()
	if err := s.abandon(); err != nil { // from the journal
		t.Fatal(err)
	}
	s = openTest(t, dir, o)
	check()
	if err := s.Close(); err != nil { // from the tables
		t.Fatal(err)
	}
	s = openTest(t, dir, o)
	check()
	now.Add(ticksOf(8 * 24 * time.Hour))
	taken(key("a", testTable+" 1"))
	taken(at(30, 39))
	dropped(at(10, 39))

	// Many at once with the same key are one.
	var wg sync.WaitGroup
	var fresh, dups atomic.Int64
	for range 20 {
		wg.Go(func() {
			r, err := s.Ingest(t.Context(), Frame{Workspace: "default", Origin: "p", Key: []byte("b"), Body: []byte(testTable + " 7")})
			switch {
			case err != nil:
				t.Error(err)
			case r.Duplicate:
				dups.Add(1)
			default:
				fresh.Add(1)
			}
		})
	}
	wg.Wait()
	if fresh.Load() != 1 || dups.Load() != 19 {
		t.Errorf("%d new, %d duplicates", fresh.Load(), dups.Load())
	}
}

func TestInsertRuns(t *testing.T) {
	var runs []interval
	held := map[int64]bool{}
	x := uint64(1)
	for range 3000 {
		x = x*6364136223846793005 + 1442695040888963407
		first := int64(x>>33) % 500
		r := interval{first, first + int64(x>>60)}
		runs = insert(runs, r)
		for p := r.first; p <= r.last; p++ {
			held[p] = true
		}
		last := int64(-10)
		n := 0
		for _, r := range runs {
			if r.first <= last+1 || r.last < r.first {
				t.Fatalf("runs are not apart: %v", runs)
			}
			for p := r.first; p <= r.last; p++ {
				if !held[p] {
					t.Fatalf("%d was never taken: %v", p, runs)
				}
				n++
			}
			last = r.last
		}
		if n != len(held) {
			t.Fatalf("%d positions in runs, %d taken", n, len(held))
		}
		if len(held) > 450 {
			runs, held = nil, map[int64]bool{}
		}
	}
}

// A frame that cannot be decoded is in the quarantine, whole, and blocks
// neither its neighbours nor a start.
func TestQuarantine(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir, testOptions())
	for _, body := range []string{"fail", "panic", "fail \xff\xfe"} {
		r := ingest(t, s, Frame{Body: []byte(body + "\n")})
		if d := cmp.Diff(Receipt{Seq: r.Seq, Rows: map[string]int{}, Quarantined: 1}, r); d != "" {
			t.Error(d)
		}
		ingest(t, s, Frame{Body: lines(testTable, 1, 1)})
	}
	check := func() {
		t.Helper()
		if d := cmp.Diff([]string{"fail\n", "panic\n", ""}, values(t, s, "default", quarantineTable, "Raw")); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{"", "", "ZmFpbCD//go="}, values(t, s, "default", quarantineTable, "RawBase64")); d != "" {
			t.Error(d)
		}
		if n := len(values(t, s, "default", testTable, "Raw")); n != 3 {
			t.Errorf("%d neighbours", n)
		}
	}
	check()
	if err := s.abandon(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, dir, testOptions())
	check()
	if err := s.Cut(t.Context()); err != nil {
		t.Fatal(err)
	}
	check()
}

// A decoder that breaks its contract costs its own frame only.
func TestDecoderBreaksContract(t *testing.T) {
	var broken func(f Frame) *chunk.Chunk
	o := testOptions()
	o.Decode = func(f Frame) ([]*chunk.Chunk, error) {
		if string(f.Body) == "broken" {
			return []*chunk.Chunk{broken(f)}, nil
		}
		return decodeLines(f)
	}
	s := openTest(t, t.TempDir(), o)
	ingest(t, s, Frame{Body: lines(testTable, 0, 1)})
	row := func(workspace string, kind chunk.Kind, seqs ...int64) func(Frame) *chunk.Chunk {
		return func(f Frame) *chunk.Chunk {
			b := chunk.NewBuilder([]chunk.Spec{{Name: "_Seq", Kind: chunk.Int64}, {Name: "Raw", Kind: kind}})
			for _, seq := range seqs {
				b.SetInt64(0, f.Seq+seq)
				if kind == chunk.Text {
					b.SetString(1, "x")
				} else {
					b.SetInt64(1, 1)
				}
				b.EndRow()
			}
			return b.Finish(workspace, testTable)
		}
	}
	f := func(what string, fn func(Frame) *chunk.Chunk, quarantined int) {
		t.Helper()
		broken = fn
		if r := ingest(t, s, Frame{Body: []byte("broken")}); r.Quarantined != quarantined {
			t.Errorf("%s: %+v", what, r)
		}
	}
	f("right", row("default", chunk.Text, 0, 1), 0)
	f("other workspace", row("other", chunk.Text, 0), 1)
	f("sequence below", row("default", chunk.Text, -1), 1)
	f("sequence above", row("default", chunk.Text, 1<<SeqShift), 1)
	f("out of order", row("default", chunk.Text, 1, 0), 1)
	f("twice", row("default", chunk.Text, 1, 1), 1)
	f("other type", row("default", chunk.Int64, 0), 1)
	f("no chunk", func(Frame) *chunk.Chunk { return nil }, 1)
	if n := len(values(t, s, "default", testTable, "Raw")); n != 3 {
		t.Errorf("%d rows", n)
	}
}

func TestWorkspacesAreApart(t *testing.T) {
	s := openTest(t, t.TempDir(), testOptions())
	ingest(t, s, Frame{Workspace: "main", Body: lines(testTable, 0, 2)})
	ingest(t, s, Frame{Workspace: `it's "x"`, Body: lines(testTable, 10, 3)})
	ingest(t, s, Frame{Workspace: "Main", Body: lines(testTable, 20, 4)})
	for range 2 {
		for ws, want := range map[string][]string{"main": numbers(0, 2), "Main": numbers(20, 4), `it's "x"`: numbers(10, 3), "default": nil} {
			if d := cmp.Diff(want, values(t, s, ws, testTable, "Raw")); d != "" {
				t.Errorf("%s: %s", ws, d)
			}
		}
		if err := s.Cut(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCursorsAndWait(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir, testOptions())
	if _, ok := s.Cursor("a/b"); ok {
		t.Error("there is a cursor in a new store")
	}
	woken := make(chan error)
	stable := s.Stable()
	go func() { woken <- s.Wait(t.Context(), stable) }()
	ingest(t, s, Frame{Body: lines(testTable, 0, 1)})
	if err := <-woken; err != nil {
		t.Error(err)
	}
	if s.Stable() != lastSeq(1) {
		t.Errorf("stable %d", s.Stable())
	}
	if err := s.Wait(t.Context(), 1<<SeqShift); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { woken <- s.Wait(ctx, s.Stable()) }()
	cancel()
	if err := <-woken; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, name := range []string{"a/b", "splunk prod", "x"} {
		if err := s.SetCursor(name, s.Stable()); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.RemoveCursor("x"); err != nil {
		t.Fatal(err)
	}
	go func() { woken <- s.Wait(context.Background(), s.Stable()) }()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-woken; !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	s = openTest(t, dir, testOptions())
	if d := cmp.Diff(map[string]int64{"a/b": lastSeq(1), "splunk prod": lastSeq(1)}, s.Cursors()); d != "" {
		t.Error(d)
	}
}

func TestStoreIsLocked(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir, testOptions())
	if _, err := Open(t.Context(), dir, testOptions()); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("%v", err)
	}
	if _, err := Fsck(t.Context(), dir, testOptions()); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("%v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Ingest(t.Context(), Frame{Workspace: "w"}); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
	if _, err := s.View(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
	openTest(t, dir, testOptions())
}

// A view ends with its context, and lets go of everything.
func TestViewEndsWithContext(t *testing.T) {
	before, _ := chunk.InUse()
	s := openTest(t, t.TempDir(), testOptions())
	ingest(t, s, Frame{Body: lines(testTable, 0, 10)})
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := s.View(ctx); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := s.Close(); err != nil { // waits for the view
		t.Fatal(err)
	}
	if after, _ := chunk.InUse(); after != before {
		t.Errorf("%d regions are still held", after-before)
	}
}

// Memory is bounded: Ingest waits while there is too much, and a frame that is
// larger than all the memory still gets through.
func TestBackPressure(t *testing.T) {
	o := testOptions()
	o.HotBytes, o.CutBytes = 1<<20, 1<<19
	s := openTest(t, t.TempDir(), o)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 12 {
				ingest(t, s, Frame{Body: lines(testTable, w*1000000+i*1000, 4000)})
				if n := s.Stats().HotBytes; n > 3<<20 {
					t.Errorf("%d bytes are hot", n)
				}
			}
		})
	}
	wg.Wait()
	ingest(t, s, Frame{Body: lines(testTable, 0, 300000)})
	if n := len(values(t, s, "default", testTable, "Raw")); n != 4*12*4000+300000 {
		t.Errorf("%d rows", n)
	}
	if s.Stats().Waits == 0 || s.Stats().Cuts == 0 {
		t.Errorf("%+v", s.Stats())
	}
}

// Small frames are joined, so that their number does not grow with theirs.
func TestMerge(t *testing.T) {
	s := openTest(t, t.TempDir(), testOptions())
	const n = 3000
	for i := range n {
		s.finish(&Frame{Workspace: "default", Seq: int64(i+1) << SeqShift, Received: campaignStart, Body: lines(testTable, i, 1)}, 0)
	}
	// The background merges as well, and only one of them at a time.
	for deadline := time.Now().Add(10 * time.Second); s.Stats().HotChunks > 150; runtime.Gosched() {
		if s.hot.merge(tableKey{"default", testTable}); time.Now().After(deadline) {
			t.Fatalf("%d chunks of %d rows", s.Stats().HotChunks, n)
		}
	}
	if d := cmp.Diff(numbers(0, n), values(t, s, "default", testTable, "Raw")); d != "" {
		t.Error(d)
	}
	s.journal.next = n + 1 // the frames went past the journal
	if err := s.Cut(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(numbers(0, n), values(t, s, "default", testTable, "Raw")); d != "" {
		t.Error(d)
	}
}

// BenchmarkPublish makes one-row frames visible, with all that follows but the
// journal.
func BenchmarkPublish(b *testing.B) {
	o := testOptions()
	o.CutRows = rowGroup
	s, err := Open(b.Context(), b.TempDir(), o)
	if err != nil {
		b.Fatal(err)
	}
	body := lines(testTable, 1, 1)
	for i := 0; b.Loop(); i++ {
		s.finish(&Frame{Workspace: "default", Seq: int64(i+1) << SeqShift, Received: campaignStart, Body: body}, 0)
	}
	b.StopTimer()
	if err := s.abandon(); err != nil {
		b.Fatal(err)
	}
}

// all returns every row of every table, for comparing.
func all(t *testing.T, s *Store) map[string][]string {
	t.Helper()
	m := map[string][]string{}
	v, err := s.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close() //nolint:errcheck // a reader
	for _, ws := range v.Workspaces() {
		for _, table := range v.Tables(ws) {
			for _, c := range []string{"Raw", "_Seq", "_Origin", "_TimeReceived", "TimeGenerated", "extra_s~c0", "Reason"} {
				m[ws+"/"+table.Name+"/"+c] = values(t, s, ws, table.Name, c)
			}
		}
	}
	return m
}

func TestRetentionAndRebuild(t *testing.T) {
	dir := t.TempDir()
	now := atomic.Int64{}
	now.Store(campaignStart)
	o := testOptions()
	o.Clock = now.Load
	o.SegmentBytes = 2000
	o.JournalRetention = 30 * 24 * time.Hour
	o.Retention = func(_, table string) time.Duration {
		if table == "Short_CL" {
			return 10 * 24 * time.Hour
		}
		return 0
	}
	s := openTest(t, dir, o)
	fill := func(from int) {
		for i := range 10 {
			body := append(randomLines(testTable, from+i, 10), lines("Short_CL", from+i, 2)...)
			body = append(body, "Short_CL extra=e\n"...)
			if i%4 == 3 {
				body = append(body, "fail\n"...)
			}
			ingest(t, s, Frame{Incarnation: "1", First: int64(from + i), Last: int64(from + i), Body: body})
		}
	}
	retain := func() {
		t.Helper()
		if err := s.Cut(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Retain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	rebuild := func() {
		t.Helper()
		before := all(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := Rebuild(t.Context(), dir, o); err != nil {
			t.Fatal(err)
		}
		r, err := Fsck(t.Context(), dir, o)
		if err != nil || !r.Clean() {
			t.Errorf("%+v %v", r, err)
		}
		s = openTest(t, dir, o)
		if d := cmp.Diff(before, all(t, s)); d != "" {
			t.Error(d)
		}
	}
	fill(0)
	if err := s.SetCursor("slow", 4<<SeqShift); err != nil {
		t.Fatal(err)
	}
	rebuild()
	now.Add(ticksOf(11 * 24 * time.Hour))
	fill(100)
	retain()
	// Frames 1 to 4 are read: of these the rows are gone, of the others not.
	short := values(t, s, "default", "Short_CL", "_Seq")
	for _, seq := range short {
		var n int64
		if _, err := fmt.Sscan(seq, &n); err != nil || n < 4<<SeqShift {
			t.Errorf("row %s is still there (%v)", seq, err)
		}
	}
	if len(short) == 0 || s.Stats().Expired == 0 {
		t.Error("nothing or everything expired")
	}
	rebuild()
	if err := s.SetCursor("slow", s.Stable()); err != nil {
		t.Fatal(err)
	}
	now.Add(ticksOf(31 * 24 * time.Hour))
	fill(200)
	retain()
	if s.Stats().Released == 0 {
		t.Errorf("no segment was released: %+v", s.Stats())
	}
	rebuild()
	rebuild()
	// What was held before the segments went is still known.
	if r := ingest(t, s, Frame{Incarnation: "1", First: 3, Last: 3, Body: []byte("x")}); !r.Duplicate {
		t.Error("a position of a released frame was taken again")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// Without journal and old tables there is nothing to go by, and that is said.
	if err := os.Remove(filepath.Join(dir, tablesFile)); err != nil {
		t.Fatal(err)
	}
	if err := Rebuild(t.Context(), dir, o); err == nil || !strings.Contains(err.Error(), "not in the journal any more") {
		t.Errorf("%v", err)
	}
	o.LoseReleased = true
	if err := Rebuild(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, dir, o)
	if d := cmp.Diff([]string{"tables rebuilt"}, values(t, s, "default", GapsTable, "Reason")); d != "" {
		t.Error(d)
	}
}

// Over the disk limit the oldest goes: first evidence, then rows that every
// cursor has read, and then others, with a gap that says so.
func TestDiskLimit(t *testing.T) {
	now := atomic.Int64{}
	now.Store(campaignStart)
	o := testOptions()
	o.Clock = now.Load
	o.SegmentBytes = 100_000
	s := openTest(t, t.TempDir(), o)
	if err := s.SetCursor("slow", 3<<SeqShift); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		now.Add(ticksOf(time.Hour))
		ingest(t, s, Frame{Body: randomLines(testTable, i, 5000)})
		if err := s.Cut(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	used, err := s.used(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.opts.DiskLimit = (used - s.journal.bytes.Load()) / 2 // not even the rows fit
	if err := s.Retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := s.used(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// All rows are in one row group, whose blocks are free when all of it has gone.
	if after > used/2 {
		t.Errorf("%d bytes are used, the limit is %d", after, s.opts.DiskLimit)
	}
	if err := s.Cut(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone := 20*5000 - len(values(t, s, "default", testTable, "Raw"))
	told := 0
	for _, n := range values(t, s, "default", GapsTable, "Rows") {
		var k int
		if _, err := fmt.Sscan(n, &k); err != nil {
			t.Error(err)
		}
		told += k
	}
	if told < gone-3*5000 || gone == 0 || gone == 20*5000 {
		t.Errorf("%d rows are gone, gaps tell of %d", gone, told)
	}
	t.Logf("%d to %d bytes, %d rows gone, %d told, %d segments released", used, after, gone, told, s.Stats().Released)
}

// Damage of the journal above the last cut does not keep the store from opening;
// what is missing can be queried.
func TestOpenWithDamage(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir, testOptions())
	for i := range 5 {
		ingest(t, s, Frame{Body: append(lines(testTable, i, 1), bytes.Repeat([]byte("\n"), 10)...)})
	}
	if err := s.abandon(); err != nil {
		t.Fatal(err)
	}
	segs, err := filepath.Glob(filepath.Join(dir, journalDir, "*"+segmentSuffix))
	if err != nil || len(segs) != 1 {
		t.Fatal(segs, err)
	}
	b, err := os.ReadFile(segs[0])
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b, []byte(testTable+" 2"))
	b[at] ^= 1
	if err := os.WriteFile(segs[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Fsck(t.Context(), dir, testOptions())
	if err != nil || r.Clean() || !strings.Contains(strings.Join(r.Findings, "\n"), "frames 3 to 3 are missing") {
		t.Errorf("%+v %v", r, err)
	}
	for range 2 { // the gap is recorded once
		s = openTest(t, dir, testOptions())
		if d := cmp.Diff([]string{"0", "1", "3", "4"}, values(t, s, "default", testTable, "Raw")); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{fmt.Sprint(3 << SeqShift)}, values(t, s, "default", GapsTable, "FirstSeq")); d != "" {
			t.Error(d)
		}
		if err := s.abandon(); err != nil {
			t.Fatal(err)
		}
	}
}

// A frame that is damaged in the journal may have its rows in the tables alone: a
// rebuild does not throw them away unless it is told to.
func TestRebuildOfADamagedJournal(t *testing.T) {
	dir, o := t.TempDir(), testOptions()
	s := openTest(t, dir, o)
	for i := range 3 {
		ingest(t, s, Frame{Incarnation: "1", First: int64(i), Last: int64(i), Body: randomLines(testTable, i, 20)})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	segs, err := listSegments(o.withDefaults().FS, filepath.Join(dir, journalDir))
	if err != nil || len(segs) != 1 {
		t.Fatal(segs, err)
	}
	text, err := os.ReadFile(segs[0].path)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 0xff
	if err := os.WriteFile(segs[0].path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Rebuild(t.Context(), dir, o); err == nil || !strings.Contains(err.Error(), "frames 2 to 2 cannot be read") {
		t.Errorf("%v", err)
	}
	s = openTest(t, dir, o)
	if n := len(values(t, s, "default", testTable, "Raw")); n != 60 {
		t.Errorf("%d rows after a rebuild that was refused, want 60", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	o.LoseReleased = true
	if err := Rebuild(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, dir, o)
	if n := len(values(t, s, "default", testTable, "Raw")); n != 40 {
		t.Errorf("%d rows after a rebuild that may lose, want 40", n)
	}
	if d := cmp.Diff([]string{"journal damaged"}, values(t, s, "default", GapsTable, "Reason")); d != "" {
		t.Error(d)
	}
}

// A start that is interrupted leaves the journal as it found it.
func TestInterruptedStart(t *testing.T) {
	dir, o := t.TempDir(), testOptions()
	s := openTest(t, dir, o)
	for i := range 20 {
		ingest(t, s, Frame{Incarnation: "1", First: int64(i), Last: int64(i), Body: randomLines(testTable, i, 1)})
	}
	killed := t.TempDir() // what a killed process leaves: a segment without an end
	if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	dir = killed
	ctx, cancel := context.WithCancel(t.Context())
	interrupted := o
	interrupted.Decode = func(f Frame) ([]*chunk.Chunk, error) {
		cancel()
		return o.Decode(f)
	}
	if s, err := Open(ctx, dir, interrupted); err == nil {
		t.Error("the start was not interrupted")
		_ = s.Close()
	}
	r, err := Fsck(t.Context(), dir, o)
	if err != nil || !r.Clean() {
		t.Errorf("%+v %v", r, err)
	}
	s = openTest(t, dir, o)
	if n := len(values(t, s, "default", testTable, "Raw")); n != 20 {
		t.Errorf("%d rows, want 20", n)
	}
}
