package checker

import (
	"cmp"
	"fmt"
	"slices"
)

// Operations of records that the binlog does not know.
const (
	tombstone operation = 't'
	snapshot  operation = 'r'
)

// Groups of records that are of no group of the source.
const (
	none    int32 = -1 // the record has no id
	unknown int32 = -2 // the binlog does not have it
)

// record is what the checks need of a committed record of a data topic.
type record struct {
	offset        int64
	content       uint64 // identifies key, value and headers
	key           uint64 // identifies the key; see image.hash
	before, after uint64 // identify the row's images
	delta         int64  // by how much it changes the balance of the bank
	group         int32  // of the source; none or unknown
	seq           int32  // of the change in the group
	segment       int32  // -1 outside of Kafka transactions
	layout        int16  // in which the images were read
	op            operation
	split         bool
}

// segment is the part of a Kafka transaction that is in one partition: what
// stands between two markers of a producer.
type segment struct {
	part     int32
	producer int64
	epoch    int16 // of its batches; of its marker when it has none
	bumped   bool  // the marker's epoch is the next one: the second protocol
	commit   bool
	records  int
	first    int64 // offset of its first batch; -1 when it has none
	marker   int64
	leader   int32 // epoch of the coordinator that wrote the marker
	txn      int32 // the committed Kafka transaction, -1 where it is not known
}

// partition is one partition of a topic.
type partition struct {
	topic   string
	number  int32
	table   int16 // -1: the state topic
	records []record
	whole   int64 // below it records were removed; see log.add
	next    int64 // offset that is expected next
	stable  int64 // the last stable offset: what is before it, consumers see
	control int64 // the last marker before that, -1 for none
	open    map[int64]*pending
	aborted map[abortedTxn]bool // as the broker lists them
}

// pending is a segment without its marker.
type pending struct {
	epoch   int16
	first   int64
	next    int32 // sequence number that is expected next
	records []record
	states  []state
}

// abortedTxn is an entry of a broker's list of aborted transactions.
type abortedTxn struct {
	producer int64
	first    int64
}

// kafkaTxn is a committed Kafka transaction, joined over all partitions.
type kafkaTxn struct {
	producer int64
	epoch    int16
	segments []int32
	state    int32 // its place in log.states, -1 without a state record
}

// log is what the topics hold, as the markers say.
type log struct {
	source   *source
	image    *image
	bank     map[string]string // column by topic
	parts    []*partition
	segments []segment
	txns     []kafkaTxn
	states   []state // committed, in the order of the state topic
	found    violations
}

// add reads the next batch of a partition. Offsets that are missing below it
// were removed by compaction or retention.
func (l *log) add(part int32, b batch) {
	p := l.parts[part]
	if missing := b.base > p.next || !b.control && int64(len(b.records)) < b.last-b.base+1; missing {
		p.whole = b.last + 1
	}
	p.next = b.last + 1
	if b.control && b.base < p.stable {
		p.control = b.base
	}
	switch {
	case b.control:
		if m, ok := parseMarker(b); ok {
			l.close(part, b, m)
		}
	case b.transactional:
		l.append(part, b)
	default:
		l.loose(part, b)
	}
}

// append adds a batch to its producer's open segment.
func (l *log) append(part int32, b batch) {
	p := l.parts[part]
	o := p.open[b.producer]
	if o == nil {
		o = &pending{epoch: b.epoch, first: b.base, next: b.sequence}
		p.open[b.producer] = o
	}
	if o.epoch != b.epoch {
		l.found.add(violation(Views, p, b.base, "",
			fmt.Sprintf("a batch of epoch %d in an open transaction of epoch %d of producer %d", b.epoch, o.epoch, b.producer)))
	}
	if o.next != b.sequence && p.whole <= o.first {
		l.found.add(violation(Views, p, b.base, "", fmt.Sprintf(
			"a batch of producer %d has sequence number %d, and %d was to come: one between was not read", b.producer, b.sequence, o.next)))
	}
	o.next = int32((uint32(b.sequence) + uint32(b.last-b.base+1)) & (1<<31 - 1)) // 0 follows the highest
	l.decode(p, b, o)
}

