package bind

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

func literalType(x *syntax.Literal) types.Type {
	switch x.Kind {
	case syntax.LitBool:
		return types.Bool
	case syntax.LitInt:
		return types.Int
	case syntax.LitLong:
		return types.Long
	case syntax.LitReal:
		return types.Real
	case syntax.LitDecimal:
		return types.Decimal
	case syntax.LitString:
		return types.String
	case syntax.LitDatetime:
		return types.DateTime
	case syntax.LitTimespan:
		return types.Timespan
	case syntax.LitGuid:
		return types.Guid
	}
	return types.Dynamic
}

func (b *binder) literal(x *syntax.Literal) plan.Expr {
	t := literalType(x)
	if x.Null || x.Kind == syntax.LitNull {
		if t == types.String {
			return &plan.Literal{T: t, Value: ""}
		}
		return &plan.Literal{T: t}
	}
	switch x.Kind {
	case syntax.LitBool:
		return &plan.Literal{T: t, Value: x.Int != 0}
	case syntax.LitInt, syntax.LitLong, syntax.LitDatetime, syntax.LitTimespan:
		return &plan.Literal{T: t, Value: x.Int}
	case syntax.LitReal:
		return &plan.Literal{T: t, Value: x.Real}
	}
	return &plan.Literal{T: t, Value: x.Text}
}

// dynamicLiteral is the JSON of dynamic(...).
func dynamicLiteral(x *syntax.Dynamic) *plan.Literal {
	text := appendJSON(nil, x.X)
	if string(text) == "null" {
		return &plan.Literal{T: types.Dynamic}
	}
	return &plan.Literal{T: types.Dynamic, Value: string(text)}
}

func appendJSON(b []byte, x syntax.Expr) []byte {
	switch x := x.(type) {
	case *syntax.Dynamic:
		return appendJSON(b, x.X)
	case *syntax.JSONArray:
		b = append(b, '[')
		for i, e := range x.Elems {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, e)
		}
		return append(b, ']')
	case *syntax.JSONObject:
		b = append(b, '{')
		for i, k := range x.Keys {
			if i > 0 {
				b = append(b, ',')
			}
			b = native.Quote(b, []byte(k.Text))
			b = append(b, ':')
			b = appendJSON(b, x.Values[i])
		}
		return append(b, '}')
	case *syntax.Literal:
		if x.Null || x.Kind == syntax.LitNull {
			return append(b, "null"...)
		}
		switch x.Kind {
		case syntax.LitBool:
			return strconv.AppendBool(b, x.Int != 0)
		case syntax.LitInt, syntax.LitLong:
			return strconv.AppendInt(b, x.Int, 10)
		case syntax.LitReal:
			return appendJSONReal(b, x.Real)
		case syntax.LitDecimal:
			return native.Quote(b, []byte(x.Text))
		case syntax.LitDatetime:
			return append(native.AppendDateTime(append(b, '"'), x.Int), '"')
		case syntax.LitTimespan:
			return append(native.AppendTimespan(append(b, '"'), x.Int), '"')
		}
		return native.Quote(b, []byte(x.Text))
	}
	return append(b, "null"...)
}

func appendJSONReal(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, 'g', -1, 64)
	if !strings.ContainsAny(string(b[start:]), ".e") {
		b = append(b, ".0"...)
	}
	return b
}

// unixTicks is 1970-01-01 in ticks.
const (
	unixTicks = 621355968000000000
	second    = 10_000_000
)

// jsonElements are the elements of an array; isArray is false for anything else.
func jsonElements(lit *plan.Literal) (elems []*plan.Literal, isArray bool) {
	text, ok := lit.Value.(string)
	if !ok || !strings.HasPrefix(text, "[") {
		return nil, false
	}
	var raw []json.RawMessage
	if json.Unmarshal([]byte(text), &raw) != nil {
		return nil, false
	}
	for _, r := range raw {
		el := &plan.Literal{T: types.Dynamic}
		if string(r) != "null" {
			el.Value = string(r)
		}
		elems = append(elems, el)
	}
	return elems, true
}

// elementAs is a JSON value as a constant of type t, as far as the value can be
// one: an element of another type equals nothing of type t.
func elementAs(lit *plan.Literal, t types.Type) (plan.Expr, bool) {
	text, ok := lit.Value.(string)
	if !ok {
		return nil, false
	}
	switch t {
	case types.String, types.Guid:
		var s string
		if strings.HasPrefix(text, `"`) {
			if json.Unmarshal([]byte(text), &s) != nil {
				return nil, false
			}
		} else {
			s = text
		}
		if t == types.Guid {
			s, ok = canonicalGuid(s)
			return &plan.Literal{T: t, Value: s}, ok
		}
		return &plan.Literal{T: t, Value: s}, true
	case types.Int, types.Long:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			f, err := strconv.ParseFloat(text, 64)
			return &plan.Literal{T: types.Real, Value: f}, err == nil
		}
		return &plan.Literal{T: types.Long, Value: n}, true
	case types.Real:
		f, err := strconv.ParseFloat(text, 64)
		return &plan.Literal{T: t, Value: f}, err == nil
	case types.Bool:
		return &plan.Literal{T: t, Value: text == "true"}, text == "true" || text == "false"
	case types.DateTime:
		var s string
		if json.Unmarshal([]byte(text), &s) != nil {
			return nil, false
		}
		v, err := time.Parse("2006-01-02T15:04:05.9999999Z", s)
		if err != nil {
			return nil, false
		}
		return &plan.Literal{T: t, Value: v.Unix()*second + int64(v.Nanosecond()/100) + unixTicks}, true
	}
	return nil, false
}

