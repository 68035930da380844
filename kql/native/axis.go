package native

import (
	"bytes"
	"strconv"

	"lazuli.dev/lazuli/kql/types"
)

// MaxSeries is how many elements a series of make-series has at most, as in
// Kusto; a longer one is null.
const MaxSeries = 1 << 20

// The separators of the text that kql_series_spread takes. JSON cannot contain
// them: its strings escape control characters.
const (
	SeriesItem  = '\x1e' // between items
	SeriesValue = '\x1f' // between the step of an item and its value
)

// axisFuncs write the arrays of make-series. Arrays of the same bounds are made
// once, since most groups of a query share them.
var axisFuncs = []Func{
	points("kql_series_points_long", types.Long, func(dst []byte, from, step *Value, n int64) []byte {
		return strconv.AppendInt(dst, from.Int+n*step.Int, 10)
	}),
	points("kql_series_points_datetime", types.DateTime, func(dst []byte, from, step *Value, n int64) []byte {
		return append(AppendDateTime(append(dst, '"'), from.Int+n*step.Int), '"')
	}),
	points("kql_series_points_timespan", types.Timespan, func(dst []byte, from, step *Value, n int64) []byte {
		return append(AppendTimespan(append(dst, '"'), from.Int+n*step.Int), '"')
	}),
	points("kql_series_points_real", types.Real, func(dst []byte, from, step *Value, n int64) []byte {
		return realNumber(from.Float + float64(n)*step.Float).append(dst)
	}),
	{Name: "kql_series_spread", Args: []types.Type{types.String, types.Long, types.Long, types.Dynamic}, Result: types.Dynamic, New: spread},
}

// points makes the axis: (origin, step, first, last) to the points of the steps
// first to last.
func points(name string, t types.Type, add func(dst []byte, from, step *Value, n int64) []byte) Func {
	step := t
	if t == types.DateTime {
		step = types.Timespan
	}
	return Func{Name: name, Args: []types.Type{t, step, types.Long, types.Long}, Result: types.Dynamic, New: func() Eval {
		var last [4]Value
		var made []byte
		return func(args []Value, out *Value) {
			for i := range args {
				if args[i].Null {
					out.Null = true
					return
				}
			}
			first, end := args[2].Int, args[3].Int
			if end >= first && uint64(end-first) >= MaxSeries {
				out.Null = true
				return
			}
			if made == nil || !same(last[:], args) {
				made = append(made[:0], '[')
				for n := first; n <= end; n++ {
					made = comma(made)
					made = add(made, &args[0], &args[1], n)
				}
				made = append(made, ']')
				copy(last[:], args)
			}
			out.Bytes = made
		}
	}}
}

// same reports whether two rows of numbers are equal bit for bit.
func same(a, b []Value) bool {
	for i := range a {
		if a[i].Int != b[i].Int || a[i].Float != b[i].Float {
			return false
		}
	}
	return true
}

// spread puts values at their steps: (items, first, last, default) to the array
// of the steps first to last. Items are step and JSON value, in any order.
func spread() Eval {
	var at [][]byte
	var made, scratch []byte
	orNull := func(v []byte) []byte {
		ok := scalarJSON(v)
		if !ok {
			scratch, ok = compact(scratch[:0], v)
		}
		if !ok {
			return jsonNull
		}
		return v
	}
	return func(args []Value, out *Value) {
		first, end := args[1].Int, args[2].Int
		if args[1].Null || args[2].Null || end >= first && uint64(end-first) >= MaxSeries {
			out.Null = true
			return
		}
		fill := jsonNull
		if !args[3].Null {
			fill = orNull(args[3].Bytes)
		}
		at = at[:0]
		for n := first; n <= end; n++ {
			at = append(at, fill)
		}
		for rest := args[0].Bytes; len(rest) > 0; {
			item := rest
			if i := bytes.IndexByte(rest, SeriesItem); i >= 0 {
				item, rest = rest[:i], rest[i+1:]
			} else {
				rest = nil
			}
			step, value, _ := bytes.Cut(item, []byte{SeriesValue})
			if n, ok := parseLong(step); ok && n >= first && n <= end {
				at[n-first] = orNull(value)
			}
		}
		made = appendArray(made[:0], at)
		out.Bytes = made
	}
}
