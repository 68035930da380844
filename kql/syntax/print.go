package syntax

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Format returns the text of a node in one canonical form: every operator of a statement's
// pipeline on its own line, nested pipelines in one line, literals in their shortest form,
// parentheses only where precedence asks for them. Parsing the text gives the same tree, but for
// its spans.
func Format(n Node) string {
	var p printer
	switch n := n.(type) {
	case *Query:
		for i, s := range n.Statements {
			if i > 0 {
				p.write(";\n")
			}
			p.statement(s, "\n")
		}
	case Statement:
		p.statement(n, "\n")
	case Operator:
		p.operator(n)
	case *Pipe:
		p.pipe(n, "\n")
	case Expr:
		p.arg(n, true)
	case *Body:
		p.body(n)
	case *FuncParam:
		p.funcParam(n)
	case *Schema:
		p.schema(n)
	case *Column:
		p.column(n)
	case *TypeName:
		p.write(n.Name)
	case *Param:
		p.param(n)
	default:
		p.part(n)
	}
	return p.b.String()
}

type printer struct{ b strings.Builder }

func (p *printer) write(parts ...string) {
	for _, s := range parts {
		p.b.WriteString(s)
	}
}

// commas prints elements with commas between them.
func commas[T any](p *printer, all []T, element func(T)) {
	for i, x := range all {
		if i > 0 {
			p.write(", ")
		}
		element(x)
	}
}

// statement prints a statement; sep stands before the bars of its pipeline.
func (p *printer) statement(s Statement, sep string) {
	switch s := s.(type) {
	case *Let:
		p.write("let ")
		p.ident(s.Name)
		p.write(" = ")
		if f, ok := s.Value.(*FuncLit); ok {
			p.funcLit(f)
			return
		}
		p.pipe(s.Value, sep)
	case *Set:
		p.write("set ")
		p.ident(s.Name)
		if s.Value != nil {
			p.write(" = ")
			p.expr(s.Value)
		}
	case *DeclareParams:
		p.write("declare query_parameters(")
		commas(p, s.Params, p.funcParam)
		p.write(")")
	case *DeclarePattern:
		p.declarePattern(s)
	case *AliasDatabase:
		p.write("alias database ")
		p.ident(s.Name)
		p.write(" = ")
		p.expr(s.X)
	case *Restrict:
		p.write("restrict access to (")
		commas(p, s.Entities, p.expr)
		p.write(")")
		p.withProps(s.Props)
	case *ExprStmt:
		p.pipe(s.X, sep)
	}
}

func (p *printer) declarePattern(s *DeclarePattern) {
	p.write("declare pattern ")
	p.ident(s.Name)
	if s.Rules == nil && s.Params == nil {
		return
	}
	p.write(" = (")
	commas(p, s.Params, p.column)
	p.write(")")
	if s.Path != nil {
		p.write("[")
		p.column(s.Path)
		p.write("]")
	}
	p.write(" { ")
	for _, r := range s.Rules {
		p.patternRule(r)
		p.write("; ")
	}
	p.write("}")
}

func (p *printer) patternRule(r *PatternRule) {
	p.write("(")
	commas(p, r.Args, p.expr)
	p.write(")")
	if r.Path != nil {
		p.write(".[")
		p.constant(r.Path)
		p.write("]")
	}
	p.write(" = ")
	p.body(r.Body)
}

func (p *printer) body(b *Body) {
	p.write("{ ")
	for _, s := range b.Statements {
		p.statement(s, " ")
		p.write("; ")
	}
	if b.X != nil {
		p.pipe(b.X, " ")
		p.write(" ")
	}
	p.write("}")
}

func (p *printer) funcLit(f *FuncLit) {
	if f.View {
		p.write("view ")
	}
	p.write("(")
	commas(p, f.Params, p.funcParam)
	p.write(") ")
	p.body(f.Body)
}

