package bind

import (
	"strconv"
	"strings"

	"lazuli.dev/lazuli/kql/builtin"
	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// scalar binds an expression that has one value for each row.
func (b *binder) scalar(x syntax.Expr, e *env) plan.Expr {
	defer b.enter(x)()
	switch x := x.(type) {
	case *syntax.Literal:
		return b.literal(x)
	case *syntax.Dynamic:
		return dynamicLiteral(x)
	case *syntax.Ident:
		return b.ident(x, e)
	case *syntax.Member:
		return b.member(x, e)
	case *syntax.Index:
		return b.index(x, e)
	case *syntax.Call:
		return b.call(x, e)
	case *syntax.QueryCall:
		return b.queryCall(x, e)
	case *syntax.Unary:
		return b.unary(x, e)
	case *syntax.Binary:
		return b.binary(x, e)
	case *syntax.In:
		return b.in(x, e)
	case *syntax.Between:
		return b.between(x, e)
	case *syntax.Named:
		b.fail(x, "SYN0002", "a name cannot be given here")
	case *syntax.Star:
		b.fail(x, "SEM0005", "'*' cannot be used here")
	case *syntax.TypeOf:
		b.fail(x, "SEM0005", "a type literal cannot be used here")
	case *syntax.DataTable, *syntax.Pipe, *syntax.ExternalData, *syntax.FuncLit:
		b.failHint(x, "wrap it in toscalar()", "SEM0005", "a scalar expression is expected, this is a table")
	}
	b.fail(x, "SYN0002", "scalar expression expected")
	return nil
}

func (b *binder) unary(x *syntax.Unary, e *env) plan.Expr {
	v := b.scalar(x.X, e)
	if t := v.Type(); !t.Numeric() && t != types.Timespan {
		b.fail(x, "SEM0029", "the operator '%s' is not defined for the operand type %s", x.Op, t)
	}
	if x.Op == syntax.OpPos {
		return v
	}
	if lit, ok := v.(*plan.Literal); ok {
		switch n := lit.Value.(type) {
		case int64:
			return &plan.Literal{T: lit.T, Value: -n}
		case float64:
			return &plan.Literal{T: lit.T, Value: -n}
		}
	}
	return &plan.Neg{X: v}
}

func (b *binder) ident(x *syntax.Ident, e *env) plan.Expr {
	name := x.Name
	if name == "$left" || name == "$right" {
		b.fail(x, "SEM0005", "'%s' is only the beginning of a column's name in the condition of a join", name)
	}
	if c, ok := e.visible(name); ok {
		return &plan.Ref{Col: c}
	}
	if ent, ok := e.scope.lookup(name); ok {
		switch {
		case ent.value != nil:
			return b.valueOf(ent, x)
		case ent.fn != nil && len(ent.params) == 0 && !b.fnTabular(ent):
			return b.callUser(ent, x, nil, e)
		case ent.fn != nil:
			b.failHint(x, "call it: "+name+"(...)", "SEM0100", "'%s' is a function", name)
		default:
			b.failHint(x, "wrap it in toscalar()", "SEM0005", "'%s' is a table, a scalar expression is expected", name)
		}
	}
	var candidates []string
	if e.row != nil && !e.blind {
		candidates = e.row.names()
	}
	candidates = append(candidates, e.scope.allNames()...)
	b.failHint(x, hint(nearest(name, candidates)), "SEM0100", "%sFailed to resolve column or scalar expression named '%s'", b.operator(e), name)
	return nil
}

func (b *binder) operator(e *env) string {
	if e.op == "" {
		return ""
	}
	return "'" + e.op + "' operator: "
}

func (b *binder) valueOf(ent *entity, at syntax.Node) plan.Expr {
	if ent.level != b.level {
		plan.Refs(ent.value, func(*plan.Column) {
			b.failHint(at, "its argument is a column; only constants can be used in a query inside of a function", "SEM0098",
				"a query inside of a function cannot depend on the row for which the function is called")
		})
	}
	b.weigh(at, ent.nodes)
	return ent.value
}

// member binds a.b: the column of a side of a join, or a property of a dynamic.
func (b *binder) member(x *syntax.Member, e *env) plan.Expr {
	sel, ok := x.Sel.(*syntax.Ident)
	if !ok {
		b.fail(x, "SEM0005", "a function cannot be called on a value")
	}
	if id, ok := x.X.(*syntax.Ident); ok && (id.Name == "$left" || id.Name == "$right") {
		side := e.row
		if id.Name == "$right" {
			side = e.right
		}
		if e.right == nil {
			b.fail(x, "SEM0005", "'%s' can only be used in the condition of a join", id.Name)
		}
		c, ok := side.find(sel.Name)
		if !ok {
			b.failHint(sel, hint(nearest(sel.Name, side.names())), "SEM0100", "%sFailed to resolve column named '%s'", b.operator(e), sel.Name)
		}
		return &plan.Ref{Col: c}
	}
	v := b.scalar(x.X, e)
	return b.step(x, v, sel.Name)
}

func (b *binder) index(x *syntax.Index, e *env) plan.Expr {
	v := b.scalar(x.X, e)
	i := b.scalar(x.I, e)
	if lit, ok := i.(*plan.Literal); ok {
		switch n := lit.Value.(type) {
		case string:
			if lit.T == types.String {
				return b.step(x, v, n)
			}
		case int64:
			if lit.T == types.Int || lit.T == types.Long {
				return b.step(x, v, n)
			}
		}
	}
	switch i.Type() {
	case types.String, types.Long:
	case types.Int:
		i = &plan.Cast{X: i, T: types.Long}
	case types.Dynamic:
		i = b.convert(i, types.String, x.I)
	default:
		b.fail(x.I, "SEM0005", "an element is chosen by a string or a long, not by a %s", i.Type())
	}
	return b.step(x, v, i)
}

func (b *binder) step(x syntax.Node, v plan.Expr, s any) plan.Expr {
	if v.Type() != types.Dynamic {
		b.failHint(x, "parse it with parse_json() first", "SEM0067", "a path can be followed in a dynamic only, this is a %s", v.Type())
	}
	if p, ok := v.(*plan.Path); ok {
		return &plan.Path{X: p.X, Steps: append(append([]any(nil), p.Steps...), s)}
	}
	return &plan.Path{X: v, Steps: []any{s}}
}

func (b *binder) queryCall(x *syntax.QueryCall, e *env) plan.Expr {
	if x.Name.Name != "toscalar" {
		b.failHint(x, "wrap it in toscalar()", "SEM0005", "a scalar expression is expected, %s() is a table", x.Name.Name)
	}
	inner := &env{scope: e.scope}
	if !b.isTabular(x.X, inner) {
		return b.scalar(x.X, &env{scope: e.scope, op: e.op})
	}
	r := b.subquery(x.X, e)
	if len(r.cols) == 0 {
		b.fail(x, "SEM0005", "toscalar() needs a column")
	}
	one := &plan.Literal{T: types.Long, Value: int64(1)}
	return &plan.Scalar{In: &plan.Limit{In: r.op, N: one, Keys: r.order}, Col: r.cols[0].c}
}

// subquery binds a table inside of an expression.
func (b *binder) subquery(x syntax.Expr, e *env) *rel {
	if b.RowWise {
		b.fail(x, "LAZ0003", "a query inside of an expression cannot be used here: the query must make each of its rows of one row of a table")
	}
	b.level++
	defer func() { b.level-- }()
	return b.tabular(x, &env{scope: e.scope, op: e.op})
}

func (b *binder) binary(x *syntax.Binary, e *env) plan.Expr {
	if x.Op == syntax.OpAnd || x.Op == syntax.OpOr {
		return b.logic(x, e)
	}
	if _, ok := x.X.(*syntax.Star); ok {
		return b.starMatch(x, e)
	}
	l, r := b.scalar(x.X, e), b.scalar(x.Y, e)
	at := node(x.OpAt)
	switch x.Op {
	case syntax.OpEq, syntax.OpNe, syntax.OpLt, syntax.OpLe, syntax.OpGt, syntax.OpGe:
		return b.compare(x.Op, l, r, at)
	case syntax.OpAdd, syntax.OpSub, syntax.OpMul, syntax.OpDiv, syntax.OpMod:
		return b.arith(x.Op, l, r, at)
	}
	if x.Op == syntax.OpMatchesRegex {
		b.regex(r, x.Y)
	}
	return b.match(x.Op, l, r, at)
}

// logic binds a chain of and or of or without nesting as deep as it is long.
func (b *binder) logic(x *syntax.Binary, e *env) plan.Expr {
	var operands []syntax.Expr
	var at []syntax.Node
	var left syntax.Expr = x
	for {
		n, ok := left.(*syntax.Binary)
		if !ok || n.Op != x.Op {
			operands = append(operands, left)
			break
		}
		operands = append(operands, n.Y)
		at = append(at, node(n.OpAt))
		left = n.X
	}
	args := make([]plan.Expr, len(operands))
	for i, o := range operands {
		v := b.scalar(o, e)
		if v.Type() != types.Bool {
			where := at[min(i, len(at)-1)]
			b.failHint(where, boolHint(v.Type()), "SEM0029", "the operator '%s' is not defined for an operand of type %s", x.Op, v.Type())
		}
		args[len(operands)-1-i] = v
	}
	if x.Op == syntax.OpOr {
		return plan.Or(args...)
	}
	return plan.And(args...)
}

func boolHint(t types.Type) string {
	if t == types.Dynamic || t.Numeric() || t == types.String {
		return "wrap it in tobool()"
	}
	return ""
}

// node makes a Node of a span.
type node syntax.Span

func (n node) Span() syntax.Span { return syntax.Span(n) }

func (b *binder) cannotCompare(at syntax.Node, l, r types.Type) {
	b.fail(at, "SEM0064", "Cannot compare values of types %s and %s. Try adding explicit casts, such as tostring() or tolong()", l, r)
}

func (b *binder) compare(op syntax.Op, l, r plan.Expr, at syntax.Node) plan.Expr {
	lt, rt := l.Type(), r.Type()
	equality := op == syntax.OpEq || op == syntax.OpNe
	switch {
	case lt == types.Dynamic && rt == types.Dynamic:
		b.cannotCompare(at, lt, rt)
	case !equality && (lt == types.String || lt == types.Guid || rt == types.String || rt == types.Guid):
		h := ""
		if lt == types.String && rt == types.String {
			h = "use strcmp()"
		}
		if lt != rt {
			b.cannotCompare(at, lt, rt)
		}
		b.failHint(at, h, "SEM0061", "the operator '%s' is not defined for the operand types %s and %s", op, lt, rt)
	case lt == types.Dynamic:
		l, r = b.undynamic(l, r, at)
	case rt == types.Dynamic:
		r, l = b.undynamic(r, l, at)
	case lt == rt:
	case lt.Numeric() && rt.Numeric():
		t := builtin.Common(lt, rt)
		l, r = b.convert(l, t, at), b.convert(r, t, at)
	case lt == types.Bool && rt.Numeric():
		l, r = b.convert(&plan.Cast{X: l, T: types.Long}, builtin.Common(types.Long, rt), at), b.convert(r, builtin.Common(types.Long, rt), at)
	case rt == types.Bool && lt.Numeric():
		r, l = b.convert(&plan.Cast{X: r, T: types.Long}, builtin.Common(types.Long, lt), at), b.convert(l, builtin.Common(types.Long, lt), at)
	case equality && rt == types.String && textual(lt):
		l, r = b.withText(l, r, at)
	case equality && lt == types.String && textual(rt):
		r, l = b.withText(r, l, at)
	default:
		b.cannotCompare(at, lt, rt)
	}
	return &plan.Binary{Op: op, T: types.Bool, X: l, Y: r}
}

// undynamic makes d comparable with v.
func (b *binder) undynamic(d, v plan.Expr, at syntax.Node) (plan.Expr, plan.Expr) {
	switch t := v.Type(); t {
	case types.Int, types.Long:
		// The dynamic may hold a fraction.
		return b.convert(d, types.Real, at), b.convert(v, types.Real, at)
	default:
		return b.convert(d, t, at), v
	}
}

// textual reports whether a value of type t can be compared with a string: it
// is equal to the text that tostring() gives.
func textual(t types.Type) bool {
	return t == types.Int || t == types.Long || t == types.Real || t == types.Bool || t == types.Guid
}

// withText makes v, which is textual, comparable with the string s. Where one of
// them is a constant it becomes one of the other's type, if a value of that type
// has this text: a column is then compared as it is stored.
func (b *binder) withText(v, s plan.Expr, at syntax.Node) (plan.Expr, plan.Expr) {
	lit, ok := s.(*plan.Literal)
	if !ok {
		return b.convert(v, types.String, at), s
	}
	text := lit.Value.(string)
	switch t := v.Type(); t {
	case types.Int, types.Long:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
			return b.convert(v, types.Long, at), &plan.Literal{T: types.Long, Value: n}
		}
	case types.Guid:
		if g, ok := canonicalGuid(text); ok {
			return v, &plan.Literal{T: t, Value: g}
		}
	case types.Bool:
		switch strings.ToLower(text) {
		case "true":
			return v, &plan.Literal{T: t, Value: true}
		case "false":
			return v, &plan.Literal{T: t, Value: false}
		}
	}
	return b.convert(v, types.String, at), s
}

