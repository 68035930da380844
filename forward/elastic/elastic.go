// Package elastic delivers events to Elasticsearch or OpenSearch by their bulk API.
//
// Each document has the event's id and is created, never overwritten: a repeat is answered 409 and is then known
// to be there. Invariant: an event is Delivered only when its own item says created or already there, and
// Rejected only when its own item says that this document can never be indexed.
package elastic

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/ecs"
	"lazuli.dev/lazuli/forward/format/jsonline"
	"lazuli.dev/lazuli/forward/format/mapping"
	"lazuli.dev/lazuli/forward/transport"
	"lazuli.dev/lazuli/internal/secret"
)

// Config describes one cluster.
type Config struct {
	// URL of the cluster, for example https://elastic.example.org:9200; a path is kept as prefix.
	URL string `yaml:"url"`
	// APIKey as the cluster gives it, encoded; or User and Password. ${env:NAME} and file:PATH are read.
	APIKey   secret.String `yaml:"api_key"`
	User     string        `yaml:"user"`
	Password secret.String `yaml:"password"`
	// Index or data stream of the documents; {dataset}, {table} and {workspace} stand for the event's, in
	// lower case. Default logs-{dataset}-default.
	Index string `yaml:"index"`
	// Format is ecs (default), or row: the columns as they are called in the table.
	Format string `yaml:"format"`
	// Pipeline is the ingest pipeline. Default _none: the documents are finished, and those of Elastic's
	// integrations expect raw records. "-" leaves it to the index.
	Pipeline string `yaml:"pipeline"`
	// Gzip compresses requests. Default true.
	Gzip *bool `yaml:"gzip"`
	// RequestBytes is the size of one request before compression. Default 5000000.
	RequestBytes int `yaml:"request_bytes"`
	// Timeout of one request. Default 1m.
	Timeout time.Duration `yaml:"timeout"`
	// AllowPlainHTTP sends credentials without TLS to a host that is not this machine.
	AllowPlainHTTP bool `yaml:"allow_plain_http"`

	transport.TLS `yaml:",inline"`
}

func (c Config) withDefaults() Config {
	if c.Index == "" {
		c.Index = "logs-{dataset}-default"
	}
	if c.Format == "" {
		c.Format = "ecs"
	}
	if c.Pipeline == "" {
		c.Pipeline = "_none"
	}
	if c.Gzip == nil {
		yes := true
		c.Gzip = &yes
	}
	if c.RequestBytes == 0 {
		c.RequestBytes = 5_000_000
	}
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	return c
}

// Validate reports the first thing that is wrong, by the key's name.
func (c Config) Validate() error {
	if err := transport.CheckURL(c.URL, c.AllowPlainHTTP); err != nil {
		return err
	}
	switch rest := strings.NewReplacer("{dataset}", "", "{table}", "", "{workspace}", "").Replace(c.Index); {
	case !c.APIKey.Empty() && (c.User != "" || !c.Password.Empty()):
		return errors.New("api_key: either that, or user and password")
	case (c.User == "") != c.Password.Empty():
		return errors.New("user: user and password go together")
	case strings.ContainsAny(c.APIKey.Reveal()+c.User+c.Password.Reveal(), "\r\n"):
		return errors.New("api_key: a line break in it or in user or password")
	case strings.ContainsAny(rest, `{}\/*?"<>|, #:`) || strings.ToLower(rest) != rest || strings.HasPrefix(rest, "_"):
		return fmt.Errorf("index: %q is no name of an index; lower case without blanks and \\/*?\"<>|,#: and with no other braces than {dataset}, {table}, {workspace}", c.Index)
	case c.Format != "" && c.Format != "ecs" && c.Format != "row":
		return fmt.Errorf("format: %q is neither ecs nor row", c.Format)
	case c.RequestBytes != 0 && c.RequestBytes < 1000:
		return errors.New("request_bytes: less than 1000")
	case c.Timeout < 0:
		return errors.New("timeout: negative")
	}
	return c.TLS.Validate()
}

// A Forwarder sends to one cluster. It implements lazuli.Forwarder.
type Forwarder struct {
	c      Config
	url    string
	client *http.Client
	format *ecs.Formatter
	index  map[[2]string]string // by table and workspace
	most   int                  // bytes of a request before compression
}

