package decode

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"
)

// message decodes the whole body: values one after another.
func (w *worker) message() {
	b := w.b
	i := 0
	if bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) {
		i = 3
	}
	if i = blank(b, i); i < len(b) {
		w.asText = formOf(b, i) != notText
	}
	for {
		if i = blank(b, i); i >= len(b) || w.trace != nil && w.traced() {
			return
		}
		if w.ordinal >= maxRows-2 {
			w.quarantine(i, len(b), "too many rows in a message", "")
			return
		}
		end := -1
		switch {
		case b[i] == '{':
			end = w.record(i, 0)
		case w.asText:
			end = w.textPiece(i)
		case b[i] == '[':
			end = w.elements(i, 0)
		default:
			w.fail(i, "not JSON")
		}
		if end < 0 {
			end = w.resume(i)
		}
		i = end
	}
}

// maxValue is the longest text of a row, twice what Log Analytics keeps of one. The
// engine holds two thousand values of a column at once, so that longer ones could
// use up its memory. A record with such a value is quarantined.
const maxValue = 64 << 10

// maxEnvelopes bounds envelopes within envelopes.
const maxEnvelopes = 4

// record decodes the object at i, which may be an envelope. It returns the
// index after it, or -1 when it cannot be read; then nothing of it was kept.
func (w *worker) record(i, depth int) int {
	b := w.b
	if depth < maxEnvelopes && isEnvelope(b, i) {
		return w.envelope(i, depth)
	}
	p := w.last
	if p == nil {
		p = w.d.plans.sniff
	}
	w.begin(p)
	end := w.object(i, p.root)
	if end < 0 {
		w.drop()
		return -1
	}
	if w.badUTF8 && !utf8.Valid(b[i:end]) {
		w.drop()
		w.quarantine(i, end, "not UTF-8", "")
		return end
	}
	q := w.routed()
	if q == nil {
		w.drop()
		if depth < maxEnvelopes && (w.isArray(slotRecords) || w.isArray(slotValue)) {
			return w.envelope(i, depth)
		}
		w.quarantine(i, end, "not a record of a known kind", "")
		return end
	}
	if q != p {
		w.drop()
		w.last = q
		w.begin(q)
		if w.object(i, q.root) < 0 { // only the limit of nesting can differ between plans
			w.drop()
			return -1
		}
	}
	w.from, w.to = i, end
	if w.plan.re != nil {
		if s := w.slots[w.plan.reSlot]; s.stamp == w.stamp && w.plan.re.run(w, i, end, s) {
			return end
		}
	}
	if !w.finish(i, end, end-i) {
		w.quarantine(i, end, w.err, "")
	}
	return end
}

func (w *worker) isArray(slot int) bool {
	v := w.slot(slot)
	return len(v) > 0 && v[0] == '['
}

// isEnvelope reports whether the first key of the object at i is records, with
// an array: so that an envelope need not be walked as if it were a record.
func isEnvelope(b []byte, i int) bool {
	i = blank(b, i+1)
	const key = `"records"`
	if i+len(key) > len(b) || !equalFold(b[i:i+len(key)], key) {
		return false
	}
	i = blank(b, i+len(key))
	if i >= len(b) || b[i] != ':' {
		return false
	}
	i = blank(b, i+1)
	return i < len(b) && b[i] == '['
}

// envelope decodes the records of the object at i. Fields beside them are
// quarantined, but for those that only tell where the next page is.
func (w *worker) envelope(i, depth int) int {
	b := w.b
	i = blank(b, i+1)
	for {
		if i >= len(b) {
			w.cutOff()
			return i
		}
		key := i
		value := w.member(i)
		if value < 0 {
			return w.resume(key)
		}
		name, _ := w.text(key + 1)
		name2 := b[key+1 : name]
		if value < len(b) && b[value] == '[' && (equalFold(name2, "records") || equalFold(name2, "value")) {
			i = w.elements(value, depth+1)
		} else {
			end := w.value(value)
			if end < 0 {
				return w.resume(key)
			}
			if !equalFold(name2, "nextlink") && !bytes.HasPrefix(name2, []byte("@odata.")) {
				w.quarantine(key, end, "field beside the records", "")
			}
			i = end
		}
		if i = blank(b, i); i >= len(b) {
			w.cutOff()
			return i
		}
		switch b[i] {
		case '}':
			return i + 1
		case ',':
			i = blank(b, i+1)
		default:
			w.fail(i, "comma or end expected")
			return w.resume(i)
		}
	}
}

