package decode

import (
	"strconv"
	"time"
)

// fit says how well a wire value went into a column.
type fit uint8

const (
	fits  fit = iota
	lossy     // the column has the value, but not all of it
	never     // the value is not of the column's type
)

const (
	ticksPerSecond = 10_000_000
	unixTicks      = 621_355_968_000_000_000 // 1970-01-01 in ticks since year 1
	maxTicks       = 3_155_378_975_999_999_999
)

// two reads two digits; anything else gives a number too large for every use.
func two(b []byte, i int) int {
	x, y := b[i]-'0', b[i+1]-'0'
	if x > 9 || y > 9 {
		return 1 << 20
	}
	return int(x)*10 + int(y)
}

// ticksOf returns the ticks of a civil time, false when there is no such time.
func ticksOf(year, month, day, hour, minute, second int) (int64, bool) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour > 23 || minute > 59 || second > 60 { // 60 is a leap second: the first of the next minute
		return 0, false
	}
	y, m := year, month
	if m <= 2 {
		y--
		m += 12
	}
	days := int64(365*y+y/4-y/100+y/400+(153*(m-3)+2)/5+day) - 307
	return (days*86400 + int64(hour)*3600 + int64(minute)*60 + int64(second)) * ticksPerSecond, true
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// fraction reads the digits after a decimal point as ticks. Digits beyond the
// seventh that are not zero make it lossy.
func fraction(b []byte, i int) (ticks int64, end int, f fit) {
	p := int64(ticksPerSecond)
	for i < len(b) && b[i]-'0' < 10 {
		if p > 1 {
			p /= 10
			ticks += int64(b[i]-'0') * p
		} else if b[i] != '0' {
			f = lossy
		}
		i++
	}
	return ticks, i, f
}

// zone reads what follows the time of day: nothing and Z are UTC, otherwise an
// offset, which is returned in ticks.
func zone(b []byte) (offset int64, ok bool) {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	switch {
	case len(b) == 0, len(b) == 1 && b[0]|32 == 'z', string(b) == "UTC", string(b) == "GMT":
		return 0, true
	case b[0] != '+' && b[0] != '-':
		return 0, false
	}
	h, m := 0, 0
	switch {
	case len(b) == 6 && b[3] == ':':
		h, m = two(b, 1), two(b, 4)
	case len(b) == 5:
		h, m = two(b, 1), two(b, 3)
	case len(b) == 3:
		h = two(b, 1)
	default:
		return 0, false
	}
	if h > 14 || m > 59 {
		return 0, false
	}
	offset = int64(h*60+m) * 60 * ticksPerSecond
	if b[0] == '-' {
		offset = -offset
	}
	return offset, true
}

// parseTime reads a time as any Azure service writes it: ISO 8601 with any
// number of digits, T or a blank, dashes or slashes, an offset or none (UTC);
// American with or without AM and PM; the forms of HTTP; and numbers, see
// [epoch]. The result is in ticks.
func parseTime(b []byte) (int64, fit) {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	if len(b) < 8 {
		return 0, never
	}
	if len(b) >= 10 && (b[4] == '-' && b[7] == '-' || b[4] == '/' && b[7] == '/') {
		return isoTime(b)
	}
	if b[0]-'0' < 10 || b[0] == '-' {
		if digits(b, 1) == len(b) {
			return epoch(b)
		}
		return usTime(b)
	}
	for _, layout := range []string{time.RFC1123, time.RFC1123Z, time.RFC850, time.ANSIC} {
		if t, err := time.Parse(layout, string(b)); err == nil {
			return t.Unix()*ticksPerSecond + unixTicks, fits
		}
	}
	return 0, never
}

func isoTime(b []byte) (int64, fit) {
	hour, minute, second := 0, 0, 0
	var part int64
	f := fits
	rest := b[10:]
	if len(rest) > 0 {
		if len(rest) < 6 || rest[0]|32 != 't' && rest[0] != ' ' || rest[3] != ':' {
			return 0, never
		}
		hour, minute = two(rest, 1), two(rest, 4)
		rest = rest[6:]
		if len(rest) >= 3 && rest[0] == ':' {
			second = two(rest, 1)
			rest = rest[3:]
			if len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') {
				end := 0
				part, end, f = fraction(rest, 1)
				if end == 1 {
					return 0, never
				}
				rest = rest[end:]
			}
		}
	}
	return civil(two(b, 0)*100+two(b, 2), two(b, 5), two(b, 8), hour, minute, second, part, rest, f)
}

