package builtin

import (
	"fmt"
	"strings"

	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/types"
)

var diffParts = "year, quarter, month, week, day, hour, minute, second, millisecond, microsecond, nanosecond"
var dateParts = "year, quarter, month, week_of_year, day, dayOfYear, hour, minute, second, millisecond, microsecond, nanosecond"

// emitPart checks the part that a call names and calls the native.
func emitPart(known, template string) EmitFunc {
	return func(c *Call) (string, error) {
		a, _ := c.Arg("part")
		name, _ := a.Value.(string)
		for p := range strings.SplitSeq(known, ", ") {
			if strings.EqualFold(p, name) {
				return c.Template(template)
			}
		}
		return "", fmt.Errorf("%s(): there is no part %q; parts are %s", c.Func.Name, name, known)
	}
}

func emitFormat(function string, check func(format string) error) EmitFunc {
	return func(c *Call) (string, error) {
		if a := c.Args[1]; a.Const {
			format, _ := a.Value.(string)
			if err := check(format); err != nil {
				return "", fmt.Errorf("%s(): %w", c.Func.Name, err)
			}
		}
		return c.Template(function + "({date}, {format})")
	}
}

// emitNow writes the instant of the query, moved by the offset.
func emitNow(sign string) EmitFunc {
	return func(c *Call) (string, error) {
		now := fmt.Sprintf("CAST(%d AS BIGINT)", c.Now)
		if len(c.Args) == 0 {
			return now, nil
		}
		return "(" + now + " " + sign + " " + c.Args[0].SQL + ")", nil
	}
}

// emitUnix converts a count of units of mul ticks, or of div units a tick.
func emitUnix(mul, div int) EmitFunc {
	return func(c *Call) (string, error) {
		a := c.Args[0]
		function := "kql_unixtime"
		if a.Type == types.Real || a.Type == types.Decimal {
			function = "kql_unixtime_real"
			a.SQL = Convert(a.SQL, a.Type, types.Real)
		}
		return fmt.Sprintf("%s(%s, %d, %d)", function, a.SQL, mul, div), nil
	}
}

func emitMakeDatetime(c *Call) (string, error) {
	if len(c.Args) == 1 {
		return Convert(c.Args[0].SQL, c.Args[0].Type, types.DateTime), nil
	}
	return c.Template("kql_make_datetime({year}, {month}, {day}, {hour}, {minute}, {second})")
}

func emitMakeTimespan(c *Call) (string, error) {
	switch len(c.Args) {
	case 1:
		return Convert(c.Args[0].SQL, c.Args[0].Type, types.Timespan), nil
	case 2, 3:
		return c.Template("kql_make_timespan(0, {hours}, {minutes}, {seconds})")
	}
	return c.Template("kql_make_timespan({days}, {hours}, {minutes}, {seconds})")
}

// period makes startof... and endof...
func period(name, doc string, naming Naming, examples ...Example) Func {
	return Func{Name: name, Sigs: []string{"(date:datetime, [offset:long=0]):datetime"}, Doc: doc, Native: "kql_" + name, Naming: naming, Examples: examples}
}

func intPart(name, function, doc string, aliases []string, examples ...Example) Func {
	return Func{Name: name, Aliases: aliases, Sigs: []string{"(date:datetime):int"}, Doc: doc, Native: function, Examples: examples}
}

func unix(name string, mul, div int, example Example) Func {
	return Func{Name: name, Sigs: []string{"(number:number):datetime"}, Doc: "Converts a count since 1970 to datetime; null outside of the years 1 to 9999.", Emit: emitUnix(mul, div), Examples: []Example{example}}
}

