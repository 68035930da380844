package durable

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncData leaves out the times of the file, which nobody needs after a crash:
// fewer journal commits of the file system.
func syncData(f *os.File) error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if err != unix.EINTR {
			return err
		}
	}
}
