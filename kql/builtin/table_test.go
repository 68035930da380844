package builtin

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/types"
)

// Every entry is complete, and the table has each name once.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	natives := map[string]bool{}
	for _, n := range native.All() {
		natives[n.Name] = true
	}
	call := regexp.MustCompile(`\bkql_\w+`)
	for _, f := range All() {
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			if seen[name] {
				t.Errorf("%s: in the table twice", name)
			}
			seen[name] = true
			if got, ok := Lookup(name); !ok || got != f {
				t.Errorf("%s: Lookup does not find it", name)
			}
		}
		if !strings.HasSuffix(f.Doc, ".") || f.Doc[0] < 'A' || f.Doc[0] > 'Z' {
			t.Errorf("%s: the doc is no sentence: %q", f.Name, f.Doc)
		}
		if len(f.Examples) == 0 {
			t.Errorf("%s: no example", f.Name)
		}
		ways := 0
		for _, has := range []bool{f.SQL.DuckDB != "", f.Emit != nil, f.Native != "", f.Special} {
			if has {
				ways++
			}
		}
		if ways != 1 {
			t.Errorf("%s: %d ways to become SQL, want one", f.Name, ways)
		}
		if f.Native != "" && !natives[f.Native] {
			t.Errorf("%s: no native %s", f.Name, f.Native)
		}
		for _, n := range call.FindAllString(f.SQL.DuckDB, -1) {
			if !natives[n] {
				t.Errorf("%s: no native %s", f.Name, n)
			}
		}
		if len(f.Sigs) == 0 {
			t.Errorf("%s: no signature", f.Name)
		}
		for _, text := range f.Sigs {
			s, err := ParseSig(text)
			if err != nil {
				t.Errorf("%s: %v", f.Name, err)
				continue
			}
			checkTemplate(t, f, s)
		}
	}
	for _, family := range families {
		if !slices.IsSortedFunc(family, func(a, b Func) int { return strings.Compare(sortKey(a), sortKey(b)) }) {
			t.Errorf("the family that starts with %s is not sorted", family[0].Name)
		}
	}
}

// sortKey lets the ...if forms of aggregates, which are made with their plain
// forms, stand where those do.
func sortKey(f Func) string {
	if f.Kind == Aggregate {
		return ""
	}
	return f.Name
}

// checkTemplate expands a call with all arguments and one with the fewest.
func checkTemplate(t *testing.T, f *Func, s *Sig) {
	t.Helper()
	if f.SQL.DuckDB == "" && f.Native == "" {
		return
	}
	_, least, _ := s.Accepts(0)
	for _, n := range []int{least, len(s.Params)} {
		if ok, _, _ := s.Accepts(n); !ok {
			continue
		}
		c := &Call{Func: f, Sig: s}
		for range n {
			c.Args = append(c.Args, Expr{SQL: "x", Type: types.String})
		}
		if _, err := f.Expand(c); err != nil {
			t.Errorf("%s with %d arguments: %v", f.Name, n, err)
		}
	}
	if f.Native != "" {
		i := slices.IndexFunc(native.All(), func(n native.Func) bool { return n.Name == f.Native })
		n := native.All()[i]
		if s.RepeatLen == 0 && n.Variadic == types.None && len(n.Args) != len(s.Params) {
			t.Errorf("%s: %d parameters for the %d of %s", f.Name, len(s.Params), len(n.Args), n.Name)
		}
	}
}
