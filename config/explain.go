package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"lazuli.dev/lazuli/internal/secret"
)

var (
	unknownKey = regexp.MustCompile(`^line (\d+): field (.+) not found in type (\S+)$`)
	wrongKind  = regexp.MustCompile(`^(line \d+): (cannot unmarshal|invalid map key)`)
)

// explain puts the YAML package's errors into words for people who never saw our types. What says that a value is
// wrong names its key and what is expected, and never the value: it may be a secret that got into a wrong place.
func explain(err error, text []byte) error {
	var lines []string
	var root yaml.Node
	if yaml.Unmarshal(text, &root) == nil && len(root.Content) > 0 {
		lines = wrongValues(root.Content[0], reflect.TypeFor[File](), "")
	}
	var te *yaml.TypeError
	switch {
	case errors.As(err, &te):
	case len(lines) > 0:
		return errors.New(strings.Join(lines, "; "))
	default:
		return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	found := len(lines) > 0
	for _, e := range te.Errors {
		if m := wrongKind.FindStringSubmatch(e); m != nil {
			if found {
				continue // said already, by its key
			}
			e = m[1] + ": the value is of another kind than is expected"
		}
		if m := unknownKey.FindStringSubmatch(e); m != nil {
			if m[3] == reflect.TypeFor[secret.String]().String() {
				continue // braces where a text belongs: said already, and what is in them may be the secret
			}
			e = fmt.Sprintf("line %s: unknown key %q", m[1], m[2])
			if near := nearest(m[2], keys[m[3]]); near != "" {
				e += fmt.Sprintf("; did you mean %q?", near)
			}
		}
		lines = append(lines, e)
	}
	return errors.New(strings.Join(lines, "; "))
}

// wrongValues finds the values that a type does not take, each by line and path of its key.
func wrongValues(n *yaml.Node, t reflect.Type, path string) []string {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	wrong := func(what string) []string {
		if path == "" {
			return []string{fmt.Sprintf("line %d: %s", n.Line, what)}
		}
		return []string{fmt.Sprintf("line %d: %s: %s", n.Line, path, what)}
	}
	var all []string
	switch kind := t.Kind(); {
	case n.ShortTag() == "!!null":
	case readsItself(t) || kind != reflect.Struct && kind != reflect.Map && kind != reflect.Slice:
		err := n.Decode(reflect.New(t).Interface())
		var te *yaml.TypeError
		switch {
		case t == reflect.TypeFor[secret.String]() && n.Kind != yaml.ScalarNode:
			return wrong("expected a text; put it in quotes")
		case err == nil:
		case readsItself(t) && !errors.As(err, &te):
			return wrong(strings.TrimPrefix(err.Error(), "yaml: ")) // words of our own
		default:
			return wrong("expected " + expected(t))
		}
	case kind == reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			return wrong("expected a list; write [one, another]")
		}
		for i, item := range n.Content {
			all = append(all, wrongValues(item, t.Elem(), fmt.Sprintf("%s[%d]%s", path, i, nameOf(item)))...)
		}
	case n.Kind != yaml.MappingNode:
		return wrong("expected keys and their values")
	case kind == reflect.Map:
		for i := 0; i+1 < len(n.Content); i += 2 {
			all = append(all, wrongValues(n.Content[i+1], t.Elem(), below(path, n.Content[i].Value))...)
		}
	default:
		fields := map[string]reflect.Type{}
		fieldsOf(t, fields)
		for i := 0; i+1 < len(n.Content); i += 2 {
			if ft, known := fields[n.Content[i].Value]; known {
				all = append(all, wrongValues(n.Content[i+1], ft, below(path, n.Content[i].Value))...)
			}
		}
	}
	return all
}

func below(path, key string) string { return strings.TrimPrefix(path+"."+key, ".") }

// nameOf is the name that an entry of a list has, in the form in which Validate gives it, "" when it has none.
func nameOf(n *yaml.Node) string {
	if n.Kind != yaml.MappingNode {
		return ""
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if v := n.Content[i+1]; n.Content[i].Value == "name" && v.Kind == yaml.ScalarNode && wordPattern.MatchString(v.Value) {
			return " (" + v.Value + ")"
		}
	}
	return ""
}

// fieldsOf adds the keys that a struct takes, with their types.
func fieldsOf(t reflect.Type, into map[string]reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		if name, option, _ := strings.Cut(f.Tag.Get("yaml"), ","); option == "inline" {
			fieldsOf(f.Type, into)
		} else if name != "" {
			into[name] = f.Type
		}
	}
}

// readsItself reports whether a type reads its text itself.
func readsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[yaml.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// expected says what a value of a type looks like.
func expected(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "a span of time; write 5s, 2m or 1h"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.String:
		return "a text; put it in quotes"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64:
		return "a whole number"
	case t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64:
		return "a number"
	}
	return "another kind of value"
}

// keys are the keys of each type, by the type's name as the YAML package writes it.
var keys = collect(map[string][]string{}, reflect.TypeFor[File]())

func collect(into map[string][]string, t reflect.Type) map[string][]string {
	switch t.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer:
		return collect(into, t.Elem())
	case reflect.Struct:
	default:
		return into
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		collect(into, f.Type)
		if option == "inline" {
			into[t.String()] = append(into[t.String()], into[f.Type.String()]...)
		} else if name != "" {
			into[t.String()] = append(into[t.String()], name)
		}
	}
	return into
}

// nearest is the name that differs least from word, "" when none is near.
func nearest(word string, names []string) string {
	best, least := "", max(2, len(word)/3)+1
	for _, n := range names {
		if d := distance(strings.ToLower(word), n); d < least {
			best, least = n, d
		}
	}
	return best
}

// distance is the number of letters to insert, delete or change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
