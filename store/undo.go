package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"lazuli.dev/lazuli/internal/durable"
)

// The engine's checkpoint writes new data to free blocks and then a new header, so
// that the old state stays whole until the new one is. But blocks of metadata
// are shared: it writes them over themselves, with the old parts unchanged and
// new ones in what was free. A process that is killed, or a machine that loses
// power, in the middle of that leaves a block whose checksum is wrong, and a file that
// cannot be opened. So what is about to be written over is kept beside the
// file, and put back where the header says that the checkpoint was not finished.

// undoSuffix is what the name of the kept blocks has after that of the tables.
const undoSuffix = ".undo"

const siteUndo durable.Site = "undo" // what is kept, before it is written over

// The engine's file: three headers, and blocks of one size. A test compares
// this with a file that the engine wrote.
const (
	engineHeaders = 3 * 4096
	engineBlock   = 256 << 10
)

const undoMagic = "lazuliU1"

// saveOverwritten makes durable what the next checkpoint may write over. The
// caller holds writing.
func (s *Store) saveOverwritten(ctx context.Context) (err error) {
	var blocks []int64
	err = query(ctx, s.db.Writer, "SELECT block_id FROM pragma_metadata_info() WHERE free_blocks > 0 ORDER BY 1", func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		blocks = append(blocks, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("list the blocks that a checkpoint writes over: %w", err)
	}
	name := filepath.Join(s.dir, s.tables+undoSuffix)
	// Written in place: what is there in part counts for nothing, and then nothing
	// has been written over.
	out, err := s.opts.FS.OpenFile(name, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	err = s.writeOverwritten(out, blocks)
	if err == nil {
		err = out.Sync(siteUndo)
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// makeUndo makes the file for saveOverwritten, where it is missing. Its name has
// to be made durable.
func (s *Store) makeUndo() (made bool, err error) {
	name := filepath.Join(s.dir, s.tables+undoSuffix)
	if _, err := s.opts.FS.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	f, err := s.opts.FS.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return false, err
	}
	return true, f.Close()
}

// writeOverwritten writes the headers and the blocks, with a checksum at the end.
func (s *Store) writeOverwritten(out io.Writer, blocks []int64) error {
	sum := crc32.Checksum(s.id[:], castagnoli)
	put := func(b []byte) error {
		sum = crc32.Update(sum, castagnoli, b)
		_, err := out.Write(b)
		return err
	}
	head := binary.LittleEndian.AppendUint64([]byte(undoMagic), uint64(len(blocks)))
	headers, err := readAt(s.raw, 0, engineHeaders)
	if err == nil {
		err = put(append(head, headers...))
	}
	buf := make([]byte, 8+engineBlock)
	for _, id := range blocks {
		if err != nil {
			break
		}
		binary.LittleEndian.PutUint64(buf, uint64(id))
		// A block that was only ever planned lies behind the end.
		clear(buf[8:])
		if _, err = s.raw.ReadAt(buf[8:], engineHeaders+id*engineBlock); err == nil || errors.Is(err, io.EOF) {
			err = put(buf)
		}
	}
	if err == nil {
		_, err = out.Write(binary.LittleEndian.AppendUint32(nil, sum))
	}
	return err
}

func readAt(f io.ReaderAt, off int64, n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := f.ReadAt(b, off)
	return b, err
}

// undoCheckpoint puts back what a checkpoint that was not finished wrote over.
// It is called while nobody has the tables open, and may be called again. It
// reports whether there was something.
func undoCheckpoint(fsys durable.FS, dir, tables string, id storeID) (undone bool, err error) {
	name := filepath.Join(dir, tables+undoSuffix)
	undo, err := fsys.OpenFile(name, os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read %s: %w", name, err)
	}
	defer undo.Close() //nolint:errcheck // only read
	// The engine reads and writes the tables by itself, not through fsys.
	file, err := os.OpenFile(filepath.Join(dir, tables), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("open the tables: %w", err)
	}
	undone, err = undoTo(file, undo, id)
	if undone && err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return undone, fmt.Errorf("put back what a checkpoint had written over, from %s: %w", name, err)
	}
	return undone, nil
}

func undoTo(file *os.File, undo durable.File, id storeID) (undone bool, err error) {
	blocks, ok, err := validUndo(undo, id)
	if err != nil || !ok {
		return false, err // written in part: the checkpoint had not begun
	}
	was, err := readAt(undo, 16, engineHeaders)
	if err != nil {
		return false, err
	}
	is, err := readAt(file, 0, engineHeaders)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	if !bytes.Equal(was, is) {
		return false, nil // it was finished
	}
	now := make([]byte, engineBlock)
	for i := range blocks {
		rec, err := readAt(undo, 16+engineHeaders+i*(8+engineBlock), 8+engineBlock)
		if err != nil {
			return undone, err
		}
		off := engineHeaders + int64(le64(rec))*engineBlock
		clear(now)
		if _, err := file.ReadAt(now, off); err != nil && !errors.Is(err, io.EOF) {
			return undone, err
		}
		if bytes.Equal(now, rec[8:]) {
			continue
		}
		undone = true
		if _, err := file.WriteAt(rec[8:], off); err != nil {
			return undone, err
		}
	}
	return undone, nil
}

// validUndo returns how many blocks a file of kept blocks has, false when it is
// not whole.
func validUndo(undo durable.File, id storeID) (blocks int64, ok bool, err error) {
	sum := crc32.Checksum(id[:], castagnoli)
	r := &summing{r: io.NewSectionReader(undo, 0, 1<<62), sum: &sum}
	head := make([]byte, 16)
	if _, err := io.ReadFull(r, head); err != nil || string(head[:8]) != undoMagic {
		return 0, false, ignoreEOF(err)
	}
	blocks = int64(le64(head[8:]))
	if blocks < 0 || blocks > 1<<32 {
		return 0, false, nil
	}
	if _, err := io.CopyN(io.Discard, r, engineHeaders+blocks*(8+engineBlock)); err != nil {
		return 0, false, ignoreEOF(err)
	}
	want := sum
	tail := make([]byte, 4)
	if _, err := io.ReadFull(r, tail); err != nil {
		return 0, false, ignoreEOF(err)
	}
	return blocks, binary.LittleEndian.Uint32(tail) == want, nil
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// summing is a reader that computes a checksum of what it has read.
type summing struct {
	r   io.Reader
	sum *uint32
}

func (s *summing) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	*s.sum = crc32.Update(*s.sum, castagnoli, p[:n])
	return n, err
}
