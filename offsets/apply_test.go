package offsets

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/event"
)

// at is the offset of commit n.
func at(n uint64) Offset {
	return Offset{N: n, Schema: 3, Position: event.Position{
		Flavor: event.MySQL, Server: "uuid", File: "binlog.000007", Offset: 1000 + n, GTIDs: event.GTIDText("uuid:1-9"),
	}}
}

func session(connector string, id SessionID, g Generation) Session {
	return Session{Connector: connector, ID: id, Generation: g, Node: "n1", Producer: NoProducer}
}

func mirror(connector string, id SessionID, n uint64) Mirror {
	return Mirror{Entries: []Entry{{Connector: connector, Session: id, Offset: at(n)}}}
}

func table(v TableVersion, content string) Table {
	return Table{Version: v, Hash: HashOf([]byte(content)), Definition: []byte(content)}
}

// play applies commands that must all be accepted.
func play(t *testing.T, commands ...Command) *State {
	t.Helper()
	s := New()
	for i, c := range commands {
		if err := s.Apply(uint64(i+1), c); err != nil {
			t.Fatalf("%T %d: %v", c, i, err)
		}
	}
	return s
}

// refused checks that s refuses c and stays as it is.
func refused(t *testing.T, s *State, c Command, why error) {
	t.Helper()
	before := s.Clone()
	if err := s.Apply(s.Index(), c); !errors.Is(err, why) {
		t.Fatalf("%+v: %v, not %v", c, err, why)
	}
	same(t, before, s)
}

// same compares two states by what they are on disk.
func same(t testing.TB, a, b *State) {
	t.Helper()
	x, err1 := a.Snapshot()
	y, err2 := b.Snapshot()
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(x[frameHeader:]), string(y[frameHeader:])); d != "" {
		t.Fatalf("states differ:\n%s", d)
	}
}

func TestSession_NeverFalls(t *testing.T) {
	s := play(t, session("c", 5, 2))
	refused(t, s, session("c", 4, 2), ErrStaleSession)
	refused(t, s, session("c", 4, 3), ErrStaleSession)
	refused(t, s, session("c", 6, 1), ErrStaleGeneration)
	other := session("c", 5, 2)
	other.Node = "n2"
	refused(t, s, other, ErrStaleSession)
}

func TestSession_MayBeRepeated(t *testing.T) {
	s := play(t, session("c", 5, 2), session("c", 5, 2), session("c", 9, 2))
	if got := s.Session("c"); got != session("c", 9, 2) {
		t.Fatalf("session is %+v", got)
	}
}

func TestOwner_StaleSessionRefused(t *testing.T) {
	s := play(t, session("c", 1, 1), mirror("c", 1, 4), PutTables{"c", 1, []Table{table(1, "a")}}, session("c", 2, 1))
	refused(t, s, mirror("c", 1, 5), ErrStaleSession)
	refused(t, s, PutTables{"c", 1, []Table{table(2, "b")}}, ErrStaleSession)
	refused(t, s, Truncate{"c", 1, 0}, ErrStaleSession)
	refused(t, s, Reset{"c", 1, at(1)}, ErrStaleSession)
}

func TestOwner_NoSessionRefused(t *testing.T) {
	s := play(t, session("c", 1, 1))
	for _, id := range []SessionID{0, 2} {
		refused(t, s, mirror("c", id, 1), ErrNoSession)
		refused(t, s, PutTables{"c", id, []Table{table(1, "a")}}, ErrNoSession)
		refused(t, s, Truncate{"c", id, 0}, ErrNoSession)
		refused(t, s, Reset{"c", id, at(1)}, ErrNoSession)
	}
	refused(t, s, mirror("unknown", 1, 1), ErrNoSession)
}

func TestMirror_NeverRewinds(t *testing.T) {
	s := play(t, session("c", 1, 1), mirror("c", 1, 8), mirror("c", 1, 8), session("c", 2, 1))
	refused(t, s, mirror("c", 2, 7), ErrStaleOffset)
	if got := s.Offset("c"); !cmp.Equal(got, at(8)) {
		t.Fatalf("offset is %v", got)
	}
}

func TestMirror_RefusalIsOfOneConnector(t *testing.T) {
	s := play(t, session("a", 1, 1), session("b", 1, 1), session("b", 2, 1))
	err := s.Apply(9, Mirror{Entries: []Entry{{"a", 1, at(1)}, {"b", 1, at(2)}, {"d", 1, at(3)}}})
	var refused *PartialError
	if !errors.As(err, &refused) || len(refused.Refused) != 2 {
		t.Fatalf("error is %v", err)
	}
	if !errors.Is(refused.Refused["b"], ErrStaleSession) || !errors.Is(refused.Refused["d"], ErrNoSession) {
		t.Fatalf("error is %v", err)
	}
	if s.Offset("a").N != 1 || s.Offset("b").N != 0 {
		t.Fatalf("offsets are %v and %v", s.Offset("a"), s.Offset("b"))
	}
}

