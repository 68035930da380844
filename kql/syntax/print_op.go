package syntax

// params prints the parameters of an operator, each with a blank before it.
func (p *printer) params(all []*Param) {
	for _, r := range all {
		p.write(" ")
		p.param(r)
	}
}

func (p *printer) param(r *Param) {
	p.ident(r.Name)
	p.write("=")
	commas(p, r.Values, p.constant)
}

func (p *printer) withProps(all []*Param) {
	if all != nil {
		p.write(" with (")
		commas(p, all, p.param)
		p.write(")")
	}
}

// head prints the operator's name and parameters.
func (p *printer) head(name string, params []*Param) {
	p.write(name)
	p.params(params)
}

// list prints named expressions with a blank before them, if there are any.
func (p *printer) list(all []Expr) {
	if len(all) > 0 {
		p.write(" ")
		commas(p, all, p.named)
	}
}

// clause prints ` keyword x` unless x is nil.
func (p *printer) clause(keyword string, x Expr) {
	if x != nil {
		p.write(" ", keyword, " ")
		p.named(x)
	}
}

// clauses prints ` keyword x, y` unless there are none.
func (p *printer) clauses(keyword string, all []Expr) {
	if all != nil {
		p.write(" ", keyword)
		p.list(all)
	}
}

// parens prints a pipeline in parentheses.
func (p *printer) parens(x Expr) {
	p.write(" (")
	p.pipe(x, " ")
	p.write(")")
}

func (p *printer) operator(op Operator) {
	switch o := op.(type) {
	case *As:
		p.head("as", o.Params)
		p.write(" ")
		p.ident(o.Name)
	case *AssertSchema:
		p.write("assert-schema ")
		p.schema(o.Schema)
	case *BadOp:
		p.write("<error>")
	case *Consume:
		p.head("consume", o.Params)
	case *Count:
		p.write("count")
		if o.As != nil {
			p.write(" as ")
			p.ident(o.As)
		}
	case *Distinct:
		p.head("distinct", o.Params)
		p.list(o.Exprs)
	case *Evaluate:
		p.head("evaluate", o.Params)
		p.write(" ")
		p.bare(o.Call)
		if o.Schema != nil {
			p.write(" : ")
			p.schema(o.Schema)
		}
	case *ExecuteAndCache:
		p.write("__executeAndCache")
	case *Extend:
		p.write("extend")
		p.list(o.Exprs)
	case *Facet:
		p.write("facet by")
		p.list(o.By)
		if o.With != nil {
			p.write(" with")
			p.parens(o.With)
		}
	case *Find:
		p.find(o)
	case *Fork:
		p.write("fork")
		for _, b := range o.Branches {
			p.write(" ")
			p.part(b)
		}
	case *GetSchema:
		p.head("getschema", o.Params)
	case *Invoke:
		p.write("invoke ")
		p.expr(o.Call)
	case *Join:
		p.head("join", o.Params)
		p.write(" ")
		p.expr(o.Right)
		p.clauses("on", o.On)
		p.clause("where", o.Where)
	case *Lookup:
		p.head("lookup", o.Params)
		p.write(" ")
		p.expr(o.Right)
		p.clauses("on", o.On)
	case *MacroExpand:
		p.macroExpand(o)
	case *MakeSeries:
		p.makeSeries(o)
	case *MvApply:
		p.head("mv-apply", o.Params)
		p.mvItems(o.Items)
		p.clause("limit", o.Limit)
		p.clause("id", o.ID)
		p.write(" on")
		p.parens(o.On)
	case *MvExpand:
		p.head("mv-expand", o.Params)
		p.mvItems(o.Items)
		p.clause("limit", o.Limit)
	case *ParseOp:
		p.parse(o)
	case *ParseKV:
		p.write("parse-kv ")
		p.expr(o.X)
		p.write(" as ")
		p.schema(o.Schema)
		p.withProps(o.Props)
	case *Partition:
		p.partition(o)
	case *PartitionBy:
		p.head("__partitionby", o.Params)
		p.write(" ")
		p.expr(o.By)
		if o.ID != nil {
			p.write(" id ")
			p.constant(o.ID)
		}
		p.parens(o.X)
	case *Print:
		p.write("print")
		p.list(o.Exprs)
	case *Project:
		p.write(o.Kind.String())
		p.list(o.Exprs)
	case *Range:
		p.write("range ")
		p.ident(o.Name)
		p.clause("from", o.From)
		p.clause("to", o.To)
		p.clause("step", o.Step)
	case *Reduce:
		p.head("reduce", o.Params)
		p.clause("by", o.By)
		if o.With != nil {
			p.write(" with ")
			commas(p, o.With, p.param)
		}
	case *Render:
		p.render(o)
	case *Sample:
		p.head("sample", o.Params)
		p.list([]Expr{o.N})
	case *SampleDistinct:
		p.head("sample-distinct", o.Params)
		p.list([]Expr{o.N})
		p.clause("of", o.Of)
	case *Scan:
		p.scan(o)
	case *Search:
		p.head("search", o.Params)
		p.dataScope(o.DataScope)
		p.in(o.In)
		p.list([]Expr{o.X})
	case *Serialize:
		p.head("serialize", o.Params)
		p.list(o.Exprs)
	case *Sort:
		p.head("sort", o.Params)
		p.clauses("by", o.By)
	case *Summarize:
		p.head("summarize", o.Params)
		p.list(o.Aggregates)
		if o.HasBy {
			p.write(" by")
			p.list(o.By)
		}
		if o.Bin != nil {
			p.write(" bin=")
			p.expr(o.Bin)
		}
	case *Take:
		p.head("take", o.Params)
		p.list([]Expr{o.N})
	case *Top:
		p.head("top", o.Params)
		p.list([]Expr{o.N})
		p.clause("by", o.By)
	case *TopHitters:
		p.write("top-hitters")
		p.list([]Expr{o.N})
		p.clause("of", o.Of)
		p.clause("by", o.By)
	case *TopNested:
		commas(p, o.Levels, func(l *TopNestedLevel) { p.part(l) })
	case *Union:
		p.head("union", o.Params)
		p.list(o.Tables)
	case *Where:
		p.head("where", o.Params)
		p.list([]Expr{o.X})
	default:
		p.graphOperator(op)
	}
}

