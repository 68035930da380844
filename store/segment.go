package store

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/s2"

	"lazuli.dev/lazuli/internal/durable"
)

// The journal's format; FORMAT.md has the diagrams.
const (
	segmentMagic   = "lazuliJ1"
	segmentVersion = 1
	segmentHeader  = 64
	segmentFooter  = 48
	frameHeader    = 40
	frameTrailer   = 8
	segmentSuffix  = ".lzj"

	frameMagic  = 0x01465a4c // "LZF\x01"
	footerMagic = 0x01455a4c // "LZE\x01"

	// maxFrame bounds what a length field is believed: a body is at most 1 GB.
	maxFrame = 1<<30 + 1<<20

	// minCompress is the smallest body that compression is tried on.
	minCompress = 256
)

// Flags of a segment.
const unsealedBefore = 1 // the segment before has no footer: it was given up after an error

// Flags of a frame's meta data.
const (
	codecS2 = 1 << iota
	hasKey
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// A storeID is the random identity of a store. Checksums of the journal start
// from it, so that bytes that somebody sent cannot pass for a frame.
type storeID [16]byte

func (id storeID) sum(parts ...[]byte) uint32 {
	c := crc32.Checksum(id[:], castagnoli)
	for _, p := range parts {
		c = crc32.Update(c, castagnoli, p)
	}
	return c
}

// segmentName returns the file name of the segment whose first frame is first.
func segmentName(first int64) string { return fmt.Sprintf("%020d%s", first, segmentSuffix) }

func segmentFirst(name string) (int64, bool) {
	digits, ok := strings.CutSuffix(name, segmentSuffix)
	if !ok || len(digits) != 20 {
		return 0, false
	}
	first, err := strconv.ParseInt(digits, 10, 64)
	return first, err == nil && first > 0
}

// segmentPath is a segment's file.
type segmentPath struct {
	path  string
	first int64
	size  int64
}

// listSegments returns the segments of a journal in order.
func listSegments(fsys durable.FS, dir string) ([]segmentPath, error) {
	entries, err := fsys.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list journal: %w", err)
	}
	var list []segmentPath
	for _, e := range entries {
		first, ok := segmentFirst(e.Name())
		if !ok {
			continue
		}
		st, err := fsys.Stat(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("list journal: %w", err)
		}
		list = append(list, segmentPath{filepath.Join(dir, e.Name()), first, st.Size()})
	}
	return list, nil
}

// encodeHeader returns the header of a segment.
func encodeHeader(id storeID, first int64, flags uint32, created int64) []byte {
	h := make([]byte, segmentHeader)
	copy(h, segmentMagic)
	binary.LittleEndian.PutUint32(h[8:], segmentVersion)
	binary.LittleEndian.PutUint32(h[12:], flags)
	binary.LittleEndian.PutUint64(h[16:], uint64(first))
	binary.LittleEndian.PutUint64(h[24:], uint64(created))
	copy(h[32:], id[:])
	binary.LittleEndian.PutUint32(h[60:], id.sum(h[:60]))
	return h
}

// checkHeader returns the flags of a segment's header.
func checkHeader(h []byte, id storeID, first int64) (flags uint32, err error) {
	switch {
	case len(h) < segmentHeader || string(h[:8]) != segmentMagic:
		return 0, errors.New("no segment header")
	case binary.LittleEndian.Uint32(h[60:]) != id.sum(h[:60]):
		if !bytes.Equal(h[32:48], id[:]) {
			return 0, errors.New("segment of another store")
		}
		return 0, errors.New("wrong checksum of the segment header")
	case binary.LittleEndian.Uint32(h[8:]) != segmentVersion:
		return 0, fmt.Errorf("segment version %d, only %d is known", binary.LittleEndian.Uint32(h[8:]), segmentVersion)
	case int64(binary.LittleEndian.Uint64(h[16:])) != first:
		return 0, fmt.Errorf("segment of frame %d under the name of frame %d", binary.LittleEndian.Uint64(h[16:]), first)
	}
	return binary.LittleEndian.Uint32(h[12:]), nil
}

