package duck

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

func openDB(t *testing.T, o Options) *DB {
	t.Helper()
	if o.Path == "" {
		o.Path = filepath.Join(t.TempDir(), "t.duckdb")
	}
	db, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// What a connection must not be able to do, and what it must.
func TestLockDown(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret.csv")
	if err := os.WriteFile(secret, []byte("a,b\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	db := openDB(t, Options{Path: filepath.Join(data, "t.duckdb"), TempDir: filepath.Join(data, "tmp"), Memory: 64 << 20, Threads: 2})
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // a reader
	allowed := func(q string) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), q); err != nil {
			t.Errorf("%s: %v", q, err)
		}
	}
	refused := func(q string) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), q); err == nil {
			t.Errorf("%s: is possible", q)
		}
	}
	allowed("CREATE TABLE t AS SELECT range AS a, repeat('x', 50) || range AS b FROM range(1000)")
	allowed("CHECKPOINT")
	for _, q := range []string{
		"SELECT * FROM read_text('" + secret + "')",
		"SELECT * FROM read_csv('" + secret + "')",
		"SELECT * FROM '" + secret + "'",
		"SELECT * FROM read_blob('/etc/passwd')",
		"SELECT * FROM glob('/etc/*')",
		"SELECT * FROM sniff_csv('" + secret + "')",
		"SELECT * FROM read_parquet('" + dir + "/x.parquet')",
		"SELECT * FROM read_text('" + data + "/t.duckdb.txt')",
		"COPY t TO '" + dir + "/out.csv'",
		"COPY t TO '" + data + "/out.csv'",
		"COPY t FROM '" + secret + "'",
		"EXPORT DATABASE '" + dir + "/out'",
		"EXPORT DATABASE '" + data + "/out'",
		"ATTACH '" + dir + "/other.duckdb' AS o",
		"ATTACH '" + data + "/other.duckdb' AS o",
		"INSTALL httpfs",
		"LOAD httpfs",
		"SET threads=1",
		"SET memory_limit='10GB'",
		"SET enable_external_access=true",
		"SET lock_configuration=false",
		"RESET memory_limit",
		"SET SESSION preserve_insertion_order=true",
		"SELECT getenv('HOME')",
		"CREATE SECRET (TYPE s3, KEY_ID 'x', SECRET 'y')",
	} {
		refused(q)
	}
	// It spills all the same.
	allowed("SELECT count(*) FROM (SELECT DISTINCT hash(range), repeat('y', 40) || range FROM range(1000000)) WHERE 1=1")
}

func TestTempDirIsEmptied(t *testing.T) {
	dir := t.TempDir()
	tmp := filepath.Join(dir, "tmp")
	if err := os.MkdirAll(filepath.Join(tmp, "old"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tmp, "duckdb_temp_storage-0.tmp"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	openDB(t, Options{Path: filepath.Join(dir, "t.duckdb"), TempDir: tmp})
	entries, err := os.ReadDir(tmp)
	if err != nil || len(entries) > 0 {
		t.Errorf("%v %v", entries, err)
	}
}

func TestOpenRefusesOddPaths(t *testing.T) {
	for _, name := range []string{"a?b", "a%zz"} {
		_, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), name)})
		if err == nil || !strings.Contains(err.Error(), "must not contain") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVectorSize(t *testing.T) {
	if n := mapping.VectorSize(); n != vectorSize {
		t.Errorf("the engine's vectors have %d rows", n)
	}
}
