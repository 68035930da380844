// Package types has KQL's scalar types, columns and the catalog seam through
// which the binder learns what tables exist.
//
// It knows no syntax, no engine and no storage. What it protects: there is one
// spelling of every type, and every alias that Kusto accepts leads to it.
package types

import "strings"

// A Type is one of KQL's scalar types. The zero value is no type.
type Type uint8

// The scalar types of the language.
const (
	None     Type = iota
	Bool          // true, false or null
	DateTime      // 100 ns ticks since 0001-01-01T00:00:00Z
	Decimal       // 38 digits, 18 of them fractional
	Dynamic       // JSON
	Guid          // 128 bits
	Int           // 32 bits, signed
	Long          // 64 bits, signed
	Real          // IEEE 754 binary64
	String        // UTF-8; has no null, only the empty string
	Timespan      // 100 ns ticks, signed
)

var names = [...]string{"", "bool", "datetime", "decimal", "dynamic", "guid", "int", "long", "real", "string", "timespan"}

// String returns the name that the Log Analytics API gives the type.
func (t Type) String() string {
	if int(t) < len(names) {
		return names[t]
	}
	return "?"
}

// Parse returns the type of a KQL type name or one of its aliases.
func Parse(name string) (Type, bool) {
	switch strings.ToLower(name) {
	case "bool", "boolean":
		return Bool, true
	case "datetime", "date":
		return DateTime, true
	case "decimal":
		return Decimal, true
	case "dynamic":
		return Dynamic, true
	case "guid", "uuid", "uniqueid":
		return Guid, true
	case "int", "int32", "uint", "uint32", "int8", "uint8", "int16", "uint16":
		return Int, true
	case "long", "int64", "ulong", "uint64":
		return Long, true
	case "real", "double", "float":
		return Real, true
	case "string":
		return String, true
	case "timespan", "time":
		return Timespan, true
	}
	return None, false
}

// Numeric reports whether arithmetic promotion applies to t.
func (t Type) Numeric() bool { return t == Int || t == Long || t == Real || t == Decimal }

// A Column is a name and the type of its values.
type Column struct {
	Name string
	Type Type
}

// A Table is what a query can know of a table: its columns in order, and the
// hidden ones, which are found only by name and never by a star.
type Table struct {
	Name    string
	Columns []Column
	Hidden  []Column
}

// A Catalog answers what tables exist. Names are case-sensitive, as in Kusto.
type Catalog interface {
	// Table returns the table of that name.
	Table(name string) (*Table, bool)
	// Names returns the names of all tables, sorted. A table that exists only as
	// a schema, without a row, is among them.
	Names() []string
}
