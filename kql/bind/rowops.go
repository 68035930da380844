package bind

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode"

	"lazuli.dev/lazuli/kql/builtin"
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// clone returns a copy of r that can be changed.
func (r *rel) clone() *rel {
	c := *r
	c.cols = slices.Clone(r.cols)
	c.hidden = slices.Clone(r.hidden)
	return &c
}

// set gives r the column c under name: in the place of the column that had the
// name, or at the end.
func (r *rel) set(name string, c *plan.Column) {
	r.hidden = slices.DeleteFunc(r.hidden, func(h named) bool { return h.name == name })
	for i := range r.cols {
		if r.cols[i].name == name {
			r.cols[i].c = c
			return
		}
	}
	r.cols = append(r.cols, named{name, c})
}

// pass are the items that hand on all columns of op.
func pass(cs []*plan.Column) []plan.Item {
	its := make([]plan.Item, len(cs))
	for i, c := range cs {
		its[i] = plan.Item{Col: c, X: &plan.Ref{Col: c}}
	}
	return its
}

// kept are the columns of r that an operator has to hand on though the text
// does not see them: those of its order and of its groups.
func (r *rel) kept() []*plan.Column {
	kept := slices.Clone(r.per)
	for _, c := range r.outer {
		kept = append(kept, c.c)
	}
	if r.id != nil {
		kept = append(kept, r.id)
	}
	for _, k := range r.order {
		plan.Refs(k.X, func(c *plan.Column) { kept = append(kept, c) })
	}
	return kept
}

func (b *binder) where(op *syntax.Where, e *env) *rel {
	b.params(op.Params, e)
	r := e.row.clone()
	e.row = r
	x := op.X
	if n, ok := x.(*syntax.Named); ok && b.scalar(unnamed(n), e).Type() == types.Bool {
		x = n.X // Kusto takes the name for that of an expression, and forgets it
	}
	p := b.predicate(x, e)
	r.op = &plan.Filter{In: r.op, Pred: p}
	return r
}

// params refuses parameters of an operator that would change what it means;
// hints do not.
func (b *binder) params(ps []*syntax.Param, e *env, known ...string) {
	for _, p := range ps {
		if strings.HasPrefix(p.Name.Name, "hint.") || slices.Contains(known, p.Name.Name) {
			continue
		}
		b.failHint(p.Name, hint(nearest(p.Name.Name, known)), "SEM0005", "%sunknown parameter '%s'", b.operator(e), p.Name.Name)
	}
}

func param(ps []*syntax.Param, name string) *syntax.Param {
	for _, p := range ps {
		if p.Name.Name == name && len(p.Values) > 0 {
			return p
		}
	}
	return nil
}

// word is the value of a parameter that is a bare word or a string.
func (b *binder) word(p *syntax.Param) string {
	switch v := p.Values[0].(type) {
	case *syntax.Ident:
		return v.Name
	case *syntax.Literal:
		switch v.Kind {
		case syntax.LitString:
			return v.Text
		case syntax.LitBool:
			return fmt.Sprint(v.Int != 0)
		case syntax.LitLong, syntax.LitInt:
			return fmt.Sprint(v.Int)
		}
	}
	b.fail(p, "SEM0005", "the value of '%s' must be a word or a string", p.Name.Name)
	return ""
}

// assignments binds `a = x, y, (b, c) = z`. auto gives a name to what has none.
func (b *binder) assignments(exprs []syntax.Expr, e *env, each func(at syntax.Node, name string, explicit bool, v plan.Expr), auto func() string) {
	results := map[string]bool{}
	for _, x := range exprs {
		n, isNamed := x.(*syntax.Named)
		body := x
		var given []*syntax.Ident
		if isNamed {
			body, given = n.X, n.Names
		}
		if vs, names := b.several(body, e, isNamed); vs != nil {
			if len(given) > len(vs) {
				b.fail(given[len(vs)], "SEM0005", "%sthe name '%s' has no result: the expression has %d", b.operator(e), given[len(vs)].Name, len(vs))
			}
			for i, v := range vs {
				switch {
				case i < len(given):
					each(given[i], given[i].Name, true, v)
					continue
				case isNamed && e.op == "print": // which leaves out what its names do not name
					continue
				}
				name := uniqueName(names[i], func(s string) bool {
					return results[s] || (e.op == "extend" || e.op == "serialize") && e.row.has(s)
				})
				results[name] = true
				each(x, name, false, v)
			}
			continue
		}
		if isNamed {
			v := b.scalar(n.X, e)
			if n.Tuple && len(n.Names) != 1 {
				b.fail(n, "SEM0005", "%sthe expression has only one result", b.operator(e))
			}
			each(n.Names[0], n.Names[0].Name, true, v)
			continue
		}
		v := b.scalar(x, e)
		name := ""
		if e.op != "print" {
			name = b.exprName(x, e)
			if id, ok := x.(*syntax.Ident); ok && name == "" {
				if ent, ok := e.scope.lookup(id.Name); ok && ent.fn == nil {
					name = id.Name
				}
			}
		}
		if name == "" {
			name = auto()
		}
		each(x, name, false, v)
	}
}

