package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"cdcd/offsets"
)

// lastFlush bounds the last writing when the node is closed.
const lastFlush = time.Second

// retryPause is how long a Flush waits for an election before it asks again.
const retryPause = 20 * time.Millisecond

// mirrors writes how far the connectors of this node have got: one command for
// all of them, at most once an interval, the newest offset of each.
type mirrors struct {
	apply    func(context.Context, offsets.Command) error
	interval time.Duration
	logger   *zap.Logger
	metrics  *metrics

	wake    chan struct{} // something is pending
	sending chan struct{} // held while a command is under way
	stop    context.CancelFunc
	done    chan struct{}

	mu      sync.Mutex // guards what follows
	pending map[string]offsets.Entry
	refused map[owner]error
}

// owner is one session of one connector.
type owner struct {
	connector string
	session   offsets.SessionID
}

func newMirrors(apply func(context.Context, offsets.Command) error, interval time.Duration, l *zap.Logger, m *metrics) *mirrors {
	return &mirrors{
		apply: apply, interval: interval, logger: l, metrics: m,
		wake: make(chan struct{}, 1), sending: make(chan struct{}, 1), done: make(chan struct{}),
		pending: map[string]offsets.Entry{}, refused: map[owner]error{},
	}
}

// put takes an entry, in place of an older one that was not sent yet.
func (m *mirrors) put(e offsets.Entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.putLocked(e)
}

func (m *mirrors) putLocked(e offsets.Entry) {
	if old, ok := m.pending[e.Connector]; ok && old.Session > e.Session {
		return
	}
	m.pending[e.Connector] = e
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// flush waits until all that was put before the call is written, and returns
// what became of o's.
func (m *mirrors) flush(ctx context.Context, o owner) error {
	for {
		err := m.send(ctx)
		switch {
		case err == nil:
			return m.refusal(o)
		case !isRetryable(err):
			return err
		case !pause(ctx, retryPause):
			return fmt.Errorf("%w: %w", err, context.Cause(ctx))
		}
	}
}

func (m *mirrors) refusal(o owner) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.refused[o]
}

// start runs the sending until close.
func (m *mirrors) start(ctx context.Context) {
	ctx, m.stop = context.WithCancel(ctx)
	go func() {
		defer close(m.done)
		m.run(ctx)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFlush)
		defer cancel()
		m.report(m.send(last))
	}()
}

// close sends what is pending, once, and ends the sending.
func (m *mirrors) close() {
	m.stop()
	<-m.done
}

func (m *mirrors) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.wake:
			m.report(m.send(ctx))
		}
		if !pause(ctx, m.interval) {
			return
		}
	}
}

func (m *mirrors) report(err error) {
	if err != nil {
		m.logger.Warn("storing offsets failed, it will be tried again", zap.Error(err))
	}
}

// send writes what is pending. One at a time does, so that when it returns also
// what another send had taken is written. Refusals are no error here.
func (m *mirrors) send(ctx context.Context) error {
	select {
	case m.sending <- struct{}{}:
		defer func() { <-m.sending }()
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrOutcomeUnknown, context.Cause(ctx))
	}
	c := m.take()
	if len(c.Entries) == 0 {
		return nil
	}
	m.metrics.mirrors.Inc()
	err := m.apply(ctx, c)
	if err == nil {
		return nil
	}
	m.metrics.mirrorFailures.Inc()
	var refused *offsets.PartialError
	if !errors.As(err, &refused) {
		m.putBack(c)
		return err
	}
	m.refuse(c, refused)
	return nil
}

// take returns what is pending as one command, in order of names.
func (m *mirrors) take() offsets.Mirror {
	m.mu.Lock()
	defer m.mu.Unlock()
	var c offsets.Mirror
	for _, name := range slices.Sorted(maps.Keys(m.pending)) {
		c.Entries = append(c.Entries, m.pending[name])
	}
	clear(m.pending)
	return c
}

// putBack makes what was not written pending again, unless there is something
// newer.
func (m *mirrors) putBack(c offsets.Mirror) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range c.Entries {
		if _, newer := m.pending[e.Connector]; !newer {
			m.putLocked(e)
		}
	}
}

// refuse keeps for the owners' next call why theirs was not written.
func (m *mirrors) refuse(c offsets.Mirror, refused *offsets.PartialError) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range c.Entries {
		if err, ok := refused.Refused[e.Connector]; ok {
			m.refused[owner{e.Connector, e.Session}] = err
			m.logger.Error("an offset was refused", zap.String("connector", e.Connector), zap.Error(err))
		}
	}
}

// pause waits; false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
