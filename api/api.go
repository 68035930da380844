// Package api is everything that is reachable over HTTP: the Log Analytics query API as Azure's clients
// speak it, the intake of wire records, administration, health and metrics.
//
// Invariants: nothing but /healthz and the console's pages is answered without a token, and plain HTTP only to the loopback
// address; no token, no query's text and no cause of a failure inside the server is logged as part of
// a request or answered; a request that ends takes its work with it.
package api

import (
	"context"
	_ "embed"
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/semaphore"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/auth"
	"lazuli.dev/lazuli/pipeline"
	"lazuli.dev/lazuli/query"
)

// A Querier answers questions. It is *query.Engine but in tests.
type Querier interface {
	// Run answers one question; the caller closes the result. Errors are *kql.Error where the text is
	// wrong and *query.Error otherwise.
	Run(ctx context.Context, r query.Request) (*query.Result, error)
	// Tables lists the tables of a workspace: those that have rows, and with schemas also those that
	// are only known.
	Tables(ctx context.Context, workspace string, schemas bool) ([]query.TableInfo, error)
}

// An Ingester takes uploads. When Ingest returns a Receipt, the records are durable and can be queried. Its
// errors carry a lazuli.Kind. It decodes gzip by itself and bounds what comes out: TooLarge is answered 413.
type Ingester interface {
	Ingest(ctx context.Context, u lazuli.Upload) (lazuli.Receipt, error)
}

// Outputs are what an administrator does with the outputs. It is *pipeline.Pipeline but in tests; errors are said
// there.
type Outputs interface {
	Outputs() []pipeline.Status
	Unconfigured() []pipeline.Leftover
	PauseOutput(name string) (pipeline.Status, error)
	ResumeOutput(name string) (pipeline.Status, error)
	Replay(ctx context.Context, name string, from, to time.Time) (id string, err error)
	CancelReplay(name, id string) error
	ForgetOutput(name string) error
}

// Sources are what an administrator does with the sources. It is *pipeline.Pipeline but in tests; errors are said
// there.
type Sources interface {
	Sources() []pipeline.SourceStatus
	PauseSource(name string) (pipeline.SourceStatus, error)
	ResumeSource(name string) (pipeline.SourceStatus, error)
}

// Options say what the API serves. Querier, Ingester, Raw, Tokens and Workspaces are required.
type Options struct {
	Querier  Querier
	Ingester Ingester
	Tokens   *auth.Tokens
	// Held says for each key whether an upload of the principal to /v1/ingest was taken under it and is
	// remembered; nil means that none is.
	Held func(ctx context.Context, workspace, principal, route string, keys []string) ([]bool, error)
	// Workspaces are the names of the workspaces, each with its GUID.
	Workspaces map[string]string
	// Raw reads what was received behind the row of a sequence: the one record, or the frame as a whole. It is
	// *pipeline.Pipeline's but in tests.
	Raw func(ctx context.Context, workspace string, seq int64, whole bool) (*pipeline.RawRecord, error)
	// Outputs are what delivers; nil means that there are none.
	Outputs Outputs
	// Sources are what takes in; nil means that there are none to ask.
	Sources Sources
	// Healthy returns nil while the server can do its work; nil means always. Its error is logged.
	Healthy func(ctx context.Context) error
	// Retention says how long rows of a table are kept, 0 for ever; nil means for ever.
	Retention func(workspace, table string) time.Duration

	// Session recognises a request that carries no bearer token, by a browser's session; nil recognises none.
	Session func(*http.Request) (auth.Principal, bool)
	// Mount adds the routes of others, such as the console's; nil adds none.
	Mount func(add func(pattern string, scope auth.Scope, answer http.HandlerFunc))

	MaxUpload   int64 // bytes of one upload after decompression; 0 means 256 MiB
	UploadsHeld int64 // bytes of all uploads under way; 0 means 512 MiB, at least MaxUpload

	Metrics *prometheus.Registry // where the API puts its own; nil makes one
	Version string               // of the program, for the header Server
	Log     *slog.Logger         // nil means slog.Default
}

