package builtin

import (
	"fmt"
	"strings"

	"lazuli.dev/lazuli/kql/native"
	"lazuli.dev/lazuli/kql/types"
)

// Literal writes text as an SQL string.
func Literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// regexOf is the constant expression of a call.
func regexOf(c *Call, param string) (text string, groups int, err error) {
	a, _ := c.Arg(param)
	text, _ = a.Value.(string)
	groups, err = native.CheckRegex(text)
	return text, groups, err
}

// emitExtract is extract(): the dialect's own regular expressions where they
// reach, which is up to group 9.
func emitExtract(c *Call) (string, error) {
	pattern, groups, err := regexOf(c, "regex")
	if err != nil {
		return "", err
	}
	group, _ := c.Arg("captureGroup")
	n, _ := group.Value.(int64)
	if n < 0 || n > int64(groups) {
		return Convert("''", types.String, c.Result), nil
	}
	source, _ := c.Arg("source")
	if n > 9 {
		return "", fmt.Errorf("extract(): capture group %d: groups above 9 are not supported", n)
	}
	return Convert(fmt.Sprintf("regexp_extract(%s, %s, %d)", source.SQL, Literal(pattern), n), types.String, c.Result), nil
}

func emitExtractAll(c *Call) (string, error) {
	_, groups, err := regexOf(c, "regex")
	if err != nil {
		return "", err
	}
	if groups < 1 || groups > 16 {
		return "", fmt.Errorf("extract_all(): the regular expression must have between 1 and 16 capture groups, it has %d", groups)
	}
	if len(c.Args) == 2 {
		return c.Template("kql_extract_all({regex}, NULL, {source})")
	}
	return c.Template("kql_extract_all({regex}, {captureGroups}, {source})")
}

// emitReplaceRegex checks the rewrite: \0 to \9 name groups that exist. Where texts can
// become long it is left to Go, which stops; the engine would make any.
func emitReplaceRegex(c *Call) (string, error) {
	pattern, groups, err := regexOf(c, "regex")
	if err != nil {
		return "", err
	}
	a, _ := c.Arg("rewrite")
	rewrite, _ := a.Value.(string)
	added, named := 0, 0 // bytes and groups that a match is replaced by
	for i := 0; i < len(rewrite); i++ {
		if rewrite[i] != '\\' {
			added++
			continue
		}
		i++
		if i == len(rewrite) || rewrite[i] != '\\' && (rewrite[i] < '0' || rewrite[i] > '9') {
			return "", fmt.Errorf(`%s(): the rewrite %q may have \0 to \9 and \\ after a backslash`, c.Func.Name, rewrite)
		}
		if rewrite[i] != '\\' && int(rewrite[i]-'0') > groups {
			return "", fmt.Errorf("%s(): the rewrite %q names group %c, the regular expression has %d", c.Func.Name, rewrite, rewrite[i], groups)
		}
		if rewrite[i] == '\\' {
			added++
		} else {
			named++
		}
	}
	source, _ := c.Arg("source")
	call := func(function, more string) string {
		return fmt.Sprintf("%s(%s, %s, %s%s)", function, source.SQL, Literal(pattern), Literal(rewrite), more)
	}
	inEngine, inGo := call("regexp_replace", ", 'g'"), call("kql_replace_regex", "")
	switch {
	case added == 0 && named <= 1:
		return inEngine, nil
	case len(source.SQL) > maxRepeated:
		return inGo, nil
	}
	return fmt.Sprintf("(CASE WHEN strlen(%s) > %d THEN %s ELSE %s END)", source.SQL, native.RowText/(added+named), inGo, inEngine), nil
}

// emitReplaceString leaves to SQL what cannot grow: the engine would make a text of
// any size, and cannot be stopped while it does.
func emitReplaceString(c *Call) (string, error) {
	lookup, ok1 := c.Args[1].Value.(string)
	rewrite, ok2 := c.Args[2].Value.(string)
	if ok1 && ok2 && len(rewrite) <= len(lookup) {
		return c.Template("replace({text}, {lookup}, {rewrite})")
	}
	return c.Template("kql_replace_string({text}, {lookup}, {rewrite})")
}

