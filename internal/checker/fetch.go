package checker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// fetchBytes is how much of a partition is asked for at once.
const fetchBytes = 4 << 20

// place of a partition in the cluster, and how far it is read.
type extent struct {
	topic  string
	number int32
	id     [16]byte // of the topic
	leader int32
	start  int64
	stable int64 // the last stable offset: what begins before it is decided
	high   int64 // asked for later, so that the markers of that are below it
}

// extents asks for every partition of the topics. A topic that there is not has
// none: it comes with its first record.
func extents(ctx context.Context, cl *kgo.Client, topics ...string) ([]extent, error) {
	admin := kadm.NewClient(cl)
	details, err := admin.ListTopicsWithInternal(ctx, topics...)
	if err != nil {
		return nil, err
	}
	for name, topic := range details {
		switch {
		case errors.Is(topic.Err, kerr.UnknownTopicOrPartition):
			delete(details, name)
		case topic.Err != nil:
			return nil, fmt.Errorf("topic %s: %w", name, topic.Err)
		}
	}
	if len(details) == 0 {
		return nil, nil
	}
	lists, err := offsets(ctx, admin, details.Names())
	if err != nil {
		return nil, err
	}
	var out []extent
	for _, topic := range details.Sorted() {
		for _, p := range topic.Partitions.Sorted() {
			e := extent{topic: topic.Topic, number: p.Partition, id: topic.ID, leader: p.Leader}
			for i, at := range []*int64{&e.start, &e.stable, &e.high} {
				o, _ := lists[i].Lookup(e.topic, e.number)
				*at = o.Offset
			}
			out = append(out, e)
		}
	}
	return out, nil
}

// offsets are the starts, the last stable offsets and the ends of topics.
func offsets(ctx context.Context, admin *kadm.Client, topics []string) (lists [3]kadm.ListedOffsets, err error) {
	for i, list := range []func(context.Context, ...string) (kadm.ListedOffsets, error){
		admin.ListStartOffsets, admin.ListCommittedOffsets, admin.ListEndOffsets,
	} {
		if lists[i], err = list(ctx, topics...); err == nil {
			err = lists[i].Error()
		}
		if err != nil {
			return lists, fmt.Errorf("list the offsets of %v: %w", topics, err)
		}
	}
	return lists, nil
}

// rawReader reads the batches of a partition as they are stored, those of aborted
// transactions too.
type rawReader struct {
	client *kgo.Client
	unpack kgo.Decompressor
	extent extent
}

// read calls batch with each batch, and aborted with each entry of the broker's
// lists of aborted transactions, which it gives below the last stable offset.
// Markers of what begins before that may be behind it, when a transaction is open.
func (r *rawReader) read(ctx context.Context, each func(batch) error, aborted func(abortedTxn)) error {
	failures := 0
	for at := r.extent.start; at < r.extent.high; {
		p, err := r.fetch(ctx, at)
		if err != nil {
			if failures++; failures > 20 || ctx.Err() != nil {
				return fmt.Errorf("read %s-%d at %d: %w", r.extent.topic, r.extent.number, at, err)
			}
			if err := r.again(ctx); err != nil {
				return err
			}
			continue
		}
		for _, a := range p.AbortedTransactions {
			aborted(abortedTxn{a.ProducerID, a.FirstOffset})
		}
		next, err := r.batches(p.RecordBatches, at, each)
		if err != nil {
			return fmt.Errorf("read %s-%d: %w", r.extent.topic, r.extent.number, err)
		}
		if next == at {
			failures++
		} else {
			failures = 0
		}
		at = next
	}
	return nil
}

// batches reads a response and returns the offset behind it.
func (r *rawReader) batches(b []byte, at int64, each func(batch) error) (int64, error) {
	for {
		whole, rest, ok := cutBatch(b)
		if !ok {
			return at, nil
		}
		parsed, err := parseBatch(whole, r.unpack)
		if err != nil {
			return at, err
		}
		b = rest
		if parsed.last < at || parsed.base >= r.extent.high {
			continue
		}
		if err := each(parsed); err != nil {
			return at, err
		}
		at = parsed.last + 1
	}
}

// again waits a moment and asks who leads the partition now.
func (r *rawReader) again(ctx context.Context) error {
	timer := time.NewTimer(100 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	}
	details, err := kadm.NewClient(r.client).ListTopicsWithInternal(ctx, r.extent.topic)
	if err == nil {
		r.extent.leader = details[r.extent.topic].Partitions[r.extent.number].Leader
	}
	return ctx.Err()
}

var errEmpty = errors.New("the broker answered without the partition")

func (r *rawReader) fetch(ctx context.Context, at int64) (*kmsg.FetchResponseTopicPartition, error) {
	req := kmsg.NewPtrFetchRequest()
	req.ReplicaID, req.SessionEpoch = -1, -1
	if at < r.extent.stable {
		req.IsolationLevel = 1
	}
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = 500, 1, fetchBytes
	p := kmsg.NewFetchRequestTopicPartition()
	p.Partition, p.FetchOffset, p.PartitionMaxBytes, p.CurrentLeaderEpoch = r.extent.number, at, fetchBytes, -1
	t := kmsg.NewFetchRequestTopic()
	t.Topic, t.TopicID, t.Partitions = r.extent.topic, r.extent.id, append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	response, err := r.client.Broker(int(r.extent.leader)).Request(ctx, req)
	if err != nil {
		return nil, err
	}
	resp := response.(*kmsg.FetchResponse)
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return nil, err
	}
	if len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
		return nil, errEmpty
	}
	found := &resp.Topics[0].Partitions[0]
	return found, kerr.ErrorForCode(found.ErrorCode)
}
