package syslog

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/transport"
)

const (
	// blockBytes is how much goes out in one write.
	blockBytes = 256 << 10
	// pollFirst and pollLast bound the pause between questions to the system whether all is confirmed.
	pollFirst = 200 * time.Microsecond
	pollLast  = 20 * time.Millisecond
	// goodbye is how long a receiver may take to notice the end of a connection.
	goodbye = time.Second
)

// A Forwarder sends to one receiver. It implements lazuli.Forwarder.
type Forwarder struct {
	c       Config
	encode  *encoder
	tls     *transport.Files // nil = no TLS
	link    *link
	tail    []block   // confirmed, and sent again when the connection breaks; the oldest first
	spare   [][]byte  // blocks to use again
	lost    time.Time // when the last connection broke off, zero where it did not
	held    atomic.Pointer[held]
	now     func() time.Time
	waiting func(c net.Conn) (int, error) // bytes that are not confirmed
}

// A block is some whole messages.
type block struct {
	bytes []byte
	sent  time.Time
	first int64 // the lowest Seq of its events
}

// held is what the tail is to others.
type held struct {
	first int64
	until time.Time // when a receiver that is alive has read the last of it
	link  *link     // over which it went, nil = that is gone
	waits bool      // for a connection, after one that broke off
}

// Held implements lazuli.Holder: the tail is sent again when the connection is found broken. What was young enough then
// stays so, however long the receiver is away.
func (f *Forwarder) Held() (seq int64, any bool) {
	h := f.held.Load()
	if h == nil {
		return 0, false
	}
	at := f.now()
	if h.link.brokeOff() {
		at = h.link.when
	}
	if !h.waits && !at.Before(h.until) {
		return 0, false
	}
	return h.first, true
}

// Resend implements lazuli.Holder.
func (f *Forwarder) Resend(ctx context.Context) error {
	if len(f.tail) > 0 && (f.link.brokeOff() || f.link == nil && !f.lost.IsZero()) {
		return f.connect(ctx)
	}
	return nil
}

// hold tells others what the tail is now.
func (f *Forwarder) hold() {
	if len(f.tail) == 0 {
		f.held.Store(nil)
		return
	}
	h := held{first: f.tail[0].first, until: f.tail[len(f.tail)-1].sent.Add(resendAge), link: f.link, waits: f.link == nil && !f.lost.IsZero()}
	for _, b := range f.tail {
		h.first = min(h.first, b.first)
	}
	f.held.Store(&h)
}

// A link is one connection. A goroutine reads from it, only to notice its end.
type link struct {
	net.Conn
	broken atomic.Bool
	ended  chan struct{}
	why    error     // of the end, when broken is set
	when   time.Time // it ended, when broken is set
}

// brokeOff reports whether the connection ended as it does when a receiver dies with bytes unread. One that ends in order
// has taken them all: its machine would have reset the connection otherwise.
func (l *link) brokeOff() bool {
	return l != nil && l.broken.Load() && l.why != nil && !errors.Is(l.why, io.ErrUnexpectedEOF)
}

// end is why the connection is of no use any more: it says more than that it ended when the receiver did.
func (l *link) end() error {
	var alert tls.AlertError
	if l.why != nil && (errors.As(l.why, &alert) || strings.Contains(l.why.Error(), "remote error: tls:")) {
		return l.why
	}
	return io.ErrUnexpectedEOF
}

// New makes a forwarder; nothing is sent yet.
func New(c Config) (*Forwarder, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	f := &Forwarder{c: c, encode: newEncoder(c), now: time.Now, waiting: unconfirmed}
	if c.Transport == "tls" {
		if c.ServerName == "" {
			c.ServerName, _, _ = net.SplitHostPort(c.Address) // Validate has split it
		}
		files, err := c.Open()
		if err != nil {
			return nil, err
		}
		f.tls = files
	}
	return f, nil
}

// Close ends the connection, after what is on its way.
func (f *Forwarder) Close() error {
	if f.link == nil {
		return nil
	}
	l := f.link
	f.link = nil
	if half, ok := l.Conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		timer := time.NewTimer(goodbye)
		defer timer.Stop()
		select {
		case <-l.ended:
			if l.why == nil {
				// The receiver has read to the end before it closed its side.
				f.tail = nil
				f.hold()
			}
		case <-timer.C:
		}
	}
	_ = l.Close() // nothing is unconfirmed
	return nil
}

func same(text string) string { return text }

