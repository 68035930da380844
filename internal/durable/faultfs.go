package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// ErrCrashed is what every operation on a [FaultFS] returns after its crash.
var ErrCrashed = errors.New("crashed")

// A FaultFS works on a real directory and remembers, of everything that goes
// through it, what has been made durable. It can fail any step, and at a crash
// it writes down what a power cut would have left. It is for tests.
//
// Files below its root that others write, such as the engine's database, are
// taken as they are at the crash; but the name of such a file is durable only
// once its directory was synced, unless AlwaysKept says otherwise.
type FaultFS struct {
	// Inject is asked before every step that changes something. Nil means [Pass].
	// It must not call the file system.
	Inject func(Step) Fault
	// AlwaysKept says of a file that was not written through this layer that its
	// writer cares for the name as well. Nil means none.
	AlwaysKept func(path string) bool

	root string

	mu       sync.Mutex
	steps    int
	count    map[string]int
	disabled map[Site]bool
	crashed  bool
	onCrash  func()
	live     map[string]*inode            // by path: what this layer has written or opened to write
	names    map[string]map[string]*inode // by directory: the durable names; nil inode: somebody else's file or a directory
}

// An inode is a file's identity: it keeps it under any name.
type inode struct {
	durable []byte
	dirty   []extent // written since the last sync, whether that succeeded or not
}

type extent struct{ from, to int64 }

// A Step is one operation that changes something.
type Step struct {
	N    int    // counts from 1
	Kind string // "create", "write", "truncate", "sync", "rename", "remove", "mkdir" or "syncdir"
	Site Site   // of a sync
	Path string
}

// A Fault is what becomes of a step.
type Fault struct {
	Err    error // nil: the step succeeds, unless Crash is set
	After  bool  // the step is done all the same, then fails or crashes
	Half   bool  // of a write, the first half is done; of other steps, nothing
	Crash  bool  // nothing works from here on
	silent bool
}

// Pass lets a step succeed.
var Pass = Fault{}

// A Loss says what a crash leaves of that which was not synced.
type Loss int

// The kinds of crash.
const (
	LoseUnsynced Loss = iota // power cut: nothing that was not synced
	KeepUnsynced             // power cut after the kernel happened to write everything
	TearUnsynced             // power cut: of what was not synced, any sectors and any names
)

// NewFaultFS makes a layer over a real directory, which must exist. What is in
// it is taken as durable.
func NewFaultFS(root string) (*FaultFS, error) {
	f := &FaultFS{
		root: filepath.Clean(root), count: map[string]int{}, disabled: map[Site]bool{},
		live: map[string]*inode{}, names: map[string]map[string]*inode{},
	}
	err := filepath.WalkDir(f.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			f.names[path] = map[string]*inode{}
		}
		if path != f.root {
			f.names[filepath.Dir(path)][d.Name()] = nil
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", root, err)
	}
	return f, nil
}

// Disable makes every sync of a site do nothing and report success.
func (f *FaultFS) Disable(site Site) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.disabled[site] = true
}

// Steps returns how many steps there have been.
func (f *FaultFS) Steps() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.steps
}

// Count returns how many steps of a kind, or syncs of a site, there have been.
func (f *FaultFS) Count(kindOrSite string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count[kindOrSite]
}

// Sites returns the sites that have been synced.
func (f *FaultFS) Sites() []Site {
	f.mu.Lock()
	defer f.mu.Unlock()
	var sites []Site
	for k := range f.count {
		if strings.Contains(k, ".") {
			sites = append(sites, Site(k))
		}
	}
	return sites
}

// OnCrash calls fn, once, at the moment of the crash and before anything else
// can happen to the directory. It may call [FaultFS.Leave] only.
func (f *FaultFS) OnCrash(fn func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.onCrash = fn
}

// Crash makes everything fail from here on.
func (f *FaultFS) Crash() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crash()
}

// Revive makes the layer work again after a crash that was only the end of the
// process: what was not synced is still in the kernel's memory, and still not
// durable.
func (f *FaultFS) Revive() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crashed, f.onCrash = false, nil
}

// Crashed reports whether the crash has happened.
func (f *FaultFS) Crashed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.crashed
}

func (f *FaultFS) crash() {
	if f.crashed {
		return
	}
	f.crashed = true
	if f.onCrash != nil {
		f.onCrash()
	}
}

// Leave writes into the empty directory dest what a crash at this moment leaves
// of the root, and is to be called before anything changes again. The result
// of TearUnsynced depends on seed alone.
func (f *FaultFS) Leave(dest string, loss Loss, seed uint64) error {
	rng := rand.New(rand.NewPCG(seed, 77))
	return f.leave(f.root, dest, loss, rng)
}

