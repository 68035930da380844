package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// A Size is a number of bytes, written as a number or with B, kB, MB, GB, TB (powers of 1000) or KiB,
// MiB, GiB, TiB (powers of 1024).
type Size int64

var sizeUnits = []struct {
	suffix string
	bytes  float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1}, {"", 1},
}

// UnmarshalYAML reads a size.
func (s *Size) UnmarshalYAML(n *yaml.Node) error {
	for _, u := range sizeUnits {
		number, found := strings.CutSuffix(n.Value, u.suffix)
		if !found {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || v < 0 || v*u.bytes >= math.MaxInt64 {
			break
		}
		*s = Size(v * u.bytes)
		return nil
	}
	return errors.New("expected a size; write 512MiB or 2GB") // explain adds the line and the key
}

// An Age is a span of time that may be written in days: 90d, or as Go writes durations: 36h.
type Age time.Duration

// UnmarshalYAML reads an age.
func (a *Age) UnmarshalYAML(n *yaml.Node) error {
	if days, found := strings.CutSuffix(n.Value, "d"); found {
		if v, err := strconv.ParseFloat(days, 64); err == nil && v >= 0 && v < 36500 {
			*a = Age(v * float64(24*time.Hour))
			return nil
		}
	}
	if d, err := time.ParseDuration(n.Value); err == nil && d >= 0 {
		*a = Age(d)
		return nil
	}
	return errors.New("expected a span of time; write 90d or 36h") // explain adds the line and the key
}
