package config

import (
	"fmt"
	"log/slog"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/api/tlsconf"
	"lazuli.dev/lazuli/source/syslog"
)

// An Intake has one key for each kind of source; a source sets exactly one of them. To add a kind, add its
// key here and its line in kinds.
type Intake struct {
	Syslog *syslog.Config `yaml:"syslog"`
}

// Surroundings are what a source finds where it is opened.
type Surroundings struct {
	Data  string   // the data directory, where the server's own certificate is
	Names []string // of the server's certificate, besides this machine's
	Log   *slog.Logger
}

// An intake is what a kind of source brings along.
type intake interface {
	Validate() error
	receive(s Source, at Surroundings) (lazuli.Receiver, error)
}

// kinds lists all sources: the key, and the intake when the key is set.
func (i Intake) kinds() map[string]intake {
	return map[string]intake{
		"syslog": intakeOf("syslog", i.Syslog, openSyslog),
	}
}

// openSyslog opens a receiver of syslog; the certificate for TLS is its own or the server's.
func openSyslog(c syslog.Config, s Source, at Surroundings) (lazuli.Receiver, error) {
	o := syslog.Options{Name: s.Name, Workspace: s.InWorkspace(), Log: at.Log}
	if c.ListenTLS != "" {
		certificates, err := tlsconf.New(tlsconf.Options{Data: at.Data, Cert: c.Cert, Key: c.Key, Names: at.Names})
		if err != nil {
			return nil, err
		}
		o.Certificate = certificates.Config().GetCertificate
	}
	return syslog.New(c, o)
}

// source is the one intake that is set, with its key.
func (i Intake) source() (string, intake, error) {
	return only(i.kinds(), "no kind", "sources")
}

// Kind names the source's kind.
func (s Source) Kind() string {
	key, _, _ := s.source()
	return key
}

// Open begins to receive.
func (s Source) Open(at Surroundings) (lazuli.Receiver, error) {
	_, c, err := s.source()
	if err != nil {
		return nil, err
	}
	return c.receive(s, at)
}

// typedIntake joins a configuration with what makes a receiver of it.
type typedIntake[C interface{ Validate() error }] struct {
	key    string
	config C
	open   func(C, Source, Surroundings) (lazuli.Receiver, error)
}

func intakeOf[C interface{ Validate() error }](key string, config *C, open func(C, Source, Surroundings) (lazuli.Receiver, error)) intake {
	if config == nil {
		return nil
	}
	return typedIntake[C]{key, *config, open}
}

func (t typedIntake[C]) Validate() error {
	if err := t.config.Validate(); err != nil {
		return fmt.Errorf("%s.%w", t.key, err)
	}
	return nil
}

func (t typedIntake[C]) receive(s Source, at Surroundings) (lazuli.Receiver, error) {
	return t.open(t.config, s, at)
}
