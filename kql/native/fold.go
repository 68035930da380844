package native

import (
	"math"
	"sort"

	"lazuli.dev/lazuli/kql/types"
)

// What aggregates do to the array of all the values of a group.

// weightedPercentile picks, from [value, weight] pairs, the lowest value that has
// at least p percent of the whole weight at and below it.
func weightedPercentile(pairs [][]byte, p float64, out *Value) {
	type weighted struct {
		value  []byte
		weight int64
	}
	var list []weighted
	var total int64
	for _, e := range pairs {
		var w Value
		longOf(element(e, 1), &w)
		v := element(e, 0)
		if w.Null || w.Int <= 0 || isNull(v) {
			continue
		}
		list = append(list, weighted{v, w.Int})
		total += w.Int
	}
	if len(list) == 0 {
		return
	}
	sort.SliceStable(list, func(i, j int) bool { return lessJSON(list[i].value, list[j].value) < 0 })
	rank := max(int64(math.Ceil(p/100*float64(total))), 1)
	out.Null = false
	for _, e := range list {
		out.Bytes = e.value
		if rank -= e.weight; rank <= 0 {
			return
		}
	}
}

var foldFuncs = []Func{
	// The different elements of an array, those of arrays in it instead of the
	// arrays themselves; at most so many.
	arrays("kql_make_set", types.Dynamic, []types.Type{types.Long}, func(a *arena, elems [][]byte, args []Value, out *Value) {
		var all [][]byte
		for _, e := range elems {
			if e[0] != '[' {
				all = append(all, e)
				continue
			}
			inner, _ := a.split(&Value{Bytes: e})
			all = append(all, inner...)
		}
		set := unique(all, func(e []byte) bool { return !isNull(e) })
		if n := args[1].Int; !args[1].Null && n >= 0 && n < int64(len(set)) {
			set = set[:n]
		}
		a.array(set, out)
	}),
	arrays("kql_array_head", types.Dynamic, []types.Type{types.Long}, func(a *arena, elems [][]byte, args []Value, out *Value) {
		if n := args[1].Int; !args[1].Null && n >= 0 && n < int64(len(elems)) {
			elems = elems[:n]
		}
		a.array(elems, out)
	}),
	// The bags of an array in one; of a key that several have, the first value.
	arrays("kql_make_bag", types.Dynamic, []types.Type{types.Long}, func(a *arena, elems [][]byte, args []Value, out *Value) {
		var list []pair
		seen := map[string]bool{}
		for _, e := range elems {
			if more, ok := a.pairs(&Value{Bytes: e}); ok {
				list = merged(list, seen, more)
			}
		}
		if n := args[1].Int; !args[1].Null && n >= 0 && n < int64(len(list)) {
			list = list[:n]
		}
		a.buf = appendBag(a.buf, list)
		out.Bytes = a.buf
	}),
}