// A Server answers requests. It is made by New and is an http.Handler.
type Server struct {
	o       Options
	mux     *http.ServeMux
	ids     map[string]string // lower-case name or GUID to the workspace's name
	uploads *semaphore.Weighted
	raws    chan struct{} // one in it for each large raw record that is being answered
	metrics *metrics
	log     *slog.Logger
}

const (
	defaultMaxUpload   = 256 << 20
	defaultUploadsHeld = 512 << 20
)

//go:embed openapi.yaml
var openAPI []byte

// New makes a Server.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.MaxUpload == 0 {
		o.MaxUpload = defaultMaxUpload
	}
	if o.UploadsHeld == 0 {
		o.UploadsHeld = defaultUploadsHeld
	}
	o.UploadsHeld = max(o.UploadsHeld, o.MaxUpload)
	if o.Metrics == nil {
		o.Metrics = prometheus.NewRegistry()
	}
	s := &Server{o: o, mux: http.NewServeMux(), ids: map[string]string{}, uploads: semaphore.NewWeighted(o.UploadsHeld), raws: make(chan struct{}, mostRaw), metrics: newMetrics(o.Metrics), log: o.Log}
	for name, id := range o.Workspaces {
		s.ids[strings.ToLower(name)], s.ids[strings.ToLower(id)] = name, name
	}
	for _, rt := range s.routes() {
		s.mux.Handle(rt.pattern, s.guarded(rt))
	}
	if o.Mount != nil {
		o.Mount(func(pattern string, scope auth.Scope, answer http.HandlerFunc) {
			s.mux.Handle(pattern, s.guarded(route{pattern, scope, answer}))
		})
	}
	return s
}

// A route is a pattern of http.ServeMux, the scope that a token must have ("" = none is needed), and
// who answers.
type route struct {
	pattern string
	scope   auth.Scope
	answer  func(w http.ResponseWriter, r *http.Request)
}

func (s *Server) routes() []route {
	return []route{
		{"GET /healthz", "", s.health},
		{"GET /metrics", auth.Query, s.showMetrics},
		{"GET /openapi.yaml", auth.Query, s.showOpenAPI},
		{"POST /v1/workspaces/{workspace}/query", auth.Query, s.queryWorkspace},
		{"GET /v1/workspaces/{workspace}/query", auth.Query, s.queryWorkspace},
		{"POST /v1/workspaces/{workspace}/metadata", auth.Query, s.metadata},
		{"GET /v1/workspaces/{workspace}/metadata", auth.Query, s.metadata},
		{"GET /v1/workspaces/{workspace}/records/{seq}", auth.Query, s.record},
		{"POST /v1/$batch", auth.Query, s.batch},
		{"POST /v1/subscriptions/{resource...}", auth.Query, s.queryResource},
		{"GET /v1/subscriptions/{resource...}", auth.Query, s.queryResource},
		{"POST " + ingestRoute, auth.Ingest, s.ingest},
		{"POST /v1/ingest/held", auth.Ingest, s.heldUploads},
		{"GET /v1/admin/tables", auth.Admin, s.adminTables},
		{"GET /v1/admin/outputs", auth.Admin, s.adminOutputs},
		{"GET /v1/admin/outputs/{output}", auth.Admin, s.adminOutput},
		{"DELETE /v1/admin/outputs/{output}", auth.Admin, s.adminForgetOutput},
		{"POST /v1/admin/outputs/{output}/pause", auth.Admin, s.adminPauseOutput},
		{"POST /v1/admin/outputs/{output}/resume", auth.Admin, s.adminResumeOutput},
		{"POST /v1/admin/outputs/{output}/replay", auth.Admin, s.adminReplay},
		{"DELETE /v1/admin/outputs/{output}/replays/{id}", auth.Admin, s.adminCancelReplay},
		{"GET /v1/admin/sources", auth.Admin, s.adminSources},
		{"POST /v1/admin/sources/{source}/pause", auth.Admin, s.adminPauseSource},
		{"POST /v1/admin/sources/{source}/resume", auth.Admin, s.adminResumeSource},
		{"GET /v1/admin/health", auth.Admin, s.adminHealth},
		// What no other pattern takes: a token is asked for before a path is denied, so that a
		// stranger cannot find out which paths there are.
		{"/", auth.Query, s.noRoute},
	}
}

