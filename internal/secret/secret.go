// Package secret has a string that never shows itself.
//
// Invariant: whatever prints, logs or marshals a String, by any verb or encoder of the standard
// library or of the YAML package, writes Hidden; the value leaves by Reveal alone.
package secret

import (
	"fmt"
	"log/slog"
)

// Hidden is what a secret shows instead of itself.
const Hidden = "(hidden)"

// A String is a password, token or key. The zero value is no secret.
type String struct{ value string }

// New makes a secret of value.
func New(value string) String { return String{value} }

// Reveal returns the value, for the one place that has to send or compare it.
func (s String) Reveal() string { return s.value }

// IsZero reports whether there is no secret.
func (s String) IsZero() bool { return s.value == "" }

// String returns Hidden, or "" when there is no secret.
func (s String) String() string {
	if s.value == "" {
		return ""
	}
	return Hidden
}

// Format writes what String returns, whatever the verb: %#v and %x would otherwise reach into the
// struct.
func (s String) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue keeps the secret out of structured logs.
func (s String) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText writes what String returns, so that a configuration can be shown.
func (s String) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a secret from a configuration.
func (s *String) UnmarshalText(text []byte) error {
	s.value = string(text)
	return nil
}
