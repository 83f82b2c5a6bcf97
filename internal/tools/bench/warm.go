package main

import (
	"context"
	"errors"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"cdcd/internal/kafkatest"
)

// How much a broker has to do before it is measured. Java compiles what is hot in
// the background, for longer than one would think: for ten runs after too short a
// warming up a broker took two to three times the processor time of later ones.
const (
	warmRounds    = 60
	warmRecords   = 40_000 // a round
	warmValueSize = 900
)

// warm lets the broker compile its code: for records outside of transactions and
// in them, and for reading both.
func warm(ctx context.Context, kafka *kafkatest.Cluster) error {
	if err := kafka.Create(ctx, "warm", partitions, nil); err != nil {
		return err
	}
	return errors.Join(warmWriting(ctx, kafka), warmWriting(ctx, kafka, kgo.TransactionalID("warm")), warmReading(ctx, kafka))
}

func warmWriting(ctx context.Context, kafka *kafkatest.Cluster, opts ...kgo.Opt) error {
	client, err := kgo.NewClient(append(opts, kgo.SeedBrokers(kafka.Brokers()...), kgo.DefaultProduceTopic("warm"),
		kgo.ProducerBatchCompression(kgo.NoCompression()))...)
	if err != nil {
		return err
	}
	defer client.Close()
	for range warmRounds {
		if err := warmRound(ctx, client, len(opts) > 0); err != nil {
			return err
		}
	}
	return nil
}

func warmRound(ctx context.Context, client *kgo.Client, transactional bool) error {
	if transactional {
		if err := client.BeginTransaction(); err != nil {
			return err
		}
	}
	value := make([]byte, warmValueSize)
	for range warmRecords {
		client.Produce(ctx, &kgo.Record{Value: value}, nil)
	}
	if err := client.Flush(ctx); err != nil || !transactional {
		return err
	}
	return client.EndTransaction(ctx, kgo.TryCommit)
}

// warmReading reads the topic and deletes it.
func warmReading(ctx context.Context, kafka *kafkatest.Cluster) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(kafka.Brokers()...), kgo.ConsumeTopics("warm"),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	defer client.Close()
	for left := 2 * warmRounds * warmRecords; left > 0; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		left -= fetches.NumRecords()
	}
	_, err = kadm.NewClient(client).DeleteTopics(ctx, "warm")
	return err
}
