// Package lazuli holds the words that every part of Lazuli shares, and its two seams:
// a Source, from which raw records come, and a Forwarder, to which events leave.
//
// It does no I/O and knows no system. Invariant: what is written on the two seams is all
// that the pipeline relies on; whoever keeps those contracts can neither lose a record nor
// make one count twice.
package lazuli

import (
	"context"
	"time"
)

// DefaultWorkspace is the name of the workspace that always exists.
const DefaultWorkspace = "default"

// TicksAtUnixEpoch is 1970-01-01T00:00:00Z in ticks: units of 100 ns since 0001-01-01.
const TicksAtUnixEpoch = 621355968000000000

// Ticks gives t in units of 100 ns since 0001-01-01T00:00:00Z, as Kusto's datetime counts.
func Ticks(t time.Time) int64 {
	return TicksAtUnixEpoch + t.Unix()*10_000_000 + int64(t.Nanosecond())/100
}

// FromTicks is the UTC time of a count of ticks.
func FromTicks(ticks int64) time.Time {
	since := ticks - TicksAtUnixEpoch
	seconds, rest := since/10_000_000, since%10_000_000
	if rest < 0 {
		seconds, rest = seconds-1, rest+10_000_000
	}
	return time.Unix(seconds, rest*100).UTC()
}

// An Origin says where bytes came from, precisely enough to recognise a second delivery.
type Origin struct {
	Workspace string // the workspace that owns the records
	System    string // kind and name of the external system, for example "eventhub/ns/insights-logs"
	Partition string // the ordered part of it: a partition number, a blob's path
	// Incarnation tells a partition or blob from a later one of the same name: its creation
	// time or another mark that changes when positions start again.
	Incarnation string
	First, Last int64 // the positions of the batch, both inclusive, in the system's own count
	Received    int64 // when it reached us, ticks
}

// A Batch is what a Source hands over at a time: raw bytes as received and their origin.
type Batch struct {
	Origin      Origin
	ContentType string // as the system declared it, "" when it did not
	Encoding    string // "" or "gzip"
	Body        []byte // belongs to the Source; valid until Ack
	Records     int64  // how many records it holds, 0 where the source cannot tell
	// Ack reports the fate of the batch. It is called exactly once: with nil only after the
	// bytes are durable in the store and their positions with them, with an error when
	// the batch was not taken and must be delivered again.
	Ack func(error)
}

// A Source reads records from one external system.
//
// Read blocks until a batch is ready or ctx is done. Until Ack is called with nil the Source must
// be able to deliver the same records again, also after a crash: its own checkpoint moves in
// Ack and nowhere else. It may deliver them again afterwards too; the store drops positions
// it holds. A Source never drops a record to keep up: it stops reading. The caller may keep the
// batch's bytes only until it calls Ack. Read is called by one goroutine at a time.
//
// An error of kind Transient asks to be called again after a pause, any other kind ends
// the source. Close releases everything; batches that were not acknowledged are forgotten.
type Source interface {
	Read(ctx context.Context) (*Batch, error)
	Close() error
}

// A Receiver is a Source that others send to, and that cannot ask them for anything again: what it has read and
// nobody has acknowledged is in its memory alone, and a crash loses it. So it keeps little, and stops
// reading while that is not taken.
//
// Pause stops taking in, at once and until Resume; what was read is still delivered. Drain stops taking in for good, in
// a way that lets senders notice; Read then gives what was read and after that io.EOF. State may be asked for at any time.
type Receiver interface {
	Source
	Pause()
	Resume() error
	Drain()
	State() ReceiverState
}

// ReceiverState is what a Receiver says about itself.
type ReceiverState struct {
	Listens     []string // the addresses, each with its transport, for example "tcp://0.0.0.0:514"
	Connections int      // open ones
	Dropped     int64    // datagrams that the kernel dropped because they were not read in time; -1 where it does not tell
	Problem     string   // why it does not take in all that it could; "" = nothing
}

