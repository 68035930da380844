package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/internal/durable"
)

// A Report is what [Fsck] found. Findings are what is wrong; notes are what is
// unusual and right, and what is wrong and was recorded as a gap when it was found:
// that is known, and nothing more can be done about it.
type Report struct {
	Findings []string
	Notes    []string

	Segments   int
	Frames     int64 // valid ones in the journal
	FirstFrame int64
	LastFrame  int64
	CutFrame   int64 // the last in the tables
	Tables     int
	Rows       int64 // in the tables
	Compared   int64 // frames whose rows were compared with the tables
	Gaps       int   // places where the journal lacks frames, and has it on record
}

// Clean reports whether nothing is wrong.
func (r *Report) Clean() bool { return len(r.Findings) == 0 }

func (r *Report) find(format string, args ...any) {
	const most = 1000 // what comes after is the same again
	if len(r.Findings) < most {
		r.Findings = append(r.Findings, fmt.Sprintf(format, args...))
	}
}

func (r *Report) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// Fsck checks a store that no process holds: checksums and numbers of the
// journal, that the tables are those of the journal up to their cut, that every
// row is there once, and the record of positions and keys. With Options.Decode it
// also decodes every frame and compares its rows with the tables, sequence by
// sequence. It changes nothing, but that it undoes a checkpoint which a crash
// interrupted, as the next start would. The error is for a check that could not
// be made.
func Fsck(ctx context.Context, dir string, o Options) (*Report, error) {
	o = o.withDefaults()
	if _, err := o.FS.Stat(dir); err != nil {
		return nil, fmt.Errorf("check store: %w", err)
	}
	unlock, err := durable.Lock(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, fmt.Errorf("check store: %w", err)
	}
	c := &checker{dir: dir, o: o, r: &Report{}, seen: newOnce(), held: newOnce()}
	err = c.run(ctx)
	if err = errors.Join(err, unlock()); err != nil {
		return nil, fmt.Errorf("check store %s: %w", dir, err)
	}
	return c.r, nil
}

type checker struct {
	dir  string
	o    Options
	r    *Report
	id   storeID
	segs []segmentPath

	db       *duck.DB
	state    *fileState
	seen     *once // positions and keys of the journal's frames up to the cut
	held     *once // those that the tables record
	released int64 // number below which the journal was removed on purpose
	expired  map[tableKey][]expiredRange
	twin     *Store // decodes as a store does

	gaps    []knownGap
	missing []missingFrames
	doubts  []doubt
}

// A knownGap is what the store has recorded that the journal lacks.
type knownGap struct {
	interval
	recorded int64 // ticks
}

// missingFrames are frames that a segment lacks.
type missingFrames struct {
	interval
	segment, what string
}

// A doubt is something about a segment that its missing frames explain, where it lacks
// some.
type doubt struct{ segment, what string }

type expiredRange struct{ before, upto int64 }

func (c *checker) run(ctx context.Context) error {
	var err error
	if c.id, err = readVersion(c.o.FS, c.dir); err != nil {
		segs, lerr := listSegments(c.o.FS, filepath.Join(c.dir, journalDir))
		if errors.Is(err, os.ErrNotExist) && (lerr != nil || len(segs) == 0) {
			c.r.note("the making of the store was not finished; the next start does that")
			return nil
		}
		id, proved, jerr := journalID(c.o.FS, segs)
		if !lostVersion(err) || jerr != nil || !proved {
			c.r.find("%v", errors.Join(err, jerr))
			return nil
		}
		c.r.find("%v; a rebuild makes it again from the journal", err)
		c.id = id
	}
	if c.segs, err = listSegments(c.o.FS, filepath.Join(c.dir, journalDir)); err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			return err
		}
		c.r.find("the journal's directory is missing")
	}
	c.twin = &Store{opts: c.o, log: c.o.Log, catalog: newCatalog()}
	c.state = &fileState{seq: lastSeq(0), tables: map[tableKey]*fileTable{}}
	if err := c.openTables(ctx); err != nil {
		return err
	}
	if c.db != nil {
		err = c.tables(ctx)
	}
	if err == nil {
		err = c.journal(ctx)
	}
	if c.db != nil {
		err = errors.Join(err, c.db.Close())
	}
	return err
}

