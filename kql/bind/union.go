package bind

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// maxTables is how many tables one union or search may read; each costs the
// engine about half a millisecond to plan, whether it has rows or not.
const maxTables = 2000

func (b *binder) union(op *syntax.Union, e *env) *rel {
	b.params(op.Params, e, "kind", "withsource", "with_source", "isfuzzy")
	var rels []*rel
	if e.row != nil {
		if len(e.row.per) > 0 {
			b.refuse(op, "union inside of mv-apply or partition", "")
		}
		rels = append(rels, e.row)
	}
	fuzzy := false
	if p := param(op.Params, "isfuzzy"); p != nil {
		fuzzy = b.word(p) == "true"
	}
	rels = append(rels, b.members(op.Tables, e, fuzzy)...)
	if len(rels) == 0 {
		b.fail(op, "SEM0100", "union: none of the tables is known")
	}
	source := ""
	for _, name := range []string{"withsource", "with_source"} {
		if p := param(op.Params, name); p != nil {
			source = b.word(p)
		}
	}
	kind := "outer"
	if p := param(op.Params, "kind"); p != nil {
		if kind = b.word(p); kind != "outer" && kind != "inner" {
			b.fail(p, "SEM0005", "union: the kind must be outer or inner")
		}
	}
	return b.unite(rels, source, kind == "inner", e)
}

func (b *binder) unionOf(tables []syntax.Expr, e *env, at syntax.Node) *rel {
	rels := b.members(tables, e, false)
	return b.unite(rels, "", false, e)
}

// members binds the tables of a union; with fuzzy those that cannot be resolved
// are left out.
func (b *binder) members(tables []syntax.Expr, e *env, fuzzy bool) (rels []*rel) {
	for _, t := range tables {
		if id, ok := t.(*syntax.Ident); ok && id.Wildcard {
			found := b.wild(id, e)
			if len(found) == 0 && !fuzzy {
				b.fail(id, "SEM0100", "%sno table is called '%s'", b.operator(e), id.Name)
			}
			rels = append(rels, found...)
			continue
		}
		if !fuzzy {
			rels = append(rels, b.tabular(t, &env{scope: e.scope, op: e.op}))
			continue
		}
		if r, ok := b.try(func() *rel { return b.tabular(t, &env{scope: e.scope, op: e.op}) }); ok {
			rels = append(rels, r)
		}
	}
	if len(rels) > maxTables {
		b.fail(node(tables[0].Span()), "LAZ0002", "%smore than %d tables", b.operator(e), maxTables)
	}
	return rels
}

// try binds something that may fail because a name in it is not known.
func (b *binder) try(f func() *rel) (r *rel, ok bool) {
	depth, level := b.depth, b.level
	defer func() {
		if p := recover(); p != nil {
			fault, isFault := p.(*Error)
			if !isFault || fault.Code != "SEM0100" && fault.Code != "SEM0260" {
				panic(p)
			}
			b.depth, b.level = depth, level
			r, ok = nil, false
		}
	}()
	return f(), true
}

// wild are the tables, and views of lets, whose names fit a pattern.
func (b *binder) wild(id *syntax.Ident, e *env) (rels []*rel) {
	for _, v := range b.views(e.scope) {
		if matches(id.Name, v) {
			rels = append(rels, b.tableNamed(&syntax.Ident{Loc: id.Loc, Name: v}, e))
		}
	}
	for _, n := range b.Catalog.Names() {
		if matches(id.Name, n) {
			t, _ := b.Catalog.Table(n)
			rels = append(rels, b.scan(t))
		}
	}
	return rels
}

// views are the names of the let functions that are declared as views.
func (b *binder) views(s *scope) (names []string) {
	for ; s != nil; s = s.parent {
		for n, ent := range s.names {
			if ent.fn != nil && ent.view && len(ent.params) == 0 {
				names = append(names, n)
			}
		}
	}
	sort.Strings(names)
	return names
}

