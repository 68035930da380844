// Package tlsconf gives the server its certificate and lets HTTPS and plain HTTP share one port.
//
// Azure's clients send a bearer token over nothing but TLS, so the server makes an authority of its
// own on first start, unless it is given a certificate.
//
// Invariant: private keys are written once, readable by their owner only, and never leave the data
// directory; plain HTTP is told apart by the connection's first byte and never by a header.
package tlsconf

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// The files in DATA/tls.
const (
	Dir         = "tls"
	CAFile      = "ca.pem"
	caKeyFile   = "ca.key"
	certFile    = "server.pem"
	certKeyFile = "server.key"
)

const (
	caLife = 10 * 365 * 24 * time.Hour
	// certLife stays below the 398 days that some clients allow a server's certificate.
	certLife = 365 * 24 * time.Hour
	// renewBefore leaves a quarter to notice when renewal fails.
	renewBefore = 90 * 24 * time.Hour
	// backdate lets clients connect whose clock is a little behind.
	backdate = time.Hour
)

// Options says where the certificate comes from.
type Options struct {
	Data string // the data directory; the authority lives in its folder tls
	// Cert and Key are files in PEM given by the user; both or neither. They are read
	// again when they change, so that a renewed certificate needs no restart.
	Cert, Key string
	Names     []string         // further host names and addresses of the server
	Now       func() time.Time // time.Now when nil
}

// A Source gives out the certificate to serve with. It is safe for concurrent use.
type Source struct {
	o      Options
	caPath string

	mu      sync.Mutex
	current *tls.Certificate
	checked time.Time // when files or expiry were looked at last
	stamp   time.Time // modification time of the user's certificate
}

// New reads or makes what is needed and fails where it cannot serve.
func New(o Options) (*Source, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Source{o: o}
	if (o.Cert == "") != (o.Key == "") {
		return nil, errors.New("TLS needs both a certificate and a key file, or neither")
	}
	if o.Cert == "" {
		s.caPath = filepath.Join(o.Data, Dir, CAFile)
	}
	if _, err := s.certificate(); err != nil {
		return nil, err
	}
	return s, nil
}

// CAPath is the file that clients are to trust, "" where the user brought a certificate.
func (s *Source) CAPath() string { return s.caPath }

// Config returns a server's TLS configuration that always serves the current certificate.
func (s *Source) Config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.certificate() },
	}
}

// certificate returns the certificate to use now. It looks at expiry and files once a minute at most; when
// a renewal fails it goes on with the certificate it has.
func (s *Source) certificate() (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	if s.current != nil && now.Sub(s.checked) < time.Minute {
		return s.current, nil
	}
	s.checked = now
	var fresh *tls.Certificate
	var err error
	if s.o.Cert != "" {
		fresh, err = s.fromUser()
	} else {
		fresh, err = s.fromAuthority(now)
	}
	if err == nil {
		s.current = fresh
	}
	if s.current == nil {
		return nil, err
	}
	return s.current, nil
}

func (s *Source) fromUser() (*tls.Certificate, error) {
	info, err := os.Stat(s.o.Cert)
	if err != nil {
		return nil, fmt.Errorf("read TLS certificate: %w", err)
	}
	if s.current != nil && info.ModTime().Equal(s.stamp) {
		return s.current, nil
	}
	pair, err := tls.LoadX509KeyPair(s.o.Cert, s.o.Key)
	if err != nil {
		return nil, fmt.Errorf("read TLS certificate %s with key %s: %w", s.o.Cert, s.o.Key, err)
	}
	s.stamp = info.ModTime()
	return &pair, nil
}

