// Package forwardtest is the conformance suite of lazuli.Forwarder, and has the receivers that
// stand in for systems which cannot be installed for a test.
//
// Invariant: a forwarder that passes Run loses no event under any of the faults, keeps their order
// and ids, tells which event the receiver refused, and shows no secret.
package forwardtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli"
)

// A Fault is something that goes wrong with one write request.
type Fault int

const (
	Throttled  Fault = iota // 429 with Retry-After: Wait; nothing is stored
	Busy                    // 503 with Retry-After: Wait; nothing is stored
	Broken                  // 500; nothing is stored
	DropBefore              // the connection ends in the middle of the request; nothing is stored
	DropAfter               // everything is stored, the connection ends before the answer
	Lost                    // the answer is success, nothing is stored, no acknowledgement ever comes
	Unacked                 // everything is stored, no acknowledgement ever comes
	Half                    // every other event is stored, the rest is refused for now
	Dated                   // 429 with a Retry-After that is the date after Wait; nothing is stored
	Silent                  // the request is taken and never answered; nothing is stored
)

var faultNames = [...]string{"throttled", "busy", "broken", "connection dropped before", "connection dropped after", "accepted and lost", "stored and not acknowledged", "half of it refused for now", "throttled until a date", "never answered"}

// String names the fault.
func (f Fault) String() string { return faultNames[f] }

// Wait is the Retry-After that Throttled and Busy name.
const Wait = 3 * time.Second

// A Got is one event that a receiver has stored.
type Got struct{ ID, Row string }

// A Setup is one receiver and the way to open forwarders to it.
type Setup struct {
	Open   func() (lazuli.Forwarder, error)
	Got    func() []Got     // what was stored, in order of arrival, repeats included
	Fault  func(f ...Fault) // the next write requests meet these, one each
	Faults []Fault          // those that the receiver can play
	// Impatient opens a forwarder that waits for an answer no longer than Patience; nil where no answers are expected.
	Impatient func() (lazuli.Forwarder, error)
	Down      func(down bool) // no connection is answered while it is down
	// Poison makes an event one that the receiver refuses; nil where no event can be one.
	Poison func(*lazuli.Event)
	// Secrets are texts that must not occur in any error or reason.
	Secrets []string
	// Row is what Got has of an event; nil means the event's row.
	Row func(*lazuli.Event) string
	// Unconfirmed says that the receiver's protocol confirms nothing: a fault may show only when more is sent.
	Unconfirmed bool
	// Await blocks until that many different ids are stored, or patience is over; nil where Send waits for
	// that.
	Await func(ids int, patience time.Duration)
}

// row is what the receiver should have of an event.
func (s *Setup) row(e *lazuli.Event) string {
	if s.Row != nil {
		return s.Row(e)
	}
	return string(e.Row)
}

// await waits for what must come, however busy the machine is.
func (s *Setup) await(ids int) {
	if s.Await != nil {
		s.Await(ids, 30*time.Second)
	}
}

// glance is how long goOn waits for what may have been lost.
const glance = 300 * time.Millisecond

// Events makes n events of table T with consecutive sequence numbers.
func Events(n int) []lazuli.Event {
	events := make([]lazuli.Event, n)
	for i := range events {
		events[i] = lazuli.Event{
			ID: fmt.Sprintf("id-%04d", i), Seq: int64(i+1) << 24, Workspace: "default", Table: "T",
			Time: lazuli.TicksAtUnixEpoch + 17_000_000_000_000_000 + int64(i),
			Row:  fmt.Appendf(nil, `{"N":%d,"Text":"é \"quoted\" <&> \u2028 %s"}`, i, strings.Repeat("x", i%50)),
		}
	}
	return events
}

