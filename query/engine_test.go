package query_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/internal/tenant"
	"lazuli.dev/lazuli/kql"
	"lazuli.dev/lazuli/pipeline"
	"lazuli.dev/lazuli/query"
	"lazuli.dev/lazuli/store"
)

var day = time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC)

// A place is an open data directory and an engine on it.
type place struct {
	*pipeline.Pipeline
	*query.Engine
	log bytes.Buffer
}

func open(t testing.TB, change func(*query.Options)) *place {
	t.Helper()
	p := &place{}
	log := slog.New(slog.NewTextHandler(&p.log, nil))
	var err error
	p.Pipeline, err = pipeline.Open(context.Background(), t.TempDir(), pipeline.Options{Store: store.Options{Init: query.Init}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	o := query.Options{Log: log, Clock: func() time.Time { return day.Add(24 * time.Hour) }}
	if change != nil {
		change(&o)
	}
	p.Engine = query.New(p.Store(), o)
	return p
}

// fill takes in the first parts of a day that are of the kinds.
func (p *place) fill(t testing.TB, workspace string, kinds ...tenant.Kind) {
	t.Helper()
	parts := 0
	for part := range tenant.Day(1, day) {
		if parts == 6*len(kinds) {
			return
		}
		for _, k := range kinds {
			if part.Kind == k {
				parts++
				if _, err := p.Ingest(context.Background(), lazuli.Upload{Workspace: workspace, Principal: "test", Route: "test", ContentType: part.ContentType, Body: part.Body}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// ask runs a query and returns its first table as rows of plain text.
func (p *place) ask(t testing.TB, r query.Request) [][]string {
	t.Helper()
	res, err := p.Run(context.Background(), r)
	if err != nil {
		t.Errorf("%s: %v (%v)\n%s", r.Text, err, errors.Unwrap(err), p.log.String())
		return nil
	}
	defer res.Close()
	return text(res)
}

func text(res *query.Result) [][]string {
	var rows [][]string
	for row := range res.Tables[0].Rows() {
		var cells []string
		for i := range res.Tables[0].Columns {
			cells = append(cells, string(row.Append(nil, i, query.Plain)))
		}
		rows = append(rows, cells)
	}
	return rows
}

func (p *place) count(t testing.TB, r query.Request) int {
	t.Helper()
	r.Text += " | count"
	rows := p.ask(t, r)
	n := 0
	if len(rows) == 1 {
		if _, err := fmt.Sscan(rows[0][0], &n); err != nil {
			t.Error(err)
		}
	}
	return n
}

// Which columns a plug-in makes is asked of the rows that the query then reads.
func TestColumnsOfRows(t *testing.T) {
	p := open(t, nil)
	const rows = `range i from 1 to 3 step 1 | extend d = bag_pack("even", i % 2 == 0, strcat("k", tostring(i / 3)), i)`
	want := [][]string{{"1", "false", "1", ""}, {"2", "true", "2", ""}, {"3", "false", "", "3"}}
	if got := p.ask(t, query.Request{Text: rows + " | evaluate bag_unpack(d) | sort by i asc"}); !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
	_, err := p.Run(context.Background(), query.Request{Text: `range i from 1 to 3000000 step 2999999 | make-series c = count() on i step 1 | extend d = bag_pack("n", c) | evaluate bag_unpack(d)`})
	var failed *query.Error
	if !errors.As(err, &failed) || failed.Kind != query.BadQuery {
		t.Errorf("a fault of the rows while the columns are asked for gives %v", err)
	}
}

func TestEngine(t *testing.T) {
	p := open(t, nil)
	p.fill(t, "default", tenant.SignIns, tenant.KeyVault)
	t.Run("Resource", func(t *testing.T) { byResource(t, p) })
	t.Run("Errors", func(t *testing.T) { wrongTexts(t, p) })
	t.Run("Tables", func(t *testing.T) { tables(t, p) })
	t.Run("RowWise", func(t *testing.T) { rowWise(t, p) })
	t.Run("Wildcards", func(t *testing.T) { wildcards(t, p) })
	t.Run("Bounds", func(t *testing.T) { bounds(t, p) })
}

// Wildcards go through the tables that have rows; where they fit none of those, through all that are known.
func wildcards(t *testing.T, p *place) {
	f := func(workspace, text, want string) {
		t.Helper()
		if diff := cmp.Diff([][]string{{want}}, p.ask(t, query.Request{Workspace: workspace, Text: text})); diff != "" {
			t.Errorf("%s in %s:\n%s", text, workspace, diff)
		}
	}
	f("default", "union withsource=T * | distinct T | count", "2")
	f("default", "union * | getschema | summarize max(ColumnOrdinal) < 300", "true")
	f("default", "search * | distinct $table | count", "2")
	f("default", "union Device* | count", "0")
	f("default", "union withsource=T Device*, Sign* | distinct T", "SigninLogs")
	f("none", "union * | count", "0")
	f("none", `search "x" | count`, "0")
	f("none", "SigninLogs | count", "0")
}

func bounds(t *testing.T, p *place) {
	ask := func(text string) [][]string {
		t.Helper()
		return p.ask(t, query.Request{Workspace: "default", Text: text})
	}

	all := p.count(t, query.Request{Workspace: "default", Text: "SigninLogs"})
	if all == 0 {
		t.Fatal("no sign-ins")
	}
	if got := p.count(t, query.Request{Workspace: "other", Text: "SigninLogs"}); got != 0 {
		t.Errorf("another workspace sees %d rows", got)
	}
	if diff := cmp.Diff([][]string{{"2026-11-20T00:00:00Z", "3", "x"}}, ask(`print now(), 1 + 2, "x"`)); diff != "" {
		t.Error(diff)
	}
	if got := p.count(t, query.Request{Workspace: "default", Text: "SigninLogs", Now: 638501544001234567, Timespan: "P1D"}); got != 0 {
		t.Errorf("a timespan before the day has %d rows", got)
	}
	middle := ask("SigninLogs | summarize a = min(TimeGenerated), b = max(TimeGenerated) | project a + (b - a) / 2")[0][0]
	half := p.count(t, query.Request{Workspace: "default", Text: "SigninLogs", Timespan: "2026-11-19/" + middle})
	rest := p.count(t, query.Request{Workspace: "default", Text: "SigninLogs", Timespan: middle + "/2026-11-20"})
	if half == 0 || rest == 0 || half+rest != all {
		t.Errorf("%d and %d rows before and after %s, of %d", half, rest, middle, all)
	}
	if got := p.count(t, query.Request{Workspace: "default", Text: "SigninLogs", Timespan: "P1D"}); got != all {
		t.Errorf("%d rows in the last day, want %d", got, all)
	}

	// Every row has one sequence, and bounds on it cut the rows in two.
	first := p.Store().Stable() / 2
	low := p.count(t, query.Request{Workspace: "default", Text: "SigninLogs", UptoSeq: first})
	high := p.count(t, query.Request{Workspace: "default", Text: "SigninLogs", AfterSeq: first, UptoSeq: p.Store().Stable()})
	if low == 0 || high == 0 || low+high != all {
		t.Errorf("%d and %d rows below and above a sequence, of %d", low, high, all)
	}

	// The same after a cut: rows come from the file then.
	if err := p.Store().Cut(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := p.count(t, query.Request{Workspace: "default", Text: "SigninLogs"}); got != all {
		t.Errorf("%d rows after a cut, %d before", got, all)
	}
	if got := p.count(t, query.Request{Workspace: "default", Text: "SigninLogs", UptoSeq: first}); got != low {
		t.Errorf("%d rows below the sequence after a cut, %d before", got, low)
	}

	if list, err := p.Tables(context.Background(), "default", false); err != nil || len(list) != 2 || list[0].Bytes < 1<<18 || list[0].Bytes > 8<<20 {
		t.Errorf("sizes after a cut: %+v, %v", list, err)
	}

	// A second workspace is read with the first where the request says so.
	p.fill(t, "emea", tenant.SignIns, tenant.KeyVault)
	if got := p.count(t, query.Request{Workspace: "emea", Text: "SigninLogs"}); got != all {
		t.Errorf("%d rows in the second workspace, want %d", got, all)
	}
	if got := p.count(t, query.Request{Workspace: "default", More: []string{"emea"}, Text: "SigninLogs"}); got != 2*all {
		t.Errorf("%d rows in both, want %d", got, 2*all)
	}

	res, err := p.Run(context.Background(), query.Request{Workspace: "default", Text: "SigninLogs | summarize n = count() by ResultType | render piechart"})
	if err != nil {
		t.Fatal(err)
	}
	if res.Render == nil || res.Render.Chart != "piechart" || res.Stats.RowsHeld != int64(all) || len(res.Stats.Tables) != 1 || res.Stats.Time <= 0 || res.Stats.RowsResult != res.Tables[0].Len() {
		t.Errorf("render %+v, statistics %+v", res.Render, res.Stats)
	}
	res.Close()
	res.Close()
}

func byResource(t *testing.T, p *place) {
	rows := p.ask(t, query.Request{Workspace: "default", Text: "AZKVAuditLogs | summarize n = count() by _ResourceId | sort by n"})
	if len(rows) < 2 {
		t.Fatalf("%d vaults", len(rows))
	}
	id := rows[0][0]
	f := func(resource, table, want string) {
		t.Helper()
		got := p.ask(t, query.Request{Workspace: "default", Text: table + " | count", Resource: resource})
		if diff := cmp.Diff([][]string{{want}}, got); diff != "" {
			t.Errorf("%s of %s:\n%s", table, resource, diff)
		}
	}
	total := fmt.Sprint(p.count(t, query.Request{Workspace: "default", Text: "AZKVAuditLogs"}))
	parts := strings.Split(id, "/")
	f(id, "AZKVAuditLogs", rows[0][1])
	f(strings.ToUpper(id), "AZKVAuditLogs", rows[0][1])
	f(strings.Join(parts[:3], "/"), "AZKVAuditLogs", total)
	f(id[:len(id)-1], "AZKVAuditLogs", "0") // the beginning of a name is another resource
	f("/subscriptions/none' OR 1=1 --", "AZKVAuditLogs", "0")
	f(id, "union SigninLogs, AZKVAuditLogs", rows[0][1])
}

func TestEngineLimits(t *testing.T) {
	p := open(t, func(o *query.Options) { o.Limits = query.Limits{Rows: 1000, Bytes: 1 << 20} })
	run := func(text string, l query.Limits) (*query.Result, error) {
		t.Helper()
		return p.Run(context.Background(), query.Request{Workspace: "default", Text: text, Limits: l})
	}
	f := func(text string, l query.Limits, rows int64, partial bool) {
		t.Helper()
		res, err := run(text, l)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			return
		}
		defer res.Close()
		if res.Tables[0].Len() != rows || (res.Partial != nil) != partial || partial && res.Partial.Kind != query.TooLarge {
			t.Errorf("%s: %d rows, %v; want %d, partial %v", text, res.Tables[0].Len(), res.Partial, rows, partial)
		}
	}
	f("range i from 1 to 1000 step 1", query.Limits{}, 1000, false)
	f("range i from 1 to 1001 step 1", query.Limits{}, 1000, true)
	f("range i from 1 to 100000 step 1", query.Limits{Rows: 10_000_000}, 1000, true) // no request goes beyond the engine's
	f("range i from 1 to 100 step 1", query.Limits{Rows: 7}, 7, true)
	f(`range i from 1 to 100 step 1 | extend s = strcat_array(repeat("x", 100000), "")`, query.Limits{}, 10, true)

	g := func(err error, kind query.Kind) {
		t.Helper()
		var failed *query.Error
		if !errors.As(err, &failed) || failed.Kind != kind {
			t.Errorf("%v is not of kind %d", err, kind)
		}
	}
	const forever = "range a from 1 to 10000000 step 1 | extend k = 1 | join kind=inner (range b from 1 to 100000 step 1 | extend k = 1) on k | where a * b % 7 == 3 | count"
	began := time.Now()
	_, err := run(forever, query.Limits{Time: 200 * time.Millisecond})
	g(err, query.Timeout)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("a time-out of 200 ms took %v", took)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var cancelled time.Time
	time.AfterFunc(200*time.Millisecond, func() { cancelled = time.Now(); cancel() })
	_, err = p.Run(ctx, query.Request{Workspace: "default", Text: forever})
	t.Logf("the query ended %v after its client left", time.Since(cancelled))
	g(err, query.Canceled)
	if late := time.Since(cancelled); late > time.Second {
		t.Errorf("the query went on for %v", late)
	}
	_, err = run("print 1", query.Limits{})
	if err != nil {
		t.Errorf("after a time-out: %v", err)
	}
	_, err = p.Run(context.Background(), query.Request{Workspace: "default", Text: "print 1", Timespan: "yesterday"})
	g(err, query.BadRequest)
}

func TestEngineIsBusy(t *testing.T) {
	p := open(t, func(o *query.Options) { o.Running, o.Waiting = 1, 1 })
	const forever = "range a from 1 to 10000000 step 1 | extend k = 1 | join kind=inner (range b from 1 to 100000 step 1 | extend k = 1) on k | where a * b % 7 == 3 | count"
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 3)
	for range 3 { // one runs, one waits, one is turned away
		go func() {
			_, err := p.Run(ctx, query.Request{Workspace: "default", Text: forever})
			ended <- err
		}()
	}
	var failed *query.Error
	if err := <-ended; !errors.As(err, &failed) || failed.Kind != query.Busy || failed.Retry <= 0 {
		t.Errorf("the third query ends with %v", err)
	}
	cancel()
	for range 2 {
		if err := <-ended; !errors.As(err, &failed) || failed.Kind != query.Canceled {
			t.Errorf("a query ends with %v", err)
		}
	}
}

// Results that nobody closes use up the room for results; closing gives it back.
func TestEngineHoldsResults(t *testing.T) {
	p := open(t, func(o *query.Options) { o.Limits.Bytes, o.Held = 1<<20, 2<<20 })
	r := query.Request{Workspace: "default", Text: `range i from 1 to 9 step 1 | extend s = strcat_array(repeat("x", 100000), "")`, Limits: query.Limits{Time: 300 * time.Millisecond}}
	first, err := p.Run(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.Run(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	var failed *query.Error
	if _, err := p.Run(context.Background(), r); !errors.As(err, &failed) || failed.Kind != query.Timeout {
		t.Errorf("a third large result: %v", err)
	}
	first.Close()
	third, err := p.Run(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	second.Close()
	third.Close()
}

func wrongTexts(t *testing.T, p *place) {
	f := func(text, code, token string) {
		t.Helper()
		_, err := p.Run(context.Background(), query.Request{Workspace: "default", Text: text})
		var wrong *kql.Error
		if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.Code, code) || wrong.Token != token {
			t.Errorf("%s: %v %+v", text, err, wrong)
		}
	}
	f("AZKVAuditLogs | where Nosuch == 1", "SEM0100", "Nosuch")
	f("Nosuch | take 1", "SEM0100", "Nosuch")
	f("AZKVAuditLogs | were 1", "SYN", "were")
	f("AZKVAuditLogs | where read_text('/etc/passwd') == ''", "SEM", "read_text")
	f("AZKVAuditLogs | summarize by OperationName | sort by OperationName; range i from 1 to", "SYN", "")
}

func tables(t *testing.T, p *place) {
	held, err := p.Tables(context.Background(), "default", false)
	if err != nil {
		t.Fatal(err)
	}
	if len(held) != 2 || held[1].Name != "SigninLogs" || held[0].Name != "AZKVAuditLogs" || held[0].Rows == 0 || held[0].MinTime == 0 || held[0].MaxTime < held[0].MinTime || held[0].Doc == "" || held[0].Bytes == 0 {
		t.Errorf("%+v", held)
	}
	known, err := p.Tables(context.Background(), "default", true)
	if err != nil {
		t.Fatal(err)
	}
	if len(known) < 978 {
		t.Errorf("%d tables are known", len(known))
	}
	for _, table := range known {
		for _, c := range table.Columns {
			if c.Name == "_Seq" {
				t.Fatalf("%s shows a system column", table.Name)
			}
		}
	}
}

func rowWise(t *testing.T, p *place) {
	res, err := p.Run(context.Background(), query.Request{Workspace: "default", RowWise: true, UptoSeq: p.Store().Stable(),
		Text: `AZKVAuditLogs | where OperationName == "SecretGet" | project TimeGenerated, Type, OperationName`})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Close()
	var names []string
	for _, c := range res.Tables[0].Columns {
		names = append(names, c.Name)
	}
	for _, want := range []string{"_Seq", "_TimeReceived", "TimeGenerated"} {
		if !strings.Contains(strings.Join(names, " "), want) {
			t.Errorf("the columns %v lack %s", names, want)
		}
	}
	var wrong *kql.Error
	if _, err := p.Run(context.Background(), query.Request{Workspace: "default", RowWise: true, Text: "SigninLogs | count"}); !errors.As(err, &wrong) {
		t.Errorf("a count is row-wise: %v", err)
	}
}
