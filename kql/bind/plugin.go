package bind

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"lazuli.dev/lazuli/kql/builtin"
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

func (b *binder) evaluate(op *syntax.Evaluate, e *env) *rel {
	name := op.Call.Name.Name
	switch {
	case builtin.KnownToKusto(name) != builtin.KnownPlugin:
		b.failHint(op.Call.Name, hint(nearest(name, builtin.KustoPlugins())), "SEM0260", "Unknown plug-in: '%s'", name)
	case e.row == nil:
		b.fail(op, "SYN0002", "the plug-in '%s' needs a table in front of it", name)
	case name == "bag_unpack":
		b.params(op.Params, e)
		return b.bagUnpack(op, e)
	case name == "pivot":
		b.params(op.Params, e)
		return b.pivot(op, e)
	case name == "narrow":
		b.params(op.Params, e)
		return b.narrow(op, e)
	}
	b.refuse(op, fmt.Sprintf("the plug-in '%s'", name), "")
	return nil
}

// arguments are those of a plug-in, by position and behind that by name. What is not
// given is nil.
func (b *binder) arguments(call *syntax.Call, names ...string) map[string]syntax.Expr {
	given := map[string]syntax.Expr{}
	byName := false
	for i, a := range call.Args {
		name := ""
		if n, ok := a.(*syntax.Named); ok && len(n.Names) == 1 {
			name, a, byName = n.Names[0].Name, n.X, true
			known := false
			for _, k := range names {
				known = known || k == name
			}
			if !known {
				b.failHint(n.Names[0], hint(nearest(name, names)), "SEM0005", "%s: unknown argument '%s'", call.Name.Name, name)
			}
		} else if i < len(names) && !byName {
			name = names[i]
		} else {
			b.fail(a, "SEM0219", "%s: too many arguments; they are %s", call.Name.Name, strings.Join(names, ", "))
		}
		if given[name] != nil {
			b.fail(a, "SEM0005", "%s: the argument '%s' is given twice", call.Name.Name, name)
		}
		given[name] = a
	}
	return given
}

// bagUnpack makes columns of the keys of a bag: those that the output schema names.
func (b *binder) bagUnpack(op *syntax.Evaluate, e *env) *rel {
	args := b.arguments(op.Call, "Column", "OutputColumnPrefix", "columnsConflict", "ignoredProperties")
	source, ok := args["Column"].(*syntax.Ident)
	if !ok {
		b.fail(op.Call, "SEM0005", "bag_unpack: the first argument must be the name of a column")
	}
	bag, ok := e.row.find(source.Name)
	if !ok {
		b.noColumn(source, e.row, e)
	}
	if bag.Type != types.Dynamic {
		b.failHint(source, "parse it with parse_json() first", "SEM0005", "bag_unpack: the column '%s' must be a dynamic, it is a %s", source.Name, bag.Type)
	}
	prefix := ""
	if x := args["OutputColumnPrefix"]; x != nil {
		prefix = b.literalString(x, e, "bag_unpack: OutputColumnPrefix")
	}
	conflict := "error"
	if x := args["columnsConflict"]; x != nil {
		if conflict = b.literalString(x, e, "bag_unpack: columnsConflict"); conflict != "error" && conflict != "replace_source" && conflict != "keep_source" {
			b.fail(x, "SEM0005", "bag_unpack: columnsConflict is error, replace_source or keep_source")
		}
	}
	ignored := map[string]bool{}
	if x := args["ignoredProperties"]; x != nil {
		lit, _ := b.scalar(x, &env{scope: e.scope, op: e.op}).(*plan.Literal)
		if lit == nil {
			b.fail(x, "SEM0005", "bag_unpack: ignoredProperties must be a constant array")
		}
		elems, isArray := jsonElements(lit)
		if !isArray {
			b.fail(x, "SEM0005", "bag_unpack: ignoredProperties must be a constant array")
		}
		for _, el := range elems {
			if s, ok := elementAs(el, types.String); ok {
				ignored[s.(*plan.Literal).Value.(string)] = true
			}
		}
	}
	schema := op.Schema
	if schema == nil {
		schema = b.bagSchema(op, source, e, bag, prefix, ignored, conflict)
	}
	r := e.row.clone()
	r.hidden, r.serialized, r.name = r.outer, false, ""
	r.cols = nil
	if schema.Open {
		for _, c := range e.row.cols {
			if c.c != bag {
				r.cols = append(r.cols, c)
			}
		}
	}
	its := pass(e.row.op.Cols())
	seen := map[string]bool{}
	for _, c := range schema.Columns {
		name := c.Name.Name
		if seen[name] {
			b.fail(c, "SEM0024", "bag_unpack: the column '%s' is declared twice", name)
		}
		seen[name] = true
		t := b.typeOf(c.Type)
		if own, ok := e.row.find(name); ok && own != bag && e.row.has(name) {
			switch {
			case conflict == "error" && schema.Open:
				b.failHint(c, "say columnsConflict='replace_source' or 'keep_source'", "SEM0024", "bag_unpack: the table has a column '%s' already", name)
			case conflict != "replace_source" && own.Type != t:
				b.fail(c, "SEM0005", "bag_unpack: the column '%s' of the table is a %s, not a %s", name, own.Type, t)
			case conflict != "replace_source":
				r.set(name, own)
				continue
			}
		}
		key, ok := strings.CutPrefix(name, prefix)
		if !ok {
			b.fail(c, "SEM0005", "bag_unpack: the name of the column '%s' does not begin with '%s'", name, prefix)
		}
		v := b.convert(&plan.Path{X: &plan.Ref{Col: bag}, Steps: []any{key}}, t, c)
		if ignored[key] {
			v = plan.Null(t)
		}
		n := b.col(name, t)
		its = append(its, plan.Item{Col: n, X: v})
		r.set(name, n)
	}
	r.op = &plan.Project{In: e.row.op, Items: its}
	return r
}

