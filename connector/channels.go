package connector

import (
	"context"
	"sync"

	"github.com/google/uuid"
	"go.uber.org/zap"

	"cdcd/connector/signal"
	"cdcd/event"
	"cdcd/sink"
)

// TopicOpener opens a topic of signals.
type TopicOpener func(t SignalTopic, log *zap.Logger) (*sink.Reader, error)

// runChannels runs signalChannels until the function that it returns is called.
func (c *Connector) runChannels(ctx context.Context, begin *event.Signals) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() { c.signalChannels(ctx, begin) })
	return func() { cancel(); done.Wait() }
}

// signalChannels hands signals of the channels beside the binlog to the stream, and has
// [Manager.Signal] do so, until ctx ends, which it does with the stream. What a channel
// meets is logged, and tried again. begin is what the stream begins with, nil for nothing.
func (c *Connector) signalChannels(ctx context.Context, begin *event.Signals) {
	c.inbox.open.Store(true)
	defer c.inbox.open.Store(false)
	var channels sync.WaitGroup
	defer channels.Wait()
	log := c.deps.Logger
	if path := c.cfg.Signals.File; path != "" {
		f := &fileChannel{path: path, send: c.Signal, health: health{log: log.With(zap.String("file", path))}}
		channels.Go(func() { c.pollEach(ctx, f.poll) })
	}
	if t := c.cfg.Signals.Kafka; t.Name != "" && c.deps.OpenTopic != nil {
		from := int64(0)
		if begin != nil {
			from = begin.Offset
		}
		channels.Go(func() { c.followTopic(ctx, t, from) })
	}
	<-ctx.Done()
}

// pollEach calls poll each interval, until ctx ends.
func (c *Connector) pollEach(ctx context.Context, poll func(context.Context)) {
	for ctx.Err() == nil {
		poll(ctx)
		_ = pause(ctx, c.cfg.Signals.Poll)
	}
}

// madeID is the id of a signal that has none: the same one whenever it is read. What
// must not be done twice is told by it.
func madeID(s signal.Signal, from string) signal.Signal {
	if s.ID == "" {
		s.ID = uuid.NewSHA1(uuid.NameSpaceOID, []byte("cdcd signal "+from)).String()
	}
	return s
}

// health tells once what keeps a channel, and when that has passed.
type health struct {
	log  *zap.Logger
	said string
}

// tell takes nil when the channel gets on.
func (h *health) tell(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text == h.said {
		return
	}
	h.said = text
	if err == nil {
		h.log.Info("signals can be read again")
	} else {
		h.log.Warn("signals cannot be read now", zap.Error(err))
	}
}
