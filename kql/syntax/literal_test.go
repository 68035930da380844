package syntax

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// parseLiteral reads a text that is one literal.
func parseLiteral(t *testing.T, text string) (*Literal, []*Error) {
	t.Helper()
	x, errs := ParseExpr(text)
	lit, ok := x.(*Literal)
	if !ok {
		t.Fatalf("%q is a %T", text, x)
	}
	return lit, errs
}

func TestDatetimes(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		lit, errs := parseLiteral(t, "datetime("+text+")")
		if want == "" {
			if len(errs) == 0 {
				t.Errorf("%q is read as %s, want an error", text, datetimeText(lit.Int))
			}
			return
		}
		when, err := time.Parse(time.RFC3339Nano, want)
		if err != nil {
			t.Fatal(err)
		}
		ticks := (when.Unix()-yearOne)*ticksSecond + int64(when.Nanosecond())/100
		if len(errs) > 0 || lit.Int != ticks {
			t.Errorf("%q is read as %s with the errors %v, want %s", text, datetimeText(lit.Int), errs, want)
		}
	}
	f("2014-05-25T08:20:03.123456Z", "2014-05-25T08:20:03.123456Z")
	f("2014-05-25T08:20:03.1234567Z", "2014-05-25T08:20:03.1234567Z")
	f("2014-05-25T08:20:03.12345678Z", "2014-05-25T08:20:03.1234567Z")
	f("2014-05-25T08:20Z", "2014-05-25T08:20:00Z")
	f("2014-11-08 15:55:55.123456", "2014-11-08T15:55:55.123456Z")
	f("2014-11-08 15:55", "2014-11-08T15:55:00Z")
	f("2014-11-08", "2014-11-08T00:00:00Z")
	f("2014-11", "2014-11-01T00:00:00Z")
	f("2014", "2014-01-01T00:00:00Z")
	f("'2014-11-08'", "2014-11-08T00:00:00Z")
	f("2014-11-08T10:00:00+02:00", "2014-11-08T08:00:00Z")
	f("2014-11-08 10:00:00 -0530", "2014-11-08T15:30:00Z")
	f("2014-1-8 1:05:07 PM", "2014-01-08T13:05:07Z")
	f("12/31/2014 12:00 am", "2014-12-31T00:00:00Z")
	f("12-31-2014", "2014-12-31T00:00:00Z")
	f("Sat, 8 Nov 14 15:05:02 GMT", "2014-11-08T15:05:02Z")
	f("8 Nov 14 15:05", "2014-11-08T15:05:00Z")
	f("Saturday, 08-Nov-14 15:05:02 GMT", "2014-11-08T15:05:02Z")
	f("0001-01-01", "0001-01-01T00:00:00Z")
	f("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z")
	f("2020-02-30", "")
	f("2020-13-01", "")
	f("2020-01-01 25:00", "")
	f("0000-01-01", "")
	f("0001-01-01T00:00:00+01:00", "")
	f("yesterday", "")
	f("31/12/2014", "")
	f("2020-01-01 13:00 pm", "")
	f("", "")
}

func TestTimespans(t *testing.T) {
	f := func(text string, want int64) {
		t.Helper()
		lit, errs := parseLiteral(t, text)
		if len(errs) > 0 || lit.Int != want || lit.Kind != LitTimespan {
			t.Errorf("%q is read as %d with the errors %v, want %d", text, lit.Int, errs, want)
		}
	}
	f("2d", 2*ticksDay)
	f("1.5h", 90*ticksMinute)
	f("30m", 30*ticksMinute)
	f("10s", 10*ticksSecond)
	f("0.1s", ticksSecond/10)
	f("100ms", 100*ticksMillisecond)
	f("10microseconds", 10*ticksMicrosecond)
	f("1tick", 1)
	f("250nanoseconds", 2)
	f("time(15 seconds)", 15*ticksSecond)
	f("time(2)", 2*ticksDay)
	f("timespan(0.12:34:56.7)", 12*ticksHour+34*ticksMinute+56*ticksSecond+7*ticksSecond/10)
	f("timespan(1.00:00:00)", ticksDay)
	f("timespan(-1.06:00)", -30*ticksHour)
	f("timespan('00:30')", 30*ticksMinute)
	f("timespan(-3h)", -3*ticksHour)
	for _, text := range []string{"timespan(24:00)", "timespan(x)", "timespan(1.5)", "timespan(1:2:3:4)", "timespan(99999999999d)", "timespan()"} {
		if lit, errs := parseLiteral(t, text); len(errs) == 0 {
			t.Errorf("%q is read as %d, want an error", text, lit.Int)
		}
	}
}