func civil(year, month, day, hour, minute, second int, part int64, rest []byte, f fit) (int64, fit) {
	t, ok := ticksOf(year, month, day, hour, minute, second)
	if !ok {
		return 0, never
	}
	offset, ok := zone(rest)
	t += part - offset
	if !ok || t < 0 || t > maxTicks {
		return 0, never
	}
	return t, f
}

// usTime reads M/d/yyyy h:mm[:ss[.fff]] [AM|PM] [offset].
func usTime(b []byte) (int64, fit) {
	var n [3]int
	i := 0
	for k := range n {
		j := digits(b, i)
		if j == i || j-i > 4 {
			return 0, never
		}
		n[k], _ = strconv.Atoi(string(b[i:j]))
		i = j
		if k < 2 {
			if i >= len(b) || b[i] != '/' {
				return 0, never
			}
			i++
		}
	}
	var clock [3]int
	var part int64
	f := fits
	if i < len(b) {
		if b[i] != ' ' && b[i] != 'T' {
			return 0, never
		}
		i = blank(b, i+1)
		for k := range clock {
			j := digits(b, i)
			if j == i || j-i > 2 {
				return 0, never
			}
			clock[k], _ = strconv.Atoi(string(b[i:j]))
			i = j
			if i >= len(b) || b[i] != ':' || k == 2 {
				if k == 0 {
					return 0, never
				}
				break
			}
			i++
		}
		if i < len(b) && b[i] == '.' {
			part, i, f = fraction(b, i+1)
		}
		i = blank(b, i)
		if i+2 <= len(b) && b[i+1]|32 == 'm' && (b[i]|32 == 'a' || b[i]|32 == 'p') {
			if clock[0] < 1 || clock[0] > 12 {
				return 0, never
			}
			clock[0] %= 12
			if b[i]|32 == 'p' {
				clock[0] += 12
			}
			i += 2
		}
	}
	return civil(n[2], n[0], n[1], clock[0], clock[1], clock[2], part, b[i:], f)
}

// epoch reads a number as a time by its size: seconds, milli-, micro- or
// nanoseconds since 1970, or ticks since year 1.
func epoch(b []byte) (int64, fit) {
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil || n < 0 {
		return 0, never
	}
	var t int64
	f := fits
	switch d := len(b); {
	case d <= 8: // a date without separators, or nonsense; not a time of logs
		return 0, never
	case d <= 11:
		t = n*ticksPerSecond + unixTicks
	case d <= 14:
		t = n*10_000 + unixTicks
	case d <= 16:
		t = n*10 + unixTicks
	case d == 18:
		t = n
	case d == 19:
		t = n/100 + unixTicks
		if n%100 != 0 {
			f = lossy
		}
	default:
		return 0, never
	}
	if t < 0 || t > maxTicks {
		return 0, never
	}
	return t, f
}

// parseSpan reads a timespan as .NET writes it, [-][d.]hh:mm[:ss[.fffffff]].
func parseSpan(b []byte) (int64, fit) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	i := digits(b, 0)
	if i == 0 || i > 8 {
		return 0, never
	}
	days, _ := strconv.Atoi(string(b[:i]))
	hour := days
	if i < len(b) && b[i] == '.' {
		j := digits(b, i+1)
		if j == i+1 || j-i > 3 {
			return 0, never
		}
		hour, _ = strconv.Atoi(string(b[i+1 : j]))
		i = j
	} else {
		days = 0
	}
	if i+3 > len(b) || b[i] != ':' || hour > 23 {
		return 0, never
	}
	minute, second := two(b, i+1), 0
	i += 3
	var part int64
	f := fits
	if i < len(b) {
		if i+3 > len(b) || b[i] != ':' {
			return 0, never
		}
		second = two(b, i+1)
		i += 3
		if i+1 < len(b) && b[i] == '.' {
			part, i, f = fraction(b, i+1)
		}
	}
	if minute > 59 || second > 59 || i != len(b) || days > 10_000_000 {
		return 0, never
	}
	t := (int64(days)*86400+int64(hour)*3600+int64(minute)*60+int64(second))*ticksPerSecond + part
	if neg {
		t = -t
	}
	return t, f
}
