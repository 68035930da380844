package syntax

// A Node is any part of the tree.
type Node interface {
	Span() Span
}

// A Statement is one of the parts of a query that semicolons separate.
type Statement interface {
	Node
	statement()
}

// An Expr is a scalar or tabular expression: KQL's grammar does not tell them apart, the binder
// does.
type Expr interface {
	Node
	expr()
}

// An Operator is one stage of a pipeline: what stands between two bars, or a source that is
// written as an operator (print, range, union, search, find, evaluate, macro-expand).
type Operator interface {
	Node
	operator()
}

// A Query is a whole text.
type Query struct {
	Loc
	Statements []Statement
}

// Statements.
type (
	// Let is `let Name = Value`. Value is a *FuncLit, an *EntityGroup, or any other expression.
	Let struct {
		Loc
		Name  *Ident
		Value Expr
	}

	// Set is `set Name` or `set Name = Value`; Value is nil in the first form.
	Set struct {
		Loc
		Name  *Ident
		Value Expr
	}

	// DeclareParams is `declare query_parameters(Params)`.
	DeclareParams struct {
		Loc
		Params []*FuncParam
	}

	// DeclarePattern is `declare pattern Name = (Params)[Path] { Rules }`. A pattern that is
	// only announced (`declare pattern Name`) has no Rules.
	DeclarePattern struct {
		Loc
		Name   *Ident
		Params []*Column
		Path   *Column // nil when the pattern has no path
		Rules  []*PatternRule
	}

	// AliasDatabase is `alias database Name = X`.
	AliasDatabase struct {
		Loc
		Name *Ident
		X    Expr
	}

	// Restrict is `restrict access to (Entities) with (Props)`.
	Restrict struct {
		Loc
		Entities []Expr
		Props    []*Param
	}

	// ExprStmt is an expression whose result is a result of the query.
	ExprStmt struct {
		Loc
		X Expr
	}
)

func (*Let) statement()            {}
func (*Set) statement()            {}
func (*DeclareParams) statement()  {}
func (*DeclarePattern) statement() {}
func (*AliasDatabase) statement()  {}
func (*Restrict) statement()       {}
func (*ExprStmt) statement()       {}

// Parts of statements and operators that are neither expressions nor operators.
type (
	// A PatternRule is `(Args).[Path] = { Body }` in a pattern. Path is nil when there is none.
	PatternRule struct {
		Loc
		Args []Expr
		Path Expr
		Body *Body
	}

	// A Body is what stands in the braces of a function: statements, then an expression that is
	// its value. X is nil when the function has no value.
	Body struct {
		Loc
		Statements []Statement
		X          Expr
	}

	// A FuncParam is a parameter of a function, of the query, or a column declared by scan.
	// Exactly one of Type and Schema is set.
	FuncParam struct {
		Loc
		Name    *Ident
		Type    *TypeName
		Schema  *Schema // a tabular parameter
		Default Expr    // nil when the parameter has none
	}

	// A Schema is a list of columns in parentheses. Open means that it starts with `*`: other
	// columns may come.
	Schema struct {
		Loc
		Open    bool
		Columns []*Column
	}

	// A Column is `Name:Type`. Type is nil where the grammar lets it be left out (parse, find).
	Column struct {
		Loc
		Name *Ident
		Type *TypeName
	}

	// A TypeName is the name of a scalar type as it was written: `long`, `int64`, `date`.
	TypeName struct {
		Loc
		Name string
	}

	// A Param is `Name=Value` after the name of an operator, or in a `with (...)` list. A value
	// that is a bare word is an *Ident. hint.shufflekey and its like take several values.
	Param struct {
		Loc
		Name   *Ident // dotted names are one name: hint.strategy
		Values []Expr
	}
)

// Names, operators on values, and calls.
type (
	// An Ident is a name where it is used or declared. Name is the name itself, without the
	// brackets and quotes of `['a name']`. `$left` and `$right` are Idents with those names.
	Ident struct {
		Loc
		Name     string
		Quoted   bool // written as ['Name'] or ["Name"]
		Wildcard bool // an unquoted name with at least one `*` in it
	}

	// Member is `X.Sel`; Sel is an *Ident or a *Call (`cluster("c").database("d").T`).
	Member struct {
		Loc
		X   Expr
		Sel Expr
	}

	// Index is `X[I]`, or `X.[I]`. `X['name']` has a string literal for I.
	Index struct {
		Loc
		X Expr
		I Expr
	}

	// Call is `Name(Args)`. An argument may be a *Named, a *Star, or (in functions that take
	// tables) a *Pipe.
	Call struct {
		Loc
		Name *Ident
		Args []Expr
	}

	// QueryCall is `toscalar(X)`, `totable(X)` or `materialize(X)`.
	QueryCall struct {
		Loc
		Name           *Ident
		NoOptimization bool // toscalar kind=nooptimization (X)
		X              Expr
	}

	// Unary is `Op X`, with Op one of OpNeg and OpPos.
	Unary struct {
		Loc
		Op Op
		X  Expr
	}

	// Binary is `X Op Y`. X is a *Star in `* has "word"`.
	Binary struct {
		Loc
		Op   Op
		OpAt Span
		X, Y Expr
	}

	// In is `X Op (List)`, with Op one of OpIn, OpInCI, OpNotIn, OpNotInCI, OpHasAny, OpHasAll.
	// A query in the parentheses is the only member of List, and a *Pipe.
	In struct {
		Loc
		Op   Op
		OpAt Span
		X    Expr
		List []Expr
	}

	// Between is `X between (Low .. High)`.
	Between struct {
		Loc
		Not       bool // !between
		X         Expr
		Low, High Expr
	}

	// Star is `*`.
	Star struct{ Loc }

	// Named is `Name = X`, or `(Name, Name) = X` with Tuple set.
	Named struct {
		Loc
		Names []*Ident
		Tuple bool
		X     Expr
	}

	// Ordered is `X asc nulls first` in sort, top and their like. It stands only where an order
	// can be given, and also when none is.
	Ordered struct {
		Loc
		X     Expr
		Order Order
		Nulls NullsOrder
	}

	// DataScope is `X datascope=Scope`.
	DataScope struct {
		Loc
		X     Expr
		Scope *Ident
	}
)

