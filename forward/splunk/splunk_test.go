package splunk

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/forwardtest"
	"lazuli.dev/lazuli/internal/secret"
)

const token = "11111111-2222-3333-4444-555555555555"

func ptr[T any](v T) *T { return &v }

// collector starts a stand-in and gives the configuration to reach it.
func collector(t *testing.T, o forwardtest.HECOptions) (*forwardtest.HEC, Config) {
	t.Helper()
	o.Token = token
	h := forwardtest.NewHEC(o)
	t.Cleanup(h.Close)
	return h, Config{URL: h.URL, Token: secret.New(token), Acknowledgement: &o.Ack, AckTimeout: 300 * time.Millisecond}
}

func setup(h *forwardtest.HEC, c Config, faults ...forwardtest.Fault) forwardtest.Setup {
	return forwardtest.Setup{
		Open: func() (lazuli.Forwarder, error) { return New(c) },
		Impatient: func() (lazuli.Forwarder, error) {
			c := c
			c.Timeout = forwardtest.Patience
			return New(c)
		},
		Got:     func() []forwardtest.Got { return h.Got(IDField) },
		Fault:   h.Fault,
		Faults:  faults,
		Down:    h.Down,
		Poison:  func(e *lazuli.Event) { e.Row = []byte(`""`) },
		Secrets: []string{token},
	}
}

var faults = []forwardtest.Fault{forwardtest.Throttled, forwardtest.Dated, forwardtest.Busy, forwardtest.Broken, forwardtest.DropBefore, forwardtest.DropAfter}

func TestConformance(t *testing.T) {
	t.Run("acknowledged", func(t *testing.T) {
		forwardtest.Run(t, func(t *testing.T) forwardtest.Setup {
			h, c := collector(t, forwardtest.HECOptions{Ack: true, AckAfter: 1})
			return setup(h, c, append(faults, forwardtest.Lost, forwardtest.Unacked)...)
		})
	})
	t.Run("without acknowledgement", func(t *testing.T) {
		forwardtest.Run(t, func(t *testing.T) forwardtest.Setup {
			h, c := collector(t, forwardtest.HECOptions{})
			return setup(h, c, faults...)
		})
	})
	t.Run("small requests, plain", func(t *testing.T) {
		forwardtest.Run(t, func(t *testing.T) forwardtest.Setup {
			h, c := collector(t, forwardtest.HECOptions{Ack: true})
			c.RequestBytes, c.Gzip = 1000, ptr(false)
			return setup(h, c, append(faults, forwardtest.Lost, forwardtest.Unacked)...)
		})
	})
}

func TestEncode(t *testing.T) {
	f := func(c Config, e lazuli.Event, want string) {
		t.Helper()
		enc, err := newEncoder(c.withDefaults())
		if err != nil {
			t.Fatal(err)
		}
		got := strings.TrimSuffix(string(enc.append(nil, &e)), "\n")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("not JSON: %s", got)
		}
	}
	e := lazuli.Event{ID: "w-1", Workspace: "default", Table: "SigninLogs", Time: 638501544001234567, Row: []byte(`{"IPAddress":"10.1.2.3","N":7,"Name":"a \"b\"","Null":null}`)}
	f(Config{}, e, `{"time":1714557600.1234567,"source":"lazuli:default","sourcetype":"azure:SigninLogs","event":{"IPAddress":"10.1.2.3","N":7,"Name":"a \"b\"","Null":null},"fields":{"lazuli_id":"w-1"}}`)
	f(Config{Host: "{IPAddress}", Source: "x", SourceType: "{{{N}}}/{Name}", Index: "{Null}{Missing}"}, e,
		`{"time":1714557600.1234567,"host":"10.1.2.3","source":"x","sourcetype":"{7}/a \"b\"","event":{"IPAddress":"10.1.2.3","N":7,"Name":"a \"b\"","Null":null},"fields":{"lazuli_id":"w-1"}}`)
	e.Time, e.Row = lazuli.TicksAtUnixEpoch+5_000_000, []byte(`{}`)
	f(Config{}, e, `{"time":0.500,"source":"lazuli:default","sourcetype":"azure:SigninLogs","event":{},"fields":{"lazuli_id":"w-1"}}`)
	e.Time = lazuli.TicksAtUnixEpoch - 1
	f(Config{}, e, `{"source":"lazuli:default","sourcetype":"azure:SigninLogs","event":{},"fields":{"lazuli_id":"w-1"}}`)
}

func TestCodes(t *testing.T) {
	f := func(status int, code int, want lazuli.Kind) {
		t.Helper()
		a := &answer{Status: status, Text: "x", Code: &code}
		if code < 0 {
			a.Code = nil
		}
		err := a.err(func(s string) string { return s })
		if want == lazuli.Unknown {
			if err != nil {
				t.Errorf("%d code %d: %v, want success", status, code, err)
			}
			return
		}
		if lazuli.KindOf(err) != want {
			t.Errorf("%d code %d: %v (%v), want %v", status, code, lazuli.KindOf(err), err, want)
		}
	}
	f(200, 0, lazuli.Unknown)
	f(403, 1, lazuli.Denied)
	f(401, 2, lazuli.Denied)
	f(401, 3, lazuli.Denied)
	f(403, 4, lazuli.Denied)
	f(400, 5, lazuli.Transient)
	f(400, 7, lazuli.Permanent)
	f(500, 8, lazuli.Transient)
	f(503, 9, lazuli.Transient)
	f(400, 10, lazuli.Permanent)
	f(400, 11, lazuli.Permanent)
	f(400, 14, lazuli.Permanent)
	f(400, 16, lazuli.Denied)
	f(200, 17, lazuli.Unknown)
	f(503, 18, lazuli.Transient)
	f(503, 23, lazuli.Transient)
	f(429, -1, lazuli.Transient)
	f(502, -1, lazuli.Transient)
	f(301, -1, lazuli.Permanent)
	f(404, -1, lazuli.Permanent)
	f(400, -1, lazuli.Permanent)
	for _, code := range []int{6, 12, 13, 15} {
		if !(&answer{Status: 400, Code: &code}).refusesEvent(false) {
			t.Errorf("code %d is not seen as an event's fault", code)
		}
	}
}

