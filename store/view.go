package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"lazuli.dev/lazuli/chunk"
	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/schema"
)

// stateRing has the latest states of the file, by version.
type stateRing struct {
	mu   sync.Mutex
	list []*fileState
}

// keptStates is how many states a reader may be behind before it tries again.
const keptStates = 8

func (r *stateRing) put(s *fileState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.list) >= keptStates {
		r.list = append([]*fileState(nil), r.list[1:]...)
	}
	r.list = append(r.list, s)
}

func (r *stateRing) drop(s *fileState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.list {
		if r.list[i] == s {
			r.list = append(r.list[:i:i], r.list[i+1:]...)
			return
		}
	}
}

func (r *stateRing) get(version int64) *fileState {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.list {
		if s.version == version {
			return s
		}
	}
	return nil
}

// A View is a consistent picture of every table: all frames up to [View.Stable]
// and of later ones nothing. It is for one query at a time. It keeps memory and
// an engine's snapshot alive, so close it soon; the end of the context that it
// was made with closes it too, once the running query has ended.
type View struct {
	s      *Store
	conn   *sql.Conn
	hot    hotView
	state  *fileState
	snap   *duck.Snapshot
	unhook func() bool

	once sync.Once
	err  error
}

// A TableState is a table as a view sees it.
type TableState struct {
	Name             string
	Columns          []schema.Column // built-in ones and those found at run time, without the system columns
	Rows             int64
	MinTime, MaxTime int64 // of TimeGenerated, ticks; 0 and 0 when there are no rows
	Bytes            int64 // memory of the rows that are not in the file yet
	Latest           int64 // latest time of receipt, ticks; 0 when unknown
}

// A Branch is a part of a table's rows. The branches of a table have no row in
// common.
type Branch struct {
	// From is an SQL FROM item.
	From string
	// Where is an SQL condition that every read of the branch must have. It is "" now
	// for every kind of branch.
	Where string
	// Native says that it is a table of the engine: it has a rowid, and bounds on
	// columns skip what they exclude.
	Native bool
	// Rows is how many it has.
	Rows int64

	have func(physical string) bool
}

// Has reports whether the branch has a physical column. What it lacks is null
// in its rows, or the empty text in a string column.
func (b Branch) Has(physical string) bool { return b.have(physical) }

// Bounds are hints that let a branch leave out what a query does not ask for.
type Bounds = duck.Bounds

// View makes a view of what is visible now.
func (s *Store) View(ctx context.Context) (*View, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	s.dbLock.RLock()
	v, err := s.view(ctx)
	if err != nil && s.noticed(err) || s.broken.Load() && err != nil {
		// The engine does not go on by itself after some errors.
		s.dbLock.RUnlock()
		err = s.repair(ctx)
		s.dbLock.RLock()
		if err == nil {
			v, err = s.view(ctx)
		}
	}
	if err != nil {
		s.dbLock.RUnlock()
		s.leave()
		return nil, fmt.Errorf("open view: %w", tablesFull(err))
	}
	s.stats.views.Add(1)
	v.unhook = context.AfterFunc(ctx, v.release) // which does not read unhook: it may run before this is set
	return v, nil
}

