package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"cdcd/cluster"
	"cdcd/connector"
	"cdcd/connector/property"
	"cdcd/connector/signal"
	"cdcd/offsets"
)

// runner runs the connectors that the cluster places on this node.
type runner struct {
	node    *cluster.Node
	sinks   connector.SinkOpener
	topics  connector.TopicOpener
	key     property.Key
	data    string // the node's folder
	log     *zap.Logger
	manager *connector.Manager

	definitions definitions
	turns       connector.Turns
	tallies     tallies
	loads       map[string]*load // Reports' own
}

var _ cluster.Runner = (*runner)(nil)

func newRunner(ctx context.Context, d *daemon, sinks connector.SinkOpener, topics connector.TopicOpener, key property.Key, registry prometheus.Registerer) *runner {
	r := &runner{
		node: d.node, sinks: sinks, topics: topics, key: key, data: d.data, log: d.log,
		turns: connector.NewTurns(), loads: map[string]*load{},
	}
	registry.MustRegister(&r.tallies)
	r.manager = connector.NewManager(ctx, r.build)
	return r
}

// Assign has the manager run what is placed here.
func (r *runner) Assign(all []cluster.Assignment, granted bool) {
	jobs := make([]connector.Job, len(all))
	for i, a := range all {
		jobs[i] = connector.Job{
			Name: a.Connector, Generation: uint64(a.Generation), Revision: a.Revision, Config: a.Config, HandingOver: a.HandingOver,
		}
	}
	r.manager.Assign(jobs, granted)
}

// build makes a connector of what the cluster stores.
func (r *runner) build(j connector.Job) (*connector.Connector, error) {
	props, err := openConfig(r.key, j.Name, j.Config)
	if err != nil {
		return nil, err
	}
	cfg, err := parseConnector(r.log, j.Name, props)
	if err != nil {
		return nil, err
	}
	return connector.New(cfg, connector.Deps{
		Store: raftStore{r.node.Store(j.Name, offsets.Generation(j.Generation)), &r.definitions}, OpenSink: r.sinks, OpenTopic: r.topics, Metrics: r.tallies.of(cfg), SpillDir: r.data, Turns: r.turns,
		Logger: r.log.With(zap.String("connector", j.Name), zap.Uint64("generation", j.Generation)),
	}), nil
}

// Reports says how the connectors are that run here.
func (r *runner) Reports() map[string]cluster.Report {
	out := map[string]cluster.Report{}
	for _, run := range r.manager.Runs() {
		report := cluster.Report{
			Generation: offsets.Generation(run.Generation), Phase: string(run.Phase),
			N: run.State.N, LagSeconds: run.LagSeconds, Load: r.load(run),
		}
		if why := run.Reason(); why != nil {
			report.Error = why.Error()
		}
		if !run.State.Position.IsZero() {
			report.Position = run.State.Position.String()
		}
		out[run.Name] = report
	}
	return out
}

// Deliver gives a signal to a connector that runs here.
func (r *runner) Deliver(ctx context.Context, name string, message []byte) error {
	s, err := signal.ParseMessage(message)
	if err != nil {
		return err
	}
	return renamed(r.manager.Signal(ctx, name, s))
}

// openConfig is the inverse of sealConfig.
func openConfig(key property.Key, name string, config []byte) (property.Map, error) {
	var sealed property.Map
	if err := json.Unmarshal(config, &sealed); err != nil {
		return nil, fmt.Errorf("the stored configuration of connector %s: %w", name, err)
	}
	props, err := key.Open(name, sealed)
	if err != nil {
		return nil, fmt.Errorf("the stored configuration of connector %s:\n%w", name, err)
	}
	return props, nil
}

// sealConfig is what the cluster stores of a configuration: nothing secret can be
// read in it.
func sealConfig(key property.Key, name string, props property.Map) ([]byte, error) {
	sealed, err := key.Seal(name, props)
	if err != nil {
		return nil, fmt.Errorf("connector %s:\n%w", name, err)
	}
	return json.Marshal(sealed)
}