func (p *printer) funcParam(f *FuncParam) {
	p.ident(f.Name)
	p.write(":")
	if f.Schema != nil {
		p.schema(f.Schema)
	} else {
		p.write(f.Type.Name)
	}
	if f.Default != nil {
		p.write("=")
		p.constant(f.Default)
	}
}

func (p *printer) schema(s *Schema) {
	p.write("(")
	if s.Open {
		p.write("*")
		if len(s.Columns) > 0 {
			p.write(", ")
		}
	}
	commas(p, s.Columns, p.column)
	p.write(")")
}

func (p *printer) column(c *Column) {
	p.ident(c.Name)
	if c.Type != nil {
		p.write(":", c.Type.Name)
	}
}

func (p *printer) ident(n *Ident) {
	if n.Quoted {
		p.write("[", quoteString(n.Name, '\''), "]")
		return
	}
	p.write(n.Name)
}

// pipe prints an expression where a pipeline can stand without parentheses.
func (p *printer) pipe(x Expr, sep string) {
	pipe, ok := x.(*Pipe)
	if !ok {
		p.expr(x)
		return
	}
	if pipe.Source != nil {
		p.expr(pipe.Source)
	}
	for i, op := range pipe.Ops {
		if i > 0 || pipe.Source != nil {
			p.write(sep, "| ")
		}
		p.operator(op)
	}
}

// precPostfix is the precedence of what can have a member or an index behind it.
const precPostfix = precUnary + 1

// precedence returns how tightly the parts of x hold together.
func precedence(x Expr) int {
	switch x := x.(type) {
	case *Binary:
		switch op := x.Op; {
		case op == OpOr:
			return precOr
		case op == OpAnd:
			return precAnd
		case op <= OpNe:
			return precEquality
		case op <= OpGe:
			return precRelation
		case op <= OpSub:
			return precSum
		case op <= OpMod:
			return precProduct
		}
		return precString
	case *In, *Between:
		return precEquality
	case *Unary, *DataTable, *ExternalData, *InlineTable, *ContextualTable, *ViewCombine, *DataScope:
		return precUnary
	case *Pipe, *Named, *Ordered:
		return precNone
	}
	return precPostfix
}

// expr prints an expression where no pipeline can stand.
func (p *printer) expr(x Expr) { p.exprAt(x, precOr) }

// exprAt prints an expression, in parentheses if it holds together less tightly than asked.
func (p *printer) exprAt(x Expr, least int) {
	if precedence(x) >= least {
		p.bare(x)
		return
	}
	p.write("(")
	p.pipe(x, " ")
	p.write(")")
}

// arg prints an argument of a call. A pipeline's operators take commas, so that it needs
// parentheses unless it is alone.
func (p *printer) arg(x Expr, alone bool) {
	switch x := x.(type) {
	case *Named, *Ordered:
		p.named(x)
	case *Pipe:
		if alone {
			p.pipe(x, " ")
			return
		}
		p.expr(x)
	default:
		p.expr(x)
	}
}

func (p *printer) args(all []Expr) {
	commas(p, all, func(x Expr) { p.arg(x, len(all) == 1) })
}

// named prints an expression with or without a name, and with or without an order.
func (p *printer) named(x Expr) {
	switch x := x.(type) {
	case *Named:
		if x.Tuple {
			p.write("(")
		}
		commas(p, x.Names, p.ident)
		if x.Tuple {
			p.write(")")
		}
		p.write(" = ")
		p.expr(x.X)
	case *Ordered:
		p.named(x.X)
		p.write([...]string{"", " asc", " desc", " granny-asc", " granny-desc"}[x.Order])
		p.write([...]string{"", " nulls first", " nulls last"}[x.Nulls])
	default:
		p.expr(x)
	}
}

