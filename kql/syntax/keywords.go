package syntax

import "strings"

// dashedKeywords maps the first word of the keywords with dashes to what may follow it.
var dashedKeywords = func() map[string][]string {
	m := map[string][]string{}
	for _, k := range []string{
		"assert-schema", "granny-asc", "granny-desc", "graph-mark-components", "graph-match", "graph-merge",
		"graph-shortest-paths", "graph-to-table", "graph-where-edges", "graph-where-nodes", "macro-expand",
		"make-graph", "make-series", "materialized-view-combine", "mv-apply", "mv-expand", "parse-kv", "parse-where",
		"partitioned-by", "project-away", "project-by-names", "project-keep", "project-rename", "project-reorder",
		"project-smart", "sample-distinct", "top-hitters", "top-nested",
	} {
		i := strings.IndexByte(k, '-')
		m[k[:i]] = append(m[k[:i]], k[i:])
	}
	return m
}()

// wordOps are the operators that are words, also the older spellings.
var wordOps = map[string]Op{
	"or": OpOr, "and": OpAnd,
	"has": OpHas, "!has": OpNotHas, "has_cs": OpHasCS, "!has_cs": OpNotHasCS,
	"hasprefix": OpHasPrefix, "!hasprefix": OpNotHasPrefix, "hasprefix_cs": OpHasPrefixCS, "!hasprefix_cs": OpNotHasPrefixCS,
	"hassuffix": OpHasSuffix, "!hassuffix": OpNotHasSuffix, "hassuffix_cs": OpHasSuffixCS, "!hassuffix_cs": OpNotHasSuffixCS,
	"contains": OpContains, "!contains": OpNotContains, "contains_cs": OpContainsCS, "!contains_cs": OpNotContainsCS,
	"notcontains": OpNotContains, "containscs": OpContainsCS, "notcontainscs": OpNotContainsCS,
	"startswith": OpStartsWith, "!startswith": OpNotStartsWith, "startswith_cs": OpStartsWithCS, "!startswith_cs": OpNotStartsWithCS,
	"endswith": OpEndsWith, "!endswith": OpNotEndsWith, "endswith_cs": OpEndsWithCS, "!endswith_cs": OpNotEndsWithCS,
	"like": OpLike, "notlike": OpNotLike, "likecs": OpLikeCS, "notlikecs": OpNotLikeCS,
	"in": OpIn, "!in": OpNotIn, "in~": OpInCI, "!in~": OpNotInCI, "has_any": OpHasAny, "has_all": OpHasAll,
}

// reserved are the words that cannot be a name in an expression without brackets and quotes.
// Everything else that is a keyword somewhere (count, type, extend, on, with, ...) can.
// Kusto's editor also reserves first and last, which its engine takes as names; so do published queries.
var reserved = wordSet(`
	and or as asc desc between !between by of to others flags
	granny-asc granny-desc partitioned-by project-smart
	contains containscs contains_cs endswith endswith_cs has has_all has_any has_cs hasprefix hasprefix_cs
	hassuffix hassuffix_cs in in~ like likecs notcontains notcontainscs notlike notlikecs startswith startswith_cs
	!contains !contains_cs !endswith !endswith_cs !has !has_cs !hasprefix !hasprefix_cs !hassuffix !hassuffix_cs
	!in !in~ !startswith !startswith_cs
	assert-schema declare externaldata external_data datatable datascope find graph-mark-components graph-match
	graph-merge graph-shortest-paths graph-to-table graph-where-edges graph-where-nodes invoke macro-expand
	make-graph make-series materialize materialized-view-combine mv-apply mv-expand parse-kv parse-where print
	project project-away project-by-names project-keep project-rename project-reorder sample sample-distinct search
	set toscalar totable top-hitters top-nested union where __contextual_datatable __executeAndCache
	boolean byte char date datetime decimal double dynamic float int int16 int32 int64 int8 long real string time
	timespan uint uint16 uint32 uint64 uint8 ulong uniqueid
`)

func wordSet(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
