package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lazuli.dev/lazuli/forward/forwardtest"
)

// The configurations with which rsyslog and syslog-ng send on what they get on a port, as people write them: %[1]s is the
// folder, %[2]d the port they listen on, %[3]d to %[5]d Lazuli's for TCP, TLS and UDP.
const (
	rsyslogSender = `
global(workDirectory="%[1]s" maxMessageSize="64k" DefaultNetstreamDriverCAFile="%[1]s/ca.pem" DefaultNetstreamDriverCertFile="%[1]s/ca.pem" DefaultNetstreamDriverKeyFile="%[1]s/key.pem")
module(load="imptcp")
input(type="imptcp" address="127.0.0.1" port="%[2]d")
if $programname == "lines" then action(type="omfwd" target="127.0.0.1" port="%[3]d" protocol="tcp" template="RSYSLOG_SyslogProtocol23Format" queue.type="LinkedList" queue.size="200000" action.resumeRetryCount="-1" action.resumeInterval="1")
if $programname == "counted" then action(type="omfwd" target="127.0.0.1" port="%[3]d" protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format" queue.type="LinkedList" queue.size="200000" action.resumeRetryCount="-1" action.resumeInterval="1")
if $programname == "old" then action(type="omfwd" target="127.0.0.1" port="%[3]d" protocol="tcp" template="RSYSLOG_TraditionalForwardFormat" queue.type="LinkedList" queue.size="200000" action.resumeRetryCount="-1" action.resumeInterval="1")
if $programname == "tls" then action(type="omfwd" target="127.0.0.1" port="%[4]d" protocol="tcp" StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="anon" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format" queue.type="LinkedList" queue.size="200000" action.resumeRetryCount="-1" action.resumeInterval="1")
if $programname == "udp" then action(type="omfwd" target="127.0.0.1" port="%[5]d" protocol="udp" template="RSYSLOG_SyslogProtocol23Format")
`
	syslogngSender = `@version: 3.38
options { keep-hostname(yes); use-dns(no); log-msg-size(65536); stats-freq(0); time-reopen(1); log-fifo-size(200000); };
source s { network(ip("127.0.0.1") port(%[2]d) transport("tcp") flags(syslog-protocol) log-iw-size(100000)); };
destination lines { network("127.0.0.1" port(%[3]d) persist-name("lines") transport("tcp") flags(syslog-protocol)); };
destination counted { syslog("127.0.0.1" port(%[3]d) persist-name("counted") transport("tcp")); };
destination old { network("127.0.0.1" port(%[3]d) persist-name("old") transport("tcp")); };
destination tls { syslog("127.0.0.1" port(%[4]d) transport("tls") tls(ca-file("%[1]s/ca.pem") peer-verify(optional-untrusted))); };
destination udp { syslog("127.0.0.1" port(%[5]d) transport("udp")); };
log { source(s); filter { program("lines") }; destination(lines); flags(flow-control); };
log { source(s); filter { program("counted") }; destination(counted); flags(flow-control); };
log { source(s); filter { program("old") }; destination(old); flags(flow-control); };
log { source(s); filter { program("tls") }; destination(tls); flags(flow-control); };
log { source(s); filter { program("udp") }; destination(udp); flags(flow-control); };
`
)

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // only to know the port
	return l.Addr().(*net.TCPAddr).Port
}

// dial connects to somebody who may still be starting.
func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 500 {
		if c, err := net.Dial("tcp", address); err == nil {
			t.Cleanup(func() { _ = c.Close() }) // the test may have closed it
			return c
		}
		<-tick.C
	}
	t.Fatalf("nobody listens on %s", address)
	return nil
}

// relay starts a daemon that sends on what it gets and returns a connection to it.
func relay(t *testing.T, kind string, tcp, tls, udp int) net.Conn {
	t.Helper()
	d := forwardtest.NewDaemon(t, kind, "../..")
	dir := t.TempDir()
	cert, key := forwardtest.Certificate(t)
	port := freePort(t)
	conf := map[string]string{"rsyslog": rsyslogSender, "syslog-ng": syslogngSender}[kind]
	for name, text := range map[string][]byte{"ca.pem": cert, "key.pem": key, "conf": fmt.Appendf(nil, conf, dir, port, tcp, tls, udp)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := d.Command(dir, filepath.Join(dir, "conf"))
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said: %s", kind, said.String())
		}
	})
	return dial(t, fmt.Sprintf("127.0.0.1:%d", port))
}

