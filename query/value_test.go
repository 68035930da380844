package query

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/internal/duck"
	"lazuli.dev/lazuli/kql/types"
)

func TestForms(t *testing.T) {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	f := func(kind types.Type, text, api, inline, plain string) {
		t.Helper()
		r, err := duck.Collect(context.Background(), conn, "SELECT "+text+" AS v", duck.Limits{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			return
		}
		table := Table{Name: "PrimaryResult", Columns: []types.Column{{Name: "v", Type: kind}}, Data: r}
		for row := range table.Rows() {
			got := []string{string(row.Append(nil, 0, API)), string(row.Append(nil, 0, Inline)), string(row.Append(nil, 0, Plain))}
			if diff := cmp.Diff([]string{api, inline, plain}, got); diff != "" {
				t.Errorf("%s as %v:\n%s", text, kind, diff)
			}
			for _, j := range got[:2] {
				if !json.Valid([]byte(j)) {
					t.Errorf("%s: %s is not JSON", text, j)
				}
			}
		}
	}
	same := func(kind types.Type, text, want string) { t.Helper(); f(kind, text, want, want, want) }
	quote := func(kind types.Type, text, want string) {
		t.Helper()
		f(kind, text, `"`+want+`"`, `"`+want+`"`, want)
	}
	null := func(kind types.Type, text string) { t.Helper(); f(kind, text, "null", "null", "") }

	same(types.Bool, "true", "true")
	null(types.Bool, "NULL::BOOLEAN")
	same(types.Int, "-7::INTEGER", "-7")
	same(types.Long, "9223372036854775807", "9223372036854775807")
	same(types.Long, "-9223372036854775808", "-9223372036854775808")
	same(types.Long, "3::INTEGER", "3")
	same(types.Long, "sum(1) ", "1")
	null(types.Long, "NULL")
	same(types.Real, "0.1::DOUBLE", "0.1")
	f(types.Real, "1::DOUBLE", "1.0", "1.0", "1")
	f(types.Real, "-0.0::DOUBLE", "-0.0", "-0.0", "-0")
	same(types.Real, "1e300::DOUBLE", "1e+300")
	same(types.Real, "1e-7::DOUBLE", "1e-07")
	same(types.Real, "123456.789::DOUBLE", "123456.789")
	quote(types.Real, "'NaN'::DOUBLE", "NaN")
	quote(types.Real, "'Infinity'::DOUBLE", "Infinity")
	quote(types.Real, "'-Infinity'::DOUBLE", "-Infinity")
	quote(types.Decimal, "1.5::DECIMAL(38,18)", "1.5")
	quote(types.Decimal, "0::DECIMAL(38,18)", "0")
	quote(types.Decimal, "100::DECIMAL(38,18)", "100")
	quote(types.Decimal, "-0.000000000000000001::DECIMAL(38,18)", "-0.000000000000000001")
	quote(types.Decimal, "-99999999999999999999.999999999999999999::DECIMAL(38,18)", "-99999999999999999999.999999999999999999")
	quote(types.Decimal, "12.340::DECIMAL(9,3)", "12.34")
	quote(types.Decimal, "7::BIGINT", "7")
	quote(types.DateTime, "0::BIGINT", "0001-01-01T00:00:00Z")
	quote(types.DateTime, "3155378975999999999", "9999-12-31T23:59:59.9999999Z")
	quote(types.DateTime, fmt.Sprint(ticks(t, "2026-11-20T04:08:56.798Z")), "2026-11-20T04:08:56.798Z")
	quote(types.DateTime, fmt.Sprint(ticks(t, "2024-02-29T23:59:59.1234567Z")), "2024-02-29T23:59:59.1234567Z")
	null(types.DateTime, "NULL::BIGINT")
	null(types.DateTime, "-1::BIGINT")
	null(types.DateTime, "3155378976000000000")
	quote(types.Timespan, "0::BIGINT", "00:00:00")
	quote(types.Timespan, "36000000000", "01:00:00")
	quote(types.Timespan, "864000000000::BIGINT", "1.00:00:00")
	quote(types.Timespan, "-900000000001::BIGINT", "-1.01:00:00.0000001")
	quote(types.Timespan, "15000000::BIGINT", "00:00:01.5000000")
	quote(types.Timespan, "-9223372036854775808", "-10675199.02:48:05.4775808")
	quote(types.Guid, "'74BE27DE-1E4E-49D9-B579-FE0B331D3642'::UUID", "74be27de-1e4e-49d9-b579-fe0b331d3642")
	quote(types.Guid, "'ffffffff-ffff-ffff-ffff-ffffffffffff'::UUID", "ffffffff-ffff-ffff-ffff-ffffffffffff")
	null(types.Guid, "NULL::UUID")
	quote(types.String, "''", "")
	quote(types.String, "NULL::VARCHAR", "")
	quote(types.String, "'74be27de-1e4e-49d9-b579-fe0b331d3642'::UUID", "74be27de-1e4e-49d9-b579-fe0b331d3642")
	quote(types.String, "'häß € 😀'", "häß € 😀")
	f(types.String, `'a"b\c' || chr(10) || chr(1) || chr(9)`, `"a\"b\\c\n\u0001\t"`, `"a\"b\\c\n\u0001\t"`, "a\"b\\c\n\x01\t")
	f(types.Dynamic, `'{"a":[1,"x"]}'`, `"{\"a\":[1,\"x\"]}"`, `{"a":[1,"x"]}`, `{"a":[1,"x"]}`)
	f(types.Dynamic, `'"s"'`, `"\"s\""`, `"s"`, `"s"`)
	f(types.Dynamic, `'{broken'`, `"{broken"`, `"{broken"`, `{broken`)
	null(types.Dynamic, "NULL::VARCHAR")
}

func TestAppendStringReplacesWhatIsNotUTF8(t *testing.T) {
	for text, want := range map[string]string{"a\xffb": `"a` + "\ufffd" + `b"`, "\xc3": `"` + "\ufffd" + `"`, "\ufffd": `"` + "\ufffd" + `"`} {
		if got := string(AppendString(nil, text)); got != want || !json.Valid([]byte(got)) {
			t.Errorf("%q is written %s, want %s", text, got, want)
		}
	}
}

func TestAppendDateTimeAgreesWithTime(t *testing.T) {
	for at := int64(0); at <= maxTicks; at += 12*ticksPerDay + 7*36000000000 + 1234567 {
		want := lazuli.FromTicks(at).Format(time.RFC3339Nano)
		if got := string(AppendDateTime(nil, at)); got != want {
			t.Fatalf("%d is %s, want %s", at, got, want)
		}
	}
}
