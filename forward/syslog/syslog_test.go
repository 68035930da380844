package syslog

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/cef"
	"lazuli.dev/lazuli/forward/format/leef"
	"lazuli.dev/lazuli/forward/forwardtest"
)

// certificate is one for this machine, and the file of the authority to trust for it.
func certificate(t *testing.T) (*tls.Config, string) {
	t.Helper()
	s := httptest.NewTLSServer(nil) // only for its certificate
	defer s.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: s.TLS.Certificates}, ca
}

// body takes the header off, by the RFC and not by the code.
func body(t *testing.T, header, message string) string {
	t.Helper()
	pattern := map[string]*regexp.Regexp{
		"rfc5424": regexp.MustCompile(`^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) - `),
		"rfc3164": regexp.MustCompile(`^<(\d{1,3})>(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 123]\d \d\d:\d\d:\d\d [!-~]+ (?:[A-Za-z0-9]{1,32}: )?`),
		"none":    regexp.MustCompile(``),
	}[header]
	head := pattern.FindString(message)
	if head == "" && header != "none" {
		t.Errorf("no header of %s in %.200s", header, message)
	}
	return message[len(head):]
}

// setup is the suite's view of a receiver and a configuration.
func setup(t *testing.T, c Config) forwardtest.Setup {
	t.Helper()
	d := c.withDefaults()
	var config *tls.Config
	if d.Transport == "tls" {
		config, c.CA = certificate(t)
	}
	var row func(e *lazuli.Event) string
	id := func(message string) forwardtest.Got {
		text := body(t, d.Header, message)
		var head struct {
			ID string `json:"_Id"`
		}
		if err := json.Unmarshal([]byte(text), &head); err != nil {
			t.Errorf("%v: %s", err, text)
		}
		_, rest, _ := strings.Cut(text, `"_Workspace":"default",`)
		return forwardtest.Got{ID: head.ID, Row: "{" + rest}
	}
	poison := func(e *lazuli.Event) { e.Row = []byte(`""`) }
	if d.Format != "json" {
		format := func(e *lazuli.Event) string { return string(cef.New().Append(nil, e, cef.All)) }
		pattern := regexp.MustCompile(`externalId=(\S+)`)
		if d.Format == "leef" {
			format = func(e *lazuli.Event) string { return string(leef.New().Append(nil, e, leef.All)) }
		}
		row = format
		id = func(message string) forwardtest.Got {
			text := body(t, d.Header, message)
			m := pattern.FindStringSubmatch(text)
			if m == nil {
				t.Fatalf("no id in %s", text)
			}
			return forwardtest.Got{ID: m[1], Row: text}
		}
		// A row that came as CEF keeps its values whole, so that this one is too large in either format.
		poison = func(e *lazuli.Event) {
			e.Table, e.Row = "CommonSecurityLog", fmt.Appendf(nil, `{"Message":%q}`, strings.Repeat("x", 70_000))
		}
	}
	r, err := forwardtest.NewSyslog(d.Transport, config, id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		if w := r.Wrong(); len(w) > 0 {
			t.Errorf("frames that are none: %v", w)
		}
	})
	c.Address = r.Address()
	return forwardtest.Setup{
		Open: func() (lazuli.Forwarder, error) { return New(c) }, Got: r.Got, Fault: r.Fault, Down: r.Down, Await: r.Await,
		Faults: []forwardtest.Fault{forwardtest.DropBefore, forwardtest.DropAfter}, Poison: poison, Unconfirmed: true, Row: row,
	}
}

func TestConformance(t *testing.T) {
	for _, c := range []Config{
		{Transport: "tcp"},
		{Transport: "tcp", Framing: "octets", Header: "rfc3164"},
		{Transport: "tls"},
		{Transport: "tls", Format: "cef", Framing: "lf"},
		{Transport: "tcp", Format: "leef"},
		{Transport: "tcp", Format: "cef", Header: "none"},
	} {
		d := c.withDefaults()
		t.Run(d.Transport+" "+d.Header+" "+d.Framing+" "+d.Format, func(t *testing.T) {
			forwardtest.Run(t, func(t *testing.T) forwardtest.Setup { return setup(t, c) })
		})
	}
}

