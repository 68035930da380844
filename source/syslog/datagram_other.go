//go:build !linux

package syslog

import (
	"net"
	"net/netip"
)

// receiveBuffer asks the kernel for room for so many bytes of datagrams; what it gave is not known here.
func receiveBuffer(c *net.UDPConn, bytes int) (got int, err error) { return 0, c.SetReadBuffer(bytes) }

// droppedBy is not known here.
func droppedBy(*net.UDPConn) int64 { return -1 }

// readNow is not known here: what the kernel holds at a stop is dropped.
func readNow(*net.UDPConn, []byte) (n int, peer netip.AddrPort, ok bool) { return 0, peer, false }
