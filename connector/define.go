package connector

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/schema"
)

// errAsked says that the server was asked for a definition that a session lacked:
// the next one gets further.
var errAsked = errors.New("the server was asked what a table looks like")

// define does what can be done about a session that ended because the tables could
// not be followed. A definition that the server has now, and that is proven to be
// that of the rows, is given to the next session for the transaction in which they
// are; nothing of it is stored before that one uses it, and a process that dies
// before asks again. Without a proof the error says how an operator gives it.
func (c *Connector) define(ctx context.Context, err error) error {
	u, ok := errors.AsType[*binlog.UnreadError](err)
	switch {
	case !ok, c.deps.Earliest, errors.Is(err, schema.ErrRows):
		return err
	case u.Map == nil:
		return fmt.Errorf("%w. Which tables it changes is not certain. Give each, as it is behind the statement, with %s; "+
			"if there is none, any table as it is", err, setCommand(c.cfg.Name, "DB.TABLE", u.Group))
	case c.wasGiven(u):
		return fmt.Errorf("%w. That is the definition that was given for it from transaction %s on", err, u.Group)
	}
	c.phase(Starting, err)
	t, doubt, asking := c.prove(ctx, u)
	switch {
	case asking != nil:
		return asking
	case doubt == nil:
		c.given = append(c.given, schema.Given(t, u.Group, 0))
		c.deps.Logger.Warn("a table's definition was read from the server, and is proven to be that of its rows",
			zap.Stringer("table", u.Table), zap.Stringer("position", u.Before), zap.String("transaction", u.Group), zap.Error(err))
	case errors.Is(err, schema.ErrUnknownTable) && c.cfg.UnknownTables.leavesOut() && !c.refused[u.Table]:
		c.refused[u.Table] = true
	default:
		return fmt.Errorf("%w. The definition that the server has now does not help: %w. Give the one that is right there with %s", err, doubt,
			setCommand(c.cfg.Name, u.Table.String(), u.Group))
	}
	return fmt.Errorf("%w: %s", errAsked, u.Table)
}

// setCommand is what an operator types to say what a table looks like.
func setCommand(connector, table, group string) string {
	return "cdcd schema set --connector " + connector + " --table " + table + " --from " + group + " --file definition.sql"
}

// wasGiven reports whether the next session would be given the same again.
func (c *Connector) wasGiven(u *binlog.UnreadError) bool {
	for _, t := range c.given {
		if t.ID == u.Table && t.From == u.Group {
			return true
		}
	}
	return false
}

// prove reads a table from the server. A definition that fits the rows is proven to
// be theirs where they came with full metadata, or no statement behind them may
// have changed the table. The error is of asking.
func (c *Connector) prove(ctx context.Context, u *binlog.UnreadError) (t *schema.Table, doubt, err error) {
	srv, err := Dial(ctx, c.cfg)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = srv.Close() }()
	info, err := srv.Inspect(ctx)
	switch {
	case err != nil:
		return nil, nil, err
	case info.ServerID != u.Before.Server:
		return nil, nil, fmt.Errorf("%w: %s, not %s", binlog.ErrMoved, info.ServerID, u.Before.Server)
	}
	t, doubt, err = readTable(ctx, srv, newTracker(info), u)
	if doubt != nil || err != nil || u.Map.IsFull() {
		return t, doubt, err
	}
	end, err := srv.Inspect(ctx)
	if err != nil {
		return nil, nil, err
	}
	doubt, err = c.changedSince(ctx, srv, u, end.Position)
	return t, doubt, err
}

// readTable returns the definition that the server has now, if it fits.
func readTable(ctx context.Context, q schema.Querier, tracker *schema.Tracker, u *binlog.UnreadError) (t *schema.Table, doubt, err error) {
	switch err := schema.LoadTable(ctx, q, tracker, u.Table); {
	case err == nil:
		t, doubt = tracker.Resolve(u.Map)
		return t, doubt, nil
	case isAnswer(err):
		return nil, err, nil
	default:
		return nil, nil, err
	}
}

// isAnswer tells an error that says that a table has no definition that could be
// read, from one of asking.
func isAnswer(err error) bool {
	_, again := classify(err)
	return !again || gone(err)
}

// changedSince returns the doubt that a statement between rows and a later end of
// the binlog raises about their table.
func (c *Connector) changedSince(ctx context.Context, srv *Server, u *binlog.UnreadError, end event.Position) (doubt, err error) {
	flavor := c.cfg.Flavor.Dialect()
	b := &beginning{server: u.Before.Server, tls: srv.TLS(), state: event.State{Position: u.Before}}
	found, err := c.firstDDL(ctx, b, end, func(d schema.DDL) bool { return schema.Touches(d, flavor, u.Table) })
	if found == nil || err != nil {
		return nil, err
	}
	return fmt.Errorf("%s comes behind these rows (transaction %s), and without binlog_row_metadata=FULL their shape alone proves nothing",
		schema.Describe(*found, flavor), found.Group), nil
}