// TestDatagrams: UDP promises nothing, but where nothing is lost all arrives, and what is too large is rejected.
func TestDatagrams(t *testing.T) {
	s := setup(t, Config{Transport: "udp"})
	fw, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	events := forwardtest.Events(20)
	events[3].Row = fmt.Appendf(nil, `{"A":%q}`, strings.Repeat("x", 9000))
	rejected := forwardtest.Deliver(t, s, fw, events)
	if diff := cmp.Diff(map[string]bool{events[3].ID: true}, rejected); diff != "" {
		t.Errorf("rejected (-want +got):\n%s", diff)
	}
	s.Await(19, 30*time.Second)
	if n := len(s.Got()); n != 19 {
		t.Errorf("%d datagrams arrived, want 19", n)
	}
	if err := fw.Close(); err != nil {
		t.Error(err)
	}
}

// TestStall: a receiver that takes bytes and does not confirm them is not one that has them.
func TestStall(t *testing.T) {
	s := setup(t, Config{Transport: "tcp"})
	any, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	fw := any.(*Forwarder)
	fw.c.Timeout = 50 * time.Millisecond
	ask := fw.waiting
	fw.waiting = func(net.Conn) (int, error) { return 1, nil }
	events := forwardtest.Events(10)
	if _, err := fw.Send(t.Context(), events); lazuli.KindOf(err) != lazuli.Transient || !strings.Contains(err.Error(), "in time") {
		t.Errorf("bytes that nobody confirmed: %v", err)
	}
	fw.waiting = ask
	forwardtest.Deliver(t, s, fw, events)
	s.Await(10, 30*time.Second)
	if n := len(s.Got()); n < 10 {
		t.Errorf("%d events arrived, want 10", n)
	}
}

// clock is a forwarder's time, which the test moves.
type clock struct{ nanos atomic.Int64 }

func newClock(f *Forwarder) *clock {
	c := new(clock)
	c.nanos.Store(time.Now().UnixNano())
	f.now = func() time.Time { return time.Unix(0, c.nanos.Load()) }
	return c
}

func (c *clock) add(d time.Duration) { c.nanos.Add(int64(d)) }

// TestTail: what is kept to be sent again has a bound in bytes and in age.
func TestTail(t *testing.T) {
	s := setup(t, Config{Transport: "tcp", Resend: 600_000})
	any, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	fw := any.(*Forwarder)
	clock := newClock(fw)
	size := func() (n int) {
		for _, b := range fw.tail {
			n += len(b.bytes)
		}
		return n
	}
	for range 10 {
		forwardtest.Deliver(t, s, fw, forwardtest.Events(2000))
	}
	if n := size(); n < 600_000 || n > 600_000+2*blockBytes {
		t.Errorf("%d bytes are kept, want 600000 and what makes the block whole", n)
	}
	clock.add(resendAge + time.Second)
	fw.trim()
	if n := size(); n != 0 {
		t.Errorf("%d bytes are kept after their time", n)
	}
}

// TestResend: what a receiver took with it when it died is sent again although nothing else is to be sent, however long
// it was away.
func TestResend(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	fw, err := New(Config{Address: l.Addr().String(), Transport: "tcp"})
	if err != nil {
		t.Fatal(err)
	}
	clock := newClock(fw)
	sent := make(chan struct{})
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		<-sent
		_, _ = bufio.NewReader(c).ReadString('\n')
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}()
	events := forwardtest.Events(10)
	if _, err := fw.Send(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	close(sent)
	<-fw.link.ended
	clock.add(10 * resendAge)
	if seq, held := fw.Held(); !held || seq != events[0].Seq {
		t.Errorf("held %d %v after the receiver died, want %d", seq, held, events[0].Seq)
	}
	got := make(chan int)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		n := 0
		for lines := bufio.NewScanner(c); n < len(events) && lines.Scan(); n++ {
		}
		got <- n
		_, _ = io.Copy(io.Discard, c)
	}()
	if err := fw.Resend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := <-got; n != len(events) {
		t.Errorf("%d messages were sent again, want %d", n, len(events))
	}
	if err := fw.Resend(t.Context()); err != nil {
		t.Error(err)
	}
	if err := fw.Close(); err != nil {
		t.Error(err)
	}
}

