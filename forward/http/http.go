// Package http delivers events to any HTTP endpoint, as lines of JSON or as a JSON array.
//
// Invariant: an event is Delivered only after a success that answers a request with it, and Rejected only after
// a request with it alone was refused by a receiver that has taken other events: one that refuses everything
// is not the right one, or not set up right, and nothing is given up for it.
package http

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/ecs"
	"lazuli.dev/lazuli/forward/format/jsonline"
	"lazuli.dev/lazuli/forward/transport"
	"lazuli.dev/lazuli/internal/secret"
)

// Config describes one endpoint.
type Config struct {
	// URL to send to. What authenticates belongs into headers.
	URL string `yaml:"url"`
	// Method is POST (default) or PUT.
	Method string `yaml:"method"`
	// Headers of each request. Each value is treated as a secret; ${env:NAME} and file:PATH are read.
	Headers map[string]secret.String `yaml:"headers"`
	// Body is ndjson (default), one object a line, or array.
	Body string `yaml:"body"`
	// Format of an event is row (default): its columns, with _Id, _Table and _Workspace; or ecs.
	Format string `yaml:"format"`
	// Gzip compresses requests. Default false.
	Gzip bool `yaml:"gzip"`
	// RequestBytes and RequestEvents bound one request before compression. Default 1000000 bytes, and no
	// number of events.
	RequestBytes  int `yaml:"request_bytes"`
	RequestEvents int `yaml:"request_events"`
	// Reject are the statuses that blame an event: the request is sent again in parts until it is found.
	// Default 400, 413 and 422.
	Reject []int `yaml:"reject"`
	// Retry are statuses to try again after, besides 408, 425, 429 and all from 500 on.
	Retry []int `yaml:"retry"`
	// Timeout of one request. Default 30s.
	Timeout time.Duration `yaml:"timeout"`
	// AllowPlainHTTP sends the headers without TLS to a host that is not this machine.
	AllowPlainHTTP bool `yaml:"allow_plain_http"`

	transport.TLS `yaml:",inline"`
}

func (c Config) withDefaults() Config {
	if c.Method == "" {
		c.Method = http.MethodPost
	}
	if c.Body == "" {
		c.Body = "ndjson"
	}
	if c.Format == "" {
		c.Format = "row"
	}
	if c.RequestBytes == 0 {
		c.RequestBytes = 1_000_000
	}
	if c.Reject == nil {
		c.Reject = []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity}
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	return c
}

// Validate reports the first thing that is wrong, by the key's name.
func (c Config) Validate() error {
	if err := transport.CheckURL(c.URL, c.AllowPlainHTTP); err != nil {
		return err
	}
	for name, value := range c.Headers {
		switch {
		case name == "" || strings.ContainsAny(name, " :\r\n\t"):
			return fmt.Errorf("headers: %q is no name of a header", name)
		case strings.ContainsAny(value.Reveal(), "\r\n"):
			return fmt.Errorf("headers.%s: a line break in it", name)
		case slices.Contains([]string{"Content-Length", "Content-Encoding", "Content-Type", "Host", "Transfer-Encoding"}, http.CanonicalHeaderKey(name)):
			return fmt.Errorf("headers.%s: is set by the request itself", name)
		}
	}
	switch d := c.withDefaults(); {
	case d.Method != http.MethodPost && d.Method != http.MethodPut:
		return fmt.Errorf("method: %q is neither POST nor PUT", c.Method)
	case d.Body != "ndjson" && d.Body != "array":
		return fmt.Errorf("body: %q is neither ndjson nor array", c.Body)
	case d.Format != "row" && d.Format != "ecs":
		return fmt.Errorf("format: %q is neither row nor ecs", c.Format)
	case d.RequestBytes < 1000:
		return errors.New("request_bytes: less than 1000")
	case d.RequestEvents < 0:
		return errors.New("request_events: negative")
	case d.Timeout < 0:
		return errors.New("timeout: negative")
	}
	for key, statuses := range map[string][]int{"reject": c.Reject, "retry": c.Retry} {
		for _, s := range statuses {
			if s < 300 || s > 599 {
				return fmt.Errorf("%s: %d is no status of a failure", key, s)
			}
			if key == "reject" && slices.Contains(c.Retry, s) {
				return fmt.Errorf("reject: %d is in retry, too", s)
			}
		}
	}
	return c.TLS.Validate()
}

// A Forwarder sends to one endpoint. It implements lazuli.Forwarder.
type Forwarder struct {
	c      Config
	client *http.Client
	format func(dst []byte, e *lazuli.Event) ([]byte, bool)
	masks  transport.Masks
	proven bool // the receiver has taken an event
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
	masks := transport.NewMasks(c.URL, slices.Collect(maps.Values(c.Headers))...)
	f := &Forwarder{c: c, client: client, format: jsonline.Append, masks: masks}
	if c.Format == "ecs" {
		f.format = ecs.New().Append
	}
	return f, nil
}

// Close ends idle connections.
func (f *Forwarder) Close() error {
	f.client.CloseIdleConnections()
	return nil
}

// refused is an event that was refused alone.
type refused struct {
	event  int
	reason string
}

