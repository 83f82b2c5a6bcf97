package event

import (
	"cmp"
	"fmt"

	"cdcd/schema"
)

// Item is what a source yields, in binlog order. The set of implementations is
// closed: Begin, *Rows, DDL, Commit, Rollback, Heartbeat, Notification.
type Item interface{ item() }

// Txn is what all events of one source transaction share. It is immutable once
// its Begin was yielded.
type Txn struct {
	GTID string // "" when the server has GTIDs off
	// CommitMicros is the original commit time in microseconds since the
	// epoch, 0 when the server does not log one (MariaDB, MySQL before 8.0.1,
	// GTIDs off); then events carry their own header time, in whole seconds.
	CommitMicros int64
	Thread       uint32 // connection id; valid when HasThread
	HasThread    bool
	File         string // where the group begins
	Pos          uint64
}

// ID names the transaction in every replay of it: its GTID, or where the group
// begins as "file:pos" when it has none. Consumers see it.
func (t *Txn) ID() string {
	if t.GTID != "" {
		return t.GTID
	}
	return fmt.Sprintf("%s:%d", t.File, t.Pos)
}

// Begin opens a source transaction. The rows of an XA branch follow the Begin
// of the group that prepared it, and come where XA COMMIT stands.
type Begin struct {
	Txn    *Txn
	Pos    uint64 // where BEGIN itself stands, behind an anonymous GTID event
	Micros int64  // its time, in microseconds since the epoch
	Branch bool   // of an XA branch; then of the others only Decided is set
	// Decided is the [Txn.ID] of the group that committed an XA branch.
	Decided string
}

// Group names the group with which the rows happened.
func (b Begin) Group() string { return cmp.Or(b.Decided, b.Txn.ID()) }

// DDL is a statement that was folded into the tracker, or one that changed no
// table and is published all the same. It stands alone or, for CREATE TABLE ...
// SELECT, inside a transaction.
type DDL struct {
	Meta     Meta
	Database string // default database of the session
	Text     string // may hold literals: never logged
	Changes  []schema.Change
	Parts    []schema.Part // what is published of it, where statements are asked for
}

// Commit closes a source transaction; Position is just after it. It also stands
// alone, for a group that changed no captured row, and between rows of a copy, whose
// Position stays where the stream begins.
type Commit struct {
	Position Position
	Micros   int64     // when, in microseconds since the epoch
	Snapshot *Progress // nil where nothing of a copy has to be known any more
	Signals  *Signals  // nil where they are as before
}

// Rollback takes back the rows of the open group, of which some may have
// happened all the same: those of tables without transactions. It comes only
// after rows, at least one of a table with transactions.
type Rollback struct {
	// Group is the ID of the group, to be read again with those rows left out.
	// It is "" where the server died while it wrote the group: then nothing of
	// it is in the server, and its GTID may come again for another transaction.
	Group    string
	Position Position
}

// Heartbeat says that the server is alive. Position is where reading stands
// outside of a transaction; it may be committed. File and Offset are how far the
// server itself is, which is no place to resume from. One that is not idle sends a
// heartbeat, too: behind groups that it leaves out because their GTIDs are known
// (MySQL sources, sql/rpl_binlog_sender.cc, Binlog_sender::send_events).
type Heartbeat struct {
	Position Position
	File     string
	Offset   uint64
}

func (Begin) item()     {}
func (*Rows) item()     {}
func (DDL) item()       {}
func (Commit) item()    {}
func (Rollback) item()  {}
func (Heartbeat) item() {}

// TableVersion is a schema version, under a name that sinks may use: they know
// events, and of tables only how far they have got.
type TableVersion = schema.Version

// State is what becomes durable together with the records before it.
type State struct {
	N        uint64       `json:"n"`      // sequence number of the commit, from 1
	Position Position     `json:"pos"`    // where to go on reading
	Schema   TableVersion `json:"schema"` // newest table version used
	// Split says how much of the transaction behind Position is durable too; nil
	// for nothing of it, which is usual.
	Split *Split `json:"split,omitempty"`
	// Snapshot is how far the copy of existing rows has come; nil when the stream
	// needs to know nothing of it any more.
	Snapshot *Progress `json:"snapshot,omitempty"`
	// Signals is what signals have asked for; nil where there never was one.
	Signals *Signals `json:"signals,omitempty"`
}

// Split is a place inside of a source transaction that was too large for one
// commit. It is immutable.
type Split struct {
	Group  string `json:"group"`  // Txn.ID of the transaction
	Part   int    `json:"part"`   // of its parts, the last that is durable, from 1
	Events int    `json:"events"` // Rows items that are durable
	Rows   int64  `json:"rows"`   // rows in them
	// Counts are the events in those rows, table by table in the order of the
	// first one; nil where nobody counts them.
	Counts []TableCount `json:"counts,omitempty"`
}

// TableCount is how many events of a transaction a table had. A row is one event,
// or two where its key changed.
type TableCount struct {
	Table  schema.ID `json:"table"`
	Events int64     `json:"events"`
}
