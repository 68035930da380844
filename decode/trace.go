package decode

// A Piece is the part of a message that a row was made of: a record, a line, an
// event, or what was quarantined. Several rows may be of one piece: those of a flow
// record, of a record with many metrics, or of a long piece of the quarantine.
type Piece struct {
	Ordinal    int    // of the row in the message: the low 24 bits of its _Seq
	Table      string // that the row goes to
	Start, End int    // Body[Start:End]; empty where the row is about something that is missing
}

// maxTraced is how many rows of a table Trace lets come together before it lets go of
// them.
const maxTraced = 4096

// tracing is who wants to know of which bytes rows are made.
type tracing struct {
	tell func(Piece) bool
	done bool
}

// Trace decodes a message again and calls tell with the piece of each row, by
// ordinal, until tell returns false. The message must be as Decode had it; the
// rows are those that Decode makes, and nothing is kept of them.
func (d *Decoder) Trace(m Message, tell func(Piece) bool) error {
	if err := m.check(); err != nil {
		return err
	}
	w := d.workers.Get().(*worker)
	w.trace = &tracing{tell: tell}
	for _, c := range w.decode(m).Chunks {
		c.Release()
	}
	d.release(w)
	return nil
}

// tell reports the row that was just completed.
func (w *worker) tell(l *tableLayout) {
	if t := w.trace; !t.done {
		t.done = !t.tell(Piece{w.ordinal, l.table.Name, w.from, w.to})
	}
}

// traced is called between two records: it lets go of the rows so far where they are
// many, and reports whether the rest of the message need not be looked at.
func (w *worker) traced() bool {
	for _, o := range w.order {
		if o.bl.Rows() > maxTraced {
			o.bl.Reset()
			o.from = 0
		}
	}
	return w.trace.done
}
