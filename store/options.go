package store

import (
	"database/sql"
	"errors"
	"log/slog"
	"time"

	"lazuli.dev/lazuli/chunk"
	"lazuli.dev/lazuli/internal/durable"
	"lazuli.dev/lazuli/schema"
)

// SeqShift is by how many bits a frame's number is shifted in a sequence; the
// bits below count the rows of the frame.
const SeqShift = 24

// What options are where they are 0, in bytes.
const (
	DefaultMemoryLimit = 384 << 20
	// A row group of sign-ins, which are wide, takes 280 MB here; less than a row
	// group costs the engine five times the work for each row. What comes on top is for
	// the rows that arrive while a cut runs; the engine then has the row group as well.
	DefaultHotBytes = 336 << 20
)

// MaxBody is the largest body of a frame, in bytes.
const MaxBody = 1 << 30

var (
	// ErrNoSpace is what Ingest returns while the disk is full. Queries go on, and
	// Ingest works again once there is space.
	ErrNoSpace = errors.New("no space left for the store")
	// ErrMemoryFull is what Ingest returns while there is no memory for more rows and
	// the tables cannot be written for another reason than a full disk.
	ErrMemoryFull = errors.New("memory is full and the tables cannot be written")
	// ErrClosed is what every method returns after Close.
	ErrClosed = errors.New("the store is closed")
)

// A Frame is raw bytes as received, and where they came from.
type Frame struct {
	// Seq is the sequence of the frame's first row: its number << SeqShift. Ingest sets it.
	Seq         int64
	Workspace   string // which the rows belong to; not empty
	Origin      string // the system and partition, or the principal and route
	Incarnation string // tells one life of the origin from the next; "" when First and Last do not identify
	First, Last int64  // positions in the origin, both inclusive
	// Key identifies the frame where there are no positions: nil is none. It is
	// compared within Workspace and Origin, and forgotten after KeyTTL.
	Key         []byte
	KeyTTL      time.Duration // 0 means seven days
	Received    int64         // when, in ticks; 0 means now
	Encoding    string        // "", "identity" or "gzip": how Body is encoded
	ContentType string        // as the sender declared it
	Body        []byte        // as received; not kept after the call

	bodySum bodySum // of the body, set where there is a Key
}

// A Receipt says what became of a frame that is durable.
type Receipt struct {
	Seq         int64          // of the frame; of the first one for a duplicate, 0 where that is not known
	Duplicate   bool           // the frame was held already; nothing was added
	Rows        map[string]int // by table, without those of the quarantine
	Quarantined int            // rows in the quarantine table
}

// Options of a store. Only Decode is required.
type Options struct {
	// Decode turns a frame into chunks, which then belong to the store. The rows
	// have _Seq from Frame.Seq on, less than 1<<SeqShift of them. It is called from
	// many goroutines, and again for the same frame after a crash and at a rebuild:
	// the same frame must give the same rows. When it fails or panics, the frame's
	// bytes go into the quarantine table.
	Decode func(Frame) ([]*chunk.Chunk, error)

	// Known, where set, is called once before any frame is decoded, with what tells the
	// columns that a table has by then: Decode may have to go on where it was before a
	// restart.
	Known func(columns func(workspace, table string) []schema.Column)

	FS    durable.FS   // nil means the operating system's
	Clock func() int64 // ticks; nil means the real time
	Log   *slog.Logger // nil means slog.Default

	// Init is called with a connection before the engine is locked down; functions
	// registered there are known to every View.
	Init func(*sql.Conn) error

	MemoryLimit int64 // most bytes of the engine's buffers; 0 means DefaultMemoryLimit
	TempLimit   int64 // most bytes that queries may spill; 0 means 8 GB
	Threads     int   // of the engine; 0 means one per processor

	HotBytes int64         // memory of hot chunks from which Ingest waits; 0 means DefaultHotBytes
	CutBytes int64         // memory of hot chunks that makes a cut; 0 means fifteen sixteenths of HotBytes
	CutRows  int           // hot rows of one table that make a cut; 0 means three row groups, 368,640, or one where the hot rows take most of HotBytes
	CutAge   time.Duration // age of the oldest hot frame that makes a cut; 0 means five minutes

	SegmentBytes int64 // size of a journal segment; 0 means 128 MB

	// Retention says how long a table's rows are kept, counted from receipt. 0 means
	// for ever. nil keeps everything.
	Retention func(workspace, table string) time.Duration
	// JournalRetention says how long the raw frames are kept as evidence once they
	// are in the tables. 0 means for ever.
	JournalRetention time.Duration
	// DiskLimit bounds the bytes of journal and tables. 0 means none. Where it is
	// passed the oldest are given up, and what a cursor had not read is recorded as
	// a gap.
	DiskLimit int64

	// DiskReserve is what Ingest leaves free on the disk beside what the hot rows will
	// take in the tables, so that these can always be written; 0 means 64 MB,
	// negative none.
	DiskReserve int64

	// LoseReleased lets [Rebuild] go on where rows can be had neither from the journal
	// nor from the old tables.
	LoseReleased bool

	// step is called by tests between the steps of a cut; an error fails the step.
	step func(name string) error
}

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = durable.OS{}
	}
	if o.Clock == nil {
		o.Clock = realTime
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	def := func(p *int64, v int64) {
		if *p == 0 {
			*p = v
		}
	}
	def(&o.MemoryLimit, DefaultMemoryLimit)
	def(&o.TempLimit, 8<<30)
	def(&o.HotBytes, DefaultHotBytes)
	def(&o.CutBytes, o.HotBytes/16*15)
	def(&o.SegmentBytes, 128<<20)
	def(&o.DiskReserve, 64<<20)
	if o.CutRows == 0 {
		o.CutRows = cutGroups * rowGroup
	}
	if o.CutAge == 0 {
		// A start decodes again what came since the last cut: so much of it is quick,
		// and cuts of less than a row group are dear.
		o.CutAge = 5 * time.Minute
	}
	if o.step == nil {
		o.step = func(string) error { return nil }
	}
	return o
}

// rowGroup is how many rows the engine keeps together. An insert of at least as
// many writes them to the file at once; a smaller one goes through the engine's
// log, and is compressed again when more rows come.
const rowGroup = 122880

// cutGroups is how many row groups of the largest table make a cut. The tables beside it have fewer rows, and what
// has not a row group is compressed twice: with three, a message of syslog costs less than half of what it costs with
// one. More would leave no memory for what arrives while a cut runs.
const cutGroups = 3

// unit is how many rows of the largest table a cut takes or a multiple of it.
func (o Options) unit() int { return min(o.CutRows, rowGroup) }

// realTime returns the time in ticks of 100 ns since 0001-01-01.
func realTime() int64 {
	t := time.Now()
	return unixEpochTicks + t.Unix()*ticksPerSecond + int64(t.Nanosecond())/100
}

const (
	unixEpochTicks = 621355968000000000
	ticksPerSecond = 10_000_000
)

// ticksOf converts a duration.
func ticksOf(d time.Duration) int64 { return int64(d / 100) }
