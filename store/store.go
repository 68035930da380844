package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"lazuli.dev/lazuli/chunk"
	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/internal/durable"
)

// The names in a store's directory.
const (
	lockFile    = "LOCK"
	versionFile = "VERSION"
	journalDir  = "journal"
	cursorDir   = "cursors"
	tempDir     = "tmp"
)

// storeVersion is the version of the directory's layout and of the journal.
const storeVersion = 1

// Where the store makes things durable, beside the journal.
const (
	siteVersion durable.Site = "version" // .file and .dir
	siteData    durable.Site = "data.dir"
	siteParent  durable.Site = "data.parent"
)

// A Store is an open store. Its methods may be called at the same time.
type Store struct {
	dir     string
	opts    Options
	log     *slog.Logger
	id      storeID
	unlock  func() error
	tables  string // name of the database file
	journal *journal
	hot     *hot
	once    *once
	catalog *catalog
	cursors *cursors

	state  atomic.Pointer[fileState] // what the file holds
	states stateRing                 // the same and those before, for readers

	// dbLock is held for reading by views as long as they live, and for writing
	// while the database is closed and opened again after an error.
	dbLock sync.RWMutex
	db     *duck.DB // nil while it cannot be opened
	raw    *os.File // the same file, to read what a checkpoint writes over

	// writing is held while the tables are written: by cuts and by retention. It
	// covers the engine's writer connection and what follows; it is taken before
	// dbLock.
	writing       sync.Mutex
	checkpointDue bool
	cutHalvings   int          // how often the cuts' share of the engine's memory is halved
	uncertain     *fileState   // of a commit that failed and may have happened
	broken        atomic.Bool  // the engine refuses to go on until it is opened again
	checkpointed  atomic.Int64 // last frame that is in the main part of the file

	retaining sync.Mutex // held during retention; taken before writing

	cutErr  error // of the last cut; under hot.mu
	blocked int   // Ingests that wait for memory; under hot.mu
	// blockedNeed is what the last of them needs; under hot.mu.
	blockedNeed int64

	kick       chan struct{} // asks for a cut
	mergeKick  chan struct{}
	stop       chan struct{}
	stopWrites chan struct{}
	writes     bool // the journal's writer has been started
	background sync.WaitGroup

	users struct {
		sync.Mutex
		n      int
		closed bool
		idle   chan struct{} // closed when there is none left after Close
	}
	stats counters
}

// Open opens the store in a directory, or makes one. It takes the directory's
// lock, recovers what a crash left, and decodes the frames that are not in the
// tables. Damage of the journal does not keep it from opening: what is missing is
// recorded in the table [GapsTable].
func Open(ctx context.Context, dir string, o Options) (*Store, error) {
	if o.Decode == nil {
		return nil, errors.New("open store: Options.Decode is required")
	}
	s, err := open(ctx, dir, tablesFile, o)
	if err != nil {
		return nil, err
	}
	s.background.Add(1)
	go s.retainer()
	return s, nil
}

