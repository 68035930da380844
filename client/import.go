package client

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"

	"lazuli.dev/lazuli/pipeline"
)

const (
	// bodySize is what an upload of a file holds: large enough that the disk's sync costs nothing, small
	// enough that two at a time fit anywhere.
	bodySize = 8 << 20
	// maxRecord is the longest record: a server takes no larger upload.
	maxRecord = 256 << 20
	// uploads are sent two at a time: one is decoded while the next is read and written down.
	uploads = 2
)

// An Import sends files of wire records.
type Import struct {
	Workspace string
	// Progress is called with the bytes of files (as they are on disk) that were read. It may be nil.
	Progress func(n int64)
	// Warn is called with each file that was not taken whole, as soon as that is known. It may be nil.
	Warn func(err *FileError)
}

// A Summary says what became of an import.
type Summary struct {
	Files  int // that were opened, or tried to be
	Failed int // of these, the ones that were not taken whole
	Receipt
}

// A FileError is what kept a file from being taken as a whole.
type FileError struct {
	Path string
	Err  error
}

// Error names the file.
func (e *FileError) Error() string { return fmt.Sprintf("import %s: %v", e.Path, e.Err) }

// Unwrap gives the cause.
func (e *FileError) Unwrap() error { return e.Err }

// Files lists the files below the paths in a fixed order, and their size together. Names that begin with a dot
// are left out of folders. What is listed in a folder but cannot be looked at (a link to nothing, a folder
// that may not be read) is a file too: the import says so and goes on. An error is only that a path
// that was asked for is not there, or that there is no file at all.
func Files(paths []string) (files []string, size int64, err error) {
	for _, root := range paths {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				if path == root {
					return err
				}
				files = append(files, path)
				return nil
			}
			if path != root && strings.HasPrefix(d.Name(), ".") {
				if d.IsDir() {
					return filepath.SkipDir
				}
				return nil
			}
			info, err := os.Stat(path) // through links
			switch {
			case err != nil:
				files = append(files, path)
			case info.Mode().IsRegular():
				files, size = append(files, path), size+info.Size()
			}
			return nil
		})
		if err != nil {
			return nil, 0, fmt.Errorf("look for files: %w", err)
		}
	}
	if len(files) == 0 {
		return nil, 0, fmt.Errorf("no files in %s", strings.Join(paths, ", "))
	}
	return files, size, nil
}

// Run sends the files, gzip or not. The same file gives the same uploads under the same keys, so that what was
// taken before is recognised and not taken twice; where a file of one record a line has grown, the server
// is asked how far it holds it, and what is held goes as the uploads it was. A file that cannot be read to
// its end is sent as far as it can, and does not keep the next from being sent; it counts as Failed. An
// error ends the import: the server does not take an upload, or ctx is done.
func (im Import) Run(ctx context.Context, c *Client, files []string) (Summary, error) {
	var mu sync.Mutex
	sum := Summary{Receipt: Receipt{Tables: map[string]int64{}, Reasons: map[string]int64{}}}
	parent := ctx
	group, ctx := errgroup.WithContext(parent)
	group.SetLimit(uploads)
	for _, path := range files {
		if ctx.Err() != nil {
			break
		}
		err := im.read(path, func(offset int64, body []byte) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			copied := append([]byte(nil), body...)
			group.Go(func() error {
				pieces, err := im.pieces(ctx, c, offset, copied)
				if err != nil {
					return &FileError{path, fmt.Errorf("ask what is held of it: %w", err)}
				}
				for _, n := range pieces {
					piece := copied[:n]
					r, err := c.Ingest(ctx, Upload{Workspace: im.Workspace, Key: pipeline.UploadKey(offset, piece), Body: piece})
					if err != nil {
						return &FileError{path, fmt.Errorf("send records from offset %d: %w", offset, err)}
					}
					mu.Lock()
					sum.Add(r)
					mu.Unlock()
					offset, copied = offset+int64(n), copied[n:]
				}
				return nil
			})
			return nil
		})
		sum.Files++
		if err != nil && ctx.Err() == nil {
			sum.Failed++
			if im.Warn != nil {
				im.Warn(&FileError{path, err})
			}
		}
	}
	if err := group.Wait(); err != nil {
		return sum, err
	}
	return sum, parent.Err()
}