// close decides the producer's open segment.
func (l *log) close(part int32, b batch, m marker) {
	p := l.parts[part]
	s := segment{part: part, producer: b.producer, epoch: b.epoch, commit: m.commit, first: -1, marker: b.base, leader: m.coordinator, txn: -1}
	o := p.open[b.producer]
	delete(p.open, b.producer)
	if o != nil {
		s.epoch, s.first, s.records, s.bumped = o.epoch, o.first, len(o.records), b.epoch == o.epoch+1
	}
	n := int32(len(l.segments))
	l.segments = append(l.segments, s)
	if o != nil && m.commit {
		l.keep(p, o, n)
	}
}

// loose adds a batch that is in no transaction.
func (l *log) loose(part int32, b batch) {
	o := &pending{}
	l.decode(l.parts[part], b, o)
	l.keep(l.parts[part], o, -1)
}

// keep takes over what is committed.
func (l *log) keep(p *partition, o *pending, segment int32) {
	for i := range o.records {
		o.records[i].segment = segment
	}
	for i := range o.states {
		o.states[i].segment = segment
	}
	p.records = append(p.records, o.records...)
	l.states = append(l.states, o.states...)
}

// finish puts everything in the order of offsets, which is not that of the
// markers when several producers wrote at once.
func (l *log) finish() {
	for _, p := range l.parts {
		slices.SortFunc(p.records, func(a, b record) int { return cmp.Compare(a.offset, b.offset) })
		for producer, o := range p.open {
			if o.first >= p.stable {
				continue // it is open, and told of
			}
			l.found.add(violation(Views, p, o.first, "", fmt.Sprintf("producer %d has no marker, and begins below the last stable offset", producer)))
		}
	}
	slices.SortFunc(l.states, func(a, b state) int { return cmp.Compare(a.offset, b.offset) })
}

// decode turns a batch's records into what is kept of them.
func (l *log) decode(p *partition, b batch, o *pending) {
	for i := range b.records {
		r := &b.records[i]
		if p.table >= 0 {
			rec := l.record(p, r)
			o.records = append(o.records, rec)
			continue
		}
		o.records = append(o.records, record{offset: r.offset, content: l.content(r), key: l.image.hash(r.key), group: none})
		if string(r.key) == "state" {
			o.states = append(o.states, l.state(r))
		}
	}
}

func (l *log) state(r *rawRecord) state {
	s, err := parseState(r.value)
	if err != nil {
		s.bad = err.Error()
	}
	s.offset = r.offset
	return s
}

// content identifies a record as a whole.
func (l *log) content(r *rawRecord) uint64 {
	sum := l.image.hash(r.key)*31 + l.image.hash(r.value)
	for _, h := range r.headers {
		sum = (sum*31+l.image.hash([]byte(h.name)))*31 + l.image.hash(h.value)
	}
	return sum
}

// record reads a record of a data topic. One that cannot be read is a violation,
// and kept.
func (l *log) record(p *partition, raw *rawRecord) record {
	r := record{offset: raw.offset, content: l.content(raw), key: l.image.hash(raw.key), group: none, seq: -1}
	id, err := readIdentity(raw.headers)
	r.split = id.split
	var e envelope
	if err == nil {
		e, r.op, err = parseEvent(raw.value)
	}
	if err == nil && id.gtid != "" {
		if r.group, r.seq = l.source.find(id.gtid), id.seq; r.group == unknown {
			err = l.unknown(id.gtid)
		}
	}
	if err == nil {
		err = l.images(p, &r, e)
	}
	if err != nil {
		l.found.add(violation(Loss, p, raw.offset, id.gtid, err.Error()))
	}
	return r
}

// unknown says what is wrong with a transaction that the binlog does not have.
func (l *log) unknown(gtid string) error {
	if id, err := l.source.ids.parseID(gtid); err == nil && l.source.undone[id] {
		return fmt.Errorf("the source rolled %s back", gtid)
	}
	return fmt.Errorf("the binlog has no change in captured tables in %s", gtid)
}

// images reads the rows of an event as the binlog's layout has them.
func (l *log) images(p *partition, r *record, e envelope) error {
	var columns layout
	if r.group >= 0 {
		if c := l.source.change(r.group, r.seq); c != nil {
			r.layout = c.layout
			columns = l.source.layouts[c.layout]
		}
	} else {
		columns = l.source.tables[p.table].layout
		r.layout = l.source.layoutOf(columns)
	}
	var err error
	if r.before, err = l.image.sumRow(e.before, columns); err != nil {
		return err
	}
	if r.after, err = l.image.sumRow(e.after, columns); err != nil {
		return err
	}
	if column := l.bank[p.topic]; column != "" {
		r.delta, err = delta(e, column)
	}
	return err
}
