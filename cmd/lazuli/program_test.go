package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The test binary is the program when this is set: nothing has to be linked twice.
const beProgram = "LAZULI_TEST_BE_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(beProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

const testToken = "test-token-0123456789"

// program is a command line that is ready to run, in an environment of its own.
func program(ctx context.Context, t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "LAZULI_") || strings.HasPrefix(e, "LAZULI_SHARED=") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, beProgram+"=1")
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// A ran is a command that has ended.
type ran struct {
	code        int
	out, errors string
}

// run runs a command to its end.
func run(t *testing.T, env []string, args ...string) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := program(ctx, t, args...)
	cmd.Env = append(cmd.Env, env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("lazuli %v: %v\n%s", args, err, errs.String())
	}
	return ran{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// ok runs a command that has to succeed and gives what it printed.
func ok(t *testing.T, env []string, args ...string) string {
	t.Helper()
	r := run(t, env, args...)
	if r.code != 0 {
		t.Fatalf("lazuli %v: exit code %d\n%s%s", args, r.code, r.out, r.errors)
	}
	return r.out
}

// A server is a running `lazuli serve`.
type server struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	env  []string // for clients
	done chan struct{}
	mu   sync.Mutex
	log  bytes.Buffer
}

// startServer starts serving a directory and returns when requests are answered.
func startServer(t *testing.T, data string, args ...string) *server {
	t.Helper()
	s := &server{t: t, done: make(chan struct{})}
	s.cmd = program(t.Context(), t, append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--log-format", "json"}, args...)...)
	s.cmd.Env = append(s.cmd.Env, "LAZULI_TOKEN="+testToken, "HEC_TOKEN=hec-token")
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		defer close(s.done)
		lines := bufio.NewScanner(stderr)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			s.mu.Lock()
			s.log.Write(lines.Bytes())
			s.log.WriteByte('\n')
			s.mu.Unlock()
			var entry struct{ Msg, Address string }
			if json.Unmarshal(lines.Bytes(), &entry) == nil && entry.Msg == "serving" {
				ready <- entry.Address
			}
		}
		_ = s.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		<-s.done
		if t.Failed() {
			log := s.text()
			t.Logf("end of the server's log:\n%s", log[max(0, len(log)-3000):])
		}
	})
	select {
	case address := <-ready:
		s.url = "http://" + address
	case <-s.done:
		t.Fatalf("the server ended before it served:\n%s", s.text())
	case <-time.After(time.Minute):
		t.Fatalf("the server does not serve:\n%s", s.text())
	}
	s.env = []string{"LAZULI_URL=" + s.url, "LAZULI_TOKEN=" + testToken}
	return s
}

func (s *server) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// stop ends the server in order.
func (s *server) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	select {
	case <-s.done:
	case <-time.After(time.Minute):
		s.t.Fatal("the server does not stop")
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		s.t.Errorf("the server ended with exit code %d", code)
	}
}

// kill ends the server as a power cut would end the process.
func (s *server) kill() {
	s.t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	<-s.done
}

// request sends a request with the token and gives status and body.
func (s *server) request(method, path, body string) (int, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+testToken)
	req.Header.Set("Content-Type", "application/x-ndjson")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// signInLine is a sign-in in wire form whose Id says which one it is.
func signInLine(i int) string {
	return fmt.Sprintf(`{"time":"2026-11-19T%02d:%02d:%02d.1234567Z","resourceId":"/tenants/7c9ef0d2-1111-4222-8333-444455556666/providers/Microsoft.aadiam","operationName":"Sign-in activity","operationVersion":"1.0","category":"SignInLogs","tenantId":"7c9ef0d2-1111-4222-8333-444455556666","resultType":"%d","resultSignature":"None","durationMs":0,"callerIpAddress":"198.51.100.%d","correlationId":"c0000000-0000-4000-8000-%012d","identity":"User %d","Level":4,"location":"NO","properties":{"id":"a0000000-0000-4000-8000-%012d","createdDateTime":"2026-11-19T10:00:00Z","userDisplayName":"User %d","userPrincipalName":"user%d@example.org","appDisplayName":"Portal","status":{"errorCode":0},"filler":%q}}`,
		i/3600%24, i/60%60, i%60, i%3, i%250, i, i%100, i, i%100, i%100, strings.Repeat("f", i%200))
}

// signInLines are n of them, one a line, beginning with the given number.
func signInLines(from, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(signInLine(from + i))
		b.WriteByte('\n')
	}
	return b.String()
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
