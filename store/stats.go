package store

import (
	"sync/atomic"

	"lazuli.dev/lazuli/chunk"
)

// counters are what the store counts since it was opened.
type counters struct {
	frames, bodyBytes, rows, quarantined, duplicates, failures, decodeFailures, replayed, waits atomic.Int64
	cuts, cutRows, cutNanos, cutFailures, checkpointFailures                                    atomic.Int64
	expired, released, views, reopened                                                          atomic.Int64
}

// Stats are figures for operators. Counts are since Open.
type Stats struct {
	Frames         int64 // taken
	BodyBytes      int64 // of their bodies, as received
	Rows           int64 // made visible, with those of the quarantine
	Quarantined    int64
	Duplicates     int64 // frames dropped as held already
	Failures       int64 // frames that could not be made durable
	DecodeFailures int64 // frames that went into the quarantine whole
	Replayed       int64 // frames decoded again at Open
	Waits          int64 // times that Ingest waited for memory

	JournalBytes   int64 // on disk
	JournalSyncs   int64
	JournalAppends int64
	OldestFrame    int64 // the first in the journal
	LastFrame      int64 // the highest visible

	HotBytes    int64
	HotRows     int64
	HotChunks   int64
	HotTables   int64
	ChunkMemory int64 // bytes held by chunks and builders of the whole process

	Cuts               int64
	CutRows            int64
	CutSeconds         float64
	CutFailures        int64
	CheckpointFailures int64
	CutFrame           int64 // the last that is in the tables as a whole

	Expired  int64 // rows deleted by retention
	Released int64 // journal segments removed by retention
	Views    int64 // open now
	Reopened int64 // times that the tables were opened again after an error

	Origins, PositionRuns, Keys int64 // what recognises repeats
}

// Stats returns the figures as they are now.
func (s *Store) Stats() Stats {
	c := &s.stats
	st := Stats{
		Frames: c.frames.Load(), BodyBytes: c.bodyBytes.Load(), Rows: c.rows.Load(), Quarantined: c.quarantined.Load(),
		Duplicates: c.duplicates.Load(), Failures: c.failures.Load(), DecodeFailures: c.decodeFailures.Load(),
		Replayed: c.replayed.Load(), Waits: c.waits.Load(),
		JournalBytes: s.journal.bytes.Load(), JournalSyncs: s.journal.syncs.Load(), JournalAppends: s.journal.appends.Load(),
		OldestFrame: s.journal.oldest.Load(),
		Cuts:        c.cuts.Load(), CutRows: c.cutRows.Load(), CutSeconds: float64(c.cutNanos.Load()) / 1e9,
		CutFailures: c.cutFailures.Load(), CheckpointFailures: c.checkpointFailures.Load(), CutFrame: s.state.Load().frames(),
		Expired: c.expired.Load(), Released: c.released.Load(), Views: c.views.Load(), Reopened: c.reopened.Load(),
	}
	_, st.ChunkMemory = chunk.InUse()
	origins, runs, keys := s.once.sizes()
	st.Origins, st.PositionRuns, st.Keys = int64(origins), int64(runs), int64(keys)
	s.hot.mu.Lock()
	defer s.hot.mu.Unlock()
	st.LastFrame, st.HotBytes, st.HotTables = s.hot.published, s.hot.bytes, int64(len(s.hot.tables))
	for _, t := range s.hot.tables {
		st.HotRows += int64(t.rows)
		st.HotChunks += int64(len(t.chunks))
	}
	return st
}
