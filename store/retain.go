package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/internal/durable"
)

// retainEvery is how often rows and segments that have grown too old are looked
// for.
const retainEvery = 10 * time.Minute

func (s *Store) retainer() {
	defer s.background.Done()
	ticker := time.NewTicker(retainEvery)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-ticker.C:
		}
		if err := s.retain(context.Background()); err != nil {
			s.log.Error("retention failed and will be tried again", "error", err)
		}
	}
}

// Retain applies retention now: rows older than their table's retention go, and
// journal segments that are older than theirs. Neither goes past a cursor,
// unless the disk limit forces it; that is then recorded as a gap first.
func (s *Store) Retain(ctx context.Context) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	return s.retain(ctx)
}

func (s *Store) retain(ctx context.Context) error {
	s.retaining.Lock()
	defer s.retaining.Unlock()
	now := s.opts.Clock()
	bound := func(k tableKey) int64 {
		if s.opts.Retention == nil {
			return 0
		}
		if d := s.opts.Retention(k.workspace, k.table); d > 0 {
			return now - ticksOf(d)
		}
		return 0
	}
	upto := int64(1)<<62 - 1
	if _, seq, ok := s.cursors.slowest(); ok {
		upto = seq
	}
	if err := s.expire(ctx, bound, upto); err != nil {
		return err
	}
	if err := s.compact(ctx, now); err != nil {
		return err
	}
	if err := s.releaseJournal(ctx, upto, now); err != nil {
		return err
	}
	if s.opts.DiskLimit > 0 {
		return s.makeRoom(ctx, upto)
	}
	return nil
}

// expire deletes the rows of every table that were received before its bound (0
// is none) and are not above upto.
func (s *Store) expire(ctx context.Context, bound func(tableKey) int64, upto int64) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.ready(ctx); err != nil {
		return err
	}
	conn := s.db.Writer
	old := s.state.Load()
	type expiry struct {
		k      tableKey
		before int64
	}
	var due []expiry
	for _, k := range sortedKeys(old.tables) {
		before := bound(k)
		if before == 0 || old.tables[k].rows == 0 {
			continue
		}
		var n int64
		err := conn.QueryRowContext(ctx, fmt.Sprintf("SELECT count(*) FROM %s WHERE _TimeReceived < %d AND _Seq <= %d",
			old.tables[k].def.physical, before, upto)).Scan(&n)
		if err != nil {
			return fmt.Errorf("count expired rows of %s: %w", k.table, err)
		}
		if n > 0 {
			due = append(due, expiry{k, before})
		}
	}
	if len(due) == 0 {
		return nil
	}
	if err := s.opts.step("retain.begin"); err != nil {
		return err
	}
	changed := map[tableKey]*fileTable{}
	state := old.with(old.seq, nil)
	var removed int64
	err := s.commit(ctx, state, func() error {
		for _, e := range due {
			t := *old.tables[e.k]
			r, err := conn.ExecContext(ctx, fmt.Sprintf("DELETE FROM %s WHERE _TimeReceived < %d AND _Seq <= %d", t.def.physical, e.before, upto))
			if err != nil {
				return fmt.Errorf("delete expired rows of %s: %w", e.k.table, err)
			}
			n, err := r.RowsAffected()
			if err != nil {
				return err
			}
			removed += n
			err = conn.QueryRowContext(ctx, fmt.Sprintf("SELECT count(*), coalesce(min(TimeGenerated), 0), coalesce(max(TimeGenerated), 0) FROM %s",
				t.def.physical)).Scan(&t.rows, &t.minTime, &t.maxTime)
			if err != nil {
				return err
			}
			changed[e.k] = &t
			state.tables[e.k] = &t
			err = exec(ctx, conn, fmt.Sprintf("INSERT INTO lazuli_expired VALUES (%s, %s, %d, %d, %d)",
				duck.Literal(e.k.workspace), duck.Literal(e.k.table), e.before, upto, s.opts.Clock()))
			if err != nil {
				return err
			}
		}
		if err := s.opts.step("retain.rows"); err != nil {
			return err
		}
		if err := insertRows(ctx, conn, "lazuli_tables", tableRows(state.version, changed)); err != nil {
			return err
		}
		return s.recordVersion(ctx, state)
	})
	if err != nil {
		return fmt.Errorf("delete expired rows: %w", err)
	}
	stepErr := s.opts.step("retain.committed")
	s.stats.expired.Add(removed)
	s.checkpointDue = true
	s.checkpointIfDue(ctx)
	return errors.Join(stepErr, s.opts.step("retain.checkpointed"))
}