// New makes a forwarder; nothing is sent yet.
func New(c Config) (*Forwarder, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	client, err := transport.Client(c.TLS)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, errors.New("url: not a URL") // Validate has parsed it
	}
	u.Path = strings.TrimRight(u.Path, "/") + "/_bulk"
	if q := u.Query(); c.Pipeline != "-" {
		q.Set("pipeline", c.Pipeline)
		u.RawQuery = q.Encode()
	}
	return &Forwarder{c: c, url: u.String(), client: client, format: ecs.New(), index: map[[2]string]string{}, most: c.RequestBytes}, nil
}

// Close ends idle connections.
func (f *Forwarder) Close() error {
	f.client.CloseIdleConnections()
	return nil
}

func (f *Forwarder) redact(text string) string {
	return f.c.Password.Redact(f.c.APIKey.Redact(text))
}

// indexOf is the index of an event's document.
func (f *Forwarder) indexOf(e *lazuli.Event) string {
	key := [2]string{e.Table, e.Workspace}
	name, known := f.index[key]
	if !known {
		lower := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "-", "_")) }
		name = strings.NewReplacer("{dataset}", mapping.For(e.Table).Dataset, "{table}", lower(e.Table), "{workspace}", lower(e.Workspace)).Replace(f.c.Index)
		f.index[key] = name
	}
	return name
}

// append writes the action and the document of one event; ok is false when the row is no object.
func (f *Forwarder) append(dst []byte, e *lazuli.Event) (_ []byte, ok bool) {
	from := len(dst)
	dst = append(dst, `{"create":{"_index":"`...)
	dst = append(dst, f.indexOf(e)...)
	dst = append(dst, `","_id":"`...)
	dst = append(dst, e.ID...)
	dst = append(dst, "\"}}\n"...)
	if f.c.Format == "ecs" {
		dst, ok = f.format.Append(dst, e)
	} else {
		dst = append(dst, `{"@timestamp":"`...)
		dst = mapping.AppendTime(dst, e.Time)
		dst = append(dst, `",`...)
		at := len(dst)
		if dst, ok = jsonline.Append(dst, e); ok {
			dst = append(dst[:at], dst[at+1:]...) // the brace: the object has begun with the time
		}
	}
	if !ok {
		return dst[:from], false
	}
	return append(dst, '\n'), true
}

// A part is one event's action and document in a body.
type part struct{ event, from, to int }

// Send delivers the events in requests of at most RequestBytes. After a request that fails the rest is not tried.
func (f *Forwarder) Send(ctx context.Context, events []lazuli.Event) ([]lazuli.Outcome, error) {
	out := make([]lazuli.Outcome, len(events))
	var body []byte
	var parts []part
	var failed error
	flush := func() bool {
		if len(parts) > 0 {
			failed = f.fit(ctx, body, parts, out)
		}
		body, parts = body[:0], parts[:0]
		return failed == nil
	}
	for i := range events {
		start := len(body)
		var ok bool
		if body, ok = f.append(body, &events[i]); !ok {
			out[i] = lazuli.Outcome{Verdict: lazuli.Rejected, Reason: "the row is no JSON object"}
			continue
		}
		if len(body) > f.most && len(parts) > 0 {
			next := bytes.Clone(body[start:])
			body = body[:start]
			if !flush() {
				break
			}
			body, start = append(body, next...), 0
		}
		parts = append(parts, part{i, start, len(body)})
	}
	if failed == nil {
		flush()
	}
	return transport.Outcomes(out, failed)
}

// errTooLarge is that the cluster, or a proxy before it, takes no request of this size.
var errTooLarge = errors.New("the request is too large")

// fit sends some documents as one request, and in halves when that is too large. What is too large is remembered.
func (f *Forwarder) fit(ctx context.Context, body []byte, parts []part, out []lazuli.Outcome) error {
	first, last := parts[0], parts[len(parts)-1]
	err := f.bulk(ctx, body[first.from:last.to], parts, out)
	if !errors.Is(err, errTooLarge) {
		return err
	}
	f.most = max(1000, min(f.most, (last.to-first.from)/2))
	half := len(parts) / 2
	if err := f.fit(ctx, body, parts[:half], out); err != nil {
		return err
	}
	return f.fit(ctx, body, parts[half:], out)
}

// answer is what the cluster said.
type answer struct {
	Items []map[string]struct {
		ID     string          `json:"_id"`
		Status int             `json:"status"`
		Error  json.RawMessage `json:"error"`
	} `json:"items"`
	Error json.RawMessage `json:"error"`
}

