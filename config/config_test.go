package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"lazuli.dev/lazuli/config"
)

// TestBad: the first line of each fixture is the message that the file must give.
func TestBad(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.bad.yml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		want := "read configuration " + path + ": " + strings.TrimPrefix(first, "# ")
		if _, err := config.Read(path); err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", path, err, want)
		}
	}
}

// TestExample: the documented example is valid and shows every key there is.
func TestExample(t *testing.T) {
	t.Setenv("COLLECTOR_TOKEN", "c0llector")
	t.Setenv("HEC_TOKEN", "h3c")
	t.Setenv("ELASTIC_KEY", "k3y")
	t.Setenv("ENDPOINT_AUTHORIZATION", "Bearer b3arer")
	path := "../etc/lazuli.yml"
	f, err := config.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Outputs[0].Splunk.Token.Reveal(); got != "h3c" {
		t.Errorf("token of the output: %q", got)
	}
	if got := time.Duration(f.Retention.Tables["SigninLogs"]); got != 365*24*time.Hour {
		t.Errorf("retention of SigninLogs: %v", got)
	}
	if f.Limits.Hot != 336<<20 || f.Outputs[0].Batch.Bytes != 8<<20 {
		t.Errorf("sizes: %d, %d", f.Limits.Hot, f.Outputs[0].Batch.Bytes)
	}
	if f.Outputs[0].Kind() != "splunk" {
		t.Errorf("kind %q", f.Outputs[0].Kind())
	}
	for i, kind := range []string{"splunk", "syslog", "elastic", "http", "file"} {
		o := f.Outputs[i]
		if o.Kind() != kind {
			t.Errorf("output %s is of kind %q, want %q", o.Name, o.Kind(), kind)
		}
		if fw, err := o.Open(); err != nil {
			t.Error(err)
		} else if err := fw.Close(); err != nil {
			t.Error(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys(reflect.TypeFor[config.File]()) {
		if !strings.Contains(string(text), key+":") {
			t.Errorf("%s does not show the key %s", path, key)
		}
	}
}

func keys(t reflect.Type) []string {
	var all []string
	switch t.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer:
		return keys(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if name, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); name != "" {
				all = append(all, name)
			}
			all = append(all, keys(f.Type)...)
		}
	}
	return all
}

func TestEmpty(t *testing.T) {
	for _, text := range []string{"", "\n# nothing\n", "{}"} {
		if _, err := config.Parse([]byte(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWorkspaceIDs(t *testing.T) {
	dir := t.TempDir()
	f := func(listed ...config.Workspace) map[string]string {
		t.Helper()
		ids, err := config.WorkspaceIDs(dir, listed)
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	first := f()
	if len(first) != 1 || len(first["default"]) != 36 {
		t.Fatalf("first start: %v", first)
	}
	if again := f(); again["default"] != first["default"] {
		t.Errorf("the id changed from %v to %v", first, again)
	}
	const id = "5A3D2F10-7C64-4E0B-9D1A-0B8A5E6F7C21"
	two := f(config.Workspace{Name: "emea", ID: id})
	if two["emea"] != strings.ToLower(id) || two["default"] != first["default"] {
		t.Errorf("with a second workspace: %v", two)
	}
	if _, err := config.WorkspaceIDs(dir, []config.Workspace{{Name: "other", ID: id}}); err == nil {
		t.Error("an id that belongs to another workspace was taken")
	}
	if again := f(); again["emea"] != two["emea"] {
		t.Errorf("a workspace that is no longer listed lost its id: %v", again)
	}
}
