package offsets

import (
	"fmt"
	"maps"
)

// image is the stored form of a State.
type image struct {
	Index       uint64                    `json:"index"`
	Placed      uint64                    `json:"placed,omitempty"`
	Nodes       map[string]Node           `json:"nodes,omitempty"`
	Connectors  map[string]connectorImage `json:"connectors"`
	Definitions map[Hash][]byte           `json:"definitions"`
}

type connectorImage struct {
	Config []byte `json:"config,omitempty"`
	// Revision is 0 where version 2 or older tells of a Config, while a log of
	// then gives its index. No program that wrote them put one.
	Revision  uint64    `json:"revision,omitempty"`
	Target    Target    `json:"target,omitempty"`
	Placement Placement `json:"placement,omitzero"`
	Session   Session   `json:"session"`
	Offset    Offset    `json:"offset"`
	// Writer stored Offset. Version 1 had none, and only sessions without Kafka
	// transactions: any of them will do, where there is an offset.
	Writer *Session `json:"writer,omitempty"`
	Tables []ref    `json:"tables,omitempty"`
}

// Snapshot returns all of the state as bytes; equal states give equal bytes.
func (s *State) Snapshot() ([]byte, error) {
	img := image{Index: s.index, Placed: s.placed, Nodes: s.nodes, Connectors: map[string]connectorImage{}, Definitions: map[Hash][]byte{}}
	for name, c := range s.connectors {
		img.Connectors[name] = connectorImage{
			Config: c.config, Revision: c.revision, Target: c.target, Placement: c.placement,
			Session: c.session, Offset: c.offset, Writer: &c.writer, Tables: c.tables,
		}
	}
	for h, d := range s.definitions {
		img.Definitions[h] = d.content
	}
	return seal(kindSnapshot, img)
}

// Restore is the inverse of [State.Snapshot]. An error is an [ErrCorrupt] or
// [ErrUnknownVersion].
func Restore(snapshot []byte) (*State, error) {
	k, body, err := open(snapshot)
	if err != nil {
		return nil, err
	}
	if k != kindSnapshot {
		return nil, fmt.Errorf("%w: kind %d is no snapshot", ErrCorrupt, k)
	}
	img, err := unmarshal[image](body)
	if err != nil {
		return nil, err
	}
	return img.state()
}

func (img image) state() (*State, error) {
	s := New()
	s.index, s.placed = img.Index, img.Placed
	maps.Copy(s.nodes, img.Nodes)
	for h, content := range img.Definitions {
		s.definitions[h] = &definition{content: content}
	}
	for name, c := range img.Connectors {
		s.connectors[name] = c.connector()
		if err := s.count(name, c.Tables); err != nil {
			return nil, err
		}
	}
	for h, d := range s.definitions {
		if d.refs == 0 {
			return nil, fmt.Errorf("%w: nothing refers to definition %s", ErrCorrupt, h)
		}
	}
	return s, nil
}

func (c connectorImage) connector() *connector {
	if c.Writer == nil {
		c.Writer = &Session{}
		if c.Offset.N > 0 {
			c.Writer = &c.Session
		}
	}
	return &connector{
		config: c.Config, revision: c.Revision, target: c.Target, placement: c.Placement,
		session: c.Session, offset: c.Offset, writer: *c.Writer, tables: c.Tables,
	}
}

// count counts the refs of one connector.
func (s *State) count(name string, tables []ref) error {
	if !ascending(tables) {
		return fmt.Errorf("%w: the table history of connector %s is out of order", ErrCorrupt, name)
	}
	for _, r := range tables {
		d, ok := s.definitions[r.Hash]
		if !ok {
			return fmt.Errorf("%w: connector %s refers to an unknown definition %s", ErrCorrupt, name, r.Hash)
		}
		d.refs++
	}
	return nil
}

func ascending(refs []ref) bool {
	for i := 1; i < len(refs); i++ {
		if refs[i-1].compare(refs[i]) >= 0 {
			return false
		}
	}
	return true
}
