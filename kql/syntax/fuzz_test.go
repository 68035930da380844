package syntax

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzParse checks for any text that parsing ends, that all spans lie inside of the text, and,
// when there are no errors, that the canonical form has the same tree.
func FuzzParse(f *testing.F) {
	for _, text := range goldenQueries(f) {
		f.Add(text)
	}
	for _, text := range []string{"", ";", "|", "(", "T |", "print 'a", "print dynamic({", "a[", "T | where a == 1 == 2", "union T*", "let f = (", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tokens := Tokens(text)
		last := 0
		for _, tok := range tokens {
			if tok.At.Start < last || tok.At.End < tok.At.Start || tok.At.End > len(text) {
				t.Fatalf("the token %q has the span %v in %q", tok.Text, tok.At, text)
			}
			last = tok.At.End
		}
		q, errs := Parse(text)
		checkTree(t, text, q)
		last = 0
		for _, e := range errs {
			if e.At.Start < last || e.At.End < e.At.Start || e.At.End > len(text) || e.Msg == "" {
				t.Fatalf("the error %q has the span %v in %q", e.Msg, e.At, text)
			}
			last = e.At.Start
			_ = e.Render(text)
		}
		printed := Format(q)
		if len(errs) > 0 {
			return
		}
		again, errs := Parse(printed)
		if len(errs) > 0 {
			t.Fatalf("%q is printed as %q, which is wrong: %s", text, printed, errs[0].Render(printed))
		}
		if diff := cmp.Diff(q, again, sameTree); diff != "" {
			t.Fatalf("%q is printed as %q, which is another tree (-want +got):\n%s", text, printed, diff)
		}
	})
}

func benchmarkText(b *testing.B) string {
	b.Helper()
	text := strings.Join(goldenQueries(b), ";\n")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	return text
}

func BenchmarkTokens(b *testing.B) {
	text := benchmarkText(b)
	for b.Loop() {
		Tokens(text)
	}
}

func BenchmarkParse(b *testing.B) {
	text := benchmarkText(b)
	for b.Loop() {
		Parse(text)
	}
}

func BenchmarkFormat(b *testing.B) {
	q, _ := Parse(benchmarkText(b))
	for b.Loop() {
		Format(q)
	}
}
