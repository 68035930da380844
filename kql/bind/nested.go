package bind

import (
	"slices"

	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// topNested binds top-nested: the groups of each level are counted within those
// that the level above kept. Between two levels the rows go on that are in kept
// groups, with the groups' values beside them in outer: a key and an aggregate for
// each level.
func (b *binder) topNested(op *syntax.TopNested, e *env) *rel {
	if len(e.row.per) > 0 {
		b.refuse(op, "top-nested inside of mv-apply or partition", "")
	}
	rows := e.row.clone()
	rows.order, rows.outer = nil, nil
	var names []string
	taken := func(name string) bool { return slices.Contains(names, name) }
	for i, level := range op.Levels {
		if level.Others != nil {
			b.refuse(level.Others, "'with others' in top-nested", "leave it out")
		}
		shared := b.share(rows)
		in := b.use(shared)
		key, keyName := b.nestedKey(level.Of, in, e)
		if keyName == "" {
			keyName = b.columnN(taken)
		}
		keyName = uniqueName(keyName, taken)
		names = append(names, keyName)

		var aggs aggregates
		ordered := level.By
		x, aggName := ordered.X, "aggregated_"+keyName
		if n, ok := x.(*syntax.Named); ok && len(n.Names) == 1 {
			x, aggName = n.X, n.Names[0].Name
		}
		value := b.scalar(x, &env{scope: e.scope, row: in, op: e.op, aggs: &aggs})
		aggName = uniqueName(aggName, taken)
		names = append(names, aggName)

		keys := make([]plan.Item, 0, len(in.outer)+1)
		var above, partition []*plan.Column
		for j, c := range in.outer {
			keys = append(keys, plan.Item{Col: c.c, X: &plan.Ref{Col: c.c}})
			above = append(above, c.c)
			if j%2 == 0 {
				partition = append(partition, c.c)
			}
		}
		k := b.col(keyName, key.Type())
		keys = append(keys, plan.Item{Col: k, X: key})
		var groups plan.Op = &plan.Aggregate{In: in.op, Keys: keys, Aggs: aggs.items, Picks: aggs.picks}
		plan.Refs(value, func(c *plan.Column) {
			if !slices.Contains(groups.Cols(), c) || slices.Contains(above, c) {
				b.fail(x, "SEM0062", "top-nested: the column '%s' is not aggregated", c.Name)
			}
		})
		v := b.col(aggName, value.Type())
		groups = &plan.Project{In: groups, Items: append(pass(append(above, k)), plan.Item{Col: v, X: value})}
		if level.N != nil {
			rank := b.col("rank", types.Long)
			sort := b.sortKey(&syntax.Ordered{Loc: ordered.Loc, X: x, Order: ordered.Order, Nulls: ordered.Nulls}, &env{scope: e.scope, row: in, op: e.op, aggs: &aggregates{}})
			sort.X = &plan.Ref{Col: v}
			groups = &plan.Filter{
				In:   &plan.Window{In: groups, Col: rank, Kind: plan.RowNumber, Partition: partition, Keys: []plan.SortKey{sort}},
				Pred: &plan.Binary{Op: syntax.OpLe, T: types.Bool, X: &plan.Ref{Col: rank}, Y: b.constantLong(level.N, e, "the number of groups")},
			}
		}
		found := append(above, k, v)
		if i == len(op.Levels)-1 {
			out := &rel{op: groups}
			for j, c := range found {
				out.cols = append(out.cols, named{names[j], c})
			}
			return out
		}
		// The rows of the kept groups go on.
		left := b.use(shared)
		again, _ := b.nestedKey(level.Of, left, e)
		join := &plan.Join{Kind: plan.Inner, Left: left.op, Right: groups, NullsMeet: true, On: []plan.Pair{{L: again, R: &plan.Ref{Col: k}}}}
		for j := range partition {
			join.On = append(join.On, plan.Pair{L: &plan.Ref{Col: left.outer[2*j].c}, R: &plan.Ref{Col: partition[j]}})
		}
		next := &rel{op: join, cols: left.cols, hidden: left.hidden}
		for j, c := range found {
			next.outer = append(next.outer, named{names[j], c})
		}
		rows = next
	}
	b.fail(op, "SYN0002", "top-nested needs a level")
	return nil
}

// nestedKey binds the key of a level over in.
func (b *binder) nestedKey(x syntax.Expr, in *rel, e *env) (plan.Expr, string) {
	inner := &env{scope: e.scope, row: in, op: e.op}
	name := ""
	if n, ok := x.(*syntax.Named); ok && len(n.Names) == 1 {
		name, x = n.Names[0].Name, n.X
	}
	v := b.scalar(x, inner)
	if v.Type() == types.Dynamic {
		b.failHint(x, "group by tostring() of it", "SEM0020", "%srows cannot be grouped by a dynamic", b.operator(e))
	}
	if name == "" {
		name = b.exprName(x, inner)
	}
	return v, name
}
