package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"sort"
	"strings"

	"lazuli.dev/lazuli/chunk"
	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/schema"
)

// tablesFile is the database's name in the store's directory.
const tablesFile = "tables.duckdb"

// tablesVersion is the version of the tables below.
const tablesVersion = 1

// The store's own tables in the database. Every transaction that changes rows
// adds a line to lazuli_cuts, with the next version, so that a reader can tell
// which state it sees; nothing is updated in place, because an old reader would
// then keep the engine from checkpointing.
const ownTables = `
CREATE TABLE lazuli_store(id VARCHAR NOT NULL, version INTEGER NOT NULL);
CREATE TABLE lazuli_cuts(version BIGINT NOT NULL, seq BIGINT NOT NULL, made_at BIGINT NOT NULL);
CREATE TABLE lazuli_tables(version BIGINT NOT NULL, workspace VARCHAR NOT NULL, name VARCHAR NOT NULL, "rows" BIGINT NOT NULL,
	min_time BIGINT NOT NULL, max_time BIGINT NOT NULL, latest BIGINT NOT NULL);
CREATE TABLE lazuli_columns(workspace VARCHAR NOT NULL, tbl VARCHAR NOT NULL, name VARCHAR NOT NULL, type VARCHAR NOT NULL, physical VARCHAR NOT NULL);
CREATE TABLE lazuli_positions(workspace VARCHAR NOT NULL, origin VARCHAR NOT NULL, incarnation VARCHAR NOT NULL, first BIGINT NOT NULL, last BIGINT NOT NULL);
CREATE TABLE lazuli_keys(key UUID NOT NULL, body UUID NOT NULL, n BIGINT NOT NULL, expires BIGINT NOT NULL);
CREATE TABLE lazuli_expired(workspace VARCHAR NOT NULL, name VARCHAR NOT NULL, received_before BIGINT NOT NULL, upto BIGINT NOT NULL, made_at BIGINT NOT NULL);
CREATE TABLE lazuli_released(below BIGINT NOT NULL, made_at BIGINT NOT NULL);
`

// A fileState is what the file holds after one of its transactions. It is never
// changed.
type fileState struct {
	version int64
	seq     int64 // every row up to this sequence is in it, and none above
	tables  map[tableKey]*fileTable
}

// A fileTable is a table of the file.
type fileTable struct {
	def              *tableDef // as the file has it
	rows             int64
	minTime, maxTime int64 // of TimeGenerated; 0 and 0 when there is no row
	latest           int64 // latest receipt
}

// frames returns the number of the last frame that is in the file as a whole. The
// next one may be there in part.
func (s *fileState) frames() int64 { return (s.seq+1)>>SeqShift - 1 }

// whole reports whether no frame is there in part.
func (s *fileState) whole() bool { return s.seq == lastSeq(s.frames()) }

// with returns the state after another transaction.
func (s *fileState) with(seq int64, changed map[tableKey]*fileTable) *fileState {
	n := &fileState{version: s.version + 1, seq: seq, tables: make(map[tableKey]*fileTable, len(s.tables)+len(changed))}
	for k, t := range s.tables {
		n.tables[k] = t
	}
	for k, t := range changed {
		n.tables[k] = t
	}
	return n
}

