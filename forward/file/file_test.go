package file

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/ecs"
	"lazuli.dev/lazuli/forward/forwardtest"
	"lazuli.dev/lazuli/internal/durable"
)

// content is all lines of the folder, the closed files first.
func content(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "events*.ndjson*"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for i, name := range names {
		if i+1 < len(names) && names[i+1] == name+".gz" {
			continue // a crash came before the plain one was removed
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".gz") {
			z, err := gzip.NewReader(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if text, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		for line := range strings.Lines(string(text)) {
			if !strings.HasSuffix(line, "\n") {
				t.Errorf("%s ends in the middle of a line", name)
			}
			all = append(all, strings.TrimSuffix(line, "\n"))
		}
	}
	return all
}

func got(t *testing.T, dir, format string) []forwardtest.Got {
	t.Helper()
	var all []forwardtest.Got
	for _, line := range content(t, dir) {
		var head struct {
			ID    string `json:"_Id"`
			Event struct{ ID string }
		}
		if err := json.Unmarshal([]byte(line), &head); err != nil {
			t.Errorf("%v: %s", err, line)
		}
		if format == "ecs" {
			all = append(all, forwardtest.Got{ID: head.Event.ID, Row: line})
			continue
		}
		_, rest, _ := strings.Cut(line, `"_Workspace":"default",`)
		all = append(all, forwardtest.Got{ID: head.ID, Row: "{" + rest})
	}
	return all
}

// brokenFS fails writes while a fault is in it.
type brokenFS struct {
	durable.FS

	mu   sync.Mutex
	fail map[string]error // by kind of step, used up
	down bool
}

type brokenFile struct {
	durable.File
	fs *brokenFS
}

func (b *brokenFS) take(kind string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return syscall.EIO
	}
	err := b.fail[kind]
	delete(b.fail, kind)
	return err
}

func (b *brokenFS) OpenFile(name string, flag int, perm os.FileMode) (durable.File, error) {
	if err := b.take("open"); err != nil {
		return nil, err
	}
	f, err := b.FS.OpenFile(name, flag, perm)
	return brokenFile{f, b}, err
}

// WriteAt writes half of it before it fails, as a full disk does.
func (f brokenFile) WriteAt(p []byte, at int64) (int, error) {
	if err := f.fs.take("write"); err != nil {
		n, _ := f.File.WriteAt(p[:len(p)/2], at)
		return n, err
	}
	return f.File.WriteAt(p, at)
}

func (f brokenFile) Sync(s durable.Site) error {
	if s == siteWrite { // not what compresses beside it
		if err := f.fs.take("sync"); err != nil {
			return err
		}
	}
	return f.File.Sync(s)
}

func TestConformance(t *testing.T) {
	for name, c := range map[string]Config{
		"rows":             {},
		"ecs, small files": {Format: "ecs", RotateBytes: 2000},
	} {
		t.Run(name, func(t *testing.T) {
			forwardtest.Run(t, func(t *testing.T) forwardtest.Setup {
				fsys := &brokenFS{FS: durable.OS{}, fail: map[string]error{}}
				c := c
				c.Dir = filepath.Join(t.TempDir(), "out")
				var open *Forwarder
				s := forwardtest.Setup{
					Open: func() (lazuli.Forwarder, error) {
						fw, err := newOn(fsys, c)
						open = fw
						return fw, err
					},
					Got: func() []forwardtest.Got { open.packing.Wait(); return got(t, c.Dir, c.Format) },
					// A disk that is full in the middle of a write, and one whose sync fails.
					Fault: func(faults ...forwardtest.Fault) {
						fsys.mu.Lock()
						defer fsys.mu.Unlock()
						for _, f := range faults {
							if f == forwardtest.DropBefore {
								fsys.fail["write"] = syscall.ENOSPC
							} else {
								fsys.fail["sync"] = syscall.EIO
							}
						}
					},
					Faults: []forwardtest.Fault{forwardtest.DropBefore, forwardtest.DropAfter},
					Down: func(down bool) {
						fsys.mu.Lock()
						defer fsys.mu.Unlock()
						fsys.down = down
					},
					Poison: func(e *lazuli.Event) { e.Row = []byte(`""`) },
				}
				if c.Format == "ecs" {
					s.Row = func(e *lazuli.Event) string {
						text, _ := ecs.New().Append(nil, e)
						return string(text)
					}
				}
				return s
			})
		})
	}
}

// TestErrors: what needs a person is told as such, nothing is rejected for it, and it goes on when that is mended.
func TestErrors(t *testing.T) {
	f := func(cause error, kind lazuli.Kind, words string) {
		t.Helper()
		fsys := &brokenFS{FS: durable.OS{}, fail: map[string]error{"write": cause}}
		fw, err := newOn(fsys, Config{Dir: filepath.Join(t.TempDir(), "out")})
		if err != nil {
			t.Fatal(err)
		}
		events := forwardtest.Events(3)
		if out, err := fw.Send(t.Context(), events); lazuli.KindOf(err) != kind || !strings.Contains(err.Error(), words) {
			t.Errorf("%v: %v, %v (%v), want %v", cause, out, err, lazuli.KindOf(err), kind)
		}
		forwardtest.Deliver(t, forwardtest.Setup{}, fw, events)
		if err := fw.Close(); err != nil {
			t.Error(err)
		}
	}
	f(syscall.EACCES, lazuli.Permanent, "let the user")
	f(syscall.EROFS, lazuli.Permanent, "read-only")
	f(syscall.ENOSPC, lazuli.Transient, "make room")
	f(syscall.EIO, lazuli.Transient, "input/output")
}

// TestOnePath: two outputs never write to one file: the second waits, and says what to change.
func TestOnePath(t *testing.T) {
	c := Config{Dir: t.TempDir()}
	first, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	second, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	events := forwardtest.Events(4)
	forwardtest.Deliver(t, forwardtest.Setup{}, first, events[:2])
	if _, err := second.Send(t.Context(), events[2:]); lazuli.KindOf(err) != lazuli.Permanent || !strings.Contains(err.Error(), "a name of its own") {
		t.Errorf("two outputs at one path: %v (%v)", err, lazuli.KindOf(err))
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	forwardtest.Deliver(t, forwardtest.Setup{}, second, events[2:])
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	if all := got(t, c.Dir, "row"); len(all) != len(events) {
		t.Errorf("%d lines, want %d", len(all), len(events))
	}
}

// TestCrash: what a power cut leaves at any step, and what is sent again after it, has every event that was reported
// as delivered.
func TestCrash(t *testing.T) {
	for _, loss := range []durable.Loss{durable.LoseUnsynced, durable.KeepUnsynced, durable.TearUnsynced} {
		for step := 1; ; step++ {
			dir := t.TempDir()
			fsys, err := durable.NewFaultFS(dir)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			fsys.Inject = func(s durable.Step) durable.Fault {
				if n++; n == step {
					return durable.Fault{Crash: true}
				}
				return durable.Pass
			}
			c := Config{Dir: filepath.Join(dir, "out"), RotateBytes: 1500}
			fw, err := newOn(fsys, c)
			if err != nil {
				t.Fatal(err)
			}
			events, delivered := forwardtest.Events(40), 0
			for delivered < len(events) {
				if _, err := fw.Send(t.Context(), events[delivered:delivered+10]); err != nil {
					break
				}
				delivered += 10
			}
			_ = fw.Close() // the disk is gone
			if delivered == len(events) && n < step {
				break
			}
			left := t.TempDir()
			if err := fsys.Leave(left, loss, uint64(step)); err != nil {
				t.Fatal(err)
			}
			c.Dir = filepath.Join(left, "out")
			again, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := again.Send(t.Context(), events[min(delivered, 39):]); err != nil {
				t.Fatalf("step %d: %v", step, err)
			}
			if err := again.Close(); err != nil {
				t.Fatal(err)
			}
			ids := map[string]bool{}
			for _, g := range got(t, c.Dir, "row") {
				ids[g.ID] = true
			}
			for _, e := range events {
				if !ids[e.ID] {
					t.Fatalf("loss %v at step %d: %s is missing, %d were delivered before", loss, step, e.ID, delivered)
				}
			}
		}
	}
}

func TestRotation(t *testing.T) {
	c := Config{Dir: t.TempDir(), RotateAge: time.Hour, Keep: 2}
	fw, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	clock := time.Date(2026, 11, 20, 7, 0, 0, 0, time.UTC)
	fw.now = func() time.Time { return clock }
	for range 4 {
		if _, err := fw.Send(t.Context(), forwardtest.Events(3)); err != nil {
			t.Fatal(err)
		}
		clock = clock.Add(2 * time.Hour)
	}
	second, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Send(t.Context(), forwardtest.Events(1)); err == nil || !strings.Contains(err.Error(), "a name of its own") {
		t.Errorf("a second output with the same name: %v", err)
	}
	if err := fw.Close(); err != nil {
		t.Fatal(err)
	}
	files := func() string {
		names, err := filepath.Glob(filepath.Join(c.Dir, "events*"))
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range names {
			names[i] = filepath.Base(n)
		}
		return strings.Join(names, " ")
	}
	newest := "events-20261120T130000.000000000Z.ndjson"
	if got, want := files(), "events-20261120T090000.000000000Z.ndjson.gz events-20261120T110000.000000000Z.ndjson.gz "+newest; got != want {
		t.Errorf("files %s, want %s", got, want)
	}
	// A line that a crash cut off goes, and after a restart the newest file goes on.
	if err := os.WriteFile(filepath.Join(c.Dir, newest), []byte("{\"_Id\":\"a\"}\n{\"_Id"), 0o600); err != nil {
		t.Fatal(err)
	}
	if fw, err = New(c); err != nil {
		t.Fatal(err)
	}
	fw.now = func() time.Time { return clock.Add(-90 * time.Minute) }
	if _, err := fw.Send(t.Context(), forwardtest.Events(1)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(c.Dir, newest))
	if err != nil || bytes.Count(text, []byte("\n")) != 2 {
		t.Errorf("%v: %s", err, text)
	}
	// A file that somebody took away: another begins.
	if err := os.Rename(filepath.Join(c.Dir, newest), filepath.Join(c.Dir, "moved")); err != nil {
		t.Fatal(err)
	}
	if _, err := fw.Send(t.Context(), forwardtest.Events(1)); err != nil {
		t.Fatal(err)
	}
	if err := fw.Close(); err != nil {
		t.Error(err)
	}
	if got, want := files(), "events-20261120T090000.000000000Z.ndjson.gz events-20261120T110000.000000000Z.ndjson.gz events-20261120T133000.000000000Z.ndjson"; got != want {
		t.Errorf("files %s, want %s", got, want)
	}
}

func TestValidate(t *testing.T) {
	f := func(c Config, want string) {
		t.Helper()
		err := c.Validate()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	f(Config{Dir: "d"}, "")
	f(Config{}, "dir: missing")
	f(Config{Dir: "d", Name: "a/b"}, "name: ")
	f(Config{Dir: "d", Format: "cef"}, "format: ")
	f(Config{Dir: "d", RotateBytes: 10}, "rotate_bytes: ")
	f(Config{Dir: "d", RotateAge: time.Millisecond}, "rotate_age: ")
	f(Config{Dir: "d", Keep: -1}, "keep: ")
}

// TestOnePathInWords: the system's error names operation and file, too; both are said once.
func TestOnePathInWords(t *testing.T) {
	dir := t.TempDir()
	for _, kind := range []string{"write", "sync"} {
		fw, err := newOn(&brokenFS{FS: durable.OS{}, fail: map[string]error{kind: &fs.PathError{Op: kind, Path: dir, Err: syscall.ENOSPC}}}, Config{Dir: dir, Name: kind})
		if err != nil {
			t.Fatal(err)
		}
		fw.now = func() time.Time { return time.Date(2026, 11, 20, 13, 0, 0, 0, time.UTC) }
		_, err = fw.Send(t.Context(), forwardtest.Events(1))
		if want := "write " + filepath.Join(dir, kind+"-20261120T130000.000000000Z.ndjson") + ": no space left on device; make room, or set keep"; err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", kind, err, want)
		}
		if err := fw.Close(); err != nil {
			t.Error(err)
		}
	}
}
