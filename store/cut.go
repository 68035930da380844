package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"lazuli.dev/lazuli/chunk"
	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/schema"
)

// Cut moves everything that is visible into the tables, in one transaction, and
// returns when it is there.
func (s *Store) Cut(ctx context.Context) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	return s.cut(ctx, false)
}

// cut makes a cut. An even one takes whole row groups of the largest table and
// leaves the rest hot, where there are as many.
func (s *Store) cut(ctx context.Context, even bool) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	began := time.Now()
	rows, err := s.cutWithin(context.WithoutCancel(ctx), even)
	s.hot.mu.Lock()
	s.cutErr = err
	s.hot.wake()
	s.hot.mu.Unlock()
	if err != nil {
		s.stats.cutFailures.Add(1)
		return spaceError("write tables", tablesFull(err))
	}
	if rows >= 0 {
		s.stats.cuts.Add(1)
		s.stats.cutRows.Add(rows)
		s.stats.cutNanos.Add(int64(time.Since(began)))
	}
	return nil
}

// cutWithin makes as many cuts as the engine's memory asks for and returns their
// rows, -1 when there was nothing to cut. An even one stops after the first.
// Where the engine runs out of memory all the same, the next cut is half as large.
// The caller holds writing.
func (s *Store) cutWithin(ctx context.Context, even bool) (rows int64, err error) {
	rows = -1
	for {
		n, more, err := s.cutLocked(ctx, even)
		if engineFull(err) && s.cutHalvings < maxHalvings {
			s.cutHalvings++
			s.log.Warn("the engine's memory is too small for a cut; it is made in smaller parts", "error", err)
			continue
		}
		if err != nil {
			return rows, err
		}
		if !more {
			s.cutHalvings = max(0, s.cutHalvings-1)
		}
		if n >= 0 {
			rows = max(rows, 0) + n
		}
		if !more || even {
			return rows, nil
		}
	}
}

// maxHalvings is how often a cut is halved before its failure is final: by then
// it is a row or two.
const maxHalvings = 16

// engineFull reports whether an error means that the engine's memory was too small.
func engineFull(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "Out of Memory Error") || strings.Contains(err.Error(), "failed to pin block"))
}

// cutLocked makes a cut and returns its rows, -1 when there was nothing to cut,
// and whether there is more than it took. The caller holds writing.
func (s *Store) cutLocked(ctx context.Context, even bool) (rows int64, more bool, err error) {
	if err := s.ready(ctx); err != nil {
		return 0, false, err
	}
	old := s.state.Load()
	view, marks := s.hot.beginCut()
	visible := lastSeq(view.published)
	upto := visible
	if even {
		upto = s.evenSeq(view, old.seq, upto)
	}
	upto = s.fitting(view, old.seq, upto)
	done := false
	defer func() {
		view.release()
		if s.uncertain == nil {
			s.once.cut(s.hot.endCut(upto, done))
		}
	}()
	if upto <= old.seq {
		s.checkpointIfDue(ctx)
		return -1, false, nil
	}
	if err := s.room(s.cutNeeds(0)); err != nil {
		return 0, false, err
	}
	if err := s.opts.step("cut.begin"); err != nil {
		return 0, false, err
	}
	changed := map[tableKey]*fileTable{}
	tables := map[string]*duck.Rows{}
	for k, list := range view.tables {
		if len(list) == 0 {
			continue
		}
		def, _ := s.catalog.def(k)
		t := fileTable{}
		if was := old.tables[k]; was != nil {
			t = *was
		}
		n := rowsAfter(list, old.seq) - rowsAfter(list, upto)
		if n == 0 {
			continue
		}
		for i, c := range list {
			if c.MinSeq > upto {
				break
			}
			// Of a chunk that is cut in two the times may be those of the other part.
			if t.rows == 0 && i == 0 {
				t.minTime, t.maxTime = c.MinTime, c.MaxTime
			}
			t.minTime, t.maxTime = min(t.minTime, c.MinTime), max(t.maxTime, c.MaxTime)
		}
		t.def = def
		t.rows += n
		for _, m := range marks {
			t.latest = max(t.latest, m.received)
		}
		rows += n
		changed[k] = &t
		tables[hotName(k)] = &duck.Rows{Specs: def.specs, Chunks: list, After: old.seq, Upto: upto, Run: rowGroup}
	}
	state := old.with(upto, changed)
	for len(marks) > 0 && lastSeq(marks[len(marks)-1].n) > upto { // recorded when the frame is there as a whole
		marks = marks[:len(marks)-1]
	}
	snap := duck.NewSnapshot(tables)
	defer snap.Drop()

	err = s.commit(ctx, state, func() error {
		for _, k := range sortedKeys(changed) {
			was := old.tables[k]
			if err := s.moveTable(ctx, snap, k, was, changed[k], view.tables[k], upto); err != nil {
				return err
			}
		}
		if err := s.opts.step("cut.rows"); err != nil {
			return err
		}
		if err := s.record(ctx, old, state, changed, marks); err != nil {
			return err
		}
		return s.opts.step("cut.record")
	})
	if err != nil {
		return 0, false, fmt.Errorf("cut at sequence %d: %w", upto, err)
	}
	done = true
	stepErr := s.opts.step("cut.committed")
	s.checkpointDue = true
	s.checkpointIfDue(ctx)
	return rows, upto < visible, errors.Join(stepErr, s.opts.step("cut.checkpointed"))
}

