package store

import (
	"context"
	"errors"
	"fmt"

	"lazuli.dev/lazuli/internal/duck"
)

// A Span is what a workspace has of a time.
type Span struct {
	Rows        int64
	First, Last int64 // lowest and highest sequence of the rows; 0 and 0 where there are none
	// Gone is the latest time of receipt, in ticks, before which retention has removed rows of any table of the
	// workspace; 0 where it has removed none.
	Gone int64
}

// Span looks for the rows of a workspace whose TimeGenerated is in [from,to), in ticks.
func (s *Store) Span(ctx context.Context, workspace string, from, to int64) (Span, error) {
	var all Span
	v, err := s.View(ctx)
	if err != nil {
		return all, err
	}
	err = v.span(ctx, workspace, from, to, &all)
	if err = errors.Join(err, v.Close()); err != nil {
		return Span{}, fmt.Errorf("look for the rows of a time: %w", err)
	}
	return all, nil
}

func (v *View) span(ctx context.Context, workspace string, from, to int64, all *Span) error {
	for _, t := range v.Tables(workspace) {
		for _, b := range v.Branches(workspace, t.Name) {
			var rows, first, last int64
			err := v.conn.QueryRowContext(ctx, fmt.Sprintf("SELECT count(*), coalesce(min(_Seq), 0), coalesce(max(_Seq), 0) FROM %s WHERE TimeGenerated >= %d AND TimeGenerated < %d",
				b.From, from, to)).Scan(&rows, &first, &last)
			if err != nil {
				return fmt.Errorf("read table %s: %w", t.Name, err)
			}
			if rows == 0 {
				continue
			}
			if all.Rows == 0 {
				all.First, all.Last = first, last
			}
			all.Rows, all.First, all.Last = all.Rows+rows, min(all.First, first), max(all.Last, last)
		}
	}
	return v.conn.QueryRowContext(ctx, "SELECT coalesce(max(received_before), 0) FROM lazuli_expired WHERE workspace = "+duck.Literal(workspace)).Scan(&all.Gone)
}

// Overdue counts the rows of a workspace above a sequence that are older than their table's retention: they are there
// because a reader has not come to them yet. Rows that are not in the tables' file yet do not count.
func (s *Store) Overdue(ctx context.Context, workspace string, after int64) (int64, error) {
	if s.opts.Retention == nil {
		return 0, nil
	}
	v, err := s.View(ctx)
	if err != nil {
		return 0, err
	}
	var all int64
	now := s.opts.Clock()
	for k, t := range v.state.tables {
		keep := s.opts.Retention(k.workspace, k.table)
		if k.workspace != workspace || keep <= 0 || t.rows == 0 || err != nil {
			continue
		}
		var rows int64
		err = v.conn.QueryRowContext(ctx, fmt.Sprintf("SELECT count(*) FROM %s WHERE _TimeReceived < %d AND _Seq > %d", t.def.physical, now-ticksOf(keep), after)).Scan(&rows)
		all += rows
	}
	if err = errors.Join(err, v.Close()); err != nil {
		return 0, fmt.Errorf("count rows that are kept past their retention: %w", err)
	}
	return all, nil
}

// Hold keeps retention from passing a sequence, as a cursor does, until Unhold or the end of the process. It is for
// readers that keep their place themselves. Called again, it moves the place.
func (s *Store) Hold(name string, seq int64) {
	s.cursors.mu.Lock()
	defer s.cursors.mu.Unlock()
	s.cursors.held[name] = seq
}

// Unhold takes a Hold back.
func (s *Store) Unhold(name string) {
	s.cursors.mu.Lock()
	defer s.cursors.mu.Unlock()
	delete(s.cursors.held, name)
}
