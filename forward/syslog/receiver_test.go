package syslog

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/forwardtest"
)

// The configurations of the two receivers that every Linux has. Each writes what it understood, one JSON object
// a line, to out.jsonl. %[1]s is the folder, %[2]d the port for TCP and UDP, %[3]d that for TLS.
const (
	rsyslogConf = `
global(workDirectory="%[1]s" maxMessageSize="64k" DefaultNetstreamDriverCAFile="%[1]s/ca.pem" DefaultNetstreamDriverCertFile="%[1]s/cert.pem" DefaultNetstreamDriverKeyFile="%[1]s/key.pem")
module(load="imudp")
module(load="imptcp")
module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
module(load="mmnormalize")
template(name="json" type="list" option.jsonf="on") {
  property(outname="pri" name="pri" format="jsonf") property(outname="host" name="hostname" format="jsonf")
  property(outname="app" name="app-name" format="jsonf") property(outname="msgid" name="msgid" format="jsonf")
  property(outname="msg" name="msg" format="jsonf")
}
template(name="cef" type="list") { property(name="$!all-json") constant(value="\n") }
ruleset(name="in") {
  action(type="omfile" file="%[1]s/out.jsonl" template="json")
  if $msg contains "CEF:" then { action(type="mmnormalize" rulebase="%[1]s/cef.rb") action(type="omfile" file="%[1]s/cef.jsonl" template="cef") }
}
input(type="imudp" address="127.0.0.1" port="%[2]d" ruleset="in")
input(type="imptcp" address="127.0.0.1" port="%[2]d" ruleset="in")
input(type="imtcp" address="127.0.0.1" port="%[3]d" ruleset="in")
`
	syslogngConf = `@version: 3.38
options { keep-hostname(yes); use-dns(no); log-msg-size(65536); stats-freq(0); };
source s {
  network(ip("127.0.0.1") port(%[2]d) transport("tcp") flags(syslog-protocol));
  network(ip("127.0.0.1") port(%[2]d) transport("udp") flags(syslog-protocol));
  syslog(ip("127.0.0.1") port(%[3]d) transport("tls") tls(key-file("%[1]s/key.pem") cert-file("%[1]s/cert.pem") peer-verify(optional-untrusted)));
};
destination d { file("%[1]s/out.jsonl" template("$(format-json pri=$PRI host=$HOST app=$PROGRAM msgid=$MSGID msg=$MSGONLY)\n")); };
log { source(s); destination(d); };
`
)

// A daemon is a receiver that others wrote, as a process.
type daemon struct {
	forwardtest.Daemon
	dir           string
	port, tlsPort int
	cmd           *exec.Cmd
}

