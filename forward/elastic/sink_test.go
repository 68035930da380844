package elastic

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"lazuli.dev/lazuli/forward/forwardtest"
	"lazuli.dev/lazuli/internal/secret"
)

// TestForeignReceiver delivers to a receiver that somebody else wrote, in JavaScript, through its faults. The official
// client of Elasticsearch and rsyslog's omelasticsearch take it for a cluster.
func TestForeignReceiver(t *testing.T) {
	shared := os.Getenv("LAZULI_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	script := filepath.Join(shared, "peers", "http_sink.mjs")
	if _, err := os.Stat(script); err != nil {
		t.Skipf("no receiver to test against: %v; set LAZULI_SHARED", err)
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skipf("the receiver is a Node program: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address, port := l.Addr().String(), l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	sink := exec.Command("node", script)
	sink.Env = append(os.Environ(), fmt.Sprintf("SINK_PORT=%d", port), "SINK_ES_AUTH=ApiKey "+apiKey, "SINK_FAULT=429,503,reset,partial,timeout,reset,partial")
	out, err := sink.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sink.Process.Kill(); _ = sink.Wait() })
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	s := forwardtest.Setup{Secrets: []string{apiKey}}
	fw, err := New(Config{URL: "http://" + address, APIKey: secret.New(apiKey), Timeout: 500 * time.Millisecond, RequestBytes: 5000})
	if err != nil {
		t.Fatal(err)
	}
	events := forwardtest.Events(200)
	if rejected := forwardtest.Deliver(t, s, fw, events); len(rejected) > 0 {
		t.Errorf("rejected: %v", rejected)
	}
	// Once more, as after a crash: nothing is added.
	if rejected := forwardtest.Deliver(t, s, fw, events); len(rejected) > 0 {
		t.Errorf("rejected at the second time: %v", rejected)
	}
	res, err := http.Get("http://" + address + "/_sink/es")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var all struct {
		Docs map[string][]struct {
			ID    string `json:"_id"`
			Azure struct {
				Platformlogs struct {
					Properties struct{ N int }
				}
			}
		}
	}
	if err := json.NewDecoder(res.Body).Decode(&all); err != nil {
		t.Fatal(err)
	}
	docs := all.Docs["logs-azure.platformlogs-default"]
	if len(docs) != len(events) {
		t.Fatalf("%d documents in %d indexes, want %d", len(docs), len(all.Docs), len(events))
	}
	got := map[string]int{}
	for _, d := range docs {
		got[d.ID] = d.Azure.Platformlogs.Properties.N
	}
	for i, e := range events {
		if n, there := got[e.ID]; !there || n != i {
			t.Errorf("%s: there %v, N %d", e.ID, there, n)
		}
	}
}
