package builtin

// families is the whole table, one list per file.
var families = [][]Func{}

// nativeFamilies are the natives that the table's entries and the operators of
// the language call.
var nativeFamilies = [][]Native{}