// unite is the union of rels: columns that agree in name and type are one;
// those that agree in name only are told apart by their types.
func (b *binder) unite(rels []*rel, source string, inner bool, e *env) *rel {
	type key struct {
		name string
		t    types.Type
	}
	typesOf := map[string][]types.Type{}
	holders := map[key]int{} // how many of rels have the column
	var names []string
	for _, r := range rels {
		for _, c := range r.cols {
			if !slices.Contains(typesOf[c.name], c.c.Type) {
				if typesOf[c.name] == nil {
					names = append(names, c.name)
				}
				typesOf[c.name] = append(typesOf[c.name], c.c.Type)
			}
			holders[key{c.name, c.c.Type}]++
		}
	}
	u := &plan.Union{}
	out := &rel{op: u}
	taken := map[string]bool{}
	if source != "" {
		c := b.col(source, types.String)
		u.Columns = append(u.Columns, c)
		out.cols = append(out.cols, named{source, c})
		taken[source] = true
	}
	at := map[key]int{}
	for _, n := range names {
		if n == source {
			continue
		}
		ts := typesOf[n]
		for _, t := range ts {
			if inner && holders[key{n, t}] < len(rels) {
				continue
			}
			name := n
			if len(ts) > 1 && !inner {
				name = n + "_" + t.String()
			}
			name = uniqueName(name, func(s string) bool { return taken[s] })
			taken[name] = true
			c := b.col(name, t)
			at[key{n, t}] = len(u.Columns)
			u.Columns = append(u.Columns, c)
			out.cols = append(out.cols, named{name, c})
		}
	}
	visible := len(u.Columns)
	// Hidden columns go along, so that a query can still name them.
	for _, h := range rels[0].hidden {
		everywhere := true
		for _, r := range rels {
			everywhere = everywhere && slices.ContainsFunc(r.hidden, func(o named) bool { return o.name == h.name && o.c.Type == h.c.Type })
		}
		if everywhere && !taken[h.name] {
			c := b.col(h.name, h.c.Type)
			u.Columns = append(u.Columns, c)
			out.hidden = append(out.hidden, named{h.name, c})
		}
	}
	if slices.ContainsFunc(rels, func(r *rel) bool { return r.id != nil }) {
		out.id = b.col(rowSeq, types.Long)
		u.Columns = append(u.Columns, out.id)
	}
	for i, r := range rels {
		var its []plan.Item
		if source != "" {
			name := r.name
			if name == "" {
				name = fmt.Sprintf("union_arg%d", i)
			}
			its = append(its, plan.Item{Col: u.Columns[0], X: &plan.Literal{T: types.String, Value: name}})
		}
		for _, c := range r.cols {
			if j, ok := at[key{c.name, c.c.Type}]; ok {
				its = append(its, plan.Item{Col: u.Columns[j], X: &plan.Ref{Col: c.c}})
			}
		}
		for j, h := range out.hidden {
			c, _ := r.find(h.name)
			its = append(its, plan.Item{Col: u.Columns[visible+j], X: &plan.Ref{Col: c}})
		}
		if r.id != nil {
			its = append(its, plan.Item{Col: out.id, X: &plan.Ref{Col: r.id}})
		}
		u.Ins, u.From = append(u.Ins, r.op), append(u.From, its)
	}
	return out
}

