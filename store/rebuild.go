package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/internal/durable"
)

// rebuildFile is the tables under construction.
const rebuildFile = "tables.duckdb.rebuild"

const (
	siteRebuildLog durable.Site = "rebuild.log" // the old log is gone, before the new tables have its name
	siteRebuild    durable.Site = "rebuild.dir"
)

// Rebuild makes the tables again from the journal, in a new file, and puts it
// in the place of the old one when it is complete. Rows of frames that the
// journal no longer has are taken over from the old tables; when these cannot be
// read either, or frames in the middle of the journal are damaged, Rebuild
// refuses, unless Options.LoseReleased allows the loss, which is then recorded as a
// gap. What retention has deleted stays deleted. Where the file VERSION is lost or garbled, it is made again from the
// journal first. No process may hold the store.
func Rebuild(ctx context.Context, dir string, o Options) error {
	if o.Decode == nil {
		return errors.New("rebuild tables: Options.Decode is required")
	}
	if err := rebuild(ctx, dir, o.withDefaults()); err != nil {
		return fmt.Errorf("rebuild tables of %s: %w", dir, err)
	}
	return nil
}

func rebuild(ctx context.Context, dir string, o Options) error {
	if err := removeFiles(o.FS, dir, withLogs(rebuildFile)...); err != nil {
		return err
	}
	old, err := seed(ctx, dir, o)
	if err != nil {
		return err
	}
	s, err := open(ctx, dir, rebuildFile, o)
	if err != nil {
		return err
	}
	if old.lost > 0 {
		err = s.recordGap(ctx, defaultWorkspace, gap{Reason: reasonRebuilt, Detail: "the journal had been released and the old tables could not be read",
			FirstSeq: 1 << SeqShift, LastSeq: lastSeq(old.lost), Rows: -1})
	}
	if err == nil && old.taken.first > 0 {
		err = s.recordGap(ctx, defaultWorkspace, gap{Reason: reasonDamaged, Detail: "the raw bytes of these frames are gone; their rows were taken over from the old tables",
			FirstSeq: old.taken.first << SeqShift, LastSeq: lastSeq(old.taken.last), Rows: 0})
	}
	if err == nil {
		err = s.cut(ctx, false)
	}
	for _, k := range sortedKeys(old.expired) {
		for _, e := range old.expired[k] {
			if err == nil {
				err = s.expire(ctx, func(t tableKey) int64 {
					if t == k {
						return e.before
					}
					return 0
				}, e.upto)
			}
		}
	}
	if err == nil && s.checkpointDue {
		err = errors.New("the new tables could not be checkpointed")
	}
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	unlock, err := durable.Lock(filepath.Join(dir, lockFile))
	if err != nil {
		return err
	}
	return errors.Join(swap(dir, o), unlock())
}

// swap puts the new tables in the place of the old.
func swap(dir string, o Options) error {
	for _, name := range engineLogs(rebuildFile) {
		if st, err := o.FS.Stat(filepath.Join(dir, name)); err == nil && st.Size() > 0 {
			return errors.New("the new tables were not closed cleanly; try again")
		}
	}
	// The logs of the old tables must never meet the new ones. Without them the old
	// are those of an earlier cut, from where the journal goes on.
	if err := removeFiles(o.FS, dir, engineLogs(tablesFile)...); err != nil {
		return err
	}
	if err := o.FS.SyncDir(siteRebuildLog, dir); err != nil {
		return err
	}
	if err := o.FS.Rename(filepath.Join(dir, rebuildFile), filepath.Join(dir, tablesFile)); err != nil {
		return err
	}
	if err := o.FS.SyncDir(siteRebuild, dir); err != nil {
		return err
	}
	return removeFiles(o.FS, dir, withLogs(rebuildFile)...)
}

// engineLogs are the files in which the engine has what is not in the main file
// yet: its log, and in the middle of a checkpoint and of a start two more.
func engineLogs(tables string) []string {
	return []string{tables + ".wal", tables + ".wal.checkpoint", tables + ".wal.recovery"}
}

// withLogs are all files that belong to a file of tables.
func withLogs(tables string) []string {
	return append(engineLogs(tables), tables, tables+undoSuffix)
}

