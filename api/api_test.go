package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/auth"
	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/internal/secret"
	"lazuli.dev/lazuli/kql"
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/query"
)

const (
	defaultID = "11111111-1111-4111-8111-111111111111"
	emeaID    = "22222222-2222-4222-8222-222222222222"
)

// fake is an engine and an intake that answer what a test tells them to.
type fake struct {
	run    func(ctx context.Context, r query.Request) (*query.Result, error)
	ingest func(ctx context.Context, u lazuli.Upload) (lazuli.Receipt, error)

	mu      sync.Mutex
	asked   []query.Request
	uploads []lazuli.Upload
}

func (f *fake) Run(ctx context.Context, r query.Request) (*query.Result, error) {
	f.mu.Lock()
	f.asked = append(f.asked, r)
	f.mu.Unlock()
	return f.run(ctx, r)
}

func (f *fake) last(t *testing.T) query.Request {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.asked) == 0 {
		t.Fatal("the engine was not asked")
	}
	return f.asked[len(f.asked)-1]
}

func (f *fake) Tables(_ context.Context, workspace string, schemas bool) ([]query.TableInfo, error) {
	list := []query.TableInfo{{Name: "SigninLogs", Doc: "Sign-ins.", Rows: 7, Bytes: 700, MinTime: 638501544000000000, MaxTime: 638501544001234567, Received: 638501544000000000,
		Columns: []types.Column{{Name: "TimeGenerated", Type: types.DateTime}, {Name: "ResultType", Type: types.String}}}}
	if schemas {
		list = append(list, query.TableInfo{Name: "Usage" + workspace})
	}
	return list, nil
}

func (f *fake) Ingest(ctx context.Context, u lazuli.Upload) (lazuli.Receipt, error) {
	f.mu.Lock()
	u.Body = bytes.Clone(u.Body) // the caller reuses it
	f.uploads = append(f.uploads, u)
	f.mu.Unlock()
	return f.ingest(ctx, u)
}

