package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/rivo/uniseg"
	"github.com/spf13/cobra"

	"lazuli.dev/lazuli/client"
)

// writers are the forms of an answer. width is that of the terminal, 0 for none.
var writers = map[string]func(w io.Writer, a *client.Answer, width int) error{
	"table":  writeTables,
	"json":   writeJSON,
	"ndjson": writeLines,
	"csv":    writeCSV,
}

// A form is how a command writes its answer: the flag -o.
type form string

// flag adds the flag to a command.
func (f *form) flag(cmd *cobra.Command) {
	names := []string{"table", "json", "ndjson", "csv"}
	cmd.Flags().StringVarP((*string)(f), "output", "o", names[0], "table, json, ndjson or csv")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
}

// people reports whether a person reads the answer.
func (f form) people() bool { return f == "table" }

// writer is what writes an answer to a command's output.
func (f form) writer(cmd *cobra.Command) (func(a *client.Answer) error, error) {
	write, known := writers[string(f)]
	if !known {
		return nil, usage("-o %q is none of table, json, ndjson, csv", string(f))
	}
	out := cmd.OutOrStdout()
	return func(a *client.Answer) error { return write(out, a, widthOf(out)) }, nil
}

// value is a cell as an object in JSON has it: a dynamic is the value that its text holds.
func value(c client.Column, raw json.RawMessage) json.RawMessage {
	if c.Type == "dynamic" {
		var text string
		if json.Unmarshal(raw, &text) == nil && json.Valid([]byte(text)) {
			return json.RawMessage(text)
		}
	}
	return raw
}

// plain is a cell as a person reads it: null is nothing, a text has no quotes.
func plain(raw json.RawMessage) string {
	var text string
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return ""
	case raw[0] == '"' && json.Unmarshal(raw, &text) == nil:
		return text
	}
	return string(raw)
}

// object writes a row as a JSON object with its columns in order.
func object(dst []byte, columns []client.Column, row []json.RawMessage) ([]byte, error) {
	dst = append(dst, '{')
	for i, c := range columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		name, err := json.Marshal(c.Name)
		if err != nil {
			return nil, err
		}
		dst = append(append(dst, name...), ':')
		dst = append(dst, value(c, row[i])...)
	}
	return append(dst, '}'), nil
}

// writeJSON writes each result as an array of objects.
func writeJSON(w io.Writer, a *client.Answer, _ int) error {
	out := bufio.NewWriter(w)
	for _, t := range a.Tables {
		_, _ = out.WriteString("[")
		for i, row := range t.Rows {
			if i > 0 {
				_, _ = out.WriteString(",")
			}
			text, err := object([]byte("\n"), t.Columns, row)
			if err != nil {
				return err
			}
			_, _ = out.Write(text)
		}
		_, _ = out.WriteString("\n]\n")
	}
	return out.Flush()
}

// writeLines writes each row as an object on a line.
func writeLines(w io.Writer, a *client.Answer, _ int) error {
	out := bufio.NewWriter(w)
	var text []byte
	for _, t := range a.Tables {
		for _, row := range t.Rows {
			var err error
			if text, err = object(text[:0], t.Columns, row); err != nil {
				return err
			}
			var compact bytes.Buffer
			if err := json.Compact(&compact, text); err != nil {
				return err
			}
			_, _ = out.Write(compact.Bytes())
			_ = out.WriteByte('\n')
		}
	}
	return out.Flush()
}

// writeCSV writes each result with a head line, an empty line between them.
func writeCSV(w io.Writer, a *client.Answer, _ int) error {
	for n, t := range a.Tables {
		if n > 0 {
			if _, err := io.WriteString(w, "\n"); err != nil {
				return err
			}
		}
		out := csv.NewWriter(w)
		line := make([]string, len(t.Columns))
		for i, c := range t.Columns {
			line[i] = c.Name
		}
		_ = out.Write(line) // Error has it
		for _, row := range t.Rows {
			for i := range row {
				line[i] = plain(row[i])
			}
			_ = out.Write(line)
		}
		out.Flush()
		if err := out.Error(); err != nil {
			return err
		}
	}
	return nil
}

// writeTables writes each result as a table for people.
func writeTables(w io.Writer, a *client.Answer, width int) error {
	out := bufio.NewWriter(w)
	for n, t := range a.Tables {
		if n > 0 {
			_ = out.WriteByte('\n')
		}
		writeTable(out, t, width)
	}
	return out.Flush()
}

// minColumn is what a column keeps when a table is made to fit the terminal.
const minColumn = 8

