package bind

import (
	"strings"

	"lazuli.dev/lazuli/kql/builtin"
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// call binds name(args) as a scalar.
func (b *binder) call(x *syntax.Call, e *env) plan.Expr {
	name := x.Name.Name
	if ent, ok := e.scope.lookup(name); ok && ent.fn != nil {
		if b.fnTabular(ent) {
			b.failHint(x, "wrap it in toscalar()", "SEM0005", "%s() is a table, a scalar expression is expected", name)
		}
		return b.callUser(ent, x, x.Args, e)
	}
	if v, ok := b.special(x, e); ok {
		return v
	}
	f, ok := builtin.Lookup(name)
	if !ok {
		b.unknownFunction(x, e)
	}
	if f.Kind == builtin.Aggregate {
		return b.aggregateCall(f, x, e)
	}
	if f.Special || f.Kind == builtin.Window {
		b.refuse(x, "the function "+name+"()", "")
	}
	args, typeOf := b.args(x.Args, e)
	m := b.overload(f, x, x.Args, args, typeOf)
	for i, a := range args {
		if p := m.Sig.Params[m.Sig.Param(i, len(args))]; p.Const && (p.Name == "regex" || p.Name == "match") {
			b.regex(a, x.Args[i])
		}
	}
	out := &plan.Call{Func: f, Sig: m.Sig, Args: b.coerced(m, args, x), T: m.Result, At: x.Span()}
	if lit, ok := b.foldCall(out); ok {
		return lit
	}
	return out
}

func (b *binder) unknownFunction(x *syntax.Call, e *env) {
	name := x.Name.Name
	names := e.scope.allNames()
	for _, f := range builtin.All() {
		names = append(names, f.Name)
		names = append(names, f.Aliases...)
	}
	names = append(names, specialNames...)
	h := hint(nearest(name, names))
	b.knownOnly(name, x)
	b.failHint(x.Name, h, "SEM0260", "Unknown function: '%s'", name)
}

// knownOnly refuses a name that Kusto has and this compiler does not.
func (b *binder) knownOnly(name string, at syntax.Node) {
	switch builtin.KnownToKusto(name) {
	case builtin.NotKnown:
	case builtin.KnownScope:
		b.refuse(at, name+"()", oneWorkspace)
	case builtin.KnownAggregate:
		b.refuse(at, "the aggregate "+name+"()", "")
	case builtin.KnownPlugin:
		b.refuse(at, "the plug-in '"+name+"'", "")
	default:
		b.refuse(at, "the function "+name+"()", instead[name])
	}
}

// instead is what to write in place of functions that will stay refused for a reason of
// their own.
var instead = map[string]string{
	"parse_user_agent":         "it needs the public list of rules for user agents, which is not here; take with extract() what you look for",
	"geo_info_from_ip_address": "it needs a database of where addresses are, which is not here; join a table of your own, or take the location that the record itself has",
}

// oneWorkspace is what to do instead of naming another place.
const oneWorkspace = "name the table directly: a query reads one workspace"

// args binds the arguments of a call. Those that are type literals are null
// expressions of that type, and listed in typeOf.
func (b *binder) args(list []syntax.Expr, e *env) (args []plan.Expr, typeOf map[int]types.Type) {
	inner := &env{scope: e.scope, row: e.row, right: e.right, blind: e.blind, op: e.op, aggs: e.aggs}
	for i, a := range list {
		if t, ok := a.(*syntax.TypeOf); ok {
			if t.Type == nil {
				b.fail(a, "SEM0005", "the type literal must name one scalar type")
			}
			if typeOf == nil {
				typeOf = map[int]types.Type{}
			}
			typeOf[i] = b.typeOf(t.Type)
			args = append(args, &plan.Literal{T: typeOf[i]})
			continue
		}
		args = append(args, b.scalar(unnamed(a), inner))
	}
	return args, typeOf
}

// unnamed is an argument of a built-in function without the name that it may be
// given, which means nothing there.
func unnamed(x syntax.Expr) syntax.Expr {
	if n, ok := x.(*syntax.Named); ok && len(n.Names) == 1 {
		return n.X
	}
	return x
}

// callUser binds a call of a let function that yields a scalar.
func (b *binder) callUser(ent *entity, at syntax.Node, args []syntax.Expr, e *env) plan.Expr {
	sc := b.bindParams(ent, at, args, e)
	defer b.enterFunction(ent, at)()
	body := ent.fn.Body
	for _, st := range body.Statements {
		b.statement(st, sc, false)
	}
	if body.X == nil {
		b.fail(at, "SEM0005", "the function has no value")
	}
	return b.scalar(body.X, &env{scope: sc, row: e.row, blind: true, op: e.op})
}

func (b *binder) enterFunction(ent *entity, at syntax.Node) func() {
	if ent.busy {
		b.fail(at, "SEM0040", "a function cannot call itself")
	}
	ent.busy = true
	leave := b.enter(at)
	return func() { ent.busy = false; leave() }
}

// bindParams makes the scope in which the body of a function is bound.
func (b *binder) bindParams(ent *entity, at syntax.Node, args []syntax.Expr, e *env) *scope {
	sc := ent.scope.child()
	given := make([]syntax.Expr, len(ent.params))
	next := 0
	for _, a := range args {
		i := next
		if n, ok := a.(*syntax.Named); ok && len(n.Names) == 1 {
			i = -1
			for j, p := range ent.params {
				if p.Name.Name == n.Names[0].Name {
					i = j
				}
			}
			if i < 0 {
				b.fail(n, "SEM0005", "the function has no parameter named '%s'", n.Names[0].Name)
			}
			a = n.X
		} else {
			next++
		}
		if i >= len(given) {
			b.fail(at, "SEM0218", "function expects %d argument(s), %d given", len(ent.params), len(args))
		}
		if given[i] != nil {
			b.fail(a, "SEM0005", "the parameter '%s' is given twice", ent.params[i].Name.Name)
		}
		given[i] = a
	}
	for i, p := range ent.params {
		a := given[i]
		switch {
		case p.Schema != nil:
			if a == nil {
				b.fail(at, "SEM0218", "the tabular parameter '%s' is not given", p.Name.Name)
			}
			if s, ok := a.(*boundRows); ok {
				sc.names[p.Name.Name] = &entity{shared: s.s, schema: p.Schema}
				continue
			}
			if !b.isTabular(a, &env{scope: e.scope}) {
				b.fail(a, "SEM0005", "the parameter '%s' takes a table", p.Name.Name)
			}
			sc.names[p.Name.Name] = &entity{tab: a, scope: e.scope, schema: p.Schema}
		case a == nil && p.Default == nil:
			b.fail(at, "SEM0218", "function expects %d argument(s), '%s' is not given", len(ent.params), p.Name.Name)
		case a == nil:
			before := b.nodes
			v := b.scalar(p.Default, &env{scope: ent.scope})
			if t, from := b.typeOf(p.Type), v.Type(); from != t && t != types.Dynamic && (!from.Numeric() || !t.Numeric()) {
				b.fail(p.Default, "SEM0005", "the parameter '%s' is of type %s, its default is a %s", p.Name.Name, t, from)
			}
			sc.names[p.Name.Name] = b.valued(b.convertParam(v, p, p.Default), before)
		default:
			inner := &env{scope: e.scope, row: e.row, right: e.right, blind: e.blind, op: e.op}
			before := b.nodes
			v := b.scalar(a, inner)
			sc.names[p.Name.Name] = b.valued(b.convertParam(v, p, a), before)
		}
	}
	return sc
}

// convertParam makes of an argument a value of the type that the parameter has, as the function to...() of that
// type does: Kusto takes every scalar there.
func (b *binder) convertParam(v plan.Expr, p *syntax.FuncParam, at syntax.Node) plan.Expr {
	t := b.typeOf(p.Type)
	from := v.Type()
	if from == t || t == types.Dynamic || t == types.String || from == types.Dynamic || from.Numeric() && t.Numeric() {
		return b.convert(v, t, at)
	}
	f, ok := builtin.Lookup("to" + t.String())
	if ok {
		if m, err := f.Resolve([]builtin.Arg{{Type: from}}); err == nil {
			return &plan.Call{Func: f, Sig: m.Sig, Args: b.coerced(m, []plan.Expr{v}, at), T: m.Result, At: at.Span()}
		}
	}
	b.fail(at, "SEM0005", "the parameter '%s' is of type %s, the argument is a %s", p.Name.Name, t, from)
	return nil
}

// checkParams looks at a function where it is declared.
func (b *binder) checkParams(f *entity) {
	seen := map[string]bool{}
	for _, p := range f.params {
		if seen[p.Name.Name] {
			b.fail(p.Name, "SEM0117", "the parameter '%s' is declared twice", p.Name.Name)
		}
		seen[p.Name.Name] = true
		if p.Type != nil {
			b.typeOf(p.Type)
		}
		if p.Schema != nil {
			for _, c := range p.Schema.Columns {
				b.typeOf(c.Type)
			}
		}
	}
	if f.fn.Body.X == nil {
		b.fail(f.fn, "SEM0005", "the function has no value")
	}
}

// fnTabular reports whether a call of ent yields a table.
func (b *binder) fnTabular(ent *entity) bool {
	defer b.enter(ent.fn)()
	sc := ent.scope.child()
	for _, p := range ent.params {
		if p.Schema != nil {
			sc.names[p.Name.Name] = &entity{tab: &syntax.DataTable{}, scope: sc}
		} else {
			sc.names[p.Name.Name] = &entity{value: &plan.Literal{T: types.Long}}
		}
	}
	b.sketch(ent.fn.Body.Statements, sc)
	if ent.busy {
		return false
	}
	ent.busy = true
	defer func() { ent.busy = false }()
	return ent.fn.Body.X != nil && b.isTabular(ent.fn.Body.X, &env{scope: sc})
}

// sketch declares lets as far as it takes to tell tables from scalars.
func (b *binder) sketch(statements []syntax.Statement, sc *scope) {
	for _, st := range statements {
		let, ok := st.(*syntax.Let)
		if !ok {
			continue
		}
		ent := &entity{value: &plan.Literal{T: types.Long}}
		switch x := let.Value.(type) {
		case *syntax.FuncLit:
			ent = &entity{fn: x, params: x.Params, scope: sc.copy()}
		default:
			if b.isTabular(let.Value, &env{scope: sc}) {
				ent = &entity{tab: let.Value, scope: sc}
			}
		}
		sc.names[let.Name.Name] = ent
	}
}

func (s *scope) copy() *scope {
	c := &scope{parent: s.parent, names: make(map[string]*entity, len(s.names))}
	for n, e := range s.names {
		c.names[n] = e
	}
	return c
}

// foldCall computes calls whose value is known now and is worth knowing:
// texts put together of constants.
func (b *binder) foldCall(c *plan.Call) (plan.Expr, bool) {
	lits := make([]*plan.Literal, len(c.Args))
	for i, a := range c.Args {
		lit, ok := a.(*plan.Literal)
		if !ok || lit.Value == nil {
			return nil, false
		}
		lits[i] = lit
	}
	switch c.Func.Name {
	case "strcat":
		var s strings.Builder
		for _, l := range lits {
			if l.T != types.String {
				return nil, false
			}
			s.WriteString(l.Value.(string))
		}
		return &plan.Literal{T: types.String, Value: s.String()}, true
	}
	return nil, false
}

// set has the words of a text.
func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
