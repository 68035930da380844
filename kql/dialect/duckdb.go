package dialect

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/types"
)

// DuckDB writes a result as one statement. Its columns are those of r.Fields, in
// that order. The error is an *Error.
func DuckDB(r *plan.Result, o Options) (sql string, err error) {
	e := &emitter{Options: o, shared: map[*plan.Shared]bool{}}
	// Writing fails deep inside of expressions, as binding does.
	defer func() {
		if p := recover(); p != nil {
			fault, ok := p.(*Error)
			if !ok {
				panic(p)
			}
			sql, err = "", fault
		}
	}()
	var b strings.Builder
	s := e.single(r.Op)
	b.WriteString("SELECT ")
	for i, f := range r.Fields {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s AS f%d", s.col(f.Col).sql(), i+1)
	}
	if len(r.Fields) == 0 {
		b.WriteString("NULL AS f1")
	}
	b.WriteString(s.tail())
	b.WriteString(e.orderBy(r.Order, s))
	if o.MaxRows > 0 {
		fmt.Fprintf(&b, " LIMIT %d", o.MaxRows+1)
	}
	return e.with() + b.String(), nil
}

type emitter struct {
	Options
	shared map[*plan.Shared]bool
	ctes   []cte
	names  int
}

type cte struct {
	id  int
	sql string
}

// with writes the shared results, each before those that use it.
func (e *emitter) with() string {
	if len(e.ctes) == 0 {
		return ""
	}
	sort.Slice(e.ctes, func(i, j int) bool { return e.ctes[i].id < e.ctes[j].id })
	parts := make([]string, len(e.ctes))
	for i, c := range e.ctes {
		parts[i] = fmt.Sprintf("m%d AS MATERIALIZED (%s)", c.id, c.sql)
	}
	return "WITH " + strings.Join(parts, ", ") + " "
}

// fresh returns a name for a helper column.
func (e *emitter) fresh() string {
	e.names++
	return "h" + strconv.Itoa(e.names)
}

// A value is a column as it can be had in a SELECT. A column of encoding GUID
// has guid and side instead of text.
type value struct{ text, guid, side string }

// sql is the value as KQL knows it.
func (v value) sql() string {
	if v.guid == "" {
		return v.text
	}
	return "coalesce(" + v.side + ", CAST(" + v.guid + " AS VARCHAR), '')"
}

// A source is a SELECT of which the list is not written yet.
type source struct {
	from  string
	where []string
	cols  map[*plan.Column]value
}

func (s *source) col(c *plan.Column) value {
	v, ok := s.cols[c]
	if !ok {
		panic(&Error{Message: fmt.Sprintf("internal error: the column %s is not there", c)})
	}
	return v
}

// tail is the statement from FROM on.
func (s *source) tail() string {
	t := " FROM " + s.from
	if len(s.where) > 0 {
		t += " WHERE " + strings.Join(s.where, " AND ")
	}
	return t
}

func name(c *plan.Column) string { return "c" + strconv.Itoa(c.ID) }

// A selection is a list of columns with their SQL, to be written as a subquery.
type selection struct {
	list []string
	cols map[*plan.Column]value
}

func newSelection() *selection { return &selection{cols: map[*plan.Column]value{}} }

func (l *selection) add(c *plan.Column, sql string) {
	l.list = append(l.list, sql+" AS "+name(c))
	l.cols[c] = value{text: name(c)}
}

// keep adds a column as it is stored.
func (l *selection) keep(c *plan.Column, v value) {
	if v.guid == "" {
		if v.text == name(c) {
			l.list = append(l.list, v.text)
			l.cols[c] = v
			return
		}
		l.add(c, v.text)
		return
	}
	u, t := name(c)+"u", name(c)+"t"
	l.list = append(l.list, v.guid+" AS "+u, v.side+" AS "+t)
	l.cols[c] = value{guid: u, side: t}
}

// text is the list, which is never empty.
func (l *selection) text() string {
	if len(l.list) == 0 {
		return "1 AS c0"
	}
	return strings.Join(l.list, ", ")
}

// over closes the selection over a rest of a statement.
func (l *selection) over(tail string) *source {
	return &source{from: "(SELECT " + l.text() + tail + ")", cols: l.cols}
}

// single is op as one source.
func (e *emitter) single(op plan.Op) *source {
	return e.merge(e.op(op), op.Cols())
}

