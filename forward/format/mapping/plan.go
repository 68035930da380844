package mapping

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// A Plan is a mapping made ready for one format.
type Plan struct {
	Mapping *Mapping
	Outs    []Out
	Vendor  Pick
	Product Pick
	Version Pick
	Class   Pick
	Name    Pick
	Level   Pick

	Revision Pick
	Relay    Header // empty but for the format Syslog

	taken   map[string]bool // keys and their labels, in CEF all that mean something
	millis  bool            // the format's own time has milliseconds
	columns map[string]int
	paths   [][]path // of each column: what is read of it
	slots   int
}

// An Out is one field of the output.
type Out struct {
	Key   string // the field's name in the format; "-" for a column that is left out
	Label string
	As    As
	Words map[string]string
	Max   int // characters; 0 is no bound. A longer value is cut, and its column goes out whole, too
	from  []source
	same  *source // for a column that is left out: what must not be empty
	equal bool    // and must be the same
	then  *Out    // of a Pick: what follows behind a colon
	when  *source // what must have one of the values in is
	is    []string
	not   bool // or none of them
}

// A Header is a Relay, made ready.
type Header struct{ Facility, Severity, Host, App, Process, ID, Data, Text Pick }

// A Pick is a Choice of several, made ready.
type Pick []Out

// A source is one place where a value comes from.
type source struct {
	slot   int    // -1: literal or about the event
	column int    // -1, or the column that is used up with it
	text   string // =text or @word
}

// A path is a part of a column that a slot takes.
type path struct {
	steps []step // none: the column
	slot  int
}

type step struct {
	name  string
	index int // -1: by name
}

// Compile makes a mapping ready.
func Compile(m *Mapping, format Format) (*Plan, error) {
	p := &Plan{Mapping: m, taken: map[string]bool{}, millis: format != ECS, columns: map[string]int{}}
	known := map[string]source{}
	out := func(from string, key, label string, as As, words map[string]string) (Out, error) {
		o := Out{Key: key, Label: label, As: as, Words: words}
		for _, text := range strings.Split(from, "|") {
			s, seen := known[text]
			if !seen {
				var err error
				if s, err = p.source(text); err != nil {
					return o, fmt.Errorf("%s: %w", from, err)
				}
				known[text] = s
			}
			o.from = append(o.from, s)
		}
		return o, nil
	}
	switch format {
	case CEF:
		for _, key := range []string{"c6a1", "c6a2", "c6a3", "c6a1Label", "c6a2Label", "c6a3Label", "lazuliOmitted"} {
			p.taken[key] = true // the formatter may write them
		}
		for key := range dictionary {
			p.taken[key] = true
		}
	case LEEF:
		p.taken["sev"], p.taken["lazuliOmitted"] = true, true
	}
	for _, f := range m.Fields {
		for _, key := range strings.Fields(f.name(format)) {
			o, err := out(f.From, key, f.Label, f.As, f.Words)
			if err != nil {
				return nil, err
			}
			if f.When != "" {
				column, values, _ := strings.Cut(f.When, "=")
				column, o.not = strings.CutSuffix(column, "!")
				when, err := out(column, "", "", Text, nil)
				if err != nil {
					return nil, err
				}
				o.when, o.is = &when.from[0], strings.Split(values, "|")
			}
			if key == "-" && f.Repeats != "" {
				column, equal := strings.CutPrefix(f.Repeats, "=")
				same, err := out(column, "", "", Text, nil)
				if err != nil {
					return nil, err
				}
				o.same, o.equal = &same.from[0], equal
			}
			if k, known := KeyOf(key); known && format == CEF && !m.Bare {
				o.Max = k.Max
			}
			p.Outs = append(p.Outs, o)
			p.taken[key] = true
			if f.Label != "" {
				p.taken[key+"Label"] = true
			}
		}
	}
	type pick struct {
		to *Pick
		of []Choice
	}
	picks := []pick{{&p.Vendor, m.Vendor}, {&p.Product, m.Product}, {&p.Version, m.Version}, {&p.Class, m.Class}, {&p.Name, m.Name}, {&p.Level, m.Severity}, {&p.Revision, m.Revision}}
	if r := m.Relay; format == Syslog {
		picks = nil
		if h := &p.Relay; r != nil {
			picks = []pick{{&h.Facility, r.Facility}, {&h.Severity, r.Severity}, {&h.Host, r.Host}, {&h.App, r.App}, {&h.Process, r.Process}, {&h.ID, r.ID}, {&h.Data, r.Data}, {&h.Text, r.Text}}
		}
	}
	for _, h := range picks {
		for _, c := range h.of {
			words := c.Words
			if h.to == &p.Level && m.Bare && format == CEF {
				words = nil // CEF has words for severities
			}
			o, err := out(c.From, "", "", Text, words)
			if err != nil {
				return nil, err
			}
			for i := range o.from {
				o.from[i].column = -1 // what the header says is said in full by the column
			}
			if c.Then != "" {
				then, err := out(c.Then, "", "", Text, nil)
				if err != nil {
					return nil, err
				}
				for i := range then.from {
					then.from[i].column = -1
				}
				o.then = &then
			}
			*h.to = append(*h.to, o)
		}
	}
	return p, nil
}