// heldSyslog counts the messages of each program that are held, and their different ids.
func heldSyslog(t *testing.T, s *server) map[string][2]int {
	t.Helper()
	r := run(t, s.env, "query", "-o", "ndjson", "Syslog | extend Way = ProcessName, Id = extract('id=([0-9]+)', 1, SyslogMessage) | summarize N = count(), Ids = count_distinct(Id) by Way")
	if r.code != 0 {
		return nil // the table comes with its first row
	}
	held := map[string][2]int{}
	for line := range strings.Lines(r.out) {
		var row struct {
			Way    string
			N, Ids int
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		held[row.Way] = [2]int{row.N, row.Ids}
	}
	return held
}

// TestSyslogPeers: what rsyslog and syslog-ng send over TCP line by line and counted, as RFC 5424 and 3164, over TLS and
// over UDP is held with every id, though Lazuli is stopped and started again while they send.
func TestSyslogPeers(t *testing.T) {
	for _, kind := range []string{"rsyslog", "syslog-ng"} {
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			tcp, tls, udp := freePort(t), freePort(t), freePort(t)
			conf := write(t, filepath.Join(dir, "lazuli.yml"), fmt.Sprintf(`
sources:
  - name: network
    syslog: {listen_tcp: "127.0.0.1:%d", listen_tls: "127.0.0.1:%d", listen_udp: "127.0.0.1:%d"}
`, tcp, tls, udp))
			data := filepath.Join(dir, "data")
			s := startServer(t, data, "--config", conf)
			c := relay(t, kind, tcp, tls, udp)
			ways := []string{"lines", "counted", "old", "tls"}
			ids := 0
			send := func(n int, ways ...string) {
				t.Helper()
				var b strings.Builder
				for range n {
					for _, way := range ways {
						fmt.Fprintf(&b, "<38>1 2026-11-20T05:06:07.123456Z web1.example %s 77 - - id=%d user \\ \"x\" é\n", way, ids)
					}
					ids++
				}
				if _, err := io.WriteString(c, b.String()); err != nil {
					t.Fatal(err)
				}
			}
			await := func(what string, done func(map[string][2]int) bool) {
				t.Helper()
				var held map[string][2]int
				for end := time.Now().Add(60 * time.Second); ; {
					if held = heldSyslog(t, s); done(held) {
						return
					}
					if time.Now().After(end) {
						t.Fatalf("%s: %v of %d ids are held (messages, ids)", what, held, ids)
					}
				}
			}
			restarted := false
			all := func(held map[string][2]int) bool {
				for _, way := range ways {
					least := ids
					if restarted && kind == "syslog-ng" && way == "tls" {
						least-- // it forgets the message that it is writing when a connection over TLS ends
					}
					if held[way][1] < least {
						return false
					}
				}
				return true
			}
			send(200, append(ways, "udp")...)
			udpIDs := ids
			await("before the stop", all)
			// What is held survives a kill.
			s.kill()
			s = startServer(t, data, "--config", conf)
			await("after a kill", all)
			// More and more while it stops, is away, and comes back.
			stopped := make(chan struct{})
			go func() {
				defer close(stopped)
				s.stop()
			}()
			send(3000, ways...)
			<-stopped
			send(1000, ways...)
			s = startServer(t, data, "--config", conf)
			restarted = true
			send(1000, ways...)
			await("after the restart", all)
			held := heldSyslog(t, s)
			for _, way := range ways {
				if n := held[way][0]; n != ids {
					t.Logf("%s: %d messages with %d ids: the sender sent some again", way, n, ids)
				}
			}
			if held["udp"][1] != udpIDs {
				t.Errorf("udp: %v, want %d ids", held["udp"], udpIDs)
			}
			one := ok(t, s.env, "query", "-o", "ndjson", "Syslog | where SyslogMessage startswith 'id=7 ' | project ProcessName, HostName, HostIP, Facility, SeverityLevel, ProcessID, SyslogMessage")
			for line := range strings.Lines(one) {
				var row struct {
					ProcessName, HostName, HostIP, Facility, SeverityLevel, SyslogMessage string
					ProcessID                                                             int
				}
				if err := json.Unmarshal([]byte(line), &row); err != nil {
					t.Fatal(err)
				}
				if row.HostName != "web1.example" || row.HostIP != "127.0.0.1" || row.Facility != "auth" || row.SeverityLevel != "info" || row.ProcessID != 77 || row.SyslogMessage != `id=7 user \ "x" é` {
					t.Errorf("%s", line)
				}
			}
			s.stop()
			if out := ok(t, nil, "fsck", "--data", data); !strings.Contains(out, " wrong=0") {
				t.Errorf("fsck: %s", out)
			}
		})
	}
}

