package dialect

import (
	"strconv"
	"strings"

	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/types"
)

// series writes make-series: rows are numbered by the step that they fall into
// and aggregated; then each group's steps become arrays, with defaults where the
// group has no row. The arrays are made in Go, which costs a tenth of joining every
// group with every step.
func (e *emitter) series(o *plan.Series) *source {
	s := e.single(o.In)
	axis := e.expr(o.Axis.X, s)
	step := e.expr(o.Step, s)
	t := o.Axis.X.Type()
	floorDiv := func(a, b string) string {
		if t == types.Real {
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
	number := floorDiv(axis+" - "+origin, step)
	if from != "" && t == types.DateTime {
		// Rows before the beginning are left out, so that // is right, and no distance
		// of two instants is too long for 64 bits.
		number = "(" + axis + " - " + origin + ") // " + step
	}
	bin := e.fresh()

	l := newSelection()
	for _, k := range o.Keys {
		e.item(l, k, s)
	}
	l.list = append(l.list, number+" AS "+bin)
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

	// One row for each group, with the steps that it has.
	out := newSelection()
	keyCols := itemCols(o.Keys)
	for _, c := range keyCols {
		out.keep(c, g.col(c))
	}
	by := ""
	if n := len(out.list); n > 0 {
		by = " GROUP BY " + strings.Join(positions[:n], ", ")
	}
	first, last := "min("+bin+")", "max("+bin+")"
	if from != "" {
		first = "CAST(0 AS BIGINT)"
	}
	if o.To != nil {
		to := e.expr(o.To, nil)
		if o.Inclusive {
			last = floorDiv(to+" - "+origin, step)
		} else if t == types.Real {
			last = "(TRY_CAST(ceil((" + to + " - " + origin + ") / " + step + ") AS BIGINT) - 1)"
		} else {
			last = floorDiv(to+" - "+origin+" - 1", step)
		}
	}
	for _, a := range o.Aggs {
		x := "coalesce(" + convert(g.col(a.Elem).sql(), a.Elem.Type, types.Dynamic) + ", 'null')"
		items := "string_agg(" + bin + " || chr(" + strconv.Itoa(native.SeriesValue) + ") || " + x + ", chr(" + strconv.Itoa(native.SeriesItem) + "))"
		fill := convert(e.expr(a.Default, nil), a.Elem.Type, types.Dynamic)
		out.add(a.Col, "kql_series_spread("+items+", "+first+", "+last+", "+fill+")")
	}
	by += " HAVING count(*) > 0"
	if !o.Bounded {
		// A series that is too long fails the query, as it may in Kusto: it is neither cut
		// nor null without a word.
		most := strconv.Itoa(native.MaxSeries)
		by += " AND CASE WHEN CAST(" + last + " AS HUGEINT) - " + first + " >= " + most + " THEN " +
			complain("make-series: a series has more than "+most+" points. Take a longer step, or a shorter range.") + " ELSE true END"
	}
	out.add(o.Axis.Col, "kql_series_points_"+t.String()+"("+origin+", "+step+", "+first+", "+last+")")
	return out.over(g.tail() + by)
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
