package pipeline

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/chunk"
	"lazuli.dev/lazuli/decode"
	"lazuli.dev/lazuli/store"
)

const (
	// DefaultMaxUpload bounds an upload after decompression where the configuration does not.
	DefaultMaxUpload = 256 << 20
	// keyLife is how long an upload's key is remembered.
	keyLife = 7 * 24 * time.Hour
)

// Ingest takes an upload: checked, then durable in the journal, then decoded and visible. It implements
// the API's Ingester. Errors carry a kind: Invalid for a body that cannot be unpacked, TooLarge for one beyond the limit,
// Conflict for a key that came with another body before, NoSpace while the disk is full, Transient at
// shutdown.
func (p *Pipeline) Ingest(ctx context.Context, u lazuli.Upload) (lazuli.Receipt, error) {
	if len(u.Body) == 0 {
		return lazuli.Receipt{}, lazuli.Errorf(lazuli.Invalid, "the body is empty")
	}
	if err := p.refused(); err != nil {
		return lazuli.Receipt{}, err
	}
	p.uploads.Add(1)
	defer p.uploads.Add(-1)
	plain, err := p.unpack(u.Encoding, u.Body)
	if err != nil {
		return lazuli.Receipt{}, err
	}
	frame := store.Frame{
		Workspace: u.Workspace, Origin: origin(u.Principal, u.Route), Received: lazuli.Ticks(p.now()),
		Encoding: u.Encoding, ContentType: u.ContentType, Body: u.Body,
	}
	if u.Key != "" {
		frame.Key, frame.KeyTTL = []byte(u.Key), keyLife
	}
	flight := &flight{plain: plain}
	p.flights.Store(&u.Body[0], flight)
	defer p.flights.Delete(&u.Body[0])
	got, err := p.store.Ingest(ctx, frame)
	if err != nil {
		return lazuli.Receipt{}, kindOfStore(err)
	}
	r := lazuli.Receipt{Seq: got.Seq, Rows: got.Rows, Quarantined: got.Quarantined, Reasons: flight.reasons, Duplicate: got.Duplicate}
	if flight.decoded {
		r.Quarantined = flight.quarantined // the store counts rows, of which a long piece has several
	}
	if got.Duplicate {
		if r.Duplicates, err = p.count(frame, plain); err != nil {
			return lazuli.Receipt{}, err
		}
		r.Rows, r.Quarantined, r.Reasons = nil, 0, nil
		return r, nil
	}
	records := int64(r.Quarantined)
	for _, n := range r.Rows {
		records += int64(n)
	}
	p.http.add(p.now(), records, int64(len(u.Body)))
	return r, nil
}

// A flight is what Ingest already knows of a frame when the store hands it to Decode.
type flight struct {
	plain       []byte
	decoded     bool
	quarantined int // pieces of the message
	reasons     map[string]int
}

// Decode turns a frame of the journal into chunks. It is the store's Options.Decode.
func (p *Pipeline) Decode(f store.Frame) ([]*chunk.Chunk, error) {
	var known *flight
	if len(f.Body) > 0 {
		if v, ok := p.flights.Load(&f.Body[0]); ok {
			known = v.(*flight)
		}
	}
	if known == nil {
		known = &flight{plain: f.Body}
		if f.Encoding == "gzip" { // others are as they are, whatever the limit of uploads is by now
			var err error
			if known.plain, err = p.unpack(f.Encoding, f.Body); err != nil {
				return nil, err
			}
		}
	}
	result, err := p.decoder.Decode(message(f, known.plain))
	if err != nil {
		return nil, fmt.Errorf("decode frame %d: %w", f.Seq>>store.SeqShift, err)
	}
	known.decoded, known.quarantined, known.reasons = true, result.Quarantined, result.Reasons
	return result.Chunks, nil
}

