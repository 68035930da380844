package native

import (
	"bytes"
	"math/bits"
	"net/netip"
	"strconv"

	"lazuli.dev/lazuli/kql/types"
)

// parseIPv4 reads a.b.c.d with an optional /prefix. addr is not masked.
func parseIPv4(s []byte) (addr uint32, prefix int, ok bool) {
	s = trim(s)
	i := 0
	number := func(most int) (int, bool) {
		from, n := i, 0
		for i < len(s) && i < from+3 && s[i] >= '0' && s[i] <= '9' {
			n = n*10 + int(s[i]-'0')
			i++
		}
		return n, i > from && n <= most
	}
	for octet := range 4 {
		if octet > 0 {
			if i >= len(s) || s[i] != '.' {
				return 0, 0, false
			}
			i++
		}
		n, ok := number(255)
		if !ok {
			return 0, 0, false
		}
		addr = addr<<8 | uint32(n)
	}
	if i == len(s) {
		return addr, 32, true
	}
	if s[i] != '/' {
		return 0, 0, false
	}
	i++
	if prefix, ok = number(32); !ok || i < len(s) {
		return 0, 0, false
	}
	return addr, prefix, true
}

func mask4(prefix int) uint32 { return uint32(^uint64(0) << (32 - prefix)) }

func appendIPv4(dst []byte, a uint32) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		dst = strconv.AppendUint(dst, uint64(a>>shift&255), 10)
		if shift > 0 {
			dst = append(dst, '.')
		}
	}
	return dst
}

// compareIPv4 compares two addresses in the bits of the shortest prefix.
func compareIPv4(a, b []byte, prefix *Value) (sign int64, ok bool) {
	x, p, ok1 := parseIPv4(a)
	y, q, ok2 := parseIPv4(b)
	n := int64(32)
	if !prefix.Null {
		n = prefix.Int
	}
	if !ok1 || !ok2 || n < 0 || n > 32 {
		return 0, false
	}
	m := mask4(min(int(n), p, q))
	return int64(order(int64(x&m), int64(y&m))), true
}

// An ip6 is an address of 128 bits; four says that it was written as IPv4.
type ip6 struct {
	hi, lo uint64
	prefix int
	four   bool
}

func parseIPv6(s []byte) (ip ip6, ok bool) {
	s = trim(s)
	if a, p, ok := parseIPv4(s); ok {
		return ip6{0, 0xffff<<32 | uint64(a), p + 96, true}, true
	}
	ip.prefix = 128
	if i := bytes.IndexByte(s, '/'); i >= 0 {
		n, err := strconv.Atoi(string(s[i+1:]))
		if err != nil || n < 0 || n > 128 {
			return ip, false
		}
		ip.prefix, s = n, s[:i]
	}
	a, err := netip.ParseAddr(string(s))
	if err != nil || !a.Is6() || a.Zone() != "" {
		return ip, false
	}
	for i, c := range a.As16() {
		if i < 8 {
			ip.hi = ip.hi<<8 | uint64(c)
		} else {
			ip.lo = ip.lo<<8 | uint64(c)
		}
	}
	return ip, true
}

func (ip ip6) masked(prefix int) (hi, lo uint64) {
	if prefix <= 64 {
		return ip.hi & (^uint64(0) << (64 - prefix)), 0
	}
	return ip.hi, ip.lo & (^uint64(0) << (128 - prefix))
}

func compareIPv6(a, b []byte, prefix *Value) (int64, bool) {
	x, ok1 := parseIPv6(a)
	y, ok2 := parseIPv6(b)
	n := int64(128)
	if !prefix.Null {
		n = prefix.Int
		if x.four && y.four && n <= 32 {
			n += 96
		}
	}
	if !ok1 || !ok2 || n < 0 || n > 128 {
		return 0, false
	}
	m := min(int(n), x.prefix, y.prefix)
	xh, xl := x.masked(m)
	yh, yl := y.masked(m)
	switch {
	case xh < yh || xh == yh && xl < yl:
		return -1, true
	case xh > yh || xl > yl:
		return 1, true
	}
	return 0, true
}

