// Package builtin is the table of every function, aggregate and window function
// of the language: one entry has its name, signatures, documentation, its SQL or
// the name of its Go code in package native, and examples that run as tests.
//
// Binder, dialects, manual and completion are derived from the table; nothing
// about a function is written down anywhere else. The entries are in table_*.go, a
// file for each family. What the package protects: a function that is in the table
// does what Kusto does, for nulls, empty strings and out-of-range values too, and
// never fails on data. A function of which that is not known is not in the table.
package builtin

import (
	"fmt"
	"sort"
	"strings"
	"sync"

	"lazuli.dev/lazuli/kql/types"
)

// A Kind says where a function may be called.
type Kind uint8

// The kinds of functions.
const (
	Scalar    Kind = iota // in any expression
	Aggregate             // in summarize and make-series
	Window                // in expressions over a serialized row set
)

// A Func is everything that is known of one function.
type Func struct {
	Name    string
	Aliases []string // other names of the same function, old ones included
	Kind    Kind
	// Sigs are the overloads in KQL's own notation; see ParseSig. Resolve picks one.
	Sigs []string
	Doc  string // one sentence or two, ending with a full stop

	// At most one of the next three says how a call becomes SQL. With none of
	// them the call is Special.

	SQL    SQL      // a template
	Emit   EmitFunc // where a template cannot say it
	Native string   // the name of a Native that takes the arguments as they are

	// Special functions (column_ifexists, pack_all, prev, arg_max ...) cannot be
	// said from the SQL of their arguments alone; binder and dialect know them by
	// name. Their signatures and documentation still come from here.
	Special bool

	// Volatile functions may give another value at each row or call.
	Volatile bool

	// Naming says how a column is called that is computed by a call of the
	// function and that the query does not name.
	Naming Naming
	Prefix string // for NamePrefix and NamePrefixOnly

	Examples []Example // at least one; executed by the tests
}

// An SQL is a call as text, per dialect. {name} is the argument of the parameter
// of that name: arguments arrive as text that needs no parentheses around it. A
// parameter that was left out is its default or NULL; {name...} is the arguments
// of a repeated parameter with commas between them.
type SQL struct {
	DuckDB string
}

// An Example is an expression and what tostring() says of its value, null for
// null. Examples of aggregates and window functions are over a few rows that the
// tests have; one that starts with print is a whole query.
type Example struct {
	KQL  string
	Want string
}

// An EmitFunc writes the SQL of one call. It fails for constants that it cannot
// accept, with a message for the author of the query.
type EmitFunc func(c *Call) (string, error)

// A Call is what an EmitFunc sees: the arguments after coercion to the types of
// the resolved signature.
type Call struct {
	Func   *Func
	Sig    *Sig
	Args   []Expr
	Result types.Type
	Now    int64 // ticks: the one instant that now() and ago() mean in a query
	// Order, for aggregates that make lists, is the ORDER BY (with these words) that
	// puts the rows of a group in the order of the input; "" when it has none.
	Order string
}

// An Expr is a compiled argument.
type Expr struct {
	SQL  string // needs no parentheses around it
	Type types.Type
	// Const is set when the value is known at compile time; then Value is it: nil
	// for null, bool, int64 (int, long, and ticks of datetime and timespan),
	// float64, or string (string, JSON text of a dynamic, text of a guid or decimal).
	Const bool
	Value any
}

// A Naming is a rule for the name of a column.
type Naming uint8

// The rules. "First argument" is its name when it is a column, a path below one
// (a.b is a_b) or a call that itself has a name by these rules.
const (
	NameNone        Naming = iota // the operator's own rule: print_0, Column1
	NameFirst                     // the name of the first argument: tolong(x) is x
	NamePrefix                    // prefix_firstArgument: sum(x) is sum_x, count() is count_
	NamePrefixOnly                // the prefix
	NamePercentiles               // percentile_x_95, one column for each constant
	NameArgs                      // arg_max, take_any: each argument names its own column
)

// MaxRepeat is how often Kusto lets a repeated parameter occur at most.
const MaxRepeat = 64

// A Sig is one parsed signature.
type Sig struct {
	Text   string
	Params []Param // fixed ones first, the repeated group, then those behind it
	// Repeat is the first parameter of the repeated group and RepeatLen how many
	// parameters it has; RepeatLen is 0 when there is none.
	Repeat, RepeatLen int
	Result            types.Type // None when ResultVar says it
	ResultVar         string
}

