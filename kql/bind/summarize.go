package bind

import (
	"slices"
	"strconv"
	"strings"

	"lazuli.dev/lazuli/kql/builtin"
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// aggregates collects the aggregates that an operator computes for each group.
type aggregates struct {
	items []plan.Item
	picks []plan.Pick
}

// aggregate builds a call of an aggregate whose arguments are bound.
func (b *binder) aggregate(name string, at syntax.Node, args ...plan.Expr) plan.Expr {
	f, ok := builtin.Lookup(name)
	if !ok {
		b.refuse(at, "the aggregate "+name+"()", "")
	}
	m := b.overload(f, at, nil, args, nil)
	return &plan.Agg{Func: f, Sig: m.Sig, Args: b.coerced(m, args, at), T: m.Result, At: at.Span()}
}

// aggregateCall binds an aggregate inside of an expression of summarize.
func (b *binder) aggregateCall(f *builtin.Func, x *syntax.Call, e *env) plan.Expr {
	if e.aggs == nil {
		b.failHint(x, "aggregates belong into summarize and make-series", "SEM0005", "%sthe aggregate %s() cannot be used here", b.operator(e), f.Name)
	}
	inner := &env{scope: e.scope, row: e.row, blind: e.blind, op: e.op}
	switch f.Name {
	case "arg_max", "arg_min":
		b.refuse(x, f.Name+"() inside of an expression", "give it a place of its own in summarize, then extend")
	case "take_any", "take_anyif":
		return b.pickAny(f, x, e.aggs, inner)
	}
	args, typeOf := b.args(x.Args, inner)
	if f.Name == "count" && len(args) == 1 && args[0].Type() != types.Bool {
		b.failHint(x.Args[0], "count() counts rows, count_distinct() values, countif(isnotempty()) those that are not empty", "SEM0219",
			"count(): argument #1 expected to be bool, this is a %s", args[0].Type())
	}
	m := b.overload(f, x, x.Args, args, typeOf)
	if f.Special {
		b.refuse(x, "the aggregate "+f.Name+"()", "")
	}
	for i, a := range args {
		if a.Type() == types.Dynamic && m.Args[i] != types.Dynamic && orderedAggregates[f.Name] {
			b.failHint(x.Args[i], "cast it, with tostring(), tolong() or todatetime()", "SEM0005", "%s(): a dynamic has no order", f.Name)
		}
	}
	agg := &plan.Agg{Func: f, Sig: m.Sig, Args: b.coerced(m, args, x), T: m.Result, At: x.Span()}
	return e.aggs.add(b, agg)
}

// orderedAggregates compare their values, which dynamics do not let themselves be.
var orderedAggregates = set("min max minif maxif percentile percentilew count_distinct count_distinctif")

// add collects an aggregate and returns the column that has it; one that is
// already there is not computed twice.
func (a *aggregates) add(b *binder, agg *plan.Agg) plan.Expr {
	text := agg.String()
	for _, it := range a.items {
		if it.X.String() == text && !agg.Func.Volatile {
			return &plan.Ref{Col: it.Col}
		}
	}
	c := b.col(agg.Func.Name, agg.T)
	a.items = append(a.items, plan.Item{Col: c, X: agg})
	return &plan.Ref{Col: c}
}

// pickAny binds take_any(x), and take_anyif(x, p), inside of an expression.
func (b *binder) pickAny(f *builtin.Func, x *syntax.Call, aggs *aggregates, e *env) plan.Expr {
	want := 1
	if f.Name == "take_anyif" {
		want = 2
	}
	b.count(x, want, want)
	v := b.scalar(x.Args[0], e)
	if want == 2 {
		p := b.predicate(x.Args[1], e)
		v = &plan.Case{Arms: []plan.Arm{{When: p, Then: v}}, Else: plan.Null(v.Type()), T: v.Type()}
		// The row that is taken is one for which the predicate holds, if there is one.
		c := b.col("any", v.Type())
		aggs.picks = append(aggs.picks, plan.Pick{By: &plan.Case{Arms: []plan.Arm{{When: p, Then: one(1)}}, Else: one(0), T: types.Long}, Items: []plan.Item{{Col: c, X: v}}})
		return &plan.Ref{Col: c}
	}
	c := b.col("any", v.Type())
	aggs.picks = append(aggs.picks, plan.Pick{Items: []plan.Item{{Col: c, X: v}}})
	return &plan.Ref{Col: c}
}

func one(n int64) plan.Expr { return &plan.Literal{T: types.Long, Value: n} }

// groupKeys binds the keys of summarize and its kin.
func (b *binder) groupKeys(exprs []syntax.Expr, e *env, out *rel) []plan.Item {
	var its []plan.Item
	b.assignments(exprs, e, func(at syntax.Node, name string, explicit bool, v plan.Expr) {
		if v.Type() == types.Dynamic {
			b.failHint(at, "group by tostring() of it", "SEM0020", "%srows cannot be grouped by a dynamic", b.operator(e))
		}
		if out.has(name) {
			if _, plain := at.(*syntax.Ident); explicit || plain {
				b.fail(at, "SEM0024", "%sthe column '%s' is declared twice", b.operator(e), name)
			}
			name = uniqueName(name, out.has)
		}
		c := b.col(name, v.Type())
		if ref, ok := v.(*plan.Ref); ok && !slices.ContainsFunc(its, func(it plan.Item) bool { return it.Col == ref.Col }) {
			c = ref.Col
		}
		its = append(its, plan.Item{Col: c, X: v})
		out.cols = append(out.cols, named{name, c})
	}, func() string { return b.columnN(out.has) })
	return its
}

func (b *binder) summarize(op *syntax.Summarize, e *env) *rel {
	b.params(op.Params, e)
	if op.Bin != nil {
		b.refuse(op.Bin, "bin= in summarize", "write by bin(column, size)")
	}
	r := e.row.clone()
	e.row = r
	out := &rel{per: r.per}
	keys := b.groupKeys(op.By, e, out)
	var aggs aggregates
	post := b.aggregateColumns(op.Aggregates, e, &aggs, out, keys)
	if len(keys) == 0 && len(aggs.items) == 0 && len(aggs.picks) == 0 && len(op.Aggregates) == 0 {
		b.fail(op, "SEM0005", "summarize needs an aggregate or a key")
	}
	b.group(r, out, keys, aggs)
	b.after(out, post)
	return out
}

// group aggregates the rows of r into out, within the groups in which r is.
func (b *binder) group(r, out *rel, keys []plan.Item, aggs aggregates) {
	agg := &plan.Aggregate{In: r.op, Keys: append(pass(r.per), keys...), Aggs: aggs.items, Picks: aggs.picks, Order: r.order}
	out.op, out.per, out.base = agg, r.per, r.base
	if len(r.per) == 0 {
		return
	}
	if len(keys) > 0 || r.base == nil {
		if len(r.outer) > 0 {
			carry := plan.Pick{}
			for _, c := range r.outer {
				carry.Items = append(carry.Items, plan.Item{Col: c.c, X: &plan.Ref{Col: c.c}})
			}
			agg.Picks = append(agg.Picks, carry)
			out.outer, out.hidden = r.outer, r.outer
		}
		return
	}
	// Without keys every group has its row, also one of which no row is left.
	all := b.use(r.base)
	on := plan.Pair{L: &plan.Ref{Col: all.per[0]}, R: &plan.Ref{Col: r.per[0]}}
	hit := b.col("hit", types.Bool)
	right := &plan.Project{In: agg, Items: append(pass(agg.Cols()), plan.Item{Col: hit, X: &plan.Literal{T: types.Bool, Value: true}})}
	join := &plan.Join{Kind: plan.LeftOuter, Left: all.op, Right: right, On: []plan.Pair{on}}
	var its []plan.Item
	for _, c := range all.op.Cols() {
		its = append(its, plan.Item{Col: c, X: &plan.Ref{Col: c}})
	}
	none := &plan.Values{Columns: r.op.Cols()}
	for _, it := range agg.Aggs {
		empty := b.col(it.Col.Name, it.Col.Type)
		of := &plan.Aggregate{In: none, Aggs: []plan.Item{{Col: empty, X: it.X}}}
		its = append(its, plan.Item{Col: it.Col, X: &plan.Case{T: it.Col.Type,
			Arms: []plan.Arm{{When: &plan.Ref{Col: hit}, Then: &plan.Ref{Col: it.Col}}},
			Else: &plan.Scalar{In: of, Col: empty}}})
	}
	for _, p := range agg.Picks {
		its = append(its, pass(itemCols(p.Items))...)
	}
	out.op = &plan.Project{In: join, Items: its}
	out.per, out.outer, out.hidden = all.per, all.outer, all.outer
}

func itemCols(its []plan.Item) []*plan.Column {
	var cs []*plan.Column
	for _, it := range its {
		cs = append(cs, it.Col)
	}
	return cs
}

// after puts computed columns on top of the aggregates.
func (b *binder) after(out *rel, post []plan.Item) {
	if len(post) > 0 {
		out.op = &plan.Project{In: out.op, Items: append(pass(out.op.Cols()), post...)}
	}
}

// aggregateColumns binds the aggregates of summarize: those that are more than
// one aggregate are returned, to be computed from them.
func (b *binder) aggregateColumns(exprs []syntax.Expr, e *env, aggs *aggregates, out *rel, keys []plan.Item) (post []plan.Item) {
	add := func(at syntax.Node, name string, explicit bool, c *plan.Column) {
		if name == "" {
			name = b.columnN(out.has)
		} else if out.has(name) {
			if explicit {
				b.fail(at, "SEM0024", "%sthe column '%s' is declared twice", b.operator(e), name)
			}
			name = uniqueName(name, out.has)
		}
		out.cols = append(out.cols, named{name, c})
	}
	inner := &env{scope: e.scope, row: e.row, op: e.op, aggs: aggs}
	for _, x := range exprs {
		var names []*syntax.Ident
		body := x
		if n, ok := x.(*syntax.Named); ok {
			names, body = n.Names, n.X
		}
		if c, ok := body.(*syntax.Call); ok {
			if b.pickColumns(c, names, e, aggs, keys, add) {
				continue
			}
		}
		if len(names) > 1 {
			b.fail(x, "SEM0005", "%sthe expression has only one result", b.operator(e))
		}
		v := b.scalar(body, inner)
		own := map[*plan.Column]bool{}
		for _, it := range aggs.items {
			own[it.Col] = true
		}
		for _, p := range aggs.picks {
			for _, it := range p.Items {
				own[it.Col] = true
			}
		}
		plan.Refs(v, func(c *plan.Column) {
			if !own[c] {
				b.failHint(body, "aggregate it, or group by it", "SEM0062", "%sthe column '%s' is neither aggregated nor a key", b.operator(e), c.Name)
			}
		})
		name, explicit := b.aggregateName(body, inner), false
		if len(names) == 1 {
			name, explicit = names[0].Name, true
		}
		ref, ok := v.(*plan.Ref)
		if !ok || slices.ContainsFunc(out.cols, func(n named) bool { return n.c == ref.Col }) {
			c := b.col(name, v.Type())
			post = append(post, plan.Item{Col: c, X: v})
			ref = &plan.Ref{Col: c}
		}
		add(x, name, explicit, ref.Col)
	}
	return post
}

// aggregateName is the name of the column of an unnamed aggregate.
func (b *binder) aggregateName(x syntax.Expr, e *env) string {
	if c, ok := x.(*syntax.Call); ok {
		f, known := builtin.Lookup(c.Name.Name)
		if known && f.Naming == builtin.NamePercentiles && len(c.Args) > 1 {
			return b.percentileName(c, c.Args[len(c.Args)-1], e)
		}
		if known && f.Kind != builtin.Aggregate && f.Naming == builtin.NameFirst && len(c.Args) > 0 {
			return b.aggregateName(c.Args[0], e)
		}
		if known && f.Kind == builtin.Aggregate && f.Naming == builtin.NameArgs && len(c.Args) > 0 {
			return b.exprName(c.Args[0], e)
		}
	}
	return b.exprName(x, e)
}

func (b *binder) percentileName(c *syntax.Call, p syntax.Expr, e *env) string {
	base := b.exprName(c.Args[0], e)
	text := ""
	if lit, ok := b.scalar(p, &env{scope: e.scope}).(*plan.Literal); ok {
		switch v := lit.Value.(type) {
		case int64:
			text = strconv.FormatInt(v, 10)
		case float64:
			text = strings.ReplaceAll(strconv.FormatFloat(v, 'f', -1, 64), ".", "_")
		}
	}
	return "percentile_" + base + "_" + text
}

// pickColumns binds the aggregates that yield several columns.
func (b *binder) pickColumns(c *syntax.Call, names []*syntax.Ident, e *env, aggs *aggregates, keys []plan.Item, add func(syntax.Node, string, bool, *plan.Column)) bool {
	if _, ok := e.scope.lookup(c.Name.Name); ok {
		return false
	}
	f, ok := builtin.Lookup(c.Name.Name)
	if !ok || f.Kind != builtin.Aggregate {
		return false
	}
	nameOf := func(i int, x syntax.Expr, fallback string) (string, bool) {
		if i < len(names) {
			return names[i].Name, true
		}
		if n, ok := x.(*syntax.Named); ok {
			return n.Names[0].Name, true
		}
		return fallback, false
	}
	inner := &env{scope: e.scope, row: e.row, op: e.op}
	plain := func(x syntax.Expr) syntax.Expr {
		if n, ok := x.(*syntax.Named); ok {
			return n.X
		}
		return x
	}
	prefix := ""
	if f.Name == "any" {
		prefix = "any_"
	}
	switch {
	case f.Name == "arg_max" || f.Name == "arg_min" || (f.Name == "take_any" || f.Name == "any") && (len(c.Args) > 1 || len(c.Args) == 1 && isStar(c.Args[0])):
		p := plan.Pick{Least: f.Name == "arg_min"}
		args := c.Args
		if len(args) == 0 {
			b.fail(c, "SEM0218", "%s(): function expects at least 1 argument(s)", f.Name)
		}
		seen := map[*plan.Column]bool{}
		index := 0
		put := func(x syntax.Expr, v plan.Expr, fallback string) {
			name, explicit := nameOf(index, x, prefix+fallback)
			index++
			col := b.col(name, v.Type())
			p.Items = append(p.Items, plan.Item{Col: col, X: v})
			add(x, name, explicit, col)
		}
		if f.Name == "arg_max" || f.Name == "arg_min" {
			v := b.scalar(plain(args[0]), inner)
			if v.Type() == types.Dynamic {
				b.failHint(args[0], "cast it, with tolong() or todatetime()", "SEM0005", "%s(): a dynamic has no order", f.Name)
			}
			p.By = v
			if ref, ok := v.(*plan.Ref); ok {
				seen[ref.Col] = true
			}
			put(args[0], v, b.exprName(plain(args[0]), inner))
			args = args[1:]
		}
		keyName := func(name string) bool {
			return slices.ContainsFunc(keys, func(k plan.Item) bool { return k.Col.Name == name })
		}
		// With a star every column is there once: at the place where it is named, if that is before the star.
		star := slices.ContainsFunc(args, isStar)
		for _, a := range args {
			if isStar(a) {
				for _, col := range e.row.cols {
					if !seen[col.c] && !keyName(col.name) {
						seen[col.c] = true
						put(a, &plan.Ref{Col: col.c}, col.name)
					}
				}
				continue
			}
			v := b.scalar(plain(a), inner)
			if ref, ok := v.(*plan.Ref); ok && star {
				if seen[ref.Col] {
					continue
				}
				seen[ref.Col] = true
			}
			put(a, v, b.exprName(plain(a), inner))
		}
		aggs.picks = append(aggs.picks, p)
		return true
	case f.Naming == builtin.NamePercentiles && f.Name != "percentile":
		first := 1
		if f.Name == "percentilesw" || f.Name == "percentilew" {
			first = 2
		}
		if len(c.Args) <= first {
			b.fail(c, "SEM0218", "%s(): function expects at least %d argument(s)", f.Name, first+1)
		}
		single, ok := map[string]string{"percentiles": "percentile", "percentilesw": "percentilew", "percentilew": "percentilew"}[f.Name]
		if !ok {
			return false
		}
		for i, p := range c.Args[first:] {
			one := &syntax.Call{Loc: c.Loc, Name: &syntax.Ident{Loc: c.Name.Loc, Name: single}, Args: append(slices.Clone(c.Args[:first]), p)}
			v := b.scalar(one, &env{scope: e.scope, row: e.row, op: e.op, aggs: aggs})
			name, explicit := nameOf(i, p, b.percentileName(c, p, inner))
			add(c, name, explicit, v.(*plan.Ref).Col)
		}
		return true
	}
	return false
}

func isStar(x syntax.Expr) bool {
	_, ok := x.(*syntax.Star)
	return ok
}

func (b *binder) distinct(op *syntax.Distinct, e *env) *rel {
	b.params(op.Params, e)
	return b.distinctOf(op.Exprs, e)
}

func (b *binder) distinctOf(exprs []syntax.Expr, e *env) *rel {
	r := e.row.clone()
	e.row = r
	out := &rel{per: r.per}
	var keys []plan.Item
	if len(exprs) == 1 && isStar(exprs[0]) {
		for _, c := range r.cols {
			if c.c.Type == types.Dynamic {
				b.failHint(exprs[0], "project the columns that matter, with tostring() of the dynamic ones", "SEM0020", "%sthe column '%s' is a dynamic, of which there are no distinct values", b.operator(e), c.name)
			}
			keys = append(keys, plan.Item{Col: c.c, X: &plan.Ref{Col: c.c}})
			out.cols = append(out.cols, c)
		}
	} else {
		keys = b.groupKeys(exprs, e, out)
	}
	b.group(r, out, keys, aggregates{})
	return out
}

func (b *binder) topHitters(op *syntax.TopHitters, e *env) *rel {
	n := b.constantLong(op.N, e, "the number of rows")
	r := e.row.clone()
	e.row = r
	out := &rel{per: r.per}
	keys := b.groupKeys([]syntax.Expr{op.Of}, e, out)
	var agg plan.Expr
	name := "approximate_count_" + out.cols[0].name
	if op.By != nil {
		v := b.scalar(op.By, e)
		if v.Type() == types.Int {
			b.failHint(op.By, "use tolong()", "SEM0005", "top-hitters: the sum of ints has no room in an int")
		}
		name = "approximate_sum_" + b.exprName(op.By, e)
		agg = b.aggregate("sum", op.By, v)
	} else {
		agg = b.aggregate("count", op)
	}
	c := b.col(name, agg.Type())
	b.group(r, out, keys, aggregates{items: []plan.Item{{Col: c, X: agg}}})
	out.cols = append(out.cols, named{name, c})
	ks := []plan.SortKey{{X: &plan.Ref{Col: c}, Desc: true}}
	out = b.limit(out, n, ks)
	out.order, out.serialized = ks, true
	return out
}
