package bind

import (
	"slices"

	"lazuli.dev/lazuli/kql/builtin"
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

var joinKinds = map[string]plan.JoinKind{
	"innerunique": plan.InnerUnique, "inner": plan.Inner, "leftouter": plan.LeftOuter, "rightouter": plan.RightOuter, "fullouter": plan.FullOuter,
	"leftsemi": plan.LeftSemi, "rightsemi": plan.RightSemi, "leftanti": plan.LeftAnti, "anti": plan.LeftAnti, "leftantisemi": plan.LeftAnti,
	"rightanti": plan.RightAnti, "rightantisemi": plan.RightAnti,
}

func (b *binder) join(op *syntax.Join, e *env) *rel {
	b.params(op.Params, e, "kind")
	kind := plan.InnerUnique
	if p := param(op.Params, "kind"); p != nil {
		k, ok := joinKinds[b.word(p)]
		if !ok {
			var names []string
			for n := range joinKinds {
				names = append(names, n)
			}
			b.failHint(p, hint(nearest(b.word(p), names)), "SEM0005", "join: '%s' is not a kind of join", b.word(p))
		}
		kind = k
	}
	if op.Where != nil {
		b.refuse(op.Where, "join ... where", "use on")
	}
	if len(op.On) == 0 {
		b.failHint(op, "add on and the columns that must be equal", "SEM0005", "join needs a condition")
	}
	left, right := e.row, b.tabular(op.Right, &env{scope: e.scope})
	if len(left.per) > 0 {
		b.refuse(op, "join inside of mv-apply or partition", "")
	}
	j := &plan.Join{Kind: kind}
	left, right = left.clone(), right.clone()
	j.On, _ = b.conditions(op.On, left, right, e)
	j.Left, j.Right = left.op, right.op
	out := &rel{op: j}
	if kind.Left() {
		out.cols = slices.Clone(left.cols)
	}
	if kind.Right() {
		for _, c := range right.cols {
			out.cols = append(out.cols, named{uniqueName(c.name, out.has), c.c})
		}
	}
	return out
}

// conditions binds what stands after on. shared are the right side's key columns.
func (b *binder) conditions(on []syntax.Expr, left, right *rel, e *env) (pairs []plan.Pair, shared map[*plan.Column]bool) {
	shared = map[*plan.Column]bool{}
	add := func(l, r plan.Expr, at syntax.Node) {
		lt, rt := l.Type(), r.Type()
		if lt == types.Dynamic || rt == types.Dynamic {
			b.failHint(at, "extend a column with tostring() of it on both sides", "SEM0005", "%srows cannot be joined on a dynamic", b.operator(e))
		}
		if lt != rt {
			t := types.None
			if lt.Numeric() && rt.Numeric() {
				t = builtin.Common(lt, rt)
			}
			if t == types.None {
				b.failHint(at, "cast one of them", "SEM0064", "%scannot join a %s with a %s", b.operator(e), lt, rt)
			}
			l, r = b.convert(l, t, at), b.convert(r, t, at)
		}
		if ref, ok := r.(*plan.Ref); ok {
			shared[ref.Col] = true
		}
		pairs = append(pairs, plan.Pair{L: l, R: r})
	}
	var condition func(x syntax.Expr)
	condition = func(x syntax.Expr) {
		switch x := x.(type) {
		case *syntax.Ident:
			l, ok := left.find(x.Name)
			if !ok {
				b.noColumn(x, left, e)
			}
			r, ok := right.find(x.Name)
			if !ok {
				b.failHint(x, hint(nearest(x.Name, right.names())), "SEM0100", "%sthe right side has no column '%s'", b.operator(e), x.Name)
			}
			add(&plan.Ref{Col: l}, &plan.Ref{Col: r}, x)
			return
		case *syntax.Binary:
			switch x.Op {
			case syntax.OpAnd:
				condition(x.X)
				condition(x.Y)
				return
			case syntax.OpEq:
				in := &env{scope: e.scope, row: left, right: right, op: e.op}
				l, r := b.scalar(x.X, in), b.scalar(x.Y, in)
				ls, rs := sideOf(l, left, right), sideOf(r, left, right)
				if ls == 2 && rs == 1 {
					l, r, ls, rs = r, l, 1, 2
				}
				if ls != 1 || rs != 2 {
					b.failHint(x, "write $left.column == $right.column", "SEM0005", "%sthe condition must compare a column of the left side with one of the right", b.operator(e))
				}
				add(l, r, x)
				return
			}
		}
		b.failHint(x, "write $left.a == $right.b, and filter with where after the join", "SEM0005", "%sonly equality can be a condition", b.operator(e))
	}
	for _, x := range on {
		condition(x)
	}
	return pairs, shared
}

// sideOf says whether x reads the left side only (1), the right only (2), or
// neither or both (0).
func sideOf(x plan.Expr, left, right *rel) int {
	side := 0
	plan.Refs(x, func(c *plan.Column) {
		in := func(r *rel) bool { return slices.Contains(r.op.Cols(), c) }
		switch {
		case in(left) && side != 2:
			side = 1
		case in(right) && side != 1:
			side = 2
		default:
			side = 3
		}
	})
	if side == 3 {
		return 0
	}
	return side
}

func (b *binder) lookup(op *syntax.Lookup, e *env) *rel {
	b.params(op.Params, e, "kind")
	kind := plan.LeftOuter
	if p := param(op.Params, "kind"); p != nil {
		switch b.word(p) {
		case "leftouter":
		case "inner":
			kind = plan.Inner
		default:
			b.fail(p, "SEM0005", "lookup: the kind must be leftouter or inner")
		}
	}
	left, right := e.row.clone(), b.tabular(op.Right, &env{scope: e.scope}).clone()
	if len(left.per) > 0 {
		b.refuse(op, "lookup inside of mv-apply or partition", "")
	}
	on, shared := b.conditions(op.On, left, right, e)
	out := &rel{op: &plan.Join{Kind: kind, Left: left.op, Right: right.op, On: on}, cols: slices.Clone(left.cols)}
	for _, c := range right.cols {
		if !shared[c.c] {
			out.cols = append(out.cols, named{uniqueName(c.name, out.has), c.c})
		}
	}
	return out
}
