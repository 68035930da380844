package tlsconf

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// sniffTime is how long a client may be silent before its connection is closed.
const sniffTime = 10 * time.Second

// handshakeRecord is the first byte of every TLS connection; no HTTP method starts with it.
const handshakeRecord = 0x16

// waiting bounds the connections that were accepted and have not said anything yet.
const waiting = 1024

// Share makes of a listener one whose connections are *tls.Conn where the client began a TLS handshake and
// plain where it did not. The handler tells them apart by http.Request.TLS. A silent client
// holds up nobody: the first byte is awaited beside the others.
func Share(l net.Listener, config *tls.Config) net.Listener {
	s := &shared{Listener: l, config: config, ready: make(chan net.Conn), done: make(chan struct{}),
		slots: make(chan struct{}, waiting), silent: map[net.Conn]struct{}{}}
	go s.accept()
	return s
}

type shared struct {
	net.Listener
	config *tls.Config
	ready  chan net.Conn
	slots  chan struct{}
	done   chan struct{} // closed by end
	failed error         // why it ended; written before done is closed

	mu     sync.Mutex
	ended  bool
	silent map[net.Conn]struct{} // accepted, first byte awaited
}

func (s *shared) accept() {
	for {
		conn, err := s.Listener.Accept()
		if err != nil {
			var temporary interface{ Temporary() bool }
			if errors.As(err, &temporary) && temporary.Temporary() {
				// Out of file descriptors, mostly: let others finish.
				select {
				case <-time.After(50 * time.Millisecond):
					continue
				case <-s.done:
				}
			}
			s.end(err)
			return
		}
		select {
		case s.slots <- struct{}{}:
		case <-s.done:
			_ = conn.Close()
			continue
		}
		go func() {
			told := s.sniff(conn)
			<-s.slots
			if told == nil {
				_ = conn.Close()
				return
			}
			select {
			case s.ready <- told:
			case <-s.done:
				_ = conn.Close()
			}
		}()
	}
}

// end lets Accept fail with err and closes the connections that have not said anything.
func (s *shared) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	s.ended, s.failed = true, err
	close(s.done)
	for conn := range s.silent {
		_ = conn.Close()
	}
}

// await notes that the connection is silent, or no longer so. It reports whether to go on.
func (s *shared) await(conn net.Conn, silent bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if silent && !s.ended {
		s.silent[conn] = struct{}{}
	} else {
		delete(s.silent, conn)
	}
	return !s.ended
}

// sniff reads the first byte and returns the connection to serve, nil where there is none.
func (s *shared) sniff(conn net.Conn) net.Conn {
	if !s.await(conn, true) {
		return nil
	}
	defer s.await(conn, false)
	if err := conn.SetReadDeadline(time.Now().Add(sniffTime)); err != nil {
		return nil
	}
	var first [1]byte
	if n, _ := conn.Read(first[:]); n == 0 {
		return nil
	}
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		return nil
	}
	again := &unread{Conn: conn, first: first[:]}
	if first[0] == handshakeRecord {
		return tls.Server(again, s.config)
	}
	return again
}

// Accept returns the next connection that has begun to speak.
func (s *shared) Accept() (net.Conn, error) {
	select {
	case conn := <-s.ready:
		return conn, nil
	case <-s.done:
		return nil, s.failed
	}
}

// Close stops listening and closes the connections that have not said anything; those that were
// returned are not touched.
func (s *shared) Close() error {
	s.end(net.ErrClosed)
	return s.Listener.Close()
}

// unread is a connection whose first byte was read and is read again.
type unread struct {
	net.Conn
	first []byte
}

// Read returns the first byte and then what follows.
func (u *unread) Read(p []byte) (int, error) {
	if len(u.first) > 0 && len(p) > 0 {
		n := copy(p, u.first)
		u.first = u.first[n:]
		return n, nil
	}
	return u.Conn.Read(p)
}