func canonicalGuid(s string) (string, bool) {
	s = strings.ToLower(strings.Trim(s, "{}()"))
	if len(s) != 36 {
		return "", false
	}
	for i, c := range []byte(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		hex := c >= '0' && c <= '9' || c >= 'a' && c <= 'f'
		if dash != (c == '-') || !dash && !hex {
			return "", false
		}
	}
	return s, true
}

func (b *binder) undefined(op syntax.Op, l, r types.Type, at syntax.Node) {
	h := ""
	if l == types.Dynamic || r == types.Dynamic {
		h = "cast the dynamic first, with tolong(), todouble() or todatetime()"
	} else if op == syntax.OpAdd && (l == types.String || r == types.String) {
		h = "use strcat() to join strings"
	}
	b.failHint(at, h, "SEM0061", "the operator '%s' is not defined for the operand types %s and %s", op, l, r)
}

func (b *binder) arith(op syntax.Op, l, r plan.Expr, at syntax.Node) plan.Expr {
	lt, rt := l.Type(), r.Type()
	out := types.None
	switch {
	case lt.Numeric() && rt.Numeric():
		out = builtin.Common(lt, rt)
		if out == types.Int {
			out = types.Long // int + int is a long
		}
		l, r = b.convert(l, out, at), b.convert(r, out, at)
	case lt == types.Timespan && rt == types.Timespan:
		switch op {
		case syntax.OpAdd, syntax.OpSub, syntax.OpMod:
			out = types.Timespan
		case syntax.OpDiv:
			out = types.Real
		}
	case lt == types.DateTime && rt == types.Timespan:
		switch op {
		case syntax.OpAdd, syntax.OpSub:
			out = types.DateTime
		case syntax.OpDiv:
			out = types.Real
		case syntax.OpMod:
			out = types.Timespan
		}
	case lt == types.Timespan && rt == types.DateTime && op == syntax.OpAdd:
		out = types.DateTime
		l, r = r, l
	case lt == types.DateTime && rt == types.DateTime && op == syntax.OpSub:
		out = types.Timespan
	case lt == types.Timespan && rt.Numeric() && (op == syntax.OpMul || op == syntax.OpDiv):
		out = types.Timespan
		r = b.factor(r, at)
	case lt.Numeric() && rt == types.Timespan && op == syntax.OpMul:
		out = types.Timespan
		l, r = r, b.factor(l, at)
	}
	if out == types.None {
		b.undefined(op, lt, rt, at)
	}
	x := &plan.Binary{Op: op, T: out, X: l, Y: r}
	if v, ok := fold(x); ok {
		return v
	}
	return x
}

