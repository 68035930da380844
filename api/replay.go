package api

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/pipeline"
)

// replay appends the state of a replay.
func (s *stream) replay(r *pipeline.Replay) {
	s.text(`,"replay":{"done":` + strconv.FormatBool(r.Done) + `,"progress":` + strconv.FormatFloat(r.Progress, 'f', 4, 64))
	s.instant("from", lazuli.Ticks(r.From))
	s.instant("to", lazuli.Ticks(r.To))
	for _, n := range []struct {
		name  string
		value int64
	}{{"delivered", r.Delivered}, {"rejected", r.Rejected}, {"retried", r.Retried}, {"failures", int64(r.Failures)}} {
		s.text(`,"` + n.name + `":`)
		s.int(n.value)
	}
	s.text(`,"lastError":`)
	s.string(r.LastError)
	s.text("}")
}

// adminReplay begins to send a window again.
func (s *Server) adminReplay(w http.ResponseWriter, r *http.Request) {
	var window struct{ From, To *time.Time }
	if p := readBody(w, r, &window); p != nil {
		p.answer(w, r)
		return
	}
	if window.From == nil || window.To == nil {
		badRequest("from and to are needed, each a time such as 2026-11-19T00:00:00Z.").answer(w, r)
		return
	}
	err := pipeline.ErrNoOutput
	if s.o.Replay != nil {
		err = s.o.Replay(r.PathValue("output"), *window.From, *window.To)
	}
	switch {
	case err == nil:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, "{}\n") // the client left
	case errors.Is(err, pipeline.ErrNoOutput):
		(&problem{status: http.StatusNotFound, code: codeNotFound, message: messageNoSuch,
			inner: &innerProblem{code: "OutputNotFound", message: "There is no output of that name."}}).answer(w, r)
	case lazuli.KindOf(err) == lazuli.Conflict:
		(&problem{status: http.StatusConflict, code: "ConflictError", message: lazuli.Public(err)}).answer(w, r)
	case lazuli.KindOf(err) == lazuli.Invalid:
		badRequest(lazuli.Public(err)).answer(w, r)
	default:
		(&problem{status: http.StatusServiceUnavailable, code: "ServiceUnavailableError", message: lazuli.Public(err), retry: 5 * time.Second}).answer(w, r)
	}
}
