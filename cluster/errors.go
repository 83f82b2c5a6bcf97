package cluster

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/hashicorp/raft"
)

// What can be wrong with a data folder.
var (
	// ErrLocked says that another process has the data folder open.
	ErrLocked = errors.New("the data folder is in use by another process")
	// ErrForeign says that the data folder is another node's or another
	// cluster's.
	ErrForeign = errors.New("the data folder belongs to another node or cluster")
	// ErrNewerFormat says that a newer program wrote the data folder.
	ErrNewerFormat = errors.New("the data folder was written by a newer version of cdcd")
	// ErrDiskFull says that there is no space left in the data folder.
	ErrDiskFull = errors.New("no space left in the data folder; free some and start again")
	// ErrStorage says that the raft log could not be written or read. It is
	// final: the node does nothing any more.
	ErrStorage = errors.New("the raft log failed")
)

// How a call on a node fails, beside with the refusals of package offsets.
var (
	// ErrNotLeader says that nothing was done: only the leader could have.
	ErrNotLeader = errors.New("this node is not the leader")
	// ErrOutcomeUnknown says that the command was, or will be, or never will be
	// applied. It may be sent again.
	ErrOutcomeUnknown = errors.New("the outcome is not known")
	// ErrClosed says that the node was closed.
	ErrClosed = errors.New("the node is closed")
	// ErrInsecure says that nodes would talk in the clear beyond this machine.
	ErrInsecure = errors.New("nodes would talk in the clear beyond this machine")
	// ErrTwin says that two processes have the id of one node.
	ErrTwin = errors.New("two nodes have the same id")
	// ErrPeers says that nodes that start a cluster together name other nodes.
	ErrPeers = errors.New("cluster.peers must name the same nodes on each of them")
	// ErrQuorum says that the cluster could not decide anything afterwards.
	ErrQuorum = errors.New("the cluster would lose its majority")
	// ErrLeftOut says that the cluster was recovered without this node: see
	// Recovery.
	ErrLeftOut = errors.New("the cluster was recovered without this node; delete its data folder")
	// ErrUnknownNode says that there is no such member.
	ErrUnknownNode = errors.New("there is no such node in the cluster")
)

// translate turns raft's errors into this package's.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, raft.ErrNotLeader), errors.Is(err, raft.ErrLeadershipTransferInProgress):
		return ErrNotLeader
	case errors.Is(err, raft.ErrLeadershipLost), errors.Is(err, raft.ErrAbortedByRestore):
		return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
	case errors.Is(err, raft.ErrRaftShutdown):
		return fmt.Errorf("%w: %w", ErrOutcomeUnknown, ErrClosed)
	}
	return err
}

// storageError says in what folder the raft log failed and why. Libraries in
// between print errors instead of wrapping them, so a full disk is also known
// by its text.
func storageError(dir, what string, err error) error {
	if isFull(err) {
		return fmt.Errorf("%w: %s: %w (%s: %w)", ErrStorage, dir, ErrDiskFull, what, err)
	}
	return fmt.Errorf("%w: %s: %s: %w", ErrStorage, dir, what, err)
}

func isFull(err error) bool {
	for _, full := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT} {
		if errors.Is(err, full) || err != nil && strings.Contains(err.Error(), full.Error()) {
			return true
		}
	}
	return false
}
