package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"

	"lazuli.dev/lazuli/config"
	"lazuli.dev/lazuli/forward/file"
	"lazuli.dev/lazuli/forward/syslog"
)

// receivers are what the demonstration delivers to: files, and a SIEM that takes CEF over syslog and writes it down.
// They lie in a folder beside the data directory.
type receivers struct {
	dir      string
	listener net.Listener
	running  sync.WaitGroup

	mu     sync.Mutex
	open   map[net.Conn]bool
	closed bool
}

const (
	// receiversKeep is how many closed files stay of each kind, and how large one becomes.
	receiversKeep = 4
	receiversSize = 16 << 20
)

func receiversDir(data string) string { return filepath.Clean(data) + ".outputs" }

// receiversText says in a sentence what they get.
func receiversText(data string) string {
	return "Outputs write to " + receiversDir(data) + ": failed sign-ins and alerts as lines of JSON, operations as CEF over syslog."
}

func openReceivers(data string) (*receivers, error) {
	r := &receivers{dir: receiversDir(data), open: map[net.Conn]bool{}}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the demonstration's outputs: %w", err)
	}
	var err error
	if r.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("listen as a SIEM: %w", err)
	}
	r.running.Go(r.accept)
	return r, nil
}

// outputs are the configuration that delivers to them.
func (r *receivers) outputs() []config.Output {
	lines := func(name, query string) config.Output {
		return config.Output{Name: name, Query: query, From: "beginning", Receiver: config.Receiver{
			File: &file.Config{Dir: r.dir, Name: name, RotateBytes: receiversSize, Keep: receiversKeep},
		}}
	}
	return []config.Output{
		lines("failed-sign-ins", `SigninLogs | where ResultType != "0"`),
		lines("alerts", "SecurityAlert"),
		{Name: "siem", Query: "AzureActivity", From: "beginning", Receiver: config.Receiver{
			Syslog: &syslog.Config{Address: r.listener.Addr().String(), Transport: "tcp", Format: "cef"},
		}},
	}
}

func (r *receivers) accept() {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return // it was closed
		}
		r.mu.Lock()
		if r.closed {
			r.mu.Unlock()
			_ = conn.Close()
			return
		}
		r.open[conn] = true
		r.mu.Unlock()
		r.running.Go(func() {
			_ = r.write(conn) // the output finds the connection broken and tries again
			r.mu.Lock()
			delete(r.open, conn)
			r.mu.Unlock()
			_ = conn.Close()
		})
	}
}

// write writes down the messages of a connection, a line each, and begins a new file where one is large.
func (r *receivers) write(conn net.Conn) (err error) {
	path := filepath.Join(r.dir, "operations.cef")
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	in := bufio.NewReaderSize(conn, 64<<10)
	size := int64(0)
	if info, err := out.Stat(); err == nil {
		size = info.Size()
	}
	for begins := true; ; {
		line, err := in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		if begins && size >= receiversSize {
			if err := errors.Join(os.Rename(path, path+".1"), out.Close()); err != nil {
				return err
			}
			if out, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
				return err
			}
			size = 0
		}
		begins = err == nil
		n, err := out.Write(line)
		if size += int64(n); err != nil {
			return err
		}
	}
}

func (r *receivers) close() {
	_ = r.listener.Close()
	r.mu.Lock()
	r.closed = true
	for conn := range r.open {
		_ = conn.Close()
	}
	r.mu.Unlock()
	r.running.Wait()
}
