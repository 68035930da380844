package store

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func testKey(n int) keySum { return sumKey(&Frame{Key: fmt.Append(nil, n)}) }

// The filter never misses a key, seldom says yes to another, lets go of what has
// expired, and stays within its bound without missing one.
func TestKeyFilter(t *testing.T) {
	var f keyFilter
	const n = partKeys + 1000
	for i := range n {
		k := testKey(i)
		f.add(&k, int64(100+i/partKeys))
	}
	wrong := 0
	for i := range n {
		k, other := testKey(i), testKey(-1-i)
		if !f.may(&k, 0) {
			t.Fatalf("key %d is missed", i)
		}
		if f.may(&other, 0) {
			wrong++
		}
	}
	if wrong > n/1000 {
		t.Errorf("%d of %d others are taken for one", wrong, n)
	}
	f.expire(100)
	if len(f.parts) != 1 || f.size() != 1000 {
		t.Errorf("%d parts with %d keys after the first expired", len(f.parts), f.size())
	}
	k := testKey(n - 1)
	if !f.may(&k, 100) || f.may(&k, 101) {
		t.Error("a key counts until it expires")
	}

	f = keyFilter{}
	first := testKey(0)
	f.add(&first, 50)
	for i := range maxParts {
		f.parts[len(f.parts)-1].keys = partKeys // full
		k := testKey(i + 1)
		f.add(&k, 100)
	}
	if len(f.parts) != maxParts || !f.may(&first, 0) {
		t.Errorf("%d parts", len(f.parts))
	}
	other := testKey(-1)
	if !f.may(&other, 49) || f.may(&other, 50) {
		t.Error("says yes to every key until those that were let go have expired")
	}
}

// Keys of frames that are in the tables take no memory but the filter's, and are
// recognised all the same: while the store is open, and after a start.
func TestKeysInTables(t *testing.T) {
	dir := t.TempDir()
	o := testOptions()
	now := int64(campaignStart)
	o.Clock = func() int64 { return now }
	s := openTest(t, dir, o)
	send := func(i int, body string) (Receipt, error) {
		return s.Ingest(t.Context(), Frame{Workspace: "default", Origin: "p", Key: fmt.Append(nil, i), Body: []byte(testTable + body)})
	}
	seqs := map[int]int64{}
	for i := range 20 {
		r, err := send(i, " 1")
		if err != nil || r.Duplicate {
			t.Fatalf("%+v %v", r, err)
		}
		seqs[i] = r.Seq
		if i == 9 {
			if err := s.Cut(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	check := func(when string, inMemory int) {
		t.Helper()
		if n := len(s.once.keys); n != inMemory {
			t.Errorf("%s: %d keys in memory", when, n)
		}
		if n := s.Stats().Keys; n != 20 {
			t.Errorf("%s: %d keys", when, n)
		}
		for i := range 20 {
			if r, err := send(i, " 1"); err != nil || !r.Duplicate || r.Seq != seqs[i] {
				t.Errorf("%s: repeat of %d: %+v %v", when, i, r, err)
			}
			if _, err := send(i, " 2"); !errors.Is(err, ErrKeyReuse) {
				t.Errorf("%s: another body under key %d: %v", when, i, err)
			}
		}
	}
	check("half in the tables", 10)
	if err := s.Cut(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("all in the tables", 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, dir, o)
	check("after a start", 0)
	now += ticksOf(8 * 24 * time.Hour)
	if err := s.Retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := s.Stats().Keys; n != 0 {
		t.Errorf("%d keys after their time", n)
	}
	if r, err := send(0, " 2"); err != nil || r.Duplicate {
		t.Errorf("%+v %v", r, err)
	}
}
