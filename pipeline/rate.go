package pipeline

import (
	"sync"
	"time"
)

// rateSpan is what a rate looks back on, in seconds.
const rateSpan = 60

// A rate counts what happened in the last minute. Its zero value is ready to use.
type rate struct {
	mu     sync.Mutex
	began  int64           // second of the first count; 0 = none yet
	counts [rateSpan]int64 // by second, modulo the span
	at     [rateSpan]int64 // which second a count is of
}

// add counts n at a time.
func (r *rate) add(now time.Time, n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	second := now.Unix()
	if r.began == 0 {
		r.began = second
	}
	i := second % rateSpan
	if r.at[i] != second {
		r.at[i], r.counts[i] = second, 0
	}
	r.counts[i] += n
}

// perSecond is the average over the last minute, or since the first count where that is less.
func (r *rate) perSecond(now time.Time) float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	second := now.Unix()
	if r.began == 0 {
		return 0
	}
	var sum int64
	for i, at := range r.at {
		if second-at < rateSpan {
			sum += r.counts[i]
		}
	}
	return float64(sum) / float64(max(1, min(rateSpan, second-r.began+1)))
}
