package api

import (
	"strconv"
	"strings"
	"time"

	"lazuli.dev/lazuli/query"
)

// preferences are what a Prefer header asks for.
type preferences struct {
	wait       time.Duration // 0 = not said
	statistics bool
	render     bool
	sources    bool
	rowIDs     bool
}

// parsePrefer reads Prefer headers as clients send them: "wait=60,include-statistics=true", in any case,
// with spaces, quotes or semicolons. What it does not know or cannot read is ignored, as RFC 7240 has it.
func parsePrefer(headers []string) preferences {
	var p preferences
	for _, header := range headers {
		for _, option := range strings.FieldsFunc(header, func(r rune) bool { return r == ',' || r == ';' }) {
			name, value, _ := strings.Cut(option, "=")
			value = strings.Trim(strings.TrimSpace(value), `"`)
			// A bare name means yes.
			yes := value == "" || strings.EqualFold(value, "true") || value == "1"
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "wait":
				if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
					p.wait = time.Duration(min(seconds, int(query.MaxTime/time.Second))) * time.Second
				}
			case "include-statistics":
				p.statistics = yes
			case "include-render":
				p.render = yes
			case "include-datasources":
				p.sources = yes
			case "include-row-ids":
				p.rowIDs = yes
			}
		}
	}
	return p
}
