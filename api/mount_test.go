package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"lazuli.dev/lazuli/auth"
	"lazuli.dev/lazuli/internal/secret"
)

// Routes of others are guarded as the API's own, and a session stands in for a token that is not there, never for
// one that is wrong.
func TestMountAndSession(t *testing.T) {
	tokens, err := auth.NewTokens(auth.Token{Name: "ana", Secret: secret.New("good"), Scopes: []auth.Scope{auth.Query}})
	if err != nil {
		t.Fatal(err)
	}
	ana, _ := tokens.Find("good")
	s := New(Options{
		Tokens: tokens,
		Session: func(r *http.Request) (auth.Principal, bool) {
			return ana, r.Header.Get("Cookie") == "session=ana"
		},
		Mount: func(add func(string, auth.Scope, http.HandlerFunc)) {
			answer := func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, auth.PrincipalFrom(r.Context()).Name)
			}
			add("GET /page", "", answer)
			add("GET /assets/{file}", "", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.PathValue("file")) })
			add("GET /mine", auth.Query, answer)
			add("GET /ours", auth.Admin, answer)
		},
	})
	f := func(path, token, cookie string, status int, body string) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.RemoteAddr = "127.0.0.1:1"
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		if cookie != "" {
			r.Header.Set("Cookie", cookie)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != status || body != "" && w.Body.String() != body {
			t.Errorf("%s with %q, %q: %d %s, want %d %s", path, token, cookie, w.Code, w.Body, status, body)
		}
	}
	f("/page", "", "", 200, "")
	f("/assets/Logs-aB.js", "", "", 200, "Logs-aB.js")
	f("/mine", "", "", 401, "")
	f("/mine", "good", "", 200, "ana")
	f("/mine", "", "session=ana", 200, "ana")
	f("/mine", "", "session=eve", 401, "")
	f("/mine", "bad", "session=ana", 401, "")
	f("/ours", "", "session=ana", 403, "")
}
