package pipeline_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/forwardtest"
	"lazuli.dev/lazuli/forward/syslog"
	"lazuli.dev/lazuli/pipeline"
)

// relay ingests lines, delivers what a query finds of them to a receiver, and returns what came, in order.
func relay(t *testing.T, lines []string, query string, c syslog.Config) []string {
	t.Helper()
	r, err := forwardtest.NewSyslog("tcp", nil, func(m string) forwardtest.Got { return forwardtest.Got{ID: m} })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	p, engine := openFor(t, t.TempDir(), nil)
	t.Cleanup(func() { _ = p.Close() })
	if _, err := p.Ingest(t.Context(), lazuli.Upload{Workspace: "default", Principal: "p", Route: "/v1/ingest", Body: []byte(strings.Join(lines, "\n") + "\n")}); err != nil {
		t.Fatal(err)
	}
	c.Transport, c.Framing, c.Address, c.Hostname = "tcp", "octets", r.Address(), "relay.example"
	fw, err := syslog.New(c)
	if err != nil {
		t.Fatal(err)
	}
	list := []pipeline.Output{{Name: "relay", Workspace: "default", Query: query, Beginning: true, Forwarder: fw}}
	if err := p.Forward(t.Context(), engine, map[string]string{"default": workspaceID}, list); err != nil {
		t.Fatal(err)
	}
	r.Await(len(lines), 30*time.Second)
	var got []string
	for _, g := range r.Got() {
		got = append(got, g.ID)
	}
	return got
}

