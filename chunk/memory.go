package chunk

import (
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"
	"syscall"
)

const (
	minRegion = 1 << 10 // a chunk of a single row takes two or three of these
	slabSize  = 1 << 20 // regions below smallMax are carved from slabs of this size
	smallMax  = 64 << 10
	maxPooled = 64 << 20 // a larger region is returned to the kernel at once

	// maxIdle bounds what the pool keeps for later. Fresh pages cost ten times
	// what copying into warm ones does, so some are worth keeping.
	maxIdle = 128 << 20

	classes = 64 * 4
)

// A region is a piece of memory outside the Go heap. Several chunks may hold
// the same region of text; the last one to let go returns it to the pool.
type region struct {
	mem  []byte
	refs atomic.Int32
}

// pool keeps regions by size class. Small ones come from slabs, which are
// never unmapped; large ones are mapped and unmapped singly.
var pool struct {
	mu    sync.Mutex
	free  [classes][]*region
	idle  int64 // bytes in free of regions larger than smallMax
	slab  []byte
	inUse atomic.Int64
	bytes atomic.Int64
}

// InUse returns how many regions, and how many bytes in them, are held by
// chunks and builders at this moment. Tests use it to find leaks: after every
// chunk is released and every builder closed both are what they were before.
func InUse() (regions, bytes int64) { return pool.inUse.Load(), pool.bytes.Load() }

// class returns the size class of n bytes and the size of its regions: four
// classes to each doubling above smallMax, powers of two below it.
func class(n int) (index, size int) {
	if n <= minRegion {
		return 0, minRegion
	}
	e := bits.Len(uint(n - 1)) // 1<<(e-1) < n <= 1<<e
	if n <= smallMax {
		return e * 4, 1 << e
	}
	base := 1 << (e - 1)
	step := base / 4
	q := (n - base + step - 1) / step
	return e*4 + q - 1, base + q*step
}

// allocate returns a region of at least n bytes whose content is undefined.
// Running out of address space is as final as running out of heap, so it
// panics with the size, as make does.
func allocate(n int) *region {
	c, size := class(n)
	pool.inUse.Add(1)
	pool.mu.Lock()
	if l := pool.free[c]; len(l) > 0 {
		r := l[len(l)-1]
		l[len(l)-1] = nil
		pool.free[c] = l[:len(l)-1]
		if size > smallMax {
			pool.idle -= int64(size)
		}
		pool.mu.Unlock()
		pool.bytes.Add(int64(size))
		r.refs.Store(1)
		return r
	}
	var mem []byte
	if size <= smallMax {
		if len(pool.slab) < size {
			pool.slab = mapMemory(slabSize)
		}
		mem = pool.slab[:size:size]
		pool.slab = pool.slab[size:]
		pool.mu.Unlock()
	} else {
		pool.mu.Unlock()
		mem = mapMemory(size)
	}
	pool.bytes.Add(int64(size))
	r := &region{mem: mem}
	r.refs.Store(1)
	return r
}

func (r *region) retain() { r.refs.Add(1) }

func (r *region) release() {
	switch n := r.refs.Add(-1); {
	case n > 0:
		return
	case n < 0:
		panic("chunk: memory released twice")
	}
	size := len(r.mem)
	pool.inUse.Add(-1)
	pool.bytes.Add(-int64(size))
	c, _ := class(size)
	pool.mu.Lock()
	if size <= smallMax {
		pool.free[c] = append(pool.free[c], r)
		pool.mu.Unlock()
		return
	}
	if size <= maxPooled && pool.idle+int64(size) <= maxIdle {
		pool.idle += int64(size)
		pool.free[c] = append(pool.free[c], r)
		pool.mu.Unlock()
		return
	}
	pool.mu.Unlock()
	mem := r.mem
	r.mem = nil
	if err := syscall.Munmap(mem); err != nil {
		panic(fmt.Sprintf("chunk: unmap %d bytes: %v", size, err))
	}
}

func mapMemory(n int) []byte {
	mem, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(fmt.Sprintf("chunk: map %d bytes: %v", n, err))
	}
	return mem
}
