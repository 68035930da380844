package bind

import (
	"slices"

	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

func (b *binder) mvExpand(op *syntax.MvExpand, e *env) *rel {
	r := e.row.clone()
	e.row = r
	x, fields := b.expansion(op.Items, op.Params, op.Limit, e)
	for _, f := range fields {
		r.set(f.name, f.c)
	}
	r.op = x
	return r
}

// expansion binds what mv-expand and mv-apply have in common.
func (b *binder) expansion(items []*syntax.MvItem, params []*syntax.Param, limit syntax.Expr, e *env) (*plan.Expand, []named) {
	b.params(params, e, "kind", "bagexpansion", "with_itemindex")
	x := &plan.Expand{}
	for _, name := range []string{"kind", "bagexpansion"} {
		if p := param(params, name); p != nil {
			switch b.word(p) {
			case "array":
				x.Pairs = true
			case "bag":
			default:
				b.fail(p, "SEM0005", "%sthe kind must be bag or array", b.operator(e))
			}
		}
	}
	var fields []named
	for _, it := range items {
		if it.X == nil {
			b.refuse(it, "'to typeof()' without an expression", "name the array in front of it")
		}
		src, name := it.X, ""
		if n, ok := src.(*syntax.Named); ok {
			if len(n.Names) != 1 {
				b.fail(n, "SEM0005", "%sone name is expected", b.operator(e))
			}
			name, src = n.Names[0].Name, n.X
		}
		v := b.scalar(src, e)
		if v.Type() != types.Dynamic {
			b.failHint(src, "parse it with parse_json(), or split it with split()", "SEM0005", "%sa dynamic is expected, this is a %s", b.operator(e), v.Type())
		}
		if name == "" {
			if name = b.exprName(src, e); name == "" {
				name = b.columnN(e.row.has)
			}
		}
		t := types.Dynamic
		if it.To != nil {
			if it.To.Type == nil {
				b.fail(it.To, "SEM0005", "typeof() must name one scalar type")
			}
			t = b.typeOf(it.To.Type)
		}
		c := b.col(name, t)
		x.Items = append(x.Items, plan.ExpandItem{X: v, Col: c})
		fields = append(fields, named{name, c})
	}
	if p := param(params, "with_itemindex"); p != nil {
		name := b.word(p)
		x.Index = b.col(name, types.Long)
		fields = append(fields, named{name, x.Index})
	}
	if limit != nil {
		x.Limit = b.constantLong(limit, e, "the limit")
	}
	// Windows that the arguments needed are below by now.
	x.In = e.row.op
	return x, fields
}

// mvApply runs a subquery over the elements of each row's arrays.
func (b *binder) mvApply(op *syntax.MvApply, e *env) *rel {
	if op.ID != nil {
		b.refuse(op.ID, "id in mv-apply", "leave it out")
	}
	body, ok := op.On.(*syntax.Pipe)
	if !ok || body.Source != nil {
		b.refuse(op.On, "a subquery of mv-apply that does not begin with an operator", "")
	}
	// The rows get numbers, by which the subquery's rows find back to them. What
	// surrounds this subquery in turn goes along behind the columns of the row.
	around := e.row
	src := around.clone()
	id := b.col(rowID, types.Long)
	src.op = &plan.Window{In: src.op, Col: id, Kind: plan.RowNumber, Keys: src.order}
	src.order, src.per = nil, []*plan.Column{id}
	src.outer = append(slices.Clone(src.cols), around.outer...)
	for _, p := range around.per {
		src.outer = append(src.outer, named{"", p})
	}
	base := b.share(src)
	in := b.use(base)
	in.base = base
	e.row = in
	x, fields := b.expansion(op.Items, op.Params, op.Limit, e)
	in.op = x
	in.hidden = in.outer
	in.cols = nil
	for _, f := range fields {
		in.hidden = slices.DeleteFunc(slices.Clone(in.hidden), func(h named) bool { return h.name == f.name })
		in.cols = append(in.cols, f)
	}
	in.serialized = true
	out := b.pipe(body, &env{scope: e.scope, op: e.op}, in)
	own, rest := out.outer[:len(around.cols)], out.outer[len(around.cols):]
	result := &rel{op: out.op, serialized: around.serialized, base: around.base, outer: rest[:len(around.outer)], hidden: rest[:len(around.outer)]}
	for _, c := range rest[len(around.outer):] {
		result.per = append(result.per, c.c)
	}
	for _, c := range own {
		if !slices.ContainsFunc(fields, func(f named) bool { return f.name == c.name }) {
			result.cols = append(result.cols, c)
		}
	}
	for _, c := range out.cols {
		result.set(c.name, c.c)
	}
	result.id = out.id
	if len(out.per) > 0 {
		result.order = append([]plan.SortKey{{X: &plan.Ref{Col: out.per[0]}, NullsFirst: true}}, out.order...)
	}
	return result
}

// partition runs a subquery over the rows of each value of a key.
func (b *binder) partition(op *syntax.Partition, e *env) *rel {
	b.params(op.Params, e)
	if op.Scope != nil || op.Braces {
		b.refuse(op, "partition with braces", "write partition by key (subquery)")
	}
	body, ok := op.X.(*syntax.Pipe)
	if !ok || body.Source != nil {
		b.refuse(op.X, "a subquery of partition that does not begin with an operator", "")
	}
	if len(e.row.per) > 0 {
		b.refuse(op, "partition inside of mv-apply or partition", "")
	}
	id, ok := op.By.(*syntax.Ident)
	if !ok {
		b.fail(op.By, "SEM0005", "partition: the name of a column is expected")
	}
	if c, ok := e.row.find(id.Name); !ok {
		b.noColumn(id, e.row, e)
	} else if c.Type == types.Dynamic {
		b.fail(id, "SEM0020", "partition: rows cannot be grouped by a dynamic")
	}
	src := e.row.clone()
	src.hidden = nil
	in := b.use(b.share(src))
	key, _ := in.find(id.Name)
	in.per = []*plan.Column{key}
	out := b.pipe(body, &env{scope: e.scope, op: e.op}, in)
	return &rel{op: out.op, cols: out.cols, id: out.id}
}
