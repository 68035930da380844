package native

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"io"
	"math"
	"math/bits"
	"strconv"
	"unicode"
	"unicode/utf8"

	"lazuli.dev/lazuli/kql/types"
)

// runeIndex returns the byte offset of the n-th code point of s, len(s) when there
// are fewer.
func runeIndex(s []byte, n int64) int {
	i := 0
	for ; n > 0 && i < len(s); n-- {
		_, size := utf8.DecodeRune(s[i:])
		i += size
	}
	return i
}

// indexOf is indexof and indexof_regex: source, lookup, start, length, occurrence.
func indexOf(args []Value, out *Value, find func([]byte) (at, size int)) {
	if args[3].Int < -1 || args[4].Int < 0 {
		out.Null = true
		return
	}
	out.Int = -1
	s := args[0].Bytes
	n := int64(utf8.RuneCount(s))
	left, start := args[4].Int, args[2].Int
	if left < 1 || start > n {
		return
	}
	for {
		// Every search has the whole length, from where it starts.
		from, to := window(n, start, args[3].Int)
		base := runeIndex(s, from)
		part := s[base : base+runeIndex(s[base:], to-from)]
		i, size := find(part)
		if i < 0 {
			return
		}
		at := from + int64(utf8.RuneCount(part[:i]))
		if left--; left == 0 {
			out.Int = at
			return
		}
		if start = at + max(int64(utf8.RuneCount(part[i:i+size])), 1); start > n {
			return
		}
	}
}

func appendHexBytes(b []byte, out *Value) { out.Bytes = hex.AppendEncode(nil, b) }

// decoded takes bytes that are UTF-8 text, which strings must be.
func decoded(b []byte, err error, out *Value) {
	if err != nil || !utf8.Valid(b) {
		out.Null = true
		return
	}
	out.Bytes = b
}

func fromBase64(s []byte) ([]byte, error) {
	b := make([]byte, base64.StdEncoding.DecodedLen(len(s)))
	n, err := base64.StdEncoding.Decode(b, s)
	return b[:n], err
}

func inflate(in []byte, open func(io.Reader) (io.ReadCloser, error), out *Value) {
	b, err := fromBase64(in)
	if err == nil {
		var r io.ReadCloser
		if r, err = open(bytes.NewReader(b)); err == nil {
			b, err = io.ReadAll(io.LimitReader(r, maxText+1))
		}
	}
	if len(b) > maxText {
		out.Null = true
		return
	}
	decoded(b, err, out)
}

