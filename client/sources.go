package client

import (
	"context"
	"net/url"
	"time"
)

// A SourceState is one source.
type SourceState struct {
	Name              string     `json:"name"`
	Kind              string     `json:"kind"`
	Listens           []string   `json:"listens"`
	Workspace         string     `json:"workspace"`
	State             string     `json:"state"` // running, paused or failing
	Connections       int64      `json:"connections"`
	Messages          int64      `json:"messages"`
	Bytes             int64      `json:"bytes"`
	MessagesPerSecond float64    `json:"messagesPerSecond"`
	BytesPerSecond    float64    `json:"bytesPerSecond"`
	Latest            *time.Time `json:"latest"`
	Dropped           *int64     `json:"dropped"` // nil where the system does not tell
	LastError         string     `json:"lastError"`
}

// Sources says what the sources are doing.
func (c *Client) Sources(ctx context.Context) ([]SourceState, error) {
	var answer struct{ Sources []SourceState }
	err := c.get(ctx, "/v1/admin/sources", &answer)
	return answer.Sources, err
}

// SwitchSource pauses a source or lets it go on, and says how it is then.
func (c *Client) SwitchSource(ctx context.Context, source string, pause bool) (SourceState, error) {
	verb := "/resume"
	if pause {
		verb = "/pause"
	}
	var now SourceState
	err := c.post(ctx, "/v1/admin/sources/"+url.PathEscape(source)+verb, nil, &now)
	return now, err
}
