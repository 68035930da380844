package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli/client"
	"lazuli.dev/lazuli/internal/secret"
)

const token = "client-test-token"

func connect(t *testing.T, handler http.HandlerFunc) *client.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := client.New(client.Options{URL: server.URL, Token: secret.New(token)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestQueryError(t *testing.T) {
	c := connect(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			t.Errorf("no token in %v", r.Header)
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":{"message":"The request had some invalid properties","code":"BadArgumentError","innererror":{"code":"SyntaxError","message":"A recognition error occurred in the query.","innererror":{"code":"SYN0002","message":"Query could not be parsed at 'x' on line [1,3]","line":1,"pos":3,"token":"x"}}}}`)
	})
	_, err := c.Query(t.Context(), "default", "T x", "")
	var e *client.Error
	if !errors.As(err, &e) || !e.Query || e.Line != 1 || e.Pos != 3 || e.Token != "x" || e.Code != "SYN0002" {
		t.Errorf("error %+v", e)
	}
	if strings.Contains(err.Error(), token) {
		t.Errorf("the token is shown: %v", err)
	}
}

// TestIngestRetries: an upload with a key is sent again under it until it is taken, one without a key never,
// and a refusal is not repeated.
func TestIngestRetries(t *testing.T) {
	f := func(key string, answers []int, wantSends int, wantOK bool) {
		t.Helper()
		var mu sync.Mutex
		var keys []string
		c := connect(t, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			status := answers[min(len(keys), len(answers)-1)]
			keys = append(keys, r.Header.Get("Idempotency-Key"))
			if status == 0 {
				conn, _, err := w.(http.Hijacker).Hijack()
				if err == nil {
					_ = conn.Close()
				}
				return
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"rows":3,"tables":{"T":3}}`)
		})
		c.Patience = 2 * time.Second
		r, err := c.Ingest(t.Context(), client.Upload{Workspace: "default", Key: key, Body: []byte("{}")})
		if (err == nil) != wantOK || wantOK && r.Rows != 3 {
			t.Errorf("answers %v: %+v, %v", answers, r, err)
		}
		if len(keys) != wantSends {
			t.Errorf("answers %v: sent %d times, want %d", answers, len(keys), wantSends)
		}
		for _, k := range keys {
			if k != key {
				t.Errorf("sent under %q, want %q", k, key)
			}
		}
	}
	f("k", []int{200}, 1, true)
	f("k", []int{503, 429, 0, 200}, 4, true)
	f("", []int{503, 200}, 1, false)
	f("k", []int{400, 200}, 1, false)
	f("k", []int{422, 200}, 1, false)
}

func TestImportReportsFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.json": "{}\n", "b.gz": "\x1f\x8bbroken", "c.json": "{}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "b.link")); err != nil {
		t.Fatal(err)
	}
	c := connect(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"rows":1,"tables":{"T":1}}`) })
	files, size, err := client.Files([]string{dir})
	if err != nil || len(files) != 4 {
		t.Fatalf("%v, %v", files, err)
	}
	var read int64
	var warned []string
	warn := func(e *client.FileError) { warned = append(warned, filepath.Base(e.Path)) }
	sum, err := client.Import{Workspace: "default", Progress: func(n int64) { read += n }, Warn: warn}.Run(t.Context(), c, files)
	if err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"b.gz", "b.link"}, warned); diff != "" || sum.Files != 4 || sum.Failed != 2 {
		t.Errorf("summary %+v, warnings (-want +got):\n%s", sum, diff)
	}
	if sum.Rows != 2 || sum.Tables["T"] != 2 {
		t.Errorf("summary %+v: a broken file kept others away", sum)
	}
	if read != size {
		t.Errorf("progress of %d bytes, want %d", read, size)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (client.Import{}).Run(ctx, c, files); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