// compact removes from the store's own tables what is of no use any more.
func (s *Store) compact(ctx context.Context, now int64) error {
	s.once.expire(now)
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.ready(ctx); err != nil {
		return err
	}
	changed, err := compactRecords(ctx, s.db.Writer, now)
	if err != nil {
		s.noticed(err)
		return fmt.Errorf("compact the store's own tables: %w", err)
	}
	if changed {
		s.checkpointDue = true
		s.checkpointIfDue(ctx)
	}
	return nil
}

// releasable returns the number of the frame up to which the journal is not
// needed: it is in the main part of the database file, and read by every cursor.
func (s *Store) releasable(upto int64) int64 {
	return min(s.checkpointed.Load(), (upto+1)>>SeqShift-1)
}

// releaseJournal removes segments whose evidence has grown too old.
func (s *Store) releaseJournal(ctx context.Context, upto, now int64) error {
	if s.opts.JournalRetention <= 0 {
		return nil
	}
	before := now - ticksOf(s.opts.JournalRetention)
	segs, err := listSegments(s.opts.FS, s.journal.dir)
	if err != nil {
		return err
	}
	below := int64(0)
	for i := 0; i+1 < len(segs); i++ {
		// A segment's frames came before its successor was made.
		made, err := createdAt(s.opts.FS, segs[i+1])
		if err != nil || made >= before || segs[i+1].first > s.releasable(upto)+1 {
			break
		}
		below = segs[i+1].first
	}
	return s.releaseBelow(ctx, below, func() bool { return false })
}

// releaseBelow removes the segments below a frame, oldest first, until stop.
// That they were removed on purpose is recorded before.
func (s *Store) releaseBelow(ctx context.Context, below int64, stop func() bool) error {
	if below <= s.journal.oldest.Load() || stop() {
		return nil
	}
	s.writing.Lock()
	err := s.ready(ctx)
	if err != nil {
		s.writing.Unlock()
		return err
	}
	err = transaction(ctx, s.db.Writer, func() error {
		return exec(ctx, s.db.Writer, fmt.Sprintf("INSERT INTO lazuli_released VALUES (%d, %d)", below, s.opts.Clock()))
	})
	if err == nil {
		// The record must not be lost with the engine's log, whose name only the
		// engine could make durable.
		s.checkpointDue = true
		if s.checkpointIfDue(ctx); s.checkpointDue {
			err = errors.New("the checkpoint failed")
		}
	}
	s.writing.Unlock()
	if err != nil {
		return fmt.Errorf("record release of the journal: %w", err)
	}
	n, err := s.journal.release(below, func(segmentPath) bool { return stop() })
	s.stats.released.Add(int64(n))
	return err
}

// createdAt returns when a segment was made, from its header.
func createdAt(fsys durable.FS, seg segmentPath) (int64, error) {
	f, err := fsys.OpenFile(seg.path, 0, 0)
	if err != nil {
		return 0, err
	}
	h := make([]byte, segmentHeader)
	_, err = f.ReadAt(h, 0)
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, fmt.Errorf("read segment header: %w", err)
	}
	return int64(le64(h[24:])), nil
}

// used returns the bytes that the journal and the tables take. The file of the
// tables does not shrink, but its free blocks are used again, so they do not count.
func (s *Store) used(ctx context.Context) (int64, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.ready(ctx); err != nil {
		return 0, err
	}
	var used, block int64
	err := s.db.Writer.QueryRowContext(ctx, "SELECT used_blocks, block_size FROM pragma_database_size() WHERE database_name = current_database()").Scan(&used, &block)
	if err != nil {
		return 0, fmt.Errorf("read size of the tables: %w", err)
	}
	return used*block + s.logSize() + s.journal.bytes.Load(), nil
}

