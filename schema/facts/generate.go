// Command facts rewrites tables.txt from a JSON description of Azure's table
// reference: an object of tables, each with its columns in order.
//
//	LAZULI_TABLES=path/to/tables.json go generate ./schema
//
// The text holds one table a line, sorted by name, and is meant to be read in
// reviews:
//
//	name|category|solution|note|resource types|alias of|type letter:column ...
//
// What it protects: the binary's tables change only by a reviewed change of
// that file.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
)

// letters are the types as tables.txt writes them.
var letters = map[string]string{
	"string": "s", "datetime": "d", "real": "r", "int": "i", "long": "l", "bool": "b",
	"dynamic": "y", "guid": "g", "timespan": "t", "decimal": "m",
}

type table struct {
	Columns       json.RawMessage `json:"columns"`
	Category      string          `json:"category"`
	Solutions     string          `json:"solutions"`
	Note          string          `json:"note"`
	ResourceTypes []string        `json:"resourceTypes"`
	AliasOf       string          `json:"aliasOf"`
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: facts tables.json tables.txt")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var tables map[string]table
	if err := json.Unmarshal(raw, &tables); err != nil {
		return fmt.Errorf("read %s: %w", from, err)
	}
	names := make([]string, 0, len(tables))
	for n := range tables {
		names = append(names, n)
	}
	sort.Strings(names)
	var out bytes.Buffer
	for _, n := range names {
		t := tables[n]
		cols, err := columns(t.Columns)
		if err != nil {
			return fmt.Errorf("table %s: %w", n, err)
		}
		for i, f := range []string{n, t.Category, t.Solutions, t.Note, strings.Join(t.ResourceTypes, ","), t.AliasOf} {
			if i > 0 {
				out.WriteByte('|')
			}
			out.WriteString(strings.NewReplacer("|", "/", "\n", " ").Replace(f))
		}
		out.WriteString("|" + strings.Join(cols, " ") + "\n")
	}
	return os.WriteFile(to, out.Bytes(), 0o644)
}

// columns reads the columns object in its own order, which a map would lose.
func columns(raw json.RawMessage) ([]string, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	var key string
	var cols []string
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return cols, nil
		}
		if err != nil {
			return nil, err
		}
		s, ok := tok.(string)
		switch {
		case !ok:
		case key == "":
			key = s
		default:
			l, ok := letters[s]
			if !ok {
				return nil, fmt.Errorf("column %s: unknown type %q", key, s)
			}
			cols = append(cols, l+":"+key)
			key = ""
		}
	}
}
