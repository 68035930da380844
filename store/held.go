package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Held says for each key whether a frame of the workspace and origin was taken
// under it and is remembered. A sender finds out with it where to go on; it
// promises nothing for later, since keys are forgotten after their time.
func (s *Store) Held(ctx context.Context, workspace, origin string, keys []string) ([]bool, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	now := s.opts.Clock()
	held := make([]bool, len(keys))
	places := map[keySum][]int{}
	for i, k := range keys {
		sum := sumKey(&Frame{Workspace: workspace, Origin: origin, Key: []byte(k)})
		places[sum] = append(places[sum], i)
	}
	found := func(k keySum) {
		for _, i := range places[k] {
			held[i] = true
		}
		delete(places, k)
	}
	s.once.mu.Lock()
	for k := range places {
		if e, known := s.once.keys[k]; known && e.expires > now {
			found(k)
		} else if !s.once.stored.may(&k, now) {
			delete(places, k)
		}
	}
	s.once.mu.Unlock()
	if len(places) == 0 {
		return held, nil
	}
	// One literal for all of them: the engine takes long to read many.
	var list strings.Builder
	for k := range places {
		if list.Len() > 0 {
			list.WriteByte(',')
		}
		fmt.Fprintf(&list, "%x", k)
	}
	s.dbLock.RLock()
	defer s.dbLock.RUnlock()
	if s.db == nil {
		return nil, errors.New("look for keys: the tables are closed after an error")
	}
	rows, err := s.db.QueryContext(ctx, fmt.Sprintf("SELECT DISTINCT key::VARCHAR FROM lazuli_keys WHERE expires > %d AND key IN (SELECT unnest(string_split('%s', ','))::UUID)", now, list.String()))
	if err != nil {
		return nil, fmt.Errorf("look for keys: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		var k keySum
		if err := errors.Join(rows.Scan(&text), parseUUID(k[:], text)); err != nil {
			return nil, fmt.Errorf("look for keys: %w", err)
		}
		found(k)
	}
	return held, rows.Err()
}
