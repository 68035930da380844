package forwardtest

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Syslog plays a syslog receiver: it takes frames apart by RFC 6587 and keeps the messages, with faults on
// demand. A fault is met by a connection, and stands for what a receiver that dies does to it.
type Syslog struct {
	listener net.Listener
	packets  net.PacketConn
	id       func(message string) Got

	mu     sync.Mutex
	grown  *sync.Cond
	stored []Got
	ids    map[string]bool
	wrong  []string
	faults []Fault
	down   bool
	conns  map[net.Conn]bool
}

// NewSyslog starts a receiver on a port of this machine: network is tcp, tls (with a certificate) or udp. id
// says what a message is; the caller closes it.
func NewSyslog(network string, config *tls.Config, id func(message string) Got) (*Syslog, error) {
	s := &Syslog{id: id, ids: map[string]bool{}, conns: map[net.Conn]bool{}}
	s.grown = sync.NewCond(&s.mu)
	var err error
	if network == "udp" {
		if s.packets, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("start syslog receiver: %w", err)
		}
		go s.datagrams()
		return s, nil
	}
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("start syslog receiver: %w", err)
	}
	if config != nil {
		s.listener = tls.NewListener(s.listener, config)
	}
	go s.accept()
	return s, nil
}

// Address is where it listens.
func (s *Syslog) Address() string {
	if s.packets != nil {
		return s.packets.LocalAddr().String()
	}
	return s.listener.Addr().String()
}

// Close ends it.
func (s *Syslog) Close() {
	if s.packets != nil {
		_ = s.packets.Close() // nobody waits for it
		return
	}
	_ = s.listener.Close() // nobody waits for it
	s.Down(true)
}

// Got is what was stored, in order of arrival.
func (s *Syslog) Got() []Got {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.stored)
}

// Wrong are frames that were none.
func (s *Syslog) Wrong() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.wrong)
}

// Fault adds faults for the next connections, one each: DropBefore and DropAfter.
func (s *Syslog) Fault(f ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f...)
	// Those that are open end, so that the next event meets the fault.
	for c := range s.conns {
		_ = c.Close()
	}
}

// Down ends all connections and every new one at once, or takes them again.
func (s *Syslog) Down(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
	for c := range s.conns {
		_ = c.Close()
	}
}

// Await blocks until that many different ids are stored, for a second at most.
func (s *Syslog) Await(ids int) {
	end := time.AfterFunc(time.Second, s.grown.Broadcast)
	defer end.Stop()
	until := time.Now().Add(time.Second)
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.ids) < ids && time.Now().Before(until) {
		s.grown.Wait()
	}
}

func (s *Syslog) store(message string) {
	g := s.id(message)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stored = append(s.stored, g)
	s.ids[g.ID] = true
	s.grown.Broadcast()
}

func (s *Syslog) datagrams() {
	buf := make([]byte, 1<<16)
	for {
		n, _, err := s.packets.ReadFrom(buf)
		if err != nil {
			return
		}
		s.store(string(buf[:n]))
	}
}

func (s *Syslog) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		fault := Fault(-1)
		switch {
		case s.down:
			s.mu.Unlock()
			reset(c)
			continue
		case len(s.faults) > 0:
			fault, s.faults = s.faults[0], s.faults[1:]
		}
		s.conns[c] = true
		s.mu.Unlock()
		go s.read(c, fault)
	}
}

// reset ends a connection as a process does that is killed with bytes unread.
func reset(c net.Conn) {
	under := c
	if t, ok := c.(*tls.Conn); ok {
		under = t.NetConn()
	}
	if t, ok := under.(*net.TCPConn); ok {
		_ = t.SetLinger(0) // it ends either way
	}
	_ = under.Close()
}

func (s *Syslog) read(c net.Conn, fault Fault) {
	defer func() {
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	r := bufio.NewReaderSize(c, 1<<16)
	if fault == DropBefore {
		_, _ = io.ReadFull(r, make([]byte, 10))
		reset(c)
		return
	}
	for n := 1; ; n++ {
		message, err := frame(r)
		switch {
		case errors.Is(err, io.EOF):
			_ = c.Close()
			return
		case err != nil:
			s.mu.Lock()
			if !s.down && !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.ErrUnexpectedEOF) {
				s.wrong = append(s.wrong, err.Error())
			}
			s.mu.Unlock()
			_ = c.Close()
			return
		}
		s.store(message)
		if fault == DropAfter && r.Buffered() == 0 {
			reset(c)
			return
		}
	}
}

// frame reads one message: a length and that many bytes, or a line.
func frame(r *bufio.Reader) (string, error) {
	first, err := r.Peek(1)
	if err != nil {
		return "", err
	}
	if first[0] < '1' || first[0] > '9' {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", io.ErrUnexpectedEOF
		}
		return line[:len(line)-1], nil
	}
	digits, err := r.ReadString(' ')
	if err != nil {
		return "", io.ErrUnexpectedEOF
	}
	n, err := strconv.Atoi(digits[:len(digits)-1])
	if err != nil {
		return "", fmt.Errorf("length of a frame: %w", err)
	}
	message := make([]byte, n)
	if _, err := io.ReadFull(r, message); err != nil {
		return "", io.ErrUnexpectedEOF
	}
	return string(message), nil
}
