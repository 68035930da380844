// Package pipeline joins what comes in with what is kept and with what goes out: uploads to frames of
// the store and rows of tables, rows by a query to the receivers.
//
// Invariant: a sender is told "taken" only when its records are durable and visible, and the
// cursor of an output moves only over rows that its receiver has acknowledged or that are kept, with
// the reason, as rejected. Outputs run apart from each other and from ingestion; none can hold up another.
package pipeline
