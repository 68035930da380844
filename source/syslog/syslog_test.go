package syslog

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/forwardtest"
	"lazuli.dev/lazuli/internal/sysframe"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// open starts a source that the test closes.
func open(t *testing.T, c Config) *Source {
	t.Helper()
	cert, key := forwardtest.Certificate(t)
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(c, Options{
		Name: "in", Workspace: "default", Log: slog.New(slog.DiscardHandler),
		Certificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &pair, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// address is where the source listens with a transport.
func address(t *testing.T, s *Source, transport string) string {
	t.Helper()
	for _, l := range s.State().Listens {
		if a, ok := strings.CutPrefix(l, transport+"://"); ok {
			return a
		}
	}
	t.Fatalf("no %s in %v", transport, s.State().Listens)
	return ""
}

func dial(t *testing.T, network, address string) net.Conn {
	t.Helper()
	c, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // the test may have closed it
	return c
}

func send(t *testing.T, c io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// A got is a message with how it came.
type got struct {
	Transport string
	Kind      sysframe.Kind
	Text      string
}

// read takes batches until there are n messages, and acknowledges them.
func read(t *testing.T, s *Source, n int) (all []got) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for len(all) < n {
		b, err := s.Read(ctx)
		if err != nil {
			t.Fatalf("%v, after %d of %d messages: %v", err, len(all), n, all)
		}
		all = append(all, taken(t, b)...)
		b.Ack(nil)
	}
	return all
}

func taken(t *testing.T, b *lazuli.Batch) (all []got) {
	t.Helper()
	for _, r := range sysframe.Runs(b.Body) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		for at, n := range r.Messages() {
			all = append(all, got{r.Transport, r.Kind, string(r.Bytes[at : at+n])})
		}
	}
	if o := b.Origin; o.Last-o.First+1 != int64(len(all)) {
		t.Errorf("positions %d to %d for %d pieces", o.First, o.Last, len(all))
	}
	return all
}

func want(t *testing.T, have []got, want ...got) {
	t.Helper()
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
}

func lines(transport string, texts ...string) (all []got) {
	for _, x := range texts {
		all = append(all, got{transport, sysframe.Whole, x})
	}
	return all
}

// TestTCP: both kinds of frames in one stream, in pieces, with an end that has no line break.
func TestTCP(t *testing.T) {
	s := open(t, Config{ListenTCP: "127.0.0.1:0"})
	c := dial(t, "tcp", address(t, s, "tcp"))
	send(t, c, "<13>one\n9 <14>a\nbcd<15>thr")
	want(t, read(t, s, 2), lines("tcp", "<13>one\n", "9 <14>a\nbcd")...)
	send(t, c, "ee\r\n<16>\x00\xff four")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	want(t, read(t, s, 2), lines("tcp", "<15>three\r\n", "<16>\x00\xff four")...)
}

// TestOrder: the bytes of a connection keep their order, positions go on from batch to batch, and a batch that was
// not taken comes again before anything else.
func TestOrder(t *testing.T) {
	s := open(t, Config{ListenTCP: "127.0.0.1:0"})
	c := dial(t, "tcp", address(t, s, "tcp"))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	send(t, c, "<13>1\n")
	first, err := s.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	o := first.Origin
	if o.System != "syslog/in" || o.Workspace != "default" || o.Incarnation == "" || o.First != 1 || first.ContentType != sysframe.ContentType || first.Records != 1 || o.Received == 0 {
		t.Errorf("batch %+v", first)
	}
	send(t, c, "<13>2\n")
	second, err := s.Read(ctx)
	if err != nil || second.Origin.First != 2 || second.Origin.Last != 2 {
		t.Fatalf("%v %+v", err, second)
	}
	first.Ack(errors.New("the disk is full"))
	again, err := s.Read(ctx)
	if err != nil || again != first {
		t.Fatalf("%v %+v, want the first batch", err, again)
	}
	want(t, taken(t, again), lines("tcp", "<13>1\n")...)
	again.Ack(nil)
	second.Ack(nil)
}

func TestUDP(t *testing.T) {
	s := open(t, Config{ListenUDP: "127.0.0.1:0", MaxMessage: 500})
	c := dial(t, "udp", address(t, s, "udp"))
	long := strings.Repeat("x", 700)
	for _, x := range []string{"<13>a\nb", "", "9 <13>c", "\x00\xff", long} {
		send(t, c, x)
	}
	all := append(lines("udp", "<13>a\nb", "9 <13>c", "\x00\xff"), got{"udp", sysframe.Long, long[:500]}, got{"udp", sysframe.More, long[500:]})
	want(t, read(t, s, 5), all...)
	if d := s.State().Dropped; d != 0 && d != -1 {
		t.Errorf("%d dropped", d)
	}
}

// TestTooLong: by line and by count; what follows is whole.
func TestTooLong(t *testing.T) {
	s := open(t, Config{ListenTCP: "127.0.0.1:0", MaxMessage: 480})
	c := dial(t, "tcp", address(t, s, "tcp"))
	x := "<13>" + strings.Repeat("x", 1200)
	send(t, c, x+"\n<13>a\n1204 "+x+"7 <13>b c")
	want(t, read(t, s, 8),
		got{"tcp", sysframe.Long, x[:480]}, got{"tcp", sysframe.More, x[480:960]}, got{"tcp", sysframe.More, x[960:] + "\n"},
		got{"tcp", sysframe.Whole, "<13>a\n"},
		got{"tcp", sysframe.Long, "1204 " + x[:480]}, got{"tcp", sysframe.More, x[480:960]}, got{"tcp", sysframe.More, x[960:]},
		got{"tcp", sysframe.Whole, "7 <13>b c"})
}

// TestCutOff: a message whose connection breaks is kept as what it is.
func TestCutOff(t *testing.T) {
	s := open(t, Config{ListenTCP: "127.0.0.1:0"})
	c := dial(t, "tcp", address(t, s, "tcp"))
	send(t, c, "<13>a\n<13>half")
	want(t, read(t, s, 1), lines("tcp", "<13>a\n")...)
	if err := c.(*net.TCPConn).SetLinger(0); err != nil { // so that Close resets the connection
		t.Fatal(err)
	}
	_ = c.Close() // reset
	want(t, read(t, s, 1), got{"tcp", sysframe.Cut, "<13>half"})
	c = dial(t, "tcp", address(t, s, "tcp"))
	send(t, c, "20 <13>half")
	_ = c.Close() // in order, but within a counted message
	want(t, read(t, s, 1), got{"tcp", sysframe.Cut, "20 <13>half"})
}

// TestBackPressure: while batches are not taken, a sender over TCP is made to wait, and nothing is lost.
func TestBackPressure(t *testing.T) {
	s := open(t, Config{ListenTCP: "127.0.0.1:0"})
	c := dial(t, "tcp", address(t, s, "tcp"))
	block := []byte(strings.Repeat("<13>"+strings.Repeat("x", 95)+"\n", 10_000))
	var sent int
	for {
		if err := c.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := c.Write(block)
		sent += n
		if err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal(err)
			}
			break
		}
		if sent > 256<<20 {
			t.Fatal("the sender was never made to wait")
		}
	}
	_ = c.(*net.TCPConn).CloseWrite()
	s.Drain()
	var came bytes.Buffer
	for {
		b, err := s.Read(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range taken(t, b) {
			came.WriteString(m.Text)
		}
		b.Ack(nil)
	}
	if came.Len() != sent {
		t.Errorf("%d bytes sent, %d came", sent, came.Len())
	}
}

// TestConnections: beyond max_connections senders wait, and what they sent meanwhile comes when there is a place.
func TestConnections(t *testing.T) {
	s := open(t, Config{ListenTCP: "127.0.0.1:0", MaxConnections: 1})
	first := dial(t, "tcp", address(t, s, "tcp"))
	send(t, first, "<13>first\n")
	want(t, read(t, s, 1), lines("tcp", "<13>first\n")...)
	second := dial(t, "tcp", address(t, s, "tcp"))
	send(t, second, "<13>second\n")
	await(t, func() bool { return strings.Contains(s.State().Problem, "max_connections") })
	if n := s.State().Connections; n != 1 {
		t.Errorf("%d connections", n)
	}
	_ = first.Close()
	want(t, read(t, s, 1), lines("tcp", "<13>second\n")...)
	await(t, func() bool { return s.State().Problem == "" })
}

// TestCrowdedLog: however many senders have to wait, one after another, the log has one line of it.
func TestCrowdedLog(t *testing.T) {
	var log lockedBuffer
	s, err := New(Config{ListenTCP: "127.0.0.1:0", MaxConnections: 1}, Options{Name: "in", Workspace: "default", Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // read has seen all there is
	one := dial(t, "tcp", address(t, s, "tcp"))
	send(t, one, "<13>m\n")
	read(t, s, 1)
	for range 10 {
		next := dial(t, "tcp", address(t, s, "tcp"))
		send(t, next, "<13>m\n")
		await(t, func() bool { return strings.Contains(s.State().Problem, "max_connections") })
		_ = one.Close() // it makes room
		read(t, s, 1)
		one = next
	}
	if n := strings.Count(log.String(), "all connections are in use"); n != 1 {
		t.Errorf("%d lines:\n%s", n, log.String())
	}
}

// A lockedBuffer is what a log is written to.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// await waits until something is so.
func await(t *testing.T, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !is(); <-tick.C {
		if time.Now().After(end) {
			t.Fatal("it did not come to that")
		}
	}
}

// TestIdle: a connection without messages is ended in order, and what comes in that moment is taken.
func TestIdle(t *testing.T) {
	s := open(t, Config{ListenTCP: "127.0.0.1:0", Idle: 50 * time.Millisecond})
	c := dial(t, "tcp", address(t, s, "tcp"))
	send(t, c, "<13>a\n")
	want(t, read(t, s, 1), lines("tcp", "<13>a\n")...)
	if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Fatalf("%d %v, want the end", n, err)
	}
	send(t, c, "<13>late\n")
	want(t, read(t, s, 1), lines("tcp", "<13>late\n")...)
	_ = c.Close()
	await(t, func() bool { return s.State().Connections == 0 })
}

// TestDrain: at a stop senders are told, what they had sent is taken, and then there is no more.
func TestDrain(t *testing.T) {
	s := open(t, Config{ListenTCP: "127.0.0.1:0", ListenUDP: "127.0.0.1:0"})
	c := dial(t, "tcp", address(t, s, "tcp"))
	u := dial(t, "udp", address(t, s, "udp"))
	at := address(t, s, "tcp")
	send(t, c, "<13>a\n")
	want(t, read(t, s, 1), lines("tcp", "<13>a\n")...)
	for i := range 100 {
		send(t, c, fmt.Sprintf("<13>b%d\n", i))
		send(t, u, fmt.Sprintf("<13>u%d", i))
	}
	s.Drain()
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the sender is not told: %v", err)
	}
	send(t, c, "<13>last\n")
	_ = c.Close()
	all := read(t, s, 201)
	if last := all[len(all)-1]; last.Text != "<13>last\n" && !strings.HasPrefix(last.Text, "<13>u") {
		t.Errorf("last is %+v", last)
	}
	if _, err := s.Read(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("%v, want the end", err)
	}
	if c, err := net.Dial("tcp", at); err == nil {
		_ = c.Close() // it should not be there
		t.Error("it still listens")
	}
}

// TestPause: a paused source takes in nothing, lets senders over TCP wait, and has what they sent after Resume.
func TestPause(t *testing.T) {
	s := open(t, Config{ListenTCP: "127.0.0.1:0", ListenUDP: "127.0.0.1:0", ListenTLS: "127.0.0.1:0"})
	c := dial(t, "tcp", address(t, s, "tcp"))
	at := address(t, s, "udp")
	secure, err := tls.Dial("tcp", address(t, s, "tls"), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = secure.Close() }() // the test is over
	send(t, c, "<13>a\n")
	send(t, secure, "<13>a\n")
	if n := len(read(t, s, 2)); n != 2 {
		t.Errorf("%d messages", n)
	}
	s.Pause()
	s.Pause()
	later := dial(t, "tcp", address(t, s, "tcp"))
	for _, w := range []io.Writer{c, later, secure} {
		send(t, w, "<13>paused\n")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if b, err := s.Read(ctx); err == nil {
		t.Errorf("paused, and read %q", b.Body)
	}
	if l, err := net.ListenPacket("udp", at); err != nil {
		t.Errorf("the socket for UDP is open: %v", err)
	} else {
		_ = l.Close() // it was only to see
	}
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
	u := dial(t, "udp", at)
	send(t, u, "<13>udp")
	n := map[string]int{}
	for _, m := range read(t, s, 4) {
		n[m.Transport+" "+m.Text]++
	}
	if diff := cmp.Diff(map[string]int{"tcp <13>paused\n": 2, "tls <13>paused\n": 1, "udp <13>udp": 1}, n); diff != "" {
		t.Error(diff)
	}
}

// TestTLS: only with a certificate of the authority, where one is asked for.
func TestTLS(t *testing.T) {
	cert, key := forwardtest.Certificate(t)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, Config{ListenTLS: "127.0.0.1:0", ClientCA: ca})
	connect := func(certificates ...tls.Certificate) (*tls.Conn, error) {
		return tls.Dial("tcp", address(t, s, "tls"), &tls.Config{InsecureSkipVerify: true, Certificates: certificates, RootCAs: x509.NewCertPool()})
	}
	c, err := connect(pair)
	if err != nil {
		t.Fatal(err)
	}
	send(t, c, "7 <13>abc7 <13>def")
	_ = c.Close()
	want(t, read(t, s, 2), lines("tls", "7 <13>abc", "7 <13>def")...)
	if c, err := connect(); err == nil { // the refusal comes with the first read
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("a sender without a certificate is let in")
		}
	}
	plain := dial(t, "tcp", address(t, s, "tls"))
	send(t, plain, "<13>plain\n")
	if n, _ := plain.Read(make([]byte, 64)); n > 0 {
		_, _ = io.Copy(io.Discard, plain) // the alert, then the end
	}
	await(t, func() bool { return s.State().Connections == 0 })
}