// Literals.
type (
	// A Literal is a constant. Kind says which of the other fields holds its value.
	Literal struct {
		Loc
		Kind LiteralKind
		// Null is set for typed nulls such as `int(null)`.
		Null bool
		// Int holds LitBool (0 or 1), LitInt, LitLong, LitDatetime (ticks of 100 ns since
		// 0001-01-01T00:00:00Z) and LitTimespan (ticks).
		Int int64
		// Real holds LitReal.
		Real float64
		// Text holds LitString (decoded, adjacent literals joined), LitDecimal (as written) and
		// LitGuid (lower case, 8-4-4-4-12).
		Text string
		// Hidden is set for h'...', a string that must not show in logs.
		Hidden bool
	}

	// Dynamic is `dynamic(X)`. X is made of *Literal (LitNull too), *JSONArray, *JSONObject and
	// *Dynamic.
	Dynamic struct {
		Loc
		X Expr
	}

	// JSONArray is `[Elems]` inside of a Dynamic.
	JSONArray struct {
		Loc
		Elems []Expr
	}

	// JSONObject is `{"name": value}` inside of a Dynamic. Keys[i] is the name of Values[i].
	JSONObject struct {
		Loc
		Keys   []*Literal
		Values []Expr
	}

	// TypeOf is `typeof(long)` (Type is set) or `typeof(*, a:long)` (Schema is set).
	TypeOf struct {
		Loc
		Type   *TypeName
		Schema *Schema
	}
)

// Tabular expressions.
type (
	// Pipe is `Source | Op | Op`. Source is nil when the first operator needs none (`print`,
	// `union A, B`), or when the pipeline's input is implied (inside of mv-apply, partition and
	// fork). A source without operators is not a Pipe: it stands for itself.
	Pipe struct {
		Loc
		Source Expr
		Ops    []Operator
	}

	// FuncLit is a function in a let: `(params) { body }`.
	FuncLit struct {
		Loc
		View   bool
		Params []*FuncParam
		Body   *Body
	}

	// DataTable is `datatable (schema) [values]`.
	DataTable struct {
		Loc
		Params []*Param
		Schema *Schema
		Values []Expr
	}

	// ExternalData is `externaldata (schema) [uris] with (props)`.
	ExternalData struct {
		Loc
		Params []*Param
		Schema *Schema
		URIs   []Expr
		Props  []*Param
	}

	// InlineTable is `inline_external_table (schema) kind=storage partition by (columns)
	// pathformat=(parts) dataformat=csv (uris) with (props)`. The defaults of PartitionBy are
	// what the columns are computed from. Schema and DataFormat are nil when not given.
	InlineTable struct {
		Loc
		Schema      *Schema
		Kind        *Ident
		PartitionBy []*FuncParam
		PathFormat  []Expr
		DataFormat  *Ident
		URIs        []Expr
		Props       []*Param
	}

	// ContextualTable is `__contextual_datatable ID (schema)`.
	ContextualTable struct {
		Loc
		ID     Expr
		Schema *Schema
	}

	// ViewCombine is `materialized-view-combine("Name") base (Base) delta (Delta)
	// aggregations (Aggregations)`.
	ViewCombine struct {
		Loc
		Name         Expr
		Base         Expr
		Delta        Expr
		Aggregations Operator
	}

	// EntityGroup is `entity_group [members]`.
	EntityGroup struct {
		Loc
		Members []Expr
	}

	// BadExpr stands where an expression was expected and something else was found; there is an
	// Error for it.
	BadExpr struct{ Loc }
)

