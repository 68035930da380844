package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// processTime reads the CPU clock of another process, which Linux names by its id.
func processTime(pid int) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
