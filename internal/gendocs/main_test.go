package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPagesAreCurrent(t *testing.T) {
	for name, want := range pages() {
		got, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
		if err != nil {
			t.Errorf("%s: %v; run make docs", name, err)
			continue
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is not what the entries say now (run make docs):\n%.2000s", name, diff)
		}
	}
}

func TestCell(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := cell(text); got != want {
			t.Errorf("cell(%q) = %s, want %s", text, got, want)
		}
	}
	f("1", "`1`")
	f("", "(empty)")
	f("a | b", "`a \\| b`")
	f("a`b", "`` a`b ``")
	f("a\nb", "`a⏎b`")
}
