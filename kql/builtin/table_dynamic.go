package builtin

import (
	"fmt"
	"strings"

	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/types"
)

// emitParseJSON parses text and leaves a dynamic as it is.
func emitParseJSON(c *Call) (string, error) {
	if c.Args[0].Type == types.Dynamic {
		return c.Args[0].SQL, nil
	}
	return c.Template("kql_parse_json({json})")
}

func emitExtractJSON(c *Call) (string, error) {
	path, _ := c.Arg("jsonPath")
	text, _ := path.Value.(string)
	if !native.IsPath(text) {
		return "", fmt.Errorf("extract_json(): %q is not a path such as $.a[0].b", text)
	}
	sql, err := c.Template("kql_extract_json({jsonPath}, {source})")
	return Convert(sql, types.Dynamic, c.Result), err
}

// emitRange picks the native of the type of the elements.
func emitRange(c *Call) (string, error) {
	switch c.Args[0].Type {
	case types.DateTime, types.Timespan:
		name := "kql_range_" + c.Args[0].Type.String()
		step := "36000000000" // an hour
		if len(c.Args) == 3 {
			step = "{step}"
		}
		return c.Template(name + "({start}, {stop}, " + step + ")")
	case types.Real:
		return c.Template("kql_range_real({start}, {stop}, {step})")
	}
	return c.Template("kql_range_long({start}, {stop}, {step})")
}

// emitSort says whether nulls come last, which a bool behind the arrays does.
func emitSort(function string) EmitFunc {
	return func(c *Call) (string, error) {
		nulls, arrays := "true", c.Args
		if last := arrays[len(arrays)-1]; last.Type == types.Bool {
			nulls, arrays = last.SQL, arrays[:len(arrays)-1]
		}
		texts := make([]string, len(arrays))
		for i, a := range arrays {
			texts[i] = a.SQL
		}
		return function + "(" + nulls + ", " + strings.Join(texts, ", ") + ")", nil
	}
}