// A Param is one parameter of a signature.
type Param struct {
	Name     string
	Types    Set
	Var      string // type variable: all its arguments agree on one type
	Loose    bool   // of Var: types that do not meet are dynamic, and dynamic gives way to any other
	Optional bool
	Const    bool   // the argument must be known at compile time
	Star     bool   // * is accepted as well
	Text     bool   // every scalar is accepted and turned into a string
	JSON     bool   // every scalar is accepted and turned into a dynamic
	TypeOf   bool   // the argument is typeof(x), which binds Var
	Default  string // SQL of the value that a missing argument has; "" is NULL
}

// A Set is a set of scalar types.
type Set uint16

// Has reports whether t is in s.
func (s Set) Has(t types.Type) bool { return s&(1<<t) != 0 }

func setOf(ts ...types.Type) (s Set) {
	for _, t := range ts {
		s |= 1 << t
	}
	return s
}

var (
	integers = setOf(types.Int, types.Long)
	numbers  = integers | setOf(types.Real, types.Decimal)
	anything = numbers | setOf(types.Bool, types.DateTime, types.Dynamic, types.Guid, types.String, types.Timespan)
)

// classes are the names of unions that signatures may use besides KQL's types.
var classes = map[string]Set{
	"any":       anything,
	"number":    numbers,
	"integer":   integers,
	"summable":  numbers | setOf(types.Timespan, types.DateTime),
	"orderable": anything &^ setOf(types.Dynamic),
}

// ParseSig parses a signature:
//
//	(source:string, start:long, [length:long=-1]):string
//
// A type is a KQL type, a class (any, number, integer, summable, orderable, or
// text and json, which are any scalar turned into a string or a dynamic), several of them with | between,
// or a type variable (one upper-case letter, bounded as in T<number|timespan>, and
// loose when written ~T).
// typeof T takes a type literal. "const" before a type asks for a constant, "*"
// after it allows the star. [p] is optional, with a default written as a KQL
// literal. "p..." occurs once or more, "{p, q}..." repeats as a group, and an
// optional repeated one, "[p...]", may be missing.
func ParseSig(text string) (*Sig, error) {
	s := &Sig{Text: text}
	fail := func(format string, a ...any) (*Sig, error) {
		return nil, fmt.Errorf("signature %q: %s", text, fmt.Sprintf(format, a...))
	}
	close := strings.LastIndex(text, "):")
	if !strings.HasPrefix(text, "(") || close < 0 {
		return fail("want (parameters):result")
	}
	for _, part := range splitTop(text[1:close]) {
		optional := false
		if in, ok := between(part, "[", "]"); ok {
			optional, part = true, in
		}
		repeat := false
		if in, ok := strings.CutSuffix(part, "..."); ok {
			repeat, part = true, in
			if s.RepeatLen > 0 {
				return fail("two repeated parameters")
			}
		}
		group := []string{part}
		if in, ok := between(part, "{", "}"); ok {
			if !repeat {
				return fail("a group that does not repeat")
			}
			group = splitTop(in)
		}
		if repeat {
			s.Repeat, s.RepeatLen = len(s.Params), len(group)
		}
		for _, g := range group {
			p, err := parseParam(g)
			if err != nil {
				return fail("%v", err)
			}
			p.Optional = optional
			s.Params = append(s.Params, p)
		}
	}
	result := text[close+2:]
	if isVar(result) {
		s.ResultVar = result
		for _, p := range s.Params {
			if p.Var == result {
				return s, nil
			}
		}
		return fail("nothing binds %s", result)
	}
	t, ok := types.Parse(result)
	if !ok {
		return fail("no type %q", result)
	}
	s.Result = t
	return s, nil
}

func isVar(s string) bool { return len(s) == 1 && s[0] >= 'A' && s[0] <= 'Z' }

func between(s, open, end string) (string, bool) {
	if strings.HasPrefix(s, open) && strings.HasSuffix(s, end) {
		return s[1 : len(s)-1], true
	}
	return s, false
}

// splitTop splits at the commas outside brackets and quotes.
func splitTop(s string) (parts []string) {
	depth, from, quoted := 0, 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case strings.IndexByte("[{<", c) >= 0:
			depth++
		case strings.IndexByte("]}>", c) >= 0:
			depth--
		case c == ',' && depth == 0:
			parts = append(parts, strings.TrimSpace(s[from:i]))
			from = i + 1
		}
	}
	if last := strings.TrimSpace(s[from:]); last != "" {
		parts = append(parts, last)
	}
	return parts
}