// emitLetters is the engine's own casing but for texts with one of the letters that
// .NET's does not touch: of all code points those are the only difference.
func emitLetters(function string, letters ...string) EmitFunc {
	return func(c *Call) (string, error) {
		if len(c.Args[0].SQL) > maxRepeated {
			return c.Template("kql_" + function + "({value})")
		}
		var has []string
		for _, l := range letters {
			has = append(has, "contains({value}, '"+l+"')")
		}
		return c.Template("(CASE WHEN " + strings.Join(has, " OR ") + " THEN kql_" + function + "({value}) ELSE " + function + "({value}) END)")
	}
}

// maxRepeated is how long an argument may be to be written several times: calls
// inside of calls would otherwise double the statement each.
const maxRepeated = 200

func emitTrim(function string) EmitFunc {
	return func(c *Call) (string, error) {
		if _, _, err := regexOf(c, "regex"); err != nil {
			return "", err
		}
		return c.Template(function + "({regex}, {source})")
	}
}

func emitIndexOfRegex(c *Call) (string, error) {
	if _, _, err := regexOf(c, "match"); err != nil {
		return "", err
	}
	return c.Template("kql_indexof_regex({string}, {match}, {start}, {length}, {occurrence})")
}

func emitCountOf(c *Call) (string, error) {
	kind, ok := c.Arg("kind")
	switch {
	case !ok || kind.Value == "normal":
		return c.Template("kql_countof({source}, {search})")
	case kind.Value == "regex":
		if s, _ := c.Arg("search"); s.Const {
			text, _ := s.Value.(string)
			if _, err := native.CheckRegex(text); err != nil {
				return "", err
			}
		}
		return c.Template("kql_countof_regex({source}, {search})")
	}
	return "", fmt.Errorf(`countof(): kind is "normal" or "regex"`)
}

// emitSubstring uses SQL where the position is known not to be negative.
func emitSubstring(c *Call) (string, error) {
	start, _ := c.Args[1].Value.(int64)
	if c.Args[1].Const && c.Args[1].Value != nil && start >= 0 && start < 1<<31 {
		if len(c.Args) == 2 {
			return fmt.Sprintf("substring(%s, %d)", c.Args[0].SQL, start+1), nil
		}
		if n, ok := c.Args[2].Value.(int64); c.Args[2].Const && ok && n >= 0 && n < 1<<31 {
			return fmt.Sprintf("substring(%s, %d, %d)", c.Args[0].SQL, start+1, n), nil
		}
	}
	return c.Template("kql_substring({source}, {start}, {length})")
}

func emitFormatBytes(c *Call) (string, error) {
	if unit, ok := c.Arg("units"); ok {
		known := false
		for _, u := range native.ByteUnits {
			known = known || unit.Value == u
		}
		if !known {
			return "", fmt.Errorf("format_bytes(): units are %s", strings.Join(native.ByteUnits, ", "))
		}
	}
	return c.Template("kql_format_bytes({size}, {precision}, {units})")
}

// hashing makes hash_md5 and its kin, which hash the text of a value.
func hashing(name, function, doc string, example ...Example) Func {
	return Func{Name: name, Sigs: []string{"(source:text):string"}, Doc: doc, Native: function, Examples: example}
}

func emitCommandLine(c *Call) (string, error) {
	if p, _ := c.Arg("parser_type"); p.Value != "windows" {
		return "", fmt.Errorf(`parse_command_line(): the parser is "windows"`)
	}
	return c.Template("kql_parse_command_line({command_line})")
}

// emitHash picks the native of the type: a text, or eight bytes.
func emitHash(c *Call) (string, error) {
	switch c.Args[0].Type {
	case types.String:
		return c.Template("kql_hash({source}, {mod})")
	case types.Real:
		return c.Template("kql_hash_real({source}, {mod})")
	}
	return c.Template("kql_hash_long({source}, {mod})")
}

