package ecs

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/mapping"
)

// leaves are all texts and numbers of a document.
func leaves(value any, found map[string]bool) {
	switch v := value.(type) {
	case map[string]any:
		for _, m := range v {
			leaves(m, found)
		}
	case []any:
		for _, m := range v {
			leaves(m, found)
		}
	default:
		found[fmt.Sprint(v)] = true
	}
}

// TestLossless: whatever the values of a row are, each of them is in the document, and fields that hold addresses, numbers
// or times hold nothing else.
func TestLossless(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 9))
	pieces := []string{"a", `\`, "\n", "\t", "é", "😀", `"`, "@", "{", "}", "\u2028", "\x00", "10.0.0.1", "1", strings.Repeat("long ", 300)}
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
					if from[0] == '=' || from[0] == '@' || from[0] == '_' || from == "Type" {
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
				if f.ECS == "-" {
					delete(row, f.From)
				}
			}
			row["own key"], row["OwnKey"], row["ownKey"] = "1", "2", "three"
			text, err := json.Marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			e := lazuli.Event{ID: "ws-1", Workspace: "w", Table: table, Row: text, Time: lazuli.TicksAtUnixEpoch}
			line, ok := New().Append(nil, &e)
			var doc map[string]any
			if err := json.Unmarshal(line, &doc); err != nil || !ok || strings.ContainsAny(string(line), "\n\r") {
				t.Fatalf("%s: %v: %s", table, err, line)
			}
			found := map[string]bool{}
			leaves(doc, found)
			for c, value := range row {
				v := value.(string)
				user, domain, _ := strings.Cut(v, "@")
				before, behind, _ := strings.Cut(v, `\`)
				if there := found[v] || found[strings.ToLower(v)] || found[user] && found[domain] || found[before] && found[behind]; !there {
					t.Errorf("%s: column %s is not there: %.100q is not in %s", table, c, v, line)
				}
			}
		}
	}
}
