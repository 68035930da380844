package syntax

import (
	"math/rand/v2"
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

// TestMutants takes, doubles, changes and swaps words of the golden queries, which leads deeper
// into the parser than changing bytes does, and checks what FuzzParse checks.
func TestMutants(t *testing.T) {
	queries := goldenQueries(t)
	var words []string
	for _, q := range queries {
		for _, tok := range Tokens(q) {
			words = append(words, tok.Text)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		var parts []string
		for _, tok := range Tokens(queries[r.IntN(len(queries))]) {
			parts = append(parts, tok.Text)
		}
		for range 1 + r.IntN(3) {
			i, j := r.IntN(len(parts)), r.IntN(len(parts))
			switch r.IntN(4) {
			case 0:
				parts[i] = ""
			case 1:
				parts[i] += " " + words[r.IntN(len(words))]
			case 2:
				parts[i] = words[r.IntN(len(words))]
			case 3:
				parts[i], parts[j] = parts[j], parts[i]
			}
		}
		text := strings.Join(parts, " ")
		q, errs := Parse(text)
		checkTree(t, text, q)
		if len(errs) == 0 {
			checkRoundTrip(t, text)
		}
	}
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
