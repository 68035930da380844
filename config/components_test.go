package config

import "testing"

// TestTo: where an output delivers to is told without anything that may be a secret.
func TestTo(t *testing.T) {
	f := func(receiver, want string) {
		t.Helper()
		file, err := Parse([]byte("outputs:\n  - name: soc\n    " + receiver + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := file.Outputs[0].To(); got != want {
			t.Errorf("%s: %q, want %q", receiver, got, want)
		}
	}
	f("http: {url: 'https://collector.example.org/logs?key=hidden'}", "https://collector.example.org/logs")
	f("http: {url: 'https://hooks.example.org/services/T0/B0/hidden?x=hidden'}", "https://hooks.example.org/services/…")
	f("http: {url: 'http://127.0.0.1:1234'}", "http://127.0.0.1:1234")
	f("http: {url: 'https://hooks.example.org/services/'}", "https://hooks.example.org/services")
	f("elastic: {url: 'https://elastic.example.org/a/b', api_key: hidden}", "https://elastic.example.org/a/…/_bulk")
	f("elastic: {url: 'https://elastic.example.org:9200/prefix/', api_key: hidden}", "https://elastic.example.org:9200/prefix/_bulk")
	f("splunk: {url: 'https://splunk.example.org:8088', token: hidden}", "https://splunk.example.org:8088/services/collector")
	f("syslog: {address: 'siem.example.org:6514'}", "tls://siem.example.org:6514")
	f("syslog: {address: 'siem.example.org:514', transport: udp}", "udp://siem.example.org:514")
	f("file: {dir: /var/log/lazuli}", "/var/log/lazuli/events-*.ndjson")
	if got := place("https://user:hidden@host/x?token=hidden"); got != "https://host/x" {
		t.Errorf("place: %q", got)
	}
}
