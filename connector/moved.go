package connector

import (
	"context"
	"errors"
	"fmt"
	"io"

	"go.uber.org/zap"

	"cdcd/binlog"
	"cdcd/connector/signal"
	"cdcd/event"
)

// errBlocking ends the stream for a copy that the state before it names. What was read
// is delivered.
var errBlocking = fmt.Errorf("the stream stops for a blocking snapshot: %w", io.EOF)

// movedError ends the stream for a signal that moves the connector to another place in
// the binlog. What was read is delivered.
type movedError struct {
	id string
	to signal.SetPosition

	// next and done are those of asked, where the signal did not come in the binlog.
	next int64
	done func()
}

func (*movedError) Error() string {
	return "a signal moves the connector to another place in the binlog"
}

func (*movedError) Unwrap() error { return io.EOF }

// errMoved says that the next session begins elsewhere.
var errMoved = errors.New("the connector was moved to another place in the binlog by a signal")

// move stores the place that a signal names, behind a state, if the server can be read
// from there. Whoever sends the signal vouches that the tables were there as they are
// now, as for cdcd offsets reset.
// Source: SetBinlogPositionSignal.
func (c *Connector) move(ctx context.Context, srv *Server, info ServerInfo, out Sink, last event.State, m *movedError) error {
	signals := event.Signals{}
	if last.Signals != nil {
		signals = *last.Signals
	}
	signals.Moved, signals.Offset = m.id, max(signals.Offset, m.next)
	pos, err := binlog.ParsePosition(c.cfg.Flavor, m.place())
	if err == nil {
		pos, err = locate(ctx, srv, info, pos)
	}
	next := event.State{Position: pos, Signals: &signals}
	if err != nil {
		c.deps.Logger.Error("a signal to move the connector is passed over", zap.String("id", m.id), zap.Error(err))
		next = last
		next.Signals = &signals
	} else {
		c.deps.Logger.Warn("a signal moves the connector", zap.String("id", m.id), zap.Stringer("from", last.Position), zap.Stringer("to", pos))
	}
	if err := errors.Join(out.Commit(ctx, next), out.Flush(ctx), c.deps.Store.Flush(ctx)); err != nil {
		return fmt.Errorf("store the place that a signal names: %w", err)
	}
	if m.done != nil {
		m.done()
	}
	return errMoved
}

// place is where the signal moves to, as an operator would write it.
func (m *movedError) place() string {
	if m.to.GTIDs != "" {
		return m.to.GTIDs
	}
	return fmt.Sprintf("%s:%d", m.to.File, m.to.Offset)
}
