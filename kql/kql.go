// Package kql compiles the Kusto Query Language to SQL.
//
// It is the front door of the compiler, which imports only the standard library
// and knows no driver. What it protects: a text either becomes statements that
// mean what Kusto means by it, or an error that says where it is wrong, by name
// and place.
package kql

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"lazuli.dev/lazuli/kql/bind"
	"lazuli.dev/lazuli/kql/dialect"
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// MaxText is how long a query may be, in bytes: longer than any that a person or
// a rule library writes, short enough that compiling one costs milliseconds.
const MaxText = 1 << 20

// Options are what a query means apart from its text.
type Options struct {
	// Catalog has the tables that names can mean; nil is one without tables.
	Catalog types.Catalog
	// Tables has where their rows are; with nil no table has any.
	Tables dialect.Tables
	// Now is the instant that now() means, in ticks of 100 ns since 0001-01-01.
	Now int64
	// TimeRange bounds TimeGenerated of every table that is read, in ticks: [0] is
	// included, [1] is not. Nil is no bound.
	TimeRange *[2]int64
	// Parameters are the values of `declare query_parameters`: KQL literals, or for
	// strings any text.
	Parameters map[string]string
	// MaxRows bounds the rows of each result; one more is asked for, so that the
	// caller can tell. 0 is no bound.
	MaxRows int64
	// RowWise refuses every operator that does not make each of its rows of one row
	// of a table, and puts the row's _Seq and _TimeReceived at the end of the result.
	RowWise bool
	// RowIDs adds to every result whose rows are each made of one row of a table a last column _Seq, which says of
	// which; aggregated results get none. See [Result.RowIDs].
	RowIDs bool
	// Ask runs a statement of one text column while the query is compiled, and returns
	// the texts: what columns some plug-ins make depends on the rows. nil refuses those
	// with the code NeedsRows.
	Ask func(sql string) ([]string, error)
	// Database is what current_database() answers.
	Database string
}

// A Program is a compiled query.
type Program struct {
	Results []Result
	// Render says how a client should draw the last result; nil when the query
	// does not say.
	Render *plan.Render
	// Tables are the names of the tables that are read, sorted.
	Tables []string
}

// A Result is one answer of a query.
type Result struct {
	Name    string
	Columns []types.Column
	// SQL is one statement. The columns of its result are Columns, in that order,
	// whatever their names there.
	SQL string
	// Ordered tells whether the order of the rows has a meaning.
	Ordered bool
	// RowIDs says that the last column was added by the option of that name.
	RowIDs bool
}

// An Error is a fault of a query's text.
type Error struct {
	Span syntax.Span
	// Code is Kusto's code for the fault where it has one: SYN... for syntax, SEM...
	// for meaning; LAZ... for what only this compiler refuses.
	Code       string
	Message    string
	Suggestion string // a sentence, mostly without its full stop; may be empty
	Line, Pos  int    // where Span begins, from 1
	Token      string // the text of Span, or its beginning
}

// maxToken bounds how much of a query an error repeats.
const maxToken = 120

func (e *Error) Error() string {
	s := fmt.Sprintf("%s: %s", e.Code, e.Message)
	if e.Suggestion != "" {
		s += ". " + e.Suggestion
	}
	return fmt.Sprintf("%s [line %d, column %d]", s, e.Line, e.Pos)
}

func fault(text string, at syntax.Span, code, message, suggestion string) *Error {
	pos := syntax.PositionAt(text, at.Start)
	token := at.Text(text)
	if len(token) > maxToken {
		token = token[:maxToken]
	}
	if first, n := utf8.DecodeRuneInString(suggestion); n > 0 {
		suggestion = string(unicode.ToUpper(first)) + suggestion[n:]
	}
	return &Error{Span: at, Code: code, Message: message, Suggestion: suggestion, Line: pos.Line, Pos: pos.Column, Token: token}
}

// NeedsRows is the code of the error that says that only the rows can tell which columns
// a query has, and that Options.Ask is nil.
const NeedsRows = bind.NeedsRows

// Compile compiles a query. The error is an *Error, or that of Options.Ask.
func Compile(text string, o Options) (*Program, error) {
	q, err := Plan(text, o)
	if err != nil {
		return nil, err
	}
	p := &Program{Tables: q.Tables}
	for _, r := range q.Results {
		sql, err := dialect.DuckDB(r, dialect.Options{Tables: o.Tables, Now: o.Now, MaxRows: o.MaxRows})
		if err != nil {
			var fe *dialect.Error
			if errors.As(err, &fe) {
				return nil, fault(text, fe.Span, "SEM0005", fe.Message, "")
			}
			return nil, err
		}
		res := Result{Name: r.Name, SQL: sql, Ordered: len(r.Order) > 0, RowIDs: r.RowIDs}
		for _, f := range r.Fields {
			res.Columns = append(res.Columns, types.Column{Name: f.Name, Type: f.Col.Type})
		}
		p.Results = append(p.Results, res)
		p.Render = r.Render
	}
	return p, nil
}

// Plan compiles a query as far as its optimized plan. The error is an *Error, or that of
// Options.Ask.
func Plan(text string, o Options) (*plan.Query, error) {
	if len(text) > MaxText {
		return nil, fault("", syntax.Span{}, "LAZ0002", fmt.Sprintf("the query is longer than %d bytes", MaxText), "shorten it, for example with a table in place of a long list")
	}
	if o.Catalog == nil {
		o.Catalog = nothing{}
	}
	tree, errs := syntax.Parse(text)
	if len(errs) > 0 {
		return nil, fault(text, errs[0].At, "SYN0002", "Query could not be parsed: "+errs[0].Msg, "")
	}
	bo := bind.Options{Catalog: o.Catalog, Now: o.Now, TimeRange: o.TimeRange, Parameters: o.Parameters, RowWise: o.RowWise, RowIDs: o.RowIDs, Database: o.Database}
	if o.Ask != nil {
		bo.Distinct = o.distinct
	}
	q, err := bind.Query(tree, bo)
	if err != nil {
		var fe *bind.Error
		if errors.As(err, &fe) {
			return nil, fault(text, fe.Span, fe.Code, fe.Message, fe.Suggestion)
		}
		return nil, err
	}
	plan.Optimize(q)
	return q, nil
}

// distinct asks for the different texts of a column.
func (o Options) distinct(op plan.Op, c *plan.Column, most int) ([]string, error) {
	r := &plan.Result{
		Op:     &plan.Aggregate{In: op, Keys: []plan.Item{{Col: c, X: &plan.Ref{Col: c}}}},
		Fields: []plan.Field{{Name: c.Name, Col: c}},
	}
	restore := plan.OptimizeApart(r)
	defer restore()
	sql, err := dialect.DuckDB(r, dialect.Options{Tables: o.Tables, Now: o.Now, MaxRows: int64(most)})
	if err != nil {
		return nil, err
	}
	return o.Ask(sql)
}

// nothing is a catalog without tables.
type nothing struct{}

func (nothing) Table(string) (*types.Table, bool) { return nil, false }
func (nothing) Names() []string                   { return nil }
