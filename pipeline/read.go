package pipeline

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/format/mapping"
	"lazuli.dev/lazuli/kql"
	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/query"
)

// asks makes a reader that runs the output's query on the engine, over rows of a timespan where that is not "". An
// output without a query reads every table that holds rows, or those of them that it names, one after the other.
func asks(engine *query.Engine, o Output, workspaceID, timespan string) reader {
	text := strings.TrimSpace(o.Query)
	whole := map[string]string{} // by the query, what is asked instead
	return func(ctx context.Context, after, upto int64, max, size int) (rows, error) {
		texts := []string{text}
		if text == "" {
			var err error
			if texts, err = wholeTables(ctx, engine, o); err != nil {
				return rows{}, kindOfQuery(err)
			}
		}
		var all []pending
		for _, text := range texts {
			if whole[text] == "" {
				var err error
				if whole[text], err = withHeader(ctx, engine, o, text); err != nil {
					return rows{}, err
				}
			}
			found, err := ask(ctx, engine, o, whole[text], timespan, after, upto, max-len(all), size)
			if err != nil {
				return rows{}, err
			}
			for _, e := range found {
				size -= len(e.Row)
			}
			all = append(all, found...)
		}
		return inOrder(all, workspaceID), nil
	}
}

// wholeTables are the queries of an output without one.
func wholeTables(ctx context.Context, engine *query.Engine, o Output) ([]string, error) {
	tables, err := engine.Tables(ctx, o.Workspace, false)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, t := range tables {
		if len(o.Tables) == 0 || slices.Contains(o.Tables, t.Name) {
			texts = append(texts, "['"+t.Name+"']")
		}
	}
	return texts, nil
}

// asksWithin makes the reader of a replay: its query, its workspace and its window.
func asksWithin(engine *query.Engine, o Output, ids map[string]string, of record) (reader, error) {
	id, known := ids[of.Workspace]
	if !known {
		return nil, fmt.Errorf("the replay is of workspace %q, which is not configured any more", of.Workspace)
	}
	o.Workspace, o.Query, o.Tables = of.Workspace, of.Query, of.Tables
	return asks(engine, o, id, of.From.UTC().Format(time.RFC3339Nano)+"/"+of.To.UTC().Format(time.RFC3339Nano)), nil
}

// count counts the rows of an output's query with after < _Seq <= upto.
func count(ctx context.Context, engine *query.Engine, o Output, after, upto int64) (int64, error) {
	texts := []string{strings.TrimRight(o.Query, " \t\r\n;")}
	if strings.TrimSpace(o.Query) == "" {
		var err error
		if texts, err = wholeTables(ctx, engine, o); err != nil {
			return 0, err
		}
	}
	var all int64
	for _, text := range texts {
		result, err := engine.Run(ctx, query.Request{Workspace: o.Workspace, Text: text + "\n| count", AfterSeq: after, UptoSeq: upto, ID: "output " + o.Name})
		if err != nil {
			return 0, err
		}
		for r := range result.Tables[0].Rows() {
			all += r.Long(0)
		}
		result.Close()
	}
	return all, nil
}

// withHeader adds to a query of rows that came as syslog what their header was, which is beside the columns. A query that
// projects, and so says what is to go out, stays as it is.
func withHeader(ctx context.Context, engine *query.Engine, o Output, text string) (string, error) {
	tried := func(text string) (*query.Result, error) {
		return engine.Run(ctx, query.Request{Workspace: o.Workspace, Text: text, RowWise: true, UptoSeq: 1, Limits: query.Limits{Rows: 1, Bytes: 1 << 20}, ID: "output " + o.Name})
	}
	result, err := tried(text)
	if err != nil {
		return "", kindOfQuery(err)
	}
	read := result.Stats.Tables
	result.Close()
	if len(read) != 1 || !mapping.HasHeader(read[0].Name) {
		return text, nil
	}
	more := strings.TrimRight(text, " \t\r\n;") + "\n| extend _Unmapped"
	result, err = tried(more)
	var wrong *kql.Error
	switch {
	case errors.As(err, &wrong):
		return text, nil
	case err != nil:
		return "", kindOfQuery(err)
	}
	result.Close()
	return more, nil
}

// ask runs one row-wise query.
func ask(ctx context.Context, engine *query.Engine, o Output, text, timespan string, after, upto int64, max, size int) ([]pending, error) {
	if max < 1 || size < 1 {
		return nil, errTooMany
	}
	result, err := engine.Run(ctx, query.Request{
		Workspace: o.Workspace, Text: text, Timespan: timespan, RowWise: true, AfterSeq: after, UptoSeq: upto,
		Limits: query.Limits{Rows: int64(max), Bytes: int64(size)}, ID: "output " + o.Name,
	})
	if err != nil {
		return nil, kindOfQuery(err)
	}
	defer result.Close()
	switch {
	case result.Partial != nil:
		return nil, kindOfQuery(result.Partial)
	case len(result.Tables) != 1:
		return nil, lazuli.Errorf(lazuli.Permanent, "the output's query has %d results; it must have one", len(result.Tables))
	}
	table := ""
	if read := result.Stats.Tables; len(read) == 1 {
		table = read[0].Name
	}
	return events(&result.Tables[0], o.Workspace, table)
}