// set is a GTID set as the source holds it.
type set struct{ text string }

func (s *set) String() string { return s.text }

func TestMirror_KeepsTextNotTheSourcesSet(t *testing.T) {
	o := at(1)
	gtids := &set{"uuid:1-3"}
	o.Position.GTIDs = gtids
	s := play(t, session("c", 1, 1), Mirror{Entries: []Entry{{"c", 1, o}}})
	gtids.text = "changed"
	if got := s.Offset("c").Position.GTIDs; got != event.GTIDText("uuid:1-3") {
		t.Fatalf("kept %#v", got)
	}
}

func TestTables_StoredOncePerHash(t *testing.T) {
	s := play(t, session("a", 1, 1), session("b", 1, 1),
		PutTables{"a", 1, []Table{table(1, "x"), table(2, "y"), table(2, "x")}},
		PutTables{"b", 1, []Table{table(7, "x")}})
	if len(s.definitions) != 2 || s.definitions[HashOf([]byte("x"))].refs != 3 {
		t.Fatalf("definitions are %+v", s.definitions)
	}
	if err := s.Apply(9, Truncate{"a", 1, 0}); err != nil {
		t.Fatal(err)
	}
	if len(s.definitions) != 1 || len(s.Tables("b", 7)) != 1 || s.Tables("a", 9) != nil {
		t.Fatalf("after truncation: %+v", s.definitions)
	}
}

func TestTables_OldVersionOnlyRepeated(t *testing.T) {
	s := play(t, session("c", 1, 1),
		PutTables{"c", 1, []Table{table(1, "a"), table(5, "b")}},
		PutTables{"c", 1, []Table{table(1, "a"), table(5, "c"), table(6, "d")}})
	refused(t, s, PutTables{"c", 1, []Table{table(7, "e"), table(1, "other")}}, ErrTableOrder)
	refused(t, s, PutTables{"c", 1, []Table{table(4, "b")}}, ErrTableOrder)
	versions := func(upTo TableVersion) (v []TableVersion) {
		for _, t := range s.Tables("c", upTo) {
			v = append(v, t.Version)
		}
		return v
	}
	if got := versions(5); !slices.Equal(got, []TableVersion{1, 5, 5}) {
		t.Fatalf("versions up to 5 are %v", got)
	}
	if s.NewestTable("c") != 6 || s.NewestTable("unknown") != 0 {
		t.Fatal("the newest version is wrong")
	}
}

func TestDeleteConnector_KeepsOffsetAndHistory(t *testing.T) {
	s := play(t, PutConnector{"c", []byte("{}")}, session("c", 1, 1), mirror("c", 1, 3),
		PutTables{"c", 1, []Table{table(1, "a")}}, PutConnector{"new", []byte("{}")},
		DeleteConnector{"c"}, DeleteConnector{"c"}, DeleteConnector{"new"}, DeleteConnector{"unknown"})
	if s.Config("c") != nil || s.Offset("c").N != 3 || len(s.Tables("c", 1)) != 1 {
		t.Fatal("not only the configuration was deleted")
	}
	if got := s.Connectors(); !slices.Equal(got, []string{"c"}) {
		t.Fatalf("connectors are %v", got)
	}
}

func TestClone_DoesNotChange(t *testing.T) {
	s := play(t, put("c"), session("c", 1, 1), PutTables{"c", 1, []Table{table(1, "a"), table(2, "b")}}, mirror("c", 1, 1),
		SetLive{map[string]bool{"n1": true, "n2": true}})
	c := s.Clone()
	want, err := c.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	for i, cmd := range []Command{
		mirror("c", 1, 2),
		Truncate{"c", 1, 1},
		PutTables{"c", 1, []Table{table(9, "a")}},
		session("c", 3, 1),
		place("c", 2, "n1"),
		SetTarget{"c", Paused},
		Drain{"n1", true},
		RemoveNode{"n2"},
	} {
		if err := s.Apply(uint64(10+i), cmd); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := c.Snapshot(); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("the copy changed: %s, %v", got, err)
	}
}

func TestApply_ForeignCommandRefused(t *testing.T) { refused(t, New(), nil, ErrUnknownCommand) }
