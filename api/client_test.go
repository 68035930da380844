package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/monitor/azquery"
	"github.com/Azure/azure-sdk-for-go/sdk/monitor/query/azlogs"
	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli/api/tlsconf"
	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/pipeline"
	"lazuli.dev/lazuli/query"
	"lazuli.dev/lazuli/store"
)

// The queries that the clients ask. The engine answers two rows at most, so that a small result is partial.
const (
	// goodQuery has one row with a value of each type and one of nulls, with large numbers and what JSON has
	// no number for.
	goodQuery = `datatable(b:bool, t:datetime, m:decimal, d:dynamic, g:guid, i:int, l:long, r:real, s:string, ts:timespan) [
		true, datetime(2024-05-01T10:00:00.1234567Z), decimal(1.5), dynamic({"a":[1,"x"]}), guid(74be27de-1e4e-49d9-b579-fe0b331d3642), int(-7), long(9007199254740991), real(0.25), 'häß "€" 😀', timespan(1.02:03:04.005),
		bool(null), datetime(null), decimal(null), dynamic(null), guid(null), int(null), long(null), real(nan), "", timespan(null)]
		| sort by s desc | render barchart with (title="T")`
	partialQuery = `range i from 1 to 3 step 1`
	badQuery     = `print x = Nosuch`
	brokenQuery  = `print x = )`
)

var everyColumn = []types.Column{{Name: "b", Type: types.Bool}, {Name: "t", Type: types.DateTime}, {Name: "m", Type: types.Decimal}, {Name: "d", Type: types.Dynamic}, {Name: "g", Type: types.Guid},
	{Name: "i", Type: types.Int}, {Name: "l", Type: types.Long}, {Name: "r", Type: types.Real}, {Name: "s", Type: types.String}, {Name: "ts", Type: types.Timespan}}

