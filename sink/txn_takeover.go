package sink

import (
	"context"
	"fmt"
	"time"

	kafka "github.com/segmentio/kafka-go"
)

// Takeover makes this sink the connector's owner in Kafka. It is called once,
// before anything is appended.
//
//  1. o.Confirm, before every InitProducerID.
//  2. InitProducerID, until the transaction of the owner before is decided.
//  3. The last state is read from the end of the state topic. Nobody can write
//     a later one any more without fencing this sink.
//  4. o.Begin, with what was found.
//
// After an error the sink can only be closed.
func (t *Transactional) Takeover(ctx context.Context, o Owner) error {
	ctx, cancel := t.k.bound(ctx)
	defer cancel()
	owner, err := t.acquire(ctx, o.Confirm)
	if err != nil {
		return err
	}
	last, found, err := t.lastState(ctx)
	if err != nil {
		return err
	}
	claim := Claim{ProducerID: owner.id, Epoch: owner.epoch}
	if found {
		claim.Last, claim.Foreign = &last, last.check(t.cfg, t.kafkaID)
	}
	grant, err := o.Begin(ctx, claim)
	if err != nil {
		return fmt.Errorf("sink: session of transactional id %s: %w", t.id, err)
	}
	t.begin(owner, grant)
	return nil
}

// begin opens the sink for records.
func (t *Transactional) begin(owner producer, grant Grant) {
	k := t.k
	k.mu.Lock()
	defer k.mu.Unlock()
	k.owner, t.session = owner, grant.Session
	t.g.n, t.g.committed = grant.N, time.Now()
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

// lastState is step 3.
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
			return true, lacking(err, "Describe", t.stateTopic)
		}
		l := &stateLog{client: t.k.client, topic: t.stateTopic, leader: leaderOf(m, 0)}
		if l.leader == anyBroker {
			return true, kafka.LeaderNotAvailable
		}
		return true, f(ctx, l)
	})
}
