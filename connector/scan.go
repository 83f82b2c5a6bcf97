package connector

import (
	"context"
	"time"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/schema"
)

// scanned stands for the tracker while the binlog is scanned.
type scanned interface {
	binlog.Tables
	// Unknown is told which group commits an XA branch that was prepared before the
	// place where the scan begins.
	Unknown(group string)
}

// scan reads the binlog from b to an end that is known, through tables that stand for
// the tracker, and gives each item to f until that has enough. Rows come of the tables
// that are captured. No other dump of the connector may be open: the server would end
// it.
func (c *Connector) scan(ctx context.Context, b *beginning, end event.Position, tables scanned, capture func(schema.ID) bool,
	f func(event.Item) (enough bool, err error),
) error {
	cfg := c.tail(b)
	cfg.Tables, cfg.Capture, cfg.Heartbeat, cfg.Parts, cfg.LeaveOut = tables, capture, scanBeat, false, nil
	cfg.Unknown, cfg.Logger = tables.Unknown, nil
	t, err := binlog.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	for {
		item, err := t.Next(ctx)
		if err != nil {
			return err
		}
		if enough, err := f(item); enough || err != nil || done(item, end) {
			return err
		}
	}
}

// scanBeat is after which silence the server says that there is nothing more.
const scanBeat = 10 * time.Millisecond
