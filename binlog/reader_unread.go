package binlog

import (
	"cdcd/event"
	"cdcd/schema"
)

// UnreadError says that the tables could not be followed through a transaction:
// they did not take a statement, or do not know what rows look like. It is wrapped
// with the place.
type UnreadError struct {
	Group  string           // the transaction's Txn.ID
	Before event.Position   // where it begins
	Table  schema.ID        // of the rows
	Map    *schema.TableMap // what they look like; nil for a statement
	Err    error
}

// Error is the cause.
func (e *UnreadError) Error() string { return e.Err.Error() }

// Unwrap is the cause, too.
func (e *UnreadError) Unwrap() error { return e.Err }

// unread adds to an error of the tables where a definition is needed.
func (r *reader) unread(id schema.ID, m *schema.TableMap, err error) error {
	e := &UnreadError{Table: id, Map: m, Err: err}
	if r.txn == nil {
		return e
	}
	e.Group = r.txn.ID()
	e.Before = event.Position{Flavor: r.cfg.flavor, Server: r.cfg.server, File: r.txn.File, Offset: r.txn.Pos}
	if r.gtids != nil {
		e.Before.GTIDs = r.gtids
	}
	return e
}

// adopt yields the version that counts for a table from this transaction on, where
// one was given.
func (r *reader) adopt(id schema.ID) {
	if r.txn == nil {
		return
	}
	if changes := r.cfg.tables.Adopt(r.txn, id); len(changes) > 0 {
		r.yield(event.DDL{Meta: event.Meta{Txn: r.txn, File: r.txn.File, Pos: r.txn.Pos}, Changes: changes})
	}
}
