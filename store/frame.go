package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"lazuli.dev/lazuli/internal/durable"
)

// ErrNoFrame is what Frame returns where there never was such a frame, and where it is another workspace's: who asks
// must not learn which of the two.
var ErrNoFrame = errors.New("there is no such frame")

// A ReleasedError is what Frame returns for frames that the journal has let go of. It says the same of every
// workspace's frames, since nothing is left to tell them apart.
type ReleasedError struct {
	Oldest int64 // _Seq of the first row of the oldest frame that the journal has
	When   int64 // when the frame was removed on purpose, ticks; 0 where there is no record of that
}

// Error says what is gone.
func (e *ReleasedError) Error() string {
	return fmt.Sprintf("the frame is not in the journal any more, which begins at _Seq %d", e.Oldest)
}

// A DamagedError is what Frame returns for a frame that cannot be read as it was written.
type DamagedError struct {
	Frame  int64  // its number
	Detail string // what a check of the store says
}

// Error says which frame and what is wrong.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("frame %d of the journal is damaged: %s", e.Frame, e.Detail)
}

// Frame reads from the journal the frame to which a sequence belongs, its body as it was received, all checksums
// verified. The frame must be one of the workspace's and visible. It reads the headers of one segment up to the
// frame, and that frame; only where the segment is damaged all of that segment. Errors are [ErrNoFrame],
// [*ReleasedError] and [*DamagedError] where nothing else went wrong.
func (s *Store) Frame(ctx context.Context, workspace string, seq int64) (*Frame, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	n := seq >> SeqShift
	s.hot.mu.Lock()
	visible := n <= s.hot.published
	s.hot.mu.Unlock()
	if n < 1 || !visible {
		return nil, ErrNoFrame
	}
	st, err := s.journal.read(ctx, n)
	if errors.Is(err, errNotHeld) {
		return nil, s.released(ctx, n)
	}
	if err != nil {
		return nil, err
	}
	f, err := st.decodeFrame(false)
	if err == nil && f.Workspace != workspace {
		return nil, ErrNoFrame
	}
	if err == nil {
		f, err = st.decodeFrame(true)
	}
	if err != nil {
		return nil, &DamagedError{n, err.Error()}
	}
	return f, nil
}

// Gap reports whether the frame is the store's own record of a gap rather than something that was received.
func (f *Frame) Gap() bool { return f.ContentType == gapContentType }

// released says since when a frame is gone.
func (s *Store) released(ctx context.Context, n int64) error {
	e := &ReleasedError{Oldest: s.journal.oldest.Load() << SeqShift}
	v, err := s.View(ctx)
	if err != nil {
		return err
	}
	err = v.Conn().QueryRowContext(ctx, fmt.Sprintf("SELECT coalesce(min(made_at), 0) FROM lazuli_released WHERE below > %d", n)).Scan(&e.When)
	if err = errors.Join(err, v.Close()); err != nil {
		return fmt.Errorf("read when frames were released: %w", err)
	}
	return e
}

// A HeldRow is what the tables say of a row.
type HeldRow struct {
	Table   string
	Version int64 // of the decoder that made it
}

