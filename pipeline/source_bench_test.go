package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	forward "lazuli.dev/lazuli/forward/syslog"
	"lazuli.dev/lazuli/query"
	receive "lazuli.dev/lazuli/source/syslog"
	"lazuli.dev/lazuli/store"
)

// syslogLines are n messages as servers and firewalls send them, one in four as CEF.
func syslogLines(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "<%d>1 2026-10-12T%02d:%02d:%02d.%06dZ srv-%03d.contoso.example ", []int{38, 86, 134, 4, 13}[i%5], i%24, i%60, i*7%60, i*7919%1_000_000, i*31%200)
		ip := fmt.Sprintf("%d.%d.%d.%d", 1+i*7%222, i*13%256, i*17%256, 1+i*3%253)
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "sshd %d - - Failed password for invalid user anna.meyer from %s port %d ssh2\n", i*37%99999, ip, 1024+i*29%64000)
		case 1:
			fmt.Fprintf(&b, `CEF - - [meta sequenceId="%d"] CEF:0|Fortinet|FortiGate|7.4.4|0001000014|traffic forward accept|3|deviceExternalId=FGT60F%08d src=%s spt=%d dst=10.1.%d.%d dpt=443 proto=6 act=accept out=%d in=%d app=HTTPS suser=root msg=session closed normally`+"\n",
				i, i*7919%100_000_000, ip, 1024+i*29%64000, i%256, i*3%256, i*61%1_000_000, i*67%1_000_000)
		case 2:
			fmt.Fprintf(&b, "systemd 1 - - Started Session %d of User root.\n", i*41%9999)
		default:
			fmt.Fprintf(&b, "kernel - - - [UFW BLOCK] IN=eth0 OUT= MAC=00:0d:3a:f8:78:56 SRC=%s DST=10.0.0.4 LEN=60 TOS=0x00 PREC=0x00 TTL=52 ID=%d DF PROTO=TCP SPT=%d DPT=22 WINDOW=29200 RES=0x00 SYN URGP=0\n", ip, i*43%65535, 1024+i*29%64000)
		}
	}
	return b.Bytes()
}

// BenchmarkSyslog takes messages in over TCP and keeps them, and in the second part also sends them on over TCP. msg/CPUs
// is messages for each second of CPU of the process, sender and counting receiver included.
func BenchmarkSyslog(b *testing.B) {
	const n = 20_000
	const rounds = 25
	lines := syslogLines(n)
	for _, mode := range []string{"keep", "keep and forward"} {
		b.Run(mode, func(b *testing.B) {
			for b.Loop() {
				cpu, wall := benchSyslog(b, lines, n*rounds, rounds, strings.Contains(mode, "forward"))
				b.ReportMetric(n*rounds/cpu.Seconds(), "msg/CPUs")
				b.ReportMetric(n*rounds/wall.Seconds(), "msg/s")
			}
		})
	}
}

func benchSyslog(b *testing.B, lines []byte, total, rounds int, sendOn bool) (cpu, wall time.Duration) {
	log := slog.New(slog.DiscardHandler)
	p, err := Open(b.Context(), b.TempDir(), Options{Store: store.Options{Init: query.Init, Log: log}, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan int)
	if sendOn {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 1<<20)
			got := 0
			for got < total {
				n, err := c.Read(buf)
				got += bytes.Count(buf[:n], []byte{'\n'})
				if err != nil {
					break
				}
			}
			done <- got
			_, _ = io.Copy(io.Discard, c)
		}()
		fw, err := forward.New(forward.Config{Address: l.Addr().String(), Transport: "tcp", Format: "original"})
		if err != nil {
			b.Fatal(err)
		}
		engine := query.New(p.Store(), query.Options{Log: log})
		out := Output{Name: "out", Workspace: "default", Tables: []string{"Syslog", "CommonSecurityLog"}, Beginning: true, Forwarder: fw}
		if err := p.Forward(context.WithoutCancel(b.Context()), engine, map[string]string{"default": "6d0f2c1e-2b11-4a5f-9a2e-000000000001"}, []Output{out}); err != nil {
			b.Fatal(err)
		}
	}
	in, err := receive.New(receive.Config{ListenTCP: "127.0.0.1:0"}, receive.Options{Name: "in", Workspace: "default", Log: log})
	if err != nil {
		b.Fatal(err)
	}
	if err := p.Receive([]Source{{Name: "in", Kind: "syslog", Workspace: "default", Receiver: in}}); err != nil {
		b.Fatal(err)
	}
	c, err := net.Dial("tcp", strings.TrimPrefix(in.State().Listens[0], "tcp://"))
	if err != nil {
		b.Fatal(err)
	}
	began, used := time.Now(), processTime()
	for range rounds {
		if _, err := c.Write(lines); err != nil {
			b.Fatal(err)
		}
	}
	_ = c.Close()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for p.Sources()[1].Messages < int64(total) {
		<-tick.C
	}
	if sendOn {
		if got := <-done; got != total {
			b.Fatalf("%d messages arrived, want %d", got, total)
		}
	}
	cpu, wall = processTime()-used, time.Since(began)
	if err := p.Close(); err != nil {
		b.Fatal(err)
	}
	return cpu, wall
}