// merge makes one source of branches.
func (e *emitter) merge(branches []*source, cols []*plan.Column) *source {
	switch len(branches) {
	case 0:
		l := newSelection()
		for _, c := range cols {
			l.add(c, none(c.Type))
		}
		return l.over(" WHERE false")
	case 1:
		return branches[0]
	}
	encoded := map[*plan.Column]bool{}
	for _, c := range cols {
		encoded[c] = true
		for _, b := range branches {
			encoded[c] = encoded[c] && b.col(c).guid != ""
		}
	}
	var parts []string
	var l *selection
	for _, b := range branches {
		l = newSelection()
		for _, c := range cols {
			if v := b.col(c); encoded[c] {
				l.keep(c, v)
			} else {
				l.keep(c, value{text: v.sql()})
			}
		}
		parts = append(parts, "SELECT "+l.text()+b.tail())
	}
	return &source{from: "(" + strings.Join(parts, " UNION ALL ") + ")", cols: l.cols}
}

// sqlTypes are the engine's types of KQL's.
var sqlTypes = map[types.Type]string{
	types.Bool: "BOOLEAN", types.Int: "INTEGER", types.Long: "BIGINT", types.Real: "DOUBLE", types.Decimal: "DECIMAL(38,18)",
	types.DateTime: "BIGINT", types.Timespan: "BIGINT", types.String: "VARCHAR", types.Guid: "UUID", types.Dynamic: "VARCHAR",
}

// none is what stands for no value of type t.
func none(t types.Type) string {
	if t == types.String {
		return "''"
	}
	return "CAST(NULL AS " + sqlTypes[t] + ")"
}

// orderBy writes an order, nothing when there are no keys.
func (e *emitter) orderBy(ks []plan.SortKey, s *source) string {
	if len(ks) == 0 {
		return ""
	}
	return " ORDER BY " + e.sortKeys(ks, s)
}

func (e *emitter) sortKeys(ks []plan.SortKey, s *source) string {
	var parts []string
	for _, k := range ks {
		x := e.expr(k.X, s)
		dir, nulls := " ASC", " NULLS LAST"
		if k.Desc {
			dir = " DESC"
		}
		if k.NullsFirst {
			nulls = " NULLS FIRST"
		}
		if k.X.Type() == types.Real {
			// KQL puts NaN beside the nulls, the engine above all numbers.
			nan := " ASC"
			if k.NullsFirst {
				nan = " DESC"
			}
			parts = append(parts, "("+x+" IS NULL)"+nan, "isnan("+x+")"+nan)
		}
		parts = append(parts, x+dir+nulls)
	}
	return strings.Join(parts, ", ")
}

// op writes an operator as the branches whose rows together are its result.
func (e *emitter) op(op plan.Op) []*source {
	switch o := op.(type) {
	case *plan.Scan:
		return e.scan(o)
	case *plan.Values:
		return []*source{e.values(o)}
	case *plan.Range:
		return []*source{e.rangeOf(o)}
	case *plan.Use:
		return []*source{e.use(o)}
	case *plan.Filter:
		in := e.op(o.In)
		out := make([]*source, 0, len(in))
		for _, s := range in {
			p := e.truth(o.Pred, s)
			if p == "false" {
				continue
			}
			out = append(out, &source{from: s.from, where: append(append([]string(nil), s.where...), p), cols: s.cols})
		}
		return out
	case *plan.Project:
		in := e.op(o.In)
		out := make([]*source, len(in))
		for i, s := range in {
			out[i] = e.project(o, s)
		}
		return out
	case *plan.Limit:
		return e.limit(o)
	case *plan.Union:
		return e.union(o)
	case *plan.Join:
		return []*source{e.join(o)}
	case *plan.Aggregate:
		return []*source{e.aggregate(o)}
	case *plan.Expand:
		return []*source{e.unfold(o)}
	case *plan.Window:
		return []*source{e.window(o)}
	case *plan.Extract:
		return []*source{e.extract(o)}
	case *plan.Series:
		return []*source{e.series(o)}
	}
	panic(&Error{Message: fmt.Sprintf("internal error: the operator %T cannot be written", op)})
}

func (e *emitter) scan(o *plan.Scan) []*source {
	if e.Tables == nil {
		return nil
	}
	src, ok := e.Tables.Source(o.Table)
	if !ok {
		return nil
	}
	var out []*source
	for _, b := range src.Branches {
		s := &source{from: b.From, cols: map[*plan.Column]value{}}
		if b.Where != "" {
			s.where = []string{"(" + b.Where + ")"}
		}
		for _, c := range o.Columns {
			p := Physical{Name: c.Name}
			if src.Physical != nil {
				p = src.Physical(c.Name)
			}
			switch {
			case b.Has != nil && !b.Has(p.Name):
				s.cols[c] = value{text: none(c.Type)}
			case p.Encoding == GUID:
				s.cols[c] = value{guid: ident(p.Name), side: ident(p.Name + "__text")}
			default:
				s.cols[c] = value{text: ident(p.Name)}
			}
		}
		out = append(out, s)
	}
	return out
}