// A part is one of the results of a function that has several: a property of the bag
// that the function with dynamic in its name gives.
type part struct {
	name string
	t    types.Type
}

// bagParts are the results of the functions that have a dynamic form.
var bagParts = map[string][]part{
	"series_stats": {{"min", types.Real}, {"min_idx", types.Long}, {"max", types.Real}, {"max_idx", types.Long}, {"avg", types.Real},
		{"stdev", types.Real}, {"variance", types.Real}},
	"series_fit_line": {{"rsquare", types.Real}, {"slope", types.Real}, {"variance", types.Real}, {"rvariance", types.Real},
		{"interception", types.Real}, {"line_fit", types.Dynamic}},
}

// several are the results of the functions that have more than one, and the names that
// they have when the query gives none.
func (b *binder) several(x syntax.Expr, e *env, isNamed bool) (vs []plan.Expr, names []string) {
	c, ok := x.(*syntax.Call)
	if !ok {
		return nil, nil
	}
	parts := bagParts[c.Name.Name]
	if parts == nil && c.Name.Name != "array_sort_asc" && c.Name.Name != "array_sort_desc" {
		return nil, nil
	}
	if _, ok := e.scope.lookup(c.Name.Name); ok {
		return nil, nil
	}
	if parts != nil {
		bag := b.scalar(&syntax.Call{Loc: c.Loc, Name: &syntax.Ident{Loc: c.Name.Loc, Name: c.Name.Name + "_dynamic"}, Args: c.Args}, e)
		for _, p := range parts {
			vs = append(vs, b.convert(&plan.Path{X: bag, Steps: []any{p.name}}, p.t, c))
			names = append(names, c.Name.Name+"_"+b.exprName(unnamed(c.Args[0]), e)+"_"+p.name)
		}
		return vs, names
	}
	for _, a := range c.Args {
		v := b.scalar(a, e)
		if v.Type() != types.Dynamic {
			break
		}
		name := b.exprName(a, e)
		if id, ok := a.(*syntax.Ident); ok {
			name = id.Name
		}
		if name == "" {
			name = fmt.Sprintf("array%d", len(names))
		}
		names = append(names, name+"_sorted")
	}
	switch {
	case len(names) == 0, len(names) == 1 && (isNamed || e.op == "print"):
		return nil, nil
	case len(names) == 1:
		return []plan.Expr{b.scalar(c, e)}, names
	}
	all := b.scalar(c, e)
	for i := range names {
		vs = append(vs, &plan.Path{X: all, Steps: []any{int64(i)}})
	}
	return vs, names
}

// columnN returns the next of Column1, Column2, ... that is free. A pipeline does
// not give the same name twice.
func (b *binder) columnN(taken func(string) bool) string {
	for {
		b.unnamed++
		if name := fmt.Sprintf("Column%d", b.unnamed); !taken(name) {
			return name
		}
	}
}

func (b *binder) extend(exprs []syntax.Expr, e *env) *rel {
	r := e.row.clone()
	e.row = r
	type added struct {
		name string
		it   plan.Item
	}
	var news []added
	explicit := map[string]bool{}
	b.assignments(exprs, e, func(at syntax.Node, name string, isExplicit bool, v plan.Expr) {
		if isExplicit {
			if explicit[name] {
				b.fail(at, "SEM0024", "%sthe column '%s' is declared twice", b.operator(e), name)
			}
			explicit[name] = true
		}
		news = append(news, added{name, plan.Item{Col: b.col(name, v.Type()), X: v}})
	}, func() string {
		return b.columnN(r.has)
	})
	its := pass(r.op.Cols())
	for _, n := range news {
		its = append(its, n.it)
		r.set(n.name, n.it.Col)
	}
	r.op = &plan.Project{In: r.op, Items: its}
	return r
}