func (p *printer) graphOperator(op Operator) {
	switch o := op.(type) {
	case *GraphMarkComponents:
		p.head("graph-mark-components", o.Params)
	case *GraphMatch:
		name := "graph-match"
		if o.Shortest {
			name = "graph-shortest-paths"
		}
		p.head(name, o.Params)
		p.write(" ")
		commas(p, o.Patterns, func(g *GraphPattern) { p.part(g) })
		p.clause("where", o.Where)
		p.clauses("project", o.Project)
	case *GraphMerge:
		p.head("graph-merge", o.Params)
		p.write(" ")
		p.expr(o.Graph)
		p.clauses("on", o.On)
	case *GraphToTable:
		p.write("graph-to-table ")
		commas(p, o.Outputs, func(g *GraphOutput) { p.part(g) })
	case *GraphWhere:
		name := "graph-where-nodes"
		if o.Edges {
			name = "graph-where-edges"
		}
		p.write(name, " ")
		p.expr(o.X)
	case *MakeGraph:
		p.makeGraph(o)
	}
}

func (p *printer) find(o *Find) {
	p.write("find")
	p.dataScope(o.DataScope)
	p.params(o.Params)
	p.in(o.In)
	p.clause("where", o.Where)
	columns := func(c *FindColumn) { p.part(c) }
	if o.Project != nil {
		p.write(" project ")
		commas(p, o.Project, columns)
	}
	if o.ProjectSmart {
		p.write(" project-smart")
	}
	if o.ProjectAway != nil {
		p.write(" __projectAway ")
		commas(p, o.ProjectAway, columns)
	}
}

func (p *printer) dataScope(scope *Ident) {
	if scope != nil {
		p.write(" datascope=")
		p.ident(scope)
	}
}

// in prints the tables of find and search, of which a pipeline (T | as x) needs no parentheses.
func (p *printer) in(tables []Expr) {
	if tables == nil {
		return
	}
	p.write(" in (")
	commas(p, tables, func(x Expr) { p.pipe(x, " ") })
	p.write(")")
}

func (p *printer) macroExpand(o *MacroExpand) {
	p.head("macro-expand", o.Params)
	p.write(" ")
	p.expr(o.Group)
	if o.Name != nil {
		p.write(" as ")
		p.ident(o.Name)
	}
	p.write(" (")
	for i, s := range o.Statements {
		if i > 0 {
			p.write("; ")
		}
		p.statement(s, " ")
	}
	p.write(")")
}

func (p *printer) makeGraph(o *MakeGraph) {
	p.head("make-graph", o.Params)
	p.write(" ")
	p.ident(o.Source)
	if o.Directed {
		p.write(" --> ")
	} else {
		p.write(" -- ")
	}
	p.ident(o.Target)
	if o.NodeID != nil {
		p.write(" with_node_id=")
		p.ident(o.NodeID)
	}
	if o.Tables != nil {
		p.write(" with ")
		commas(p, o.Tables, func(t *GraphTable) { p.part(t) })
	}
	if o.PartitionedBy != nil {
		p.write(" partitioned-by ")
		p.expr(o.PartitionedBy)
		p.parens(o.Partition)
	}
}

func (p *printer) makeSeries(o *MakeSeries) {
	p.head("make-series", o.Params)
	p.write(" ")
	commas(p, o.Aggregates, func(a *SeriesAggregate) { p.part(a) })
	p.clause("on", o.On)
	if o.InRange {
		p.write(" in range(")
		commas(p, []Expr{o.From, o.To, o.Step}, p.named)
		p.write(")")
	} else {
		p.clause("from", o.From)
		p.clause("to", o.To)
		p.clause("step", o.Step)
	}
	p.clauses("by", o.By)
}

