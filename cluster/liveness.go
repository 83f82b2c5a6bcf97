package cluster

import (
	"context"
	"fmt"
	"sync"
	"time"

	"cdcd/offsets"
)

// liveness is what a leader knows of who lives. It begins anew with each term of
// office, and counts in monotonic time.
type liveness struct {
	timing Timing
	heard  signal // something that placement depends on was heard

	mu     sync.Mutex // guards what follows
	office time.Time  // since when this node leads
	nodes  map[string]*life
}

// life is what is known of one node.
type life struct {
	boot    string
	heard   time.Time // last
	since   time.Time // without a silence
	leaving bool
	mute    bool
	applied uint64
	reports map[string]Report
}

func newLiveness(t Timing) *liveness { return &liveness{timing: t, nodes: map[string]*life{}} }

// begin starts a term of office.
func (l *liveness) begin(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.office = now
	clear(l.nodes)
}

// hear notes a heartbeat. One of another process of the same id is an ErrTwin, as
// long as the one before has not been silent, or said that it leaves.
func (l *liveness) hear(h heartbeat, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, known := l.nodes[h.Node]
	switch {
	case known && n.boot != h.Boot && !n.leaving && now.Sub(n.heard) < l.timing.Silence:
		return fmt.Errorf("%w: node %s was heard %s ago from a process that is another one; node.id must be different on each node", ErrTwin, h.Node, now.Sub(n.heard).Round(time.Millisecond))
	case !known, n.boot != h.Boot:
		n = &life{boot: h.Boot, since: now}
		l.nodes[h.Node] = n
		defer l.heard.tell()
	case now.Sub(n.heard) >= l.timing.Silence:
		n.since = now
		defer l.heard.tell()
	case n.leaving != h.Leaving:
		defer l.heard.tell()
	}
	n.heard, n.leaving, n.mute, n.applied = now, h.Leaving, h.Mute, h.Applied
	if h.Reports != nil {
		n.reports = h.Reports
	}
	return nil
}

// see returns what there is to know of a node for placement. was is what the
// cluster remembers of it, known whether it remembers anything: a node that was
// not lost is not distrusted for a change of leaders.
func (l *liveness) see(id string, was offsets.Node, known bool, now time.Time) nodeView {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.nodes[id]
	if n == nil {
		return nodeView{live: now.Sub(l.office) < l.timing.Grant, leaving: was.Drained}
	}
	return nodeView{
		live:    now.Sub(n.heard) < l.timing.Silence,
		stable:  !known || was.Live || now.Sub(n.since) >= l.timing.Stable,
		leaving: n.leaving || was.Drained,
	}
}

// applied returns how far a live node is with the log, and how long it has been
// heard; 0 and 0 for one that is silent, or would not vote.
func (l *liveness) applied(id string, now time.Time) (index uint64, heard time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.nodes[id]
	if n == nil || n.mute || now.Sub(n.heard) >= l.timing.Silence {
		return 0, 0
	}
	return n.applied, now.Sub(n.since)
}

// alive returns which process of a node was heard within the silence, "" for none.
// While a new leader cannot know, it is an ErrNotLeader.
func (l *liveness) alive(id string, now time.Time) (boot string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.nodes[id]
	switch {
	case n != nil && now.Sub(n.heard) < l.timing.Silence:
		return n.boot, nil
	case now.Sub(l.office) < l.timing.Silence:
		return "", fmt.Errorf("%w: the leader is new, and does not know yet whether node %s lives", ErrNotLeader, id)
	}
	return "", nil
}

// reports returns what live nodes said of their connectors: of two nodes, the one
// with the later generation counts.
func (l *liveness) reports(now time.Time) map[string]Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[string]Report{}
	for _, n := range l.nodes {
		if now.Sub(n.heard) >= l.timing.Silence {
			continue
		}
		for name, r := range n.reports {
			if r.Generation >= all[name].Generation {
				all[name] = r
			}
		}
	}
	return all
}

// serveBeat answers as the leader of a member.
//
// The grant that the answer renews must have ended when another leader places the
// node's connectors elsewhere, which it does a grant after its election. So it must
// be given before that election. It is: no majority votes before it has missed a
// raft heartbeat, and a leader gives up when its lease ends, which is not longer.
// Only one that stood still, and does not know yet that it was followed, could give
// one later, so it gives none before it has found out.
func (n *Node) serveBeat(_ context.Context, h heartbeat) (pulse, error) {
	if !n.decides() {
		return pulse{}, ErrNotLeader
	}
	if _, err := n.find(h.Node); err != nil {
		return pulse{}, err
	}
	if err := n.liveness.hear(h, time.Now()); err != nil {
		return pulse{}, err
	}
	var p pulse
	n.Read(func(s *offsets.State) { p.Placed = s.Placed() })
	return p, nil
}
