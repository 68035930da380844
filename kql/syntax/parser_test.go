package syntax

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestErrors compares the errors of each chunk with the comments on the lines where they start.
func TestErrors(t *testing.T) {
	data, err := os.ReadFile("testdata/errors.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, chunks, _ := strings.Cut(string(data), "\n")
	for _, text := range strings.Split(chunks, "---\n") {
		want := map[int]string{}
		for i, line := range strings.Split(text, "\n") {
			if _, msg, ok := strings.Cut(line, "### "); ok {
				want[i+1] = msg
			}
		}
		q, errs := Parse(text)
		got := map[int]string{}
		for _, e := range errs {
			line := PositionAt(text, e.At.Start).Line
			got[line] = strings.TrimPrefix(got[line]+"; "+e.Msg, "; ")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("errors by line of %q (-want +got):\n%s", text, diff)
		}
		checkTree(t, text, q)
	}
}

// TestPartialTree checks what is kept of a query with errors.
func TestPartialTree(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		q, errs := Parse(text)
		if len(errs) == 0 {
			t.Errorf("%q has no errors", text)
		}
		if got := Format(q); got != want {
			t.Errorf("%q is kept as %q, want %q", text, got, want)
		}
	}
	f("T | wher x | take 5", "T\n| <error>\n| take 5")
	f("T | where a == | take 5", "T\n| where a == <error>\n| take 5")
	f("T | extend a = , b = 2", "T\n| extend a = <error>, b = 2")
	f("T | project a b | take 5", "T\n| project a\n| take 5")
	f("T | where (a > 1 | take 5", "T\n| where (a > 1 | take 5)")
	f("let x = ; T | take 1", "let x = <error>;\nT\n| take 1")
	f("T\nwhere x == 1", "T\n| where x == 1")
}

func TestRender(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		_, errs := Parse(text)
		var got []string
		for _, e := range errs {
			got = append(got, e.Render(text))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("errors of %q (-want +got):\n%s", text, diff)
		}
	}
	f("T\n| wher a > 1\n| take 5", "2:3: unknown operator \"wher\"; did you mean \"where\"?\n| wher a > 1\n  ^~~~")
	f("print 'abc\n| take 5", "1:7: this string has no closing '\nprint 'abc\n      ^~~~")
	f("T |", "1:4: expected an operator, found the end of the query\nT |\n   ^")
	f("é\t\"ü\" | taek 1", "1:1: unexpected character \"é\"\né\t\"ü\" | taek 1\n^")
	f("T | where \"ü\"\t== 'a' & b", "1:22: unexpected character \"&\"; did you mean \"and\"?\nT | where \"ü\"\t== 'a' & b\n             \t       ^")
	long := "T | where a == \"" + strings.Repeat("x", 200) + "\" oder b"
	f(long, "1:219: expected \"|\", found \"oder\"\n…"+strings.Repeat("x", 58)+"\" oder b\n"+strings.Repeat(" ", 61)+"^~~~")
}

// TestSpans checks the text that nodes cover, parentheses included.
func TestSpans(t *testing.T) {
	text := "T | extend a = ((b) + 1) * f(c), d.e | take 5"
	q, errs := Parse(text)
	if len(errs) > 0 {
		t.Fatal(errs[0].Render(text))
	}
	var got []string
	Walk(q, func(n Node) bool {
		got = append(got, fmt.Sprintf("%T %s", n, n.Span().Text(text)))
		return true
	})
	want := []string{
		"*syntax.Query " + text, "*syntax.ExprStmt " + text, "*syntax.Pipe " + text, "*syntax.Ident T",
		"*syntax.Extend extend a = ((b) + 1) * f(c), d.e", "*syntax.Named a = ((b) + 1) * f(c)", "*syntax.Ident a",
		"*syntax.Binary ((b) + 1) * f(c)", "*syntax.Binary ((b) + 1)", "*syntax.Ident (b)", "*syntax.Literal 1",
		"*syntax.Call f(c)", "*syntax.Ident f", "*syntax.Ident c", "*syntax.Member d.e", "*syntax.Ident d", "*syntax.Ident e",
		"*syntax.Take take 5", "*syntax.Literal 5",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLimits checks that hostile texts give an error instead of a deep stack, and in a time that
// grows with their length.
func TestLimits(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		q, errs := Parse(text)
		if len(errs) == 0 || !strings.Contains(errs[0].Msg, want) {
			t.Errorf("%.30q…: %v, want %q", text, errs, want)
		}
		checkTree(t, text, q)
	}
	const n = 100_000
	for _, open := range []string{"(", "f(", "[", "a[", "{", "not(", "T | join (", "a in (", "-(", "dynamic([", "let f = () {", "iff(a == (", "T | fork (", "toscalar(", "a between ("} {
		q, errs := Parse(strings.Repeat(open, n))
		if len(errs) == 0 {
			t.Errorf("%q, %d times, has no errors", open, n)
		}
		checkTree(t, strings.Repeat(open, n), q)
	}
	f("print "+strings.Repeat("(", n)+"1"+strings.Repeat(")", n), "nests deeper than")
	f("print dynamic("+strings.Repeat("[", n)+strings.Repeat("]", n)+")", "nests deeper than")
	f("print a"+strings.Repeat(" + a", 2*n), "more than 100000 operators")
	f("print a"+strings.Repeat(".a", 2*n), "more than 100000 operators")
	f(strings.Repeat("a b;", n), "expected")
	f("inline_external_table kind=storage pathformat=(datetime x) ('u')", `expected ")"`)
	if _, errs := Parse("print a" + strings.Repeat(" or a == 'x'", 10_000)); len(errs) > 0 {
		t.Errorf("10,000 comparisons: %v", errs[0])
	}
	if _, errs := Parse("print " + strings.Repeat("(", 400) + "1" + strings.Repeat(")", 400)); len(errs) > 0 {
		t.Errorf("400 parentheses: %v", errs[0])
	}
}

func TestParseExpr(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		x, errs := ParseExpr(text)
		got := Format(x)
		if len(errs) > 0 {
			got = errs[0].Msg
		}
		if got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
	f("a+1", "a + 1")
	f("x = a+1", "x = a + 1")
	f("T | take 5 | count", "T\n| take 5\n| count")
	f("*", "*")
	f("a b", `expected the end of the expression, found "b"`)
	f("", "expected an expression, found the end of the query")
}

func TestTokens(t *testing.T) {
	text := "T| where a !in~ (1d, 0x1F) // c\n| mv-expand b-c, h'x' .. 1..2 project-x"
	var got []string
	for _, tok := range Tokens(text) {
		if text[tok.At.Start:tok.At.End] != tok.Text {
			t.Errorf("%q has the span %v", tok.Text, tok.At)
		}
		got = append(got, tok.Text)
	}
	want := strings.Split("T,|,where,a,!in~,(,1d,COMMA,0x1F,),|,mv-expand,b,-,c,COMMA,h'x',..,1,..,2,project,-,x,", ",")
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], "COMMA", ",")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
