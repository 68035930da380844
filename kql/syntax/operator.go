package syntax

// The operators of a pipeline, in the order of their names. Where an operator can be written in
// two ways (where and filter, take and limit, sort and order), there is one type.
type (
	// As is `as Name`.
	As struct {
		Loc
		Params []*Param
		Name   *Ident
	}

	// AssertSchema is `assert-schema (schema)`.
	AssertSchema struct {
		Loc
		Schema *Schema
	}

	// BadOp stands where an operator was expected. Name is the word that was found there, nil
	// if there was none. There is an Error for it.
	BadOp struct {
		Loc
		Name *Ident
	}

	// Consume is `consume decodeblocks=true`.
	Consume struct {
		Loc
		Params []*Param
	}

	// Count is `count`, or `count as Name`.
	Count struct {
		Loc
		As *Ident // nil when not given
	}

	// Distinct is `distinct a, b` or `distinct *` (one *Star).
	Distinct struct {
		Loc
		Params []*Param
		Exprs  []Expr
	}

	// Evaluate is `evaluate plugin(args) : (schema)`.
	Evaluate struct {
		Loc
		Params []*Param
		Call   *Call
		Schema *Schema // nil when not given
	}

	// ExecuteAndCache is `__executeAndCache`.
	ExecuteAndCache struct{ Loc }

	// Extend is `extend a = x, b`.
	Extend struct {
		Loc
		Exprs []Expr
	}

	// Facet is `facet by a, b with (pipeline)`. With has no Source, and is nil when not given.
	Facet struct {
		Loc
		By   []Expr
		With *Pipe
	}

	// Find is `find in (tables) where predicate project columns`.
	Find struct {
		Loc
		DataScope    *Ident // nil when not given
		Params       []*Param
		In           []Expr // nil when not given
		Where        Expr
		Project      []*FindColumn // nil when not given
		ProjectSmart bool
		ProjectAway  []*FindColumn // nil when not given
	}

	// A FindColumn is one of the columns that find projects: exactly one of Column, Pack
	// (`pack(*)`) and Star is set.
	FindColumn struct {
		Loc
		Column *Column
		Pack   bool
		Star   bool
	}

	// Fork is `fork a=(pipeline) (pipeline)`.
	Fork struct {
		Loc
		Branches []*ForkBranch
	}

	// A ForkBranch is one of fork's pipelines. Name is nil when not given.
	ForkBranch struct {
		Loc
		Name *Ident
		X    Expr
	}

	// GetSchema is `getschema kind=csl`.
	GetSchema struct {
		Loc
		Params []*Param
	}

	// GraphMarkComponents is `graph-mark-components kind=weak with_component_id=c`.
	GraphMarkComponents struct {
		Loc
		Params []*Param
	}

	// GraphMatch is `graph-match pattern, pattern where predicate project columns`, or
	// graph-shortest-paths with Shortest set.
	GraphMatch struct {
		Loc
		Shortest bool
		Params   []*Param
		Patterns []*GraphPattern
		Where    Expr   // nil when not given
		Project  []Expr // nil when not given
	}

	// A GraphPattern is a path such as (a)-[e*1..3]->(b)<--(c).
	GraphPattern struct {
		Loc
		Elems []GraphElem
	}

	// A GraphElem is a *GraphNode or a *GraphEdge.
	GraphElem interface {
		Node
		graphElem()
	}

	// A GraphNode is `(name)`; Name is nil in `()`.
	GraphNode struct {
		Loc
		Name *Ident
	}

	// A GraphEdge is `-->`, `-[name*low..high]->` and the like. Low and High are both nil for an
	// edge of one step.
	GraphEdge struct {
		Loc
		Direction Direction
		Brackets  bool
		Name      *Ident // nil when not given
		Low, High Expr
	}

	// GraphMerge is `graph-merge Graph on conditions`.
	GraphMerge struct {
		Loc
		Params []*Param
		Graph  Expr
		On     []Expr
	}

	// GraphToTable is `graph-to-table nodes as N with_node_id=i, edges`.
	GraphToTable struct {
		Loc
		Outputs []*GraphOutput
	}

	// A GraphOutput is one table of graph-to-table.
	GraphOutput struct {
		Loc
		Edges  bool   // edges rather than nodes
		As     *Ident // nil when not given
		Params []*Param
	}

	// GraphWhere is `graph-where-nodes X`, or graph-where-edges with Edges set.
	GraphWhere struct {
		Loc
		Edges bool
		X     Expr
	}

	// Invoke is `invoke f(args)`; Call is a *Call or a *Member that ends in one.
	Invoke struct {
		Loc
		Call Expr
	}

	// Join is `join kind=inner (Right) on conditions`. At most one of On and Where is set.
	Join struct {
		Loc
		Params []*Param
		Right  Expr
		On     []Expr
		Where  Expr
	}

	// Lookup is `lookup kind=leftouter (Right) on conditions`.
	Lookup struct {
		Loc
		Params []*Param
		Right  Expr
		On     []Expr
	}

	// MacroExpand is `macro-expand Group as Name (statements)`.
	MacroExpand struct {
		Loc
		Params     []*Param
		Group      Expr
		Name       *Ident // nil when not given
		Statements []Statement
	}

	// MakeGraph is `make-graph Source --> Target with Nodes on ID`.
	MakeGraph struct {
		Loc
		Params         []*Param
		Source, Target *Ident
		Directed       bool // `-->` rather than `--`
		NodeID         *Ident
		Tables         []*GraphTable
		PartitionedBy  Expr // nil when not given
		Partition      Expr // the pipeline for one partition
	}

	// A GraphTable is `Table on Key` in make-graph.
	GraphTable struct {
		Loc
		Table Expr
		Key   *Ident
	}

	// MakeSeries is `make-series aggregates on Axis from From to To step Step by keys`, or with
	// `in range(From, To, Step)` in the older form (InRange).
	MakeSeries struct {
		Loc
		Params         []*Param
		Aggregates     []*SeriesAggregate
		On             Expr
		InRange        bool
		From, To, Step Expr // From and To are nil when not given
		By             []Expr
	}

	// A SeriesAggregate is `X default=Default` in make-series. Default is nil when not given.
	SeriesAggregate struct {
		Loc
		X       Expr
		Default Expr
	}

	// MvApply is `mv-apply items limit Limit id ID on (pipeline)`.
	MvApply struct {
		Loc
		Params []*Param
		Items  []*MvItem
		Limit  Expr // nil when not given
		ID     Expr // nil when not given
		On     Expr
	}

	// MvExpand is `mv-expand items limit Limit`.
	MvExpand struct {
		Loc
		Params []*Param
		Items  []*MvItem
		Limit  Expr // nil when not given
	}

	// An MvItem is `X to typeof(T)` in mv-expand and mv-apply. To is nil when not given; X is
	// nil in mv-apply's `to typeof(T)` alone.
	MvItem struct {
		Loc
		X  Expr
		To *TypeOf
	}

	// ParseOp is `parse kind=regex X with pattern`, or parse-where with Filter set.
	ParseOp struct {
		Loc
		Filter  bool
		Params  []*Param
		X       Expr
		Pattern []ParsePart
	}

	// A ParsePart is a *Star, a *Literal or a *Column.
	ParsePart = Node

	// ParseKV is `parse-kv X as (schema) with (props)`.
	ParseKV struct {
		Loc
		X      Expr
		Schema *Schema
		Props  []*Param
	}

	// Partition is `partition by Key (pipeline)`, or `partition by Key in (Scope) { query }`
	// with Braces set.
	Partition struct {
		Loc
		Params []*Param
		By     Expr
		Scope  Expr // nil when not given
		Braces bool
		X      Expr
	}

	// PartitionBy is `__partitionby Key id ID (pipeline)`.
	PartitionBy struct {
		Loc
		Params []*Param
		By     Expr
		ID     Expr // nil when not given
		X      Expr
	}

	// Print is `print a = x, y`.
	Print struct {
		Loc
		Exprs []Expr
	}

	// Project is project, project-away, project-keep, project-rename, project-reorder and
	// project-by-names, which Kind tells apart. The expressions of project-reorder are all
	// *Ordered.
	Project struct {
		Loc
		Kind  ProjectKind
		Exprs []Expr
	}

	// Range is `range Name from From to To step Step`.
	Range struct {
		Loc
		Name           *Ident
		From, To, Step Expr
	}

	// Reduce is `reduce by X with threshold=0.1, characters="-"`.
	Reduce struct {
		Loc
		Params []*Param
		By     Expr
		With   []*Param
	}

	// Render is `render chart with (props)`. Params are the properties in the older form,
	// without parentheses.
	Render struct {
		Loc
		Chart  *Ident
		Params []*Param
		Props  []*Param
	}

	// Sample is `sample N`.
	Sample struct {
		Loc
		Params []*Param
		N      Expr
	}

	// SampleDistinct is `sample-distinct N of X`.
	SampleDistinct struct {
		Loc
		Params []*Param
		N      Expr
		Of     Expr
	}

	// Scan is `scan declare (columns) with (steps)`.
	Scan struct {
		Loc
		Params      []*Param
		OrderBy     []Expr // *Ordered
		PartitionBy []Expr
		Declare     []*FuncParam
		Steps       []*ScanStep
	}

	// A ScanStep is `step Name output=all: Cond => a = x, b = y;`.
	ScanStep struct {
		Loc
		Name     *Ident
		Optional bool
		Output   *Ident // nil when not given
		Cond     Expr
		Assigns  []*Named
	}

	// Search is `search kind=case_sensitive in (tables) predicate`.
	Search struct {
		Loc
		Params    []*Param
		DataScope *Ident // nil when not given
		In        []Expr // nil when not given
		X         Expr
	}

	// Serialize is `serialize a = x`.
	Serialize struct {
		Loc
		Params []*Param
		Exprs  []Expr
	}

	// Sort is `sort by a asc, b`. The expressions are all *Ordered.
	Sort struct {
		Loc
		Params []*Param
		By     []Expr
	}

	// Summarize is `summarize aggregates by keys bin=Bin`.
	Summarize struct {
		Loc
		Params     []*Param
		Aggregates []Expr
		HasBy      bool
		By         []Expr
		Bin        Expr // nil when not given
	}

	// Take is `take N`.
	Take struct {
		Loc
		Params []*Param
		N      Expr
	}

	// Top is `top N by X`.
	Top struct {
		Loc
		Params []*Param
		N      Expr
		By     *Ordered
	}

	// TopHitters is `top-hitters N of X by Y`.
	TopHitters struct {
		Loc
		N  Expr
		Of Expr
		By Expr // nil when not given
	}

	// TopNested is `top-nested 3 of a by count(), top-nested 2 of b by count()`.
	TopNested struct {
		Loc
		Levels []*TopNestedLevel
	}

	// A TopNestedLevel is `top-nested N of X with others=Others by Y`.
	TopNestedLevel struct {
		Loc
		N      Expr // nil when not given
		Of     Expr
		Others Expr // nil when not given
		By     *Ordered
	}

	// Union is `union kind=outer A, B*, (pipeline)`.
	Union struct {
		Loc
		Params []*Param
		Tables []Expr
	}

	// Where is `where X`.
	Where struct {
		Loc
		Params []*Param
		X      Expr
	}
)

