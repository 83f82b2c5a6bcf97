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
	awake       time.Time // when this process was last seen to run
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

// restart starts a new term of a node that leads already; false for one that does
// not.
func (l *leadership) restart() (term int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.established {
		return l.term, false
	}
	l.term++
	l.established = false
	return l.term, true
}

// tick notes that this process runs, and returns how long it may have stood still.
func (l *leadership) tick(now time.Time) (gap time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.awake.IsZero() {
		gap = now.Sub(l.awake)
	}
	l.awake = now
	return gap
}

// mayDecide tells whether this node is ready to lead, and was seen to run since.
func (l *leadership) mayDecide(since time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.established && l.awake.After(since)
}

// decides tells whether this node may say who lives and what runs where: it leads,
// and has not just stood still for so long that others may have elected another.
func (n *Node) decides() bool {
	return n.lead.mayDecide(time.Now().Add(-n.cfg.Timing.Heartbeat))
}

// watchStalls has a leader begin again whose process stood still: it may have been
// followed meanwhile, and what the others sent waits to be read.
func (n *Node) watchStalls(ctx context.Context) {
	for {
		gap := n.lead.tick(time.Now())
		if gap > n.cfg.Timing.Heartbeat {
			if term, ok := n.lead.restart(); ok {
				n.logger.Warn("this process stood still; making sure that it still leads", zap.Duration("for", gap))
				n.tasks.Go(func() { n.establish(ctx, term) })
			}
		}
		if !pause(ctx, n.cfg.Timing.Beat/2) {
			return
		}
	}
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
