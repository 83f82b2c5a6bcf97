package connector

import (
	"context"

	"cdcd/sink"
)

// KafkaSink returns an opener of Kafka sinks on the cluster that base names;
// what the connector's own properties say comes on top.
func KafkaSink(base sink.Config) SinkOpener {
	return func(ctx context.Context, cfg Config, h Hooks) (Sink, error) {
		c := cfg.Sink.Apply(base)
		c.Topics = cfg.Topics
		c.OnCommit = h.Committed
		c.Events.Connected = func() { h.Health(nil) }
		c.Events.Produced = func(sink.Produced) { h.Health(nil) }
		c.Events.Failed = func(f sink.Failure) { h.Health(f.Err) }
		return sink.Open(ctx, c)
	}
}