// elements decodes the records of the array at i and returns the index after it.
func (w *worker) elements(i, depth int) int {
	b := w.b
	i++
	for {
		if i = blank(b, i); i >= len(b) {
			w.cutOff()
			return i
		}
		if b[i] == ']' {
			return i + 1
		}
		if w.trace != nil && w.traced() {
			return len(b)
		}
		if w.ordinal >= maxRows-2 {
			w.quarantine(i, len(b), "too many rows in a message", "")
			return len(b)
		}
		start, end := i, -1
		switch b[i] {
		case '{':
			end = w.record(i, depth)
		case ',', '}':
			w.fail(i, "bad value")
		default:
			if end = w.value(i); end >= 0 {
				w.quarantine(i, end, "not an object", "")
			}
		}
		if end >= 0 {
			i = blank(b, end)
			switch {
			case i >= len(b) || b[i] == ']':
				continue
			case b[i] == ',':
				i++
				continue
			case b[i] == '{': // a comma is missing; nothing else is
				continue
			}
			start = i
			w.fail(i, "comma or end expected")
		}
		i = w.resumeElement(start)
	}
}

// resumeElement quarantines what is bad from start on and returns where to go
// on in the array.
func (w *worker) resumeElement(start int) int {
	b := w.b
	reason, at := w.err, w.at
	if w.budget > 0 && (b[start] == '{' || b[start] == '[') {
		limit := min(len(b), start+w.budget)
		end := balanced(b, start, limit)
		if end < 0 {
			w.budget -= limit - start
		} else if i := blank(b, end); i >= len(b) || b[i] == ',' || b[i] == ']' || b[i] == '{' {
			w.quarantineAt(start, end, reason, at)
			if i < len(b) && b[i] == ',' {
				i++
			}
			return i
		}
	}
	// Brackets do not help: look for an object that begins after a comma, can be
	// read, and is a record of a known kind.
	for i := start + 1; i < len(b) && w.budget > 0; i++ {
		w.budget--
		if b[i] != ',' {
			continue
		}
		if next := blank(b, i+1); next < len(b) && b[next] == '{' && w.looksLikeRecord(next) {
			w.quarantineAt(start, i, reason, at)
			return i + 1
		}
	}
	w.quarantineAt(start, len(b), reason, at)
	return len(b)
}

// cutOff notes that the message ends too early, unless its last bytes are in
// the quarantine already.
func (w *worker) cutOff() {
	if w.quarantinedTo < len(w.b) {
		w.quarantine(len(w.b), len(w.b), "cut off after the records", "")
	}
}

// looksLikeRecord reports whether the object at i can be read, is followed by
// what may follow an element, and would be routed.
func (w *worker) looksLikeRecord(i int) bool {
	w.begin(w.d.plans.sniff)
	end := w.object(i, w.plan.root)
	if end < 0 {
		w.budget -= max(w.at-i, 0)
		return false
	}
	w.budget -= end - i
	if j := blank(w.b, end); j < len(w.b) && w.b[j] != ',' && w.b[j] != ']' {
		return false
	}
	return w.routed() != nil
}

// resume quarantines the value at the top of the message that begins at start
// and cannot be read, and returns where to go on. Lines are what messages are
// made of: the next record begins on a line that is indented no more than this
// one. Within them brackets tell.
func (w *worker) resume(start int) int {
	b := w.b
	reason, at := w.err, w.at
	if w.asText {
		next := len(b)
		if j := bytes.IndexByte(b[start:], '\n'); j >= 0 {
			next = start + j
		}
		w.quarantineAt(start, next, reason, at)
		return next
	}
	indent := 0
	for i := start - 1; i >= 0 && (b[i] == ' ' || b[i] == '\t'); i-- {
		indent++
	}
	next := len(b)
	for i := start; i < len(b); {
		j := bytes.IndexByte(b[i:], '\n')
		if j < 0 {
			break
		}
		line := i + j + 1
		k := line
		for k < len(b) && (b[k] == ' ' || b[k] == '\t') {
			k++
		}
		if k < len(b) && (b[k] == '{' || b[k] == '[') && k-line <= indent {
			next = line
			break
		}
		i = line
	}
	if end := balanced(b, start, next); end >= 0 && (b[start] == '{' || b[start] == '[') {
		if i := blank(b, end); i >= next || b[i] == '{' || b[i] == '[' {
			w.quarantineAt(start, end, reason, at)
			return end
		}
	}
	w.quarantineAt(start, next, reason, at)
	return next
}

