package syntax

import (
	"strings"
	"unicode/utf8"
)

// A Span is the part [Start, End) of a query's text, in bytes.
type Span struct{ Start, End int }

// Len returns the number of bytes in the span.
func (s Span) Len() int { return s.End - s.Start }

// Text returns the part of source that the span covers, clipped to source's bounds.
func (s Span) Text(source string) string {
	start := min(max(s.Start, 0), len(source))
	end := min(max(s.End, start), len(source))
	return source[start:end]
}

// Join returns the smallest span that covers both s and t.
func (s Span) Join(t Span) Span {
	return Span{min(s.Start, t.Start), max(s.End, t.End)}
}

// A Position is a place in a text as people count it: both numbers start at 1, Column counts
// code points.
type Position struct{ Line, Column int }

// PositionAt returns the position of the byte offset in source. An offset outside of source is
// taken as the nearest end.
func PositionAt(source string, offset int) Position {
	offset = min(max(offset, 0), len(source))
	before := source[:offset]
	line := strings.Count(before, "\n") + 1
	start := strings.LastIndexByte(before, '\n') + 1
	return Position{Line: line, Column: utf8.RuneCountInString(before[start:]) + 1}
}

// Loc is embedded in every node and holds where the node stands in the text. A node that was
// built rather than parsed has the zero Loc.
type Loc struct{ At Span }

// Span returns the part of the text that the node was parsed from, with the parentheses around
// it where it had any.
func (l Loc) Span() Span { return l.At }
