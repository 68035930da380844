package decode

import (
	"bytes"

	"lazuli.dev/lazuli/kql/types"
)

// A guess is what is remembered of the keys of one node: each with the key
// that came after it last. A source writes its keys in the same order in every
// record, so nearly every key is the expected one, and is known by one
// comparison of bytes.
type guess struct {
	keys  []seenKey
	index map[string]int32
}

type seenKey struct {
	raw  string // as it stands in the record, escapes and all
	kid  *node
	next int32
}

// maxKeys bounds what a guess remembers; keys beyond it are looked up each time.
const maxKeys = 512

type span struct {
	start, end int32
	stamp      uint32 // of the record that it is from
}

// object walks the object at i with the plan's tree, at the node n, and
// returns the index after it, or -1.
func (w *worker) object(i int, n *node) int {
	b := w.b
	i = blank(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	g := w.guess(n)
	prev := int32(0)
	for {
		if i >= len(b) {
			return w.fail(i, "cut off inside an object")
		}
		if b[i] != '"' {
			return w.fail(i, "key expected")
		}
		i++
		keyStart, keyEnd := i, 0
		var kid *node
		next := g.keys[prev].next
		k := &g.keys[next]
		if e := i + len(k.raw); next != 0 && e < len(b) && b[e] == '"' && string(b[i:e]) == k.raw {
			keyEnd, kid, prev = e, k.kid, next
		} else {
			e, escaped := w.text(i)
			if e < 0 {
				return -1
			}
			keyEnd = e
			kid, prev = w.key(n, g, prev, b[i:e], escaped)
		}
		i = keyEnd + 1
		if i < len(b) && b[i] == ':' {
			i++
			if i < len(b) && b[i] <= ' ' {
				i = blank(b, i)
			}
		} else if i = w.colon(i); i < 0 {
			return -1
		}
		if i >= len(b) {
			return w.fail(i, "cut off before a value")
		}
		if i = w.field(i, n, kid, keyStart, keyEnd); i < 0 {
			return -1
		}
		if i < len(b) && b[i] <= ' ' {
			i = blank(b, i)
		}
		if i >= len(b) {
			return w.fail(i, "cut off inside an object")
		}
		if b[i] == '}' {
			return i + 1
		}
		if b[i] != ',' {
			return w.fail(i, "comma or end expected")
		}
		i++
		if i < len(b) && b[i] <= ' ' {
			i = blank(b, i)
		}
	}
}

// guess is what is remembered of the keys of a node.
func (w *worker) guess(n *node) *guess {
	g := w.guesses[n.id]
	if g == nil {
		g = &guess{keys: make([]seenKey, 1, 32), index: map[string]int32{}}
		w.guesses[n.id] = g
	}
	return g
}

// key finds the node of a key that was not guessed.
func (w *worker) key(n *node, g *guess, prev int32, raw []byte, escaped bool) (*node, int32) {
	if at, ok := g.index[string(raw)]; ok {
		g.keys[prev].next = at
		return g.keys[at].kid, at
	}
	plain := raw
	if escaped {
		plain = w.unescape(raw)
	}
	w.lowered = append(w.lowered[:0], plain...)
	for i, c := range w.lowered {
		if c >= 'A' && c <= 'Z' {
			w.lowered[i] = c + 32
		}
	}
	kid := n.kids[string(w.lowered)]
	if len(g.keys) >= maxKeys || len(raw) > 256 {
		return kid, prev
	}
	at := int32(len(g.keys))
	g.keys = append(g.keys, seenKey{raw: string(raw), kid: kid})
	g.index[g.keys[at].raw] = at
	g.keys[prev].next = at
	return kid, at
}

// field handles the value at i, which belongs to a key of the node n.
func (w *worker) field(i int, n, kid *node, keyStart, keyEnd int) int {
	b := w.b
	if kid == nil {
		if n.flatten {
			return w.flatten(i, "", b[keyStart:keyEnd], n.under)
		}
		e := w.value(i)
		if e >= 0 && !n.covered {
			w.unmapped(n.under, b[keyStart:keyEnd], b[i:e])
		}
		return e
	}
	if b[i] == 'n' {
		return w.word(i, "null")
	}
	if w.seen[kid.id] == w.stamp { // the first one keeps the column
		e := w.value(i)
		if e >= 0 && !n.covered {
			w.note("duplicate key", n.under, b[keyStart:keyEnd])
			w.unmapped(n.under, b[keyStart:keyEnd], b[i:e])
		}
		return e
	}
	w.seen[kid.id] = w.stamp
	var e int
	nested := b[i] == '{' || b[i] == '['
	walked, escaped := false, false
	switch {
	case b[i] == '"':
		if e, escaped = w.text(i + 1); e >= 0 {
			e++
		}
	case b[i] == '{' && (kid.kids != nil || kid.flatten):
		walked = true
		e = w.object(i, kid)
	case nested:
		e = w.container(i)
	default:
		e = w.value(i)
	}
	if e < 0 {
		return -1
	}
	if kid.slot >= 0 {
		w.slots[kid.slot] = span{int32(i), int32(e), w.stamp}
	}
	if nested {
		w.putAll(kid.targets, i, e, n, keyStart, keyEnd)
	} else {
		for _, t := range kid.targets {
			if f := w.put(t, i, e, escaped); f != fits {
				w.misfit(t, n.under, b[keyStart:keyEnd], b[i:e], f)
			}
		}
	}
	if !walked {
		w.uncovered(n, kid, i, e, keyStart, keyEnd)
	}
	return e
}

// putAll sets columns to an object or array. Text and dynamic columns hold the
// same bytes and share them.
func (w *worker) putAll(targets []*target, s, e int, n *node, keyStart, keyEnd int) {
	same := -1
	for _, t := range targets {
		text := t.typ == types.Dynamic || t.typ == types.String && !t.guid
		if text && same >= 0 {
			w.bl.SameText(t.col, same)
			continue
		}
		if f := w.put(t, s, e, false); f != fits {
			w.misfit(t, n.under, w.b[keyStart:keyEnd], w.b[s:e], f)
		} else if text {
			same = t.col
		}
	}
}

// uncovered keeps a value of a known key that nothing takes: of a key that the
// entry knows as an object, for example.
func (w *worker) uncovered(n, kid *node, i, e, keyStart, keyEnd int) {
	if len(kid.targets) > 0 || kid.covered || kid.slot >= 0 && kid.kids == nil {
		return
	}
	if kid.flatten {
		w.flatten(i, "", w.b[keyStart:keyEnd], n.under)
		return
	}
	w.unmapped(n.under, w.b[keyStart:keyEnd], w.b[i:e])
}

// slot returns the raw value that the current record has in a slot, nil for none.
func (w *worker) slot(s int) []byte {
	if w.slots[s].stamp != w.stamp {
		return nil
	}
	return w.b[w.slots[s].start:w.slots[s].end]
}

// slotText returns the text of a slot.
func (w *worker) slotText(s int) []byte { return w.plain(w.slot(s)) }

// slotName returns the path of a slot of the current plan.
func (w *worker) slotName(s int) string { return w.plan.names[s] }

// plain returns the text of a string value and other values as they are. The
// result is valid until the record ends.
func (w *worker) plain(v []byte) []byte {
	if len(v) < 2 || v[0] != '"' {
		return v
	}
	v = v[1 : len(v)-1]
	if bytes.IndexByte(v, '\\') < 0 {
		return v
	}
	return w.unescape(v)
}

// isSet reports whether the current row has a value in a column.
func (w *worker) isSet(t *target) bool {
	return w.bl.IsSet(t.col) || t.guid && w.bl.IsSet(t.col+1)
}

// unmapped keeps a value that no column took.
func (w *worker) unmapped(under string, key, raw []byte) {
	if w.plan.layout == nil {
		return // only looking for the plan
	}
	u := w.um
	if len(u) == 0 {
		u = append(u, '{')
	} else {
		u = append(u, ',')
	}
	at := len(u)
	u = append(u, '"')
	u = append(u, under...)
	u = append(u, key...)
	u = append(u, '"', ':')
	// A key that is there already gets a number, so that no value hides another.
	// Long texts are not searched: an object with a key twice keeps both too.
	for n := byte('2'); n <= '9' && len(w.um) < 4096 && bytes.Contains(w.um, u[at:]); n++ {
		u = append(u[:at+1], under...)
		u = append(u, key...)
		u = append(u, '#', n, '"', ':')
	}
	w.um = append(u, raw...)
}

// note says something about the current record. What follows the text must be
// safe in a JSON string: paths are taken from the record as they are.
func (w *worker) note(text, under string, key []byte) {
	if w.plan.layout == nil || len(w.notes) > 16<<10 {
		return
	}
	if len(w.notes) == 0 {
		w.notes = append(w.notes, '[')
	} else {
		w.notes = append(w.notes, ',')
	}
	w.notes = append(w.notes, '"')
	w.notes = append(w.notes, text...)
	if under != "" || len(key) > 0 {
		w.notes = append(w.notes, ':', ' ')
		w.notes = append(w.notes, under...)
		w.notes = append(w.notes, key...)
	}
	w.notes = append(w.notes, '"')
}

// misfit keeps a value that its column could not take whole, and says so.
func (w *worker) misfit(t *target, under string, key, raw []byte, f fit) {
	text := "not a " + t.typ.String()
	switch {
	case f == lossy && t.typ == types.DateTime:
		text = "finer than 100 ns"
	case f == lossy && t.typ == types.String:
		text = "lone surrogate replaced"
	case f == lossy:
		text = "not exact as " + t.typ.String()
	case t.typ == types.DateTime:
		text = "unreadable time"
	}
	w.note(text, under, key)
	w.unmapped(under, key, raw)
}
