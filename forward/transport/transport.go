// Package transport has what forwarders share on the way to a receiver: TLS, an HTTP client that keeps
// secrets where they belong, and the kinds of errors of a network.
//
// Invariant: a certificate is always verified, and an error that this package makes names no URL, no header
// and no secret.
package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"lazuli.dev/lazuli"
)

// CheckURL reports what is wrong with a receiver's URL: anything but http or https, and http to another
// machine unless plain is set, for then a secret would be sent in the clear.
func CheckURL(text string, plain bool) error {
	if text == "" {
		return errors.New("url: missing")
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("url: not an http or https URL")
	}
	if u.User != nil || u.Fragment != "" {
		return errors.New("url: user and fragment are not allowed; secrets have keys of their own")
	}
	if u.Scheme == "http" && !plain && !IsLoopback(u.Hostname()) {
		return errors.New("url: http would send what authenticates us in the clear; use https or set allow_plain_http")
	}
	return nil
}

// IsLoopback reports whether a host is this machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Error classifies what the network said: certificates and refused handshakes need a person, and are told with what
// that person can do; the rest needs time.
func Error(who string, err error, redact func(string) string) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // without the URL: the configuration names it
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return &lazuli.Error{Kind: lazuli.Transient, Public: who + " did not answer in time"}
	}
	kind, hint := advice(err)
	text := "reach " + who + ": " + redact(err.Error())
	if hint != "" {
		text += "; " + hint
	}
	return &lazuli.Error{Kind: kind, Public: text}
}

// advice is the kind of an error of the network, and what a person can do about it.
func advice(err error) (kind lazuli.Kind, hint string) {
	var (
		certificate *tls.CertificateVerificationError
		unknown     x509.UnknownAuthorityError
		invalid     x509.CertificateInvalidError
		name        x509.HostnameError
		alert       tls.AlertError
		record      tls.RecordHeaderError
		lookup      *net.DNSError
	)
	switch {
	case errors.As(err, &unknown):
		return lazuli.Permanent, "set ca to the PEM file of the authority that signed its certificate"
	case errors.As(err, &name):
		return lazuli.Permanent, "set server_name to a name that its certificate has"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return lazuli.Permanent, "its certificate has to be renewed, or a clock is wrong"
	case errors.As(err, &certificate), errors.As(err, &invalid):
		return lazuli.Permanent, ""
	case errors.As(err, &alert), strings.Contains(err.Error(), "remote error: tls:"):
		return lazuli.Permanent, "it refuses us: it may ask for a certificate, see cert and key, or for another version of TLS"
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return lazuli.Permanent, "no TLS is spoken there: check the port"
	case errors.As(err, &lookup) && lookup.IsNotFound:
		return lazuli.Transient, "check the name"
	case errors.Is(err, syscall.ECONNREFUSED):
		return lazuli.Transient, "nobody listens there: check the port, and whether it runs"
	}
	return lazuli.Transient, ""
}

// RetryAfter reads the header of that name: seconds or a date. 0 when there is none.
func RetryAfter(text string) time.Duration {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return time.Duration(min(n, 24*3600)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, min(time.Until(at), 24*time.Hour))
	}
	return 0
}

// KindOf is the kind of an HTTP status that is no success. Those that blame what was sent are Invalid.
func KindOf(status int) lazuli.Kind {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusProxyAuthRequired:
		return lazuli.Denied
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status == http.StatusTooEarly || status >= 500:
		return lazuli.Transient
	case status == http.StatusBadRequest || status == http.StatusRequestEntityTooLarge || status == http.StatusUnprocessableEntity:
		return lazuli.Invalid
	}
	return lazuli.Permanent
}

// Outcomes is what Send returns after an error that stopped it: the outcomes, where some event has one, with the
// error as the reason of those that are left; the error alone otherwise.
func Outcomes(out []lazuli.Outcome, failed error) ([]lazuli.Outcome, error) {
	if failed == nil {
		return out, nil
	}
	done := false
	for i := range out {
		if out[i].Verdict != lazuli.Retry {
			done = true
		} else if out[i].Reason == "" {
			out[i].Reason = failed.Error()
		}
	}
	if done {
		return out, nil
	}
	return nil, failed
}