var stringFuncs = []Func{
	{Name: "base64_decode_toarray", Sigs: []string{"(base64:string):dynamic"}, Doc: "Decodes base64 text to an array of byte values; null when it is none.", Native: "kql_base64_decode_toarray",
		Examples: []Example{{`base64_decode_toarray("S3VzdG8=")`, `[75,117,115,116,111]`}, {`isnull(base64_decode_toarray("!"))`, `true`}}},
	{Name: "base64_decode_toguid", Sigs: []string{"(base64:string):guid"}, Doc: "Decodes base64 text to a guid; null when it is none.", Native: "kql_base64_decode_toguid",
		Examples: []Example{{`base64_decode_toguid(base64_encode_fromguid(toguid("70fc66f7-8279-44fc-9092-d364d70fce44")))`, `70fc66f7-8279-44fc-9092-d364d70fce44`}, {`base64_decode_toguid("S3VzdG8=")`, `null`}}},
	{Name: "base64_decode_tostring", Aliases: []string{"base64_decodestring"}, Sigs: []string{"(base64:string):string"}, Doc: "Decodes base64 text to a string; empty when it is not base64 of UTF-8.", Native: "kql_base64_decode",
		Examples: []Example{{`base64_decode_tostring("S3VzdG8=")`, `Kusto`}, {`base64_decode_tostring("U3RyaW5n0KHR0tGA0L7Rh9C60LA=")`, ``}}},
	{Name: "base64_encode_fromarray", Sigs: []string{"(bytes:dynamic):string"}, Doc: "Encodes an array of byte values as base64.", Native: "kql_base64_encode_fromarray",
		Examples: []Example{{`base64_encode_fromarray(dynamic([75,117,115,116,111]))`, `S3VzdG8=`}}},
	{Name: "base64_encode_fromguid", Sigs: []string{"(guid:guid):string"}, Doc: "Encodes the bytes of a guid as base64.", Native: "kql_base64_encode_fromguid",
		Examples: []Example{{`strlen(base64_encode_fromguid(toguid("70fc66f7-8279-44fc-9092-d364d70fce44")))`, `24`}}},
	{Name: "base64_encode_tostring", Aliases: []string{"base64_encodestring"}, Sigs: []string{"(text:string):string"}, Doc: "Encodes a string as base64.", Native: "kql_base64_encode",
		Examples: []Example{{`base64_encode_tostring("Kusto")`, `S3VzdG8=`}, {`base64_encode_tostring("")`, ``}}},
	{Name: "countof", Sigs: []string{"(source:string, search:string, [kind:const string]):long"}, Doc: `Counts where search occurs in source: plain text may overlap, with kind "regex" matches do not.`, Emit: emitCountOf,
		Examples: []Example{{`countof("aaaa", "aa")`, `3`}, {`countof("ababa", "aba", "regex")`, `1`}, {`countof("abcabc", "a.c", "regex")`, `2`}, {`countof("abc", "")`, `0`}}},
	{Name: "extract", Sigs: []string{"(regex:const string, captureGroup:const long, source:string):string", "(regex:const string, captureGroup:const long, source:string, type:typeof T):T"},
		Doc:  "Returns the text of a capture group at the first match of a regular expression, 0 being the whole match, and converts it when a type is given.",
		Emit: emitExtract,
		Examples: []Example{{`extract("x=([0-9.]+)", 1, "hello x=45.6|wo")`, `45.6`}, {`extract("x=([0-9.]+)", 0, "hello x=45.6|wo")`, `x=45.6`}, {`extract("x=([0-9.]+)", 1, "x=45.6", typeof(real))`, `45.6`},
			{`extract("y", 0, "x")`, ``}, {`extract("([a-z])", 1, "1", typeof(long))`, `null`}, {`extract("a", 1, "a")`, ``}}},
	{Name: "extract_all", Aliases: []string{"extractall"}, Sigs: []string{"(regex:const string, source:string):dynamic", "(regex:const string, captureGroups:dynamic, source:string):dynamic"},
		Doc:  "Returns the capture groups of all matches of a regular expression as an array, of arrays when there are several groups; null without a match.",
		Emit: emitExtractAll,
		Examples: []Example{{`extract_all(@"([\da-f]{2})", "82b8be2d")`, `["82","b8","be","2d"]`}, {`extract_all(@"(\w)(\w+)(\w)", "82b8be2d-dfa7")`, `[["8","2b8be2","d"],["d","fa","7"]]`},
			{`extract_all(@"(\w)(\w+)(\w)", dynamic([1,3]), "82b8be2d-dfa7")`, `[["8","d"],["d","7"]]`}, {`isnull(extract_all("(x)", "y"))`, `true`}}},
	{Name: "format_bytes", Sigs: []string{"(size:real, [precision:const long=0], [units:const string=\"\"]):string"}, Doc: "Writes a number of bytes with the unit that fits it best, or in the given one.", Emit: emitFormatBytes, Naming: NameFirst,
		Examples: []Example{{`format_bytes(564)`, `564 Bytes`}, {`format_bytes(10332, 1)`, `10.1 KB`}, {`format_bytes(20010332, 2)`, `19.08 MB`}, {`format_bytes(20010332, 0, "KB")`, `19541 KB`}}},
	{Name: "gzip_decompress_from_base64_string", Sigs: []string{"(text:string):string"}, Doc: "Decodes base64 and decompresses gzip; empty when it is neither.", Native: "kql_gzip_decompress",
		Examples: []Example{{`gzip_decompress_from_base64_string("x0x0x0")`, ``}}},
	{Name: "has_any_index", Sigs: []string{"(source:string, values:dynamic):long"}, Doc: "Returns the index of the first of the values that source has as a term, -1 when it has none.", Native: "kql_has_any_index",
		Examples: []Example{{`has_any_index("this is an example", dynamic(["not", "example"]))`, `1`}, {`has_any_index("this is an example", dynamic(["not", "found"]))`, `-1`}, {`has_any_index("Example number 2", range(1, 3, 1))`, `1`}}},
	{Name: "hash", Aliases: []string{"hash_xxhash64"}, Sigs: []string{"(source:string, [mod:long]):long", "(source:long, [mod:long]):long", "(source:real, [mod:long]):long", "(source:datetime, [mod:long]):long", "(source:timespan, [mod:long]):long"},
		Doc: "Returns the xxHash64 of a text, or of the eight bytes of a number or time, modulo mod when that is given.", Emit: emitHash,
		Examples: []Example{{`hash("World")`, `1846988464401551951`}, {`hash("World", 100)`, `51`}, {`hash(datetime(2015-01-01))`, `1380966698541616202`}, {`hash("World", 0)`, `null`}}},
	hashing("hash_md5", "kql_md5", "Returns the MD5 of the text of a value in hexadecimal.", Example{`hash_md5("World")`, `f5a7924e621e84c9280a9a27e1bcb7f6`}, Example{`hash_md5(datetime(2020-01-01))`, `786c530672d1f8db31fee25ea8a9390b`}),
	hashing("hash_sha1", "kql_sha1", "Returns the SHA-1 of the text of a value in hexadecimal.", Example{`hash_sha1("World")`, `70c07ec18ef89c5309bbb0937f3a6342411e1fdd`}),
	hashing("hash_sha256", "kql_sha256", "Returns the SHA-256 of the text of a value in hexadecimal.", Example{`hash_sha256("World")`, `78ae647dc5544d227130a0682a51e30bc7777fbb6d8a8f17007463a3ecd1d524`}),
	{Name: "indexof", Sigs: []string{"(string:text, match:text, [start:long=0], [length:long=-1], [occurrence:long=1]):long"}, Doc: "Returns the position at which match occurs in string, -1 when it does not; a negative start counts from the end.", Native: "kql_indexof",
		Examples: []Example{{`indexof("abcdefg", "cde")`, `2`}, {`indexof("abcdefg", "cde", 1, 2)`, `-1`}, {`indexof("abcdefg", "cde", -5)`, `2`}, {`indexof(1234567, 5, 1, 4)`, `4`}, {`indexof("abcdefgabcdefg", "cde", 1, 10, 2)`, `9`}, {`indexof("héllo", "l")`, `2`}}},
	{Name: "indexof_regex", Sigs: []string{"(string:text, match:const string, [start:long=0], [length:long=-1], [occurrence:long=1]):long"}, Doc: "Returns the position at which a regular expression matches in string, -1 when it does not.", Emit: emitIndexOfRegex,
		Examples: []Example{{`indexof_regex("abcabc", "a.c")`, `0`}, {`indexof_regex("abcdefabcdef", "a.c", 0, -1, 2)`, `6`}, {`indexof_regex("ababaa", "a.a", 0, -1, 2)`, `-1`}, {`indexof_regex("abcabc", "a|ab", -1)`, `null`}}},
	{Name: "isascii", Sigs: []string{"(value:text):bool"}, Doc: "Reports whether a string has only ASCII characters.", Native: "kql_isascii", Examples: []Example{{`isascii("abc")`, `true`}, {`isascii("é")`, `false`}, {`isascii("")`, `true`}}},
	{Name: "isutf8", Sigs: []string{"(value:text):bool"}, Doc: "Reports whether a string is valid UTF-8, which every stored string is.", SQL: SQL{DuckDB: "({value} IS NOT NULL)"}, Examples: []Example{{`isutf8("some string")`, `true`}}},
	{Name: "parse_command_line", Sigs: []string{"(command_line:text, parser_type:const string):dynamic"}, Doc: "Takes a Windows command line apart into its arguments.", Emit: emitCommandLine,
		Examples: []Example{{`parse_command_line("echo \"hello world!\"", "windows")`, `["echo","hello world!"]`}, {`parse_command_line(@'"C:\a b\x.exe" a\\b d"e f"g h', "windows")`, `["C:\\a b\\x.exe","a\\\\b","de fg","h"]`}, {`parse_command_line(@'x a\\\"b c', "windows")`, `["x","a\\\"b","c"]`}}},
	{Name: "parse_csv", Sigs: []string{"(csv:string):dynamic"}, Doc: "Splits the first record of comma-separated text into an array of strings.", Native: "kql_parse_csv", Naming: NameFirst,
		Examples: []Example{{`parse_csv('aa,"b,b",cc,"a ""quote"""')`, `["aa","b,b","cc","a \"quote\""]`}, {`parse_csv("r1,a\nr2,x")`, `["r1","a"]`}, {`parse_csv("")`, `[""]`}}},
	{Name: "punycode_domain_from_string", Sigs: []string{"(domain:string):string"}, Doc: "Decodes the labels of a domain name that start with xn--; empty when one cannot be.", Native: "kql_punycode_domain_from_string",
		Examples: []Example{{`punycode_domain_from_string("xn--Ry-lja8c.xn--Jng-uta63a.xn--Bng-9ka.com")`, `Rúyì.Jīngū.Bàng.com`}, {`punycode_domain_from_string("a.com")`, `a.com`}, {`punycode_domain_from_string("xn--!.com")`, ``}}},
	{Name: "punycode_domain_to_string", Sigs: []string{"(domain:string):string"}, Doc: "Encodes the labels of a domain name that are not ASCII.", Native: "kql_punycode_domain_to_string",
		Examples: []Example{{`punycode_domain_to_string("Kaledvoulc'h.Artorījos.edu")`, `Kaledvoulc'h.xn--Artorjos-ejb.edu`}, {`punycode_domain_to_string("Riðill｡Skáldskaparmál｡org")`, `xn--Riill-jta.xn--Skldskaparml-dbbj.org`}}},
	{Name: "punycode_from_string", Sigs: []string{"(string:string):string"}, Doc: "Encodes a string as punycode, without xn--.", Native: "kql_punycode_from_string", Examples: []Example{{`punycode_from_string("académie-française")`, `acadmie-franaise-npb1a`}, {`punycode_from_string("艺术")`, `cqv902d`}}},
	{Name: "punycode_to_string", Sigs: []string{"(string:string):string"}, Doc: "Decodes punycode; empty when it is none.", Native: "kql_punycode_to_string", Examples: []Example{{`punycode_to_string("acadmie-franaise-npb1a")`, `académie-française`}, {`punycode_to_string("é")`, ``}}},
	{Name: "regex_quote", Sigs: []string{"(string:text):string"}, Doc: "Escapes the characters that mean something in a regular expression.", Native: "kql_regex_quote", Examples: []Example{{`regex_quote("(so$me.Te^xt)")`, `\(so\$me\.Te^xt\)`}}},
	{Name: "replace", Sigs: []string{"(regex:const string, rewrite:const string, source:string):string"}, Doc: "Replaces all matches of a regular expression; replace_regex is the newer form.", Emit: emitReplaceRegex,
		Examples: []Example{{`replace(@"is (\d+)", @"was: \1", "Number is 5")`, `Number was: 5`}}},
	{Name: "replace_regex", Sigs: []string{"(source:string, regex:const string, rewrite:const string):string"}, Doc: `Replaces all matches of a regular expression; \1 in the rewrite is the first capture group.`, Emit: emitReplaceRegex,
		Examples: []Example{{`replace_regex("Number is 5", @"is (\d+)", @"was: \1")`, `Number was: 5`}, {`replace_regex("aaa", "a", "")`, ``}, {`replace_regex("a.b", @"\.", "-")`, `a-b`}}},
	{Name: "replace_string", Sigs: []string{"(text:string, lookup:string, rewrite:string):string"}, Doc: "Replaces all occurrences of a string.", Emit: emitReplaceString,
		Examples: []Example{{`replace_string("a cat is a cat", "cat", "dog")`, `a dog is a dog`}, {`replace_string("a cat is a cat", "cat", "weasel")`, `a weasel is a weasel`}, {`replace_string("abc", "", "x")`, `abc`}, {`replace_string("aaa", "aa", "")`, `a`}}},
	{Name: "replace_strings", Sigs: []string{"(text:string, lookups:dynamic, rewrites:dynamic):string"}, Doc: "Replaces strings, each by the rewrite at the same position; what was put in is not replaced again.", Native: "kql_replace_strings",
		Examples: []Example{{`replace_strings("A magic trick can turn a cat into a dog", dynamic(["cat", "dog"]), dynamic(["dog", "pigeon"]))`, `A magic trick can turn a dog into a pigeon`}, {`replace_strings("This is", dynamic(["is", "This"]), dynamic(["was", "This"]))`, `Thwas was`}}},
	{Name: "reverse", Sigs: []string{"(value:text):string"}, Doc: "Reverses the order of the characters of a string.", Native: "kql_reverse", Examples: []Example{{`reverse("héllo")`, `olléh`}, {`reverse(123.45)`, `54.321`}, {`reverse(datetime(2017-10-15 12:00))`, `Z0000000.00:00:21T51-01-7102`}}},
	{Name: "split", Sigs: []string{"(source:text, delimiter:string, [requestedIndex:long]):dynamic"}, Doc: "Splits a string at a delimiter into an array; with an index the array has that part only, and is null when there is none.", Native: "kql_split", Naming: NameFirst,
		Examples: []Example{{`split("a__b", "_")`, `["a","","b"]`}, {`split("aaa_bbb_ccc", "_", 1)`, `["bbb"]`}, {`split("", "_")`, `[""]`}, {`isnull(split("a_b", "_", 2))`, `true`}}},
	{Name: "strcat", Sigs: []string{"(arg:text...):string"}, Doc: "Joins the texts of its arguments.", Native: "kql_strcat", Examples: []Example{{`strcat("hello", " ", 5, " ", 1h)`, `hello 5 01:00:00`}, {`strcat("a", int(null), "b")`, `ab`}, {`strcat("x")`, `x`}}},
	{Name: "strcat_array", Aliases: []string{"array_strcat"}, Sigs: []string{"(array:dynamic, delimiter:text):string"}, Doc: "Joins the texts of the elements of an array.", Native: "kql_strcat_array", Examples: []Example{{`strcat_array(dynamic([1, "b", null]), "->")`, `1->b->`}, {`strcat_array(dynamic(null), ",")`, ``}}},
	{Name: "strcat_delim", Sigs: []string{"(delimiter:text, arg:text...):string"}, Doc: "Joins the texts of its arguments with a delimiter between them.", Native: "kql_strcat_delim", Examples: []Example{{`strcat_delim("-", 1, "2", 3s)`, `1-2-00:00:03`}, {`strcat_delim("-", "a", "", "b")`, `a--b`}}},
	{Name: "strcmp", Sigs: []string{"(string1:text, string2:text):long"}, Doc: "Compares two strings byte by byte: -1, 0 or 1.", SQL: SQL{DuckDB: "CAST(CASE WHEN {string1} < {string2} THEN -1 WHEN {string1} > {string2} THEN 1 ELSE 0 END AS BIGINT)"}, Naming: NamePrefix, Prefix: "strcmp",
		Examples: []Example{{`strcmp("ABC", "abc")`, `-1`}, {`strcmp("abcde", "abc")`, `1`}, {`strcmp("", "")`, `0`}}},
	{Name: "string_size", Sigs: []string{"(string:string):long"}, Doc: "Returns the size of a string in bytes.", SQL: SQL{DuckDB: "strlen({string})"}, Naming: NamePrefix, Prefix: "string_size", Examples: []Example{{`string_size("héllo")`, `6`}, {`string_size("")`, `0`}}},
	{Name: "strlen", Sigs: []string{"(string:string):long"}, Doc: "Returns the number of code points of a string.", SQL: SQL{DuckDB: "length({string})"}, Naming: NamePrefix, Prefix: "strlen", Examples: []Example{{`strlen("hello")`, `5`}, {`strlen("⒦⒰⒮⒯⒪")`, `5`}, {`strlen("C\u0327edilla")`, `8`}, {`strlen("")`, `0`}}},
	{Name: "strrep", Sigs: []string{"(value:text, multiplier:long, [delimiter:text=\"\"]):string"}, Doc: "Repeats the text of a value, at most 1024 times.", Native: "kql_strrep", Examples: []Example{{`strrep("ABC", 2)`, `ABCABC`}, {`strrep(123, 3, ".")`, `123.123.123`}, {`strrep("a", 0)`, ``}}},
	{Name: "substring", Sigs: []string{"(source:text, start:long, [length:long]):string"}, Doc: "Returns the part of a string from a position on, counted from the end when that is negative.", Emit: emitSubstring,
		Examples: []Example{{`substring("123456", 1)`, `23456`}, {`substring("123456", 2, 2)`, `34`}, {`substring("123456", -2, 2)`, `56`}, {`substring("ABCD", 0, 2)`, `AB`}, {`substring("abc", 5)`, ``}, {`substring("abc", -9, 2)`, `ab`}, {`substring("héllo", 1, 1)`, `é`}}},
	{Name: "tohex", Sigs: []string{"(value:integer, [minLength:long]):string"}, Doc: "Writes a number in hexadecimal, filled up with zeros; a negative int as 32 bits, a negative long as 64.", Emit: emitToHex, Naming: NameFirst, Examples: []Example{{`tohex(256)`, `100`}, {`tohex(-256)`, `ffffffffffffff00`}, {`tohex(256, 8)`, `00000100`}, {`tohex(256, 2)`, `100`}, {`tohex(toint(-256), 8)`, `ffffff00`}}},
	{Name: "tolower", Sigs: []string{"(value:text):string"}, Doc: "Converts a string to lower case.", Emit: emitLetters("lower", "İ"), Examples: []Example{{`tolower("HÉLLO")`, `héllo`}, {`tolower("")`, ``}, {`tolower("ẞİ")`, `ßİ`}, {`tolower(tolower(tolower(strcat("ẞ", "İ"))))`, `ßİ`}}},
	{Name: "toupper", Sigs: []string{"(value:text):string"}, Doc: "Converts a string to upper case.", Emit: emitLetters("upper", "ß", "ı"), Examples: []Example{{`toupper("héllo")`, `HÉLLO`}, {`toupper("")`, ``}, {`toupper("straße")`, `STRAßE`}, {`toupper("ıŉ")`, `ıŉ`}}},
	{Name: "translate", Sigs: []string{"(searchList:string, replacementList:string, source:string):string"}, Doc: "Replaces characters of the first list by those at the same place of the second, whose last one serves for all further ones.", Native: "kql_translate",
		Examples: []Example{{`translate("abc", "x", "abc")`, `xxx`}, {`translate("abc", "", "ab")`, ``}, {`translate("krasp", "otsku", "spark")`, `kusto`}}},
	{Name: "trim", Sigs: []string{"(regex:const string, source:string):string"}, Doc: "Takes matches of a regular expression off both ends of a string.", Emit: emitTrim("kql_trim"), Examples: []Example{{`trim("--", "--https://bing.com--")`, `https://bing.com`}, {`trim(@"[^\w]+", "- 'Te st1'// $")`, `Te st1`}, {`trim("1", "11")`, ``}, {`trim(@"\s", "")`, ``}}},
	{Name: "trim_end", Sigs: []string{"(regex:const string, source:string):string"}, Doc: "Takes matches of a regular expression off the end of a string.", Emit: emitTrim("kql_trim_end"), Examples: []Example{{`trim_end(".com", "bing.com")`, `bing`}, {`trim_end(@"[^\w]+", "  a!!")`, `  a`}}},
	{Name: "trim_start", Sigs: []string{"(regex:const string, source:string):string"}, Doc: "Takes matches of a regular expression off the start of a string.", Emit: emitTrim("kql_trim_start"), Examples: []Example{{`trim_start("https://", "https://bing.com")`, `bing.com`}, {`trim_start(@"\s+", "  a ")`, `a `}}},
	{Name: "unicode_codepoints_from_string", Aliases: []string{"to_utf8"}, Sigs: []string{"(value:text):dynamic"}, Doc: "Returns the code points of a string as an array of numbers.", Native: "kql_codepoints", Examples: []Example{{`unicode_codepoints_from_string("K⒰")`, `[75,9392]`}, {`unicode_codepoints_from_string("")`, `[]`}}},
	{Name: "unicode_codepoints_to_string", Aliases: []string{"make_string"}, Sigs: []string{"(value:long|dynamic...):string"}, Doc: "Makes a string of code points, given as numbers or arrays of them.", Emit: emitCodepoints, Examples: []Example{{`unicode_codepoints_to_string(75, 117)`, `Ku`}, {`unicode_codepoints_to_string(dynamic([75, 117]), 115)`, `Kus`}, {`unicode_codepoints_to_string(-1)`, ``}}},
	{Name: "url_decode", Sigs: []string{"(url:string):string"}, Doc: "Decodes the %xx and + of a URL.", Native: "kql_url_decode", Examples: []Example{{`url_decode("https%3a%2f%2fwww.bing.com%2f")`, `https://www.bing.com/`}, {`url_decode("100%")`, `100%`}}},
	{Name: "url_encode", Sigs: []string{"(url:string):string"}, Doc: "Encodes a string for a URL, spaces as +.", Native: "kql_url_encode", Examples: []Example{{`url_encode("https://www.bing.com/hello world")`, `https%3a%2f%2fwww.bing.com%2fhello+world`}}},
	{Name: "url_encode_component", Sigs: []string{"(url:string):string"}, Doc: "Encodes a string for a part of a URL, spaces as %20.", Native: "kql_url_encode_component", Examples: []Example{{`url_encode_component("hello world/")`, `hello%20world%2f`}}},
	{Name: "zlib_decompress_from_base64_string", Sigs: []string{"(text:string):string"}, Doc: "Decodes base64 and decompresses zlib; empty when it is neither.", Native: "kql_zlib_decompress", Examples: []Example{{`zlib_decompress_from_base64_string("x")`, ``}}},
}

// emitToHex writes an int as 32 bits, a long as 64.
func emitToHex(c *Call) (string, error) {
	if c.Args[0].Type == types.Int {
		return c.Template("kql_tohex(CAST({value} AS BIGINT) & 4294967295, {minLength})")
	}
	return c.Template("kql_tohex({value}, {minLength})")
}

func emitCodepoints(c *Call) (string, error) {
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		args[i] = Convert(a.SQL, a.Type, types.Dynamic)
	}
	return "kql_from_codepoints(" + strings.Join(args, ", ") + ")", nil
}
