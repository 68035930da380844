package builtin

// families is the whole table, one list per file.
var families = [][]Func{
	addressFuncs, aggregateFuncs, conditionalFuncs, conversionFuncs, datetimeFuncs, dynamicFuncs, geoFuncs, mathFuncs, seriesFuncs, stringFuncs, windowFuncs,
}