var datetimeFuncs = []Func{
	{Name: "ago", Sigs: []string{"(timespan:timespan):datetime"}, Doc: "Returns the instant of the query less a timespan.", Emit: emitNow("-"), Examples: []Example{{`now() - ago(1d)`, `1.00:00:00`}}},
	{Name: "datetime_add", Sigs: []string{"(part:const string, value:long, datetime:datetime):datetime"}, Doc: "Adds a number of calendar parts to a datetime; a day that the month does not have is its last one.", Emit: emitPart(diffParts, "kql_datetime_add({part}, {value}, {datetime})"),
		Examples: []Example{{`datetime_add("month", 1, datetime(2017-01-31))`, `2017-02-28T00:00:00.0000000Z`}, {`datetime_add("Year", -1, datetime(2020-02-29))`, `2019-02-28T00:00:00.0000000Z`}, {`datetime_add("quarter", 1, datetime(2017-12-01 10:00))`, `2018-03-01T10:00:00.0000000Z`}, {`datetime_add("year", 9000, datetime(2020-01-01))`, `null`}}},
	{Name: "datetime_diff", Sigs: []string{"(part:const string, datetime1:datetime, datetime2:datetime):long"}, Doc: "Counts the boundaries of calendar parts between two datetimes.", Emit: emitPart(diffParts, "kql_datetime_diff({part}, {datetime1}, {datetime2})"),
		Examples: []Example{{`datetime_diff("year", datetime(2017-01-01), datetime(2000-12-31))`, `17`}, {`datetime_diff("month", datetime(2017-01-01), datetime(2015-12-30))`, `13`}, {`datetime_diff("week", datetime(2017-10-29), datetime(2017-09-30 23:59))`, `5`},
			{`datetime_diff("nanosecond", datetime(2017-10-30 23:00:00), datetime(2017-10-30 23:00:00.0000007))`, `-700`}, {`datetime_diff("day", datetime(null), datetime(2017-01-01))`, `null`}}},
	{Name: "datetime_local_to_utc", Sigs: []string{"(from:datetime, timezone:string):datetime"}, Doc: "Converts a local time of an IANA zone to UTC; null when there is no such zone.", Native: "kql_local_to_utc",
		Examples: []Example{{`datetime_local_to_utc(datetime(2020-02-02 20:02:20), "US/Pacific")`, `2020-02-03T04:02:20.0000000Z`}, {`datetime_local_to_utc(datetime(2022-03-27 02:00), "Europe/Brussels")`, `2022-03-27T00:00:00.0000000Z`}, {`datetime_local_to_utc(datetime(2020-01-01), "nowhere")`, `null`}}},
	{Name: "datetime_part", Aliases: []string{"datepart"}, Sigs: []string{"(part:const string, date:datetime):int"}, Doc: "Returns one calendar part of a datetime.", Emit: emitPart(dateParts, "kql_datetime_part({part}, {date})"),
		Examples: []Example{{`datetime_part("week_of_year", datetime(2017-10-30))`, `44`}, {`datetime_part("dayOfYear", datetime(2017-10-30))`, `303`}, {`datetime_part("microsecond", datetime(2017-10-30 01:02:03.7654321))`, `765432`}, {`datetime_part("nanosecond", datetime(2017-10-30 01:02:03.7654321))`, `765432100`}}},
	{Name: "datetime_utc_to_local", Sigs: []string{"(from:datetime, timezone:string):datetime"}, Doc: "Converts UTC to the local time of an IANA zone; null when there is no such zone.", Native: "kql_utc_to_local",
		Examples: []Example{{`datetime_utc_to_local(datetime(2020-07-01), "Europe/Paris")`, `2020-07-01T02:00:00.0000000Z`}, {`datetime_utc_to_local(datetime(2020-07-01), "")`, `null`}}},
	{Name: "dayofmonth", Sigs: []string{"(date:datetime):int"}, Doc: "Returns the day of the month.", Native: "kql_day", Examples: []Example{{`dayofmonth(datetime(2015-12-14))`, `14`}, {`dayofmonth(datetime(null))`, `null`}}},
	{Name: "dayofweek", Sigs: []string{"(date:datetime):timespan"}, Doc: "Returns the days since the last Sunday as a timespan.", SQL: SQL{DuckDB: "(({date} // 864000000000 + 1) % 7 * 864000000000)"}, Examples: []Example{{`dayofweek(datetime(1947-11-30 10:00:05))`, `00:00:00`}, {`dayofweek(datetime(1970-05-11))`, `1.00:00:00`}}},
	intPart("dayofyear", "kql_dayofyear", "Returns the number of the day in its year.", nil, Example{`dayofyear(datetime(2016-12-31))`, `366`}),
	period("endofday", "Returns the last tick of the day, moved by offset days.", NameNone, Example{`endofday(datetime(2017-01-01 10:10:17), -1)`, `2016-12-31T23:59:59.9999999Z`}),
	period("endofmonth", "Returns the last tick of the month, moved by offset months.", NameNone, Example{`endofmonth(datetime(2017-01-01 10:10:17), 1)`, `2017-02-28T23:59:59.9999999Z`}),
	period("endofweek", "Returns the last tick of the week, which ends on Saturday, moved by offset weeks.", NameNone, Example{`endofweek(datetime(2017-01-01 10:10:17))`, `2017-01-07T23:59:59.9999999Z`}),
	period("endofyear", "Returns the last tick of the year, moved by offset years.", NameNone, Example{`endofyear(datetime(9999-05-01))`, `9999-12-31T23:59:59.9999999Z`}),
	{Name: "format_datetime", Sigs: []string{"(date:datetime, format:string):string"}, Doc: "Writes a datetime by a format of d, f, F, h, H, m, M, s, t and y; empty for null.", Emit: emitFormat("kql_format_datetime", native.CheckDateFormat), Naming: NameFirst,
		Examples: []Example{{`format_datetime(datetime(2017-01-29 09:00:05), "yyyy-M-dd [H:mm:ss]")`, `2017-1-29 [9:00:05]`}, {`format_datetime(datetime(2017-01-29 09:00:05), "yy-MM-dd [hh:mm:ss tt]")`, `17-01-29 [09:00:05 AM]`}, {`format_datetime(datetime(2009-06-15 13:45:30.6175420), "fff FFFFFFF")`, `617 617542`}, {`format_datetime(datetime(null), "yyyy")`, ``}}},
	{Name: "format_timespan", Sigs: []string{"(date:timespan, format:string):string"}, Doc: "Writes a timespan by a format of d, f, F, h, H, m and s; empty for null.", Emit: emitFormat("kql_format_timespan", native.CheckTimespanFormat), Naming: NameFirst,
		Examples: []Example{{`format_timespan(time(29.09:00:05.12345), "dd.hh:mm:ss:FF")`, `29.09:00:05:12`}, {`format_timespan(time(15.13:45:30), "ddd HH:mm")`, `015 13:45`}}},
	{Name: "getmonth", Aliases: []string{"monthofyear"}, Sigs: []string{"(date:datetime):int"}, Doc: "Returns the number of the month.", Native: "kql_month", Examples: []Example{{`getmonth(datetime(2015-12-14))`, `12`}, {`monthofyear(datetime(2015-01-31))`, `1`}}},
	intPart("getyear", "kql_year", "Returns the year.", nil, Example{`getyear(datetime(2015-10-12))`, `2015`}, Example{`getyear(datetime(0001-01-01))`, `1`}),
	{Name: "hourofday", Sigs: []string{"(date:datetime):int"}, Doc: "Returns the hour.", SQL: SQL{DuckDB: "CAST({date} // 36000000000 % 24 AS INTEGER)"}, Examples: []Example{{`hourofday(datetime(2015-12-14 18:54))`, `18`}}},
	{Name: "make_datetime", Sigs: []string{"(year:long, month:long, day:long, [hour:long=0], [minute:long=0], [second:number=0]):datetime", "(value:any):datetime"}, Doc: "Makes a datetime of its parts; null when there is no such instant.", Emit: emitMakeDatetime,
		Examples: []Example{{`make_datetime(2017,10,01,12,11,0.1234567)`, `2017-10-01T12:11:00.1234567Z`}, {`make_datetime(2017,02,29)`, `null`}, {`make_datetime(2017,10,01,24,0)`, `null`}}},
	{Name: "make_timespan", Sigs: []string{"(hours:long, minutes:long, [seconds:number=0]):timespan", "(days:long, hours:long, minutes:long, seconds:number):timespan", "(value:any):timespan"}, Doc: "Makes a timespan of its parts.", Emit: emitMakeTimespan,
		Examples: []Example{{`make_timespan(1, 12, 30, 55.123)`, `1.12:30:55.1230000`}, {`make_timespan(12, 30)`, `12:30:00`}}},
	{Name: "now", Sigs: []string{"([offset:timespan]):datetime"}, Doc: "Returns the instant of the query, the same everywhere in it, plus an offset.", Emit: emitNow("+"), Examples: []Example{{`now() == now()`, `true`}, {`now(-1d) == ago(1d)`, `true`}}},
	period("startofday", "Returns the start of the day, moved by offset days.", NameFirst, Example{`startofday(datetime(2017-01-01 10:10:17), -1)`, `2016-12-31T00:00:00.0000000Z`}, Example{`startofday(datetime(null))`, `null`}),
	period("startofmonth", "Returns the start of the month, moved by offset months.", NameNone, Example{`startofmonth(datetime(2017-01-31 10:10:17), 1)`, `2017-02-01T00:00:00.0000000Z`}),
	period("startofweek", "Returns the start of the week, a Sunday, moved by offset weeks.", NameNone, Example{`startofweek(datetime(2017-01-01 10:10:17), -1)`, `2016-12-25T00:00:00.0000000Z`}, Example{`startofweek(datetime(0001-01-01))`, `null`}),
	period("startofyear", "Returns the start of the year, moved by offset years.", NameNone, Example{`startofyear(datetime(2017-01-01 10:10:17), -1)`, `2016-01-01T00:00:00.0000000Z`}),
	unix("unixtime_microseconds_todatetime", 10, 1, Example{`unixtime_microseconds_todatetime(1546300800000000)`, `2019-01-01T00:00:00.0000000Z`}),
	unix("unixtime_milliseconds_todatetime", 10000, 1, Example{`unixtime_milliseconds_todatetime(1546300800123)`, `2019-01-01T00:00:00.1230000Z`}),
	unix("unixtime_nanoseconds_todatetime", 1, 100, Example{`unixtime_nanoseconds_todatetime(1546300800000000100)`, `2019-01-01T00:00:00.0000001Z`}),
	unix("unixtime_seconds_todatetime", 10000000, 1, Example{`unixtime_seconds_todatetime(1546300800.5)`, `2019-01-01T00:00:00.5000000Z`}),
	intPart("week_of_year", "kql_week", "Returns the number of the week by ISO 8601.", nil, Example{`week_of_year(datetime(2020-12-31))`, `53`}, Example{`week_of_year(datetime(2000-01-01))`, `52`}, Example{`week_of_year(datetime(1970-01-01))`, `1`}),
}
