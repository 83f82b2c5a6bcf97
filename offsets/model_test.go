package offsets

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// model is the state as one would explain it: everything that was accepted, in
// order. Every question is answered by looking through all of it.
type model struct {
	accepted []Command
	at       []uint64 // the index of each
}

func (m *model) accept(index uint64, c Command) {
	m.accepted, m.at = append(m.accepted, c), append(m.at, index)
}

func (m *model) config(name string) (config []byte) {
	for _, c := range m.accepted {
		switch c := c.(type) {
		case PutConnector:
			if c.Connector == name {
				config = c.Config
			}
		case DeleteConnector:
			if c.Connector == name {
				config = nil
			}
		}
	}
	return config
}

func (m *model) session(name string) (last Session) {
	for _, c := range m.accepted {
		if c, ok := c.(Session); ok && c.Connector == name {
			last = c
		}
	}
	return last
}

func (m *model) offset(name string) (last Offset) {
	for _, c := range m.accepted {
		switch c := c.(type) {
		case Mirror:
			if c.Entries[0].Connector == name {
				last = c.Entries[0].Offset
			}
		case Reset:
			if c.Connector == name {
				last = c.Offset
			}
		}
	}
	return last
}

// writer is the session that was the newest when the offset was stored.
func (m *model) writer(name string) (writer Session) {
	before := &model{}
	for i, c := range m.accepted {
		before.accept(m.at[i], c)
		one, mirror := c.(Mirror)
		reset, ok := c.(Reset)
		if mirror && one.Entries[0].Connector == name || ok && reset.Connector == name {
			writer = before.session(name)
		}
	}
	return writer
}

// tables returns what is known, in the order of coming.
func (m *model) tables(name string) (known []Table) {
	for _, c := range m.accepted {
		switch c := c.(type) {
		case PutTables:
			if c.Connector == name {
				known = append(known, c.Tables...)
			}
		case Truncate:
			if c.Connector == name {
				known = slices.DeleteFunc(known, func(t Table) bool { return t.Version > c.Version })
			}
		}
	}
	return known
}

// apply accepts c or says why not, for each connector that it is refused for. A
// Mirror and a Place are taken apart: each connector is a command of its own.
func (m *model) apply(index uint64, c Command) map[string]error {
	refused := map[string]error{}
	one := func(name string, c Command) {
		if err := m.refuses(c); err != nil {
			refused[name] = err
		} else {
			m.accept(index, c)
		}
	}
	switch c := c.(type) {
	case Mirror:
		for _, e := range c.Entries {
			one(e.Connector, Mirror{[]Entry{e}})
		}
	case Place:
		for _, p := range c.Moves {
			one(p.Connector, Place{[]Move{p}})
		}
	default:
		one("", c)
	}
	return refused
}

func (m *model) owner(name string, id SessionID) error {
	switch last := m.session(name).ID; {
	case id == 0 || id > last:
		return ErrNoSession
	case id < last:
		return ErrStaleSession
	}
	return nil
}

func (m *model) refuses(c Command) error {
	switch c := c.(type) {
	case Session:
		if err := m.owns(c.Node, c.Connector, c.Generation); err != nil {
			return err
		}
		if last := m.session(c.Connector); c != last && c.ID <= last.ID {
			return ErrStaleSession
		}
	case Mirror:
		return m.refusesEntry(c.Entries[0])
	case Place:
		return m.refusesMove(c.Moves[0])
	case SetTarget:
		if m.config(c.Connector) == nil {
			return ErrUnknownConnector
		}
	case PutTables:
		if err := m.owner(c.Connector, c.Session); err != nil {
			return err
		}
		return m.admits(c)
	case Truncate:
		return m.owner(c.Connector, c.Session)
	case Reset:
		return m.owner(c.Connector, c.Session)
	}
	return nil
}

func (m *model) refusesEntry(e Entry) error {
	if err := m.owner(e.Connector, e.Session); err != nil {
		return err
	}
	if e.Offset.N < m.offset(e.Connector).N {
		return ErrStaleOffset
	}
	return nil
}

