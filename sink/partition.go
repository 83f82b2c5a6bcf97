package sink

import (
	"errors"
	"time"

	kafka "github.com/segmentio/kafka-go"
)

// partition is the queue of one partition: batches in the order of their
// records. At most one is with a broker, so a batch that has to be sent again
// overtakes nothing and nothing overtakes it. Fields are guarded by Kafka.mu;
// the bytes of head belong to the sender while busy.
type partition struct {
	topic  *topic
	index  int32
	leader int32 // broker id, anyBroker while not known

	head  *batch   // framed or about to be: resent until acknowledged
	queue []*batch // behind head; the last one takes records

	queued    bool // in a sender's ready list
	busy      bool // head is in a request
	notBefore time.Time
	outcome   error // of the last attempt

	owner    producer // of the next sequence
	sequence int32
	raw      bool      // batches are not compressed
	joined   *interval // whose Kafka transaction it is in
	involved *interval // the newest with a batch of it
	hint     int       // bytes of the batch before, to begin the next at its size
}

// tail is the batch that takes records, nil when there is none.
func (p *partition) tail() *batch {
	if len(p.queue) == 0 {
		return nil
	}
	return p.queue[len(p.queue)-1]
}

// first is the batch that has waited longest, nil when there is none.
func (p *partition) first() *batch {
	if p.head != nil || len(p.queue) == 0 {
		return p.head
	}
	return p.queue[0]
}

// pending reports whether something is to be sent.
func (p *partition) pending() bool { return p.head != nil || len(p.queue) > 0 }

// due is how long the partition has to wait: a while after a failed attempt, or
// for linger when a single batch is still filling.
func (p *partition) due(now time.Time, linger time.Duration) time.Duration {
	wait := p.notBefore.Sub(now)
	if p.head == nil && len(p.queue) == 1 {
		wait = max(wait, p.queue[0].opened.Add(linger).Sub(now))
	}
	return wait
}

// size is the bytes that take would send.
func (p *partition) size() int { return len(p.first().buf) }

// take makes the first batch the head and gives it its sequence: once, or again
// after the broker refused it for its owner.
func (p *partition) take(owner producer) {
	if p.head == nil {
		p.head, p.queue[0] = p.queue[0], nil
		p.queue = p.queue[1:]
		p.hint = len(p.head.buf)
		p.head.renumber = true
	}
	if p.head.renumber {
		p.number(p.head, owner)
	}
}

// number gives b the partition's next sequence under owner. A new owner begins
// at 0.
func (p *partition) number(b *batch, owner producer) {
	if p.owner != owner {
		p.owner, p.sequence = owner, 0
	}
	b.owner, b.sequence = owner, p.sequence
	b.renumber, b.stamped = false, false
	p.sequence = nextSequence(p.sequence, b.records)
}

// refused is the error that ends the sink when head is not taken.
func (p *partition) refused(class Class) error {
	if errors.Is(p.outcome, kafka.MessageSizeTooLarge) || errors.Is(p.outcome, kafka.RecordListTooLarge) {
		return &TooLargeError{Topic: p.topic.name, Size: len(p.head.buf), Limit: p.topic.limit, Index: -1}
	}
	return &ProduceError{Topic: p.topic.name, Partition: p.index, Class: class, Err: lacking(p.outcome, "Write", p.topic.name)}
}
