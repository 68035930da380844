package dialect

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"lazuli.dev/lazuli/kql/builtin"
	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

func convert(sql string, from, to types.Type) string { return builtin.Convert(sql, from, to) }

// expr writes an expression so that it needs no parentheses around it. s is nil
// where there is no row.
func (e *emitter) expr(x plan.Expr, s *source) string {
	switch x := x.(type) {
	case *plan.Literal:
		return literal(x)
	case *plan.Ref:
		if s == nil {
			panic(&Error{Message: fmt.Sprintf("internal error: the column %s is read where there is no row", x.Col)})
		}
		return s.col(x.Col).sql()
	case *plan.Binary:
		return e.binary(x, s, false)
	case *plan.Logic:
		return e.logic(x, s, false)
	case *plan.Not:
		return "(NOT " + e.expr(x.X, s) + ")"
	case *plan.Neg:
		v := e.expr(x.X, s)
		if x.Type() == types.Real || x.Type() == types.Decimal {
			return "(-" + v + ")"
		}
		return "TRY_CAST(-CAST(" + v + " AS HUGEINT) AS BIGINT)"
	case *plan.Cast:
		return e.cast(x, s)
	case *plan.In:
		return e.in(x, s, false)
	case *plan.Terms:
		return e.terms(x, s)
	case *plan.KeyValues:
		return "kql_parse_kv(" + e.expr(x.X, s) + ", " + quote(x.By.Text()) + ")"
	case *plan.Call:
		return e.expand(x.Func, x.Sig, x.Args, x.T, x.At, s, "")
	case *plan.Case:
		var b strings.Builder
		b.WriteString("CASE")
		for _, a := range x.Arms {
			b.WriteString(" WHEN " + e.truth(a.When, s) + " THEN " + e.expr(a.Then, s))
		}
		return "(" + b.String() + " ELSE " + e.expr(x.Else, s) + " END)"
	case *plan.Path:
		return e.path(x, s)
	case *plan.Scalar:
		in := e.single(x.In)
		sql := "(SELECT " + in.col(x.Col).sql() + in.tail() + " LIMIT 1)"
		if x.Col.Type == types.String {
			return "coalesce(" + sql + ", '')"
		}
		return sql
	}
	panic(&Error{Message: fmt.Sprintf("internal error: the expression %T cannot be written", x)})
}

// truth writes a predicate where null counts as false, which is cheaper to say
// and lets the engine use what it knows of a column's range.
func (e *emitter) truth(x plan.Expr, s *source) string {
	switch x := x.(type) {
	case *plan.Binary:
		return e.binary(x, s, true)
	case *plan.Logic:
		return e.logic(x, s, true)
	case *plan.In:
		return e.in(x, s, true)
	case *plan.Literal:
		if x.Value != true {
			return "false"
		}
	}
	return e.expr(x, s)
}

// literal writes a constant.
func literal(x *plan.Literal) string {
	switch v := x.Value.(type) {
	case nil:
		return none(x.T)
	case bool:
		return strconv.FormatBool(v)
	case int64:
		if x.T == types.Int {
			return "CAST(" + strconv.FormatInt(v, 10) + " AS INTEGER)"
		}
		if v == math.MinInt64 {
			return "CAST('-9223372036854775808' AS BIGINT)"
		}
		if v > math.MaxInt32 || v < math.MinInt32 {
			// The engine reads such a number as a BIGINT anyhow.
			if v < 0 {
				return "(" + strconv.FormatInt(v, 10) + ")"
			}
			return strconv.FormatInt(v, 10)
		}
		return "CAST(" + strconv.FormatInt(v, 10) + " AS BIGINT)"
	case float64:
		switch {
		case math.IsNaN(v):
			return "CAST('NaN' AS DOUBLE)"
		case math.IsInf(v, 1):
			return "CAST('Infinity' AS DOUBLE)"
		case math.IsInf(v, -1):
			return "CAST('-Infinity' AS DOUBLE)"
		}
		return "CAST(" + strconv.FormatFloat(v, 'e', -1, 64) + " AS DOUBLE)"
	case string:
		switch x.T {
		case types.Decimal:
			return "TRY_CAST(" + quote(v) + " AS DECIMAL(38,18))"
		case types.Guid:
			return "TRY_CAST(" + quote(v) + " AS UUID)"
		}
		return quote(v)
	}
	panic(&Error{Message: fmt.Sprintf("internal error: a constant of type %T", x.Value)})
}