func TestNew(t *testing.T) {
	s := open(t, Config{ListenTCP: "127.0.0.1:0"})
	if _, err := New(Config{ListenTCP: address(t, s, "tcp")}, Options{Name: "two"}); err == nil || !strings.Contains(err.Error(), "open source two: listen for syslog over tcp on 127.0.0.1:") {
		t.Errorf("%v", err)
	}
	if _, err := New(Config{ListenTLS: "127.0.0.1:0", ClientCA: "nowhere.pem"}, Options{Name: "two", Certificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }}); err == nil || !strings.Contains(err.Error(), "read client_ca: ") {
		t.Errorf("%v", err)
	}
}

func TestValidate(t *testing.T) {
	f := func(c Config, want string) {
		t.Helper()
		err := c.Validate()
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%+v: %v, want %s", c, err, want)
		}
	}
	f(Config{ListenUDP: ":514", ListenTCP: ":514", ListenTLS: ":6514"}, "")
	f(Config{ListenTLS: "[::]:6514", Cert: "c", Key: "k", ClientCA: "ca", MaxMessage: 8192}, "")
	f(Config{}, "listen_tcp: missing")
	f(Config{ListenUDP: "514"}, "listen_udp: ")
	f(Config{ListenTCP: "host:syslog"}, "listen_tcp: ")
	f(Config{ListenTCP: ":514", ListenTLS: ":514"}, "listen_tls: the same")
	f(Config{ListenTLS: ":1", Cert: "c"}, "cert: ")
	f(Config{ListenTCP: ":1", ClientCA: "c"}, "listen_tls: missing")
	f(Config{ListenTCP: ":1", MaxMessage: 100}, "max_message: 100 ")
	f(Config{ListenTCP: ":1", MaxMessage: 1 << 20}, "max_message: ")
	f(Config{ListenTCP: ":1", MaxConnections: -1}, "max_connections: ")
	f(Config{ListenTCP: ":1", Idle: -1}, "idle: ")
	f(Config{ListenTCP: ":1", UDPBuffer: -1}, "udp_buffer: ")
}
