package api

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"lazuli.dev/lazuli/api/tlsconf"
)

const (
	headerTime = 10 * time.Second
	idleTime   = 2 * time.Minute
	maxHeader  = 64 << 10
	graceTime  = 15 * time.Second
)

// Serve answers HTTPS and, to the loopback address, plain HTTP on the listener until ctx is done; then it
// takes no new connection, gives requests under way some time to finish, and ends the rest. It
// returns nil after that, and an error when the listener fails. The listener is closed.
func (s *Server) Serve(ctx context.Context, l net.Listener, config *tls.Config) error {
	requests, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	// No ReadTimeout: the server would take its end, long after the body was read, for the client's leaving
	// and cancel the request. Whoever reads a body sets a deadline and takes it away again.
	server := &http.Server{
		Handler:           s,
		TLSConfig:         config,
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return requests },
		// Handshakes that fail and the like: the client's affair.
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(tlsconf.Share(l, config)) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	grace, done := context.WithTimeout(context.WithoutCancel(ctx), graceTime)
	defer done()
	err := server.Shutdown(grace)
	if err != nil {
		cancel() // queries end by their context
		err = server.Close()
	}
	if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
		return ended
	}
	return err
}
