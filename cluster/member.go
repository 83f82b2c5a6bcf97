package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/raft"
	"go.uber.org/zap"

	"cdcd/offsets"
)

// memberTimeout bounds a change of the membership.
const memberTimeout = 10 * time.Second

// caughtUp is how many entries of the log a node may be behind that is made a
// voter.
const caughtUp = 64

// member names a node and where it is.
type member struct {
	Node    string `json:"node"`
	Address string `json:"address,omitempty"`
	Boot    string `json:"boot,omitempty"` // of whoever asks for itself
	From    string `json:"from,omitempty"` // the leader that is to be another one
	On      bool   `json:"on,omitempty"`
}

// members is the membership as it is applied here.
func (n *Node) members() ([]raft.Server, error) {
	f := n.raft.GetConfiguration()
	if err := f.Error(); err != nil {
		return nil, translate(err)
	}
	return f.Configuration().Servers, nil
}

// find returns a member.
func (n *Node) find(id string) (raft.Server, error) {
	all, err := n.members()
	if err != nil {
		return raft.Server{}, err
	}
	i := slices.IndexFunc(all, func(s raft.Server) bool { return string(s.ID) == id })
	if i < 0 {
		return raft.Server{}, fmt.Errorf("%w: %s", ErrUnknownNode, id)
	}
	return all[i], nil
}

// serveJoin changes the address of a node that is a member already, not whether it
// votes.
func (n *Node) serveJoin(ctx context.Context, m member) (nothing, error) {
	add := n.raft.AddNonvoter
	switch s, err := n.find(m.Node); {
	case err == nil && string(s.Address) == m.Address:
		return nothing{}, nil // a repetition
	case err == nil && s.Suffrage == raft.Voter:
		add = n.raft.AddVoter
	case err != nil && !errors.Is(err, ErrUnknownNode):
		return nothing{}, err
	}
	n.logger.Info("a node joins", zap.String("node", m.Node), zap.String("address", m.Address))
	return nothing{}, n.await(ctx, func() raft.Future {
		return add(raft.ServerID(m.Node), raft.ServerAddress(m.Address), 0, memberTimeout)
	})
}

func (n *Node) serveRemove(ctx context.Context, m member) (nothing, error) {
	if !n.lead.ready() {
		return nothing{}, ErrNotLeader // and the state may not be as far as the membership
	}
	n.governing.Lock()
	defer n.governing.Unlock()
	s, err := n.find(m.Node)
	if errors.Is(err, ErrUnknownNode) && n.remembers(m.Node) { // a removal that was not finished
		return nothing{}, n.decide(ctx, offsets.RemoveNode{Node: m.Node})
	}
	if err != nil {
		return nothing{}, err
	}
	if m.Node == n.cfg.NodeID {
		return nothing{}, fmt.Errorf("%w: node %s leads; run cdcd cluster transfer first", ErrQuorum, m.Node)
	}
	if err := n.canLose(s); err != nil {
		return nothing{}, err
	}
	n.logger.Info("a node is removed", zap.String("node", m.Node))
	err = n.await(ctx, func() raft.Future { return n.raft.RemoveServer(s.ID, 0, memberTimeout) })
	if err != nil {
		return nothing{}, err
	}
	return nothing{}, n.decide(ctx, offsets.RemoveNode{Node: m.Node})
}

// remembers tells whether the state knows a node.
func (n *Node) remembers(node string) (known bool) {
	n.Read(func(s *offsets.State) { _, known = s.Node(node) })
	return known
}

// canLose tells whether the other voters are enough. A leader that is new may not
// have heard of them yet: then it is an ErrNotLeader, and who asks asks again.
func (n *Node) canLose(s raft.Server) error {
	if s.Suffrage != raft.Voter {
		return nil
	}
	all, err := n.members()
	if err != nil {
		return err
	}
	voters, live := 0, 0
	var unknown error
	for _, other := range all {
		if other.ID == s.ID || other.Suffrage != raft.Voter {
			continue
		}
		voters++
		switch lives, err := n.lives(string(other.ID)); {
		case err != nil:
			unknown = err
		case lives:
			live++
		}
	}
	switch {
	case live > voters/2:
		return nil
	case unknown != nil:
		return unknown
	}
	return fmt.Errorf("%w: without node %s there are %d voters, of which %d live", ErrQuorum, s.ID, voters, live)
}

// lives tells, as the leader, whether a node does.
func (n *Node) lives(id string) (bool, error) {
	if id == n.cfg.NodeID {
		return true, nil
	}
	boot, err := n.liveness.alive(id, time.Now())
	return boot != "", err
}

