package bind

import (
	"testing"

	"lazuli.dev/lazuli/kql/builtin"
)

func TestMatches(t *testing.T) {
	f := func(pattern, name string, want bool) {
		t.Helper()
		if got := matches(pattern, name); got != want {
			t.Errorf("matches(%q, %q) = %v", pattern, name, got)
		}
	}
	f("a", "a", true)
	f("a", "ab", false)
	f("*", "", true)
	f("a*", "ab", true)
	f("*Details", "LocationDetails", true)
	f("*Details", "DetailsOf", false)
	f("a*c", "abc", true)
	f("a*bc*d", "a-bbc-d", true)
	f("a*a", "a", false)
	f("A*", "ab", false)
}

func TestNearest(t *testing.T) {
	f := func(name, want string, candidates ...string) {
		t.Helper()
		if got := nearest(name, candidates); got != want {
			t.Errorf("nearest(%q, %q) = %q, want %q", name, candidates, got, want)
		}
	}
	f("Locaton", "Location", "LocationDetails", "Location", "Level")
	f("location", "Location", "Locations", "Location")
	f("UserPrinicpalName", "UserPrincipalName", "UserDisplayName", "UserPrincipalName")
	f("UserPrincipalNam", "UserPrincipalName", "AADTenantId", "UserId", "UserPrincipalName", "UserDisplayName")
	f("foo", "", "barbaz", "quux")
	f("ab", "", "xyz", "a-very-long-name")
	f("x", "", "x")
}

func TestGranny(t *testing.T) {
	f := func(less, more string) {
		t.Helper()
		if granny(less, more) >= 0 || granny(more, less) <= 0 {
			t.Errorf("%q is not before %q", less, more)
		}
	}
	f("a2", "a10")
	f("a2b", "a2c")
	f("a", "a1")
	f("b007c", "b8")
}

func TestSpecialNamesAreKustos(t *testing.T) {
	for _, name := range specialNames {
		if builtin.KnownToKusto(name) != builtin.KnownFunction {
			t.Errorf("Kusto has no function %s()", name)
		}
	}
}
