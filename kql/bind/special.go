package bind

import (
	"lazuli.dev/lazuli/kql/builtin"
	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// special binds the functions whose meaning depends on more than the values of
// their arguments: on names, on the row, on the catalog.
func (b *binder) special(x *syntax.Call, e *env) (plan.Expr, bool) {
	switch x.Name.Name {
	case "iff", "iif":
		return b.iff(x, e), true
	case "case":
		return b.caseOf(x, e), true
	case "not":
		return b.not(x, e), true
	case "column_ifexists", "columnifexists":
		return b.columnIfExists(x, e), true
	case "iscolumnexists":
		b.count(x, 1, 1)
		_, ok := e.row.find(b.literalString(x.Args[0], e, "the name of the column"))
		return &plan.Literal{T: types.Bool, Value: ok && !e.blind}, true
	case "series_stats", "series_fit_line":
		b.failHint(x, "give it a place of its own in extend, or use "+x.Name.Name+"_dynamic()", "SEM0005", "%s() has several results, one is expected", x.Name.Name)
	case "pack_all":
		return b.packAll(x, e), true
	case "ingestion_time":
		return b.ingestionTime(x, e), true
	case "column_names_of":
		return b.columnNamesOf(x, e), true
	case "current_database":
		b.count(x, 0, 0)
		return &plan.Literal{T: types.String, Value: b.Database}, true
	case "now", "ago":
		return b.now(x, e), true
	case "tostring":
		b.count(x, 1, 1)
		inner := *e
		return b.convert(b.scalar(unnamed(x.Args[0]), &inner), types.String, x), true
	case "prev", "next", "row_number", "row_cumsum", "row_rank_dense", "row_rank_min", "row_window_session":
		return b.window(x, e), true
	}
	return nil, false
}

// specialNames are the names that special knows, for suggestions.
var specialNames = []string{"iff", "iif", "case", "not", "column_ifexists", "iscolumnexists", "pack_all", "ingestion_time", "column_names_of",
	"current_database", "prev", "next", "row_number", "row_cumsum", "row_rank_dense", "row_rank_min", "row_window_session"}

func (b *binder) count(x *syntax.Call, least, most int) {
	if n := len(x.Args); n < least || n > most {
		if least == most {
			b.fail(x, "SEM0218", "%s(): function expects %d argument(s)", x.Name.Name, least)
		}
		b.fail(x, "SEM0218", "%s(): function expects [%d..%d] argument(s)", x.Name.Name, least, most)
	}
}

// meet brings expressions to the one type in which all of them fit.
func (b *binder) meet(vs []plan.Expr, at syntax.Node) types.Type {
	t := types.None
	for _, v := range vs {
		vt := v.Type()
		switch {
		case t == types.None || vt == t:
			t = vt
		default:
			u := builtin.Common(t, vt)
			if t == types.Dynamic {
				u = vt // beside a dynamic the other type counts
			} else if vt == types.Dynamic {
				u = t
			}
			if u == types.None {
				b.failHint(at, "cast them to one type", "SEM0053", "the values must have one type, these are %s and %s", t, vt)
			}
			t = u
		}
	}
	for i := range vs {
		vs[i] = b.convert(vs[i], t, at)
	}
	return t
}

func (b *binder) iff(x *syntax.Call, e *env) plan.Expr {
	b.count(x, 3, 3)
	inner := *e
	cond := b.condition(unnamed(x.Args[0]), &inner)
	vs := []plan.Expr{b.scalar(unnamed(x.Args[1]), &inner), b.scalar(unnamed(x.Args[2]), &inner)}
	t := b.meet(vs, x)
	return &plan.Case{Arms: []plan.Arm{{When: cond, Then: vs[0]}}, Else: vs[1], T: t}
}

func (b *binder) condition(x syntax.Expr, e *env) plan.Expr {
	v := b.scalar(x, e)
	if v.Type() == types.Bool {
		return v
	}
	b.failHint(x, boolHint(v.Type()), "SEM0053", "the condition must be of type bool, this is a %s", v.Type())
	return nil
}

func (b *binder) caseOf(x *syntax.Call, e *env) plan.Expr {
	if len(x.Args) < 3 || len(x.Args)%2 == 0 {
		b.fail(x, "SEM0218", "case(): function expects pairs of predicate and value, and a value for else")
	}
	inner := *e
	var conds, vs []plan.Expr
	for i := 0; i+1 < len(x.Args); i += 2 {
		conds = append(conds, b.condition(unnamed(x.Args[i]), &inner))
		vs = append(vs, b.scalar(unnamed(x.Args[i+1]), &inner))
	}
	vs = append(vs, b.scalar(unnamed(x.Args[len(x.Args)-1]), &inner))
	t := b.meet(vs, x)
	out := &plan.Case{Else: vs[len(vs)-1], T: t}
	for i, c := range conds {
		out.Arms = append(out.Arms, plan.Arm{When: c, Then: vs[i]})
	}
	return out
}

func (b *binder) not(x *syntax.Call, e *env) plan.Expr {
	b.count(x, 1, 1)
	inner := *e
	return &plan.Not{X: b.condition(x.Args[0], &inner)}
}

func (b *binder) columnIfExists(x *syntax.Call, e *env) plan.Expr {
	b.count(x, 2, 2)
	name := b.literalString(x.Args[0], e, "the name of the column")
	if c, ok := e.row.find(name); ok && !e.blind {
		return &plan.Ref{Col: c}
	}
	inner := *e
	return b.scalar(x.Args[1], &inner)
}

// packAll is a bag of all columns; pack_all(true) leaves out nulls.
func (b *binder) packAll(x *syntax.Call, e *env) plan.Expr {
	b.count(x, 0, 1)
	if e.row == nil {
		b.fail(x, "SEM0005", "pack_all() needs a row")
	}
	var args []plan.Expr
	for _, c := range e.row.cols {
		args = append(args, &plan.Literal{T: types.String, Value: c.name}, &plan.Ref{Col: c.c})
	}
	if len(x.Args) == 1 {
		lit, ok := b.scalar(x.Args[0], &env{scope: e.scope}).(*plan.Literal)
		if !ok || lit.T != types.Bool {
			b.fail(x.Args[0], "SEM0005", "the argument of pack_all() must be true or false")
		}
		if lit.Value == true {
			b.refuse(x, "pack_all(true)", "use pack_all() and bag_remove_keys()")
		}
	}
	return b.pack(args, x)
}

// pack is bag_pack of any number of names and values.
func (b *binder) pack(args []plan.Expr, at syntax.Node) plan.Expr {
	const most = 2 * builtin.MaxRepeat
	if len(args) <= most {
		return b.callNamed("bag_pack", at, args...)
	}
	parts := []plan.Expr{}
	for len(args) > 0 {
		n := min(most, len(args))
		parts = append(parts, b.callNamed("bag_pack", at, args[:n]...))
		args = args[n:]
	}
	return b.callNamed("bag_merge", at, parts...)
}

func (b *binder) ingestionTime(x *syntax.Call, e *env) plan.Expr {
	b.count(x, 0, 0)
	if c, ok := e.row.find("_TimeReceived"); ok {
		return &plan.Ref{Col: c}
	}
	return &plan.Literal{T: types.DateTime}
}

// now binds now() and ago(): the query's one instant, as a constant wherever that
// is possible.
func (b *binder) now(x *syntax.Call, e *env) plan.Expr {
	least, op := 0, syntax.OpAdd
	if x.Name.Name == "ago" {
		least, op = 1, syntax.OpSub
	}
	b.count(x, least, 1)
	now := &plan.Literal{T: types.DateTime, Value: b.Now}
	if len(x.Args) == 0 {
		return now
	}
	inner := *e
	v := b.scalar(unnamed(x.Args[0]), &inner)
	if v.Type() == types.Dynamic {
		v = b.convert(v, types.Timespan, x.Args[0])
	}
	if v.Type() != types.Timespan {
		b.fail(x.Args[0], "SEM0219", "%s(): argument #1 expected to be timespan", x.Name.Name)
	}
	return b.arith(op, now, v, x)
}

func (b *binder) columnNamesOf(x *syntax.Call, e *env) plan.Expr {
	b.count(x, 1, 1)
	if !b.isTabular(x.Args[0], &env{scope: e.scope}) {
		b.fail(x.Args[0], "SEM0005", "column_names_of() takes a table")
	}
	r := b.subquery(x.Args[0], e)
	text := []byte{'['}
	for i, c := range r.cols {
		if i > 0 {
			text = append(text, ',')
		}
		text = native.Quote(text, []byte(c.name))
	}
	return &plan.Literal{T: types.Dynamic, Value: string(append(text, ']'))}
}
