package builtin

import (
	"fmt"

	"lazuli.dev/lazuli/kql/types"
)

// realOf makes a function of one number that gives a real, null where it has no value.
func realOf(name, function, doc string, naming Naming, examples ...Example) Func {
	return Func{Name: name, Sigs: []string{"(number:real):real"}, Doc: doc, Native: function, Naming: naming, Examples: examples}
}

var binSigs = []string{
	"(value:long, roundTo:long):long", "(value:real, roundTo:real):real",
	"(value:timespan, roundTo:timespan):timespan", "(value:datetime, roundTo:timespan):datetime", "(value:datetime, roundTo:datetime):datetime",
}

// emitBin rounds down. Kusto's bins start at zero, which for a datetime is the
// year 1, so ticks can be cut like numbers.
func emitBin(c *Call) (string, error) {
	if c.Result == types.Real {
		return c.Template("kql_bin_real({value}, {roundTo}, 0)")
	}
	if size, ok := c.Args[1].Value.(int64); c.Result == types.DateTime && c.Args[1].Const && ok && size > 0 {
		x := c.Args[0].SQL
		return fmt.Sprintf("(%s - %s %% %d)", x, x, size), nil
	}
	return c.Template("kql_bin({value}, {roundTo}, 0)")
}

func emitBinAt(c *Call) (string, error) {
	if c.Result == types.Real {
		return c.Template("kql_bin_real({value}, {bin_size}, {fixed_point})")
	}
	return c.Template("kql_bin({value}, {bin_size}, {fixed_point})")
}

func emitRound(c *Call) (string, error) {
	switch c.Args[0].Type {
	case types.Real:
		return c.Template("kql_round({number}, {precision})")
	case types.Decimal:
		return c.Template("TRY_CAST(round({number}, CAST({precision} AS INTEGER)) AS DECIMAL(38,18))")
	}
	text, err := c.Template("kql_round_long({number}, {precision})")
	return Convert(text, types.Long, c.Result), err
}

// emitAbs has room for the absolute value of the smallest number, which is none.
func emitAbs(c *Call) (string, error) {
	if c.Result == types.Long || c.Result == types.Timespan {
		return c.Template("TRY_CAST(abs(CAST({number} AS HUGEINT)) AS BIGINT)")
	}
	return c.Template("abs({number})")
}

func emitCeiling(c *Call) (string, error) {
	switch c.Args[0].Type {
	case types.Real:
		return c.Template("ceil({number})")
	case types.Decimal:
		return c.Template("CAST(ceil({number}) AS DECIMAL(38,18))")
	}
	return c.Args[0].SQL, nil
}

// emitAround compares without adding, so that nothing overflows.
func emitAround(c *Call) (string, error) {
	if c.Args[0].Type == types.Real || c.Args[0].Type == types.Decimal {
		return c.Template("(abs({value} - {center}) <= {delta})")
	}
	return c.Template("(abs(CAST({value} AS HUGEINT) - {center}) <= {delta})")
}

func emitRand(c *Call) (string, error) {
	if len(c.Args) == 0 {
		return "random()", nil
	}
	return c.Template("floor(random() * {number})")
}

func bitwise(name, sql, doc string, example Example) Func {
	return Func{Name: name, Sigs: []string{"(value1:long, value2:long):long"}, Doc: doc, SQL: SQL{DuckDB: sql}, Naming: NameFirst, Examples: []Example{example}}
}

