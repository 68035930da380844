package native

import (
	"fmt"
	"math"
	"math/bits"
	"strings"
	"time"
	_ "time/tzdata" // zones are the same on every machine

	"lazuli.dev/lazuli/kql/types"
)

// Calendar arithmetic on ticks.

// weekday is 0 for Sunday. 0001-01-01 was a Monday.
func weekday(days int64) int64 { return (days + 1) % 7 }

// addMonths moves t by n months; a day that the month has not is its last one.
func addMonths(t, n int64) (int64, bool) {
	y, m, d := civil(t / day)
	months, carry := addChecked(y*12+m-1, n)
	if carry || months < 12 || months >= 10000*12 {
		return 0, false
	}
	y, m = months/12, months%12+1
	start, ok := dateTicks(y, m, min(d, monthLength(y, m)))
	return start + t%day, ok
}

func addChecked(a, b int64) (sum int64, overflow bool) {
	sum = a + b
	return sum, (sum > a) != (b > 0) && b != 0
}

func mulChecked(a, b int64) (product int64, overflow bool) {
	hi, lo := bits.Mul64(uint64(max(a, -a)), uint64(max(b, -b)))
	if hi != 0 || lo > math.MaxInt64 || a == math.MinInt64 || b == math.MinInt64 {
		return 0, true
	}
	if (a < 0) != (b < 0) {
		return -int64(lo), false
	}
	return int64(lo), false
}

// The parts of datetime_add and datetime_diff that have a fixed length. A
// nanosecond is less than a tick and is treated apart.
var partTicks = map[string]int64{
	"week": 7 * day, "day": day, "hour": hour, "minute": minute, "second": second, "millisecond": millisecond, "microsecond": microsecond,
}

var partMonths = map[string]int64{"month": 1, "quarter": 3, "year": 12}

func addPart(part string, n, t int64) (int64, bool) {
	if months, ok := partMonths[part]; ok {
		n, over := mulChecked(n, months)
		if over {
			return 0, false
		}
		return addMonths(t, n)
	}
	delta := n / 100
	if unit, ok := partTicks[part]; ok {
		var over bool
		if delta, over = mulChecked(n, unit); over {
			return 0, false
		}
	} else if part != "nanosecond" {
		return 0, false
	}
	sum, over := addChecked(t, delta)
	return sum, !over && validTicks(sum)
}

// diffPart is how many boundaries of the part lie between b and a.
func diffPart(part string, a, b int64) (int64, bool) {
	switch part {
	case "year", "quarter", "month":
		count := func(t int64) int64 {
			y, m, _ := civil(t / day)
			return (y*12 + m - 1) / partMonths[part]
		}
		return count(a) - count(b), true
	case "week":
		sunday := func(t int64) int64 { return t/day - weekday(t/day) }
		return (sunday(a) - sunday(b)) / 7, true
	case "nanosecond":
		n, over := mulChecked(a-b, 100)
		return n, !over
	}
	unit, ok := partTicks[part]
	if !ok {
		return 0, false
	}
	return a/unit - b/unit, true
}

// isoWeek is the number of the week by ISO 8601.
func isoWeek(t int64) int64 {
	days := t / day
	thursday := days - days%7 + 3 // of the same week; day 0 was a Monday
	y, _, _ := civil(thursday)
	return (thursday-daysOf(y, 1, 1))/7 + 1
}

// datePart is one part of a datetime.
func datePart(part string, t int64) (int64, bool) {
	y, m, d := civil(t / day)
	switch part {
	case "year":
		return y, true
	case "quarter":
		return (m-1)/3 + 1, true
	case "month":
		return m, true
	case "week_of_year":
		return isoWeek(t), true
	case "day":
		return d, true
	case "dayofyear":
		return t/day - daysOf(y, 1, 1) + 1, true
	case "hour":
		return t / hour % 24, true
	case "minute":
		return t / minute % 60, true
	case "second":
		return t / second % 60, true
	case "millisecond":
		return t / millisecond % 1000, true
	case "microsecond":
		return t / microsecond % 1000000, true
	case "nanosecond":
		return t % second * 100, true
	}
	return 0, false
}

