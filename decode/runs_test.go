package decode

import (
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"lazuli.dev/lazuli/chunk"
	"lazuli.dev/lazuli/internal/sysframe"
)

// runRows decodes runs of one sender.
func runRows(t *testing.T, runs ...sysframe.Run) []row {
	t.Helper()
	var body []byte
	for _, r := range runs {
		r.Peer = netip.MustParseAddrPort("192.0.2.7:51234")
		body = sysframe.Append(body, r)
	}
	return bodyRows(t, body)
}

func bodyRows(t testing.TB, body []byte) []row {
	t.Helper()
	regions, bytes := chunk.InUse()
	r, err := New(Options{}).Decode(Message{Workspace: "w", Origin: "syslog/in", Seq: 1 << 24, Received: received, ContentType: sysframe.ContentType, Body: body})
	if err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(t, r)
	for _, c := range r.Chunks {
		c.Release()
	}
	if n, b := chunk.InUse(); n != regions || b != bytes {
		t.Errorf("leak: %d regions of %d bytes", n-regions, b-bytes)
	}
	return rows
}

// TestRunsSender: what a message does not say comes from where it was sent; what it says stays.
func TestRunsSender(t *testing.T) {
	f := func(message string, want map[string]string) {
		t.Helper()
		rows := runRows(t, sysframe.Run{Transport: "tcp", Bytes: []byte(message + "\n")})
		if len(rows) != 1 {
			t.Fatalf("%q: %d rows", message, len(rows))
		}
		for name, v := range want {
			if rows[0].values[name] != v {
				t.Errorf("%q: %s is %q, want %q", message, name, rows[0].values[name], v)
			}
		}
	}
	f("<38>1 2026-03-04T05:06:07Z web1 sshd 7 - - hello", map[string]string{"HostName": "web1", "Computer": "web1", "HostIP": "192.0.2.7", "ProcessName": "sshd", "_Unmapped": ""})
	f("<38>1 2026-03-04T05:06:07Z - sshd 7 - - hello", map[string]string{"HostName": "192.0.2.7", "Computer": "192.0.2.7", "HostIP": "192.0.2.7"})
	f("<38>1 2026-03-04T05:06:07Z 192.0.2.7 sshd 7 - - hello", map[string]string{"HostName": "192.0.2.7", "HostIP": "192.0.2.7", "_Unmapped": ""})
	// Passed on by another machine: the message names the one, the other stays beside.
	f("<38>1 2026-03-04T05:06:07Z 198.51.100.4 sshd 7 - - hello", map[string]string{"HostName": "198.51.100.4", "HostIP": "198.51.100.4", "_Unmapped": `{"peer":"192.0.2.7"}`})
	f("<38>1 - - - - - -", map[string]string{"HostName": "192.0.2.7", "Facility": "auth", "SyslogMessage": ""})
	f("<13>Mar  4 05:06:07 web1 su: hello", map[string]string{"HostName": "web1", "ProcessName": "su", "SyslogMessage": "hello"})
	f("<13>Mar  4 05:06:07 web1 su[77] hello", map[string]string{"ProcessName": "su", "ProcessID": "77", "SyslogMessage": "hello"})
	f("<13>Mar  4 05:06:07 web1 su[] hello", map[string]string{"ProcessName": "", "SyslogMessage": "su[] hello"})
	f("<13>Mar  4 05:06:07 web1 [77] hello", map[string]string{"ProcessName": "", "SyslogMessage": "[77] hello"})
	f("<13>no header", map[string]string{"HostName": "192.0.2.7", "SyslogMessage": "no header", "Facility": "user", "SeverityLevel": "notice"})
	f("no priority", map[string]string{"HostName": "192.0.2.7", "SyslogMessage": "no priority", "Facility": "user", "SeverityLevel": "notice", "_DecodeNotes": `["no priority","TimeGenerated is the time of receipt"]`})
	f(`{"time":"2026-03-04T05:06:07Z"}`, map[string]string{"SyslogMessage": `{"time":"2026-03-04T05:06:07Z"}`})
	f("<Event><System></System></Event>", map[string]string{"SyslogMessage": "<Event><System></System></Event>"})
	f("CEF:0|v|p|1|x|n|1|src=1.2.3.4", map[string]string{"DeviceVendor": "v", "Computer": "192.0.2.7", "SourceIP": "1.2.3.4"})
	f("<13>Mar  4 05:06:07 fw1 CEF:0|v|p|1|x|n|1|", map[string]string{"Computer": "fw1"})
}

