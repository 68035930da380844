package builtin

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"lazuli.dev/lazuli/kql/types"
)

// Aggregates. An aggregate's ...if form has a predicate, which becomes a FILTER
// on what its template marks with {filter}. Where a group has no value, counts and
// sums are 0, lists empty, averages NaN, and all else null.

// filterSQL is the condition of a FILTER that stands for the predicate of a call
// and for more, which may be empty.
func filterSQL(c *Call, more string) string {
	p, ok := c.Arg("predicate")
	switch {
	case ok && more != "":
		return " FILTER (WHERE " + p.SQL + " AND " + more + ")"
	case ok:
		return " FILTER (WHERE " + p.SQL + ")"
	case more != "":
		return " FILTER (WHERE " + more + ")"
	}
	return ""
}

// folded makes an EmitFunc of a template, in which {filter} is the predicate.
func folded(template string) EmitFunc {
	return func(c *Call) (string, error) {
		return c.Template(strings.ReplaceAll(template, "{filter}", filterSQL(c, "")))
	}
}

func emitSum(c *Call) (string, error) {
	f := filterSQL(c, "")
	switch c.Result {
	case types.Real:
		return c.Template("coalesce(sum({expr})" + f + ", 0.0)")
	case types.Decimal:
		return c.Template("coalesce(TRY_CAST(sum({expr})" + f + " AS DECIMAL(38,18)), 0)")
	}
	return c.Template("coalesce(TRY_CAST(sum({expr})" + f + " AS BIGINT), 0)")
}

// emitAvg divides whole ticks, so that no digit of a datetime is lost.
func emitAvg(c *Call) (string, error) {
	f := filterSQL(c, "")
	switch c.Result {
	case types.Real:
		return c.Template("coalesce(avg({expr})" + f + ", 'NaN'::DOUBLE)")
	case types.Decimal:
		return c.Template("TRY_CAST(avg({expr})" + f + " AS DECIMAL(38,18))")
	}
	return c.Template("TRY_CAST(sum(CAST({expr} AS HUGEINT))" + f + " // count({expr})" + f + " AS BIGINT)")
}

// emitExtreme is min and max; an empty group of strings has the empty string.
func emitExtreme(function string) EmitFunc {
	return func(c *Call) (string, error) {
		sql := function + "({expr})" + filterSQL(c, "")
		if c.Result == types.String {
			sql = "coalesce(" + sql + ", '')"
		}
		return c.Template(sql)
	}
}

// emitAny prefers values that are neither null nor empty.
func emitAny(c *Call) (string, error) {
	f := filterSQL(c, "")
	if c.Result == types.String {
		return c.Template("coalesce(any_value(nullif({expr}, ''))" + f + ", '')")
	}
	return c.Template("any_value({expr})" + f)
}

// listed is the JSON texts of the values of a group, as one array.
func listed(c *Call, distinct, nulls bool) string {
	a, _ := c.Arg("expr")
	json := Convert(a.SQL, a.Type, types.Dynamic)
	more := ""
	if nulls {
		json = "coalesce(" + json + ", 'null')"
	} else if a.Type != types.String {
		more = a.SQL + " IS NOT NULL"
	}
	d, order := "", c.Order
	if distinct {
		d, order = "DISTINCT ", ""
	}
	if order != "" {
		order = " " + order
	}
	return "('[' || coalesce(string_agg(" + d + json + ", ','" + order + ")" + filterSQL(c, more) + ", '') || ']')"
}

func emitListOf(c *Call, nulls bool) (string, error) {
	list := listed(c, false, nulls)
	if n, ok := c.Arg("maxSize"); ok {
		return "kql_array_head(" + list + ", " + n.SQL + ")", nil
	}
	return list, nil
}

func emitMakeSet(c *Call) (string, error) {
	size := "NULL"
	if n, ok := c.Arg("maxSize"); ok {
		size = n.SQL
	}
	a, _ := c.Arg("expr")
	list := listed(c, true, false)
	if a.Type != types.Dynamic && size == "NULL" {
		return list, nil
	}
	return "kql_make_set(" + list + ", " + size + ")", nil
}

func emitMakeBag(c *Call) (string, error) {
	size := "NULL"
	if n, ok := c.Arg("maxSize"); ok {
		size = n.SQL
	}
	return "kql_make_bag(" + listed(c, false, false) + ", " + size + ")", nil
}