// maxShapes bounds how many different sets of keys and types the bags of a column have,
// and maxColumns how many columns a plug-in makes of the rows: more are no table that
// somebody reads.
const (
	maxShapes  = 10_000
	maxColumns = 1_000
)

// ask returns the different texts that x has in the rows, most of them at most.
func (b *binder) ask(op *syntax.Evaluate, e *env, x plan.Expr, most int, what, hint string) []string {
	name := op.Call.Name.Name
	if b.Distinct == nil {
		b.failHint(op, hint, NeedsRows, "which columns %s makes depends on the rows", name)
	}
	if len(e.row.per) > 0 {
		b.refuse(op, name+" without an output schema inside of mv-apply or partition", hint)
	}
	c := b.col("text", types.String)
	texts, err := b.Distinct(&plan.Project{In: e.row.op, Items: []plan.Item{{Col: c, X: x}}}, c, most)
	if err != nil {
		panic(failed{err})
	}
	if len(texts) > most {
		b.failHint(op, hint, "SEM0005", "%s: more than %d %s", name, most, what)
	}
	return texts
}

// bagSchema reads from the rows which columns bag_unpack makes: one for each key, sorted
// by name, of the type that all its values have, or a dynamic. Nulls have no type.
func (b *binder) bagSchema(op *syntax.Evaluate, source *syntax.Ident, e *env, bag *plan.Column, prefix string, ignored map[string]bool, conflict string) *syntax.Schema {
	hint := fmt.Sprintf("name the columns that come out: evaluate bag_unpack(%s) : (*, Key: string)", source.Name)
	shapes := b.ask(op, e, b.resolve(bagShape, op, []plan.Expr{&plan.Ref{Col: bag}}), maxShapes, "different sets of keys", hint)
	typeOf := map[string]string{}
	for _, s := range shapes {
		var keys map[string]string
		if err := json.Unmarshal([]byte(s), &keys); err != nil {
			continue // no bag
		}
		for key, t := range keys {
			if ignored[key] {
				continue
			}
			if was := typeOf[key]; was != "" && t != "" && was != t {
				t = types.Dynamic.String()
			} else if t == "" {
				t = was
			}
			typeOf[key] = t
		}
	}
	if len(typeOf) > maxColumns {
		b.failHint(op, hint, "SEM0005", "bag_unpack: more than %d columns", maxColumns)
	}
	schema := &syntax.Schema{Loc: op.Loc, Open: true}
	for _, key := range slices.Sorted(maps.Keys(typeOf)) {
		name, t := prefix+key, typeOf[key]
		if t == "" {
			t = types.Dynamic.String() // nothing but nulls
		}
		if own, ok := e.row.find(name); ok && own != bag && e.row.has(name) && conflict == "keep_source" {
			continue
		}
		schema.Columns = append(schema.Columns, &syntax.Column{Loc: op.Loc, Name: &syntax.Ident{Loc: op.Loc, Name: name}, Type: &syntax.TypeName{Loc: op.Loc, Name: t}})
	}
	return schema
}