// TestOrderlyEnd: a receiver that ends a connection which nobody uses has read what came over it, and is not sent it
// again and again.
func TestOrderlyEnd(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	fw, err := New(Config{Address: l.Addr().String(), Transport: "tcp"})
	if err != nil {
		t.Fatal(err)
	}
	clock := newClock(fw)
	got, sent := make(chan int), make(chan struct{})
	read := func(want int) {
		c, err := l.Accept()
		if err != nil {
			return
		}
		n := 0
		for lines := bufio.NewScanner(c); n < want && lines.Scan(); n++ {
		}
		<-sent
		_ = c.Close()
		got <- n
	}
	events := forwardtest.Events(10)
	for i := range 3 {
		go read(2)
		if _, err := fw.Send(t.Context(), events[2*i:2*i+2]); err != nil {
			t.Fatal(err)
		}
		sent <- struct{}{}
		if n := <-got; n != 2 {
			t.Fatalf("%d messages", n)
		}
		<-fw.link.ended
		before := fw.link
		if err := fw.Resend(t.Context()); err != nil || fw.link != before {
			t.Errorf("a new connection for nothing new: %v", err)
		}
		clock.add(resendAge + time.Second)
		if _, held := fw.Held(); held {
			t.Error("held after its time")
		}
	}
	if len(fw.tail) != 1 {
		t.Errorf("%d blocks are kept, want the last one", len(fw.tail))
	}
	if err := fw.Close(); err != nil {
		t.Error(err)
	}
}

// TestHeld: what is kept to be sent again is told, so that the cursor stays before it, until it is too old or the receiver
// has read to the end.
func TestHeld(t *testing.T) {
	s := setup(t, Config{Transport: "tcp"})
	any, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	fw := any.(*Forwarder)
	clock := newClock(fw)
	f := func(want int64) {
		t.Helper()
		seq, held := fw.Held()
		if seq != want || held != (want != 0) {
			t.Errorf("held %d %v, want %d", seq, held, want)
		}
	}
	events := forwardtest.Events(30)
	f(0)
	forwardtest.Deliver(t, s, fw, events[10:20])
	f(events[10].Seq)
	clock.add(resendAge / 2)
	forwardtest.Deliver(t, s, fw, events[20:])
	f(events[10].Seq)
	clock.add(resendAge/2 + time.Second)
	forwardtest.Deliver(t, s, fw, events[:1])
	f(events[0].Seq)
	clock.add(resendAge + time.Second)
	f(0)
	forwardtest.Deliver(t, s, fw, events[5:6])
	f(events[5].Seq)
	if err := fw.Close(); err != nil {
		t.Error(err)
	}
	f(0)
}

