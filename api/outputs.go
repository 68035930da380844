package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/pipeline"
)

// stateUnconfigured is the state of what is left of an output that is not configured any more.
const stateUnconfigured pipeline.OutputState = "unconfigured"

// outputAnswer is an output as administrators see it.
type outputAnswer struct {
	Name            string               `json:"name"`
	Kind            string               `json:"kind"`
	To              string               `json:"to"`
	Workspace       string               `json:"workspace"`
	Query           string               `json:"query"`
	State           pipeline.OutputState `json:"state"`
	PausedSince     *time.Time           `json:"pausedSince"`
	Busy            bool                 `json:"busy"`
	Cursor          int64                `json:"cursor"`
	Stable          int64                `json:"stable"`
	Delivered       int64                `json:"delivered"`
	Rejected        int64                `json:"rejected"`
	Retried         int64                `json:"retried"`
	Failures        int                  `json:"failures"`
	Oldest          *time.Time           `json:"oldest"`
	Waiting         *waitingAnswer       `json:"waiting"`
	EventsPerSecond float64              `json:"eventsPerSecond"`
	LastError       string               `json:"lastError"`
	Replays         []replayAnswer       `json:"replays"`
}

type waitingAnswer struct {
	Events  int64      `json:"events"`
	Oldest  *time.Time `json:"oldest"`
	Overdue int64      `json:"overdue"`
}

type replayAnswer struct {
	ID        string               `json:"id"`
	From      time.Time            `json:"from"`
	To        time.Time            `json:"to"`
	State     pipeline.ReplayState `json:"state"`
	Begun     *time.Time           `json:"begun"`
	Ended     *time.Time           `json:"ended"`
	Progress  float64              `json:"progress"`
	Delivered int64                `json:"delivered"`
	Rejected  int64                `json:"rejected"`
	Retried   int64                `json:"retried"`
	Failures  int                  `json:"failures"`
	LastError string               `json:"lastError"`
	Note      string               `json:"note"`
}

type leftoverAnswer struct {
	Name        string         `json:"name"`
	Cursor      *int64         `json:"cursor"`
	Stable      int64          `json:"stable"`
	PausedSince *time.Time     `json:"pausedSince"`
	Replays     []replayAnswer `json:"replays"`
}

// moment is a time in an answer, null for none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func answerOf(s pipeline.Status) outputAnswer {
	a := outputAnswer{
		Name: s.Name, Kind: s.Kind, To: s.To, Workspace: s.Workspace, Query: s.Query, State: s.State, PausedSince: moment(s.PausedSince), Busy: s.Busy,
		Cursor: s.Cursor, Stable: s.Stable, Delivered: s.Delivered, Rejected: s.Rejected, Retried: s.Retried, Failures: s.Failures,
		Oldest: moment(s.Oldest), EventsPerSecond: s.PerSecond, LastError: s.LastError, Replays: replayAnswers(s.Replays),
	}
	if w := s.Waiting; w != nil {
		a.Waiting = &waitingAnswer{w.Events, moment(w.Oldest), w.Overdue}
	}
	return a
}

func replayAnswers(replays []pipeline.Replay) []replayAnswer {
	all := make([]replayAnswer, 0, len(replays))
	for _, r := range replays {
		all = append(all, replayAnswer{
			ID: r.ID, From: r.From.UTC(), To: r.To.UTC(), State: r.State, Begun: moment(r.Begun), Ended: moment(r.Ended), Progress: r.Progress,
			Delivered: r.Delivered, Rejected: r.Rejected, Retried: r.Retried, Failures: r.Failures, LastError: r.LastError, Note: r.Note,
		})
	}
	return all
}

// answerJSON answers with a value that can always be encoded.
func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client left
}

func answerOfLeftover(l pipeline.Leftover) leftoverAnswer {
	a := leftoverAnswer{Name: l.Name, Stable: l.Stable, PausedSince: moment(l.PausedSince), Replays: replayAnswers(l.Replays)}
	if l.Cursor >= 0 {
		a.Cursor = &l.Cursor
	}
	return a
}

// adminOutput says what one output is doing, or what is left of it when it is not configured any more.
func (s *Server) adminOutput(w http.ResponseWriter, r *http.Request) {
	var answer any
	ok := s.operate(w, r, func(o Outputs, name string) error {
		for _, status := range o.Outputs() {
			if status.Name == name {
				answer = answerOf(status)
				return nil
			}
		}
		for _, l := range o.Unconfigured() {
			if l.Name == name {
				answer = struct {
					leftoverAnswer
					State pipeline.OutputState `json:"state"`
				}{answerOfLeftover(l), stateUnconfigured}
				return nil
			}
		}
		return lazuli.Errorf(lazuli.Invalid, "%w: %q", pipeline.ErrNoOutput, name)
	})
	if ok {
		answerJSON(w, http.StatusOK, answer)
	}
}