func (e *emitter) logic(x *plan.Logic, s *source, truth bool) string {
	word := " AND "
	if x.Or {
		word = " OR "
	}
	parts := make([]string, len(x.Args))
	for i, a := range x.Args {
		if truth {
			parts[i] = e.truth(a, s)
		} else {
			parts[i] = e.expr(a, s)
		}
	}
	return "(" + strings.Join(parts, word) + ")"
}

// nullable reports whether x may be null.
func nullable(x plan.Expr) bool {
	if x.Type() == types.String {
		return false
	}
	switch x := x.(type) {
	case *plan.Literal:
		return x.Value == nil
	case *plan.Cast:
		if x.X.Type().Numeric() && x.T.Numeric() && x.T != types.Decimal && x.T != types.Int {
			return nullable(x.X)
		}
	case *plan.In, *plan.Terms:
		return false
	case *plan.Binary:
		switch x.Op {
		case syntax.OpEq, syntax.OpNe:
			return nullable(x.X) && nullable(x.Y)
		case syntax.OpLt, syntax.OpLe, syntax.OpGt, syntax.OpGe:
			return nullable(x.X) || nullable(x.Y)
		}
		return x.T != types.Bool
	case *plan.Logic:
		for _, a := range x.Args {
			if nullable(a) {
				return true
			}
		}
		return false
	case *plan.Not:
		return nullable(x.X)
	}
	return true
}

func (e *emitter) binary(x *plan.Binary, s *source, truth bool) string {
	switch x.Op {
	case syntax.OpEq, syntax.OpNe:
		return e.equality(x, s, truth)
	case syntax.OpLt, syntax.OpLe, syntax.OpGt, syntax.OpGe:
		return e.order(x, s)
	case syntax.OpAdd, syntax.OpSub, syntax.OpMul, syntax.OpDiv, syntax.OpMod:
		return e.arith(x, s)
	}
	return e.match(x, s)
}

func (e *emitter) equality(x *plan.Binary, s *source, truth bool) string {
	if sql, ok := e.guidEquality(x.X, x.Y, s); ok {
		if x.Op == syntax.OpNe {
			return "(NOT coalesce(" + sql + ", false))"
		}
		if truth {
			return sql
		}
		return "coalesce(" + sql + ", false)"
	}
	l, r := e.expr(x.X, s), e.expr(x.Y, s)
	ln, rn := nullable(x.X), nullable(x.Y)
	eq := l + " = " + r
	if x.X.Type() == types.Real {
		// NaN equals nothing; the engine holds that it equals itself.
		if _, ok := x.Y.(*plan.Literal); !ok {
			if _, ok := x.X.(*plan.Literal); !ok {
				eq = l + " = " + r + " AND NOT isnan(" + l + ")"
			}
		}
	}
	if x.Op == syntax.OpEq {
		switch {
		case truth || !ln && !rn:
			return "(" + eq + ")"
		case ln && rn:
			return "(CASE WHEN " + l + " IS NULL AND " + r + " IS NULL THEN NULL ELSE coalesce(" + eq + ", false) END)"
		}
		return "coalesce(" + eq + ", false)"
	}
	switch {
	case !ln && !rn && x.X.Type() != types.Real:
		return "(" + l + " <> " + r + ")"
	case ln && rn && !truth:
		return "(CASE WHEN " + l + " IS NULL AND " + r + " IS NULL THEN NULL ELSE NOT coalesce(" + eq + ", false) END)"
	case ln && rn:
		return "(NOT coalesce(" + eq + ", false) AND NOT (" + l + " IS NULL AND " + r + " IS NULL))"
	}
	return "(NOT coalesce(" + eq + ", false))"
}

// guidEquality compares a column that is stored as GUIDs with a constant.
func (e *emitter) guidEquality(x, y plan.Expr, s *source) (string, bool) {
	if _, ok := x.(*plan.Literal); ok {
		x, y = y, x
	}
	ref, ok1 := x.(*plan.Ref)
	lit, ok2 := y.(*plan.Literal)
	if !ok1 || !ok2 || s == nil {
		return "", false
	}
	v := s.col(ref.Col)
	if v.guid == "" {
		return "", false
	}
	return guidIs(v, lit.Value.(string)), true
}

