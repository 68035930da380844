package api

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"

	"lazuli.dev/lazuli"
)

func zipped(t testing.TB, open func(io.Writer) io.WriteCloser, text []byte) string {
	t.Helper()
	var b bytes.Buffer
	w := open(&b)
	_, err := w.Write(text)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return string(sum[:])
}

func gzipped(t testing.TB, text []byte) string {
	return zipped(t, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, text)
}

func TestIngest(t *testing.T) {
	s := serve(t, nil)
	const records = `{"records":[{"category":"SignInLogs"}]}`
	f := func(want lazuli.Upload, path, body string, header ...string) {
		t.Helper()
		resp, text := s.ask("POST", path, "writer", body, header...)
		if resp.StatusCode != 200 {
			t.Errorf("%s %v: %d %s", path, header, resp.StatusCode, text)
			return
		}
		sameJSON(t, text, `{"rows":3,"tables":{"AuditLogs":1,"SigninLogs":2},"quarantined":1,"reasons":{"no time":1},"duplicate":false,"duplicates":0}`)
		want.Principal, want.Route = "writer", "/v1/ingest"
		if diff := cmp.Diff(want, s.uploads[len(s.uploads)-1]); diff != "" {
			t.Errorf("%s %v:\n%s", path, header, diff)
		}
	}
	f(lazuli.Upload{Workspace: "default", Body: []byte(records)}, "/v1/ingest", records)
	f(lazuli.Upload{Workspace: "emea", ContentType: "application/json", Key: "k1", Body: []byte(records)}, "/v1/ingest?workspace="+emeaID, records,
		"Content-Type", "application/json; charset=utf-8", "Idempotency-Key", "k1", "x-ms-client-request-id", "other")
	f(lazuli.Upload{Workspace: "emea", ContentType: "application/x-ndjson", Key: "k2\x00" + digest(records), Body: []byte(records)}, "/v1/ingest", records,
		"Content-Type", "application/x-ndjson", "x-ms-client-request-id", "k2", "x-lazuli-workspace", "EMEA", "Content-Encoding", "identity")
	z := gzipped(t, []byte(records))
	f(lazuli.Upload{Workspace: "default", Encoding: "gzip", Body: []byte(z)}, "/v1/ingest", z, "Content-Encoding", "gzip")
	f(lazuli.Upload{Workspace: "default", Encoding: "gzip", Body: []byte(z)}, "/v1/ingest", z, "Content-Type", "application/gzip")
	f(lazuli.Upload{Workspace: "default", Body: []byte(records)}, "/v1/ingest",
		zipped(t, func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z }, []byte(records)), "Content-Encoding", "zstd")
	f(lazuli.Upload{Workspace: "default", Body: []byte(records)}, "/v1/ingest",
		zipped(t, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, []byte(records)), "Content-Encoding", "deflate")
	f(lazuli.Upload{Workspace: "default", Body: []byte(records)}, "/v1/ingest",
		zipped(t, func(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, 5); return z }, []byte(records)), "Content-Encoding", "deflate")
	large := bytes.Repeat([]byte(records+"\n"), 20_000)
	f(lazuli.Upload{Workspace: "default", Body: large}, "/v1/ingest", string(large))

	s.ingest = func(context.Context, lazuli.Upload) (lazuli.Receipt, error) {
		return lazuli.Receipt{Duplicate: true, Duplicates: 4}, nil
	}
	_, body := s.ask("POST", "/v1/ingest", "admin", records)
	sameJSON(t, body, `{"rows":0,"tables":{},"quarantined":0,"reasons":{},"duplicate":true,"duplicates":4}`)
	_, body = s.ask("GET", "/metrics", "admin", "")
	for _, want := range []string{`lazuli_ingest_rows_total{table="SigninLogs"} 18`, "lazuli_ingest_duplicate_uploads_total 1", "lazuli_ingest_held_bytes 0"} {
		if !strings.Contains(body, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}

func TestIngestChunkedBody(t *testing.T) {
	s := serve(t, nil)
	text := bytes.Repeat([]byte("0123456789abcdef"), 300_000)
	// A reader of an unknown kind makes the client send chunks without a length.
	req, err := http.NewRequest("POST", s.URL+"/v1/ingest", io.MultiReader(bytes.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer writer")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != 200 || !bytes.Equal(s.uploads[0].Body, text) {
		t.Errorf("%d, %d bytes of %d", resp.StatusCode, len(s.uploads[0].Body), len(text))
	}
}

// Windows events come as XML under each of these types.
func TestIngestOfXML(t *testing.T) {
	s := serve(t, nil)
	for _, kind := range []string{"application/xml", "text/xml; charset=utf-8", "text/plain"} {
		if resp, text := s.ask("POST", "/v1/ingest", "writer", "<Event/>", "Content-Type", kind); resp.StatusCode != 200 {
			t.Errorf("%s: %d %s", kind, resp.StatusCode, text)
		}
	}
}

func TestIngestRefuses(t *testing.T) {
	s := serve(t, func(o *Options) { o.MaxUpload = 1 << 20 })
	f := func(status int, says, body string, header ...string) {
		t.Helper()
		resp, text := s.ask("POST", "/v1/ingest", "writer", body, header...)
		if resp.StatusCode != status || !strings.Contains(text, says) {
			t.Errorf("%v: %d, want %d with %q: %s", header, resp.StatusCode, status, says, text)
		}
	}
	f(413, "1 MiB after decompression", strings.Repeat("x", 1<<20+1))
	f(413, "1 MiB", zipped(t, func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z }, make([]byte, 64<<20)), "Content-Encoding", "zstd")
	f(413, "1 MiB", zipped(t, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, make([]byte, 64<<20)), "Content-Encoding", "deflate")
	f(400, "not whole zstd", "{}", "Content-Encoding", "zstd")
	f(400, "not whole deflate", "\xff\xff", "Content-Encoding", "deflate")
	f(400, "empty", "")
	f(400, "256 bytes", "{}", "Idempotency-Key", strings.Repeat("k", 257))
	f(400, "256 bytes", "{}", "x-ms-client-request-id", strings.Repeat("k", 257))
	f(415, "gzip, deflate, zstd", "{}", "Content-Encoding", "br")
	f(415, "application/json", "{}", "Content-Type", "text/html")
	f(415, "application/json", "{}", "Content-Type", "multipart/form-data; boundary=x")
	f(415, "application/json", "{}", "Content-Type", "///")
	if len(s.uploads) != 0 {
		t.Error("a refused upload reached the intake")
	}
}

func TestIngestFailures(t *testing.T) {
	s := serve(t, nil)
	f := func(err error, status, retry int, says, hides string) {
		t.Helper()
		s.ingest = func(context.Context, lazuli.Upload) (lazuli.Receipt, error) { return lazuli.Receipt{}, err }
		resp, text := s.ask("POST", "/v1/ingest", "writer", "{}")
		after := resp.Header.Get("Retry-After")
		if resp.StatusCode != status || retry > 0 && after != strconv.Itoa(retry) || retry == 0 && after != "" || !strings.Contains(text, says) || hides != "" && strings.Contains(text, hides) {
			t.Errorf("%v: %d %q %s", err, resp.StatusCode, after, text)
		}
		if hides != "" && !strings.Contains(s.log.String(), hides) {
			t.Errorf("the log does not say %q", hides)
		}
	}
	f(lazuli.Errorf(lazuli.Invalid, "no record found"), 400, 0, "no record found", "")
	f(lazuli.Errorf(lazuli.TooLarge, "more than 5 bytes"), 413, 0, "more than 5 bytes", "")
	f(lazuli.Errorf(lazuli.Conflict, "key reused"), 422, 0, "key reused", "")
	f(&lazuli.Error{Kind: lazuli.NoSpace, Public: "no space left", Err: errors.New("write /data/x: ENOSPC")}, 503, 30, "no space left", "/data/x")
	f(&lazuli.Error{Kind: lazuli.Transient, Public: "later", Wait: 90 * time.Second, Err: errors.New("cut stalled")}, 503, 90, "later", "cut stalled")
	f(errors.New("open /data/y"), 500, 0, "InternalServerError", "/data/y")
}

func TestIngestWaitsForMemory(t *testing.T) {
	s := serve(t, func(o *Options) { o.MaxUpload, o.UploadsHeld = 1000, 1000 })
	entered, leave := make(chan struct{}), make(chan struct{})
	s.ingest = func(context.Context, lazuli.Upload) (lazuli.Receipt, error) {
		entered <- struct{}{}
		<-leave
		return lazuli.Receipt{}, nil
	}
	done := make(chan int, 2)
	for range 2 {
		go func() {
			resp, _ := s.ask("POST", "/v1/ingest", "writer", strings.Repeat("x", 600))
			done <- resp.StatusCode
		}()
	}
	<-entered
	select {
	case <-entered:
		t.Error("two uploads of 600 bytes are held where 1000 are allowed")
	case <-time.After(50 * time.Millisecond):
	}
	leave <- struct{}{}
	<-entered
	leave <- struct{}{}
	if a, b := <-done, <-done; a != 200 || b != 200 {
		t.Errorf("%d and %d", a, b)
	}
}

func BenchmarkIngestBody(b *testing.B) {
	s := serve(b, nil)
	s.ingest = func(context.Context, lazuli.Upload) (lazuli.Receipt, error) { return lazuli.Receipt{}, nil }
	body := strings.Repeat("x", 8<<20)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		s.uploads = nil
		s.ask("POST", "/v1/ingest", "writer", body)
	}
}

