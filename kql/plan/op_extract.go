package plan

import (
	"fmt"
	"strings"
)

// An Extract matches the text X with a regular expression and adds what its
// groups matched: empty strings when it does not match. Hit is group 1, which is
// around the whole pattern and never empty when it matches.
type Extract struct {
	In      Op
	X       Expr
	Pattern string
	Groups  int // how many groups the pattern has
	Hit     *Column
	Parts   []Group
}

// A Group is a group of a regular expression, counted from 1, and its column.
type Group struct {
	Col   *Column
	Index int
}

// Cols are those of the input, Hit, and the groups.
func (o *Extract) Cols() []*Column {
	cs := append(append([]*Column(nil), o.In.Cols()...), o.Hit)
	for _, g := range o.Parts {
		cs = append(cs, g.Col)
	}
	return cs
}
func (o *Extract) Inputs() []Op { return []Op{o.In} }
func (o *Extract) line() string {
	var b strings.Builder
	fmt.Fprintf(&b, "extract %s with %q: %s", o.X, o.Pattern, o.Hit)
	for _, g := range o.Parts {
		fmt.Fprintf(&b, ", %d=%s", g.Index, g.Col)
	}
	return b.String()
}
