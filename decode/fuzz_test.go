package decode

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"lazuli.dev/lazuli/chunk"
	"lazuli.dev/lazuli/schema"
)

// marks are texts that seeds have in many places. Each that a message holds
// must be in some row again.
var marks = regexp.MustCompile(`zq[0-9]{6}`)

var emptyField = regexp.MustCompile(`"[^"]*"\s*:\s*""`)

var seeds = []string{
	`{"records":[` + record("zq000001") + `,` + record("b") + `]}`,
	record("zq000002") + "\n" + `{"bad":zq000003}` + "\r\n" + record("c"),
	`[{"category":"SignInLogs","Level":4,"level":"zq000004","properties":{"zq000005":{"a":[1,2,{"b":null}]},"status":{"x":"zq000006"},"createdDateTime":"zq000007"}}]`,
	`{"time":"2026-03-04T05:06:07Z","category":"zq000008","resourceId":"/subscriptions/1/resourceGroups/zq000009/providers/A.B/c/d","properties":{"zq000010":"zq000011","n":1e5,"t":"2026-03-04T05:06:07Z","l":["zq000012"],"o":{"zq000013":true}}}`,
	`{"category":"NetworkSecurityGroupFlowEvent","resourceId":"x","properties":{"Version":2,"flows":[{"rule":"zq000014","flows":[{"mac":"zq000015","flowTuples":["1772600760,10.0.0.1,8.8.8.8,1,2,T,O,A,B,,,,","zq000016"]}]}]}}`,
	`{"category":"FlowLogFlowEvent","flowRecords":{"flows":[{"aclID":"zq000017","flowGroups":[{"rule":"zq000018","flowTuples":["1772600767895,10.0.0.6,zq000019,23956,443,6,O,B,X,0,0,0,0"]}]}]}}`,
	`{"value":[{"eventTimestamp":"2026-03-04T05:06:07Z","operationName":{"value":"zq000020"},"category":{"value":"Policy"},"properties":{"a":"zq000021"}}],"x":"zq000022"}`,
	`{"category":"AuditEvent","resourceId":"/subscriptions/1/resourceGroups/g/providers/Microsoft.KeyVault/vaults/zq000023","durationMs":"zq000024","properties":{"properties":{"sku":"zq000025"}}}`,
	"{\"category\":\"SignInLogs\",\"identity\":\"zq000026\xff\"}\nplain zq000027\n\xef\xbb\xbf{}",
	`{"category":"Administrative","identity":{"claims":{"appid":"zq000028"}},"properties":"zq000029","resultSignature":"a.zq000030"}`,
	`{"time":1772625600,"flow.0":"zq000031","rule":"r"}`,
	"<34>1 2026-03-04T05:06:07Z zq000040 zq000041 zq000042 zq000043 [zq000044 a=\"b\"] zq000045\n<13>Mar  4 05:06:07 zq000046 zq000047[7]: zq000048\n3 <1>zq000049",
	`<13>Mar  4 05:06:07 zq000050 CEF:0|zq000051|zq000052|zq000053|zq000054|zq000055|zq000056|msg=zq000057 zq000058=zq000059 dpt=zq000060`,
	`<Event zq="zq000061"><System><Provider Name='zq000062'/><EventID>4624</EventID><Channel>Security</Channel></System><EventData><Data Name='zq000063'>zq000064</Data><Data>zq000065</Data></EventData></Event>`,
	`{"category":"WindowsEventLogsTable","level":"zq000066","properties":{"zq000067":1,"RawXml":"<Event><System><EventID>1</EventID><Channel>zq000068</Channel></System></Event>"}}`,
	`{"time":"2026-03-04T05:06:07Z","tags":{"zq000069":"zq000070"},"data":{"baseData":{"metrics":[{"name":"zq000071"},{"name":"zq000072","zq000073":1}]},"baseType":"MetricData"}}`,
	`{"SystemAlertId":"zq000074","Entities":[{"zq000075":1}],"zq000076":2}`,
	`[[],[{"a":"zq000032"}],"zq000033",{"a":"\ud800\u0000zq000034"}` + strings.Repeat("[", 50),
}

var countBefore = regexp.MustCompile(`[0-9] <[0-9]`)

