package builtin

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed kusto.txt
var kustoNames string

// A Known says what Kusto has under a name, whether or not it is in the table.
type Known uint8

// What Kusto's names can be.
const (
	NotKnown      Known = iota
	KnownScope          // names a table, a database or a cluster
	KnownFunction       // scalar, window or graph function
	KnownAggregate
	KnownPlugin // for evaluate
)

// KnownToKusto reports what Kusto has under name. A name that is known and not in
// the table is not supported; one that is not known is a slip.
func KnownToKusto(name string) Known { return kusto()[name] }

// KustoPlugins returns the names of Kusto's plug-ins.
func KustoPlugins() (names []string) {
	for n, k := range kusto() {
		if k == KnownPlugin {
			names = append(names, n)
		}
	}
	return names
}

// KustoFunctions returns the names of Kusto's functions and aggregates.
func KustoFunctions() (names []string) {
	for n, k := range kusto() {
		if k == KnownFunction || k == KnownAggregate {
			names = append(names, n)
		}
	}
	return names
}

var kusto = sync.OnceValue(func() map[string]Known {
	kinds := map[string]Known{"scope:": KnownScope, "function:": KnownFunction, "aggregate:": KnownAggregate, "plugin:": KnownPlugin}
	m := map[string]Known{}
	kind := NotKnown
	for line := range strings.Lines(kustoNames) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, w := range strings.Fields(line) {
			if k, ok := kinds[w]; ok {
				kind = k
			} else if _, ok := m[w]; !ok {
				m[w] = kind
			}
		}
	}
	return m
})
