package native

import (
	"math"

	"lazuli.dev/lazuli/kql/types"
)

// realFunc makes a native of one real; where f says so, or gives NaN for a number,
// the result is null.
func realFunc(name string, f func(x float64) float64) Func {
	return one(name, types.Real, types.Real, func(in, out *Value) {
		out.Float = f(in.Float)
		out.Null = math.IsNaN(out.Float) && !math.IsNaN(in.Float)
	})
}

func positive(f func(float64) float64) func(float64) float64 {
	return func(x float64) float64 {
		if x <= 0 {
			return math.NaN()
		}
		return f(x)
	}
}

// roundAt rounds half away from zero at a number of decimal places.
func roundAt(x float64, places int64) float64 {
	if places > 15 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	if places < -308 {
		return 0
	}
	p := math.Pow(10, math.Abs(float64(places)))
	if places < 0 {
		return math.Round(x/p) * p
	}
	scaled := x * p
	if math.Abs(scaled) >= 1<<53 {
		return x // it has no digit there
	}
	return math.Round(scaled) / p
}

// floorTo is the multiple of size at or below x, counted from origin.
func floorTo(x, size, origin float64) float64 { return math.Floor((x-origin)/size)*size + origin }

// betaCDF is the regularised incomplete beta function, by its continued fraction.
func betaCDF(x, a, b float64) float64 {
	switch {
	case !(a > 0) || !(b > 0) || !(x >= 0 && x <= 1):
		return math.NaN()
	case x == 0 || x == 1:
		return x
	case x > (a+1)/(a+b+2):
		return 1 - betaCDF(1-x, b, a)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab-la-lb+a*math.Log(x)+b*math.Log1p(-x)) / a
	const tiny = 1e-300
	f, c, d := 1.0, 1.0, 0.0
	for i := range 500 {
		m := float64(i / 2)
		var numerator float64
		switch {
		case i == 0:
			numerator = 1
		case i%2 == 0:
			numerator = m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		default:
			numerator = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		}
		if d = 1 + numerator*d; math.Abs(d) < tiny {
			d = tiny
		}
		d = 1 / d
		if c = 1 + numerator/c; math.Abs(c) < tiny {
			c = tiny
		}
		f *= c * d
		if math.Abs(1-c*d) < 1e-15 {
			break
		}
	}
	return front * (f - 1)
}

