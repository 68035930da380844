package syntax

import "fmt"

// Walk calls visit for n and, as long as visit returns true, for all that is below it, parents
// before children and children in the order of the text.
func Walk(n Node, visit func(Node) bool) {
	if !visit(n) {
		return
	}
	children(n, func(c Node) { Walk(c, visit) })
}

// A visitor is called for each child of a node.
type visitor func(Node)

// one visits a child that may be missing.
func one[T any, P interface {
	*T
	Node
}](f visitor, n P) {
	if n != nil {
		f(n)
	}
}

// each visits the members of a list.
func each[N Node](f visitor, all []N) {
	for _, n := range all {
		f(n)
	}
}

// exprs visits expressions that may be missing.
func (f visitor) exprs(all ...Expr) {
	for _, x := range all {
		if x != nil {
			f(x)
		}
	}
}

// children calls f for each child of n.
func children(n Node, f visitor) {
	switch n := n.(type) {
	case Statement:
		statementChildren(n, f)
	case Operator:
		operatorChildren(n, f)
	case Expr:
		exprChildren(n, f)
	default:
		partChildren(n, f)
	}
}

func statementChildren(s Statement, f visitor) {
	switch n := s.(type) {
	case *Let:
		one(f, n.Name)
		f.exprs(n.Value)
	case *Set:
		one(f, n.Name)
		f.exprs(n.Value)
	case *DeclareParams:
		each(f, n.Params)
	case *DeclarePattern:
		one(f, n.Name)
		each(f, n.Params)
		one(f, n.Path)
		each(f, n.Rules)
	case *AliasDatabase:
		one(f, n.Name)
		f.exprs(n.X)
	case *Restrict:
		each(f, n.Entities)
		each(f, n.Props)
	case *ExprStmt:
		f.exprs(n.X)
	}
}

func exprChildren(x Expr, f visitor) {
	switch n := x.(type) {
	case *Ident, *Literal, *Star, *BadExpr:
	case *Member:
		f.exprs(n.X, n.Sel)
	case *Index:
		f.exprs(n.X, n.I)
	case *Call:
		one(f, n.Name)
		each(f, n.Args)
	case *QueryCall:
		one(f, n.Name)
		f.exprs(n.X)
	case *Unary:
		f.exprs(n.X)
	case *Binary:
		f.exprs(n.X, n.Y)
	case *In:
		f.exprs(n.X)
		each(f, n.List)
	case *Between:
		f.exprs(n.X, n.Low, n.High)
	case *Named:
		each(f, n.Names)
		f.exprs(n.X)
	case *Ordered:
		f.exprs(n.X)
	case *DataScope:
		f.exprs(n.X)
		one(f, n.Scope)
	case *Dynamic:
		f.exprs(n.X)
	case *JSONArray:
		each(f, n.Elems)
	case *JSONObject:
		for i := range n.Keys {
			one(f, n.Keys[i])
			f.exprs(n.Values[i])
		}
	case *TypeOf:
		one(f, n.Type)
		one(f, n.Schema)
	case *Pipe:
		f.exprs(n.Source)
		each(f, n.Ops)
	case *FuncLit:
		each(f, n.Params)
		one(f, n.Body)
	case *DataTable:
		each(f, n.Params)
		one(f, n.Schema)
		each(f, n.Values)
	case *ExternalData:
		each(f, n.Params)
		one(f, n.Schema)
		each(f, n.URIs)
		each(f, n.Props)
	case *InlineTable:
		one(f, n.Schema)
		one(f, n.Kind)
		each(f, n.PartitionBy)
		each(f, n.PathFormat)
		one(f, n.DataFormat)
		each(f, n.URIs)
		each(f, n.Props)
	case *ContextualTable:
		f.exprs(n.ID)
		one(f, n.Schema)
	case *ViewCombine:
		f.exprs(n.Name, n.Base, n.Delta)
		if n.Aggregations != nil {
			f(n.Aggregations)
		}
	case *EntityGroup:
		each(f, n.Members)
	}
}