// TestRunsKinds: each message is one row or one piece of the quarantine, whatever it is made of.
func TestRunsKinds(t *testing.T) {
	f := func(want string, runs ...sysframe.Run) []row {
		t.Helper()
		rows := runRows(t, runs...)
		var got []string
		for _, r := range rows {
			got = append(got, r.table+":"+r.values["SyslogMessage"]+r.values["Activity"]+r.values["Reason"]+r.values["_DecodeNotes"])
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("got %s, want %s", text, want)
		}
		return rows
	}
	const at = "<13>1 2026-03-04T05:06:07Z h a - - - "
	tcp := func(kind sysframe.Kind, text string) sysframe.Run {
		return sysframe.Run{Transport: "tcp", Kind: kind, Bytes: []byte(text)}
	}
	f("Syslog:a Syslog:b Syslog:c\nd", tcp(sysframe.Whole, at+"a\r\n\n\x00\n"+at+"b\n40 "+at+"c\nd"))
	f("Syslog:a\nb", sysframe.Run{Transport: "udp", Bytes: []byte(at + "a\nb\n")})
	f("Syslog:a\x00b", tcp(sysframe.Whole, at+"a\x00b\x00\n"))
	f("Syslog:7 <13>a", sysframe.Run{Transport: "udp", Bytes: []byte(at + "7 <13>a")})
	f(`Syslog:hal["the connection ended inside the message"]`, tcp(sysframe.Cut, at+"hal"))
	f(`Syslog:hal["the connection ended inside the message"]`, tcp(sysframe.Cut, "999 "+at+"hal"))
	f(`Syslog:begin["too long; the rest is in LazuliQuarantine"] LazuliQuarantine:rest of a syslog message that is too long`,
		tcp(sysframe.Long, "999 "+at+"begin"), tcp(sysframe.More, "and the end"))
	rows := f("Syslog:caf\ufffd[\"not UTF-8; the message is in _Unmapped, in base64\"] Syslog:b", tcp(sysframe.Whole, at+"caf\xe9\n"+at+"b\n"))
	var kept struct{ Bytes []byte }
	if err := json.Unmarshal([]byte(rows[0].values["_Unmapped"]), &kept); err != nil || string(kept.Bytes) != at+"caf\xe9" {
		t.Errorf("%v: %q", err, kept.Bytes)
	}
	f("CommonSecurityLog:n Syslog:b", tcp(sysframe.Whole, at+"CEF:0|v|p|1|x|n|1|\n"+at+"b\n"))
	if rows := bodyRows(t, []byte("tcp 1.2.3.4:5 41\n"+at+"abcdudp nonsense")); len(rows) != 2 || rows[1].values["Raw"] != "udp nonsense" || !strings.HasPrefix(rows[1].values["Reason"], "not a run") {
		t.Errorf("%v", rows)
	}
}

// FuzzRuns: any body becomes rows, every message at most one but for pieces of the quarantine, and what stands in a message
// is in its row again.
func FuzzRuns(f *testing.F) {
	f.Add([]byte("<13>Mar  4 05:06:07 h zq000001: a\n9 <14>zq00\n"), "tcp", uint8(0))
	f.Add([]byte("CEF:0|zq000002|p|1|x|n|1|a=zq000003 msg=\xff"), "udp", uint8(1))
	f.Add([]byte("zq000004\xc3\x28\n\n<192>x"), "tls", uint8(3))
	f.Fuzz(func(t *testing.T, text []byte, transport string, kind uint8) {
		if transport != "udp" && transport != "tls" {
			transport = "tcp"
		}
		r := sysframe.Run{Transport: transport, Kind: sysframe.Kind(kind % 4), Peer: netip.MustParseAddrPort("192.0.2.7:1"), Bytes: text}
		messages := 0
		for range r.Messages() {
			messages++
		}
		rows := bodyRows(t, sysframe.Append(nil, r))
		n := 0
		var all strings.Builder
		for _, row := range rows {
			if row.table != "LazuliQuarantine" {
				n++
			}
			for name, v := range row.values {
				if plain, err := base64.StdEncoding.DecodeString(v); name == "RawBase64" && err == nil {
					v = string(plain)
				}
				all.WriteString(v + "\n")
			}
		}
		if n > messages {
			t.Errorf("%d rows of %d messages", n, messages)
		}
		for _, mark := range marks.FindAllString(string(text), -1) {
			if !strings.Contains(all.String(), mark) && !strings.Contains(all.String(), `"bytes":"`) {
				t.Errorf("%s is lost: %q", mark, text)
			}
		}
		if len(rows) == 0 && len(strings.Trim(string(text), "\r\n\x00")) > 0 {
			t.Errorf("nothing became of %q", text)
		}
		bodyRows(t, text) // a body that is none
	})
}
