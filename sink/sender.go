package sink

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	kafka "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// sender writes the partitions that one broker leads: one request at a time,
// with at most one batch of each partition, so that order holds whatever fails.
// While a request is away the next batches fill.
type sender struct {
	k      *Kafka
	broker int32
	wake   chan struct{}
	codec  compressor

	ready []*partition // guarded by Kafka.mu; in the order in which they became ready
	taken []*partition // of the request in hand
	parts produceParts
}

// idle is the wait of a sender that has nothing to do until it is woken.
const idle = time.Hour

// enqueue makes p's sender look at it, unless that does already.
func (k *Kafka) enqueue(p *partition) {
	if p.queued || p.busy || !p.pending() {
		return
	}
	if p.leader < 0 {
		k.refresh()
		return
	}
	s := k.sender(p.leader)
	p.queued = true
	s.ready = append(s.ready, p)
	nudge(s.wake)
}

// sender returns the sender of a broker and starts it when it is new.
func (k *Kafka) sender(broker int32) *sender {
	if s := k.senders[broker]; s != nil {
		return s
	}
	s := &sender{k: k, broker: broker, wake: make(chan struct{}, 1)}
	s.codec, _ = newCompressor(k.cfg.Compression) // checked by withDefaults
	k.senders[broker] = s
	if k.ctx.Err() == nil {
		k.wg.Go(s.run)
	}
	return s
}

// drop takes p out of what is ready here.
func (s *sender) drop(p *partition) {
	s.ready = slices.DeleteFunc(s.ready, func(q *partition) bool { return q == p })
	p.queued = false
}

func (s *sender) run() {
	for s.k.ctx.Err() == nil {
		if wait := s.gather(); len(s.taken) == 0 {
			s.pause(wait)
			continue
		}
		s.send()
	}
}

func (s *sender) pause(wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.wake:
	case <-s.k.ctx.Done():
	}
}

// gather takes the partitions of the next request. When there are none it
// returns how long to wait.
func (s *sender) gather() time.Duration {
	k := s.k
	k.mu.Lock()
	defer k.mu.Unlock()
	s.taken = s.taken[:0]
	if k.owner == noProducer {
		return idle
	}
	wait, size, now := idle, 0, time.Now()
	ready := s.ready
	s.ready = ready[:0:0]
	for _, p := range ready {
		switch d := p.due(now, k.linger()); {
		case !k.admits(p):
			s.ready = append(s.ready, p)
		case d > 0:
			wait = min(wait, d)
			s.ready = append(s.ready, p)
		case size > 0 && size+p.size() > k.cfg.MaxRequestBytes:
			s.ready = append(s.ready, p)
		default:
			size += p.size()
			p.queued, p.busy = false, true
			p.take(k.owner)
			s.taken = append(s.taken, p)
		}
	}
	return wait
}

func (k *Kafka) linger() time.Duration {
	if k.waiters > 0 || k.group != nil {
		return 0
	}
	return k.cfg.Linger
}

// send frames what gather took, exchanges one request, and settles each batch.
func (s *sender) send() {
	slices.SortFunc(s.taken, func(a, b *partition) int {
		return cmp.Or(strings.Compare(a.topic.name, b.topic.name), cmp.Compare(a.index, b.index))
	})
	start := time.Now()
	for _, p := range s.taken {
		s.frame(p, start)
	}
	resp, sent, err := s.exchange()
	if s.k.ctx.Err() != nil {
		return // closing: whatever came back is not told any more
	}
	s.k.settle(s, resp, sent, err, time.Since(start))
}

// frame makes p's head final. The bytes of head are the sender's while p is
// busy; what they count is put right under the lock.
func (s *sender) frame(p *partition, now time.Time) {
	b := p.head
	before := cap(b.buf)
	if !b.framed {
		b.frame(s.codecOf(p), s.k.dialect.attributes, now, &s.k.bufs)
	}
	if !b.stamped {
		b.stamp()
	}
	if less := before - cap(b.buf); less != 0 {
		s.k.release(int64(less))
	}
}

func (s *sender) codecOf(p *partition) compressor {
	if p.raw {
		return nil
	}
	return s.codec
}

func (s *sender) exchange() (*kmsg.ProduceResponse, bool, error) {
	k := s.k
	resp := kmsg.NewPtrProduceResponse()
	resp.SetVersion(k.dialect.version)
	x := &exchange{broker: s.broker, key: resp.Key(), correlation: k.client.next.Add(1), response: resp}
	x.parts = s.parts.encode(k.dialect, k.client.clientID, x.correlation, k.cfg.RequestTimeout*2/3, s.taken)
	sent, err := k.client.run(k.ctx, x)
	return resp, sent, err
}

