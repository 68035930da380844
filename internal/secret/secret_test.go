package secret_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"lazuli.dev/lazuli/internal/secret"
)

const value = "hunter2-and-more"

func TestNeverShows(t *testing.T) {
	type config struct {
		Name  string
		Token secret.String
		Ptr   *secret.String
	}
	s := secret.New(value)
	c := config{"n", s, &s}
	f := func(how, got string) {
		t.Helper()
		for _, form := range []string{value, fmt.Sprintf("%x", value), fmt.Sprintf("%X", value), fmt.Sprintf("%d", []byte(value))} {
			if strings.Contains(got, form) {
				t.Errorf("%s shows the secret: %s", how, got)
			}
		}
		if !strings.Contains(got, secret.Hidden) {
			t.Errorf("%s does not say that something is hidden: %s", how, got)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		f(verb, fmt.Sprintf(verb, s))
		f(verb+" of a struct", fmt.Sprintf(verb, c))
	}
	f("Error", fmt.Errorf("connect with %v: refused", s).Error())
	j, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	f("json", string(j))
	y, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	f("yaml", string(y))
	var text, js bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("m", "token", s, "config", c)
	f("slog text", text.String())
	slog.New(slog.NewJSONHandler(&js, nil)).Info("m", "token", s, "config", c)
	f("slog json", js.String())
	var g bytes.Buffer
	if err := gob.NewEncoder(&g).Encode(s); err == nil {
		f("gob", g.String())
	}
}

func TestReads(t *testing.T) {
	var c struct{ Token secret.String }
	if err := yaml.Unmarshal([]byte("token: "+value), &c); err != nil {
		t.Fatal(err)
	}
	if c.Token.Reveal() != value || c.Token.IsZero() {
		t.Error("the value was not read from YAML")
	}
	if err := json.Unmarshal([]byte(`{"Token":"x"}`), &c); err != nil || c.Token.Reveal() != "x" {
		t.Errorf("the value was not read from JSON: %v", err)
	}
	if (secret.String{}).String() != "" || !(secret.String{}).IsZero() {
		t.Error("no secret is shown as one")
	}
}
