package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lazuli.dev/lazuli/internal/secret"
)

const value = "s3cr3t-value"

func TestNeverPrints(t *testing.T) {
	type config struct{ Token secret.String }
	c := config{secret.New(value)}
	f := func(how, text string) {
		t.Helper()
		if strings.Contains(text, value) || strings.Contains(text, fmt.Sprintf("%x", value)) {
			t.Errorf("%s shows the secret: %s", how, text)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		f(verb, fmt.Sprintf(verb, c))
		f(verb, fmt.Sprintf(verb, c.Token))
		f(verb, fmt.Sprintf(verb, &c))
	}
	j, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	f("json", string(j))
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "config", c, "token", c.Token)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c, "token", c.Token)
	f("slog", log.String())
	f("redact", c.Token.Redact("refused "+value+" twice"))
	if c.Token.Reveal() != value {
		t.Error("the value is lost")
	}
}

func TestUnmarshal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(value+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LAZULI_TEST_SECRET", value)
	f := func(text, want, wantErr string) {
		t.Helper()
		var s secret.String
		err := s.UnmarshalText([]byte(text))
		if wantErr != "" {
			if err == nil || !strings.Contains(err.Error(), wantErr) {
				t.Errorf("%s: error %v, want %q", text, err, wantErr)
			}
			return
		}
		if err != nil || s.Reveal() != want {
			t.Errorf("%s: %q, %v; want %q", text, s.Reveal(), err, want)
		}
	}
	f("plain", "plain", "")
	f("", "", "")
	f("${env:LAZULI_TEST_SECRET}", value, "")
	f("${env:LAZULI_TEST_UNSET}", "", "LAZULI_TEST_UNSET is not set")
	f("file:"+path, value, "")
	f("file:"+path+".missing", "", "no such file")
	f("file:"+empty, "", "is empty")
}
