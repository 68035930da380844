package duck

import (
	"database/sql"
	"syscall"
	"testing"
	"time"

	"lazuli.dev/lazuli/kql/native"
)

// benchRows is eight row groups of DuckDB's.
const benchRows = 8 * 122880

// benchTable has a long text that differs in every row, and a JSON column of few
// different values, stored as tables of logs are.
func benchTable(b *testing.B) *sql.DB {
	b.Helper()
	db := memory(b, native.All())
	for _, q := range []string{
		"SET threads=1", "ATTACH '" + b.TempDir() + "/bench.duckdb' AS d (STORAGE_VERSION 'latest')",
		"CREATE TABLE d.t (words VARCHAR USING COMPRESSION zstd, device VARCHAR, location VARCHAR)",
		`INSERT INTO d.t SELECT concat_ws(' ', md5(i::VARCHAR), md5((i + 1)::VARCHAR), 'user logon from', i % 1000, md5((i * 7)::VARCHAR), md5((i * 3)::VARCHAR), md5((i * 5)::VARCHAR),
			'with the agent Mozilla/5.0 (Windows NT 10.0; Win64; x64)', CASE WHEN i % 5000 = 0 THEN 'Mimikatz' ELSE 'browser' END, md5((i * 11)::VARCHAR), md5((i * 13)::VARCHAR)),
			'{"deviceId":"' || md5((i % 7523)::VARCHAR) || '","displayName":"DESKTOP-' || i % 7523 || '","operatingSystem":"Windows ' || i % 7523 % 3 || '","browser":"Edge 120.0","isCompliant":true,"isManaged":false}',
			'{"city":"City ' || i % 97 || '","state":"State","countryOrRegion":"C' || i % 97 % 11 || '","geoCoordinates":{"latitude":1.5,"longitude":2.5}}'
			FROM range(983040) r(i)`,
		"CHECKPOINT d",
	} {
		if _, err := db.Exec(q); err != nil {
			b.Fatal(err)
		}
	}
	return db
}

// cpu is the processor time of the process, which other processes do not disturb.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Rows are counted over the whole table, so a row is benchRows of an operation.
func BenchmarkNatives(b *testing.B) {
	db := benchTable(b)
	f := func(name, query string) {
		b.Run(name, func(b *testing.B) {
			before := cpu(b)
			for b.Loop() {
				ask(b, db, query)
			}
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/1000/float64(b.N)*1e6/benchRows, "cpu-ms/Mrow")
		})
	}
	f("read", "SELECT count(*) FROM d.t WHERE ascii(words) = 1")
	f("has/rare", "SELECT count(*) FROM d.t WHERE kql_has(words, 'mimikatz')")
	f("has/common", "SELECT count(*) FROM d.t WHERE kql_has(words, 'agent')")
	f("has/lower+contains", "SELECT count(*) FROM d.t WHERE contains(lower(words), 'mimikatz')")
	f("has_any/4", `SELECT count(*) FROM d.t WHERE kql_has_any(words, '["mimikatz","psexec","rubeus","bloodhound"]')`)
	f("path/7523 values", `SELECT max(n) FROM (SELECT count(*) n FROM d.t GROUP BY kql_path_text(device, '["operatingSystem"]'))`)
	f("path/7523 values, sql", `SELECT max(n) FROM (SELECT count(*) n FROM d.t GROUP BY device->>'operatingSystem')`)
	f("path/97 values", `SELECT max(n) FROM (SELECT count(*) n FROM d.t GROUP BY kql_path_text(location, '["countryOrRegion"]'))`)
	f("path/97 values, sql", `SELECT max(n) FROM (SELECT count(*) n FROM d.t GROUP BY location->>'countryOrRegion')`)
	f("split", `SELECT count(*) FROM d.t WHERE kql_element(kql_split(words, ' ', NULL), 5) = '"x"'`)
}