// bare prints an expression without parentheses around it.
func (p *printer) bare(x Expr) {
	switch x := x.(type) {
	case *Ident:
		p.ident(x)
	case *Literal:
		p.literal(x, false)
	case *Member:
		p.member(x)
	case *Index:
		p.exprAt(x.X, precPostfix)
		p.write("[")
		p.expr(x.I)
		p.write("]")
	case *Call:
		p.ident(x.Name)
		if _, ok := typedLiterals[x.Name.Name]; ok {
			p.write(" ") // real(x) would be a literal
		}
		p.write("(")
		p.args(x.Args)
		p.write(")")
	case *QueryCall:
		p.ident(x.Name)
		if x.NoOptimization {
			p.write(" kind=nooptimization ")
		}
		p.write("(")
		p.pipe(x.X, " ")
		p.write(")")
	case *Unary:
		p.write(x.Op.String())
		p.exprAt(x.X, precPostfix)
	case *Binary:
		p.binary(x)
	case *In:
		p.exprAt(x.X, precRelation)
		p.write(" ", x.Op.String(), " (")
		p.args(x.List)
		p.write(")")
	case *Between:
		p.exprAt(x.X, precRelation)
		if x.Not {
			p.write(" !between (")
		} else {
			p.write(" between (")
		}
		p.expr(x.Low)
		p.write(" .. ")
		p.expr(x.High)
		p.write(")")
	case *Star:
		p.write("*")
	case *DataScope:
		p.expr(x.X)
		p.write(" datascope=")
		p.ident(x.Scope)
	case *TypeOf:
		p.write("typeof")
		if x.Type != nil {
			p.write("(", x.Type.Name, ")")
			return
		}
		p.schema(x.Schema)
	case *BadExpr:
		p.write("<error>")
	case *FuncLit:
		p.funcLit(x)
	default:
		p.source(x)
	}
}

func (p *printer) member(x *Member) {
	// The point behind a number would become a part of it.
	if _, ok := x.X.(*Literal); ok {
		p.write("(")
		p.bare(x.X)
		p.write(")")
	} else {
		p.exprAt(x.X, precPostfix)
	}
	p.write(".")
	p.bare(x.Sel)
}

func (p *printer) binary(x *Binary) {
	prec := precedence(x)
	left := prec
	if prec == precEquality || prec == precRelation || prec == precString {
		left++
	}
	p.exprAt(x.X, left)
	p.write(" ", x.Op.String(), " ")
	p.exprAt(x.Y, prec+1)
}

// source prints the expressions that make tables and JSON.
func (p *printer) source(x Expr) {
	switch x := x.(type) {
	case *Dynamic:
		p.write("dynamic(")
		p.constant(x.X)
		p.write(")")
	case *JSONArray:
		p.write("[")
		commas(p, x.Elems, p.constant)
		p.write("]")
	case *JSONObject:
		p.write("{")
		for i, k := range x.Keys {
			if i > 0 {
				p.write(", ")
			}
			p.constant(k)
			p.write(": ")
			p.constant(x.Values[i])
		}
		p.write("}")
	case *DataTable:
		p.write("datatable")
		p.params(x.Params)
		p.write(" ")
		p.schema(x.Schema)
		p.write(" [")
		commas(p, x.Values, p.constant)
		p.write("]")
	case *ExternalData:
		p.write("externaldata")
		p.params(x.Params)
		p.write(" ")
		p.schema(x.Schema)
		p.write(" [")
		commas(p, x.URIs, p.expr)
		p.write("]")
		p.withProps(x.Props)
	case *InlineTable:
		p.inlineTable(x)
	case *ContextualTable:
		p.write("__contextual_datatable ")
		p.expr(x.ID)
		p.write(" ")
		p.schema(x.Schema)
	case *ViewCombine:
		p.write("materialized-view-combine (")
		p.pipe(x.Name, " ")
		p.write(") base (")
		p.pipe(x.Base, " ")
		p.write(") delta (")
		p.pipe(x.Delta, " ")
		p.write(") aggregations (")
		p.operator(x.Aggregations)
		p.write(")")
	case *EntityGroup:
		p.write("entity_group [")
		commas(p, x.Members, p.expr)
		p.write("]")
	}
}