func FuzzDecode(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	d := New(Options{})
	f.Fuzz(func(t *testing.T, in []byte) {
		regions, bytes := chunk.InUse()
		r, err := d.Decode(Message{Workspace: "w", Origin: "fuzz", Seq: 1 << 24, Received: received, Body: in})
		if err != nil {
			t.Fatal(err)
		}
		rows := rowsOf(t, r)
		held := int64(0)
		seen := map[int64]bool{}
		for _, c := range r.Chunks {
			held += c.Bytes()
			for i := range c.Rows {
				seq := c.Int64("_Seq", i)
				if seen[seq] || seq < 1<<24 || seq >= 1<<24+int64(len(rows)) || c.Null("TimeGenerated", i) {
					t.Errorf("row %d of %s: sequence %d", i, c.Table, seq)
				}
				seen[seq] = true
			}
			c.Release()
		}
		// A row of a small flow tuple is the most that a byte can become.
		if limit := int64(len(in))*256 + 1<<20; held > limit {
			t.Errorf("%d bytes of rows for %d bytes", held, len(in))
		}
		if n, b := chunk.InUse(); n != regions || b != bytes {
			t.Errorf("leak: %d regions of %d bytes", n-regions, b-bytes)
		}
		checkCount(t, in, rows)
		traced := tracedPieces(t, d, string(in))
		for i, p := range traced {
			if i >= len(rows) || p.Ordinal != i || p.Table != rows[i].table || p.Start < 0 || p.End < p.Start || p.End > len(in) {
				t.Fatalf("the piece %+v of %d rows of %q", p, len(rows), in)
			}
		}
		if len(traced) != len(rows) {
			t.Errorf("%d pieces of %d rows: %q", len(traced), len(rows), in)
		}
		var all strings.Builder
		for _, row := range rows {
			for name, v := range row.values {
				if name == "RawBase64" {
					plain, _ := base64.StdEncoding.DecodeString(v)
					v = string(plain)
				}
				if (name == "_Unmapped" || name == "_DecodeNotes") && !json.Valid([]byte(v)) {
					t.Errorf("%s is not JSON: %s", name, v)
				}
				all.WriteString(name + " " + strings.ToLower(v) + "\n")
			}
		}
		// A field with an empty text is an empty column, which a table need not have.
		low := emptyField.ReplaceAllString(strings.ToLower(string(in)), "")
		if strings.Contains(low, "nextlink") || strings.Contains(low, "@odata.") {
			return // of a page's links nothing is kept
		}
		if countBefore.Match(in) {
			return // a count of bytes may cut a mark in two
		}
		text := strings.ToLower(all.String())
		for _, m := range marks.FindAllString(low, -1) {
			if !strings.Contains(text, m) {
				t.Errorf("%s of %q is in no row: %v", m, in, rows)
			}
		}
	})
}

// checkCount checks that a valid message gives a row for each of its records,
// and more only for flows and for what is beside the records.
func checkCount(t *testing.T, in []byte, rows []row) {
	t.Helper()
	var list []json.RawMessage
	if json.Unmarshal(in, &list) != nil {
		return
	}
	for _, e := range list {
		var o map[string]json.RawMessage
		if json.Unmarshal(e, &o) != nil {
			continue
		}
		for k := range o {
			switch k = strings.ToLower(k); k {
			case "records", "value", "flow.0", "properties", "flowrecords":
				return
			}
		}
	}
	if len(rows) != len(list) {
		t.Errorf("%d rows of %d records: %q", len(rows), len(list), in)
	}
}

// Every text that can be written in JSON comes out of a column as it went in.
func FuzzText(f *testing.F) {
	f.Add("plain", true)
	f.Add("a\x00\"\\\n\u2028é😀", false)
	f.Add("a1a1a1a1-2222-4333-8444-555566667777", true)
	f.Fuzz(func(t *testing.T, s string, raw bool) {
		q, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var want string
		if err := json.Unmarshal(q, &want); err != nil {
			t.Fatal(err)
		}
		if raw {
			q = appendJSON(nil, []byte(want))
		}
		rows, _ := decodeText(t, `{"category":"SignInLogs","correlationId":`+string(q)+`,"properties":{"status":`+string(q)+`,"userId":`+string(q)+`}}`)
		v := rows[0].values
		if v["UserId"] != want || v["Status"] != string(q) || !strings.EqualFold(v["CorrelationId"], want) {
			t.Errorf("%q: %q %q %q", want, v["UserId"], v["CorrelationId"], v["Status"])
		}
		if _, ok := schema.Lookup(rows[0].table); !ok {
			t.Error("no table")
		}
	})
}
