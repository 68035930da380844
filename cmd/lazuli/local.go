package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"lazuli.dev/lazuli/api"
	"lazuli.dev/lazuli/api/tlsconf"
	"lazuli.dev/lazuli/auth"
	"lazuli.dev/lazuli/client"
	"lazuli.dev/lazuli/config"
	"lazuli.dev/lazuli/console"
	"lazuli.dev/lazuli/internal/durable"
	"lazuli.dev/lazuli/internal/secret"
	"lazuli.dev/lazuli/pipeline"
	"lazuli.dev/lazuli/query"
	"lazuli.dev/lazuli/session"
	"lazuli.dev/lazuli/store"
	"lazuli.dev/lazuli/web"
)

// localOptions say which data directory to open and how.
type localOptions struct {
	data    string
	config  *config.File // nil: an empty one
	forward bool         // start the sources and outputs
	late    bool         // the outputs are started by whoever opens it, with forward
	names   []string     // addresses at which this machine is reached, for certificates
	log     *slog.Logger
}

// A local is an open data directory with everything that serves it.
type local struct {
	o        localOptions
	pipeline *pipeline.Pipeline
	engine   *query.Engine
	ids      map[string]string
	registry *prometheus.Registry
	console  *console.Console
	tokens   *auth.Tokens
	stop     context.CancelFunc
	served   chan error
}

// retention is what the configuration says, as the store and the API ask for it.
func retention(f *config.File) func(workspace, table string) time.Duration {
	return func(_, table string) time.Duration {
		if age, set := f.Retention.Tables[table]; set {
			return time.Duration(age)
		}
		return time.Duration(f.Retention.Default)
	}
}

func storeOptions(o localOptions) store.Options {
	return store.Options{
		Log: o.log, Init: query.Init, MemoryLimit: int64(o.config.Limits.Memory), HotBytes: int64(o.config.Limits.Hot),
		Retention: retention(o.config), JournalRetention: time.Duration(o.config.Retention.Journal), DiskLimit: int64(o.config.Limits.Disk),
	}
}

func pipelineOptions(o localOptions) pipeline.Options {
	// Asked for with the first row that is decoded: by then the directory is there and held.
	ids := sync.OnceValues(func() (map[string]string, error) { return config.WorkspaceIDs(o.data, o.config.Workspaces) })
	return pipeline.Options{Store: storeOptions(o), MaxUpload: int64(o.config.Limits.Upload), Log: o.log, TenantID: func(workspace string) string {
		known, err := ids()
		if id := known[workspace]; err == nil && id != "" {
			return id
		}
		return workspace // the error is met again by whoever opens the directory
	}}
}

// openLocal opens the directory and, where asked, starts the sources and outputs.
func openLocal(ctx context.Context, o localOptions) (_ *local, err error) {
	if o.config == nil {
		o.config = &config.File{}
	}
	p, err := pipeline.Open(ctx, o.data, pipelineOptions(o))
	if err != nil {
		return nil, err
	}
	l := &local{o: o, pipeline: p, registry: prometheus.NewRegistry()}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	if l.ids, err = config.WorkspaceIDs(o.data, o.config.Workspaces); err != nil {
		return nil, err
	}
	q := o.config.Limits.Query
	l.engine = query.New(p.Store(), query.Options{Limits: query.Limits{Time: q.Time, Rows: q.Rows, Bytes: int64(q.Bytes)}, Log: o.log})
	l.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), p.Collector())
	if o.forward && !o.late {
		err = l.forward(ctx)
	}
	if o.forward && err == nil {
		err = l.receive()
	}
	return l, err
}

