package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lazuli.dev/lazuli/api/tlsconf"
	"lazuli.dev/lazuli/auth"
	"lazuli.dev/lazuli/internal/secret"
	"lazuli.dev/lazuli/query"
)

func TestServeAndShutDown(t *testing.T) {
	source, err := tlsconf.New(tlsconf.Options{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := auth.NewTokens(auth.Token{Name: "a", Secret: secret.New("a"), Scopes: []auth.Scope{auth.Admin}})
	if err != nil {
		t.Fatal(err)
	}
	asked, finish := make(chan struct{}), make(chan struct{})
	f := &fake{run: func(context.Context, query.Request) (*query.Result, error) {
		close(asked)
		<-finish
		return nil, &query.Error{Kind: query.Busy, Message: "whole answer"}
	}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		served <- New(Options{Querier: f, Ingester: f, Tokens: tokens, Workspaces: map[string]string{"default": defaultID}}).Serve(ctx, l, source.Config())
	}()
	answered := make(chan string, 1)
	go func() {
		req, _ := http.NewRequest("POST", "http://"+l.Addr().String()+"/v1/workspaces/default/query", strings.NewReader(`{"query":"T"}`))
		req.Header.Set("Authorization", "Bearer a")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			answered <- err.Error()
			return
		}
		text, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		answered <- string(text)
	}()
	<-asked
	stop()
	for { // until the port is closed
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			break
		}
		_ = conn.Close()
	}
	close(finish)
	if text := <-answered; !strings.Contains(text, "whole answer") {
		t.Errorf("a request under way at shutdown gets %s", text)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve ended with %v", err)
	}
}

func TestDisconnectCancels(t *testing.T) {
	s := serve(t, nil)
	asked, ended := make(chan struct{}), make(chan error, 1)
	s.run = func(ctx context.Context, _ query.Request) (*query.Result, error) {
		close(asked)
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return nil, &query.Error{Kind: query.Canceled, Message: "left"}
	}
	ctx, leave := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, "POST", s.URL+"/v1/workspaces/default/query", bytes.NewReader([]byte(`{"query":"T"}`)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer admin")
	go func() {
		<-asked
		leave()
	}()
	if resp, err := http.DefaultClient.Do(req); err == nil {
		_ = resp.Body.Close()
		t.Error("the client got an answer")
	}
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the query ended with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("the query goes on without its client")
	}
}

// The deadline for the body must not end the query that follows, over neither version of HTTP.
func TestReadDeadlineEndsWithTheBody(t *testing.T) {
	f := func(http2 bool) {
		t.Helper()
		over := make(chan bool, 1)
		h := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			done := limitReading(w, 100*time.Millisecond)
			_, _ = io.Copy(io.Discard, r.Body)
			done()
			select {
			case <-r.Context().Done():
				over <- true
			case <-time.After(300 * time.Millisecond):
				over <- false
			}
		}))
		h.EnableHTTP2 = http2
		h.StartTLS()
		defer h.Close()
		resp, err := h.Client().Post(h.URL, "text/plain", strings.NewReader("x"))
		if err != nil {
			t.Error(err)
			return
		}
		_ = resp.Body.Close()
		if <-over || (resp.ProtoMajor == 2) != http2 {
			t.Errorf("HTTP/%d: the request was cancelled", resp.ProtoMajor)
		}
	}
	f(false)
	f(true)
}