// encodeFooter returns the footer that seals a segment.
func encodeFooter(id storeID, first, last, size int64, sum uint32) []byte {
	f := make([]byte, segmentFooter)
	binary.LittleEndian.PutUint32(f, footerMagic)
	binary.LittleEndian.PutUint64(f[8:], uint64(first))
	binary.LittleEndian.PutUint64(f[16:], uint64(last))
	binary.LittleEndian.PutUint64(f[24:], uint64(size))
	binary.LittleEndian.PutUint32(f[32:], sum)
	binary.LittleEndian.PutUint32(f[44:], id.sum(f[:44]))
	return f
}

func validFooter(f []byte, id storeID) bool {
	return len(f) == segmentFooter && binary.LittleEndian.Uint32(f) == footerMagic &&
		binary.LittleEndian.Uint32(f[44:]) == id.sum(f[:44])
}

// encoded is a frame ready to be written, but for its number.
type encoded struct {
	header  [frameHeader]byte
	meta    []byte
	body    []byte
	trailer [frameTrailer]byte
}

func (e *encoded) size() int { return frameHeader + len(e.meta) + len(e.body) + frameTrailer }

// encodeFrame prepares a frame. The result may share the frame's body.
func encodeFrame(f *Frame, id storeID) *encoded {
	e := &encoded{body: f.Body}
	var flags byte
	if f.Encoding != "gzip" && len(f.Body) >= minCompress {
		if c := compress(f.Body); c != nil {
			e.body = c
			flags |= codecS2
		}
	}
	if f.Key != nil {
		flags |= hasKey
	}
	m := make([]byte, 0, 128)
	text := func(s string) {
		m = binary.AppendUvarint(m, uint64(len(s)))
		m = append(m, s...)
	}
	m = append(m, flags)
	m = binary.AppendUvarint(m, uint64(len(f.Body)))
	m = binary.LittleEndian.AppendUint32(m, crc32.Checksum(f.Body, castagnoli))
	m = binary.AppendVarint(m, f.Received)
	text(f.Workspace)
	text(f.Origin)
	text(f.Incarnation)
	m = binary.AppendVarint(m, f.First)
	m = binary.AppendVarint(m, f.Last)
	text(f.Encoding)
	text(f.ContentType)
	if f.Key != nil {
		text(string(f.Key))
		m = binary.AppendVarint(m, int64(f.KeyTTL))
		m = append(m, f.bodySum[:]...)
	}
	e.meta = m
	binary.LittleEndian.PutUint32(e.header[0:], frameMagic)
	binary.LittleEndian.PutUint32(e.header[4:], uint32(len(e.meta)))
	binary.LittleEndian.PutUint32(e.header[8:], uint32(len(e.body)))
	binary.LittleEndian.PutUint32(e.header[24:], id.sum(e.meta))
	binary.LittleEndian.PutUint32(e.header[28:], id.sum(e.body))
	return e
}

// compressPiece is how much of a body is compressed at a time. Compressing needs
// room for more than the body, of which a tenth is used in the end: for pieces that
// is little, and stays in the processor's cache.
const compressPiece = 1 << 20

var scratch = sync.Pool{New: func() any { b := make([]byte, s2.MaxEncodedLen(compressPiece)); return &b }}

// compress returns a body compressed, as one s2 block, nil where that gains less
// than a sixteenth.
func compress(body []byte) []byte {
	buf := scratch.Get().(*[]byte)
	defer scratch.Put(buf)
	var pieces [][]byte
	size := 0
	for rest := body; len(rest) > 0; {
		n := min(len(rest), compressPiece)
		c := bytes.Clone(s2.Encode(*buf, rest[:n]))
		pieces, rest, size = append(pieces, c), rest[n:], size+len(c)
	}
	if size >= len(body)-len(body)/16 {
		return nil
	}
	if len(pieces) == 1 {
		return pieces[0]
	}
	c, err := s2.ConcatBlocks(nil, pieces...)
	if err != nil {
		return nil
	}
	return c
}