// search looks for terms in the columns of tables.
func (b *binder) search(op *syntax.Search, e *env) *rel {
	b.params(op.Params, e, "kind")
	caseful := false
	if p := param(op.Params, "kind"); p != nil {
		switch b.word(p) {
		case "case_sensitive":
			caseful = true
		case "case_insensitive", "default":
		default:
			b.fail(p, "SEM0005", "search: the kind must be case_sensitive or case_insensitive")
		}
	}
	var rels []*rel
	switch {
	case e.row != nil:
		r := e.row.clone()
		rels = []*rel{r}
	case op.In != nil:
		rels = b.members(op.In, e, false)
	default:
		for _, v := range b.views(e.scope) {
			rels = append(rels, b.tableNamed(&syntax.Ident{Loc: op.Loc, Name: v}, e))
		}
		for _, n := range b.Catalog.Names() {
			t, _ := b.Catalog.Table(n)
			rels = append(rels, b.scan(t))
		}
	}
	if len(rels) == 0 {
		b.fail(op, "SEM0100", "search: there are no tables to search in")
	}
	var hit []*rel
	for _, r := range rels {
		if r.name == "" {
			r.name = "union_arg0"
		}
		p, possible := b.searchPredicate(op.X, r, caseful, e)
		if !possible {
			continue
		}
		f := r.clone()
		if p != nil {
			f.op = &plan.Filter{In: r.op, Pred: p}
		}
		f.order = nil
		hit = append(hit, f)
	}
	if len(hit) == 0 {
		// No table has what the condition asks for, so no row can: the schema
		// is still that of all tables.
		for _, r := range rels {
			f := r.clone()
			f.op = &plan.Filter{In: r.op, Pred: &plan.Literal{T: types.Bool, Value: false}}
			f.order = nil
			hit = append(hit, f)
		}
	}
	out := b.unite(hit, "$table", false, e)
	if e.row != nil {
		out.order, out.serialized = nil, false
	}
	return out
}

// searchPredicate is the condition of a search for the rows of r. possible is
// false when it names a column that r does not have.
func (b *binder) searchPredicate(x syntax.Expr, r *rel, caseful bool, e *env) (p plan.Expr, possible bool) {
	switch x := x.(type) {
	case *syntax.Star:
		return nil, true
	case *syntax.Literal:
		if x.Kind == syntax.LitString {
			return b.anyColumn(x.Text, r, caseful, x), true
		}
		v := b.scalar(x, &env{scope: e.scope})
		return b.anyColumn(b.literalText(v, x), r, caseful, x), true
	case *syntax.Binary:
		switch x.Op {
		case syntax.OpAnd:
			l, ok1 := b.searchPredicate(x.X, r, caseful, e)
			m, ok2 := b.searchPredicate(x.Y, r, caseful, e)
			return plan.And(l, m), ok1 && ok2
		case syntax.OpOr:
			l, ok1 := b.searchPredicate(x.X, r, caseful, e)
			m, ok2 := b.searchPredicate(x.Y, r, caseful, e)
			switch {
			case ok1 && ok2 && (l == nil || m == nil):
				return nil, true
			case ok1 && ok2:
				return plan.Or(l, m), true
			case ok1:
				return l, true
			}
			return m, ok2
		case syntax.OpSearch:
			v, ok := b.tryScalar(x.X, r, e)
			if !ok {
				return nil, false
			}
			term := b.literalString(x.Y, e, "the term")
			return b.termIn(v, term, caseful, x), true
		}
		if isStar(x.X) {
			return b.scalar(x, &env{scope: e.scope, row: r, op: e.op}), true
		}
	case *syntax.Call:
		if x.Name.Name == "not" && len(x.Args) == 1 {
			v, ok := b.searchPredicate(x.Args[0], r, caseful, e)
			if !ok || v == nil {
				return nil, false
			}
			return &plan.Not{X: v}, true
		}
	case *syntax.Ident:
		if ent, ok := e.scope.lookup(x.Name); ok && ent.value != nil && ent.value.Type() == types.String {
			return b.anyColumn(b.literalString(x, e, "the term"), r, caseful, x), true
		}
	}
	v, ok := b.tryScalar(x, r, e)
	if !ok {
		return nil, false
	}
	if v.Type() != types.Bool {
		b.fail(x, "SEM0079", "search: the predicate must be of type bool, this is a %s", v.Type())
	}
	return v, true
}

func (b *binder) literalText(v plan.Expr, at syntax.Node) string {
	if lit, ok := v.(*plan.Literal); ok {
		switch n := lit.Value.(type) {
		case int64:
			return fmt.Sprint(n)
		case string:
			return n
		}
	}
	b.fail(at, "SEM0005", "search: the term must be a string")
	return ""
}

// tryScalar binds an expression over r, unless it names a column that r lacks.
func (b *binder) tryScalar(x syntax.Expr, r *rel, e *env) (v plan.Expr, ok bool) {
	_, ok = b.try(func() *rel {
		v = b.scalar(x, &env{scope: e.scope, row: r, op: e.op})
		return r
	})
	return v, ok
}