// fromAuthority returns the server's own certificate, made anew where there is none, where its end is near or
// where it lacks a name.
func (s *Source) fromAuthority(now time.Time) (*tls.Certificate, error) {
	dir := filepath.Join(s.o.Data, Dir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder for TLS: %w", err)
	}
	ca, err := s.authority(dir, now)
	if err != nil {
		return nil, err
	}
	names := s.names()
	pair, err := readPair(dir, certFile, certKeyFile)
	switch {
	case err == nil && fits(pair.Leaf, ca.Leaf, names, now):
		return pair, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: names[0], Organization: []string{"Lazuli"}},
		NotBefore:   now.Add(-backdate),
		NotAfter:    earlier(now.Add(certLife), ca.Leaf.NotAfter),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},

		BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	return makePair(dir, certFile, certKeyFile, template, ca)
}

// authority returns the server's own authority. It is made again only when it has expired: clients trust
// the file, so replacing it early would cut them off for nothing.
func (s *Source) authority(dir string, now time.Time) (*tls.Certificate, error) {
	ca, err := readPair(dir, CAFile, caKeyFile)
	switch {
	case err == nil && now.Before(ca.Leaf.NotAfter):
		return ca, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	host := hostname()
	return makePair(dir, CAFile, caKeyFile, &x509.Certificate{
		Subject:   pkix.Name{CommonName: "Lazuli authority of " + host, Organization: []string{"Lazuli"}},
		NotBefore: now.Add(-backdate),
		NotAfter:  now.Add(caLife),
		KeyUsage:  x509.KeyUsageCertSign | x509.KeyUsageCRLSign,

		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
	}, nil)
}

// names are the host names and addresses that the certificate has to cover.
func (s *Source) names() []string {
	names := []string{"localhost", "127.0.0.1", "::1", hostname()}
	for _, n := range s.o.Names {
		names = append(names, strings.ToLower(strings.Trim(strings.TrimSpace(n), "[]")))
	}
	var unique []string
	for _, n := range names {
		if n != "" && !slices.Contains(unique, n) {
			unique = append(unique, n)
		}
	}
	return unique
}

func fits(leaf, ca *x509.Certificate, names []string, now time.Time) bool {
	if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter.Add(-renewBefore)) || leaf.CheckSignatureFrom(ca) != nil {
		return false
	}
	for _, n := range names {
		if leaf.VerifyHostname(n) != nil {
			return false
		}
	}
	return true
}

func hostname() string {
	name, err := os.Hostname()
	name = strings.ToLower(name)
	if err != nil || name == "" || strings.ContainsAny(name, " _/\\") {
		return "localhost"
	}
	return name
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// readPair reads a certificate and its key. Its error is fs.ErrNotExist where either is missing.
func readPair(dir, cert, key string) (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, cert), filepath.Join(dir, key))
	if err != nil {
		return nil, fmt.Errorf("read %s and %s in %s (remove both to have them made again): %w", cert, key, dir, err)
	}
	return &pair, nil
}

// makePair makes a key and a certificate for it, signed by the authority, or by itself where that is nil. The
// key is written first: a crash between the two leaves no certificate, and both are made again.
func makePair(dir, cert, key string, template *x509.Certificate, authority *tls.Certificate) (*tls.Certificate, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make TLS key: %w", err)
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return nil, fmt.Errorf("make TLS certificate: %w", err)
	}
	parent, signer := template, crypto.PrivateKey(private)
	if authority != nil {
		parent, signer = authority.Leaf, authority.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, private.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("make TLS certificate: %w", err)
	}
	pkcs, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("make TLS key: %w", err)
	}
	if err := os.Remove(filepath.Join(dir, cert)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("replace %s: %w", cert, err)
	}
	if err := write(filepath.Join(dir, key), "PRIVATE KEY", pkcs, 0o600); err != nil {
		return nil, err
	}
	if err := write(filepath.Join(dir, cert), "CERTIFICATE", der, 0o644); err != nil {
		return nil, err
	}
	return readPair(dir, cert, key)
}

// write replaces the file in one step, so that a reader sees the old or the new one.
func write(path, kind string, der []byte, mode fs.FileMode) error {
	temporary := path + ".new"
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write %s: %w", path, err)
	}
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	err = pem.Encode(f, &pem.Block{Type: kind, Bytes: der})
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