func TestMessage(t *testing.T) {
	f := func(c Config, e lazuli.Event, want string) {
		t.Helper()
		c.Address, c.Hostname = "x:1", "host"
		got, reason := newEncoder(c.withDefaults()).append([]byte("before"), &e)
		if reason != "" {
			got = append(got, reason...)
		}
		if diff := cmp.Diff("before"+want, string(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	e := lazuli.Event{ID: "w-1", Workspace: "default", Table: "SigninLogs", Time: 638501544001234567, Row: []byte("{\"A\":1,\n\"B\":\"\\n\"}")}
	f(Config{}, e, `136 <134>1 2024-05-01T10:00:00.123456Z host lazuli - SigninLogs - {"_Id":"w-1","_Table":"SigninLogs","_Workspace":"default","A":1, "B":"\n"}`)
	f(Config{Transport: "tcp", Header: "rfc3164", Facility: "authpriv", Severity: "crit"}, e, `<82>May  1 10:00:00 host lazuli: {"_Id":"w-1","_Table":"SigninLogs","_Workspace":"default","A":1, "B":"\n"}`+"\n")
	f(Config{Transport: "udp", Header: "none"}, e, `{"_Id":"w-1","_Table":"SigninLogs","_Workspace":"default","A":1, "B":"\n"}`)
	f(Config{Transport: "tcp", Header: "rfc3164", Format: "cef"}, e, `<134>May  1 10:00:00 host CEF:0|Microsoft|Entra ID|1|SigninLogs|Sign-in activity|3|rt=1714557600123 externalId=w-1 lazuliId=w-1 cat=SigninLogs A=1 B=\n`+"\n")
	f(Config{Transport: "tcp", Format: "leef", Framing: "octets"}, e, `229 <134>1 2024-05-01T10:00:00.123456Z host lazuli - SigninLogs - LEEF:2.0|Microsoft|Entra ID|1|SigninLogs|x09|sev=3`+"\tdevTime=2024-05-01T10:00:00.123+0000\tdevTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ\texternalId=w-1\tcat=SigninLogs\tA=1\tB=\\n")
	long := e
	long.Row = fmt.Appendf(nil, `{"Own":%q}`, strings.Repeat("x", 600))
	f(Config{Transport: "tcp", Header: "none", MaxBytes: 500}, long, "the message has 667 bytes, more than the 500 of max_bytes; raise that, or leave columns out with project-away in the output's query")
	f(Config{Transport: "tcp", Header: "none", MaxBytes: 500, Format: "cef"}, long, "CEF:0|Microsoft|Entra ID|1|SigninLogs|Sign-in activity|3|rt=1714557600123 externalId=w-1 lazuliId=w-1 cat=SigninLogs lazuliOmitted=Own\n")
	f(Config{Transport: "tcp", Format: "leef", StructuredData: "event", BOM: true}, lazuli.Event{ID: "w-2", Workspace: "a\"b", Table: "T"}, `<134>1 0001-01-01T00:00:00Z host lazuli - T [lazuli@32473 id="w-2" table="T" workspace="a\"b"] `+"\ufeffLEEF:2.0|Microsoft|Azure|1|T|x09|sev=3\tdevTime=0001-01-01T00:00:00.000+0000\tdevTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ\texternalId=w-2\tcat=T\n")
	columns := lazuli.Event{ID: "w-3", Workspace: "d", Table: "T", Row: []byte(`{"id":"taken","A \"b\"=":"x] \\ \n","InitiatingProcessParentCreationTime":1,"InitiatingProcessParentCreationTimeToo":2,"Empty":"","D":{"a": [1, 2]}}`)}
	f(Config{Transport: "udp", Format: "original", StructuredData: "columns", Enterprise: 7}, columns, `<134>1 0001-01-01T00:00:00Z host lazuli - T [lazuli@7 id="w-3" table="T" workspace="d" id~2="taken" A_\_b\__="x\] \\ \n" InitiatingProcessParentCreationT="1" InitiatingProcessParentCreatio~2="2" D="{\"a\":[1,2\]}"] {"_Id":"w-3","_Table":"T","_Workspace":"d",`+string(columns.Row[1:]))
	f(Config{Transport: "udp", StructuredData: "columns", MaxBytes: 500}, lazuli.Event{ID: "w-4", Workspace: "d", Table: "T", Row: fmt.Appendf(nil, `{"A":%q}`, strings.Repeat("x", 250))}, `<134>1 0001-01-01T00:00:00Z host lazuli - T [lazuli@32473 id="w-4" table="T" workspace="d" omitted="columns"] {"_Id":"w-4","_Table":"T","_Workspace":"d","A":"`+strings.Repeat("x", 250)+`"}`)
	f(Config{Transport: "tcp", Header: "rfc3164", TimeZone: "Europe/Berlin"}, lazuli.Event{ID: "w", Time: e.Time, Row: []byte("{}")}, `<134>May  1 12:00:00 host lazuli: {"_Id":"w","_Table":"","_Workspace":""}`+"\n")
	long.Row = []byte("[]")
	f(Config{Transport: "tcp"}, long, "the row is no JSON object")
	long.Time, long.Row, long.Table = 0, []byte("{}"), "A b\né"
	f(Config{Transport: "tcp"}, long, `<134>1 0001-01-01T00:00:00Z host lazuli - A_b___ - {"_Id":"w-1","_Table":"A b é","_Workspace":"default"}`+"\n")
}

// TestRelay: what came as syslog keeps its header.
func TestRelay(t *testing.T) {
	f := func(c Config, table, row, want string) {
		t.Helper()
		c.Address, c.Hostname, c.Transport = "x:1", "host", "tcp"
		if c.Format == "" {
			c.Format = "original"
		}
		e := lazuli.Event{ID: "w-1", Workspace: "d", Table: table, Time: 638501544001234567, Row: []byte(row)}
		got, reason := newEncoder(c.withDefaults()).append(nil, &e)
		if diff := cmp.Diff(want+"\n", string(got)+reason); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	const row = `{"Facility":"auth","SeverityLevel":"crit","HostName":"web.example","Computer":"c","ProcessName":"su","ProcessID":42,"SyslogMessage":"'su root' \"failed\"\nfor é","_Unmapped":{"msgid":"ID47","structuredData":"[a@32473 k=\"v \\\"x\\] y\"][b@1]"}}`
	f(Config{}, "Syslog", row, `<34>1 2024-05-01T10:00:00.123456Z web.example su 42 ID47 [a@32473 k="v \"x\] y"][b@1] 'su root' "failed"#012for é`)
	f(Config{StructuredData: "event"}, "Syslog", row, `<34>1 2024-05-01T10:00:00.123456Z web.example su 42 ID47 [a@32473 k="v \"x\] y"][b@1][lazuli@32473 id="w-1" table="Syslog" workspace="d"] 'su root' "failed"#012for é`)
	f(Config{Header: "rfc3164"}, "Syslog", row, `<34>May  1 10:00:00 web.example su[42]: 'su root' "failed"#012for é`)
	f(Config{}, "Syslog", `{"SyslogMessage":"\n\n\r\u0000a\nb\r"}`, `<134>1 2024-05-01T10:00:00.123456Z host - - - - #012#012#015#000a#012b#015`)
	// Between host and CEF or LEEF there is no program, whoever wrote the message.
	f(Config{Header: "rfc3164", Format: "cef"}, "CommonSecurityLog", `{"DeviceVendor":"V","Computer":"fw","_Unmapped":{"app":"asa","procid":"7"}}`, `<134>May  1 10:00:00 fw CEF:0|V|Unknown||||3|lazuliId=w-1`)
	no := false
	f(Config{Relay: &no}, "Syslog", row, `<134>1 2024-05-01T10:00:00.123456Z host lazuli - Syslog - 'su root' "failed"#012for é`)
	// What is no structured data by the RFC is told in ours. One that has our id gets another beside it.
	f(Config{}, "Syslog", `{"SyslogMessage":"m","_Unmapped":{"structuredData":"[a b]"}}`, `<134>1 2024-05-01T10:00:00.123456Z host - - - - m`)
	f(Config{StructuredData: "event"}, "Syslog", `{"SyslogMessage":"m","_Unmapped":{"structuredData":"[a b]"}}`, `<134>1 2024-05-01T10:00:00.123456Z host - - - [lazuli@32473 id="w-1" table="Syslog" workspace="d" data="[a b\]"] m`)
	f(Config{StructuredData: "event"}, "Syslog", `{"_Unmapped":{"procid":"x1","structuredData":"[lazuli@32473 id=\"o\"]"}}`, `<134>1 2024-05-01T10:00:00.123456Z host - x1 - [lazuli@32473 id="o"][relay@32473 id="w-1" table="Syslog" workspace="d"] `)
	f(Config{}, "Syslog", `{"HostName":"a b","ProcessName":"`+strings.Repeat("p", 60)+`"}`, `<134>1 2024-05-01T10:00:00.123456Z a_b `+strings.Repeat("p", 48)+` - - - `)
	f(Config{}, "CommonSecurityLog", `{"DeviceVendor":"V","DeviceProduct":"P","DeviceVersion":"1","DeviceEventClassID":"c","Activity":"n","LogSeverity":"High","Message":"a=b","Computer":"fw","_Unmapped":{"facility":"local4","severity":"warning"}}`, `<164>1 2024-05-01T10:00:00.123456Z fw - - - - CEF:0|V|P|1|c|n|High|lazuliId=w-1 msg=a\=b`)
	f(Config{Header: "rfc3164", Format: "cef"}, "CommonSecurityLog", `{"DeviceVendor":"V","Computer":"fw"}`, `<134>May  1 10:00:00 fw CEF:0|V|Unknown||||3|lazuliId=w-1`)
}

func TestTLS(t *testing.T) {
	config, _ := certificate(t)
	r, err := forwardtest.NewSyslog("tls", config, func(string) forwardtest.Got { return forwardtest.Got{} })
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fw, err := New(Config{Address: r.Address()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fw.Send(t.Context(), forwardtest.Events(1)); lazuli.KindOf(err) != lazuli.Permanent {
		t.Errorf("unknown authority: %v (%v), want a permanent error", err, lazuli.KindOf(err))
	}
	if err := fw.Close(); err != nil {
		t.Error(err)
	}
}

func TestValidate(t *testing.T) {
	f := func(c Config, want string) {
		t.Helper()
		err := c.Validate()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("error %v, want %q", err, want)
		}
		if _, newErr := New(c); (err == nil) != (newErr == nil) {
			t.Errorf("Validate says %v, New says %v", err, newErr)
		}
	}
	f(Config{Address: "h:6514"}, "")
	f(Config{}, "address: missing")
	f(Config{Address: "h"}, "address: ")
	f(Config{Address: "h:1", Transport: "sctp"}, "transport: ")
	f(Config{Address: "h:1", Header: "x"}, "header: ")
	f(Config{Address: "h:1", Format: "xml"}, "format: ")
	f(Config{Address: "h:1", Framing: "crlf"}, "framing: ")
	f(Config{Address: "h:1", Transport: "udp", Framing: "lf"}, "framing: ")
	f(Config{Address: "h:1", StructuredData: "all"}, "structured_data: ")
	f(Config{Address: "h:1", StructuredData: "event", Header: "none"}, "structured_data: ")
	f(Config{Address: "h:1", Enterprise: -1}, "enterprise: ")
	f(Config{Address: "h:1", BOM: true, Header: "rfc3164"}, "bom: ")
	f(Config{Address: "h:1", TimeZone: "Local"}, "time_zone: ")
	f(Config{Address: "h:1", TimeZone: "Nowhere/X", Header: "rfc3164"}, "time_zone: ")
	f(Config{Address: "h:1", Facility: "local8"}, "facility: ")
	f(Config{Address: "h:1", Severity: "loud"}, "severity: ")
	f(Config{Address: "h:1", MaxBytes: 100}, "max_bytes: ")
	f(Config{Address: "h:1", Transport: "udp", MaxBytes: 70_000}, "max_bytes: ")
	f(Config{Address: "h:1", Hostname: "a b"}, "hostname: ")
	f(Config{Address: "h:1", Timeout: -1}, "timeout: ")
	c := Config{Address: "h:1", Transport: "tcp"}
	c.CA = "x.pem"
	f(c, "are for tls")
	c = Config{Address: "h:1"}
	c.Cert = "x.pem"
	f(c, "go together")
}

func TestNetwork(t *testing.T) {
	forwardtest.RunNetwork(t, func(address, ca string) (lazuli.Forwarder, error) {
		c := Config{Address: address, Timeout: forwardtest.Patience}
		c.CA = ca
		return New(c)
	})
}
