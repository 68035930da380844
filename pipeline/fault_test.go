package pipeline_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/elastic"
	"lazuli.dev/lazuli/forward/file"
	forwardhttp "lazuli.dev/lazuli/forward/http"
	"lazuli.dev/lazuli/forward/splunk"
	"lazuli.dev/lazuli/forward/syslog"
	"lazuli.dev/lazuli/internal/secret"
	"lazuli.dev/lazuli/pipeline"
	"lazuli.dev/lazuli/query"
	"lazuli.dev/lazuli/store"
)

// A sink counts ids.
type sink struct {
	mu      sync.Mutex
	ids     map[uint64]bool // by the number in the id
	repeats int
	faults  map[string]int
	calm    bool
	random  *rand.Rand
}

func newSink(seed uint64) *sink {
	return &sink{ids: map[uint64]bool{}, faults: map[string]int{}, random: rand.New(rand.NewPCG(seed, 1))}
}

// fault picks what happens to a request: one of ten meets something.
func (s *sink) fault(of ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.random.IntN(10 * len(of)); !s.calm && n < len(of) {
		s.faults[of[n]]++
		return of[n]
	}
	return ""
}

const workspaceID = "6d0f2c1e-2b11-4a5f-9a2e-000000000001"

// take notes the ids that a text has, every other one where half is set, and returns which it took.
func (s *sink) take(text []byte, half bool) (took []bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		i := bytes.Index(text, []byte(workspaceID+"-"))
		if i < 0 {
			return took
		}
		text = text[i+len(workspaceID)+1:]
		if len(took) > 0 && half && len(took)%2 == 1 {
			took = append(took, false)
			continue
		}
		n, err := strconv.ParseUint(string(text[:16]), 16, 64)
		if err != nil {
			panic(err)
		}
		if s.ids[n] {
			s.repeats++
		}
		s.ids[n] = true
		took = append(took, true)
	}
}

func (s *sink) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ids)
}

// server answers requests of the three outputs that speak HTTP; answer makes the body of a success of what was taken.
func (s *sink) server(t *testing.T, parts bool, answer func(took []bool) string) *httptest.Server {
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/health") {
			return
		}
		body, err := io.ReadAll(r.Body)
		if err == nil && r.Header.Get("Content-Encoding") == "gzip" {
			var z *gzip.Reader
			if z, err = gzip.NewReader(bytes.NewReader(body)); err == nil {
				body, err = io.ReadAll(z)
			}
		}
		if err != nil {
			return
		}
		kinds := []string{"throttled", "busy", "dies before", "dies after"}
		if parts {
			kinds = append(kinds, "half")
		}
		fault := s.fault(kinds...)
		switch fault {
		case "throttled":
			w.WriteHeader(http.StatusTooManyRequests)
			return
		case "busy":
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		case "dies before":
			panic(http.ErrAbortHandler)
		}
		// Elasticsearch names an id in the action and in the document: the action counts.
		if parts {
			var actions []byte
			for i, line := range bytes.Split(body, []byte("\n")) {
				if i%2 == 0 {
					actions = append(actions, line...)
				}
			}
			body = actions
		}
		took := s.take(body, fault == "half")
		if fault == "dies after" {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, answer(took)) // the client may have left
	}))
	h.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(h.Close)
	return h
}

