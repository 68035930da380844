package lint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func repository(t *testing.T) string {
	t.Helper()
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func files(t *testing.T, suffixes ...string) []File {
	t.Helper()
	list, err := Files(repository(t), suffixes...)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatalf("no files end in %q", suffixes)
	}
	return list
}

func none(t *testing.T, violations []Violation) {
	t.Helper()
	for _, v := range violations {
		t.Error(v)
	}
}

func TestPackages(t *testing.T) {
	pkgs, err := Packages(repository(t))
	if err != nil {
		t.Fatal(err)
	}
	none(t, CheckPackages(Layers, pkgs))
}

// Every line of Layers stands for something: a package that is gone leaves the list as well.
func TestLayersAreUsed(t *testing.T) {
	pkgs, err := Packages(repository(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, layer := range Layers {
		for _, pattern := range layer {
			used := false
			for _, p := range pkgs {
				if _, ok := layerOf([][]string{{pattern}}, short(p.ImportPath)); ok {
					used = true
				}
			}
			if !used {
				t.Errorf("layer entry %q names no package", pattern)
			}
		}
	}
}

func TestDependencies(t *testing.T) {
	root := repository(t)
	pkgs, err := Packages(root)
	if err != nil {
		t.Fatal(err)
	}
	var texts [2]string
	for i, name := range []string{"go.mod", "ARCHITECTURE.md"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	none(t, CheckDependencies(texts[0], texts[1], pkgs))
}

func TestWords(t *testing.T) {
	none(t, CheckWords(files(t, ".go", ".md", ".yml", ".sh", ".js", ".mjs", "Makefile", "run")))
}

func TestPathsInDocuments(t *testing.T) {
	none(t, CheckPaths(repository(t), files(t, ".md")))
}

func TestSkips(t *testing.T) {
	tests := files(t, "_test.go")
	none(t, CheckSkips(SkipsInCI, tests))
	for path, reason := range SkipsInCI {
		if len(strings.Fields(reason)) < 5 {
			t.Errorf("%s: its reason to be skipped in CI says too little: %q", path, reason)
		}
		if _, err := os.Stat(filepath.Join(repository(t), path)); err != nil {
			t.Errorf("%s is listed as skipped in CI and does not exist", path)
		}
	}
}

// The rules find what they are for: one planted violation each, and the neighbours pass.
func TestPlantedPackages(t *testing.T) {
	layers := [][]string{{"kql/types", "kql/syntax"}, {"kql"}, {"decode", "store", "forward/*"}, {"query"}}
	pkg := func(name string, imports ...string) Package {
		return Package{ImportPath: Module + "/" + name, Name: filepath.Base(name), Doc: "Package x is y.", Imports: imports}
	}
	f := func(p Package, want string) {
		t.Helper()
		got := CheckPackages(layers, []Package{p})
		if want == "" {
			none(t, got)
			return
		}
		if len(got) != 1 || !strings.Contains(got[0].String(), want) {
			t.Errorf("%s: got %v, want one violation with %q", p.ImportPath, got, want)
		}
	}
	f(pkg("query", "context", Module+"/store", Module+"/kql", "github.com/x/y"), "")
	f(pkg("forward/splunk", "net/http", Module+"/kql/types"), "")
	f(pkg("store", Module+"/query"), "store: imports query, which is above it")
	f(pkg("store", Module+"/decode"), "store: imports its sibling decode")
	f(pkg("forward/splunk", Module+"/forward/elastic"), "imports its sibling forward/elastic")
	f(pkg("kql/syntax", "github.com/x/y"), "imports github.com/x/y; packages below kql import the standard library only")
	f(pkg("stray"), "stray: is in no layer")
	f(Package{ImportPath: Module + "/query", Name: "query"}, "has no package comment")
	f(Package{ImportPath: Module + "/forward/util", Name: "util", Doc: "Package util is."}, `is named "util"`)
	got := CheckPackages(layers, []Package{pkg("kql", Module+"/store")})
	if len(got) != 2 { // above it, and outside the library
		t.Errorf("kql imports store: got %v, want two violations", got)
	}
}

func TestPlantedDependencies(t *testing.T) {
	const goMod = "require (\n\tgithub.com/a/b v1.0.0\n\tgithub.com/c/d/v2 v2.1.0 // indirect\n\tgolang.org/x/e v0.1.0\n)\n"
	const document = "| `github.com/a/b`, `golang.org/x/e` | because |\n"
	got := CheckDependencies(goMod, document, []Package{{
		ImportPath: Module + "/store", Imports: []string{"os", "github.com/a/b/inner"}, TestImports: []string{"github.com/c/d/v2"},
	}})
	if len(got) != 2 || got[0].Where != "github.com/c/d/v2" || got[1].Where != "golang.org/x/e" {
		t.Errorf("got %v, want d without a reason and e without an importer", got)
	}
}

func TestPlantedWords(t *testing.T) {
	got := CheckWords([]File{
		{"a.go", "package a\n// TO" + "DO: later\n"},
		{"b.go", "package b\n// a todo list is a list\nvar XXXX = 1\n"},
	})
	if len(got) != 1 || got[0].Where != "a.go:2" {
		t.Errorf("got %v, want one violation at a.go:2", got)
	}
}

func TestPlantedPaths(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"store/journal.go", "docs/install.md"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := CheckPaths(root, []File{{"README.md", strings.Join([]string{
		"`store/journal.go` and `store/<name>.go` and [install](docs/install.md) are there,",
		"`store/gone.go` and [usage](docs/usage.md) are not; `application/json` is no path",
		"and [out](https://example.com/x) is not ours.",
		"```", "`store/in-a-fence.go`", "```",
	}, "\n")}})
	if len(got) != 2 || !strings.Contains(got[0].What, "store/gone.go") || !strings.Contains(got[1].What, "docs/usage.md") {
		t.Errorf("got %v, want store/gone.go and docs/usage.md", got)
	}
}

func TestPlantedSkips(t *testing.T) {
	const head = "package a\nimport (\"os\"; \"testing\")\n"
	f := func(body string, want ...string) {
		t.Helper()
		got := CheckSkips(map[string]string{"listed_test.go": "the facts folder lies outside the repository"},
			[]File{{"a_test.go", head + body}})
		if len(got) != len(want) {
			t.Errorf("%s: got %v, want %q", body, got, want)
			return
		}
		for i := range want {
			if !strings.Contains(got[i].What, want[i]) {
				t.Errorf("%s: got %v, want %q", body, got[i], want[i])
			}
		}
	}
	f("func TestA(t *testing.T) { if os.Getenv(\"CI\") != \"\" { t.Fatal(\"node is missing\") }; t.Skip(\"node is not installed\") }")
	f("func TestA(t *testing.T) { t.Skip(\"node is not installed\") }", "would be skipped in CI")
	f("func TestA(t *testing.T) { _ = os.Getenv(\"CI\"); t.Skip(\"later\") }", "without a reason")
	f("func TestA(t *testing.T) { t.SkipNow() }", "without a reason")
	listed := []File{{"listed_test.go", head + "func TestA(t *testing.T) { t.Skip(\"the facts are not here\") }"}}
	none(t, CheckSkips(map[string]string{"listed_test.go": "the facts folder lies outside the repository"}, listed))
}
