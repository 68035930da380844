package store

import (
	"fmt"
	"hash/crc32"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"sync"

	"lazuli.dev/lazuli/internal/durable"
)

const siteCursor durable.Site = "cursor" // .file and .dir

// cursors are the places of readers in the sequence, each a small file.
type cursors struct {
	fs  durable.FS
	dir string

	mu   sync.Mutex
	at   map[string]int64
	held map[string]int64 // the places of readers that keep them elsewhere
}

// cursorSuffix keeps names apart from the temporary files beside them.
const cursorSuffix = ".cursor"

func (c *cursors) path(name string) string {
	return filepath.Join(c.dir, url.PathEscape(name)+cursorSuffix)
}

func openCursors(fsys durable.FS, dir string, log *slog.Logger) (*cursors, error) {
	c := &cursors{fs: fsys, dir: dir, at: map[string]int64{}, held: map[string]int64{}}
	entries, err := fsys.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read cursors: %w", err)
	}
	for _, e := range entries {
		base, ok := strings.CutSuffix(e.Name(), cursorSuffix)
		name, err := url.PathUnescape(base)
		if !ok || err != nil {
			continue
		}
		seq, err := readCursor(fsys, filepath.Join(dir, e.Name()))
		if err != nil {
			// From the start is safe: delivery is at least once.
			log.Error("cursor is damaged; its reader starts from the beginning", "cursor", name, "error", err)
		}
		c.at[name] = seq
	}
	return c, nil
}

func readCursor(fsys durable.FS, path string) (int64, error) {
	b, err := durable.ReadFile(fsys, path)
	if err != nil {
		return 0, err
	}
	var seq int64
	var sum uint32
	if _, err := fmt.Sscanf(string(b), "lazuli cursor 1\n%d\n%x\n", &seq, &sum); err != nil {
		return 0, fmt.Errorf("read %s: %w", path, err)
	}
	if sum != cursorSum(seq) {
		return 0, fmt.Errorf("read %s: wrong checksum", path)
	}
	return seq, nil
}

func cursorSum(seq int64) uint32 { return crc32.Checksum(fmt.Appendf(nil, "%d", seq), castagnoli) }

// Cursor returns the sequence up to which a reader has finished, false when
// there is no such cursor.
func (s *Store) Cursor(name string) (int64, bool) {
	s.cursors.mu.Lock()
	defer s.cursors.mu.Unlock()
	seq, ok := s.cursors.at[name]
	return seq, ok
}

// SetCursor makes it durable that a reader has finished everything up to a
// sequence. As long as the cursor exists, retention does not pass it.
func (s *Store) SetCursor(name string, seq int64) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	if name == "" || len(name) > 80 {
		return fmt.Errorf("set cursor %q: a name has 1 to 80 bytes", name)
	}
	c := s.cursors
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.at[name]; ok && at == seq {
		return nil
	}
	content := fmt.Appendf(nil, "lazuli cursor 1\n%d\n%08x\n", seq, cursorSum(seq))
	if err := durable.WriteFile(c.fs, siteCursor, c.path(name), content, 0o600); err != nil {
		return spaceError("set cursor", err)
	}
	c.at[name] = seq
	return nil
}

// RemoveCursor forgets a reader: retention no longer waits for it.
func (s *Store) RemoveCursor(name string) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	c := s.cursors
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.at[name]; !ok {
		return nil
	}
	if err := c.fs.Remove(c.path(name)); err != nil {
		return fmt.Errorf("remove cursor: %w", err)
	}
	if err := c.fs.SyncDir(siteCursor+".dir", c.dir); err != nil {
		return fmt.Errorf("remove cursor: %w", err)
	}
	delete(c.at, name)
	return nil
}

// Cursors returns all cursors.
func (s *Store) Cursors() map[string]int64 {
	s.cursors.mu.Lock()
	defer s.cursors.mu.Unlock()
	m := make(map[string]int64, len(s.cursors.at))
	for k, v := range s.cursors.at {
		m[k] = v
	}
	return m
}

// slowest returns the lowest cursor or hold and its name, false when there is none.
func (c *cursors) slowest() (name string, seq int64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, all := range []map[string]int64{c.at, c.held} {
		for n, at := range all {
			if !ok || at < seq || at == seq && n < name {
				name, seq, ok = n, at, true
			}
		}
	}
	return name, seq, ok
}
