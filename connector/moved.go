package connector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.uber.org/zap"

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

	done func() // that of the signal, where the signal did not come in the binlog
}

func (*movedError) Error() string {
	return "a signal moves the connector to another place in the binlog"
}

func (*movedError) Unwrap() error { return io.EOF }

// moves is how many signals are remembered that moved a connector.
const moves = 32

// errMoved says that the next session begins elsewhere.
var errMoved = errors.New("the connector was moved to another place in the binlog by a signal")

// move stores the place that a signal names, behind a state, if the server can be read
// from there. Whoever sends the signal vouches that the tables were there as they are
// now, as for cdcd offsets reset.
// Source: SetBinlogPositionSignal.
func (c *Connector) move(ctx context.Context, out Sink, last event.State, m *movedError) error {
	signals := event.Signals{}
	if last.Signals != nil {
		signals = *last.Signals
	}
	signals.Moved = append(slices.Clone(signals.Moved[max(0, len(signals.Moved)-moves+1):]), m.id)
	pos, err := c.located(ctx, m)
	if ctx.Err() != nil {
		return err
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

// located asks the server about the place until it answers.
func (c *Connector) located(ctx context.Context, m *movedError) (event.Position, error) {
	for {
		pos, err := Locate(ctx, c.cfg, m.place())
		_, again := classify(err)
		if err == nil || !again || ctx.Err() != nil {
			return pos, err
		}
		c.deps.Logger.Warn("a signal moves the connector, and the server cannot be asked about it now", zap.String("id", m.id), zap.Error(err))
		if err := pause(ctx, minBackoff); err != nil {
			return pos, err
		}
	}
}

// place is where the signal moves to, as an operator would write it.
func (m *movedError) place() string {
	if m.to.GTIDs != "" {
		return m.to.GTIDs
	}
	return fmt.Sprintf("%s:%d", m.to.File, m.to.Offset)
}
