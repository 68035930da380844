package sysframe

import (
	"bytes"
	"fmt"
	"iter"
	"net/netip"
	"strconv"
)

// ContentType is that of a body of runs.
const ContentType = "application/vnd.lazuli.syslog"

// A Run is a stretch of bytes from one sender: over UDP a datagram, else pieces of a stream that follow each other. Runs
// of kind Whole hold messages with their frames; the other kinds hold a single piece.
//
// In a body each run has a head line in front of it: transport, sender, kind where it is not whole, and the number of bytes.
//
//	tcp 192.0.2.7:51234 2048
//	udp 192.0.2.9:514 91
//	tls [2001:db8::1]:40000 cut 17
type Run struct {
	Transport string         // udp, tcp or tls
	Peer      netip.AddrPort // the sender
	Kind      Kind
	Bytes     []byte
}

// Datagram reports whether the run is one message without a frame.
func (r Run) Datagram() bool { return r.Transport == "udp" }

var kindNames = [...]string{"", "long", "more", "cut"}

// Head is the beginning of the head lines of a sender's runs, for AppendHead.
func Head(transport string, peer netip.AddrPort) []byte {
	return append(netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port()).AppendTo(append([]byte(transport), ' ')), ' ')
}

// AppendHead writes the head line of a run of n bytes, which have to follow it.
func AppendHead(dst, head []byte, kind Kind, n int) []byte {
	dst = append(dst, head...)
	if kind != Whole {
		dst = append(append(dst, kindNames[kind]...), ' ')
	}
	return append(strconv.AppendInt(dst, int64(n), 10), '\n')
}

// Append writes a run.
func Append(dst []byte, r Run) []byte {
	return append(AppendHead(dst, Head(r.Transport, r.Peer), r.Kind, len(r.Bytes)), r.Bytes...)
}

// maxHead is longer than any head line.
const maxHead = 128

// Runs gives the runs of a body, each with the offset of its first byte behind the head line. A body that
// others made may be broken: then the error comes with the offset of the place, and nothing after it.
func Runs(body []byte) iter.Seq2[int, RunOrError] {
	return func(yield func(int, RunOrError) bool) {
		for i := 0; i < len(body); {
			r, n, err := readHead(body[i:])
			if err != nil {
				yield(i, RunOrError{Err: err})
				return
			}
			i += n
			end := i + len(r.Bytes)
			if !yield(i, RunOrError{Run: r}) {
				return
			}
			i = end
		}
	}
}

// A RunOrError is what Runs gives.
type RunOrError struct {
	Run
	Err error
}

// readHead reads the head line at the start of b and gives the run and the length of the line.
func readHead(b []byte) (r Run, n int, err error) {
	end := bytes.IndexByte(b[:min(len(b), maxHead)], '\n')
	if end < 0 {
		return r, 0, fmt.Errorf("no head line of syslog messages")
	}
	line := b[:end]
	transport, rest, _ := bytes.Cut(line, []byte{' '})
	peer, rest, _ := bytes.Cut(rest, []byte{' '})
	switch string(transport) {
	case "udp":
		r.Transport = "udp"
	case "tcp":
		r.Transport = "tcp"
	case "tls":
		r.Transport = "tls"
	default:
		return r, 0, fmt.Errorf("%.16q is no transport of syslog", transport)
	}
	if r.Peer, err = netip.ParseAddrPort(string(peer)); err != nil {
		return r, 0, fmt.Errorf("%.64q is no sender of syslog", peer)
	}
	if kind, size, found := bytes.Cut(rest, []byte{' '}); found {
		for k, name := range kindNames {
			if k > 0 && string(kind) == name {
				r.Kind, rest = Kind(k), size
			}
		}
	}
	size, err := strconv.Atoi(string(rest))
	if err != nil || size < 0 || size > len(b)-end-1 {
		return r, 0, fmt.Errorf("%.32q is no number of bytes that follow", rest)
	}
	r.Bytes = b[end+1 : end+1+size]
	return r, end + 1, nil
}

// Messages gives the messages of a run, each with its offset and its length in the run, frame included.
func (r Run) Messages() iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		if r.Kind != Whole || r.Datagram() {
			yield(0, len(r.Bytes))
			return
		}
		c := Cutter{Max: len(r.Bytes)}
		for at := 0; at < len(r.Bytes); {
			n, _ := c.Next(r.Bytes[at:])
			if n == 0 { // of a body that others made, or a last line without a line break
				n = len(r.Bytes) - at
			}
			if !yield(at, n) {
				return
			}
			at += n
		}
	}
}
