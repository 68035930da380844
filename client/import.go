package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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
}

// A Summary says what became of an import.
type Summary struct {
	Files int
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
// are left out of folders.
func Files(paths []string) (files []string, size int64, err error) {
	for _, root := range paths {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if path != root && strings.HasPrefix(d.Name(), ".") {
				if d.IsDir() {
					return filepath.SkipDir
				}
				return nil
			}
			info, err := os.Stat(path) // through links
			if err != nil || !info.Mode().IsRegular() {
				return err
			}
			files, size = append(files, path), size+info.Size()
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
// taken before is recognised and not taken twice. A file that cannot be read does not keep the next from
// being sent; the error joins a *FileError for each. Other errors end the import.
func (im Import) Run(ctx context.Context, c *Client, files []string) (Summary, error) {
	var mu sync.Mutex
	sum := Summary{Receipt: Receipt{Tables: map[string]int64{}, Reasons: map[string]int64{}}}
	var problems []error
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
				r, err := c.Ingest(ctx, Upload{Workspace: im.Workspace, Key: pipeline.UploadKey(offset, copied), Body: copied})
				if err != nil {
					return &FileError{path, fmt.Errorf("send records from offset %d: %w", offset, err)}
				}
				mu.Lock()
				defer mu.Unlock()
				sum.Add(r)
				return nil
			})
			return nil
		})
		sum.Files++
		if err != nil && ctx.Err() == nil {
			problems = append(problems, &FileError{path, err})
		}
	}
	if err := group.Wait(); err != nil {
		problems = append(problems, err)
	} else if err := parent.Err(); err != nil {
		problems = append(problems, err)
	}
	return sum, errors.Join(problems...)
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

// read cuts one file into bodies.
func (im Import) read(path string, put func(offset int64, body []byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	in := bufio.NewReaderSize(&counted{f, im.Progress}, 1<<20)
	var text io.Reader = in
	if magic, err := in.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(in)
		if err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
		text = z
	}
	return pipeline.Splitter{Target: bodySize, Max: maxRecord}.Split(text, put)
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
