package mapping

import (
	"fmt"
	"sync"
)

// Plans gives the plan of a table in one format, and remembers which it is. It is
// used by one goroutine at a time.
type Plans struct {
	format  Format
	byTable map[string]*Plan
}

// NewPlans makes the plans of a format.
func NewPlans(format Format) *Plans { return &Plans{format, map[string]*Plan{}} }

// Of returns the plan of a table.
func (p *Plans) Of(table string) *Plan {
	plan := p.byTable[table]
	if plan == nil {
		plan = compiled[p.format]()[For(table)]
		p.byTable[table] = plan
	}
	return plan
}

// compiled are the plans of all mappings by format, made once. They panic when a
// mapping of the package is wrong, which a test would have shown.
var compiled = map[Format]func() map[*Mapping]*Plan{
	CEF:    sync.OnceValue(func() map[*Mapping]*Plan { return compileAll(CEF) }),
	LEEF:   sync.OnceValue(func() map[*Mapping]*Plan { return compileAll(LEEF) }),
	Syslog: sync.OnceValue(func() map[*Mapping]*Plan { return compileAll(Syslog) }),
}

func compileAll(format Format) map[*Mapping]*Plan {
	plans := map[*Mapping]*Plan{}
	all := All()
	for i := range all {
		p, err := Compile(&all[i], format)
		if err != nil {
			panic(fmt.Sprintf("mapping of %v: %v", all[i].Tables, err))
		}
		plans[&all[i]] = p
	}
	return plans
}
