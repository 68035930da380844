package decode

import (
	"sync"

	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/schema"
)

const (
	// maxColumns is Azure's limit of AzureDiagnostics. Properties beyond it are
	// fields of the dynamic column AdditionalFields.
	maxColumns = 500
	// maxFlatten bounds the levels that become one column name; below it a value
	// stays JSON text.
	maxFlatten = 16
	// maxName bounds the length of a column's name, in bytes.
	maxName = 256
)

// found knows the columns that were found at run time.
type found struct {
	columns func(workspace, table string) []schema.Column
	mu      sync.Mutex
	tables  map[string]*foundTable
}

// A foundTable has the columns that one table of one workspace got at run time.
type foundTable struct {
	mu   sync.Mutex
	cols map[string]bool
	free int // columns that may still be added
}

func (f *found) table(workspace string, t *schema.Table) *foundTable {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := workspace + "\x00" + t.Name
	ft := f.tables[key]
	if ft == nil {
		ft = &foundTable{cols: map[string]bool{}, free: maxColumns - len(t.Columns)}
		if f.columns != nil {
			for _, c := range f.columns(workspace, t.Name) {
				if _, ok := t.Column(c.Name); !ok {
					ft.admit(c.Name)
				}
			}
		}
		f.tables[key] = ft
	}
	return ft
}

// admit reports whether the table has, or now gets, a column of that name.
func (ft *foundTable) admit(name string) bool {
	ft.mu.Lock()
	defer ft.mu.Unlock()
	if ft.cols[name] {
		return true
	}
	if ft.free <= 0 {
		return false
	}
	ft.free--
	ft.cols[name] = true
	return true
}

// flatten makes columns of the value at i, as AzureDiagnostics does: objects
// level by level, with _ between the names, other values with a suffix for
// their type. It returns the index after the value.
func (w *worker) flatten(i int, prefix string, key []byte, under string) int {
	w.name = appendName(append(w.name[:0], prefix...), w.plainKey(key))
	w.path = append(append(w.path[:0], under...), key...)
	return w.flattenValue(i, 0)
}

func (w *worker) flattenValue(i, depth int) int {
	b := w.b
	if i >= len(b) {
		return w.fail(i, "cut off before a value")
	}
	switch c := b[i]; {
	case c == '{' && depth < maxFlatten:
		return w.flattenObject(i, depth)
	case c == '{' || c == '[':
		e := w.value(i)
		if e >= 0 {
			w.flat('s', i, e)
		}
		return e
	case c == '"':
		e, escaped := w.text(i + 1)
		if e < 0 {
			return -1
		}
		v := b[i+1 : e]
		suffix := byte('s')
		if !escaped && len(v) == 36 {
			if _, _, ok := parseGUID(v, true); ok {
				suffix = 'g'
			}
		} else if !escaped && len(v) >= 19 && v[4] == '-' && v[10]|32 == 't' {
			if _, f := parseTime(v); f != never {
				suffix = 't'
			}
		}
		w.flat(suffix, i, e+1)
		return e + 1
	case c == 'n':
		e := w.word(i, "null")
		if e >= 0 {
			w.unmapped("", w.path, b[i:e])
		}
		return e
	case c == 't' || c == 'f':
		e := w.value(i)
		if e >= 0 {
			w.flat('b', i, e)
		}
		return e
	default:
		e := w.value(i)
		if e >= 0 {
			w.flat('d', i, e)
		}
		return e
	}
}

func (w *worker) flattenObject(i, depth int) int {
	b := w.b
	start := i
	i = blank(b, i+1)
	if i < len(b) && b[i] == '}' {
		w.unmapped("", w.path, b[start:i+1])
		return i + 1
	}
	name, path := len(w.name), len(w.path)
	for {
		key := i
		if i = w.member(i); i < 0 {
			return -1
		}
		end, _ := w.text(key + 1)
		w.name = appendName(append(w.name[:name], '_'), w.plainKey(b[key+1:end]))
		w.path = append(append(w.path[:path], '.'), b[key+1:end]...)
		if i = w.flattenValue(i, depth+1); i < 0 {
			return -1
		}
		w.name, w.path = w.name[:name], w.path[:path]
		if i = blank(b, i); i >= len(b) {
			return w.fail(i, "cut off inside an object")
		}
		if b[i] == '}' {
			return i + 1
		}
		if b[i] != ',' {
			return w.fail(i, "comma or end expected")
		}
		i = blank(b, i+1)
	}
}

// plainKey returns the text of a key.
func (w *worker) plainKey(raw []byte) []byte {
	for _, c := range raw {
		if c == '\\' {
			return w.unescape(raw)
		}
	}
	return raw
}

// appendName appends a key, with one underscore for each run of characters that
// a column's name cannot have.
func appendName(dst, key []byte) []byte {
	gap := false
	for _, c := range key {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' {
			dst = append(dst, c)
			gap = false
			continue
		}
		if !gap {
			dst = append(dst, '_')
		}
		gap = true
	}
	return dst
}

// suffixes are the types that the suffixes of AzureDiagnostics stand for.
var suffixes = map[byte]types.Type{'s': types.String, 'd': types.Real, 'b': types.Bool, 't': types.DateTime, 'g': types.Guid}

// flat sets the column of the current name and suffix to the value b[s:e].
func (w *worker) flat(suffix byte, s, e int) {
	raw := w.b[s:e]
	if len(w.name)+2 > maxName {
		w.unmapped("", w.path, raw)
		return
	}
	n := len(w.name)
	w.name = append(w.name, '_', suffix)
	t := w.column(suffix)
	name := w.name
	w.name = w.name[:n]
	if t == nil {
		if len(w.extra) == 0 {
			w.extra = append(w.extra, '{')
		} else {
			w.extra = append(w.extra, ',')
		}
		w.extra = append(append(append(w.extra, '"'), name...), '"', ':')
		w.extra = append(w.extra, raw...)
		return
	}
	if w.isSet(t) { // two keys that differ only in what a name cannot have
		w.note("column taken by another field", "", w.path)
		w.unmapped("", w.path, raw)
		return
	}
	if f := w.put(t, s, e, true); f != fits {
		w.misfit(t, "", w.path, raw, f)
	}
}

// column returns the column that w.name names, nil when the table is full.
func (w *worker) column(suffix byte) *target {
	l := w.plan.layout
	if t, ok := l.cols[string(w.name)]; ok {
		return t
	}
	o := w.out[l]
	if w.here == nil {
		w.here = w.d.found.table(w.msg.Workspace, l.table)
	}
	cols := o.flat[w.here]
	if t, ok := cols[string(w.name)]; ok {
		return t
	}
	name := string(w.name)
	if !w.here.admit(name) {
		return nil
	}
	c := schema.Found(name, suffixes[suffix])
	t := &target{name: name, typ: c.Type, col: o.bl.Add(specsOf(c)[0])}
	if cols == nil {
		cols = map[string]*target{}
		if o.flat == nil {
			o.flat = map[*foundTable]map[string]*target{}
		}
		o.flat[w.here] = cols
	}
	cols[name] = t
	o.added++
	return t
}
