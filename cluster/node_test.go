package cluster

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/raft"

	"cdcd/event"
	"cdcd/offsets"
)

func offset(n uint64) offsets.Offset {
	return offsets.Offset{N: n, Schema: 2, Position: event.Position{
		Flavor: event.MySQL, Server: "uuid", File: "binlog.000001", Offset: 100 * n, GTIDs: event.GTIDText("uuid:1-5"),
	}}
}

func TestOpen_StateSurvivesClose(t *testing.T) {
	cfg := single(t)
	n := opened(t, cfg)
	s := owned(t, n, "c")
	tables := []Table{{1, []byte("one")}, {2, []byte("two")}, {2, []byte("three")}}
	if err := s.PutTables(within(t), tables); err != nil {
		t.Fatal(err)
	}
	s.Mirror(offset(7))
	if err := s.Flush(within(t)); err != nil {
		t.Fatal(err)
	}
	closed(t, n)

	n = opened(t, cfg)
	s = owned(t, n, "c")
	got, err := s.Load(within(t))
	if err != nil || !cmp.Equal(got, offset(7)) {
		t.Fatalf("Load() = %v, %v", got, err)
	}
	loaded, err := s.Tables(within(t), 2)
	if err != nil || len(loaded) != 3 || string(loaded[0].Definition) != "one" {
		t.Fatalf("Tables() = %v, %v", loaded, err)
	}
}

func TestOpen_StateSurvivesKill(t *testing.T) {
	cfg := single(t)
	n := opened(t, cfg)
	s := owned(t, n, "c")
	for i := range uint64(50) {
		s.Mirror(offset(i + 1))
		if err := s.Flush(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	cfg.DataDir = copied(t, cfg.DataDir)
	killed := opened(t, cfg)
	if got := stored(killed, "c"); !cmp.Equal(got, offset(50)) {
		t.Fatalf("after the kill: %v", got)
	}
}

func TestThreeNodes_ElectAndReplicate(t *testing.T) {
	var nodes []*Node
	for _, cfg := range three(t) {
		n, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { closed(t, n) })
		nodes = append(nodes, n)
	}
	for _, n := range nodes {
		if err := n.WaitLeader(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	leader, others := split(nodes)
	s := owned(t, leader, "c")
	s.Mirror(offset(3))
	if err := s.Flush(within(t)); err != nil {
		t.Fatal(err)
	}
	for _, n := range others {
		eventually(t, "the follower has the offset", func() bool { return cmp.Equal(stored(n, "c"), offset(3)) })
		if err := n.Apply(within(t), offsets.DeleteConnector{Connector: "c"}); !errors.Is(err, ErrNotLeader) {
			t.Fatalf("Apply on a follower: %v", err)
		}
	}
	closed(t, leader)
	eventually(t, "another node leads", func() bool {
		next, _ := split(others)
		return next != nil && next.Ready() == nil
	})
	next, _ := split(others)
	if got := stored(next, "c"); !cmp.Equal(got, offset(3)) {
		t.Fatalf("the new leader has %v", got)
	}
}

func split(nodes []*Node) (leader *Node, others []*Node) {
	for _, n := range nodes {
		if n.raft.State() == raft.Leader {
			leader = n
		} else {
			others = append(others, n)
		}
	}
	return leader, others
}

var _ = time.Second
