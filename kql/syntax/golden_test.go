package syntax

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the derived parts of the golden files")

// A section is a part of a golden file: `-- name --`, then text.
type section struct{ name, text string }

// readSections reads a file in txtar form.
func readSections(t *testing.T, path string) (comment string, sections []section) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.SplitAfter(string(data), "\n") {
		name, isHead := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "-- ")
		name, isHead2 := strings.CutSuffix(name, " --")
		switch {
		case isHead && isHead2:
			sections = append(sections, section{name: name})
		case len(sections) == 0:
			comment += line
		default:
			sections[len(sections)-1].text += line
		}
	}
	return comment, sections
}

// TestGolden reads each query of the golden files, and compares its canonical form and its tree
// with the derived sections behind it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range files {
		comment, sections := readSections(t, path)
		var out strings.Builder
		out.WriteString(comment)
		want := map[string]string{}
		for _, s := range sections {
			want[s.name] = s.text
		}
		for _, s := range sections {
			name, isQuery := strings.CutSuffix(s.name, ".kql")
			if !isQuery {
				continue
			}
			t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar")+"/"+name, func(t *testing.T) {
				checkRoundTrip(t, s.text)
				q, _ := Parse(s.text)
				printed, tree := Format(q)+"\n", dump(q)
				fmt.Fprintf(&out, "-- %s --\n%s-- %s.canonical (derived) --\n%s-- %s.tree (derived) --\n%s", s.name, s.text, name, printed, name, tree)
				if *update {
					return
				}
				if diff := cmp.Diff(want[name+".canonical (derived)"], printed); diff != "" {
					t.Errorf("canonical form (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(want[name+".tree (derived)"], tree); diff != "" {
					t.Errorf("tree (-want +got):\n%s", diff)
				}
			})
		}
		if *update {
			if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// dump returns the tree of a query without spans: one line for each node, its fields that are
// not nodes behind its name.
func dump(n Node) string {
	var b strings.Builder
	var node func(label string, v reflect.Value, depth int)
	field := func(label string, v reflect.Value, depth int) {
		switch {
		case v.Kind() == reflect.Slice:
			for i := range v.Len() {
				node(label, v.Index(i), depth)
			}
		case v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer:
			if !v.IsNil() {
				node(label, v, depth)
			}
		}
	}
	node = func(label string, v reflect.Value, depth int) {
		for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		fmt.Fprintf(&b, "%s%s%s", strings.Repeat("  ", depth), label, v.Type().Name())
		for i := range v.NumField() {
			f, x := v.Type().Field(i), v.Field(i)
			switch x.Kind() {
			case reflect.Slice, reflect.Interface, reflect.Pointer, reflect.Struct:
				continue
			}
			if !x.IsZero() {
				fmt.Fprintf(&b, " %s=%q", f.Name, fmt.Sprint(x.Interface()))
			}
		}
		b.WriteByte('\n')
		for i := range v.NumField() {
			field(v.Type().Field(i).Name+": ", v.Field(i), depth+1)
		}
	}
	node("", reflect.ValueOf(n), 0)
	return b.String()
}

// reflectChildren returns the nodes that the fields of n hold, in the order of the fields.
func reflectChildren(n Node) []Node {
	var all []Node
	v := reflect.ValueOf(n).Elem()
	for i := range v.NumField() {
		x := v.Field(i)
		values := []reflect.Value{x}
		if x.Kind() == reflect.Slice {
			values = values[:0]
			for j := range x.Len() {
				values = append(values, x.Index(j))
			}
		}
		for _, y := range values {
			if y.Kind() != reflect.Interface && y.Kind() != reflect.Pointer || y.IsNil() {
				continue
			}
			if c, ok := y.Interface().(Node); ok {
				all = append(all, c)
			}
		}
	}
	return all
}

// TestWalkReachesEverything compares what Walk visits with what the fields hold, over all nodes
// of the golden queries, which hold every kind of node.
func TestWalkReachesEverything(t *testing.T) {
	seen := map[string]bool{}
	for _, text := range goldenQueries(t) {
		q, _ := Parse(text)
		Walk(q, func(n Node) bool {
			seen[fmt.Sprintf("%T", n)] = true
			want := map[Node]bool{}
			for _, c := range reflectChildren(n) {
				want[c] = true
			}
			last := n.Span().Start
			children(n, func(c Node) {
				if !want[c] {
					t.Errorf("walk visits %T below %T, which does not hold it", c, n)
				}
				delete(want, c)
				if c.Span().Start < last {
					t.Errorf("walk visits the children of %T out of order, in %q", n, text)
				}
				last = c.Span().Start
			})
			for c := range want {
				t.Errorf("walk misses a %T below %T", c, n)
			}
			return true
		})
	}
	for _, kind := range strings.Fields(`AliasDatabase As AssertSchema Between Binary Body Call Column Consume
		ContextualTable Count DataScope DataTable DeclareParams DeclarePattern Distinct Dynamic EntityGroup Evaluate
		ExecuteAndCache ExprStmt Extend ExternalData Facet Find FindColumn Fork ForkBranch FuncLit FuncParam GetSchema
		GraphEdge GraphMarkComponents GraphMatch GraphMerge GraphNode GraphOutput GraphPattern GraphTable GraphToTable
		GraphWhere Ident In Index InlineTable Invoke JSONArray JSONObject Join Let Literal Lookup MacroExpand
		MakeGraph MakeSeries Member MvApply MvExpand MvItem Named Ordered Param ParseKV ParseOp Partition PartitionBy
		PatternRule Pipe Print Project Query QueryCall Range Reduce Render Restrict Sample SampleDistinct Scan ScanStep
		Schema Search SeriesAggregate Serialize Set Sort Star Summarize Take Top TopHitters TopNested TopNestedLevel
		TypeName TypeOf Unary Union ViewCombine Where`) {
		if !seen["*syntax."+kind] {
			t.Errorf("no golden query holds a %s", kind)
		}
	}
}

// goldenQueries returns the texts of all golden queries.
func goldenQueries(t testing.TB) []string {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(data), "\n-- ")[1:] {
			name, text, _ := strings.Cut(part, " --\n")
			if strings.HasSuffix(name, ".kql") {
				all = append(all, text+"\n")
			}
		}
	}
	return all
}
