package offsets

import (
	"errors"
	"slices"
	"testing"
)

// place moves one connector, whose node before must stop at once.
func place(connector string, g Generation, node string) Place {
	return Place{[]Move{{Connector: connector, Generation: g, Node: node}}}
}

// handOver moves connector c, whose node before may go on.
func handOver(g Generation, node string) Place {
	return Place{[]Move{{Connector: "c", Generation: g, Node: node, HandOver: true}}}
}

// on is session on another node.
func on(node, connector string, id SessionID, g Generation) Session {
	s := session(connector, id, g)
	s.Node = node
	return s
}

// put is a connector with some configuration.
func put(connector string) PutConnector { return PutConnector{connector, []byte("{}")} }

func TestSession_OnlyOfThePlacement(t *testing.T) {
	s := play(t, put("c"), place("c", 1, "n1"), place("c", 2, "n2"))
	refused(t, s, on("n2", "c", 1, 1), ErrStaleGeneration)
	refused(t, s, on("n2", "c", 1, 3), ErrNotPlaced)
	refused(t, s, on("n1", "c", 1, 2), ErrNotPlaced)
	if err := s.Apply(4, on("n2", "c", 1, 2)); err != nil {
		t.Fatal(err)
	}
	refused(t, s, on("n2", "c", 1, 1), ErrStaleGeneration)
}

// An operator works on a connector that runs nowhere.
func TestSession_AnybodysWhilePlacedNowhere(t *testing.T) {
	s := play(t, put("c"), place("c", 1, "n1"), on("n1", "c", 1, 1), place("c", 2, ""), on("n2", "c", 2, 2), on("n3", "c", 3, 2))
	refused(t, s, on("n1", "c", 4, 1), ErrStaleGeneration)
	refused(t, s, on("n3", "c", 4, 3), ErrNotPlaced)
}

// Logs of before there were placements must be applied as they were then.
func TestSession_AnyLaterGenerationWhileNeverPlaced(t *testing.T) {
	s := play(t, on("n1", "c", 1, 1), on("n2", "c", 2, 5), on("n3", "c", 3, 5), on("n1", "c", 4, 9))
	refused(t, s, on("n1", "c", 5, 8), ErrStaleGeneration)
}

// The owner before must not take an answer that is meant for its first try for
// the permission to go on.
func TestSession_NotRepeatedAfterTheNextPlacement(t *testing.T) {
	owner := on("n1", "c", 1, 1)
	for _, next := range []Place{place("c", 2, "n2"), handOver(2, "n2"), place("c", 2, "n1"), place("c", 2, "")} {
		s := play(t, put("c"), place("c", 1, "n1"), owner, owner, next)
		refused(t, s, owner, ErrStaleGeneration)
	}
}

// Until its successor has opened a session, what the owner writes is stored.
func TestPlace_OwnerWritesUntilTheNextSession(t *testing.T) {
	s := play(t, put("c"), place("c", 1, "n1"), on("n1", "c", 1, 1), handOver(2, "n2"),
		mirror("c", 1, 5), on("n2", "c", 2, 2), mirror("c", 2, 6))
	refused(t, s, mirror("c", 1, 7), ErrStaleSession)
}

func TestPlace_GenerationsFollowOneAnother(t *testing.T) {
	s := play(t, put("c"), place("c", 1, "n1"), place("c", 2, "n2"))
	for _, g := range []Generation{1, 2, 4} {
		refused(t, s, place("c", g, "n1"), ErrPlacedBefore)
	}
	if got := s.Placement("c"); got != (Placement{Generation: 2, Node: "n2"}) {
		t.Fatalf("placement is %+v", got)
	}
}

// A cluster that ran before there were placements goes on counting.
func TestPlace_GenerationFollowsTheSessions(t *testing.T) {
	s := play(t, put("c"), on("n1", "c", 1, 7))
	refused(t, s, place("c", 1, "n1"), ErrPlacedBefore)
	refused(t, s, place("c", 7, "n1"), ErrPlacedBefore)
	if err := s.Apply(3, place("c", 8, "n2")); err != nil {
		t.Fatal(err)
	}
	refused(t, s, on("n1", "c", 2, 7), ErrStaleGeneration)
}

func TestPlace_HandOverNamesTheNodeBefore(t *testing.T) {
	s := play(t, put("c"), handOver(1, "n1"))
	if got := s.Placement("c"); got != (Placement{Generation: 1, Node: "n1"}) {
		t.Fatalf("the first placement is %+v", got)
	}
	for i, want := range []Placement{{2, "n2", "n1"}, {3, "n3", "n2"}} {
		if err := s.Apply(uint64(3+i), handOver(want.Generation, want.Node)); err != nil {
			t.Fatal(err)
		}
		if got := s.Placement("c"); got != want {
			t.Fatalf("placement is %+v, not %+v", got, want)
		}
	}
}

// The other leader would believe that the node before has stopped.
func TestPlace_WithoutHandOverIsNoRepetitionOfOneWith(t *testing.T) {
	s := play(t, put("c"), place("c", 1, "n1"), handOver(2, "n2"), handOver(2, "n2"))
	refused(t, s, place("c", 2, "n2"), ErrPlacedBefore)
	refused(t, s, handOver(2, "n3"), ErrPlacedBefore)
}

