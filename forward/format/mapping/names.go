package mapping

import "bytes"

// Names gives the columns without a key of their own their keys, no two the same one. It is used by one goroutine at a
// time.
type Names struct {
	plan    *Plan
	given   [][2]int // places of keys in all
	all     []byte
	altered bool // some key is not the column's name
}

// Reset begins a row.
func (n *Names) Reset(p *Plan) { n.plan, n.given, n.all, n.altered = p, n.given[:0], n.all[:0], false }

// Append appends the key of a column: its name, what is no letter, digit or _ being _; with prefix before it when that
// is the key of a field, and as many _ behind it as make it differ from the row's others.
func (n *Names) Append(dst, name []byte, prefix string) []byte {
	at := len(dst)
	if n.plan.Taken(name) {
		dst = append(dst, prefix...)
		n.altered = true
	}
	key := len(dst)
	dst = AppendKey(dst, name)
	if !bytes.Equal(dst[key:], name) {
		n.altered = true
	}
	// Names of columns differ: only where a key is no such name two can be the same.
	for n.altered && n.has(dst[at:]) {
		dst = append(dst, '_')
	}
	from := len(n.all)
	n.all = append(n.all, dst[at:]...)
	n.given = append(n.given, [2]int{from, len(n.all)})
	return dst
}

func (n *Names) has(key []byte) bool {
	if n.plan.Taken(key) {
		return true
	}
	for _, g := range n.given {
		if bytes.Equal(n.all[g[0]:g[1]], key) {
			return true
		}
	}
	return false
}

// AppendKey appends a name as a key: what is no letter, digit or _ becomes _.
func AppendKey(dst, name []byte) []byte {
	for _, c := range name {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_':
		default:
			c = '_'
		}
		dst = append(dst, c)
	}
	if len(name) == 0 {
		dst = append(dst, '_')
	}
	return dst
}
