package store

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"

	"lazuli.dev/lazuli/internal/durable"
)

// Where the journal makes things durable.
const (
	siteAppend  durable.Site = "journal.append"  // frames, before they are acknowledged
	siteDir     durable.Site = "journal.dir"     // the name of a new segment, before the first acknowledgement from it
	siteSeal    durable.Site = "journal.seal"    // the footer, before there is a next segment
	siteRelease durable.Site = "journal.release" // each removal, so that the oldest go first

	// What a killed process left in the kernel's memory, before anything is built on it.
	siteRecover     durable.Site = "journal.recover.file"
	siteRecoverName durable.Site = "journal.recover.dir"
)

// A journal appends frames to segment files. One goroutine writes; callers that
// come while it waits for the disk share its next wait.
type journal struct {
	fs      durable.FS
	dir     string
	id      storeID
	limit   int64 // size at which a segment is sealed
	now     func() int64
	log     *slog.Logger
	reqs    chan *appendRequest
	stopped chan struct{} // closed when the writer has ended

	bytes  atomic.Int64 // on disk, all segments
	oldest atomic.Int64 // first frame on disk

	// Owned by the writer.
	next       int64 // number of the next frame
	seg        *segment
	unsealed   bool // the last segment was given up after an error
	buf        []byte
	syncs      atomic.Int64
	appends    atomic.Int64
	closeCause error
}

// segment is the file that frames are appended to.
type segment struct {
	file     durable.File
	path     string
	first    int64
	size     int64  // up to the last frame that is durable, or the header
	sum      uint32 // of the content up to size
	named    bool   // its name is durable
	anything bool   // it has a durable frame
}

type appendRequest struct {
	frame *encoded
	n     int64
	err   error
	done  chan struct{}
}

var errJournalClosed = errors.New("the journal is closed")

