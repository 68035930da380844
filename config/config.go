// Package config reads Lazuli's one YAML file.
//
// Everything in it is optional; what can be known is not asked. Invariant: a file that Read accepts
// has no key that nobody reads and no value that a component would refuse later; every error says the
// line or the path of the key.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"sort"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/auth"
	"lazuli.dev/lazuli/internal/secret"
	"lazuli.dev/lazuli/pipeline"
	"lazuli.dev/lazuli/schema"
)

// A File is the whole configuration.
type File struct {
	// Workspaces that exist. "default" exists always; a workspace without id gets one at the first
	// start, kept in the data directory.
	Workspaces []Workspace `yaml:"workspaces"`
	// Retention says how long rows are kept, counted from their receipt.
	Retention Retention `yaml:"retention"`
	// Limits bound memory and queries.
	Limits Limits `yaml:"limits"`
	// TLS of the listener.
	TLS TLS `yaml:"tls"`
	// Tokens beside the admin token.
	Tokens []Token `yaml:"tokens"`
	// Sources take in records beside uploads over HTTP.
	Sources []Source `yaml:"sources"`
	// Outputs deliver rows to other systems.
	Outputs []Output `yaml:"outputs"`
}

// A Workspace is a set of tables of its own.
type Workspace struct {
	Name string `yaml:"name"` // letters, digits, - and _, at most 63, first a letter
	ID   string `yaml:"id"`   // GUID that clients may use instead of the name
}

// Retention is how long rows are kept. Zero keeps them for ever.
type Retention struct {
	Default Age            `yaml:"default"` // for tables that are not listed
	Tables  map[string]Age `yaml:"tables"`
	// Journal is how long the raw bytes are kept as evidence once their rows are in the tables.
	Journal Age `yaml:"journal"`
}

// Limits bound what the server uses.
type Limits struct {
	Memory Size        `yaml:"memory"` // for the engine; default [store.DefaultMemoryLimit]
	Hot    Size        `yaml:"hot"`    // rows that are not yet in the table file; default [store.DefaultHotBytes]
	Upload Size        `yaml:"upload"` // one upload after decompression; default [pipeline.DefaultMaxUpload]
	Disk   Size        `yaml:"disk"`   // of journal and tables; where it is passed the oldest are given up; 0 = none
	Query  QueryLimits `yaml:"query"`
}

// QueryLimits bound one query.
type QueryLimits struct {
	Time  time.Duration `yaml:"time"`  // default 3m, at most 10m
	Rows  int64         `yaml:"rows"`  // default 500000
	Bytes Size          `yaml:"bytes"` // of the result; default 64MiB
}

// TLS of the listener. Without cert and key the server makes an authority and certificate of its own.
type TLS struct {
	Cert  string   `yaml:"cert"`  // PEM file, chain included
	Key   string   `yaml:"key"`   // PEM file
	Names []string `yaml:"names"` // further host names and addresses of the certificate that the server makes
}

// A Token lets a client in.
type Token struct {
	Name       string        `yaml:"name"`  // of the principal
	Token      secret.String `yaml:"token"` // ${env:NAME} and file:PATH are read
	Scopes     []string      `yaml:"scopes"`
	Workspaces []string      `yaml:"workspaces"` // empty: all
}

// A Source takes in what others send.
type Source struct {
	Name      string `yaml:"name"`      // of the source and its records' origin: letters, digits, - and _
	Workspace string `yaml:"workspace"` // default "default"
	// Intake is the one key that names the kind of source.
	Intake `yaml:",inline"`
}

// An Output delivers the rows of a query to one receiver.
type Output struct {
	Name      string `yaml:"name"`      // of the output and its cursor: letters, digits, - and _
	Workspace string `yaml:"workspace"` // default "default"
	// Query is row-wise KQL: it chooses the rows and shapes them. Default: all rows of all tables.
	Query string `yaml:"query"`
	// Tables are those whose rows go out, instead of a query.
	Tables []string `yaml:"tables"`
	// From says where a new output starts: "now" (default) or "beginning".
	From string `yaml:"from"`
	// Batch bounds what is sent at a time.
	Batch Batch `yaml:"batch"`
	// Receiver is the one key that names the kind of receiver.
	Receiver `yaml:",inline"`
}

// A Batch bounds what an output sends at a time.
type Batch struct {
	Events int  `yaml:"events"` // default 5000
	Bytes  Size `yaml:"bytes"`  // default 8MiB
}

// Read reads and checks a file.
func Read(path string) (*File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	f, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read configuration %s: %w", path, err)
	}
	return f, nil
}

// Parse reads and checks the text of a file.
func Parse(text []byte) (*File, error) {
	var f File
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return nil, explain(err, text)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document: a line --- ends the configuration")
	}
	return &f, f.Validate()
}

var (
	wordPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,62}$`)
	guidPattern = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`)
)

