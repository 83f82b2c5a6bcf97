package sink

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	kafka "github.com/segmentio/kafka-go"
	"go.uber.org/zap"
)

// ErrMissingTopic says that a topic that is to be read is not there.
var ErrMissingTopic = errors.New("the topic does not exist")

// Reader reads the first partition of a topic that others write, from wherever its
// caller wants: nothing is stored in Kafka. One goroutine at a time calls Read; after an
// error the next call looks for the leader again.
type Reader struct {
	log    *zap.Logger
	cfg    Config
	topic  string
	client *client
	state  *stateLog // nil while the leader is not known
}

// NewReader returns a reader; it asks nobody yet.
func NewReader(c Config, topic string) (*Reader, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	cl, err := newClient(c)
	if err != nil {
		return nil, err
	}
	return &Reader{log: c.Logger, cfg: c, topic: topic, client: cl}, nil
}

// Close ends the connections.
func (r *Reader) Close() { r.client.close() }

// Read calls f with the records from an offset on, in their order, as far as a
// read_committed consumer sees them, and returns where to go on. Where there are none
// it waits for some, no longer than wait. An error of f ends it, and is returned as it
// is; so it does not say where to go on.
//
// An offset that the topic does not have, because of its retention or since it was
// deleted and made again, is replaced by that of its first record, as Kafka's consumers
// do with auto.offset.reset=earliest.
//
// The error is ErrMissingTopic where there is no such topic, and any other that the
// brokers gave.
func (r *Reader) Read(ctx context.Context, from int64, wait time.Duration, f func(offset int64, key, value []byte) error) (next int64, err error) {
	next, err = r.read(ctx, from, min(wait, r.cfg.RequestTimeout/2), f)
	if err == nil {
		return next, nil
	}
	if r.state != nil && errors.Is(err, kafka.OffsetOutOfRange) {
		return r.first(ctx, from)
	}
	r.state = nil
	return from, err
}

func (r *Reader) read(ctx context.Context, from int64, wait time.Duration, f func(offset int64, key, value []byte) error) (int64, error) {
	if r.state == nil {
		state, err := r.find(ctx)
		if err != nil {
			return from, err
		}
		r.state = state
	}
	part, err := r.state.fetch(ctx, from, wait)
	if err != nil {
		return from, err
	}
	return readBatches(part.RecordBatches, part.AbortedTransactions, from, math.MaxInt64, func(r record) error {
		return f(r.offset, r.key, r.value)
	})
}

// find looks for the leader of the partition.
func (r *Reader) find(ctx context.Context) (*stateLog, error) {
	resp, err := r.client.metadata(ctx, []string{r.topic})
	if err != nil {
		return nil, fmt.Errorf("ask %s for topic %s: %w", brokerList(r.cfg.Brokers), r.topic, err)
	}
	m := &resp.Topics[0]
	switch err := codeError(m.ErrorCode); {
	case errors.Is(err, kafka.UnknownTopicOrPartition):
		return nil, fmt.Errorf("%w: %s", ErrMissingTopic, r.topic)
	case err != nil:
		return nil, lacking(err, "Describe", r.topic)
	}
	state := &stateLog{client: r.client, topic: r.topic, leader: leaderOf(m, 0)}
	if state.leader == anyBroker {
		return nil, fmt.Errorf("topic %s: %w", r.topic, kafka.LeaderNotAvailable)
	}
	return state, nil
}

// first is the offset of the first record, for one that is not there.
func (r *Reader) first(ctx context.Context, from int64) (int64, error) {
	first, err := r.state.offset(ctx, earliest, committed)
	if err != nil {
		r.state = nil
		return from, err
	}
	if from > 0 {
		r.log.Warn("the topic does not have the offset to go on from: reading it from its first record",
			zap.String("topic", r.topic), zap.Int64("offset", from), zap.Int64("first", first))
	}
	return first, nil
}
