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
type model struct{ accepted []Command }

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
	for _, c := range m.accepted {
		before.accepted = append(before.accepted, c)
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

// apply accepts c or says why not. A Mirror is taken apart: each entry is a
// command of its own.
func (m *model) apply(c Command) error {
	if c, ok := c.(Mirror); ok {
		return m.mirror(c)
	}
	err := m.refuses(c)
	if err == nil {
		m.accepted = append(m.accepted, c)
	}
	return err
}

func (m *model) mirror(c Mirror) (last error) {
	for _, e := range c.Entries {
		one := Mirror{Entries: []Entry{e}}
		err := m.owner(e.Connector, e.Session)
		if err == nil && e.Offset.N < m.offset(e.Connector).N {
			err = ErrStaleOffset
		}
		if err == nil {
			m.accepted = append(m.accepted, one)
		} else {
			last = err
		}
	}
	return last
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
		last := m.session(c.Connector)
		switch {
		case c == last:
		case c.Generation < last.Generation:
			return ErrStaleGeneration
		case c.ID <= last.ID:
			return ErrStaleSession
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

func (m *model) admits(c PutTables) error {
	known := m.tables(c.Connector)
	for _, t := range c.Tables {
		repeated := slices.ContainsFunc(known, func(k Table) bool { return k.Version == t.Version && k.Hash == t.Hash })
		late := slices.ContainsFunc(known, func(k Table) bool { return k.Version > t.Version })
		if late && !repeated {
			return ErrTableOrder
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
	return m.agreesOnDefinitions(s)
}

func (m *model) agreesOnTables(s *State, name string, upTo TableVersion) error {
	want := slices.DeleteFunc(m.tables(name), func(t Table) bool { return t.Version > upTo })
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

var names = []string{"a", "b", "connector with ü"}

// command draws one that is about as often refused as not.
func command() *rapid.Generator[Command] {
	name := rapid.SampledFrom(names)
	id := rapid.Map(rapid.IntRange(0, 6), func(i int) SessionID { return SessionID(i) })
	version := rapid.Map(rapid.IntRange(0, 8), func(i int) TableVersion { return TableVersion(i) })
	one := rapid.Custom(func(t *rapid.T) Table {
		return table(version.Draw(t, "version"), rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "content"))
	})
	entry := rapid.Custom(func(t *rapid.T) Entry {
		return Entry{name.Draw(t, "connector"), id.Draw(t, "session"), at(rapid.Uint64Range(0, 20).Draw(t, "n"))}
	})
	return rapid.Custom(func(t *rapid.T) Command {
		switch rapid.IntRange(0, 8).Draw(t, "kind") {
		case 0:
			return PutConnector{name.Draw(t, "connector"), []byte(rapid.StringN(1, 5, 20).Draw(t, "config"))}
		case 1:
			return DeleteConnector{name.Draw(t, "connector")}
		case 2, 3:
			return session(name.Draw(t, "connector"), 1+id.Draw(t, "session"), Generation(rapid.IntRange(1, 3).Draw(t, "generation")))
		case 4:
			return Truncate{name.Draw(t, "connector"), id.Draw(t, "session"), version.Draw(t, "version")}
		case 8:
			return Reset{name.Draw(t, "connector"), id.Draw(t, "session"), at(rapid.Uint64Range(0, 20).Draw(t, "n"))}
		case 5:
			return PutTables{name.Draw(t, "connector"), id.Draw(t, "session"), rapid.SliceOfN(one, 1, 3).Draw(t, "tables")}
		}
		return Mirror{rapid.SliceOfN(entry, 1, 4).Draw(t, "entries")}
	})
}

// TestState_AgreesWithModel runs random commands, each through its encoding, and
// now and then puts a restored snapshot in the state's place.
func TestState_AgreesWithModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, m := New(), &model{}
		for i, c := range rapid.SliceOfN(command(), 0, 60).Draw(t, "commands") {
			got, want := s.Apply(uint64(i+1), recoded(t, c)), m.apply(c)
			if (got == nil) != (want == nil) || want != nil && !errors.Is(got, want) {
				t.Fatalf("%+v: %v, the model says %v", c, got, want)
			}
			if i%7 == 0 {
				s = restored(t, s)
			}
			if s.Index() != uint64(i+1) {
				t.Fatalf("index is %d", s.Index())
			}
			if err := m.agrees(s); err != nil {
				t.Fatalf("after %+v: %v", c, err)
			}
		}
	})
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
	opts := []cmp.Option{cmp.AllowUnexported(State{}, connector{}, definition{}), cmpopts.EquateEmpty()}
	if d := cmp.Diff(s, r, opts...); d != "" {
		t.Fatalf("restored differently:\n%s", d)
	}
	return r
}
