package builtin

import "lazuli.dev/lazuli/kql/types"

// conversion makes a to...() function: Convert does the work.
func conversion(name string, to types.Type, doc string, aliases []string, examples ...Example) Func {
	return Func{
		Name: name, Aliases: aliases, Sigs: []string{"(value:any):" + to.String()}, Doc: doc, Naming: NameFirst, Examples: examples,
		Emit: func(c *Call) (string, error) { return Convert(c.Args[0].SQL, c.Args[0].Type, to), nil },
	}
}

var conversionFuncs = []Func{
	conversion("tobool", types.Bool, "Converts a value to bool; text is true or false in any case, or a number.", []string{"toboolean"},
		Example{`tobool("TRUE")`, `true`}, Example{`tobool(123)`, `true`}, Example{`tobool("0")`, `false`}, Example{`tobool("yes")`, `null`}, Example{`tobool("")`, `null`}),
	conversion("todatetime", types.DateTime, "Converts a value to datetime; text without a zone is UTC, and day and month in digits are month first.", nil,
		Example{`todatetime("2015-12-31 23:59:59.9")`, `2015-12-31T23:59:59.9000000Z`}, Example{`todatetime("12-02-2022")`, `2022-12-02T00:00:00.0000000Z`},
		Example{`todatetime("Sat, 8 Nov 14 15:05:02 GMT")`, `2014-11-08T15:05:02.0000000Z`}, Example{`todatetime("2020-02-30")`, `null`}, Example{`todatetime("")`, `null`}),
	conversion("todecimal", types.Decimal, "Converts a value to decimal.", nil,
		Example{`todecimal("123.45678")`, `123.45678`}, Example{`todecimal("x")`, `null`}),
	conversion("toguid", types.Guid, "Converts text to guid, with or without hyphens.", nil,
		Example{`toguid("70FC66F7-8279-44FC-9092-D364D70FCE44")`, `70fc66f7-8279-44fc-9092-d364d70fce44`}, Example{`toguid("x")`, `null`}),
	conversion("toint", types.Int, "Converts a value to int, cutting the fraction of a number.", nil,
		Example{`toint("123")`, `123`}, Example{`toint(2.3)`, `2`}, Example{`toint("0xff")`, `255`}, Example{`toint("4294967296")`, `null`}, Example{`toint("")`, `null`}),
	conversion("tolong", types.Long, "Converts a value to long, cutting the fraction of a number.", nil,
		Example{`tolong("-42")`, `-42`}, Example{`tolong(-2.9)`, `-2`}, Example{`tolong("not a number")`, `null`}, Example{`tolong(dynamic({"a":7.9}).a)`, `7`}),
	conversion("toreal", types.Real, "Converts a value to real.", []string{"todouble"},
		Example{`toreal("123.4")`, `123.4`}, Example{`todouble("1e3")`, `1000.0`}, Example{`toreal("")`, `null`}),
	conversion("tostring", types.String, "Converts a value to string; null is the empty string.", nil,
		Example{`tostring(123)`, `123`}, Example{`tostring(2.0)`, `2.0`}, Example{`tostring(long(null)) == ""`, `true`}, Example{`tostring(datetime(2017-10-15 12:00))`, `2017-10-15T12:00:00.0000000Z`},
		Example{`tostring(1d + 3h)`, `1.03:00:00`}, Example{`tostring(dynamic({"a": [1, "b"]}))`, `{"a":[1,"b"]}`}, Example{`tostring(dynamic("x"))`, `x`}),
	conversion("totimespan", types.Timespan, "Converts a value to timespan.", []string{"totime"},
		Example{`totimespan("0.00:03:00")`, `00:03:00`}, Example{`totimespan("1.02:03:04.5")`, `1.02:03:04.5000000`}, Example{`totimespan("x")`, `null`}),
}
