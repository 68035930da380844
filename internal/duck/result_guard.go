package duck

import (
	"fmt"
	"strings"
)

// tableFunctions are the functions that the dialect may read rows from. Any other word before a
// parenthesis where rows are expected is refused.
var tableFunctions = map[string]bool{"hot": true, "range": true, "generate_series": true, "unnest": true}

// forbidden are functions that run text as SQL, reach files, the configuration or the engine's insides, or
// have effects. They stay possible in a locked engine, some on the store's own folder.
var forbidden = map[string]bool{
	"query": true, "query_table": true, "json_execute_serialized_sql": true, "json_serialize_sql": true, "json_deserialize_sql": true,
	"json_serialize_plan": true, "glob": true, "current_setting": true, "getvariable": true, "getenv": true, "nextval": true, "currval": true,
	"setseed": true, "sleep_ms": true, "write_log": true, "parse_duckdb_log_message": true, "enable_logging": true, "disable_logging": true,
	"truncate_duckdb_logs": true, "enable_profiling": true, "disable_profiling": true, "enable_profile": true, "disable_profile": true,
	"stats": true, "checkpoint": true, "force_checkpoint": true, "copy_database": true, "summary": true, "repeat_row": true,
	"seq_scan": true, "index_scan": true, "test_all_types": true, "test_vector_types": true, "which_secret": true, "create_sort_key": true,
	"sql_auto_complete": true, "storage_info": true, "metadata_info": true, "database_size": true, "database_list": true, "version": true,
	"user_agent": true, "import_database": true, "export_database": true, "show_databases": true, "show_tables": true,
	"current_query": true, "current_database": true, "current_schema": true, "current_schemas": true, "current_user": true, "current_role": true,
	"session_user": true, "user": true, "txid_current": true, "pg_typeof": true, "in_search_path": true, "icu_sort_key": true,
	"add_parquet_key": true, "from_substrait": true, "get_substrait": true, "load_aws_credentials": true,
}

// forbiddenPrefixes are families of such functions.
var forbiddenPrefixes = []string{"read_", "parquet_", "sniff_", "duckdb_", "pragma_", "pg_", "has_", "arrow_", "st_", "http_", "iceberg_", "delta_", "sqlite_", "postgres_", "mysql_"}

// starters are the words that may open a statement.
var starters = map[string]bool{"select": true, "with": true}

// rowWords are the words after which a table is named.
var rowWords = map[string]bool{"from": true, "join": true}

// guard refuses text that is not one SELECT made of tables and harmless functions. It is the second line
// behind the compiler, which writes nothing else: a mistake there must not reach a file or the
// configuration. It reads words, strings and brackets only; what is an error of syntax is left to the engine.
func guard(text string) error {
	refuse := func(format string, args ...any) error {
		return &Failure{Refused, "run statement: " + fmt.Sprintf(format, args...)}
	}
	s := sqlScanner{text: text}
	tok, err := s.next()
	if err != nil {
		return refuse("%v", err)
	}
	if tok.kind != tokenWord || !starters[tok.text] {
		return refuse("it does not begin with SELECT or WITH")
	}
	var (
		frames   = []frame{{}}
		expect   = false // a table is named next
		previous = ""    // the word before
	)
	for tok.kind != tokenEnd {
		after, err := s.next()
		if err != nil {
			return refuse("%v", err)
		}
		top := &frames[len(frames)-1]
		named := tok.kind == tokenWord || tok.kind == tokenName
		call := named && after.kind == tokenSign && after.text == "("
		switch {
		case expect && tok.kind == tokenString:
			return refuse("a file is named as a table")
		case tok.kind == tokenWord && endsFrom[tok.text]:
			expect, top.tables = false, false
		case tok.kind == tokenWord && rowWords[tok.text]:
			// "IS DISTINCT FROM" compares, "extract(x FROM y)" separates.
			if expect = tok.text == "join" || previous != "distinct" && !top.special; expect {
				top.tables = true
			}
		case tok.kind == tokenWord && (tok.text == "on" || tok.text == "using"):
			expect = false // the list of tables goes on behind the condition
		case expect && tok.kind == tokenWord && tok.text == "lateral":
		case expect && named:
			if call && !tableFunctions[strings.ToLower(tok.text)] {
				return refuse("rows are read from function %s", tok.text)
			}
			// The engine takes "x.csv" for a file whether it is one name or two.
			if strings.ContainsAny(tok.text, "./\\*?") || previous == "." && fileEndings[strings.ToLower(tok.text)] {
				return refuse("a table's name looks like a file")
			}
			if expect = after.kind == tokenSign && after.text == "."; expect {
				if after, err = s.next(); err != nil {
					return refuse("%v", err)
				}
				previous, tok = ".", after
				continue
			}
		case call && dangerous(strings.ToLower(tok.text)):
			return refuse("function %s is not one that queries may use", tok.text)
		case tok.kind == tokenSign && tok.text == "(":
			// In "FROM (a, b)" tables are named inside; "FROM (SELECT" ends that by its first word.
			frames = append(frames, frame{tables: expect, special: fromInside[previous]})
		case tok.kind == tokenSign && tok.text == ")":
			if len(frames) == 1 {
				return refuse("a bracket is closed that was not opened")
			}
			frames, expect = frames[:len(frames)-1], false
		case tok.kind == tokenSign && tok.text == ",":
			expect = top.tables
		case tok.kind == tokenSign && tok.text == ";" && after.kind != tokenEnd:
			return refuse("there is more than one statement")
		default:
			expect = false
		}
		previous = ""
		if tok.kind == tokenWord {
			previous = tok.text
		}
		tok = after
	}
	return nil
}