// percent reads a percentile of a call, from 0 to 100.
func percent(a Expr) (float64, error) {
	var p float64
	switch v := a.Value.(type) {
	case int64:
		p = float64(v)
	case float64:
		p = v
	case string:
		p, _ = strconv.ParseFloat(v, 64)
	}
	if !(p >= 0 && p <= 100) {
		return 0, fmt.Errorf("a percentile is a constant from 0 to 100")
	}
	return p, nil
}

// emitPercentile picks the value of the nearest rank. A call with several
// percentiles gives several columns: the binder splits it.
func emitPercentile(c *Call) (string, error) {
	a, _ := c.Arg("percentile")
	p, err := percent(a)
	if err != nil {
		return "", err
	}
	return percentileSQL(c, p)
}

func percentileSQL(c *Call, p float64) (string, error) {
	expr, _ := c.Arg("expr")
	if w, ok := c.Arg("weight"); ok {
		pairs := fmt.Sprintf("('[' || coalesce(string_agg('[' || %s || ',' || %s || ']', ','), '') || ']')", Convert(expr.SQL, expr.Type, types.Dynamic), Convert(w.SQL, w.Type, types.Dynamic))
		return Convert(fmt.Sprintf("kql_weighted_percentile(%s, %g)", pairs, p), types.Dynamic, expr.Type), nil
	}
	return fmt.Sprintf("quantile_disc(%s, %s)", expr.SQL, fraction(p)), nil
}

// fraction writes a percentage as a decimal fraction, without the digits that
// binary division adds: they would move the rank.
func fraction(p float64) string {
	return strconv.FormatFloat(math.Round(p*1e10)/1e12, 'f', -1, 64)
}

// emitPercentiles gives the percentiles as one array.
func emitPercentiles(c *Call) (string, error) {
	var list []float64
	for i, a := range c.Args {
		switch c.Sig.Params[c.Sig.Param(i, len(c.Args))].Name {
		case "percentile":
			p, err := percent(a)
			if err != nil {
				return "", err
			}
			list = append(list, p)
		case "percentiles":
			text, _ := a.Value.(string)
			var many []float64
			if json.Unmarshal([]byte(text), &many) != nil {
				return "", fmt.Errorf("percentiles are a constant array of numbers from 0 to 100")
			}
			for _, f := range many {
				p, err := percent(Expr{Value: f})
				if err != nil {
					return "", err
				}
				list = append(list, p)
			}
		}
	}
	expr, _ := c.Arg("expr")
	parts := make([]string, len(list))
	for i, p := range list {
		sql, err := percentileSQL(c, p)
		if err != nil {
			return "", err
		}
		parts[i] = Convert(sql, expr.Type, types.Dynamic)
	}
	return "kql_pack_array(" + strings.Join(parts, ", ") + ")", nil
}

// aggregate makes an aggregate and its ...if form, which differ by a predicate
// behind the first so many parameters.
func aggregate(name, ifName, prefix string, sigs []string, doc string, emit EmitFunc, examples, ifExamples []Example) []Func {
	plain := Func{Name: name, Kind: Aggregate, Sigs: sigs, Doc: doc, Emit: emit, Naming: NamePrefix, Prefix: prefix, Examples: examples}
	conditional := plain
	conditional.Name, conditional.Examples = ifName, ifExamples
	conditional.Doc = strings.TrimSuffix(doc, ".") + ", of the rows at which the predicate holds."
	conditional.Sigs = nil
	for _, s := range sigs {
		at := strings.Index(s, ")")
		if i := strings.Index(s, ", ["); i >= 0 {
			at = i
		}
		conditional.Sigs = append(conditional.Sigs, s[:at]+", predicate:bool"+s[at:])
	}
	if conditional.Sigs[0] == "(, predicate:bool):long" {
		conditional.Sigs = []string{"(predicate:bool):long"}
	}
	if !strings.HasPrefix(name, "make_") {
		conditional.Prefix = ifName
	}
	return []Func{plain, conditional}
}

// statistic makes variances and deviations. They are written as covariances of an
// expression with itself, which of infinite numbers are NaN where DuckDB's own
// variances fail.
func statistic(name, ifName, doc, sql string, examples, ifExamples []Example) []Func {
	return aggregate(name, ifName, name, []string{"(expr:real):real"}, doc, folded("coalesce("+sql+", 0.0)"), examples, ifExamples)
}

func covariance(name, ifName, doc, function string, examples, ifExamples []Example) []Func {
	return aggregate(name, ifName, name, []string{"(expr:real, expr2:real):real"}, doc, folded(function+"({expr2}, {expr}){filter}"), examples, ifExamples)
}