// factor is a number with which a timespan is multiplied or divided.
func (b *binder) factor(x plan.Expr, at syntax.Node) plan.Expr {
	if t := x.Type(); t == types.Decimal {
		return b.convert(x, types.Real, at)
	} else if t == types.Int {
		return b.convert(x, types.Long, at)
	}
	return x
}

// match binds the operators on strings.
func (b *binder) match(op syntax.Op, l, r plan.Expr, at syntax.Node) plan.Expr {
	for _, v := range []plan.Expr{l, r} {
		if t := v.Type(); t != types.String && t != types.Dynamic {
			if op == syntax.OpSearch && v == l {
				continue
			}
			b.failHint(at, "use tostring() first", "SEM0061", "the operator '%s' is not defined for the operand types %s and %s", op, l.Type(), r.Type())
		}
	}
	l, r = b.convert(l, types.String, at), b.convert(r, types.String, at)
	switch op {
	case syntax.OpLike, syntax.OpNotLike, syntax.OpLikeCS, syntax.OpNotLikeCS:
		b.refuse(at, "the operator '"+op.String()+"'", "use startswith, endswith, contains or matches regex")
	}
	return &plan.Binary{Op: op, T: types.Bool, X: l, Y: r}
}

// regex refuses a constant that is no regular expression.
func (b *binder) regex(v plan.Expr, at syntax.Node) {
	lit, ok := v.(*plan.Literal)
	if !ok {
		return
	}
	if text, ok := lit.Value.(string); ok {
		if _, err := native.CheckRegex(text); err != nil {
			b.fail(at, "SEM0005", "%v", err)
		}
	}
}