// open opens a store whose tables are in a given file.
func open(ctx context.Context, dir, tables string, o Options) (_ *Store, err error) {
	o = o.withDefaults()
	s := &Store{dir: dir, tables: tables, opts: o, log: o.Log, once: newOnce(), catalog: newCatalog(),
		kick: make(chan struct{}, 1), mergeKick: make(chan struct{}, 1), stop: make(chan struct{}), stopWrites: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("open store %s: %w", dir, err), s.abandon())
		}
	}()
	fresh, err := s.layout()
	if err != nil {
		return nil, err
	}
	if err := s.discardUnborn(); err != nil {
		return nil, err
	}
	_, statErr := o.FS.Stat(filepath.Join(dir, tables))
	if err := s.openDatabase(ctx); err != nil {
		return nil, fmt.Errorf("%w; the tables can be rebuilt from the journal", err)
	}
	state, err := openTables(ctx, s.db, &s.id, fresh, s.catalog, s.once, o.Clock())
	if err != nil {
		return nil, err
	}
	if o.Known != nil {
		o.Known(s.catalog.columns)
	}
	made, err := s.makeUndo()
	switch {
	case err != nil:
	case fresh:
		// It completes a new store.
		err = writeVersion(o.FS, dir, s.id)
	case statErr != nil || made:
		// The database was missing and is made again; its name must be durable before
		// the journal lets go of anything.
		err = o.FS.SyncDir(siteData, dir)
	}
	if err != nil {
		return nil, err
	}
	if err := compactPositions(ctx, s.db.Writer, s.once); err != nil {
		return nil, err
	}
	if _, err := compactRecords(ctx, s.db.Writer, o.Clock()); err != nil {
		return nil, err
	}
	s.once.lookup = s.storedKey
	// Whatever a crash left in the engine's log goes into the main file.
	s.checkpointDue = true
	s.state.Store(state)
	s.states.put(state)
	s.checkpointIfDue(ctx)
	if s.cursors, err = openCursors(o.FS, filepath.Join(dir, cursorDir), s.log); err != nil {
		return nil, err
	}
	s.hot = newHot(state.seq)
	s.journal = &journal{
		fs: o.FS, dir: filepath.Join(dir, journalDir), id: s.id, limit: o.SegmentBytes, now: o.Clock, log: s.log,
		reqs: make(chan *appendRequest), stopped: make(chan struct{}),
	}
	s.background.Add(2)
	go s.cutter()
	go s.merger()
	rec, err := s.replay(ctx, state.frames())
	if err != nil {
		return nil, err
	}
	s.writes = true
	go s.journal.write(s.stopWrites)
	s.recordProblems(ctx, rec)
	return s, nil
}

// layout takes the lock and makes the directories that are missing. It reports
// whether the store has to be made.
func (s *Store) layout() (fresh bool, err error) {
	fsys := s.opts.FS
	var made []string
	for d := filepath.Clean(s.dir); ; d = filepath.Dir(d) {
		if _, err := fsys.Stat(d); err == nil || d == filepath.Dir(d) {
			break
		}
		made = append(made, d)
	}
	if err := fsys.MkdirAll(s.dir, 0o700); err != nil {
		return false, err
	}
	for _, d := range made {
		if err := fsys.SyncDir(siteParent, filepath.Dir(d)); err != nil {
			return false, err
		}
	}
	if s.unlock, err = durable.Lock(filepath.Join(s.dir, lockFile)); err != nil {
		return false, err
	}
	for _, d := range []string{journalDir, cursorDir, tempDir} {
		if err := fsys.MkdirAll(filepath.Join(s.dir, d), 0o700); err != nil {
			return false, err
		}
	}
	s.id, err = readVersion(fsys, s.dir)
	if errors.Is(err, errGarbled) {
		return false, fmt.Errorf("%w; `lazuli rebuild` makes it again from the journal", err)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	// VERSION is the last thing that is written of a new store and the first frame
	// follows it, so without it there is at most an empty database.
	segs, err := listSegments(fsys, filepath.Join(s.dir, journalDir))
	if err != nil {
		return false, err
	}
	if len(segs) > 0 {
		return false, fmt.Errorf("the file %s is missing but there is a journal; `lazuli rebuild` makes it again from that", versionFile)
	}
	_, err = rand.Read(s.id[:])
	return true, err
}

// replay decodes the frames above a cut again.
func (s *Store) replay(ctx context.Context, cut int64) (*recovery, error) {
	workers := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	next := cut + 1
	rec, err := s.journal.open(cut, func(st *stored) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if st.n != next { // damage: frames are missing
			wg.Wait()
			s.hot.skip(st.n - 1)
		}
		next = st.n + 1
		f, err := st.decodeFrame(true)
		if err != nil {
			// Its checksum was right, so this program does not know how to read it. Its
			// bytes stay in the journal.
			s.log.Error("frame of the journal cannot be read", "frame", st.n, "error", err)
			f = &Frame{Seq: st.n << SeqShift, Workspace: "default", Received: s.opts.Clock(), Body: append([]byte(nil), st.body...)}
		} else {
			s.once.take(f)
		}
		need := memoryNeed(f)
		err = s.reserve(ctx, need)
		if errors.Is(err, ErrNoSpace) {
			// The tables cannot be written now. All this was in memory before the restart.
			err = nil
			s.hot.mu.Lock()
			s.hot.inFlight += need
			s.hot.mu.Unlock()
		}
		if err != nil {
			return err
		}
		workers <- struct{}{}
		wg.Add(1)
		go func() {
			defer func() { <-workers; wg.Done() }()
			s.finish(f, need)
		}()
		s.stats.replayed.Add(1)
		return nil
	})
	wg.Wait()
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	s.hot.skip(s.journal.next - 1)
	return rec, nil
}

