// Package lint holds the rules of this repository that a compiler and a general linter do
// not know: which package may import which, that every package says what it is, that no
// unfinished work is left in the text, that the paths named in the documentation exist, and
// that a test is skipped only for a written reason.
//
// The rules are functions over plain data, so that a test can plant a violation and see it
// reported. The invariant protected here is the direction of imports: they point down the
// list [Layers] only, never up and never sideways.
package lint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Module is the import path of this repository's Go module.
const Module = "lazuli.dev/lazuli"

// A Package is what the rules need to know of one Go package.
type Package struct {
	ImportPath string
	Name       string
	Doc        string   // first sentence of the package comment
	Imports    []string // of the files that are not tests
	// TestImports and XTestImports are those of the tests, inside and outside of the package.
	TestImports, XTestImports []string
}

// A Violation is one broken rule: where it is broken, and what to do about it.
type Violation struct {
	Where string
	What  string
}

func (v Violation) String() string { return v.Where + ": " + v.What }

// Root returns the folder of go.mod at or above the working directory.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the root of the repository: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("find the root of the repository: no go.mod here or above; run it inside the repository")
		}
		dir = up
	}
}

// Packages lists every Go package below root.
func Packages(root string) ([]Package, error) {
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Doc,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list the packages below %s: %w: %s", root, err, stderr.String())
	}
	var list []Package
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p Package
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, fmt.Errorf("read the output of go list: %w", err)
		}
		list = append(list, p)
	}
}

// A File is one text file of the repository.
type File struct {
	Path string // relative to the root, with slashes
	Text string
}

// Files reads the files below root whose names end in one of the suffixes, leaving out what
// git does not track: hidden folders other than .ci, installed packages, build results, data.
func Files(root string, suffixes ...string) ([]File, error) {
	skip := map[string]bool{"node_modules": true, "bin": true, "data": true, "dist": true, "testdata": true}
	var files []File
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (skip[name] || strings.HasPrefix(name, ".") && name != ".ci") {
				return filepath.SkipDir
			}
			return nil
		}
		for _, s := range suffixes {
			if strings.HasSuffix(name, s) {
				text, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				rel, err := filepath.Rel(root, path)
				if err != nil {
					return err
				}
				files = append(files, File{Path: filepath.ToSlash(rel), Text: string(text)})
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the files below %s: %w", root, err)
	}
	return files, nil
}
