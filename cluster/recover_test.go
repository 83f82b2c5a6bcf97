package cluster

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cdcd/offsets"
)

// recovered makes the configuration's node, and others, the only members.
func recovered(t *testing.T, cfg Config, keep ...string) *Recovery {
	t.Helper()
	r, err := OpenRecovery(cfg, keep...)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Commit(), r.Close()); err != nil {
		t.Fatal(err)
	}
	return r
}

// lost is a cluster of three, of which nobody runs any more, and that knew the
// offset 3.
func lost(t *testing.T) (survivor Config, others []Config) {
	t.Helper()
	nodes := started(t, calm(quick(three(t))))
	leader, _ := split(t, nodes)
	s := owned(t, leader)
	s.Mirror(offset(3))
	if err := s.Flush(soon(t)); err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		eventually(t, "the follower has the offset", func() bool { return cmp.Equal(stored(n), offset(3)) })
	}
	for _, n := range nodes {
		closed(t, n)
		others = append(others, n.cfg)
	}
	return others[0], others[1:]
}

func idsOf(all []Member) (ids []string) {
	for _, m := range all {
		ids = append(ids, m.ID)
	}
	slices.Sort(ids)
	return ids
}

// runs starts a node that runs connectors.
func runs(t *testing.T, cfg Config) *Node {
	t.Helper()
	cfg.Registerer = nil
	n := started(t, []Config{cfg})[0]
	n.Run(t.Context(), &recorder{node: n, opened: map[offsets.Generation]bool{}})
	return n
}

// TestRecover_LostMajority: a survivor goes on alone with what it knew, its file
// naming the nodes of before; one comes back with an empty folder, and a new one
// joins.
func TestRecover_LostMajority(t *testing.T) {
	survivor, others := lost(t)
	r := recovered(t, survivor)
	if r.Index == 0 || r.Term == 0 || len(r.Before) != 3 || !slices.Equal(idsOf(r.After), []string{survivor.NodeID}) {
		t.Fatalf("the recovery is %+v", r)
	}
	alone := runs(t, survivor)
	if err := alone.WaitLeader(soon(t)); err != nil {
		t.Fatal(err)
	}
	if got := stored(alone); !cmp.Equal(got, offset(3)) {
		t.Fatalf("it has %v", got)
	}
	back := others[0]
	back.DataDir = t.TempDir()
	fresh := back
	fresh.NodeID, fresh.DataDir, fresh.Listen = "n4", t.TempDir(), freePorts(t, 1)[0]
	fresh.Peers = map[string]string{survivor.NodeID: survivor.Listen, "n4": fresh.Listen}
	c := dialled(t, alone)
	for _, cfg := range []Config{back, fresh} {
		n := runs(t, cfg)
		if err := c.Join(soon(t), cfg.NodeID, cfg.Listen); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it votes and has the offset", func() bool {
			s, err := alone.find(cfg.NodeID)
			return err == nil && s.Suffrage == 0 && cmp.Equal(stored(n), offset(3))
		})
	}
}

// TestRecover_LostNodesWithOldFoldersEnd: they would be a majority of the cluster of
// before, but call the recovered node.
func TestRecover_LostNodesWithOldFoldersEnd(t *testing.T) {
	survivor, others := lost(t)
	recovered(t, survivor)
	alone := opened(t, survivor)
	term := alone.raft.CurrentTerm()
	var ended [2]chan error
	for i := range others {
		ended[i] = make(chan error, 1)
		others[i].OnFatal = func(err error) { ended[i] <- err }
		others[i].Registerer = nil
	}
	old := started(t, others)
	for range old {
		select {
		case err := <-ended[0]:
			leftOutBy(t, old[0], err)
		case err := <-ended[1]:
			leftOutBy(t, old[1], err)
		case <-time.After(enough):
			t.Fatal("they go on")
		}
	}
	if err := alone.Apply(soon(t), put); err != nil || alone.raft.CurrentTerm() != term {
		t.Fatalf("the recovered node was disturbed: %v, term %d after %d", err, alone.raft.CurrentTerm(), term)
	}
}

// leftOutBy ends a node as its process would.
func leftOutBy(t *testing.T, n *Node, err error) {
	t.Helper()
	if !errors.Is(err, ErrLeftOut) {
		t.Fatalf("it ended with %v", err)
	}
	closed(t, n)
}

// TestRecover_Keep: two nodes of three go on, with what the one knew that has more.
func TestRecover_Keep(t *testing.T) {
	first, others := lost(t)
	second := others[0]
	for _, cfg := range []Config{first, second} {
		if r := recovered(t, cfg, first.NodeID, second.NodeID); len(r.After) != 2 {
			t.Fatalf("the recovery is %+v", r)
		}
	}
	first.Registerer, second.Registerer = nil, nil
	leader, rest := split(t, started(t, []Config{first, second}))
	if err := leader.Apply(soon(t), put); err != nil {
		t.Fatal(err)
	}
	if got := stored(rest[0]); !cmp.Equal(got, offset(3)) {
		t.Fatalf("it has %v", got)
	}
}

// TestRecover_Again: a recovery that was interrupted is done already, or can be
// repeated.
func TestRecover_Again(t *testing.T) {
	survivor, _ := lost(t)
	broken := errors.New("killed here")
	r, err := OpenRecovery(survivor)
	if err != nil {
		t.Fatal(err)
	}
	r.store = undeleted{r.store, broken}
	if err := r.Commit(); err == nil {
		t.Fatal("the log was deleted")
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	survivor.DataDir = copied(t, survivor.DataDir)
	if got := stored(opened(t, survivor)); !cmp.Equal(got, offset(3)) {
		t.Fatalf("interrupted: it has %v", got)
	}
	survivor.DataDir, survivor.Registerer = r.cfg.DataDir, nil
	recovered(t, survivor)
	if again := recovered(t, survivor); again.Index != r.Index || len(again.Before) != 1 {
		t.Fatalf("recovered twice: %+v", again)
	}
	survivor.Listen = freePorts(t, 1)[0]
	if got := stored(opened(t, survivor)); !cmp.Equal(got, offset(3)) {
		t.Fatalf("repeated: it has %v", got)
	}
}

// undeleted is a store whose log cannot be deleted.
type undeleted struct {
	store
	err error
}

func (u undeleted) DeleteRange(uint64, uint64) error { return u.err }

func TestRecover_Refused(t *testing.T) {
	survivor, others := lost(t)
	refused := func(what string, want error, cfg Config, keep ...string) {
		t.Helper()
		if _, err := OpenRecovery(cfg, keep...); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	elsewhere, another, empty := survivor, survivor, survivor
	elsewhere.Name = "elsewhere"
	another.DataDir = others[0].DataDir
	empty.DataDir = t.TempDir()
	refused("another cluster's folder", ErrForeign, elsewhere)
	refused("another node's folder", ErrForeign, another)
	refused("an empty folder", nil, empty)
	refused("without this node", nil, survivor, others[0].NodeID)
	refused("a node that is no member", ErrUnknownNode, survivor, survivor.NodeID, "n9")
	started(t, []Config{survivor})
	refused("while the node runs", ErrLocked, survivor)
}
