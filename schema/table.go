package schema

// ID names a table. Names are as the server stores them, without quotes.
type ID struct {
	Database string `json:"db"`
	Name     string `json:"name"`
}

// String returns "database.table", the form Debezium's filters match.
func (id ID) String() string { return id.Database + "." + id.Name }

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
	PrimaryKey bool   `json:"pk,omitempty"`
	Charset    string `json:"charset,omitempty"`
	Collation  string `json:"collation,omitempty"`
	Comment    string `json:"comment,omitempty"`
	// Version is assigned by the Tracker; it is no part of the content hash.
	Version Version `json:"-"`
}

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
