package plan

import (
	"fmt"
	"strconv"
	"strings"

	"lazuli.dev/lazuli/kql/builtin"
	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// An Expr is a scalar expression whose type is known. Expressions are never
// changed once built, so that one may stand in several places.
type Expr interface {
	Type() types.Type
	String() string
}

type (
	// A Literal is a constant. Value is nil for null, else a bool, int64 (int, long,
	// and the ticks of datetime and timespan), float64, or string (string, the JSON
	// text of a dynamic, the text of a guid or decimal).
	Literal struct {
		T     types.Type
		Value any
	}

	// A Ref is the value of a column.
	Ref struct{ Col *Column }

	// A Binary is an operator on two values whose types the operator takes as they
	// are: a comparison, arithmetic or a match of strings.
	Binary struct {
		Op   syntax.Op
		T    types.Type
		X, Y Expr
	}

	// A Logic is a conjunction, or a disjunction, of two or more predicates.
	Logic struct {
		Or   bool
		Args []Expr
	}

	// A Neg is -X.
	Neg struct{ X Expr }

	// A Not is the negation of a predicate.
	Not struct{ X Expr }

	// A Cast is a conversion by the rules of KQL's to...() functions: what cannot
	// be converted is null, or the empty string.
	Cast struct {
		X Expr
		T types.Type
	}

	// An In tells whether X is one of List, or of the values of the single column
	// of Query when that is set.
	In struct {
		X        Expr
		List     []Expr
		Query    Op
		Col      *Column
		NoCase   bool
		Negative bool
	}

	// Terms tells whether the text X has any (or all) of the terms in List, or in
	// the array Array when that is set.
	Terms struct {
		X     Expr
		List  []Expr
		Array Expr
		All   bool
	}

	// KeyValues is the bag of the pairs that parse-kv finds in the text X.
	KeyValues struct {
		X  Expr
		By native.KeyValues
	}

	// A Call is a call of a function from the table, its arguments already of the
	// types that the signature asks for.
	Call struct {
		Func *builtin.Func
		Sig  *builtin.Sig
		Args []Expr
		T    types.Type
		At   syntax.Span // for messages
	}

	// A Case is the value of the first arm whose condition is true.
	Case struct {
		Arms []Arm
		Else Expr
		T    types.Type
	}

	// A Path is a place inside of a dynamic: X.a[0].b. Steps are string (a
	// property), int64 (an index), or an Expr of type string or long.
	Path struct {
		X     Expr
		Steps []any
	}

	// A Scalar is the value in the column Col of the first row of In, or null.
	Scalar struct {
		In  Op
		Col *Column
	}

	// An Agg is an aggregate over the rows of a group. It stands only in the
	// Aggs of an Aggregate.
	Agg struct {
		Func *builtin.Func
		Sig  *builtin.Sig
		Args []Expr
		T    types.Type
		At   syntax.Span // for messages
	}
)

// An Arm is one condition of a Case and what it leads to.
type Arm struct{ When, Then Expr }

func (e *Literal) Type() types.Type   { return e.T }
func (e *Ref) Type() types.Type       { return e.Col.Type }
func (e *Binary) Type() types.Type    { return e.T }
func (e *Logic) Type() types.Type     { return types.Bool }
func (e *Neg) Type() types.Type       { return e.X.Type() }
func (e *Not) Type() types.Type       { return types.Bool }
func (e *Cast) Type() types.Type      { return e.T }
func (e *In) Type() types.Type        { return types.Bool }
func (e *Terms) Type() types.Type     { return types.Bool }
func (e *KeyValues) Type() types.Type { return types.Dynamic }
func (e *Call) Type() types.Type      { return e.T }
func (e *Case) Type() types.Type      { return e.T }
func (e *Path) Type() types.Type      { return types.Dynamic }
func (e *Scalar) Type() types.Type    { return e.Col.Type }
func (e *Agg) Type() types.Type       { return e.T }

func (e *Literal) String() string {
	switch v := e.Value.(type) {
	case nil:
		return e.T.String() + "(null)"
	case string:
		if e.T == types.String {
			return strconv.Quote(v)
		}
		return e.T.String() + "(" + v + ")"
	case int64:
		if e.T == types.Long {
			return strconv.FormatInt(v, 10)
		}
		return fmt.Sprintf("%s(%d)", e.T, v)
	case bool:
		return strconv.FormatBool(v)
	default:
		return fmt.Sprintf("%s(%v)", e.T, v)
	}
}
func (e *Ref) String() string { return e.Col.String() }
func (e *Binary) String() string {
	return "(" + e.X.String() + " " + opText(e.Op) + " " + e.Y.String() + ")"
}
func (e *Logic) String() string {
	word := " and "
	if e.Or {
		word = " or "
	}
	return "(" + join(e.Args, word) + ")"
}
func (e *Neg) String() string  { return "-" + e.X.String() }
func (e *Not) String() string  { return "not(" + e.X.String() + ")" }
func (e *Cast) String() string { return "to " + e.T.String() + "(" + e.X.String() + ")" }
func (e *In) String() string {
	word := " in"
	if e.Negative {
		word = " !in"
	}
	if e.NoCase {
		word += "~"
	}
	if e.Query != nil {
		return e.X.String() + word + " {" + strings.TrimSpace(Print(e.Query)) + "}"
	}
	return e.X.String() + word + " (" + join(e.List, ", ") + ")"
}
func (e *Terms) String() string {
	word := " has_any ("
	if e.All {
		word = " has_all ("
	}
	if e.Array != nil {
		return e.X.String() + word + e.Array.String() + ")"
	}
	return e.X.String() + word + join(e.List, ", ") + ")"
}
func (e *KeyValues) String() string { return "pairs(" + e.X.String() + ", " + e.By.Text() + ")" }
func (e *Call) String() string      { return e.Func.Name + "(" + join(e.Args, ", ") + ")" }
func (e *Case) String() string {
	var b strings.Builder
	b.WriteString("case(")
	for _, a := range e.Arms {
		b.WriteString(a.When.String() + ", " + a.Then.String() + ", ")
	}
	return b.String() + e.Else.String() + ")"
}
func (e *Path) String() string {
	var b strings.Builder
	b.WriteString(e.X.String())
	for _, s := range e.Steps {
		switch s := s.(type) {
		case string:
			fmt.Fprintf(&b, "[%q]", s)
		default:
			fmt.Fprintf(&b, "[%v]", s)
		}
	}
	return b.String()
}
func (e *Scalar) String() string { return "toscalar{" + strings.TrimSpace(Print(e.In)) + "}" }
func (e *Agg) String() string    { return e.Func.Name + "(" + join(e.Args, ", ") + ")" }

func join(es []Expr, sep string) string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = e.String()
	}
	return strings.Join(parts, sep)
}

