package native

import (
	"bytes"
	"math"
	"sort"
	"strconv"

	"lazuli.dev/lazuli/kql/types"
)

// An arena is the memory of one instance: arrays split into elements, and the
// text of the result.
type arena struct {
	elems [][]byte
	buf   []byte
	text  []byte // of elements that had to be rewritten
}

// split returns the elements of an array in the one way that compact writes them.
// They stay valid until the arena is reset.
func (a *arena) split(v *Value) (elems [][]byte, ok bool) {
	from := len(a.elems)
	if v.Null {
		return nil, false
	}
	ok = eachElement(v.Bytes, func(e []byte) {
		at := len(a.text)
		a.text = compactOrNull(a.text, e)
		a.elems = append(a.elems, a.text[at:len(a.text):len(a.text)])
	})
	return a.elems[from:len(a.elems):len(a.elems)], ok
}

func (a *arena) reset() { a.elems, a.buf, a.text = a.elems[:0], a.buf[:0], a.text[:0] }

// array writes elements as an array into out.
func (a *arena) array(elems [][]byte, out *Value) {
	a.buf = appendArray(a.buf[:0], elems)
	out.Bytes = a.buf
}

func appendArray(dst []byte, elems [][]byte) []byte {
	dst = append(dst, '[')
	for _, e := range elems {
		dst = comma(dst)
		dst = append(dst, e...)
	}
	return append(dst, ']')
}

var jsonNull = []byte("null")

// arrays makes a native of dynamic arguments (further ones of the given types)
// whose first is an array; for anything else there the result is null.
func arrays(name string, result types.Type, more []types.Type, f func(a *arena, elems [][]byte, args []Value, out *Value)) Func {
	return Func{Name: name, Args: append([]types.Type{types.Dynamic}, more...), Result: result, New: func() Eval {
		var a arena
		return func(args []Value, out *Value) {
			a.reset()
			elems, ok := a.split(&args[0])
			if !ok {
				out.Null = true
				return
			}
			f(&a, elems, args, out)
		}
	}}
}

// sets makes a native over any number of arrays; null ones are left out, and
// with another value that is no array the result is null.
func sets(name string, result types.Type, f func(a *arena, lists [][][]byte, out *Value)) Func {
	return Func{Name: name, Variadic: types.Dynamic, Result: result, New: func() Eval {
		var a arena
		var lists [][][]byte
		return func(args []Value, out *Value) {
			a.reset()
			lists = lists[:0]
			for i := range args {
				if args[i].Null {
					continue
				}
				elems, ok := a.split(&args[i])
				if !ok {
					out.Null = true
					return
				}
				lists = append(lists, elems)
			}
			if len(lists) == 0 {
				out.Null = true
				return
			}
			f(&a, lists, out)
		}
	}}
}

// unique returns the different elements of list in the order of their first
// occurrence, those only for which keep says yes.
func unique(list [][]byte, keep func(e []byte) bool) [][]byte {
	seen := make(map[string]bool, len(list))
	var out [][]byte
	for _, e := range list {
		if !seen[string(e)] && keep(e) {
			seen[string(e)] = true
			out = append(out, e)
		}
	}
	return out
}

func setOfElems(list [][]byte) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, e := range list {
		m[string(e)] = true
	}
	return m
}

// rotate returns list turned left by n, which may be negative.
func rotate(list [][]byte, n int64) [][]byte {
	if len(list) == 0 {
		return list
	}
	n %= int64(len(list))
	if n < 0 {
		n += int64(len(list))
	}
	return append(append([][]byte{}, list[n:]...), list[:n]...)
}

// shift returns list moved left by n, filled up with e.
func shift(list [][]byte, n int64, e []byte) [][]byte {
	out := make([][]byte, len(list))
	for i := range out {
		from := int64(i) + n
		if from >= 0 && from < int64(len(list)) {
			out[i] = list[from]
		} else {
			out[i] = e
		}
	}
	return out
}

func orNull(v *Value) []byte {
	if v.Null {
		return jsonNull
	}
	return v.Bytes
}

