package query

import (
	"strings"
	"testing"
	"time"

	"lazuli.dev/lazuli"
)

func ticks(t testing.TB, text string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return lazuli.Ticks(at)
}

func TestParseTimespan(t *testing.T) {
	now := ticks(t, "2026-11-20T12:00:00Z")
	f := func(text, from, to string) {
		t.Helper()
		r, err := ParseTimespan(text, now)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			return
		}
		if want := (TimeRange{ticks(t, from), ticks(t, to)}); *r != want {
			t.Errorf("%s is %s to %s, want %s to %s", text, lazuli.FromTicks(r.From), lazuli.FromTicks(r.To), from, to)
		}
	}
	f("PT1H", "2026-11-20T11:00:00Z", "2026-11-20T12:00:00Z")
	f("pt1h", "2026-11-20T11:00:00Z", "2026-11-20T12:00:00Z")
	f("P1D", "2026-11-19T12:00:00Z", "2026-11-20T12:00:00Z")
	f("P1DT2H30M", "2026-11-19T09:30:00Z", "2026-11-20T12:00:00Z")
	f("P2W", "2026-11-06T12:00:00Z", "2026-11-20T12:00:00Z")
	f("P1M", "2026-10-20T12:00:00Z", "2026-11-20T12:00:00Z")
	f("P1Y6M", "2025-05-20T12:00:00Z", "2026-11-20T12:00:00Z")
	f("PT0.0000001S", "2026-11-20T11:59:59.9999999Z", "2026-11-20T12:00:00Z")
	f("PT1,5S", "2026-11-20T11:59:58.5Z", "2026-11-20T12:00:00Z")
	f("P9000Y", "0001-01-01T00:00:00Z", "2026-11-20T12:00:00Z")
	f("P100000D", "1753-02-04T12:00:00Z", "2026-11-20T12:00:00Z")
	f("1970-01-01T00:00:00.000Z/2001-09-09T01:46:40.000Z", "1970-01-01T00:00:00Z", "2001-09-09T01:46:40Z")
	f("2026-01-01/2026-02-01", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
	f("2026-01-01T00:00:00/2026-01-01T01:30", "2026-01-01T00:00:00Z", "2026-01-01T01:30:00Z")
	f("2026-01-01T00:00:00+02:00/P1D", "2025-12-31T22:00:00Z", "2026-01-01T22:00:00Z")
	f("2026-01-31T00:00:00.1234567Z/P1M", "2026-01-31T00:00:00.1234567Z", "2026-02-28T00:00:00.1234567Z")
	f("P1M/2026-03-31", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z")
	f("PT30M / 2026-03-31T12:00:00Z", "2026-03-31T11:30:00Z", "2026-03-31T12:00:00Z")
	f("2026-01-01/P9000Y", "2026-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z")
	f("2026-01-01/2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")

	if r, err := ParseTimespan("  ", now); r != nil || err != nil {
		t.Errorf("no timespan gives %v, %v", r, err)
	}
	g := func(text string) {
		t.Helper()
		if r, err := ParseTimespan(text, now); err == nil {
			t.Errorf("%q is taken as %v", text, r)
		} else if !strings.Contains(err.Error(), "ISO 8601") {
			t.Errorf("%q: the error shows no way out: %v", text, err)
		}
	}
	for _, text := range []string{"1h", "P", "PT", "P1", "P1H", "PT1D", "PT1M1H", "P1D1D", "P-1D", "-P1D", "P1.5M", "PT1.2.3S", "P99999Y", "P1DT", "/", "P1D/", "/P1D",
		"P1D/P1D", "2026-01-01/", "2026-01-01", "2026-13-01/P1D", "2026-02-01/2026-01-01", "a/b/c", "PTxS", "P1e9D", "P" + strings.Repeat("9", 400) + "D"} {
		g(text)
	}
}

func FuzzParseTimespan(f *testing.F) {
	for _, seed := range []string{"PT1H", "P1Y2M3W4DT5H6M7.5S", "2026-01-01/P1M", "P1M/2026-03-31", "1970-01-01T00:00:00.000Z/2001-09-09T01:46:40.000Z"} {
		f.Add(seed, int64(638501544001234567))
	}
	f.Fuzz(func(t *testing.T, text string, now int64) {
		now = min(max(now, 0), maxTicks)
		r, err := ParseTimespan(text, now)
		if err == nil && r != nil && (r.From > r.To || r.From < 0 || r.To > maxTicks) {
			t.Errorf("%q at %d is %v", text, now, *r)
		}
	})
}
