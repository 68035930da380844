package bind

import (
	"fmt"
	"slices"
	"strings"

	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// visualizations are the kinds of charts that Kusto's grammar knows. What is drawn of them is the client's business.
var visualizations = []string{"table", "list", "barchart", "piechart", "ladderchart", "timechart", "linechart", "anomalychart", "pivotchart",
	"areachart", "stackedareachart", "scatterchart", "timepivot", "columnchart", "timeline", "card", "treemap", "plotly", "graph"}

// renderProps are the properties of a chart: the words that a property may be, or what else it is.
var renderProps = map[string]struct {
	kind  string // word, text, flag, column, columns, number or value
	words []string
}{
	"kind":           {"word", []string{"default", "unstacked", "stacked", "stacked100", "map"}},
	"legend":         {"word", []string{"visible", "hidden"}},
	"xaxis":          {"word", []string{"linear", "log"}},
	"yaxis":          {"word", []string{"linear", "log"}},
	"ysplit":         {"word", []string{"none", "axes", "panels"}},
	"title":          {"text", nil},
	"xtitle":         {"text", nil},
	"ytitle":         {"text", nil},
	"accumulate":     {"flag", nil},
	"xcolumn":        {"column", nil},
	"ycolumns":       {"columns", nil},
	"series":         {"columns", nil},
	"anomalycolumns": {"columns", nil},
	"ymin":           {"number", nil},
	"ymax":           {"number", nil},
	"xmin":           {"value", nil},
	"xmax":           {"value", nil},
}

// olderProps are the names that properties had in front of the parenthesis.
var olderProps = map[string]string{"with": "title", "by": "series"}

// setRender notes how the client should draw the result, and refuses what Kusto's grammar does not have.
func (b *binder) setRender(op *syntax.Render, e *env) {
	if !slices.Contains(visualizations, op.Chart.Name) {
		b.failHint(op.Chart, hint(nearest(op.Chart.Name, visualizations)), "SYN0002", "%sunknown visualization '%s'; expected one of: %s", b.operator(e), op.Chart.Name, strings.Join(visualizations, ", "))
	}
	rd := &plan.Render{Chart: op.Chart.Name, Props: map[string]string{}}
	add := func(name string, p *syntax.Param) {
		if _, said := rd.Props[name]; said {
			b.fail(p.Name, "SYN0002", "%sthe property '%s' is given twice", b.operator(e), name)
		}
		rd.Props[name] = b.renderProp(name, p, e)
	}
	for _, p := range op.Params {
		name := p.Name.Name
		if now, older := olderProps[name]; older {
			name = now
		}
		add(name, p)
	}
	for _, p := range op.Props {
		if _, known := renderProps[p.Name.Name]; !known {
			names := make([]string, 0, len(renderProps))
			for n := range renderProps {
				names = append(names, n)
			}
			slices.Sort(names)
			b.failHint(p.Name, hint(nearest(p.Name.Name, names)), "SYN0002", "%sunknown property '%s'; expected one of: %s", b.operator(e), p.Name.Name, strings.Join(names, ", "))
		}
		add(p.Name.Name, p)
	}
	b.render = rd
}

// renderProp returns the value of a property as text; columns are joined by commas.
func (b *binder) renderProp(name string, p *syntax.Param, e *env) string {
	known := renderProps[name]
	switch known.kind {
	case "word":
		id, ok := p.Values[0].(*syntax.Ident)
		if !ok || !slices.Contains(known.words, id.Name) {
			b.fail(p.Values[0], "SYN0002", "%s%s must be one of: %s", b.operator(e), name, strings.Join(known.words, ", "))
		}
		return id.Name
	case "column", "columns":
		if known.kind == "column" && len(p.Values) > 1 {
			b.fail(p.Values[1], "SYN0002", "%s%s is one column", b.operator(e), name)
		}
		names := make([]string, len(p.Values))
		for i, v := range p.Values {
			id, ok := v.(*syntax.Ident)
			if !ok {
				b.failHint(v, "write the name without quotes", "SEM0005", "%s%s must be a column", b.operator(e), name)
			}
			if _, found := e.row.find(id.Name); !found {
				b.failHint(id, hint(nearest(id.Name, e.row.names())), "SEM0100", "%sFailed to resolve column named '%s'", b.operator(e), id.Name)
			}
			names[i] = id.Name
		}
		return strings.Join(names, ",")
	}
	lit, ok := b.scalar(p.Values[0], &env{scope: e.scope, op: e.op}).(*plan.Literal)
	if !ok || lit.Value == nil {
		b.fail(p.Values[0], "SEM0005", "%s%s must be a constant", b.operator(e), name)
	}
	right := true
	switch known.kind {
	case "text":
		right = lit.T == types.String
	case "flag":
		right = lit.T == types.Bool
	case "number":
		right = lit.T == types.Long || lit.T == types.Int || lit.T == types.Real
	}
	if !right {
		b.fail(p.Values[0], "SEM0005", "%s%s cannot be a %s", b.operator(e), name, lit.T)
	}
	return renderText(lit)
}

// renderText writes a constant as a client reads it: instants as ISO 8601.
func renderText(lit *plan.Literal) string {
	if ticks, ok := lit.Value.(int64); ok && lit.T == types.DateTime {
		return string(native.AppendDateTime(nil, ticks))
	}
	if ticks, ok := lit.Value.(int64); ok && lit.T == types.Timespan {
		return string(native.AppendTimespan(nil, ticks))
	}
	return fmt.Sprint(lit.Value)
}