func (s *Store) view(ctx context.Context) (*View, error) {
	if s.db == nil {
		return nil, errClosedTables
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	for range 100 {
		// The hot list first: what a cut moves meanwhile is then seen twice and left
		// out of the hot part, not missed.
		v := &View{s: s, conn: conn, hot: s.hot.snapshot()}
		var version int64
		if err = exec(ctx, conn, "BEGIN TRANSACTION READ ONLY"); err == nil {
			err = conn.QueryRowContext(ctx, "SELECT max(version) FROM lazuli_cuts").Scan(&version)
		}
		if err != nil {
			v.hot.release()
			break
		}
		if v.state = s.states.get(version); v.state != nil {
			// A cut may end within a frame. Of one that the hot part does not have that would
			// be a piece.
			if v.state.whole() || v.state.seq <= lastSeq(v.hot.published) {
				v.cutHot()
				return v, nil
			}
		}
		v.hot.release()
		if err = exec(ctx, conn, "ROLLBACK"); err != nil {
			break
		}
		err = errors.New("the tables changed too often")
	}
	_ = exec(context.WithoutCancel(ctx), conn, "ROLLBACK") // where there is no transaction it fails, and that is well
	return nil, errors.Join(err, conn.Close())
}

// cutHot leaves out of the hot part what the file has, and publishes the rest
// to the engine.
func (v *View) cutHot() {
	tables := make(map[string]*duck.Rows, len(v.hot.tables))
	for k, list := range v.hot.tables {
		i := 0
		for i < len(list) && list[i].MaxSeq <= v.state.seq {
			list[i].Release()
			i++
		}
		if list = list[i:]; len(list) == 0 {
			delete(v.hot.tables, k)
			continue
		}
		v.hot.tables[k] = list
		def, _ := v.s.catalog.def(k)
		tables[hotName(k)] = &duck.Rows{Specs: def.specs, Chunks: list, After: v.state.seq}
	}
	v.snap = duck.NewSnapshot(tables)
}

// hotName is what the table function calls a table.
func hotName(k tableKey) string {
	return fmt.Sprintf("%d:%s/%s", len(k.workspace), k.workspace, k.table)
}

// Conn returns the connection on which the view's SQL must run. Leave the
// transaction that it is in as it is.
func (v *View) Conn() *sql.Conn { return v.conn }

// Stable returns the highest sequence that the view has.
func (v *View) Stable() int64 { return lastSeq(max(v.hot.published, v.state.frames())) }

// lastSeq returns the highest sequence that a row of a frame can have.
func lastSeq(frame int64) int64 { return frame<<SeqShift | (1<<SeqShift - 1) }

// Tables returns the tables of a workspace that have or had a row, sorted.
func (v *View) Tables(workspace string) []TableState {
	keys := map[tableKey]bool{}
	for k := range v.state.tables {
		keys[k] = k.workspace == workspace
	}
	for k := range v.hot.tables {
		keys[k] = k.workspace == workspace
	}
	var out []TableState
	for _, k := range sortedKeys(keys) {
		if keys[k] {
			t, _ := v.Table(workspace, k.table)
			out = append(out, t)
		}
	}
	return out
}

// Workspaces returns the workspaces that have or had a row, sorted.
func (v *View) Workspaces() []string {
	all := map[tableKey]bool{}
	for k := range v.state.tables {
		all[tableKey{workspace: k.workspace}] = true
	}
	for k := range v.hot.tables {
		all[tableKey{workspace: k.workspace}] = true
	}
	var out []string
	for _, k := range sortedKeys(all) {
		out = append(out, k.workspace)
	}
	return out
}

// Table returns a table that has or had a row.
func (v *View) Table(workspace, name string) (TableState, bool) {
	k := tableKey{workspace, name}
	file, list := v.state.tables[k], v.hot.tables[k]
	if file == nil && len(list) == 0 {
		return TableState{}, false
	}
	def, _ := v.s.catalog.def(k)
	t := TableState{Name: name, Columns: def.columns}
	if file != nil {
		t.Rows, t.MinTime, t.MaxTime, t.Latest = file.rows, file.minTime, file.maxTime, file.latest
	}
	for _, c := range list {
		if t.Rows == 0 {
			t.MinTime, t.MaxTime = c.MinTime, c.MaxTime
		}
		t.MinTime, t.MaxTime = min(t.MinTime, c.MinTime), max(t.MaxTime, c.MaxTime)
		t.Latest = max(t.Latest, latestIn(c))
		t.Bytes += c.Bytes()
		t.Rows += rowsAfter([]*chunk.Chunk{c}, v.state.seq)
	}
	return t, true
}

// latestIn is the time of receipt of a chunk's last row, ticks. Rows are in the order in which their frames were
// numbered, which is that of their receipt but for uploads that came at the same moment.
func latestIn(c *chunk.Chunk) int64 {
	if c.Rows == 0 {
		return 0
	}
	return c.Int64("_TimeReceived", c.Rows-1)
}

// Branches returns the branches of a table that have rows: the file's first.
func (v *View) Branches(workspace, table string) []Branch {
	return v.BranchesWithin(workspace, table, Bounds{})
}

// BranchesWithin returns the branches of a table that may have rows within
// bounds. The bounds are hints: the query has its conditions all the same.
func (v *View) BranchesWithin(workspace, table string, b Bounds) []Branch {
	k := tableKey{workspace, table}
	var out []Branch
	if t := v.state.tables[k]; t != nil && t.rows > 0 && (b.From == 0 || t.maxTime >= b.From) && (b.To == 0 || t.minTime < b.To) &&
		(b.After == 0 || v.state.seq > b.After) {
		out = append(out, Branch{From: t.def.physical, Native: true, Rows: t.rows, have: t.def.has})
	}
	if list := v.hot.tables[k]; len(list) > 0 {
		def, _ := v.s.catalog.def(k)
		out = append(out, Branch{From: v.snap.From(hotName(k), b), Rows: rowsAfter(list, v.state.seq), have: def.has})
	}
	return out
}

func (d *tableDef) has(physical string) bool { _, ok := d.index[physical]; return ok }

// rowsAfter counts the rows above a sequence.
func rowsAfter(list []*chunk.Chunk, seq int64) (n int64) {
	for _, c := range list {
		n += int64(c.Rows)
		if c.MinSeq <= seq {
			n -= int64(duck.RowsUpto(c, seq))
		}
	}
	return n
}

// Close gives back what the view holds. Further calls return the same.
func (v *View) Close() error {
	v.unhook()
	v.release()
	return v.err
}

func (v *View) release() {
	v.once.Do(func() {
		// A query that was interrupted has ended the transaction already.
		_ = exec(context.Background(), v.conn, "ROLLBACK")
		v.err = v.conn.Close()
		v.snap.Drop()
		v.hot.release()
		v.s.stats.views.Add(-1)
		v.s.dbLock.RUnlock()
		v.s.leave()
	})
}
