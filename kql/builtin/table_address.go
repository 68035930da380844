package builtin

import (
	"strings"

	"lazuli.dev/lazuli/kql/types"
)

// emitList calls a function with its first argument and, as one array, the others:
// either one dynamic array or texts.
func emitList(function string) EmitFunc {
	return func(c *Call) (string, error) {
		list := c.Args[1].SQL
		if len(c.Args) > 2 || c.Args[1].Type != types.Dynamic {
			elems := make([]string, len(c.Args)-1)
			for i, a := range c.Args[1:] {
				elems[i] = Convert(a.SQL, a.Type, types.Dynamic)
			}
			list = "kql_pack_array(" + strings.Join(elems, ", ") + ")"
		}
		return function + "(" + c.Args[0].SQL + ", " + list + ")", nil
	}
}

func listSigs(first, list string) []string {
	return []string{"(" + first + ":string, " + list + ":string...):bool", "(" + first + ":string, " + list + ":dynamic):bool"}
}

var addressFuncs = []Func{
	{Name: "format_ipv4", Sigs: []string{"(ip:text, [prefix:long=32]):string"}, Doc: "Writes an IPv4 address, given as text or number, with only the bits of the prefix; empty when it is none.", Native: "kql_format_ipv4",
		Examples: []Example{{`format_ipv4("192.168.1.1", 24)`, `192.168.1.0`}, {`format_ipv4(3232235777)`, `192.168.1.1`}, {`format_ipv4("192.168.1.1/24", 32)`, `192.168.1.0`}, {`format_ipv4("192.168.1.1/24", -1)`, ``}}},
	{Name: "format_ipv4_mask", Sigs: []string{"(ip:text, [prefix:long=32]):string"}, Doc: "Writes an IPv4 address in prefix notation; empty when it is none.", Native: "kql_format_ipv4_mask",
		Examples: []Example{{`format_ipv4_mask("192.168.1.1", 24)`, `192.168.1.0/24`}, {`format_ipv4_mask("192.168.1.1/24", -1)`, ``}}},
	{Name: "has_any_ipv4", Sigs: listSigs("source", "ip"), Doc: "Reports whether a text has one of the IPv4 addresses, not beside letters or digits.", Emit: emitList("kql_has_any_ipv4"),
		Examples: []Example{{`has_any_ipv4("05:04:54 127.0.0.1 GET /favicon.ico 404", dynamic(["127.0.0.1", "127.0.0.2"]))`, `true`}, {`has_any_ipv4("05:04:54127.0.0.1 GET", "127.0.0.1", "192.168.1.1")`, `false`}}},
	{Name: "has_any_ipv4_prefix", Sigs: listSigs("source", "prefix"), Doc: "Reports whether a text has an IPv4 address that starts with one of the prefixes, which end with a dot.", Emit: emitList("kql_has_any_ipv4_prefix"),
		Examples: []Example{{`has_any_ipv4_prefix("05:04:54 127.0.0.1 GET", "127.0.", "192.168.")`, `true`}, {`has_any_ipv4_prefix("05:04:54 127.0.0.1 GET", "127.0")`, `false`}}},
	{Name: "has_ipv4", Sigs: []string{"(source:string, ip:string):bool"}, Doc: "Reports whether a text has an IPv4 address, not beside letters or digits.", Emit: emitList("kql_has_any_ipv4"),
		Examples: []Example{{`has_ipv4("05:04:54 127.0.0.1 GET", "127.0.0.1")`, `true`}, {`has_ipv4("05:04:54 127.0.0.256 GET", "127.0.0.256")`, `false`}, {`has_ipv4("05:04:54127.0.0.1 GET", "127.0.0.1")`, `false`}, {`has_ipv4("10.0.0.12", "10.0.0.1")`, `false`}}},
	{Name: "has_ipv4_prefix", Sigs: []string{"(source:string, prefix:string):bool"}, Doc: "Reports whether a text has an IPv4 address that starts with a prefix, which ends with a dot.", Emit: emitList("kql_has_any_ipv4_prefix"),
		Examples: []Example{{`has_ipv4_prefix("05:04:54 127.0.0.1 GET", "127.0.")`, `true`}, {`has_ipv4_prefix("05:04:54 127.0.0.1 GET", "127.0")`, `false`}, {`has_ipv4_prefix("05:04:54 127.0.0.256 GET", "127.0.")`, `false`}}},
	{Name: "ipv4_compare", Sigs: []string{"(ip1:string, ip2:string, [prefix:long]):long"}, Doc: "Compares two IPv4 addresses in the bits of the shortest prefix: -1, 0, 1, or null when one is none.", Native: "kql_ipv4_compare",
		Examples: []Example{{`ipv4_compare("192.168.1.1/24", "192.168.1.255")`, `0`}, {`ipv4_compare("192.168.1.1", "192.168.1.0", 31)`, `0`}, {`ipv4_compare("10.0.0.2", "10.0.0.1")`, `1`}, {`ipv4_compare("x", "10.0.0.1")`, `null`}}},
	{Name: "ipv4_is_in_any_range", Sigs: listSigs("ip", "range"), Doc: "Reports whether an IPv4 address is in one of the ranges; null when it is none.", Emit: emitList("kql_ipv4_is_in_any_range"),
		Examples: []Example{{`ipv4_is_in_any_range("192.168.1.6", "192.168.1.1/24", "10.0.0.1/8")`, `true`}, {`ipv4_is_in_any_range("1.2.3.4", dynamic(["192.168.1.1/24"]))`, `false`}, {`ipv4_is_in_any_range("", "10.0.0.0/8")`, `null`}}},
	{Name: "ipv4_is_in_range", Sigs: []string{"(ip:string, range:string):bool"}, Doc: "Reports whether an IPv4 address is in a range in prefix notation; null when one is none.", SQL: SQL{DuckDB: "kql_ipv4_is_in_range({ip}, {range}, NULL)"},
		Examples: []Example{{`ipv4_is_in_range("192.168.1.1", "192.168.1.255/24")`, `true`}, {`ipv4_is_in_range("192.168.2.1", "192.168.1.0/24")`, `false`}, {`ipv4_is_in_range("", "192.168.1.0/24")`, `null`}}},
	{Name: "ipv4_is_match", Sigs: []string{"(ip1:string, ip2:string, [prefix:long]):bool"}, Doc: "Reports whether two IPv4 addresses are equal in the bits of the shortest prefix; null when one is none.", Native: "kql_ipv4_is_match",
		Examples: []Example{{`ipv4_is_match("192.168.1.1/24", "192.168.1.255")`, `true`}, {`ipv4_is_match("192.168.1.1", "192.168.1.2")`, `false`}}},
	{Name: "ipv4_is_private", Sigs: []string{"(ip:string):bool"}, Doc: "Reports whether an IPv4 address belongs to a private network; null when it is none.", Native: "kql_ipv4_is_private",
		Examples: []Example{{`ipv4_is_private("10.1.2.3")`, `true`}, {`ipv4_is_private("172.31.0.1")`, `true`}, {`ipv4_is_private("192.168.1.1/24")`, `true`}, {`ipv4_is_private("127.0.0.1")`, `false`}, {`ipv4_is_private("::1")`, `null`}}},
	{Name: "ipv4_netmask_suffix", Sigs: []string{"(ip:string):long"}, Doc: "Returns the length of the prefix of an IPv4 address, 32 without one.", Native: "kql_ipv4_netmask_suffix",
		Examples: []Example{{`ipv4_netmask_suffix("192.168.1.1/24")`, `24`}, {`ipv4_netmask_suffix("10.1.2.3")`, `32`}, {`ipv4_netmask_suffix("10.1.2.3/33")`, `null`}}},
	{Name: "ipv4_range_to_cidr_list", Sigs: []string{"(start:string, end:string):dynamic"}, Doc: "Covers the addresses from start to end with as few ranges as possible.", Native: "kql_ipv4_range_to_cidr_list",
		Examples: []Example{{`ipv4_range_to_cidr_list("1.1.128.0", "1.1.140.255")`, `["1.1.128.0/21","1.1.136.0/22","1.1.140.0/24"]`}, {`ipv4_range_to_cidr_list("0.0.0.0", "255.255.255.255")`, `["0.0.0.0/0"]`}}},
	{Name: "ipv6_compare", Sigs: []string{"(ip1:string, ip2:string, [prefix:long]):long"}, Doc: "Compares two IPv6 or IPv4 addresses in the bits of the shortest prefix: -1, 0, 1, or null when one is none.", Native: "kql_ipv6_compare",
		Examples: []Example{{`ipv6_compare("192.168.1.1", "192.168.1.0", 31)`, `0`}, {`ipv6_compare("fe80::85d:e82c:9446:7994/127", "fe80::85d:e82c:9446:7998", 120)`, `0`}, {`ipv6_compare("::2", "::1")`, `1`}}},
	{Name: "ipv6_is_in_any_range", Sigs: listSigs("ip", "range"), Doc: "Reports whether an IPv6 or IPv4 address is in one of the ranges; null when it is none.", Emit: emitList("kql_ipv6_is_in_any_range"),
		Examples: []Example{{`ipv6_is_in_any_range("a5e:f127:8a9d:146d:e102:b5d3:c755:f6cd", "a5e:f127:8a9d:146d:e102:b5d3:c755:0/112")`, `true`}}},
	{Name: "ipv6_is_in_range", Sigs: []string{"(ip:string, range:string):bool"}, Doc: "Reports whether an IPv6 or IPv4 address is in a range in prefix notation; null when one is none.", SQL: SQL{DuckDB: "kql_ipv6_is_in_range({ip}, {range}, NULL)"},
		Examples: []Example{{`ipv6_is_in_range("a5e:f127:8a9d:146d:e102:b5d3:c755:abcd", "a5e:f127:8a9d:146d:e102:b5d3:c755:0/112")`, `true`}, {`ipv6_is_in_range("::1", "fe80::/10")`, `false`}}},
	{Name: "ipv6_is_match", Sigs: []string{"(ip1:string, ip2:string, [prefix:long]):bool"}, Doc: "Reports whether two IPv6 or IPv4 addresses are equal in the bits of the shortest prefix; null when one is none.", Native: "kql_ipv6_is_match",
		Examples: []Example{{`ipv6_is_match("192.168.1.1", "::ffff:c0a8:0101")`, `true`}, {`ipv6_is_match("fe80::1", "fe80::2")`, `false`}, {`ipv6_is_match("x", "::1")`, `null`}}},
	{Name: "parse_ipv4", Sigs: []string{"(ip:string):long"}, Doc: "Converts an IPv4 address to a number, only the bits of its prefix; null when it is none.", Native: "kql_parse_ipv4",
		Examples: []Example{{`parse_ipv4("192.168.1.1")`, `3232235777`}, {`parse_ipv4("192.168.1.1/24")`, `3232235776`}, {`parse_ipv4("255.255.255.255/31")`, `4294967294`}, {`parse_ipv4("192.168.1.256")`, `null`}}},
	{Name: "parse_ipv4_mask", Sigs: []string{"(ip:string, prefix:long):long"}, Doc: "Converts an IPv4 address to a number, only the bits of the prefix; null when it is none.", Native: "kql_parse_ipv4_mask",
		Examples: []Example{{`parse_ipv4_mask("127.0.0.1", 24)`, `2130706432`}, {`parse_ipv4_mask("127.0.0.1", 33)`, `null`}}},
	{Name: "parse_ipv6", Sigs: []string{"(ip:string):string"}, Doc: "Writes an IPv6 or IPv4 address in full, only the bits of its prefix; empty when it is none.", SQL: SQL{DuckDB: "kql_parse_ipv6({ip}, NULL)"},
		Examples: []Example{{`parse_ipv6("192.168.255.255/24")`, `0000:0000:0000:0000:0000:ffff:c0a8:ff00`}, {`parse_ipv6("::1")`, `0000:0000:0000:0000:0000:0000:0000:0001`}, {`parse_ipv6("x")`, ``}}},
	{Name: "parse_ipv6_mask", Sigs: []string{"(ip:string, prefix:long):string"}, Doc: "Writes an IPv6 or IPv4 address in full, only the bits of the prefix; empty when it is none.", Native: "kql_parse_ipv6",
		Examples: []Example{{`parse_ipv6_mask("192.168.255.255", 120)`, `0000:0000:0000:0000:0000:ffff:c0a8:ff00`}, {`parse_ipv6_mask("fe80::85d:e82c:9446:7994/120", 124)`, `fe80:0000:0000:0000:085d:e82c:9446:7900`}}},
}
