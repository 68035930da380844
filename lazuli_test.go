package lazuli_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"lazuli.dev/lazuli"
)

func TestTicks(t *testing.T) {
	f := func(text string, want int64) {
		t.Helper()
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := lazuli.Ticks(at); got != want {
			t.Errorf("Ticks(%s) = %d, want %d", text, got, want)
		}
		if back := lazuli.FromTicks(want); !back.Equal(at) {
			t.Errorf("FromTicks(%d) = %s, want %s", want, back, text)
		}
	}
	f("0001-01-01T00:00:00Z", 0)
	f("1970-01-01T00:00:00Z", 621355968000000000)
	f("1969-12-31T23:59:59.9999999Z", 621355968000000000-1)
	f("2024-05-01T10:00:00.1234567Z", 638501544001234567)
	f("9999-12-31T23:59:59.9999999Z", 3155378975999999999)
}

func TestErrors(t *testing.T) {
	cause := errors.New("disk /dev/x is broken")
	err := fmt.Errorf("take upload: %w", &lazuli.Error{Kind: lazuli.NoSpace, Public: "no space left", Wait: time.Minute, Err: cause})
	if k := lazuli.KindOf(err); k != lazuli.NoSpace {
		t.Errorf("kind %v", k)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
	if p := lazuli.Public(err); p != "no space left" {
		t.Errorf("public text %q", p)
	}
	if d, ok := lazuli.RetryAfter(err); !ok || d != time.Minute {
		t.Errorf("retry after %v %v", d, ok)
	}
	if k := lazuli.KindOf(cause); k != lazuli.Unknown {
		t.Errorf("kind of a foreign error %v", k)
	}
	if e := lazuli.Errorf(lazuli.Invalid, "read body: %w", cause); !errors.Is(e, cause) || e.Error() != "read body: disk /dev/x is broken" {
		t.Errorf("Errorf gave %q", e)
	}
}
