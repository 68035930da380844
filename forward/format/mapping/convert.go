package mapping

import (
	"bytes"
	"encoding/json"
	"math"
	"net/netip"
	"strconv"
	"time"
	"unicode/utf8"

	"lazuli.dev/lazuli/forward/format/row"
)

// word finds the word for a value; others tells that it is the one for all other values.
func (o *Out) word(raw []byte) (word string, known, others bool) {
	var buf [64]byte
	text := row.AppendText(buf[:0], raw)
	if word, known = o.Words[string(text)]; known {
		return word, true, false
	}
	word, known = o.Words["*"]
	return word, known, known
}

// convert appends a value as the field wants it. It is false, and nothing is appended, when the value does not
// fit.
func (o *Out) convert(dst, raw []byte, quoted bool) ([]byte, bool) {
	switch o.As {
	case Text:
		switch {
		case !quoted:
			return row.AppendPlain(dst, raw), true
		case raw[0] == '"' || raw[0] == '{' || raw[0] == '[':
			return AppendField(dst, raw), true
		}
		return appendQuoted(dst, raw), true // a field of texts holds no numbers
	case List:
		if !quoted {
			return row.AppendPlain(dst, raw), true
		}
		if HoldsJSON(raw) {
			if raw = row.AppendText(nil, raw); !json.Valid(raw) {
				return dst, false
			}
		}
		if raw[0] != '[' || nested(raw) {
			return dst, false
		}
		return row.AppendLine(dst, raw), true
	case JSON, Snake, Indexed:
		if !quoted {
			return row.AppendPlain(dst, raw), true
		}
		return o.object(dst, raw)
	case Data:
		if !quoted {
			return row.AppendPlain(dst, raw), true
		}
		var buf [256]byte
		return appendData(dst, row.AppendText(buf[:0], raw))
	case Int, Port, Nanos:
		var buf [32]byte
		text := row.AppendText(buf[:0], raw)
		if whole, fraction, found := bytes.Cut(text, []byte{'.'}); found && (o.As == Nanos || len(bytes.Trim(fraction, "0")) == 0) {
			text = whole
		}
		n, ok := parseInt(text)
		if !ok || o.As == Port && (n < 0 || n > 65535) {
			return dst, false
		}
		if o.As == Nanos {
			if n < 0 || n > 1<<63/2_000_000 {
				return dst, false
			}
			n *= 1_000_000
		}
		return strconv.AppendInt(dst, n, 10), true
	case Float:
		var buf [32]byte
		text := row.AppendText(buf[:0], raw)
		if f, err := strconv.ParseFloat(string(text), 64); err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return dst, false
		}
		return append(dst, text...), true
	case Time:
		text, ok := row.Plain(raw)
		if !ok {
			return dst, false
		}
		at, err := time.Parse(time.RFC3339Nano, string(text))
		if err != nil {
			return dst, false
		}
		if quoted {
			return append(dst, raw...), true
		}
		return strconv.AppendInt(dst, at.UnixMilli(), 10), true
	}
	text, ok := row.Plain(raw)
	if !ok {
		if !row.IsText(raw) {
			return dst, false
		}
		var buf [128]byte
		text = row.AppendText(buf[:0], raw)
	}
	switch o.As {
	case Address:
		text, ok = address(text)
	case AddressPort:
		return appendPort(dst, text)
	case MAC:
		var mac [17]byte
		ok = parseMAC(&mac, text)
		text = mac[:]
	case Lower:
		text, ok = bytes.ToLower(text), true
	case File:
		text = text[bytes.LastIndexAny(text, `/\`)+1:]
		ok = len(text) > 0
	case User, Domain:
		user, domain, _ := bytes.Cut(text, []byte{'@'})
		if before, behind, windows := bytes.Cut(text, []byte{'\\'}); windows {
			user, domain = behind, before
		}
		text = user
		if o.As == Domain {
			text = domain
		}
		ok = len(text) > 0
	default:
		return dst, false
	}
	switch {
	case !ok:
		return dst, false
	case quoted:
		return appendQuoted(dst, text), true
	}
	return append(dst, text...), true
}

// object appends an object or a list of them, also when it is written as a text. It is false when the value is neither.
func (o *Out) object(dst, raw []byte) ([]byte, bool) {
	if HoldsJSON(raw) {
		raw = row.AppendText(nil, raw)
		if !json.Valid(raw) {
			return dst, false
		}
	}
	if len(raw) == 0 || raw[0] != '{' && (raw[0] != '[' || !objects(raw)) {
		return dst, false
	}
	if o.As == JSON {
		return row.AppendLine(dst, raw), true
	}
	return appendSnake(dst, raw, o.As == Indexed), true
}

// AppendField appends a value for a field that holds texts or numbers, or lists of them: an object, or a list of
// others, becomes a text that holds its JSON.
func AppendField(dst, raw []byte) []byte {
	if len(raw) == 0 || raw[0] != '{' && (raw[0] != '[' || !nested(raw)) {
		return row.AppendLine(dst, raw)
	}
	dst = append(dst, '"')
	at := len(dst)
	dst = row.AppendCompact(dst, raw)
	// What is in it stands between quotes now, so its own quotes and escapes get one more.
	extra := 0
	for _, c := range dst[at:] {
		if c == '"' || c == '\\' {
			extra++
		}
	}
	from := len(dst) - 1
	dst = append(dst, make([]byte, extra)...)
	for to := len(dst) - 1; to > from; from-- {
		c := dst[from]
		dst[to] = c
		if to--; c == '"' || c == '\\' {
			dst[to] = '\\'
			to--
		}
	}
	return append(dst, '"')
}

// objects reports whether all elements of an array are objects: a field holds them or values, never both.
func objects(raw []byte) bool {
	s := row.Array(raw)
	for {
		_, value, ok := s.Next()
		if !ok {
			return true
		}
		if value[0] != '{' {
			return false
		}
	}
}

// nested reports whether an array has an object or array in it.
func nested(raw []byte) bool {
	s := row.Array(raw)
	for {
		_, value, ok := s.Next()
		if !ok {
			return false
		}
		if value[0] == '{' || value[0] == '[' {
			return true
		}
	}
}

func parseInt(text []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	return n, err == nil
}

// address cuts the port off and says whether the rest is an address. The usual form, four numbers, is read
// without anything else.
func address(text []byte) ([]byte, bool) {
	if IsIPv4(text) {
		return text, true
	}
	if len(text) > 2 && text[0] == '[' {
		if end := bytes.IndexByte(text, ']'); end > 0 {
			text = text[1:end]
		}
	} else if bytes.Count(text, []byte{':'}) == 1 {
		text = text[:bytes.IndexByte(text, ':')]
		return text, IsIPv4(text)
	}
	if len(text) > 64 {
		return nil, false
	}
	a, err := netip.ParseAddr(string(text))
	return text, err == nil && a.Zone() == "" // no receiver's field for addresses takes a zone
}

// appendPort appends the port that stands behind an address.
func appendPort(dst, text []byte) ([]byte, bool) {
	at := bytes.LastIndexByte(text, ':')
	if at < 0 || text[0] == '[' && text[at-1] != ']' {
		return dst, false
	}
	if text[0] != '[' && !IsIPv4(text[:at]) {
		return dst, false
	}
	n, ok := parseInt(text[at+1:])
	if !ok || n < 0 || n > 65535 {
		return dst, false
	}
	return strconv.AppendInt(dst, n, 10), true
}

// IsIPv4 reports whether a text is four numbers from 0 to 255.
func IsIPv4(text []byte) bool {
	if len(text) < 7 || len(text) > 15 {
		return false
	}
	parts, n, digits := 1, 0, 0
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			if digits > 0 && n == 0 {
				return false
			}
			n = n*10 + int(c-'0')
			if digits++; n > 255 {
				return false
			}
		case c == '.' && digits > 0 && parts < 4:
			parts, n, digits = parts+1, 0, 0
		default:
			return false
		}
	}
	return parts == 4 && digits > 0
}

// parseMAC reads twelve hexadecimal digits, with - or : between the bytes or nothing.
func parseMAC(mac *[17]byte, text []byte) bool {
	n := 0
	for _, c := range text {
		switch {
		case c == '-' || c == ':':
			continue
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F':
		default:
			return false
		}
		if n == 17 {
			return false
		}
		mac[n] = c
		if n++; n%3 == 2 && n < 17 {
			mac[n] = ':'
			n++
		}
	}
	return n == 17
}

func appendQuoted(dst, text []byte) []byte {
	dst = append(dst, '"')
	for _, r := range string(text) {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < 0x20:
			const digits = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', digits[r>>4], digits[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}

// appendSnake appends JSON with the names of members in snake_case, and where indexed with arrays as objects.
func appendSnake(dst, raw []byte, indexed bool) []byte {
	if len(raw) == 0 || raw[0] != '{' && raw[0] != '[' {
		return row.AppendLine(dst, raw)
	}
	s, array := row.Object(raw), raw[0] == '['
	if array {
		s = row.Array(raw)
	}
	object := !array || indexed
	if object {
		dst = append(dst, '{')
	} else {
		dst = append(dst, '[')
	}
	for i := 0; ; i++ {
		name, value, ok := s.Next()
		if !ok {
			break
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		switch {
		case array && indexed:
			dst = append(strconv.AppendInt(append(dst, '"'), int64(i), 10), '"', ':')
		case !array:
			dst = append(AppendSnake(append(dst, '"'), name), '"', ':')
		}
		dst = appendSnake(dst, value, indexed)
	}
	if object {
		return append(dst, '}')
	}
	return append(dst, ']')
}

// AppendSnake appends a name in snake_case: UserPrincipalName is user_principal_name, IPAddress ip_address,
// RiskEventTypes_V2 risk_event_types_v2.
func AppendSnake(dst, name []byte) []byte {
	for i, c := range name {
		upper := c >= 'A' && c <= 'Z'
		if upper && i > 0 {
			before := name[i-1]
			small := before >= 'a' && before <= 'z' || before >= '0' && before <= '9'
			next := i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z'
			if small || before >= 'A' && before <= 'Z' && next {
				dst = append(dst, '_')
			}
		}
		if upper {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}
