package native

import (
	"math"

	"lazuli.dev/lazuli/kql/types"
)

// one makes a native of one argument, null where that is.
func one(name string, from, to types.Type, f func(in, out *Value)) Func {
	return Func{Name: name, Args: []types.Type{from}, Result: to, New: strict(func(args []Value, out *Value) { f(&args[0], out) })}
}

// written makes a native that writes text with an append function.
func written(name string, from, to types.Type, f func(dst []byte, in *Value) []byte) Func {
	return Func{Name: name, Args: []types.Type{from}, Result: to, New: building(func(buf []byte, args []Value) []byte {
		if args[0].Null {
			return nil
		}
		return f(buf, &args[0])
	})}
}

// parsers read the text of a value.
func parseBoolTo(s []byte, out *Value) {
	switch string(lowered(nil, trim(s))) {
	case "true":
		out.Int = 1
	case "false":
	default:
		n, ok := parseLong(s)
		out.Null = !ok
		out.setBool(n != 0)
	}
}

func parseLongTo(s []byte, out *Value) {
	n, ok := parseLong(s)
	out.Int, out.Null = n, !ok
}

func narrow(out *Value) {
	if out.Int != int64(int32(out.Int)) {
		out.Null = true
	}
}

func parseIntTo(s []byte, out *Value) {
	parseLongTo(s, out)
	narrow(out)
}

func parseRealTo(s []byte, out *Value) {
	f, ok := parseReal(s)
	out.Float, out.Null = f, !ok
}

func parseDateTimeTo(s []byte, out *Value) {
	t, ok := parseDateTime(s)
	out.Int, out.Null = t, !ok
}

func parseTimespanTo(s []byte, out *Value) {
	t, ok := parseTimespan(s)
	out.Int, out.Null = t, !ok
}

func parseGuidTo(s []byte, out *Value) { out.Null = !parseGuid(s, out) }

// fromDynamic makes a native that converts a JSON scalar: the text of strings is
// parsed, numbers and booleans are converted.
func fromDynamic(name string, to types.Type, parse func([]byte, *Value), number func(b []byte, out *Value)) Func {
	return Func{Name: name, Args: []types.Type{types.Dynamic}, Result: to, New: func() Eval {
		var buf []byte
		return func(args []Value, out *Value) {
			b := trim(args[0].Bytes)
			switch {
			case args[0].Null || isNull(b) || b[0] == '{' || b[0] == '[':
				out.Null = true
			case b[0] == '"':
				end, ok := checkString(b, 0)
				if !ok || end != len(b) {
					out.Null = true
					return
				}
				buf = unquote(buf[:0], b)
				parse(buf, out)
			case string(b) == "true":
				number([]byte("1"), out)
			case string(b) == "false":
				number([]byte("0"), out)
			case numberJSON(b):
				number(b, out)
			default:
				out.Null = true
			}
		}
	}}
}

// longOf reads a JSON number, cutting its fraction.
func longOf(b []byte, out *Value) {
	if isInteger(b) {
		parseLongTo(b, out)
		return
	}
	f, _ := parseReal(b)
	n, ok := realToLong(f)
	out.Int, out.Null = n, !ok
}

func intOf(b []byte, out *Value) {
	longOf(b, out)
	narrow(out)
}

func ticksOf(b []byte, out *Value) {
	longOf(b, out)
	out.Null = out.Null || !validTicks(out.Int)
}

