package decode

import (
	"slices"

	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/schema"
)

// A Mark says what a mapping rests on.
type Mark uint8

const (
	// Sample: the field was seen in real records and a test reads one.
	Sample Mark = iota
	// Documented: the vendor's documentation names the field.
	Documented
	// Derived: concluded from names and from how similar records look.
	Derived
)

// String returns the name of the mark in lower case.
func (m Mark) String() string { return [...]string{"sample", "documented", "derived"}[m] }

// An Entry is everything that is known of one kind of record: how it is
// recognised, the table it goes to, and where each column comes from. The
// scanner runs entries; the manual is made from them.
type Entry struct {
	Service string // the part of Azure that writes the records
	Table   string
	Match   Match
	Doc     string
	Columns []Column
	Explode string   // the step that makes several rows of one record, see [Steps]
	Reshape string   // the step that makes other records of one, which are decoded in its place, see [Steps]
	Same    []string // wire paths whose values together tell that two records are the same event
}

// Match says which records an entry is for. All comparisons ignore case.
type Match struct {
	// Categories are values of the field category.
	Categories []string
	// Resources are resource providers (microsoft.aadiam) or types
	// (microsoft.keyvault/vaults), as resourceId names them. "" is a record that
	// names none, "*" any record. Empty means "*".
	Resources []string
	// Except are providers or types that share a category with the entry and
	// are not meant.
	Except []string
	// Shape recognises records without a category; see the function shape. Several
	// have | between them.
	Shape string
}

// A Column says where the value of one column comes from.
type Column struct {
	Name string
	// From is a path in the wire record ("properties.userId"; keys are compared
	// without case), several of them separated by | where the first with a value
	// is taken, a constant after =, or after @ a value that the entry's Explode
	// step makes.
	From string
	How  string // a named step that computes the value, see [Steps]; "" takes it as it is
	Mark Mark
	Doc  string
}

// Type returns the type of the column in its table.
func (e Entry) Type(column string) types.Type {
	t, _ := schema.Lookup(e.Table)
	c, _ := t.Column(column)
	return c.Type
}

// entries is the table of tables, one line per service.
var entries = slices.Concat(entra, activity, network, keyVault, storage, windows, syslogLines, cefLines, telemetry, defender, hunting, exported, diagnostics)

// Entries returns all entries, for documentation.
func Entries() []Entry { return slices.Clone(entries) }

// Steps returns the named steps that entries use, with what they do.
func Steps() map[string]string {
	m := map[string]string{}
	for name, s := range steps {
		m[name] = s.doc
	}
	for name, x := range explosions {
		m[name] = x.doc
	}
	for name, r := range reshapes {
		m[name] = r.doc
	}
	return m
}
