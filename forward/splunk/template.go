package splunk

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"lazuli.dev/lazuli"
)

// A template is text with {Column} in it: literals and columns take turns, a literal first.
type template []string

// parseTemplate reads a template; {{ and }} stand for braces.
func parseTemplate(text string) (template, error) {
	t := template{""}
	last := func() *string { return &t[len(t)-1] }
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case (c == '{' || c == '}') && i+1 < len(text) && text[i+1] == c:
			*last() += string(c)
			i++
		case c == '{':
			end := strings.IndexByte(text[i:], '}')
			if end < 0 {
				return nil, fmt.Errorf("no } for the { at character %d", i+1)
			}
			name := text[i+1 : i+end]
			if name == "" || strings.ContainsRune(name, '{') {
				return nil, fmt.Errorf("no column name in the braces at character %d", i+1)
			}
			t = append(t, name, "")
			i += end
		case c == '}':
			return nil, errors.New("a } without {; write }} for a brace")
		default:
			*last() += string(c)
		}
	}
	return t, nil
}

// varies reports whether the text depends on the row.
func (t template) varies() bool { return len(t) > 1 }

// needsRow reports whether the row itself must be read.
func (t template) needsRow() bool {
	for i := 1; i < len(t); i += 2 {
		if t[i] != "_Table" && t[i] != "_Workspace" {
			return true
		}
	}
	return false
}

// expand gives the text for an event; row has its columns, nil where no template needs them.
func (t template) expand(e *lazuli.Event, row map[string]json.RawMessage) string {
	if !t.varies() {
		return t[0]
	}
	var b strings.Builder
	for i, part := range t {
		switch {
		case i%2 == 0:
			b.WriteString(part)
		case part == "_Table":
			b.WriteString(e.Table)
		case part == "_Workspace":
			b.WriteString(e.Workspace)
		default:
			raw := row[part]
			var s string
			if json.Unmarshal(raw, &s) != nil && string(raw) != "null" {
				s = string(raw)
			}
			b.WriteString(s)
		}
	}
	return b.String()
}
