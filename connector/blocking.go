package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.uber.org/zap"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/schema"
	"cdcd/snapshot"
)

// A blocking snapshot copies rows while the stream stands. The stream ends behind the
// signal. A view is opened, and the stream goes on to a place that is behind all that
// the view may have; rows whose keys changed between the two moments came on the way,
// and all others are at that place as the view has them. So they are copied there, each
// once, and the stream goes on from there. After a crash the rest is copied at a later
// place, and nothing has to be known of the views before.

// copyAsked makes the copies for which the stream has to stop, one after the other, and
// leaves in b the state behind them. As that of the start each may be delayed.
// Source: AbstractSnapshotChangeEventSource.execute.
func (c *Connector) copyAsked(ctx context.Context, b *beginning, out Sink) error {
	for asked := b.state.Signals.Asked(); asked != nil; asked = b.state.Signals.Asked() {
		if asked.Progress == nil && !c.delayed {
			if err := pause(ctx, c.cfg.Snapshot.Delay); err != nil {
				return err
			}
			c.delayed = true
		}
		if err := c.copyNext(ctx, b, out); err != nil {
			return err
		}
	}
	return nil
}

// copyNext makes the first of them, drops it where it cannot be made, or only moves b
// on to where it can be tried again.
func (c *Connector) copyNext(ctx context.Context, b *beginning, out Sink) error {
	srv, err := Dial(ctx, c.cfg)
	if err != nil {
		return err
	}
	defer func() { _ = srv.Close() }()
	info, err := srv.Inspect(ctx)
	if err != nil {
		return err
	}
	if info.ServerID != b.server {
		return binlog.ErrMoved
	}
	if err := c.streamTo(ctx, info, b, out, info.Position); err != nil {
		return err
	}
	b.copy, err = c.openAsked(ctx, srv, info, b)
	switch {
	case errors.Is(err, errServerMoved): // the stream brings the statement first
		return nil
	case err != nil && givesUp(ctx, err):
		return c.drop(ctx, b, out, err)
	case err != nil:
		return err
	}
	if err := c.streamTo(ctx, info, b, out, b.copy.end); err != nil {
		return err
	}
	return c.copyThere(ctx, b, out)
}

// drop ends a copy that is asked for, where the stream stands.
func (c *Connector) drop(ctx context.Context, b *beginning, out Sink, why error) error {
	asked := b.state.Signals.Asked()
	c.gaveUp(asked, why)
	told := []string{event.Started, event.Aborted}
	if asked.Progress != nil {
		told = told[1:]
	}
	if err := c.tell(ctx, out, told...); err != nil {
		return err
	}
	b.state.Signals, c.delayed = b.state.Signals.WithAsked(nil), false
	return out.Commit(ctx, b.state)
}

// openAsked opens a view for the copy that is asked for.
func (c *Connector) openAsked(ctx context.Context, srv *Server, info ServerInfo, b *beginning) (*copying, error) {
	asked := b.state.Signals.Asked()
	var err error
	if c.rowCounts, err = countRows(ctx, srv); err != nil {
		return nil, err
	}
	progress := asked.Progress
	if progress == nil {
		if progress, err = c.progressOf(asked, info, b.tracker); err != nil {
			return nil, err
		}
	}
	if err := c.tryStatements(ctx, asked, progress); err != nil {
		return nil, err
	}
	history, err := c.history(ctx, b.state.Schema)
	if err != nil {
		return nil, err
	}
	return c.openView(ctx, srv, func() (*uncopied, error) {
		from, err := b.again(info, history)
		return &uncopied{from: from, progress: progress, loaded: true, stands: true, query: selects(asked)}, err
	})
}

// errNothing says that no table is left of those that a signal names.
var errNothing = errors.New("none of its tables can be copied")

// progressOf is a copy of which nothing is done. What cannot be copied is left out.
func (c *Connector) progressOf(asked *event.Blocking, info ServerInfo, tracker *schema.Tracker) (*event.Progress, error) {
	known := map[schema.ID]bool{}
	for _, t := range tracker.Tables() {
		known[t.ID] = true
	}
	unread := tracker.Unread()
	var ids []schema.ID
	for _, t := range asked.Tables {
		reason := ""
		switch {
		case !c.cfg.Filter.Table(t.ID):
			reason = "it is not captured"
		case c.cfg.Filter.Signals(t.ID):
			reason = "it is the table of signals"
		case unread[t.ID] != "":
			reason = "its definition is not understood: " + unread[t.ID]
		case !known[t.ID]:
			reason = "there is no such table"
		case !slices.Contains(ids, t.ID):
			ids = append(ids, t.ID)
		}
		if reason != "" {
			c.deps.Logger.Warn("a table is left out of a blocking snapshot", zap.String("signal", asked.Signal), zap.Stringer("table", t.ID), zap.String("reason", reason))
		}
	}
	if len(ids) == 0 {
		return nil, errNothing
	}
	p, err := c.nothingCopied(info, ids)
	p.Views = []event.View{{}}
	return p, err
}

