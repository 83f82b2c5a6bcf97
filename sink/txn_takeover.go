package sink

import (
	"context"
	"fmt"
	"time"

	"cdcd/event"

	kafka "github.com/segmentio/kafka-go"
)

// Takeover makes this sink the connector's owner in Kafka, and returns the last
// committed state, and whether there is one. It is called once, before anything
// is appended.
//
//  1. confirm, before every InitProducerID: the caller asks the raft leader
//     whether it still owns the connector. Even one that Kafka refuses would
//     abort the transaction of the rightful owner.
//  2. InitProducerID, until the transaction of the owner before is decided.
//  3. session makes the new owner known in raft, and returns its number. Without
//     it an owner that was paused between 1 and 2 would wake up, fence its
//     successor, and write what that wrote already.
//  4. The last state is read from the end of the state topic.
//
// Whether the state is as new as raft's mirror of it is for the caller to check.
// After an error the sink can only be closed.
func (t *Transactional) Takeover(
	ctx context.Context, confirm func(context.Context) error,
	session func(ctx context.Context, producerID int64, epoch int16) (uint64, error),
) (event.State, bool, error) {
	ctx, cancel := t.k.bound(ctx)
	defer cancel()
	owner, err := t.acquire(ctx, confirm)
	if err != nil {
		return event.State{}, false, err
	}
	if t.session, err = session(ctx, owner.id, owner.epoch); err != nil {
		return event.State{}, false, fmt.Errorf("sink: session of transactional id %s: %w", t.id, err)
	}
	last, found, err := t.lastState(ctx)
	if err == nil && found {
		err = last.check(t.record(event.State{}))
	}
	if err != nil {
		return event.State{}, false, err
	}
	t.begin(owner)
	return last.State, found, nil
}

// begin opens the sink for records.
func (t *Transactional) begin(owner producer) {
	k := t.k
	k.mu.Lock()
	defer k.mu.Unlock()
	k.owner = owner
	t.g.committed = time.Now()
	k.cfg.Events.Connected()
	k.wg.Go(t.run)
}

// acquire is steps 1 and 2.
func (t *Transactional) acquire(ctx context.Context, confirm func(context.Context) error) (producer, error) {
	owner := noProducer
	err := t.insist(ctx, "producer id", Coordinate, func(ctx context.Context) (sent bool, err error) {
		if err := confirm(ctx); err != nil {
			return false, fmt.Errorf("%w: %w", ErrNotOwner, err)
		}
		owner, sent, err = t.initProducer(ctx)
		return sent, err
	})
	return owner, err
}

// lastState is step 4.
func (t *Transactional) lastState(ctx context.Context) (r StateRecord, found bool, err error) {
	err = t.reading(ctx, func(ctx context.Context, l *stateLog) error {
		r, found, err = l.lastState(ctx)
		return err
	})
	return r, found, err
}

// Tables reads the table versions that are in the state topic, in the order in
// which they were committed: for a cluster that lost all its disks. Of two of
// one version the later one counts, and of those above the state's none.
func (t *Transactional) Tables(ctx context.Context) (tables []TableRecord, err error) {
	err = t.reading(ctx, func(ctx context.Context, l *stateLog) error {
		tables, err = l.tables(ctx)
		return err
	})
	return tables, err
}

// reading calls f with the state partition's leader, asked for anew each time.
func (t *Transactional) reading(ctx context.Context, f func(context.Context, *stateLog) error) error {
	return t.insist(ctx, "read state", Write, func(ctx context.Context) (bool, error) {
		resp, err := t.k.client.metadata(ctx, []string{t.stateTopic})
		if err != nil {
			return true, err
		}
		m := &resp.Topics[0]
		if err := codeError(m.ErrorCode); err != nil {
			return true, err
		}
		l := &stateLog{client: t.k.client, topic: t.stateTopic, leader: leaderOf(m, 0)}
		if l.leader == anyBroker {
			return true, kafka.LeaderNotAvailable
		}
		return true, f(ctx, l)
	})
}