func (*As) operator()                  {}
func (*AssertSchema) operator()        {}
func (*BadOp) operator()               {}
func (*Consume) operator()             {}
func (*Count) operator()               {}
func (*Distinct) operator()            {}
func (*Evaluate) operator()            {}
func (*ExecuteAndCache) operator()     {}
func (*Extend) operator()              {}
func (*Facet) operator()               {}
func (*Find) operator()                {}
func (*Fork) operator()                {}
func (*GetSchema) operator()           {}
func (*GraphMarkComponents) operator() {}
func (*GraphMatch) operator()          {}
func (*GraphMerge) operator()          {}
func (*GraphToTable) operator()        {}
func (*GraphWhere) operator()          {}
func (*Invoke) operator()              {}
func (*Join) operator()                {}
func (*Lookup) operator()              {}
func (*MacroExpand) operator()         {}
func (*MakeGraph) operator()           {}
func (*MakeSeries) operator()          {}
func (*MvApply) operator()             {}
func (*MvExpand) operator()            {}
func (*ParseOp) operator()             {}
func (*ParseKV) operator()             {}
func (*Partition) operator()           {}
func (*PartitionBy) operator()         {}
func (*Print) operator()               {}
func (*Project) operator()             {}
func (*Range) operator()               {}
func (*Reduce) operator()              {}
func (*Render) operator()              {}
func (*Sample) operator()              {}
func (*SampleDistinct) operator()      {}
func (*Scan) operator()                {}
func (*Search) operator()              {}
func (*Serialize) operator()           {}
func (*Sort) operator()                {}
func (*Summarize) operator()           {}
func (*Take) operator()                {}
func (*Top) operator()                 {}
func (*TopHitters) operator()          {}
func (*TopNested) operator()           {}
func (*Union) operator()               {}
func (*Where) operator()               {}

func (*GraphNode) graphElem() {}
func (*GraphEdge) graphElem() {}

// A ProjectKind tells project and its relatives apart.
type ProjectKind uint8

// The relatives of project.
const (
	ProjectSet ProjectKind = iota // project
	ProjectAway
	ProjectKeep
	ProjectRename
	ProjectReorder
	ProjectByNames
)

var projectNames = [...]string{"project", "project-away", "project-keep", "project-rename", "project-reorder", "project-by-names"}

// String returns the operator's name.
func (k ProjectKind) String() string { return projectNames[k] }

// A Direction is that of an edge in a graph pattern.
type Direction uint8

// The directions of edges.
const (
	Forward  Direction = iota // -->
	Backward                  // <--
	AnyWay                    // --
)
