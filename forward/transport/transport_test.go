package transport

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/forwardtest"
	"lazuli.dev/lazuli/internal/secret"
)

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := forwardtest.Certificate(t)
	file := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	f := func(c TLS, wrong string) {
		t.Helper()
		err := c.Validate()
		if err == nil {
			_, err = c.Open()
		}
		if wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)) {
			t.Errorf("%+v: %v, want %q", c, err, wrong)
		}
	}
	certFile, keyFile, text := file("cert.pem", cert), file("key.pem", key), file("text", []byte("no PEM"))
	f(TLS{}, "")
	f(TLS{CA: certFile, Cert: certFile, Key: keyFile}, "")
	f(TLS{CA: filepath.Join(dir, "none")}, "ca: ")
	f(TLS{CA: text}, "no PEM certificate")
	f(TLS{Cert: certFile}, "go together")
	f(TLS{Cert: certFile, Key: text}, "cert: ")
}

func TestCheckURL(t *testing.T) {
	f := func(text string, plain bool, wrong string) {
		t.Helper()
		err := CheckURL(text, plain)
		if wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)) {
			t.Errorf("%s: %v, want %q", text, err, wrong)
		}
	}
	f("https://h/x?y=z", false, "")
	f("http://localhost:1", false, "")
	f("http://[::1]:1", false, "")
	f("http://h", true, "")
	f("http://h", false, "in the clear")
	f("", false, "missing")
	f("h:8088", false, "not an http")
	f("https://u:p@h", false, "not allowed")
}

func TestError(t *testing.T) {
	hide := func(s string) string { return strings.ReplaceAll(s, "secret", "[secret]") }
	err := Error("the receiver", &url.Error{Op: "Post", URL: "https://h/?key=k", Err: errors.New("no route, secret")}, hide)
	if lazuli.KindOf(err) != lazuli.Transient || err.Error() != "reach the receiver: no route, [secret]" {
		t.Error(err)
	}
	if err := Error("the receiver", &url.Error{Err: context.DeadlineExceeded}, hide); err.Error() != "the receiver did not answer in time" {
		t.Error(err)
	}
}

