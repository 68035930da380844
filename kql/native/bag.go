package native

import (
	"bytes"
	"sort"
	"strconv"

	"lazuli.dev/lazuli/kql/types"
)

// A pair is a key of a property bag, with its quotes, and its value, both as
// compact writes them.
type pair struct{ key, value []byte }

// pairs returns the members of a bag.
func (a *arena) pairs(v *Value) (list []pair, ok bool) {
	if v.Null {
		return nil, false
	}
	keep := func(b []byte) []byte {
		at := len(a.text)
		a.text = compactOrNull(a.text, b)
		return a.text[at:len(a.text):len(a.text)]
	}
	ok = eachMember(v.Bytes, func(key, value []byte) { list = append(list, pair{appendString(nil, key), keep(value)}) })
	return list, ok
}

func appendBag(dst []byte, list []pair) []byte {
	dst = append(dst, '{')
	for _, p := range list {
		dst = comma(dst)
		dst = append(append(append(dst, p.key...), ':'), p.value...)
	}
	return append(dst, '}')
}

// packing makes bag_pack: its arguments are keys, as text, and values in turn.
// Where filled is set, null and empty values are left out.
func packing(name string, filled bool) Func {
	return Func{Name: name, Variadic: types.Dynamic, Result: types.Dynamic, New: building(func(buf []byte, args []Value) []byte {
		buf = append(buf, '{')
		for i := 0; i+1 < len(args); i += 2 {
			if v := args[i+1].Bytes; filled && (args[i+1].Null || string(v) == `""`) {
				continue
			}
			buf = comma(buf)
			buf = append(Quote(buf, args[i].Bytes), ':')
			buf = append(buf, orNull(&args[i+1])...)
		}
		return append(buf, '}')
	})}
}

// merged adds the pairs of a bag to list; a key that is there already stays.
func merged(list []pair, seen map[string]bool, more []pair) []pair {
	for _, p := range more {
		if !seen[string(p.key)] {
			seen[string(p.key)] = true
			list = append(list, p)
		}
	}
	return list
}

// without appends the bag b less what the paths name.
func without(dst, b []byte, paths [][]step) []byte {
	dst = append(dst, '{')
	eachMember(b, func(key, value []byte) {
		name := unquote(nil, key)
		var deeper [][]step
		for _, p := range paths {
			if p[0].key == nil || !bytes.Equal(p[0].key, name) {
				continue
			}
			if len(p) == 1 {
				return
			}
			deeper = append(deeper, p[1:])
		}
		dst = comma(dst)
		dst = append(appendString(dst, key), ':')
		if v := trim(value); len(deeper) > 0 && v[0] == '{' {
			dst = without(dst, v, deeper)
			return
		}
		dst = compactOrNull(dst, value)
	})
	return append(dst, '}')
}

// withKey appends the bag b with the value that the path leads to set. What is no
// bag on the way becomes one.
func withKey(dst, b []byte, path []step, value []byte) []byte {
	dst = append(dst, '{')
	set := func(old []byte) {
		dst = append(Quote(dst, path[0].key), ':')
		if len(path) == 1 {
			dst = append(dst, value...)
		} else {
			dst = withKey(dst, old, path[1:], value)
		}
	}
	found := false
	eachMember(b, func(key, old []byte) {
		dst = comma(dst)
		if bytes.Equal(unquote(nil, key), path[0].key) {
			found = true
			set(old)
			return
		}
		dst = append(appendString(dst, key), ':')
		dst = compactOrNull(dst, old)
	})
	if !found {
		dst = comma(dst)
		set(nil)
	}
	return append(dst, '}')
}

