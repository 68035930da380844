package builtin

import "testing"

func TestKnownToKusto(t *testing.T) {
	f := func(name string, want Known) {
		t.Helper()
		if got := KnownToKusto(name); got != want {
			t.Errorf("KnownToKusto(%q) = %d, want %d", name, got, want)
		}
	}
	f("strlen", KnownFunction)
	f("geo_polygon_area", KnownFunction)
	f("parse_version", KnownFunction)
	f("tdigest", KnownAggregate)
	f("autocluster", KnownPlugin)
	f("workspace", KnownScope)
	f("strlenn", NotKnown)
	f("function:", NotKnown)
	f("", NotKnown)
}

// The table has nothing that Kusto has not, but for what completes a family.
func TestTableIsKnownToKusto(t *testing.T) {
	own := map[string]bool{"stdevpif": true}
	for _, f := range All() {
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			if own[name] {
				continue
			}
			if k := KnownToKusto(name); k != KnownFunction && k != KnownAggregate {
				t.Errorf("%s: Kusto has no function or aggregate of this name", name)
			}
		}
	}
}
