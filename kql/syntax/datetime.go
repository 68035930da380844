package syntax

import (
	"strconv"
	"strings"
	"time"
)

// decodeDatetime reads the body of datetime(...) and returns ticks since year 1, in UTC. It
// takes ISO 8601 (a date, or a date and a time, with `T` or a blank between them, a zone as `Z`,
// `+01:00` or by name), a year alone, month, day and year in this order, and the forms of RFC 822 and RFC 850.
func decodeDatetime(s string) (int64, error) {
	var d datetimeParts
	fields := strings.Fields(strings.ReplaceAll(s, ",", " "))
	// A `T` between digits separates date from time.
	if len(fields) > 0 {
		if i := strings.IndexAny(fields[0], "Tt"); i > 0 && i+1 < len(fields[0]) && isDigit(fields[0][i-1]) && isDigit(fields[0][i+1]) {
			fields = append([]string{fields[0][:i], fields[0][i+1:]}, fields[1:]...)
		}
	}
	if len(fields) == 0 {
		return 0, errForm
	}
	for _, f := range fields {
		if err := d.field(f); err != nil {
			return 0, err
		}
	}
	return d.ticks()
}

type datetimeParts struct {
	numbers    []int // year, month, day in the order of the date's form; day and year around a month's name
	month      time.Month
	clock      int64 // ticks in the day
	hasTime    bool
	zone       int64 // ticks to take off
	hasZone    bool
	pm, am     bool
	iso        bool // numbers is year, month, day
	monthFirst bool // numbers is month, day, year
}

func (d *datetimeParts) field(f string) error {
	switch {
	case strings.Contains(f, ":"):
		return d.timeField(f)
	case isDigit(f[0]) || len(d.numbers) > 0 && strings.ContainsAny(f[:1], "+-") && d.hasTime:
		return d.dateField(f)
	}
	return d.nameField(f)
}

// timeField reads `hh:mm:ss.fffffff` with an optional zone.
func (d *datetimeParts) timeField(f string) error {
	if d.hasTime && strings.ContainsAny(f[:1], "+-") {
		return d.zoneField(f)
	}
	if d.hasTime {
		return errForm
	}
	zone := ""
	if i := strings.IndexAny(f, "Zz+-"); i >= 0 {
		f, zone = f[:i], f[i:]
	}
	n, err := timeOfDay(f)
	if err != nil {
		return err
	}
	d.clock, d.hasTime = n, true
	if zone != "" {
		return d.zoneField(zone)
	}
	return nil
}

func (d *datetimeParts) zoneField(z string) error {
	if d.hasZone {
		return errForm
	}
	d.hasZone = true
	if strings.EqualFold(z, "Z") {
		return nil
	}
	digits := strings.ReplaceAll(z[1:], ":", "")
	if len(digits) == 2 {
		digits += "00"
	}
	if len(digits) != 4 || !allDigits(digits) {
		return errForm
	}
	n, _ := strconv.ParseInt(digits, 10, 64)
	d.zone = n/100*ticksHour + n%100*ticksMinute
	if n%100 >= 60 || n/100 > 14 {
		return errRange
	}
	if z[0] == '-' {
		d.zone = -d.zone
	}
	return nil
}

// dateField reads a date whose parts - or / separates, a number alone, or a zone.
func (d *datetimeParts) dateField(f string) error {
	if d.hasTime && strings.ContainsAny(f[:1], "+-") {
		return d.zoneField(f)
	}
	if !d.hasTime && strings.HasSuffix(strings.ToUpper(f), "Z") && len(d.numbers) == 0 {
		d.hasZone, f = true, f[:len(f)-1]
	}
	sep := "-"
	if strings.Contains(f, "/") {
		sep = "/"
	}
	parts := strings.Split(f, sep)
	if len(parts) > 1 && len(d.numbers) > 0 || len(parts) > 3 {
		return errForm
	}
	for i, p := range parts {
		if i > 0 && len(parts) == 3 && len(p) >= 3 && !isDigit(p[0]) {
			if err := d.nameField(p); err != nil {
				return err
			}
			continue
		}
		if p == "" || len(p) > 4 || !allDigits(p) {
			return errForm
		}
		n, _ := strconv.Atoi(p)
		d.numbers = append(d.numbers, n)
	}
	switch {
	case len(parts) > 1 && len(d.numbers) == len(parts):
		d.iso = len(parts[0]) == 4
		d.monthFirst = !d.iso
	case len(parts) == 1 && len(f) == 4 && len(d.numbers) == 1 && d.month == 0:
		d.iso = true
	}
	return nil
}

var (
	monthNames = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
	dayNames   = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
)

// nameField reads the name of a month, a day of the week, a zone, or AM and PM.
func (d *datetimeParts) nameField(f string) error {
	name := strings.ToLower(strings.TrimSuffix(f, "."))
	switch name {
	case "z", "utc", "gmt", "ut":
		d.hasZone = true
		return nil
	case "am":
		d.am = true
		return nil
	case "pm":
		d.pm = true
		return nil
	}
	if len(name) < 3 {
		return errForm
	}
	for i, m := range monthNames {
		if name == m || name == m[:3] {
			if d.month != 0 {
				return errForm
			}
			d.month = time.Month(i + 1)
			return nil
		}
	}
	for _, day := range dayNames {
		if name == day || name == day[:3] {
			return nil
		}
	}
	return errForm
}

func (d *datetimeParts) ticks() (int64, error) {
	n := append(d.numbers, 1, 1, 1)
	year, month, day := n[0], n[1], n[2]
	switch {
	case d.month != 0 && len(d.numbers) == 2: // 8 Nov 14
		year, month, day = n[1], int(d.month), n[0]
		if year < 50 {
			year += 2000
		} else if year < 100 {
			year += 1900
		}
	case d.monthFirst && len(d.numbers) == 3:
		year, month, day = n[2], n[0], n[1]
	case d.iso && d.month == 0 && len(d.numbers) <= 3:
	default:
		return 0, errForm
	}
	if d.am || d.pm {
		hour := d.clock / ticksHour
		if !d.hasTime || hour == 0 || hour > 12 || d.am && d.pm {
			return 0, errForm
		}
		if hour == 12 {
			d.clock -= 12 * ticksHour
		}
		if d.pm {
			d.clock += 12 * ticksHour
		}
	}
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if year < 1 || year > 9999 || date.Month() != time.Month(month) || date.Day() != day {
		return 0, errRange
	}
	ticks := (date.Unix()-yearOne)*ticksSecond + d.clock - d.zone
	if ticks < 0 || ticks > maxDatetime {
		return 0, errRange
	}
	return ticks, nil
}

// yearOne is 0001-01-01 in seconds since 1970, and maxDatetime the last tick of the year 9999.
const (
	yearOne     = -62135596800
	maxDatetime = 3155378975999999999
)

// datetimeText returns ticks in the shortest ISO form that reads back as the same value.
func datetimeText(ticks int64) string {
	t := time.Unix(yearOne+ticks/ticksSecond, ticks%ticksSecond*100).UTC()
	switch {
	case ticks%ticksDay == 0:
		return t.Format("2006-01-02")
	case ticks%ticksSecond == 0:
		return t.Format("2006-01-02T15:04:05Z")
	}
	return t.Format("2006-01-02T15:04:05.9999999Z")
}