func (b *binder) between(x *syntax.Between, e *env) plan.Expr {
	v, low, high := b.scalar(x.X, e), b.scalar(x.Low, e), b.scalar(x.High, e)
	if v.Type() == types.Bool {
		b.cannotCompare(x.Low, v.Type(), low.Type())
	}
	if low.Type() == types.DateTime && high.Type() == types.Timespan {
		high = b.arith(syntax.OpAdd, low, high, x.High)
	}
	if x.Not {
		return plan.Or(b.compare(syntax.OpLt, v, low, x.Low), b.compare(syntax.OpGt, v, high, x.High))
	}
	return plan.And(b.compare(syntax.OpGe, v, low, x.Low), b.compare(syntax.OpLe, v, high, x.High))
}

func (b *binder) in(x *syntax.In, e *env) plan.Expr {
	v := b.scalar(x.X, e)
	if x.Op == syntax.OpHasAny || x.Op == syntax.OpHasAll {
		return b.hasTerms(x, v, e)
	}
	out := &plan.In{
		NoCase:   x.Op == syntax.OpInCI || x.Op == syntax.OpNotInCI,
		Negative: x.Op == syntax.OpNotIn || x.Op == syntax.OpNotInCI,
	}
	t := v.Type()
	if t == types.Dynamic {
		// As with ==, the dynamic becomes what it is compared with; a list that does
		// not agree on that is a list of texts.
		t = types.String
		if len(x.List) > 0 {
			if lit, ok := x.List[0].(*syntax.Literal); ok && lit.Kind != syntax.LitString {
				t = literalType(lit)
				if t == types.Int || t == types.Long {
					t = types.Real
				}
			}
		}
		v = b.convert(v, t, x.X)
	}
	if out.NoCase && t != types.String {
		h := "wrap it in tostring()"
		if t == types.Guid {
			h = "use " + strings.TrimSuffix(x.Op.String(), "~") + ", a guid has no case"
		}
		b.failHint(node(x.OpAt), h, "SEM0061", "the operator '%s' is not defined for values of type %s", x.Op, t)
	}
	out.X = v
	if len(x.List) == 1 && b.isTabular(x.List[0], &env{scope: e.scope, row: e.row, blind: e.blind}) {
		r := b.subquery(x.List[0], e)
		if len(r.cols) == 0 {
			b.fail(x.List[0], "SEM0005", "the query after '%s' has no column", x.Op)
		}
		c := r.cols[0].c
		op := r.op
		if c.Type != t {
			n := b.col(c.Name, t)
			var y plan.Expr = &plan.Ref{Col: c}
			switch {
			case c.Type == types.Dynamic:
				y = b.convert(y, t, x.List[0])
			case c.Type.Numeric() && t.Numeric():
				if w := builtin.Common(c.Type, t); w != t {
					out.X, n = b.convert(v, w, x.X), b.col(c.Name, w)
				}
				y = b.convert(y, n.Type, x.List[0])
			case t == types.String && textual(c.Type):
				y = b.convert(y, t, x.List[0])
			case textual(t) && c.Type == types.String:
				out.X, n = b.convert(v, types.String, x.X), b.col(c.Name, types.String)
			default:
				b.cannotCompare(x.List[0], t, c.Type)
			}
			op = &plan.Project{In: op, Items: []plan.Item{{Col: n, X: y}}}
			c = n
		}
		out.Query, out.Col = op, c
		return out
	}
	for _, item := range x.List {
		y := b.scalar(item, &env{scope: e.scope, row: e.row, right: e.right, blind: e.blind, op: e.op})
		if y.Type() == types.Dynamic {
			lit, ok := y.(*plan.Literal)
			if !ok {
				return b.inDynamic(out, v, y, x)
			}
			elems, isArray := jsonElements(lit)
			if !isArray {
				elems = []*plan.Literal{lit}
			}
			for _, el := range elems {
				if c, ok := elementAs(el, t); ok {
					out.List = append(out.List, c)
				}
			}
			continue
		}
		out.List = append(out.List, y)
	}
	b.meetMembers(out, x)
	if len(out.List) == 0 {
		return &plan.Literal{T: types.Bool, Value: out.Negative}
	}
	return out
}