// Children returns the expressions that e is directly made of. Queries inside
// of e are not among them.
func Children(e Expr) []Expr {
	switch e := e.(type) {
	case *Binary:
		return []Expr{e.X, e.Y}
	case *Logic:
		return e.Args
	case *Neg:
		return []Expr{e.X}
	case *Not:
		return []Expr{e.X}
	case *Cast:
		return []Expr{e.X}
	case *In:
		return append([]Expr{e.X}, e.List...)
	case *Terms:
		es := append([]Expr{e.X}, e.List...)
		if e.Array != nil {
			es = append(es, e.Array)
		}
		return es
	case *KeyValues:
		return []Expr{e.X}
	case *Call:
		return e.Args
	case *Case:
		var es []Expr
		for _, a := range e.Arms {
			es = append(es, a.When, a.Then)
		}
		return append(es, e.Else)
	case *Path:
		es := []Expr{e.X}
		for _, s := range e.Steps {
			if x, ok := s.(Expr); ok {
				es = append(es, x)
			}
		}
		return es
	case *Agg:
		return e.Args
	}
	return nil
}

// Walk calls f for e and everything in it, outermost first.
func Walk(e Expr, f func(Expr)) {
	f(e)
	for _, c := range Children(e) {
		Walk(c, f)
	}
}

