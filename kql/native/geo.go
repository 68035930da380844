package native

import (
	"math"

	"lazuli.dev/lazuli/kql/types"
)

// Kusto measures on a sphere; this is its radius in meters.
const earthRadius = 6_371_010

// arc returns the angle between two points on a sphere, in radians, and false
// when one of them is none: a longitude is from -180 to 180, a latitude from -90 to 90.
func arc(p []Value) (float64, bool) {
	for i, v := range p[:4] {
		limit := 180.0
		if i%2 == 1 {
			limit = 90
		}
		if v.Null || !(math.Abs(v.Float) <= limit) { // NaN is beyond every limit
			return 0, false
		}
	}
	const rad = math.Pi / 180
	lng1, lat1, lng2, lat2 := p[0].Float*rad, p[1].Float*rad, p[2].Float*rad, p[3].Float*rad
	dlat, dlng := math.Sin((lat2-lat1)/2), math.Sin((lng2-lng1)/2)
	x := dlat*dlat + dlng*dlng*math.Cos(lat1)*math.Cos(lat2)
	return 2 * math.Asin(math.Sqrt(min(1, x))), true
}

var geoFuncs = []Func{
	{Name: "kql_geo_distance", Args: []types.Type{types.Real, types.Real, types.Real, types.Real}, Result: types.Real, New: plain(func(args []Value, out *Value) {
		angle, ok := arc(args)
		out.Float, out.Null = angle*earthRadius, !ok
	})},
	{Name: "kql_geo_in_circle", Args: []types.Type{types.Real, types.Real, types.Real, types.Real, types.Real}, Result: types.Bool, New: plain(func(args []Value, out *Value) {
		angle, ok := arc(args)
		radius := args[4]
		if !ok || radius.Null || !(radius.Float > 0) || math.IsInf(radius.Float, 0) {
			out.Null = true
			return
		}
		out.setBool(angle*earthRadius <= radius.Float)
	})},
}
