package console

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"lazuli.dev/lazuli/auth"
	"lazuli.dev/lazuli/internal/durable"
	"lazuli.dev/lazuli/internal/secret"
	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/query"
	"lazuli.dev/lazuli/session"
)

// A served console: requests are authenticated as the API does it, by token or session.
type served struct {
	t      *testing.T
	mux    *http.ServeMux
	tokens *auth.Tokens
}

func serveConsole(t *testing.T) *served {
	t.Helper()
	tokens, err := auth.NewTokens(
		auth.Token{Name: "admin", Secret: secret.New("admin"), Scopes: []auth.Scope{auth.Admin}},
		auth.Token{Name: "ana", Secret: secret.New("ana"), Scopes: []auth.Scope{auth.Query}, Workspaces: []string{"emea"}},
	)
	if err != nil {
		t.Fatal(err)
	}
	tables := func(_ context.Context, workspace string, _ bool) ([]query.TableInfo, error) {
		if workspace == "broken" {
			return nil, errors.New("a secret cause")
		}
		return []query.TableInfo{{
			Name: "SigninLogs", Doc: "Sign-ins.", Rows: 7,
			Columns: []types.Column{{Name: "TimeGenerated", Type: types.DateTime}, {Name: "IPAddress", Type: types.String}, {Name: "Status", Type: types.Dynamic}},
		}, {Name: "Own_CL", Columns: []types.Column{{Name: "n", Type: types.Long}}}}, nil
	}
	sessions := session.New(time.Now)
	c := New(Options{
		Tables: tables, Sessions: sessions, Documents: NewDocuments(durable.OS{}, t.TempDir()), Version: "test",
		Workspaces: map[string]string{"default": "d-id", "emea": "e-id", "broken": "b-id"},
		Pages:      http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") }),
		Places:     []string{"/{$}", "/signin"},
	})
	s := &served{t, http.NewServeMux(), tokens}
	c.Mount(func(pattern string, scope auth.Scope, answer http.HandlerFunc) {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			p, ok := tokens.FromRequest(r)
			if !ok {
				p, ok = sessions.FromRequest(r)
			}
			if scope != "" && (!ok || !p.Can(scope)) {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			answer(w, r.WithContext(auth.WithPrincipal(r.Context(), p)))
		})
	})
	return s
}

// do sends a request; who is a token, or a cookie where it begins with "lazuli_session".
func (s *served) do(who, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if cookie, ok := strings.CutPrefix(who, session.CookieName(r)+"="); ok {
		r.AddCookie(&http.Cookie{Name: session.CookieName(r), Value: cookie})
		r.Header.Set(session.Header, "1")
	} else if who != "" {
		r.Header.Set("Authorization", "Bearer "+who)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, r)
	return w
}

func (s *served) json(w *httptest.ResponseRecorder, into any) {
	s.t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		s.t.Fatalf("%v: %d %s", err, w.Code, w.Body)
	}
}

func TestSignIn(t *testing.T) {
	s := serveConsole(t)
	var link struct{ Path string }
	s.json(s.do("ana", "POST", "/v1/console/links", ""), &link)
	w := s.do("", "GET", link.Path, "")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/" {
		t.Fatalf("the link answers %d, %q", w.Code, w.Header().Get("Location"))
	}
	cookie, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	var who struct {
		Principal  string
		Workspaces []struct{ Name string }
	}
	s.json(s.do(cookie, "GET", "/v1/console/session", ""), &who)
	if who.Principal != "ana" || len(who.Workspaces) != 1 || who.Workspaces[0].Name != "emea" {
		t.Errorf("the session is %+v", who)
	}
	if w := s.do("", "GET", link.Path, ""); w.Header().Get("Location") != "/signin?used" || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("the second use answers %q", w.Header())
	}
	if w := s.do(cookie, "DELETE", "/v1/console/session", ""); w.Code != http.StatusNoContent {
		t.Errorf("signing out answers %d", w.Code)
	}
	if w := s.do(cookie, "GET", "/v1/console/session", ""); w.Code != http.StatusUnauthorized {
		t.Errorf("after signing out: %d", w.Code)
	}
	w = s.do("admin", "POST", "/v1/console/session", "")
	if !strings.HasPrefix(w.Header().Get("Set-Cookie"), "lazuli_session=") {
		t.Errorf("a token opens no session: %d %q", w.Code, w.Header())
	}
	if w := s.do("", "GET", "/signin", ""); w.Body.String() != "page" {
		t.Errorf("the sign-in page is %q", w.Body)
	}
}