func (m *model) admits(c PutTables) error {
	known := m.tables(c.Connector)
	for _, t := range c.Tables {
		repeated := slices.ContainsFunc(known, func(k Table) bool { return k.Version == t.Version && k.Hash == t.Hash })
		late := slices.ContainsFunc(known, func(k Table) bool { return k.Version > t.Version })
		if late && !repeated {
			return ErrTableOrder
		}
	}
	return m.defines(c)
}

// defines tells whether there is a definition for every table of c.
func (m *model) defines(c PutTables) error {
	known := map[Hash]bool{}
	for _, name := range names {
		for _, t := range m.tables(name) {
			known[t.Hash] = true
		}
	}
	for _, t := range c.Tables {
		if known[t.Hash] = known[t.Hash] || t.Definition != nil; !known[t.Hash] {
			return ErrUnknownDefinition
		}
	}
	return nil
}

// agrees compares every answer of the state with the model's.
func (m *model) agrees(s *State) error {
	for _, name := range names {
		switch {
		case !bytes.Equal(m.config(name), s.Config(name)):
			return fmt.Errorf("config of %s is %s", name, s.Config(name))
		case m.session(name) != s.Session(name):
			return fmt.Errorf("session of %s is %v", name, s.Session(name))
		case m.writer(name) != s.Writer(name):
			return fmt.Errorf("writer of %s is %v", name, s.Writer(name))
		case !cmp.Equal(m.offset(name), s.Offset(name)):
			return fmt.Errorf("offset of %s is %v", name, s.Offset(name))
		}
		for v := range TableVersion(9) {
			if err := m.agreesOnTables(s, name, v); err != nil {
				return err
			}
		}
	}
	if err := m.agreesOnGovernment(s); err != nil {
		return err
	}
	return m.agreesOnDefinitions(s)
}

func (m *model) agreesOnTables(s *State, name string, upTo TableVersion) error {
	want := slices.DeleteFunc(m.tables(name), func(t Table) bool { return t.Version > upTo })
	for i, t := range want {
		want[i] = table(t.Version, contentOf(t.Hash)) // it may have come without
	}
	slices.SortFunc(want, func(a, b Table) int { return ref{a.Version, a.Hash}.compare(ref{b.Version, b.Hash}) })
	want = slices.CompactFunc(want, func(a, b Table) bool { return a.Version == b.Version && a.Hash == b.Hash })
	if d := cmp.Diff(want, s.Tables(name, upTo), cmpopts.EquateEmpty()); d != "" {
		return fmt.Errorf("tables of %s up to %d: %s", name, upTo, d)
	}
	return nil
}

// agreesOnDefinitions checks that every definition in use is stored, and no
// other.
func (m *model) agreesOnDefinitions(s *State) error {
	used := map[Hash]bool{}
	for _, name := range names {
		for _, t := range m.tables(name) {
			used[t.Hash] = true
		}
	}
	if len(used) != len(s.definitions) {
		return fmt.Errorf("%d definitions are stored and %d used", len(s.definitions), len(used))
	}
	return nil
}

var contents = []string{"x", "y", "z"}

// contentOf is the content of a hash.
func contentOf(h Hash) string {
	return contents[slices.IndexFunc(contents, func(c string) bool { return HashOf([]byte(c)) == h })]
}

var names = []string{"a", "b", "connector with ü"}

var name = rapid.SampledFrom(names)

// near draws a number that is right, or that comes before or after.
func near[T ~uint64](n T) *rapid.Generator[T] {
	return rapid.SampledFrom([]T{n, n, n, n + 1, n + 1, n + 2, n - min(n, 1)})
}

// commands calls f with the index and the next command of a history that is long
// enough for several placements, and with what f returns from then on. A command
// is about as often refused as not.
func commands(t *rapid.T, f func(s *State, index uint64, c Command) *State) {
	s := New()
	for i := range rapid.Uint64Range(0, 80).Draw(t, "length") {
		s = f(s, i+1, rapid.OneOf(ownersCommand(s), leadersCommand(s)).Draw(t, "command"))
	}
}

