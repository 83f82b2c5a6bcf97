package offsets

import (
	"bytes"
	"fmt"
	"slices"
)

// Apply changes the state by the command at index of the log. An error means
// that the command was refused and changed nothing but Index; after a
// [PartialError] that holds for the connectors that it names.
func (s *State) Apply(index uint64, c Command) error {
	s.index = index
	switch c := c.(type) {
	case PutConnector:
		return s.putConnector(c)
	case SetTarget, Place, SetLive, Drain, RemoveNode:
		return s.govern(c)
	case DeleteConnector:
		return s.deleteConnector(c)
	case Session:
		return s.open(c)
	case Mirror:
		return s.mirror(c)
	case Reset:
		return s.reset(c)
	case PutTables:
		return s.putTables(c)
	case Truncate:
		return s.truncate(c)
	}
	return fmt.Errorf("%w: %T", ErrUnknownCommand, c)
}

// ensure returns the connector to write to.
func (s *State) ensure(name string) *connector {
	c, ok := s.connectors[name]
	if !ok {
		c = &connector{}
		s.connectors[name] = c
	}
	return c
}

func (s *State) putConnector(c PutConnector) error {
	conn := s.ensure(c.Connector)
	if !bytes.Equal(conn.config, c.Config) {
		conn.config, conn.revision = c.Config, s.index
	}
	return nil
}

func (s *State) deleteConnector(c DeleteConnector) error {
	conn := s.connector(c.Connector)
	conn.config, conn.revision, conn.target = nil, 0, Running
	if !conn.used() {
		delete(s.connectors, c.Connector)
	}
	return nil
}

// Owns returns nil if a node may open sessions of a generation: it is that of
// the placement, and the placement names the node or none. Where there was no
// placement yet, as in logs of before there were any, no generation but an
// earlier one is refused.
func (s *State) Owns(node, name string, g Generation) error {
	conn := s.connector(name)
	switch p := conn.placement; {
	case g < conn.generation():
		return fmt.Errorf("%w: generation %d of connector %s, known is %d", ErrStaleGeneration, g, name, conn.generation())
	case p.Generation == 0:
		return nil
	case g > p.Generation:
		return fmt.Errorf("%w: generation %d of connector %s, known is %d", ErrNotPlaced, g, name, p.Generation)
	case p.Node != "" && p.Node != node:
		return fmt.Errorf("%w: generation %d of connector %s is of node %s", ErrNotPlaced, g, name, p.Node)
	}
	return nil
}

func (s *State) open(c Session) error {
	if err := s.Owns(c.Node, c.Connector, c.Generation); err != nil {
		return err
	}
	known := s.connector(c.Connector).session
	if c == known {
		return nil
	}
	if c.ID <= known.ID {
		return fmt.Errorf("%w: session %d of connector %s, known is %d", ErrStaleSession, c.ID, c.Connector, known.ID)
	}
	s.ensure(c.Connector).session = c
	return nil
}

// owned returns the connector if session is its newest.
func (s *State) owned(name string, session SessionID) (*connector, error) {
	conn := s.connector(name)
	switch known := conn.session.ID; {
	case session == 0 || session > known:
		return nil, fmt.Errorf("%w: session %d of connector %s, known is %d", ErrNoSession, session, name, known)
	case session < known:
		return nil, fmt.Errorf("%w: session %d of connector %s, known is %d on node %s", ErrStaleSession, session, name, known, conn.session.Node)
	}
	return conn, nil
}

func (s *State) mirror(c Mirror) error {
	refused := map[string]error{}
	for _, e := range c.Entries {
		if err := s.mirrorOne(e); err != nil {
			refused[e.Connector] = err
		}
	}
	return partial(refused)
}

func (s *State) mirrorOne(e Entry) error {
	conn, err := s.owned(e.Connector, e.Session)
	if err != nil {
		return err
	}
	if e.Offset.N < conn.offset.N {
		return fmt.Errorf("%w: commit %d of connector %s, known is %d", ErrStaleOffset, e.Offset.N, e.Connector, conn.offset.N)
	}
	conn.offset, conn.writer = stored(e.Offset), conn.session
	return nil
}

// reset moves the offset anywhere, as an operator may who knows better.
func (s *State) reset(c Reset) error {
	conn, err := s.owned(c.Connector, c.Session)
	if err != nil {
		return err
	}
	conn.offset, conn.writer = stored(c.Offset), conn.session
	return nil
}

func (s *State) putTables(c PutTables) error {
	conn, err := s.owned(c.Connector, c.Session)
	if err != nil {
		return err
	}
	newest := s.NewestTable(c.Connector)
	for _, t := range c.Tables {
		if _, known := conn.find(t); !known && t.Version < newest {
			return fmt.Errorf("%w: version %d of connector %s, newest is %d", ErrTableOrder, t.Version, c.Connector, newest)
		}
	}
	if err := s.checkDefinitions(c); err != nil {
		return err
	}
	for _, t := range c.Tables {
		s.putTable(conn, t)
	}
	return nil
}

// checkDefinitions checks that every definition is stored, or comes along before
// the first table that needs it.
func (s *State) checkDefinitions(c PutTables) error {
	along := map[Hash]bool{}
	for _, t := range c.Tables {
		if len(t.Definition) > 0 {
			along[t.Hash] = true
		}
		if !along[t.Hash] && !s.Defines(t.Hash) {
			return fmt.Errorf("%w: version %d of connector %s, hash %s", ErrUnknownDefinition, t.Version, c.Connector, t.Hash)
		}
	}
	return nil
}

func (s *State) putTable(conn *connector, t Table) {
	at, known := conn.find(t)
	if known {
		return
	}
	conn.tables = slices.Insert(conn.tables, at, ref{t.Version, t.Hash})
	d, ok := s.definitions[t.Hash]
	if !ok {
		d = &definition{content: t.Definition}
		s.definitions[t.Hash] = d
	}
	d.refs++
}

// find returns where t is, or belongs, in the history.
func (c *connector) find(t Table) (int, bool) {
	return slices.BinarySearchFunc(c.tables, ref{t.Version, t.Hash}, ref.compare)
}

func (s *State) truncate(c Truncate) error {
	conn, err := s.owned(c.Connector, c.Session)
	if err != nil {
		return err
	}
	end := slices.IndexFunc(conn.tables, func(r ref) bool { return r.Version > c.Version })
	if end < 0 {
		return nil
	}
	for _, r := range conn.tables[end:] {
		s.release(r.Hash)
	}
	conn.tables = slices.Clone(conn.tables[:end])
	return nil
}

// release drops one ref to a definition, and the definition with the last one.
func (s *State) release(h Hash) {
	d := s.definitions[h]
	d.refs--
	if d.refs == 0 {
		delete(s.definitions, h)
	}
}
