package sysframe

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type piece struct {
	Kind Kind
	Text string
}

// cutUp cuts a stream that is read in steps of the given lengths, the last of which repeats.
func cutUp(t *testing.T, stream []byte, max int, steps ...int) []piece {
	t.Helper()
	c := Cutter{Max: max}
	var all []piece
	var buf []byte
	for i := 0; ; i++ {
		for {
			n, kind := c.Next(buf)
			if n == 0 {
				break
			}
			all = append(all, piece{kind, string(buf[:n])})
			buf = buf[n:]
		}
		if len(buf) > c.Room() {
			t.Fatalf("%d bytes are needed to tell, more than Room says: %q", len(buf), buf)
		}
		if len(stream) == 0 {
			break
		}
		n := min(len(stream), steps[min(i, len(steps)-1)])
		buf, stream = append(bytes.Clone(buf), stream[:n]...), stream[n:]
	}
	if len(buf) > 0 {
		all = append(all, piece{c.End(buf, true), string(buf)})
	}
	return all
}

func TestCutter(t *testing.T) {
	f := func(stream string, want ...piece) {
		t.Helper()
		for _, step := range []int{1, 2, 3, 7, 1 << 20} {
			if diff := cmp.Diff(want, cutUp(t, []byte(stream), 20, step)); diff != "" {
				t.Errorf("%q in steps of %d: %s", stream, step, diff)
			}
		}
	}
	whole := func(texts ...string) (all []piece) {
		for _, x := range texts {
			all = append(all, piece{Whole, x})
		}
		return all
	}
	f("")
	f("<13>a\n<14>b\n", whole("<13>a\n", "<14>b\n")...)
	f("<13>a\r\n\n<14>b", whole("<13>a\r\n", "\n", "<14>b")...)
	f("5 <13>a6 <14>b\n", whole("5 <13>a", "6 <14>b\n")...)
	f("5 <13>a<14>b\n6 <15>c\n\n", whole("5 <13>a", "<14>b\n", "6 <15>c\n", "\n")...)
	// A line may begin with a number: no blank, no priority, or none that there is.
	f("2026-10-12 x\n", whole("2026-10-12 x\n")...)
	f("5 items left\n", whole("5 items left\n")...)
	f("5 <b>items\n", whole("5 <b>items\n")...)
	f("5 <192>a\n", whole("5 <192>a\n")...)
	f("05 <13>a\n", whole("05 <13>a\n")...)
	f("12345678 <13>abc\n", whole("12345678 <13>abc\n")...)
	f("5 <1", whole("5 <1")...)
	f("5\n6 <13>ab", whole("5\n", "6 <13>ab")...)
	// A line break within a counted message is part of it.
	f("9 <13>a\n<1>5 <13>a", whole("9 <13>a\n<1>", "5 <13>a")...)
	f("a\x00b\n\xff\xfe\n", whole("a\x00b\n", "\xff\xfe\n")...)
	// Too long, by a line and by a count; the next message is found again.
	f(strings.Repeat("x", 20)+"\ny\n", whole(strings.Repeat("x", 20)+"\n", "y\n")...)
	f(strings.Repeat("x", 21)+"\ny\n", piece{Long, strings.Repeat("x", 20)}, piece{More, "x\n"}, piece{Whole, "y\n"})
	f(strings.Repeat("x", 45)+"\ny\n", piece{Long, strings.Repeat("x", 20)}, piece{More, strings.Repeat("x", 20)}, piece{More, "xxxxx\n"}, piece{Whole, "y\n"})
	f("20 <13>"+strings.Repeat("x", 16)+"y\n", whole("20 <13>"+strings.Repeat("x", 16), "y\n")...)
	f("25 <13>"+strings.Repeat("x", 21)+"5 <13>a", piece{Long, "25 <13>" + strings.Repeat("x", 16)}, piece{More, "xxxxx"}, piece{Whole, "5 <13>a"})
	// The end comes too early.
	f("9 <13>abc", piece{Cut, "9 <13>abc"})
	f(strings.Repeat("x", 25), piece{Long, strings.Repeat("x", 20)}, piece{More, "xxxxx"})
	f("30 <13>"+strings.Repeat("x", 20), piece{Long, "30 <13>" + strings.Repeat("x", 16)}, piece{More, "xxxx"})
	c := Cutter{Max: 20}
	if k := c.End([]byte("<13>ab"), false); k != Cut {
		t.Errorf("a line whose connection broke is of kind %d", k)
	}
}

