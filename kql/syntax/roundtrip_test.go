package syntax

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// sameTree compares trees without their spans.
var sameTree = cmp.Options{cmpopts.IgnoreTypes(Loc{}, Span{}), cmpopts.EquateNaNs(), cmpopts.EquateEmpty()}

// checkTree checks what holds for the tree of any text: spans lie inside of the text and of their
// parents' spans.
func checkTree(t *testing.T, text string, root Node) {
	t.Helper()
	var check func(n Node, within Span)
	check = func(n Node, within Span) {
		at := n.Span()
		if at.Start > at.End || at.Start < within.Start || at.End > within.End {
			t.Fatalf("%T has the span %v, which is not within %v, in %q", n, at, within, text)
		}
		children(n, func(c Node) { check(c, at) })
	}
	check(root, Span{0, len(text)})
}

// checkRoundTrip parses text, which must be free of errors, and checks that its canonical form
// has the same tree and is a fixed point.
func checkRoundTrip(t *testing.T, text string) {
	t.Helper()
	q, errs := Parse(text)
	for _, e := range errs {
		t.Errorf("%s", e.Render(text))
	}
	if len(errs) > 0 {
		return
	}
	checkTree(t, text, q)
	printed := Format(q)
	again, errs := Parse(printed)
	for _, e := range errs {
		t.Errorf("in the canonical form of %q: %s", text, e.Render(printed))
	}
	if diff := cmp.Diff(q, again, sameTree); diff != "" {
		t.Errorf("%q is printed as %q, which is another tree (-want +got):\n%s", text, printed, diff)
	}
	if twice := Format(again); twice != printed {
		t.Errorf("%q is printed as %q, and that as %q", text, printed, twice)
	}
}

// The published examples of the language are kept beside the repository, not in it.
func TestPublishedExamples(t *testing.T) {
	dir := os.Getenv("LAZULI_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	file, err := os.Open(filepath.Join(dir, "kql", "examples.jsonl"))
	if err != nil {
		t.Skipf("the shared examples are not here: %v", err)
	}
	defer func() { _ = file.Close() }()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<22)
	for scanner.Scan() {
		var example struct{ ID, Query string }
		if err := json.Unmarshal(scanner.Bytes(), &example); err != nil {
			t.Fatal(err)
		}
		t.Run(example.ID, func(t *testing.T) { checkRoundTrip(t, example.Query) })
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
}
