package tenant

import (
	"math/rand/v2"
	"time"
)

// Truth is what really happened: the attack step by step, and what only looks like one. It
// is written as JSON, so that detections can be scored by it.
type Truth struct {
	Seed    uint64    `json:"seed"`
	Day     time.Time `json:"day"`     // midnight (UTC) of the day of the attack
	Address string    `json:"address"` // from which everything was done
	Country string    `json:"country"` // where that address is; nobody else signs in from there
	Account string    `json:"account"` // user principal name of the account that was lost
	UserID  string    `json:"userId"`
	Vault   string    `json:"vault"` // whose secrets were read
	Blobs   string    `json:"storageAccount"`
	Rule    string    `json:"rule"`   // the security rule that was added
	Port    int       `json:"port"`   // the port that it opens
	Server  string    `json:"server"` // who was reached through it

	Steps      []Step      `json:"steps"` // in the order of time
	LookAlikes []LookAlike `json:"lookAlikes"`
}

// The names of the steps.
const (
	StepSpray      = "password spray"
	StepSignIn     = "sign-in from a new country"
	StepMethod     = "MFA method added"
	StepRole       = "directory role elevated"
	StepGrant      = "role on the vault assigned"
	StepSecrets    = "secrets read"
	StepKeys       = "storage keys listed"
	StepBlobs      = "blobs taken out"
	StepDiagnostic = "diagnostic setting deleted"
	StepKnocks     = "denied at the server"
	StepRule       = "network security rule opened"
	StepAdmissions = "let in at the server"
	StepLogon      = "remote desktop logon"
	StepAlerts     = "alerts raised"
)

// A Step is one part of the attack: the rows of a table that tell of it.
type Step struct {
	Name    string    `json:"name"`
	Table   string    `json:"table"`
	From    time.Time `json:"from"` // of the first row
	To      time.Time `json:"to"`   // of the last row
	Rows    int       `json:"rows"`
	Objects int       `json:"objects"`       // different accounts, secrets or blobs, where there are such
	IDs     []string  `json:"ids,omitempty"` // correlation ids of the rows, or ids of alerts
}

// A LookAlike is somebody who does what attackers do, and may.
type LookAlike struct {
	Name    string    `json:"name"`
	Account string    `json:"account,omitempty"`
	Address string    `json:"address,omitempty"`
	Tables  []string  `json:"tables"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Why     string    `json:"why"` // it is harmless
}

// Step returns the step of a name.
func (t *Truth) Step(name string) Step {
	for _, s := range t.Steps {
		if s.Name == name {
			return s
		}
	}
	return Step{}
}

// saw adds a row to a step.
func (t *Truth) saw(name, table string, at time.Time, id string) *Step {
	n := len(t.Steps)
	for i := range t.Steps {
		if t.Steps[i].Name == name {
			n = i
		}
	}
	if n == len(t.Steps) {
		t.Steps = append(t.Steps, Step{Name: name, Table: table, From: at})
	}
	s := &t.Steps[n]
	s.To = at
	s.Rows++
	if id != "" && (len(s.IDs) == 0 || s.IDs[len(s.IDs)-1] != id) {
		s.IDs = append(s.IDs, id)
	}
	return s
}

// The ids of a record are the first that its random number gives; of a sign-in the
// correlation id is the second.
func idOf(random uint64, kind uint64) string { return guid(rand.New(rand.NewPCG(random, kind))) }

func correlationOf(random uint64) string {
	r := rand.New(rand.NewPCG(random, 3))
	_ = guid(r)
	return guid(r)
}
