package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"cdcd/offsets"
)

// recorder is a runner that opens a session for whatever it is given, as a
// connector does.
type recorder struct {
	node *Node

	mu      sync.Mutex
	now     map[string]Assignment
	granted bool
	opened  map[offsets.Generation]bool
	cutOff  bool // from the connectors' servers
	took    []string
	refuses error // of messages
}

func (r *recorder) refuse(why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuses = why
}

// Deliver takes a message for a connector that runs here.
func (r *recorder) Deliver(_ context.Context, connector string, message []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, runs := r.now[connector]; !runs {
		return fmt.Errorf("%w: not here", ErrNotStreaming)
	}
	if r.refuses == nil {
		r.took = append(r.took, connector+" "+string(message))
	}
	return r.refuses
}

func (r *recorder) Assign(all []Assignment, granted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now, r.granted = map[string]Assignment{}, granted
	for _, a := range all {
		r.now[a.Connector] = a
		if !a.HandingOver && !r.opened[a.Generation] {
			r.opened[a.Generation] = true
			go r.open(a)
		}
	}
}

// open may be refused, when the connector is elsewhere by then.
func (r *recorder) open(a Assignment) {
	ctx, cancel := context.WithTimeout(context.Background(), enough)
	defer cancel()
	_, _ = r.node.Store(a.Connector, a.Generation).Session(ctx, offsets.NoProducer, 0)
}

func (r *recorder) Reports() map[string]Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := map[string]Report{}
	for name, a := range r.now {
		all[name] = Report{Generation: a.Generation, Phase: "running"}
		if r.cutOff {
			all[name] = Report{Generation: a.Generation, Phase: "starting", Error: "no route to host"}
		}
	}
	return all
}

func (r *recorder) has(connector string) (Assignment, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.now[connector]
	return a, ok && r.granted
}

// quick loses nodes soon.
func quick(cfgs []Config) []Config {
	for i := range cfgs {
		cfgs[i].Timing = Timing{
			Heartbeat: 100 * time.Millisecond, Election: 100 * time.Millisecond, Lease: 100 * time.Millisecond,
			Beat: 20 * time.Millisecond, Call: 300 * time.Millisecond, Grant: 300 * time.Millisecond,
			Silence: 500 * time.Millisecond, Stable: 500 * time.Millisecond,
		}
	}
	return cfgs
}

// team is three nodes that run what they are given.
type team struct {
	nodes   []*Node
	runners map[*Node]*recorder
}

func newTeam(t *testing.T) *team {
	t.Helper()
	return teamOf(t, quick(three(t)))
}

func teamOf(t *testing.T, cfgs []Config) *team {
	t.Helper()
	m := &team{nodes: started(t, cfgs), runners: map[*Node]*recorder{}}
	for _, n := range m.nodes {
		m.runners[n] = &recorder{node: n, opened: map[offsets.Generation]bool{}}
		n.Run(t.Context(), m.runners[n])
	}
	split(t, m.nodes)
	if err := m.nodes[0].Apply(soon(t), put); err != nil {
		t.Fatal(err)
	}
	return m
}

// owner waits until one node has the connector, with a session, and no other one.
func (m *team) owner(t *testing.T, above offsets.Generation) (owner *Node, a Assignment) {
	t.Helper()
	eventually(t, "one node has the connector", func() bool {
		owner = nil
		for _, n := range m.nodes {
			if got, ok := m.runners[n].has("c"); ok && !got.HandingOver && got.Generation > above {
				owner, a = n, got
			}
		}
		if owner == nil {
			return false
		}
		var session offsets.Session
		owner.Read(func(s *offsets.State) { session = s.Session("c") })
		return session.Generation == a.Generation
	})
	return owner, a
}

func (m *team) without(lost *Node) {
	var left []*Node
	for _, n := range m.nodes {
		if n != lost {
			left = append(left, n)
		}
	}
	m.nodes = left
}

func TestFailover_ConnectorOfALostNodeMoves(t *testing.T) {
	m := newTeam(t)
	lost, before := m.owner(t, 0)
	closed(t, lost)
	m.without(lost)
	next, after := m.owner(t, before.Generation)
	if err := next.Confirm(soon(t), "c", before.Generation); !errors.Is(err, offsets.ErrStaleGeneration) {
		t.Fatalf("the generation before: %v", err)
	}
	if err := next.Confirm(soon(t), "c", after.Generation); err != nil {
		t.Fatal(err)
	}
}

func TestFailover_LeaveHandsOver(t *testing.T) {
	m := newTeam(t)
	leaving, before := m.owner(t, 0)
	eventually(t, "the others are known to live", func() bool {
		live := 0
		for _, one := range leaving.View(soon(t)).Members {
			if one.Live {
				live++
			}
		}
		return live == 3
	})
	if err := leaving.Leave(soon(t)); err != nil {
		t.Fatal(err)
	}
	if next, _ := m.owner(t, before.Generation); next == leaving {
		t.Fatal("it still has the connector")
	}
	eventually(t, "the leaving node has nothing", func() bool { _, ok := m.runners[leaving].has("c"); return !ok })
}

