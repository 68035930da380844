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
	if known[name] {
		b.refuse(x, "the function "+name+"()", "")
	}
	b.failHint(x.Name, h, "SEM0260", "Unknown function: '%s'.", name)
}

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
			v := b.scalar(p.Default, &env{scope: ent.scope})
			sc.names[p.Name.Name] = &entity{value: b.convertParam(v, p, p.Default), level: b.level}
		default:
			inner := &env{scope: e.scope, row: e.row, right: e.right, blind: e.blind, op: e.op}
			v := b.scalar(a, inner)
			sc.names[p.Name.Name] = &entity{value: b.convertParam(v, p, a), level: b.level}
		}
	}
	return sc
}

func (b *binder) convertParam(v plan.Expr, p *syntax.FuncParam, at syntax.Node) plan.Expr {
	t := b.typeOf(p.Type)
	from := v.Type()
	ok := from == t || from.Numeric() && t.Numeric() || t == types.Dynamic || from == types.Dynamic
	if !ok {
		b.fail(at, "SEM0005", "the parameter '%s' is of type %s, the argument is a %s", p.Name.Name, t, from)
	}
	if from == types.Real && (t == types.Long || t == types.Int) {
		b.failHint(at, "use tolong()", "SEM0005", "the parameter '%s' is of type %s, the argument is a %s", p.Name.Name, t, from)
	}
	return b.convert(v, t, at)
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

// known has functions of Kusto's that are not in the table: they exist, so the
// name is not a slip.
var known = set(`
cluster database table external_table materialized_view entity_group stored_query_result graph current_principal_details
current_principal_is_member_of current_cluster_endpoint extent_id extent_tags cursor_after cursor_before_or_at cursor_current
row_window_session rowstore_ordinal_range geo_info_from_ip_address series_fft series_ifft series_fit_line series_fit_2lines
series_fit_line_dynamic series_fit_2lines_dynamic series_decompose series_decompose_anomalies series_decompose_forecast
series_periods_detect series_periods_validate series_outliers series_stats series_seasonal
series_fit_poly hll hll_if hll_merge tdigest tdigest_merge merge_tdigest dcount_hll percentile_tdigest percentiles_array_tdigest
rank_tdigest percentrank_tdigest dcount_intersect parse_user_agent buildschema assert welch_test`)

// set has the words of a text.
func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