// writeTable aligns columns, numbers to the right, and on a terminal cuts the widest ones until the lines fit.
// Columns that still find no place are named below.
func writeTable(out *bufio.Writer, t client.Table, width int) {
	cells := make([][]string, 0, len(t.Rows)+1)
	head := make([]string, len(t.Columns))
	right := make([]bool, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = oneLine(c.Name)
		switch c.Type {
		case "int", "long", "real", "decimal":
			right[i] = true
		}
	}
	cells = append(cells, head)
	for _, row := range t.Rows {
		line := make([]string, len(row))
		for i := range row {
			line[i] = oneLine(plain(row[i]))
		}
		cells = append(cells, line)
	}
	widths := make([]int, len(head))
	for _, line := range cells {
		for i, c := range line {
			widths[i] = max(widths[i], uniseg.StringWidth(c))
		}
	}
	shortenTimes(t.Columns, widths, width)
	shown := fit(widths, width)
	for n, line := range cells {
		for i := range shown {
			if i > 0 {
				_, _ = out.WriteString("  ")
			}
			pad(out, line[i], widths[i], right[i], i == shown-1)
		}
		_ = out.WriteByte('\n')
		if n == 0 {
			for i := range shown {
				if i > 0 {
					_, _ = out.WriteString("  ")
				}
				_, _ = out.WriteString(strings.Repeat("-", widths[i]))
			}
			_ = out.WriteByte('\n')
		}
	}
	if shown < len(head) {
		_, _ = fmt.Fprintf(out, "not shown: %s\n", strings.Join(head[shown:], ", "))
	}
	switch len(t.Rows) {
	case 1:
		_, _ = out.WriteString("1 row\n")
	default:
		_, _ = fmt.Fprintf(out, "%d rows\n", len(t.Rows))
	}
}

// shortTime is a time up to the minute, and the mark that more follows.
const shortTime = len("2026-11-19T00:00…") - len("…") + 1

// shortenTimes takes seconds off times before anything else is cut: names are what tells rows apart.
func shortenTimes(columns []client.Column, widths []int, width int) {
	total := -2
	for _, w := range widths {
		total += w + 2
	}
	for i, c := range columns {
		if over := total - width; width > 0 && over > 0 && c.Type == "datetime" {
			less := min(over, max(0, widths[i]-max(shortTime, uniseg.StringWidth(oneLine(c.Name)))))
			widths[i], total = widths[i]-less, total-less
		}
	}
}

// wrap breaks a line that is wider than the terminal at blanks outside of quotes; what follows is set in by indent.
// Width 0 is no terminal.
func wrap(line, indent string, width int) string {
	var out strings.Builder
	rest := line
	for width > 0 && uniseg.StringWidth(rest) > width {
		at, quote, w := -1, rune(0), 0
		start := len(rest) - len(strings.TrimLeft(rest, " "))
		for i, r := range rest {
			switch {
			case quote != 0:
				if r == quote {
					quote = 0
				}
			case r == '"':
				quote = r
			case r == ' ' && i > start && (w <= width || at < 0):
				at = i
			}
			w += uniseg.StringWidth(string(r))
		}
		if at < 0 || strings.TrimSpace(rest[at:]) == "" {
			break
		}
		out.WriteString(rest[:at] + "\n")
		rest = indent + strings.TrimLeft(rest[at:], " ")
	}
	return out.String() + rest
}

// fit lowers widths until they fit and says how many columns have a place.
func fit(widths []int, width int) int {
	if width <= 0 {
		return len(widths)
	}
	shown := len(widths)
	least := func() (sum int) {
		for _, w := range widths[:shown] {
			sum += min(w, minColumn) + 2
		}
		return sum - 2
	}
	for shown > 1 && least() > width {
		shown--
	}
	for {
		sum, widest := -2, 0
		for i, w := range widths[:shown] {
			sum += w + 2
			if w > widths[widest] {
				widest = i
			}
		}
		if sum <= width || widths[widest] <= minColumn {
			return shown
		}
		second := minColumn
		for i, w := range widths[:shown] {
			if i != widest && w < widths[widest] {
				second = max(second, w)
			}
		}
		widths[widest] -= max(1, min(sum-width, widths[widest]-second))
	}
}

// pad writes a cell in its width, cut with … when it is longer.
func pad(out *bufio.Writer, text string, width int, right, last bool) {
	if w := uniseg.StringWidth(text); w > width {
		text = cut(text, width-1) + "…"
	}
	blank := strings.Repeat(" ", max(0, width-uniseg.StringWidth(text)))
	switch {
	case right:
		_, _ = out.WriteString(blank + text)
	case last:
		_, _ = out.WriteString(text)
	default:
		_, _ = out.WriteString(text + blank)
	}
}

// cut is the beginning of text that is at most width wide.
func cut(text string, width int) string {
	var b strings.Builder
	state, w := -1, 0
	for len(text) > 0 {
		var cluster string
		var cw int
		cluster, text, cw, state = uniseg.FirstGraphemeClusterInString(text, state)
		if w += cw; w > width {
			break
		}
		b.WriteString(cluster)
	}
	return b.String()
}

// oneLine replaces what would move the cursor: a record must not draw on the terminal of the one who reads it.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			return '\ufffd'
		}
		return r
	}, text)
}
