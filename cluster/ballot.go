package cluster

import (
	"errors"
	"sync/atomic"

	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
)

// A node that forgot what it acknowledged must not vote before it has all of it
// again, not even when it is known to have had no vote since. Raft votes for
// whoever has the longer log, and asks nobody whether he is a member. So a node
// that was cut off since before it forgot, and whose membership is of then, would
// get its vote and count it, and lead against the others:
//
//	n1, n2, n3 vote    n1 leads, n2 is cut off
//	n4 votes, too      stored by n1, n3, n4
//	n3 forgets         and is made a member without a vote, stored by n1 and n4
//	n2 comes back      and is elected by itself and n3: the majority of three
//
// What n3 votes on when it has what was committed when it had no vote is a log that
// n2 cannot have.

// ballot stands between raft and where it stores its votes. Raft gives none that it
// could not store, itself included.
type ballot struct {
	raft.StableStore

	closed atomic.Bool
	from   atomic.Uint64 // which entry must be applied before it is opened; 0 while not known
}

// What raft stores: its term, and before it gives a vote that of the vote.
const (
	keyTerm = "CurrentTerm"
	keyVote = "LastVoteTerm"
)

// keyVotesFrom is where from is stored, so that a node that is started again before
// it has the whole log does not take itself for one that forgot nothing.
const keyVotesFrom = "cdcdVotesFrom"

var errNoVote = errors.New("this node lost its data folder, and votes when it has got the log anew")

// openBallot returns the ballot of what is stored. A fresh store is one that forgot
// everything.
func openBallot(s raft.StableStore, fresh bool) (*ballot, error) {
	b := &ballot{StableStore: s}
	from, err := number(s, keyVotesFrom)
	if err != nil {
		return nil, err
	}
	b.from.Store(from)
	b.closed.Store(fresh || from > 0)
	return b, nil
}

// number is what is stored, 0 where nothing is.
func number(s raft.StableStore, key string) (uint64, error) {
	n, err := s.GetUint64([]byte(key))
	if errors.Is(err, raftboltdb.ErrKeyNotFound) {
		return 0, nil
	}
	return n, err
}

// SetUint64 stores a term, or that of a vote.
func (b *ballot) SetUint64(key []byte, value uint64) error {
	if b.closed.Load() && string(key) == keyVote {
		return errNoVote
	}
	return b.StableStore.SetUint64(key, value)
}

// until keeps the ballot closed until an entry is applied, through restarts.
func (b *ballot) until(index uint64) error {
	b.from.Store(index)
	return b.StableStore.SetUint64([]byte(keyVotesFrom), index)
}

// open lets raft vote from now on.
func (b *ballot) open() error {
	if b.from.Swap(0) > 0 {
		if err := b.StableStore.SetUint64([]byte(keyVotesFrom), 0); err != nil {
			return err
		}
	}
	b.closed.Store(false)
	return nil
}
