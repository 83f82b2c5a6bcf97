package main

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// verify reads what is committed in the topic and complains when that is not all
// records, and nothing else.
func (l *backlog) verify(ctx context.Context, r *drained) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(l.kafka.Brokers()...), kgo.ConsumeTopics(r.topic()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.KeepControlRecords(), kgo.FetchMaxPartitionBytes(8<<20))
	if err != nil {
		return err
	}
	defer client.Close()
	records, left := 0, written(ctx, kadm.NewClient(client), r.topic())
	for left > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("read %s: %w", r.topic(), err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			left--
			if !record.Attrs.IsControl() {
				records++
			}
		})
	}
	if records != r.records {
		return fmt.Errorf("%s has %d records, want %d", r.topic(), records, r.records)
	}
	return nil
}
