package plan

import (
	"fmt"
	"strings"
)

// An Aggregate makes one row of each group of rows that agree on Keys. Without
// keys there is one group, even when there are no rows.
type Aggregate struct {
	In    Op
	Keys  []Item
	Aggs  []Item // each X is an *Agg
	Picks []Pick
	// Order is that of the rows of a group, for aggregates that keep it.
	Order []SortKey
}

// A Pick takes one row of each group, that where By is greatest (or least), any
// row when By is nil, and computes Items from it.
type Pick struct {
	By    Expr
	Least bool
	Items []Item
}

func (o *Aggregate) Cols() []*Column {
	cs := append(itemCols(o.Keys), itemCols(o.Aggs)...)
	for _, p := range o.Picks {
		cs = append(cs, itemCols(p.Items)...)
	}
	return cs
}
func (o *Aggregate) Inputs() []Op { return []Op{o.In} }
func (o *Aggregate) line() string {
	var b strings.Builder
	b.WriteString("aggregate")
	if len(o.Aggs) > 0 {
		b.WriteString(" " + items(o.Aggs))
	}
	for _, p := range o.Picks {
		switch {
		case p.By == nil:
			fmt.Fprintf(&b, " any(%s)", items(p.Items))
		case p.Least:
			fmt.Fprintf(&b, " least %s (%s)", p.By, items(p.Items))
		default:
			fmt.Fprintf(&b, " greatest %s (%s)", p.By, items(p.Items))
		}
	}
	if len(o.Keys) > 0 {
		b.WriteString(" by " + items(o.Keys))
	}
	if len(o.Order) > 0 {
		b.WriteString(" sort by " + keys(o.Order))
	}
	return b.String()
}

// A Series makes of each group an array per aggregate, with one element for each
// step of the axis, and the array of those steps.
type Series struct {
	In   Op
	Keys []Item
	// Axis is the array of the steps; its X is the value that each row has on it.
	Axis Item
	// From and To bound the axis, To excluded; nil takes the first and the last
	// step of each group that has a row.
	From, To, Step Expr
	Inclusive      bool // To is part of the axis
	Bounded        bool // no series is longer than the longest that there may be
	Aggs           []SeriesAgg
}

// A SeriesAgg is one array: X is made of *Agg, Default is the element where a
// step has no rows.
type SeriesAgg struct {
	Col     *Column
	X       Expr
	Elem    *Column // the element, before it goes into the array
	Default Expr
}

func (o *Series) Cols() []*Column {
	cs := append(itemCols(o.Keys), o.Axis.Col)
	for _, a := range o.Aggs {
		cs = append(cs, a.Col)
	}
	return cs
}
func (o *Series) Inputs() []Op { return []Op{o.In} }
func (o *Series) line() string {
	var b strings.Builder
	b.WriteString("series")
	for _, a := range o.Aggs {
		fmt.Fprintf(&b, " %s=%s default %s", a.Col, a.X, a.Default)
	}
	fmt.Fprintf(&b, " on %s=%s", o.Axis.Col, o.Axis.X)
	if o.From != nil {
		b.WriteString(" from " + o.From.String())
	}
	if o.To != nil {
		b.WriteString(" to " + o.To.String())
	}
	b.WriteString(" step " + o.Step.String())
	if len(o.Keys) > 0 {
		b.WriteString(" by " + items(o.Keys))
	}
	return b.String()
}
