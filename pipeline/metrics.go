package pipeline

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lazuli.dev/lazuli/store"
)

// Collector gives Prometheus what the store and the outputs are doing.
func (p *Pipeline) Collector() prometheus.Collector { return collector{p} }

// A storeMetric is one figure of the store.
type storeMetric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(store.Stats) int64
}

var storeMetrics = []storeMetric{
	ofStore("frames_total", "Frames made durable.", prometheus.CounterValue, func(s store.Stats) int64 { return s.Frames }),
	ofStore("body_bytes_total", "Bytes of frames as received.", prometheus.CounterValue, func(s store.Stats) int64 { return s.BodyBytes }),
	ofStore("rows_total", "Rows made visible, those of the quarantine among them.", prometheus.CounterValue, func(s store.Stats) int64 { return s.Rows }),
	ofStore("duplicate_frames_total", "Frames dropped because they are held already.", prometheus.CounterValue, func(s store.Stats) int64 { return s.Duplicates }),
	ofStore("failed_frames_total", "Frames that could not be made durable and were refused.", prometheus.CounterValue, func(s store.Stats) int64 { return s.Failures }),
	ofStore("undecoded_frames_total", "Frames that went into the quarantine whole.", prometheus.CounterValue, func(s store.Stats) int64 { return s.DecodeFailures }),
	ofStore("waits_total", "Times that ingestion waited for memory.", prometheus.CounterValue, func(s store.Stats) int64 { return s.Waits }),
	ofStore("journal_bytes", "Bytes of the journal on disk.", prometheus.GaugeValue, func(s store.Stats) int64 { return s.JournalBytes }),
	ofStore("journal_syncs_total", "Times that the journal was synced.", prometheus.CounterValue, func(s store.Stats) int64 { return s.JournalSyncs }),
	ofStore("hot_bytes", "Memory of rows that are not yet in the table file.", prometheus.GaugeValue, func(s store.Stats) int64 { return s.HotBytes }),
	ofStore("hot_rows", "Rows that are not yet in the table file.", prometheus.GaugeValue, func(s store.Stats) int64 { return s.HotRows }),
	ofStore("cuts_total", "Times that rows were moved into the table file.", prometheus.CounterValue, func(s store.Stats) int64 { return s.Cuts }),
	ofStore("cut_failures_total", "Times that this failed.", prometheus.CounterValue, func(s store.Stats) int64 { return s.CutFailures }),
	ofStore("uncut_frames", "Frames whose rows are not yet in the table file.", prometheus.GaugeValue, func(s store.Stats) int64 { return s.LastFrame - s.CutFrame }),
	ofStore("expired_rows_total", "Rows removed by retention.", prometheus.CounterValue, func(s store.Stats) int64 { return s.Expired }),
}

func ofStore(name, help string, kind prometheus.ValueType, value func(store.Stats) int64) storeMetric {
	return storeMetric{prometheus.NewDesc("lazuli_store_"+name, help, nil, nil), kind, value}
}

type collector struct{ p *Pipeline }

func describe(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("lazuli_forward_"+name, help, []string{"output"}, nil)
}

var (
	deliveredDesc = describe("events_delivered_total", "Events that the receiver has acknowledged.")
	rejectedDesc  = describe("events_rejected_total", "Events that the receiver has refused for good; they are kept with the reason.")
	retriedDesc   = describe("events_retried_total", "Events that were sent again.")
	failuresDesc  = describe("failures", "Failures in a row; 0 while all is well.")
	lagDesc       = describe("lag_frames", "Frames in the journal that the output has still to look at.")
	oldestDesc    = describe("oldest_pending_seconds", "Age, since its receipt, of the oldest event that is known to wait; 0 when there is none.")
	pausedDesc    = describe("paused", "1 while an operator has paused the output, else 0.")
	waitingDesc   = describe("waiting_events", "Events that wait while the output is paused; 0 when it is not.")
	overdueDesc   = describe("overdue_rows", "Rows kept past their retention for a paused output.")
	replaysDesc   = describe("replays", "Replays that are not finished.")
	replayedDesc  = describe("replayed_events", "Events that the replays on record have delivered.")
)

