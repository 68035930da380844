package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"lazuli.dev/lazuli/query"
)

const (
	// maxQueryBody bounds the body of a query: the longest published query has 40 KB.
	maxQueryBody = 4 << 20
	// queryBodyTime is how long a client may take to send it.
	queryBodyTime = 30 * time.Second
	// maxWorkspaces bounds how many workspaces one query may read, as in Log Analytics.
	maxWorkspaces = 100
)

// A question is the body of a query, or the parameters of the same names in a GET.
type question struct {
	Query      string   `json:"query"`
	Timespan   string   `json:"timespan"`
	Workspaces []string `json:"workspaces"`
}

// limitReading gives the client some time to send its body, until the returned function is called. The deadline
// must not outlast the reading: the server would take it for the client's leaving.
func limitReading(w http.ResponseWriter, d time.Duration) (done func()) {
	control := http.NewResponseController(w)
	// Not every ResponseWriter has deadlines; those of the server have.
	_ = control.SetReadDeadline(time.Now().Add(d))
	return func() { _ = control.SetReadDeadline(time.Time{}) }
}

// readBody reads a JSON body of at most maxQueryBody bytes into v.
func readBody(w http.ResponseWriter, r *http.Request, v any) *problem {
	defer limitReading(w, queryBodyTime)()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQueryBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return &problem{status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLargeError", message: "The body of a query is at most 4 MB."}
	case err != nil:
		return badRequest("The body could not be read to its end.")
	}
	if err := json.Unmarshal(body, v); err != nil {
		return badRequest(notExpected(err))
	}
	return nil
}

// readStrictly is readBody for bodies that only clients of ours write: a property that is not known is refused, for one
// that was misspelt would do nothing.
func readStrictly(w http.ResponseWriter, r *http.Request, v any) *problem {
	var body json.RawMessage
	if p := readBody(w, r, &body); p != nil {
		return p
	}
	if err := json.Unmarshal(body, v); err != nil {
		return badRequest(notExpected(err))
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil { // the package has no type for this error
		name, _ := strconv.Unquote(strings.TrimPrefix(err.Error(), "json: unknown field "))
		return badRequest("The property " + printable(name) + " is not known here. There are: " + strings.Join(propertiesOf(v), ", ") + ".")
	}
	return nil
}

// propertiesOf are the names of the properties of what v points to.
func propertiesOf(v any) []string {
	var names []string
	t := reflect.TypeOf(v).Elem()
	for i := range t.NumField() {
		names = append(names, t.Field(i).Tag.Get("json"))
	}
	return names
}

// notExpected says what is wrong with a JSON body, in the words of whoever wrote it.
func notExpected(err error) string {
	var typed *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &typed):
		what := "The body"
		if typed.Field != "" {
			what = "The property " + printable(typed.Field)
		}
		got, _, _ := strings.Cut(typed.Value, " ") // a number that does not fit follows
		return what + " must be " + kindOfJSON(typed.Type) + ", not " + jsonKinds[got] + "."
	case errors.As(err, &syntax):
		return "The body is not JSON: " + syntax.Error() + " (byte " + strconv.FormatInt(syntax.Offset, 10) + ")."
	}
	return "The body is not the JSON that is expected here."
}

// jsonKinds are the kinds of JSON values by what the package json calls them.
var jsonKinds = map[string]string{"string": "a string", "array": "an array", "object": "an object", "bool": "true or false", "number": "a number"}

// kindOfJSON is what a value of the type is in JSON.
func kindOfJSON(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return jsonKinds["string"]
	case reflect.Slice:
		return jsonKinds["array"]
	case reflect.Struct, reflect.Map:
		return jsonKinds["object"]
	case reflect.Bool:
		return jsonKinds["bool"]
	}
	return jsonKinds["number"]
}

// readQuestion reads the question of a POST or GET.
func readQuestion(w http.ResponseWriter, r *http.Request) (question, *problem) {
	var q question
	if r.Method == http.MethodPost {
		if p := readBody(w, r, &q); p != nil {
			return q, p
		}
	} else {
		values := r.URL.Query()
		q.Query, q.Timespan = values.Get("query"), values.Get("timespan")
		for _, list := range values["workspaces"] {
			q.Workspaces = append(q.Workspaces, strings.Split(list, ",")...)
		}
	}
	if strings.TrimSpace(q.Query) == "" {
		return q, badRequest("There is no query. Send it as the property query of a JSON object.")
	}
	return q, nil
}

