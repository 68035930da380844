package native

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"lazuli.dev/lazuli/kql/types"
)

// A pattern is a compiled regular expression, remembered for the text it came
// from; re is nil for text that is no expression.
type pattern struct {
	set      bool
	original []byte
	re       *regexp.Regexp
}

// compile prepares the expression text put into format.
func (p *pattern) compile(text []byte, format string) {
	if p.set && bytes.Equal(p.original, text) {
		return
	}
	p.set, p.original = true, append(p.original[:0], text...)
	p.re, _ = regexp.Compile(fmt.Sprintf(format, text))
}

// CheckRegex reports what is wrong with a regular expression of a query.
func CheckRegex(text string) (groups int, err error) {
	re, err := regexp.Compile(text)
	switch perl := perlGroup(text); {
	case perl == "(?<" && err == nil:
		return 0, errors.New("the regular expression is not valid: a named group is written (?P<name>...)")
	case perl != "" && perl != "(?<":
		return 0, fmt.Errorf("the regular expression is not valid: RE2, the language of KQL's expressions, has no lookahead and no lookbehind, this one has a %s", perl)
	case err != nil:
		return 0, fmt.Errorf("the regular expression is not valid: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re.NumSubexp(), nil
}

// perlGroup finds how a group begins that RE2 does not have: one that looks ahead
// or back, or (?<name>...), which Go reads and the engine's library does not.
func perlGroup(text string) string {
	class := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case class:
			class = text[i] != ']'
		case text[i] == '[':
			class = true
			if i++; i < len(text) && text[i] == '^' {
				i++
			} // a ] that comes first belongs to the class
		default:
			for _, p := range []string{"(?=", "(?!", "(?<=", "(?<!", "(?<"} {
				if strings.HasPrefix(text[i:], p) {
					return p
				}
			}
		}
	}
	return ""
}

// trimming makes trim, trim_start and trim_end: matches that follow each other are
// all taken off. Literal texts, which most are, need no regular expression.
func trimming(name string, start, end bool) Func {
	return Func{Name: name, Args: []types.Type{types.String, types.String}, Result: types.String, New: func() Eval {
		var head, tail pattern
		literal := false
		return func(args []Value, out *Value) {
			t, s := args[0].Bytes, args[1].Bytes
			out.Bytes = s
			if len(t) == 0 {
				return
			}
			if !head.set || !bytes.Equal(head.original, t) {
				head.compile(t, "^(?:%s)+")
				tail.compile(t, "(?:%s)+$")
				literal = regexp.QuoteMeta(string(t)) == string(t)
			}
			switch {
			case literal:
				for start && bytes.HasPrefix(s, t) {
					s = s[len(t):]
				}
				for end && bytes.HasSuffix(s, t) {
					s = s[:len(s)-len(t)]
				}
			case head.re != nil:
				if start {
					if at := head.re.FindIndex(s); at != nil {
						s = s[at[1]:]
					}
				}
				if end {
					if at := tail.re.FindIndex(s); at != nil {
						s = s[:at[0]]
					}
				}
			}
			out.Bytes = s
		}
	}}
}

// groupNumbers reads the captureGroups argument of extract_all: numbers or names.
func groupNumbers(re *regexp.Regexp, array []byte) (list []int) {
	eachElement(array, func(e []byte) {
		if e[0] == '"' {
			if i := re.SubexpIndex(string(unquote(nil, e))); i >= 0 {
				list = append(list, i)
			}
			return
		}
		if n, ok := parseLong(e); ok && n >= 0 && n <= int64(re.NumSubexp()) {
			list = append(list, int(n))
		}
	})
	return list
}

// A rewriting is what replace_regex puts in place of a match, for Go's library.
type rewriting struct {
	original      []byte
	template      []byte
	added, groups int // bytes of text in it, and groups
}