// methods are those that a route can be for.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// noRoute answers what no route takes: 405 where the path has others' methods, else 404.
func (s *Server) noRoute(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, m := range methods {
		other := *r
		other.Method = m
		if _, pattern := s.mux.Handler(&other); pattern != "/" && pattern != "" {
			allowed = append(allowed, m)
		}
	}
	if allowed == nil {
		errNoPath.answer(w, r)
		return
	}
	list := strings.Join(allowed, ", ")
	w.Header().Set("Allow", list)
	(&problem{status: http.StatusMethodNotAllowed, code: "MethodNotAllowedError", message: "The method " + printable(r.Method) + " is not answered here. Use " + list + "."}).answer(w, r)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if hasDots(r.URL.Path) {
		s.observed(w, r, s.guarded(route{"/", auth.Query, errNoPath.answer}).ServeHTTP)
		return
	}
	// The mux answers an unclean path with a redirect, and a client that puts a resource id behind "/v1/" sends
	// "/v1//subscriptions"; clean it first.
	if clean := foldPath(path.Clean("/" + r.URL.Path)); clean != r.URL.Path {
		u := *r.URL
		u.Path, u.RawPath = clean, ""
		again := *r
		again.URL = &u
		r = &again
	}
	s.observed(w, r, s.mux.ServeHTTP)
}

// hasDots reports whether a path has a part "." or "..". No name here is one, and no client sends one unless a name that
// it was given holds it: such a path must not lead to another place than the one that the client meant.
func hasDots(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "." || part == ".." {
			return true
		}
	}
	return false
}

// foldPath writes the words of this API in a path as the routes have them: Azure ignores case, and so do the names
// of workspaces and resources, which stay as they are.
func foldPath(clean string) string {
	parts := strings.Split(clean, "/")
	if strings.EqualFold(parts[1], "assets") {
		return clean // files of the console, whose names have a case
	}
	for i, part := range parts {
		low := strings.ToLower(part)
		if i <= 2 || i == len(parts)-1 && parts[2] != "admin" && (low == "query" || low == "metadata") {
			parts[i] = low
		}
	}
	return strings.Join(parts, "/")
}

// workspace finds the workspace by name or GUID and checks that the principal may touch it.
func (s *Server) workspace(r *http.Request, name string) (string, *problem) {
	p := auth.PrincipalFrom(r.Context())
	found, ok := s.ids[strings.ToLower(strings.TrimSpace(name))]
	switch {
	case ok && p.In(found):
		return found, nil
	case !ok && p.Everywhere():
		return "", errNoWorkspace
	}
	// Whoever is confined to some workspaces does not learn which others exist.
	return "", forbidden("The token is not good for this workspace.")
}

// permitted returns the names of the workspaces that the request's principal may touch, the default first.
func (s *Server) permitted(r *http.Request) []string {
	p := auth.PrincipalFrom(r.Context())
	var names []string
	for name := range s.o.Workspaces {
		if p.In(name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if (a == lazuli.DefaultWorkspace) != (b == lazuli.DefaultWorkspace) {
			if a == lazuli.DefaultWorkspace {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	return names
}

func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	status, text := http.StatusOK, `{"status":"ok"}`
	if s.o.Healthy != nil {
		err := s.o.Healthy(r.Context())
		if err != nil && r.Context().Err() != nil {
			w.WriteHeader(statusClientGone) // whoever asked has left, and that is what failed
			return
		}
		if err != nil {
			s.log.ErrorContext(r.Context(), "not healthy", "request", requestID(r.Context()), "error", err)
			status, text = http.StatusServiceUnavailable, `{"status":"failing"}`
		}
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

func (s *Server) showOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(openAPI)
}
