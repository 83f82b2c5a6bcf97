package connector

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"cdcd/sink"
)

// KafkaSink returns an opener of Kafka sinks on the cluster that base names, for
// the connectors of a cdcd cluster; what a connector's own properties say comes
// on top.
func KafkaSink(base sink.Config, cluster string) SinkOpener {
	return func(ctx context.Context, cfg Config, h Hooks) (Sink, error) {
		c := cfg.Sink.Apply(base)
		c.Topics = cfg.Topics
		c.OnCommit = h.Committed
		c.Events.Connected = func() { h.Health(nil) }
		c.Events.Produced = func(sink.Produced) { h.Health(nil) }
		c.Events.Failed = func(f sink.Failure) { h.Health(f.Err) }
		if cfg.Delivery == Disabled {
			return opened(sink.Open(ctx, c))
		}
		t, err := sink.OpenTransactional(ctx, sink.TxnConfig{
			Config: c, Connector: cfg.Name, Cluster: cluster, Timeout: cfg.TransactionTimeout, Split: cfg.Oversize == SplitOversize,
		})
		if errors.Is(err, sink.ErrTooOld) && cfg.Delivery == Requested {
			c.Logger.Warn("delivery is at least once, since exactly.once.support is only requested", zap.String("connector", cfg.Name), zap.Error(err))
			return opened(sink.Open(ctx, c))
		}
		return opened(t, err)
	}
}

// opened leaves no interface around a nil.
func opened[S Sink](s S, err error) (Sink, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// KafkaTopics returns an opener of topics of signals, on the cluster that base names
// unless a connector's own properties name another.
func KafkaTopics(base sink.Config) TopicOpener {
	return func(t SignalTopic, log *zap.Logger) (*sink.Reader, error) {
		c := t.Apply(base)
		c.Logger = log
		return sink.NewReader(c, t.Name)
	}
}