// forward starts the outputs.
func (l *local) forward(ctx context.Context) error {
	var outputs []pipeline.Output
	for _, c := range l.o.config.Outputs {
		fw, err := c.Open()
		if err != nil {
			return fmt.Errorf("open output %s: %w", c.Name, err)
		}
		outputs = append(outputs, pipeline.Output{
			Name: c.Name, Kind: c.Kind(), To: c.To(), Workspace: c.InWorkspace(), Query: c.Query, Tables: c.Tables, Beginning: c.From == "beginning",
			Events: c.Batch.Events, Bytes: int(c.Batch.Bytes), Forwarder: fw,
		})
	}
	if err := l.pipeline.Forward(ctx, l.engine, l.ids, outputs); err != nil {
		return &failure{exitUsage, err}
	}
	return nil
}

// receive starts the sources.
func (l *local) receive() error {
	var sources []pipeline.Source
	for _, c := range l.o.config.Sources {
		receiver, err := c.Open(config.Surroundings{Data: l.o.data, Names: append(slices.Clone(l.o.names), l.o.config.TLS.Names...), Log: l.o.log})
		if err != nil {
			for _, s := range sources {
				_ = s.Receiver.Close() // nothing was taken yet
			}
			return err
		}
		sources = append(sources, pipeline.Source{Name: c.Name, Kind: c.Kind(), Workspace: c.InWorkspace(), Receiver: receiver})
	}
	return l.pipeline.Receive(sources)
}

// server makes the HTTP server for the tokens.
func (l *local) server(tokens *auth.Tokens) *api.Server {
	l.tokens = tokens
	sessions := session.New(time.Now)
	l.console = console.New(console.Options{
		Tables: l.engine.Tables, Sessions: sessions, Documents: console.NewDocuments(durable.OS{}, filepath.Join(l.o.data, "console")),
		Workspaces: l.ids, Pages: web.Handler(), Places: web.Places, Version: versionText(), Log: l.o.log,
	})
	return api.New(api.Options{
		Session: sessions.FromRequest, Mount: l.console.Mount,
		Querier: l.engine, Ingester: l.pipeline, Held: l.pipeline.Held, Raw: l.pipeline.Raw, Tokens: tokens, Workspaces: l.ids, Outputs: l.pipeline, Sources: l.pipeline,
		Healthy: l.pipeline.Healthy, Retention: retention(l.o.config), MaxUpload: int64(l.o.config.Limits.Upload),
		Metrics: l.registry, Version: versionText(), Log: l.o.log,
	})
}

// signInURL is the address of the console at base, with a key that signs the administrator in, once.
func (l *local) signInURL(base string, admin auth.AdminToken) string {
	p, _ := l.tokens.Find(admin.Secret.Reveal())
	return base + l.console.SignInPath(p)
}

// serve answers on the listener in the background until close.
func (l *local) serve(listener net.Listener, certificates *tlsconf.Source, tokens *auth.Tokens) {
	ctx, stop := context.WithCancel(context.Background())
	l.stop, l.served = stop, make(chan error, 1)
	server := l.server(tokens)
	go func() { l.served <- server.Serve(ctx, listener, certificates.Config()) }()
}

// adminToken is the token under which the administrator acts. The name is part of the key of uploads: an import
// is recognised when it comes again by another way.
func adminToken(s secret.String) auth.Token {
	return auth.Token{Name: "admin", Secret: s, Scopes: []auth.Scope{auth.Admin}}
}

// serveAlone serves a client in this process, and nobody else: on a port of this machine that the system
// picks, with a token that is never written down.
func (l *local) serveAlone() (*client.Client, error) {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	token := secret.New(hex.EncodeToString(random[:]))
	tokens, err := auth.NewTokens(adminToken(token))
	if err != nil {
		return nil, err
	}
	certificates, err := tlsconf.New(tlsconf.Options{Data: l.o.data})
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	l.serve(listener, certificates, tokens)
	return client.New(client.Options{URL: "http://" + listener.Addr().String(), Token: token})
}

// close ends serving, then the outputs, then the store with a last cut.
func (l *local) close() error {
	var err error
	if l.stop != nil {
		l.stop()
		err = <-l.served
	}
	return errors.Join(err, l.pipeline.Close())
}

// quietLog is for commands that answer a person: warnings only.
func quietLog() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
