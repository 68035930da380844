// Package native has the functions of the language that run in Go: an engine calls
// them over its vectors, a row at a time. They are for what SQL cannot say exactly
// or cheaply, or says by failing on data.
//
// It knows KQL's types and values and nothing of the language's table of functions,
// of SQL or of an engine. What it protects: a native is deterministic and never
// fails, whatever the values; what it cannot read it answers with null or the empty
// string, as Kusto does.
package native

import (
	"sort"
	"sync"

	"lazuli.dev/lazuli/kql/types"
)

// A Func is a function in Go that an engine calls over its vectors. It is called
// for null arguments as well.
type Func struct {
	Name     string // in SQL: kql_ and lower case
	Args     []types.Type
	Variadic types.Type // of further arguments, None when there are none
	Result   types.Type
	// New makes an instance. An instance is used by one goroutine at a time and
	// may remember what it worked out for arguments that tend to be constant.
	New func() Eval
}

// An Eval computes one row. It neither keeps args nor changes what they
// point at. *out is zero when it is called. out.Bytes may point into args or into
// memory of the instance: the caller copies it before the next call.
type Eval func(args []Value, out *Value)

// A Value is one value of a vector. Null says that there is none; strings are
// never null. Int holds bool (0 or 1), int, long, and the ticks of datetime and
// timespan; Float real; Bytes string and the JSON text of dynamic, valid only
// during the call; Hi and Lo the 128 bits of a guid, or of a decimal times 10^18.
type Value struct {
	Null   bool
	Int    int64
	Float  float64
	Bytes  []byte
	Hi, Lo uint64
}

func (v *Value) setBool(b bool) {
	v.Int = 0
	if b {
		v.Int = 1
	}
}

// All returns all natives, sorted by name.
func All() []Func { return natives() }

var natives = sync.OnceValue(func() []Func {
	var all []Func
	for _, family := range families {
		all = append(all, family...)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
})

// plain makes New for a function that remembers nothing.
func plain(f Eval) func() Eval { return func() Eval { return f } }

// strict makes New for a function that remembers nothing and is null where an
// argument is.
func strict(f Eval) func() Eval {
	return plain(func(args []Value, out *Value) {
		for i := range args {
			if args[i].Null {
				out.Null = true
				return
			}
		}
		f(args, out)
	})
}

// building makes New for a function that appends its result to buf, which is not
// nil; nil is null.
func building(f func(buf []byte, args []Value) []byte) func() Eval {
	return func() Eval {
		buf := []byte{}
		return func(args []Value, out *Value) {
			made := f(buf[:0], args)
			if out.Null = made == nil; !out.Null {
				out.Bytes, buf = made, kept(made)
			}
		}
	}
}

// families are all functions, one list per file.
var families = [][]Func{
	addressFuncs, arithmeticFuncs, arrayFuncs, axisFuncs, bagFuncs, calendarFuncs, conversionFuncs, foldFuncs, geoFuncs, keyValueFuncs, parseFuncs, pathFuncs,
	regexFuncs, searchFuncs, seriesFuncs, sessionFuncs, shellFuncs, textFuncs,
}
