package connector

import (
	"maps"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cdcd/event"
)

// Metrics is what one connector counts. It is a [prometheus.Collector], and tells
// nothing beforehand of what it collects: the labels of connectors differ, with
// custom.metric.tags. All methods may be called concurrently.
type Metrics struct {
	tags       map[string]string
	collectors []prometheus.Collector

	rows, records, recordBytes, transactions prometheus.Counter
	errors, leftOut                          *prometheus.CounterVec

	sourceBytes atomic.Uint64 // of row events
	lagMicros   atomic.Int64  // source time to now, of the last event read
	offset      atomic.Uint64 // of the last stored position
	queueBytes  atomic.Pointer[queue]
	copy        atomic.Pointer[copyMetrics]
}

var _ prometheus.Collector = (*Metrics)(nil)

// NewMetrics returns the metrics of a connector. Each has the tags as labels, and
// one with the connector's name.
func NewMetrics(connector string, tags map[string]string) *Metrics {
	m := &Metrics{tags: tags}
	labels := prometheus.Labels{"connector": connector}
	maps.Copy(labels, tags)
	opts := func(name, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "cdcd", Name: name, Help: help, ConstLabels: labels}
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts(opts(name, help)))
	}
	vector := func(label, name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts(opts(name, help)), []string{label})
	}
	gauge := func(name, help string, f func() float64) prometheus.GaugeFunc {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts(opts(name, help)), f)
	}
	m.rows = counter("row_events_total", "Row events of captured tables read from the binlog.")
	m.records = counter("records_total", "Records handed to the sink, tombstones included.")
	m.recordBytes = counter("record_bytes_total", "Bytes of keys and values handed to the sink.")
	m.transactions = counter("transactions_total", "Source transactions read, captured or not.")
	m.errors = vector("class", "errors_total", "Errors that ended a session, by class.")
	m.leftOut = vector("reason", "row_events_left_out_total",
		"Row events of captured tables that could not be read and were left out, as the configuration says, by reason.")
	m.collectors = []prometheus.Collector{
		m.rows, m.records, m.recordBytes, m.transactions, m.errors, m.leftOut,
		prometheus.NewCounterFunc(prometheus.CounterOpts(opts("source_bytes_total", "Bytes of those row events.")),
			func() float64 { return float64(m.sourceBytes.Load()) }),
		gauge("lag_seconds", "Age of the last event read from the binlog, 0 while the server is idle.", m.lagSeconds),
		gauge("position_offset", "Offset in the binlog file of the last stored position.", func() float64 { return float64(m.offset.Load()) }),
		gauge("queue_bytes", "Bytes of binlog read and not yet handed to the sink.", m.held),
	}
	return m
}

// Tagged tells whether these are the tags.
func (m *Metrics) Tagged(tags map[string]string) bool { return maps.Equal(m.tags, tags) }

// Describe implements [prometheus.Collector].
func (m *Metrics) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	for _, c := range m.collectors {
		c.Collect(to)
	}
	if c := m.copy.Load(); c != nil {
		c.Collect(to)
	}
}

// read counts a row event.
func (m *Metrics) read(r *event.Rows) {
	m.rows.Inc()
	m.sourceBytes.Add(uint64(r.Size))
	m.lagMicros.Store(max(0, time.Now().UnixMicro()-r.Meta.Micros))
}

func (m *Metrics) lagSeconds() float64 { return float64(m.lagMicros.Load()) / 1e6 }

func (m *Metrics) transaction() { m.transactions.Inc() }

// alive notes that the server has nothing newer than what was read.
func (m *Metrics) alive() { m.lagMicros.Store(0) }

// encoded counts a chunk's records.
func (m *Metrics) encoded(c *chunk) {
	m.records.Add(float64(len(c.batch.Records)))
	m.recordBytes.Add(float64(len(c.batch.Data)))
}

// stored notes the position that became durable.
func (m *Metrics) stored(s event.State) { m.offset.Store(s.Position.Offset) }

func (m *Metrics) failed(class string) { m.errors.WithLabelValues(class).Inc() }

// left counts a row event whose changes are not published.
func (m *Metrics) left(reason string) { m.leftOut.WithLabelValues(reason).Inc() }

func (m *Metrics) watch(q *queue) { m.queueBytes.Store(q) }

// copies tells how far a copy is from now on.
func (m *Metrics) copies(c *copyMetrics) { m.copy.Store(c) }

func (m *Metrics) held() float64 {
	if q := m.queueBytes.Load(); q != nil {
		return float64(q.bytes())
	}
	return 0
}