// ownersCommand draws what moves a connector.
func ownersCommand(s *State) *rapid.Generator[Command] {
	id := func(t *rapid.T, name string) SessionID { return near(s.Session(name).ID).Draw(t, "session") }
	version := rapid.Map(rapid.IntRange(0, 8), func(i int) TableVersion { return TableVersion(i) })
	one := rapid.Custom(func(t *rapid.T) Table {
		tb := table(version.Draw(t, "version"), rapid.SampledFrom(contents).Draw(t, "content"))
		if rapid.IntRange(0, 3).Draw(t, "without") == 0 {
			tb.Definition = nil
		}
		return tb
	})
	entry := rapid.Custom(func(t *rapid.T) Entry {
		c := name.Draw(t, "connector")
		return Entry{c, id(t, c), at(near(s.Offset(c).N).Draw(t, "n"))}
	})
	return rapid.Custom(func(t *rapid.T) Command {
		c := name.Draw(t, "connector")
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0, 1:
			opened := max(1, near(s.Session(c).ID+1).Draw(t, "session"))
			return on(node.Draw(t, "node"), c, opened, near(newestGeneration(s, c)).Draw(t, "generation"))
		case 2:
			return Truncate{c, id(t, c), version.Draw(t, "version")}
		case 3:
			return Reset{c, id(t, c), at(rapid.Uint64Range(0, 20).Draw(t, "n"))}
		case 4:
			return PutTables{c, id(t, c), rapid.SliceOfN(one, 1, 3).Draw(t, "tables")}
		}
		return Mirror{rapid.SliceOfNDistinct(entry, 1, 3, func(e Entry) string { return e.Connector }).Draw(t, "entries")}
	})
}

// TestState_AgreesWithModel runs random commands, each through its encoding, and
// now and then puts a restored snapshot in the state's place.
func TestState_AgreesWithModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{}
		commands(t, func(s *State, index uint64, c Command) *State {
			got, want := s.Apply(index, recoded(t, c)), m.apply(index, c)
			if !cmp.Equal(want, reasons(got), cmpopts.EquateErrors()) {
				t.Fatalf("%+v: %v, the model says %v", c, got, want)
			}
			if index%7 == 0 {
				s = restored(t, s)
			}
			if s.Index() != index {
				t.Fatalf("index is %d", s.Index())
			}
			if err := m.agrees(s); err != nil {
				t.Fatalf("after %+v: %v", c, err)
			}
			return s
		})
	})
}

// TestState_AgreesThatRepetitionsChangeNothing applies each of random commands
// again directly after itself.
func TestState_AgreesThatRepetitionsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		commands(t, func(s *State, index uint64, c Command) *State {
			first := s.Apply(2*index, c)
			once := s.Clone()
			again := s.Apply(2*index+1, c)
			if fmt.Sprint(first) != fmt.Sprint(again) {
				t.Fatalf("%+v: %v, and then %v", c, first, again)
			}
			once.index = s.index
			if d := difference(once, s); d != "" {
				t.Fatalf("%+v: a repetition changed the state:\n%s", c, d)
			}
			return s
		})
	})
}

// reasons is why a command was refused, by connector; "" for what is not of one
// among several.
func reasons(err error) map[string]error {
	var partly *PartialError
	switch {
	case errors.As(err, &partly):
		return partly.Refused
	case err != nil:
		return map[string]error{"": err}
	}
	return map[string]error{}
}

// recoded is c as it comes out of a log.
func recoded(t *rapid.T, c Command) Command {
	frame, err := Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(frame)
	if err != nil || !cmp.Equal(c, back) {
		t.Fatalf("%+v became %+v: %v", c, back, err)
	}
	return back
}

// restored is s as it comes out of its snapshot.
func restored(t *rapid.T, s *State) *State {
	a, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	r, err := Restore(a)
	if err != nil {
		t.Fatal(err)
	}
	if d := difference(s, r); d != "" {
		t.Fatalf("restored differently:\n%s", d)
	}
	return r
}

// difference tells two states apart by all that is in memory.
func difference(a, b *State) string {
	return cmp.Diff(a, b, cmp.AllowUnexported(State{}, connector{}, definition{}), cmpopts.EquateEmpty())
}
