// Package console is what the console's pages need of the server beside the APIs that every client has: signing
// in, the schema in the form that Kusto's editor reads, faults of a query while it is written, and the documents
// that people make, such as dashboards.
//
// Invariant: it answers no more than the principal's scopes and workspaces allow; what it saves is durable
// before it is acknowledged.
package console

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"lazuli.dev/lazuli/auth"
	"lazuli.dev/lazuli/query"
	"lazuli.dev/lazuli/session"
)

// Options say what the console shows. All but Log and Version are required.
type Options struct {
	// Tables lists the tables of a workspace, with schemas also those without rows. It is (*query.Engine).Tables but in tests.
	Tables    func(ctx context.Context, workspace string, schemas bool) ([]query.TableInfo, error)
	Sessions  *session.Sessions
	Documents *Documents
	// Workspaces are the names of the workspaces, each with its GUID.
	Workspaces map[string]string
	// Pages serves the application; Places are the patterns of its paths.
	Pages   http.Handler
	Places  []string
	Version string
	Log     *slog.Logger // nil means slog.Default
}

// A Console answers the pages' requests.
type Console struct {
	o     Options
	log   *slog.Logger
	names catalogs
}

// New makes a Console.
func New(o Options) *Console {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Console{o: o, log: o.Log, names: catalogs{held: map[string]heldCatalog{}}}
}

// Mount adds the console's routes: patterns of http.ServeMux, each with the scope that a request must have, "" for none.
func (c *Console) Mount(add func(pattern string, scope auth.Scope, answer http.HandlerFunc)) {
	for _, place := range c.o.Places {
		answer := c.o.Pages.ServeHTTP
		if place == "/signin" {
			answer = c.signIn
		}
		add("GET "+place, "", answer)
	}
	add("GET /v1/console/session", auth.Query, c.who)
	add("POST /v1/console/session", auth.Query, c.open)
	add("DELETE /v1/console/session", auth.Query, c.close)
	add("POST /v1/console/links", auth.Query, c.link)
	add("GET /v1/console/language", auth.Query, c.language)
	const workspace = "/v1/console/workspaces/{workspace}"
	add("GET "+workspace+"/schema", auth.Query, c.schema)
	add("POST "+workspace+"/check", auth.Query, c.check)
	add("GET "+workspace+"/documents/{kind}", auth.Query, c.list)
	add("GET "+workspace+"/documents/{kind}/{id}", auth.Query, c.get)
	add("PUT "+workspace+"/documents/{kind}/{id}", auth.Query, c.put)
	add("DELETE "+workspace+"/documents/{kind}/{id}", auth.Query, c.remove)
}

// SignInPath is the path of a page that signs the principal in, once.
func (c *Console) SignInPath(p auth.Principal) string { return "/signin?key=" + c.o.Sessions.Link(p) }

// signIn uses a sign-in link up and goes on to the console; without a key it is the page to paste a token into.
func (c *Console) signIn(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get("key")
	if key == "" {
		c.o.Pages.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Referrer-Policy", "no-referrer") // the key must not leave with the next request
	id, ok := c.o.Sessions.Redeem(key)
	if !ok {
		http.Redirect(w, r, "/signin?used", http.StatusSeeOther)
		return
	}
	session.SetCookie(w, r, id)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// who says who the browser acts for.
func (c *Console) who(w http.ResponseWriter, r *http.Request) {
	p := auth.PrincipalFrom(r.Context())
	type workspace struct {
		Name string `json:"name"`
		ID   string `json:"id"`
	}
	list := []workspace{}
	for name, id := range c.o.Workspaces {
		if p.In(name) {
			list = append(list, workspace{name, id})
		}
	}
	slices.SortFunc(list, func(a, b workspace) int { return strings.Compare(a.Name, b.Name) })
	scopes := []auth.Scope{}
	for _, s := range []auth.Scope{auth.Query, auth.Ingest, auth.Admin} {
		if p.Can(s) {
			scopes = append(scopes, s)
		}
	}
	answer(w, http.StatusOK, map[string]any{"principal": p.Name, "scopes": scopes, "workspaces": list, "version": c.o.Version})
}

// open turns the request's token into a session.
func (c *Console) open(w http.ResponseWriter, r *http.Request) {
	session.SetCookie(w, r, c.o.Sessions.Open(auth.PrincipalFrom(r.Context())))
	c.who(w, r)
}

func (c *Console) close(w http.ResponseWriter, r *http.Request) {
	c.o.Sessions.Close(r)
	session.SetCookie(w, r, "")
	w.WriteHeader(http.StatusNoContent)
}

// link makes a sign-in link for the request's principal.
func (c *Console) link(w http.ResponseWriter, r *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"path": c.SignInPath(auth.PrincipalFrom(r.Context())), "expiresInSeconds": int(session.LinkTime / time.Second),
	})
}

