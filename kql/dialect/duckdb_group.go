package dialect

import (
	"fmt"
	"strconv"
	"strings"

	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/types"
)

// grouped adds keys to a selection and returns what to group by.
func (e *emitter) grouped(l *selection, keys []plan.Item, s *source) string {
	for _, k := range keys {
		e.item(l, k, s)
	}
	if len(l.list) == 0 {
		return ""
	}
	n := make([]string, len(l.list))
	for i := range n {
		n[i] = strconv.Itoa(i + 1)
	}
	return " GROUP BY " + strings.Join(n, ", ")
}

func (e *emitter) aggregate(o *plan.Aggregate) *source {
	if len(o.Aggs) == 0 && len(o.Picks) == 1 && o.Picks[0].By != nil && len(o.Picks[0].Items) > wide {
		return e.pickRow(o)
	}
	s := e.single(o.In)
	l := newSelection()
	by := e.grouped(l, o.Keys, s)
	for _, a := range o.Aggs {
		l.add(a.Col, e.agg(a.X.(*plan.Agg), s, o.Order))
	}
	for _, p := range o.Picks {
		e.pick(l, p, s)
	}
	if len(l.list) == 0 {
		l.list = append(l.list, "count(*) AS c0")
	}
	return l.over(s.tail() + by)
}

// wide is from how many columns on a row is looked up by its rank instead of
// being carried through an aggregate, column by column.
const wide = 5

// agg writes an aggregate.
func (e *emitter) agg(a *plan.Agg, s *source, order []plan.SortKey) string {
	return e.expand(a.Func, a.Sig, a.Args, a.T, a.At, s, strings.TrimSpace(e.orderBy(order, s)))
}

// pick writes an arg_max, arg_min or take_any as aggregates of each column.
func (e *emitter) pick(l *selection, p plan.Pick, s *source) {
	var by string
	f := "arg_max_null"
	if p.By != nil {
		if p.Least {
			f = "arg_min_null"
		}
		// Rows whose key is null are chosen only where a group has no other.
		by = e.rankKey(p, s)
	}
	for _, it := range p.Items {
		x := e.expr(it.X, s)
		switch {
		case p.By == nil && len(p.Items) == 1 && it.X.Type() != types.String:
			x = "any_value(" + x + ")"
		case p.By == nil && len(p.Items) == 1:
			x = "coalesce(any_value(nullif(" + x + ", '')), '')"
		case p.By == nil:
			x = "first(" + x + ")"
		default:
			x = f + "(" + x + ", " + by + ")"
		}
		if it.X.Type() == types.String {
			x = "coalesce(" + x + ", '')"
		}
		l.add(it.Col, x)
	}
}

// rankKey is the key of a pick as a value that is never null.
func (e *emitter) rankKey(p plan.Pick, s *source) string {
	x := e.expr(p.By, s)
	lowest := map[types.Type]string{
		types.Long: "-9223372036854775807", types.DateTime: "-9223372036854775807", types.Timespan: "-9223372036854775807",
		types.Int: "-2147483648", types.Real: "'-Infinity'::DOUBLE", types.Decimal: "'-99999999999999999999'::DECIMAL(38,18)",
	}
	greatest := map[types.Type]string{
		types.Long: "9223372036854775807", types.DateTime: "9223372036854775807", types.Timespan: "9223372036854775807",
		types.Int: "2147483647", types.Real: "'Infinity'::DOUBLE", types.Decimal: "'99999999999999999999'::DECIMAL(38,18)",
	}
	t := p.By.Type()
	if p.Least {
		lowest = greatest
	}
	switch {
	case t == types.String:
		return x
	case t == types.Bool && p.Least:
		return "coalesce(CAST(" + x + " AS INTEGER), 2)"
	case t == types.Bool:
		return "coalesce(CAST(" + x + " AS INTEGER), -1)"
	case t == types.Guid && p.Least:
		return "coalesce(" + x + ", CAST('ffffffff-ffff-ffff-ffff-ffffffffffff' AS UUID))"
	case t == types.Guid:
		return "coalesce(" + x + ", CAST('00000000-0000-0000-0000-000000000000' AS UUID))"
	}
	if t == types.Real {
		x = "CASE WHEN isnan(" + x + ") THEN NULL ELSE " + x + " END"
	}
	return "coalesce(" + x + ", " + lowest[t] + ")"
}