func (b *binder) project(op *syntax.Project, e *env) *rel {
	switch op.Kind {
	case syntax.ProjectSet:
		return b.projectSet(op, e)
	case syntax.ProjectRename:
		return b.projectRename(op, e)
	case syntax.ProjectReorder:
		return b.projectReorder(op, e)
	case syntax.ProjectByNames:
		return b.projectByNames(op, e)
	}
	r := e.row.clone()
	hit := map[string]bool{}
	for _, x := range op.Exprs {
		id, ok := x.(*syntax.Ident)
		if !ok {
			b.fail(x, "SEM0005", "%sthe name of a column is expected", b.operator(e))
		}
		found := false
		for _, c := range r.cols {
			if c.name == id.Name || id.Wildcard && matches(id.Name, c.name) {
				hit[c.name], found = true, true
			}
		}
		if !found && !id.Wildcard {
			if c, ok := r.find(id.Name); ok && op.Kind == syntax.ProjectKeep {
				r.cols = append(r.cols, named{id.Name, c})
				hit[id.Name] = true
				continue
			}
			b.noColumn(id, r, e)
		}
	}
	away := op.Kind == syntax.ProjectAway
	r.cols = slices.DeleteFunc(r.cols, func(c named) bool { return hit[c.name] == away })
	if !away {
		r.hidden = nil
	}
	return r
}

func (b *binder) noColumn(id *syntax.Ident, r *rel, e *env) {
	b.failHint(id, hint(nearest(id.Name, r.names())), "SEM0100", "%sFailed to resolve column or scalar expression named '%s'", b.operator(e), id.Name)
}

func (b *binder) projectSet(op *syntax.Project, e *env) *rel {
	r := e.row.clone()
	e.row = r
	out := &rel{serialized: r.serialized, per: r.per, outer: r.outer, base: r.base, hidden: r.outer, id: r.id}
	var its []plan.Item
	derived := map[string]bool{}
	b.assignments(op.Exprs, e, func(at syntax.Node, name string, explicit bool, v plan.Expr) {
		ref, isRef := v.(*plan.Ref)
		_, plain := at.(*syntax.Ident)
		if out.has(name) {
			if explicit || plain && !derived[name] {
				b.fail(at, "SEM0024", "%sthe column '%s' is declared twice", b.operator(e), name)
			}
			name = uniqueName(name, out.has)
		}
		derived[name] = !explicit && !plain
		c := b.col(name, v.Type())
		if isRef && !slices.ContainsFunc(its, func(it plan.Item) bool { return it.Col == ref.Col }) {
			c = ref.Col
		}
		its = append(its, plan.Item{Col: c, X: v})
		out.cols = append(out.cols, named{name, c})
	}, func() string {
		return b.columnN(out.has)
	})
	for _, c := range r.kept() {
		if !slices.ContainsFunc(its, func(it plan.Item) bool { return it.Col == c }) {
			its = append(its, plan.Item{Col: c, X: &plan.Ref{Col: c}})
		}
	}
	out.op, out.order = &plan.Project{In: r.op, Items: its}, r.order
	return out
}

func (b *binder) projectRename(op *syntax.Project, e *env) *rel {
	r := e.row.clone()
	from := e.row
	for _, x := range op.Exprs {
		n, ok := x.(*syntax.Named)
		if !ok || len(n.Names) != 1 {
			b.fail(x, "SEM0005", "%s'new = old' is expected", b.operator(e))
		}
		old, ok := n.X.(*syntax.Ident)
		if !ok {
			b.fail(n.X, "SEM0005", "%sthe name of a column is expected", b.operator(e))
		}
		i := slices.IndexFunc(from.cols, func(c named) bool { return c.name == old.Name })
		if i < 0 {
			b.noColumn(old, from, e)
		}
		r.cols[i].name = n.Names[0].Name
	}
	seen := map[string]bool{}
	for _, c := range r.cols {
		if seen[c.name] {
			b.fail(op, "SEM0024", "%sthe column '%s' exists already", b.operator(e), c.name)
		}
		seen[c.name] = true
	}
	return r
}