// rows makes a result of SQL on an engine of its own.
func rows(t testing.TB, columns []types.Column, text string) *query.Result {
	t.Helper()
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	data, err := duck.Collect(context.Background(), conn, text, duck.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return &query.Result{Tables: []query.Table{{Name: "PrimaryResult", Columns: columns, Data: data}}}
}

type server struct {
	*httptest.Server
	*fake
	log *bytes.Buffer
	t   testing.TB
}

// serve starts a server of fakes on the loopback address, without TLS. Its tokens are "admin", "reader" for the
// workspace emea, and "writer" for ingestion.
func serve(t testing.TB, change func(*Options)) *server {
	t.Helper()
	token := func(name string, scope auth.Scope, workspaces ...string) auth.Token {
		return auth.Token{Name: name, Secret: secret.New(name), Scopes: []auth.Scope{scope}, Workspaces: workspaces}
	}
	tokens, err := auth.NewTokens(token("admin", auth.Admin), token("reader", auth.Query, "emea"), token("writer", auth.Ingest))
	if err != nil {
		t.Fatal(err)
	}
	s := &server{fake: &fake{}, log: &bytes.Buffer{}, t: t}
	s.run = func(context.Context, query.Request) (*query.Result, error) {
		r := rows(t, []types.Column{{Name: "a", Type: types.Int}, {Name: "s", Type: types.String}}, `SELECT 1::INTEGER, 'x"y' UNION ALL SELECT NULL::INTEGER, ''`)
		r.Render = &plan.Render{Chart: "barchart", Props: map[string]string{"title": "T", "ycolumns": "a, b", "accumulate": "true"}}
		r.Stats = query.Stats{Time: 1500 * time.Microsecond, RowsHeld: 10, RowsResult: 2, Tables: []query.TableStats{{Name: "SigninLogs", Rows: 10}}}
		return r, nil
	}
	s.ingest = func(context.Context, lazuli.Upload) (lazuli.Receipt, error) {
		return lazuli.Receipt{Rows: map[string]int{"SigninLogs": 2, "AuditLogs": 1}, Quarantined: 1, Reasons: map[string]int{"no time": 1}}, nil
	}
	o := Options{Querier: s.fake, Ingester: s.fake, Tokens: tokens, Workspaces: map[string]string{"default": defaultID, "emea": emeaID},
		Log: slog.New(slog.NewTextHandler(&locked{w: s.log}, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if change != nil {
		change(&o)
	}
	s.Server = httptest.NewServer(New(o))
	t.Cleanup(s.Close)
	return s
}

type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// An answered is what is left of an answer once its body was read.
type answered struct {
	StatusCode int
	Header     http.Header
}

// ask sends a request; header is a list of names and values.
func (s *server) ask(method, path, token, body string, header ...string) (answered, string) {
	s.t.Helper()
	req, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answered{resp.StatusCode, resp.Header}, string(text)
}

func sameJSON(t testing.TB, got, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Errorf("%v in %s", err, got)
		return
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w, g); diff != "" {
		t.Error(diff)
	}
}

const table = `{"name":"PrimaryResult","columns":[{"name":"a","type":"int"},{"name":"s","type":"string"}],"rows":[[1,"x\"y"],[null,""]]}`

func TestQuery(t *testing.T) {
	s := serve(t, nil)
	resp, body := s.ask("POST", "/v1/workspaces/default/query", "admin", `{"query":"T | take 1","timespan":"PT1H","workspaces":["emea"]}`, "Prefer", "wait=33")
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != jsonType || resp.Header.Get("Content-Encoding") != "" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	sameJSON(t, body, `{"tables":[`+table+`]}`)
	got := s.last(t)
	want := query.Request{Workspace: "default", More: []string{"emea"}, Text: "T | take 1", Timespan: "PT1H", Limits: query.Limits{Time: 33 * time.Second}, ID: resp.Header.Get("x-ms-request-id")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	_, body = s.ask("POST", "/v1/workspaces/"+strings.ToUpper(emeaID)+"/query", "reader", `{"query":"T","timespan":null}`,
		"Prefer", "include-statistics=true, Include-Render=true,include-dataSources=true")
	sameJSON(t, body, `{"tables":[`+table+`],
		"statistics":{"query":{"executionTime":0.0015,"queueTime":0,"compileTime":0,"inputDatasetStatistics":{"rows":{"total":10},
			"tables":[{"name":"SigninLogs","rows":10}]},"datasetStatistics":[{"tableRowCount":2,"tableSize":0}]}},
		"render":{"visualization":"barchart","title":"T","accumulate":true,"isQuerySorted":false,"kind":null,"legend":null,"series":null,"yMin":null,"yMax":null,"xAxis":null,
			"xColumn":null,"xTitle":null,"yAxis":null,"yColumns":["a","b"],"ySplit":null,"yTitle":null,"anomalyColumns":null,"xMin":null,"xMax":null},
		"dataSources":[{"resourceId":"`+emeaID+`","tables":["SigninLogs"]}]}`)
	if got := s.last(t); got.Workspace != "emea" {
		t.Errorf("the GUID leads to %q", got.Workspace)
	}

	_, body = s.ask("GET", "/v1/workspaces/default/query?query=T+%7C+count&timespan=P1D", "admin", "")
	sameJSON(t, body, `{"tables":[`+table+`]}`)
	if got := s.last(t); got.Text != "T | count" || got.Timespan != "P1D" {
		t.Errorf("GET asks %+v", got)
	}

	resp, body = s.ask("POST", "/v1/workspaces/default/query", "admin", `{"query":"T"}`, "Accept-Encoding", "gzip, deflate", "x-ms-client-request-id", "client-7")
	z, err := gzip.NewReader(strings.NewReader(body))
	if err != nil || resp.Header.Get("Content-Encoding") != "gzip" || resp.Header.Get("x-ms-client-request-id") != "client-7" {
		t.Fatalf("%v %v", err, resp.Header)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, string(plain), `{"tables":[`+table+`]}`)
}

func TestLargeAnswer(t *testing.T) {
	s := serve(t, nil)
	s.run = func(context.Context, query.Request) (*query.Result, error) {
		return rows(t, []types.Column{{Name: "n", Type: types.Long}, {Name: "s", Type: types.String}}, `SELECT i, 'text number ' || i FROM range(200000) t(i) ORDER BY i`), nil
	}
	_, body := s.ask("POST", "/v1/workspaces/default/query", "admin", `{"query":"T"}`)
	var got struct {
		Tables []struct{ Rows [][]any }
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if n := len(got.Tables[0].Rows); n != 200_000 || got.Tables[0].Rows[n-1][1] != "text number 199999" {
		t.Errorf("%d rows", n)
	}
}

func TestPartialAnswer(t *testing.T) {
	s := serve(t, nil)
	s.run = func(context.Context, query.Request) (*query.Result, error) {
		r := rows(t, []types.Column{{Name: "n", Type: types.Long}}, `SELECT 1::BIGINT`)
		r.Partial = &query.Error{Kind: query.TooLarge, Message: "More than 500000 rows."}
		return r, nil
	}
	resp, body := s.ask("POST", "/v1/workspaces/default/query", "admin", `{"query":"T"}`)
	if resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}
	sameJSON(t, body, `{"tables":[{"name":"PrimaryResult","columns":[{"name":"n","type":"long"}],"rows":[[1]]}],"error":{"code":"PartialError","message":"There were some errors when processing your query.",
		"correlationId":"`+resp.Header.Get("x-ms-request-id")+`","details":[{"code":"EngineError","message":"Something went wrong processing your query on the server.","innererror":{"code":"-2133196797",
		"message":"The results of this query exceed the set limit (E_QUERY_RESULT_SET_TOO_LARGE). More than 500000 rows.","severity":2,"severityName":"Error"}}]}}`)
}

func TestResources(t *testing.T) {
	s := serve(t, nil)
	const vault = "/subscriptions/74be27de-1e4e-49d9-b579-fe0b331d3642/resourceGroups/RG 1/providers/Microsoft.KeyVault/vaults/kv"
	f := func(path, token, workspace, resource string, more ...string) {
		t.Helper()
		resp, body := s.ask("POST", path, token, `{"query":"T"}`)
		if resp.StatusCode != 200 {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
			return
		}
		got := s.last(t)
		if got.Workspace != workspace || got.Resource != resource || !cmp.Equal(got.More, more) {
			t.Errorf("%s asks %q %v for %q", path, got.Workspace, got.More, got.Resource)
		}
	}
	escaped := strings.ReplaceAll(vault, " ", "%20")
	f("/v1"+escaped+"/query", "admin", "default", vault, "emea")
	f("/v1/"+escaped+"/query", "admin", "default", vault, "emea") // the newer JavaScript client sends two slashes
	f("/v1"+escaped+"/query", "reader", "emea", vault)
	f("/v1/subscriptions/s/query", "reader", "emea", "/subscriptions/s")
	f("/v1/subscriptions/s/resourcegroups/g/query", "reader", "emea", "/subscriptions/s/resourcegroups/g")
	f("/v1//workspaces//default///query", "admin", "default", "")
	f("/v1/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/emea/query", "reader", "emea", "")
	for _, path := range []string{"/v1/subscriptions/s", "/v1/subscriptions/query", "/v1/subscriptions/s/resourceGroups/query", "/v1/subscriptions/s/other/g/query", "/v1/subscriptions/s/resourceGroups/g/providers/P/query"} {
		if resp, body := s.ask("POST", path, "admin", `{"query":"T"}`); resp.StatusCode != 404 {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
	}
}

func TestErrors(t *testing.T) {
	s := serve(t, nil)
	f := func(err error, status int, want, logged string) {
		t.Helper()
		s.run = func(context.Context, query.Request) (*query.Result, error) { return nil, err }
		resp, body := s.ask("POST", "/v1/workspaces/default/query", "admin", `{"query":"T"}`)
		if resp.StatusCode != status || (resp.Header.Get("Retry-After") != "") != (status == 429) {
			t.Errorf("%v: %d %v", err, resp.StatusCode, resp.Header)
		}
		sameJSON(t, strings.ReplaceAll(body, resp.Header.Get("x-ms-request-id"), "ID"), want)
		if strings.Contains(body, "SELECT") {
			t.Errorf("the answer quotes SQL: %s", body)
		}
		if logged != "" && !strings.Contains(s.log.String(), logged) {
			t.Errorf("the log does not say %q", logged)
		}
	}
	f(&query.Error{Kind: query.Timeout, Message: "It took 180 s."}, 504,
		`{"error":{"message":"It took 180 s.","code":"GatewayTimeout","correlationId":"ID","innererror":{"code":"QueryTimeout","message":"Ask for less, for example a shorter timespan, or allow more time with the header Prefer: wait=600."}}}`, "")
	f(&query.Error{Kind: query.Busy, Message: "Busy.", Retry: 1500 * time.Millisecond}, 429, `{"error":{"message":"Busy.","code":"ThrottledError","correlationId":"ID"}}`, "")
	f(&query.Error{Kind: query.BadRequest, Message: "timespan"}, 400,
		`{"error":{"message":"The request had some invalid properties","code":"BadArgumentError","correlationId":"ID","innererror":{"code":"InvalidArgument","message":"timespan"}}}`, "")
	f(&kql.Error{Code: "SYN0002", Message: "Query could not be parsed at 'x'", Line: 1, Pos: 3, Token: "x"}, 400,
		`{"error":{"message":"The request had some invalid properties","code":"BadArgumentError","correlationId":"ID","innererror":{"code":"SyntaxError","message":"A recognition error occurred in the query.",
			"innererror":{"code":"SYN0002","message":"Query could not be parsed at 'x' [line 1, position 3]","line":1,"pos":3,"token":"x"}}}}`, "")
	f(&kql.Error{Code: "SEM0100", Message: "No column Foo", Suggestion: "Did you mean Fox?", Line: 2, Pos: 1, Token: "Foo"}, 400,
		`{"error":{"message":"The request had some invalid properties","code":"BadArgumentError","correlationId":"ID","innererror":{"code":"SemanticError","message":"A semantic error occurred.",
			"innererror":{"code":"SEM0100","message":"No column Foo. Did you mean Fox? [line 2, position 1]","line":2,"pos":1,"token":"Foo"}}}}`, "")
	f(errors.New("Binder Error: SELECT x"), 500,
		`{"error":{"message":"Something went wrong inside the server. Its log has the cause under the correlationId.","code":"InternalServerError","correlationId":"ID"}}`, "Binder Error: SELECT x")
	s.run = func(context.Context, query.Request) (*query.Result, error) { panic("boom in SELECT") }
	resp, body := s.ask("POST", "/v1/workspaces/default/query", "admin", `{"query":"T"}`)
	if resp.StatusCode != 500 || strings.Contains(body, "boom") || !strings.Contains(s.log.String(), "boom in SELECT") {
		t.Errorf("a panic gives %d %s", resp.StatusCode, body)
	}
}

func TestRefusals(t *testing.T) {
	s := serve(t, nil)
	f := func(method, path, token, body string, status int, code string) {
		t.Helper()
		resp, text := s.ask(method, path, token, body)
		if resp.StatusCode != status {
			t.Errorf("%s %s with %q: %d, want %d: %s", method, path, token, resp.StatusCode, status, text)
			return
		}
		if code == "" {
			return
		}
		var got struct {
			Error struct{ Code, Message, CorrelationID string }
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil || got.Error.Code != code || got.Error.Message == "" || got.Error.CorrelationID == "" {
			t.Errorf("%s %s: %v %s", method, path, err, text)
		}
		if status == 401 && !strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), "Bearer ") {
			t.Errorf("%s %s: no WWW-Authenticate", method, path)
		}
	}
	const q = `{"query":"T"}`
	for _, path := range []string{"/v1/workspaces/default/query", "/v1/workspaces/default/metadata", "/v1/$batch", "/v1/subscriptions/s/query", "/v1/ingest", "/metrics", "/openapi.yaml",
		"/v1/admin/tables", "/v1/admin/outputs", "/v1/admin/sources", "/v1/admin/health", "/", "/nosuch", "/healthz/x", "/debug/pprof/", "//healthz/../v1/admin/tables"} {
		for _, method := range []string{"GET", "POST", "HEAD", "DELETE", "OPTIONS"} {
			resp, body := s.ask(method, path, "", q)
			if resp.StatusCode != 401 && resp.StatusCode != 405 {
				t.Errorf("%s %s without a token: %d %s", method, path, resp.StatusCode, body)
			}
		}
	}
	f("POST", "/v1/workspaces/default/query", "wrong", q, 401, "AuthorizationRequiredError")
	f("POST", "/v1/workspaces/default/query", "writer", q, 403, "InsufficientAccessError")
	f("POST", "/v1/workspaces/default/query", "reader", q, 403, "InsufficientAccessError")
	f("POST", "/v1/workspaces/nosuch/query", "reader", q, 403, "InsufficientAccessError")
	f("POST", "/v1/workspaces/nosuch/query", "admin", q, 404, "PathNotFoundError")
	f("POST", "/v1/workspaces/emea/query", "reader", `{"query":"T","workspaces":["default"]}`, 403, "InsufficientAccessError")
	f("POST", "/v1/workspaces/default/query", "admin", `{"query":"T","workspaces":["nosuch"]}`, 404, "PathNotFoundError")
	f("POST", "/v1/workspaces/default/query", "admin", `{`, 400, "BadArgumentError")
	f("POST", "/v1/workspaces/default/query", "admin", `{"query":" "}`, 400, "BadArgumentError")
	f("POST", "/v1/workspaces/default/query", "admin", `{"query":"`+strings.Repeat("x", maxQueryBody)+`"}`, 413, "RequestEntityTooLargeError")
	f("GET", "/v1/workspaces/default/query", "admin", "", 400, "BadArgumentError")
	f("POST", "/v1/ingest", "reader", "{}", 403, "InsufficientAccessError")
	f("GET", "/v1/admin/tables", "reader", "", 403, "InsufficientAccessError")
	f("GET", "/nosuch", "reader", "", 404, "PathNotFoundError")
	f("GET", "/v1/query", "reader", "", 404, "PathNotFoundError")
	f("GET", "/healthz", "", "", 200, "")
	f("GET", "//healthz", "", "", 200, "")
	if strings.Contains(s.log.String(), "wrong") {
		t.Error("a token is in the log")
	}
	if len(s.asked) != 0 || len(s.uploads) != 0 {
		t.Error("a refused request reached the engine")
	}
}

func TestPlainHTTPFromAfar(t *testing.T) {
	s := serve(t, nil)
	f := func(remote string, status int) {
		t.Helper()
		r := httptest.NewRequest("GET", "/healthz", nil)
		r.RemoteAddr = remote
		w := httptest.NewRecorder()
		s.Config.Handler.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("%s: %d %s", remote, w.Code, w.Body)
		}
		if status == 403 && !strings.Contains(w.Body.String(), "https://") {
			t.Errorf("the answer shows no way out: %s", w.Body)
		}
	}
	f("127.0.0.1:1", 200)
	f("127.8.9.1:1", 200)
	f("[::1]:1", 200)
	f("[::ffff:127.0.0.1]:1", 200)
	f("192.0.2.1:1", 403)
	f("[fe80::1%eth0]:1", 403)
	f("@", 403)
	f("", 403)
}

func TestBatch(t *testing.T) {
	s := serve(t, nil)
	s.run = func(_ context.Context, r query.Request) (*query.Result, error) {
		if r.Text == "bad" {
			return nil, &query.Error{Kind: query.BadRequest, Message: "no"}
		}
		return rows(t, []types.Column{{Name: r.Text, Type: types.String}}, `SELECT 'v'`), nil
	}
	resp, body := s.ask("POST", "/v1/$batch", "reader", `{"requests":[
		{"id":"9","headers":{"Prefer":"wait=5,include-render=true"},"body":{"query":"a","timespan":"P1D"},"path":"/query","method":"POST","workspace":"`+emeaID+`"},
		{"id":"1","headers":{},"body":{"query":"bad"},"path":"/query","method":"POST","workspace":"emea"},
		{"id":"query-0","headers":{"prefer":"wait=7"},"body":{"query":"b"},"path":"/workspaces/emea/query"},
		{"id":"x","body":{"query":"c"},"path":"/query","workspace":"default"},
		{"id":"y","body":{"query":"c"},"path":"/metadata","workspace":"emea"},
		{"id":"z","body":{"query":"d"},"path":"/query","resource":"/subscriptions/s"}]}`)
	if resp.StatusCode != 200 {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	var got struct {
		Responses []struct {
			ID     string
			Status int
			Body   struct {
				Tables []struct{ Columns []struct{ Name string } }
				Render map[string]any
				Error  struct{ Code string }
			}
		}
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	var summary []string
	for _, r := range got.Responses {
		text := r.ID + " " + http.StatusText(r.Status) + " " + r.Body.Error.Code
		if len(r.Body.Tables) > 0 {
			text += r.Body.Tables[0].Columns[0].Name
		}
		if r.Body.Render != nil {
			text += " drawn"
		}
		summary = append(summary, text)
	}
	if diff := cmp.Diff([]string{"9 OK a drawn", "1 Bad Request BadArgumentError", "query-0 OK b", "x Forbidden InsufficientAccessError", "y Not Found PathNotFoundError", "z OK d"}, summary); diff != "" {
		t.Error(diff)
	}
	var waits []time.Duration
	for _, r := range s.asked {
		waits = append(waits, r.Limits.Time)
	}
	if diff := cmp.Diff([]time.Duration{5 * time.Second, 0, 7 * time.Second, 0}, waits); diff != "" {
		t.Error(diff)
	}
	if got := s.last(t); got.Resource != "/subscriptions/s" || got.Workspace != "emea" {
		t.Errorf("a resource in a batch asks %+v", got)
	}
	for _, body := range []string{`{}`, `{"requests":[]}`, `[]`} {
		if resp, text := s.ask("POST", "/v1/$batch", "admin", body); resp.StatusCode != 400 {
			t.Errorf("%s: %d %s", body, resp.StatusCode, text)
		}
	}
}

func TestDescriptions(t *testing.T) {
	s := serve(t, func(o *Options) {
		o.Retention = func(workspace, table string) time.Duration { return 90 * 24 * time.Hour }
		o.Healthy = func(context.Context) error { return errors.New("the disk is full") }
	})
	_, body := s.ask("GET", "/v1/workspaces/emea/metadata", "reader", "")
	sameJSON(t, body, `{"tables":[
		{"id":"SigninLogs","name":"SigninLogs","description":"Sign-ins.","timespanColumn":"TimeGenerated","hasData":true,"columns":[{"name":"TimeGenerated","type":"datetime"},{"name":"ResultType","type":"string"}]},
		{"id":"Usageemea","name":"Usageemea","timespanColumn":"TimeGenerated","hasData":false,"columns":[]}],
		"tableGroups":[],"categories":[],"resourceTypes":[],"functions":[],"queries":[],
		"workspaces":[{"id":"`+emeaID+`","name":"emea","resourceId":"`+emeaID+`","tables":["SigninLogs","Usageemea"]}]}`)
	_, body = s.ask("GET", "/v1/admin/tables?workspace=default", "admin", "")
	sameJSON(t, body, `{"tables":[{"workspace":"default","name":"SigninLogs","rows":7,"bytes":700,"columns":2,"from":"2024-05-01T10:00:00Z","to":"2024-05-01T10:00:00.1234567Z","received":"2024-05-01T10:00:00Z","retentionSeconds":7776000}]}`)
	_, body = s.ask("GET", "/v1/admin/outputs", "admin", "")
	sameJSON(t, body, `{"outputs":[],"unconfigured":[]}`)
	resp, body := s.ask("GET", "/healthz", "", "")
	if resp.StatusCode != 503 || strings.Contains(body, "disk") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	resp, body = s.ask("GET", "/v1/admin/health", "admin", "")
	if resp.StatusCode != 503 {
		t.Errorf("%d", resp.StatusCode)
	}
	sameJSON(t, body, `{"status":"failing","reason":"the disk is full"}`)
	_, body = s.ask("GET", "/metrics", "reader", "")
	for _, want := range []string{`lazuli_http_requests_total{route="GET /healthz",status="503"} 1`, "lazuli_http_request_seconds_bucket"} {
		if !strings.Contains(body, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}

func TestParsePrefer(t *testing.T) {
	f := func(want preferences, headers ...string) {
		t.Helper()
		if got := parsePrefer(headers); got != want {
			t.Errorf("%q is %+v, want %+v", headers, got, want)
		}
	}
	f(preferences{})
	f(preferences{wait: 33 * time.Second, statistics: true, render: true}, "wait=33,include-statistics=true,include-render=true")
	f(preferences{wait: 60 * time.Second, statistics: true, render: true}, "include-statistics=true", "include-render=true,wait=60")
	f(preferences{wait: 10 * time.Minute, sources: true}, ` Wait = "9999" ; include-dataSources`)
	f(preferences{}, "wait=,wait=x,wait=-1,wait=0,include-render=false,respond-async,=,;;")
}

func FuzzParsePrefer(f *testing.F) {
	f.Add("wait=33,include-statistics=true,include-render=true")
	f.Add(` Wait = "9999" ; include-dataSources`)
	f.Fuzz(func(t *testing.T, header string) {
		if p := parsePrefer([]string{header}); p.wait < 0 || p.wait > query.MaxTime {
			t.Errorf("%q waits %v", header, p.wait)
		}
	})
}

func TestAcceptsGzip(t *testing.T) {
	f := func(want bool, headers ...string) {
		t.Helper()
		if got := acceptsGzip(headers); got != want {
			t.Errorf("%q: %v", headers, got)
		}
	}
	f(false)
	f(true, "gzip,deflate")
	f(true, "br", "gzip")
	f(true, "deflate, *")
	f(false, "gzip;q=0, deflate")
	f(false, "gzip; q = 0.0")
	f(true, "gzip;q=0.5")
	f(false, "identity")
}

// TestPathsIgnoreCase: as in Azure.
func TestPathsIgnoreCase(t *testing.T) {
	s := serve(t, nil)
	f := func(path, workspace, resource string) {
		t.Helper()
		resp, body := s.ask("POST", path, "admin", `{"query":"T"}`)
		if resp.StatusCode != 200 {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
			return
		}
		if got := s.last(t); got.Workspace != workspace || !strings.EqualFold(got.Resource, resource) {
			t.Errorf("%s: workspace %q, resource %q", path, got.Workspace, got.Resource)
		}
	}
	const vm = "/subscriptions/a1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/Query"
	f("/v1/SUBSCRIPTIONS/A1/QUERY", "default", "/subscriptions/a1")
	f("/v1"+strings.ToUpper(vm)+"/query", "default", vm)
	f("/V1"+vm+"/Query", "default", vm)
	f("/v1/Workspaces/EMEA/Query", "emea", "")
}

// TestBodyErrors: what is wrong with a body is told in JSON's words.
func TestBodyErrors(t *testing.T) {
	s := serve(t, nil)
	f := func(path, body, want string) {
		t.Helper()
		resp, got := s.ask("POST", path, "admin", body)
		if resp.StatusCode != 400 || !strings.Contains(got, want) || strings.Contains(got, "Go ") || strings.Contains(got, "question") {
			t.Errorf("%s: %d %s\nwant %s", body, resp.StatusCode, got, want)
		}
	}
	const one, many = "/v1/workspaces/default/query", "/v1/$batch"
	f(one, `{"query":5}`, "The property query must be a string, not a number.")
	f(one, `{"query":"T","workspaces":"emea"}`, "The property workspaces must be an array, not a string.")
	f(one, `{"query":"T","workspaces":[{}]}`, "must be a string, not an object.")
	f(one, `[]`, "The body must be an object, not an array.")
	f(one, `7`, "The body must be an object, not a number.")
	f(one, `{"query":`, "The body is not JSON: unexpected end of JSON input (byte 9).")
	f(many, `{"requests":[{"body":{"query":true}}]}`, "body.query must be a string, not true or false.")
	f(many, `{"requests":[{"headers":{"Prefer":1}}]}`, "must be a string, not a number.")
}