// newDaemon finds the receiver where make peers unpacks it, or where the system has it, and starts it.
func newDaemon(t *testing.T, kind string) *daemon {
	t.Helper()
	d := &daemon{Daemon: forwardtest.NewDaemon(t, kind, "../.."), dir: t.TempDir(), port: freePort(t), tlsPort: freePort(t)}
	cert, key := forwardtest.Certificate(t)
	for name, text := range map[string][]byte{
		"ca.pem": cert, "cert.pem": cert, "key.pem": key, "cef.rb": []byte("version=2\nrule=cef:%f:cef%\n"),
		"rsyslog.conf": fmt.Appendf(nil, rsyslogConf, d.dir, d.port, d.tlsPort), "syslog-ng.conf": fmt.Appendf(nil, syslogngConf, d.dir, d.port, d.tlsPort),
	} {
		if err := os.WriteFile(filepath.Join(d.dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d.start(t)
	t.Cleanup(d.kill)
	return d
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

func (d *daemon) start(t *testing.T) {
	t.Helper()
	d.cmd = d.Command(d.dir, filepath.Join(d.dir, d.Kind+".conf"))
	var said strings.Builder
	d.cmd.Stdout, d.cmd.Stderr = &said, &said
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 500 {
		ready := true
		for _, port := range []int{d.port, d.tlsPort} {
			c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if ready = ready && err == nil; err == nil {
				_ = c.Close() // only to see that somebody is there
			}
		}
		if ready {
			return
		}
		<-tick.C
	}
	d.kill()
	t.Fatalf("%s does not listen: %s", d.Kind, said.String())
}

// kill ends it as a crash does.
func (d *daemon) kill() {
	if d.cmd != nil {
		_ = d.cmd.Process.Kill() // it may have ended
		_ = d.cmd.Wait()
		d.cmd = nil
	}
}

// An understood message, as the receiver has taken it apart.
type understood struct{ Pri, Host, App, MsgID, Msg string }

// lines reads what it wrote. The last may not be whole yet.
func (d *daemon) lines(t *testing.T, name string) []string {
	t.Helper()
	f, err := os.Open(filepath.Join(d.dir, name))
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	var all []string
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		all = append(all, s.Text())
	}
	return all
}

// await waits until as many messages as that arrived, by their ids, and returns them.
func (d *daemon) await(t *testing.T, n int, id func(understood) string) map[string]understood {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	got := map[string]understood{}
	for range 400 {
		for _, line := range d.lines(t, "out.jsonl") {
			var u understood
			if json.Unmarshal([]byte(line), &u) == nil && id(u) != "" {
				got[id(u)] = u
			}
		}
		if len(got) >= n {
			break
		}
		clear(got)
		<-tick.C
	}
	return got
}

func jsonID(u understood) string {
	var head struct {
		ID string `json:"_Id"`
	}
	if json.Unmarshal([]byte(strings.TrimPrefix(u.Msg, " ")), &head) != nil {
		return ""
	}
	return head.ID
}

// nasty are events with all that formats and frames may trip over.
func nasty() []lazuli.Event {
	events := forwardtest.Events(300)
	for i, text := range []string{`{"A":"a|b\\c=d\ne\r\t<13>1 "}`, "{\"A\":\n[1,\n2]}", `{"A":"é \u2028 😀 \u0001"}`, fmt.Sprintf(`{"A":%q}`, strings.Repeat("long ", 8000)), `{"A":"7 in front of it","B":"%d{}\"'"}`} {
		events[i].Row, events[i].Table = []byte(text), "AADNonInteractiveUserSignInLogs"
	}
	return events
}

// TestReceivers: rsyslog and syslog-ng understand each header, frame and transport, and what they understand is what
// was sent.
func TestReceivers(t *testing.T) {
	for _, kind := range []string{"rsyslog", "syslog-ng"} {
		d := newDaemon(t, kind)
		for _, c := range []Config{{Transport: "tcp"}, {Transport: "tcp", Framing: "octets"}, {Transport: "tls"}, {Transport: "tcp", Header: "rfc3164"}, {Transport: "udp"}, {Transport: "tcp", StructuredData: "columns"}} {
			if kind == "syslog-ng" && (c.Framing == "octets" || c.Header == "rfc3164") {
				continue // its network() source knows no octet counting, and reads one kind of header
			}
			w := c.withDefaults()
			t.Run(strings.Join([]string{kind, w.Transport, w.Header, w.Framing, w.StructuredData}, " "), func(t *testing.T) {
				c.Address = fmt.Sprintf("127.0.0.1:%d", d.port)
				if c.Transport == "tls" {
					c.Address, c.CA = fmt.Sprintf("127.0.0.1:%d", d.tlsPort), filepath.Join(d.dir, "ca.pem")
				}
				c.Hostname = "sender.example"
				fw, err := New(c)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Truncate(filepath.Join(d.dir, "out.jsonl"), 0); err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
				events := nasty()
				if c.Transport == "udp" {
					events = append(events[:3], events[4:100]...)
				}
				rejected := forwardtest.Deliver(t, forwardtest.Setup{}, fw, events)
				if len(rejected) > 0 {
					t.Errorf("rejected: %v", rejected)
				}
				if err := fw.Close(); err != nil {
					t.Error(err)
				}
				got := d.await(t, len(events), jsonID)
				for _, e := range events {
					u, arrived := got[e.ID]
					if !arrived {
						t.Errorf("%s did not arrive", e.ID)
						continue
					}
					if u.Host != "sender.example" || u.App != "lazuli" || w.Header == "rfc5424" && u.MsgID != e.Table || strings.Trim(u.Pri, "<>") != "134" {
						t.Errorf("header of %s: %+v", e.ID, u)
					}
					var sent, came map[string]any
					if json.Unmarshal(e.Row, &sent) != nil || json.Unmarshal([]byte(u.Msg), &came) != nil {
						t.Errorf("%s: %s", e.ID, u.Msg)
						continue
					}
					for name, value := range sent {
						if fmt.Sprint(came[name]) != fmt.Sprint(value) {
							t.Errorf("%s: %s is %.100q, want %.100q", e.ID, name, came[name], value)
						}
					}
				}
			})
		}
		d.kill()
	}
}

// TestReceiversCEF: liblognorm, which rsyslog takes CEF apart with, finds the header and the extension.
func TestReceiversCEF(t *testing.T) {
	d := newDaemon(t, "rsyslog")
	fw, err := New(Config{Transport: "tcp", Format: "cef", Address: fmt.Sprintf("127.0.0.1:%d", d.port)})
	if err != nil {
		t.Fatal(err)
	}
	events := forwardtest.Events(50)
	for i := range events {
		events[i].Table = "SigninLogs"
		events[i].Row = fmt.Appendf(nil, `{"ResultType":"%d","UserPrincipalName":"a=b|c%d","IPAddress":"198.51.100.7","ResultDescription":"back\\slash"}`, i, i)
	}
	forwardtest.Deliver(t, forwardtest.Setup{}, fw, events)
	if err := fw.Close(); err != nil {
		t.Error(err)
	}
	id := func(u understood) string {
		_, rest, _ := strings.Cut(u.Msg, "externalId=")
		id, _, _ := strings.Cut(rest, " ")
		return id
	}
	d.await(t, len(events), id)
	type parsed struct {
		F struct {
			DeviceVendor, DeviceProduct, SignatureID, Name, Severity string
			Extensions                                               map[string]string
		}
	}
	n := 0
	for _, line := range d.lines(t, "cef.jsonl") {
		var p parsed
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Errorf("%v: %s", err, line)
			continue
		}
		x := p.F.Extensions
		if p.F.DeviceVendor != "Microsoft" || !strings.HasPrefix(p.F.SignatureID, "SigninLogs:") || x["src"] != "198.51.100.7" || !strings.HasPrefix(x["suser"], "a=b|c") || x["msg"] != `back\slash` {
			t.Errorf("liblognorm found %s", line)
		}
		n++
	}
	if n != len(events) {
		t.Errorf("%d events taken apart, want %d", n, len(events))
	}
}

// TestReceiverKilled: rsyslog dies in the middle and comes back; every event is there in the end.
func TestReceiverKilled(t *testing.T) {
	d := newDaemon(t, "rsyslog")
	fw, err := New(Config{Transport: "tcp", Address: fmt.Sprintf("127.0.0.1:%d", d.port)})
	if err != nil {
		t.Fatal(err)
	}
	events := forwardtest.Events(4000)
	for at := 0; at < len(events); at += 500 {
		forwardtest.Deliver(t, forwardtest.Setup{}, fw, events[at:at+500])
		if at == 1000 || at == 2500 {
			d.kill()
			d.start(t)
		}
	}
	if err := fw.Close(); err != nil {
		t.Error(err)
	}
	got := d.await(t, len(events), jsonID)
	if len(got) != len(events) {
		t.Errorf("%d of %d events arrived", len(got), len(events))
	}
}
