package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// sameFrame compares what was handed over with what came back.
func sameFrame(t *testing.T, s *Store, seq int64, want Frame) {
	t.Helper()
	got, err := s.Frame(t.Context(), want.Workspace, seq)
	if err != nil {
		t.Errorf("%d: %v", seq, err)
		return
	}
	want.Seq, want.Received = seq>>SeqShift<<SeqShift, got.Received
	if d := cmp.Diff(want, *got, cmpopts.IgnoreUnexported(Frame{}), cmpopts.EquateEmpty()); d != "" || got.Received == 0 {
		t.Errorf("%d: %s", seq, d)
	}
}

// Every frame comes back byte for byte, from every segment, by the sequence of any of its rows, to its workspace
// alone.
func TestFrame(t *testing.T) {
	dir := t.TempDir()
	o := testOptions()
	o.SegmentBytes = 4000
	s := openTest(t, dir, o)
	frames := map[int64]Frame{}
	for i := range 60 {
		f := Frame{
			Workspace: []string{"default", "other"}[i%3%2], Origin: fmt.Sprint("o", i), Incarnation: "1", First: int64(i), Last: int64(i), ContentType: "text/plain",
			Body: append(randomLines(testTable, i, 1+i%7), bytes.Repeat([]byte("\n"), i*i)...),
		}
		if i%5 == 0 {
			f.Encoding = "gzip" // nobody looks into it here
		}
		if i%4 == 0 {
			f.Key, f.KeyTTL = []byte(fmt.Sprint("k", i)), time.Hour
		}
		frames[ingest(t, s, f).Seq] = f
	}
	check := func() {
		t.Helper()
		for seq, f := range frames {
			sameFrame(t, s, seq, f)
			sameFrame(t, s, seq+1<<SeqShift-1, f)
			other := "default"
			if f.Workspace == other {
				other = "other"
			}
			if _, err := s.Frame(t.Context(), other, seq); !errors.Is(err, ErrNoFrame) {
				t.Errorf("frame %d to workspace %s: %v", seq>>SeqShift, other, err)
			}
		}
		for _, seq := range []int64{-1, 0, 1<<SeqShift - 1, 61 << SeqShift, 1 << 60, -1 << 63} {
			if _, err := s.Frame(t.Context(), "default", seq); !errors.Is(err, ErrNoFrame) {
				t.Errorf("sequence %d: %v", seq, err)
			}
		}
	}
	if segs, err := listSegments(o.withDefaults().FS, s.journal.dir); err != nil || len(segs) < 3 {
		t.Fatalf("%d segments, %v", len(segs), err)
	}
	check()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, dir, o)
	check()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Frame(gone, "default", 1<<SeqShift); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// Frames are read while others are written and segments come and go.
func TestFrameMeanwhile(t *testing.T) {
	now := atomic.Int64{}
	now.Store(campaignStart)
	o := testOptions()
	o.Clock, o.SegmentBytes, o.JournalRetention = now.Load, 2000, time.Hour
	s := openTest(t, t.TempDir(), o)
	var last atomic.Int64
	var wg sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			for i := int64(0); ; i++ {
				select {
				case <-done:
					return
				default:
				}
				top := last.Load()
				if top == 0 {
					continue
				}
				n := 1 + i*7919%top
				f, err := s.Frame(context.Background(), "default", n<<SeqShift)
				var released *ReleasedError
				switch {
				case errors.As(err, &released):
				case err != nil:
					t.Errorf("frame %d: %v", n, err)
					return
				case !bytes.HasPrefix(f.Body, fmt.Appendf(nil, "%s %d\n", testTable, n)):
					t.Errorf("frame %d has the body %.40q", n, f.Body)
					return
				}
			}
		})
	}
	for i := range int64(300) {
		ingest(t, s, Frame{Body: append(lines(testTable, int(i+1), 1), bytes.Repeat([]byte("\n"), 100)...)})
		last.Store(i + 1)
		if i%50 == 49 {
			now.Add(ticksOf(40 * time.Minute))
			if err := errors.Join(s.Cut(t.Context()), s.Retain(t.Context())); err != nil {
				t.Error(err)
			}
		}
	}
	close(done)
	wg.Wait()
	if s.Stats().Released == 0 {
		t.Error("nothing was released")
	}
}