// openTables makes the store's own tables in a new file, and reads the state of
// an old one. Where the store is being made (adopt), a database that an earlier
// attempt left gives the store its id.
func openTables(ctx context.Context, db *duck.DB, id *storeID, adopt bool, cat *catalog, o *once, now int64) (*fileState, error) {
	conn := db.Writer
	var fresh int
	if err := conn.QueryRowContext(ctx, `SELECT count(*) FROM duckdb_tables() WHERE table_name = 'lazuli_store'`).Scan(&fresh); err != nil {
		return nil, err
	}
	if fresh == 0 {
		if err := transaction(ctx, conn, func() error {
			if err := exec(ctx, conn, ownTables); err != nil {
				return err
			}
			return exec(ctx, conn, fmt.Sprintf("INSERT INTO lazuli_store VALUES (%s, %d); INSERT INTO lazuli_cuts VALUES (0, %d, %d)",
				duck.Literal(hex.EncodeToString(id[:])), tablesVersion, lastSeq(0), now))
		}); err != nil {
			return nil, fmt.Errorf("make tables: %w", err)
		}
		if err := exec(ctx, conn, "CHECKPOINT"); err != nil {
			return nil, fmt.Errorf("make tables: %w", err)
		}
		return &fileState{seq: lastSeq(0), tables: map[tableKey]*fileTable{}}, nil
	}
	found, err := readIdentity(ctx, conn)
	if err != nil {
		return nil, err
	}
	if adopt {
		*id = found
	}
	if found != *id {
		return nil, errOtherStore
	}
	s, err := readState(ctx, conn, cat)
	if err != nil {
		return nil, err
	}
	if err := readPositions(ctx, conn, o); err != nil {
		return nil, err
	}
	if err := eachKey(ctx, conn, now, o.stored.add); err != nil {
		return nil, err
	}
	return s, nil
}

var errOtherStore = errors.New("the tables belong to another store than the journal; put the right file back, or rebuild the tables")

// readIdentity returns the id of the store that the tables belong to.
func readIdentity(ctx context.Context, conn *sql.Conn) (id storeID, err error) {
	var text string
	var version int
	if err := conn.QueryRowContext(ctx, "SELECT id, version FROM lazuli_store").Scan(&text, &version); err != nil {
		return id, fmt.Errorf("read lazuli_store: %w", err)
	}
	if version != tablesVersion {
		return id, fmt.Errorf("the tables have version %d, this program knows %d; use the program that wrote them, or rebuild the tables", version, tablesVersion)
	}
	return id, parseUUID(id[:], text)
}

