package main

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"cdcd/connector"
)

// tallies are the metrics of every connector that ran here. A connector's go on
// counting when it runs here again, and begin anew when its tags are others. The
// methods may be called concurrently.
type tallies struct {
	mu    sync.Mutex // guards known
	known map[string]*connector.Metrics
}

var _ prometheus.Collector = (*tallies)(nil)

// of returns the metrics of a connector.
func (t *tallies) of(cfg connector.Config) *connector.Metrics {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.known[cfg.Name]
	if m == nil || !m.Tagged(cfg.MetricTags) {
		if t.known == nil {
			t.known = map[string]*connector.Metrics{}
		}
		m = connector.NewMetrics(cfg.Name, cfg.MetricTags)
		t.known[cfg.Name] = m
	}
	return m
}

// Describe tells nothing beforehand, as [connector.Metrics] does.
func (t *tallies) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (t *tallies) Collect(to chan<- prometheus.Metric) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range t.known {
		m.Collect(to)
	}
}
