package syslog

import (
	"net"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// receiveBuffer asks the kernel for room for so many bytes of datagrams and says what it gave.
func receiveBuffer(c *net.UDPConn, bytes int) (got int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	var asked error
	err = raw.Control(func(fd uintptr) {
		// Root may pass the system's limit.
		if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bytes) != nil {
			asked = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, bytes)
		}
		if asked == nil {
			got, asked = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF)
		}
	})
	if err == nil {
		err = asked
	}
	return got / 2, err // the kernel counts its own overhead in
}

// droppedBy asks how many datagrams the socket had no room for; -1 = the kernel does not tell.
func droppedBy(c *net.UDPConn) int64 {
	raw, err := c.SyscallConn()
	if err != nil {
		return -1
	}
	var info [unix.SK_MEMINFO_VARS]uint32
	size := uint32(unsafe.Sizeof(info))
	failed := true
	err = raw.Control(func(fd uintptr) {
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO, uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
		failed = errno != 0
	})
	if err != nil || failed {
		return -1
	}
	return int64(info[unix.SK_MEMINFO_DROPS])
}

// readNow reads a datagram when there is one.
func readNow(c *net.UDPConn, buf []byte) (n int, peer netip.AddrPort, ok bool) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, peer, false
	}
	var from unix.Sockaddr
	err = raw.Control(func(fd uintptr) {
		var failed error
		n, from, failed = unix.Recvfrom(int(fd), buf, unix.MSG_DONTWAIT)
		ok = failed == nil
	})
	switch a := from.(type) {
	case *unix.SockaddrInet4:
		peer = netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		peer = netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port))
	}
	return n, peer, ok && err == nil
}