// queryWorkspace answers a query to one workspace, and to those that the body names besides.
func (s *Server) queryWorkspace(w http.ResponseWriter, r *http.Request) {
	name, p := s.workspace(r, r.PathValue("workspace"))
	if p != nil {
		p.answer(w, r)
		return
	}
	q, p := readQuestion(w, r)
	if p != nil {
		p.answer(w, r)
		return
	}
	s.answerQuery(w, r, q, name, "")
}

// queryResource answers a query to an Azure resource, resource group or subscription: the rows of every
// permitted workspace whose _ResourceId lies at or below it. The path of a workspace means that workspace.
func (s *Server) queryResource(w http.ResponseWriter, r *http.Request) {
	resource, ok := strings.CutSuffix("/subscriptions/"+r.PathValue("resource"), "/query")
	if !ok || !validResource(resource) {
		errNoPath.answer(w, r)
		return
	}
	q, p := readQuestion(w, r)
	if p != nil {
		p.answer(w, r)
		return
	}
	parts := strings.Split(strings.ToLower(resource), "/")
	if n := len(parts); n == 9 && parts[6] == "microsoft.operationalinsights" && parts[7] == "workspaces" {
		name, p := s.workspace(r, parts[8])
		if p != nil {
			p.answer(w, r)
			return
		}
		s.answerQuery(w, r, q, name, "")
		return
	}
	names := s.permitted(r)
	if len(names) == 0 {
		forbidden("The token is good for no workspace.").answer(w, r)
		return
	}
	q.Workspaces = append(names[1:], q.Workspaces...)
	s.answerQuery(w, r, q, names[0], resource)
}

// validResource reports whether the path is a subscription, a resource group, or a provider's resource below one.
func validResource(resource string) bool {
	parts := strings.Split(strings.TrimPrefix(strings.ToLower(resource), "/"), "/")
	if slices.Contains(parts, "") {
		return false
	}
	switch n := len(parts); {
	case n == 2:
		return true
	case n >= 4 && parts[2] == "resourcegroups":
		return n == 4 || n >= 8 && parts[4] == "providers"
	}
	return len(parts) >= 6 && parts[2] == "providers"
}

// answerQuery runs one query and writes its answer.
func (s *Server) answerQuery(w http.ResponseWriter, r *http.Request, q question, workspace, resource string) {
	want := parsePrefer(r.Header.Values("Prefer"))
	res, more, p := s.run(r, q, workspace, resource, want, requestID(r.Context()))
	if p != nil {
		p.answer(w, r)
		return
	}
	defer res.Close()
	out := startStream(w, r, http.StatusOK)
	out.result(res, want, s.sourcesOf(res, append([]string{workspace}, more...)), requestID(r.Context()))
	if err := out.close(); err != nil {
		// The client sees a body that ends too early.
		s.log.InfoContext(r.Context(), "answer not taken", "request", requestID(r.Context()), "error", err)
	}
}

// run asks the engine. It returns the further workspaces that were read.
func (s *Server) run(r *http.Request, q question, workspace, resource string, want preferences, id string) (*query.Result, []string, *problem) {
	var more []string
	for _, other := range q.Workspaces {
		if i := strings.LastIndexByte(other, '/'); i >= 0 {
			other = other[i+1:] // a workspace's Azure resource id ends in its name
		}
		name, p := s.workspace(r, other)
		if p != nil {
			return nil, nil, p
		}
		if name != workspace && !slices.Contains(more, name) {
			more = append(more, name)
		}
	}
	if len(more) >= maxWorkspaces {
		return nil, nil, badRequest("A query reads at most 100 workspaces.")
	}
	res, err := s.o.Querier.Run(r.Context(), query.Request{
		Workspace: workspace, More: more, Text: q.Query, Timespan: q.Timespan, Resource: resource,
		Limits: query.Limits{Time: want.wait}, RowIDs: want.rowIDs, ID: id,
	})
	if err != nil {
		p, cause := ofQuery(err)
		if cause != nil {
			s.log.WarnContext(r.Context(), "query failed", "request", id, "error", cause)
		}
		s.metrics.queries.WithLabelValues(p.code).Inc()
		return nil, nil, p
	}
	outcome := "ok"
	if res.Partial != nil {
		outcome = "partial"
	}
	s.metrics.queries.WithLabelValues(outcome).Inc()
	s.metrics.queryRows.Add(float64(res.Stats.RowsResult))
	return res, more, nil
}

// sourcesOf lists what was read where the client wants to know.
func (s *Server) sourcesOf(res *query.Result, workspaces []string) []source {
	var tables []string
	for _, t := range res.Stats.Tables {
		tables = append(tables, t.Name)
	}
	var list []source
	for _, name := range workspaces {
		list = append(list, source{s.o.Workspaces[name], tables})
	}
	return list
}
