package elastic

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/mapping"
	"lazuli.dev/lazuli/forward/forwardtest"
	"lazuli.dev/lazuli/internal/secret"
)

// TestOfficialClient: Elastic's own client takes the cluster of the tests for one, writes to it with all that a bulk
// request may be answered, and reads there what was delivered.
func TestOfficialClient(t *testing.T) {
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join("clienttest", "node_modules"))
	}
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("Elastic's client is not installed: %v", err)
		}
		t.Skip("node or Elastic's client is not installed; with node, run: npm ci --prefix forward/elastic/clienttest")
	}
	for _, basic := range []bool{false, true} {
		t.Run(fmt.Sprintf("basic %v", basic), func(t *testing.T) {
			auth := "ApiKey " + apiKey
			if basic {
				auth = "Basic " + base64.StdEncoding.EncodeToString([]byte("elastic:"+apiKey))
			}
			s := forwardtest.NewElasticsearch(forwardtest.ElasticsearchOptions{Auth: []string{auth}, MaxBody: 20_000, Busy: 7})
			defer s.Close()
			c := Config{URL: s.URL, RequestBytes: 15_000, Gzip: &basic}
			cmd := exec.Command(node, "client.mjs")
			cmd.Dir = "clienttest"
			cmd.Env = append(os.Environ(), "ES_URL="+s.URL, "ES_INDEX=logs-azure.platformlogs-default")
			if basic {
				c.User, c.Password = "elastic", secret.New(apiKey)
				cmd.Env = append(cmd.Env, "ES_PASSWORD="+apiKey)
			} else {
				c.APIKey = secret.New(apiKey)
				cmd.Env = append(cmd.Env, "ES_API_KEY="+apiKey)
			}
			fw, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			events := forwardtest.Events(300)
			events[13].Row = []byte(`{"Identity":"no object","N":"seven"}`) // its N does not fit the index
			rejected := forwardtest.Deliver(t, forwardtest.Setup{Secrets: []string{apiKey}}, fw, events)
			if diff := cmp.Diff(map[string]bool{events[13].ID: true}, rejected); diff != "" {
				t.Errorf("rejected (-want +got):\n%s", diff)
			}
			text, err := cmd.Output()
			if err != nil {
				var failed *exec.ExitError
				if errors.As(err, &failed) {
					err = errors.New(string(failed.Stderr))
				}
				t.Fatalf("the client: %v\n%s", err, text)
			}
			var got struct {
				Version string
				Own     struct {
					Total, Successful, Failed int
					Retried                   bool
					Dropped                   []string
				}
				Index, Denied, Count int
				One                  bool
				Docs                 map[string]struct {
					Event struct{ ID string }
					Azure struct {
						Platformlogs struct{ Properties struct{ N int } }
					}
				}
			}
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			slices.Sort(got.Own.Dropped)
			want := []string{"own-1 409 version_conflict_engine_exception", "own-4 400 document_parsing_exception", "own-5 400 document_parsing_exception"}
			if diff := cmp.Diff(want, got.Own.Dropped); diff != "" || got.Own.Successful != 2 || got.Own.Failed != 3 {
				t.Errorf("what the client wrote: %+v\n%s", got.Own, diff)
			}
			if got.Version == "" || got.Index != 400 || got.Denied != 401 || !got.One || got.Count != len(events)-1 || len(got.Docs) != len(events)-1 {
				t.Errorf("the client read: version %s, index %d, denied %d, one %v, count %d, %d documents", got.Version, got.Index, got.Denied, got.One, got.Count, len(got.Docs))
			}
			for i, e := range events {
				d, there := got.Docs[e.ID]
				if there == (i == 13) || there && (d.Azure.Platformlogs.Properties.N != i || d.Event.ID != e.ID) {
					t.Errorf("%s: there %v, %+v", e.ID, there, d)
				}
			}
		})
	}
}

