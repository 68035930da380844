package api

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/pipeline"
)

// testSources are two sources, of which stuck cannot be switched.
type testSources map[string]pipeline.SourceState

func (s testSources) Sources() []pipeline.SourceStatus {
	return []pipeline.SourceStatus{
		{Name: "http", Kind: "http", Listens: []string{"/v1/ingest"}, State: s["http"], Connections: 1, Messages: 3, Bytes: 70, PerSecond: 0.05, Latest: time.Unix(0, 0), Dropped: -1},
		{Name: "stuck", Kind: "syslog", Listens: []string{"udp://[::]:514", "tcp://[::]:514"}, Workspace: "emea", State: s["stuck"], Dropped: 9, LastError: `say "no"`},
	}
}

func (s testSources) change(name string, to pipeline.SourceState) (pipeline.SourceStatus, error) {
	switch name {
	case "http":
		s[name] = to
		return s.Sources()[0], nil
	case "stuck":
		if to == pipeline.SourcePaused {
			return pipeline.SourceStatus{}, &lazuli.Error{Kind: lazuli.NoSpace, Public: "the server's log says why", Err: errors.New("write /secret/place: no space left")}
		}
		return pipeline.SourceStatus{}, lazuli.Errorf(lazuli.Transient, "the address is in use")
	}
	return pipeline.SourceStatus{}, lazuli.Errorf(lazuli.Invalid, "%w: %q", pipeline.ErrNoSource, name)
}

func (s testSources) PauseSource(name string) (pipeline.SourceStatus, error) {
	return s.change(name, pipeline.SourcePaused)
}

func (s testSources) ResumeSource(name string) (pipeline.SourceStatus, error) {
	return s.change(name, pipeline.SourceRunning)
}

// TestSources: the list and the switch as they are described, for administrators only, and without causes that are
// the operator's.
func TestSources(t *testing.T) {
	s := serve(t, func(o *Options) {
		o.Sources = testSources{"http": pipeline.SourceRunning, "stuck": pipeline.SourceFailing}
	})
	const http = `{"name":"http","kind":"http","listens":["/v1/ingest"],"workspace":"","state":"running","connections":1,"messages":3,"bytes":70,"messagesPerSecond":0.050,"bytesPerSecond":0.000,"latest":"1970-01-01T00:00:00Z","lastError":""}`
	const stuck = `{"name":"stuck","kind":"syslog","listens":["udp://[::]:514","tcp://[::]:514"],"workspace":"emea","state":"failing","connections":0,"messages":0,"bytes":0,"messagesPerSecond":0,"bytesPerSecond":0,"latest":null,"dropped":9,"lastError":"say \"no\""}`
	_, body := s.ask("GET", "/v1/admin/sources", "admin", "")
	sameJSON(t, body, `{"sources":[`+http+`,`+stuck+`]}`)
	resp, body := s.ask("POST", "/v1/admin/sources/http/pause", "admin", "")
	if resp.StatusCode != 200 {
		t.Errorf("pause: %d %s", resp.StatusCode, body)
	}
	sameJSON(t, body, strings.Replace(http, "running", "paused", 1))
	if _, body = s.ask("POST", "/v1/admin/sources/http/resume", "admin", ""); !strings.Contains(body, `"state":"running"`) {
		t.Errorf("resume: %s", body)
	}
	f := func(path, token string, want int, text string) {
		t.Helper()
		resp, body := s.ask("POST", path, token, "")
		if resp.StatusCode != want || !strings.Contains(body, text) || strings.Contains(body, "secret") {
			t.Errorf("%s: %d %s, want %d with %q", path, resp.StatusCode, body, want, text)
		}
	}
	f("/v1/admin/sources/nobody/pause", "admin", 404, "SourceNotFound")
	f("/v1/admin/sources/stuck/pause", "admin", 503, "log says why")
	f("/v1/admin/sources/stuck/resume", "admin", 503, "The address is in use.")
	f("/v1/admin/sources/http/pause", "reader", 403, "")
	without := serve(t, nil)
	if _, body := without.ask("GET", "/v1/admin/sources", "admin", ""); !strings.Contains(body, `"sources":[`) {
		t.Errorf("%s", body)
	}
}