func TestRetryAfter(t *testing.T) {
	f := func(text string, least, most time.Duration) {
		t.Helper()
		if got := RetryAfter(text); got < least || got > most {
			t.Errorf("%q: %v", text, got)
		}
	}
	f("", 0, 0)
	f("3", 3*time.Second, 3*time.Second)
	f("-3", 0, 0)
	f("999999999", 24*time.Hour, 24*time.Hour)
	f("soon", 0, 0)
	f(time.Now().Add(time.Minute).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"), 50*time.Second, time.Minute)
	f("Mon, 02 Jan 2006 15:04:05 GMT", 0, 0)
}

func TestOutcomes(t *testing.T) {
	failed := errors.New("down")
	if out, err := Outcomes(make([]lazuli.Outcome, 2), failed); out != nil || err != failed {
		t.Errorf("nothing done: %v, %v", out, err)
	}
	out, err := Outcomes([]lazuli.Outcome{{Verdict: lazuli.Delivered}, {}, {Reason: "busy"}}, failed)
	if err != nil || out[1].Reason != "down" || out[2].Reason != "busy" {
		t.Errorf("some done: %v, %v", out, err)
	}
}

// TestProxy: requests go through the proxy of the environment, and what authenticates us there is in no error.
func TestProxy(t *testing.T) {
	client, err := Client(TLS{})
	if err != nil {
		t.Fatal(err)
	}
	transport := client.Transport.(*renewing).base
	if transport.Proxy == nil {
		t.Fatal("no proxy is asked for")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close() // the port is free now
	transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", User: url.UserPassword("ada", "s3cr3t"), Host: l.Addr().String()})
	for _, target := range []string{"https://receiver.example/x?key=s3cr3t", "http://receiver.example/x?key=s3cr3t"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err == nil {
			_ = res.Body.Close()
			t.Fatal("there is no proxy")
		}
		if err = Error("the receiver", err, func(s string) string { return s }); strings.Contains(err.Error(), "s3cr3t") || !strings.Contains(err.Error(), "proxyconnect") {
			t.Errorf("%v", err)
		}
	}
}

// TestRenewal: a certificate that is shown is read again when its files have changed, and the one that was read before
// stays in use while they do not fit.
func TestRenewal(t *testing.T) {
	dir := t.TempDir()
	c := TLS{CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	write := func(path string, text []byte) {
		t.Helper()
		if err := os.WriteFile(path+".new", text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	cert, key := forwardtest.Certificate(t)
	write(c.CA, cert)
	write(c.Cert, cert)
	write(c.Key, key)
	files, err := c.Open()
	if err != nil {
		t.Fatal(err)
	}
	first := files.Config()
	if again := files.Config(); again != first {
		t.Error("read again without a change")
	}
	network := errors.New("no route")
	if err := files.Explain(network); err != network {
		t.Errorf("explained without a reason: %v", err)
	}
	next, nextKey := forwardtest.Certificate(t)
	write(c.Cert, next)
	if half := files.Config(); half != first {
		t.Error("a certificate without its key is in use")
	}
	if err := files.Explain(network); !errors.Is(err, network) || !strings.Contains(err.Error(), c.Cert) || !strings.Contains(err.Error(), "stays in use") {
		t.Errorf("the file is not named: %v", err)
	}
	write(c.Key, nextKey)
	second := files.Config()
	if second == first || files.Explain(network) != network {
		t.Error("the new pair is not in use")
	}
	if err := os.Remove(c.CA); err != nil {
		t.Fatal(err)
	}
	if files.Config() != second || !strings.Contains(files.Explain(network).Error(), "ca: ") {
		t.Error("a file that is gone is not named, or what was read is not in use")
	}
}

func TestMasks(t *testing.T) {
	m := NewMasks("https://hooks.example/services/T0/B1234567890?code=c0de%2Fc0de&x=1",
		secret.New("Bearer t0ken-t0ken"), secret.New("Basic "+base64.StdEncoding.EncodeToString([]byte("ada:pa55word"))), secret.New("plain"), secret.New("plain and more"))
	if left := m.Redact("plain and more"); left != secret.Shown {
		t.Errorf("a part of a secret is left: %s", left)
	}
	f := func(answer string, cut bool, want string) {
		t.Helper()
		if got := m.Show([]byte(answer), cut); got != want {
			t.Errorf("%q: %q, want %q", answer, got, want)
		}
	}
	f("", false, "")
	f(" no field\r\n\t\x1b[31mTime\x00 \u202eto \xff", false, "no field [31mTime to \ufffd")
	f("t0ken-t0ken; pa55word; B1234567890; c0de/c0de; c0de%2Fc0de; plain", false, "[secret]; [secret]; [secret]; [secret]; [secret]; [secret]")
	f("Cannot POST /services/T0/B1234567890?code=c0de%2Fc0de&x=1", false, "Cannot POST /services/[secret]?[secret]")
	f(strings.Repeat("ä", 150), false, strings.Repeat("ä", 100)+"…")
	f(strings.Repeat("t0ken-t0ken", 20)+"t0ken-t0", true, strings.Repeat("[secret]", 20)[:168-m.longest])
}

func TestWayOut(t *testing.T) {
	f := func(status int, location, want string) {
		t.Helper()
		if got := WayOut(status, location, "the token"); got != want {
			t.Errorf("%d: %q, want %q", status, got, want)
		}
	}
	f(401, "", "check the token")
	f(403, "", "check the token")
	f(302, "https://u:p@login.example/in?from=s3cr3t#x", "redirects are not followed; set url to where it leads: login.example/in")
	f(301, "", "redirects are not followed; set url to where it leads")
	f(308, "/v2/logs", "redirects are not followed; set url to where it leads: /v2/logs")
	f(304, "", "")
	f(500, "", "")
}
