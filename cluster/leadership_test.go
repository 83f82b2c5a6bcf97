package cluster

import (
	"errors"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"cdcd/offsets"
)

// TestLeadership_StoodStill: a leader that wakes may have been followed. It gives
// no grant before it has found out, and then counts everybody's silence anew.
func TestLeadership_StoodStill(t *testing.T) {
	nodes := started(t, three(t))
	leader, others := split(t, nodes)
	beat := heartbeat{Node: others[0].cfg.NodeID, Boot: "b"}
	eventually(t, "it gives a grant", func() bool { _, err := leader.serveBeat(soon(t), beat); return err == nil })
	leader.lead.mu.Lock()
	leader.lead.awake = time.Now().Add(-time.Hour)
	leader.lead.mu.Unlock()
	woke := time.Now()
	if _, err := leader.serveBeat(soon(t), beat); !errors.Is(err, ErrNotLeader) {
		t.Errorf("just awake: %v", err)
	}
	eventually(t, "it leads again", func() bool { _, err := leader.serveBeat(soon(t), beat); return err == nil })
	leader.liveness.mu.Lock()
	defer leader.liveness.mu.Unlock()
	if began := leader.liveness.office; began.Before(woke) || time.Until(began) > 0 {
		t.Errorf("its term began %s after it woke", began.Sub(woke))
	}
}

func TestServeBeat_MembersOnly(t *testing.T) {
	leader, _ := split(t, started(t, three(t)))
	eventually(t, "it is ready", func() bool { return leader.decides() })
	if _, err := leader.serveBeat(soon(t), heartbeat{Node: "n9", Boot: "b"}); !errors.Is(err, ErrUnknownNode) {
		t.Errorf("a stranger: %v", err)
	}
}

// TestRemove_FinishesWhatWasBegun: the node is no member any more when the leader
// is lost, and the next one is asked again.
func TestRemove_FinishesWhatWasBegun(t *testing.T) {
	nodes := started(t, three(t))
	leader, others := split(t, nodes)
	gone := others[0].cfg.NodeID
	eventually(t, "it is ready", func() bool { return leader.decides() })
	if err := leader.Apply(soon(t), offsets.SetLive{Nodes: map[string]bool{gone: true}}); err != nil {
		t.Fatal(err)
	}
	if err := leader.raft.RemoveServer(raft.ServerID(gone), 0, enough).Error(); err != nil {
		t.Fatal(err)
	}
	if err := dialled(t, others[1]).Remove(soon(t), gone); err != nil {
		t.Fatal(err)
	}
	if leader.remembers(gone) {
		t.Error("it is still remembered")
	}
	if err := dialled(t, leader).Remove(soon(t), gone); !errors.Is(err, ErrUnknownNode) {
		t.Errorf("once more: %v", err)
	}
}

// TestRemove_OnlyByALeaderThatIsReady: another one may not know yet whom the state
// remembers, and would take half a removal for a whole one.
func TestRemove_OnlyByALeaderThatIsReady(t *testing.T) {
	n := opened(t, single(t))
	n.lead.change()
	if _, err := n.serveRemove(soon(t), member{Node: "n9"}); !errors.Is(err, ErrNotLeader) {
		t.Errorf("remove: %v", err)
	}
}
