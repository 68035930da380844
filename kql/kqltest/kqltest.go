// Package kqltest is a test language for KQL: a case is one text file with
// tables, a query and the rows that Kusto answers.
//
// A case is an archive of named parts, each behind a line `-- name --`:
//
//	# What the case is about.
//	-- T.csv --
//	a:long,s:string
//	1,x
//	NULL,
//	-- query.kql --
//	T | count
//	-- plan (derived) --
//	-- duckdb.sql (derived) --
//	-- rows (oracle) --
//	Count:long
//	2
//
// The first line of a table names its columns; `Id:string:guid` is a column that
// is stored as GUIDs. NULL is null; an empty cell of a string is the empty string.
// `T.2.csv` has more rows of T, in a branch of their own. Instead of rows a case
// can have `error (oracle)`, with a part of the message of the compiler or of the engine. `options` can set `now`
// and `range` (two times), in KQL's notation, and `rowwise`.
//
// Derived parts are written by the machine (go test ./kql/kqltest -update); oracle parts only
// by people, from what Kusto does. What the package protects: a change of the
// compiler cannot change an oracle part.
package kqltest

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"sort"
	"strings"

	"lazuli.dev/lazuli/kql"
	"lazuli.dev/lazuli/kql/dialect"
	"lazuli.dev/lazuli/kql/syntax"
	"lazuli.dev/lazuli/kql/types"
)

// An Engine holds tables and answers compiled queries.
type Engine interface {
	// Load makes a table, replacing what has its name. Cells are in KQL's notation
	// (see Case); branches[i] are the rows of one branch. It returns where the rows
	// are.
	Load(table string, columns []Column, branches [][][]string) (dialect.Source, error)
	// Answer runs a result of a program and returns its rows, each cell as tostring()
	// would print it and null as NULL.
	Answer(r kql.Result) ([][]string, error)
}

// A Column is a column of a table of a case.
type Column struct {
	types.Column
	GUID bool // stored as GUIDs
}

// A Part is a named part of a case.
type Part struct {
	Name string
	Text string
}

// A Case is a parsed file.
type Case struct {
	Comment string
	Parts   []Part
}

// Parse reads a case.
func Parse(text string) *Case {
	c := &Case{}
	for line := range strings.Lines(text) {
		if name, ok := partName(line); ok {
			c.Parts = append(c.Parts, Part{Name: name})
			continue
		}
		if len(c.Parts) == 0 {
			c.Comment += line
			continue
		}
		c.Parts[len(c.Parts)-1].Text += line
	}
	return c
}

func partName(line string) (string, bool) {
	name, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "-- ")
	if !ok {
		return "", false
	}
	name, ok = strings.CutSuffix(name, " --")
	return name, ok
}

