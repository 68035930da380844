package splunk

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/transport"
)

const (
	// ackPollFirst and ackPollLast bound the pause between questions for acknowledgements:
	// short enough for a fast indexer, long enough not to load a slow one.
	ackPollFirst = 20 * time.Millisecond
	ackPollLast  = 2 * time.Second
	// answerLimit bounds what is read of an answer; the collector's are below 200 bytes.
	answerLimit = 1 << 20
)

// A Forwarder sends to one collector. It implements lazuli.Forwarder.
type Forwarder struct {
	c         Config
	base      string
	encode    *encoder
	client    *http.Client
	channel   string
	packed    bytes.Buffer
	zip       *gzip.Writer
	ackProven bool // the token was seen to have acknowledgement
	suspect   bool // the last request failed: ask for the collector's health first
}

// New makes a forwarder; nothing is sent yet.
func New(c Config) (*Forwarder, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	enc, err := newEncoder(c)
	if err != nil {
		return nil, err
	}
	client, err := transport.Client(transport.TLS{CA: c.CA})
	if err != nil {
		return nil, err
	}
	channel := c.Channel
	if channel == "" {
		channel = newGUID()
	}
	// The fastest level: it takes a quarter of the default's time and makes a tenth more bytes.
	zip, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	return &Forwarder{
		c: c, encode: enc, channel: channel, zip: zip,
		base:   strings.TrimRight(c.URL, "/") + "/services/collector",
		client: client,
	}, nil
}

// newGUID makes a random version 4 GUID.
func newGUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Close ends idle connections.
func (f *Forwarder) Close() error {
	f.client.CloseIdleConnections()
	return nil
}

// A span is a run of events [from,to) that went out in one request.
type span struct{ from, to int }

// Send delivers the events in requests of at most RequestBytes, in order, and waits for the
// acknowledgement of all of them together. After the first request that fails the rest is not
// tried, so that the order is kept.
func (f *Forwarder) Send(ctx context.Context, events []lazuli.Event) ([]lazuli.Outcome, error) {
	out := make([]lazuli.Outcome, len(events))
	if len(events) == 0 {
		return out, nil
	}
	if f.suspect {
		if err := f.Health(ctx); err != nil {
			return nil, err
		}
	}
	if *f.c.Acknowledgement && !f.ackProven {
		if err := f.proveAck(ctx); err != nil {
			return nil, err
		}
	}
	pending := map[int64]span{}
	failed := f.sendAll(ctx, events, out, pending)
	f.suspect = failed != nil
	if len(pending) > 0 {
		if err := f.awaitAcks(ctx, pending, out); err != nil && failed == nil {
			failed = err
		}
	}
	return transport.Outcomes(out, failed)
}

// sendAll cuts the events into requests and sends them until one fails.
func (f *Forwarder) sendAll(ctx context.Context, events []lazuli.Event, out []lazuli.Outcome, pending map[int64]span) error {
	var body []byte
	ends := make([]int, 0, len(events)) // end of each event's bytes in body
	from := 0
	flush := func(to int) error {
		if from == to {
			return nil
		}
		err := f.isolate(ctx, body, ends, span{from, to}, out, pending)
		body, ends, from = body[:0], ends[:0], to
		return err
	}
	for i := range events {
		start := len(body)
		body = f.encode.append(body, &events[i])
		if len(body) > f.c.RequestBytes && i > from {
			next := append([]byte(nil), body[start:]...)
			body = body[:start]
			if err := flush(i); err != nil {
				return err
			}
			body = append(body, next...)
		}
		ends = append(ends, len(body))
	}
	return flush(len(events))
}

// isolate sends one request, and when the collector refuses it because of an event, finds that
// event: the part before it, the event alone, the part after it. Only what is refused alone is
// Rejected. ends are offsets into body, one for each event of s.
func (f *Forwarder) isolate(ctx context.Context, body []byte, ends []int, s span, out []lazuli.Outcome, pending map[int64]span) error {
	a, err := f.post(ctx, body)
	if err != nil {
		return err
	}
	if !a.refusesEvent(f.encode.index.varies()) {
		if err := a.err(f.c.Token.Redact); err != nil {
			return err
		}
		if !*f.c.Acknowledgement {
			for i := s.from; i < s.to; i++ {
				out[i] = lazuli.Outcome{Verdict: lazuli.Delivered}
			}
			return nil
		}
		if a.AckID == nil {
			return &lazuli.Error{Kind: lazuli.Permanent, Public: "the collector took events without acknowledging them; enable indexer acknowledgement for the token or set acknowledgement: false"}
		}
		pending[*a.AckID] = s
		return nil
	}
	if s.to-s.from == 1 {
		out[s.from] = lazuli.Outcome{Verdict: lazuli.Rejected, Reason: f.c.Token.Redact(a.text())}
		return nil
	}
	n := s.to - s.from
	cuts := []int{0, n / 2, n}
	if h := a.InvalidEvent; h != nil && *h >= 0 && *h < n {
		cuts = []int{0, *h, *h + 1, n}
	}
	for i := 1; i < len(cuts); i++ {
		lo, hi := cuts[i-1], cuts[i]
		if lo == hi {
			continue
		}
		start := 0
		if lo > 0 {
			start = ends[lo-1]
		}
		part := make([]int, hi-lo)
		for j := range part {
			part[j] = ends[lo+j] - start
		}
		if err := f.isolate(ctx, body[start:ends[hi-1]], part, span{s.from + lo, s.from + hi}, out, pending); err != nil {
			return err
		}
	}
	return nil
}