// startOf returns the start of the period that holds t, moved by n periods.
func startOf(period string, t, n int64) (int64, bool) {
	days := t / day
	switch y, m, _ := civil(days); period {
	case "day":
		return addPart("day", n, days*day)
	case "week":
		if days -= weekday(days); days < 0 {
			return 0, false
		}
		return addPart("week", n, days*day)
	case "month":
		return addMonths(daysOf(y, m, 1)*day, n)
	default:
		start := daysOf(y, 1, 1) * day
		months, over := mulChecked(n, 12)
		if over {
			return 0, false
		}
		return addMonths(start, months)
	}
}

func starting(period string) Func {
	return Func{Name: "kql_startof" + period, Args: []types.Type{types.DateTime, types.Long}, Result: types.DateTime, New: strict(func(args []Value, out *Value) {
		if !validTicks(args[0].Int) {
			out.Null = true
			return
		}
		t, ok := startOf(period, args[0].Int, args[1].Int)
		out.Int, out.Null = t, !ok
	})}
}

func ending(period string) Func {
	return Func{Name: "kql_endof" + period, Args: []types.Type{types.DateTime, types.Long}, Result: types.DateTime, New: strict(func(args []Value, out *Value) {
		if !validTicks(args[0].Int) {
			out.Null = true
			return
		}
		t, ok := startOf(period, args[0].Int, args[1].Int)
		if !ok {
			out.Null = true
			return
		}
		// The next period may start in year 10000, which does not exist.
		if next, ok := startOf(period, t, 1); ok {
			out.Int = next - 1
		} else {
			out.Int = maxTicks
		}
	})}
}

// part makes a native of one part of a datetime.
func part(name, which string) Func {
	return one(name, types.DateTime, types.Int, func(in, out *Value) {
		n, ok := int64(0), validTicks(in.Int)
		if ok {
			n, ok = datePart(which, in.Int)
		}
		out.Int, out.Null = n, !ok
	})
}

// A layout is a format of format_datetime or format_timespan, cut into runs of
// one letter and the text between them.
type layout struct {
	original string
	runs     []run
}

type run struct {
	letter byte // 0 for text
	count  int
	text   string
}

// parseLayout cuts a format. It fails at a run of letters that are not among the
// given ones or that are too many.
func parseLayout(format, letters string, most int) (*layout, error) {
	l := &layout{original: format}
	for i := 0; i < len(format); {
		c := format[i]
		n := 1
		if strings.IndexByte(letters, c) >= 0 {
			for i+n < len(format) && format[i+n] == c {
				n++
			}
			limit := map[byte]int{'f': 7, 'F': 7, 'y': 4, 'd': most}[c]
			if limit == 0 {
				limit = 2
			}
			if n > limit {
				return nil, fmt.Errorf("format %q: %s is not supported", format, format[i:i+n])
			}
			l.runs = append(l.runs, run{letter: c, count: n})
		} else {
			l.runs = append(l.runs, run{text: format[i : i+1]})
		}
		i += n
	}
	return l, nil
}

// CheckDateFormat reports what format_datetime cannot write of a format.
func CheckDateFormat(format string) error {
	_, err := parseLayout(format, dateLetters, 2)
	return err
}

// CheckTimespanFormat reports what format_timespan cannot write of a format.
func CheckTimespanFormat(format string) error {
	_, err := parseLayout(format, spanLetters, 8)
	return err
}

const (
	dateLetters = "dfFhHmMsty"
	spanLetters = "dfFhHms"
)

