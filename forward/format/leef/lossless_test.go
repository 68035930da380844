package leef

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/mapping"
)

// TestLossless: whatever the values of a row are, each of them is in the event that a reader of the format finds: under a
// key of the format, or under the column's name.
func TestLossless(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 9))
	pieces := []string{"a", "=", "|", `\`, " ", "\n", "\r", "\t", "é", "😀", `"`, "key=", "]", "{}", "\u2028", "10.0.0.1", "^", strings.Repeat("long ", 300)}
	written := strings.NewReplacer("\n", `\n`, "\r", `\r`).Replace
	all := mapping.All()
	for i := range all {
		m := &all[i]
		table := "Anything_CL"
		if len(m.Tables) > 0 {
			table = m.Tables[0]
		}
		for range 40 {
			row := map[string]any{}
			for _, f := range m.Fields {
				for _, from := range strings.Split(f.From, "|") {
					if end := strings.IndexAny(from, ".["); end > 0 {
						from = from[:end]
					}
					if from[0] == '=' || from[0] == '@' || from[0] == '_' || from == "Type" || from == "AdditionalExtensions" {
						continue
					}
					var b strings.Builder
					b.WriteByte("vwz"[random.IntN(3)])
					for range random.IntN(6) {
						b.WriteString(pieces[random.IntN(len(pieces))])
					}
					row[from] = b.String()
				}
			}
			for _, f := range m.Fields {
				if f.LEEF == "-" {
					delete(row, f.From)
				}
			}
			row["own key"], row["own_key"], row["sev"], row["src"] = "1", "2", "three", "four"
			text, err := json.Marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			e := lazuli.Event{ID: "ws-1", Workspace: "w", Table: table, Row: text, Time: lazuli.TicksAtUnixEpoch}
			line := string(New().Append(nil, &e, All))
			_, got, err := parse(line)
			if err != nil {
				t.Fatalf("%s: %v: %q", table, err, line)
			}
			found := map[string]bool{}
			for _, value := range got {
				found[value] = true
			}
			for c, value := range row {
				v := written(value.(string))
				if !found[v] && !found[strings.ToLower(v)] {
					t.Errorf("%s: column %s is not there: %.100q is not in %q", table, c, v, line)
				}
			}
		}
	}
}
