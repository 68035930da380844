// Package store is the only owner of Lazuli's disk: the journal of raw frames,
// the hot chunks that were decoded from it, and the tables in one DuckDB file.
//
// # A frame's way
//
// [Store.Ingest] appends the frame, as received, to the journal and waits for
// the disk; from then on it is acknowledged whatever happens. It is decoded by
// Options.Decode into chunks, which queries see at once. From time to time a
// cut moves the chunks of every table up to one sequence into the file, in one
// transaction that also records the sequence, and the hot list lets go of them.
// FORMAT.md has the files and what a crash at each step leaves.
//
// # Sequences
//
// The journal numbers frames from 1. Everywhere outside the journal a sequence
// is that number shifted left by [SeqShift]: Frame.Seq and Receipt.Seq are the
// _Seq of the frame's first row, the rows count on from there, and
// [Store.Stable], cursors and bounds are on the same scale.
//
// # Recognising a repeat
//
// A frame with an Incarnation has positions: First to Last of (Workspace,
// Origin, Incarnation). A frame whose positions are all held is a duplicate;
// one whose positions are held in part is refused with [*OverlapError]. A frame
// with a Key is a duplicate when a frame with the same Workspace, Origin, Key
// and body came within KeyTTL, and refused with [ErrKeyReuse] when the body
// differs: so put the hash of the body into the Key where another body is no
// error. A frame with neither is always new.
//
// # Reading
//
// [Store.View] is a consistent picture: each table is a list of branches whose
// rows together are every row exactly once. Text that a query returns from a hot
// branch points into chunks, so read results before [View.Close].
//
// # Invariants
//
// What was acknowledged is in the journal or in the tables, whatever crashed in
// between. No row is in the tables twice. A reader never sees a sequence without
// having been able to see every lower one.
package store