// kindOfQuery gives the engine's errors their kind.
func kindOfQuery(err error) error {
	var failed *query.Error
	switch {
	case !errors.As(err, &failed):
		return &lazuli.Error{Kind: lazuli.Permanent, Public: "the output's query is wrong: " + err.Error(), Err: err}
	case failed.Kind == query.TooLarge:
		return errTooMany
	case failed.Kind == query.BadQuery || failed.Kind == query.BadRequest:
		return &lazuli.Error{Kind: lazuli.Permanent, Public: failed.Message, Err: err}
	}
	return &lazuli.Error{Kind: lazuli.Transient, Public: failed.Message, Wait: failed.Retry, Err: err}
}

// checkQuery finds out whether an output's query can be used. A name that nothing has yet may come with the
// rows to be received, so it is told and no error.
func checkQuery(ctx context.Context, engine *query.Engine, o Output) (unknown *kql.Error, err error) {
	if strings.TrimSpace(o.Query) == "" {
		return nil, nil
	}
	_, err = ask(ctx, engine, o, o.Query, "", 0, 1, 1, 1<<20)
	var wrong *kql.Error
	switch {
	case err == nil || errors.Is(err, errTooMany):
		return nil, nil
	case errors.As(err, &wrong) && strings.HasPrefix(wrong.Code, "SEM"):
		return wrong, nil
	}
	return nil, fmt.Errorf("output %s: %w", o.Name, err)
}

// A pending is an event that waits, and when its row was received.
type pending struct {
	lazuli.Event
	received int64
}

// layout says which column of a result is what.
type layout struct {
	seq, received, time int
	names               [][]byte // `"Name":` of the columns that go out, nil for the others
}

func layoutOf(columns []types.Column) (layout, error) {
	l := layout{seq: -1, received: -1, time: -1, names: make([][]byte, len(columns))}
	for i, c := range columns {
		switch c.Name {
		case "_Seq":
			l.seq = i
			continue
		case "_TimeReceived":
			l.received = i
			continue
		case "_Origin", "_Position", "_Ordinal", "_DecoderVersion":
			continue
		case "TimeGenerated":
			if c.Type == types.DateTime {
				l.time = i
			}
		}
		l.names[i] = append(query.AppendString(nil, c.Name), ':')
	}
	if l.seq < 0 {
		return l, errors.New("the engine gave no _Seq")
	}
	return l, nil
}

// events makes events of a result. Null and empty values are left out: a row of a Log Analytics table is mostly
// those, and receivers charge by the byte.
func events(t *query.Table, workspace, table string) ([]pending, error) {
	l, err := layoutOf(t.Columns)
	if err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	all := make([]pending, 0, t.Len())
	// The rows lie one behind the other in one text, so that they cost no allocation each.
	text := make([]byte, 0, t.Bytes()+t.Bytes()/2)
	ends := make([]int, 0, t.Len())
	for r := range t.Rows() {
		e := pending{Event: lazuli.Event{Seq: r.Long(l.seq), Workspace: workspace, Table: table}}
		if l.received >= 0 {
			e.received = r.Long(l.received)
		}
		e.Time = e.received
		if l.time >= 0 && !r.Null(l.time) {
			e.Time = r.Long(l.time)
		}
		begin := len(text)
		text = append(text, '{')
		for i, name := range l.names {
			if name == nil || r.Null(i) {
				continue
			}
			before := len(text)
			if before > begin+1 {
				text = append(text, ',')
			}
			text = append(text, name...)
			value := len(text)
			if text = r.Append(text, i, query.Inline); string(text[value:]) == `""` {
				text = text[:before]
			}
		}
		text = append(text, '}')
		ends = append(ends, len(text))
		all = append(all, e)
	}
	from := 0
	for i, end := range ends {
		all[i].Row = text[from:end:end]
		from = end
	}
	return all, nil
}

// inOrder sorts events by _Seq and gives them their ids. Should rows share a _Seq, their order must not depend
// on the engine, for the ids count them.
func inOrder(all []pending, workspaceID string) rows {
	slices.SortFunc(all, func(a, b pending) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), bytes.Compare(a.Row, b.Row))
	})
	out := rows{make([]lazuli.Event, len(all)), make([]int64, len(all))}
	ids := make([]byte, 0, len(all)*(len(workspaceID)+20))
	ends := make([]int, len(all))
	nth := 0
	for i := range all {
		if nth++; i == 0 || all[i-1].Seq != all[i].Seq {
			nth = 0
		}
		ids = appendID(ids, workspaceID, all[i].Seq, nth)
		ends[i] = len(ids)
		out.events[i], out.received[i] = all[i].Event, all[i].received
	}
	// One text for all ids; each is a part of it.
	text, from := string(ids), 0
	for i, end := range ends {
		out.events[i].ID = text[from:end]
		from = end
	}
	return out
}
