package bind

import (
	"fmt"
	"slices"

	"lazuli.dev/lazuli/kql/builtin"
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// boundRows is rows that are already bound, where an argument is expected.
type boundRows struct {
	syntax.Expr
	s *sharedRows
}

// isTabular reports whether x yields a table.
func (b *binder) isTabular(x syntax.Expr, e *env) bool {
	switch x := x.(type) {
	case *boundRows, *syntax.Pipe, *syntax.DataTable, *syntax.ExternalData, *syntax.InlineTable, *syntax.FuncLit, *syntax.ContextualTable, *syntax.ViewCombine:
		return true
	case *syntax.QueryCall:
		return x.Name.Name != "toscalar"
	case *syntax.Ident:
		if x.Wildcard {
			return true
		}
		if _, ok := e.visible(x.Name); ok {
			return false
		}
		if ent, ok := e.scope.lookup(x.Name); ok {
			return ent.tab != nil || ent.shared != nil || ent.fn != nil && len(ent.params) == 0 && b.fnTabular(ent)
		}
		_, ok := b.Catalog.Table(x.Name)
		return ok || e.row == nil
	case *syntax.Call:
		if ent, ok := e.scope.lookup(x.Name.Name); ok && ent.fn != nil {
			return b.fnTabular(ent)
		}
		switch x.Name.Name {
		case "table", "database", "cluster", "workspace", "app", "external_table", "materialized_view", "union":
			return true
		}
	case *syntax.Member:
		if c, ok := x.X.(*syntax.Call); ok {
			return b.isTabular(c, e)
		}
		if m, ok := x.X.(*syntax.Member); ok {
			return b.isTabular(m, e)
		}
	case *syntax.DataScope:
		return true
	}
	return false
}

// tabular binds an expression that yields a table.
func (b *binder) tabular(x syntax.Expr, e *env) *rel {
	defer b.enter(x)()
	switch x := x.(type) {
	case *boundRows:
		return b.use(x.s)
	case *syntax.Pipe:
		return b.pipe(x, e, nil)
	case *syntax.Ident:
		return b.tableNamed(x, e)
	case *syntax.Call:
		return b.tableCall(x, e)
	case *syntax.Member:
		return b.tableMember(x, e)
	case *syntax.DataTable:
		return b.dataTable(x, e)
	case *syntax.QueryCall:
		if x.Name.Name == "toscalar" {
			b.fail(x, "SEM0005", "toscalar() is a scalar, a table is expected")
		}
		return b.tabular(x.X, e)
	case *syntax.ExternalData:
		b.refuse(x, "externaldata", "ingest the data, or write it as a datatable")
	case *syntax.InlineTable:
		b.refuse(x, "inline_external_table", "ingest the data, or write it as a datatable")
	case *syntax.DataScope:
		return b.tabular(x.X, e)
	case *syntax.FuncLit:
		b.fail(x, "SEM0005", "a function can only be declared in a let")
	case *syntax.ContextualTable, *syntax.ViewCombine, *syntax.EntityGroup:
		b.refuse(x, "this expression", "")
	}
	b.fail(x, "SEM0005", "a table is expected")
	return nil
}

func (b *binder) tableNamed(x *syntax.Ident, e *env) *rel {
	name := x.Name
	if x.Wildcard {
		return b.unionOf([]syntax.Expr{x}, e, x)
	}
	if ent, ok := e.scope.lookup(name); ok {
		switch {
		case ent.tab != nil || ent.shared != nil:
			r := b.entityRows(ent, e)
			r.name = name
			return r
		case ent.fn != nil && len(ent.params) == 0 && b.fnTabular(ent):
			r := b.callTable(ent, x, nil, e)
			r.name = name
			return r
		case ent.fn != nil:
			b.failHint(x, "call it: "+name+"(...)", "SEM0100", "'%s' is a function", name)
		default:
			b.fail(x, "SEM0005", "'%s' is a scalar, a table is expected", name)
		}
	}
	if t, ok := b.Catalog.Table(name); ok {
		return b.scan(t)
	}
	var h string
	if n := nearest(name, append(b.Catalog.Names(), e.scope.allNames()...)); n != "" {
		h = hint(n)
	} else {
		h = "no table of this name is known; see the list of tables"
	}
	b.failHint(x, h, "SEM0100", "%sFailed to resolve table or column expression named '%s'", b.operator(e), name)
	return nil
}

// entityRows are the rows that a name stands for.
func (b *binder) entityRows(ent *entity, e *env) *rel {
	var r *rel
	if ent.shared != nil {
		r = b.use(ent.shared)
	} else {
		r = b.tabular(ent.tab, &env{scope: ent.scope})
	}
	if ent.schema != nil {
		for _, want := range ent.schema.Columns {
			c, ok := r.find(want.Name.Name)
			if !ok {
				b.fail(want, "SEM0005", "the table that is given has no column '%s'", want.Name.Name)
			}
			if t := b.typeOf(want.Type); c.Type != t {
				b.fail(want, "SEM0005", "the column '%s' of the table that is given is a %s, not a %s", want.Name.Name, c.Type, t)
			}
		}
	}
	return r
}

func (b *binder) scan(t *types.Table) *rel {
	b.tables[t.Name] = true
	s := &plan.Scan{Table: t.Name}
	r := &rel{name: t.Name}
	var when *plan.Column
	for _, c := range t.Columns {
		n := b.col(c.Name, c.Type)
		s.Columns = append(s.Columns, n)
		r.cols = append(r.cols, named{c.Name, n})
		if c.Name == "TimeGenerated" && c.Type == types.DateTime {
			when = n
		}
	}
	for _, c := range t.Hidden {
		n := b.col(c.Name, c.Type)
		s.Columns = append(s.Columns, n)
		r.hidden = append(r.hidden, named{c.Name, n})
		if b.RowWise && slices.Contains(rowIdentity, c.Name) {
			r.outer = append(r.outer, named{c.Name, n})
		}
		if b.RowIDs && c.Name == rowSeq && c.Type == types.Long {
			r.id = n
		}
	}
	r.op = s
	if b.TimeRange != nil && when != nil {
		lit := func(v int64) plan.Expr { return &plan.Literal{T: types.DateTime, Value: v} }
		r.op = &plan.Filter{In: s, Pred: plan.And(
			&plan.Binary{Op: syntax.OpGe, T: types.Bool, X: &plan.Ref{Col: when}, Y: lit(b.TimeRange[0])},
			&plan.Binary{Op: syntax.OpLt, T: types.Bool, X: &plan.Ref{Col: when}, Y: lit(b.TimeRange[1])})}
	}
	return r
}

func (b *binder) tableCall(x *syntax.Call, e *env) *rel {
	name := x.Name.Name
	if ent, ok := e.scope.lookup(name); ok && ent.fn != nil {
		r := b.callTable(ent, x, x.Args, e)
		r.name = name
		return r
	}
	switch name {
	case "table":
		if len(x.Args) == 0 {
			b.fail(x, "SEM0218", "table(): function expects 1 argument(s)")
		}
		return b.tableNamed(&syntax.Ident{Loc: syntax.Loc{At: x.Args[0].Span()}, Name: b.literalString(x.Args[0], e, "the name of the table")}, &env{})
	}
	if f, ok := builtin.Lookup(name); ok {
		b.fail(x, "SEM0005", "%s() is a scalar, a table is expected", f.Name)
	}
	b.knownOnly(name, x)
	b.failHint(x.Name, hint(nearest(name, e.scope.allNames())), "SEM0260", "Unknown function: '%s'", name)
	return nil
}

// tableMember binds database("name").Table, and workspace("name").Table, for the
// own database.
func (b *binder) tableMember(x *syntax.Member, e *env) *rel {
	c, ok := x.X.(*syntax.Call)
	sel, isName := x.Sel.(*syntax.Ident)
	if ok && isName && (c.Name.Name == "database" || c.Name.Name == "workspace") && len(c.Args) == 1 && b.Database != "" && b.literalString(c.Args[0], e, "the name of the database") == b.Database {
		return b.tableNamed(sel, &env{})
	}
	for m := x; !ok; { // cluster("c").database("d").T
		inner, member := m.X.(*syntax.Member)
		if !member {
			break
		}
		m = inner
		c, ok = m.X.(*syntax.Call)
	}
	if ok {
		b.refuse(x, c.Name.Name+"()", oneWorkspace)
	}
	b.fail(x, "SEM0005", "a table is expected")
	return nil
}

// callTable binds a call of a let function that yields a table.
func (b *binder) callTable(ent *entity, at syntax.Node, args []syntax.Expr, e *env) *rel {
	sc := b.bindParams(ent, at, args, e)
	defer b.enterFunction(ent, at)()
	for _, st := range ent.fn.Body.Statements {
		b.statement(st, sc, false)
	}
	inner := &env{scope: sc}
	if !b.isTabular(ent.fn.Body.X, inner) {
		b.fail(at, "SEM0005", "the function is a scalar, a table is expected")
	}
	return b.tabular(ent.fn.Body.X, inner)
}

// pipe binds a pipeline; in is what flows into one that has no source.
func (b *binder) pipe(x *syntax.Pipe, e *env, in *rel) *rel {
	unnamed := b.unnamed
	b.unnamed = 0
	defer func() { b.unnamed = unnamed }()
	r := in
	if x.Source != nil {
		r = b.tabular(x.Source, e)
	}
	for _, op := range x.Ops {
		r = b.apply(op, r, e, x)
	}
	if r == nil {
		b.fail(x, "SYN0002", "a table is expected")
	}
	return r
}

func (b *binder) dataTable(x *syntax.DataTable, e *env) *rel {
	v := &plan.Values{}
	r := &rel{op: v, serialized: true}
	for _, c := range x.Schema.Columns {
		if r.has(c.Name.Name) {
			b.fail(c, "SEM0005", "the column '%s' is declared twice", c.Name.Name)
		}
		n := b.col(c.Name.Name, b.typeOf(c.Type))
		v.Columns = append(v.Columns, n)
		r.cols = append(r.cols, named{c.Name.Name, n})
	}
	width := len(v.Columns)
	if width == 0 || len(x.Values)%width != 0 {
		b.fail(x, "SEM0005", "datatable: the number of values (%d) is not a multiple of the number of columns (%d)", len(x.Values), width)
	}
	for i := 0; i < len(x.Values); i += width {
		row := make([]plan.Expr, width)
		for j := range row {
			at := x.Values[i+j]
			y := b.scalar(at, &env{scope: e.scope})
			row[j] = b.datatableValue(y, v.Columns[j].Type, at)
		}
		v.Rows = append(v.Rows, row)
	}
	return r
}

// datatableValue converts a value of a datatable as Kusto does, generously.
func (b *binder) datatableValue(y plan.Expr, t types.Type, at syntax.Node) plan.Expr {
	from := y.Type()
	if from == t {
		return y
	}
	if lit, ok := y.(*plan.Literal); ok && lit.Value == nil {
		if t == types.String {
			return &plan.Literal{T: t, Value: ""}
		}
		return &plan.Literal{T: t}
	}
	if t == types.Dynamic && from == types.String {
		return b.callNamed("parse_json", at, y)
	}
	if lit, ok := y.(*plan.Literal); ok {
		if c, ok := convertLiteral(lit, t); ok {
			return c
		}
	}
	return &plan.Cast{X: y, T: t}
}

// rowIdentity are the hidden columns by which a reader knows the rows of a row-wise query: they go with the
// row whatever is projected, to the end of its result.
var rowIdentity = []string{rowSeq, "_TimeReceived"}

// rowSeq is the hidden column that identifies a row of a table within the store.
const rowSeq = "_Seq"

// operators that make each row of their result of one row.
var rowWise = []string{"where", "extend", "project", "project-away", "project-keep", "project-rename", "project-reorder",
	"project-by-names", "parse", "parse-where", "parse-kv"}

// apply binds one operator of a pipeline.
func (b *binder) apply(op syntax.Operator, r *rel, e *env, p *syntax.Pipe) *rel {
	defer b.enter(op)()
	name := operatorName(op)
	if b.RowWise && !slices.Contains(rowWise, name) {
		b.failHint(op, "allowed are where, extend, project and its relatives, parse, parse-where and parse-kv", "LAZ0003",
			"the operator '%s' cannot be used here: the query must make each of its rows of one row of a table", name)
	}
	in := &env{scope: e.scope, row: r, op: name}
	if r == nil {
		switch op.(type) {
		case *syntax.Print, *syntax.Range, *syntax.Union, *syntax.Search, *syntax.Find, *syntax.Evaluate, *syntax.MacroExpand:
		default:
			b.fail(op, "SYN0002", "the operator '%s' needs a table in front of it", name)
		}
	}
	switch op := op.(type) {
	case *syntax.Where:
		return b.where(op, in)
	case *syntax.Extend:
		return b.extend(op.Exprs, in)
	case *syntax.Project:
		return b.project(op, in)
	case *syntax.Take:
		return b.take(op, in)
	case *syntax.Sort:
		return b.sort(op, in)
	case *syntax.Top:
		return b.top(op, in)
	case *syntax.Count:
		return b.countRows(op, in)
	case *syntax.Distinct:
		return b.distinct(op, in)
	case *syntax.Summarize:
		return b.summarize(op, in)
	case *syntax.Print:
		return b.print(op, in)
	case *syntax.Range:
		return b.rangeOf(op, in)
	case *syntax.Join:
		return b.join(op, in)
	case *syntax.Lookup:
		return b.lookup(op, in)
	case *syntax.Union:
		return b.union(op, in)
	case *syntax.As:
		return b.as(op, in)
	case *syntax.Serialize:
		out := *r
		out.serialized = true
		in.row = &out
		if len(op.Exprs) == 0 {
			return &out
		}
		return b.extend(op.Exprs, in)
	case *syntax.Render:
		b.setRender(op, in)
		return r
	case *syntax.GetSchema:
		return b.getSchema(op, in)
	case *syntax.MvExpand:
		return b.mvExpand(op, in)
	case *syntax.MvApply:
		return b.mvApply(op, in)
	case *syntax.ParseOp:
		return b.parse(op, in)
	case *syntax.ParseKV:
		return b.parseKV(op, in)
	case *syntax.MakeSeries:
		return b.makeSeries(op, in)
	case *syntax.Search:
		return b.search(op, in)
	case *syntax.Find:
		return b.find(op, in)
	case *syntax.Invoke:
		return b.invoke(op, in)
	case *syntax.Sample:
		return b.sample(op, in)
	case *syntax.SampleDistinct:
		return b.sampleDistinct(op, in)
	case *syntax.Consume:
		b.params(op.Params, in, "decodeblocks")
		return &rel{op: &plan.Filter{In: r.op, Pred: &plan.Literal{T: types.Bool, Value: false}}, per: r.per, base: r.base}
	case *syntax.Evaluate:
		return b.evaluate(op, in)
	case *syntax.Partition:
		return b.partition(op, in)
	case *syntax.TopHitters:
		return b.topHitters(op, in)
	case *syntax.TopNested:
		return b.topNested(op, in)
	case *syntax.AssertSchema:
		return b.assertSchema(op, in)
	case *syntax.BadOp:
		b.fail(op, "SYN0002", "a query operator is expected")
	}
	b.refuse(op, fmt.Sprintf("the operator '%s'", name), "")
	return nil
}

func operatorName(op syntax.Operator) string {
	switch op := op.(type) {
	case *syntax.As:
		return "as"
	case *syntax.AssertSchema:
		return "assert-schema"
	case *syntax.Consume:
		return "consume"
	case *syntax.Count:
		return "count"
	case *syntax.Distinct:
		return "distinct"
	case *syntax.Evaluate:
		return "evaluate"
	case *syntax.ExecuteAndCache:
		return "__executeAndCache"
	case *syntax.Extend:
		return "extend"
	case *syntax.Facet:
		return "facet"
	case *syntax.Find:
		return "find"
	case *syntax.Fork:
		return "fork"
	case *syntax.GetSchema:
		return "getschema"
	case *syntax.GraphMarkComponents:
		return "graph-mark-components"
	case *syntax.GraphMatch:
		if op.Shortest {
			return "graph-shortest-paths"
		}
		return "graph-match"
	case *syntax.GraphMerge:
		return "graph-merge"
	case *syntax.GraphToTable:
		return "graph-to-table"
	case *syntax.GraphWhere:
		if op.Edges {
			return "graph-where-edges"
		}
		return "graph-where-nodes"
	case *syntax.Invoke:
		return "invoke"
	case *syntax.Join:
		return "join"
	case *syntax.Lookup:
		return "lookup"
	case *syntax.MacroExpand:
		return "macro-expand"
	case *syntax.MakeGraph:
		return "make-graph"
	case *syntax.MakeSeries:
		return "make-series"
	case *syntax.MvApply:
		return "mv-apply"
	case *syntax.MvExpand:
		return "mv-expand"
	case *syntax.ParseOp:
		if op.Filter {
			return "parse-where"
		}
		return "parse"
	case *syntax.ParseKV:
		return "parse-kv"
	case *syntax.Partition:
		return "partition"
	case *syntax.PartitionBy:
		return "__partitionby"
	case *syntax.Print:
		return "print"
	case *syntax.Project:
		return op.Kind.String()
	case *syntax.Range:
		return "range"
	case *syntax.Reduce:
		return "reduce"
	case *syntax.Render:
		return "render"
	case *syntax.Sample:
		return "sample"
	case *syntax.SampleDistinct:
		return "sample-distinct"
	case *syntax.Scan:
		return "scan"
	case *syntax.Search:
		return "search"
	case *syntax.Serialize:
		return "serialize"
	case *syntax.Sort:
		return "sort"
	case *syntax.Summarize:
		return "summarize"
	case *syntax.Take:
		return "take"
	case *syntax.Top:
		return "top"
	case *syntax.TopHitters:
		return "top-hitters"
	case *syntax.TopNested:
		return "top-nested"
	case *syntax.Union:
		return "union"
	case *syntax.Where:
		return "where"
	}
	return "?"
}
