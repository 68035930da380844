package lint

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Layers is the order of the packages, the lowest first. A package imports packages of the
// layers below its own; two packages on one line never import each other. "forward/*"
// stands for every folder directly below forward.
var Layers = [][]string{
	{"kql/types", "kql/syntax", "internal/durable", "internal/secret", "internal/lint", "internal/tenant", "internal/sysframe"},
	{"chunk", "kql/native"},
	{"schema", "kql/builtin"},
	{"kql/plan"},
	{"kql/bind", "kql/dialect"},
	{"kql"},
	{"internal/duck", "kql/kqltest"},
	{"."},
	{"forward/transport", "forward/format/row"},
	{"forward/format/mapping"},
	{"forward/format/*"},
	{"decode", "store", "source/*", "forward/*", "auth", "api/tlsconf"},
	{"query", "session"},
	{"pipeline"},
	{"api", "client", "web", "console"},
	{"config", "client"},
	{"cmd/lazuli", "internal/gendocs", "bench", "schema/facts"},
}

// onlyStandard are the folders whose packages are a library without dependencies: they
// import the standard library and one another. kqlEngine is the one exception among them.
const (
	onlyStandard = "kql"
	kqlEngine    = "kql/eval"
)

var emptyNames = map[string]bool{
	"util": true, "utils": true, "common": true, "helper": true, "helpers": true,
	"manager": true, "misc": true, "base": true, "shared": true, "lib": true,
}

// CheckPackages reports imports that go up or sideways, packages in no layer, packages that
// do not say what they are, names that say nothing, and dependencies of the compiler.
func CheckPackages(layers [][]string, pkgs []Package) []Violation {
	var out []Violation
	report := func(where, format string, args ...any) {
		out = append(out, Violation{where, fmt.Sprintf(format, args...)})
	}
	for _, p := range pkgs {
		name := short(p.ImportPath)
		own, known := layerOf(layers, name)
		if !known {
			report(name, "is in no layer; give it a line in internal/lint/layers.go")
		}
		if p.Doc == "" {
			report(name, "has no package comment; say what it is and which invariant it protects")
		}
		if emptyNames[p.Name] {
			report(name, "is named %q, which says nothing; name the job it does", p.Name)
		}
		for _, imp := range p.Imports {
			inside := imp == Module || strings.HasPrefix(imp, Module+"/")
			if !inside {
				first, _, _ := strings.Cut(imp, "/")
				if strings.Contains(first, ".") && within(name, onlyStandard) && !within(name, kqlEngine) {
					report(name, "imports %s; packages below %s import the standard library only", imp, onlyStandard)
				}
				continue
			}
			other := short(imp)
			if within(name, onlyStandard) && !within(name, kqlEngine) && !within(other, onlyStandard) {
				report(name, "imports %s; packages below %s import one another only", other, onlyStandard)
			}
			level, ok := layerOf(layers, other)
			if !known || !ok {
				continue
			}
			switch {
			case level > own:
				report(name, "imports %s, which is above it; imports point down only", other)
			case level == own:
				report(name, "imports its sibling %s; what both need belongs below them, what joins them above", other)
			}
		}
	}
	return out
}

// short returns the import path without the module, "." for the root package.
func short(importPath string) string {
	if importPath == Module {
		return "."
	}
	return strings.TrimPrefix(importPath, Module+"/")
}

func within(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}

func layerOf(layers [][]string, name string) (int, bool) {
	for i, layer := range layers {
		for _, pattern := range layer {
			if ok, err := path.Match(pattern, name); err == nil && ok {
				return i, true
			}
		}
	}
	return 0, false
}

var (
	required = regexp.MustCompile(`(?m)^\s+([a-z0-9.-]+\.[a-z]+/\S+) v\S+`)
	reasoned = regexp.MustCompile("(?m)^\\| ((?:`[^`]+`(?:, )?)+) \\|")
	quoted   = regexp.MustCompile("`([^`]+)`")
)

// CheckDependencies reports modules of goMod that a package imports and that the document
// gives no reason for, and reasons for modules that nobody imports. A reason is a row of a
// table whose first cell names modules.
func CheckDependencies(goMod, document string, pkgs []Package) []Violation {
	var modules []string
	for _, m := range required.FindAllStringSubmatch(goMod, -1) {
		modules = append(modules, m[1])
	}
	used := map[string]string{}
	for _, p := range pkgs {
		for _, imp := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			best := ""
			for _, m := range modules {
				if within(imp, m) && len(m) > len(best) {
					best = m
				}
			}
			if best != "" {
				used[best] = short(p.ImportPath)
			}
		}
	}
	var out []Violation
	named := map[string]bool{}
	for _, row := range reasoned.FindAllStringSubmatch(document, -1) {
		for _, m := range quoted.FindAllStringSubmatch(row[1], -1) {
			named[m[1]] = true
			if slices.Contains(modules, m[1]) && used[m[1]] == "" {
				out = append(out, Violation{m[1], "has a reason in ARCHITECTURE.md and is imported by nobody"})
			}
		}
	}
	for m, by := range used {
		if !named[m] {
			out = append(out, Violation{m, "is imported by " + by + " and has no line in ARCHITECTURE.md that says why it earns its place"})
		}
	}
	slices.SortFunc(out, func(a, b Violation) int { return strings.Compare(a.Where, b.Where) })
	return out
}