// meetMembers brings what is looked for and the members of a list to one type.
func (b *binder) meetMembers(in *plan.In, x *syntax.In) {
	at := func(i int) syntax.Node { return x.List[min(i, len(x.List)-1)] }
	t := in.X.Type()
	text := t == types.String
	for i, y := range in.List {
		switch yt := y.Type(); {
		case yt == t, yt.Numeric() && t.Numeric(), t == types.String && textual(yt):
		case textual(t) && yt == types.String:
			v, lit := b.withText(in.X, y, at(i))
			if v.Type() == types.String {
				text = true
				continue
			}
			in.List[i] = lit
		default:
			b.cannotCompare(at(i), t, yt)
		}
	}
	common := types.String
	if !text {
		common = t
		for _, y := range in.List {
			if y.Type().Numeric() {
				common = builtin.Common(common, y.Type())
			}
		}
	}
	in.X = b.convert(in.X, common, x.X)
	for i, y := range in.List {
		in.List[i] = b.convert(y, common, at(i))
	}
}

// inDynamic is x in (d) with an array that is not known before the query runs.
func (b *binder) inDynamic(in *plan.In, v, array plan.Expr, x *syntax.In) plan.Expr {
	if len(x.List) > 1 {
		b.refuse(x, "a list with a dynamic array among other values after '"+x.Op.String()+"'", "put them into one array with array_concat()")
	}
	var found plan.Expr
	if in.NoCase {
		found = b.callNamed("set_has_element", x, b.callNamed("parse_json", x, b.callNamed("tolower", x, b.convert(array, types.String, x))), b.callNamed("tolower", x, v))
	} else {
		found = b.callNamed("set_has_element", x, array, v)
	}
	if in.Negative {
		return &plan.Not{X: found}
	}
	return found
}