func (b *binder) projectReorder(op *syntax.Project, e *env) *rel {
	r := e.row.clone()
	var front []named
	taken := map[string]bool{}
	for _, x := range op.Exprs {
		o, ok := x.(*syntax.Ordered)
		var id *syntax.Ident
		if ok {
			id, ok = o.X.(*syntax.Ident)
		}
		if !ok {
			if o != nil {
				if _, star := o.X.(*syntax.Star); star {
					id = &syntax.Ident{Loc: syntax.Loc{At: x.Span()}, Name: "*", Wildcard: true}
				}
			}
			if id == nil {
				b.fail(x, "SEM0005", "%sthe name of a column is expected", b.operator(e))
			}
		}
		var group []named
		for _, c := range r.cols {
			if !taken[c.name] && (c.name == id.Name || id.Wildcard && matches(id.Name, c.name)) {
				group = append(group, c)
				taken[c.name] = true
			}
		}
		if len(group) == 0 && !id.Wildcard {
			b.noColumn(id, r, e)
		}
		switch o.Order {
		case syntax.OrderAsc:
			sort.SliceStable(group, func(i, j int) bool { return group[i].name < group[j].name })
		case syntax.OrderDesc:
			sort.SliceStable(group, func(i, j int) bool { return group[i].name > group[j].name })
		case syntax.OrderGrannyAsc:
			sort.SliceStable(group, func(i, j int) bool { return granny(group[i].name, group[j].name) < 0 })
		case syntax.OrderGrannyDesc:
			sort.SliceStable(group, func(i, j int) bool { return granny(group[i].name, group[j].name) > 0 })
		}
		front = append(front, group...)
	}
	for _, c := range r.cols {
		if !taken[c.name] {
			front = append(front, c)
		}
	}
	r.cols = front
	return r
}

// granny compares names with the numbers in them taken as numbers.
func granny(a, c string) int {
	for a != "" && c != "" {
		da := len(a) - len(strings.TrimLeftFunc(a, unicode.IsDigit))
		dc := len(c) - len(strings.TrimLeftFunc(c, unicode.IsDigit))
		if da > 0 && dc > 0 {
			na, nc := strings.TrimLeft(a[:da], "0"), strings.TrimLeft(c[:dc], "0")
			if len(na) != len(nc) {
				return len(na) - len(nc)
			}
			if d := strings.Compare(na, nc); d != 0 {
				return d
			}
			a, c = a[da:], c[dc:]
			continue
		}
		if a[0] != c[0] {
			return int(a[0]) - int(c[0])
		}
		a, c = a[1:], c[1:]
	}
	return len(a) - len(c)
}

func (b *binder) projectByNames(op *syntax.Project, e *env) *rel {
	r := e.row.clone()
	out := *r
	out.cols, out.hidden = nil, nil
	add := func(name string, at syntax.Node) {
		for _, c := range r.cols {
			if (c.name == name || matches(name, c.name)) && !out.has(c.name) {
				out.cols = append(out.cols, c)
			}
		}
	}
	for _, x := range op.Exprs {
		lit, ok := b.scalar(x, &env{scope: e.scope}).(*plan.Literal)
		if !ok {
			b.fail(x, "SEM0005", "%sthe names must be constant", b.operator(e))
		}
		if lit.T == types.String {
			add(lit.Value.(string), x)
			continue
		}
		elems, isArray := jsonElements(lit)
		if !isArray {
			b.fail(x, "SEM0005", "%sa string or an array of strings is expected", b.operator(e))
		}
		for _, el := range elems {
			if s, ok := elementAs(el, types.String); ok {
				add(s.(*plan.Literal).Value.(string), x)
			}
		}
	}
	return &out
}

func (b *binder) take(op *syntax.Take, e *env) *rel {
	b.params(op.Params, e)
	n := b.constantLong(op.N, e, "the number of rows")
	return b.limit(e.row, n, e.row.order)
}

// limit keeps n rows, or n of each group where r is in groups.
func (b *binder) limit(r *rel, n plan.Expr, keys []plan.SortKey) *rel {
	out := r.clone()
	if len(r.per) == 0 {
		out.op = &plan.Limit{In: r.op, N: n, Keys: keys}
		return out
	}
	rn := b.col("rank", types.Long)
	out.op = &plan.Filter{
		In:   &plan.Window{In: r.op, Col: rn, Kind: plan.RowNumber, Partition: r.per, Keys: keys},
		Pred: &plan.Binary{Op: syntax.OpLe, T: types.Bool, X: &plan.Ref{Col: rn}, Y: n},
	}
	return out
}

