package splunk

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"lazuli.dev/lazuli"
)

// IDField is the indexed field that carries an event's stable id: `| dedup lazuli_id` drops repeats.
const IDField = "lazuli_id"

// encoder writes events in the collector's form: one JSON object after the other.
type encoder struct {
	host, source, sourcetype, index template
	row                             bool // some template reads the row
}

func newEncoder(c Config) (*encoder, error) {
	e := &encoder{}
	for _, f := range []struct {
		key  string
		text string
		to   *template
	}{{"host", c.Host, &e.host}, {"source", c.Source, &e.source}, {"sourcetype", c.SourceType, &e.sourcetype}, {"index", c.Index, &e.index}} {
		t, err := parseTemplate(f.text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.key, err)
		}
		*f.to = t
		e.row = e.row || t.needsRow()
	}
	return e, nil
}

// append writes one event after dst.
func (e *encoder) append(dst []byte, ev *lazuli.Event) []byte {
	var row map[string]json.RawMessage
	if e.row {
		// A row that is no object leaves the templates empty; the event still goes out.
		_ = json.Unmarshal(ev.Row, &row)
	}
	dst = append(dst, '{')
	if t := epoch(ev.Time); t != "" {
		dst = append(dst, `"time":`...)
		dst = append(dst, t...)
		dst = append(dst, ',')
	}
	for _, f := range []struct {
		key string
		t   template
	}{{`"host":`, e.host}, {`"source":`, e.source}, {`"sourcetype":`, e.sourcetype}, {`"index":`, e.index}} {
		text := f.t.expand(ev, row)
		if text == "" {
			continue
		}
		dst = append(dst, f.key...)
		dst = appendString(dst, text)
		dst = append(dst, ',')
	}
	dst = append(dst, `"event":`...)
	dst = append(dst, ev.Row...)
	dst = append(dst, `,"fields":{"`+IDField+`":`...)
	dst = appendString(dst, ev.ID)
	return append(dst, "}}\n"...)
}

func appendString(dst []byte, s string) []byte {
	b, err := json.Marshal(s)
	if err != nil { // a string always marshals
		return append(dst, `""`...)
	}
	return append(dst, b...)
}

// epoch writes ticks as seconds since 1970 with at least three digits of fraction, all seven where they
// are not zero. Splunk's clock starts in 1970: an earlier time is left out (the row has it).
func epoch(ticks int64) string {
	since := ticks - lazuli.TicksAtUnixEpoch
	if since < 0 {
		return ""
	}
	frac := fmt.Sprintf("%07d", since%10_000_000)
	frac = frac[:3] + strings.TrimRight(frac[3:], "0")
	return strconv.FormatInt(since/10_000_000, 10) + "." + frac
}
