package cluster

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"cdcd/offsets"
)

// heartbeat is what a node tells the leader, all the time.
type heartbeat struct {
	Node string `json:"node"`
	// Boot is another one each time the node's process starts.
	Boot string `json:"boot"`
	// Leaving says that the process ends as soon as others have its connectors.
	Leaving bool `json:"leaving,omitempty"`
	// Mute says that the node votes for nobody yet: see ballot.
	Mute bool `json:"mute,omitempty"`
	// Applied is the index of the last raft entry that the node has applied.
	Applied uint64 `json:"applied"`
	// Reports are about the connectors that run there; nil for no news, which is
	// not the same as none.
	Reports map[string]Report `json:"reports"`
}

// pulse is the leader's answer.
type pulse struct {
	// Placed is the index of the last command that placed a connector: only who
	// has applied it knows what is his.
	Placed uint64 `json:"placed"`
}

// Report is what a node says about a connector that it runs. It holds no secret
// and no row value.
type Report struct {
	Generation offsets.Generation `json:"generation"`
	Phase      string             `json:"phase"`
	Error      string             `json:"error,omitempty"`
	N          uint64             `json:"n"`
	Position   string             `json:"position,omitempty"`
	LagSeconds float64            `json:"lagSeconds"` // behind the source, -1 when not known
	Load       float64            `json:"load"`       // bytes a second that it reads
}

// grant is until when this node may run what is placed on it.
type grant struct {
	changed signal

	mu    sync.Mutex // guards until
	until time.Time
}

// renew makes the grant last until a time; it never gets shorter.
func (g *grant) renew(until time.Time) {
	g.mu.Lock()
	was := g.until
	if until.After(was) {
		g.until = until
	}
	g.mu.Unlock()
	if time.Now().After(was) {
		g.changed.tell()
	}
}

// left is how long the grant lasts, not more than 0 when it has ended.
func (g *grant) left() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Until(g.until)
}

// reportBeats is how many heartbeats go without reports for one that has them.
const reportBeats = 10

// heart keeps telling the leader that this node lives.
type heart struct {
	node    *Node
	boot    string
	grant   grant
	leaving signal

	twin endurance // of another process of this id that the leader hears; run's own

	mu    sync.Mutex // guards leave
	leave bool
}

// run beats until ctx ends, at once when there is another leader.
func (h *heart) run(ctx context.Context) {
	for n := 0; ; n++ {
		changed, leaving := h.node.leaderChanged.wait(), h.leaving.wait()
		wait := h.node.cfg.Timing.Beat
		if errors.Is(h.beat(ctx, n%reportBeats == 0), ErrNotLeader) {
			wait = retryPause // an election; the next leader is to hear of this node at once
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-changed:
		case <-leaving:
		case <-ctx.Done():
			t.Stop()
			return
		}
		t.Stop()
	}
}

// beat sends one heartbeat. The grant counts from before it was sent: the leader
// counts the silence from when it came.
func (h *heart) beat(ctx context.Context, report bool) error {
	n := h.node
	msg := heartbeat{
		Node: n.cfg.NodeID, Boot: h.boot, Leaving: h.isLeaving(), Mute: n.ballot.closed.Load(), Applied: n.raft.AppliedIndex(),
	}
	if report {
		msg.Reports = (*n.runner.Load()).Reports()
	}
	ctx, cancel := context.WithTimeout(ctx, n.cfg.Timing.Call)
	defer cancel()
	sent := time.Now()
	p, err := askOnce(ctx, n, "beat", (*Node).serveBeat, msg)
	h.watchTwin(err)
	if err == nil && n.fsm.index() >= p.Placed {
		h.grant.renew(sent.Add(n.cfg.Timing.Grant))
	}
	return err
}

// watchTwin ends the process when another one of the same id goes on living.
func (h *heart) watchTwin(err error) {
	if !errors.Is(err, ErrTwin) {
		h.twin = endurance{}
		return
	}
	if h.twin.since.IsZero() {
		h.node.logger.Warn("the leader hears another process of this node's id; waiting for it to end", zap.Error(err))
	}
	if !h.twin.lasts(5 * h.node.cfg.Timing.Silence) {
		h.node.fail(err)
	}
}

// endurance is since when something is endured: another process of this node's id,
// which may be about to end. The zero value says that nothing is.
type endurance struct{ since time.Time }

// lasts begins, if need be, and tells whether the limit is not reached.
func (e *endurance) lasts(limit time.Duration) bool {
	if e.since.IsZero() {
		e.since = time.Now()
	}
	return time.Since(e.since) < limit
}

func (h *heart) isLeaving() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.leave
}

// goodbye makes every heartbeat from now on say that this node is leaving.
func (h *heart) goodbye() {
	h.mu.Lock()
	h.leave = true
	h.mu.Unlock()
	h.leaving.tell()
}
