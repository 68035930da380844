package http

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/ecs"
	"lazuli.dev/lazuli/forward/forwardtest"
	"lazuli.dev/lazuli/internal/secret"
)

const token = "s3cret-t0ken"

// take reads lines or an array; a request with an event that says poison is refused as a whole.
func take(t *testing.T, array bool) forwardtest.Take {
	return func(h http.Header, body []byte, _ bool, _ func(string) bool) (events []forwardtest.Got, status int, answer string) {
		if h.Get("Authorization") != "Bearer "+token || h.Get("X-Tenant") != "one" {
			return nil, http.StatusUnauthorized, h.Get("Authorization") // one that repeats the secret
		}
		var all []json.RawMessage
		if array {
			if err := json.Unmarshal(body, &all); err != nil {
				t.Errorf("%v: %s", err, body)
			}
		} else {
			for line := range bytes.Lines(body) {
				if !bytes.HasSuffix(line, []byte("\n")) {
					t.Errorf("no line: %s", line)
				}
				all = append(all, bytes.TrimSuffix(line, []byte("\n")))
			}
		}
		for _, text := range all {
			var head struct {
				ID    string `json:"_Id"`
				Event struct{ ID string }
			}
			if err := json.Unmarshal(text, &head); err != nil {
				t.Errorf("%v: %s", err, text)
			}
			if bytes.Contains(text, []byte("poison")) {
				return nil, http.StatusUnprocessableEntity, ""
			}
			if head.ID == "" {
				events = append(events, forwardtest.Got{ID: head.Event.ID, Row: string(text)})
				continue
			}
			_, rest, _ := strings.Cut(string(text), `"_Workspace":"default",`)
			events = append(events, forwardtest.Got{ID: head.ID, Row: "{" + rest})
		}
		return events, http.StatusAccepted, "{}"
	}
}

func endpoint(t *testing.T, c Config) (*forwardtest.HTTP, Config) {
	t.Helper()
	h := forwardtest.NewHTTP(false, take(t, c.Body == "array"))
	t.Cleanup(h.Close)
	c.URL = h.URL + "/in?source=lazuli"
	c.Headers = map[string]secret.String{"Authorization": secret.New("Bearer " + token), "X-Tenant": secret.New("one")}
	return h, c
}

func TestConformance(t *testing.T) {
	for name, c := range map[string]Config{
		"lines":                   {},
		"array, small requests":   {Body: "array", RequestBytes: 1000, Gzip: true},
		"ecs, few in one request": {Format: "ecs", RequestEvents: 7},
	} {
		t.Run(name, func(t *testing.T) {
			forwardtest.Run(t, func(t *testing.T) forwardtest.Setup {
				h, c := endpoint(t, c)
				s := forwardtest.Setup{
					Impatient: func() (lazuli.Forwarder, error) {
						c := c
						c.Timeout = forwardtest.Patience
						return New(c)
					},
					Open: func() (lazuli.Forwarder, error) { return New(c) }, Got: h.Got, Fault: h.Fault, Down: h.Down, Secrets: []string{token},
					Faults: []forwardtest.Fault{forwardtest.Throttled, forwardtest.Dated, forwardtest.Busy, forwardtest.Broken, forwardtest.DropBefore, forwardtest.DropAfter},
					Poison: func(e *lazuli.Event) { e.Row = []byte(`{"A":"poison"}`) },
				}
				if c.Format == "ecs" {
					s.Row = func(e *lazuli.Event) string {
						text, _ := ecs.New().Append(nil, e)
						return string(text)
					}
				}
				return s
			})
		})
	}
}

