package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// forward measures what delivering over syslog costs the server: rows that lie in its tables go out over TCP to a
// receiver in this process that counts lines. The CPU time is the server's, from its start to the last line.
func forward(binary string, records int) (err error) {
	dir, err := os.MkdirTemp("", "lazuli-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := start(binary, dir)
	if err != nil {
		return err
	}
	for sent := 0; sent < records; {
		var body bytes.Buffer
		for range min(50_000, records-sent) {
			vaultRecord(&body, sent)
			sent++
		}
		if _, err := s.post("/v1/ingest", "application/x-ndjson", body.Bytes()); err != nil {
			return errors.Join(err, s.stop())
		}
	}
	if err := s.stop(); err != nil {
		return err
	}
	fmt.Printf("\n%d Key Vault records over syslog (TCP, RFC 5424)\n\n| columns | format | thousand messages per CPU s | thousand messages/s | bytes a message |\n|---|---|---|---|---|\n", records)
	for _, q := range []struct{ name, text string }{
		{"five", "AZKVAuditLogs | project TimeGenerated, OperationName, ResultType, CallerIpAddress, CorrelationId"},
		{"all", "AZKVAuditLogs"},
	} {
		for _, format := range []string{"json", "cef", "leef"} {
			if err := forwardOnce(binary, dir, records, q.name, q.text, format); err != nil {
				return fmt.Errorf("%s as %s: %w", q.name, format, err)
			}
		}
	}
	return nil
}

func vaultRecord(b *bytes.Buffer, i int) {
	fmt.Fprintf(b, `{"time":"2026-03-04T05:%02d:%02d.%07dZ","category":"AuditEvent","operationName":"SecretGet","operationVersion":"7.4","resultType":"Success","resultSignature":"OK","resultDescription":"","durationMs":"45","callerIpAddress":"198.51.100.%d","correlationId":"a1a1a1a1-2222-4333-8444-%012d","identity":{"claim":{"appid":"d4d4d4d4-5555-4666-8777-88889999aaaa"}},"properties":{"id":"https://kv-one.vault.azure.net/secrets/db%d","clientInfo":"azsdk-net","requestUri":"https://kv-one.vault.azure.net/secrets/db%d?api-version=7.4","httpStatusCode":200,"isRbacAuthorized":true,"tlsVersion":"TLS1_3"},"resourceId":"/SUBSCRIPTIONS/11112222-3333-4444-5555-666677778888/RESOURCEGROUPS/RG-ONE/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/KV-ONE"}`+"\n",
		i/600_000%60, i/10_000%60, i%10_000_000, i%250, i, i%1000, i%1000)
}

// forwardOnce starts the server with one output and waits for all messages.
func forwardOnce(binary, dir string, records int, columns, query, format string) (err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }() // the run is over
	var lines, size atomic.Int64
	done := make(chan struct{})
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }() // only read
		buf := make([]byte, 1<<20)
		for {
			n, err := c.Read(buf)
			size.Add(int64(n))
			before := lines.Load()
			if now := lines.Add(int64(bytes.Count(buf[:n], []byte{'\n'}))); before < int64(records) && now >= int64(records) {
				close(done)
			}
			if err != nil {
				return
			}
		}
	}()
	config := filepath.Join(dir, "forward.yml")
	text := fmt.Sprintf("outputs:\n  - name: %s-%s\n    from: beginning\n    query: %s\n    syslog: {address: %s, transport: tcp, format: %s}\n", columns, format, query, l.Addr(), format)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	began := time.Now()
	s, err := start(binary, dir, "--config", config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	select {
	case <-done:
	case <-time.After(10 * time.Minute):
		return fmt.Errorf("%d of %d messages arrived within 10 minutes", lines.Load(), records)
	}
	took, used := time.Since(began), s.cpu()
	n := float64(records)
	fmt.Printf("| %s | %s | %.0f | %.0f | %.0f |\n", columns, format, n/used.Seconds()/1e3, n/took.Seconds()/1e3, float64(size.Load())/n)
	return nil
}