// guidIs is the condition that a column stored as GUIDs has the value g.
func guidIs(v value, g string) string {
	switch {
	case g == "":
		return "(" + v.guid + " IS NULL AND " + v.side + " IS NULL)"
	case canonicalGUID(g):
		return "(" + v.guid + " = CAST(" + quote(g) + " AS UUID) AND " + v.side + " IS NULL)"
	}
	return "(" + v.side + " = " + quote(g) + ")"
}

// canonicalGUID reports whether s is a GUID in lower case with dashes.
func canonicalGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		dash := i == 8 || i == 13 || i == 18 || i == 23
		hex := c >= '0' && c <= '9' || c >= 'a' && c <= 'f'
		if dash && c != '-' || !dash && !hex {
			return false
		}
	}
	return true
}

func (e *emitter) order(x *plan.Binary, s *source) string {
	l, r := e.expr(x.X, s), e.expr(x.Y, s)
	sql := l + " " + x.Op.String() + " " + r
	if x.X.Type() == types.Real {
		// NaN is neither less nor greater; the engine holds that it is the greatest.
		greater := x.X
		text := l
		if x.Op == syntax.OpLt || x.Op == syntax.OpLe {
			greater, text = x.Y, r
		}
		if lit, ok := greater.(*plan.Literal); !ok || isNaN(lit) {
			sql += " AND NOT isnan(" + text + ")"
		}
	}
	return "(" + sql + ")"
}

func isNaN(lit *plan.Literal) bool {
	f, ok := lit.Value.(float64)
	return ok && math.IsNaN(f)
}

func (e *emitter) arith(x *plan.Binary, s *source) string {
	l, r := e.expr(x.X, s), e.expr(x.Y, s)
	lt, rt := x.X.Type(), x.Y.Type()
	op := x.Op.String()
	switch {
	case x.Op == syntax.OpMod:
		if x.T == types.Real {
			return "(CASE WHEN " + r + " = 0 THEN CAST('NaN' AS DOUBLE) ELSE " + l + " - abs(" + r + ") * floor(" + l + " / abs(" + r + ")) END)"
		}
		// The remainder is never negative in KQL.
		if asks(x) {
			l, r = "CAST("+l+" AS HUGEINT)", "CAST("+r+" AS HUGEINT)"
			return "TRY_CAST(((" + l + " % " + r + ") + abs(" + r + ")) % abs(" + r + ") AS BIGINT)"
		}
		return "TRY(((" + l + " % " + r + ") + abs(" + r + ")) % abs(" + r + "))"
	case x.T == types.Real && lt != types.Real: // a time by a timespan
		return "(CAST(" + l + " AS DOUBLE) / CAST(" + r + " AS DOUBLE))"
	case x.T == types.Real:
		return "(" + l + " " + op + " " + r + ")"
	case x.T == types.Decimal && x.Op == syntax.OpDiv:
		return "TRY_CAST(CAST(" + l + " AS DOUBLE) / CAST(nullif(" + r + ", 0) AS DOUBLE) AS DECIMAL(38,18))"
	case x.T == types.Decimal && x.Op == syntax.OpMul:
		return "TRY_CAST(CAST(" + l + " AS DOUBLE) * CAST(" + r + " AS DOUBLE) AS DECIMAL(38,18))"
	case x.T == types.Decimal && asks(x):
		return "TRY_CAST(CAST(" + l + " AS DOUBLE) " + op + " CAST(" + r + " AS DOUBLE) AS DECIMAL(38,18))"
	case x.T == types.Decimal:
		return "TRY_CAST(TRY(" + l + " " + op + " " + r + ") AS DECIMAL(38,18))"
	case x.T == types.Timespan && (lt == types.Real || rt == types.Real):
		// Through a cast: a product that is no timespan is null.
		return "TRY_CAST(trunc(CAST(" + l + " AS DOUBLE) " + op + " CAST(" + r + " AS DOUBLE)) AS BIGINT)"
	}
	if asks(x) {
		// TRY does not take a subquery; a wider type does the same.
		l, r = "CAST("+l+" AS HUGEINT)", "CAST("+r+" AS HUGEINT)"
		if x.Op == syntax.OpDiv {
			op = "//"
		}
		return "TRY_CAST(" + l + " " + op + " " + r + " AS BIGINT)"
	}
	if x.Op == syntax.OpDiv {
		return "TRY(" + l + " // " + r + ")"
	}
	if safe(x.X) && safe(x.Y) && x.Op != syntax.OpMul {
		return "(" + l + " " + op + " " + r + ")"
	}
	return "TRY(" + l + " " + op + " " + r + ")"
}

