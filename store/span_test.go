package store

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestSpan: the rows of a time are found in the file and in memory, and it is told from when on retention has removed
// some. A hold keeps them as a cursor does, and those that are there only because of it are counted.
func TestSpan(t *testing.T) {
	now := atomic.Int64{}
	now.Store(campaignStart)
	o := testOptions()
	o.Clock = now.Load
	o.Retention = func(workspace, _ string) time.Duration {
		if workspace == "default" {
			return time.Hour
		}
		return 0
	}
	s := openTest(t, t.TempDir(), o)
	minute := ticksOf(time.Minute)
	for i := range 6 {
		ingest(t, s, Frame{Body: lines(testTable, i, 2)})
		ingest(t, s, Frame{Workspace: "other", Body: lines("Other_CL", i, 1)})
		now.Add(minute)
		if i == 2 {
			if err := s.Cut(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	f := func(workspace string, from, to int64, want Span) {
		t.Helper()
		got, err := s.Span(t.Context(), workspace, from, to)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s from %d to %d (-want +got):\n%s", workspace, from, to, diff)
		}
	}
	seq := func(frame, row int64) int64 { return frame<<SeqShift | row }
	all := campaignStart + 6*minute
	f("default", campaignStart, all, Span{Rows: 12, First: seq(1, 0), Last: seq(11, 1)})
	f("default", campaignStart+2*minute, campaignStart+4*minute, Span{Rows: 4, First: seq(5, 0), Last: seq(7, 1)})
	f("default", campaignStart+1, campaignStart+2, Span{Rows: 1, First: seq(1, 1), Last: seq(1, 1)})
	f("default", all, all+minute, Span{})
	f("other", campaignStart, campaignStart+1, Span{Rows: 1, First: seq(2, 0), Last: seq(2, 0)})
	f("nobody", campaignStart, all, Span{})

	overdue := func(workspace string, after, want int64) {
		t.Helper()
		got, err := s.Overdue(t.Context(), workspace, after)
		if err != nil || got != want {
			t.Errorf("overdue above %d: %d, %v; want %d", after, got, err, want)
		}
	}
	now.Add(ticksOf(time.Hour))
	if err := s.Cut(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Hold("replay", seq(3, 0))
	if err := s.Retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone := now.Load() - ticksOf(time.Hour)
	f("default", campaignStart, all, Span{Rows: 9, First: seq(3, 1), Last: seq(11, 1), Gone: gone})
	overdue("default", seq(3, 0), 9)
	overdue("default", seq(9, 0), 3)
	overdue("other", 0, 0)
	s.Hold("replay", seq(9, 1))
	s.Hold("second", seq(20, 0))
	if err := s.Retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	f("default", campaignStart, all, Span{Rows: 2, First: seq(11, 0), Last: seq(11, 1), Gone: gone})
	s.Unhold("replay")
	if err := s.Retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	f("default", campaignStart, all, Span{Gone: gone})
	f("other", campaignStart, all, Span{Rows: 6, First: seq(2, 0), Last: seq(12, 0)})
}