// TestHeldUploads: a sender learns of its own keys, and of those of the workspace that it names.
func TestHeldUploads(t *testing.T) {
	s := serve(t, func(o *Options) {
		o.Held = func(_ context.Context, workspace, principal, route string, keys []string) ([]bool, error) {
			held := make([]bool, len(keys))
			for i, k := range keys {
				held[i] = k == workspace+" "+principal+" "+route
			}
			return held, nil
		}
	})
	f := func(token, query, body string, wantStatus int, want string) {
		t.Helper()
		res, text := s.ask("POST", "/v1/ingest/held"+query, token, body)
		if res.StatusCode != wantStatus || wantStatus == 200 && text != want {
			t.Errorf("%s %s %s: %d %s, want %d %s", token, query, body, res.StatusCode, text, wantStatus, want)
		}
	}
	f("writer", "", `{"keys":["a","default writer /v1/ingest","emea writer /v1/ingest"]}`, 200, `{"held":[1]}`+"\n")
	f("writer", "?workspace=emea", `{"keys":["a","default writer /v1/ingest","emea writer /v1/ingest"]}`, 200, `{"held":[2]}`+"\n")
	f("admin", "", `{"keys":["default writer /v1/ingest"]}`, 200, `{"held":[]}`+"\n")
	f("writer", "", `{"keys":[1]}`, 400, "")
	f("writer", "?workspace=nowhere", `{"keys":[]}`, 404, "")
	f("reader", "", `{"keys":[]}`, 403, "")
}