// bagShape is a function that no text can name.
var bagShape = &builtin.Func{Name: "bag_shape", Sigs: []string{"(bag:dynamic):string"}, Native: "kql_bag_shape"}

// NeedsRows is the code of the error that only the rows can tell what the query means,
// and that there are none to ask.
const NeedsRows = "LAZ0004"

// pivoting are the aggregates of pivot that are known to give for no row what pivot gives
// where two values do not meet, with the forms that take a predicate.
var pivoting = map[string]string{
	"count": "countif", "sum": "sumif", "dcount": "dcountif", "min": "minif", "max": "maxif", "take_any": "take_anyif", "any": "take_anyif",
	"make_list": "make_list_if", "make_set": "make_set_if",
}

// pivot makes columns of the values of a column: each is an aggregate over the rows that
// have the value, grouped by the other columns. It is written as summarize.
func (b *binder) pivot(op *syntax.Evaluate, e *env) *rel {
	args := op.Call.Args
	if len(args) == 0 {
		b.fail(op.Call, "SEM0219", "pivot: the first argument must be the name of a column")
	}
	column := func(x syntax.Expr) *syntax.Ident {
		id, ok := x.(*syntax.Ident)
		if !ok {
			b.fail(x, "SEM0005", "pivot: the name of a column is expected")
		}
		if !e.row.has(id.Name) {
			b.noColumn(id, e.row, e)
		}
		return id
	}
	key := column(args[0])
	args = args[1:]
	agg := &syntax.Call{Loc: op.Call.Loc, Name: &syntax.Ident{Loc: op.Call.Loc, Name: "count"}}
	if len(args) > 0 {
		if call, ok := args[0].(*syntax.Call); ok {
			agg, args = call, args[1:]
		}
	}
	ifForm := pivoting[agg.Name.Name]
	if ifForm == "" {
		b.refuse(agg, "the aggregate "+agg.Name.Name+"() in pivot", "summarize with an aggregate for each column, such as avgif()")
	}
	var by []syntax.Expr
	used := map[string]bool{key.Name: true}
	for _, x := range args {
		by = append(by, column(x))
	}
	if len(args) == 0 {
		for _, x := range agg.Args {
			plan.Refs(b.scalar(x, e), func(c *plan.Column) {
				for _, own := range e.row.cols {
					used[own.name] = used[own.name] || own.c == c
				}
			})
		}
		for _, c := range e.row.cols {
			if !used[c.name] {
				by = append(by, &syntax.Ident{Loc: op.Loc, Name: c.name})
			}
		}
	}
	grouped := map[string]bool{}
	for _, x := range by {
		grouped[x.(*syntax.Ident).Name] = true
	}

	hint := "name the columns that come out: evaluate pivot(...) : (Key: string, Value: long)"
	var values []string
	if op.Schema == nil {
		text := b.convert(b.scalar(key, e), types.String, key)
		values = slices.Sorted(slices.Values(b.ask(op, e, text, maxColumns, "columns", hint)))
	} else {
		if op.Schema.Open {
			b.refuse(op.Schema, "a star in the output schema of pivot", hint)
		}
		for _, c := range op.Schema.Columns {
			if !grouped[c.Name.Name] {
				values = append(values, c.Name.Name)
			}
		}
	}
	sum := &syntax.Summarize{Loc: op.Loc, HasBy: len(by) > 0, By: by}
	for _, v := range values {
		switch {
		case v == "":
			b.failHint(op, "leave such rows out with isnotempty()", "SEM0005", "pivot: the column '%s' has an empty value, which can name no column", key.Name)
		case grouped[v]:
			b.failHint(op, "rename that column", "SEM0005", "pivot: the value '%s' is the name of a column already", v)
		}
		is := &syntax.Binary{Loc: op.Loc, Op: syntax.OpEq, X: &syntax.Call{Loc: key.Loc, Name: &syntax.Ident{Loc: key.Loc, Name: "tostring"}, Args: []syntax.Expr{key}},
			Y: &syntax.Literal{Loc: key.Loc, Kind: syntax.LitString, Text: v}}
		given := append(slices.Clone(agg.Args), is)
		if agg.Name.Name == "count" && len(agg.Args) == 1 {
			given = []syntax.Expr{&syntax.Binary{Loc: op.Loc, Op: syntax.OpAnd, X: agg.Args[0], Y: is}}
		}
		if n := len(agg.Args); n > 1 { // the predicate stands behind the value
			given = slices.Insert(slices.Clone(agg.Args), 1, syntax.Expr(is))
		}
		sum.Aggregates = append(sum.Aggregates, &syntax.Named{Loc: agg.Loc, Names: []*syntax.Ident{{Loc: agg.Loc, Name: v}},
			X: &syntax.Call{Loc: agg.Loc, Name: &syntax.Ident{Loc: agg.Name.Loc, Name: ifForm}, Args: given}})
	}
	if len(by) == 0 && len(values) == 0 {
		b.fail(op, "SEM0005", "pivot: there is neither a row nor a column to group by")
	}
	r := b.summarize(sum, e)
	if op.Schema == nil {
		return r
	}
	out := r.clone()
	out.cols = nil
	its := pass(r.op.Cols())
	for _, c := range op.Schema.Columns {
		v, ok := r.find(c.Name.Name)
		if !ok || out.has(c.Name.Name) {
			b.fail(c, "SEM0024", "pivot: the column '%s' is declared twice", c.Name.Name)
		}
		if t := b.typeOf(c.Type); t != v.Type {
			n := b.col(c.Name.Name, t)
			its = append(its, plan.Item{Col: n, X: b.convert(&plan.Ref{Col: v}, t, c)})
			v = n
		}
		out.cols = append(out.cols, named{c.Name.Name, v})
	}
	out.op = &plan.Project{In: r.op, Items: its}
	return out
}

