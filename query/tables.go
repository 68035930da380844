package query

import (
	"context"
	"errors"
	"fmt"

	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/schema"
	"lazuli.dev/lazuli/store"
)

// blockSize is the unit in which the engine's file is used, in bytes.
const blockSize = 256 << 10

// TableInfo is what there is to know about a table of a workspace.
type TableInfo struct {
	Name             string
	Doc              string // one sentence, "" for a table without a built-in schema
	Columns          []types.Column
	Rows             int64
	Bytes            int64 // in memory, and of the file the blocks that have values of the table; 0 in a list with schemas
	MinTime, MaxTime int64 // of TimeGenerated, ticks; 0 where there are no rows
	Received         int64 // when the newest row came, ticks; 0 where there never was one
}

// Tables lists the tables of a workspace: those that have rows, and with schemas also the built-in ones that have
// none. They are sorted by name.
func (e *Engine) Tables(ctx context.Context, workspace string, schemas bool) ([]TableInfo, error) {
	list, err := e.tables(ctx, workspace, schemas)
	if err != nil {
		return nil, e.explain(ctx, "", e.o.Limits, err)
	}
	return list, nil
}

func (e *Engine) tables(ctx context.Context, workspace string, schemas bool) (list []TableInfo, err error) {
	view, err := e.store.View(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, view.Close()) }()
	c := newCatalog(view, &Request{Workspace: workspace}, nil)
	c.all = schemas
	for _, name := range c.Names() {
		t := c.table(name)
		var state store.TableState
		if t.states != nil {
			state = t.states[0]
		}
		if state.Rows == 0 && !schemas {
			continue // it had rows once, or nothing has
		}
		info := TableInfo{Name: name, Columns: t.Columns, Rows: state.Rows, MinTime: state.MinTime, MaxTime: state.MaxTime, Received: state.Latest}
		if s, ok := schema.Lookup(name); ok {
			info.Doc = s.Doc
		}
		if !schemas {
			// A millisecond or two for each table: not for editors that ask for names.
			blocks, err := fileBlocks(ctx, view, workspace, name)
			if err != nil {
				return nil, fmt.Errorf("measure table %s: %w", name, err)
			}
			info.Bytes = state.Bytes + blocks*blockSize
		}
		list = append(list, info)
	}
	return list, nil
}

// fileBlocks counts the blocks of the file that have values of the table. Small tables may share one.
func fileBlocks(ctx context.Context, view *store.View, workspace, table string) (n int64, err error) {
	for _, b := range view.Branches(workspace, table) {
		if !b.Native {
			continue
		}
		var blocks int64
		// The engine's own function, which no query may use (see duck.Collect).
		row := view.Conn().QueryRowContext(ctx, "SELECT count(DISTINCT block_id) FROM pragma_storage_info("+duck.Literal(b.From)+") WHERE persistent")
		if err := row.Scan(&blocks); err != nil {
			return 0, err
		}
		n += blocks
	}
	return n, nil
}
