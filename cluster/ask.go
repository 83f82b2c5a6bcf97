package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/raft"

	"cdcd/offsets"
)

// ask has the leader answer, be it this node or another. It waits through
// elections, for as long as ctx allows: what is asked may be asked again.
func ask[In, Out any](ctx context.Context, n *Node, name string, serve func(*Node, context.Context, In) (Out, error), in In) (Out, error) {
	for {
		out, err := askOnce(ctx, n, name, serve, in)
		if err == nil || !isRetryable(err) || ctx.Err() != nil {
			return out, err
		}
		if !pause(ctx, retryPause) {
			return out, fmt.Errorf("%w: %w", err, context.Cause(ctx))
		}
	}
}

// askOnce does not wait for a leader. A call under way ends when there is another
// one.
func askOnce[In, Out any](ctx context.Context, n *Node, name string, serve func(*Node, context.Context, In) (Out, error), in In) (out Out, err error) {
	if err := n.failed(); err != nil {
		return out, fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
	}
	changed := n.leaderChanged.wait()
	leader := n.leader()
	switch leader {
	case "":
		return out, n.notLeader()
	case n.cfg.NodeID:
		return serve(n, ctx, in)
	}
	ctx, cancel := n.until(ctx, changed)
	defer cancel()
	ctx, stop := context.WithTimeout(ctx, 4*n.cfg.Timing.Call)
	defer stop()
	return call[In, Out](ctx, n.calls, leader, name, in)
}

// until returns a context that ends when a channel is closed, too, or the node.
func (n *Node) until(ctx context.Context, changed <-chan struct{}) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-changed:
		case <-n.closing:
		case <-n.failing:
		case <-ctx.Done():
		}
		cancel()
	}()
	return ctx, cancel
}

// leader is the id of the leader, "" while there is none.
func (n *Node) leader() string {
	_, id := n.raft.LeaderWithID()
	return string(id)
}

// notLeader says why nobody can be asked.
func (n *Node) notLeader() error {
	if n.raft.State() == raft.Shutdown {
		return fmt.Errorf("%w: %w", ErrOutcomeUnknown, ErrClosed)
	}
	return fmt.Errorf("%w, and there is none", ErrNotLeader)
}

// Apply has a command committed and applied by the leader, and returns the
// refusal if it was refused. It waits through elections. After an
// [ErrOutcomeUnknown], which the end of ctx is one of, the command may be sent
// again. This node may apply it later than Apply returns.
func (n *Node) Apply(ctx context.Context, c offsets.Command) error {
	frame, err := offsets.Encode(c)
	if err != nil {
		return err
	}
	if _, err = ask(ctx, n, "apply", (*Node).serveApply, frame); err != nil {
		return fmt.Errorf("apply %T: %w", c, err)
	}
	return nil
}

// claim asks for a connector in a generation.
type claim struct {
	Connector  string             `json:"connector"`
	Generation offsets.Generation `json:"generation"`
	Node       string             `json:"node"`
}

// Confirm returns nil if the connector is placed on this node by a generation, as
// the leader has it at a moment of the call. It never answers from a clock.
func (n *Node) Confirm(ctx context.Context, connector string, g offsets.Generation) error {
	if _, err := ask(ctx, n, "confirm", (*Node).serveConfirm, claim{connector, g, n.cfg.NodeID}); err != nil {
		return fmt.Errorf("confirm generation %d of connector %s: %w", g, connector, err)
	}
	return nil
}

// Sync makes Read show everything that was committed before the call.
func (n *Node) Sync(ctx context.Context) error {
	index, err := ask(ctx, n, "index", (*Node).serveIndex, nothing{})
	if err != nil {
		return err
	}
	return n.reached(ctx, index)
}

// reached waits until this node has applied a command.
func (n *Node) reached(ctx context.Context, index uint64) error {
	for {
		changed := n.fsm.changed.wait()
		if n.fsm.index() >= index {
			return nil
		}
		select {
		case <-changed:
		case <-n.closing:
			return ErrClosed
		case <-n.failing:
			return n.failed()
		case <-ctx.Done():
			return fmt.Errorf("wait for entry %d of the raft log: %w", index, context.Cause(ctx))
		}
	}
}

type nothing struct{}

// serveApply, serveConfirm, serveIndex, serveLoad and serveTables answer as the leader.

func (n *Node) serveApply(ctx context.Context, frame []byte) (nothing, error) {
	if _, err := offsets.Decode(frame); err != nil {
		return nothing{}, err // not into the log, which would halt on it
	}
	return nothing{}, n.propose(ctx, frame)
}

func (n *Node) serveConfirm(ctx context.Context, c claim) (nothing, error) {
	err := n.barrier(ctx)
	if err == nil {
		n.Read(func(s *offsets.State) { err = s.Owns(c.Node, c.Connector, c.Generation) })
	}
	return nothing{}, err
}

func (n *Node) serveIndex(ctx context.Context, _ nothing) (uint64, error) {
	if err := n.barrier(ctx); err != nil {
		return 0, err
	}
	return n.fsm.index(), nil
}

func (n *Node) serveLoad(ctx context.Context, connector string) (Stored, error) {
	if err := n.barrier(ctx); err != nil {
		return Stored{}, err
	}
	var o Stored
	n.Read(func(s *offsets.State) {
		o = Stored{
			Offset: s.Offset(connector), Writer: s.Writer(connector), Session: s.Session(connector), Tables: s.NewestTable(connector),
			Generation: s.Generation(connector), Node: s.Placement(connector).Node,
		}
	})
	return o, nil
}

func (n *Node) serveTables(ctx context.Context, q tablesAfter) (page tablesPage, err error) {
	if err := n.barrier(ctx); err != nil {
		return page, err
	}
	size := 0
	n.Read(func(s *offsets.State) {
		for _, t := range s.Tables(q.Connector, s.NewestTable(q.Connector)) {
			if t.Version <= q.After {
				continue
			}
			if last := len(page.Tables) - 1; size > maxPage && page.Tables[last].Version != t.Version {
				page.More = true
				return
			}
			page.Tables, size = append(page.Tables, t), size+t.Size()
		}
	})
	return page, nil
}

// decide has a command of the leader's own committed and applied.
func (n *Node) decide(ctx context.Context, c offsets.Command) error {
	frame, err := offsets.Encode(c)
	if err != nil {
		return err
	}
	return n.propose(ctx, frame)
}

// propose commits a command as the leader.
func (n *Node) propose(ctx context.Context, frame []byte) error {
	began := time.Now()
	var f raft.ApplyFuture
	err := n.await(ctx, func() raft.Future {
		f = n.raft.Apply(frame, 0)
		return f
	})
	if err != nil {
		return err
	}
	n.metrics.committed(began)
	refusal, _ := f.Response().(error)
	return refusal
}

// isRetryable tells whether sending the same command again may help. A refusal
// or a failed disk stays what it is; an election passes.
func isRetryable(err error) bool {
	if errors.Is(err, ErrClosed) || errors.Is(err, ErrStorage) {
		return false
	}
	return errors.Is(err, ErrNotLeader) || errors.Is(err, ErrOutcomeUnknown)
}
