package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli/forward/forwardtest"
	"lazuli.dev/lazuli/forward/splunk"
)

// TestWholeWay: in over HTTP, asked, stopped, checked, started again, asked again.
func TestWholeWay(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServer(t, data)
	if status, _ := s.request("GET", "/healthz", ""); status != 200 {
		t.Errorf("/healthz: %d", status)
	}
	status, text := s.request("POST", "/v1/ingest", signInLines(0, 1000))
	if status != 200 {
		t.Fatalf("ingest: %d %s", status, text)
	}
	var receipt struct {
		Rows        int
		Tables      map[string]int
		Quarantined int
	}
	if err := json.Unmarshal([]byte(text), &receipt); err != nil {
		t.Fatal(err)
	}
	if receipt.Rows != 1000 || receipt.Tables["SigninLogs"] != 1000 || receipt.Quarantined != 0 {
		t.Errorf("receipt: %s", text)
	}
	const kql = `SigninLogs | summarize Rows = count(), Ids = dcount(Id) by ResultType | order by ResultType asc`
	const want = `{"ResultType":"0","Rows":334,"Ids":334}
{"ResultType":"1","Rows":333,"Ids":333}
{"ResultType":"2","Rows":333,"Ids":333}
`
	ask := func(s *server) {
		t.Helper()
		if diff := cmp.Diff(want, ok(t, s.env, "query", "-o", "ndjson", kql)); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
	}
	ask(s)
	secure := strings.Replace(s.url, "http://", "https://", 1)
	ca := strings.TrimSpace(ok(t, nil, "ca", "--data", data, "--path"))
	if out := ok(t, s.env, "query", "--server", secure, "--ca", ca, "-o", "csv", "SigninLogs | count"); out != "Count\n1000\n" {
		t.Errorf("over https: %q", out)
	}
	if r := run(t, s.env, "query", "--server", secure, "print 1"); r.code != 4 || !strings.Contains(r.errors, "--ca FILE") || !strings.Contains(r.errors, "LAZULI_CA") || !strings.Contains(r.errors, "lazuli ca --data DIR") {
		t.Errorf("an authority that is not trusted: exit code %d, %s", r.code, r.errors)
	}
	if r := run(t, s.env, "query", "--timespan", "bogus", "print 1"); r.code != 2 || !strings.Contains(r.errors, "PT1H") {
		t.Errorf("a timespan that is none: exit code %d, %s", r.code, r.errors)
	}
	if r := run(t, s.env, "query", " \n"); r.code != 3 || !strings.Contains(r.errors, "empty") {
		t.Errorf("an empty query: exit code %d, %s", r.code, r.errors)
	}
	if r := run(t, nil, "serve", "--data", data, "--listen", "127.0.0.1:0"); r.code != 1 || !strings.Contains(r.errors, "held by another process") {
		t.Errorf("a second server: exit code %d, %s", r.code, r.errors)
	}
	if r := run(t, nil, "query", "--data", data, kql); r.code != 1 || !strings.Contains(r.errors, "held by another process") {
		t.Errorf("a query on a directory that is served: exit code %d, %s", r.code, r.errors)
	}
	s.stop()
	err := filepath.WalkDir(data, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s may be read by others: %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if out := ok(t, nil, "fsck", "--data", data); !strings.Contains(out, "rows=1000 wrong=0") {
		t.Errorf("fsck: %s", out)
	}
	if diff := cmp.Diff(want, ok(t, nil, "query", "--data", data, "-o", "ndjson", kql)); diff != "" {
		t.Errorf("answer from the directory (-want +got):\n%s", diff)
	}
	s = startServer(t, data)
	ask(s)
	if out := ok(t, s.env, "tables", "-o", "csv"); !strings.Contains(out, "default,SigninLogs,1000,") {
		t.Errorf("tables: %s", out)
	}
	// From a row to the bytes that it was made of.
	line := strings.Split(signInLines(0, 1000), "\n")[617]
	var sent struct{ Properties struct{ ID string } }
	if err := json.Unmarshal([]byte(line), &sent); err != nil {
		t.Fatal(err)
	}
	_, seq, _ := strings.Cut(strings.TrimSpace(ok(t, s.env, "query", "-o", "csv", "SigninLogs | where Id == '"+sent.Properties.ID+"' | project _Seq")), "\n")
	if out := ok(t, s.env, "raw", seq); out != line {
		t.Errorf("raw record of %s: %q, want %q", seq, out, line)
	}
	if out := ok(t, s.env, "raw", "--frame", seq); out != signInLines(0, 1000) {
		t.Errorf("raw frame of %s: %d bytes", seq, len(out))
	}
	if out := ok(t, s.env, "raw", "-o", "json", seq); !strings.Contains(out, `"ordinal": 617`) || !strings.Contains(out, `"text": "{\"`) {
		t.Errorf("raw record as JSON: %s", out)
	}
	if r := run(t, s.env, "raw", "1"); r.code != 1 || !strings.Contains(r.errors, "There never was a row of that _Seq in this workspace") {
		t.Errorf("raw record of no row: exit code %d, %s", r.code, r.errors)
	}
	if r := run(t, s.env, "raw", "x"); r.code != 2 || !strings.Contains(r.errors, "whole number") {
		t.Errorf("raw record of nonsense: exit code %d, %s", r.code, r.errors)
	}
	s.stop()
	if out := ok(t, nil, "raw", "--data", data, seq); out != line {
		t.Errorf("raw record from the directory: %q", out)
	}
	ok(t, nil, "rebuild", "--data", data)
	s = startServer(t, data)
	ask(s)
	s.stop()
	if out := ok(t, nil, "fsck", "--data", data); !strings.Contains(out, "rows=1000 wrong=0") {
		t.Errorf("fsck after rebuild: %s", out)
	}
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func joined(from, n int) string {
	return strings.ReplaceAll(strings.TrimSuffix(signInLines(from, n), "\n"), "\n", ",")
}

// TestImport: files of every form, again, and into a directory that nobody serves.
func TestImport(t *testing.T) {
	dir := t.TempDir()
	files := filepath.Join(dir, "files")
	write(t, filepath.Join(files, "a", "PT1H.json"), signInLines(0, 100))
	write(t, filepath.Join(files, "a", "old.json"), `{"records":[`+joined(100, 100)+"]}")
	write(t, filepath.Join(files, "b", "array.json"), "["+joined(200, 100)+"]")
	write(t, filepath.Join(files, "b", "packed.json.gz"), gzipped(t, signInLines(300, 100)))
	write(t, filepath.Join(files, "b", "large.json"), `{"records":[`+joined(400, 20_000)+"]}") // more than one upload
	write(t, filepath.Join(files, "c.txt"), "this is no record\n")
	write(t, filepath.Join(files, ".hidden"), signInLines(99_000, 10))
	data := filepath.Join(dir, "data")
	const counts = `SigninLogs | summarize Rows = count(), Ids = dcount(Id)`
	summary := regexp.MustCompile(`(?m)^files=6 rows=(\d+) quarantined=(\d+) duplicates=(\d+) `)
	f := func(env []string, wantSummary string, args ...string) {
		t.Helper()
		out := ok(t, env, append([]string{"import", files}, args...)...)
		m := summary.FindStringSubmatch(out)
		if m == nil || strings.Join(m[1:], " ") != wantSummary {
			t.Errorf("import: %s\nwant rows, quarantined, duplicates: %s", out, wantSummary)
		}
		if strings.Contains(out, "\r") || strings.Contains(out, "\x1b") {
			t.Errorf("a progress bar where there is no terminal: %q", out)
		}
	}
	f(nil, "20400 1 0", "--data", data)
	f(nil, "0 0 20401", "--data", data)
	s := startServer(t, data)
	f(s.env, "0 0 20401") // known also when it comes by another way
	// What has grown adds what is new; what cannot be read is told and keeps nothing else away.
	write(t, filepath.Join(files, "a", "PT1H.json"), signInLines(0, 100)+signInLines(50_000, 1))
	packed := gzipped(t, signInLines(60_000, 500))
	write(t, filepath.Join(files, "b", "cut.json.gz"), packed[:len(packed)-6])
	if err := os.Symlink("nowhere", filepath.Join(files, "a", "dangling")); err != nil {
		t.Fatal(err)
	}
	r := run(t, s.env, "import", files)
	if r.code != 1 || !strings.Contains(r.out, "files=8 rows=501 quarantined=0 duplicates=20401 failed=2 ") ||
		!strings.Contains(r.errors, "warning: import "+filepath.Join(files, "a", "dangling")) || !strings.Contains(r.errors, "2 of 8 files") {
		t.Errorf("grown, cut off and missing: exit code %d\n%s%s", r.code, r.out, r.errors)
	}
	const want = `{"Rows":20901,"Ids":20901}` + "\n"
	if diff := cmp.Diff(want, ok(t, s.env, "query", "-o", "ndjson", counts)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if out := ok(t, s.env, "query", "-o", "ndjson", "LazuliQuarantine | project Raw"); !strings.Contains(out, "this is no record") {
		t.Errorf("quarantine: %s", out)
	}
	if r := run(t, s.env, "import", filepath.Join(dir, "nothing")); r.code != 2 {
		t.Errorf("a path that is not there: exit code %d, %s", r.code, r.errors)
	}
	s.stop()
	if out := ok(t, nil, "fsck", "--data", data); !strings.Contains(out, "wrong=0") {
		t.Errorf("fsck: %s", out)
	}
}

// TestKillDuringImport: the server is killed at odd moments while records come in, cuts are made and queries run,
// and the senders begin again. In the end every record is there once, and at every start all that was
// acknowledged. Ten kills by default, 500 with LAZULI_TORTURE set.
func TestKillDuringImport(t *testing.T) {
	rounds, files, perFile := 10, 8, 500
	if os.Getenv("LAZULI_TORTURE") != "" {
		rounds = 500
	}
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	// Little memory for rows means many cuts.
	conf := write(t, filepath.Join(dir, "lazuli.yml"), "limits: {hot: 4MiB}\n")
	rng := rand.New(rand.NewPCG(uint64(rounds), 7))
	var all, pending []string   // files: of every round, and those that no import has taken as a whole
	whole, acknowledged := 0, 0 // records of files taken as a whole; and with those that were taken one by one
	count := func(s *server) (rows, ids int) {
		t.Helper()
		var got struct{ Rows, Ids int }
		out := ok(t, s.env, "query", "-o", "json", `SigninLogs | summarize Rows = count(), Ids = count_distinct(Id)`)
		var list []json.RawMessage
		if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 1 {
			t.Fatalf("count: %s, %v", out, err)
		}
		if err := json.Unmarshal(list[0], &got); err != nil {
			t.Fatal(err)
		}
		return got.Rows, got.Ids
	}
	for round := range rounds {
		s := startServer(t, data, "--config", conf)
		if rows, ids := count(s); rows != ids || rows < acknowledged {
			t.Fatalf("round %d: %d rows with %d ids after a kill, %d were acknowledged", round, rows, ids, acknowledged)
		}
		for i := range files {
			n := round*files + i
			path := write(t, filepath.Join(dir, "files", fmt.Sprintf("%d.json", n)), signInLines(n*perFile, perFile))
			// What is new goes first, so that every kill meets rows that are being taken.
			all, pending = append(all, path), append([]string{path}, pending...)
		}
		batch := pending[:min(len(pending), 3*files)]
		imported := make(chan ran, 1)
		go func() {
			imported <- run(t, s.env, append([]string{"import", "--patience", "1ms"}, batch...)...)
		}()
		asked := make(chan struct{})
		go func() {
			defer close(asked)
			run(t, s.env, "query", "SigninLogs | where Id has 'f' | summarize count() by ResultType")
		}()
		<-time.After(time.Duration(rng.IntN(400)) * time.Millisecond)
		s.kill()
		r := <-imported
		<-asked
		m := regexp.MustCompile(` rows=(\d+) .* duplicates=(\d+)`).FindStringSubmatch(r.out)
		switch {
		case r.code == 0:
			whole, pending = whole+len(batch)*perFile, pending[len(batch):]
			acknowledged = max(acknowledged, whole)
		case m != nil:
			rows, _ := strconv.Atoi(m[1]) // digits
			again, _ := strconv.Atoi(m[2])
			acknowledged = max(acknowledged, whole+rows+again)
		}
		t.Logf("round %d: exit code %d, %d records acknowledged", round, r.code, acknowledged)
	}
	s := startServer(t, data, "--config", conf)
	for batch := range slices.Chunk(all, 100) {
		ok(t, s.env, append([]string{"import"}, batch...)...)
	}
	want := rounds * files * perFile
	if rows, ids := count(s); rows != want || ids != want {
		t.Errorf("%d rows with %d ids, want %d", rows, ids, want)
	}
	s.stop()
	if out := ok(t, nil, "fsck", "--data", data); !strings.Contains(out, fmt.Sprintf("rows=%d wrong=0", want)) {
		t.Errorf("fsck: %s", out)
	}
}

// TestForwardMissesNothing: a collector that is down for a while, over restarts and a kill of the server, has
// every event in the end, each under one id.
func TestForwardMissesNothing(t *testing.T) {
	hec := forwardtest.NewHEC(forwardtest.HECOptions{Token: "hec-token", Ack: true})
	t.Cleanup(hec.Close)
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	conf := write(t, filepath.Join(dir, "lazuli.yml"), `
outputs:
  - name: soc
    query: SigninLogs | where ResultType != "1" | project TimeGenerated, Id, ResultType
    from: beginning
    batch: {events: 300}
    splunk: {url: "`+hec.URL+`", token: "${env:HEC_TOKEN}", ack_timeout: 2s}
`)
	sent := 0
	send := func(s *server, n int) {
		t.Helper()
		for range n {
			if status, text := s.request("POST", "/v1/ingest", signInLines(sent, 500)); status != 200 {
				t.Fatalf("ingest: %d %s", status, text)
			}
			sent += 500
		}
	}
	s := startServer(t, data, "--config", conf)
	hec.Fault(forwardtest.Busy, forwardtest.DropAfter, forwardtest.Lost)
	send(s, 2)
	s.stop()
	hec.Down(true)
	s = startServer(t, data, "--config", conf)
	send(s, 3) // a receiver that is down keeps nobody from sending
	s.kill()
	s = startServer(t, data, "--config", conf)
	send(s, 2)
	s.stop()
	s = startServer(t, data, "--config", conf)
	hec.Down(false)
	send(s, 1)
	want := map[string]bool{}
	for i := range sent {
		if i%3 != 1 {
			want[fmt.Sprintf("a0000000-0000-4000-8000-%012d", i)] = true
		}
	}
	var got map[string]bool
	deadline := time.Now().Add(90 * time.Second)
	for {
		got = map[string]bool{}
		ids := map[string]string{} // event id → Id of the row
		for _, e := range hec.Events() {
			var row struct{ ID, ResultType string }
			if err := json.Unmarshal(e.Event, &row); err != nil {
				t.Fatal(err)
			}
			id := e.Fields[splunk.IDField]
			if e.SourceType != "azure:SigninLogs" || e.Source != "lazuli:default" || !strings.HasSuffix(string(e.Time), ".1234567") {
				t.Fatalf("event %+v", e)
			}
			if row.ID == "a0000000-0000-4000-8000-000000000000" && string(e.Event) != `{"TimeGenerated":"2026-11-19T00:00:00.1234567Z","Id":"`+row.ID+`","ResultType":"0"}` {
				t.Fatalf("row %s", e.Event)
			}
			if was, seen := ids[id]; seen && was != row.ID {
				t.Fatalf("event id %s stands for %s and %s", id, was, row.ID)
			}
			ids[id], got[row.ID] = row.ID, true
		}
		if len(ids) != len(got) {
			t.Fatalf("%d event ids for %d rows", len(ids), len(got))
		}
		if len(got) >= len(want) || time.Now().After(deadline) {
			break
		}
		<-time.After(50 * time.Millisecond)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-sent +received):\n%s", diff)
	}
	if out := ok(t, s.env, "forward", "status", "-o", "csv"); !strings.Contains(out, "soc,") {
		t.Errorf("forward status: %s", out)
	}
	if strings.Contains(s.text(), "hec-token") || strings.Contains(s.text(), testToken) {
		t.Error("a token is in the log")
	}
	s.stop()
}

// TestForwardEverything: an output without a query sends every row of every table, and one whose receiver is away
// holds up neither it nor those who send.
func TestForwardEverything(t *testing.T) {
	hec := forwardtest.NewHEC(forwardtest.HECOptions{Token: "hec-token"})
	t.Cleanup(hec.Close)
	dir := t.TempDir()
	conf := write(t, filepath.Join(dir, "lazuli.yml"), `
outputs:
  - name: away
    from: beginning
    splunk: {url: "http://127.0.0.1:1", token: x, acknowledgement: false}
  - name: everything
    from: beginning
    splunk: {url: "`+hec.URL+`", token: hec-token, acknowledgement: false}
`)
	s := startServer(t, filepath.Join(dir, "data"), "--config", conf)
	activity := `{"time":"2026-11-19T10:00:00Z","resourceId":"/SUBSCRIPTIONS/11111111-2222-4333-8444-555555555555","operationName":"MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE","category":"Administrative","resultType":"Success","correlationId":"c","properties":{}}` + "\n"
	for range 3 {
		if status, text := s.request("POST", "/v1/ingest", signInLines(0, 50)+activity+"not a record\n"); status != 200 {
			t.Fatalf("ingest: %d %s", status, text)
		}
	}
	want := map[string]int{"azure:SigninLogs": 150, "azure:AzureActivity": 3, "azure:LazuliQuarantine": 3}
	deadline := time.Now().Add(30 * time.Second)
	for {
		got, ids := map[string]int{}, map[string]bool{}
		for _, e := range hec.Events() {
			got[e.SourceType]++
			ids[e.Fields[splunk.IDField]] = true
		}
		diff := cmp.Diff(want, got)
		if diff == "" && len(ids) == 156 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d ids, events (-want +got):\n%s", len(ids), diff)
		}
		<-time.After(20 * time.Millisecond)
	}
	out := ok(t, s.env, "forward", "status", "-o", "csv")
	if !regexp.MustCompile(`(?m)^away,failing,0,0.0,[1-9].*reach the collector`).MatchString(out) || !strings.Contains(out, "everything,running,156,") {
		t.Errorf("forward status:\n%s", out)
	}
	s.stop()
	bad := write(t, filepath.Join(dir, "bad.yml"), `
outputs:
  - name: soc
    query: SigninLogs | summarize count()
    splunk: {url: "http://127.0.0.1:1", token: x}
`)
	if r := run(t, nil, "serve", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0", "--config", bad); r.code != 2 || !strings.Contains(r.errors, "summarize") {
		t.Errorf("an output that is not row-wise: exit code %d, %s", r.code, r.errors)
	}
	ok(t, nil, "forward", "forget", "--data", filepath.Join(dir, "data"), "away")
	if r := run(t, nil, "forward", "forget", "--data", filepath.Join(dir, "data"), "away"); r.code != 1 {
		t.Errorf("forgotten twice: exit code %d", r.code)
	}
}

func TestQueryForms(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServer(t, data)
	f := func(wantCode int, wantOut, wantErr string, args ...string) {
		t.Helper()
		r := run(t, s.env, append([]string{"query"}, args...)...)
		if r.code != wantCode {
			t.Errorf("query %q: exit code %d, want %d\n%s", args, r.code, wantCode, r.errors)
		}
		if diff := cmp.Diff(wantOut, r.out); diff != "" {
			t.Errorf("query %q (-want +got):\n%s", args, diff)
		}
		if !strings.Contains(r.errors, wantErr) {
			t.Errorf("query %q: errors %q, want %q", args, r.errors, wantErr)
		}
	}
	const kql = `print n = 1, text = "a,\"b\"", d = dynamic({"x":[1,2]}), none = int(null)`
	f(0, "n  text   d            none\n-  -----  -----------  ----\n1  a,\"b\"  {\"x\":[1,2]}      \n1 row\n", "", kql)
	f(0, "[\n{\"n\":1,\"text\":\"a,\\\"b\\\"\",\"d\":{\"x\":[1,2]},\"none\":null}\n]\n", "", "-o", "json", kql)
	f(0, "{\"n\":1,\"text\":\"a,\\\"b\\\"\",\"d\":{\"x\":[1,2]},\"none\":null}\n", "", "-o", "ndjson", kql)
	f(0, "n,text,d,none\n1,\"a,\"\"b\"\"\",\"{\"\"x\"\":[1,2]}\",\n", "", "-o", "csv", kql)
	f(3, "", "\n  print x = nosuch + 1\n            ^~~~~~\n", "print x = nosuch + 1")
	f(3, "", "^", "SigninLogs | wher x")
	f(2, "", "none of table, json", "-o", "xml", "print 1")
	f(2, "", "accepts 1 arg", "print", "1")
	f(4, "", "cannot be reached", "--server", "http://127.0.0.1:1", "print 1")
	f(4, "", "", "--token", "wrong", "print 1")
	s.stop()
}

func TestSmallCommands(t *testing.T) {
	dir := t.TempDir()
	f := func(wantCode int, want string, args ...string) {
		t.Helper()
		r := run(t, nil, args...)
		if r.code != wantCode || !strings.Contains(r.out+r.errors, want) {
			t.Errorf("lazuli %q: exit code %d, want %d with %q\n%s%s", args, r.code, wantCode, want, r.out, r.errors)
		}
		if strings.Contains(r.out+r.errors, "panic") {
			t.Errorf("lazuli %q: %s", args, r.errors)
		}
	}
	f(0, "lazuli ", "version")
	f(0, "Usage:", "--help")
	f(0, "bash completion", "completion", "bash")
	f(2, "unknown flag", "serve", "--nosuch")
	f(2, "unknown command", "nosuch")
	f(2, "which data directory", "serve")
	f(2, "which data directory", "fsck")
	f(1, "not a data directory", "fsck", "--data", dir)
	f(1, "not a data directory", "query", "--data", dir, "print 1")
	f(2, "no token", "query", "--server", "http://127.0.0.1:1", "print 1")
	f(2, `line 1: unknown key "outputz"`, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--config", write(t, filepath.Join(dir, "bad.yml"), "outputz: []\n"))
	f(2, "none of debug", "serve", "--data", dir, "--log-level", "loud")
	f(0, "BEGIN CERTIFICATE", "ca", "--data", dir)
	if out := ok(t, nil, "version"); strings.Count(out, "\n") != 1 {
		t.Errorf("version prints %q", out)
	}
}

// TestOwnToken: a server without a token makes one, readable by its owner only; the demo shows its days and goes on with them.
func TestOwnToken(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	ok(t, nil, "import", "--data", data, write(t, filepath.Join(t.TempDir(), "a.json"), signInLines(0, 1)))
	if _, err := os.Stat(filepath.Join(data, "token")); err == nil {
		t.Error("an import made a token")
	}
	out := ok(t, nil, "demo", "--data", data, "--listen", "127.0.0.1:0", "--no-serve", "--days", "1")
	info, err := os.Stat(filepath.Join(data, "token"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the token file: %o", info.Mode().Perm())
	}
	for _, want := range []string{"SigninLogs", "AzureActivity", " 0 quarantined.", " 5. "} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("the demo does not show %q:\n%s", want, out)
		}
	}
	var truth struct {
		Account string
		Steps   []struct{ Name string }
	}
	text, err := os.ReadFile(data + ".truth.json")
	if err == nil {
		err = json.Unmarshal(text, &truth)
	}
	if err != nil || len(truth.Steps) < 10 || !strings.Contains(out, truth.Account) {
		t.Errorf("truth %+v (%v), not what the demo shows:\n%s", truth, err, out)
	}

	// Started again it goes on from where it ended, and takes in nothing twice.
	count := func(out string) (n int) {
		for _, line := range strings.Split(out, "\n") {
			if f := strings.Fields(line); len(f) > 4 && f[0] == "AzureActivity" && n == 0 {
				n, _ = strconv.Atoi(f[1])
			}
		}
		return n
	}
	again := ok(t, nil, "demo", "--data", data, "--listen", "127.0.0.1:0", "--no-serve")
	if before, after := count(out), count(again); before == 0 || after < before || after > before+before/4 {
		t.Errorf("%d operations, after another start %d", before, after)
	}
	if _, err := os.Stat(data + ".outputs"); err == nil {
		t.Error("outputs ran although nothing was served")
	}
	demoOutputs(t, data)
	if r := run(t, nil, "demo", "--data", data, "--listen", "127.0.0.1:0", "--no-serve", "--seed", "2"); r.code != 2 || !strings.Contains(r.errors, "seed 1") {
		t.Errorf("another seed: %d, %s", r.code, r.errors)
	}
}

// demoOutputs serves the demonstration and finds what its outputs deliver.
func demoOutputs(t *testing.T, data string) {
	t.Helper()
	cmd := program(t.Context(), t, "demo", "--data", data, "--listen", "127.0.0.1:0", "--live=false")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	url, told := "", false
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		line := lines.Text()
		told = told || strings.Contains(line, data+".outputs")
		if _, rest, ok := strings.Cut(line, "Serving on "); ok {
			url, _, _ = strings.Cut(rest, " ")
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	if url == "" || !told {
		t.Fatalf("the demo says %q and nothing of its outputs", url)
	}
	env := []string{"LAZULI_URL=" + url}
	want := func(query string) (n int) {
		t.Helper()
		n, err := strconv.Atoi(strings.Fields(ok(t, env, "query", "--token-file", filepath.Join(data, "token"), "-o", "csv", query+" | count"))[1])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, c := range []struct{ files, query string }{
		{"failed-sign-ins-*.ndjson", `SigninLogs | where ResultType != "0"`}, {"alerts-*.ndjson", "SecurityAlert"}, {"operations.cef*", "AzureActivity"},
	} {
		rows, got := want(c.query), -1
		for deadline := time.Now().Add(time.Minute); got < rows && time.Now().Before(deadline); <-time.After(50 * time.Millisecond) {
			got = 0
			names, err := filepath.Glob(filepath.Join(data+".outputs", c.files))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				got += strings.Count(string(text), "\n")
			}
		}
		if got != rows || rows == 0 {
			t.Errorf("%s: %d lines, %s has %d rows", c.files, got, c.query, rows)
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the demo ended with %v", err)
	}
}
