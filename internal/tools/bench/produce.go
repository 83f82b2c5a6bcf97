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
	return kafkatest.Open(ctx, kafkatest.Config{Own: true, Heap: "1g", JVM: []string{"-server"}, Properties: map[string]string{
		// What a run has written is not to be written back to the disk during the next.
		"file.delete.delay.ms": "0",
	}}, say)
}

// partitions is how many the topics of produce and drain have.
const partitions = 6

// produce prints what it costs us to decode and encode records, and to write
// encoded ones to a real broker.
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
	d, err := newDecoding(c, load{})
	if err != nil {
		return err
	}
	batches, err := d.encoded(ctx)
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
	encode, err := d.encode(ctx)
	if err == nil {
		err = send(ctx, b, k, batches, records, encode)
	}
	return errors.Join(err, k.Close())
}

// encode returns what it costs to decode and encode a record, in microseconds
// of processor time.
func (d *decoding) encode(ctx context.Context) (float64, error) {
	best, records := time.Duration(0), 0
	for range rounds {
		p := printer{encoder: d.encoder, batch: &d.batch}
		rows := d.framed(ctx)
		took, err := timed(func() error { return over(rows, p.print) })
		if err != nil {
			return 0, err
		}
		best, records = fastest(best, took), p.records
	}
	return micros(best, records), nil
}

func micros(cpu time.Duration, records int) float64 {
	return float64(cpu.Nanoseconds()) / 1e3 / float64(records)
}

// encoded returns the records of a captured file, in batches as workers make
// them.
func (d *decoding) encoded(ctx context.Context) ([]*format.Batch, error) {
	var out []*format.Batch
	p := printer{encoder: d.encoder}
	err := d.each(ctx, func(r *event.Rows) error {
		if len(out) == 0 || len(out[len(out)-1].Data) > 256<<10 {
			out = append(out, &format.Batch{})
			p.batch = out[len(out)-1]
		}
		return p.print(r)
	})
	return out, err
}

// send appends the batches over and over and prints the figures. What it cost
// to encode a record is added to what it costs to write one.
func send(ctx context.Context, b *bench, k *sink.Kafka, batches []*format.Batch, records int, encode float64) error {
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
	cost := micros(ownCPU()-cpu, n)
	figure("encode", encode, "CPU-us/record")
	figure("produce", cost, "CPU-us/record")
	figure("encode_produce", encode+cost, "CPU-us/record")
	figure("produce_speed", float64(n)/time.Since(began).Seconds(), "records/s")
	return nil
}
