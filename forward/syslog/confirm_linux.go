package syslog

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// unconfirmed asks the system how many bytes the other machine has not confirmed yet.
func unconfirmed(c net.Conn) (int, error) {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return 0, nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return 0, err
	}
	var n int
	var asked error
	if err := raw.Control(func(fd uintptr) { n, asked = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) }); err != nil {
		return 0, err
	}
	return n, asked
}