// cause is an error's type and reason in words.
func cause(raw json.RawMessage) string {
	var e struct {
		Type, Reason string
		Cause        struct{ Reason string } `json:"caused_by"`
	}
	if json.Unmarshal(raw, &e) != nil || e.Type == "" {
		var text string
		_ = json.Unmarshal(raw, &text) // a proxy's error is a text, or nothing
		return text
	}
	text := e.Type + ": " + e.Reason
	if e.Cause.Reason != "" {
		text += ": " + e.Cause.Reason
	}
	return text
}

// answerBytes bounds what is read of an answer for each event in a request.
const answerBytes = 8 << 10

// bulk sends one request and gives each event its outcome.
func (f *Forwarder) bulk(ctx context.Context, body []byte, sent []part, out []lazuli.Outcome) error {
	ctx, cancel := context.WithTimeout(ctx, f.c.Timeout)
	defer cancel()
	var packed bytes.Buffer
	if *f.c.Gzip {
		w, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed) // a level that there is
		_, _ = w.Write(body)                                 // a Buffer takes everything
		_ = w.Close()
		body = packed.Bytes()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url, bytes.NewReader(body))
	if err != nil {
		return &lazuli.Error{Kind: lazuli.Permanent, Public: "make request: " + f.redact(err.Error())}
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	req.Header.Set("User-Agent", "lazuli")
	if *f.c.Gzip {
		req.Header.Set("Content-Encoding", "gzip")
	}
	switch {
	case !f.c.APIKey.Empty():
		req.Header.Set("Authorization", "ApiKey "+f.c.APIKey.Reveal())
	case f.c.User != "":
		req.SetBasicAuth(f.c.User, f.c.Password.Reveal())
	}
	res, err := f.client.Do(req)
	if err != nil {
		return transport.Error("the cluster", err, f.redact)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, int64(len(sent)+16)*answerBytes))
	if err != nil {
		return transport.Error("the cluster", err, f.redact)
	}
	var a answer
	wrong := json.Unmarshal(text, &a)
	if res.StatusCode != http.StatusOK {
		said := fmt.Sprintf("the cluster answered %d %s", res.StatusCode, http.StatusText(res.StatusCode))
		if why := cause(a.Error); wrong == nil && why != "" {
			said += ": " + why
		}
		if hint := transport.WayOut(res.StatusCode, res.Header.Get("Location"), "api_key, or user and password, and their rights on the index"); hint != "" {
			said += "; " + hint
		}
		kind := transport.KindOf(res.StatusCode)
		if res.StatusCode == http.StatusRequestEntityTooLarge {
			if len(sent) == 1 {
				out[sent[0].event] = lazuli.Outcome{Verdict: lazuli.Rejected, Reason: f.redact(said)}
				return nil
			}
			return errTooLarge
		}
		return &lazuli.Error{Kind: kind, Public: f.redact(said), Wait: transport.RetryAfter(res.Header.Get("Retry-After"))}
	}
	if wrong != nil || len(a.Items) != len(sent) {
		return &lazuli.Error{Kind: lazuli.Transient, Public: fmt.Sprintf("the cluster answered %d items for %d documents; is something else at the url?", len(a.Items), len(sent))}
	}
	return f.items(&a, sent, out)
}

// items gives each event what its item says. An error is for those that a person has to do something about.
func (f *Forwarder) items(a *answer, sent []part, out []lazuli.Outcome) error {
	var denied error
	for n := range sent {
		i := sent[n].event
		item := a.Items[n]["create"]
		why := f.redact(fmt.Sprintf("the cluster answered %d: %s", item.Status, cause(item.Error)))
		switch {
		case item.Status >= 200 && item.Status < 300, item.Status == http.StatusConflict:
			out[i] = lazuli.Outcome{Verdict: lazuli.Delivered}
		case item.Status == http.StatusBadRequest || item.Status == http.StatusRequestEntityTooLarge:
			out[i] = lazuli.Outcome{Verdict: lazuli.Rejected, Reason: why}
		default:
			out[i] = lazuli.Outcome{Reason: why}
			if kind := transport.KindOf(item.Status); kind != lazuli.Transient {
				denied = &lazuli.Error{Kind: kind, Public: why}
			}
		}
	}
	return denied
}