// fileEndings are what the engine knows how to read as rows.
var fileEndings = map[string]bool{"csv": true, "tsv": true, "parquet": true, "json": true, "jsonl": true, "ndjson": true, "gz": true, "zst": true, "db": true, "duckdb": true}

// A frame is what is open between two brackets.
type frame struct {
	tables  bool // after a comma a table is named
	special bool // FROM in it separates arguments
}

// fromInside are functions whose arguments may be separated by FROM.
var fromInside = map[string]bool{"extract": true, "substring": true, "trim": true, "overlay": true, "position": true}

// endsFrom are the words that end a list of tables.
var endsFrom = map[string]bool{"select": true, "where": true, "group": true, "having": true, "order": true, "limit": true, "qualify": true,
	"window": true, "union": true, "except": true, "intersect": true, "values": true}

func dangerous(name string) bool {
	if forbidden[name] {
		return true
	}
	for _, p := range forbiddenPrefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

type tokenKind uint8

const (
	tokenEnd    tokenKind = iota
	tokenWord             // unquoted, in lower case
	tokenName             // in double quotes, without them
	tokenString           // in single or dollar quotes, without content
	tokenSign             // one byte
)

type sqlToken struct {
	kind tokenKind
	text string
}

// sqlScanner splits SQL into words, strings and signs, so that what stands in a string or a comment is not
// taken for a word.
type sqlScanner struct {
	text string
	at   int
}

func (s *sqlScanner) next() (sqlToken, error) {
	for s.at < len(s.text) {
		c := s.text[s.at]
		rest := s.text[s.at:]
		switch {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			s.at++
		case strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "/*"):
			return sqlToken{}, fmt.Errorf("it has a comment, which the dialect never writes")
		case c == '\'':
			// E'…' has backslash escapes; the dialect never writes one, so a quote ends the string.
			_, err := s.quoted('\'')
			return sqlToken{kind: tokenString}, err
		case c == '"':
			name, err := s.quoted('"')
			return sqlToken{tokenName, name}, err
		case c == '$':
			return sqlToken{}, fmt.Errorf("it has a parameter or a dollar quote, which the dialect never writes")
		case wordByte(c):
			from := s.at
			for s.at < len(s.text) && wordByte(s.text[s.at]) {
				s.at++
			}
			word := strings.ToLower(s.text[from:s.at])
			if s.at < len(s.text) && s.text[s.at] == '\'' && (word == "e" || word == "x" || word == "b") {
				return sqlToken{}, fmt.Errorf("it has a string with a prefix, which the dialect never writes")
			}
			return sqlToken{tokenWord, word}, nil
		default:
			s.at++
			return sqlToken{tokenSign, s.text[s.at-1 : s.at]}, nil
		}
	}
	return sqlToken{}, nil
}

// quoted reads what stands between two quotes; a doubled one stands for itself.
func (s *sqlScanner) quoted(quote byte) (string, error) {
	var b strings.Builder
	for s.at++; s.at < len(s.text); s.at++ {
		if s.text[s.at] != quote {
			b.WriteByte(s.text[s.at])
			continue
		}
		if s.at+1 < len(s.text) && s.text[s.at+1] == quote {
			b.WriteByte(quote)
			s.at++
			continue
		}
		s.at++
		return b.String(), nil
	}
	return "", fmt.Errorf("a quote is not closed")
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
