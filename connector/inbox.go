package connector

import (
	"context"
	"fmt"
	"sync"

	"cdcd/connector/signal"
	"cdcd/event"
)

// asked is a signal of a channel beside the binlog.
type asked struct {
	signal.Signal
	// next is the offset behind it in Kafka's topic of signals, 0 in other channels:
	// those have done called when what the signal changed is durable.
	next int64
	done func()
}

// inbox carries signals from their channels to the stream, which takes them between
// transactions. It outlives sessions.
type inbox struct {
	signals chan asked // unbuffered: who sends knows that it was taken

	mu      sync.Mutex // guards pending
	pending map[uint64]func()
}

func newInbox() *inbox {
	return &inbox{signals: make(chan asked), pending: map[uint64]func(){}}
}

// await has done called when a state has taken the signal with that number.
func (b *inbox) await(number uint64, done func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pending[number] = done
}

// durable calls what waits for a state.
func (b *inbox) durable(s *event.Signals) {
	if s == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for number, done := range b.pending {
		if number <= s.Taken {
			delete(b.pending, number)
			done()
		}
	}
}

// Signal gives the connector a signal, and returns when what it changed is durable, or
// with the reason of ctx. A connector that does not stream takes none.
func (c *Connector) Signal(ctx context.Context, s signal.Signal) error {
	durable := make(chan struct{})
	select {
	case c.inbox.signals <- asked{Signal: s, done: func() { close(durable) }}:
	case <-ctx.Done():
		return fmt.Errorf("signal %q was not taken: the connector does not stream: %w", s.ID, context.Cause(ctx))
	}
	select {
	case <-durable:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("signal %q was taken, and is not known to be durable: %w", s.ID, context.Cause(ctx))
	}
}
