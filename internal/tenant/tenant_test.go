package tenant

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var someDay = time.Date(2026, 10, 14, 15, 0, 0, 0, time.UTC) // a Wednesday

// A record is what the tests look at in one record of any kind.
type record struct {
	Time            time.Time `json:"time"`
	Category        string    `json:"category"`
	OperationName   string    `json:"operationName"`
	ResultType      string    `json:"resultType"`
	ResultSignature string    `json:"resultSignature"`
	CallerIPAddress string    `json:"callerIpAddress"`
	Location        string    `json:"location"`
	Properties      struct {
		UserPrincipalName string `json:"userPrincipalName"`
		ID                string `json:"id"`
		Flows             []struct {
			Rule  string
			Flows []struct{ FlowTuples []string }
		}
	} `json:"properties"`
	FlowRecords struct {
		Flows []struct {
			FlowGroups []struct{ FlowTuples []string }
		}
	} `json:"flowRecords"`
}

// recordsOf reads a part as a receiver would, without knowing how it was made.
func recordsOf(t *testing.T, p Part) []record {
	t.Helper()
	var records []record
	if p.ContentType == textType {
		return make([]record, strings.Count(string(p.Body), "\n")-2*strings.Count(string(p.Body), "Events>\n")/2)
	}
	if p.ContentType == linesType {
		lines := bufio.NewScanner(bytes.NewReader(p.Body))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var r record
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				t.Fatalf("%s: %v: %.200s", p.Kind, err, lines.Bytes())
			}
			records = append(records, r)
		}
		return records
	}
	var envelope struct{ Records []record }
	if err := json.Unmarshal(p.Body, &envelope); err != nil {
		t.Fatalf("%s: %v: %.200s", p.Kind, err, p.Body)
	}
	return envelope.Records
}

func TestDayIsDeterministic(t *testing.T) {
	sum := func(seed uint64) string {
		h := sha256.New()
		n := 0
		for p := range Day(seed, someDay) {
			h.Write(p.Body)
			if n++; n == 120 { // some hours are enough
				break
			}
		}
		return string(h.Sum(nil))
	}
	first := sum(1)
	if sum(1) != first {
		t.Error("the same seed gave two different days")
	}
	if sum(2) == first {
		t.Error("two seeds gave the same day")
	}
	if a, b := Attack(1, someDay), Attack(1, someDay.Add(5*time.Hour)); !reflect.DeepEqual(a, b) {
		t.Errorf("the truth depends on the hour of asking: %+v, %+v", a, b)
	}
}

