package connector

import (
	"context"

	"cdcd/event"
	"cdcd/schema"
)

// truncated queues a record for each captured table that a statement emptied.
func (p *pipeline) truncated(ctx context.Context, d event.DDL) error {
	for _, ch := range d.Changes {
		if ch.Kind != schema.Truncated || !p.capture(ch.ID) {
			continue
		}
		if err := p.acceptRows(ctx, &event.Rows{Table: ch.Table, Op: event.Truncate, Meta: statementMeta(d.Meta)}); err != nil {
			return err
		}
	}
	return nil
}

// statementMeta is what Debezium tells of a statement: the time in whole
// milliseconds, and no thread, which it knows of transactions only.
// Source: BinlogStreamingChangeEventSource.handleQueryEvent.
func statementMeta(m event.Meta) event.Meta {
	m.Micros -= m.Micros % 1000
	m.Query = ""
	if m.Txn != nil {
		txn := *m.Txn
		txn.CommitMicros -= txn.CommitMicros % 1000
		txn.HasThread, txn.Thread = false, 0
		m.Txn = &txn
	}
	return m
}
