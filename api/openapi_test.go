package api

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// The document lists the routes that there are, and no other.
func TestOpenAPIListsEveryRoute(t *testing.T) {
	var doc struct {
		Paths      map[string]map[string]yaml.Node
		Components map[string]map[string]yaml.Node
	}
	if err := yaml.Unmarshal(openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	var listed, served []string
	for path, methods := range doc.Paths {
		for method := range methods {
			if method != "parameters" {
				listed = append(listed, strings.ToUpper(method)+" "+path)
			}
		}
	}
	for _, rt := range (&Server{}).routes() {
		if rt.pattern != "/" {
			served = append(served, strings.Replace(rt.pattern, "{resource...}", "{resource}/query", 1))
		}
	}
	slices.Sort(listed)
	slices.Sort(served)
	if diff := cmp.Diff(served, listed); diff != "" {
		t.Error(diff)
	}
	for _, part := range strings.Split(string(openAPI), `$ref: "#/components/`)[1:] {
		ref, _, _ := strings.Cut(part, `"`)
		kind, name, _ := strings.Cut(ref, "/")
		if _, ok := doc.Components[kind][name]; !ok {
			t.Errorf("the document refers to %s, which it lacks", ref)
		}
	}
}