func TestDay(t *testing.T) {
	truth := Attack(7, someDay)
	begin, end := someDay.Truncate(24*time.Hour), someDay.Truncate(24*time.Hour).Add(25*time.Hour)
	records, bytesOf, rows := map[Kind]int{}, map[Kind]int{}, 0
	attempts, accounts, successes, secrets := 0, map[string]bool{}, []time.Time{}, map[string]bool{}
	var knocks, admissions, failed, elsewhere, blobs int
	var grant, rule, method, role, diagnostic bool
	for p := range Day(7, someDay) {
		limit := messageLimit
		if p.ContentType != jsonType || p.Kind == NSGFlows || p.Kind == VNetFlows {
			limit = blobLimit
		}
		if len(p.Body) > limit {
			t.Errorf("%s: a document of %d bytes, limit %d", p.Kind, len(p.Body), limit)
		}
		list := recordsOf(t, p)
		if len(list) != p.Records {
			t.Errorf("%s: says %d records, has %d", p.Kind, p.Records, len(list))
		}
		records[p.Kind] += len(list)
		bytesOf[p.Kind] += len(p.Body)
		rows += p.Rows
		tuples := 0
		for _, r := range list {
			if p.ContentType == textType || p.Kind == Alerts {
				break // no times to look at here; what they become is tested with the decoder
			}
			if r.Time.Before(begin) || r.Time.After(end) {
				t.Errorf("%s: a record of %s, outside the day", p.Kind, r.Time)
			}
			if p.Kind != Activity && !strings.HasPrefix(r.Category, "Storage") && !strings.HasSuffix(string(p.Kind), "Data") && r.Category != string(p.Kind) {
				t.Errorf("%s: a record of category %q", p.Kind, r.Category)
			}
			mine := r.CallerIPAddress == truth.Address
			switch p.Kind {
			case SignIns:
				if r.ResultType != "0" {
					failed++
				}
				if r.Location == truth.Country && !mine {
					elsewhere++
				}
				switch {
				case mine && r.ResultType != "0":
					attempts++
					accounts[r.Properties.UserPrincipalName] = true
				case mine:
					successes = append(successes, r.Time)
					if r.Properties.UserPrincipalName != truth.Account {
						t.Errorf("the address signed in as %s", r.Properties.UserPrincipalName)
					}
				}
			case Audits:
				method = method || mine && r.Time.Equal(truth.Step(StepMethod).From)
				role = role || mine && r.Time.Equal(truth.Step(StepRole).From) && r.OperationName == "Add member to role"
			case Activity:
				grant = grant || mine && strings.HasSuffix(r.OperationName, "ROLEASSIGNMENTS/WRITE") && r.ResultType == "Success"
				diagnostic = diagnostic || mine && strings.HasSuffix(r.OperationName, "DIAGNOSTICSETTINGS/DELETE") && r.ResultType == "Success"
				rule = rule || mine && strings.HasSuffix(r.OperationName, "SECURITYRULES/WRITE") && r.ResultType == "Success"
			case KeyVault:
				if mine && r.OperationName == "SecretGet" {
					secrets[r.Properties.ID] = true
				}
			case NSGFlows:
				for _, g := range r.Properties.Flows {
					for _, f := range g.Flows {
						tuples += len(f.FlowTuples)
						for _, tuple := range f.FlowTuples {
							part := strings.Split(tuple, ",")
							if len(part) != 13 {
								t.Fatalf("a tuple of %d parts: %s", len(part), tuple)
							}
							if part[1] == truth.Address {
								if part[7] == "D" {
									knocks++
								} else {
									admissions++
								}
							}
						}
					}
				}
			case VNetFlows:
				for _, f := range r.FlowRecords.Flows {
					for _, g := range f.FlowGroups {
						tuples += len(g.FlowTuples)
					}
				}
			}
		}
		if p.Kind == Blobs {
			for _, r := range list {
				if strings.HasPrefix(r.CallerIPAddress, truth.Address+":") {
					blobs++
				}
			}
		}
		if (p.Kind == NSGFlows || p.Kind == VNetFlows) && tuples != p.Rows {
			t.Errorf("%s: says %d rows, has %d flows", p.Kind, p.Rows, tuples)
		}
	}
	total, size := 0, 0
	for k, n := range records {
		total, size = total+n, size+bytesOf[k]
		t.Logf("%-32s %6d records %6.1f MB", k, n, float64(bytesOf[k])/1e6)
	}
	t.Logf("%d records, %d rows, %.1f MB", total, rows, float64(size)/1e6)
	if len(records) != len(streams) || total < 60_000 || total > 120_000 {
		t.Errorf("%d records of %d kinds, want 60,000 to 120,000 of all %d", total, len(records), len(streams))
	}
	spray, in := truth.Step(StepSpray), truth.Step(StepSignIn)
	if share := float64(failed-attempts) / float64(records[SignIns]); share < 0.015 || share > 0.035 {
		t.Errorf("%.1f %% of the sign-ins fail, want about two", 100*share)
	}
	if attempts != spray.Rows || len(accounts) != spray.Objects {
		t.Errorf("%d attempts on %d accounts, the truth says %d on %d", attempts, len(accounts), spray.Rows, spray.Objects)
	}
	if len(successes) != 2 || !successes[0].Equal(in.From) || !successes[1].Equal(in.To) {
		t.Errorf("successes from the address: %v, the truth says %v", successes, in)
	}
	if elsewhere != 0 {
		t.Errorf("%d other sign-ins from %s", elsewhere, truth.Country)
	}
	if !method || !role || !grant || !rule || !diagnostic {
		t.Errorf("steps found: method %t, role %t, grant %t, rule %t, diagnostic %t", method, role, grant, rule, diagnostic)
	}
	want := []int{truth.Step(StepSecrets).Objects, truth.Step(StepKnocks).Rows, truth.Step(StepAdmissions).Rows, truth.Step(StepBlobs).Rows}
	if got := []int{len(secrets), knocks, admissions, blobs}; !slices.Equal(got, want) {
		t.Errorf("secrets, knocks, admissions, blobs: %v; the truth says %v", got, want)
	}
	if knocks < 10 || admissions < 10 || len(truth.LookAlikes) < 3 {
		t.Errorf("%d knocks and %d admissions are too few to see", knocks, admissions)
	}
	if !slices.IsSortedFunc(truth.Steps, func(a, b Step) int { return a.From.Compare(b.From) }) {
		t.Error("the steps of the truth are not in the order of time")
	}
}