func operatorChildren(op Operator, f visitor) {
	switch n := op.(type) {
	case *BadOp:
		one(f, n.Name)
	case *ExecuteAndCache:
	case *As:
		each(f, n.Params)
		one(f, n.Name)
	case *AssertSchema:
		one(f, n.Schema)
	case *Consume:
		each(f, n.Params)
	case *Count:
		one(f, n.As)
	case *Distinct:
		each(f, n.Params)
		each(f, n.Exprs)
	case *Evaluate:
		each(f, n.Params)
		one(f, n.Call)
		one(f, n.Schema)
	case *Extend:
		each(f, n.Exprs)
	case *Facet:
		each(f, n.By)
		one(f, n.With)
	case *Find:
		one(f, n.DataScope)
		each(f, n.Params)
		each(f, n.In)
		f.exprs(n.Where)
		each(f, n.Project)
		each(f, n.ProjectAway)
	case *Fork:
		each(f, n.Branches)
	case *GetSchema:
		each(f, n.Params)
	case *Invoke:
		f.exprs(n.Call)
	case *Join:
		each(f, n.Params)
		f.exprs(n.Right)
		each(f, n.On)
		f.exprs(n.Where)
	case *Lookup:
		each(f, n.Params)
		f.exprs(n.Right)
		each(f, n.On)
	case *MacroExpand:
		each(f, n.Params)
		f.exprs(n.Group)
		one(f, n.Name)
		each(f, n.Statements)
	case *MakeSeries:
		each(f, n.Params)
		each(f, n.Aggregates)
		f.exprs(n.On, n.From, n.To, n.Step)
		each(f, n.By)
	case *MvApply:
		each(f, n.Params)
		each(f, n.Items)
		f.exprs(n.Limit, n.ID, n.On)
	case *MvExpand:
		each(f, n.Params)
		each(f, n.Items)
		f.exprs(n.Limit)
	case *ParseOp:
		each(f, n.Params)
		f.exprs(n.X)
		each(f, n.Pattern)
	case *ParseKV:
		f.exprs(n.X)
		one(f, n.Schema)
		each(f, n.Props)
	case *Partition:
		each(f, n.Params)
		f.exprs(n.By, n.Scope, n.X)
	case *PartitionBy:
		each(f, n.Params)
		f.exprs(n.By, n.ID, n.X)
	case *Print:
		each(f, n.Exprs)
	case *Project:
		each(f, n.Exprs)
	case *Range:
		one(f, n.Name)
		f.exprs(n.From, n.To, n.Step)
	case *Reduce:
		each(f, n.Params)
		f.exprs(n.By)
		each(f, n.With)
	case *Render:
		one(f, n.Chart)
		each(f, n.Params)
		each(f, n.Props)
	case *Sample:
		each(f, n.Params)
		f.exprs(n.N)
	case *SampleDistinct:
		each(f, n.Params)
		f.exprs(n.N, n.Of)
	case *Scan:
		each(f, n.Params)
		each(f, n.OrderBy)
		each(f, n.PartitionBy)
		each(f, n.Declare)
		each(f, n.Steps)
	case *Search:
		each(f, n.Params)
		one(f, n.DataScope)
		each(f, n.In)
		f.exprs(n.X)
	case *Serialize:
		each(f, n.Params)
		each(f, n.Exprs)
	case *Sort:
		each(f, n.Params)
		each(f, n.By)
	case *Summarize:
		each(f, n.Params)
		each(f, n.Aggregates)
		each(f, n.By)
		f.exprs(n.Bin)
	case *Take:
		each(f, n.Params)
		f.exprs(n.N)
	case *Top:
		each(f, n.Params)
		f.exprs(n.N)
		one(f, n.By)
	case *TopHitters:
		f.exprs(n.N, n.Of, n.By)
	case *TopNested:
		each(f, n.Levels)
	case *Union:
		each(f, n.Params)
		each(f, n.Tables)
	case *Where:
		each(f, n.Params)
		f.exprs(n.X)
	default:
		graphChildren(op, f)
	}
}

func graphChildren(op Operator, f visitor) {
	switch n := op.(type) {
	case *GraphMarkComponents:
		each(f, n.Params)
	case *GraphMatch:
		each(f, n.Params)
		each(f, n.Patterns)
		f.exprs(n.Where)
		each(f, n.Project)
	case *GraphMerge:
		each(f, n.Params)
		f.exprs(n.Graph)
		each(f, n.On)
	case *GraphToTable:
		each(f, n.Outputs)
	case *GraphWhere:
		f.exprs(n.X)
	case *MakeGraph:
		each(f, n.Params)
		one(f, n.Source)
		one(f, n.Target)
		one(f, n.NodeID)
		each(f, n.Tables)
		f.exprs(n.PartitionedBy, n.Partition)
	default:
		panic(fmt.Sprintf("syntax: walk does not know the operator %T", op))
	}
}

// partChildren visits what is below nodes that are neither statement, operator nor expression.
func partChildren(n Node, f visitor) {
	switch n := n.(type) {
	case *Query:
		each(f, n.Statements)
	case *PatternRule:
		each(f, n.Args)
		f.exprs(n.Path)
		one(f, n.Body)
	case *Body:
		each(f, n.Statements)
		f.exprs(n.X)
	case *FuncParam:
		one(f, n.Name)
		one(f, n.Type)
		one(f, n.Schema)
		f.exprs(n.Default)
	case *Schema:
		each(f, n.Columns)
	case *Column:
		one(f, n.Name)
		one(f, n.Type)
	case *TypeName:
	case *Param:
		one(f, n.Name)
		each(f, n.Values)
	case *FindColumn:
		one(f, n.Column)
	case *ForkBranch:
		one(f, n.Name)
		f.exprs(n.X)
	case *GraphPattern:
		each(f, n.Elems)
	case *GraphNode:
		one(f, n.Name)
	case *GraphEdge:
		one(f, n.Name)
		f.exprs(n.Low, n.High)
	case *GraphOutput:
		one(f, n.As)
		each(f, n.Params)
	case *GraphTable:
		f.exprs(n.Table)
		one(f, n.Key)
	case *SeriesAggregate:
		f.exprs(n.X, n.Default)
	case *MvItem:
		f.exprs(n.X)
		one(f, n.To)
	case *ScanStep:
		one(f, n.Name)
		one(f, n.Output)
		f.exprs(n.Cond)
		each(f, n.Assigns)
	case *TopNestedLevel:
		f.exprs(n.N, n.Of, n.Others)
		one(f, n.By)
	}
}
