package lazuli

import (
	"errors"
	"fmt"
	"time"
)

// A Kind says what the one who meets an error should do about it.
type Kind uint8

const (
	// Unknown is the kind of an error that nobody classified; it is treated as Transient where
	// data would otherwise be given up, and as a server's fault towards a client.
	Unknown Kind = iota
	// Permanent: trying again without a change by a person gives the same error.
	Permanent
	// Transient: trying again later may succeed.
	Transient
	// Invalid: what was sent is wrong; the sender has to change it.
	Invalid
	// Denied: credentials are missing, wrong or too weak.
	Denied
	// NoSpace: the disk or a limit is full; queries go on, and it recovers by itself.
	NoSpace
	// Conflict: the same name was used for something else before.
	Conflict
	// TooLarge: what was sent is larger than the limit; it has to come in parts.
	TooLarge
)

// String names the kind as logs and metrics write it.
func (k Kind) String() string {
	switch k {
	case Permanent:
		return "permanent"
	case Transient:
		return "transient"
	case Invalid:
		return "invalid"
	case Denied:
		return "denied"
	case NoSpace:
		return "no space"
	case Conflict:
		return "conflict"
	case TooLarge:
		return "too large"
	}
	return "unknown"
}

// An Error is an error with a kind. Public is for the one who asked and names no cause inside the
// server; Err, where it is set, is the whole text for the operator. Neither holds a secret.
type Error struct {
	Kind   Kind
	Public string
	Wait   time.Duration // when to try again at the earliest; 0 = not known
	Err    error         // may be nil
}

// Error is the operator's text: the cause where there is one, else the public message.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Public
	}
	return e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an error of the kind whose public message is its whole text; %w wraps.
func Errorf(k Kind, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: k, Public: err.Error(), Err: err}
}

// Public is what may be told to the one who asked: the public message of the first Error in err's
// chain, "" when there is none.
func Public(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Public
	}
	return ""
}

// KindOf is the kind of the first Error in err's chain, Unknown when there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Unknown
}

// RetryAfter is the pause that the first Error in err's chain asks for.
func RetryAfter(err error) (time.Duration, bool) {
	var e *Error
	if errors.As(err, &e) && e.Wait > 0 {
		return e.Wait, true
	}
	return 0, false
}