// Taken reports whether a name is the key of a field, or in CEF a key that means something, so that a column of that name
// needs another.
func (p *Plan) Taken(name []byte) bool {
	return p.taken[string(name)]
}

// source reads one alternative of a From.
func (p *Plan) source(text string) (source, error) {
	switch {
	case text == "":
		return source{}, fmt.Errorf("an empty path")
	case text[0] == '=':
		return source{-1, -1, text}, nil
	case text[0] == '@':
		switch text {
		case "@table", "@workspace", "@id", "@time", "@stamp":
			return source{-1, -1, text}, nil
		}
		return source{}, fmt.Errorf("nothing is called %s", text)
	}
	column, steps, err := parsePath(text)
	if err != nil {
		return source{}, err
	}
	c, known := p.columns[column]
	if !known {
		c = len(p.paths)
		p.columns[column] = c
		p.paths = append(p.paths, nil)
	}
	s := source{slot: p.slots, column: -1}
	if len(steps) == 0 {
		s.column = c
	}
	p.paths[c] = append(p.paths[c], path{steps, p.slots})
	p.slots++
	return s, nil
}

func parsePath(text string) (column string, steps []step, err error) {
	end := strings.IndexAny(text, ".[")
	if end < 0 {
		return text, nil, nil
	}
	column, text = text[:end], text[end:]
	for text != "" {
		switch text[0] {
		case '.':
			end := strings.IndexAny(text[1:], ".[") + 1
			if end == 0 {
				end = len(text)
			}
			steps, text = append(steps, step{text[1:end], -1}), text[end:]
		case '[':
			end := strings.IndexByte(text, ']')
			if end < 0 {
				return "", nil, fmt.Errorf("no ] in %s", text)
			}
			if n, err := strconv.Atoi(text[1:end]); err == nil {
				steps = append(steps, step{"", n})
			} else {
				steps = append(steps, step{text[1:end], -1})
			}
			text = text[end+1:]
		default:
			return "", nil, fmt.Errorf("no . or [ before %s", text)
		}
	}
	return column, steps, nil
}

// Plans gives the plan of a table in one format, and remembers which it is. It is
// used by one goroutine at a time.
type Plans struct {
	format  Format
	byTable map[string]*Plan
}

// NewPlans makes the plans of a format.
func NewPlans(format Format) *Plans { return &Plans{format, map[string]*Plan{}} }

// Of returns the plan of a table.
func (p *Plans) Of(table string) *Plan {
	plan := p.byTable[table]
	if plan == nil {
		plan = compiled[p.format]()[For(table)]
		p.byTable[table] = plan
	}
	return plan
}

// compiled are the plans of all mappings by format, made once. They panic when a
// mapping of the package is wrong, which a test would have shown.
var compiled = map[Format]func() map[*Mapping]*Plan{
	CEF:    sync.OnceValue(func() map[*Mapping]*Plan { return compileAll(CEF) }),
	LEEF:   sync.OnceValue(func() map[*Mapping]*Plan { return compileAll(LEEF) }),
	Syslog: sync.OnceValue(func() map[*Mapping]*Plan { return compileAll(Syslog) }),
}

func compileAll(format Format) map[*Mapping]*Plan {
	plans := map[*Mapping]*Plan{}
	all := All()
	for i := range all {
		p, err := Compile(&all[i], format)
		if err != nil {
			panic(fmt.Sprintf("mapping of %v: %v", all[i].Tables, err))
		}
		plans[&all[i]] = p
	}
	return plans
}
