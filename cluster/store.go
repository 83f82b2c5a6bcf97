package cluster

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"cdcd/offsets"
)

// Table is one version of one table of a connector, in a form that is the
// caller's own. Equal definitions are stored once.
type Table struct {
	Version    offsets.TableVersion
	Definition []byte
}

// Store is what one connector keeps in the cluster: how far it has got, and what
// its tables looked like. Nothing can be written before Session. Its methods may
// be called concurrently.
type Store struct {
	node       *Node
	connector  string
	generation offsets.Generation
	packer     *packer

	mu      sync.Mutex // guards session
	session offsets.SessionID
}

// Store returns the store of a connector that is placed on this node by the
// given generation.
func (n *Node) Store(connector string, g offsets.Generation) (*Store, error) {
	p, err := newPacker()
	if err != nil {
		return nil, err
	}
	return &Store{node: n, connector: connector, generation: g, packer: p}, nil
}

// Session makes the store the owner of its connector and returns the number of
// the session. From then on whatever an earlier session sends is refused. It is
// called again after a takeover, by the same store or another one.
func (s *Store) Session(ctx context.Context, p offsets.Producer) (offsets.SessionID, error) {
	if err := s.node.Confirm(ctx, s.connector, s.generation); err != nil {
		return 0, err
	}
	var known offsets.SessionID
	s.node.Read(func(st *offsets.State) { known = st.Session(s.connector).ID })
	c := offsets.Session{Connector: s.connector, ID: known + 1, Generation: s.generation, Node: s.node.cfg.NodeID, Producer: p}
	if err := s.node.Apply(ctx, c); err != nil {
		return 0, fmt.Errorf("open session %d of connector %s: %w", c.ID, s.connector, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session = c.ID
	return c.ID, nil
}

// Load returns the last stored offset, the zero Offset when there is none. In
// that case it also forgets the tables that a first load has left which did not
// come to an end.
func (s *Store) Load(ctx context.Context) (offsets.Offset, error) {
	if err := s.node.barrier(ctx); err != nil {
		return offsets.Offset{}, fmt.Errorf("load the offset of connector %s: %w", s.connector, err)
	}
	var o offsets.Offset
	s.node.Read(func(st *offsets.State) { o = st.Offset(s.connector) })
	if o.N == 0 {
		return o, s.truncate(ctx, 0)
	}
	return o, nil
}

// Mirror stores an offset soon; it does not wait. A later one may take its
// place before it is written. Flush tells whether it was refused.
func (s *Store) Mirror(o offsets.Offset) {
	s.node.mirrors.put(offsets.Entry{Connector: s.connector, Session: s.owner().session, Offset: o})
}

// Flush waits until the last mirrored offset is durable, through elections if
// need be. It returns the refusal when one was refused since the session was
// opened: then another session owns the connector.
func (s *Store) Flush(ctx context.Context) error {
	return s.node.mirrors.flush(ctx, s.owner())
}

// PutTables adds table versions; when it returns they are durable. They are
// added in version order, and a version below the newest can only be repeated.
func (s *Store) PutTables(ctx context.Context, tables []Table) error {
	tables = slices.SortedStableFunc(slices.Values(tables), func(a, b Table) int { return cmp.Compare(a.Version, b.Version) })
	c := offsets.PutTables{Connector: s.connector, Session: s.owner().session}
	size := 0
	for _, t := range tables {
		packed, err := s.packer.pack(t)
		if err != nil {
			return err
		}
		if size += len(packed.Definition); size > offsets.MaxEntry && len(c.Tables) > 0 {
			if err := s.putTables(ctx, c); err != nil {
				return err
			}
			c.Tables, size = nil, len(packed.Definition)
		}
		c.Tables = append(c.Tables, packed)
	}
	return s.putTables(ctx, c)
}

func (s *Store) putTables(ctx context.Context, c offsets.PutTables) error {
	if len(c.Tables) == 0 {
		return nil
	}
	if err := s.node.Apply(ctx, c); err != nil {
		return fmt.Errorf("store table versions of connector %s: %w", s.connector, err)
	}
	return nil
}

// Tables returns the table versions up to a version, in order, and forgets later
// ones.
func (s *Store) Tables(ctx context.Context, upTo offsets.TableVersion) ([]Table, error) {
	if err := s.node.barrier(ctx); err != nil {
		return nil, fmt.Errorf("load the tables of connector %s: %w", s.connector, err)
	}
	if err := s.truncate(ctx, upTo); err != nil {
		return nil, err
	}
	var packed []offsets.Table
	s.node.Read(func(st *offsets.State) { packed = st.Tables(s.connector, upTo) })
	tables := make([]Table, 0, len(packed))
	for _, p := range packed {
		t, err := s.packer.unpack(p)
		if err != nil {
			return nil, fmt.Errorf("load the tables of connector %s: %w", s.connector, err)
		}
		tables = append(tables, t)
	}
	return tables, nil
}

func (s *Store) truncate(ctx context.Context, v offsets.TableVersion) error {
	var newest offsets.TableVersion
	s.node.Read(func(st *offsets.State) { newest = st.NewestTable(s.connector) })
	if newest <= v {
		return nil
	}
	c := offsets.Truncate{Connector: s.connector, Session: s.owner().session, Version: v}
	if err := s.node.Apply(ctx, c); err != nil {
		return fmt.Errorf("forget the tables of connector %s after version %d: %w", s.connector, v, err)
	}
	return nil
}

func (s *Store) owner() owner {
	s.mu.Lock()
	defer s.mu.Unlock()
	return owner{s.connector, s.session}
}
