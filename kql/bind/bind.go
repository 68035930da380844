// Package bind gives every name and every expression of a query its meaning:
// it turns the tree of a text into a plan, or into an error that says where the
// text is wrong and how to put it right.
//
// What the package protects: a plan that it returns means what Kusto means by
// the text, in the names and types of the columns as much as in the rows. What
// it does not know for certain it refuses by name.
package bind

import (
	"fmt"
	"sort"
	"strings"

	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// An Error is a fault of the text. Code is Kusto's code for it where it has one.
type Error struct {
	Span       syntax.Span
	Code       string
	Message    string
	Suggestion string // what was probably meant, or what to do instead; may be empty
}

func (e *Error) Error() string {
	if e.Suggestion != "" {
		return e.Message + " (" + e.Suggestion + ")"
	}
	return e.Message
}

// Options are what a query means apart from its text.
type Options struct {
	Catalog types.Catalog
	// Now is the instant of now(), in ticks.
	Now int64
	// TimeRange bounds TimeGenerated of every table: [0] included, [1] excluded.
	TimeRange *[2]int64
	// Parameters are the values of `declare query_parameters`, as KQL literals.
	Parameters map[string]string
	// RowWise refuses every operator that does not make its rows one by one, and puts
	// the hidden columns _Seq and _TimeReceived of the row at the end of the result,
	// whatever the text projects.
	RowWise bool
	// RowIDs puts the hidden column _Seq at the end of every result whose rows are each made of one row of a table,
	// whatever the text projects. Where some of a union's rows are and others are not, the others have null there.
	RowIDs bool
	// Distinct returns the different texts that a column of op has, most of them at
	// most, and more only to show that there are: for plug-ins whose columns depend on
	// the rows. Such a plug-in is refused where it is nil.
	Distinct func(op plan.Op, c *plan.Column, most int) ([]string, error)
	// Database is the name of the workspace, for current_database() and
	// database("...").
	Database string
}

// maxNodes bounds how often functions and lets are expanded: each use of a let
// is bound anew, so that a few lines could otherwise mean a plan without end. A
// constant, of which a list may have many, counts as a fraction of a node.
const (
	maxNodes   = 50_000
	nodeWeight = 20
)

// maxDepth bounds how deep calls, lets and expressions nest in each other.
const maxDepth = 400

// Query binds a whole text. The error is an *Error, or that of Options.Distinct.
func Query(q *syntax.Query, o Options) (result *plan.Query, err error) {
	b := &binder{Options: o, tables: map[string]bool{}}
	// A fault is found deep inside of expressions; unwinding to here spares every
	// function in between the handling of an error that it can say nothing about.
	defer func() {
		if r := recover(); r != nil {
			switch fault := r.(type) {
			case *Error:
				result, err = nil, fault
			case failed:
				result, err = nil, fault.error
			default:
				panic(r)
			}
		}
	}()
	return b.query(q), nil
}

// failed is what goes up when rows cannot be asked for.
type failed struct{ error }

type binder struct {
	Options
	tables map[string]bool
	lastID int
	nodes  int
	depth  int
	// level counts how many subqueries surround the place that is being bound: an
	// expression over the rows of one level has no meaning in another.
	level   int
	shared  int
	unnamed int // columns of the pipeline that got a name from columnN
	results []*plan.Result
	render  *plan.Render
	most    plan.Expr // of query_take_max_records; nil when it is not set
}

func (b *binder) fail(at syntax.Node, code, format string, args ...any) {
	panic(&Error{Span: at.Span(), Code: code, Message: fmt.Sprintf(format, args...)})
}

func (b *binder) failHint(at syntax.Node, hint, code, format string, args ...any) {
	panic(&Error{Span: at.Span(), Code: code, Message: fmt.Sprintf(format, args...), Suggestion: hint})
}

// refuse is for what KQL has and this compiler does not.
func (b *binder) refuse(at syntax.Node, what string, hint string) {
	panic(&Error{Span: at.Span(), Code: "LAZ0001", Message: what + " is not supported", Suggestion: hint})
}

// enter guards a recursion; the caller defers what it returns.
func (b *binder) enter(at syntax.Node) func() {
	b.depth++
	if _, constant := at.(*syntax.Literal); constant {
		b.nodes++
	} else {
		b.nodes += nodeWeight
	}
	if b.depth > maxDepth {
		b.fail(at, "LAZ0002", "the query nests too deep")
	}
	b.weigh(at, 0)
	return func() { b.depth-- }
}

// weigh adds nodes to the size of the query and refuses one that is too large.
func (b *binder) weigh(at syntax.Node, nodes int) {
	if b.nodes += nodes; b.nodes > maxNodes*nodeWeight {
		b.failHint(at, "use materialize() for what is used often, a table for a long list", "LAZ0002", "the query is too large, with its functions and lets counted at each use")
	}
}

func (b *binder) col(name string, t types.Type) *plan.Column {
	b.lastID++
	return &plan.Column{ID: b.lastID, Name: name, Type: t}
}

// A scope is what the names outside of rows mean: lets, parameters, functions.
type scope struct {
	parent *scope
	names  map[string]*entity
}

// An entity is one of: a value (scalar), a tabular expression that is bound
// where it is used, rows that several places share, a function.
type entity struct {
	value  plan.Expr
	nodes  int // what value counts for, wherever it is used
	level  int
	tab    syntax.Expr
	scope  *scope
	shared *sharedRows
	schema *syntax.Schema // of a tabular parameter: what of tab can be seen
	fn     *syntax.FuncLit
	params []*syntax.FuncParam
	// busy is set while the body of fn is bound: KQL has no recursion.
	busy bool
	view bool
	// group are the members of an entity group.
	group []syntax.Expr
}

// sharedRows are the rows of materialize() and as.
type sharedRows struct {
	s   *plan.Shared
	rel *rel
}

func (s *scope) lookup(name string) (*entity, bool) {
	for ; s != nil; s = s.parent {
		if e, ok := s.names[name]; ok {
			return e, true
		}
	}
	return nil, false
}

func (s *scope) child() *scope { return &scope{parent: s, names: map[string]*entity{}} }

func (s *scope) allNames() (names []string) {
	for ; s != nil; s = s.parent {
		for n := range s.names {
			names = append(names, n)
		}
	}
	return names
}

func (b *binder) query(q *syntax.Query) *plan.Query {
	sc := (*scope)(nil).child()
	for _, st := range q.Statements {
		b.statement(st, sc, true)
	}
	out := &plan.Query{Results: b.results}
	if len(out.Results) == 0 {
		panic(&Error{Span: q.Span(), Code: "SEM0001", Message: "the query has no expression to answer", Suggestion: "end it with a table or an operator such as print"})
	}
	for i, r := range out.Results {
		r.Name = "PrimaryResult"
		if i > 0 {
			r.Name = fmt.Sprintf("PrimaryResult_%d", i)
		}
	}
	for t := range b.tables {
		out.Tables = append(out.Tables, t)
	}
	sort.Strings(out.Tables)
	return out
}

func (b *binder) statement(st syntax.Statement, sc *scope, top bool) {
	switch st := st.(type) {
	case *syntax.Let:
		b.let(st, sc)
	case *syntax.Set:
		b.set(st, sc)
	case *syntax.DeclareParams:
		b.declareParams(st, sc)
	case *syntax.ExprStmt:
		if !top {
			b.fail(st, "SYN0002", "only the last statement of a function can be an expression")
		}
		b.render = nil
		b.results = append(b.results, b.result(st.X, sc))
	case *syntax.DeclarePattern:
		b.refuse(st, "declare pattern", "write a let function instead")
	case *syntax.AliasDatabase:
		b.refuse(st, "alias database", "there is one database: name its tables directly")
	case *syntax.Restrict:
		b.refuse(st, "restrict access", "give the token a narrower scope instead")
	default:
		b.fail(st, "SYN0002", "statement expected")
	}
}

// result binds an expression whose rows go to the client.
func (b *binder) result(x syntax.Expr, sc *scope) *plan.Result {
	e := &env{scope: sc}
	if !b.isTabular(x, e) {
		v := b.scalar(x, e)
		c := b.col("print_0", v.Type())
		return &plan.Result{
			Op:     &plan.Values{Columns: []*plan.Column{c}, Rows: [][]plan.Expr{{v}}},
			Fields: []plan.Field{{Name: "print_0", Col: c}},
		}
	}
	r := b.tabular(x, e)
	if b.most != nil {
		r = b.limit(r, b.most, r.order)
	}
	out := &plan.Result{Op: r.op, Order: r.order, Render: b.render}
	for _, c := range r.cols {
		out.Fields = append(out.Fields, plan.Field{Name: c.name, Col: c.c})
	}
	if b.RowWise {
		for _, c := range r.outer {
			out.Fields = append(out.Fields, plan.Field{Name: c.name, Col: c.c})
		}
	}
	if r.id != nil {
		out.Fields, out.RowIDs = append(out.Fields, plan.Field{Name: rowSeq, Col: r.id}), true
	}
	return out
}

func (b *binder) let(st *syntax.Let, sc *scope) {
	name := st.Name.Name
	if _, ok := sc.names[name]; ok {
		b.fail(st.Name, "SEM0117", "the name '%s' is already declared in this scope", name)
	}
	sc.names[name] = b.letEntity(st.Value, sc)
}

func (b *binder) letEntity(x syntax.Expr, sc *scope) *entity {
	e := &env{scope: sc}
	switch x := x.(type) {
	case *syntax.FuncLit:
		// What is declared later, and the name itself, means nothing inside.
		f := &entity{fn: x, params: x.Params, scope: sc.copy(), view: x.View}
		b.checkParams(f)
		return f
	case *syntax.EntityGroup:
		return &entity{group: x.Members, scope: sc}
	case *syntax.QueryCall:
		if x.Name.Name == "materialize" {
			r := b.tabular(x.X, e)
			return &entity{shared: b.share(r)}
		}
	case *syntax.Ident:
		if known, ok := sc.lookup(x.Name); ok && known.fn != nil && len(known.params) > 0 {
			return known
		}
	}
	if b.isTabular(x, e) {
		// Bound here for its errors and, later, anew wherever it is used: each use
		// has columns of its own. What it costs is given back.
		nodes, id, shared := b.nodes, b.lastID, b.shared
		tables := b.tables
		render := b.render
		b.tables = map[string]bool{}
		b.tabular(x, e)
		b.nodes, b.lastID, b.shared, b.tables, b.render = nodes, id, shared, tables, render
		return &entity{tab: x, scope: sc.copy()}
	}
	before := b.nodes
	v := b.scalar(x, e)
	return b.valued(v, before)
}

// valued makes an entity of a value that was bound since the query had before nodes.
func (b *binder) valued(v plan.Expr, before int) *entity {
	return &entity{value: v, nodes: b.nodes - before, level: b.level}
}

// share makes r usable in several places.
func (b *binder) share(r *rel) *sharedRows {
	b.shared++
	return &sharedRows{s: &plan.Shared{ID: b.shared, In: r.op}, rel: r}
}

// use returns the rows of s with columns of their own.
func (b *binder) use(s *sharedRows) *rel {
	u := &plan.Use{Of: s.s}
	fresh := map[*plan.Column]*plan.Column{}
	for _, c := range s.s.In.Cols() {
		n := b.col(c.Name, c.Type)
		fresh[c] = n
		u.Columns, u.From = append(u.Columns, n), append(u.From, c)
	}
	r := &rel{op: u, name: s.rel.name, serialized: s.rel.serialized}
	for _, c := range s.rel.cols {
		r.cols = append(r.cols, named{c.name, fresh[c.c]})
	}
	for _, c := range s.rel.hidden {
		if n, ok := fresh[c.c]; ok {
			r.hidden = append(r.hidden, named{c.name, n})
		}
	}
	for _, c := range s.rel.per {
		r.per = append(r.per, fresh[c])
	}
	for _, c := range s.rel.outer {
		r.outer = append(r.outer, named{c.name, fresh[c.c]})
	}
	if s.rel.id != nil {
		r.id = fresh[s.rel.id]
	}
	for _, k := range s.rel.order {
		k.X = plan.Replace(k.X, func(e plan.Expr) (plan.Expr, bool) {
			if ref, ok := e.(*plan.Ref); ok {
				return &plan.Ref{Col: fresh[ref.Col]}, true
			}
			return nil, false
		})
		r.order = append(r.order, k)
	}
	return r
}

// ignoredSettings are the request properties of `set` that change how Kusto runs
// a query, not what it means.
var ignoredSettings = set(`
query_results_cache_max_age notruncation norequesttimeout servertimeout query_language maxmemoryconsumptionperiterator
max_memory_consumption_per_query_per_node query_fanout_nodes_percent query_fanout_threads_percent query_force_row_level_security
request_app_name request_user request_description query_datascope deferpartialqueryfailures materialized_view_shuffle
query_shuffle_broadcast_join query_python_debug truncationmaxsize truncationmaxrecords query_consistency query_optimize_fts_at_relop`)

func (b *binder) set(st *syntax.Set, sc *scope) {
	name := strings.ToLower(st.Name.Name)
	switch {
	case ignoredSettings[name]:
	case name == "query_take_max_records" && st.Value != nil:
		b.most = b.constantLong(st.Value, &env{scope: sc}, "query_take_max_records")
	case name == "query_now" && st.Value != nil:
		lit, ok := b.scalar(st.Value, &env{scope: sc}).(*plan.Literal)
		if !ok || lit.T != types.DateTime || lit.Value == nil {
			b.fail(st.Value, "SEM0005", "query_now must be a constant datetime")
		}
		b.Now = lit.Value.(int64)
	default:
		b.refuse(st.Name, fmt.Sprintf("set %s", st.Name.Name), "leave it out")
	}
}