// Validate reports all that is wrong, each by the path of its key.
func (f *File) Validate() error {
	var all []error
	bad := func(format string, args ...any) { all = append(all, fmt.Errorf(format, args...)) }
	names, ids := map[string]bool{lazuli.DefaultWorkspace: true}, map[string]bool{}
	listed := map[string]bool{}
	for i, w := range f.Workspaces {
		at := fmt.Sprintf("workspaces[%d]", i)
		switch id := strings.ToLower(w.ID); {
		case !wordPattern.MatchString(w.Name):
			bad("%s.name: %q is not a name; use letters, digits, - and _, at most 63, first a letter", at, w.Name)
		case listed[strings.ToLower(w.Name)]:
			bad("%s.name: %s is listed twice", at, w.Name)
		case w.ID != "" && !guidPattern.MatchString(w.ID):
			bad("%s.id: %q is not a GUID", at, w.ID)
		case w.ID != "" && ids[id]:
			bad("%s.id: %s belongs to another workspace", at, w.ID)
		default:
			ids[id] = true
		}
		names[w.Name], listed[strings.ToLower(w.Name)] = true, true
	}
	for table, age := range f.Retention.Tables {
		if _, known := schema.Lookup(table); !known && !strings.HasSuffix(table, "_CL") {
			bad("retention.tables.%s: no such table; custom tables end in _CL", table)
		}
		if age < 0 {
			bad("retention.tables.%s: negative", table)
		}
	}
	if q := f.Limits.Query; q.Time < 0 || q.Time > 10*time.Minute {
		bad("limits.query.time: %s is not between 0 and 10m", q.Time)
	} else if q.Rows < 0 {
		bad("limits.query.rows: negative")
	}
	if (f.TLS.Cert == "") != (f.TLS.Key == "") {
		bad("tls: cert and key go together")
	}
	tokens := map[string]bool{}
	for i, t := range f.Tokens {
		at := fmt.Sprintf("tokens[%d]", i)
		switch {
		case t.Name == "":
			bad("%s.name: missing", at)
		case tokens[t.Name]:
			bad("%s.name: %s is listed twice", at, t.Name)
		case t.Token.Empty():
			bad("%s.token: missing", at)
		case len(t.Scopes) == 0:
			bad("%s.scopes: missing; one or more of ingest, query, admin", at)
		}
		tokens[t.Name] = true
		for _, s := range t.Scopes {
			if _, err := auth.ParseScope(s); err != nil {
				bad("%s.scopes: %w", at, err)
			}
		}
		for _, w := range t.Workspaces {
			if !names[w] {
				bad("%s.workspaces: no workspace %q", at, w)
			}
		}
	}
	sources := map[string]bool{}
	for i, s := range f.Sources {
		at := fmt.Sprintf("sources[%d]", i)
		if s.Name != "" {
			at += " (" + s.Name + ")"
		}
		switch {
		case !wordPattern.MatchString(s.Name):
			bad("%s.name: %q is not a name; use letters, digits, - and _, at most 63, first a letter", at, s.Name)
		case s.Name == pipeline.HTTPSource:
			bad("%s.name: %s is the source of uploads, which is always there", at, s.Name)
		case sources[s.Name]:
			bad("%s.name: listed twice; records and a pause are kept under it", at)
		case s.Workspace != "" && !names[s.Workspace]:
			bad("%s.workspace: no workspace %q", at, s.Workspace)
		}
		sources[s.Name] = true
		if _, c, err := s.source(); err != nil {
			bad("%s: %w", at, err)
		} else if err := c.Validate(); err != nil {
			bad("%s.%w", at, err)
		}
	}
	outputs := map[string]bool{}
	files := map[string]string{} // whose they are
	for i, o := range f.Outputs {
		at := fmt.Sprintf("outputs[%d]", i)
		if o.Name != "" {
			at += " (" + o.Name + ")"
		}
		switch {
		case !wordPattern.MatchString(o.Name):
			bad("%s.name: %q is not a name; use letters, digits, - and _, at most 63, first a letter", at, o.Name)
		case outputs[o.Name]:
			bad("%s.name: listed twice; the cursor is kept under it", at)
		case o.Workspace != "" && !names[o.Workspace]:
			bad("%s.workspace: no workspace %q", at, o.Workspace)
		case o.From != "" && o.From != "now" && o.From != "beginning":
			bad(`%s.from: %q is neither "now" nor "beginning"`, at, o.From)
		case o.Batch.Events < 0:
			bad("%s.batch.events: negative", at)
		case o.Query != "" && len(o.Tables) > 0:
			bad("%s.tables: a query names its table; give the one or the other", at)
		}
		outputs[o.Name] = true
		for _, table := range o.Tables {
			if _, known := schema.Lookup(table); !known && !strings.HasSuffix(table, "_CL") {
				bad("%s.tables: no table %s; custom tables end in _CL", at, table)
			}
		}
		switch key, c, err := o.receiver(); {
		case err != nil:
			bad("%s: %w", at, err)
		case c.Validate() != nil:
			bad("%s.%w", at, c.Validate())
		case key == "file" && files[c.to()] != "":
			bad("%s.file: output %s writes %s already; give one of them another name or dir", at, files[c.to()], c.to())
		case key == "file":
			files[c.to()] = o.Name
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Error() < all[j].Error() })
	return errors.Join(all...)
}

// InWorkspace is the name of the output's workspace.
func (o Output) InWorkspace() string { return orDefault(o.Workspace) }

// InWorkspace is the name of the source's workspace.
func (s Source) InWorkspace() string { return orDefault(s.Workspace) }

func orDefault(workspace string) string {
	if workspace == "" {
		return lazuli.DefaultWorkspace
	}
	return workspace
}