// asks reports whether there is a query inside of x.
func asks(x plan.Expr) bool {
	found := false
	plan.Walk(x, func(x plan.Expr) {
		switch x := x.(type) {
		case *plan.Scalar:
			found = true
		case *plan.In:
			found = found || x.Query != nil
		}
	})
	return found
}

// safe reports whether x is so small that a sum with it, or with another such
// value, cannot leave the range of a long.
func safe(x plan.Expr) bool {
	const half = math.MaxInt64 / 2
	switch x := x.(type) {
	case *plan.Literal:
		v, ok := x.Value.(int64)
		return ok && v < half && v > -half
	case *plan.Cast:
		return x.X.Type() == types.Int
	case *plan.Ref:
		// Ticks of the years 1 to 9999 are less than half of the range.
		return x.Col.Type == types.DateTime && x.Col.Name == "TimeGenerated"
	}
	return false
}

// match writes an operator on strings.
func (e *emitter) match(x *plan.Binary, s *source) string {
	op, not := positive(x.Op)
	var sql string
	if lit, ok := x.Y.(*plan.Literal); ok && op == syntax.OpEqCI {
		if ref, ok := x.X.(*plan.Ref); ok && s != nil {
			if v := s.col(ref.Col); v.guid != "" {
				g := strings.ToLower(lit.Value.(string))
				if canonicalGUID(g) {
					sql = "coalesce(" + v.guid + " = CAST(" + quote(g) + " AS UUID) OR kql_equal_fold(coalesce(" + v.side + ", ''), " + quote(g) + "), false)"
				}
			}
		}
	}
	if sql == "" {
		l, r := e.searched(x, s), e.expr(x.Y, s)
		switch op {
		case syntax.OpMatchesRegex:
			sql = "regexp_matches(" + l + ", " + r + ")"
			if lit, ok := x.Y.(*plan.Literal); !ok || !validRegex(lit) {
				// The engine fails on an expression that is none, Go can say so.
				sql = "(coalesce(kql_indexof_regex(" + l + ", " + r + ", 0, -1, 1), -1) >= 0)"
			}
		case syntax.OpContainsCS:
			sql = "contains(" + l + ", " + r + ")"
		case syntax.OpStartsWithCS:
			sql = "starts_with(" + l + ", " + r + ")"
		case syntax.OpEndsWithCS:
			sql = "suffix(" + l + ", " + r + ")"
		default:
			f := matchers[op]
			if d, ok := writtenDynamic(x.X); ok && jsonMatchers[op] {
				f, l = f+"_json", e.expr(d, s)
			}
			sql = f + "(" + l + ", " + r + ")"
		}
	}
	if not {
		return "(NOT " + sql + ")"
	}
	return sql
}

// searched is the left side of an operator on strings. A column that is stored as
// GUIDs is not made text where its GUIDs cannot have what is searched for.
func (e *emitter) searched(x *plan.Binary, s *source) string {
	if lit, ok := x.Y.(*plan.Literal); ok && s != nil {
		if ref, ok := x.X.(*plan.Ref); ok {
			v := s.col(ref.Col)
			if text, _ := lit.Value.(string); v.guid != "" && x.Op != syntax.OpMatchesRegex && strings.Trim(text, "0123456789abcdefABCDEF-") != "" {
				return "coalesce(" + v.side + ", '')"
			}
		}
	}
	return e.expr(x.X, s)
}

// writtenDynamic is the dynamic of which x is the text.
func writtenDynamic(x plan.Expr) (plan.Expr, bool) {
	c, ok := x.(*plan.Cast)
	if !ok || c.T != types.String || c.X.Type() != types.Dynamic {
		return nil, false
	}
	_, path := c.X.(*plan.Path) // has a native of its own
	return c.X, !path
}

// jsonMatchers are the operators that have a native, called _json, for dynamics.
var jsonMatchers = map[syntax.Op]bool{
	syntax.OpHas: true, syntax.OpHasCS: true, syntax.OpHasPrefix: true, syntax.OpHasPrefixCS: true,
	syntax.OpHasSuffix: true, syntax.OpHasSuffixCS: true, syntax.OpContains: true,
}

