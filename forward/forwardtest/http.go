package forwardtest

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"time"
)

// HTTP plays a receiver of requests with many events, with faults on demand. What a request is, Take says.
type HTTP struct {
	*httptest.Server
	take Take

	mu     sync.Mutex
	stored []Got
	faults []Fault
	down   bool
}

// Take reads a request whose body is unpacked already. It returns what is to be stored, and the status and body
// of the answer; stored tells whether an id is there already. With half, every other event is refused for now.
type Take func(h http.Header, body []byte, half bool, stored func(id string) bool) (events []Got, status int, answer string)

// NewHTTP starts a receiver; the caller closes it.
func NewHTTP(secure bool, take Take) *HTTP {
	h := &HTTP{take: take}
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(h.serve))
	if secure {
		h.StartTLS()
	} else {
		h.Start()
	}
	return h
}

// Got is what was stored, in order of arrival.
func (h *HTTP) Got() []Got {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.stored)
}

// Fault adds faults for the next requests, one each.
func (h *HTTP) Fault(f ...Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = append(h.faults, f...)
}

// Down makes the receiver drop every connection, or take them again.
func (h *HTTP) Down(down bool) {
	h.mu.Lock()
	h.down = down
	h.mu.Unlock()
	if down {
		h.CloseClientConnections()
	}
}

func (h *HTTP) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	fault, down := Fault(-1), h.down
	if !down && len(h.faults) > 0 {
		fault, h.faults = h.faults[0], h.faults[1:]
	}
	h.mu.Unlock()
	retry := strconv.Itoa(int(Wait / time.Second))
	switch {
	case down:
		drop(w)
		return
	case fault == Throttled:
		w.Header().Set("Retry-After", retry)
		w.WriteHeader(http.StatusTooManyRequests)
		return
	case fault == Dated:
		w.Header().Set("Retry-After", time.Now().Add(Wait).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusTooManyRequests)
		return
	case fault == Silent:
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done() // until the client leaves
		return
	case fault == Busy:
		w.Header().Set("Retry-After", retry)
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case fault == Broken:
		w.WriteHeader(http.StatusInternalServerError)
		return
	case fault == DropBefore:
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
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	events, status, answer := h.take(r.Header, body, fault == Half, func(id string) bool {
		return slices.ContainsFunc(h.stored, func(g Got) bool { return g.ID == id })
	})
	h.stored = append(h.stored, events...)
	if fault == DropAfter {
		drop(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer) // the client may have left
}
