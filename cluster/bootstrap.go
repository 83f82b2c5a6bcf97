package cluster

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/raft"
	"go.uber.org/zap"
)

// isFresh tells whether nothing is stored: neither a log nor a snapshot.
func isFresh(s store, snapshots raft.SnapshotStore) (bool, error) {
	last, err := s.LastIndex()
	if err != nil {
		return false, fmt.Errorf("read the log: %w", err)
	}
	list, err := snapshots.List()
	if err != nil {
		return false, fmt.Errorf("list snapshots: %w", err)
	}
	return last == 0 && len(list) == 0, nil
}

// bootstrap gives an empty store its first membership.
func bootstrap(cfg *raft.Config, s store, snapshots raft.SnapshotStore, t raft.Transport, voters raft.Configuration) error {
	err := raft.BootstrapCluster(cfg, s, s, snapshots, t, voters)
	if errors.Is(err, raft.ErrCantBootstrap) {
		// Raft writes the term and then the first entry; the process ended in
		// between. Nobody can have voted yet: that takes a membership.
		return s.StoreLog(&raft.Log{Index: 1, Term: 1, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(voters)})
	}
	return err
}

// forgetTerm makes a store empty again that holds a term and no vote: the process
// ended while it bootstrapped, between raft's first write and its second.
func forgetTerm(s store) error {
	voted, err := number(s, keyVote)
	if err != nil || voted > 0 {
		return err
	}
	term, err := number(s, keyTerm)
	if err != nil || term == 0 {
		return err
	}
	return s.SetUint64([]byte(keyTerm), 0)
}

// compareMembers warns when the configured peers are not the members that are
// stored: only the first start takes them from the configuration.
func (n *Node) compareMembers() error {
	f := n.raft.GetConfiguration()
	if err := f.Error(); err != nil {
		return err
	}
	stored, configured := ids(f.Configuration()), ids(n.cfg.voters(""))
	if !slices.Equal(stored, configured) {
		n.logger.Warn("the configured peers are not the members of the cluster, which stay as they are",
			zap.Strings("configured", configured), zap.Strings("members", stored))
	}
	return nil
}

// ids returns the node ids of a membership, in order.
func ids(c raft.Configuration) []string {
	var all []string
	for _, s := range c.Servers {
		all = append(all, string(s.ID))
	}
	slices.Sort(all)
	return all
}
