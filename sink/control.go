package sink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	kafka "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/zap"
)

const (
	// leaderAge is when leaders are asked for without a reason, which is also
	// how added partitions come to be used (Java's metadata.max.age.ms).
	leaderAge = 5 * time.Minute
	// logEvery is how often an outage that lasts is logged.
	logEvery = 10 * time.Second
)

// control is the goroutine that keeps what all senders need: the producer id
// and the table of leaders.
func (k *Kafka) control() {
	failures := 0
	for k.ctx.Err() == nil {
		if err := k.tend(); err != nil {
			failures++
			k.pause(backoff(failures), nil)
			continue
		}
		if failures > 0 {
			k.reachable()
		}
		failures = 0
		k.pause(leaderAge, k.kick)
	}
}

// reachable notes that Kafka answers again. Where records wait, what becomes of
// them tells more.
func (k *Kafka) reachable() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, t := range k.topics {
		if slices.ContainsFunc(t.partitions, (*partition).pending) {
			return
		}
	}
	if !k.trouble.IsZero() {
		k.cfg.Events.Connected()
		k.recovered()
	}
}

func (k *Kafka) pause(d time.Duration, kick <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		k.mu.Lock()
		k.stale = true
		k.mu.Unlock()
	case <-kick:
	case <-k.ctx.Done():
	}
}

// tend gets what is missing; an error means that something still is.
func (k *Kafka) tend() error {
	k.mu.Lock()
	owner, stale := k.owner, k.stale
	k.mu.Unlock()
	if owner == noProducer && k.group == nil {
		if err := k.initProducer(k.ctx); err != nil {
			return k.tolerate("producer id", err)
		}
	}
	if stale {
		return k.tolerate("metadata", k.refreshLeaders(k.ctx))
	}
	return nil
}

// tolerate tells a failure of op and ends the sink when it is fatal.
func (k *Kafka) tolerate(op string, err error) error {
	if err == nil || k.ctx.Err() != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	class := Classify(Write, err)
	k.failed(Failure{Op: op, Broker: anyBroker, Partition: -1, Class: class, Err: err})
	if class == Fatal {
		k.fail(fmt.Errorf("sink: %s: %w%s", op, err, txnRemedy(err)))
	}
	return err
}

// refresh has the leaders asked for at once.
func (k *Kafka) refresh() {
	if !k.stale {
		k.stale = true
		nudge(k.kick)
	}
}

// initProducer gets a producer id without a transaction (KIP-98): brokers then
// recognise a batch that is sent twice.
func (k *Kafka) initProducer(ctx context.Context) error {
	req := kmsg.NewPtrInitProducerIDRequest()
	req.SetVersion(1)
	r, err := k.client.ask(ctx, req)
	if err != nil {
		return err
	}
	resp := r.(*kmsg.InitProducerIDResponse)
	if err := codeError(resp.ErrorCode); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.owner = producer{id: resp.ProducerID, epoch: resp.ProducerEpoch}
	k.cfg.Events.Connected()
	k.wakeAll()
	return nil
}

// refreshLeaders asks for the leaders of every topic in use and hands their
// partitions to them.
func (k *Kafka) refreshLeaders(ctx context.Context) error {
	k.mu.Lock()
	names := make([]string, 0, len(k.topics))
	for name := range k.topics {
		names = append(names, name)
	}
	k.stale = false // what goes stale from here on is asked for again
	k.mu.Unlock()
	resp, err := k.client.metadata(ctx, names)
	if err == nil {
		err = k.remake(ctx, resp)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if resp != nil {
		err = errors.Join(err, k.applyLeaders(resp))
	}
	k.stale = k.stale || err != nil
	return err
}

// remake creates topics that were deleted. One that a transaction may have records
// in is not: their first part is gone, and the rest must not be seen without it.
func (k *Kafka) remake(ctx context.Context, resp *kmsg.MetadataResponse) error {
	var errs []error
	for i := range resp.Topics {
		m := &resp.Topics[i]
		if m.ErrorCode != int16(kafka.UnknownTopicOrPartition) {
			continue
		}
		if k.group != nil {
			return k.group.lost(*m.Topic, fmt.Errorf("sink: topic %s: %w", *m.Topic, errRemade))
		}
		errs = append(errs, k.createData(ctx, resp.ControllerID, *m.Topic))
	}
	return errors.Join(errs...)
}

// applyLeaders takes over the leaders of a response. Its error says that a
// partition with something to send has none.
func (k *Kafka) applyLeaders(resp *kmsg.MetadataResponse) error {
	var missing error
	for i := range resp.Topics {
		m := &resp.Topics[i]
		t := k.topics[*m.Topic]
		if err := codeError(m.ErrorCode); err != nil {
			missing = fmt.Errorf("topic %s: %w", t.name, lacking(err, "Describe", t.name))
			k.checkDeliveries(t)
			continue
		}
		if err := t.apply(m); errors.Is(err, errRemade) {
			return k.lostTopic(t.name, err)
		} else if err != nil {
			missing = fmt.Errorf("topic %s: %w", t.name, err)
			k.checkDeliveries(t)
			continue
		}
		for _, p := range t.partitions {
			k.move(p, leaderOf(m, p.index))
			if p.leader < 0 && p.pending() {
				missing = fmt.Errorf("partition %s-%d: %w", t.name, p.index, kafka.LeaderNotAvailable)
			}
		}
		k.checkDeliveries(t)
	}
	return missing
}

// lostTopic ends the sink because of a topic that was deleted.
func (k *Kafka) lostTopic(name string, err error) error {
	if k.group != nil {
		return k.group.lost(name, err)
	}
	k.fail(err)
	return err
}

// move hands p to the sender of its leader. What is queued with the one before
// must not wait behind a request that may never be answered.
func (k *Kafka) move(p *partition, leader int32) {
	if p.queued && p.leader != leader {
		k.senders[p.leader].drop(p)
	}
	p.leader = leader
	if leader >= 0 {
		k.enqueue(p)
	}
}

func (k *Kafka) wakeAll() {
	for _, s := range k.senders {
		nudge(s.wake)
	}
}

// await waits for c without the lock, which the caller holds. Meanwhile senders
// do not linger.
func (k *Kafka) await(ctx context.Context, c <-chan struct{}) error {
	k.waiters++
	k.wakeAll()
	k.mu.Unlock()
	defer func() {
		k.mu.Lock()
		k.waiters--
	}()
	select {
	case <-c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-k.ctx.Done():
		return context.Cause(k.ctx)
	}
}

// failed tells a failure: always to the listener, to the log not too often.
func (k *Kafka) failed(f Failure) {
	k.cfg.Events.Failed(f)
	now := time.Now()
	if k.trouble.IsZero() {
		k.trouble = now
	}
	if now.Before(k.logNext) {
		return
	}
	k.logNext, k.logged = now.Add(logEvery), true
	k.log.Warn("kafka request failed", zap.String("op", f.Op), zap.Int32("broker", f.Broker),
		zap.String("topic", f.Topic), zap.Int32("partition", f.Partition), zap.Stringer("class", f.Class),
		zap.Duration("for", now.Sub(k.trouble)), zap.Int64("held_bytes", k.held), zap.Error(f.Err))
}

// recovered notes that Kafka took something.
func (k *Kafka) recovered() {
	if k.logged {
		k.log.Info("kafka takes records again", zap.Duration("after", time.Since(k.trouble)))
	}
	k.trouble, k.logged = time.Time{}, false
}
