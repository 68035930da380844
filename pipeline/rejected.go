package pipeline

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"lazuli.dev/lazuli"
)

// RejectedFile is where the events that a receiver refused for good are kept, one JSON object a line, below
// the data directory: forward/OUTPUT/rejected.ndjson.
func RejectedFile(data, output string) string {
	return filepath.Join(data, "forward", output, "rejected.ndjson")
}

// A Rejection is one line of that file. The row also stays in its table.
type Rejection struct {
	Time      time.Time       `json:"time"` // of the refusal
	ID        string          `json:"id"`
	Seq       int64           `json:"seq"`
	Workspace string          `json:"workspace"`
	Table     string          `json:"table"`
	Reason    string          `json:"reason"` // the receiver's
	Row       json.RawMessage `json:"row"`
}

// keepRejected appends events and their reasons and returns when they are on disk: the cursor may pass them
// then. A crash in between writes some of them again, under the same ids.
func keepRejected(path string, now time.Time, events []lazuli.Event, reasons []string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("keep rejected events: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("keep rejected events: %w", err)
	}
	var text []byte
	if info, err := f.Stat(); err == nil && info.Size() > 0 {
		text = endLine(path, info.Size())
	}
	for i, e := range events {
		row := json.RawMessage(e.Row)
		if !json.Valid(row) {
			row, _ = json.Marshal(string(e.Row))
		}
		line, err := json.Marshal(Rejection{now.UTC(), e.ID, e.Seq, e.Workspace, e.Table, reasons[i], row})
		if err != nil {
			_ = f.Close()
			return fmt.Errorf("keep rejected events: %w", err)
		}
		text = append(append(text, line...), '\n')
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("keep rejected events: %w", err)
	}
	return nil
}

// endLine is a line break when a crash has cut the last line off.
func endLine(path string, size int64) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, size-1); err == nil && last[0] != '\n' {
		return []byte("\n")
	}
	return nil
}