// serveTransfer is done when the node that is wanted leads, or where none is named
// another one than when the order was given: who lost the answer asks the next
// leader, which is not to give the leadership away again.
func (n *Node) serveTransfer(ctx context.Context, m member) (nothing, error) {
	if err := n.await(ctx, func() raft.Future { return n.raft.VerifyLeader() }); err != nil {
		return nothing{}, err
	}
	switch {
	case m.Node == n.cfg.NodeID, m.Node == "" && m.From != n.cfg.NodeID:
		return nothing{}, nil
	case m.Node == "":
		return nothing{}, n.await(ctx, func() raft.Future { return n.raft.LeadershipTransfer() })
	}
	s, err := n.find(m.Node)
	if err != nil {
		return nothing{}, err
	}
	if s.Suffrage != raft.Voter {
		return nothing{}, fmt.Errorf("%w: node %s does not vote yet", ErrQuorum, m.Node)
	}
	return nothing{}, n.await(ctx, func() raft.Future { return n.raft.LeadershipTransferToServer(s.ID, s.Address) })
}

func (n *Node) serveDrain(ctx context.Context, m member) (nothing, error) {
	if _, err := n.find(m.Node); err != nil {
		return nothing{}, err
	}
	return nothing{}, n.decide(ctx, offsets.Drain{Node: m.Node, Drained: m.On})
}

// standing is what a node with an empty data folder is in the cluster; in no case a
// voter.
type standing struct {
	Member bool `json:"member"`
	// From is an entry that was committed when the node had no vote: once it has
	// that, it knows again all that it had acknowledged before.
	From uint64 `json:"from"`
}

// serveBack passes the question of a node with an empty data folder on to the
// leader, from any node.
func (n *Node) serveBack(ctx context.Context, m member) (standing, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*n.cfg.Timing.Silence) // a new leader knows by then who lives
	defer cancel()
	return ask(ctx, n, "return", (*Node).serveReturn, m)
}

// serveReturn takes a member back that lost its data folder. It must not vote on
// what it forgot, so it becomes a member without a vote first. What is answered is
// committed: no majority of before can count the node's vote.
func (n *Node) serveReturn(ctx context.Context, m member) (standing, error) {
	if !n.lead.ready() {
		return standing{}, ErrNotLeader
	}
	boot, err := n.liveness.alive(m.Node, time.Now())
	if err != nil {
		return standing{}, err
	}
	if boot != "" && boot != m.Boot {
		return standing{}, fmt.Errorf("%w: node %s lives, and another process with an empty data folder has its id", ErrTwin, m.Node)
	}
	s, err := n.settled(ctx, m.Node)
	switch {
	case errors.Is(err, ErrUnknownNode):
		return standing{From: n.raft.CommitIndex()}, nil
	case err != nil:
		return standing{}, err
	case s.Suffrage == raft.Voter:
		n.logger.Warn("a node lost its data folder and gets the log anew", zap.String("node", m.Node))
		err = n.await(ctx, func() raft.Future { return n.raft.DemoteVoter(s.ID, 0, memberTimeout) })
	}
	return standing{Member: true, From: n.raft.CommitIndex()}, err
}

// settled returns a member as it is committed. What raft tells of the membership may
// be an entry that a majority does not have, and never will. One that is followed in
// the same term by an entry that was committed is committed, too.
func (n *Node) settled(ctx context.Context, id string) (raft.Server, error) {
	term := n.raft.CurrentTerm()
	s, unknown := n.find(id)
	if err := n.barrier(ctx); err != nil {
		return s, err
	}
	if n.raft.CurrentTerm() != term {
		return s, fmt.Errorf("%w: there was an election meanwhile", ErrNotLeader)
	}
	return s, unknown
}

// promote lets members vote that have caught up and been heard for a while, one at
// a time.
func (n *Node) promote(ctx context.Context, members []raft.Server, now time.Time) {
	for _, s := range members {
		index, heard := n.liveness.applied(string(s.ID), now)
		if s.Suffrage == raft.Voter || heard < n.cfg.Timing.Silence || index+caughtUp < n.raft.LastIndex() {
			continue
		}
		n.logger.Info("a node has caught up and votes from now on", zap.String("node", string(s.ID)))
		if err := n.enfranchise(ctx, s); err != nil {
			n.logger.Warn("a node could not be made a voter", zap.String("node", string(s.ID)), zap.Error(err))
		}
		return
	}
}

func (n *Node) enfranchise(ctx context.Context, s raft.Server) error {
	ctx, cancel := context.WithTimeout(ctx, memberTimeout)
	defer cancel()
	return n.await(ctx, func() raft.Future { return n.raft.AddVoter(s.ID, s.Address, 0, memberTimeout) })
}

// address is where a node is: as configured here, or else as the cluster knows it.
func (n *Node) address(node string) (string, error) {
	if addr, ok := n.cfg.Peers[node]; ok {
		return addr, nil
	}
	if n.raft != nil {
		if s, err := n.find(node); err == nil {
			return string(s.Address), nil
		}
	}
	return "", fmt.Errorf("%w: %s", ErrUnknownNode, node)
}

// byID has raft name nodes by their ids, which wire finds the addresses of.
type byID struct{}

var _ raft.ServerAddressProvider = byID{}

// ServerAddr returns the id.
func (byID) ServerAddr(id raft.ServerID) (raft.ServerAddress, error) {
	return raft.ServerAddress(id), nil
}
