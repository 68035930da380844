package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"
	"unicode/utf8"

	"lazuli.dev/lazuli/chunk"
	"lazuli.dev/lazuli/schema"
)

// quarantineTable takes frames that cannot be decoded.
const quarantineTable = schema.Quarantine

// maxRaw bounds how much of a frame's body goes into a quarantine row; the
// whole is in the journal.
const maxRaw = 1 << 20

// A rowBuilder sets values of one row by column name; columns that the table
// does not have are left out.
type rowBuilder struct {
	b     *chunk.Builder
	specs []chunk.Spec
}

func newRow(def *tableDef) *rowBuilder {
	return &rowBuilder{chunk.NewBuilder(def.specs), def.specs}
}

func (r *rowBuilder) text(name, v string) {
	if i, ok := r.b.Index(name); ok && r.specs[i].Kind == chunk.Text {
		r.b.SetString(i, v)
	}
}

func (r *rowBuilder) integer(name string, v int64) {
	i, ok := r.b.Index(name)
	if !ok {
		return
	}
	switch r.specs[i].Kind {
	case chunk.Int64:
		r.b.SetInt64(i, v)
	case chunk.Int32:
		r.b.SetInt32(i, int32(v))
	case chunk.Float64:
		r.b.SetFloat64(i, float64(v))
	}
}

// finish sets the system columns and makes the chunk.
func (r *rowBuilder) finish(f *Frame, table string) *chunk.Chunk {
	r.integer("TimeGenerated", f.Received)
	r.text("SourceSystem", "Lazuli")
	r.text("Type", table)
	r.text("_IsBillable", "False")
	r.integer("_Seq", f.Seq)
	r.text("_Origin", f.Origin)
	r.integer("_Position", f.First)
	r.integer("_Ordinal", 0)
	r.integer("_DecoderVersion", 0)
	r.integer("_TimeReceived", f.Received)
	r.b.EndRow()
	return r.b.Finish(f.Workspace, table)
}

// quarantine makes a row of a frame that cannot be decoded.
func quarantine(f *Frame, cause error) *chunk.Chunk {
	r := newRow(newDef(tableKey{f.Workspace, quarantineTable}))
	raw, detail := f.Body, cause.Error()
	if len(raw) > maxRaw {
		raw = raw[:maxRaw]
		detail += fmt.Sprintf("; Raw has the first %d bytes, the journal has all", maxRaw)
	}
	r.text("TenantId", f.Workspace)
	r.text("Reason", "the decoder failed on the whole message")
	r.text("Detail", detail)
	if utf8.Valid(raw) {
		r.text("ContentKind", "text")
		r.text("Raw", string(raw))
	} else {
		r.text("ContentKind", "binary")
		r.text("RawBase64", base64.StdEncoding.EncodeToString(raw))
	}
	r.integer("RawOffset", 0)
	r.integer("RawLength", int64(len(f.Body)))
	r.integer("_BilledSize", int64(len(f.Body)))
	r.text("Origin", f.Origin)
	return r.finish(f, quarantineTable)
}

// gapContentType marks frames of the store itself, whose body is a gap in JSON.
// So a gap is durable, has a sequence, can be queried and forwarded, and is
// there again after a rebuild.
const gapContentType = "application/vnd.lazuli.gap+json"

// Reasons of gaps that say what the journal lacks.
const (
	reasonDamaged = "journal damaged"
	reasonRebuilt = "tables rebuilt"
)

// A gap is a row of [GapsTable].
type gap struct {
	Reason         string `json:"reason"`
	Detail         string `json:"detail"`
	Table          string `json:"table"`
	FirstSeq       int64  `json:"firstSeq"`
	LastSeq        int64  `json:"lastSeq"`
	ReceivedBefore int64  `json:"receivedBefore"` // ticks, 0 is none
	Rows           int64  `json:"rows"`           // -1 is not known
}

// recordGap makes a gap durable. The same gap is recorded once.
func (s *Store) recordGap(ctx context.Context, workspace string, g gap) error {
	body, err := json.Marshal(g)
	if err != nil {
		return fmt.Errorf("record gap: %w", err)
	}
	const century = 100 * 365 * 24 * time.Hour
	_, err = s.ingest(ctx, Frame{
		Workspace: workspace, Origin: "lazuli/store", Key: body, KeyTTL: century,
		ContentType: gapContentType, Body: body,
	})
	if err != nil {
		return fmt.Errorf("record gap: %w", err)
	}
	s.log.Warn("gap recorded", "workspace", workspace, "reason", g.Reason, "detail", g.Detail, "table", g.Table)
	return nil
}

func decodeGap(f *Frame) ([]*chunk.Chunk, error) {
	var g gap
	if err := json.Unmarshal(f.Body, &g); err != nil {
		return nil, err
	}
	r := newRow(newDef(tableKey{f.Workspace, GapsTable}))
	r.text("Reason", g.Reason)
	r.text("Detail", g.Detail)
	r.text("Table", g.Table)
	r.integer("FirstSeq", g.FirstSeq)
	r.integer("LastSeq", g.LastSeq)
	if g.ReceivedBefore != 0 {
		r.integer("ReceivedBefore", g.ReceivedBefore)
	}
	if g.Rows >= 0 {
		r.integer("Rows", g.Rows)
	}
	return []*chunk.Chunk{r.finish(f, GapsTable)}, nil
}

// recordProblems tells what opening the journal found.
func (s *Store) recordProblems(ctx context.Context, rec *recovery) {
	if rec.torn > 0 {
		s.log.Info("the end of a write that a crash interrupted was cut off the journal; none of it was acknowledged", "bytes", rec.torn)
	}
	for _, p := range rec.problems {
		s.log.Error("the journal is damaged", "segment", p.segment, "problem", p.what, "first", p.from, "last", p.to)
		if p.to < p.from {
			continue
		}
		err := s.recordGap(ctx, defaultWorkspace, gap{
			Reason: reasonDamaged, Detail: filepath.Base(p.segment) + ": " + p.what,
			FirstSeq: p.from << SeqShift, LastSeq: lastSeq(p.to), Rows: -1,
		})
		if err != nil {
			s.log.Error("a gap cannot be recorded now; the next start tries again", "error", err)
		}
	}
}

// defaultWorkspace takes what concerns the whole store.
const defaultWorkspace = "default"