// Send writes the events and, over TCP and TLS, waits until the receiver's machine has confirmed them.
func (f *Forwarder) Send(ctx context.Context, events []lazuli.Event) ([]lazuli.Outcome, error) {
	out := make([]lazuli.Outcome, len(events))
	if len(events) == 0 {
		return out, nil
	}
	if err := f.connect(ctx); err != nil {
		return nil, err
	}
	// The context ends a write that hangs.
	l := f.link
	stop := context.AfterFunc(ctx, func() { _ = l.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	var err error
	if f.c.Transport == "udp" {
		err = f.datagrams(events, out)
	} else {
		err = f.stream(ctx, events, out)
	}
	if err != nil {
		f.drop()
		if ctx.Err() != nil {
			return nil, &lazuli.Error{Kind: lazuli.Transient, Public: "sending was given up: " + context.Cause(ctx).Error()}
		}
		return nil, transport.Error("the receiver", err, same)
	}
	return out, nil
}

// datagrams sends each event as one. What the network says about one that went out before comes with a later one.
func (f *Forwarder) datagrams(events []lazuli.Event, out []lazuli.Outcome) error {
	var message []byte
	for i := range events {
		var reason string
		if message, reason = f.encode.append(message[:0], &events[i]); reason != "" {
			out[i] = lazuli.Outcome{Verdict: lazuli.Rejected, Reason: reason}
			continue
		}
		if _, err := f.link.Write(message); errors.Is(err, syscall.EMSGSIZE) {
			out[i] = lazuli.Outcome{Verdict: lazuli.Rejected, Reason: fmt.Sprintf("the network takes no datagram of %d bytes; lower max_bytes or use tcp", len(message))}
			continue
		} else if err != nil {
			return err
		}
		out[i].Verdict = lazuli.Delivered
	}
	return nil
}

// stream writes all events in blocks and waits until they are confirmed.
func (f *Forwarder) stream(ctx context.Context, events []lazuli.Event, out []lazuli.Outcome) error {
	var fresh []block
	text, first := f.room(), events[0].Seq
	give := func() { // back what is not kept
		for _, b := range fresh {
			f.spare = append(f.spare, b.bytes)
		}
		f.spare = append(f.spare, text)
	}
	for i := range events {
		var reason string
		if text, reason = f.encode.append(text, &events[i]); reason != "" {
			out[i] = lazuli.Outcome{Verdict: lazuli.Rejected, Reason: reason}
			continue
		}
		out[i].Verdict = lazuli.Delivered
		first = min(first, events[i].Seq)
		if len(text) < blockBytes {
			continue
		}
		if err := f.write(text); err != nil {
			give()
			return err
		}
		fresh, text = append(fresh, block{text, f.now(), first}), f.room()
		if i+1 < len(events) {
			first = events[i+1].Seq
		}
	}
	if len(text) > 0 {
		if err := f.write(text); err != nil {
			give()
			return err
		}
		fresh, text = append(fresh, block{text, f.now(), first}), nil
	}
	if err := f.confirm(ctx); err != nil {
		give()
		return err
	}
	f.tail = append(f.tail, fresh...)
	f.trim()
	return nil
}

// room is an empty block.
func (f *Forwarder) room() []byte {
	for n := len(f.spare); n > 0; n-- {
		b := f.spare[n-1]
		f.spare = f.spare[:n-1]
		if cap(b) >= blockBytes {
			return b[:0]
		}
	}
	return make([]byte, 0, blockBytes+blockBytes/4)
}

// trim forgets what need not be sent again.
func (f *Forwarder) trim() {
	at := f.now()
	if f.link == nil && !f.lost.IsZero() {
		at = f.lost // since then nobody could read it
	}
	kept, from, oldest := 0, len(f.tail), at.Add(-resendAge)
	for from > 0 && kept < f.c.Resend && !f.tail[from-1].sent.Before(oldest) {
		from--
		kept += len(f.tail[from].bytes)
	}
	for _, b := range f.tail[:from] {
		if len(f.spare) < 4 {
			f.spare = append(f.spare, b.bytes)
		}
	}
	f.tail = slices.Delete(f.tail, 0, from)
	f.hold()
}

func (f *Forwarder) write(text []byte) error {
	if f.link.broken.Load() {
		return f.link.end()
	}
	if err := f.link.SetWriteDeadline(time.Now().Add(f.c.Timeout)); err != nil {
		return err
	}
	_, err := f.link.Write(text)
	return err
}

// confirm waits until the receiver's machine has confirmed all bytes.
func (f *Forwarder) confirm(ctx context.Context) error {
	conn := f.link.Conn
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	timeout := time.NewTimer(f.c.Timeout)
	defer timeout.Stop()
	pause := pollFirst
	for {
		n, err := f.waiting(conn)
		if err != nil {
			return err
		}
		if f.link.broken.Load() {
			return f.link.end()
		}
		if n == 0 {
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
			pause = min(2*pause, pollLast)
		case <-timeout.C:
			timer.Stop()
			return context.DeadlineExceeded
		case <-f.link.ended:
			timer.Stop()
			return f.link.end()
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// connect makes sure that there is a connection that is not known to be broken. A new one begins with what may
// have been lost with the last.
func (f *Forwarder) connect(ctx context.Context) error {
	if f.link != nil && !f.link.broken.Load() {
		return nil
	}
	f.drop()
	f.trim()
	ctx, cancel := context.WithTimeout(ctx, f.c.Timeout)
	defer cancel()
	network := "tcp"
	if f.c.Transport == "udp" {
		network = "udp"
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, f.c.Address)
	if err != nil {
		return transport.Error("the receiver", err, same)
	}
	if f.tls != nil {
		secure := tls.Client(conn, f.tls.Config())
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close() // the handshake's error says more
			return transport.Error("the receiver", f.tls.Explain(err), same)
		}
		conn = secure
	}
	l := &link{Conn: conn, ended: make(chan struct{})}
	f.link = l
	if network == "udp" {
		return nil
	}
	go func() {
		_, l.why = io.Copy(io.Discard, l.Conn) // receivers say nothing: this ends with the connection
		l.when = f.now()
		l.broken.Store(true)
		close(l.ended)
	}()
	if !f.lost.IsZero() {
		// All of it may be lost once more from now on, also what a failure half-way leaves unsent.
		for i := range f.tail {
			f.tail[i].sent = f.now()
		}
		f.lost = time.Time{}
	}
	f.hold()
	for _, b := range f.tail {
		if err := f.write(b.bytes); err != nil {
			f.drop()
			return transport.Error("the receiver", err, same)
		}
	}
	return nil
}

// drop ends a connection that is of no use.
func (f *Forwarder) drop() {
	if f.link == nil {
		return
	}
	switch {
	case f.link.brokeOff():
		f.lost = f.link.when
	case !f.link.broken.Load():
		f.lost = f.now() // given up by us
	}
	_ = f.link.Close() // it is broken
	f.link = nil
	f.hold()
}