// hasTerms binds has_any and has_all.
func (b *binder) hasTerms(x *syntax.In, v plan.Expr, e *env) plan.Expr {
	if t := v.Type(); t != types.String && t != types.Dynamic {
		b.failHint(node(x.OpAt), "wrap it in tostring()", "SEM0061", "the operator '%s' is not defined for values of type %s", x.Op, t)
	}
	out := &plan.Terms{X: b.convert(v, types.String, x.X), All: x.Op == syntax.OpHasAll}
	if len(x.List) == 1 && b.isTabular(x.List[0], &env{scope: e.scope, row: e.row, blind: e.blind}) {
		r := b.subquery(x.List[0], e)
		if len(r.cols) == 0 {
			b.fail(x.List[0], "SEM0005", "the query after '%s' has no column", x.Op)
		}
		agg := b.aggregate("make_set", x, &plan.Ref{Col: r.cols[0].c})
		c := b.col("terms", types.Dynamic)
		op := &plan.Aggregate{In: r.op, Aggs: []plan.Item{{Col: c, X: agg}}}
		out.Array = &plan.Scalar{In: op, Col: c}
		return out
	}
	for _, item := range x.List {
		y := b.scalar(item, &env{scope: e.scope, row: e.row, right: e.right, blind: e.blind, op: e.op})
		if y.Type() == types.Dynamic {
			lit, ok := y.(*plan.Literal)
			if !ok {
				if len(x.List) > 1 {
					b.refuse(item, "a dynamic array among other terms", "put them into one array with array_concat()")
				}
				out.Array = y
				return out
			}
			elems, isArray := jsonElements(lit)
			if !isArray {
				elems = []*plan.Literal{lit}
			}
			for _, el := range elems {
				if c, ok := elementAs(el, types.String); ok {
					out.List = append(out.List, c)
				}
			}
			continue
		}
		out.List = append(out.List, b.convert(y, types.String, item))
	}
	return out
}

