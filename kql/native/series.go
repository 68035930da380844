package native

import (
	"bytes"
	"math"
	"strconv"

	"lazuli.dev/lazuli/kql/types"
)

// Series are arrays of numbers. An element that is no number is a hole: what is
// computed of it is null.

// A number is an element of a series; integers stay integers.
type number struct {
	ok, real bool
	i        int64
	f        float64
}

func numberOf(e []byte) number {
	if isInteger(e) {
		if i, ok := parseLong(e); ok {
			return number{ok: true, i: i, f: float64(i)}
		}
	}
	switch string(e) { // what JSON has no number for
	case `"NaN"`:
		return realNumber(math.NaN())
	case `"Infinity"`:
		return realNumber(math.Inf(1))
	case `"-Infinity"`:
		return realNumber(math.Inf(-1))
	}
	f, ok := parseReal(e)
	return number{ok: ok, real: true, f: f}
}

func (n number) append(dst []byte) []byte {
	switch {
	case !n.ok:
		return append(dst, "null"...)
	case !n.real:
		return strconv.AppendInt(dst, n.i, 10)
	case math.IsNaN(n.f) || math.IsInf(n.f, 0):
		return append(appendReal(append(dst, '"'), n.f), '"')
	}
	return appendReal(dst, n.f)
}

func realNumber(f float64) number { return number{ok: true, real: true, f: f} }

// A series is an array of numbers, or one number that stands for as many as are
// needed.
type series struct {
	list   []number
	scalar bool
}

func (s series) at(i int) number {
	if s.scalar {
		return s.list[0]
	}
	if i >= len(s.list) {
		return number{}
	}
	return s.list[i]
}

// whole reports whether the series has no hole.
func (s series) whole() bool {
	for _, n := range s.list {
		if !n.ok {
			return false
		}
	}
	return true
}

func seriesOf(v *Value) (s series, ok bool) {
	if v.Null {
		return s, false
	}
	if eachElement(v.Bytes, func(e []byte) { s.list = append(s.list, numberOf(e)) }) {
		return s, true
	}
	n := numberOf(trim(v.Bytes))
	return series{[]number{n}, true}, n.ok
}

func appendSeries(dst []byte, list []number) []byte {
	dst = append(dst, '[')
	for _, n := range list {
		dst = comma(dst)
		dst = n.append(dst)
	}
	return append(dst, ']')
}

// pairwise makes a native of two series, or of a series and a number.
func pairwise(name string, f func(dst []byte, a, b number) []byte) Func {
	return Func{Name: name, Args: []types.Type{types.Dynamic, types.Dynamic}, Result: types.Dynamic, New: building(func(buf []byte, args []Value) []byte {
		a, ok1 := seriesOf(&args[0])
		b, ok2 := seriesOf(&args[1])
		if !ok1 || !ok2 || a.scalar && b.scalar {
			return nil
		}
		n := max(len(a.list), len(b.list))
		if a.scalar {
			n = len(b.list)
		} else if b.scalar {
			n = len(a.list)
		}
		buf = append(buf, '[')
		for i := range n {
			buf = comma(buf)
			if x, y := a.at(i), b.at(i); x.ok && y.ok {
				buf = f(buf, x, y)
			} else {
				buf = append(buf, "null"...)
			}
		}
		return append(buf, ']')
	})}
}

// arithmetic makes a pairwise native that keeps integers where it can.
func arithmetic(name string, whole func(a, b int64) (int64, bool), real func(a, b float64) float64) Func {
	return pairwise(name, func(dst []byte, a, b number) []byte {
		if whole != nil && !a.real && !b.real {
			if i, over := whole(a.i, b.i); !over {
				return strconv.AppendInt(dst, i, 10)
			}
		}
		return realNumber(real(a.f, b.f)).append(dst)
	})
}

func comparison(name string, f func(a, b float64) bool) Func {
	return pairwise(name, func(dst []byte, a, b number) []byte { return strconv.AppendBool(dst, f(a.f, b.f)) })
}

// each makes a native that maps a series.
func each(name string, f func(n number) number) Func {
	return Func{Name: name, Args: []types.Type{types.Dynamic}, Result: types.Dynamic, New: building(func(buf []byte, args []Value) []byte {
		s, ok := seriesOf(&args[0])
		if !ok || s.scalar {
			return nil
		}
		for i, n := range s.list {
			if n.ok {
				s.list[i] = f(n)
			}
		}
		return appendSeries(buf, s.list)
	})}
}

func eachReal(name string, f func(x float64) float64) Func {
	return each(name, func(n number) number { return realNumber(f(n.f)) })
}

