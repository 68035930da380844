package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"lazuli.dev/lazuli/decode"
	"lazuli.dev/lazuli/schema"
	"lazuli.dev/lazuli/store"
)

// maxReading is how many frames are read back at a time: each may be as large as an upload.
const maxReading = 2

// ErrNoRecord is what Raw returns where the workspace never had a row of that _Seq.
var ErrNoRecord = errors.New("there never was a row of that _Seq in this workspace")

// A RawRecord is what was received behind a row: its evidence.
type RawRecord struct {
	Seq            int64
	Frame, Ordinal int64  // the two parts of Seq
	Table          string // of the row; "" where only the frame was asked for
	Held           bool   // the row is in the tables; retention may have taken it before its record

	Received    int64  // ticks
	Origin      string // where it came from: the system and partition, or the principal and route
	Incarnation string // "" where First and Last say nothing
	First, Last int64
	ContentType string // as declared
	Encoding    string // of the frame as it was received: "", "identity" or "gzip"

	// Body is the record of the row, byte for byte, cut out of the frame at Offset; with Whole it is the frame.
	// A frame that came compressed is unpacked, unless it cannot be: then Packed is set.
	Body         []byte
	Offset       int
	Whole        bool
	Why          string // why it is the frame although the record was asked for; else ""
	Packed       bool
	FrameBytes   int // of the frame, unpacked where it could be
	ReceivedSize int // of the frame as it was received
}

// Raw reads what was received behind the row of a sequence: the one record, or the whole frame. The record is found
// by decoding the frame again; where the row was made by another version of the decoder, or of the frame as a whole,
// the whole frame is given, and why. Errors are ErrNoRecord, *store.ReleasedError and *store.DamagedError where
// nothing else went wrong.
func (p *Pipeline) Raw(ctx context.Context, workspace string, seq int64, whole bool) (*RawRecord, error) {
	select {
	case p.reading <- struct{}{}:
		defer func() { <-p.reading }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	f, err := p.store.Frame(ctx, workspace, seq)
	if errors.Is(err, store.ErrNoFrame) {
		return nil, ErrNoRecord
	}
	if err != nil {
		return nil, fmt.Errorf("read the raw record of row %d: %w", seq, err)
	}
	r := &RawRecord{
		Seq: seq, Frame: seq >> store.SeqShift, Ordinal: seq & (1<<store.SeqShift - 1), Received: f.Received, Origin: f.Origin,
		Incarnation: f.Incarnation, First: f.First, Last: f.Last, ContentType: f.ContentType, Encoding: f.Encoding, ReceivedSize: len(f.Body), Whole: true,
	}
	plain, err := p.unpack(f.Encoding, f.Body)
	if err != nil {
		plain, r.Packed, r.Why = f.Body, true, "the frame cannot be unpacked: "+err.Error()
	}
	r.Body, r.FrameBytes = plain, len(plain)
	if whole {
		return r, nil
	}
	var piece *decode.Piece
	switch {
	case f.Gap():
		if r.Ordinal == 0 {
			piece = &decode.Piece{Table: store.GapsTable, End: len(plain)}
		}
	case !r.Packed:
		if piece, err = p.piece(ctx, f, plain, int(r.Ordinal)); err != nil {
			piece, r.Why = nil, err.Error()
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	guess := schema.Quarantine
	if piece != nil {
		guess = piece.Table
	}
	row, err := p.store.HeldRow(ctx, workspace, seq, guess)
	if err != nil {
		return nil, err
	}
	if row != nil {
		r.Held, r.Table = true, row.Table
	} else if piece != nil {
		r.Table = piece.Table
	}
	switch {
	case row == nil && piece == nil && (r.Why == "" || r.Ordinal > 0):
		return nil, ErrNoRecord
	case piece == nil && r.Why != "": // said already
	case row != nil && !f.Gap() && row.Version == 0:
		r.Why = "the decoder failed on the whole message"
	case row != nil && !f.Gap() && row.Version != decode.Version:
		r.Why = fmt.Sprintf("the row was made by version %d of the decoder, and version %d, which this program has, may count rows otherwise", row.Version, decode.Version)
	case piece == nil, row != nil && row.Table != piece.Table:
		r.Why = "decoding the frame again does not give this row"
	case piece.Start == piece.End:
		r.Why = "the row is about something that is missing in the message"
	default:
		// A copy, so that a record of a kilobyte does not keep a frame of many megabytes.
		r.Body, r.Offset, r.Whole, r.Why = bytes.Clone(plain[piece.Start:piece.End]), piece.Start, false, ""
	}
	return r, nil
}

// piece finds the bytes of one row of a frame, nil where the frame has no such row. A decoder that breaks down is
// an error, as it was when the frame came.
func (p *Pipeline) piece(ctx context.Context, f *store.Frame, plain []byte, ordinal int) (found *decode.Piece, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			p.log.ErrorContext(ctx, "decoder failed on a frame that was read back", "frame", f.Seq>>store.SeqShift, "panic", fmt.Sprint(cause))
			found, err = nil, errors.New("the decoder failed on the whole message")
		}
	}()
	err = p.decoder.Trace(message(*f, plain), func(at decode.Piece) bool {
		if at.Ordinal == ordinal {
			found = &at
		}
		return found == nil && ctx.Err() == nil
	})
	return found, err
}
