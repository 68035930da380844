package dialect

import (
	"strconv"
	"strings"

	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/types"
)

// series writes make-series: rows are numbered by the step that they fall into
// and aggregated; then every group gets all steps of the axis, with defaults
// where it has no row; then the steps become arrays.
func (e *emitter) series(o *plan.Series) *source {
	s := e.single(o.In)
	axis := e.expr(o.Axis.X, s)
	step := e.expr(o.Step, s)
	real := o.Axis.X.Type() == types.Real
	floorDiv := func(a, b string) string {
		if real {
			return "TRY_CAST(floor((" + a + ") / " + b + ") AS BIGINT)"
		}
		// Towards minus infinity, which // is not.
		a = "CAST(" + a + " AS HUGEINT)"
		return "TRY_CAST((" + a + " - ((" + a + " % " + b + ") + " + b + ") % " + b + ") // " + b + " AS BIGINT)"
	}
	from := ""
	if o.From != nil {
		from = e.expr(o.From, nil)
	}
	// Without a beginning the steps are counted from the origin of bin().
	origin := from
	if origin == "" {
		origin = "0"
	}
	bin, lo, hi := e.fresh(), e.fresh(), e.fresh()

	l := newSelection()
	for _, k := range o.Keys {
		e.item(l, k, s)
	}
	l.list = append(l.list, floorDiv(axis+" - "+origin, step)+" AS "+bin)
	keyCount := len(l.list)
	positions := make([]string, keyCount)
	for i := range positions {
		positions[i] = strconv.Itoa(i + 1)
	}
	for _, a := range o.Aggs {
		l.add(a.Elem, e.series1(a.X, s))
	}
	where := []string{axis + " IS NOT NULL"}
	if from != "" {
		where = append(where, axis+" >= "+from)
	}
	if o.To != nil {
		op := " < "
		if o.Inclusive {
			op = " <= "
		}
		where = append(where, axis+op+e.expr(o.To, nil))
	}
	binned := &source{from: s.from, where: append(append([]string(nil), s.where...), where...), cols: s.cols}
	g := l.over(binned.tail() + " GROUP BY " + strings.Join(positions, ", "))

	// The groups and the steps that each of them has.
	gl := newSelection()
	keyCols := itemCols(o.Keys)
	for _, c := range keyCols {
		gl.keep(c, g.col(c))
	}
	groupBy := ""
	if len(gl.list) > 0 {
		groupBy = " GROUP BY " + strings.Join(aliases(gl.list), ", ")
	}
	first, last := "min("+bin+")", "max("+bin+")"
	if from != "" {
		first = "CAST(0 AS BIGINT)"
	}
	if o.To != nil {
		to := e.expr(o.To, nil)
		if o.Inclusive {
			last = floorDiv(to+" - "+origin, step)
		} else if real {
			last = "(TRY_CAST(ceil((" + to + " - " + origin + ") / " + step + ") AS BIGINT) - 1)"
		} else {
			last = floorDiv(to+" - "+origin+" - 1", step)
		}
	}
	keysSQL := gl.text()
	if len(keyCols) == 0 {
		keysSQL = "1 AS c0"
	}
	having := ""
	if len(keyCols) == 0 {
		having = " HAVING count(*) > 0"
	}
	groups := "(SELECT " + keysSQL + ", " + first + " AS " + lo + ", " + last + " AS " + hi + g.tail() + groupBy + having + ")"

	// Every step of every group, joined with what was aggregated.
	ga, ra, ba, i := e.fresh(), e.fresh(), e.fresh(), e.fresh()
	on := []string{ba + "." + bin + " = " + ra + "." + i}
	for _, a := range aliases(gl.list) {
		on = append(on, ba+"."+a+" IS NOT DISTINCT FROM "+ga+"."+a)
	}
	out := newSelection()
	for _, c := range keyCols {
		v := gl.cols[c]
		if v.guid != "" {
			u, t := name(c)+"u", name(c)+"t"
			out.list = append(out.list, ga+"."+u+" AS "+u, ga+"."+t+" AS "+t)
			out.cols[c] = value{guid: u, side: t}
			continue
		}
		out.list = append(out.list, ga+"."+name(c)+" AS "+name(c))
		out.cols[c] = value{text: name(c)}
	}
	n := len(out.list)
	array := func(x string, t types.Type) string {
		return "'[' || string_agg(coalesce(" + convert(x, t, types.Dynamic) + ", 'null'), ',' ORDER BY " + ra + "." + i + ") || ']'"
	}
	for _, a := range o.Aggs {
		x := "CASE WHEN " + ba + "." + bin + " IS NULL THEN " + e.expr(a.Default, nil) + " ELSE " + ba + "." + name(a.Elem) + " END"
		out.add(a.Col, array(x, a.Elem.Type))
	}
	point := origin + " + " + ra + "." + i + " * " + step
	out.add(o.Axis.Col, array("("+point+")", o.Axis.X.Type()))
	by := ""
	if n > 0 {
		positions := make([]string, n)
		for i := range positions {
			positions[i] = strconv.Itoa(i + 1)
		}
		by = " GROUP BY " + strings.Join(positions, ", ")
	} else {
		by = " HAVING count(*) > 0"
	}
	return out.over(" FROM " + groups + " AS " + ga + " CROSS JOIN LATERAL (SELECT unnest(range(" + ga + "." + lo + ", " + ga + "." + hi + " + 1)) AS " + i + ") AS " + ra +
		" LEFT JOIN " + g.from + " AS " + ba + " ON " + strings.Join(on, " AND ") + by)
}

// series1 writes an expression of aggregates.
func (e *emitter) series1(x plan.Expr, s *source) string {
	sub := &source{from: s.from, where: s.where, cols: map[*plan.Column]value{}}
	n := 0
	y := plan.Replace(x, func(p plan.Expr) (plan.Expr, bool) {
		a, ok := p.(*plan.Agg)
		if !ok {
			return nil, false
		}
		n--
		c := &plan.Column{ID: n, Name: a.Func.Name, Type: a.T}
		sub.cols[c] = value{text: e.agg(a, s, nil)}
		return &plan.Ref{Col: c}, true
	})
	return e.expr(y, sub)
}

// aliases are the names that a list gives to its columns.
func aliases(list []string) []string {
	out := make([]string, len(list))
	for i, item := range list {
		out[i] = item[strings.LastIndex(item, " ")+1:]
	}
	return out
}