func (p *printer) mvItems(items []*MvItem) {
	p.write(" ")
	commas(p, items, func(i *MvItem) { p.part(i) })
}

func (p *printer) parse(o *ParseOp) {
	name := "parse"
	if o.Filter {
		name = "parse-where"
	}
	p.head(name, o.Params)
	p.write(" ")
	p.expr(o.X)
	p.write(" with")
	for _, part := range o.Pattern {
		p.write(" ")
		switch part := part.(type) {
		case *Column:
			p.column(part)
		case Expr:
			p.bare(part)
		}
	}
}

func (p *printer) partition(o *Partition) {
	p.head("partition", o.Params)
	p.write(" by ")
	p.expr(o.By)
	if o.Scope != nil {
		p.write(" in ")
		p.exprAt(o.Scope, precPostfix)
	}
	if !o.Braces {
		p.parens(o.X)
		return
	}
	p.write(" { ")
	p.pipe(o.X, " ")
	p.write(" }")
}

func (p *printer) render(o *Render) {
	p.write("render ")
	p.ident(o.Chart)
	for _, r := range o.Params {
		p.write(" ")
		if r.Name.Name == "with" || r.Name.Name == "by" {
			p.ident(r.Name)
			p.write(" ")
			commas(p, r.Values, p.constant)
			continue
		}
		p.param(r)
	}
	p.withProps(o.Props)
}

func (p *printer) scan(o *Scan) {
	p.head("scan", o.Params)
	p.clauses("order by", o.OrderBy)
	p.clauses("partition by", o.PartitionBy)
	if o.Declare != nil {
		p.write(" declare (")
		commas(p, o.Declare, p.funcParam)
		p.write(")")
	}
	p.write(" with (")
	for i, s := range o.Steps {
		if i > 0 {
			p.write(" ")
		}
		p.part(s)
	}
	p.write(")")
}

// part prints the parts of operators and statements that are nodes of their own.
func (p *printer) part(n Node) {
	switch n := n.(type) {
	case *PatternRule:
		p.patternRule(n)
	case *FindColumn:
		switch {
		case n.Star:
			p.write("*")
		case n.Pack:
			p.write("pack(*)")
		default:
			p.column(n.Column)
		}
	case *ForkBranch:
		if n.Name != nil {
			p.ident(n.Name)
			p.write("=")
		}
		p.write("(")
		p.pipe(n.X, " ")
		p.write(")")
	case *GraphPattern:
		for _, e := range n.Elems {
			p.part(e)
		}
	case *GraphNode:
		p.write("(")
		if n.Name != nil {
			p.ident(n.Name)
		}
		p.write(")")
	case *GraphEdge:
		p.graphEdge(n)
	case *GraphOutput:
		if n.Edges {
			p.write("edges")
		} else {
			p.write("nodes")
		}
		if n.As != nil {
			p.write(" as ")
			p.ident(n.As)
		}
		p.params(n.Params)
	case *GraphTable:
		p.exprAt(n.Table, precUnary)
		p.write(" on ")
		p.ident(n.Key)
	case *SeriesAggregate:
		p.named(n.X)
		if n.Default != nil {
			p.write(" default=")
			p.named(n.Default)
		}
	case *MvItem:
		if n.X != nil {
			p.named(n.X)
		}
		if n.X != nil && n.To != nil {
			p.write(" ")
		}
		if n.To != nil {
			p.write("to ")
			p.bare(n.To)
		}
	case *ScanStep:
		p.scanStep(n)
	case *TopNestedLevel:
		p.write("top-nested")
		if n.N != nil {
			p.list([]Expr{n.N})
		}
		p.clause("of", n.Of)
		if n.Others != nil {
			p.write(" with others=")
			p.expr(n.Others)
		}
		p.clause("by", n.By)
	}
}

func (p *printer) graphEdge(e *GraphEdge) {
	if e.Direction == Backward {
		p.write("<")
	}
	p.write("-")
	if e.Brackets {
		p.write("[")
		if e.Name != nil {
			p.ident(e.Name)
		}
		if e.Low != nil {
			p.write("*")
			p.exprAt(e.Low, precUnary)
			p.write(" .. ")
			p.exprAt(e.High, precUnary)
		}
		p.write("]")
	}
	p.write("-")
	if e.Direction == Forward {
		p.write(">")
	}
}

func (p *printer) scanStep(s *ScanStep) {
	p.write("step ")
	p.ident(s.Name)
	if s.Optional {
		p.write(" optional")
	}
	if s.Output != nil {
		p.write(" output=")
		p.ident(s.Output)
	}
	p.write(": ")
	p.expr(s.Cond)
	if s.Assigns != nil {
		p.write(" => ")
		commas(p, s.Assigns, func(n *Named) { p.named(n) })
	}
	p.write(";")
}
