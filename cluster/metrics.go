package cluster

import (
	"time"

	"github.com/hashicorp/raft"
	"github.com/prometheus/client_golang/prometheus"

	"cdcd/offsets"
)

// metrics is what a node counts.
type metrics struct {
	registerer prometheus.Registerer
	collectors []prometheus.Collector

	commit         prometheus.Histogram
	mirrors        prometheus.Counter
	mirrorFailures prometheus.Counter
}

// newMetrics registers the metrics of a node.
func newMetrics(reg prometheus.Registerer, n *Node) (*metrics, error) {
	m := &metrics{registerer: reg}
	opts := func(name, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "cdcd", Subsystem: "raft", Name: name, Help: help}
	}
	gauge := func(name, help string, f func() float64) {
		m.collectors = append(m.collectors, prometheus.NewGaugeFunc(prometheus.GaugeOpts(opts(name, help)), f))
	}
	gauge("leader", "1 while this node leads the cluster.", func() float64 { return boolean(n.raft.State() == raft.Leader) })
	gauge("term", "Election term; it grows with every election.", func() float64 { return float64(n.raft.CurrentTerm()) })
	gauge("applied_index", "Index of the last command applied on this node.", func() float64 {
		var index uint64
		n.Read(func(s *offsets.State) { index = s.Index() })
		return float64(index)
	})
	m.commit = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: "cdcd", Subsystem: "raft", Name: "commit_seconds", Help: "Time from sending a command to its being applied here.",
		Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
	})
	m.mirrors = prometheus.NewCounter(prometheus.CounterOpts(opts("mirrors_total", "Commands that stored how far connectors have got.")))
	m.mirrorFailures = prometheus.NewCounter(prometheus.CounterOpts(opts("mirror_failures_total", "Those that failed; they are repeated unless refused.")))
	m.collectors = append(m.collectors, m.commit, m.mirrors, m.mirrorFailures)
	return m, m.register()
}

func (m *metrics) register() error {
	for i, c := range m.collectors {
		if err := m.registerer.Register(c); err != nil {
			m.collectors = m.collectors[:i]
			m.unregister()
			return err
		}
	}
	return nil
}

// committed notes how long a command took.
func (m *metrics) committed(began time.Time) { m.commit.Observe(time.Since(began).Seconds()) }

// unregister lets another node use the registry.
func (m *metrics) unregister() {
	for _, c := range m.collectors {
		m.registerer.Unregister(c)
	}
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
