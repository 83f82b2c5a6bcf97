package connector

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cdcd/event"
)

// Metrics is what one connector counts. All methods may be called concurrently.
type Metrics struct {
	rows, records, recordBytes, transactions prometheus.Counter
	bytes                                    prometheus.CounterFunc
	lag, position, queue                     prometheus.GaugeFunc
	errors, leftOut                          *prometheus.CounterVec

	sourceBytes atomic.Uint64 // of row events
	lagMicros   atomic.Int64  // source time to now, of the last event read
	offset      atomic.Uint64 // of the last stored position
	queueBytes  atomic.Pointer[queue]
}

// NewMetrics registers the connector's metrics.
func NewMetrics(reg prometheus.Registerer, connector string) (*Metrics, error) {
	m := &Metrics{}
	labels := prometheus.Labels{"connector": connector}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "cdcd", Name: name, Help: help, ConstLabels: labels})
	}
	gauge := func(name, help string, f func() float64) prometheus.GaugeFunc {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "cdcd", Name: name, Help: help, ConstLabels: labels}, f)
	}
	m.rows = counter("row_events_total", "Row events of captured tables read from the binlog.")
	m.bytes = prometheus.NewCounterFunc(prometheus.CounterOpts{
		Namespace: "cdcd", Name: "source_bytes_total", Help: "Bytes of those row events.", ConstLabels: labels,
	}, func() float64 { return float64(m.sourceBytes.Load()) })
	m.records = counter("records_total", "Records handed to the sink, tombstones included.")
	m.recordBytes = counter("record_bytes_total", "Bytes of keys and values handed to the sink.")
	m.transactions = counter("transactions_total", "Source transactions read, captured or not.")
	m.errors = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "cdcd", Name: "errors_total", Help: "Errors that ended a session, by class.", ConstLabels: labels,
	}, []string{"class"})
	m.leftOut = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "cdcd", Name: "row_events_left_out_total", ConstLabels: labels,
		Help: "Row events of captured tables that could not be read and were left out, as the configuration says, by reason.",
	}, []string{"reason"})
	m.lag = gauge("lag_seconds", "Age of the last event read from the binlog, 0 while the server is idle.",
		m.lagSeconds)
	m.position = gauge("position_offset", "Offset in the binlog file of the last stored position.",
		func() float64 { return float64(m.offset.Load()) })
	m.queue = gauge("queue_bytes", "Bytes of binlog read and not yet handed to the sink.", m.held)
	for _, c := range []prometheus.Collector{m.rows, m.bytes, m.records, m.recordBytes, m.transactions, m.errors, m.leftOut, m.lag, m.position, m.queue} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
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

func (m *Metrics) held() float64 {
	if q := m.queueBytes.Load(); q != nil {
		return float64(q.bytes())
	}
	return 0
}
