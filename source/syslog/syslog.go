// Package syslog receives syslog over UDP, TCP and TLS: RFC 5424, RFC 3164 and whatever else is sent
// as such, framed by RFC 6587 (counted and line by line, found out message by message), RFC 5425 and RFC 5426.
//
// The messages of all senders are gathered, as received, into one batch for a few milliseconds (package sysframe has
// the form), so that one wait for the disk serves many of them. What a message says is for the decoder.
//
// Invariant: every byte that was read is in a batch, once and unchanged, and the bytes of one connection are in their
// order. When batches are not taken nothing more is read: senders over TCP and TLS then wait; of
// datagrams the kernel drops some and counts them.
package syslog

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"lazuli.dev/lazuli"
)

const (
	// frameBytes is the size from which a batch is not filled further.
	frameBytes = 1 << 20
	// frameWait is how long a batch gathers messages after its first.
	frameWait = 5 * time.Millisecond
	// drainTime is how long senders have, at a stop, to notice it; what they send until then is taken.
	drainTime = 2 * time.Second
	// handshakeTime is how long a TLS handshake may take.
	handshakeTime = 10 * time.Second
)

// Options are what a Source needs beside its configuration.
type Options struct {
	Name      string // of the source: the origin's system is syslog/NAME
	Workspace string
	// Certificate gives the certificate for TLS; needed where ListenTLS is set.
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	Now         func() time.Time // nil = time.Now
	Log         *slog.Logger     // nil = slog.Default
}

// A Source is a running receiver. It implements lazuli.Receiver.
type Source struct {
	c   Config
	o   Options
	log *slog.Logger
	tls *tls.Config

	gather gather
	gate   gate
	slots  chan struct{} // one for each open connection

	listeners []*listener
	udp       *datagrams // nil = none

	draining chan struct{} // closed by Drain
	running  sync.WaitGroup
	stop     sync.Once
	open     atomic.Int64 // connections
	crowded  atomic.Bool  // all connections are in use and one more may wait
	warned   atomic.Int64 // when the log was told so last, in seconds since 1970

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// A listener accepts connections of one transport.
type listener struct {
	*net.TCPListener
	transport string
}

// New binds the addresses and begins to receive.
func New(c Config, o Options) (_ *Source, err error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("open source %s: %w", o.Name, err)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	c = c.withDefaults()
	s := &Source{c: c, o: o, log: o.Log.With("source", o.Name), slots: make(chan struct{}, c.MaxConnections), draining: make(chan struct{}), conns: map[net.Conn]struct{}{}}
	s.gather.init(o)
	s.gate.init()
	defer func() {
		if err != nil {
			err = fmt.Errorf("open source %s: %w", o.Name, err)
			s.shut()
		}
	}()
	if c.ListenTLS != "" {
		if s.tls, err = s.tlsConfig(); err != nil {
			return nil, err
		}
	}
	for _, l := range []struct{ transport, address string }{{"tcp", c.ListenTCP}, {"tls", c.ListenTLS}} {
		if l.address == "" {
			continue
		}
		bound, err := net.Listen("tcp", l.address)
		if err != nil {
			return nil, fmt.Errorf("listen for syslog over %s on %s: %w", l.transport, l.address, err)
		}
		s.listeners = append(s.listeners, &listener{bound.(*net.TCPListener), l.transport})
	}
	if c.ListenUDP != "" {
		s.udp = &datagrams{s: s, address: c.ListenUDP}
		if err = s.udp.bind(); err != nil {
			return nil, err
		}
	}
	for _, l := range s.listeners {
		s.running.Go(func() { s.accept(l) })
	}
	go func() {
		<-s.draining
		s.running.Wait()
		s.gather.end()
	}()
	return s, nil
}

func (s *Source) tlsConfig() (*tls.Config, error) {
	if s.o.Certificate == nil {
		return nil, errors.New("no certificate for TLS")
	}
	// Tickets would lie unread at senders that only write; see leave.
	t := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: s.o.Certificate, SessionTicketsDisabled: true}
	if s.c.ClientCA == "" {
		return t, nil
	}
	text, err := os.ReadFile(s.c.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("read client_ca: %w", err)
	}
	t.ClientCAs, t.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
	if !t.ClientCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read client_ca: %s holds no certificate in PEM", s.c.ClientCA)
	}
	return t, nil
}

