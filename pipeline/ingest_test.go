package pipeline_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/pipeline"
)

func open(t *testing.T, dir string) *pipeline.Pipeline {
	t.Helper()
	p, err := pipeline.Open(t.Context(), dir, pipeline.Options{MaxUpload: 1 << 20, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func record(i int) string {
	return fmt.Sprintf(`{"time":"2026-11-19T10:00:00Z","resourceId":"/tenants/7c9ef0d2-1111-4222-8333-444455556666/providers/Microsoft.aadiam","operationName":"Sign-in activity","category":"SignInLogs","resultType":"0","properties":{"id":"%d"}}`, i)
}

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestIngest(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	f := func(name string, u lazuli.Upload, want lazuli.Receipt, wantKind lazuli.Kind) {
		t.Helper()
		if u.Workspace == "" {
			u.Workspace = lazuli.DefaultWorkspace
		}
		u.Principal, u.Route = "tester", "/v1/ingest"
		got, err := p.Ingest(t.Context(), u)
		if lazuli.KindOf(err) != wantKind || wantKind == lazuli.Unknown && err != nil {
			t.Errorf("%s: %v (%v), want %v", name, err, lazuli.KindOf(err), wantKind)
		}
		if (got.Quarantined > 0) != (len(got.Reasons) > 0) {
			t.Errorf("%s: %d quarantined for the reasons %v", name, got.Quarantined, got.Reasons)
		}
		got.Seq, got.Reasons = 0, nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	signInRows := func(n int) map[string]int { return map[string]int{"SigninLogs": n} }
	two := []byte(record(1) + "\n" + record(2))
	f("lines", lazuli.Upload{Body: two}, lazuli.Receipt{Rows: signInRows(2)}, lazuli.Unknown)
	f("the same without a key is new", lazuli.Upload{Body: two}, lazuli.Receipt{Rows: signInRows(2)}, lazuli.Unknown)
	f("with a key", lazuli.Upload{Body: two, Key: "k"}, lazuli.Receipt{Rows: signInRows(2)}, lazuli.Unknown)
	f("with the key again", lazuli.Upload{Body: two, Key: "k"}, lazuli.Receipt{Duplicate: true, Duplicates: 2}, lazuli.Unknown)
	f("another body under the key", lazuli.Upload{Body: []byte(record(3)), Key: "k"}, lazuli.Receipt{}, lazuli.Conflict)
	f("the key in another workspace", lazuli.Upload{Workspace: "emea", Body: two, Key: "k"}, lazuli.Receipt{Rows: signInRows(2)}, lazuli.Unknown)
	f("gzip", lazuli.Upload{Body: packed(t, record(4)), Encoding: "gzip"}, lazuli.Receipt{Rows: signInRows(1)}, lazuli.Unknown)
	f("no record", lazuli.Upload{Body: []byte("hello\n" + record(5))}, lazuli.Receipt{Rows: signInRows(1), Quarantined: 1}, lazuli.Unknown)
	f("empty", lazuli.Upload{}, lazuli.Receipt{}, lazuli.Invalid)
	f("not gzip", lazuli.Upload{Body: two, Encoding: "gzip"}, lazuli.Receipt{}, lazuli.Invalid)
	f("gzip cut off", lazuli.Upload{Body: packed(t, record(6))[:40], Encoding: "gzip"}, lazuli.Receipt{}, lazuli.Invalid)
	f("unknown encoding", lazuli.Upload{Body: two, Encoding: "br"}, lazuli.Receipt{}, lazuli.Invalid)
	f("gzip bomb", lazuli.Upload{Body: packed(t, strings.Repeat(" ", 4<<20)), Encoding: "gzip"}, lazuli.Receipt{}, lazuli.TooLarge)
	f("too large", lazuli.Upload{Body: bytes.Repeat([]byte("x"), 2<<20)}, lazuli.Receipt{}, lazuli.TooLarge)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	f("closed", lazuli.Upload{Body: two}, lazuli.Receipt{}, lazuli.Transient)
	p = open(t, dir)
	f("with the key after a restart", lazuli.Upload{Body: two, Key: "k"}, lazuli.Receipt{Duplicate: true, Duplicates: 2}, lazuli.Unknown)
	if _, err := pipeline.Open(context.Background(), dir, pipeline.Options{}); err == nil || !strings.Contains(err.Error(), "held by another process") {
		t.Errorf("a second process: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := pipeline.Fsck(t.Context(), dir, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Clean() || r.Rows != 11 {
		t.Errorf("fsck: %d rows, %v", r.Rows, r.Findings)
	}
	if err := pipeline.Rebuild(t.Context(), dir, pipeline.Options{}); err != nil {
		t.Fatal(err)
	}
}

// TestColumnsOverRestarts: the columns that AzureDiagnostics gets at run time stay below its limit also when they
// come in several lives of the process; what has no place is kept all the same.
func TestColumnsOverRestarts(t *testing.T) {
	dir := t.TempDir()
	for life := range 4 {
		p := open(t, dir)
		var fields []string
		for i := range 200 {
			fields = append(fields, fmt.Sprintf(`"life%dfield%d":"v"`, life, i))
		}
		body := `{"time":"2026-11-19T10:00:00Z","resourceId":"/SUBSCRIPTIONS/0/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.NOSUCH/THINGS/T","operationName":"o","category":"NoSuchCategory","properties":{` + strings.Join(fields, ",") + `}}`
		r, err := p.Ingest(t.Context(), lazuli.Upload{Workspace: "default", Body: []byte(body)})
		if err != nil || r.Rows["AzureDiagnostics"] != 1 {
			t.Fatalf("life %d: %+v, %v", life, r, err)
		}
		view, err := p.Store().View(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		state, _ := view.Table("default", "AzureDiagnostics")
		if n := len(state.Columns); n > 500 {
			t.Errorf("life %d: %d columns", life, n)
		}
		if err := view.Close(); err != nil {
			t.Error(err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := pipeline.Fsck(t.Context(), dir, pipeline.Options{}); err != nil || !r.Clean() {
		t.Errorf("fsck: %v, %v", r.Findings, err)
	}
}
