package forwardtest

import (
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lazuli.dev/lazuli"
)

// Patience is the time-out with which the forwarders of RunNetwork are opened.
const Patience = 400 * time.Millisecond

// RunNetwork checks what a forwarder that speaks TLS says of a network that is not as it should be: the kind, so that it
// is tried again soon or only after a person did something, and words that tell that person what. open opens a forwarder
// to host:port over TLS that trusts the PEM file ca, where that is not "", and waits no longer than Patience. secrets must
// not occur in what it says.
func RunNetwork(t *testing.T, open func(address, ca string) (lazuli.Forwarder, error), secrets ...string) {
	send := func(t *testing.T, address, ca string, kind lazuli.Kind, words ...string) {
		t.Helper()
		fw, err := open(address, ca)
		if err != nil {
			t.Fatal(err)
		}
		// What is wrong may show only at the second try, when the protocol confirms nothing.
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for range 20 {
			out, sent := fw.Send(t.Context(), Events(3))
			for _, o := range out {
				if o.Verdict == lazuli.Rejected {
					t.Errorf("an event was rejected because of the network: %s", o.Reason)
				}
			}
			if err = sent; err != nil {
				break
			}
			<-tick.C
		}
		if lazuli.KindOf(err) != kind {
			t.Errorf("kind %v of %v, want %v", lazuli.KindOf(err), err, kind)
		}
		if err == nil {
			return
		}
		for _, word := range words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%v does not say %q", err, word)
			}
		}
		for _, secret := range secrets {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("shows a secret: %v", err)
			}
		}
		if err := fw.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	file := func(t *testing.T, cert []byte) string {
		t.Helper()
		name := filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(name, cert, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	// server speaks TLS with a certificate; what it is asked it does not answer.
	server := func(t *testing.T, change func(*tls.Config), options ...CertificateOption) (address, ca string) {
		t.Helper()
		cert, key := Certificate(t, options...)
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		config := &tls.Config{Certificates: []tls.Certificate{pair}}
		if change != nil {
			change(config)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() { _ = tls.Server(c, config).Handshake() }() // the client finds the fault
			}
		}()
		return l.Addr().String(), file(t, cert)
	}
	t.Run("a new authority", func(t *testing.T) {
		first, key := Certificate(t)
		pair, err := tls.X509KeyPair(first, key)
		if err != nil {
			t.Fatal(err)
		}
		second, key := Certificate(t)
		next, err := tls.X509KeyPair(second, key)
		if err != nil {
			t.Fatal(err)
		}
		var (
			mu    sync.Mutex
			shown = &pair
			conns []net.Conn
		)
		address, _ := server(t, func(c *tls.Config) {
			c.Certificates = nil // or they would be shown to one who names no host
			c.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
				mu.Lock()
				defer mu.Unlock()
				conns = append(conns, hello.Conn)
				return shown, nil
			}
		})
		ca := file(t, first)
		fw, err := open(address, ca)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = fw.Close() }()
		// The receiver answers nothing: what is told is whether its certificate is the reason. An error before that may be
		// the end of the last connection.
		distrusted := func() error {
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			others := 0
			for range 20 {
				_, err := fw.Send(t.Context(), Events(1))
				if err != nil && (strings.Contains(err.Error(), "certificate") || strings.Contains(err.Error(), "ca:")) {
					return err
				}
				if err != nil {
					others++
				}
				if others == 2 {
					break
				}
				<-tick.C
			}
			return nil
		}
		if err := distrusted(); err != nil {
			t.Fatalf("its own authority: %v", err)
		}
		mu.Lock()
		shown = &next
		for _, c := range conns {
			_ = c.Close() // it starts again
		}
		mu.Unlock()
		if err := distrusted(); err == nil {
			t.Fatal("a certificate of an unknown authority was taken")
		}
		write := func(text []byte) {
			if err := os.WriteFile(ca, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write([]byte("being written"))
		if err := distrusted(); err == nil || !strings.Contains(err.Error(), "no PEM certificate in "+ca) {
			t.Errorf("a file that cannot be used is not named: %v", err)
		}
		write(slices.Concat(first, second))
		if err := distrusted(); err != nil {
			t.Errorf("the new authority is in the file: %v", err)
		}
	})
	t.Run("unknown authority", func(t *testing.T) {
		address, _ := server(t, nil)
		other, _ := Certificate(t)
		send(t, address, file(t, other), lazuli.Permanent, "set ca")
	})
	t.Run("certificate of another host", func(t *testing.T) {
		address, ca := server(t, nil, ForHost("other.example"))
		send(t, address, ca, lazuli.Permanent, "server_name")
	})
	t.Run("certificate expired", func(t *testing.T) {
		address, ca := server(t, nil, Expired)
		send(t, address, ca, lazuli.Permanent, "renewed")
	})
	t.Run("certificate of ours asked for", func(t *testing.T) {
		address, ca := server(t, func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert })
		send(t, address, ca, lazuli.Permanent, "cert and key")
	})
	t.Run("no TLS there", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		plain := &http.Server{ReadHeaderTimeout: time.Second}
		go func() { _ = plain.Serve(l) }()
		t.Cleanup(func() { _ = plain.Close() })
		send(t, l.Addr().String(), "", lazuli.Permanent, "check the port")
	})
	t.Run("nobody listens", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_ = l.Close() // the port is free now
		send(t, l.Addr().String(), "", lazuli.Transient, "nobody listens")
	})
	t.Run("no such host", func(t *testing.T) {
		send(t, "receiver.invalid:6514", "", lazuli.Transient, "reach the")
	})
	t.Run("takes the connection and says nothing", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		began := time.Now()
		send(t, l.Addr().String(), "", lazuli.Transient, "in time")
		if took := time.Since(began); took > 20*Patience {
			t.Errorf("it took %s", took)
		}
	})
	t.Run("ends the connection in the middle of the handshake", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				reset(c)
			}
		}()
		send(t, l.Addr().String(), "", lazuli.Transient, "reach the")
	})
}