// selects are the statements by which tables are read.
func selects(asked *event.Blocking) func(schema.ID) string {
	return func(id schema.ID) string {
		for _, t := range asked.Tables {
			if t.ID == id {
				return strings.TrimRight(t.Select, "; \t\r\n")
			}
		}
		return ""
	}
}

// tryStatements has the server look at the statements by which tables are still to be
// read, on a connection that takes no more than one at a time: the others take several.
func (c *Connector) tryStatements(ctx context.Context, asked *event.Blocking, left *event.Progress) error {
	query := selects(asked)
	if !slices.ContainsFunc(left.Tables, func(p *event.TableProgress) bool { return query(p.ID) != "" }) {
		return nil
	}
	srv, err := dialUser(ctx, c.cfg, snapshot.Settings()...)
	if err != nil {
		return err
	}
	defer func() { _ = srv.Close() }()
	for _, p := range left.Tables {
		given := query(p.ID)
		if given == "" || p.Copied() {
			continue
		}
		if _, err := srv.Query(ctx, "SELECT 1 FROM ("+given+") AS given LIMIT 0"); err != nil {
			return fmt.Errorf("copy table %s: %w", p.ID, &snapshot.SelectError{Err: err})
		}
	}
	return nil
}

// copyThere copies the rows of a view where the stream stands.
func (c *Connector) copyThere(ctx context.Context, b *beginning, out Sink) error {
	asked := *b.state.Signals.Asked()
	if b.last != nil {
		asked.GTID, asked.Thread = b.last.GTID, b.last.Thread
	}
	b.copy.meta = b.copy.standing(b.state.Position, &asked)
	if asked.Progress == nil {
		asked.Tables = slices.DeleteFunc(slices.Clone(asked.Tables), func(t event.BlockingTable) bool { return !b.copy.has(t.ID) })
		if err := errors.Join(c.tell(ctx, out, event.Started), c.publishAgain(ctx, b, out)); err != nil {
			return err
		}
	}
	asked.Progress = b.copy.progress
	var ids []schema.ID
	for _, t := range asked.Tables {
		ids = append(ids, t.ID)
	}
	b.copy.signal, b.copy.notices = &asked.Signal, c.noticesOf(ids, nil)
	b.copy.wrap = func(rows Source) Source {
		return &askedRows{Source: rows, state: b.state, asked: asked, giveUp: func(err error) bool { return c.stops(ctx, &asked, err) }}
	}
	log := c.deps.Logger.With(zap.String("signal", asked.Signal))
	log.Info("copying rows for a blocking snapshot", zap.Stringer("position", b.state.Position), zap.Int("tables", len(b.copy.tables)))
	if err := c.copyRows(ctx, b, out); err != nil {
		return err
	}
	c.delayed = false
	status := c.copy.Load().Status()
	log.Info("the blocking snapshot has ended", zap.Bool("complete", status.Complete), zap.Int64("rows", status.Rows), zap.Duration("took", status.Took()))
	return nil
}

// has tells whether a table is copied.
func (cp *copying) has(id schema.ID) bool {
	return slices.ContainsFunc(cp.tables, func(t snapshot.Table) bool { return t.Table.ID == id })
}

// standing is what rows carry that are copied where the stream stands: as Debezium's do,
// they name the transaction before.
func (v *view) standing(at event.Position, asked *event.Blocking) event.Meta {
	if at.File == "" {
		at = v.high.Position
	}
	m := event.Meta{ServerID: v.low.ReplicaID, File: at.File, Pos: at.Offset}
	if asked.GTID != "" || asked.Thread != 0 {
		m.Txn = &event.Txn{GTID: asked.GTID, Thread: asked.Thread, HasThread: asked.Thread != 0}
	}
	return m
}

// stops tells whether an error ends a copy that is asked for, and not the session.
func (c *Connector) stops(ctx context.Context, asked *event.Blocking, err error) bool {
	err = c.stuck(err, asked.Progress.Rows)
	if !givesUp(ctx, err) {
		return false
	}
	c.gaveUp(asked, err)
	return true
}

// givesUp tells an error that no other view mends, and that the stream does not have: a
// connector does not end for a copy that somebody asked for in vain.
func givesUp(ctx context.Context, err error) bool {
	if ctx.Err() != nil || isElsewhere(err) || errors.Is(err, ErrAccess) {
		return false
	}
	if isSelect(err) { // the table was looked at before
		return wrongSelect(err)
	}
	_, again := classify(err)
	return !again
}

func (c *Connector) gaveUp(asked *event.Blocking, err error) {
	c.deps.Logger.Error("a blocking snapshot is given up", zap.String("signal", asked.Signal), zap.Error(explainSelect(err)))
}
