// Package secret has a string that never prints, marshals or logs itself.
//
// Invariant: the value leaves a String only through Reveal, so that a search for "Reveal" shows
// every place where a secret is used.
package secret

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

// Shown stands in for a value wherever a String is printed.
const Shown = "[secret]"

// A String holds a secret. The zero value is an empty one.
type String struct{ value string }

// New wraps a value.
func New(value string) String { return String{value} }

// Reveal gives the value to the one place that sends or compares it.
func (s String) Reveal() string { return s.value }

// Empty reports whether there is no value.
func (s String) Empty() bool { return s.value == "" }

// String never gives the value.
func (s String) String() string {
	if s.value == "" {
		return ""
	}
	return Shown
}

// Format keeps every verb from reaching the value.
func (s String) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText keeps JSON and YAML encoders from reaching the value.
func (s String) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue keeps slog from reaching the value.
func (s String) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Redact replaces the value where it occurs in a text that somebody else wrote.
func (s String) Redact(text string) string {
	if s.value == "" {
		return text
	}
	return strings.ReplaceAll(text, s.value, Shown)
}

// UnmarshalText takes a value as a configuration file writes it: ${env:NAME} is the variable's
// value, file:PATH the file's content without its last line break, all else the value itself.
// A variable or file that is missing or empty is an error, which names it and not the value.
func (s *String) UnmarshalText(text []byte) error {
	t := string(text)
	switch {
	case strings.HasPrefix(t, "${env:") && strings.HasSuffix(t, "}"):
		name := t[len("${env:") : len(t)-1]
		v := os.Getenv(name)
		if v == "" {
			return fmt.Errorf("read secret: environment variable %s is not set", name)
		}
		s.value = v
	case strings.HasPrefix(t, "file:"):
		path := t[len("file:"):]
		b, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read secret: %w", err)
		}
		v := strings.TrimRight(string(b), "\r\n")
		if v == "" {
			return fmt.Errorf("read secret: file %s is empty", path)
		}
		s.value = v
	default:
		s.value = t
	}
	return nil
}
