package api

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"lazuli.dev/lazuli/auth"
)

type idKey struct{}

// requestID returns the id that the server gave the request: the correlationId of its errors.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(idKey{}).(string)
	return id
}

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// A recorder notes what was answered.
type recorder struct {
	http.ResponseWriter
	status    int
	bytes     int64
	pattern   string // of the route
	principal string
}

// WriteHeader notes the status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// observed gives the request an id, refuses plain HTTP from afar, turns a panic into an answer, and logs
// and counts the outcome. The path is logged without its parameters: a query may stand there.
func (s *Server) observed(w http.ResponseWriter, r *http.Request, answer http.HandlerFunc) {
	began := time.Now()
	id := newID()
	r = r.WithContext(context.WithValue(r.Context(), idKey{}, id))
	rec := &recorder{ResponseWriter: w, pattern: "none"}
	h := rec.Header()
	h.Set("x-ms-request-id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	defer func() {
		if cause := recover(); cause != nil {
			if cause == http.ErrAbortHandler {
				panic(cause)
			}
			s.log.ErrorContext(r.Context(), "panic in a handler", "request", id, "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
			if rec.status != 0 {
				// The answer has begun: only breaking it off tells the client that it is not whole.
				s.finish(rec, r, id, began)
				panic(http.ErrAbortHandler)
			}
			errFault.answer(rec, r)
		}
		s.finish(rec, r, id, began)
	}()
	if r.TLS == nil && !loopback(r.RemoteAddr) {
		h.Set("Connection", "close")
		errPlain.answer(rec, r)
		return
	}
	answer(rec, r)
}

func (s *Server) finish(rec *recorder, r *http.Request, id string, began time.Time) {
	took := time.Since(began)
	s.metrics.requests.WithLabelValues(rec.pattern, fmt.Sprint(rec.status)).Inc()
	s.metrics.seconds.WithLabelValues(rec.pattern).Observe(took.Seconds())
	level := slog.LevelInfo
	switch {
	case rec.status >= 500:
		level = slog.LevelWarn
	case rec.pattern == "GET /healthz":
		level = slog.LevelDebug
	}
	s.log.LogAttrs(r.Context(), level, "request",
		slog.String("request", id), slog.String("client", headerWord(r, "x-ms-client-request-id")), slog.String("method", r.Method), slog.String("path", printable(r.URL.Path)),
		slog.Int("status", rec.status), slog.Int64("bytes", rec.bytes), slog.Duration("took", took),
		slog.String("principal", rec.principal), slog.String("from", r.RemoteAddr), slog.Bool("tls", r.TLS != nil))
}

// loopback reports whether the peer is on this machine.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	host, _, _ = strings.Cut(host, "%") // the zone of an IPv6 address
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// headerWord returns a header's value where it is short and harmless in a log.
func headerWord(r *http.Request, name string) string {
	v := r.Header.Get(name)
	if len(v) > 128 || v != printable(v) {
		return ""
	}
	return v
}

// printable shortens what a client wrote and drops what could forge a line of a log.
func printable(text string) string {
	if len(text) > 512 {
		text = text[:512] + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return -1
		}
		return r
	}, text)
}

// guarded asks for a token with the route's scope.
func (s *Server) guarded(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec, _ := w.(*recorder)
		if rec != nil {
			rec.pattern = rt.pattern
		}
		if rt.scope == "" {
			rt.answer(w, r)
			return
		}
		p, ok := s.o.Tokens.FromRequest(r)
		if !ok && s.o.Session != nil && r.Header.Get("Authorization") == "" {
			p, ok = s.o.Session(r)
		}
		if !ok {
			s.metrics.refused.Inc()
			errUnauthorized.answer(w, r)
			return
		}
		if rec != nil {
			rec.principal = p.Name
		}
		if s.o.Version != "" {
			w.Header().Set("Server", "lazuli/"+s.o.Version)
		}
		if id := headerWord(r, "x-ms-client-request-id"); id != "" {
			w.Header().Set("x-ms-client-request-id", id)
		}
		// The catch-all is open to whoever has a token: it says no more than "no such path".
		if !p.Can(rt.scope) && rt.pattern != "/" {
			forbidden("The token lacks the scope "+string(rt.scope)+".").answer(w, r)
			return
		}
		rt.answer(w, r.WithContext(auth.WithPrincipal(r.Context(), p)))
	})
}
