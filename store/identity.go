package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/internal/durable"
)

// versionContent is the content of VERSION.
type versionContent struct {
	Format int    `json:"format"`
	ID     string `json:"id"` // random, of this store
}

// Exists reports whether a directory is a store's: it has the file VERSION, or has lost it and has a journal of ours.
func Exists(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, versionFile)); err == nil {
		return true
	}
	segs, err := listSegments(durable.OS{}, filepath.Join(dir, journalDir))
	return err == nil && len(segs) > 0
}

// errGarbled says that VERSION is there and says nothing.
var errGarbled = errors.New("the file is garbled")

func readVersion(fsys durable.FS, dir string) (id storeID, err error) {
	name := filepath.Join(dir, versionFile)
	b, err := durable.ReadFile(fsys, name)
	if err != nil {
		return id, err
	}
	var v versionContent
	if err := json.Unmarshal(b, &v); err != nil {
		return id, fmt.Errorf("read %s: %w: %w", name, errGarbled, err)
	}
	if v.Format < 1 {
		return id, fmt.Errorf("read %s: %w: it names no format", name, errGarbled)
	}
	if v.Format != storeVersion {
		return id, fmt.Errorf("read %s: the store has format %d, this program knows %d; use the program that wrote it", name, v.Format, storeVersion)
	}
	raw, err := hex.DecodeString(v.ID)
	if err != nil || len(raw) != len(id) {
		return id, fmt.Errorf("read %s: %w: the id %q is malformed", name, errGarbled, v.ID)
	}
	copy(id[:], raw)
	return id, nil
}

// writeVersion makes VERSION durable, and the names of everything that was made in the directory before.
func writeVersion(fsys durable.FS, dir string, id storeID) error {
	b, err := json.Marshal(versionContent{Format: storeVersion, ID: hex.EncodeToString(id[:])})
	if err != nil {
		return err
	}
	return durable.WriteFile(fsys, siteVersion, filepath.Join(dir, versionFile), append(b, '\n'), 0o600)
}

// lostVersion reports whether an error of readVersion is that of a file that says nothing.
func lostVersion(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errGarbled) }

// journalID returns the id that the headers of the segments carry. A header's checksum starts from the id, so one that
// is right proves it. It is false where no header is right, and an error where two differ.
func journalID(fsys durable.FS, segs []segmentPath) (id storeID, proved bool, err error) {
	for _, seg := range segs {
		f, err := fsys.OpenFile(seg.path, os.O_RDONLY, 0)
		if err != nil {
			return id, false, fmt.Errorf("read segment header: %w", err)
		}
		h, err := readAt(f, 0, segmentHeader)
		_ = f.Close() // only read
		if err != nil {
			continue // too short for one
		}
		found := storeID(h[32:48])
		if _, err := checkHeader(h, found, seg.first); err != nil {
			continue
		}
		if proved && found != id {
			return id, false, fmt.Errorf("the journal has segments of two stores, %x and %x; take those of the other out of %s", id, found, filepath.Dir(seg.path))
		}
		id, proved = found, true
	}
	return id, proved, nil
}

// tablesID returns the id that the tables carry, false where there are none that can be read.
func tablesID(ctx context.Context, dir string, id storeID, o Options) (found storeID, readable bool) {
	// What an interrupted checkpoint had begun belongs to the store of the id, or nothing is undone.
	if _, err := undoCheckpoint(o.FS, dir, tablesFile, id); err != nil {
		return found, false
	}
	db, err := duck.Open(ctx, duck.Options{Path: filepath.Join(dir, tablesFile), ReadOnly: true, Memory: o.MemoryLimit, Threads: o.Threads})
	if err != nil {
		return found, false
	}
	found, err = readIdentity(ctx, db.Writer)
	return found, errors.Join(err, db.Close()) == nil
}

// identify returns the id of a store whose lock is held. Where VERSION is lost or garbled, or says what neither the
// journal nor the tables do, it is made again from the journal: the id of the headers is proved by their checksums,
// and nothing that is there may contradict it.
func identify(ctx context.Context, dir string, segs []segmentPath, o Options) (storeID, error) {
	said, err := readVersion(o.FS, dir)
	if err != nil && !lostVersion(err) {
		return said, err
	}
	id, proved, jerr := journalID(o.FS, segs)
	switch {
	case jerr != nil:
		return id, jerr
	case err != nil && !proved:
		return id, fmt.Errorf("%w; the journal has no segment whose header could say what was in it: put it back from a backup", err)
	case err == nil && (!proved || id == said):
		return said, nil
	}
	found, readable := tablesID(ctx, dir, id, o)
	switch {
	case readable && found != id:
		return id, fmt.Errorf("the journal is of the store %x and the tables are of the store %x; put together what belongs together", id, found)
	case err == nil && !readable:
		return id, fmt.Errorf("%s is of the store %x and the journal is of the store %x, and there are no tables that say which is right", versionFile, said, id)
	}
	if err := writeVersion(o.FS, dir, id); err != nil {
		return id, err
	}
	o.Log.Warn(versionFile+" was made again from the journal", "id", hex.EncodeToString(id[:]), "was", versionState(err))
	return id, nil
}

// versionState says in a word what was wrong with VERSION.
func versionState(err error) string {
	switch {
	case err == nil:
		return "of another store"
	case errors.Is(err, fs.ErrNotExist):
		return "missing"
	}
	return "garbled"
}
