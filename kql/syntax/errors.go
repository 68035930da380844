package syntax

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// An Error is one thing that is wrong with a query's text.
type Error struct {
	At  Span
	Msg string // what was expected and what was found, in lower case, without a place
}

// Error returns the message without the place: a place needs the text, see Render.
func (e *Error) Error() string { return e.Msg }

// Span returns the part of the text that is wrong. At the end of the text it is empty.
func (e *Error) Span() Span { return e.At }

// maxShown bounds how much of a source line Render repeats, so that an error in a generated
// query of one long line stays readable.
const maxShown = 120

// Render returns the message with its line and column in source, then the line, then an
// underline:
//
//	1:5: unknown operator "wher"; did you mean "where"?
//	T | wher a > 1
//	    ^~~~
func (e *Error) Render(source string) string {
	pos := PositionAt(source, e.At.Start)
	start := min(max(e.At.Start, 0), len(source))
	lineStart := strings.LastIndexByte(source[:start], '\n') + 1
	lineEnd := len(source)
	if i := strings.IndexByte(source[start:], '\n'); i >= 0 {
		lineEnd = start + i
	}
	shownStart, before := lineStart, ""
	if start-lineStart > maxShown/2 {
		shownStart, before = runeStart(source, start-maxShown/2), "…"
	}
	shownEnd, after := lineEnd, ""
	if lineEnd-shownStart > maxShown {
		shownEnd, after = runeStart(source, shownStart+maxShown), "…"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d:%d: %s\n%s%s%s\n", pos.Line, pos.Column, e.Msg, before, strings.TrimSuffix(source[shownStart:shownEnd], "\r"), after)
	b.WriteString(strings.Repeat(" ", utf8.RuneCountInString(before)))
	for _, r := range source[shownStart:start] {
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	b.WriteByte('^')
	if end := min(e.At.End, shownEnd); end > start {
		b.WriteString(strings.Repeat("~", utf8.RuneCountInString(source[start:end])-1))
	}
	return b.String()
}

// runeStart moves i back to the start of the rune that it points into.
func runeStart(s string, i int) int {
	for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}

// nearest returns the candidate that is closest to word, if it is close enough to be what was
// meant: at most a third of the letters differ.
func nearest(word string, candidates []string) (string, bool) {
	best, bestDist := "", len(word)/3+1
	for _, c := range candidates {
		if d := editDistance(strings.ToLower(word), c, bestDist); d < bestDist {
			best, bestDist = c, d
		}
	}
	return best, best != ""
}

// editDistance returns the number of insertions, removals, changes and swaps of neighbours
// that make a into b, or limit if that is less.
func editDistance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, last, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(last[j]+1, cur[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, last, cur = last, cur, before
	}
	return min(last[len(b)], limit)
}
