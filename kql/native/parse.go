package native

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"

	"lazuli.dev/lazuli/kql/types"
)

// field appends a member of a result whose keys are known.
func field(dst []byte, key string, value []byte) []byte {
	return Quote(append(Quote(comma(dst), []byte(key)), ':'), value)
}

// queryParameters appends the parameters of a URL's query as a bag.
func queryParameters(dst, query []byte) []byte {
	var list []pair
	seen := map[string]bool{}
	for part := range bytes.SplitSeq(query, []byte("&")) {
		key, value, _ := bytes.Cut(part, []byte("="))
		if len(key) > 0 {
			list = merged(list, seen, []pair{{Quote(nil, key), Quote(nil, value)}})
		}
	}
	return appendBag(dst, list)
}

func parseURL(dst, s []byte) []byte {
	rest, fragment, _ := bytes.Cut(s, []byte("#"))
	rest, query, _ := bytes.Cut(rest, []byte("?"))
	scheme, rest, ok := bytes.Cut(rest, []byte("://"))
	if !ok {
		scheme, rest = nil, scheme
	}
	authority, path := rest, []byte(nil)
	if i := bytes.IndexByte(rest, '/'); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	if !ok {
		authority, path = nil, rest
	}
	var user, password []byte
	if i := bytes.LastIndexByte(authority, '@'); i >= 0 {
		user, password, _ = bytes.Cut(authority[:i], []byte(":"))
		authority = authority[i+1:]
	}
	host, port := authority, []byte(nil)
	if i := bytes.LastIndexByte(authority, ':'); i > bytes.LastIndexByte(authority, ']') {
		host, port = authority[:i], authority[i+1:]
	}
	dst = append(dst, '{')
	dst = field(dst, "Scheme", scheme)
	dst = field(dst, "Host", host)
	dst = field(dst, "Port", port)
	dst = field(dst, "Path", path)
	dst = field(dst, "Username", user)
	dst = field(dst, "Password", password)
	dst = queryParameters(append(dst, `,"Query Parameters":`...), query)
	return append(field(dst, "Fragment", fragment), '}')
}

func parsePath(dst, s []byte) []byte {
	scheme, rest, ok := bytes.Cut(s, []byte("://"))
	if !ok {
		scheme, rest = nil, s
	}
	cut := bytes.LastIndexAny(rest, `/\`)
	dir, file := rest[:max(cut, 0)], rest[cut+1:]
	var root, stream []byte
	if len(rest) > 1 && rest[1] == ':' && (rest[0]|0x20 >= 'a' && rest[0]|0x20 <= 'z') {
		root = rest[:2]
	}
	if i := bytes.IndexByte(file, ':'); i >= 0 && (cut >= 0 || i > 1) {
		file, stream = file[:i], file[i+1:]
	}
	var extension []byte
	if i := bytes.LastIndexByte(file, '.'); i >= 0 {
		extension = file[i+1:]
	}
	name := dir[bytes.LastIndexAny(dir, `/\`)+1:]
	dst = append(dst, '{')
	dst = field(dst, "Scheme", scheme)
	dst = field(dst, "RootPath", root)
	dst = field(dst, "DirectoryPath", dir)
	dst = field(dst, "DirectoryName", name)
	dst = field(dst, "Filename", file)
	dst = field(dst, "Extension", extension)
	return append(field(dst, "AlternateDataStreamName", stream), '}')
}

// maxXML is the longest text that Kusto reads as XML.
const maxXML = 1 << 20

// An xmlElement is what XML becomes: members in order of their first occurrence.
type xmlElement struct {
	keys   []string
	values map[string][][]byte
	text   strings.Builder
}

func (e *xmlElement) add(key string, value []byte) {
	if e.values == nil {
		e.values = map[string][][]byte{}
	}
	if _, ok := e.values[key]; !ok {
		e.keys = append(e.keys, key)
	}
	e.values[key] = append(e.values[key], value)
}

// json writes an element: null when it is empty, a string when it has only text.
func (e *xmlElement) json() []byte {
	text := strings.TrimSpace(e.text.String())
	if len(e.keys) == 0 {
		if text == "" {
			return jsonNull
		}
		return Quote(nil, []byte(text))
	}
	if text != "" {
		at := 0
		for at < len(e.keys) && strings.HasPrefix(e.keys[at], "@") {
			at++
		}
		e.keys = append(e.keys[:at:at], append([]string{"#text"}, e.keys[at:]...)...)
		e.values["#text"] = [][]byte{Quote(nil, []byte(text))}
	}
	dst := []byte{'{'}
	for _, k := range e.keys {
		dst = comma(dst)
		dst = append(Quote(dst, []byte(k)), ':')
		if list := e.values[k]; len(list) == 1 {
			dst = append(dst, list[0]...)
		} else {
			dst = appendArray(dst, list)
		}
	}
	return append(dst, '}')
}

func xmlName(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

// parseXML returns the JSON of an XML text, nil when it is not well-formed.
func parseXML(s []byte) []byte {
	if len(s) > maxXML {
		return nil
	}
	d := xml.NewDecoder(bytes.NewReader(s))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	stack := []*xmlElement{{}}
	var names []string
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil || len(stack) > maxDepth {
			return nil
		}
		switch t := t.(type) {
		case xml.StartElement:
			e := &xmlElement{}
			for _, a := range t.Attr {
				e.add("@"+xmlName(a.Name), Quote(nil, []byte(a.Value)))
			}
			stack, names = append(stack, e), append(names, xmlName(t.Name))
		case xml.EndElement:
			if len(names) == 0 || names[len(names)-1] != xmlName(t.Name) {
				return nil
			}
			top := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			stack[len(stack)-1].add(names[len(names)-1], top.json())
			names = names[:len(names)-1]
		case xml.CharData:
			stack[len(stack)-1].text.Write(t)
		}
	}
	if len(stack) != 1 || len(stack[0].keys) != 1 || strings.TrimSpace(stack[0].text.String()) != "" {
		return nil
	}
	return stack[0].json()
}

var parseFuncs = []Func{
	written("kql_parse_url", types.String, types.Dynamic, func(dst []byte, in *Value) []byte { return parseURL(dst, in.Bytes) }),
	written("kql_parse_urlquery", types.String, types.Dynamic, func(dst []byte, in *Value) []byte {
		return append(queryParameters(append(dst, `{"Query Parameters":`...), bytes.TrimPrefix(in.Bytes, []byte("?"))), '}')
	}),
	written("kql_parse_path", types.String, types.Dynamic, func(dst []byte, in *Value) []byte { return parsePath(dst, in.Bytes) }),
	one("kql_parse_xml", types.String, types.Dynamic, func(in, out *Value) {
		out.Bytes = parseXML(in.Bytes)
		out.Null = out.Bytes == nil
	}),
}
