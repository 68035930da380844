package bind

import (
	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// makeSeries binds make-series.
func (b *binder) makeSeries(op *syntax.MakeSeries, e *env) *rel {
	b.params(op.Params, e, "kind")
	if p := param(op.Params, "kind"); p != nil && b.word(p) != "nonempty" {
		b.fail(p, "SEM0005", "make-series: the kind must be nonempty")
	}
	r := e.row.clone()
	e.row = r
	if len(r.per) > 0 {
		b.refuse(op, "make-series inside of mv-apply or partition", "")
	}
	out := &rel{}
	s := &plan.Series{}
	s.Keys = b.groupKeys(op.By, e, out)
	axisName, axisX := "", op.On
	if n, ok := axisX.(*syntax.Named); ok {
		axisName, axisX = n.Names[0].Name, n.X
	}
	axis := b.scalar(axisX, e)
	if axisName == "" {
		axisName = b.exprName(axisX, e)
	}
	t := axis.Type()
	stepType := t
	switch t {
	case types.DateTime:
		stepType = types.Timespan
	case types.Timespan, types.Real, types.Long:
	case types.Int:
		t, stepType = types.Long, types.Long
		axis = b.convert(axis, t, axisX)
	default:
		b.fail(axisX, "SEM0005", "make-series: the axis must be a datetime, a timespan or a number, not a %s", t)
	}
	bound := func(x syntax.Expr, want types.Type) plan.Expr {
		if x == nil {
			return nil
		}
		v := b.scalar(x, &env{scope: e.scope, op: e.op})
		if v.Type() != want && v.Type() != types.Dynamic && (!v.Type().Numeric() || !want.Numeric()) {
			b.fail(x, "SEM0005", "make-series: a %s is expected, this is a %s", want, v.Type())
		}
		return b.convert(v, want, x)
	}
	s.From, s.To, s.Step = bound(op.From, t), bound(op.To, t), bound(op.Step, stepType)
	if from, to, step, ok := constants(s); ok && step > 0 {
		if to > from && uint64(to-from-1)/uint64(step) >= native.MaxSeries {
			b.failHint(op.Step, "take a longer step, or a shorter range", "SEM0005", "make-series: more than %d points", native.MaxSeries)
		}
		s.Bounded = true
	}
	s.Inclusive = op.InRange // the older form's end is part of the series
	for _, a := range op.Aggregates {
		name, x := "", a.X
		if n, ok := x.(*syntax.Named); ok {
			name, x = n.Names[0].Name, n.X
		}
		var aggs aggregates
		inner := &env{scope: e.scope, row: r, op: e.op, aggs: &aggs}
		v := b.scalar(x, inner)
		if len(aggs.picks) > 0 {
			b.refuse(x, "take_any() in make-series", "use min() or max()")
		}
		// Each series stands for itself, so the columns become the aggregates again.
		v = plan.Replace(v, func(y plan.Expr) (plan.Expr, bool) {
			ref, ok := y.(*plan.Ref)
			if !ok {
				return nil, false
			}
			for _, it := range aggs.items {
				if it.Col == ref.Col {
					return it.X, true
				}
			}
			b.failHint(x, "aggregate it", "SEM0062", "make-series: the column '%s' is not aggregated", ref.Col.Name)
			return nil, false
		})
		if name == "" {
			if name = b.aggregateName(x, inner); name == "" {
				name = b.columnN(out.has)
			}
		}
		elem := v.Type()
		var def plan.Expr
		switch {
		case a.Default != nil:
			def = b.scalar(a.Default, &env{scope: e.scope, op: e.op})
			if def.Type() != elem {
				if !def.Type().Numeric() || !elem.Numeric() {
					if lit, ok := def.(*plan.Literal); !ok || lit.Value != nil {
						b.fail(a.Default, "SEM0005", "make-series: the default is a %s, the values are %s", def.Type(), elem)
					}
					def = plan.Null(elem)
				} else {
					// Whichever is wider: integers may be filled up with 0.5.
					if elem != types.Real && def.Type() == types.Real {
						v, elem = b.convert(v, types.Real, x), types.Real
					}
					def = b.convert(def, elem, a.Default)
				}
			}
		case elem.Numeric():
			def = b.convert(&plan.Literal{T: types.Long, Value: int64(0)}, elem, x)
		default:
			def = plan.Null(elem)
		}
		c := b.col(name, types.Dynamic)
		s.Aggs = append(s.Aggs, plan.SeriesAgg{Col: c, X: v, Elem: b.col(name, elem), Default: def})
		out.cols = append(out.cols, named{uniqueName(name, out.has), c})
	}
	s.Axis = plan.Item{Col: b.col(axisName, types.Dynamic), X: axis}
	out.cols = append(out.cols, named{uniqueName(axisName, out.has), s.Axis.Col})
	s.In = r.op
	out.op = s
	return out
}

// constants are the bounds of a series and its step, if they are known.
func constants(s *plan.Series) (from, to, step int64, ok bool) {
	var v [3]int64
	for i, x := range []plan.Expr{s.From, s.To, s.Step} {
		lit, constant := x.(*plan.Literal)
		if !constant {
			return 0, 0, 0, false
		}
		if v[i], ok = lit.Value.(int64); !ok {
			return 0, 0, 0, false
		}
	}
	return v[0], v[1], v[2], true
}

// declareParams binds declare query_parameters(...).
func (b *binder) declareParams(st *syntax.DeclareParams, sc *scope) {
	for _, p := range st.Params {
		if p.Schema != nil {
			b.refuse(p, "a tabular query parameter", "")
		}
		t := b.typeOf(p.Type)
		var v plan.Expr
		if text, ok := b.Parameters[p.Name.Name]; ok {
			v = b.parameter(text, t, p)
		} else if p.Default != nil {
			v = b.convertParam(b.scalar(p.Default, &env{scope: sc}), p, p.Default)
		} else {
			b.fail(p, "SEM0221", "the query parameter '%s' has no value", p.Name.Name)
		}
		sc.names[p.Name.Name] = &entity{value: v, level: b.level}
	}
}

// parameter reads the value of a query parameter, which is a KQL literal or,
// for strings, any text.
func (b *binder) parameter(text string, t types.Type, p *syntax.FuncParam) plan.Expr {
	if x, errs := syntax.ParseExpr(text); len(errs) == 0 && isLiteral(x) {
		if v := b.scalar(x, &env{}); v.Type() == t || v.Type().Numeric() && t.Numeric() {
			return b.convert(v, t, p)
		}
	}
	if t == types.String {
		return &plan.Literal{T: t, Value: text}
	}
	return b.datatableValue(&plan.Literal{T: types.String, Value: text}, t, p)
}

func isLiteral(x syntax.Expr) bool {
	switch x := x.(type) {
	case *syntax.Literal, *syntax.Dynamic:
		return true
	case *syntax.Unary:
		return isLiteral(x.X)
	}
	return false
}
