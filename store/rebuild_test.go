package store

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli/internal/durable"
)

// filled makes a store with frames in some segments, closed, and returns what it has.
func filled(t *testing.T, dir string, o Options) map[string][]string {
	t.Helper()
	s := openTest(t, dir, o)
	for i := range 9 {
		ingest(t, s, Frame{Incarnation: "1", First: int64(i), Last: int64(i), Body: randomLines(testTable, i, 20)})
		if i == 4 {
			if err := s.Cut(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	has := all(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return has
}

func garble(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRebuildOfWhatIsLost: VERSION and the tables are made again from the journal, whatever became of them, and the
// same rows are there; where that cannot be proved, nothing is changed and the reason is said.
func TestRebuildOfWhatIsLost(t *testing.T) {
	o := testOptions()
	o.SegmentBytes = 1000
	whole := t.TempDir()
	want := filled(t, whole, o)
	another := t.TempDir()
	filled(t, another, o)
	version, tables := versionFile, tablesFile
	remove := func(names ...string) func(dir string) {
		return func(dir string) {
			for _, n := range names {
				if err := os.Remove(filepath.Join(dir, n)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	write := func(name, text string) func(dir string) {
		return func(dir string) { garble(t, filepath.Join(dir, name), func([]byte) []byte { return []byte(text) }) }
	}
	replace := func(name string) func(dir string) {
		return func(dir string) {
			text, err := os.ReadFile(filepath.Join(another, name))
			if err != nil {
				t.Fatal(err)
			}
			write(name, string(text))(dir)
		}
	}
	firstSegment := func(dir string) string {
		segs, err := listSegments(durable.OS{}, filepath.Join(dir, journalDir))
		if err != nil || len(segs) < 3 {
			t.Fatal(segs, err)
		}
		return segs[0].path
	}
	f := func(name, refused string, breaks ...func(dir string)) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
				t.Fatal(err)
			}
			for _, b := range breaks {
				b(dir)
			}
			before, _ := os.ReadFile(filepath.Join(dir, version))
			if refused == "" {
				// What is not in order is told, and a check does not mend it.
				if r, err := Fsck(t.Context(), dir, o); err != nil || r.Clean() && len(r.Notes) == 0 {
					t.Errorf("fsck: %+v %v", r, err)
				}
			}
			err := Rebuild(t.Context(), dir, o)
			if refused != "" {
				if err == nil || !strings.Contains(err.Error(), refused) {
					t.Errorf("%v, want %s", err, refused)
				}
				if after, _ := os.ReadFile(filepath.Join(dir, version)); !bytes.Equal(before, after) {
					t.Errorf("refused, and VERSION was changed from %q to %q", before, after)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if r, err := Fsck(t.Context(), dir, o); err != nil || !r.Clean() {
				t.Errorf("%+v %v", r, err)
			}
			s := openTest(t, dir, o)
			if diff := cmp.Diff(want, all(t, s)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if r := ingest(t, s, Frame{Incarnation: "1", First: 3, Last: 3, Body: []byte("x")}); !r.Duplicate {
				t.Error("a position was taken again")
			}
		})
	}
	f("VERSION lost", "", remove(version))
	f("VERSION empty", "", write(version, ""))
	f("VERSION garbled", "", write(version, "\x00\x17{"))
	f("VERSION without an id", "", write(version, `{"format":1}`))
	f("VERSION of nothing", "", write(version, `{}`))
	f("VERSION of another store", "", replace(version))
	f("VERSION and tables lost", "", remove(version, tables))
	f("VERSION and tables garbled", "", write(version, "?"), write(tables, strings.Repeat("no tables", 10_000)))
	f("tables lost", "", remove(tables))
	f("tables empty", "", write(tables, ""))
	f("tables garbled", "", write(tables, strings.Repeat("no tables", 10_000)))
	f("tables cut off", "", func(dir string) {
		garble(t, filepath.Join(dir, tables), func(b []byte) []byte { return b[:len(b)/2] })
	})
	f("tables of another store", "", replace(tables))

	f("VERSION of another program", "use the program that wrote it", write(version, `{"format":7,"id":"00"}`))
	f("VERSION and tables of another store", "put together what belongs together", replace(version), replace(tables))
	f("VERSION lost, tables of another store", "put together what belongs together", remove(version), replace(tables))
	f("VERSION of another store, tables lost", "no tables that say which is right", replace(version), remove(tables))
	f("VERSION lost, segments of two stores", "segments of two stores", remove(version), func(dir string) {
		text, err := os.ReadFile(firstSegment(another))
		if err != nil {
			t.Fatal(err)
		}
		garble(t, firstSegment(dir), func([]byte) []byte { return text })
	})
	noJournal := func(dir string) {
		segs, err := filepath.Glob(filepath.Join(dir, journalDir, "*"+segmentSuffix))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range segs {
			if err := os.Remove(s); err != nil {
				t.Fatal(err)
			}
		}
	}
	f("VERSION and journal lost", "put it back from a backup", remove(version), noJournal)
	f("journal lost", "the journal ends at 0", noJournal)
	f("journal lost, tables garbled", "there is no journal", noJournal, write(tables, "no"))
	f("the journal's end lost", "the tables are the only place", func(dir string) {
		segs, err := listSegments(durable.OS{}, filepath.Join(dir, journalDir))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(segs[len(segs)-1].path); err != nil {
			t.Fatal(err)
		}
	})
}

// TestRebuildIsInterrupted: whatever fails or loses its power while VERSION is made again, the next rebuild has all.
func TestRebuildIsInterrupted(t *testing.T) {
	o := testOptions()
	o.Threads, o.MemoryLimit = 1, 64<<20
	whole := t.TempDir()
	want := filled(t, whole, o)
	steps := 1 << 10
	for fault := 1; fault <= steps; fault++ {
		for _, crash := range []bool{false, true} {
			root := t.TempDir()
			dir := filepath.Join(root, "data")
			if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(filepath.Join(dir, versionFile)); err != nil {
				t.Fatal(err)
			}
			fsys, err := durable.NewFaultFS(root)
			if err != nil {
				t.Fatal(err)
			}
			fsys.AlwaysKept = func(path string) bool { return strings.HasSuffix(path, ".wal") }
			n, of := 0, 0
			fsys.Inject = func(s durable.Step) durable.Fault {
				if strings.Contains(filepath.Base(s.Path), versionFile) || strings.HasPrefix(string(s.Site), string(siteVersion)) {
					if of++; of == fault {
						n = s.N
						return durable.Fault{Err: os.ErrPermission, Crash: crash}
					}
				}
				return durable.Pass
			}
			broken := o
			broken.FS = fsys
			err = Rebuild(t.Context(), dir, broken)
			if n == 0 { // there are no more steps
				if steps = of; err != nil {
					t.Fatal(err)
				}
				break
			}
			if err == nil {
				t.Errorf("step %d failed and the rebuild did not", fault)
			}
			for _, loss := range []durable.Loss{durable.LoseUnsynced, durable.KeepUnsynced, durable.TearUnsynced} {
				left := t.TempDir()
				if err := fsys.Leave(left, loss, uint64(fault)); err != nil {
					t.Fatal(err)
				}
				dir := filepath.Join(left, "data")
				if err := Rebuild(t.Context(), dir, o); err != nil {
					t.Fatalf("step %d, crash %v, loss %d: %v", fault, crash, loss, err)
				}
				s := openTest(t, dir, o)
				if diff := cmp.Diff(want, all(t, s)); diff != "" {
					t.Errorf("step %d, crash %v, loss %d (-want +got):\n%s", fault, crash, loss, diff)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if steps < 4 {
		t.Errorf("only %d steps were failed", steps)
	}
}

// TestKnownGaps: what a rebuild had to leave behind is wrong until it is on record, and from then on known: a check
// tells of it and finds nothing wrong, and what is lost besides is found.
func TestKnownGaps(t *testing.T) {
	o := testOptions()
	o.SegmentBytes = 1000
	dir := t.TempDir()
	filled(t, dir, o)
	segs, err := listSegments(durable.OS{}, filepath.Join(dir, journalDir))
	if err != nil || len(segs) < 5 {
		t.Fatal(len(segs), err)
	}
	check := func(clean bool, gaps int, want string) {
		t.Helper()
		r, err := Fsck(t.Context(), dir, o)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(append(r.Notes, r.Findings...), "\n")
		if r.Clean() != clean || r.Gaps != gaps || !strings.Contains(text, want) {
			t.Errorf("clean=%v gaps=%d, want %v and %d, with %q:\n%s", r.Clean(), r.Gaps, clean, gaps, want, text)
		}
	}
	rebuild := func() {
		t.Helper()
		if err := Rebuild(t.Context(), dir, o); err == nil {
			t.Error("a rebuild lost frames without being told to")
		}
		lose := o
		lose.LoseReleased = true
		if err := Rebuild(t.Context(), dir, lose); err != nil {
			t.Fatal(err)
		}
	}
	gaps := func(want ...string) {
		t.Helper()
		s := openTest(t, dir, o)
		if diff := cmp.Diff(want, values(t, s, "default", GapsTable, "FirstSeq")); diff != "" {
			t.Errorf("gaps (-want +got):\n%s", diff)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	flip := func(b []byte) []byte { b[len(b)/2] ^= 0xff; return b }
	seq := func(frame int64) string { return fmt.Sprint(frame << SeqShift) }

	check(true, 0, "")
	garble(t, segs[1].path, flip)
	check(false, 0, fmt.Sprintf("frames %d to %d are missing", segs[1].first, segs[1].first))
	rebuild()
	check(true, 1, "this was recorded as a gap on")
	gaps(seq(segs[1].first))
	check(true, 1, "this was recorded as a gap on") // a start in between changes nothing
	if err := Rebuild(t.Context(), dir, o); err == nil {
		t.Error("a known gap lets a rebuild lose more without being told to")
	}

	// Another frame, and one whose segment loses its end as well.
	garble(t, segs[2].path, flip)
	check(false, 1, fmt.Sprintf("frames %d to %d are missing", segs[2].first, segs[2].first))
	garble(t, segs[3].path, func(b []byte) []byte { return b[:segmentHeader+10] })
	rebuild()
	check(true, 3, "the frames that it lacks explain that")
	gaps(seq(segs[1].first), seq(segs[2].first), seq(segs[3].first))

	// The first segment is lost by accident: its rows are taken over, and the bytes are on record as gone.
	if err := os.Remove(segs[0].path); err != nil {
		t.Fatal(err)
	}
	check(false, 3, fmt.Sprintf("frames 1 to %d are missing", segs[1].first-1))
	s := openTest(t, dir, o)
	before := values(t, s, "default", testTable, "Raw")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	rebuild()
	check(true, 4, "it is the first")
	s = openTest(t, dir, o)
	if diff := cmp.Diff(before, values(t, s, "default", testTable, "Raw")); diff != "" {
		t.Errorf("rows of a lost segment (-want +got):\n%s", diff)
	}
}

func TestWithout(t *testing.T) {
	f := func(of, gone interval, want ...interval) {
		t.Helper()
		if diff := cmp.Diff(want, without(of, gone), cmp.AllowUnexported(interval{})); diff != "" {
			t.Errorf("%v without %v (-want +got):\n%s", of, gone, diff)
		}
	}
	f(interval{3, 7}, interval{1, 2}, interval{3, 7})
	f(interval{3, 7}, interval{8, 9}, interval{3, 7})
	f(interval{3, 7}, interval{3, 7})
	f(interval{3, 7}, interval{1, 9})
	f(interval{3, 7}, interval{1, 4}, interval{5, 7})
	f(interval{3, 7}, interval{6, 9}, interval{3, 5})
	f(interval{3, 7}, interval{5, 5}, interval{3, 4}, interval{6, 7})
}