func TestFailover_NoGrantWithoutTheOthers(t *testing.T) {
	m := newTeam(t)
	owner, _ := m.owner(t, 0)
	for _, n := range m.nodes {
		if n != owner {
			closed(t, n)
		}
	}
	eventually(t, "its grant has ended", func() bool { _, ok := m.runners[owner].has("c"); return !ok })
}

// TestFailover_NodeThatIsCutOffFromTheServer: the node lives, and others may reach
// what it does not.
func TestFailover_NodeThatIsCutOffFromTheServer(t *testing.T) {
	m := newTeam(t)
	owner, a := m.owner(t, 0)
	r := m.runners[owner]
	r.mu.Lock()
	r.cutOff = true
	r.mu.Unlock()
	if next, _ := m.owner(t, a.Generation); next == owner {
		t.Fatal("it was placed on the same node again")
	}
}

func TestFailover_PausedIsNowhere(t *testing.T) {
	m := newTeam(t)
	owner, a := m.owner(t, 0)
	if err := owner.Apply(soon(t), offsets.SetTarget{Connector: "c", Target: offsets.Paused}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it runs nowhere", func() bool { return owner.View(soon(t)).Connectors["c"].Node == "" })
	if err := owner.Apply(soon(t), offsets.SetTarget{Connector: "c"}); err != nil {
		t.Fatal(err)
	}
	m.owner(t, a.Generation)
}

// TestContact_LostFolderIsTakenBack: a node that lost what it knew votes again in
// the end.
func TestContact_LostFolderIsTakenBack(t *testing.T) {
	m := newTeam(t)
	leader, others := split(t, m.nodes)
	lost := others[0]
	cfg := lost.cfg
	closed(t, lost)
	cfg.DataDir = t.TempDir()
	back := started(t, []Config{cfg})[0]
	back.Run(t.Context(), &recorder{node: back, opened: map[offsets.Generation]bool{}})
	eventually(t, "it has the log and a vote", func() bool {
		v := leader.View(soon(t))
		voters := 0
		for _, one := range v.Members {
			if one.Voter {
				voters++
			}
		}
		return voters == 3 && back.Ready() == nil && back.fsm.index() >= 1 && back.gate.isOpen()
	})
}

// TestContact_LeaderLosesItsFolder: the others think for a while that it still
// leads, and send its question to itself.
func TestContact_LeaderLosesItsFolder(t *testing.T) {
	m := newTeam(t)
	leader, others := split(t, m.nodes)
	cfg := leader.cfg
	leader.fail(errors.New("killed")) // so that it hands nothing over
	closed(t, leader)
	cfg.DataDir = t.TempDir()
	back := started(t, []Config{cfg})[0]
	back.Run(t.Context(), &recorder{node: back, opened: map[offsets.Generation]bool{}})
	eventually(t, "it is back", func() bool {
		v := others[0].View(soon(t))
		all := 0
		for _, one := range v.Members {
			if one.Voter && one.Live {
				all++
			}
		}
		return all == 3 && !v.Stale && back.Ready() == nil && back.gate.isOpen()
	})
}

// TestReturn_TheLeaderKnows: what a node is told is committed.
func TestReturn_TheLeaderKnows(t *testing.T) {
	m := newTeam(t)
	leader, others := split(t, m.nodes)
	if _, err := others[0].serveReturn(soon(t), member{Node: "n9"}); !errors.Is(err, ErrNotLeader) {
		t.Errorf("a follower answers: %v", err)
	}
	for _, n := range others {
		is, err := n.serveBack(soon(t), member{Node: "n9"})
		if err != nil || is.Member {
			t.Errorf("a stranger, through %s: %+v, %v", n.cfg.NodeID, is, err)
		}
	}
	id := others[0].cfg.NodeID
	closed(t, others[0])
	eventually(t, "it is taken back", func() bool {
		is, err := others[1].serveBack(soon(t), member{Node: id, Boot: "another"})
		return err == nil && is.Member
	})
	if s, err := leader.find(id); err != nil || s.Suffrage != raft.Nonvoter {
		t.Errorf("it is %v, %v", s, err)
	}
}

// TestContact_TwinIsRefused: a second process of a node's id gets no vote and no
// work while the first one lives.
func TestContact_TwinIsRefused(t *testing.T) {
	m := newTeam(t)
	_, others := split(t, m.nodes)
	cfg := others[0].cfg
	cfg.DataDir, cfg.Listen, cfg.Registerer = t.TempDir(), freePorts(t, 1)[0], nil
	told := make(chan error, 1)
	cfg.OnFatal = func(err error) { told <- err }
	twin := started(t, []Config{cfg})[0]
	select {
	case err := <-told:
		if !errors.Is(err, ErrTwin) {
			t.Fatalf("it ended with %v", err)
		}
	case <-time.After(enough):
		t.Fatalf("it was not refused: %v", twin.Ready())
	}
}

func TestContact_OtherPeersAreRefused(t *testing.T) {
	cfgs := quick(three(t))
	told := make(chan error, 3)
	odd := map[string]string{"n4": "127.0.0.1:1"}
	maps.Copy(odd, cfgs[0].Peers)
	cfgs[0].Peers = odd
	for i := range cfgs {
		cfgs[i].OnFatal = func(err error) { told <- err }
	}
	started(t, cfgs)
	if err := <-told; !errors.Is(err, ErrPeers) {
		t.Fatalf("it ended with %v", err)
	}
}
