package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/elastic"
	"lazuli.dev/lazuli/forward/file"
	"lazuli.dev/lazuli/forward/http"
	"lazuli.dev/lazuli/forward/splunk"
	"lazuli.dev/lazuli/forward/syslog"
)

// A Receiver has one key for each kind of receiver; an output sets exactly one of them. To add a kind,
// add its key here and its line in kinds.
type Receiver struct {
	Splunk  *splunk.Config  `yaml:"splunk"`
	Syslog  *syslog.Config  `yaml:"syslog"`
	Elastic *elastic.Config `yaml:"elastic"`
	HTTP    *http.Config    `yaml:"http"`
	File    *file.Config    `yaml:"file"`
}

// A component is what a kind of receiver brings along.
type component interface {
	Validate() error
	to() string
	open() (lazuli.Forwarder, error)
}

// kinds lists all outputs: the key, and the component when the key is set.
func (r Receiver) kinds() map[string]component {
	return map[string]component{
		"splunk": kind("splunk", r.Splunk, func(c splunk.Config) string { return place(c.URL, "services/collector") },
			func(c splunk.Config) (lazuli.Forwarder, error) { return splunk.New(c) }),
		"syslog": kind("syslog", r.Syslog, func(c syslog.Config) string { return cmp.Or(c.Transport, "tls") + "://" + c.Address },
			func(c syslog.Config) (lazuli.Forwarder, error) { return syslog.New(c) }),
		"elastic": kind("elastic", r.Elastic, func(c elastic.Config) string { return place(c.URL, "_bulk") },
			func(c elastic.Config) (lazuli.Forwarder, error) { return elastic.New(c) }),
		"http": kind("http", r.HTTP, func(c http.Config) string { return place(c.URL) },
			func(c http.Config) (lazuli.Forwarder, error) { return http.New(c) }),
		"file": kind("file", r.File, func(c file.Config) string { return filepath.Join(c.Dir, cmp.Or(c.Name, "events")+"-*.ndjson") },
			func(c file.Config) (lazuli.Forwarder, error) { return file.New(c) }),
	}
}

// place is a URL for people to read, with what a kind of receiver appends to its path: without user, password and
// parameters, and of the path that is configured the first element alone, for webhooks have their secret in the rest.
func place(address string, more ...string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "" // Validate has refused it
	}
	first, rest, _ := strings.Cut(strings.Trim(u.EscapedPath(), "/"), "/")
	parts := []string{u.Scheme + "://" + u.Host}
	if first != "" {
		parts = append(parts, first)
	}
	if rest != "" {
		parts = append(parts, "…")
	}
	return strings.Join(append(parts, more...), "/")
}

// receiver is the one component that is set, with its key.
func (r Receiver) receiver() (string, component, error) {
	return only(r.kinds(), "no receiver", "outputs")
}

// only is the kind that is set of those that there are, with its key. An error says none where there is none, and where
// there are several that each wants one of these for itself.
func only[T comparable](kinds map[string]T, none, these string) (key string, found T, err error) {
	var unset T
	names := slices.Sorted(maps.Keys(kinds))
	for _, name := range names {
		switch {
		case kinds[name] == unset:
		case found != unset:
			return "", unset, fmt.Errorf("both %s and %s are set; make two %s of it", key, name, these)
		default:
			key, found = name, kinds[name]
		}
	}
	if found == unset {
		return "", unset, errors.New(none + "; set one of: " + strings.Join(names, ", "))
	}
	return key, found, nil
}

// Kind names the receiver's kind.
func (r Receiver) Kind() string {
	key, _, _ := r.receiver()
	return key
}

// To says where to, for people: an address or a path, without secrets.
func (r Receiver) To() string {
	_, c, err := r.receiver()
	if err != nil {
		return ""
	}
	return c.to()
}

// Open makes the forwarder. Nothing is sent yet.
func (r Receiver) Open() (lazuli.Forwarder, error) {
	_, c, err := r.receiver()
	if err != nil {
		return nil, err
	}
	return c.open()
}

// typed joins a configuration with what makes a forwarder of it.
type typed[C interface{ Validate() error }] struct {
	key    string
	config C
	where  func(C) string
	make   func(C) (lazuli.Forwarder, error)
}

func kind[C interface{ Validate() error }](key string, config *C, where func(C) string, make func(C) (lazuli.Forwarder, error)) component {
	if config == nil {
		return nil
	}
	return typed[C]{key, *config, where, make}
}

func (t typed[C]) Validate() error {
	if err := t.config.Validate(); err != nil {
		return fmt.Errorf("%s.%w", t.key, err)
	}
	return nil
}

func (t typed[C]) to() string { return t.where(t.config) }

func (t typed[C]) open() (lazuli.Forwarder, error) { return t.make(t.config) }