// makeRoom gives up the oldest until the disk limit is kept: evidence and then
// rows that every cursor has read; evidence of the others; and at last rows that a
// cursor has not read. Rows go by the time of their receipt, an eighth of the
// span at a time.
func (s *Store) makeRoom(ctx context.Context, upto int64) error {
	over := func() bool {
		n, err := s.used(ctx)
		return err == nil && n > s.opts.DiskLimit
	}
	if !over() {
		return nil
	}
	const all = int64(1)<<62 - 1
	for _, limit := range []int64{upto, all} {
		if err := s.releaseBelow(ctx, s.releasable(limit)+1, func() bool { return !over() }); err != nil {
			return err
		}
		// Blocks become free when a whole row group has gone. So that not everything
		// goes before that, rows count for what they take on average.
		used, err := s.used(ctx)
		if err != nil {
			return err
		}
		rows := s.fileRows()
		tables := used - s.journal.bytes.Load()
		enough := func() bool {
			gone := rows - s.fileRows()
			return rows == 0 || float64(tables)*float64(gone)/float64(rows) >= float64(used-s.opts.DiskLimit)
		}
		for over() && !enough() {
			before, any, err := s.oldestEighth(ctx, limit)
			if err != nil {
				return err
			}
			if !any {
				break
			}
			if limit == all {
				if err := s.recordForced(ctx, before, upto); err != nil {
					return err
				}
			}
			if err := s.expire(ctx, func(k tableKey) int64 {
				if k.table == GapsTable {
					return 0
				}
				return before
			}, limit); err != nil {
				return err
			}
		}
	}
	return nil
}

// fileRows returns how many rows the tables have.
func (s *Store) fileRows() (n int64) {
	for _, t := range s.state.Load().tables {
		n += t.rows
	}
	return n
}

// oldestEighth returns the time of receipt before which lies the first eighth of
// the span of all rows up to a sequence.
func (s *Store) oldestEighth(ctx context.Context, upto int64) (before int64, any bool, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	var lo, hi int64
	for k, t := range s.state.Load().tables {
		if t.rows == 0 || k.table == GapsTable {
			continue
		}
		var n, first, last int64
		err := s.db.Writer.QueryRowContext(ctx, fmt.Sprintf(
			"SELECT count(*), coalesce(min(_TimeReceived), 0), coalesce(max(_TimeReceived), 0) FROM %s WHERE _Seq <= %d",
			t.def.physical, upto)).Scan(&n, &first, &last)
		if err != nil {
			return 0, false, fmt.Errorf("find the oldest rows: %w", err)
		}
		if n == 0 {
			continue
		}
		if !any {
			lo, hi, any = first, last, true
		}
		lo, hi = min(lo, first), max(hi, last)
	}
	return lo + max(1, (hi-lo)/8), any, nil
}

// recordForced records what is about to be deleted before a cursor has read it.
func (s *Store) recordForced(ctx context.Context, before, upto int64) error {
	name, _, ok := s.cursors.slowest()
	if !ok {
		return nil
	}
	s.writing.Lock()
	state := s.state.Load()
	gaps := map[tableKey]gap{}
	var err error
	for k, t := range state.tables {
		if t.rows == 0 || k.table == GapsTable {
			continue
		}
		var n, first, last int64
		err = s.db.Writer.QueryRowContext(ctx, fmt.Sprintf(
			"SELECT count(*), coalesce(min(_Seq), 0), coalesce(max(_Seq), 0) FROM %s WHERE _TimeReceived < %d AND _Seq > %d",
			t.def.physical, before, upto)).Scan(&n, &first, &last)
		if err != nil {
			break
		}
		if n > 0 {
			gaps[k] = gap{Reason: "disk limit", Detail: "deleted before cursor " + name + " had read it", Table: k.table,
				FirstSeq: first, LastSeq: last, ReceivedBefore: before, Rows: n}
		}
	}
	s.writing.Unlock()
	if err != nil {
		return fmt.Errorf("find what a cursor loses: %w", err)
	}
	for _, k := range sortedKeys(gaps) {
		if err := s.recordGap(ctx, k.workspace, gaps[k]); err != nil {
			return err
		}
	}
	return nil
}
