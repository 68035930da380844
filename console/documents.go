package console

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"lazuli.dev/lazuli/internal/durable"
)

// Limits of documents.
const (
	maxDocument  = 1 << 20 // bytes of one
	maxDocuments = 1000    // of one kind in one workspace
)

// kinds are what people keep on the server.
var kinds = []string{"dashboards", "queries"}

// validID is what a document may be called: it is a file's name too.
var validID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// A refusal is an error that the one who asked can do something about.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

// Documents keeps what people make in the console, such as dashboards: JSON objects, each in a file
// DIR/WORKSPACE/KIND/ID.json. A document that was saved survives a crash, and nobody overwrites a version that
// they have not seen. It is safe for concurrent use; one process owns the directory.
type Documents struct {
	fsys durable.FS
	dir  string
	mu   sync.Mutex
}

// NewDocuments keeps documents below dir, which is made when the first one is saved.
func NewDocuments(fsys durable.FS, dir string) *Documents { return &Documents{fsys: fsys, dir: dir} }

// A Document is one that is kept.
type Document struct {
	ID      string          `json:"id"`
	Version string          `json:"version"` // changes with the content
	Body    json.RawMessage `json:"body"`
}

func (d *Documents) folder(workspace, kind string) (string, error) {
	if !slices.Contains(kinds, kind) {
		return "", refuse(404, "There are no documents of the kind %q; there are %s.", kind, strings.Join(kinds, " and "))
	}
	// A workspace's name may have any letters; its folder has none that a file system minds.
	return filepath.Join(d.dir, hex.EncodeToString([]byte(workspace)), kind), nil
}

func (d *Documents) file(workspace, kind, id string) (string, error) {
	folder, err := d.folder(workspace, kind)
	if err != nil {
		return "", err
	}
	if !validID.MatchString(id) {
		return "", refuse(400, "A document's id has 1 to 64 of a-z, 0-9 and -.")
	}
	return filepath.Join(folder, id+".json"), nil
}

func versionOf(body []byte) string {
	h := sha256.Sum256(body)
	return hex.EncodeToString(h[:8])
}

// List returns all documents of a kind, by id.
func (d *Documents) List(workspace, kind string) ([]Document, error) {
	folder, err := d.folder(workspace, kind)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	entries, err := d.fsys.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return []Document{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", kind, err)
	}
	list := []Document{}
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || !validID.MatchString(id) {
			continue // a file that a crash left half-made
		}
		body, err := durable.ReadFile(d.fsys, filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read document: %w", err)
		}
		list = append(list, Document{id, versionOf(body), body})
	}
	slices.SortFunc(list, func(a, b Document) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}

// Get returns one document.
func (d *Documents) Get(workspace, kind, id string) (Document, error) {
	name, err := d.file(workspace, kind, id)
	if err != nil {
		return Document{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.read(name, id)
}

func (d *Documents) read(name, id string) (Document, error) {
	body, err := durable.ReadFile(d.fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return Document{}, refuse(404, "There is no document %s.", id)
	}
	if err != nil {
		return Document{}, fmt.Errorf("read document: %w", err)
	}
	return Document{id, versionOf(body), body}, nil
}

// Put saves a document. seen is the version that the author began with, "" for a new document.
func (d *Documents) Put(workspace, kind, id, seen string, body []byte) (Document, error) {
	name, err := d.file(workspace, kind, id)
	if err != nil {
		return Document{}, err
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil || object == nil {
		return Document{}, refuse(400, "A document is a JSON object.")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.unchanged(name, id, seen); err != nil {
		return Document{}, err
	}
	folder := filepath.Dir(name)
	if seen == "" {
		if err := d.makeRoom(folder, kind); err != nil {
			return Document{}, err
		}
	}
	if err := durable.WriteFile(d.fsys, "console.document", name, body, 0o600); err != nil {
		if durable.NoSpace(err) {
			return Document{}, refuse(507, "The server's disk is full; the document was not saved.")
		}
		return Document{}, fmt.Errorf("save document %s: %w", id, err)
	}
	return Document{id, versionOf(body), body}, nil
}

// unchanged refuses where the document is not the version that was seen.
func (d *Documents) unchanged(name, id, seen string) error {
	held, err := d.read(name, id)
	var none *refusal
	switch {
	case errors.As(err, &none):
		if seen != "" {
			return refuse(412, "The document %s was deleted meanwhile.", id)
		}
		return nil
	case err != nil:
		return err
	case held.Version != seen:
		return refuse(412, "The document %s was changed meanwhile. Load it again, or save under another name.", id)
	}
	return nil
}

// makeRoom makes the folder, whose names all the way up survive a crash, and refuses when it is full.
func (d *Documents) makeRoom(folder, kind string) error {
	entries, err := d.fsys.ReadDir(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := d.fsys.MkdirAll(folder, 0o700); err != nil {
			return fmt.Errorf("make folder of documents: %w", err)
		}
		for dir := filepath.Dir(folder); len(dir) >= len(filepath.Dir(d.dir)); dir = filepath.Dir(dir) {
			if err := d.fsys.SyncDir("console.folder", dir); err != nil {
				return fmt.Errorf("make folder of documents: %w", err)
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	case err != nil:
		return fmt.Errorf("list %s: %w", kind, err)
	case len(entries) >= maxDocuments:
		return refuse(409, "There are %d %s, which is as many as there may be. Delete some.", maxDocuments, kind)
	}
	return nil
}

// Delete removes the version seen of a document.
func (d *Documents) Delete(workspace, kind, id, seen string) error {
	name, err := d.file(workspace, kind, id)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.unchanged(name, id, seen); err != nil {
		return err
	}
	if err := d.fsys.Remove(name); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return refuse(404, "There is no document %s.", id)
		}
		return fmt.Errorf("delete document %s: %w", id, err)
	}
	if err := d.fsys.SyncDir("console.document.dir", filepath.Dir(name)); err != nil {
		return fmt.Errorf("delete document %s: %w", id, err)
	}
	return nil
}
