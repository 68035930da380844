package transport

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lazuli.dev/lazuli/internal/secret"
)

const (
	// ShownBytes is how much of a receiver's answer is shown.
	ShownBytes = 200
	// leastMasked is how long a part of a URL is that is taken for a secret: shorter ones are words like api or v1,
	// and would be found in every text.
	leastMasked = 8
)

// Masks hides what was sent and authenticates us in texts that a receiver wrote, who may repeat it.
type Masks struct {
	secrets []secret.String
	longest int // bytes
}

// NewMasks makes masks of values that are secrets as a whole (with the scheme before a credential, and what Basic has
// encoded), and of a URL's parameters and path but for the path's first element.
func NewMasks(address string, values ...secret.String) Masks {
	var m Masks
	add := func(text string) {
		if text != "" {
			m.secrets = append(m.secrets, secret.New(text))
			m.longest = max(m.longest, len(text))
		}
	}
	for _, v := range values {
		add(v.Reveal())
		scheme, credential, found := strings.Cut(v.Reveal(), " ")
		if !found {
			continue
		}
		credential = strings.TrimSpace(credential)
		add(credential)
		if plain, err := base64.StdEncoding.DecodeString(credential); err == nil && strings.EqualFold(scheme, "basic") {
			add(string(plain))
			_, password, _ := strings.Cut(string(plain), ":")
			add(password)
		}
	}
	if u, err := url.Parse(address); err == nil {
		part := func(text string) {
			if len(text) >= leastMasked {
				add(text)
			}
		}
		part(u.RawQuery)
		for _, values := range u.Query() {
			for _, v := range values {
				part(v)
				part(url.QueryEscape(v))
			}
		}
		for _, path := range []string{u.EscapedPath(), u.Path} {
			_, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
			part(rest)
			for element := range strings.SplitSeq(rest, "/") {
				part(element)
			}
		}
	}
	// What is part of another secret comes after it, or the rest of that one would stay.
	slices.SortStableFunc(m.secrets, func(a, b secret.String) int { return len(b.Reveal()) - len(a.Reveal()) })
	return m
}

// Redact masks the secrets in a text.
func (m Masks) Redact(text string) string {
	for _, s := range m.secrets {
		text = s.Redact(text)
	}
	return text
}

// Show is the beginning of an answer for people: without secrets, on one line, at most ShownBytes long. cut says that
// the answer went on behind it, so that its end may be the beginning of a secret.
func (m Masks) Show(answer []byte, cut bool) string {
	text := m.Redact(string(answer))
	if cut {
		text = text[:max(0, len(text)-m.longest)]
	}
	text = strings.ToValidUTF8(text, "\ufffd")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if text = m.Redact(text); len(text) <= ShownBytes {
		return text
	}
	end := ShownBytes
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// WayOut is what a person can do about a status that is no success, and the location that came with it; "" when that is
// not known. check names the keys that authenticate us.
func WayOut(status int, location, check string) string {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return "check " + check
	case status == http.StatusProxyAuthRequired:
		return "a proxy between us wants a name and a password: check HTTPS_PROXY"
	case status >= 300 && status < 400 && status != http.StatusNotModified:
		text := "redirects are not followed; set url to where it leads"
		if u, err := url.Parse(location); err == nil && u.Host+u.Path != "" {
			text += ": " + u.Host + u.Path // what else it has may be secret
		}
		return text
	}
	return ""
}
