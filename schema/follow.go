package schema

import (
	"errors"
	"fmt"
	"iter"
	"slices"
)

// Follow is Apply for what a server has logged, where an error would come again at
// every restart. A statement that cannot be folded makes the tables unknown that
// it may have changed, which are those that it names: they are [Lost], until rows
// show what they look like. Of a statement that could change others, or rows, what
// Give was told of its transaction counts instead; without that it is Apply's
// error, and nothing is changed.
func (t *Tracker) Follow(d DDL) ([]Change, error) {
	changes, err := t.Apply(d)
	if err == nil || errors.Is(err, ErrRows) {
		return changes, err
	}
	if t.makesRows(d) {
		return nil, fmt.Errorf("%w: %w", ErrRows, err)
	}
	if changes = t.adopt(func(g *Table) bool { return g.From == d.Group }); len(changes) > 0 {
		return changes, nil
	}
	return t.lose(d, err)
}

// makesRows reports whether a statement fills the table that it makes: CREATE TABLE
// with a SELECT, TABLE or VALUES ROW, which a server logs so in statement format
// only.
func (t *Tracker) makesRows(d DDL) bool {
	k, tokens := read(d, t.flavor)
	if k != createTable {
		return false
	}
	tables := 0
	for i, word := range tokens {
		if word.is("TABLE") {
			tables++
		}
		if tables > 1 || word.is("SELECT") || words(tokens[i:], "VALUES", "ROW") {
			return true
		}
	}
	return false
}

// lose makes the tables unknown that a statement names, or returns the cause where
// it is not certain that it can have changed no other.
func (t *Tracker) lose(d DDL, cause error) ([]Change, error) {
	k, tokens := read(d, t.flavor)
	subject := t.stored(subjectOf(tokens, d.Database))
	if !k.changesNamedTables() || subject.IsDatabase() {
		return nil, cause
	}
	reason := fmt.Sprintf("%v (transaction %s)", cause, d.Group)
	f := &folder{tracker: t, tables: map[ID]*Table{}}
	for id := range named(tokens, d.Database) {
		id = t.stored(id)
		_, again := f.tables[id]
		if again || !t.tracks(id) || id != subject && t.Table(id) == nil {
			continue
		}
		f.tables[id] = nil
		f.changes = append(f.changes, Change{Kind: Lost, ID: id, Table: &Table{ID: id, Dropped: true, Unread: reason}})
	}
	return f.commit(), nil
}

// changesNamedTables tells the statements that change what tables look like, of
// those tables only that they name, and no rows.
func (k kind) changesNamedTables() bool {
	switch k {
	case createTable, alterTable, dropTable, renameTable, createIndex, dropIndex, createSequence, dropSequence:
		return true
	case unknownKind, noShape, changesRows, truncateTable, createDatabase, alterDatabase, dropDatabase:
	}
	return false
}

// named yields every table that a statement could mean: each name by itself, and
// with the one before it where there is a dot between.
func named(tokens []token, database string) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		for i, t := range tokens {
			if !t.isName() {
				continue
			}
			id := ID{Database: database, Name: t.text}
			if i > 1 && tokens[i-1].is(".") && tokens[i-2].isName() {
				id.Database = tokens[i-2].text
			}
			if !yield(id) {
				return
			}
		}
	}
}

// Touches reports whether a statement may change what a table looks like, or the
// defaults of its database: it cannot where it does not name it. One that is not
// known may.
func Touches(d DDL, flavor Flavor, id ID) bool {
	k, tokens := read(d, flavor)
	switch k {
	case noShape, changesRows, truncateTable:
		return false
	case unknownKind:
		return true
	case createDatabase, alterDatabase, dropDatabase:
		return equalFold(d.Database, id.Database) || names(tokens, id.Database)
	case createTable, alterTable, dropTable, renameTable, createIndex, dropIndex, createSequence, dropSequence:
	}
	return names(tokens, id.Name)
}

// names reports whether a name is among tokens.
func names(tokens []token, name string) bool {
	return slices.ContainsFunc(tokens, func(t token) bool { return t.isName() && equalFold(t.text, name) })
}

// Describe says what a statement is and which table it begins with, and nothing
// else of it.
func Describe(d DDL, flavor Flavor) string {
	k, tokens := read(d, flavor)
	return k.String() + " " + subject(tokens, d.Database)
}