// What retention has taken is told apart from what never was, with its time.
func TestFrameReleased(t *testing.T) {
	now := atomic.Int64{}
	now.Store(campaignStart)
	o := testOptions()
	o.Clock, o.SegmentBytes, o.JournalRetention = now.Load, 500, 24*time.Hour
	dir := t.TempDir()
	s := openTest(t, dir, o)
	fill := func() {
		for i := range 10 {
			ingest(t, s, Frame{Workspace: []string{"default", "other"}[i%2], Body: randomLines(testTable, i, 30)})
		}
		if err := errors.Join(s.Cut(t.Context()), s.Retain(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	fill()
	now.Add(ticksOf(25 * time.Hour))
	fill()
	first := now.Load()
	now.Add(ticksOf(25 * time.Hour))
	fill()
	f := func(n, when int64) {
		t.Helper()
		for _, workspace := range []string{"default", "other", "third"} {
			_, err := s.Frame(t.Context(), workspace, n<<SeqShift)
			var e *ReleasedError
			if !errors.As(err, &e) || e.When != when || e.Oldest <= n<<SeqShift {
				t.Errorf("frame %d to %s: %v %+v", n, workspace, err, e)
			}
		}
	}
	f(1, first)
	f(12, now.Load())
	if r, err := s.HeldRow(t.Context(), "default", 1<<SeqShift, "X"); err != nil || r == nil || r.Table != testTable {
		t.Errorf("the row of a released frame: %+v %v", r, err)
	}
	if r, err := s.HeldRow(t.Context(), "default", 2<<SeqShift, testTable); err != nil || r != nil {
		t.Errorf("the row of another workspace: %+v %v", r, err)
	}
	ingest(t, s, Frame{Body: lines(testTable, 1, 3)})
	if r, err := s.HeldRow(t.Context(), "default", 31<<SeqShift+2, testTable); err != nil || r == nil {
		t.Errorf("a row in memory: %+v %v", r, err)
	}
	if r, err := s.HeldRow(t.Context(), "default", 31<<SeqShift+3, testTable); err != nil || r != nil {
		t.Errorf("a row that is none: %+v %v", r, err)
	}
	// A segment that somebody else removed is no retention.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	segs, err := listSegments(o.withDefaults().FS, filepath.Join(dir, journalDir))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(segs[0].path); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, dir, o)
	f(segs[0].first, 0)
}

// Damage costs the frames that it hits; those behind it are found all the same.
func TestFrameDamaged(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir, testOptions())
	frames := map[int64]Frame{}
	for i := range 6 {
		f := Frame{Workspace: "default", Body: append(lines(testTable, i, 1), bytes.Repeat([]byte("\n"), 10)...)}
		frames[ingest(t, s, f).Seq] = f
	}
	segs, err := filepath.Glob(filepath.Join(dir, journalDir, "*"+segmentSuffix))
	if err != nil || len(segs) != 1 {
		t.Fatal(segs, err)
	}
	whole, err := os.ReadFile(segs[0])
	if err != nil {
		t.Fatal(err)
	}
	f := func(what string, at int, lost int64) {
		t.Helper()
		b := bytes.Clone(whole)
		b[at] ^= 1
		if err := os.WriteFile(segs[0], b, 0o600); err != nil {
			t.Fatal(err)
		}
		for seq, want := range frames {
			if seq>>SeqShift != lost {
				sameFrame(t, s, seq, want)
				continue
			}
			for _, workspace := range []string{"default", "other"} {
				_, err := s.Frame(t.Context(), workspace, seq)
				var e *DamagedError
				if !errors.As(err, &e) || e.Frame != lost || !strings.Contains(e.Detail, filepath.Base(segs[0])) || strings.Contains(err.Error(), dir) {
					t.Errorf("%s: %v", what, err)
				}
			}
		}
	}
	third := bytes.Index(whole, []byte(testTable+" 2"))
	f("a body", third, 3)
	f("the meta data", third-4, 3)
	last := bytes.Index(whole, []byte(testTable+" 1"))
	f("the length of a frame", last+len(testTable)+2+1+10+frameTrailer+4, 3)
	f("the last body", bytes.Index(whole, []byte(testTable+" 5")), 6)
	if err := os.WriteFile(segs[0], whole, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A frame at the end of a full segment of small frames, and one of large ones.
func BenchmarkFrame(b *testing.B) {
	for _, size := range []int{300, 100_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			o := testOptions()
			o.Decode = decodeLines
			s, err := Open(b.Context(), b.TempDir(), o)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close() //nolint:errcheck // a benchmark
			body := append(randomLines(testTable, 1, 1), bytes.Repeat([]byte("\n"), size)...)
			f := encodeFrame(&Frame{Workspace: "default", Body: body}, s.id)
			if len(f.body) < size { // compression has taken the filling
				f.body = body
				f = encodeFrame(&Frame{Workspace: "default", Body: body, Encoding: "gzip"}, s.id)
			}
			n := int64(0)
			for written := 0; written < 120<<20; written += f.size() * 64 {
				batch := make([]*appendRequest, 64)
				for i := range batch {
					copied := *f
					batch[i] = &appendRequest{frame: &copied}
				}
				if err := s.journal.writeBatch(batch); err != nil {
					b.Fatal(err)
				}
				n += 64
			}
			s.hot.skip(n)
			for b.Loop() {
				if _, err := s.Frame(b.Context(), "default", n<<SeqShift); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
