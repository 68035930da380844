package decode

import (
	"os"
	"syscall"
	"testing"
)

// BenchmarkDecode decodes a file of records, named by LAZULI_BENCH, again and
// again on one goroutine.
func BenchmarkDecode(b *testing.B) {
	name := os.Getenv("LAZULI_BENCH")
	if name == "" {
		b.Skip("LAZULI_BENCH names no file of records")
	}
	body, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	d := New(Options{})
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	cpu := func() float64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
	}
	before := cpu()
	var held int64
	rows := 0
	for b.Loop() {
		r, err := d.Decode(Message{Workspace: "w", Origin: "bench", Seq: 1 << 24, Body: body})
		if err != nil {
			b.Fatal(err)
		}
		held, rows = 0, 0
		for _, c := range r.Chunks {
			held += c.Bytes()
			rows += c.Rows
			c.Release()
		}
	}
	used := cpu() - before // of the whole process, what neighbours take is not in it
	b.ReportMetric(float64(len(body))*float64(b.N)/used/1e6, "MB/CPUs")
	b.ReportMetric(float64(rows)*float64(b.N)/used, "rows/CPUs")
	b.ReportMetric(float64(rows), "rows")
	b.ReportMetric(float64(len(body))/float64(held), "in/held")
}

// BenchmarkSmall decodes messages of one record, as HTTP senders write them.
func BenchmarkSmall(b *testing.B) {
	d := New(Options{})
	body := []byte(record("someone"))
	b.ReportAllocs()
	for b.Loop() {
		r, err := d.Decode(Message{Workspace: "w", Origin: "bench", Seq: 1 << 24, Body: body})
		if err != nil {
			b.Fatal(err)
		}
		for _, c := range r.Chunks {
			c.Release()
		}
	}
}
