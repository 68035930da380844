package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli/auth"
	"lazuli.dev/lazuli/internal/secret"
	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/pipeline"
	"lazuli.dev/lazuli/query"
	"lazuli.dev/lazuli/store"
)

func TestRecord(t *testing.T) {
	var asked string
	answer := &pipeline.RawRecord{}
	var failure error
	s := serve(t, func(o *Options) {
		o.Raw = func(_ context.Context, workspace string, seq int64, whole bool) (*pipeline.RawRecord, error) {
			asked = fmt.Sprint(workspace, " ", seq, " ", whole)
			return answer, failure
		}
	})
	const path = "/v1/workspaces/emea/records/50331653"
	sum := func(text string) string {
		h := sha256.Sum256([]byte(text))
		return hex.EncodeToString(h[:])
	}
	f := func(path string, raw *pipeline.RawRecord, want string) {
		t.Helper()
		answer = raw
		resp, body := s.ask("GET", path, "reader", "")
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != jsonType || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v %s", path, resp.StatusCode, resp.Header, body)
		}
		sameJSON(t, body, want)
	}
	f(path, &pipeline.RawRecord{Seq: 50331653, Frame: 3, Ordinal: 5, Table: "SigninLogs", Held: true, Received: 638501544001234567, Origin: "http/ana/v1/ingest",
		ContentType: "application/json", Encoding: "gzip", Body: []byte(`{"a":"ü"}`), Offset: 12, FrameBytes: 100, ReceivedSize: 40},
		`{"seq":50331653,"frame":3,"ordinal":5,"table":"SigninLogs","held":true,"received":"2024-05-01T10:00:00.1234567Z","origin":{"system":"http/ana/v1/ingest"},
		"contentType":"application/json","encoding":"gzip","part":"record","offset":12,"frameBytes":100,"bytes":10,"sha256":"`+sum(`{"a":"ü"}`)+`","text":"{\"a\":\"ü\"}"}`)
	if asked != "emea 50331653 false" {
		t.Errorf("asked %s", asked)
	}
	f(path+"?frame=true", &pipeline.RawRecord{Seq: 50331653, Frame: 3, Ordinal: 5, Received: 638501544000000000, Origin: "eventhub/x/0", Incarnation: "i", First: 7, Last: 9,
		Body: []byte("\xff\x00"), Whole: true, Why: "because", FrameBytes: 2, ReceivedSize: 2},
		`{"seq":50331653,"frame":3,"ordinal":5,"held":false,"received":"2024-05-01T10:00:00Z","origin":{"system":"eventhub/x/0","incarnation":"i","first":7,"last":9},
		"contentType":"","encoding":"","part":"frame","reason":"because","offset":0,"frameBytes":2,"bytes":2,"sha256":"`+sum("\xff\x00")+`","base64":"/wA="}`)
	if asked != "emea 50331653 true" {
		t.Errorf("asked %s", asked)
	}

	// What is large is cut, between letters; as bytes it is whole.
	large := strings.Repeat("aü", 3<<20)
	answer = &pipeline.RawRecord{Seq: 1 << 24, Frame: 1, Body: []byte(large)}
	_, body := s.ask("GET", path, "reader", "")
	var got struct {
		Bytes     int
		Truncated bool
		Text      string
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || got.Bytes != len(large) || !got.Truncated || len(got.Text) > maxRawShown || len(got.Text) < maxRawShown-1 || !strings.HasPrefix(large, got.Text) {
		t.Errorf("%v: %d bytes, truncated %v, %d shown", err, got.Bytes, got.Truncated, len(got.Text))
	}
	resp, body := s.ask("GET", path, "reader", "", "Accept", "application/octet-stream")
	if body != large || resp.Header.Get("Content-Type") != bytesType || resp.Header.Get("Content-Disposition") != `attachment; filename="record-50331653.txt"` {
		t.Errorf("%d bytes, %v", len(body), resp.Header)
	}
	if resp, body := s.ask("HEAD", path, "reader", "", "Accept", "application/octet-stream"); body != "" || resp.Header.Get("Content-Length") != fmt.Sprint(len(large)) {
		t.Errorf("HEAD: %v %s", resp.Header, body)
	}

	g := func(path, token string, err error, status int, code, words string) {
		t.Helper()
		failure = err
		resp, body := s.ask("GET", path, token, "")
		var got struct {
			Error struct {
				InnerError struct{ Code, Message string }
			}
		}
		if json.Unmarshal([]byte(body), &got) != nil || resp.StatusCode != status || got.Error.InnerError.Code != code || !strings.Contains(got.Error.InnerError.Message, words) {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
	}
	g(path, "reader", pipeline.ErrNoRecord, 404, "RecordNotFound", "never was")
	g(path, "reader", fmt.Errorf("x: %w", &store.ReleasedError{Oldest: 1 << 24, When: 638501544001234567}), 404, "RecordReleased", "removed the raw record on 2024-05-01T10:00:00Z. The journal begins at _Seq 16777216 now.")
	g(path, "reader", &store.ReleasedError{Oldest: 1 << 24}, 404, "RecordReleased", "nothing says that retention")
	g(path, "reader", &store.DamagedError{Frame: 3, Detail: "1.lzj: 7 damaged bytes at offset 8"}, 404, "RecordDamaged", "7 damaged bytes at offset 8")
	g(path, "reader", errors.New("open /secret/path"), 500, "", "")
	g("/v1/workspaces/emea/records/abc", "reader", nil, 400, "InvalidArgument", "_Seq")
	g("/v1/workspaces/emea/records/9223372036854775808", "reader", nil, 400, "InvalidArgument", "_Seq")
	g(path+"?frame=x", "reader", nil, 400, "InvalidArgument", "frame")
	g("/v1/workspaces/default/records/1", "reader", nil, 403, "AuthorizationFailed", "")
	g("/v1/workspaces/nosuch/records/1", "admin", nil, 404, "WorkspaceNotFound", "")
	g(path, "writer", nil, 403, "AuthorizationFailed", "scope query")
	g(path, "", nil, 401, "", "")
	if strings.Contains(body, "/secret") || !strings.Contains(s.log.String(), "/secret/path") {
		t.Error("the cause belongs into the log, and there alone")
	}
}

// Row ids are asked for by a preference, and only then is the answer another.
func TestRowIDs(t *testing.T) {
	s := serve(t, nil)
	s.run = func(_ context.Context, r query.Request) (*query.Result, error) {
		columns := []types.Column{{Name: "_Seq", Type: types.Long}}
		text := `SELECT 1::BIGINT`
		if r.RowIDs {
			columns, text = append(columns, types.Column{Name: "_Seq", Type: types.Long}), `SELECT 1::BIGINT, 16777216::BIGINT`
		}
		res := rows(t, columns, text)
		res.Tables[0].RowIDs = r.RowIDs
		return res, nil
	}
	_, body := s.ask("POST", "/v1/workspaces/default/query", "admin", `{"query":"T"}`)
	sameJSON(t, body, `{"tables":[{"name":"PrimaryResult","columns":[{"name":"_Seq","type":"long"}],"rows":[[1]]}]}`)
	_, body = s.ask("POST", "/v1/workspaces/default/query", "admin", `{"query":"T"}`, "Prefer", "wait=3, include-row-ids=true")
	sameJSON(t, body, `{"tables":[{"name":"PrimaryResult","columns":[{"name":"_Seq","type":"long"},{"name":"_Seq","type":"long","rowId":true}],"rows":[[1,16777216]]}]}`)
	_, body = s.ask("POST", "/v1/$batch", "admin", `{"requests":[{"id":"1","headers":{"Prefer":"include-row-ids=true"},"body":{"query":"T"},"path":"/query","method":"POST","workspace":"default"}]}`)
	if !strings.Contains(body, `"rowId":true`) {
		t.Errorf("a batch: %s", body)
	}
}

// A path that is there for other methods says for which.
func TestMethods(t *testing.T) {
	s := serve(t, nil)
	f := func(method, path, token string, status int, allow string) {
		t.Helper()
		resp, body := s.ask(method, path, token, "")
		if resp.StatusCode != status || resp.Header.Get("Allow") != allow {
			t.Errorf("%s %s: %d, Allow %q: %s", method, path, resp.StatusCode, resp.Header.Get("Allow"), body)
		}
	}
	f("GET", "/v1/ingest", "writer", 405, "POST")
	f("HEAD", "/v1/ingest", "writer", 405, "POST")
	f("GET", "/v1/ingest", "", 401, "")
	f("POST", "/v1/admin/tables", "reader", 405, "GET, HEAD")
	f("DELETE", "/v1/workspaces/default/query", "admin", 405, "GET, HEAD, POST")
	f("PUT", "/V1/Workspaces/default/Query", "admin", 405, "GET, HEAD, POST")
	f("POST", "/healthz", "admin", 405, "GET, HEAD")
	f("POST", "/v1/workspaces/default/records/1", "admin", 405, "GET, HEAD")
	f("BREW", "/v1/ingest", "admin", 405, "POST")
	f("GET", "/v1/nosuch", "admin", 404, "")
	f("POST", "/", "admin", 404, "")
}

// Whoever asks about the health and leaves is no failure of the server.
func TestHealthOfOneWhoLeft(t *testing.T) {
	s := serve(t, func(o *Options) { o.Healthy = func(ctx context.Context) error { return ctx.Err() } })
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequest(http.MethodGet, "/healthz", nil).WithContext(gone)
	r.RemoteAddr = "127.0.0.1:1"
	w := httptest.NewRecorder()
	s.Config.Handler.ServeHTTP(w, r)
	log := s.log.String()
	if diff := cmp.Diff(statusClientGone, w.Code); diff != "" || strings.Contains(log, "level=ERROR") || strings.Contains(log, "level=WARN") {
		t.Errorf("%s%s", diff, log)
	}
}

// stuckWriter is a client that takes nothing until it is let.
type stuckWriter struct {
	http.ResponseWriter
	let chan struct{}
}

func (w stuckWriter) Write(p []byte) (int, error) {
	<-w.let
	return len(p), nil
}

// TestRecordsHeld: clients that take large frames slowly do not fill the memory, and do not keep small records from
// others.
func TestRecordsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reads atomic.Int32
		tokens, err := auth.NewTokens(auth.Token{Name: "reader", Secret: secret.New("reader"), Scopes: []auth.Scope{auth.Query}})
		if err != nil {
			t.Fatal(err)
		}
		size := maxRawShown + 1
		s := New(Options{Tokens: tokens, Workspaces: map[string]string{"default": defaultID}, Raw: func(context.Context, string, int64, bool) (*pipeline.RawRecord, error) {
			reads.Add(1)
			return &pipeline.RawRecord{Body: make([]byte, size)}, nil
		}})
		let := make(chan struct{})
		ask := func(ctx context.Context) {
			r := httptest.NewRequestWithContext(ctx, "GET", "/v1/workspaces/default/records/1", nil)
			r.RemoteAddr = "127.0.0.1:1"
			r.Header.Set("Authorization", "Bearer reader")
			r.Header.Set("Accept", bytesType)
			s.ServeHTTP(stuckWriter{httptest.NewRecorder(), let}, r)
		}
		f := func(want int32) {
			t.Helper()
			synctest.Wait()
			if got := reads.Load(); got != want {
				t.Errorf("%d records were read, want %d", got, want)
			}
		}
		for range mostRaw + 1 {
			go ask(t.Context())
		}
		f(mostRaw)
		ctx, leave := context.WithCancel(t.Context())
		go ask(ctx)
		leave()
		f(mostRaw) // who leaves waits no more
		close(let)
		f(mostRaw + 1)

		size, let = maxRawShown, make(chan struct{})
		for range 2 * mostRaw {
			go ask(t.Context())
		}
		f(mostRaw + 1 + 2*mostRaw)
		close(let)
		synctest.Wait()
	})
}