func (w *worker) quarantineAt(start, end int, reason string, at int) {
	w.quarantine(start, end, reason, fmt.Sprintf("at byte %d of the message", at))
}

// maxSingle is how many pieces of a message are quarantined singly. A row is
// much larger than a small piece, so what a message of rubbish becomes must be
// bounded: after these, pieces that follow each other share a row.
const maxSingle = 10_000

// A stretch is a run of pieces for one row of the quarantine.
type stretch struct{ start, end, pieces int }

// quarantine keeps b[start:end] as it is.
func (w *worker) quarantine(start, end int, reason, detail string) {
	w.quarantined++
	w.quarantinedTo = end
	if w.reasons == nil {
		w.reasons = map[string]int{}
	}
	w.reasons[reason]++
	if w.quarantined <= maxSingle {
		w.quarantineRow(start, end, reason, detail)
		return
	}
	if p := &w.pending; p.pieces > 0 && len(bytes.Trim(w.b[p.end:start], ", \t\r\n")) == 0 {
		p.end = end
		p.pieces++
		return
	}
	w.flushQuarantine()
	w.pending = stretch{start, end, 1}
}

// flushQuarantine makes a row of the pieces that are waiting.
func (w *worker) flushQuarantine() {
	if p := w.pending; p.pieces > 0 {
		w.pending = stretch{}
		w.quarantineRow(p.start, p.end, "bad pieces, one after another", fmt.Sprintf("%d pieces", p.pieces))
	}
}

// maxRaw is how many bytes a row of the quarantine has at most, for the reason of
// maxValue: a longer piece has several rows, which RawOffset puts in order.
const maxRaw = 32 << 10

func (w *worker) quarantineRow(start, end int, reason, detail string) {
	valid := !w.badUTF8 || utf8.Valid(w.b[start:end])
	w.from, w.to = start, end
	for part := 1; ; part++ {
		to := end
		if end-start > maxRaw {
			to = start + maxRaw
			for valid && !utf8.RuneStart(w.b[to]) {
				to--
			}
		}
		where := detail
		if part > 1 || to < end {
			where = strings.TrimPrefix(fmt.Sprintf("%s; part %d", detail, part), "; ")
		}
		w.quarantinePart(start, to, valid, reason, where)
		if start = to; start >= end {
			return
		}
	}
}

func (w *worker) quarantinePart(start, end int, valid bool, reason, detail string) {
	l := w.d.plans.quarantine
	o := w.output(l)
	raw := w.b[start:end]
	bl := o.bl
	text := func(column, v string) {
		if v != "" {
			bl.SetString(l.cols[column].col, v)
		}
	}
	bl.SetInt64(l.time, w.msg.Received)
	text("Reason", reason)
	text("Detail", detail)
	kind := "text"
	switch {
	case !valid:
		kind = "binary"
	case len(raw) > 0 && (raw[0] == '{' || raw[0] == '[' || raw[0] == '"'):
		kind = "json"
	}
	text("ContentKind", kind)
	if valid {
		bl.SetText(l.cols["Raw"].col, raw)
	} else {
		w.scratch = base64.StdEncoding.AppendEncode(w.scratch[:0], raw)
		bl.SetText(l.cols["RawBase64"].col, w.scratch)
	}
	bl.SetInt64(l.cols["RawOffset"].col, int64(start))
	bl.SetInt64(l.cols["RawLength"].col, int64(len(raw)))
	text("Origin", w.msg.Origin)
	text("SourceSystem", "Lazuli")
	text("Type", l.table.Name)
	text("_IsBillable", "False")
	bl.SetFloat64(l.size, float64(len(raw)))
	bl.SetInt64(l.seq, w.msg.Seq+int64(w.ordinal))
	bl.SetInt32(l.ordinal, int32(w.ordinal))
	bl.EndRow()
	if w.trace != nil {
		w.tell(l)
	}
	w.ordinal++
}