// TestRefusesEverything: a receiver that has taken nothing yet gives no event up.
func TestRefusesEverything(t *testing.T) {
	h, c := endpoint(t, Config{})
	fw, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	events := forwardtest.Events(4)
	for i := range events {
		events[i].Row = []byte(`{"A":"poison"}`)
	}
	if out, err := fw.Send(t.Context(), events); lazuli.KindOf(err) != lazuli.Permanent || !strings.Contains(err.Error(), "taken no event") {
		t.Errorf("%v, %v", out, err)
	}
	if _, err := fw.Send(t.Context(), forwardtest.Events(1)); err != nil {
		t.Fatal(err)
	}
	out, err := fw.Send(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range out {
		if o.Verdict != lazuli.Rejected {
			t.Errorf("after it has taken one: %v", o)
		}
	}
	if n := len(h.Got()); n != 1 {
		t.Errorf("%d stored", n)
	}
}

func TestStatuses(t *testing.T) {
	f := func(c Config, status int, want lazuli.Kind) {
		t.Helper()
		h := forwardtest.NewHTTP(false, func(http.Header, []byte, bool, func(string) bool) ([]forwardtest.Got, int, string) {
			return nil, status, ""
		})
		defer h.Close()
		c.URL = h.URL
		fw, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		_, err = fw.Send(t.Context(), forwardtest.Events(2))
		if lazuli.KindOf(err) != want || err == nil {
			t.Errorf("%d: %v (%v), want %v", status, err, lazuli.KindOf(err), want)
		}
	}
	f(Config{}, 401, lazuli.Denied)
	f(Config{}, 403, lazuli.Denied)
	f(Config{}, 404, lazuli.Permanent)
	f(Config{Retry: []int{404}}, 404, lazuli.Transient)
	f(Config{}, 301, lazuli.Permanent)
	f(Config{}, 408, lazuli.Transient)
	f(Config{}, 502, lazuli.Transient)
	f(Config{Reject: []int{}}, 400, lazuli.Permanent)
}

// TestWhy: what is refused is kept with what the receiver said of it, and never with what authenticates us.
func TestWhy(t *testing.T) {
	status, location := http.StatusOK, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "no field\r\n\x1bTime for %s at %s", r.Header.Get("Authorization"), r.URL.Path)
	}))
	defer server.Close()
	fw, err := New(Config{URL: server.URL + "/in/hook-s3cr3t", Headers: map[string]secret.String{"Authorization": secret.New("Bearer " + token)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fw.Send(t.Context(), forwardtest.Events(1)); err != nil {
		t.Fatal(err)
	}
	status = http.StatusBadRequest
	const why = "no field Time for [secret] at /in/[secret]"
	out, err := fw.Send(t.Context(), forwardtest.Events(1))
	if err != nil || out[0].Verdict != lazuli.Rejected || out[0].Reason != "the receiver answered 400 Bad Request: "+why {
		t.Errorf("%v, %v", out, err)
	}
	f := func(answer int, leads, want string) {
		t.Helper()
		status, location = answer, leads
		if _, err := fw.Send(t.Context(), forwardtest.Events(1)); err == nil || err.Error() != "the receiver answered "+want {
			t.Errorf("%d: %v, want %s", answer, err, want)
		}
	}
	f(401, "", "401 Unauthorized: "+why+"; check the token or what else is in headers")
	f(302, "https://login.example/in/hook-s3cr3t?code=x", "302 Found: "+why+"; redirects are not followed; set url to where it leads: login.example/in/[secret]")
}

func TestValidate(t *testing.T) {
	f := func(c Config, want string) {
		t.Helper()
		if c.URL == "" {
			c.URL = "https://h/x"
		}
		err := c.Validate()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	f(Config{}, "")
	f(Config{URL: "http://h"}, "in the clear")
	f(Config{URL: "ftp://h"}, "not an http")
	f(Config{Method: "GET"}, "method: ")
	f(Config{Body: "xml"}, "body: ")
	f(Config{Format: "cef"}, "format: ")
	f(Config{RequestBytes: 1}, "request_bytes: ")
	f(Config{RequestEvents: -1}, "request_events: ")
	f(Config{Timeout: -time.Second}, "timeout: ")
	f(Config{Reject: []int{200}}, "reject: ")
	f(Config{Reject: []int{409}, Retry: []int{409}}, "in retry, too")
	f(Config{Headers: map[string]secret.String{"a b": secret.New("x")}}, "headers: ")
	f(Config{Headers: map[string]secret.String{"A": secret.New("x\ny")}}, "line break")
	f(Config{Headers: map[string]secret.String{"content-type": secret.New("x")}}, "by the request itself")
}

func TestNetwork(t *testing.T) {
	const inURL, inHeader = "s3cr3tInURL", "s3cr3tInHeader"
	forwardtest.RunNetwork(t, func(address, ca string) (lazuli.Forwarder, error) {
		c := Config{URL: "https://" + address + "/logs?key=" + inURL, Headers: map[string]secret.String{"Authorization": secret.New("Bearer " + inHeader)}, Timeout: forwardtest.Patience}
		c.CA = ca
		return New(c)
	}, inURL, inHeader)
}
