package builtin

import (
	"strings"

	"lazuli.dev/lazuli/kql/types"
)

// Convert returns the SQL that brings a value to another type by the rules of
// KQL's to...() functions: what cannot be converted is null, or the empty string.
// sql must not need parentheses.
func Convert(sql string, from, to types.Type) string {
	if from == to || from == types.None || to == types.None {
		return sql
	}
	if n, ok := conversions[[2]types.Type{from, to}]; ok {
		if strings.Contains(n, "{x}") {
			return strings.ReplaceAll(n, "{x}", sql)
		}
		return n + "(" + sql + ")"
	}
	switch to {
	case types.String:
		return "coalesce(CAST(" + sql + " AS VARCHAR), '')" // bool, int, long, guid
	case types.Dynamic: // bool, int, long
		return "CAST(" + sql + " AS VARCHAR)"
	case types.Int, types.Long, types.Real, types.Bool, types.Decimal:
		return "TRY_CAST(" + sql + " AS " + sqlTypes[to] + ")"
	}
	return "CAST(NULL AS " + sqlTypes[to] + ")"
}

var sqlTypes = map[types.Type]string{
	types.Bool: "BOOLEAN", types.Int: "INTEGER", types.Long: "BIGINT", types.Real: "DOUBLE", types.Decimal: "DECIMAL(38,18)",
	types.DateTime: "BIGINT", types.Timespan: "BIGINT", types.String: "VARCHAR", types.Guid: "UUID", types.Dynamic: "VARCHAR",
}

// conversions are the pairs that need more than a cast: a native, or SQL with
// {x} for the value.
var conversions = map[[2]types.Type]string{
	{types.Real, types.String}:     "kql_text_real",
	{types.Decimal, types.String}:  "kql_text_decimal",
	{types.DateTime, types.String}: "kql_text_datetime",
	{types.Timespan, types.String}: "kql_text_timespan",
	{types.Dynamic, types.String}:  "kql_text",

	{types.Real, types.Dynamic}:     "kql_json_real",
	{types.Decimal, types.Dynamic}:  "kql_json_decimal",
	{types.DateTime, types.Dynamic}: "kql_json_datetime",
	{types.Timespan, types.Dynamic}: "kql_json_timespan",
	{types.Guid, types.Dynamic}:     "kql_json_guid",
	{types.String, types.Dynamic}:   "kql_json_string",

	{types.String, types.Bool}:     "kql_bool",
	{types.String, types.Int}:      "kql_int",
	{types.String, types.Long}:     "kql_long",
	{types.String, types.Real}:     "kql_real",
	{types.String, types.Decimal}:  "kql_decimal",
	{types.String, types.DateTime}: "kql_datetime",
	{types.String, types.Timespan}: "kql_timespan",
	{types.String, types.Guid}:     "kql_guid",

	{types.Dynamic, types.Bool}:     "kql_dynamic_bool",
	{types.Dynamic, types.Int}:      "kql_dynamic_int",
	{types.Dynamic, types.Long}:     "kql_dynamic_long",
	{types.Dynamic, types.Real}:     "kql_dynamic_real",
	{types.Dynamic, types.Decimal}:  "kql_dynamic_decimal",
	{types.Dynamic, types.DateTime}: "kql_dynamic_datetime",
	{types.Dynamic, types.Timespan}: "kql_dynamic_timespan",
	{types.Dynamic, types.Guid}:     "kql_dynamic_guid",

	{types.Real, types.Int}:      "kql_real_int",
	{types.Real, types.Long}:     "kql_real_long",
	{types.Decimal, types.Int}:   "kql_decimal_int",
	{types.Decimal, types.Long}:  "kql_decimal_long",
	{types.Real, types.Bool}:     "({x} <> 0)",
	{types.Int, types.DateTime}:  "kql_ticks",
	{types.Long, types.DateTime}: "kql_ticks",
	{types.Int, types.Timespan}:  "CAST({x} AS BIGINT)",

	// A datetime and a timespan are their ticks.
	{types.DateTime, types.Long}:     "{x}",
	{types.Timespan, types.Long}:     "{x}",
	{types.Long, types.Timespan}:     "{x}",
	{types.DateTime, types.Timespan}: "{x}",
	{types.Timespan, types.DateTime}: "kql_ticks",
}
