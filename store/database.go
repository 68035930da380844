package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"lazuli.dev/lazuli/internal/duck"
)

// openDatabase opens the file of the tables.
func (s *Store) openDatabase(ctx context.Context) (*duck.DB, error) {
	return duck.Open(ctx, duck.Options{
		Path: filepath.Join(s.dir, s.tables), TempDir: filepath.Join(s.dir, tempDir), TempSize: s.opts.TempLimit,
		Memory: s.opts.MemoryLimit, Threads: s.opts.Threads, Init: s.opts.Init,
	})
}

// commit runs fn in a transaction that brings the file to a state. From the
// commit on a reader may see that state, so it is made known before. Where the
// engine reports an error at the commit, the file is asked what it has become;
// as long as it does not answer, both states are known to readers. The caller
// holds writing.
func (s *Store) commit(ctx context.Context, state *fileState, fn func() error) error {
	s.states.put(state)
	err := transaction(ctx, s.db.Writer, fn)
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
	var version int64
	if err := s.db.Writer.QueryRowContext(ctx, "SELECT max(version) FROM lazuli_cuts").Scan(&version); err != nil {
		s.noticed(err)
		return fmt.Errorf("read lazuli_cuts: %w", err)
	}
	s.uncertain = nil
	if landed := version == state.version; landed {
		s.state.Store(state)
	} else {
		s.states.drop(state)
	}
	s.hot.endCut(s.state.Load().seq, true)
	return nil
}

// reopen closes the database and opens it again. It waits for the open views.
func (s *Store) reopen(ctx context.Context) error {
	s.dbLock.Lock()
	defer s.dbLock.Unlock()
	if s.db != nil {
		if err := s.db.Close(); err != nil {
			s.log.Warn("close of the tables after an error", "error", err)
		}
		s.db = nil
	}
	db, err := s.openDatabase(ctx)
	if err == nil {
		_, err = readIdentity(ctx, db.Writer)
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}
	if err != nil {
		return fmt.Errorf("open the tables again after an error: %w", err)
	}
	s.db = db
	s.broken.Store(false)
	s.checkpointDue = true
	s.stats.reopened.Add(1)
	s.log.Warn("the tables were opened again after an error of the engine")
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
