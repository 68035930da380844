package api

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/pipeline"
)

// fakeOutputs has one output, siem, which was paused, and what is left of another.
type fakeOutputs struct {
	paused    bool
	cancelled []string
	broken    error
}

var noon = time.Date(2026, 11, 19, 12, 0, 0, 0, time.UTC)

func (f *fakeOutputs) status() pipeline.Status {
	s := pipeline.Status{Name: "siem", Kind: "http", To: "https://siem/x", Workspace: "default", Query: "T | where A", State: pipeline.OutputRunning,
		Cursor: 5, Stable: 9, Oldest: noon, Delivered: 4, PerSecond: 1.5, LastError: `say "no"`,
		Replays: []pipeline.Replay{{ID: "r1", From: noon, To: noon.Add(time.Hour), State: pipeline.ReplayRunning, Begun: noon, Progress: 0.5, Delivered: 3, LastError: "no"}}}
	if f.paused {
		s.State, s.PausedSince, s.Waiting = pipeline.OutputPaused, noon, &pipeline.Waiting{Events: 7, Oldest: noon, Overdue: 2}
	}
	return s
}

func (f *fakeOutputs) Outputs() []pipeline.Status { return []pipeline.Status{f.status()} }

func (f *fakeOutputs) Unconfigured() []pipeline.Leftover {
	return []pipeline.Leftover{{Name: "old", Cursor: 3, Stable: 9}, {Name: "older", Cursor: -1, Stable: 9, PausedSince: noon}}
}

func (f *fakeOutputs) known(name string) error {
	if f.broken != nil {
		return f.broken
	}
	if name != "siem" {
		return lazuli.Errorf(lazuli.Invalid, "%w: %q", pipeline.ErrNoOutput, name)
	}
	return nil
}

func (f *fakeOutputs) PauseOutput(name string) (pipeline.Status, error) {
	f.paused = f.broken == nil
	return f.status(), f.known(name)
}

func (f *fakeOutputs) ResumeOutput(name string) (pipeline.Status, error) {
	f.paused = false
	return f.status(), f.known(name)
}

func (f *fakeOutputs) Replay(_ context.Context, name string, from, to time.Time) (string, error) {
	switch {
	case from.Year() == 2025:
		return "", lazuli.Errorf(lazuli.Conflict, "enough")
	case !from.Before(to):
		return "", lazuli.Errorf(lazuli.Invalid, "the window is empty")
	}
	return "r2", f.known(name)
}

func (f *fakeOutputs) CancelReplay(name, id string) error {
	if err := f.known(name); err != nil {
		return err
	}
	if id != "r1" {
		return lazuli.Errorf(lazuli.Invalid, "%w: %q", pipeline.ErrNoReplay, id)
	}
	f.cancelled = append(f.cancelled, id)
	return nil
}

func (f *fakeOutputs) ForgetOutput(name string) error {
	switch name {
	case "siem":
		return lazuli.Errorf(lazuli.Conflict, "output siem is configured")
	case "old", "Query":
		return nil
	}
	return f.known(name)
}

const siemReplays = `"replays":[{"id":"r1","from":"2026-11-19T12:00:00Z","to":"2026-11-19T13:00:00Z","state":"running","begun":"2026-11-19T12:00:00Z","ended":null,
	"progress":0.5,"delivered":3,"rejected":0,"retried":0,"failures":0,"lastError":"no","note":""}]`

const siemRunning = `{"name":"siem","kind":"http","to":"https://siem/x","workspace":"default","query":"T | where A","state":"running","pausedSince":null,"busy":false,
	"cursor":5,"stable":9,"delivered":4,"rejected":0,"retried":0,"failures":0,"oldest":"2026-11-19T12:00:00Z","waiting":null,"eventsPerSecond":1.5,"lastError":"say \"no\"",` + siemReplays + `}`

const siemPaused = `{"name":"siem","kind":"http","to":"https://siem/x","workspace":"default","query":"T | where A","state":"paused","pausedSince":"2026-11-19T12:00:00Z","busy":false,
	"cursor":5,"stable":9,"delivered":4,"rejected":0,"retried":0,"failures":0,"oldest":"2026-11-19T12:00:00Z","waiting":{"events":7,"oldest":"2026-11-19T12:00:00Z","overdue":2},
	"eventsPerSecond":1.5,"lastError":"say \"no\"",` + siemReplays + `}`

