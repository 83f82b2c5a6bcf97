package cluster

import (
	"context"
	"fmt"
	"sync"

	"cdcd/offsets"
)

// ledger is where accounts are kept: a node has it, and a client asks for it.
type ledger interface {
	// load returns what was stored of a connector before the call.
	load(ctx context.Context, connector string) (Stored, error)
	// tables returns the next table versions of a connector that were stored before
	// the call.
	tables(ctx context.Context, q tablesAfter) (tablesPage, error)
	// Apply has a command committed and applied.
	Apply(ctx context.Context, c offsets.Command) error
}

var (
	_ ledger = (*Node)(nil)
	_ ledger = (*Client)(nil)
)

// Stored is what the cluster knows of how far a connector has got.
type Stored struct {
	Offset  offsets.Offset  // the zero Offset when it has got nowhere
	Writer  offsets.Session // that stored Offset
	Session offsets.Session // the newest
	Tables  offsets.TableVersion

	Generation offsets.Generation // of the placement, or of the newest session
	Node       string             // where the connector is placed, "" for nowhere
}

// account is what there is to do with how far one connector has got, wherever the
// ledger is. Its methods may be called concurrently.
type account struct {
	ledger    ledger
	packer    *packer
	connector string

	mu      sync.Mutex // guards session
	session offsets.SessionID
}

// Load returns what was stored before the call.
func (a *account) Load(ctx context.Context) (Stored, error) {
	o, err := a.ledger.load(ctx, a.connector)
	if err != nil {
		return o, fmt.Errorf("load the offset of connector %s: %w", a.connector, err)
	}
	return o, nil
}

// open opens a session behind every earlier one and above, of which by says what
// else there is to say. It returns its number.
func (a *account) open(ctx context.Context, above offsets.SessionID, by func(known Stored) offsets.Session) (offsets.SessionID, error) {
	known, err := a.Load(ctx)
	if err != nil {
		return 0, err
	}
	c := by(known)
	c.Connector, c.ID = a.connector, max(known.Session.ID, above)+1
	if err := a.ledger.Apply(ctx, c); err != nil {
		return 0, fmt.Errorf("open session %d of connector %s: %w", c.ID, a.connector, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.session = c.ID
	return c.ID, nil
}

// Reset stores an offset in place of the known one, later or not, or with the
// zero Offset forgets it. It is for an operator, in a session of his own.
func (a *account) Reset(ctx context.Context, o offsets.Offset) error {
	c := offsets.Reset{Connector: a.connector, Session: a.owner().session, Offset: o}
	if err := a.ledger.Apply(ctx, c); err != nil {
		return fmt.Errorf("reset the offset of connector %s: %w", a.connector, err)
	}
	return nil
}

func (a *account) owner() owner {
	a.mu.Lock()
	defer a.mu.Unlock()
	return owner{a.connector, a.session}
}

// History returns all table versions, in order.
func (a *account) History(ctx context.Context) ([]Kept, error) {
	var all []Kept
	q := tablesAfter{Connector: a.connector}
	for {
		page, err := a.ledger.tables(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("load the tables of connector %s: %w", a.connector, err)
		}
		for _, t := range page.Tables {
			all = append(all, Kept{t, a.packer})
			q.After = t.Version
		}
		if !page.More {
			return all, nil
		}
	}
}

// Forget forgets the table versions after a version.
func (a *account) Forget(ctx context.Context, v offsets.TableVersion) error {
	c := offsets.Truncate{Connector: a.connector, Session: a.owner().session, Version: v}
	if err := a.ledger.Apply(ctx, c); err != nil {
		return fmt.Errorf("forget the tables of connector %s after version %d: %w", a.connector, v, err)
	}
	return nil
}

// packTables stores tables in as many commands as it takes, without the definitions
// that are stored.
func (a *account) packTables(ctx context.Context, tables []Table, stored func(offsets.Hash) bool) error {
	c := offsets.PutTables{Connector: a.connector, Session: a.owner().session}
	size := 0
	for _, t := range tables {
		packed, err := a.packer.pack(t, stored)
		if err != nil {
			return err
		}
		if size += packed.Size(); size > offsets.MaxEntry && len(c.Tables) > 0 {
			if err := a.putTables(ctx, c); err != nil {
				return err
			}
			c.Tables, size = nil, packed.Size()
		}
		c.Tables = append(c.Tables, packed)
	}
	return a.putTables(ctx, c)
}

func (a *account) putTables(ctx context.Context, c offsets.PutTables) error {
	if len(c.Tables) == 0 {
		return nil
	}
	if err := a.ledger.Apply(ctx, c); err != nil {
		return fmt.Errorf("store table versions of connector %s: %w", a.connector, err)
	}
	return nil
}

// RemoteStore is how far a connector of a running cluster has got, for an operator
// to see and to decide. Its methods may be called concurrently.
type RemoteStore struct {
	account
	operator string
}

// Store returns the store of a connector, known or not.
func (c *Client) Store(connector string) *RemoteStore {
	return &RemoteStore{account: account{ledger: c, packer: c.packer, connector: connector}, operator: c.cfg.NodeID + " (an operator)"}
}

// Session makes the operator the owner of a connector that is placed nowhere, until
// it is resumed; one that runs is an [offsets.ErrNotPlaced]. See [Store.Session].
func (s *RemoteStore) Session(ctx context.Context, p offsets.Producer, above offsets.SessionID) (offsets.SessionID, error) {
	return s.open(ctx, above, func(known Stored) offsets.Session {
		return offsets.Session{Generation: known.Generation, Node: s.operator, Producer: p}
	})
}

// PutTables is [Store.PutTables].
func (s *RemoteStore) PutTables(ctx context.Context, tables []Table) error {
	return s.packTables(ctx, tables, notStored)
}

// notStored has every definition sent along.
func notStored(offsets.Hash) bool { return false }

func (n *Node) load(ctx context.Context, connector string) (Stored, error) {
	return ask(ctx, n, "load", (*Node).serveLoad, connector)
}

func (c *Client) load(ctx context.Context, connector string) (Stored, error) {
	return through(ctx, c, func(ctx context.Context, node string) (Stored, error) {
		return call[string, Stored](ctx, c.calls, node, "stored", connector)
	})
}

// tablesAfter asks for the table versions of a connector behind one.
type tablesAfter struct {
	Connector string               `json:"connector"`
	After     offsets.TableVersion `json:"after"`
}

// tablesPage is as many of them as an answer holds, each version whole.
type tablesPage struct {
	Tables []offsets.Table `json:"tables"`
	More   bool            `json:"more,omitempty"`
}

// maxPage is how many bytes of tables a page has, but for those of its last version.
const maxPage = 1 << 20

func (n *Node) tables(ctx context.Context, q tablesAfter) (tablesPage, error) {
	return ask(ctx, n, "tables", (*Node).serveTables, q)
}

func (c *Client) tables(ctx context.Context, q tablesAfter) (tablesPage, error) {
	return through(ctx, c, func(ctx context.Context, node string) (tablesPage, error) {
		return call[tablesAfter, tablesPage](ctx, c.calls, node, "history", q)
	})
}
