package api

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// maxBatch bounds the queries of a batch.
const maxBatch = 100

// A batchRequest is one element of a batch.
type batchRequest struct {
	ID        string            `json:"id"`
	Headers   map[string]string `json:"headers"`
	Body      question          `json:"body"`
	Path      string            `json:"path"`
	Method    string            `json:"method"`
	Workspace string            `json:"workspace"`
	Resource  string            `json:"resource"`
}

// batch answers several queries in one answer, in the order in which they were asked: one of Azure's clients
// relies on that. They run one after the other, each with all of the engine, and each answer is sent
// before the next query starts, so that no two results are in memory.
func (s *Server) batch(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Requests []batchRequest `json:"requests"`
	}
	if p := readBody(w, r, &body); p != nil {
		p.answer(w, r)
		return
	}
	if n := len(body.Requests); n == 0 || n > maxBatch {
		badRequest("A batch has 1 to 100 requests.").answer(w, r)
		return
	}
	out := startStream(w, r, http.StatusOK)
	out.text(`{"responses":[`)
	for i, q := range body.Requests {
		if i > 0 {
			out.text(",")
		}
		s.batchElement(out, r, q)
		out.flush()
		if out.err != nil || r.Context().Err() != nil {
			break
		}
	}
	out.text("]}")
	if err := out.close(); err != nil {
		s.log.InfoContext(r.Context(), "answer not taken", "request", requestID(r.Context()), "error", err)
	}
}

func (s *Server) batchElement(out *stream, r *http.Request, q batchRequest) {
	id := newID()
	var want preferences
	for name, value := range q.Headers {
		if strings.EqualFold(name, "Prefer") {
			want = parsePrefer([]string{value})
		}
	}
	head := func(status int64) {
		out.text(`{"id":`)
		out.string(q.ID)
		out.text(`,"status":`)
		out.int(status)
		out.text(`,"headers":{"Content-Type":"` + jsonType + `"},"body":`)
	}
	fail := func(p *problem) {
		head(int64(p.status))
		out.text(`{"error":`)
		out.buf = p.append(out.buf, id)
		out.text(`}}`)
	}
	workspace, resource, p := s.batchTarget(r, q)
	if p != nil {
		fail(p)
		return
	}
	if strings.TrimSpace(q.Body.Query) == "" {
		fail(badRequest("There is no query. Send it as the property query of the body."))
		return
	}
	if resource != "" {
		names := s.permitted(r)
		if len(names) == 0 {
			fail(forbidden("The token is good for no workspace."))
			return
		}
		workspace, q.Body.Workspaces = names[0], append(names[1:], q.Body.Workspaces...)
	}
	res, more, p := s.run(r, q.Body, workspace, resource, want, id)
	if p != nil {
		fail(p)
		return
	}
	defer res.Close()
	head(http.StatusOK)
	out.result(res, want, s.sourcesOf(res, append([]string{workspace}, more...)), id)
	out.text("}")
}

// batchTarget finds what an element asks: the workspace it names, the one in its path, or a resource.
func (s *Server) batchTarget(r *http.Request, q batchRequest) (workspace, resource string, p *problem) {
	if q.Method != "" && q.Method != http.MethodPost && q.Method != http.MethodGet {
		return "", "", &problem{status: http.StatusMethodNotAllowed, code: codeBadArgument, message: "A query in a batch is a POST or a GET."}
	}
	where, err := url.PathUnescape(q.Path)
	if err != nil {
		return "", "", errNoPath
	}
	rest, ok := strings.CutSuffix(path.Clean("/"+where), "/query")
	switch {
	case !ok && q.Path != "":
		return "", "", errNoPath
	case strings.HasPrefix(strings.ToLower(rest), "/workspaces/") && q.Workspace == "":
		workspace, p = s.workspace(r, rest[len("/workspaces/"):])
		return workspace, "", p
	case rest != "":
		return "", "", errNoPath
	case q.Resource != "":
		resource = path.Clean("/" + q.Resource)
		if !validResource(resource) || !strings.HasPrefix(strings.ToLower(resource), "/subscriptions/") {
			return "", "", errNoPath
		}
		return "", resource, nil
	}
	workspace, p = s.workspace(r, q.Workspace)
	return workspace, "", p
}
