package syslog

import (
	"context"
	"io"
	"sync"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/internal/sysframe"
)

// gather collects the runs of all connections into batches. One body is filled while others are made durable; when it
// is full, put waits.
type gather struct {
	origin lazuli.Origin
	now    func() time.Time

	mu      sync.Mutex
	room    sync.Cond // the body was taken, or nobody takes batches any more
	body    []byte
	pieces  int64 // in body
	records int64 // messages that begin in body
	began   time.Time
	next    int64           // position of the next piece
	again   []*lazuli.Batch // batches that were not taken, to be delivered again
	out     int64           // messages in batches that were given out and not acknowledged
	spare   []byte          // a body that can be filled
	ended   bool            // nothing more will come
	given   bool            // nobody takes batches any more
	changed chan struct{}   // something that read waits for has happened
}

func (g *gather) init(o Options) {
	g.now = o.Now
	// Positions count the pieces of one life of the source.
	g.origin = lazuli.Origin{Workspace: o.Workspace, System: "syslog/" + o.Name, Incarnation: o.Now().UTC().Format(time.RFC3339Nano)}
	g.room.L = &g.mu
	g.next = 1
	g.changed = make(chan struct{}, 1)
}

// put adds a run of n pieces, as soon as there is room. The bytes are copied.
func (g *gather) put(head []byte, kind sysframe.Kind, bytes []byte, n int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.body) >= frameBytes && !g.given {
		g.room.Wait()
	}
	if g.pieces == 0 {
		g.began = g.now()
		g.signal()
	}
	g.body = append(sysframe.AppendHead(g.body, head, kind, len(bytes)), bytes...)
	g.pieces += n
	if kind != sysframe.More {
		g.records += n
	}
	if len(g.body) >= frameBytes {
		g.signal()
	}
}

func (g *gather) signal() {
	select {
	case g.changed <- struct{}{}:
	default:
	}
}

// end says that nothing more will come.
func (g *gather) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended = true
	g.signal()
}

// giveUp lets put wait no more, because nobody takes batches.
func (g *gather) giveUp() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.given = true
	g.room.Broadcast()
}

// forgotten is how many messages were read and never acknowledged.
func (g *gather) forgotten() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.out + g.records
}

// read waits for a batch. io.EOF says that none will come.
func (g *gather) read(ctx context.Context) (*lazuli.Batch, error) {
	for {
		b, wait, err := g.ready()
		if b != nil || err != nil {
			return b, err
		}
		var due <-chan time.Time
		if wait > 0 {
			timer := time.NewTimer(wait)
			defer timer.Stop()
			due = timer.C
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-g.changed:
		case <-due:
		}
	}
}

// ready gives a batch when one is due, or how long it still gathers, 0 when there is nothing.
func (g *gather) ready() (b *lazuli.Batch, wait time.Duration, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case len(g.again) > 0:
		b, g.again = g.again[0], g.again[1:]
		return b, 0, nil
	case g.pieces == 0 && g.ended && g.out == 0:
		return nil, 0, io.EOF
	case g.pieces == 0:
		return nil, 0, nil
	}
	if left := frameWait - g.now().Sub(g.began); left > 0 && len(g.body) < frameBytes && !g.ended {
		return nil, left, nil
	}
	return g.take(), 0, nil
}

// take makes a batch of what was gathered. g.mu is held.
func (g *gather) take() *lazuli.Batch {
	b := &lazuli.Batch{Origin: g.origin, ContentType: sysframe.ContentType, Body: g.body, Records: g.records}
	b.Origin.First, b.Origin.Last = g.next, g.next+g.pieces-1
	b.Origin.Received = lazuli.Ticks(g.began)
	b.Ack = func(err error) { g.acknowledge(b, err) }
	g.next += g.pieces
	g.out += g.records
	g.body, g.spare, g.pieces, g.records = g.spare, nil, 0, 0
	g.room.Broadcast()
	return b
}

func (g *gather) acknowledge(b *lazuli.Batch, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		g.again = append(g.again, b)
		g.signal()
		return
	}
	g.out -= b.Records
	if cap(b.Body) <= 2*frameBytes {
		g.spare = b.Body[:0]
	}
	b.Body = nil
	g.signal()
}
