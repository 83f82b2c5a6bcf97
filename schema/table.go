package schema

import (
	"cmp"
	"strings"
)

// ID names a table. Names are as the server stores them, without quotes.
type ID struct {
	Database string `json:"db"`
	Name     string `json:"name"`
}

// String returns "database.table", the form Debezium's filters match.
func (id ID) String() string { return id.Database + "." + id.Name }

func (id ID) compare(o ID) int {
	return cmp.Or(strings.Compare(id.Database, o.Database), strings.Compare(id.Name, o.Name))
}

// IsDatabase tells that the ID names a database and no table: such a "table"
// holds a database's default charset and collation, or with an empty Database
// those of the server.
func (id ID) IsDatabase() bool { return id.Name == "" }

// Version counts the table versions of one connector; it only grows, and a
// resume truncates the history to the version in the state record.
type Version uint64

// Table is one version of one table. It is immutable once published, so that
// any number of goroutines may share it.
type Table struct {
	ID      ID       `json:"id"`
	Columns []Column `json:"columns"`
	// Key holds indexes into Columns, in key order: the primary key, else the
	// first unique index whose columns are all NOT NULL, else empty.
	Key []int `json:"key,omitempty"`
	// PrimaryKey tells whether Key is the declared primary key.
	PrimaryKey bool `json:"pk,omitempty"`
	// Indexes are all indexes in the order they were declared, since a key that
	// is dropped makes another one the Key.
	Indexes   []Index `json:"indexes,omitempty"`
	Charset   string  `json:"charset,omitempty"`
	Collation string  `json:"collation,omitempty"`
	Comment   string  `json:"comment,omitempty"`
	// Engine is the storage engine, "" for InnoDB. It is the server's default
	// where the statement named none; a session's own default is not logged.
	Engine string `json:"engine,omitempty"`
	// Sequence marks the version that says that the name is one of MariaDB's
	// sequences, whose rows are no changes of a table. It has no columns.
	Sequence bool `json:"sequence,omitempty"`
	// Dropped marks the version that says that the table is gone; it holds
	// nothing but ID, unless one of the next two is set.
	Dropped bool `json:"dropped,omitempty"`
	// Unread marks the version that says that the table is not known any more: it
	// is why.
	Unread string `json:"unread,omitempty"`
	// From marks a version that is no present one: it is what was given for the
	// table from the transaction of this name on. See [Tracker.Give].
	From string `json:"from,omitempty"`
	// Version is assigned by the Tracker; it is no part of the content hash.
	Version Version `json:"-"`
}

// Index is an index of a table. Names of columns are as in Columns.
type Index struct {
	Name    string   `json:"name"` // "PRIMARY" for the primary key
	Unique  bool     `json:"unique,omitempty"`
	Columns []string `json:"columns,omitempty"`
	// Expression tells that a key part is an expression.
	Expression bool `json:"expression,omitempty"`
	// Foreign marks the index that a foreign key makes for itself, for as long
	// as no other one begins with its columns.
	Foreign bool `json:"foreign,omitempty"`
	// Hash tells that USING HASH is written.
	Hash bool `json:"hash,omitempty"`
}

// IsTable tells a table from a database (see ID.IsDatabase) and a sequence.
func (t *Table) IsTable() bool { return !t.ID.IsDatabase() && !t.Sequence }

// Column returns the index of the named column, or -1. Column names compare
// without case, as in MySQL.
func (t *Table) Column(name string) int {
	for i := range t.Columns {
		if equalFold(t.Columns[i].Name, name) {
			return i
		}
	}
	return -1
}
