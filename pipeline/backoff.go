package pipeline

import (
	"math/rand/v2"
	"time"

	"lazuli.dev/lazuli"
)

const (
	// backoffFirst to backoffLast: a receiver that restarts is met again within seconds, one that is down
	// for hours is asked once a minute.
	backoffFirst = 500 * time.Millisecond
	backoffLast  = time.Minute
	// backoffPerson is for errors that only a person can mend: often enough that the repair is
	// noticed soon, rarely enough that nobody is locked out by wrong tokens.
	backoffPerson = 5 * time.Minute
)

// backoff counts failures in a row and says how long to wait after each.
type backoff struct {
	failures int
	random   func() float64 // in [0,1)
}

func newBackoff() *backoff { return &backoff{random: rand.Float64} }

func (b *backoff) succeeded() { b.failures = 0 }

// failed is the pause after one more failure: doubling, between half and all of the span, so that outputs
// which failed together do not come back together. A receiver's own Retry-After is the least.
func (b *backoff) failed(err error) time.Duration {
	span := backoffLast
	if b.failures < 7 {
		span = min(backoffLast, backoffFirst<<b.failures)
	}
	b.failures++
	switch lazuli.KindOf(err) {
	case lazuli.Permanent, lazuli.Denied, lazuli.Invalid:
		// The first failures are met quickly all the same: a receiver that restarts says odd things.
		if b.failures > 3 {
			span = backoffPerson
		}
	}
	pause := span/2 + time.Duration(b.random()*float64(span/2))
	if wait, asked := lazuli.RetryAfter(err); asked && wait > pause {
		pause = wait + time.Duration(b.random()*float64(wait/10))
	}
	return pause
}
