package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
	"go.uber.org/zap"

	"cdcd/offsets"
)

// Node is one member of the cluster. Its methods may be called concurrently.
type Node struct {
	cfg    Config
	limits limits
	logger *zap.Logger

	raft      *raft.Raft
	fsm       *fsm
	wire      *wire
	calls     *calls
	gate      *gate
	transport transport
	ballot    *ballot
	bolt      closer
	packer    *packer
	metrics   *metrics
	mirrors   *mirrors
	lead      leadership
	liveness  *liveness  // of the others, while this node leads
	governing sync.Mutex // held by a leader that decides about nodes: who lives, and who is none any more
	heart     *heart
	runner    atomic.Pointer[Runner] // nil until Run
	leftOut   []string               // of the cluster, when it was recovered on this node
	up        atomic.Bool            // raft has read its log

	leaderChanged signal
	waitsFor      atomic.Pointer[string] // why the cluster was not found yet

	failure atomic.Pointer[error] // why the node cannot go on
	failing chan struct{}         // closed when there is a failure
	closing chan struct{}         // closed when raft is shut down

	stop  context.CancelFunc
	tasks sync.WaitGroup
	close sync.Once
	ended error // what Close returned
}

type closer interface{ Close() error }

// Read shows the state of this node, which may lag behind the leader's. The
// function must not keep the state, nor wait for anything.
func (n *Node) Read(look func(*offsets.State)) { n.fsm.read(look) }

// WaitLeader waits until this node leads and is ready to, or follows a leader.
func (n *Node) WaitLeader(ctx context.Context) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := n.Ready()
		if err == nil || n.failed() != nil || errors.Is(err, ErrClosed) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", err, context.Cause(ctx))
		}
	}
}

// barrier makes Read show everything that was committed before the call. It
// commits an entry, so a majority agrees, after the call began, that this node
// leads; raft's VerifyLeader would ask the same majority without the entry.
func (n *Node) barrier(ctx context.Context) error {
	return n.await(ctx, func() raft.Future { return n.raft.Barrier(0) })
}

// await waits for raft, which knows no contexts and waits for a disk that hangs.
// Nor does it answer everything that is asked while it shuts down.
func (n *Node) await(ctx context.Context, start func() raft.Future) error {
	done := make(chan error, 1)
	go func() { done <- start().Error() }()
	select {
	case err := <-done:
		return translate(err)
	case <-n.failing:
		return fmt.Errorf("%w: %w", ErrOutcomeUnknown, n.failed())
	case <-n.closing:
		return fmt.Errorf("%w: %w", ErrOutcomeUnknown, ErrClosed)
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrOutcomeUnknown, context.Cause(ctx))
	}
}

// fail reports what the node cannot go on from. The first report counts.
func (n *Node) fail(err error) {
	if n.failure.CompareAndSwap(nil, &err) {
		close(n.failing)
	}
}

// failed returns what was reported.
func (n *Node) failed() error {
	if err := n.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// watchFailure passes the report on. It may come from a goroutine of raft, where
// OnFatal must not wait for raft to end.
func (n *Node) watchFailure(ctx context.Context) {
	select {
	case <-n.failing:
		n.cfg.OnFatal(n.failed())
	case <-ctx.Done():
	}
}

// Close writes what is mirrored, hands the leadership over and ends the node. It
// may be called more than once.
func (n *Node) Close() error {
	n.close.Do(func() { n.ended = n.end() })
	return n.ended
}

func (n *Node) end() error {
	n.mirrors.close() // needs raft
	n.handOver()
	close(n.closing)
	n.stop()
	err := n.shutdown()
	n.calls.close()
	n.tasks.Wait()
	err = errors.Join(err, n.wire.Close())
	n.metrics.unregister()
	if err != nil {
		return err // closing the store would wait for the write that hangs
	}
	return n.bolt.Close()
}

// handOver makes another node the leader at once, where there is one.
func (n *Node) handOver() {
	if others, err := n.members(); n.raft.State() != raft.Leader || err != nil || len(others) < 2 || n.failed() != nil {
		return
	}
	err := within(n.limits.shutdown, func() error { return n.raft.LeadershipTransfer().Error() })
	if err != nil {
		n.logger.Warn("handing over the leadership failed", zap.Error(err))
	}
}

// shutdown ends raft, which never does while the disk hangs. Raft waits for the
// calls that it makes, and those to a node that ends, too, are answered by nobody.
func (n *Node) shutdown() error {
	err := within(n.limits.shutdown, func() error {
		end := n.raft.Shutdown()
		n.wire.end(forRaft)
		return end.Error()
	})
	if err != nil {
		return errors.Join(fmt.Errorf("%w: end raft: %w", ErrStorage, err), n.transport.Close())
	}
	return nil
}

// within waits for f no longer than d.
func within(d time.Duration, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case err := <-done:
		return err
	case <-t.C:
		return fmt.Errorf("not done within %s", d)
	}
}
