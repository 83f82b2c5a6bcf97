package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/raft"

	"cdcd/offsets"
)

// errNoLeader is why a node is not ready.
var errNoLeader = errors.New("the cluster has no leader")

// Ready returns nil while the node leads and is ready to, or follows a leader,
// and otherwise why not.
func (n *Node) Ready() error {
	if err := n.failed(); err != nil {
		return err
	}
	if why := n.waitsFor.Load(); why != nil {
		return errors.New(*why)
	}
	switch n.raft.State() {
	case raft.Leader:
		if !n.lead.ready() {
			return errors.New("the new leader is not ready yet")
		}
		return nil
	case raft.Follower:
		if _, leader := n.raft.LeaderWithID(); leader != "" {
			return nil
		}
	case raft.Candidate:
	case raft.Shutdown:
		return ErrClosed
	}
	return errNoLeader
}

// Status is what a node says about itself.
type Status struct {
	Node    string  `json:"node"`
	State   string  `json:"state"` // of raft: Leader, Follower, Candidate, Shutdown
	Leader  string  `json:"leader,omitempty"`
	Term    uint64  `json:"term"`
	Index   uint64  `json:"index"`          // of the last command applied here
	Granted float64 `json:"grantedSeconds"` // for which it may still run connectors
	Failure string  `json:"failure,omitempty"`
}

// Status returns the present status.
func (n *Node) Status() Status {
	st := Status{
		Node: n.cfg.NodeID, State: n.raft.State().String(), Leader: n.leader(), Term: n.raft.CurrentTerm(),
		Index: n.fsm.index(), Granted: max(0, n.heart.grant.left().Seconds()),
	}
	if err := n.failed(); err != nil {
		st.Failure = err.Error()
	}
	return st
}

// View is the whole cluster, as its leader sees it.
type View struct {
	Name   string `json:"name"`
	Node   string `json:"node"` // that answered whoever asked
	Leader string `json:"leader,omitempty"`
	Term   uint64 `json:"term"`
	// Stale says that the leader could not be asked: it is what this node knows,
	// and Reason why.
	Stale      bool                     `json:"stale"`
	Reason     string                   `json:"reason,omitempty"`
	Members    []Member                 `json:"members"`
	Connectors map[string]ConnectorView `json:"connectors"`
}

// Member is a node of the cluster.
type Member struct {
	ID      string `json:"id"`
	Address string `json:"address"`
	Voter   bool   `json:"voter"`
	Live    bool   `json:"live"`
	Drained bool   `json:"drained"`
}

// ConnectorView is a connector: what is wanted of it, where it is, and what the
// node there says.
type ConnectorView struct {
	Target     string             `json:"target"`
	Node       string             `json:"node,omitempty"`
	Generation offsets.Generation `json:"generation"`
	Session    offsets.SessionID  `json:"session"`
	// N and Position are the last ones reported, or those in raft.
	N        uint64 `json:"n"`
	Position string `json:"position,omitempty"`
	// Phase is that of the node's report; "ending" while a node still reports an
	// earlier generation, and "" while none reports any.
	Phase string `json:"phase"`
	Error string `json:"error,omitempty"`
	// LagSeconds and Load are as in Report.
	LagSeconds float64 `json:"lagSeconds"`
	Load       float64 `json:"load"`
}

// PhaseEnding is the phase of a connector that was moved or stopped, and still runs
// where it was.
const PhaseEnding = "ending"

// LeaderView returns the cluster as its leader sees it. It waits through elections,
// for as long as ctx allows.
func (n *Node) LeaderView(ctx context.Context) (View, error) {
	v, err := ask(ctx, n, "view", (*Node).serveView, nothing{})
	v.Node = n.cfg.NodeID
	return v, err
}

// View asks the leader, and where that does not answer looks at what this node
// knows.
func (n *Node) View(ctx context.Context) View {
	ctx, cancel := context.WithTimeout(ctx, n.cfg.Timing.Call)
	defer cancel()
	v, err := askOnce(ctx, n, "view", (*Node).serveView, nothing{})
	if err != nil {
		v = n.view(nil, time.Now())
		v.Stale, v.Reason = true, err.Error()
	}
	v.Node = n.cfg.NodeID
	return v
}

// serveView answers as the leader, which leads at a moment of the call.
func (n *Node) serveView(ctx context.Context, _ nothing) (View, error) {
	if err := n.await(ctx, func() raft.Future { return n.raft.VerifyLeader() }); err != nil {
		return View{}, err
	}
	if !n.lead.ready() {
		return View{}, fmt.Errorf("%w yet", ErrNotLeader)
	}
	return n.view(n.liveness, time.Now()), nil
}

// view is what this node knows; l is nil where it does not lead.
func (n *Node) view(l *liveness, now time.Time) View {
	v := View{Name: n.cfg.Name, Leader: n.leader(), Term: n.raft.CurrentTerm(), Members: []Member{}, Connectors: map[string]ConnectorView{}}
	members, _ := n.members() // none while it shuts down
	var reports map[string]Report
	if l != nil {
		reports = l.reports(now)
	}
	n.Read(func(s *offsets.State) {
		for _, m := range members {
			v.Members = append(v.Members, memberView(m, s, l, now))
		}
		for _, name := range s.Connectors() {
			if s.Config(name) != nil {
				v.Connectors[name] = connectorOf(s, name, reports[name])
			}
		}
	})
	return v
}

func memberView(m raft.Server, s *offsets.State, l *liveness, now time.Time) Member {
	was, known := s.Node(string(m.ID))
	live := was.Live
	if l != nil {
		live = l.see(string(m.ID), was, known, now).live
	}
	return Member{ID: string(m.ID), Address: string(m.Address), Voter: m.Suffrage == raft.Voter, Live: live, Drained: was.Drained}
}

func connectorOf(s *offsets.State, name string, r Report) ConnectorView {
	p, offset := s.Placement(name), s.Offset(name)
	c := ConnectorView{
		Target: s.Target(name).String(), Node: p.Node, Generation: p.Generation, Session: s.Session(name).ID,
		N: offset.N, LagSeconds: -1,
	}
	if !offset.Position.IsZero() {
		c.Position = offset.Position.String()
	}
	switch {
	case r.Generation != p.Generation && r.Phase != "" && r.Phase != phaseFailed:
		c.Phase = PhaseEnding
		return c
	case r.Generation != p.Generation || r.Phase == "":
		return c
	}
	c.Phase, c.Error, c.LagSeconds, c.Load = r.Phase, r.Error, r.LagSeconds, r.Load
	if r.N > c.N {
		c.N, c.Position = r.N, r.Position
	}
	return c
}