// Refs calls f for every column that e reads of its row.
func Refs(e Expr, f func(*Column)) {
	Walk(e, func(e Expr) {
		if r, ok := e.(*Ref); ok {
			f(r.Col)
		}
	})
}

// Constant reports whether e has one value for the whole query.
func Constant(e Expr) bool {
	constant := true
	Walk(e, func(e Expr) {
		switch e := e.(type) {
		case *Ref, *Agg:
			constant = false
		case *Call:
			constant = constant && !e.Func.Volatile
		}
	})
	return constant
}

// Replace returns e with every part for which f has another expression replaced
// by that, outermost first; e itself is left as it is.
func Replace(e Expr, f func(Expr) (Expr, bool)) Expr {
	if r, ok := f(e); ok {
		return r
	}
	all := func(es []Expr) []Expr {
		out := make([]Expr, len(es))
		for i, x := range es {
			out[i] = Replace(x, f)
		}
		return out
	}
	switch e := e.(type) {
	case *Binary:
		return &Binary{e.Op, e.T, Replace(e.X, f), Replace(e.Y, f)}
	case *Logic:
		return &Logic{e.Or, all(e.Args)}
	case *Neg:
		return &Neg{Replace(e.X, f)}
	case *Not:
		return &Not{Replace(e.X, f)}
	case *Cast:
		return &Cast{Replace(e.X, f), e.T}
	case *In:
		c := *e
		c.X, c.List = Replace(e.X, f), all(e.List)
		return &c
	case *Terms:
		c := *e
		c.X, c.List = Replace(e.X, f), all(e.List)
		if e.Array != nil {
			c.Array = Replace(e.Array, f)
		}
		return &c
	case *KeyValues:
		return &KeyValues{Replace(e.X, f), e.By}
	case *Call:
		c := *e
		c.Args = all(e.Args)
		return &c
	case *Case:
		c := &Case{Else: Replace(e.Else, f), T: e.T}
		for _, a := range e.Arms {
			c.Arms = append(c.Arms, Arm{Replace(a.When, f), Replace(a.Then, f)})
		}
		return c
	case *Path:
		c := &Path{X: Replace(e.X, f)}
		for _, s := range e.Steps {
			if x, ok := s.(Expr); ok {
				s = Replace(x, f)
			}
			c.Steps = append(c.Steps, s)
		}
		return c
	case *Agg:
		c := *e
		c.Args = all(e.Args)
		return &c
	}
	return e
}

// Null returns the value of type t that stands for none: null, or the empty
// string.
func Null(t types.Type) Expr {
	if t == types.String {
		return &Literal{T: t, Value: ""}
	}
	return &Literal{T: t}
}

// And returns the conjunction of predicates; nil ones are left out, and with
// none it is nil.
func And(es ...Expr) Expr {
	var args []Expr
	for _, e := range es {
		if l, ok := e.(*Logic); ok && !l.Or {
			args = append(args, l.Args...)
		} else if e != nil {
			args = append(args, e)
		}
	}
	switch len(args) {
	case 0:
		return nil
	case 1:
		return args[0]
	}
	return &Logic{Args: args}
}

// Or returns the disjunction of predicates, nil with none.
func Or(es ...Expr) Expr {
	var args []Expr
	for _, e := range es {
		if l, ok := e.(*Logic); ok && l.Or {
			args = append(args, l.Args...)
		} else if e != nil {
			args = append(args, e)
		}
	}
	switch len(args) {
	case 0:
		return nil
	case 1:
		return args[0]
	}
	return &Logic{Or: true, Args: args}
}