// folding makes a native of one or two series that gives a real, or null.
func folding(name string, count int, f func(list []series) (float64, bool)) Func {
	args := []types.Type{types.Dynamic, types.Dynamic}[:count]
	return Func{Name: name, Args: args, Result: types.Real, New: plain(func(args []Value, out *Value) {
		var list []series
		for i := range args {
			s, ok := seriesOf(&args[i])
			if !ok {
				out.Null = true
				return
			}
			list = append(list, s)
		}
		x, ok := f(list)
		out.Float, out.Null = x, !ok
	})}
}

// dot sums the products of two series as far as the shorter goes; holes are left out.
func dot(a, b series) (sum float64, ok bool) {
	n := min(len(a.list), len(b.list))
	if a.scalar {
		n = len(b.list)
	} else if b.scalar {
		n = len(a.list)
	}
	for i := range n {
		if x, y := a.at(i), b.at(i); x.ok && y.ok {
			sum += x.f * y.f
		}
	}
	return sum, n > 0
}

func pearson(list []series) (float64, bool) {
	a, b := list[0], list[1]
	if a.scalar || b.scalar || len(a.list) != len(b.list) || !a.whole() || !b.whole() || len(a.list) == 0 {
		return 0, false
	}
	n := float64(len(a.list))
	var ma, mb float64
	for i := range a.list {
		ma, mb = ma+a.list[i].f/n, mb+b.list[i].f/n
	}
	var ab, aa, bb float64
	for i := range a.list {
		x, y := a.list[i].f-ma, b.list[i].f-mb
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab / math.Sqrt(aa*bb), true
}

// gaps reports which elements are missing: holes, or those equal to a placeholder.
func gaps(s series, placeholder *Value) []bool {
	want := number{}
	if !placeholder.Null {
		want = numberOf(trim(placeholder.Bytes))
	}
	missing := make([]bool, len(s.list))
	for i, n := range s.list {
		missing[i] = want.ok && n.ok && n.f == want.f || !want.ok && !n.ok
	}
	return missing
}

// filling makes a native that fills the missing elements of a series. Its
// arguments are the series, the placeholder, and further ones.
func filling(name string, more []types.Type, f func(list []number, missing []bool, args []Value)) Func {
	return Func{Name: name, Args: append([]types.Type{types.Dynamic, types.Dynamic}, more...), Result: types.Dynamic, New: building(func(buf []byte, args []Value) []byte {
		s, ok := seriesOf(&args[0])
		if !ok || s.scalar {
			return nil
		}
		f(s.list, gaps(s, &args[1]), args)
		return appendSeries(buf, s.list)
	})}
}

// fillLinear draws lines between the known elements; whole series stay whole.
func fillLinear(list []number, missing []bool, args []Value) {
	whole, last := true, -1
	for i, n := range list {
		whole = whole && (missing[i] || !n.real)
	}
	edges := args[2].Null || args[2].Int != 0
	for i := range list {
		if missing[i] {
			continue
		}
		for k := last + 1; k < i; k++ {
			switch {
			case last >= 0:
				list[k] = realNumber(list[last].f + (list[i].f-list[last].f)*float64(k-last)/float64(i-last))
				if whole {
					cut := math.Trunc(list[k].f)
					list[k] = number{ok: true, i: int64(cut), f: cut}
				}
			case edges:
				list[k] = list[i]
			}
		}
		last = i
	}
	fill := number{}
	switch {
	case last >= 0 && edges:
		fill = list[last]
	case last < 0 && !args[3].Null:
		fill = numberOf(trim(args[3].Bytes))
	}
	if !fill.ok {
		return
	}
	for k := last + 1; k < len(list); k++ {
		list[k] = fill
	}
}

// fir is a moving weighted sum. Elements outside of the series count as zero.
func fir(x, filter []number, normalize, center bool) []number {
	total := 0.0
	for _, n := range filter {
		total += n.f
	}
	ahead := 0
	if center {
		ahead = len(filter) / 2
	}
	out := make([]number, len(x))
	for i := range x {
		sum := 0.0
		for j, n := range filter {
			if at := i + ahead - j; at >= 0 && at < len(x) {
				sum += n.f * x[at].f
			}
		}
		if normalize {
			sum /= total
		}
		out[i] = realNumber(sum)
	}
	return out
}

// iir is a recursive filter with numerators b and denominators a.
func iir(x, b, a []number) []number {
	out := make([]number, len(x))
	for i := range x {
		sum := 0.0
		for j, n := range b {
			if i >= j {
				sum += n.f * x[i-j].f
			}
		}
		for j, n := range a[1:] {
			if i > j {
				sum -= n.f * out[i-j-1].f
			}
		}
		out[i] = realNumber(sum / a[0].f)
	}
	return out
}

// statistics appends the bag of series_stats_dynamic.
func statistics(dst []byte, list []number, ignore bool) []byte {
	var n, mean, m2 float64
	low, high := -1, -1
	for i, x := range list {
		if !x.ok || math.IsNaN(x.f) || math.IsInf(x.f, 0) {
			if ignore {
				continue
			}
			low = -1
			break
		}
		if low < 0 || x.f < list[low].f {
			low = i
		}
		if high < 0 || x.f > list[high].f {
			high = i
		}
		n++
		d := x.f - mean
		mean += d / n
		m2 += d * (x.f - mean)
	}
	dst = append(dst, '{')
	put := func(key string, v number) {
		dst = v.append(append(Quote(comma(dst), []byte(key)), ':'))
	}
	var none number
	if low < 0 {
		for _, k := range []string{"min", "min_idx", "max", "max_idx", "avg", "stdev", "variance", "sum", "len"} {
			put(k, none)
		}
		return append(dst, '}')
	}
	variance := 0.0
	if n > 1 {
		variance = m2 / (n - 1)
	}
	put("min", realNumber(list[low].f))
	put("min_idx", number{ok: true, i: int64(low)})
	put("max", realNumber(list[high].f))
	put("max_idx", number{ok: true, i: int64(high)})
	put("avg", realNumber(mean))
	put("stdev", realNumber(math.Sqrt(variance)))
	put("variance", realNumber(variance))
	put("sum", realNumber(mean*n))
	put("len", number{ok: true, i: int64(len(list))})
	return append(dst, '}')
}

// fitLine appends the bag of series_fit_line_dynamic: the line of least squares over
// the numbers of the elements, which Kusto counts from 1. A series with a hole, or of less than two elements, has none.
func fitLine(dst []byte, s series) []byte {
	n := float64(len(s.list))
	meanX, meanY := (n+1)/2, 0.0
	for _, y := range s.list {
		meanY += y.f / n
	}
	var xx, xy, yy float64
	for i, y := range s.list {
		dx, dy := float64(i+1)-meanX, y.f-meanY
		xx, xy, yy = xx+dx*dx, xy+dx*dy, yy+dy*dy
	}
	slope := xy / xx
	intercept := meanY - slope*meanX
	line := make([]number, len(s.list))
	rest := 0.0
	for i, y := range s.list {
		f := intercept + slope*float64(i+1)
		line[i] = realNumber(f)
		rest += (y.f - f) * (y.f - f)
	}
	fits := s.whole() && len(s.list) > 1
	dst = append(dst, '{')
	put := func(key string, f float64) {
		dst = append(Quote(comma(dst), []byte(key)), ':')
		v := realNumber(f)
		v.ok = fits
		dst = v.append(dst)
	}
	put("rsquare", 1-rest/yy)
	put("slope", slope)
	put("variance", yy/(n-1))
	put("rvariance", rest/(n-1))
	put("interception", intercept)
	dst = append(Quote(comma(dst), []byte("line_fit")), ':')
	if !fits {
		return append(dst, "null}"...)
	}
	return append(appendSeries(dst, line), '}')
}

var seriesFuncs = []Func{
	arithmetic("kql_series_add", addChecked, func(a, b float64) float64 { return a + b }),
	arithmetic("kql_series_subtract", func(a, b int64) (int64, bool) {
		d := a - b
		return d, (d < a) != (b > 0) && b != 0
	}, func(a, b float64) float64 { return a - b }),
	arithmetic("kql_series_multiply", mulChecked, func(a, b float64) float64 { return a * b }),
	arithmetic("kql_series_divide", nil, func(a, b float64) float64 { return a / b }),
	arithmetic("kql_series_pow", nil, math.Pow),
	comparison("kql_series_greater", func(a, b float64) bool { return a > b }),
	comparison("kql_series_greater_equals", func(a, b float64) bool { return a >= b }),
	comparison("kql_series_less", func(a, b float64) bool { return a < b }),
	comparison("kql_series_less_equals", func(a, b float64) bool { return a <= b }),
	comparison("kql_series_equals", func(a, b float64) bool { return a == b }),
	comparison("kql_series_not_equals", func(a, b float64) bool { return a != b }),
	each("kql_series_abs", func(n number) number { return number{true, n.real, max(n.i, -n.i), math.Abs(n.f)} }),
	each("kql_series_sign", func(n number) number {
		return number{ok: true, i: int64(order(n.f, 0))}
	}),
	each("kql_series_ceiling", func(n number) number { return number{true, n.real, n.i, math.Ceil(n.f)} }),
	each("kql_series_floor", func(n number) number { return number{true, n.real, n.i, math.Floor(n.f)} }),
	eachReal("kql_series_exp", math.Exp), eachReal("kql_series_log", math.Log), eachReal("kql_series_sin", math.Sin), eachReal("kql_series_cos", math.Cos),
	eachReal("kql_series_tan", math.Tan), eachReal("kql_series_asin", math.Asin), eachReal("kql_series_acos", math.Acos), eachReal("kql_series_atan", math.Atan),
	folding("kql_series_product", 1, func(list []series) (float64, bool) {
		p := 1.0
		for _, n := range list[0].list {
			p *= n.f
		}
		return p, list[0].whole() && !list[0].scalar
	}),
	folding("kql_series_magnitude", 1, func(list []series) (float64, bool) {
		sum, ok := dot(list[0], list[0])
		return math.Sqrt(sum), ok && !list[0].scalar
	}),
	folding("kql_series_dot_product", 2, func(list []series) (float64, bool) { return dot(list[0], list[1]) }),
	folding("kql_series_cosine_similarity", 2, func(list []series) (float64, bool) {
		ab, ok := dot(list[0], list[1])
		aa, _ := dot(list[0], list[0])
		bb, _ := dot(list[1], list[1])
		return ab / math.Sqrt(aa*bb), ok
	}),
	folding("kql_series_pearson_correlation", 2, pearson),
	filling("kql_series_fill_const", []types.Type{types.Dynamic}, func(list []number, missing []bool, args []Value) {
		fill := numberOf(trim(args[2].Bytes))
		for i := range list {
			if missing[i] {
				list[i] = fill
			}
		}
	}),
	filling("kql_series_fill_forward", nil, func(list []number, missing []bool, _ []Value) {
		for i := 1; i < len(list); i++ {
			if missing[i] {
				list[i] = list[i-1]
			}
		}
	}),
	filling("kql_series_fill_backward", nil, func(list []number, missing []bool, _ []Value) {
		for i := len(list) - 2; i >= 0; i-- {
			if missing[i] {
				list[i] = list[i+1]
			}
		}
	}),
	filling("kql_series_fill_linear", []types.Type{types.Bool, types.Dynamic}, fillLinear),
	{Name: "kql_series_fir", Args: []types.Type{types.Dynamic, types.Dynamic, types.Bool, types.Bool}, Result: types.Dynamic, New: plain(func(args []Value, out *Value) {
		x, ok1 := seriesOf(&args[0])
		filter, ok2 := seriesOf(&args[1])
		negative := false
		for _, n := range filter.list {
			negative = negative || n.f < 0
		}
		normalize := args[2].Int != 0
		if args[2].Null {
			normalize = !negative
		}
		if !ok1 || !ok2 || x.scalar || filter.scalar || !x.whole() || !filter.whole() || normalize && negative || len(filter.list) > maxFilter {
			out.Null = true
			return
		}
		out.Bytes = appendSeries(nil, fir(x.list, filter.list, normalize, args[3].Int != 0))
	})},
	{Name: "kql_series_iir", Args: []types.Type{types.Dynamic, types.Dynamic, types.Dynamic}, Result: types.Dynamic, New: plain(func(args []Value, out *Value) {
		x, ok1 := seriesOf(&args[0])
		b, ok2 := seriesOf(&args[1])
		a, ok3 := seriesOf(&args[2])
		if !ok1 || !ok2 || !ok3 || x.scalar || b.scalar || a.scalar || !x.whole() || !b.whole() || !a.whole() ||
			len(a.list) == 0 || a.list[0].f == 0 || max(len(a.list), len(b.list)) > maxFilter {
			out.Null = true
			return
		}
		out.Bytes = appendSeries(nil, iir(x.list, b.list, a.list))
	})},
	{Name: "kql_series_fit_line", Args: []types.Type{types.Dynamic}, Result: types.Dynamic, New: plain(func(args []Value, out *Value) {
		s, ok := seriesOf(&args[0])
		if !ok || s.scalar || len(s.list) == 0 {
			out.Null = true
			return
		}
		out.Bytes = fitLine(nil, s)
	})},
	{Name: "kql_series_stats", Args: []types.Type{types.Dynamic, types.Bool}, Result: types.Dynamic, New: plain(func(args []Value, out *Value) {
		s, ok := seriesOf(&args[0])
		if !ok || s.scalar || bytes.Equal(trim(args[0].Bytes), []byte("[]")) {
			out.Null = true
			return
		}
		out.Bytes = statistics(nil, s.list, args[1].Int != 0)
	})},
}

// maxFilter bounds the length of a filter, with which the work for each element grows.
const maxFilter = 10000
