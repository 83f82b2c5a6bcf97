package connector

import (
	"maps"

	"github.com/prometheus/client_golang/prometheus"

	"cdcd/snapshot"
)

// copyMetrics tell how far the copy of existing rows is, under the names that
// Debezium's MBean debezium.mysql:type=connector-metrics,context=snapshot has with the
// JMX exporter. Nothing is told before a session has begun. ChunkId, ChunkFrom,
// ChunkTo, TableFrom and TableTo are left out: they are keys of rows, and texts, which
// the exporter leaves out, too.
// Source: io.debezium.pipeline.metrics.traits.SnapshotMetricsMXBean.
type copyMetrics struct {
	status func() snapshot.Status
	gauges []copyGauge
	tables []tableGauge
}

type copyGauge struct {
	desc  *prometheus.Desc
	value func(snapshot.Status) float64
}

// tableGauge has a value for each table of which something was read.
type tableGauge struct {
	desc  *prometheus.Desc
	value func(snapshot.TableStatus) float64
}

// noCopy is the status of a connector that copies nothing.
func noCopy() snapshot.Status { return snapshot.Status{} }

// newCopyMetrics labels metrics as the exporter does, and with the connector's tags.
// locked says that the server is locked until the copy ends.
func newCopyMetrics(cfg Config, status func() snapshot.Status, locked bool) *copyMetrics {
	labels := prometheus.Labels{"context": "snapshot", "plugin": cfg.Format.Connector, "name": cfg.Format.TopicPrefix}
	maps.Copy(labels, cfg.MetricTags)
	desc := func(name, help string, more ...string) *prometheus.Desc {
		return prometheus.NewDesc("debezium_metrics_"+name, help, more, labels)
	}
	m := &copyMetrics{status: status}
	add := func(name, help string, value func(snapshot.Status) float64) {
		m.gauges = append(m.gauges, copyGauge{desc(name, help), value})
	}
	tables := func(s snapshot.Status) float64 { return float64(s.Tables) }
	never := func(snapshot.Status) float64 { return 0 }
	add("CapturedTables", "How many tables the snapshot is of.", tables)
	add("TotalTableCount", "Tables whose rows are copied.", tables)
	add("RemainingTableCount", "Tables whose rows were not all copied yet.", func(s snapshot.Status) float64 { return float64(s.Remaining) })
	add("SnapshotRunning", "1 while rows are copied.", func(s snapshot.Status) float64 { return flag(running(s)) })
	add("SnapshotPaused", "1 while the snapshot is paused, which one at the start never is.", never)
	add("SnapshotCompleted", "1 when all rows were copied.", func(s snapshot.Status) float64 { return flag(s.Complete) })
	add("SnapshotAborted", "1 when the copy was left, to be gone on with.", func(s snapshot.Status) float64 { return flag(!s.Ended.IsZero() && !s.Complete) })
	add("SnapshotSkipped", "1 when the connector began without copying rows.", func(s snapshot.Status) float64 { return flag(s.Began.IsZero()) })
	add("SnapshotDurationInSeconds", "How long rows were copied.", func(s snapshot.Status) float64 { return s.Took().Seconds() })
	add("SnapshotPausedDurationInSeconds", "How long the snapshot was paused.", never)
	add("HoldingGlobalLock", "1 while the server is locked for the copy.", func(s snapshot.Status) float64 { return flag(locked && running(s)) })
	m.tables = []tableGauge{
		{desc("RowsScanned", "Rows copied of a table.", "table"), func(t snapshot.TableStatus) float64 { return float64(t.Rows) }},
		{desc("TableChunkCounts", "Parts into which a table is divided.", "table"), func(t snapshot.TableStatus) float64 { return float64(t.Parts) }},
		{desc("TableChunksCompletedCounts", "Parts of a table that were read to their end.", "table"), func(t snapshot.TableStatus) float64 { return float64(t.Read) }},
	}
	return m
}

func running(s snapshot.Status) bool { return !s.Began.IsZero() && s.Ended.IsZero() }

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
	for _, t := range s.Of {
		for _, g := range m.tables {
			if !t.Began.IsZero() {
				to <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, g.value(t), t.ID.String())
			}
		}
	}
}
