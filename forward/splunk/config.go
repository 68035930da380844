// Package splunk delivers events to Splunk's HTTP Event Collector.
//
// With indexer acknowledgement an event counts as delivered when Splunk says that it is indexed, without
// it when the collector has answered success. Invariant: an event is reported as Delivered only
// after that, and as Rejected only after the collector has refused it alone in a request; the number
// that the collector gives in its errors (counted from 0 or from 1, by error) is only a hint.
package splunk

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"lazuli.dev/lazuli/forward/transport"
	"lazuli.dev/lazuli/internal/secret"
)

// Config describes one collector.
type Config struct {
	// URL of the collector, for example https://splunk.example.org:8088; a path is kept as prefix.
	URL string `yaml:"url"`
	// Token of the HTTP Event Collector input; ${env:NAME} and file:PATH are read.
	Token secret.String `yaml:"token"`
	// Acknowledgement: wait until the indexers confirm each request. The token needs
	// "Enable indexer acknowledgement". Default true.
	Acknowledgement *bool `yaml:"acknowledgement"`
	// AckTimeout is how long a confirmation may take before events are sent again. Default 2m.
	AckTimeout time.Duration `yaml:"ack_timeout"`
	// Channel is the GUID of the data channel. Default: a new one for each start.
	Channel string `yaml:"channel"`
	// Host, Source, SourceType and Index of the events. {Column} stands for the row's value,
	// {_Table} and {_Workspace} for where it comes from; what comes out empty is left to Splunk.
	Host       string `yaml:"host"`
	Source     string `yaml:"source"`     // default lazuli:{_Workspace}
	SourceType string `yaml:"sourcetype"` // default azure:{_Table}
	Index      string `yaml:"index"`
	// Gzip compresses requests. Default true.
	Gzip *bool `yaml:"gzip"`
	// RequestBytes is the size of one request before compression. Default 1000000, as Splunk advises.
	RequestBytes int `yaml:"request_bytes"`
	// Timeout of one request. Default 30s.
	Timeout time.Duration `yaml:"timeout"`
	// CA is a PEM file of the authorities to trust instead of the system's.
	CA string `yaml:"ca"`
	// AllowPlainHTTP sends the token without TLS to a host that is not this machine.
	AllowPlainHTTP bool `yaml:"allow_plain_http"`
}

// withDefaults fills what was not set.
func (c Config) withDefaults() Config {
	yes := true
	if c.Acknowledgement == nil {
		c.Acknowledgement = &yes
	}
	if c.Gzip == nil {
		c.Gzip = &yes
	}
	if c.AckTimeout == 0 {
		c.AckTimeout = 2 * time.Minute
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.RequestBytes == 0 {
		c.RequestBytes = 1_000_000
	}
	if c.Source == "" {
		c.Source = "lazuli:{_Workspace}"
	}
	if c.SourceType == "" {
		c.SourceType = "azure:{_Table}"
	}
	return c
}

// Validate reports the first thing that is wrong, by the key's name.
func (c Config) Validate() error {
	if c.URL == "" {
		return errors.New("url: missing; for example https://splunk.example.org:8088")
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("url: not an http or https URL")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("url: user, query and fragment are not allowed; the token has a key of its own")
	}
	if u.Scheme == "http" && !c.AllowPlainHTTP && !transport.IsLoopback(u.Hostname()) {
		return errors.New("url: http would send the token in the clear; use https or set allow_plain_http")
	}
	if c.Token.Empty() {
		return errors.New("token: missing")
	}
	if strings.ContainsAny(c.Token.Reveal(), " \r\n\t") {
		return errors.New("token: contains white space")
	}
	if c.AckTimeout < 0 || c.Timeout < 0 {
		return errors.New("timeout: negative")
	}
	if c.RequestBytes != 0 && c.RequestBytes < 1000 {
		return errors.New("request_bytes: less than 1000")
	}
	if c.Channel != "" && !isGUID(c.Channel) {
		return fmt.Errorf("channel: %q is not a GUID", c.Channel)
	}
	for key, text := range map[string]string{"host": c.Host, "source": c.Source, "sourcetype": c.SourceType, "index": c.Index} {
		if _, err := parseTemplate(text); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return transport.TLS{CA: c.CA}.Validate()
}

func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		hex := c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
		if dash != (c == '-') || !dash && !hex {
			return false
		}
	}
	return true
}
