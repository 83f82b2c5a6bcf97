package cluster

import (
	"context"
	"fmt"

	"cdcd/offsets"
)

// RemoteStore is how far a connector of a running cluster has got, for an operator
// to see and to decide. It is for one goroutine.
type RemoteStore struct {
	client    *Client
	connector string
	session   offsets.SessionID
}

// Store returns the store of a connector, known or not.
func (c *Client) Store(connector string) *RemoteStore {
	return &RemoteStore{client: c, connector: connector}
}

// Load returns what was stored before the call.
func (s *RemoteStore) Load(ctx context.Context) (Stored, error) {
	o, err := through(ctx, s.client, func(ctx context.Context, node string) (Stored, error) {
		return call[string, Stored](ctx, s.client.calls, node, "stored", s.connector)
	})
	if err != nil {
		return o, fmt.Errorf("load the offset of connector %s: %w", s.connector, err)
	}
	return o, nil
}

// Session makes the operator the owner of a connector that is placed nowhere, until
// it is resumed; one that runs is an [offsets.ErrNotPlaced]. See [Store.Session].
func (s *RemoteStore) Session(ctx context.Context, p offsets.Producer, above offsets.SessionID) (offsets.SessionID, error) {
	known, err := s.Load(ctx)
	if err != nil {
		return 0, err
	}
	c := offsets.Session{
		Connector: s.connector, ID: max(known.Session.ID, above) + 1, Generation: known.Generation,
		Node: s.client.cfg.NodeID + " (an operator)", Producer: p,
	}
	if err := s.client.Apply(ctx, c); err != nil {
		return 0, fmt.Errorf("open session %d of connector %s: %w", c.ID, s.connector, err)
	}
	s.session = c.ID
	return c.ID, nil
}

// Reset is [Store.Reset].
func (s *RemoteStore) Reset(ctx context.Context, o offsets.Offset) error {
	c := offsets.Reset{Connector: s.connector, Session: s.session, Offset: o}
	if err := s.client.Apply(ctx, c); err != nil {
		return fmt.Errorf("reset the offset of connector %s: %w", s.connector, err)
	}
	return nil
}

// serveStored has the leader answer, from any node.
func (n *Node) serveStored(ctx context.Context, connector string) (Stored, error) {
	ctx, cancel := context.WithTimeout(ctx, memberTimeout)
	defer cancel()
	return ask(ctx, n, "load", (*Node).serveLoad, connector)
}
