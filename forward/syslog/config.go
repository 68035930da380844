// Package syslog delivers events to syslog receivers: over UDP, TCP or TLS, with headers of RFC 5424 or
// RFC 3164, as JSON, CEF or LEEF 2.0.
//
// Syslog has no acknowledgements, and what Delivered means here is as much as the transport lets one know:
// over TCP and TLS that the receiver's machine has confirmed all bytes, over UDP that they left this one. A
// receiver that dies may lose what its machine had taken and it had not read. So the last megabytes are
// kept, and sent again first when a connection is found broken: with the same ids, in the same order.
// Invariant: an event counts as Delivered only when all its bytes were confirmed on a connection that
// was not known to be broken, and a message is never cut.
package syslog

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"lazuli.dev/lazuli/forward/transport"
)

// Config describes one receiver.
type Config struct {
	// Address is host:port; the usual ports are 514 for UDP and TCP and 6514 for TLS.
	Address string `yaml:"address"`
	// Transport is tls (default), tcp or udp.
	Transport string `yaml:"transport"`
	// Header is rfc5424 (default), rfc3164, or none: the body alone.
	Header string `yaml:"header"`
	// Format of the body is json (default), cef, leef, or original: the text that a row of Syslog came with, a row of
	// CommonSecurityLog as CEF, and all others as JSON.
	Format string `yaml:"format"`
	// Relay gives rows that came as syslog the header they came with: facility, severity, host, program, process, message
	// id and structured data. Default true; false gives them the one of this output.
	Relay *bool `yaml:"relay"`
	// StructuredData of RFC 5424 is none (default); event: the event's id, table and workspace; or columns: these and
	// all columns.
	StructuredData string `yaml:"structured_data"`
	// Enterprise is the number behind the @ of our structured data. Default 32473, which is reserved for examples.
	Enterprise int `yaml:"enterprise"`
	// BOM puts U+FEFF before the text, as RFC 5424 has it for UTF-8. Default false: most receivers take it for text.
	BOM bool `yaml:"bom"`
	// TimeZone of the times in headers of RFC 3164, which do not say it; a name of the IANA database. Default UTC.
	TimeZone string `yaml:"time_zone"`
	// Framing is octets (a length before each message) or lf (a line break behind it). Default: octets over
	// TLS, lf over TCP. UDP has none.
	Framing string `yaml:"framing"`
	// Facility and Severity of all messages; default local0 and info.
	Facility string `yaml:"facility"`
	Severity string `yaml:"severity"`
	// Hostname in the header; default is this machine's name.
	Hostname string `yaml:"hostname"`
	// App is the name of the program in the header; default lazuli.
	App string `yaml:"app"`
	// MaxBytes is the size of one message, header included. Default 65536, over UDP 8192.
	MaxBytes int `yaml:"max_bytes"`
	// Resend is how many bytes at least, of what was sent last and within the minute before the end, are sent again
	// when a connection is found broken. Default 4194304; -1 sends nothing again.
	Resend int `yaml:"resend"`
	// Timeout is how long connecting and confirming may take. Default 30s.
	Timeout time.Duration `yaml:"timeout"`

	transport.TLS `yaml:",inline"`
}

// minMessage is what every receiver of syslog takes.
const minMessage = 480

// maxDatagram is what UDP over IPv4 can carry.
const maxDatagram = 65507

// resendAge is how old what is sent again may be: a receiver that is alive has read it by then.
const resendAge = time.Minute

var (
	facilities = []string{
		"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit",
		"alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
	}
	severities = []string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}
)

// withDefaults fills what was not set.
func (c Config) withDefaults() Config {
	for _, d := range []struct {
		to    *string
		value string
	}{{&c.Transport, "tls"}, {&c.Header, "rfc5424"}, {&c.Format, "json"}, {&c.Facility, "local0"}, {&c.Severity, "info"}, {&c.App, "lazuli"}, {&c.StructuredData, "none"}} {
		if *d.to == "" {
			*d.to = d.value
		}
	}
	if c.Framing == "" {
		c.Framing = "octets"
		if c.Transport == "tcp" {
			c.Framing = "lf"
		}
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = 65536
		if c.Transport == "udp" {
			c.MaxBytes = 8192
		}
	}
	if c.Enterprise == 0 {
		c.Enterprise = 32473
	}
	if c.Resend == 0 {
		c.Resend = 4 << 20
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	return c
}

// Validate reports the first thing that is wrong, by the key's name.
func (c Config) Validate() error {
	if c.Address == "" {
		return errors.New("address: missing; for example siem.example.org:6514")
	}
	if host, port, err := net.SplitHostPort(c.Address); err != nil || host == "" || port == "" {
		return fmt.Errorf("address: %q is not host:port", c.Address)
	}
	d := c.withDefaults()
	for _, f := range []struct {
		key, value string
		of         []string
	}{
		{"transport", d.Transport, []string{"tls", "tcp", "udp"}},
		{"header", d.Header, []string{"rfc5424", "rfc3164", "none"}},
		{"format", d.Format, []string{"json", "cef", "leef", "original"}},
		{"framing", d.Framing, []string{"octets", "lf"}},
		{"structured_data", d.StructuredData, []string{"none", "event", "columns"}},
		{"facility", d.Facility, facilities},
		{"severity", d.Severity, severities},
	} {
		if indexOf(f.of, f.value) < 0 {
			return fmt.Errorf("%s: %q is none of %s", f.key, f.value, strings.Join(f.of, ", "))
		}
	}
	switch {
	case c.Transport == "udp" && c.Framing != "":
		return errors.New("framing: a datagram is one message; there is nothing to choose over udp")
	case d.MaxBytes < minMessage:
		return fmt.Errorf("max_bytes: %d is less than %d, which every receiver takes", c.MaxBytes, minMessage)
	case d.Transport == "udp" && d.MaxBytes > maxDatagram:
		return fmt.Errorf("max_bytes: %d is more than the %d of a datagram", c.MaxBytes, maxDatagram)
	case c.Enterprise < 0:
		return fmt.Errorf("enterprise: %d is no number of an enterprise", c.Enterprise)
	case d.Header != "rfc5424" && (d.StructuredData != "none" || c.Enterprise != 0):
		return fmt.Errorf("structured_data: only the header rfc5424 has it, not %s", d.Header)
	case d.Header != "rfc5424" && c.BOM:
		return fmt.Errorf("bom: only the header rfc5424 has it, not %s", d.Header)
	case d.Header != "rfc3164" && c.TimeZone != "":
		return fmt.Errorf("time_zone: times are UTC and say so with the header %s; this is for rfc3164", d.Header)
	case c.Timeout < 0:
		return errors.New("timeout: negative")
	case d.Transport != "tls" && c.TLS != transport.TLS{}:
		return fmt.Errorf("transport: ca, cert, key and server_name are for tls, not for %s", d.Transport)
	}
	if _, err := time.LoadLocation(c.TimeZone); err != nil {
		return fmt.Errorf("time_zone: %w", err)
	}
	for _, f := range []struct{ key, value string }{{"hostname", c.Hostname}, {"app", c.App}} {
		if f.value != "" && string(printable(nil, f.value, 255)) != f.value {
			return fmt.Errorf("%s: %q has a blank or a character that is not ASCII", f.key, f.value)
		}
	}
	return c.TLS.Validate()
}

func indexOf(list []string, s string) int {
	for i, x := range list {
		if x == s {
			return i
		}
	}
	return -1
}