func message(f store.Frame, plain []byte) decode.Message {
	return decode.Message{Workspace: f.Workspace, Origin: f.Origin, Position: f.First, Seq: f.Seq, Received: f.Received, ContentType: f.ContentType, Body: plain}
}

// count says how many records a frame holds that was taken before.
func (p *Pipeline) count(f store.Frame, plain []byte) (int, error) {
	result, err := p.decoder.Decode(message(f, plain))
	if err != nil {
		return 0, fmt.Errorf("count the records of a repeated upload: %w", err)
	}
	n := 0
	for _, rows := range result.Rows {
		n += rows
	}
	for _, c := range result.Chunks {
		c.Release()
	}
	return n, nil
}

// unpack decompresses a body, up to the limit and not a byte further.
func (p *Pipeline) unpack(encoding string, body []byte) ([]byte, error) {
	switch encoding {
	case "", "identity":
		if int64(len(body)) > p.maxUpload {
			return nil, tooLarge(p.maxUpload)
		}
		return body, nil
	case "gzip":
	default:
		return nil, lazuli.Errorf(lazuli.Invalid, "content encoding %q is not supported; send gzip or none", encoding)
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, lazuli.Errorf(lazuli.Invalid, "the body is not gzip: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(z, p.maxUpload+1))
	if err != nil {
		return nil, lazuli.Errorf(lazuli.Invalid, "unpack the body: %w", err)
	}
	if int64(len(plain)) > p.maxUpload {
		return nil, tooLarge(p.maxUpload)
	}
	return plain, nil
}

func tooLarge(limit int64) error {
	return lazuli.Errorf(lazuli.TooLarge, "the body is larger than %d bytes after decompression; send it in parts", limit)
}

// kindOfStore gives the store's errors their kind.
func kindOfStore(err error) error {
	var overlap *store.OverlapError
	switch {
	case errors.Is(err, store.ErrNoSpace):
		return &lazuli.Error{Kind: lazuli.NoSpace, Public: "there is no room on the disk; nothing was taken, and what was taken before can be queried", Wait: 30 * time.Second, Err: err}
	case errors.Is(err, store.ErrMemoryFull):
		return &lazuli.Error{Kind: lazuli.NoSpace, Public: "memory is full, because the tables cannot be written; nothing was taken, and what was taken before can be queried. The server's log says why", Wait: 30 * time.Second, Err: err}
	case errors.Is(err, store.ErrKeyReuse):
		return &lazuli.Error{Kind: lazuli.Conflict, Public: "the same Idempotency-Key came with another body before", Err: err}
	case errors.As(err, &overlap):
		return &lazuli.Error{Kind: lazuli.Conflict, Public: overlap.Error(), Err: err}
	case errors.Is(err, store.ErrClosed):
		return &lazuli.Error{Kind: lazuli.Transient, Public: "the server is shutting down", Wait: 5 * time.Second, Err: err}
	}
	return err
}

// UploadKey is a key for an upload that names its content: the same bytes at the same place of the same kind of
// input are recognised when they come again.
func UploadKey(offset int64, body []byte) string {
	sum := sha256.Sum256(body)
	return SummedKey(offset, sum[:])
}

// SummedKey is the UploadKey of a body with the given SHA-256.
func SummedKey(offset int64, sum []byte) string {
	return fmt.Sprintf("content-%x-%d", sum[:16], offset)
}

// Held says for each key whether an upload with it was taken and is remembered. The uploads are those of one workspace,
// principal and route.
func (p *Pipeline) Held(ctx context.Context, workspace, principal, route string, keys []string) ([]bool, error) {
	held, err := p.store.Held(ctx, workspace, origin(principal, route), keys)
	if err != nil {
		return nil, kindOfStore(err)
	}
	return held, nil
}

// origin is where the store is told that an upload comes from.
func origin(principal, route string) string { return "http/" + principal + route }

// flights are the frames that are between Ingest and Decode, by the address of their first byte.
type flights = sync.Map