// TestRelaySyslog: messages of syslog go out with the header and the text they came with.
func TestRelaySyslog(t *testing.T) {
	lines := []string{
		`<34>1 2026-03-04T05:06:07.890123Z host.example.org su 42 ID47 [a@32473 k="v \"x\] y"][b@32473 n="1"] 'su root' failed`,
		`<165>1 2026-03-04T05:06:08Z 192.0.2.1 app - - - one`,
		`<30>1 2026-03-04T05:06:09.5Z host app x1 - - text = "quoted" \ and é`,
	}
	want := []string{lines[0], lines[1], `<30>1 2026-03-04T05:06:09.500000Z host app x1 - - text = "quoted" \ and é`}
	for _, query := range []string{"", "Syslog", "Syslog | where Facility != 'kern' // all"} {
		if diff := cmp.Diff(want, relay(t, lines, query, syslog.Config{Format: "original"})); diff != "" {
			t.Errorf("query %q (-want +got):\n%s", query, diff)
		}
	}
	// A query that projects says what is to go out.
	got := relay(t, lines[:1], "Syslog | project TimeGenerated, SyslogMessage", syslog.Config{Format: "original"})
	if diff := cmp.Diff([]string{`<134>1 2026-03-04T05:06:07.890123Z relay.example - - - - 'su root' failed`}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// parts takes a line of CEF apart as the format's description has it: the header and the keys of the extension in
// order.
func parts(t *testing.T, line string) (header, extension []string) {
	t.Helper()
	line, found := strings.CutPrefix(line, "CEF:")
	if !found {
		t.Fatalf("no CEF: %s", line)
	}
	var field bytes.Buffer
	for len(header) < 7 {
		switch {
		case line == "":
			t.Fatal("the header ends early")
		case line[0] == '\\':
			field.WriteByte(line[1])
			line = line[2:]
			continue
		case line[0] == '|':
			header = append(header, field.String())
			field.Reset()
		default:
			field.WriteByte(line[0])
		}
		line = line[1:]
	}
	key := ""
	for line != "" {
		switch c := line[0]; c {
		case '\\':
			field.WriteString(map[byte]string{'n': "\n", 'r': "\r", '\\': `\`, '=': "="}[line[1]])
			line = line[2:]
			continue
		case '=':
			text := field.String()
			at := strings.LastIndexByte(text, ' ')
			if key != "" {
				extension = append(extension, key+"="+strings.TrimRight(text[:at], " "))
			}
			key = text[at+1:]
			field.Reset()
		default:
			field.WriteByte(c)
		}
		line = line[1:]
	}
	if key != "" {
		extension = append(extension, key+"="+strings.TrimRight(field.String(), " "))
	}
	slices.Sort(extension)
	return header, extension
}

// TestRelayCEF: events that came as CEF go out as CEF with the header and the extensions they came with.
func TestRelayCEF(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	escape := strings.NewReplacer(`\`, `\\`, `=`, `\=`, "\n", `\n`, "\r", `\r`).Replace
	texts := []string{"plain", "two words", "a=b", `C:\Windows\x`, "line 1\nline 2", "a|b", "é 😀", `"quoted"`, "x;y", "1"}
	text := func() string { return texts[random.IntN(len(texts))] }
	number := func() string { return fmt.Sprint(random.IntN(60_000)) }
	address := func() string {
		if random.IntN(4) == 0 {
			return "2001:db8::" + number()
		}
		return fmt.Sprintf("10.1.%d.%d", random.IntN(256), random.IntN(256))
	}
	keys := map[string]func() string{
		"src": address, "dst": address, "dvc": address, "c6a2": func() string { return "2001:db8::1" }, "spt": number, "dpt": number, "in": number, "out": number, "cnt": number, "fsize": number,
		"cn1": func() string { return "5000000000" }, "cn2": number, "cfp1": func() string { return "1.5" }, "rt": func() string { return "1772600767890" }, "end": func() string { return "1772600768000" },
		"deviceDirection": func() string { return fmt.Sprint(random.IntN(2)) }, "externalId": number, "FTNTFGTlevel": func() string { return "notice" }, "PanOSRuleUUID": func() string { return "a-b" },
	}
	for _, k := range []string{"act", "app", "cat", "msg", "suser", "duser", "request", "requestMethod", "requestContext", "outcome", "reason", "proto", "dhost", "shost", "fname", "filePath", "deviceExternalId", "dvchost",
		"cs1", "cs2", "cs3", "cs4", "cs5", "cs6", "cs1Label", "cs6Label", "cn1Label", "cfp1Label", "flexString1", "flexString1Label", "deviceCustomDate1", "smac", "sntdom", "spriv", "sproc", "fileHash", "oldFilePath", "c6a2Label"} {
		keys[k] = text
	}
	names := make([]string, 0, len(keys))
	for k := range keys {
		names = append(names, k)
	}
	slices.Sort(names)
	var lines []string
	for i := range 400 {
		var b strings.Builder
		fmt.Fprintf(&b, `<134>Mar  4 05:06:07 fw.example.org CEF:%d|Ven\|dor|Pro\\duct|1.%d|%d|a name %d|%s|`, i%2, i, i, i, []string{"0", "10", "Low", "Very-High", "Unknown"}[i%5])
		for n, k := range names {
			if random.IntN(3) == 0 {
				if n > 0 && !strings.HasSuffix(b.String(), "|") {
					b.WriteByte(' ')
				}
				b.WriteString(k + "=" + escape(keys[k]()))
			}
		}
		lines = append(lines, b.String())
	}
	got := relay(t, lines, "CommonSecurityLog", syslog.Config{Format: "cef"})
	if len(got) != len(lines) {
		t.Fatalf("%d messages came, want %d", len(got), len(lines))
	}
	for i, line := range lines {
		if !strings.HasPrefix(got[i], "<134>1 20") || got[i][11:24] != "-03-04T05:06:" || !strings.Contains(got[i], " fw.example.org - - - - CEF:") {
			t.Errorf("header %.120s", got[i])
		}
		header, extension := parts(t, line[strings.Index(line, "CEF:"):])
		gotHeader, gotExtension := parts(t, got[i][strings.Index(got[i], "CEF:"):])
		gotExtension = slices.DeleteFunc(gotExtension, func(s string) bool { return strings.HasPrefix(s, "lazuliId=") })
		if diff := cmp.Diff(header, gotHeader); diff != "" {
			t.Errorf("header of %s (-want +got):\n%s", line, diff)
		}
		if diff := cmp.Diff(extension, gotExtension); diff != "" {
			t.Errorf("extension of %s (-want +got):\n%s", line, diff)
		}
	}
}
