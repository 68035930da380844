package splunk

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

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/forwardtest"
	"lazuli.dev/lazuli/internal/secret"
)

// TestForeignCollector delivers to a collector that somebody else wrote, in JavaScript, through its faults.
func TestForeignCollector(t *testing.T) {
	shared := os.Getenv("LAZULI_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	script := filepath.Join(shared, "peers", "http_sink.mjs")
	if _, err := os.Stat(script); err != nil {
		t.Skipf("no collector to test against: %v; set LAZULI_SHARED", err)
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skipf("the collector is a Node program: %v", err)
	}
	for _, ack := range []bool{true, false} {
		t.Run(fmt.Sprintf("acknowledgement %v", ack), func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			address := l.Addr().String()
			port := l.Addr().(*net.TCPAddr).Port
			_ = l.Close()
			sink := exec.Command("node", script)
			sink.Env = append(os.Environ(), fmt.Sprintf("SINK_PORT=%d", port), "SINK_TOKEN="+token, "SINK_FAULT=429,503,reset,timeout,reset")
			if ack {
				sink.Env = append(sink.Env, "SINK_ACK=1")
			}
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
			s := forwardtest.Setup{Secrets: []string{token}}
			fw, err := New(Config{URL: "http://" + address, Token: secret.New(token), Acknowledgement: &ack, Timeout: 500 * time.Millisecond, RequestBytes: 2000})
			if err != nil {
				t.Fatal(err)
			}
			events := forwardtest.Events(200)
			events[77].Row = []byte(`""`)
			rejected := forwardtest.Deliver(t, s, fw, events)
			if len(rejected) != 1 || !rejected[events[77].ID] {
				t.Errorf("rejected: %v, want %s alone", rejected, events[77].ID)
			}
			got := sinkEvents(t, address)
			for i, e := range events {
				row, arrived := got[e.ID]
				if arrived == (i == 77) {
					t.Errorf("event %d arrived: %v", i, arrived)
				}
				if arrived && !sameJSON(t, row, e.Row) {
					t.Errorf("event %d: got %s, sent %s", i, row, e.Row)
				}
			}
			if len(got) != len(events)-1 {
				t.Errorf("%d ids arrived, want %d", len(got), len(events)-1)
			}
		})
	}
}

// sinkEvents asks the collector what it holds, by id.
func sinkEvents(t *testing.T, address string) map[string]json.RawMessage {
	t.Helper()
	res, err := http.Get("http://" + address + "/_sink/hec")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var all struct{ Events []forwardtest.HECEvent }
	if err := json.NewDecoder(res.Body).Decode(&all); err != nil {
		t.Fatal(err)
	}
	got := map[string]json.RawMessage{}
	for _, e := range all.Events {
		got[e.Fields[IDField]] = e.Event
	}
	return got
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		t.Fatalf("not JSON: %s or %s", a, b)
	}
	return fmt.Sprint(x) == fmt.Sprint(y)
}

var _ lazuli.Forwarder = (*Forwarder)(nil)
