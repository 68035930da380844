package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"lazuli.dev/lazuli/internal/durable"
)

// A record is what survives of a replay: its window, how far it is and what it has done, written whole at each step,
// so that place and counts belong together. It has the query as it was when the replay began: what is sent does not
// change half-way.
type record struct {
	Output    string      `json:"output"`
	Workspace string      `json:"workspace"`
	Query     string      `json:"query"`
	Tables    []string    `json:"tables,omitempty"` // where the query is ""; none = all
	From      time.Time   `json:"from"`
	To        time.Time   `json:"to"`
	Begun     time.Time   `json:"begun"`
	Ended     time.Time   `json:"ended,omitzero"`
	State     ReplayState `json:"state"` // never paused: that belongs to the output
	After     int64       `json:"after"` // the rows are above this _Seq
	At        int64       `json:"at"`    // and done up to this one
	End       int64       `json:"end"`   // of these
	Delivered int64       `json:"delivered"`
	Rejected  int64       `json:"rejected"`
	Retried   int64       `json:"retried"`
	Note      string      `json:"note,omitempty"`
}

const (
	siteReplay       durable.Site = "replay" // .file and .dir
	siteReplayParent durable.Site = "replay.parent"
	recordSuffix                  = ".replay"
)

// records are the files of all replays: DATA/forward/OUTPUT/replays/ID.replay, JSON on one line and its checksum on
// the next.
type records struct {
	fs   durable.FS
	data string
}

func (s records) dir(output string) string {
	return filepath.Join(s.data, "forward", url.PathEscape(output), "replays")
}

func (s records) path(output, id string) string {
	return filepath.Join(s.dir(output), url.PathEscape(id)+recordSuffix)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// write makes a record durable.
func (s records) write(id string, r record) error {
	text, err := json.Marshal(r)
	if err == nil {
		err = durable.WriteFile(s.fs, siteReplay, s.path(r.Output, id), fmt.Appendf(text, "\n%08x\n", crc32.Checksum(text, castagnoli)), 0o600)
	}
	if err != nil {
		return fmt.Errorf("keep replay %s of output %s: %w", id, r.Output, err)
	}
	return nil
}

// prepare makes the folder of an output's records.
func (s records) prepare(output string) error {
	if err := makeDir(s.fs, s.data, s.dir(output), siteReplayParent); err != nil {
		return fmt.Errorf("keep replays of output %s: %w", output, err)
	}
	return nil
}

// remove forgets a record.
func (s records) remove(output, id string) error {
	if err := removeFile(s.fs, s.path(output, id), siteReplay+".dir"); err != nil {
		return fmt.Errorf("forget replay %s of output %s: %w", id, output, err)
	}
	return nil
}

// read reads a record.
func (s records) read(output, id string) (record, error) {
	var r record
	text, err := durable.ReadFile(s.fs, s.path(output, id))
	if err != nil {
		return r, err
	}
	body, sum, _ := bytes.Cut(text, []byte("\n"))
	if string(sum) != fmt.Sprintf("%08x\n", crc32.Checksum(body, castagnoli)) {
		return r, errors.New("wrong checksum")
	}
	err = json.Unmarshal(body, &r)
	return r, err
}

// list finds the records that there are, by output: their ids in order.
func (s records) list() (map[string][]string, error) {
	all := map[string][]string{}
	outputs, err := s.fs.ReadDir(filepath.Join(s.data, "forward"))
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for replays: %w", err)
	}
	for _, o := range outputs {
		output, err := url.PathUnescape(o.Name())
		if err != nil || !o.IsDir() {
			continue
		}
		files, err := s.fs.ReadDir(s.dir(output))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("look for replays: %w", err)
		}
		for _, f := range files {
			base, ok := strings.CutSuffix(f.Name(), recordSuffix)
			if id, err := url.PathUnescape(base); ok && err == nil {
				all[output] = append(all[output], id)
			}
		}
	}
	return all, nil
}