func TestSchemaIsWhatKustosEditorReads(t *testing.T) {
	s := serveConsole(t)
	var got struct {
		Databases map[string]struct {
			Tables map[string]struct {
				DocString      string
				HasRows        bool
				OrderedColumns []struct{ Name, Type, CslType, DocString string }
				Decoders       []struct {
					Service    string
					Categories []string
					Doc        string
				}
			}
		}
	}
	s.json(s.do("ana", "GET", "/v1/console/workspaces/emea/schema", ""), &got)
	table := got.Databases["emea"].Tables["SigninLogs"]
	if !table.HasRows || table.DocString != "Sign-ins." || len(table.OrderedColumns) != 3 {
		t.Fatalf("table is %+v", table)
	}
	if c := table.OrderedColumns[0]; c.Name != "TimeGenerated" || c.Type != "System.DateTime" || c.CslType != "datetime" {
		t.Errorf("column is %+v", c)
	}
	if c := table.OrderedColumns[1]; !strings.Contains(c.DocString, "From `properties.ipAddress`") {
		t.Errorf("the documentation of IPAddress is %q", c.DocString)
	}
	if d := table.Decoders; len(d) != 1 || d[0].Service != "Entra ID" || !slices.Equal(d[0].Categories, []string{"SignInLogs"}) || d[0].Doc == "" {
		t.Errorf("decoders are %+v", d)
	}
	var language struct {
		Functions []struct {
			Name, Kind, Doc string
			Signatures      []string
		}
		Refused []string
	}
	s.json(s.do("ana", "GET", "/v1/console/language", ""), &language)
	has := func(name string) bool { return slices.Contains(language.Refused, name) }
	if !has("autocluster") || !has("hll_merge") || has("bag_unpack") || has("pivot") || has("strcat") {
		t.Errorf("refused are %v", language.Refused)
	}
	for _, f := range language.Functions {
		if f.Name == "" || f.Kind == "" || f.Doc == "" || len(f.Signatures) == 0 {
			t.Errorf("function %+v is not whole", f)
		}
	}
	if len(language.Functions) < 50 {
		t.Errorf("only %d functions", len(language.Functions))
	}
}

func TestCheck(t *testing.T) {
	s := serveConsole(t)
	f := func(text string, want ...fault) {
		t.Helper()
		body, err := json.Marshal(map[string]string{"query": text})
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Faults []fault }
		s.json(s.do("ana", "POST", "/v1/console/workspaces/emea/check", string(body)), &got)
		if len(got.Faults) != len(want) {
			t.Fatalf("%s: %+v", text, got.Faults)
		}
		for i, w := range want {
			if g := got.Faults[i]; g.Start != w.Start || g.End != w.End || g.Code != w.Code || g.Message == "" {
				t.Errorf("%s: %+v, want %+v", text, g, w)
			}
		}
	}
	f(`SigninLogs | where isnotempty(IPAddress) | project Status, _Seq`)
	f(`SigninLogs | where Nonsense == 1`, fault{Start: 19, End: 27, Code: "SEM0100"})
	// Offsets are in UTF-16 units: ü is one, 𝄞 two.
	f(`SigninLogs | where IPAddress == "ü𝄞" and Nonsense == 1`, fault{Start: 42, End: 50, Code: "SEM0100"})
	f(`Nothing`, fault{Start: 0, End: 7, Code: "SEM0100"})
}

func TestDocumentsOverHTTP(t *testing.T) {
	s := serveConsole(t)
	const path = "/v1/console/workspaces/emea/documents/dashboards"
	f := func(who, method, path, body, seen string, status int) *httptest.ResponseRecorder {
		t.Helper()
		w := s.do(who, method, path, body, "If-Match", seen)
		if w.Code != status {
			t.Fatalf("%s %s %s: %d %s, want %d", who, method, path, w.Code, w.Body, status)
		}
		return w
	}
	etag := f("ana", "PUT", path+"/one", `{"title":"a"}`, "", 200).Header().Get("ETag")
	f("ana", "PUT", path+"/one", `{"title":"b"}`, "", 412)
	f("ana", "PUT", path+"/one", `{"title":"b"}`, `"0000"`, 412)
	next := f("admin", "PUT", path+"/one", `{"title":"b"}`, etag, 200).Header().Get("ETag")
	f("ana", "DELETE", path+"/one", "", etag, 412)
	var list struct{ Documents []Document }
	s.json(f("ana", "GET", path, "", "", 200), &list)
	if len(list.Documents) != 1 || string(list.Documents[0].Body) != `{"title":"b"}` {
		t.Errorf("list is %+v", list)
	}
	f("ana", "GET", path+"/one", "", "", 200)
	f("ana", "DELETE", path+"/one", "", next, 204)
	f("ana", "GET", path+"/one", "", "", 404)
	f("ana", "PUT", path+"/one", `{"title":"c"}`, next, 412)

	f("ana", "PUT", path+"/Bad..id", `{}`, "", 400)
	f("ana", "PUT", path+"/two", `[1]`, "", 400)
	f("ana", "PUT", path+"/two", `{"a":`, "", 400)
	f("ana", "PUT", path+"/two", `{"a":"`+strings.Repeat("x", maxDocument)+`"}`, "", 413)
	f("ana", "GET", "/v1/console/workspaces/emea/documents/secrets", "", "", 404)
	f("ana", "GET", "/v1/console/workspaces/default/documents/dashboards", "", "", 404)
	f("", "GET", path, "", "", 401)
}

func TestCausesAreNotAnswered(t *testing.T) {
	s := serveConsole(t)
	w := s.do("admin", "GET", "/v1/console/workspaces/broken/schema", "")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret cause") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