func (p *printer) inlineTable(x *InlineTable) {
	p.write("inline_external_table ")
	if x.Schema != nil {
		p.schema(x.Schema)
		p.write(" ")
	}
	p.write("kind=")
	p.ident(x.Kind)
	if x.PartitionBy != nil {
		p.write(" partition by (")
		commas(p, x.PartitionBy, func(f *FuncParam) {
			p.ident(f.Name)
			p.write(":", f.Type.Name)
			if f.Default != nil {
				p.write(" = ")
				p.expr(f.Default)
			}
		})
		p.write(")")
	}
	if x.PathFormat != nil {
		p.write(" pathformat=(")
		for i, part := range x.PathFormat {
			if i > 0 {
				p.write(" ")
			}
			p.exprAt(part, precPostfix)
		}
		p.write(")")
	}
	if x.DataFormat != nil {
		p.write(" dataformat=")
		p.ident(x.DataFormat)
	}
	p.write(" (")
	commas(p, x.URIs, p.expr)
	p.write(")")
	p.withProps(x.Props)
}

// constant prints an expression where only a literal can stand.
func (p *printer) constant(x Expr) {
	if lit, ok := x.(*Literal); ok {
		p.literal(lit, true)
		return
	}
	p.bare(x)
}

// literal prints a literal. A negative number is one literal only where signed says so; elsewhere
// its sign would be an operator.
func (p *printer) literal(x *Literal, signed bool) {
	if x.Kind == LitNull {
		p.write("null")
		return
	}
	if x.Null {
		p.write(x.Kind.String(), "(null)")
		return
	}
	switch x.Kind {
	case LitBool:
		p.write(strconv.FormatBool(x.Int != 0))
	case LitInt:
		p.write("int(", strconv.FormatInt(x.Int, 10), ")")
	case LitLong:
		p.number("long", strconv.FormatInt(x.Int, 10), signed)
	case LitReal:
		p.real(x.Real, signed)
	case LitDecimal:
		p.write("decimal(", x.Text, ")")
	case LitString:
		if x.Hidden {
			p.write("h")
		}
		p.write(quoteString(x.Text, '"'))
	case LitDatetime:
		p.write("datetime(", datetimeText(x.Int), ")")
	case LitTimespan:
		p.number("timespan", timespanText(x.Int), signed)
	case LitGuid:
		p.write("guid(", x.Text, ")")
	}
}

func (p *printer) real(f float64, signed bool) {
	switch {
	case math.IsNaN(f):
		p.write("real(nan)")
		return
	case math.IsInf(f, 0):
		p.write("real(", strings.ToLower(strconv.FormatFloat(f, 'g', -1, 64)), ")")
		return
	}
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	p.number("real", text, signed)
}

func (p *printer) number(typeName, text string, signed bool) {
	if text[0] == '-' && !signed {
		text = typeName + "(" + text + ")"
	}
	p.write(text)
}

// timespanText returns ticks in the largest unit that divides them.
func timespanText(ticks int64) string {
	for _, u := range []struct {
		ticks int64
		name  string
	}{
		{ticksDay, "d"}, {ticksHour, "h"}, {ticksMinute, "m"}, {ticksSecond, "s"}, {ticksMillisecond, "ms"},
		{ticksMicrosecond, "microseconds"},
	} {
		if ticks%u.ticks == 0 && (ticks != 0 || u.name == "s") {
			return strconv.FormatInt(ticks/u.ticks, 10) + u.name
		}
	}
	return strconv.FormatInt(ticks, 10) + "ticks"
}

// quoteString returns s as a string literal in the given quotes.
func quoteString(s string, quote byte) string {
	var b strings.Builder
	b.WriteByte(quote)
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			// Bytes that are no UTF-8 are written as they are: no escape stands for them.
			_, size := utf8.DecodeRuneInString(s[i:])
			b.WriteString(s[i : i+size])
			i += size
			continue
		}
		i++
		switch {
		case c == '\\' || c == quote:
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(quote)
	return b.String()
}
