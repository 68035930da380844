package store

import (
	"context"
	"math/bits"
	"sync"
	"time"

	"lazuli.dev/lazuli/chunk"
)

// tableKey names a table of a workspace.
type tableKey struct{ workspace, table string }

// hot has the rows that are not in the tables yet, as chunks in the order of
// their sequence, and publishes them: a frame becomes visible only after every
// frame before it.
type hot struct {
	mu        sync.Mutex
	tables    map[tableKey]*hotTable
	published int64              // number of the highest frame that is visible
	waiting   map[int64]*decoded // by number: decoded, but not one before it
	frames    []frameMark        // published and not cut, in order
	bytes     int64              // of all chunks
	inFlight  int64              // bytes promised to frames that are not published
	cutSeq    int64              // what is in the file; of a chunk across it the rows above count
	barrier   int64              // sequence up to which a running cut may read; chunks are not merged across it
	oldest    time.Time          // when the oldest frame here was published
	changed   chan struct{}      // closed at the next publication or release of memory; nil: nobody waits
}

// A hotTable's slice is shared with views: it is appended to, or replaced, but
// never written where a view can see.
type hotTable struct {
	chunks  []*chunk.Chunk
	rows    int
	bytes   int64
	merging bool
}

// decoded is a frame on its way to being visible.
type decoded struct {
	chunks []*chunk.Chunk
	mark   frameMark
	need   int64 // what was promised to it
	done   chan struct{}
}

// frameMark is what a cut records of a frame.
type frameMark struct {
	n        int64
	received int64
	origin   *origin // nil: no positions
	run      interval
	key      *keySum // nil: no key
	keyEntry keyEntry
}

func newHot(seq int64) *hot {
	return &hot{tables: map[tableKey]*hotTable{}, waiting: map[int64]*decoded{}, cutSeq: seq, published: (seq+1)>>SeqShift - 1}
}

// wake tells everybody who waits for a change. The caller holds mu.
func (h *hot) wake() {
	if h.changed != nil {
		close(h.changed)
		h.changed = nil
	}
}

// change returns a channel that the next change closes. The caller holds mu.
func (h *hot) change() <-chan struct{} {
	if h.changed == nil {
		h.changed = make(chan struct{})
	}
	return h.changed
}

// publish makes a frame visible once all before it are, and waits for that.
func (h *hot) publish(d *decoded) {
	d.done = make(chan struct{})
	h.mu.Lock()
	h.waiting[d.mark.n] = d
	moved := false
	for {
		next, ok := h.waiting[h.published+1]
		if !ok {
			break
		}
		delete(h.waiting, next.mark.n)
		h.add(next)
		moved = true
	}
	if moved {
		h.wake()
	}
	h.mu.Unlock()
	<-d.done
}

// add makes the next frame visible. The caller holds mu.
func (h *hot) add(d *decoded) {
	if len(h.frames) == 0 {
		h.oldest = time.Now()
	}
	for _, c := range d.chunks {
		k := tableKey{c.Workspace, c.Table}
		t := h.tables[k]
		if t == nil {
			t = &hotTable{}
			h.tables[k] = t
		}
		t.chunks = append(t.chunks, c)
		t.rows += int(rowsAfter([]*chunk.Chunk{c}, h.cutSeq))
		t.bytes += c.Bytes()
		h.bytes += c.Bytes()
	}
	h.inFlight -= d.need
	h.frames = append(h.frames, d.mark)
	h.published = d.mark.n
	close(d.done)
}

// skip makes frames up to n, which do not exist, count as visible.
func (h *hot) skip(n int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.published = max(h.published, n)
}

