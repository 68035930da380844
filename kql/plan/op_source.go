package plan

import (
	"fmt"
	"strings"
)

// A Scan reads a table. Columns are those of the table, hidden ones at the end,
// until Prune leaves only what is needed.
type Scan struct {
	Table   string
	Columns []*Column
}

func (o *Scan) Cols() []*Column { return o.Columns }
func (o *Scan) Inputs() []Op    { return nil }
func (o *Scan) line() string    { return "scan " + o.Table + " " + columns(o.Columns) }

// Values is a table that stands in the query: datatable, and print with one row.
// Its expressions read no columns.
type Values struct {
	Columns []*Column
	Rows    [][]Expr
}

func (o *Values) Cols() []*Column { return o.Columns }
func (o *Values) Inputs() []Op    { return nil }
func (o *Values) line() string {
	var b strings.Builder
	fmt.Fprintf(&b, "values %s", columns(o.Columns))
	for i, row := range o.Rows {
		if i == 8 {
			fmt.Fprintf(&b, " ... %d rows", len(o.Rows))
			break
		}
		b.WriteString(" (" + join(row, ", ") + ")")
	}
	return b.String()
}

// Range is the numbers, datetimes or timespans from From to To, both included,
// Step apart. All three are of the column's type, but that the step of a
// datetime is a timespan.
type Range struct {
	Column         *Column
	From, To, Step Expr
}

func (o *Range) Cols() []*Column { return []*Column{o.Column} }
func (o *Range) Inputs() []Op    { return nil }
func (o *Range) line() string {
	return fmt.Sprintf("range %s from %s to %s step %s", o.Column, o.From, o.To, o.Step)
}

// Shared is a result that several places use and that is computed once.
type Shared struct {
	ID int
	In Op
}

// Use is one place where a Shared is used. Columns[i] is the value of From[i].
type Use struct {
	Of      *Shared
	Columns []*Column
	From    []*Column
}

func (o *Use) Cols() []*Column { return o.Columns }
func (o *Use) Inputs() []Op    { return nil }
func (o *Use) line() string {
	return fmt.Sprintf("use m%d %s from %s", o.Of.ID, columns(o.Columns), columns(o.From))
}