// append makes a frame durable and returns its number. It does not give up
// when ctx ends after the frame was handed to the writer: then only the writer
// knows what became of it.
func (j *journal) append(ctx context.Context, f *encoded) (int64, error) {
	r := &appendRequest{frame: f, done: make(chan struct{})}
	select {
	case j.reqs <- r:
	case <-j.stopped:
		return 0, errJournalClosed
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	select {
	case <-r.done:
	case <-j.stopped:
		select {
		case <-r.done:
		default:
			return 0, errJournalClosed
		}
	}
	return r.n, r.err
}

// maxBatch bounds the bytes that one wait for the disk covers, so that the first
// caller of a batch does not wait for all the others' bytes.
const maxBatch = 16 << 20

// write runs until stop is closed, and then writes what was handed over.
func (j *journal) write(stop <-chan struct{}) {
	defer close(j.stopped)
	for {
		var batch []*appendRequest
		select {
		case r := <-j.reqs:
			batch = append(batch, r)
		case <-stop:
			select {
			case r := <-j.reqs:
				batch = append(batch, r)
			default:
				j.closeCause = j.finish()
				return
			}
		}
		size := batch[0].frame.size()
	gather:
		for size < maxBatch {
			select {
			case r := <-j.reqs:
				batch = append(batch, r)
				size += r.frame.size()
			default:
				break gather
			}
		}
		err := j.writeBatch(batch)
		for i, r := range batch {
			if r.err = err; err == nil {
				r.n = j.next - int64(len(batch)) + int64(i)
			}
			close(r.done)
		}
	}
}

// writeBatch appends frames and makes them durable, all or none. After an error
// none of them has a number, and the numbers are used again: what may be left of
// them on disk is void, because the next segment starts at their number.
func (j *journal) writeBatch(batch []*appendRequest) error {
	if j.seg != nil && j.seg.size >= j.limit {
		j.seal()
	}
	if j.seg == nil {
		if err := j.create(); err != nil {
			return err
		}
	}
	j.buf = j.buf[:0]
	for i, r := range batch {
		r.frame.number(j.next+int64(i), i, j.id)
		j.buf = append(j.buf, r.frame.header[:]...)
		j.buf = append(j.buf, r.frame.meta...)
		j.buf = append(j.buf, r.frame.body...)
		j.buf = append(j.buf, r.frame.trailer[:]...)
	}
	defer func() {
		if cap(j.buf) > 2*maxBatch {
			j.buf = nil
		}
	}()
	s := j.seg
	if _, err := s.file.WriteAt(j.buf, s.size); err != nil {
		// The disk may be full. What was written in part is cut off; where even that
		// fails, a later and shorter write could leave valid frames behind its end.
		if terr := s.file.Truncate(s.size); terr != nil {
			j.giveUp(terr)
		}
		return spaceError("append to journal", err)
	}
	if err := s.file.Sync(siteAppend); err != nil {
		// The kernel may have dropped the pages and would report success for the next
		// sync, so this file is not written again.
		j.giveUp(err)
		return spaceError("sync journal", err)
	}
	j.syncs.Add(1)
	if !s.named {
		if err := j.fs.SyncDir(siteDir, j.dir); err != nil {
			j.giveUp(err)
			return spaceError("sync journal directory", err)
		}
		s.named = true
	}
	s.anything = true
	s.size += int64(len(j.buf))
	s.sum = crc32.Update(s.sum, castagnoli, j.buf)
	j.next += int64(len(batch))
	j.bytes.Add(int64(len(j.buf)))
	j.appends.Add(int64(len(batch)))
	return nil
}

// create starts a segment at the next number.
func (j *journal) create() error {
	path := filepath.Join(j.dir, segmentName(j.next))
	const flags = os.O_RDWR | os.O_CREATE | os.O_EXCL
	f, err := j.fs.OpenFile(path, flags, 0o600)
	if errors.Is(err, os.ErrExist) {
		// Given up before it held anything that was acknowledged.
		if err = j.fs.Remove(path); err == nil {
			f, err = j.fs.OpenFile(path, flags, 0o600)
		}
	}
	if err != nil {
		return spaceError("create segment", err)
	}
	var bits uint32
	if j.unsealed {
		bits = unsealedBefore
	}
	h := encodeHeader(j.id, j.next, bits, j.now())
	if _, err := f.WriteAt(h, 0); err != nil {
		return spaceError("create segment", errors.Join(err, f.Close(), j.fs.Remove(path)))
	}
	j.seg = &segment{file: f, path: path, first: j.next, size: segmentHeader, sum: crc32.Checksum(h, castagnoli)}
	j.bytes.Add(segmentHeader)
	return nil
}

// giveUp leaves a segment whose file is not to be trusted beyond what is
// durable in it.
func (j *journal) giveUp(cause error) {
	s := j.seg
	j.seg = nil
	j.log.Warn("journal segment given up after an error; a new one follows", "segment", s.path, "error", cause)
	// What failed to be written is void without this too; it saves fsck the mention.
	_ = s.file.Truncate(s.size)
	_ = s.file.Close()
	if s.anything {
		j.unsealed = true
	} else {
		j.bytes.Add(-segmentHeader)
	}
}

// seal ends a segment with its footer.
func (j *journal) seal() {
	s := j.seg
	footer := encodeFooter(j.id, s.first, j.next-1, s.size, s.sum)
	_, err := s.file.WriteAt(footer, s.size)
	if err == nil {
		err = s.file.Sync(siteSeal)
	}
	if err != nil {
		j.giveUp(err)
		return
	}
	j.seg, j.unsealed = nil, false
	j.bytes.Add(segmentFooter)
	if err := s.file.Close(); err != nil {
		j.log.Warn("close journal segment", "segment", s.path, "error", err)
	}
}

// finish ends the segment, so that the next start need not look into it.
func (j *journal) finish() error {
	if j.seg == nil {
		return nil
	}
	if j.seg.anything {
		j.seal()
		return nil
	}
	err := j.seg.file.Close()
	j.seg = nil
	if err != nil {
		return fmt.Errorf("close journal: %w", err)
	}
	return nil
}

// A journalProblem is something about the journal that an operator must know.
type journalProblem struct {
	segment  string
	what     string
	from, to int64 // frames that are missing; to < from: none
}

// recovery is what opening a journal found.
type recovery struct {
	problems []journalProblem
	torn     int64 // bytes of an unfinished batch that were cut off
}

// openJournal reads the journal and calls fn for every frame above after, in
// order; frames may then be appended. It looks into the segments that hold
// such frames and into the last one. fn must not keep the frame.
func (j *journal) open(after int64, fn func(*stored) error) (_ *recovery, err error) {
	defer func() {
		// A footer would say which frames the segment has, which is not known yet.
		if err != nil && j.seg != nil {
			err = errors.Join(err, j.seg.file.Close())
			j.seg = nil
		}
	}()
	rec := &recovery{}
	segs, err := listSegments(j.fs, j.dir)
	if err != nil {
		return nil, err
	}
	if segs, err = j.dropUnborn(segs); err != nil {
		return nil, err
	}
	j.next = after + 1
	if len(segs) == 0 {
		j.oldest.Store(j.next)
		if after > 0 {
			j.unsealed = true
		}
		return rec, nil
	}
	j.oldest.Store(segs[0].first)
	if segs[0].first > after+1 {
		rec.problems = append(rec.problems, journalProblem{segs[0].path, "frames before the first segment are missing", after + 1, segs[0].first - 1})
	}
	// The end first: frames of an unfinished batch must not be replayed.
	if err := j.resume(segs[len(segs)-1], rec); err != nil {
		return nil, err
	}
	last := int64(0)
	for i, seg := range segs {
		j.bytes.Add(seg.size)
		final := i == len(segs)-1
		limit := int64(1) << 62
		if !final {
			if limit = segs[i+1].first; limit <= after+1 {
				continue
			}
		}
		r, err := readSegment(j.fs, seg, j.id, limit, func(s *stored) error {
			if s.n <= after {
				return nil
			}
			return fn(s)
		})
		if err != nil {
			return nil, err
		}
		rec.problems = append(rec.problems, r.problems(seg, limit)...)
		last = min(r.last, limit-1)
	}
	if last < after {
		rec.problems = append(rec.problems, journalProblem{segs[len(segs)-1].path, "the tables hold frames that the journal lacks", last + 1, after})
		if j.seg != nil {
			j.giveUp(errors.New("frames are missing at the end of the journal"))
		}
		j.unsealed = true
		last = after
	}
	j.next = last + 1
	return rec, nil
}

// dropUnborn removes a last segment that has no valid header: its creation was
// not finished, so nothing in it was acknowledged.
func (j *journal) dropUnborn(segs []segmentPath) ([]segmentPath, error) {
	if len(segs) == 0 {
		return segs, nil
	}
	seg := segs[len(segs)-1]
	r, err := readSegment(j.fs, seg, j.id, 0, nil)
	if err != nil {
		return nil, err
	}
	if r.header == nil || r.frames > 0 {
		return segs, nil
	}
	if err := j.fs.Remove(seg.path); err != nil {
		return nil, fmt.Errorf("remove unfinished segment: %w", err)
	}
	j.log.Info("unfinished journal segment removed", "segment", seg.path, "bytes", seg.size, "reason", r.header)
	return segs[:len(segs)-1], nil
}

// resume prepares the last segment for further frames: it cuts off what is
// left of a batch whose writing was interrupted, and makes the rest durable.
func (j *journal) resume(seg segmentPath, rec *recovery) error {
	r, err := readSegment(j.fs, seg, j.id, 0, nil)
	if err != nil {
		return err
	}
	end := r.end
	for _, d := range r.damage {
		// An interrupted batch may be there in any parts. Nobody was told that it is
		// durable.
		if d.sameBatch {
			end = d.offset
			break
		}
	}
	f, err := j.fs.OpenFile(seg.path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("open segment: %w", err)
	}
	if !r.sealed && seg.size > end {
		err = f.Truncate(end)
		rec.torn += seg.size - end
	}
	if err == nil {
		// A footer is written when everything before it is durable.
		from := int64(0)
		if r.sealed {
			from, end = r.end, r.end+segmentFooter
		}
		err = rewrite(f, from, end)
	}
	if err == nil {
		// Frames that a killed process wrote may be in the kernel's memory alone. They
		// are about to be answered for, so they must not depend on it.
		err = f.Sync(siteRecover)
	}
	if err == nil {
		err = j.fs.SyncDir(siteRecoverName, j.dir)
	}
	if err != nil {
		return fmt.Errorf("recover the end of segment %s: %w", seg.path, errors.Join(err, f.Close()))
	}
	if !r.sealed && end != r.end {
		if r, err = readSegment(j.fs, seg, j.id, 0, nil); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if r.sealed {
		return f.Close()
	}
	j.seg = &segment{file: f, path: seg.path, first: seg.first, size: r.end, sum: r.sum, named: true, anything: r.frames > 0}
	if len(r.damage) > 0 || r.header != nil {
		j.giveUp(errors.New("it is damaged"))
	}
	return nil
}

// rewrite writes a part of a file over itself. Where the process that wrote
// it had a sync fail, the kernel takes pages for written that are not, and only
// writing them again brings them to the disk.
func rewrite(f durable.File, from, to int64) error {
	buf := make([]byte, 1<<20)
	for off := from; off < to; {
		n, err := f.ReadAt(buf[:min(int64(len(buf)), to-off)], off)
		if n == 0 {
			return err
		}
		if _, err := f.WriteAt(buf[:n], off); err != nil {
			return err
		}
		off += int64(n)
	}
	return nil
}

// problems turns a report into what an operator must know.
func (r *segmentReport) problems(seg segmentPath, limit int64) []journalProblem {
	var out []journalProblem
	if r.header != nil {
		out = append(out, journalProblem{seg.path, r.header.Error(), 0, -1})
	}
	for _, d := range r.damage {
		if to := min(d.to, limit-1); to >= d.from || d.from < limit {
			out = append(out, journalProblem{seg.path, fmt.Sprintf("%d damaged bytes at offset %d", d.bytes, d.offset), d.from, to})
		}
	}
	if r.footer != nil {
		out = append(out, journalProblem{seg.path, r.footer.Error(), 0, -1})
	}
	if limit < 1<<62 && r.last < limit-1 {
		out = append(out, journalProblem{seg.path, "frames are missing before the next segment", r.last + 1, limit - 1})
	}
	return out
}

// release removes the oldest segments that end below a number, one after the
// other, until keep says to stop. It returns how many it removed.
func (j *journal) release(below int64, stop func(seg segmentPath) bool) (int, error) {
	segs, err := listSegments(j.fs, j.dir)
	if err != nil {
		return 0, err
	}
	n := 0
	for i := 0; i+1 < len(segs) && segs[i+1].first <= below && !stop(segs[i]); i++ {
		if err := j.fs.Remove(segs[i].path); err != nil {
			return n, fmt.Errorf("release segment: %w", err)
		}
		// Were the removals to reach the disk out of order, a crash could leave a hole.
		if err := j.fs.SyncDir(siteRelease, j.dir); err != nil {
			return n, fmt.Errorf("release segment: %w", err)
		}
		j.bytes.Add(-segs[i].size)
		j.oldest.Store(segs[i+1].first)
		n++
	}
	return n, nil
}

// spaceError wraps an error, as ErrNoSpace where the disk is full.
func spaceError(doing string, err error) error {
	if durable.NoSpace(err) {
		return fmt.Errorf("%s: %w: %w", doing, ErrNoSpace, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}