// lessJSON orders the elements of an array: numbers by value, then texts by
// their characters, then the rest as it is written.
func lessJSON(a, b []byte) int {
	class := func(e []byte) int {
		switch {
		case numberJSON(e):
			return 0
		case e[0] == '"':
			return 1
		}
		return 2
	}
	ca, cb := class(a), class(b)
	switch {
	case ca != cb:
		return ca - cb
	case ca == 0:
		if isInteger(a) && isInteger(b) {
			x, okX := parseLong(a)
			y, okY := parseLong(b)
			if okX && okY {
				return order(x, y)
			}
		}
		x, _ := parseReal(a)
		y, _ := parseReal(b)
		return order(x, y)
	case ca == 1:
		return bytes.Compare(unquote(nil, a), unquote(nil, b))
	}
	return bytes.Compare(a, b)
}

func order[T int64 | float64](x, y T) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// sorted makes array_sort_asc and _desc: the first array says the order, the
// others follow it. The last argument is whether nulls come last.
func sortedArrays(name string, sign int) Func {
	return Func{Name: name, Args: []types.Type{types.Bool}, Variadic: types.Dynamic, Result: types.Dynamic, New: func() Eval {
		var a arena
		return func(args []Value, out *Value) {
			a.reset()
			nullsLast := args[0].Null || args[0].Int != 0
			var lists [][][]byte
			for i := range args[1:] {
				elems, ok := a.split(&args[i+1])
				if !ok && i == 0 {
					out.Null = true
					return
				}
				lists = append(lists, elems)
			}
			at := make([]int, len(lists[0]))
			for i := range at {
				at[i] = i
			}
			sort.SliceStable(at, func(i, j int) bool {
				x, y := lists[0][at[i]], lists[0][at[j]]
				if nx, ny := isNull(x), isNull(y); nx || ny {
					return nx != ny && nx != nullsLast
				}
				return sign*lessJSON(x, y) < 0
			})
			if len(lists) > 1 {
				a.buf = append(a.buf, '[')
			}
			for _, list := range lists {
				a.buf = comma(a.buf)
				if len(list) != len(at) {
					a.buf = append(a.buf, "null"...)
					continue
				}
				ordered := make([][]byte, len(at))
				for i, from := range at {
					ordered[i] = list[from]
				}
				a.buf = appendArray(a.buf, ordered)
			}
			if len(lists) > 1 {
				a.buf = append(a.buf, ']')
			}
			out.Bytes = a.buf
		}
	}}
}

// window returns the part of n elements that a start and a length name: a
// negative start counts from the end, a negative length means all.
func window(n, start, length int64) (from, to int64) {
	if start < 0 {
		start = max(start+n, 0)
	}
	from = min(start, n)
	if length < 0 || length > n-from {
		return from, n
	}
	return from, from + length
}

// maxRange is how many elements Kusto's range() gives at most.
const maxRange = 1 << 20

func rangeOf(name string, arg types.Type, write func(dst []byte, v int64) []byte) Func {
	return Func{Name: name, Args: []types.Type{arg, arg, types.Long}, Result: types.Dynamic, New: building(func(buf []byte, args []Value) []byte {
		from, to, by := args[0].Int, args[1].Int, args[2].Int
		if args[0].Null || args[1].Null || args[2].Null || by == 0 {
			return nil
		}
		buf = append(buf, '[')
		for n, v := 0, from; n < maxRange && (by > 0 && v <= to || by < 0 && v >= to); n++ {
			buf = comma(buf)
			buf = write(buf, v)
			next := v + by
			if next > v != (by > 0) {
				break
			}
			v = next
		}
		return append(buf, ']')
	})}
}