// HeldRow looks for the row of a sequence in the tables of a workspace, first in the one where it probably is. It
// returns nil where no table has it: retention may have taken it while the journal has its frame.
func (s *Store) HeldRow(ctx context.Context, workspace string, seq int64, first string) (_ *HeldRow, err error) {
	v, err := s.View(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	names := []string{first}
	for _, t := range v.Tables(workspace) {
		if t.Name != first {
			names = append(names, t.Name)
		}
	}
	const column = "_DecoderVersion"
	for _, name := range names {
		for _, b := range v.BranchesWithin(workspace, name, Bounds{After: seq - 1, Upto: seq}) {
			what := "0"
			if b.Has(column) {
				what = "coalesce(" + column + ", 0)"
			}
			found := &HeldRow{Table: name}
			err := query(ctx, v.Conn(), fmt.Sprintf("SELECT %s FROM %s WHERE _Seq = %d LIMIT 1", what, b.From, seq), func(scan func(...any) error) error {
				if err := scan(&found.Version); err != nil {
					return err
				}
				return errFound
			})
			if errors.Is(err, errFound) {
				return found, nil
			}
			if err != nil {
				return nil, fmt.Errorf("look for row %d in %s: %w", seq, name, err)
			}
		}
	}
	return nil, nil
}

// errFound ends a search.
var errFound = errors.New("found")

// errNotHeld is what read returns for a frame below the first of the journal.
var errNotHeld = errors.New("below the first frame of the journal")

// read reads a frame that was made durable.
func (j *journal) read(ctx context.Context, n int64) (*stored, error) {
	st, err := j.readOnce(ctx, n)
	for tries := 0; errors.Is(err, fs.ErrNotExist) && tries < 100; tries++ {
		st, err = j.readOnce(ctx, n) // retention has removed a segment in between
	}
	return st, err
}

func (j *journal) readOnce(ctx context.Context, n int64) (*stored, error) {
	segs, err := listSegments(j.fs, j.dir)
	if err != nil {
		return nil, err
	}
	i := sort.Search(len(segs), func(i int) bool { return segs[i].first > n }) - 1
	if i < 0 {
		return nil, errNotHeld
	}
	limit := int64(1) << 62
	if i+1 < len(segs) {
		limit = segs[i+1].first
	}
	return j.readFrom(ctx, segs[i], n, limit)
}

// readFrom reads a frame from the segment that should have it.
func (j *journal) readFrom(ctx context.Context, seg segmentPath, n, limit int64) (*stored, error) {
	f, err := j.fs.OpenFile(seg.path, os.O_RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("read segment: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	at, err := j.find(ctx, f, n)
	if err != nil {
		return nil, fmt.Errorf("read segment %s: %w", seg.path, err)
	}
	if at >= 0 {
		in := &segmentReader{r: bufio.NewReader(io.NewSectionReader(f, at, 1<<62)), f: f, id: j.id, offset: at}
		st, err := in.frame()
		if err != nil {
			return nil, fmt.Errorf("read segment %s: %w", seg.path, err)
		}
		if st != nil && st.n == n {
			return st, nil
		}
	}
	// Something in front of the frame, or the frame itself, is not as it was written.
	var found *stored
	r, err := readSegment(j.fs, seg, j.id, limit, func(st *stored) error {
		if st.n == n {
			found = &stored{n: st.n, inBatch: st.inBatch, offset: st.offset, size: st.size, meta: bytes.Clone(st.meta), body: bytes.Clone(st.body)}
		}
		return ctx.Err()
	})
	if err != nil || found != nil {
		return found, err
	}
	for _, p := range r.problems(seg, limit) {
		if p.from <= n && n <= p.to {
			return nil, &DamagedError{n, fmt.Sprintf("%s: %s", filepath.Base(seg.path), p.what)}
		}
	}
	return nil, &DamagedError{n, filepath.Base(seg.path) + ": the frame is missing"}
}

// headWindow is how much of a segment is read at a time to find headers: many of them where frames are small.
const headWindow = 16 << 10

// find returns where in a segment a frame begins, by the lengths in the headers of those before it; -1 where a
// header is not one.
func (j *journal) find(ctx context.Context, f durable.File, n int64) (int64, error) {
	window := make([]byte, headWindow)
	from, have := int64(0), 0 // what of the file is in the window
	for at := int64(segmentHeader); ; {
		if at < from || at+frameHeader > from+int64(have) {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			var err error
			if have, err = f.ReadAt(window, at); err != nil && !errors.Is(err, io.EOF) {
				return 0, err
			}
			if from = at; have < frameHeader {
				return -1, nil
			}
		}
		h := window[at-from : at-from+frameHeader]
		if binary.LittleEndian.Uint32(h) != frameMagic || binary.LittleEndian.Uint32(h[36:]) != j.id.sum(h[:36]) {
			return -1, nil
		}
		switch number := int64(binary.LittleEndian.Uint64(h[16:])); {
		case number == n:
			return at, nil
		case number > n:
			return -1, nil
		}
		at += frameHeader + int64(binary.LittleEndian.Uint32(h[4:])) + int64(binary.LittleEndian.Uint32(h[8:])) + frameTrailer
	}
}
