package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/raft"
	"go.uber.org/zap"
)

// limits are how long the disk may take.
type limits struct {
	write    time.Duration // for one write to the raft log
	shutdown time.Duration // until raft has ended in Close
}

// patience is what a disk gets that works.
func patience() limits { return limits{write: 5 * time.Second, shutdown: 5 * time.Second} }

// Open starts a node on its data folder. A node alone bootstraps its cluster if
// the folder is empty; one of several looks for its cluster, which Open does not
// wait for, no more than for an election: see [Node.WaitLeader]. The node lives
// until Close, whatever becomes of ctx. It runs no connectors before Run.
func Open(ctx context.Context, cfg Config) (*Node, error) {
	return open(ctx, cfg, patience(), func(s store) store { return s })
}

// open is Open with something between raft and its store.
func open(ctx context.Context, cfg Config, l limits, wrap func(store) store) (*Node, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("configuration of node %q: %w", cfg.NodeID, err)
	}
	packer, err := newPacker()
	if err != nil {
		return nil, err
	}
	bolt, err := openFolder(cfg)
	if err != nil {
		return nil, err
	}
	n := &Node{
		cfg: cfg, limits: l, logger: cfg.Logger, bolt: bolt, packer: packer, liveness: newLiveness(cfg.Timing),
		failing: make(chan struct{}), closing: make(chan struct{}),
	}
	is, _, err := readIdentity(cfg.DataDir)
	if err != nil {
		return nil, errors.Join(err, bolt.Close())
	}
	n.leftOut = is.LeftOut
	n.heart = &heart{node: n, boot: uuid.NewString()}
	g := &guard{store: wrap(bolt), dir: cfg.DataDir, limit: l.write, fail: n.fail}
	notify := make(chan bool, 16)
	if err := n.openRaft(ctx, g, notify); err != nil {
		return nil, errors.Join(err, bolt.Close())
	}
	if n.metrics, err = newMetrics(cfg.Registerer, n); err != nil {
		return nil, errors.Join(fmt.Errorf("register the metrics of raft: %w", err), n.shutdown(), n.wire.Close(), bolt.Close())
	}
	n.start(ctx, notify)
	return n, nil
}

// openRaft opens the network and starts raft on what is stored.
func (n *Node) openRaft(ctx context.Context, g *guard, notify chan<- bool) (err error) {
	cfg := n.cfg.raft(notify)
	n.wire, err = openWire(ctx, wireConfig{
		Listen: n.cfg.Listen, Cluster: n.cfg.Name, Node: n.cfg.NodeID, TLS: n.cfg.TLS, Insecure: n.cfg.Insecure,
		Address: n.address, LeftOut: n.isLeftOut, Logger: n.cfg.Logger,
	})
	if err != nil {
		return err
	}
	n.gate = newGate(outlawed{newRaftStream(n.wire), n.fail})
	n.transport = newTransport(n.gate, n.cfg.Timing.Call, cfg.Logger)
	n.calls = newCalls(n.wire, n.handler(), n.logger)
	n.fsm = newFSM(n.fail)
	if err := n.startRaft(cfg, g); err != nil {
		return errors.Join(err, n.transport.Close(), n.wire.Close())
	}
	g.running.Store(true)
	n.up.Store(true)
	return nil
}

// handler knows all calls.
func (n *Node) handler() http.Handler {
	mux := http.NewServeMux()
	handle(mux, n, "hello", (*Node).serveHello)
	handle(mux, n, "beat", (*Node).serveBeat)
	handle(mux, n, "apply", (*Node).serveApply)
	handle(mux, n, "confirm", (*Node).serveConfirm)
	handle(mux, n, "index", (*Node).serveIndex)
	handle(mux, n, "load", (*Node).serveLoad)
	handle(mux, n, "stored", (*Node).serveStored)
	handle(mux, n, "tables", (*Node).serveTables)
	handle(mux, n, "history", (*Node).serveHistory)
	handle(mux, n, "join", (*Node).serveJoin)
	handle(mux, n, "back", (*Node).serveBack)
	handle(mux, n, "return", (*Node).serveReturn)
	handle(mux, n, "remove", (*Node).serveRemove)
	handle(mux, n, "transfer", (*Node).serveTransfer)
	handle(mux, n, "drain", (*Node).serveDrain)
	handle(mux, n, "view", (*Node).serveView)
	handle(mux, n, "order", (*Node).serveOrder)
	handle(mux, n, "command", (*Node).serveCommand)
	handle(mux, n, "look", (*Node).serveLook)
	handle(mux, n, "send", (*Node).serveSend)
	handle(mux, n, "deliver", (*Node).serveDeliver)
	return mux
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
	fresh, err := n.prepare(cfg, g, snapshots)
	if err != nil {
		return storageError(n.cfg.DataDir, "prepare the log", err)
	}
	if !fresh {
		n.gate.lift()
	}
	logs, err := raft.NewLogCache(512, g)
	if err != nil {
		return err
	}
	if n.raft, err = raft.NewRaft(cfg, n.fsm, logs, n.ballot, snapshots, n.transport); err != nil {
		return errors.Join(n.failed(), storageError(n.cfg.DataDir, "start raft", err))
	}
	err = n.failed()
	if !fresh {
		err = errors.Join(err, n.compareMembers())
	}
	if err != nil {
		return errors.Join(err, n.raft.Shutdown().Error())
	}
	return nil
}

