package bind

import (
	"regexp/syntax"
	"strings"

	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/plan"
	kql "lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// parse binds parse and parse-where: the pattern becomes one regular expression
// with a group for each column.
func (b *binder) parse(op *kql.ParseOp, e *env) *rel {
	b.params(op.Params, e, "kind", "flags")
	kind, flags := "simple", ""
	if p := param(op.Params, "kind"); p != nil {
		if kind = b.word(p); kind != "simple" && kind != "relaxed" && kind != "regex" {
			b.fail(p, "SEM0005", "%sthe kind must be simple, relaxed or regex", b.operator(e))
		}
	}
	if p := param(op.Params, "flags"); p != nil {
		flags = b.word(p)
		if strings.Trim(flags, "Umsi") != "" {
			b.fail(p, "SEM0005", "%sthe flags are U, m, s and i", b.operator(e))
		}
	}
	r := e.row.clone()
	e.row = r
	text := b.convert(b.scalar(op.X, e), types.String, op.X)
	var re strings.Builder
	if kind == "regex" {
		if flags != "" {
			re.WriteString("(?" + flags + ")")
		}
	} else {
		re.WriteString("(?s)")
	}
	re.WriteString("^(")
	type target struct {
		name  string
		t     types.Type
		group int
	}
	groups := 1
	var targets []target
	constant := false
	for i, part := range op.Pattern {
		switch part := part.(type) {
		case *kql.Star:
			if kind == "regex" || i+1 < len(op.Pattern) {
				re.WriteString(".*?")
			}
		case *kql.Literal:
			if part.Kind != kql.LitString {
				b.fail(part, "SEM0005", "%sa string is expected", b.operator(e))
			}
			constant = constant || part.Text != ""
			if kind != "regex" {
				re.WriteString(quoteRegex(part.Text))
				continue
			}
			parsed, err := syntax.Parse(part.Text, syntax.Perl)
			if err != nil {
				b.fail(part, "SEM0005", "%sthis is not a regular expression: %v", b.operator(e), err)
			}
			groups += parsed.MaxCap()
			re.WriteString("(?:" + part.Text + ")")
		case *kql.Column:
			t := types.String
			if part.Type != nil {
				t = b.typeOf(part.Type)
			}
			groups++
			targets = append(targets, target{part.Name.Name, t, groups})
			last, beforeStar := i+1 == len(op.Pattern), false
			if !last {
				_, beforeStar = op.Pattern[i+1].(*kql.Star)
			}
			re.WriteString("(" + b.capture(part, t, kind, last, beforeStar, e) + ")")
		default:
			b.fail(part, "SEM0005", "%sa string, a column or * is expected", b.operator(e))
		}
	}
	if len(targets) == 0 {
		b.fail(op, "SEM0005", "%sthe pattern has no column", b.operator(e))
	}
	re.WriteString(")")
	if _, endsInStar := op.Pattern[len(op.Pattern)-1].(*kql.Star); !endsInStar {
		re.WriteString("$")
	}
	if !constant {
		b.refuse(op, "a pattern without a text that is not empty", "")
	}
	x := &plan.Extract{In: r.op, X: text, Pattern: re.String(), Groups: groups, Hit: b.col("hit", types.String)}
	var parts, its []plan.Item
	for _, t := range targets {
		c := b.col(t.name, types.String)
		x.Parts = append(x.Parts, plan.Group{Col: c, Index: t.group})
		parts = append(parts, plan.Item{Col: c, X: &plan.Ref{Col: c}})
	}
	hit := plan.Expr(&plan.Binary{Op: kql.OpNe, T: types.Bool, X: &plan.Ref{Col: x.Hit}, Y: &plan.Literal{T: types.String, Value: ""}})
	its = pass(x.Cols())
	var fields []named
	ok := []plan.Expr{hit}
	for i, t := range targets {
		var v plan.Expr = &plan.Ref{Col: parts[i].Col}
		if t.t != types.String {
			v = b.datatableValue(v, t.t, op)
		}
		c := b.col(t.name, t.t)
		its = append(its, plan.Item{Col: c, X: v})
		fields = append(fields, named{t.name, c})
		if t.t != types.String && kind != "relaxed" {
			ok = append(ok, b.callNamed("isnotnull", op, &plan.Ref{Col: c}))
		}
	}
	r.op = &plan.Project{In: x, Items: its}
	good := plan.And(ok...)
	if op.Filter {
		r.op = &plan.Filter{In: r.op, Pred: good}
	} else if len(ok) > 1 {
		// One value that does not fit its type spoils all of the row.
		strict := b.col("fits", types.Bool)
		r.op = &plan.Project{In: r.op, Items: append(pass(r.op.Cols()), plan.Item{Col: strict, X: good})}
		its := pass(r.op.Cols())
		for i := range fields {
			c := b.col(fields[i].name, fields[i].c.Type)
			its = append(its, plan.Item{Col: c, X: &plan.Case{T: c.Type, Arms: []plan.Arm{{When: &plan.Ref{Col: strict}, Then: &plan.Ref{Col: fields[i].c}}}, Else: plan.Null(c.Type)}})
			fields[i].c = c
		}
		r.op = &plan.Project{In: r.op, Items: its}
	}
	for _, f := range fields {
		r.set(f.name, f.c)
	}
	return r
}

// capture is the expression for the value of a column.
func (b *binder) capture(c *kql.Column, t types.Type, kind string, last, beforeStar bool, e *env) string {
	switch {
	case t == types.Int || t == types.Long:
		if kind == "regex" || beforeStar {
			return `-?\d+`
		}
	case t == types.Real || t == types.Decimal:
		if kind == "regex" || beforeStar {
			return `-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?`
		}
	case t == types.Bool && beforeStar:
		return `(?i:true|false|0|1)`
	case t == types.Guid && beforeStar:
		return `[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`
	case beforeStar && t != types.String:
		b.failHint(c, "put a text between the column and the star", "SEM0005", "%sa column of type %s cannot stand in front of *", b.operator(e), t)
	case beforeStar && kind != "regex":
		b.failHint(c, "put a text between the column and the star", "SEM0005", "%sa string column cannot stand in front of *", b.operator(e))
	}
	if kind == "regex" || last {
		return ".*"
	}
	return ".*?"
}

// quoteRegex escapes what has a meaning in a regular expression.
func quoteRegex(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`\.+*?()|[]{}^$`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// parseKV binds parse-kv: the pairs of the text become a bag, of which the
// columns are taken.
func (b *binder) parseKV(op *kql.ParseKV, e *env) *rel {
	r := e.row.clone()
	e.row = r
	text := b.convert(b.scalar(op.X, e), types.String, op.X)
	opts := map[string]*string{}
	x := &plan.KeyValues{X: text}
	greedy := ""
	var regexAt kql.Node = op
	for name, target := range map[string]*string{"pair_delimiter": &x.By.Pair, "kv_delimiter": &x.By.KV, "quote": &x.By.Quote, "escape": &x.By.Escape, "regex": &x.By.Regex, "greedy": &greedy} {
		opts[name] = target
	}
	for _, p := range op.Props {
		target, ok := opts[p.Name.Name]
		if !ok || len(p.Values) != 1 {
			b.fail(p, "SEM0005", "parse-kv: unknown property '%s'", p.Name.Name)
		}
		*target = b.word(p)
		if p.Name.Name == "regex" {
			regexAt = p
		}
	}
	x.By.Greedy = greedy == "true"
	if (x.By.Pair == "") != (x.By.KV == "") {
		b.refuse(op, "parse-kv with only one of pair_delimiter and kv_delimiter", "give both, or none")
	}
	if len([]rune(x.By.Quote)) > 2 || len([]rune(x.By.Escape)) > 1 {
		b.fail(op, "SEM0005", "parse-kv: quote has one or two characters, escape has one")
	}
	if x.By.Regex != "" {
		groups, err := native.CheckRegex(x.By.Regex)
		if err != nil {
			b.fail(regexAt, "SEM0005", "parse-kv: %v", err)
		}
		if groups != 2 {
			b.fail(op, "SEM0005", "parse-kv: the regular expression must have two groups, the key and the value")
		}
	}
	for _, c := range op.Schema.Columns {
		x.By.Keys = append(x.By.Keys, c.Name.Name)
	}
	bag := b.col("pairs", types.Dynamic)
	r.op = &plan.Project{In: r.op, Items: append(pass(r.op.Cols()), plan.Item{Col: bag, X: x})}
	its := pass(r.op.Cols())
	for _, c := range op.Schema.Columns {
		t := b.typeOf(c.Type)
		var v plan.Expr = &plan.Cast{X: &plan.Path{X: &plan.Ref{Col: bag}, Steps: []any{c.Name.Name}}, T: types.String}
		if t != types.String {
			v = b.datatableValue(v, t, c)
		}
		n := b.col(c.Name.Name, t)
		its = append(its, plan.Item{Col: n, X: v})
		r.set(c.Name.Name, n)
	}
	r.op = &plan.Project{In: r.op, Items: its}
	return r
}
