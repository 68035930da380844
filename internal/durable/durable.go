// Package durable is the file layer below the store: the few operations on
// files and directories that it needs, each one that matters for durability
// under a name of its own.
//
// [OS] does them for real. [FaultFS] does them for real and remembers what a
// power cut would leave of them, for tests. What the package protects: a caller
// that was told nil by [File.Sync] and [FS.SyncDir] finds its bytes and its
// names again after any crash.
package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Site names one place in the code where something is made durable, such as
// "journal.append". Tests switch sites off one by one to show that each is needed.
type Site string

// A File is an open file.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.WriterAt
	io.Closer
	// Truncate changes the length.
	Truncate(size int64) error
	// Sync makes the content and the length durable, not the name. After an error
	// the file must not be trusted: the kernel may have dropped what it could not
	// write, and a second Sync would succeed without it.
	Sync(site Site) error
}

// An FS is a file system. Names are paths as the operating system has them.
type FS interface {
	// OpenFile opens a file; flag and perm are those of [os.OpenFile].
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
	// Rename gives a file another name, replacing what had it. Durable after
	// SyncDir of the directory.
	Rename(old, new string) error
	// Remove takes a name away. Durable after SyncDir of the directory.
	Remove(name string) error
	// ReadDir lists a directory, sorted by name.
	ReadDir(name string) ([]fs.DirEntry, error)
	// Stat describes a file.
	Stat(name string) (fs.FileInfo, error)
	// MkdirAll makes a directory and those above it. Each is durable after SyncDir
	// of the one above.
	MkdirAll(name string, perm fs.FileMode) error
	// SyncDir makes the names in a directory durable.
	SyncDir(site Site, name string) error
	// Free returns how many bytes can still be written below a directory.
	Free(name string) (int64, error)
}

// OS is the file system of the operating system.
type OS struct{}

type osFile struct{ *os.File }

func (f osFile) Sync(Site) error { return syncData(f.File) }

// OpenFile opens a file.
func (OS) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := os.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

// Rename gives a file another name.
func (OS) Rename(old, new string) error { return os.Rename(old, new) }

// Remove takes a name away.
func (OS) Remove(name string) error { return os.Remove(name) }

// ReadDir lists a directory.
func (OS) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }

// Stat describes a file.
func (OS) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }

// MkdirAll makes a directory and those above it.
func (OS) MkdirAll(name string, perm fs.FileMode) error { return os.MkdirAll(name, perm) }

// SyncDir makes the names in a directory durable.
func (OS) SyncDir(_ Site, name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	err = d.Sync()
	return errors.Join(err, d.Close())
}

// Free returns how many bytes can still be written below a directory.
func (OS) Free(name string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(name, &st); err != nil {
		return 0, fmt.Errorf("free space of %s: %w", name, err)
	}
	return int64(st.Bavail * uint64(st.Bsize)), nil
}

// ReadFile returns the content of a file.
func ReadFile(fsys FS, name string) ([]byte, error) {
	f, err := fsys.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(f)
	return b, errors.Join(err, f.Close())
}

// WriteFile makes data the content of the file name, wholly or not at all: it
// writes a temporary file beside it, syncs that under the site "<site>.file",
// renames it, and syncs the directory under "<site>.dir". When it returns nil
// the new content survives a crash; after an error either content is there.
func WriteFile(fsys FS, site Site, name string, data []byte, perm fs.FileMode) (err error) {
	tmp := name + ".new"
	f, err := fsys.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync(site + ".file")
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = fsys.Rename(tmp, name)
	}
	if err == nil {
		err = fsys.SyncDir(site+".dir", filepath.Dir(name))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// NoSpace reports whether an error says that a disk or a quota is full.
func NoSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
