package cluster

import (
	"errors"
	"testing"
	"time"

	"github.com/hashicorp/raft"
)

// TestCanLose_NewLeaderDoesNotKnow: a leader that has heard nobody yet must not say
// that they are lost.
func TestCanLose_NewLeaderDoesNotKnow(t *testing.T) {
	leader, others := split(t, started(t, three(t))) // without heartbeats: they do not run connectors
	gone, err := leader.find(others[0].cfg.NodeID)
	if err != nil {
		t.Fatal(err)
	}
	leader.liveness.begin(time.Now())
	if err := leader.canLose(gone); !errors.Is(err, ErrNotLeader) {
		t.Fatalf("a new leader: %v", err)
	}
	leader.liveness.begin(time.Now().Add(-leader.cfg.Timing.Silence))
	if err := leader.canLose(gone); !errors.Is(err, ErrQuorum) {
		t.Fatalf("a leader that heard nobody: %v", err)
	}
	if err := leader.liveness.hear(heartbeat{Node: others[1].cfg.NodeID, Boot: "b"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := leader.canLose(gone); err != nil {
		t.Fatalf("a leader that heard the other one: %v", err)
	}
}

// TestTransfer_RepeatedAtTheNextLeader: who did not get the answer asks the next
// leader, which must not hand over again.
func TestTransfer_RepeatedAtTheNextLeader(t *testing.T) {
	leader, others := split(t, started(t, calm(three(t))))
	term := leader.raft.CurrentTerm()
	if _, err := leader.serveTransfer(soon(t), member{From: others[0].cfg.NodeID}); err != nil {
		t.Fatal(err)
	}
	if leader.raft.State() != raft.Leader || leader.raft.CurrentTerm() != term {
		t.Fatalf("node %s does not lead any more", leader.cfg.NodeID)
	}
	if _, err := leader.serveTransfer(soon(t), member{From: leader.cfg.NodeID}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another node leads", func() bool { return leader.leader() != "" && leader.leader() != leader.cfg.NodeID })
}

// TestTransfer_OnlyALeaderKnows: a node that is taken for the leader must not say
// that it is.
func TestTransfer_OnlyALeaderKnows(t *testing.T) {
	leader, others := split(t, started(t, calm(three(t))))
	for _, m := range []member{{Node: others[0].cfg.NodeID}, {From: leader.cfg.NodeID}} {
		if _, err := others[0].serveTransfer(soon(t), m); !errors.Is(err, ErrNotLeader) {
			t.Fatalf("%+v of a follower: %v", m, err)
		}
	}
}

func TestJoin_ChangesTheAddressOfAVoter(t *testing.T) {
	leader, others := split(t, started(t, calm(three(t))))
	moved := others[0].cfg.NodeID
	for range 2 {
		if _, err := leader.serveJoin(soon(t), member{Node: moved, Address: "127.0.0.1:1"}); err != nil {
			t.Fatal(err)
		}
		if s, err := leader.find(moved); err != nil || s.Address != "127.0.0.1:1" || s.Suffrage != raft.Voter {
			t.Fatalf("it is %+v, %v", s, err)
		}
	}
}
