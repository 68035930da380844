package console

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"lazuli.dev/lazuli/internal/durable"
)

// What was acknowledged is there after the power went out: the last version, and no deleted document.
func TestDocumentsSurviveAPowerCut(t *testing.T) {
	disk := t.TempDir()
	fault, err := durable.NewFaultFS(disk)
	if err != nil {
		t.Fatal(err)
	}
	d := NewDocuments(fault, filepath.Join(disk, "console"))
	first, err := d.Put("default", "queries", "q", "", []byte(`{"n":1}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Put("default", "queries", "q", first.Version, []byte(`{"n":2}`)); err != nil {
		t.Fatal(err)
	}
	gone, err := d.Put("default", "queries", "gone", "", []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Delete("default", "queries", "gone", gone.Version); err != nil {
		t.Fatal(err)
	}
	fault.Crash()
	left := t.TempDir()
	if err := fault.Leave(left, durable.LoseUnsynced, 1); err != nil {
		t.Fatal(err)
	}
	again := NewDocuments(durable.OS{}, filepath.Join(left, "console"))
	list, err := again.List("default", "queries")
	if err != nil || len(list) != 1 || string(list[0].Body) != `{"n":2}` {
		t.Errorf("after the power cut: %v, %v", list, err)
	}
	if list, err := again.List("other", "queries"); err != nil || len(list) != 0 {
		t.Errorf("another workspace sees %v, %v", list, err)
	}
}

func TestDocumentsHaveABound(t *testing.T) {
	dir := t.TempDir()
	d := NewDocuments(durable.OS{}, dir)
	if _, err := d.Put("default", "queries", "q", "", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	folder, err := d.folder("default", "queries")
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxDocuments - 1 {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("q%d.json", i)), []byte(`{}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err = d.Put("default", "queries", "one-more", "", []byte(`{}`))
	var refused *refusal
	if !errors.As(err, &refused) || refused.status != 409 {
		t.Errorf("one too many: %v", err)
	}
}
