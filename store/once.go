package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sort"
	"sync"
	"time"
)

// ErrKeyReuse is what Ingest returns for a frame whose Key came before with
// another body.
var ErrKeyReuse = errors.New("the idempotency key was used with another body; use a new key for new content")

// An OverlapError says that some of a frame's positions are held and others
// not, so that the frame is neither new nor a duplicate. Send the positions
// that are not held.
type OverlapError struct {
	First, Last int64 // a run of positions that is held
}

func (e *OverlapError) Error() string {
	return fmt.Sprintf("positions %d to %d are already held; send the others", e.First, e.Last)
}

// An interval is a run of positions, both ends inclusive.
type interval struct{ first, last int64 }

// An origin is what positions count in.
type origin struct{ workspace, name, incarnation string }

// A keySum identifies a workspace, an origin and a key.
type keySum [16]byte

func sumKey(f *Frame) (k keySum) {
	h := sha256.New()
	for _, s := range []string{f.Workspace, f.Origin, string(f.Key)} {
		h.Write(fmt.Appendf(nil, "%d:%s", len(s), s))
	}
	copy(k[:], h.Sum(nil))
	return k
}

// A keyEntry is a key that was used.
type keyEntry struct {
	body    bodySum
	n       int64 // the frame
	expires int64 // ticks
}

// once knows which positions and keys were taken. What is being taken is in
// claims: a second one for the same waits for the first to be decided.
type once struct {
	mu        sync.Mutex
	positions map[origin][]interval // sorted, apart by more than one
	keys      map[keySum]keyEntry   // of frames that are not in the tables yet
	stored    keyFilter             // those that may be in the tables
	claims    map[any]*claim        // by origin (all its positions are one claim) and by keySum

	// lookup asks the tables for a key that has not expired.
	lookup func(ctx context.Context, k keySum, now int64) (keyEntry, bool, error)
}

// A claim is an Ingest that is not decided yet.
type claim struct {
	decided chan struct{}
}

func newOnce() *once {
	return &once{positions: map[origin][]interval{}, keys: map[keySum]keyEntry{}, claims: map[any]*claim{}}
}

// A ticket holds a frame's positions and key until it is decided.
type ticket struct {
	o    *once
	mine *claim
	on   []any
	pos  *origin
	run  interval
	key  *keySum
	keyE keyEntry
}

