// Package sysframe is the wire form of syslog that its receiver and its decoder have to agree on: where in a
// stream a message ends, and how the messages of many senders lie in one frame of the journal.
//
// Invariant: no byte is added, changed or left out. The pieces that a Cutter finds are the stream, wherever the
// reads were cut; what Append wrote, Runs gives back.
package sysframe

import "bytes"

// A Kind says what a piece of a stream is.
type Kind uint8

const (
	// Whole is a message with its frame: the count before it, or the line break behind it.
	Whole Kind = iota
	// Long is the beginning of a message that is longer than the limit.
	Long
	// More is a further piece of such a message, the last one with the end of the frame.
	More
	// Cut is the beginning of a message whose end never came.
	Cut
)

// countDigits is how many digits a count may have. More than ten million bytes are no message: such a line is one
// that begins with a number.
const countDigits = 7

// A Cutter finds the messages of one stream of RFC 6587. Each message may have a frame of its own kind: one that begins
// with a number, a blank and a priority is counted, any other ends at a line break. The zero value with Max is
// ready to use.
type Cutter struct {
	Max int // bytes of a message without its frame; a longer one comes in pieces of Max bytes

	seen    int  // bytes of the message that were searched for its end
	rest    int  // bytes of a counted message that is too long and goes on
	endless bool // a line that is too long goes on
}

// Next is the length and the kind of the piece at the start of b, or 0 when more bytes are needed to
// tell; b must then be given again with what follows. It never needs more than Room bytes.
func (c *Cutter) Next(b []byte) (int, Kind) {
	switch {
	case len(b) == 0:
		return 0, Whole
	case c.rest > 0:
		n := min(c.rest, c.Max)
		if len(b) < n {
			return 0, More
		}
		c.rest -= n
		return n, More
	case c.endless:
		return c.line(b, More)
	}
	if b[0] >= '1' && b[0] <= '9' {
		size, at, enough := Count(b)
		if !enough {
			return 0, Whole
		}
		if at > 0 {
			if size > c.Max {
				n := at + c.Max
				if len(b) < n {
					return 0, Long
				}
				c.rest = size - c.Max
				return n, Long
			}
			if len(b) < at+size {
				return 0, Whole
			}
			return at + size, Whole
		}
	}
	return c.line(b, Whole)
}

// line finds the end of a line.
func (c *Cutter) line(b []byte, kind Kind) (int, Kind) {
	from := min(c.seen, len(b))
	if i := bytes.IndexByte(b[from:min(len(b), c.Max+1)], '\n'); i >= 0 {
		c.seen, c.endless = 0, false
		return from + i + 1, kind
	}
	if len(b) <= c.Max {
		c.seen = len(b)
		return 0, kind
	}
	c.seen, c.endless = 0, true
	if kind == Whole {
		kind = Long
	}
	return c.Max, kind
}

// Room is how many bytes Next may need to see at once.
func (c *Cutter) Room() int { return c.Max + countDigits + len(" <191>") }

// End is the kind of what is left in b when the stream has ended: the end of a message that was too long, or a message that
// is cut off. A line needs no line break at the end of a stream that the sender ended in order: it is whole.
func (c *Cutter) End(b []byte, inOrder bool) Kind {
	if c.rest > 0 || c.endless {
		return More
	}
	if _, at, _ := Count(b); inOrder && at == 0 {
		return Whole
	}
	return Cut
}

// Count reads the count before a message: its value, where the message begins, 0 when there is no count, and whether
// b was long enough to tell. A number is a count when a blank and a priority follow it.
func Count(b []byte) (size, at int, enough bool) {
	for at < len(b) && at < countDigits && b[at]-'0' < 10 {
		size = size*10 + int(b[at]-'0')
		at++
	}
	i := at
	for _, want := range " <" {
		if i >= len(b) {
			return 0, 0, false
		}
		if at == 0 || b[i] != byte(want) {
			return 0, 0, true
		}
		i++
	}
	priority, digits := 0, 0
	for ; i < len(b) && digits < 3 && b[i]-'0' < 10; i++ {
		priority = priority*10 + int(b[i]-'0')
		digits++
	}
	switch {
	case i >= len(b):
		return 0, 0, false
	case digits == 0 || b[i] != '>' || priority > 191:
		return 0, 0, true
	}
	return size, at + 1, true
}
