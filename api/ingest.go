package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/auth"
)

const (
	// ingestRoute is part of what recognises a repeated upload: it must not change.
	ingestRoute = "/v1/ingest"
	// uploadTime is how long a client may take to send a body.
	uploadTime = 5 * time.Minute
	// holdTime is how long an upload waits for memory before the client is asked to come back.
	holdTime = 10 * time.Second
	// firstPiece is what is made ready for a body whose length the client did not say.
	firstPiece = 1 << 20
	// pooled is the largest buffer that is kept for the next upload.
	pooled = 32 << 20
	// maxKey bounds the client's name for an upload.
	maxKey = 256
)

// contentTypes are what wire records come as. What they are is found out by looking at them; the type
// only has to be one under which senders know them.
var contentTypes = []string{"application/json", "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines",
	"application/json-seq", "application/stream+json", "text/json", "text/plain", "application/octet-stream", "application/gzip", "application/x-gzip",
	"application/xml", "text/xml"}

var bodies = sync.Pool{New: func() any { return new([]byte) }}

// ingest takes wire records and answers how many rows of which tables they became, once they are durable and
// can be queried.
func (s *Server) ingest(w http.ResponseWriter, r *http.Request) {
	workspace, p := s.target(r)
	if p != nil {
		p.answer(w, r)
		return
	}
	kind, encoding, p := contentOf(r)
	if p != nil {
		p.answer(w, r)
		return
	}
	key := r.Header.Get("Idempotency-Key")
	client := r.Header.Get("x-ms-client-request-id")
	if len(key) > maxKey || len(client) > maxKey {
		badRequest("Idempotency-Key and x-ms-client-request-id have at most 256 bytes.").answer(w, r)
		return
	}
	held, buffer, p := s.readUpload(w, r)
	defer func() { s.release(held, buffer) }()
	if p != nil {
		p.answer(w, r)
		return
	}
	if more := s.decodedSize(*buffer, encoding); more > 0 {
		if p := s.hold(r.Context(), more); p != nil {
			p.answer(w, r)
			return
		}
		held += more
	}
	body, received := *buffer, len(*buffer)
	if len(body) == 0 {
		badRequest("The body is empty. Send wire records as JSON.").answer(w, r)
		return
	}
	if key == "" && client != "" {
		// A client's id promises less: Azure's libraries keep it over a retry, other programs send the same
		// one with everything. So it names an upload together with the body.
		sum := sha256.Sum256(body)
		key = client + "\x00" + string(sum[:])
	}
	body, encoding, p = s.unpack(body, encoding)
	if p != nil {
		p.answer(w, r)
		return
	}
	receipt, err := s.o.Ingester.Ingest(r.Context(), lazuli.Upload{
		Workspace: workspace, Principal: auth.PrincipalFrom(r.Context()).Name, Route: ingestRoute, Key: key,
		ContentType: kind, Encoding: encoding, Body: body,
	})
	if err != nil {
		p, cause := ofUpload(err)
		if cause != nil {
			s.log.ErrorContext(r.Context(), "upload not taken", "request", requestID(r.Context()), "error", cause)
		}
		p.answer(w, r)
		return
	}
	s.count(receipt, encoding, received)
	s.answerReceipt(w, r, receipt)
}

// target is the workspace that a sender means.
func (s *Server) target(r *http.Request) (string, *problem) {
	name := r.URL.Query().Get("workspace")
	if name == "" {
		name = r.Header.Get("x-lazuli-workspace")
	}
	if name == "" {
		name = lazuli.DefaultWorkspace
	}
	return s.workspace(r, name)
}

// heldUploads answers which of a sender's keys are those of uploads that were taken and are remembered, so that it
// can go on where it stopped.
func (s *Server) heldUploads(w http.ResponseWriter, r *http.Request) {
	workspace, p := s.target(r)
	if p != nil {
		p.answer(w, r)
		return
	}
	var body struct {
		Keys []string `json:"keys"`
	}
	if p := readBody(w, r, &body); p != nil {
		p.answer(w, r)
		return
	}
	var held []bool
	if s.o.Held != nil {
		var err error
		if held, err = s.o.Held(r.Context(), workspace, auth.PrincipalFrom(r.Context()).Name, ingestRoute, body.Keys); err != nil {
			p, cause := ofUpload(err)
			if cause != nil {
				s.log.ErrorContext(r.Context(), "keys not looked up", "request", requestID(r.Context()), "error", cause)
			}
			p.answer(w, r)
			return
		}
	}
	r.Header.Del("Accept-Encoding") // the answer is small
	out := startStream(w, r, http.StatusOK)
	out.text(`{"held":[`)
	separator := ""
	for i := range held {
		if held[i] {
			out.text(separator)
			out.int(int64(i))
			separator = ","
		}
	}
	out.text("]}\n")
	_ = out.close() // whoever left needs no answer
}

