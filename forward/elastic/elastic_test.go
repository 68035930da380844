package elastic

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/ecs"
	"lazuli.dev/lazuli/forward/forwardtest"
	"lazuli.dev/lazuli/internal/secret"
)

const apiKey = "S3cr3tK3y=="

// bulk answers as Elasticsearch does for a data stream: create only, unique ids, one answer for each document. A
// document that says poison cannot be indexed.
func bulk(t *testing.T, auth string) forwardtest.Take {
	return func(h http.Header, body []byte, half bool, stored func(string) bool) (events []forwardtest.Got, status int, answer string) {
		if h.Get("Authorization") != auth {
			return nil, http.StatusUnauthorized, fmt.Sprintf(`{"error":{"type":"security_exception","reason":"unable to authenticate with %s"},"status":401}`, h.Get("Authorization"))
		}
		if h.Get("Content-Type") != "application/x-ndjson" || !bytes.HasSuffix(body, []byte("\n")) {
			return nil, http.StatusBadRequest, `{"error":{"type":"illegal_argument_exception","reason":"The bulk request must be terminated by a newline"},"status":400}`
		}
		lines := bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))
		var items []string
		seen := map[string]bool{}
		for i := 0; i+1 < len(lines); i += 2 {
			var action struct {
				Create struct {
					Index string `json:"_index"`
					ID    string `json:"_id"`
				}
			}
			var doc map[string]json.RawMessage
			if err := json.Unmarshal(lines[i], &action); err != nil || action.Create.ID == "" {
				t.Errorf("action %s: %v", lines[i], err)
			}
			if err := json.Unmarshal(lines[i+1], &doc); err != nil || doc["@timestamp"] == nil {
				t.Errorf("document %s: %v", lines[i+1], err)
			}
			id, code, why := action.Create.ID, 201, ""
			switch {
			case !strings.HasPrefix(action.Create.Index, "logs-"):
				code, why = 404, "index_not_found_exception"
			case stored(id) || seen[id]:
				code, why = 409, "version_conflict_engine_exception"
			case bytes.Contains(lines[i+1], []byte("poison")):
				code, why = 400, "document_parsing_exception"
			case half && i%4 == 0:
				code, why = 429, "es_rejected_execution_exception"
			default:
				seen[id] = true
				events = append(events, forwardtest.Got{ID: id, Row: string(lines[i+1])})
			}
			if why == "" {
				items = append(items, fmt.Sprintf(`{"create":{"_index":"x","_id":%q,"status":201,"result":"created"}}`, id))
			} else {
				items = append(items, fmt.Sprintf(`{"create":{"_index":"x","_id":%q,"status":%d,"error":{"type":%q,"reason":"because"}}}`, id, code, why))
			}
		}
		return events, 200, `{"took":1,"errors":true,"items":[` + strings.Join(items, ",") + `]}`
	}
}

func TestConformance(t *testing.T) {
	for name, c := range map[string]Config{
		"ecs":                           {APIKey: secret.New(apiKey)},
		"rows, small requests, no gzip": {User: "elastic", Password: secret.New(apiKey), Format: "row", RequestBytes: 1000, Gzip: new(bool), Index: "logs-azure.{table}-{workspace}"},
	} {
		t.Run(name, func(t *testing.T) {
			forwardtest.Run(t, func(t *testing.T) forwardtest.Setup {
				auth := "ApiKey " + apiKey
				if c.User != "" {
					r := &http.Request{Header: http.Header{}}
					r.SetBasicAuth(c.User, c.Password.Reveal())
					auth = r.Header.Get("Authorization")
				}
				h := forwardtest.NewHTTP(false, bulk(t, auth))
				t.Cleanup(h.Close)
				c := c
				c.URL = h.URL
				return forwardtest.Setup{
					Impatient: func() (lazuli.Forwarder, error) {
						c := c
						c.Timeout = forwardtest.Patience
						return New(c)
					},
					Open: func() (lazuli.Forwarder, error) { return New(c) }, Got: h.Got, Fault: h.Fault, Down: h.Down, Secrets: []string{apiKey},
					Faults: []forwardtest.Fault{forwardtest.Throttled, forwardtest.Dated, forwardtest.Busy, forwardtest.Broken, forwardtest.DropBefore, forwardtest.DropAfter, forwardtest.Half},
					Poison: func(e *lazuli.Event) { e.Row = []byte(`{"A":"poison"}`) },
					Row: func(e *lazuli.Event) string {
						if c.Format == "row" {
							return fmt.Sprintf(`{"@timestamp":%q,"_Id":%q,"_Table":"T","_Workspace":"default",%s`, lazuli.FromTicks(e.Time).Format("2006-01-02T15:04:05.9999999Z"), e.ID, e.Row[1:])
						}
						text, _ := ecs.New().Append(nil, e)
						return string(text)
					},
				}
			})
		})
	}
}