// escapeURL appends s with what is not unreserved as %xx, the space as given.
func escapeURL(dst, s []byte, space string) []byte {
	for _, c := range s {
		switch {
		case alnum[c] || bytes.IndexByte([]byte("-_.!*()"), c) >= 0:
			dst = append(dst, c)
		case c == ' ':
			dst = append(dst, space...)
		default:
			dst = append(dst, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return dst
}

func unescapeURL(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			dst = append(dst, ' ')
		case c == '%' && i+2 < len(s):
			h, ok1 := hexDigit(s[i+1])
			l, ok2 := hexDigit(s[i+2])
			if !ok1 || !ok2 {
				dst = append(dst, c)
				continue
			}
			dst = append(dst, h<<4|l)
			i += 2
		default:
			dst = append(dst, c)
		}
	}
	return bytes.ToValidUTF8(dst, []byte("\uFFFD"))
}

// csvFields appends the fields of the first record of text as JSON strings.
func csvFields(dst, s []byte) []byte {
	dst = append(dst, '[')
	var field []byte
	for i := 0; ; {
		field = field[:0]
		if i < len(s) && s[i] == '"' {
			for i++; i < len(s); i++ {
				if s[i] == '"' {
					if i+1 < len(s) && s[i+1] == '"' {
						i++
					} else {
						i++
						break
					}
				}
				field = append(field, s[i])
			}
		}
		for i < len(s) && s[i] != ',' && s[i] != '\n' && s[i] != '\r' {
			field = append(field, s[i])
			i++
		}
		dst = Quote(dst, field)
		if i >= len(s) || s[i] != ',' {
			return append(dst, ']')
		}
		dst = append(dst, ',')
		i++
	}
}

// ByteUnits are the units of format_bytes, each 1024 of the one before.
var ByteUnits = []string{"Bytes", "KB", "MB", "GB", "TB", "PB"}

func formatBytes(dst []byte, size float64, precision int64, unit string) []byte {
	at := 0
	for i, u := range ByteUnits {
		if u == unit {
			at = i
		}
	}
	if unit == "" {
		for math.Abs(size) >= 1024 && at < len(ByteUnits)-1 {
			size /= 1024
			at++
		}
	} else {
		size /= math.Pow(1024, float64(at))
	}
	p := math.Pow(10, float64(min(max(precision, 0), 15)))
	dst = strconv.AppendFloat(dst, math.RoundToEven(size*p)/p, 'f', -1, 64)
	return append(append(dst, ' '), ByteUnits[at]...)
}

// xxhash64 is the hash of hash().
func xxhash64(b []byte) uint64 {
	const (
		p1 = 11400714785074694791
		p2 = 14029467366897019727
		p3 = 1609587929392839161
		p4 = 9650029242287828579
		p5 = 2870177450012600261
	)
	round := func(acc, in uint64) uint64 { return bits.RotateLeft64(acc+in*p2, 31) * p1 }
	n := uint64(len(b))
	var h uint64
	if n >= 32 {
		var one uint64 = p1
		v := [4]uint64{one + p2, p2, 0, -one}
		for len(b) >= 32 {
			for i := range v {
				v[i] = round(v[i], binary.LittleEndian.Uint64(b[8*i:]))
			}
			b = b[32:]
		}
		h = bits.RotateLeft64(v[0], 1) + bits.RotateLeft64(v[1], 7) + bits.RotateLeft64(v[2], 12) + bits.RotateLeft64(v[3], 18)
		for _, x := range v {
			h = (h^round(0, x))*p1 + p4
		}
	} else {
		h = p5
	}
	h += n
	for ; len(b) >= 8; b = b[8:] {
		h = bits.RotateLeft64(h^round(0, binary.LittleEndian.Uint64(b)), 27)*p1 + p4
	}
	if len(b) >= 4 {
		h = bits.RotateLeft64(h^uint64(binary.LittleEndian.Uint32(b))*p1, 23)*p2 + p3
		b = b[4:]
	}
	for _, c := range b {
		h = bits.RotateLeft64(h^uint64(c)*p5, 11) * p1
	}
	h = (h ^ h>>33) * p2
	h = (h ^ h>>29) * p3
	return h ^ h>>32
}

func hashWord(w uint64) uint64 {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], w)
	return xxhash64(b[:])
}

// hashed makes a native of a hash, with a modulus behind it that may be null.
func hashed(name string, arg types.Type, f func(v *Value) uint64) Func {
	return Func{Name: name, Args: []types.Type{arg, types.Long}, Result: types.Long, New: plain(func(args []Value, out *Value) {
		switch {
		case args[0].Null:
			out.Null = true
		case args[1].Null:
			out.Int = int64(f(&args[0]))
		case args[1].Int <= 0:
			out.Null = true
		default:
			out.Int = int64(f(&args[0]) % uint64(args[1].Int))
		}
	})}
}

// replaceStrings replaces one lookup after the other. What a lookup was replaced
// by is not searched by the next.
func replaceStrings(s, lookups, rewrites []byte) []byte {
	type piece struct {
		text []byte
		done bool
	}
	pieces := []piece{{text: s}}
	var with [][]byte
	eachElement(rewrites, func(e []byte) { with = append(with, text(nil, e)) })
	i := -1
	eachElement(lookups, func(e []byte) {
		i++
		what := text(nil, e)
		if len(what) == 0 || i >= len(with) {
			return
		}
		var next []piece
		for _, p := range pieces {
			if p.done {
				next = append(next, p)
				continue
			}
			for {
				before, after, found := bytes.Cut(p.text, what)
				next = append(next, piece{text: before})
				if !found {
					break
				}
				next = append(next, piece{with[i], true})
				p.text = after
			}
		}
		pieces = next
	})
	var out []byte
	for _, p := range pieces {
		if overlong(out) {
			break
		}
		out = append(out, p.text...)
	}
	return out
}

// fromString makes a native from text to text that cannot fail.
func fromString(name string, f func(dst, in []byte) []byte) Func {
	return written(name, types.String, types.String, func(dst []byte, in *Value) []byte { return f(dst, in.Bytes) })
}

// strrep takes multipliers up to the first, and repeats up to the second number of times.
const (
	maxMultiplier  = 67108864
	maxRepetitions = 1024
)

