package syslog

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"lazuli.dev/lazuli"
)

// A rfc5424 is a message as RFC 5424 takes it apart.
type rfc5424 struct {
	priority               int
	host, app, process, id string
	elements               []string
	params                 map[string][]string // by element/name
	text                   string
	problem                string
}

// parse5424 reads a message by the RFC's grammar, and knows nothing of how it is written here.
func parse5424(message string) (m rfc5424) {
	m.params = map[string][]string{}
	fail := func(why string) rfc5424 { m.problem = why; return m }
	rest, found := strings.CutPrefix(message, "<")
	number, rest, closed := strings.Cut(rest, ">")
	n, err := strconv.Atoi(number)
	if !found || !closed || err != nil || n > 191 || strconv.Itoa(n) != number {
		return fail("priority")
	}
	m.priority = n
	if rest, found = strings.CutPrefix(rest, "1 "); !found {
		return fail("version")
	}
	var time string
	for i, to := range []*string{&time, &m.host, &m.app, &m.process, &m.id} {
		word, after, blank := strings.Cut(rest, " ")
		if !blank || word == "" || len(word) > []int{32, 255, 48, 128, 32}[i] {
			return fail("field " + strconv.Itoa(i))
		}
		for _, c := range []byte(word) {
			if c < 33 || c > 126 {
				return fail("character in field " + strconv.Itoa(i))
			}
		}
		*to, rest = word, after
	}
	name := func() string {
		end := strings.IndexAny(rest, `= ]"`)
		if end < 1 || end > 32 {
			return ""
		}
		for _, c := range []byte(rest[:end]) {
			if c < 33 || c > 126 {
				return ""
			}
		}
		word := rest[:end]
		rest = rest[end:]
		return word
	}
	if strings.HasPrefix(rest, "-") {
		rest = rest[1:]
	} else {
		for strings.HasPrefix(rest, "[") {
			rest = rest[1:]
			id := name()
			if id == "" {
				return fail("id of an element")
			}
			for _, other := range m.elements {
				if other == id {
					return fail("an element is there twice")
				}
			}
			m.elements = append(m.elements, id)
			for strings.HasPrefix(rest, " ") {
				rest = rest[1:]
				param := name()
				if param == "" || !strings.HasPrefix(rest, `="`) {
					return fail("name of a parameter")
				}
				rest = rest[2:]
				var value strings.Builder
				for {
					if rest == "" {
						return fail("end of a value")
					}
					c := rest[0]
					rest = rest[1:]
					if c == '"' {
						break
					}
					if c == ']' {
						return fail("] in a value")
					}
					if c == '\\' && rest != "" && strings.ContainsRune(`"\]`, rune(rest[0])) {
						c, rest = rest[0], rest[1:]
					}
					value.WriteByte(c)
				}
				key := id + "/" + param
				m.params[key] = append(m.params[key], value.String())
			}
			if !strings.HasPrefix(rest, "]") {
				return fail("end of an element")
			}
			rest = rest[1:]
		}
		if len(m.elements) == 0 {
			return fail("no structured data")
		}
	}
	if rest != "" {
		if rest, found = strings.CutPrefix(rest, " "); !found {
			return fail("no blank before the text")
		}
	}
	m.text = rest
	return m
}

// FuzzStructuredData writes messages with structured data and reads them back with the parser above.
func FuzzStructuredData(f *testing.F) {
	f.Add("Column", `va"lu\e]`, "[a@1 b=\"c\"]", "sshd", "text\nmore")
	f.Add("a=b ]\"", "\n\r\x00", "[lazuli@32473 id=\"x\"]", "a b", "")
	f.Add(strings.Repeat("x", 40), "é", "[a b", "é", "-")
	f.Add("id", "\\", "[a][a]", "-", "]")
	f.Fuzz(func(t *testing.T, column, value, came, app, text string) {
		for _, s := range []*string{&column, &value, &came, &app, &text} {
			*s = strings.ToValidUTF8(*s, "\ufffd")
		}
		data, err := json.Marshal(map[string]any{column: value, "Two": "2", column + "~": "3", "ProcessName": app, "SyslogMessage": text, "_Unmapped": map[string]string{"structuredData": came, "msgid": app}})
		if err != nil {
			t.Fatal(err)
		}
		e := lazuli.Event{ID: "ws-1", Workspace: "w", Table: "Syslog", Row: data}
		for _, framing := range []string{"lf", "octets"} {
			c := Config{Transport: "tcp", Framing: framing, Address: "h:1", Hostname: "host", Format: "original", StructuredData: "columns", MaxBytes: 1 << 20}
			message, reason := newEncoder(c.withDefaults()).append(nil, &e)
			if reason != "" {
				t.Fatal(reason)
			}
			line := string(message)
			if framing == "lf" {
				if line = strings.TrimSuffix(line, "\n"); strings.ContainsAny(line, "\n\r\x00") {
					t.Fatalf("more than one line: %q", line)
				}
			} else {
				length, after, _ := strings.Cut(line, " ")
				if length != strconv.Itoa(len(after)) {
					t.Fatalf("length %s of %d bytes", length, len(after))
				}
				line = after
			}
			m := parse5424(line)
			if m.problem != "" || !utf8.ValidString(line) {
				t.Fatalf("%s: %q", m.problem, line)
			}
			if framing == "octets" && m.text != text {
				t.Errorf("text %q, want %q", m.text, text)
			}
			ours := m.elements[len(m.elements)-1]
			if ids := m.params[ours+"/id"]; len(ids) != 1 || ids[0] != "ws-1" {
				t.Errorf("ids %q in %q", ids, line)
			}
			if column == "ProcessName" || column == "SyslogMessage" || column == "_Unmapped" || column == "Two" || value == "" {
				continue
			}
			want := strings.NewReplacer("\n", `\n`, "\r", `\r`, "\x00", "\ufffd").Replace(value)
			there := false
			for key, values := range m.params {
				for _, v := range values {
					there = there || v == want && strings.HasPrefix(key, ours+"/")
				}
				if len(values) > 1 && strings.HasPrefix(key, ours+"/") {
					t.Errorf("%s is there %d times", key, len(values))
				}
			}
			if !there {
				t.Errorf("no parameter has %q in %q", want, line)
			}
		}
	})
}
