package durable

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWriteFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x")
	for _, content := range []string{"one", "", "a longer one"} {
		if err := WriteFile(OS{}, "x", name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := ReadFile(OS{}, name)
		if err != nil || string(b) != content {
			t.Errorf("%q %v", b, err)
		}
	}
	st, err := os.Stat(name)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", st, err)
	}
	if err := WriteFile(OS{}, "x", filepath.Join(name, "below"), nil, 0o600); err == nil {
		t.Error("a file below a file")
	}
}

func TestLock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "LOCK")
	release, err := Lock(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(name); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "process") {
		t.Errorf("%v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	release, err = Lock(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}

// left returns the files that a crash leaves.
func left(t *testing.T, f *FaultFS, loss Loss) map[string]string {
	t.Helper()
	dest := t.TempDir()
	if err := f.Leave(dest, loss, 1); err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	err := filepath.WalkDir(dest, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dest, path)
		m[rel] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFaultFSForgetsWhatWasNotSynced(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "old"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := NewFaultFS(root)
	if err != nil {
		t.Fatal(err)
	}
	want := func(m map[string]string) {
		t.Helper()
		if d := cmp.Diff(m, left(t, f, LoseUnsynced)); d != "" {
			t.Error(d)
		}
	}
	path := filepath.Join(root, "new")
	file, err := f.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	write := func(at int64, s string) {
		t.Helper()
		if _, err := file.WriteAt([]byte(s), at); err != nil {
			t.Fatal(err)
		}
	}
	write(0, "abc")
	if err := file.Sync("s"); err != nil {
		t.Fatal(err)
	}
	want(map[string]string{"old": "old"}) // without a name the content is no use
	if err := f.SyncDir("d", root); err != nil {
		t.Fatal(err)
	}
	write(3, "def")
	want(map[string]string{"old": "old", "new": "abc"})
	if d := cmp.Diff(map[string]string{"old": "old", "new": "abcdef"}, left(t, f, KeepUnsynced)); d != "" {
		t.Error(d)
	}
	// What a failed sync did not write, a later one does not either.
	f.Inject = func(s Step) Fault {
		if s.Kind == "sync" {
			return Fault{Err: syscall.EIO}
		}
		return Pass
	}
	if err := file.Sync("s"); !errors.Is(err, syscall.EIO) {
		t.Errorf("%v", err)
	}
	f.Inject = nil
	write(6, "ghi")
	if err := file.Sync("s"); err != nil {
		t.Fatal(err)
	}
	want(map[string]string{"old": "old", "new": "abc\x00\x00\x00ghi"})
	f.Disable("s")
	write(0, "xyz")
	if err := file.Sync("s"); err != nil {
		t.Fatal(err)
	}
	want(map[string]string{"old": "old", "new": "abc\x00\x00\x00ghi"})
	if err := f.Rename(path, filepath.Join(root, "old")); err != nil {
		t.Fatal(err)
	}
	want(map[string]string{"old": "old", "new": "abc\x00\x00\x00ghi"})
	if err := f.SyncDir("d", root); err != nil {
		t.Fatal(err)
	}
	want(map[string]string{"old": "abc\x00\x00\x00ghi"})
	if err := f.Remove(filepath.Join(root, "old")); err != nil {
		t.Fatal(err)
	}
	want(map[string]string{"old": "abc\x00\x00\x00ghi"})
	f.Crash()
	if err := f.SyncDir("d", root); !errors.Is(err, ErrCrashed) {
		t.Errorf("%v", err)
	}
}

func TestNoSpace(t *testing.T) {
	if !NoSpace(&os.PathError{Op: "write", Err: syscall.ENOSPC}) || !NoSpace(syscall.EDQUOT) || NoSpace(syscall.EIO) {
		t.Error("which errors mean a full disk")
	}
}
