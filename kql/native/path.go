package native

import (
	"bytes"
	"strconv"

	"lazuli.dev/lazuli/kql/types"
)

// A step of a path is a key, or an index when key is nil.
type step struct {
	key   []byte
	index int64
}

// Path writes the argument that kql_path and kql_path_text take: the steps from a
// value to a part of it, each a string (a key) or an int (an index, from the end
// when it is negative).
func Path(steps ...any) string {
	dst := []byte{'['}
	for _, s := range steps {
		dst = comma(dst)
		switch s := s.(type) {
		case string:
			dst = Quote(dst, []byte(s))
		case int:
			dst = strconv.AppendInt(dst, int64(s), 10)
		case int64:
			dst = strconv.AppendInt(dst, s, 10)
		}
	}
	return string(append(dst, ']'))
}

// A path is compiled from what Path wrote, and remembered.
type path struct {
	original []byte
	steps    []step
}

func (p *path) prepare(text []byte) {
	if p.steps != nil && bytes.Equal(p.original, text) {
		return
	}
	p.original = append(p.original[:0], text...)
	p.steps = []step{}
	eachElement(text, func(e []byte) {
		if e[0] == '"' {
			p.steps = append(p.steps, step{key: unquote([]byte{}, e)})
			return
		}
		n, _ := parseLong(e)
		p.steps = append(p.steps, step{index: n})
	})
}

func (p *path) walk(b []byte) []byte {
	for _, s := range p.steps {
		if s.key != nil {
			b = member(b, s.key)
		} else {
			b = element(b, s.index)
		}
		if b == nil {
			return nil
		}
	}
	if isNull(b) {
		return nil
	}
	return b
}

// IsPath reports whether text is a path such as $.a[0].b.
func IsPath(text string) bool {
	_, ok := jsonPath([]byte(text))
	return ok
}

// jsonPath reads the $.a['b'][0] form that extract_json, bag_has_key and
// bag_remove_keys take. Text that does not start with $ is no path.
func jsonPath(text []byte) ([]step, bool) {
	if len(text) == 0 || text[0] != '$' {
		return nil, false
	}
	var steps []step
	for i := 1; i < len(text); {
		switch text[i] {
		case '.':
			end := i + 1
			for end < len(text) && text[end] != '.' && text[end] != '[' {
				end++
			}
			if end == i+1 {
				return nil, false
			}
			steps = append(steps, step{key: text[i+1 : end]})
			i = end
		case '[':
			end := bytes.IndexByte(text[i:], ']')
			if end < 0 {
				return nil, false
			}
			in := text[i+1 : i+end]
			i += end + 1
			if len(in) >= 2 && (in[0] == '\'' || in[0] == '"') && in[len(in)-1] == in[0] {
				steps = append(steps, step{key: in[1 : len(in)-1 : len(in)-1]})
				continue
			}
			n, ok := parseLong(in)
			if !ok {
				return nil, false
			}
			steps = append(steps, step{index: n})
		default:
			return nil, false
		}
	}
	return steps, true
}

var pathFuncs = []Func{
	{Name: "kql_path", Args: []types.Type{types.Dynamic, types.String}, Result: types.Dynamic, New: func() Eval {
		var p path
		return func(args []Value, out *Value) {
			p.prepare(args[1].Bytes)
			out.Bytes = p.walk(args[0].Bytes)
			out.Null = out.Bytes == nil
		}
	}},
	{Name: "kql_path_text", Args: []types.Type{types.Dynamic, types.String}, Result: types.String, New: func() Eval {
		var p path
		var buf []byte
		return func(args []Value, out *Value) {
			p.prepare(args[1].Bytes)
			b := p.walk(args[0].Bytes)
			if b == nil {
				return
			}
			if len(b) > 1 && b[0] == '"' && b[len(b)-1] == '"' && bytes.IndexByte(b, '\\') < 0 {
				out.Bytes = b[1 : len(b)-1]
				return
			}
			buf = text(buf[:0], b)
			out.Bytes = buf
		}
	}},
	{Name: "kql_member", Args: []types.Type{types.Dynamic, types.String}, Result: types.Dynamic, New: plain(func(args []Value, out *Value) {
		out.Bytes = member(args[0].Bytes, args[1].Bytes)
		out.Null = isNull(out.Bytes)
	})},
	{Name: "kql_element", Args: []types.Type{types.Dynamic, types.Long}, Result: types.Dynamic, New: plain(func(args []Value, out *Value) {
		if !args[1].Null {
			out.Bytes = element(args[0].Bytes, args[1].Int)
		}
		out.Null = isNull(out.Bytes)
	})},
	{Name: "kql_extract_json", Args: []types.Type{types.String, types.String}, Result: types.Dynamic, New: func() Eval {
		var p path
		return func(args []Value, out *Value) {
			if p.steps == nil || !bytes.Equal(p.original, args[0].Bytes) {
				p.original = append(p.original[:0], args[0].Bytes...)
				var ok bool
				if p.steps, ok = jsonPath(p.original); !ok {
					p.steps = nil
					out.Null = true
					return
				}
			}
			out.Bytes = p.walk(args[1].Bytes)
			out.Null = out.Bytes == nil
		}
	}},
	{Name: "kql_parse_json", Args: []types.Type{types.String}, Result: types.Dynamic, New: func() Eval {
		var buf []byte
		return func(args []Value, out *Value) {
			b := trim(args[0].Bytes)
			if isNull(b) {
				out.Null = true
				return
			}
			var ok bool
			if buf, ok = compact(buf[:0], b); !ok {
				buf = Quote(buf[:0], args[0].Bytes)
			}
			out.Bytes = buf
		}
	}},
}
