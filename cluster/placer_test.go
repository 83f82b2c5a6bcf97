package cluster

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"go.uber.org/zap"

	"cdcd/offsets"
)

// board is a placer of n1, n2 and n3 without raft.
type board struct {
	*placer
	began time.Time
	index uint64
}

func newBoard(t *testing.T, commands ...offsets.Command) *board {
	t.Helper()
	timing := Timing{Grant: testGrant, Silence: testSilence, Stable: testStable}
	n := &Node{cfg: Config{Timing: timing}, logger: zap.NewNop(), fsm: newFSM(func(err error) { t.Error(err) }), liveness: newLiveness(timing)}
	b := &board{placer: &placer{node: n, ordeals: ordeals{}}, began: time.Now()}
	n.liveness.begin(b.began)
	for _, c := range commands {
		b.apply(t, c)
	}
	return b
}

func (b *board) apply(t *testing.T, c offsets.Command) {
	t.Helper()
	b.index++
	if err := b.node.fsm.state.Apply(b.index, c); err != nil {
		t.Fatal(err)
	}
}

// beats has nodes heard.
func (b *board) beats(t *testing.T, since time.Duration, nodes ...string) {
	t.Helper()
	for _, id := range nodes {
		if err := b.node.liveness.hear(heartbeat{Node: id, Boot: "a"}, b.began.Add(since)); err != nil {
			t.Fatal(err)
		}
	}
}

// looks returns what the placer sees.
func (b *board) looks(since time.Duration) (view, map[string]bool) {
	v, changes := b.see([]raft.Server{{ID: "n1"}, {ID: "n2"}, {ID: "n3"}}, b.began.Add(since))
	return v, changes.Nodes
}

// What is remembered of who lives changes when it is certain: a new leader cannot know
// yet, and a node that was lost is on probation.
func TestPlacer_RemembersWhoLives(t *testing.T) {
	b := newBoard(t, offsets.SetLive{Nodes: map[string]bool{"n1": true, "n2": true, "n3": false}})
	remembers := func(since time.Duration, want map[string]bool) {
		t.Helper()
		if _, got := b.looks(since); !maps.Equal(got, want) {
			t.Fatalf("after %s: %v, want %v", since, got, want)
		}
	}
	b.beats(t, 0, "n1", "n3")
	remembers(testGrant-1, nil)
	remembers(testGrant, map[string]bool{"n2": false})
	for since := time.Duration(0); since < testStable; since += time.Second {
		b.beats(t, since, "n1", "n3")
	}
	remembers(testStable-1, map[string]bool{"n2": false})
	remembers(testStable, map[string]bool{"n2": false, "n3": true})
}

func TestPlacer_RemembersANewNodeAtOnce(t *testing.T) {
	b := newBoard(t)
	b.beats(t, 0, "n1")
	if _, got := b.looks(1); !maps.Equal(got, map[string]bool{"n1": true}) {
		t.Fatalf("remembers %v", got)
	}
}

// TestPlacer_LostNodesConnectorsMove: not before the node's grant has ended, and in the
// generation after the one that is known.
func TestPlacer_LostNodesConnectorsMove(t *testing.T) {
	b := newBoard(t, put,
		offsets.SetLive{Nodes: map[string]bool{"n1": true, "n2": true, "n3": true}},
		offsets.Place{Moves: []offsets.Move{{Connector: "c", Generation: 1, Node: "n2"}}})
	moves := func(since time.Duration, want ...offsets.Move) {
		t.Helper()
		v, _ := b.looks(since)
		if got := b.moves(v); !slices.Equal(got, want) {
			t.Fatalf("after %s: %+v, want %+v", since, got, want)
		}
	}
	b.beats(t, 0, "n1", "n2")
	moves(1)
	b.beats(t, testSilence, "n1")
	moves(testSilence - 1)
	moves(testSilence, offsets.Move{Connector: "c", Generation: 2, Node: "n1"})
	b.beats(t, testSilence, "n2")
	moves(testSilence)
}

// TestPlacer_SettledAfterAMove: balance waits, what is due does not.
func TestPlacer_SettledAfterAMove(t *testing.T) {
	b := newBoard(t)
	b.moved = b.began
	for since, want := range map[time.Duration]bool{testStable - 1: false, testStable: true} {
		if v, _ := b.looks(since); v.settled != want {
			t.Errorf("after %s: %v", since, v.settled)
		}
	}
}

// TestPlacer_AvoidsByReportsOfThisGeneration: what the node before said of a connector
// says nothing of where it is now.
func TestPlacer_AvoidsByReportsOfThisGeneration(t *testing.T) {
	for g, want := range map[offsets.Generation]bool{1: false, 2: true} {
		b := newBoard(t)
		at, bad := offsets.Placement{Generation: 2, Node: "n1"}, Report{Generation: g, Phase: "running", Error: "no route"}
		b.avoid("c", at, bad, b.began)
		if got := b.avoid("c", at, bad, b.began.Add(testStable))["n1"]; got != want {
			t.Errorf("generation %d: avoids it: %v", g, got)
		}
	}
}
