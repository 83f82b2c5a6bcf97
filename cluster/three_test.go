package cluster

import (
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/raft"

	"cdcd/offsets"
)

// started is a node for each configuration, closed with the test.
func started(t *testing.T, cfgs []Config) []*Node {
	t.Helper()
	var nodes []*Node
	for _, cfg := range cfgs {
		n, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { closed(t, n) })
		nodes = append(nodes, n)
	}
	return nodes
}

// split waits for a leader that is ready, and returns it and the others.
func split(t *testing.T, nodes []*Node) (leader *Node, others []*Node) {
	t.Helper()
	eventually(t, "a node leads", func() bool {
		leader, others = nil, nil
		for _, n := range nodes {
			if n.raft.State() == raft.Leader && n.Ready() == nil {
				leader = n
			} else {
				others = append(others, n)
			}
		}
		return leader != nil
	})
	return leader, others
}

func TestThreeNodes_ElectAndReplicate(t *testing.T) {
	nodes := started(t, three(t))
	for _, n := range nodes {
		if err := n.WaitLeader(soon(t)); err != nil {
			t.Fatal(err)
		}
	}
	leader, others := split(t, nodes)
	s := owned(t, leader)
	s.Mirror(offset(3))
	if err := s.Flush(soon(t)); err != nil {
		t.Fatal(err)
	}
	for _, n := range others {
		eventually(t, "the follower has the offset", func() bool { return cmp.Equal(stored(n), offset(3)) })
		if err := n.Apply(soon(t), put); err != nil {
			t.Fatalf("Apply by way of a follower: %v", err)
		}
		if err := n.Confirm(soon(t), "c", 1); err != nil {
			t.Fatalf("Confirm by way of a follower: %v", err)
		}
	}
	closed(t, leader)
	next, _ := split(t, others)
	if got := stored(next); !cmp.Equal(got, offset(3)) {
		t.Fatalf("the new leader has %v", got)
	}
}

// TestThreeNodes_LaggingNodeTakesSnapshot starts a node whose log the others no
// longer have.
func TestThreeNodes_LaggingNodeTakesSnapshot(t *testing.T) {
	cfgs := three(t)
	nodes := started(t, cfgs)
	leader, others := split(t, nodes)
	keepLittleLog(t, leader)
	away := others[0]
	closed(t, away)
	fill(t, leader)
	snapshotted(t, leader)
	late := started(t, []Config{away.cfg})[0]
	eventually(t, "the late node has it all", func() bool { return snapshotOf(t, late) == snapshotOf(t, leader) })
}

// keepLittleLog makes the next snapshot cut off the log.
func keepLittleLog(t *testing.T, n *Node) {
	t.Helper()
	c := n.raft.ReloadableConfig()
	c.TrailingLogs = 1
	if err := n.raft.ReloadConfig(c); err != nil {
		t.Fatal(err)
	}
}

func TestSession_OnFollower(t *testing.T) {
	nodes := started(t, three(t))
	_, others := split(t, nodes)
	s := others[0].Store("c", 1)
	if id, err := s.Session(soon(t), offsets.NoProducer, 0); err != nil || id != 1 {
		t.Fatalf("Session on a follower: %d, %v", id, err)
	}
}

// A node ends in time while the others take connections and say nothing.
func TestThreeNodes_CloseWaitsForNoAnswer(t *testing.T) {
	cfgs := three(t)
	for i := range cfgs {
		cfgs[i].Timing = LAN()
		cfgs[i].Timing.Call = enough
	}
	nodes := started(t, cfgs)
	last, others := split(t, nodes)
	called := make(chan net.Conn, 64)
	for _, n := range others {
		closed(t, n)
		l, err := net.Listen("tcp", n.cfg.Listen)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for c, err := l.Accept(); err == nil; c, err = l.Accept() {
				called <- c
			}
		}()
	}
	for range others {
		c := <-called
		t.Cleanup(func() { _ = c.Close() })
	}
	closed(t, last)
}