// number gives the frame its number and its place in the batch that is synced
// together.
func (e *encoded) number(n int64, inBatch int, id storeID) {
	binary.LittleEndian.PutUint32(e.header[12:], uint32(inBatch))
	binary.LittleEndian.PutUint64(e.header[16:], uint64(n))
	sum := id.sum(e.header[:36])
	binary.LittleEndian.PutUint32(e.header[36:], sum)
	binary.LittleEndian.PutUint32(e.trailer[0:], uint32(e.size()))
	binary.LittleEndian.PutUint32(e.trailer[4:], sum)
}

// stored is a frame as it lies in a segment.
type stored struct {
	n       int64
	inBatch int64
	offset  int64
	size    int64
	meta    []byte
	body    []byte // as stored; valid until the next frame is read
}

var errMeta = errors.New("meta data of the frame is malformed")

// decodeFrame gives back the frame as it was appended. With bodies false it
// leaves the body out.
func (s *stored) decodeFrame(bodies bool) (*Frame, error) {
	m := s.meta
	bad := false
	uvarint := func() uint64 {
		v, n := binary.Uvarint(m)
		if n <= 0 {
			bad, m = true, nil
			return 0
		}
		m = m[n:]
		return v
	}
	varint := func() int64 {
		v, n := binary.Varint(m)
		if n <= 0 {
			bad, m = true, nil
			return 0
		}
		m = m[n:]
		return v
	}
	take := func(n uint64) []byte {
		if n > uint64(len(m)) {
			bad, m = true, nil
			return nil
		}
		b := m[:n]
		m = m[n:]
		return b
	}
	text := func() string { return string(take(uvarint())) }
	f := &Frame{Seq: s.n << SeqShift}
	var flags byte
	if b := take(1); b != nil {
		flags = b[0]
	}
	size := uvarint()
	var sum uint32
	if b := take(4); b != nil {
		sum = binary.LittleEndian.Uint32(b)
	}
	f.Received = varint()
	f.Workspace, f.Origin, f.Incarnation = text(), text(), text()
	f.First, f.Last = varint(), varint()
	f.Encoding, f.ContentType = text(), text()
	if flags&hasKey != 0 {
		f.Key = []byte(text())
		f.KeyTTL = time.Duration(varint())
		copy(f.bodySum[:], take(uint64(len(f.bodySum))))
	}
	if bad || size > maxFrame {
		return nil, errMeta
	}
	if !bodies {
		return f, nil
	}
	if flags&codecS2 != 0 {
		n, err := s2.DecodedLen(s.body)
		if err != nil || uint64(n) != size {
			return nil, errMeta
		}
		if f.Body, err = s2.Decode(nil, s.body); err != nil {
			return nil, fmt.Errorf("decompress frame %d: %w", s.n, err)
		}
	} else {
		f.Body = bytes.Clone(s.body)
	}
	if uint64(len(f.Body)) != size || crc32.Checksum(f.Body, castagnoli) != sum {
		return nil, fmt.Errorf("frame %d: wrong checksum of the body", s.n)
	}
	return f, nil
}

// bodySum identifies a body for [ErrKeyReuse].
type bodySum [16]byte

func sumBody(body []byte) (s bodySum) {
	h := sha256.Sum256(body)
	copy(s[:], h[:])
	return s
}

// A segmentReport is what reading a whole segment found.
type segmentReport struct {
	first  int64
	flags  uint32
	header error // nil: the header is valid
	last   int64 // number of the last valid frame, first-1 when there is none
	frames int
	end    int64  // where valid content ends: after the last frame, before a footer
	sum    uint32 // checksum of the file up to end
	sealed bool
	footer error // the footer contradicts the content
	damage []damage
	tail   int64 // bytes after end that are neither frame nor footer
}

