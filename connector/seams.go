package connector

import (
	"context"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink"
	"cdcd/sink/format"
)

// Source yields items in binlog order; *binlog.Tailer implements it. A
// transaction has the same *event.Rows items in the same order whenever it is
// read, from whatever position.
type Source interface {
	// Next waits for the next item. After an error other than ctx's the source
	// can only be closed.
	Next(ctx context.Context) (event.Item, error)
	Close() error
}

// Sink takes encoded records in order; *sink.Transactional, *sink.Kafka and
// *sink.Stdout implement it. One goroutine at a time calls Append and Commit.
type Sink interface {
	// Takeover makes this sink the only one that writes for its connector, as
	// far as it can. Nothing is appended before it.
	Takeover(ctx context.Context, o sink.Owner) error
	// Append copies the batch's records. It blocks while the sink holds more
	// than its bound.
	Append(ctx context.Context, b *format.Batch) error
	// Commit marks a boundary between transactions: s becomes durable, and is
	// reported with the number of its commit, once everything appended before it
	// is. It does not wait.
	Commit(ctx context.Context, s event.State) error
	// Flush waits until everything committed so far is durable.
	Flush(ctx context.Context) error
	Close() error
}

// Watched is a Sink that may fail while nothing is given to it.
type Watched interface {
	// Wait returns why the sink failed, or nil when ctx ends first.
	Wait(ctx context.Context) error
}

// Historian is a Sink that keeps table versions beside the records, from which
// a store that was lost can be made again.
type Historian interface {
	// PutTables adds versions to what the next Commit makes durable.
	PutTables(tables []sink.TableRecord)
	// Tables returns what is kept, in the order in which it became durable.
	Tables(ctx context.Context) ([]sink.TableRecord, error)
}

// Splitter is a Sink that can divide a transaction which takes too long for it.
type Splitter interface {
	// Offer tells that s could be gone on from, in the middle of a transaction
	// and behind everything appended so far, and reports whether that place is
	// made durable.
	Offer(s event.State) bool
}

// Store keeps how far the connector has got, who moves it and what its tables
// looked like; the cluster's node implements it.
type Store interface {
	Ownership
	Positions
	History
}

// Ownership says who may write.
type Ownership interface {
	// Confirm returns nil while this process owns the connector. It asks, and
	// never answers from a clock.
	Confirm(ctx context.Context) error
	// Session makes this process the connector's owner, so that what an earlier
	// one still sends is refused. Its number is larger than every earlier one
	// and than above. Nothing can be stored before it.
	Session(ctx context.Context, p Producer, above uint64) (uint64, error)
}

// Positions are how far the connector has got.
type Positions interface {
	Load(ctx context.Context) (Stored, error)
	// Mirror stores a state; it does not wait, and a later one may replace it
	// before it is written.
	Mirror(s event.State)
	// Flush waits until the last mirrored state is durable.
	Flush(ctx context.Context) error
}

// History is what the tables looked like.
type History interface {
	// PutTables stores table versions; it returns when they are durable.
	PutTables(ctx context.Context, tables []*schema.Table) error
	// Tables returns the stored versions up to v in version order and forgets
	// later ones.
	Tables(ctx context.Context, v schema.Version) ([]*schema.Table, error)
}

// Producer is who writes in Kafka transactions.
type Producer struct {
	ID    int64
	Epoch int16
}

// NoProducer is who writes without.
var NoProducer = Producer{ID: -1, Epoch: -1}

// Stored is what a store knows of a connector.
type Stored struct {
	State   event.State    // the last that was mirrored, the zero State when there is none
	Writer  uint64         // the session that mirrored it
	Fenced  bool           // that session wrote in Kafka transactions: Kafka may know a later state
	Session uint64         // the newest
	Tables  schema.Version // the newest
}

// Encoder compiles plans; *format.JSON implements it.
type Encoder interface {
	Plan(t *schema.Table) (format.Plan, error)
}
