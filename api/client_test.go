package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
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
	"lazuli.dev/lazuli/kql/plan"
	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/query"
)

// everyType is one row with a value of each type and one of nulls, with large numbers and what JSON has no
// number for.
const everyType = `SELECT true, 638501544001234567::BIGINT, 1.5::DECIMAL(38,18), '{"a":[1,"x"]}', '74be27de-1e4e-49d9-b579-fe0b331d3642'::UUID, -7::INTEGER, 9007199254740991::BIGINT, 0.25::DOUBLE,
	'häß "€" 😀', 937840050000::BIGINT
	UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'NaN'::DOUBLE, '', NULL`

var everyColumn = []types.Column{{Name: "b", Type: types.Bool}, {Name: "t", Type: types.DateTime}, {Name: "m", Type: types.Decimal}, {Name: "d", Type: types.Dynamic}, {Name: "g", Type: types.Guid},
	{Name: "i", Type: types.Int}, {Name: "l", Type: types.Long}, {Name: "r", Type: types.Real}, {Name: "s", Type: types.String}, {Name: "ts", Type: types.Timespan}}

// overTLS serves the fakes with the server's own authority; it returns the port's address and the authority's file.
func overTLS(t *testing.T) (s *server, address, ca string) {
	t.Helper()
	s = serve(t, nil)
	s.run = func(_ context.Context, r query.Request) (*query.Result, error) {
		if strings.HasPrefix(r.Text, "bad") {
			return nil, &query.Error{Kind: query.BadQuery, Message: "No such thing."}
		}
		res := rows(t, everyColumn, everyType)
		res.Render = &plan.Render{Chart: "barchart", Props: map[string]string{"title": "T"}}
		res.Stats.Time = time.Millisecond
		if strings.HasPrefix(r.Text, "partial") {
			res.Partial = &query.Error{Kind: query.TooLarge, Message: "More than 500000 rows."}
		}
		return res, nil
	}
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

// wantRows are the rows of everyType as a Go client sees them.
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
	got, err := client.QueryWorkspace(ctx, defaultID, azlogs.QueryBody{Query: to.Ptr("T"), Timespan: &span, AdditionalWorkspaces: []string{"emea"}}, &azlogs.QueryWorkspaceOptions{Options: options})
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
	if _, err := client.QueryResource(ctx, vault, azlogs.QueryBody{Query: to.Ptr("T")}, nil); err != nil {
		t.Error(err)
	}
	if asked := s.last(t); asked.Resource != vault {
		t.Errorf("asked for resource %q", asked.Resource)
	}
	partial, err := client.QueryWorkspace(ctx, "default", azlogs.QueryBody{Query: to.Ptr("partial")}, nil)
	if err != nil || partial.Error == nil || partial.Error.Code != "PartialError" || !strings.Contains(partial.Error.Error(), "E_QUERY_RESULT_SET_TOO_LARGE") || len(partial.Tables[0].Rows) != 2 {
		t.Errorf("partial: %v %v", err, partial.Error)
	}
	batch, err := client.QueryBatch(ctx, azlogs.BatchRequest{Requests: []azlogs.BatchQueryRequest{
		{ID: to.Ptr("2"), Body: &azlogs.QueryBody{Query: to.Ptr("T"), Timespan: &span}, WorkspaceID: to.Ptr(defaultID), Headers: map[string]*string{"prefer": to.Ptr("wait=9")}},
		{ID: to.Ptr("1"), Body: &azlogs.QueryBody{Query: to.Ptr("bad")}, WorkspaceID: to.Ptr(defaultID)},
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := batch.Responses; len(r) != 2 || *r[0].ID != "2" || *r[0].Status != 200 || len(r[0].Body.Tables[0].Rows) != 2 || *r[1].ID != "1" || *r[1].Status != 400 || r[1].Body.Error.Code != codeBadArgument {
		t.Errorf("batch: %+v", r)
	}
	f := func(token, workspace, text string, status int, code string) {
		t.Helper()
		c, err := azlogs.NewClient(static(token), &azlogs.ClientOptions{ClientOptions: trusting(t, azlogs.ServiceName, "https://"+address, ca)})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.QueryWorkspace(ctx, workspace, azlogs.QueryBody{Query: &text}, nil)
		var failed *azcore.ResponseError
		if !errors.As(err, &failed) || failed.StatusCode != status || failed.ErrorCode != code {
			t.Errorf("%s asks %s %q: %v", token, workspace, text, err)
		}
	}
	f("admin", "default", "bad", 400, codeBadArgument)
	f("admin", "nosuch", "T", 404, codeNotFound)
	f("nobody", "default", "T", 401, "AuthorizationRequiredError")
	f("writer", "default", "T", 403, "InsufficientAccessError")
}

func TestClientAzquery(t *testing.T) {
	_, address, ca := overTLS(t)
	client, err := azquery.NewLogsClient(static("admin"), &azquery.LogsClientOptions{ClientOptions: trusting(t, azquery.ServiceNameLogs, "https://"+address+"/v1", ca)})
	if err != nil {
		t.Fatal(err)
	}
	got, err := client.QueryWorkspace(context.Background(), defaultID, azquery.Body{Query: to.Ptr("T")}, &azquery.LogsClientQueryWorkspaceOptions{Options: &azquery.LogsQueryOptions{Statistics: to.Ptr(true)}})
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
		to.Ptr(azquery.NewBatchQueryRequest(defaultID, "T", "PT1H", "0", azquery.LogsQueryOptions{})),
		to.Ptr(azquery.NewBatchQueryRequest(defaultID, "bad", "PT1H", "1", azquery.LogsQueryOptions{})),
	}}, nil)
	if err != nil || len(batch.Responses) != 2 || len(batch.Responses[0].Body.Tables[0].Rows) != 2 || batch.Responses[1].Body.Error == nil {
		t.Errorf("batch: %v %+v", err, batch.Responses)
	}
}

// The JavaScript clients run in Node from api/clienttest, where `npm ci --prefix api/clienttest` puts them.
func TestClientsInJavaScript(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed; the JavaScript clients need it")
	}
	if _, err := os.Stat(filepath.Join("clienttest", "node_modules")); err != nil {
		t.Skip("the JavaScript clients are not installed; run: npm ci --prefix api/clienttest")
	}
	_, address, ca := overTLS(t)
	for _, script := range []string{"monitor-query.mjs", "monitor-query-logs.mjs"} {
		cmd := exec.Command(node, script)
		cmd.Dir = "clienttest"
		cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+ca, "LAZULI_ENDPOINT=https://"+address, "LAZULI_TOKEN=admin", "LAZULI_WORKSPACE="+defaultID)
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