// contentOf returns the body's media type and its encoding.
func contentOf(r *http.Request) (kind, encoding string, p *problem) {
	unsupported := func(message string) (string, string, *problem) {
		return "", "", &problem{status: http.StatusUnsupportedMediaType, code: "UnsupportedMediaTypeError", message: message}
	}
	if declared := r.Header.Get("Content-Type"); declared != "" {
		var err error
		if kind, _, err = mime.ParseMediaType(declared); err != nil || !slices.Contains(contentTypes, kind) {
			return unsupported("Records are taken as application/json or application/x-ndjson, not as " + printable(declared) + ".")
		}
	}
	encoding = strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding")))
	switch encoding {
	case "", "identity":
		encoding = ""
	case "x-gzip":
		encoding = "gzip"
	case "gzip", "deflate", "zstd":
	default:
		return unsupported("The body may be encoded as gzip, deflate, zstd or not at all.")
	}
	if kind == "application/gzip" || kind == "application/x-gzip" {
		if encoding != "" && encoding != "gzip" {
			return unsupported("A gzip file needs no further encoding.")
		}
		kind, encoding = "", "gzip"
	}
	return kind, encoding, nil
}

func tooLarge(limit int64) *problem {
	return &problem{status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLargeError",
		message: "An upload may have at most " + megabytes(limit) + " after decompression. Send it in smaller pieces."}
}

func megabytes(n int64) string {
	if n < 1<<20 {
		return strconv.FormatInt(n, 10) + " bytes"
	}
	return strconv.FormatInt(n>>20, 10) + " MiB"
}

// readUpload reads the body into a buffer from the pool. The bytes it may take are counted beforehand, over all
// uploads: many large ones at once must not use up the memory. It returns what release has to give back.
func (s *Server) readUpload(w http.ResponseWriter, r *http.Request) (held int64, buffer *[]byte, p *problem) {
	buffer = bodies.Get().(*[]byte)
	*buffer = (*buffer)[:0]
	limit := s.o.MaxUpload
	if r.ContentLength > limit {
		return 0, buffer, tooLarge(limit)
	}
	size := r.ContentLength
	if size < 0 {
		size = min(firstPiece, limit)
	}
	if p := s.hold(r.Context(), size); p != nil {
		return 0, buffer, p
	}
	held = size
	defer limitReading(w, uploadTime)()
	body := http.MaxBytesReader(w, r.Body, limit)
	*buffer = slices.Grow(*buffer, int(size))
	for {
		if len(*buffer) == cap(*buffer) {
			// The length was not said, or the buffer is exactly full: one byte more tells.
			more := int64(min(max(cap(*buffer), 512), 16<<20))
			if r.ContentLength < 0 {
				if p := s.hold(r.Context(), more); p != nil {
					return held, buffer, p
				}
				held += more
			}
			*buffer = slices.Grow(*buffer, int(more))
		}
		free := (*buffer)[len(*buffer):cap(*buffer)]
		n, err := body.Read(free)
		*buffer = (*buffer)[:len(*buffer)+n]
		var large *http.MaxBytesError
		switch {
		case err == io.EOF:
			return held, buffer, nil
		case errors.As(err, &large):
			return held, buffer, tooLarge(limit)
		case err != nil:
			return held, buffer, badRequest("The body ended before its end or came too slowly.")
		case int64(len(*buffer)) == r.ContentLength:
			return held, buffer, nil
		}
	}
}

