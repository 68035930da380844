package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"lazuli.dev/lazuli/internal/durable"
)

// What can be paused.
const (
	pausedSource = "source"
	pausedOutput = "output"
)

const sitePaused durable.Site = "paused"

// pauses is which sources and outputs an operator has paused, kept over restarts. Each is a file DATA/paused/KIND-NAME,
// whose existence counts: one that is garbled does, too, since what was stopped on purpose must not start by itself. Its
// content is the time. What is paused and not configured any more stays paused. Safe for concurrent use.
type pauses struct {
	fs  durable.FS
	dir string

	mu     sync.Mutex
	files  map[string]time.Time // since when
	unsure map[string]bool      // after an error: the disk may have either
	made   bool                 // the folder's name is durable
}

// openPauses reads the pauses of a data directory; a directory without any has none.
func openPauses(fsys durable.FS, data string) (*pauses, error) {
	p := &pauses{fs: fsys, dir: filepath.Join(data, "paused"), files: map[string]time.Time{}, unsure: map[string]bool{}}
	entries, err := fsys.ReadDir(p.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read what is paused: %w", err)
	}
	for _, e := range entries {
		// What a crash left of a file that was being written is none.
		if !strings.HasSuffix(e.Name(), ".new") {
			p.files[e.Name()] = pausedAt(fsys, filepath.Join(p.dir, e.Name()))
		}
	}
	return p, nil
}

// pausedAt is the time that a file names, or where it cannot be read, of the file itself.
func pausedAt(fsys durable.FS, path string) (at time.Time) {
	text, err := durable.ReadFile(fsys, path)
	if err == nil {
		at, err = time.Parse(time.RFC3339, strings.TrimSpace(string(text)))
	}
	if err != nil {
		if info, err := fsys.Stat(path); err == nil {
			at = info.ModTime()
		}
	}
	return at.UTC()
}

// is reports whether a source or output is paused.
func (p *pauses) is(kind, name string) bool {
	_, paused := p.since(kind, name)
	return paused
}

// since says since when a source or output is paused, false when it is not.
func (p *pauses) since(kind, name string) (time.Time, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, paused := p.files[kind+"-"+name]
	return at, paused
}

// names are those of a kind that are paused, in order.
func (p *pauses) names(kind string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for file := range p.files {
		if name, ok := strings.CutPrefix(file, kind+"-"); ok {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// set pauses a source or output or takes the pause back; what it returned nil for survives a crash. What is paused
// already stays so since then. After an error either may be on the disk, until it is called again.
func (p *pauses) set(kind, name string, paused bool, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	file := kind + "-" + name
	at, is := p.files[file]
	if is == paused && !p.unsure[file] {
		return nil
	}
	if !is {
		at = now.UTC().Truncate(time.Second)
	}
	p.unsure[file] = true
	if paused {
		if err := p.write(file, at); err != nil {
			return fmt.Errorf("pause %s %s: %w", kind, name, err)
		}
		p.files[file] = at
	} else {
		if err := removeFile(p.fs, filepath.Join(p.dir, file), sitePaused+".dir"); err != nil {
			return fmt.Errorf("resume %s %s: %w", kind, name, err)
		}
		delete(p.files, file)
	}
	delete(p.unsure, file)
	return nil
}

func (p *pauses) write(file string, at time.Time) error {
	if !p.made {
		if err := makeDir(p.fs, filepath.Dir(p.dir), p.dir, sitePaused+".parent"); err != nil {
			return err
		}
		p.made = true
	}
	return durable.WriteFile(p.fs, sitePaused, filepath.Join(p.dir, file), []byte(at.Format(time.RFC3339)+"\n"), 0o600)
}

// removeFile takes a file away for good. Called again after an error, it finishes what the first call had begun.
func removeFile(fsys durable.FS, path string, site durable.Site) error {
	if err := fsys.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := fsys.SyncDir(site, filepath.Dir(path)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil // the folder was never made
}

// makeDir makes a folder below another that exists, and the names on the way durable.
func makeDir(fsys durable.FS, below, dir string, site durable.Site) error {
	if err := fsys.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for dir != below {
		dir = filepath.Dir(dir)
		if err := fsys.SyncDir(site, dir); err != nil {
			return err
		}
	}
	return nil
}