// Run checks the contract of lazuli.Forwarder. setup is called for each part.
func Run(t *testing.T, setup func(t *testing.T) Setup) {
	part := func(name string, f func(t *testing.T, s Setup, fw lazuli.Forwarder)) {
		t.Run(name, func(t *testing.T) {
			s := setup(t)
			fw, err := s.Open()
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := fw.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			}()
			f(t, s, fw)
		})
	}
	part("delivers in order", func(t *testing.T, s Setup, fw lazuli.Forwarder) {
		events := Events(500)
		out, err := fw.Send(t.Context(), events)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range out {
			if o.Verdict != lazuli.Delivered {
				t.Fatalf("event %d: %v %s", i, o.Verdict, o.Reason)
			}
		}
		s.await(len(events))
		check(t, s, events)
		if got := len(s.Got()); got != len(events) {
			t.Errorf("%d events stored without any fault, want %d", got, len(events))
		}
	})
	part("nothing to send", func(t *testing.T, s Setup, fw lazuli.Forwarder) {
		if out, err := fw.Send(t.Context(), nil); err != nil || len(out) != 0 {
			t.Errorf("%v, %v", out, err)
		}
	})
	part("refused events", func(t *testing.T, s Setup, fw lazuli.Forwarder) {
		if s.Poison == nil {
			return // no event can be refused: there is nothing to tell apart
		}
		for _, bad := range [][]int{{0}, {19}, {7}, {3, 4, 5}, {0, 9, 19}} {
			events := Events(20)
			poisoned := map[string]bool{}
			for i := range events {
				events[i].ID = fmt.Sprintf("%v-%s", bad, events[i].ID)
			}
			for _, i := range bad {
				s.Poison(&events[i])
				poisoned[events[i].ID] = true
			}
			rejected := Deliver(t, s, fw, events)
			if diff := cmp.Diff(poisoned, rejected); diff != "" {
				t.Errorf("rejected, bad events %v (-want +got):\n%s", bad, diff)
			}
		}
	})
	part("down", func(t *testing.T, s Setup, fw lazuli.Forwarder) {
		events := Events(30)
		s.Down(true)
		_, err := fw.Send(t.Context(), events)
		if (err != nil || !s.Unconfirmed) && lazuli.KindOf(err) != lazuli.Transient {
			t.Errorf("error while down: %v (%v), want a transient one", err, lazuli.KindOf(err))
		}
		s.Down(false)
		Deliver(t, s, fw, events)
		if s.Unconfirmed {
			events = append(events, goOn(t, s, fw, events)...)
		}
		s.await(len(events))
		check(t, s, events)
	})
	part("cancelled", func(t *testing.T, s Setup, fw lazuli.Forwarder) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		events := Events(3)
		if out, err := fw.Send(ctx, events); err == nil {
			for _, o := range out {
				if o.Verdict == lazuli.Rejected {
					t.Error("an event was rejected because the caller gave up")
				}
			}
		}
		Deliver(t, s, fw, events)
		s.await(len(events))
		check(t, s, events)
	})
	for _, fault := range setup(t).Faults {
		part(fault.String(), func(t *testing.T, s Setup, fw lazuli.Forwarder) {
			events := Events(60)
			s.Fault(fault)
			out, err := fw.Send(t.Context(), events)
			if (fault == Throttled || fault == Busy || fault == Dated) && err != nil {
				// A date has no parts of a second.
				if d, ok := lazuli.RetryAfter(err); !ok || d > Wait || d < Wait && (fault != Dated || d < Wait-2*time.Second) {
					t.Errorf("retry after %v, want %v", d, Wait)
				}
			}
			if err == nil && all(out, lazuli.Delivered) && !s.Unconfirmed {
				t.Error("reported as delivered in spite of the fault")
			}
			if err != nil && lazuli.KindOf(err) != lazuli.Transient {
				t.Errorf("kind %v of %v, want transient", lazuli.KindOf(err), err)
			}
			s.Fault(fault, fault)
			Deliver(t, s, fw, events)
			if fault == Lost || fault == Half {
				// What the receiver did not keep comes after what it kept.
				s.await(len(events))
				checkSet(t, s, events)
				return
			}
			if s.Unconfirmed {
				events = append(events, goOn(t, s, fw, events)...)
			}
			s.await(len(events))
			check(t, s, events)
		})
	}
	part("never answered", func(t *testing.T, s Setup, fw lazuli.Forwarder) {
		if s.Impatient == nil {
			return // its protocol has no answers
		}
		impatient, err := s.Impatient()
		if err != nil {
			t.Fatal(err)
		}
		events := Events(60)
		s.Fault(Silent)
		out, err := impatient.Send(t.Context(), events)
		if err == nil && all(out, lazuli.Delivered) {
			t.Error("reported as delivered without an answer")
		}
		if err != nil && (lazuli.KindOf(err) != lazuli.Transient || !strings.Contains(err.Error(), "in time")) {
			t.Errorf("without an answer: %v (%v), want a transient error that says so", err, lazuli.KindOf(err))
		}
		if err := impatient.Close(); err != nil {
			t.Error(err)
		}
		Deliver(t, s, fw, events)
		s.await(len(events))
		check(t, s, events)
	})
	t.Run("ids are stable over a restart", func(t *testing.T) {
		s := setup(t)
		events := Events(10)
		for range 2 {
			fw, err := s.Open()
			if err != nil {
				t.Fatal(err)
			}
			Deliver(t, s, fw, events)
			if err := fw.Close(); err != nil {
				t.Error(err)
			}
		}
		s.await(len(events))
		check(t, s, events)
	})
}

