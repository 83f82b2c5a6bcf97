package offsets

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"
)

var (
	nodeNames = []string{"n1", "n2", "n3"}
	node      = rapid.SampledFrom(nodeNames)
)

func newestGeneration(s *State, name string) Generation {
	return max(s.Placement(name).Generation, s.Session(name).Generation)
}

// moves are those of one connector, in order, each with the index that it came
// at. What was accepted again is not among them.
func (m *model) moves(name string) (moves []Move, at []uint64) {
	for i, c := range m.accepted {
		c, ok := c.(Place)
		if !ok || c.Moves[0].Connector != name {
			continue
		}
		if n := len(moves); n == 0 || moves[n-1].Generation != c.Moves[0].Generation {
			moves, at = append(moves, c.Moves[0]), append(at, m.at[i])
		}
	}
	return moves, at
}

func (m *model) placement(name string) Placement {
	moves, _ := m.moves(name)
	if len(moves) == 0 {
		return Placement{}
	}
	last := moves[len(moves)-1]
	p := Placement{Generation: last.Generation, Node: last.Node}
	if last.HandOver && len(moves) > 1 {
		p.From = moves[len(moves)-2].Node
	}
	return p
}

func (m *model) placed() (last uint64) {
	for _, name := range names {
		_, at := m.moves(name)
		for _, i := range at {
			last = max(last, i)
		}
	}
	return last
}

func (m *model) revision(name string) (revision uint64) {
	before := &model{}
	for i, c := range m.accepted {
		switch c := c.(type) {
		case PutConnector:
			if c.Connector == name && !bytes.Equal(c.Config, before.config(name)) {
				revision = m.at[i]
			}
		case DeleteConnector:
			if c.Connector == name {
				revision = 0
			}
		}
		before.accept(m.at[i], c)
	}
	return revision
}

func (m *model) target(name string) (target Target) {
	for _, c := range m.accepted {
		switch c := c.(type) {
		case SetTarget:
			if c.Connector == name {
				target = c.Target
			}
		case DeleteConnector:
			if c.Connector == name {
				target = Running
			}
		}
	}
	return target
}

// known tells whether anything is known of a connector.
func (m *model) known(name string) bool {
	moves, _ := m.moves(name)
	return m.config(name) != nil || m.session(name).ID > 0 || len(moves) > 0
}

func (m *model) nodes() map[string]Node {
	nodes := map[string]Node{}
	for _, c := range m.accepted {
		switch c := c.(type) {
		case SetLive:
			for name, live := range c.Nodes {
				nodes[name] = Node{Live: live, Drained: nodes[name].Drained}
			}
		case Drain:
			nodes[c.Node] = Node{Live: nodes[c.Node].Live, Drained: c.Drained}
		case RemoveNode:
			delete(nodes, c.Node)
		}
	}
	return nodes
}

// owns is the rule for sessions: they belong to the placement, if there is one,
// and to the node that it names, if it names one.
func (m *model) owns(node, name string, g Generation) error {
	p := m.placement(name)
	switch {
	case p.Generation == 0 && g < m.session(name).Generation, g < p.Generation:
		return ErrStaleGeneration
	case p.Generation > 0 && g > p.Generation, p.Node != "" && p.Node != node:
		return ErrNotPlaced
	}
	return nil
}

func (m *model) refusesMove(c Move) error {
	p := m.placement(c.Connector)
	last := p.Generation
	if last == 0 {
		last = m.session(c.Connector).Generation
	}
	switch {
	case c.Node != "" && m.config(c.Connector) == nil, !m.known(c.Connector):
		return ErrUnknownConnector
	case c.Generation == p.Generation && c.Node == p.Node && (c.HandOver || p.From == ""):
		return nil // it is placed like this
	case c.Generation != last+1:
		return ErrPlacedBefore
	}
	return nil
}

// agreesOnGovernment compares the answers about who runs what.
func (m *model) agreesOnGovernment(s *State) error {
	if want := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !m.known(n) }); !slices.Equal(want, s.Connectors()) {
		return fmt.Errorf("connectors are %q, not %q", s.Connectors(), want)
	}
	if s.Placed() != m.placed() {
		return fmt.Errorf("placed at %d, not %d", s.Placed(), m.placed())
	}
	for _, name := range names {
		switch {
		case m.placement(name) != s.Placement(name):
			return fmt.Errorf("placement of %s is %+v", name, s.Placement(name))
		case m.target(name) != s.Target(name):
			return fmt.Errorf("target of %s is %s", name, s.Target(name))
		case m.revision(name) != s.Revision(name):
			return fmt.Errorf("revision of %s is %d", name, s.Revision(name))
		}
		if err := m.agreesOnOwners(s, name); err != nil {
			return err
		}
	}
	return m.agreesOnNodes(s)
}

func (m *model) agreesOnOwners(s *State, name string) error {
	for g := range newestGeneration(s, name) + 3 {
		for _, node := range nodeNames {
			if got, want := s.Owns(node, name, g), m.owns(node, name, g); !errors.Is(got, want) {
				return fmt.Errorf("that %s owns %s in generation %d: %s, not %s", node, name, g, fmt.Sprint(got), fmt.Sprint(want))
			}
		}
	}
	return nil
}

func (m *model) agreesOnNodes(s *State) error {
	want := m.nodes()
	if names := slices.Sorted(maps.Keys(want)); !slices.Equal(names, s.Nodes()) {
		return fmt.Errorf("nodes are %q, not %q", s.Nodes(), names)
	}
	for _, name := range nodeNames {
		if got, _ := s.Node(name); got != want[name] {
			return fmt.Errorf("node %s is %+v", name, got)
		}
	}
	return nil
}

// leadersCommand draws what is about who runs what.
func leadersCommand(s *State) *rapid.Generator[Command] {
	move := rapid.Custom(func(t *rapid.T) Move {
		c := name.Draw(t, "connector")
		to := rapid.SampledFrom([]string{"", s.Placement(c).Node, "n1", "n2", "n3"}).Draw(t, "node")
		return Move{c, max(1, near(newestGeneration(s, c)).Draw(t, "generation")), to, rapid.Bool().Draw(t, "hand over")}
	})
	return rapid.Custom(func(t *rapid.T) Command {
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0, 1, 2:
			return Place{rapid.SliceOfNDistinct(move, 1, 3, func(m Move) string { return m.Connector }).Draw(t, "moves")}
		case 3:
			return SetTarget{name.Draw(t, "connector"), rapid.SampledFrom([]Target{Running, Paused, Stopped}).Draw(t, "target")}
		case 4:
			return SetLive{rapid.MapOfN(node, rapid.Bool(), 1, 3).Draw(t, "nodes")}
		case 5:
			return Drain{node.Draw(t, "node"), rapid.Bool().Draw(t, "drained")}
		case 6:
			return RemoveNode{node.Draw(t, "node")}
		case 7:
			return DeleteConnector{name.Draw(t, "connector")}
		}
		return PutConnector{name.Draw(t, "connector"), []byte(rapid.StringN(1, 2, 8).Draw(t, "config"))}
	})
}