func parseParam(text string) (p Param, err error) {
	name, typ, ok := strings.Cut(text, ":")
	if !ok || name == "" {
		return p, fmt.Errorf("parameter %q wants name:type", text)
	}
	p.Name = name
	typ, def, hasDefault := strings.Cut(typ, "=")
	if hasDefault {
		p.Default = strings.TrimSpace(def)
		if in, ok := between(p.Default, `"`, `"`); ok && len(p.Default) >= 2 {
			p.Default = "'" + strings.ReplaceAll(in, "'", "''") + "'"
		}
	}
	typ = strings.TrimSpace(typ)
	typ, p.Const = strings.CutPrefix(typ, "const ")
	typ, p.Star = strings.CutSuffix(typ, "*")
	if v, ok := strings.CutPrefix(typ, "typeof "); ok {
		if !isVar(v) {
			return p, fmt.Errorf("typeof wants a type variable, got %q", v)
		}
		p.TypeOf, p.Var, p.Types = true, v, anything
		return p, nil
	}
	typ, p.Loose = strings.CutPrefix(typ, "~")
	if v, bound, ok := strings.Cut(typ, "<"); ok && isVar(v) {
		p.Var, typ = v, strings.TrimSuffix(bound, ">")
	} else if isVar(typ) {
		p.Var, typ = typ, "any"
	}
	for name := range strings.SplitSeq(typ, "|") {
		if name == "text" {
			p.Text, p.Types = true, p.Types|anything
			continue
		}
		if name == "json" {
			p.JSON, p.Types = true, p.Types|anything
			continue
		}
		if set, ok := classes[name]; ok {
			p.Types |= set
			continue
		}
		t, ok := types.Parse(name)
		if !ok {
			return p, fmt.Errorf("no type %q", name)
		}
		p.Types |= setOf(t)
	}
	return p, nil
}

// Accepts reports whether a call with n arguments fits, and if not, how many it
// takes at least and at most.
func (s *Sig) Accepts(n int) (ok bool, least, most int) {
	for i, p := range s.Params {
		if s.repeated(i) {
			continue
		}
		most++
		if !p.Optional {
			least++
		}
	}
	if s.RepeatLen > 0 {
		if !s.Params[s.Repeat].Optional {
			least += s.RepeatLen
		}
		rest := n - (most)
		most += s.RepeatLen * MaxRepeat
		return n >= least && n <= most && rest%s.RepeatLen == 0, least, most
	}
	return n >= least && n <= most, least, most
}

func (s *Sig) repeated(i int) bool {
	return s.RepeatLen > 0 && i >= s.Repeat && i < s.Repeat+s.RepeatLen
}

// Param returns the index of the parameter that argument i of n belongs to.
func (s *Sig) Param(i, n int) int {
	if s.RepeatLen == 0 || i < s.Repeat {
		return i
	}
	behind := len(s.Params) - s.Repeat - s.RepeatLen
	if i >= n-behind {
		return len(s.Params) - (n - i)
	}
	return s.Repeat + (i-s.Repeat)%s.RepeatLen
}

// An Arg is what overload resolution knows of an argument. For typeof(x) Type is
// x and TypeOf is set; for * Star is set.
type Arg struct {
	Type   types.Type
	Const  bool
	Star   bool
	TypeOf bool
}

// A Match is a resolved call: which signature, what type each argument has to
// have before it is compiled (coerced by the rules of Convert), and the result.
type Match struct {
	Sig    *Sig
	Args   []types.Type
	Result types.Type
}

// A Mismatch says why no signature fits. Arg is the index of the argument at
// fault, -1 when it is their number.
type Mismatch struct {
	Func *Func
	Arg  int
	Want string // what the argument must be, or how many there must be
	// types are what Want says, when it says no more than that.
	types Set
}

func (m *Mismatch) Error() string {
	if m.Arg < 0 {
		return fmt.Sprintf("%s(): function expects %s", m.Func.Name, m.Want)
	}
	return fmt.Sprintf("%s(): argument #%d expected to be %s", m.Func.Name, m.Arg+1, m.Want)
}

// Resolve picks the signature that needs the least coercion. The error is a
// *Mismatch.
func (f *Func) Resolve(args []Arg) (Match, error) {
	var best Match
	cost := -1
	var fault *Mismatch
	for _, s := range f.Parsed() {
		m, c, bad := s.match(args)
		if bad != nil {
			bad.Func = f
			switch {
			case fault == nil || bad.Arg > fault.Arg:
				fault = bad
			case bad.Arg == fault.Arg && bad.types != 0 && fault.types != 0:
				fault.types |= bad.types
				fault.Want = fault.types.describe()
			}
			continue
		}
		if cost < 0 || c < cost {
			best, cost = m, c
		}
	}
	if cost < 0 {
		return Match{}, fault
	}
	return best, nil
}

