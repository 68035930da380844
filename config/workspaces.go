package config

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"strings"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/internal/durable"
)

// WorkspaceFile is the file in the data directory that keeps the ids that were made for workspaces.
const WorkspaceFile = "workspaces.json"

// WorkspaceIDs gives the GUID (in lower case) of every workspace by its name: what the configuration
// says, else what was kept in the data directory, else a new one, which is kept from then on. A workspace
// that was listed before keeps its id also when it is no longer listed. It fails when
// an id would belong to two workspaces.
func WorkspaceIDs(data string, listed []Workspace) (map[string]string, error) {
	path := filepath.Join(data, WorkspaceFile)
	kept := map[string]string{}
	switch text, err := durable.ReadFile(durable.OS{}, path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("read workspace ids: %w", err)
	default:
		if err := json.Unmarshal(text, &kept); err != nil {
			return nil, fmt.Errorf("read workspace ids %s: %w", path, err)
		}
	}
	ids := maps.Clone(kept)
	for _, w := range append([]Workspace{{Name: lazuli.DefaultWorkspace}}, listed...) {
		switch {
		case w.ID != "":
			ids[w.Name] = strings.ToLower(w.ID)
		case ids[w.Name] == "":
			ids[w.Name] = newGUID()
		}
	}
	owner := map[string]string{}
	for name, id := range ids {
		if other, taken := owner[id]; taken {
			return nil, fmt.Errorf("workspaces %s and %s have the same id %s", min(name, other), max(name, other), id)
		}
		owner[id] = name
	}
	if maps.Equal(ids, kept) {
		return ids, nil
	}
	text, err := json.MarshalIndent(ids, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := durable.WriteFile(durable.OS{}, "workspaces", path, append(text, '\n'), 0o600); err != nil {
		return nil, fmt.Errorf("keep workspace ids: %w", err)
	}
	return ids, nil
}

// newGUID makes a random version 4 GUID.
func newGUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
