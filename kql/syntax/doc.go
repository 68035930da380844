// Package syntax reads KQL text into a tree and prints trees as text. It knows the whole
// language, statements and operators, whether or not the rest of the compiler can run them: what
// is not supported is refused later, by name and with a place. The grammar is in grammar.txt.
//
// # Words
//
// Nearly every keyword of KQL can be the name of a column, so the lexer does not tell keywords
// from names: both are words, and the parser decides by what stands around them. A few dozen words
// cannot be a name in an expression (where, by, and, date, ...); they are an error that says to
// write ['where']. Where nothing but a name can stand (before `=` or `:`, behind a point) every word
// is one. Keywords with dashes (project-away) are one word, as are in~ and !has. Everything is
// case-sensitive but true and false.
//
// A type's name with a parenthesis right behind it is a literal up to the next closing
// parenthesis: datetime(2020-01-01), long(null). Only dynamic(...) has a grammar inside.
//
// # Expressions
//
// Precedence is Kusto's: string operators (has, =~, matches regex) bind tighter than `*`, then `+`,
// comparisons, equality with in and between, and, or. Comparisons, equality and string operators
// do not chain. A minus before a number is an operator, except where only a literal can stand
// (datatable, defaults, parameters, dynamic). `not` is a function.
//
// Parentheses are not in the tree, but in the spans. Pipelines are accepted wherever there are
// parentheses around them, also as the only argument of a function, which is what
// materialize(T | take 1) needs; whether a table makes sense there is for the binder to say. So are
// named expressions in where, unknown parameters of operators, and types that do not exist.
//
// # Errors
//
// The parser goes on behind an error: at the next comma of a list, at the next bar, semicolon or
// closing bracket. Parse reports each mistake once and keeps what it could read. Hostile texts,
// such as 100,000 opening parentheses, are an error too: nesting and the length of chains of
// operators are bounded.
//
// # Invariant
//
// For every text, parsing ends without panic, in time that grows with the text's length, with
// all spans inside of the text and of their parents' spans. For every text without errors, parsing
// what Format prints gives the same tree.
package syntax
