package tlsconf_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lazuli.dev/lazuli/api/tlsconf"
)

var start = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func leaf(t *testing.T, s *tlsconf.Source) *x509.Certificate {
	t.Helper()
	pair, err := s.Config().GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func readCA(t *testing.T, s *tlsconf.Source) *x509.Certificate {
	t.Helper()
	text, err := os.ReadFile(s.CAPath())
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode(text)
	if block == nil || len(rest) != 0 {
		t.Fatalf("%s is not one PEM block", s.CAPath())
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestAuthority(t *testing.T) {
	now := start
	data := t.TempDir()
	o := tlsconf.Options{Data: data, Names: []string{"Lazuli.example", "192.0.2.7"}, Now: func() time.Time { return now }}
	s, err := tlsconf.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ca, cert := readCA(t, s), leaf(t, s)
	if !ca.IsCA || ca.KeyUsage != x509.KeyUsageCertSign|x509.KeyUsageCRLSign || !ca.MaxPathLenZero {
		t.Errorf("authority: CA %v, key usage %b, path length 0 %v", ca.IsCA, ca.KeyUsage, ca.MaxPathLenZero)
	}
	if _, ok := ca.PublicKey.(*ecdsa.PublicKey); !ok {
		t.Errorf("the authority's key is %T", ca.PublicKey)
	}
	if cert.IsCA || cert.KeyUsage != x509.KeyUsageDigitalSignature {
		t.Errorf("server: CA %v, key usage %b", cert.IsCA, cert.KeyUsage)
	}
	if life := cert.NotAfter.Sub(cert.NotBefore); life > 398*24*time.Hour {
		t.Errorf("the server's certificate lives %v, more than clients allow", life)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	host, _ := os.Hostname()
	for _, name := range []string{"localhost", "127.0.0.1", "::1", "lazuli.example", "192.0.2.7", host} {
		if _, err := cert.Verify(x509.VerifyOptions{DNSName: name, Roots: pool, CurrentTime: now}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := cert.Verify(x509.VerifyOptions{DNSName: "elsewhere.example", Roots: pool, CurrentTime: now}); err == nil {
		t.Error("a name that nobody configured is covered")
	}
	for _, name := range []string{"ca.key", "server.key"} {
		info, err := os.Stat(filepath.Join(data, tlsconf.Dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}

	again, err := tlsconf.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if !leaf(t, again).Equal(cert) || !readCA(t, again).Equal(ca) {
		t.Error("a second start made new certificates")
	}
	now = start.Add(300 * 24 * time.Hour)
	renewed := leaf(t, s)
	if renewed.Equal(cert) || !renewed.NotAfter.After(cert.NotAfter) {
		t.Error("a certificate near its end was not renewed while running")
	}
	if !readCA(t, s).Equal(ca) {
		t.Error("renewing the server's certificate replaced the authority")
	}
	o.Names = append(o.Names, "new.example")
	more, err := tlsconf.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := leaf(t, more).VerifyHostname("new.example"); err != nil {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(data, tlsconf.Dir, "server.key")); err != nil {
		t.Fatal(err)
	}
	if _, err := tlsconf.New(o); err != nil {
		t.Errorf("without the server's key: %v", err)
	}
	if err := os.WriteFile(filepath.Join(data, tlsconf.Dir, "ca.pem"), []byte("broken"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := tlsconf.New(o); err == nil {
		t.Error("a broken authority is silently replaced")
	}
}

func TestUserCertificate(t *testing.T) {
	made, err := tlsconf.New(tlsconf.Options{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(made.CAPath())
	o := tlsconf.Options{Data: t.TempDir(), Cert: filepath.Join(dir, "server.pem"), Key: filepath.Join(dir, "server.key")}
	s, err := tlsconf.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if s.CAPath() != "" || !leaf(t, s).Equal(leaf(t, made)) {
		t.Error("the user's certificate is not the one served")
	}
	o.Key = ""
	if _, err := tlsconf.New(o); err == nil {
		t.Error("a certificate without a key is taken")
	}
	o.Key = filepath.Join(dir, "ca.key")
	if _, err := tlsconf.New(o); err == nil {
		t.Error("a key that does not fit is taken")
	}
}

func TestSharedPort(t *testing.T) {
	s, err := tlsconf.New(tlsconf.Options{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config := s.Config()
	server := &http.Server{TLSConfig: config, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "tls=%v proto=%d body=%d", r.TLS != nil, r.ProtoMajor, len(body))
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(tlsconf.Share(l, config)) }()

	silent, err := net.Dial("tcp", l.Addr().String()) // must hold up nobody
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })

	pool := x509.NewCertPool()
	pool.AddCert(readCA(t, s))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	f := func(url, want string) {
		t.Helper()
		resp, err := client.Post(url, "text/plain", bytes.NewReader(make([]byte, 100_000)))
		if err != nil {
			t.Error(err)
			return
		}
		got, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || string(got) != want {
			t.Errorf("%s says %q (%v), want %q", url, got, err, want)
		}
	}
	for range 3 {
		f("http://"+l.Addr().String()+"/", "tls=false proto=1 body=100000")
		f("https://"+l.Addr().String()+"/", "tls=true proto=2 body=100000")
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	f("https://localhost:"+port+"/", "tls=true proto=2 body=100000")

	untrusting := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool()}}}
	if resp, err := untrusting.Get("https://" + l.Addr().String()); err == nil {
		_ = resp.Body.Close()
		t.Error("a client that does not trust the authority connects")
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; err != http.ErrServerClosed {
		t.Errorf("Serve ended with %v", err)
	}
}