func readState(ctx context.Context, conn *sql.Conn, cat *catalog) (*fileState, error) {
	s := &fileState{tables: map[tableKey]*fileTable{}}
	var err error
	if s.version, s.seq, err = readCut(ctx, conn); err != nil {
		return nil, err
	}
	found := map[tableKey][]schema.Column{}
	err = query(ctx, conn, "SELECT workspace, tbl, name, type, physical FROM lazuli_columns ORDER BY rowid", func(scan func(...any) error) error {
		var k tableKey
		var c schema.Column
		var typ string
		if err := scan(&k.workspace, &k.table, &c.Name, &typ, &c.Physical); err != nil {
			return err
		}
		c.Type, _ = types.Parse(typ)
		found[k] = append(found[k], c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read lazuli_columns: %w", err)
	}
	err = query(ctx, conn, `SELECT workspace, name, arg_max("rows", version), arg_max(min_time, version), arg_max(max_time, version), arg_max(latest, version)
		FROM lazuli_tables GROUP BY workspace, name`, func(scan func(...any) error) error {
		var k tableKey
		t := &fileTable{}
		if err := scan(&k.workspace, &k.table, &t.rows, &t.minTime, &t.maxTime, &t.latest); err != nil {
			return err
		}
		t.def = newDef(k)
		if cols := found[k]; len(cols) > 0 {
			t.def = t.def.with(cols)
		}
		s.tables[k] = t
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read lazuli_tables: %w", err)
	}
	for _, t := range s.tables {
		cat.set(t.def)
	}
	// A program that knows more built-in columns than the one that wrote the file
	// adds them at the next cut that needs them.
	have := map[string]map[string]bool{}
	err = query(ctx, conn, "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE schema_name LIKE 'ws:%'", func(scan func(...any) error) error {
		var sn, tn, cn string
		if err := scan(&sn, &tn, &cn); err != nil {
			return err
		}
		p := duck.Ident(sn) + "." + duck.Ident(tn)
		if have[p] == nil {
			have[p] = map[string]bool{}
		}
		have[p][cn] = true
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read columns: %w", err)
	}
	for k, t := range s.tables {
		cols := have[t.def.physical]
		if cols == nil {
			return nil, fmt.Errorf("table %s of workspace %s is missing from the file; rebuild the tables", k.table, k.workspace)
		}
		t.def = t.def.only(cols)
		delete(have, t.def.physical)
		if err := t.matches(ctx, conn, s.seq); err != nil {
			return nil, fmt.Errorf("table %s of workspace %s %w; rebuild the tables", k.table, k.workspace, err)
		}
	}
	for physical := range have {
		return nil, fmt.Errorf("table %s is in the file and not on record; rebuild the tables", physical)
	}
	return s, nil
}

// readCut returns the version of the file and the sequence of its last cut.
func readCut(ctx context.Context, conn *sql.Conn) (version, seq int64, err error) {
	var v, q sql.NullInt64
	if err := conn.QueryRowContext(ctx, "SELECT max(version), max(seq) FROM lazuli_cuts").Scan(&v, &q); err != nil {
		return 0, 0, fmt.Errorf("read lazuli_cuts: %w", err)
	}
	if !v.Valid || !q.Valid {
		return 0, 0, errors.New("the tables have no record of a cut, so what they hold cannot be told from what the journal holds; rebuild the tables")
	}
	return v.Int64, q.Int64, nil
}

// matches reports an error unless the table has the rows that the last cut says.
// A row too many, or one above the cut, would be read a second time from the
// journal.
func (t *fileTable) matches(ctx context.Context, conn *sql.Conn, seq int64) error {
	var rows int64
	if err := conn.QueryRowContext(ctx, "SELECT count(*) FROM "+t.def.physical).Scan(&rows); err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	if rows != t.rows {
		return fmt.Errorf("has %d rows, its record says %d", rows, t.rows)
	}
	var above bool
	err := conn.QueryRowContext(ctx, fmt.Sprintf("SELECT EXISTS (SELECT 1 FROM %s WHERE _Seq > %d)", t.def.physical, seq)).Scan(&above)
	if err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	if above {
		return errors.New("has rows above the last cut")
	}
	return nil
}

// only returns the definition without the physical columns that are not in have.
func (d *tableDef) only(have map[string]bool) *tableDef {
	n := *d
	n.parts, n.specs, n.index = nil, nil, map[string]int{}
	for i, p := range d.parts {
		if have[p.Name] {
			n.index[p.Name] = len(n.parts)
			n.parts = append(n.parts, p)
			n.specs = append(n.specs, d.specs[i])
		}
	}
	return &n
}

func readPositions(ctx context.Context, conn *sql.Conn, o *once) error {
	err := query(ctx, conn, "SELECT workspace, origin, incarnation, first, last FROM lazuli_positions ORDER BY ALL", func(scan func(...any) error) error {
		var k origin
		var r interval
		if err := scan(&k.workspace, &k.name, &k.incarnation, &r.first, &r.last); err != nil {
			return err
		}
		o.positions[k] = insert(o.positions[k], r)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read lazuli_positions: %w", err)
	}
	return nil
}

// eachKey calls fn with every key in the tables that has not expired.
func eachKey(ctx context.Context, conn *sql.Conn, now int64, fn func(k *keySum, expires int64)) error {
	var rows int64
	if err := conn.QueryRowContext(ctx, "SELECT coalesce(max(rowid) + 1, 0) FROM lazuli_keys").Scan(&rows); err != nil {
		return fmt.Errorf("read lazuli_keys: %w", err)
	}
	const page = 1 << 20
	for from := int64(0); from < rows; from += page {
		r, err := duck.Collect(ctx, conn, fmt.Sprintf("SELECT key, expires FROM lazuli_keys WHERE rowid >= %d AND rowid < %d AND expires > %d", from, from+page, now), duck.Limits{})
		if err != nil {
			return fmt.Errorf("read lazuli_keys: %w", err)
		}
		for _, b := range r.Batches {
			for row := range b.Rows {
				k := keySum(b.UUID(0, row))
				fn(&k, b.Int(1, row))
			}
		}
	}
	return nil
}

func parseUUID(dst []byte, s string) error {
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != len(dst) {
		return fmt.Errorf("malformed key %q", s)
	}
	copy(dst, b)
	return nil
}

// compactPositions rewrites the positions as the runs they have become, when that
// is much less than what is there. It runs at start, when what is held is what is
// there.
func compactPositions(ctx context.Context, conn *sql.Conn, o *once) error {
	var positions int
	if err := conn.QueryRowContext(ctx, "SELECT count(*) FROM lazuli_positions").Scan(&positions); err != nil {
		return fmt.Errorf("count the store's own tables: %w", err)
	}
	_, runs, _ := o.sizes()
	if positions <= 2*runs+1000 {
		return nil
	}
	return transaction(ctx, conn, func() error {
		if err := exec(ctx, conn, "DELETE FROM lazuli_positions"); err != nil {
			return err
		}
		return insertRows(ctx, conn, "lazuli_positions", positionRows(o.positions))
	})
}

// compactRecords removes the keys that have expired and what later versions have
// replaced, where that is much. Readers keep what they see.
func compactRecords(ctx context.Context, conn *sql.Conn, now int64) (changed bool, err error) {
	var keys, cuts, tables int
	err = conn.QueryRowContext(ctx, fmt.Sprintf(`SELECT (SELECT count(*) FROM lazuli_keys WHERE expires <= %d),
		(SELECT count(*) FROM lazuli_cuts), (SELECT count(*) FROM lazuli_tables)`, now)).Scan(&keys, &cuts, &tables)
	if err != nil {
		return false, fmt.Errorf("count the store's own tables: %w", err)
	}
	if keys <= 10000 && cuts <= 1000 && tables <= 10000 {
		return false, nil
	}
	return true, transaction(ctx, conn, func() error {
		if keys > 0 {
			if err := exec(ctx, conn, fmt.Sprintf("DELETE FROM lazuli_keys WHERE expires <= %d", now)); err != nil {
				return err
			}
		}
		if cuts > 1000 {
			if err := exec(ctx, conn, "DELETE FROM lazuli_cuts WHERE version < (SELECT max(version) FROM lazuli_cuts)"); err != nil {
				return err
			}
		}
		if tables > 10000 {
			if err := exec(ctx, conn, `DELETE FROM lazuli_tables t WHERE version <
				(SELECT max(version) FROM lazuli_tables m WHERE m.workspace = t.workspace AND m.name = t.name)`); err != nil {
				return err
			}
		}
		return nil
	})
}

// positionRows makes rows of lazuli_positions.
func positionRows(m map[origin][]interval) *chunk.Chunk {
	b := chunk.NewBuilder([]chunk.Spec{{Name: "workspace", Kind: chunk.Text}, {Name: "origin", Kind: chunk.Text},
		{Name: "incarnation", Kind: chunk.Text}, {Name: "first", Kind: chunk.Int64}, {Name: "last", Kind: chunk.Int64}})
	for k, runs := range m {
		for _, r := range runs {
			b.SetString(0, k.workspace)
			b.SetString(1, k.name)
			b.SetString(2, k.incarnation)
			b.SetInt64(3, r.first)
			b.SetInt64(4, r.last)
			b.EndRow()
		}
	}
	return b.Finish("", "")
}

// keyRows makes rows of lazuli_keys.
func keyRows(marks []frameMark) *chunk.Chunk {
	b := chunk.NewBuilder([]chunk.Spec{{Name: "key", Kind: chunk.UUID}, {Name: "body", Kind: chunk.UUID},
		{Name: "n", Kind: chunk.Int64}, {Name: "expires", Kind: chunk.Int64}})
	for _, m := range marks {
		if m.key == nil {
			continue
		}
		b.SetUUID(0, binary.BigEndian.Uint64(m.key[:8]), binary.BigEndian.Uint64(m.key[8:]))
		b.SetUUID(1, binary.BigEndian.Uint64(m.keyEntry.body[:8]), binary.BigEndian.Uint64(m.keyEntry.body[8:]))
		b.SetInt64(2, m.n)
		b.SetInt64(3, m.keyEntry.expires)
		b.EndRow()
	}
	return b.Finish("", "")
}

// tableRows makes rows of lazuli_tables.
func tableRows(version int64, changed map[tableKey]*fileTable) *chunk.Chunk {
	b := chunk.NewBuilder([]chunk.Spec{{Name: "version", Kind: chunk.Int64}, {Name: "workspace", Kind: chunk.Text}, {Name: "name", Kind: chunk.Text},
		{Name: "rows", Kind: chunk.Int64}, {Name: "min_time", Kind: chunk.Int64}, {Name: "max_time", Kind: chunk.Int64}, {Name: "latest", Kind: chunk.Int64}})
	for _, k := range sortedKeys(changed) {
		t := changed[k]
		b.SetInt64(0, version)
		b.SetString(1, k.workspace)
		b.SetString(2, k.table)
		for i, v := range []int64{t.rows, t.minTime, t.maxTime, t.latest} {
			b.SetInt64(3+i, v)
		}
		b.EndRow()
	}
	return b.Finish("", "")
}

// columnRows makes rows of lazuli_columns.
func columnRows(found map[tableKey][]schema.Column) *chunk.Chunk {
	b := chunk.NewBuilder([]chunk.Spec{{Name: "workspace", Kind: chunk.Text}, {Name: "tbl", Kind: chunk.Text}, {Name: "name", Kind: chunk.Text},
		{Name: "type", Kind: chunk.Text}, {Name: "physical", Kind: chunk.Text}})
	for _, k := range sortedKeys(found) {
		for _, c := range found[k] {
			for i, v := range []string{k.workspace, k.table, c.Name, c.Type.String(), c.Physical} {
				b.SetString(i, v)
			}
			b.EndRow()
		}
	}
	return b.Finish("", "")
}

// insertRows inserts a chunk, which it releases, by position of the columns.
func insertRows(ctx context.Context, conn *sql.Conn, table string, c *chunk.Chunk) error {
	if c == nil {
		return nil
	}
	defer c.Release()
	snap := duck.NewSnapshot(map[string]*duck.Rows{"": {Specs: c.Specs(), Chunks: []*chunk.Chunk{c}}})
	defer snap.Drop()
	names := make([]string, 0, 8)
	for _, s := range c.Specs() {
		names = append(names, duck.Ident(s.Name))
	}
	list := strings.Join(names, ",")
	if err := exec(ctx, conn, "INSERT INTO "+table+"("+list+") SELECT "+list+" FROM "+snap.From("", duck.Bounds{})); err != nil {
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	return nil
}

func sortedKeys[V any](m map[tableKey]V) []tableKey {
	keys := make([]tableKey, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		if keys[i].workspace != keys[j].workspace {
			return keys[i].workspace < keys[j].workspace
		}
		return keys[i].table < keys[j].table
	})
	return keys
}

func exec(ctx context.Context, conn *sql.Conn, q string) error {
	_, err := conn.ExecContext(ctx, q)
	return err
}

func query(ctx context.Context, conn *sql.Conn, q string, row func(scan func(...any) error) error) error {
	rows, err := conn.QueryContext(ctx, q)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// transaction runs fn in a transaction.
func transaction(ctx context.Context, conn *sql.Conn, fn func() error) error {
	if err := exec(ctx, conn, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	if err := fn(); err != nil {
		return errors.Join(err, exec(context.WithoutCancel(ctx), conn, "ROLLBACK"))
	}
	return exec(ctx, conn, "COMMIT")
}
