package connector

import (
	"maps"

	"github.com/prometheus/client_golang/prometheus"

	"cdcd/snapshot"
)

// copyMetrics tell how far the copy of existing rows is, under the names that
// Debezium's MBean debezium.mysql:type=connector-metrics,context=snapshot has with the
// JMX exporter. Nothing is told before there is a copy.
type copyMetrics struct {
	status func() snapshot.Status
	gauges []copyGauge
	rows   *prometheus.Desc
}

type copyGauge struct {
	desc  *prometheus.Desc
	value func(snapshot.Status) float64
}

// newCopyMetrics labels metrics as the exporter does, and with tags.
func newCopyMetrics(plugin, prefix string, tags map[string]string, status func() snapshot.Status) *copyMetrics {
	labels := prometheus.Labels{"context": "snapshot", "plugin": plugin, "name": prefix}
	maps.Copy(labels, tags)
	m := &copyMetrics{status: status}
	name := func(n string) string { return "debezium_metrics_" + n }
	for _, g := range []struct {
		name, help string
		value      func(snapshot.Status) float64
	}{
		{"TotalTableCount", "Tables whose rows are copied.", func(s snapshot.Status) float64 { return float64(s.Tables) }},
		{"RemainingTableCount", "Tables whose rows were not all copied yet.", func(s snapshot.Status) float64 { return float64(s.Remaining) }},
		{"SnapshotRunning", "1 while rows are copied.", func(s snapshot.Status) float64 { return flag(s.Ended.IsZero()) }},
		{"SnapshotCompleted", "1 when all rows were copied.", func(s snapshot.Status) float64 { return flag(s.Complete) }},
		{"SnapshotAborted", "1 when the copy was left, to be gone on with.", func(s snapshot.Status) float64 { return flag(!s.Ended.IsZero() && !s.Complete) }},
		{"SnapshotDurationInSeconds", "How long rows were copied.", func(s snapshot.Status) float64 { return s.Took().Seconds() }},
	} {
		m.gauges = append(m.gauges, copyGauge{prometheus.NewDesc(name(g.name), g.help, nil, labels), g.value})
	}
	m.rows = prometheus.NewDesc(name("RowsScanned"), "Rows copied of a table.", []string{"table"}, labels)
	return m
}

func flag(set bool) float64 {
	if set {
		return 1
	}
	return 0
}

// Collect is as of [prometheus.Collector].
func (m *copyMetrics) Collect(to chan<- prometheus.Metric) {
	s := m.status()
	for _, g := range m.gauges {
		to <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, g.value(s))
	}
	for id, rows := range s.Read {
		to <- prometheus.MustNewConstMetric(m.rows, prometheus.GaugeValue, float64(rows), id.String())
	}
}