// listen takes lines, and now and then dies with what it has not read, or reads nothing for a while.
func (s *sink) listen(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	serve := func(c net.Conn) {
		defer func() { _ = c.Close() }()
		r := bufio.NewReaderSize(c, 64<<10)
		for n := 1; ; n++ {
			line, err := r.ReadSlice('\n')
			if err != nil {
				return
			}
			if n%2000 == 0 {
				switch s.fault("dies", "stalls") {
				case "dies":
					_ = c.(*net.TCPConn).SetLinger(0) // with all that is unread
					return
				case "stalls":
					timer := time.NewTimer(100 * time.Millisecond)
					<-timer.C
				}
			}
			s.take(line, false)
		}
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return l.Addr().String()
}

// TestFaultForward sends every row to each kind of receiver, all of which die, throttle or take one half, and
// counts ids: those that went in are those that came out. LAZULI_TORTURE makes a million of the rows.
func TestFaultForward(t *testing.T) {
	rows := 20_000
	if os.Getenv("LAZULI_TORTURE") != "" {
		rows = 1_000_000
	}
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	p, err := pipeline.Open(t.Context(), filepath.Join(dir, "data"), pipeline.Options{Store: store.Options{Init: query.Init, Log: log}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	defer func() {
		if !closed {
			_ = p.Close() // the test has failed already
		}
	}()
	in := 0
	add := func(n int) {
		t.Helper()
		var body bytes.Buffer
		for range n {
			fmt.Fprintf(&body, `{"time":"2026-03-04T05:06:07.%07dZ","category":"AuditEvent","operationName":"SecretGet","resultType":"Success","callerIpAddress":"198.51.100.7","correlationId":"%d","resourceId":"/SUBSCRIPTIONS/1/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V"}`+"\n", in%10_000_000, in)
			in++
		}
		r, err := p.Ingest(t.Context(), lazuli.Upload{Workspace: "default", Principal: "t", Route: "/v1/ingest", Body: body.Bytes()})
		if err != nil || r.Rows["AZKVAuditLogs"] != n {
			t.Fatalf("%v, %v", r, err)
		}
	}
	names := []string{"elastic", "http", "splunk", "syslog", "file"}
	sinks := map[string]*sink{}
	for i, name := range names {
		sinks[name] = newSink(uint64(i))
	}
	items := func(took []bool) string {
		var b strings.Builder
		for i, yes := range took {
			status := 429
			if yes {
				status = 201
			}
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"create":{"status":%d}}`, status)
		}
		return `{"items":[` + b.String() + `]}`
	}
	no := false
	outputs := map[string]func() (lazuli.Forwarder, error){
		"elastic": func() (lazuli.Forwarder, error) {
			return elastic.New(elastic.Config{URL: sinks["elastic"].server(t, true, items).URL, RequestBytes: 200_000, Gzip: &no})
		},
		"http": func() (lazuli.Forwarder, error) {
			return forwardhttp.New(forwardhttp.Config{RequestBytes: 100_000, URL: sinks["http"].server(t, false, func([]bool) string { return "{}" }).URL, Body: "array"})
		},
		"splunk": func() (lazuli.Forwarder, error) {
			return splunk.New(splunk.Config{URL: sinks["splunk"].server(t, false, func([]bool) string { return `{"text":"Success","code":0}` }).URL, Token: secret.New("t"), RequestBytes: 100_000, Acknowledgement: &no, Gzip: &no})
		},
		"syslog": func() (lazuli.Forwarder, error) {
			return syslog.New(syslog.Config{Address: sinks["syslog"].listen(t), Transport: "tcp", Format: "cef"})
		},
		"file": func() (lazuli.Forwarder, error) {
			return file.New(file.Config{Dir: filepath.Join(dir, "out"), RotateBytes: 2 << 20})
		},
	}
	var list []pipeline.Output
	for _, name := range names {
		fw, err := outputs[name]()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, pipeline.Output{Name: name, Workspace: "default", Query: "AZKVAuditLogs | project TimeGenerated, OperationName, CorrelationId", Beginning: true, Events: 1000, Forwarder: fw})
	}
	engine := query.New(p.Store(), query.Options{Log: log})
	if err := p.Forward(context.WithoutCancel(t.Context()), engine, map[string]string{"default": workspaceID}, list); err != nil {
		t.Fatal(err)
	}
	for in < rows {
		add(min(20_000, rows-in))
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	// behind tells whether an output has not sent all.
	behind := func() bool {
		for _, s := range p.Outputs() {
			if s.Cursor < s.Stable {
				return true
			}
		}
		return false
	}
	wait := func() {
		t.Helper()
		deadline := time.Now().Add(30 * time.Minute)
		for behind() {
			if <-tick.C; time.Now().After(deadline) {
				t.Fatalf("not delivered: %+v", p.Outputs())
			}
		}
	}
	wait()
	for _, s := range sinks {
		s.mu.Lock()
		s.calm = true
		s.mu.Unlock()
	}
	// What syslog lost without anybody knowing is sent again when more is sent.
	for range 100 {
		if sinks["syslog"].count() == in {
			break
		}
		add(1)
		wait()
		<-tick.C
	}
	closed = true
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	lines := sinks["file"]
	files, err := filepath.Glob(filepath.Join(dir, "out", "events-*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".gz") {
			z, err := gzip.NewReader(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if text, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		lines.take(text, false)
	}
	for _, name := range names {
		s := sinks[name]
		t.Logf("%-8s in %d, received %d, repeats %d, faults %v", name, in, len(s.ids), s.repeats, s.faults)
		if len(s.ids) != in {
			t.Errorf("%s: %d ids went in and %d came out", name, in, len(s.ids))
		}
	}
}
