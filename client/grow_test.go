package client_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"lazuli.dev/lazuli/client"
)

// A keeper is a server that takes each key once.
type keeper struct {
	mu   sync.Mutex
	keys map[string]bool
	kept strings.Builder
}

func (k *keeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if r.URL.Path == "/v1/ingest/held" {
		var ask struct{ Keys []string }
		if json.Unmarshal(body, &ask) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		held := []int{}
		for i, key := range ask.Keys {
			if k.keys[key] {
				held = append(held, i)
			}
		}
		_ = json.NewEncoder(w).Encode(map[string][]int{"held": held})
		return
	}
	if key := r.Header.Get("Idempotency-Key"); !k.keys[key] {
		k.keys[key] = true
		k.kept.Write(body)
	}
	_, _ = io.WriteString(w, `{"rows":1}`)
}

// TestImportOfGrown: a file is imported each time it has grown; in the end the server holds each record once.
func TestImportOfGrown(t *testing.T) {
	f := func(name string, states ...string) {
		t.Helper()
		for _, packed := range []bool{false, true} {
			if packed && len(states[len(states)-1]) > 1<<20 {
				continue // packing would take longer than all the rest
			}
			k := &keeper{keys: map[string]bool{}}
			c := connect(t, k.ServeHTTP)
			path := filepath.Join(t.TempDir(), "PT1H.json")
			for _, text := range states {
				file := []byte(text)
				if packed {
					file = zip(t, text)
				}
				if err := os.WriteFile(path, file, 0o600); err != nil {
					t.Fatal(err)
				}
				for range 2 {
					if _, err := (client.Import{Workspace: "default"}).Run(t.Context(), c, []string{path}); err != nil {
						t.Fatal(err)
					}
				}
			}
			want := map[string]int{}
			for _, line := range strings.Split(states[len(states)-1], "\n") {
				if line = strings.TrimSpace(line); line != "" {
					want[line] = 1
				}
			}
			got := map[string]int{}
			for _, line := range strings.Split(k.kept.String(), "\n") {
				if line = strings.TrimSpace(line); want[line] > 0 {
					got[line]++
				}
			}
			for line := range want {
				if got[line] != 1 {
					t.Errorf("%s, packed %v: %.40s… is held %d times", name, packed, line, got[line])
					break
				}
			}
		}
	}
	lines := func(from, upto, size int) string {
		var b strings.Builder
		for i := from; i < upto; i++ {
			fmt.Fprintf(&b, "{\"n\":%d,\"x\":\"%s\"}\n", i, strings.Repeat("x", size))
		}
		return b.String()
	}
	f("one more", lines(0, 1000, 10), lines(0, 1001, 10))
	f("again and again", lines(0, 1, 10), lines(0, 2, 10), lines(0, 3, 10), lines(0, 70, 10), lines(0, 71, 10))
	f("over uploads", lines(0, 30, 100_000), lines(0, 90, 100_000), lines(0, 170, 100_000), lines(0, 171, 100_000))
	f("no end of line", strings.TrimSuffix(lines(0, 9, 10), "\n"), lines(0, 10, 10))
	f("blank lines", lines(0, 9, 10)+"\n", lines(0, 9, 10)+"\n"+lines(9, 12, 10))
	f("broken line", lines(0, 3, 10)+"{\"n\":\n"+lines(3, 6, 10), lines(0, 3, 10)+"{\"n\":\n"+lines(3, 9, 10))
	f("half a record", lines(0, 3, 10)+`{"n":3,"x":"xx`, lines(0, 4, 10), lines(0, 5, 10))
	f("a line over the limit of an upload", lines(0, 3, 9<<20), lines(0, 4, 9<<20))
	f("records over lines", "{\"n1\":\n1}\n{\"n2\":\n2}\n", "{\"n1\":\n1}\n{\"n2\":\n2}\n{\"n3\":\n3}\n")
}

func zip(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestImportOfCutOff: of a gzip file that is not whole, the records before the damage are sent, and it is told.
func TestImportOfCutOff(t *testing.T) {
	var text strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&text, "{\"n\":%d}\n", i*7919%5000)
	}
	whole := zip(t, text.String())
	f := func(name string, file []byte, least int) {
		t.Helper()
		k := &keeper{keys: map[string]bool{}}
		c := connect(t, k.ServeHTTP)
		path := filepath.Join(t.TempDir(), "a.gz")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		var warned error
		sum, err := client.Import{Workspace: "default", Warn: func(e *client.FileError) { warned = e }}.Run(t.Context(), c, []string{path})
		if err != nil || sum.Failed != 1 || warned == nil || !strings.Contains(warned.Error(), path) {
			t.Errorf("%s: %+v, %v, warning %v", name, sum, err, warned)
		}
		if n := strings.Count(k.kept.String(), "}\n"); n < least || n > 5000 {
			t.Errorf("%s: %d records were sent, want at least %d", name, n, least)
		}
		// Once it is whole nothing is taken twice.
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := (client.Import{Workspace: "default"}).Run(t.Context(), c, []string{path}); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(k.kept.String(), "}\n"); n != 5000 {
			t.Errorf("%s: with the whole file %d records are held", name, n)
		}
	}
	f("cut off in its trailer", whole[:len(whole)-4], 5000)
	f("cut off", whole[:len(whole)*3/4], 1000)
	f("a wrong checksum", append(bytes.Clone(whole[:len(whole)-8]), 1, 2, 3, 4, 5, 6, 7, 8), 5000)
	f("something behind it", append(bytes.Clone(whole), "something"...), 5000)
}
