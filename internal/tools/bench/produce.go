package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cdcd/event"
	"cdcd/internal/kafkatest"
	"cdcd/sink"
	"cdcd/sink/format"
)

// broker is a real broker with the production compiler of Java.
func broker(ctx context.Context) (*kafkatest.Cluster, error) {
	return kafkatest.Open(ctx, kafkatest.Config{Own: true, Heap: "1g", JVM: []string{"-server"}}, say)
}

// partitions is how many the topics of produce and drain have.
const partitions = 6

// produce writes records that are encoded already to a real broker, and prints
// what that costs us.
func produce(ctx context.Context, b *bench) (err error) {
	records := b.amount(1_000_000)
	codec, err := sink.ParseCompression(b.codec)
	if err != nil {
		return err
	}
	c, err := capture(ctx, b, load{inserts: b.amount(50_000)})
	if err != nil {
		return err
	}
	batches, err := encoded(ctx, c)
	if err != nil {
		return err
	}
	kafka, err := broker(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kafka.Close()) }()
	k, err := sink.Open(ctx, sink.Config{
		Brokers: kafka.Brokers(), Compression: codec,
		Topics: sink.TopicDefaults{AutoCreate: true, Partitions: partitions, Replication: 1},
	})
	if err != nil {
		return err
	}
	say("produce: acks all, idempotent, codec %s, %d partitions, batches of at most 1 MiB, requests of at most 4 MiB", b.codec, partitions)
	return errors.Join(send(ctx, b, k, batches, records), k.Close())
}

// encoded returns the records of a captured file, in batches as workers make
// them.
func encoded(ctx context.Context, c *captured) ([]*format.Batch, error) {
	d, err := newDecoding(c, load{})
	if err != nil {
		return nil, err
	}
	var out []*format.Batch
	p := printer{encoder: d.encoder}
	return out, d.each(ctx, func(r *event.Rows) error {
		if len(out) == 0 || len(out[len(out)-1].Data) > 256<<10 {
			out = append(out, &format.Batch{})
			p.batch = out[len(out)-1]
		}
		return p.print(r)
	})
}

// send appends the batches over and over and prints the figures.
func send(ctx context.Context, b *bench, k *sink.Kafka, batches []*format.Batch, records int) error {
	if err := k.Append(ctx, batches[0]); err != nil { // makes the topic
		return err
	}
	if err := k.Flush(ctx); err != nil {
		return err
	}
	cpu, began, n := ownCPU(), time.Now(), 0
	err := b.profiled("produce", func() error {
		for i := 0; n < records; i++ {
			one := batches[i%len(batches)]
			if err := k.Append(ctx, one); err != nil {
				return err
			}
			n += len(one.Records)
		}
		return k.Flush(ctx)
	})
	if err != nil {
		return fmt.Errorf("after %d records: %w", n, err)
	}
	figure("produce", float64((ownCPU()-cpu).Nanoseconds())/1e3/float64(n), "CPU-us/record")
	figure("produce_speed", float64(n)/time.Since(began).Seconds(), "records/s")
	return nil
}
