package query_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"lazuli.dev/lazuli/chunk"
	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/query"
	"lazuli.dev/lazuli/store"
)

// TestLockDown tries, on the very connection that queries use, what SQL could do to the machine. Each statement is
// refused before the engine sees it; those that reach outside of the tables, or change how the engine works, are
// refused by the engine itself too.
func TestLockDown(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(context.Background(), dir, store.Options{Init: query.Init, Decode: func(store.Frame) ([]*chunk.Chunk, error) { return nil, nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	inside, outside := filepath.Join(dir, "LOCK"), "/etc/passwd"
	try := func(engineToo bool, text string) {
		t.Helper()
		// A view each: an error may abort the transaction, and then everything would be refused.
		view, err := st.View(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = view.Close() }()
		text = strings.NewReplacer("{in}", inside, "{out}", outside, "{new}", filepath.Join(dir, "new")).Replace(text)
		if _, err := duck.Collect(context.Background(), view.Conn(), text, duck.Limits{}); err == nil {
			t.Errorf("runs: %s", text)
		}
		if !engineToo {
			return
		}
		rows, err := view.Conn().QueryContext(context.Background(), text)
		if err != nil {
			return
		}
		for rows.Next() {
		}
		if err := rows.Err(); err == nil {
			t.Errorf("the engine allows: %s", text)
		}
		_ = rows.Close()
	}
	for _, file := range []string{"{in}", "{out}"} {
		for _, text := range []string{
			`SELECT * FROM read_text('F')`, `SELECT * FROM read_blob('F')`, `SELECT * FROM read_csv('F')`, `SELECT * FROM read_csv_auto('F')`, `SELECT * FROM read_json('F')`,
			`SELECT * FROM read_json_auto('F')`, `SELECT * FROM read_json_objects('F')`, `SELECT * FROM read_ndjson('F')`, `SELECT * FROM read_parquet('F')`, `SELECT * FROM parquet_scan('F')`,
			`SELECT * FROM parquet_metadata('F')`, `SELECT * FROM parquet_schema('F')`, `SELECT * FROM parquet_file_metadata('F')`, `SELECT * FROM parquet_kv_metadata('F')`,
			`SELECT * FROM sniff_csv('F')`, `SELECT * FROM 'F.csv'`, `SELECT * FROM "F.csv"`, `SELECT * FROM 'F.parquet'`, `SELECT * FROM 'F.json'`, `ATTACH 'F'`, `ATTACH 'F' AS x (READ_ONLY)`,
			`LOAD 'F'`, `IMPORT DATABASE 'F'`, `COPY (SELECT 1) TO 'F'`, `SELECT * FROM query('SELECT * FROM read_text(''F'')')`, `SELECT * FROM query_table('F')`,
		} {
			try(true, strings.ReplaceAll(text, "F", file))
		}
	}
	for _, text := range []string{
		`COPY (SELECT 1) TO '{new}.csv'`, `COPY (SELECT 1) TO '{new}.parquet' (FORMAT parquet)`, `EXPORT DATABASE '{new}'`, `ATTACH '{new}.duckdb'`, `SELECT * FROM glob('/etc/*')`, `SELECT * FROM glob('{in}')`,
		`INSTALL httpfs`, `LOAD httpfs`, `FORCE INSTALL httpfs`, `UPDATE EXTENSIONS`, `SELECT * FROM 'https://example.com/x.csv'`, `CREATE SECRET s (TYPE s3)`,
		`SET threads = 1`, `SET enable_external_access = true`, `SET lock_configuration = false`, `SET memory_limit = '1TB'`, `SET allowed_directories = ['/']`, `SET temp_directory = '/tmp'`,
		`RESET threads`, `PRAGMA threads = 1`, `PRAGMA memory_limit = '1TB'`, `SELECT getenv('HOME')`,
		`CREATE TABLE x (a INTEGER)`, `DELETE FROM lazuli_cuts`, `INSERT INTO lazuli_cuts VALUES (1, 1)`, `UPDATE lazuli_cuts SET version = 0`, `DROP TABLE lazuli_cuts`,
	} {
		try(true, text)
	}
	// The engine answers these in a read-only transaction; they are refused before.
	for _, text := range []string{
		`PRAGMA database_list`, `PRAGMA show_tables`, `PRAGMA table_info('lazuli_cuts')`, `PRAGMA enable_profiling`, `CALL pragma_version()`, `CALL enable_logging()`, `SHOW TABLES`, `SHOW ALL TABLES`,
		`DESCRIBE lazuli_cuts`, `SUMMARIZE lazuli_cuts`, `EXPLAIN SELECT 1`, `EXPLAIN ANALYZE SELECT 1`, `SET VARIABLE x = 1`, `SELECT getvariable('x')`, `SELECT current_setting('threads')`, `SELECT * FROM duckdb_settings()`,
		`SELECT * FROM duckdb_secrets()`, `SELECT * FROM duckdb_databases()`, `SELECT * FROM pragma_database_list()`, `SELECT * FROM json_execute_serialized_sql('{}')`, `SELECT * FROM query('SELECT 1')`,
		`SELECT 1; SELECT 2`, `VALUES (1)`, `FROM lazuli_cuts`, `TABLE lazuli_cuts`, `PREPARE p AS SELECT 1`, `EXECUTE p`, `BEGIN`, `COMMIT`, `ROLLBACK`, `CHECKPOINT`, `VACUUM`, `ANALYZE`,
		`USE memory`, `DETACH x`, `ATTACH ':memory:' AS m`, `SELECT nextval('s')`, `SELECT setseed(0.5)`, `SELECT sleep_ms(10)`, `SELECT version()`,
	} {
		try(false, text)
	}
}
