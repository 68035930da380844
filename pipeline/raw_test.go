package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/chunk"
	"lazuli.dev/lazuli/pipeline"
	"lazuli.dev/lazuli/query"
	"lazuli.dev/lazuli/store"
)

func openFor(t *testing.T, dir string, change func(*pipeline.Options)) (*pipeline.Pipeline, *query.Engine) {
	t.Helper()
	o := pipeline.Options{MaxUpload: 1 << 20, Log: slog.New(slog.DiscardHandler)}
	o.Store.Init = query.Init
	if change != nil {
		change(&o)
	}
	p, err := pipeline.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return p, query.New(p.Store(), query.Options{Memory: -1, Log: o.Log})
}

// marked is a record that has a mark of its own: every row of it has the mark, and so has its raw record.
func marked(i int) (text, mark string) {
	mark = fmt.Sprintf("mark%05d", i)
	switch i % 5 {
	case 0:
		return `{ "time":"2026-11-19T10:00:00Z", "category":"SignInLogs","resourceId":"/tenants/1/providers/Microsoft.aadiam","properties":{"userDisplayName":"` + mark + `","ä":"\u00e4"}}`, mark
	case 1: // three rows
		return `{"time":"2026-11-19T10:00:00Z","category":"NetworkSecurityGroupFlowEvent","resourceId":"/SUBSCRIPTIONS/1/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/N","properties":{"Version":2,"flows":[{"rule":"` + mark + `","flows":[{"mac":"000D3AF8","flowTuples":["1772600760,10.0.0.1,8.8.8.8,1,2,T,O,A,B,,,,","1772600761,10.0.0.1,8.8.8.8,1,2,T,O,A,C,1,2,3,4","1772600762,10.0.0.1,8.8.8.8,1,2,T,O,A,E,1,2,3,4"]}]}]}}`, mark
	case 2: // nobody knows it
		return `{"what":"` + mark + `"}`, mark
	case 3: // two rows
		return `{"time":"2026-11-19T10:00:00Z","tags":{"ai.operation.name":"` + mark + `"},"data":{"baseData":{"metrics":[{"name":"a","value":1},{"name":"b","value":2}]},"baseType":"MetricData"},"name":"Microsoft.ApplicationInsights.Metric","iKey":"x"}`, mark
	}
	return `{"time":"2026-11-19T10:00:00Z","category":"AuditEvent","resourceId":"/subscriptions/1/resourceGroups/` + mark + `/providers/Microsoft.KeyVault/vaults/v","operationName":"SecretGet"}`, mark
}

