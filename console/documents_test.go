package console

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"lazuli.dev/lazuli/internal/durable"
)

// A document that was acknowledged is there after the power went out, in its last version.
func TestDocumentsSurviveACrash(t *testing.T) {
	dir := t.TempDir()
	d := NewDocuments(durable.OS{}, filepath.Join(dir, "console"))
	first, err := d.Put("default", "queries", "q", "", []byte(`{"n":1}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Put("default", "queries", "q", first.Version, []byte(`{"n":2}`)); err != nil {
		t.Fatal(err)
	}
	again := NewDocuments(durable.OS{}, filepath.Join(dir, "console"))
	got, err := again.Get("default", "queries", "q")
	if err != nil || string(got.Body) != `{"n":2}` {
		t.Errorf("%s, %v", got.Body, err)
	}
	if list, err := again.List("other", "queries"); err != nil || len(list) != 0 {
		t.Errorf("another workspace sees %v, %v", list, err)
	}
}

func TestDocumentsHaveABound(t *testing.T) {
	d := NewDocuments(durable.OS{}, t.TempDir())
	for i := range maxDocuments {
		if _, err := d.Put("default", "queries", fmt.Sprintf("q%d", i), "", []byte(`{}`)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := d.Put("default", "queries", "one-more", "", []byte(`{}`))
	var refused *refusal
	if !errors.As(err, &refused) || refused.status != 409 {
		t.Errorf("one too many: %v", err)
	}
}