// anyColumn is true when the term is in any column.
func (b *binder) anyColumn(term string, r *rel, caseful bool, at syntax.Node) plan.Expr {
	if term == "*" || term == "" {
		return nil
	}
	var any []plan.Expr
	for _, c := range r.cols {
		if !spells(c.c.Type, strings.Trim(term, "*")) {
			continue
		}
		any = append(any, b.termIn(&plan.Ref{Col: c.c}, term, caseful, at))
	}
	if len(any) == 0 {
		return &plan.Literal{T: types.Bool, Value: false}
	}
	return plan.Or(any...)
}

// spells reports whether the text of a value of type t can have term in it, as
// far as its letters tell: a search for a word need not read numbers and times.
func spells(t types.Type, term string) bool {
	letters := ""
	switch t {
	case types.String, types.Dynamic:
		return true
	case types.Bool:
		return false
	case types.Int, types.Long:
		letters = "0123456789-"
	case types.Real:
		letters = "0123456789.-+einfatyINFATY"
	case types.Decimal:
		letters = "0123456789.-"
	case types.DateTime:
		letters = "0123456789.-:TZtz"
	case types.Timespan:
		letters = "0123456789.-:"
	case types.Guid:
		letters = "0123456789-abcdefABCDEF"
	}
	return strings.Trim(term, letters) == ""
}

// termIn says whether v has the term, in which stars at the ends stand for any
// text.
func (b *binder) termIn(v plan.Expr, term string, caseful bool, at syntax.Node) plan.Expr {
	text := v
	if v.Type() != types.String {
		text = b.convert(v, types.String, at)
	}
	op := func(insensitive, sensitive syntax.Op) syntax.Op {
		if caseful {
			return sensitive
		}
		return insensitive
	}
	before, after := strings.HasPrefix(term, "*"), strings.HasSuffix(term, "*")
	core := strings.Trim(term, "*")
	if core == "" {
		return &plan.Literal{T: types.Bool, Value: true}
	}
	if strings.Contains(core, "*") {
		b.refuse(at, "a search term with a star inside", "use matches regex, or two terms with and")
	}
	lit := &plan.Literal{T: types.String, Value: core}
	o := op(syntax.OpHas, syntax.OpHasCS)
	switch {
	case before && after:
		o = op(syntax.OpContains, syntax.OpContainsCS)
	case before:
		o = op(syntax.OpHasSuffix, syntax.OpHasSuffixCS)
	case after:
		o = op(syntax.OpHasPrefix, syntax.OpHasPrefixCS)
	}
	return &plan.Binary{Op: o, T: types.Bool, X: text, Y: lit}
}

// starMatch binds `* has "term"`: true when the operator is for any column.
func (b *binder) starMatch(x *syntax.Binary, e *env) plan.Expr {
	if e.row == nil {
		b.fail(x, "SEM0005", "'*' has no columns here")
	}
	y := b.scalar(x.Y, e)
	var any []plan.Expr
	for _, c := range e.row.cols {
		var v plan.Expr = &plan.Ref{Col: c.c}
		switch x.Op {
		case syntax.OpEq, syntax.OpNe, syntax.OpLt, syntax.OpLe, syntax.OpGt, syntax.OpGe:
			if c.c.Type == y.Type() {
				any = append(any, b.compare(x.Op, v, y, node(x.OpAt)))
			}
			continue
		}
		if c.c.Type != types.String && c.c.Type != types.Dynamic {
			if y.Type() != types.String {
				continue
			}
			v = b.convert(v, types.String, x)
		}
		if x.Op == syntax.OpMatchesRegex {
			b.regex(y, x.Y)
		}
		any = append(any, b.match(x.Op, v, y, node(x.OpAt)))
	}
	if len(any) == 0 {
		return &plan.Literal{T: types.Bool, Value: false}
	}
	return plan.Or(any...)
}

func (b *binder) find(op *syntax.Find, e *env) *rel {
	b.refuse(op, "the operator 'find'", "use search, or union and where")
	return nil
}
