package main

import (
	"fmt"
	"slices"
	"strings"

	"lazuli.dev/lazuli/forward/format/mapping"
)

// outputs is the page that says how the columns of each table are called in CEF, LEEF and ECS.
func outputs() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Field mappings of the outputs\n\n%s\n", generated)
	b.WriteString(`How the columns of tables are called in CEF, LEEF 2.0 and the Elastic Common Schema (ECS). A column that is not listed for a format, or whose value does not fit the field (an address that is none, a port that is no number), goes out under its own name: in CEF and LEEF as a key, in ECS in snake_case below the object that is named as *rest*. What is left empty in a row is left out.

Where several columns are given with "or" between them, the first that is not empty counts. "left out" is a column whose value another one repeats. A path goes into a column, also into a text that holds JSON. Columns that hold objects go out as JSON without white space: in CEF and LEEF as a value, in ECS as a text, so that the documents of a data stream never disagree about a field's type; where a field's note says JSON or snake_case they are objects in ECS. The examples run as tests; the time and the id, which every event has, are not shown in them.

CEF's dictionary says how long a value may be: 1023 characters for most keys, 4000 for cs1 to cs6, 63 for act and outcome, 40 for externalId. A longer one is cut to that, and its column goes out whole under its own name, too. externalId has the last 40 characters of the id, lazuliId all of it. In CEF, by the dictionary, ` + "`in`" + ` counts bytes from the source to the destination and ` + "`out`" + ` those that flow back.
`)
	all := mapping.All()
	for i := range all {
		m := &all[i]
		title := strings.Join(m.Tables, ", ")
		if title == "" {
			title = "All other tables"
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s Dataset `%s`, rest `%s`.\n\n", title, m.Doc, m.Dataset, m.Rest)
		b.WriteString("| column | CEF | LEEF | ECS | |\n| --- | --- | --- | --- | --- |\n")
		for _, f := range m.Fields {
			label := ""
			if f.Label != "" && f.CEF != "" {
				label = " (" + f.Label + ")"
			}
			fmt.Fprintf(&b, "| %s | %s%s | %s | %s | %s |\n", comesFrom(f.From), key(f.CEF), label, key(f.LEEF), key(f.ECS), notes(f))
		}
		for _, x := range m.Examples {
			fmt.Fprintf(&b, "\nA row of %s:\n\n```json\n%s\n```\n\nas CEF, as LEEF, as ECS:\n\n```\n%s\n%s\n%s\n```\n", x.Table, x.Row, x.CEF, strings.ReplaceAll(x.LEEF, "\t", "<tab>"), x.Core)
		}
	}
	return b.String()
}

// comesFrom is where a field comes from, for people.
func comesFrom(from string) string {
	var parts []string
	for _, p := range strings.Split(from, "|") {
		switch {
		case strings.HasPrefix(p, "="):
			p = "always " + cell(p[1:])
		case p == "@table":
			p = "the table's name"
		case p == "@workspace":
			p = "the workspace's name"
		case p == "@id":
			p = "the event's id"
		case p == "@time":
			p = "the event's time"
		case p == "@stamp":
			p = "the event's time with its zone"
		default:
			p = cell(p)
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, " or ")
}

func key(name string) string {
	switch name {
	case "":
		return ""
	case "-":
		return "left out"
	case "*":
		return "their own"
	}
	var parts []string
	for _, p := range strings.Fields(name) {
		parts = append(parts, cell(p))
	}
	return strings.Join(parts, " ")
}

// notes say how the value is written.
func notes(f mapping.Field) string {
	var parts []string
	if text := f.As.String(); text != "" {
		parts = append(parts, text)
	}
	if f.Repeats != "" {
		if column, equal := strings.CutPrefix(f.Repeats, "="); equal {
			parts = append(parts, "while "+cell(column)+" is the same")
		} else {
			parts = append(parts, "while there is "+cell(column))
		}
	}
	if column, values, found := strings.Cut(f.When, "="); found {
		if other, not := strings.CutSuffix(column, "!"); not {
			parts = append(parts, "unless "+cell(other)+" is one of "+strings.ReplaceAll(values, "|", " "))
		} else {
			parts = append(parts, "when "+cell(column)+" is one of "+strings.ReplaceAll(values, "|", " "))
		}
	}
	var words []string
	for _, w := range sorted(f.Words) {
		to := f.Words[w]
		from := cell(w)
		if w == "*" {
			from = "all others"
		}
		if to == "" {
			words = append(words, from+" left out")
		} else {
			words = append(words, from+" → "+cell(to))
		}
	}
	return strings.Join(append(parts, words...), ", ")
}

// sorted are the keys in order, the one for all others last.
func sorted(words map[string]string) []string {
	var keys []string
	for k := range words {
		if k != "*" {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	if _, all := words["*"]; all {
		keys = append(keys, "*")
	}
	return keys
}