// Life in pieces is the same life: windows that follow each other have the records of the
// whole, each once, and only those of their time.
func TestBetween(t *testing.T) {
	now := someDay.Add(17 * time.Minute)
	count := func(cut ...time.Time) (map[Kind]int, int) {
		records, size := map[Kind]int{}, 0
		c := New(Options{Seed: 5, Now: now, Days: 2})
		for i := 1; i < len(cut); i++ {
			for p := range c.Between(cut[i-1], cut[i]) {
				records[p.Kind] += p.Records
				size += len(bytes.Trim(p.Body, "\n"))
				if i%2 == 0 {
					for _, r := range recordsOf(t, p) {
						if p.Kind == SignIns && (r.Time.Before(cut[i-1]) || !r.Time.Before(cut[i])) {
							t.Errorf("a record of %s between %s and %s", r.Time, cut[i-1], cut[i])
						}
					}
				}
			}
		}
		return records, size
	}
	begin := now.Truncate(time.Hour)
	cuts := []time.Time{begin, begin.Add(time.Hour)}
	for at := cuts[1]; at.Before(begin.Add(3 * time.Hour)); {
		at = at.Add(7 * time.Minute)
		cuts = append(cuts, at)
	}
	end := cuts[len(cuts)-1]
	whole, _ := count(begin, end)
	pieces, _ := count(cuts...)
	if !reflect.DeepEqual(whole, pieces) {
		t.Errorf("whole %v, in pieces %v", whole, pieces)
	}
	c := New(Options{Seed: 5, Now: now, Days: 2})
	if from := c.From(); !from.Equal(time.Date(2026, 10, 12, 0, 0, 0, 0, time.UTC)) || !c.Until().Equal(now) || !c.Truth().Day.Equal(from.AddDate(0, 0, 1)) {
		t.Errorf("history from %s until %s, attack on %s", c.From(), c.Until(), c.Truth().Day)
	}
}

// A weekend is quiet for people and the same for service accounts.
func TestWeekend(t *testing.T) {
	morning := func(day time.Time) (people, robots int) {
		w, r := newWorld(1, day), rand.New(rand.NewPCG(1, 1))
		return len(w.peopleSignins(r, 9, false)), len(w.robotSignins(r, 9, false))
	}
	people, robots := morning(someDay)
	fewer, same := morning(someDay.AddDate(0, 0, 4))
	if fewer*3 > people {
		t.Errorf("%d sign-ins on a Sunday morning, %d on Wednesday", fewer, people)
	}
	if share := float64(same) / float64(robots); share < 0.9 || share > 1.1 {
		t.Errorf("%d sign-ins of service principals on a Sunday morning, %d on Wednesday", same, robots)
	}
}

func BenchmarkDay(b *testing.B) {
	for b.Loop() {
		n := 0
		for p := range Day(1, someDay) {
			n += len(p.Body)
		}
		b.SetBytes(int64(n))
	}
}
