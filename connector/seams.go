package connector

import (
	"context"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// Source yields items in binlog order; *binlog.Tailer implements it.
type Source interface {
	// Next waits for the next item. After an error other than ctx's the source
	// can only be closed.
	Next(ctx context.Context) (event.Item, error)
	Close() error
}

// Sink takes encoded records in order; *sink.Kafka and *sink.Stdout implement
// it. One goroutine at a time calls Append and Commit.
type Sink interface {
	// Append copies the batch's records. It blocks while the sink holds more
	// than its bound.
	Append(ctx context.Context, b *format.Batch) error
	// Commit marks a boundary between transactions: s becomes durable, and is
	// reported, once everything appended before it is. It does not wait.
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

// Store keeps how far the connector has got and what its tables looked like;
// the cluster's node implements it.
type Store interface {
	// Session makes this process the connector's owner, so that what an earlier
	// one still sends is refused, and returns the last stored state, the zero
	// State when there is none. Nothing can be stored before it.
	Session(ctx context.Context) (event.State, error)
	// Mirror stores a state; it does not wait, and a later one may replace it
	// before it is written.
	Mirror(s event.State)
	// PutTables stores table versions; it returns when they are durable.
	PutTables(ctx context.Context, tables []*schema.Table) error
	// Tables returns the stored versions up to v in version order and forgets
	// later ones.
	Tables(ctx context.Context, v schema.Version) ([]*schema.Table, error)
	// Flush waits until the last mirrored state is durable.
	Flush(ctx context.Context) error
}

// Encoder compiles plans; *format.JSON implements it.
type Encoder interface {
	Plan(t *schema.Table) (format.Plan, error)
}
