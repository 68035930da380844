// Package duck is everything that touches the embedded engine below database/sql:
// opening it locked down, the table function that reads chunks, the scalar
// functions written in Go, and reading results as vectors.
//
// The engine's driver hides its C handles; the few private fields that are read
// here have a test each. What the package protects: SQL that reaches a
// connection can read the tables of its own database and nothing else.
package duck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// Options say how to open a database.
type Options struct {
	Path     string // of the file; its directory must exist
	TempDir  string // where queries spill; emptied at Open. "" is no spilling
	TempSize int64  // most bytes there; 0 means the engine's own choice
	Memory   int64  // most bytes of the engine's buffers; 0 means the engine's own choice
	Threads  int    // 0 means one per processor
	ReadOnly bool
	// Init runs on the first connection before the database is locked down. What it
	// registers is known to every connection.
	Init func(*sql.Conn) error
	// Unlocked leaves the database open to everything that SQL can do. It is for
	// maintenance that no outsider can reach.
	Unlocked bool
}

// A DB is an open database.
type DB struct {
	*sql.DB
	// Writer is a connection whose inserts may change the order of rows a little and
	// so run on several threads. One goroutine uses it at a time.
	Writer *sql.Conn
}

// Open opens or makes a database file and locks the instance down: no file,
// network or extension can be reached from SQL, and no setting be changed.
func Open(ctx context.Context, o Options) (*DB, error) {
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", o.Path, err)
	}
	if strings.ContainsAny(path, "?%") {
		return nil, fmt.Errorf("open database %s: the path must not contain ? or %%; use another directory", path)
	}
	if o.TempDir != "" {
		if err := emptyDir(o.TempDir); err != nil {
			return nil, err
		}
	}
	// Checkpoints are made by the store, after a cut: not inside a commit, and not
	// while the file is being opened or closed.
	dsn := path + "?storage_compatibility_version=latest&checkpoint_threshold=1TB"
	if o.ReadOnly {
		dsn = path + "?access_mode=read_only"
	}
	// The next two here, since the engine may spill while it opens the file, and then
	// refuses to change the directory.
	if o.TempDir != "" {
		dsn += "&temp_directory=" + url.QueryEscape(o.TempDir)
	}
	if o.Memory > 0 {
		dsn += fmt.Sprintf("&memory_limit=%dB", o.Memory)
	}
	connector, err := duckdb.NewConnector(dsn, nil)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	d := &DB{DB: sql.OpenDB(connector)}
	if err := d.prepare(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), d.Close())
	}
	return d, nil
}

func (d *DB) prepare(ctx context.Context, o Options) error {
	d.SetMaxIdleConns(16)
	conn, err := d.Conn(ctx)
	if err != nil {
		return err
	}
	d.Writer = conn
	if err := registerHot(conn); err != nil {
		return err
	}
	if o.Init != nil {
		if err := o.Init(conn); err != nil {
			return err
		}
	}
	for _, s := range settings(o) {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

// settings returns the statements that configure an instance, in order: after
// the last one none of them could be changed.
func settings(o Options) []string {
	s := []string{
		"SET GLOBAL TimeZone='UTC'",
		// The newest rows of a wide table are found by two columns and fetched by row
		// id; the engine's default stops that at 50 rows.
		"SET GLOBAL late_materialization_max_rows=10000",
		"SET SESSION preserve_insertion_order=false",
		// The engine's allocator keeps what it frees; after a cut of a row group that
		// is 300 MB. With these it goes back to the system soon.
		"SET GLOBAL allocator_background_threads=true",
		"SET GLOBAL allocator_flush_threshold='16MiB'",
		"SET GLOBAL allocator_bulk_deallocation_flush_threshold='32MiB'",
		"PRAGMA disable_checkpoint_on_shutdown",
	}
	if o.Threads > 0 {
		s = append(s, fmt.Sprintf("SET GLOBAL threads=%d", o.Threads))
	}
	if o.TempDir == "" {
		s = append(s, "SET GLOBAL temp_directory=''")
	} else if o.TempSize > 0 {
		s = append(s, fmt.Sprintf("SET GLOBAL max_temp_directory_size='%dB'", o.TempSize))
	}
	if o.Unlocked {
		return s
	}
	// No allowed_directories: the database file and the temporary directory are
	// allowed by being in use, so that COPY and ATTACH find nowhere to go.
	return append(s,
		"SET GLOBAL autoinstall_known_extensions=false",
		"SET GLOBAL autoload_known_extensions=false",
		"SET GLOBAL allow_community_extensions=false",
		"SET GLOBAL enable_external_access=false",
		"SET GLOBAL lock_configuration=true",
	)
}

// Close closes every connection that is not in use elsewhere, and the database.
func (d *DB) Close() error {
	var err error
	if d.Writer != nil {
		err = d.Writer.Close()
	}
	return errors.Join(err, d.DB.Close())
}

// Literal returns a string as an SQL literal.
func Literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Ident returns a name as a quoted SQL identifier.
func Ident(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// emptyDir makes a directory, or removes what a killed process left in it.
func emptyDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make temporary directory: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("empty temporary directory: %w", err)
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("empty temporary directory: %w", err)
		}
	}
	return nil
}
