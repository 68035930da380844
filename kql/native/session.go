package native

import (
	"strconv"

	"lazuli.dev/lazuli/kql/types"
)

// nullableTicks are an element of an array of ticks; one that is no number is null.
type nullableTicks struct {
	n  int64
	ok bool
}

func readTicks(e []byte) (t nullableTicks) {
	t.n, t.ok = parseLong(e)
	return t
}

// ticksAt finds the elements of an array by their index; a single number stands for every
// element that there may be.
func ticksAt(v *Value) func(i int) nullableTicks {
	if v.Null {
		return func(int) nullableTicks { return nullableTicks{} }
	}
	var list []nullableTicks
	if !eachElement(v.Bytes, func(e []byte) { list = append(list, readTicks(e)) }) {
		one := readTicks(v.Bytes)
		return func(int) nullableTicks { return one }
	}
	return func(i int) (t nullableTicks) {
		if i < len(list) {
			t = list[i]
		}
		return t
	}
}

// sessions appends, for each of the values in order, the one with which its session began.
// A session ends where a value is first behind its beginning, or gap behind the value
// before; a null is no part of one.
func sessions(dst, values []byte, first, gap func(i int) nullableTicks) []byte {
	var began, before int64
	inside := false
	i := 0
	dst = append(dst, '[')
	eachElement(values, func(e []byte) {
		dst = comma(dst)
		v, first, gap := readTicks(e), first(i), gap(i)
		i++
		if !v.ok {
			inside = false
			dst = append(dst, "null"...)
			return
		}
		if !inside || first.ok && v.n-began >= first.n || gap.ok && v.n-before >= gap.n {
			began = v.n
		}
		inside, before = true, v.n
		dst = strconv.AppendInt(dst, began, 10)
	})
	return append(dst, ']')
}

var sessionFuncs = []Func{
	{Name: "kql_sessions", Args: []types.Type{types.Dynamic, types.Dynamic, types.Dynamic}, Result: types.Dynamic, New: plain(func(args []Value, out *Value) {
		if out.Null = args[0].Null; !out.Null {
			out.Bytes = sessions(nil, args[0].Bytes, ticksAt(&args[1]), ticksAt(&args[2]))
		}
	})},
}
