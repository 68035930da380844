package syslog

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// Config describes one receiver of syslog. At least one of the listen keys is set.
type Config struct {
	// ListenUDP, ListenTCP and ListenTLS are host:port; an empty host is every address of this machine. The usual ports
	// are 514 for UDP and TCP and 6514 for TLS.
	ListenUDP string `yaml:"listen_udp"`
	ListenTCP string `yaml:"listen_tcp"`
	ListenTLS string `yaml:"listen_tls"`
	// Cert and Key are PEM files of the certificate for TLS, read again when they change. Without them the
	// server's own certificate is used.
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
	// ClientCA is a PEM file of authorities; when it is set, a sender over TLS has to show a certificate of one of them.
	ClientCA string `yaml:"client_ca"`
	// MaxMessage is the size of one message in bytes; the rest of a longer one is kept apart. Default 65536.
	MaxMessage int `yaml:"max_message"`
	// MaxConnections of TCP and TLS together; further ones wait until one of these ends. Default 1000.
	MaxConnections int `yaml:"max_connections"`
	// Idle is after how long a connection without messages is closed. Default 0: never.
	Idle time.Duration `yaml:"idle"`
	// UDPBuffer is how many bytes of datagrams the kernel is asked to hold until they are read. Default 16777216.
	UDPBuffer int `yaml:"udp_buffer"`
}

const (
	defaultMessage     = 64 << 10
	defaultConnections = 1000
	defaultUDPBuffer   = 16 << 20
	// largestMessage: a longer text has no place in a row.
	largestMessage = 64 << 10
	// smallestMessage is what RFC 5424 asks every receiver to take.
	smallestMessage = 480
)

// withDefaults fills what was not set.
func (c Config) withDefaults() Config {
	if c.MaxMessage == 0 {
		c.MaxMessage = defaultMessage
	}
	if c.MaxConnections == 0 {
		c.MaxConnections = defaultConnections
	}
	if c.UDPBuffer == 0 {
		c.UDPBuffer = defaultUDPBuffer
	}
	return c
}

// Validate reports the first thing that is wrong, by the key's name.
func (c Config) Validate() error {
	if c.ListenUDP == "" && c.ListenTCP == "" && c.ListenTLS == "" {
		return errors.New("listen_tcp: missing; one or more of listen_udp, listen_tcp and listen_tls, for example 0.0.0.0:514")
	}
	for _, l := range []struct{ key, value string }{{"listen_udp", c.ListenUDP}, {"listen_tcp", c.ListenTCP}, {"listen_tls", c.ListenTLS}} {
		if l.value == "" {
			continue
		}
		_, port, err := net.SplitHostPort(l.value)
		if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 && port != "0" {
			return fmt.Errorf("%s: %q is not host:port", l.key, l.value)
		}
	}
	d := c.withDefaults()
	switch {
	case c.ListenTCP != "" && c.ListenTCP == c.ListenTLS && !anyPort(c.ListenTCP):
		return errors.New("listen_tls: the same as listen_tcp; each needs a port of its own")
	case (c.Cert == "") != (c.Key == ""):
		return errors.New("cert: cert and key go together")
	case c.ListenTLS == "" && (c.Cert != "" || c.ClientCA != ""):
		return errors.New("listen_tls: missing; cert, key and client_ca are for TLS")
	case d.MaxMessage < smallestMessage || d.MaxMessage > largestMessage:
		return fmt.Errorf("max_message: %d is not between %d and %d", c.MaxMessage, smallestMessage, largestMessage)
	case d.MaxConnections < 1:
		return errors.New("max_connections: negative")
	case c.Idle < 0:
		return errors.New("idle: negative")
	case d.UDPBuffer < 1:
		return errors.New("udp_buffer: negative")
	}
	return nil
}

// anyPort reports whether the system picks the port.
func anyPort(address string) bool {
	_, port, err := net.SplitHostPort(address)
	return err == nil && port == "0"
}
