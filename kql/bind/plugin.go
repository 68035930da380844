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
// and maxUnpacked how many columns they make: a bag for each row is a table of its own.
const (
	maxShapes   = 10_000
	maxUnpacked = 1_000
)

// bagSchema reads from the rows which columns bag_unpack makes: one for each key, sorted
// by name, of the type that all its values have, or a dynamic. Nulls have no type.
func (b *binder) bagSchema(op *syntax.Evaluate, source *syntax.Ident, e *env, bag *plan.Column, prefix string, ignored map[string]bool, conflict string) *syntax.Schema {
	if b.Distinct == nil {
		b.failHint(op, fmt.Sprintf("name the columns that come out: evaluate bag_unpack(%s) : (*, Key: string)", source.Name), NeedsRows, "which columns bag_unpack makes depends on the rows")
	}
	if len(e.row.per) > 0 {
		b.refuse(op, "bag_unpack without an output schema inside of mv-apply or partition", "name the columns that come out")
	}
	shape := b.col("shape", types.String)
	in := &plan.Project{In: e.row.op, Items: []plan.Item{{Col: shape, X: b.resolve(bagShape, op, []plan.Expr{&plan.Ref{Col: bag}})}}}
	shapes, err := b.Distinct(in, shape, maxShapes)
	if err != nil {
		panic(failed{err})
	}
	tooMany := func(n int, what string) {
		b.failHint(op, fmt.Sprintf("name the columns that come out: evaluate bag_unpack(%s) : (*, Key: string)", source.Name), "SEM0005", "bag_unpack: more than %d %s", n, what)
	}
	if len(shapes) > maxShapes {
		tooMany(maxShapes, "different sets of keys")
	}
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
	if len(typeOf) > maxUnpacked {
		tooMany(maxUnpacked, "columns")
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
