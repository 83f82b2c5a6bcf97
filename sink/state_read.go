package sink

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"time"

	kafka "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	readStep  = 64 // offsets from the end that are looked at first
	readBytes = 8 << 20
)

// Isolation levels and special timestamps of ListOffsets and Fetch.
const (
	uncommitted, committed int8 = 0, 1
	latest, earliest            = -1, -2
)

// errUndecided is met while somebody else's transaction is open in the state
// topic: the last state may be behind it.
var errUndecided = errors.New("a transaction of another producer is open in it; it ends with its timeout, or, where a broker was killed while it committed, only with kafka-transactions --abort")

// stateLog reads a topic's first partition from its leader: that of the state topic,
// which has no other.
type stateLog struct {
	client *client
	topic  string
	leader int32
}

// record is one committed record of the state topic.
type record struct {
	offset     int64
	key, value []byte
}

// lastState reads the last committed state from the end of the topic, in steps
// that grow: behind it there are control records, aborted transactions and what
// compaction left.
func (l *stateLog) lastState(ctx context.Context) (StateRecord, bool, error) {
	start, end, err := l.bounds(ctx)
	if err != nil {
		return StateRecord{}, false, err
	}
	return l.lastIn(ctx, start, end)
}

// lastIn reads the last state of [start, end).
func (l *stateLog) lastIn(ctx context.Context, start, end int64) (StateRecord, bool, error) {
	for to, step := end, int64(readStep); to > start; step *= 4 {
		from := max(start, to-step)
		var last []byte
		err := l.read(ctx, from, to, func(r record) error {
			if string(r.key) == stateKey {
				last = r.value
			}
			return nil
		})
		if err != nil {
			return StateRecord{}, false, err
		}
		if last != nil {
			r, err := parseState(last)
			return r, err == nil, err
		}
		to = from
	}
	return StateRecord{}, false, nil
}

// tables reads every table version that is in the topic, in the order of the
// topic: of two of one version the later one counts.
func (l *stateLog) tables(ctx context.Context) ([]TableRecord, error) {
	start, end, err := l.bounds(ctx)
	if err != nil {
		return nil, err
	}
	var all []TableRecord
	err = l.read(ctx, start, end, func(r record) error {
		if !strings.HasPrefix(string(r.key), "table/") || r.value == nil {
			return nil
		}
		t, err := parseTable(string(r.key), r.value)
		all = append(all, t)
		return err
	})
	return all, err
}

// bounds returns where the log begins and where what is decided ends, once that
// is all there is.
func (l *stateLog) bounds(ctx context.Context) (start, end int64, err error) {
	if start, err = l.offset(ctx, earliest, uncommitted); err != nil {
		return 0, 0, err
	}
	high, err := l.offset(ctx, latest, uncommitted)
	if err != nil {
		return 0, 0, err
	}
	if end, err = l.offset(ctx, latest, committed); err == nil && end < high {
		err = errUndecided
	}
	return start, end, err
}

func (l *stateLog) offset(ctx context.Context, timestamp int64, isolation int8) (int64, error) {
	req := kmsg.NewPtrListOffsetsRequest()
	req.SetVersion(4)
	req.ReplicaID, req.IsolationLevel = -1, isolation
	p := kmsg.NewListOffsetsRequestTopicPartition()
	p.Timestamp, p.CurrentLeaderEpoch = timestamp, -1
	req.Topics = []kmsg.ListOffsetsRequestTopic{{Topic: l.topic, Partitions: []kmsg.ListOffsetsRequestTopicPartition{p}}}
	r, err := l.client.do(ctx, l.leader, req)
	if err != nil {
		return 0, err
	}
	resp := r.(*kmsg.ListOffsetsResponse)
	if len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
		return 0, kafka.NetworkException
	}
	found := &resp.Topics[0].Partitions[0]
	return found.Offset, lacking(codeError(found.ErrorCode), "Describe", l.topic)
}

// read calls f with each committed record of [from, to).
func (l *stateLog) read(ctx context.Context, from, to int64, f func(record) error) error {
	for barren := 0; from < to; {
		part, err := l.fetch(ctx, from, stateWait)
		if err != nil {
			return err
		}
		next, err := readBatches(part.RecordBatches, part.AbortedTransactions, from, to, f)
		if err != nil {
			return fmt.Errorf("sink: topic %s: %w", l.topic, err)
		}
		if next > from {
			from, barren = next, 0
		} else if barren++; barren > 3 {
			return fmt.Errorf("sink: topic %s: nothing comes at offset %d, below its end at %d: %w", l.topic, from, to, kafka.NetworkException)
		}
	}
	return nil
}

// stateWait is how long a broker may wait for records that it should have.
const stateWait = 100 * time.Millisecond

// fetch asks for the records from an offset on. A broker that has none waits for some.
func (l *stateLog) fetch(ctx context.Context, from int64, wait time.Duration) (*kmsg.FetchResponseTopicPartition, error) {
	req := kmsg.NewPtrFetchRequest()
	req.SetVersion(11)
	req.ReplicaID, req.IsolationLevel, req.SessionEpoch = -1, committed, -1
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = int32(wait.Milliseconds()), 1, readBytes
	p := kmsg.NewFetchRequestTopicPartition()
	p.FetchOffset, p.PartitionMaxBytes, p.CurrentLeaderEpoch = from, readBytes, -1
	t := kmsg.NewFetchRequestTopic()
	t.Topic, t.Partitions = l.topic, append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	r, err := l.client.do(ctx, l.leader, req)
	if err != nil {
		return nil, err
	}
	resp := r.(*kmsg.FetchResponse)
	if err := codeError(resp.ErrorCode); err != nil {
		return nil, err
	}
	if len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
		return nil, kafka.NetworkException
	}
	part := &resp.Topics[0].Partitions[0]
	return part, lacking(codeError(part.ErrorCode), "Read", l.topic)
}