// workspace is the name of the workspace in the path, where the principal may touch it.
func (c *Console) workspace(w http.ResponseWriter, r *http.Request) (string, bool) {
	asked := r.PathValue("workspace")
	p := auth.PrincipalFrom(r.Context())
	for name, id := range c.o.Workspaces {
		if (strings.EqualFold(name, asked) || strings.EqualFold(id, asked)) && p.In(name) {
			return name, true
		}
	}
	c.fail(w, r, refuse(http.StatusNotFound, "There is no such workspace, or the token is not good for it."))
	return "", false
}

func answer(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // only what this package makes comes here
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left needs none
}

// fail answers with an error in the form of the other APIs. The text of what is not a refusal is for the log only.
func (c *Console) fail(w http.ResponseWriter, r *http.Request, err error) {
	type problem struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	p, status := problem{"InternalServerError", "Something went wrong on the server; its log says what."}, http.StatusInternalServerError
	var wrong *refusal
	if errors.As(err, &wrong) {
		status = wrong.status
		p = problem{strings.ReplaceAll(http.StatusText(status), " ", ""), wrong.text}
	} else if r.Context().Err() == nil {
		c.log.ErrorContext(r.Context(), "console", "path", r.URL.Path, "error", err)
	}
	answer(w, status, map[string]any{"error": p})
}

// body reads a request's body of at most max bytes.
func body(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	control := http.NewResponseController(w)
	// Not every ResponseWriter has deadlines; those of the server have. It must not outlast the reading.
	_ = control.SetReadDeadline(time.Now().Add(30 * time.Second))
	defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, refuse(http.StatusRequestEntityTooLarge, "This is larger than the %d KB that there may be.", limit>>10)
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "The body could not be read to its end.")
	}
	return b, nil
}

func (c *Console) list(w http.ResponseWriter, r *http.Request) {
	ws, ok := c.workspace(w, r)
	if !ok {
		return
	}
	list, err := c.o.Documents.List(ws, r.PathValue("kind"))
	if err != nil {
		c.fail(w, r, err)
		return
	}
	answer(w, http.StatusOK, map[string]any{"documents": list})
}

func (c *Console) get(w http.ResponseWriter, r *http.Request) {
	if ws, ok := c.workspace(w, r); ok {
		c.document(w, r)(c.o.Documents.Get(ws, r.PathValue("kind"), r.PathValue("id")))
	}
}

func (c *Console) put(w http.ResponseWriter, r *http.Request) {
	ws, ok := c.workspace(w, r)
	if !ok {
		return
	}
	b, err := body(w, r, maxDocument)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	c.document(w, r)(c.o.Documents.Put(ws, r.PathValue("kind"), r.PathValue("id"), seen(r), b))
}

func (c *Console) document(w http.ResponseWriter, r *http.Request) func(Document, error) {
	return func(d Document, err error) {
		if err != nil {
			c.fail(w, r, err)
			return
		}
		w.Header().Set("ETag", `"`+d.Version+`"`)
		answer(w, http.StatusOK, d)
	}
}

func (c *Console) remove(w http.ResponseWriter, r *http.Request) {
	ws, ok := c.workspace(w, r)
	if !ok {
		return
	}
	if err := c.o.Documents.Delete(ws, r.PathValue("kind"), r.PathValue("id"), seen(r)); err != nil {
		c.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// seen is the version in the header If-Match, "" where there is none.
func seen(r *http.Request) string { return strings.Trim(r.Header.Get("If-Match"), `"`) }