func (c *checker) openTables(ctx context.Context) error {
	path := filepath.Join(c.dir, tablesFile)
	if st, err := c.o.FS.Stat(path); err != nil || st.Size() < engineHeaders {
		if len(c.segs) > 0 {
			c.r.note("the tables are missing; the next start makes them from the journal")
		}
		return nil
	}
	undone, err := undoCheckpoint(c.o.FS, c.dir, tablesFile, c.id)
	if err != nil {
		return err
	}
	if undone {
		c.r.note("a checkpoint of the tables that a crash interrupted was undone")
	}
	db, err := duck.Open(ctx, duck.Options{Path: path, ReadOnly: true, Memory: c.o.MemoryLimit, Threads: c.o.Threads})
	if err != nil {
		c.r.find("the tables cannot be opened: %v; rebuild them", err)
		return nil
	}
	c.db = db
	conn := db.Writer
	found, err := readIdentity(ctx, conn)
	if err == nil && found != c.id {
		err = errOtherStore
	}
	if err != nil {
		if strings.Contains(err.Error(), "does not exist") {
			c.r.note("the tables were never written")
		} else {
			c.r.find("%v", err)
		}
		c.db = nil
		return db.Close()
	}
	if c.state, err = readState(ctx, conn, c.twin.catalog); err != nil {
		c.r.find("%v", err)
		c.db, c.state = nil, &fileState{seq: lastSeq(0), tables: map[tableKey]*fileTable{}}
		return db.Close()
	}
	c.r.CutFrame, c.r.Tables = c.state.frames(), len(c.state.tables)
	if err := readPositions(ctx, conn, c.held); err != nil {
		return err
	}
	if err := eachKey(ctx, conn, 0, func(k *keySum, expires int64) { c.held.keys[*k] = keyEntry{expires: expires} }); err != nil {
		return err
	}
	if err := conn.QueryRowContext(ctx, "SELECT coalesce(max(below), 1) FROM lazuli_released").Scan(&c.released); err != nil {
		return err
	}
	c.expired, err = readExpired(ctx, db)
	return err
}