// betaInv is the x at which betaCDF is p, by bisection.
func betaInv(p, a, b float64) float64 {
	low, high := 0.0, 1.0
	for range 200 {
		mid := (low + high) / 2
		if mid == low || mid == high {
			break
		}
		if betaCDF(mid, a, b) < p {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

func betaPDF(x, a, b float64) float64 {
	if !(a > 0) || !(b > 0) || !(x >= 0 && x <= 1) {
		return math.NaN()
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	return math.Exp(lab-la-lb) * math.Pow(x, a-1) * math.Pow(1-x, b-1)
}

// reals makes a native of several reals, null when one of them is.
func reals(name string, n int, f func(x []float64, out *Value)) Func {
	args := make([]types.Type, n)
	for i := range args {
		args[i] = types.Real
	}
	return Func{Name: name, Args: args, Result: types.Real, New: func() Eval {
		x := make([]float64, n)
		return func(args []Value, out *Value) {
			for i := range args {
				if args[i].Null {
					out.Null = true
					return
				}
				x[i] = args[i].Float
			}
			f(x, out)
		}
	}}
}

// shifting makes the shifts, which count modulo 64 and take no negative count.
func shifting(name string, f func(v int64, n uint) int64) Func {
	return Func{Name: name, Args: []types.Type{types.Long, types.Long}, Result: types.Long, New: strict(func(args []Value, out *Value) {
		if args[1].Int < 0 {
			out.Null = true
			return
		}
		out.Int = f(args[0].Int, uint(args[1].Int%64))
	})}
}

var arithmeticFuncs = []Func{
	realFunc("kql_sqrt", math.Sqrt), realFunc("kql_exp", math.Exp), realFunc("kql_exp2", math.Exp2),
	realFunc("kql_exp10", func(x float64) float64 { return math.Pow(10, x) }),
	realFunc("kql_log", positive(math.Log)), realFunc("kql_log2", positive(math.Log2)), realFunc("kql_log10", positive(math.Log10)),
	realFunc("kql_sin", math.Sin), realFunc("kql_cos", math.Cos), realFunc("kql_tan", math.Tan),
	realFunc("kql_cot", func(x float64) float64 { return 1 / math.Tan(x) }),
	realFunc("kql_asin", math.Asin), realFunc("kql_acos", math.Acos), realFunc("kql_atan", math.Atan),
	realFunc("kql_gamma", math.Gamma), realFunc("kql_erf", math.Erf), realFunc("kql_erfc", math.Erfc),
	realFunc("kql_loggamma", func(x float64) float64 {
		g, _ := math.Lgamma(x)
		return g
	}),
	realFunc("kql_sign", func(x float64) float64 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return x
	}),
	reals("kql_pow", 2, func(x []float64, out *Value) { out.Float = math.Pow(x[0], x[1]) }),
	reals("kql_atan2", 2, func(x []float64, out *Value) { out.Float = math.Atan2(x[0], x[1]) }),
	reals("kql_beta_cdf", 3, func(x []float64, out *Value) { out.Float = betaCDF(x[0], x[1], x[2]) }),
	reals("kql_beta_pdf", 3, func(x []float64, out *Value) { out.Float = betaPDF(x[0], x[1], x[2]) }),
	reals("kql_beta_inv", 3, func(x []float64, out *Value) {
		if x[0] < 0 || x[0] > 1 {
			out.Null = true
			return
		}
		if !(x[1] > 0) || !(x[2] > 0) {
			out.Float = math.NaN()
			return
		}
		out.Float = betaInv(x[0], x[1], x[2])
	}),
	reals("kql_bin_real", 3, func(x []float64, out *Value) {
		if !(x[1] > 0) {
			out.Null = true
			return
		}
		out.Float = floorTo(x[0], x[1], x[2])
	}),
	{Name: "kql_round", Args: []types.Type{types.Real, types.Long}, Result: types.Real, New: strict(func(args []Value, out *Value) {
		out.Float = roundAt(args[0].Float, args[1].Int)
	})},
	{Name: "kql_round_long", Args: []types.Type{types.Long, types.Long}, Result: types.Long, New: strict(func(args []Value, out *Value) {
		x, places := args[0].Int, args[1].Int
		switch {
		case places >= 0:
			out.Int = x
		case places >= -18:
			unit := pow10(int(-places))
			rest := x % unit
			out.Int = x - rest
			over := false
			switch { // halves go away from zero; rest - unit does not overflow where 2*rest would
			case rest > 0 && rest >= unit-rest:
				out.Int, over = addChecked(out.Int, unit)
			case rest < 0 && -rest >= unit+rest:
				out.Int, over = addChecked(out.Int, -unit)
			}
			out.Null = over
		}
	})},
	// The multiple of a size at or below a number, counted from an origin.
	{Name: "kql_bin", Args: []types.Type{types.Long, types.Long, types.Long}, Result: types.Long, New: strict(func(args []Value, out *Value) {
		x, size := args[0].Int, args[1].Int
		d, over := addChecked(x, -args[2].Int)
		if size <= 0 || over {
			out.Null = true
			return
		}
		rest := d % size
		if rest < 0 {
			rest += size
		}
		out.Int, over = addChecked(x, -rest)
		out.Null = over
	})},
	shifting("kql_shift_left", func(v int64, n uint) int64 { return int64(uint64(v) << n) }),
	shifting("kql_shift_right", func(v int64, n uint) int64 { return v >> n }),
	// The value at a percentile of weighted numbers, given as [[value, weight], ...].
	{Name: "kql_weighted_percentile", Args: []types.Type{types.Dynamic, types.Real}, Result: types.Dynamic, New: func() Eval {
		var a arena
		return func(args []Value, out *Value) {
			a.reset()
			pairs, ok := a.split(&args[0])
			if out.Null = true; !ok || args[1].Null {
				return
			}
			weightedPercentile(pairs, args[1].Float, out)
		}
	}},
}
