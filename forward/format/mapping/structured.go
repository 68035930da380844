package mapping

// Structured takes the structured data of a message apart, RFC 5424 section 6.3: element is called for each id, param
// for each of its parameters, the value without its escapes. It is false when the text is no structured data by the
// RFC: a name that is too long or has a character it must not, an id that is there twice, a quote or bracket that is
// not closed. Calls that were made by then stand.
func Structured(text []byte, element func(id []byte), param func(name, value []byte)) bool {
	var seen [][]byte
	var value []byte
	for len(text) > 0 {
		if text[0] != '[' {
			return false
		}
		id, rest, ok := sdName(text[1:])
		if !ok {
			return false
		}
		for _, other := range seen {
			if string(other) == string(id) {
				return false
			}
		}
		seen = append(seen, id)
		element(id)
		for {
			if len(rest) > 0 && rest[0] == ']' {
				text = rest[1:]
				break
			}
			if len(rest) == 0 || rest[0] != ' ' {
				return false
			}
			var name []byte
			if name, rest, ok = sdName(rest[1:]); !ok || len(rest) < 2 || rest[0] != '=' || rest[1] != '"' {
				return false
			}
			value, rest = value[:0], rest[2:]
			for {
				if len(rest) == 0 || rest[0] == ']' {
					return false
				}
				c := rest[0]
				rest = rest[1:]
				if c == '"' {
					break
				}
				if c == '\\' && len(rest) > 0 && (rest[0] == '"' || rest[0] == '\\' || rest[0] == ']') {
					c, rest = rest[0], rest[1:]
				}
				value = append(value, c)
			}
			param(name, value)
		}
	}
	return len(seen) > 0
}

// sdName reads an id or a parameter's name: 1 to 32 printable characters but = ] " and blank.
func sdName(text []byte) (name, rest []byte, ok bool) {
	n := 0
	for n < len(text) && text[n] > ' ' && text[n] < 127 && text[n] != '=' && text[n] != ']' && text[n] != '"' {
		n++
	}
	return text[:n], text[n:], n > 0 && n <= 32
}

// appendData appends structured data as an object of objects. A parameter that is there several times in an element
// is a list.
func appendData(dst, text []byte) ([]byte, bool) {
	type param struct{ name, value string }
	var elements [][]param
	var ids []string
	ok := Structured(text, func(id []byte) {
		ids, elements = append(ids, string(id)), append(elements, nil)
	}, func(name, value []byte) {
		last := len(elements) - 1
		elements[last] = append(elements[last], param{string(name), string(value)})
	})
	if !ok {
		return dst, false
	}
	dst = append(dst, '{')
	for i, id := range ids {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendQuoted(dst, []byte(id)), ':', '{')
		written := map[string]bool{}
		for n, p := range elements[i] {
			if written[p.name] {
				continue
			}
			if written[p.name] = true; n > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendQuoted(dst, []byte(p.name)), ':')
			var values []string
			for _, other := range elements[i][n:] {
				if other.name == p.name {
					values = append(values, other.value)
				}
			}
			if len(values) == 1 {
				dst = appendQuoted(dst, []byte(p.value))
				continue
			}
			dst = append(dst, '[')
			for k, value := range values {
				if k > 0 {
					dst = append(dst, ',')
				}
				dst = appendQuoted(dst, []byte(value))
			}
			dst = append(dst, ']')
		}
		dst = append(dst, '}')
	}
	return append(dst, '}'), true
}
