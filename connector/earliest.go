package connector

import (
	"context"
	"errors"
	"fmt"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/schema"
)

// earliest begins with the oldest binlog file that the server has, or goes on
// after a break. What the
// tables looked like there is not known: a definition is read from the server
// when rows of its table are met first, and accepted when it fits their table
// map. That is good enough to look at, and for nothing else: only a connector
// without a durable store begins so.
func (c *Connector) earliest(ctx context.Context, srv *Server, info ServerInfo, state event.State) (*beginning, error) {
	rows, err := srv.Query(ctx, "SHOW BINARY LOGS")
	if err != nil {
		return nil, fmt.Errorf("list the server's binlog files: %w", err)
	}
	if len(rows) == 0 || len(rows[0]) == 0 {
		return nil, errors.New("the server has no binlog file")
	}
	if state.Position.IsZero() {
		const firstEvent = 4
		state.Position = event.Position{Flavor: info.Flavor, Server: info.ServerID, File: rows[0][0].String, Offset: firstEvent}
	}
	tracker := newTracker(info)
	return &beginning{
		tracker: tracker, server: info.ServerID, tls: srv.TLS(), state: state,
		tables: &lazyTables{Tracker: tracker, ctx: ctx, srv: srv},
	}, nil
}

// lazyTables reads definitions when they are first asked for.
type lazyTables struct {
	*schema.Tracker
	ctx context.Context //nolint:containedctx // of the session; Resolve has none
	srv schema.Querier
}

var _ binlog.Tables = (*lazyTables)(nil)

// Resolve reads the definition of a table that is not known.
func (l *lazyTables) Resolve(m *schema.TableMap) (*schema.Table, error) {
	if l.Table(m.ID) == nil {
		if err := schema.LoadTable(l.ctx, l.srv, l.Tracker, m.ID); err != nil {
			return nil, err
		}
	}
	return l.Tracker.Resolve(m)
}
