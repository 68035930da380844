package bind

import (
	"slices"
	"strconv"
	"strings"

	"lazuli.dev/lazuli/kql/builtin"
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// named is a column under the name that the text has for it.
type named struct {
	name string
	c    *plan.Column
}

// A rel is the rows that an operator yields, as the text sees them. Columns of
// op that are neither in cols nor in hidden are there for the order only.
type rel struct {
	op     plan.Op
	cols   []named
	hidden []named
	// order says how the rows stand, nil that they stand anyhow.
	order []plan.SortKey
	// serialized tells whether KQL calls the row set serialized, so that prev()
	// and its kin can be used.
	serialized bool
	name       string // for withsource; empty when the rows have no name
	// per are the columns that keep apart the groups for which a subquery runs
	// (mv-apply, partition): every operator in it works within them.
	per []*plan.Column
	// outer are the columns that surround the subquery, base the rows for which
	// it runs, one for each group.
	outer []named
	base  *sharedRows
	// id is the _Seq of the one table row that each row was made of; nil where there is no such row, or where
	// nobody asked for it.
	id *plan.Column
}

// find returns the column of that name.
func (r *rel) find(name string) (*plan.Column, bool) {
	if r == nil {
		return nil, false
	}
	for _, c := range r.cols {
		if c.name == name {
			return c.c, true
		}
	}
	for _, c := range r.hidden {
		if c.name == name {
			return c.c, true
		}
	}
	return nil, false
}

func (r *rel) has(name string) bool {
	return slices.ContainsFunc(r.cols, func(c named) bool { return c.name == name })
}

func (r *rel) names() (names []string) {
	for _, c := range r.cols {
		names = append(names, c.name)
	}
	return names
}

// env is the place where an expression stands.
type env struct {
	scope *scope
	row   *rel
	// right is the other side in the condition of a join, where $left and $right
	// have a meaning.
	right *rel
	// aggs collects aggregates where they are allowed.
	aggs *aggregates
	// blind hides the names of row: the body of a function does not see the
	// columns of its caller.
	blind bool
	op    string // the operator's name, for messages
}

// visible returns the column called name.
func (e *env) visible(name string) (*plan.Column, bool) {
	if e.blind {
		return nil, false
	}
	return e.row.find(name)
}

// exprName returns the name that Kusto gives to a column computed by x, or ""
// when the operator has to think of one.
func (b *binder) exprName(x syntax.Expr, e *env) string {
	switch x := x.(type) {
	case *syntax.Named: // of an argument, whose name is its only use
		if len(x.Names) == 1 {
			return x.Names[0].Name
		}
	case *syntax.Ident:
		if _, ok := e.visible(x.Name); ok {
			return x.Name
		}
		if e.right != nil {
			if _, ok := e.right.find(x.Name); ok {
				return x.Name
			}
		}
	case *syntax.Member:
		base := b.exprName(x.X, e)
		if id, ok := x.X.(*syntax.Ident); ok && (id.Name == "$left" || id.Name == "$right") {
			if sel, ok := x.Sel.(*syntax.Ident); ok {
				return sel.Name
			}
		}
		if sel, ok := x.Sel.(*syntax.Ident); ok && base != "" {
			return base + "_" + sel.Name
		}
	case *syntax.Index:
		base := b.exprName(x.X, e)
		if lit, ok := x.I.(*syntax.Literal); ok && base != "" {
			switch lit.Kind {
			case syntax.LitString:
				return base + "_" + lit.Text
			case syntax.LitLong, syntax.LitInt:
				return base + "_" + strconv.FormatInt(lit.Int, 10)
			}
		}
	case *syntax.Call:
		return b.callName(x, e)
	case *syntax.QueryCall:
		return ""
	}
	return ""
}

func (b *binder) callName(x *syntax.Call, e *env) string {
	if _, ok := e.scope.lookup(x.Name.Name); ok {
		return ""
	}
	f, ok := builtin.Lookup(x.Name.Name)
	if !ok {
		return ""
	}
	first := ""
	if len(x.Args) > 0 {
		first = b.exprName(x.Args[0], e)
	}
	switch x.Name.Name {
	case "column_ifexists", "columnifexists":
		if len(x.Args) > 0 {
			if lit, ok := x.Args[0].(*syntax.Literal); ok && e.row != nil && !e.blind {
				if _, ok := e.row.find(lit.Text); ok {
					return lit.Text
				}
			}
		}
		return ""
	}
	switch f.Naming {
	case builtin.NameFirst:
		return first
	case builtin.NamePrefix:
		return f.Prefix + "_" + first
	case builtin.NamePrefixOnly:
		return f.Prefix
	}
	return ""
}

// uniqueName returns name, with the first number behind it that makes it one
// which taken does not have.
func uniqueName(name string, taken func(string) bool) string {
	if !taken(name) {
		return name
	}
	for i := 1; ; i++ {
		if n := name + strconv.Itoa(i); !taken(n) {
			return n
		}
	}
}

// nearest returns the candidate that differs least from name, if the difference
// is small enough for it to be a slip.
func nearest(name string, candidates []string) string {
	best, least := "", max(2, len(name)/3)+1
	low := strings.ToLower(name)
	for _, c := range candidates {
		if c == name {
			continue
		}
		lc := strings.ToLower(c)
		if lc == low {
			return c
		}
		if d := distance(low, lc, least+1); d < least || d == least && best != "" && c < best {
			best, least = c, d
		}
	}
	return best
}

// distance is how many letters must be put in, taken out, exchanged or swapped
// with their neighbour to make b of a; limit when it is not less than that.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return min(prev[len(b)], limit)
}

func hint(name string) string {
	if name == "" {
		return ""
	}
	return "did you mean '" + name + "'?"
}

// matches reports whether name fits pattern, in which * stands for any text.
func matches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	if !strings.HasPrefix(name, parts[0]) {
		return false
	}
	name = name[len(parts[0]):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(name, p)
		if i < 0 {
			return false
		}
		name = name[i+len(p):]
	}
	return strings.HasSuffix(name, parts[len(parts)-1])
}

// typeOf reads the name of a type.
func (b *binder) typeOf(t *syntax.TypeName) types.Type {
	typ, ok := types.Parse(t.Name)
	if !ok {
		b.failHint(t, hint(nearest(t.Name, []string{"bool", "datetime", "decimal", "dynamic", "guid", "int", "long", "real", "string", "timespan"})),
			"SEM0002", "'%s' is not a known type", t.Name)
	}
	return typ
}