// hold counts bytes that an upload takes, and waits a little where too many are taken already.
func (s *Server) hold(ctx context.Context, n int64) *problem {
	ctx, cancel := context.WithTimeout(ctx, holdTime)
	defer cancel()
	if err := s.uploads.Acquire(ctx, n); err != nil {
		return &problem{status: http.StatusTooManyRequests, code: "ThrottledError", message: "Too many uploads are under way. Send this one again in a few seconds.", retry: 5 * time.Second}
	}
	s.metrics.held.Add(float64(n))
	return nil
}

// decodedSize guesses what a body takes beside itself once it is decoded. A gzip file ends in its size; where that
// lies, the Ingester's limit holds.
func (s *Server) decodedSize(body []byte, encoding string) int64 {
	if encoding == "" || len(body) < 4 {
		return 0
	}
	guess := 4 * int64(len(body))
	if encoding == "gzip" {
		guess = max(guess, int64(binary.LittleEndian.Uint32(body[len(body)-4:])))
	}
	// The body itself is held: both together must fit.
	return max(min(guess, s.o.MaxUpload, s.o.UploadsHeld-int64(len(body))), 0)
}

func (s *Server) release(held int64, buffer *[]byte) {
	s.uploads.Release(held)
	s.metrics.held.Sub(float64(held))
	if cap(*buffer) <= pooled {
		bodies.Put(buffer)
	}
}

// unpack decodes what the store has no word for, up to the limit and not a byte further. Gzip stays as it was
// received, since that is the evidence; the Ingester decodes and bounds it.
func (s *Server) unpack(body []byte, encoding string) ([]byte, string, *problem) {
	if encoding == "" || encoding == "gzip" {
		return body, encoding, nil
	}
	broken := badRequest("The body is not whole " + encoding + ".")
	source := bytes.NewReader(body)
	var decoded io.Reader
	switch encoding {
	case "zstd":
		z, err := zstd.NewReader(source, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(s.o.MaxUpload)+1<<20))
		if err != nil {
			return nil, "", broken
		}
		defer z.Close()
		decoded = z
	case "deflate":
		// By the book it is zlib; some senders write the bare stream.
		if z, err := zlib.NewReader(source); err == nil {
			decoded = z
		} else {
			decoded = flate.NewReader(bytes.NewReader(body))
		}
	}
	plain, err := io.ReadAll(io.LimitReader(decoded, s.o.MaxUpload+1))
	switch {
	case int64(len(plain)) > s.o.MaxUpload || errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded):
		return nil, "", tooLarge(s.o.MaxUpload)
	case err != nil:
		return nil, "", broken
	}
	return plain, "", nil
}

// count counts what an upload became.
func (s *Server) count(receipt lazuli.Receipt, encoding string, received int) {
	if receipt.Duplicate {
		s.metrics.duplicates.Inc()
		return
	}
	if encoding == "" {
		encoding = "identity"
	}
	s.metrics.bytes.WithLabelValues(encoding).Add(float64(received))
	s.metrics.quarantined.Add(float64(receipt.Quarantined))
	for table, rows := range receipt.Rows {
		s.metrics.rows.WithLabelValues(table).Add(float64(rows))
	}
}

// answerReceipt writes the receipt. The answer is small, so it is not compressed.
func (s *Server) answerReceipt(w http.ResponseWriter, r *http.Request, receipt lazuli.Receipt) {
	r.Header.Del("Accept-Encoding")
	out := startStream(w, r, http.StatusOK)
	rows := int64(0)
	for _, n := range receipt.Rows {
		rows += int64(n)
	}
	out.text(`{"rows":`)
	out.int(rows)
	out.text(`,"tables":`)
	out.counts(receipt.Rows)
	out.text(`,"quarantined":`)
	out.int(int64(receipt.Quarantined))
	out.text(`,"reasons":`)
	out.counts(receipt.Reasons)
	out.text(`,"duplicate":`)
	if receipt.Duplicate {
		out.text("true")
	} else {
		out.text("false")
	}
	out.text(`,"duplicates":`)
	out.int(int64(receipt.Duplicates))
	out.text("}\n")
	_ = out.close() // the client left; what it sent is kept
}

// counts appends an object of numbers, sorted by name.
func (s *stream) counts(of map[string]int) {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	s.text("{")
	for i, name := range names {
		if i > 0 {
			s.text(",")
		}
		s.string(name)
		s.text(":")
		s.int(int64(of[name]))
	}
	s.text("}")
}