// sortKey binds one key of an order.
func (b *binder) sortKey(x syntax.Expr, e *env) plan.SortKey {
	o, ok := x.(*syntax.Ordered)
	if !ok {
		o = &syntax.Ordered{X: x}
	}
	v := b.scalar(o.X, e)
	if v.Type() == types.Dynamic {
		b.failHint(o.X, "sort by tostring() or tolong() of it", "SEM0005", "%srows cannot be sorted by a dynamic", b.operator(e))
	}
	if o.Order == syntax.OrderGrannyAsc || o.Order == syntax.OrderGrannyDesc {
		b.refuse(o, "this order", "use asc or desc")
	}
	k := plan.SortKey{X: v, Desc: o.Order != syntax.OrderAsc}
	k.NullsFirst = !k.Desc
	if o.Nulls != syntax.NullsDefault {
		k.NullsFirst = o.Nulls == syntax.NullsFirst
	}
	return k
}

// anchored makes the keys into columns, so that the order survives whatever
// becomes of the columns that they are computed from.
func (b *binder) anchored(r *rel, ks []plan.SortKey) []plan.SortKey {
	its := pass(r.op.Cols())
	n := len(its)
	for i, k := range ks {
		if _, ok := k.X.(*plan.Ref); ok || plan.Constant(k.X) {
			continue
		}
		c := b.col("key", k.X.Type())
		its = append(its, plan.Item{Col: c, X: k.X})
		ks[i].X = &plan.Ref{Col: c}
	}
	if len(its) > n {
		r.op = &plan.Project{In: r.op, Items: its}
	}
	return slices.DeleteFunc(ks, func(k plan.SortKey) bool { return plan.Constant(k.X) })
}

func (b *binder) sort(op *syntax.Sort, e *env) *rel {
	b.params(op.Params, e)
	r := e.row.clone()
	e.row = r
	var ks []plan.SortKey
	for _, x := range op.By {
		ks = append(ks, b.sortKey(x, e))
	}
	r.order = b.anchored(r, ks)
	r.serialized = true
	return r
}

func (b *binder) top(op *syntax.Top, e *env) *rel {
	b.params(op.Params, e)
	n := b.constantLong(op.N, e, "the number of rows")
	r := e.row.clone()
	e.row = r
	ks := b.anchored(r, []plan.SortKey{b.sortKey(op.By, e)})
	r = b.limit(r, n, ks)
	r.order, r.serialized = ks, true
	return r
}

func (b *binder) countRows(op *syntax.Count, e *env) *rel {
	name := "Count"
	if op.As != nil {
		name = op.As.Name
	}
	c := b.col(name, types.Long)
	agg := plan.Item{Col: c, X: b.aggregate("count", op)}
	out := &rel{cols: []named{{name, c}}, serialized: true}
	b.group(e.row, out, nil, aggregates{items: []plan.Item{agg}})
	return out
}

func (b *binder) print(op *syntax.Print, e *env) *rel {
	v := &plan.Values{Rows: [][]plan.Expr{nil}}
	r := &rel{op: v, serialized: true}
	index := 0
	inner := &env{scope: e.scope, op: "print"}
	b.assignments(op.Exprs, inner, func(at syntax.Node, name string, explicit bool, x plan.Expr) {
		if r.has(name) {
			if explicit {
				b.fail(at, "SEM0024", "%sthe column '%s' is declared twice", b.operator(e), name)
			}
			name = uniqueName(name, r.has)
		}
		c := b.col(name, x.Type())
		v.Columns = append(v.Columns, c)
		v.Rows[0] = append(v.Rows[0], x)
		r.cols = append(r.cols, named{name, c})
		index++
	}, func() string { return fmt.Sprintf("print_%d", index) })
	if len(v.Columns) == 0 {
		b.fail(op, "SYN0002", "print needs an expression")
	}
	return r
}

func (b *binder) rangeOf(op *syntax.Range, e *env) *rel {
	inner := &env{scope: e.scope, op: "range"}
	from, to, step := b.scalar(op.From, inner), b.scalar(op.To, inner), b.scalar(op.Step, inner)
	t := from.Type()
	stepType := t
	switch {
	case t == types.DateTime:
		stepType = types.Timespan
	case t == types.Timespan:
	case t.Numeric() && to.Type().Numeric() && step.Type().Numeric():
		if t = builtin.Common(builtin.Common(t, to.Type()), step.Type()); t == types.Decimal {
			b.refuse(op, "a range of decimals", "use todouble()")
		}
		stepType = t
	default:
		b.fail(op.From, "SEM0005", "range: the values must be numbers, datetimes or timespans, not %s", t)
	}
	if to.Type() != t && !(t.Numeric()) {
		b.fail(op.To, "SEM0005", "range: 'from' is a %s, 'to' is a %s", t, to.Type())
	}
	if step.Type() != stepType && !(t.Numeric()) {
		b.fail(op.Step, "SEM0005", "range: the step must be a %s, this is a %s", stepType, step.Type())
	}
	c := b.col(op.Name.Name, t)
	ro := &plan.Range{Column: c, From: b.convert(from, t, op.From), To: b.convert(to, t, op.To), Step: b.convert(step, stepType, op.Step)}
	return &rel{op: ro, cols: []named{{op.Name.Name, c}}, serialized: true}
}

