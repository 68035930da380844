package query

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"lazuli.dev/lazuli"
)

// maxTicks is 9999-12-31T23:59:59.9999999Z, the last datetime.
const maxTicks = 3155378975999999999

// A TimeRange is what a request's timespan means: TimeGenerated from From up to but without To, both in
// ticks.
type TimeRange struct{ From, To int64 }

// ParseTimespan reads a timespan as the Log Analytics API takes it: an ISO 8601 duration that ends now
// ("PT1H", "P1D"), or an interval of two instants, an instant and a duration, or a duration and an
// instant, separated by a slash. now is in ticks. "" is no bound: nil.
func ParseTimespan(text string, now int64) (*TimeRange, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	bad := func(why string) (*TimeRange, error) {
		return nil, fmt.Errorf("timespan %q %s; write an ISO 8601 duration such as PT1H, or start/end, start/duration or duration/end", clip(text), why)
	}
	first, second, interval := strings.Cut(text, "/")
	if !interval {
		d, err := parseDuration(first)
		if err != nil {
			return bad(err.Error())
		}
		return ordered(d.before(now), now, bad)
	}
	switch {
	case isDuration(first) && isDuration(second):
		return bad("has two durations and no instant")
	case isDuration(first):
		d, err := parseDuration(first)
		if err != nil {
			return bad(err.Error())
		}
		to, err := parseInstant(second)
		if err != nil {
			return bad(err.Error())
		}
		return ordered(d.before(to), to, bad)
	case isDuration(second):
		from, err := parseInstant(first)
		if err != nil {
			return bad(err.Error())
		}
		d, err := parseDuration(second)
		if err != nil {
			return bad(err.Error())
		}
		return ordered(from, d.after(from), bad)
	}
	from, err := parseInstant(first)
	if err != nil {
		return bad(err.Error())
	}
	to, err := parseInstant(second)
	if err != nil {
		return bad(err.Error())
	}
	return ordered(from, to, bad)
}

// ordered checks the range and keeps it within what a datetime can hold.
func ordered(from, to int64, bad func(string) (*TimeRange, error)) (*TimeRange, error) {
	if from > to {
		return bad("ends before it starts")
	}
	return &TimeRange{min(max(from, 0), maxTicks), min(max(to, 0), maxTicks)}, nil
}

func isDuration(text string) bool {
	text = strings.TrimLeft(strings.TrimSpace(text), "+-")
	return text != "" && (text[0] == 'P' || text[0] == 'p')
}

// instants are the ways to write one; without a zone it is UTC. Fractions of a second are taken by the
// package time wherever seconds stand.
var instants = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02",
	"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02 15:04",
}

func parseInstant(text string) (int64, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, fmt.Errorf("lacks an instant")
	}
	for _, layout := range instants {
		t, err := time.Parse(layout, strings.ToUpper(text))
		if err != nil {
			continue
		}
		if t = t.UTC(); t.Year() < 1 || t.Year() > 9999 {
			return 0, fmt.Errorf("has an instant outside of the years 1 to 9999")
		}
		return lazuli.Ticks(t), nil
	}
	return 0, fmt.Errorf("has an instant that cannot be read")
}

// A duration has a calendar part, whose length depends on where it starts, and an exact one.
type duration struct {
	months int
	ticks  int64
}

func (d duration) before(t int64) int64 { return shift(t, -d.months, -d.ticks) }
func (d duration) after(t int64) int64  { return shift(t, d.months, d.ticks) }

// shift adds months and ticks, and stops at the ends of what a datetime can hold.
func shift(t int64, months int, ticks int64) int64 {
	if months != 0 {
		at := lazuli.FromTicks(t)
		year, month, day := at.Date()
		total := year*12 + int(month) - 1 + months
		first := time.Date(total/12, time.Month(total%12+1), 1, 0, 0, 0, 0, time.UTC)
		if total < 12 {
			return 0
		}
		if first.Year() > 9999 {
			return maxTicks
		}
		// The last of March less a month is the last of February.
		day = min(day, first.AddDate(0, 1, -1).Day())
		t = lazuli.Ticks(first.AddDate(0, 0, day-1)) + t%ticksPerDay
	}
	if ticks < 0 {
		return max(t+ticks, 0)
	}
	if t > maxTicks-ticks {
		return maxTicks
	}
	return t + ticks
}

const (
	ticksPerSecond = 10_000_000
	ticksPerDay    = 24 * 60 * 60 * ticksPerSecond
)

// parseDuration reads P[nY][nM][nW][nD][T[nH][nM][nS]]. Every number may have a fraction but those of
// years and months; at least one part must stand there. A sign is refused: a range has a direction.
func parseDuration(text string) (duration, error) {
	var d duration
	text = strings.ToUpper(strings.TrimSpace(text))
	rest, ok := strings.CutPrefix(text, "P")
	if !ok {
		if strings.HasPrefix(text, "-") || strings.HasPrefix(text, "+") {
			return d, fmt.Errorf("has a duration with a sign")
		}
		return d, fmt.Errorf("is no duration")
	}
	units := "YMWD"
	parts, inTime := 0, false
	for rest != "" {
		if rest[0] == 'T' {
			if inTime || len(rest) == 1 {
				return d, fmt.Errorf("has a T with nothing behind it")
			}
			units, inTime, rest = "HMS", true, rest[1:]
			continue
		}
		n := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != ',' })
		if n <= 0 {
			return d, fmt.Errorf("has a part without number or unit")
		}
		number, unit := strings.Replace(rest[:n], ",", ".", 1), rest[n]
		at := strings.IndexByte(units, unit)
		if at < 0 {
			return d, fmt.Errorf("has a unit that is unknown, twice or out of order")
		}
		units, rest = units[at+1:], rest[n+1:]
		parts++
		value, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return d, fmt.Errorf("has a number that cannot be read")
		}
		calendar := !inTime && (unit == 'Y' || unit == 'M')
		if calendar {
			months := value
			if unit == 'Y' {
				months *= 12
			}
			if months != math.Trunc(months) || months > 12*9999 {
				return d, fmt.Errorf("has years or months in fractions or beyond 9999 years")
			}
			d.months += int(months)
			continue
		}
		seconds := map[byte]float64{'W': 7 * 86400, 'D': 86400, 'H': 3600, 'M': 60, 'S': 1}[unit]
		if value*seconds > float64(maxTicks/ticksPerSecond) {
			return d, fmt.Errorf("is longer than 9999 years")
		}
		d.ticks += int64(math.Round(value * seconds * ticksPerSecond))
	}
	if parts == 0 {
		return d, fmt.Errorf("has no part")
	}
	if d.months > 12*9999 || d.ticks > maxTicks {
		return d, fmt.Errorf("is longer than 9999 years")
	}
	return d, nil
}

// clip keeps what is quoted in an error short.
func clip(text string) string {
	if len(text) > 100 {
		return text[:100] + "…"
	}
	return text
}