// Ingest makes a frame durable, decodes it, and returns when its rows are
// visible. When it returns an error other than ErrNoSpace, ErrKeyReuse or
// OverlapError the frame may be durable all the same: sending it again with
// its positions or key is safe. After ctx has ended, Ingest still finishes what
// it has handed to the disk.
func (s *Store) Ingest(ctx context.Context, f Frame) (Receipt, error) {
	if err := s.enter(); err != nil {
		return Receipt{}, err
	}
	defer s.leave()
	switch {
	case f.Workspace == "" || strings.ContainsRune(f.Workspace, 0):
		return Receipt{}, fmt.Errorf("ingest: %q is no name of a workspace", f.Workspace)
	case len(f.Body) > MaxBody:
		return Receipt{}, fmt.Errorf("ingest: a body of %d bytes; the most is %d, send it in parts", len(f.Body), MaxBody)
	case f.Incarnation != "" && f.Last < f.First:
		return Receipt{}, fmt.Errorf("ingest: positions %d to %d run backwards", f.First, f.Last)
	case f.ContentType == gapContentType:
		return Receipt{}, fmt.Errorf("ingest: content type %s is the store's own", gapContentType)
	}
	return s.ingest(ctx, f)
}

func (s *Store) ingest(ctx context.Context, f Frame) (Receipt, error) {
	now := s.opts.Clock()
	if f.Received == 0 {
		f.Received = now
	}
	if f.Key != nil {
		f.bodySum = sumBody(f.Body)
	}
	t, dup, err := s.once.claim(ctx, &f, now)
	if err != nil {
		return Receipt{}, fmt.Errorf("ingest: %w", err)
	}
	if dup != 0 {
		s.stats.duplicates.Add(1)
		return Receipt{Duplicate: true, Seq: max(dup, 0) << SeqShift}, nil
	}
	need := memoryNeed(&f)
	err = s.diskRoom(need)
	if err == nil {
		err = s.reserve(ctx, need)
	}
	if err != nil {
		t.decide(0)
		return Receipt{}, fmt.Errorf("ingest: %w", err)
	}
	n, err := s.journal.append(ctx, encodeFrame(&f, s.id))
	t.decide(n)
	if err != nil {
		s.unreserve(need)
		s.stats.failures.Add(1)
		return Receipt{}, fmt.Errorf("ingest: %w", err)
	}
	f.Seq = n << SeqShift
	s.stats.frames.Add(1)
	s.stats.bodyBytes.Add(int64(len(f.Body)))
	return s.finish(&f, need), nil
}

