package mapping

import "bytes"

// Names gives the columns without a key of their own their keys, no two the same one. It is used by one goroutine at a
// time.
type Names struct {
	plan   *Plan
	values *Values
	given  []string // keys that are not the column's name
}

// Reset begins a row.
func (n *Names) Reset(p *Plan, v *Values) { n.plan, n.values, n.given = p, v, n.given[:0] }

// Append appends the key of a column: its name, what is no letter, digit or _ being _; with prefix before it when that
// is the key of a field, and as many _ behind it as make it differ from the row's others.
func (n *Names) Append(dst, name []byte, prefix string) []byte {
	at := len(dst)
	if n.plan.Taken(name) {
		dst = append(dst, prefix...)
	}
	if dst = AppendKey(dst, name); bytes.Equal(dst[at:], name) {
		return dst // names of columns differ
	}
	for n.has(dst[at:]) {
		dst = append(dst, '_')
	}
	n.given = append(n.given, string(dst[at:]))
	return dst
}

func (n *Names) has(key []byte) bool {
	if n.plan.Taken(key) {
		return true
	}
	for i := range n.values.members {
		if bytes.Equal(n.values.members[i].name, key) {
			return true
		}
	}
	for _, g := range n.given {
		if g == string(key) {
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
