package store

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// smallDisk mounts a file system of a few megabytes, where that is allowed.
func smallDisk(t *testing.T, mb int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+strconv.Itoa(mb)+"m"); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// On a full disk frames are refused, queries go on, and when there is space
// again everything works again by itself.
func TestDiskFull(t *testing.T) {
	t.Run("reserve", func(t *testing.T) { diskFull(t, 2<<20) })
	// Without a reserve the engine runs into the end of the disk and has to be opened
	// again.
	t.Run("no reserve", func(t *testing.T) { diskFull(t, -1) })
}

func diskFull(t *testing.T, reserve int64) {
	dir := smallDisk(t, 16)
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 6<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	o := testOptions()
	o.HotBytes = 64 << 20
	o.DiskReserve = reserve
	s := openTest(t, filepath.Join(dir, "data"), o)
	next, refused := 0, 0
	fill := func(upto int) {
		t.Helper()
		for i := 0; i < 400 && refused < upto; i++ {
			body := randomLines(testTable, next, 2000)
			switch _, err := s.Ingest(t.Context(), Frame{Workspace: "default", Body: body}); {
			case err == nil:
				next += 2000
			case errors.Is(err, ErrNoSpace):
				refused++
			default:
				t.Fatal(err)
			}
			if i%5 == 4 {
				if err := s.Cut(t.Context()); err != nil && !errors.Is(err, ErrNoSpace) {
					t.Fatal(err)
				}
			}
		}
	}
	count := func() {
		t.Helper()
		if n := len(values(t, s, "default", testTable, "Raw")); n != next {
			t.Errorf("%d rows, %d were acknowledged", n, next)
		}
	}
	fill(3)
	if refused == 0 {
		t.Fatal("the disk was never full")
	}
	count()
	if err := s.Cut(t.Context()); err == nil {
		t.Log("the cut fitted all the same")
	} else if !errors.Is(err, ErrNoSpace) {
		t.Errorf("cut: %v", err)
	}
	count()
	// A restart on the full disk.
	if err := s.abandon(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, filepath.Join(dir, "data"), o)
	count()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	before := next
	deadline := time.Now().Add(10 * time.Second)
	for next == before && time.Now().Before(deadline) {
		fill(refused + 1)
	}
	if next == before {
		t.Fatal("nothing is taken although there is space")
	}
	count()
	if err := s.Cut(t.Context()); err != nil && !errors.Is(err, ErrNoSpace) {
		t.Errorf("cut: %v", err)
	}
	count()
	t.Logf("%d rows, %d refused, %+v", next, refused, s.Stats())
}

// randomLines makes rows that do not compress well.
func randomLines(table string, value, n int) []byte {
	var b []byte
	x := uint64(value)*0x9e3779b97f4a7c15 + 1
	for range n {
		b = append(b, table...)
		b = append(b, ' ')
		for range 4 {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
			b = strconv.AppendUint(b, x, 36)
		}
		b = append(b, '\n')
	}
	return b
}