// pickRow writes an arg_max or arg_min of many columns: the rows are ranked by
// branch, and the best of each branch ranked again.
func (e *emitter) pickRow(o *plan.Aggregate) *source {
	p := o.Picks[0]
	branches := e.op(o.In)
	cols := append(itemCols(o.Keys), itemCols(p.Items)...)
	dir := " DESC"
	if p.Least {
		dir = " ASC"
	}
	rank := "h_rank"
	for i, s := range branches {
		l := newSelection()
		for _, k := range o.Keys {
			e.item(l, k, s)
		}
		n := len(l.list)
		for _, it := range p.Items {
			e.item(l, it, s)
		}
		key := e.rankKey(p, s)
		branches[i] = e.ranked(l, n, key, rank, dir, s.tail())
	}
	if len(branches) > 1 {
		var parts []string
		var l *selection
		for _, b := range branches {
			l = newSelection()
			for _, c := range cols {
				l.keep(c, value{text: b.col(c).sql()})
			}
			parts = append(parts, "SELECT "+l.text()+", "+rank+b.tail())
		}
		l = newSelection()
		for _, c := range itemCols(o.Keys) {
			l.keep(c, value{text: name(c)})
		}
		n := len(l.list)
		for _, c := range itemCols(p.Items) {
			l.keep(c, value{text: name(c)})
		}
		branches = []*source{e.ranked(l, n, rank, rank, dir, " FROM ("+strings.Join(parts, " UNION ALL ")+")")}
	}
	s := e.merge(branches, cols)
	if len(o.Keys) > 0 {
		return s
	}
	// Without keys there is a row even of nothing.
	out := &source{from: "((SELECT 1) LEFT JOIN " + whole(s, cols).over(s.tail()).from + " ON true)", cols: map[*plan.Column]value{}}
	for _, c := range cols {
		v := s.col(c)
		if v.guid != "" {
			out.cols[c] = value{guid: name(c) + "u", side: name(c) + "t"}
			continue
		}
		out.cols[c] = value{text: name(c)}
		if c.Type == types.String {
			out.cols[c] = value{text: "coalesce(" + name(c) + ", '')"}
		}
	}
	return out
}

// ranked keeps the best row of each group; the first n of the list are its keys.
func (e *emitter) ranked(l *selection, n int, key, rank, dir, tail string) *source {
	list := l.text()
	if rank != key {
		list += ", " + key + " AS " + rank
	} else {
		list += ", " + rank
	}
	if n == 0 {
		return &source{from: "(SELECT " + list + tail + " ORDER BY " + key + dir + " LIMIT 1)", cols: l.cols}
	}
	keys := aliases(l.list[:n])
	inner := "(SELECT " + list + tail + ")"
	return &source{from: "(SELECT * FROM " + inner + " QUALIFY row_number() OVER (PARTITION BY " + strings.Join(keys, ", ") + " ORDER BY " + rank + dir + ") = 1)", cols: l.cols}
}

func itemCols(its []plan.Item) []*plan.Column {
	cs := make([]*plan.Column, len(its))
	for i, it := range its {
		cs[i] = it.Col
	}
	return cs
}

