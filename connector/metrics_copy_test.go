package connector

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cdcd/schema"
	"cdcd/snapshot"
)

// TestCopyMetrics_AsTheExporterNamesThem: every number of Debezium's snapshot MBean,
// and none of its texts.
func TestCopyMetrics_AsTheExporterNamesThem(t *testing.T) {
	began := time.Now().Add(-time.Hour)
	read := snapshot.TableStatus{ID: schema.ID{Database: "d", Name: "a"}, Count: snapshot.Count{Began: began, Rows: 7}, Parts: 4, Read: 1}
	running := snapshot.Status{Count: snapshot.Count{Began: began}, Tables: 2, Remaining: 2, Of: []snapshot.TableStatus{read, {ID: schema.ID{Database: "d", Name: "b"}}}}
	ended := running
	ended.Ended = began.Add(90 * time.Second)
	complete := ended
	complete.Complete, complete.Remaining = true, 0
	f := func(s snapshot.Status, locked bool, want ...string) {
		t.Helper()
		cfg := Config{MetricTags: map[string]string{"team": "x"}}
		cfg.Format.Connector, cfg.Format.TopicPrefix = "mysql", "shop"
		metrics := NewMetrics("shop", cfg.MetricTags)
		metrics.copies(newCopyMetrics(cfg, func() snapshot.Status { return s }, locked))
		if diff := difference(exporter(t, metrics), want); diff != "" {
			t.Error(diff)
		}
	}
	tables := []string{"RowsScanned{d.a} 7", "TableChunkCounts{d.a} 4", "TableChunksCompletedCounts{d.a} 1"}
	f(noCopy(), true, "SnapshotSkipped 1")
	f(ended, true, append(tables, "CapturedTables 2", "TotalTableCount 2", "RemainingTableCount 2", "SnapshotAborted 1", "SnapshotDurationInSeconds 90")...)
	f(complete, false, append(tables, "CapturedTables 2", "TotalTableCount 2", "SnapshotCompleted 1", "SnapshotDurationInSeconds 90")...)
	running.Ended, running.Began = time.Time{}, time.Now().Add(time.Hour) // which makes the duration negative, and not 0
	f(running, true, append(tables, "CapturedTables 2", "TotalTableCount 2", "RemainingTableCount 2", "SnapshotRunning 1", "HoldingGlobalLock 1", "SnapshotDurationInSeconds -")...)
	f(running, false, append(tables, "CapturedTables 2", "TotalTableCount 2", "RemainingTableCount 2", "SnapshotRunning 1", "SnapshotDurationInSeconds -")...)
}

// exporter are the values that are told of a snapshot, and not 0; durations that are
// not fixed as "-". It fails where a label or a metric is missing.
func exporter(t *testing.T, c prometheus.Collector) (out []string) {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, f := range families {
		name, ours := strings.CutPrefix(f.GetName(), "debezium_metrics_")
		if !ours {
			continue
		}
		told++
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if labels["context"] != "snapshot" || labels["plugin"] != "mysql" || labels["name"] != "shop" || labels["team"] != "x" {
				t.Errorf("%s has the labels %v", name, labels)
			}
			text := name
			if table := labels["table"]; table != "" {
				text += "{" + table + "}"
			}
			switch value := m.GetGauge().GetValue(); {
			case value < 0:
				out = append(out, text+" -")
			case value > 0:
				out = append(out, fmt.Sprintf("%s %v", text, value))
			}
		}
	}
	if told != 11 && told != 14 {
		t.Errorf("%d metrics are told", told)
	}
	return out
}

// difference is "" where two lists hold the same.
func difference(got, want []string) string {
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if slices.Equal(got, want) {
		return ""
	}
	return fmt.Sprintf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
}