// wait blocks until frame n is visible.
func (h *hot) wait(ctx context.Context, n int64) error {
	for {
		h.mu.Lock()
		if h.published >= n {
			h.mu.Unlock()
			return nil
		}
		c := h.change()
		h.mu.Unlock()
		select {
		case <-c:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// A hotView is the hot rows at one moment. The chunks are held.
type hotView struct {
	published int64
	tables    map[tableKey][]*chunk.Chunk
}

// snapshot returns what is visible and holds it.
func (h *hot) snapshot() hotView {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hold()
}

// hold is snapshot for a caller who holds mu.
func (h *hot) hold() hotView {
	v := hotView{published: h.published, tables: make(map[tableKey][]*chunk.Chunk, len(h.tables))}
	for k, t := range h.tables {
		for _, c := range t.chunks {
			c.Retain()
		}
		v.tables[k] = t.chunks[:len(t.chunks):len(t.chunks)]
	}
	return v
}

func (v hotView) release() {
	for _, list := range v.tables {
		for _, c := range list {
			c.Release()
		}
	}
}

// beginCut returns everything that is visible, held, and the marks of the frames
// that are not in the file as a whole, and keeps it together until endCut.
func (h *hot) beginCut() (hotView, []frameMark) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v := h.hold()
	h.barrier = lastSeq(v.published)
	return v, h.frames[:len(h.frames):len(h.frames)]
}

// endCut lets go of the chunks up to a sequence when the cut is in the file, and
// allows them to be merged otherwise. It returns the frames that it has let go of.
func (h *hot) endCut(seq int64, done bool) (cut []frameMark) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.barrier = 0
	if !done {
		h.wake()
		return nil
	}
	h.cutSeq = seq
	var gone []*chunk.Chunk
	for k, t := range h.tables {
		i := 0
		for i < len(t.chunks) && t.chunks[i].MaxSeq <= seq {
			c := t.chunks[i]
			t.bytes -= c.Bytes()
			h.bytes -= c.Bytes()
			gone = append(gone, c)
			i++
		}
		if i == len(t.chunks) && !t.merging {
			delete(h.tables, k)
			continue
		}
		t.chunks = append([]*chunk.Chunk(nil), t.chunks[i:]...)
		t.rows = int(rowsAfter(t.chunks, seq))
	}
	i := 0
	for i < len(h.frames) && lastSeq(h.frames[i].n) <= seq {
		i++
	}
	cut = h.frames[:i:i]
	h.frames = append([]frameMark(nil), h.frames[i:]...)
	h.oldest = time.Now() // what is left came while the cut ran
	for _, c := range gone {
		c.Release()
	}
	h.wake()
	return cut
}

// clear lets go of everything, at the end.
func (h *hot) clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.tables {
		for _, c := range t.chunks {
			c.Release()
		}
	}
	h.tables = map[tableKey]*hotTable{}
}

const (
	// mergeRun is how many chunks of about one size are joined: each row is copied
	// once for every power of it.
	mergeRun = 8
	// mergeRows and mergeBytes are from where joining chunks gains nothing: a query
	// takes as long for one chunk of this size as for two halves.
	mergeRows  = 8 * 2048
	mergeBytes = 8 << 20
	// mergeNow is the number of chunks from which whoever adds another helps.
	mergeNow = 256
)

// tier classes sizes by powers of mergeRun; large chunks have none.
func tier(c *chunk.Chunk) int {
	if c.Rows >= mergeRows || c.Bytes() >= mergeBytes {
		return -1
	}
	return bits.Len(uint(c.Rows)) / 3 // 8 is 1<<3
}

// crowded returns a table with so many chunks that they should be merged by
// whoever asks.
func (h *hot) crowded(keys []tableKey, limit int) (tableKey, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, k := range keys {
		if t := h.tables[k]; t != nil && len(t.chunks) >= limit && !t.merging {
			return k, true
		}
	}
	return tableKey{}, false
}

// keys returns the tables that have hot rows.
func (h *hot) keys() []tableKey {
	h.mu.Lock()
	defer h.mu.Unlock()
	keys := make([]tableKey, 0, len(h.tables))
	for k := range h.tables {
		keys = append(keys, k)
	}
	return keys
}

// merge joins a run of small chunks of a table, and reports whether there was
// one.
func (h *hot) merge(k tableKey) bool {
	h.mu.Lock()
	t := h.tables[k]
	if t == nil || t.merging {
		h.mu.Unlock()
		return false
	}
	run := t.run(max(h.barrier, h.cutSeq))
	if run == nil {
		h.mu.Unlock()
		return false
	}
	t.merging = true
	for _, c := range run {
		c.Retain()
	}
	h.mu.Unlock()

	m := chunk.Merge(run)

	h.mu.Lock()
	t.merging = false
	at := -1
	for i, c := range t.chunks {
		if c == run[0] {
			at = i
			break
		}
	}
	if at >= 0 { // else a cut was faster
		list := make([]*chunk.Chunk, 0, len(t.chunks)-len(run)+mergeRun)
		list = append(list, t.chunks[:at]...)
		list = append(list, m)
		t.chunks = append(list, t.chunks[at+len(run):]...)
		for _, c := range run {
			t.bytes -= c.Bytes()
			h.bytes -= c.Bytes()
		}
		t.bytes += m.Bytes()
		h.bytes += m.Bytes()
	} else if len(t.chunks) == 0 {
		delete(h.tables, k)
	}
	h.mu.Unlock()
	for _, c := range run {
		c.Release()
		if at >= 0 {
			c.Release()
		}
	}
	if at < 0 {
		m.Release()
	}
	return at >= 0
}

// run returns neighbours of one tier that are worth joining, above a sequence.
func (t *hotTable) run(barrier int64) []*chunk.Chunk {
	from := 0
	for from < len(t.chunks) && t.chunks[from].MinSeq <= barrier {
		from++
	}
	for from < len(t.chunks) {
		class := tier(t.chunks[from])
		to, rows, size := from, 0, int64(0)
		for to < len(t.chunks) && tier(t.chunks[to]) == class && class >= 0 && rows < 2*mergeRows && size < 2*mergeBytes {
			rows += t.chunks[to].Rows
			size += t.chunks[to].Bytes()
			to++
		}
		if to-from >= mergeRun {
			return t.chunks[from:to:to]
		}
		from = max(to, from+1)
	}
	return nil
}
