package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"lazuli.dev/lazuli/internal/duck"
)

// openDatabase opens the file of the tables, after what a crash left of a
// checkpoint has been undone.
func (s *Store) openDatabase(ctx context.Context) error {
	undone, err := undoCheckpoint(s.opts.FS, s.dir, s.tables, s.id)
	if err != nil {
		return err
	}
	if undone {
		s.log.Info("a checkpoint of the tables that a crash interrupted was undone")
	}
	path := filepath.Join(s.dir, s.tables)
	s.db, err = duck.Open(ctx, duck.Options{
		Path: path, TempDir: filepath.Join(s.dir, tempDir), TempSize: s.opts.TempLimit,
		Memory: s.opts.MemoryLimit, Threads: s.opts.Threads, Init: s.opts.Init,
	})
	if err != nil {
		return err
	}
	if s.raw, err = os.Open(path); err != nil {
		return errors.Join(err, s.closeDatabase())
	}
	return nil
}

// closeDatabase closes the file of the tables, if it is open.
func (s *Store) closeDatabase() error {
	if s.db == nil {
		return nil
	}
	err := s.db.Close()
	s.db = nil
	// After the engine: closing any descriptor of a file ends the locks on it.
	if s.raw != nil {
		err = errors.Join(err, s.raw.Close())
		s.raw = nil
	}
	return err
}

// discardUnborn removes a file of the tables that was not even made to the end
// of its headers: the process was killed while the engine made it. It has
// nothing, and the engine does not open it.
func (s *Store) discardUnborn() error {
	path := filepath.Join(s.dir, s.tables)
	st, err := s.opts.FS.Stat(path)
	if err != nil || st.Size() >= engineHeaders {
		return nil
	}
	s.log.Info("the unfinished beginning of the tables was removed", "bytes", st.Size())
	return s.opts.FS.Remove(path)
}

// commit runs fn in a transaction that brings the file to a state. From the
// commit on a reader may see that state, so it is made known before. Where the
// engine reports an error at the commit, the file is asked what it has become;
// as long as it does not answer, both states are known to readers. The caller
// holds writing.
func (s *Store) commit(ctx context.Context, state *fileState, fn func() error) error {
	err := transaction(ctx, s.db.Writer, func() error {
		if err := fn(); err != nil { // which may complete the state
			return err
		}
		s.states.put(state)
		return nil
	})
	if err == nil {
		err = s.opts.step("commit")
	}
	if err == nil {
		s.state.Store(state)
		return nil
	}
	s.noticed(err)
	s.uncertain = state
	if rerr := s.ready(ctx); rerr != nil {
		return fmt.Errorf("%w: %w", err, rerr)
	}
	if s.state.Load() == state {
		s.log.Warn("the engine reported an error for a commit that happened", "error", err)
		return nil
	}
	return err
}

// noticed remembers when an error means that the engine has to be opened again.
func (s *Store) noticed(err error) bool {
	if err == nil || !strings.Contains(err.Error(), "database has been invalidated") && !strings.Contains(err.Error(), "FATAL Error") {
		return false
	}
	s.broken.Store(true)
	ask(s.kick)
	return true
}

// ready opens the database again where an error made the engine refuse to go on,
// and finds out what became of an uncertain commit. The caller holds writing.
func (s *Store) ready(ctx context.Context) error {
	if s.broken.Load() {
		if err := s.reopen(ctx); err != nil {
			return err
		}
	}
	state := s.uncertain
	if state == nil {
		return nil
	}
	version, _, err := readCut(ctx, s.db.Writer)
	if err != nil {
		s.noticed(err)
		return err
	}
	s.uncertain = nil
	if landed := version == state.version; landed {
		s.state.Store(state)
	} else {
		s.states.drop(state)
	}
	s.once.cut(s.hot.endCut(s.state.Load().seq, true))
	return nil
}

var errClosedTables = errors.New("the tables are closed after an error")

// reopen closes the database and opens it again. It waits for the open views.
func (s *Store) reopen(ctx context.Context) error {
	s.dbLock.Lock()
	defer s.dbLock.Unlock()
	if err := s.closeDatabase(); err != nil {
		s.log.Warn("close of the tables after an error", "error", err)
	}
	err := s.openDatabase(ctx)
	if err == nil {
		if err = s.same(ctx); err != nil {
			err = errors.Join(err, s.closeDatabase())
		}
	}
	if err != nil {
		return fmt.Errorf("open the tables again after an error: %w", err)
	}
	s.broken.Store(false)
	s.checkpointDue = true
	s.stats.reopened.Add(1)
	s.log.Warn("the tables were opened again after an error of the engine")
	return nil
}

// storedKey looks into the tables for a key that has not expired.
func (s *Store) storedKey(ctx context.Context, k keySum, now int64) (e keyEntry, found bool, err error) {
	ask := func() error {
		s.dbLock.RLock()
		defer s.dbLock.RUnlock()
		if s.db == nil {
			return errClosedTables
		}
		var body string
		err := s.db.QueryRowContext(ctx, fmt.Sprintf("SELECT body::VARCHAR, n, expires FROM lazuli_keys WHERE key = '%x'::UUID AND expires > %d ORDER BY n DESC LIMIT 1",
			k, now)).Scan(&body, &e.n, &e.expires)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err == nil {
			found = true
			err = parseUUID(e.body[:], body)
		}
		return err
	}
	err = ask()
	if err != nil && (s.noticed(err) || s.broken.Load()) {
		if err = s.repair(ctx); err == nil {
			err = ask()
		}
	}
	return e, found, err
}

// same reports an error unless the file that was opened again is of this store
// and has what was committed: the hot list has let go of that.
func (s *Store) same(ctx context.Context) error {
	id, err := readIdentity(ctx, s.db.Writer)
	if err != nil {
		return err
	}
	version, _, err := readCut(ctx, s.db.Writer)
	if err != nil {
		return err
	}
	if want := s.state.Load().version; id != s.id || version < want {
		return fmt.Errorf("the file has version %d, %d was committed; start again, which reads the rest from the journal", version, want)
	}
	return nil
}

// repair makes the database usable for readers again.
func (s *Store) repair(ctx context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.ready(ctx)
}

// cutNeeds returns how much disk a cut may take when further bytes have become
// hot: the rows go through the engine's log into the file.
func (s *Store) cutNeeds(more int64) int64 {
	s.hot.mu.Lock()
	defer s.hot.mu.Unlock()
	return 2 * (s.hot.bytes + s.hot.inFlight + more)
}

// diskRoom refuses a frame for whose journal and rows there is no room.
func (s *Store) diskRoom(need int64) error {
	if s.opts.DiskReserve <= 0 {
		return nil
	}
	if free, err := s.opts.FS.Free(s.dir); err == nil && free-need < s.cutNeeds(need)+s.opts.DiskReserve {
		return fmt.Errorf("%w: %d MB are free", ErrNoSpace, free>>20)
	}
	return nil
}

// room refuses what would run into a full disk, because the engine does not
// survive that. A fourth of the reserve is left for what is not foreseen.
func (s *Store) room(needs int64) error {
	if s.opts.DiskReserve <= 0 {
		return nil
	}
	free, err := s.opts.FS.Free(s.dir)
	if err == nil && free < needs+s.opts.DiskReserve/4 {
		err = fmt.Errorf("%w: %d MB are free", ErrNoSpace, free>>20)
	}
	return err
}