func (s *Sig) match(args []Arg) (m Match, cost int, bad *Mismatch) {
	if ok, least, most := s.Accepts(len(args)); !ok {
		want := fmt.Sprintf("%d to %d arguments", least, most)
		switch {
		case least == most && least == 1:
			want = "1 argument"
		case least == most:
			want = fmt.Sprintf("%d arguments", least)
		case s.RepeatLen > 1:
			want += fmt.Sprintf(", repeated in groups of %d", s.RepeatLen)
		}
		return m, 0, &Mismatch{Arg: -1, Want: want}
	}
	m = Match{Sig: s, Args: make([]types.Type, len(args)), Result: s.Result}
	vars := map[string]types.Type{}
	for i, a := range args {
		p := &s.Params[s.Param(i, len(args))]
		if a.Star != p.Star && (a.Star || !p.accepts(a.Type)) || a.TypeOf != p.TypeOf {
			return m, 0, p.mismatch(i)
		}
		if a.Star {
			continue
		}
		if p.Const && !a.Const {
			return m, 0, &Mismatch{Arg: i, Want: "a constant " + p.Describe()}
		}
		t, c := p.coerce(a.Type)
		if t == types.None {
			return m, 0, p.mismatch(i)
		}
		cost += c
		m.Args[i] = t
		if p.Var != "" {
			if prev, ok := vars[p.Var]; ok {
				u := Common(prev, t)
				switch {
				case p.Loose && prev == types.Dynamic:
					u = t
				case p.Loose && t == types.Dynamic:
					u = prev
				case p.Loose && u == types.None:
					u = types.Dynamic
				}
				if u == types.None {
					return m, 0, &Mismatch{Arg: i, Want: "a value of type " + prev.String()}
				}
				t = u
			}
			vars[p.Var] = t
		}
	}
	for i, a := range args {
		p := &s.Params[s.Param(i, len(args))]
		if p.Var == "" || a.Star {
			continue
		}
		t := vars[p.Var]
		if !p.Types.Has(t) {
			return m, 0, p.mismatch(i)
		}
		if m.Args[i] != t {
			m.Args[i] = t
			cost++
		}
	}
	if s.ResultVar != "" {
		if m.Result = vars[s.ResultVar]; m.Result == types.None {
			m.Result = types.Dynamic
		}
	}
	return m, cost, nil
}

func (p *Param) accepts(t types.Type) bool {
	u, _ := p.coerce(t)
	return u != types.None
}

// coerce returns the type to which an argument of type t must be brought, and
// how far that is.
func (p *Param) coerce(t types.Type) (types.Type, int) {
	switch {
	case p.Text && t != types.String:
		return types.String, 6
	case p.JSON && t != types.Dynamic:
		return types.Dynamic, 6
	case p.Types.Has(t):
		if p.Types&(p.Types-1) != 0 && p.Var == "" {
			return t, 1 // a union is a worse match than the type itself
		}
		return t, 0
	case t == types.Dynamic && p.Types.Has(types.String):
		return types.String, 5
	}
	for i, wide := range widening[t] {
		if p.Types.Has(wide) {
			return wide, 2 + i
		}
	}
	return types.None, 0
}

// widening is what a type may silently become, nearest first.
var widening = map[types.Type][]types.Type{
	types.Int:  {types.Long, types.Real, types.Decimal},
	types.Long: {types.Real, types.Decimal},
	types.Real: {types.Decimal},
}

var width = map[types.Type]int{types.Int: 1, types.Long: 2, types.Real: 3, types.Decimal: 4}

// Common returns the type in which values of types a and b meet, None when they
// do not.
func Common(a, b types.Type) types.Type {
	if a == b {
		return a
	}
	if a.Numeric() && b.Numeric() {
		if width[a] > width[b] {
			return a
		}
		return b
	}
	return types.None
}

// Describe names what a parameter takes, for messages.
func (p *Param) Describe() string {
	if p.TypeOf {
		return "a type literal"
	}
	return p.Types.describe()
}

// mismatch says that argument i is not what p takes.
func (p *Param) mismatch(i int) *Mismatch {
	m := &Mismatch{Arg: i, Want: p.Describe()}
	if !p.TypeOf {
		m.types = p.Types
	}
	return m
}

