package lint

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// The words are put together here so that this file does not report itself.
var unfinished = regexp.MustCompile(`\b(` + strings.Join([]string{
	"TO" + "DO", "FIX" + "ME", "X" + "XX", "not " + "implemented", "un" + "implemented",
}, "|") + `)\b`)

// CheckWords reports unfinished work left in the text. What is not supported is refused by
// name, in words of the product.
func CheckWords(files []File) []Violation {
	var out []Violation
	for _, f := range files {
		for i, line := range strings.Split(f.Text, "\n") {
			if w := unfinished.FindString(line); w != "" {
				out = append(out, Violation{
					fmt.Sprintf("%s:%d", f.Path, i+1),
					fmt.Sprintf("says %q; finish it, or refuse the case by name", w),
				})
			}
		}
	}
	return out
}

var (
	codeSpan = regexp.MustCompile("`([^`\n]+)`")
	link     = regexp.MustCompile(`\]\(([^)\s#]+)(?:#[^)]*)?\)`)
	pathLike = regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.*<>-]+)+/?$`)
	hole     = regexp.MustCompile(`<[^>]*>`)
	fence    = regexp.MustCompile("(?ms)^```.*?^```")
)

// CheckPaths reports paths of this repository that a document names and that do not exist.
// A path is a code span that begins with a folder of the root, or the target of a relative
// link. `<name>` and `*` in it stand for anything.
func CheckPaths(root string, docs []File) []Violation {
	var out []Violation
	for _, f := range docs {
		text := fence.ReplaceAllString(f.Text, "")
		for _, m := range codeSpan.FindAllStringSubmatch(text, -1) {
			name := m[1]
			if !pathLike.MatchString(name) {
				continue
			}
			first, _, _ := strings.Cut(name, "/")
			if info, err := os.Stat(filepath.Join(root, first)); err != nil || !info.IsDir() {
				continue
			}
			if !exists(root, name) {
				out = append(out, Violation{f.Path, fmt.Sprintf("names %s, which does not exist", name)})
			}
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], ":") {
				continue
			}
			if !exists(root, path.Join(path.Dir(f.Path), m[1])) {
				out = append(out, Violation{f.Path, fmt.Sprintf("links to %s, which does not exist", m[1])})
			}
		}
	}
	return out
}

func exists(root, name string) bool {
	found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(hole.ReplaceAllString(name, "*"))))
	return err == nil && len(found) > 0
}
