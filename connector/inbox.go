package connector

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"cdcd/connector/signal"
	"cdcd/event"
)

// channelSignal is a signal of a channel beside the binlog.
type channelSignal struct {
	signal.Signal
	// next is the offset behind it in Kafka's topic of signals, 0 in other channels:
	// those have done called when what the signal changed is durable.
	next int64
	done func()
}

// inbox carries signals from their channels to the stream, which takes them between
// transactions. It outlives sessions.
type inbox struct {
	signals chan channelSignal // unbuffered: who sends knows that it was taken
	open    atomic.Bool        // there is a stream that takes them

	mu      sync.Mutex // guards pending
	pending map[uint64]func()
}

func newInbox() *inbox {
	return &inbox{signals: make(chan channelSignal), pending: map[uint64]func(){}}
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

// What becomes of a signal.
var (
	// ErrNotStreaming says that signals are taken by a connector that streams, and this
	// one does not now: nothing was done.
	ErrNotStreaming = errors.New("the connector does not stream")
	// ErrBusy says that the stream did not come to take the signal in time: nothing was
	// done.
	ErrBusy = errors.New("the stream did not take the signal")
	// ErrUnsettled says that a signal was taken, and is not known to be durable. After
	// a crash it is as if it had not been sent, or it is done.
	ErrUnsettled = errors.New("the signal was taken, and is not known to be durable")
)

// Signal gives the connector a signal, and returns when what it changed is durable, or
// with an ErrBusy or ErrUnsettled when ctx ends. It waits for the stream to begin.
func (c *Connector) Signal(ctx context.Context, s signal.Signal) error {
	durable := make(chan struct{})
	select {
	case c.inbox.signals <- channelSignal{Signal: s, done: func() { close(durable) }}:
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrBusy, context.Cause(ctx))
	}
	select {
	case <-durable:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrUnsettled, context.Cause(ctx))
	}
}
