// Command bench measures a built Lazuli from outside: it starts the server on an empty data
// directory, sends generated sign-ins over HTTP, asks the queries of bench/queries.kql, and
// prints what each cost in CPU and wall time.
//
// It protects nothing; it is how a change that claims to be faster shows it. Figures of one
// run can be compared with one another, those of two machines cannot.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"

	"lazuli.dev/lazuli/internal/tenant"
)

//go:embed queries.kql
var queryText string

func main() {
	binary := flag.String("lazuli", "bin/lazuli", "the binary to measure")
	records := flag.Int("records", 100_000, "sign-ins to send")
	senders := flag.Int("senders", 2, "connections that send at once")
	runs := flag.Int("runs", 5, "times each query is asked; the median counts")
	flag.Parse()
	if err := run(*binary, *records, *senders, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(binary string, records, senders, runs int) (err error) {
	dir, err := os.MkdirTemp("", "lazuli-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := start(binary, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()

	bodies, sent, size := generated(records)
	fmt.Printf("%d sign-ins, %.0f MB of JSON, %d senders\n", sent, float64(size)/1e6, senders)
	cpu, wall := s.cpu(), time.Now()
	if err := s.ingest(bodies, senders); err != nil {
		return err
	}
	took, used := time.Since(wall), s.cpu()-cpu
	n, err := s.count()
	if err != nil {
		return err
	}
	if n != sent {
		return fmt.Errorf("%d sign-ins were sent and %d are in the table", sent, n)
	}
	fmt.Printf("ingest     %6.1f s  %6.1f CPU s  %5.0f MB/s  %5.0f MB per CPU s  peak memory %.0f MB\n", took.Seconds(), used.Seconds(),
		float64(size)/1e6/took.Seconds(), float64(size)/1e6/used.Seconds(), float64(s.peakMemory())/1e6)
	tables, journal, err := sizes(dir)
	if err != nil {
		return err
	}
	fmt.Printf("on disk    tables %.0f MB, journal %.0f MB\n\n%-32s %9s %9s %8s\n", float64(tables)/1e6, float64(journal)/1e6, "query", "CPU ms", "wall ms", "rows")
	for _, q := range queries() {
		var walls, cpus []float64
		rows := 0
		for range runs {
			cpu, wall := s.cpu(), time.Now()
			if rows, err = s.query(q.text); err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			walls = append(walls, float64(time.Since(wall).Microseconds())/1e3)
			cpus = append(cpus, float64((s.cpu()-cpu).Microseconds())/1e3)
		}
		sort.Float64s(walls)
		sort.Float64s(cpus)
		fmt.Printf("%-32s %9.1f %9.1f %8d\n", q.name, cpus[runs/2], walls[runs/2], rows)
	}
	return nil
}

// generated makes documents with at least that many interactive sign-ins: as many days as
// it takes, from Monday the fifth of January 2026.
func generated(records int) (bodies []tenant.Part, sent, size int) {
	for day := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC); sent < records; day = day.AddDate(0, 0, 1) {
		for part := range tenant.Day(1, day) {
			if part.Kind == tenant.SignIns && sent < records {
				bodies = append(bodies, part)
				sent += part.Records
				size += len(part.Body)
			}
		}
	}
	return bodies, sent, size
}

type namedQuery struct{ name, text string }

func queries() []namedQuery {
	var list []namedQuery
	for _, line := range strings.Split(queryText, "\n") {
		if name, ok := strings.CutPrefix(line, "// "); ok {
			list = append(list, namedQuery{name: name})
		} else if len(list) > 0 {
			list[len(list)-1].text += line + "\n"
		}
	}
	return list
}

// A server is the process under measurement.
type server struct {
	cmd  *exec.Cmd
	base string
}

const token = "bench"

func start(binary, dir string) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	s := &server{cmd: exec.Command(binary, "serve", "--data", filepath.Join(dir, "data"), "--listen", address), base: "http://" + address}
	s.cmd.Env = append(os.Environ(), "LAZULI_TOKEN="+token)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w; run make build first", binary, err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		resp, err := http.Get(s.base + "/healthz")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return s, nil
			}
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log.Name())
			return nil, errors.Join(fmt.Errorf("the server did not answer /healthz within 30 s: %s", text), s.stop())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.cmd.Wait()
}

// cpu is the CPU time of the process so far, 0 where the system does not tell.
func (s *server) cpu() time.Duration { return processTime(s.cmd.Process.Pid) }

// peakMemory is the largest resident size of the process in bytes, 0 where the system does
// not tell.
func (s *server) peakMemory() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		var kb int64
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kb); err == nil {
			return kb * 1024
		}
	}
	return 0
}

func (s *server) ingest(bodies []tenant.Part, senders int) error {
	queue := make(chan tenant.Part)
	errs := make([]error, senders)
	var group sync.WaitGroup
	for i := range senders {
		group.Go(func() {
			for part := range queue {
				if errs[i] == nil {
					_, errs[i] = s.post("/v1/ingest", part.ContentType, part.Body)
				}
			}
		})
	}
	for _, part := range bodies {
		queue <- part
	}
	close(queue)
	group.Wait()
	return errors.Join(errs...)
}

// query asks and returns the number of rows of the first table.
func (s *server) query(kql string) (int, error) {
	rows, err := s.rows(kql)
	return len(rows), err
}

func (s *server) count() (int, error) {
	rows, err := s.rows("SigninLogs | count")
	if err != nil {
		return 0, err
	}
	var n int
	if len(rows) != 1 || len(rows[0]) != 1 {
		return 0, fmt.Errorf("count answered %d rows", len(rows))
	}
	return n, json.Unmarshal(rows[0][0], &n)
}

func (s *server) rows(kql string) ([][]json.RawMessage, error) {
	body, err := json.Marshal(map[string]string{"query": kql})
	if err != nil {
		return nil, err
	}
	answer, err := s.post("/v1/workspaces/default/query", "application/json", body)
	if err != nil {
		return nil, err
	}
	var result struct {
		Tables []struct{ Rows [][]json.RawMessage }
	}
	if err := json.Unmarshal(answer, &result); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(result.Tables) == 0 {
		return nil, errors.New("the answer has no table")
	}
	return result.Tables[0].Rows, nil
}

func (s *server) post(path, contentType string, body []byte) ([]byte, error) {
	req, err := http.NewRequest(http.MethodPost, s.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	if resp.StatusCode >= 300 {
		return nil, fmt.Errorf("POST %s: %s: %.300s", path, resp.Status, answer)
	}
	return answer, nil
}

// sizes are the bytes of the tables and of the journal, apart.
func sizes(dir string) (tables, journal int64, err error) {
	err = filepath.WalkDir(filepath.Join(dir, "data"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		if strings.Contains(path, string(filepath.Separator)+"journal"+string(filepath.Separator)) {
			journal += info.Size()
		} else {
			tables += info.Size()
		}
		return nil
	})
	return tables, journal, err
}
