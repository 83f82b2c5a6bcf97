package sink

import (
	"context"
	"time"

	"cdcd/sink/format"
)

// maxVarint is the longest length in front of a record.
const maxVarint = 5

// Append copies the records of b behind those appended before. It blocks while
// Config.BufferBytes is exceeded, and while a topic that it sees for the first
// time is looked up or made. It returns a *TooLargeError for a record that its
// topic would not take, and whatever ended the sink otherwise.
func (k *Kafka) Append(ctx context.Context, b *format.Batch) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.held > k.cfg.BufferBytes { // boundaries are not held back, what follows them is
		if err := k.awaitSpace(ctx); err != nil {
			return err
		}
	}
	for i := range b.Records {
		if err := k.add(ctx, b, i); err != nil {
			return err
		}
	}
	k.cfg.Events.Queue(k.held)
	if g := k.group; g != nil && g.gate == nil && k.ledger.open().bytes > g.limits.stream {
		nudge(k.tell) // large enough to be streamed
	}
	return context.Cause(k.ctx)
}

func (k *Kafka) add(ctx context.Context, b *format.Batch, i int) error {
	r := &b.Records[i]
	t, err := k.topic(ctx, r.Topic)
	if err != nil {
		return err
	}
	p := t.partitions[r.Hash%uint32(len(t.partitions))]
	if alone(r) > t.limit {
		return k.addLarge(ctx, p, b, i)
	}
	dst, err := k.room(ctx, p, r)
	if err != nil {
		return err
	}
	body := recordBody(dst.records, r)
	dst.mark(k.ledger.boundaries)
	dst.add(body, b.Data, r)
	k.ledger.grow(body)
	return nil
}

// alone is the size of a batch that holds nothing but r.
func alone(r *format.Record) int {
	body := recordBody(0, r)
	return headerSize + varintLen(int32(body)) + body
}

// addLarge appends a record that is larger than its topic's limit before
// compression: in a batch of its own, and compressed here, so that a record that
// is too large is refused while the caller still knows what it is.
func (k *Kafka) addLarge(ctx context.Context, p *partition, b *format.Batch, i int) error {
	r := &b.Records[i]
	size := alone(r)
	if k.codec == nil {
		return &TooLargeError{Topic: p.topic.name, Size: size, Limit: p.topic.limit, Index: i}
	}
	one := &batch{buf: k.bufs.get(size)[:headerSize], opened: time.Now()}
	one.mark(k.ledger.boundaries)
	one.add(recordBody(0, r), b.Data, r)
	one.frame(k.codec, k.dialect.attributes, one.opened, &k.bufs)
	if len(one.buf) > p.topic.limit {
		return &TooLargeError{Topic: p.topic.name, Size: len(one.buf), Limit: p.topic.limit, Index: i}
	}
	for !k.reserve(cap(one.buf)) {
		if err := k.awaitSpace(ctx); err != nil {
			return err
		}
	}
	k.ledger.grow(size)
	k.push(p, one)
	return nil
}

// room returns p's open batch, with capacity for r.
func (k *Kafka) room(ctx context.Context, p *partition, r *format.Record) (*batch, error) {
	for {
		if b := k.fit(p, r); b != nil {
			return b, nil
		}
		if err := k.awaitSpace(ctx); err != nil {
			return nil, err
		}
	}
}

// fit is one try of room: nil when the bound on memory is in the way.
func (k *Kafka) fit(p *partition, r *format.Record) *batch {
	limit := min(k.cfg.BatchSize, p.topic.limit)
	if b := p.tail(); b != nil && !b.framed && k.extends(b) {
		switch need := len(b.buf) + maxVarint + recordBody(b.records, r); {
		case need <= min(limit, cap(b.buf)):
			return b
		case need <= limit:
			return k.grow(b, need)
		}
	}
	return k.begin(p, max(alone(r)+maxVarint, min(p.hint, limit)))
}

// begin opens a batch of p with room for n bytes.
func (k *Kafka) begin(p *partition, n int) *batch {
	if !k.reserve(roundUp(n)) {
		return nil
	}
	b := &batch{buf: k.bufs.get(n)[:headerSize], opened: time.Now()}
	k.push(p, b)
	return b
}

// grow moves b to a buffer with room for n bytes.
func (k *Kafka) grow(b *batch, n int) *batch {
	if !k.reserve(roundUp(n) - cap(b.buf)) {
		return nil
	}
	old := b.buf
	b.buf = append(k.bufs.get(n), old...)
	k.bufs.put(old)
	return b
}

// push puts b at the end of p.
func (k *Kafka) push(p *partition, b *batch) { k.pushInto(k.ledger.open(), p, b) }

func (k *Kafka) pushInto(in *interval, p *partition, b *batch) {
	b.interval = k.ledger.begin(in)
	if k.group != nil {
		k.group.involve(in, p)
	}
	p.queue = append(p.queue, b)
	k.enqueue(p)
}

// reserve counts n bytes as held, unless that goes over the bound. Something is
// always admitted when nothing is held, however large.
func (k *Kafka) reserve(n int) bool {
	if k.held > 0 && k.held+int64(n) > k.cfg.BufferBytes {
		return false
	}
	k.held += int64(n)
	return true
}

// release gives n bytes back.
func (k *Kafka) release(n int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.releaseLocked(n)
}

func (k *Kafka) releaseLocked(n int64) {
	k.held -= n
	if k.space != nil {
		close(k.space)
		k.space = nil
	}
}

// awaitSpace waits, without the lock, until something was released.
func (k *Kafka) awaitSpace(ctx context.Context) error {
	if k.space == nil {
		k.space = make(chan struct{})
		if k.group != nil {
			nudge(k.tell) // a transaction that does not fit is streamed
		}
	}
	return k.await(ctx, k.space)
}