// request asks the collector and reads its answer. An error is one of the network.
func (f *Forwarder) request(ctx context.Context, method, path string, body []byte, compress bool) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, f.c.Timeout)
	defer cancel()
	if compress {
		f.packed.Reset()
		f.zip.Reset(&f.packed)
		_, _ = f.zip.Write(body) // a Buffer takes everything
		_ = f.zip.Close()
		// The transport may read on for a moment after an answer that came early: a copy is its own.
		body = bytes.Clone(f.packed.Bytes())
	}
	req, err := http.NewRequestWithContext(ctx, method, f.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, &lazuli.Error{Kind: lazuli.Permanent, Public: "make request: " + f.c.Token.Redact(err.Error())}
	}
	req.Header.Set("Authorization", "Splunk "+f.c.Token.Reveal())
	req.Header.Set("X-Splunk-Request-Channel", f.channel)
	req.Header.Set("User-Agent", "lazuli")
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	if compress {
		req.Header.Set("Content-Encoding", "gzip")
	}
	res, err := f.client.Do(req)
	if err != nil {
		return nil, transport.Error("the collector", err, f.c.Token.Redact)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, answerLimit))
	if err != nil {
		return nil, transport.Error("the collector", err, f.c.Token.Redact)
	}
	a := &answer{Status: res.StatusCode, RetryAfter: transport.RetryAfter(res.Header.Get("Retry-After")), Location: res.Header.Get("Location")}
	if json.Unmarshal(text, a) != nil {
		a.Code = nil
	}
	return a, nil
}

func (f *Forwarder) post(ctx context.Context, body []byte) (*answer, error) {
	return f.request(ctx, http.MethodPost, "/event", body, *f.c.Gzip)
}

// Health asks whether the collector takes events now.
func (f *Forwarder) Health(ctx context.Context) error {
	a, err := f.request(ctx, http.MethodGet, "/health", nil, false)
	if err != nil {
		return err
	}
	if a.Status == http.StatusNotFound || a.Status == http.StatusMethodNotAllowed {
		return nil // a load balancer that hides it: the next request will tell
	}
	return a.err(f.c.Token.Redact)
}

// proveAck asks for no acknowledgement at all, which a token without the feature answers with an error.
// Otherwise the first batch would be delivered over and over without ever being confirmed.
func (f *Forwarder) proveAck(ctx context.Context) error {
	if _, err := f.acks(ctx, nil); err != nil {
		return err
	}
	f.ackProven = true
	return nil
}

// acks asks which of the requests are indexed.
func (f *Forwarder) acks(ctx context.Context, ids []int64) (map[int64]bool, error) {
	if ids == nil {
		ids = []int64{}
	}
	body, err := json.Marshal(map[string][]int64{"acks": ids})
	if err != nil {
		return nil, err
	}
	a, err := f.request(ctx, http.MethodPost, "/ack?channel="+url.QueryEscape(f.channel), body, false)
	if err != nil {
		return nil, err
	}
	if err := a.err(f.c.Token.Redact); err != nil {
		return nil, err
	}
	done := make(map[int64]bool, len(a.Acks))
	for k, v := range a.Acks {
		if id, err := strconv.ParseInt(k, 10, 64); err == nil {
			done[id] = v
		}
	}
	return done, nil
}

// awaitAcks marks the events of acknowledged requests as Delivered until all are, or AckTimeout has passed.
// A question that fails is asked again: the events are with the collector already.
func (f *Forwarder) awaitAcks(ctx context.Context, pending map[int64]span, out []lazuli.Outcome) error {
	ctx, cancel := context.WithTimeout(ctx, f.c.AckTimeout)
	defer cancel()
	pause := ackPollFirst
	var last error
	for len(pending) > 0 {
		ids := make([]int64, 0, len(pending))
		for id := range pending {
			ids = append(ids, id)
		}
		done, err := f.acks(ctx, ids)
		if err != nil && ctx.Err() == nil {
			last = err
		}
		for id, yes := range done {
			s, ours := pending[id]
			if !yes || !ours {
				continue
			}
			for i := s.from; i < s.to; i++ {
				out[i] = lazuli.Outcome{Verdict: lazuli.Delivered}
			}
			delete(pending, id)
		}
		if len(pending) == 0 {
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
			pause = min(pause*2, ackPollLast)
		case <-ctx.Done():
			timer.Stop()
			// Acknowledgements of a channel can be lost with an indexer: start afresh.
			if f.c.Channel == "" {
				f.channel = newGUID()
			}
			text := fmt.Sprintf("no acknowledgement within %s", f.c.AckTimeout)
			if last != nil {
				text += ": " + last.Error()
			}
			return &lazuli.Error{Kind: lazuli.Transient, Public: text, Err: errors.Join(errors.New(text), context.Cause(ctx))}
		}
	}
	return nil
}