func (s Set) describe() string {
	if s == anything {
		return "a scalar"
	}
	for _, class := range []string{"orderable", "summable", "number", "integer"} {
		if s == classes[class] {
			return map[string]string{"orderable": "a scalar that is not dynamic", "summable": "a number, timespan or datetime",
				"number": "a number", "integer": "an int or a long"}[class]
		}
	}
	var names []string
	if s|setOf(types.Int) == s|numbers { // an int is a long as well
		names, s = []string{"a number"}, s&^numbers
	}
	for t := types.Bool; t <= types.Timespan; t++ {
		if s.Has(t) {
			names = append(names, t.String())
		}
	}
	return strings.Join(names, " or ")
}

// Parsed returns the signatures of f. It panics on one that does not parse,
// which a test over the table rules out.
func (f *Func) Parsed() []*Sig {
	sigs, ok := parsed.Load(f)
	if !ok {
		var list []*Sig
		for _, text := range f.Sigs {
			s, err := ParseSig(text)
			if err != nil {
				panic(err)
			}
			list = append(list, s)
		}
		sigs, _ = parsed.LoadOrStore(f, list)
	}
	return sigs.([]*Sig)
}

var parsed sync.Map // *Func to []*Sig

// Expand writes the SQL of a call.
func (f *Func) Expand(c *Call) (string, error) {
	c.Func = f
	switch {
	case f.Emit != nil:
		return f.Emit(c)
	case f.SQL.DuckDB != "":
		return c.Template(f.SQL.DuckDB)
	case f.Native != "":
		return c.Template(f.Native + "(" + c.placeholders() + ")")
	}
	return "", fmt.Errorf("%s() cannot be used here", f.Name)
}

// placeholders has all parameters of the signature in order.
func (c *Call) placeholders() string {
	var b []string
	for i, p := range c.Sig.Params {
		switch {
		case c.Sig.repeated(i):
			if i == c.Sig.Repeat {
				b = append(b, "{"+p.Name+"...}")
			}
		default:
			b = append(b, "{"+p.Name+"}")
		}
	}
	return strings.Join(b, ", ")
}

// Template fills a template of SQL.
func (c *Call) Template(t string) (string, error) {
	var b strings.Builder
	for {
		at := strings.IndexByte(t, '{')
		if at < 0 {
			b.WriteString(t)
			return b.String(), nil
		}
		end := strings.IndexByte(t[at:], '}')
		if end < 0 {
			return "", fmt.Errorf("template of %s(): no closing brace", c.Func.Name)
		}
		b.WriteString(t[:at])
		name, many := strings.CutSuffix(t[at+1:at+end], "...")
		text, ok := c.arg(name, many)
		if !ok {
			return "", fmt.Errorf("template of %s(): no parameter %q", c.Func.Name, name)
		}
		b.WriteString(text)
		t = t[at+end+1:]
	}
}

func (c *Call) arg(name string, many bool) (string, bool) {
	var list []string
	for i := range c.Args {
		p := c.Sig.Param(i, len(c.Args))
		if many && c.Sig.repeated(p) && c.Sig.Params[c.Sig.Repeat].Name == name || c.Sig.Params[p].Name == name {
			list = append(list, c.Args[i].SQL)
			if !many {
				break
			}
		}
	}
	if len(list) > 0 {
		return strings.Join(list, ", "), true
	}
	for _, p := range c.Sig.Params {
		if p.Name == name {
			if p.Default == "" {
				return "NULL", true
			}
			return p.Default, true
		}
	}
	return "", false
}

// Arg returns the argument of the parameter called name, if it was given.
func (c *Call) Arg(name string) (Expr, bool) {
	for i, a := range c.Args {
		if c.Sig.Params[c.Sig.Param(i, len(c.Args))].Name == name {
			return a, true
		}
	}
	return Expr{}, false
}

// Lookup finds a function by its name or an alias. Names are case-sensitive, as
// in Kusto.
func Lookup(name string) (*Func, bool) {
	f, ok := index()[name]
	return f, ok
}

// All returns the table, sorted by name.
func All() []*Func { return table() }

var table = sync.OnceValue(func() []*Func {
	var all []*Func
	for _, family := range families {
		for i := range family {
			all = append(all, &family[i])
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
})

var index = sync.OnceValue(func() map[string]*Func {
	m := map[string]*Func{}
	for _, f := range table() {
		m[f.Name] = f
		for _, a := range f.Aliases {
			m[a] = f
		}
	}
	return m
})
