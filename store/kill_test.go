package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// killDir is the environment variable that tells a process to be the one that is
// killed, and where.
const killDir = "LAZULI_TEST_KILL_DIR"

// torture reports whether there is time for thousands of runs.
func torture() bool { return os.Getenv("LAZULI_TORTURE") != "" }

func killOptions() Options {
	o := testOptions()
	o.CutRows = 300 // cuts and segments end all the time
	o.SegmentBytes = 20_000
	o.Retention = func(_, table string) time.Duration {
		if table == "Short_CL" {
			return time.Millisecond
		}
		return 0
	}
	o.JournalRetention = time.Millisecond
	return o
}

// TestMain is also the process that TestKill starts and kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		toBeKilled(dir)
	}
	os.Exit(m.Run())
}

// toBeKilled takes frames from several senders, and says on its output which are
// acknowledged. It does not return.
func toBeKilled(dir string) {
	s, err := Open(context.Background(), dir, killOptions())
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("open")
	var mu sync.Mutex
	out := bufio.NewWriter(os.Stdout)
	base := time.Now().UnixNano()
	for w := range 4 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%d-%d-%d", base, w, i)
				body := fmt.Sprintf("Long_CL %s\nLong_CL %s-b\nShort_CL x\n", id, id)
				f := Frame{Workspace: "default", Origin: strconv.Itoa(w), Incarnation: strconv.FormatInt(base, 10), First: int64(i), Last: int64(i), Body: []byte(body)}
				if _, err := s.Ingest(context.Background(), f); err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				mu.Lock()
				_, _ = fmt.Fprintln(out, "ack", id)
				_ = out.Flush()
				mu.Unlock()
			}
		}()
	}
	for {
		if err := s.Retain(context.Background()); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
}

// A process under load is killed at random moments. Each time every frame that
// was acknowledged is there, none is there twice, and fsck finds nothing.
func TestKill(t *testing.T) {
	rounds := 10
	if torture() {
		rounds = 500
	}
	dir := t.TempDir()
	acked := map[string]bool{}
	for round := range rounds {
		cmd := osexec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), killDir+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			line := lines.Text()
			if id, ok := strings.CutPrefix(line, "ack "); ok {
				acked[id] = true
			}
			if strings.HasPrefix(line, "error") {
				t.Error(line)
			}
			if line == "open" {
				// At any moment: right after the start, or in the middle of cuts.
				wait := time.Duration(rand.IntN(400)) * time.Millisecond
				time.AfterFunc(wait, func() { _ = cmd.Process.Kill() })
			}
		}
		var exit *osexec.ExitError
		if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if t.Failed() {
			return
		}
		if round%5 != 4 && rounds > 20 { // a torture looks less often, the journal grows
			continue
		}
		r, err := Fsck(t.Context(), dir, killOptions())
		if err != nil || !r.Clean() {
			t.Fatalf("round %d: %+v %v", round, r, err)
		}
	}
	r, err := Fsck(t.Context(), dir, killOptions())
	if err != nil || !r.Clean() {
		t.Fatalf("%+v %v", r, err)
	}
	s := openTest(t, dir, killOptions())
	have := map[string]int{}
	for _, v := range values(t, s, "default", "Long_CL", "Raw") {
		have[v]++
	}
	for v, n := range have {
		if n != 1 {
			t.Errorf("row %s is there %d times", v, n)
		}
	}
	for id := range acked {
		if have[id] != 1 || have[id+"-b"] != 1 {
			t.Errorf("acknowledged frame %s has %d and %d rows", id, have[id], have[id+"-b"])
		}
	}
	t.Logf("%d kills, %d frames acknowledged, %d rows, %d segments", rounds, len(acked), len(have), r.Segments)
	if len(acked) == 0 {
		t.Error("nothing was acknowledged")
	}
}