func TestDenied(t *testing.T) {
	h := forwardtest.NewHTTP(false, bulk(t, "ApiKey other"))
	defer h.Close()
	fw, err := New(Config{URL: h.URL, APIKey: secret.New(apiKey)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = fw.Send(t.Context(), forwardtest.Events(2))
	if lazuli.KindOf(err) != lazuli.Denied || strings.Contains(err.Error(), apiKey) || !strings.Contains(err.Error(), "security_exception") {
		t.Errorf("wrong key: %v (%v)", err, lazuli.KindOf(err))
	}
}

// TestMissingIndex: what a person has to mend gives no event up.
func TestMissingIndex(t *testing.T) {
	h := forwardtest.NewHTTP(false, bulk(t, ""))
	defer h.Close()
	fw, err := New(Config{URL: h.URL, Index: "nowhere"})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := fw.Send(t.Context(), forwardtest.Events(2)); lazuli.KindOf(err) != lazuli.Permanent || !strings.Contains(err.Error(), "index_not_found") {
		t.Errorf("%v, %v", out, err)
	}
}

func TestTLS(t *testing.T) {
	h := forwardtest.NewHTTP(true, bulk(t, ""))
	defer h.Close()
	c := Config{URL: h.URL}
	fw, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fw.Send(t.Context(), forwardtest.Events(1)); lazuli.KindOf(err) != lazuli.Permanent {
		t.Errorf("unknown authority: %v", err)
	}
	c.CA = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(c.CA, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if fw, err = New(c); err != nil {
		t.Fatal(err)
	}
	if _, err := fw.Send(t.Context(), forwardtest.Events(1)); err != nil {
		t.Errorf("with the authority given: %v", err)
	}
}

func TestValidate(t *testing.T) {
	f := func(c Config, want string) {
		t.Helper()
		if c.URL == "" {
			c.URL = "https://h:9200"
		}
		err := c.Validate()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	f(Config{}, "")
	f(Config{Index: "logs-{dataset}-{workspace}"}, "")
	f(Config{URL: "http://h"}, "in the clear")
	f(Config{APIKey: secret.New("x"), User: "y"}, "api_key: ")
	f(Config{User: "y"}, "go together")
	f(Config{APIKey: secret.New("x\ny")}, "line break")
	f(Config{Index: "Logs"}, "index: ")
	f(Config{Index: "a/b"}, "index: ")
	f(Config{Index: "{other}"}, "index: ")
	f(Config{Format: "cef"}, "format: ")
	f(Config{RequestBytes: 1}, "request_bytes: ")
	f(Config{Timeout: -1}, "timeout: ")
}

func TestNetwork(t *testing.T) {
	forwardtest.RunNetwork(t, func(address, ca string) (lazuli.Forwarder, error) {
		c := Config{URL: "https://" + address, APIKey: secret.New(apiKey), Timeout: forwardtest.Patience}
		c.CA = ca
		return New(c)
	}, apiKey)
}
