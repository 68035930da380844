package decode

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	f := func(in, want string, how fit) {
		t.Helper()
		ticks, got := parseTime([]byte(in))
		if got != how {
			t.Errorf("%q: fit %d, want %d", in, got, how)
			return
		}
		if how == never {
			return
		}
		if s := showTime(ticks); s != want {
			t.Errorf("%q: %s, want %s", in, s, want)
		}
	}
	const noon = "2026-03-04T12:00:00.0000000Z"
	f("2026-03-04T12:00:00Z", noon, fits)
	f("2026-03-04t12:00:00z", noon, fits)
	f("2026-03-04T12:00:00", noon, fits)
	f("2026-03-04 12:00:00", noon, fits)
	f("2026-03-04T12:00", noon, fits)
	f("2026-03-04T12:00Z", noon, fits)
	f(" 2026-03-04T12:00:00Z ", noon, fits)
	f("2026-03-04T12:00:00+00:00", noon, fits)
	f("2026-03-04T12:00:00 +00:00", noon, fits)
	f("2026-03-04T14:30:00+02:30", noon, fits)
	f("2026-03-04T04:00:00-0800", noon, fits)
	f("2026-03-04T04:00:00-08", noon, fits)
	f("2026-03-04 12:00:00 UTC", noon, fits)
	f("2026/03/04 12:00:00.000", noon, fits)
	f("2026-03-04", "2026-03-04T00:00:00.0000000Z", fits)
	f("2026-03-04T12:00:00.1234567Z", "2026-03-04T12:00:00.1234567Z", fits)
	f("2026-03-04T12:00:00,5Z", "2026-03-04T12:00:00.5000000Z", fits)
	f("2026-03-04T12:00:00.123456700Z", "2026-03-04T12:00:00.1234567Z", fits)
	f("2026-03-04T12:00:00.123456789Z", "2026-03-04T12:00:00.1234567Z", lossy)
	f("2026-12-31T23:59:60Z", "2027-01-01T00:00:00.0000000Z", fits)
	f("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.0000000Z", fits)
	f("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z", fits)
	f("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.0000000Z", fits)
	f("3/4/2026 12:00:00 PM", noon, fits)
	f("3/4/2026 12:00:00 AM", "2026-03-04T00:00:00.0000000Z", fits)
	f("03/04/2026 1:02:03 pm +00:00", "2026-03-04T13:02:03.0000000Z", fits)
	f("3/4/2026 1:02 PM", "2026-03-04T13:02:00.0000000Z", fits)
	f("3/4/2026 13:02:03.25", "2026-03-04T13:02:03.2500000Z", fits)
	f("11/16/2022 9:35:22 AM", "2022-11-16T09:35:22.0000000Z", fits)
	f("3/4/2026", "2026-03-04T00:00:00.0000000Z", fits)
	f("Wed, 04 Mar 2026 12:00:00 GMT", noon, fits)
	f("Wednesday, 04-Mar-26 12:00:00 GMT", noon, fits)
	f("1772625600", noon, fits)
	f("1772625600000", noon, fits)
	f("1772625600000000", noon, fits)
	f("1772625600000000000", noon, fits)
	f("1772625600000000001", noon, lossy)
	f("639082224000000000", noon, fits)
	for _, bad := range []string{"", "x", "yesterday", "2026-03-04T25:00:00Z", "2026-02-30T00:00:00Z", "2026-13-01", "2026-03-04T12:00:00.Z",
		"2026-03-04T12:00:00+25:00", "2026-03-04Tnoon", "20x6-03-04T12:00:00Z", "13/4/2026", "3/4/2026 13:00:00 PM", "3/4/2026 x",
		"-1772625600", "20260304", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "99999999999999999999",
		"2026-03-04T12:00:0", "2026-03-04T1", "2026-03-04X12:00:00Z", "2026-03-04T12:00:00ZZ"} {
		f(bad, "", never)
	}
}

// Every instant that Go can write is read as the same instant.
func TestParseTimeAgainstGo(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 20000 {
		at := time.Unix(r.Int64N(253402300799+62135596800)-62135596800, r.Int64N(1e7)*100).UTC()
		if at.Year() < 2 || at.Year() > 9998 {
			continue
		}
		zone := time.FixedZone("", (r.IntN(27*60)-13*60)*60)
		for _, s := range []string{at.Format("2006-01-02T15:04:05.0000000Z"), at.In(zone).Format("2006-01-02T15:04:05.0000000-07:00"),
			at.Format("1/2/2006 3:04:05.0000000 PM")} {
			ticks, f := parseTime([]byte(s))
			if want := at.Unix()*ticksPerSecond + int64(at.Nanosecond()/100) + unixTicks; f != fits || ticks != want {
				t.Fatalf("%s: %d %d, want %d", s, ticks, f, want)
			}
		}
	}
}

func TestParseSpan(t *testing.T) {
	f := func(in string, want int64, how fit) {
		t.Helper()
		if got, fit := parseSpan([]byte(in)); fit != how || how != never && got != want {
			t.Errorf("%q: %d %d, want %d %d", in, got, fit, want, how)
		}
	}
	f("00:00:01", ticksPerSecond, fits)
	f("1.02:03:04.0000005", (86400+2*3600+3*60+4)*ticksPerSecond+5, fits)
	f("-00:01", -60*ticksPerSecond, fits)
	f("00:00:00.00000001", 0, lossy)
	for _, bad := range []string{"", "1", "24:00:00", "1:60:00", "x:y:z", "1.:00:00", "00:00:", "00:00:00.", "00:00:00x"} {
		f(bad, 0, never)
	}
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2026-03-04T12:00:00.1234567+01:00", "3/4/2026 1:02:03 PM +00:00", "1772625600", "Wed, 04 Mar 2026 12:00:00 GMT"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if ticks, f := parseTime(in); f != never && (ticks < 0 || ticks > maxTicks) {
			t.Errorf("%q is %d", in, ticks)
		}
		parseSpan(in)
	})
}