// finish decodes a durable frame and makes it visible. It cannot fail: what
// cannot be decoded goes into the quarantine.
func (s *Store) finish(f *Frame, need int64) Receipt {
	chunks := s.decode(f)
	r := Receipt{Seq: f.Seq, Rows: make(map[string]int, len(chunks))}
	keys := make([]tableKey, 0, len(chunks))
	for _, c := range chunks {
		if c.Table == quarantineTable {
			r.Quarantined += c.Rows
		} else {
			r.Rows[c.Table] += c.Rows
		}
		s.stats.rows.Add(int64(c.Rows))
		keys = append(keys, tableKey{c.Workspace, c.Table})
	}
	s.stats.quarantined.Add(int64(r.Quarantined))
	mark := frameMark{n: f.Seq >> SeqShift, received: f.Received}
	if f.Incarnation != "" {
		mark.origin = &origin{f.Workspace, f.Origin, f.Incarnation}
		mark.run = interval{f.First, f.Last}
	}
	if f.Key != nil {
		k := sumKey(f)
		mark.key = &k
		mark.keyEntry = keyEntry{body: f.bodySum, n: mark.n, expires: f.keyExpires()}
	}
	s.hot.publish(&decoded{chunks: chunks, mark: mark, need: need})
	if s.cutDue() {
		ask(s.kick)
	}
	ask(s.mergeKick)
	for {
		k, ok := s.hot.crowded(keys, mergeNow)
		if !ok || !s.hot.merge(k) {
			return r
		}
	}
}

