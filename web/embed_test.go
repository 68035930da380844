package web

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHandler(t *testing.T) {
	built := handlerOf(fstest.MapFS{
		"dist.html":               {Data: []byte("not built")},
		"dist/index.html":         {Data: []byte("the page")},
		"dist/assets/a-123.js.gz": {Data: zipped(t, "script")},
		"dist/assets/a-123.js.br": {Data: []byte("brotli")},
		"dist/assets/x-1.woff2":   {Data: []byte("font")},
	})
	bare := handlerOf(fstest.MapFS{"dist.html": {Data: []byte("not built")}})
	f := func(h http.Handler, path, encodings string, status int, body, cache, encoding string) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", encodings)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != status || !strings.Contains(w.Body.String(), body) {
			t.Errorf("%s: %d %q, want %d %q", path, w.Code, w.Body, status, body)
		}
		if got := w.Header().Get("Cache-Control"); got != cache {
			t.Errorf("%s: Cache-Control %q, want %q", path, got, cache)
		}
		if got := w.Header().Get("Content-Encoding"); got != encoding {
			t.Errorf("%s: Content-Encoding %q, want %q", path, got, encoding)
		}
		if p := w.Header().Get("Content-Security-Policy"); !strings.Contains(p, "script-src 'self';") || strings.Contains(p, "unsafe-eval") {
			t.Errorf("%s: policy %q", path, p)
		}
	}
	const forever, always = "public, max-age=31536000, immutable", "no-cache"
	f(built, "/", "gzip", 200, "the page", always, "")
	f(built, "/dashboards/x", "", 200, "the page", always, "")
	f(built, "/assets/a-123.js", "gzip, br", 200, "brotli", forever, "br")
	f(built, "/assets/a-123.js", "gzip, br;q=0", 200, "", forever, "gzip")
	f(built, "/assets/a-123.js", "", 200, "script", forever, "")
	f(built, "/assets/x-1.woff2", "gzip", 200, "font", forever, "")
	f(built, "/assets/none.js", "gzip", 404, "", "no-store", "")
	f(built, "/assets/../../dist.html", "", 200, "the page", always, "")
	f(bare, "/logs", "gzip", 200, "not built", always, "")
	f(Handler(), "/", "", 200, "<html", always, "")
}
