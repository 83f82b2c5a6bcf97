package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/raft"
)

// limits are how long the disk may take.
type limits struct {
	write    time.Duration // for one write to the raft log
	shutdown time.Duration // until raft has ended in Close
}

// patience is what a disk gets that works.
func patience() limits { return limits{write: 5 * time.Second, shutdown: 5 * time.Second} }

// rpcTimeout bounds calls between nodes: a black hole must look like silence.
const rpcTimeout = 500 * time.Millisecond

// Open starts a node on its data folder, and bootstraps the cluster if the
// folder is empty. It does not wait for an election: see [Node.WaitLeader]. The
// node lives until Close, whatever becomes of ctx.
func Open(ctx context.Context, cfg Config) (*Node, error) {
	return open(ctx, cfg, patience(), func(s store) store { return s })
}

// open is Open with something between raft and its store.
func open(ctx context.Context, cfg Config, l limits, wrap func(store) store) (*Node, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("configuration of node %q: %w", cfg.NodeID, err)
	}
	bolt, err := openFolder(cfg)
	if err != nil {
		return nil, err
	}
	n := &Node{cfg: cfg, limits: l, logger: cfg.Logger, bolt: bolt, failing: make(chan struct{}), closing: make(chan struct{})}
	g := &guard{store: wrap(bolt), dir: cfg.DataDir, limit: l.write, fail: n.fail}
	notify := make(chan bool, 16)
	if err := n.openRaft(ctx, g, notify); err != nil {
		return nil, errors.Join(err, bolt.Close())
	}
	if n.metrics, err = newMetrics(cfg.Registerer, n); err != nil {
		return nil, errors.Join(fmt.Errorf("register the metrics of raft: %w", err), n.shutdown(), bolt.Close())
	}
	n.start(ctx, notify)
	return n, nil
}

// openRaft opens the network and starts raft on what is stored.
func (n *Node) openRaft(ctx context.Context, g *guard, notify chan<- bool) error {
	stream, err := listen(ctx, n.cfg.Listen)
	if err != nil {
		return err
	}
	cfg := n.cfg.raft(notify)
	transport := raft.NetworkTransportConfig{
		Stream: stream, MaxPool: 3, Timeout: rpcTimeout, Logger: cfg.Logger,
	}
	if len(n.cfg.Peers) > 0 {
		transport.ServerAddressProvider = addresses(n.cfg.Peers)
	}
	n.transport = raft.NewNetworkTransportWithConfig(&transport)
	n.fsm = newFSM(n.fail)
	if err := n.startRaft(cfg, g); err != nil {
		return errors.Join(err, n.transport.Close())
	}
	g.running.Store(true)
	return nil
}

// startRaft restores the state. Raft panics on a log with a hole and on one that
// cannot be written; that is an error here. A snapshot that cannot be read is one
// too, even where raft finds an older one.
func (n *Node) startRaft(cfg *raft.Config, g *guard) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = storageError(n.cfg.DataDir, "start raft", fmt.Errorf("%v", p))
		}
	}()
	snapshots, err := raft.NewFileSnapshotStoreWithLogger(n.cfg.DataDir, 2, cfg.Logger)
	if err != nil {
		return storageError(n.cfg.DataDir, "open the snapshots", err)
	}
	if err := bootstrap(cfg, g, snapshots, n.transport, n.cfg.voters(n.transport.LocalAddr())); err != nil {
		return storageError(n.cfg.DataDir, "bootstrap", err)
	}
	logs, err := raft.NewLogCache(512, g)
	if err != nil {
		return err
	}
	if n.raft, err = raft.NewRaft(cfg, n.fsm, logs, g, snapshots, n.transport); err != nil {
		return errors.Join(n.failed(), storageError(n.cfg.DataDir, "start raft", err))
	}
	if err := errors.Join(n.failed(), n.compareMembers()); err != nil {
		return errors.Join(err, n.raft.Shutdown().Error())
	}
	return nil
}

// start runs what goes on beside raft.
func (n *Node) start(ctx context.Context, notify <-chan bool) {
	ctx, n.stop = context.WithCancel(context.WithoutCancel(ctx))
	n.mirrors = newMirrors(n.Apply, n.cfg.MirrorInterval, n.logger, n.metrics)
	n.mirrors.start(ctx)
	n.tasks.Go(func() { n.watchLeadership(ctx, notify) })
	n.tasks.Go(func() { n.watchFailure(ctx) })
}
