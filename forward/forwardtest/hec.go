package forwardtest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// HECOptions describe a collector.
type HECOptions struct {
	Token   string
	Ack     bool     // the token has indexer acknowledgement
	Indexes []string // allowed for the token; empty = all
	TLS     bool
	// AckAfter is how many questions for an acknowledgement are answered "not yet" before "yes".
	AckAfter int
}

// HECEvent is an event that the collector has stored.
type HECEvent struct {
	Time       json.Number       `json:"time"`
	Host       string            `json:"host"`
	Source     string            `json:"source"`
	SourceType string            `json:"sourcetype"`
	Index      string            `json:"index"`
	Event      json.RawMessage   `json:"event"`
	Fields     map[string]string `json:"fields"`
}

// HEC plays Splunk's HTTP Event Collector: its paths, checks, codes and acknowledgements, as Splunk
// documents them, and faults on demand.
type HEC struct {
	*httptest.Server
	o HECOptions

	mu     sync.Mutex
	stored []HECEvent
	faults []Fault
	down   bool
	next   int64
	acks   map[string]int // channel/id → questions to answer with "not yet"; absent: never
}

// NewHEC starts a collector; the caller closes it.
func NewHEC(o HECOptions) *HEC {
	h := &HEC{o: o, acks: map[string]int{}}
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(h.serve))
	if o.TLS {
		h.StartTLS()
	} else {
		h.Start()
	}
	return h
}

// Events gives what was stored, in order of arrival.
func (h *HEC) Events() []HECEvent {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.stored)
}

// Got gives what was stored as the suite compares it.
func (h *HEC) Got(idField string) []Got {
	var got []Got
	for _, e := range h.Events() {
		got = append(got, Got{e.Fields[idField], string(e.Event)})
	}
	return got
}

// Fault adds faults for the next write requests, one each.
func (h *HEC) Fault(f ...Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = append(h.faults, f...)
}

// Down makes the collector drop every connection, or take them again.
func (h *HEC) Down(down bool) {
	h.mu.Lock()
	h.down = down
	h.mu.Unlock()
	if down {
		h.CloseClientConnections()
	}
}

func drop(w http.ResponseWriter) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_ = conn.Close()
	}
}

func reply(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status, code int, text string) {
	reply(w, status, map[string]any{"text": text, "code": code})
}

func (h *HEC) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	down := h.down
	h.mu.Unlock()
	if down {
		drop(w)
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/services/collector")
	if path == r.URL.Path {
		http.NotFound(w, r)
		return
	}
	if strings.HasPrefix(path, "/health") {
		reply(w, 200, map[string]any{"text": "HEC is healthy", "code": 17})
		return
	}
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Splunk ")
	switch {
	case r.Header.Get("Authorization") == "":
		refuse(w, 401, 2, "Token is required")
		return
	case !found:
		refuse(w, 401, 3, "Invalid authorization")
		return
	case token != h.o.Token:
		refuse(w, 403, 4, "Invalid token "+token) // a receiver that repeats the token, to see it redacted
		return
	}
	channel := r.Header.Get("X-Splunk-Request-Channel")
	if h.o.Ack && channel == "" {
		refuse(w, 400, 10, "Data channel is missing")
		return
	}
	if path == "/ack" {
		h.answerAcks(w, r, channel)
		return
	}
	h.write(w, r, channel)
}

func (h *HEC) answerAcks(w http.ResponseWriter, r *http.Request, channel string) {
	if !h.o.Ack {
		refuse(w, 400, 14, "ACK is disabled")
		return
	}
	var q struct {
		Acks []int64 `json:"acks"`
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		refuse(w, 400, 6, "Invalid data format")
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	acks := map[string]bool{}
	for _, id := range q.Acks {
		key := fmt.Sprintf("%s/%d", channel, id)
		left, known := h.acks[key]
		switch {
		case known && left == 0:
			acks[strconv.FormatInt(id, 10)] = true
			delete(h.acks, key) // Splunk forgets what it has told
		case known:
			h.acks[key] = left - 1
			fallthrough
		default:
			acks[strconv.FormatInt(id, 10)] = false
		}
	}
	reply(w, 200, map[string]any{"acks": acks})
}

func (h *HEC) write(w http.ResponseWriter, r *http.Request, channel string) {
	h.mu.Lock()
	fault := Fault(-1)
	if len(h.faults) > 0 {
		fault, h.faults = h.faults[0], h.faults[1:]
	}
	h.mu.Unlock()
	retry := strconv.Itoa(int(Wait / time.Second))
	switch fault {
	case Throttled:
		w.Header().Set("Retry-After", retry)
		w.WriteHeader(http.StatusTooManyRequests)
		return
	case Dated:
		w.Header().Set("Retry-After", time.Now().Add(Wait).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusTooManyRequests)
		return
	case Silent:
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done() // until the client leaves
		return
	case Busy:
		w.Header().Set("Retry-After", retry)
		refuse(w, 503, 9, "Server is busy")
		return
	case Broken:
		refuse(w, 500, 8, "Internal server error")
		return
	case DropBefore:
		_, _ = io.ReadFull(r.Body, make([]byte, 10))
		drop(w)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err == nil && r.Header.Get("Content-Encoding") == "gzip" {
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(body)); err == nil {
			body, err = io.ReadAll(z)
		}
	}
	if err != nil {
		refuse(w, 400, 6, "Invalid data format")
		return
	}
	events, problem := h.parse(body)
	if problem != nil {
		reply(w, 400, problem)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if fault != Lost {
		h.stored = append(h.stored, events...)
	}
	if fault == DropAfter {
		drop(w)
		return
	}
	answer := map[string]any{"text": "Success", "code": 0}
	if h.o.Ack {
		answer["ackId"] = h.next
		if fault != Lost && fault != Unacked {
			h.acks[fmt.Sprintf("%s/%d", channel, h.next)] = h.o.AckAfter
		}
		h.next++
	}
	reply(w, 200, answer)
}

// parse reads the objects of a body. Like Splunk it counts the bad event from 0, but for a wrong index
// from 1.
func (h *HEC) parse(body []byte) ([]HECEvent, map[string]any) {
	bad := func(code int, text string, n int) map[string]any {
		return map[string]any{"text": text, "code": code, "invalid-event-number": n}
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, map[string]any{"text": "No data", "code": 5}
	}
	var events []HECEvent
	d := json.NewDecoder(bytes.NewReader(body))
	for d.More() {
		n := len(events)
		var e HECEvent
		if err := d.Decode(&e); err != nil {
			return nil, bad(6, "Invalid data format", n)
		}
		switch {
		case e.Event == nil:
			return nil, bad(12, "Event field is required", n)
		case string(e.Event) == `""`:
			return nil, bad(13, "Event field cannot be blank", n)
		case e.Index != "" && len(h.o.Indexes) > 0 && !slices.Contains(h.o.Indexes, e.Index):
			return nil, bad(7, "Incorrect index", n+1)
		}
		events = append(events, e)
	}
	return events, nil
}