var conversionFuncs = []Func{
	written("kql_text_real", types.Real, types.String, func(dst []byte, in *Value) []byte { return appendReal(dst, in.Float) }),
	written("kql_text_decimal", types.Decimal, types.String, appendDecimal),
	written("kql_text_datetime", types.DateTime, types.String, func(dst []byte, in *Value) []byte { return AppendDateTime(dst, in.Int) }),
	written("kql_text_timespan", types.Timespan, types.String, func(dst []byte, in *Value) []byte { return AppendTimespan(dst, in.Int) }),
	written("kql_text", types.Dynamic, types.String, func(dst []byte, in *Value) []byte { return text(dst, in.Bytes) }),

	written("kql_json_real", types.Real, types.Dynamic, func(dst []byte, in *Value) []byte {
		if math.IsNaN(in.Float) || math.IsInf(in.Float, 0) {
			return append(appendReal(append(dst, '"'), in.Float), '"')
		}
		return appendReal(dst, in.Float)
	}),
	written("kql_json_decimal", types.Decimal, types.Dynamic, func(dst []byte, in *Value) []byte {
		return append(appendDecimal(append(dst, '"'), in), '"')
	}),
	written("kql_json_datetime", types.DateTime, types.Dynamic, func(dst []byte, in *Value) []byte {
		return append(AppendDateTime(append(dst, '"'), in.Int), '"')
	}),
	written("kql_json_timespan", types.Timespan, types.Dynamic, func(dst []byte, in *Value) []byte {
		return append(AppendTimespan(append(dst, '"'), in.Int), '"')
	}),
	written("kql_json_guid", types.Guid, types.Dynamic, func(dst []byte, in *Value) []byte {
		return append(appendGuid(append(dst, '"'), in), '"')
	}),
	written("kql_json_string", types.String, types.Dynamic, func(dst []byte, in *Value) []byte { return Quote(dst, in.Bytes) }),

	one("kql_bool", types.String, types.Bool, func(in, out *Value) { parseBoolTo(in.Bytes, out) }),
	one("kql_int", types.String, types.Int, func(in, out *Value) { parseIntTo(in.Bytes, out) }),
	one("kql_long", types.String, types.Long, func(in, out *Value) { parseLongTo(in.Bytes, out) }),
	one("kql_real", types.String, types.Real, func(in, out *Value) { parseRealTo(in.Bytes, out) }),
	one("kql_decimal", types.String, types.Decimal, func(in, out *Value) { parseDecimal(in.Bytes, out) }),
	one("kql_datetime", types.String, types.DateTime, func(in, out *Value) { parseDateTimeTo(in.Bytes, out) }),
	one("kql_timespan", types.String, types.Timespan, func(in, out *Value) { parseTimespanTo(in.Bytes, out) }),
	one("kql_guid", types.String, types.Guid, func(in, out *Value) { parseGuidTo(in.Bytes, out) }),

	fromDynamic("kql_dynamic_bool", types.Bool, parseBoolTo, func(b []byte, out *Value) {
		f, _ := parseReal(b)
		out.setBool(f != 0)
	}),
	fromDynamic("kql_dynamic_int", types.Int, parseIntTo, intOf),
	fromDynamic("kql_dynamic_long", types.Long, parseLongTo, longOf),
	fromDynamic("kql_dynamic_real", types.Real, parseRealTo, parseRealTo),
	fromDynamic("kql_dynamic_decimal", types.Decimal, parseDecimal, parseDecimal),
	fromDynamic("kql_dynamic_datetime", types.DateTime, parseDateTimeTo, ticksOf),
	fromDynamic("kql_dynamic_timespan", types.Timespan, parseTimespanTo, longOf),
	fromDynamic("kql_dynamic_guid", types.Guid, parseGuidTo, func(_ []byte, out *Value) { out.Null = true }),

	one("kql_real_int", types.Real, types.Int, func(in, out *Value) {
		n, ok := realToLong(in.Float)
		out.Int, out.Null = n, !ok
		narrow(out)
	}),
	one("kql_real_long", types.Real, types.Long, func(in, out *Value) {
		n, ok := realToLong(in.Float)
		out.Int, out.Null = n, !ok
	}),
	one("kql_decimal_int", types.Decimal, types.Int, func(in, out *Value) {
		decimalLong(in, out)
		narrow(out)
	}),
	one("kql_decimal_long", types.Decimal, types.Long, decimalLong),
	one("kql_ticks", types.Long, types.DateTime, func(in, out *Value) { out.Int, out.Null = in.Int, !validTicks(in.Int) }),
}

func decimalLong(in, out *Value) {
	b := decimalBig(in)
	b.Quo(b, decimalOne)
	out.Int, out.Null = b.Int64(), !b.IsInt64()
}
