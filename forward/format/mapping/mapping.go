// Package mapping says, in one table, how the columns of Log Analytics tables are called in the formats that
// receivers read: CEF, LEEF 2.0 and the Elastic Common Schema.
//
// Invariant: a mapping renames and reshapes, it never loses. A column that it does not name, or whose value
// does not fit the field it names, goes out under the column's own name; only a column whose value another
// column repeats is left out, and then the mapping says so with "-".
package mapping

import "slices"

// A Mapping is how rows of some tables are called.
type Mapping struct {
	Tables []string // none: all tables that no other mapping names
	Doc    string   // one sentence

	// The header of CEF and LEEF. Class tells kinds of events apart; it is written behind the table's name.
	// Name is for people. Severity is from 0 to 10; where nothing gives one it is 3.
	Bare                     bool     // Class stands alone, and values are as long as they are: the rows came in the format
	Revision                 []Choice // of the format CEF; 0 where nothing gives one
	Vendor, Product, Version []Choice
	Class, Name, Severity    []Choice

	// Dataset is the second part of the data stream's name in Elasticsearch, Rest the object that takes
	// the columns which have no field of their own, their names in snake_case.
	Dataset, Rest string
	KeepNames     bool // the rest's names are those of the columns, as the object's other names are not in snake_case

	Fields   []Field
	Examples []Example

	// Relay is what rows that came as syslog say about the header they came with; nil for all others.
	Relay *Relay
}

// A Relay says which columns hold the header that a message of syslog came with, and its text.
type Relay struct {
	Facility, Severity     []Choice // names, as in RFC 5424's tables
	Host, App, Process, ID []Choice // HOSTNAME, APP-NAME, PROCID, MSGID
	Data                   []Choice // STRUCTURED-DATA as it is written
	Text                   []Choice // what stood behind the header; none: the row as CEF
}

// A Choice is one way to come by a text; the first that gives one counts.
type Choice struct {
	From  string            // as in Field
	Words map[string]string // as in Field
	Then  string            // as From: what follows behind a colon, where there is one
}

// A Field is one column, or a part of one, and its names.
type Field struct {
	// From is where the value comes from: a column, a path into a dynamic one (A.b, A[0].b, A[member with dots]),
	// =text, or @table, @workspace, @id, @time; several with | between them, of which the first that
	// is not empty counts.
	From string
	CEF  string // key; "" leaves the column to the rest, "-" leaves it out
	// Label of a CEF key that means nothing by itself, as cs1 and cn1.
	Label string
	LEEF  string // key, as CEF
	// ECS are the fields of the Elastic Common Schema, with blanks between; one that ends in [] is a list, to
	// which several fields may add.
	ECS string
	As  As
	// Words replaces values; "*" stands for all others, which without it are left as they are. A word that is
	// empty makes the value one that does not fit.
	Words map[string]string
	// When is a condition, Column=value|value: the field counts for rows in which the column has one of the values; with
	// != for all others. Fields with opposite conditions may have the same name.
	When string
	// Repeats is the column that says the same as one that is left out: while it is empty, the other stays. With a =
	// before it the other stays unless both have the same value.
	Repeats string
}

// As says how a value is written.
type As uint8

const (
	Text        As = iota // as it is
	Int                   // a whole number, without a fraction of zero
	Port                  // the same, from 0 to 65535
	Float                 // a number
	Address               // an IP address, without port
	AddressPort           // the port behind an address
	MAC                   // six bytes with : between
	Time                  // milliseconds since 1970 in CEF and LEEF
	Nanos                 // milliseconds as nanoseconds
	Lower                 // in lower case
	User                  // what stands before the @
	Domain                // what stands behind the @
	File                  // what stands behind the last / or \
	List                  // a list of texts or numbers, also when it is written as a text
	JSON                  // an object or a list of objects, also when it is written as a text
	Snake                 // the same, the names of its members in snake_case
	Indexed               // the same, and arrays are objects whose members are called 0, 1, 2
	Data                  // the elements of structured data, RFC 5424, as an object
	Pairs                 // key=value;key=value, each a key of its own in CEF and LEEF
	Members               // members of an object whose name begins with "extension.", each a key of its own in CEF
)

var asNames = [...]string{"", "whole number", "port", "number", "address", "port behind the address", "MAC address", "time", "milliseconds to nanoseconds", "lower case", "part before @", "part behind @", "file's name", "list", "JSON", "snake_case", "snake_case, arrays by index", "structured data as an object", "each pair a key of its own", "each extension a key of its own"}

// String names it for the manual.
func (a As) String() string { return asNames[a] }

// An Example is a row and what becomes of it; each runs as a test.
type Example struct {
	Table, Row      string
	CEF, LEEF, Core string // without what every event has: its time and id. Core is that of ECS
}

// For is the mapping of a table.
func For(table string) *Mapping {
	for i := range all {
		if slices.Contains(all[i].Tables, table) {
			return &all[i]
		}
	}
	return &all[len(all)-1]
}

// HasHeader reports whether rows of a table came with a header of syslog, of which the hidden column _Unmapped has a part.
func HasHeader(table string) bool { return For(table).Relay != nil }

// All are the mappings, the one for all other tables last.
func All() []Mapping { return all }

// A Format is what names are taken of.
type Format uint8

const (
	CEF Format = iota
	LEEF
	ECS
	Syslog // the header of a message
)

// name is the field's name in a format.
func (f *Field) name(format Format) string {
	switch format {
	case CEF:
		return f.CEF
	case LEEF:
		return f.LEEF
	case ECS:
		return f.ECS
	}
	return ""
}
