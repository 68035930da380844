package bind

import (
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// window binds a function over the rows around a row. The operator that computes
// it goes below the one that is being bound.
func (b *binder) window(x *syntax.Call, e *env) plan.Expr {
	name := x.Name.Name
	r := e.row
	if r == nil {
		b.fail(x, "SEM0005", "%s() needs rows", name)
	}
	if b.RowWise {
		b.fail(x, "LAZ0003", "%s() cannot be used here: the query must make each of its rows of one row of a table", name)
	}
	if !r.serialized {
		b.failHint(x, "sort the rows, or use serialize, in front of it", "SEM0115", "%sthe function '%s' can only be used on a serialized row set", b.operator(e), name)
	}
	inner := *e
	inner.aggs = nil
	w := &plan.Window{Partition: r.per}
	t := types.Long
	arg := func(i int) plan.Expr { return b.scalar(x.Args[i], &inner) }
	restart := func(i int) {
		if i < len(x.Args) {
			w.Restart = b.predicate(x.Args[i], &inner)
		}
	}
	switch name {
	case "row_number":
		b.count(x, 0, 2)
		w.Kind = plan.RowNumber
		restart(1)
		if len(x.Args) > 0 {
			start := b.constantLong(x.Args[0], &inner, "the start of row_number()")
			w.Kind, w.Args = plan.RestartNumber, []plan.Expr{start}
		}
	case "row_cumsum":
		b.count(x, 1, 2)
		w.Kind, w.Args = plan.RunningSum, []plan.Expr{arg(0)}
		restart(1)
		if t = w.Args[0].Type(); !t.Numeric() && t != types.Timespan {
			b.fail(x.Args[0], "SEM0005", "row_cumsum(): a number or a timespan is expected, this is a %s", t)
		}
		if t == types.Int {
			t, w.Args[0] = types.Long, b.convert(w.Args[0], types.Long, x)
		}
	case "row_window_session":
		b.count(x, 3, 4)
		w.Kind, t = plan.Session, types.DateTime
		for i, want := range []types.Type{types.DateTime, types.Timespan, types.Timespan} {
			v := arg(i)
			if got := v.Type(); got != want {
				b.fail(x.Args[i], "SEM0219", "row_window_session(): argument #%d expected to be %s, this is a %s", i+1, want, got)
			}
			w.Args = append(w.Args, v)
		}
		restart(3)
	case "row_rank_dense", "row_rank_min":
		b.count(x, 1, 2)
		w.Kind, w.Args = plan.DenseRank, []plan.Expr{arg(0)}
		if name == "row_rank_min" {
			w.Kind = plan.MinRank
		}
		restart(1)
	default:
		b.count(x, 1, 3)
		w.Kind, w.Offset = plan.Shift, 1
		if len(x.Args) > 1 {
			lit, ok := b.constantLong(x.Args[1], &inner, "the offset").(*plan.Literal)
			if !ok {
				b.fail(x.Args[1], "SEM0005", "the offset must be a number")
			}
			w.Offset = lit.Value.(int64)
		}
		if name == "next" {
			w.Offset = -w.Offset
		}
		v := arg(0)
		t = v.Type()
		other := plan.Null(t)
		if len(x.Args) > 2 {
			other = b.convert(arg(2), t, x.Args[2])
		}
		w.Args = []plan.Expr{v, other}
	}
	// Binding the arguments may have put windows of their own below.
	b.number(r)
	w.In, w.Keys, w.Col = r.op, r.order, b.col(name, t)
	r.op = w
	return &plan.Ref{Col: w.Col}
}

// number fixes the order of r as the numbers of its rows, so that all windows,
// and the result, agree on the order of rows with equal keys.
func (b *binder) number(r *rel) {
	if len(r.order) == 1 {
		if ref, ok := r.order[0].X.(*plan.Ref); ok && ref.Col.Name == rowID {
			return
		}
	}
	rn := b.col(rowID, types.Long)
	r.op = &plan.Window{In: r.op, Col: rn, Kind: plan.RowNumber, Keys: r.order}
	r.order = []plan.SortKey{{X: &plan.Ref{Col: rn}, NullsFirst: true}}
}

// rowID is the name in the plan of a column with the numbers of rows.
const rowID = "row id"