func TestOutputs(t *testing.T) {
	fake := &fakeOutputs{}
	s := serve(t, func(o *Options) { o.Outputs = fake })
	f := func(token, method, path, body string, status int, want string) {
		t.Helper()
		resp, text := s.ask(method, "/v1/admin/outputs"+path, token, body)
		if resp.StatusCode != status {
			t.Errorf("%s %s %s: %d %s, want %d", method, path, body, resp.StatusCode, text, status)
		} else if want != "" {
			sameJSON(t, text, want)
		}
	}
	const left = `"unconfigured":[{"name":"old","cursor":3,"stable":9,"pausedSince":null,"replays":[]},
		{"name":"older","cursor":null,"stable":9,"pausedSince":"2026-11-19T12:00:00Z","replays":[]}]`
	f("admin", "GET", "", "", 200, `{"outputs":[`+siemRunning+`],`+left+`}`)
	f("admin", "POST", "/siem/pause", "", 200, siemPaused)
	f("admin", "GET", "", "", 200, `{"outputs":[`+siemPaused+`],`+left+`}`)
	f("admin", "GET", "/siem", "", 200, siemPaused)
	f("admin", "GET", "/older", "", 200, `{"name":"older","state":"unconfigured","cursor":null,"stable":9,"pausedSince":"2026-11-19T12:00:00Z","replays":[]}`)
	f("admin", "GET", "/nosuch", "", 404, "")
	f("admin", "POST", "/siem/resume", "", 200, siemRunning)
	const window = `{"from":"2026-11-19T00:00:00Z","to":"2026-11-19T01:00:00Z"}`
	f("admin", "POST", "/siem/replay", window, 202, `{"id":"r2"}`)
	f("admin", "DELETE", "/siem/replays/r1", "", 204, "")
	f("admin", "DELETE", "/siem/replays/r9", "", 404, "")
	f("admin", "DELETE", "/siem", "", 409, "")
	// The name of a replay leads nowhere else, least of all to the output itself.
	for _, id := range []string{"..", "../", "..%2f", "%2e%2e", ".%2F..", "r1/../../../old"} {
		f("admin", "DELETE", "/old/replays/"+id, "", 404, "")
	}
	f("admin", "POST", "/..%2foutputs%2fsiem/pause", "", 404, "")
	f("admin", "DELETE", "/old", "", 204, "")
	f("admin", "DELETE", "/Query", "", 204, "") // a name, although it is a word of the API elsewhere
	f("admin", "DELETE", "/nosuch", "", 404, "")
	for _, path := range []string{"/nosuch/pause", "/nosuch/resume", "/nosuch/replay"} {
		f("admin", "POST", path, window, 404, "")
	}
	f("admin", "POST", "/siem/replay", `{"from":"2025-11-19T00:00:00Z","to":"2026-11-19T01:00:00Z"}`, 409, "")
	f("admin", "POST", "/siem/replay", `{"from":"2026-11-19T00:00:00Z","to":"2026-11-19T00:00:00Z"}`, 400, "")
	f("admin", "POST", "/siem/replay", `{"from":"2026-11-19T00:00:00Z"}`, 400, "")
	f("admin", "POST", "/siem/replay", `{"from":"yesterday"}`, 400, "")
	for _, of := range [][2]string{{"GET", ""}, {"GET", "/siem"}, {"POST", "/siem/pause"}, {"POST", "/siem/resume"}, {"POST", "/siem/replay"}, {"DELETE", "/siem/replays/r1"}, {"DELETE", "/siem"}} {
		f("reader", of[0], of[1], window, 403, "")
		f("", of[0], of[1], window, 401, "")
	}
	fake.broken = lazuli.Errorf(lazuli.NoSpace, "the disk is full")
	f("admin", "POST", "/siem/pause", "", 503, "")
	fake.broken = errors.New("something with a secret")
	if resp, text := s.ask("POST", "/v1/admin/outputs/siem/pause", "admin", ""); resp.StatusCode != 500 || strings.Contains(text, "secret") {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	if len(fake.cancelled) != 1 {
		t.Errorf("cancelled: %v", fake.cancelled)
	}
	fake.broken = nil
	refused := func(body, want string) {
		t.Helper()
		if resp, text := s.ask("POST", "/v1/admin/outputs/siem/replay", "admin", body); resp.StatusCode != 400 || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s, want %q", body, resp.StatusCode, text, want)
		}
	}
	refused(`{"from":"2026-11-19T00:00:00Z","to":"2026-11-19T01:00:00Z","tables":["T"]}`, "The property tables is not known here. There are: from, to.")
	refused(`{"from":5,"to":"2026-11-19T01:00:00Z"}`, "The property from must be a string, not a number.")
	refused(`{"from":"2026-11-19T00:00:00Z","to":"tomorrow"}`, "The property to must be a time such as ")
	refused(`["2026-11-19T00:00:00Z"]`, "The body must be an object, not an array.")
	// Without outputs there is none of any name.
	s = serve(t, func(*Options) {})
	f("admin", "GET", "", "", 200, `{"outputs":[],"unconfigured":[]}`)
	f("admin", "POST", "/siem/pause", "", 404, "")
}
