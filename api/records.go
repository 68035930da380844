package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/pipeline"
	"lazuli.dev/lazuli/store"
)

const (
	// maxRawShown is how many bytes of a raw record an answer in JSON has; as bytes all of it is given.
	maxRawShown = 4 << 20
	// mostRaw is how many answers at a time may hold more than maxRawShown: a frame is as large as an upload, and a slow
	// client holds it for as long as it takes.
	mostRaw   = 4
	bytesType = "application/octet-stream"
)

// record answers with what was received behind a row, by its _Seq: the one record, or with the parameter frame all
// that came with it in one delivery. As JSON it says where that came from; as application/octet-stream it is the
// bytes alone.
func (s *Server) record(w http.ResponseWriter, r *http.Request) {
	workspace, p := s.workspace(r, r.PathValue("workspace"))
	if p != nil {
		p.answer(w, r)
		return
	}
	seq, err := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	if err != nil {
		badRequest("The last part of the path must be the _Seq of a row, a whole number.").answer(w, r)
		return
	}
	whole, err := strconv.ParseBool(or(r.URL.Query().Get("frame"), "false"))
	if err != nil {
		badRequest("The parameter frame must be true or false.").answer(w, r)
		return
	}
	select {
	case s.raws <- struct{}{}:
	case <-r.Context().Done():
		p, _ := ofRaw(context.Canceled)
		p.answer(w, r)
		return
	}
	release := sync.OnceFunc(func() { <-s.raws })
	defer release()
	raw, err := s.o.Raw(r.Context(), workspace, seq, whole)
	if err == nil && len(raw.Body) <= maxRawShown {
		release()
	}
	if err != nil {
		p, cause := ofRaw(err)
		if cause != nil {
			s.log.ErrorContext(r.Context(), "raw record not read", "request", requestID(r.Context()), "error", cause)
		}
		p.answer(w, r)
		return
	}
	if wantsBytes(r.Header.Values("Accept")) {
		h := w.Header()
		h.Set("Content-Type", bytesType)
		h.Set("Content-Length", strconv.Itoa(len(raw.Body)))
		h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%d.%s"`, part(raw), seq, extension(raw)))
		w.WriteHeader(http.StatusOK)
		if r.Method != http.MethodHead {
			sendBytes(w, raw.Body)
		}
		return
	}
	out := startStream(w, r, http.StatusOK)
	out.raw(raw)
	if err := out.close(); err != nil {
		s.log.InfoContext(r.Context(), "answer not taken", "request", requestID(r.Context()), "error", err)
	}
}

// sendBytes writes a body in pieces, each of which the client has to take in time. One that has left gets no more.
func sendBytes(w http.ResponseWriter, body []byte) {
	control := http.NewResponseController(w)
	for len(body) > 0 {
		n := min(len(body), 1<<20)
		// Not every ResponseWriter has deadlines; those of the server have.
		_ = control.SetWriteDeadline(time.Now().Add(stallTime))
		if _, err := w.Write(body[:n]); err != nil {
			return
		}
		body = body[n:]
	}
	_ = control.SetWriteDeadline(time.Time{})
}

// ofRaw is the problem of a record that cannot be had; the second result is what the operator should read.
func ofRaw(err error) (*problem, error) {
	var released *store.ReleasedError
	var damaged *store.DamagedError
	p := &problem{status: http.StatusNotFound, code: codeNotFound, message: "There is no such raw record"}
	switch {
	case errors.Is(err, pipeline.ErrNoRecord):
		p.inner = &innerProblem{code: "RecordNotFound", message: "There never was a row of that _Seq in this workspace."}
		return p, nil
	case errors.As(err, &released):
		message := "The raw record is not in the journal any more, and nothing says that retention removed it."
		if released.When != 0 {
			message = "The journal's retention removed the raw record on " + lazuli.FromTicks(released.When).Format(time.RFC3339) + "."
		}
		p.inner = &innerProblem{code: "RecordReleased", message: fmt.Sprintf("%s The journal begins at _Seq %d now.", message, released.Oldest)}
		return p, nil
	case errors.As(err, &damaged):
		p.inner = &innerProblem{code: "RecordDamaged", message: fmt.Sprintf("The raw record cannot be read as it was written: frame %d of the journal is damaged (%s). `lazuli fsck` tells all that is.", damaged.Frame, damaged.Detail)}
		return p, err
	case errors.Is(err, store.ErrClosed):
		return &problem{status: http.StatusServiceUnavailable, code: "ServiceUnavailableError", message: "The server is shutting down.", retry: 5 * time.Second}, nil
	case errors.Is(err, context.Canceled):
		return &problem{status: statusClientGone, code: "ClientClosedRequest", message: "The client closed the connection."}, nil
	}
	return errFault, err
}

// wantsBytes reports whether a client asks for bytes by name.
func wantsBytes(headers []string) bool {
	for _, header := range headers {
		for _, item := range strings.Split(header, ",") {
			if kind, _, err := mime.ParseMediaType(item); err == nil && kind == bytesType {
				return true
			}
		}
	}
	return false
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// part is what of a frame was given.
func part(raw *pipeline.RawRecord) string {
	if raw.Whole {
		return "frame"
	}
	return "record"
}

// extension names the kind of file that the bytes are, by how they begin.
func extension(raw *pipeline.RawRecord) string {
	text := bytes.TrimLeft(bytes.TrimPrefix(raw.Body, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case raw.Packed || !utf8.Valid(raw.Body):
		return "bin"
	case len(text) > 0 && (text[0] == '{' || text[0] == '['):
		return "json"
	case bytes.HasPrefix(text, []byte("<Event")) || bytes.HasPrefix(text, []byte("<?xml")):
		return "xml"
	}
	return "txt"
}

// raw appends a raw record.
func (s *stream) raw(raw *pipeline.RawRecord) {
	property := func(name string, value string) {
		s.text(`,"` + name + `":`)
		s.string(value)
	}
	s.text(`{"seq":`)
	s.int(raw.Seq)
	s.text(`,"frame":`)
	s.int(raw.Frame)
	s.text(`,"ordinal":`)
	s.int(raw.Ordinal)
	if raw.Table != "" {
		property("table", raw.Table)
	}
	s.text(`,"held":` + strconv.FormatBool(raw.Held))
	s.instant("received", raw.Received)
	s.text(`,"origin":{"system":`)
	s.string(raw.Origin)
	if raw.Incarnation != "" {
		property("incarnation", raw.Incarnation)
		s.text(`,"first":`)
		s.int(raw.First)
		s.text(`,"last":`)
		s.int(raw.Last)
	}
	s.text("}")
	property("contentType", raw.ContentType)
	property("encoding", raw.Encoding)
	property("part", part(raw))
	if raw.Why != "" {
		property("reason", raw.Why)
	}
	s.text(`,"offset":`)
	s.int(int64(raw.Offset))
	s.text(`,"frameBytes":`)
	s.int(int64(raw.FrameBytes))
	s.text(`,"bytes":`)
	s.int(int64(len(raw.Body)))
	sum := sha256.Sum256(raw.Body)
	property("sha256", hex.EncodeToString(sum[:]))
	shown := raw.Body
	valid := utf8.Valid(shown)
	if len(shown) > maxRawShown {
		shown = shown[:maxRawShown]
		for valid && !utf8.RuneStart(raw.Body[len(shown)]) {
			shown = shown[:len(shown)-1]
		}
		s.text(`,"truncated":true`)
	}
	if valid {
		property("text", string(shown))
	} else {
		property("base64", base64.StdEncoding.EncodeToString(shown))
	}
	s.text("}\n")
}
