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
	if !ok || m.Node != "" && conn.config == nil {
		return fmt.Errorf("%w: %s", ErrUnknownConnector, m.Connector)
	}
	if conn.placement.is(m) {
		return nil
	}
	if known := conn.generation(); m.Generation != known+1 {
		return fmt.Errorf("%w: generation %d, the next one is %d", ErrPlacedBefore, m.Generation, known+1)
	}
	next := Placement{Generation: m.Generation, Node: m.Node}
	if m.HandOver {
		next.From = conn.placement.Node
	}
	conn.placement, s.placed = next, s.index
	return nil
}

// is tells whether p may have come from m. Where nobody hands over, it does not
// matter whether somebody could have.
func (p Placement) is(m Move) bool {
	return p.Generation == m.Generation && p.Node == m.Node && (m.HandOver || p.From == "")
}

func (s *State) setNode(name string, change func(*Node)) {
	n := s.nodes[name]
	change(&n)
	s.nodes[name] = n
}