// FuzzCutter: wherever the stream is cut into reads, the same pieces are found, and together they are the stream.
// Written as runs and read back, they are the same again.
func FuzzCutter(f *testing.F) {
	f.Add([]byte("<13>a\n5 <13>ab\n<14>b\n30 <13>"), uint8(3), uint8(1), uint8(9))
	f.Add([]byte("12 <1>\n\n\n\n99 <191>x\n9999999 <1>x"), uint8(1), uint8(200), uint8(30))
	f.Fuzz(func(t *testing.T, stream []byte, a, b, limit uint8) {
		max := int(limit) + 1
		want := cutUp(t, stream, max, len(stream)+1)
		got := cutUp(t, stream, max, int(a)+1, int(b)+1, 1)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		var joined, body []byte
		var all, back []piece
		peer := netip.MustParseAddrPort("192.0.2.1:514")
		for i := 0; i < len(got); {
			n, text := 1, got[i].Text
			if got[i].Kind == Whole {
				for ; i+n < len(got) && got[i+n].Kind == Whole; n++ {
					text += got[i+n].Text
				}
			}
			joined = append(joined, text...)
			body = Append(body, Run{"tcp", peer, got[i].Kind, []byte(text)})
			all = append(all, got[i:i+n]...)
			i += n
		}
		if !bytes.Equal(joined, stream) {
			t.Fatalf("%q became %q", stream, joined)
		}
		for _, r := range Runs(body) {
			if r.Err != nil || r.Transport != "tcp" || r.Peer != peer {
				t.Fatal(r)
			}
			for at, n := range r.Messages() {
				back = append(back, piece{r.Kind, string(r.Bytes[at : at+n])})
			}
		}
		if diff := cmp.Diff(all, back); diff != "" {
			t.Fatal(diff)
		}
	})
}

// FuzzRuns: a body that others made gives runs within it, or an error, and never panics.
func FuzzRuns(f *testing.F) {
	f.Add([]byte("tcp 192.0.2.7:51234 2\nab"))
	f.Add([]byte("tls [2001:db8::1]:1 cut 2\nabudp 1.2.3.4:5 0\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		last := 0
		for at, r := range Runs(body) {
			if at < last || at+len(r.Bytes) > len(body) {
				t.Fatalf("run at %d of %d bytes, after %d", at, len(r.Bytes), last)
			}
			last = at + len(r.Bytes)
			sum := 0
			for from, n := range r.Messages() {
				if from != sum || n < 0 {
					t.Fatalf("message at %d of %d bytes, want at %d", from, n, sum)
				}
				sum += n
			}
			if r.Err == nil && sum != len(r.Bytes) {
				t.Fatalf("messages of %d bytes in a run of %d", sum, len(r.Bytes))
			}
		}
	})
}

func TestRuns(t *testing.T) {
	var body []byte
	runs := []Run{
		{"tcp", netip.MustParseAddrPort("192.0.2.7:51234"), Whole, []byte("<13>a\n<13>b\n")},
		{"udp", netip.MustParseAddrPort("192.0.2.9:514"), Whole, []byte("<13>a\nb")},
		{"tls", netip.MustParseAddrPort("[2001:db8::1%eth0]:1"), Cut, []byte("9 <13>")},
		{"tcp", netip.MustParseAddrPort("192.0.2.7:51234"), Long, nil},
	}
	for _, r := range runs {
		body = Append(body, r)
	}
	want := "tcp 192.0.2.7:51234 12\n<13>a\n<13>b\nudp 192.0.2.9:514 7\n<13>a\nbtls [2001:db8::1%eth0]:1 cut 6\n9 <13>tcp 192.0.2.7:51234 long 0\n"
	if string(body) != want {
		t.Errorf("%q, want %q", body, want)
	}
	i, counts := 0, []int{2, 1, 1, 1}
	for _, r := range Runs(body) {
		n := 0
		for range r.Messages() {
			n++
		}
		if r.Err != nil || fmt.Sprint(r.Run) != fmt.Sprint(runs[i]) || n != counts[i] {
			t.Errorf("run %d: %v with %d messages, want %v with %d", i, r, n, runs[i], counts[i])
		}
		i++
	}
	f := func(body, want string) {
		t.Helper()
		for _, r := range Runs([]byte(body)) {
			if r.Err == nil || !strings.Contains(r.Err.Error(), want) {
				t.Errorf("%q: %v, want %s", body, r.Err, want)
			}
		}
	}
	f("tcp 1.2.3.4:5 3\nab", "no number of bytes that follow")
	f("tcp 1.2.3.4:5 -1\nab", "no number of bytes that follow")
	f("tcp 1.2.3.4:5 odd 2\nab", "no number of bytes that follow")
	f("sctp 1.2.3.4:5 2\nab", "no transport of syslog")
	f("tcp nobody 2\nab", "no sender of syslog")
	f("<13>a", "no head line")
	if head := Head("tcp", netip.MustParseAddrPort("[::ffff:192.0.2.1]:5")); string(head) != "tcp 192.0.2.1:5 " {
		t.Errorf("%q", head)
	}
}
