package event

import (
	"errors"

	"cdcd/schema"
)

// ErrDamaged says that the bytes of an event cannot be what a server wrote of
// the table.
var ErrDamaged = errors.New("the rows cannot be decoded")

// Op is the kind of a change, as Debezium's op field prints it.
type Op byte

// The operations.
const (
	Create   Op = 'c'
	Update   Op = 'u'
	Delete   Op = 'd'
	Read     Op = 'r'
	Truncate Op = 't'
)

// Snapshot is Debezium's source.snapshot marker. The zero value is a streamed
// change.
type Snapshot string

// The markers, as Debezium's SnapshotRecord prints them.
const (
	FirstRow        Snapshot = "first"
	FirstOfTable    Snapshot = "first_in_data_collection"
	AnyRow          Snapshot = "true"
	LastOfTable     Snapshot = "last_in_data_collection"
	LastRow         Snapshot = "last"
	IncrementalRead Snapshot = "incremental"
)

// Meta is the source metadata that all rows of one event share.
type Meta struct {
	Txn      *Txn
	ServerID uint32
	File     string
	Pos      uint64 // offset where the event starts in File
	Micros   int64  // event time in microseconds since the epoch
	Query    string // the original statement, when the server logs it
	Snapshot Snapshot
}

// RowReader decodes the row changes of one event. Before and after have one
// entry a column of the table; the reader fills what the operation has and
// leaves the other slice alone. A column that the after image of an update
// leaves out did not change: it has the value of before, as far as that one is
// known.
type RowReader interface {
	// Next decodes one row change; false at the end. An error is final: it
	// means that the image does not match the table, is an ErrDamaged, and names
	// no value.
	Next(before, after []Value) (bool, error)
	// Again returns a reader of the same rows. It is called before Next.
	Again() RowReader
}

// Rows is the row changes of one binlog rows event on one table version. The
// bytes stay as they came until Next decodes them; one goroutine at a time may
// call Next.
type Rows struct {
	Table   *schema.Table
	Op      Op
	Meta    Meta
	Size    int  // bytes of the event, for accounting
	Partial bool // images lack columns: values may be Absent or Default
	Reader  RowReader
}

// Again returns the same rows for one more goroutine to read. It is called before Next.
func (r *Rows) Again() *Rows {
	again := *r
	again.Reader = r.Reader.Again()
	return &again
}

// Next fills before (Update, Delete) and after (Create, Update, Read); both
// must have a length of len(Table.Columns). It returns false at the end.
func (r *Rows) Next(before, after []Value) (bool, error) { return r.Reader.Next(before, after) }
