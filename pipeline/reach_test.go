package pipeline

import "lazuli.dev/lazuli/store"

import "testing"

// walk reads frames of rows with a reach, every nth row matching, and counts the queries and those that
// found too much. limit is what one query may find, want what is enough for it.
func walk(t *testing.T, frames []int64, nth, limit, want int64) (queries, wasted int) {
	t.Helper()
	var stable, total int64
	for i, n := range frames {
		total += n / nth
		if n > 0 {
			stable = int64(i)<<store.SeqShift + n - 1
		}
	}
	r := reach{frames: firstFrames}
	after, found := int64(-1), int64(0)
	for after < stable {
		if queries++; queries > 100_000 {
			t.Fatal("it does not end")
		}
		upto := r.next(after, stable)
		if upto <= after || upto > stable {
			t.Fatalf("after %d up to %d of %d", after, upto, stable)
		}
		events, last := int64(0), int64(0)
		for f := (after + 1) >> store.SeqShift; f <= upto>>store.SeqShift; f++ {
			lo, hi := max(after+1-f<<store.SeqShift, 0), min(upto-f<<store.SeqShift, frames[f]-1)
			if n := hi/nth - (lo+nth-1)/nth + 1; hi >= lo && n > 0 {
				events, last = events+n, f<<store.SeqShift+hi/nth*nth
			}
		}
		if events > limit {
			wasted++
			if !r.tooMany(after, upto, limit) {
				t.Fatalf("a single row is too much: %d", upto)
			}
			continue
		}
		r.found(after, upto, int(events), last, int(want))
		after, found = upto, found+events
	}
	if nth == 1 && found != total {
		t.Errorf("%d rows found, want %d", found, total)
	}
	return queries, wasted
}

func TestReach(t *testing.T) {
	repeat := func(n int, rows int64) []int64 {
		all := make([]int64, n)
		for i := range all {
			all[i] = rows
		}
		return all
	}
	f := func(name string, frames []int64, nth int64, queries, wasted int) {
		t.Helper()
		q, w := walk(t, frames, nth, 20_000, 5_000)
		if q > queries || w > wasted {
			t.Errorf("%s: %d queries of which %d found too much, want at most %d and %d", name, q, w, queries, wasted)
		}
	}
	f("one row a frame", repeat(100_000, 1), 1, 30, 3)
	f("a thousand rows a frame", repeat(1000, 1000), 1, 120, 10)
	f("large frames", repeat(50, 50_000), 1, 260, 12)
	f("large frames, few rows match", repeat(50, 50_000), 1000, 15, 3)
	f("nothing matches", repeat(10_000, 3), 1<<40, 12, 0)
	f("one very large frame", []int64{0, 1 << 23}, 1, 900, 12)
	f("small ones, then large ones", append(repeat(1000, 10), repeat(20, 30_000)...), 1, 120, 15)
	f("large ones, then small ones", append(repeat(20, 30_000), repeat(5000, 10)...), 1, 120, 15)
}