func (r *rewriting) prepare(text []byte) {
	if r.template != nil && bytes.Equal(r.original, text) {
		return
	}
	*r = rewriting{original: append(r.original[:0], text...), template: []byte{}}
	for i := 0; i < len(text); i++ {
		c, next := text[i], byte(0)
		if c == '\\' && i+1 < len(text) {
			i++
			next = text[i]
		}
		switch {
		case next >= '0' && next <= '9':
			r.groups++
			r.template = append(append(r.template, "${"...), next, '}')
		case c == '$':
			r.added++
			r.template = append(r.template, "$$"...)
		default:
			r.added++
			r.template = append(r.template, c)
		}
	}
}

// all replaces all matches. What could become overlong is not made.
func (r *rewriting) all(re *regexp.Regexp, s []byte) []byte {
	if len(s)*r.groups+(len(s)+1)*(r.added+1) > VectorText {
		most := len(s)
		re.ReplaceAllFunc(s, func(match []byte) []byte {
			most += r.added + len(match)*r.groups
			return nil
		})
		if most > VectorText {
			return make([]byte, VectorText+1)
		}
	}
	return re.ReplaceAll(s, r.template)
}

var regexFuncs = []Func{
	trimming("kql_trim", true, true),
	trimming("kql_trim_start", true, false),
	trimming("kql_trim_end", false, true),
	{Name: "kql_extract_all", Args: []types.Type{types.String, types.Dynamic, types.String}, Result: types.Dynamic, New: func() Eval {
		var p pattern
		var buf []byte
		return func(args []Value, out *Value) {
			p.compile(args[0].Bytes, "%s")
			if p.re == nil {
				out.Null = true
				return
			}
			var groups []int
			if args[1].Null {
				for i := range p.re.NumSubexp() {
					groups = append(groups, i+1)
				}
			} else {
				groups = groupNumbers(p.re, args[1].Bytes)
			}
			s := args[2].Bytes
			all := p.re.FindAllSubmatchIndex(s, -1)
			if len(all) == 0 || len(groups) == 0 {
				out.Null = true
				return
			}
			buf = append(buf[:0], '[')
			for _, m := range all {
				buf = comma(buf)
				if len(groups) > 1 {
					buf = append(buf, '[')
				}
				for _, g := range groups {
					buf = comma(buf)
					var part []byte
					if m[2*g] >= 0 {
						part = s[m[2*g]:m[2*g+1]]
					}
					buf = Quote(buf, part)
				}
				if len(groups) > 1 {
					buf = append(buf, ']')
				}
			}
			buf = append(buf, ']')
			out.Bytes = buf
		}
	}},
	{Name: "kql_replace_regex", Args: []types.Type{types.String, types.String, types.String}, Result: types.String, New: func() Eval {
		var p pattern
		var r rewriting
		return func(args []Value, out *Value) {
			p.compile(args[1].Bytes, "%s")
			r.prepare(args[2].Bytes)
			if out.Bytes = args[0].Bytes; p.re != nil {
				out.Bytes = r.all(p.re, out.Bytes)
			}
		}
	}},
	{Name: "kql_indexof_regex", Args: []types.Type{types.String, types.String, types.Long, types.Long, types.Long}, Result: types.Long, New: func() Eval {
		var p pattern
		return func(args []Value, out *Value) {
			p.compile(args[1].Bytes, "%s")
			if args[2].Int < 0 {
				out.Null = true
				return
			}
			indexOf(args, out, func(s []byte) (int, int) {
				if p.re == nil {
					return -1, 0
				}
				at := p.re.FindIndex(s)
				if at == nil {
					return -1, 0
				}
				return at[0], at[1] - at[0]
			})
		}
	}},
	{Name: "kql_countof_regex", Args: []types.Type{types.String, types.String}, Result: types.Long, New: func() Eval {
		var p pattern
		return func(args []Value, out *Value) {
			p.compile(args[1].Bytes, "%s")
			if p.re != nil {
				out.Int = int64(len(p.re.FindAllIndex(args[0].Bytes, -1)))
			}
		}
	}},
}
