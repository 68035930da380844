package kqltest_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"lazuli.dev/lazuli/kql"
	"lazuli.dev/lazuli/kql/dialect"
	"lazuli.dev/lazuli/kql/types"
)

// sharedFile finds a file of the reference material, which is not part of the
// project.
func sharedFile(t *testing.T, path string) string {
	t.Helper()
	dir := os.Getenv("LAZULI_SHARED")
	if dir == "" {
		_, here, _, _ := runtime.Caller(0)
		dir = filepath.Join(filepath.Dir(here), "..", "..", "..", "shared")
	}
	full := filepath.Join(dir, path)
	if _, err := os.Stat(full); err != nil {
		t.Skipf("the reference examples are not here (set LAZULI_SHARED): %v", err)
	}
	return full
}

type example struct {
	ID      string     `json:"id"`
	Area    string     `json:"area"`
	Kind    string     `json:"kind"`
	Query   string     `json:"query"`
	Columns []string   `json:"columns"`
	Rows    [][]any    `json:"rows"`
	Ordered bool       `json:"ordered"`
	Schema  [][]string `json:"schema"`
}

// noTables is a catalog without tables.
type noTables struct{}

func (noTables) Table(string) (*types.Table, bool)    { return nil, false }
func (noTables) Names() []string                      { return nil }
func (noTables) Source(string) (dialect.Source, bool) { return dialect.Source{}, false }

// wrongInReference are examples whose printed output is not what their query
// gives, with the reason.
var wrongInReference = map[string]string{
	"query/array-iff-function#3":               "the output is of another query: the condition is printed as [true, false, true]",
	"query/asin-function#1":                    "asin(0.5) is 0.5236, printed is 1.2532",
	"query/bin-function#2":                     "14 days are printed as 14:00:00:00",
	"query/range-function#4":                   "prose was read as rows",
	"query/range-operator#2":                   "seven of ten rows are printed",
	"query/replace-regex-function#1":           "tostring(1) is printed as 1.000000",
	"query/url-encode-function#1":              "the output has a slash that the input has not",
	"query/variancepif-aggregation-function#1": "850 is the sample variance; the population's is 833",
}