func appendIPv6(dst []byte, hi, lo uint64) []byte {
	for i := range 32 {
		if i > 0 && i%4 == 0 {
			dst = append(dst, ':')
		}
		w := hi
		if i >= 16 {
			w = lo
		}
		dst = append(dst, hexDigits[w>>(60-4*(i&15))&15])
	}
	return dst
}

type compare func(a, b []byte, prefix *Value) (int64, bool)

func comparing(name string, f compare) Func {
	return Func{Name: name, Args: []types.Type{types.String, types.String, types.Long}, Result: types.Long, New: plain(func(args []Value, out *Value) {
		n, ok := f(args[0].Bytes, args[1].Bytes, &args[2])
		out.Int, out.Null = n, !ok
	})}
}

func matching(name string, f compare) Func {
	return Func{Name: name, Args: []types.Type{types.String, types.String, types.Long}, Result: types.Bool, New: plain(func(args []Value, out *Value) {
		n, ok := f(args[0].Bytes, args[1].Bytes, &args[2])
		out.setBool(n == 0)
		out.Null = !ok
	})}
}

// inRange reports whether an address lies in a range in prefix notation: the
// range alone says how many bits count.
func inRange(f compare) compare {
	return func(a, b []byte, _ *Value) (int64, bool) { return f(a, b, &Value{Null: true}) }
}

// inAnyRange takes an address and an array of ranges; ranges that are none are
// passed over.
func inAnyRange(name string, f compare) Func {
	return Func{Name: name, Args: []types.Type{types.String, types.Dynamic}, Result: types.Bool, New: plain(func(args []Value, out *Value) {
		if _, ok := f(args[0].Bytes, args[0].Bytes, &Value{Null: true}); !ok {
			out.Null = true
			return
		}
		eachElement(args[1].Bytes, func(e []byte) {
			if n, ok := f(args[0].Bytes, text(nil, e), &Value{Null: true}); ok && n == 0 {
				out.setBool(true)
			}
		})
	})}
}

// hasIPv4 reports whether s has the address, or an address that starts with the
// prefix, with no letter or digit beside it.
func hasIPv4(s, want []byte, prefix bool) bool {
	if prefix {
		full := append([]byte{}, want...)
		if n := bytes.Count(want, []byte(".")); n < 3 || n == 3 && want[len(want)-1] == '.' {
			if len(want) == 0 || want[len(want)-1] != '.' {
				return false
			}
			for range 3 - n {
				full = append(full, "0."...)
			}
			full = append(full, '0')
		} else {
			prefix = false
		}
		if _, p, ok := parseIPv4(full); !ok || p != 32 || bytes.IndexByte(full, '/') >= 0 {
			return false
		}
	} else if _, _, ok := parseIPv4(want); !ok || bytes.IndexByte(want, '/') >= 0 {
		return false
	}
	for at := 0; ; at++ {
		i := bytes.Index(s[at:], want)
		if i < 0 {
			return false
		}
		at += i
		if inTermBefore(s, at) {
			continue
		}
		end := at + len(want)
		if prefix {
			for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.' && end+1 < len(s) && s[end+1] >= '0' && s[end+1] <= '9') {
				end++
			}
			if _, _, ok := parseIPv4(s[at:end]); !ok {
				continue
			}
		}
		if !inTermAt(s, end) {
			return true
		}
	}
}

func hasAddress(name string, prefix bool) Func {
	return Func{Name: name, Args: []types.Type{types.String, types.Dynamic}, Result: types.Bool, New: plain(func(args []Value, out *Value) {
		found := false
		if !eachElement(args[1].Bytes, func(e []byte) { found = found || hasIPv4(args[0].Bytes, text(nil, e), prefix) }) {
			found = hasIPv4(args[0].Bytes, text(nil, args[1].Bytes), prefix)
		}
		out.setBool(found)
	})}
}

