package sink

import (
	"encoding/binary"
	"slices"
	"time"

	"cdcd/event"
)

// group is what a Kafka sink knows of transactions: which records make up which
// Kafka transaction. Each interval of the ledger is one; the first is with Kafka,
// those closed behind it wait for it, and the last one takes records. It is cut
// behind a boundary only. Fields are guarded by Kafka.mu.
type group struct {
	k          *Kafka
	limits     limits
	stateTopic string
	connector  string
	encode     func(event.State) (key, value []byte)

	gate   *interval    // whose batches may be sent; nil while none may
	state  *event.State // of the last boundary of the open interval; nil when there is none
	since  time.Time    // the first boundary of the open interval
	tables []TableRecord
	n      uint64 // of the last interval that was cut

	committed time.Time     // when the last transaction was
	durable   uint64        // boundaries that are
	hurry     int           // calls of Flush that wait
	progress  chan struct{} // closed and replaced when durable grows; nil while nobody waits
}

// limits are when the open interval is cut whatever is with Kafka, how long a
// position may wait without records, and how much may wait to be sent.
type limits struct {
	age, quiet time.Duration
	bytes      int64
	stream     int64 // bytes: an interval with more is sent before it is complete
}

// extends reports whether the open interval's records may be added to b.
func (k *Kafka) extends(b *batch) bool { return k.group == nil || b.interval == k.ledger.open() }

// admits reports whether p's first batch may be sent.
func (k *Kafka) admits(p *partition) bool {
	g := k.group
	return g == nil || g.gate != nil && p.first().interval == g.gate && p.joined == g.gate
}

// step is where Produce stands.
func (k *Kafka) step() Step {
	if k.group == nil {
		return Write
	}
	return WriteTxn
}

// involve notes that in has a batch of p.
func (g *group) involve(in *interval, p *partition) {
	if p.involved == in {
		return
	}
	p.involved = in
	in.parts = append(in.parts, p)
	if g.gate == in {
		nudge(g.k.tell)
	}
}

// boundary notes the end of a source transaction. The open interval is cut at
// once when it is too large or too old to take more.
func (g *group) boundary(s event.State, now time.Time) {
	l := &g.k.ledger
	if g.state == nil {
		g.since = now
	}
	g.state = &s
	l.boundaries++
	l.tail = 0
	if in := l.open(); in.records && (in.bytes >= g.limits.bytes || now.Sub(g.since) >= g.limits.age) {
		g.cut()
	}
	nudge(g.k.tell)
}

// wait is how long until there is a transaction to be written: none when there
// is one, and never is for ever.
func (g *group) wait(now time.Time) time.Duration {
	l := &g.k.ledger
	in := l.intervals[0]
	switch {
	case in.closed:
		return 0
	case in.bytes > g.limits.stream, in.records && g.k.space != nil:
		return 0 // larger than we hold: streamed, behind what is complete
	case g.state == nil:
		return idle
	case in.bytes > l.tail, len(g.tables) > 0, g.hurry > 0:
		return 0
	}
	return g.committed.Add(g.limits.quiet).Sub(now)
}

// begin makes the first interval the one that is with Kafka; the caller has
// waited. What is behind its last boundary stays behind, unless there is so much
// that the interval is better left to grow while it is sent: a commit costs Kafka
// and us some ten milliseconds of processor time, whatever is in it.
func (g *group) begin() *interval {
	in := g.k.ledger.intervals[0]
	if !in.closed && g.state != nil && in.bytes <= g.limits.stream/2 {
		g.cut()
	}
	g.gate, in.began = in, time.Now()
	return in
}

// rest cuts the interval with Kafka when all of it is acknowledged and it ends at a
// boundary: the source has nothing more at hand.
func (g *group) rest() {
	if in := g.gate; !in.closed && in.pending == 0 && g.state != nil && g.k.ledger.tail == 0 {
		g.cut()
	}
}

// unfinished reports whether what is with Kafka cannot be committed before the
// source transaction that has begun in it is over.
func (g *group) unfinished() bool {
	return g.gate != nil && !g.gate.closed && g.state != nil && g.k.ledger.tail > 0
}

