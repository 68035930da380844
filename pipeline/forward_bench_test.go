package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"syscall"
	"testing"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/syslog"
	"lazuli.dev/lazuli/query"
	"lazuli.dev/lazuli/store"
)

// BenchmarkForward delivers rows that lie in the table file over TCP: from the store through the query, the JSON
// of events and the message to the socket. msg/CPUs is messages for each second of CPU of the process, the
// receiver, which counts lines, included.
func BenchmarkForward(b *testing.B) {
	const rows = 400_000
	dir := b.TempDir()
	log := slog.New(slog.DiscardHandler)
	p, err := Open(b.Context(), dir, Options{Store: store.Options{Init: query.Init, Log: log}, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	var body bytes.Buffer
	for i := range rows {
		fmt.Fprintf(&body, `{"time":"2026-03-04T05:06:%02d.%07dZ","category":"AuditEvent","operationName":"SecretGet","operationVersion":"7.4","resultType":"Success","resultSignature":"OK","resultDescription":"","durationMs":"45","callerIpAddress":"198.51.100.%d","correlationId":"a1a1a1a1-2222-4333-8444-%012d","identity":{"claim":{"appid":"d4d4d4d4-5555-4666-8777-88889999aaaa"}},"properties":{"id":"https://kv-one.vault.azure.net/secrets/db%d","clientInfo":"azsdk-net","requestUri":"https://kv-one.vault.azure.net/secrets/db%d?api-version=7.4","httpStatusCode":200,"isRbacAuthorized":true,"tlsVersion":"TLS1_3"},"resourceId":"/SUBSCRIPTIONS/11112222-3333-4444-5555-666677778888/RESOURCEGROUPS/RG-ONE/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/KV-ONE"}`+"\n",
			i/10_000%60, i%10_000_000, i%250, i, i%1000, i%1000)
		if i%50_000 == 49_999 {
			if _, err := p.Ingest(b.Context(), lazuli.Upload{Workspace: "default", Principal: "b", Route: "/v1/ingest", Body: body.Bytes()}); err != nil {
				b.Fatal(err)
			}
			body.Reset()
		}
	}
	if err := p.Close(); err != nil {
		b.Fatal(err)
	}
	for _, q := range []struct{ name, query string }{
		{"small", "AZKVAuditLogs | project TimeGenerated, OperationName, ResultType, CallerIpAddress, CorrelationId"},
		{"whole", "AZKVAuditLogs"},
	} {
		for _, format := range []string{"json", "cef", "leef"} {
			b.Run(q.name+" "+format, func(b *testing.B) {
				for b.Loop() {
					bytes, cpu, wall := benchForward(b, dir, log, q.query, format, rows)
					b.ReportMetric(float64(rows)/cpu.Seconds(), "msg/CPUs")
					b.ReportMetric(float64(rows)/wall.Seconds(), "msg/s")
					b.ReportMetric(float64(bytes)/rows, "B/msg")
				}
			})
		}
	}
}

func benchForward(b *testing.B, dir string, log *slog.Logger, text, format string, rows int) (size int64, cpu, wall time.Duration) {
	p, err := Open(b.Context(), dir, Options{Store: store.Options{Init: query.Init, Log: log}, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan int64)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		buf := make([]byte, 1<<20)
		lines, size := 0, int64(0)
		for lines < rows {
			n, err := c.Read(buf)
			lines += bytes.Count(buf[:n], []byte{'\n'})
			size += int64(n)
			if err != nil {
				break
			}
		}
		done <- size
		_, _ = io.Copy(io.Discard, c)
	}()
	fw, err := syslog.New(syslog.Config{Address: l.Addr().String(), Transport: "tcp", Format: format})
	if err != nil {
		b.Fatal(err)
	}
	began, used := time.Now(), processTime()
	name := fmt.Sprint("bench", began.UnixNano())
	engine := query.New(p.Store(), query.Options{Log: log})
	if err := p.Forward(context.WithoutCancel(b.Context()), engine, map[string]string{"default": "6d0f2c1e-2b11-4a5f-9a2e-000000000001"}, []Output{{Name: name, Workspace: "default", Query: text, Beginning: true, Forwarder: fw}}); err != nil {
		b.Fatal(err)
	}
	size = <-done
	cpu, wall = processTime()-used, time.Since(began)
	if err := p.Close(); err != nil {
		b.Fatal(err)
	}
	_ = l.Close()
	return size, cpu, wall
}

func processTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
