package pipeline

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// ErrRecordTooLong is the error for a record that no upload can hold.
var ErrRecordTooLong = errors.New("a record is longer than an upload may be")

// A Splitter cuts a stream of wire records (lines, one or more JSON values, an array, an envelope
// {"records":[…]}) at record boundaries into bodies of about Target bytes, each of them whole by
// itself. The same stream gives the same bodies. Records are not changed; what is no JSON goes line by
// line, for the decoder to judge.
type Splitter struct {
	Target int // bytes of a body; a longer record goes alone
	Max    int // bytes of the longest record
}

// Split calls put with each body and the offset in the stream where its first record begins. The body is
// valid until put returns.
func (s Splitter) Split(r io.Reader, put func(offset int64, body []byte) error) error {
	in := &input{r: bufio.NewReaderSize(r, 256<<10), max: s.Max}
	first, err := in.skipSpace()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
	switch first {
	case '[':
		in.take()
		return s.elements(in, []byte("["), []byte("]"), put)
	case '{':
		return s.objects(in, put)
	}
	return s.lines(in, nil, 0, put)
}

// objects looks at the first value to see how the stream is built.
func (s Splitter) objects(in *input, put func(int64, []byte) error) error {
	start := in.at
	head, whole, err := in.value(nil, s.Target)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if !whole && err == nil {
		if n := envelope(head); n > 0 {
			// A document larger than a body: read its elements again from the start of the array.
			in.unread(head[n:], start+int64(n))
			return s.elements(in, head[:n:n], []byte("]}"), put)
		}
	}
	if !spansLines(head) {
		return s.lines(in, head, start, put)
	}
	if !whole && err == nil {
		in.unread(head, start)
		if head, _, err = in.value(nil, s.Max); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	// Values that span lines.
	body := append([]byte(nil), head...)
	for {
		_, err := in.skipSpace()
		if errors.Is(err, io.EOF) {
			return put(start, body)
		}
		if err != nil {
			return err
		}
		at := in.at
		v, _, err := in.value(nil, s.Max)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(body)+len(v) > s.Target {
			if err := put(start, body); err != nil {
				return err
			}
			body, start = body[:0], at
		}
		if len(body) > 0 {
			body = append(body, '\n')
		}
		body = append(body, v...)
	}
}

// spansLines reports whether a JSON value goes on after its first line break, as printers indent it; where the
// line before was just cut off, the next one begins a record of its own.
func spansLines(value []byte) bool {
	i := bytes.IndexByte(value, '\n')
	if i < 0 {
		return false
	}
	line := bytes.TrimRight(value[:i], " \t\r")
	next := bytes.TrimLeft(value[i:], " \t\r\n")
	return len(line) > 0 && bytes.IndexByte([]byte("{[,:"), line[len(line)-1]) >= 0 &&
		(len(next) == 0 || next[0] != '{' || line[len(line)-1] != '{' && line[len(line)-1] != ':')
}

// envelope is the length of `{"records":[` at the beginning of a document, with all that stands before the
// array, or 0 when there is no such array in sight.
func envelope(head []byte) int {
	depth, i := 0, 0
	for i < len(head) {
		switch c := head[i]; c {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			end := i + 1
			for end < len(head) && head[end] != '"' {
				if head[end] == '\\' {
					end++
				}
				end++
			}
			if end >= len(head) {
				return 0
			}
			if depth == 1 && string(head[i:end+1]) == `"records"` {
				rest := head[end+1:]
				trimmed := bytes.TrimLeft(rest, " \t\r\n")
				if len(trimmed) > 0 && trimmed[0] == ':' {
					trimmed = bytes.TrimLeft(trimmed[1:], " \t\r\n")
					if len(trimmed) > 0 && trimmed[0] == '[' {
						return len(head) - len(trimmed) + 1
					}
				}
			}
			i = end
		}
		i++
	}
	return 0
}

// elements cuts an array whose bracket was read: bodies are before + elements + after. What follows the array
// is a stream of its own, but for the end of the envelope.
func (s Splitter) elements(in *input, before, after []byte, put func(int64, []byte) error) error {
	var body []byte
	var start int64
	flush := func() error {
		if len(body) == 0 {
			return nil
		}
		err := put(start, append(body, after...))
		body = body[:0]
		return err
	}
	for {
		c, err := in.skipSpace()
		if errors.Is(err, io.EOF) {
			return flush() // the array is cut off: what is whole is taken
		}
		if err != nil {
			return err
		}
		switch c {
		case ',':
			in.take()
			continue
		case ']':
			in.take()
			if err := flush(); err != nil {
				return err
			}
			return s.tail(in, put)
		}
		at := in.at
		v, whole, err := in.value(nil, s.Max)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if !whole {
			// The last element is cut off: it goes alone and as it is, so that it spoils no other.
			if err := flush(); err != nil {
				return err
			}
			return put(at, v)
		}
		if len(body) > 0 && len(body)+len(v) > s.Target {
			if err := flush(); err != nil {
				return err
			}
		}
		if len(body) == 0 {
			body, start = append(body, before...), at
		} else {
			body = append(body, ',')
		}
		body = append(body, v...)
	}
}

// tail reads on behind an array: keys that follow "records" in an envelope are passed over up to its brace, and
// the next value begins the stream anew.
func (s Splitter) tail(in *input, put func(int64, []byte) error) error {
	for {
		c, err := in.skipSpace()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch c {
		case ',', '}', ':':
			in.take()
		case '"':
			if _, _, err := in.value(nil, s.Max); err != nil && !errors.Is(err, io.EOF) {
				return err
			}
		case '[':
			in.take()
			return s.elements(in, []byte("["), []byte("]"), put)
		case '{':
			return s.objects(in, put)
		default:
			return s.lines(in, nil, 0, put)
		}
	}
}

// lines cuts at line breaks; head was read already and began at start.
func (s Splitter) lines(in *input, head []byte, start int64, put func(int64, []byte) error) error {
	body := append(make([]byte, 0, s.Target+64<<10), head...)
	if len(head) == 0 {
		start = in.at
	}
	mark := 0 // body[:mark] are whole lines
	for {
		piece, err := in.line()
		body = append(body, piece...)
		if len(body)-mark > s.Max {
			return fmt.Errorf("line at offset %d: %w (%d bytes)", start+int64(mark), ErrRecordTooLong, s.Max)
		}
		ended := len(piece) > 0 && piece[len(piece)-1] == '\n'
		if ended || errors.Is(err, io.EOF) {
			if mark > 0 && len(body) > s.Target {
				if err := put(start, body[:mark]); err != nil {
					return err
				}
				start += int64(mark)
				body = append(body[:0], body[mark:]...)
			}
			mark = len(body)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if !errors.Is(err, io.EOF) {
				return err
			}
			if len(bytes.TrimSpace(body)) == 0 {
				return nil
			}
			return put(start, body)
		}
	}
}

// input is a stream with its position.
type input struct {
	r   *bufio.Reader
	at  int64 // offset of the next byte
	max int
}

// unread puts text back before what comes next.
func (in *input) unread(text []byte, at int64) {
	in.r = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(append([]byte(nil), text...)), in.r), 256<<10)
	in.at = at
}

