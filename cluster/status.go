package cluster

import (
	"errors"

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

// Status is what a node says about itself and its view of the cluster.
type Status struct {
	Cluster    string                     `json:"cluster"`
	Node       string                     `json:"node"`
	State      string                     `json:"state"`
	Leader     string                     `json:"leader,omitempty"`
	Term       uint64                     `json:"term"`
	Index      uint64                     `json:"index"`
	Failure    string                     `json:"failure,omitempty"`
	Connectors map[string]ConnectorStatus `json:"connectors"`
}

// ConnectorStatus is what is stored of a connector.
type ConnectorStatus struct {
	Owner    string               `json:"owner,omitempty"`
	Session  offsets.SessionID    `json:"session"`
	N        uint64               `json:"n"`
	Position string               `json:"position,omitempty"`
	Tables   offsets.TableVersion `json:"tables"`
}

// Status returns the present status, for the eyes of an operator: it is the view
// of this node.
func (n *Node) Status() Status {
	_, leader := n.raft.LeaderWithID()
	st := Status{
		Cluster: n.cfg.Name, Node: n.cfg.NodeID, State: n.raft.State().String(), Leader: string(leader),
		Term: n.raft.CurrentTerm(), Connectors: map[string]ConnectorStatus{},
	}
	if err := n.failed(); err != nil {
		st.Failure = err.Error()
	}
	n.Read(func(s *offsets.State) {
		st.Index = s.Index()
		for _, name := range s.Connectors() {
			st.Connectors[name] = connectorStatus(s, name)
		}
	})
	return st
}

func connectorStatus(s *offsets.State, name string) ConnectorStatus {
	session, offset := s.Session(name), s.Offset(name)
	st := ConnectorStatus{Owner: session.Node, Session: session.ID, N: offset.N, Tables: s.NewestTable(name)}
	if !offset.Position.IsZero() {
		st.Position = offset.Position.String()
	}
	return st
}
