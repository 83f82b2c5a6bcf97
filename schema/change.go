package schema

// ChangeKind is what a statement did to one table.
type ChangeKind uint8

// The kinds of change.
const (
	Created ChangeKind = iota + 1
	Altered
	Dropped
	Renamed // Previous holds the old name; Table the new version
	Truncated
	// DatabaseChanged tells that a database's default charset changed, or that
	// the database came or went. ID.Name is empty. It matters only to what is
	// stored: the default is needed again after a restart.
	DatabaseChanged
	// Lost tells that the table is there and what it looks like is not known: a
	// statement that may have changed it was not understood. Table is the version
	// that says so.
	Lost
	// SequenceChanged tells that a sequence came or went, which is no table. Table
	// is the version that says so. It matters only to what is stored.
	SequenceChanged
)

// Change is the effect of one DDL statement on one table.
type Change struct {
	Kind     ChangeKind
	ID       ID
	Previous ID     // Renamed only
	Table    *Table // nil for Dropped
	Version  Version
}

// Stored returns the versions that must be kept so that [Tracker.Restore] comes
// to the state after the change: the new one, and where a table is gone under
// its old name, one that says so.
func (c Change) Stored() []*Table {
	switch c.Kind {
	case Truncated:
		return nil
	case Dropped:
		return []*Table{{ID: c.ID, Dropped: true, Version: c.Version}}
	case Renamed:
		return []*Table{{ID: c.Previous, Dropped: true, Version: c.Version}, c.Table}
	case Created, Altered, DatabaseChanged, SequenceChanged, Lost:
	}
	return []*Table{c.Table}
}

// DDL is a statement as the binlog carries it.
type DDL struct {
	Database  string // default database of the session
	Statement string
	SQLMode   uint64 // the query event's sql_mode bits (ANSI_QUOTES is 4)
	// ServerCharset is the name of the collation_server or charset_server id in
	// the query event, "" when it carries none.
	ServerCharset string
	// ImplicitTimestamps tells that explicit_defaults_for_timestamp was off: a
	// TIMESTAMP column is NOT NULL unless NULL is written. SHOW CREATE TABLE is
	// explicit whatever the setting.
	ImplicitTimestamps bool
	// Failed tells that the server logged the statement with an error. It does so
	// where a part of it happened: of MariaDB's CREATE OR REPLACE TABLE, that the
	// old table is gone.
	Failed bool
	// Group names the transaction of the statement in every replay; "" for a
	// statement that no binlog holds.
	Group string
}