// convertLiteral converts constants where that needs no engine.
func convertLiteral(lit *plan.Literal, t types.Type) (plan.Expr, bool) {
	if lit.Value == nil {
		if t == types.String {
			return &plan.Literal{T: t, Value: ""}, true
		}
		return &plan.Literal{T: t}, true
	}
	switch v := lit.Value.(type) {
	case int64:
		if lit.T != types.Int && lit.T != types.Long {
			return nil, false
		}
		switch t {
		case types.Int:
			if v != int64(int32(v)) {
				return nil, false
			}
			return &plan.Literal{T: t, Value: v}, true
		case types.Long:
			return &plan.Literal{T: t, Value: v}, true
		case types.Real:
			return &plan.Literal{T: t, Value: float64(v)}, true
		case types.Decimal, types.String, types.Dynamic:
			return &plan.Literal{T: t, Value: strconv.FormatInt(v, 10)}, true
		}
	case string:
		switch {
		case lit.T == types.String && t == types.Dynamic:
			return &plan.Literal{T: t, Value: string(native.Quote(nil, []byte(v)))}, true
		case lit.T == types.Dynamic && t == types.String:
			return elementAs(lit, t)
		case lit.T == types.Guid && t == types.String:
			return &plan.Literal{T: t, Value: v}, true
		}
	case bool:
		if t == types.Dynamic {
			return &plan.Literal{T: t, Value: strconv.FormatBool(v)}, true
		}
	}
	return nil, false
}

// maxTicks is the last instant that a datetime can be.
const maxTicks = 3155378975999999999

// foldLongs is the sum or difference of two constants that are ticks.
func foldLongs(x *plan.Binary, l, r *plan.Literal) (int64, bool) {
	a, ok1 := l.Value.(int64)
	c, ok2 := r.Value.(int64)
	switch {
	case !ok1 || !ok2:
		return 0, false
	case x.Op == syntax.OpAdd:
		return a + c, (a+c > a) == (c > 0)
	case x.Op == syntax.OpSub:
		return a - c, (a-c < a) == (c > 0)
	}
	return 0, false
}

// fold computes arithmetic on constants, so that times of the form now() - 1d
// and widths of bins are constants for what comes after.
func fold(x *plan.Binary) (plan.Expr, bool) {
	l, ok1 := x.X.(*plan.Literal)
	r, ok2 := x.Y.(*plan.Literal)
	if !ok1 || !ok2 {
		return nil, false
	}
	if l.Value == nil || r.Value == nil {
		return &plan.Literal{T: x.T}, true
	}
	if v, ok := foldLongs(x, l, r); ok && x.T == types.DateTime {
		if v < 0 || v > maxTicks {
			return &plan.Literal{T: x.T}, true // no such day
		}
	}
	if x.T == types.Timespan && (l.T == types.Real || r.T == types.Real) {
		span, f := l, r
		if l.T == types.Real {
			span, f = r, l
		}
		v := float64(span.Value.(int64))
		if x.Op == syntax.OpMul {
			v *= f.Value.(float64)
		} else {
			v /= f.Value.(float64)
		}
		if math.IsNaN(v) || math.Abs(v) >= math.MaxInt64 {
			return nil, false
		}
		return &plan.Literal{T: x.T, Value: int64(v)}, true
	}
	switch a := l.Value.(type) {
	case int64:
		c, ok := r.Value.(int64)
		if !ok {
			return nil, false
		}
		if x.T == types.Real { // a timespan by a timespan
			return &plan.Literal{T: x.T, Value: float64(a) / float64(c)}, true
		}
		switch x.Op {
		case syntax.OpAdd:
			if s := a + c; (s > a) == (c > 0) {
				return &plan.Literal{T: x.T, Value: s}, true
			}
		case syntax.OpSub:
			if s := a - c; (s < a) == (c > 0) {
				return &plan.Literal{T: x.T, Value: s}, true
			}
		case syntax.OpMul:
			if p := a * c; a == 0 || p/a == c && (a != -1 || c != math.MinInt64) {
				return &plan.Literal{T: x.T, Value: p}, true
			}
		case syntax.OpDiv:
			if c == 0 {
				return &plan.Literal{T: x.T}, true
			}
			if c != -1 {
				return &plan.Literal{T: x.T, Value: a / c}, true
			}
		}
	case float64:
		c, ok := r.Value.(float64)
		if !ok {
			return nil, false
		}
		switch x.Op {
		case syntax.OpAdd:
			a += c
		case syntax.OpSub:
			a -= c
		case syntax.OpMul:
			a *= c
		case syntax.OpDiv:
			a /= c
		default:
			return nil, false
		}
		return &plan.Literal{T: x.T, Value: a}, true
	}
	return nil, false
}
