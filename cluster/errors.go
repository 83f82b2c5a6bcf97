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
	ErrInsecure = errors.New("nodes talk in the clear: they may listen on a loopback address only")
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

// isRetryable tells whether sending the same command again may help. A refusal
// or a failed disk stays what it is; an election passes.
func isRetryable(err error) bool {
	if errors.Is(err, ErrClosed) || errors.Is(err, ErrStorage) {
		return false
	}
	return errors.Is(err, ErrNotLeader) || errors.Is(err, ErrOutcomeUnknown)
}

// storageError says in what folder the raft log failed and why. Libraries in
// between print errors instead of wrapping them, so a full disk is also known
// by its text.
func storageError(dir, what string, err error) error {
	text := err.Error()
	for _, full := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT} {
		if errors.Is(err, full) || strings.Contains(text, full.Error()) {
			return fmt.Errorf("%w: %s: %w (%s: %w)", ErrStorage, dir, ErrDiskFull, what, err)
		}
	}
	return fmt.Errorf("%w: %s: %s: %w", ErrStorage, dir, what, err)
}