// TestOpenSearch: a cluster of OpenSearch does not call itself Elasticsearch and knows no API keys.
func TestOpenSearch(t *testing.T) {
	s := forwardtest.NewElasticsearch(forwardtest.ElasticsearchOptions{OpenSearch: true, Busy: 3, Auth: []string{"Basic " + base64.StdEncoding.EncodeToString([]byte("admin:"+apiKey))}})
	defer s.Close()
	fw, err := New(Config{URL: s.URL, User: "admin", Password: secret.New(apiKey), Index: "azure-{table}"})
	if err != nil {
		t.Fatal(err)
	}
	events := forwardtest.Events(50)
	if rejected := forwardtest.Deliver(t, forwardtest.Setup{Secrets: []string{apiKey}}, fw, events); len(rejected) > 0 || len(s.Docs("azure-t")) != 50 {
		t.Errorf("rejected %v, there %d", rejected, len(s.Docs("azure-t")))
	}
}

// TestRequestTooLarge: a bulk request that the cluster does not take whole is told, and goes out in smaller ones.
func TestRequestTooLarge(t *testing.T) {
	s := forwardtest.NewElasticsearch(forwardtest.ElasticsearchOptions{MaxBody: 6000})
	defer s.Close()
	no := false
	fw, err := New(Config{URL: s.URL, Gzip: &no})
	if err != nil {
		t.Fatal(err)
	}
	events := forwardtest.Events(40)
	events[7].Row = fmt.Appendf(nil, `{"A":%q}`, strings.Repeat("x", 7000))
	rejected := forwardtest.Deliver(t, forwardtest.Setup{}, fw, events)
	if diff := cmp.Diff(map[string]bool{events[7].ID: true}, rejected); diff != "" || len(s.Docs("logs-*")) != 39 {
		t.Errorf("%d documents there; rejected (-want +got):\n%s", len(s.Docs("logs-*")), diff)
	}
}

// TestDocumentsFit: documents of all tables, with values of any kind in their columns of any kind, fit into the indexes
// that the first of them made.
func TestDocumentsFit(t *testing.T) {
	s := forwardtest.NewElasticsearch(forwardtest.ElasticsearchOptions{})
	defer s.Close()
	fw, err := New(Config{URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(5, 5))
	values := []string{`"text"`, `"10.0.0.1"`, `"{\"a\":\"y\"}"`, `"{no"`, `{"a":"x"}`, `{"b":[1,2]}`, `["a","b"]`, `[{"a":"z"}]`, `[]`, `null`, `""`, `"2026-03-04T05:06:07Z"`, `"C:\\x\\y.exe"`, `"a@b.example"`}
	var events []lazuli.Event
	all := mapping.All()
	for i := range all {
		for _, table := range append([]string{"Anything_CL"}, all[i].Tables...) {
			for _, x := range all[i].Examples {
				events = append(events, lazuli.Event{ID: fmt.Sprint(len(events)), Table: x.Table, Row: []byte(x.Row)})
			}
			for range 10 {
				row := map[string]json.RawMessage{"Own": json.RawMessage(values[random.IntN(len(values))])}
				for _, f := range all[i].Fields {
					column, _, _ := strings.Cut(f.From, "|")
					if end := strings.IndexAny(column, ".["); end > 0 {
						column = column[:end]
					}
					// Numbers and truth values have columns of that type in the store, others never hold them.
					if column[0] != '=' && column[0] != '@' && random.IntN(2) == 0 {
						row[column] = json.RawMessage(values[random.IntN(len(values))])
					}
				}
				text, err := json.Marshal(row)
				if err != nil {
					t.Fatal(err)
				}
				events = append(events, lazuli.Event{ID: fmt.Sprint(len(events)), Table: table, Row: text})
			}
		}
	}
	random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	out, err := fw.Send(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range out {
		// A text where a number was is none that the store has in a column of numbers.
		if o.Verdict != lazuli.Delivered && !strings.Contains(o.Reason, "failed to parse field") {
			t.Errorf("%s %s: %s", events[i].Table, events[i].Row, o.Reason)
		}
	}
}