// validRegex reports whether the engine can read a constant as an expression;
// one that a rewrite made constant has not been looked at before.
func validRegex(lit *plan.Literal) bool {
	_, err := native.CheckRegex(lit.Value.(string))
	return err == nil
}

// matchers are the natives behind the operators on strings.
var matchers = map[syntax.Op]string{
	syntax.OpEqCI: "kql_equal_fold", syntax.OpHas: "kql_has", syntax.OpHasCS: "kql_has_cs", syntax.OpHasPrefix: "kql_hasprefix",
	syntax.OpHasPrefixCS: "kql_hasprefix_cs", syntax.OpHasSuffix: "kql_hassuffix", syntax.OpHasSuffixCS: "kql_hassuffix_cs",
	syntax.OpContains: "kql_contains", syntax.OpStartsWith: "kql_startswith", syntax.OpEndsWith: "kql_endswith",
}

// positive is the operator without its negation.
func positive(op syntax.Op) (syntax.Op, bool) {
	switch op {
	case syntax.OpNeCI:
		return syntax.OpEqCI, true
	case syntax.OpNotHas:
		return syntax.OpHas, true
	case syntax.OpNotHasCS:
		return syntax.OpHasCS, true
	case syntax.OpNotHasPrefix:
		return syntax.OpHasPrefix, true
	case syntax.OpNotHasPrefixCS:
		return syntax.OpHasPrefixCS, true
	case syntax.OpNotHasSuffix:
		return syntax.OpHasSuffix, true
	case syntax.OpNotHasSuffixCS:
		return syntax.OpHasSuffixCS, true
	case syntax.OpNotContains:
		return syntax.OpContains, true
	case syntax.OpNotContainsCS:
		return syntax.OpContainsCS, true
	case syntax.OpNotStartsWith:
		return syntax.OpStartsWith, true
	case syntax.OpNotStartsWithCS:
		return syntax.OpStartsWithCS, true
	case syntax.OpNotEndsWith:
		return syntax.OpEndsWith, true
	case syntax.OpNotEndsWithCS:
		return syntax.OpEndsWithCS, true
	case syntax.OpSearch:
		return syntax.OpHas, false
	}
	return op, false
}

func (e *emitter) cast(x *plan.Cast, s *source) string {
	from := x.X.Type()
	if p, ok := x.X.(*plan.Path); ok && x.T == types.String {
		if base, steps, ok := e.staticPath(p, s); ok {
			return "kql_path_text(" + base + ", " + steps + ")"
		}
	}
	v := e.expr(x.X, s)
	if from.Numeric() && x.T.Numeric() && x.T != types.Int && x.T != types.Decimal && from != types.Real && from != types.Decimal {
		return "CAST(" + v + " AS " + sqlTypes[x.T] + ")"
	}
	return convert(v, from, x.T)
}

// staticPath is a path of names and numbers only.
func (e *emitter) staticPath(p *plan.Path, s *source) (base, steps string, ok bool) {
	for _, st := range p.Steps {
		if _, dynamic := st.(plan.Expr); dynamic {
			return "", "", false
		}
	}
	return e.expr(p.X, s), quote(native.Path(p.Steps...)), true
}

func (e *emitter) path(p *plan.Path, s *source) string {
	if base, steps, ok := e.staticPath(p, s); ok {
		return "kql_path(" + base + ", " + steps + ")"
	}
	x := e.expr(p.X, s)
	var run []any
	flush := func() {
		if len(run) > 0 {
			x = "kql_path(" + x + ", " + quote(native.Path(run...)) + ")"
			run = nil
		}
	}
	for _, st := range p.Steps {
		y, ok := st.(plan.Expr)
		if !ok {
			run = append(run, st)
			continue
		}
		flush()
		if y.Type() == types.String {
			x = "kql_member(" + x + ", " + e.expr(y, s) + ")"
		} else {
			x = "kql_element(" + x + ", " + e.expr(y, s) + ")"
		}
	}
	flush()
	return x
}

