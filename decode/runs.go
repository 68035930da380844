package decode

import (
	"bytes"
	"unicode/utf8"

	"lazuli.dev/lazuli/internal/sysframe"
)

// trailer is what senders put behind a message.
const trailer = "\r\n\x00"

// runs decodes a body as the receiver of syslog writes it: every message is one, whatever it looks like.
func (w *worker) runs() {
	var addr []byte
	for at, r := range sysframe.Runs(w.b) {
		if r.Err != nil {
			w.quarantine(at, len(w.b), "not a run of syslog messages", r.Err.Error())
			return
		}
		addr = r.Peer.Addr().AppendTo(addr[:0])
		w.peer = addr
		for from, n := range r.Messages() {
			if w.trace != nil && w.traced() {
				return
			}
			if w.ordinal >= maxRows-2 {
				w.quarantine(at+from, len(w.b), "too many rows in a message", "")
				return
			}
			w.syslogMessage(r.Run, at+from, at+from+n)
		}
	}
}

// syslogMessage decodes the message b[start:end], frame included.
func (w *worker) syslogMessage(r sysframe.Run, start, end int) {
	w.remarks, w.bytes = w.remarks[:0], nil
	line := w.b[start:end]
	switch r.Kind {
	case sysframe.More:
		w.quarantine(start, end, "rest of a syslog message that is too long", "")
		return
	case sysframe.Long:
		w.remarks = append(w.remarks, "too long; the rest is in LazuliQuarantine")
	case sysframe.Cut:
		w.remarks = append(w.remarks, "the connection ended inside the message")
	}
	if !r.Datagram() {
		_, at, _ := sysframe.Count(line)
		line = line[at:]
	}
	line = bytes.TrimRight(line, trailer)
	if len(line) == 0 {
		return
	}
	if w.badUTF8 && !utf8.Valid(line) {
		w.remarks = append(w.remarks, "not UTF-8; the message is in _Unmapped, in base64")
		w.bytes = line
		line = bytes.ToValidUTF8(line, []byte("\ufffd"))
	}
	w.textLine(orCEF(line, syslog), line, start, end)
}
