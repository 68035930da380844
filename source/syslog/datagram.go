package syslog

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"lazuli.dev/lazuli/internal/sysframe"
)

// largestDatagram is more than UDP can carry.
const largestDatagram = 64 << 10

// datagrams receives over UDP.
type datagrams struct {
	s       *Source
	address string // as configured; after the first bind the one that was bound

	mu    sync.Mutex
	conn  *net.UDPConn // nil while paused
	lost  int64        // dropped on sockets before conn; -1 = not known
	small string       // why the kernel holds less than it was asked to
}

// bind opens the socket and begins to read, unless that is done already.
func (d *datagrams) bind() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn != nil || d.s.stopped() {
		return nil
	}
	addr, err := net.ResolveUDPAddr("udp", d.address)
	if err != nil {
		return fmt.Errorf("listen for syslog over udp on %s: %w", d.address, err)
	}
	c, err := net.ListenUDP("udp", addr)
	if err != nil {
		return fmt.Errorf("listen for syslog over udp on %s: %w", d.address, err)
	}
	got, err := receiveBuffer(c, d.s.c.UDPBuffer)
	if err != nil {
		d.s.log.Warn("the kernel's buffer for datagrams stays as it is", "error", err)
	}
	d.small = ""
	if got > 0 && got < d.s.c.UDPBuffer {
		d.small = fmt.Sprintf("the kernel holds %d bytes of datagrams, not the %d of udp_buffer; raise net.core.rmem_max", got, d.s.c.UDPBuffer)
		d.s.log.Warn("datagrams may be dropped in bursts", "reason", d.small)
	}
	// A port that the system picked stays the same over a pause.
	d.conn, d.address = c, c.LocalAddr().String()
	d.s.running.Go(func() { d.read(c) })
	return nil
}

// close closes the socket; what the kernel still holds is dropped, and counted.
func (d *datagrams) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn == nil {
		return
	}
	d.lost = d.add(droppedBy(d.conn))
	_ = d.conn.Close() // nothing was written
	d.conn = nil
}

// drain reads what the kernel holds and closes the socket then.
func (d *datagrams) drain() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn != nil {
		_ = d.conn.SetReadDeadline(time.Now()) // read goes on until it would have to wait
	}
}

func (d *datagrams) read(c *net.UDPConn) {
	buf := make([]byte, largestDatagram)
	var head []byte
	var last netip.AddrPort
	max := d.s.c.MaxMessage
	for {
		n, peer, err := c.ReadFromUDPAddrPort(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if d.s.stopped() {
				d.rest(c, buf)
				d.close()
				return
			}
			d.s.log.Warn("read datagram", "error", err)
			<-time.After(acceptPause)
			continue
		}
		if n == 0 {
			continue
		}
		if peer != last || head == nil {
			head, last = sysframe.Head("udp", peer), peer
		}
		d.put(head, buf[:n], max)
	}
}

// put hands over one message.
func (d *datagrams) put(head, b []byte, max int) {
	kind := sysframe.Whole
	for len(b) > max {
		if kind == sysframe.Whole {
			kind = sysframe.Long
		}
		d.s.gather.put(head, kind, b[:max], 1)
		b, kind = b[max:], sysframe.More
	}
	d.s.gather.put(head, kind, b, 1)
}

// rest reads what lies in the socket, which has no deadline any more, without waiting for more.
func (d *datagrams) rest(c *net.UDPConn, buf []byte) {
	for {
		n, peer, ok := readNow(c, buf)
		if !ok {
			return
		}
		if n > 0 {
			d.put(sysframe.Head("udp", peer), buf[:n], d.s.c.MaxMessage)
		}
	}
}

// where is the address.
func (d *datagrams) where() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.address
}

func (d *datagrams) problem() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.small
}

// dropped is how many datagrams the kernel had no room for, -1 where it does not tell.
func (d *datagrams) dropped() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn == nil {
		return d.lost
	}
	return d.add(droppedBy(d.conn))
}

func (d *datagrams) add(now int64) int64 {
	if now < 0 || d.lost < 0 {
		return -1
	}
	return d.lost + now
}