var arrayFuncs = []Func{
	arrays("kql_array_length", types.Long, nil, func(_ *arena, elems [][]byte, _ []Value, out *Value) { out.Int = int64(len(elems)) }),
	sets("kql_array_concat", types.Dynamic, func(a *arena, lists [][][]byte, out *Value) {
		var all [][]byte
		for _, l := range lists {
			all = append(all, l...)
		}
		a.array(all, out)
	}),
	arrays("kql_array_slice", types.Dynamic, []types.Type{types.Long, types.Long}, func(a *arena, elems [][]byte, args []Value, out *Value) {
		if args[1].Null || args[2].Null {
			out.Null = true
			return
		}
		n := int64(len(elems))
		from, to := args[1].Int, args[2].Int
		if from < 0 {
			from = max(from+n, 0)
		}
		if to < 0 {
			to += n
		}
		to = min(to+1, n)
		if from >= to {
			from, to = 0, 0
		}
		a.array(elems[from:to], out)
	}),
	arrays("kql_array_split", types.Dynamic, []types.Type{types.Dynamic}, func(a *arena, elems [][]byte, args []Value, out *Value) {
		n := int64(len(elems))
		var cuts []int64
		cut := func(e []byte) {
			i, ok := parseLong(e)
			if ok {
				if i < 0 {
					i += n
				}
				cuts = append(cuts, min(max(i, 0), n))
			}
		}
		if !eachElement(args[1].Bytes, cut) {
			cut(trim(args[1].Bytes))
		}
		if len(cuts) == 0 {
			out.Null = true
			return
		}
		a.buf = append(a.buf, '[')
		at := int64(0)
		for _, c := range append(cuts, n) {
			a.buf = append(appendArray(a.buf, elems[min(at, c):c]), ',')
			at = c
		}
		a.buf[len(a.buf)-1] = ']'
		out.Bytes = a.buf
	}),
	arrays("kql_array_index_of", types.Long, []types.Type{types.Dynamic, types.Long, types.Long, types.Long}, func(a *arena, elems [][]byte, args []Value, out *Value) {
		out.Int = -1
		from, to := window(int64(len(elems)), args[2].Int, args[3].Int)
		want, ok := compact(a.buf[:0], orNull(&args[1]))
		left := args[4].Int
		if !ok || left < 1 {
			return
		}
		for i := from; i < to; i++ {
			if bytes.Equal(elems[i], want) {
				if left--; left == 0 {
					out.Int = i
					return
				}
			}
		}
	}),
	sortedArrays("kql_array_sort_asc", 1),
	sortedArrays("kql_array_sort_desc", -1),
	arrays("kql_array_sum", types.Real, nil, func(_ *arena, elems [][]byte, _ []Value, out *Value) {
		for _, e := range elems {
			f, ok := parseReal(e)
			if !ok && !isNull(e) || math.IsNaN(f) {
				out.Null = true
				return
			}
			out.Float += f
		}
	}),
	arrays("kql_array_reverse", types.Dynamic, nil, func(a *arena, elems [][]byte, _ []Value, out *Value) {
		back := make([][]byte, len(elems))
		for i, e := range elems {
			back[len(elems)-1-i] = e
		}
		a.array(back, out)
	}),
	arrays("kql_array_rotate", types.Dynamic, []types.Type{types.Long}, func(a *arena, elems [][]byte, args []Value, out *Value) {
		a.array(rotate(elems, args[1].Int), out)
	}),
	arrays("kql_array_shift", types.Dynamic, []types.Type{types.Long, types.Dynamic}, func(a *arena, elems [][]byte, args []Value, out *Value) {
		a.array(shift(elems, args[1].Int, orNull(&args[2])), out)
	}),
	arrays("kql_array_iff", types.Dynamic, []types.Type{types.Dynamic, types.Dynamic}, func(a *arena, elems [][]byte, args []Value, out *Value) {
		branch := func(v *Value) func(i int) []byte {
			if list, ok := a.split(v); ok {
				return func(i int) []byte {
					if i < len(list) {
						return list[i]
					}
					return jsonNull
				}
			}
			return func(int) []byte { return orNull(v) }
		}
		yes, no := branch(&args[1]), branch(&args[2])
		chosen := make([][]byte, len(elems))
		for i, e := range elems {
			switch f, number := parseReal(e); {
			case string(e) == "true" || number && f != 0:
				chosen[i] = yes(i)
			case string(e) == "false" || number:
				chosen[i] = no(i)
			default:
				chosen[i] = jsonNull
			}
		}
		a.array(chosen, out)
	}),
	{Name: "kql_pack_array", Variadic: types.Dynamic, Result: types.Dynamic, New: building(func(buf []byte, args []Value) []byte {
		buf = append(buf, '[')
		for i := range args {
			buf = comma(buf)
			buf = append(buf, orNull(&args[i])...)
		}
		return append(buf, ']')
	})},
	sets("kql_set_union", types.Dynamic, func(a *arena, lists [][][]byte, out *Value) {
		var all [][]byte
		for _, l := range lists {
			all = append(all, l...)
		}
		a.array(unique(all, func([]byte) bool { return true }), out)
	}),
	sets("kql_set_intersect", types.Dynamic, func(a *arena, lists [][][]byte, out *Value) {
		result := lists[0]
		for _, l := range lists[1:] {
			in := setOfElems(l)
			result = unique(result, func(e []byte) bool { return in[string(e)] })
		}
		a.array(unique(result, func([]byte) bool { return true }), out)
	}),
	sets("kql_set_difference", types.Dynamic, func(a *arena, lists [][][]byte, out *Value) {
		without := map[string]bool{}
		for _, l := range lists[1:] {
			for _, e := range l {
				without[string(e)] = true
			}
		}
		a.array(unique(lists[0], func(e []byte) bool { return !without[string(e)] }), out)
	}),
	sets("kql_set_equals", types.Bool, func(_ *arena, lists [][][]byte, out *Value) {
		if len(lists) < 2 {
			return
		}
		x, y := setOfElems(lists[0]), setOfElems(lists[1])
		same := len(x) == len(y)
		for e := range x {
			same = same && y[e]
		}
		out.setBool(same)
	}),
	sets("kql_jaccard_index", types.Real, func(_ *arena, lists [][][]byte, out *Value) {
		if len(lists) < 2 {
			out.Null = true
			return
		}
		x, y := setOfElems(lists[0]), setOfElems(lists[1])
		both := 0
		for e := range x {
			if y[e] {
				both++
			}
		}
		out.Float = float64(both) / float64(len(x)+len(y)-both)
	}),
	arrays("kql_set_has_element", types.Bool, []types.Type{types.Dynamic}, func(a *arena, elems [][]byte, args []Value, out *Value) {
		want, ok := compact(a.buf[:0], orNull(&args[1]))
		for _, e := range elems {
			if ok && bytes.Equal(e, want) {
				out.setBool(true)
				return
			}
		}
	}),
	{Name: "kql_zip", Variadic: types.Dynamic, Result: types.Dynamic, New: func() Eval {
		var a arena
		return func(args []Value, out *Value) {
			a.reset()
			longest := 0
			lists := make([][][]byte, len(args))
			for i := range args {
				elems, ok := a.split(&args[i])
				if !ok {
					elems = [][]byte{orNull(&args[i])}
				}
				lists[i], longest = elems, max(longest, len(elems))
			}
			a.buf = append(a.buf, '[')
			for row := range longest {
				a.buf = comma(a.buf)
				for i, l := range lists {
					a.buf = append(a.buf, "[,"[min(i, 1)])
					if row < len(l) {
						a.buf = append(a.buf, l[row]...)
					} else {
						a.buf = append(a.buf, "null"...)
					}
				}
				a.buf = append(a.buf, ']')
			}
			a.buf = append(a.buf, ']')
			out.Bytes = a.buf
		}
	}},
	{Name: "kql_repeat", Args: []types.Type{types.Dynamic, types.Long}, Result: types.Dynamic, New: building(func(buf []byte, args []Value) []byte {
		n := args[1].Int
		e := orNull(&args[0])
		if args[1].Null || n < 0 || n > maxRange || int64(len(e))*n > maxText {
			return nil
		}
		buf = append(buf, '[')
		for range n {
			buf = comma(buf)
			buf = append(buf, e...)
		}
		return append(buf, ']')
	})},
	rangeOf("kql_range_long", types.Long, func(dst []byte, v int64) []byte { return strconv.AppendInt(dst, v, 10) }),
	rangeOf("kql_range_datetime", types.DateTime, func(dst []byte, v int64) []byte {
		return append(AppendDateTime(append(dst, '"'), v), '"')
	}),
	rangeOf("kql_range_timespan", types.Timespan, func(dst []byte, v int64) []byte {
		return append(AppendTimespan(append(dst, '"'), v), '"')
	}),
	{Name: "kql_range_real", Args: []types.Type{types.Real, types.Real, types.Real}, Result: types.Dynamic, New: building(func(buf []byte, args []Value) []byte {
		from, to, by := args[0].Float, args[1].Float, args[2].Float
		steps := (to - from) / by
		if args[0].Null || args[1].Null || args[2].Null || math.IsNaN(steps) || math.IsInf(steps, 0) {
			return nil
		}
		buf = append(buf, '[')
		for n := 0; n < maxRange && float64(n) <= steps; n++ {
			buf = comma(buf)
			buf = appendReal(buf, from+float64(n)*by)
		}
		return append(buf, ']')
	})},
	{Name: "kql_strcat_array", Args: []types.Type{types.Dynamic, types.String}, Result: types.String, New: building(func(buf []byte, args []Value) []byte {
		first := true
		eachElement(args[0].Bytes, func(e []byte) {
			if overlong(buf) {
				return
			}
			if !first {
				buf = append(buf, args[1].Bytes...)
			}
			first = false
			buf = text(buf, e)
		})
		return buf
	})},
}

// maxText bounds what a function may build of small arguments.
const maxText = 16 << 20
