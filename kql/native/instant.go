package native

import "strconv"

// Times are ticks of 100 ns: a datetime counts them since the start of year 1,
// as .NET and Kusto do.
const (
	tick        = 1
	microsecond = 10 * tick
	millisecond = 1000 * microsecond
	second      = 1000 * millisecond
	minute      = 60 * second
	hour        = 60 * minute
	day         = 24 * hour

	unixEpoch = 621355968000000000  // 1970-01-01
	maxTicks  = 3155378975999999999 // 9999-12-31T23:59:59.9999999
)

func validTicks(t int64) bool { return t >= 0 && t <= maxTicks }

// civil returns the date of a count of days since 0001-01-01.
func civil(days int64) (year, month, dayOfMonth int64) {
	// Years are counted from March, so that the leap day is the last of one.
	z := days + 306
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	dayOfMonth = doy - (153*mp+2)/5 + 1
	month = mp + 3
	year = yoe + era*400
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, dayOfMonth
}

// daysOf returns the count of days since 0001-01-01 of a date that exists.
func daysOf(year, month, dayOfMonth int64) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + dayOfMonth - 1 - 306
}

func leap(year int64) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func monthLength(year, month int64) int64 {
	switch month {
	case 2:
		if leap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// dateTicks returns the start of a date, and whether the date exists.
func dateTicks(year, month, dayOfMonth int64) (int64, bool) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > monthLength(year, month) {
		return 0, false
	}
	return daysOf(year, month, dayOfMonth) * day, true
}

func pad(dst []byte, v int64, width int) []byte {
	for div := pow10(width - 1); div > 1 && v < div; div /= 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, v, 10)
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

// AppendDateTime writes a datetime as tostring() does, nothing for ticks outside of the
// years 1 to 9999.
func AppendDateTime(dst []byte, t int64) []byte {
	if !validTicks(t) {
		return dst
	}
	y, m, d := civil(t / day)
	dst = append(pad(dst, y, 4), '-')
	dst = append(pad(dst, m, 2), '-')
	dst = append(pad(dst, d, 2), 'T')
	dst = append(pad(dst, t/hour%24, 2), ':')
	dst = append(pad(dst, t/minute%60, 2), ':')
	dst = append(pad(dst, t/second%60, 2), '.')
	return append(pad(dst, t%second, 7), 'Z')
}

// AppendTimespan writes a timespan as tostring() does.
func AppendTimespan(dst []byte, t int64) []byte {
	u := uint64(t)
	if t < 0 {
		dst = append(dst, '-')
		u = -u
	}
	if d := u / day; d > 0 {
		dst = append(strconv.AppendUint(dst, d, 10), '.')
	}
	dst = append(pad(dst, int64(u/hour%24), 2), ':')
	dst = append(pad(dst, int64(u/minute%60), 2), ':')
	dst = pad(dst, int64(u/second%60), 2)
	if f := int64(u % second); f > 0 {
		dst = pad(append(dst, '.'), f, 7)
	}
	return dst
}

// A reader walks text that may be a time.
type reader struct {
	s []byte
	i int
}

func (r *reader) more() bool { return r.i < len(r.s) }

func (r *reader) peek() byte {
	if r.i < len(r.s) {
		return r.s[r.i]
	}
	return 0
}

func (r *reader) take(c byte) bool {
	if r.peek() == c {
		r.i++
		return true
	}
	return false
}

// number reads up to most digits; n is how many there were.
func (r *reader) number(most int) (v int64, n int) {
	for n < most && r.peek() >= '0' && r.peek() <= '9' {
		v = v*10 + int64(r.peek()-'0')
		r.i++
		n++
	}
	return v, n
}

// fraction reads the digits of a fraction of a second; what is finer than a tick is cut.
func (r *reader) fraction() (ticks int64, ok bool) {
	unit := int64(second / 10)
	for r.peek() >= '0' && r.peek() <= '9' {
		ticks += unit * int64(r.peek()-'0')
		unit /= 10
		r.i++
		ok = true
	}
	return ticks, ok
}

func (r *reader) word() []byte {
	from := r.i
	for c := r.peek() | 0x20; c >= 'a' && c <= 'z'; c = r.peek() | 0x20 {
		r.i++
	}
	return r.s[from:r.i]
}

// clock reads h:mm[:ss[.f]] of which the hour is already read.
func (r *reader) clock(h int64) (ticks int64, ok bool) {
	if !r.take(':') {
		return 0, false
	}
	m, n := r.number(2)
	if n == 0 || h > 23 || m > 59 {
		return 0, false
	}
	ticks = h*hour + m*minute
	if r.take(':') {
		s, n := r.number(2)
		if n == 0 || s > 59 {
			return 0, false
		}
		ticks += s * second
		if r.peek() == '.' || r.peek() == ',' && r.i+1 < len(r.s) && r.s[r.i+1] >= '0' && r.s[r.i+1] <= '9' {
			r.i++
			f, ok := r.fraction()
			if !ok {
				return 0, false
			}
			ticks += f
		}
	}
	return ticks, true
}

// parseDateTime reads the forms that todatetime() takes: ISO 8601, RFC 822 and
// 850, and the month-first forms of the United States. Text without a zone is UTC.
func parseDateTime(text []byte) (int64, bool) {
	var (
		r        = reader{s: trim(text)}
		nums     [3]int64
		digits   [3]int
		count    int
		month    int64
		monthAt  = -1
		time     int64
		offset   int64
		hasTime  bool
		hasZone  bool
		half     byte
		lastChar byte
	)
	if !r.more() {
		return 0, false
	}
	for r.more() {
		c := r.peek()
		switch {
		case c >= '0' && c <= '9':
			if hasZone {
				return 0, false
			}
			v, n := r.number(9)
			if r.peek() == ':' && !hasTime {
				if n > 2 {
					return 0, false
				}
				var ok bool
				if time, ok = r.clock(v); !ok {
					return 0, false
				}
				hasTime = true
				break
			}
			if (r.peek()|0x20 == 'a' || r.peek()|0x20 == 'p') && !hasTime && n <= 2 && count == 3 {
				time, hasTime = v*hour, true // 5 PM
				break
			}
			if count == 3 || n > 4 {
				return 0, false
			}
			nums[count], digits[count] = v, n
			count++
		case hasTime && !hasZone && (c == '+' || c == '-'):
			r.i++
			h, n := r.number(2)
			if n == 0 {
				return 0, false
			}
			r.take(':')
			m, _ := r.number(2)
			if h > 14 || m > 59 {
				return 0, false
			}
			offset, hasZone = h*hour+m*minute, true
			if c == '-' {
				offset = -offset
			}
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			w := r.word()
			switch lower := string(lowered(nil, w)); lower {
			case "t":
				if count != 3 || hasTime || r.peek() < '0' || r.peek() > '9' {
					return 0, false
				}
			case "z", "gmt", "utc":
				if !hasTime && lower != "z" || hasZone {
					return 0, false
				}
				hasZone = true
			case "am", "pm":
				if !hasTime || half != 0 {
					return 0, false
				}
				half = lower[0]
			default:
				if m, ok := monthNames[lower]; ok && month == 0 {
					month, monthAt = m, count
				} else if !weekdayNames[lower] || count > 0 {
					return 0, false
				}
			}
		case c == ' ' || c == ',':
			r.i++
		case (c == '-' || c == '/' || c == '.') && !hasTime && (lastChar >= '0' && lastChar <= '9' || lastChar|0x20 >= 'a' && lastChar|0x20 <= 'z'):
			r.i++
		default:
			return 0, false
		}
		lastChar = r.s[r.i-1]
	}
	y, m, d, ok := arrange(nums, digits, count, month, monthAt)
	if !ok {
		return 0, false
	}
	t, ok := dateTicks(y, m, d)
	if !ok {
		return 0, false
	}
	if half != 0 {
		h := time / hour
		if h > 12 || h == 0 {
			return 0, false
		}
		time %= hour
		if h != 12 {
			time += h * hour
		}
		if half == 'p' {
			time += 12 * hour
		}
	}
	t += time - offset
	return t, validTicks(t)
}

// arrange says which number of a date is what.
func arrange(nums [3]int64, digits [3]int, count int, month int64, monthAt int) (y, m, d int64, ok bool) {
	year := func(i int) int64 {
		if digits[i] <= 2 {
			if nums[i] < 30 {
				return 2000 + nums[i]
			}
			return 1900 + nums[i]
		}
		return nums[i]
	}
	switch {
	case month > 0 && count == 2 && digits[0] > 2:
		return nums[0], month, nums[1], monthAt == 1
	case month > 0 && count == 2:
		return year(1), month, nums[0], monthAt <= 1
	case month > 0 && count == 1 && digits[0] == 4:
		return nums[0], month, 1, true
	case month == 0 && count == 3 && digits[0] > 2:
		return nums[0], nums[1], nums[2], digits[1] <= 2 && digits[2] <= 2
	case month == 0 && count == 3:
		return year(2), nums[0], nums[1], digits[1] <= 2
	case month == 0 && count == 2 && digits[0] == 4:
		return nums[0], nums[1], 1, true
	}
	return 0, 0, 0, false
}

var monthNames = map[string]int64{
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
	"january": 1, "february": 2, "march": 3, "april": 4, "june": 6, "july": 7, "august": 8, "september": 9, "october": 10, "november": 11, "december": 12,
}

var weekdayNames = map[string]bool{
	"mon": true, "tue": true, "wed": true, "thu": true, "fri": true, "sat": true, "sun": true,
	"monday": true, "tuesday": true, "wednesday": true, "thursday": true, "friday": true, "saturday": true, "sunday": true,
}

// timespanUnits are the suffixes of KQL's timespan literals.
var timespanUnits = map[string]int64{
	"d": day, "day": day, "days": day, "h": hour, "hr": hour, "hrs": hour, "hour": hour, "hours": hour,
	"m": minute, "min": minute, "minute": minute, "minutes": minute, "s": second, "sec": second, "second": second, "seconds": second,
	"ms": millisecond, "milli": millisecond, "millis": millisecond, "millisecond": millisecond, "milliseconds": millisecond,
	"micro": microsecond, "micros": microsecond, "microsecond": microsecond, "microseconds": microsecond, "tick": tick, "ticks": tick,
}

// parseTimespan reads [-][d.]hh:mm[:ss[.f]], a number of days, or a literal such as 1.5h.
func parseTimespan(text []byte) (int64, bool) {
	r := reader{s: trim(text)}
	negative := r.take('-')
	start := r.i
	v, n := r.number(8)
	if n == 0 {
		return 0, false
	}
	var t int64
	switch {
	case !r.more():
		t = v * day
	case r.peek() == ':':
		var ok bool
		if t, ok = r.clock(v); !ok {
			return 0, false
		}
	case r.peek() == '.' && clockFollows(r):
		r.i++
		h, n := r.number(2)
		c, ok := r.clock(h)
		if n == 0 || !ok || v > 10675199 {
			return 0, false
		}
		t = v*day + c
	default:
		for r.peek() == '.' || r.peek() >= '0' && r.peek() <= '9' {
			r.i++
		}
		f, err := strconv.ParseFloat(string(r.s[start:r.i]), 64)
		unit, ok := timespanUnits[string(lowered(nil, r.word()))]
		if err != nil || !ok || f*float64(unit) >= 1<<63 {
			return 0, false
		}
		t = int64(f * float64(unit))
	}
	if r.more() {
		return 0, false
	}
	if negative {
		t = -t
	}
	return t, true
}

func clockFollows(r reader) bool {
	r.i++
	_, n := r.number(2)
	return n > 0 && r.peek() == ':'
}