// streams reports whether the interval with Kafka waits for the end of a source
// transaction that is a large one, and not only for Kafka.
func (g *group) streams() bool {
	in := g.gate
	return in != nil && !in.closed && (g.state == nil || g.k.ledger.tail > g.limits.stream)
}

// overdue reports whether the source transaction that is streamed should be
// divided here, for what is held of it to be sent, at the pace so far, before
// limit. In the first half of that the pace is not known well enough.
func (g *group) overdue(now time.Time, limit time.Duration) bool {
	if !g.streams() {
		return false
	}
	in := g.gate
	elapsed := now.Sub(in.began)
	sent := max(1, in.bytes-g.k.held)
	return elapsed >= limit || elapsed >= limit/2 && float64(elapsed)*float64(in.bytes) >= float64(limit)*float64(sent)
}

// cut closes the open interval at its last boundary, with the state of that.
func (g *group) cut() {
	l := &g.k.ledger
	in := l.open()
	in.upto = l.boundaries
	g.n++
	g.state.N = g.n
	l.close(g.state, nil)
	g.k.held += intervalCost
	next := l.open()
	if l.tail > 0 {
		in.parts = slices.DeleteFunc(in.parts, func(p *partition) bool {
			g.divide(p, in, next)
			return len(p.queue) > 0 && p.queue[0].interval == next && p.head == nil
		})
		in.bytes -= l.tail
		next.bytes, next.records = l.tail, true
	}
	g.writeState(in)
	g.state = nil
}

// divide moves what p holds behind the last boundary from one interval to the
// next.
func (g *group) divide(p *partition, in, next *interval) {
	at, last := len(p.queue), g.k.ledger.boundaries
	for at > 0 && p.queue[at-1].interval == in && p.queue[at-1].behind(last) {
		at--
		in.pending--
		p.queue[at].interval = next
		next.pending++
	}
	if at > 0 && p.queue[at-1].interval == in && p.queue[at-1].straddles(last) {
		rest := p.queue[at-1].split(&g.k.bufs)
		g.k.held += int64(cap(rest.buf))
		rest.interval = next
		next.pending++
		p.queue = append(p.queue, nil)
		copy(p.queue[at+1:], p.queue[at:])
		p.queue[at] = rest
	}
	if n := len(p.queue); n > 0 && p.queue[n-1].interval == next {
		g.involve(next, p)
	}
}

// mark notes where a batch stood at a boundary, before the first record behind
// it is added.
func (b *batch) mark(boundary uint64) {
	if b.boundary != boundary || b.records == 0 {
		b.boundary, b.markLen, b.markRecords = boundary, len(b.buf), b.records
	}
}

// behind reports whether all of b is behind the last boundary.
func (b *batch) behind(last uint64) bool { return b.boundary == last && b.markRecords == 0 }

// straddles reports whether b has records on both sides of the last boundary.
func (b *batch) straddles(last uint64) bool { return b.boundary == last && b.markRecords > 0 }

// split takes the records behind the mark out of b and returns a batch of them.
func (b *batch) split(bufs *buffers) *batch {
	from := b.buf[b.markLen:]
	rest := &batch{buf: bufs.get(headerSize + len(from))[:headerSize], opened: b.opened}
	rest.mark(b.boundary)
	for len(from) > 0 {
		size, n := binary.Varint(from)
		record := from[n : n+int(size)]
		from = from[n+int(size):]
		_, offset := binary.Varint(record[2:])
		rest.addFramed(record[:2], record[2+offset:])
	}
	b.buf, b.records = b.buf[:b.markLen], b.markRecords
	return rest
}

// addFramed appends a record whose offset, between head and tail, is to be given.
func (b *batch) addFramed(head, tail []byte) {
	b.buf = binary.AppendVarint(b.buf, int64(len(head)+varintLen(b.records)+len(tail)))
	b.buf = append(b.buf, head...)
	b.buf = binary.AppendVarint(b.buf, int64(b.records))
	b.buf = append(b.buf, tail...)
	b.records++
}

// finish notes that an interval's transaction is committed.
func (g *group) finish(in *interval, now time.Time) {
	g.gate, g.committed, g.durable = nil, now, in.upto
	if g.progress != nil {
		close(g.progress)
		g.progress = nil
	}
}
