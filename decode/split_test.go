package decode

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lazuli.dev/lazuli/chunk"
)

const good = `{"time":"2026-03-04T05:06:07Z","resourceId":"/tenants/1/providers/Microsoft.aadiam","category":"SignInLogs","properties":{"userId":"%s"}}`

func record(user string) string { return fmt.Sprintf(good, user) }

// summary is the users of sign-ins and the reasons and bytes of what was
// quarantined, in order.
func summary(t *testing.T, body string) string {
	t.Helper()
	rows, res := decodeText(t, body)
	var parts []string
	quarantined := 0
	for _, r := range rows {
		if r.table == "LazuliQuarantine" {
			quarantined++
			raw := r.values["Raw"]
			if b := r.values["RawBase64"]; b != "" {
				d, err := base64.StdEncoding.DecodeString(b)
				if err != nil {
					t.Fatal(err)
				}
				raw = string(d)
			}
			var at, n int
			_, _ = fmt.Sscan(r.values["RawOffset"], &at)
			_, _ = fmt.Sscan(r.values["RawLength"], &n)
			if body[at:at+n] != raw {
				t.Errorf("quarantined %q is not the message at %d", raw, at)
			}
			parts = append(parts, fmt.Sprintf("<%s: %s>", r.values["Reason"], raw))
			continue
		}
		parts = append(parts, r.values["UserId"])
	}
	if quarantined != res.Quarantined {
		t.Errorf("%d quarantined, counted %d", quarantined, res.Quarantined)
	}
	return strings.Join(parts, " ")
}

