package query

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/kql"
	"lazuli.dev/lazuli/kql/dialect"
)

// What is told never has SQL, paths or the engine's words in it; the log has them under the request's id.
func TestExplain(t *testing.T) {
	var log bytes.Buffer
	e := New(nil, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	over, cancel := context.WithTimeoutCause(context.Background(), 0, errTimeout)
	defer cancel()
	<-over.Done()
	left, leave := context.WithCancel(context.Background())
	leave()
	grown, end := context.WithCancelCause(context.Background())
	end(errMemory)
	f := func(ctx context.Context, err error, want Kind, logged bool) {
		t.Helper()
		log.Reset()
		got := e.explain(ctx, "id-7", Limits{Time: time.Second}, err)
		var failed *Error
		if !errors.As(got, &failed) || failed.Kind != want {
			t.Errorf("%v is told as %v", err, got)
			return
		}
		if strings.Contains(got.Error(), "SELECT") || strings.Contains(got.Error(), "/data") || !errors.Is(got, err) && ctx.Err() == nil {
			t.Errorf("%v is told as %v, which wraps %v", err, got, errors.Unwrap(got))
		}
		if said := log.String(); logged != (strings.Contains(said, "SELECT") && strings.Contains(said, "id-7")) {
			t.Errorf("%v is logged as %q", err, said)
		}
	}
	f(over, &duck.Failure{Text: "INTERRUPT Error: SELECT"}, Timeout, false)
	f(grown, &duck.Failure{Text: "INTERRUPT Error: SELECT"}, Memory, false)
	f(left, &duck.Failure{Text: "INTERRUPT Error: SELECT"}, Canceled, false)
	f(context.Background(), &duck.Failure{Kind: duck.OutOfMemory, Text: "Out of Memory Error: /data/tmp SELECT"}, Memory, false)
	f(context.Background(), &duck.Failure{Text: "Out of Range Error: Overflow in SELECT"}, BadQuery, false)
	f(context.Background(), &duck.Failure{Text: "Conversion Error: in SELECT"}, BadQuery, false)
	f(context.Background(), &duck.Failure{Text: dialect.Complaint + "too long"}, BadQuery, false)
	f(context.Background(), &duck.Failure{Text: "Binder Error: in SELECT"}, Internal, true)
	f(context.Background(), &duck.Failure{Kind: duck.Refused, Text: "run statement: SELECT"}, Internal, true)
	f(context.Background(), errors.New("open /data/x: SELECT"), Internal, true)

	wrong := &kql.Error{Code: "SEM0100"}
	if got := e.explain(context.Background(), "", Limits{}, wrong); got != error(wrong) {
		t.Errorf("an error of the text becomes %v", got)
	}
}
