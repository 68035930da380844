package splunk

import (
	"fmt"
	"net/http"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/forward/transport"
)

// An answer is what the collector said.
type answer struct {
	Status       int             `json:"-"`
	RetryAfter   time.Duration   `json:"-"`
	Location     string          `json:"-"`
	Text         string          `json:"text"`
	Code         *int            `json:"code"`
	InvalidEvent *int            `json:"invalid-event-number"`
	AckID        *int64          `json:"ackId"`
	Acks         map[string]bool `json:"acks"`
}

// The collector's codes that decide something; the others go by their HTTP status.
const (
	codeSuccess       = 0
	codeInvalidFormat = 6
	codeWrongIndex    = 7
	codeNoEventField  = 12
	codeBlankEvent    = 13
	codeAckDisabled   = 14
	codeBadFields     = 15
)

// codes says what to do about each code and how to say it, for the person who has to act.
var codes = map[int]struct {
	kind lazuli.Kind
	hint string
}{
	1:                 {lazuli.Denied, "enable the token in Splunk"},
	2:                 {lazuli.Denied, "a proxy may have taken the Authorization header away"},
	3:                 {lazuli.Denied, "check the token"},
	4:                 {lazuli.Denied, "check the token"},
	5:                 {lazuli.Transient, "the request arrived empty"},
	codeInvalidFormat: {lazuli.Permanent, "the collector cannot read the request"},
	codeWrongIndex:    {lazuli.Permanent, "create the index, or allow it for the token"},
	8:                 {lazuli.Transient, ""},
	9:                 {lazuli.Transient, ""},
	10:                {lazuli.Permanent, "a proxy may have taken the X-Splunk-Request-Channel header away"},
	11:                {lazuli.Permanent, "check the key channel"},
	codeAckDisabled:   {lazuli.Permanent, "enable indexer acknowledgement for the token or set acknowledgement: false"},
	16:                {lazuli.Denied, "check the token"},
	17:                {lazuli.Unknown, ""},
}

// refusesEvent reports whether the request was refused because of some event in it, so that the
// others can go without it. A wrong index is an event's fault only where the index comes from the row.
func (a *answer) refusesEvent(indexVaries bool) bool {
	if a.Status == http.StatusRequestEntityTooLarge {
		return true
	}
	if a.Status != http.StatusBadRequest || a.Code == nil {
		return false
	}
	switch *a.Code {
	case codeInvalidFormat, codeNoEventField, codeBlankEvent, codeBadFields:
		return true
	case codeWrongIndex:
		return indexVaries
	}
	return false
}

// text says what the collector said.
func (a *answer) text() string {
	if a.Code != nil {
		return fmt.Sprintf("the collector answered %d: %s (code %d)", a.Status, a.Text, *a.Code)
	}
	return fmt.Sprintf("the collector answered %d %s", a.Status, http.StatusText(a.Status))
}

// err is nil for success, else an error of the kind that tells what to do.
func (a *answer) err(redact func(string) string) error {
	if a.Status == http.StatusOK && (a.Code == nil || *a.Code == codeSuccess || *a.Code == 17) {
		return nil
	}
	kind, text := lazuli.Unknown, a.text()
	if a.Code != nil {
		if c, known := codes[*a.Code]; known {
			kind = c.kind
			if c.hint != "" {
				text += "; " + c.hint
			}
		}
	}
	if kind == lazuli.Unknown {
		switch {
		case a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden:
			kind, text = lazuli.Denied, text+"; "+transport.WayOut(a.Status, "", "the token")
		case a.Status == http.StatusTooManyRequests || a.Status == http.StatusRequestTimeout || a.Status >= 500 || a.Status == http.StatusOK:
			kind = lazuli.Transient
		case a.Status == http.StatusNotFound:
			kind, text = lazuli.Permanent, text+"; check the url: no HTTP Event Collector is there"
		case a.Status >= 300 && a.Status < 400:
			kind, text = lazuli.Permanent, text+"; no HTTP Event Collector is there: "+transport.WayOut(a.Status, a.Location, "")
		default:
			kind = lazuli.Permanent
		}
	}
	return &lazuli.Error{Kind: kind, Public: redact(text), Wait: a.RetryAfter}
}