var mathFuncs = []Func{
	{Name: "abs", Sigs: []string{"(number:long):long", "(number:real):real", "(number:decimal):decimal", "(number:timespan):timespan"}, Doc: "Returns the absolute value.", Emit: emitAbs, Naming: NameFirst,
		Examples: []Example{{`abs(-5)`, `5`}, {`abs(-2.5)`, `2.5`}, {`abs(-1h)`, `01:00:00`}, {`abs(long(null))`, `null`}, {`abs(long(-9223372036854775807) - 1)`, `null`}}},
	realOf("acos", "kql_acos", "Returns the angle whose cosine is the number; null outside of -1 to 1.", NameFirst, Example{`acos(1)`, `0.0`}, Example{`acos(2)`, `null`}),
	{Name: "around", Sigs: []string{"(value:T<number|timespan>, center:T<number|timespan>, delta:T<number|timespan>):bool", "(value:datetime, center:datetime, delta:timespan):bool"}, Doc: "Reports whether a value is no further than delta from the center.", Emit: emitAround,
		Examples: []Example{{`around(datetime(2021-01-01 01:31), datetime(2021-01-01 01:30), 1min)`, `true`}, {`around(5, 10, 4)`, `false`}, {`around(int(null), 10, 4)`, `null`}}},
	realOf("asin", "kql_asin", "Returns the angle whose sine is the number; null outside of -1 to 1.", NameFirst, Example{`asin(0)`, `0.0`}, Example{`asin(2)`, `null`}),
	realOf("atan", "kql_atan", "Returns the angle whose tangent is the number.", NameFirst, Example{`round(atan(0.5), 6)`, `0.463648`}),
	{Name: "atan2", Sigs: []string{"(y:real, x:real):real"}, Doc: "Returns the angle between the x axis and the point.", Native: "kql_atan2", Naming: NameFirst, Examples: []Example{{`atan2(0, 1)`, `0.0`}}},
	{Name: "beta_cdf", Sigs: []string{"(x:real, alpha:real, beta:real):real"}, Doc: "Returns the cumulative beta distribution; NaN outside of its domain.", Native: "kql_beta_cdf", Examples: []Example{{`round(beta_cdf(0.9, 10, 20), 9)`, `1.0`}, {`round(beta_cdf(0.5, 2, 3), 6)`, `0.6875`}, {`beta_cdf(1.5, 10, 20)`, `NaN`}}},
	{Name: "beta_inv", Sigs: []string{"(probability:real, alpha:real, beta:real):real"}, Doc: "Returns the value at which the cumulative beta distribution has a probability.", Native: "kql_beta_inv", Examples: []Example{{`round(beta_inv(0.1, 10.0, 20.0), 9)`, `0.226415022`}, {`beta_inv(1.5, 10, 20)`, `null`}, {`beta_inv(0.1, -1, 20)`, `NaN`}}},
	{Name: "beta_pdf", Sigs: []string{"(x:real, alpha:real, beta:real):real"}, Doc: "Returns the density of the beta distribution; NaN outside of its domain.", Native: "kql_beta_pdf", Examples: []Example{{`round(beta_pdf(0.5, 2, 2), 6)`, `1.5`}, {`beta_pdf(1.5, 10, 20)`, `NaN`}}},
	{Name: "bin", Aliases: []string{"floor"}, Sigs: binSigs, Doc: "Rounds down to a multiple of roundTo; null when that is not positive.", Emit: emitBin, Naming: NameFirst,
		Examples: []Example{{`bin(4.5, 1)`, `4.0`}, {`bin(-3, 2)`, `-4`}, {`bin(16d, 7d)`, `14.00:00:00`}, {`bin(datetime(1970-05-11 13:45:07), 1d)`, `1970-05-11T00:00:00.0000000Z`}, {`bin(5, 0)`, `null`}, {`bin(5, -1)`, `null`}, {`bin(-90m, 1h)`, `-02:00:00`}}},
	{Name: "bin_at", Sigs: []string{"(value:long, bin_size:long, fixed_point:long):long", "(value:real, bin_size:real, fixed_point:real):real", "(value:timespan, bin_size:timespan, fixed_point:timespan):timespan", "(value:datetime, bin_size:timespan, fixed_point:datetime):datetime"},
		Doc: "Rounds down to a multiple of the bin size counted from a fixed point.", Emit: emitBinAt, Naming: NameFirst,
		Examples: []Example{{`bin_at(6.5, 2.5, 7)`, `4.5`}, {`bin_at(1h, 1d, 12h)`, `-12:00:00`}, {`bin_at(datetime(2017-05-17 10:20:00.0), 7d, datetime(2017-06-04 00:00:00.0))`, `2017-05-14T00:00:00.0000000Z`}}},
	bitwise("binary_and", "({value1} & {value2})", "Returns the bits that both numbers have.", Example{`binary_and(12, 10)`, `8`}),
	{Name: "binary_not", Sigs: []string{"(value:long):long"}, Doc: "Returns the bits that a number does not have.", SQL: SQL{DuckDB: "(~{value})"}, Naming: NameFirst, Examples: []Example{{`binary_not(100)`, `-101`}}},
	bitwise("binary_or", "({value1} | {value2})", "Returns the bits that either number has.", Example{`binary_or(12, 10)`, `14`}),
	{Name: "binary_shift_left", Sigs: []string{"(value:long, shift:long):long"}, Doc: "Shifts bits to the left by shift modulo 64; null when shift is negative.", Native: "kql_shift_left", Naming: NameFirst, Examples: []Example{{`binary_shift_left(1, 2)`, `4`}, {`binary_shift_left(1, 65)`, `2`}, {`binary_shift_left(1, -1)`, `null`}}},
	{Name: "binary_shift_right", Sigs: []string{"(value:long, shift:long):long"}, Doc: "Shifts bits to the right by shift modulo 64; null when shift is negative.", Native: "kql_shift_right", Naming: NameFirst, Examples: []Example{{`binary_shift_right(4, 1)`, `2`}, {`binary_shift_right(-4, 1)`, `-2`}}},
	bitwise("binary_xor", "xor({value1}, {value2})", "Returns the bits that one of the numbers has and the other has not.", Example{`binary_xor(12, 10)`, `6`}),
	{Name: "bitset_count_ones", Sigs: []string{"(value:long):long"}, Doc: "Counts the bits that are set.", SQL: SQL{DuckDB: "CAST(bit_count({value}) AS BIGINT)"}, Naming: NameFirst, Examples: []Example{{`bitset_count_ones(42)`, `3`}, {`bitset_count_ones(-1)`, `64`}}},
	{Name: "ceiling", Sigs: []string{"(number:T<number>):T"}, Doc: "Returns the smallest whole number that is not below the number.", Emit: emitCeiling, Naming: NameFirst, Examples: []Example{{`ceiling(-1.1)`, `-1.0`}, {`ceiling(0)`, `0`}, {`ceiling(0.9)`, `1.0`}}},
	realOf("cos", "kql_cos", "Returns the cosine.", NameFirst, Example{`cos(0)`, `1.0`}),
	realOf("cot", "kql_cot", "Returns the cotangent.", NameNone, Example{`round(cot(1), 6)`, `0.642093`}),
	{Name: "degrees", Sigs: []string{"(radians:real):real"}, Doc: "Converts radians to degrees.", SQL: SQL{DuckDB: "degrees({radians})"}, Examples: []Example{{`degrees(pi()/4)`, `45.0`}}},
	realOf("erf", "kql_erf", "Returns the error function.", NameFirst, Example{`round(erf(1), 9)`, `0.842700793`}),
	realOf("erfc", "kql_erfc", "Returns the complementary error function.", NameFirst, Example{`erfc(0)`, `1.0`}),
	realOf("exp", "kql_exp", "Returns e to the power of a number.", NameFirst, Example{`round(exp(2), 6)`, `7.389056`}),
	realOf("exp10", "kql_exp10", "Returns 10 to the power of a number.", NameFirst, Example{`exp10(3)`, `1000.0`}),
	realOf("exp2", "kql_exp2", "Returns 2 to the power of a number.", NameFirst, Example{`exp2(3)`, `8.0`}),
	realOf("gamma", "kql_gamma", "Returns the gamma function.", NameFirst, Example{`gamma(5)`, `24.0`}),
	{Name: "isfinite", Sigs: []string{"(number:real):bool"}, Doc: "Reports whether a number is neither infinite nor NaN.", SQL: SQL{DuckDB: "isfinite({number})"}, Examples: []Example{{`isfinite(1.0)`, `true`}, {`isfinite(real(nan))`, `false`}, {`isfinite(real(+inf))`, `false`}}},
	{Name: "isinf", Sigs: []string{"(number:real):bool"}, Doc: "Reports whether a number is infinite.", SQL: SQL{DuckDB: "isinf({number})"}, Examples: []Example{{`isinf(real(-inf))`, `true`}, {`isinf(1.0)`, `false`}}},
	{Name: "isnan", Sigs: []string{"(number:real):bool"}, Doc: "Reports whether a number is NaN.", SQL: SQL{DuckDB: "isnan({number})"}, Examples: []Example{{`isnan(real(nan))`, `true`}, {`isnan(1.0)`, `false`}}},
	realOf("log", "kql_log", "Returns the natural logarithm; null for numbers that are not positive.", NameFirst, Example{`round(log(5), 9)`, `1.609437912`}, Example{`log(0)`, `null`}),
	realOf("log10", "kql_log10", "Returns the decimal logarithm; null for numbers that are not positive.", NameFirst, Example{`log10(1000)`, `3.0`}, Example{`log10(-1)`, `null`}),
	realOf("log2", "kql_log2", "Returns the binary logarithm; null for numbers that are not positive.", NameFirst, Example{`log2(8)`, `3.0`}),
	realOf("loggamma", "kql_loggamma", "Returns the logarithm of the absolute gamma function.", NameFirst, Example{`round(loggamma(5), 9)`, `3.17805383`}),
	{Name: "max_of", Sigs: []string{"(arg:T<orderable>, arg2:T<orderable>...):T"}, Doc: "Returns the largest of its arguments that are not null.", SQL: SQL{DuckDB: "greatest({arg}, {arg2...})"}, Examples: []Example{{`max_of(10, 1, -3, 17)`, `17`}, {`max_of(1, int(null))`, `1`}, {`max_of(1, 2.5)`, `2.5`}, {`max_of("a", "b")`, `b`}}},
	{Name: "min_of", Sigs: []string{"(arg:T<orderable>, arg2:T<orderable>...):T"}, Doc: "Returns the smallest of its arguments that are not null.", SQL: SQL{DuckDB: "least({arg}, {arg2...})"}, Examples: []Example{{`min_of(10, 1, -3, 17)`, `-3`}, {`min_of(int(null), 3)`, `3`}}},
	{Name: "pi", Sigs: []string{"():real"}, Doc: "Returns the number pi.", SQL: SQL{DuckDB: "pi()"}, Examples: []Example{{`round(pi(), 5)`, `3.14159`}}},
	{Name: "pow", Sigs: []string{"(base:real, exponent:real):real"}, Doc: "Returns base to the power of the exponent.", Native: "kql_pow", Naming: NameFirst, Examples: []Example{{`pow(2, 3)`, `8.0`}, {`pow(2, -1)`, `0.5`}}},
	{Name: "radians", Sigs: []string{"(degrees:real):real"}, Doc: "Converts degrees to radians.", SQL: SQL{DuckDB: "radians({degrees})"}, Examples: []Example{{`round(radians(180), 6)`, `3.141593`}}},
	{Name: "rand", Sigs: []string{"([number:long]):real"}, Doc: "Returns a random number from 0 to 1, or a whole one below number.", Emit: emitRand, Volatile: true, Naming: NameFirst, Examples: []Example{{`rand() < 1`, `true`}, {`rand(1)`, `0.0`}}},
	{Name: "round", Sigs: []string{"(number:T<number>, [precision:long=0]):T"}, Doc: "Rounds to a number of decimal places, halves away from zero; a negative precision rounds before the point.", Emit: emitRound, Naming: NameFirst,
		Examples: []Example{{`round(2.98765, 3)`, `2.988`}, {`round(2.15, 1)`, `2.2`}, {`round(-50.55, -2)`, `-100.0`}, {`round(21.5, -1)`, `20.0`}, {`round(-2.5)`, `-3.0`}, {`round(15, -1)`, `20`}, {`round(-14, -1)`, `-10`}, {`round(15, -30)`, `0`}, {`round(real(null))`, `null`}}},
	realOf("sign", "kql_sign", "Returns the sign of a number: -1, 0 or 1.", NameNone, Example{`sign(-42)`, `-1.0`}, Example{`sign(0)`, `0.0`}),
	realOf("sin", "kql_sin", "Returns the sine.", NameFirst, Example{`sin(0)`, `0.0`}),
	realOf("sqrt", "kql_sqrt", "Returns the square root; null for negative numbers.", NameFirst, Example{`sqrt(16)`, `4.0`}, Example{`sqrt(-1)`, `null`}),
	realOf("tan", "kql_tan", "Returns the tangent.", NameFirst, Example{`tan(0)`, `0.0`}),
}
