package main

import (
	"fmt"
	"sort"
	"strings"

	"lazuli.dev/lazuli/decode"
	"lazuli.dev/lazuli/schema"
)

func tables() string {
	entries := decode.Entries()
	byTable := map[string][]decode.Entry{}
	var filled []string
	for _, e := range entries {
		if len(byTable[e.Table]) == 0 {
			filled = append(filled, e.Table)
		}
		byTable[e.Table] = append(byTable[e.Table], e)
	}
	sort.Strings(filled)

	var b strings.Builder
	fmt.Fprintf(&b, `# Tables

%s
%d tables of Log Analytics, Sentinel and Defender XDR are built in with their columns, so that a query finds the names and types it expects. These %d are filled from wire records:

| table | from |
| --- | --- |
`, generated, len(schema.All())-1, len(filled)) // one of them is not Azure's: the quarantine
	for _, name := range filled {
		var from []string
		for _, e := range byTable[name] {
			from = append(from, source(e))
		}
		fmt.Fprintf(&b, "| [%s](#%s) | %s |\n", name, strings.ToLower(name), strings.Join(from, "<br>"))
	}

	b.WriteString(`
## Columns of every table

They are hidden: a query finds them only by name.

| column | type | |
| --- | --- | --- |
`)
	for _, c := range schema.System {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", c.Name, c.Type, c.Doc)
	}
	b.WriteString(`
## How to read the columns below

*From* is the path in the wire record; of several with ` + "`|`" + ` between them the first with a value is taken. *=text* is a constant, *@name* a value of the part that becomes a row of its own. *Step* names what is done to the value, see [the steps](#steps). *Proof* says what the mapping rests on: a real **sample**, the vendor's **documented** words, or **derived** by comparing records with tables. Columns without a line stay empty; fields without a column are kept in ` + "`_Unmapped`" + `.
`)
	quarantine, _ := schema.Lookup(schema.Quarantine)
	fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| column | type | |\n| --- | --- | --- |\n", quarantine.Name, quarantine.Doc)
	for _, c := range quarantine.Columns {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", c.Name, c.Type, escape(c.Doc))
	}
	for _, name := range filled {
		fmt.Fprintf(&b, "\n## %s\n", name)
		t, known := schema.Lookup(name)
		if known && t.Doc != "" {
			fmt.Fprintf(&b, "\n%s\n", t.Doc)
		}
		for _, e := range byTable[name] {
			if len(byTable[name]) > 1 {
				fmt.Fprintf(&b, "\n### From %s\n", source(e))
			}
			entry(&b, e)
		}
	}

	b.WriteString("\n## Steps\n\n| step | what it does |\n| --- | --- |\n")
	steps := decode.Steps()
	var names []string
	for name := range steps {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(&b, "| %s | %s |\n", name, escape(steps[name]))
	}
	return b.String()
}

func entry(b *strings.Builder, e decode.Entry) {
	fmt.Fprintf(b, "\n%s Recognised by %s.", e.Doc, match(e.Match))
	if e.Explode != "" {
		fmt.Fprintf(b, " One record becomes several rows: %s.", e.Explode)
	}
	if e.Reshape != "" {
		fmt.Fprintf(b, " It becomes other records: %s.", e.Reshape)
	}
	b.WriteString("\n\n| column | type | from | step | proof | |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, c := range e.Columns {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", c.Name, e.Type(c.Name), cell(c.From), c.How, c.Mark, escape(c.Doc))
	}
}

// source names the service and the categories of an entry.
func source(e decode.Entry) string {
	if len(e.Match.Categories) == 0 {
		if e.Match.Shape != "" {
			return e.Service + ": " + strings.ReplaceAll(e.Match.Shape, "|", ", ")
		}
		return e.Service
	}
	return e.Service + ": " + strings.Join(e.Match.Categories, ", ")
}

func match(m decode.Match) string {
	var by []string
	if len(m.Categories) > 0 {
		by = append(by, "category "+codes(m.Categories))
	}
	if len(m.Resources) > 0 {
		by = append(by, "resource type "+codes(m.Resources))
	}
	if m.Shape != "" {
		by = append(by, "shape "+codes(strings.Split(m.Shape, "|")))
	}
	if len(by) == 0 {
		return "being none of the others"
	}
	text := strings.Join(by, " and ")
	if len(m.Except) > 0 {
		text += ", but not resource type " + codes(m.Except)
	}
	return text
}

func codes(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		if s == "" {
			out[i] = "none"
		} else {
			out[i] = "`" + s + "`"
		}
	}
	return strings.Join(out, ", ")
}

func escape(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text)
}