// convert brings v to type t by a conversion that KQL makes silently.
func (b *binder) convert(v plan.Expr, t types.Type, at syntax.Node) plan.Expr {
	from := v.Type()
	if from == t {
		return v
	}
	if lit, ok := v.(*plan.Literal); ok {
		if c, ok := convertLiteral(lit, t); ok {
			return c
		}
	}
	switch {
	case t == types.String, t == types.Dynamic, from == types.Dynamic, from.Numeric() && t.Numeric():
		return &plan.Cast{X: v, T: t}
	}
	b.fail(at, "SEM0064", "a value of type %s cannot be used as %s", from, t)
	return nil
}

// callNamed calls a function of the table with arguments that are bound.
func (b *binder) callNamed(name string, at syntax.Node, args ...plan.Expr) plan.Expr {
	f, ok := builtin.Lookup(name)
	if !ok {
		b.refuse(at, "the function "+name+"()", "")
	}
	return b.resolve(f, at, args)
}

func (b *binder) resolve(f *builtin.Func, at syntax.Node, args []plan.Expr) plan.Expr {
	m := b.overload(f, at, nil, args, nil)
	return &plan.Call{Func: f, Sig: m.Sig, Args: b.coerced(m, args, at), T: m.Result, At: at.Span()}
}

func (b *binder) coerced(m builtin.Match, args []plan.Expr, at syntax.Node) []plan.Expr {
	out := make([]plan.Expr, len(args))
	for i, a := range args {
		if m.Args[i] == types.None {
			out[i] = a
			continue
		}
		out[i] = b.convert(a, m.Args[i], at)
	}
	return out
}

// overload picks the signature of f for arguments. typeOf[i] is the type that a
// typeof(...) argument names.
func (b *binder) overload(f *builtin.Func, at syntax.Node, nodes []syntax.Expr, args []plan.Expr, typeOf map[int]types.Type) builtin.Match {
	list := make([]builtin.Arg, len(args))
	for i, a := range args {
		if t, ok := typeOf[i]; ok {
			list[i] = builtin.Arg{Type: t, Const: true, TypeOf: true}
			continue
		}
		_, isConst := a.(*plan.Literal)
		list[i] = builtin.Arg{Type: a.Type(), Const: isConst}
	}
	m, err := f.Resolve(list)
	if err != nil {
		var mis *builtin.Mismatch
		code := "SEM0219"
		where := at
		if mm, ok := err.(*builtin.Mismatch); ok {
			mis = mm
		}
		if mis != nil && mis.Arg < 0 {
			code = "SEM0218"
		} else if mis != nil && mis.Arg < len(nodes) {
			where = nodes[mis.Arg]
		}
		b.fail(where, code, "%s", err.Error())
	}
	return m
}

func (b *binder) predicate(x syntax.Expr, e *env) plan.Expr {
	if n, ok := x.(*syntax.Named); ok {
		b.failHint(n, "use == to compare", "SEM0079", "%sa predicate has no name", b.operator(e))
	}
	v := b.scalar(x, e)
	if v.Type() != types.Bool {
		b.failHint(x, boolHint(v.Type()), "SEM0079", "%sthe predicate must be of type bool, this is a %s", b.operator(e), v.Type())
	}
	return v
}

// constantLong binds an expression that must be a whole number for the query.
func (b *binder) constantLong(x syntax.Expr, e *env, what string) plan.Expr {
	v := b.scalar(x, &env{scope: e.scope, op: e.op})
	switch v.Type() {
	case types.Long:
	case types.Int, types.Real, types.Dynamic:
		v = b.convert(v, types.Long, x)
	default:
		b.fail(x, "SEM0005", "%s must be a number, this is a %s", what, v.Type())
	}
	if !plan.Constant(v) {
		b.fail(x, "SEM0005", "%s must be constant", what)
	}
	return v
}

// literalString is the value of an expression that must be a constant string.
func (b *binder) literalString(x syntax.Expr, e *env, what string) string {
	v := b.scalar(x, &env{scope: e.scope, op: e.op})
	lit, ok := v.(*plan.Literal)
	if !ok || lit.T != types.String {
		b.fail(x, "SEM0005", "%s must be a constant string", what)
	}
	return lit.Value.(string)
}