// fitting returns the highest sequence, at most upto, up to which the rows fit
// into the engine's memory while they are inserted: it holds rows that do not make
// a whole row group until the commit, with every column of their table. It is
// after by one row at least. It is an estimate: [Store.cutWithin] mends it.
func (s *Store) fitting(view hotView, after, upto int64) int64 {
	budget := s.opts.MemoryLimit >> s.cutHalvings
	need := func(seq int64) (n int64) {
		for k, list := range view.tables {
			def, _ := s.catalog.def(k)
			rows, bytes := int64(0), int64(0)
			for _, c := range list {
				one := []*chunk.Chunk{c}
				if in := rowsAfter(one, after) - rowsAfter(one, seq); in > 0 {
					rows += in
					bytes += c.Bytes() * in / int64(c.Rows)
				}
			}
			if rows == 0 {
				continue
			}
			if rows > rowGroup { // whole row groups are written as they get full
				bytes = bytes * rowGroup / rows
				rows = rowGroup
			}
			n += bytes + rows*absentBytes*int64(len(def.parts))
		}
		return n
	}
	if need(upto) <= budget {
		return upto
	}
	least := upto
	for _, list := range view.tables {
		for _, c := range list {
			if n := duck.RowsUpto(c, after); n < c.Rows {
				least = min(least, c.Int64("_Seq", n))
				break
			}
		}
	}
	low, high := least, upto
	for low < high {
		mid := low + (high-low+1)/2
		if need(mid) <= budget {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low
}

// absentBytes is what the engine needs for a value that is the default.
const absentBytes = 4

// evenSeq returns the sequence up to which the largest table has whole row
// groups: a rest would be compressed again with what comes after it. Without one
// that is large enough it returns upto.
func (s *Store) evenSeq(view hotView, after, upto int64) int64 {
	var largest []*chunk.Chunk
	rows := int64(0)
	for _, list := range view.tables {
		if n := rowsAfter(list, after); n > rows {
			largest, rows = list, n
		}
	}
	take := rows - rows%int64(s.opts.unit())
	if take == 0 {
		return upto
	}
	for _, c := range largest {
		n := rowsAfter([]*chunk.Chunk{c}, after)
		if take <= n {
			return c.Int64("_Seq", c.Rows-int(n)+int(take)-1)
		}
		take -= n
	}
	return upto
}

// moveTable inserts the hot rows of a table into the file. What the file lacks
// of the table is made first.
func (s *Store) moveTable(ctx context.Context, snap *duck.Snapshot, k tableKey, was, now *fileTable, list []*chunk.Chunk, upto int64) error {
	conn := s.db.Writer
	if was == nil {
		cols := make([]string, len(now.def.parts))
		for i, p := range now.def.parts {
			cols[i] = columnSQL(p)
		}
		err := exec(ctx, conn, fmt.Sprintf("CREATE SCHEMA IF NOT EXISTS %s; CREATE TABLE %s(%s)",
			duck.Ident(schemaName(k.workspace)), now.def.physical, strings.Join(cols, ",")))
		if err != nil {
			return fmt.Errorf("create table %s: %w", k.table, err)
		}
	} else {
		for _, p := range now.def.parts {
			if _, ok := was.def.index[p.Name]; ok {
				continue
			}
			if err := exec(ctx, conn, "ALTER TABLE "+now.def.physical+" ADD COLUMN "+columnSQL(p)); err != nil {
				return fmt.Errorf("add column %s to table %s: %w", p.Name, k.table, err)
			}
		}
	}
	// Columns that no chunk has are left to their default, which costs nothing.
	have := map[string]bool{}
	for _, c := range list {
		if c.MinSeq > upto {
			break
		}
		for _, sp := range c.Specs() {
			have[sp.Name] = true
		}
	}
	var names []string
	for _, p := range now.def.parts {
		if have[p.Name] {
			names = append(names, duck.Ident(p.Name))
		}
	}
	cols := strings.Join(names, ",")
	err := exec(ctx, conn, fmt.Sprintf("INSERT INTO %s(%s) SELECT %s FROM %s", now.def.physical, cols, cols, snap.From(hotName(k), duck.Bounds{})))
	if err != nil {
		return fmt.Errorf("insert into table %s: %w", k.table, err)
	}
	return nil
}

// record writes what belongs to the cut beside the rows: its sequence, the
// positions and keys of its frames, and what the tables have become.
func (s *Store) record(ctx context.Context, old, state *fileState, changed map[tableKey]*fileTable, marks []frameMark) error {
	conn := s.db.Writer
	positions := map[origin][]interval{}
	for _, m := range marks {
		if m.origin != nil {
			positions[*m.origin] = insert(positions[*m.origin], m.run)
		}
	}
	found := map[tableKey][]schema.Column{}
	for k, t := range changed {
		builtin := len(newDef(k).columns)
		if was := old.tables[k]; was != nil {
			builtin = max(builtin, len(was.def.columns))
		}
		if cols := t.def.columns[builtin:]; len(cols) > 0 {
			found[k] = cols
		}
	}
	for _, r := range []struct {
		table string
		rows  *chunk.Chunk
	}{
		{"lazuli_positions", positionRows(positions)},
		{"lazuli_keys", keyRows(marks)},
		{"lazuli_columns", columnRows(found)},
		{"lazuli_tables", tableRows(state.version, changed)},
	} {
		if err := insertRows(ctx, conn, r.table, r.rows); err != nil {
			return err
		}
	}
	return s.recordVersion(ctx, state)
}

func (s *Store) recordVersion(ctx context.Context, state *fileState) error {
	return exec(ctx, s.db.Writer, fmt.Sprintf("INSERT INTO lazuli_cuts VALUES (%d, %d, %d)", state.version, state.seq, s.opts.Clock()))
}

// checkpointIfDue brings what was committed into the main part of the file. It
// is not needed for durability; where it fails, it is tried after the next cut,
// and until then the journal is kept from the last cut that is checkpointed.
func (s *Store) checkpointIfDue(ctx context.Context) {
	if !s.checkpointDue {
		return
	}
	err := s.room(s.logSize())
	if err == nil {
		err = s.saveOverwritten(ctx)
	}
	if err == nil {
		err = exec(ctx, s.db.Writer, "CHECKPOINT")
	}
	if err != nil {
		s.noticed(err)
		s.stats.checkpointFailures.Add(1)
		s.log.Warn("checkpoint of the tables failed and will be tried again", "error", err)
		return
	}
	s.checkpointDue = false
	s.checkpointed.Store(s.state.Load().frames())
}

// logSize returns the size of the engine's log.
func (s *Store) logSize() int64 {
	st, err := s.opts.FS.Stat(filepath.Join(s.dir, s.tables+".wal"))
	if err != nil {
		return 0
	}
	return st.Size()
}

// tablesFull marks an error of the engine that means a full disk.
func tablesFull(err error) error {
	if err != nil && (strings.Contains(err.Error(), "No space left on device") || strings.Contains(err.Error(), "Disk quota exceeded")) {
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	return err
}

// cutter makes cuts in the background: by rows, bytes and age.
func (s *Store) cutter() {
	defer s.background.Done()
	ticker := time.NewTicker(min(s.opts.CutAge/4+time.Millisecond, time.Second))
	defer ticker.Stop()
	var pause time.Duration
	var notBefore time.Time
	for {
		select {
		case <-s.stop:
			return
		case <-s.kick:
		case <-ticker.C:
		}
		if !s.cutDue() && !s.broken.Load() || time.Now().Before(notBefore) {
			continue
		}
		if err := s.cut(context.Background(), true); err != nil {
			pause = min(max(2*pause, 250*time.Millisecond), 30*time.Second)
			notBefore = time.Now().Add(pause)
			s.log.Error("cut failed and will be tried again", "error", err, "in", pause)
			continue
		}
		pause = 0
	}
}

// maxFrames is how many frames make a cut: each has a mark in memory.
const maxFrames = 1 << 20

// Fullness is how much of the memory for rows that are not in the tables is taken, from 0 to 1. At 1 Ingest waits until
// a cut has ended.
func (s *Store) Fullness() float64 {
	s.hot.mu.Lock()
	defer s.hot.mu.Unlock()
	return min(1, float64(s.hot.bytes+s.hot.inFlight)/float64(s.opts.HotBytes))
}

// cutDue reports whether there is a reason for a cut.
func (s *Store) cutDue() bool {
	s.hot.mu.Lock()
	defer s.hot.mu.Unlock()
	if len(s.hot.frames) == 0 {
		return false
	}
	if len(s.hot.frames) >= maxFrames { // which may have no rows
		return true
	}
	if s.hot.bytes >= s.opts.CutBytes || time.Since(s.hot.oldest) >= s.opts.CutAge {
		return true
	}
	if s.blocked > 0 && s.hot.inFlight == 0 && s.hot.bytes+s.blockedNeed > s.opts.HotBytes { // nothing else will make room
		return true
	}
	enough := s.opts.CutRows
	if s.hot.bytes >= s.opts.HotBytes/4*3 {
		enough = s.opts.unit() // wide rows: a group of them is what fits
	}
	for _, t := range s.hot.tables {
		if t.rows >= enough {
			return true
		}
	}
	return false
}