// The reference examples of the core language: at least 60 % of those with exact
// rows are right, and of those that are answered at most 1 % is wrong.
func TestReferenceExamples(t *testing.T) {
	f, err := os.Open(sharedFile(t, "kql/examples.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	m := open(t)
	type count struct{ right, wrong, refused, reference int }
	counts := map[string]*count{}
	var lines []string
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<24)
	now := (time.Now().Unix() + 62135596800) * ticksPerSecond
	for sc.Scan() {
		var e example
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		key := e.Area + " " + e.Kind
		if counts[key] == nil {
			counts[key] = &count{}
		}
		why, refused := judge(m, e, now)
		switch {
		case why == "":
			counts[key].right++
			continue
		case refused:
			counts[key].refused++
		default:
			if reason, ok := wrongInReference[e.ID]; ok {
				why += " (reference: " + reason + ")"
				counts[key].reference++
			} else {
				counts[key].wrong++
			}
		}
		verdict := "WRONG"
		if refused {
			verdict = "refused"
		}
		lines = append(lines, fmt.Sprintf("%-8s %s %s: %s", verdict, key, e.ID, why))
	}
	sort.Strings(lines)
	for _, l := range lines {
		t.Log(l)
	}
	for _, k := range sortedKeys(counts) {
		c := counts[k]
		t.Logf("%-16s right %d, wrong %d, refused %d, wrong in the reference %d", k, c.right, c.wrong, c.refused, c.reference)
	}
	c := counts["core exact"]
	if all := c.right + c.wrong + c.refused + c.reference; c.right*100 < 60*all {
		t.Errorf("core exact: %d of %d right, want 60 %%", c.right, all)
	}
	if answered := c.right + c.wrong; c.wrong*100 > answered {
		t.Errorf("core exact: %d of %d answers are wrong, want 1 %% at most", c.wrong, answered)
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// judge says why the answer to an example is not what is expected, "" when it is.
func judge(m *memory, e example, now int64) (why string, refused bool) {
	p, err := kql.Compile(e.Query, kql.Options{Catalog: noTables{}, Tables: noTables{}, Now: now, MaxRows: 500_000, Database: "default"})
	if e.Kind == "error" {
		if err == nil {
			return "ran, but must be refused", false
		}
		return "", false
	}
	if err != nil {
		var fault *kql.Error
		if !errors.As(err, &fault) {
			return err.Error(), false
		}
		return err.Error(), true
	}
	r := p.Results[len(p.Results)-1]
	if e.Kind == "exact" {
		r = p.Results[0]
	}
	rows, err := m.rows(r)
	if err != nil {
		return "engine: " + err.Error() + "\n" + r.SQL, false
	}
	if e.Schema != nil {
		r := p.Results[len(p.Results)-1]
		if len(e.Schema) != len(r.Columns) {
			return fmt.Sprintf("schema: %v, expected %v", r.Columns, e.Schema), false
		}
		for i, c := range r.Columns {
			if want, _ := types.Parse(e.Schema[i][1]); c.Name != e.Schema[i][0] || c.Type != want {
				return fmt.Sprintf("schema: %s:%s, expected %v", c.Name, c.Type, e.Schema[i]), false
			}
		}
	}
	if e.Kind != "exact" {
		return "", false
	}
	if len(rows) != len(e.Rows) {
		return fmt.Sprintf("%d rows, expected %d: %v", len(rows), len(e.Rows), first(rows, 3)), false
	}
	fits := func(want, got []any) bool {
		if len(want) != len(got) {
			return false
		}
		for i := range want {
			if !sameCell(want[i], got[i], r.Columns[i].Type) {
				return false
			}
		}
		return true
	}
	left := append([][]any(nil), rows...)
	for i, w := range e.Rows {
		found := -1
		for k, g := range left {
			if fits(w, g) {
				found = k
				break
			}
		}
		if found < 0 || e.Ordered && found != 0 {
			return fmt.Sprintf("row %d: expected %v, got %v", i, w, first(left, 3)), false
		}
		left = append(left[:found:found], left[found+1:]...)
	}
	return "", false
}

func first(rows [][]any, n int) [][]any {
	if len(rows) > n {
		return rows[:n]
	}
	return rows
}

func number(s string) (float64, bool) {
	s = strings.TrimSuffix(strings.ReplaceAll(strings.TrimSpace(s), ",", ""), "%")
	switch strings.ToLower(s) {
	case "nan":
		return math.NaN(), true
	case "inf", "∞", "+inf", "infinity":
		return math.Inf(1), true
	case "-inf", "-∞", "-infinity":
		return math.Inf(-1), true
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

var printedNumber = regexp.MustCompile(`^-?[\d,]*\.?(\d*)(?:[eE]([-+]?\d+))?`)

func closeTo(want, got string) bool {
	a, ok1 := number(want)
	b, ok2 := number(got)
	switch {
	case !ok1 || !ok2:
		return false
	case math.IsNaN(a) || math.IsNaN(b):
		return math.IsNaN(a) && math.IsNaN(b)
	case a == b:
		return true
	case math.IsInf(a, 0) || math.IsInf(b, 0):
		return false
	}
	unit := 0.0
	if p := printedNumber.FindStringSubmatch(strings.TrimSpace(want)); p != nil && strings.Contains(want, ".") {
		exp, _ := strconv.Atoi(p[2])
		unit = math.Pow(10, float64(exp-len(p[1])))
	}
	return math.Abs(a-b) <= math.Max(1e-7*math.Max(math.Abs(a), math.Abs(b)), unit)
}

var datetimeForms = []string{"2006-01-02T15:04:05.9999999Z", "2006-01-02 15:04:05.9999999", "2006-01-02T15:04:05Z", "2006-01-02 15:04:05", "2006-01-02 15:04",
	"2006-01-02", "1/2/2006, 3:04:05.9999999 PM", "1/2/2006 15:04:05", "1/2/2006, 3:04:05 PM", "1/2/2006"}

func sameTime(want, got string) bool {
	read := func(s string) (time.Time, bool) {
		s = strings.Trim(strings.TrimSpace(s), `"`)
		for _, f := range datetimeForms {
			if t, err := time.Parse(f, s); err == nil {
				return t, true
			}
		}
		return time.Time{}, false
	}
	a, ok1 := read(want)
	b, ok2 := read(got)
	return ok1 && ok2 && (a.Equal(b) || !strings.Contains(want, ".") && a.Equal(b.Truncate(time.Second)))
}

func sameCell(want, got any, t types.Type) bool {
	w := ""
	if want != nil {
		w = strings.TrimSpace(fmt.Sprint(want))
	}
	if got == nil || got == "" {
		switch strings.ToLower(w) {
		case "", "null", "(null)", `""`, "dynamic(null)":
			return true
		}
		return false
	}
	g := fmt.Sprint(got)
	switch t {
	case types.Bool:
		w = strings.ToLower(w)
		return got == true && (w == "true" || w == "1") || got == false && (w == "false" || w == "0")
	case types.Int, types.Long, types.Real, types.Decimal:
		return closeTo(w, g)
	case types.DateTime:
		return w == g || sameTime(w, g)
	case types.Timespan:
		return sameSpan(w, g)
	case types.Dynamic:
		var a, b any
		if (json.Unmarshal([]byte(w), &a) == nil || json.Unmarshal([]byte(strings.ReplaceAll(w, "'", `"`)), &a) == nil) && json.Unmarshal([]byte(g), &b) == nil && sameJSON(a, b) {
			return true
		}
		squeeze := func(s string) string {
			return strings.NewReplacer(" ", "", "\n", "", "\t", "", `"`, "", "'", "").Replace(s)
		}
		return squeeze(w) == squeeze(g) || closeTo(w, g)
	}
	fields := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	return w == strings.TrimSpace(g) || fields(w) == fields(g) || strings.Trim(w, `"`) == g
}

var spanForm = regexp.MustCompile(`^(-)?(?:(\d+)\.)?(\d+):(\d\d)(?::(\d\d)(?:\.(\d+))?)?$`)

func sameSpan(a, b string) bool {
	read := func(s string) string {
		m := spanForm.FindStringSubmatch(strings.Trim(s, `"`))
		if m == nil {
			return s
		}
		n := func(s string) int { v, _ := strconv.Atoi(s); return v }
		return fmt.Sprint(m[1], n(m[2])*24+n(m[3]), " ", n(m[4]), " ", n(m[5]), " ", strings.TrimRight(m[6], "0"))
	}
	return read(a) == read(b)
}

func sameJSON(a, b any) bool {
	switch x := a.(type) {
	case float64:
		y, ok := b.(float64)
		return ok && (closeTo(fmt.Sprint(x), fmt.Sprint(y)) || math.Abs(x-y) <= 1e-6*math.Max(math.Abs(x), math.Abs(y)))
	case string:
		y, ok := b.(string)
		return ok && (x == y || sameTime(x, y))
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !sameJSON(x[i], y[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k := range x {
			if v, has := y[k]; !has || !sameJSON(x[k], v) {
				return false
			}
		}
		return true
	}
	return a == b
}