// Add counts one more receipt.
func (s *Summary) Add(r Receipt) {
	s.Rows += r.Rows
	s.Quarantined += r.Quarantined
	s.Duplicates += r.Duplicates
	for t, n := range r.Tables {
		s.Tables[t] += n
	}
	for t, n := range r.Reasons {
		s.Reasons[t] += n
	}
}

// pieces are the lengths in which a body is to be sent: what is held as the uploads it was, then the rest. Asking
// decides nothing, it finds the places to cut: whether an upload is a repeat is found when it is sent.
func (im Import) pieces(ctx context.Context, c *Client, offset int64, body []byte) (lengths []int, err error) {
	for len(body) > 0 {
		ends, last := boundaries(body)
		length := len(body)
		if len(ends) > 0 {
			if length, err = im.longestHeld(ctx, c, offset, body, append(ends, length)); err != nil {
				return nil, err
			}
		}
		if length == len(body) && last > 0 && !json.Valid(body[last:]) {
			// A record that was perhaps not yet written to its end: should it be later, what stands before it
			// must be recognised.
			return append(lengths, last, length-last), nil
		}
		lengths = append(lengths, length)
		offset, body = offset+int64(length), body[length:]
	}
	return lengths, nil
}

// longestHeld is the last of the ends up to which the body was taken as one upload, or all of it.
func (im Import) longestHeld(ctx context.Context, c *Client, offset int64, body []byte, ends []int) (int, error) {
	keys, sum, done := make([]string, len(ends)), sha256.New(), 0
	for i, end := range ends {
		sum.Write(body[done:end])
		keys[i], done = pipeline.SummedKey(offset, sum.Sum(nil)), end
	}
	held, err := c.Held(ctx, im.Workspace, keys)
	if err != nil {
		return 0, err
	}
	for i, end := range slices.Backward(ends) {
		if held[i] {
			return end, nil
		}
	}
	return len(body), nil
}

// boundaries are the places in a body, between a line's end and a brace, where one record ends and the next begins: a
// file may have ended there before it grew. Inside of a JSON value no brace follows but on a bracket, a
// comma or a colon. last is where the last line begins, 0 where that is no such place.
func boundaries(body []byte) (ends []int, last int) {
	ended, final := 0, byte(',') // of the last line that is not blank
	for start := 0; start < len(body); {
		end := len(body)
		if i := bytes.IndexByte(body[start:], '\n'); i >= 0 {
			end = start + i + 1
		}
		if line := bytes.TrimSpace(body[start:end]); len(line) > 0 {
			last = 0
			if line[0] == '{' && final != '[' && final != ',' && final != ':' {
				if ends = append(ends, ended); start > ended { // blank lines between
					ends = append(ends, start)
				}
				last = start
			}
			ended, final = end, line[len(line)-1]
		}
		start = end
	}
	return ends, last
}

// read cuts one file into bodies, each of them with its last line ended. Where the file cannot be read or
// unpacked to its end, what stands before is cut first.
func (im Import) read(path string, put func(offset int64, body []byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	in := bufio.NewReaderSize(&counted{f, im.Progress}, 1<<20)
	text := &readable{r: in}
	if magic, err := in.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(in)
		if err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
		text.r, text.doing = z, "unpack: "
	}
	err = pipeline.Splitter{Target: bodySize, Max: maxRecord}.Split(text, func(offset int64, body []byte) error {
		if body[len(body)-1] != '\n' {
			body = append(body[:len(body):len(body)], '\n')
		}
		return put(offset, body)
	})
	if err == nil && text.err != nil {
		err = fmt.Errorf("%s%w; the records before byte %d were sent", text.doing, text.err, text.at)
	}
	return err
}

// readable is what can be read of a text, with an end to its last line.
type readable struct {
	r     io.Reader
	doing string // for errors
	at    int64
	last  byte
	ended bool
	err   error // that ended it, nil for its own end
}

// Read reads on; any error is the end.
func (t *readable) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if !t.ended {
		n, err := t.r.Read(p)
		if t.ended = err != nil; t.ended && err != io.EOF {
			t.err = err
		}
		if n > 0 {
			t.at, t.last = t.at+int64(n), p[n-1]
		}
		if n > 0 || !t.ended {
			return n, nil
		}
	}
	if t.at > 0 && t.last != '\n' {
		p[0], t.last = '\n', '\n'
		return 1, nil
	}
	return 0, io.EOF
}

// counted reports what is read.
type counted struct {
	io.Reader
	report func(int64)
}

// Read reads and reports.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if c.report != nil && n > 0 {
		c.report(int64(n))
	}
	return n, err
}
