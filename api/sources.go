package api

import (
	"net/http"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/pipeline"
)

// sourceAnswer is a source as administrators see it.
type sourceAnswer struct {
	Name              string               `json:"name"`
	Kind              string               `json:"kind"`
	Listens           []string             `json:"listens"`
	Workspace         string               `json:"workspace"`
	State             pipeline.SourceState `json:"state"`
	Connections       int                  `json:"connections"`
	Messages          int64                `json:"messages"`
	Bytes             int64                `json:"bytes"`
	MessagesPerSecond float64              `json:"messagesPerSecond"`
	BytesPerSecond    float64              `json:"bytesPerSecond"`
	Latest            *time.Time           `json:"latest"`
	Dropped           *int64               `json:"dropped,omitempty"` // none where the system does not tell
	LastError         string               `json:"lastError"`
}

func sourceAnswerOf(s pipeline.SourceStatus) sourceAnswer {
	a := sourceAnswer{
		Name: s.Name, Kind: s.Kind, Listens: append([]string{}, s.Listens...), Workspace: s.Workspace, State: s.State, Connections: s.Connections,
		Messages: s.Messages, Bytes: s.Bytes, MessagesPerSecond: s.PerSecond, BytesPerSecond: s.BytesPerSecond, Latest: moment(s.Latest), LastError: s.LastError,
	}
	if s.Dropped >= 0 {
		a.Dropped = &s.Dropped
	}
	return a
}

// adminSources says what every source is doing.
func (s *Server) adminSources(w http.ResponseWriter, _ *http.Request) {
	answer := struct {
		Sources []sourceAnswer `json:"sources"`
	}{[]sourceAnswer{}}
	if s.o.Sources != nil {
		for _, o := range s.o.Sources.Sources() {
			answer.Sources = append(answer.Sources, sourceAnswerOf(o))
		}
	}
	answerJSON(w, http.StatusOK, answer)
}

func (s *Server) adminPauseSource(w http.ResponseWriter, r *http.Request) {
	s.switchSource(w, r, Sources.PauseSource)
}

func (s *Server) adminResumeSource(w http.ResponseWriter, r *http.Request) {
	s.switchSource(w, r, Sources.ResumeSource)
}

// switchSource pauses the source that the path names or lets it go on; without sources there is none of any name.
func (s *Server) switchSource(w http.ResponseWriter, r *http.Request, do func(o Sources, name string) (pipeline.SourceStatus, error)) {
	var now pipeline.SourceStatus
	err := error(lazuli.Errorf(lazuli.Invalid, "%w: %q", pipeline.ErrNoSource, r.PathValue("source")))
	if s.o.Sources != nil {
		now, err = do(s.o.Sources, r.PathValue("source"))
	}
	if err != nil {
		ofOperation(err).answer(w, r)
		return
	}
	answerJSON(w, http.StatusOK, sourceAnswerOf(now))
}
