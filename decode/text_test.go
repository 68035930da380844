package decode

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// pieces is what a message became: the table and a telling value of each row.
func pieces(t *testing.T, body string) string {
	t.Helper()
	rows, _ := decodeText(t, body)
	var out []string
	for _, r := range rows {
		v := r.values
		out = append(out, r.table+":"+v["SyslogMessage"]+v["Activity"]+v["EventID"]+v["UserId"]+v["Reason"])
	}
	return strings.Join(out, " ")
}

const event = `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>%d</EventID><Channel>System</Channel></System></Event>`

// What is text is told by the first bytes of the message, and JSON is never taken for it.
func TestTextMessages(t *testing.T) {
	f := func(name, body, want string) {
		t.Helper()
		if got := pieces(t, body); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
	a := record("a")
	f("one line", "<13>hello", "Syslog:hello")
	f("lines", "<13>a\r\n\r\n<13>b\x00\n", "Syslog:a Syslog:b")
	f("BOM", "\xef\xbb\xbf<13>a", "Syslog:a")
	f("counted", "7 <13>a b8 <13>c\nd\n", "Syslog:a b Syslog:c\nd")
	f("counted too long", "99 <13>a\n<13>b", "LazuliQuarantine:syslog message shorter than its count of bytes Syslog:b")
	f("no priority", "<192>a", "LazuliQuarantine:not JSON")
	f("JSON between", "<13>a\n"+a+"\n<13>b", "Syslog:a SigninLogs:a Syslog:b")
	f("bad JSON between", "<13>a\n{\"x\n<13>b", "Syslog:a LazuliQuarantine:control character in a string Syslog:b")
	f("bad line", "<13>a\nnothing\n<13>b", "Syslog:a LazuliQuarantine:not a line of syslog, CEF or JSON Syslog:b")
	f("bytes that are no text", "<13>a\n<13>\xff\n<13>b", "Syslog:a LazuliQuarantine:not UTF-8 Syslog:b")
	f("syslog after JSON", a+"\n<13>b", "SigninLogs:a LazuliQuarantine:not JSON")
	f("JSON with all of it inside", fmt.Sprintf(good, `<13>CEF:0|a|b|c|d|e|1| <Event>`), "SigninLogs:<13>CEF:0|a|b|c|d|e|1| <Event>")
	f("array", "["+a+"]", "SigninLogs:a")
	f("too long", "<13>"+strings.Repeat("x", 70<<10)+"\n<13>b", "LazuliQuarantine:a value is longer than 64 KiB LazuliQuarantine:a value is longer than 64 KiB LazuliQuarantine:a value is longer than 64 KiB Syslog:b")
	f("CEF alone", "CEF:0|v|p|1|x|n|1|\nCEF:0|v|p|1|x|m|1|a=b", "CommonSecurityLog:n CommonSecurityLog:m")
	f("CEF behind syslog", "<13>Mar  4 05:06:07 h CEF:0|v|p|1|x|n|1|", "CommonSecurityLog:n")
	f("CEF behind the count", "22 <13>CEF:0|v|p|1|x|n|1|<13>b", "CommonSecurityLog:n Syslog:b")
	f("CEF in words", "<13>about CEF: nothing", "Syslog:about CEF: nothing")
	f("CEF cut off", "CEF:0|v|p", "CommonSecurityLog:")

	one, two := fmt.Sprintf(event, 1), fmt.Sprintf(event, 2)
	f("events", one+two+"\n"+one, "Event:1 Event:2 Event:1")
	f("wrapped events", "<?xml version=\"1.0\"?>\n<Events>"+one+"</Events>", "Event:1")
	f("event with line breaks", strings.ReplaceAll(one, "><", ">\r\n  <"), "Event:1")
	f("event and syslog", one+"\n<13>a", "Event:1 Syslog:a")
	f("no end", one+"\n<Event><System>\n<13>a", "Event:1 LazuliQuarantine:a Windows event without its end")
	f("no id", "<Event><System></System></Event>\n"+one, "LazuliQuarantine:a Windows event without an id Event:1")
	const bad = "LazuliQuarantine:not a Windows event"
	f("unclosed", "<Event><System></Event>"+one, bad+" Event:1")
	f("comment", "<Event><!-- x --></Event>", bad)
	f("entity", "<Event><System><EventID>&x;</EventID></System></Event>", bad)
	f("reference", "<Event><System><EventID>&#x37;&#55;</EventID><Channel>a</Channel></System></Event>", "Event:77")
	f("CDATA", "<Event><System><EventID>7<![CDATA[7]]></EventID><Channel>a</Channel></System></Event>", "Event:77")
	f("deep", "<Event>"+strings.Repeat("<a>", 40)+"</Event>", bad)
	f("attribute", "<Event a=b></Event>", bad)
	f("other XML", "<Eventful></Eventful>", "LazuliQuarantine:not JSON")
	f("long prologue", "<?xml "+strings.Repeat("x", 200)+"?>\n<13>a", bad+" Syslog:a")
}

// The year of a time without one is that which brings it nearest to the receipt.
func TestNearestYear(t *testing.T) {
	f := func(received, line, want string) {
		t.Helper()
		at, err := time.Parse(time.DateOnly, received)
		if err != nil {
			t.Fatal(err)
		}
		ticks, n := bsdTime([]byte(line), at.Unix()*ticksPerSecond+unixTicks)
		if got := ticksTime(ticks).Format(time.DateTime); n == 0 || got != want {
			t.Errorf("%s received %s: %s (%d), want %s", line, received, got, n, want)
		}
	}
	f("2026-03-04", "Mar  3 10:00:00", "2026-03-03 10:00:00")
	f("2026-01-01", "Dec 31 23:59:59", "2025-12-31 23:59:59")
	f("2025-12-31", "Jan  1 00:00:01", "2026-01-01 00:00:01")
	f("2025-03-01", "Feb 29 10:00:00", "2024-02-29 10:00:00")
	f("2026-03-04", "2019 Mar  3 10:00:00", "2019-03-03 10:00:00")
	f("2026-03-04", "Mar 3 2019 10:00:00", "2019-03-03 10:00:00")
}

// Keys and values of CEF as senders really write them.
func TestExtensions(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		var got []string
		for k, v := range extensions([]byte(in)) {
			got = append(got, fmt.Sprintf("%s=%s", k, unescapeCEF(v, true)))
		}
		if s := strings.Join(got, ";"); s != want {
			t.Errorf("%q: %q, want %q", in, s, want)
		}
	}
	f("", "")
	f("a=1 b=2", "a=1;b=2")
	f("a=two words b=2", "a=two words;b=2")
	f(`a=x\=y b=\\ c=1\n2 d=C:\x`, "a=x=y;b=\\;c=1\n2;d=C:\\x")
	f("a= b=", "a=;b=")
	f("before a=1", "=before;a=1")
	f("a=b==c x=1", "a=b==c;x=1")
	f(" a=1 request=http://h/?q=1 b=2", "a=1;request=http://h/?q=1;b=2")
}

// Messages that are made to cost much are read in time that grows with their size.
func TestCostlyText(t *testing.T) {
	for _, piece := range []string{"<Event ", "<Event>\n", "<Event></Event>", "<Event><a></Event>", "9999999 <1", "CEF:0|", "<13>CEF:", "<Events>", "<?xml "} {
		body := "<13>a\n" + strings.Repeat(piece, 1<<18/len(piece))
		began := time.Now()
		_, res := decodeText(t, body)
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%q: %s for %d quarantined", piece, took, res.Quarantined)
		}
	}
}
