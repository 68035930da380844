package plan

import "fmt"

// A JoinKind says which rows of a join are kept.
type JoinKind uint8

// The kinds of joins.
const (
	InnerUnique JoinKind = iota // inner, after one row of the left for each key
	Inner
	LeftOuter
	RightOuter
	FullOuter
	LeftSemi
	RightSemi
	LeftAnti
	RightAnti
)

var joinNames = [...]string{"innerunique", "inner", "leftouter", "rightouter", "fullouter", "leftsemi", "rightsemi", "leftanti", "rightanti"}

func (k JoinKind) String() string { return joinNames[k] }

// Left reports whether a join of this kind has the left side's columns.
func (k JoinKind) Left() bool { return k != RightSemi && k != RightAnti }

// Right reports whether a join of this kind has the right side's columns.
func (k JoinKind) Right() bool { return k != LeftSemi && k != LeftAnti }

// A Join pairs rows of Left with rows of Right that agree on all of On. Null
// agrees with nothing, unless NullsMeet is set: then with null.
type Join struct {
	Left, Right Op
	Kind        JoinKind
	On          []Pair
	NullsMeet   bool
}

// A Pair is an expression over the left side and one over the right side that
// must be equal. Both are of one type.
type Pair struct{ L, R Expr }

func (o *Join) Cols() []*Column {
	var cs []*Column
	if o.Kind.Left() {
		cs = append(cs, o.Left.Cols()...)
	}
	if o.Kind.Right() {
		cs = append(cs, o.Right.Cols()...)
	}
	return cs
}
func (o *Join) Inputs() []Op { return []Op{o.Left, o.Right} }
func (o *Join) line() string {
	s := "join " + o.Kind.String() + " on"
	if o.NullsMeet {
		s = "join " + o.Kind.String() + " nulls meet on"
	}
	for i, p := range o.On {
		if i > 0 {
			s += ","
		}
		s += fmt.Sprintf(" %s == %s", p.L, p.R)
	}
	return s
}

// A Union is the rows of all inputs. From[i] computes columns from input i; the
// columns that it leaves out are null there, or empty strings.
type Union struct {
	Ins     []Op
	Columns []*Column
	From    [][]Item
}

func (o *Union) Cols() []*Column { return o.Columns }
func (o *Union) Inputs() []Op    { return o.Ins }
func (o *Union) line() string {
	s := "union " + columns(o.Columns)
	for _, its := range o.From {
		s += " (" + items(its) + ")"
	}
	return s
}