func TestPlace_RepetitionPlacesNothing(t *testing.T) {
	s := play(t, put("c"), place("c", 1, "n1"), on("n1", "c", 1, 1), place("c", 1, "n1"))
	if got := s.Placed(); got != 2 {
		t.Fatalf("placed at %d", got)
	}
}

func TestPlace_RefusalIsOfOneConnector(t *testing.T) {
	s := play(t, put("a"), put("b"), put("c"))
	err := s.Apply(9, Place{[]Move{{Connector: "unknown", Generation: 1}, {"b", 2, "n1", false}, {"c", 1, "n2", false}}})
	var partly *PartialError
	if !errors.As(err, &partly) || len(partly.Refused) != 2 {
		t.Fatalf("error is %v", err)
	}
	if !errors.Is(partly.Refused["b"], ErrPlacedBefore) || !errors.Is(partly.Refused["unknown"], ErrUnknownConnector) {
		t.Fatalf("error is %v", err)
	}
	if s.Placement("b").Generation != 0 || s.Placement("c") != (Placement{Generation: 1, Node: "n2"}) || s.Placed() != 9 {
		t.Fatalf("placements are %+v and %+v", s.Placement("b"), s.Placement("c"))
	}
	if got := s.Connectors(); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Fatalf("connectors are %v", got)
	}
}

// The leader may have decided before it knew of the deletion; what is deleted
// must still be stopped.
func TestPlace_DeletedConnectorOnlyNowhere(t *testing.T) {
	s := play(t, put("c"), place("c", 1, "n1"), DeleteConnector{"c"})
	refused(t, s, place("c", 2, "n2"), ErrUnknownConnector)
	if err := s.Apply(4, place("c", 2, "")); err != nil {
		t.Fatal(err)
	}
	refused(t, s, on("n1", "c", 1, 1), ErrStaleGeneration)
}

// A generation is not given away twice, or the owner of before the deletion
// could write again.
func TestPlace_GenerationSurvivesDeletion(t *testing.T) {
	s := play(t, put("c"), place("c", 1, "n1"), DeleteConnector{"c"}, put("c"))
	refused(t, s, place("c", 1, "n2"), ErrPlacedBefore)
	if err := s.Apply(5, place("c", 2, "n2")); err != nil {
		t.Fatal(err)
	}
}

func TestSetTarget_OfAConfiguration(t *testing.T) {
	s := play(t, on("n1", "c", 1, 1))
	refused(t, s, SetTarget{"c", Paused}, ErrUnknownConnector)
	refused(t, s, SetTarget{"unknown", Running}, ErrUnknownConnector)
	s = play(t, put("c"), SetTarget{"c", Stopped}, PutConnector{"c", []byte("[]")})
	if s.Target("c") != Stopped {
		t.Fatalf("target is %s", s.Target("c"))
	}
	s = play(t, on("n1", "c", 1, 1), put("c"), SetTarget{"c", Paused}, DeleteConnector{"c"}, put("c"))
	if s.Target("c") != Running {
		t.Fatalf("the target of a new connector is %s", s.Target("c"))
	}
}

func TestRevision_GrowsWithEveryOtherConfiguration(t *testing.T) {
	s := New()
	for i, step := range []struct {
		c    Command
		want uint64
	}{
		{PutConnector{"c", []byte("1")}, 1},
		{PutConnector{"c", []byte("1")}, 1},
		{PutConnector{"c", []byte("2")}, 3},
		{session("c", 1, 1), 3},
		{DeleteConnector{"c"}, 0},
		{PutConnector{"c", []byte("2")}, 6},
	} {
		if err := s.Apply(uint64(i+1), step.c); err != nil {
			t.Fatal(err)
		}
		if got := s.Revision("c"); got != step.want {
			t.Fatalf("after %+v the revision is %d, not %d", step.c, got, step.want)
		}
	}
}

func TestNodes_LiveAndDrainedAreApart(t *testing.T) {
	s := play(t, SetLive{map[string]bool{"n1": true, "n2": true, "n3": false}}, Drain{"n2", true},
		SetLive{map[string]bool{"n2": false}}, Drain{"n4", true}, Drain{"n4", false})
	for name, want := range map[string]Node{"n1": {Live: true}, "n2": {Drained: true}, "n3": {}, "n4": {}, "unknown": {}} {
		if got, _ := s.Node(name); got != want {
			t.Errorf("node %s is %+v, not %+v", name, got, want)
		}
	}
	if err := errors.Join(s.Apply(9, RemoveNode{"n2"}), s.Apply(10, RemoveNode{"unknown"})); err != nil {
		t.Fatal(err)
	}
	if got := s.Nodes(); !slices.Equal(got, []string{"n1", "n3", "n4"}) {
		t.Errorf("nodes are %v", got)
	}
	if got, _ := s.Node("n2"); got != (Node{}) {
		t.Errorf("the removed node is %+v", got)
	}
}

func TestPartialError_ReasonsAreInOrder(t *testing.T) {
	e := &PartialError{Refused: map[string]error{"d": ErrNoSession, "a": ErrStaleSession, "c": ErrPlacedBefore, "b": ErrNotPlaced}}
	want := []error{ErrStaleSession, ErrNotPlaced, ErrPlacedBefore, ErrNoSession}
	for range 100 {
		if got := e.Unwrap(); !slices.Equal(got, want) {
			t.Fatalf("reasons are %v", got)
		}
	}
}