// settle applies the outcome of one request to the partitions in it.
func (k *Kafka) settle(s *sender, resp *kmsg.ProduceResponse, sent bool, err error, took time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		k.failed(Failure{Op: "produce", Broker: s.broker, Partition: -1, Class: Classify(k.step(), err), Err: err})
	}
	readOutcomes(k.topics, s.taken, resp, err)
	done := Produced{Broker: s.broker, Latency: took}
	for _, p := range s.taken {
		p.busy = false
		class := Done
		if p.outcome != nil {
			class = Classify(k.step(), p.outcome)
		}
		if class == Done {
			k.acknowledge(p, &done)
		} else {
			p.head.doubt = p.head.doubt || sent && mayBeWritten(p.outcome)
			k.setback(p, s.broker, class, err != nil)
		}
		k.enqueue(p)
	}
	if done.Batches > 0 {
		k.produced(done)
	}
	if g := k.group; g != nil && g.gate != nil && g.gate.pending == 0 {
		nudge(k.tell) // it may be complete
	}
}

// readOutcomes sets the outcome of each partition of a request. One that the
// broker left out of its response counts as not answered.
func readOutcomes(topics map[string]*topic, taken []*partition, resp *kmsg.ProduceResponse, err error) {
	for _, p := range taken {
		p.outcome = cmp.Or(err, error(kafka.NetworkException))
	}
	if err != nil {
		return
	}
	for i := range resp.Topics {
		t := topics[resp.Topics[i].Topic]
		for _, r := range resp.Topics[i].Partitions {
			if t != nil && int(r.Partition) < len(t.partitions) {
				t.partitions[r.Partition].outcome = codeError(r.ErrorCode)
			}
		}
	}
}

func (k *Kafka) produced(done Produced) {
	k.cfg.Events.Produced(done)
	k.cfg.Events.Queue(k.held)
	k.recovered()
	k.advance()
}

// acknowledge forgets p's head, which is in the log.
func (k *Kafka) acknowledge(p *partition, done *Produced) {
	b := p.head
	p.head, p.notBefore = nil, time.Time{}
	done.Batches++
	done.Records += int(b.records)
	done.Bytes += int64(len(b.buf))
	k.ledger.settle(b.interval)
	k.releaseLocked(int64(cap(b.buf)))
	k.bufs.put(b.buf)
}

// setback decides what becomes of p's head after an attempt that failed; whole
// says that the failure was of the request, and has been told.
func (k *Kafka) setback(p *partition, broker int32, class Class, whole bool) {
	b := p.head
	b.attempts++
	p.notBefore = time.Now().Add(backoff(b.attempts))
	if !whole {
		k.failed(Failure{Op: "produce", Broker: broker, Topic: p.topic.name, Partition: p.index, Class: class, Err: p.outcome})
	}
	switch class {
	case Done, Retry:
	case Refresh:
		p.leader = anyBroker
		k.refresh()
	case Once:
		if b.attempts > 1 {
			k.fail(p.refused(Fatal))
		}
	case Renew:
		k.renew(p)
	case Resolve:
		k.fail(&ResolveError{Op: "produce", Err: p.refused(class)})
	case Fatal:
		k.fail(p.refused(class))
	}
	k.checkDelivery(p)
}

// renew goes on under a new producer id, after the broker refused p's head for
// the old one. That is safe only when no earlier attempt of the same batch is in
// doubt: then it is not in the log, and all before it is. Otherwise it might be
// written twice around what others wrote, and the sink stops, to be resumed from
// the last boundary.
func (k *Kafka) renew(p *partition) {
	b := p.head
	if b.doubt || b.renewed {
		k.fail(p.refused(Renew))
		return
	}
	b.renewed, b.renumber = true, true
	if k.owner == b.owner {
		k.owner = noProducer
		nudge(k.kick)
	}
}

func (k *Kafka) checkDeliveries(t *topic) {
	for _, p := range t.partitions {
		k.checkDelivery(p)
	}
}

// checkDelivery ends the sink when p's first batch was tried for too long.
func (k *Kafka) checkDelivery(p *partition) {
	limit := k.cfg.DeliveryTimeout
	if b := p.first(); limit > 0 && b != nil && time.Since(b.opened) > limit {
		k.fail(&ProduceError{
			Topic: p.topic.name, Partition: p.index, Class: Fatal,
			Err: fmt.Errorf("%w (%s); last: %w", ErrDeliveryTimeout, limit, cmp.Or(p.outcome, error(kafka.LeaderNotAvailable))),
		})
	}
}

// maxBackoff is about how much later than Kafka the sink comes back.
const maxBackoff = 500 * time.Millisecond

// backoff is the pause after the n-th failure in a row.
func backoff(n int) time.Duration {
	return min(10*time.Millisecond<<min(n-1, 10), maxBackoff)
}