// String writes a case as Parse reads it.
func (c *Case) String() string {
	var b strings.Builder
	b.WriteString(c.Comment)
	for _, p := range c.Parts {
		b.WriteString("-- " + p.Name + " --\n" + p.Text)
		if p.Text != "" && !strings.HasSuffix(p.Text, "\n") {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// Part returns the text of a part.
func (c *Case) Part(name string) (string, bool) {
	for _, p := range c.Parts {
		if p.Name == name {
			return p.Text, true
		}
	}
	return "", false
}

// derive sets the text of a derived part.
func (c *Case) derive(name, text string) {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	for i, p := range c.Parts {
		if p.Name == name {
			c.Parts[i].Text = text
			return
		}
	}
	at := slices.IndexFunc(c.Parts, func(p Part) bool { return strings.HasSuffix(p.Name, "(oracle)") })
	if at < 0 {
		at = len(c.Parts)
	}
	c.Parts = slices.Insert(c.Parts, at, Part{name, text})
}

// The names of the parts that every case has.
const (
	Query     = "query.kql"
	Plan      = "plan (derived)"
	DuckDBSQL = "duckdb.sql (derived)"
	Rows      = "rows (oracle)"
	Fault     = "error (oracle)"
)

// catalog has the tables of a case.
type catalog struct {
	tables  map[string]*types.Table
	sources map[string]dialect.Source
}

func (c *catalog) Table(name string) (*types.Table, bool) {
	t, ok := c.tables[name]
	return t, ok
}

func (c *catalog) Names() (names []string) {
	for n := range c.tables {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

func (c *catalog) Source(name string) (dialect.Source, bool) {
	s, ok := c.sources[name]
	return s, ok
}

// Run runs a case and returns what is wrong with it, "" when nothing is. It sets
// the derived parts of the case: a caller that sees them change has to decide
// whether they may.
func Run(c *Case, e Engine) (wrong string, err error) {
	cat := &catalog{tables: map[string]*types.Table{}, sources: map[string]dialect.Source{}}
	if err := cat.load(c, e); err != nil {
		return "", err
	}
	query, ok := c.Part(Query)
	if !ok {
		return "", fmt.Errorf("the case has no %s", Query)
	}
	o := kql.Options{Catalog: cat, Tables: cat, Now: defaultNow, Database: "test"}
	if err := options(c, &o); err != nil {
		return "", err
	}
	o.Ask = func(sql string) (texts []string, err error) {
		rows, err := e.Answer(kql.Result{SQL: sql, Columns: []types.Column{{Name: "text", Type: types.String}}})
		for _, row := range rows {
			texts = append(texts, row[0])
		}
		return texts, err
	}
	fault, wantFault := c.Part(Fault)
	rows, wantRows := c.Part(Rows)
	if wantFault == wantRows {
		return "", fmt.Errorf("the case must have either rows or an error")
	}
	p, err := kql.Compile(query, o)
	if wantFault {
		for i := 0; err == nil && i < len(p.Results); i++ {
			_, err = e.Answer(p.Results[i])
		}
		switch {
		case err == nil:
			return "it answers, but must be refused with: " + fault, nil
		case !strings.Contains(err.Error(), strings.TrimSpace(fault)):
			return fmt.Sprintf("the error is %q, want %q in it", err, strings.TrimSpace(fault)), nil
		}
		return "", nil
	}
	if err != nil {
		return err.Error(), nil
	}
	tree, err := kql.Plan(query, o)
	if err != nil {
		return "", err
	}
	c.derive(Plan, tree.String())
	var sql []string
	for _, r := range p.Results {
		sql = append(sql, r.SQL)
	}
	c.derive(DuckDBSQL, strings.Join(sql, ";\n"))
	var got bytes.Buffer
	want := ""
	for i, r := range p.Results {
		answer, err := e.Answer(r)
		if err != nil {
			return "", fmt.Errorf("%w\n%s", err, r.SQL)
		}
		if i > 0 {
			got.WriteByte('\n')
		}
		write(&got, r, answer)
	}
	for i, part := range strings.Split(rows, "\n\n") {
		if i >= len(p.Results) {
			return fmt.Sprintf("%d results, want more", len(p.Results)), nil
		}
		table, err := read(part)
		if err != nil {
			return "", fmt.Errorf("rows: %w", err)
		}
		var b bytes.Buffer
		if i > 0 {
			b.WriteByte('\n')
		}
		writeTable(&b, table[0], table[1:], p.Results[i].Ordered)
		want += b.String()
	}
	if want != got.String() {
		return "got\n" + got.String() + "want\n" + want, nil
	}
	return "", nil
}

// defaultNow is 2024-05-01T12:00:00Z.
const defaultNow = 638501616000000000

func (cat *catalog) load(c *Case, e Engine) error {
	branches := map[string][][][]string{}
	columns := map[string][]Column{}
	var order []string
	for _, p := range c.Parts {
		name, ok := strings.CutSuffix(p.Name, ".csv")
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, ".")
		rows, err := read(p.Text)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
		if columns[name] == nil {
			order = append(order, name)
			for _, h := range rows[0] {
				f := strings.Split(h, ":")
				t, ok := types.None, false
				if len(f) >= 2 {
					t, ok = types.Parse(f[1])
				}
				if !ok {
					return fmt.Errorf("%s: the column %q wants a type", p.Name, h)
				}
				columns[name] = append(columns[name], Column{types.Column{Name: f[0], Type: t}, len(f) == 3 && f[2] == "guid"})
			}
		}
		branches[name] = append(branches[name], rows[1:])
	}
	for _, name := range order {
		t := &types.Table{Name: name}
		for _, col := range columns[name] {
			if strings.HasPrefix(col.Name, "_") {
				t.Hidden = append(t.Hidden, col.Column)
			} else {
				t.Columns = append(t.Columns, col.Column)
			}
		}
		src, err := e.Load(name, columns[name], branches[name])
		if err != nil {
			return err
		}
		cat.tables[name] = t
		if slices.ContainsFunc(branches[name], func(rows [][]string) bool { return len(rows) > 0 }) {
			cat.sources[name] = src
		}
	}
	return nil
}

// options reads the options of a case.
func options(c *Case, o *kql.Options) error {
	text, _ := c.Part("options")
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == "rowwise" && len(f) == 1:
			o.RowWise = true
		case f[0] == "now" && len(f) == 2:
			n, err := instant(f[1])
			if err != nil {
				return err
			}
			o.Now = n
		case f[0] == "range" && len(f) == 3:
			from, err := instant(f[1])
			if err != nil {
				return err
			}
			to, err := instant(f[2])
			if err != nil {
				return err
			}
			o.TimeRange = &[2]int64{from, to}
		case f[0] == "param" && len(f) >= 3:
			if o.Parameters == nil {
				o.Parameters = map[string]string{}
			}
			o.Parameters[f[1]] = strings.Join(f[2:], " ")
		default:
			return fmt.Errorf("options: %q is none", strings.TrimSpace(line))
		}
	}
	return nil
}

func instant(text string) (int64, error) {
	x, errs := syntax.ParseExpr("datetime(" + text + ")")
	lit, ok := x.(*syntax.Literal)
	if len(errs) > 0 || !ok {
		return 0, fmt.Errorf("options: %q is no time", text)
	}
	return lit.Int, nil
}

func read(text string) ([][]string, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.LazyQuotes = false
	rows, err := r.ReadAll()
	if err == nil && len(rows) == 0 {
		return nil, fmt.Errorf("there is no header")
	}
	return rows, err
}

func write(b *bytes.Buffer, r kql.Result, rows [][]string) {
	var header []string
	for _, c := range r.Columns {
		header = append(header, c.Name+":"+c.Type.String())
	}
	writeTable(b, header, rows, r.Ordered)
}

// writeTable writes a table; rows whose order has no meaning are sorted.
func writeTable(b *bytes.Buffer, header []string, rows [][]string, ordered bool) {
	w := csv.NewWriter(b)
	_ = w.Write(header) // a buffer takes everything
	if !ordered {
		rows = slices.Clone(rows)
		sort.SliceStable(rows, func(i, j int) bool { return slices.Compare(rows[i], rows[j]) < 0 })
	}
	for _, row := range rows {
		if len(row) == 1 && row[0] == "" {
			w.Flush()
			b.WriteString("\"\"\n") // an empty line would be none
			continue
		}
		_ = w.Write(row)
	}
	w.Flush()
}
