package connector

import (
	"context"
	"strconv"

	"go.uber.org/zap"

	"cdcd/connector/signal"
	"cdcd/sink"
)

// followTopic sends the signals of a topic, from an offset on. The offset behind each
// becomes durable together with what it changed, so that each is done once. Without
// one the topic is read from its first record, as Debezium does: its consumer has
// auto.offset.reset=earliest, and commits its offset before a signal is done.
//
// Only the first partition is read. Records with another key than the topic prefix are
// for other connectors.
// Source: KafkaSignalChannel.
func (c *Connector) followTopic(ctx context.Context, t SignalTopic, from int64) {
	f := &topicChannel{topic: t, next: from, send: c.ask, health: health{log: c.deps.Logger.With(zap.String("topic", t.Name))}}
	r, err := c.deps.OpenTopic(t, c.deps.Logger)
	if err != nil { // a configuration that was checked
		f.tell(err)
		return
	}
	defer r.Close()
	f.reader = r
	c.pollEach(ctx, f.poll)
}

// ask hands a signal to the stream, and does not wait for it.
func (c *Connector) ask(ctx context.Context, a channelSignal) error {
	select {
	case c.inbox.signals <- a:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// topicChannel is where a topic of signals is read.
type topicChannel struct {
	topic  SignalTopic
	next   int64 // offset to go on from
	reader *sink.Reader
	send   func(context.Context, channelSignal) error
	health
}

// poll reads what is there. A signal that was sent is not sent again, also where an
// error follows on it.
func (c *topicChannel) poll(ctx context.Context) {
	for ctx.Err() == nil {
		from := c.next
		next, err := c.reader.Read(ctx, from, c.topic.Wait, func(offset int64, key, value []byte) error {
			return c.record(ctx, offset, key, value)
		})
		if ctx.Err() == nil {
			c.tell(err)
		}
		if err != nil || next == from {
			return
		}
		c.next = next
	}
}

// record sends the signal of a record, if it is one for this connector.
func (c *topicChannel) record(ctx context.Context, offset int64, key, value []byte) error {
	if string(key) != c.topic.Key || len(value) == 0 {
		return nil
	}
	s, err := signal.ParseMessage(value)
	if err != nil {
		c.log.Warn("a signal is passed over", zap.Int64("offset", offset), zap.Error(err))
		return nil
	}
	s = madeID(s, c.topic.Name+" "+strconv.FormatInt(offset, 10))
	if err := c.send(ctx, channelSignal{Signal: s, next: offset + 1}); err != nil {
		return err
	}
	c.next = offset + 1
	return nil
}