func TestNumbers(t *testing.T) {
	f := func(text string, want Literal) {
		t.Helper()
		lit, errs := parseLiteral(t, text)
		if diff := cmp.Diff(&want, lit, sameTree); diff != "" || len(errs) > 0 {
			t.Errorf("%q, errors %v (-want +got):\n%s", text, errs, diff)
		}
	}
	f("0", Literal{Kind: LitLong})
	f("0x1f", Literal{Kind: LitLong, Int: 31})
	f("0xFFFFFFFFFFFFFFFF", Literal{Kind: LitLong, Int: -1})
	f("9223372036854775807", Literal{Kind: LitLong, Int: math.MaxInt64})
	f("-9223372036854775808", Literal{Kind: LitLong, Int: math.MinInt64})
	f("long( -12 )", Literal{Kind: LitLong, Int: -12})
	f("int(12)", Literal{Kind: LitInt, Int: 12})
	f("int(null)", Literal{Kind: LitInt, Null: true})
	f("1.5e3", Literal{Kind: LitReal, Real: 1500})
	f("double(-1)", Literal{Kind: LitReal, Real: -1})
	f("real(-inf)", Literal{Kind: LitReal, Real: math.Inf(-1)})
	f("decimal(12.50)", Literal{Kind: LitDecimal, Text: "12.50"})
	f("bool(0)", Literal{Kind: LitBool})
	f("TRUE", Literal{Kind: LitBool, Int: 1})
	f("guid({74BE27DE-1E4E-49D9-B579-FE0B331D3642})", Literal{Kind: LitGuid, Text: "74be27de-1e4e-49d9-b579-fe0b331d3642"})
	for _, text := range []string{"int(2147483648)", "long(1.5)", "real(1,5)", "decimal(+-1)", "bool(yes)", "9223372036854775808", "guid(74be27de)", "real(1e999)"} {
		if _, errs := parseLiteral(t, text); len(errs) == 0 {
			t.Errorf("%q has no errors", text)
		}
	}
}

func TestStrings(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		lit, errs := parseLiteral(t, text)
		if len(errs) > 0 || lit.Text != want {
			t.Errorf("%s is read as %q with the errors %v, want %q", text, lit.Text, errs, want)
		}
		if again, _ := parseLiteral(t, Format(lit)); again.Text != want {
			t.Errorf("%s is printed as %s, which is %q", text, Format(lit), again.Text)
		}
	}
	f(`"a'b"`, "a'b")
	f(`'it\'s'`, "it's")
	f(`"\\\"\a\b\f\n\r\t\v"`, "\\\"\a\b\f\n\r\t\v")
	f(`"\x41\101\u00e9\U0001F600"`, "AAé😀")
	f(`"\ud83d\ude00"`, "😀")
	f(`"\ud83d"`, "\ufffd")
	f(`"\08"`, "\x008")
	f(`"\477"`, "'7")
	f(`@"C:\new ""x"""`, `C:\new "x"`)
	f(`@'it''s'`, "it's")
	f("```a\n'b' \\n```", "a\n'b' \\n")
	f("h~~~a~~~", "a")
	f(`'a' "b" @'\c'`, `ab\c`)
	f("\"\xff\x01\"", "\xff\x01")
}
