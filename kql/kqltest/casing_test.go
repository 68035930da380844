package kqltest_test

import (
	"context"
	"testing"
)

// The engine's casing differs from the natives' in the letters that toupper() and
// tolower() look for, and in no other: an engine that learns more letters fails here.
func TestCasing(t *testing.T) {
	m := open(t)
	f := func(function, want string) {
		t.Helper()
		var got string
		err := m.conn.QueryRowContext(context.Background(), `SELECT coalesce(string_agg(chr(i), '' ORDER BY i), '') FROM
			(SELECT CAST(unnest(range(1, 201552)) AS INTEGER) AS i) WHERE i NOT BETWEEN 55296 AND 57343 AND `+function+`(chr(i)) <> kql_`+function+`(chr(i))`).Scan(&got)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: the engine differs in %q, want %q", function, got, want)
		}
	}
	f("upper", "ßı")
	f("lower", "İ")
}
