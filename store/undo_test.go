package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// tornCheckpoint makes a store in which a checkpoint was interrupted: of the
// blocks that it wrote over themselves only a part is new, and the header is old.
// It returns how many bytes of such blocks the checkpoint changed.
func tornCheckpoint(t *testing.T, dir string, torn func(before, after []byte) []byte) (changed int) {
	t.Helper()
	var before tableFiles
	o := testOptions()
	armed := false
	o.step = func(name string) error {
		if name == "cut.committed" && armed {
			before = readTables(dir)
		}
		return nil
	}
	s := openTest(t, dir, o)
	for i := range 3 { // so that the metadata has a block with used and free parts
		ingest(t, s, Frame{Workspace: "default", Body: lines(testTable, 10*i, 10)})
		armed = i == 2
		if err := s.Cut(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.abandon(); err != nil {
		t.Fatal(err)
	}
	changed, err := before.tear(dir, torn)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// tableFiles are the files that the engine writes, by name.
type tableFiles map[string][]byte

func readTables(dir string) tableFiles {
	m := tableFiles{}
	for _, n := range append(engineLogs(tablesFile), tablesFile) {
		if b, err := os.ReadFile(filepath.Join(dir, n)); err == nil {
			m[n] = b
		}
	}
	return m
}

// tear makes the files what they were before a checkpoint that is done by now,
// but for the blocks that it wrote over themselves.
func (before tableFiles) tear(dir string, torn func(was, is []byte) []byte) (changed int, err error) {
	after := readTables(dir)
	old, now := before[tablesFile], after[tablesFile]
	if bytes.Equal(old[:engineHeaders], now[:engineHeaders]) {
		return 0, errors.New("the checkpoint wrote no header")
	}
	before[tablesFile] = append([]byte(nil), old...)
	for off := engineHeaders; off+engineBlock <= min(len(old), len(now)); off += engineBlock {
		if was, is := old[off:off+engineBlock], now[off:off+engineBlock]; !bytes.Equal(was, is) {
			changed++
			copy(before[tablesFile][off:], torn(was, is))
		}
	}
	for n := range after {
		if err := os.Remove(filepath.Join(dir, n)); err != nil {
			return 0, err
		}
	}
	for n, b := range before {
		if err := os.WriteFile(filepath.Join(dir, n), b, 0o600); err != nil {
			return 0, err
		}
	}
	return changed, nil
}

// firstPage is what a process leaves that is killed early in writing a block.
func firstPage(was, is []byte) []byte {
	return append(append([]byte(nil), is[:4096]...), was[4096:]...)
}

// A process that is killed in a checkpoint may leave half of a block that the
// engine wrote over itself. The next start has every row all the same.
func TestTornCheckpoint(t *testing.T) {
	f := func(torn func(was, is []byte) []byte) {
		t.Helper()
		dir := t.TempDir()
		if n := tornCheckpoint(t, dir, torn); n == 0 {
			t.Fatal("the checkpoint wrote over no block: this test shows nothing")
		}
		r, err := Fsck(t.Context(), dir, testOptions())
		if err != nil || !r.Clean() || len(r.Notes) != 1 {
			t.Fatalf("%+v %v", r, err)
		}
		s := openTest(t, dir, testOptions())
		if n := len(values(t, s, "default", testTable, "Raw")); n != 30 {
			t.Errorf("%d rows, 30 were acknowledged", n)
		}
	}
	f(firstPage)
	f(func(was, is []byte) []byte { return append(append([]byte(nil), was[:8192]...), is[8192:]...) })
	f(func(_, is []byte) []byte { return is })

	// Without what was kept, the file cannot be opened: it is needed.
	dir := t.TempDir()
	tornCheckpoint(t, dir, firstPage)
	if err := os.Remove(filepath.Join(dir, tablesFile+undoSuffix)); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(t.Context(), dir, testOptions()); err == nil {
		t.Error("a torn block is no matter")
		_ = s.Close()
	}
}

// What was kept is of no effect where the checkpoint was finished, where it was
// not written to its end, and where it is of another store.
func TestUndoIsForItsCheckpointOnly(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir, testOptions())
	ingest(t, s, Frame{Workspace: "default", Body: lines(testTable, 0, 10)})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, tablesFile)
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f := func(what string, id storeID) {
		t.Helper()
		undone, err := undoCheckpoint(s.opts.FS, dir, tablesFile, id)
		if undone || err != nil {
			t.Errorf("%s: undone %v, %v", what, undone, err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: the tables were changed", what)
		}
	}
	f("finished", s.id)
	undo, err := os.ReadFile(path + undoSuffix)
	if err != nil {
		t.Fatal(err)
	}
	// From here on the header is that of the checkpoint's beginning, and a block differs.
	copy(want, undo[16:16+engineHeaders])
	want[engineHeaders+100]++
	if err := os.WriteFile(path, want, 0o600); err != nil {
		t.Fatal(err)
	}
	f("of another store", storeID{1})
	for _, n := range []int{0, 10, len(undo) / 2, len(undo) - 1} {
		if err := os.WriteFile(path+undoSuffix, undo[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		f("in part", s.id)
	}
	if err := os.WriteFile(path+undoSuffix, undo, 0o600); err != nil {
		t.Fatal(err)
	}
	if undone, err := undoCheckpoint(s.opts.FS, dir, tablesFile, s.id); !undone || err != nil {
		t.Errorf("as it was written: undone %v, %v", undone, err)
	}
}

// A process that is killed while the engine makes its file leaves the beginning
// of one, which the engine does not open.
func TestUnbornTables(t *testing.T) {
	for _, size := range []int64{0, 100, 4096, engineHeaders - 1} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, tablesFile), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		s := openTest(t, dir, testOptions())
		ingest(t, s, Frame{Workspace: "default", Body: lines(testTable, 0, 3)})
		if n := len(values(t, s, "default", testTable, "Raw")); n != 3 {
			t.Errorf("%d bytes: %d rows", size, n)
		}
	}
}

// Tables that do not match the record of their cuts are refused: their rows would
// be read a second time from the journal.
func TestTablesWithoutRecord(t *testing.T) {
	f := func(damage string) {
		t.Helper()
		dir := t.TempDir()
		s := openTest(t, dir, testOptions())
		ingest(t, s, Frame{Workspace: "default", Body: lines(testTable, 0, 10)})
		if err := s.Cut(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := exec(t.Context(), s.db.Writer, damage); err != nil {
			t.Fatal(err)
		}
		if err := s.abandon(); err != nil {
			t.Fatal(err)
		}
		if s, err := Open(t.Context(), dir, testOptions()); err == nil {
			t.Errorf("%s: opened with %d rows", damage, len(values(t, s, "default", testTable, "Raw")))
			_ = s.Close()
		} else {
			t.Log(err)
		}
		if r, err := Fsck(t.Context(), dir, testOptions()); err != nil || r.Clean() {
			t.Errorf("%s: fsck: %+v %v", damage, r, err)
		}
		if err := Rebuild(t.Context(), dir, testOptions()); err != nil {
			t.Errorf("%s: rebuild: %v", damage, err)
		}
		s = openTest(t, dir, testOptions())
		if n := len(values(t, s, "default", testTable, "Raw")); n != 10 {
			t.Errorf("%s: %d rows after a rebuild", damage, n)
		}
	}
	table := newDef(tableKey{"default", testTable}).physical
	f("DELETE FROM lazuli_cuts")
	f("DELETE FROM lazuli_cuts WHERE version > 0")
	f("DELETE FROM lazuli_tables")
	f("DELETE FROM " + table + " WHERE _Seq & 16777215 = 3")
	f("INSERT INTO " + table + " SELECT * FROM " + table + " WHERE _Seq & 16777215 = 3")
	f("CREATE TABLE \"ws:default\".Other(_Seq BIGINT)")
}

// A frame of which one row is there twice and another is missing has as many rows
// as it should.
func TestFsckComparesSequences(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir, testOptions())
	ingest(t, s, Frame{Workspace: "default", Body: lines(testTable, 0, 10)})
	if err := s.Cut(t.Context()); err != nil {
		t.Fatal(err)
	}
	table := newDef(tableKey{"default", testTable}).physical
	for _, q := range []string{
		"DELETE FROM " + table + " WHERE _Seq & 16777215 = 3",
		"INSERT INTO " + table + " BY NAME SELECT * REPLACE (_Seq + 3 AS _Seq) FROM " + table + " WHERE _Seq & 16777215 = 2",
	} {
		if err := exec(t.Context(), s.db.Writer, q); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.abandon(); err != nil {
		t.Fatal(err)
	}
	if r, err := Fsck(t.Context(), dir, testOptions()); err != nil || r.Clean() {
		t.Errorf("%+v %v", r, err)
	}
}