var (
	sumSigs  = []string{"(expr:long):long", "(expr:real):real", "(expr:decimal):decimal", "(expr:timespan):timespan"}
	avgSigs  = []string{"(expr:long):real", "(expr:real):real", "(expr:decimal):decimal", "(expr:timespan):timespan", "(expr:datetime):datetime"}
	listSig  = []string{"(expr:any, [maxSize:const long]):dynamic"}
	bagSig   = []string{"(expr:dynamic, [maxSize:const long]):dynamic"}
	dcountOf = folded("count(DISTINCT {expr}){filter}")
)

// percentileOf are the types whose values have an order and a rank.
const percentileOf = "T<long|real|timespan|datetime>"

func bitsOf(name, function, doc string, example Example) Func {
	return Func{Name: name, Kind: Aggregate, Sigs: []string{"(expr:T<integer>):T"}, Doc: doc, SQL: SQL{DuckDB: function + "({expr})"}, Naming: NameFirst, Examples: []Example{example}}
}

var aggregateFuncs = append(concat(
	aggregate("avg", "avgif", "avg", avgSigs, "Averages the values that are not null; NaN without any.", emitAvg, []Example{{`avg(x)`, `2.0`}}, []Example{{`avgif(x, x > 1)`, `2.5`}, {`avgif(x, x > 9)`, `NaN`}}),
	aggregate("count", "countif", "count", []string{"():long", "(predicate:bool):long"}, "Counts rows; with a predicate, which is the older form of countif, those at which it holds.", folded("count(*){filter}"), []Example{{`count()`, `4`}, {`count(x > 1)`, `2`}, {`count(isnull(x))`, `1`}}, []Example{{`countif(x > 1)`, `2`}, {`countif(isnull(x))`, `1`}}),
	aggregate("count_distinct", "count_distinctif", "count_distinct", []string{"(expr:orderable):long"}, "Counts different values that are not null.", dcountOf, []Example{{`count_distinct(x)`, `3`}}, []Example{{`count_distinctif(x, x > 1)`, `2`}}),
	covariance("covariance", "covarianceif", "Returns the sample covariance of two expressions.", "covar_samp", []Example{{`covariance(x, x)`, `1.0`}}, []Example{{`covarianceif(x, x, x > 1)`, `0.5`}}),
	covariance("covariancep", "covariancepif", "Returns the population covariance of two expressions.", "covar_pop", []Example{{`covariancep(x, -x)`, `-0.6666666666666666`}}, []Example{{`covariancepif(x, x, x > 1)`, `0.25`}}),
	aggregate("dcount", "dcountif", "dcount", []string{"(expr:any, [accuracy:const long]):long"}, "Counts different values that are not null, exactly.", dcountOf, []Example{{`dcount(x)`, `3`}, {`dcount(s)`, `2`}}, []Example{{`dcountif(x, x > 1)`, `2`}, {`dcountif(s, x > 9)`, `0`}}),
	aggregate("make_bag", "make_bag_if", "bag", bagSig, "Merges bags into one.", emitMakeBag, []Example{{`make_bag(bag_pack(s, 1))`, `{"a":1,"b":1}`}}, []Example{{`make_bag_if(bag_pack(s, 1), x > 2)`, `{"b":1}`}, {`make_bag_if(bag_pack(s, 1), x > 9)`, `{}`}}),
	aggregate("make_list", "make_list_if", "list", listSig, "Returns the values that are not null as an array.", func(c *Call) (string, error) { return emitListOf(c, false) }, []Example{{`array_sort_asc(make_list(x))`, `[1,2,3]`}, {`array_length(make_list(s))`, `4`}, {`array_length(make_list(x, 2))`, `2`}}, []Example{{`make_list_if(x, x > 2)`, `[3]`}, {`make_list_if(x, x > 9)`, `[]`}}),
	aggregate("make_set", "make_set_if", "set", listSig, "Returns the different values that are not null as an array; of arrays, their elements.", emitMakeSet, []Example{{`array_sort_asc(make_set(s))`, `["a","b"]`}, {`array_sort_asc(make_set(pack_array(x, 1)))`, `[1,2,3]`}}, []Example{{`make_set_if(x, x > 2)`, `[3]`}}),
	aggregate("max", "maxif", "max", []string{"(expr:T<orderable>):T"}, "Returns the largest value.", emitExtreme("max"), []Example{{`max(x)`, `3`}, {`max(s)`, `b`}}, []Example{{`maxif(x, x < 3)`, `2`}, {`maxif(x, x > 9)`, `null`}}),
	aggregate("min", "minif", "min", []string{"(expr:T<orderable>):T"}, "Returns the smallest value.", emitExtreme("min"), []Example{{`min(x)`, `1`}}, []Example{{`minif(x, x > 1)`, `2`}}),
	statistic("stdev", "stdevif", "Returns the sample standard deviation.", "sqrt(covar_samp({expr}, {expr}){filter})", []Example{{`stdev(x)`, `1.0`}}, []Example{{`stdevif(x, x > 9)`, `0.0`}, {`isfinite(stdevif(iff(x == 1, real(+inf), 1.0 * x), x > 0))`, `false`}}),
	statistic("stdevp", "stdevpif", "Returns the population standard deviation.", "sqrt(covar_pop({expr}, {expr}){filter})", []Example{{`round(stdevp(x), 6)`, `0.816497`}}, []Example{{`stdevpif(x, x > 1)`, `0.5`}}),
	aggregate("sum", "sumif", "sum", sumSigs, "Sums the values that are not null.", emitSum, []Example{{`sum(x)`, `6`}, {`sum(x * 1h)`, `06:00:00`}}, []Example{{`sumif(x, x > 1)`, `5`}, {`sumif(x, x > 9)`, `0`}}),
	statistic("variance", "varianceif", "Returns the sample variance.", "covar_samp({expr}, {expr}){filter}", []Example{{`variance(x)`, `1.0`}}, []Example{{`varianceif(x, x > 1)`, `0.5`}}),
	statistic("variancep", "variancepif", "Returns the population variance.", "covar_pop({expr}, {expr}){filter}", []Example{{`variancep(x * 1.0)`, `0.6666666666666666`}}, []Example{{`variancepif(x, x > 1)`, `0.25`}}),
), []Func{
	{Name: "any", Kind: Aggregate, Sigs: []string{"(expr:T):T", "(expr:any*...):dynamic"}, Doc: "Returns a value of a group; take_any is the newer form.", Emit: emitAny, Naming: NamePrefix, Prefix: "any", Examples: []Example{{`any(x * 0)`, `0`}}},
	{Name: "anyif", Kind: Aggregate, Sigs: []string{"(expr:T, predicate:bool):T"}, Doc: "Returns a value of a group from a row at which the predicate holds; take_anyif is the newer form.", Emit: emitAny, Naming: NamePrefix, Prefix: "anyif", Examples: []Example{{`anyif(x, x > 2)`, `3`}}},
	{Name: "arg_max", Aliases: []string{"argmax"}, Kind: Aggregate, Special: true, Sigs: []string{"(maximized:orderable, [returned:any*...]):dynamic"}, Doc: "Returns the row of a group in which an expression is largest.", Naming: NameArgs, Prefix: "max", Examples: []Example{{`arg_max(x, s)`, `3`}}},
	{Name: "arg_min", Aliases: []string{"argmin"}, Kind: Aggregate, Special: true, Sigs: []string{"(minimized:orderable, [returned:any*...]):dynamic"}, Doc: "Returns the row of a group in which an expression is smallest.", Naming: NameArgs, Prefix: "min", Examples: []Example{{`arg_min(x, s)`, `1`}}},
	bitsOf("binary_all_and", "bit_and", "Returns the bits that all values have.", Example{`binary_all_and(x)`, `0`}),
	bitsOf("binary_all_or", "bit_or", "Returns the bits that any value has.", Example{`binary_all_or(x)`, `3`}),
	bitsOf("binary_all_xor", "bit_xor", "Returns the bits that an odd number of values have.", Example{`binary_all_xor(x)`, `0`}),
	{Name: "make_list_with_nulls", Kind: Aggregate, Sigs: []string{"(expr:any):dynamic"}, Doc: "Returns the values, null ones too, as an array.", Emit: func(c *Call) (string, error) { return emitListOf(c, true) }, Naming: NamePrefix, Prefix: "list", Examples: []Example{{`array_length(make_list_with_nulls(x))`, `4`}}},
	older("make_dictionary", "bag", "make_bag", bagSig, emitMakeBag, Example{`make_dictionary(bag_pack(s, 1))`, `{"a":1,"b":1}`}),
	older("makelist", "list", "make_list", listSig, func(c *Call) (string, error) { return emitListOf(c, false) }, Example{`array_length(makelist(x))`, `3`}, Example{`array_length(makelist(x, 1))`, `1`}),
	older("makeset", "set", "make_set", listSig, emitMakeSet, Example{`array_sort_asc(makeset(s))`, `["a","b"]`}),
	{Name: "percentile", Kind: Aggregate, Sigs: []string{"(expr:" + percentileOf + ", percentile:const number):T"}, Doc: "Returns the value that a percentage of the values is not above, by nearest rank.", Emit: emitPercentile, Naming: NamePercentiles, Prefix: "percentile", Examples: []Example{{`percentile(x, 50)`, `2`}, {`percentile(x, 99.9)`, `3`}, {`percentile(x, 0)`, `1`}}},
	{Name: "percentiles", Kind: Aggregate, Sigs: []string{"(expr:" + percentileOf + ", percentile:const number...):T"}, Doc: "Returns several percentiles, each in a column.", Emit: emitPercentile, Naming: NamePercentiles, Prefix: "percentile", Examples: []Example{{`percentiles(x, 50)`, `2`}}},
	{Name: "percentiles_array", Kind: Aggregate, Sigs: []string{"(expr:" + percentileOf + ", percentile:const number...):dynamic", "(expr:" + percentileOf + ", percentiles:const dynamic):dynamic"}, Doc: "Returns several percentiles as an array.", Emit: emitPercentiles, Naming: NamePrefix, Prefix: "percentiles", Examples: []Example{{`percentiles_array(x, 0, 50, 100)`, `[1,2,3]`}, {`percentiles_array(x, dynamic([50]))`, `[2]`}}},
	{Name: "percentilesw", Kind: Aggregate, Sigs: []string{"(expr:" + percentileOf + ", weight:integer, percentile:const number...):T"}, Doc: "Returns several percentiles of values that count as often as their weight, each in a column.", Emit: emitPercentile, Naming: NamePercentiles, Prefix: "percentile", Examples: []Example{{`percentilesw(x, x, 75)`, `3`}}},
	{Name: "percentilesw_array", Kind: Aggregate, Sigs: []string{"(expr:" + percentileOf + ", weight:integer, percentile:const number...):dynamic", "(expr:" + percentileOf + ", weight:integer, percentiles:const dynamic):dynamic"}, Doc: "Returns several percentiles of weighted values as an array.", Emit: emitPercentiles, Naming: NamePrefix, Prefix: "percentiles", Examples: []Example{{`percentilesw_array(x, x, 10, 50)`, `[1,2]`}}},
	{Name: "percentilew", Kind: Aggregate, Sigs: []string{"(expr:" + percentileOf + ", weight:integer, percentile:const number):T"}, Doc: "Returns a percentile of values that count as often as their weight.", Emit: emitPercentile, Naming: NamePercentiles, Prefix: "percentile", Examples: []Example{{`percentilew(x, x, 50)`, `2`}}},
	{Name: "take_any", Kind: Aggregate, Sigs: []string{"(expr:T):T", "(expr:any*...):dynamic"}, Doc: "Returns a value of a group, where there is one that is not empty; of several expressions, from one row.", Emit: emitAny, Naming: NameArgs, Prefix: "any", Examples: []Example{{`isnotnull(take_any(x))`, `true`}}},
	{Name: "take_anyif", Kind: Aggregate, Sigs: []string{"(expr:T, predicate:bool):T"}, Doc: "Returns a value of a group from a row at which the predicate holds.", Emit: emitAny, Naming: NameFirst, Examples: []Example{{`take_anyif(x, x > 2)`, `3`}}},
}...)

// older makes the first form of a list aggregate, which holds 128 values unless the
// query says otherwise.
func older(name, prefix, newer string, sigs []string, emit EmitFunc, examples ...Example) Func {
	return Func{Name: name, Kind: Aggregate, Sigs: sigs, Naming: NamePrefix, Prefix: prefix, Examples: examples,
		Doc: "Does what " + newer + " does, with at most 128 values when no size is given.",
		Emit: func(c *Call) (string, error) {
			if _, ok := c.Arg("maxSize"); ok {
				return emit(c)
			}
			limited := *c
			limited.Args = append(c.Args[:len(c.Args):len(c.Args)], Expr{SQL: "128", Type: types.Long, Const: true, Value: int64(128)})
			return emit(&limited)
		}}
}

func concat(lists ...[]Func) (all []Func) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}