// claim reserves what identifies the frame, or says that it is a duplicate of
// frame dup. It waits while another frame with the same identity is in flight.
func (o *once) claim(ctx context.Context, f *Frame, now int64) (t *ticket, dup int64, err error) {
	t = &ticket{o: o}
	if f.Incarnation != "" {
		t.pos = &origin{f.Workspace, f.Origin, f.Incarnation}
		t.run = interval{f.First, f.Last}
		t.on = append(t.on, *t.pos)
	}
	if f.Key != nil {
		k := sumKey(f)
		t.key = &k
		t.keyE = keyEntry{body: f.bodySum, expires: f.keyExpires()}
		t.on = append(t.on, k)
	}
	for {
		wait, dup, ask, err := o.try(t, f, now)
		if ask {
			// The claim keeps others with the same key waiting meanwhile.
			e, found, err := o.lookup(ctx, *t.key, now)
			if err != nil {
				t.decide(0)
				return nil, 0, fmt.Errorf("look for the frame's key: %w", err)
			}
			if found {
				t.decide(0)
				dup, err := e.dup(f)
				return t, dup, err
			}
			return t, 0, nil
		}
		if wait == nil {
			return t, dup, err
		}
		select {
		case <-wait.decided:
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	}
}

// dup returns the number of the frame that f repeats, or says that it is another
// one with the same key.
func (e keyEntry) dup(f *Frame) (int64, error) {
	if e.body != f.bodySum {
		return 0, ErrKeyReuse
	}
	return e.n, nil
}

// try claims what identifies the frame. ask says that the tables may have its
// key.
func (o *once) try(t *ticket, f *Frame, now int64) (wait *claim, dup int64, ask bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if t.key != nil {
		if e, ok := o.keys[*t.key]; ok && e.expires > now {
			dup, err := e.dup(f)
			return nil, dup, false, err
		}
	}
	if t.pos != nil {
		switch run, held := overlap(o.positions[*t.pos], t.run); {
		case held && run.first <= t.run.first && run.last >= t.run.last:
			return nil, -1, false, nil
		case held:
			return nil, 0, false, &OverlapError{max(run.first, t.run.first), min(run.last, t.run.last)}
		}
	}
	for _, k := range t.on {
		if c := o.claims[k]; c != nil {
			return c, 0, false, nil
		}
	}
	t.mine = &claim{decided: make(chan struct{})}
	for _, k := range t.on {
		o.claims[k] = t.mine
	}
	return nil, 0, t.key != nil && o.stored.may(t.key, now), nil
}

// decide ends a claim: with the number of the frame when it is durable, with 0
// when it is not and somebody else may try.
func (t *ticket) decide(n int64) {
	t.o.mu.Lock()
	defer t.o.mu.Unlock()
	if n > 0 {
		if t.pos != nil {
			t.o.positions[*t.pos] = insert(t.o.positions[*t.pos], t.run)
		}
		if t.key != nil {
			t.keyE.n = n
			t.o.keys[*t.key] = t.keyE
		}
	}
	for _, k := range t.on {
		delete(t.o.claims, k)
	}
	close(t.mine.decided)
}

// take records a frame that is in the journal already. It reports whether
// something of it was taken before, which only damage can bring about.
func (o *once) take(f *Frame) (twice bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := f.Seq >> SeqShift
	if f.Incarnation != "" {
		k := origin{f.Workspace, f.Origin, f.Incarnation}
		_, twice = overlap(o.positions[k], interval{f.First, f.Last})
		o.positions[k] = insert(o.positions[k], interval{f.First, f.Last})
	}
	if f.Key != nil {
		k := sumKey(f)
		if e, ok := o.keys[k]; ok && e.expires > f.Received {
			twice = true
		}
		o.keys[k] = keyEntry{body: f.bodySum, n: n, expires: f.keyExpires()}
	}
	return twice
}

// cut says that frames are in the tables, where their keys are found from now on.
func (o *once) cut(marks []frameMark) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range marks {
		if m.key == nil {
			continue
		}
		o.stored.add(m.key, m.keyEntry.expires)
		if o.keys[*m.key].n == m.n {
			delete(o.keys, *m.key)
		}
	}
}

// expire forgets keys that ended before now.
func (o *once) expire(now int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stored.expire(now)
	for k, e := range o.keys {
		if e.expires <= now {
			delete(o.keys, k)
		}
	}
}

func (o *once) sizes() (origins, runs, keys int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.positions {
		runs += len(p)
	}
	return len(o.positions), runs, len(o.keys) + o.stored.size()
}

// overlap returns the first run that shares a position with r.
func overlap(runs []interval, r interval) (interval, bool) {
	i := sort.Search(len(runs), func(i int) bool { return runs[i].last >= r.first })
	if i < len(runs) && runs[i].first <= r.last {
		return runs[i], true
	}
	return interval{}, false
}

// insert adds a run and joins it with those that touch it.
func insert(runs []interval, r interval) []interval {
	// Positions mostly come in order.
	if k := len(runs) - 1; k >= 0 && runs[k].last == r.first-1 {
		runs[k].last = r.last
		return runs
	}
	i := sort.Search(len(runs), func(i int) bool { return runs[i].last >= r.first-1 })
	k := i
	for k < len(runs) && runs[k].first <= r.last+1 {
		r = interval{min(r.first, runs[k].first), max(r.last, runs[k].last)}
		k++
	}
	if i == k {
		runs = append(runs, interval{})
		copy(runs[i+1:], runs[i:])
		runs[i] = r
		return runs
	}
	runs[i] = r
	return append(runs[:i+1], runs[k:]...)
}

// defaultKeyTTL is how long a key is remembered.
const defaultKeyTTL = 7 * 24 * time.Hour

func (f *Frame) keyExpires() int64 {
	ttl := f.KeyTTL
	if ttl <= 0 {
		ttl = defaultKeyTTL
	}
	return f.Received + int64(ttl/100)
}