func (b *binder) as(op *syntax.As, e *env) *rel {
	b.params(op.Params, e)
	name := op.Name.Name
	s := b.share(e.row)
	s.rel.name = name
	e.scope.names[name] = &entity{shared: s}
	r := b.use(s)
	r.name = name
	return r
}

var dotnet = map[types.Type]string{types.Bool: "System.SByte", types.DateTime: "System.DateTime", types.Decimal: "System.Data.SqlTypes.SqlDecimal",
	types.Dynamic: "System.Object", types.Guid: "System.Guid", types.Int: "System.Int32", types.Long: "System.Int64", types.Real: "System.Double",
	types.String: "System.String", types.Timespan: "System.TimeSpan"}

func (b *binder) getSchema(op *syntax.GetSchema, e *env) *rel {
	b.params(op.Params, e, "kind")
	v := &plan.Values{}
	r := &rel{op: v, serialized: true}
	for _, c := range []named{{"ColumnName", b.col("ColumnName", types.String)}, {"ColumnOrdinal", b.col("ColumnOrdinal", types.Long)},
		{"DataType", b.col("DataType", types.String)}, {"ColumnType", b.col("ColumnType", types.String)}} {
		v.Columns = append(v.Columns, c.c)
		r.cols = append(r.cols, c)
	}
	str := func(s string) plan.Expr { return &plan.Literal{T: types.String, Value: s} }
	for i, c := range e.row.cols {
		v.Rows = append(v.Rows, []plan.Expr{str(c.name), &plan.Literal{T: types.Long, Value: int64(i)}, str(dotnet[c.c.Type]), str(c.c.Type.String())})
	}
	return r
}

func (b *binder) invoke(op *syntax.Invoke, e *env) *rel {
	c, ok := op.Call.(*syntax.Call)
	if !ok {
		b.refuse(op, "invoking a function of another database", "declare it with let")
	}
	ent, ok := e.scope.lookup(c.Name.Name)
	if !ok || ent.fn == nil {
		b.knownOnly(c.Name.Name, c)
		b.failHint(c.Name, hint(nearest(c.Name.Name, e.scope.allNames())), "SEM0260", "Unknown function: '%s'", c.Name.Name)
	}
	args := append([]syntax.Expr{&boundRows{Expr: c.Name, s: b.share(e.row)}}, c.Args...)
	return b.callTable(ent, c, args, e)
}

func (b *binder) sample(op *syntax.Sample, e *env) *rel {
	b.params(op.Params, e)
	n := b.constantLong(op.N, e, "the number of rows")
	r := e.row.clone()
	k := b.callNamed("rand", op)
	c := b.col("chance", types.Real)
	r.op = &plan.Project{In: r.op, Items: append(pass(r.op.Cols()), plan.Item{Col: c, X: k})}
	r = b.limit(r, n, []plan.SortKey{{X: &plan.Ref{Col: c}}})
	r.order = nil
	return r
}

func (b *binder) sampleDistinct(op *syntax.SampleDistinct, e *env) *rel {
	b.params(op.Params, e)
	n := b.constantLong(op.N, e, "the number of rows")
	d := b.distinctOf([]syntax.Expr{op.Of}, e)
	return b.limit(d, n, nil)
}

func (b *binder) assertSchema(op *syntax.AssertSchema, e *env) *rel {
	for i, c := range op.Schema.Columns {
		if i >= len(e.row.cols) || e.row.cols[i].name != c.Name.Name || e.row.cols[i].c.Type != b.typeOf(c.Type) {
			b.fail(c, "SEM0005", "the rows do not have the column %s:%s in this place", c.Name.Name, c.Type.Name)
		}
	}
	if !op.Schema.Open && len(e.row.cols) > len(op.Schema.Columns) {
		b.fail(op.Schema, "SEM0005", "the rows have more columns than these")
	}
	return e.row
}