func (e *emitter) in(x *plan.In, s *source, truth bool) string {
	var sql string
	switch {
	case x.Query != nil:
		q := e.single(x.Query)
		v, col := e.expr(x.X, s), q.col(x.Col).sql()
		if x.NoCase {
			v, col = "lower("+v+")", "lower("+col+")"
		}
		where := &source{from: q.from, where: append([]string(nil), q.where...), cols: q.cols}
		if x.Col.Type != types.String {
			where.where = append(where.where, col+" IS NOT NULL")
		}
		sql = "(" + v + " IN (SELECT " + col + where.tail() + "))"
	default:
		if ref, ok := x.X.(*plan.Ref); ok && s != nil && !x.NoCase {
			if g, ok := e.guidIn(s.col(ref.Col), x.List); ok {
				sql = g
				break
			}
		}
		v := e.expr(x.X, s)
		items := make([]string, 0, len(x.List))
		for _, y := range x.List {
			if lit, ok := y.(*plan.Literal); ok {
				if lit.Value == nil {
					continue // null is in no list
				}
				if text, ok := lit.Value.(string); ok && x.NoCase {
					lit = &plan.Literal{T: lit.T, Value: strings.ToLower(text)}
				}
				items = append(items, literal(lit))
				continue
			}
			item := e.expr(y, s)
			if x.NoCase {
				item = "lower(" + item + ")"
			}
			items = append(items, item)
		}
		if len(items) == 0 {
			return strconv.FormatBool(x.Negative)
		}
		if x.NoCase {
			v = "lower(" + v + ")"
		}
		sql = "(" + v + " IN (" + strings.Join(items, ", ") + "))"
	}
	switch {
	case x.Negative && x.X.Type() == types.String && allConstant(x):
		return "(NOT " + sql + ")"
	case x.Negative:
		return "(NOT coalesce(" + sql + ", false))"
	case truth:
		return sql
	}
	return "coalesce(" + sql + ", false)"
}

// allConstant reports whether no member of the list can be null.
func allConstant(x *plan.In) bool {
	for _, y := range x.List {
		if nullable(y) {
			return false
		}
	}
	return true
}

// guidIn is membership in a list of constants for a column stored as GUIDs.
func (e *emitter) guidIn(v value, list []plan.Expr) (string, bool) {
	if v.guid == "" {
		return "", false
	}
	var guids, texts []string
	empty := false
	for _, y := range list {
		lit, ok := y.(*plan.Literal)
		if !ok {
			return "", false
		}
		switch g := lit.Value.(string); {
		case g == "":
			empty = true
		case canonicalGUID(g):
			guids = append(guids, "CAST("+quote(g)+" AS UUID)")
		default:
			texts = append(texts, quote(g))
		}
	}
	var any []string
	if len(guids) > 0 {
		any = append(any, "("+v.guid+" IN ("+strings.Join(guids, ", ")+") AND "+v.side+" IS NULL)")
	}
	if len(texts) > 0 {
		any = append(any, "("+v.side+" IN ("+strings.Join(texts, ", ")+"))")
	}
	if empty {
		any = append(any, guidIs(v, ""))
	}
	return "coalesce(" + strings.Join(any, " OR ") + ", false)", true
}

func (e *emitter) terms(x *plan.Terms, s *source) string {
	f := "kql_has_any"
	if x.All {
		f = "kql_has_all"
	}
	var array string
	switch {
	case x.Array != nil:
		array = e.expr(x.Array, s)
	default:
		constant := true
		text := []string{}
		parts := []string{}
		for _, y := range x.List {
			lit, ok := y.(*plan.Literal)
			if ok {
				text = append(text, jsonString(lit.Value.(string)))
			}
			constant = constant && ok
			parts = append(parts, convert(e.expr(y, s), types.String, types.Dynamic))
		}
		if constant {
			array = quote("[" + strings.Join(text, ",") + "]")
		} else {
			array = "kql_pack_array(" + strings.Join(parts, ", ") + ")"
		}
	}
	return f + "(" + e.expr(x.X, s) + ", coalesce(" + array + ", '[]'))"
}

// jsonString quotes a text for JSON.
func jsonString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// expand writes a call of a function of the table; order is for aggregates.
func (e *emitter) expand(f *builtin.Func, sig *builtin.Sig, args []plan.Expr, result types.Type, at syntax.Span, s *source, order string) string {
	c := &builtin.Call{Func: f, Sig: sig, Result: result, Now: e.Now, Order: order}
	for _, a := range args {
		x := builtin.Expr{SQL: e.expr(a, s), Type: a.Type()}
		if lit, ok := a.(*plan.Literal); ok {
			x.Const, x.Value = true, lit.Value
		}
		c.Args = append(c.Args, x)
	}
	sql, err := f.Expand(c)
	if err != nil {
		panic(&Error{Span: at, Message: err.Error()})
	}
	return sql
}
