package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"lazuli.dev/lazuli/api/tlsconf"
	"lazuli.dev/lazuli/auth"
	"lazuli.dev/lazuli/config"
	forward "lazuli.dev/lazuli/forward/syslog"
	source "lazuli.dev/lazuli/source/syslog"
)

func serveCommand() *cobra.Command {
	var o serveOptions
	var logFormat, logLevel string
	cmd := &cobra.Command{
		Use:   "serve --data DIR",
		Short: "Take in records, answer queries and forward, until SIGTERM",
		Long: `Serves one data directory. HTTPS and (to this machine only) plain HTTP share the port.
The admin token comes from LAZULI_TOKEN or --token-file; without either the server makes
one at the first start, in DIR/token. SIGTERM ends it in order: requests under way are
finished, outputs acknowledged, and all rows moved into the table file.`,
		Example: `  lazuli serve --data /var/lib/lazuli
  lazuli serve --data d --listen 0.0.0.0:7575 --config /etc/lazuli.yml
  lazuli serve --data d --syslog-tcp 0.0.0.0:514 --syslog-forward siem.example.org:514`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.data = env(o.data, "LAZULI_DATA")
			if o.data == "" {
				return usage("which data directory? give --data or set LAZULI_DATA")
			}
			log, err := newLog(cmd.ErrOrStderr(), logFormat, logLevel)
			if err != nil {
				return err
			}
			slog.SetDefault(log)
			return serve(cmd.Context(), o, log, nil)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.data, "data", "", "data directory; made when it is missing (LAZULI_DATA)")
	f.StringVar(&o.listen, "listen", defaultListen, "address and port")
	f.StringVar(&o.config, "config", "", "configuration file; without one everything has its default")
	f.StringVar(&o.tokenFile, "token-file", "", "file that holds the admin token")
	f.StringVar(&o.syslogTCP, "syslog-tcp", "", "also take in syslog over TCP on this address, as a source named syslog")
	f.StringVar(&o.syslogForward, "syslog-forward", "", "also send every row of Syslog and CommonSecurityLog, from the oldest on, to this address as syslog over TCP, as it came, as an output named syslog")
	f.StringVar(&logFormat, "log-format", "text", "text or json")
	f.StringVar(&logLevel, "log-level", "info", "debug, info, warn or error")
	return cmd
}

func newLog(to io.Writer, format, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, usage("--log-level %q is none of debug, info, warn, error", level)
	}
	o := &slog.HandlerOptions{Level: l}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(to, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(to, o)), nil
	}
	return nil, usage("--log-format %q is neither text nor json", format)
}

type serveOptions struct {
	data, listen, config, tokenFile, syslogTCP, syslogForward string

	outputs []config.Output // beside those of the configuration file
	late    bool            // whoever is told that requests are answered starts the outputs
}

// shortCuts adds to the configuration what is asked for beside it.
func (o serveOptions) shortCuts(file *config.File) error {
	if o.syslogTCP != "" {
		file.Sources = append(file.Sources, config.Source{Name: "syslog", Intake: config.Intake{Syslog: &source.Config{ListenTCP: o.syslogTCP}}})
	}
	if o.syslogForward != "" {
		file.Outputs = append(file.Outputs, config.Output{
			Name: "syslog", From: "beginning", Tables: []string{"Syslog", "CommonSecurityLog"},
			Receiver: config.Receiver{Syslog: &forward.Config{Address: o.syslogForward, Transport: "tcp", Format: "original"}},
		})
	}
	file.Outputs = append(file.Outputs, o.outputs...)
	if err := file.Validate(); err != nil {
		return &failure{exitUsage, fmt.Errorf("with --syslog-tcp or --syslog-forward: %w", err)}
	}
	return nil
}

// serve serves until ctx is done. ready, where given, is called once requests are answered.
func serve(ctx context.Context, o serveOptions, log *slog.Logger, ready func(*local, net.Addr, auth.AdminToken) error) error {
	file := &config.File{}
	if o.config != "" {
		var err error
		if file, err = config.Read(o.config); err != nil {
			return &failure{exitUsage, err}
		}
	}
	if err := o.shortCuts(file); err != nil {
		return err
	}
	// The address first: when it is taken nothing has been opened yet.
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; another --listen may be free", o.listen, err)
	}
	defer func() { _ = listener.Close() }()
	l, err := openLocal(ctx, localOptions{data: o.data, config: file, forward: true, late: o.late, names: addresses(listener.Addr()), log: log})
	if err != nil {
		return err
	}
	admin, tokens, err := tokensOf(o, file)
	if err != nil {
		return closing(l, err)
	}
	certificates, err := tlsconf.New(tlsconf.Options{Data: o.data, Cert: file.TLS.Cert, Key: file.TLS.Key, Names: slices.Concat(file.TLS.Names, addresses(listener.Addr()))})
	if err != nil {
		return closing(l, err)
	}
	l.serve(listener, certificates, tokens)
	where := admin.Path
	if where == "" {
		where = "environment variable " + auth.EnvToken
	} else if abs, err := filepath.Abs(where); err == nil {
		where = abs
	}
	log.Info("serving", "version", versionText(), "address", listener.Addr().String(), "data", o.data, "token", where, "token_made", admin.Made, "authority", certificates.CAPath(), "sources", len(file.Sources), "outputs", len(file.Outputs))
	if ready != nil {
		if err := ready(l, listener.Addr(), admin); err != nil {
			return closing(l, err)
		}
	}
	select {
	case <-ctx.Done():
		log.Info("stopping")
		err = l.close()
	case err = <-l.served:
		l.served <- nil
		err = closing(l, fmt.Errorf("serve: %w", err))
	}
	if err == nil {
		log.Info("stopped")
	}
	return err
}

// addresses are those of this machine, but for loopback, at which a listener is reached.
func addresses(of net.Addr) []string {
	tcp, ok := of.(*net.TCPAddr)
	switch {
	case !ok || tcp.IP.IsLoopback():
		return nil
	case !tcp.IP.IsUnspecified():
		return []string{tcp.IP.String()}
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return nil // the certificate is then for the names alone
	}
	var all []string
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			all = append(all, n.IP.String())
		}
	}
	return all
}

// closing closes after a failure; the first error is the one that counts.
func closing(l *local, err error) error {
	if closeErr := l.close(); closeErr != nil {
		slog.Error("close", "error", closeErr)
	}
	return err
}

// tokensOf gathers the admin token and those of the configuration.
func tokensOf(o serveOptions, file *config.File) (auth.AdminToken, *auth.Tokens, error) {
	admin, err := auth.LoadAdminToken(os.Getenv(auth.EnvToken), o.tokenFile, o.data)
	if err != nil {
		return admin, nil, &failure{exitUsage, err}
	}
	all := []auth.Token{adminToken(admin.Secret)}
	for _, t := range file.Tokens {
		token := auth.Token{Name: t.Name, Secret: t.Token, Workspaces: t.Workspaces}
		for _, s := range t.Scopes {
			token.Scopes = append(token.Scopes, auth.Scope(s))
		}
		all = append(all, token)
	}
	tokens, err := auth.NewTokens(all...)
	if err != nil {
		return admin, nil, &failure{exitUsage, err}
	}
	return admin, tokens, nil
}
