package pipeline

import (
	"testing"
	"time"
)

func TestRate(t *testing.T) {
	var r rate
	at := time.Unix(1_000_000, 0)
	f := func(after time.Duration, want float64) {
		t.Helper()
		if got := r.perSecond(at.Add(after)); got != want {
			t.Errorf("after %s: %v a second, want %v", after, got, want)
		}
	}
	f(0, 0)
	r.add(at, 120)
	f(0, 120)
	f(time.Second, 60)
	r.add(at.Add(59*time.Second), 60)
	f(59*time.Second, 3)
	f(60*time.Second, 1)
	f(118*time.Second, 1)
	f(119*time.Second, 0)
	r.add(at.Add(time.Hour), 600)
	f(time.Hour, 10)
}
