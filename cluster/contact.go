package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/raft"
	"go.uber.org/zap"
)

// A node with an empty data folder is either one of a cluster that starts for the
// first time, or one that has lost what it knew: votes that it gave, and entries
// that it acknowledged. The second must not vote as if it were the first. So it
// asks every other node before raft gets to talk to anybody:
//
//	all are new, and name the same nodes    the cluster begins with all of them
//	one knows a cluster that has begun      its leader decides, see below
//	some do not answer, and none of those   it waits
//
// The first start so needs every node of cluster.peers; no later one does.
//
// What others know of the membership may be old, and this node may be a voter
// since. So the leader alone says what the node is, and what it says is committed:
//
//	a voter       it has lost its data folder: the leader takes its vote, sends it
//	              the log, and lets it vote again when it has caught up
//	no voter      it gets the log
//	no member     it waits until it is made one
//
// Then raft may talk. The node gives no vote before it has applied what was committed
// when the leader answered: see ballot. From then on it is a node like any other.

// hello is what a node says of itself to another one, before anything else.
type hello struct {
	Node  string   `json:"node"`
	Peers []string `json:"peers"` // configured, in order
	Begun bool     `json:"begun"` // its cluster has had a leader
}

// serveHello answers as the node that was asked, leader or not.
func (n *Node) serveHello(context.Context, nothing) (hello, error) {
	return hello{Node: n.cfg.NodeID, Peers: n.peers(), Begun: n.raft.LastIndex() > 1}, nil
}

// peers are the configured nodes.
func (n *Node) peers() []string { return slices.Sorted(maps.Keys(n.cfg.Peers)) }

// gate keeps raft from talking to anybody until it is opened.
type gate struct {
	raft.StreamLayer

	opened chan struct{}
	open   sync.Once
}

func newGate(s raft.StreamLayer) *gate { return &gate{StreamLayer: s, opened: make(chan struct{})} }

func (g *gate) lift() { g.open.Do(func() { close(g.opened) }) }

func (g *gate) isOpen() bool {
	select {
	case <-g.opened:
		return true
	default:
		return false
	}
}

// errClosedGate is why raft reaches nobody yet.
var errClosedGate = errors.New("this node has not found its cluster yet")

// Accept waits for the gate, and for a connection. Connections of before are
// closed when raft gives up on them.
func (g *gate) Accept() (net.Conn, error) {
	c, err := g.StreamLayer.Accept()
	for err == nil && !g.isOpen() {
		_ = c.Close()
		c, err = g.StreamLayer.Accept()
	}
	return c, err
}

// Dial connects to another node, through an open gate.
func (g *gate) Dial(address raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	if !g.isOpen() {
		return nil, errClosedGate
	}
	return g.StreamLayer.Dial(address, timeout)
}

// seeker finds the cluster of a node with an empty data folder.
type seeker struct {
	node     *Node
	twin     endurance
	outsider bool // the leader said that the node is no member
}

// run opens the gate, and then the ballot. Until then the node is not ready.
func (s *seeker) run(ctx context.Context) {
	n, said := s.node, ""
	for {
		why, err := s.step(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && why == "":
			n.gate.lift()
			n.waitsFor.Store(nil)
			return
		case errors.Is(err, ErrTwin) && s.twin.lasts(5*n.cfg.Timing.Silence):
			why = err.Error() // the process before may just have ended
		case err != nil && !isRetryable(err):
			n.fail(err)
			return
		case err != nil:
			why = err.Error()
		}
		if why != said {
			n.logger.Info("looking for the cluster", zap.String("state", why))
			said = why
		}
		n.waitsFor.Store(&why)
		if !pause(ctx, n.cfg.Timing.Beat) {
			return
		}
	}
}

// step returns what the node waits for, "" when it is one like any other.
func (s *seeker) step(ctx context.Context) (why string, err error) {
	if s.node.gate.isOpen() {
		return s.recall()
	}
	return s.greet(ctx)
}

// greet asks the others once.
func (s *seeker) greet(ctx context.Context) (why string, err error) {
	n := s.node
	greetings, silent := n.greetAll(ctx)
	var begun []string
	for _, h := range greetings {
		if h.Begun {
			begun = append(begun, h.Node)
		}
	}
	if len(begun) > 0 {
		return s.reunite(ctx, begun)
	}
	for _, h := range greetings {
		if !slices.Equal(h.Peers, n.peers()) {
			return "", fmt.Errorf("%w: %s has %s, and %s has %s", ErrPeers, n.cfg.NodeID, strings.Join(n.peers(), ", "), h.Node, strings.Join(h.Peers, ", "))
		}
	}
	if len(silent) > 0 {
		return "the cluster starts for the first time when all of its nodes run; waiting for " + strings.Join(silent, ", "), nil
	}
	if err := n.ballot.open(); err != nil {
		return "", err
	}
	return "", n.await(ctx, func() raft.Future { return n.raft.BootstrapCluster(n.cfg.voters(raft.ServerAddress(n.cfg.Listen))) })
}

// greetAll asks all other configured nodes at once.
func (n *Node) greetAll(ctx context.Context) (greetings []hello, silent []string) {
	ctx, cancel := context.WithTimeout(ctx, n.cfg.Timing.Call)
	defer cancel()
	var wg sync.WaitGroup
	var mu sync.Mutex
	for _, peer := range n.peers() {
		if peer == n.cfg.NodeID {
			continue
		}
		wg.Go(func() {
			h, err := call[nothing, hello](ctx, n.calls, peer, "hello", nothing{})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				silent = append(silent, fmt.Sprintf("%s (%v)", peer, err))
				return
			}
			greetings = append(greetings, h)
		})
	}
	wg.Wait()
	slices.Sort(silent)
	return greetings, silent
}

// reunite has the leader of a cluster that has begun say what this node is in it.
// One of the nodes that are asked knows where the leader is.
func (s *seeker) reunite(ctx context.Context, begun []string) (why string, err error) {
	n := s.node
	var is standing
	for _, node := range begun {
		is, err = n.back(ctx, node)
		if err == nil || !isRetryable(err) {
			break
		}
	}
	if err != nil {
		return "", fmt.Errorf("this node's data folder is empty, and the cluster does not take it back yet: %w", err)
	}
	if err := n.ballot.until(is.From); err != nil {
		return "", err
	}
	s.outsider = !is.Member
	n.gate.lift()
	return s.recall()
}

// recall waits for the log, and opens the ballot when there is enough of it.
func (s *seeker) recall() (why string, err error) {
	n := s.node
	switch {
	case n.raft.AppliedIndex() >= n.ballot.from.Load():
		return "", n.ballot.open()
	case s.outsider && n.raft.LastIndex() == 0:
		return fmt.Sprintf("node %s is no member of the cluster; make it one with: cdcd cluster join --node %s --address <host:port>", n.cfg.NodeID, n.cfg.NodeID), nil
	}
	return "this node's data folder was empty; it is getting the log anew", nil
}

func (n *Node) back(ctx context.Context, through string) (standing, error) {
	ctx, cancel := context.WithTimeout(ctx, memberTimeout)
	defer cancel()
	return call[member, standing](ctx, n.calls, through, "back", member{Node: n.cfg.NodeID, Boot: n.heart.boot})
}