func (f *FaultFS) leave(dir, dest string, loss Loss, rng *rand.Rand) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	now := map[string]fs.DirEntry{}
	order := make([]string, 0, len(entries))
	for _, e := range entries {
		now[e.Name()] = e
		order = append(order, e.Name())
	}
	was := f.names[dir]
	for name := range was {
		if _, ok := now[name]; !ok {
			order = append(order, name) // removed or renamed, and that not synced
		}
	}
	for _, name := range order {
		path, to := filepath.Join(dir, name), filepath.Join(dest, name)
		old, durable := was[name]
		e, exists := now[name]
		cur := f.live[path]
		switch {
		case exists && cur == nil && f.AlwaysKept != nil && f.AlwaysKept(path):
			durable, old = true, nil
		case exists && durable && cur == old:
		case loss == KeepUnsynced, loss == TearUnsynced && rng.IntN(2) == 0:
			if !exists {
				continue
			}
			durable, old = true, cur
		}
		switch {
		case !durable:
			continue
		case exists && e.IsDir():
			if err := os.Mkdir(to, 0o700); err != nil {
				return err
			}
			if err := f.leave(path, to, loss, rng); err != nil {
				return err
			}
		case old == nil: // somebody else's file, as it is; a file of ours that nobody has opened
			if !exists || cur != nil {
				continue
			}
			if err := copyFile(path, to); err != nil {
				return err
			}
		default:
			content := old.durable
			if exists && old == cur {
				is, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				content = mix(content, is, loss, rng)
			}
			if err := os.WriteFile(to, content, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// mix makes the content of a file after a crash from what was durable of it
// and what it was.
func mix(durable, is []byte, loss Loss, rng *rand.Rand) []byte {
	switch loss {
	case KeepUnsynced:
		return is
	case LoseUnsynced:
		return durable
	}
	const sector = 512
	n := len(is)
	if len(is) > len(durable) {
		n = len(durable) + rng.IntN(len(is)-len(durable)+1)
	}
	out := make([]byte, n)
	copy(out, durable)
	for at := 0; at < n; at += sector {
		if end := min(at+sector, n); rng.IntN(3) > 0 {
			copy(out[at:end], is[at:end])
		}
	}
	return out
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

// step counts a step and says what becomes of it. The caller holds mu.
func (f *FaultFS) step(kind string, site Site, path string) Fault {
	if f.crashed {
		return Fault{Err: ErrCrashed}
	}
	f.steps++
	f.count[kind]++
	if site != "" {
		f.count[string(site)]++
		if f.disabled[site] {
			return Fault{silent: true}
		}
	}
	fault := Pass
	if f.Inject != nil {
		fault = f.Inject(Step{N: f.steps, Kind: kind, Site: site, Path: path})
	}
	if fault.Crash && fault.Err == nil {
		fault.Err = ErrCrashed
	}
	if kind != "write" {
		fault.Half = false
	}
	if fault.Crash && !fault.After && !fault.Half {
		f.crash()
	}
	return fault
}

// do runs one step as its fault says.
func (f *FaultFS) do(kind string, site Site, path string, op func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	fault := f.step(kind, site, path)
	if fault.silent {
		return nil
	}
	if fault.Err != nil && !fault.After {
		return fault.Err
	}
	if err := op(); err != nil {
		return err
	}
	if fault.Crash {
		f.crash()
	}
	return fault.Err
}

// OpenFile opens a file.
func (f *FaultFS) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	name = filepath.Clean(name)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.crashed {
		return nil, ErrCrashed
	}
	_, statErr := os.Stat(name)
	isNew := errors.Is(statErr, fs.ErrNotExist)
	var fault Fault
	if flag&os.O_CREATE != 0 && isNew {
		if fault = f.step("create", "", name); fault.Err != nil && !fault.After {
			return nil, fault.Err
		}
	}
	writes := flag&(os.O_WRONLY|os.O_RDWR) != 0
	if writes { // a sync reads what it makes durable
		flag = flag&^os.O_WRONLY | os.O_RDWR
	}
	file, err := os.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	node := f.live[name]
	if node == nil && writes {
		node = &inode{}
		if !isNew {
			if node.durable, err = os.ReadFile(name); err != nil {
				return nil, errors.Join(err, file.Close())
			}
			if f.names[filepath.Dir(name)] != nil {
				if _, ok := f.names[filepath.Dir(name)][filepath.Base(name)]; ok {
					f.names[filepath.Dir(name)][filepath.Base(name)] = node
				}
			}
		}
		f.live[name] = node
	}
	if fault.Crash {
		f.crash()
	}
	if fault.Err != nil {
		return nil, errors.Join(fault.Err, file.Close())
	}
	return &faultFile{File: file, fs: f, name: name, node: node}, nil
}

// Rename gives a file another name.
func (f *FaultFS) Rename(old, new string) error {
	old, new = filepath.Clean(old), filepath.Clean(new)
	return f.do("rename", "", new, func() error {
		f.remember(new)
		if err := os.Rename(old, new); err != nil {
			return err
		}
		node := f.live[old]
		if node == nil { // somebody else's file: from now on of this content
			b, err := os.ReadFile(new)
			if err != nil {
				return err
			}
			node = &inode{durable: b}
			if f.names[filepath.Dir(old)] != nil {
				if was, ok := f.names[filepath.Dir(old)][filepath.Base(old)]; ok && was == nil {
					f.names[filepath.Dir(old)][filepath.Base(old)] = node
				}
			}
		}
		f.live[new] = node
		delete(f.live, old)
		return nil
	})
}

// remember keeps the content of somebody else's file whose durable name is about
// to go or to mean another file: the name may come back at a crash.
func (f *FaultFS) remember(path string) {
	dir := f.names[filepath.Dir(path)]
	if dir == nil || f.live[path] != nil {
		return
	}
	if node, ok := dir[filepath.Base(path)]; ok && node == nil || !ok && f.AlwaysKept != nil && f.AlwaysKept(path) {
		if b, err := os.ReadFile(path); err == nil {
			dir[filepath.Base(path)] = &inode{durable: b}
		}
	}
}

// Remove takes a name away.
func (f *FaultFS) Remove(name string) error {
	name = filepath.Clean(name)
	return f.do("remove", "", name, func() error {
		f.remember(name)
		if err := os.Remove(name); err != nil {
			return err
		}
		delete(f.live, name)
		return nil
	})
}

// ReadDir lists a directory.
func (f *FaultFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if f.Crashed() {
		return nil, ErrCrashed
	}
	return os.ReadDir(name)
}

// Stat describes a file.
func (f *FaultFS) Stat(name string) (fs.FileInfo, error) {
	if f.Crashed() {
		return nil, ErrCrashed
	}
	return os.Stat(name)
}

// MkdirAll makes a directory and those above it.
func (f *FaultFS) MkdirAll(name string, perm fs.FileMode) error {
	if _, err := f.Stat(name); err == nil {
		return nil
	}
	return f.do("mkdir", "", filepath.Clean(name), func() error { return os.MkdirAll(name, perm) })
}

// SyncDir makes the names in a directory durable.
func (f *FaultFS) SyncDir(site Site, name string) error {
	name = filepath.Clean(name)
	return f.do("syncdir", site, name, func() error {
		entries, err := os.ReadDir(name)
		if err != nil {
			return err
		}
		names := map[string]*inode{}
		for _, e := range entries {
			path := filepath.Join(name, e.Name())
			names[e.Name()] = f.live[path]
			if e.IsDir() && f.names[path] == nil {
				f.names[path] = map[string]*inode{}
			}
		}
		f.names[name] = names
		return nil
	})
}

// Free returns how many bytes can still be written, which is no matter here.
func (f *FaultFS) Free(string) (int64, error) { return 1 << 50, nil }

type faultFile struct {
	*os.File
	fs   *FaultFS
	name string
	node *inode
}

func (f *faultFile) write(p []byte, off int64, write func([]byte) (int, error)) (n int, err error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	fault := f.fs.step("write", "", f.name)
	if fault.Err != nil && !fault.After && !fault.Half {
		return 0, fault.Err
	}
	if fault.Half {
		p = p[:len(p)/2]
	}
	n, err = write(p)
	if f.node != nil {
		f.node.dirty = append(f.node.dirty, extent{off, off + int64(n)})
	}
	if fault.Crash {
		f.fs.crash()
	}
	return n, errors.Join(fault.Err, err)
}

func (f *faultFile) Write(p []byte) (int, error) {
	off, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	return f.write(p, off, f.File.Write)
}

func (f *faultFile) WriteAt(p []byte, off int64) (int, error) {
	return f.write(p, off, func(p []byte) (int, error) { return f.File.WriteAt(p, off) })
}

// ReadFrom hides that of os.File, which would write past this layer.
func (f *faultFile) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{f}, r)
}

func (f *faultFile) Truncate(size int64) error {
	return f.fs.do("truncate", "", f.name, func() error { return f.File.Truncate(size) })
}

// Sync makes the content durable. A sync that fails loses what it did not
// write, as the kernel does: it can be read until the power goes, and later syncs
// succeed without it.
func (f *faultFile) Sync(site Site) error {
	done := false
	err := f.fs.do("sync", site, f.name, func() error {
		done = true
		st, err := f.Stat()
		if err != nil {
			return err
		}
		b := make([]byte, st.Size())
		if _, err := f.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if f.node == nil {
			return nil
		}
		is := make([]byte, len(b))
		copy(is, f.node.durable)
		for _, e := range f.node.dirty {
			if to := min(e.to, int64(len(b))); e.from < to {
				copy(is[e.from:to], b[e.from:to])
			}
		}
		f.node.durable, f.node.dirty = is, nil
		return nil
	})
	if err != nil && !done && !errors.Is(err, ErrCrashed) && f.node != nil {
		f.fs.mu.Lock()
		f.node.dirty = nil
		f.fs.mu.Unlock()
	}
	return err
}