// readBatches calls f with the committed records of [from, to) in what a Fetch
// returned, and returns where to go on. Brokers send the records of aborted
// transactions too, with a list that says from which offset on a producer's
// batches are dropped; an abort marker ends that.
func readBatches(b []byte, aborted []kmsg.FetchResponseTopicPartitionAbortedTransaction, from, to int64, f func(record) error) (int64, error) {
	next, dropped := from, map[int64]bool{}
	pending := append([]kmsg.FetchResponseTopicPartitionAbortedTransaction(nil), aborted...)
	for {
		h, rest, ok := cutBatch(b)
		if !ok {
			return next, nil // the last one is cut off
		}
		if err := h.check(); err != nil {
			return next, err
		}
		b = rest
		for i := range pending {
			if pending[i].FirstOffset <= h.last() {
				dropped[pending[i].ProducerID] = true
				pending[i].FirstOffset = 1<<63 - 1
			}
		}
		switch {
		case h.attributes()&attrControl != 0:
			if h.aborts() {
				delete(dropped, h.producer())
			}
		case h.attributes()&attrTransactional != 0 && dropped[h.producer()]:
		default:
			if err := h.records(from, to, f); err != nil {
				return next, err
			}
		}
		next = max(next, h.last()+1)
	}
}

// stored is a batch as a broker returns it.
type stored []byte

// cutBatch takes a whole batch off the front of b.
func cutBatch(b []byte) (h stored, rest []byte, ok bool) {
	if len(b) < headerSize {
		return nil, b, false
	}
	n := int(int32(binary.BigEndian.Uint32(b[offLength:]))) + offLeaderEpoch
	if n < headerSize || n > len(b) {
		return nil, b, false
	}
	return stored(b[:n]), b[n:], true
}

func (h stored) check() error {
	if h[offMagic] != 2 {
		return fmt.Errorf("record batch at offset %d of magic %d: the topic's message format is too old", h.base(), h[offMagic])
	}
	if crc32.Checksum(h[offAttributes:], castagnoli) != binary.BigEndian.Uint32(h[offCRC:]) {
		return fmt.Errorf("record batch at offset %d: checksum: %w", h.base(), kafka.InvalidMessage)
	}
	return nil
}

func (h stored) base() int64        { return int64(binary.BigEndian.Uint64(h)) }
func (h stored) last() int64        { return h.base() + int64(binary.BigEndian.Uint32(h[offLastDelta:])) }
func (h stored) attributes() uint16 { return binary.BigEndian.Uint16(h[offAttributes:]) }
func (h stored) producer() int64    { return int64(binary.BigEndian.Uint64(h[offProducerID:])) }

// aborts reports whether a control batch is an abort marker: its one record has
// the key (version int16, type int16), and type 0 aborts.
func (h stored) aborts() bool {
	abort := false
	err := h.records(0, 1<<63-1, func(r record) error {
		abort = len(r.key) >= 4 && binary.BigEndian.Uint16(r.key[2:]) == 0
		return nil
	})
	return err == nil && abort
}

// records calls f with the records of the batch that are in [from, to).
func (h stored) records(from, to int64, f func(record) error) error {
	b, err := decompressed(Compression(h.attributes()&attrCodec), h[headerSize:])
	if err != nil {
		return fmt.Errorf("record batch at offset %d: %w", h.base(), err)
	}
	for range binary.BigEndian.Uint32(h[offCount:]) {
		body, rest, err := cutBytes(b)
		if err != nil {
			return fmt.Errorf("record batch at offset %d: %w", h.base(), err)
		}
		b = rest
		r, err := parseRecord(body)
		if err != nil {
			return fmt.Errorf("record batch at offset %d: %w", h.base(), err)
		}
		r.offset += h.base()
		if r.offset < from || r.offset >= to {
			continue
		}
		if err := f(r); err != nil {
			return err
		}
	}
	return nil
}

// parseRecord reads a record, whose offset counts from its batch's. Headers are
// not read.
func parseRecord(b []byte) (r record, err error) {
	if len(b) < 1 {
		return r, io.ErrUnexpectedEOF
	}
	b = b[1:]                                 // attributes
	if _, b, err = cutVarint(b); err != nil { // timestamp
		return r, err
	}
	if r.offset, b, err = cutVarint(b); err != nil {
		return r, err
	}
	if r.key, b, err = cutBytes(b); err != nil {
		return r, err
	}
	r.value, _, err = cutBytes(b)
	return r, err
}

func cutVarint(b []byte) (int64, []byte, error) {
	v, n := binary.Varint(b)
	if n <= 0 {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return v, b[n:], nil
}

// cutBytes reads a length and as many bytes; nil for -1.
func cutBytes(b []byte) (value, rest []byte, err error) {
	n, b, err := cutVarint(b)
	switch {
	case err != nil:
		return nil, nil, err
	case n < 0:
		return nil, b, nil
	case n > int64(len(b)):
		return nil, nil, io.ErrUnexpectedEOF
	}
	return b[:n:n], b[n:], nil
}
