// Package dialect writes plans as SQL.
//
// Whatever a plan says is data: text reaches SQL as a quoted literal in one
// place, names of tables and columns come from the caller, and every column of a
// subquery has a name of its own (c1, c2, ...), because the engine's names ignore
// case and KQL's do not. What the package protects: the SQL means what the plan
// means, nulls and overflows included, and never fails on data.
package dialect

import (
	"strings"

	"lazuli.dev/lazuli/kql/syntax"
)

// An Encoding is how the values of a string column are stored.
type Encoding uint8

// The encodings of string columns.
const (
	// Plain is one VARCHAR.
	Plain Encoding = iota
	// GUID is a UUID for canonical lower-case GUIDs, and beside it a VARCHAR for
	// every other value that is not empty, called like the first with "__text"
	// behind it. Both are NULL for the empty string.
	GUID
)

// A Physical is what a column is called in the engine.
type Physical struct {
	Name     string
	Encoding Encoding
}

// A Branch is one of the parts that hold the rows of a table.
type Branch struct {
	// From is what stands behind FROM, quoted as it must be.
	From string
	// Where is a condition on the branch's rows, or empty.
	Where string
	// Has reports whether the branch has a physical column; nil means that it has
	// all. A column that it lacks is null, or empty, in all of its rows.
	Has func(physical string) bool
}

// A Source is where the rows of a table are. Without branches it has none.
type Source struct {
	Branches []Branch
	// Physical returns what a column of the table is called; nil means that
	// columns are called as in KQL and plain.
	Physical func(column string) Physical
}

// Tables answers where tables are stored.
type Tables interface {
	// Source returns where the rows of a table are; ok is false for a table that
	// has no rows.
	Source(table string) (s Source, ok bool)
}

// Options say how a plan is to be written.
type Options struct {
	Tables Tables
	Now    int64 // ticks: what now() is
	// MaxRows bounds the rows of the result; 0 means no bound. One more row than
	// that is asked for, so that the caller can tell whether there were more.
	MaxRows int64
}

// Complaint is how the engine's error begins where the rows do not bear the query and the
// SQL says so itself. What follows is a sentence for the author of the query, the same
// for all data.
const Complaint = "Invalid Input Error: KQL: "

// complain writes the SQL that fails with a message.
func complain(message string) string {
	_, own, _ := strings.Cut(Complaint, ": ")
	return "error(" + quote(own+message) + ")"
}

// An Error is a call that cannot be written, with the place in the text.
type Error struct {
	Span    syntax.Span
	Message string
}

func (e *Error) Error() string { return e.Message }