// prepare makes a log that raft can start on, and tells whether it is empty. That of
// a node alone never is.
func (n *Node) prepare(cfg *raft.Config, g *guard, snapshots raft.SnapshotStore) (fresh bool, err error) {
	if fresh, err = isFresh(g, snapshots); err != nil {
		return false, err
	}
	if n.ballot, err = openBallot(g, fresh); err != nil || !fresh {
		return false, err
	}
	if len(n.cfg.Peers) < 2 {
		err = bootstrap(cfg, g, snapshots, n.transport, n.cfg.voters(n.transport.LocalAddr()))
		return false, errors.Join(err, n.ballot.open())
	}
	return true, forgetTerm(g)
}

// start runs what goes on beside raft.
func (n *Node) start(ctx context.Context, notify <-chan bool) {
	ctx, n.stop = context.WithCancel(context.WithoutCancel(ctx))
	n.mirrors = newMirrors(n.Apply, n.cfg.MirrorInterval, n.logger, n.metrics)
	n.mirrors.start(ctx)
	seen := make(chan raft.Observation, 16)
	n.raft.RegisterObserver(raft.NewObserver(seen, false, func(o *raft.Observation) bool {
		_, leader := o.Data.(raft.LeaderObservation)
		return leader
	}))
	n.tasks.Go(func() { _ = n.calls.server.Serve(n.wire.listener(forCalls)) })
	n.tasks.Go(func() { n.watchLeadership(ctx, notify) })
	n.tasks.Go(func() { n.watchLeader(ctx, seen) })
	n.tasks.Go(func() { n.watchStalls(ctx) })
	n.tasks.Go(n.leadAlone)
	n.tasks.Go(func() { n.watchFailure(ctx) })
	if n.ballot.closed.Load() {
		n.tasks.Go(func() { (&seeker{node: n}).run(ctx) })
	}
}

// leadAlone has a node that is the only voter elect itself at once. Raft would wait for
// one or two heartbeat timeouts first, in which nobody else can be heard. If it fails,
// raft does so all the same.
func (n *Node) leadAlone() {
	configuration := n.raft.GetConfiguration()
	if configuration.Error() != nil {
		return
	}
	voters := slices.DeleteFunc(slices.Clone(configuration.Configuration().Servers), func(s raft.Server) bool { return s.Suffrage != raft.Voter })
	if len(voters) != 1 || voters[0].ID != raft.ServerID(n.cfg.NodeID) {
		return
	}
	self := raft.RPCHeader{ProtocolVersion: raft.ProtocolVersionMax, ID: []byte(n.cfg.NodeID), Addr: []byte(n.transport.LocalAddr())}
	var answer raft.TimeoutNowResponse
	err := n.transport.TimeoutNow(voters[0].ID, n.transport.LocalAddr(), &raft.TimeoutNowRequest{RPCHeader: self}, &answer)
	if err != nil {
		n.logger.Info("a node alone waits for an election", zap.Error(err))
	}
	n.transport.CloseStreams() // nobody else is there to call
}

// Run has the cluster place connectors on this node, and the runner run them,
// until Close, whatever becomes of ctx. It is called once.
func (n *Node) Run(ctx context.Context, r Runner) {
	n.runner.Store(&r)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	n.tasks.Go(func() { <-n.closing; cancel() })
	n.tasks.Go(func() { n.heart.run(ctx) })
	n.tasks.Go(func() { (&placer{node: n}).run(ctx) })
	n.tasks.Go(func() {
		(&assigner{node: n, since: map[string]sighting{}}).run(ctx)
	})
}
