package client

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// A Record is what was received behind a row.
type Record struct {
	Seq      int64     `json:"seq"`
	Frame    int64     `json:"frame"`
	Ordinal  int64     `json:"ordinal"`
	Table    string    `json:"table,omitempty"`
	Received time.Time `json:"received"`
	Origin   struct {
		System      string `json:"system"`
		Incarnation string `json:"incarnation,omitempty"`
		First       *int64 `json:"first,omitempty"`
		Last        *int64 `json:"last,omitempty"`
	} `json:"origin"`
	ContentType string `json:"contentType"`
	Encoding    string `json:"encoding"`
	Part        string `json:"part"`             // "record" or "frame"
	Reason      string `json:"reason,omitempty"` // why it is the frame although the record was asked for
	Offset      int64  `json:"offset"`           // where in the unpacked frame it begins
	FrameBytes  int64  `json:"frameBytes"`       // of the unpacked frame
	Size        int64  `json:"bytes"`
	SHA256      string `json:"sha256"`
	Body        []byte `json:"-"` // the bytes; their checksum has been compared
}

// Record gives what was received behind the row of a _Seq: the one record, or the whole frame that it came in. The
// error is an *Error where the server has answered.
func (c *Client) Record(ctx context.Context, workspace string, seq int64, frame bool) (*Record, error) {
	path := "/v1/workspaces/" + url.PathEscape(workspace) + "/records/" + strconv.FormatInt(seq, 10)
	if frame {
		path += "?frame=true"
	}
	var answer struct {
		Record
		Truncated bool
		Text      string
		Base64    *string
	}
	if err := c.get(ctx, path, &answer); err != nil {
		return nil, err
	}
	r := &answer.Record
	var err error
	switch {
	case answer.Truncated:
		r.Body, err = c.do(ctx, http.MethodGet, path, map[string]string{"Accept": "application/octet-stream"}, nil)
	case answer.Base64 != nil:
		r.Body, err = base64.StdEncoding.DecodeString(*answer.Base64)
	default:
		r.Body = []byte(answer.Text)
	}
	if err != nil {
		return nil, fmt.Errorf("read the raw record: %w", err)
	}
	if sum := sha256.Sum256(r.Body); hex.EncodeToString(sum[:]) != r.SHA256 {
		return nil, fmt.Errorf("the raw record of row %d came with another checksum than the server says; ask again", seq)
	}
	return r, nil
}
