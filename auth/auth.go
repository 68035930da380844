// Package auth says who may ask what: bearer tokens, each with scopes and the workspaces it
// is good for, and the principal that a request carries once its token was recognised.
//
// Invariant: a token is compared only as a hash and in constant time, is never printed, and no
// request acts for a principal that was not made from one of the configured tokens.
package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"lazuli.dev/lazuli/internal/secret"
)

// A Scope is one kind of thing that a token allows.
type Scope string

// The scopes. Admin includes the other two.
const (
	Ingest Scope = "ingest" // send records
	Query  Scope = "query"  // ask questions, read metadata and metrics
	Admin  Scope = "admin"  // see and change how the server works
)

// ParseScope reads a scope's name as it stands in a configuration.
func ParseScope(name string) (Scope, error) {
	switch s := Scope(strings.ToLower(strings.TrimSpace(name))); s {
	case Ingest, Query, Admin:
		return s, nil
	}
	return "", fmt.Errorf("scope %q is none of ingest, query, admin", name)
}

// A Token is a secret that stands for a principal.
type Token struct {
	Name   string        // of the principal, for logs and as part of the key of an upload
	Secret secret.String // what the client sends after "Bearer "
	Scopes []Scope
	// Workspaces are the names of the workspaces the token is good for; empty means all.
	Workspaces []string
}

// A Principal is who a request acts for. It holds no secret. The zero Principal may do nothing.
type Principal struct {
	Name       string
	scopes     []Scope
	workspaces []string
}

// Can reports whether the principal has the scope, in whatever workspace.
func (p Principal) Can(s Scope) bool {
	return slices.Contains(p.scopes, s) || slices.Contains(p.scopes, Admin)
}

// In reports whether the principal may touch the workspace of that name.
func (p Principal) In(workspace string) bool {
	return len(p.scopes) > 0 && (len(p.workspaces) == 0 || slices.Contains(p.workspaces, workspace))
}

// Everywhere reports whether the principal is not confined to certain workspaces.
func (p Principal) Everywhere() bool { return len(p.scopes) > 0 && len(p.workspaces) == 0 }

// Tokens recognises principals. It is immutable and safe for concurrent use.
type Tokens struct{ entries []entry }

type entry struct {
	hash      [sha256.Size]byte
	principal Principal
}

// NewTokens checks the tokens and keeps their hashes. It refuses a token without a secret, name or
// scope, two of the same name, and two with the same secret.
func NewTokens(tokens ...Token) (*Tokens, error) {
	t := &Tokens{}
	for _, token := range tokens {
		switch {
		case token.Name == "":
			return nil, fmt.Errorf("a token has no name")
		case token.Secret.Empty():
			return nil, fmt.Errorf("token %s is empty", token.Name)
		case strings.TrimSpace(token.Secret.Reveal()) != token.Secret.Reveal():
			return nil, fmt.Errorf("token %s begins or ends with white space, which no client can send", token.Name)
		case len(token.Scopes) == 0:
			return nil, fmt.Errorf("token %s has no scope; give one of ingest, query, admin", token.Name)
		}
		for _, s := range token.Scopes {
			if _, err := ParseScope(string(s)); err != nil {
				return nil, fmt.Errorf("token %s: %w", token.Name, err)
			}
		}
		e := entry{sha256.Sum256([]byte(token.Secret.Reveal())), Principal{token.Name, slices.Clone(token.Scopes), slices.Clone(token.Workspaces)}}
		for _, other := range t.entries {
			if other.principal.Name == token.Name {
				return nil, fmt.Errorf("two tokens are named %s", token.Name)
			}
			if other.hash == e.hash {
				return nil, fmt.Errorf("tokens %s and %s have the same secret", other.principal.Name, token.Name)
			}
		}
		t.entries = append(t.entries, e)
	}
	return t, nil
}

// Find returns the principal of a token. Its time does not depend on how much of a token was
// guessed: hashes are compared, all of them, each in constant time.
func (t *Tokens) Find(token string) (Principal, bool) {
	hash := sha256.Sum256([]byte(token))
	found := -1
	for i := range t.entries {
		if subtle.ConstantTimeCompare(hash[:], t.entries[i].hash[:]) == 1 {
			found = i
		}
	}
	if found < 0 {
		return Principal{}, false
	}
	return t.entries[found].principal, true
}

// FromRequest returns the principal of the request's bearer token. The second result is false where
// the token is missing, malformed or unknown.
func (t *Tokens) FromRequest(r *http.Request) (Principal, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return Principal{}, false
	}
	return t.Find(strings.TrimSpace(token))
}

type contextKey struct{}

// WithPrincipal returns a context that carries p.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// PrincipalFrom returns the principal that the context carries, or the zero Principal, which may do
// nothing.
func PrincipalFrom(ctx context.Context) Principal {
	p, _ := ctx.Value(contextKey{}).(Principal)
	return p
}