func readExpired(ctx context.Context, db *duck.DB) (map[tableKey][]expiredRange, error) {
	m := map[tableKey][]expiredRange{}
	err := query(ctx, db.Writer, "SELECT workspace, name, received_before, upto FROM lazuli_expired", func(scan func(...any) error) error {
		var k tableKey
		var e expiredRange
		if err := scan(&k.workspace, &k.table, &e.before, &e.upto); err != nil {
			return err
		}
		m[k] = append(m[k], e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read lazuli_expired: %w", err)
	}
	return m, nil
}

// tables checks each table by itself.
func (c *checker) tables(ctx context.Context) error {
	for _, k := range sortedKeys(c.state.tables) {
		t := c.state.tables[k]
		var rows, different, lo, hi int64
		err := c.db.Writer.QueryRowContext(ctx, "SELECT count(*), count(DISTINCT _Seq), coalesce(min(_Seq), 0), coalesce(max(_Seq), 0) FROM "+t.def.physical).
			Scan(&rows, &different, &lo, &hi)
		if err != nil {
			c.r.find("table %s of workspace %s cannot be read: %v; rebuild the tables", k.table, k.workspace, err)
			continue
		}
		c.r.Rows += rows
		if rows != different {
			c.r.find("table %s of workspace %s has %d rows more than once", k.table, k.workspace, rows-different)
		}
		if rows != t.rows {
			c.r.find("table %s of workspace %s has %d rows, its record says %d", k.table, k.workspace, rows, t.rows)
		}
		if hi > c.state.seq {
			c.r.find("table %s of workspace %s has sequence %d, which is above the cut", k.table, k.workspace, hi)
		}
	}
	return nil
}

// journal checks the journal, and the tables against it.
func (c *checker) journal(ctx context.Context) error {
	c.r.Segments = len(c.segs)
	if len(c.segs) == 0 {
		if c.r.CutFrame > 0 {
			c.r.find("the journal is missing; the tables have frames up to %d", c.r.CutFrame)
		}
		return nil
	}
	c.r.FirstFrame = c.segs[0].first
	if first := c.segs[0].first; first > max(c.released, 1) {
		c.missing = append(c.missing, missingFrames{interval{max(c.released, 1), first - 1}, filepath.Base(c.segs[0].path), "it is the first"})
	}
	for i, seg := range c.segs {
		final := i == len(c.segs)-1
		limit := int64(1) << 62
		if !final {
			limit = c.segs[i+1].first
		}
		counts, err := c.counts(ctx, seg.first, limit-1)
		if err != nil {
			return err
		}
		r, err := readSegment(c.o.FS, seg, c.id, limit, func(s *stored) error { return c.frame(ctx, s, counts) })
		if err != nil {
			return err
		}
		c.segment(i, seg, r, limit)
		for k, m := range counts {
			for n, have := range m {
				c.r.find("table %s of workspace %s has %d rows of frame %d, which gives none", k.table, k.workspace, have.rows, n)
			}
		}
	}
	c.judge()
	if c.r.LastFrame < c.r.CutFrame {
		c.r.find("the tables have frames up to %d, the journal ends at %d", c.r.CutFrame, c.r.LastFrame)
	}
	if c.db != nil {
		c.onceRecord()
	}
	return nil
}

// segment checks what reading a segment found.
func (c *checker) segment(i int, seg segmentPath, r *segmentReport, limit int64) {
	name := filepath.Base(seg.path)
	c.r.LastFrame = max(c.r.LastFrame, min(r.last, limit-1))
	final := i == len(c.segs)-1
	if final {
		torn := r.header != nil && r.frames == 0
		for _, d := range r.damage {
			torn = torn || d.sameBatch
		}
		if torn || r.tail > 0 {
			c.r.note("segment %s ends in an interrupted write, which the next start cuts off", name)
			if r.header != nil && r.frames == 0 {
				return
			}
		}
	} else if !r.sealed {
		next, err := readHead(c.o.FS, c.segs[i+1], c.id)
		if err == nil && next&unsealedBefore == 0 {
			c.doubts = append(c.doubts, doubt{name, "it has no footer although another follows"})
		}
	}
	for _, p := range r.problems(seg, limit) {
		if final && strings.Contains(p.what, "damaged bytes") && r.batchOnly(p.from) {
			continue
		}
		switch {
		case p.to >= p.from:
			c.missing = append(c.missing, missingFrames{interval{p.from, p.to}, name, p.what})
		case r.footer != nil && p.what == r.footer.Error():
			c.doubts = append(c.doubts, doubt{name, p.what})
		default:
			c.r.find("segment %s: %s", name, p.what)
		}
	}
}

// judge tells of missing frames which are on record as a gap: those are known.
// What they explain about their segment is known, too.
func (c *checker) judge() {
	explained := map[string]bool{}
	for _, m := range c.missing {
		if _, seen := explained[m.segment]; !seen {
			explained[m.segment] = true
		}
		left := []interval{m.interval}
		var recorded int64
		for _, g := range c.gaps {
			var next []interval
			for _, l := range left {
				next = append(next, without(l, g.interval)...)
			}
			if !slices.Equal(left, next) {
				recorded = max(recorded, g.recorded)
			}
			left = next
		}
		if len(left) == 0 {
			c.r.Gaps++
			c.r.note("segment %s: %s: frames %d to %d are missing; this was recorded as a gap on %s", m.segment, m.what, m.first, m.last, dateOf(recorded))
			continue
		}
		explained[m.segment] = false
		for _, l := range left {
			c.r.find("segment %s: %s: frames %d to %d are missing", m.segment, m.what, l.first, l.last)
		}
	}
	for _, d := range c.doubts {
		if explained[d.segment] {
			c.r.note("segment %s: %s; the frames that it lacks explain that", d.segment, d.what)
		} else {
			c.r.find("segment %s: %s", d.segment, d.what)
		}
	}
}

// without returns what is left of an interval.
func without(of, gone interval) []interval {
	if gone.last < of.first || gone.first > of.last {
		return []interval{of}
	}
	var left []interval
	if gone.first > of.first {
		left = append(left, interval{of.first, gone.first - 1})
	}
	if gone.last < of.last {
		left = append(left, interval{gone.last + 1, of.last})
	}
	return left
}

// dateOf writes a time of ticks for people.
func dateOf(ticks int64) string {
	return time.Unix((ticks-unixEpochTicks)/ticksPerSecond, 0).UTC().Format(time.RFC3339)
}

// gap notes what a frame records that the journal lacks.
func (c *checker) gap(f *Frame) {
	var g gap
	if json.Unmarshal(f.Body, &g) != nil {
		return // a finding of its own: the decoder refuses it
	}
	if g.Reason == reasonDamaged || g.Reason == reasonRebuilt {
		c.gaps = append(c.gaps, knownGap{interval{g.FirstSeq >> SeqShift, g.LastSeq >> SeqShift}, f.Received})
	}
}

// batchOnly reports whether the damage before a frame is that of an interrupted
// batch.
func (r *segmentReport) batchOnly(from int64) bool {
	for _, d := range r.damage {
		if d.from == from {
			return d.sameBatch
		}
	}
	return false
}

// readHead returns the flags of a segment's header.
func readHead(fsys durable.FS, seg segmentPath, id storeID) (uint32, error) {
	f, err := fsys.OpenFile(seg.path, os.O_RDONLY, 0)
	if err != nil {
		return 0, err
	}
	h := make([]byte, segmentHeader)
	_, err = f.ReadAt(h, 0)
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	return checkHeader(h, id, seg.first)
}

// found is what a table has of a frame.
type found struct {
	rows, different int64
	lo, hi          int64 // sequences
	sum             int64 // of all sequences, mixed
}

// mixed and mixedSQL make of a sequence what can be summed up over a frame, so that
// no two sets of rows which differ in one or two places have the same sum.
func mixed(seq int64) int64 {
	n := seq & (1<<SeqShift - 1)
	return n * (n%8191 + 1)
}

const mixedSQL = "(_Seq & 16777215) * ((_Seq & 16777215) % 8191 + 1)"

// counts returns what each table has of the frames from first to last, to be
// compared with what their decoding gives.
func (c *checker) counts(ctx context.Context, first, last int64) (map[tableKey]map[int64]found, error) {
	m := map[tableKey]map[int64]found{}
	if c.db == nil || c.o.Decode == nil || last < first {
		return m, nil
	}
	for _, k := range sortedKeys(c.state.tables) {
		frames := map[int64]found{}
		err := query(ctx, c.db.Writer, fmt.Sprintf(
			"SELECT _Seq >> %d AS n, count(*), count(DISTINCT _Seq), min(_Seq), max(_Seq), sum(%s)::BIGINT FROM %s WHERE _Seq BETWEEN %d AND %d GROUP BY n",
			SeqShift, mixedSQL, c.state.tables[k].def.physical, first<<SeqShift, min(lastSeq(min(last, 1<<38)), c.state.seq)), func(scan func(...any) error) error {
			var n int64
			var f found
			if err := scan(&n, &f.rows, &f.different, &f.lo, &f.hi, &f.sum); err != nil {
				return err
			}
			frames[n] = f
			return nil
		})
		if err != nil {
			c.r.find("table %s of workspace %s cannot be read: %v; rebuild the tables", k.table, k.workspace, err)
			continue
		}
		m[k] = frames
	}
	return m, nil
}

// frame checks a frame of the journal, and takes what it accounts for out of
// counts.
func (c *checker) frame(ctx context.Context, s *stored, counts map[tableKey]map[int64]found) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.r.Frames++
	f, err := s.decodeFrame(true)
	if err != nil {
		c.r.find("frame %d: %v", s.n, err)
		return nil
	}
	if f.ContentType == gapContentType {
		c.gap(f)
	}
	if c.seen.take(f) {
		c.r.find("frame %d has positions or a key that an earlier frame has", s.n)
	}
	if f.Seq > c.state.seq || c.db == nil || c.o.Decode == nil {
		return nil
	}
	c.r.Compared++
	want := map[tableKey]found{}
	for _, ch := range c.twin.decode(f) {
		k := tableKey{ch.Workspace, ch.Table}
		e := want[k]
		// The cut may be within the frame.
		if n := duck.RowsUpto(ch, c.state.seq); n > 0 {
			last := ch.Int64("_Seq", n-1)
			if e.rows == 0 {
				e.lo, e.hi = ch.MinSeq, last
			}
			for row := range n {
				e.sum += mixed(ch.Int64("_Seq", row))
			}
			e.rows, e.different = e.rows+int64(n), e.different+int64(n)
			e.lo, e.hi = min(e.lo, ch.MinSeq), max(e.hi, last)
			want[k] = e
		}
		ch.Release()
	}
	for k, e := range want {
		have := counts[k][s.n]
		delete(counts[k], s.n)
		if have == e {
			continue
		}
		gone := false
		for _, x := range c.expired[k] {
			gone = gone || f.Received < x.before && e.lo <= x.upto
		}
		if !gone || have.rows > e.rows {
			c.r.find("frame %d: table %s of workspace %s has %d rows, %d different, from sequence %d to %d; the frame gives %d, from %d to %d",
				s.n, k.table, k.workspace, have.rows, have.different, have.lo, have.hi, e.rows, e.lo, e.hi)
		}
	}
	return nil
}

// onceRecord checks that the tables record every position and key that the
// journal's frames up to the cut have.
func (c *checker) onceRecord() {
	for _, seg := range c.segs {
		_, err := readSegment(c.o.FS, seg, c.id, c.r.CutFrame+1, func(s *stored) error {
			f, err := s.decodeFrame(false)
			if err != nil {
				return nil // reported before
			}
			if f.Incarnation != "" {
				run, ok := overlap(c.held.positions[origin{f.Workspace, f.Origin, f.Incarnation}], interval{f.First, f.Last})
				if !ok || run.first > f.First || run.last < f.Last {
					c.r.find("frame %d: positions %d to %d of %s are not on record", s.n, f.First, f.Last, f.Origin)
				}
			}
			if f.Key != nil && f.keyExpires() > c.o.Clock() {
				if _, ok := c.held.keys[sumKey(f)]; !ok {
					c.r.find("frame %d: its key is not on record", s.n)
				}
			}
			return nil
		})
		if err != nil {
			c.r.find("segment %s: %v", filepath.Base(seg.path), err)
		}
	}
}
