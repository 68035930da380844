package syslog

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"time"

	"lazuli.dev/lazuli/internal/sysframe"
)

const (
	// readBytes is what is read at once from a connection that has much to say; one that has little keeps less.
	readBytes, firstBytes = 64 << 10, 4 << 10
	// acceptPause is how long accepting rests after an error, which mostly is that there are too many open files.
	acceptPause = 200 * time.Millisecond
	// crowdedPause is how many seconds the log is quiet about senders that wait, after it was told.
	crowdedPause = 60
)

// keepAlive finds senders that are gone without a word within about two minutes.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4}

// accept takes connections until the source is drained. While all of MaxConnections are in use the next ones wait in
// the kernel's queue: whoever is let in and closed at once would lose what it has sent by then.
func (s *Source) accept(l *listener) {
	for {
		s.gate.pass()
		c, err := l.AcceptTCP()
		if err != nil {
			switch {
			case s.stopped():
				return
			case errors.Is(err, os.ErrDeadlineExceeded): // paused
			default:
				s.log.Warn("a connection was not accepted", "transport", l.transport, "error", err)
				select {
				case <-time.After(acceptPause):
				case <-s.draining:
				}
			}
			continue
		}
		_ = c.SetKeepAliveConfig(keepAlive) // without it a dead sender is found when the other side says so
		s.enter()
		s.running.Go(func() {
			defer func() { <-s.slots }()
			s.connection(c, l.transport)
		})
	}
}

// enter waits for a place for a connection that was accepted. Once the source is drained there is one for it, so that
// what it has sent is taken.
func (s *Source) enter() {
	select {
	case s.slots <- struct{}{}:
		return
	default:
	}
	s.crowded.Store(true)
	defer s.crowded.Store(false)
	// Where many senders come and go it is so for each of them; the log has it once in a while.
	if last, now := s.warned.Load(), s.o.Now().Unix(); now-last >= crowdedPause && s.warned.CompareAndSwap(last, now) {
		s.log.Warn("all connections are in use; further senders wait", "max_connections", s.c.MaxConnections)
	}
	select {
	case s.slots <- struct{}{}:
	case <-s.draining:
		go func() { s.slots <- struct{}{} }() // what the connection gives back at its end
	}
}

func (s *Source) stopped() bool {
	select {
	case <-s.draining:
		return true
	default:
		return false
	}
}

// connection reads one connection to its end.
func (s *Source) connection(raw *net.TCPConn, transport string) {
	defer func() { _ = raw.Close() }() // the sender has closed it, or is done with
	s.open.Add(1)
	defer s.open.Add(-1)
	var peer netip.AddrPort
	if a, ok := raw.RemoteAddr().(*net.TCPAddr); ok {
		peer = a.AddrPort()
	}
	var c net.Conn = raw
	if transport == "tls" {
		ctx, cancel := context.WithTimeout(context.Background(), handshakeTime)
		t := tls.Server(raw, s.tls)
		err := t.HandshakeContext(ctx)
		cancel()
		if err != nil {
			s.log.Warn("a TLS handshake failed; nothing was taken from the sender", "peer", peer.String(), "error", err)
			return
		}
		c = t
	}
	s.mu.Lock()
	s.conns[c] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	st := stream{s: s, c: c, raw: raw, head: sysframe.Head(transport, peer), cut: sysframe.Cutter{Max: s.c.MaxMessage}, buf: make([]byte, firstBytes)}
	err := st.read()
	st.finish(err == nil)
	if err != nil && !s.stopped() {
		s.log.Info("a connection broke", "peer", peer.String(), "error", err)
	}
}

// A stream is what one connection has sent.
type stream struct {
	s     *Source
	c     net.Conn
	raw   *net.TCPConn
	head  []byte
	cut   sysframe.Cutter
	buf   []byte
	have  int       // bytes in buf
	until time.Time // when reading ends, since the sender was told that nobody reads any more; zero = it was not
}

// read takes what comes until the connection ends; nil when its sender has ended it in order.
func (st *stream) read() error {
	for {
		if err := st.wait(); err != nil {
			return err
		}
		n, err := st.c.Read(st.buf[st.have:])
		full := st.have+n == len(st.buf)
		st.have += n
		st.take()
		if full {
			st.grow()
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return nil
		case !st.until.IsZero() && !time.Now().Before(st.until):
			// It does not look whether anybody reads. Were the connection closed in order, its next write would
			// succeed all the same and be lost; after a reset it fails, and the sender keeps what it has.
			_ = st.raw.SetLinger(0)
			return err
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return err
		case st.until.IsZero() && !st.s.stopped() && !st.s.gate.isShut() && n == 0 && st.s.c.Idle > 0:
			st.leave()
		}
	}
}

// wait lets a paused source rest, and sets until when the next read may take.
func (st *stream) wait() error {
	s := st.s
	s.gate.pass()
	switch {
	case !st.until.IsZero():
		return st.c.SetReadDeadline(st.until)
	case s.stopped():
		st.leave()
	case s.c.Idle > 0:
		if err := st.c.SetReadDeadline(time.Now().Add(s.c.Idle)); err != nil {
			return err
		}
		// A pause or a stop since would have set another deadline.
		if s.stopped() || s.gate.isShut() {
			return st.wait()
		}
	}
	return nil
}

// leave tells the sender that nobody will read any more, and gives it time to end the connection: most look before
// they send, and keep what they have for the next one.
func (st *stream) leave() {
	st.until = time.Now().Add(drainTime)
	// Over TLS too the end of the stream alone, without an alert: a sender that only writes would leave that unread,
	// and what is unread when a socket is closed makes its kernel drop what was not sent yet.
	_ = st.raw.CloseWrite() // the sender may be gone
	_ = st.c.SetReadDeadline(st.until)
}

// take hands over all whole messages in the buffer.
func (st *stream) take() {
	at, from, n := 0, 0, int64(0)
	flush := func() {
		if at > from {
			st.s.gather.put(st.head, sysframe.Whole, st.buf[from:at], n)
		}
		from, n = at, 0
	}
	for {
		size, kind := st.cut.Next(st.buf[at:st.have])
		if size == 0 {
			break
		}
		if kind != sysframe.Whole {
			flush()
			st.s.gather.put(st.head, kind, st.buf[at:at+size], 1)
			at += size
			from = at
			continue
		}
		at += size
		n++
	}
	flush()
	st.have = copy(st.buf, st.buf[at:st.have])
}

// grow makes a buffer larger that was full.
func (st *stream) grow() {
	most := max(readBytes, st.cut.Room())
	if len(st.buf) < most {
		larger := make([]byte, min(2*len(st.buf), most))
		copy(larger, st.buf[:st.have])
		st.buf = larger
	}
}

// finish hands over what is left at the end.
func (st *stream) finish(inOrder bool) {
	if st.have > 0 {
		rest := st.buf[:st.have]
		st.s.gather.put(st.head, st.cut.End(rest, inOrder), rest, 1)
	}
}
