package query

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"strconv"
	"sync"
	"time"
)

// errMemory is why a query is ended when the process grows too large.
var errMemory = errors.New("the process uses too much memory")

const (
	// lookEvery is how often the size of the process is looked at while queries run. At memory's
	// speed it grows by a few hundred megabytes in between.
	lookEvery = 50 * time.Millisecond
	// share is the part of the machine's memory from which queries are ended; the rest is for the operating
	// system's cache, which the tables live in, and for what comes in meanwhile.
	share = 0.8
)

// A watch ends the queries that run when the process grows too large. The engine counts its buffers and keeps to
// its limit, but not the strings that it makes on the way: a query that makes long ones of short ones could
// otherwise bring the process down, and ingestion with it.
type watch struct {
	limit int64                // bytes; 0 = do not look
	size  func() (int64, bool) // of the process

	mu      sync.Mutex
	looking bool
	running map[*context.CancelCauseFunc]struct{}
}

func newWatch(limit int64) *watch {
	if limit == 0 {
		limit = int64(share * float64(machineMemory()))
	}
	return &watch{limit: limit, size: residentMemory, running: map[*context.CancelCauseFunc]struct{}{}}
}

// add has the query ended by its cancel function, where it comes to that, until the returned function is called.
func (w *watch) add(cancel context.CancelCauseFunc) (remove func()) {
	if w.limit <= 0 {
		return func() {}
	}
	key := &cancel
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running[key] = struct{}{}
	if !w.looking {
		w.looking = true
		go w.look()
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.running, key)
	}
}

// look runs while there are queries.
func (w *watch) look() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for range tick.C {
		size, ok := w.size()
		w.mu.Lock()
		if ok && size > w.limit {
			for cancel := range w.running {
				(*cancel)(errMemory)
			}
		}
		done := !ok || len(w.running) == 0 // the next query starts another look
		w.looking = !done
		w.mu.Unlock()
		if done {
			return
		}
	}
}

// residentMemory returns how much of the machine's memory the process has to itself, where the system tells.
func residentMemory() (int64, bool) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, false
	}
	// Pages: all, resident, of those shared with files.
	fields := bytes.Fields(text)
	if len(fields) < 3 {
		return 0, false
	}
	resident, err := strconv.ParseInt(string(fields[1]), 10, 64)
	shared, err2 := strconv.ParseInt(string(fields[2]), 10, 64)
	if errors.Join(err, err2) != nil {
		return 0, false
	}
	return (resident - shared) * int64(os.Getpagesize()), true
}

// machineMemory returns what the process may have: the machine's memory, or what its control group is allowed; 0
// where the system does not tell.
func machineMemory() int64 {
	memory := int64(math.MaxInt64)
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		for line := range bytes.Lines(text) {
			if f := bytes.Fields(line); len(f) >= 2 && string(f[0]) == "MemTotal:" {
				if kilobytes, err := strconv.ParseInt(string(f[1]), 10, 64); err == nil {
					memory = kilobytes << 10
				}
			}
		}
	}
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if text, err := os.ReadFile(path); err == nil {
			if limit, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64); err == nil && limit > 0 {
				memory = min(memory, limit)
			}
		}
	}
	if memory == math.MaxInt64 {
		return 0
	}
	return memory
}