// TestIndex: a wrong index that comes from the configuration stops the output and drops nothing; one that
// comes from the row rejects that row alone.
func TestIndex(t *testing.T) {
	events := forwardtest.Events(5)
	h, c := collector(t, forwardtest.HECOptions{Indexes: []string{"main"}})
	c.Index = "nowhere"
	fw, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fw.Send(t.Context(), events); lazuli.KindOf(err) != lazuli.Permanent || !strings.Contains(err.Error(), "create the index") {
		t.Errorf("wrong index in the configuration: %v", err)
	}
	c.Index = "{Index}"
	if fw, err = New(c); err != nil {
		t.Fatal(err)
	}
	for i := range events {
		events[i].Row = []byte(`{"Index":"main"}`)
	}
	events[2].Row = []byte(`{"Index":"nowhere"}`)
	out, err := fw.Send(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range out {
		want := lazuli.Delivered
		if i == 2 {
			want = lazuli.Rejected
		}
		if o.Verdict != want {
			t.Errorf("event %d: %v %s, want %v", i, o.Verdict, o.Reason, want)
		}
	}
	if n := len(h.Events()); n != 4 {
		t.Errorf("%d events stored, want 4", n)
	}
}

func TestAckDisabled(t *testing.T) {
	h, c := collector(t, forwardtest.HECOptions{})
	c.Acknowledgement = ptr(true)
	fw, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fw.Send(t.Context(), forwardtest.Events(3)); lazuli.KindOf(err) != lazuli.Permanent || !strings.Contains(err.Error(), "acknowledgement: false") {
		t.Errorf("a token without acknowledgement: %v", err)
	}
	if n := len(h.Events()); n != 0 {
		t.Errorf("%d events were sent although they could never be confirmed", n)
	}
}

func TestWrongToken(t *testing.T) {
	_, c := collector(t, forwardtest.HECOptions{})
	c.Token = secret.New("wrong-token-value")
	fw, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fw.Send(t.Context(), forwardtest.Events(1))
	if lazuli.KindOf(err) != lazuli.Denied {
		t.Errorf("wrong token: %v", err)
	}
	if strings.Contains(err.Error(), "wrong-token-value") {
		t.Errorf("the token is shown: %v", err)
	}
}

func TestTLS(t *testing.T) {
	h, c := collector(t, forwardtest.HECOptions{TLS: true})
	fw, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fw.Send(t.Context(), forwardtest.Events(1)); lazuli.KindOf(err) != lazuli.Permanent {
		t.Errorf("unknown authority: %v (%v), want a permanent error", err, lazuli.KindOf(err))
	}
	c.CA = filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Certificate().Raw})
	if err := os.WriteFile(c.CA, block, 0o600); err != nil {
		t.Fatal(err)
	}
	if fw, err = New(c); err != nil {
		t.Fatal(err)
	}
	if _, err := fw.Send(t.Context(), forwardtest.Events(1)); err != nil {
		t.Errorf("with the authority given: %v", err)
	}
	if err := fw.Health(t.Context()); err != nil {
		t.Errorf("health: %v", err)
	}
}

func TestValidate(t *testing.T) {
	good := Config{URL: "https://splunk.example.org:8088", Token: secret.New("t")}
	f := func(change func(*Config), want string) {
		t.Helper()
		c := good
		change(&c)
		err := c.Validate()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("error %v, want %q", err, want)
		}
		if _, newErr := New(c); (err == nil) != (newErr == nil) {
			t.Errorf("Validate says %v, New says %v", err, newErr)
		}
	}
	f(func(*Config) {}, "")
	f(func(c *Config) { c.URL = "" }, "url: missing")
	f(func(c *Config) { c.URL = "splunk:8088" }, "url: not an http or https URL")
	f(func(c *Config) { c.URL = "https://user:pw@h" }, "not allowed")
	f(func(c *Config) { c.URL = "http://splunk.example.org" }, "in the clear")
	f(func(c *Config) { c.URL, c.AllowPlainHTTP = "http://splunk.example.org", true }, "")
	f(func(c *Config) { c.URL = "http://127.0.0.1:8088" }, "")
	f(func(c *Config) { c.Token = secret.String{} }, "token: missing")
	f(func(c *Config) { c.Channel = "abc" }, "not a GUID")
	f(func(c *Config) { c.Index = "{" }, "index: no }")
	f(func(c *Config) { c.Host = "a}" }, "host: a } without")
	f(func(c *Config) { c.CA = "/nowhere/ca.pem" }, "ca: ")
	f(func(c *Config) { c.RequestBytes = 10 }, "request_bytes")
	if err := good.Validate(); errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestNetwork(t *testing.T) {
	forwardtest.RunNetwork(t, func(address, ca string) (lazuli.Forwarder, error) {
		return New(Config{URL: "https://" + address, Token: secret.New(token), Timeout: forwardtest.Patience, CA: ca})
	}, token)
}
