// Package file writes events as lines of JSON into files of a folder, for whatever reads files.
//
// A file is NAME-TIME.ndjson, with the time when it began; the newest grows. When it is large or old enough the
// next begins, and it is compressed as NAME-TIME.ndjson.gz. Invariant: an event is Delivered only when its
// line is on disk, and a line that a crash cut off is taken away before the next is written. A file that holds
// lines is never renamed.
package file

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/ecs"
	"lazuli.dev/lazuli/forward/format/jsonline"
	"lazuli.dev/lazuli/internal/durable"
)

// Config describes the files.
type Config struct {
	// Dir is the folder; it is made when it is missing.
	Dir string `yaml:"dir"`
	// Name is what the files' names begin with. Default events. No two outputs may share it in one folder.
	Name string `yaml:"name"`
	// Format of an event is row (default): its columns, with _Id, _Table and _Workspace; or ecs.
	Format string `yaml:"format"`
	// RotateBytes and RotateAge say when a file is closed and the next begins. Default 104857600 and 24h.
	RotateBytes int64         `yaml:"rotate_bytes"`
	RotateAge   time.Duration `yaml:"rotate_age"`
	// Gzip compresses closed files. Default true.
	Gzip *bool `yaml:"gzip"`
	// Keep is how many closed files stay; the oldest go. Default 0: all.
	Keep int `yaml:"keep"`
}

