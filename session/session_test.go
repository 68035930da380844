package session

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lazuli.dev/lazuli/auth"
	"lazuli.dev/lazuli/internal/secret"
)

func principal(t *testing.T) auth.Principal {
	t.Helper()
	tokens, err := auth.NewTokens(auth.Token{Name: "ana", Secret: secret.New("s"), Scopes: []auth.Scope{auth.Query}})
	if err != nil {
		t.Fatal(err)
	}
	p, _ := tokens.Find("s")
	return p
}

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func request(id string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://lazuli.example:7575/v1/x", nil)
	r.AddCookie(&http.Cookie{Name: CookieName(r), Value: id})
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func TestLinkWorksOnce(t *testing.T) {
	c := &clock{time.Unix(1e9, 0)}
	s := New(c.now)
	key := s.Link(principal(t))
	id, ok := s.Redeem(key)
	if !ok {
		t.Fatal("the first use fails")
	}
	if p, ok := s.FromRequest(request(id, Header, "1")); !ok || p.Name != "ana" {
		t.Fatalf("session is of %q, %v", p.Name, ok)
	}
	if _, ok := s.Redeem(key); ok {
		t.Error("a link works twice")
	}
	late := s.Link(principal(t))
	c.t = c.t.Add(LinkTime)
	if _, ok := s.Redeem(late); ok {
		t.Error("a link works after its time")
	}
	if _, ok := s.Redeem(""); ok {
		t.Error("no key is a key")
	}
}

func TestSessionCountsForThisSiteOnly(t *testing.T) {
	s := New(time.Now)
	id := s.Open(principal(t))
	f := func(want bool, headers ...string) {
		t.Helper()
		if _, ok := s.FromRequest(request(id, headers...)); ok != want {
			t.Errorf("%q: %v, want %v", headers, ok, want)
		}
	}
	f(false)
	f(true, Header, "1")
	f(true, Header, "1", "Sec-Fetch-Site", "same-origin", "Origin", "http://lazuli.example:7575")
	f(false, Header, "1", "Sec-Fetch-Site", "cross-site")
	f(false, Header, "1", "Sec-Fetch-Site", "same-site")
	f(false, Header, "1", "Sec-Fetch-Site", "none")
	f(false, Header, "1", "Origin", "http://evil.example")
	f(false, Header, "1", "Origin", "http://lazuli.example:80")
	f(false, Header, "1", "Origin", "null")
	if _, ok := s.FromRequest(request("guess", Header, "1")); ok {
		t.Error("an unknown session counts")
	}
}

func TestSessionEnds(t *testing.T) {
	c := &clock{time.Unix(1e9, 0)}
	s := New(c.now)
	f := func(step time.Duration, steps int, want bool) {
		t.Helper()
		id := s.Open(principal(t))
		ok := true
		for range steps {
			c.t = c.t.Add(step)
			_, ok = s.FromRequest(request(id, Header, "1"))
		}
		if ok != want {
			t.Errorf("after %d times %v: %v, want %v", steps, step, ok, want)
		}
	}
	f(IdleTime-time.Second, 3, true)
	f(IdleTime, 1, false)
	f(IdleTime/2, 120, false) // used all the time, but too old

	id := s.Open(principal(t))
	s.Close(request(id))
	if _, ok := s.FromRequest(request(id, Header, "1")); ok {
		t.Error("a closed session counts")
	}
}

func TestRoomIsMadeForTheNewest(t *testing.T) {
	c := &clock{time.Unix(1e9, 0)}
	s := New(c.now)
	first := s.Open(principal(t))
	last := ""
	for range maxHeld + 5 {
		c.t = c.t.Add(time.Millisecond)
		last = s.Open(principal(t))
	}
	if len(s.sessions) != maxHeld {
		t.Errorf("%d sessions are held", len(s.sessions))
	}
	if _, ok := s.FromRequest(request(first, Header, "1")); ok {
		t.Error("the oldest is still there")
	}
	if _, ok := s.FromRequest(request(last, Header, "1")); !ok {
		t.Error("the newest is gone")
	}
}

func TestCookie(t *testing.T) {
	f := func(encrypted bool, id string, want ...string) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/signin", nil)
		if encrypted {
			r.TLS = &tls.ConnectionState{}
		}
		w := httptest.NewRecorder()
		SetCookie(w, r, id)
		got := w.Header().Get("Set-Cookie")
		for _, part := range append(want, "Path=/", "HttpOnly", "SameSite=Strict") {
			if !strings.Contains(got, part) {
				t.Errorf("%q lacks %s", got, part)
			}
		}
		if !encrypted && strings.Contains(got, "Secure") {
			t.Errorf("%q would not be kept over plain HTTP", got)
		}
	}
	f(false, "x", "lazuli_session=x")
	f(true, "x", "Secure")
	other := httptest.NewRequest(http.MethodGet, "http://localhost:7576/", nil)
	if CookieName(other) == CookieName(request("")) {
		t.Error("servers on two ports share a cookie")
	}
	f(true, "", "Max-Age=0")
}
