// Package client speaks to a Lazuli server over HTTP: it sends records, asks queries and reads what
// administrators may see.
//
// Invariant: an upload is sent again only under the key it had before, so that no retry counts a record
// twice; the token goes to the configured server only, and into no error.
package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"lazuli.dev/lazuli/internal/secret"
)

// Options say which server.
type Options struct {
	URL   string        // http://127.0.0.1:7575 or https://host:port
	Token secret.String // sent as bearer token
	CA    string        // PEM file of the authority to trust beside the system's; "" = none
}

// A Client speaks to one server. It is safe for concurrent use.
type Client struct {
	base  string
	token secret.String
	http  *http.Client
	// Patience is how long an upload is tried again while the server is busy, full or away.
	Patience time.Duration
}

// New makes a client; nothing is sent yet.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("server %q is not an http or https URL", o.URL)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CA != "" {
		pem, err := os.ReadFile(o.CA)
		if err != nil {
			return nil, fmt.Errorf("read authority: %w", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read authority: no PEM certificate in %s", o.CA)
		}
		transport.TLSClientConfig.RootCAs = pool
	}
	return &Client{
		base: strings.TrimRight(o.URL, "/"), token: o.Token, Patience: 2 * time.Minute,
		http: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// An Error is an answer other than success.
type Error struct {
	Status  int
	Code    string // of the innermost cause that the server named
	Message string // from the outermost to the innermost
	Wait    time.Duration
	// Line and Pos (both from 1) and Token say where a query is wrong; Line is 0 when they do not.
	Line, Pos int
	Token     string
	Query     bool // the query is to blame
}

// Error gives the server's words.
func (e *Error) Error() string { return e.Message }

// ErrUnreachable is in the chain of errors of the connection.
var ErrUnreachable = errors.New("the server cannot be reached")

// an inner is one level of an error as the API writes it.
type inner struct {
	Code       string `json:"code"`
	Message    string `json:"message"`
	Line       int    `json:"line"`
	Pos        int    `json:"pos"`
	Token      string `json:"token"`
	InnerError *inner `json:"innererror"`
}

// do sends a request and gives the body of a success.
func (c *Client) do(ctx context.Context, method, path string, header map[string]string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	if !c.token.Empty() {
		req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	}
	req.Header.Set("User-Agent", "lazuli-client")
	res, err := c.http.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if unknownAuthority(err) {
			err = fmt.Errorf("%w; if it is a Lazuli server, name its certificate with --ca FILE or LAZULI_CA (on the server, `lazuli ca --data DIR` prints it)", err)
		}
		return nil, fmt.Errorf("%w at %s: %w", ErrUnreachable, c.base, err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("%w: read its answer: %w", ErrUnreachable, err)
	}
	if res.StatusCode < 300 {
		return text, nil
	}
	return nil, explain(res, text)
}

// unknownAuthority reports whether the server's certificate is by nobody who is trusted: waiting does not help.
func unknownAuthority(err error) bool {
	var unknown x509.UnknownAuthorityError
	return errors.As(err, &unknown)
}

// explain turns an answer into an Error.
func explain(res *http.Response, text []byte) *Error {
	e := &Error{Status: res.StatusCode}
	if n, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && n > 0 {
		e.Wait = time.Duration(n) * time.Second
	}
	var answer struct{ Error *inner }
	if json.Unmarshal(text, &answer) != nil || answer.Error == nil {
		e.Message = fmt.Sprintf("the server answered %s", res.Status)
		return e
	}
	var words []string
	for i := answer.Error; i != nil; i = i.InnerError {
		e.Code = i.Code
		if i.Message != "" {
			words = append(words, i.Message)
		}
		if i.Line > 0 {
			e.Line, e.Pos, e.Token = i.Line, i.Pos, i.Token
		}
		switch i.Code {
		case "SyntaxError", "SemanticError", "EvaluationError":
			e.Query = true
		}
	}
	e.Message = strings.Join(words, ": ")
	return e
}

// A Column of an answer.
type Column struct{ Name, Type string }

// A Table of an answer. Values are JSON; a dynamic is a string of JSON.
type Table struct {
	Name    string
	Columns []Column
	Rows    [][]json.RawMessage
}

// An Answer is what a query gave.
type Answer struct {
	Tables  []Table
	Partial string        // why rows are missing at the end; "" when none are
	Time    time.Duration // that the server took
}

// Query asks one query. timespan is an ISO 8601 duration or interval, "" for all time. The error is an
// *Error where the server has answered.
func (c *Client) Query(ctx context.Context, workspace, text, timespan string) (*Answer, error) {
	q := map[string]string{"query": text}
	if timespan != "" {
		q["timespan"] = timespan
	}
	body, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	got, err := c.do(ctx, http.MethodPost, "/v1/workspaces/"+url.PathEscape(workspace)+"/query",
		map[string]string{"Content-Type": "application/json", "Prefer": "include-statistics=true,wait=600"}, body)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Tables     []Table
		Error      *inner
		Statistics struct {
			Query struct{ ExecutionTime float64 }
		}
	}
	if err := json.Unmarshal(got, &answer); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	a := &Answer{Tables: answer.Tables, Time: time.Duration(answer.Statistics.Query.ExecutionTime * float64(time.Second))}
	for i := answer.Error; i != nil; i = i.InnerError {
		if i.Message != "" {
			a.Partial = i.Message
		}
	}
	return a, nil
}