// narrow makes a row of each value: the number of its row, its column, and its text.
func (b *binder) narrow(op *syntax.Evaluate, e *env) *rel {
	if n := len(op.Call.Args); n > 0 {
		b.fail(op.Call, "SEM0218", "narrow(): function expects 0 arguments")
	}
	if len(e.row.per) > 0 {
		b.refuse(op, "narrow inside of mv-apply or partition", "")
	}
	r := e.row.clone()
	var names, texts []plan.Expr
	for _, c := range r.cols {
		names = append(names, &plan.Literal{T: types.String, Value: c.name})
		texts = append(texts, b.narrowText(&plan.Ref{Col: c.c}, op))
	}
	number, index := b.col("Row", types.Long), b.col("index", types.Long)
	rows := &plan.Window{In: r.op, Col: number, Kind: plan.RowNumber, Keys: r.order}
	column, value := b.col("Column", types.String), b.col("Value", types.String)
	all := &plan.Expand{In: rows, Index: index, Items: []plan.ExpandItem{{X: b.array(names, op), Col: column}, {X: b.array(texts, op), Col: value}}}
	row := b.col("Row", types.Long)
	return &rel{
		op: &plan.Project{In: all, Items: append(pass([]*plan.Column{column, value, index}),
			plan.Item{Col: row, X: &plan.Binary{Op: syntax.OpSub, T: types.Long, X: &plan.Ref{Col: number}, Y: one(1)}})},
		cols:  []named{{"Row", row}, {"Column", column}, {"Value", value}},
		order: []plan.SortKey{{X: &plan.Ref{Col: row}, NullsFirst: true}, {X: &plan.Ref{Col: index}, NullsFirst: true}},
	}
}

// narrowText is how narrow writes a value: bools and datetimes not as tostring() does.
func (b *binder) narrowText(v plan.Expr, at syntax.Node) plan.Expr {
	text := func(s string) plan.Expr { return &plan.Literal{T: types.String, Value: s} }
	switch v.Type() {
	case types.Bool:
		no := &plan.Case{T: types.String, Arms: []plan.Arm{{When: &plan.Not{X: v}, Then: text("False")}}, Else: text("")}
		return &plan.Case{T: types.String, Arms: []plan.Arm{{When: v, Then: text("True")}}, Else: no}
	case types.DateTime:
		return b.callNamed("format_datetime", at, v, text("yyyy-MM-dd HH:mm:ss.fffffff"))
	}
	return b.convert(v, types.String, at)
}

// array is pack_array of any number of values.
func (b *binder) array(list []plan.Expr, at syntax.Node) plan.Expr {
	var parts []plan.Expr
	for chunk := range slices.Chunk(list, builtin.MaxRepeat) {
		parts = append(parts, b.callNamed("pack_array", at, chunk...))
	}
	for len(parts) > 1 {
		var next []plan.Expr
		for chunk := range slices.Chunk(parts, builtin.MaxRepeat) {
			next = append(next, b.callNamed("array_concat", at, chunk...))
		}
		parts = next
	}
	return parts[0]
}