// canonical appends JSON with the keys of every bag sorted.
func canonical(dst, b []byte, depth int) []byte {
	b = trim(b)
	if depth > maxDepth || len(b) == 0 {
		return append(dst, "null"...)
	}
	switch b[0] {
	case '{':
		var list []pair
		eachMember(b, func(key, value []byte) { list = append(list, pair{key, value}) })
		sort.SliceStable(list, func(i, j int) bool { return bytes.Compare(list[i].key, list[j].key) < 0 })
		dst = append(dst, '{')
		for _, p := range list {
			dst = comma(dst)
			dst = append(append(dst, p.key...), ':')
			dst = canonical(dst, p.value, depth+1)
		}
		return append(dst, '}')
	case '[':
		dst = append(dst, '[')
		eachElement(b, func(e []byte) {
			dst = comma(dst)
			dst = canonical(dst, e, depth+1)
		})
		return append(dst, ']')
	}
	return append(dst, b...)
}

// maxTreeDepth bounds treepath, whose result grows with the square of the depth.
const maxTreeDepth = 64

// treePaths appends the different paths of everything below b to list; all the
// elements of an array have the path [0].
func treePaths(list [][]byte, seen map[string]bool, prefix, b []byte, depth int) [][]byte {
	if depth > maxTreeDepth {
		return list
	}
	b = trim(b)
	down := func(step string, value []byte) {
		p := append(append([]byte{}, prefix...), step...)
		if !seen[string(p)] {
			seen[string(p)] = true
			list = append(list, p)
		}
		list = treePaths(list, seen, p, value, depth+1)
	}
	eachMember(b, func(key, value []byte) { down("['"+string(unquote(nil, key))+"']", value) })
	eachElement(b, func(value []byte) { down("[0]", value) })
	return list
}

// bags makes a native whose first argument is a bag; for anything else there the
// result is null.
func bags(name string, result types.Type, more []types.Type, f func(a *arena, args []Value, out *Value)) Func {
	return Func{Name: name, Args: append([]types.Type{types.Dynamic}, more...), Result: result, New: func() Eval {
		var a arena
		return func(args []Value, out *Value) {
			a.reset()
			b := trim(args[0].Bytes)
			if args[0].Null || len(b) == 0 || b[0] != '{' || skipValue(b, 0) != len(b) {
				out.Null = true
				return
			}
			f(&a, args, out)
		}
	}}
}

// columnType names the type of a column for a JSON value, "" for null.
func columnType(v []byte) string {
	switch {
	case isNull(v):
		return ""
	case v[0] == '"':
		return "string"
	case v[0] == '{' || v[0] == '[':
		return "dynamic"
	case v[0] == 't' || v[0] == 'f':
		return "bool"
	case isInteger(v):
		return "long"
	}
	return "real"
}

