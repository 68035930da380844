// Package jsonline writes events as one JSON object on one line: the row, before it the event's id, table and
// workspace.
//
// Invariant: the members of the row are written byte for byte, but for line breaks between them, which become
// blanks: a line is a line.
package jsonline

import (
	"bytes"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/row"
)

// The members before those of the row. Columns of tables do not have these names.
const (
	IDField        = "_Id"
	TableField     = "_Table"
	WorkspaceField = "_Workspace"
)

// Append appends the event, without a line break. It is false, and nothing is appended, when the event's row is
// no object.
func Append(dst []byte, e *lazuli.Event) ([]byte, bool) {
	n := len(e.Row)
	if n < 2 || e.Row[0] != '{' || e.Row[n-1] != '}' {
		return dst, false
	}
	dst = append(dst, `{"`+IDField+`":"`...)
	dst = append(dst, e.ID...) // a GUID and hexadecimal digits
	dst = append(dst, `","`+TableField+`":`...)
	dst = appendName(dst, e.Table)
	dst = append(dst, `,"`+WorkspaceField+`":`...)
	dst = appendName(dst, e.Workspace)
	if n > 2 && len(bytes.TrimSpace(e.Row[1:])) > 1 {
		dst = append(dst, ',')
	}
	return row.AppendLine(dst, e.Row[1:]), true
}

// appendName appends the name of a table or workspace: letters, digits, - and _, or at worst any UTF-8.
func appendName(dst []byte, name string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, ' ')
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
