package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/pipeline"
)

// source writes what a source is doing.
func (s *stream) source(o pipeline.SourceStatus) {
	s.text(`{"name":`)
	s.string(o.Name)
	s.text(`,"kind":`)
	s.string(o.Kind)
	s.text(`,"listens":[`)
	for i, l := range o.Listens {
		if i > 0 {
			s.text(",")
		}
		s.string(l)
	}
	s.text(`],"workspace":`)
	s.string(o.Workspace)
	s.text(`,"state":`)
	s.string(string(o.State))
	for _, n := range []struct {
		name  string
		value int64
	}{{"connections", int64(o.Connections)}, {"messages", o.Messages}, {"bytes", o.Bytes}} {
		s.text(`,"` + n.name + `":`)
		s.int(n.value)
	}
	s.text(`,"messagesPerSecond":` + strconv.FormatFloat(o.PerSecond, 'f', 3, 64) + `,"bytesPerSecond":` + strconv.FormatFloat(o.BytesSecond, 'f', 3, 64))
	latest := int64(0)
	if !o.Latest.IsZero() {
		latest = lazuli.Ticks(o.Latest)
	}
	s.instant("latest", latest)
	if o.Dropped >= 0 {
		s.text(`,"dropped":`)
		s.int(o.Dropped)
	}
	s.text(`,"lastError":`)
	s.string(o.LastError)
	s.text("}")
}

// adminSources says what every source is doing.
func (s *Server) adminSources(w http.ResponseWriter, r *http.Request) {
	var sources []pipeline.SourceStatus
	if s.o.Sources != nil {
		sources = s.o.Sources.Sources()
	}
	out := startStream(w, r, http.StatusOK)
	out.text(`{"sources":[`)
	for i, o := range sources {
		if i > 0 {
			out.text(",")
		}
		out.text("\n")
		out.source(o)
	}
	out.text("\n]}\n")
	_ = out.close() // the client left
}

// adminSwitchSource pauses a source or lets it go on.
func (s *Server) adminSwitchSource(pause bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var now pipeline.SourceStatus
		err := pipeline.ErrNoSource
		if s.o.Sources != nil {
			change := s.o.Sources.ResumeSource
			if pause {
				change = s.o.Sources.PauseSource
			}
			now, err = change(r.PathValue("source"))
		}
		switch {
		case err == nil:
			out := startStream(w, r, http.StatusOK)
			out.source(now)
			out.text("\n")
			_ = out.close() // the client left
		case errors.Is(err, pipeline.ErrNoSource):
			(&problem{status: http.StatusNotFound, code: codeNotFound, message: messageNoSuch,
				inner: &innerProblem{code: "SourceNotFound", message: "There is no source of that name."}}).answer(w, r)
		default:
			s.log.ErrorContext(r.Context(), "source not switched", "request", requestID(r.Context()), "error", err)
			message := lazuli.Public(err)
			if message == "" {
				message = "The source stays as it was; the server's log says why."
			}
			(&problem{status: http.StatusServiceUnavailable, code: "ServiceUnavailableError", message: message, retry: 5 * time.Second}).answer(w, r)
		}
	}
}
