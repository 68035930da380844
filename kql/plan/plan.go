// Package plan has the logical operators that a query is made of once its names
// and types are known, and the rewrites that make it cheaper.
//
// A column is a pointer: two columns are the same only if they are the same
// *Column, whatever their names, so that a rewrite can move an expression
// without asking what a name means where it lands. What the package protects:
// a rewrite never changes the rows of a result, and no order is kept unless an
// operator has it written in its keys.
package plan

import (
	"fmt"
	"strings"

	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// A Column is a value that every row of an operator's result has. ID is unique
// in a plan; Name is only for people.
type Column struct {
	ID   int
	Name string
	Type types.Type
}

func (c *Column) String() string { return fmt.Sprintf("%s#%d", c.Name, c.ID) }

// An Op is a relational operator.
type Op interface {
	// Cols returns the columns of the result.
	Cols() []*Column
	// Inputs returns the operators that this one reads.
	Inputs() []Op
	// line says what the operator does, without its inputs.
	line() string
}

// An Item is a column and the expression that computes it.
type Item struct {
	Col *Column
	X   Expr
}

// passes reports whether the item only hands on a column of its input.
func (it Item) passes() bool {
	r, ok := it.X.(*Ref)
	return ok && r.Col == it.Col
}

// A SortKey is one key of an order.
type SortKey struct {
	X          Expr
	Desc       bool
	NullsFirst bool
}

func (k SortKey) String() string {
	s := k.X.String()
	if k.Desc {
		s += " desc"
	}
	if k.NullsFirst != !k.Desc {
		s += map[bool]string{true: " nulls first", false: " nulls last"}[k.NullsFirst]
	}
	return s
}

// A Field is a column of a result under the name that the query gives it.
type Field struct {
	Name string
	Col  *Column
}

// A Result is one result of a query: the rows of Op in the order of Order, and
// of its columns those in Fields.
type Result struct {
	Name   string
	Op     Op
	Fields []Field
	Order  []SortKey
	Render *Render
	// RowIDs says that the last of Fields is not one of the query's: it is the _Seq of the table row that each row
	// was made of.
	RowIDs bool
}

// A Render says how a client should draw a result.
type Render struct {
	Chart string
	Props map[string]string
}

// A Query is all results of a text.
type Query struct {
	Results []*Result
	Tables  []string // the tables it reads, sorted
}

// String prints the plan of q, one operator a line, inputs indented below it.
func (q *Query) String() string {
	var b strings.Builder
	seen := map[*Shared]bool{}
	for _, r := range q.Results {
		b.WriteString("result")
		for i, f := range r.Fields {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, " %s=%s", f.Name, f.Col)
		}
		if len(r.Order) > 0 {
			b.WriteString(" sort by " + keys(r.Order))
		}
		b.WriteByte('\n')
		dump(&b, r.Op, 1, seen)
	}
	return b.String()
}

// Print returns the operators of one plan as text.
func Print(op Op) string {
	var b strings.Builder
	dump(&b, op, 0, map[*Shared]bool{})
	return b.String()
}

func dump(b *strings.Builder, op Op, depth int, seen map[*Shared]bool) {
	fmt.Fprintf(b, "%s%s\n", strings.Repeat("  ", depth), op.line())
	if u, ok := op.(*Use); ok {
		if !seen[u.Of] {
			seen[u.Of] = true
			dump(b, u.Of.In, depth+1, seen)
		}
		return
	}
	for _, in := range op.Inputs() {
		dump(b, in, depth+1, seen)
	}
}

func keys(ks []SortKey) string {
	parts := make([]string, len(ks))
	for i, k := range ks {
		parts[i] = k.String()
	}
	return strings.Join(parts, ", ")
}

func items(its []Item) string {
	var parts []string
	for _, it := range its {
		if it.passes() {
			parts = append(parts, it.Col.String())
		} else {
			parts = append(parts, fmt.Sprintf("%s=%s", it.Col, it.X))
		}
	}
	return strings.Join(parts, ", ")
}

func columns(cs []*Column) string {
	parts := make([]string, len(cs))
	for i, c := range cs {
		parts[i] = c.String()
	}
	return strings.Join(parts, ", ")
}

func itemCols(its []Item) []*Column {
	cs := make([]*Column, len(its))
	for i, it := range its {
		cs[i] = it.Col
	}
	return cs
}

// opText is an operator as it is printed between its operands.
func opText(op syntax.Op) string { return op.String() }
