package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
)

// TLS says how a receiver is recognised, and how it recognises us.
type TLS struct {
	// CA is a PEM file of the authorities to trust instead of the system's.
	CA string `yaml:"ca"`
	// Cert and Key are PEM files of the certificate to show, where the receiver asks for one.
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
	// ServerName is the name in the receiver's certificate, where it is not that of the address.
	ServerName string `yaml:"server_name"`
}

// Validate reports the first thing that is wrong, by the key's name: what the files hold, too.
func (t TLS) Validate() error {
	if (t.Cert == "") != (t.Key == "") {
		return errors.New("cert: cert and key go together")
	}
	_, err := t.read()
	return err
}

// read makes a configuration of what the files hold now.
func (t TLS) read() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, fmt.Errorf("ca: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca: no PEM certificate in %s", t.CA)
		}
	}
	if t.Cert != "" {
		if _, err := os.Stat(t.Key); err != nil {
			return nil, fmt.Errorf("key: %w", err) // before the pair is read, whose error names no key
		}
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, fmt.Errorf("cert: %s with %s: %w", t.Cert, t.Key, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// Files are those of a TLS, read again when one of them has changed, so that authorities and certificates are renewed
// without a restart. It is safe for concurrent use.
type Files struct {
	tls TLS

	mu      sync.Mutex
	seen    [3]os.FileInfo // of the files that config was made of
	config  *tls.Config
	problem error // why config is not that of the files as they are now
}

// Open reads the files.
func (t TLS) Open() (*Files, error) {
	f := &Files{tls: t}
	if f.Config(); f.config == nil {
		return nil, f.problem
	}
	return f, nil
}

// Config is what the files say: the same pointer as long as none of them has changed. When they cannot be read the one
// that was read before stays in use, and Problem says why; nil when there was none.
func (f *Files) Config() *tls.Config {
	f.mu.Lock()
	defer f.mu.Unlock()
	now, err := f.stat()
	if err == nil && f.config != nil && f.same(now) {
		f.note(nil)
		return f.config
	}
	if err == nil {
		var c *tls.Config
		if c, err = f.tls.read(); err == nil {
			// What was there before it was read: a change in between is seen the next time.
			f.seen, f.config = now, c
		}
	}
	f.note(err)
	return f.config
}

// stat looks at the files. An error names the key.
func (f *Files) stat() (now [3]os.FileInfo, err error) {
	for i, file := range []struct{ key, path string }{{"ca", f.tls.CA}, {"cert", f.tls.Cert}, {"key", f.tls.Key}} {
		if file.path == "" {
			continue
		}
		if now[i], err = os.Stat(file.path); err != nil {
			return now, fmt.Errorf("%s: %w", file.key, err)
		}
	}
	return now, nil
}

// same reports whether these are the files that the configuration was made of. The caller holds mu.
func (f *Files) same(now [3]os.FileInfo) bool {
	for i, n := range now {
		if s := f.seen[i]; n != nil && (!os.SameFile(s, n) || !s.ModTime().Equal(n.ModTime()) || s.Size() != n.Size()) {
			return false
		}
	}
	return true
}

// note keeps why the files cannot be used, and logs it once. The caller holds mu.
func (f *Files) note(err error) {
	if err != nil && f.config != nil {
		err = fmt.Errorf("%w; what was read before stays in use until the file is put right", err)
		if f.problem == nil || f.problem.Error() != err.Error() {
			slog.Warn("a file of an output has changed and cannot be used", "error", err)
		}
	}
	f.problem = err
}

// Explain adds to an error of the network that the files could not be read again, where that is so.
func (f *Files) Explain(err error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil || f.problem == nil {
		return err
	}
	return fmt.Errorf("%w; %w", err, f.problem)
}

// Client makes an HTTP client, which reads the files again when they have changed. It follows no redirect: what
// authenticates us must not come to another place.
func Client(t TLS) (*http.Client, error) {
	files, err := t.Open()
	if err != nil {
		return nil, err
	}
	return &http.Client{
		Transport:     &renewing{files: files, base: http.DefaultTransport.(*http.Transport).Clone()},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// renewing is an HTTP transport that begins with new connections when the files of its TLS have changed.
type renewing struct {
	files *Files
	base  *http.Transport // what all have but the TLS

	mu      sync.Mutex
	config  *tls.Config // of current
	current *http.Transport
}

// RoundTrip implements http.RoundTripper.
func (r *renewing) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := r.transport().RoundTrip(req)
	return res, r.files.Explain(err)
}

func (r *renewing) transport() *http.Transport {
	config := r.files.Config()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.config != config {
		if r.current != nil {
			r.current.CloseIdleConnections()
		}
		r.config, r.current = config, r.base.Clone()
		r.current.TLSClientConfig = config.Clone()
	}
	return r.current
}

// CloseIdleConnections is what http.Client.CloseIdleConnections calls.
func (r *renewing) CloseIdleConnections() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current != nil {
		r.current.CloseIdleConnections()
	}
}
