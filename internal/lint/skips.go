package lint

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
)

// SkipsInCI lists the files whose tests may be skipped even when the environment has
// CI=true, each with the reason. Everywhere else the function that skips has to consult CI
// and fail there: a missing tool must not pass for a passed test.
var SkipsInCI = map[string]string{
	"decode/rows_test.go":          "the samples of real records lie in the facts folder beside the repository; a clone alone has none",
	"forward/splunk/sink_test.go":  "a collector that others wrote lies in the facts folder beside the repository; a clone alone has none",
	"kql/kqltest/examples_test.go": "the reference examples lie in the facts folder beside the repository; a clone alone has none",
	"kql/syntax/roundtrip_test.go": "the published examples lie in the facts folder beside the repository; a clone alone has none",
	"store/full_test.go":           "a disk that is really full needs the right to mount one; the fault file system covers the same steps everywhere",
}

// CheckSkips reports tests that are skipped without a written reason, and tests that CI
// would skip although no reason for that is listed.
func CheckSkips(allowed map[string]string, tests []File) []Violation {
	var out []Violation
	for _, f := range tests {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, f.Path, f.Text, 0)
		if err != nil {
			out = append(out, Violation{f.Path, fmt.Sprintf("does not parse: %v", err)})
			continue
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil || strings.HasPrefix(fn.Name.Name, "Benchmark") {
				continue // nobody takes a benchmark that did not run for a passed test
			}
			asksCI := strings.Contains(f.Text[fset.Position(fn.Pos()).Offset:fset.Position(fn.End()).Offset], `Getenv("CI")`)
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				sel, ok := call.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				where := fmt.Sprintf("%s:%d", f.Path, fset.Position(call.Pos()).Line)
				switch sel.Sel.Name {
				case "SkipNow":
					out = append(out, Violation{where, "skips without a reason; use Skip with one"})
					return true
				case "Skip", "Skipf":
					if id, ok := sel.X.(*ast.Ident); !ok || !isTesting(id.Name) {
						return true
					}
				default:
					return true
				}
				if len(call.Args) == 0 || !isReason(call.Args[0]) {
					out = append(out, Violation{where, "skips without a reason that says what is missing"})
				}
				if !asksCI && allowed[f.Path] == "" {
					out = append(out, Violation{where, "would be skipped in CI; fail there when CI is set, or list the file with its reason in internal/lint/skips.go"})
				}
				return true
			})
		}
	}
	return out
}

func isTesting(receiver string) bool {
	return receiver == "t" || receiver == "b" || receiver == "f" || receiver == "tb"
}

// isReason tells whether the argument is a text of some length, or a value computed from one.
func isReason(arg ast.Expr) bool {
	lit, ok := arg.(*ast.BasicLit)
	if !ok {
		return true
	}
	text, err := strconv.Unquote(lit.Value)
	return err == nil && len(strings.Fields(text)) >= 3
}