// overTLS serves an engine on a store of its own, with the server's own authority; it returns the port's address
// and the authority's file.
func overTLS(t *testing.T) (s *server, address, ca string) {
	t.Helper()
	p, err := pipeline.Open(context.Background(), t.TempDir(), pipeline.Options{Store: store.Options{Init: query.Init}, MaxUpload: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	engine := query.New(p.Store(), query.Options{Limits: query.Limits{Rows: 2}})
	s = serve(t, nil)
	s.run, s.ingest = engine.Run, p.Ingest
	source, err := tlsconf.New(tlsconf.Options{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Config.Handler.(*Server).Serve(ctx, l, source.Config()) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return s, "localhost:" + port, source.CAPath()
}

// From the wire to an answer, and what is refused on the way.
func TestIngestAndAsk(t *testing.T) {
	s, _, _ := overTLS(t)
	record := func(id string) string {
		return `{"time":"2026-11-20T04:08:56.7981234Z","resourceId":"/tenants/74be27de-1e4e-49d9-b579-fe0b331d3642/providers/Microsoft.aadiam","category":"SignInLogs","operationName":"Sign-in activity",` +
			`"tenantId":"74be27de-1e4e-49d9-b579-fe0b331d3642","resultType":"0","properties":{"id":"` + id + `","createdDateTime":"2026-11-20T04:08:56.7981234Z","userPrincipalName":"ann@example.com","correlationId":"` + id + `"}}`
	}
	const one, two = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"
	send := func(status int, want, body string, header ...string) {
		t.Helper()
		resp, text := s.ask("POST", "/v1/ingest", "writer", body, header...)
		if resp.StatusCode != status || !strings.Contains(text, want) {
			t.Errorf("%v: %d, want %d with %s: %s", header, resp.StatusCode, status, want, text)
		}
	}
	ask := func(text, want string) {
		t.Helper()
		_, body := s.ask("POST", "/v1/workspaces/default/query", "admin", `{"query":`+string(query.AppendString(nil, text))+`}`)
		var got struct {
			Tables []struct{ Rows json.RawMessage }
			Error  any
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.Tables) != 1 || string(got.Tables[0].Rows) != want {
			t.Errorf("%s: %s, want %s", text, body, want)
		}
	}
	send(200, `"tables":{"SigninLogs":1}`, record(one))
	ask("SigninLogs | project TimeGenerated, UserPrincipalName, CorrelationId", `[["2026-11-20T04:08:56.7981234Z","ann@example.com","`+one+`"]]`)
	send(200, `"tables":{"SigninLogs":1}`, gzipped(t, []byte(record(two))), "Content-Encoding", "gzip", "Idempotency-Key", "k")
	send(200, `"duplicate":true,"duplicates":1`, gzipped(t, []byte(record(two))), "Content-Encoding", "gzip", "Idempotency-Key", "k")
	send(422, "IdempotencyKeyReuseError", record(two), "Idempotency-Key", "k")
	send(200, `"duplicate":false`, record(one), "x-ms-client-request-id", "c")
	send(200, `"duplicate":true`, record(one), "x-ms-client-request-id", "c")
	send(200, `"duplicate":false`, record(two), "x-ms-client-request-id", "c")
	ask("SigninLogs | summarize n = count() by CorrelationId | sort by CorrelationId asc", `[["`+one+`",2],["`+two+`",2]]`)
	send(413, "RequestEntityTooLargeError", gzipped(t, make([]byte, 8<<20)), "Content-Encoding", "gzip")
	send(400, "BadArgumentError", gzipped(t, []byte(record(one)))[:40], "Content-Encoding", "gzip")
	send(200, `"quarantined":1`, "what is this?")
	ask(`LazuliQuarantine | project Raw`, `[["what is this?"]]`)
	ask("SigninLogs | count", "[[4]]")
}

// A client that leaves ends its query within the engine, not only its request.
func TestDisconnectEndsTheEngine(t *testing.T) {
	s, _, _ := overTLS(t)
	engine := s.run
	began, ended := make(chan struct{}), make(chan time.Time, 1)
	s.run = func(ctx context.Context, r query.Request) (*query.Result, error) {
		close(began)
		res, err := engine(ctx, r)
		ended <- time.Now()
		return res, err
	}
	ctx, leave := context.WithCancel(context.Background())
	const forever = `{"query":"range a from 1 to 10000000 step 1 | extend k = 1 | join kind=inner (range b from 1 to 100000 step 1 | extend k = 1) on k | where a * b % 7 == 3 | count"}`
	req, err := http.NewRequestWithContext(ctx, "POST", s.URL+"/v1/workspaces/default/query", strings.NewReader(forever))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer admin")
	left := make(chan time.Time, 1)
	go func() {
		<-began
		// Long enough for the engine to be at work.
		time.AfterFunc(300*time.Millisecond, func() { left <- time.Now(); leave() })
	}()
	if resp, err := http.DefaultClient.Do(req); err == nil {
		_ = resp.Body.Close()
		t.Fatal("the client got an answer")
	}
	late := (<-ended).Sub(<-left)
	t.Logf("the engine ended %v after the client left", late)
	if late > 2*time.Second {
		t.Errorf("the engine went on for %v", late)
	}
}

// static is a credential that always gives the same token.
type static string

func (s static) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(s), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// trusting makes the options of a Go client: endpoint and authority, and nothing else, differ from Azure's.
func trusting(t *testing.T, service cloud.ServiceName, endpoint, ca string) azcore.ClientOptions {
	t.Helper()
	text, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatal("the authority's file has no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return azcore.ClientOptions{
		Transport: &http.Client{Transport: transport},
		Retry:     policy.RetryOptions{MaxRetries: -1},
		Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: "https://login.example",
			Services: map[cloud.ServiceName]cloud.ServiceConfiguration{service: {Endpoint: endpoint, Audience: "https://api.loganalytics.io"}}},
	}
}

// wantRows are the rows of goodQuery as a Go client sees them.
var wantRows = [][]any{
	{true, "2024-05-01T10:00:00.1234567Z", "1.5", `{"a":[1,"x"]}`, "74be27de-1e4e-49d9-b579-fe0b331d3642", -7.0, 9007199254740991.0, 0.25, `häß "€" 😀`, "1.02:03:04.0050000"},
	{nil, nil, nil, nil, nil, nil, nil, "NaN", "", nil},
}

func TestClientAzlogs(t *testing.T) {
	s, address, ca := overTLS(t)
	client, err := azlogs.NewClient(static("admin"), &azlogs.ClientOptions{ClientOptions: trusting(t, azlogs.ServiceName, "https://"+address, ca)})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	span := azlogs.TimeInterval("PT1H")
	options := &azlogs.QueryOptions{Statistics: to.Ptr(true), Visualization: to.Ptr(true), Wait: to.Ptr(60)}
	got, err := client.QueryWorkspace(ctx, defaultID, azlogs.QueryBody{Query: to.Ptr(goodQuery), Timespan: &span, AdditionalWorkspaces: []string{"emea"}}, &azlogs.QueryWorkspaceOptions{Options: options})
	if err != nil {
		t.Fatal(err)
	}
	var columns []types.Column
	for _, c := range got.Tables[0].Columns {
		kind, _ := types.Parse(string(*c.Type))
		columns = append(columns, types.Column{Name: *c.Name, Type: kind})
	}
	if diff := cmp.Diff(everyColumn, columns); diff != "" {
		t.Error(diff)
	}
	var seen [][]any
	for _, row := range got.Tables[0].Rows {
		seen = append(seen, row)
	}
	if diff := cmp.Diff(wantRows, seen); diff != "" {
		t.Error(diff)
	}
	if *got.Tables[0].Name != "PrimaryResult" || !strings.Contains(string(got.Statistics), "executionTime") || !strings.Contains(string(got.Visualization), "barchart") || got.Error != nil {
		t.Errorf("%s %s %s %v", *got.Tables[0].Name, got.Statistics, got.Visualization, got.Error)
	}
	asked := s.last(t)
	if asked.Workspace != "default" || len(asked.More) != 1 || asked.Timespan != "PT1H" || asked.Limits.Time != time.Minute {
		t.Errorf("asked %+v", asked)
	}

	const vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv"
	if _, err := client.QueryResource(ctx, vault, azlogs.QueryBody{Query: to.Ptr(goodQuery)}, nil); err != nil {
		t.Error(err)
	}
	if asked := s.last(t); asked.Resource != vault {
		t.Errorf("asked for resource %q", asked.Resource)
	}
	partial, err := client.QueryWorkspace(ctx, "default", azlogs.QueryBody{Query: to.Ptr(partialQuery)}, nil)
	if err != nil || partial.Error == nil || partial.Error.Code != "PartialError" || !strings.Contains(partial.Error.Error(), "E_QUERY_RESULT_SET_TOO_LARGE") || len(partial.Tables[0].Rows) != 2 {
		t.Errorf("partial: %v %v", err, partial.Error)
	}
	batch, err := client.QueryBatch(ctx, azlogs.BatchRequest{Requests: []azlogs.BatchQueryRequest{
		{ID: to.Ptr("2"), Body: &azlogs.QueryBody{Query: to.Ptr(goodQuery), Timespan: &span}, WorkspaceID: to.Ptr(defaultID), Headers: map[string]*string{"prefer": to.Ptr("wait=9")}},
		{ID: to.Ptr("1"), Body: &azlogs.QueryBody{Query: to.Ptr(badQuery)}, WorkspaceID: to.Ptr(defaultID)},
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := batch.Responses; len(r) != 2 || *r[0].ID != "2" || *r[0].Status != 200 || len(r[0].Body.Tables[0].Rows) != 2 || *r[1].ID != "1" || *r[1].Status != 400 || r[1].Body.Error.Code != codeBadArgument {
		t.Errorf("batch: %+v", r)
	}
	f := func(token, workspace, text string, status int, code string, says ...string) {
		t.Helper()
		c, err := azlogs.NewClient(static(token), &azlogs.ClientOptions{ClientOptions: trusting(t, azlogs.ServiceName, "https://"+address, ca)})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.QueryWorkspace(ctx, workspace, azlogs.QueryBody{Query: &text}, nil)
		var failed *azcore.ResponseError
		if !errors.As(err, &failed) || failed.StatusCode != status || failed.ErrorCode != code {
			t.Errorf("%s asks %s %q: %v", token, workspace, text, err)
			return
		}
		body, _ := io.ReadAll(failed.RawResponse.Body)
		for _, want := range says {
			if !strings.Contains(string(body), want) {
				t.Errorf("%q is refused with %s, which lacks %s", text, body, want)
			}
		}
	}
	f("admin", "default", badQuery, 400, codeBadArgument, `"code":"SemanticError"`, `"code":"SEM0100"`, `"line":1,"pos":11,"token":"Nosuch"`)
	f("admin", "default", brokenQuery, 400, codeBadArgument, `"code":"SyntaxError"`, `"code":"SYN0002"`, `"line":1,"pos":11,"token":")"`)
	f("admin", "nosuch", "print 1", 404, codeNotFound)
	f("nobody", "default", "print 1", 401, "AuthorizationRequiredError")
	f("writer", "default", "print 1", 403, "InsufficientAccessError")
}

func TestClientAzquery(t *testing.T) {
	_, address, ca := overTLS(t)
	client, err := azquery.NewLogsClient(static("admin"), &azquery.LogsClientOptions{ClientOptions: trusting(t, azquery.ServiceNameLogs, "https://"+address+"/v1", ca)})
	if err != nil {
		t.Fatal(err)
	}
	got, err := client.QueryWorkspace(context.Background(), defaultID, azquery.Body{Query: to.Ptr(goodQuery)}, &azquery.LogsClientQueryWorkspaceOptions{Options: &azquery.LogsQueryOptions{Statistics: to.Ptr(true)}})
	if err != nil {
		t.Fatal(err)
	}
	var seen [][]any
	for _, row := range got.Tables[0].Rows {
		seen = append(seen, row)
	}
	if diff := cmp.Diff(wantRows, seen); diff != "" {
		t.Error(diff)
	}
	batch, err := client.QueryBatch(context.Background(), azquery.BatchRequest{Requests: []*azquery.BatchQueryRequest{
		to.Ptr(azquery.NewBatchQueryRequest(defaultID, goodQuery, "PT1H", "0", azquery.LogsQueryOptions{})),
		to.Ptr(azquery.NewBatchQueryRequest(defaultID, badQuery, "PT1H", "1", azquery.LogsQueryOptions{})),
	}}, nil)
	if err != nil || len(batch.Responses) != 2 || len(batch.Responses[0].Body.Tables[0].Rows) != 2 || batch.Responses[1].Body.Error == nil {
		t.Errorf("batch: %v %+v", err, batch.Responses)
	}
}

// The JavaScript clients run in Node from api/clienttest, where `npm ci --prefix api/clienttest` puts them.
func TestClientsInJavaScript(t *testing.T) {
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join("clienttest", "node_modules"))
	}
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the JavaScript clients are not installed: %v", err)
		}
		t.Skip("node or the JavaScript clients are not installed; with node, run: npm ci --prefix api/clienttest")
	}
	_, address, ca := overTLS(t)
	for _, script := range []string{"monitor-query.mjs", "monitor-query-logs.mjs"} {
		cmd := exec.Command(node, script)
		cmd.Dir = "clienttest"
		cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+ca, "LAZULI_ENDPOINT=https://"+address, "LAZULI_TOKEN=admin", "LAZULI_WORKSPACE="+defaultID,
			"LAZULI_GOOD="+goodQuery, "LAZULI_BAD="+badQuery, "LAZULI_BROKEN="+brokenQuery, "LAZULI_PARTIAL="+partialQuery)
		out, err := cmd.Output()
		if err != nil {
			var failed *exec.ExitError
			if errors.As(err, &failed) {
				err = errors.New(string(failed.Stderr))
			}
			t.Errorf("%s: %v\n%s", script, err, out)
			continue
		}
		want, err := os.ReadFile(filepath.Join("clienttest", strings.TrimSuffix(script, ".mjs")+".want.json"))
		if err != nil {
			t.Fatal(err)
		}
		var got, expected any
		if err := errors.Join(json.Unmarshal(out, &got), json.Unmarshal(want, &expected)); err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
		if diff := cmp.Diff(expected, got); diff != "" {
			t.Errorf("%s:\n%s", script, diff)
		}
	}
}
