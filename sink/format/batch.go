package format

import (
	"encoding/binary"
	"strconv"

	"cdcd/event"
)

// Topic is an interned topic name: equal topics are equal pointers, so that a
// sink finds its partitions without hashing a name per record.
type Topic struct{ Name string }

// Record is one record of a [Batch]; offsets point into Batch.Data.
type Record struct {
	Topic *Topic
	// Start is where the key begins; the value follows it directly. A length of
	// -1 is a Kafka null.
	Start, KeyLen, ValueLen int32
	// Block is how many bytes before the end of the value its transaction block
	// stands, which is null; 0 where it has none.
	Block int32
	// Headers are the record's headers as a v2 record batch holds them: varint
	// count, then per header varint length, name, varint length (-1 for null),
	// value. Shared between records; never written to.
	Headers []byte
	// Hash is toPositive(murmur2(key)), or of the topic name for a null key, so
	// that a keyless table stays in order; partition = Hash mod partitions.
	Hash uint32
	// Row is the index of the record's row in its rows event.
	Row int32
}

// Batch is the encoded records of one or more row events, in order. The zero
// value is ready to use; Reset keeps the memory.
type Batch struct {
	Data    []byte
	Records []Record

	scratch scratch
}

// scratch is the working memory of the plan that fills a batch.
type scratch struct {
	before, after     []event.Value
	head, tail, times []byte // constant parts of the event's envelopes
	oldKey, newKey    []byte
	headers           []byte // headers that records of the batch refer to
}

// resize makes room for rows of n columns.
func (s *scratch) resize(n int) {
	if cap(s.before) < n {
		s.before, s.after = make([]event.Value, n), make([]event.Value, n)
	}
	s.before, s.after = s.before[:n], s.after[:n]
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	b.Data, b.Records = b.Data[:0], b.Records[:0]
	b.scratch.headers = b.scratch.headers[:0]
}

// Identity tells the records of one rows event from all others, in every replay.
type Identity struct {
	GTID  string // of the source transaction, or file:pos; "" leaves both ids out
	Seq   int64  // rows of the transaction before the event
	Split int    // which part of the transaction, 0 unless it was split
}

// Identify puts the headers cdcd.gtid and cdcd.seq, and cdcd.split where there is
// one, in front of those that the records from..to-1 have. Records of one row
// share their ids.
func (b *Batch) Identify(from, to int, id Identity) {
	s := &b.scratch
	for i := from; i < to; i++ {
		r := &b.Records[i]
		start := len(s.headers)
		s.headers = id.prepend(s.headers, id.Seq+int64(r.Row), r.Headers)
		r.Headers = s.headers[start:len(s.headers):len(s.headers)]
	}
}

func (id Identity) prepend(dst []byte, seq int64, others []byte) []byte {
	count, n := int64(0), 0
	if len(others) > 0 {
		count, n = binary.Varint(others)
	}
	if id.GTID != "" {
		count += 2
	}
	if id.Split > 0 {
		count++
	}
	dst = binary.AppendVarint(dst, count)
	var number [20]byte
	if id.GTID != "" {
		dst = appendHeader(dst, "cdcd.gtid", id.GTID)
		dst = appendHeader(dst, "cdcd.seq", strconv.AppendInt(number[:0], seq, 10))
	}
	if id.Split > 0 {
		dst = appendHeader(dst, "cdcd.split", strconv.AppendInt(number[:0], int64(id.Split), 10))
	}
	return append(dst, others[n:]...)
}

// Key returns the key bytes of record i, nil for a null key.
func (b *Batch) Key(i int) []byte {
	r := &b.Records[i]
	if r.KeyLen < 0 {
		return nil
	}
	return b.Data[r.Start : r.Start+r.KeyLen]
}

// Value returns the value bytes of record i, nil for a tombstone.
func (b *Batch) Value(i int) []byte {
	r := &b.Records[i]
	if r.ValueLen < 0 {
		return nil
	}
	start := r.Start + max(r.KeyLen, 0)
	return b.Data[start : start+r.ValueLen]
}
