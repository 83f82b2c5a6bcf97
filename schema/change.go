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
)

// Change is the effect of one DDL statement on one table.
type Change struct {
	Kind     ChangeKind
	ID       ID
	Previous ID     // Renamed only
	Table    *Table // nil for Dropped
}

// DDL is a statement as the binlog carries it.
type DDL struct {
	Database  string // default database of the session
	Statement string
	SQLMode   uint64 // the query event's sql_mode bits (ANSI_QUOTES is 4)
	// ServerCharset is the name of the collation_server or charset_server id in
	// the query event, "" when it carries none.
	ServerCharset string
}
