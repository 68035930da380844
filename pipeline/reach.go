package pipeline

import "lazuli.dev/lazuli/store"

// frameEnd is the last _Seq that a frame can have.
func frameEnd(frame int64) int64 { return (frame+1)<<store.SeqShift - 1 }

// A reach says how far the next query of an output looks. Rows are numbered one by one from the beginning of their
// frame, and most numbers behind them are never used: so it looks at whole frames, or at parts of one, but never
// halves the empty rest of a frame to find out that there is nothing.
type reach struct {
	frames int64 // how many whole frames; 0 = parts of one
	part   int64 // how many row numbers of a frame
	rest   bool  // all that is left of the frame
	sum    int   // events found in the frame so far
}

// firstFrames is how many frames the first query of an output looks at.
const firstFrames = 256

// next is the end of the next query's range, which begins behind after.
func (r *reach) next(after, stable int64) int64 {
	frame := (after + 1) >> store.SeqShift
	upto := frameEnd(frame)
	switch {
	case r.frames > 0:
		upto = frameEnd(frame + r.frames - 1)
	case !r.rest:
		upto = min(upto, after+r.part)
	}
	return min(upto, stable)
}

// tooMany makes the reach shorter: the range had too many rows for one query. limit is how many those are. It is false
// when the range is a single row already.
func (r *reach) tooMany(after, upto, limit int64) bool {
	first, last := (after+1)>>store.SeqShift, upto>>store.SeqShift
	switch {
	case upto-after == 1:
		return false
	case last > first:
		r.frames = (last - first + 1) / 2
	case r.frames > 0 || r.rest:
		// No part of that length can have too many rows; it can have too many bytes.
		r.frames, r.part = 0, min(limit, (upto-after)/2)
	default:
		r.part = (upto - after) / 2
	}
	r.rest = false
	r.part = max(r.part, 1)
	return true
}

// found notes what a range had: how many events, of which last is the last _Seq; want is how many are worth a
// query.
func (r *reach) found(after, upto int64, events int, last int64, want int) {
	if r.frames > 0 {
		if events < want {
			r.frames = min(r.frames*2, 1<<16)
		}
		return
	}
	if (after+1)&(1<<store.SeqShift-1) == 0 {
		r.sum = 0
	}
	r.sum += events
	if upto&(1<<store.SeqShift-1) == 1<<store.SeqShift-1 {
		// The frame is done. After a small one the next may be small, too.
		if r.rest = false; r.sum < want {
			r.frames = 1
		}
		return
	}
	// Where rows stop before the range does, the frame has no more, most likely.
	r.rest = events == 0 || upto-last > r.part/2
	if events < want && !r.rest {
		r.part *= 2
	}
}
