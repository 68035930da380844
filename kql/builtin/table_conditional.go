package builtin

import (
	"strings"

	"lazuli.dev/lazuli/kql/types"
)

func emitCase(c *Call) (string, error) {
	var b strings.Builder
	b.WriteString("CASE")
	last := len(c.Args) - 1
	for i := 0; i < last; i += 2 {
		b.WriteString(" WHEN " + c.Args[i].SQL + " THEN " + c.Args[i+1].SQL)
	}
	b.WriteString(" ELSE " + c.Args[last].SQL + " END")
	return b.String(), nil
}

// emitCoalesce takes the first value; of strings the first that is not empty.
func emitCoalesce(c *Call) (string, error) {
	if c.Result != types.String {
		return c.Template("coalesce({arg}, {arg2...})")
	}
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		args[i] = "nullif(" + a.SQL + ", '')"
	}
	return "coalesce(" + strings.Join(args, ", ") + ", '')", nil
}

func emitIsEmpty(c *Call) (string, error) {
	switch c.Args[0].Type {
	case types.String:
		return c.Template("({value} = '')")
	case types.Dynamic:
		return c.Template("(coalesce({value}, '\"\"') = '\"\"')")
	}
	return c.Template("({value} IS NULL)")
}

func emitIsNotEmpty(c *Call) (string, error) {
	switch c.Args[0].Type {
	case types.String:
		return c.Template("({value} <> '')")
	case types.Dynamic:
		return c.Template("(coalesce({value}, '\"\"') <> '\"\"')")
	}
	return c.Template("({value} IS NOT NULL)")
}

func emitGetType(c *Call) (string, error) {
	if t := c.Args[0].Type; t != types.Dynamic {
		return "CASE WHEN " + c.Args[0].SQL + " IS NULL THEN 'null' ELSE '" + t.String() + "' END", nil
	}
	return c.Template("CASE WHEN {value} IS NULL THEN 'null' ELSE kql_gettype({value}) END")
}

var conditionalFuncs = []Func{
	{Name: "case", Sigs: []string{"({predicate:bool, then:~T}..., else:~T):T"}, Doc: "Returns the value behind the first predicate that holds, else the last argument.", Emit: emitCase,
		Examples: []Example{{`case(5 <= 3, "Small", 5 <= 10, "Medium", "Large")`, `Medium`}, {`case(bool(null), 1, 2)`, `2`}, {`case(false, 1, 2.5)`, `2.5`}}},
	{Name: "coalesce", Sigs: []string{"(arg:T, arg2:T...):T"}, Doc: "Returns the first argument that is not null, of strings the first that is not empty.", Emit: emitCoalesce,
		Examples: []Example{{`coalesce(tolong("not a number"), tolong("42"), 33)`, `42`}, {`coalesce("", "b")`, `b`}, {`coalesce(int(null), 2.5)`, `2.5`}, {`coalesce("", "")`, ``}}},
	{Name: "column_ifexists", Aliases: []string{"columnifexists"}, Special: true, Sigs: []string{"(columnName:const string, defaultValue:T):T"}, Doc: "Returns the column of that name when it exists, else the default.", Examples: []Example{{`column_ifexists("nosuch", 5)`, `5`}}},
	{Name: "gettype", Sigs: []string{"(value:any):string"}, Doc: "Names the type that a value has at run time.", Emit: emitGetType,
		Examples: []Example{{`gettype("a")`, `string`}, {`gettype(1s)`, `timespan`}, {`gettype(parse_json("1"))`, `int`}, {`gettype(dynamic({"abc":1}))`, `dictionary`}, {`gettype(dynamic([1]))`, `array`}, {`gettype(parse_json(""))`, `null`}, {`gettype(123.45)`, `real`}}},
	{Name: "iff", Aliases: []string{"iif"}, Sigs: []string{"(if:bool, then:~T, else:~T):T"}, Doc: "Returns then where the predicate holds, else the other; a null predicate does not hold.", SQL: SQL{DuckDB: "CASE WHEN {if} THEN {then} ELSE {else} END"},
		Examples: []Example{{`iff(1 > 0, "yes", "no")`, `yes`}, {`iff(bool(null), 1, 2)`, `2`}, {`iif(true, 1, 2.0)`, `1.0`}}},
	{Name: "ingestion_time", Special: true, Sigs: []string{"():datetime"}, Doc: "Returns when the row was received.", Naming: NamePrefixOnly, Prefix: "$IngestionTime", Examples: []Example{{`isnull(ingestion_time())`, `true`}}},
	{Name: "iscolumnexists", Special: true, Sigs: []string{"(columnName:const string):bool"}, Doc: "Reports whether there is a column of that name; column_ifexists is the newer form.", Examples: []Example{{`iscolumnexists("nosuch")`, `false`}, {`iscolumnexists("")`, `false`}}},
	{Name: "isempty", Sigs: []string{"(value:any):bool"}, Doc: "Reports whether a value is null or the empty string.", Emit: emitIsEmpty, Examples: []Example{{`isempty("")`, `true`}, {`isempty(" ")`, `false`}, {`isempty(long(null))`, `true`}, {`isempty(parse_json(""))`, `true`}, {`isempty(dynamic([]))`, `false`}, {`isempty(dynamic(""))`, `true`}}},
	{Name: "isnotempty", Aliases: []string{"notempty"}, Sigs: []string{"(value:any):bool"}, Doc: "Reports whether a value is neither null nor the empty string.", Emit: emitIsNotEmpty, Examples: []Example{{`isnotempty("")`, `false`}, {`isnotempty("x")`, `true`}, {`isnotempty(long(null))`, `false`}}},
	{Name: "isnotnull", Aliases: []string{"notnull"}, Sigs: []string{"(value:any):bool"}, Doc: "Reports whether a value is not null, which no string is.", SQL: SQL{DuckDB: "({value} IS NOT NULL)"}, Examples: []Example{{`isnotnull("")`, `true`}, {`isnotnull(int(null))`, `false`}}},
	{Name: "isnull", Sigs: []string{"(value:any):bool"}, Doc: "Reports whether a value is null, which no string is.", SQL: SQL{DuckDB: "({value} IS NULL)"}, Examples: []Example{{`isnull("")`, `false`}, {`isnull(int(null))`, `true`}, {`isnull(dynamic(null))`, `true`}}},
	{Name: "new_guid", Sigs: []string{"():guid"}, Doc: "Returns a random guid.", SQL: SQL{DuckDB: "uuid()"}, Volatile: true, Examples: []Example{{`strlen(tostring(new_guid()))`, `36`}}},
	{Name: "not", Sigs: []string{"(expression:bool):bool"}, Doc: "Negates a bool; null stays null.", SQL: SQL{DuckDB: "(NOT {expression})"}, Examples: []Example{{`not(false)`, `true`}, {`not(bool(null))`, `null`}}},
}

