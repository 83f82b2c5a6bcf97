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
// From then on whoever could still count its vote lacks a committed entry, and so
// gets no majority.

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

// contact finds the cluster of a node with an empty data folder, and opens the
// gate. Until then the node is not ready.
func (n *Node) contact(ctx context.Context) {
	said, twin := "", endurance{}
	for {
		why, err := n.greet(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && why == "":
			n.gate.lift()
			n.waitsFor.Store(nil)
			return
		case errors.Is(err, ErrTwin) && twin.lasts(5*n.cfg.Timing.Silence):
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

// greet asks the others once. It returns what it waits for, "" when the gate may
// be opened.
func (n *Node) greet(ctx context.Context) (why string, err error) {
	greetings, silent := n.greetAll(ctx)
	var begun []string
	for _, h := range greetings {
		if h.Begun {
			begun = append(begun, h.Node)
		}
	}
	if len(begun) > 0 {
		return n.reunite(ctx, begun)
	}
	for _, h := range greetings {
		if !slices.Equal(h.Peers, n.peers()) {
			return "", fmt.Errorf("%w: %s has %s, and %s has %s", ErrPeers, n.cfg.NodeID, strings.Join(n.peers(), ", "), h.Node, strings.Join(h.Peers, ", "))
		}
	}
	if len(silent) > 0 {
		return "the cluster starts for the first time when all of its nodes run; waiting for " + strings.Join(silent, ", "), nil
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
func (n *Node) reunite(ctx context.Context, begun []string) (why string, err error) {
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
	if is.Member {
		return "", nil
	}
	n.gate.lift()
	return fmt.Sprintf("node %s is no member of the cluster; make it one with: cdcd cluster join --node %s --address <host:port>", n.cfg.NodeID, n.cfg.NodeID), nil
}

func (n *Node) back(ctx context.Context, through string) (standing, error) {
	ctx, cancel := context.WithTimeout(ctx, memberTimeout)
	defer cancel()
	return call[member, standing](ctx, n.calls, through, "back", member{Node: n.cfg.NodeID, Boot: n.heart.boot})
}
