package plan

import "fmt"

// A Filter keeps the rows for which Pred is true: null is not.
type Filter struct {
	In   Op
	Pred Expr
}

func (o *Filter) Cols() []*Column { return o.In.Cols() }
func (o *Filter) Inputs() []Op    { return []Op{o.In} }
func (o *Filter) line() string    { return "filter " + o.Pred.String() }

// A Project computes Items from each row. An item that is a Ref to its own
// column hands it on.
type Project struct {
	In    Op
	Items []Item
}

func (o *Project) Cols() []*Column { return itemCols(o.Items) }
func (o *Project) Inputs() []Op    { return []Op{o.In} }
func (o *Project) line() string    { return "project " + items(o.Items) }

// A Limit keeps N rows: the first ones in the order of Keys, any when there are
// no keys.
type Limit struct {
	In   Op
	N    Expr
	Keys []SortKey
}

func (o *Limit) Cols() []*Column { return o.In.Cols() }
func (o *Limit) Inputs() []Op    { return []Op{o.In} }
func (o *Limit) line() string {
	if len(o.Keys) == 0 {
		return "take " + o.N.String()
	}
	return fmt.Sprintf("top %s by %s", o.N, keys(o.Keys))
}

// An Expand makes of each row one for each element of the items' arrays or
// bags; the items advance together and end in nulls. A row whose items have no
// element stays, with nulls. All columns of In are handed on.
type Expand struct {
	In    Op
	Items []ExpandItem
	Index *Column // the element's number from 0, or nil
	Pairs bool    // a bag yields arrays [name, value] rather than bags {name: value}
	Limit Expr    // at most so many elements of a row, or nil
	// Inner drops rows whose items have no element.
	Inner bool
}

// An ExpandItem is an array or bag and the column for its elements, which are
// converted to the column's type. A value that is neither array nor bag is its
// own only element.
type ExpandItem struct {
	X   Expr
	Col *Column
}

func (o *Expand) Cols() []*Column {
	cs := append([]*Column(nil), o.In.Cols()...)
	for _, it := range o.Items {
		cs = append(cs, it.Col)
	}
	if o.Index != nil {
		cs = append(cs, o.Index)
	}
	return cs
}
func (o *Expand) Inputs() []Op { return []Op{o.In} }
func (o *Expand) line() string {
	s := "expand"
	if o.Pairs {
		s += " pairs"
	}
	if o.Inner {
		s += " inner"
	}
	for i, it := range o.Items {
		if i > 0 {
			s += ","
		}
		s += fmt.Sprintf(" %s=%s", it.Col, it.X)
	}
	if o.Index != nil {
		s += " index " + o.Index.String()
	}
	if o.Limit != nil {
		s += " limit " + o.Limit.String()
	}
	return s
}

// A WindowKind is a function over the rows around a row.
type WindowKind uint8

// The window functions.
const (
	RowNumber     WindowKind = iota // 1, 2, ... within the partition
	Shift                           // Args[0] of the row Offset before (negative: after), or Args[1]
	RunningSum                      // the sum of Args[0] so far, since Restart was last true
	DenseRank                       // how many values of Args[0] there were so far, since Restart
	MinRank                         // the number of the first row with this value of Args[0], since Restart
	RestartNumber                   // Start, Start+1, ..., again from Start where Restart is true
	Session                         // the datetime Args[0] of the row with which a session began: one ends Args[1] after that, or where Args[2] lies between two rows
)

var windowNames = [...]string{"row_number", "shift", "running_sum", "dense_rank", "min_rank", "restart_number", "session"}

// A Window adds the column Col: Kind over the rows of In in the order of Keys,
// within the rows that agree on Partition. With no keys the order is that in
// which the rows come.
type Window struct {
	In        Op
	Col       *Column
	Kind      WindowKind
	Args      []Expr
	Offset    int64
	Restart   Expr // nil: never
	Partition []*Column
	Keys      []SortKey
}

func (o *Window) Cols() []*Column { return append(append([]*Column(nil), o.In.Cols()...), o.Col) }
func (o *Window) Inputs() []Op    { return []Op{o.In} }
func (o *Window) line() string {
	s := fmt.Sprintf("window %s=%s(%s)", o.Col, windowNames[o.Kind], join(o.Args, ", "))
	if o.Offset != 0 {
		s += fmt.Sprintf(" offset %d", o.Offset)
	}
	if o.Restart != nil {
		s += " restart " + o.Restart.String()
	}
	if len(o.Partition) > 0 {
		s += " by " + columns(o.Partition)
	}
	if len(o.Keys) > 0 {
		s += " sort by " + keys(o.Keys)
	}
	return s
}