// An Upload is a body of wire records that a sender pushed and waits for.
type Upload struct {
	Workspace string // name of an existing workspace
	Principal string // who sent it: part of the key that recognises a repeat
	Route     string // the way it came in, for example "/v1/ingest"
	// Key is the sender's own name for the upload, at most 256 bytes ("" when it gave none):
	// Idempotency-Key or x-ms-client-request-id.
	Key         string
	ContentType string // as declared, "" when it was not
	Encoding    string // "", "identity" or "gzip"
	Body        []byte // as received; not kept after the call
}

// A Receipt says what became of an upload. When the caller has it, every record of the body is
// durable and visible to queries.
type Receipt struct {
	Seq         int64          // sequence of the frame, 0 for a duplicate
	Rows        map[string]int // rows per table, without those of the quarantine
	Quarantined int            // records kept with their raw bytes because nobody recognised them
	Reasons     map[string]int // why records were quarantined or noted, with how many times
	Duplicate   bool           // the same upload was taken before; nothing was added
	Duplicates  int            // records in it that were already held
}

// An Event is one row on its way out.
type Event struct {
	// ID is stable: the same row has the same ID in every delivery, from every output and after
	// every restart, so that the receiver can drop repeats.
	ID        string
	Seq       int64  // the row's _Seq
	Workspace string // name of the workspace
	Table     string // the table it was read from
	Time      int64  // TimeGenerated in ticks; when the query dropped that column, the time of receipt
	Row       []byte // the row as one JSON object, without system columns
}

// A Verdict is what became of one event.
type Verdict uint8

const (
	// Retry is the zero value: an event nobody spoke about is sent again.
	Retry Verdict = iota
	// Delivered means that the receiver has taken responsibility for the event.
	Delivered
	// Rejected means that the receiver will never take this event as it is.
	Rejected
)

// String names the verdict as logs and the dead-letter file write it.
func (v Verdict) String() string {
	switch v {
	case Delivered:
		return "delivered"
	case Rejected:
		return "rejected"
	}
	return "retry"
}

// An Outcome is the verdict on one event, with the receiver's reason when it is not Delivered.
type Outcome struct {
	Verdict Verdict
	Reason  string
}

// A Holder is a Forwarder whose protocol confirms less than that the receiver has read an event: it keeps the last events
// that it reported as Delivered, and sends them again when it finds that the receiver may have lost them.
//
// Held is the lowest Seq among these events, and false when there are none. The output's durable cursor stays before it,
// so that they are sent again, too, after a crash of this program. It may be called while Send runs.
//
// Resend sends them again where the receiver may have lost them, and does nothing otherwise. It is called now and then
// while there is nothing to send, never beside Send.
type Holder interface {
	Held() (seq int64, any bool)
	Resend(ctx context.Context) error
}

// A Forwarder delivers events to one receiver.
//
// Send tries once to deliver the events, in order, and returns one outcome for each, in the same
// order; it blocks until the receiver has answered (with an indexer's acknowledgement: until that
// has come) or ctx is done. It does not retry by itself, but for what the receiver's protocol
// asks inside one delivery. An error means that the batch as a whole was not delivered, as far
// as is known: all of it is sent again later, in the same order, with the same IDs. The kind of the
// error decides how: Transient after a pause (RetryAfter when the receiver named
// one), Denied and Permanent after a long one, loudly, because a person has to do something. No
// kind of error ever drops an event: only the verdict Rejected takes one out of the
// queue, and it is then kept with its reason.
//
// The cursor of the output moves only over events that are Delivered or kept as Rejected, up
// to the first that is neither. Events may therefore be delivered more than once, never not at all.
//
// The events and their rows are valid until Send returns and must not be changed. Send is called by
// one goroutine at a time. No secret of the receiver may appear in an error, a reason or
// a log. Close ends open connections; a Send that is under way may fail.
type Forwarder interface {
	Send(ctx context.Context, events []Event) ([]Outcome, error)
	Close() error
}
