package cluster

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/hashicorp/raft"
)

// Recovery is the way back from a lost majority: a data folder, which no node runs
// on, is given another membership. What had reached this folder counts as decided
// from then on, and what had not is gone, even if a majority knew it.
//
// The nodes that are left out must not come back with their old folders: two of
// three would be a majority of the cluster as they know it. Their ids are kept in
// node.json, so that a node of the recovered cluster does not talk raft with them
// before they are made members again, and they end as soon as they call it. While
// they reach no node that was recovered nothing stops them.
//
//	killed                               what the next start finds
//	before the snapshot is written       the members of before
//	after it, before the log is deleted  those of after: the snapshot is as new as the log
type Recovery struct {
	Node        string
	Index, Term uint64 // of the newest entry: of several folders the one with the greatest term, then index, is the newest
	Before      []Member
	After       []Member // all of them voters

	cfg       Config
	bolt      closer
	store     store
	snapshots raft.SnapshotStore
}

// OpenRecovery locks a data folder and says what Commit would do: keep the given
// nodes as the only members, this one among them, or this one alone where there are
// none. It changes nothing. The error may be ErrLocked, ErrForeign or
// ErrUnknownNode.
func OpenRecovery(cfg Config, keep ...string) (*Recovery, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("configuration of node %q: %w", cfg.NodeID, err)
	}
	known, err := identityOf(cfg).verify(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, fmt.Errorf("there is nothing to recover in %s: no node ran there", cfg.DataDir)
	}
	bolt, err := openBolt(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	r := &Recovery{Node: cfg.NodeID, cfg: cfg, bolt: bolt, store: bolt}
	if err := r.look(keep); err != nil {
		return nil, errors.Join(err, bolt.Close())
	}
	return r, nil
}

// Close unlocks the folder.
func (r *Recovery) Close() error { return r.bolt.Close() }

func (r *Recovery) look(keep []string) error {
	var err error
	if r.snapshots, err = raft.NewFileSnapshotStoreWithLogger(r.cfg.DataDir, 2, r.cfg.raft(nil).Logger); err != nil {
		return storageError(r.cfg.DataDir, "open the snapshots", err)
	}
	members, err := r.read()
	if err != nil {
		return storageError(r.cfg.DataDir, "read the log", err)
	}
	if len(keep) == 0 {
		keep = []string{r.cfg.NodeID}
	}
	for _, s := range members {
		m := Member{ID: string(s.ID), Address: string(s.Address), Voter: s.Suffrage == raft.Voter}
		r.Before = append(r.Before, m)
		if m.Voter = true; slices.Contains(keep, m.ID) {
			r.After = append(r.After, m)
		}
	}
	return r.check(keep)
}

// read finds the newest entry and the membership, in the snapshot and the log after
// it.
func (r *Recovery) read() (members []raft.Server, err error) {
	list, err := r.snapshots.List()
	if err != nil {
		return nil, err
	}
	if len(list) > 0 {
		r.Index, r.Term, members = list[0].Index, list[0].Term, list[0].Configuration.Servers
	}
	last, err := r.store.LastIndex()
	if err != nil {
		return nil, err
	}
	for r.Index < last {
		var entry raft.Log
		if err := r.store.GetLog(r.Index+1, &entry); err != nil {
			return nil, fmt.Errorf("entry %d: %w", r.Index+1, err)
		}
		r.Index, r.Term = entry.Index, entry.Term
		if entry.Type == raft.LogConfiguration {
			members = raft.DecodeConfiguration(entry.Data).Servers
		}
	}
	return members, nil
}

func (r *Recovery) check(keep []string) error {
	if !slices.Contains(keep, r.cfg.NodeID) {
		return fmt.Errorf("this node, %s, must be one of those that are kept", r.cfg.NodeID)
	}
	for _, id := range keep {
		if !slices.ContainsFunc(r.Before, func(m Member) bool { return m.ID == id }) {
			return fmt.Errorf("%w, as this folder knows it: %s", ErrUnknownNode, id)
		}
	}
	return nil
}

// Commit makes the change. If it fails it may be repeated.
func (r *Recovery) Commit() error {
	if err := r.outlaw(); err != nil {
		return err
	}
	var after raft.Configuration
	for _, m := range r.After {
		after.Servers = append(after.Servers, raft.Server{ID: raft.ServerID(m.ID), Address: raft.ServerAddress(m.Address)})
	}
	var unread error
	state := newFSM(func(err error) { unread = errors.Join(unread, err) })
	_, nobody := raft.NewInmemTransport("") // raft wants one for a form of addresses that is not used any more
	err := raft.RecoverCluster(r.cfg.raft(nil), state, r.store, r.store, r.snapshots, nobody, after)
	if err = errors.Join(unread, err); err == nil {
		err = r.store.SetUint64([]byte(keyVotesFrom), 0) // there is no more of the log to wait for
	}
	if err != nil {
		return storageError(r.cfg.DataDir, "recover", err)
	}
	return nil
}

// outlaw notes who is left out. Who is still a member is not affected by it.
func (r *Recovery) outlaw() error {
	own, _, err := readIdentity(r.cfg.DataDir)
	if err != nil {
		return err
	}
	for _, m := range r.Before {
		if !slices.Contains(own.LeftOut, m.ID) {
			own.LeftOut = append(own.LeftOut, m.ID)
		}
	}
	own.LeftOut = slices.DeleteFunc(own.LeftOut, func(id string) bool {
		return slices.ContainsFunc(r.After, func(m Member) bool { return m.ID == id })
	})
	return own.write(r.cfg.DataDir)
}

// isLeftOut tells whether a node was left out of the cluster when it was recovered,
// and is no member since. The error says that it is not known yet.
func (n *Node) isLeftOut(id string) (bool, error) {
	if !slices.Contains(n.leftOut, id) {
		return false, nil
	}
	if !n.up.Load() {
		return false, errors.New("this node has not read its log yet")
	}
	_, err := n.find(id)
	if errors.Is(err, ErrUnknownNode) {
		return true, nil
	}
	return false, err
}

// outlawed is how raft calls others, and ends the node when one says that it was
// left out.
type outlawed struct {
	raft.StreamLayer

	fail func(error)
}

// Dial connects to another node.
func (o outlawed) Dial(address raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	c, err := o.StreamLayer.Dial(address, timeout)
	if errors.Is(err, ErrLeftOut) {
		o.fail(err)
	}
	return c, err
}