var windowFuncs = []Func{
	{Name: "next", Kind: Window, Special: true, Sigs: []string{"(column:T, [offset:const long=1], [default_value:T]):T"}, Doc: "Returns the value that a column has in a later row.", Examples: []Example{{`next(x)`, `2`}}},
	{Name: "prev", Kind: Window, Special: true, Sigs: []string{"(column:T, [offset:const long=1], [default_value:T]):T"}, Doc: "Returns the value that a column has in an earlier row.", Examples: []Example{{`prev(x)`, `null`}}},
	{Name: "row_cumsum", Kind: Window, Special: true, Sigs: []string{"(term:long, [restart:bool]):long", "(term:real, [restart:bool]):real", "(term:decimal, [restart:bool]):decimal", "(term:timespan, [restart:bool]):timespan"}, Doc: "Sums a column up to the row, from the last row at which restart holds.", Examples: []Example{{`row_cumsum(x)`, `1`}}},
	{Name: "row_number", Kind: Window, Special: true, Sigs: []string{"([startingIndex:const long=1], [restart:bool]):long"}, Doc: "Numbers the rows, from the last row at which restart holds.", Examples: []Example{{`row_number()`, `1`}}},
	{Name: "row_rank_dense", Kind: Window, Special: true, Sigs: []string{"(term:orderable, [restart:bool]):long"}, Doc: "Numbers the different values of a sorted column.", Examples: []Example{{`row_rank_dense(x)`, `1`}}},
	{Name: "row_rank_min", Kind: Window, Special: true, Sigs: []string{"(term:orderable, [restart:bool]):long"}, Doc: "Numbers each value of a sorted column by the first row that has it.", Examples: []Example{{`row_rank_min(x)`, `1`}}},
	{Name: "row_window_session", Kind: Window, Special: true, Sigs: []string{"(expr:datetime, maxDistanceFromFirst:timespan, maxDistanceBetweenNeighbors:timespan, [restart:bool]):datetime"}, Doc: "Returns when the session began to which the row belongs: a session ends where one of the distances is reached, or restart holds.",
		Examples: []Example{{`row_window_session(t, 1h, 5m)`, `2020-01-01T00:00:00.0000000Z`}}},
}