// Read gives the next batch, io.EOF after the last one of a source that was drained.
func (s *Source) Read(ctx context.Context) (*lazuli.Batch, error) { return s.gather.read(ctx) }

// Pause stops reading and accepting; senders over TCP and TLS wait. The socket for UDP is closed, so that senders on
// this machine or near it are told, and nothing comes in that nobody reads.
func (s *Source) Pause() {
	s.gate.shut()
	if s.udp != nil {
		s.udp.close()
	}
	s.interrupt()
}

// Resume takes up receiving after Pause. It fails where the address for UDP was given to somebody else.
func (s *Source) Resume() error {
	if s.udp != nil {
		if err := s.udp.bind(); err != nil {
			return fmt.Errorf("resume source %s: %w", s.o.Name, err)
		}
	}
	s.gate.open(func() { s.deadlines(time.Time{}) })
	return nil
}

// interrupt ends the reads and accepts under way, so that they see what has changed.
func (s *Source) interrupt() { s.deadlines(time.Unix(1, 0)) }

func (s *Source) deadlines(t time.Time) {
	for _, l := range s.listeners {
		_ = l.SetDeadline(t) // closed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.SetReadDeadline(t) // closed
	}
}

// Drain stops listening, and ends every connection in order: its sender is told that nobody reads any
// more, and has drainTime to end the connection; what comes until then is taken.
func (s *Source) Drain() {
	s.stop.Do(func() {
		close(s.draining)
		for _, l := range s.listeners {
			_ = l.Close() // closed twice at worst
		}
		if s.udp != nil {
			s.udp.drain()
		}
		s.gate.open(s.interrupt)
	})
}

// Close ends everything; what was not acknowledged is forgotten, and the log says how much that was.
func (s *Source) Close() error {
	s.Drain()
	s.shut()
	s.running.Wait()
	if n := s.gather.forgotten(); n > 0 {
		s.log.Error("messages were read and could not be kept; they are lost", "messages", n)
	}
	return nil
}

// shut closes what is open, and lets nobody wait for room any more.
func (s *Source) shut() {
	for _, l := range s.listeners {
		_ = l.Close() // closed twice at worst
	}
	if s.udp != nil {
		s.udp.close()
	}
	s.gather.giveUp()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close() // its own goroutine may have done so
	}
}

// State says where the source listens and how it is.
func (s *Source) State() lazuli.ReceiverState {
	st := lazuli.ReceiverState{Connections: int(s.open.Load()), Dropped: -1}
	if s.udp != nil {
		st.Listens = append(st.Listens, "udp://"+s.udp.where())
		st.Dropped = s.udp.dropped()
	}
	for _, l := range s.listeners {
		st.Listens = append(st.Listens, l.transport+"://"+l.Addr().String())
	}
	var problems []string
	if s.crowded.Load() {
		problems = append(problems, fmt.Sprintf("all of max_connections (%d) are in use; further senders wait", s.c.MaxConnections))
	}
	if s.udp != nil {
		if p := s.udp.problem(); p != "" {
			problems = append(problems, p)
		}
	}
	st.Problem = strings.Join(problems, "; ")
	return st
}

var _ lazuli.Receiver = (*Source)(nil)

// A gate is shut while the source is paused.
type gate struct {
	mu     sync.Mutex
	cond   sync.Cond
	closed bool
}

func (g *gate) init() { g.cond.L = &g.mu }

func (g *gate) shut() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
}

// open lets everybody pass; before that, first is done.
func (g *gate) open(first func()) {
	g.mu.Lock()
	g.closed = false
	first()
	g.cond.Broadcast()
	g.mu.Unlock()
}

// pass waits until the gate is open.
func (g *gate) pass() {
	g.mu.Lock()
	for g.closed {
		g.cond.Wait()
	}
	g.mu.Unlock()
}

// isShut reports whether pass would wait.
func (g *gate) isShut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}
