package main

import (
	"net/http"
	"net/http/cookiejar"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lazuli.dev/lazuli/session"
)

// A link from the terminal signs a browser in, once; its session then asks as the administrator does.
func TestConsoleLink(t *testing.T) {
	s := startServer(t, filepath.Join(t.TempDir(), "data"))
	link := strings.TrimSpace(ok(t, s.env, "console"))
	if !strings.HasPrefix(link, s.url+"/signin?key=") {
		t.Fatalf("the link is %q", link)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Timeout: time.Minute}
	f := func(path, header string, status int) {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			r.Header.Set(header, "1")
		}
		w, err := browser.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = w.Body.Close()
		if w.StatusCode != status {
			t.Errorf("%s: %d, want %d", strings.TrimPrefix(path, s.url), w.StatusCode, status)
		}
		if w.Header.Get("Content-Security-Policy") == "" && strings.HasSuffix(path, "/logs") {
			t.Errorf("%s has no content security policy", path)
		}
	}
	f(s.url+"/v1/admin/tables", session.Header, 401)
	f(link, "", 200)
	f(s.url+"/v1/admin/tables", session.Header, 200)
	f(s.url+"/v1/admin/tables", "", 401) // as another site's page would ask
	f(s.url+"/logs", "", 200)
	s.request("GET", "/signin?key=x", "")
	if strings.Contains(s.text(), strings.TrimPrefix(link, s.url+"/signin?key=")) {
		t.Error("the key is in the server's log")
	}
}