// Send delivers the events in requests of at most RequestBytes, in order. After a request that fails the rest is
// not tried.
func (f *Forwarder) Send(ctx context.Context, events []lazuli.Event) ([]lazuli.Outcome, error) {
	out := make([]lazuli.Outcome, len(events))
	var text []byte
	var parts []part // of text
	var alone []refused
	var failed error
	flush := func() {
		if len(parts) > 0 {
			failed = f.isolate(ctx, text, parts, out, &alone)
		}
		text, parts = text[:0], parts[:0]
	}
	for i := range events {
		start := len(text)
		var ok bool
		if text, ok = f.format(text, &events[i]); !ok {
			out[i] = lazuli.Outcome{Verdict: lazuli.Rejected, Reason: "the row is no JSON object"}
			continue
		}
		if len(parts) > 0 && (len(text) > f.c.RequestBytes || f.c.RequestEvents > 0 && len(parts) == f.c.RequestEvents) {
			next := bytes.Clone(text[start:])
			text = text[:start]
			if flush(); failed != nil {
				break
			}
			text, start = append(text, next...), 0
		}
		parts = append(parts, part{i, start, len(text)})
	}
	if failed == nil {
		flush()
	}
	for _, r := range alone {
		if f.proven {
			out[r.event] = lazuli.Outcome{Verdict: lazuli.Rejected, Reason: r.reason}
		} else if failed == nil {
			failed = &lazuli.Error{Kind: lazuli.Permanent, Public: r.reason + "; so far it has taken no event: check url, method, headers and body"}
		}
	}
	return transport.Outcomes(out, failed)
}

// A part is one event's text.
type part struct{ event, from, to int }

// isolate sends some events as one request, and when they are refused because of one of them, sends the halves.
func (f *Forwarder) isolate(ctx context.Context, text []byte, parts []part, out []lazuli.Outcome, alone *[]refused) error {
	status, said, wait, err := f.request(ctx, f.body(text, parts))
	switch {
	case err != nil:
		return err
	case status >= 200 && status < 300:
		f.proven = true
		for _, p := range parts {
			out[p.event] = lazuli.Outcome{Verdict: lazuli.Delivered}
		}
		return nil
	case slices.Contains(f.c.Retry, status):
		return &lazuli.Error{Kind: lazuli.Transient, Public: said, Wait: wait}
	case !slices.Contains(f.c.Reject, status):
		kind := transport.KindOf(status)
		if kind == lazuli.Invalid {
			kind = lazuli.Permanent
		}
		return &lazuli.Error{Kind: kind, Public: said, Wait: wait}
	case len(parts) == 1:
		*alone = append(*alone, refused{parts[0].event, said})
		return nil
	}
	half := len(parts) / 2
	if err := f.isolate(ctx, text, parts[:half], out, alone); err != nil {
		return err
	}
	return f.isolate(ctx, text, parts[half:], out, alone)
}

// body makes the body of a request.
func (f *Forwarder) body(text []byte, parts []part) []byte {
	dst := make([]byte, 0, parts[len(parts)-1].to-parts[0].from+2*len(parts)+2)
	array := f.c.Body == "array"
	for i, p := range parts {
		if array && i == 0 {
			dst = append(dst, '[')
		}
		dst = append(dst, text[p.from:p.to]...)
		switch {
		case !array:
			dst = append(dst, '\n')
		case i < len(parts)-1:
			dst = append(dst, ',')
		default:
			dst = append(dst, ']')
		}
	}
	return dst
}

// request sends a body and returns the status, and what the receiver said in words.
func (f *Forwarder) request(ctx context.Context, body []byte) (status int, said string, wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, f.c.Timeout)
	defer cancel()
	if f.c.Gzip {
		var packed bytes.Buffer
		w, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed) // a level that there is
		_, _ = w.Write(body)                                 // a Buffer takes everything
		_ = w.Close()
		body = packed.Bytes()
	}
	req, err := http.NewRequestWithContext(ctx, f.c.Method, f.c.URL, bytes.NewReader(body))
	if err != nil {
		return 0, "", 0, &lazuli.Error{Kind: lazuli.Permanent, Public: "make request: " + f.masks.Redact(err.Error())}
	}
	req.Header.Set("User-Agent", "lazuli")
	for name, value := range f.c.Headers {
		req.Header.Set(name, value.Reveal())
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	if f.c.Body == "array" {
		req.Header.Set("Content-Type", "application/json")
	}
	if f.c.Gzip {
		req.Header.Set("Content-Encoding", "gzip")
	}
	res, err := f.client.Do(req)
	if err != nil {
		return 0, "", 0, transport.Error("the receiver", err, f.masks.Redact)
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, readBytes))
	if err == nil {
		_, err = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20)) // so that the connection can be used again
	}
	if closeErr := res.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return 0, "", 0, transport.Error("the receiver", err, f.masks.Redact)
	}
	return res.StatusCode, f.said(res, answer), transport.RetryAfter(res.Header.Get("Retry-After")), nil
}

// readBytes is how much of an answer is looked at.
const readBytes = 16 << 10

// said puts an answer into words: the status, the beginning of its text, and the way out.
func (f *Forwarder) said(res *http.Response, answer []byte) string {
	text := fmt.Sprintf("the receiver answered %d %s", res.StatusCode, http.StatusText(res.StatusCode))
	if shown := f.masks.Show(answer, len(answer) == readBytes); shown != "" {
		text += ": " + shown
	}
	if hint := transport.WayOut(res.StatusCode, res.Header.Get("Location"), "the token or what else is in headers"); hint != "" {
		text += "; " + f.masks.Redact(hint)
	}
	return text
}
