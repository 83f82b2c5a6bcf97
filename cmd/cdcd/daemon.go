package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/zap"

	"cdcd/api"
	"cdcd/cluster"
	"cdcd/connector"
	"cdcd/connector/property"
)

// daemon is a running node: raft, connectors, HTTP.
type daemon struct {
	log    *zap.Logger
	node   *cluster.Node
	runner *runner
	server *api.Server
	data   string // the node's folder

	submitted atomic.Bool // the cluster has the connectors of this node's files

	fatal chan error // what ends the process: the node's disk
}

// startDaemon starts a node. It answers HTTP from early on; the connectors come
// when it has found its cluster.
func startDaemon(ctx context.Context, s settings, log *zap.Logger) (*daemon, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	d := &daemon{log: log, data: s.daemon.Node.Data, fatal: make(chan error, 1)}
	key, err := secretKey(s.daemon, s.files)
	if err != nil {
		return nil, err
	}
	if err := d.open(ctx, s.daemon, registry); err != nil {
		return nil, err
	}
	d.runner = newRunner(ctx, d, connector.KafkaSink(s.kafka, s.daemon.Cluster.Name), connector.KafkaTopics(s.kafka), key, registry)
	if err := d.serve(ctx, s.daemon, registry); err != nil {
		return nil, errors.Join(err, d.stop())
	}
	if err := d.run(ctx, key, s.files); err != nil {
		return nil, errors.Join(err, d.stop())
	}
	return d, nil
}

// open starts raft.
func (d *daemon) open(ctx context.Context, cfg daemonConfig, registry *prometheus.Registry) (err error) {
	c := cfg.node()
	c.Logger, c.Registerer = d.log.Named("cluster"), registry
	c.OnFatal = func(err error) { d.fatal <- err }
	d.node, err = cluster.Open(ctx, c)
	return err
}

// run offers the node to the cluster, and the connectors of its files.
func (d *daemon) run(ctx context.Context, key property.Key, files []connectorFile) error {
	d.node.Run(ctx, d.runner)
	if err := d.node.WaitLeader(ctx); err != nil {
		return fmt.Errorf("wait for a leader: %w", err)
	}
	if err := d.node.Sync(ctx); err != nil {
		return err
	}
	s := submission{to: d.node, key: key, data: d.data, log: d.log}
	if err := s.submit(ctx, files); err != nil {
		return err
	}
	if err := d.node.Sync(ctx); err != nil {
		return err
	}
	d.submitted.Store(true)
	return nil
}

// serve answers HTTP.
func (d *daemon) serve(ctx context.Context, cfg daemonConfig, registry *prometheus.Registry) error {
	token, err := property.Resolve(cfg.HTTP.Token)
	if err != nil {
		return fmt.Errorf("http.token: %w", err)
	}
	d.server, err = api.Open(ctx, api.Config{
		Listen: cfg.HTTP.Listen, Gatherer: registry, Parts: d.parts,
		Cluster:    func(ctx context.Context) any { return d.node.View(ctx) },
		Connectors: connectors{governor{d.node}}, Token: token, Logger: d.log.Named("http"),
	})
	if err != nil {
		return fmt.Errorf("http.listen: %w", err)
	}
	d.log.Info("answering HTTP", zap.String("address", d.server.Addr()))
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

// How long answers under way, and handing over, may take when the process ends.
const (
	closing  = time.Second
	handOver = 5 * time.Second
)

// stop ends everything: first the connectors, which other nodes take over, since
// what they deliver on the way out still moves their offsets; then raft. HTTP
// answers until then.
func (d *daemon) stop() error {
	var errs []error
	if d.node != nil {
		ctx, cancel := context.WithTimeout(context.Background(), handOver)
		defer cancel()
		if err := d.node.Leave(ctx); err != nil {
			d.log.Warn("not every connector was handed over", zap.Error(err))
		}
	}
	if d.runner != nil {
		d.runner.manager.Close()
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