// formatIPv4 is format_ipv4 and format_ipv4_mask: the address as text or number.
func formatIPv4(name string, withMask bool) Func {
	return Func{Name: name, Args: []types.Type{types.String, types.Long}, Result: types.String, New: building(func(buf []byte, args []Value) []byte {
		a, p, ok := parseIPv4(args[0].Bytes)
		if n, isNumber := parseLong(args[0].Bytes); isNumber && n >= 0 && n < 1<<32 {
			a, p, ok = uint32(n), 32, true
		}
		n := int64(32)
		if !args[1].Null {
			n = args[1].Int
		}
		if !ok || n < 0 || n > 32 {
			return buf
		}
		p = min(p, int(n))
		buf = appendIPv4(buf, a&mask4(p))
		if withMask {
			buf = strconv.AppendInt(append(buf, '/'), int64(p), 10)
		}
		return buf
	})}
}

var addressFuncs = []Func{
	one("kql_parse_ipv4", types.String, types.Long, func(in, out *Value) {
		a, p, ok := parseIPv4(in.Bytes)
		out.Int, out.Null = int64(a&mask4(p)), !ok
	}),
	{Name: "kql_parse_ipv4_mask", Args: []types.Type{types.String, types.Long}, Result: types.Long, New: plain(func(args []Value, out *Value) {
		a, p, ok := parseIPv4(args[0].Bytes)
		n := args[1].Int
		if !ok || args[1].Null || n < 0 || n > 32 {
			out.Null = true
			return
		}
		out.Int = int64(a & mask4(min(p, int(n))))
	})},
	comparing("kql_ipv4_compare", compareIPv4),
	matching("kql_ipv4_is_match", compareIPv4),
	matching("kql_ipv4_is_in_range", inRange(compareIPv4)),
	inAnyRange("kql_ipv4_is_in_any_range", compareIPv4),
	comparing("kql_ipv6_compare", compareIPv6),
	matching("kql_ipv6_is_match", compareIPv6),
	matching("kql_ipv6_is_in_range", inRange(compareIPv6)),
	inAnyRange("kql_ipv6_is_in_any_range", compareIPv6),
	one("kql_ipv4_is_private", types.String, types.Bool, func(in, out *Value) {
		a, _, ok := parseIPv4(in.Bytes)
		out.setBool(a>>24 == 10 || a>>20 == 172<<4|1 || a>>16 == 192<<8|168)
		out.Null = !ok
	}),
	one("kql_ipv4_netmask_suffix", types.String, types.Long, func(in, out *Value) {
		_, p, ok := parseIPv4(in.Bytes)
		out.Int, out.Null = int64(p), !ok
	}),
	{Name: "kql_ipv4_range_to_cidr_list", Args: []types.Type{types.String, types.String}, Result: types.Dynamic, New: plain(func(args []Value, out *Value) {
		a, _, ok1 := parseIPv4(args[0].Bytes)
		b, _, ok2 := parseIPv4(args[1].Bytes)
		if !ok1 || !ok2 || a > b {
			out.Null = true
			return
		}
		dst := []byte{'['}
		for at, last := uint64(a), uint64(b); at <= last; {
			// The largest block that starts here and does not pass the end.
			size := min(bits.TrailingZeros64(at|1<<32), bits.Len64(last-at+1)-1)
			dst = comma(dst)
			dst = appendIPv4(append(dst, '"'), uint32(at))
			dst = append(strconv.AppendInt(append(dst, '/'), int64(32-size), 10), '"')
			at += 1 << size
		}
		out.Bytes = append(dst, ']')
	})},
	formatIPv4("kql_format_ipv4", false),
	formatIPv4("kql_format_ipv4_mask", true),
	{Name: "kql_parse_ipv6", Args: []types.Type{types.String, types.Long}, Result: types.String, New: plain(func(args []Value, out *Value) {
		ip, ok := parseIPv6(args[0].Bytes)
		p := int64(128)
		if !args[1].Null {
			p = args[1].Int
		}
		if !ok || p < 0 || p > 128 {
			return
		}
		hi, lo := ip.masked(min(ip.prefix, int(p)))
		out.Bytes = appendIPv6(nil, hi, lo)
	})},
	hasAddress("kql_has_any_ipv4", false),
	hasAddress("kql_has_any_ipv4_prefix", true),
}
