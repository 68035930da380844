// Package query runs KQL against the store: it offers the compiler the tables there are, runs the
// SQL it gets back under limits, and hands over rows with statistics.
//
// Invariants: no SQL runs that the compiler did not write, on an engine that is locked down; what a
// caller is told about a failure never quotes SQL, paths or data, the cause is logged instead; every
// query ends soon after its context, its time or its caller does.
package query

import (
	"context"
	"errors"
	"time"

	"lazuli.dev/lazuli/kql/plan"
)

// The limits where neither the request nor the configuration says otherwise, and the longest time that a
// request may ask for. They are those of Log Analytics.
const (
	DefaultTime  = 3 * time.Minute
	MaxTime      = 10 * time.Minute
	DefaultRows  = 500_000
	DefaultBytes = 64 << 20
)

// Limits bound one query. Zero means the engine's own.
type Limits struct {
	Time  time.Duration // from asking to the last row, waiting for a place included
	Rows  int64         // of all results together
	Bytes int64         // of the values of all results together
}

// A Request is one question.
type Request struct {
	Workspace string   // name of the workspace
	More      []string // names of further workspaces whose rows are read too
	Text      string   // KQL
	Timespan  string   // see ParseTimespan; "" is no bound
	Now       int64    // what now() is, in ticks; 0 is the time when the query starts
	Limits    Limits
	// Parameters are the values of declared query parameters, as KQL literals.
	Parameters map[string]string
	// Resource confines the rows to those whose _ResourceId is this Azure resource, group or subscription
	// or lies below it; "" does not confine.
	Resource string
	// AfterSeq and UptoSeq, where UptoSeq is not 0, confine the rows to AfterSeq < _Seq <= UptoSeq.
	AfterSeq, UptoSeq int64
	// RowWise refuses everything but operators that look at one row at a time, and adds the system columns
	// to the result; see the compiler's option of that name.
	RowWise bool
	// RowIDs adds to row-wise results the _Seq of each row; see Table.RowIDs.
	RowIDs bool
	// ID names the request in logs; it is the correlation id of errors.
	ID string
}

// A Result is the answer. Close must be called: until then its bytes count against what all results
// together may hold.
type Result struct {
	Tables []Table
	Render *plan.Render // how the last table wants to be drawn; nil when the query does not say
	Stats  Stats
	// Partial says why rows are missing at the end; nil when none are.
	Partial *Error

	release func()
}

// Close lets go of the rows. It may be called twice.
func (r *Result) Close() {
	if r.release != nil {
		r.release()
	}
	r.Tables, r.release = nil, nil
}

// Stats says what a query cost.
type Stats struct {
	Time        time.Duration // from asking to the last row
	Waited      time.Duration // part of Time: for a place
	Compile     time.Duration // part of Time
	Tables      []TableStats  // that were read
	RowsHeld    int64         // in those tables
	RowsResult  int64
	BytesResult int64
}

// TableStats says how large a table was that the query read.
type TableStats struct {
	Name string
	Rows int64
}

// A Kind says what went wrong with a query.
type Kind uint8

const (
	// Internal is a fault of ours; the log has it under the request's id.
	Internal Kind = iota
	// BadRequest: something in the request other than the query's text is wrong.
	BadRequest
	// BadQuery: the query cannot be answered with the data as it is.
	BadQuery
	// Timeout: the time of the query is over.
	Timeout
	// Canceled: the one who asked left.
	Canceled
	// TooLarge: the result has more rows or bytes than allowed.
	TooLarge
	// Busy: too many queries are waiting already.
	Busy
	// Memory: the query needs more memory than the engine has.
	Memory
)

// An Error is why a query did not answer, or not in full. Errors of the query's text are *kql.Error instead.
type Error struct {
	Kind    Kind
	Message string        // for the one who asked
	Retry   time.Duration // when to ask again, where that may help
	cause   error
}

// Error returns the public message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause, which is for the log only; nil when there is none.
func (e *Error) Unwrap() error { return e.cause }

var errTimeout = errors.New("the query's time is over")

// admission lets a number of queries run and a number wait; memory is the engine's as a whole, so
// more queries at once would only make each other fail.
type admission struct {
	places chan struct{} // one in it for each query that runs
	line   chan struct{} // one in it for each query that runs or waits
}

func newAdmission(running, waiting int) *admission {
	return &admission{make(chan struct{}, running), make(chan struct{}, running+waiting)}
}

// enter waits for a place and returns how to leave it. It fails at once when the line is full, and when
// ctx ends first.
func (a *admission) enter(ctx context.Context) (leave func(), err error) {
	select {
	case a.line <- struct{}{}:
	default:
		return nil, &Error{Kind: Busy, Message: "Too many queries are running and waiting. Ask again in a few seconds.", Retry: 5 * time.Second}
	}
	select {
	case a.places <- struct{}{}:
		return func() { <-a.places; <-a.line }, nil
	case <-ctx.Done():
		<-a.line
		return nil, context.Cause(ctx)
	}
}
