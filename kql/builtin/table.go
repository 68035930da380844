package builtin

// families is the whole table, one list per file.
var families = [][]Func{
	addressFuncs, aggregateFuncs, conditionalFuncs, conversionFuncs, datetimeFuncs, dynamicFuncs, geoFuncs, mathFuncs, seriesFuncs, stringFuncs, windowFuncs,
}

// nativeFamilies are the natives that the table's entries and the operators of
// the language call.
var nativeFamilies = [][]Native{
	addressNatives, arithmeticNatives, arrayNatives, axisNatives, bagNatives, calendarNatives, conversionNatives, foldNatives, geoNatives, keyValueNatives, parseNatives, pathNatives,
	regexNatives, searchNatives, seriesNatives, shellNatives, textNatives,
}