// ident quotes the name of a column.
func ident(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// quote writes a text as a literal. NUL bytes cannot stand in a statement.
func quote(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	q := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.IndexByte(q, 0) >= 0 {
		q = "(" + strings.ReplaceAll(q, "\x00", "' || chr(0) || '") + ")"
	}
	return q
}

func (e *emitter) use(o *plan.Use) *source {
	if !e.shared[o.Of] {
		e.shared[o.Of] = true
		in := e.single(o.Of.In)
		l := newSelection()
		for _, c := range o.Of.In.Cols() {
			l.add(c, in.col(c).sql())
		}
		e.ctes = append(e.ctes, cte{o.Of.ID, "SELECT " + l.text() + in.tail()})
	}
	s := &source{from: "m" + strconv.Itoa(o.Of.ID), cols: map[*plan.Column]value{}}
	for i, c := range o.Columns {
		s.cols[c] = value{text: name(o.From[i])}
	}
	return s
}

func (e *emitter) values(o *plan.Values) *source {
	l := newSelection()
	switch len(o.Rows) {
	case 0:
		for _, c := range o.Columns {
			l.add(c, none(c.Type))
		}
		return l.over(" WHERE false")
	case 1:
		for i, c := range o.Columns {
			l.add(c, e.expr(o.Rows[0][i], nil))
		}
		return l.over("")
	}
	if len(o.Columns) == 0 {
		return l.over(fmt.Sprintf(" FROM range(%d)", len(o.Rows)))
	}
	var rows, names []string
	for _, row := range o.Rows {
		cells := make([]string, len(row))
		for i, x := range row {
			cells[i] = e.expr(x, nil)
		}
		rows = append(rows, "("+strings.Join(cells, ", ")+")")
	}
	s := &source{cols: map[*plan.Column]value{}}
	for _, c := range o.Columns {
		names = append(names, name(c))
		s.cols[c] = value{text: name(c)}
	}
	s.from = "(VALUES " + strings.Join(rows, ", ") + ") AS " + e.fresh() + "(" + strings.Join(names, ", ") + ")"
	return s
}

// rangeOf counts steps, so that no value can run over and a step of any sign or
// fraction will do.
func (e *emitter) rangeOf(o *plan.Range) *source {
	from, to, step := e.expr(o.From, nil), e.expr(o.To, nil), e.expr(o.Step, nil)
	l := newSelection()
	i := e.fresh()
	var n, x string
	switch o.Column.Type {
	case types.Real:
		n = fmt.Sprintf("TRY_CAST(floor((%s - %s) / %s) AS BIGINT)", to, from, step)
		x = fmt.Sprintf("%s + %s * %s", from, i, step)
	default:
		// The engine's division is towards zero: a step that leads away from the end
		// must give no row, not one.
		n = fmt.Sprintf("CASE WHEN (%s < %s) = (%s < 0) OR %s = %s THEN TRY_CAST((CAST(%s AS HUGEINT) - %s) // %s AS BIGINT) END", to, from, step, to, from, to, from, step)
		x = fmt.Sprintf("CAST(%s + %s * %s AS %s)", from, i, step, sqlTypes[o.Column.Type])
	}
	l.add(o.Column, x)
	return l.over(fmt.Sprintf(" FROM range(coalesce(%s + 1, 0)) AS %s(%s)", n, e.fresh(), i))
}

func (e *emitter) project(o *plan.Project, s *source) *source {
	simple := true
	for _, it := range o.Items {
		if _, ok := it.X.(*plan.Ref); !ok {
			simple = false
		}
	}
	if simple {
		out := &source{from: s.from, where: s.where, cols: map[*plan.Column]value{}}
		for _, it := range o.Items {
			out.cols[it.Col] = s.col(it.X.(*plan.Ref).Col)
		}
		return out
	}
	l := newSelection()
	for _, it := range o.Items {
		e.item(l, it, s)
	}
	return l.over(s.tail())
}

// item adds a column to a selection, a column that is handed on as it is stored.
func (e *emitter) item(l *selection, it plan.Item, s *source) {
	if r, ok := it.X.(*plan.Ref); ok {
		l.keep(it.Col, s.col(r.Col))
		return
	}
	l.add(it.Col, e.expr(it.X, s))
}

// whole is a selection of all columns of a source.
func whole(s *source, cols []*plan.Column) *selection {
	l := newSelection()
	for _, c := range cols {
		l.keep(c, s.col(c))
	}
	return l
}

func (e *emitter) limit(o *plan.Limit) []*source {
	in := e.op(o.In)
	cols := o.In.Cols()
	n := e.rowCount(o.N)
	cut := func(s *source) *source {
		return whole(s, cols).over(s.tail() + e.orderBy(o.Keys, s) + " LIMIT " + n)
	}
	switch len(in) {
	case 0:
		return nil
	case 1:
		return []*source{cut(in[0])}
	}
	// Each branch yields its best rows, of which the best are taken: over the union
	// the engine would have to read every column of every row.
	for i, s := range in {
		in[i] = cut(s)
	}
	return []*source{cut(e.merge(in, cols))}
}

func (e *emitter) rowCount(n plan.Expr) string {
	if lit, ok := n.(*plan.Literal); ok {
		if v, ok := lit.Value.(int64); ok {
			return strconv.FormatInt(max(v, 0), 10)
		}
	}
	return "greatest(coalesce(" + e.expr(n, nil) + ", 0), 0)"
}

func (e *emitter) union(o *plan.Union) []*source {
	var out []*source
	for i, in := range o.Ins {
		branches := e.op(in)
		if len(branches) == 0 {
			continue
		}
		from := map[*plan.Column]plan.Item{}
		for _, it := range o.From[i] {
			from[it.Col] = it
		}
		for _, s := range branches {
			l := newSelection()
			for _, c := range o.Columns {
				if it, ok := from[c]; ok {
					e.item(l, it, s)
				} else {
					l.add(c, none(c.Type))
				}
			}
			out = append(out, l.over(s.tail()))
		}
	}
	return out
}

func (e *emitter) join(o *plan.Join) *source {
	l, r := e.single(o.Left), e.single(o.Right)
	lc, rc := o.Left.Cols(), o.Right.Cols()
	if o.Kind == plan.InnerUnique {
		keys := make([]string, len(o.On))
		for i, p := range o.On {
			keys[i] = e.expr(p.L, l)
		}
		list := whole(l, lc)
		l = &source{from: "(SELECT DISTINCT ON (" + strings.Join(keys, ", ") + ") " + list.text() + l.tail() + ")", cols: list.cols}
	}
	left, right := whole(l, lc).over(l.tail()), whole(r, rc).over(r.tail())
	var on []string
	for _, p := range o.On {
		on = append(on, e.joinPair(p, left, right, o.NullsMeet))
	}
	kind := map[plan.JoinKind]string{
		plan.InnerUnique: "JOIN", plan.Inner: "JOIN", plan.LeftOuter: "LEFT JOIN", plan.RightOuter: "RIGHT JOIN", plan.FullOuter: "FULL JOIN",
		plan.LeftSemi: "SEMI JOIN", plan.RightSemi: "SEMI JOIN", plan.LeftAnti: "ANTI JOIN", plan.RightAnti: "ANTI JOIN",
	}[o.Kind]
	a, b := left, right
	if o.Kind == plan.RightSemi || o.Kind == plan.RightAnti {
		a, b = right, left
	}
	out := &source{cols: map[*plan.Column]value{}}
	out.from = "(" + a.from + " AS " + e.fresh() + " " + kind + " " + b.from + " AS " + e.fresh() + " ON " + strings.Join(on, " AND ") + ")"
	put := func(s *source, cols []*plan.Column, mayMiss bool) {
		for _, c := range cols {
			v := s.col(c)
			if mayMiss && c.Type == types.String && v.guid == "" {
				v.text = "coalesce(" + v.text + ", '')"
			}
			out.cols[c] = v
		}
	}
	if o.Kind.Left() {
		put(left, lc, o.Kind == plan.RightOuter || o.Kind == plan.FullOuter)
	}
	if o.Kind.Right() {
		put(right, rc, o.Kind == plan.LeftOuter || o.Kind == plan.FullOuter)
	}
	return out
}

// joinPair writes one equality of a join. Columns that are both stored as GUIDs
// are compared as such.
func (e *emitter) joinPair(p plan.Pair, left, right *source, nullsMeet bool) string {
	lr, ok1 := p.L.(*plan.Ref)
	rr, ok2 := p.R.(*plan.Ref)
	if ok1 && ok2 {
		l, r := left.col(lr.Col), right.col(rr.Col)
		if l.guid != "" && r.guid != "" {
			return l.guid + " IS NOT DISTINCT FROM " + r.guid + " AND " + l.side + " IS NOT DISTINCT FROM " + r.side
		}
	}
	if nullsMeet {
		return e.expr(p.L, left) + " IS NOT DISTINCT FROM " + e.expr(p.R, right)
	}
	return e.expr(p.L, left) + " = " + e.expr(p.R, right)
}
