package builtin

// pairOf makes a function of two series, or of a series and a number.
func pairOf(name, doc string, examples ...Example) Func {
	return Func{Name: name, Sigs: []string{"(series1:json, series2:json):dynamic"}, Doc: doc + " element by element; null where one has no number.", Native: "kql_" + name, Examples: examples}
}

func mapOf(name, doc string, examples ...Example) Func {
	return Func{Name: name, Sigs: []string{"(series:dynamic):dynamic"}, Doc: doc + " of every element; null where it is no number.", Native: "kql_" + name, Examples: examples}
}

func foldOf(name, sig, doc string, examples ...Example) Func {
	return Func{Name: name, Sigs: []string{sig}, Doc: doc, Native: "kql_" + name, Examples: examples}
}

const (
	oneSeries = "(series:dynamic):real"
	twoSeries = "(series1:json, series2:json):real"
)

var seriesFuncs = []Func{
	mapOf("series_abs", "Returns the absolute value", Example{`series_abs(dynamic([-6.5, 0, -8, "x"]))`, `[6.5,0,8,null]`}),
	mapOf("series_acos", "Returns the arc cosine", Example{`series_acos(dynamic([1]))`, `[0.0]`}),
	pairOf("series_add", "Adds two series", Example{`series_add(dynamic([1, 2, 4]), dynamic([4, 2.5]))`, `[5,4.5,null]`}, Example{`series_add(dynamic([1, 2]), 10)`, `[11,12]`}),
	mapOf("series_asin", "Returns the arc sine", Example{`series_asin(dynamic([0]))`, `[0.0]`}),
	mapOf("series_atan", "Returns the arc tangent", Example{`series_atan(dynamic([0]))`, `[0.0]`}),
	mapOf("series_ceiling", "Returns the smallest whole number not below", Example{`series_ceiling(dynamic([1.2, 3]))`, `[2.0,3]`}),
	mapOf("series_cos", "Returns the cosine", Example{`series_cos(dynamic([0]))`, `[1.0]`}),
	foldOf("series_cosine_similarity", twoSeries, "Returns the cosine of the angle between two series.", Example{`round(series_cosine_similarity(dynamic([0.1, 0.2, 0.1, 0.2]), dynamic([1, 2, 3, 4])), 6)`, `0.92376`}),
	pairOf("series_divide", "Divides two series", Example{`series_divide(dynamic([1, 2, 4]), dynamic([4, 2, 1]))`, `[0.25,1.0,4.0]`}, Example{`series_divide(dynamic([1]), 0)`, `["Infinity"]`}),
	foldOf("series_dot_product", twoSeries, "Sums the products of two series.", Example{`series_dot_product(dynamic([1, 2, 4]), dynamic([4, 2, 1]))`, `12.0`}, Example{`series_dot_product(dynamic([]), dynamic([]))`, `null`}),
	pairOf("series_equals", "Compares two series", Example{`series_equals(dynamic([1, 2]), dynamic([1, 3]))`, `[true,false]`}),
	mapOf("series_exp", "Returns e to the power", Example{`series_exp(dynamic([0]))`, `[1.0]`}),
	{Name: "series_fill_backward", Sigs: []string{"(series:dynamic, [missing_value_placeholder:json]):dynamic"}, Doc: "Fills missing elements with the next one.", Native: "kql_series_fill_backward", Naming: NameFirst, Examples: []Example{{`series_fill_backward(dynamic([null, 36, null, 16, null]))`, `[36,36,16,16,null]`}}},
	{Name: "series_fill_const", Sigs: []string{"(series:dynamic, [constant_value:json=\"0\"], [missing_value_placeholder:json]):dynamic"}, Doc: "Fills missing elements with a value.", SQL: SQL{DuckDB: "kql_series_fill_const({series}, {missing_value_placeholder}, {constant_value})"}, Naming: NameFirst, Examples: []Example{{`series_fill_const(dynamic([111, null, 36]), 0.0)`, `[111,0.0,36]`}, {`series_fill_const(dynamic([111, -1, null]), 5, -1)`, `[111,5,null]`}}},
	{Name: "series_fill_forward", Sigs: []string{"(series:dynamic, [missing_value_placeholder:json]):dynamic"}, Doc: "Fills missing elements with the one before.", Native: "kql_series_fill_forward", Naming: NameFirst, Examples: []Example{{`series_fill_forward(dynamic([null, 36, null, 16, null]))`, `[null,36,36,16,16]`}}},
	{Name: "series_fill_linear", Sigs: []string{"(series:dynamic, [missing_value_placeholder:json], [fill_edges:bool=true], [constant_value:json=\"0.0\"]):dynamic"}, Doc: "Fills missing elements on the line between those around them.", Native: "kql_series_fill_linear", Naming: NameFirst,
		Examples: []Example{{`series_fill_linear(dynamic([null, 111, null, 36, null, null, 16, null]))`, `[111,111,73,36,29,22,16,16]`}, {`series_fill_linear(dynamic([null, 111.0, null, 36.0, null]), real(null), false)`, `[null,111.0,73.5,36.0,null]`}, {`series_fill_linear(dynamic([null, null]))`, `[0.0,0.0]`}}},
	{Name: "series_fir", Sigs: []string{"(series:dynamic, filter:dynamic, [normalize:bool], [center:bool=false]):dynamic"}, Doc: "Applies a filter of finite impulse response.", Native: "kql_series_fir", Naming: NameFirst,
		Examples: []Example{{`series_fir(dynamic([0, 3, 6]), dynamic([1, 1, 1]))`, `[0.0,1.0,3.0]`}, {`series_fir(dynamic([0, 3, 6]), dynamic([1, 1, 1]), true, true)`, `[1.0,3.0,3.0]`}, {`series_fir(dynamic([1, 4, 9]), dynamic([1, -1]))`, `[1.0,3.0,5.0]`}}},
	{Name: "series_fit_line", Special: true, Sigs: []string{"(series:dynamic):real"}, Doc: "Fits a line to a series, and returns rsquare, slope, variance, rvariance, interception and line_fit, each in a column.",
		Examples: []Example{{`print series_fit_line(dynamic([1, 3, 5.0]))`, `[1.0,3.0,5.0]`}, {`print (r, s) = series_fit_line(dynamic([1, -1, -3]))`, `-2.0`}, {`print series_fit_line(dynamic([1, null]))`, `null`}}},
	{Name: "series_fit_line_dynamic", Sigs: []string{"(series:dynamic):dynamic"}, Doc: "Fits a line to a series, by least squares, and returns rsquare, slope, variance, rvariance, interception and line_fit in a bag.", Native: "kql_series_fit_line",
		Examples: []Example{
			{`round(toreal(series_fit_line_dynamic(dynamic([2, 5, 6, 8, 11, 15, 17, 18, 25, 26, 30, 30])).slope), 3)`, `2.731`},
			{`round(toreal(series_fit_line_dynamic(dynamic([2, 5, 6, 8, 11, 15, 17, 18, 25, 26, 30, 30])).rvariance), 3)`, `1.686`},
			{`round(toreal(series_fit_line_dynamic(dynamic([2, 5, 6, 8, 11, 15, 17, 18, 25, 26, 30, 30])).interception), 3)`, `-1.667`},
			{`round(toreal(series_fit_line_dynamic(dynamic([2, 5, 6, 8, 11, 15, 17, 18, 25, 26, 30, 30])).variance), 3)`, `98.629`},
			{`isnull(series_fit_line_dynamic(dynamic([1, "x"])).slope)`, `true`}, {`isnull(series_fit_line_dynamic(dynamic([])))`, `true`}}},
	mapOf("series_floor", "Returns the largest whole number not above", Example{`series_floor(dynamic([1.8, 3]))`, `[1.0,3]`}),
	pairOf("series_greater", "Compares two series", Example{`series_greater(dynamic([1, 2, 4]), dynamic([4, 2, 1]))`, `[false,false,true]`}),
	pairOf("series_greater_equals", "Compares two series", Example{`series_greater_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1]))`, `[false,true,true]`}),
	{Name: "series_iir", Sigs: []string{"(series:dynamic, numerators:dynamic, denominators:dynamic):dynamic"}, Doc: "Applies a filter of infinite impulse response.", Native: "kql_series_iir", Naming: NameFirst, Examples: []Example{{`series_iir(range(1.0, 4, 1), dynamic([1]), dynamic([1, -1]))`, `[1.0,3.0,6.0,10.0]`}, {`isnull(series_iir(dynamic([1]), dynamic([1]), dynamic([0])))`, `true`}}},
	pairOf("series_less", "Compares two series", Example{`series_less(dynamic([1, 2, 4]), dynamic([4, 2, 1]))`, `[true,false,false]`}),
	pairOf("series_less_equals", "Compares two series", Example{`series_less_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1]))`, `[true,true,false]`}),
	mapOf("series_log", "Returns the natural logarithm", Example{`series_log(dynamic([1]))`, `[0.0]`}),
	foldOf("series_magnitude", oneSeries, "Returns the square root of the sum of squares.", Example{`round(series_magnitude(dynamic([1, 2, 3, 4])), 9)`, `5.477225575`}),
	pairOf("series_multiply", "Multiplies two series", Example{`series_multiply(dynamic([1, 2, 4]), dynamic([4, 2, 1]))`, `[4,4,4]`}, Example{`series_multiply(2, dynamic([1, 2]))`, `[2,4]`}),
	pairOf("series_not_equals", "Compares two series", Example{`series_not_equals(dynamic([1, 2]), dynamic([1, 3]))`, `[false,true]`}),
	foldOf("series_pearson_correlation", "(series1:dynamic, series2:dynamic):real", "Returns the correlation of two series; null when one has an element that is no number.", Example{`round(series_pearson_correlation(dynamic([1, 2, 3]), dynamic([2, 4, 6])), 9)`, `1.0`}, Example{`series_pearson_correlation(dynamic([1, 2]), dynamic([1]))`, `null`}),
	pairOf("series_pow", "Raises a series to the power of another", Example{`series_pow(dynamic([2, 3]), 2)`, `[4.0,9.0]`}),
	foldOf("series_product", oneSeries, "Multiplies all elements.", Example{`series_product(dynamic([1, 2, 3, 4]))`, `24.0`}),
	mapOf("series_sign", "Returns the sign", Example{`series_sign(dynamic([-6, 0, 8.5]))`, `[-1,0,1]`}),
	mapOf("series_sin", "Returns the sine", Example{`series_sin(dynamic([0]))`, `[0.0]`}),
	{Name: "series_stats", Special: true, Sigs: []string{"(series:dynamic, [ignore_nonfinite:bool=false]):real"}, Doc: "Returns min, min_idx, max, max_idx, avg, stdev and variance of a series, each in a column.",
		Examples: []Example{{`print (l, i, h, hi) = series_stats(dynamic([23, 46, 2, 87]))`, `3`}, {`print series_stats(dynamic([1, -1]))`, `2.0`}, {`print series_stats(dynamic([1, null]))`, `null`}, {`print series_stats(dynamic([1, null, 3]), true)`, `2.0`}}},
	{Name: "series_stats_dynamic", Sigs: []string{"(series:dynamic, [ignore_nonfinite:bool=false]):dynamic"}, Doc: "Returns statistics of a series in a bag.", Native: "kql_series_stats", Examples: []Example{{`series_stats_dynamic(dynamic([23, 46, 2, 87])).max_idx`, `3`}, {`round(toreal(series_stats_dynamic(dynamic([23, 46, 23, 87, 4, 8, 3, 75, 2, 56, 13, 75, 32, 16, 29])).variance), 6)`, `812.457143`}, {`isnull(series_stats_dynamic(dynamic([1, null])).avg)`, `true`}}},
	pairOf("series_subtract", "Subtracts two series", Example{`series_subtract(dynamic([1, 2, 4]), dynamic([4, 2, 1]))`, `[-3,0,3]`}),
	{Name: "series_sum", Sigs: []string{"(series:dynamic):real"}, Doc: "Sums all elements.", Native: "kql_array_sum", Examples: []Example{{`series_sum(dynamic([1, 2, 3, 4]))`, `10.0`}}},
	mapOf("series_tan", "Returns the tangent", Example{`series_tan(dynamic([0]))`, `[0.0]`}),
}
