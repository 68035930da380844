package query

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/kql"
	"lazuli.dev/lazuli/kql/dialect"
	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/store"
)

// Options of an Engine.
type Options struct {
	Limits  Limits // of a query that does not ask for less; 0 is the default of each
	Running int    // queries at a time; 0 means two for each processor
	Waiting int    // queries that wait for a place; 0 means 100
	// Held is how many bytes the results that were not closed may have together, those of running
	// queries counted at their limit; 0 means eight times Limits.Bytes.
	Held int64
	// Memory is the size of the process, in bytes, from which the queries that run are ended; 0 means four
	// fifths of the machine's or of the control group's, below 0 never.
	Memory int64
	Clock  func() time.Time
	Log    *slog.Logger // nil means slog.Default
}

// An Engine answers questions on one store. It is safe for concurrent use and need not be closed.
type Engine struct {
	store *store.Store
	o     Options
	admit *admission
	held  *semaphore.Weighted
	watch *watch
}

// Init makes the functions that the compiler's SQL calls known to an engine; it is the hook of that name in
// store.Options.
func Init(conn *sql.Conn) error { return duck.RegisterNatives(conn, native.All()) }

// New makes an Engine on a store that was opened with Init.
func New(st *store.Store, o Options) *Engine {
	def := func(p *int64, v int64) {
		if *p == 0 {
			*p = v
		}
	}
	def((*int64)(&o.Limits.Time), int64(DefaultTime))
	def(&o.Limits.Rows, DefaultRows)
	def(&o.Limits.Bytes, DefaultBytes)
	if o.Running == 0 {
		o.Running = 2 * runtime.GOMAXPROCS(0)
	}
	if o.Waiting == 0 {
		o.Waiting = 100
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	def(&o.Held, 8*o.Limits.Bytes)
	o.Held = max(o.Held, o.Limits.Bytes)
	return &Engine{st, o, newAdmission(o.Running, o.Waiting), semaphore.NewWeighted(o.Held), newWatch(o.Memory)}
}

// limits fills in what the request leaves open. A request may ask for more time, up to MaxTime, but not for a
// larger result: the clients' libraries rely on the limit as much as the server's memory does.
func (e *Engine) limits(l Limits) Limits {
	if l.Time <= 0 {
		l.Time = e.o.Limits.Time
	}
	l.Time = min(l.Time, MaxTime)
	if l.Rows <= 0 || l.Rows > e.o.Limits.Rows {
		l.Rows = e.o.Limits.Rows
	}
	if l.Bytes <= 0 || l.Bytes > e.o.Limits.Bytes {
		l.Bytes = e.o.Limits.Bytes
	}
	return l
}

// Run answers one question. The error is *kql.Error where the text is wrong and *Error otherwise. The result
// must be closed.
func (e *Engine) Run(ctx context.Context, r Request) (*Result, error) {
	limits := e.limits(r.Limits)
	began := time.Now()
	if r.Now == 0 {
		r.Now = lazuli.Ticks(e.o.Clock())
	}
	span, err := ParseTimespan(r.Timespan, r.Now)
	if err != nil {
		return nil, &Error{Kind: BadRequest, Message: err.Error()}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limits.Time, errTimeout)
	defer cancel()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	result, err := e.run(ctx, end, r, span, limits, began)
	if err != nil {
		return nil, e.explain(ctx, r.ID, limits, err)
	}
	result.Stats.Time = time.Since(began)
	return result, nil
}

func (e *Engine) run(ctx context.Context, end context.CancelCauseFunc, r Request, span *TimeRange, limits Limits, began time.Time) (_ *Result, err error) {
	leave, err := e.admit.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	// Room for the largest result that this can become; what it does not need goes back below.
	if err := e.held.Acquire(ctx, limits.Bytes); err != nil {
		return nil, err
	}
	result := &Result{Stats: Stats{Waited: time.Since(began)}}
	defer func() {
		kept := result.Stats.BytesResult
		if err != nil {
			kept = 0
		}
		e.held.Release(limits.Bytes - kept)
		result.release = func() { e.held.Release(kept) }
	}()
	view, err := e.store.View(ctx)
	if err != nil {
		return nil, err
	}
	// The rows outlive the view: they are copied out of the engine.
	defer func() { err = errors.Join(err, view.Close()) }()

	defer e.watch.add(end)()
	started := time.Now()
	program, err := compile(ctx, view, r, span, limits)
	if err != nil {
		return nil, err
	}
	result.Stats.Compile = time.Since(started)
	for _, name := range program.Tables {
		held := TableStats{Name: name}
		for _, w := range r.workspaces() {
			if t, ok := view.Table(w, name); ok {
				held.Rows += t.Rows
			}
		}
		result.Stats.Tables = append(result.Stats.Tables, held)
		result.Stats.RowsHeld += held.Rows
	}
	result.Render = program.Render
	left := duck.Limits{Rows: limits.Rows, Bytes: limits.Bytes}
	for _, p := range program.Results {
		data, err := duck.Collect(ctx, view.Conn(), p.SQL, left)
		if err == nil {
			err = data.Check(p.Columns)
		}
		if err != nil {
			return nil, err
		}
		result.Tables = append(result.Tables, Table{p.Name, p.Columns, data, p.RowIDs})
		result.Stats.RowsResult += data.Rows
		result.Stats.BytesResult += data.Bytes
		if left.Rows, left.Bytes = left.Rows-data.Rows, left.Bytes-data.Bytes; data.Cut || left.Rows <= 0 || left.Bytes <= 0 {
			if data.Cut || len(result.Tables) < len(program.Results) {
				result.Partial = tooLarge(limits)
			}
			break
		}
	}
	return result, nil
}

func compile(ctx context.Context, view *store.View, r Request, span *TimeRange, limits Limits) (*kql.Program, error) {
	c := newCatalog(view, &r, span)
	o := kql.Options{Catalog: c, Tables: c, Now: r.Now, Parameters: r.Parameters, MaxRows: limits.Rows, RowWise: r.RowWise, RowIDs: r.RowIDs, Database: r.Workspace}
	if span != nil {
		o.TimeRange = &[2]int64{span.From, span.To}
	}
	o.Ask = func(sql string) (texts []string, err error) {
		data, err := duck.Collect(ctx, view.Conn(), sql, duck.Limits{Bytes: limits.Bytes})
		if err != nil {
			return nil, err
		}
		for _, b := range data.Batches {
			for row := range b.Rows {
				texts = append(texts, string(b.Text(0, row)))
			}
		}
		return texts, nil
	}
	program, err := kql.Compile(r.Text, o)
	var wrong *kql.Error
	if errors.As(err, &wrong) {
		// With the names of all tables that are known, "union Device*" of a workspace without devices is an
		// empty table, and a wrong name gets the best suggestion.
		c.all = true
		program, err = kql.Compile(r.Text, o)
	}
	return program, err
}

func tooLarge(limits Limits) *Error {
	return &Error{Kind: TooLarge, Message: fmt.Sprintf("The result has more than %d rows or %d bytes; the rest is left out.", limits.Rows, limits.Bytes)}
}

// explain makes of what went wrong what may be told.
func (e *Engine) explain(ctx context.Context, id string, limits Limits, err error) error {
	var text *kql.Error
	var known *Error
	var failed *duck.Failure
	switch {
	case errors.As(err, &text), errors.As(err, &known):
		return err
	case errors.Is(context.Cause(ctx), errTimeout):
		return &Error{Kind: Timeout, Message: "The query took longer than its " + limits.Time.String() + ".", cause: err}
	case errors.Is(context.Cause(ctx), errMemory):
		return &Error{Kind: Memory, Message: needsMemory, cause: errMemory}
	case ctx.Err() != nil:
		return &Error{Kind: Canceled, Message: "The query was cancelled.", cause: context.Cause(ctx)}
	case errors.As(err, &failed) && failed.Kind == duck.OutOfMemory:
		return &Error{Kind: Memory, Message: needsMemory, cause: err}
	case errors.As(err, &failed) && failed.Kind == duck.Failed:
		if message, ok := strings.CutPrefix(failed.Text, dialect.Complaint); ok {
			return &Error{Kind: BadQuery, Message: message, cause: err}
		}
		for prefix, message := range failures {
			if strings.HasPrefix(failed.Text, prefix) {
				return &Error{Kind: BadQuery, Message: message, cause: err}
			}
		}
	}
	e.o.Log.ErrorContext(ctx, "query failed inside the server", "request", id, "error", err)
	return &Error{Kind: Internal, Message: "Something went wrong inside the server. Its log has the cause under the id " + id + ".", cause: err}
}

const needsMemory = "The query needs more memory than the server gives it. Ask for fewer rows or columns, or group by something with fewer values."

// failures are what the engine says when the data does not bear the query, and what that means.
var failures = map[string]string{
	"Out of Range Error": "A number or time became too large for its type while the query ran.",
	"Conversion Error":   "A value could not be converted to the type that the query needs.",
}