// VectorText is how many bytes of text an engine lets a function make for the 2,048 rows of
// a vector, RowText for each of them on average: a query that makes more fails. The texts
// lie outside of the memory that the engine counts, and 128 KB for each row is more than
// the rows that they are made of can have.
const (
	RowText    = 128 << 10
	VectorText = 2048 * RowText
)

// overlong reports that a text is longer than the engine takes from one call: the
// query fails on it, so what makes it can stop.
func overlong(s []byte) bool { return len(s) > VectorText }

// joined makes strcat and strcat_delim, whose first argument goes between the others.
func joined(name string, delimited bool) Func {
	return Func{Name: name, Variadic: types.String, Result: types.String, New: building(func(buf []byte, args []Value) []byte {
		var delimiter []byte
		if delimited {
			delimiter, args = args[0].Bytes, args[1:]
		}
		for i := range args {
			if overlong(buf) {
				break
			}
			if i > 0 {
				buf = append(buf, delimiter...)
			}
			buf = append(buf, args[i].Bytes...)
		}
		return buf
	})}
}

// kept is the buffer to use for the next row: a huge one is let go.
func kept(buf []byte) []byte {
	if cap(buf) > 1<<20 {
		return []byte{}
	}
	return buf
}

// cased makes tolower and toupper: .NET's invariant casing, which maps characters
// one by one and leaves the i of the Turks alone.
func cased(name string, letters [2]byte, to func(rune) rune, stays rune) Func {
	return Func{Name: name, Args: []types.Type{types.String}, Result: types.String, New: func() Eval {
		var buf []byte
		return func(args []Value, out *Value) {
			s := args[0].Bytes
			buf = append(buf[:0], s...)
			out.Bytes = buf
			for i, c := range buf {
				if c >= letters[0] && c <= letters[1] {
					buf[i] = c ^ 0x20
				}
				if c >= utf8.RuneSelf {
					buf = caseRunes(buf[:i], s[i:], to, stays)
					out.Bytes = buf
					return
				}
			}
		}
	}}
}

func caseRunes(dst, s []byte, to func(rune) rune, stays rune) []byte {
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if r == stays || r == utf8.RuneError {
			dst = append(dst, s[:n]...)
		} else {
			dst = utf8.AppendRune(dst, to(r))
		}
		s = s[n:]
	}
	return dst
}

