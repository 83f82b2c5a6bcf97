package connector

import (
	"context"
	"errors"
	"fmt"

	"cdcd/event"
)

var (
	// ErrUndecided says that a transaction was rolled back whose rows a sink has
	// that cannot take them back.
	ErrUndecided = errors.New("rows of a transaction that was rolled back were delivered before that was known, and cannot be taken back at least once; " +
		"set exactly.once.support=required, which does: what is on the topics of it already stays there")
	// ErrUndoneSplit says the same of a transaction whose first part is durable.
	ErrUndoneSplit = errors.New("a transaction was rolled back of which a part is on the topics: it was split, since it took longer than a Kafka transaction may; " +
		"raise producer.override.transaction.timeout.ms, and decide with cdcd offsets reset where to go on")
)

// Atomic is a Sink that takes back what was not committed when it is closed.
type Atomic interface {
	// Abort ends the sink; nothing behind the last committed state happened.
	Abort(ctx context.Context) error
}

// undoneError ends a session whose source has yielded rows that did not happen.
// The next one reads the group again and leaves them out.
type undoneError struct {
	group string // "" when the server has forgotten it altogether
	at    event.Position
}

func (e *undoneError) Error() string {
	if e.group == "" {
		return fmt.Sprintf("the server died while it wrote the transaction before %s", e.at)
	}
	return fmt.Sprintf("transaction %s was rolled back, its rows are taken back", e.group)
}

// rolledBack ends the session, for nothing of the open group to be committed.
func (p *pipeline) rolledBack(r event.Rollback) error {
	if _, ok := p.sink.(Atomic); !ok {
		return fmt.Errorf("transaction %s before %s: %w", r.Group, r.Position, ErrUndecided)
	}
	return &undoneError{group: r.Group, at: r.Position}
}

// undo remembers what an ended session says did not happen.
func (c *Connector) undo(err error) {
	if undone, ok := errors.AsType[*undoneError](err); ok && undone.group != "" {
		c.undone[undone.group] = true
	}
}

// checkUndone refuses to go on behind a part of what did not happen.
func (c *Connector) checkUndone(s event.State) error {
	if s.Split != nil && c.undone[s.Split.Group] {
		return fmt.Errorf("transaction %s at %s: %w", s.Split.Group, s.Position, ErrUndoneSplit)
	}
	return nil
}
