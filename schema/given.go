package schema

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Give tells what a table looks like from the transaction tb.From on, whatever is
// known of it there. It counts once: where rows of the table come in that
// transaction, or a statement that Follow cannot do anything with.
func (t *Tracker) Give(tb *Table) {
	t.given = slices.DeleteFunc(t.given, func(g *Table) bool { return g.From == tb.From && g.ID == tb.ID })
	t.given = append(t.given, tb)
}

// Transaction is one of the binlog, which has the same name in every replay. It is
// asked for only where something was given: this is on the way of every statement.
type Transaction interface{ ID() string }

// Adopt makes what was given for a table from a transaction on its present
// version. It is called in that transaction, before its rows of the table are
// resolved.
func (t *Tracker) Adopt(txn Transaction, id ID) []Change {
	if len(t.given) == 0 {
		return nil
	}
	group := txn.ID()
	id = t.stored(id)
	return t.adopt(func(g *Table) bool { return g.From == group && g.ID == id })
}

func (t *Tracker) adopt(counts func(*Table) bool) []Change {
	f := &folder{tracker: t, tables: map[ID]*Table{}}
	for _, g := range t.given {
		if !counts(g) {
			continue
		}
		tb, kind := g.clone(), Created
		if t.tables[tb.ID] != nil {
			kind = Altered
		}
		tb.From, tb.Dropped = "", false
		f.put(kind, tb, ID{})
	}
	t.given = slices.DeleteFunc(t.given, counts)
	return f.commit()
}

// Given returns the version to keep of a definition that counts from a transaction
// on. To a program that does not know of such versions the table is dropped.
func Given(tb *Table, group string, v Version) *Table {
	g := tb.clone()
	g.From, g.Dropped, g.Version = group, true, v
	return g
}

// ErrDefinition says that a text is no definition of a table.
var ErrDefinition = errors.New("that is no definition of the table")

// Define returns the table that a CREATE TABLE statement makes, where nothing is
// known of it yet, and changes nothing.
func (t *Tracker) Define(id ID, statement string) (*Table, error) {
	d := DDL{Database: id.Database, Statement: statement}
	if k, _ := read(d, t.flavor); k != createTable && k != createSequence {
		return nil, fmt.Errorf("%w %s: it has to be one CREATE TABLE statement, as SHOW CREATE TABLE prints it", ErrDefinition, id)
	}
	alone := *t
	alone.tables, alone.unread = maps.Clone(t.tables), maps.Clone(t.unread)
	delete(alone.tables, t.stored(id))
	changes, err := alone.Apply(d)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w %s: %w", ErrDefinition, id, err)
	case len(changes) != 1 || changes[0].Kind != Created && changes[0].Kind != SequenceChanged:
		return nil, fmt.Errorf("%w %s: it makes no table", ErrDefinition, id)
	case changes[0].ID != t.stored(id):
		return nil, fmt.Errorf("%w %s: it is of %s", ErrDefinition, id, changes[0].ID)
	}
	return changes[0].Table, nil
}