// TestRawOfEveryRow: whatever records come in, packed in any way, the _Seq that a query carries leads from each row to
// the very bytes of its record, and every record can be reached, before and after cuts, restarts and a rebuild.
func TestRawOfEveryRow(t *testing.T) {
	dir := t.TempDir()
	p, engine := openFor(t, dir, nil)
	sent := map[string]string{} // mark to record
	next := 0
	send := func(wrap func(records []string) (body []byte, encoding string)) {
		t.Helper()
		var records []string
		for range 10 + next%7 {
			text, mark := marked(next)
			next++
			sent[mark] = text
			records = append(records, text)
		}
		body, encoding := wrap(records)
		if _, err := p.Ingest(t.Context(), lazuli.Upload{Workspace: "default", Principal: "p", Route: "/v1/ingest", Encoding: encoding, Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	all := func() {
		for range 5 {
			send(func(r []string) ([]byte, string) { return []byte(`{"records": [` + strings.Join(r, " ,\n") + `]}`), "" })
			send(func(r []string) ([]byte, string) { return []byte(strings.Join(r, "\r\n")), "identity" })
			send(func(r []string) ([]byte, string) { return packed(t, "["+strings.Join(r, ",")+"]"), "gzip" })
			send(func(r []string) ([]byte, string) { return []byte("\xef\xbb\xbf" + strings.Join(r, "")), "" })
			send(func(r []string) ([]byte, string) {
				return packed(t, `{"value":[`+strings.Join(r, ",")+`],"nextLink":"x"}`), "gzip"
			})
		}
	}
	check := func(when string) {
		t.Helper()
		reached := map[string]int{}
		rows := 0
		for _, table := range []string{"SigninLogs", "NTANetAnalytics", "AzureNetworkAnalytics_CL", "LazuliQuarantine", "AppMetrics", "AZKVAuditLogs", "AzureDiagnostics"} {
			res, err := engine.Run(t.Context(), query.Request{Workspace: "default", Text: "union isfuzzy=true " + table + " | where isnotempty(Type) | extend All = tostring(pack_all()) | project M = extract('mark[0-9]+', 0, All), Own = _Seq | sort by M desc", RowIDs: true})
			if err != nil {
				t.Fatalf("%s: %s: %v", when, table, err)
			}
			for _, tab := range res.Tables {
				if !tab.RowIDs || len(tab.Columns) != 3 {
					t.Fatalf("%s: no row ids: %+v", table, tab.Columns)
				}
				for row := range tab.Rows() {
					rows++
					mark, seq := string(row.Text(0)), row.Long(2)
					if seq != row.Long(1) {
						t.Fatalf("%s: the row %d is said to be %d", table, row.Long(1), seq)
					}
					raw, err := p.Raw(t.Context(), "default", seq, false)
					if err != nil {
						t.Errorf("%s: %s %d: %v", when, table, seq, err)
						continue
					}
					if raw.Whole || !raw.Held || raw.Table != table || string(raw.Body) != sent[mark] || raw.Seq != seq || raw.Origin != "http/p/v1/ingest" {
						t.Fatalf("%s: %s %d with %q: %+v\n%s", when, table, seq, mark, raw, raw.Body)
					}
					reached[mark]++
				}
			}
			res.Close()
		}
		if len(reached) != len(sent) {
			t.Errorf("%s: %d records of %d are reached", when, len(reached), len(sent))
		}
		for i := range next {
			if _, mark := marked(i); reached[mark] != []int{1, 3, 1, 2, 1}[i%5] {
				t.Errorf("%s: %s is reached from %d rows", when, mark, reached[mark])
			}
		}
	}
	all()
	check("in memory")
	if err := p.Store().Cut(t.Context()); err != nil {
		t.Fatal(err)
	}
	all()
	check("half in the tables")
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p, engine = openFor(t, dir, nil)
	check("after a restart")
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := pipeline.Rebuild(t.Context(), dir, pipeline.Options{Store: store.Options{Init: query.Init}, MaxUpload: 1 << 20, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	p, engine = openFor(t, dir, nil)
	check("after a rebuild")
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestRaw: what is not a row of the workspace never was, and where the record cannot be told apart the frame is given
// with the reason.
func TestRaw(t *testing.T) {
	dir := t.TempDir()
	now := atomic.Int64{}
	now.Store(lazuli.Ticks(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)))
	// What an older program has left: a frame whose rows another version of the decoder made, one that it failed on.
	old, err := store.Open(t.Context(), dir, store.Options{Log: slog.New(slog.DiscardHandler), Clock: now.Load, Decode: func(f store.Frame) ([]*chunk.Chunk, error) {
		if strings.Contains(string(f.Body), "broken") {
			return nil, errors.New("broken")
		}
		b := chunk.NewBuilder([]chunk.Spec{{Name: "TimeGenerated", Kind: chunk.Int64, Nullable: true}, {Name: "_Seq", Kind: chunk.Int64},
			{Name: "_DecoderVersion", Kind: chunk.Int32, Nullable: true}, {Name: "_TimeReceived", Kind: chunk.Int64, Nullable: true}})
		for i := range int64(4) {
			b.SetInt64(0, f.Received)
			b.SetInt64(1, f.Seq+i)
			b.SetInt32(2, 1)
			b.SetInt64(3, f.Received)
			b.EndRow()
		}
		return []*chunk.Chunk{b.Finish(f.Workspace, "SigninLogs")}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{record(1) + "\n" + record(2), "broken " + record(3)} {
		if _, err := old.Ingest(t.Context(), store.Frame{Workspace: "default", Origin: "o", Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	change := func(o *pipeline.Options) {
		o.Store.Clock, o.Store.SegmentBytes, o.Store.JournalRetention = now.Load, 100, 24*time.Hour
		o.Store.Retention = func(string, string) time.Duration { return time.Hour }
		o.Now = func() time.Time { return lazuli.FromTicks(now.Load()) }
	}
	p, _ := openFor(t, dir, change)
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	send := func(workspace string, body []byte, encoding string) int64 {
		t.Helper()
		r, err := p.Ingest(t.Context(), lazuli.Upload{Workspace: workspace, Principal: "p", Route: "/r", Encoding: encoding, Body: body})
		if err != nil {
			t.Fatal(err)
		}
		return r.Seq
	}
	f := func(workspace string, seq int64, whole bool, want, why, table string) {
		t.Helper()
		raw, err := p.Raw(t.Context(), workspace, seq, whole)
		if err != nil {
			t.Errorf("%d: %v", seq, err)
			return
		}
		if string(raw.Body) != want || !strings.Contains(raw.Why, why) || (raw.Why == "") != (why == "") || raw.Table != table || raw.Whole != (whole || why != "") {
			t.Errorf("%d: %+v\n%s", seq, raw, raw.Body)
		}
	}
	none := func(workspace string, seqs ...int64) {
		t.Helper()
		for _, seq := range seqs {
			if raw, err := p.Raw(t.Context(), workspace, seq, false); !errors.Is(err, pipeline.ErrNoRecord) {
				t.Errorf("%s %d: %+v %v", workspace, seq, raw, err)
			}
		}
	}
	const row = int64(1) << 24
	f("default", row, false, record(1)+"\n"+record(2), "version 1 of the decoder", "SigninLogs")
	f("default", row+3, false, record(1)+"\n"+record(2), "version 1 of the decoder", "SigninLogs")
	none("default", row+4)
	f("default", 2*row, false, "broken "+record(3), "failed on the whole message", "LazuliQuarantine")
	none("default", 2*row+9)

	two := record(4) + "\n" + record(5)
	seq := send("default", []byte(two), "")
	f("default", seq+1, false, record(5), "", "SigninLogs")
	f("default", seq+1, true, two, "", "")
	none("default", seq+2, seq+1<<24, 0, -1, 1<<62)
	none("emea", seq, seq+1)
	other := send("emea", packed(t, record(6)), "gzip")
	f("emea", other, false, record(6), "", "SigninLogs")
	f("emea", other, true, record(6), "", "")
	none("default", other)
	cut := send("default", []byte(`{"records":[`+record(7)+`,`), "")
	f("default", cut+1, false, `{"records":[`+record(7)+`,`, "something that is missing", "LazuliQuarantine")

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Raw(gone, "default", seq, false); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}

	// Retention takes the rows before the journal: the evidence stays until that goes too.
	now.Add(int64(2 * time.Hour / 100))
	if err := errors.Join(p.Store().Cut(t.Context()), p.Store().Retain(t.Context())); err != nil {
		t.Fatal(err)
	}
	raw, err := p.Raw(t.Context(), "default", seq+1, false)
	if err != nil || raw.Held || raw.Table != "SigninLogs" || string(raw.Body) != record(5) {
		t.Errorf("a row that has expired: %+v %v", raw, err)
	}
	now.Add(int64(25 * time.Hour / 100))
	send("default", []byte(record(8)), "")
	send("default", []byte(record(9)), "")
	if err := errors.Join(p.Store().Cut(t.Context()), p.Store().Retain(t.Context())); err != nil {
		t.Fatal(err)
	}
	var released *store.ReleasedError
	if _, err := p.Raw(t.Context(), "default", seq+1, false); !errors.As(err, &released) || released.When != now.Load() {
		t.Errorf("%v", err)
	}

	// The record of a gap is the store's own.
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	segments, err := filepath.Glob(filepath.Join(dir, "journal", "*"))
	if err != nil || len(segments) == 0 {
		t.Fatal(segments, err)
	}
	slices.Sort(segments)
	if err := os.Truncate(segments[len(segments)-1], 90); err != nil {
		t.Fatal(err)
	}
	p, _ = openFor(t, dir, change)
	found := false
	for n := int64(1); n < 40; n++ {
		if raw, err := p.Raw(t.Context(), "default", n*row, false); err == nil && raw.Table == store.GapsTable {
			found = !raw.Whole && strings.Contains(string(raw.Body), `"reason"`)
		}
	}
	if !found {
		t.Error("the record of the gap is not found")
	}
}