func (e *emitter) window(o *plan.Window) *source {
	s := e.single(o.In)
	cols := o.In.Cols()
	over := func(s *source, extra ...string) string {
		var parts []string
		by := extra
		for _, c := range o.Partition {
			by = append(by, s.col(c).sql())
		}
		if len(by) > 0 {
			parts = append(parts, "PARTITION BY "+strings.Join(by, ", "))
		}
		if len(o.Keys) > 0 {
			parts = append(parts, "ORDER BY "+e.sortKeys(o.Keys, s))
		}
		return "OVER (" + strings.Join(parts, " ") + ")"
	}
	const soFar = " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
	running := func(over string) string { return strings.TrimSuffix(over, ")") + soFar }
	// group adds a number that grows where a new series of rows starts.
	var extra []string
	if o.Restart != nil {
		l := whole(s, cols)
		g := e.fresh()
		l.list = append(l.list, "sum(CASE WHEN "+e.truth(o.Restart, s)+" THEN 1 ELSE 0 END) "+running(over(s))+" AS "+g)
		s = l.over(s.tail())
		extra = []string{g}
	}
	if o.Kind == plan.Session {
		return e.sessions(o, s, extra)
	}
	l := whole(s, cols)
	arg := func(i int) string { return e.expr(o.Args[i], s) }
	var x string
	switch o.Kind {
	case plan.RowNumber:
		x = "row_number() " + over(s, extra...)
	case plan.RestartNumber:
		x = "(" + arg(0) + " + row_number() " + over(s, extra...) + " - 1)"
	case plan.Shift:
		f, n := "lag", o.Offset
		if n < 0 {
			f, n = "lead", -n
		}
		x = fmt.Sprintf("%s(%s, %d, %s) %s", f, arg(0), n, arg(1), over(s, extra...))
	case plan.RunningSum:
		x = "sum(" + arg(0) + ") " + running(over(s, extra...))
		switch o.Col.Type {
		case types.Real:
		case types.Decimal:
			x = "TRY_CAST(" + x + " AS DECIMAL(38,18))"
		default:
			x = "TRY_CAST(" + x + " AS BIGINT)"
		}
	case plan.DenseRank, plan.MinRank:
		inner := whole(s, cols)
		change, number := e.fresh(), e.fresh()
		w := over(s, extra...)
		inner.list = append(inner.list, "CASE WHEN row_number() "+w+" = 1 OR "+arg(0)+" IS DISTINCT FROM lag("+arg(0)+") "+w+" THEN 1 ELSE 0 END AS "+change,
			"row_number() "+w+" AS "+number)
		inner.list = append(inner.list, extra...)
		s = inner.over(s.tail())
		l = whole(s, cols)
		if o.Kind == plan.DenseRank {
			x = "CAST(sum(" + change + ") " + running(over(s, extra...)) + " AS BIGINT)"
		} else {
			x = "max(CASE WHEN " + change + " = 1 THEN " + number + " END) " + running(over(s, extra...))
		}
	}
	l.add(o.Col, x)
	return l.over(s.tail())
}

func (e *emitter) extract(o *plan.Extract) *source {
	s := e.single(o.In)
	l := whole(s, o.In.Cols())
	m := e.fresh()
	names := make([]string, o.Groups)
	for i := range names {
		names[i] = quote("g" + strconv.Itoa(i+1))
	}
	l.list = append(l.list, "regexp_extract("+e.expr(o.X, s)+", "+quote(o.Pattern)+", ["+strings.Join(names, ", ")+"]) AS "+m)
	s = l.over(s.tail())
	l = whole(s, o.In.Cols())
	l.add(o.Hit, m+"['g1']")
	for _, g := range o.Parts {
		l.add(g.Col, m+"['g"+strconv.Itoa(g.Index)+"']")
	}
	return l.over(s.tail())
}

// unfold writes mv-expand: the elements as lists first, then one row for each.
func (e *emitter) unfold(o *plan.Expand) *source {
	s := e.single(o.In)
	l := whole(s, o.In.Cols())
	lists := make([]string, len(o.Items))
	for i, it := range o.Items {
		lists[i] = e.fresh()
		l.list = append(l.list, e.expr(it.X, s)+" AS "+lists[i])
	}
	s = l.over(s.tail())
	l = whole(s, o.In.Cols())
	for i, x := range lists {
		lists[i] = e.fresh()
		text := "CASE WHEN " + x + " IS NULL THEN [CAST(NULL AS VARCHAR)] WHEN starts_with(" + x + ", '[') THEN coalesce(CAST(TRY(json_extract(" + x + ", '$[*]')) AS VARCHAR[]), [])" +
			" WHEN starts_with(" + x + ", '{') THEN coalesce(" + bag(x, o.Pairs) + ", []) ELSE [" + x + "] END"
		if o.Limit != nil {
			text = "(" + text + ")[1:" + e.rowCount(o.Limit) + "]"
		}
		l.list = append(l.list, text+" AS "+lists[i])
	}
	s = l.over(s.tail())
	l = whole(s, o.In.Cols())
	elems := make([]string, len(lists))
	for i, list := range lists {
		elems[i] = e.fresh()
		l.list = append(l.list, "unnest("+list+") AS "+elems[i])
	}
	index := ""
	if o.Index != nil {
		index = e.fresh()
		lens := make([]string, len(lists))
		for i, list := range lists {
			lens[i] = "len(" + list + ")"
		}
		l.list = append(l.list, "unnest(range(greatest("+strings.Join(lens, ", ")+"))) AS "+index)
	}
	s = l.over(s.tail())
	l = whole(s, o.In.Cols())
	for i, it := range o.Items {
		l.add(it.Col, element(elems[i], it.Col.Type))
	}
	if o.Index != nil {
		l.add(o.Index, index)
	}
	return l.over(s.tail())
}

