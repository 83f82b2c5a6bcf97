package cluster

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/raft"
	"go.uber.org/zap"
)

// establishTimeout bounds what a new leader does before it is ready.
const establishTimeout = 5 * time.Second

// leadership is what this node knows about leading.
type leadership struct {
	mu          sync.Mutex // guards what follows
	term        int        // counts the changes
	established bool
}

// change starts a new term of this node, leading or not.
func (l *leadership) change() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.term++
	l.established = false
	return l.term
}

// establish makes the node ready to lead, unless its term has passed.
func (l *leadership) establish(term int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.established = l.term == term
}

func (l *leadership) current(term int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.term == term
}

func (l *leadership) ready() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.established
}

// watchLeader tells when another node leads.
func (n *Node) watchLeader(ctx context.Context, seen <-chan raft.Observation) {
	for {
		select {
		case <-seen:
			n.leaderChanged.tell()
		case <-ctx.Done():
			return
		}
	}
}

// watchLeadership follows raft's notifications. Raft waits for the receiver, so
// it does nothing that could block.
func (n *Node) watchLeadership(ctx context.Context, notify <-chan bool) {
	for {
		select {
		case <-ctx.Done():
			return
		case leader := <-notify:
			term := n.lead.change()
			n.logger.Info("leadership changed", zap.Bool("leader", leader))
			if leader {
				n.tasks.Go(func() { n.establish(ctx, term) })
			}
		}
	}
}

// establish waits until all that earlier leaders committed is applied. A leader
// that does not come that far hands over, and if it cannot do that, ends: it
// would lead without ever doing anything.
func (n *Node) establish(ctx context.Context, term int) {
	err := n.barrierWithin(ctx, establishTimeout)
	if err == nil {
		n.liveness.begin(time.Now())
		n.lead.establish(term)
		n.leaderChanged.tell() // who asked too early asks again
		return
	}
	if ctx.Err() != nil || n.failed() != nil || !n.lead.current(term) {
		return // there is nothing to lead any more
	}
	n.logger.Warn("leading failed, handing over", zap.Error(err))
	err = n.await(ctx, func() raft.Future { return n.raft.LeadershipTransfer() })
	if err != nil && n.lead.current(term) && n.raft.State() == raft.Leader {
		n.fail(fmt.Errorf("a leader that cannot lead could not hand over: %w", err))
	}
}

func (n *Node) barrierWithin(ctx context.Context, d time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return n.barrier(ctx)
}
