package cluster

import (
	"errors"
	"fmt"

	"github.com/hashicorp/raft"
)

// bootstrap gives an empty store its first membership, and leaves any other
// alone.
func bootstrap(cfg *raft.Config, s store, snapshots raft.SnapshotStore, t raft.Transport, voters raft.Configuration) error {
	last, err := s.LastIndex()
	if err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	list, err := snapshots.List()
	if err != nil {
		return fmt.Errorf("list snapshots: %w", err)
	}
	if last > 0 || len(list) > 0 {
		return nil
	}
	err = raft.BootstrapCluster(cfg, s, s, snapshots, t, voters)
	if errors.Is(err, raft.ErrCantBootstrap) {
		// Raft writes the term and then the first entry; the process ended in
		// between. Nobody can have voted yet: that takes a membership.
		return s.StoreLog(&raft.Log{Index: 1, Term: 1, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(voters)})
	}
	return err
}