// adminOutputs says what every output is doing, and what there is of those that are not configured any more.
func (s *Server) adminOutputs(w http.ResponseWriter, _ *http.Request) {
	answer := struct {
		Outputs      []outputAnswer   `json:"outputs"`
		Unconfigured []leftoverAnswer `json:"unconfigured"`
	}{[]outputAnswer{}, []leftoverAnswer{}}
	if s.o.Outputs != nil {
		for _, o := range s.o.Outputs.Outputs() {
			answer.Outputs = append(answer.Outputs, answerOf(o))
		}
		for _, l := range s.o.Outputs.Unconfigured() {
			answer.Unconfigured = append(answer.Unconfigured, answerOfLeftover(l))
		}
	}
	answerJSON(w, http.StatusOK, answer)
}

// ofOperation is the problem of something that could not be done with an output or a source.
func ofOperation(err error) *problem {
	notFound := func(code string) *problem {
		return &problem{status: http.StatusNotFound, code: codeNotFound, message: messageNoSuch, inner: &innerProblem{code: code, message: sentence(lazuli.Public(err))}}
	}
	switch kind := lazuli.KindOf(err); {
	case errors.Is(err, pipeline.ErrNoOutput):
		return notFound("OutputNotFound")
	case errors.Is(err, pipeline.ErrNoReplay):
		return notFound("ReplayNotFound")
	case errors.Is(err, pipeline.ErrNoSource):
		return notFound("SourceNotFound")
	case kind == lazuli.Conflict:
		return &problem{status: http.StatusConflict, code: "ConflictError", message: sentence(lazuli.Public(err))}
	case kind == lazuli.Invalid:
		return badRequest(sentence(lazuli.Public(err)))
	case kind == lazuli.NoSpace:
		return &problem{status: http.StatusServiceUnavailable, code: "InsufficientStorageError", message: sentence(lazuli.Public(err)), retry: 30 * time.Second}
	case kind != lazuli.Transient:
		return errFault
	}
	return &problem{status: http.StatusServiceUnavailable, code: "ServiceUnavailableError", message: sentence(lazuli.Public(err)), retry: 5 * time.Second}
}

// sentence gives a public message its capital and its full stop.
func sentence(text string) string {
	if text == "" {
		return text
	}
	if first := text[0]; 'a' <= first && first <= 'z' {
		text = string(first-'a'+'A') + text[1:]
	}
	return text + "."
}

// operate does something with the output that the path names; without outputs there is none of any name.
func (s *Server) operate(w http.ResponseWriter, r *http.Request, do func(o Outputs, name string) error) bool {
	err := error(lazuli.Errorf(lazuli.Invalid, "%w: %q", pipeline.ErrNoOutput, r.PathValue("output")))
	if s.o.Outputs != nil {
		err = do(s.o.Outputs, r.PathValue("output"))
	}
	if err != nil {
		ofOperation(err).answer(w, r)
	}
	return err == nil
}

func (s *Server) adminPauseOutput(w http.ResponseWriter, r *http.Request) {
	s.switchOutput(w, r, Outputs.PauseOutput)
}

func (s *Server) adminResumeOutput(w http.ResponseWriter, r *http.Request) {
	s.switchOutput(w, r, Outputs.ResumeOutput)
}

func (s *Server) switchOutput(w http.ResponseWriter, r *http.Request, do func(o Outputs, name string) (pipeline.Status, error)) {
	var status pipeline.Status
	ok := s.operate(w, r, func(o Outputs, name string) (err error) {
		status, err = do(o, name)
		return err
	})
	if ok {
		answerJSON(w, http.StatusOK, answerOf(status))
	}
}

// adminReplay begins to send a window again.
func (s *Server) adminReplay(w http.ResponseWriter, r *http.Request) {
	var body struct {
		From *string `json:"from"`
		To   *string `json:"to"`
	}
	if p := readStrictly(w, r, &body); p != nil {
		p.answer(w, r)
		return
	}
	if body.From == nil || body.To == nil {
		badRequest("The properties from and to are needed, each a time such as 2026-11-19T00:00:00Z.").answer(w, r)
		return
	}
	var window [2]time.Time
	for i, property := range []struct{ name, text string }{{"from", *body.From}, {"to", *body.To}} {
		var err error
		if window[i], err = time.Parse(time.RFC3339, property.text); err != nil {
			badRequest("The property "+property.name+" must be a time such as 2026-11-19T00:00:00Z.").answer(w, r)
			return
		}
	}
	var begun struct {
		ID string `json:"id"`
	}
	ok := s.operate(w, r, func(o Outputs, name string) (err error) {
		begun.ID, err = o.Replay(r.Context(), name, window[0], window[1])
		return err
	})
	if ok {
		answerJSON(w, http.StatusAccepted, begun)
	}
}

// adminCancelReplay ends a replay, or forgets one that has ended.
func (s *Server) adminCancelReplay(w http.ResponseWriter, r *http.Request) {
	if s.operate(w, r, func(o Outputs, name string) error { return o.CancelReplay(name, r.PathValue("id")) }) {
		w.WriteHeader(http.StatusNoContent)
	}
}

// adminForgetOutput removes what there is of an output that is not configured any more.
func (s *Server) adminForgetOutput(w http.ResponseWriter, r *http.Request) {
	if s.operate(w, r, Outputs.ForgetOutput) {
		w.WriteHeader(http.StatusNoContent)
	}
}