var bagFuncs = []Func{
	packing("kql_bag_pack", false),
	packing("kql_bag_pack_filled", true),
	bags("kql_bag_keys", types.Dynamic, nil, func(a *arena, args []Value, out *Value) {
		a.buf = append(a.buf, '[')
		eachMember(args[0].Bytes, func(key, _ []byte) {
			a.buf = comma(a.buf)
			a.buf = appendString(a.buf, key)
		})
		a.buf = append(a.buf, ']')
		out.Bytes = a.buf
	}),
	bags("kql_bag_has_key", types.Bool, []types.Type{types.String}, func(_ *arena, args []Value, out *Value) {
		steps, ok := jsonPath(args[1].Bytes)
		if !ok {
			steps = []step{{key: args[1].Bytes}}
		}
		b := args[0].Bytes
		for _, s := range steps {
			if s.key != nil {
				b = member(b, s.key)
			} else {
				b = element(b, s.index)
			}
			if b == nil {
				return
			}
		}
		out.setBool(true)
	}),
	{Name: "kql_bag_merge", Variadic: types.Dynamic, Result: types.Dynamic, New: func() Eval {
		var a arena
		return func(args []Value, out *Value) {
			a.reset()
			var list []pair
			seen := map[string]bool{}
			found := false
			for i := range args {
				more, ok := a.pairs(&args[i])
				found = found || ok
				if ok {
					list = merged(list, seen, more)
				}
			}
			if out.Null = !found; found {
				a.buf = appendBag(a.buf, list)
				out.Bytes = a.buf
			}
		}
	}},
	bags("kql_bag_remove_keys", types.Dynamic, []types.Type{types.Dynamic}, func(a *arena, args []Value, out *Value) {
		var paths [][]step
		eachElement(args[1].Bytes, func(e []byte) {
			key := text(nil, e)
			if p, ok := jsonPath(key); ok && len(p) > 0 {
				paths = append(paths, p)
			} else {
				paths = append(paths, []step{{key: key}})
			}
		})
		a.buf = without(a.buf, args[0].Bytes, paths)
		out.Bytes = a.buf
	}),
	bags("kql_bag_set_key", types.Dynamic, []types.Type{types.String, types.Dynamic}, func(a *arena, args []Value, out *Value) {
		steps, ok := jsonPath(args[1].Bytes)
		if !ok || len(steps) == 0 {
			steps = []step{{key: args[1].Bytes}}
		}
		for _, s := range steps {
			if s.key == nil {
				out.Null = true
				return
			}
		}
		a.buf = withKey(a.buf, args[0].Bytes, steps, orNull(&args[2]))
		out.Bytes = a.buf
	}),
	arrays("kql_bag_zip", types.Dynamic, []types.Type{types.Dynamic}, func(a *arena, keys [][]byte, args []Value, out *Value) {
		values, ok := a.split(&args[1])
		if !ok {
			out.Null = true
			return
		}
		var list []pair
		seen := map[string]bool{}
		for i, k := range keys {
			value := jsonNull
			if i < len(values) {
				value = values[i]
			}
			list = merged(list, seen, []pair{{Quote(nil, text(nil, k)), value}})
		}
		a.buf = appendBag(a.buf, list)
		out.Bytes = a.buf
	}),
	{Name: "kql_dynamic_to_json", Args: []types.Type{types.Dynamic}, Result: types.String, New: func() Eval {
		var buf, sorted []byte
		return func(args []Value, out *Value) {
			if args[0].Null {
				out.Null = true
				return
			}
			var ok bool
			if buf, ok = compact(buf[:0], args[0].Bytes); !ok {
				buf = append(buf[:0], args[0].Bytes...)
			}
			sorted = canonical(sorted[:0], buf, 0)
			out.Bytes = sorted
		}
	}},
	{Name: "kql_treepath", Args: []types.Type{types.Dynamic}, Result: types.Dynamic, New: plain(func(args []Value, out *Value) {
		b := trim(args[0].Bytes)
		if args[0].Null || len(b) == 0 || b[0] != '{' && b[0] != '[' {
			out.Null = true
			return
		}
		var quoted [][]byte
		for _, p := range treePaths(nil, map[string]bool{}, nil, b, 0) {
			quoted = append(quoted, Quote(nil, p))
		}
		out.Bytes = appendArray(nil, quoted)
	})},
	// The keys of a bag with the types of their values, which are empty for null, as a bag.
	bags("kql_bag_shape", types.String, nil, func(a *arena, args []Value, out *Value) {
		a.buf = append(a.buf, '{')
		eachMember(args[0].Bytes, func(key, value []byte) {
			a.buf = append(appendString(comma(a.buf), key), ':')
			a.buf = append(append(append(a.buf, '"'), columnType(trim(value))...), '"')
		})
		a.buf = append(a.buf, '}')
		out.Bytes = a.buf
	}),
	one("kql_gettype", types.Dynamic, types.String, func(in, out *Value) {
		b := trim(in.Bytes)
		switch {
		case isNull(b):
			out.Bytes = jsonNull
		case b[0] == '{':
			out.Bytes = []byte("dictionary")
		case b[0] == '[':
			out.Bytes = []byte("array")
		case b[0] == '"':
			out.Bytes = []byte("string")
		case string(b) == "true" || string(b) == "false":
			out.Bytes = []byte("bool")
		case isInteger(b):
			out.Bytes = []byte("long")
			if n, err := strconv.ParseInt(string(b), 10, 32); err == nil && n == int64(int32(n)) {
				out.Bytes = []byte("int")
			}
		default:
			out.Bytes = []byte("double")
		}
	}),
}