// TestSyslogShortCuts: the two flags make a relay that keeps everything, and the commands show and stop it.
func TestSyslogShortCuts(t *testing.T) {
	sink, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sink.Close() }()
	lines := make(chan string, 100)
	go func() {
		c, err := sink.Accept()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		text := ""
		buf := make([]byte, 4096)
		for {
			n, err := c.Read(buf)
			text += string(buf[:n])
			for {
				line, rest, found := strings.Cut(text, "\n")
				if !found {
					break
				}
				lines <- line
				text = rest
			}
			if err != nil {
				return
			}
		}
	}()
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	s := startServer(t, filepath.Join(t.TempDir(), "data"), "--syslog-tcp", address, "--syslog-forward", sink.Addr().String())
	c := dial(t, address)
	const sshd = "<38>1 2026-11-20T05:06:07.123456Z web1.example sshd 77 - - Failed password for root"
	const fw = "<134>1 2026-11-20T05:06:08.5Z fw1 CEF - - - CEF:0|Fortinet|FortiGate|7.4|1|accept|3|src=10.0.0.1 msg=closed normally"
	if _, err := io.WriteString(c, sshd+"\n"+fw+"\n"); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for range 2 {
		select {
		case line := <-lines:
			got[line] = true
		case <-time.After(30 * time.Second):
			t.Fatalf("only %v arrived", got)
		}
	}
	// The one as it came; the other with the time and the keys as Lazuli writes them, and its id.
	if !got[sshd] {
		t.Errorf("%q is not among %v", sshd, got)
	}
	const fwHead = "<134>1 2026-11-20T05:06:08.500000Z fw1 CEF - - - CEF:0|Fortinet|FortiGate|7.4|1|accept|3|"
	found := false
	for line := range got {
		found = found || strings.HasPrefix(line, fwHead) && strings.Contains(line, " src=10.0.0.1") && strings.Contains(line, "msg=closed normally")
	}
	if !found {
		t.Errorf("%q is not among %v", fwHead, got)
	}
	table := ok(t, s.env, "source", "status")
	for _, want := range []string{"syslog  running  tcp://" + address, "http    running  /v1/ingest"} {
		if !strings.Contains(table, want) {
			t.Errorf("status lacks %q:\n%s", want, table)
		}
	}
	if out := ok(t, s.env, "source", "pause", "syslog"); !strings.HasPrefix(out, "source=syslog state=paused messages=2") {
		t.Errorf("%s", out)
	}
	if out := ok(t, s.env, "source", "resume", "syslog"); !strings.HasPrefix(out, "source=syslog state=running ") {
		t.Errorf("%s", out)
	}
	if r := run(t, s.env, "source", "pause", "nobody"); r.code != 1 || !strings.Contains(r.errors, "no source of that name") {
		t.Errorf("%+v", r)
	}
	ok(t, s.env, "source", "pause", "http")
	if status, text := s.request("POST", "/v1/ingest", signInLines(0, 1)); status != 503 || !strings.Contains(text, "paused") {
		t.Errorf("%d %s", status, text)
	}
	ok(t, s.env, "source", "resume", "http")
	if status, text := s.request("POST", "/v1/ingest", signInLines(0, 1)); status != 200 {
		t.Errorf("%d %s", status, text)
	}
}

// TestSyslogLogger: the command that every Linux has, over TCP and UDP, in both forms.
func TestSyslogLogger(t *testing.T) {
	logger, err := exec.LookPath("logger")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no logger to test with, which is part of util-linux: %v", err)
		}
		t.Skipf("no logger to test with, which is part of util-linux: %v", err)
	}
	dir := t.TempDir()
	tcp, udp := freePort(t), freePort(t)
	conf := write(t, filepath.Join(dir, "lazuli.yml"), fmt.Sprintf("sources:\n  - name: network\n    syslog: {listen_tcp: \"127.0.0.1:%d\", listen_udp: \"127.0.0.1:%d\"}\n", tcp, udp))
	s := startServer(t, filepath.Join(dir, "data"), "--config", conf)
	id := 0
	for _, args := range [][]string{{"--tcp", "--rfc5424"}, {"--tcp", "--rfc3164"}, {"--tcp", "--octet-count", "--rfc5424"}, {"--udp", "--rfc5424"}, {"--udp", "--rfc3164"}} {
		port := tcp
		if args[0] == "--udp" {
			port = udp
		}
		args = append(args, "--server", "127.0.0.1", "--port", fmt.Sprint(port), "--tag", "mytool", "--priority", "local3.warning", fmt.Sprintf("id=%d hello", id))
		if out, err := exec.Command(logger, args...).CombinedOutput(); err != nil {
			t.Fatalf("logger %v: %v %s", args, err, out)
		}
		id++
	}
	var held map[string][2]int
	for range 100 {
		if held = heldSyslog(t, s); held["mytool"] == [2]int{id, id} {
			break
		}
	}
	if held["mytool"] != [2]int{id, id} {
		t.Errorf("%v, want %d messages", held, id)
	}
	out := ok(t, s.env, "query", "-o", "csv", "Syslog | summarize count() by Facility, SeverityLevel")
	if !strings.Contains(out, fmt.Sprintf("local3,warning,%d", id)) {
		t.Errorf("%s", out)
	}
}
