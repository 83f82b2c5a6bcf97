package offsets

import "fmt"

// govern applies what is about who runs what.
func (s *State) govern(c Command) error {
	switch c := c.(type) {
	case SetTarget:
		return s.setTarget(c)
	case Place:
		return s.place(c)
	case SetLive:
		for name, live := range c.Nodes {
			s.setNode(name, func(n *Node) { n.Live = live })
		}
	case Drain:
		s.setNode(c.Node, func(n *Node) { n.Drained = c.Drained })
	case RemoveNode:
		delete(s.nodes, c.Node)
	}
	return nil
}

func (s *State) setTarget(c SetTarget) error {
	conn := s.connector(c.Connector)
	if conn.config == nil {
		return fmt.Errorf("%w: %s", ErrUnknownConnector, c.Connector)
	}
	conn.target = c.Target
	return nil
}

func (s *State) place(c Place) error {
	refused := map[string]error{}
	for _, m := range c.Moves {
		if err := s.move(m); err != nil {
			refused[m.Connector] = err
		}
	}
	return partial(refused)
}

func (s *State) move(m Move) error {
	conn, ok := s.connectors[m.Connector]
	if !ok {
		return fmt.Errorf("%w: %s", ErrUnknownConnector, m.Connector)
	}
	next := Placement{Generation: m.Generation, Node: m.Node}
	known := s.NextGeneration(m.Connector) - 1
	if m.Generation == known && conn.placement.Generation == known && conn.placement.Node == m.Node {
		return nil // a repetition
	}
	if m.Generation != known+1 {
		return fmt.Errorf("%w: generation %d, the next one is %d", ErrPlacedBefore, m.Generation, known+1)
	}
	if m.HandOver {
		next.From = conn.placement.Node
	}
	conn.placement, s.placed = next, s.index
	return nil
}

func (s *State) setNode(name string, change func(*Node)) {
	n := s.nodes[name]
	change(&n)
	s.nodes[name] = n
}