func (*Ident) expr()           {}
func (*Member) expr()          {}
func (*Index) expr()           {}
func (*Call) expr()            {}
func (*QueryCall) expr()       {}
func (*Unary) expr()           {}
func (*Binary) expr()          {}
func (*In) expr()              {}
func (*Between) expr()         {}
func (*Star) expr()            {}
func (*Named) expr()           {}
func (*Ordered) expr()         {}
func (*DataScope) expr()       {}
func (*Literal) expr()         {}
func (*Dynamic) expr()         {}
func (*JSONArray) expr()       {}
func (*JSONObject) expr()      {}
func (*TypeOf) expr()          {}
func (*Pipe) expr()            {}
func (*FuncLit) expr()         {}
func (*DataTable) expr()       {}
func (*ExternalData) expr()    {}
func (*InlineTable) expr()     {}
func (*ContextualTable) expr() {}
func (*ViewCombine) expr()     {}
func (*EntityGroup) expr()     {}
func (*BadExpr) expr()         {}

// A LiteralKind is the type of a Literal.
type LiteralKind uint8

// The kinds of literals. LitNull is the untyped null that only dynamic(...) can hold.
const (
	LitNull LiteralKind = iota
	LitBool
	LitInt
	LitLong
	LitReal
	LitDecimal
	LitString
	LitDatetime
	LitTimespan
	LitGuid
)

var literalTypes = [...]string{"null", "bool", "int", "long", "real", "decimal", "string", "datetime", "timespan", "guid"}

// String returns the name of the KQL type.
func (k LiteralKind) String() string { return literalTypes[k] }

// An Order is the direction of an Ordered.
type Order uint8

// The directions. The granny orders compare digits in names as numbers.
const (
	OrderDefault Order = iota // not written: descending in sort and top
	OrderAsc
	OrderDesc
	OrderGrannyAsc
	OrderGrannyDesc
)

// A NullsOrder says where nulls come in an Ordered.
type NullsOrder uint8

// The places of nulls.
const (
	NullsDefault NullsOrder = iota // not written: first when ascending, last when descending
	NullsFirst
	NullsLast
)

// An Op is an operator on values.
type Op uint8

// The operators. Synonyms are one Op: `<>` is OpNe, `notcontains` is OpNotContains.
const (
	OpInvalid Op = iota
	OpOr
	OpAnd
	OpEq
	OpNe
	OpLt
	OpLe
	OpGt
	OpGe
	OpAdd
	OpSub
	OpMul
	OpDiv
	OpMod
	OpEqCI // =~
	OpNeCI // !~
	OpHas
	OpNotHas
	OpHasCS
	OpNotHasCS
	OpHasPrefix
	OpNotHasPrefix
	OpHasPrefixCS
	OpNotHasPrefixCS
	OpHasSuffix
	OpNotHasSuffix
	OpHasSuffixCS
	OpNotHasSuffixCS
	OpContains
	OpNotContains
	OpContainsCS
	OpNotContainsCS
	OpStartsWith
	OpNotStartsWith
	OpStartsWithCS
	OpNotStartsWithCS
	OpEndsWith
	OpNotEndsWith
	OpEndsWithCS
	OpNotEndsWithCS
	OpLike
	OpNotLike
	OpLikeCS
	OpNotLikeCS
	OpMatchesRegex
	OpSearch // `column:"word"` in search and find
	OpIn
	OpNotIn
	OpInCI
	OpNotInCI
	OpHasAny
	OpHasAll
	OpNeg
	OpPos
)

var opTexts = [...]string{
	OpInvalid: "invalid",
	OpOr:      "or", OpAnd: "and",
	OpEq: "==", OpNe: "!=", OpLt: "<", OpLe: "<=", OpGt: ">", OpGe: ">=",
	OpAdd: "+", OpSub: "-", OpMul: "*", OpDiv: "/", OpMod: "%",
	OpEqCI: "=~", OpNeCI: "!~",
	OpHas: "has", OpNotHas: "!has", OpHasCS: "has_cs", OpNotHasCS: "!has_cs",
	OpHasPrefix: "hasprefix", OpNotHasPrefix: "!hasprefix", OpHasPrefixCS: "hasprefix_cs", OpNotHasPrefixCS: "!hasprefix_cs",
	OpHasSuffix: "hassuffix", OpNotHasSuffix: "!hassuffix", OpHasSuffixCS: "hassuffix_cs", OpNotHasSuffixCS: "!hassuffix_cs",
	OpContains: "contains", OpNotContains: "!contains", OpContainsCS: "contains_cs", OpNotContainsCS: "!contains_cs",
	OpStartsWith: "startswith", OpNotStartsWith: "!startswith", OpStartsWithCS: "startswith_cs", OpNotStartsWithCS: "!startswith_cs",
	OpEndsWith: "endswith", OpNotEndsWith: "!endswith", OpEndsWithCS: "endswith_cs", OpNotEndsWithCS: "!endswith_cs",
	OpLike: "like", OpNotLike: "notlike", OpLikeCS: "likecs", OpNotLikeCS: "notlikecs",
	OpMatchesRegex: "matches regex", OpSearch: ":",
	OpIn: "in", OpNotIn: "!in", OpInCI: "in~", OpNotInCI: "!in~", OpHasAny: "has_any", OpHasAll: "has_all",
	OpNeg: "-", OpPos: "+",
}

// String returns the operator as KQL writes it.
func (o Op) String() string { return opTexts[o] }
