package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/zap"

	"cdcd/api"
	"cdcd/cluster"
	"cdcd/connector"
)

// daemon is a running node: raft, connectors, HTTP.
type daemon struct {
	log     *zap.Logger
	node    *cluster.Node
	manager *connector.Manager
	server  *api.Server
	data    string     // the node's folder
	fatal   chan error // what ends the process: the node's disk
}

// startDaemon starts a node with its connectors.
func startDaemon(ctx context.Context, s settings, log *zap.Logger) (*daemon, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	d := &daemon{log: log, data: s.daemon.Node.Data, fatal: make(chan error, 1)}
	if err := d.open(ctx, s.daemon, registry); err != nil {
		return nil, err
	}
	if err := d.run(ctx, s.connectors, connector.KafkaSink(s.kafka, s.daemon.Cluster.Name), registry); err != nil {
		return nil, errors.Join(err, d.stop())
	}
	if err := d.serve(ctx, s.daemon.HTTP.Listen, registry); err != nil {
		return nil, errors.Join(err, d.stop())
	}
	return d, nil
}

// open starts raft and waits until it has a leader.
func (d *daemon) open(ctx context.Context, cfg daemonConfig, registry *prometheus.Registry) error {
	node, err := cluster.Open(ctx, cluster.Config{
		NodeID: cfg.Node.ID, DataDir: cfg.Node.Data, Name: cfg.Cluster.Name,
		Listen: cfg.Cluster.Listen, Peers: cfg.Cluster.Peers,
		Logger: d.log.Named("cluster"), Registerer: registry,
		OnFatal: func(err error) { d.fatal <- err },
	})
	if err != nil {
		return err
	}
	d.node = node
	if err := node.WaitLeader(ctx); err != nil {
		return errors.Join(fmt.Errorf("wait for a leader: %w", err), d.stop())
	}
	return nil
}

// generation is that of the only placement there is while a node is alone.
const generation = 1

// run starts the connectors.
func (d *daemon) run(ctx context.Context, configs []connector.Config, sinks connector.SinkOpener, registry *prometheus.Registry) error {
	var all []*connector.Connector
	for _, cfg := range configs {
		metrics, err := connector.NewMetrics(registry, cfg.Name)
		if err != nil {
			return err
		}
		store, err := d.node.Store(cfg.Name, generation)
		if err != nil {
			return err
		}
		all = append(all, connector.New(cfg, connector.Deps{
			Store: raftStore{store}, OpenSink: sinks, Metrics: metrics,
			SpillDir: d.data,
			Logger:   d.log.With(zap.String("connector", cfg.Name)),
		}))
	}
	d.manager = connector.NewManager(all...)
	d.manager.Start(ctx)
	return nil
}

// serve answers HTTP.
func (d *daemon) serve(ctx context.Context, listen string, registry *prometheus.Registry) error {
	server, err := api.Open(ctx, api.Config{Listen: listen, Gatherer: registry, Parts: d.parts(), Logger: d.log.Named("http")})
	if err != nil {
		return fmt.Errorf("http.listen: %w", err)
	}
	d.server = server
	d.log.Info("answering HTTP", zap.String("address", server.Addr()))
	return nil
}

// wait returns nil when ctx ends, or what ends the process.
func (d *daemon) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-d.fatal:
		return err
	}
}

// closing bounds how long answers under way may take when the process ends.
const closing = time.Second

// stop ends everything: first the connectors, since what they deliver on the
// way out still moves their offsets; then raft. HTTP answers until then.
func (d *daemon) stop() error {
	var errs []error
	if d.manager != nil {
		d.manager.Close()
	}
	if d.node != nil {
		errs = append(errs, d.node.Close())
	}
	if d.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closing)
		defer cancel()
		errs = append(errs, d.server.Close(ctx))
	}
	return errors.Join(errs...)
}