func TestSplitting(t *testing.T) {
	f := func(name, body, want string) {
		t.Helper()
		if got := summary(t, body); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
	a, b, c := record("a"), record("b"), record("c")
	f("nothing", "", "")
	f("blank", " \r\n\t", "")
	f("one", a, "a")
	f("lines", a+"\n"+b, "a b")
	f("CRLF and blank lines", a+"\r\n\r\n"+b+"\r\n", "a b")
	f("BOM", "\xef\xbb\xbf"+a, "a")
	f("concatenated", a+b+" "+c, "a b c")
	f("array", "["+a+","+b+"]", "a b")
	f("envelope", `{"records":[`+a+","+b+`]}`, "a b")
	f("envelope in capitals, blanks", `{ "Records" : [ `+a+" , "+b+` ] }`, "a b")
	f("envelopes by line", `{"records":[`+a+"]}\n"+`{"records":[`+b+`]}`, "a b")
	f("array of envelopes", `[{"records":[`+a+`]},{"records":[`+b+`]}]`, "a b")
	f("empty envelope", `{"records":[]}`, "")
	f("empty array", `[]`, "")
	f("pretty", strings.NewReplacer(",", ",\n  ", "{", "{\n  ").Replace(a), "a")
	f("records not first", `{"count":1,"records":[`+a+`]}`, `<field beside the records: "count":1> a`)
	f("field beside", `{"records":[`+a+`],"more":{"x":1}}`, `a <field beside the records: "more":{"x":1}>`)
	f("page", `{"value":[`+a+`],"nextLink":"https://x"}`, "a")
	f("not objects", `[1,"x",`+a+`,null,[2]]`, `<not an object: 1> <not an object: "x"> a <not an object: null> <not an object: [2]>`)
	f("nothing known", `{"hello":"world"}`, `<not a record of a known kind: {"hello":"world"}>`)
	f("not JSON", "the printer is on fire\n", "<not JSON: the printer is on fire\n>")
	f("text between lines", a+"\ngarbage\nmore\n"+b, "a <not JSON: garbage\nmore\n> b")

	f("bad line", a+"\n"+`{"time":}`+"\n"+b, `a <bad value: {"time":}> b`)
	f("truncated line", a+"\n"+a[:60]+"\n"+b, "a <control character in a string: "+a[:60]+"\n> b")
	f("unclosed line", a+"\n"+`{"a":{"b":1`+"\n"+b, `a <comma or end expected: {"a":{"b":1`+"\n> b")
	f("bad one in a line of many", a+`{"x":01}`+b, `a <bad number: {"x":01}> b`)
	f("bad pretty object", a+"\n{\n  \"x\": [\n    {\n      1\n    }\n  ]\n}\n"+b, "a <key expected: {\n  \"x\": [\n    {\n      1\n    }\n  ]\n}> b")
	f("indented lines", "  "+a+"\n  {bad}\n  "+b, "a <key expected: {bad}> b")
	f("bad element", `{"records":[`+a+`,{"x":tru},`+b+`]}`, `a <bad value: {"x":tru}> b`)
	f("bad inner value", `[`+a+`,{"properties":{"x":{"y":[1,,2]}}},`+b+`]`, `a <bad value: {"properties":{"x":{"y":[1,,2]}}}> b`)
	f("bad value that is skipped", `[`+a+`,`+strings.Replace(b, `{"userId"`, `{"odd":{"deep":["\q"]},"userId"`, 1)+`,`+c+`]`,
		`a <bad escape in a string: `+strings.Replace(b, `{"userId"`, `{"odd":{"deep":["\q"]},"userId"`, 1)+`> c`)
	f("element without end", `[`+a+`,{"x":{"y":1,`+b+`,`+c+`]`, `a <key expected: {"x":{"y":1> b c`)
	f("comma missing", `[`+a+b+`]`, "a b")
	f("cut off in an array", `{"records":[`+a+`,`, "a <cut off after the records: >")
	f("cut off in a record", `{"records":[`+a+`,`+b[:40], "a <cut off inside a string: "+b[:40]+">")
	f("cut off object", a+"\n"+b[:30], "a <cut off inside an object: "+b[:30]+">")
	f("stray bracket", `[`+a+`}]`, "a <comma or end expected: }]>")
	f("not UTF-8", a+"\n"+record("b\xff")+"\n"+c, "a <not UTF-8: "+record("b\xff")+"> c")
	f("not UTF-8, not JSON", a+"\n\xff\xfe\n"+c, "a <not JSON: \xff\xfe\n> c")
	f("nested deeply", record("a")+"\n"+strings.Replace(b, `{"userId"`, `{"x":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`,"userId"`, 1)+"\n"+c,
		"a <nested too deeply: "+strings.Replace(b, `{"userId"`, `{"x":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`,"userId"`, 1)+"> c")
	f("nested 1,000 deep", strings.Replace(b, `{"userId"`, `{"x":`+strings.Repeat("[", 1000)+strings.Repeat("]", 1000)+`,"userId"`, 1), "b")
}

// A message of rubbish does not become a hundred times its size, and its good
// records are found.
func TestManyBadPieces(t *testing.T) {
	d := New(Options{})
	body := strings.Repeat("{}\n", 50_000) + record("a") + "\n" + strings.Repeat("[{]\n", 50_000)
	r, err := d.Decode(Message{Workspace: "w", Body: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows["SigninLogs"] != 1 || r.Rows["LazuliQuarantine"] > maxSingle+10+len(body)/maxRaw || r.Quarantined <= 50_000 {
		t.Errorf("%v, %d pieces", r.Rows, r.Quarantined)
	}
	kept := 0
	for _, row := range rowsOf(t, r) {
		kept += len(row.values["Raw"])
	}
	if kept < len(body)-len(record("a"))-maxSingle-10 {
		t.Errorf("%d bytes of %d are kept", kept, len(body))
	}
	for _, c := range r.Chunks {
		c.Release()
	}
}

// Messages made to cost much cost no more than their size.
func TestCostlyMessages(t *testing.T) {
	const n = 200_000
	for name, body := range map[string]string{
		"open elements":    "[" + strings.Repeat(`{"a":[,`, n),
		"open objects":     strings.Repeat(`{"a":`, n),
		"open arrays":      strings.Repeat(`[`, n),
		"candidates":       "[" + strings.Repeat(`{"time":"x","category":"y",},`, n/4),
		"broken lines":     strings.Repeat("{\"a\n", n),
		"deep envelopes":   strings.Repeat(`{"records":[`, n),
		"same key":         "{" + strings.Repeat(`"a":1,`, n) + `"category":"x"}`,
		"different keys":   "{" + manyKeys(n) + `"category":"SignInLogs"}`,
		"different levels": `{"category":"x","properties":{` + manyKeys(n) + `"z":1}}`,
		"notes":            `{"category":"SignInLogs",` + strings.Repeat(`"level":1,`, n) + `"z":1}`,
		"quotes":           strings.Repeat(`"`, n),
	} {
		start := time.Now()
		_, _ = decodeText(t, body)
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: %v", name, took)
		}
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"k%d":%d,`, i, i)
	}
	return b.String()
}

// A record that is too large for a table is kept in pieces, byte for byte, and so
// is a long piece that is not UTF-8; their neighbours are rows.
func TestLongLine(t *testing.T) {
	f := func(long string, column string, decoded func(string) string) {
		t.Helper()
		large := record(long)
		rows, r := decodeText(t, record("a")+"\n"+large+"\n"+record("c"))
		var users []string
		kept, next := "", int64(len(record("a"))+1)
		for _, row := range rows {
			if row.table == "SigninLogs" {
				users = append(users, row.values["UserId"])
				continue
			}
			if at := row.values["RawOffset"]; at != fmt.Sprint(next) || len(row.values[column]) > 2*maxRaw {
				t.Errorf("a piece of %d bytes is at %s, want %d", len(row.values[column]), at, next)
			}
			piece := decoded(row.values[column])
			kept += piece
			next += int64(len(piece))
		}
		if kept != large {
			t.Errorf("%d bytes of %d are kept", len(kept), len(large))
		}
		if diff := cmp.Diff([]string{"a", "c"}, users); diff != "" {
			t.Error(diff)
		}
		if r.Quarantined != 1 {
			t.Errorf("%d pieces, want 1", r.Quarantined)
		}
	}
	same := func(s string) string { return s }
	f(strings.Repeat("x", 50<<20), "Raw", same)
	f(strings.Repeat("é", maxValue), "Raw", same)
	f(strings.Repeat("x", maxValue)+"\xff", "RawBase64", func(s string) string {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Error(err)
		}
		return string(b)
	})
	if rows, _ := decodeText(t, record(strings.Repeat("x", maxValue))); len(rows) != 1 || rows[0].table != "SigninLogs" {
		t.Errorf("a value of the largest length: %v", rows[0].table)
	}
}

func TestValues(t *testing.T) {
	f := func(properties, column, want, unmapped, notes string) {
		t.Helper()
		rows, _ := decodeText(t, `{"time":"2026-03-04T05:06:07Z","category":"SignInLogs","properties":{`+properties+`}}`)
		if len(rows) != 1 || rows[0].table != "SigninLogs" {
			t.Fatalf("%s: %v", properties, rows)
		}
		v := rows[0].values
		if v[column] != want || v["_Unmapped"] != unmapped || v["_DecodeNotes"] != notes {
			t.Errorf("%s:\n%s = %q, want %q\nunmapped %s, want %s\nnotes %s, want %s", properties, column, v[column], want, v["_Unmapped"], unmapped, v["_DecodeNotes"], notes)
		}
	}
	f(`"userId":"a\"\\\/\b\f\n\r\té\ud83d\ude00"`, "UserId", "a\"\\/\b\f\n\r\té😀", "", "")
	f(`"userId":"a\u0000b"`, "UserId", "a\x00b", "", "")
	f(`"userId":"a\ud800b"`, "UserId", "a\ufffdb", `{"properties.userId":"a\ud800b"}`, `["lone surrogate replaced: properties.userId"]`)
	f(`"userId":"\udc00\ud800\ud800\udc00"`, "UserId", "\ufffd\ufffd\U00010000", `{"properties.userId":"\udc00\ud800\ud800\udc00"}`, `["lone surrogate replaced: properties.userId"]`)
	f(`"userId":12345678901234567890123`, "UserId", "12345678901234567890123", "", "")
	f(`"userId":1.50`, "UserId", "1.50", "", "")
	f(`"userId":true`, "UserId", "true", "", "")
	f(`"userId":{"a": [1,"b"]}`, "UserId", `{"a": [1,"b"]}`, "", "")
	f(`"userId":null`, "UserId", "", "", "")
	f(`"userId":"a","userId":"b"`, "UserId", "a", `{"properties.userId":"b"}`, `["duplicate key: properties.userId"]`)
	f(`"userId":"a","USERID":"b"`, "UserId", "a", `{"properties.USERID":"b"}`, `["duplicate key: properties.USERID"]`)
	f(`"user\u0049d":"a"`, "UserId", "a", "", "")
	f(`"new":1,"new":2,"new":3`, "UserId", "", `{"properties.new":1,"properties.new#2":2,"properties.new#3":3}`, "")
	f(`"status":"text"`, "Status", `"text"`, "", "")
	f(`"status":  { "a" : 1 }`, "Status", `{ "a" : 1 }`, "", "")
	f(`"status":"\ud800"`, "Status", `"\ud800"`, "", "")
	f(`"isInteractive":"True"`, "IsInteractive", "true", "", "")
	f(`"isInteractive":0`, "IsInteractive", "false", "", "")
	f(`"isInteractive":"maybe"`, "IsInteractive", "", `{"properties.isInteractive":"maybe"}`, `["not a bool: properties.isInteractive"]`)
	f(`"isInteractive":[true]`, "IsInteractive", "", `{"properties.isInteractive":[true]}`, `["not a bool: properties.isInteractive"]`)
	f(`"createdDateTime":1772625600`, "CreatedDateTime", "2026-03-04T12:00:00.0000000Z", "", "")
	f(`"createdDateTime":"soon"`, "CreatedDateTime", "", `{"properties.createdDateTime":"soon"}`, `["unreadable time: properties.createdDateTime"]`)
	f(`"createdDateTime":{}`, "CreatedDateTime", "", `{"properties.createdDateTime":{}}`, `["unreadable time: properties.createdDateTime"]`)
	f(`"createdDateTime":""`, "CreatedDateTime", "", "", "")
	f(`"sessionId":"A1A1A1A1-2222-4333-8444-555566667777"`, "SessionId", "A1A1A1A1-2222-4333-8444-555566667777", "", "")
	f(`"sessionId":"a1a1a1a1-2222-4333-8444-55556666777g"`, "SessionId", "a1a1a1a1-2222-4333-8444-55556666777g", "", "")
	f(`"a.b":1,"c":{"d":2}`, "UserId", "", `{"properties.a.b":1,"properties.c":{"d":2}}`, "")
	f(`"odd\"key\n":1`, "UserId", "", `{"properties.odd\"key\n":1}`, "")
	f(`"ipAddress":"1.1.1.1"`, "IPAddress", "1.1.1.1", "", "")
}

func TestNumbers(t *testing.T) {
	f := func(value, want string, ok bool) {
		t.Helper()
		rows, _ := decodeText(t, `{"time":"2026-03-04T05:06:07Z","category":"SignInLogs","durationMs":`+value+`}`)
		v := rows[0].values
		if v["DurationMs"] != want || (v["_DecodeNotes"] == "") != ok || ok == strings.Contains(v["_Unmapped"], value) {
			t.Errorf("%s: %q %s %s", value, v["DurationMs"], v["_Unmapped"], v["_DecodeNotes"])
		}
	}
	f("15", "15", true)
	f(`"15"`, "15", true)
	f(`" 15 "`, "15", true)
	f("-15", "-15", true)
	f("15.0", "15", true)
	f("1.5e1", "15", true)
	f("9223372036854775807", "9223372036854775807", true)
	f("9223372036854775808", "", false)
	f("1.5", "", false)
	f("1e400", "", false)
	f(`"x"`, "", false)
	f(`"0x10"`, "", false)
	f(`"1_0"`, "", false)
	f("true", "", false)
	f("[1]", "", false)
}

// Keys in another order, other keys, other plans between: the guess about keys
// must never be believed.
func TestKeyOrder(t *testing.T) {
	d := New(Options{})
	bodies := []string{
		`{"category":"SignInLogs","time":"2026-03-04T05:06:07Z","properties":{"userId":"1","appId":"2"}}`,
		`{"time":"2026-03-04T05:06:07Z","properties":{"appId":"2","userId":"1"},"category":"SignInLogs"}`,
		`{"time":"2026-03-04T05:06:07Z","category":"AuditEvent","resourceId":"/subscriptions/1/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v","properties":{"id":"userId"}}`,
		`{"CATEGORY":"SignInLogs","time":"2026-03-04T05:06:07Z","properties":{"userIdx":"3","userId":"1","app":"4","appId":"2"}}`,
		`{"properties":{"userId":"1"},"category":"SignInLogs","time":"2026-03-04T05:06:07Z"}`,
	}
	for range 3 {
		for _, b := range bodies {
			rows, _ := decodeWith(t, d, b)
			v := rows[0].values
			if rows[0].table == "SigninLogs" && (v["UserId"] != "1" || v["AppId"] != "2" && strings.Contains(b, "appId")) {
				t.Errorf("%s: %v", b, v)
			}
			if rows[0].table == "AZKVAuditLogs" && v["Id"] != "userId" {
				t.Errorf("%s: %v", b, v)
			}
		}
	}
}

func TestSystemColumns(t *testing.T) {
	d := New(Options{})
	r, err := d.Decode(Message{Workspace: "w", Origin: "eventhub/hub/3", Position: 99, Seq: 5 << 24, Received: received, Body: []byte("[" + record("a") + ",{}," + record("b") + "]")})
	if err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(t, r)
	for _, c := range r.Chunks {
		if c.MinSeq < 5<<24 || c.MaxSeq > 5<<24+2 || c.Workspace != "w" {
			t.Errorf("chunk of %s: %d to %d", c.Workspace, c.MinSeq, c.MaxSeq)
		}
		c.Release()
	}
	for i, w := range rows {
		v := w.values
		if v["_Seq"] != fmt.Sprint(5<<24+i) || v["_Ordinal"] != fmt.Sprint(i) || v["_Origin"] != "eventhub/hub/3" || v["_Position"] != "99" ||
			v["_DecoderVersion"] != fmt.Sprint(Version) || v["_TimeReceived"] != showTime(received) || v["TenantId"] != "w" || v["Type"] != w.table {
			t.Errorf("row %d: %v", i, v)
		}
	}
	if _, err := d.Decode(Message{Seq: 5}); err == nil {
		t.Error("a sequence with low bits passed")
	}
}

func TestRepeats(t *testing.T) {
	one := `{"time":"2026-03-04T05:06:07Z","category":"SignInLogs","properties":{"id":"b2b2b2b2-3333-4444-8555-666677778888","riskState":"none"}}`
	two := strings.Replace(one, "none", "atRisk", 1)
	other := strings.Replace(one, "b2b2", "b3b3", 1)
	rows, res := decodeText(t, one+"\n"+other+"\n"+two)
	if res.Repeats != 1 || len(rows) != 3 || rows[2].values["_DecodeNotes"] != `["repeat of row 0 of the message"]` || rows[1].values["_DecodeNotes"] != "" {
		t.Errorf("%d repeats: %v", res.Repeats, rows)
	}
}

// One decoder serves many goroutines; each message comes out as if alone.
func TestConcurrentUse(t *testing.T) {
	d := New(Options{})
	regions, _ := chunk.InUse()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				user := fmt.Sprintf("user %d of %d", i, g)
				body := record(user) + "\n" + fmt.Sprintf(`{"time":"2026-03-04T05:06:07Z","category":"C%d","resourceId":"/subscriptions/%d","properties":{"p%d":%d}}`, g, g, i, i)
				r, err := d.Decode(Message{Workspace: fmt.Sprint("w", g%3), Seq: int64(i) << 24, Body: []byte(body)})
				if err != nil {
					t.Error(err)
					return
				}
				rows := rowsOf(t, r)
				if len(rows) != 2 || rows[0].values["UserId"] != user || rows[1].values[fmt.Sprintf("p%d_d", i)] != fmt.Sprint(i) {
					t.Errorf("rows %v", rows)
				}
				for _, c := range r.Chunks {
					c.Release()
				}
			}
		})
	}
	wg.Wait()
	if n, _ := chunk.InUse(); n != regions {
		t.Errorf("%d regions are left", n-regions)
	}
}