// An Upload is a body of wire records.
type Upload struct {
	Workspace   string
	Key         string // Idempotency-Key; an upload without one is not tried again
	ContentType string // "" is application/x-ndjson
	Encoding    string // "" or "gzip"
	Body        []byte
}

// A Receipt says what became of uploads.
type Receipt struct {
	Rows        int64            `json:"rows"`
	Tables      map[string]int64 `json:"tables"`
	Quarantined int64            `json:"quarantined"`
	Reasons     map[string]int64 `json:"reasons"`
	Duplicate   bool             `json:"duplicate"`
	Duplicates  int64            `json:"duplicates"`
}

// Ingest sends an upload and returns when its records are durable and can be queried. While the server is busy,
// full or away it is sent again, under the same key, for up to Patience.
func (c *Client) Ingest(ctx context.Context, u Upload) (Receipt, error) {
	header := map[string]string{"Content-Type": "application/x-ndjson"}
	if u.ContentType != "" {
		header["Content-Type"] = u.ContentType
	}
	if u.Key != "" {
		header["Idempotency-Key"] = u.Key
	}
	if u.Encoding != "" {
		header["Content-Encoding"] = u.Encoding
	}
	send := c.patiently
	if u.Key == "" {
		send = c.do
	}
	text, err := send(ctx, http.MethodPost, "/v1/ingest?workspace="+url.QueryEscape(u.Workspace), header, u.Body)
	if err != nil {
		return Receipt{}, err
	}
	var r Receipt
	if err := json.Unmarshal(text, &r); err != nil {
		return Receipt{}, fmt.Errorf("read the receipt: %w", err)
	}
	return r, nil
}

// heldKeys is how many keys one request asks for.
const heldKeys = 20_000

// Held says for each key whether an upload of this token's principal was taken under it and is remembered. The server is
// asked again, for up to Patience, while it is away.
func (c *Client) Held(ctx context.Context, workspace string, keys []string) ([]bool, error) {
	held := make([]bool, len(keys))
	for from := 0; from < len(keys); from += heldKeys {
		upto := min(from+heldKeys, len(keys))
		body, err := json.Marshal(map[string][]string{"keys": keys[from:upto]})
		if err != nil {
			return nil, err
		}
		text, err := c.patiently(ctx, http.MethodPost, "/v1/ingest/held?workspace="+url.QueryEscape(workspace), map[string]string{"Content-Type": "application/json"}, body)
		if err != nil {
			return nil, err
		}
		var answer struct{ Held []int }
		if err := json.Unmarshal(text, &answer); err != nil {
			return nil, fmt.Errorf("read which uploads are held: %w", err)
		}
		for _, i := range answer.Held {
			if i < 0 || i >= upto-from {
				return nil, fmt.Errorf("read which uploads are held: there is no key %d", i)
			}
			held[from+i] = true
		}
	}
	return held, nil
}

// patiently sends a request that may be repeated, again while the server is busy, full or away, for up to Patience.
func (c *Client) patiently(ctx context.Context, method, path string, header map[string]string, body []byte) ([]byte, error) {
	pause, deadline := 100*time.Millisecond, time.Now().Add(c.Patience)
	for {
		text, err := c.do(ctx, method, path, header, body)
		if err == nil || ctx.Err() != nil {
			return text, err
		}
		var answered *Error
		wait := pause/2 + rand.N(pause)
		if errors.As(err, &answered) {
			if answered.Status != http.StatusTooManyRequests && answered.Status < 500 {
				return nil, err
			}
			wait = max(wait, answered.Wait)
		} else if unknownAuthority(err) {
			return nil, err
		}
		if time.Now().Add(wait).After(deadline) {
			return nil, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		}
		pause = min(pause*2, 5*time.Second)
	}
}

// A TableState is one table that holds rows.
type TableState struct {
	Workspace        string     `json:"workspace"`
	Name             string     `json:"name"`
	Rows             int64      `json:"rows"`
	From             *time.Time `json:"from"` // of TimeGenerated
	To               *time.Time `json:"to"`
	RetentionSeconds int64      `json:"retentionSeconds"` // 0 = for ever
}

// Tables lists the tables that hold rows; workspace "" means all.
func (c *Client) Tables(ctx context.Context, workspace string) ([]TableState, error) {
	path := "/v1/admin/tables"
	if workspace != "" {
		path += "?workspace=" + url.QueryEscape(workspace)
	}
	var answer struct{ Tables []TableState }
	err := c.get(ctx, path, &answer)
	return answer.Tables, err
}

// SignInLink asks for a link to the console that signs a browser in, once, for the token's principal.
func (c *Client) SignInLink(ctx context.Context) (string, error) {
	text, err := c.do(ctx, http.MethodPost, "/v1/console/links", nil, nil)
	if err != nil {
		return "", err
	}
	var link struct {
		Path string `json:"path"`
	}
	if err := json.Unmarshal(text, &link); err != nil || link.Path == "" {
		return "", fmt.Errorf("the server at %s gave no link; is it of this version", c.base)
	}
	return c.base + link.Path, nil
}

func (c *Client) get(ctx context.Context, path string, into any) error {
	text, err := c.do(ctx, http.MethodGet, path, nil, nil)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}