func removeFiles(fsys durable.FS, dir string, names ...string) error {
	for _, n := range names {
		if err := fsys.Remove(filepath.Join(dir, n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// whole reports an error where frames between the first and the last of the
// journal cannot be read: the old tables may be the only place of their rows.
func whole(fsys durable.FS, segs []segmentPath, id storeID) error {
	for i, seg := range segs {
		limit := int64(1) << 62
		if i < len(segs)-1 {
			limit = segs[i+1].first
		}
		r, err := readSegment(fsys, seg, id, limit, nil)
		if err != nil {
			return err
		}
		for _, p := range r.problems(seg, limit) {
			// Of an interrupted write at the end nobody was told.
			if p.to >= p.from && (i < len(segs)-1 || !r.batchOnly(p.from)) {
				return fmt.Errorf("frames %d to %d cannot be read from the journal (%s: %s), and the old tables may be the only place of their rows; "+
					"keep a copy of the directory, then allow their loss to go on", p.from, p.to, filepath.Base(p.segment), p.what)
			}
		}
	}
	return nil
}

// seeded is what is known of the tables before.
type seeded struct {
	expired map[tableKey][]expiredRange // what retention has deleted
	lost    int64                       // up to this frame everything is lost
	taken   interval                    // frames that the journal should have and of which only the rows are there; 0 = none
}

// seed starts the new tables with what the journal does not have any more.
func seed(ctx context.Context, dir string, o Options) (is seeded, err error) {
	segs, err := listSegments(o.FS, filepath.Join(dir, journalDir))
	if err != nil {
		return is, err
	}
	unlock, err := durable.Lock(filepath.Join(dir, lockFile))
	if err != nil {
		return is, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	id, err := identify(ctx, dir, segs, o)
	if err != nil {
		return is, err
	}
	if !o.LoseReleased {
		if err := whole(o.FS, segs, id); err != nil {
			return is, err
		}
	}
	if _, err := undoCheckpoint(o.FS, dir, tablesFile, id); err != nil {
		return is, err
	}
	tables, err := duck.Open(ctx, duck.Options{Path: filepath.Join(dir, tablesFile), ReadOnly: true, Memory: o.MemoryLimit, Threads: o.Threads})
	readable := err == nil
	var cut, released int64 // sequence of the old tables, and below which frame the journal was released
	if readable {
		var found storeID
		if found, err = readIdentity(ctx, tables.Writer); err == nil && found != id {
			err = errOtherStore
		}
		if err == nil {
			is.expired, err = readExpired(ctx, tables)
		}
		if err == nil {
			err = tables.Writer.QueryRowContext(ctx, "SELECT (SELECT coalesce(max(seq), 0) FROM lazuli_cuts), (SELECT coalesce(max(below), 1) FROM lazuli_released)").Scan(&cut, &released)
		}
		readable = err == nil
		if cerr := tables.Close(); cerr != nil {
			return is, cerr
		}
	}
	first, last := int64(1), int64(0)
	if n := len(segs); n > 0 {
		first = segs[0].first
		r, err := readSegment(o.FS, segs[n-1], id, 1<<62, nil)
		if err != nil {
			return is, err
		}
		last = r.last
	}
	switch {
	case readable && cut>>SeqShift > last:
		// New frames would get the numbers of those, which readers have passed.
		return is, fmt.Errorf("the tables have frames up to %d and the journal ends at %d, so the tables are the only place of what lies between; "+
			"a start records what the journal lacks and goes on behind it", cut>>SeqShift, last)
	case !readable && len(segs) == 0 && !o.LoseReleased && exists(o.FS, filepath.Join(dir, tablesFile)):
		return is, fmt.Errorf("there is no journal, and the old tables cannot be read (%w); keep a copy of the directory, then allow their loss to go on", err)
	case readable && first > 1:
		if first > released {
			is.taken = interval{released, first - 1}
		}
		return is, copyBelow(ctx, dir, id, first, o)
	case first > 1 && !o.LoseReleased:
		return is, fmt.Errorf("frames 1 to %d are not in the journal any more, and the old tables cannot be read (%w); allow their loss to go on", first-1, err)
	case first > 1:
		is.expired, is.lost = nil, first-1
		return is, startAt(ctx, dir, id, first, o)
	}
	return is, nil
}

func exists(fsys durable.FS, name string) bool {
	_, err := fsys.Stat(name)
	return err == nil
}

// newTables makes the file of the new tables, open to maintenance.
func newTables(ctx context.Context, dir string, id storeID, o Options) (*duck.DB, error) {
	db, err := duck.Open(ctx, duck.Options{Path: filepath.Join(dir, rebuildFile), Memory: o.MemoryLimit, Threads: o.Threads, Unlocked: true})
	if err != nil {
		return nil, err
	}
	if _, err := openTables(ctx, db, &id, false, newCatalog(), newOnce(), o.Clock()); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// startAt makes new tables that have nothing and begin at a frame.
func startAt(ctx context.Context, dir string, id storeID, first int64, o Options) error {
	db, err := newTables(ctx, dir, id, o)
	if err != nil {
		return err
	}
	err = exec(ctx, db.Writer, fmt.Sprintf("INSERT INTO lazuli_cuts VALUES (1, %d, %d); INSERT INTO lazuli_released VALUES (%d, %d)",
		lastSeq(first-1), o.Clock(), first, o.Clock()))
	return errors.Join(err, db.Close())
}

// copyBelow makes new tables with the rows of the old ones below a frame.
func copyBelow(ctx context.Context, dir string, id storeID, first int64, o Options) error {
	db, err := newTables(ctx, dir, id, o)
	if err != nil {
		return err
	}
	err = copyTables(ctx, db, filepath.Join(dir, tablesFile), first)
	if err == nil {
		err = exec(ctx, db.Writer, "CHECKPOINT")
	}
	return errors.Join(err, db.Close())
}

func copyTables(ctx context.Context, db *duck.DB, from string, first int64) error {
	conn := db.Writer
	if err := exec(ctx, conn, "ATTACH "+duck.Literal(from)+" AS old (READ_ONLY)"); err != nil {
		return fmt.Errorf("attach the old tables: %w", err)
	}
	var names, creates []string
	err := query(ctx, conn, "SELECT schema_name, table_name, sql FROM duckdb_tables() WHERE database_name = 'old' AND schema_name LIKE 'ws:%' ORDER BY ALL",
		func(scan func(...any) error) error {
			var s, t, ddl string
			if err := scan(&s, &t, &ddl); err != nil {
				return err
			}
			names = append(names, duck.Ident(s)+"."+duck.Ident(t))
			// The statement names the table as it is found in its own database.
			create := strings.Replace(ddl, "CREATE TABLE old.", "CREATE TABLE ", 1)
			creates = append(creates, "CREATE SCHEMA IF NOT EXISTS "+duck.Ident(s)+"; "+create)
			return nil
		})
	if err != nil {
		return fmt.Errorf("list the old tables: %w", err)
	}
	return transaction(ctx, conn, func() error {
		for i, n := range names {
			if err := exec(ctx, conn, creates[i]); err != nil {
				return fmt.Errorf("create table %s: %w", n, err)
			}
			if err := exec(ctx, conn, fmt.Sprintf("INSERT INTO %s SELECT * FROM old.%s WHERE _Seq < %d", n, n, first<<SeqShift)); err != nil {
				return fmt.Errorf("copy table %s: %w", n, err)
			}
		}
		for _, q := range []string{
			fmt.Sprintf("INSERT INTO lazuli_cuts SELECT 1, %d, coalesce(max(made_at), 0) FROM old.lazuli_cuts", lastSeq(first-1)),
			fmt.Sprintf("INSERT INTO lazuli_keys SELECT * FROM old.lazuli_keys WHERE n < %d", first),
			"INSERT INTO lazuli_positions SELECT * FROM old.lazuli_positions",
			"INSERT INTO lazuli_columns SELECT * FROM old.lazuli_columns ORDER BY rowid",
			"INSERT INTO lazuli_released SELECT * FROM old.lazuli_released",
		} {
			if err := exec(ctx, conn, q); err != nil {
				return fmt.Errorf("copy the store's own tables: %w", err)
			}
		}
		keys := map[tableKey]bool{}
		err := query(ctx, conn, "SELECT DISTINCT workspace, name FROM old.lazuli_tables", func(scan func(...any) error) error {
			var k tableKey
			err := scan(&k.workspace, &k.table)
			keys[k] = true
			return err
		})
		if err != nil {
			return err
		}
		for _, k := range sortedKeys(keys) {
			def := newDef(k)
			err := exec(ctx, conn, fmt.Sprintf(`INSERT INTO lazuli_tables SELECT 1, %s, %s, count(*), coalesce(min(TimeGenerated), 0),
				coalesce(max(TimeGenerated), 0), coalesce(max(_TimeReceived), 0) FROM %s`, duck.Literal(k.workspace), duck.Literal(k.table), def.physical))
			if err != nil {
				return fmt.Errorf("count table %s: %w", k.table, err)
			}
		}
		return nil
	})
}