// ask wakes a background task, if it is not awake.
func ask(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// memoryNeed guesses what a frame's chunks will take: about its body.
func memoryNeed(f *Frame) int64 {
	n := int64(len(f.Body))
	if f.Encoding == "gzip" && n >= 4 {
		tail := f.Body[n-4:]
		size := int64(tail[0]) | int64(tail[1])<<8 | int64(tail[2])<<16 | int64(tail[3])<<24
		n = max(n, min(size, 64<<20))
	}
	return n
}

// reserve waits until there is memory for a frame. One that is larger than the
// limit gets it when there is nothing else.
func (s *Store) reserve(ctx context.Context, need int64) error {
	h := s.hot
	h.mu.Lock()
	failed := s.cutErr
	for h.bytes+h.inFlight+need > s.opts.HotBytes && h.bytes+h.inFlight > 0 {
		if s.cutErr != nil && s.cutErr != failed || failed != nil && h.inFlight == 0 {
			err := s.cutErr
			h.mu.Unlock()
			if errors.Is(err, ErrNoSpace) {
				return fmt.Errorf("memory is full and the tables cannot be written: %w", err)
			}
			return fmt.Errorf("%w: %w", ErrMemoryFull, err)
		}
		s.blocked++
		s.blockedNeed = need
		c := h.change()
		h.mu.Unlock()
		s.stats.waits.Add(1)
		ask(s.kick)
		var err error
		select {
		case <-c:
		case <-ctx.Done():
			err = ctx.Err()
		case <-s.stop:
			err = ErrClosed
		}
		h.mu.Lock()
		s.blocked--
		if err != nil {
			h.mu.Unlock()
			return err
		}
	}
	h.inFlight += need
	h.mu.Unlock()
	return nil
}

func (s *Store) unreserve(need int64) {
	s.hot.mu.Lock()
	defer s.hot.mu.Unlock()
	s.hot.inFlight -= need
	s.hot.wake()
}

// decode runs Options.Decode and checks what it gives.
func (s *Store) decode(f *Frame) []*chunk.Chunk {
	chunks, err := s.tryDecode(f)
	if err == nil {
		return chunks
	}
	for _, c := range chunks {
		if c != nil {
			c.Release()
		}
	}
	s.stats.decodeFailures.Add(1)
	s.log.Error("frame cannot be decoded; its bytes are in the quarantine", "frame", f.Seq>>SeqShift, "origin", f.Origin, "error", err)
	q := quarantine(f, err)
	if err := s.check(f, q); err != nil {
		q.Release()
		s.log.Error("frame cannot be quarantined; its bytes are in the journal", "frame", f.Seq>>SeqShift, "error", err)
		return nil
	}
	return []*chunk.Chunk{q}
}

func (s *Store) tryDecode(f *Frame) (chunks []*chunk.Chunk, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	if f.ContentType == gapContentType {
		chunks, err = decodeGap(f)
	} else {
		chunks, err = s.opts.Decode(*f)
	}
	for _, c := range chunks {
		if err == nil {
			err = s.check(f, c)
		}
	}
	return chunks, err
}

// check says what is wrong with a chunk, and makes its table and columns known.
func (s *Store) check(f *Frame, c *chunk.Chunk) error {
	switch {
	case c == nil:
		return errors.New("the decoder gave no chunk where it should")
	case c.Workspace != f.Workspace:
		return fmt.Errorf("the decoder gave rows of workspace %q", c.Workspace)
	case c.MinSeq < f.Seq || c.MaxSeq > lastSeq(f.Seq>>SeqShift):
		return fmt.Errorf("the decoder gave rows of sequence %d to %d to frame %d", c.MinSeq, c.MaxSeq, f.Seq)
	}
	if !ascends(c) {
		return errors.New("the decoder gave rows that are not in the order of their sequence")
	}
	return s.catalog.admit(c)
}

// ascends reports whether each row of a chunk has a higher _Seq than the one
// before: a cut may end between any two rows.
func ascends(c *chunk.Chunk) bool {
	last := c.MinSeq - 1
	for row := range c.Rows {
		seq := c.Int64("_Seq", row)
		if seq <= last {
			return false
		}
		last = seq
	}
	return true
}

// Stable returns the highest sequence up to which everything is visible.
func (s *Store) Stable() int64 {
	s.hot.mu.Lock()
	defer s.hot.mu.Unlock()
	return lastSeq(s.hot.published)
}

// Wait blocks until [Store.Stable] is higher than a sequence.
func (s *Store) Wait(ctx context.Context, seq int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-s.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	if err := s.hot.wait(ctx, (seq+1)>>SeqShift); err != nil {
		select {
		case <-s.stop:
			return ErrClosed
		default:
			return err
		}
	}
	return nil
}

// merger joins small chunks in the background.
func (s *Store) merger() {
	defer s.background.Done()
	for {
		select {
		case <-s.stop:
			return
		case <-s.mergeKick:
		}
		for _, k := range s.hot.keys() {
			for s.hot.merge(k) {
				select {
				case <-s.stop:
					return
				default:
				}
			}
		}
	}
}

// enter counts a user of the store.
func (s *Store) enter() error {
	s.users.Lock()
	defer s.users.Unlock()
	if s.users.closed {
		return ErrClosed
	}
	s.users.n++
	return nil
}

func (s *Store) leave() {
	s.users.Lock()
	defer s.users.Unlock()
	if s.users.n--; s.users.n == 0 && s.users.closed {
		close(s.users.idle)
	}
}

// Close waits for those who use the store, makes a last cut, and gives the
// directory back. A store that was not closed loses nothing either.
func (s *Store) Close() error {
	s.users.Lock()
	if s.users.closed {
		s.users.Unlock()
		return nil
	}
	s.users.closed = true
	s.users.idle = make(chan struct{})
	if s.users.n == 0 {
		close(s.users.idle)
	}
	s.users.Unlock()
	close(s.stop)
	<-s.users.idle
	s.background.Wait()
	err := s.cut(context.Background(), false)
	return errors.Join(err, s.abandon())
}

// abandon gives back everything without writing anything.
func (s *Store) abandon() error {
	var err error
	select {
	case <-s.stop:
	default:
		close(s.stop)
	}
	s.background.Wait()
	if s.journal != nil {
		if s.writes {
			close(s.stopWrites)
			<-s.journal.stopped
			err = s.journal.closeCause
		} else {
			err = s.journal.finish()
		}
	}
	if s.hot != nil {
		s.hot.clear()
	}
	err = errors.Join(err, s.closeDatabase())
	if s.unlock != nil {
		err = errors.Join(err, s.unlock())
	}
	return err
}