var textFuncs = []Func{
	cased("kql_lower", [2]byte{'A', 'Z'}, unicode.ToLower, 'İ'),
	cased("kql_upper", [2]byte{'a', 'z'}, unicode.ToUpper, 'ı'),
	{Name: "kql_replace_string", Args: []types.Type{types.String, types.String, types.String}, Result: types.String, New: func() Eval {
		var buf []byte
		return func(args []Value, out *Value) {
			s, what, with := args[0].Bytes, args[1].Bytes, args[2].Bytes
			out.Bytes = s
			if len(what) == 0 || !bytes.Contains(s, what) {
				return
			}
			buf = buf[:0]
			for !overlong(buf) {
				before, after, found := bytes.Cut(s, what)
				buf = append(buf, before...)
				if !found {
					break
				}
				buf = append(buf, with...)
				s = after
			}
			out.Bytes, buf = buf, kept(buf)
		}
	}},
	{Name: "kql_substring", Args: []types.Type{types.String, types.Long, types.Long}, Result: types.String, New: plain(func(args []Value, out *Value) {
		s := args[0].Bytes
		start, length := args[1].Int, args[2].Int
		if args[1].Null {
			start = 0
		}
		if start < 0 {
			start = max(start+int64(utf8.RuneCount(s)), 0)
		}
		s = s[runeIndex(s, start):]
		if !args[2].Null {
			s = s[:runeIndex(s, max(length, 0))]
		}
		out.Bytes = s
	})},
	{Name: "kql_indexof", Args: []types.Type{types.String, types.String, types.Long, types.Long, types.Long}, Result: types.Long, New: plain(func(args []Value, out *Value) {
		indexOf(args, out, func(s []byte) (int, int) { return bytes.Index(s, args[1].Bytes), len(args[1].Bytes) })
	})},
	{Name: "kql_countof", Args: []types.Type{types.String, types.String}, Result: types.Long, New: plain(func(args []Value, out *Value) {
		s, t := args[0].Bytes, args[1].Bytes
		if len(t) == 0 {
			return
		}
		for { // matches may overlap
			i := bytes.Index(s, t)
			if i < 0 {
				return
			}
			out.Int++
			s = s[i+1:]
		}
	})},
	{Name: "kql_split", Args: []types.Type{types.String, types.String, types.Long}, Result: types.Dynamic, New: building(func(buf []byte, args []Value) []byte {
		s, by := args[0].Bytes, args[1].Bytes
		buf = append(buf, '[')
		found := args[2].Null
		for n := int64(0); ; n++ {
			i := -1
			if len(by) > 0 {
				i = bytes.Index(s, by)
			}
			part := s
			if i >= 0 {
				part, s = s[:i], s[i+len(by):]
			}
			if args[2].Null || args[2].Int == n {
				buf = comma(buf)
				buf = Quote(buf, part)
				found = true
			}
			if i < 0 {
				break
			}
		}
		buf = append(buf, ']')
		if !found {
			return nil
		}
		return buf
	})},
	{Name: "kql_strrep", Args: []types.Type{types.String, types.Long, types.String}, Result: types.String, New: building(func(buf []byte, args []Value) []byte {
		n := args[1].Int
		if args[1].Null || n < 1 || n > maxMultiplier {
			return buf
		}
		for i := range min(n, maxRepetitions) {
			if overlong(buf) {
				break
			}
			if i > 0 {
				buf = append(buf, args[2].Bytes...)
			}
			buf = append(buf, args[0].Bytes...)
		}
		return buf
	})},
	joined("kql_strcat", false),
	joined("kql_strcat_delim", true),
	{Name: "kql_replace_strings", Args: []types.Type{types.String, types.Dynamic, types.Dynamic}, Result: types.String, New: plain(func(args []Value, out *Value) {
		out.Bytes = replaceStrings(args[0].Bytes, args[1].Bytes, args[2].Bytes)
	})},
	{Name: "kql_translate", Args: []types.Type{types.String, types.String, types.String}, Result: types.String, New: building(func(buf []byte, args []Value) []byte {
		from, to := []rune(string(args[0].Bytes)), []rune(string(args[1].Bytes))
		for _, r := range string(args[2].Bytes) {
			for i, f := range from {
				if r != f {
					continue
				}
				r = -1
				if len(to) > 0 {
					r = to[min(i, len(to)-1)]
				}
				break
			}
			if r >= 0 {
				buf = utf8.AppendRune(buf, r)
			}
		}
		return buf
	})},
	fromString("kql_reverse", func(dst, in []byte) []byte {
		for len(in) > 0 {
			_, size := utf8.DecodeLastRune(in)
			dst = append(dst, in[len(in)-size:]...)
			in = in[:len(in)-size]
		}
		return dst
	}),
	fromString("kql_regex_quote", func(dst, in []byte) []byte {
		for _, c := range in {
			if bytes.IndexByte([]byte(`\.+*?()|[]{}$`), c) >= 0 {
				dst = append(dst, '\\')
			}
			dst = append(dst, c)
		}
		return dst
	}),
	fromString("kql_url_encode", func(dst, in []byte) []byte { return escapeURL(dst, in, "+") }),
	fromString("kql_url_encode_component", func(dst, in []byte) []byte { return escapeURL(dst, in, "%20") }),
	fromString("kql_url_decode", unescapeURL),
	one("kql_parse_csv", types.String, types.Dynamic, func(in, out *Value) { out.Bytes = csvFields(nil, in.Bytes) }),
	one("kql_base64_encode", types.String, types.String, func(in, out *Value) { out.Bytes = base64.StdEncoding.AppendEncode(nil, in.Bytes) }),
	one("kql_base64_decode", types.String, types.String, func(in, out *Value) {
		b, err := fromBase64(in.Bytes)
		decoded(b, err, out)
	}),
	one("kql_base64_decode_toarray", types.String, types.Dynamic, func(in, out *Value) {
		b, err := fromBase64(in.Bytes)
		if err != nil {
			out.Null = true
			return
		}
		out.Bytes = appendNumbers(nil, len(b), func(i int) int64 { return int64(b[i]) })
	}),
	one("kql_base64_encode_fromarray", types.Dynamic, types.String, func(in, out *Value) {
		var b []byte
		ok := eachElement(in.Bytes, func(e []byte) {
			n, _ := parseLong(e)
			b = append(b, byte(n))
		})
		if out.Null = !ok; ok {
			out.Bytes = base64.StdEncoding.AppendEncode(nil, b)
		}
	}),
	one("kql_base64_decode_toguid", types.String, types.Guid, func(in, out *Value) {
		b, err := fromBase64(in.Bytes)
		if err != nil || len(b) != 16 {
			out.Null = true
			return
		}
		// .NET writes the first three fields of a guid with the low byte first.
		out.Hi = uint64(binary.LittleEndian.Uint32(b))<<32 | uint64(binary.LittleEndian.Uint16(b[4:]))<<16 | uint64(binary.LittleEndian.Uint16(b[6:]))
		out.Lo = binary.BigEndian.Uint64(b[8:])
	}),
	one("kql_base64_encode_fromguid", types.Guid, types.String, func(in, out *Value) {
		b := make([]byte, 16)
		binary.LittleEndian.PutUint32(b, uint32(in.Hi>>32))
		binary.LittleEndian.PutUint16(b[4:], uint16(in.Hi>>16))
		binary.LittleEndian.PutUint16(b[6:], uint16(in.Hi))
		binary.BigEndian.PutUint64(b[8:], in.Lo)
		out.Bytes = base64.StdEncoding.AppendEncode(nil, b)
	}),
	one("kql_gzip_decompress", types.String, types.String, func(in, out *Value) {
		inflate(in.Bytes, func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) }, out)
	}),
	one("kql_zlib_decompress", types.String, types.String, func(in, out *Value) { inflate(in.Bytes, zlib.NewReader, out) }),
	one("kql_md5", types.String, types.String, func(in, out *Value) {
		h := md5.Sum(in.Bytes)
		appendHexBytes(h[:], out)
	}),
	one("kql_sha1", types.String, types.String, func(in, out *Value) {
		h := sha1.Sum(in.Bytes)
		appendHexBytes(h[:], out)
	}),
	one("kql_sha256", types.String, types.String, func(in, out *Value) {
		h := sha256.Sum256(in.Bytes)
		appendHexBytes(h[:], out)
	}),
	hashed("kql_hash", types.String, func(v *Value) uint64 { return xxhash64(v.Bytes) }),
	hashed("kql_hash_long", types.Long, func(v *Value) uint64 { return hashWord(uint64(v.Int)) }),
	hashed("kql_hash_real", types.Real, func(v *Value) uint64 { return hashWord(math.Float64bits(v.Float)) }),
	one("kql_codepoints", types.String, types.Dynamic, func(in, out *Value) {
		runes := []rune(string(in.Bytes))
		out.Bytes = appendNumbers(nil, len(runes), func(i int) int64 { return int64(runes[i]) })
	}),
	{Name: "kql_from_codepoints", Variadic: types.Dynamic, Result: types.String, New: building(func(buf []byte, args []Value) []byte {
		valid := true
		add := func(e []byte) {
			n, ok := parseLong(e)
			if ok && n >= 0 && n <= utf8.MaxRune && utf8.ValidRune(rune(n)) {
				buf = utf8.AppendRune(buf, rune(n))
			} else {
				valid = false
			}
		}
		for i := range args {
			if !eachElement(args[i].Bytes, add) {
				add(args[i].Bytes)
			}
		}
		if !valid {
			return nil
		}
		return buf
	})},
	{Name: "kql_tohex", Args: []types.Type{types.Long, types.Long}, Result: types.String, New: building(func(buf []byte, args []Value) []byte {
		if args[0].Null {
			return buf
		}
		digits := strconv.FormatUint(uint64(args[0].Int), 16)
		if !args[1].Null {
			for range min(max(args[1].Int, 0), 1024) - int64(len(digits)) {
				buf = append(buf, '0')
			}
		}
		return append(buf, digits...)
	})},
	{Name: "kql_format_bytes", Args: []types.Type{types.Real, types.Long, types.String}, Result: types.String, New: building(func(buf []byte, args []Value) []byte {
		if args[0].Null || math.IsNaN(args[0].Float) || math.IsInf(args[0].Float, 0) {
			return buf
		}
		return formatBytes(buf, args[0].Float, args[1].Int, string(args[2].Bytes))
	})},
	one("kql_isascii", types.String, types.Bool, func(in, out *Value) {
		for _, c := range in.Bytes {
			if c >= utf8.RuneSelf {
				return
			}
		}
		out.setBool(true)
	}),
}

func appendNumbers(dst []byte, n int, at func(i int) int64) []byte {
	dst = append(dst, '[')
	for i := range n {
		dst = comma(dst)
		dst = strconv.AppendInt(dst, at(i), 10)
	}
	return append(dst, ']')
}