// goOn sends more, event by event, until the receiver has all that was sent: with a protocol that confirms
// nothing a loss is noticed, and made good, only then. It returns what it sent.
func goOn(t *testing.T, s Setup, fw lazuli.Forwarder, events []lazuli.Event) []lazuli.Event {
	t.Helper()
	more := Events(len(events) + 30)[len(events):]
	for i := range more {
		Deliver(t, s, fw, more[i:i+1])
		if s.Await != nil {
			s.Await(len(events)+i+1, glance)
		}
		ids := map[string]bool{}
		for _, g := range s.Got() {
			ids[g.ID] = true
		}
		if len(ids) == len(events)+i+1 {
			return more[:i+1]
		}
	}
	return more
}

func all(out []lazuli.Outcome, v lazuli.Verdict) bool {
	for _, o := range out {
		if o.Verdict != v {
			return false
		}
	}
	return true
}

// Deliver sends until no event is left, without pauses, as the contract allows, and returns the ids that
// were rejected. It fails the test when an error or a reason shows a secret.
func Deliver(t *testing.T, s Setup, fw lazuli.Forwarder, events []lazuli.Event) map[string]bool {
	t.Helper()
	rejected := map[string]bool{}
	left := append([]lazuli.Event(nil), events...)
	for range 100 {
		if len(left) == 0 {
			return rejected
		}
		out, err := fw.Send(t.Context(), left)
		if err != nil {
			leaks(t, s, err.Error())
			leaks(t, s, lazuli.Public(err))
			continue
		}
		if len(out) != len(left) {
			t.Fatalf("%d outcomes for %d events", len(out), len(left))
		}
		var again []lazuli.Event
		for i, o := range out {
			leaks(t, s, o.Reason)
			switch o.Verdict {
			case lazuli.Rejected:
				rejected[left[i].ID] = true
				if o.Reason == "" {
					t.Errorf("event %s is rejected without a reason", left[i].ID)
				}
			case lazuli.Retry:
				again = append(again, left[i])
			}
		}
		left = again
	}
	t.Fatalf("%d of %d events are not delivered after 100 tries", len(left), len(events))
	return nil
}

func leaks(t *testing.T, s Setup, text string) {
	t.Helper()
	for _, secret := range s.Secrets {
		if strings.Contains(text, secret) {
			t.Errorf("shows a secret: %s", text)
		}
	}
}

// check compares the first arrival of each id with what was sent.
func check(t *testing.T, s Setup, events []lazuli.Event) {
	t.Helper()
	seen := map[string]string{}
	var got, want []Got
	for _, g := range s.Got() {
		if row, again := seen[g.ID]; again {
			if row != g.Row {
				t.Errorf("id %s came with another row: %s, before: %s", g.ID, g.Row, row)
			}
			continue
		}
		seen[g.ID] = g.Row
		got = append(got, g)
	}
	for _, e := range events {
		want = append(want, Got{e.ID, s.row(&e)})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events stored, repeats left out (-want +got):\n%s", diff)
	}
}

// checkSet is check without the order.
func checkSet(t *testing.T, s Setup, events []lazuli.Event) {
	t.Helper()
	got, want := map[Got]bool{}, map[Got]bool{}
	for _, g := range s.Got() {
		got[g] = true
	}
	for _, e := range events {
		want[Got{e.ID, s.row(&e)}] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events stored (-want +got):\n%s", diff)
	}
}