// A null bag or array cannot say what type it has, so most functions of them are null.
var dynamicFuncs = []Func{
	{Name: "array_concat", Sigs: []string{"(array:dynamic...):dynamic"}, Doc: "Joins arrays.", Native: "kql_array_concat", Examples: []Example{{`array_concat(dynamic([1, 2]), dynamic([3]))`, `[1,2,3]`}, {`isnull(array_concat(dynamic({}), dynamic([])))`, `true`}}},
	{Name: "array_iff", Aliases: []string{"array_iif"}, Sigs: []string{"(condition:dynamic, when_true:json, when_false:json):dynamic"}, Doc: "Picks from two arrays or values by the elements of a third.", Native: "kql_array_iff",
		Examples: []Example{{`array_iff(dynamic([true, false, true]), dynamic([1, 2, 3]), dynamic([4, 5, 6]))`, `[1,5,3]`}, {`array_iff(dynamic([1, 0, 50]), "yes", "no")`, `["yes","no","yes"]`}, {`array_iff(dynamic(["x", null]), 1, 0)`, `[null,null]`}}},
	{Name: "array_index_of", Sigs: []string{"(array:dynamic, value:json, [start:long=0], [length:long=-1], [occurrence:long=1]):long"}, Doc: "Returns the index of a value in an array, -1 when it is not there.", Native: "kql_array_index_of",
		Examples: []Example{{`array_index_of(dynamic(["this", "is", "an"]), "an")`, `2`}, {`array_index_of(dynamic([1, 2, 1]), 1, 1)`, `2`}, {`array_index_of(dynamic(["a", "b", "a"]), "a", -1)`, `2`}, {`array_index_of(dynamic([1]), 5)`, `-1`}}},
	{Name: "array_length", Aliases: []string{"arraylength"}, Sigs: []string{"(array:dynamic):long"}, Doc: "Returns the number of elements of an array; null when it is none.", Native: "kql_array_length", Examples: []Example{{`array_length(dynamic([1, [2, 3], {"a": [4, 5]}]))`, `3`}, {`array_length(dynamic([]))`, `0`}, {`array_length(dynamic({"a": 1}))`, `null`}}},
	{Name: "array_reverse", Sigs: []string{"(value:dynamic):dynamic"}, Doc: "Reverses an array.", Native: "kql_array_reverse", Examples: []Example{{`array_reverse(dynamic([1, "a", null]))`, `[null,"a",1]`}}},
	{Name: "array_rotate_left", Sigs: []string{"(array:dynamic, rotate_count:long):dynamic"}, Doc: "Turns an array to the left.", Native: "kql_array_rotate", Examples: []Example{{`array_rotate_left(dynamic([1, 2, 3, 4, 5]), 2)`, `[3,4,5,1,2]`}, {`array_rotate_left(dynamic([1, 2, 3]), -1)`, `[3,1,2]`}}},
	{Name: "array_rotate_right", Sigs: []string{"(array:dynamic, rotate_count:long):dynamic"}, Doc: "Turns an array to the right.", SQL: SQL{DuckDB: "kql_array_rotate({array}, -{rotate_count})"}, Examples: []Example{{`array_rotate_right(dynamic([1, 2, 3, 4, 5]), 2)`, `[4,5,1,2,3]`}}},
	{Name: "array_shift_left", Sigs: []string{"(array:dynamic, shift_count:long, [default_value:json]):dynamic"}, Doc: "Moves the elements of an array to the left and fills up with a value.", Native: "kql_array_shift", Examples: []Example{{`array_shift_left(dynamic([1, 2, 3, 4, 5]), 2)`, `[3,4,5,null,null]`}, {`array_shift_left(dynamic([1, 2, 3]), -1, -1)`, `[-1,1,2]`}}},
	{Name: "array_shift_right", Sigs: []string{"(array:dynamic, shift_count:long, [default_value:json]):dynamic"}, Doc: "Moves the elements of an array to the right and fills up with a value.", SQL: SQL{DuckDB: "kql_array_shift({array}, -{shift_count}, {default_value})"}, Examples: []Example{{`array_shift_right(dynamic([1, 2, 3, 4, 5]), 2, -1)`, `[-1,-1,1,2,3]`}}},
	{Name: "array_slice", Sigs: []string{"(array:dynamic, start:long, end:long):dynamic"}, Doc: "Returns the elements from start to end; negative ones count from the end.", Native: "kql_array_slice", Examples: []Example{{`array_slice(dynamic([1, 2, 3]), 1, 2)`, `[2,3]`}, {`array_slice(dynamic([1, 2, 3, 4, 5]), 2, -1)`, `[3,4,5]`}, {`array_slice(dynamic([1, 2, 3, 4, 5]), -3, -2)`, `[3,4]`}, {`array_slice(dynamic([1]), 5, 9)`, `[]`}}},
	{Name: "array_sort_asc", Sigs: []string{"(array:dynamic...):dynamic", "(array:dynamic..., nulls_last:bool):dynamic"}, Doc: "Sorts an array, and further arrays in its order; the result is then an array of them.", Emit: emitSort("kql_array_sort_asc"),
		Examples: []Example{{`array_sort_asc(dynamic([3, 1.5, 2, null]))`, `[1.5,2,3,null]`}, {`array_sort_asc(dynamic([null, "blue", "yellow", "green", null]), false)`, `[null,null,"blue","green","yellow"]`}, {`array_sort_asc(dynamic([2, 1]), dynamic(["b", "a"]))[1]`, `["a","b"]`}}},
	{Name: "array_sort_desc", Sigs: []string{"(array:dynamic...):dynamic", "(array:dynamic..., nulls_last:bool):dynamic"}, Doc: "Sorts an array downwards, and further arrays in its order; the result is then an array of them.", Emit: emitSort("kql_array_sort_desc"),
		Examples: []Example{{`array_sort_desc(split("John,Paul,Jane,Kayo", ","))`, `["Paul","Kayo","John","Jane"]`}}},
	{Name: "array_split", Sigs: []string{"(array:dynamic, indices:json):dynamic"}, Doc: "Cuts an array before the given index or indices.", Native: "kql_array_split", Examples: []Example{{`array_split(dynamic([1, 2, 3, 4, 5]), dynamic([1, 3]))`, `[[1],[2,3],[4,5]]`}, {`array_split(dynamic([1, 2, 3, 4, 5]), 2)`, `[[1,2],[3,4,5]]`}, {`array_split(dynamic([1, 2, 3, 4, 5]), -2)`, `[[1,2,3],[4,5]]`}}},
	{Name: "array_sum", Sigs: []string{"(array:dynamic):real"}, Doc: "Sums an array of numbers; null when an element is something else.", Native: "kql_array_sum", Examples: []Example{{`array_sum(dynamic([1, 2, 3, 4]))`, `10.0`}, {`array_sum(dynamic([1, "a"]))`, `null`}}},
	{Name: "bag_has_key", Sigs: []string{"(bag:dynamic, key:string):bool"}, Doc: "Reports whether a bag has a key, or a path such as $.a.b.", Native: "kql_bag_has_key", Examples: []Example{{`bag_has_key(dynamic({"key1": 123}), "key1")`, `true`}, {`bag_has_key(dynamic({"key1": {"p": null}}), "$.key1.p")`, `true`}, {`bag_has_key(dynamic({"key1": 1}), "Key1")`, `false`}, {`bag_has_key(dynamic([]), "a")`, `null`}}},
	{Name: "bag_keys", Sigs: []string{"(object:dynamic):dynamic"}, Doc: "Returns the keys of a bag; null when it is none.", Native: "kql_bag_keys", Examples: []Example{{`bag_keys(dynamic({"a": "b", "c": {"d": 123}}))`, `["a","c"]`}, {`bag_keys(dynamic({}))`, `[]`}, {`isnull(bag_keys(dynamic([])))`, `true`}}},
	{Name: "bag_merge", Sigs: []string{"(bag:dynamic...):dynamic"}, Doc: "Merges bags; of a key that several have, the leftmost counts.", Native: "kql_bag_merge", Examples: []Example{{`bag_merge(dynamic({"A1": 12, "B1": 2}), dynamic({"A2": 81, "A1": 1}))`, `{"A1":12,"B1":2,"A2":81}`}}},
	{Name: "bag_pack", Aliases: []string{"pack", "pack_dictionary"}, Sigs: []string{"({key:text, value:json}...):dynamic"}, Doc: "Makes a bag of keys and values in turn.", Native: "kql_bag_pack", Examples: []Example{{`bag_pack("Level", "Information", "ProcessID", 1234, "Data", bag_pack("url", "www.bing.com"))`, `{"Level":"Information","ProcessID":1234,"Data":{"url":"www.bing.com"}}`}, {`bag_pack("a", int(null), "b", now() - now())`, `{"a":null,"b":"00:00:00"}`}}},
	{Name: "bag_remove_keys", Sigs: []string{"(bag:dynamic, keys:dynamic):dynamic"}, Doc: "Removes keys, or paths such as $.a.b, from a bag.", Native: "kql_bag_remove_keys", Examples: []Example{{`bag_remove_keys(dynamic({"key1": 123, "key2": {"prop1": "abc", "prop2": "xyz"}, "key3": [1]}), dynamic(["$.key2.prop1", "key3"]))`, `{"key1":123,"key2":{"prop2":"xyz"}}`}}},
	{Name: "bag_set_key", Sigs: []string{"(bag:dynamic, key:string, value:json):dynamic"}, Doc: "Sets a key, or a path such as $.a.b, of a bag.", Native: "kql_bag_set_key", Examples: []Example{{`bag_set_key(dynamic({"key1": 1}), "key3", 3)`, `{"key1":1,"key3":3}`}, {`bag_set_key(dynamic({"k": {"p": 1}}), "$.k.q", "x")`, `{"k":{"p":1,"q":"x"}}`}, {`isnull(bag_set_key(dynamic([]), "a", 1))`, `true`}}},
	{Name: "bag_zip", Sigs: []string{"(keys:dynamic, values:dynamic):dynamic"}, Doc: "Makes a bag of an array of keys and an array of values; missing values are null.", Native: "kql_bag_zip", Examples: []Example{{`bag_zip(dynamic(["a", "b", "c"]), dynamic([1, "2"]))`, `{"a":1,"b":"2","c":null}`}, {`bag_zip(dynamic(["a"]), dynamic([1, 2]))`, `{"a":1}`}}},
	{Name: "dynamic_to_json", Sigs: []string{"(value:json):string"}, Doc: "Writes a value as JSON with the keys of bags sorted.", Native: "kql_dynamic_to_json", Examples: []Example{{`dynamic_to_json(dynamic({"b": 1, "a": {"d": 5, "c": [1, 2]}}))`, `{"a":{"c":[1,2],"d":5},"b":1}`}}},
	{Name: "extract_json", Aliases: []string{"extractjson"}, Sigs: []string{"(jsonPath:const string, source:string):string", "(jsonPath:const string, source:string, type:typeof T):T"}, Doc: "Returns what a path such as $.a[0].b leads to in JSON text, converted when a type is given.", Emit: emitExtractJSON,
		Examples: []Example{{`extract_json("$.hosts[1].AvailableMB", '{"hosts":[{"AvailableMB":5},{"AvailableMB":9}]}', typeof(int))`, `9`}, {`extract_json("$.a", '{"a":"x"}')`, `x`}, {`extract_json("$.b", "not json")`, ``}}},
	{Name: "jaccard_index", Sigs: []string{"(set1:dynamic, set2:dynamic):real"}, Doc: "Returns the share of the elements of two sets that both have.", Native: "kql_jaccard_index", Examples: []Example{{`jaccard_index(dynamic([1, 2, 3]), dynamic([1, 2, 3, 4]))`, `0.75`}}},
	{Name: "pack_all", Special: true, Sigs: []string{"([ignore_null_empty:const bool=false]):dynamic"}, Doc: "Makes a bag of all columns.", Examples: []Example{{`print a = 1, b = "" | project v = pack_all()`, `{"a":1,"b":""}`}}},
	{Name: "pack_array", Sigs: []string{"(value:json...):dynamic"}, Doc: "Makes an array of values.", Native: "kql_pack_array", Examples: []Example{{`pack_array(1, "2", 2s, real(null))`, `[1,"2","00:00:02",null]`}}},
	{Name: "parse_json", Aliases: []string{"parsejson", "todynamic", "toobject"}, Sigs: []string{"(json:string|dynamic):dynamic"}, Doc: "Reads JSON text; text that is no JSON becomes a dynamic string, and empty text null.", Emit: emitParseJSON, Naming: NameFirst,
		Examples: []Example{{`parse_json('{"a": 123, "b": [ 1, "x" ]}')`, `{"a":123,"b":[1,"x"]}`}, {`parse_json("not json")`, `not json`}, {`isnull(parse_json(""))`, `true`}, {`parse_json('{"a":')`, `{"a":`}, {`parse_json('{"a":"\\u00e9"}').a`, `é`}}},
	{Name: "parse_path", Sigs: []string{"(path:string):dynamic"}, Doc: "Takes a file path apart.", Native: "kql_parse_path",
		Examples: []Example{{`parse_path(@"C:\temp\file.txt").Filename`, `file.txt`}, {`parse_path("file://C:/temp/file.txt:some.exe")`, `{"Scheme":"file","RootPath":"C:","DirectoryPath":"C:/temp","DirectoryName":"temp","Filename":"file.txt","Extension":"txt","AlternateDataStreamName":"some.exe"}`},
			{`parse_path(@"\\shared\users\temp\file.txt.gz")`, `{"Scheme":"","RootPath":"","DirectoryPath":"\\\\shared\\users\\temp","DirectoryName":"temp","Filename":"file.txt.gz","Extension":"gz","AlternateDataStreamName":""}`}}},
	{Name: "parse_url", Aliases: []string{"parseurl"}, Sigs: []string{"(url:string):dynamic"}, Doc: "Takes an absolute URL apart.", Native: "kql_parse_url",
		Examples: []Example{{`parse_url("scheme://username:password@host:1234/this/is/a/path?k1=v1&k2=v2#fragment")`, `{"Scheme":"scheme","Host":"host","Port":"1234","Path":"/this/is/a/path","Username":"username","Password":"password","Query Parameters":{"k1":"v1","k2":"v2"},"Fragment":"fragment"}`}, {`parse_url("https://a.b").Host`, `a.b`}}},
	{Name: "parse_urlquery", Aliases: []string{"parseurlquery"}, Sigs: []string{"(query:string):dynamic"}, Doc: "Takes the query of a URL apart.", Native: "kql_parse_urlquery", Examples: []Example{{`parse_urlquery("k1=v1&k2=v2&k3")`, `{"Query Parameters":{"k1":"v1","k2":"v2","k3":""}}`}}},
	{Name: "parse_xml", Sigs: []string{"(xml:string):dynamic"}, Doc: "Reads XML: attributes have @ before their name, text beside them is #text, elements that repeat are arrays; null when it is not XML.", Native: "kql_parse_xml", Naming: NameFirst,
		Examples: []Example{{`parse_xml('<e name="value">text</e>')`, `{"e":{"@name":"value","#text":"text"}}`}, {`parse_xml("<e><a>1</a><b/><a>2</a></e>")`, `{"e":{"a":["1","2"],"b":null}}`}, {`isnull(parse_xml("<e>"))`, `true`}, {`parse_xml("<e>text</e>").e`, `text`}}},
	{Name: "range", Sigs: []string{"(start:long, stop:long, [step:long=1]):dynamic", "(start:real, stop:real, [step:real=1]):dynamic", "(start:datetime, stop:datetime, [step:timespan]):dynamic", "(start:timespan, stop:timespan, [step:timespan]):dynamic"}, Doc: "Returns the values from start to stop as an array of at most 1,048,576.", Emit: emitRange,
		Examples: []Example{{`range(1, 8, 3)`, `[1,4,7]`}, {`range(3, 1, -1)`, `[3,2,1]`}, {`range(1h, 3h)`, `["01:00:00","02:00:00","03:00:00"]`}, {`range(datetime(2007-01-01), datetime(2007-01-02), 1d)`, `["2007-01-01T00:00:00.0000000Z","2007-01-02T00:00:00.0000000Z"]`}, {`array_length(range(1, 1000000000))`, `1048576`}, {`range(5, 1)`, `[]`}}},
	{Name: "repeat", Sigs: []string{"(value:json, count:long):dynamic"}, Doc: "Returns an array of count times the value; null when count is negative.", Native: "kql_repeat", Naming: NamePrefix, Prefix: "repeat", Examples: []Example{{`repeat(1, 3)`, `[1,1,1]`}, {`repeat("a", 0)`, `[]`}, {`isnull(repeat(1, -1))`, `true`}}},
	{Name: "set_difference", Sigs: []string{"(set:dynamic...):dynamic"}, Doc: "Returns the different elements of the first array that no other has.", Native: "kql_set_difference", Examples: []Example{{`set_difference(dynamic([1, 2, 3, 3]), dynamic([2]))`, `[1,3]`}, {`set_difference(dynamic([1]), dynamic([1]))`, `[]`}}},
	{Name: "set_equals", Sigs: []string{"(set1:dynamic, set2:dynamic):bool"}, Doc: "Reports whether two arrays have the same elements.", Native: "kql_set_equals", Examples: []Example{{`set_equals(dynamic([1, 2]), dynamic([2, 1, 1]))`, `true`}}},
	{Name: "set_has_element", Sigs: []string{"(set:dynamic, value:json):bool"}, Doc: "Reports whether an array has an element.", Native: "kql_set_has_element", Examples: []Example{{`set_has_element(dynamic(["this", "is"]), "is")`, `true`}, {`set_has_element(dynamic(["1"]), 1)`, `false`}}},
	{Name: "set_intersect", Sigs: []string{"(set:dynamic...):dynamic"}, Doc: "Returns the different elements that all arrays have.", Native: "kql_set_intersect", Examples: []Example{{`set_intersect(dynamic([1, 2, 3, 1]), dynamic([1, 2]), dynamic([2, 1]))`, `[1,2]`}, {`set_intersect(dynamic([1]), dynamic([2]))`, `[]`}}},
	{Name: "set_union", Sigs: []string{"(set:dynamic...):dynamic"}, Doc: "Returns the different elements that any array has.", Native: "kql_set_union", Examples: []Example{{`set_union(dynamic(["A4", "A2"]), dynamic(["A2", "A7"]))`, `["A4","A2","A7"]`}}},
	{Name: "treepath", Sigs: []string{"(object:dynamic):dynamic"}, Doc: "Returns the paths of all that a bag has in it.", Native: "kql_treepath", Naming: NamePrefix, Prefix: "tree", Examples: []Example{{`treepath(parse_json('{"listProperty":[100,200,{"x":"y"}],"b":1}'))`, `["['listProperty']","['listProperty'][0]","['listProperty'][0]['x']","['b']"]`}}},
	{Name: "zip", Sigs: []string{"(array:dynamic...):dynamic"}, Doc: "Makes an array of arrays of the elements at the same index; missing ones are null.", Native: "kql_zip", Examples: []Example{{`zip(dynamic(["A", 1, 1.5]), dynamic([{}, "B"]))`, `[["A",{}],[1,"B"],[1.5,null]]`}}},
}
