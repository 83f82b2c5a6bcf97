package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

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
	account
	node       *Node
	generation offsets.Generation
}

// Store returns the store of a connector that is placed on this node by the
// given generation.
func (n *Node) Store(connector string, g offsets.Generation) *Store {
	return &Store{account: account{ledger: n, packer: n.packer, connector: connector}, node: n, generation: g}
}

// Confirm returns nil while the connector is this store's to write: see
// [Node.Confirm].
func (s *Store) Confirm(ctx context.Context) error {
	return s.node.Confirm(ctx, s.connector, s.generation)
}

// Session makes the store the owner of its connector and returns the number of
// the session, which is larger than every earlier one and than above. From then
// on whatever an earlier session sends is refused. It is called again after a
// takeover, by the same store or another one.
func (s *Store) Session(ctx context.Context, p offsets.Producer, above offsets.SessionID) (offsets.SessionID, error) {
	return s.open(ctx, above, func(Stored) offsets.Session {
		return offsets.Session{Generation: s.generation, Node: s.node.cfg.NodeID, Producer: p}
	})
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
	err := s.packTables(ctx, tables, s.defined)
	if errors.Is(err, offsets.ErrUnknownDefinition) { // forgotten since with another connector's history
		err = s.packTables(ctx, tables, notStored)
	}
	return err
}

// defined tells whether the cluster has a definition.
func (s *Store) defined(h offsets.Hash) (ok bool) {
	s.node.Read(func(st *offsets.State) { ok = st.Defines(h) })
	return ok
}

// Tables returns the table versions up to a version, in order, and forgets later
// ones.
func (s *Store) Tables(ctx context.Context, upTo offsets.TableVersion) ([]Kept, error) {
	if err := s.node.Sync(ctx); err != nil {
		return nil, fmt.Errorf("load the tables of connector %s: %w", s.connector, err)
	}
	if err := s.truncate(ctx, upTo); err != nil {
		return nil, err
	}
	var tables []Kept
	s.node.Read(func(st *offsets.State) {
		for _, t := range st.Tables(s.connector, upTo) {
			tables = append(tables, Kept{t, s.node.packer})
		}
	})
	return tables, nil
}

func (s *Store) truncate(ctx context.Context, v offsets.TableVersion) error {
	var newest offsets.TableVersion
	s.node.Read(func(st *offsets.State) { newest = st.NewestTable(s.connector) })
	if newest <= v {
		return nil
	}
	return s.Forget(ctx, v)
}
