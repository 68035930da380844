package builtin

// families is the whole table, one list per file.
var families = [][]Func{}
