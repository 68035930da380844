package auth_test

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lazuli.dev/lazuli/auth"
	"lazuli.dev/lazuli/internal/secret"
)

func TestPrincipals(t *testing.T) {
	tokens, err := auth.NewTokens(
		auth.Token{Name: "root", Secret: secret.New("r"), Scopes: []auth.Scope{auth.Admin}},
		auth.Token{Name: "agent", Secret: secret.New("i"), Scopes: []auth.Scope{auth.Ingest}, Workspaces: []string{"default"}},
		auth.Token{Name: "analyst", Secret: secret.New("q"), Scopes: []auth.Scope{auth.Query}, Workspaces: []string{"emea"}},
	)
	if err != nil {
		t.Fatal(err)
	}
	f := func(header, name string, ingest, query, admin, inDefault, inEmea bool) {
		t.Helper()
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", header)
		p, ok := tokens.FromRequest(r)
		if ok != (name != "") || p.Name != name {
			t.Errorf("%q is %q (%v), want %q", header, p.Name, ok, name)
		}
		got := [5]bool{p.Can(auth.Ingest), p.Can(auth.Query), p.Can(auth.Admin), p.In("default"), p.In("emea")}
		if want := [5]bool{ingest, query, admin, inDefault, inEmea}; got != want {
			t.Errorf("%q may %v, want %v", header, got, want)
		}
	}
	f("Bearer r", "root", true, true, true, true, true)
	f("bearer r", "root", true, true, true, true, true)
	f("Bearer i", "agent", true, false, false, true, false)
	f("Bearer q", "analyst", false, true, false, false, true)
	f("Bearer ", "", false, false, false, false, false)
	f("Bearer", "", false, false, false, false, false)
	f("", "", false, false, false, false, false)
	f("Basic r", "", false, false, false, false, false)
	f("Bearer rr", "", false, false, false, false, false)
	f("r", "", false, false, false, false, false)

	if p := auth.PrincipalFrom(context.Background()); p.Can(auth.Query) || p.In("default") || p.Everywhere() {
		t.Error("a context without a principal may do something")
	}
	p, _ := tokens.Find("i")
	if got := auth.PrincipalFrom(auth.WithPrincipal(context.Background(), p)); got.Name != "agent" {
		t.Errorf("the context carries %q", got.Name)
	}
}

func TestNewTokensRefuses(t *testing.T) {
	good := auth.Token{Name: "a", Secret: secret.New("s3cret"), Scopes: []auth.Scope{auth.Query}}
	f := func(want string, tokens ...auth.Token) {
		t.Helper()
		_, err := auth.NewTokens(tokens...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one that says %q", err, want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error shows the secret: %v", err)
		}
	}
	with := func(change func(*auth.Token)) auth.Token { x := good; change(&x); return x }
	f("no name", with(func(x *auth.Token) { x.Name = "" }))
	f("empty", with(func(x *auth.Token) { x.Secret = secret.String{} }))
	f("white space", with(func(x *auth.Token) { x.Secret = secret.New("s3cret\n") }))
	f("no scope", with(func(x *auth.Token) { x.Scopes = nil }))
	f("none of", with(func(x *auth.Token) { x.Scopes = []auth.Scope{"root"} }))
	f("two tokens", good, with(func(x *auth.Token) { x.Secret = secret.New("other") }))
	f("same secret", good, with(func(x *auth.Token) { x.Name = "b" }))
}

func TestLoadAdminToken(t *testing.T) {
	dir := t.TempDir()
	first, err := auth.LoadAdminToken("", "", dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, auth.TokenFile)
	if !first.Made || first.Path != path || len(first.Secret.Reveal()) < 40 {
		t.Errorf("first start: made %v at %s, %d characters", first.Made, first.Path, len(first.Secret.Reveal()))
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	second, err := auth.LoadAdminToken("", "", dir)
	if err != nil || second.Made || second.Secret != first.Secret {
		t.Errorf("second start: made %v, same %v, %v", second.Made, second.Secret == first.Secret, err)
	}
	if e, err := auth.LoadAdminToken("fromenv", path, dir); err != nil || e.Secret.Reveal() != "fromenv" || e.Path != "" {
		t.Errorf("environment: %v from %q, %v", e.Secret.Reveal(), e.Path, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := auth.LoadAdminToken("", "", dir); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("an open file gives %v", err)
	}
	bad := filepath.Join(dir, "two")
	if err := os.WriteFile(bad, []byte("a b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := auth.LoadAdminToken("", bad, dir); err == nil || strings.Contains(err.Error(), "a b") {
		t.Errorf("a file with two words gives %v", err)
	}
	if _, err := auth.LoadAdminToken("", filepath.Join(dir, "none"), dir); err == nil {
		t.Error("a named file that is not there is made")
	}
}
