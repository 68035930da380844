package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// An OutputState is one output.
type OutputState struct {
	Name            string        `json:"name"`
	Kind            string        `json:"kind"` // of the receiver
	To              string        `json:"to"`   // where to, without secrets
	Workspace       string        `json:"workspace"`
	Query           string        `json:"query"`
	State           string        `json:"state"` // running, paused or failing
	PausedSince     *time.Time    `json:"pausedSince"`
	Busy            bool          `json:"busy"` // a delivery is under way
	Cursor          int64         `json:"cursor"`
	Stable          int64         `json:"stable"`
	Delivered       int64         `json:"delivered"`
	Rejected        int64         `json:"rejected"`
	Retried         int64         `json:"retried"`
	Failures        int64         `json:"failures"`
	Oldest          *time.Time    `json:"oldest"`
	Waiting         *Waiting      `json:"waiting"` // while it is paused, once it has been counted
	EventsPerSecond float64       `json:"eventsPerSecond"`
	LastError       string        `json:"lastError"`
	Replays         []ReplayState `json:"replays"` // the oldest first
}

// Behind is how many frames of the journal the output has still to look at. A frame's number is what stands above the low
// 24 bits of the _Seq of its rows.
func (o OutputState) Behind() int64 { return max(0, o.Stable>>24-o.Cursor>>24) }

// Waiting is what a paused output holds back.
type Waiting struct {
	Events  int64      `json:"events"`
	Oldest  *time.Time `json:"oldest"`
	Overdue int64      `json:"overdue"` // rows that retention would have removed
}

// A ReplayState is a window that an output sends again.
type ReplayState struct {
	ID        string     `json:"id"`
	From      time.Time  `json:"from"`
	To        time.Time  `json:"to"`
	State     string     `json:"state"` // running, paused, done, cancelled or failed
	Begun     *time.Time `json:"begun"`
	Ended     *time.Time `json:"ended"`
	Progress  float64    `json:"progress"` // from 0 to 1
	Delivered int64      `json:"delivered"`
	Rejected  int64      `json:"rejected"`
	Retried   int64      `json:"retried"`
	Failures  int64      `json:"failures"`
	LastError string     `json:"lastError"`
	Note      string     `json:"note"`
}

// A Leftover is what there is of an output that is not configured any more.
type Leftover struct {
	Name        string        `json:"name"`
	Cursor      *int64        `json:"cursor"`
	Stable      int64         `json:"stable"`
	PausedSince *time.Time    `json:"pausedSince"`
	Replays     []ReplayState `json:"replays"`
}

// Outputs says what the outputs are doing, and what there is of those that are not configured any more.
func (c *Client) Outputs(ctx context.Context) ([]OutputState, []Leftover, error) {
	var answer struct {
		Outputs      []OutputState
		Unconfigured []Leftover
	}
	err := c.get(ctx, "/v1/admin/outputs", &answer)
	return answer.Outputs, answer.Unconfigured, err
}

func outputPath(output string, more ...string) string {
	path := "/v1/admin/outputs/" + url.PathEscape(output)
	for _, m := range more {
		path += "/" + url.PathEscape(m)
	}
	return path
}

// Pause stops an output after what is under way, until Resume, over restarts. It gives the output's state.
func (c *Client) Pause(ctx context.Context, output string) (OutputState, error) {
	var s OutputState
	err := c.post(ctx, outputPath(output, "pause"), nil, &s)
	return s, err
}

// Resume lets a paused output go on.
func (c *Client) Resume(ctx context.Context, output string) (OutputState, error) {
	var s OutputState
	err := c.post(ctx, outputPath(output, "resume"), nil, &s)
	return s, err
}

// Replay makes an output send again the rows from from up to but without to. It returns the replay's id when the
// replay is durable.
func (c *Client) Replay(ctx context.Context, output string, from, to time.Time) (id string, err error) {
	var begun struct {
		ID string `json:"id"`
	}
	err = c.post(ctx, outputPath(output, "replay"), map[string]time.Time{"from": from, "to": to}, &begun)
	return begun.ID, err
}

// CancelReplay ends a replay, or forgets one that has ended.
func (c *Client) CancelReplay(ctx context.Context, output, id string) error {
	_, err := c.do(ctx, http.MethodDelete, outputPath(output, "replays", id), nil, nil)
	return err
}

// ForgetOutput removes what there is of an output that is not configured any more.
func (c *Client) ForgetOutput(ctx context.Context, output string) error {
	_, err := c.do(ctx, http.MethodDelete, outputPath(output), nil, nil)
	return err
}

// post sends a value as JSON and reads the answer.
func (c *Client) post(ctx context.Context, path string, v, into any) error {
	var body []byte
	var header map[string]string
	if v != nil {
		var err error
		if body, err = json.Marshal(v); err != nil {
			return err
		}
		header = map[string]string{"Content-Type": "application/json"}
	}
	text, err := c.do(ctx, http.MethodPost, path, header, body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}
