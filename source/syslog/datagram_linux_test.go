package syslog

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// TestUDPDrops: what the kernel has no room for is counted, and nothing that was read is lost.
func TestUDPDrops(t *testing.T) {
	s := open(t, Config{ListenUDP: "127.0.0.1:0", UDPBuffer: 8192})
	c := dial(t, "udp", address(t, s, "udp"))
	// Until nothing more fits, neither into the batch nor into the socket.
	sent := 0
	text := "<13>" + strings.Repeat("x", 60_000)
	for s.State().Dropped == 0 {
		send(t, c, text)
		if sent++; sent > 10_000 {
			t.Fatal("nothing was dropped")
		}
	}
	s.Drain()
	n := 0
	for {
		b, err := s.Read(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n += len(taken(t, b))
		b.Ack(nil)
	}
	if dropped := s.State().Dropped; int64(n)+dropped != int64(sent) {
		t.Errorf("%d kept and %d dropped of %d", n, dropped, sent)
	}
}