// damage is a region that is no valid frame, with valid frames after it.
type damage struct {
	offset, bytes int64
	from, to      int64 // numbers of the frames that are missing; to < from: none
	sameBatch     bool  // no valid frame after it belongs to a later batch
}

// readSegment reads a segment from its start and calls fn for every valid frame
// with a number below limit, in order. It looks beyond damage. The report
// covers all valid frames.
func readSegment(fsys durable.FS, seg segmentPath, id storeID, limit int64, fn func(*stored) error) (*segmentReport, error) {
	f, err := fsys.OpenFile(seg.path, os.O_RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("read segment: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	r := &segmentReport{first: seg.first, last: seg.first - 1, end: segmentHeader}
	in := &segmentReader{r: bufio.NewReaderSize(f, 1<<20), f: f, id: id}
	head := make([]byte, segmentHeader)
	if _, err := io.ReadFull(in.r, head); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("read segment %s: %w", seg.path, err)
	}
	r.flags, r.header = checkHeader(head, id, seg.first)
	in.sum = crc32.Checksum(head, castagnoli)
	r.sum = in.sum
	in.offset = segmentHeader
	broken := false // the last damage ends at the next frame
	for {
		s, err := in.frame()
		if err != nil {
			return nil, fmt.Errorf("read segment %s: %w", seg.path, err)
		}
		if s == nil {
			if in.footer != nil {
				r.sealed = true
				r.checkFooter(in.footer)
				return r, nil
			}
			at, err := in.resync(r.last + 1)
			if err != nil {
				return nil, fmt.Errorf("read segment %s: %w", seg.path, err)
			}
			if at < 0 {
				st, err := fsys.Stat(seg.path)
				if err != nil {
					return nil, fmt.Errorf("read segment: %w", err)
				}
				r.tail = max(0, st.Size()-r.end)
				return r, nil
			}
			r.damage = append(r.damage, damage{offset: r.end, bytes: at - r.end, from: r.last + 1, sameBatch: true})
			broken = true
			continue
		}
		if s.n <= r.last { // an old frame behind damage: never
			continue
		}
		if broken {
			r.damage[len(r.damage)-1].to = s.n - 1
			broken = false
		} else if s.n != r.last+1 {
			r.damage = append(r.damage, damage{offset: s.offset, from: r.last + 1, to: s.n - 1})
		}
		for i := range r.damage {
			if s.n-s.inBatch > r.damage[i].from {
				r.damage[i].sameBatch = false
			}
		}
		r.last, r.end, r.sum = s.n, s.offset+s.size, in.sum
		r.frames++
		if s.n < limit && fn != nil {
			if err := fn(s); err != nil {
				return nil, err
			}
		}
	}
}

func (r *segmentReport) checkFooter(f []byte) {
	switch {
	case int64(binary.LittleEndian.Uint64(f[8:])) != r.first || int64(binary.LittleEndian.Uint64(f[16:])) != r.last:
		r.footer = fmt.Errorf("the footer says frames %d to %d, found were %d to %d",
			binary.LittleEndian.Uint64(f[8:]), binary.LittleEndian.Uint64(f[16:]), r.first, r.last)
	case int64(binary.LittleEndian.Uint64(f[24:])) != r.end || binary.LittleEndian.Uint32(f[32:]) != r.sum:
		r.footer = errors.New("the checksum in the footer is not that of the content")
	}
}

// segmentReader reads frames one after the other.
type segmentReader struct {
	r      *bufio.Reader
	f      durable.File
	id     storeID
	offset int64
	sum    uint32
	footer []byte
	meta   []byte
	body   []byte
}

// frame returns the frame at the offset, nil when there is no valid one. The
// position then is anywhere.
func (in *segmentReader) frame() (*stored, error) {
	var h [frameHeader]byte
	peek, err := in.r.Peek(segmentFooter)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if validFooter(peek, in.id) {
		in.footer = bytes.Clone(peek)
		return nil, nil
	}
	if ok, err := in.full(h[:]); !ok {
		return nil, err
	}
	ml, bl := binary.LittleEndian.Uint32(h[4:]), binary.LittleEndian.Uint32(h[8:])
	if binary.LittleEndian.Uint32(h[0:]) != frameMagic || binary.LittleEndian.Uint32(h[36:]) != in.id.sum(h[:36]) ||
		ml > maxFrame || bl > maxFrame {
		return nil, nil
	}
	in.meta = sized(in.meta, int(ml))
	in.body = sized(in.body, int(bl))
	var t [frameTrailer]byte
	for _, b := range [][]byte{in.meta, in.body, t[:]} {
		if ok, err := in.full(b); !ok {
			return nil, err
		}
	}
	size := int64(frameHeader) + int64(ml) + int64(bl) + frameTrailer
	if binary.LittleEndian.Uint32(h[24:]) != in.id.sum(in.meta) || binary.LittleEndian.Uint32(h[28:]) != in.id.sum(in.body) ||
		int64(binary.LittleEndian.Uint32(t[0:])) != size || !bytes.Equal(t[4:], h[36:]) {
		return nil, nil
	}
	s := &stored{
		n: int64(binary.LittleEndian.Uint64(h[16:])), inBatch: int64(binary.LittleEndian.Uint32(h[12:])),
		offset: in.offset, size: size, meta: in.meta, body: in.body,
	}
	in.offset += size
	for _, b := range [][]byte{h[:], in.meta, in.body, t[:]} {
		in.sum = crc32.Update(in.sum, castagnoli, b)
	}
	return s, nil
}

func sized(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// full fills b and reports whether there was enough.
func (in *segmentReader) full(b []byte) (bool, error) {
	_, err := io.ReadFull(in.r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return false, nil
	}
	return err == nil, err
}

// resync looks for the next valid frame with a number of at least from, behind
// in.offset, and goes there. It returns its offset, -1 when there is none.
func (in *segmentReader) resync(from int64) (int64, error) {
	const window = 1 << 20
	buf := make([]byte, window+frameHeader)
	var magic [4]byte
	binary.LittleEndian.PutUint32(magic[:], frameMagic)
	start := in.offset
	for base := start; ; base += window {
		n, err := in.f.ReadAt(buf, base)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		for i := 0; i+frameHeader <= n && i < window; i++ {
			k := bytes.Index(buf[i:n], magic[:])
			if k < 0 {
				break
			}
			if i += k; i >= window || i+frameHeader > n {
				break
			}
			h := buf[i : i+frameHeader]
			if binary.LittleEndian.Uint32(h[36:]) != in.id.sum(h[:36]) || int64(binary.LittleEndian.Uint64(h[16:])) < from {
				continue
			}
			at := base + int64(i)
			if ok, err := in.validAt(at); err != nil || ok {
				return at, err
			}
		}
		if n < len(buf) {
			return -1, nil
		}
	}
}

// validAt goes to an offset and reports whether a valid frame is there.
func (in *segmentReader) validAt(at int64) (bool, error) {
	probe := &segmentReader{r: bufio.NewReader(io.NewSectionReader(in.f, at, 1<<62)), f: in.f, id: in.id, offset: at}
	s, err := probe.frame()
	if err != nil || s == nil {
		return false, err
	}
	in.r.Reset(io.NewSectionReader(in.f, at, 1<<62))
	skipped := make([]byte, 0)
	if n := at - in.offset; n > 0 && n < maxFrame {
		skipped = make([]byte, n)
		if _, err := in.f.ReadAt(skipped, in.offset); err != nil {
			return false, err
		}
	}
	in.sum = crc32.Update(in.sum, castagnoli, skipped)
	in.offset = at
	return true, nil
}