// Describe implements prometheus.Collector.
func (c collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{deliveredDesc, rejectedDesc, retriedDesc, failuresDesc, lagDesc, oldestDesc, pausedDesc, waitingDesc, overdueDesc, replaysDesc, replayedDesc} {
		ch <- d
	}
	for _, d := range sourceDescs {
		ch <- d
	}
	for _, m := range storeMetrics {
		ch <- m.desc
	}
}

// Collect implements prometheus.Collector.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	stats := c.p.store.Stats()
	for _, m := range storeMetrics {
		ch <- prometheus.MustNewConstMetric(m.desc, m.kind, float64(m.value(stats)))
	}
	c.sources(ch)
	now := c.p.now()
	for _, s := range c.p.Outputs() {
		counter := func(d *prometheus.Desc, v float64) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, s.Name)
		}
		gauge := func(d *prometheus.Desc, v float64) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, s.Name)
		}
		counter(deliveredDesc, float64(s.Delivered))
		counter(rejectedDesc, float64(s.Rejected))
		counter(retriedDesc, float64(s.Retried))
		gauge(failuresDesc, float64(s.Failures))
		gauge(lagDesc, float64(s.Lag()))
		var age time.Duration
		if !s.Oldest.IsZero() {
			age = max(0, now.Sub(s.Oldest))
		}
		gauge(oldestDesc, age.Seconds())
		paused := 0.0
		if s.State == OutputPaused {
			paused = 1
		}
		gauge(pausedDesc, paused)
		var w Waiting
		if s.Waiting != nil {
			w = *s.Waiting
		}
		gauge(waitingDesc, float64(w.Events))
		gauge(overdueDesc, float64(w.Overdue))
		var unfinished, replayed int64
		for _, r := range s.Replays {
			replayed += r.Delivered
			if r.Ended.IsZero() && r.State != ReplayFailed {
				unfinished++
			}
		}
		gauge(replaysDesc, float64(unfinished))
		gauge(replayedDesc, float64(replayed))
	}
}

// describeSource makes a metric of each source.
func describeSource(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("lazuli_source_"+name, help, []string{"source"}, nil)
}

var (
	sourceMessages    = describeSource("messages_total", "Messages that are durable; of http, records.")
	sourceBytes       = describeSource("bytes_total", "Bytes of frames that are durable.")
	sourceConnections = describeSource("connections", "Open connections; of http, uploads under way.")
	sourceDropped     = describeSource("datagrams_dropped_total", "Datagrams that the kernel had no room for.")
	sourcePaused      = describeSource("paused", "1 while an operator has paused the source.")
	sourceFailing     = describeSource("failing", "1 while the source takes in nothing because of an error.")
	sourceDescs       = []*prometheus.Desc{sourceMessages, sourceBytes, sourceConnections, sourceDropped, sourcePaused, sourceFailing}
)

func (c collector) sources(ch chan<- prometheus.Metric) {
	put := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, source string) {
		ch <- prometheus.MustNewConstMetric(d, kind, v, source)
	}
	is := func(yes bool) float64 {
		if yes {
			return 1
		}
		return 0
	}
	for _, s := range c.p.Sources() {
		put(sourceMessages, prometheus.CounterValue, float64(s.Messages), s.Name)
		put(sourceBytes, prometheus.CounterValue, float64(s.Bytes), s.Name)
		put(sourceConnections, prometheus.GaugeValue, float64(s.Connections), s.Name)
		if s.Dropped >= 0 {
			put(sourceDropped, prometheus.CounterValue, float64(s.Dropped), s.Name)
		}
		put(sourcePaused, prometheus.GaugeValue, is(s.State == SourcePaused), s.Name)
		put(sourceFailing, prometheus.GaugeValue, is(s.State == SourceFailing), s.Name)
	}
}