// bag is the list of the properties of a bag, as bags or as pairs.
func bag(x string, pairs bool) string {
	open, sep, shut := "'{'", "':'", "'}'"
	if pairs {
		open, sep, shut = "'['", "','", "']'"
	}
	return "list_transform(CAST(TRY(json_extract(kql_bag_keys(" + x + "), '$[*]')) AS VARCHAR[]), lambda k: " + open + " || k || " + sep +
		" || coalesce(kql_member(" + x + ", kql_text(k)), 'null') || " + shut + ")"
}

// element is an element of an array as a value of type t: it is taken as what it
// is, not parsed.
func element(x string, t types.Type) string {
	switch t {
	case types.Dynamic:
		return "nullif(" + x + ", 'null')"
	case types.String:
		return convert(x, types.Dynamic, t)
	case types.Int, types.Long, types.Real, types.Decimal, types.Bool:
		return "CASE WHEN starts_with(" + x + `, '"') THEN NULL ELSE ` + convert(x, types.Dynamic, t) + " END"
	}
	return convert(x, types.Dynamic, t)
}

// aliases are the names that a list gives to its columns.
func aliases(list []string) []string {
	out := make([]string, len(list))
	for i, item := range list {
		out[i] = item[strings.LastIndex(item, " ")+1:]
	}
	return out
}

// sessions takes the datetimes of a partition as one list, because where a session begins
// depends on where the one before began; a native goes through it. The rows, numbered,
// wait beside the list.
func (e *emitter) sessions(o *plan.Window, s *source, extra []string) *source {
	l := whole(s, o.In.Cols())
	names := aliases(l.list)
	number, rows := e.fresh(), e.fresh()
	l.list = append(l.list, "row_number() OVER ("+strings.TrimSpace(e.orderBy(o.Keys, s))+") AS "+number)
	l.list = append(l.list, extra...)
	table := rows + " AS MATERIALIZED (SELECT " + l.text() + s.tail() + ")"
	s = l.over("")
	var args []string
	for _, a := range o.Args {
		args = append(args, e.expr(a, s))
	}
	by := extra
	for _, c := range o.Partition {
		by = append(by, s.col(c).sql())
	}
	order := " ORDER BY " + number
	for i, a := range args {
		if args[i] = "CAST(" + a + " AS VARCHAR)"; !plan.Constant(o.Args[i]) {
			args[i] = "('[' || string_agg(coalesce(" + args[i] + ", 'null'), ','" + order + ") || ']')"
		}
	}
	groups := "SELECT list(" + number + order + ") AS h_numbers, " +
		"from_json(kql_sessions(" + strings.Join(args, ", ") + "), '[\"BIGINT\"]') AS h_starts FROM " + rows
	if len(by) > 0 {
		groups += " GROUP BY " + strings.Join(by, ", ")
	}
	out := newSelection()
	out.list, out.cols = names, l.cols
	out.add(o.Col, "h_start")
	text := "(WITH " + table + " SELECT " + out.text() + " FROM " + rows +
		" JOIN (SELECT unnest(h_numbers) AS " + number + ", unnest(h_starts) AS h_start FROM (" + groups + ")) USING (" + number + "))"
	return &source{from: text, cols: out.cols}
}
