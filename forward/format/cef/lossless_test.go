package cef

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/mapping"
)

// columns are those that a mapping names, but the ones whose values say something that is written elsewhere.
func columns(m *mapping.Mapping) []string {
	var all []string
	seen := map[string]bool{"Type": true, "_IsBillable": true, "_BilledSize": true, "_Unmapped": true, "AdditionalExtensions": true}
	for _, f := range m.Fields {
		for _, from := range strings.Split(f.From, "|") {
			if end := strings.IndexAny(from, ".["); end > 0 {
				from = from[:end]
			}
			if f.CEF == "-" {
				seen[from] = true
			}
			if from[0] != '=' && from[0] != '@' && !seen[from] {
				seen[from] = true
				all = append(all, from)
			}
		}
	}
	return all
}

// TestLossless: whatever the values of a row are, each of them is in the event that a reader of the format finds: under a
// key of the format, or whole under the column's name.
func TestLossless(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 9))
	pieces := []string{"a", "=", "|", `\`, " ", "\n", "\r", "\t", "é", "😀", `"`, "key=", " x=y ", "]", "[", "{}", "\u2028", "10.0.0.1", "1", "%", "^", "~", strings.Repeat("long ", 300)}
	all := mapping.All()
	for i := range all {
		m := &all[i]
		table := "Anything_CL"
		if len(m.Tables) > 0 {
			table = m.Tables[0]
		}
		for range 40 {
			row := map[string]any{}
			for _, c := range append(columns(m), "Own", "own key", "cs1", "msg", "lazuliId") {
				var b strings.Builder
				b.WriteByte("vwz"[random.IntN(3)])
				for range random.IntN(6) {
					b.WriteString(pieces[random.IntN(len(pieces))])
				}
				b.WriteByte('.') // blanks at the end are the format's own
				row[c] = b.String()
			}
			text, err := json.Marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			e := lazuli.Event{ID: "ws-1", Workspace: "w", Table: table, Row: text, Time: lazuli.TicksAtUnixEpoch}
			line := string(New().Append(nil, &e, All))
			if strings.ContainsAny(line, "\n\r\x00") || !utf8.ValidString(line) {
				t.Fatalf("%s: not a line: %q", table, line)
			}
			got, err := parse(line)
			if err != nil {
				t.Fatalf("%s: %v: %s", table, err, line)
			}
			found := map[string]bool{}
			for _, value := range got.values {
				found[value] = true
			}
			for _, value := range got.header {
				found[value] = true
			}
			for c, value := range row {
				v := value.(string)
				if there := found[v] || found[strings.ToLower(v)] || m.Bare && c == "Computer"; !there {
					t.Errorf("%s: column %s is not there: %.100q is not in %s", table, c, v, line)
				}
			}
			for key, value := range got.values {
				if k, known := mapping.KeyOf(key); known && !m.Bare && k.Max > 0 && utf8.RuneCountInString(value) > k.Max {
					t.Errorf("%s: %s has %d characters, more than %d", table, key, utf8.RuneCountInString(value), k.Max)
				}
			}
		}
	}
}