func (in *input) take() {
	_, _ = in.r.ReadByte() // it was peeked at before
	in.at++
}

// skipSpace passes white space and a byte order mark, and peeks at the next byte.
func (in *input) skipSpace() (byte, error) {
	for {
		b, err := in.r.Peek(1)
		if err != nil {
			return 0, err
		}
		switch b[0] {
		case ' ', '\t', '\r', '\n':
			in.take()
		case 0xEF:
			if bom, err := in.r.Peek(3); err == nil && string(bom) == "\xEF\xBB\xBF" && in.at == 0 {
				in.take()
				in.take()
				in.take()
				continue
			}
			return b[0], nil
		default:
			return b[0], nil
		}
	}
}

func (in *input) line() ([]byte, error) {
	piece, err := in.r.ReadSlice('\n')
	in.at += int64(len(piece))
	return piece, err
}

// value reads one JSON value behind dst by its brackets and quotes alone. It is not whole when the stream
// ends in it (io.EOF), or when limit bytes were read before its end. A limit of max is an error.
func (in *input) value(dst []byte, limit int) (value []byte, whole bool, err error) {
	depth, quoted, escaped := 0, false, false
	for len(dst) < limit {
		buf, err := in.r.Peek(max(1, min(in.r.Buffered(), limit-len(dst))))
		if err != nil {
			return dst, false, err
		}
		for i, c := range buf {
			switch {
			case escaped:
				escaped = false
				continue
			case quoted:
				escaped, quoted = c == '\\', c != '"'
				if quoted || depth > 0 {
					continue
				}
			case c == '"':
				quoted = true
				continue
			case c == '{' || c == '[':
				depth++
				continue
			case c == '}' || c == ']':
				if depth--; depth > 0 {
					continue
				}
			case depth > 0:
				continue
			case c != ',' && c != ' ' && c != '\n' && c != '\r' && c != '\t':
				continue // a number or word
			}
			end := i + 1
			if depth < 0 || c != '}' && c != ']' && c != '"' {
				end = i // the byte belongs to what surrounds the value
			}
			if end == 0 && len(dst) == 0 {
				end = 1 // a stray byte where a value should be: pass over it
			}
			dst = append(dst, buf[:end]...)
			in.discard(end)
			return dst, true, nil
		}
		dst = append(dst, buf...)
		in.discard(len(buf))
	}
	if limit >= in.max {
		return dst, false, fmt.Errorf("value before offset %d: %w (%d bytes)", in.at, ErrRecordTooLong, in.max)
	}
	return dst, false, nil
}

func (in *input) discard(n int) {
	_, _ = in.r.Discard(n) // these bytes were peeked at
	in.at += int64(n)
}
