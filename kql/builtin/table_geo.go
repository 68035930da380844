package builtin

import "fmt"

// onSphere writes a call whose last argument, when it is given, says whether to
// measure on a spheroid instead.
func onSphere(template string) EmitFunc {
	return func(c *Call) (string, error) {
		if a, ok := c.Arg("use_spheroid"); ok && a.Value != false {
			return "", fmt.Errorf("%s(): use_spheroid is not supported: distances are measured on a sphere", c.Func.Name)
		}
		return c.Template(template)
	}
}

var geoFuncs = []Func{
	{Name: "geo_distance_2points", Sigs: []string{"(p1_longitude:real, p1_latitude:real, p2_longitude:real, p2_latitude:real, [use_spheroid:const bool=false]):real"}, Doc: "Returns the shortest distance of two points on the earth, a sphere, in meters; null when one of them is none.",
		Emit: onSphere("kql_geo_distance({p1_longitude}, {p1_latitude}, {p2_longitude}, {p2_latitude})"),
		Examples: []Example{{`round(geo_distance_2points(-122.407628, 47.578557, -118.275287, 34.019056), 8)`, `1546754.35197381`}, {`geo_distance_2points(10, 20, 10, 20)`, `0.0`}, {`tolong(geo_distance_2points(-122.3518577, 47.6205099, -122.3519241, 47.6097268))`, `1199`},
			{`geo_distance_2points(300, 0, 0, 0)`, `null`}, {`geo_distance_2points(0, 0, 0, -91)`, `null`}, {`geo_distance_2points(0, real(null), 0, 0)`, `null`}, {`geo_distance_2points(real(nan), 0, 0, 0)`, `null`}, {`round(geo_distance_2points(180, 90, -180, -90) / 3.141592653589793)`, `6371010.0`}}},
	{Name: "geo_point_in_circle", Sigs: []string{"(p_longitude:real, p_latitude:real, pc_longitude:real, pc_latitude:real, c_radius:real, [use_spheroid:const bool=false]):bool"}, Doc: "Reports whether a point is within a number of meters of another one on the earth, a sphere; null when one of them is no point or the radius is not positive.",
		Emit:     onSphere("kql_geo_in_circle({p_longitude}, {p_latitude}, {pc_longitude}, {pc_latitude}, {c_radius})"),
		Examples: []Example{{`geo_point_in_circle(-122.143564, 47.535677, -122.100896, 47.527351, 3500)`, `true`}, {`geo_point_in_circle(-122.137575, 47.630683, -122.100896, 47.527351, 3500)`, `false`}, {`geo_point_in_circle(1, 1, 1, 1, -1)`, `null`}, {`geo_point_in_circle(1, 1, 1, 1, 0)`, `null`}, {`geo_point_in_circle(200, 1, 1, 1, 5)`, `null`}}},
}