func (c Config) withDefaults() Config {
	if c.Name == "" {
		c.Name = "events"
	}
	if c.Format == "" {
		c.Format = "row"
	}
	if c.RotateBytes == 0 {
		c.RotateBytes = 100 << 20
	}
	if c.RotateAge == 0 {
		c.RotateAge = 24 * time.Hour
	}
	if c.Gzip == nil {
		yes := true
		c.Gzip = &yes
	}
	return c
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$`)

// Validate reports the first thing that is wrong, by the key's name.
func (c Config) Validate() error {
	switch d := c.withDefaults(); {
	case c.Dir == "":
		return errors.New("dir: missing")
	case !namePattern.MatchString(d.Name):
		return fmt.Errorf("name: %q is not a name; use letters, digits, -, _ and dots", c.Name)
	case d.Format != "row" && d.Format != "ecs":
		return fmt.Errorf("format: %q is neither row nor ecs", c.Format)
	case d.RotateBytes < 1000:
		return errors.New("rotate_bytes: less than 1000")
	case d.RotateAge < time.Second:
		return errors.New("rotate_age: less than a second")
	case d.Keep < 0:
		return errors.New("keep: negative")
	}
	return nil
}

// The places at which a file is made durable.
const (
	siteWrite durable.Site = "forward.write"
	sitePack  durable.Site = "forward.pack"
)

// A Forwarder writes files. It implements lazuli.Forwarder.
type Forwarder struct {
	c       Config
	fs      durable.FS
	now     func() time.Time
	format  func(dst []byte, e *lazuli.Event) ([]byte, bool)
	release func() error // of the lock; nil while nothing was written

	file  durable.File // that grows; nil: to be opened
	path  string       // of it
	size  int64
	began time.Time
	text  []byte

	packing sync.WaitGroup
	mu      sync.Mutex
	packErr error // of the last file that could not be compressed
}

// New makes a forwarder; no file is touched yet.
func New(c Config) (*Forwarder, error) { return newOn(durable.OS{}, c) }

func newOn(fsys durable.FS, c Config) (*Forwarder, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	f := &Forwarder{c: c.withDefaults(), fs: fsys, now: time.Now, format: jsonline.Append}
	if f.c.Format == "ecs" {
		f.format = ecs.New().Append
	}
	return f, nil
}

// Close ends the file that grows as it is, and what is being compressed.
func (f *Forwarder) Close() error {
	f.packing.Wait()
	var err error
	if f.file != nil {
		err = f.file.Close()
		f.file = nil
	}
	if f.release != nil {
		err = errors.Join(err, f.release())
		f.release = nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(err, f.packErr)
}

// Send writes the events as lines, and returns when they are on disk.
func (f *Forwarder) Send(ctx context.Context, events []lazuli.Event) ([]lazuli.Outcome, error) {
	out := make([]lazuli.Outcome, len(events))
	if len(events) == 0 {
		return out, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, &lazuli.Error{Kind: lazuli.Transient, Public: "writing was given up: " + err.Error()}
	}
	f.text = f.text[:0]
	for i := range events {
		var ok bool
		if f.text, ok = f.format(f.text, &events[i]); !ok {
			out[i] = lazuli.Outcome{Verdict: lazuli.Rejected, Reason: "the row is no JSON object"}
			continue
		}
		out[i].Verdict = lazuli.Delivered
		f.text = append(f.text, '\n')
	}
	if err := f.write(f.text); err != nil {
		return nil, failed(err)
	}
	return out, nil
}

// failed gives an error of the disk its kind: rights and a folder that another output has need a person, room may come
// by itself.
func failed(err error) error {
	kind := lazuli.Transient
	switch {
	case errors.Is(err, fs.ErrPermission):
		kind, err = lazuli.Permanent, fmt.Errorf("%w; let the user that runs lazuli write there", err)
	case errors.Is(err, syscall.EROFS), errors.Is(err, durable.ErrLocked), errors.Is(err, syscall.ENOTDIR):
		kind = lazuli.Permanent
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		err = fmt.Errorf("%w; make room, or set keep", err)
	}
	return &lazuli.Error{Kind: kind, Public: err.Error(), Err: err}
}

// bare is an error of the system without the operation and path that are said before it.
func bare(err error) error {
	if pe, ok := err.(*fs.PathError); ok {
		return pe.Err
	}
	return err
}

// write appends lines durably, to a new file where the old one has had its time. After an error the file is as it
// was, or is made so when it is opened again.
func (f *Forwarder) write(lines []byte) (err error) {
	if err := f.open(); err != nil {
		return err
	}
	if f.size > 0 && (f.size+int64(len(lines)) > f.c.RotateBytes || f.now().Sub(f.began) >= f.c.RotateAge) {
		if err := f.next(); err != nil {
			return err
		}
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", f.path, bare(err))
			_ = f.file.Truncate(f.size) // where that fails, opening it again cuts the last line off
			_ = f.file.Close()
			f.file = nil
		}
	}()
	if _, err := f.file.WriteAt(lines, f.size); err != nil {
		return err
	}
	if err := f.file.Sync(siteWrite); err != nil {
		return err
	}
	f.size += int64(len(lines))
	return nil
}

// open makes sure that the file that grows is open and ends with a line.
func (f *Forwarder) open() error {
	if f.file != nil {
		// Somebody may have taken the file away: what is written must be found under its name.
		if _, err := f.fs.Stat(f.path); err == nil {
			return nil
		}
		_ = f.file.Close() // all of it is on disk
		f.file = nil
	}
	if err := f.fs.MkdirAll(f.c.Dir, 0o750); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	if f.release == nil {
		if err := f.fs.SyncDir(siteWrite, filepath.Dir(f.c.Dir)); err != nil {
			return fmt.Errorf("make folder: %w", err)
		}
		release, err := durable.Lock(filepath.Join(f.c.Dir, "."+f.c.Name+".lock"))
		if err != nil {
			return fmt.Errorf("lock %s in %s: %w; give each output a name of its own", f.c.Name, f.c.Dir, err)
		}
		f.release = release
	}
	names, err := f.files()
	if err != nil {
		return err
	}
	if len(names) == 0 || !strings.HasSuffix(names[len(names)-1], suffix) {
		return f.create()
	}
	// The newest goes on; what stands before it was to be compressed.
	if f.path == "" {
		f.tidy()
	}
	return f.openFile(names[len(names)-1], 0)
}

// create begins a file. Its name is later than those of all others.
func (f *Forwarder) create() error {
	at := f.now().UTC()
	if !at.After(f.began) {
		at = f.began.Add(1)
	}
	return f.openFile(filepath.Join(f.c.Dir, f.c.Name+"-"+at.Format(stamp)+suffix), os.O_CREATE)
}

func (f *Forwarder) openFile(path string, flag int) error {
	file, err := f.fs.OpenFile(path, os.O_RDWR|flag, 0o640)
	if err != nil {
		return fmt.Errorf("open file: %w", err)
	}
	info, err := f.fs.Stat(path)
	size := int64(0)
	if err == nil {
		size, err = lastLine(file, info.Size())
	}
	if err == nil {
		err = f.fs.SyncDir(siteWrite, f.c.Dir)
	}
	if err != nil {
		_ = file.Close() // the first error says more
		return fmt.Errorf("open %s: %w", path, bare(err))
	}
	f.file, f.path, f.size = file, path, size
	f.began, _ = f.timeOf(path) // the name was made of it
	return nil
}

// lastLine cuts off what follows the last line break and returns the size.
func lastLine(file durable.File, size int64) (int64, error) {
	buf := make([]byte, 64<<10)
	for end := size; end > 0; {
		n := min(end, int64(len(buf)))
		if _, err := file.ReadAt(buf[:n], end-n); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(buf[:n], '\n'); i >= 0 {
			if at := end - n + int64(i) + 1; at < size {
				return at, file.Truncate(at)
			}
			return size, nil
		}
		end -= n
	}
	if size > 0 {
		return 0, file.Truncate(0)
	}
	return 0, nil
}

// stamp is the form of the time in the name of a file: names sort as times do.
const (
	stamp  = "20060102T150405.000000000Z"
	suffix = ".ndjson"
)

// next ends the file that grows and begins another.
func (f *Forwarder) next() error {
	err := f.file.Close()
	f.file = nil
	if err != nil {
		return fmt.Errorf("close %s: %w", f.path, bare(err))
	}
	if err := f.create(); err != nil {
		return err
	}
	f.tidy()
	return nil
}

// timeOf reads the time in a file's name.
func (f *Forwarder) timeOf(path string) (time.Time, bool) {
	middle, found := strings.CutPrefix(filepath.Base(path), f.c.Name+"-")
	at, _, ours := strings.Cut(middle, suffix)
	t, err := time.Parse(stamp, at)
	return t, found && ours && err == nil
}

// files are all that there are, the oldest first.
func (f *Forwarder) files() ([]string, error) {
	entries, err := f.fs.ReadDir(f.c.Dir) // sorted
	if err != nil {
		return nil, fmt.Errorf("read folder: %w", err)
	}
	var names []string
	for _, e := range entries {
		if _, ours := f.timeOf(e.Name()); ours && !e.IsDir() {
			names = append(names, filepath.Join(f.c.Dir, e.Name()))
		}
	}
	return names, nil
}

// tidy compresses the files before the newest and removes those that are too many, beside writing. What a crash
// has left of that is found and done with.
func (f *Forwarder) tidy() {
	f.packing.Wait() // one at a time
	f.packing.Go(func() {
		err := f.pack()
		f.mu.Lock()
		f.packErr = err
		f.mu.Unlock()
	})
}

func (f *Forwarder) pack() error {
	names, err := f.files()
	if err != nil {
		return err
	}
	var all error
	for i, name := range names {
		switch {
		case strings.HasSuffix(name, ".tmp"):
			if err := f.fs.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				all = errors.Join(all, fmt.Errorf("remove what a crash left: %w", err))
			}
		case strings.HasSuffix(name, suffix) && i < len(names)-1 && *f.c.Gzip:
			all = errors.Join(all, f.compress(name))
		}
	}
	return errors.Join(all, f.prune())
}

func (f *Forwarder) prune() error {
	if f.c.Keep == 0 {
		return nil
	}
	names, err := f.files()
	if err != nil {
		return err
	}
	for len(names) > f.c.Keep+1 { // and the one that grows
		if err := f.fs.Remove(names[0]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove old file: %w", err)
		}
		names = names[1:]
	}
	return nil
}

// compress makes the file that stays of a closed one; the plain one goes when the other is on disk.
func (f *Forwarder) compress(name string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("compress %s: %w", name, err)
		}
	}()
	from, err := f.fs.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // only read
	to, err := f.fs.OpenFile(name+".gz.tmp", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return err
	}
	info, err := f.fs.Stat(name)
	if err == nil {
		z := gzip.NewWriter(to)
		if _, err = io.Copy(z, io.NewSectionReader(from, 0, info.Size())); err == nil {
			err = z.Close()
		}
	}
	if err == nil {
		err = to.Sync(sitePack)
	}
	if closeErr := to.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = f.fs.Rename(name+".gz.tmp", name+".gz")
	}
	if err == nil {
		err = f.fs.SyncDir(sitePack, f.c.Dir)
	}
	if err == nil {
		err = f.fs.Remove(name)
	}
	return err
}
