package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
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

// pauses is which sources and outputs an operator has paused. Each is a file DATA/paused/KIND-NAME, whose
// existence counts; its content is the time, for people. Safe for concurrent use.
type pauses struct {
	fs  durable.FS
	dir string

	mu    sync.Mutex
	files map[string]bool
}

// openPauses reads the pauses of a data directory; a directory without any has none.
func openPauses(fsys durable.FS, data string) (*pauses, error) {
	p := &pauses{fs: fsys, dir: filepath.Join(data, "paused"), files: map[string]bool{}}
	entries, err := fsys.ReadDir(p.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read what is paused: %w", err)
	}
	for _, e := range entries {
		// What a crash left of a file that was being written is none.
		if !strings.HasSuffix(e.Name(), ".new") {
			p.files[e.Name()] = true
		}
	}
	return p, nil
}

// is reports whether a source or output is paused.
func (p *pauses) is(kind, name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.files[kind+"-"+name]
}

// set pauses a source or output or takes the pause back; what it returned nil for survives a crash.
func (p *pauses) set(kind, name string, paused bool, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	file := kind + "-" + name
	if p.files[file] == paused {
		return nil
	}
	path := filepath.Join(p.dir, file)
	if paused {
		err := p.fs.MkdirAll(p.dir, 0o700)
		if err == nil {
			err = p.fs.SyncDir(sitePaused+".parent", filepath.Dir(p.dir))
		}
		if err == nil {
			err = durable.WriteFile(p.fs, sitePaused, path, []byte(now.UTC().Format(time.RFC3339)+"\n"), 0o600)
		}
		if err != nil {
			return fmt.Errorf("pause %s %s: %w", kind, name, err)
		}
		p.files[file] = true
		return nil
	}
	err := p.fs.Remove(path)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = p.fs.SyncDir(sitePaused+".dir", p.dir)
	}
	if err != nil {
		return fmt.Errorf("resume %s %s: %w", kind, name, err)
	}
	delete(p.files, file)
	return nil
}