func appendRun(dst []byte, r run, t int64, date bool) []byte {
	var y, m, d int64
	if date {
		y, m, d = civil(t / day)
	} else {
		d = t / day
	}
	switch r.letter {
	case 0:
		return append(dst, r.text...)
	case 'd':
		return pad(dst, d, r.count)
	case 'M':
		return pad(dst, m, r.count)
	case 'y':
		if r.count <= 2 {
			return pad(dst, y%100, r.count)
		}
		return pad(dst, y, 4)
	case 'H':
		return pad(dst, t/hour%24, r.count)
	case 'h':
		if !date {
			return pad(dst, t/hour%24, r.count)
		}
		return pad(dst, (t/hour%24+11)%12+1, r.count)
	case 'm':
		return pad(dst, t/minute%60, r.count)
	case 's':
		return pad(dst, t/second%60, r.count)
	case 't':
		half := "AM"
		if t/hour%24 >= 12 {
			half = "PM"
		}
		return append(dst, half[:r.count]...)
	}
	f := t % second / pow10(7-r.count)
	if r.letter == 'f' {
		return pad(dst, f, r.count)
	}
	if f == 0 {
		return dst
	}
	at := len(dst)
	dst = pad(dst, f, r.count)
	for len(dst) > at && dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

func formatting(name string, arg types.Type, letters string, most int) Func {
	return Func{Name: name, Args: []types.Type{arg, types.String}, Result: types.String, New: func() Eval {
		var l *layout
		var buf []byte
		return func(args []Value, out *Value) {
			date := arg == types.DateTime
			if args[0].Null || date && !validTicks(args[0].Int) {
				return
			}
			if l == nil || l.original != string(args[1].Bytes) {
				var err error
				if l, err = parseLayout(string(args[1].Bytes), letters, most); err != nil {
					l = nil
					return
				}
			}
			buf = buf[:0]
			t := args[0].Int
			if t < 0 {
				buf = append(buf, '-')
				t = max(-t, 0)
			}
			for _, r := range l.runs {
				buf = appendRun(buf, r, t, date)
			}
			out.Bytes = buf
		}
	}}
}

// zoned makes datetime_utc_to_local and its opposite.
func zoned(name string, convert func(t int64, zone *time.Location) int64) Func {
	return Func{Name: name, Args: []types.Type{types.DateTime, types.String}, Result: types.DateTime, New: func() Eval {
		zones := map[string]*time.Location{}
		return func(args []Value, out *Value) {
			zone, known := zones[string(args[1].Bytes)]
			if !known {
				name := string(args[1].Bytes)
				if name != "" && name != "Local" {
					zone, _ = time.LoadLocation(name)
				}
				if len(zones) < maxZones {
					zones[name] = zone
				}
			}
			if args[0].Null || zone == nil || !validTicks(args[0].Int) {
				out.Null = true
				return
			}
			out.Int = convert(args[0].Int, zone)
			out.Null = !validTicks(out.Int)
		}
	}}
}

// maxZones bounds what an instance remembers when zones come from data.
const maxZones = 1000

// offsetAt is the offset from UTC of a zone at an instant, in ticks.
func offsetAt(t int64, zone *time.Location) int64 {
	_, seconds := time.Unix((t-unixEpoch)/second, 0).In(zone).Zone()
	return int64(seconds) * second
}

func localToUTC(t int64, zone *time.Location) int64 {
	before, after := offsetAt(t-day, zone), offsetAt(t+day, zone)
	// Local times that occur twice are taken as standard time, those that are
	// skipped as summer time.
	for _, o := range []int64{min(before, after), max(before, after)} {
		if offsetAt(t-o, zone) == o {
			return t - o
		}
	}
	return t - max(before, after)
}

var calendarFuncs = []Func{
	{Name: "kql_datetime_add", Args: []types.Type{types.String, types.Long, types.DateTime}, Result: types.DateTime, New: strict(func(args []Value, out *Value) {
		if !validTicks(args[2].Int) {
			out.Null = true
			return
		}
		t, ok := addPart(string(lowered(nil, args[0].Bytes)), args[1].Int, args[2].Int)
		out.Int, out.Null = t, !ok
	})},
	{Name: "kql_datetime_diff", Args: []types.Type{types.String, types.DateTime, types.DateTime}, Result: types.Long, New: strict(func(args []Value, out *Value) {
		if !validTicks(args[1].Int) || !validTicks(args[2].Int) {
			out.Null = true
			return
		}
		n, ok := diffPart(string(lowered(nil, args[0].Bytes)), args[1].Int, args[2].Int)
		out.Int, out.Null = n, !ok
	})},
	{Name: "kql_datetime_part", Args: []types.Type{types.String, types.DateTime}, Result: types.Int, New: strict(func(args []Value, out *Value) {
		if !validTicks(args[1].Int) {
			out.Null = true
			return
		}
		n, ok := datePart(string(lowered(nil, args[0].Bytes)), args[1].Int)
		out.Int, out.Null = n, !ok
	})},
	starting("day"), starting("week"), starting("month"), starting("year"),
	ending("day"), ending("week"), ending("month"), ending("year"),
	part("kql_year", "year"), part("kql_month", "month"), part("kql_day", "day"), part("kql_dayofyear", "dayofyear"), part("kql_week", "week_of_year"),
	{Name: "kql_make_datetime", Args: []types.Type{types.Long, types.Long, types.Long, types.Long, types.Long, types.Real}, Result: types.DateTime, New: strict(func(args []Value, out *Value) {
		t, ok := dateTicks(args[0].Int, args[1].Int, args[2].Int)
		h, m, s := args[3].Int, args[4].Int, args[5].Float
		if !ok || h < 0 || h > 23 || m < 0 || m > 59 || !(s >= 0 && s < 60) {
			out.Null = true
			return
		}
		out.Int = t + h*hour + m*minute + int64(math.Round(s*second))
		out.Null = !validTicks(out.Int)
	})},
	{Name: "kql_make_timespan", Args: []types.Type{types.Long, types.Long, types.Long, types.Real}, Result: types.Timespan, New: plain(func(args []Value, out *Value) {
		total := 0.0
		for i, unit := range []float64{day, hour, minute} {
			if args[i].Null {
				out.Null = true
				return
			}
			total += unit * float64(args[i].Int)
		}
		s := args[3].Float * second
		if args[3].Null || !(math.Abs(total)+math.Abs(s) < math.MaxInt64) {
			out.Null = true
			return
		}
		out.Int = args[0].Int*day + args[1].Int*hour + args[2].Int*minute + int64(math.Round(s))
	})},
	formatting("kql_format_datetime", types.DateTime, dateLetters, 2),
	formatting("kql_format_timespan", types.Timespan, spanLetters, 8),
	zoned("kql_utc_to_local", func(t int64, zone *time.Location) int64 { return t + offsetAt(t, zone) }),
	zoned("kql_local_to_utc", localToUTC),
	// A count since 1970: of units of so many ticks, or of so many units a tick.
	{Name: "kql_unixtime", Args: []types.Type{types.Long, types.Long, types.Long}, Result: types.DateTime, New: plain(func(args []Value, out *Value) {
		n, over := mulChecked(args[0].Int, args[1].Int)
		if args[0].Null || over {
			out.Null = true
			return
		}
		t, over := addChecked(n/args[2].Int, unixEpoch)
		out.Int, out.Null = t, over || !validTicks(t)
	})},
	{Name: "kql_unixtime_real", Args: []types.Type{types.Real, types.Long, types.Long}, Result: types.DateTime, New: plain(func(args []Value, out *Value) {
		n := math.Round(args[0].Float * float64(args[1].Int) / float64(args[2].Int))
		if args[0].Null || !(math.Abs(n) < math.MaxInt64) {
			out.Null = true
			return
		}
		t, over := addChecked(int64(n), unixEpoch)
		out.Int, out.Null = t, over || !validTicks(t)
	})},
}
