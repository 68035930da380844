package store

import "encoding/binary"

// A keyFilter tells which keys may be in the tables, where asking the engine for
// one takes reading them all. It never says no to one that is there, and says yes
// to about one in 25,000 that is not for each part. A key takes three bytes.
//
// Its memory is bounded: beyond maxParts parts it lets go of the oldest one, and
// until the keys of that have expired it says yes to every key. That costs time, and
// no repeat is missed.
type keyFilter struct {
	parts []*filterPart
	blind int64 // says yes to every key up to this time, in ticks
}

const (
	partKeys = 256 << 10
	partBits = 24 * partKeys
	bitsSet  = 8   // for each key: a third of the bits of a full part
	maxParts = 128 // 33 million keys in 96 MB
)

type filterPart struct {
	bits    [partBits / 64]uint64
	keys    int
	expires int64 // the last of its keys
}

// places calls fn with the bits of a key, which is a hash already, as long as fn
// returns true.
func places(k *keySum, fn func(word int, bit uint64) bool) bool {
	at := binary.LittleEndian.Uint64(k[:8])
	step := binary.LittleEndian.Uint64(k[8:]) | 1
	for range bitsSet {
		n := at % partBits
		if !fn(int(n/64), 1<<(n%64)) {
			return false
		}
		at += step
	}
	return true
}

func (f *keyFilter) add(k *keySum, expires int64) {
	last := len(f.parts) - 1
	if last < 0 || f.parts[last].keys >= partKeys {
		if len(f.parts) >= maxParts {
			f.blind = max(f.blind, f.parts[0].expires)
			f.parts = append([]*filterPart(nil), f.parts[1:]...)
		}
		f.parts = append(f.parts, &filterPart{})
		last = len(f.parts) - 1
	}
	p := f.parts[last]
	places(k, func(word int, bit uint64) bool {
		p.bits[word] |= bit
		return true
	})
	p.keys++
	p.expires = max(p.expires, expires)
}

// may reports whether a key may be there that has not expired.
func (f *keyFilter) may(k *keySum, now int64) bool {
	if f.blind > now {
		return true
	}
	for _, p := range f.parts {
		if p.expires > now && places(k, func(word int, bit uint64) bool { return p.bits[word]&bit != 0 }) {
			return true
		}
	}
	return false
}

// expire lets go of the parts all of whose keys have expired.
func (f *keyFilter) expire(now int64) {
	var left []*filterPart
	for _, p := range f.parts {
		if p.expires > now {
			left = append(left, p)
		}
	}
	f.parts = left
}

func (f *keyFilter) size() (keys int) {
	for _, p := range f.parts {
		keys += p.keys
	}
	return keys
}
