// Package session lets a browser act for a principal: a sign-in link that works once, the session
// that it opens, and the cookie by which the browser shows it.
//
// Invariant: only hashes of links and sessions are kept, and only in memory; a link is used up by its first
// use; a cookie counts for a request of this site's own pages alone, told by a header that no other site can
// make a browser send and, where the browser says it, by where the request comes from.
package session

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"lazuli.dev/lazuli/auth"
)

// How long things last.
const (
	LinkTime = 15 * time.Minute    // a link that nobody uses
	IdleTime = 12 * time.Hour      // a session without a request
	MostTime = 30 * 24 * time.Hour // any session
)

// maxHeld bounds sessions and links, each: beyond it the oldest makes room.
const maxHeld = 1000

// Header is the header that a request with the cookie must have, with any value.
const Header = "X-Lazuli-Console"

// CookieName is the name of the cookie on the site that the request is for. It has the port in it: browsers give a
// cookie to every port of a host, and two servers on one machine must not sign each other's users out.
func CookieName(r *http.Request) string {
	if _, port, err := net.SplitHostPort(r.Host); err == nil {
		return "lazuli_session_" + port
	}
	return "lazuli_session"
}

type hash = [sha256.Size]byte

type link struct {
	principal auth.Principal
	ends      time.Time
}

type open struct {
	principal  auth.Principal
	made, used time.Time
}

func (o open) ends() time.Time {
	idle, most := o.used.Add(IdleTime), o.made.Add(MostTime)
	if idle.Before(most) {
		return idle
	}
	return most
}

// Sessions holds links and sessions. It is safe for concurrent use.
type Sessions struct {
	now func() time.Time

	mu       sync.Mutex
	links    map[hash]link
	sessions map[hash]open
}

// New makes an empty Sessions; now is time.Now but in tests.
func New(now func() time.Time) *Sessions {
	return &Sessions{now: now, links: map[hash]link{}, sessions: map[hash]open{}}
}

func newKey() (string, hash) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	key := base64.RawURLEncoding.EncodeToString(b[:])
	return key, sha256.Sum256([]byte(key))
}

// Link returns a key that opens one session for the principal, once, within [LinkTime].
func (s *Sessions) Link(p auth.Principal) string {
	key, h := newKey()
	s.mu.Lock()
	defer s.mu.Unlock()
	room(s.links, func(l link) time.Time { return l.ends }, s.now())
	s.links[h] = link{p, s.now().Add(LinkTime)}
	return key
}

// Redeem uses a link's key up and opens its session.
func (s *Sessions) Redeem(key string) (id string, ok bool) {
	h := sha256.Sum256([]byte(key))
	s.mu.Lock()
	l, ok := s.links[h]
	delete(s.links, h)
	s.mu.Unlock()
	if !ok || !s.now().Before(l.ends) {
		return "", false
	}
	return s.Open(l.principal), true
}

// Open opens a session and returns its id, which is as good as a token.
func (s *Sessions) Open(p auth.Principal) string {
	id, h := newKey()
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	room(s.sessions, open.ends, now)
	s.sessions[h] = open{p, now, now}
	return id
}

// room drops what is over, and what ends first where that is not enough.
func room[T any](held map[hash]T, ends func(T) time.Time, now time.Time) {
	for h, v := range held {
		if !now.Before(ends(v)) {
			delete(held, h)
		}
	}
	for len(held) >= maxHeld {
		var first hash
		var at time.Time
		for h, v := range held {
			if e := ends(v); at.IsZero() || e.Before(at) {
				first, at = h, e
			}
		}
		delete(held, first)
	}
}

// Close ends the session of the request's cookie.
func (s *Sessions) Close(r *http.Request) {
	if c, err := r.Cookie(CookieName(r)); err == nil {
		s.mu.Lock()
		delete(s.sessions, sha256.Sum256([]byte(c.Value)))
		s.mu.Unlock()
	}
}

// FromRequest returns the principal of the request's session. The second result is false where there is no
// session, it is over, or the request was not made by a page of this site.
func (s *Sessions) FromRequest(r *http.Request) (auth.Principal, bool) {
	c, err := r.Cookie(CookieName(r))
	if err != nil || !sameOrigin(r) {
		return auth.Principal{}, false
	}
	h := sha256.Sum256([]byte(c.Value))
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.sessions[h]
	if !ok {
		return auth.Principal{}, false
	}
	if !now.Before(o.ends()) {
		delete(s.sessions, h)
		return auth.Principal{}, false
	}
	o.used = now
	s.sessions[h] = o
	return o.principal, true
}

// sameOrigin reports whether a page of this site made the request. Another site's page cannot set the header
// without asking this server first, which never agrees.
func sameOrigin(r *http.Request) bool {
	if r.Header.Get(Header) == "" {
		return false
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return false
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		return err == nil && u.Host == r.Host
	}
	return true
}

// SetCookie gives the browser a session's id; "" takes the cookie away.
func SetCookie(w http.ResponseWriter, r *http.Request, id string) {
	c := &http.Cookie{Name: CookieName(r), Value: id, Path: "/", HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode, MaxAge: int(MostTime / time.Second)}
	if id == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}
