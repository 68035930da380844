package api

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what the API counts. Labels are patterns, tables and codes, never something that a client
// could make up, so that their number stays bounded.
type metrics struct {
	requests    *prometheus.CounterVec
	seconds     *prometheus.HistogramVec
	refused     prometheus.Counter
	queries     *prometheus.CounterVec
	queryRows   prometheus.Counter
	rows        *prometheus.CounterVec
	bytes       *prometheus.CounterVec
	quarantined prometheus.Counter
	duplicates  prometheus.Counter
	held        prometheus.Gauge
}

func newMetrics(registry *prometheus.Registry) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lazuli_http_requests_total", Help: "Requests by route and status."}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "lazuli_http_request_seconds", Help: "Time from the first to the last byte.",
			Buckets: []float64{.001, .005, .02, .1, .5, 2, 10, 60, 600}}, []string{"route"}),
		refused:     prometheus.NewCounter(prometheus.CounterOpts{Name: "lazuli_http_unauthorized_total", Help: "Requests without a known token."}),
		queries:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lazuli_queries_total", Help: "Queries by outcome."}, []string{"outcome"}),
		queryRows:   prometheus.NewCounter(prometheus.CounterOpts{Name: "lazuli_query_rows_total", Help: "Rows in answers."}),
		rows:        prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lazuli_ingest_rows_total", Help: "Rows taken in over HTTP, by table."}, []string{"table"}),
		bytes:       prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lazuli_ingest_bytes_total", Help: "Bytes of uploads taken, as received."}, []string{"encoding"}),
		quarantined: prometheus.NewCounter(prometheus.CounterOpts{Name: "lazuli_ingest_quarantined_total", Help: "Records kept with their raw bytes because nobody recognised them."}),
		duplicates:  prometheus.NewCounter(prometheus.CounterOpts{Name: "lazuli_ingest_duplicate_uploads_total", Help: "Uploads that were held already."}),
		held:        prometheus.NewGauge(prometheus.GaugeOpts{Name: "lazuli_ingest_held_bytes", Help: "Bytes of uploads under way."}),
	}
	registry.MustRegister(m.requests, m.seconds, m.refused, m.queries, m.queryRows, m.rows, m.bytes, m.quarantined, m.duplicates, m.held)
	return m
}

func (s *Server) showMetrics(w http.ResponseWriter, r *http.Request) {
	promhttp.HandlerFor(s.o.Metrics, promhttp.HandlerOpts{}).ServeHTTP(w, r)
}
